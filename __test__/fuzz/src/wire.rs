//! A policy as bytes: whatever is read is written again as exactly the same bytes, and only ever loses authority.
//!
//! The input is the bytes, as a child finds them in its environment.

use std::net::{IpAddr, Ipv4Addr};

use permit::policy::files::NoFiles;
use permit::policy::{Endpoint, Policy, Resource, Scope};

use crate::absolute;

/// Tries one policy.
pub fn run(data: &[u8]) {
    let policy = match Policy::from_bytes(data) {
        Ok(policy) => policy,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    assert_eq!(policy.to_bytes(), data, "{}", String::from_utf8_lossy(&policy.to_bytes()));
    let mut lapsed = policy.clone();
    while let Some(next) = lapsed.next_expiry() {
        assert!(lapsed.expire(next));
        assert!(lapsed.next_expiry().is_none_or(|after| after > next));
    }
    let mut dropped = policy.clone();
    let taken = absolute(b"/a").expect("absolute");
    dropped.drop(Scope::Fs, &Resource::Path(taken), &NoFiles);
    dropped.drop(Scope::Env, &Resource::Name("A"), &NoFiles);
    dropped.drop(Scope::Child, &Resource::Name("git"), &NoFiles);
    let mut nothing = policy.clone();
    for &scope in Scope::ALL {
        nothing.drop(scope, &Resource::Nothing, &NoFiles);
    }
    for narrower in [&lapsed, &dropped, &nothing] {
        Policy::from_bytes(&narrower.to_bytes()).expect("its own bytes");
        let both = narrower.clone().under(&policy);
        for question in questions() {
            for &scope in Scope::ALL {
                if let Resource::Path(real) = &question {
                    let behind = narrower.allows_behind_links(scope, real);
                    assert!(!behind || policy.allows_behind_links(scope, real), "{scope} {question:?}, behind a link");
                    assert_eq!(both.allows_behind_links(scope, real), behind, "{scope} {question:?}, behind a link");
                }
                let allowed = narrower.allows(scope, &question);
                assert!(!allowed || policy.allows(scope, &question), "{scope} {question:?}");
                assert_eq!(both.allows(scope, &question), allowed, "{scope} {question:?}");
            }
        }
    }
    for question in questions() {
        assert!(Scope::ALL.iter().all(|&scope| !nothing.allows(scope, &question)), "{question:?}");
    }
}

fn questions() -> impl Iterator<Item = Resource<'static>> {
    let paths = ["/", "/a", "/a/b", "/ab", "/d/x.js", "/\u{e9}"];
    let paths = paths.into_iter().filter_map(|path| Some(Resource::Path(absolute(path.as_bytes())?)));
    let others = [
        Resource::Nothing,
        Resource::Endpoint(Endpoint::Name("a.com")),
        Resource::Endpoint(Endpoint::Address { address: IpAddr::V4(Ipv4Addr::LOCALHOST), port: 80, names: &[] }),
        Resource::Endpoint(Endpoint::Unix { path: "/run/x", real: None }),
        Resource::Name("A"),
        Resource::Name("git status"),
        Resource::Program { file: "git", real: None, arguments: &[] },
        Resource::Program { file: "/bin/sh", real: None, arguments: &[] },
    ];
    paths.chain(others)
}

//! Lists of hosts: read or refused, and what is read is written so that it reads back as the same grants.
//!
//! Lines: `+ LIST` grants and `- LIST` denies for connecting and resolving, `l LIST` grants and `L LIST` denies for
//! listening, `? HOST` asks. Every other line is read as a list too.

use std::net::IpAddr;

use permit::policy::files::NoFiles;
use permit::policy::net::{Host, HostGrant, Ports};
use permit::policy::{Endpoint, Policy, PolicyBuilder, Resource, Scope};

use crate::lines;

const SCOPES: [Scope; 4] = [Scope::Net, Scope::NetConnect, Scope::NetListen, Scope::NetResolve];

/// Tries one set of lists.
pub fn run(data: &[u8]) {
    let mut rules = Vec::new();
    let read = |text: &str| HostGrant::parse_list(text, true).ok();
    let mut questions: Vec<_> = ["a.com:443", "127.0.0.1:80", "[::1]:80", ":80"].into_iter().filter_map(read).collect();
    for (kind, text) in lines(data) {
        let Ok(text) = std::str::from_utf8(text) else { continue };
        for listening in [false, true] {
            reads_back(text, listening);
        }
        questions.extend(read(text));
        rules.push((kind, text));
    }
    let policy = build(rules.iter());
    assert_eq!(policy.hash(), build(rules.iter().rev()).hash(), "the order of lists matters");
    let back = Policy::from_bytes(&policy.to_bytes()).expect("its own bytes");
    assert_eq!(back.to_bytes(), policy.to_bytes());
    let without_denials = build(rules.iter().filter(|(kind, _)| !matches!(kind, b'-' | b'L')));
    let with = policy.clone().under(&without_denials);
    for question in &questions {
        let resource = Resource::Hosts(question);
        for scope in SCOPES {
            let allowed = policy.allows(scope, &resource);
            a_call_is_told_the_same(&policy, scope, question, allowed);
            assert_eq!(back.allows(scope, &resource), allowed, "{scope} {question:?}: bytes keep the answer");
            assert!(!allowed || without_denials.allows(scope, &resource), "{scope} {question:?}: a denial widens");
            assert_eq!(with.allows(scope, &resource), allowed, "{scope} {question:?}: a ceiling that says no less");
            let mut dropped = policy.clone();
            dropped.drop(scope, &resource, &NoFiles);
            assert!(!dropped.allows(scope, &resource), "{scope} {question:?}: dropped and allowed");
            for other in &questions {
                let other = Resource::Hosts(other);
                assert!(!dropped.allows(scope, &other) || policy.allows(scope, &other), "{scope}: a drop widens");
            }
        }
    }
}

/// One address at one port is the same question as a host and as where a call goes; to no address in particular more
/// may lead than is written.
fn a_call_is_told_the_same(policy: &Policy, scope: Scope, question: &[HostGrant], allowed: bool) {
    let [HostGrant { host: Host::Address(address), ports: Ports::These(ports) }] = question else { return };
    let &[port] = &ports[..] else { return };
    let call = Resource::Endpoint(Endpoint::Address { address: *address, port, names: &[] });
    let call = policy.allows(scope, &call);
    if !address.is_unspecified() {
        assert_eq!(call, allowed, "{scope} {question:?}");
    }
}

fn build<'a>(rules: impl Iterator<Item = &'a (u8, &'a str)>) -> Policy {
    let mut builder = PolicyBuilder::new(&NoFiles);
    for (kind, text) in rules {
        // What cannot be read in full is not taken at all.
        let _ = match kind {
            b'+' => builder.grant(Scope::Net, text.as_bytes(), b"/", None),
            b'-' => builder.deny(Scope::Net, text.as_bytes(), b"/"),
            b'l' => builder.grant(Scope::NetListen, text.as_bytes(), b"/", None),
            b'L' => builder.deny(Scope::NetListen, text.as_bytes(), b"/"),
            _ => continue,
        };
    }
    builder.build().expect("hosts need no room")
}

fn reads_back(text: &str, listening: bool) {
    let read = HostGrant::parse_list(text, listening);
    if let Some(plain) = plain_range(text) {
        assert_eq!(read.is_ok(), plain, "{text:?} as a range");
    }
    let Ok(grants) = read else { return };
    assert!(!grants.is_empty(), "{text:?} is read as nothing");
    for grant in &grants {
        let written = grant.to_string();
        assert_eq!(HostGrant::parse_list(&written, true).as_deref(), Ok(&[grant.clone()][..]), "{text:?}: {written:?}");
        is_canonical(grant);
    }
    let together: Vec<String> = grants.iter().map(ToString::to_string).collect();
    assert_eq!(HostGrant::parse_list(&together.join(","), true), Ok(grants), "{text:?}");
}

fn is_canonical(grant: &HostGrant) {
    match &grant.host {
        Host::Name(name) | Host::Below(name) => {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
            assert!(!name.is_empty() && name.chars().all(plain), "{name:?}");
            assert!(name.parse::<IpAddr>().is_err(), "{name:?} is an address");
        }
        Host::Address(address) => assert_eq!(*address, address.to_canonical()),
        Host::Range(range) => assert_eq!(*range, range.trunc()),
        _ => {}
    }
    if let Ports::These(ports) = &grant.ports {
        assert!(!ports.is_empty() && ports.is_sorted_by(|a, b| a < b), "{ports:?}");
    }
}

/// Whether `address/bits` is a range without bits behind its prefix; `None` if the text is nothing of the kind.
fn plain_range(text: &str) -> Option<bool> {
    let (address, bits) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    if bits.is_empty() || bits.len() > 3 || bits.starts_with('0') && bits.len() > 1 {
        return None;
    }
    let bits: u32 = bits.bytes().all(|byte| byte.is_ascii_digit()).then(|| bits.parse().ok())??;
    let (value, width) = match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    Some(bits <= width && (bits == width || value.trailing_zeros() >= width - bits || value == 0))
}

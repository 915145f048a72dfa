//! The policy file: any text is settings or an error in one line with a place that is in the file, and the same JSON
//! written in another way is the same policy.
//!
//! The input is the file. If it has a profile `a`, that is tried too.

use permit::config::{ConfigError, Location, Settings, Source, parse_file};
use permit::policy::files::FakeFiles;
use permit::policy::{Policy, Scope};
use serde_json::Value;

use crate::flags::{around, policy};
use crate::{absolute, is_one_line, model};

/// Tries one file.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = read(&text, Some("a"));
    let Some(settings) = read(&text, None) else { return };
    let json: Value = match serde_json::from_str(&text) {
        Ok(json) => json,
        // The file may hold numbers that this reading has no room for.
        Err(error) => return assert!(error.is_syntax() && error.to_string().contains("range"), "{error}"),
    };
    let now = match policy(settings.clone()) {
        Ok(policy) => policy,
        Err(error) => return in_file(&error, &text),
    };
    // Sorted keys and other escapes mean the same; only a `false` looks back at what stands before it.
    if !text.contains("false") {
        let rewritten = read(&json.to_string(), None).expect("the same JSON");
        assert_eq!(policy(rewritten).expect("the same JSON").hash(), now.hash());
    }
    later_is_narrower(settings, &now);
}

/// The settings of a file, if it is one.
fn read(text: &str, profile: Option<&str>) -> Option<Settings> {
    let source = Source { name: "p.json", directory: b"/work", text };
    match parse_file(&source, profile) {
        Ok(settings) => settings,
        Err(error) => {
            in_file(&error, text);
            None
        }
    }
}

fn in_file(error: &ConfigError, text: &str) {
    assert!(is_one_line(&error.to_string()), "{error}");
    if let Location::File { line, column, .. } = error.at {
        let there = text.split('\n').nth(line - 1).expect("a line of the file");
        assert!((1..=there.chars().count() + 1).contains(&column), "{error} in {there:?}");
    } else {
        assert_eq!(error.at, Location::Policy);
    }
}

/// Time only takes away: read later, or read now and let lapse.
fn later_is_narrower(settings: Settings, now: &Policy) {
    let files = FakeFiles::with_dirs(["/", "/work", "/home/me", "/tmp"]);
    let (later, _) = settings.into_policy(&files, &around(model::LATER)).expect("it was read before");
    let mut lapsed = now.clone();
    lapsed.expire(model::LATER);
    assert_eq!(lapsed.hash(), later.hash());
    for path in ["/", "/work", "/work/a", "/work/a/b", "/tmp", "/tmp/x", "/home/me"] {
        let path = absolute(path.as_bytes()).expect("absolute");
        for scope in [Scope::FsRead, Scope::FsWrite, Scope::Addon] {
            assert!(!later.allows_path(scope, &path) || now.allows_path(scope, &path));
        }
    }
    for &scope in Scope::ALL {
        let whole = permit::policy::Resource::Nothing;
        assert!(!later.has(scope, &whole) || now.has(scope, &whole), "{scope}");
    }
}

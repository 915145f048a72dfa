//! Programs and variables: granted, denied and asked about like a list that is read from front to back.
//!
//! Lines: `+ COMMAND` grants and `- COMMAND` denies a program, `? COMMAND` asks; `e NAME` grants and `E NAME` denies
//! a variable, `n NAME` asks. What is asked about is also dropped. `p NAME PATH` is a program of that name in the
//! search path, `/bin/NAME`, which is a link to that path.

use std::collections::BTreeMap;

use permit::policy::files::FakeFiles;
use permit::policy::names::NameGrant;
use permit::policy::path::Style;
use permit::policy::programs::ProgramGrant;
use permit::policy::{Policy, PolicyBuilder, Resource, Scope};

use crate::{lines, model};

/// Tries one set of lists.
pub fn run(data: &[u8]) {
    let rules: Vec<(u8, &[u8])> = lines(data).collect();
    for (_, text) in &rules {
        reads_back(text);
    }
    let installed = installed(&rules);
    let files = installed.iter().fold(FakeFiles::default(), |files, (name, path)| {
        files.and_program(name, format!("/bin/{name}")).and_link(format!("/bin/{name}"), path)
    });
    let policy = build(&files, rules.iter());
    assert_eq!(policy.hash(), build(&files, rules.iter().rev()).hash(), "the order of lists matters");
    let back = Policy::from_bytes(&policy.to_bytes()).expect("its own bytes");
    assert_eq!(back.to_bytes(), policy.to_bytes());
    let granted = model::Lists::read(&rules, |file| leads(&installed, file));
    for (kind, text) in &rules {
        if let Some(command) = model::command(text) {
            let (file, arguments) = command.split_first().expect("a command has a word");
            for real in [None, Some("/bin/sh")].into_iter().chain(installed.values().map(|path| Some(path.as_str()))) {
                let asked = Resource::Program { file, real, arguments };
                let allowed = granted.starts(file, real, arguments);
                assert_eq!(policy.allows(Scope::Child, &asked), allowed, "{command:?} at {real:?}");
                assert_eq!(back.allows(Scope::Child, &asked), allowed, "{command:?} at {real:?}");
            }
        }
        let Ok(text) = std::str::from_utf8(text) else { continue };
        let name = Resource::Name(text);
        if let Some(shown) = granted.shows(text) {
            assert_eq!(policy.allows(Scope::Env, &name), shown, "{text:?}");
        }
        // A set of names is not a name: what is dropped under it is not what is asked about.
        if matches!(kind, b'?' | b'n') && text != "default" {
            let scope = if *kind == b'?' { Scope::Child } else { Scope::Env };
            let mut dropped = policy.clone();
            dropped.drop(scope, &name, &files);
            assert!(!dropped.allows(scope, &name), "{text:?} is dropped and allowed");
            Policy::from_bytes(&dropped.to_bytes()).expect("its own bytes");
            for (_, other) in &rules {
                let Ok(other) = std::str::from_utf8(other) else { continue };
                let other = Resource::Name(other);
                assert!(!dropped.allows(scope, &other) || policy.allows(scope, &other), "dropping {text:?} widens");
            }
        }
    }
}

/// The programs that can be found by their names.
fn installed(rules: &[(u8, &[u8])]) -> BTreeMap<String, String> {
    let program = |(kind, text): &(u8, &[u8])| {
        let (name, path) = std::str::from_utf8(text).ok().filter(|_| *kind == b'p')?.split_once(' ')?;
        let plain = !name.is_empty() && !text.contains(&0) && name.chars().all(|c| c.is_ascii_alphanumeric());
        // Not a link to a link.
        let path = model::resolve(b"/real", path.as_bytes());
        let path = String::from_utf8(path).ok().filter(|path| plain && !path.starts_with("/bin"))?;
        Some((name.to_owned(), path))
    };
    rules.iter().filter_map(program).collect()
}

/// Where a program leads that was found.
fn leads(installed: &BTreeMap<String, String>, file: &str) -> Option<String> {
    let path = if file.contains('/') { file.to_owned() } else { format!("/bin/{file}") };
    let through = |(name, to): (&String, &String)| {
        let rest = path.strip_prefix("/bin/")?.strip_prefix(name.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("{to}{rest}"))
    };
    if path == "/" { Some(path) } else { installed.iter().find_map(through) }
}

fn build<'a>(files: &FakeFiles, rules: impl Iterator<Item = &'a (u8, &'a [u8])>) -> Policy {
    let mut builder = PolicyBuilder::new(files);
    for (kind, text) in rules {
        // What cannot be read in full is not taken at all.
        let _ = match kind {
            b'+' => builder.grant(Scope::Child, text, model::BASE, None),
            b'-' => builder.deny(Scope::Child, text, model::BASE),
            b'e' => builder.grant(Scope::Env, text, model::BASE, None),
            b'E' => builder.deny(Scope::Env, text, model::BASE),
            _ => continue,
        };
    }
    builder.build().expect("lists need no room")
}

fn reads_back(text: &[u8]) {
    if let Ok(program) = ProgramGrant::parse(Style::Unix, model::BASE, text) {
        let written = program.to_string();
        assert_eq!(ProgramGrant::parse(Style::Unix, b"", written.as_bytes()), Ok(program), "{written}");
    }
    if let Ok(name) = NameGrant::parse(text) {
        let written = name.to_string();
        assert_eq!(NameGrant::parse(written.as_bytes()), Ok(name), "{written}");
    }
}

//! What explanations say, over a world of names.

use super::explain::{Because, Explanation, explain};
use super::ports::Facts;
use super::{Grounds, Special, World};
use crate::config::{Settings, Source, Surroundings, Tokens, parse_file, parse_flags};
use crate::policy::files::Fake;
use crate::policy::links::{Links, Stands};
use crate::policy::{Files, PolicyBuilder, Scope};

const NOW: u64 = 1_767_225_600; // 2026-01-01

/// A file system of names in which these are the links.
struct Names {
    files: Fake,
    links: Vec<(&'static str, &'static str)>,
}

impl Names {
    fn new(links: &[(&'static str, &'static str)]) -> Self {
        let files = Fake::with_dirs(["/", "/app", "/app/data", "/etc"]).and_program("git", "/usr/bin/git");
        let files = links.iter().fold(files, |files, (link, target)| files.and_link(link, target));
        Self { files, links: links.to_vec() }
    }
}

impl Files for Names {
    fn is_dir(&self, path: &[u8]) -> bool {
        self.files.is_dir(path)
    }

    fn real_path(&self, path: &[u8]) -> Option<Vec<u8>> {
        self.files.real_path(path)
    }

    fn program(&self, word: &str) -> Option<Vec<u8>> {
        self.files.program(word)
    }
}

impl Links for Names {
    fn at(&self, path: &[u8]) -> Stands {
        let link = self.links.iter().find(|(link, _)| link.as_bytes() == path);
        link.map_or(Stands::Here, |(_, target)| Stands::Link(target.as_bytes().to_vec()))
    }
}

impl World for Names {
    fn special(&self, real: &[u8]) -> Option<Special> {
        (real == b"/proc/self/mem").then_some(Special::Memory)
    }
}

fn asked_in(settings: &Settings, links: &[(&'static str, &'static str)], scope: &str, about: &str) -> Explanation {
    let world = Names::new(links);
    let around = Surroundings { cwd: b"/app".to_vec(), tokens: Tokens::default(), now: NOW };
    let fixed = |builder: &mut PolicyBuilder<'_>| {
        let own = crate::policy::Absolute::resolve(b"/app/p.json", || None::<&[u8]>).unwrap();
        builder.protect(&own).map(|_| ()).map_err(|error| error.to_string())
    };
    let grounds = Grounds { sources: &[], settings, around: &around, world: &world, fixed: &fixed };
    let resource = Some(about).filter(|about| !about.is_empty());
    explain(&grounds, Scope::parse(scope).unwrap(), resource, &Facts::default()).unwrap()
}

fn flags(line: &str) -> Settings {
    parse_flags(&line.split_whitespace().collect::<Vec<_>>(), None).unwrap().0
}

fn asked(line: &str, scope: &str, about: &str) -> Explanation {
    asked_in(&flags(line), &[("/app/data/out", "/etc")], scope, about)
}

fn file(text: &str) -> Settings {
    parse_file(&Source { name: "p.json", directory: b"/app", text }, None).unwrap().unwrap()
}

/// What decided, and the rules, of each answer.
fn because(told: &Explanation) -> Vec<(Because, String)> {
    let rules =
        |rules: &[super::explain::Told]| rules.iter().map(|rule| rule.rule.clone()).collect::<Vec<_>>().join(" ");
    told.answers.iter().map(|answer| (answer.because, rules(&answer.rules))).collect()
}

#[track_caller]
fn says(line: &str, scope: &str, about: &str, expected: &[(Because, &str)]) {
    let told = asked(line, scope, about);
    let expected: Vec<_> = expected.iter().map(|(because, rules)| (*because, (*rules).to_owned())).collect();
    assert_eq!(because(&told), expected, "{line}: {scope} {about}");
}

#[track_caller]
fn changes(line: &str, scope: &str, about: &str, flags: &[&str]) {
    let told = asked(line, scope, about);
    assert_eq!(told.change.map_or_else(Vec::new, |change| change.flags), flags, "{line}: {scope} {about}");
}

#[track_caller]
fn near(told: &Explanation, rule: &str, why: &str) {
    let nearest = told.answers.iter().find_map(|answer| answer.nearest.as_ref()).expect("nothing is near");
    assert_eq!((nearest.told.rule.as_str(), nearest.why.as_str()), (rule, why));
}

#[test]
fn every_rule_that_decides_is_told_and_no_other() {
    use Because::{Denied, Granted, NotGranted};
    says(
        "--allow-fs-read=/app/data --allow-fs-read=/etc --allow-fs-read=*",
        "fs.read",
        "data/x",
        &[(Granted, "--allow-fs-read=/app/data --allow-fs-read=*")],
    );
    says(
        "--allow-fs-read=* --deny-fs-read=data --deny-fs-read=/etc",
        "fs.read",
        "data/x",
        &[(Denied, "--deny-fs-read=data")],
    );
    says("--allow-worker", "worker", "", &[(Granted, "--allow-worker")]);
    says("--allow-worker --deny-worker", "worker", "", &[(Denied, "--deny-worker")]);
    says("--allow-child-process=git", "child", "git log -p", &[(Granted, "--allow-child-process=git")]);
    says("--allow-child-process=ls", "child", "git log -p", &[(NotGranted, "")]);
    says("--deny-env=TOKEN", "env", "TOKEN", &[(Denied, "--deny-env=TOKEN")]);
    says("--allow-fs-read=data", "fs", "data", &[(Granted, "--allow-fs-read=data"), (NotGranted, "")]);
}

#[test]
fn a_path_is_asked_about_by_its_name_and_by_what_it_leads_to() {
    use Because::{Denied, Followed, Granted, NotGranted};
    let granted = (Granted, "--allow-fs-read=data");
    says("--allow-fs-read=data", "fs.read", "data/out/x", &[granted, (NotGranted, "")]);
    says(
        "--allow-fs-read=data --allow-fs-read=/etc",
        "fs.read",
        "data/out/x",
        &[granted, (Granted, "--allow-fs-read=/etc")],
    );
    says("--allow-fs-read=data --symlinks=follow", "fs.read", "data/out/x", &[granted, (Followed, "")]);
    says(
        "--allow-fs-read=data --symlinks=follow --deny-fs-read=/etc",
        "fs.read",
        "data/out/x",
        &[granted, (Denied, "--deny-fs-read=/etc")],
    );
    let path = asked("", "fs.read", "data/out/x").path.unwrap();
    assert_eq!((path.path.as_str(), path.leads_to.as_deref()), ("/app/data/out/x", Some("/etc/x")));
    assert_eq!((path.links[0].at.as_str(), path.links[0].text.as_str()), ("/app/data/out", "/etc"));
}

#[test]
fn what_no_rule_decides_is_told_apart() {
    use Because::{Memory, NotGranted, Protected, Untouched};
    says("", "env", "HOME", &[(Untouched, "")]);
    says("--allow-fs-write=*", "fs.write", "p.json", &[(Protected, "")]);
    says("", "fs.write", "/proc/self/mem", &[(NotGranted, ""), (Memory, "")]);
}

#[test]
fn a_list_of_where_to_listen_takes_the_place_of_the_network() {
    use Because::{Granted, NotGranted};
    says("--allow-net=a.com", "net.listen", ":3000", &[(Granted, "--allow-net=a.com")]);
    says("--allow-net --allow-net-listen=:80", "net.listen", ":3000", &[(NotGranted, "")]);
    says("--allow-net=a.com --allow-net-listen=:80", "net.listen", "80", &[(Granted, "--allow-net-listen=:80")]);
    says(
        "--allow-net=a.com --allow-net-listen=:80",
        "net.resolve",
        "localhost",
        &[(Granted, "--allow-net-listen=:80")],
    );
}

#[test]
fn a_name_that_is_connected_to_is_resolved_too() {
    use Because::{Granted, NotGranted};
    let both = |rule| [(Granted, rule), (Granted, rule)];
    says("--allow-net=*.a.com:443", "net.connect", "b.a.com:443", &both("--allow-net=*.a.com:443"));
    says(
        "--allow-net-connect=a.com",
        "net.connect",
        "a.com:443",
        &[(NotGranted, ""), (Granted, "--allow-net-connect=a.com")],
    );
    says("--allow-net=10.0.0.0/8", "net", "10.1.2.3:80", &[(Granted, "--allow-net=10.0.0.0/8")]);
}

#[test]
fn the_change_is_the_smallest_and_would_do() {
    changes("", "fs.read", "data/x", &["--allow-fs-read=/app/data/x"]);
    changes("--allow-fs-read=data", "fs.read", "data/out/x", &["--allow-fs-read=/etc/x"]);
    changes("", "net.connect", "a.com:443", &["--allow-net-resolve=a.com", "--allow-net-connect=a.com:443"]);
    changes("--allow-net-listen=:80", "net.connect", "a.com:443", &["--allow-net=a.com:443"]);
    changes("--allow-net-resolve=a.com", "net.connect", "a.com:443", &["--allow-net-connect=a.com:443"]);
    changes("--allow-child-process=ls", "child", "git log -p", &["--allow-child-process=git log -p"]);
    changes("", "child", "git 'log x'", &["--allow-child-process=git 'log x'"]);
    changes("", "net.listen", ":80", &["--allow-net-listen=:80"]);
    changes("", "fs.read", "", &["--allow-fs-read=*"]);
    changes("--allow-env=A", "env", "B", &["--allow-env=B"]);
}

#[test]
fn against_a_denial_no_change_is_told() {
    changes("--allow-fs-read=* --deny-fs-read=data", "fs.read", "data/x", &[]);
    changes("--deny-net=a.com", "net.connect", "a.com:1", &[]);
    changes("", "fs.write", "p.json", &[]);
    changes("", "fs.write", "/proc/self/mem", &[]);
}

#[test]
fn the_change_for_a_file_says_what_the_flags_say() {
    let change = asked("", "fs", "data/x").change.unwrap();
    let text = serde_json::json!({ "permission": change.file }).to_string();
    assert!(asked_in(&file(&text), &[], "fs", "data/x").allowed, "{text}");
}

#[test]
fn the_nearest_grant_is_told_with_what_it_lacks() {
    near(&asked("--allow-net=a.com:80", "net.connect", "a.com:443"), "--allow-net=a.com:80", "is for a.com:80");
    near(
        &asked("--allow-net=*.a.com", "net.resolve", "a.com"),
        "--allow-net=*.a.com",
        "is for names below a.com, not for itself",
    );
    near(&asked("--allow-fs-write=data", "fs.read", "data/x"), "--allow-fs-write=data", "is for fs.write");
    near(&asked("--allow-fs-read=/app/data/a", "fs.read", "data/b"), "--allow-fs-read=/app/data/a", "is beside it");
    near(
        &asked("--allow-fs-read=/app/file", "fs.read", "file/x"),
        "--allow-fs-read=/app/file",
        "is that path alone: there is no directory",
    );
    near(&asked("--allow-env=TOKEN", "env", "TOKN"), "--allow-env=TOKEN", "is another name");
    near(
        &asked("--allow-child-process=/usr/bin/git", "child", "git"),
        "--allow-child-process=/usr/bin/git",
        "is for /usr/bin/git, written so",
    );
    near(
        &asked("--allow-net=a.com --no-allow-net", "net.resolve", "a.com"),
        "--allow-net=a.com",
        "is taken back by --no-allow-net (the command line)",
    );
    let nothing = asked("--allow-fs-read=/srv --allow-env=A", "fs.read", "data/x");
    assert!(nothing.answers.iter().all(|answer| answer.nearest.is_none()));
}

#[test]
fn a_rule_of_a_file_is_told_with_its_place_its_end_and_its_reason() {
    let text = r#"{"permission": {"allow-fs-read": [
        {"grant": "./old", "reason": "OPS-12", "expires": "2025-12-31"}, {"grant": "./data", "expires": "2026-02-01"}]}}"#;
    let settings = file(text);
    let rule = asked_in(&settings, &[], "fs.read", "data/x").answers[0].rules[0].clone();
    assert_eq!((rule.rule.as_str(), rule.at.as_str()), (r#""allow-fs-read": "./data""#, "p.json:2:84"));
    assert_eq!(rule.expires.as_deref(), Some("2026-02-01"));
    let told = asked_in(&settings, &[], "fs.read", "old");
    near(&told, r#""allow-fs-read": "./old""#, "expired on 2025-12-31");
    assert_eq!(told.answers[0].nearest.as_ref().unwrap().told.reason.as_deref(), Some("OPS-12"));
}

#[test]
fn what_cannot_be_asked_is_an_error() {
    let world = Names::new(&[]);
    for (scope, about) in [
        (Scope::NetConnect, "http://a.com"),
        (Scope::NetConnect, "a.com:x"),
        (Scope::Child, "\"git"),
        (Scope::FsRead, "a\0"),
        (Scope::FsRead, ""),
        (Scope::Child, " "),
    ] {
        assert!(super::question::take_apart(scope, Some(about), &world, b"/app").is_err(), "{scope} {about:?}");
    }
}

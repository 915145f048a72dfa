//! Answers in a made-up world.

use super::check::check;
use super::explain::{Explanation, Reason, explain};
use super::ports::PortFacts;
use super::{PolicyContext, Special, World};
use crate::config::{Settings, Source, Surroundings, Tokens, parse_file, parse_flags};
use crate::policy::files::{FakeFiles, FileKind};
use crate::policy::links::{Entry, Links};
use crate::policy::{Files, PolicyBuilder, Scope};

const NOW: u64 = 1_767_225_600; // 2026-01-01

/// A file system of names. These are its links.
struct Names {
    files: FakeFiles,
    links: Vec<(&'static str, &'static str)>,
}

impl Names {
    fn new(links: &[(&'static str, &'static str)]) -> Self {
        let files = FakeFiles::with_dirs(["/", "/app", "/app/data", "/etc"]).and_program("git", "/usr/bin/git");
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

    fn kind(&self, path: &[u8]) -> FileKind {
        let name = String::from_utf8_lossy(path);
        match self.links.iter().any(|(link, _)| *link == name) {
            true => FileKind::Link { directory: self.is_dir(path) },
            false if self.is_dir(path) => FileKind::Directory,
            false if name == "/app/file" => FileKind::Other,
            false => FileKind::Missing,
        }
    }
}

impl Links for Names {
    fn at(&self, path: &[u8]) -> Entry {
        let link = self.links.iter().find(|(link, _)| link.as_bytes() == path);
        link.map_or(Entry::NotLink, |(_, target)| Entry::Link(target.as_bytes().to_vec()))
    }
}

impl World for Names {
    fn special(&self, real: &[u8]) -> Option<Special> {
        (real == b"/proc/self/mem").then_some(Special::Memory)
    }

    fn links_below(&self, directory: &[u8], _: &mut usize) -> Vec<Vec<u8>> {
        let below = |link: &&(&str, &str)| link.0.as_bytes().starts_with(directory);
        self.links.iter().filter(below).map(|(link, _)| link.as_bytes().to_vec()).collect()
    }
}

fn asked_in(settings: &Settings, links: &[(&'static str, &'static str)], scope: &str, about: &str) -> Explanation {
    let world = Names::new(links);
    let around = Surroundings { cwd: b"/app".to_vec(), tokens: Tokens::default(), now: NOW };
    let fixed = |builder: &mut PolicyBuilder<'_>| {
        let own = crate::policy::Absolute::resolve(b"/app/p.json", || None::<&[u8]>).unwrap();
        builder.protect(&own).map(|_| ())
    };
    let context = PolicyContext { sources: &[], settings, around: &around, world: &world, fixed: &fixed };
    let resource = Some(about).filter(|about| !about.is_empty());
    explain(&context, Scope::parse(scope).unwrap(), resource, &PortFacts::default()).unwrap()
}

/// Returns the kind and the rule of each finding.
fn found_in(settings: &Settings, links: &[(&'static str, &'static str)]) -> Vec<String> {
    let world = Names::new(links);
    let tokens = Tokens { home: Some(b"/home/me".to_vec()), ..Tokens::default() };
    let around = Surroundings { cwd: b"/app".to_vec(), tokens, now: NOW };
    let found = check(&PolicyContext::plain(settings, &around, &world), 14 * 86_400).unwrap();
    found.iter().map(|finding| format!("{} {}", finding.id, finding.rule.rule)).collect()
}

#[track_caller]
fn finds(line: &str, expected: &[&str]) {
    assert_eq!(found_in(&flags(line), &[]), expected, "{line}");
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

/// Returns the reason and the rules of each answer.
fn because(told: &Explanation) -> Vec<(Reason, String)> {
    let rules = |rules: &[super::cited_rule::CitedRule]| {
        rules.iter().map(|rule| rule.rule.clone()).collect::<Vec<_>>().join(" ")
    };
    told.answers.iter().map(|answer| (answer.because, rules(&answer.rules))).collect()
}

#[track_caller]
fn says(line: &str, scope: &str, about: &str, expected: &[(Reason, &str)]) {
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
    assert_eq!((nearest.rule.rule.as_str(), nearest.why.as_str()), (rule, why));
}

#[test]
fn every_rule_that_decides_is_told_and_no_other() {
    use Reason::{Denied, Granted, NotGranted};
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
    use Reason::{Denied, Followed, Granted, NotGranted};
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
    use Reason::{Memory, NotGranted, Protected, Untouched};
    says("", "env", "HOME", &[(Untouched, "")]);
    says("--allow-fs-write=*", "fs.write", "p.json", &[(Protected, "")]);
    says("", "fs.write", "/proc/self/mem", &[(NotGranted, ""), (Memory, "")]);
}

#[test]
fn a_list_of_where_to_listen_takes_the_place_of_the_network() {
    use Reason::{Granted, NotGranted};
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
    use Reason::{Granted, NotGranted};
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
    changes("", "net", "unix:/run/x", &["--allow-net-connect=unix:/run/x"]);
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
    assert_eq!(told.answers[0].nearest.as_ref().unwrap().rule.reason.as_deref(), Some("OPS-12"));
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

#[test]
fn a_policy_that_says_what_it_needs_is_clean() {
    finds("--allow-fs-read=data --allow-net=a.com:443 --allow-net-listen=:3000 --allow-worker --allow-wasi", &[]);
    finds("--allow-child-process=git --allow-env=default,AWS_* --deny-net=metadata --allow-net=b.com", &[]);
    finds("--allow-fs-read=data --deny-fs-read=data/private --allow-fs-read=/app/file", &[]);
}

#[test]
fn wide_grants_are_found_however_they_are_written() {
    for line in [
        "--allow-fs-read=*",
        "--allow-fs-read=/",
        "--allow-fs-write=/*",
        "--allow-fs-read=/etc",
        "--allow-fs-read=/e*",
        "--allow-fs-read=/etc/*",
        "--allow-fs-read=/home/*",
        "--allow-fs-read=/home/me/.ssh/*",
        "--allow-fs-write=/usr/*",
        "--allow-net",
        "--allow-net=*",
        "--allow-net=*:443",
        "--allow-net-connect=0.0.0.0/0",
        "--allow-net-connect=::/0",
        "--allow-net=metadata",
        "--allow-net-listen=metadata",
        "--allow-net=169.254.169.254:80",
        "--allow-net-connect=0.0.0.0/1",
        "--allow-net=*.com",
        "--allow-fs-read=/home/me/.npmrc",
        "--allow-fs-read=/etc/shadow",
        "--allow-net-listen",
        "--allow-child-process",
        "--allow-child-process=*",
        "--allow-env",
        "--allow-env=*",
        "--allow-addons",
        "--allow-ffi",
        "--allow-inspector",
    ] {
        assert!(found_in(&flags(line), &[]).contains(&format!("wide {line}")), "{line}");
    }
    finds("--allow-fs-read=/usr/*", &[]);
    finds("--allow-net=10.0.0.0/8,*.example.com,169.254.1.1", &[]);
}

#[test]
fn a_program_that_runs_others_is_found_unless_its_arguments_are_given() {
    for program in ["bash", "/bin/sh", "python3.12", "xargs", "npx"] {
        let line = format!("--allow-child-process={program}");
        assert!(found_in(&flags(&line), &[]).contains(&format!("interpreter {line}")), "{program}");
    }
    let rest = parse_flags(&["--allow-child-process=/bin/sh -c *"], None).unwrap().0;
    assert_eq!(found_in(&rest, &[]), ["interpreter --allow-child-process=/bin/sh -c *"]);
    let exact = parse_flags(&["--allow-child-process=/bin/sh build.sh"], None).unwrap().0;
    assert_eq!(found_in(&exact, &[]), Vec::<String>::new());
}

#[test]
fn what_is_missing_covered_idle_or_taken_back_is_found() {
    finds("--allow-fs-read=lost", &["missing --allow-fs-read=lost"]);
    finds("--allow-child-process=lost", &["missing --allow-child-process=lost"]);
    finds("--allow-fs-read=data --allow-fs-read=data/*", &["covered --allow-fs-read=data/*"]);
    finds(
        "--allow-net=a.com --allow-net-listen=:1 --allow-net=*.b.com,c.com --allow-net-connect=x.b.com:80",
        &["covered --allow-net-connect=x.b.com:80"],
    );
    finds("--deny-fs-read=/srv --allow-fs-read=data", &["idle-denial --deny-fs-read=/srv"]);
    finds("--deny-worker --deny-net=metadata", &["idle-denial --deny-worker", "idle-denial --deny-net=metadata"]);
    finds("--allow-worker --no-allow-worker", &["taken-back --allow-worker"]);
    finds(
        "--allow-fs-write=data,x --allow-env=PATH",
        &["missing --allow-fs-write=data,x", "spelling --allow-fs-write=data,x"],
    );
}

#[test]
fn what_has_expired_or_soon_will_is_found() {
    let entry = |day: &str| {
        file(&format!(r#"{{"permission": {{"allow-fs-read": {{"grant": "./data", "expires": "{day}"}}}}}}"#))
    };
    let rule = r#""allow-fs-read": "./data""#;
    for (day, expected) in [
        ("2026-01-01", vec![format!("expired {rule}")]),
        ("2026-01-02", vec![format!("expires-soon {rule}")]),
        ("2026-01-15", vec![format!("expires-soon {rule}")]),
        ("2026-01-16", vec![]),
    ] {
        assert_eq!(found_in(&entry(day), &[]), expected, "{day}");
    }
}

#[test]
fn a_grant_that_lapses_covers_none_that_stays() {
    let text = r#"{"permission": {"allow-fs-read": [{"grant": "./data", "expires": "2027-01-01"}, "./data/*"]}}"#;
    assert_eq!(found_in(&file(text), &[]), [r#"covered "allow-fs-read": "./data""#]);
}

#[test]
fn links_that_lead_out_of_the_grant_are_found() {
    let out = [("/app/data/out", "/etc"), ("/app/data/in", "/app/data")];
    assert_eq!(found_in(&flags("--allow-fs-read=data"), &out), ["leads-out --allow-fs-read=data"]);
    assert_eq!(found_in(&flags("--allow-fs-read=data"), &out[1..]), Vec::<String>::new());
    assert_eq!(found_in(&flags("--allow-fs-read=data --symlinks=follow"), &out), ["leads-out --allow-fs-read=data"]);
}

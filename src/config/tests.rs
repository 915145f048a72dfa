//! The policies of whole configurations: files, profiles, flags and their sum.

use super::{ConfigError, Settings, Source, Surroundings, Tokens, parse_file, parse_flags};
use crate::policy::files::{FakeFiles, NoFiles};
use crate::policy::{Absolute, Policy, Resource, Scope};

const NOW: u64 = 1_767_225_600; // 2026-01-01

fn source(text: &str) -> Source<'_> {
    Source { name: "p.json", directory: b"/conf", text }
}

fn file(text: &str) -> Settings {
    parse_file(&source(text), None).unwrap().unwrap()
}

fn profile(text: &str, profile: &str) -> Result<Policy, ConfigError> {
    parse_file(&source(text), Some(profile)).map(|settings| policy(settings.unwrap()))
}

fn flags(line: &str) -> Settings {
    let tokens: Vec<&str> = line.split_whitespace().collect();
    parse_flags(&tokens, None).unwrap().0
}

fn around() -> Surroundings {
    let tokens = Tokens { project: Some(b"/proj".to_vec()), tmp: Some(b"/tmp".to_vec()), ..Tokens::default() };
    Surroundings { cwd: b"/cwd".to_vec(), tokens, now: NOW }
}

fn load(settings: Settings) -> Result<(Policy, Vec<String>), String> {
    let files = FakeFiles::with_dirs(["/", "/d", "/cwd", "/conf", "/proj", "/tmp", "/conf/tmp"]);
    let (policy, notices) = settings.into_policy(&files, &around()).map_err(|error| error.to_string())?;
    Ok((policy, notices.iter().map(ToString::to_string).collect()))
}

fn policy(settings: Settings) -> Policy {
    load(settings).unwrap().0
}

fn reads(policy: &Policy, path: &str) -> bool {
    policy.allows_path(Scope::FsRead, &Absolute::resolve(path.as_bytes(), || None::<&[u8]>).unwrap())
}

fn has(policy: &Policy, scope: Scope) -> bool {
    policy.has(scope, &Resource::Nothing)
}

#[track_caller]
fn refuses(text: &str, message: &str) {
    let error = parse_file(&source(text), None).map_err(|error| error.to_string());
    let error = error.and_then(|settings| load(settings.unwrap()));
    assert_eq!(error.map(|_| ()), Err(message.to_owned()), "{text}");
}

#[test]
fn a_file_of_node_has_the_meaning_it_has_in_node() {
    let policy = policy(file(
        r#"{"$schema": "x", "nodeOptions": {"import": "amaro"}, "permission": {
            "allow-fs-read": ["/d", "./a"], "allow-fs-write": "/w", "allow-net": true, "allow-worker": true,
            "allow-child-process": false, "allow-addons": true, "permission": true}}"#,
    ));
    assert!(reads(&policy, "/d/x") && reads(&policy, "/conf/a") && !reads(&policy, "/cwd/a"));
    assert!(has(&policy, Scope::Net) && has(&policy, Scope::Worker) && has(&policy, Scope::Addon));
    assert!(!has(&policy, Scope::Child) && !has(&policy, Scope::Wasi));
}

#[test]
fn a_file_without_the_key_is_no_policy_and_an_empty_one_is() {
    assert!(parse_file(&source(r#"{"testRunner": {}}"#), None).unwrap().is_none());
    assert!(file(r#"{"permission": {}}"#).is_empty());
}

#[test]
fn denials_and_lists_are_keys_too() {
    let policy = policy(file(
        r#"{"permission": {"allow-fs-read": "*", "deny-fs-read": ["/d/.env", {"deny": "/k", "reason": "keys"}],
            "allow-child-process": ["git status", "ls"], "deny-worker": true, "allow-net-listen": ":80", "deny-wasi": false,
            "allow-wasi": true}}"#,
    ));
    assert!(!reads(&policy, "/d/.env") && !reads(&policy, "/k/x") && reads(&policy, "/d"));
    assert!(policy.has(Scope::Child, &Resource::Name("ls")) && has(&policy, Scope::Wasi));
}

#[test]
fn names_of_what_is_to_come_are_refused_unless_they_change_nothing() {
    assert!(file(r#"{"permission": {"audit": false, "sandbox": false}}"#).is_empty());
    assert_eq!(file(r#"{"permission": {"audit": true}}"#).audit, Some(true));
    assert_eq!(file(r#"{"permission": {"permission-audit": true}}"#).audit, Some(true));
    assert_eq!(file(r#"{"permission": {"symlinks": "follow"}}"#).follow_links, Some(true));
    refuses(
        r#"{"permission": {"audit": "yes"}}"#,
        r#"p.json:1:26: found a string for "audit", expected true or false"#,
    );
    refuses(r#"{"permission": {"symlinks": "off"}}"#, r#"p.json:1:29: found "off", expected resolve or follow"#);
    refuses(
        r#"{"permission": {"symlinks": true}}"#,
        r#"p.json:1:29: found true for "symlinks", expected "resolve" or "follow""#,
    );
    refuses(
        r#"{"permission": {"sandbox": "require"}}"#,
        r#"p.json:1:28: "sandbox": \"require\" is not supported yet; expected false"#,
    );
}

#[test]
fn where_records_go_starts_at_the_file() {
    let said = file(
        r#"{"permission": {"audit-log": "./logs/audit.jsonl", "audit-stack": true, "report-only": "../next.json"}}"#,
    );
    assert_eq!(said.audit_log.as_deref(), Some(&b"/conf/logs/audit.jsonl"[..]));
    assert_eq!(said.audit_stack, Some(true));
    assert_eq!(said.report_only.as_deref(), Some(&b"/conf/../next.json"[..]));
    let log = |text: &str| file(text).audit_log.unwrap();
    assert_eq!(log(r#"{"permission": {"audit-log": "stderr"}}"#), b"stderr");
    assert_eq!(log(r#"{"permission": {"audit-log": "./stderr"}}"#), b"/conf/stderr");
    assert_eq!(log(r#"{"permission": {"audit-log": "/var/log/x"}}"#), b"/var/log/x");
    // Flags come after files, and their paths start at the working directory.
    let both =
        file(r#"{"permission": {"audit-log": "x", "audit-stack": false}}"#).merge(flags("--audit-log=y --audit-stack"));
    assert_eq!((both.audit_log.as_deref(), both.audit_stack), (Some(&b"y"[..]), Some(true)));
    let profile = r#"{"permission": {"audit-log": "x", "profiles": {"p": {"audit-log": "y"}}}}"#;
    let profile = parse_file(&source(profile), Some("p")).unwrap().unwrap();
    assert_eq!(profile.audit_log.as_deref(), Some(&b"/conf/y"[..]));
    refuses(
        r#"{"permission": {"audit-log": true}}"#,
        r#"p.json:1:30: found true for "audit-log", expected the path of a file, or "stderr""#,
    );
    refuses(
        r#"{"permission": {"report-only": ["x"]}}"#,
        r#"p.json:1:32: found an array for "report-only", expected the path of a file"#,
    );
    refuses(
        r#"{"permission": {"audit-stack": "yes"}}"#,
        r#"p.json:1:32: found a string for "audit-stack", expected true or false"#,
    );
    refuses(
        r#"{"permission": {"audit-log": "${TMP}/x"}}"#,
        r#"p.json:1:30: "${TMP}/x" has a token, which only what is granted or denied may have"#,
    );
}

#[test]
fn errors_name_line_column_and_what_is_accepted() {
    refuses(
        "{\n \"permission\": {\n  \"allow-fs-raed\": \"/\"}}",
        r#"p.json:3:3: unknown key "allow-fs-raed" in "permission"; did you mean "allow-fs-read"?"#,
    );
    refuses(
        "{\"permission\": {\"allow-worker\":\n \"yes\"}}",
        r#"p.json:2:2: found a string for "allow-worker", expected true or false"#,
    );
    refuses(
        r#"{"permission": {"allow-fs-read": ["/", 7]}}"#,
        r#"p.json:1:40: found a number for "allow-fs-read", expected strings and entries {"grant": …}"#,
    );
    refuses(
        r#"{"permission": {"allow-fs-read": true}}"#,
        r#"p.json:1:34: found true for "allow-fs-read", expected a string, an entry {"grant": …}, or an array of these"#,
    );
    refuses(
        r#"{"permission": {"allow-net": true, "allow-net": true}}"#,
        r#"p.json:1:36: the key "allow-net" stands twice in one object"#,
    );
    refuses(
        r#"{"permission": {}, "permission": {}}"#,
        r#"p.json:1:20: the key "permission" stands twice in one object"#,
    );
    refuses(r#"{"permission": {"allow-net": ["ä b.com"]}}"#, r#"p.json:1:31: the host "ä b.com" is no host name"#);
    refuses(
        r#"{"permission": {"allow-fs-read": ["/é", "/a/**b"]}}"#,
        r#"p.json:1:41: the pattern "/a/**b" has a ** that does not stand alone between separators"#,
    );
    refuses(
        r#"{"permission": {"allow-fs-read": ""}}"#,
        "p.json:1:34: requires an argument: \".\" is the file's own directory",
    );
    refuses(r#"{"permission": {"allow-fs-read": "/a\u0000"}}"#, "p.json:1:34: the path \"/a\\0\" contains a NUL byte");
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    refuses("{\"permission\": {\n\"allow-net\": tru}}", "p.json:2:17: is not JSON: expected ident");
    refuses("{\"permission\": {}} x", "p.json:1:20: is not JSON: trailing characters");
    refuses("\u{feff}{}", "p.json:1:1: is not JSON: expected value");
    refuses("", "p.json:1:1: is not JSON: EOF while parsing a value");
}

#[test]
fn a_file_cannot_turn_permit_off() {
    let message = "permit cannot be turned off here; start the program without it instead";
    refuses(r#"{"permission": false}"#, &format!("p.json:1:16: {message}"));
    refuses(r#"{"permission": {"permission": false}}"#, &format!("p.json:1:31: {message}"));
}

#[test]
fn an_expired_grant_grants_nothing_and_says_so() {
    let text = r#"{"permission": {"allow-fs-read": [
        {"grant": "/old", "reason": "OPS-12", "expires": "2026-01-01"}, {"grant": "./tmp", "expires": "2026-01-02"}]}}"#;
    let (mut policy, notices) = load(file(text)).unwrap();
    assert_eq!(notices, [r#"p.json:2:19: the grant of "/old" expired on 2026-01-01 ("OPS-12")"#]);
    assert!(!reads(&policy, "/old") && reads(&policy, "/conf/tmp/x"));
    assert_eq!(policy.next_expiry(), Some(NOW + 86_400));
    assert!(policy.expire(NOW + 86_400) && !reads(&policy, "/conf/tmp/x"));
}

#[test]
fn a_lapsed_listen_list_does_not_widen_into_all() {
    let text = r#"{"permission": {"allow-net": true, "allow-net-listen": {"grant": ":80", "expires": "2020-01-01"}}}"#;
    let policy = policy(file(text));
    assert!(has(&policy, Scope::NetConnect) && !has(&policy, Scope::NetListen));
}

#[test]
fn entries_are_strict() {
    let entry = |entry: &str| format!(r#"{{"permission": {{"allow-fs-read": {entry}}}}}"#);
    refuses(
        &entry(r#"{"grant": "/a", "expires": "soon"}"#),
        "p.json:1:61: \"soon\" is no date; expected 2026-12-31 or 2026-12-31T23:59:59Z",
    );
    refuses(
        &entry(r#"{"grant": "/a", "expire": "2026-01-01"}"#),
        r#"p.json:1:50: unknown key "expire" in "an entry"; did you mean "expires"?"#,
    );
    refuses(&entry(r#"{"reason": "x"}"#), r#"p.json:1:34: the entry has no "grant""#);
    refuses(&entry(r#"{"grant": "/a", "grant": "/b"}"#), r#"p.json:1:50: the key "grant" stands twice in one object"#);
    refuses(&entry(r#"{"grant": ["/a"]}"#), r#"p.json:1:44: found an array for "grant", expected a string"#);
}

#[test]
fn tokens_are_where_a_path_starts() {
    let policy = policy(file(
        r#"{"permission": {"allow-fs-read": ["${PROJECT}/src/**/*.js", "${TMP}/*"],
        "allow-child-process": "${PROJECT}/bin/x go"}}"#,
    ));
    assert!(reads(&policy, "/proj/src/a.js") && reads(&policy, "/tmp/x") && !reads(&policy, "/proj/x"));
    assert!(
        policy.has(Scope::Child, &Resource::Program { file: "/proj/bin/x", real: None, arguments: &["go".to_owned()] })
    );
    refuses(r#"{"permission": {"allow-fs-read": "${HOME}"}}"#, "p.json:1:34: the token ${HOME} has no value here");
    refuses(
        r#"{"permission": {"allow-env": "${HOME}"}}"#,
        "p.json:1:30: \"${HOME}\" has a token that is not a path's whole first part, as in ${HOME}/x",
    );
}

const PROFILES: &str = r#"{"permission": {"allow-fs-read": "/d", "profiles": {
    "api": {"allow-net": true}, "build": {"extends": "api", "allow-net": false, "allow-worker": true}}}}"#;

#[test]
fn a_profile_adds_to_the_file_and_to_what_it_extends() {
    assert!(!has(&policy(file(PROFILES)), Scope::Net));
    let api = profile(PROFILES, "api").unwrap();
    assert!(reads(&api, "/d/x") && has(&api, Scope::Net) && !has(&api, Scope::Worker));
    let build = profile(PROFILES, "build").unwrap();
    assert!(reads(&build, "/d/x") && !has(&build, Scope::Net) && has(&build, Scope::Worker));
}

#[test]
fn profiles_must_make_sense() {
    let error = profile(PROFILES, "built").unwrap_err().to_string();
    assert_eq!(error, r#"p.json:1:2: unknown profile "built"; did you mean build?"#);
    refuses(
        r#"{"permission": {"profiles": {"a": {"extends": "b"}, "b": {"extends": "a"}}}}"#,
        "p.json:1:70: profiles extend each other in a circle: a > b > a",
    );
    refuses(
        r#"{"permission": {"profiles": {"a": {"extends": "x"}}}}"#,
        r#"p.json:1:47: unknown profile "x"; did you mean a?"#,
    );
    refuses(
        r#"{"permission": {"profiles": {"a": {"profiles": {}}}}}"#,
        r#"p.json:1:36: unknown key "profiles" in "a""#,
    );
    refuses(r#"{"permission": {"extends": "a"}}"#, r#"p.json:1:17: unknown key "extends" in "permission""#);
}

#[test]
fn sources_add_up_and_a_later_yes_or_no_wins() {
    let text =
        r#"{"permission": {"allow-fs-read": "a", "allow-net": true, "allow-worker": true, "deny-fs-read": "/d/s"}}"#;
    let sum = policy(file(text).merge(flags("--allow-fs-read=a --allow-fs-read=/d --no-allow-net --allow-wasi")));
    assert!(reads(&sum, "/conf/a") && reads(&sum, "/cwd/a") && reads(&sum, "/d/x") && !reads(&sum, "/d/s"));
    assert!(
        !has(&sum, Scope::Net) && !has(&sum, Scope::NetConnect) && has(&sum, Scope::Worker) && has(&sum, Scope::Wasi)
    );
    let back = policy(file(text).merge(flags("--no-allow-net --allow-net-connect")));
    assert!(has(&back, Scope::NetConnect) && !has(&back, Scope::NetListen));
}

#[test]
fn flags_have_errors_with_their_name() {
    let error = |line: &str| load(flags(line)).unwrap_err();
    assert_eq!(
        error("--allow-net=a,80"),
        "--allow-net: the host \"80\" is a port, and no item with a port stands before it"
    );
    assert_eq!(error("--allow-env=A,"), "--allow-env: the variable name \"\" is no name of a variable");
    assert_eq!(
        error("--allow-child-process=gi*"),
        "--allow-child-process: the program \"gi*\" has a * in the program's name"
    );
}

/// Makes the policy on an empty file system.
fn on_an_empty_disk(flags: &[&str]) -> Result<Vec<String>, String> {
    let (settings, _) = parse_flags(flags, None).unwrap();
    let made = settings.into_policy(&NoFiles, &around());
    made.map(|(_, notices)| notices.iter().map(ToString::to_string).collect()).map_err(|error| error.to_string())
}

#[test]
fn a_grant_that_matches_nothing_by_its_spelling_is_noticed() {
    let notices = on_an_empty_disk(&["--allow-fs-read=/a,/b", "--allow-fs-read=/c", "--allow-fs-write=~/x"]).unwrap();
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(notices[0].starts_with("--allow-fs-read: \"/a,/b\" is one name with a comma"), "{notices:?}");
    assert!(notices[1].contains("write \"${HOME}/x\""), "{notices:?}");
}

#[test]
fn a_denial_that_matches_nothing_by_its_spelling_is_an_error() {
    for (flag, says) in [
        ("--deny-fs-read=~/.ssh", "--deny-fs-read: \"~/.ssh\" matches nothing: permit does not expand ~"),
        ("--deny-fs-write=/a,/b", "--deny-fs-write: \"/a,/b\" is one name with a comma"),
        ("--deny-child-process='/bin/sh'", "--deny-child-process: \"'/bin/sh'\" matches nothing: the quotes"),
        ("--deny-env=$TOKEN", "--deny-env: \"$TOKEN\" matches nothing: permit does not expand variables"),
    ] {
        let error = on_an_empty_disk(&["--allow-fs-read=*", flag]).unwrap_err();
        assert!(error.starts_with(says), "{error}");
    }
    assert_eq!(on_an_empty_disk(&["--deny-fs-read=./~/.ssh", "--deny-fs-read=/a\\,b"]), Ok(Vec::new()));
}

#[test]
fn a_relative_denial_of_every_folder_says_where_it_begins() {
    let notices = on_an_empty_disk(&["--allow-fs-read=/srv", "--deny-fs-read=**/.env"]).unwrap();
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].contains("write \"/**/.env\""), "{notices:?}");
    assert_eq!(on_an_empty_disk(&["--allow-fs-read=.", "--deny-fs-read=**/.env"]), Ok(Vec::new()));
    assert_eq!(on_an_empty_disk(&["--allow-fs-read=/srv", "--deny-fs-read=/**/.env"]), Ok(Vec::new()));
}

//! The answers of a whole policy: Node's rules for `has` and `drop`, and permit's for layers,
//! denials and bytes.

use std::sync::Arc;

use super::files::{FakeFiles, NoFiles};
use super::net::HostGrant;
use super::{Absolute, Denied, Endpoint, Mode, Policy, PolicyBuilder, Resource, Scope, WireError};

/// One row of the table that the tests in Rust and in JavaScript share.
#[derive(serde::Deserialize)]
struct Case {
    name: String,
    directories: Vec<String>,
    allow: Vec<String>,
    #[serde(default)]
    deny: Vec<String>,
    readable: Vec<String>,
    refused: Vec<String>,
}

#[test]
fn the_shared_table_of_path_grants_holds() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../__test__/data/path-grants.json")).unwrap();
    for case in cases {
        let files = FakeFiles::with_dirs(&case.directories);
        let mut builder = PolicyBuilder::new(&files);
        for text in &case.allow {
            builder.grant(Scope::FsRead, text.as_bytes(), b"/cwd", None).unwrap();
        }
        for text in &case.deny {
            builder.deny(Scope::FsRead, text.as_bytes(), b"/cwd").unwrap();
        }
        let policy = builder.build().unwrap();
        for (paths, readable) in [(&case.readable, true), (&case.refused, false)] {
            for path in paths {
                assert_eq!(can_read(&policy, path), readable, "{}: {path}", case.name);
            }
        }
    }
}

/// Makes a policy from lines like `+fs.read /d`, `-fs.read /d/s`, `+worker`, `+net a.com`. `/d` and
/// `/d/x` exist.
fn policy(lines: &[&str]) -> Policy {
    let files = FakeFiles::with_dirs(["/", "/d", "/d/x"]);
    let mut builder = PolicyBuilder::new(&files);
    for line in lines {
        let (effect, rest) = line.split_at(1);
        let (scope, item) = rest.split_once(' ').map_or((rest, None), |(scope, item)| (scope, Some(item)));
        let scope = Scope::parse(scope).unwrap();
        match (effect, item) {
            ("+", None) => builder.grant_all(scope),
            ("+", Some(item)) => builder.grant(scope, item.as_bytes(), b"/cwd", None).unwrap(),
            ("-", None) => builder.deny_all(scope),
            (_, item) => builder.deny(scope, item.unwrap().as_bytes(), b"/cwd").unwrap(),
        };
    }
    builder.build().unwrap()
}

fn hosts(text: &str) -> Vec<HostGrant> {
    HostGrant::parse_list(text, true).unwrap()
}

fn endpoint<'a>(address: &str, port: u16, names: &'a [Arc<str>]) -> Resource<'a> {
    Resource::Endpoint(Endpoint::Address { address: address.parse().unwrap(), port, names })
}

fn socket(path: &str) -> Endpoint<'_> {
    Endpoint::Unix { path, real: None }
}

fn at(path: &str) -> Resource<'_> {
    Resource::Path(Absolute::resolve(path.as_bytes(), || Some("/cwd")).unwrap())
}

fn has(policy: &Policy, scope: Scope) -> bool {
    policy.has(scope, &Resource::Nothing)
}

fn can_read(policy: &Policy, path: &str) -> bool {
    policy.has(Scope::FsRead, &at(path))
}

fn dropped(lines: &[&str], scope: Scope, resource: &Resource<'_>) -> Policy {
    let mut policy = policy(lines);
    policy.drop(scope, resource, &NoFiles);
    policy
}

#[test]
fn an_empty_policy_grants_nothing_and_leaves_the_environment() {
    let policy = policy(&[]);
    for &scope in Scope::ALL {
        assert_eq!(has(&policy, scope), scope == Scope::Env, "{scope}");
    }
    assert!(!can_read(&policy, "/"));
}

#[test]
fn a_whole_file_scope_is_a_star_and_nothing_less() {
    assert!(has(&policy(&["+fs.read *"]), Scope::FsRead));
    assert!(!has(&policy(&["+fs.read /"]), Scope::FsRead));
    assert!(!has(&policy(&["+fs.read *", "-fs.read /d/s"]), Scope::FsRead));
}

#[test]
fn fs_is_reading_and_writing_and_ignores_its_reference() {
    let both = policy(&["+fs.read *", "+fs.write *"]);
    assert!(has(&both, Scope::Fs) && both.has(Scope::Fs, &at("/x")));
    let one = policy(&["+fs.read *", "+fs.write /d"]);
    assert!(!has(&one, Scope::Fs) && !one.has(Scope::Fs, &at("/d")));
    assert!(one.allows(Scope::Fs, &at("/d")), "a check does look at the path");
}

#[test]
fn switches_ignore_a_reference() {
    let policy = policy(&["+worker"]);
    assert!(policy.has(Scope::Worker, &Resource::Name("x")) && policy.has(Scope::Worker, &at("/x")));
    assert!(!policy.has(Scope::Wasi, &Resource::Name("x")));
}

#[test]
fn allow_net_is_connecting_listening_and_resolving() {
    let policy = policy(&["+net"]);
    for scope in [Scope::Net, Scope::NetConnect, Scope::NetListen, Scope::NetResolve] {
        assert!(has(&policy, scope) && policy.has(scope, &Resource::Hosts(&hosts("a.com:80"))), "{scope}");
    }
}

#[test]
fn a_host_list_names_where_to_connect_and_lets_listen() {
    let policy = policy(&["+net a.com:443"]);
    let asks = |scope, text| policy.has(scope, &Resource::Hosts(&hosts(text)));
    assert!(asks(Scope::Net, "a.com:443") && asks(Scope::NetConnect, "a.com:443") && asks(Scope::NetResolve, "a.com"));
    assert!(!asks(Scope::Net, "a.com") && !asks(Scope::Net, "a.com:80") && !asks(Scope::Net, "b.com:443"));
    assert!(asks(Scope::NetListen, ":80") && !has(&policy, Scope::Net) && has(&policy, Scope::NetListen));
}

#[test]
fn a_listen_list_narrows_listening() {
    for lines in [["+net", "+net.listen :3000"], ["+net.listen :3000", "+net"]] {
        let policy = policy(&lines);
        assert!(has(&policy, Scope::NetConnect) && !has(&policy, Scope::NetListen) && !has(&policy, Scope::Net));
    }
    assert!(has(&policy(&["+net.listen"]), Scope::NetListen));
}

#[test]
fn a_denied_host_withholds_connecting_but_not_listening() {
    let policy = policy(&["+net", "-net metadata"]);
    assert!(!has(&policy, Scope::Net) && !has(&policy, Scope::NetConnect) && has(&policy, Scope::NetListen));
}

#[test]
fn addons_may_be_a_list_of_paths() {
    let policy = policy(&["+addon /d"]);
    assert!(!has(&policy, Scope::Addon));
    assert!(policy.allows(Scope::Addon, &at("/d/x.node")) && !policy.allows(Scope::Addon, &at("/e.node")));
    assert!(self::policy(&["+addon"]).allows(Scope::Addon, &at("/e.node")));
}

#[test]
fn children_may_be_a_list_of_programs() {
    let policy = policy(&["+child git status", "+child ls"]);
    let status = ["status".to_owned()];
    assert!(policy.allows(Scope::Child, &Resource::Program { file: "git", real: None, arguments: &status }));
    assert!(!policy.allows(Scope::Child, &Resource::Program { file: "/bin/sh", real: None, arguments: &status }));
    assert!(policy.has(Scope::Child, &Resource::Name("git status")) && policy.has(Scope::Child, &Resource::Name("ls")));
    assert!(!policy.has(Scope::Child, &Resource::Name("git")) && !has(&policy, Scope::Child));
}

#[test]
fn the_environment_is_whole_until_it_is_named() {
    assert!(policy(&[]).allows(Scope::Env, &Resource::Name("TOKEN")));
    let listed = policy(&["+env PORT"]);
    assert!(listed.allows(Scope::Env, &Resource::Name("PORT")) && !listed.allows(Scope::Env, &Resource::Name("TOKEN")));
    let denied = policy(&["-env TOKEN"]);
    assert!(!denied.allows(Scope::Env, &Resource::Name("TOKEN")) && denied.allows(Scope::Env, &Resource::Name("PORT")));
    assert!(!has(&denied, Scope::Env));
}

#[test]
fn a_denied_switch_stays_off() {
    assert!(!has(&policy(&["+worker", "-worker"]), Scope::Worker));
}

#[test]
fn dropping_a_path_inside_a_granted_tree_takes_it_away() {
    for grant in ["+fs.read *", "+fs.read /d", "+fs.read /", "+fs.read /d/*"] {
        let policy = dropped(&[grant], Scope::FsRead, &at("/d/later/.."));
        assert!(!can_read(&policy, "/d") && !can_read(&policy, "/d/x/y"), "{grant}");
    }
}

#[test]
fn dropping_what_does_not_exist_yet_holds() {
    let policy = dropped(&["+fs.read *"], Scope::FsRead, &at("/later"));
    assert!(!can_read(&policy, "/later/x") && can_read(&policy, "/late"));
}

#[test]
fn dropping_fs_is_reading_and_writing() {
    let lines = &["+fs.read *", "+fs.write *"];
    let path = dropped(lines, Scope::Fs, &at("/d"));
    assert!(!path.has(Scope::FsRead, &at("/d/x")) && !path.has(Scope::FsWrite, &at("/d/x")));
    assert!(path.has(Scope::FsWrite, &at("/e")));
    let all = dropped(lines, Scope::Fs, &Resource::Nothing);
    assert!(!can_read(&all, "/e") && !all.has(Scope::FsWrite, &at("/e")));
}

#[test]
fn dropping_a_whole_scope_by_name_or_with_any_reference() {
    for resource in [Resource::Nothing, Resource::Name("x")] {
        assert!(!has(&dropped(&["+net"], Scope::Net, &resource), Scope::NetListen));
        assert!(!has(&dropped(&["+worker"], Scope::Worker, &resource), Scope::Worker));
    }
    let connect = dropped(&["+net"], Scope::NetConnect, &Resource::Nothing);
    assert!(!has(&connect, Scope::NetConnect) && has(&connect, Scope::NetListen) && !has(&connect, Scope::Net));
}

#[test]
fn dropping_a_program_or_a_variable_takes_only_that() {
    let child = dropped(&["+child"], Scope::Child, &Resource::Name("curl"));
    let start = |file| child.allows(Scope::Child, &Resource::Program { file, real: None, arguments: &[] });
    assert!(!start("curl") && !start("/usr/bin/curl") && start("git"));
    let star = ["*".to_owned()];
    let odd = dropped(&["+child"], Scope::Child, &Resource::Program { file: "git", real: None, arguments: &star });
    assert!(!odd.allows(Scope::Child, &Resource::Name("ls")) && Policy::from_bytes(&odd.to_bytes()).is_ok());
    let env = dropped(&[], Scope::Env, &Resource::Name("TOKEN"));
    assert!(!env.allows(Scope::Env, &Resource::Name("TOKEN")) && env.allows(Scope::Env, &Resource::Name("PORT")));
}

#[test]
fn a_clone_keeps_what_the_other_drops() {
    let kept = policy(&["+fs.read *"]);
    let mut other = kept.clone();
    other.drop(Scope::FsRead, &Resource::Nothing, &NoFiles);
    assert!(has(&kept, Scope::FsRead) && !can_read(&other, "/d"));
}

#[test]
fn a_refusal_names_the_smallest_flag() {
    let refusal = |policy: &Policy, scope, resource: &Resource<'_>| policy.check(scope, resource, "./f").unwrap_err();
    let none = policy(&[]);
    let Denied { scope, resource, grant, .. } = refusal(&none, Scope::FsRead, &at("f"));
    assert_eq!((scope, resource.as_str(), grant.as_deref()), (Scope::FsRead, "./f", Some("--allow-fs-read=/cwd/f")));
    for (scope, resource, flag) in [
        (Scope::Fs, Resource::Nothing, Some("--allow-fs-read=* --allow-fs-write=*")),
        (Scope::FsWrite, at("/a[1]"), None),
        (
            Scope::Child,
            Resource::Program { file: "git", real: None, arguments: &[] },
            Some("--allow-child-process=git"),
        ),
        (Scope::Net, Resource::Nothing, Some("--allow-net")),
        (Scope::NetResolve, Resource::Endpoint(Endpoint::Name("a.com")), Some("--allow-net=a.com")),
        (Scope::NetConnect, endpoint("192.0.2.1", 80, &[]), Some("--allow-net=192.0.2.1:80")),
        (Scope::NetConnect, endpoint("::1", 80, &[Arc::from("a.com")]), Some("--allow-net=a.com:80")),
        (Scope::NetConnect, Resource::Endpoint(socket("/run/x")), Some("--allow-net=unix:/run/x")),
        (Scope::NetListen, endpoint("::1", 80, &[]), Some("--allow-net-listen=[::1]:80")),
        (Scope::NetListen, endpoint("0.0.0.0", 80, &[]), Some("--allow-net-listen=:80")),
        (Scope::NetListen, Resource::Nothing, Some("--allow-net-listen")),
        (Scope::Addon, at("/a.node"), Some("--allow-addons=/a.node")),
        (Scope::OpensslStore, Resource::Nothing, Some("--allow-openssl-store")),
    ] {
        assert_eq!(refusal(&none, scope, &resource).grant.as_deref(), flag, "{scope}");
    }
    assert_eq!(none.refusal(Scope::FsRead, &at("/x"), "").to_string(), Scope::FsRead.message());
}

#[test]
fn no_flag_helps_against_a_denial() {
    let policy = policy(&["+fs.read /d", "-fs.read /d/s"]);
    assert_eq!(policy.check(Scope::FsRead, &at("/d/s/k"), "").unwrap_err().grant, None);
    assert!(policy.check(Scope::FsRead, &at("/e"), "").unwrap_err().grant.is_some());
}

#[test]
fn what_permit_protects_does_not_count_as_withheld() {
    let mut builder = PolicyBuilder::new(&NoFiles);
    builder.grant_all(Scope::Fs);
    let own = Absolute::resolve(b"/app/permit", || None::<&[u8]>).unwrap();
    builder.protect(&own).unwrap();
    let policy = builder.build().unwrap();
    assert!(has(&policy, Scope::Fs) && policy.allows_path(Scope::FsRead, &own));
    assert!(!policy.allows(Scope::FsWrite, &at("/app/permit/index.js")));
    assert!(policy.denied_below(Scope::FsWrite, &Absolute::resolve(b"/app", || None::<&[u8]>).unwrap()));
}

#[test]
fn an_exact_grant_takes_every_character_literally() {
    let mut builder = PolicyBuilder::new(&NoFiles);
    builder.grant_exact(Scope::FsRead, &Absolute::resolve(b"/a/[id]*.js", || None::<&[u8]>).unwrap()).unwrap();
    let policy = builder.build().unwrap();
    assert!(can_read(&policy, "/a/[id]*.js") && !can_read(&policy, "/a/i.js") && !can_read(&policy, "/a/[id]x.js"));
}

#[test]
fn a_ceiling_only_narrows() {
    let own = policy(&["+fs.read *", "+worker"]);
    let ceiling = policy(&["+fs.read /d", "+net"]);
    let both = own.clone().under(&ceiling);
    assert!(can_read(&both, "/d/x") && !can_read(&both, "/e"));
    assert!(!has(&both, Scope::Worker) && !has(&both, Scope::Net) && !has(&both, Scope::FsRead));
    assert_eq!(both, ceiling.clone().under(&own));
    assert_eq!(both.clone().under(&ceiling), both, "the same ceiling twice is one");
}

#[test]
fn trees_and_denials_look_through_every_layer() {
    let own = policy(&["+fs.write /d"]);
    let ceiling = policy(&["+fs.write *", "-fs.write /d/x/s"]);
    let both = own.under(&ceiling);
    let at = |path: &'static str| Absolute::resolve(path.as_bytes(), || None::<&[u8]>).unwrap();
    assert!(!both.covers_tree(Scope::FsWrite, &at("/d")) && both.covers_tree(Scope::FsWrite, &at("/d/y")));
    assert!(both.denied_below(Scope::FsWrite, &at("/d/x")) && !both.denied_below(Scope::FsWrite, &at("/d/y")));
}

#[test]
fn bytes_bring_every_rule_back() {
    let mut full = policy(&[
        "+fs.read /d",
        "+fs.read /d/*.js",
        "+fs.read /x/**/*.js",
        "-fs.read /d/s*",
        "+fs.write /e%20",
        "+addon /d",
        "+net a.com:80,443",
        "-net metadata",
        "+net.listen [::1]:80",
        "+child git log *",
        "-child sh",
        "+env AWS_*",
        "+worker",
        "-wasi",
    ]);
    full.drop(Scope::FsRead, &Resource::Path(Absolute::resolve(b"/d/\xff\n", || None::<&[u8]>).unwrap()), &NoFiles);
    let full = full.under(&policy(&["+fs.read *"]));
    let bytes = full.to_bytes();
    assert!(!bytes.contains(&0));
    let back = Policy::from_bytes(&bytes).unwrap();
    assert_eq!((back.to_bytes(), back.hash()), (bytes, full.hash()));
    for path in ["/d/a.js", "/x/y/z.js", "/d/s1", "/e"] {
        assert_eq!(can_read(&back, path), can_read(&full, path), "{path}");
    }
}

#[test]
fn the_hash_is_of_the_set() {
    let one = policy(&["+fs.read /a", "+fs.read /b", "+net a.com,b.com"]);
    let other = policy(&["+net b.com", "+net a.com", "+fs.read /b", "+fs.read /a", "+fs.read /b"]);
    assert_eq!(one.hash(), other.hash());
    assert_ne!(one.hash(), policy(&["+fs.read /a"]).hash());
    assert_eq!(one.hash().len(), 64);
}

#[test]
fn grants_lapse_while_the_policy_is_in_force() {
    let mut builder = PolicyBuilder::new(&NoFiles);
    builder.grant(Scope::FsRead, b"/a", b"/", Some(100)).unwrap();
    builder.grant(Scope::Env, b"TOKEN", b"/", Some(200)).unwrap();
    builder.grant(Scope::NetListen, b":80", b"/", Some(50)).unwrap();
    builder.grant_all(Scope::Net);
    let mut policy = builder.build().unwrap();
    assert_eq!(policy.next_expiry(), Some(50));
    assert!(policy.expire(100) && !policy.expire(100));
    assert!(!can_read(&policy, "/a") && policy.allows(Scope::Env, &Resource::Name("TOKEN")));
    assert!(!has(&policy, Scope::NetListen), "a lapsed list does not widen into all");
    assert!(policy.expire(200) && !policy.allows(Scope::Env, &Resource::Name("TOKEN")));
}

/// Makes a policy in this mode that grants reading of one directory.
fn reads_in(mode: Mode, folder: &str) -> Policy {
    let mut builder = PolicyBuilder::new(&NoFiles);
    builder.grant(Scope::FsRead, format!("{folder}/*").as_bytes(), b"/", None).unwrap();
    builder.mode(mode);
    builder.build().unwrap()
}

#[test]
fn what_is_enforced_is_what_no_audit_says() {
    let audit = reads_in(Mode::Audit, "/a");
    let path = |text: &'static str| Absolute::resolve(text.as_bytes(), || None::<&[u8]>).unwrap();
    assert!(audit.audits() && audit.mode() == Mode::Audit && !audit.is_plain());
    assert!(!audit.allows_path(Scope::FsRead, &path("/b/x")));
    assert!(audit.enforced().allows_path(Scope::FsRead, &path("/b/x")));
    // Below an enforced policy, in either order.
    let ceiling = reads_in(Mode::Enforce, "/b");
    for both in [audit.clone().under(&ceiling), ceiling.clone().under(&audit)] {
        assert_eq!(both.mode(), Mode::Enforce);
        assert!(both.enforced().allows_path(Scope::FsRead, &path("/b/x")));
        assert!(!both.enforced().allows_path(Scope::FsRead, &path("/a/x")));
        assert!(!both.allows_path(Scope::FsRead, &path("/b/x")));
    }
    // The layer that protects permit's own files does not end an audit, and is enforced.
    let guarded = audit.under(&reads_in(Mode::Guard, "/b"));
    assert!(guarded.mode() == Mode::Audit && !guarded.enforced().is_strict());
    assert!(!guarded.enforced().allows_path(Scope::FsRead, &path("/a/x")));
}

#[test]
fn a_second_policy_answers_nothing_and_travels_along() {
    let path = Absolute::resolve(b"/a/x", || None::<&[u8]>).unwrap();
    let first = reads_in(Mode::Enforce, "/a");
    let both = first.clone().beside(&reads_in(Mode::Enforce, "/b"));
    assert!(both.allows_path(Scope::FsRead, &path) && both.mode() == Mode::Enforce && !both.is_plain());
    assert!(!both.reported().unwrap().allows_path(Scope::FsRead, &path));
    assert_ne!(both.hash(), first.hash());
    let read = Policy::from_bytes(&both.to_bytes()).unwrap();
    assert_eq!(read, both);
    assert!(!read.reported().unwrap().allows_path(Scope::FsRead, &path));
    assert!(first.clone().under(&both).reported().is_some() && first.reported().is_none());
}

#[test]
fn a_drop_in_an_audit_is_of_the_audit_alone() {
    let path = Absolute::resolve(b"/a/x", || None::<&[u8]>).unwrap();
    let policy = reads_in(Mode::Audit, "/a").under(&reads_in(Mode::Guard, "/a"));
    // After writing and reading, the layers are in another order.
    for mut policy in [policy.clone(), Policy::from_bytes(&policy.to_bytes()).unwrap()] {
        policy.drop(Scope::FsRead, &Resource::Nothing, &NoFiles);
        assert!(!policy.allows_path(Scope::FsRead, &path) && policy.enforced().allows_path(Scope::FsRead, &path));
    }
}

#[test]
fn a_second_policy_alone_is_none() {
    let both = reads_in(Mode::Enforce, "/a").beside(&reads_in(Mode::Enforce, "/b"));
    let text = String::from_utf8(both.reported().unwrap().to_bytes()).unwrap();
    assert!(matches!(Policy::from_bytes(text.as_bytes()), Err(WireError::Empty)));
}

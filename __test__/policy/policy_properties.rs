//! Laws of the policy core, tried on random policies: what must hold whatever is granted, asked and dropped.
//!
//! The paths are drawn from few short names, so that they meet each other: equal, above, below, and alike up to a
//! byte. `proptest` prints the seed and the smallest failing case.

use std::collections::BTreeSet;

use permit::config::split_options;
use permit::policy::files::{FakeFiles, NoFiles};
use permit::policy::path::Style;
use permit::policy::{Absolute, Policy, PolicyBuilder, Resource, Scope, ScopeKind};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// A path of up to four short names.
fn path() -> impl Strategy<Value = String> {
    vec("(a|b|ab|abc|é)", 0..4).prop_map(|names| format!("/{}", names.join("/")))
}

/// A path as a person may write it: relative, with dots, with repeated separators.
fn written() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![Just("."), Just(".."), Just(""), Just("a"), Just("..."), Just("b.c"), Just(".d")];
    (any::<bool>(), vec(part, 0..8)).prop_map(|(rooted, parts)| {
        let path = parts.join("/");
        if rooted { format!("/{path}").into_bytes() } else { path.into_bytes() }
    })
}

/// One rule: a denial or a grant, of a path, a prefix or all.
#[derive(Clone, Debug)]
struct Rule {
    denies: bool,
    text: String,
}

fn rule() -> impl Strategy<Value = Rule> {
    let text = prop_oneof![
        6 => path(),
        3 => path().prop_map(|path| format!("{path}*")),
        2 => path().prop_map(|path| format!("{}/*", path.trim_end_matches('/'))),
        1 => Just("*".to_owned()),
    ];
    (prop::bool::weighted(0.3), text).prop_map(|(denies, text)| Rule { denies, text })
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    vec(rule(), 0..12)
}

/// The same rules twice, in two orders.
fn two_orders() -> impl Strategy<Value = (Vec<Rule>, Vec<Rule>)> {
    rules().prop_flat_map(|rules| (Just(rules.clone()), Just(rules).prop_shuffle()))
}

fn directories() -> impl Strategy<Value = Vec<String>> {
    vec(path(), 0..6)
}

fn build(rules: &[Rule], directories: &[String]) -> Policy {
    let files = FakeFiles::with_dirs(directories);
    let mut builder = PolicyBuilder::new(&files);
    for rule in rules {
        let text = rule.text.as_bytes();
        let added = if rule.denies {
            builder.deny(Scope::FsRead, text, b"/")
        } else {
            builder.grant(Scope::FsRead, text, b"/", None)
        };
        added.map(|_| ()).expect("every rule here is well written");
    }
    builder.build().expect("no globs")
}

fn absolute(path: &str) -> Absolute<'_> {
    Absolute::resolve(path.as_bytes(), || None::<&[u8]>).expect("absolute and without NUL")
}

fn allows(policy: &Policy, path: &str) -> bool {
    policy.allows_path(Scope::FsRead, &absolute(path))
}

/// Whether `path` is `directory` or below it.
fn is_in(path: &str, directory: &str) -> bool {
    path == directory || directory == "/" || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

/// The rules, read one by one as the documentation says them.
fn model_covers(rule: &Rule, directories: &[String], path: &str) -> bool {
    if rule.text == "*" {
        return true;
    }
    if let Some(directory) = rule.text.strip_suffix("/*") {
        return is_in(path, if directory.is_empty() { "/" } else { directory });
    }
    if let Some(prefix) = rule.text.strip_suffix('*') {
        return path.starts_with(prefix);
    }
    let tree = rule.denies || directories.contains(&rule.text);
    if tree { is_in(path, &rule.text) } else { path == rule.text }
}

fn model_allows(rules: &[Rule], directories: &[String], path: &str) -> bool {
    let covers = |rule: &&Rule| model_covers(rule, directories, path);
    rules.iter().filter(|rule| !rule.denies).any(|rule| covers(&rule))
        && !rules.iter().filter(|rule| rule.denies).any(|rule| covers(&rule))
}

/// Every path that the strategies can draw, up to a depth.
fn universe() -> Vec<String> {
    let names = ["a", "b", "ab", "abc", "é"];
    let mut all = vec!["/".to_owned()];
    let mut level = vec![String::new()];
    for _ in 0..3 {
        level = level.iter().flat_map(|above| names.iter().map(move |name| format!("{above}/{name}"))).collect();
        all.extend(level.iter().cloned());
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_trie_answers_like_the_rules_one_by_one(rules in rules(), directories in directories(), path in path()) {
        let policy = build(&rules, &directories);
        prop_assert_eq!(allows(&policy, &path), model_allows(&rules, &directories, &path));
    }

    #[test]
    fn the_order_of_rules_does_not_matter((rules, shuffled) in two_orders(), directories in directories()) {
        let (one, other) = (build(&rules, &directories), build(&shuffled, &directories));
        prop_assert_eq!(one.hash(), other.hash());
        for path in universe() {
            prop_assert_eq!(allows(&one, &path), allows(&other, &path), "{}", path);
        }
    }

    #[test]
    fn normalising_takes_the_names_one_by_one(raw in written()) {
        let mut names: Vec<&[u8]> = if raw.starts_with(b"/") { vec![] } else { vec![b"work", b"here"] };
        for name in raw.split(|&byte| byte == b'/') {
            match name {
                b"" | b"." => {}
                b".." => { names.pop(); }
                name => names.push(name),
            }
        }
        let path = Absolute::resolve(&raw, || Some("/work/here")).expect("no NUL");
        prop_assert_eq!(path.bytes(), [b"/", names.join(&b'/').as_slice()].concat());
    }

    #[test]
    fn normalising_twice_is_normalising_once(raw in written()) {
        let once = Absolute::resolve(&raw, || Some("/work/here")).expect("no NUL").into_owned();
        let twice = Absolute::resolve(once.bytes(), || None::<&[u8]>).expect("absolute");
        prop_assert_eq!(once.bytes(), twice.bytes());
    }

    #[test]
    fn normalising_any_bytes_twice_is_normalising_once(raw in vec(any::<u8>(), 0..40)) {
        for (style, cwd) in [(Style::Unix, "/work"), (Style::Windows, r"C:\work")] {
            if let Ok(once) = Absolute::resolve_as(style, &raw, || Some(cwd)) {
                let twice = Absolute::resolve_as(style, once.bytes(), || None::<&[u8]>).expect("absolute");
                prop_assert_eq!(&once, &twice);
            }
        }
    }

    #[test]
    fn windows_paths_are_normal_once_they_are(raw in r"([cC]:|\\\\s\\p|\\\\\?\\C:)?[/\\](a|B|\.|\.\.|/|\\|x y){0,8}") {
        if let Ok(once) = Absolute::resolve_as(Style::Windows, raw.as_bytes(), || Some(r"C:\work")) {
            let twice = Absolute::resolve_as(Style::Windows, once.bytes(), || None::<&[u8]>).expect("absolute");
            prop_assert_eq!(&once, &twice);
            prop_assert!(!once.bytes().windows(2).skip(1).any(|pair| pair == br"\\"));
        }
    }

    #[test]
    fn a_drop_never_widens_and_takes_what_it_names(rules in rules(), directories in directories(), dropped in path(), star in any::<bool>()) {
        let before = build(&rules, &directories);
        let mut after = before.clone();
        let pattern = if star { format!("{dropped}*") } else { dropped.clone() };
        after.drop(Scope::FsRead, &Resource::Path(absolute(&pattern)), &NoFiles);
        for path in universe() {
            let gone = if star && dropped != "/" { path.starts_with(&dropped) } else { is_in(&path, &dropped) };
            prop_assert_eq!(allows(&after, &path), allows(&before, &path) && !gone, "{}", path);
        }
    }

    #[test]
    fn bytes_keep_a_policy_as_it_is(rules in rules(), directories in directories(), dropped in vec(1..=255_u8, 0..12)) {
        let mut policy = build(&rules, &directories);
        let raw = [b"/", dropped.as_slice()].concat();
        let path = Absolute::resolve(&raw, || None::<&[u8]>).expect("no NUL");
        policy.drop(Scope::FsRead, &Resource::Path(path.clone()), &NoFiles);
        let bytes = policy.to_bytes();
        let back = Policy::from_bytes(&bytes).expect("its own bytes");
        prop_assert_eq!(&back.to_bytes(), &bytes);
        prop_assert!(!bytes.contains(&0));
        prop_assert_eq!(back.allows_path(Scope::FsRead, &path), policy.allows_path(Scope::FsRead, &path));
        for path in universe() {
            prop_assert_eq!(allows(&back, &path), allows(&policy, &path), "{}", path);
        }
    }

    #[test]
    fn broken_bytes_never_panic(bytes in vec(any::<u8>(), 0..80), cut in any::<prop::sample::Index>(), rules in rules()) {
        let _ = Policy::from_bytes(&bytes);
        let whole = build(&rules, &[]).to_bytes();
        prop_assert!(Policy::from_bytes(&whole[..cut.index(whole.len())]).is_err());
    }

    #[test]
    fn what_lapses_is_gone_and_nothing_else(rules in rules(), lives in vec(prop::option::of(1..4_u64), 12), directories in directories()) {
        let alive = |now: u64| {
            let files = FakeFiles::with_dirs(&directories);
            let mut builder = PolicyBuilder::new(&files);
            for (rule, &life) in rules.iter().zip(&lives) {
                let text = rule.text.as_bytes();
                if rule.denies {
                    builder.deny(Scope::FsRead, text, b"/").expect("well written");
                } else if life.is_none_or(|end| end > now) {
                    builder.grant(Scope::FsRead, text, b"/", life).expect("well written");
                }
            }
            builder.build().expect("no globs")
        };
        let mut policy = alive(0);
        for now in 1..4 {
            let before = policy.clone();
            let next = policy.next_expiry();
            prop_assert_eq!(policy.expire(now), next.is_some_and(|next| next <= now));
            prop_assert_eq!(policy.hash(), alive(now).hash());
            for path in universe() {
                prop_assert!(!allows(&policy, &path) || allows(&before, &path), "{}", path);
            }
        }
    }

    #[test]
    fn a_drop_in_one_scope_reaches_its_parts_and_no_other(dropped in path(), scope in 0..Scope::ALL.len(), whole in any::<bool>()) {
        let mut builder = PolicyBuilder::new(&NoFiles);
        for &scope in Scope::ALL {
            builder.grant_all(scope);
        }
        let before = builder.build().expect("no globs");
        let scope = Scope::ALL[scope];
        let path = absolute(&dropped);
        let resource = if whole { Resource::Nothing } else { Resource::Path(path.clone()) };
        let mut after = before.clone();
        after.drop(scope, &resource, &NoFiles);
        for &other in Scope::ALL {
            let concerned = other == scope || other.parent() == Some(scope) || scope.parent() == Some(other);
            prop_assert!(before.has(other, &Resource::Nothing));
            prop_assert_eq!(after.has(other, &Resource::Nothing), !concerned, "{} under {}", other, scope);
            if other.kind() == ScopeKind::Path {
                prop_assert_eq!(after.allows_path(other, &path), !concerned, "{} under {}", other, scope);
            }
        }
    }

    #[test]
    fn no_drop_of_a_program_or_a_variable_widens(
        rules in vec((any::<bool>(), any::<bool>(), "(git|sh|/bin/sh|git (log|push)( \\*)?|\\*)"), 0..6),
        dropped in "(git|/bin/sh|git log( \\*)?|x\\*|\\*|\"|)",
        asked in vec("(git|sh|/bin/sh|/opt/git|git log( -p)?|git push|x|xy)", 1..6),
    ) {
        let mut builder = PolicyBuilder::new(&NoFiles);
        for (denies, variable, text) in &rules {
            let scope = if *variable { Scope::Env } else { Scope::Child };
            let text = if *variable { text.replace(' ', "_").replace("_*", "*") } else { text.clone() };
            let added = if *denies {
                builder.deny(scope, text.as_bytes(), b"/")
            } else {
                builder.grant(scope, text.as_bytes(), b"/", None)
            };
            added.map(|_| ()).expect("well written");
        }
        let before = builder.build().expect("no globs");
        for scope in [Scope::Child, Scope::Env] {
            let mut after = before.clone();
            after.drop(scope, &Resource::Name(&dropped), &NoFiles);
            prop_assert!(!after.allows(scope, &Resource::Name(&dropped)), "{} {}", scope, dropped);
            prop_assert!(!after.has(scope, &Resource::Nothing));
            for asked in &asked {
                let asked = Resource::Name(asked);
                prop_assert!(!after.allows(scope, &asked) || before.allows(scope, &asked), "{} {:?}", scope, asked);
            }
            prop_assert_eq!(Policy::from_bytes(&after.to_bytes()).expect("its own bytes").hash(), after.hash());
        }
    }

    #[test]
    fn under_is_the_intersection(own in rules(), ceiling in rules(), directories in directories()) {
        let (own, ceiling) = (build(&own, &directories), build(&ceiling, &directories));
        let both = own.clone().under(&ceiling);
        for path in universe() {
            prop_assert_eq!(allows(&both, &path), allows(&own, &path) && allows(&ceiling, &path), "{}", path);
        }
        prop_assert_eq!(both.hash(), ceiling.under(&own).hash());
    }

    #[test]
    fn a_covered_tree_is_allowed_everywhere_in_it(rules in rules(), directories in directories(), top in path()) {
        let policy = build(&rules, &directories);
        if policy.covers_tree(Scope::FsRead, &absolute(&top)) {
            for path in universe().iter().filter(|path| is_in(path, &top)) {
                prop_assert!(allows(&policy, path), "{}", path);
            }
        }
    }

    #[test]
    fn a_denial_below_is_never_overlooked(rules in rules(), top in path()) {
        let policy = build(&rules, &[]);
        let denied = |path: &String| rules.iter().any(|rule| rule.denies && model_covers(rule, &[], path));
        let below: BTreeSet<String> = universe().into_iter().filter(|path| is_in(path, &top) && denied(path)).collect();
        if !below.is_empty() {
            prop_assert!(policy.denied_below(Scope::FsRead, &absolute(&top)), "{:?}", below);
        }
    }

    #[test]
    fn a_glob_never_crosses_a_separator_with_one_star(names in vec("[a-c]{1,3}", 1..5)) {
        let mut builder = PolicyBuilder::new(&NoFiles);
        builder.grant(Scope::FsRead, b"/*/x/?*", b"/", None).expect("a glob");
        let policy = builder.build().expect("it compiles");
        let path = format!("/{}", names.join("/"));
        let expected = names.len() == 3 && names[1] == "x";
        prop_assert_eq!(allows(&policy, &path), expected, "{}", path);
    }

    #[test]
    fn a_glob_that_denies_is_known_to_every_directory_above(names in vec("[ab]", 1..5), pattern in "/[ab]/(\\*|\\?|a|\\*\\*)/(b|\\*a|\\{a,b\\})") {
        let mut builder = PolicyBuilder::new(&NoFiles);
        builder.grant_all(Scope::FsRead).deny(Scope::FsRead, pattern.as_bytes(), b"/").expect("a glob");
        let policy = builder.build().expect("it compiles");
        let path = format!("/{}", names.join("/"));
        if !allows(&policy, &path) {
            for (at, _) in path.match_indices('/') {
                let above = if at == 0 { "/" } else { &path[..at] };
                prop_assert!(policy.denied_below(Scope::FsRead, &absolute(above)), "{}", above);
            }
        }
    }

    #[test]
    fn any_written_grant_is_read_or_refused(text in vec(any::<u8>(), 0..24), base in path()) {
        for &scope in Scope::ALL {
            let mut builder = PolicyBuilder::new(&NoFiles);
            let granted = builder.grant(scope, &text, base.as_bytes(), None).is_ok();
            let policy = builder.build().expect("what was read compiles");
            if granted {
                let back = Policy::from_bytes(&policy.to_bytes()).expect("its own bytes");
                prop_assert_eq!(back.to_bytes(), policy.to_bytes());
            }
        }
    }

    #[test]
    fn any_written_pattern_is_read_or_refused(text in "[-/*?\\[\\]{}!^,ab\\\\.é]{0,16}") {
        let mut builder = PolicyBuilder::new(&NoFiles);
        let _ = builder.grant(Scope::FsRead, text.as_bytes(), b"/base", None);
        let _ = builder.deny(Scope::FsWrite, text.as_bytes(), b"/base");
        prop_assert!(builder.build().is_ok());
    }

    #[test]
    fn splitting_options_never_panics(text in vec(any::<u8>(), 0..40)) {
        let _ = split_options(&text);
    }
}

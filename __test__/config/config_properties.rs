//! Laws of the configuration, tried on random settings: a flag and a key of the file are two ways to say one thing,
//! sources add up, and time only takes away.

use permit::config::{
    FLAGS, Settings, Source, Surroundings, Tokens, parse_file, parse_flags, parse_options, split_options,
};
use permit::policy::files::FakeFiles;
use permit::policy::{Absolute, Policy, Resource, Scope};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::{Map, Value, json};

/// 2026-01-01, in seconds since 1970.
const NOW: u64 = 1_767_225_600;
const DAY: u64 = 86_400;

/// What is said of one scope.
#[derive(Clone, Debug)]
enum Said {
    /// All of it.
    All,
    /// These items.
    Items(Vec<String>),
}

/// A path as it may be written in a policy, with what else JSON and a variable must quote.
fn path() -> impl Strategy<Value = String> {
    let start = prop_oneof![Just("/"), Just("./"), Just("../"), Just(""), Just("${PROJECT}/"), Just("${TMP}/")];
    let name = prop_oneof![Just("a"), Just("b c"), Just("e\"é\"x"), Just("work"), Just("x\\,y"), Just("d\\e")];
    let end = prop_oneof![4 => Just(""), 2 => Just("*"), 1 => Just("/*"), 1 => Just("/**/*.js"), 1 => Just("?")];
    (start, vec(name, 1..3), end).prop_map(|(start, names, end)| format!("{start}{}{end}", names.join("/")))
}

/// What may be said of a scope, by the key that says it.
fn said() -> impl Strategy<Value = (String, Said)> {
    let items = |item: BoxedStrategy<String>| vec(item, 1..4).prop_map(Said::Items).boxed();
    let paths = || items(path().boxed());
    let hosts = || items("(a\\.com|\\*\\.b\\.de|10\\.0\\.0\\.0/8|\\[::1\\]|metadata)(:80(,443)?)?".boxed());
    let ports = || items("(:3000|127\\.0\\.0\\.1:\\*|loopback)".boxed());
    let names = || items("(PORT|AWS_\\*|default|é)".boxed());
    let addons = || items("\\./[a-c]{1,2}(\\.node|/\\*)?".boxed());
    let programs = || items("(git|git log \\*|/bin/sh|\\./x \"a b\"|\\*)".boxed());
    let all = || Just(Said::All).boxed();
    let either = |list: BoxedStrategy<Said>| prop_oneof![all(), list].boxed();
    let keys: Vec<BoxedStrategy<(String, Said)>> = FLAGS
        .iter()
        .filter(|flag| flag.in_file() && flag.key() != "allow-fs-vfs")
        .filter(|flag| flag.key().starts_with("allow-") || flag.key().starts_with("deny-"))
        .map(|flag| {
            let said = match flag.key().trim_start_matches("allow-").trim_start_matches("deny-") {
                "fs-read" | "fs-write" => paths(),
                "net" | "net-connect" | "net-resolve" => either(hosts()),
                "net-listen" => either(ports()),
                "env" => either(names()),
                "addons" => either(addons()),
                "child-process" => either(programs()),
                _ => all(),
            };
            said.prop_map(|said| (flag.key().to_owned(), said)).boxed()
        })
        .collect();
    proptest::strategy::Union::new(keys)
}

fn settings() -> impl Strategy<Value = Vec<(String, Said)>> {
    // Each key once, as in a file.
    vec(said(), 0..6).prop_map(|said| {
        let mut kept: Vec<(String, Said)> = Vec::new();
        for (key, said) in said {
            if kept.iter().all(|(known, _)| *known != key) {
                kept.push((key, said));
            }
        }
        kept
    })
}

fn words(settings: &[(String, Said)]) -> Vec<String> {
    let flags = settings.iter().flat_map(|(key, said)| match said {
        Said::All => vec![format!("--{key}")],
        Said::Items(items) => items.iter().map(|item| format!("--{key}={item}")).collect(),
    });
    flags.collect()
}

fn file(settings: &[(String, Said)]) -> String {
    let value = |said: &Said| match said {
        Said::All => json!(true),
        Said::Items(items) if items.len() == 1 => json!(items[0]),
        Said::Items(items) => json!(items),
    };
    let keys: Map<String, Value> = settings.iter().map(|(key, said)| (key.clone(), value(said))).collect();
    json!({ "permission": keys }).to_string()
}

fn read(text: &str) -> Settings {
    let source = Source { name: "p.json", directory: b"/work", text };
    parse_file(&source, None).expect("it is well written").expect("a policy")
}

fn flags<T: AsRef<[u8]>>(words: &[T]) -> Settings {
    let (settings, rest) = parse_flags(words, None).expect("they are well written");
    assert_eq!(rest, words.len());
    settings
}

fn policy(settings: Settings, now: u64) -> Policy {
    let tokens = Tokens { project: Some(b"/work".to_vec()), tmp: Some(b"/tmp".to_vec()), ..Tokens::default() };
    let around = Surroundings { cwd: b"/work".to_vec(), tokens, now };
    let files = FakeFiles::with_dirs(["/", "/work", "/tmp", "/work/a", "/a"]);
    settings.into_policy(&files, &around).expect("every setting here is well written").0
}

/// Words in one line, each in quotes.
fn line(words: &[Vec<u8>]) -> Vec<u8> {
    let quoted = words.iter().map(|word| {
        let escaped =
            word.iter().flat_map(|&byte| if matches!(byte, b'"' | b'\\') { vec![b'\\', byte] } else { vec![byte] });
        [vec![b'"'], escaped.collect(), vec![b'"']].concat()
    });
    quoted.collect::<Vec<_>>().join(&b' ')
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn flags_and_a_file_are_the_same_policy(settings in settings()) {
        let (flags, file) = (flags(&words(&settings)), read(&file(&settings)));
        prop_assert_eq!(policy(flags, NOW).to_bytes(), policy(file, NOW).to_bytes());
    }

    #[test]
    fn a_variable_and_a_command_line_are_the_same_policy(settings in settings()) {
        let words: Vec<Vec<u8>> = words(&settings).into_iter().map(String::into_bytes).collect();
        let variable = parse_options(line(&words), "PERMIT_OPTIONS").expect("they are well written");
        prop_assert_eq!(policy(variable, NOW).hash(), policy(flags(&words), NOW).hash());
    }

    #[test]
    fn a_token_is_the_directory_that_it_stands_for(written in path(), denies in any::<bool>()) {
        let flag = |path: &str| format!("--{}-fs-read={path}", if denies { "deny" } else { "allow" });
        let spelled = written.replacen("${PROJECT}", "/work", 1).replacen("${TMP}", "/tmp", 1);
        let (token, plain) = (flags(&[flag(&written)]), flags(&[flag(&spelled)]));
        prop_assert_eq!(policy(token, NOW).to_bytes(), policy(plain, NOW).to_bytes(), "{}", spelled);
    }

    #[test]
    fn quoted_words_read_back_whatever_they_hold(words in vec(vec(any::<u8>(), 1..12), 0..6)) {
        prop_assert_eq!(split_options(line(&words)), Ok(words));
    }

    #[test]
    fn the_order_of_sources_does_not_matter_where_nothing_is_taken_back(one in settings(), other in settings()) {
        let sum = flags(&words(&one)).merge(read(&file(&other)));
        let reversed = read(&file(&other)).merge(flags(&words(&one)));
        prop_assert_eq!(policy(sum, NOW).hash(), policy(reversed, NOW).hash());
    }

    #[test]
    fn a_denial_in_any_source_never_widens(
        settings in settings(),
        denial in path(),
        asked in vec("/(work|tmp|a)(/a|/b c|/x\\.js){0,2}", 1..6),
    ) {
        let denial = format!("--deny-fs-read={denial}");
        let before = policy(flags(&words(&settings)), NOW);
        let after = policy(flags(&words(&settings)).merge(flags(&[denial.as_bytes()])), NOW);
        for asked in asked {
            let path = Absolute::resolve(asked.as_bytes(), || None::<&[u8]>).expect("absolute");
            prop_assert!(!after.allows_path(Scope::FsRead, &path) || before.allows_path(Scope::FsRead, &path));
            prop_assert_eq!(after.allows_path(Scope::FsWrite, &path), before.allows_path(Scope::FsWrite, &path));
        }
    }

    #[test]
    fn a_grant_lapses_on_its_day_and_takes_nothing_along(
        lives in btree_map("(/a|/work/[a-c]|/tmp/\\*|/x\\*|/y/\\?)", prop::option::of(1..28_u64), 0..6),
        later in 0..30_u64,
        asked in vec("/(a|work|tmp|x|y)(/[a-c]){0,2}", 1..8),
    ) {
        let entry = |(path, day): (&String, &Option<u64>)| match day {
            Some(day) => json!({ "grant": path, "expires": format!("2026-01-{day:02}") }),
            None => json!(path),
        };
        let file = |alive: &dyn Fn(u64) -> bool| {
            let entries = lives.iter().filter(|(_, day)| day.is_none_or(alive));
            json!({ "permission": { "allow-fs-read": entries.map(entry).collect::<Vec<_>>() } }).to_string()
        };
        let then = NOW + later * DAY;
        let now = policy(read(&file(&|_| true)), NOW);
        let mut lapsed = now.clone();
        lapsed.expire(then);
        prop_assert_eq!(lapsed.hash(), policy(read(&file(&|_| true)), then).hash(), "read later or lapsed by then");
        prop_assert_eq!(lapsed.hash(), policy(read(&file(&|day| NOW + (day - 1) * DAY > then)), then).hash());
        prop_assert!(lapsed.next_expiry().is_none_or(|next| next > then));
        for asked in asked {
            let path = Absolute::resolve(asked.as_bytes(), || None::<&[u8]>).expect("absolute");
            let allowed = now.allows_path(Scope::FsRead, &path);
            prop_assert!(!lapsed.allows_path(Scope::FsRead, &path) || allowed, "{}", asked);
        }
    }

    #[test]
    fn what_a_later_flag_takes_back_is_gone_and_nothing_else(settings in settings(), scope in 0..4_usize) {
        let (flag, taken) = [
            ("--no-allow-net", &[Scope::Net, Scope::NetConnect, Scope::NetListen, Scope::NetResolve][..]),
            ("--no-allow-worker", &[Scope::Worker]),
            ("--no-allow-child-process", &[Scope::Child]),
            ("--no-allow-wasi", &[Scope::Wasi]),
        ][scope];
        let before = policy(flags(&words(&settings)), NOW);
        let after = policy(flags(&words(&settings)).merge(flags(&[flag])), NOW);
        for &scope in Scope::ALL {
            let expected = before.has(scope, &Resource::Nothing) && !taken.contains(&scope);
            prop_assert_eq!(after.has(scope, &Resource::Nothing), expected, "{}", scope);
        }
    }
}

#[test]
fn every_key_of_policy_files_is_in_the_types() {
    let types = include_str!("../../src/addon/header.d.ts");
    for flag in FLAGS.iter().filter(|flag| flag.in_file()) {
        assert!(types.contains(&format!("\n  '{}'?: ", flag.key())), "{}", flag.name);
    }
}

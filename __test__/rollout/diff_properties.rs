//! The law of `permit diff`, tried on random policies and questions: what the new policy allows and the old one does not
//! is covered by something that is told as gained. Never is a policy that grew called one that did not.

use std::sync::LazyLock;

use permit::config::{Settings, Surroundings, Tokens, parse_flags};
use permit::policy::files::{FakeFiles, Files};
use permit::policy::links::{Entry, Links};
use permit::policy::{Absolute, Endpoint, Policy, Resource, Scope};
use permit::rollout::diff::{Step, StepKind, gained};
use permit::rollout::{PolicyContext, Special, World};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

/// Some directories and a link.
struct Small(FakeFiles);

impl Small {
    fn new() -> Self {
        let files =
            FakeFiles::with_dirs(["/", "/a", "/a/b", "/ab"]).and_link("/a/l", "/ab").and_program("git", "/usr/bin/git");
        Self(files)
    }
}

impl Files for Small {
    fn is_dir(&self, path: &[u8]) -> bool {
        self.0.is_dir(path)
    }

    fn real_path(&self, path: &[u8]) -> Option<Vec<u8>> {
        self.0.real_path(path)
    }

    fn program(&self, word: &str) -> Option<Vec<u8>> {
        self.0.program(word)
    }
}

impl Links for Small {
    fn at(&self, path: &[u8]) -> Entry {
        if path == b"/a/l" { Entry::Link(b"/ab".to_vec()) } else { Entry::NotLink }
    }
}

impl World for Small {
    fn special(&self, _: &[u8]) -> Option<Special> {
        None
    }

    fn links_below(&self, _: &[u8], _: &mut usize) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

fn path() -> impl Strategy<Value = String> {
    vec("(a|b|ab|l)", 0..4).prop_map(|names| format!("/{}", names.join("/")))
}

fn written_path() -> impl Strategy<Value = String> {
    (path(), prop_oneof![3 => Just(""), 3 => Just("*"), 2 => Just("/*"), 1 => Just("/**/b"), 1 => Just("/?")])
        .prop_map(|(path, end)| format!("{}{end}", if path == "/" && end.starts_with('/') { "" } else { &path }))
}

const HOST: &str = "(a\\.com|\\*\\.a\\.com|b\\.a\\.com|localhost|10\\.0\\.0\\.0/8|10\\.1\\.0\\.0/16|10\\.1\\.2\\.3|127\\.0\\.0\\.1|0\\.0\\.0\\.0|\\[::\\]|\\[::/0\\]|\\[::1\\]|0\\.0\\.0\\.0/0|loopback|private|metadata|\\*|169\\.254\\.0\\.0/16)(:80|:443|:80,443)?";

/// Flags of one kind of scope, so that they meet each other.
fn flags() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![
        4 => flags_of("(net|net-connect|net-resolve|net-listen)", HOST.prop_map(Some).boxed()),
        4 => flags_of("(fs-read|fs-write)", written_path().prop_map(Some).boxed()),
        1 => flags_of("child-process", "(git|git log|git log \\*|/usr/bin/git|ls)".prop_map(Some).boxed()),
        1 => flags_of("env", "(A|AB|A\\*|AB\\*|default|\\*|LC_\\*)".prop_map(Some).boxed()),
        1 => flags_of("(net|net-connect|net-listen|net-resolve|worker|wasi|child-process|env)", Just(None).boxed()),
    ]
}

fn flags_of(scopes: &'static str, value: BoxedStrategy<Option<String>>) -> impl Strategy<Value = Vec<String>> {
    let word = prop_oneof![4 => Just("--allow-"), 2 => Just("--deny-"), 1 => Just("--no-allow-")];
    let flag = (word, scopes, value).prop_map(|(word, scope, value)| match value {
        Some(value) if word != "--no-allow-" => format!("{word}{scope}={value}"),
        _ if scope.starts_with("fs-") => "--symlinks=follow".to_owned(),
        _ => format!("{word}{scope}"),
    });
    vec(flag, 0..4)
}

/// Two policies that share some of their flags.
fn policies() -> impl Strategy<Value = (Vec<String>, Vec<String>)> {
    (flags(), any::<prop::sample::Index>(), any::<prop::sample::Index>(), flags(), any::<bool>()).prop_map(
        |(flags, one, other, extra, with)| {
            let cut =
                |at: prop::sample::Index| flags.iter().skip(at.index(flags.len() + 1)).cloned().collect::<Vec<_>>();
            let (old, new) = (cut(one), cut(other));
            let turned: Vec<String> = flags.iter().rev().skip(other.index(flags.len() + 1)).cloned().collect();
            if with { (old, [extra, new].concat()) } else { (old, turned) }
        },
    )
}

#[derive(Clone, Debug)]
enum Question {
    Path(Scope, String),
    Name(String),
    Address(Scope, String, u16, Vec<String>),
    Command(Vec<String>),
    Variable(String),
    Switch(Scope),
}

/// Every question that there is in this small world.
static QUESTIONS: LazyLock<Vec<Question>> = LazyLock::new(|| {
    let text = |words: &[&str]| -> Vec<String> { words.iter().map(ToString::to_string).collect() };
    let mut paths = text(&["/"]);
    let mut level = text(&[""]);
    for _ in 0..3 {
        let below = |above: &String| ["a", "b", "ab", "l"].map(|name| format!("{above}/{name}"));
        level = level.iter().flat_map(below).collect();
        paths.extend(level.clone());
    }
    let mut all: Vec<Question> = Vec::new();
    for scope in [Scope::FsRead, Scope::FsWrite] {
        all.extend(paths.iter().map(|path| Question::Path(scope, path.clone())));
    }
    all.extend(text(&["a.com", "b.a.com", "localhost", "c.com"]).into_iter().map(Question::Name));
    let addresses =
        ["10.1.2.3", "10.2.2.2", "127.0.0.1", "0.0.0.0", "::", "::1", "169.254.169.254", "8.8.8.8", "64:ff9b::a01:203"];
    let names: [&[&str]; 5] = [&[], &["a.com"], &["b.a.com"], &["localhost"], &["a.com", "c.com"]];
    for scope in [Scope::NetConnect, Scope::NetListen, Scope::NetResolve] {
        for address in addresses {
            for port in [80, 443, 1] {
                let ask = |names: &&[&str]| Question::Address(scope, address.to_owned(), port, text(names));
                all.extend(names.iter().map(ask));
            }
        }
    }
    for line in ["git", "git log", "git log -p", "ls", "ls -l", "/usr/bin/git", "/usr/bin/git log"] {
        all.push(Question::Command(line.split(' ').map(str::to_owned).collect()));
    }
    all.extend(text(&["A", "AB", "ABC", "AC", "B", "PATH", "LC_ALL"]).into_iter().map(Question::Variable));
    all.extend([Scope::Worker, Scope::Wasi].map(Question::Switch));
    all
});

/// Hands the question on as a call would ask it. What a path leads to is asked as well.
fn ask(
    question: &Question,
    world: &Small,
    answer: &mut dyn FnMut(Scope, &Resource<'_>, Option<&Absolute<'_>>) -> bool,
) -> bool {
    let nothing = || None::<&[u8]>;
    match question {
        Question::Path(scope, path) => {
            let real = world.real_path(path.as_bytes()).unwrap_or_else(|| path.clone().into_bytes());
            let path = Absolute::resolve(path.as_bytes(), nothing).expect("it is absolute");
            let real = Absolute::resolve(&real, nothing).expect("it is absolute");
            let behind = (real != path).then_some(&real);
            answer(*scope, &Resource::Path(path.clone()), behind)
        }
        Question::Name(name) => answer(Scope::NetResolve, &Resource::Endpoint(Endpoint::Name(name)), None),
        Question::Address(scope, address, port, names) => {
            let names: Vec<std::sync::Arc<str>> =
                names.iter().map(|name| std::sync::Arc::from(name.as_str())).collect();
            let address = address.parse().expect("it is an address");
            answer(*scope, &Resource::Endpoint(Endpoint::Address { address, port: *port, names: &names }), None)
        }
        Question::Command(words) => {
            let found =
                if words[0].contains('/') { Some(words[0].clone().into_bytes()) } else { world.program(&words[0]) };
            let real = found.and_then(|found| world.real_path(&found)).and_then(|real| String::from_utf8(real).ok());
            let real = real.as_deref();
            answer(Scope::Child, &Resource::Program { file: &words[0], real, arguments: &words[1..] }, None)
        }
        Question::Variable(name) => answer(Scope::Env, &Resource::Name(name), None),
        Question::Switch(scope) => answer(*scope, &Resource::Nothing, None),
    }
}

fn allows(policy: &Policy, question: &Question, world: &Small) -> bool {
    ask(question, world, &mut |scope, resource, behind| {
        policy.allows(scope, resource) && behind.is_none_or(|real| policy.allows_behind_links(scope, real))
    })
}

fn around() -> Surroundings {
    Surroundings { cwd: b"/".to_vec(), tokens: Tokens::default(), now: 1 }
}

fn read(flags: &[String]) -> Option<(Settings, Policy)> {
    let settings = parse_flags(flags, None).ok()?.0;
    let (policy, _) = settings.clone().into_policy(&Small::new(), &around()).ok()?;
    Some((settings, policy))
}

/// Whether something that is told as gained has to do with the question.
fn is_covered(step: &Step, old: &Settings, new: &Settings, question: &Question, world: &Small) -> bool {
    let of = |settings: &Settings, number: usize| {
        let made = settings.only(&[number]).into_policy(world, &around());
        made.map(|(policy, _)| policy).expect("it was read before")
    };
    match (step.kind, step.number) {
        (StepKind::Setting, _) => true,
        // Who may listen may resolve `localhost`.
        _ if matches!(question, Question::Name(name) if name == "localhost")
            && step.things.iter().any(|thing| thing.starts_with("net.listen ")) =>
        {
            true
        }
        // The default of a list that is not there: all of the environment.
        (_, None) => matches!(question, Question::Variable(_)),
        (StepKind::Denial, Some(number)) => {
            let policy = of(old, number);
            ask(question, world, &mut |scope, resource, behind| {
                policy.withholds(scope, resource)
                    || behind.is_some_and(|real| policy.withholds(scope, &Resource::Path(real.clone())))
                    // One name of several, or the port of a name: what is denied of the rest is denied by others.
                    || matches!(resource, Resource::Endpoint(Endpoint::Address { names, .. }) if !names.is_empty())
            })
        }
        (StepKind::Grant | StepKind::Longer, Some(number)) => {
            let policy = of(new, number);
            ask(question, world, &mut |scope, resource, behind| {
                policy.allows(scope, resource) || behind.is_some_and(|real| policy.allows_behind_links(scope, real))
            })
        }
    }
}

/// Fails if the new flags allow something that the old ones do not and that is not told.
fn compare(lines: &[String], changed: &[String], asked: &[&Question]) -> Result<(), TestCaseError> {
    let (Some((old, was)), Some((new, is))) = (read(lines), read(changed)) else { return Ok(()) };
    let (world, around) = (Small::new(), around());
    let (before, after) = (PolicyContext::plain(&old, &around, &world), PolicyContext::plain(&new, &around, &world));
    let steps = gained(&before, &after).expect("both were read");
    for &question in asked {
        if allows(&is, question, &world) && !allows(&was, question, &world) {
            let covered = steps.iter().any(|step| is_covered(step, &old, &new, question, &world));
            prop_assert!(covered, "{question:?} is allowed by {changed:?} and not by {lines:?}, and told is {steps:?}");
        }
    }
    Ok(())
}

/// Every item beside every other: as the only grant, and as the only denial of all.
fn compare_pairs(scope: &str, items: &[&str]) {
    let concerned = |question: &&Question| match question {
        Question::Path(..) => scope.starts_with("fs-"),
        Question::Name(_) | Question::Address(..) => scope.starts_with("net"),
        Question::Command(_) => scope == "child-process",
        Question::Variable(_) => scope == "env",
        Question::Switch(_) => false,
    };
    let asked: Vec<&Question> = QUESTIONS.iter().filter(concerned).collect();
    assert!(!asked.is_empty());
    for one in items {
        for other in items {
            let grant = |item: &str| vec![format!("--allow-{scope}={item}")];
            let denial = |item: &str| vec![format!("--allow-{scope}=*"), format!("--deny-{scope}={item}")];
            let found = compare(&grant(one), &grant(other), &asked)
                .and_then(|()| compare(&denial(one), &denial(other), &asked));
            assert!(found.is_ok(), "{scope}: {one} -> {other}: {found:?}");
        }
    }
}

#[test]
fn no_path_beside_another_is_gained_in_silence() {
    compare_pairs(
        "fs-read",
        &[
            "/", "*", "/a", "/a/*", "/a*", "/ab", "/a/b", "/a/b*", "/a/l", "/a/l/*", "/a/l*", "/a/**/b", "/a/?", "/l",
            "/b*", "/a/b/**", "/ab/*", "/a/b/?", "/?", "/a/b/l", "/a/{}", "/{}", "/a/l/{}",
        ],
    );
}

#[test]
fn no_host_beside_another_is_gained_in_silence() {
    let hosts = [
        "a.com",
        "*.a.com",
        "b.a.com",
        "localhost",
        "10.0.0.0/8",
        "10.1.0.0/16",
        "10.1.2.3",
        "127.0.0.1",
        "0.0.0.0",
        "[::]",
        "[::/0]",
        "[::1]",
        "0.0.0.0/0",
        "loopback",
        "private",
        "metadata",
        "*",
        "169.254.0.0/16",
    ];
    let all: Vec<&str> = hosts.into_iter().chain(["*:80", "a.com:80", "10.0.0.0/8:80", "[::]:80"]).collect();
    for scope in ["net-connect", "net-listen", "net-resolve", "net"] {
        compare_pairs(scope, &all);
    }
}

#[test]
fn no_program_or_variable_beside_another_is_gained_in_silence() {
    compare_pairs(
        "child-process",
        &["git", "git log", "git log *", "git *", "/usr/bin/git", "/usr/bin/git log", "ls", "*"],
    );
    compare_pairs("env", &["A", "AB", "A*", "AB*", "default", "*", "LC_*", "LC_A*", "LC_ALL", "PATH"]);
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 500,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_is_gained_in_silence((old, new) in policies()) {
        compare(&old, &new, &QUESTIONS.iter().collect::<Vec<_>>())?;
    }

    #[test]
    fn the_same_policy_in_another_order_gains_nothing(flags in flags().prop_filter("takes back", |flags| {
        !flags.iter().any(|flag| flag.starts_with("--no-"))
    })) {
        let turned: Vec<String> = flags.iter().rev().cloned().collect();
        let (Some((old, _)), Some((new, _))) = (read(&flags), read(&turned)) else { return Ok(()) };
        let (world, around) = (Small::new(), around());
        let steps = gained(&PolicyContext::plain(&old, &around, &world), &PolicyContext::plain(&new, &around, &world));
        prop_assert_eq!(steps.expect("both were read"), Vec::new());
    }

    #[test]
    fn a_policy_with_less_gains_nothing(flags in flags(), more in flags()) {
        // A list that goes leaves the whole in its place.
        let counts = |flag: &String| flag.starts_with("--allow") && !flag.starts_with("--allow-env") && !flag.starts_with("--allow-net");
        let fewer: Vec<String> = flags.into_iter().filter(counts).collect();
        let grants: Vec<String> = fewer.iter().cloned().chain(more.into_iter().filter(counts)).collect();
        let (Some((old, _)), Some((new, _))) = (read(&grants), read(&fewer)) else { return Ok(()) };
        let (world, around) = (Small::new(), around());
        let steps = gained(&PolicyContext::plain(&old, &around, &world), &PolicyContext::plain(&new, &around, &world));
        prop_assert_eq!(steps.expect("both were read"), Vec::new());
    }
}

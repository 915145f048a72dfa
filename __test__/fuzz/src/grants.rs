//! Grants and denials of paths: a policy answers like its rules read one by one, in whatever order they came, and
//! every way to change a policy only narrows it.
//!
//! Lines: `d PATH` is a directory that exists, `+ RULE` grants, `- RULE` denies, `@ RULE` grants until it lapses,
//! `x PATH` drops once the policy is built, `? PATH` asks, `f` follows links. `=` ends the policy and begins its
//! ceiling.

use permit::policy::files::{FakeFiles, NoFiles};
use permit::policy::path::Style;
use permit::policy::{Absolute, Policy, PolicyBuilder, Resource, Scope};

use crate::model::{self, Cover};
use crate::{absolute, lines};

/// When the grants that lapse do so.
const LAPSES: u64 = 100;
/// As many lines as are tried.
const LINES: usize = 24;
/// As many questions as are asked.
const QUESTIONS: usize = 80;

/// Tries one set of rules.
pub fn run(data: &[u8]) {
    let all: Vec<(u8, &[u8])> = lines(data).take(LINES).collect();
    let directories: Vec<Vec<u8>> = all
        .iter()
        .filter(|(kind, _)| *kind == b'd')
        .map(|(_, path)| model::resolve(model::BASE, path))
        .filter(|path| !path.contains(&0))
        .collect();
    let questions = questions(&all);
    let mut parts = all.split(|(kind, _)| *kind == b'=');
    let own = parts.next().unwrap_or_default();
    let policy = holds(own, &directories, &questions);
    drops(own, &policy, &questions);
    if let Some(ceiling) = parts.next() {
        let ceiling = holds(ceiling, &directories, &questions);
        let both = policy.clone().under(&ceiling);
        assert_eq!(both.hash(), ceiling.clone().under(&policy).hash(), "the order of layers matters");
        settles(&both, &questions);
        for question in &questions {
            let expected = allows(&policy, question) && allows(&ceiling, question);
            assert_eq!(allows(&both, question), expected, "under: {}", shown(question));
            let real = absolute(question).expect("a normal path");
            let behind = |policy: &Policy| policy.allows_behind_links(Scope::FsRead, &real);
            assert_eq!(behind(&both), behind(&policy) && behind(&ceiling), "under: {}", shown(question));
        }
    }
    windows(own, &questions);
}

/// Whether a path may be read.
fn allows(policy: &Policy, path: &[u8]) -> bool {
    policy.allows_path(Scope::FsRead, &absolute(path).expect("a normal path"))
}

fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

/// Everything that is spoken of, and what stands around it.
fn questions(all: &[(u8, &[u8])]) -> Vec<Vec<u8>> {
    let mut paths = vec![b"/".to_vec(), model::BASE.to_vec()];
    for (_, text) in all {
        // With and without its wildcards.
        let plain: Vec<u8> = text.iter().copied().filter(|byte| !b"*?[]{}\\".contains(byte)).collect();
        for raw in [text, plain.as_slice()] {
            let Some(path) = absolute(raw) else { continue };
            let path = path.bytes();
            paths.push(path.to_vec());
            paths.push([path, b"x"].concat());
            paths.push([path, b"/x"].concat());
            paths.push([path, "/\u{e9}/y".as_bytes()].concat());
            paths.extend(absolute(&path[..path.len() - 1]).map(|path| path.bytes().to_vec()));
            paths.extend(Style::Unix.parent(path).map(<[u8]>::to_vec));
        }
    }
    let normal = |path: Vec<u8>| absolute(&path).map(|path| path.bytes().to_vec());
    let mut paths: Vec<Vec<u8>> = paths.into_iter().filter_map(normal).collect();
    paths.sort();
    paths.dedup();
    let step = paths.len().div_ceil(QUESTIONS);
    paths.into_iter().step_by(step).collect()
}

/// A rule that was accepted.
struct Rule {
    denies: bool,
    lapses: bool,
    covers: Vec<Cover>,
}

/// Builds a policy of these lines, tries it against its rules, and returns it.
fn holds(all: &[(u8, &[u8])], directories: &[Vec<u8>], questions: &[Vec<u8>]) -> Policy {
    let files = FakeFiles::with_dirs(directories);
    let mut builder = PolicyBuilder::new(&files);
    let rules: Vec<Rule> = all.iter().filter_map(|(kind, text)| add(&mut builder, *kind, text, directories)).collect();
    // Together they can be larger than each by itself, and then there is no policy.
    let Ok(policy) = builder.build() else { return PolicyBuilder::new(&files).build().expect("of nothing") };
    let mut reversed = PolicyBuilder::new(&files);
    for (kind, text) in all.iter().rev() {
        add(&mut reversed, *kind, text, directories);
    }
    let reversed = reversed.build().expect("the same rules");
    assert_eq!(reversed.hash(), policy.hash(), "the order of rules matters");
    let mut lapsed = policy.clone();
    lapsed.expire(LAPSES);
    assert_eq!(lapsed.next_expiry(), None);
    let mut without = PolicyBuilder::new(&files);
    for (kind, text) in all.iter().filter(|(kind, _)| *kind != b'@') {
        add(&mut without, *kind, text, directories);
    }
    assert_eq!(without.build().expect("fewer rules").hash(), lapsed.hash(), "a lapsed rule leaves something");
    for path in questions {
        let covered = |denies: bool, late: bool| {
            let counts = rules.iter().filter(|rule| rule.denies == denies && !(late && rule.lapses));
            counts.map(|rule| model::any(&rule.covers, path)).try_fold(false, |any, one| Some(any | one?))
        };
        let expected = |late: bool| Some(covered(false, late)? && !covered(true, late)?);
        let Some(now) = expected(false) else { continue };
        assert_eq!(allows(&policy, path), now, "{}", shown(path));
        let follows = all.iter().any(|(kind, _)| *kind == b'f');
        let behind = if follows { covered(true, false).map(|denied| !denied) } else { Some(now) };
        let real = absolute(path).expect("a normal path");
        assert_eq!(Some(policy.allows_behind_links(Scope::FsRead, &real)), behind, "{} behind a link", shown(path));
        assert_eq!(allows(&reversed, path), now, "{} in another order", shown(path));
        assert_eq!(expected(true), Some(allows(&lapsed, path)), "{} after the lapse", shown(path));
        assert!(!allows(&lapsed, path) || now, "{}: a lapse widens", shown(path));
        if covered(true, false) == Some(true) {
            for directory in model::upwards(path) {
                let directory = absolute(directory).expect("a normal path");
                assert!(policy.denied_below(Scope::FsRead, &directory), "{} is overlooked", shown(path));
                assert!(!policy.covers_tree(Scope::FsRead, &directory), "{} is overlooked", shown(path));
            }
        }
    }
    settles(&policy, questions);
    policy
}

fn add(builder: &mut PolicyBuilder<'_>, kind: u8, text: &[u8], directories: &[Vec<u8>]) -> Option<Rule> {
    let (denies, lapses) = (kind == b'-', kind == b'@');
    let added = match kind {
        b'f' => {
            builder.follow_links(true);
            return None;
        }
        b'-' => builder.deny(Scope::FsRead, text, model::BASE),
        b'+' => builder.grant(Scope::FsRead, text, model::BASE, None),
        b'@' => builder.grant(Scope::FsRead, text, model::BASE, Some(LAPSES)),
        _ => return None,
    };
    added.is_ok().then(|| Rule { denies, lapses, covers: model::covers(text, directories, denies) })
}

/// What holds of any policy by itself.
fn settles(policy: &Policy, questions: &[Vec<u8>]) {
    let bytes = policy.to_bytes();
    let back = Policy::from_bytes(&bytes).expect("its own bytes");
    assert_eq!(back.to_bytes(), bytes);
    assert!(!bytes.contains(&0));
    for path in questions {
        assert_eq!(allows(&back, path), allows(policy, path), "{}: bytes keep the answer", shown(path));
        let top = absolute(path).expect("a normal path");
        let behind = policy.allows_behind_links(Scope::FsRead, &top);
        assert_eq!(back.allows_behind_links(Scope::FsRead, &top), behind, "{}", shown(path));
        assert!(behind || !allows(policy, path), "{} is allowed, and not behind a link", shown(path));
        let covered = policy.covers_tree(Scope::FsRead, &top);
        assert_eq!(back.covers_tree(Scope::FsRead, &top), covered, "{}", shown(path));
        assert_eq!(back.denied_below(Scope::FsRead, &top), policy.denied_below(Scope::FsRead, &top), "{}", shown(path));
        if !covered {
            continue;
        }
        assert!(!policy.denied_below(Scope::FsRead, &top), "{} is covered, and denied below", shown(path));
        for below in questions.iter().filter(|below| model::is_in(below, path)) {
            assert!(allows(policy, below), "{} covers {}", shown(path), shown(below));
        }
    }
}

/// Each drop takes what it names and, where no glob is spelled so, nothing else.
fn drops(all: &[(u8, &[u8])], policy: &Policy, questions: &[Vec<u8>]) {
    let mut policy = policy.clone();
    for (_, text) in all.iter().filter(|(kind, _)| *kind == b'x') {
        let Some(path) = absolute(text) else { continue };
        let mut after = policy.clone();
        after.drop(Scope::FsRead, &Resource::Path(path.clone()), &NoFiles);
        let bytes = path.bytes();
        let taken = match bytes.strip_suffix(b"*") {
            Some(stem) if stem.ends_with(b"/") => Cover::Tree(model::resolve(b"/", stem)),
            Some(stem) => Cover::Prefix(stem.to_vec()),
            None => Cover::Tree(bytes.to_vec()),
        };
        let exact = !bytes.strip_suffix(b"*").unwrap_or(bytes).iter().any(|byte| b"*?[{\\".contains(byte));
        for question in questions {
            let gone = taken.has(question) == Some(true);
            let (before, now) = (allows(&policy, question), allows(&after, question));
            assert!(!now || (before && !gone), "dropping {} leaves {}", shown(bytes), shown(question));
            assert!(now || gone || !before || !exact, "dropping {} takes {}", shown(bytes), shown(question));
        }
        settles(&after, questions);
        policy = after;
    }
}

/// The same rules by those of Windows: order and denials do there what they do here.
fn windows(all: &[(u8, &[u8])], questions: &[Vec<u8>]) {
    let build = |lines: &mut dyn Iterator<Item = &(u8, &[u8])>| {
        let mut builder = PolicyBuilder::with_style(&NoFiles, Style::Windows);
        for (kind, text) in lines {
            let _ = match kind {
                b'-' => builder.deny(Scope::FsRead, text, br"C:\work"),
                b'+' | b'@' => builder.grant(Scope::FsRead, text, br"C:\work", None),
                _ => continue,
            };
        }
        builder.build().ok()
    };
    let (Some(policy), Some(reversed)) = (build(&mut all.iter()), build(&mut all.iter().rev())) else { return };
    let granted = build(&mut all.iter().filter(|(kind, _)| *kind != b'-')).expect("fewer rules");
    assert_eq!(policy.hash(), reversed.hash(), "the order of rules matters");
    for raw in questions {
        let Ok(path) = Absolute::resolve_as(Style::Windows, raw, || Some(r"C:\work")) else { continue };
        let allowed = policy.allows_path(Scope::FsRead, &path);
        assert_eq!(reversed.allows_path(Scope::FsRead, &path), allowed);
        assert!(!allowed || granted.allows_path(Scope::FsRead, &path), "{}: a denial widens", shown(raw));
        let upper = path.bytes().to_ascii_uppercase();
        let upper = Absolute::resolve_as(Style::Windows, &upper, || None::<&[u8]>).expect("as normal as before");
        assert_eq!(policy.allows_path(Scope::FsRead, &upper), allowed, "{} in upper case", shown(raw));
        if allowed {
            let mut dropped = policy.clone();
            dropped.drop(Scope::FsRead, &Resource::Path(path.clone()), &NoFiles);
            assert!(!dropped.allows_path(Scope::FsRead, &path), "{} is dropped and allowed", shown(raw));
        }
    }
}

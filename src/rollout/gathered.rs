//! What many records say together: what was asked for, how often, when first and last, and by which packages. As large as
//! what is distinct, however many records there are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::record::{Decision, Record, Under};
use crate::policy::hosts::Endpoint;
use crate::policy::net::HostGrant;
use crate::policy::{Absolute, Files, Policy, Resource, Scope, ScopeKind};

/// What was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// A path, by its letters; where it leads is one more.
    Path(String),
    /// A directory with all below it.
    Tree(String),
    /// A host, spelled as it would be granted.
    Host(String),
    /// A program, as it was named.
    Program(String),
    /// A variable.
    Name(String),
    /// The scope has no parts.
    Whole,
}

/// One thing that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Asked {
    /// The scope.
    pub scope: Scope,
    /// The thing.
    pub what: What,
}

impl Asked {
    /// What a record asks for, in words that can be granted; nothing if there are none.
    pub fn of(scope: Scope, record: &Record<'_>) -> impl Iterator<Item = Self> {
        let what = named(scope, record);
        let behind = record.leads_to.as_deref().filter(|_| what.is_some() && scope != Scope::Addon);
        let behind = behind.map(|path| if record.tree { What::Tree(path.into()) } else { What::Path(path.into()) });
        what.into_iter().chain(behind).map(move |what| Self { scope, what })
    }

    /// The thing as text; empty if it is the whole scope.
    #[must_use]
    pub fn text(&self) -> &str {
        match &self.what {
            What::Path(text) | What::Tree(text) | What::Host(text) | What::Program(text) | What::Name(text) => text,
            What::Whole => "",
        }
    }

    /// Does the policy let it through?
    #[must_use]
    pub fn allowed(&self, policy: &Policy, files: &dyn Files) -> bool {
        let scope = self.scope;
        let absolute = |path: &str| Absolute::resolve(path.as_bytes(), || None::<&[u8]>).map(Absolute::into_owned);
        match &self.what {
            What::Path(path) if scope == Scope::Addon => {
                absolute(path).is_ok_and(|path| policy.has(scope, &Resource::Path(path)))
            }
            What::Path(path) => absolute(path).is_ok_and(|path| policy.allows_path(scope, &path)),
            What::Tree(path) => absolute(path).is_ok_and(|path| policy.covers_tree(scope, &path)),
            What::Host(host) => HostGrant::parse_list(host, scope == Scope::NetListen)
                .is_ok_and(|hosts| policy.has(scope, &Resource::Hosts(&hosts)) || reaches(policy, scope, host)),
            What::Program(file) => {
                let real = if file.contains('/') {
                    files.real_path(file.as_bytes())
                } else {
                    files.program(file).and_then(|found| files.real_path(&found))
                };
                let real = real.and_then(|real| String::from_utf8(real).ok());
                policy.has(scope, &Resource::Program { file, real: real.as_deref(), arguments: &[] })
            }
            What::Name(name) => policy.has(scope, &Resource::Name(name)),
            What::Whole => policy.has(scope, &Resource::Nothing),
        }
    }
}

/// A name alone, which was resolved.
fn reaches(policy: &Policy, scope: Scope, host: &str) -> bool {
    policy.has(scope, &Resource::Endpoint(Endpoint::Name(host)))
}

/// How it was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// How often.
    pub count: u64,
    /// By which packages, as far as that was said.
    pub packages: BTreeSet<String>,
    /// The first record of it.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
}

/// Which records count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Those of calls that were refused, too: what an attacker tried is among them.
    pub denied: bool,
    /// Those of a second policy, too.
    pub report_only: bool,
}

/// What was gathered.
#[derive(Debug, Default)]
pub struct Gathered {
    seen: FxHashMap<Asked, Seen>,
    /// Records that did not count, by decision and policy.
    pub left_out: BTreeMap<(Decision, Under), u64>,
    /// Calls that found no room in a log.
    pub dropped: u64,
    /// Records of calls that name nothing which could be granted, by what they name.
    pub nameless: BTreeMap<String, u64>,
}

/// As many nameless things are kept; they come from arguments that could not be read.
const MOST_NAMELESS: usize = 1000;

impl Gathered {
    /// Adds one record.
    pub fn add(&mut self, record: &Record<'_>, wanted: Wanted) {
        let Some(scope) = record.scope else {
            if record.decision == Decision::Dropped {
                self.dropped += record.count;
            }
            return;
        };
        let counts = match (record.decision, record.under) {
            (Decision::WouldDeny, Under::Audit) => true,
            (_, Under::ReportOnly) => wanted.report_only,
            _ => wanted.denied,
        };
        if !counts {
            *self.left_out.entry((record.decision, record.under)).or_default() += record.count;
            return;
        }
        let mut asked = Asked::of(scope, record).peekable();
        if asked.peek().is_none() {
            let name = format!("{} {:?}", scope.name(), record.value);
            if self.nameless.len() < MOST_NAMELESS || self.nameless.contains_key(&name) {
                *self.nameless.entry(name).or_default() += record.count;
            }
            return;
        }
        asked.for_each(|asked| self.see(asked, record));
    }

    fn see(&mut self, asked: Asked, record: &Record<'_>) {
        let seen = self.seen.entry(asked).or_insert_with(|| Seen {
            count: 0,
            packages: BTreeSet::new(),
            first: record.at,
            last: record.at,
        });
        seen.count = seen.count.saturating_add(record.count);
        seen.first = seen.first.min(record.at);
        seen.last = seen.last.max(record.at);
        if let Some(package) = record.package.as_deref().filter(|package| !seen.packages.contains(*package)) {
            seen.packages.insert(package.to_owned());
        }
    }

    /// All of it, in order.
    #[must_use]
    pub fn sorted(&self) -> Vec<(&Asked, &Seen)> {
        let mut all: Vec<_> = self.seen.iter().collect();
        all.sort_unstable_by_key(|(asked, _)| *asked);
        all
    }

    /// How many distinct things were asked for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether nothing was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }
}

/// What a record names, in words that can be granted.
fn named(scope: Scope, record: &Record<'_>) -> Option<What> {
    let by_rule = || record.rule.as_deref().and_then(|rule| rule.split_once('=')).map(|(_, host)| host.to_owned());
    match scope.kind() {
        _ if matches!(scope, Scope::Fs | Scope::Net) => None,
        ScopeKind::Path => {
            let path = record.path.as_deref()?.to_owned();
            Some(if record.tree { What::Tree(path) } else { What::Path(path) })
        }
        ScopeKind::Host => by_rule().map(What::Host),
        // An option of Node.
        _ if matches!(scope, Scope::Child | Scope::Worker) && record.value.starts_with('-') => None,
        ScopeKind::Program if !record.value.is_empty() => {
            let value = record.value.clone().into_owned();
            // Where the program stood is not recorded; the rule says what it meant.
            let relative = value.contains('/') && !value.starts_with('/');
            let meant = by_rule().filter(|file| relative && file.starts_with('/'));
            Some(What::Program(meant.unwrap_or(value)))
        }
        ScopeKind::Name if !record.value.is_empty() => Some(What::Name(record.value.clone().into_owned())),
        ScopeKind::Program | ScopeKind::Name => None,
        ScopeKind::Switch => Some(What::Whole),
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Gathered, Scope, Wanted, What};
    use crate::rollout::record::Reader;

    const ONLY_AUDIT: Wanted = Wanted { denied: false, report_only: false };

    fn line(scope: &str, rest: &str) -> String {
        format!(
            r#"{{"v":1,"datetime":"2026-11-21T06:35:33.257Z","permission":"","scope":"{scope}",{rest},"pid":7,"thread":0,"count":2,"policy_hash":""}}"#
        )
    }

    fn gathered(lines: &[String], wanted: Wanted) -> Gathered {
        let text = lines.join("\n");
        let mut reader = Reader::new(text.as_bytes());
        let mut gathered = Gathered::default();
        while let Some(record) = reader.read() {
            gathered.add(&record.unwrap(), wanted);
        }
        gathered
    }

    #[test]
    fn an_option_of_node_is_nothing_that_can_be_granted() {
        let of = |scope: &str, value: &str, rule: &str| {
            line(scope, &format!(r#""value":"{value}",{rule}"decision":"would-deny","policy":"audit","package":null"#))
        };
        let rule = r#""rule":"--allow-child-process=git","#;
        let all = gathered(
            &[of("child", "--cpu-prof", ""), of("worker", "--expose-internals", ""), of("child", "git", rule)],
            ONLY_AUDIT,
        );
        assert_eq!(all.len(), 1);
        let nameless: Vec<&str> = all.nameless.keys().map(String::as_str).collect();
        assert_eq!(nameless, ["child \"--cpu-prof\"", "worker \"--expose-internals\""]);
    }

    #[test]
    fn the_same_thing_is_counted_once_with_all_who_asked() {
        let of = |package: &str| {
            line("fs.read", &format!(r#""value":"/x","decision":"would-deny","policy":"audit","package":{package}"#))
        };
        let all = gathered(&[of("\"a\""), of("\"b\""), of("null"), of("\"a\"")], ONLY_AUDIT);
        let sorted = all.sorted();
        let [(asked, seen)] = &sorted[..] else { panic!("one thing") };
        assert_eq!(**asked, Asked { scope: Scope::FsRead, what: What::Path("/x".to_owned()) });
        assert_eq!((seen.count, seen.packages.len()), (8, 2));
    }

    #[test]
    fn what_was_refused_counts_only_if_it_is_asked_for() {
        let deny = line("worker", r#""value":"","decision":"deny","policy":"enforce","package":null"#);
        let all = gathered(std::slice::from_ref(&deny), ONLY_AUDIT);
        assert!(all.is_empty() && all.left_out.values().sum::<u64>() == 2);
        assert_eq!(gathered(&[deny], Wanted { denied: true, report_only: false }).len(), 1);
    }

    #[test]
    fn a_host_is_named_as_it_would_be_granted() {
        let connect = r#""value":"127.0.0.1:5432","decision":"would-deny","policy":"audit","rule":"--allow-net=db.internal:5432","package":"pg""#;
        let all = gathered(&[line("net.connect", connect)], ONLY_AUDIT);
        assert_eq!(all.sorted()[0].0.what, What::Host("db.internal:5432".to_owned()));
    }

    #[test]
    fn what_a_link_leads_to_is_asked_for_too() {
        let read =
            r#""value":"a","path":"/l/a","leads_to":"/r/a","decision":"would-deny","policy":"audit","package":null"#;
        let all = gathered(&[line("fs.read", read)], ONLY_AUDIT);
        let paths: Vec<_> = all.sorted().into_iter().map(|(asked, _)| asked.what.clone()).collect();
        assert_eq!(paths, [What::Path("/l/a".to_owned()), What::Path("/r/a".to_owned())]);
    }

    #[test]
    fn what_names_nothing_is_told_by_its_value() {
        let read = r#""value":"file:x?vfs=y","decision":"would-deny","policy":"audit","package":null"#;
        let all = gathered(&[line("fs.read", read)], ONLY_AUDIT);
        assert_eq!(all.nameless.into_iter().next(), Some(("fs.read \"file:x?vfs=y\"".to_owned(), 2)));
    }
}

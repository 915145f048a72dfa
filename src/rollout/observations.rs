//! Collects the accesses of many records: each with its count, first and last time, and packages.
//! The memory grows with the distinct accesses, and not with the records.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::record::{Record, RecordedDecision, RecordedPolicy};
use crate::policy::hosts::Endpoint;
use crate::policy::net::HostGrant;
use crate::policy::{Absolute, Files, Policy, Resource, Scope, ScopeKind};

/// What a program asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccessTarget {
    /// A lexical path. Its link target is an access of its own.
    Path(String),
    /// A directory with everything below it.
    Tree(String),
    /// A host, as a grant spells it.
    Host(String),
    /// A program, as the caller spelled it.
    Program(String),
    /// A variable.
    Name(String),
    /// The scope as a whole.
    Whole,
}

/// A scope, and what a program asks for in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Access {
    /// The scope.
    pub scope: Scope,
    /// The resource.
    pub target: AccessTarget,
}

impl Access {
    /// Returns the accesses of a record that a grant can name.
    pub fn in_record(scope: Scope, record: &Record<'_>) -> impl Iterator<Item = Self> {
        let target = named(scope, record);
        let behind = record.leads_to.as_deref().filter(|_| target.is_some() && scope != Scope::Addon);
        let behind = behind
            .map(|path| if record.tree { AccessTarget::Tree(path.into()) } else { AccessTarget::Path(path.into()) });
        target.into_iter().chain(behind).map(move |target| Self { scope, target })
    }

    /// Returns the resource as text; empty for the whole scope.
    #[must_use]
    pub fn text(&self) -> &str {
        match &self.target {
            AccessTarget::Path(text)
            | AccessTarget::Tree(text)
            | AccessTarget::Host(text)
            | AccessTarget::Program(text)
            | AccessTarget::Name(text) => text,
            AccessTarget::Whole => "",
        }
    }

    /// Returns true if a policy allows the access.
    #[must_use]
    pub fn allowed(&self, policy: &Policy, files: &dyn Files) -> bool {
        let scope = self.scope;
        let absolute = |path: &str| Absolute::resolve(path.as_bytes(), || None::<&[u8]>).map(Absolute::into_owned);
        match &self.target {
            AccessTarget::Path(path) if scope == Scope::Addon => {
                absolute(path).is_ok_and(|path| policy.has(scope, &Resource::Path(path)))
            }
            AccessTarget::Path(path) => absolute(path).is_ok_and(|path| policy.allows_path(scope, &path)),
            AccessTarget::Tree(path) => absolute(path).is_ok_and(|path| policy.covers_tree(scope, &path)),
            AccessTarget::Host(host) => HostGrant::parse_list(host, scope == Scope::NetListen)
                .is_ok_and(|hosts| policy.has(scope, &Resource::Hosts(&hosts)) || reaches(policy, scope, host)),
            AccessTarget::Program(file) => {
                let real = if file.contains('/') {
                    files.real_path(file.as_bytes())
                } else {
                    files.program(file).and_then(|found| files.real_path(&found))
                };
                let real = real.and_then(|real| String::from_utf8(real).ok());
                policy.has(scope, &Resource::Program { file, real: real.as_deref(), arguments: &[] })
            }
            AccessTarget::Name(name) => policy.has(scope, &Resource::Name(name)),
            AccessTarget::Whole => policy.has(scope, &Resource::Nothing),
        }
    }
}

/// Returns true if a policy allows a host name without a port, as in a record of a resolution.
fn reaches(policy: &Policy, scope: Scope, host: &str) -> bool {
    policy.has(scope, &Resource::Endpoint(Endpoint::Name(host)))
}

/// How often, when and by which packages an access was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// How often.
    pub count: u64,
    /// The packages that are known.
    pub packages: BTreeSet<String>,
    /// The time of the first record.
    pub first: Timestamp,
    /// The time of the last record.
    pub last: Timestamp,
}

/// The records that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordFilter {
    /// Refused calls count too. An attacker's attempts are among them.
    pub denied: bool,
    /// Records of the report-only policy count too.
    pub report_only: bool,
}

/// The accesses of many records.
#[derive(Debug, Default)]
pub struct Observations {
    seen: FxHashMap<Access, Usage>,
    /// The calls in records that do not count, by decision and policy.
    pub left_out: BTreeMap<(RecordedDecision, RecordedPolicy), u64>,
    /// The calls for which a log had no room.
    pub dropped: u64,
    /// The calls for which no grant can be written, by what they ask for.
    pub nameless: BTreeMap<String, u64>,
}

/// The most resources in [`Observations::nameless`]. They come from arguments that could not be
/// read.
const MAX_NAMELESS: usize = 1000;

impl Observations {
    /// Adds a record.
    pub fn add(&mut self, record: &Record<'_>, filter: RecordFilter) {
        let Some(scope) = record.scope else {
            if record.decision == RecordedDecision::Dropped {
                self.dropped += record.count;
            }
            return;
        };
        let counts = match (record.decision, record.under) {
            (RecordedDecision::WouldDeny, RecordedPolicy::Audit) => true,
            (_, RecordedPolicy::ReportOnly) => filter.report_only,
            _ => filter.denied,
        };
        if !counts {
            *self.left_out.entry((record.decision, record.under)).or_default() += record.count;
            return;
        }
        let mut access = Access::in_record(scope, record).peekable();
        if access.peek().is_none() {
            let name = format!("{} {:?}", scope.name(), record.value);
            if self.nameless.len() < MAX_NAMELESS || self.nameless.contains_key(&name) {
                *self.nameless.entry(name).or_default() += record.count;
            }
            return;
        }
        access.for_each(|access| self.see(access, record));
    }

    fn see(&mut self, access: Access, record: &Record<'_>) {
        let seen = self.seen.entry(access).or_insert_with(|| Usage {
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

    /// Returns all accesses in order.
    #[must_use]
    pub fn sorted(&self) -> Vec<(&Access, &Usage)> {
        let mut all: Vec<_> = self.seen.iter().collect();
        all.sort_unstable_by_key(|(access, _)| *access);
        all
    }

    /// Returns the number of distinct accesses.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Returns true if there is no access.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }
}

/// Returns what a record asks for, if a grant can name it.
fn named(scope: Scope, record: &Record<'_>) -> Option<AccessTarget> {
    let by_rule = || record.rule.as_deref().and_then(|rule| rule.split_once('=')).map(|(_, host)| host.to_owned());
    match scope.kind() {
        _ if matches!(scope, Scope::Fs | Scope::Net) => None,
        ScopeKind::Path => {
            let path = record.path.as_deref()?.to_owned();
            Some(if record.tree { AccessTarget::Tree(path) } else { AccessTarget::Path(path) })
        }
        ScopeKind::Host => by_rule().map(AccessTarget::Host),
        // An option of Node.
        _ if matches!(scope, Scope::Child | Scope::Worker) && record.value.starts_with('-') => None,
        ScopeKind::Program if !record.value.is_empty() => {
            let value = record.value.clone().into_owned();
            // The working directory is not recorded. The rule has the absolute path.
            let relative = value.contains('/') && !value.starts_with('/');
            let meant = by_rule().filter(|file| relative && file.starts_with('/'));
            Some(AccessTarget::Program(meant.unwrap_or(value)))
        }
        ScopeKind::Name if !record.value.is_empty() => Some(AccessTarget::Name(record.value.clone().into_owned())),
        ScopeKind::Program | ScopeKind::Name => None,
        ScopeKind::Switch => Some(AccessTarget::Whole),
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, AccessTarget, Observations, RecordFilter, Scope};
    use crate::rollout::record::RecordReader;

    const ONLY_AUDIT: RecordFilter = RecordFilter { denied: false, report_only: false };

    fn line(scope: &str, rest: &str) -> String {
        format!(
            r#"{{"v":1,"datetime":"2026-11-21T06:35:33.257Z","permission":"","scope":"{scope}",{rest},"pid":7,"thread":0,"count":2,"policy_hash":""}}"#
        )
    }

    fn observations(lines: &[String], filter: RecordFilter) -> Observations {
        let text = lines.join("\n");
        let mut reader = RecordReader::new(text.as_bytes());
        let mut observations = Observations::default();
        while let Some(record) = reader.read() {
            observations.add(&record.unwrap(), filter);
        }
        observations
    }

    #[test]
    fn an_option_of_node_is_nothing_that_can_be_granted() {
        let of = |scope: &str, value: &str, rule: &str| {
            line(scope, &format!(r#""value":"{value}",{rule}"decision":"would-deny","policy":"audit","package":null"#))
        };
        let rule = r#""rule":"--allow-child-process=git","#;
        let all = observations(
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
        let all = observations(&[of("\"a\""), of("\"b\""), of("null"), of("\"a\"")], ONLY_AUDIT);
        let sorted = all.sorted();
        let [(access, seen)] = &sorted[..] else { panic!("one thing") };
        assert_eq!(**access, Access { scope: Scope::FsRead, target: AccessTarget::Path("/x".to_owned()) });
        assert_eq!((seen.count, seen.packages.len()), (8, 2));
    }

    #[test]
    fn what_was_refused_counts_only_if_it_is_asked_for() {
        let deny = line("worker", r#""value":"","decision":"deny","policy":"enforce","package":null"#);
        let all = observations(std::slice::from_ref(&deny), ONLY_AUDIT);
        assert!(all.is_empty() && all.left_out.values().sum::<u64>() == 2);
        assert_eq!(observations(&[deny], RecordFilter { denied: true, report_only: false }).len(), 1);
    }

    #[test]
    fn a_host_is_named_as_it_would_be_granted() {
        let connect = r#""value":"127.0.0.1:5432","decision":"would-deny","policy":"audit","rule":"--allow-net=db.internal:5432","package":"pg""#;
        let all = observations(&[line("net.connect", connect)], ONLY_AUDIT);
        assert_eq!(all.sorted()[0].0.target, AccessTarget::Host("db.internal:5432".to_owned()));
    }

    #[test]
    fn what_a_link_leads_to_is_asked_for_too() {
        let read =
            r#""value":"a","path":"/l/a","leads_to":"/r/a","decision":"would-deny","policy":"audit","package":null"#;
        let all = observations(&[line("fs.read", read)], ONLY_AUDIT);
        let paths: Vec<_> = all.sorted().into_iter().map(|(access, _)| access.target.clone()).collect();
        assert_eq!(paths, [AccessTarget::Path("/l/a".to_owned()), AccessTarget::Path("/r/a".to_owned())]);
    }

    #[test]
    fn what_names_nothing_is_told_by_its_value() {
        let read = r#""value":"file:x?vfs=y","decision":"would-deny","policy":"audit","package":null"#;
        let all = observations(&[line("fs.read", read)], ONLY_AUDIT);
        assert_eq!(all.nameless.into_iter().next(), Some(("fs.read \"file:x?vfs=y\"".to_owned(), 2)));
    }
}

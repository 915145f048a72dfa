//! Summarizes logs: the refusals by release and package, their times, and whether they are
//! resolved. The memory grows with the distinct accesses, and not with the records.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::observations::{Access, AccessTarget};
use super::record::{Record, RecordedDecision, RecordedPolicy};
use crate::policy::Scope;

/// Calls by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// Refused calls.
    pub refused: u64,
    /// Calls in audit, which the policy does not allow.
    pub would_refuse: u64,
    /// Calls that the report-only policy does not allow.
    pub report_only: u64,
}

impl Calls {
    fn add(&mut self, record: &Record<'_>) {
        let calls = match (record.decision, record.under) {
            (_, RecordedPolicy::ReportOnly) => &mut self.report_only,
            (RecordedDecision::WouldDeny, _) => &mut self.would_refuse,
            _ => &mut self.refused,
        };
        *calls = calls.saturating_add(record.count);
    }

    /// Returns the calls that the policy itself does not allow.
    #[must_use]
    pub fn denied(&self) -> u64 {
        self.refused.saturating_add(self.would_refuse)
    }

    /// Returns all calls.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.denied().saturating_add(self.report_only)
    }
}

/// The time from a first to a last record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TimeSpan {
    first: Timestamp,
    last: Timestamp,
}

impl TimeSpan {
    fn at(at: Timestamp) -> Self {
        Self { first: at, last: at }
    }

    fn add(&mut self, at: Timestamp) {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
    }
}

#[derive(Debug)]
struct Release {
    name: String,
    span: TimeSpan,
    /// When a process of it started last.
    started: Option<Timestamp>,
    starts: u64,
    calls: Calls,
    things: u64,
}

impl Release {
    /// Returns the program of a release: `orders` of `orders@1.4.2+3fa91c20d1e0`.
    fn program(&self) -> &str {
        let Some((named, _)) = self.name.rsplit_once('+') else { return "" };
        named.rsplit_once('@').map_or(named, |(name, _)| if name.is_empty() { named } else { name })
    }

    /// Returns the beginning of the hash of its policy.
    fn digest(&self) -> &str {
        self.name.rsplit_once('+').map_or(&self.name, |(_, digest)| digest)
    }
}

/// The releases of the same program after one.
#[derive(Debug, Clone, Copy, Default)]
struct Successor {
    /// Whether there is a later one.
    any: bool,
    /// When the first release with another policy began.
    changed: Option<Timestamp>,
}

/// The releases in the order of their starts.
struct ReleaseOrder {
    numbers: Vec<u32>,
    /// The index of each in that order, by its number.
    places: FxHashMap<u32, usize>,
    /// The successors of each, by index.
    next: Vec<Successor>,
}

#[derive(Debug, Default)]
struct PackageTally {
    calls: Calls,
    things: FxHashSet<u32>,
    scopes: BTreeMap<Scope, u64>,
}

#[derive(Debug)]
struct AccessTally {
    number: u32,
    calls: Calls,
    /// The time of its denials; `None` without denials.
    denied: Option<TimeSpan>,
    packages: BTreeSet<String>,
    /// The releases in which it was denied.
    releases: Vec<u32>,
}

/// Counts records.
#[derive(Debug, Default)]
pub struct Tally {
    things: FxHashMap<Access, AccessTally>,
    releases: Vec<Release>,
    release_numbers: FxHashMap<String, u32>,
    /// By name; empty for calls of unknown packages.
    packages: FxHashMap<String, PackageTally>,
    hours: BTreeMap<i64, Calls>,
    span: Option<TimeSpan>,
    records: u64,
    dropped: u64,
    /// Denied calls for which no grant can be written.
    nameless: u64,
    /// Processes that recorded everything that they touched, and processes that recorded refusals.
    starts: [u64; 2],
}

const HOUR: i64 = 3600;

impl Tally {
    /// Adds a record.
    pub fn add(&mut self, record: &Record<'_>) {
        self.records += 1;
        self.span.get_or_insert(TimeSpan::at(record.at)).add(record.at);
        let number = self.release(record);
        let Some(scope) = record.scope else {
            match record.decision {
                RecordedDecision::Start => self.starts[usize::from(record.value != "all")] += record.count,
                _ => self.dropped += record.count,
            }
            return;
        };
        let mut calls = Calls::default();
        calls.add(record);
        let denied = calls.denied() > 0;
        if denied {
            self.hours.entry(record.at.as_second().div_euclid(HOUR)).or_default().add(record);
        }
        if let Some(release) = self.releases.get_mut(number as usize) {
            release.calls.add(record);
        }
        let package = record.package.as_deref().unwrap_or_default();
        if denied && !self.packages.contains_key(package) {
            self.packages.insert(package.to_owned(), PackageTally::default());
        }
        let mut named = false;
        for access in Access::in_record(scope, record) {
            named = true;
            let next = u32::try_from(self.things.len()).unwrap_or(u32::MAX);
            let thing = self.things.entry(access).or_insert_with(|| AccessTally {
                number: next,
                calls: Calls::default(),
                denied: None,
                packages: BTreeSet::new(),
                releases: Vec::new(),
            });
            thing.calls.add(record);
            if !package.is_empty() && !thing.packages.contains(package) {
                thing.packages.insert(package.to_owned());
            }
            if !denied {
                continue;
            }
            thing.denied.get_or_insert(TimeSpan::at(record.at)).add(record.at);
            if !thing.releases.contains(&number) {
                thing.releases.push(number);
                if let Some(release) = self.releases.get_mut(number as usize) {
                    release.things += 1;
                }
            }
            if let Some(by) = self.packages.get_mut(package) {
                by.things.insert(thing.number);
            }
        }
        if denied {
            self.nameless += if named { 0 } else { record.count };
            if let Some(by) = self.packages.get_mut(package) {
                by.calls.add(record);
                *by.scopes.entry(scope).or_default() += record.count;
            }
        }
    }

    fn release(&mut self, record: &Record<'_>) -> u32 {
        let known = self.release_numbers.get(&*record.deploy).copied();
        let number = known.unwrap_or_else(|| {
            let number = u32::try_from(self.releases.len()).unwrap_or(u32::MAX);
            self.release_numbers.insert(record.deploy.to_string(), number);
            self.releases.push(Release {
                name: record.deploy.to_string(),
                span: TimeSpan::at(record.at),
                started: None,
                starts: 0,
                calls: Calls::default(),
                things: 0,
            });
            number
        });
        if let Some(release) = self.releases.get_mut(number as usize) {
            release.span.add(record.at);
            if record.decision == RecordedDecision::Start {
                release.starts = release.starts.saturating_add(record.count);
                release.started = release.started.max(Some(record.at));
            }
        }
        number
    }

    /// Returns every recorded access with its calls.
    pub fn touched(&self) -> impl Iterator<Item = (&Access, Calls)> {
        self.things.iter().map(|(access, thing)| (access, thing.calls))
    }

    /// Returns true if every process recorded everything that it touched.
    #[must_use]
    pub fn holds_all(&self) -> bool {
        self.recorded() == LogContents::All
    }

    /// Returns the status of a denied access, and when it was resolved: when each program that was
    /// denied it had a release with another policy. An access that is open for one program is open.
    fn status(
        &self,
        thing: &AccessTally,
        order: &ReleaseOrder,
        granted: Option<bool>,
    ) -> (DenialStatus, Option<Timestamp>) {
        let mut last: BTreeMap<&str, usize> = BTreeMap::new();
        for number in &thing.releases {
            if let (Some(release), Some(place)) = (self.releases.get(*number as usize), order.places.get(number)) {
                let last = last.entry(release.program()).or_default();
                *last = (*last).max(*place);
            }
        }
        let next: Vec<Successor> = last.values().filter_map(|place| order.next.get(*place).copied()).collect();
        let changed = next.iter().map(|next| next.changed).collect::<Option<Vec<_>>>();
        match (changed, granted) {
            (Some(began), Some(true)) => (DenialStatus::Granted, began.into_iter().max()),
            (None, Some(true)) => (DenialStatus::Waiting, None),
            _ if next.iter().all(|next| next.any) => (DenialStatus::Gone, None),
            _ => (DenialStatus::Open, None),
        }
    }

    /// Orders the releases by the last start of a process. A release that was deployed again is the
    /// last one again.
    fn order(&self) -> ReleaseOrder {
        let mut numbered: Vec<(u32, &Release)> = (0..).zip(&self.releases).collect();
        numbered.sort_by_key(|(_, release)| (release.started.unwrap_or(release.span.first), release.span.first));
        let mut later: FxHashMap<&str, usize> = FxHashMap::default();
        let mut next: Vec<Successor> = vec![Successor::default(); numbered.len()];
        for (place, (_, release)) in numbered.iter().enumerate().rev() {
            let Some(after) = later.insert(release.program(), place) else { continue };
            let (Some((_, one)), Some(of_that)) = (numbered.get(after), next.get(after).copied()) else { continue };
            let changed = if one.digest() == release.digest() { of_that.changed } else { Some(one.span.first) };
            if let Some(next) = next.get_mut(place) {
                *next = Successor { any: true, changed };
            }
        }
        let numbers: Vec<u32> = numbered.into_iter().map(|(number, _)| number).collect();
        let places = numbers.iter().enumerate().map(|(place, number)| (*number, place)).collect();
        ReleaseOrder { numbers, places, next }
    }

    fn recorded(&self) -> LogContents {
        match self.starts {
            [0, _] => LogContents::Refused,
            [_, 0] => LogContents::All,
            _ => LogContents::Both,
        }
    }

    /// Returns the report. `granted` returns true for an access that today's policy allows.
    #[must_use]
    pub fn report(&self, granted: Option<&dyn Fn(&Access) -> bool>) -> Report {
        let order = self.order();
        let releases = order.numbers.iter().filter_map(|number| self.releases.get(*number as usize));
        let mut denials: Vec<Denial> = Vec::new();
        for (access, thing) in &self.things {
            let Some(span) = thing.denied else { continue };
            let (status, resolved) = self.status(thing, &order, granted.map(|granted| granted(access)));
            let seconds = resolved.map(|at| at.duration_since(span.first)).filter(SignedDuration::is_positive);
            denials.push(Denial {
                scope: access.scope.name(),
                resource: access.text().to_owned(),
                tree: matches!(access.target, AccessTarget::Tree(_)),
                calls: thing.calls,
                first: span.first,
                last: span.last,
                packages: thing.packages.iter().cloned().collect(),
                deploys: thing.releases.len(),
                status,
                resolved,
                seconds: seconds.map(|duration| duration.as_secs()),
            });
        }
        denials.sort_by(|one, other| {
            let key = |denial: &Denial| (denial.status, std::cmp::Reverse(denial.calls.denied()));
            key(one).cmp(&key(other)).then_with(|| (one.scope, &one.resource).cmp(&(other.scope, &other.resource)))
        });
        let times: Vec<i64> = denials.iter().filter_map(|denial| denial.seconds).collect();
        let mean =
            (!times.is_empty()).then(|| times.iter().sum::<i64>() / i64::try_from(times.len()).unwrap_or(i64::MAX));
        let deploys = releases.map(|release| Deploy {
            deploy: release.name.clone(),
            first: release.span.first,
            last: release.span.last,
            starts: release.starts,
            calls: release.calls,
            things: release.things,
        });
        let mut packages: Vec<Package> = self.packages.iter().map(|(name, by)| Package::new(name, by)).collect();
        packages.sort_by(|one, other| (other.calls.denied(), &one.package).cmp(&(one.calls.denied(), &other.package)));
        let hours = self.hours.iter().map(|(hour, calls)| Hour { at: hour_at(*hour), calls: *calls });
        Report {
            records: self.records,
            first: self.span.map(|span| span.first),
            last: self.span.map(|span| span.last),
            starts: self.starts.iter().sum(),
            recorded: self.recorded(),
            dropped: self.dropped,
            nameless: self.nameless,
            deploys: deploys.collect(),
            packages,
            hours: hours.collect(),
            mean_seconds_to_grant: mean,
            denials,
        }
    }
}

fn hour_at(hour: i64) -> Timestamp {
    Timestamp::from_second(hour.saturating_mul(HOUR)).unwrap_or(Timestamp::MAX)
}

/// What the logs hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogContents {
    /// Everything that the processes touched.
    All,
    /// Refusals, and calls that would be refused.
    Refused,
    /// Everything for some processes, refusals for others.
    Both,
}

/// The status of a denied access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DenialStatus {
    /// The last release was denied it, and the policy does not grant it.
    Open,
    /// The policy grants it, but no release started with that policy yet.
    Waiting,
    /// The policy grants it, and a later release with another policy was not denied it.
    Granted,
    /// No later release was denied it.
    Gone,
}

impl DenialStatus {
    /// Returns the name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Granted => "granted",
            Self::Gone => "gone",
        }
    }
}

/// A denied access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Denial {
    /// The scope.
    pub scope: &'static str,
    /// The resource; empty for the whole scope.
    pub resource: String,
    /// The resource is a directory with everything below it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tree: bool,
    /// Its calls.
    #[serde(flatten)]
    pub calls: Calls,
    /// The time of the first one.
    pub first: Timestamp,
    /// The time of the last one.
    pub last: Timestamp,
    /// The packages that made them.
    pub packages: Vec<String>,
    /// The number of releases.
    pub deploys: usize,
    /// The status.
    pub status: DenialStatus,
    /// When the first release started that was allowed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Timestamp>,
    /// The seconds from the first denial until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
}

/// A release of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deploy {
    /// Its package, version and policy.
    pub deploy: String,
    /// The time of its first record.
    pub first: Timestamp,
    /// The time of its last record.
    pub last: Timestamp,
    /// How many processes started.
    pub starts: u64,
    /// Its denied calls.
    #[serde(flatten)]
    pub calls: Calls,
    /// How many distinct accesses were denied.
    pub things: u64,
}

/// The denials of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Package {
    /// Its name; `None` for calls of unknown packages.
    pub package: Option<String>,
    /// Its denied calls.
    #[serde(flatten)]
    pub calls: Calls,
    /// How many distinct accesses were denied.
    pub things: usize,
    /// The calls by scope.
    pub scopes: BTreeMap<&'static str, u64>,
}

impl Package {
    fn new(name: &str, by: &PackageTally) -> Self {
        Self {
            package: Some(name).filter(|name| !name.is_empty()).map(str::to_owned),
            calls: by.calls,
            things: by.things.len(),
            scopes: by.scopes.iter().map(|(scope, count)| (scope.name(), *count)).collect(),
        }
    }
}

/// The denials of an hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hour {
    /// When the hour began.
    pub at: Timestamp,
    /// Its denied calls.
    #[serde(flatten)]
    pub calls: Calls,
}

/// The summary of logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many records were read.
    pub records: u64,
    /// The time of the first one.
    pub first: Option<Timestamp>,
    /// The time of the last one.
    pub last: Option<Timestamp>,
    /// How many processes started.
    pub starts: u64,
    /// What the processes recorded.
    pub recorded: LogContents,
    /// The calls for which a log had no room.
    pub dropped: u64,
    /// Denied calls for which no grant can be written.
    pub nameless: u64,
    /// The releases in their order.
    pub deploys: Vec<Deploy>,
    /// The packages with denials, the most calls first.
    pub packages: Vec<Package>,
    /// The hours with denials.
    pub hours: Vec<Hour>,
    /// The mean time from a first denial to the release that was allowed it.
    pub mean_seconds_to_grant: Option<i64>,
    /// The denied accesses: open ones first, then by calls.
    pub denials: Vec<Denial>,
}

impl Report {
    /// Returns the number of denied accesses with a status.
    #[must_use]
    pub fn count(&self, status: DenialStatus) -> usize {
        self.denials.iter().filter(|denial| denial.status == status).count()
    }
}

#[cfg(test)]
mod tests {
    use super::{Access, DenialStatus, LogContents, Report, Tally};
    use crate::rollout::record::RecordReader;

    fn line(at: &str, deploy: &str, rest: &str) -> String {
        format!(
            r#"{{"v":1,"datetime":"2026-11-{at}:00:00.000Z","permission":"","pid":7,"thread":0,"policy_hash":"","deploy":"{deploy}",{rest}}}"#
        )
    }

    fn start(at: &str, deploy: &str) -> String {
        line(
            at,
            deploy,
            r#""scope":"","value":"refused","decision":"start","policy":"enforce","package":null,"count":1"#,
        )
    }

    fn denied(at: &str, deploy: &str, value: &str) -> String {
        let rest = format!(
            r#""scope":"fs.read","value":"{value}","decision":"deny","policy":"enforce","package":"left","count":2"#
        );
        line(at, deploy, &rest)
    }

    fn report(lines: &[String], granted: Option<&dyn Fn(&Access) -> bool>) -> Report {
        let mut tally = Tally::default();
        let text = lines.join("\n");
        let mut reader = RecordReader::new(text.as_bytes());
        while let Some(record) = reader.read() {
            tally.add(&record.unwrap());
        }
        tally.report(granted)
    }

    fn status<'r>(report: &'r Report, resource: &str) -> (&'r DenialStatus, Option<i64>) {
        let found = report.denials.iter().find(|denial| denial.resource == resource).unwrap();
        (&found.status, found.seconds)
    }

    #[test]
    fn what_was_denied_is_open_until_a_later_deploy_is_allowed_it() {
        let lines = [
            start("01T00", "a+1"),
            denied("01T01", "a+1", "/x"),
            denied("01T01", "a+1", "/y"),
            start("02T01", "a+2"),
            denied("02T02", "a+2", "/y"),
        ];
        let grants = |access: &Access| access.text() == "/x" || access.text() == "/y";
        let with_policy = report(&lines, Some(&grants));
        assert_eq!(status(&with_policy, "/x"), (&DenialStatus::Granted, Some(86_400)));
        assert_eq!(status(&with_policy, "/y"), (&DenialStatus::Waiting, None));
        assert_eq!(with_policy.mean_seconds_to_grant, Some(86_400));
        let without = report(&lines, None);
        assert_eq!((status(&without, "/x").0, status(&without, "/y").0), (&DenialStatus::Gone, &DenialStatus::Open));
        assert_eq!(without.mean_seconds_to_grant, None);
    }

    #[test]
    fn an_old_process_that_lives_on_is_not_a_later_deploy() {
        let lines =
            [start("01T00", "a+1"), denied("01T01", "a+1", "/x"), start("02T01", "a+2"), denied("02T05", "a+1", "/x")];
        assert_eq!(status(&report(&lines, Some(&|_| true)), "/x"), (&DenialStatus::Granted, Some(86_400)));
    }

    #[test]
    fn a_release_that_comes_back_is_the_last_again() {
        let lines = [
            start("01T00", "a@1+1"),
            denied("01T01", "a@1+1", "/x"),
            start("02T00", "a@2+2"),
            start("03T00", "a@1+1"),
            denied("03T01", "a@1+1", "/x"),
        ];
        assert_eq!(status(&report(&lines, Some(&|_| true)), "/x"), (&DenialStatus::Waiting, None));
        assert_eq!(status(&report(&lines, None), "/x"), (&DenialStatus::Open, None));
    }

    #[test]
    fn a_release_with_the_same_policy_was_granted_nothing() {
        let lines = [start("01T00", "a@1+1"), denied("01T01", "a@1+1", "/x"), start("02T00", "a@2+1")];
        assert_eq!(status(&report(&lines, Some(&|_| true)), "/x"), (&DenialStatus::Waiting, None));
        assert_eq!(status(&report(&lines, None), "/x"), (&DenialStatus::Gone, None));
        let changed = [&lines[..], &[start("03T01", "a@2+2")]].concat();
        assert_eq!(status(&report(&changed, Some(&|_| true)), "/x"), (&DenialStatus::Granted, Some(2 * 86_400)));
    }

    #[test]
    fn a_deploy_of_another_program_follows_no_deploy() {
        let lines = [
            start("01T00", "a@1+1"),
            denied("01T01", "a@1+1", "/x"),
            start("02T00", "@b/b@1+2"),
            denied("02T01", "@b/b@1+2", "/y"),
            denied("02T02", "@b/b@1+2", "/z"),
            denied("02T02", "a@1+1", "/z"),
            start("03T00", "@b/b@2+3"),
        ];
        let report = report(&lines, None);
        let status = |resource| *status(&report, resource).0;
        assert_eq!(
            [status("/x"), status("/y"), status("/z")],
            [DenialStatus::Open, DenialStatus::Gone, DenialStatus::Open]
        );
    }

    #[test]
    fn calls_are_counted_by_deploy_package_and_hour() {
        let lines =
            [start("01T00", "a+1"), start("01T00", "a+1"), denied("01T01", "a+1", "/x"), denied("01T01", "a+1", "/x")];
        let report = report(&lines, None);
        assert_eq!((report.records, report.starts, report.recorded), (4, 2, LogContents::Refused));
        let [deploy] = &report.deploys[..] else { panic!("one deploy") };
        assert_eq!((deploy.starts, deploy.calls.refused, deploy.things), (2, 4, 1));
        let [package] = &report.packages[..] else { panic!("one package") };
        assert_eq!((package.package.as_deref(), package.calls.refused, package.things), (Some("left"), 4, 1));
        assert_eq!(report.hours.len(), 1);
    }
}

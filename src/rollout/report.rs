//! What logs tell of a policy in use: what was refused, in which release, by which package, since when, and whether that
//! has been resolved. As large as what is distinct, however many records there are.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::gathered::{Asked, What};
use super::record::{Decision, Record, Under};
use crate::policy::Scope;

/// What became of calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// They were refused.
    pub refused: u64,
    /// They went on in audit, and would have been refused.
    pub would_refuse: u64,
    /// A second policy would have refused them.
    pub report_only: u64,
}

impl Calls {
    fn add(&mut self, record: &Record<'_>) {
        let calls = match (record.decision, record.under) {
            (_, Under::ReportOnly) => &mut self.report_only,
            (Decision::WouldDeny, _) => &mut self.would_refuse,
            _ => &mut self.refused,
        };
        *calls = calls.saturating_add(record.count);
    }

    /// Those that the policy itself did not allow.
    #[must_use]
    pub fn denied(&self) -> u64 {
        self.refused.saturating_add(self.would_refuse)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.denied().saturating_add(self.report_only)
    }
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    first: Timestamp,
    last: Timestamp,
}

impl Span {
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
    span: Span,
    /// When a process of it started last.
    started: Option<Timestamp>,
    starts: u64,
    calls: Calls,
    things: u64,
}

impl Release {
    /// The program that it is a release of: `orders` of `orders@1.4.2+3fa91c20d1e0`.
    fn program(&self) -> &str {
        let Some((named, _)) = self.name.rsplit_once('+') else { return "" };
        named.rsplit_once('@').map_or(named, |(name, _)| if name.is_empty() { named } else { name })
    }

    /// The beginning of the hash of its policy.
    fn digest(&self) -> &str {
        self.name.rsplit_once('+').map_or(&self.name, |(_, digest)| digest)
    }
}

/// What follows a release of a program.
#[derive(Debug, Clone, Copy, Default)]
struct Next {
    /// Another release does.
    any: bool,
    /// When the first began that has another policy.
    changed: Option<Timestamp>,
}

/// Releases in the order in which they began.
struct Order {
    numbers: Vec<u32>,
    /// The place of each, by its number.
    places: FxHashMap<u32, usize>,
    /// What follows each, by place.
    next: Vec<Next>,
}

#[derive(Debug, Default)]
struct By {
    calls: Calls,
    things: FxHashSet<u32>,
    scopes: BTreeMap<Scope, u64>,
}

#[derive(Debug)]
struct Thing {
    number: u32,
    calls: Calls,
    /// Of its denials; `None` while there are none.
    denied: Option<Span>,
    packages: BTreeSet<String>,
    /// The releases in which it was denied.
    releases: Vec<u32>,
}

/// What was read so far.
#[derive(Debug, Default)]
pub struct Tally {
    things: FxHashMap<Asked, Thing>,
    releases: Vec<Release>,
    release_numbers: FxHashMap<String, u32>,
    /// By name; empty for calls of which it cannot be said.
    packages: FxHashMap<String, By>,
    hours: BTreeMap<i64, Calls>,
    span: Option<Span>,
    records: u64,
    dropped: u64,
    /// Denied calls that name nothing which could be granted.
    nameless: u64,
    /// Processes that recorded all that they touched, and those that did not.
    starts: [u64; 2],
}

const HOUR: i64 = 3600;

impl Tally {
    /// Adds one record.
    pub fn add(&mut self, record: &Record<'_>) {
        self.records += 1;
        self.span.get_or_insert(Span::at(record.at)).add(record.at);
        let number = self.release(record);
        let Some(scope) = record.scope else {
            match record.decision {
                Decision::Start => self.starts[usize::from(record.value != "all")] += record.count,
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
            self.packages.insert(package.to_owned(), By::default());
        }
        let mut named = false;
        for asked in Asked::of(scope, record) {
            named = true;
            let next = u32::try_from(self.things.len()).unwrap_or(u32::MAX);
            let thing = self.things.entry(asked).or_insert_with(|| Thing {
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
            thing.denied.get_or_insert(Span::at(record.at)).add(record.at);
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
                span: Span::at(record.at),
                started: None,
                starts: 0,
                calls: Calls::default(),
                things: 0,
            });
            number
        });
        if let Some(release) = self.releases.get_mut(number as usize) {
            release.span.add(record.at);
            if record.decision == Decision::Start {
                release.starts = release.starts.saturating_add(record.count);
                release.started = release.started.max(Some(record.at));
            }
        }
        number
    }

    /// Everything that was touched, as far as it was recorded, with how often.
    pub fn touched(&self) -> impl Iterator<Item = (&Asked, Calls)> {
        self.things.iter().map(|(asked, thing)| (asked, thing.calls))
    }

    /// Did every process record all that it touched?
    #[must_use]
    pub fn holds_all(&self) -> bool {
        self.recorded() == Recorded::All
    }

    /// What has become of something that was denied, and when the deploys began that were allowed it: of each program that
    /// was denied it the one after the last that was. What is open for one program is open.
    fn status(&self, thing: &Thing, order: &Order, granted: Option<bool>) -> (Status, Option<Timestamp>) {
        let mut last: BTreeMap<&str, usize> = BTreeMap::new();
        for number in &thing.releases {
            if let (Some(release), Some(place)) = (self.releases.get(*number as usize), order.places.get(number)) {
                let last = last.entry(release.program()).or_default();
                *last = (*last).max(*place);
            }
        }
        let next: Vec<Next> = last.values().filter_map(|place| order.next.get(*place).copied()).collect();
        let changed = next.iter().map(|next| next.changed).collect::<Option<Vec<_>>>();
        match (changed, granted) {
            (Some(began), Some(true)) => (Status::Granted, began.into_iter().max()),
            (None, Some(true)) => (Status::Waiting, None),
            _ if next.iter().all(|next| next.any) => (Status::Gone, None),
            _ => (Status::Open, None),
        }
    }

    /// The releases in the order in which a process of them started last: one that comes back is the last again.
    fn order(&self) -> Order {
        let mut numbered: Vec<(u32, &Release)> = (0..).zip(&self.releases).collect();
        numbered.sort_by_key(|(_, release)| (release.started.unwrap_or(release.span.first), release.span.first));
        let mut later: FxHashMap<&str, usize> = FxHashMap::default();
        let mut next: Vec<Next> = vec![Next::default(); numbered.len()];
        for (place, (_, release)) in numbered.iter().enumerate().rev() {
            let Some(after) = later.insert(release.program(), place) else { continue };
            let (Some((_, one)), Some(of_that)) = (numbered.get(after), next.get(after).copied()) else { continue };
            let changed = if one.digest() == release.digest() { of_that.changed } else { Some(one.span.first) };
            if let Some(next) = next.get_mut(place) {
                *next = Next { any: true, changed };
            }
        }
        let numbers: Vec<u32> = numbered.into_iter().map(|(number, _)| number).collect();
        let places = numbers.iter().enumerate().map(|(place, number)| (*number, place)).collect();
        Order { numbers, places, next }
    }

    fn recorded(&self) -> Recorded {
        match self.starts {
            [0, _] => Recorded::Refused,
            [_, 0] => Recorded::All,
            _ => Recorded::Both,
        }
    }

    /// What it all says. `granted` tells what the policy of today allows, if there is one.
    #[must_use]
    pub fn report(&self, granted: Option<&dyn Fn(&Asked) -> bool>) -> Report {
        let order = self.order();
        let releases = order.numbers.iter().filter_map(|number| self.releases.get(*number as usize));
        let mut denials: Vec<Denial> = Vec::new();
        for (asked, thing) in &self.things {
            let Some(span) = thing.denied else { continue };
            let (status, resolved) = self.status(thing, &order, granted.map(|granted| granted(asked)));
            let seconds = resolved.map(|at| at.duration_since(span.first)).filter(SignedDuration::is_positive);
            denials.push(Denial {
                scope: asked.scope.name(),
                resource: asked.text().to_owned(),
                tree: matches!(asked.what, What::Tree(_)),
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
        let mut packages: Vec<Package> = self.packages.iter().map(|(name, by)| Package::of(name, by)).collect();
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
pub enum Recorded {
    /// All that was touched.
    All,
    /// What was refused, or would have been.
    Refused,
    /// Of some processes all, of others what was refused.
    Both,
}

/// What has become of something that was denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It was denied in the last deploy, and the policy does not grant it.
    Open,
    /// The policy grants it now, and no deploy has begun with that.
    Waiting,
    /// The policy grants it, and a later deploy with another policy was not denied it.
    Granted,
    /// No later deploy was denied it.
    Gone,
}

impl Status {
    /// As it is told.
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

/// Something that was denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Denial {
    /// The scope.
    pub scope: &'static str,
    /// What of it; empty for all.
    pub resource: String,
    /// A directory with all below it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tree: bool,
    /// How often.
    #[serde(flatten)]
    pub calls: Calls,
    /// When first.
    pub first: Timestamp,
    /// When last.
    pub last: Timestamp,
    /// To whom.
    pub packages: Vec<String>,
    /// In how many deploys.
    pub deploys: usize,
    /// What has become of it.
    pub status: Status,
    /// When the first deploy began that was allowed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Timestamp>,
    /// How long that took from the first denial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
}

/// One release of the program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deploy {
    /// Its package, version and policy.
    pub deploy: String,
    /// The first record of it.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
    /// How many processes started.
    pub starts: u64,
    /// What they were denied.
    #[serde(flatten)]
    pub calls: Calls,
    /// How many different things that were.
    pub things: u64,
}

/// What one package was denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Package {
    /// Its name; `None` for calls of which it cannot be said.
    pub package: Option<String>,
    /// How often.
    #[serde(flatten)]
    pub calls: Calls,
    /// How many different things.
    pub things: usize,
    /// How often by scope.
    pub scopes: BTreeMap<&'static str, u64>,
}

impl Package {
    fn of(name: &str, by: &By) -> Self {
        Self {
            package: Some(name).filter(|name| !name.is_empty()).map(str::to_owned),
            calls: by.calls,
            things: by.things.len(),
            scopes: by.scopes.iter().map(|(scope, count)| (scope.name(), *count)).collect(),
        }
    }
}

/// What was denied in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hour {
    /// When it began.
    pub at: Timestamp,
    /// How much.
    #[serde(flatten)]
    pub calls: Calls,
}

/// What logs say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many records were read.
    pub records: u64,
    /// When the first was written.
    pub first: Option<Timestamp>,
    /// When the last was.
    pub last: Option<Timestamp>,
    /// How many processes started.
    pub starts: u64,
    /// What they recorded.
    pub recorded: Recorded,
    /// Calls that found no room in a log.
    pub dropped: u64,
    /// Denied calls that name nothing which could be granted.
    pub nameless: u64,
    /// Each release, in the order in which they began.
    pub deploys: Vec<Deploy>,
    /// Each package that was denied something, the most first.
    pub packages: Vec<Package>,
    /// Each hour in which something was denied.
    pub hours: Vec<Hour>,
    /// From the first denial to the deploy that was allowed it.
    pub mean_seconds_to_grant: Option<i64>,
    /// Each thing that was denied: what is open first, the most first.
    pub denials: Vec<Denial>,
}

impl Report {
    /// How many things that were denied have become of this.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        self.denials.iter().filter(|denial| denial.status == status).count()
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Recorded, Report, Status, Tally};
    use crate::rollout::record::Reader;

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

    fn report(lines: &[String], granted: Option<&dyn Fn(&Asked) -> bool>) -> Report {
        let mut tally = Tally::default();
        let text = lines.join("\n");
        let mut reader = Reader::new(text.as_bytes());
        while let Some(record) = reader.read() {
            tally.add(&record.unwrap());
        }
        tally.report(granted)
    }

    fn status<'r>(report: &'r Report, resource: &str) -> (&'r Status, Option<i64>) {
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
        let grants = |asked: &Asked| asked.text() == "/x" || asked.text() == "/y";
        let with_policy = report(&lines, Some(&grants));
        assert_eq!(status(&with_policy, "/x"), (&Status::Granted, Some(86_400)));
        assert_eq!(status(&with_policy, "/y"), (&Status::Waiting, None));
        assert_eq!(with_policy.mean_seconds_to_grant, Some(86_400));
        let without = report(&lines, None);
        assert_eq!((status(&without, "/x").0, status(&without, "/y").0), (&Status::Gone, &Status::Open));
        assert_eq!(without.mean_seconds_to_grant, None);
    }

    #[test]
    fn an_old_process_that_lives_on_is_not_a_later_deploy() {
        let lines =
            [start("01T00", "a+1"), denied("01T01", "a+1", "/x"), start("02T01", "a+2"), denied("02T05", "a+1", "/x")];
        assert_eq!(status(&report(&lines, Some(&|_| true)), "/x"), (&Status::Granted, Some(86_400)));
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
        assert_eq!(status(&report(&lines, Some(&|_| true)), "/x"), (&Status::Waiting, None));
        assert_eq!(status(&report(&lines, None), "/x"), (&Status::Open, None));
    }

    #[test]
    fn a_release_with_the_same_policy_was_granted_nothing() {
        let lines = [start("01T00", "a@1+1"), denied("01T01", "a@1+1", "/x"), start("02T00", "a@2+1")];
        assert_eq!(status(&report(&lines, Some(&|_| true)), "/x"), (&Status::Waiting, None));
        assert_eq!(status(&report(&lines, None), "/x"), (&Status::Gone, None));
        let changed = [&lines[..], &[start("03T01", "a@2+2")]].concat();
        assert_eq!(status(&report(&changed, Some(&|_| true)), "/x"), (&Status::Granted, Some(2 * 86_400)));
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
        assert_eq!([status("/x"), status("/y"), status("/z")], [Status::Open, Status::Gone, Status::Open]);
    }

    #[test]
    fn calls_are_counted_by_deploy_package_and_hour() {
        let lines =
            [start("01T00", "a+1"), start("01T00", "a+1"), denied("01T01", "a+1", "/x"), denied("01T01", "a+1", "/x")];
        let report = report(&lines, None);
        assert_eq!((report.records, report.starts, report.recorded), (4, 2, Recorded::Refused));
        let [deploy] = &report.deploys[..] else { panic!("one deploy") };
        assert_eq!((deploy.starts, deploy.calls.refused, deploy.things), (2, 4, 1));
        let [package] = &report.packages[..] else { panic!("one package") };
        assert_eq!((package.package.as_deref(), package.calls.refused, package.things), (Some("left"), 4, 1));
        assert_eq!(report.hours.len(), 1);
    }
}

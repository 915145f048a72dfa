//! `permit report LOG…`: what logs tell of a policy in use, as text, JSON or a page.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::arguments::Arguments;
use super::logs::{Logs, Recorded, Skipped, with_places};
use super::output::{BAD, FAINT, GOOD, Outcome, PLAIN, Page, Style, WARY, json, number, of, tell};
use super::page;
use crate::config::Surroundings;
use crate::rollout::gathered::Asked;
use crate::rollout::report::{Calls, Denial, Report, Status, Tally};
use crate::rollout::usage::{Exception, Grant, exceptions, grants};
use crate::sources::{Said, Sources, around_path, surroundings};

/// An exception that has been there for more days is old.
const DAYS: u64 = 14;
/// As many lines of a paragraph are told; the JSON has all of them.
const MOST: usize = 20;

/// The whole answer.
#[derive(Debug, Serialize)]
pub struct Told {
    #[serde(flatten)]
    pub report: Report,
    /// Where the policy of today comes from; empty if there is none.
    pub policy: Vec<String>,
    /// After so many days an exception is old.
    pub old_after_days: u64,
    /// Its grants that have an end.
    pub exceptions: Vec<Exception>,
    /// All its grants, with how much of each was used.
    pub grants: Vec<Grant>,
    /// Every process recorded all that it touched: a grant of which nothing was touched was not used.
    pub unused_is_known: bool,
}

impl Told {
    /// The grants of which nothing was touched.
    pub fn unused(&self) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(|grant| self.unused_is_known && grant.things == Some(0))
    }
}

/// Runs the command.
///
/// # Errors
/// One line: a log or the policy cannot be read, or the page cannot be written.
pub fn report(arguments: &Arguments, _: &str) -> Result<Outcome, String> {
    let days = match arguments.value("older-than") {
        None => DAYS,
        Some(text) => {
            text.parse().map_err(|_| format!("--older-than: found {text:?}, accepted is a number of days"))?
        }
    };
    let around = with_places(surroundings()?, arguments)?;
    let said = Sources { flags: arguments.flags.clone(), ..Sources::of_environment() }.read(&around)?;
    let target = arguments.value("html").map(|name| around_path(&around, Path::new(name)));
    let mut tally = Tally::default();
    let mut skipped = Skipped::new(arguments.has("skip"));
    Logs::default().read_all(&arguments.words, &mut skipped, &mut |record| tally.add(record))?;
    let mut touched: Vec<(&Asked, Calls)> = tally.touched().collect();
    touched.sort_unstable_by_key(|(asked, _)| *asked);
    let told = told(&tally, &touched, said, &around, arguments, days)?;
    let mut notes = Page::default();
    for note in skipped.notes() {
        notes.put(FAINT, "permit: look at: ").put(WARY, note).end();
    }
    if let Some(path) = target {
        page::write(&path, &page::html(&told, &touched, &around))?;
        notes.put(FAINT, "permit: ").put(PLAIN, &format!("written to {}", path.display())).end();
    }
    tell(&notes.finish());
    let text = if arguments.has("json") { json(&told)? } else { text(&told) };
    Ok(Outcome { text, code: 0 })
}

fn told(
    tally: &Tally,
    touched: &[(&Asked, Calls)],
    said: Said,
    around: &Surroundings,
    arguments: &Arguments,
    days: u64,
) -> Result<Told, String> {
    if said.names.is_empty() {
        return Ok(Told {
            report: tally.report(None),
            policy: Vec::new(),
            old_after_days: days,
            exceptions: Vec::new(),
            grants: Vec::new(),
            unused_is_known: false,
        });
    }
    let files = Recorded::here(touched.iter().map(|(asked, _)| *asked), arguments);
    let (policy, _) = said.settings.clone().into_policy(&files, around).map_err(|error| error.to_string())?;
    let policy = policy.enforced();
    let counts: Vec<(&Asked, u64)> = touched.iter().map(|(asked, calls)| (*asked, calls.all())).collect();
    Ok(Told {
        report: tally.report(Some(&|asked| asked.allowed(&policy, &files))),
        policy: said.names,
        old_after_days: days,
        exceptions: exceptions(&said.settings, around.now, days),
        grants: grants(&said.settings, around, &files, &counts),
        unused_is_known: tally.holds_all(),
    })
}

/// A moment for people.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// A length of time for people.
pub fn length(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", Tenths(seconds, 3600)),
        _ => format!("{} days", Tenths(seconds, 86_400)),
    }
}

/// So much of a unit, to a tenth.
struct Tenths(i64, i64);

impl std::fmt::Display for Tenths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = self.0 * 10 / self.1;
        write!(f, "{}.{}", tenths / 10, tenths % 10)
    }
}

const fn style(status: Status) -> Style {
    match status {
        Status::Open => BAD,
        Status::Waiting => WARY,
        Status::Granted => GOOD,
        Status::Gone => FAINT,
    }
}

fn calls(calls: Calls) -> String {
    let parts = [(calls.refused, "refused"), (calls.would_refuse, "would be refused")];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let text: Vec<String> = parts.map(|(count, what)| format!("{} {what}", of(count, "call"))).collect();
    if text.is_empty() { "nothing refused".to_owned() } else { text.join(", ") }
}

fn text(told: &Told) -> String {
    let report = &told.report;
    let mut page = Page::default();
    head(&mut page, told);
    page.end().put(PLAIN, "Deploys").end();
    for deploy in report.deploys.iter().rev().take(MOST) {
        let name = if deploy.deploy.is_empty() { "not told" } else { &deploy.deploy };
        page.put(PLAIN, &format!("  {name}"));
        let when = format!("  since {}, {}, ", moment(deploy.first), of(deploy.starts, "start"));
        page.put(FAINT, &when).put(if deploy.calls.refused > 0 { BAD } else { PLAIN }, &calls(deploy.calls));
        page.put(FAINT, &format!(", {}", of(deploy.things, "thing"))).end();
    }
    more(&mut page, report.deploys.len());
    if !report.denials.is_empty() {
        page.end().put(PLAIN, "Refused").end();
    }
    for denial in report.denials.iter().take(MOST) {
        line(&mut page, denial);
    }
    more(&mut page, report.denials.len());
    if !report.packages.is_empty() {
        page.end().put(PLAIN, "By package").end();
    }
    for package in report.packages.iter().take(MOST) {
        let name = package.package.as_deref().unwrap_or("not known");
        page.put(PLAIN, &format!("  {name}  "));
        page.put(FAINT, &format!("{}, {}", calls(package.calls), of(package.things, "thing"))).end();
    }
    more(&mut page, report.packages.len());
    policy(&mut page, told);
    page.finish()
}

fn head(page: &mut Page, told: &Told) {
    let report = &told.report;
    let span = match (report.first, report.last) {
        (Some(first), Some(last)) => format!(" from {} to {} UTC", moment(first), moment(last)),
        _ => String::new(),
    };
    let starts = of(report.starts, "start");
    page.put(PLAIN, &format!("{}{span}, {starts} of a process", of(report.records, "record"))).end();
    if report.dropped > 0 {
        page.put(WARY, &format!("{} found no room in a log and are not in it", of(report.dropped, "call"))).end();
    }
    if report.nameless > 0 {
        page.put(WARY, &format!("{} named nothing that could be granted", of(report.nameless, "refused call"))).end();
    }
    let (open, waiting) = (report.count(Status::Open), report.count(Status::Waiting));
    page.put(if open == 0 { GOOD } else { BAD }, &format!("{} open", of(open, "thing")));
    page.put(PLAIN, &format!(", {} granted and not deployed", number(waiting)));
    if let Some(mean) = report.mean_seconds_to_grant {
        page.put(PLAIN, &format!("; {} from the first refusal to the grant on average", length(mean)));
    }
    page.end();
}

fn line(page: &mut Page, denial: &Denial) {
    page.put(style(denial.status), &format!("  {:8}", denial.status.name()));
    let all = if denial.tree { " with all below it" } else { "" };
    page.put(PLAIN, &format!("{} {}{all}", denial.scope, denial.resource));
    let by = if denial.packages.is_empty() { String::new() } else { format!(" by {}", denial.packages.join(", ")) };
    let when = format!("  {}{by}, first {}, last {}", calls(denial.calls), moment(denial.first), moment(denial.last));
    page.put(FAINT, &when);
    if let Some(seconds) = denial.seconds {
        page.put(FAINT, &format!(", granted after {}", length(seconds)));
    }
    page.end();
}

fn more(page: &mut Page, all: usize) {
    if all > MOST {
        page.put(FAINT, &format!("  and {} more; --json has all of them", number(all - MOST))).end();
    }
}

fn policy(page: &mut Page, told: &Told) {
    if told.policy.is_empty() {
        page.end()
            .put(FAINT, "No policy was given: what is granted today is not known. --config=FILE names one.")
            .end();
        return;
    }
    if !told.exceptions.is_empty() {
        page.end().put(PLAIN, "Exceptions: grants that have an end").end();
    }
    for exception in &told.exceptions {
        let (style, age) = match (exception.days, exception.old) {
            (Some(days), true) => (BAD, format!("for {}", of(days, "day"))),
            (Some(days), false) => (PLAIN, format!("for {}", of(days, "day"))),
            (None, _) => (WARY, "since when is not said; \"since\" in its entry says it".to_owned()),
        };
        page.put(PLAIN, &format!("  {} ", exception.rule.rule)).put(style, &age);
        let end = exception.rule.expires.as_deref().unwrap_or_default();
        let end = if exception.expired { format!(", expired on {end}") } else { format!(", until {end}") };
        let because = exception.rule.reason.as_deref().map_or_else(String::new, |reason| format!(" ({reason})"));
        page.put(FAINT, &format!("{end}{because}, {}", exception.rule.at)).end();
    }
    if !told.unused_is_known {
        let why = "Whether grants were used is not in these logs: a log of permit trace, or of --report-only with a policy \
            that grants nothing, holds that.";
        page.end().put(FAINT, why).end();
        return;
    }
    let unused: Vec<&Grant> = told.unused().collect();
    page.end().put(PLAIN, &format!("{} of {} not used", number(unused.len()), of(told.grants.len(), "grant"))).end();
    for grant in unused.iter().take(MOST) {
        page.put(WARY, &format!("  {}", grant.rule.rule)).put(FAINT, &format!("  {}", grant.rule.at)).end();
    }
    more(page, unused.len());
}

#[cfg(test)]
mod tests {
    use super::length;
    use crate::cli::output::number;

    #[test]
    fn numbers_and_lengths_are_for_people() {
        assert_eq!([0_u64, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([59, 60, 5400, 86_400, 259_200].map(length), ["59 s", "1 min", "1.5 h", "24.0 h", "3.0 days"]);
    }
}

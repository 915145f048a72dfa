//! The answer of `permit report`, and the text that shows it.

use serde::Serialize;

use crate::cli::output::{BAD, FAINT, GOOD, PLAIN, Page, Style, WARY, length, moment, number, of};
use crate::rollout::report::{Calls, Denial, Report, Status};
use crate::rollout::usage::{Exception, Grant};

/// As many lines of a paragraph are told; the JSON has all of them.
const MOST: usize = 20;

/// The whole answer.
#[derive(Debug, Serialize)]
pub struct ReportSummary {
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

impl ReportSummary {
    /// The grants of which nothing was touched.
    pub fn unused(&self) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(|grant| self.unused_is_known && grant.things == Some(0))
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

/// Returns the answer as text.
pub fn text(told: &ReportSummary) -> String {
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

fn head(page: &mut Page, told: &ReportSummary) {
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

fn policy(page: &mut Page, told: &ReportSummary) {
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

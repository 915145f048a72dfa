//! The answer of `permit report`, and its text.

use serde::Serialize;

use crate::cli::output::{
    BAD, FAINT, GOOD, PLAIN, Page, Style, WARY, format_duration, format_number, format_time, plural,
};
use crate::rollout::report::{Calls, Denial, DenialStatus, Report};
use crate::rollout::usage::{Exception, GrantUsage};

/// The most lines of a paragraph. The JSON has all of them.
const MAX_LINES: usize = 20;

/// The whole answer.
#[derive(Debug, Serialize)]
pub struct ReportSummary {
    #[serde(flatten)]
    pub report: Report,
    /// The sources of today's policy; empty without a policy.
    pub policy: Vec<String>,
    /// The days after which an exception is old.
    pub old_after_days: u64,
    /// The grants with an end.
    pub exceptions: Vec<Exception>,
    /// All grants, with their usage.
    pub grants: Vec<GrantUsage>,
    /// Whether unused grants are known: every process recorded everything that it touched.
    pub unused_is_known: bool,
}

impl ReportSummary {
    /// Returns the unused grants, if they are known.
    pub fn unused(&self) -> impl Iterator<Item = &GrantUsage> {
        self.grants.iter().filter(|grant| self.unused_is_known && grant.things == Some(0))
    }
}

const fn style(status: DenialStatus) -> Style {
    match status {
        DenialStatus::Open => BAD,
        DenialStatus::Waiting => WARY,
        DenialStatus::Granted => GOOD,
        DenialStatus::Gone => FAINT,
    }
}

fn calls(calls: Calls) -> String {
    let parts = [(calls.refused, "refused"), (calls.would_refuse, "would be refused")];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let text: Vec<String> = parts.map(|(count, what)| format!("{} {what}", plural(count, "call"))).collect();
    if text.is_empty() { "nothing refused".to_owned() } else { text.join(", ") }
}

/// Returns the answer as text.
pub fn text(summary: &ReportSummary) -> String {
    let report = &summary.report;
    let mut page = Page::default();
    head(&mut page, summary);
    page.end().put(PLAIN, "Deploys").end();
    for deploy in report.deploys.iter().rev().take(MAX_LINES) {
        let name = if deploy.deploy.is_empty() { "unknown" } else { &deploy.deploy };
        page.put(PLAIN, &format!("  {name}"));
        let when = format!("  since {}, {}, ", format_time(deploy.first), plural(deploy.starts, "start"));
        page.put(FAINT, &when).put(if deploy.calls.refused > 0 { BAD } else { PLAIN }, &calls(deploy.calls));
        page.put(FAINT, &format!(", {}", plural(deploy.things, "thing"))).end();
    }
    more(&mut page, report.deploys.len());
    if !report.denials.is_empty() {
        page.end().put(PLAIN, "Refused").end();
    }
    for denial in report.denials.iter().take(MAX_LINES) {
        line(&mut page, denial);
    }
    more(&mut page, report.denials.len());
    if !report.packages.is_empty() {
        page.end().put(PLAIN, "By package").end();
    }
    for package in report.packages.iter().take(MAX_LINES) {
        let name = package.package.as_deref().unwrap_or("not known");
        page.put(PLAIN, &format!("  {name}  "));
        page.put(FAINT, &format!("{}, {}", calls(package.calls), plural(package.things, "thing"))).end();
    }
    more(&mut page, report.packages.len());
    policy(&mut page, summary);
    page.finish()
}

fn head(page: &mut Page, summary: &ReportSummary) {
    let report = &summary.report;
    let span = match (report.first, report.last) {
        (Some(first), Some(last)) => format!(" from {} to {} UTC", format_time(first), format_time(last)),
        _ => String::new(),
    };
    let starts = plural(report.starts, "start");
    page.put(PLAIN, &format!("{}{span}, {starts} of a process", plural(report.records, "record"))).end();
    if report.dropped > 0 {
        page.put(WARY, &format!("{} found no room in a log and are not in it", plural(report.dropped, "call"))).end();
    }
    if report.nameless > 0 {
        page.put(WARY, &format!("{} named nothing that could be granted", plural(report.nameless, "refused call")))
            .end();
    }
    let (open, waiting) = (report.count(DenialStatus::Open), report.count(DenialStatus::Waiting));
    page.put(if open == 0 { GOOD } else { BAD }, &format!("{} open", plural(open, "thing")));
    page.put(PLAIN, &format!(", {} granted and not deployed", format_number(waiting)));
    if let Some(mean) = report.mean_seconds_to_grant {
        page.put(PLAIN, &format!("; {} from the first refusal to the grant on average", format_duration(mean)));
    }
    page.end();
}

fn line(page: &mut Page, denial: &Denial) {
    page.put(style(denial.status), &format!("  {:8}", denial.status.name()));
    let all = if denial.tree { " with all below it" } else { "" };
    page.put(PLAIN, &format!("{} {}{all}", denial.scope, denial.resource));
    let by = if denial.packages.is_empty() { String::new() } else { format!(" by {}", denial.packages.join(", ")) };
    let when = format!(
        "  {}{by}, first {}, last {}",
        calls(denial.calls),
        format_time(denial.first),
        format_time(denial.last)
    );
    page.put(FAINT, &when);
    if let Some(seconds) = denial.seconds {
        page.put(FAINT, &format!(", granted after {}", format_duration(seconds)));
    }
    page.end();
}

fn more(page: &mut Page, all: usize) {
    if all > MAX_LINES {
        page.put(FAINT, &format!("  and {} more; --json has all of them", format_number(all - MAX_LINES))).end();
    }
}

fn policy(page: &mut Page, summary: &ReportSummary) {
    if summary.policy.is_empty() {
        page.end()
            .put(FAINT, "No policy was given: what is granted today is not known. --config=FILE names one.")
            .end();
        return;
    }
    if !summary.exceptions.is_empty() {
        page.end().put(PLAIN, "Exceptions: grants that have an end").end();
    }
    for exception in &summary.exceptions {
        let (style, age) = match (exception.days, exception.old) {
            (Some(days), true) => (BAD, format!("for {}", plural(days, "day"))),
            (Some(days), false) => (PLAIN, format!("for {}", plural(days, "day"))),
            (None, _) => (WARY, "since when is not said; \"since\" in its entry says it".to_owned()),
        };
        page.put(PLAIN, &format!("  {} ", exception.rule.rule)).put(style, &age);
        let end = exception.rule.expires.as_deref().unwrap_or_default();
        let end = if exception.expired { format!(", expired on {end}") } else { format!(", until {end}") };
        let because = exception.rule.reason.as_deref().map_or_else(String::new, |reason| format!(" ({reason})"));
        page.put(FAINT, &format!("{end}{because}, {}", exception.rule.at)).end();
    }
    if !summary.unused_is_known {
        let why = "Whether grants were used is not in these logs: a log of permit trace, or of --report-only with a policy \
            that grants nothing, holds that.";
        page.end().put(FAINT, why).end();
        return;
    }
    let unused: Vec<&GrantUsage> = summary.unused().collect();
    page.end()
        .put(PLAIN, &format!("{} of {} not used", format_number(unused.len()), plural(summary.grants.len(), "grant")))
        .end();
    for grant in unused.iter().take(MAX_LINES) {
        page.put(WARY, &format!("  {}", grant.rule.rule)).put(FAINT, &format!("  {}", grant.rule.at)).end();
    }
    more(page, unused.len());
}

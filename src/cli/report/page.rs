//! The page of `permit report`: one HTML file that loads nothing and has no script. `maud` escapes
//! the texts of logs.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use maud::{Markup, PreEscaped, html as markup};

use super::summary::ReportSummary;
use crate::cli::error::CliError;
use crate::cli::output::{escape_into, format_duration, format_number, format_time, plural};
use crate::config::Surroundings;
use crate::policy::Scope;
use crate::rollout::observations::{Access, AccessTarget};
use crate::rollout::proposed_policy::token_folders;
use crate::rollout::report::{Calls, Denial, DenialStatus, Hour};
use crate::rollout::usage::{Exception, GrantUsage};

/// The beginning of each page. A file that begins in another way is not overwritten.
const BEGIN: &str = "<!DOCTYPE html><html lang=\"en\" data-by=\"permit report\">";
/// The most rows of a table.
const MAX_ROWS: usize = 500;
/// The most names of one folder.
const MAX_NAMES: usize = 200;
/// How many levels of the tree are open.
const OPEN: usize = 2;
/// The most names of the tree.
const MAX_NODES: usize = 20_000;

/// Writes the page. Overwrites a page, and no other file.
///
/// # Errors
/// [`CliError`] if the page cannot be written, or another file is there.
pub fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let failed = |reason| CliError::File { at: format!("--html: {}", path.display()), reason };
    match fs::read(path) {
        Ok(before) if !before.is_empty() && !before.starts_with(BEGIN.as_bytes()) => {
            return Err(CliError::NoPage { path: path.to_owned() });
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    fs::write(path, text).map_err(failed)
}

/// Returns the page.
pub fn html(summary: &ReportSummary, touched: &[(&Access, Calls)], around: &Surroundings) -> String {
    let report = &summary.report;
    let span = match (report.first, report.last) {
        (Some(first), Some(last)) => format!("{} to {} UTC", format_time(first), format_time(last)),
        _ => "no record".to_owned(),
    };
    let body = markup! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
            title { "permit report, " (span) }
            style { (PreEscaped(include_str!("page.css"))) }
        }
        body {
            main {
                h1 { "permit report" }
                p.faint { (span) ", " (plural(report.records, "record")) }
                (figures(summary))
                (over_time(&report.hours))
                (denials(&report.denials))
                (deploys(summary))
                (packages(summary))
                (exceptions(summary))
                (grants(summary))
                (tree(touched, around))
                footer {
                    @if report.dropped > 0 { p { (plural(report.dropped, "call")) " found no room in a log and are not counted here." } }
                    @if report.nameless > 0 { p { (plural(report.nameless, "refused call")) " named nothing that could be granted." } }
                    @if summary.policy.is_empty() {
                        p { "No policy was given: whether something is granted today is not known." }
                    } @else {
                        p { "The policy of today: " code { (summary.policy.join(", ")) } }
                    }
                    p { "permit " (env!("CARGO_PKG_VERSION")) }
                }
            }
        }
    };
    let mut text = BEGIN.to_owned();
    escape_into(&mut text, &body.into_string(), &['\n']);
    text + "</html>\n"
}

fn figures(summary: &ReportSummary) -> Markup {
    let report = &summary.report;
    let calls = report
        .deploys
        .iter()
        .fold((0, 0), |(refused, would), deploy| (refused + deploy.calls.refused, would + deploy.calls.would_refuse));
    let open = report.count(DenialStatus::Open);
    let old = summary.exceptions.iter().filter(|exception| exception.old).count();
    let figure =
        |class: &str, value: String, what: &str| markup! { div { b class=(class) { (value) } span { (what) } } };
    markup! {
        div.figures {
            (figure(if calls.0 > 0 { "refused" } else { "" }, format_number(calls.0), "calls refused"))
            @if calls.1 > 0 { (figure("would", format_number(calls.1), "calls that audit let go on")) }
            (figure(if open > 0 { "refused" } else { "good" }, format_number(open), "things open"))
            (figure("", report.mean_seconds_to_grant.map_or_else(|| "–".to_owned(), format_duration), "from refusal to grant, mean"))
            (figure("", format_number(report.deploys.len()), "deploys"))
            (figure("", format_number(report.starts), "starts of a process"))
            @if !summary.policy.is_empty() {
                (figure(if old > 0 { "would" } else { "" }, format_number(old), &format!("exceptions older than {} days", summary.old_after_days)))
            }
            @if summary.unused_is_known { (figure("", format_number(summary.unused().count()), "grants not used")) }
        }
    }
}

/// Returns a table with at most [`MAX_ROWS`] rows.
fn table<T>(heads: &[(&str, &str)], rows: &[T], row: impl Fn(&T) -> Markup) -> Markup {
    markup! {
        div.scroll {
            table {
                thead { tr { @for (class, text) in heads { th class=(class) { (text) } } } }
                tbody { @for item in rows.iter().take(MAX_ROWS) { tr { (row(item)) } } }
            }
        }
        @if rows.len() > MAX_ROWS { p.faint { "and " (format_number(rows.len() - MAX_ROWS)) " more; " code { "--json" } " has all of them" } }
    }
}

fn counted(calls: Calls) -> Markup {
    markup! {
        @if calls.refused > 0 { span.refused { (format_number(calls.refused)) } }
        @if calls.refused > 0 && calls.would_refuse > 0 { " + " }
        @if calls.would_refuse > 0 { span.would { (format_number(calls.would_refuse)) } }
        @if calls.denied() == 0 { "0" }
    }
}

/// Returns a percentage.
fn share(count: u64, largest: u64) -> u64 {
    (count * 100).checked_div(largest).unwrap_or(0)
}

/// Returns a bar. Its length is relative to the largest.
fn bar(calls: Calls, largest: u64) -> Markup {
    let class = if calls.refused > 0 { "refused" } else { "would" };
    let width = format!("width:{}%", share(calls.denied(), largest).max(u64::from(calls.denied() > 0)));
    markup! { span.bar { i class=(class) style=(width) {} } }
}

fn denials(denials: &[Denial]) -> Markup {
    let heads = [
        ("", "status"),
        ("", "scope"),
        ("", "what"),
        ("n", "calls"),
        ("", "by"),
        ("", "first, last"),
        ("n", "deploys"),
    ];
    let row = |denial: &Denial| {
        let class = match denial.status {
            DenialStatus::Open => "mark refused",
            DenialStatus::Waiting => "mark would",
            DenialStatus::Granted => "mark good",
            DenialStatus::Gone => "mark faint",
        };
        markup! {
            td { span class=(class) { (denial.status.name()) } @if let Some(seconds) = denial.seconds { br; small { "after " (format_duration(seconds)) } } }
            td { code { (denial.scope) } }
            td.thing { (denial.resource) @if denial.resource.is_empty() { span.faint { "all of it" } } @if denial.tree { span.faint { " and all below it" } } }
            td.n { (counted(denial.calls)) }
            td { (denial.packages.join(", ")) }
            td.when { (format_time(denial.first)) br; (format_time(denial.last)) }
            td.n { (format_number(denial.deploys)) }
        }
    };
    markup! {
        section #refused {
            h2 { "Refused" }
            p.faint {
                "Open: refused in the last deploy, and not granted. Waiting: granted, and not deployed with that yet. Granted: \
                 granted, and a later deploy with another policy was not refused it. Gone: no later deploy was refused it."
            }
            @if denials.is_empty() { p { "Nothing was refused." } } @else { (table(&heads, denials, row)) }
        }
    }
}

fn deploys(summary: &ReportSummary) -> Markup {
    let mut deploys: Vec<_> = summary.report.deploys.iter().collect();
    deploys.reverse();
    let largest = deploys.iter().map(|deploy| deploy.calls.denied()).max().unwrap_or(0);
    let heads =
        [("", "deploy"), ("", "first"), ("", "last"), ("n", "starts"), ("n", "things"), ("n", "calls"), ("", "")];
    markup! {
        section #deploys {
            h2 { "By deploy" }
            p.faint { "The program with its version, and the policy that it started under. The last one is on top." }
            (table(&heads, &deploys, |deploy| markup! {
                td.thing { @if deploy.deploy.is_empty() { span.faint { "unknown" } } @else { (deploy.deploy) } }
                td.when { (format_time(deploy.first)) }
                td.when { (format_time(deploy.last)) }
                td.n { (format_number(deploy.starts)) }
                td.n { (format_number(deploy.things)) }
                td.n { (counted(deploy.calls)) }
                td { (bar(deploy.calls, largest)) }
            }))
        }
    }
}

fn packages(summary: &ReportSummary) -> Markup {
    let packages = &summary.report.packages;
    let largest = packages.iter().map(|package| package.calls.denied()).max().unwrap_or(0);
    let heads = [("", "package"), ("", "scopes"), ("n", "things"), ("n", "calls"), ("", "")];
    markup! {
        @if !packages.is_empty() {
            section #packages {
                h2 { "By package" }
                p.faint { "The package of the first file outside Node on the stack: advice, a program can pass for another." }
                (table(&heads, packages, |package| markup! {
                    td.thing { @if let Some(name) = &package.package { (name) } @else { span.faint { "not known" } } }
                    td { @for (scope, count) in &package.scopes { code { (scope) } " " (format_number(*count)) " " } }
                    td.n { (format_number(package.things)) }
                    td.n { (counted(package.calls)) }
                    td { (bar(package.calls, largest)) }
                }))
            }
        }
    }
}

fn exceptions(summary: &ReportSummary) -> Markup {
    let heads = [("", "grant"), ("", "reason"), ("n", "days"), ("", "since"), ("", "until"), ("", "where")];
    let row = |exception: &Exception| {
        markup! {
            td.thing { (exception.rule.rule) }
            td { (exception.rule.reason.as_deref().unwrap_or_default()) }
            td.n class=(if exception.old { "n would" } else { "n" }) { (exception.days.map_or_else(|| "?".to_owned(), format_number)) }
            td.when { (exception.since.as_deref().unwrap_or("not said")) }
            td.when { @if exception.expired { span.refused { (exception.rule.expires.as_deref().unwrap_or_default()) } } @else { (exception.rule.expires.as_deref().unwrap_or_default()) } }
            td { code { (exception.rule.at) } }
        }
    };
    markup! {
        @if !summary.exceptions.is_empty() {
            section #exceptions {
                h2 { "Exceptions" }
                p.faint { "Grants that have an end. Those that are older than " (plural(summary.old_after_days, "day")) " are marked." }
                (table(&heads, &summary.exceptions, row))
            }
        }
    }
}

fn grants(summary: &ReportSummary) -> Markup {
    if summary.policy.is_empty() {
        return markup! {};
    }
    let mut grants: Vec<&GrantUsage> = summary.grants.iter().collect();
    grants.sort_by_key(|grant| (grant.things.is_none(), grant.things != Some(0), std::cmp::Reverse(grant.calls)));
    let largest = grants.iter().map(|grant| grant.calls).max().unwrap_or(0);
    let heads = [("", ""), ("", "grant"), ("", "reason"), ("n", "things"), ("n", "calls"), ("", "")];
    let row = |grant: &&GrantUsage| {
        let (class, word) = match grant.things {
            None => ("mark faint", "not recorded"),
            Some(0) if summary.unused_is_known => ("mark would", "not used"),
            Some(0) => ("mark faint", "not known"),
            Some(_) => ("mark good", "used"),
        };
        let width = format!("width:{}%", share(grant.calls, largest));
        markup! {
            td { span class=(class) { (word) } }
            td.thing { (grant.rule.rule) }
            td { (grant.rule.reason.as_deref().unwrap_or_default()) }
            td.n { (grant.things.map_or_else(|| "–".to_owned(), format_number)) }
            td.n { (format_number(grant.calls)) }
            td { span.bar { i style=(width) {} } }
        }
    };
    markup! {
        section #grants {
            h2 { "Grants" }
            @if summary.unused_is_known {
                p.faint { "Every process recorded all that it touched: a grant of which nothing was touched was not used." }
            } @else {
                p.faint {
                    "These logs do not hold all that was touched, so a grant may be used and not be seen here. A log of "
                    code { "permit trace" } ", or of " code { "--report-only" } " with a policy that grants nothing, holds it."
                }
            }
            (table(&heads, &grants, row))
        }
    }
}

/// The size of the picture, and the space for its numbers.
const WIDE: usize = 1000;
const HIGH: usize = 200;
const LEFT: usize = 56;
const BOTTOM: usize = 24;

/// Returns a picture of the refusals by hour, day or week, so that it has a readable number of
/// bars.
fn over_time(hours: &[Hour]) -> Markup {
    let (Some(first), Some(last)) = (hours.first(), hours.last()) else { return markup! {} };
    let (first, last) = (first.at.as_second(), last.at.as_second());
    let (unit, name) = match last - first {
        ..259_200 => (3600, "hour"),
        259_200..10_368_000 => (86_400, "day"),
        _ => (604_800, "week"),
    };
    let begin = first.div_euclid(unit);
    let count = usize::try_from(last.div_euclid(unit) - begin + 1).unwrap_or(1);
    let mut bars = vec![Calls::default(); count];
    for hour in hours {
        let at = usize::try_from(hour.at.as_second().div_euclid(unit) - begin).unwrap_or(0);
        if let Some(bar) = bars.get_mut(at) {
            bar.refused += hour.calls.refused;
            bar.would_refuse += hour.calls.would_refuse;
        }
    }
    let top = bars.iter().map(Calls::denied).max().unwrap_or(0).max(1);
    let height =
        |count: u64| usize::try_from(count * (HIGH as u64 - 10) / top).unwrap_or(0).max(usize::from(count > 0));
    let x = |at: usize| LEFT + at * (WIDE - LEFT) / count;
    let wide = ((WIDE - LEFT) / count).saturating_sub(if count > 200 { 0 } else { 2 }).clamp(1, 60);
    let at =
        |bar: usize| Timestamp::from_second((begin + i64::try_from(bar).unwrap_or(0)) * unit).unwrap_or(Timestamp::MAX);
    let time_of = |bar: usize| {
        let moment = at(bar);
        if unit == 3600 { crate::cli::output::format_time(moment) } else { moment.strftime("%Y-%m-%d").to_string() }
    };
    let step = count.div_ceil(6).max(1);
    markup! {
        section #time {
            h2 { "Over time" }
            p {
                span.key.refused { "refused" } span.key.would { "went on in audit" }
                span.faint { "calls by " (name) }
            }
            svg viewBox=(format!("0 0 {WIDE} {}", HIGH + BOTTOM)) role="img" aria-label=(format!("calls that were refused, by {name}")) {
                @for part in 0..=2_u64 {
                    @let y = HIGH - height(top * part / 2);
                    line x1=(LEFT) x2=(WIDE) y1=(y) y2=(y) {}
                    text x=(LEFT - 8) y=(y + 4) text-anchor="end" { (format_number(top * part / 2)) }
                }
                @for (index, bar) in bars.iter().enumerate() {
                    @if bar.denied() > 0 {
                        @let (refused, would) = (height(bar.refused), height(bar.would_refuse));
                        g {
                            title { (time_of(index)) ": " (format_number(bar.refused)) " refused, " (format_number(bar.would_refuse)) " went on in audit" }
                            rect.refused x=(x(index)) y=(HIGH - refused) width=(wide) height=(refused) {}
                            rect.would x=(x(index)) y=(HIGH.saturating_sub(refused + would)) width=(wide) height=(would) {}
                        }
                    }
                }
                @for index in (0..count).step_by(step) {
                    text x=(x(index)) y=(HIGH + 18) { (time_of(index)) }
                }
            }
        }
    }
}

/// A name in the tree of accesses.
#[derive(Default)]
struct TouchedNode {
    below: BTreeMap<String, TouchedNode>,
    /// Calls by scope.
    scopes: BTreeMap<Scope, u64>,
    denied: u64,
}

impl TouchedNode {
    fn add(&mut self, names: &mut dyn Iterator<Item = &str>, scope: Scope, calls: Calls) {
        *self.scopes.entry(scope).or_default() += calls.all();
        self.denied += calls.denied();
        if let Some(name) = names.next() {
            if !self.below.contains_key(name) {
                self.below.insert(name.to_owned(), Self::default());
            }
            if let Some(node) = self.below.get_mut(name) {
                node.add(names, scope, calls);
            }
        }
    }

    fn figures(&self) -> Markup {
        markup! {
            span { @for (at, (scope, calls)) in self.scopes.iter().enumerate() { @if at > 0 { ", " } (scope.name()) " " (format_number(*calls)) } }
            @if self.denied > 0 { span.refused { (format_number(self.denied)) " refused" } }
        }
    }

    /// Returns the node with everything below it. A chain of folders with one name each becomes one
    /// line.
    fn markup(&self, name: &str, open: usize, left: &mut usize) -> Markup {
        let (mut node, mut name) = (self, name.to_owned());
        let is_folder = name.starts_with('/') || open < OPEN;
        while is_folder
            && node.below.len() == 1
            && let Some((next, below)) = node.below.iter().next()
            && below.scopes == node.scopes
        {
            name = if name.ends_with('/') { format!("{name}{next}") } else { format!("{name}/{next}") };
            node = below;
        }
        *left = left.saturating_sub(1);
        if node.below.is_empty() {
            return markup! { p { (name) (node.figures()) } };
        }
        let mut below: Vec<(&String, &Self)> = node.below.iter().collect();
        let hidden = below.len().saturating_sub(MAX_NAMES.min(*left));
        if hidden > 0 {
            below.sort_by_key(|(_, node)| std::cmp::Reverse((node.denied, node.scopes.values().sum::<u64>())));
            below.truncate(below.len() - hidden);
            below.sort_by_key(|(name, _)| *name);
        }
        markup! {
            details open[open > 0] {
                summary { (name) (node.figures()) }
                @for (name, node) in below { (node.markup(name, open.saturating_sub(1), left)) }
                @if hidden > 0 { p.faint { "and " (format_number(hidden)) " more names" } }
            }
        }
    }
}

fn tree(touched: &[(&Access, Calls)], around: &Surroundings) -> Markup {
    let folders: Vec<(&str, &str)> = token_folders(&around.tokens).collect();
    let mut roots: BTreeMap<&str, TouchedNode> = BTreeMap::new();
    for (access, calls) in touched {
        let mut add = |root, names: &mut dyn Iterator<Item = &str>| {
            roots.entry(root).or_default().add(names, access.scope, *calls);
        };
        match &access.target {
            AccessTarget::Path(path) | AccessTarget::Tree(path) => {
                let found = folders.iter().find_map(|(token, folder)| {
                    let rest = path.strip_prefix(folder)?;
                    (rest.is_empty() || rest.starts_with('/')).then_some((*token, rest))
                });
                let (root, rest) = found.unwrap_or(("/", path));
                add(root, &mut rest.split('/').filter(|name| !name.is_empty()));
            }
            AccessTarget::Host(host) => add("hosts", &mut std::iter::once(host.as_str())),
            AccessTarget::Program(file) => add("programs", &mut std::iter::once(file.as_str())),
            AccessTarget::Name(name) => add("variables", &mut std::iter::once(name.as_str())),
            AccessTarget::Whole => add("others", &mut std::iter::once(access.scope.name())),
        }
    }
    let mut left = MAX_NODES;
    markup! {
        section #touched {
            h2 { "What was touched" }
            p.faint { "As far as the logs tell: calls by scope, and how many of them the policy did not allow." }
            @if roots.is_empty() { p { "Nothing was recorded." } }
            div.tree { @for (name, root) in &roots { (root.markup(name, OPEN, &mut left)) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, CliError, write};

    #[test]
    fn only_a_page_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        let page = format!("{BEGIN}</html>");
        write(&path, &page).unwrap();
        write(&path, &page).unwrap();
        std::fs::write(&path, "{}").unwrap();
        assert!(matches!(write(&path, &page), Err(CliError::NoPage { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"{}");
    }
}

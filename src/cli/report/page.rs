//! The page of `permit report`: one file that needs nothing else. There is no script in it and nothing is loaded, so what
//! a log names can do nothing; `maud` escapes it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;
use maud::{Markup, PreEscaped, html as markup};

use super::summary::ReportSummary;
use crate::cli::output::{length, moment, number, of, show};
use crate::config::Surroundings;
use crate::policy::Scope;
use crate::rollout::gathered::{Asked, What};
use crate::rollout::report::{Calls, Denial, Hour, Status};
use crate::rollout::usage::{Exception, Grant};

/// What every page begins with: a file that does not is none of ours, and is not written over.
const BEGIN: &str = "<!DOCTYPE html><html lang=\"en\" data-by=\"permit report\">";
/// As many rows of a table are shown.
const MOST_ROWS: usize = 500;
/// As many names of one folder are shown.
const MOST_NAMES: usize = 200;
/// The tree is open so deep.
const OPEN: usize = 2;
/// As many names are shown in all.
const MOST_NODES: usize = 20_000;

/// Writes the page. One that is there already is written anew.
///
/// # Errors
/// One line, if it cannot be written, or would be written over something else.
pub fn write(path: &Path, text: &str) -> Result<(), String> {
    let failed = |error: io::Error| format!("--html: {}: {error}", path.display());
    match fs::read(path) {
        Ok(before) if !before.is_empty() && !before.starts_with(BEGIN.as_bytes()) => {
            return Err(format!(
                "--html: {}: is there already and is no page of permit report; accepted is a new file",
                path.display()
            ));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    fs::write(path, text).map_err(failed)
}

/// The page.
pub fn html(told: &ReportSummary, touched: &[(&Asked, Calls)], around: &Surroundings) -> String {
    let report = &told.report;
    let span = match (report.first, report.last) {
        (Some(first), Some(last)) => format!("{} to {} UTC", moment(first), moment(last)),
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
                p.faint { (span) ", " (of(report.records, "record")) }
                (figures(told))
                (over_time(&report.hours))
                (denials(&report.denials))
                (deploys(told))
                (packages(told))
                (exceptions(told))
                (grants(told))
                (tree(touched, around))
                footer {
                    @if report.dropped > 0 { p { (of(report.dropped, "call")) " found no room in a log and are not counted here." } }
                    @if report.nameless > 0 { p { (of(report.nameless, "refused call")) " named nothing that could be granted." } }
                    @if told.policy.is_empty() {
                        p { "No policy was given: whether something is granted today is not known." }
                    } @else {
                        p { "The policy of today: " code { (told.policy.join(", ")) } }
                    }
                    p { "permit " (env!("CARGO_PKG_VERSION")) }
                }
            }
        }
    };
    let mut text = BEGIN.to_owned();
    show(&mut text, &body.into_string(), &['\n']);
    text + "</html>\n"
}

fn figures(told: &ReportSummary) -> Markup {
    let report = &told.report;
    let calls = report
        .deploys
        .iter()
        .fold((0, 0), |(refused, would), deploy| (refused + deploy.calls.refused, would + deploy.calls.would_refuse));
    let open = report.count(Status::Open);
    let old = told.exceptions.iter().filter(|exception| exception.old).count();
    let figure =
        |class: &str, value: String, what: &str| markup! { div { b class=(class) { (value) } span { (what) } } };
    markup! {
        div.figures {
            (figure(if calls.0 > 0 { "refused" } else { "" }, number(calls.0), "calls refused"))
            @if calls.1 > 0 { (figure("would", number(calls.1), "calls that audit let go on")) }
            (figure(if open > 0 { "refused" } else { "good" }, number(open), "things open"))
            (figure("", report.mean_seconds_to_grant.map_or_else(|| "–".to_owned(), length), "from refusal to grant, mean"))
            (figure("", number(report.deploys.len()), "deploys"))
            (figure("", number(report.starts), "starts of a process"))
            @if !told.policy.is_empty() {
                (figure(if old > 0 { "would" } else { "" }, number(old), &format!("exceptions older than {} days", told.old_after_days)))
            }
            @if told.unused_is_known { (figure("", number(told.unused().count()), "grants not used")) }
        }
    }
}

/// A table that scrolls by itself, and no more rows of it than a person would read.
fn table<T>(heads: &[(&str, &str)], rows: &[T], row: impl Fn(&T) -> Markup) -> Markup {
    markup! {
        div.scroll {
            table {
                thead { tr { @for (class, text) in heads { th class=(class) { (text) } } } }
                tbody { @for item in rows.iter().take(MOST_ROWS) { tr { (row(item)) } } }
            }
        }
        @if rows.len() > MOST_ROWS { p.faint { "and " (number(rows.len() - MOST_ROWS)) " more; " code { "--json" } " has all of them" } }
    }
}

fn counted(calls: Calls) -> Markup {
    markup! {
        @if calls.refused > 0 { span.refused { (number(calls.refused)) } }
        @if calls.refused > 0 && calls.would_refuse > 0 { " + " }
        @if calls.would_refuse > 0 { span.would { (number(calls.would_refuse)) } }
        @if calls.denied() == 0 { "0" }
    }
}

/// So many of a hundred.
fn share(count: u64, largest: u64) -> u64 {
    (count * 100).checked_div(largest).unwrap_or(0)
}

/// A bar, as long as its part of the largest.
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
            Status::Open => "mark refused",
            Status::Waiting => "mark would",
            Status::Granted => "mark good",
            Status::Gone => "mark faint",
        };
        markup! {
            td { span class=(class) { (denial.status.name()) } @if let Some(seconds) = denial.seconds { br; small { "after " (length(seconds)) } } }
            td { code { (denial.scope) } }
            td.thing { (denial.resource) @if denial.resource.is_empty() { span.faint { "all of it" } } @if denial.tree { span.faint { " and all below it" } } }
            td.n { (counted(denial.calls)) }
            td { (denial.packages.join(", ")) }
            td.when { (moment(denial.first)) br; (moment(denial.last)) }
            td.n { (number(denial.deploys)) }
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

fn deploys(told: &ReportSummary) -> Markup {
    let mut deploys: Vec<_> = told.report.deploys.iter().collect();
    deploys.reverse();
    let largest = deploys.iter().map(|deploy| deploy.calls.denied()).max().unwrap_or(0);
    let heads =
        [("", "deploy"), ("", "first"), ("", "last"), ("n", "starts"), ("n", "things"), ("n", "calls"), ("", "")];
    markup! {
        section #deploys {
            h2 { "By deploy" }
            p.faint { "The program with its version, and the policy that it started under. The last one is on top." }
            (table(&heads, &deploys, |deploy| markup! {
                td.thing { @if deploy.deploy.is_empty() { span.faint { "not told" } } @else { (deploy.deploy) } }
                td.when { (moment(deploy.first)) }
                td.when { (moment(deploy.last)) }
                td.n { (number(deploy.starts)) }
                td.n { (number(deploy.things)) }
                td.n { (counted(deploy.calls)) }
                td { (bar(deploy.calls, largest)) }
            }))
        }
    }
}

fn packages(told: &ReportSummary) -> Markup {
    let packages = &told.report.packages;
    let largest = packages.iter().map(|package| package.calls.denied()).max().unwrap_or(0);
    let heads = [("", "package"), ("", "scopes"), ("n", "things"), ("n", "calls"), ("", "")];
    markup! {
        @if !packages.is_empty() {
            section #packages {
                h2 { "By package" }
                p.faint { "The package of the first file outside Node on the stack: advice, a program can pass for another." }
                (table(&heads, packages, |package| markup! {
                    td.thing { @if let Some(name) = &package.package { (name) } @else { span.faint { "not known" } } }
                    td { @for (scope, count) in &package.scopes { code { (scope) } " " (number(*count)) " " } }
                    td.n { (number(package.things)) }
                    td.n { (counted(package.calls)) }
                    td { (bar(package.calls, largest)) }
                }))
            }
        }
    }
}

fn exceptions(told: &ReportSummary) -> Markup {
    let heads = [("", "grant"), ("", "reason"), ("n", "days"), ("", "since"), ("", "until"), ("", "where")];
    let row = |exception: &Exception| {
        markup! {
            td.thing { (exception.rule.rule) }
            td { (exception.rule.reason.as_deref().unwrap_or_default()) }
            td.n class=(if exception.old { "n would" } else { "n" }) { (exception.days.map_or_else(|| "?".to_owned(), number)) }
            td.when { (exception.since.as_deref().unwrap_or("not said")) }
            td.when { @if exception.expired { span.refused { (exception.rule.expires.as_deref().unwrap_or_default()) } } @else { (exception.rule.expires.as_deref().unwrap_or_default()) } }
            td { code { (exception.rule.at) } }
        }
    };
    markup! {
        @if !told.exceptions.is_empty() {
            section #exceptions {
                h2 { "Exceptions" }
                p.faint { "Grants that have an end. Those that are older than " (of(told.old_after_days, "day")) " are marked." }
                (table(&heads, &told.exceptions, row))
            }
        }
    }
}

fn grants(told: &ReportSummary) -> Markup {
    if told.policy.is_empty() {
        return markup! {};
    }
    let mut grants: Vec<&Grant> = told.grants.iter().collect();
    grants.sort_by_key(|grant| (grant.things.is_none(), grant.things != Some(0), std::cmp::Reverse(grant.calls)));
    let largest = grants.iter().map(|grant| grant.calls).max().unwrap_or(0);
    let heads = [("", ""), ("", "grant"), ("", "reason"), ("n", "things"), ("n", "calls"), ("", "")];
    let row = |grant: &&Grant| {
        let (class, word) = match grant.things {
            None => ("mark faint", "not recorded"),
            Some(0) if told.unused_is_known => ("mark would", "not used"),
            Some(0) => ("mark faint", "not known"),
            Some(_) => ("mark good", "used"),
        };
        let width = format!("width:{}%", share(grant.calls, largest));
        markup! {
            td { span class=(class) { (word) } }
            td.thing { (grant.rule.rule) }
            td { (grant.rule.reason.as_deref().unwrap_or_default()) }
            td.n { (grant.things.map_or_else(|| "–".to_owned(), number)) }
            td.n { (number(grant.calls)) }
            td { span.bar { i style=(width) {} } }
        }
    };
    markup! {
        section #grants {
            h2 { "Grants" }
            @if told.unused_is_known {
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

/// Width and height of the picture, and the room for its numbers.
const WIDE: usize = 1000;
const HIGH: usize = 200;
const LEFT: usize = 56;
const BOTTOM: usize = 24;

/// Refusals by hour, day or week: whichever gives a picture that can be read.
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
    let told = |bar: usize| {
        let moment = at(bar);
        if unit == 3600 { crate::cli::output::moment(moment) } else { moment.strftime("%Y-%m-%d").to_string() }
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
                    text x=(LEFT - 8) y=(y + 4) text-anchor="end" { (number(top * part / 2)) }
                }
                @for (index, bar) in bars.iter().enumerate() {
                    @if bar.denied() > 0 {
                        @let (refused, would) = (height(bar.refused), height(bar.would_refuse));
                        g {
                            title { (told(index)) ": " (number(bar.refused)) " refused, " (number(bar.would_refuse)) " went on in audit" }
                            rect.refused x=(x(index)) y=(HIGH - refused) width=(wide) height=(refused) {}
                            rect.would x=(x(index)) y=(HIGH.saturating_sub(refused + would)) width=(wide) height=(would) {}
                        }
                    }
                }
                @for index in (0..count).step_by(step) {
                    text x=(x(index)) y=(HIGH + 18) { (told(index)) }
                }
            }
        }
    }
}

/// A name in the tree of what was touched, with all below it.
#[derive(Default)]
struct Node {
    below: BTreeMap<String, Node>,
    /// Calls by scope.
    scopes: BTreeMap<Scope, u64>,
    denied: u64,
}

impl Node {
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

    fn told(&self) -> Markup {
        markup! {
            span { @for (at, (scope, calls)) in self.scopes.iter().enumerate() { @if at > 0 { ", " } (scope.name()) " " (number(*calls)) } }
            @if self.denied > 0 { span.refused { (number(self.denied)) " refused" } }
        }
    }

    /// The node under its name. Folders with one name in them are told in one line.
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
            return markup! { p { (name) (node.told()) } };
        }
        let mut below: Vec<(&String, &Self)> = node.below.iter().collect();
        let hidden = below.len().saturating_sub(MOST_NAMES.min(*left));
        if hidden > 0 {
            below.sort_by_key(|(_, node)| std::cmp::Reverse((node.denied, node.scopes.values().sum::<u64>())));
            below.truncate(below.len() - hidden);
            below.sort_by_key(|(name, _)| *name);
        }
        markup! {
            details open[open > 0] {
                summary { (name) (node.told()) }
                @for (name, node) in below { (node.markup(name, open.saturating_sub(1), left)) }
                @if hidden > 0 { p.faint { "and " (number(hidden)) " more names" } }
            }
        }
    }
}

fn tree(touched: &[(&Asked, Calls)], around: &Surroundings) -> Markup {
    let tokens = &around.tokens;
    let places = [("${PROJECT}", &tokens.project), ("${TMP}", &tokens.tmp), ("${HOME}", &tokens.home)];
    let mut roots: BTreeMap<&str, Node> = BTreeMap::new();
    for (asked, calls) in touched {
        let mut add = |root, names: &mut dyn Iterator<Item = &str>| {
            roots.entry(root).or_default().add(names, asked.scope, *calls);
        };
        match &asked.what {
            What::Path(path) | What::Tree(path) => {
                let found = places.iter().find_map(|(token, place)| {
                    let place = std::str::from_utf8(place.as_deref()?).ok().filter(|place| *place != "/")?;
                    let rest = path.strip_prefix(place.trim_end_matches('/'))?;
                    (rest.is_empty() || rest.starts_with('/')).then_some((*token, rest))
                });
                let (root, rest) = found.unwrap_or(("/", path));
                add(root, &mut rest.split('/').filter(|name| !name.is_empty()));
            }
            What::Host(host) => add("hosts", &mut std::iter::once(host.as_str())),
            What::Program(file) => add("programs", &mut std::iter::once(file.as_str())),
            What::Name(name) => add("variables", &mut std::iter::once(name.as_str())),
            What::Whole => add("others", &mut std::iter::once(asked.scope.name())),
        }
    }
    let mut left = MOST_NODES;
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
    use super::{BEGIN, write};

    #[test]
    fn only_a_page_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.html");
        let page = format!("{BEGIN}</html>");
        write(&path, &page).unwrap();
        write(&path, &page).unwrap();
        std::fs::write(&path, "{}").unwrap();
        assert!(write(&path, &page).unwrap_err().contains("is no page of permit report"));
        assert_eq!(std::fs::read(&path).unwrap(), b"{}");
    }
}

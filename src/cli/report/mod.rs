//! `permit report LOG…`: what logs tell of a policy in use, as text, JSON or a page.

mod page;
mod summary;

use std::path::Path;

use self::summary::{ReportSummary, text};
use super::arguments::Arguments;
use super::logs::{Logs, Recorded, Skipped, with_places};
use super::output::{FAINT, Outcome, PLAIN, Page, WARY, json, tell};
use crate::config::Surroundings;
use crate::rollout::gathered::Asked;
use crate::rollout::report::{Calls, Tally};
use crate::rollout::usage::{exceptions, grants};
use crate::sources::{LoadedSources, Sources, around_path, surroundings};

/// An exception that has been there for more days is old.
const DAYS: u64 = 14;
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
    let around = with_places(surroundings().map_err(|error| error.to_string())?, arguments)?;
    let said = Sources { flags: arguments.flags.clone(), ..Sources::from_environment() }
        .read(&around)
        .map_err(|error| error.to_string())?;
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
    said: LoadedSources,
    around: &Surroundings,
    arguments: &Arguments,
    days: u64,
) -> Result<ReportSummary, String> {
    if said.names.is_empty() {
        return Ok(ReportSummary {
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
    Ok(ReportSummary {
        report: tally.report(Some(&|asked| asked.allowed(&policy, &files))),
        policy: said.names,
        old_after_days: days,
        exceptions: exceptions(&said.settings, around.now, days),
        grants: grants(&said.settings, around, &files, &counts),
        unused_is_known: tally.holds_all(),
    })
}

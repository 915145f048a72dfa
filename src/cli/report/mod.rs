//! `permit report LOG…`: summarizes logs, and compares them with a policy. Answers in text, JSON or
//! a page.

mod page;
mod summary;

use std::path::Path;

use self::summary::{ReportSummary, text};
use super::arguments::{CommandLine, DEFAULT_DAYS};
use super::error::CliError;
use super::logs::{Logs, RecordedFiles, Skipped, with_tokens};
use super::output::{CommandOutput, FAINT, PLAIN, Page, WARY, json, print_note};
use crate::config::Surroundings;
use crate::rollout::observations::Access;
use crate::rollout::report::{Calls, Tally};
use crate::rollout::usage::{exceptions, grants};
use crate::sources::{LoadedSources, Sources, around_path, surroundings};

/// Runs the command.
///
/// # Errors
/// [`CliError`] if a log or the policy cannot be read, or the page cannot be written.
pub fn report(arguments: &CommandLine, _: &str) -> Result<CommandOutput, CliError> {
    let days = arguments.days("older-than")?.unwrap_or(DEFAULT_DAYS);
    let around = with_tokens(surroundings()?, arguments)?;
    let said = Sources { flags: arguments.flags.clone(), ..Sources::from_environment() }.read(&around)?;
    let target = arguments.value("html").map(|name| around_path(&around, Path::new(name)));
    let mut tally = Tally::default();
    let mut skipped = Skipped::new(arguments.has("skip"));
    Logs::default().read_all(&arguments.words, &mut skipped, &mut |record| tally.add(record))?;
    let mut touched: Vec<(&Access, Calls)> = tally.touched().collect();
    touched.sort_unstable_by_key(|(access, _)| *access);
    let summary = summarize(&tally, &touched, said, &around, arguments, days)?;
    let mut notes = Page::default();
    for note in skipped.notes() {
        notes.put(FAINT, "permit: look at: ").put(WARY, note).end();
    }
    if let Some(path) = target {
        page::write(&path, &page::html(&summary, &touched, &around))?;
        notes.put(FAINT, "permit: ").put(PLAIN, &format!("written to {}", path.display())).end();
    }
    print_note(&notes.finish());
    let text = if arguments.has("json") { json(&summary)? } else { text(&summary) };
    Ok(CommandOutput { text, code: 0 })
}

fn summarize(
    tally: &Tally,
    touched: &[(&Access, Calls)],
    said: LoadedSources,
    around: &Surroundings,
    arguments: &CommandLine,
    days: u64,
) -> Result<ReportSummary, CliError> {
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
    let files = RecordedFiles::here(touched.iter().map(|(access, _)| *access), arguments);
    let (policy, _) = said.settings.clone().into_policy(&files, around)?;
    let policy = policy.enforced();
    let counts: Vec<(&Access, u64)> = touched.iter().map(|(access, calls)| (*access, calls.all())).collect();
    Ok(ReportSummary {
        report: tally.report(Some(&|access| access.allowed(&policy, &files))),
        policy: said.names,
        old_after_days: days,
        exceptions: exceptions(&said.settings, around.now, days),
        grants: grants(&said.settings, around, &files, &counts),
        unused_is_known: tally.holds_all(),
    })
}

//! `permit merge LOG…`: makes one policy from the logs of many processes. Reads the logs record by
//! record, and keeps the distinct accesses.

use super::arguments::CommandLine;
use super::error::CliError;
use super::logs::{Logs, RecordedFiles, Skipped, with_tokens};
use super::output::{CommandOutput, FAINT, PLAIN, Page, WARY, plural, print_note};
use super::policy_file::PolicyFile;
use crate::rollout::observations::{Observations, RecordFilter};
use crate::rollout::proposed_policy::ProposedPolicy;
use crate::sources::surroundings;

/// Runs the command.
///
/// # Errors
/// [`CliError`] if a log or the policy that is added to cannot be read, or the policy cannot be
/// written.
pub fn merge(arguments: &CommandLine, _: &str) -> Result<CommandOutput, CliError> {
    let around = with_tokens(surroundings()?, arguments)?;
    let target = match (arguments.value("out"), arguments.has("merge")) {
        (None, false) => None,
        _ => Some(PolicyFile::find(arguments, &around)?),
    };
    let wanted = RecordFilter { denied: arguments.has("denied"), report_only: arguments.has("report-only-records") };
    let mut observations = Observations::default();
    let mut skipped = Skipped::new(arguments.has("skip"));
    let mut logs = Logs::default();
    logs.read_all(&arguments.words, &mut skipped, &mut |record| observations.add(record, wanted))?;
    let folders = RecordedFiles::elsewhere(observations.sorted().into_iter().map(|(access, _)| access));
    let mut proposal = ProposedPolicy::new(&observations, &around.tokens, &folders);
    let text = match &target {
        Some(target) => target.text(&mut proposal, &observations, &around, &folders)?,
        None => PolicyFile::nowhere(&around).text(&mut proposal, &observations, &around, &folders)?,
    };
    let mut page = Page::default();
    page.put(FAINT, "permit: ").put(PLAIN, &format!("{} records, {} distinct", logs.records, observations.len())).end();
    for ((decision, under), count) in &observations.left_out {
        let line = format!("{count} calls left out: {} under {}", decision.name(), under.name());
        page.put(FAINT, "permit: ").put(PLAIN, &line).end();
    }
    for note in skipped.notes().chain(&proposal.notes) {
        page.put(FAINT, "permit: look at: ").put(WARY, note).end();
    }
    let Some(target) = target else {
        print_note(&page.finish());
        return Ok(CommandOutput { text, code: 0 });
    };
    target.write(&text)?;
    page.put(FAINT, "permit: ")
        .put(PLAIN, &format!("{} written to {}", plural(proposal.grants.len(), "grant"), target.path.display()))
        .end();
    print_note(&page.finish());
    Ok(CommandOutput { text: String::new(), code: 0 })
}

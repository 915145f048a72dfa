//! `permit merge LOG…`: the logs of many processes into one policy. The logs are read as they come, and only what is
//! distinct in them is held.

use super::arguments::Arguments;
use super::logs::{Logs, Recorded, Skipped, with_places};
use super::output::{FAINT, Outcome, PLAIN, Page, WARY, of, tell};
use super::written::Target;
use crate::rollout::draft::Draft;
use crate::rollout::gathered::{Gathered, Wanted};
use crate::sources::surroundings;

/// Runs the command.
///
/// # Errors
/// One line: a log or the policy that is added to cannot be read, or what was asked for cannot be written.
pub fn merge(arguments: &Arguments, _: &str) -> Result<Outcome, String> {
    let around = with_places(surroundings().map_err(|error| error.to_string())?, arguments)?;
    let target = match (arguments.value("out"), arguments.has("merge")) {
        (None, false) => None,
        _ => Some(Target::find(arguments, "node.config.json", &around)?),
    };
    let wanted = Wanted { denied: arguments.has("denied"), report_only: arguments.has("report-only-records") };
    let mut gathered = Gathered::default();
    let mut skipped = Skipped::new(arguments.has("skip"));
    let mut logs = Logs::default();
    logs.read_all(&arguments.words, &mut skipped, &mut |record| gathered.add(record, wanted))?;
    let folders = Recorded::elsewhere(gathered.sorted().into_iter().map(|(asked, _)| asked));
    let mut draft = Draft::new(&gathered, &around.tokens, &folders);
    let text = match &target {
        Some(target) => target.text(&mut draft, &gathered, &around, &folders)?,
        None => Target::nowhere(&around).text(&mut draft, &gathered, &around, &folders)?,
    };
    let mut page = Page::default();
    page.put(FAINT, "permit: ").put(PLAIN, &format!("{} records, {} distinct", logs.records, gathered.len())).end();
    for ((decision, under), count) in &gathered.left_out {
        let line = format!("{count} calls left out: {} under {}", decision.name(), under.name());
        page.put(FAINT, "permit: ").put(PLAIN, &line).end();
    }
    for note in skipped.notes().chain(&draft.notes) {
        page.put(FAINT, "permit: look at: ").put(WARY, note).end();
    }
    let Some(target) = target else {
        tell(&page.finish());
        return Ok(Outcome { text, code: 0 });
    };
    target.write(&text)?;
    page.put(FAINT, "permit: ")
        .put(PLAIN, &format!("{} written to {}", of(draft.wishes.len(), "grant"), target.path.display()))
        .end();
    tell(&page.finish());
    Ok(Outcome { text: String::new(), code: 0 })
}

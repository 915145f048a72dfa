//! `permit merge LOG…`: the logs of many processes into one policy. The logs are read as they come, and only what is
//! distinct in them is held.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, stdin};
use std::path::Path;

use super::arguments::Arguments;
use super::logs::{Logs, Skipped};
use super::output::{FAINT, Outcome, PLAIN, Page, WARY, tell};
use super::written::Target;
use crate::config::Surroundings;
use crate::policy::Files;
use crate::rollout::draft::Draft;
use crate::rollout::fold::Folders;
use crate::rollout::gathered::{Gathered, Wanted, What};
use crate::sources::surroundings;

/// The file system as the logs tell of it: they may come from other machines.
struct Recorded {
    directories: BTreeSet<String>,
}

impl Recorded {
    fn new(gathered: &Gathered) -> Self {
        let mut directories = BTreeSet::new();
        for (asked, _) in gathered.sorted() {
            let path = match &asked.what {
                What::Path(path) => path.as_str(),
                What::Tree(path) => {
                    directories.insert(path.clone());
                    path
                }
                _ => continue,
            };
            let above = Path::new(path).ancestors().skip(1).map(|above| above.display().to_string());
            for directory in above {
                if !directories.insert(directory) {
                    break;
                }
            }
        }
        Self { directories }
    }
}

impl Files for Recorded {
    fn is_dir(&self, path: &[u8]) -> bool {
        std::str::from_utf8(path).is_ok_and(|path| self.directories.contains(path))
    }

    fn real_path(&self, path: &[u8]) -> Option<Vec<u8>> {
        Some(path.to_vec())
    }

    fn program(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

impl Folders for Recorded {
    fn names(&self, _: &[u8]) -> Option<Vec<String>> {
        None
    }
}

/// Runs the command.
///
/// # Errors
/// One line: a log or the policy that is added to cannot be read, or what was asked for cannot be written.
pub fn merge(arguments: &Arguments, _: &str) -> Result<Outcome, String> {
    if arguments.words.is_empty() {
        return Err("no log; accepted is permit merge LOG…, and - for standard input".to_owned());
    }
    let around = with_places(surroundings()?, arguments)?;
    let target = match (arguments.value("out"), arguments.has("merge")) {
        (None, false) => None,
        _ => Some(Target::find(arguments, "node.config.json", &around)?),
    };
    let wanted = Wanted { denied: arguments.has("denied"), report_only: arguments.has("report-only-records") };
    let mut gathered = Gathered::default();
    let mut skipped = Skipped::new(arguments.has("skip"));
    let mut logs = Logs::default();
    for name in &arguments.words {
        let mut add = |record: &crate::rollout::record::Record<'_>| gathered.add(record, wanted);
        if name == "-" {
            logs.read(name, stdin().lock(), &mut skipped, &mut add)?;
        } else {
            let file = File::open(name).map_err(|error| format!("{name}: {error}"))?;
            logs.read(name, BufReader::with_capacity(1 << 18, file), &mut skipped, &mut add)?;
        }
    }
    let folders = Recorded::new(&gathered);
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
        .put(PLAIN, &format!("{} grants written to {}", draft.wishes.len(), target.path.display()))
        .end();
    tell(&page.finish());
    Ok(Outcome { text: String::new(), code: 0 })
}

/// The places that tokens stood for where the logs were written, as far as that is said.
fn with_places(mut around: Surroundings, arguments: &Arguments) -> Result<Surroundings, String> {
    let tokens = &mut around.tokens;
    for (option, place) in [("project", &mut tokens.project), ("home", &mut tokens.home), ("tmp", &mut tokens.tmp)] {
        if let Some(path) = arguments.value(option) {
            if !path.starts_with('/') {
                return Err(format!("--{option}: found {path:?}, accepted is an absolute path"));
            }
            *place = Some(path.trim_end_matches('/').as_bytes().to_vec()).filter(|path| !path.is_empty());
        }
    }
    Ok(around)
}

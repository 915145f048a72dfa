//! `permit check [FILE]`: its arguments, and its findings as text, JSON or SARIF.

use std::path::Path;

use serde::Serialize;

use super::arguments::Arguments;
use super::grammar::COMMAND;
use super::logs::{Logs, Recorded, Skipped};
use super::output::{FAINT, GOOD, Outcome, PLAIN, Page, WARY, json};
use super::sarif;
use crate::config::{Settings, Source, Surroundings, profile_names};
use crate::rollout::Grounds;
use crate::rollout::check::{Finding, Level, check as look, unused};
use crate::rollout::report::Tally;
use crate::rollout::usage::grants;
use crate::sources::{Sources, around_path, read_text, surroundings};
use crate::system::files::{System, path_of};

/// What expires within so many days expires soon.
const DAYS: u64 = 14;

/// The whole answer.
#[derive(Serialize)]
struct CheckOutput {
    sources: Vec<String>,
    findings: Vec<Finding>,
}

/// Runs the command.
///
/// # Errors
/// One line, if the policy cannot be read in full: the same as at the start of a program.
pub fn check(arguments: &Arguments, _: &str) -> Result<Outcome, String> {
    let days = match arguments.value("within") {
        None => DAYS,
        Some(text) => text.parse().map_err(|_| format!("--within: found {text:?}, accepted is a number of days"))?,
    };
    if arguments.has("json") && arguments.has("sarif") {
        return Err("--sarif: found beside --json, accepted is one of them".to_owned());
    }
    let around = surroundings().map_err(|error| error.to_string())?;
    let sources = match arguments.words.as_slice() {
        [] => Sources { flags: arguments.flags.clone(), ..Sources::from_environment() },
        [file] => {
            read_text("check", &around_path(&around, Path::new(file))).map_err(|error| error.to_string())?;
            Sources { flags: arguments.flags.clone(), config: Some(file.into()), ..Sources::default() }
        }
        [_, extra, ..] => return Err(format!("found {extra:?} behind the file; one policy is checked at a time")),
    };
    let touched = Touched::read(arguments)?;
    let told = findings(sources, &around, days.saturating_mul(86_400), touched.as_ref())?;
    let here = String::from_utf8_lossy(&around.cwd);
    let text = if arguments.has("sarif") {
        json(&sarif::log(&told.findings, &here))?
    } else if arguments.has("json") {
        json(&told)?
    } else {
        text(&told, &here)
    };
    let warns = told.findings.iter().any(|finding| finding.level >= Level::Warning);
    Ok(Outcome { text, code: i32::from(warns) })
}

/// What the logs of `--trace` hold.
struct Touched {
    tally: Tally,
    files: Recorded,
}

impl Touched {
    fn read(arguments: &Arguments) -> Result<Option<Self>, String> {
        let logs: Vec<String> = arguments.values("trace").map(str::to_owned).collect();
        if logs.is_empty() {
            return Ok(None);
        }
        let mut tally = Tally::default();
        Logs::default().read_all(&logs, &mut Skipped::new(false), &mut |record| tally.add(record))?;
        if !tally.holds_all() {
            return Err(format!(
                "--trace: {} does not hold all that was touched; accepted is a log of permit trace without flags, or of \
                 --report-only with a policy that grants nothing",
                logs.join(", ")
            ));
        }
        let files = Recorded::here(tally.touched().map(|(asked, _)| asked), arguments);
        Ok(Some(Self { tally, files }))
    }

    fn unused(&self, settings: &Settings, around: &Surroundings) -> Vec<Finding> {
        let touched: Vec<_> = self.tally.touched().map(|(asked, calls)| (asked, calls.all())).collect();
        unused(settings, &grants(settings, around, &self.files, &touched))
    }
}

/// The findings in the policy and in each of its profiles, or in the one that was picked. Of use tells the policy that is
/// picked alone: a program that was traced ran under one.
fn findings(
    mut sources: Sources,
    around: &Surroundings,
    soon: u64,
    touched: Option<&Touched>,
) -> Result<CheckOutput, String> {
    let said = sources.read(around).map_err(|error| error.to_string())?;
    if said.names.is_empty() {
        return Err(format!("there is no policy here. Usage: {COMMAND} check FILE, or name a policy as at start"));
    }
    let look = |settings: &Settings| look(&Grounds::plain(settings, around, &System), soon);
    let mut findings = look(&said.settings)?;
    findings.extend(touched.iter().flat_map(|touched| touched.unused(&said.settings, around)));
    let picked = sources.profile.is_some() || said.settings.profile.is_some();
    for profile in profiles(&said.files).into_iter().filter(|_| !picked) {
        sources.profile = Some(profile.clone().into());
        for finding in look(&sources.read(around).map_err(|error| error.to_string())?.settings)? {
            let known = |known: &Finding| {
                (known.id, &known.rule, &known.message) == (finding.id, &finding.rule, &finding.message)
            };
            if !findings.iter().any(known) {
                findings.push(Finding { profile: Some(profile.clone()), ..finding });
            }
        }
    }
    findings.sort_by(|one, other| one.place.cmp(&other.place));
    Ok(CheckOutput { sources: said.names, findings })
}

/// The profiles that every file has: one that a file lacks cannot be picked.
fn profiles(files: &[Vec<u8>]) -> Vec<String> {
    let of_file = |path: &Vec<u8>| {
        let path: &Path = path_of(path);
        let text = read_text("check", path).ok()?;
        profile_names(&Source { name: "", directory: b"/", text: &text }).ok()
    };
    let mut lists = files.iter().filter_map(of_file);
    let first = lists.next().unwrap_or_default();
    lists.fold(first, |all, next| all.into_iter().filter(|name| next.contains(name)).collect())
}

fn text(told: &CheckOutput, here: &str) -> String {
    let mut page = Page::default();
    for finding in &told.findings {
        let at = match &finding.place {
            Some(place) => {
                let file = place.file.strip_prefix(here).and_then(|rest| rest.strip_prefix('/')).unwrap_or(&place.file);
                format!("{file}:{}:{}", place.line, place.column)
            }
            None => finding.rule.at.clone(),
        };
        let (style, word) = match finding.level {
            Level::Note => (FAINT, "note"),
            Level::Warning => (WARY, "warning"),
        };
        page.put(PLAIN, &at).put(PLAIN, ": ").put(style, word);
        page.put(PLAIN, &format!(": {} {}", finding.rule.rule, finding.message));
        if let Some(profile) = &finding.profile {
            page.put(FAINT, &format!(" (in the profile {profile})"));
        }
        page.put(FAINT, &format!(" [{}]", finding.id)).end();
    }
    let count = |level| told.findings.iter().filter(|finding| finding.level == level).count();
    let (warnings, notes) = (count(Level::Warning), count(Level::Note));
    let of = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    page.put(if warnings == 0 { GOOD } else { WARY }, &of(warnings, "warning"));
    page.put(PLAIN, &format!(", {} in {}", of(notes, "note"), told.sources.join(", "))).end();
    page.finish()
}

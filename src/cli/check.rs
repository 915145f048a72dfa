//! `permit check [FILE]`: finds likely mistakes in a policy. Answers in text, JSON or SARIF.

use std::path::Path;

use serde::Serialize;

use super::arguments::{CommandLine, DEFAULT_DAYS};
use super::error::CliError;
use super::logs::{Logs, RecordedFiles, Skipped};
use super::output::{CommandOutput, FAINT, GOOD, PLAIN, Page, WARY, json, plural};
use super::sarif;
use crate::config::{Settings, Source, Surroundings, profile_names};
use crate::rollout::check::{Finding, Level, check as look, unused};
use crate::rollout::report::Tally;
use crate::rollout::usage::grants;
use crate::rollout::{DAY, PolicyContext};
use crate::sources::{Sources, around_path, read_text, surroundings};
use crate::system::files::{System, path_of};

/// The whole answer.
#[derive(Serialize)]
struct CheckOutput {
    sources: Vec<String>,
    findings: Vec<Finding>,
}

/// Runs the command.
///
/// # Errors
/// [`CliError`] if the policy cannot be read in full, as at the start of a program.
pub fn check(arguments: &CommandLine, _: &str) -> Result<CommandOutput, CliError> {
    let days = arguments.days("within")?.unwrap_or(DEFAULT_DAYS);
    if arguments.has("json") && arguments.has("sarif") {
        return Err(CliError::Both { option: "sarif", other: "json" });
    }
    let around = surroundings()?;
    let sources = match arguments.words.as_slice() {
        [] => Sources { flags: arguments.flags.clone(), ..Sources::from_environment() },
        [file] => {
            read_text("check", &around_path(&around, Path::new(file)))?;
            Sources { flags: arguments.flags.clone(), config: Some(file.into()), ..Sources::default() }
        }
        [_, extra, ..] => {
            let (last, usage) = ("file", "check [flags] [FILE]");
            return Err(CliError::ExtraWord { found: extra.clone(), last, usage });
        }
    };
    let touched = TracedUsage::read(arguments)?;
    let output = findings(sources, &around, days.saturating_mul(DAY), touched.as_ref())?;
    let here = String::from_utf8_lossy(&around.cwd);
    let text = if arguments.has("sarif") {
        json(&sarif::log(&output.findings, &here))?
    } else if arguments.has("json") {
        json(&output)?
    } else {
        text(&output, &here)
    };
    let warns = output.findings.iter().any(|finding| finding.level >= Level::Warning);
    Ok(CommandOutput { text, code: i32::from(warns) })
}

/// The accesses in the logs of `--trace`.
struct TracedUsage {
    tally: Tally,
    files: RecordedFiles,
}

impl TracedUsage {
    fn read(arguments: &CommandLine) -> Result<Option<Self>, CliError> {
        let logs: Vec<String> = arguments.values("trace").map(str::to_owned).collect();
        if logs.is_empty() {
            return Ok(None);
        }
        let mut tally = Tally::default();
        Logs::default().read_all(&logs, &mut Skipped::new(false), &mut |record| tally.add(record))?;
        if !tally.holds_all() {
            return Err(CliError::IncompleteLog { logs: logs.join(", ") });
        }
        let files = RecordedFiles::here(tally.touched().map(|(access, _)| access), arguments);
        Ok(Some(Self { tally, files }))
    }

    fn unused(&self, settings: &Settings, around: &Surroundings) -> Vec<Finding> {
        let touched: Vec<_> = self.tally.touched().map(|(access, calls)| (access, calls.all())).collect();
        unused(settings, &grants(settings, around, &self.files, &touched))
    }
}

/// Returns the findings in the policy and in each of its profiles, or in the chosen profile only.
/// Only the chosen one has findings about usage: a traced program ran under one profile.
fn findings(
    mut sources: Sources,
    around: &Surroundings,
    soon: u64,
    touched: Option<&TracedUsage>,
) -> Result<CheckOutput, CliError> {
    let said = sources.read(around)?;
    if said.names.is_empty() {
        return Err(CliError::NoPolicy);
    }
    let look = |settings: &Settings| look(&PolicyContext::plain(settings, around, &System), soon);
    let mut findings = look(&said.settings)?;
    findings.extend(touched.iter().flat_map(|touched| touched.unused(&said.settings, around)));
    let picked = sources.profile.is_some() || said.settings.profile.is_some();
    for profile in profiles(&said.files).into_iter().filter(|_| !picked) {
        sources.profile = Some(profile.clone().into());
        for finding in look(&sources.read(around)?.settings)? {
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

/// Returns the profiles that every file has. A profile that a file lacks cannot be chosen.
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

fn text(output: &CheckOutput, here: &str) -> String {
    let mut page = Page::default();
    for finding in &output.findings {
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
    let count = |level| output.findings.iter().filter(|finding| finding.level == level).count();
    let (warnings, notes) = (count(Level::Warning), count(Level::Note));
    page.put(if warnings == 0 { GOOD } else { WARY }, &plural(warnings, "warning"));
    page.put(PLAIN, &format!(", {} in {}", plural(notes, "note"), output.sources.join(", "))).end();
    page.finish()
}

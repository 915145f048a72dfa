//! `permit diff OLD NEW`: compares two policies. Answers in text or JSON.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::arguments::CommandLine;
use super::error::CliError;
use super::output::{BAD, CommandOutput, FAINT, GOOD, PLAIN, Page, Style, WARY, json};
use crate::config::{ConfigError, Settings, Source, Surroundings, parse_file, profile_names};
use crate::rollout::PolicyContext;
use crate::rollout::diff::{Step, StepKind, gained};
use crate::sources::{around_path, read_text, surroundings};
use crate::system::files::System;

/// The name of standard input in answers.
const INPUT: &str = "standard input";

/// The text of one policy.
struct PolicyText {
    name: String,
    text: String,
}

/// The whole answer.
#[derive(Serialize)]
struct DiffOutput {
    old: String,
    new: String,
    grew: bool,
    profiles: Vec<Compared>,
}

/// The differences in the policy, or in one of its profiles.
#[derive(Serialize)]
struct Compared {
    /// The profile; absent for the policy without a profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    gained: Vec<Step>,
    lost: Vec<Step>,
}

/// Runs the command.
///
/// # Errors
/// [`CliError`] if a policy cannot be read.
pub fn diff(arguments: &CommandLine, _: &str) -> Result<CommandOutput, CliError> {
    let [old, new] = arguments.words.as_slice() else {
        return Err(CliError::NotTwoPolicies { found: arguments.words.len() });
    };
    if old == "-" && new == "-" {
        return Err(CliError::InputTwice);
    }
    let around = surroundings()?;
    // Both policies are read as if they were in the folder of the new one, or of the one that is a
    // file.
    let directory = directory_of(if new == "-" { old } else { new }, &around);
    let (old, new) = (PolicyText::read(old, &around)?, PolicyText::read(new, &around)?);
    let profiles = match arguments.value("profile") {
        Some(name) => vec![Some(name.to_owned())],
        None => std::iter::once(None).chain(new.profiles(&directory)?.into_iter().map(Some)).collect(),
    };
    // A new profile is compared with the old policy without a profile.
    let known = old.profiles(&directory)?;
    let asked = arguments.has("profile");
    let mut compared: Vec<Compared> = Vec::new();
    for profile in profiles {
        let before = profile.as_deref().filter(|name| asked || known.iter().any(|known| known == name));
        let (was, is) = (old.settings(&directory, before)?, new.settings(&directory, profile.as_deref())?);
        let context = |settings| PolicyContext::plain(settings, &around, &System);
        let mut found = Compared {
            profile,
            gained: gained(&context(&was), &context(&is))?,
            lost: gained(&context(&is), &context(&was))?,
        };
        // A difference without a profile is reported once.
        if let Some(first) = compared.first() {
            found.gained.retain(|step| !first.gained.contains(step));
            found.lost.retain(|step| !first.lost.contains(step));
        }
        compared.push(found);
    }
    let grew = compared.iter().any(|found| !found.gained.is_empty());
    let output = DiffOutput { old: old.name, new: new.name, grew, profiles: compared };
    let text = if arguments.has("json") { json(&output)? } else { text(&output) };
    Ok(CommandOutput { text, code: i32::from(grew) })
}

fn directory_of(name: &str, around: &Surroundings) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    let path =
        if name == "-" { PathBuf::new() } else { Path::new(name).parent().map(Path::to_owned).unwrap_or_default() };
    around_path(around, &path).as_os_str().as_bytes().to_vec()
}

impl PolicyText {
    fn read(name: &str, around: &Surroundings) -> Result<Self, CliError> {
        if name != "-" {
            let text = read_text("diff", &around_path(around, Path::new(name)))?;
            return Ok(Self { name: name.to_owned(), text });
        }
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(CliError::at(INPUT))?;
        let text = String::from_utf8(bytes).map_err(|_| CliError::InputNoText)?;
        Ok(Self { name: INPUT.to_owned(), text })
    }

    fn source<'s>(&'s self, directory: &'s [u8]) -> Source<'s> {
        Source { name: &self.name, directory, text: &self.text }
    }

    fn profiles(&self, directory: &[u8]) -> Result<Vec<String>, ConfigError> {
        profile_names(&self.source(directory))
    }

    /// Reads the policy. A file without the key `permission` grants nothing.
    fn settings(&self, directory: &[u8], profile: Option<&str>) -> Result<Settings, CliError> {
        let settings = parse_file(&self.source(directory), profile)?;
        if let (None, Some(profile)) = (&settings, profile) {
            return Err(CliError::NoProfile { file: self.name.clone(), name: profile.to_owned() });
        }
        Ok(settings.unwrap_or_default())
    }
}

fn text(output: &DiffOutput) -> String {
    let mut page = Page::default();
    let count =
        |steps: fn(&Compared) -> &Vec<Step>| output.profiles.iter().map(|found| steps(found).len()).sum::<usize>();
    let (more, less) = (count(|found| &found.gained), count(|found| &found.lost));
    let (style, word) = if output.grew { (BAD, "grew") } else { (GOOD, "did not grow") };
    page.put(PLAIN, &format!("{} -> {}: the policy ", output.old, output.new)).put(style, word);
    page.put(PLAIN, &format!(" ({more} gained, {less} lost)")).end();
    for found in &output.profiles {
        if let Some(profile) = found.profile.as_ref().filter(|_| !found.gained.is_empty() || !found.lost.is_empty()) {
            page.put(PLAIN, &format!("profile {profile}")).end();
        }
        found.gained.iter().for_each(|step| one(&mut page, "+", BAD, step, true));
        found.lost.iter().for_each(|step| one(&mut page, "-", GOOD, step, false));
    }
    page.finish()
}

fn one(page: &mut Page, sign: &str, style: Style, step: &Step, gained: bool) {
    page.put(style, sign).put(PLAIN, " ");
    let what = match (step.kind, gained) {
        (StepKind::Grant, true) => "granted by",
        (StepKind::Longer, true) => "granted for longer by",
        (StepKind::Denial, true) => "no longer denied by",
        (StepKind::Grant, false) => "no longer granted by",
        (StepKind::Longer, false) => "was granted for longer by",
        (StepKind::Denial, false) => "denied by",
        (StepKind::Setting, true) => "set",
        (StepKind::Setting, false) => "no longer set",
    };
    page.put(PLAIN, what);
    match &step.rule {
        Some(rule) => {
            page.put(PLAIN, &format!(" {} ({})", rule.rule, rule.at));
            if let Some(day) = &rule.expires {
                page.put(PLAIN, &format!(", until {day}"));
            }
        }
        None if step.kind != StepKind::Setting => {
            page.put(PLAIN, " the lack of a list");
        }
        None => {}
    }
    page.end();
    for thing in &step.things {
        page.put(FAINT, &format!("    {thing}")).end();
    }
    if step.undecided {
        page.put(WARY, "    its wildcards cannot be compared with the others: it is counted").end();
    }
}

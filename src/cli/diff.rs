//! `permit diff OLD NEW`: its arguments, and its answer as text or JSON.

use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::arguments::Arguments;
use super::grammar::COMMAND;
use super::output::{BAD, FAINT, GOOD, Outcome, PLAIN, Page, Style, WARY, json};
use crate::config::{Settings, Source, Surroundings, parse_file, profile_names};
use crate::rollout::Grounds;
use crate::rollout::diff::{Kind, Step, gained};
use crate::sources::{around_path, read_text, surroundings};
use crate::system::files::System;

/// One of the two policies.
struct Side {
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

/// What is told of the policy, or of one of its profiles.
#[derive(Serialize)]
struct Compared {
    /// The profile; absent for the policy without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    gained: Vec<Step>,
    lost: Vec<Step>,
}

/// Runs the command.
///
/// # Errors
/// One line, if a policy cannot be read.
pub fn diff(arguments: &Arguments, _: &str) -> Result<Outcome, String> {
    let [old, new] = arguments.words.as_slice() else {
        return Err(format!(
            "diff needs two policies, found {}. Usage: {COMMAND} diff OLD NEW (files, or -)",
            arguments.words.len()
        ));
    };
    if old == "-" && new == "-" {
        return Err("only one of the policies can come from standard input".to_owned());
    }
    let around = surroundings().map_err(|error| error.to_string())?;
    // Both are read as if they stood where the new one stands, or the one that stands anywhere.
    let directory = directory_of(if new == "-" { old } else { new }, &around);
    let (old, new) = (Side::read(old, &around)?, Side::read(new, &around)?);
    let profiles = match arguments.value("profile") {
        Some(name) => vec![Some(name.to_owned())],
        None => std::iter::once(None).chain(new.profiles(&directory)?.into_iter().map(Some)).collect(),
    };
    // One that is new adds to what the old policy said without it.
    let known = old.profiles(&directory)?;
    let asked = arguments.has("profile");
    let mut compared: Vec<Compared> = Vec::new();
    for profile in profiles {
        let before = profile.as_deref().filter(|name| asked || known.iter().any(|known| known == name));
        let (was, is) = (old.settings(&directory, before)?, new.settings(&directory, profile.as_deref())?);
        let grounds = |settings| Grounds::plain(settings, &around, &System);
        let mut found = Compared {
            profile,
            gained: gained(&grounds(&was), &grounds(&is))?,
            lost: gained(&grounds(&is), &grounds(&was))?,
        };
        // What the policy says without a profile is told once.
        if let Some(first) = compared.first() {
            found.gained.retain(|step| !first.gained.contains(step));
            found.lost.retain(|step| !first.lost.contains(step));
        }
        compared.push(found);
    }
    let grew = compared.iter().any(|found| !found.gained.is_empty());
    let told = DiffOutput { old: old.name, new: new.name, grew, profiles: compared };
    let text = if arguments.has("json") { json(&told)? } else { text(&told) };
    Ok(Outcome { text, code: i32::from(grew) })
}

fn directory_of(name: &str, around: &Surroundings) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    let path =
        if name == "-" { PathBuf::new() } else { Path::new(name).parent().map(Path::to_owned).unwrap_or_default() };
    around_path(around, &path).as_os_str().as_bytes().to_vec()
}

impl Side {
    fn read(name: &str, around: &Surroundings) -> Result<Self, String> {
        if name != "-" {
            let text = read_text("diff", &around_path(around, Path::new(name))).map_err(|error| error.to_string())?;
            return Ok(Self { name: name.to_owned(), text });
        }
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(|error| format!("standard input: {error}"))?;
        let text = String::from_utf8(bytes).map_err(|_| "standard input: is no UTF-8 text".to_owned())?;
        Ok(Self { name: "standard input".to_owned(), text })
    }

    fn source<'s>(&'s self, directory: &'s [u8]) -> Source<'s> {
        Source { name: &self.name, directory, text: &self.text }
    }

    fn profiles(&self, directory: &[u8]) -> Result<Vec<String>, String> {
        profile_names(&self.source(directory)).map_err(|error| error.to_string())
    }

    /// A file without the key grants nothing.
    fn settings(&self, directory: &[u8], profile: Option<&str>) -> Result<Settings, String> {
        let settings = parse_file(&self.source(directory), profile).map_err(|error| error.to_string())?;
        if let (None, Some(profile)) = (&settings, profile) {
            return Err(format!("{}: there is no profile {profile:?}", self.name));
        }
        Ok(settings.unwrap_or_default())
    }
}

fn text(told: &DiffOutput) -> String {
    let mut page = Page::default();
    let count =
        |steps: fn(&Compared) -> &Vec<Step>| told.profiles.iter().map(|found| steps(found).len()).sum::<usize>();
    let (more, less) = (count(|found| &found.gained), count(|found| &found.lost));
    let (style, word) = if told.grew { (BAD, "grew") } else { (GOOD, "did not grow") };
    page.put(PLAIN, &format!("{} -> {}: the policy ", told.old, told.new)).put(style, word);
    page.put(PLAIN, &format!(" ({more} gained, {less} lost)")).end();
    for found in &told.profiles {
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
        (Kind::Grant, true) => "granted by",
        (Kind::Longer, true) => "granted for longer by",
        (Kind::Denial, true) => "no longer denied by",
        (Kind::Grant, false) => "no longer granted by",
        (Kind::Longer, false) => "was granted for longer by",
        (Kind::Denial, false) => "denied by",
        (Kind::Setting, true) => "set",
        (Kind::Setting, false) => "no longer set",
    };
    page.put(PLAIN, what);
    match &step.rule {
        Some(rule) => {
            page.put(PLAIN, &format!(" {} ({})", rule.rule, rule.at));
            if let Some(day) = &rule.expires {
                page.put(PLAIN, &format!(", until {day}"));
            }
        }
        None if step.kind != Kind::Setting => {
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

//! Logs read for a command: what is no record stops it, or is skipped and told if that was asked for. And what they tell
//! of the place where they were written.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::Path;

use super::arguments::Arguments;
use crate::config::Surroundings;
use crate::policy::Files;
use crate::rollout::fold::Folders;
use crate::rollout::gathered::{Asked, What};
use crate::rollout::record::{Fault, Reader, Record};
use crate::system::files::System;

/// What was skipped.
#[derive(Debug)]
pub struct Skipped {
    skips: bool,
    count: u64,
    first: Vec<String>,
    more: String,
}

/// As many lines are told that were skipped; the others are counted.
const MOST: usize = 10;

impl Skipped {
    /// Whether to skip at all.
    pub fn new(skips: bool) -> Self {
        Self { skips, count: 0, first: Vec::new(), more: String::new() }
    }

    fn skip(&mut self, line: &str) {
        self.count += 1;
        if self.first.len() < MOST {
            self.first.push(format!("skipped {line}"));
        } else {
            self.more = format!("skipped {} more lines", self.count - MOST as u64);
        }
    }

    /// A line for each, up to a bound.
    pub fn notes(&self) -> impl Iterator<Item = &String> {
        self.first.iter().chain(Some(&self.more).filter(|more| !more.is_empty()))
    }
}

/// What was read.
#[derive(Debug, Default)]
pub struct Logs {
    /// How many records.
    pub records: u64,
}

impl Logs {
    /// Hands on each record of these logs; `-` is standard input.
    ///
    /// # Errors
    /// One line with the log, the line and what is wrong with it, or that there is no log.
    pub fn read_all(
        &mut self,
        names: &[String],
        skipped: &mut Skipped,
        then: &mut dyn FnMut(&Record<'_>),
    ) -> Result<(), String> {
        if names.is_empty() {
            return Err("no log; accepted are the names of logs, and - for standard input".to_owned());
        }
        for name in names {
            if name == "-" {
                self.read(name, stdin().lock(), skipped, then)?;
            } else {
                let file = File::open(name).map_err(|error| format!("{name}: {error}"))?;
                self.read(name, BufReader::with_capacity(1 << 18, file), skipped, then)?;
            }
        }
        Ok(())
    }

    /// Hands on each record of one log.
    ///
    /// # Errors
    /// One line with the log, the line and what is wrong with it.
    fn read(
        &mut self,
        name: &str,
        input: impl BufRead,
        skipped: &mut Skipped,
        then: &mut dyn FnMut(&Record<'_>),
    ) -> Result<(), String> {
        let mut reader = Reader::new(input);
        let before = self.records;
        while let Some(record) = reader.read() {
            match record {
                Ok(record) => {
                    self.records += 1;
                    then(&record);
                }
                Err(bad) => {
                    let unreadable = matches!(bad.fault, Fault::Unreadable(_));
                    let line = format!("{name}:{}: {}", bad.line, bad.fault);
                    if unreadable || !skipped.skips {
                        let way_out = if unreadable { "" } else { "; --skip passes over such lines" };
                        return Err(format!("{line}{way_out}"));
                    }
                    skipped.skip(&line);
                }
            }
        }
        if self.records == before && !skipped.skips {
            return Err(format!("{name}: there is no record in it; --skip passes over such logs"));
        }
        Ok(())
    }
}

/// The file system as logs tell of it.
#[derive(Debug)]
pub struct Recorded {
    directories: BTreeSet<String>,
    /// They were written here: the file system is asked as well.
    here: bool,
}

impl Recorded {
    /// Logs that may come from other machines.
    pub fn elsewhere<'a>(all: impl Iterator<Item = &'a Asked>) -> Self {
        let mut directories = BTreeSet::new();
        for asked in all {
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
        Self { directories, here: false }
    }

    /// Logs that were written here, unless it was said what the tokens stood for where they were.
    pub fn here<'a>(all: impl Iterator<Item = &'a Asked>, arguments: &Arguments) -> Self {
        let here = !PLACES.iter().any(|place| arguments.has(place));
        Self { here, ..Self::elsewhere(all) }
    }
}

impl Files for Recorded {
    fn is_dir(&self, path: &[u8]) -> bool {
        std::str::from_utf8(path).is_ok_and(|path| self.directories.contains(path))
            || (self.here && System.is_dir(path))
    }

    fn real_path(&self, path: &[u8]) -> Option<Vec<u8>> {
        let found = if self.here { System.real_path(path) } else { None };
        Some(found.unwrap_or_else(|| path.to_vec()))
    }

    fn program(&self, word: &str) -> Option<Vec<u8>> {
        if self.here { System.program(word) } else { None }
    }
}

impl Folders for Recorded {
    fn names(&self, _: &[u8]) -> Option<Vec<String>> {
        None
    }
}

/// The options that say what tokens stood for where logs were written.
const PLACES: [&str; 3] = ["project", "home", "tmp"];

/// The places that tokens stood for where the logs were written, as far as that is said.
///
/// # Errors
/// One line, for what is no absolute path.
pub fn with_places(mut around: Surroundings, arguments: &Arguments) -> Result<Surroundings, String> {
    let tokens = &mut around.tokens;
    tokens.checkout = tokens.project.clone().filter(|_| arguments.has("project"));
    for (option, place) in PLACES.into_iter().zip([&mut tokens.project, &mut tokens.home, &mut tokens.tmp]) {
        if let Some(path) = arguments.value(option) {
            if !path.starts_with('/') {
                return Err(format!("--{option}: found {path:?}, accepted is an absolute path"));
            }
            *place = Some(path.trim_end_matches('/').as_bytes().to_vec()).filter(|path| !path.is_empty());
        }
    }
    Ok(around)
}

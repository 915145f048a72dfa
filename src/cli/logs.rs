//! Reads logs for a command. A line that is no record ends the command, or is skipped and reported
//! if the user wants that.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::Path;

use super::arguments::CommandLine;
use super::error::CliError;
use crate::config::Surroundings;
use crate::policy::Files;
use crate::rollout::generalize::Folders;
use crate::rollout::observations::{Access, AccessTarget};
use crate::rollout::record::{Record, RecordReader};
use crate::system::files::System;

/// The lines that were skipped.
#[derive(Debug)]
pub struct Skipped {
    skips: bool,
    count: u64,
    first: Vec<String>,
    more: String,
}

/// The most skipped lines that are reported. The others are counted.
const MAX_SKIPPED_SHOWN: usize = 10;

impl Skipped {
    /// Makes an empty list. `skips` says whether lines may be skipped.
    pub fn new(skips: bool) -> Self {
        Self { skips, count: 0, first: Vec::new(), more: String::new() }
    }

    fn skip(&mut self, line: &str) {
        self.count += 1;
        if self.first.len() < MAX_SKIPPED_SHOWN {
            self.first.push(format!("skipped {line}"));
        } else {
            self.more = format!("skipped {} more lines", self.count - MAX_SKIPPED_SHOWN as u64);
        }
    }

    /// Returns a note for each skipped line, and one for all others.
    pub fn notes(&self) -> impl Iterator<Item = &String> {
        self.first.iter().chain(Some(&self.more).filter(|more| !more.is_empty()))
    }
}

/// The logs that were read.
#[derive(Debug, Default)]
pub struct Logs {
    /// How many records they have.
    pub records: u64,
}

impl Logs {
    /// Calls `then` with each record of the logs; `-` is standard input.
    ///
    /// # Errors
    /// [`CliError`] with the log and the line, or [`CliError::NoLog`].
    pub fn read_all(
        &mut self,
        names: &[String],
        skipped: &mut Skipped,
        then: &mut dyn FnMut(&Record<'_>),
    ) -> Result<(), CliError> {
        if names.is_empty() {
            return Err(CliError::NoLog);
        }
        for name in names {
            if name == "-" {
                self.read(name, stdin().lock(), skipped, then)?;
            } else {
                let file = File::open(name).map_err(CliError::at(name))?;
                self.read(name, BufReader::with_capacity(1 << 18, file), skipped, then)?;
            }
        }
        Ok(())
    }

    /// Calls `then` with each record of one log.
    ///
    /// # Errors
    /// [`CliError`] with the log and the line.
    fn read(
        &mut self,
        name: &str,
        input: impl BufRead,
        skipped: &mut Skipped,
        then: &mut dyn FnMut(&Record<'_>),
    ) -> Result<(), CliError> {
        let mut reader = RecordReader::new(input);
        let before = self.records;
        while let Some(record) = reader.read() {
            match record {
                Ok(record) => {
                    self.records += 1;
                    then(&record);
                }
                Err(bad) => {
                    if bad.fault.ends_log() || !skipped.skips {
                        return Err(CliError::BadLine { log: name.to_owned(), bad });
                    }
                    skipped.skip(&format!("{name}:{bad}"));
                }
            }
        }
        if self.records == before && !skipped.skips {
            return Err(CliError::NoRecord { log: name.to_owned() });
        }
        Ok(())
    }
}

/// The file system, as far as logs describe it.
#[derive(Debug)]
pub struct RecordedFiles {
    directories: BTreeSet<String>,
    /// The logs were written on this machine: the real file system answers too.
    here: bool,
}

impl RecordedFiles {
    /// The files of logs that may come from other machines.
    pub fn elsewhere<'a>(all: impl Iterator<Item = &'a Access>) -> Self {
        let mut directories = BTreeSet::new();
        for access in all {
            let path = match &access.target {
                AccessTarget::Path(path) => path.as_str(),
                AccessTarget::Tree(path) => {
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

    /// The files of logs that were written here, unless the options say what the tokens meant
    /// elsewhere.
    pub fn here<'a>(all: impl Iterator<Item = &'a Access>, arguments: &CommandLine) -> Self {
        let here = !TOKEN_OPTIONS.iter().any(|place| arguments.has(place));
        Self { here, ..Self::elsewhere(all) }
    }
}

impl Files for RecordedFiles {
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

impl Folders for RecordedFiles {
    fn names(&self, _: &[u8]) -> Option<Vec<String>> {
        None
    }
}

/// The options that say what the tokens meant where logs were written.
const TOKEN_OPTIONS: [&str; 3] = ["project", "home", "tmp"];

/// Sets the tokens as the options say.
///
/// # Errors
/// [`CliError::WrongValue`] for a value that is no absolute path.
pub fn with_tokens(mut around: Surroundings, arguments: &CommandLine) -> Result<Surroundings, CliError> {
    let tokens = &mut around.tokens;
    tokens.checkout = tokens.project.clone().filter(|_| arguments.has("project"));
    for (option, place) in TOKEN_OPTIONS.into_iter().zip([&mut tokens.project, &mut tokens.home, &mut tokens.tmp]) {
        if let Some(path) = arguments.value(option) {
            if !path.starts_with('/') {
                let found = path.to_owned();
                return Err(CliError::WrongValue { option, found, expected: "an absolute path" });
            }
            *place = Some(path.trim_end_matches('/').as_bytes().to_vec()).filter(|path| !path.is_empty());
        }
    }
    Ok(around)
}

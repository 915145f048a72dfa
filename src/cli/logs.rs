//! Logs read for a command: what is no record stops it, or is skipped and told if that was asked for.

use std::io::BufRead;

use crate::rollout::record::{Fault, Reader, Record};

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
    /// Hands on each record of one log.
    ///
    /// # Errors
    /// One line with the log, the line and what is wrong with it.
    pub fn read(
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

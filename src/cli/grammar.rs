//! How a command is called: its options, its words, its exit codes, and the help text that is made from them.

use std::fmt::Write as _;

use crate::config::help as help_of_flags;

/// How a user calls the command. The name `permit` on npm is another project's, which npx would fetch.
pub const COMMAND: &str = "npx @org/permit";

/// How one command is called.
pub struct Grammar {
    /// The word that it is called by.
    pub name: &'static str,
    /// Its arguments, as the synopsis shows them.
    pub takes: &'static str,
    /// One line of help.
    pub doc: &'static str,
    /// Its own options.
    pub options: &'static [Opt],
    /// Whether it takes policy flags.
    pub with_policy: bool,
    /// Whether its first word is a program, to which all that follows belongs.
    pub program: bool,
    /// Its exit codes and what they mean.
    pub codes: &'static [(i32, &'static str)],
}

/// An option of a command.
pub struct Opt {
    /// Its name, without dashes.
    pub name: &'static str,
    /// The name of its value, if it takes one.
    pub value: Option<&'static str>,
    /// One line of help.
    pub doc: &'static str,
}

impl Grammar {
    /// The command as it is called.
    #[must_use]
    pub fn synopsis(&self) -> String {
        format!("{COMMAND} {} {}", self.name, self.takes)
    }

    /// The help text for this command.
    #[must_use]
    pub fn help(&self) -> String {
        let mut text = format!("{}\n  {}\n", self.synopsis(), self.doc);
        if !self.options.is_empty() {
            text.push_str("\nOptions:\n");
            text.push_str(&columns(self.options.iter().map(|option| (option.spelled(), option.doc.to_owned()))));
        }
        if !self.codes.is_empty() {
            text.push_str("\nExit codes:\n");
            text.push_str(&columns(self.codes.iter().map(|(code, doc)| (code.to_string(), (*doc).to_owned()))));
        }
        if self.with_policy {
            // Writing to a String does not fail.
            let _ = write!(text, "\nThe policy:\n{}", help_of_flags());
        }
        text
    }
}

impl Opt {
    fn spelled(&self) -> String {
        match self.value {
            None => format!("--{}", self.name),
            Some(what) => format!("--{}={what}", self.name),
        }
    }
}

/// Lines of two columns.
pub fn columns(rows: impl Iterator<Item = (String, String)>) -> String {
    let rows: Vec<(String, String)> = rows.collect();
    let width = rows.iter().map(|(left, _)| left.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (left, right) in rows {
        // Writing to a String does not fail.
        let _ = writeln!(text, "  {left:width$}  {right}");
    }
    text
}

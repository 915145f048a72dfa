//! The options, words and exit codes of a command, and its help text.

use std::fmt::Write as _;

use crate::config::help as help_of_flags;

/// How users call permit. Another project has the name `permit` on npm: npx without the scope would
/// fetch that.
pub const COMMAND: &str = "npx @org/permit";

/// The options and arguments of a command.
pub struct Grammar {
    /// Its name.
    pub name: &'static str,
    /// Its arguments, as the synopsis shows them.
    pub takes: &'static str,
    /// One line of help.
    pub doc: &'static str,
    /// Its own options.
    pub options: &'static [Opt],
    /// Whether it takes policy flags.
    pub with_policy: bool,
    /// Whether its first word is a program. All words behind it belong to the program then.
    pub program: bool,
    /// Its exit codes and their meanings.
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
    /// Returns the synopsis.
    #[must_use]
    pub fn synopsis(&self) -> String {
        format!("{COMMAND} {} {}", self.name, self.takes)
    }

    /// Returns the help text of the command.
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

/// Formats two columns.
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

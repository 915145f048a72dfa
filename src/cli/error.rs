//! Errors of the commands. Each prints as one line: the option or file, what was found, what is
//! expected.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::grammar::COMMAND;
use crate::config::ConfigError;
use crate::config::error::DidYouMean;
#[cfg(unix)]
use crate::rollout::RolloutError;
#[cfg(unix)]
use crate::rollout::record::BadLine;
#[cfg(unix)]
use crate::sources::SourceError;

/// A command that cannot be carried out. The process ends with exit code 9.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CliError {
    /// A letter behind one dash that is no option.
    #[error("-{letter}: unknown flag")]
    UnknownLetter {
        /// The letter.
        letter: char,
    },
    /// A word behind two dashes that is neither an option nor a policy flag.
    #[error("--{name}: unknown flag{}", DidYouMean(.nearest))]
    UnknownFlag {
        /// The word.
        name: String,
        /// The nearest option or flag there is.
        nearest: Option<String>,
    },
    /// An option without the value it needs.
    #[error("--{option}: requires an argument: {value}")]
    NeedsValue {
        /// The option.
        option: &'static str,
        /// The name of its value.
        value: &'static str,
    },
    /// A value for an option that takes none.
    #[error("--{option}: takes no value, found {found:?}")]
    TakesNoValue {
        /// The option.
        option: &'static str,
        /// The value.
        found: String,
    },
    /// Another value than the option takes.
    #[error("--{option}: found {found:?}, expected {expected}")]
    WrongValue {
        /// The option.
        option: &'static str,
        /// The value.
        found: String,
        /// What the option takes.
        expected: &'static str,
    },
    /// Two options that exclude each other.
    #[error("--{option}: found beside --{other}, expected one of them")]
    Both {
        /// One of them.
        option: &'static str,
        /// The other one.
        other: &'static str,
    },
    /// `--into-profile` without `--merge`.
    #[error("--into-profile: expected beside --merge, which adds to a policy that is there")]
    ProfileWithoutMerge,
    /// Words that `lexopt` cannot read.
    #[error(transparent)]
    Words(#[from] lexopt::Error),
    /// No word names the program to run.
    #[error("missing program. Usage: {COMMAND} {usage}")]
    NoProgram {
        /// The arguments of the command.
        usage: &'static str,
    },
    /// `explain` without a scope.
    #[error("missing scope. Usage: {COMMAND} explain SCOPE [RESOURCE]; scopes are {scopes}")]
    NoScope {
        /// All scopes.
        scopes: String,
    },
    /// `explain` with another word for a scope.
    #[error("unknown scope {found:?}{}; scopes are {scopes}", DidYouMean(.nearest))]
    UnknownScope {
        /// The word.
        found: String,
        /// The nearest scope there is.
        nearest: Option<String>,
        /// All scopes.
        scopes: String,
    },
    /// `explain` with a command in several words.
    #[error("explain takes one resource; quote a command: \"{first} …\"")]
    UnquotedCommand {
        /// Its first word.
        first: String,
    },
    /// A word too many.
    #[error("found {found:?} behind the {last}. Usage: {COMMAND} {usage}")]
    ExtraWord {
        /// The word.
        found: String,
        /// The last argument of the command.
        last: &'static str,
        /// The arguments of the command.
        usage: &'static str,
    },
    /// `diff` with another number of policies.
    #[error("diff needs two policies, found {found}. Usage: {COMMAND} diff OLD NEW (files, or - for standard input)")]
    NotTwoPolicies {
        /// How many words there are.
        found: usize,
    },
    /// `diff - -`.
    #[error("found - twice; only one of the policies can come from standard input")]
    InputTwice,
    /// `check` where nothing names a policy.
    #[error("there is no policy here. Usage: {COMMAND} check FILE, or name a policy as for a start")]
    NoPolicy,
    /// A policy file without the profile that was asked for.
    #[error("{file}: there is no profile {name:?}")]
    NoProfile {
        /// The file.
        file: String,
        /// The name of the profile.
        name: String,
    },
    /// Standard input that is no text.
    #[error("standard input: is no UTF-8 text")]
    InputNoText,
    /// A command that reads logs, without a log.
    #[error("no log; expected the names of logs, or - for standard input")]
    NoLog,
    /// A log without a record.
    #[error("{log}: there is no record in it; --skip passes over such logs")]
    NoRecord {
        /// The log.
        log: String,
    },
    /// A line of a log that is no record.
    #[cfg(unix)]
    #[error("{log}:{bad}{}", if .bad.fault.ends_log() { "" } else { "; --skip passes over such lines" })]
    BadLine {
        /// The log.
        log: String,
        /// The line.
        bad: BadLine,
    },
    /// Logs that do not say which grants were used.
    #[error(
        "--trace: {logs} does not hold all that was touched; expected a log of permit trace without flags, or of \
         --report-only with a policy that grants nothing"
    )]
    IncompleteLog {
        /// The logs.
        logs: String,
    },
    /// A file in the place of one to be written.
    #[error("{}: is there already; expected {expected}", .path.display())]
    Exists {
        /// The file.
        path: PathBuf,
        /// What is expected in its place.
        expected: &'static str,
    },
    /// Another file in the place of the page.
    #[error("--html: {}: is there already and is no page of permit report; expected a new file", .path.display())]
    NoPage {
        /// The file.
        path: PathBuf,
    },
    /// A file that cannot be read or written.
    #[error("{at}: {reason}")]
    File {
        /// The file, or the option that names it.
        at: String,
        /// The error of the system.
        #[source]
        reason: io::Error,
    },
    /// A program that does not start.
    #[error("Node could not be started: {reason}")]
    Start {
        /// The error of the system.
        #[source]
        reason: io::Error,
    },
    /// An answer that JSON cannot hold.
    #[error("the answer cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A policy that cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A source of the policy that cannot be read.
    #[cfg(unix)]
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A question that has no answer.
    #[cfg(unix)]
    #[error(transparent)]
    Rollout(#[from] RolloutError),
    /// A command that reads files as Unix names them, elsewhere.
    #[cfg(not(unix))]
    #[error("this command is not supported yet on this platform")]
    Unsupported,
}

impl CliError {
    /// Returns a function that adds a file to an error of the system.
    pub fn at(at: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        |reason| Self::File { at: at.into(), reason }
    }
}

//! The table of commands, and the help text.

use super::arguments::CommandLine;
use super::error::CliError;
use super::grammar::{COMMAND, Grammar, Opt, columns};
use super::output::CommandOutput;
use crate::config::help as help_of_flags;

/// A command.
pub struct CommandSpec {
    /// Its options and arguments.
    pub grammar: Grammar,
    /// Its action.
    pub action: Action,
}

/// The action of a command.
pub enum Action {
    /// Runs a program.
    Run,
    /// Answers a question. The second argument is the path of the preload.
    Answer(fn(&CommandLine, &str) -> Result<CommandOutput, CliError>),
}

const MERGE: Opt = Opt { name: "merge", value: None, doc: "add to the policy that is in the file" };
const INTO_PROFILE: Opt = Opt { name: "into-profile", value: Some("NAME"), doc: "add to this profile of it" };
const SKIP: Opt = Opt { name: "skip", value: None, doc: "skip lines that are no records, and report them" };
const PROJECT: Opt =
    Opt { name: "project", value: Some("DIR"), doc: "the value of ${PROJECT} where the logs were written" };
const HOME: Opt = Opt { name: "home", value: Some("DIR"), doc: "the value of ${HOME} there" };
const TMP: Opt = Opt { name: "tmp", value: Some("DIR"), doc: "the value of ${TMP} there" };
const JSON: Opt = Opt { name: "json", value: None, doc: "answer in JSON" };
const RUNS: &[(i32, &str)] = &[(9, "the policy cannot be read or enforced"), (1, "Node cannot be started")];

/// All commands, in the order of the help text.
pub const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        grammar: Grammar {
            name: "run",
            takes: "[flags] app.js [args…]",
            doc: "run app.js with Node under the policy that the flags make; the word run is optional",
            options: &[],
            with_policy: true,
            program: true,
            codes: RUNS,
        },
        action: Action::Run,
    },
    CommandSpec {
        grammar: Grammar {
            name: "trace",
            takes: "[options] [flags] app.js [args…]",
            doc: "run app.js in audit, show the calls that the flags do not allow, and write a policy that allows them",
            options: &[
                Opt { name: "out", value: Some("FILE"), doc: "write the policy there and not to node.config.json" },
                MERGE,
                INTO_PROFILE,
                Opt { name: "log", value: Some("FILE"), doc: "keep the records in this new file" },
            ],
            with_policy: true,
            program: true,
            codes: &[(9, "the policy cannot be read or written; otherwise the program's own code")],
        },
        action: Action::Answer(answers::trace),
    },
    CommandSpec {
        grammar: Grammar {
            name: "merge",
            takes: "[options] LOG…",
            doc: "make one policy from the logs of processes in audit; - is standard input",
            options: &[
                Opt { name: "out", value: Some("FILE"), doc: "write the policy there and not to standard output" },
                MERGE,
                INTO_PROFILE,
                Opt { name: "denied", value: None, doc: "grant refused calls, too: review each of these grants" },
                Opt {
                    name: "report-only-records",
                    value: None,
                    doc: "grant calls that the report-only policy would refuse, too",
                },
                SKIP,
                PROJECT,
                HOME,
                TMP,
            ],
            with_policy: false,
            program: false,
            codes: &[(0, "merged"), (9, "a log or the policy cannot be read or written")],
        },
        action: Action::Answer(answers::merge),
    },
    CommandSpec {
        grammar: Grammar {
            name: "explain",
            takes: "[flags] SCOPE [RESOURCE]",
            doc: "say which rule of the policy decides, and the smallest change that allows the call",
            options: &[JSON],
            with_policy: true,
            program: false,
            codes: &[(0, "allowed"), (1, "refused"), (9, "the question or the policy cannot be read")],
        },
        action: Action::Answer(answers::explain),
    },
    CommandSpec {
        grammar: Grammar {
            name: "check",
            takes: "[flags] [FILE]",
            doc: "list grants that have expired or soon will, are overbroad or point at nothing, and rules without effect",
            options: &[
                Opt { name: "within", value: Some("DAYS"), doc: "warn of grants that expire within so many days (14)" },
                Opt {
                    name: "trace",
                    value: Some("LOG"),
                    doc: "list the grants that this log did not use; may be repeated",
                },
                JSON,
                Opt { name: "sarif", value: None, doc: "answer in SARIF 2.1.0, for code review" },
            ],
            with_policy: true,
            program: false,
            codes: &[(0, "no warning"), (1, "a warning"), (9, "the policy cannot be read")],
        },
        action: Action::Answer(answers::check),
    },
    CommandSpec {
        grammar: Grammar {
            name: "diff",
            takes: "OLD NEW",
            doc: "list the authority that a policy file gained and lost; - is standard input",
            options: &[Opt { name: "profile", value: Some("NAME"), doc: "compare this profile, and not all" }, JSON],
            with_policy: false,
            program: false,
            codes: &[(0, "it did not grow"), (1, "it grew"), (9, "a policy cannot be read")],
        },
        action: Action::Answer(answers::diff),
    },
    CommandSpec {
        grammar: Grammar {
            name: "report",
            takes: "[options] [flags] LOG…",
            doc: "summarize logs: the refused calls by deploy and package, and whether they are resolved",
            options: &[
                Opt { name: "html", value: Some("FILE"), doc: "write the report as a page in one file, too" },
                Opt {
                    name: "older-than",
                    value: Some("DAYS"),
                    doc: "the days after which a grant with an end is old (14)",
                },
                JSON,
                SKIP,
                PROJECT,
                HOME,
                TMP,
            ],
            with_policy: true,
            program: false,
            codes: &[(0, "reported"), (9, "a log or the policy cannot be read, or the page cannot be written")],
        },
        action: Action::Answer(answers::report),
    },
];

/// Commands that answer a question read paths of Unix.
#[cfg(unix)]
mod answers {
    pub use crate::cli::check::check;
    pub use crate::cli::diff::diff;
    pub use crate::cli::explain::explain;
    pub use crate::cli::merge::merge;
    pub use crate::cli::report::report;
    pub use crate::cli::trace::trace;
}

#[cfg(not(unix))]
mod answers {
    use super::{CliError, CommandLine, CommandOutput};

    pub fn explain(_: &CommandLine, _: &str) -> Result<CommandOutput, CliError> {
        Err(CliError::Unsupported)
    }

    pub use {explain as check, explain as diff, explain as merge, explain as report, explain as trace};
}

/// Returns the command with a name.
#[must_use]
pub fn named(name: &str) -> Option<&'static CommandSpec> {
    COMMANDS.iter().find(|row| row.grammar.name == name)
}

/// Returns the help text of all commands.
#[must_use]
pub fn help() -> String {
    let rows = std::iter::once((format!("{COMMAND} [flags] app.js [args…]"), "the same as run".to_owned()))
        .chain(COMMANDS.iter().map(|row| (row.grammar.synopsis(), row.grammar.doc.to_owned())));
    let codes = COMMANDS.iter().map(|row| &row.grammar).flat_map(|grammar| {
        grammar.codes.iter().map(|(code, doc)| (format!("{} {code}", grammar.name), (*doc).to_owned()))
    });
    format!(
        "{}\n{COMMAND} COMMAND --help says more of a command.\n\nExit codes:\n{}\nThe policy:\n{}",
        columns(rows),
        columns(codes),
        help_of_flags()
    )
}

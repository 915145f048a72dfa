//! The commands: one table, and the help text that is made from it.

use super::arguments::Arguments;
use super::grammar::{COMMAND, Grammar, Opt, columns};
use super::output::Outcome;
use crate::config::help as help_of_flags;

/// One command.
pub struct Row {
    /// How it is called.
    pub grammar: Grammar,
    /// What it does.
    pub does: Does,
}

/// What a command does.
pub enum Does {
    /// It runs a program.
    Run,
    /// It answers a question. The second argument is the preload.
    Answer(fn(&Arguments, &str) -> Result<Outcome, String>),
}

const MERGE: Opt = Opt { name: "merge", value: None, doc: "add to the policy that is in the file" };
const INTO_PROFILE: Opt = Opt { name: "into-profile", value: Some("NAME"), doc: "add to this profile of it" };
const SKIP: Opt = Opt { name: "skip", value: None, doc: "pass over lines that are no records, and tell which" };
const PROJECT: Opt =
    Opt { name: "project", value: Some("DIR"), doc: "what ${PROJECT} was where the logs were written" };
const HOME: Opt = Opt { name: "home", value: Some("DIR"), doc: "what ${HOME} was there" };
const TMP: Opt = Opt { name: "tmp", value: Some("DIR"), doc: "what ${TMP} was there" };
const JSON: Opt = Opt { name: "json", value: None, doc: "answer in JSON" };
const RUNS: &[(i32, &str)] = &[(9, "the policy cannot be read, or cannot hold"), (1, "Node cannot be started")];

/// Every command, in the order of the help text.
pub const COMMANDS: &[Row] = &[
    Row {
        grammar: Grammar {
            name: "run",
            takes: "[flags] app.js [args…]",
            doc: "run app.js with Node under the policy that the flags make; the word may be left out",
            options: &[],
            with_policy: true,
            program: true,
            codes: RUNS,
        },
        does: Does::Run,
    },
    Row {
        grammar: Grammar {
            name: "trace",
            takes: "[options] [flags] app.js [args…]",
            doc: "run app.js in audit, tell what it does that the flags do not allow, and write a policy that allows it",
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
        does: Does::Answer(answers::trace),
    },
    Row {
        grammar: Grammar {
            name: "merge",
            takes: "[options] LOG…",
            doc: "make one policy of the logs of many processes in audit; - is standard input",
            options: &[
                Opt { name: "out", value: Some("FILE"), doc: "write the policy there and not to standard output" },
                MERGE,
                INTO_PROFILE,
                Opt { name: "denied", value: None, doc: "grant what was refused, too: look at each of these" },
                Opt { name: "report-only-records", value: None, doc: "grant what a second policy would refuse, too" },
                SKIP,
                PROJECT,
                HOME,
                TMP,
            ],
            with_policy: false,
            program: false,
            codes: &[(0, "merged"), (9, "a log or the policy cannot be read or written")],
        },
        does: Does::Answer(answers::merge),
    },
    Row {
        grammar: Grammar {
            name: "explain",
            takes: "[flags] SCOPE [RESOURCE]",
            doc: "say which rule of the policy decides, and the smallest change",
            options: &[JSON],
            with_policy: true,
            program: false,
            codes: &[(0, "allowed"), (1, "refused"), (9, "the question or the policy cannot be read")],
        },
        does: Does::Answer(answers::explain),
    },
    Row {
        grammar: Grammar {
            name: "check",
            takes: "[flags] [FILE]",
            doc: "say what of a policy has expired or soon will, is wide, missing, or says nothing",
            options: &[
                Opt { name: "within", value: Some("DAYS"), doc: "what expires within so many days expires soon (14)" },
                Opt {
                    name: "trace",
                    value: Some("LOG"),
                    doc: "say which grants nothing in this log needed; may be repeated",
                },
                JSON,
                Opt { name: "sarif", value: None, doc: "answer in SARIF 2.1.0, for code review" },
            ],
            with_policy: true,
            program: false,
            codes: &[(0, "no warning"), (1, "a warning"), (9, "the policy cannot be read")],
        },
        does: Does::Answer(answers::check),
    },
    Row {
        grammar: Grammar {
            name: "diff",
            takes: "OLD NEW",
            doc: "say what authority a policy file gained and lost; - is standard input",
            options: &[Opt { name: "profile", value: Some("NAME"), doc: "compare this profile, and not all" }, JSON],
            with_policy: false,
            program: false,
            codes: &[(0, "it did not grow"), (1, "it grew"), (9, "a policy cannot be read")],
        },
        does: Does::Answer(answers::diff),
    },
    Row {
        grammar: Grammar {
            name: "report",
            takes: "[options] [flags] LOG…",
            doc: "say what logs tell of a policy: what was refused, by deploy and package, and whether that is resolved",
            options: &[
                Opt { name: "html", value: Some("FILE"), doc: "write it as a page, too, that needs nothing else" },
                Opt {
                    name: "older-than",
                    value: Some("DAYS"),
                    doc: "a grant that has an end is old when it has been there for so many days (14)",
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
        does: Does::Answer(answers::report),
    },
];

/// The commands that answer a question read files as Unix names them.
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
    use super::{Arguments, Outcome};

    /// Not there yet.
    pub fn explain(_: &Arguments, _: &str) -> Result<Outcome, String> {
        Err("this command is not supported yet on this platform".to_owned())
    }

    pub use {explain as check, explain as diff, explain as merge, explain as report, explain as trace};
}

/// The command of that name.
#[must_use]
pub fn named(name: &str) -> Option<&'static Row> {
    COMMANDS.iter().find(|row| row.grammar.name == name)
}

/// The help text for all of it.
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

//! The command `permit`. `commands` has the table of commands; [`rollout`](crate::rollout) computes
//! the answers.
//!
//! `permit [flags] app.js [args…]` is `node -r @org/permit app.js` with the policy as flags,
//! spelled as Node spells them: a drop-in for `node --permission`.

mod arguments;
#[cfg(unix)]
mod check;
mod commands;
#[cfg(unix)]
mod diff;
#[cfg(unix)]
mod environment;
mod error;
#[cfg(unix)]
mod explain;
mod grammar;
mod launch;
#[cfg(unix)]
mod logs;
#[cfg(unix)]
mod merge;
mod output;
#[cfg(unix)]
mod policy_file;
#[cfg(unix)]
mod report;
#[cfg(unix)]
mod sarif;
#[cfg(unix)]
mod trace;

use self::arguments::{CommandLine, Parsed};
use self::commands::{Action, CommandSpec, help, named};
use self::error::CliError;
pub use self::launch::EXIT_INVALID;
use self::launch::{become_program, node};
use self::output::{CommandOutput, print};
use crate::config::parse_flags;

/// What the arguments ask for.
enum Request {
    /// Print a text and exit with code 0.
    Print(String),
    /// Run a program with Node under a policy.
    Run {
        /// The policy flags.
        flags: Vec<String>,
        /// The program and its arguments.
        program: Vec<String>,
    },
    /// Answer a question.
    Answer(fn(&CommandLine, &str) -> Result<CommandOutput, CliError>, CommandLine),
}

/// Reads the arguments.
///
/// # Errors
/// [`CliError`] for arguments that cannot be read.
fn parse(args: &[String]) -> Result<Request, CliError> {
    let first = args.first().map(String::as_str);
    match first {
        Some("--help" | "-h") => return Ok(Request::Print(help())),
        Some("--version" | "-v") => return Ok(Request::Print(env!("CARGO_PKG_VERSION").to_owned())),
        _ => {}
    }
    let row = first.and_then(named);
    let args = if row.is_some() { &args[1..] } else { args };
    match row {
        Some(row @ CommandSpec { action: Action::Answer(answer), .. }) => match CommandLine::parse(&row.grammar, args)?
        {
            Parsed::Help => Ok(Request::Print(row.grammar.help())),
            Parsed::CommandLine(arguments) => Ok(Request::Answer(*answer, arguments)),
        },
        Some(row) if matches!(args.first().map(String::as_str), Some("--help" | "-h")) => {
            Ok(Request::Print(row.grammar.help()))
        }
        Some(CommandSpec { action: Action::Run, .. }) | None => parse_run(args),
    }
}

/// Splits the arguments into policy flags and the program.
fn parse_run(args: &[String]) -> Result<Request, CliError> {
    let (_, rest) = parse_flags(args, None)?;
    let (flags, mut program) = args.split_at(rest);
    if program.first().is_some_and(|word| word == "--") {
        program = &program[1..];
    }
    if program.is_empty() {
        return Err(CliError::NoProgram { usage: "[flags] app.js [args…]" });
    }
    Ok(Request::Run { flags: flags.iter().filter(|word| *word != "--").cloned().collect(), program: program.to_vec() })
}

/// Runs the command, and returns its exit code. `preload` is the absolute path of permit's
/// `index.js`. On Unix the process becomes the program, and this function does not return.
#[must_use]
pub fn main(args: &[String], preload: &str) -> i32 {
    let answered = match parse(args) {
        Ok(Request::Print(text)) => Ok(CommandOutput { text, code: 0 }),
        Ok(Request::Answer(answer, arguments)) => answer(&arguments, preload),
        Ok(Request::Run { flags, program }) => {
            return node(&flags, &program, preload).and_then(become_program).unwrap_or_else(|reason| {
                eprintln!("permit: {}", CliError::Start { reason });
                1
            });
        }
        Err(error) => Err(error),
    };
    match answered {
        Ok(CommandOutput { text, code }) => {
            if !text.is_empty() {
                print(&text);
            }
            code
        }
        Err(error) => {
            eprintln!("permit: {error}");
            EXIT_INVALID
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    /// Returns the flags and the program of a command line, or the error.
    fn runs(line: &str) -> Result<(String, String), String> {
        match parse(&words(line)).map_err(|error| error.to_string())? {
            Request::Run { flags, program } => Ok((flags.join(" "), program.join(" "))),
            Request::Print(_) | Request::Answer(..) => Err("runs nothing".to_owned()),
        }
    }

    #[track_caller]
    fn reads(line: &str, options: &str, program: &str) {
        assert_eq!(runs(line), Ok((options.to_owned(), program.to_owned())), "{line}");
    }

    #[test]
    fn flags_before_the_program_are_the_policy() {
        reads("--allow-net app.js --allow-worker x", "--allow-net", "app.js --allow-worker x");
        reads("run --allow-net app.js", "--allow-net", "app.js");
        reads("app.js", "", "app.js");
    }

    #[test]
    fn two_dashes_end_the_flags() {
        reads("--allow-net -- app.js", "--allow-net", "app.js");
    }

    #[test]
    fn a_value_of_its_own_word_stays_with_its_flag() {
        reads("--allow-fs-read /x app.js", "--allow-fs-read /x", "app.js");
    }

    #[test]
    fn a_program_with_the_name_of_a_command_is_named_by_its_path() {
        assert_eq!(runs("report x.jsonl"), Err("runs nothing".to_owned()));
        reads("./report", "", "./report");
    }

    #[test]
    fn no_program_is_an_error() {
        assert!(runs("--allow-net").is_err() && parse(&[]).is_err());
    }

    #[test]
    fn an_unknown_flag_names_the_nearest() {
        let error = runs("--allow-fs-reed=/x app.js").unwrap_err();
        assert!(error.contains("--allow-fs-read"), "{error}");
    }

    #[test]
    fn help_names_every_command_that_there_is_and_its_exit_codes() {
        let text = help();
        for row in commands::COMMANDS {
            assert!(text.contains(&row.grammar.synopsis()), "{}", row.grammar.name);
            assert!(
                row.grammar.codes.iter().all(|(code, doc)| row.grammar.help().contains(&format!("  {code}  {doc}\n"))),
                "{}",
                row.grammar.name
            );
        }
    }
}

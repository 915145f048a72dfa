//! The command `permit`: arguments in, text and exit code out. `commands` is the table of commands.
//! [`rollout`](crate::rollout) computes their answers.
//!
//! `permit [flags] app.js [args…]` is `node -r @org/permit app.js` with the policy as flags, spelled as Node spells
//! them: a drop-in for `node --permission`.

mod arguments;
#[cfg(unix)]
mod check;
mod commands;
#[cfg(unix)]
mod diff;
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
mod outside;
#[cfg(unix)]
mod report;
#[cfg(unix)]
mod sarif;
#[cfg(unix)]
mod trace;
#[cfg(unix)]
mod written;

use self::arguments::{Arguments, Asked};
use self::commands::{Does, Row, help, named};
use self::grammar::COMMAND;
pub use self::launch::INVALID;
use self::launch::{become_program, node};
use self::output::{Outcome, print};
use crate::config::parse_flags;

/// What the arguments ask for.
enum Command {
    /// Print this and end well.
    Print(String),
    /// Run a program with Node under a policy.
    Run {
        /// The policy flags.
        flags: Vec<String>,
        /// The program and its arguments.
        program: Vec<String>,
    },
    /// Answer a question.
    Answer(fn(&Arguments, &str) -> Result<Outcome, String>, Arguments),
}

/// Reads the arguments.
///
/// # Errors
/// One line that says what is wrong and what is accepted.
fn parse(args: &[String]) -> Result<Command, String> {
    let first = args.first().map(String::as_str);
    match first {
        Some("--help" | "-h") => return Ok(Command::Print(help())),
        Some("--version" | "-v") => return Ok(Command::Print(env!("CARGO_PKG_VERSION").to_owned())),
        _ => {}
    }
    let row = first.and_then(named);
    let args = if row.is_some() { &args[1..] } else { args };
    match row {
        Some(row @ Row { does: Does::Answer(answer), .. }) => match Arguments::parse(&row.grammar, args)? {
            Asked::Help => Ok(Command::Print(row.grammar.help())),
            Asked::These(arguments) => Ok(Command::Answer(*answer, arguments)),
        },
        Some(row) if matches!(args.first().map(String::as_str), Some("--help" | "-h")) => {
            Ok(Command::Print(row.grammar.help()))
        }
        Some(Row { does: Does::Run, .. }) | None => parse_run(args),
    }
}

/// The flags of a program, and the program.
fn parse_run(args: &[String]) -> Result<Command, String> {
    let (_, rest) = parse_flags(args, None).map_err(|error| error.to_string())?;
    let (flags, mut program) = args.split_at(rest);
    if program.first().is_some_and(|word| word == "--") {
        program = &program[1..];
    }
    if program.is_empty() {
        return Err(format!("missing program. Usage: {COMMAND} [flags] app.js [args…]"));
    }
    Ok(Command::Run { flags: flags.iter().filter(|word| *word != "--").cloned().collect(), program: program.to_vec() })
}

/// Runs the command. `preload` is the absolute path of permit's `index.js`. Where the system can, the process becomes
/// the program and this does not return.
#[must_use]
pub fn main(args: &[String], preload: &str) -> i32 {
    let answered = match parse(args) {
        Ok(Command::Print(text)) => Ok(Outcome { text, code: 0 }),
        Ok(Command::Answer(answer, arguments)) => answer(&arguments, preload),
        Ok(Command::Run { flags, program }) => {
            return node(&flags, &program, preload).and_then(become_program).unwrap_or_else(|error| {
                eprintln!("permit: Node could not be started: {error}");
                1
            });
        }
        Err(reason) => Err(reason),
    };
    match answered {
        Ok(Outcome { text, code }) => {
            if !text.is_empty() {
                print(&text);
            }
            code
        }
        Err(reason) => {
            eprintln!("permit: {reason}");
            INVALID
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::shell_words;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    /// What a line runs: the options and the program; or the error.
    fn runs(line: &str) -> Result<(String, String), String> {
        match parse(&words(line))? {
            Command::Run { flags, program } => Ok((shell_words::join(&flags), program.join(" "))),
            Command::Print(_) | Command::Answer(..) => Err("runs nothing".to_owned()),
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

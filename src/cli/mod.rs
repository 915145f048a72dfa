//! The command `permit`: arguments in, text and exit code out.
//!
//! `permit [flags] app.js [args…]` is `node -r @org/permit app.js` with the policy as flags, spelled as Node spells
//! them: a drop-in for `node --permission`.

use crate::config::{help, parse_flags};

/// The exit code for arguments that cannot be read: Node's own for an invalid argument.
pub const INVALID: i32 = 9;

/// What the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// Print this and end well.
    Print(String),
    /// Run a program with Node under a policy.
    Run {
        /// The policy flags, in one string for `PERMIT_OPTIONS`.
        options: String,
        /// The program and its arguments.
        program: Vec<String>,
    },
}

/// Commands that have a name and no code yet. They are refused, because to run a program of that name is not what was
/// meant.
const NOT_YET: [&str; 6] = ["trace", "check", "explain", "diff", "merge", "report"];

/// Reads the arguments.
///
/// # Errors
/// One line that says what is wrong and what is accepted.
pub fn parse(args: &[String]) -> Result<Command, String> {
    let args = match args.first().map(String::as_str) {
        Some("--help" | "-h") => return Ok(Command::Print(usage())),
        Some("--version" | "-v") => return Ok(Command::Print(env!("CARGO_PKG_VERSION").to_owned())),
        Some("run") => &args[1..],
        _ => args,
    };
    if let Some(word) = args.first().filter(|word| NOT_YET.contains(&word.as_str())) {
        return Err(format!(
            "{word} is not supported yet; accepted is permit [flags] app.js [args…] (a program of that name is ./{word})"
        ));
    }
    let (_, rest) = parse_flags(args, None).map_err(|error| error.to_string())?;
    let (flags, mut program) = args.split_at(rest);
    if program.first().is_some_and(|word| word == "--") {
        program = &program[1..];
    }
    if program.is_empty() {
        return Err("no program; found nothing after the flags, accepted is permit [flags] app.js [args…]".to_owned());
    }
    let options: Vec<String> = flags.iter().filter(|word| *word != "--").map(|flag| quoted(flag)).collect();
    Ok(Command::Run { options: options.join(" "), program: program.to_vec() })
}

/// One word for `PERMIT_OPTIONS`.
fn quoted(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

fn usage() -> String {
    format!(
        "permit [flags] app.js [args…]      run app.js with Node under the policy that the flags make\n\
         permit run [flags] app.js [args…]  the same\n\n{}",
        help()
    )
}

/// Runs the command. `preload` is the absolute path of permit's `index.js`. Where the system can, the process becomes
/// the program and this does not return.
#[must_use]
pub fn main(args: &[String], preload: &str) -> i32 {
    match parse(args) {
        Ok(Command::Print(text)) => {
            println!("{}", text.trim_end());
            0
        }
        Ok(Command::Run { options, program }) => match run(&options, &program, preload) {
            Ok(code) => code,
            Err(error) => {
                eprintln!("permit: Node could not be started: {error}");
                1
            }
        },
        Err(reason) => {
            eprintln!("permit: {reason}");
            INVALID
        }
    }
}

fn run(options: &str, program: &[String], preload: &str) -> std::io::Result<i32> {
    let mut all = std::env::var("PERMIT_OPTIONS").unwrap_or_default();
    if !all.is_empty() && !options.is_empty() {
        all.push(' ');
    }
    all.push_str(options);
    let mut node = std::process::Command::new(std::env::current_exe()?);
    node.arg("--require").arg(preload).args(program);
    if !all.is_empty() {
        node.env("PERMIT_OPTIONS", all);
    }
    become_program(node)
}

#[cfg(unix)]
fn become_program(mut node: std::process::Command) -> std::io::Result<i32> {
    use std::os::unix::process::CommandExt;
    // Node keeps its standard streams from being inherited; the program that takes its place needs them.
    for descriptor in 0..=2 {
        // SAFETY: both calls only read and set a flag of the descriptor, which may be closed.
        unsafe {
            let flags = libc::fcntl(descriptor, libc::F_GETFD);
            libc::fcntl(descriptor, libc::F_SETFD, flags & !libc::FD_CLOEXEC);
        }
    }
    Err(node.exec())
}

#[cfg(not(unix))]
fn become_program(mut node: std::process::Command) -> std::io::Result<i32> {
    Ok(node.status()?.code().unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    fn run(options: &str, program: &str) -> Command {
        Command::Run { options: options.to_owned(), program: words(program) }
    }

    #[test]
    fn flags_before_the_program_are_the_policy() {
        assert_eq!(
            parse(&words("--allow-net app.js --allow-worker x")),
            Ok(run("\"--allow-net\"", "app.js --allow-worker x"))
        );
        assert_eq!(parse(&words("run --allow-net app.js")), Ok(run("\"--allow-net\"", "app.js")));
        assert_eq!(parse(&words("app.js")), Ok(run("", "app.js")));
    }

    #[test]
    fn two_dashes_end_the_flags() {
        assert_eq!(parse(&words("--allow-net -- app.js")), Ok(run("\"--allow-net\"", "app.js")));
    }

    #[test]
    fn a_value_of_its_own_word_stays_with_its_flag() {
        assert_eq!(parse(&words("--allow-fs-read /x app.js")), Ok(run("\"--allow-fs-read\" \"/x\"", "app.js")));
    }

    #[test]
    fn a_command_without_code_is_an_error() {
        assert!(parse(&words("trace app.js")).is_err_and(|error| error.contains("not supported yet")));
        assert_eq!(parse(&words("./trace")), Ok(run("", "./trace")));
    }

    #[test]
    fn no_program_is_an_error() {
        assert!(parse(&words("--allow-net")).is_err());
        assert!(parse(&[]).is_err());
    }

    #[test]
    fn an_unknown_flag_names_the_nearest() {
        let error = parse(&words("--allow-fs-reed=/x app.js")).unwrap_err();
        assert!(error.contains("--allow-fs-read"), "{error}");
    }

    #[test]
    fn a_quote_in_a_path_survives() {
        assert_eq!(quoted(r#"--allow-fs-read=/a"b\c"#), r#""--allow-fs-read=/a\"b\\c""#);
    }
}

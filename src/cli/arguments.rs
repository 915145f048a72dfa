//! Reads the arguments of a command: its own options, policy flags and words, in any order.
//!
//! `lexopt` splits the arguments. The table of flags says which words are policy flags, and which
//! of them take a value. The parser of the flags reads them, so that a policy is written in one way
//! everywhere.

use lexopt::{Arg, Parser};

use super::error::CliError;
use super::grammar::{Grammar, Opt};
use crate::config::error::nearest;
use crate::config::flags::Takes;
use crate::config::{FLAGS, Flag};

/// The days of `--within` and `--older-than` if they are not given. The help text names them.
pub const DEFAULT_DAYS: u64 = 14;

/// The command line of a command.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// The policy flags, as they were written.
    pub flags: Vec<String>,
    /// The command's own options and their values.
    pub options: Vec<(&'static str, String)>,
    /// All other words.
    pub words: Vec<String>,
}

/// The result of reading a command line.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed {
    /// The user asks for help.
    Help,
    /// A command line.
    CommandLine(CommandLine),
}

impl CommandLine {
    /// Reads a command line.
    ///
    /// # Errors
    /// [`CliError`] for a word that the command does not take.
    pub fn parse(grammar: &Grammar, args: &[String]) -> Result<Parsed, CliError> {
        let mut found = Self::default();
        let mut parser = Parser::from_args(args);
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Short('h') | Arg::Long("help") => return Ok(Parsed::Help),
                Arg::Short(letter) => return Err(CliError::UnknownLetter { letter }),
                Arg::Value(word) => {
                    found.words.push(word.to_string_lossy().into_owned());
                    if grammar.program {
                        let rest = parser.raw_args()?;
                        found.words.extend(rest.map(|word| word.to_string_lossy().into_owned()));
                    }
                }
                Arg::Long(name) => {
                    let name = name.to_owned();
                    if let Some(option) = grammar.options.iter().find(|option| option.name == name) {
                        found.options.push((option.name, value_of(option, &mut parser)?));
                    } else {
                        found.flags.extend(flag(grammar, &name, &mut parser)?);
                    }
                }
            }
        }
        Ok(Parsed::CommandLine(found))
    }

    /// Returns true if an option was given.
    #[must_use]
    pub fn has(&self, option: &str) -> bool {
        self.value(option).is_some()
    }

    /// Returns the values of an option that can be given several times.
    pub fn values(&self, option: &str) -> impl Iterator<Item = &str> {
        self.options.iter().filter(move |(name, _)| *name == option).map(|(_, value)| value.as_str())
    }

    /// Returns the value of an option that takes a number of days.
    ///
    /// # Errors
    /// [`CliError::WrongValue`] if it is no number.
    pub fn days(&self, option: &'static str) -> Result<Option<u64>, CliError> {
        let wrong =
            |found: &str| CliError::WrongValue { option, found: found.to_owned(), expected: "a number of days" };
        self.value(option).map(|text| text.parse().map_err(|_| wrong(text))).transpose()
    }

    /// Returns the value of an option: the last one if it was given several times.
    #[must_use]
    pub fn value(&self, option: &str) -> Option<&str> {
        self.options.iter().rev().find(|(name, _)| *name == option).map(|(_, value)| value.as_str())
    }
}

fn value_of(option: &Opt, parser: &mut Parser) -> Result<String, CliError> {
    let needs = |value| CliError::NeedsValue { option: option.name, value };
    match (option.value, parser.optional_value()) {
        (None, None) => Ok(String::new()),
        (None, Some(found)) => {
            Err(CliError::TakesNoValue { option: option.name, found: found.to_string_lossy().into_owned() })
        }
        (Some(_), Some(found)) if !found.is_empty() => Ok(found.to_string_lossy().into_owned()),
        (Some(value), Some(_)) => Err(needs(value)),
        (Some(value), None) => match parser.value() {
            Ok(found) => Ok(found.to_string_lossy().into_owned()),
            Err(_) => Err(needs(value)),
        },
    }
}

/// Returns the words of one policy flag, as they were written.
fn flag(grammar: &Grammar, name: &str, parser: &mut Parser) -> Result<Vec<String>, CliError> {
    let known = format!("--{}", name.replace('_', "-"));
    let switched_off = known.strip_prefix("--no-").map(|rest| format!("--{rest}"));
    let flag = Flag::named(&known).or_else(|| Flag::named(&switched_off?)).filter(|_| grammar.with_policy);
    let Some(flag) = flag else {
        let flags = FLAGS.iter().map(|flag| flag.name).filter(|_| grammar.with_policy);
        let own: Vec<String> = grammar.options.iter().map(|option| format!("--{}", option.name)).collect();
        let nearest = nearest(&known, own.iter().map(String::as_str).chain(flags));
        return Err(CliError::UnknownFlag { name: name.to_owned(), nearest });
    };
    let written = format!("--{name}");
    if let Some(value) = parser.optional_value() {
        return Ok(vec![format!("{written}={}", value.to_string_lossy())]);
    }
    let value = if matches!(flag.takes, Takes::Value(_)) { parser.value().ok() } else { None };
    // The parser of the flags reports a missing value.
    Ok(std::iter::once(written).chain(value.map(|value| value.to_string_lossy().into_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::{CommandLine, Grammar, Opt, Parsed};

    const GRAMMAR: Grammar = Grammar {
        name: "ask",
        takes: "",
        doc: "",
        options: &[Opt { name: "json", value: None, doc: "" }],
        with_policy: true,
        program: false,
        codes: &[],
    };

    fn parse(line: &str) -> Result<Parsed, String> {
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        CommandLine::parse(&GRAMMAR, &args).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn reads(line: &str, flags: &str, options: &[&str], words: &str) {
        let Ok(Parsed::CommandLine(found)) = parse(line) else { panic!("{line}") };
        let own: Vec<&str> = found.options.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            (found.flags.join(" ").as_str(), own.as_slice(), found.words.join(" ").as_str()),
            (flags, options, words)
        );
    }

    #[test]
    fn options_flags_and_words_come_in_any_order() {
        reads("--allow-net fs.read --json x", "--allow-net", &["json"], "fs.read x");
        reads("fs.read x --allow-fs-read /x", "--allow-fs-read /x", &[], "fs.read x");
        reads("--allow-net=a:80,443 net", "--allow-net=a:80,443", &[], "net");
        reads("--no-allow-net --allow_worker worker", "--no-allow-net --allow_worker", &[], "worker");
        reads("child -- --json", "", &[], "child --json");
    }

    #[test]
    fn what_is_no_flag_is_refused_with_the_nearest() {
        assert_eq!(parse("--jsn fs"), Err("--jsn: unknown flag; did you mean --json?".to_owned()));
        assert_eq!(parse("--allow-nett fs"), Err("--allow-nett: unknown flag; did you mean --allow-net?".to_owned()));
        assert_eq!(parse("-x fs"), Err("-x: unknown flag".to_owned()));
        assert_eq!(parse("--json=1 fs"), Err("--json: takes no value, found \"1\"".to_owned()));
    }

    #[test]
    fn help_may_be_asked_for_anywhere() {
        assert_eq!(parse("fs.read --help"), Ok(Parsed::Help));
        assert_eq!(parse("-h"), Ok(Parsed::Help));
    }
}

//! The arguments of a command: its own options, policy flags, and words, in any order.
//!
//! `lexopt` parts the words; what a policy flag is and whether it takes a value says the table of flags, and what it means
//! says the parser of the flags, so that a policy is written here as everywhere.

use lexopt::{Arg, Parser};

use super::grammar::{Grammar, Opt};
use crate::config::error::nearest;
use crate::config::flags::Takes;
use crate::config::{FLAGS, Flag};

/// The arguments of a command.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// Policy flags as they were written.
    pub flags: Vec<String>,
    /// The command's own options and their values.
    pub options: Vec<(&'static str, String)>,
    /// All other words.
    pub words: Vec<String>,
}

/// What the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// Help.
    Help,
    /// This.
    These(Arguments),
}

impl Arguments {
    /// Reads the arguments of a command.
    ///
    /// # Errors
    /// One line that says what is wrong and what is accepted.
    pub fn parse(grammar: &Grammar, args: &[String]) -> Result<Asked, String> {
        let mut found = Self::default();
        let mut parser = Parser::from_args(args);
        let wrong = |error: lexopt::Error| error.to_string();
        while let Some(arg) = parser.next().map_err(wrong)? {
            match arg {
                Arg::Short('h') | Arg::Long("help") => return Ok(Asked::Help),
                Arg::Short(letter) => return Err(format!("-{letter}: unknown flag")),
                Arg::Value(word) => {
                    found.words.push(word.to_string_lossy().into_owned());
                    if grammar.program {
                        let rest = parser.raw_args().map_err(wrong)?;
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
        Ok(Asked::These(found))
    }

    /// Whether an option was given.
    #[must_use]
    pub fn has(&self, option: &str) -> bool {
        self.value(option).is_some()
    }

    /// The values of an option that may be given more than once.
    pub fn values(&self, option: &str) -> impl Iterator<Item = &str> {
        self.options.iter().filter(move |(name, _)| *name == option).map(|(_, value)| value.as_str())
    }

    /// The value of an option, the last if it was given more than once.
    #[must_use]
    pub fn value(&self, option: &str) -> Option<&str> {
        self.options.iter().rev().find(|(name, _)| *name == option).map(|(_, value)| value.as_str())
    }
}

fn value_of(option: &Opt, parser: &mut Parser) -> Result<String, String> {
    let name = option.name;
    match (option.value, parser.optional_value()) {
        (None, None) => Ok(String::new()),
        (None, Some(found)) => Err(format!("--{name}: takes no value, found {:?}", found.to_string_lossy())),
        (Some(_), Some(found)) if !found.is_empty() => Ok(found.to_string_lossy().into_owned()),
        (Some(what), Some(_)) => Err(format!("--{name}: requires an argument: {what}")),
        (Some(what), None) => match parser.value() {
            Ok(found) => Ok(found.to_string_lossy().into_owned()),
            Err(_) => Err(format!("--{name}: requires an argument: {what}")),
        },
    }
}

/// The words that make up one policy flag, as it was written.
fn flag(grammar: &Grammar, name: &str, parser: &mut Parser) -> Result<Vec<String>, String> {
    let known = format!("--{}", name.replace('_', "-"));
    let switched_off = known.strip_prefix("--no-").map(|rest| format!("--{rest}"));
    let flag = Flag::named(&known).or_else(|| Flag::named(&switched_off?)).filter(|_| grammar.with_policy);
    let Some(flag) = flag else {
        let flags = FLAGS.iter().map(|flag| flag.name).filter(|_| grammar.with_policy);
        let own: Vec<String> = grammar.options.iter().map(|option| format!("--{}", option.name)).collect();
        let near = nearest(&known, own.iter().map(String::as_str).chain(flags));
        let near = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        return Err(format!("--{name}: unknown flag{near}"));
    };
    let written = format!("--{name}");
    if let Some(value) = parser.optional_value() {
        return Ok(vec![format!("{written}={}", value.to_string_lossy())]);
    }
    let value = if matches!(flag.takes, Takes::Value(_)) { parser.value().ok() } else { None };
    // One that is missing is missed by the parser of the flags.
    Ok(std::iter::once(written).chain(value.map(|value| value.to_string_lossy().into_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Asked, Grammar, Opt};

    const GRAMMAR: Grammar = Grammar {
        name: "ask",
        takes: "",
        doc: "",
        options: &[Opt { name: "json", value: None, doc: "" }],
        with_policy: true,
        program: false,
        codes: &[],
    };

    fn parse(line: &str) -> Result<Asked, String> {
        let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Arguments::parse(&GRAMMAR, &args)
    }

    #[track_caller]
    fn reads(line: &str, flags: &str, options: &[&str], words: &str) {
        let Ok(Asked::These(found)) = parse(line) else { panic!("{line}") };
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
        assert_eq!(parse("fs.read --help"), Ok(Asked::Help));
        assert_eq!(parse("-h"), Ok(Asked::Help));
    }
}

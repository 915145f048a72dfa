//! The errors of a configuration. [`ConfigError`] prints as one line: the flag, the variable or the
//! place in the file, what was found there, and what is expected.

use std::fmt;

use thiserror::Error;

use super::spelling::Misspelling;
use crate::policy::GrantError;
use crate::policy::shell_words::Unfinished;

/// A configuration that cannot be read in full. The program must not be started.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{at}: {problem}")]
#[non_exhaustive]
pub struct ConfigError {
    /// The place.
    pub at: Location,
    /// The problem.
    pub problem: Problem,
}

impl ConfigError {
    /// Makes an error at a place.
    #[must_use]
    pub fn new(at: Location, problem: impl Into<Problem>) -> Self {
        Self { at, problem: problem.into() }
    }
}

/// Where a setting was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// A flag on the command line, or in a variable.
    Flag {
        /// The variable that held it.
        variable: Option<String>,
        /// The flag as it was written, without its value.
        flag: String,
    },
    /// A variable as a whole.
    Variable {
        /// Its name.
        name: String,
    },
    /// A place in a file.
    File {
        /// The name by which the file was given.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
    },
    /// The policy as a whole, after all its parts were read.
    Policy,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag { variable: None, flag } => write!(f, "{}", OneLine(flag)),
            Self::Flag { variable: Some(variable), flag } => write!(f, "{variable}: {}", OneLine(flag)),
            Self::Variable { name } => f.write_str(name),
            Self::File { file, line, column } => write!(f, "{}:{line}:{column}", OneLine(file)),
            Self::Policy => f.write_str("policy"),
        }
    }
}

/// A problem with a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// An unknown flag.
    #[error("unknown flag{}", DidYouMean(.nearest))]
    UnknownFlag {
        /// The known flag with the nearest name.
        nearest: Option<String>,
    },
    /// A flag without the value it needs.
    #[error("requires an argument: {expected}")]
    NeedsValue {
        /// The expected value.
        expected: &'static str,
    },
    /// A value for a flag that takes none.
    #[error("takes no value, found {found:?}")]
    TakesNoValue {
        /// The value.
        found: String,
    },
    /// An attempt to turn permit off.
    #[error("permit cannot be turned off here; start the program without it instead")]
    NotOff,
    /// A word that is no flag, in a variable of flags.
    #[error("found {found:?} where only flags are accepted")]
    StrayWord {
        /// The word.
        found: String,
    },
    /// A word that does not end.
    #[error(transparent)]
    Words(#[from] Unfinished),
    /// A planned feature. It is refused, because ignoring it could grant more than the author of
    /// the policy wanted.
    #[error("{what} is not supported yet; expected {expected}")]
    NotYet {
        /// The setting as it was written.
        what: String,
        /// The only value that is supported now.
        expected: &'static str,
    },
    /// An unknown value of `--symlinks`.
    #[error("found {found:?}, expected resolve or follow")]
    Symlinks {
        /// The word.
        found: String,
    },
    /// Text that is not JSON.
    #[error("is not JSON: {message}")]
    Syntax {
        /// The message of the JSON parser.
        message: String,
    },
    /// An unknown key.
    #[error("unknown key {key:?} in {within:?}{}", DidYouMean(.nearest))]
    UnknownKey {
        /// The key.
        key: String,
        /// The key of the object that contains it.
        within: String,
        /// The known key with the nearest name.
        nearest: Option<String>,
    },
    /// A repeated key.
    #[error("the key {key:?} stands twice in one object")]
    TwiceKey {
        /// The key.
        key: String,
    },
    /// A value of another type.
    #[error("found {found} for {key:?}, expected {expected}")]
    WrongType {
        /// The key.
        key: String,
        /// The value.
        found: &'static str,
        /// The expected value.
        expected: &'static str,
    },
    /// An entry without the key that it needs.
    #[error("the entry has no {key:?}")]
    MissingKey {
        /// The key that is missing.
        key: &'static str,
    },
    /// Text that is no date.
    #[error("{found:?} is no date; expected 2026-12-31 or 2026-12-31T23:59:59Z")]
    Date {
        /// The value.
        found: String,
    },
    /// An unknown token.
    #[error("unknown token in {found:?}{}; expected ${{PROJECT}}, ${{HOME}}, ${{TMP}} or ${{CWD}}", DidYouMean(.nearest))]
    UnknownToken {
        /// The value that contains it.
        found: String,
        /// The known token with the nearest name.
        nearest: Option<String>,
    },
    /// A token whose value is unknown.
    #[error("the token {token} has no value here")]
    TokenWithoutValue {
        /// The token.
        token: String,
    },
    /// A token that is not the whole first name of a path.
    #[error("{found:?} has a token that is not a path's whole first part, as in ${{HOME}}/x")]
    TokenPlace {
        /// The value that contains it.
        found: String,
    },
    /// A token in a path that permit itself opens.
    #[error("{found:?} has a token, which only what is granted or denied may have")]
    NoTokens {
        /// The value that contains it.
        found: String,
    },
    /// An unknown profile.
    #[error("unknown profile {name:?}{}", DidYouMean(.nearest))]
    UnknownProfile {
        /// Its name.
        name: String,
        /// The known profile with the nearest name.
        nearest: Option<String>,
    },
    /// Profiles that extend each other in a circle.
    #[error("profiles extend each other in a circle: {}", .chain.join(" > "))]
    ProfileCircle {
        /// The names of the profiles. The first one is repeated at the end.
        chain: Vec<String>,
    },
    /// A denial that matches nothing because of its spelling.
    #[error("{0}")]
    Spelling(Misspelling),
    /// A grant that the policy cannot take.
    #[error(transparent)]
    Grant(#[from] GrantError),
}

/// The end of a message: the nearest name, if there is one.
pub(crate) struct DidYouMean<'a>(pub(crate) &'a Option<String>);

impl fmt::Display for DidYouMean<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(nearest) => write!(f, "; did you mean {nearest}?"),
            None => Ok(()),
        }
    }
}

/// Text of a user, without line breaks.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if c.is_control() {
                write!(f, "{}", c.escape_default())?;
            } else {
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}

/// Returns the known name that the user most likely meant by `found`, if one is near enough.
pub(crate) fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let reach = (found.chars().count() / 3).max(2);
    let distance = |name: &'a str| (strsim::osa_distance(found, name), name);
    let (distance, name) = known.into_iter().map(distance).min_by_key(|&(distance, _)| distance)?;
    (distance <= reach).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{ConfigError, Location, Problem, nearest};

    #[test]
    fn an_error_is_one_line_with_its_place() {
        let at = Location::File { file: "a\nb.json".to_owned(), line: 3, column: 7 };
        let problem = Problem::UnknownKey {
            key: "allow\nfs".to_owned(),
            within: "permission".to_owned(),
            nearest: Some("\"allow-ffi\"".to_owned()),
        };
        let error = ConfigError::new(at, problem).to_string();
        assert_eq!(error, r#"a\nb.json:3:7: unknown key "allow\nfs" in "permission"; did you mean "allow-ffi"?"#);
    }

    #[test]
    fn only_near_names_are_guessed() {
        let known = ["--allow-fs-read", "--allow-fs-write", "--config"];
        assert_eq!(nearest("--allow-fs-raed", known).as_deref(), Some("--allow-fs-read"));
        assert_eq!(nearest("--quux", known), None);
    }
}

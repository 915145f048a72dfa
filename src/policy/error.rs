//! The reasons why a policy cannot take a grant or a denial. The caller adds the place where the
//! grant was written.

use thiserror::Error;

use super::path::PathError;
use super::scope::Scope;

/// A grant or denial that cannot be read in full. It is not taken in part.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GrantError {
    /// A path that cannot be checked.
    #[error("the path {found:?} {reason}")]
    Path {
        /// The path as it was written.
        found: String,
        /// What is wrong with it.
        #[source]
        reason: PathError,
    },
    /// A glob without a plain meaning.
    #[error("the pattern {found:?} {reason}")]
    Pattern {
        /// The pattern as it was written.
        found: String,
        /// What is wrong with it.
        #[source]
        reason: GlobError,
    },
    /// Text that is no host, address or port.
    #[error("the host {found:?} {reason}")]
    Host {
        /// The item as it was written.
        found: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Text that is no program, or no pattern of arguments.
    #[error("the program {found:?} {reason}")]
    Program {
        /// The item as it was written.
        found: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Text that is no name of a variable, and no pattern of names.
    #[error("the variable name {found:?} {reason}")]
    Name {
        /// The item as it was written.
        found: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A list for a scope that is all or nothing.
    #[error("{scope} is granted or withheld as a whole, it takes no list (found {found:?})")]
    Switch {
        /// The scope.
        scope: Scope,
        /// The item as it was written.
        found: String,
    },
    /// More text than one set of grants can store.
    #[error("too many grants: one set holds one gibibyte of paths")]
    TooMany,
}

/// Why a glob has no plain meaning.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GlobError {
    /// Bytes behind the first wildcard that are not UTF-8.
    #[error("is not UTF-8 behind its first wildcard")]
    TailNotUtf8,
    /// A directory before the first wildcard whose name is not UTF-8.
    #[error("stands in a directory whose name is not UTF-8")]
    HeadNotUtf8,
    /// A NUL byte.
    #[error("contains a NUL byte")]
    Nul,
    /// `.` or `..` behind a wildcard.
    #[error("has {part:?} behind a wildcard")]
    Dots {
        /// Which of the two.
        part: String,
    },
    /// A backslash that takes the meaning from a separator, or from nothing.
    #[error("has a backslash before a separator or at its end")]
    Backslash,
    /// `**` as a part of a name.
    #[error("has a ** that does not stand alone between separators")]
    DoubleStar,
    /// A character class with a character that globset would read as several bytes.
    #[error("has a class with characters other than ASCII; write {{a,b}} instead")]
    ClassNotAscii,
    /// A range in a character class that holds no character.
    #[error("has the empty range {}-{}", first.escape_debug(), last.escape_debug())]
    EmptyRange {
        /// Its first character.
        first: char,
        /// Its last character.
        last: char,
    },
    /// A character class that would match a separator.
    #[error("has a class that holds the separator /")]
    ClassSeparator,
    /// A pattern that globset does not compile.
    #[error("is no glob: {kind}")]
    Syntax {
        /// The reason that globset gives.
        kind: globset::ErrorKind,
    },
    /// A rule of a saved policy without the mark between its directory and its pattern.
    #[error("is not whole")]
    NotWhole,
}

/// Returns the text as it was written, for an error message.
pub(super) fn found(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

//! The reasons why a policy cannot take a grant or a denial. The caller adds the place where the
//! grant was written.

use ipnet::IpNet;
use thiserror::Error;

use super::path::PathError;
use super::scope::Scope;
use super::shell_words::Unfinished;

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
        #[source]
        reason: HostError,
    },
    /// Text that is no program, or no pattern of arguments.
    #[error("the program {found:?} {reason}")]
    Program {
        /// The item as it was written.
        found: String,
        /// What is wrong with it.
        #[source]
        reason: ProgramError,
    },
    /// Text that is no name of a variable, and no pattern of names.
    #[error("the variable name {found:?} {reason}")]
    Name {
        /// The item as it was written.
        found: String,
        /// What is wrong with it.
        #[source]
        reason: NameError,
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
    /// More bytes behind the first wildcard than a path can have.
    #[error("has {length} bytes behind its first wildcard, and a path has 4096 at most")]
    TooLong {
        /// How many.
        length: usize,
    },
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

/// Why text is no host, address or port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HostError {
    /// Bytes that are not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// A port without a host that it could belong to.
    #[error("is a port, and no item with a port stands before it")]
    LonePort,
    /// `unix:` without a path.
    #[error("has no socket path behind unix:")]
    NoSocketPath,
    /// No host before the port, where one is needed.
    #[error("has no host")]
    NoHost,
    /// `[` without `]`.
    #[error("has no closing bracket")]
    OpenBracket,
    /// Brackets around other text than an IPv6 address.
    #[error("has brackets around what is no IPv6 address")]
    BracketsWithoutV6,
    /// Other text than a port after the brackets.
    #[error("has something other than a port behind its bracket")]
    AfterBracket,
    /// An address with a zone.
    #[error("has a zone; write the address without it")]
    Zone,
    /// A slash in text that is no range of addresses.
    #[error("is no address range")]
    NoRange,
    /// A range that sets bits after its prefix.
    #[error("has address bits behind its prefix; did you mean {nearest}?")]
    RangeBits {
        /// The range of this prefix.
        nearest: IpNet,
    },
    /// Colons in text that is no IPv6 address.
    #[error("is no IPv6 address")]
    NoV6,
    /// A star at another place than the first label.
    #[error("has a * that is not the whole first label, as in *.example.com")]
    Star,
    /// A short form of an address.
    #[error("is no host name and no address in its full form")]
    ShortForm,
    /// Text that is no host name.
    #[error("is no host name")]
    NoName,
    /// A host name that would be read as the name of a set.
    #[error("is the name of a set; write it in lower case and without a dot")]
    SetName,
    /// A colon without a port number.
    #[error("has no port number behind its colon")]
    NoPortNumber,
    /// Several hosts where one is expected.
    #[error("is not one host")]
    Several,
    /// A port number that does not fit.
    #[error("has a port above 65535")]
    PortTooLarge,
}

/// Why text is no program, or no pattern of arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// A NUL byte.
    #[error("contains a NUL byte")]
    Nul,
    /// Bytes that are not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// No word.
    #[error("is empty")]
    Empty,
    /// A word that does not end.
    #[error(transparent)]
    Words(#[from] Unfinished),
    /// The path of the program.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A star in the name of the program.
    #[error("has a * in the program's name")]
    StarInName,
    /// A star before the last word.
    #[error("has a * that is not its last word")]
    StarInside,
}

/// Why text is no name of a variable, and no pattern of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NameError {
    /// Bytes that are not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// Text that no variable has as its name.
    #[error("is no name of a variable")]
    NoName,
    /// A star before the end.
    #[error("has a * that is not at its end")]
    StarInside,
}

/// Returns the text as it was written, for an error message.
pub(super) fn found(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    match text.char_indices().nth(MAX_FOUND) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// A message shows so many characters of a text.
const MAX_FOUND: usize = 200;

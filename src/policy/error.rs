//! Why a grant or a denial cannot be taken into a policy. Fields, not prose: where it stood is the caller's to add.

use thiserror::Error;

use super::path::PathError;
use super::scope::Scope;

/// A grant or denial that cannot be read in full, and so is not taken at all.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GrantError {
    /// A path that cannot be asked about either.
    #[error("the path {found:?} {reason}")]
    Path {
        /// The path as it was written.
        found: String,
        /// What is wrong with it.
        #[source]
        reason: PathError,
    },
    /// A glob that has no plain meaning.
    #[error("the pattern {found:?} {reason}")]
    Pattern {
        /// The pattern as it was written.
        found: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A host, address or port that is not one.
    #[error("the host {found:?} {reason}")]
    Host {
        /// The item as it was written.
        found: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A program or an argument pattern that is not one.
    #[error("the program {found:?} {reason}")]
    Program {
        /// The item as it was written.
        found: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A variable name or pattern that is not one.
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
    /// More text than one set of grants can hold.
    #[error("too many grants: one set holds one gibibyte of paths")]
    TooMany,
}

/// What was written, for an error message.
pub(super) fn found(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

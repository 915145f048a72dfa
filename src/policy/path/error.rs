//! The reasons why a path cannot be checked.

use thiserror::Error;

/// Why a path cannot be checked. Such a path is refused, never guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PathError {
    /// A NUL byte. The system would stop reading there, and the policy would not.
    #[error("contains a NUL byte")]
    Nul,
    /// A relative path, and the working directory is unknown.
    #[error("is relative and its working directory is unknown")]
    NoWorkingDirectory,
    /// Windows: an alternate data stream.
    #[error("names an alternate data stream")]
    Stream,
    /// Windows: a name that ends in dots or spaces, which Windows removes.
    #[error("has a name that ends in a dot or a space")]
    TrimmedName,
    /// Windows: a device, or a namespace in which names mean something else.
    #[error("names a device")]
    Device,
}

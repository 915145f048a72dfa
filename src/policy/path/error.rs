//! Why a path cannot be asked about.

use thiserror::Error;

/// Why a path cannot be asked about. Such a path is refused, never guessed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PathError {
    /// A NUL byte, at which the system would stop reading and the policy would not.
    #[error("contains a NUL byte")]
    Nul,
    /// A relative path, and the working directory is unknown.
    #[error("is relative and its working directory is unknown")]
    NoWorkingDirectory,
    /// Windows: an alternate data stream.
    #[error("names an alternate data stream")]
    Stream,
    /// Windows: a name with trailing dots or spaces, which Windows takes off.
    #[error("has a name that ends in a dot or a space")]
    TrimmedName,
    /// Windows: a device, or a namespace in which names mean something else.
    #[error("names a device")]
    Device,
}

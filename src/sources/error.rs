//! Why a source of policy cannot be read.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::config::ConfigError;

/// A source of policy that cannot be read in full. It prints as one line: the place, what was found
/// there, what is expected.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Text that is no configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A file that does not exist.
    #[error("{by}: {}: there is no such file; expected a JSON file with the key \"permission\"", .path.display())]
    Missing {
        /// The flag, the variable or the command that names the file.
        by: String,
        /// The file.
        path: PathBuf,
    },
    /// A file that the system does not let this process read.
    #[error("{by}: {}: {error}; expected a JSON file with the key \"permission\"", .path.display())]
    Unreadable {
        /// The flag, the variable or the command that names the file.
        by: String,
        /// The file.
        path: PathBuf,
        /// The reason that the system gives.
        #[source]
        error: io::Error,
    },
    /// A file that the policy of the parent process does not let this one read.
    #[error("{by}: {}: the parent process may not read it", .path.display())]
    Forbidden {
        /// The flag or the variable that names the file.
        by: String,
        /// The file.
        path: PathBuf,
    },
    /// A file or a variable that is not UTF-8.
    #[error("{place}: is no UTF-8 text")]
    NotUtf8 {
        /// The file or the variable.
        place: String,
    },
    /// A file without a policy.
    #[error("{}: has no key \"permission\"; expected a policy under this key", .path.display())]
    NoPolicy {
        /// The file.
        path: PathBuf,
    },
    /// No working directory.
    #[error("the working directory does not exist any more; start in one that exists")]
    NoWorkingDirectory,
    /// A clock by which no grant can expire.
    #[error("the clock of this machine is set before 1970; set it right")]
    ClockBefore1970,
}

//! The reasons for which a hook cannot be set.

use thiserror::Error;

/// A hook cannot be set, so the process does not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HookError {
    /// This Node lacks a function that every supported Node has.
    #[error("this Node.js has no {label}, which permit has to guard")]
    Missing {
        /// The name of the function, as `fs.open`.
        label: String,
    },
    /// The engine failed.
    #[error("{label} cannot be guarded: {reason}")]
    Failed {
        /// The name of the function or the module.
        label: String,
        /// The reason.
        reason: String,
    },
}

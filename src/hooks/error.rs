//! Why a hook cannot be set.

use thiserror::Error;

/// A hook that cannot be set: the process does not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HookError {
    /// A function that every supported Node has is not there.
    #[error("this Node.js has no {label}, which permit has to guard")]
    Missing {
        /// `fs.open` and the like.
        label: String,
    },
    /// The engine would not do it.
    #[error("{label} cannot be guarded: {reason}")]
    Failed {
        /// What was being hooked.
        label: String,
        /// What went wrong.
        reason: String,
    },
}

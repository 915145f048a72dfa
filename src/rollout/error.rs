//! Errors of questions about policies.

use thiserror::Error;

use crate::config::ConfigError;
use crate::policy::{GrantError, PathError};

/// A question or a policy that cannot be read in full. It gets no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RolloutError {
    /// The settings make no policy.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The policy cannot take a grant, or the question names no host.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// A resource that no call could name.
    #[error("{found:?} is no resource; leave it out to ask for the whole scope")]
    NoResource {
        /// The text of the question.
        found: String,
    },
    /// A path that no call could name.
    #[error("{found:?} {reason}")]
    Path {
        /// The path as it was written.
        found: String,
        /// What is wrong with it.
        #[source]
        reason: PathError,
    },
    /// A command that no call could start.
    #[error("the command {found:?} {reason}")]
    Command {
        /// The command as it was written.
        found: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A policy file that is not JSON.
    #[error("{path}: is not JSON: {reason}")]
    Syntax {
        /// The file.
        path: String,
        /// The error of the JSON parser.
        #[source]
        reason: serde_json::Error,
    },
    /// A file without a policy.
    #[error("{path}: there is no key \"permission\" in it")]
    NoPolicy {
        /// The file.
        path: String,
    },
    /// A policy file with something else in the place of its policy.
    #[error("{path}: its policy is no object")]
    NoObject {
        /// The file.
        path: String,
    },
    /// A profile that the policy file does not have.
    #[error("{path}: there is no profile {name:?} in it")]
    NoProfile {
        /// The file.
        path: String,
        /// The name of the profile.
        name: String,
    },
}

//! The only refusal.

use thiserror::Error;

use super::scope::Scope;

/// A call that the policy does not allow. Its text is Node's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", scope.message())]
#[non_exhaustive]
pub struct Denied {
    /// The scope that was missing; its [`Scope::permission`] is what the error shows.
    pub scope: Scope,
    /// What was asked for, as the caller spelled it.
    pub resource: String,
    /// The smallest flag that would allow this call; `None` if none would, because it was denied or dropped.
    pub grant: Option<String>,
}

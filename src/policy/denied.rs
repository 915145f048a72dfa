//! The refusal of a call.

use thiserror::Error;

use super::scope::Scope;

/// A call that the policy does not allow. Its text is Node's message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", scope.message())]
#[non_exhaustive]
pub struct Denied {
    /// The scope that is missing. The error shows its [`Scope::permission`].
    pub scope: Scope,
    /// The resource, as the caller spelled it.
    pub resource: String,
    /// The smallest flag that would allow this call. `None` if no flag would, because the resource
    /// is denied or was dropped.
    pub grant: Option<String>,
}

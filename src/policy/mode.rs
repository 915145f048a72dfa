//! What is done with a call that a layer does not allow.

use serde::{Deserialize, Serialize};

/// What is done with a call that a layer does not allow. Each layer has its own: one that is enforced stays so, whatever
/// stands below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// It is refused.
    #[default]
    Enforce,
    /// It goes on and is recorded.
    Audit,
    /// It is refused, and yet the process is not one that is held by it: the layer withholds permit's own files and grants all
    /// else.
    Guard,
    /// It goes on and is recorded, and to the program the layer is not there: what it allows is no answer to any question.
    Report,
}

impl Mode {
    /// Returns the name that `permission.status()` and records use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            _ => "enforce",
        }
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(super) const fn is_enforce(&self) -> bool {
        matches!(self, Self::Enforce)
    }
}

//! What happens to a call that a layer does not allow.

use serde::{Deserialize, Serialize};

/// What happens to a call that a layer does not allow. Each layer has its own mode: an enforced
/// layer stays enforced, whatever other layers there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The call is refused.
    #[default]
    Enforce,
    /// The call proceeds and is recorded.
    Audit,
    /// The call is refused, but the process does not count as enforced. For the layer that protects
    /// permit's own files and grants everything else.
    Guard,
    /// The call proceeds and is recorded. No answer to the program depends on the layer.
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

//! The scopes of the kind `Switch`, which are granted as a whole or not at all.

use super::scope::{Scope, ScopeKind};

/// The switches that are granted and those that are denied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Switches {
    granted: u32,
    denied: u32,
}

impl Switches {
    pub(super) fn grant(&mut self, scope: Scope) {
        self.granted |= bit(scope);
    }

    pub(super) fn deny(&mut self, scope: Scope) {
        self.denied |= bit(scope);
    }

    pub(super) const fn grants(self, scope: Scope) -> bool {
        self.granted & bit(scope) != 0
    }

    pub(super) const fn denies(self, scope: Scope) -> bool {
        self.denied & bit(scope) != 0
    }

    pub(super) const fn is_on(self, scope: Scope) -> bool {
        self.grants(scope) && !self.denies(scope)
    }
}

const fn bit(scope: Scope) -> u32 {
    if matches!(scope.kind(), ScopeKind::Switch) { 1 << scope.places().start } else { 0 }
}

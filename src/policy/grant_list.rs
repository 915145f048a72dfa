//! A scope that is granted as a whole or by a list of items: hosts, programs, variable names.

use super::error::GrantError;

/// One item of a list of grants.
pub(super) trait GrantItem: Sized + Clone + Ord + ToString {
    /// Returns the item that stands for all items, written `*`.
    fn everything() -> Self;

    /// Returns the item with everything that is known of it, in the form that [`GrantItem::read`]
    /// reads.
    fn written(&self) -> String {
        self.to_string()
    }

    /// Reads what [`GrantItem::written`] wrote.
    fn read(text: &str) -> Result<Self, GrantError>;
}

/// A granted item and its expiry, in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct TimedGrant<T> {
    pub(super) item: T,
    pub(super) expires: Option<u64>,
}

/// The granted and the denied items of one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GrantList<T> {
    granted: Vec<TimedGrant<T>>,
    denied: Vec<T>,
}

impl<T> Default for GrantList<T> {
    fn default() -> Self {
        Self { granted: Vec::new(), denied: Vec::new() }
    }
}

impl<T: GrantItem> GrantList<T> {
    pub(super) fn grant(&mut self, item: T, expires: Option<u64>) {
        self.granted.push(TimedGrant { item, expires });
    }

    pub(super) fn grant_all(&mut self) {
        self.grant(T::everything(), None);
    }

    pub(super) fn deny(&mut self, item: T) {
        self.denied.push(item);
    }

    pub(super) fn deny_all(&mut self) {
        self.deny(T::everything());
    }

    /// Whether everything is granted and nothing is denied.
    pub(super) fn is_whole(&self) -> bool {
        self.denied.is_empty() && self.grants_all()
    }

    /// Whether everything is granted, before denials.
    pub(super) fn grants_all(&self) -> bool {
        let everything = T::everything();
        self.granted.iter().any(|entry| entry.item == everything)
    }

    /// Whether nothing is granted, before denials.
    pub(super) fn is_empty(&self) -> bool {
        self.granted.is_empty()
    }

    pub(super) fn granted(&self) -> &[TimedGrant<T>] {
        &self.granted
    }

    pub(super) fn denied(&self) -> &[T] {
        &self.denied
    }

    /// Removes the grants that have expired at `now`. Returns whether there were any.
    pub(super) fn expire(&mut self, now: u64) -> bool {
        let before = self.granted.len();
        self.granted.retain(|entry| entry.expires.is_none_or(|at| at > now));
        self.granted.len() != before
    }

    pub(super) fn next_expiry(&self) -> Option<u64> {
        self.granted.iter().filter_map(|entry| entry.expires).min()
    }
}

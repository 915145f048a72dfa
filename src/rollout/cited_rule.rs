//! A rule as an answer quotes it.

use serde::Serialize;

use crate::config::{Rule, date};

/// A rule, with where it was written, its end and its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CitedRule {
    /// The rule as it was written.
    pub rule: String,
    /// Where it was written.
    pub at: String,
    /// The day on which it lapses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Why it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl CitedRule {
    /// A rule, as it is told.
    #[must_use]
    pub fn of(rule: &Rule<'_>) -> Self {
        Self {
            rule: rule.as_written(),
            at: rule.place(),
            expires: rule.expires().map(date::day),
            reason: rule.reason().map(str::to_owned),
        }
    }
}

//! A rule, as answers quote it.

use serde::Serialize;

use crate::config::{Rule, date};

/// A rule with its place, end and reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CitedRule {
    /// The rule as it was written.
    pub rule: String,
    /// The place where it was written.
    pub at: String,
    /// The day on which it expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// The reason for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl CitedRule {
    /// Quotes a rule.
    #[must_use]
    pub fn new(rule: &Rule<'_>) -> Self {
        Self {
            rule: rule.as_written(),
            at: rule.place(),
            expires: rule.expires().map(date::day),
            reason: rule.reason().map(str::to_owned),
        }
    }
}

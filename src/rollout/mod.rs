//! Answers about policies before they are enforced: explanations, findings, differences, and a
//! policy from records.
//!
//! All of these are functions of policies and questions. They read no file and no clock: a
//! [`World`] answers for the system, and the caller passes the time.

pub mod check;
pub mod cited_rule;
pub mod diff;
pub mod error;
pub mod explain;
pub mod generalize;
mod nearest;
pub mod observations;
mod overbroad;
pub mod ports;
pub mod proposed_policy;
pub mod question;
pub mod record;
pub mod report;
mod secrets;
pub mod usage;

pub use self::error::RolloutError;
use crate::config::{Rule, Settings, Surroundings};
use crate::policy::links::Links;
use crate::policy::{Files, GrantError, Permission, Policy, PolicyBuilder};

/// The system, as far as an answer depends on it.
pub trait World: Files + Links {
    /// Returns what a real path is to a process, besides a file.
    fn special(&self, real: &[u8]) -> Option<Special>;

    /// Returns the links below a directory. Subtracts each entry that it reads from `left`, and
    /// stops at zero.
    fn links_below(&self, directory: &[u8], left: &mut usize) -> Vec<Vec<u8>>;
}

/// A file by which a process is changed, or read, past its policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// The memory of a process.
    Memory,
    /// The environment of a process.
    Environment,
}

/// A policy, and all that it was made from.
pub struct PolicyContext<'a> {
    /// The names of its sources.
    pub sources: &'a [String],
    /// What flags and files say.
    pub settings: &'a Settings,
    /// The working directory, the tokens and the time.
    pub around: &'a Surroundings,
    /// The system.
    pub world: &'a dyn World,
    /// Adds the grants and denials that hold whatever the policy says.
    pub fixed: &'a dyn Fn(&mut PolicyBuilder<'_>) -> Result<(), GrantError>,
}

impl<'a> PolicyContext<'a> {
    /// A policy without a process: only its own rules hold.
    #[must_use]
    pub fn plain(settings: &'a Settings, around: &'a Surroundings, world: &'a dyn World) -> Self {
        Self { sources: &[], settings, around, world, fixed: &|_| Ok(()) }
    }

    /// Makes the policy of these settings, with the fixed grants and denials.
    ///
    /// # Errors
    /// [`RolloutError`] if the settings make no policy.
    pub fn policy_of(&self, settings: Settings) -> Result<Policy, RolloutError> {
        let (mut builder, _) = settings.into_builder(self.world, self.around)?;
        (self.fixed)(&mut builder)?;
        let mut policy = builder.build()?;
        policy.expire(self.around.now);
        Ok(policy)
    }

    /// Returns the rules among `wanted` that decide alone, by halves. `says` must be true of a
    /// policy if it is true of some of its rules. So a half without an answer has no rule with one.
    fn deciding_rules(&self, wanted: &[Rule<'_>], now: u64, says: &dyn Fn(&Policy) -> bool) -> Vec<usize> {
        if wanted.is_empty() {
            return Vec::new();
        }
        let numbers: Vec<usize> = wanted.iter().map(|rule| rule.number).collect();
        let around = Surroundings { now, ..self.around.clone() };
        // The settings were read before, so that a part of them makes a policy.
        let policy = self.settings.only(&numbers).into_policy(self.world, &around);
        if !policy.is_ok_and(|(policy, _)| says(&policy)) {
            return Vec::new();
        }
        if let [only] = wanted {
            return vec![only.number];
        }
        let (first, second) = wanted.split_at(wanted.len() / 2);
        [self.deciding_rules(first, now, says), self.deciding_rules(second, now, says)].concat()
    }
}

/// The seconds of a day.
pub const DAY: u64 = 86_400;

/// The most entries of directories that one answer reads.
const MAX_ENTRIES: usize = 20_000;

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Returns the authority of a rule, by the policy that the rule makes alone. Such a policy has
/// implied grants too, which are left out.
fn things_of(rule: &Rule<'_>, alone: &Policy) -> Vec<Permission> {
    let own = |thing: &Permission| thing.denies == rule.denies() && thing.scope.family() == rule.scope().family();
    alone.permissions().into_iter().filter(own).collect()
}

#[cfg(test)]
mod tests;

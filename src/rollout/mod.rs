//! What can be said of a policy before it holds anything: why it answers as it does; and from what was recorded to a
//! policy that a person would sign.
//!
//! Functions over policies and questions. They read no file and no clock of their own: what they have to know of the
//! outside they ask of a [`World`], and the time is handed to them.

pub mod check;
pub mod cited_rule;
pub mod diff;
pub mod draft;
pub mod explain;
pub mod fold;
pub mod gathered;
mod nearest;
pub mod ports;
pub mod question;
pub mod record;
pub mod report;
pub mod usage;
mod wide;

use crate::config::{Rule, Settings, Surroundings};
use crate::policy::links::Links;
use crate::policy::{Files, GrantError, Permission, Policy, PolicyBuilder};

/// The outside, as far as an answer depends on it.
pub trait World: Files + Links {
    /// What a real path is to the process besides a file.
    fn special(&self, real: &[u8]) -> Option<Special>;

    /// The links below a directory. Each entry that is looked at is taken from `most`, and at none it ends.
    fn links_below(&self, directory: &[u8], most: &mut usize) -> Vec<Vec<u8>>;
}

/// A file by which a process is reached past its policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// Its memory.
    Memory,
    /// Its environment.
    Environment,
}

/// A policy with all that it was made from.
pub struct Grounds<'a> {
    /// Where it comes from, by name.
    pub sources: &'a [String],
    /// What flags and files say.
    pub settings: &'a Settings,
    /// The world around it.
    pub around: &'a Surroundings,
    /// The outside.
    pub world: &'a dyn World,
    /// Files that are granted or withheld whatever the policy says.
    pub fixed: &'a dyn Fn(&mut PolicyBuilder<'_>) -> Result<(), String>,
}

impl<'a> Grounds<'a> {
    /// A policy that holds no process: nothing is granted or withheld but what it says.
    #[must_use]
    pub fn plain(settings: &'a Settings, around: &'a Surroundings, world: &'a dyn World) -> Self {
        Self { sources: &[], settings, around, world, fixed: &|_| Ok(()) }
    }

    /// The policy that these settings make here, with what is fixed.
    ///
    /// # Errors
    /// One line that names the place, what was found there, and what is accepted.
    pub fn policy_of(&self, settings: Settings) -> Result<Policy, String> {
        let (mut builder, _) = settings.into_builder(self.world, self.around).map_err(|error| error.to_string())?;
        (self.fixed)(&mut builder)?;
        let mut policy = builder.build().map_err(|error: GrantError| error.to_string())?;
        policy.expire(self.around.now);
        Ok(policy)
    }

    /// The rules among `wanted` that say so by themselves. `says` must be true of a policy whenever it is true of a part
    /// of its rules; then halves that say no are looked at no further.
    fn that_say(&self, wanted: &[Rule<'_>], now: u64, says: &dyn Fn(&Policy) -> bool) -> Vec<usize> {
        if wanted.is_empty() {
            return Vec::new();
        }
        let numbers: Vec<usize> = wanted.iter().map(|rule| rule.number).collect();
        let around = Surroundings { now, ..self.around.clone() };
        // They were read before as parts of the whole.
        let policy = self.settings.only(&numbers).into_policy(self.world, &around);
        if !policy.is_ok_and(|(policy, _)| says(&policy)) {
            return Vec::new();
        }
        if let [only] = wanted {
            return vec![only.number];
        }
        let (first, second) = wanted.split_at(wanted.len() / 2);
        [self.that_say(first, now, says), self.that_say(second, now, says)].concat()
    }
}

/// What a rule itself grants or withholds, of the policy that it alone makes: that one grants as well what goes without
/// saying.
fn things_of(rule: &Rule<'_>, alone: &Policy) -> Vec<Permission> {
    let own = |thing: &Permission| thing.denies == rule.denies() && thing.scope.family() == rule.scope().family();
    alone.permissions().into_iter().filter(own).collect()
}

#[cfg(test)]
mod tests;

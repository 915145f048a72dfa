//! Loads the policy that a start here would have.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use super::arguments::CommandLine;
use super::error::CliError;
use crate::config::Surroundings;
use crate::policy::PolicyBuilder;
use crate::rollout::PolicyContext;
use crate::sources::{FixedRules, LoadedSources, NO_POLICY, OwnFiles, Sources, around_path, surroundings};
use crate::system::files::System;

/// A policy, and what it was made from.
pub struct LoadedPolicy {
    said: LoadedSources,
    around: Surroundings,
    fixed: FixedRules,
}

impl LoadedPolicy {
    /// Reads the policy from the environment and the flags of the command.
    ///
    /// # Errors
    /// [`CliError`] for a source that cannot be read.
    pub fn read(arguments: &CommandLine, preload: &str) -> Result<Self, CliError> {
        let around = surroundings()?;
        let sources = Sources { flags: arguments.flags.clone(), ..Sources::from_environment() };
        let mut said = sources.read(&around)?;
        if said.names.is_empty() {
            said.names.push(NO_POLICY.to_owned());
        }
        let own = OwnFiles::beside(preload);
        let looked_for = said.looked_for(&around);
        let mut protected = [own.protected(), said.files.clone(), looked_for].concat();
        let log = said.settings.audit_log.as_ref().filter(|log| *log != b"stderr");
        for file in log.into_iter().chain(&said.settings.report_only) {
            let path = around_path(&around, Path::new(OsStr::from_bytes(file)));
            protected.push(path.into_os_string().into_vec());
        }
        Ok(Self { said, around, fixed: FixedRules { readable: own.files, protected, ..FixedRules::default() } })
    }

    /// Calls `then` with the context of the policy.
    pub fn with_context<T>(&self, then: impl FnOnce(&PolicyContext<'_>) -> T) -> T {
        let fixed = |builder: &mut PolicyBuilder<'_>| self.fixed.apply(builder);
        then(&PolicyContext {
            sources: &self.said.names,
            settings: &self.said.settings,
            around: &self.around,
            world: &System,
            fixed: &fixed,
        })
    }
}

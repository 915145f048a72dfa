//! What the commands ask of the system: the policy that its sources make.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use super::arguments::Arguments;
use crate::config::Surroundings;
use crate::policy::PolicyBuilder;
use crate::rollout::Grounds;
use crate::sources::{FixedRules, LoadedSources, NO_POLICY, OwnFiles, Sources, around_path, surroundings};
use crate::system::files::System;

/// What a policy is made from here.
pub struct Found {
    said: LoadedSources,
    around: Surroundings,
    fixed: FixedRules,
}

impl Found {
    /// Reads the sources of a policy: those of the environment, and the flags of the command.
    ///
    /// # Errors
    /// One line that names the place, what was found there, and what is accepted.
    pub fn read(arguments: &Arguments, preload: &str) -> Result<Self, String> {
        let around = surroundings().map_err(|error| error.to_string())?;
        let sources = Sources { flags: arguments.flags.clone(), ..Sources::from_environment() };
        let mut said = sources.read(&around).map_err(|error| error.to_string())?;
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

    /// Hands it on as what answers rest on.
    pub fn with<T>(&self, then: impl FnOnce(&Grounds<'_>) -> T) -> T {
        let fixed = |builder: &mut PolicyBuilder<'_>| self.fixed.apply(builder).map_err(|error| error.to_string());
        then(&Grounds {
            sources: &self.said.names,
            settings: &self.said.settings,
            around: &self.around,
            world: &System,
            fixed: &fixed,
        })
    }
}

//! The policy file that a command writes. Overwrites no other file, and never leaves half a policy.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::arguments::CommandLine;
use super::error::CliError;
use crate::config::Surroundings;
use crate::rollout::generalize::Folders;
use crate::rollout::observations::Observations;
use crate::rollout::proposed_policy::{ProposedPolicy, read_back};
use crate::sources::{DEFAULT_FILE, around_path, read_text};

/// A policy file to be written.
pub struct PolicyFile {
    /// The absolute path.
    pub path: PathBuf,
    /// The text of the file, if the policy is added to it.
    before: Option<String>,
    /// The profile to which the policy is added.
    profile: Option<String>,
}

impl PolicyFile {
    /// Takes the path from the option `--out`, or the default file.
    ///
    /// # Errors
    /// [`CliError`] if a file would be lost, or the policy that is added to cannot be read.
    pub fn find(arguments: &CommandLine, around: &Surroundings) -> Result<Self, CliError> {
        let name = arguments.value("out").unwrap_or(DEFAULT_FILE);
        let path = around_path(around, Path::new(name));
        let adds = arguments.has("merge");
        let profile = arguments.value("into-profile").map(str::to_owned);
        if !adds && profile.is_some() {
            return Err(CliError::ProfileWithoutMerge);
        }
        if !adds && path.symlink_metadata().is_ok() {
            return Err(CliError::Exists { path, expected: "--merge to add to it, or --out=FILE with a new file" });
        }
        let before = if adds && path.exists() { Some(read_text("--merge", &path)?) } else { None };
        Ok(Self { path, before, profile })
    }

    /// A policy for standard output.
    pub fn nowhere(around: &Surroundings) -> Self {
        Self { path: around_path(around, Path::new("policy.json")), before: None, profile: None }
    }

    /// Returns true if the policy is added to a file.
    pub fn adds(&self) -> bool {
        self.before.is_some()
    }

    /// Returns the text of the policy with the proposal in it. Adds grants to the proposal for what
    /// the policy would still refuse.
    ///
    /// # Errors
    /// [`CliError`] if the policy that is added to cannot be read.
    pub fn text(
        &self,
        proposal: &mut ProposedPolicy,
        observations: &Observations,
        around: &Surroundings,
        folders: &dyn Folders,
    ) -> Result<String, CliError> {
        let (name, profile) = (self.path.display().to_string(), self.profile.as_deref());
        let write = |proposal: &ProposedPolicy| proposal.write(&name, self.before.as_deref(), profile);
        let policy = |text: &str| read_back(text, &name, profile, around, folders);
        proposal.add_refused(&policy(&write(proposal)?)?, observations, &around.tokens, folders);
        let text = write(proposal)?;
        proposal.note_refused(&policy(&text)?, observations, folders);
        Ok(text)
    }

    /// Writes the text to a file beside the policy file first, so that a reader sees the old text
    /// or the new one.
    ///
    /// # Errors
    /// [`CliError::File`].
    pub fn write(&self, text: &str) -> Result<(), CliError> {
        let mut beside = self.path.clone().into_os_string();
        beside.push(format!(".{}", std::process::id()));
        let beside = PathBuf::from(beside);
        let written: std::io::Result<()> = (|| {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            if self.adds() {
                fs::set_permissions(&beside, fs::metadata(&self.path)?.permissions())?;
                return fs::rename(&beside, fs::canonicalize(&self.path)?);
            }
            // Fails if a file was made in the meantime, and does not overwrite it.
            fs::hard_link(&beside, &self.path)?;
            fs::remove_file(&beside)
        })();
        written.map_err(|error| {
            let _ = fs::remove_file(&beside);
            CliError::at(self.path.display().to_string())(error)
        })
    }
}

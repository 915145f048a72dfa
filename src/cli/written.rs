//! The policy that a command writes: never over one that is there, unless it is to be added to, and never in part.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::arguments::Arguments;
use crate::config::Surroundings;
use crate::rollout::draft::{Draft, read_back};
use crate::rollout::fold::Folders;
use crate::rollout::gathered::Gathered;
use crate::sources::{around_path, read_text};

/// Where a policy goes.
pub struct Target {
    /// The file, absolute.
    pub path: PathBuf,
    /// What it holds and what is added to.
    before: Option<String>,
    /// The profile that is added to.
    profile: Option<String>,
}

impl Target {
    /// The file of the option `--out`, or this one.
    ///
    /// # Errors
    /// One line, if there is something that would be lost, or nothing to add to.
    pub fn find(arguments: &Arguments, default: &str, around: &Surroundings) -> Result<Self, String> {
        let name = arguments.value("out").unwrap_or(default);
        let path = around_path(around, Path::new(name));
        let adds = arguments.has("merge");
        let profile = arguments.value("into-profile").map(str::to_owned);
        if !adds && profile.is_some() {
            return Err("--into-profile: says where --merge adds; without it nothing is added to".to_owned());
        }
        if !adds && path.symlink_metadata().is_ok() {
            return Err(format!(
                "{}: is there already; accepted is --merge to add to it, or --out=FILE with a new file",
                path.display()
            ));
        }
        let before = if adds && path.exists() {
            Some(read_text("--merge", &path).map_err(|error| error.to_string())?)
        } else {
            None
        };
        Ok(Self { path, before, profile })
    }

    /// None: the text goes elsewhere.
    pub fn nowhere(around: &Surroundings) -> Self {
        Self { path: around_path(around, Path::new("policy.json")), before: None, profile: None }
    }

    /// Is a policy added to?
    pub fn adds(&self) -> bool {
        self.before.is_some()
    }

    /// The text of the policy with the draft in it. What it still refuses of all that was gathered becomes part of the
    /// draft.
    ///
    /// # Errors
    /// One line, if the policy that is added to cannot be read.
    pub fn text(
        &self,
        draft: &mut Draft,
        gathered: &Gathered,
        around: &Surroundings,
        folders: &dyn Folders,
    ) -> Result<String, String> {
        let (name, profile) = (self.path.display().to_string(), self.profile.as_deref());
        let said = |reason: String| format!("{name}: {reason}");
        let write = |draft: &Draft| draft.write(self.before.as_deref(), profile).map_err(said);
        let policy = |text: &str| read_back(text, &name, profile, around, folders);
        draft.add_refused(&policy(&write(draft)?)?, gathered, &around.tokens, folders);
        let text = write(draft)?;
        draft.note_refused(&policy(&text)?, gathered, folders);
        Ok(text)
    }

    /// Writes it: beside the file first, so that whoever reads it sees all of it.
    ///
    /// # Errors
    /// One line with the file.
    pub fn write(&self, text: &str) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", self.path.display());
        let mut beside = self.path.clone().into_os_string();
        beside.push(format!(".{}", std::process::id()));
        let beside = PathBuf::from(beside);
        let written = (|| {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            if self.adds() {
                fs::set_permissions(&beside, fs::metadata(&self.path)?.permissions())?;
                return fs::rename(&beside, fs::canonicalize(&self.path)?);
            }
            // A file that has come in between is not lost.
            fs::hard_link(&beside, &self.path)?;
            fs::remove_file(&beside)
        })();
        written.map_err(|error| {
            let _ = fs::remove_file(&beside);
            failed(error)
        })
    }
}

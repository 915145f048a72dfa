//! Hands on to a child process: the preload by absolute path in `NODE_OPTIONS`, the policy as it
//! stands with its hash, and the place of the records.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use thiserror::Error;

use super::origin::{brings_library, is_opened, named_source, opening_words, was_named};
use super::sealed::{SealError, seal};
use super::variables;
use crate::audit::log;
use crate::policy::{Policy, Resource, Scope, shell_words};

/// The variable that carries the policy of the parent. The child cannot widen it.
pub const INHERITED: &str = "PERMIT_INHERITED";

/// The variable that says where the parent's records go. permit reads it only beside the parent's
/// policy.
pub const LOG: &str = "PERMIT_INHERITED_LOG";

/// The variable that carries the release in these records, behind `all:` or `refused:` for the
/// calls that are recorded.
pub const DEPLOY: &str = "PERMIT_INHERITED_DEPLOY";

/// The variable that says that these records have stacks.
pub const STACKS: &str = "PERMIT_INHERITED_STACKS";

/// The variable that carries the options with which the operator started the first process, and
/// which make Node open something. A child may have them: `fork` gives it all options of its
/// parent.
pub const OPTIONS: &str = "PERMIT_INHERITED_NODE_OPTIONS";

/// The variable that names the `package.json` on which `${PROJECT}` in the parent's policy depends.
pub const KEPT: &str = "PERMIT_INHERITED_KEPT";

/// Why a child does not start with an environment.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InheritError {
    /// A variable by which the child would open something that the policy does not grant.
    #[error("{name}={value}")]
    Variable {
        /// The name of the variable.
        name: String,
        /// Its value.
        value: String,
    },
    /// The policy cannot be handed on.
    #[error(transparent)]
    Policy(#[from] SealError),
}

/// The part of the environment in which a parent hands on to its child.
#[derive(Debug, Default)]
pub struct Inherited {
    /// [`INHERITED`].
    pub policy: Option<OsString>,
    /// [`LOG`].
    pub log: Option<OsString>,
    /// [`DEPLOY`].
    pub deploy: Option<OsString>,
    /// Whether [`STACKS`] is set.
    pub stacks: bool,
    /// [`KEPT`].
    pub kept: Option<OsString>,
    /// [`OPTIONS`].
    pub options: Option<OsString>,
}

impl Inherited {
    /// Reads these variables of the process.
    pub fn of_environment() -> Self {
        let names = [INHERITED, LOG, DEPLOY, KEPT, OPTIONS];
        let [policy, log, deploy, kept, options] =
            names.map(|name| std::env::var_os(name).filter(|value| !value.is_empty()));
        Self { policy, log, deploy, kept, options, stacks: std::env::var_os(STACKS).is_some() }
    }
}

/// The `package.json` on which `${PROJECT}` in the policy depends.
static PACKAGE_JSON: OnceLock<PathBuf> = OnceLock::new();

/// Returns the file that the program may write under a grant, but neither remove nor move:
/// `${PROJECT}` would mean another folder at the next start.
pub fn kept_package() -> Option<&'static Path> {
    PACKAGE_JSON.get().map(PathBuf::as_path)
}

/// Sets the file of [`kept_package`]. The first call counts.
pub fn keep(file: Option<PathBuf>) {
    if let Some(file) = file {
        PACKAGE_JSON.get_or_init(|| file);
    }
}

/// Returns the environment of a child that starts in this folder, with the variables that put it
/// under the policy. `options` takes the place of its `NODE_OPTIONS`.
///
/// # Errors
/// [`InheritError`] if the child must not start.
pub fn environment(
    pairs: Vec<String>,
    options: &str,
    policy: &Policy,
    folder: Option<&[u8]>,
) -> Result<Vec<String>, InheritError> {
    // A child of a program in audit is in audit too.
    let enforced = policy.enforced();
    let by_list = !enforced.has(Scope::Child, &Resource::Nothing);
    let by_names = !enforced.has(Scope::NetResolve, &Resource::Nothing);
    let mut kept = Vec::with_capacity(pairs.len() + 2);
    for pair in pairs {
        let (name, value) = pair.split_once('=').unwrap_or((&pair, ""));
        let refused = || InheritError::Variable { name: name.to_owned(), value: value.to_owned() };
        match name {
            "NODE_OPTIONS" | INHERITED | LOG | DEPLOY | STACKS | KEPT | OPTIONS | variables::COMPILE_CACHE => {}
            _ if is_opened(name, value, &enforced, folder) => return Err(refused()),
            _ if by_names && variables::STEERING.contains(&name) && !was_named(name, value) => {
                return Err(refused());
            }
            _ if by_list && brings_library(name, value) => return Err(refused()),
            _ if named_source(name, value) => {}
            _ => kept.push(pair),
        }
    }
    kept.push(format!("NODE_OPTIONS={options}"));
    kept.push(format!("{INHERITED}={}", seal(policy)?));
    match log::target() {
        Some(log::LogTarget::File(path)) => kept.push(format!("{LOG}={}", path.display())),
        Some(log::LogTarget::Stderr) => kept.push(format!("{LOG}=stderr")),
        None => {}
    }
    if let Some(process) = log::process() {
        kept.push(format!("{DEPLOY}={}:{}", process.recorded(), process.deploy));
    }
    if let Some(path) = kept_package() {
        kept.push(format!("{KEPT}={}", path.display()));
    }
    if log::keeps_stacks() {
        kept.push(format!("{STACKS}=true"));
    }
    let opening = opening_words();
    if !opening.is_empty() {
        kept.push(format!("{OPTIONS}={}", shell_words::join(&opening)));
    }
    Ok(kept)
}

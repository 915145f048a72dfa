//! Makes the policy of a process: that of its own sources, under the policy of its parent, with the
//! rules that permit itself adds. Also finds the place of its records.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use thiserror::Error;

use super::inherit::{self, Inherited, keep};
use super::origin;
use super::sealed::{self, UnsealError};
use crate::audit::log::{self, LogError, LogTarget};
use crate::config::{ConfigError, Settings, Source, Surroundings, parse_file};
use crate::policy::{GrantError, Mode, Policy, PolicyBuilder, Scope};
use crate::sources::{
    FixedRules, LoadedSources, NO_POLICY, SourceError, Sources, absolute, around_path, read_file, surroundings,
};
use crate::system::files::System;

/// A policy that cannot be made. It prints as one line: the place, what was found there, what is
/// expected.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// A source that cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Settings that make no policy.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A grant that the policy cannot take.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// The parent process handed on something other than a policy.
    #[error("{}: {source}", inherit::INHERITED)]
    Inherited {
        /// The problem.
        #[from]
        source: UnsealError,
    },
    /// A log file that the policy of the parent process does not let this one write.
    #[error("--audit-log: {}: the parent process may not write there", .path.display())]
    LogForbidden {
        /// The file.
        path: PathBuf,
    },
    /// A log that cannot be opened.
    #[error(transparent)]
    Log(#[from] LogError),
    /// A worker's policy with a log of its own.
    #[error(
        "new Worker: \"audit-log\", \"audit-stack\" and \"report-only\" are the process's; a worker has them of it"
    )]
    WorkerLog,
}

/// The facts of a start besides the policy.
#[derive(Debug, Default)]
pub struct StartReport {
    /// The sources of the policy.
    pub sources: Vec<String>,
    /// Lines for the operator.
    pub notices: Vec<String>,
    /// The policy of this process's own sources, without its parent's, if there is one.
    pub own: Option<Policy>,
    /// The release in the records of the outermost process, in a child of it.
    pub deploy: Option<String>,
    /// True if every call is recorded, because the policy grants nothing.
    pub records_all: bool,
}

/// True if `--allow-fs-vfs` was given. As in Node it is no scope, and no child inherits it.
static ALLOWS_VFS: AtomicBool = AtomicBool::new(false);

/// Returns true if a virtual file system may be mounted over the real one.
pub fn allows_vfs() -> bool {
    ALLOWS_VFS.load(Ordering::Relaxed)
}

/// Makes the policy of this process.
///
/// # Errors
/// [`PolicyError`] for the first thing that is wrong.
pub fn policy(
    sources: &Sources,
    inherited: &Inherited,
    mut fixed: FixedRules,
) -> Result<(Policy, StartReport), PolicyError> {
    let mut report = StartReport::default();
    let ceiling = match &inherited.policy {
        Some(text) => {
            report.sources.push("the parent process".to_owned());
            Some(sealed::unseal(text.to_str().ok_or(UnsealError::NotUtf8)?)?)
        }
        None => None,
    };
    keep(inherited.kept.as_ref().filter(|_| ceiling.is_some()).map(PathBuf::from));
    let log = inherited.log.as_ref().filter(|_| ceiling.is_some()).map(|log| target(log.as_bytes(), b"/"));
    let deploy = inherited.deploy.as_ref().filter(|_| log.is_some()).and_then(|text| text.to_str()?.split_once(':'));
    report.records_all = deploy.is_some_and(|(recorded, _)| recorded == "all");
    report.deploy = deploy.map(|(_, deploy)| deploy.to_owned());
    let stacks = inherited.stacks && ceiling.is_some();
    if let (Some(ceiling), false) = (&ceiling, sources.names_a_policy() || sources.profile.is_some()) {
        begin(log, stacks)?;
        return Ok((ceiling.clone(), report));
    }
    let around = surroundings()?;
    let enforced = ceiling.as_ref().map(Policy::enforced);
    let may_read = |path: &Path| {
        let path = path.as_os_str().as_bytes();
        enforced.as_ref().is_none_or(|ceiling| origin::may_use(Scope::FsRead, path, ceiling))
    };
    let loaded = sources.read_within(&around, &may_read)?;
    fixed.protected.extend(loaded.looked_for(&around));
    keep(loaded.project(&around).map(|folder| folder.join("package.json")));
    let LoadedSources { settings, files, names } = loaded;
    fixed.protected.extend(files);
    report.sources.extend(names);
    if report.sources.is_empty() {
        report.sources.push(NO_POLICY.to_owned());
    }
    let audits = settings.audit == Some(true);
    let log = match &settings.audit_log {
        Some(name) => Some(own_log(target(name, &around.cwd), log.as_ref(), ceiling.as_ref())?),
        None => log,
    };
    if let Some(LogTarget::File(path)) = &log {
        // The target of a link is protected too.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        fixed.protected.extend([path, &real].map(|path| path.as_os_str().as_bytes().to_vec()));
    }
    let second = match settings.report_only.clone() {
        Some(name) => {
            let path = around_path(&around, Path::new(OsStr::from_bytes(&name)));
            fixed.protected.push(path.as_os_str().as_bytes().to_vec());
            if !may_read(&path) {
                return Err(SourceError::Forbidden { by: "--report-only".to_owned(), path }.into());
            }
            let loaded = read_file("--report-only", &path, None)?.unwrap_or_default();
            report.records_all |= grants_nothing(&loaded);
            Some(second_policy(loaded, &fixed, &around)?)
        }
        None => None,
    };
    let stacks = settings.audit_stack.unwrap_or(stacks);
    if log.is_none() && (audits || stacks || second.is_some()) {
        report.notices.push("nothing is written of what is recorded; give --audit-log=FILE".to_owned());
    }
    report.records_all |= audits && grants_nothing(&settings);
    begin(log, stacks)?;
    ALLOWS_VFS.store(settings.allow_fs_vfs == Some(true), Ordering::Relaxed);
    let (mut builder, notices) = settings.into_builder(&System, &around)?;
    report.notices.extend(notices.iter().map(ToString::to_string));
    fixed.apply(&mut builder)?;
    let mut policy = builder.build()?;
    if audits {
        policy = policy.under(&guard(fixed.protected)?);
    }
    if let Some(second) = &second {
        policy = policy.beside(second);
    }
    policy.expire(around.now);
    report.own = Some(policy.clone());
    Ok((ceiling.iter().fold(policy, Policy::under), report))
}

/// The files that every thread of the process loads before its program.
static PRELOADED: OnceLock<Vec<Vec<u8>>> = OnceLock::new();

/// Remembers the files that every thread loads before its program. A worker with a policy of its
/// own may read them too. The first call counts.
pub fn remember_preloaded(files: Vec<Vec<u8>>) {
    PRELOADED.get_or_init(|| files);
}

/// Opens the log, if there is one.
fn begin(log: Option<LogTarget>, stacks: bool) -> Result<(), PolicyError> {
    let Some(log) = log else { return Ok(()) };
    if stacks {
        log::keep_stacks();
    }
    Ok(log::begin(log)?)
}

/// Returns the target of this name.
fn target(name: &[u8], base: &[u8]) -> LogTarget {
    if name == b"stderr" {
        return LogTarget::Stderr;
    }
    LogTarget::File(Path::new(OsStr::from_bytes(base)).join(OsStr::from_bytes(name)))
}

/// Returns the log that a process names itself. Under the policy of a parent that is the parent's
/// log, or one that the process may write.
fn own_log(log: LogTarget, inherited: Option<&LogTarget>, ceiling: Option<&Policy>) -> Result<LogTarget, PolicyError> {
    if let (LogTarget::File(path), Some(ceiling)) = (&log, ceiling)
        && inherited != Some(&log)
    {
        let real = path.parent().and_then(|folder| fs::canonicalize(folder).ok());
        let real = real.zip(path.file_name()).map(|(folder, name)| folder.join(name));
        let may = |path: &Path| {
            absolute(path.as_os_str().as_bytes())
                .is_ok_and(|path| ceiling.enforced().allows_path(Scope::FsWrite, &path))
        };
        let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
        if is_link || !may(path) || !real.is_some_and(|real| may(&real)) {
            return Err(PolicyError::LogForbidden { path: path.clone() });
        }
    }
    Ok(log)
}

/// Makes the policy that is enforced in audit: it protects permit's own files.
fn guard(protected: Vec<Vec<u8>>) -> Result<Policy, PolicyError> {
    let mut builder = PolicyBuilder::new(&System);
    for scope in Scope::ALL {
        builder.grant_all(*scope);
    }
    FixedRules { protected, ..FixedRules::default() }.apply(&mut builder)?;
    builder.mode(Mode::Guard);
    Ok(builder.build()?)
}

fn grants_nothing(loaded: &Settings) -> bool {
    !loaded.rules().any(|rule| rule.grants())
}

/// Makes the policy of `--report-only`.
fn second_policy(settings: Settings, fixed: &FixedRules, around: &Surroundings) -> Result<Policy, PolicyError> {
    let (mut builder, _) = settings.into_builder(&System, around)?;
    for path in &fixed.readable {
        builder.grant_exact(Scope::FsRead, &absolute(path)?)?;
    }
    Ok(builder.build()?)
}

/// Makes the policy of a worker's own from the text of a `permission` object. Relative paths in it
/// start at the working directory.
///
/// # Errors
/// [`PolicyError`] for the first thing that is wrong.
pub fn policy_of_worker(permission: &str, readable: &[Vec<u8>]) -> Result<Policy, PolicyError> {
    let around = surroundings()?;
    let text = format!("{{\"permission\":{permission}}}");
    let source = Source { name: "new Worker", directory: &around.cwd, text: &text };
    let settings = parse_file(&source, None)?.unwrap_or_default();
    if settings.audit_log.is_some() || settings.audit_stack.is_some() || settings.report_only.is_some() {
        return Err(PolicyError::WorkerLog);
    }
    let (mut builder, _) = settings.into_builder(&System, &around)?;
    for path in readable.iter().chain(PRELOADED.get().into_iter().flatten()) {
        builder.grant_exact(Scope::FsRead, &absolute(path)?)?;
    }
    let mut policy = builder.build()?;
    policy.expire(around.now);
    Ok(policy)
}

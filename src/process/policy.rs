//! The policy of a process: what its own sources say, under the policy of its parent, with what permit itself grants and
//! withholds, and where its records go.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::inherit::{self, Inherited, keep};
use super::{origin, sealed};
use crate::audit::log::{self, Target};
use crate::config::{Settings, Source, Surroundings, parse_file};
use crate::policy::{GrantError, Mode, Policy, PolicyBuilder, Scope};
use crate::sources::{Fixed, NO_POLICY, Said, Sources, absolute, around_path, read_file, surroundings};
use crate::system::files::System;

/// What is told of a start besides the policy.
#[derive(Debug, Default)]
pub struct StartReport {
    /// Where the policy came from.
    pub sources: Vec<String>,
    /// Lines for the one who starts the program.
    pub notices: Vec<String>,
    /// What this process's own sources say, without its parent's policy, if they say anything.
    pub own: Option<Policy>,
    /// What the records of the outermost process tell of the release, in a child of it.
    pub deploy: Option<String>,
    /// Everything that is touched is recorded.
    pub records_all: bool,
}

/// Was `--allow-fs-vfs` given? As in Node it is no scope, and no child inherits it.
static ALLOWS_VFS: AtomicBool = AtomicBool::new(false);

/// May a virtual file system be mounted over the real one?
pub fn allows_vfs() -> bool {
    ALLOWS_VFS.load(Ordering::Relaxed)
}

/// Makes the policy of this process.
///
/// # Errors
/// One line that names the place, what was found there, and what is accepted.
pub fn policy(sources: &Sources, inherited: &Inherited, mut fixed: Fixed) -> Result<(Policy, StartReport), String> {
    let mut told = StartReport::default();
    let ceiling = match &inherited.policy {
        Some(text) => {
            told.sources.push("the parent process".to_owned());
            let text = text.to_str().ok_or("is no UTF-8 text");
            let policy = text.map_err(str::to_owned).and_then(sealed::unseal);
            Some(policy.map_err(|reason| format!("{}: {reason}", inherit::INHERITED))?)
        }
        None => None,
    };
    keep(inherited.kept.as_ref().filter(|_| ceiling.is_some()).map(PathBuf::from));
    let log = inherited.log.as_ref().filter(|_| ceiling.is_some()).map(|log| target(log.as_bytes(), b"/"));
    let deploy = inherited.deploy.as_ref().filter(|_| log.is_some()).and_then(|text| text.to_str()?.split_once(':'));
    told.records_all = deploy.is_some_and(|(recorded, _)| recorded == "all");
    told.deploy = deploy.map(|(_, deploy)| deploy.to_owned());
    let stacks = inherited.stacks && ceiling.is_some();
    if let (Some(ceiling), false) = (&ceiling, sources.names_a_policy() || sources.profile.is_some()) {
        begin(log, stacks)?;
        return Ok((ceiling.clone(), told));
    }
    let around = surroundings()?;
    let enforced = ceiling.as_ref().map(Policy::enforced);
    let may_read = |path: &Path| {
        let path = path.as_os_str().as_bytes();
        enforced.as_ref().is_none_or(|ceiling| origin::may_use(Scope::FsRead, path, ceiling))
    };
    let said = sources.read_within(&around, &may_read)?;
    fixed.protected.extend(said.looked_for(&around));
    keep(said.project(&around).map(|folder| folder.join("package.json")));
    let Said { settings, files, names } = said;
    fixed.protected.extend(files);
    told.sources.extend(names);
    if told.sources.is_empty() {
        told.sources.push(NO_POLICY.to_owned());
    }
    let audits = settings.audit == Some(true);
    let log = match &settings.audit_log {
        Some(name) => Some(own_log(target(name, &around.cwd), log.as_ref(), ceiling.as_ref())?),
        None => log,
    };
    if let Some(Target::File(path)) = &log {
        // What is behind a link is found before anything is granted.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        fixed.protected.extend([path, &real].map(|path| path.as_os_str().as_bytes().to_vec()));
    }
    let second = match settings.report_only.clone() {
        Some(name) => {
            let path = around_path(&around, Path::new(OsStr::from_bytes(&name)));
            fixed.protected.push(path.as_os_str().as_bytes().to_vec());
            if !may_read(&path) {
                return Err(format!("--report-only: {}: the parent process may not read it", path.display()));
            }
            let said = read_file("--report-only", &path, None)?.unwrap_or_default();
            told.records_all |= grants_nothing(&said);
            Some(second_policy(said, &fixed, &around)?)
        }
        None => None,
    };
    let stacks = settings.audit_stack.unwrap_or(stacks);
    if log.is_none() && (audits || stacks || second.is_some()) {
        told.notices.push("nothing is written of what is recorded; give --audit-log=FILE".to_owned());
    }
    told.records_all |= audits && grants_nothing(&settings);
    begin(log, stacks)?;
    ALLOWS_VFS.store(settings.allow_fs_vfs == Some(true), Ordering::Relaxed);
    let (mut builder, notices) = settings.into_builder(&System, &around).map_err(|error| error.to_string())?;
    told.notices.extend(notices.iter().map(ToString::to_string));
    fixed.apply(&mut builder)?;
    let mut policy = builder.build().map_err(|error| error.to_string())?;
    if audits {
        policy = policy.under(&guard(fixed.protected)?);
    }
    if let Some(second) = &second {
        policy = policy.beside(second);
    }
    policy.expire(around.now);
    told.own = Some(policy.clone());
    Ok((ceiling.iter().fold(policy, Policy::under), told))
}

/// What every thread of the process loads before its program.
static PRELOADED: OnceLock<Vec<Vec<u8>>> = OnceLock::new();

/// Remembers the files that every thread loads before its program: they are readable for a worker too that is given a
/// policy of its own. The first call counts.
pub fn remember_preloaded(files: Vec<Vec<u8>>) {
    PRELOADED.get_or_init(|| files);
}

/// Begins the log, if there is one.
fn begin(log: Option<Target>, stacks: bool) -> Result<(), String> {
    let Some(log) = log else { return Ok(()) };
    if stacks {
        log::keep_stacks();
    }
    log::begin(log)
}

/// Where records go by this name.
fn target(name: &[u8], base: &[u8]) -> Target {
    if name == b"stderr" {
        return Target::Stderr;
    }
    Target::File(Path::new(OsStr::from_bytes(base)).join(OsStr::from_bytes(name)))
}

/// The log that a process names itself. Under the policy of a parent it is the parent's, or one that it may write.
fn own_log(log: Target, inherited: Option<&Target>, ceiling: Option<&Policy>) -> Result<Target, String> {
    if let (Target::File(path), Some(ceiling)) = (&log, ceiling)
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
            return Err(format!("--audit-log: {}: the parent process may not write there", path.display()));
        }
    }
    Ok(log)
}

/// What is enforced in audit: that permit's own files are not written.
fn guard(protected: Vec<Vec<u8>>) -> Result<Policy, String> {
    let mut builder = PolicyBuilder::new(&System);
    for scope in Scope::ALL {
        builder.grant_all(*scope);
    }
    Fixed { protected, ..Fixed::default() }.apply(&mut builder)?;
    builder.mode(Mode::Guard);
    builder.build().map_err(|error| error.to_string())
}

fn grants_nothing(said: &Settings) -> bool {
    !said.rules().any(|rule| rule.grants())
}

/// The policy of `--report-only`.
fn second_policy(settings: Settings, fixed: &Fixed, around: &Surroundings) -> Result<Policy, String> {
    let (mut builder, _) = settings.into_builder(&System, around).map_err(|error| error.to_string())?;
    let full = |error: GrantError| error.to_string();
    for path in &fixed.readable {
        builder.grant_exact(Scope::FsRead, &absolute(path)?).map_err(full)?;
    }
    builder.build().map_err(full)
}

/// The policy that a worker is given of its own: the text of a `permission` object. Relative paths in it start at the
/// working directory.
///
/// # Errors
/// One line that names the place, what was found there, and what is accepted.
pub fn policy_of_worker(permission: &str, readable: &[Vec<u8>]) -> Result<Policy, String> {
    let around = surroundings()?;
    let text = format!("{{\"permission\":{permission}}}");
    let source = Source { name: "new Worker", directory: &around.cwd, text: &text };
    let settings = parse_file(&source, None).map_err(|error| error.to_string())?.unwrap_or_default();
    if settings.audit_log.is_some() || settings.audit_stack.is_some() || settings.report_only.is_some() {
        return Err(
            "new Worker: \"audit-log\", \"audit-stack\" and \"report-only\" are the process's; a worker has them of it"
                .to_owned(),
        );
    }
    let (mut builder, _) = settings.into_builder(&System, &around).map_err(|error| error.to_string())?;
    let full = |error: GrantError| error.to_string();
    for path in readable.iter().chain(PRELOADED.get().into_iter().flatten()) {
        builder.grant_exact(Scope::FsRead, &absolute(path)?).map_err(full)?;
    }
    let mut policy = builder.build().map_err(full)?;
    policy.expire(around.now);
    Ok(policy)
}

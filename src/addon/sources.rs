//! Where the policy of a process comes from: a file, flags in a variable, the policy of the parent. Reads them from
//! the outside, hands their text to `config`, and puts together what comes back.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::inherit;
use crate::audit::log::{self, Target};
use crate::config::{Settings, Source, Surroundings, Tokens, parse_file, parse_options};
use crate::hooks::files::{System, working_directory};
use crate::policy::{Absolute, GrantError, Mode, Policy, PolicyBuilder, Scope};

/// The file that is used by itself where nothing else names a policy.
const DEFAULT_FILE: &str = "node.config.json";

/// What the environment says of the policy.
#[derive(Debug, Default)]
pub struct Sources {
    /// `PERMIT_CONFIG`: a file.
    pub config: Option<OsString>,
    /// `PERMIT_OPTIONS`: flags.
    pub options: Option<OsString>,
    /// `PERMIT_PROFILE`: a profile of the file.
    pub profile: Option<OsString>,
    /// The policy of the parent.
    pub inherited: Option<OsString>,
    /// Where its records go.
    pub log: Option<OsString>,
}

/// What is told of a start besides the policy.
#[derive(Debug, Default)]
pub struct Told {
    /// Where the policy came from.
    pub sources: Vec<String>,
    /// Lines for the one who starts the program.
    pub notices: Vec<String>,
    /// What this process's own sources say, without its parent's policy, if they say anything.
    pub own: Option<Policy>,
}

/// Files that are granted or withheld whatever the policy says.
#[derive(Debug, Default)]
pub struct Fixed {
    /// The program, its preloads, permit's own files: readable.
    pub readable: Vec<Vec<u8>>,
    /// permit's own files and folders: never writable.
    pub protected: Vec<Vec<u8>>,
}

impl Sources {
    /// Reads them from the environment of the process.
    pub fn of_environment() -> Self {
        let read = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let [config, options, profile] = inherit::SOURCES.map(read);
        Self { config, options, profile, inherited: read(inherit::INHERITED), log: read(inherit::LOG) }
    }

    fn names_a_policy(&self) -> bool {
        self.config.is_some() || self.options.is_some()
    }
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
pub fn policy(sources: &Sources, fixed: &Fixed) -> Result<(Policy, Told), String> {
    let mut told = Told::default();
    let ceiling = match &sources.inherited {
        Some(text) => {
            told.sources.push("the parent process".to_owned());
            let text = text.to_str().ok_or("is no UTF-8 text");
            let policy = text.map_err(str::to_owned).and_then(inherit::unseal);
            Some(policy.map_err(|reason| format!("{}: {reason}", inherit::INHERITED))?)
        }
        None => None,
    };
    let log = sources.log.as_ref().filter(|_| ceiling.is_some()).map(|log| target(log.as_bytes(), b"/"));
    if let (Some(ceiling), false) = (&ceiling, sources.names_a_policy() || sources.profile.is_some()) {
        log.map(log::begin).transpose()?;
        return Ok((ceiling.clone(), told));
    }
    let around = surroundings()?;
    let (settings, mut files) = settings(sources, &around, &mut told)?;
    let audits = settings.audit == Some(true);
    let log = match &settings.audit_log {
        Some(name) => Some(own_log(target(name, &around.cwd), log.as_ref(), ceiling.as_ref())?),
        None => log,
    };
    if let Some(Target::File(path)) = &log {
        // What is behind a link is found before anything is granted.
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        files.extend([path, &real].map(|path| path.as_os_str().as_bytes().to_vec()));
    }
    let second = match settings.report_only.clone() {
        Some(name) => {
            let path = around_path(&around, Path::new(OsStr::from_bytes(&name)));
            files.push(path.as_os_str().as_bytes().to_vec());
            Some(second_policy(&path, fixed, &around)?)
        }
        None => None,
    };
    if log.is_none() && (audits || second.is_some()) {
        told.notices.push("nothing is written of what is recorded; give --audit-log=FILE".to_owned());
    }
    log.map(log::begin).transpose()?;
    ALLOWS_VFS.store(settings.allow_fs_vfs == Some(true), Ordering::Relaxed);
    let (mut builder, notices) = settings.into_builder(&System, &around).map_err(|error| error.to_string())?;
    told.notices.extend(notices.iter().map(ToString::to_string));
    let full = |error: GrantError| error.to_string();
    for path in &fixed.readable {
        builder.grant_exact(Scope::FsRead, &absolute(path)?).map_err(full)?;
    }
    for path in fixed.protected.iter().chain(&files) {
        builder.protect(&absolute(path)?).map_err(full)?;
    }
    let mut policy = builder.build().map_err(full)?;
    if audits {
        policy = policy.under(&guard(fixed.protected.iter().chain(&files))?);
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
fn guard<'p>(protected: impl Iterator<Item = &'p Vec<u8>>) -> Result<Policy, String> {
    let full = |error: GrantError| error.to_string();
    let mut builder = PolicyBuilder::new(&System);
    for scope in Scope::ALL {
        builder.grant_all(*scope);
    }
    for path in protected {
        builder.protect(&absolute(path)?).map_err(full)?;
    }
    builder.mode(Mode::Guard);
    builder.build().map_err(full)
}

/// The policy of `--report-only`.
fn second_policy(path: &Path, fixed: &Fixed, around: &Surroundings) -> Result<Policy, String> {
    let settings = read_file("--report-only", path, None)?.unwrap_or_default();
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
    let (mut builder, _) = settings.into_builder(&System, &around).map_err(|error| error.to_string())?;
    let full = |error: GrantError| error.to_string();
    for path in readable.iter().chain(PRELOADED.get().into_iter().flatten()) {
        builder.grant_exact(Scope::FsRead, &absolute(path)?).map_err(full)?;
    }
    let mut policy = builder.build().map_err(full)?;
    policy.expire(around.now);
    Ok(policy)
}

fn absolute(path: &[u8]) -> Result<Absolute<'_>, String> {
    Absolute::resolve(path, working_directory)
        .map_err(|error| format!("the path {:?} {error}", String::from_utf8_lossy(path)))
}

/// What files and flags say together, and the files.
fn settings(sources: &Sources, around: &Surroundings, told: &mut Told) -> Result<(Settings, Vec<Vec<u8>>), String> {
    let options = match &sources.options {
        Some(text) => {
            let settings = parse_options(text.as_bytes(), "PERMIT_OPTIONS").map_err(|error| error.to_string())?;
            told.sources.push("PERMIT_OPTIONS".to_owned());
            settings
        }
        None => Settings::default(),
    };
    let profile = match (&options.profile, &sources.profile) {
        (Some(name), _) => Some(name.clone()),
        (None, Some(name)) => Some(name.to_str().ok_or("PERMIT_PROFILE: is no UTF-8 text")?.to_owned()),
        (None, None) => None,
    };
    let named =
        [("PERMIT_CONFIG", sources.config.clone()), ("--config", options.config.clone().map(OsString::from_vec))];
    let mut files: Vec<(String, PathBuf)> = named
        .into_iter()
        .filter_map(|(by, path)| Some((by.to_owned(), around_path(around, Path::new(&path?)))))
        .collect();
    let default = around_path(around, Path::new(DEFAULT_FILE));
    let by_itself = !sources.names_a_policy() || profile.is_some();
    if files.is_empty() && by_itself && (profile.is_some() || default.exists()) {
        files.push((DEFAULT_FILE.to_owned(), default));
    }
    let mut all = Settings::default();
    let mut protected = Vec::new();
    for (by, path) in files {
        if let Some(settings) = read_file(&by, &path, profile.as_deref())? {
            told.sources.push(path.display().to_string());
            all = all.merge(settings);
        }
        protected.push(path.into_os_string().into_vec());
    }
    if told.sources.is_empty() {
        told.sources.push("none: all but the entry point is refused".to_owned());
    }
    Ok((all.merge(options), protected))
}

/// What a policy file says; `None` for a `node.config.json` that has nothing to say to permit.
fn read_file(by: &str, path: &Path, profile: Option<&str>) -> Result<Option<Settings>, String> {
    let text = fs::read(path).map_err(|error| {
        let reason = if error.kind() == std::io::ErrorKind::NotFound {
            "there is no such file".to_owned()
        } else {
            error.to_string()
        };
        format!("{by}: {}: {reason}; a JSON file with the key \"permission\" is accepted", path.display())
    })?;
    let text = String::from_utf8(text).map_err(|_| format!("{}: is no UTF-8 text", path.display()))?;
    let directory = path.parent().map(|parent| parent.as_os_str().as_bytes().to_vec()).unwrap_or_default();
    let source = Source { name: &path.display().to_string(), directory: &directory, text: &text };
    let settings = parse_file(&source, profile).map_err(|error| error.to_string())?;
    if settings.is_none() && (by != DEFAULT_FILE || profile.is_some()) {
        return Err(format!("{}: has no key \"permission\", which is where a policy stands", path.display()));
    }
    Ok(settings)
}

fn around_path(around: &Surroundings, path: &Path) -> PathBuf {
    Path::new(std::ffi::OsStr::from_bytes(&around.cwd)).join(path)
}

fn surroundings() -> Result<Surroundings, String> {
    let cwd = working_directory().ok_or("the working directory is gone; start in one that exists")?;
    let here = Path::new(std::ffi::OsStr::from_bytes(&cwd));
    let project = here.ancestors().find(|folder| folder.join("package.json").is_file());
    let bytes = |path: &Path| path.as_os_str().as_bytes().to_vec();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| "the clock stands before 1970")?;
    let tokens = Tokens {
        project: project.map(bytes),
        home: std::env::var_os("HOME").filter(|home| Path::new(home).is_absolute()).map(OsString::into_vec),
        tmp: Some(std::env::temp_dir()).filter(|folder| folder.is_absolute()).map(|folder| bytes(&folder)),
        cwd: Some(cwd.clone()),
    };
    Ok(Surroundings { cwd, tokens, now: now.as_secs() })
}

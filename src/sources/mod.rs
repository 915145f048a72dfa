//! The sources of a policy: a file, flags in a variable, flags of the command line. Reads them, and
//! passes their text to `config`. The preload and the commands read the same sources in the same
//! way. Only the preload reads a policy that a parent process handed on.

mod error;
mod own_files;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

pub use self::error::SourceError;
pub use self::own_files::{DEFAULT_FILE, OwnFiles, names_along_links, package_names, policy_names};
use crate::config::{Settings, Source, Surroundings, Tokens, parse_file, parse_flags, parse_options};
use crate::policy::{Absolute, GrantError, PolicyBuilder, Scope};
use crate::system::environment;
use crate::system::files::working_directory;

/// The text that is shown as the source if no source names a policy.
pub const NO_POLICY: &str = "none: all but the entry point is refused";

/// The variables that name a policy: a file, flags, a profile of the file.
pub const VARIABLES: [&str; 3] = ["PERMIT_CONFIG", "PERMIT_OPTIONS", "PERMIT_PROFILE"];

/// The names of the sources of a policy.
#[derive(Debug, Default)]
pub struct Sources {
    /// `PERMIT_CONFIG`: a file.
    pub config: Option<OsString>,
    /// `PERMIT_OPTIONS`: flags.
    pub options: Option<OsString>,
    /// `PERMIT_PROFILE`: a profile of the file.
    pub profile: Option<OsString>,
    /// Flags of the command line.
    pub flags: Vec<String>,
}

/// The contents of the sources.
#[derive(Debug, Default)]
pub struct LoadedSources {
    /// The settings of files and flags together.
    pub settings: Settings,
    /// The names of the files that were read, absolute. No program may write them.
    pub files: Vec<Vec<u8>>,
    /// The names of the sources. Empty if there are none.
    pub names: Vec<String>,
}

/// Files that permit itself grants and denies, whatever the policy says.
#[derive(Debug, Default)]
pub struct FixedRules {
    /// The program, its preloads and permit's own files, which are readable.
    pub readable: Vec<Vec<u8>>,
    /// permit's own files and directories, which are never writable.
    pub protected: Vec<Vec<u8>>,
    /// Patterns of the paths that Node's test runner reads and writes, if the operator asked it for
    /// coverage.
    pub coverage: Vec<Vec<u8>>,
}

impl FixedRules {
    /// Adds these grants and denials to a policy.
    ///
    /// # Errors
    /// [`GrantError`] for the first path that cannot be checked.
    pub fn apply(&self, builder: &mut PolicyBuilder<'_>) -> Result<(), GrantError> {
        for path in &self.readable {
            builder.grant_exact(Scope::FsRead, &absolute(path)?)?;
        }
        for pattern in &self.coverage {
            for scope in [Scope::FsRead, Scope::FsWrite] {
                builder.grant(scope, pattern, b"/", None)?;
            }
        }
        for path in &self.protected {
            builder.protect(&absolute(path)?)?;
        }
        Ok(())
    }
}

impl Sources {
    /// Reads the names of the sources from the environment of the process.
    pub fn from_environment() -> Self {
        let read = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let [config, options, profile] = VARIABLES.map(read);
        Self { config, options, profile, flags: Vec::new() }
    }

    /// Whether there is a file or a flag among them.
    pub fn names_a_policy(&self) -> bool {
        self.config.is_some() || self.options.is_some() || !self.flags.is_empty()
    }

    /// Reads the sources.
    ///
    /// # Errors
    /// [`SourceError`] for the first source that cannot be read in full.
    pub fn read(&self, around: &Surroundings) -> Result<LoadedSources, SourceError> {
        self.read_within(around, &|_| true)
    }

    /// Reads the sources, but no file that `may_read` refuses, because an error message shows text
    /// of the file.
    ///
    /// # Errors
    /// [`SourceError`], as from [`Sources::read`].
    pub fn read_within(
        &self,
        around: &Surroundings,
        may_read: &dyn Fn(&Path) -> bool,
    ) -> Result<LoadedSources, SourceError> {
        let mut names = Vec::new();
        let mut options = match &self.options {
            Some(text) => {
                let settings = parse_options(text.as_bytes(), "PERMIT_OPTIONS")?;
                names.push("PERMIT_OPTIONS".to_owned());
                settings
            }
            None => Settings::default(),
        };
        if !self.flags.is_empty() {
            let (flags, _) = parse_flags(&self.flags, None)?;
            options = options.merge(flags);
            names.push("the command line".to_owned());
        }
        let profile = match (&options.profile, &self.profile) {
            (Some(name), _) => Some(name.clone()),
            (None, Some(name)) => {
                let place = || SourceError::NotUtf8 { place: "PERMIT_PROFILE".to_owned() };
                Some(name.to_str().ok_or_else(place)?.to_owned())
            }
            (None, None) => None,
        };
        let given =
            [("PERMIT_CONFIG", self.config.clone()), ("--config", options.config.clone().map(OsString::from_vec))];
        let mut files: Vec<(String, PathBuf)> = given
            .into_iter()
            .filter_map(|(by, path)| Some((by.to_owned(), around_path(around, Path::new(&path?)))))
            .collect();
        let default = around_path(around, Path::new(DEFAULT_FILE));
        let by_itself = !self.names_a_policy() || profile.is_some();
        if files.is_empty() && by_itself && (profile.is_some() || default.exists()) {
            files.push((DEFAULT_FILE.to_owned(), default));
        }
        let mut all = Settings::default();
        let mut protected = Vec::new();
        for (by, path) in files {
            if !may_read(&path) {
                return Err(SourceError::Forbidden { by, path });
            }
            if let Some(settings) = read_file(&by, &path, profile.as_deref())? {
                names.push(path.display().to_string());
                all = all.merge(settings);
            }
            protected.extend(names_along_links(&path));
        }
        Ok(LoadedSources { settings: all.merge(options), files: protected, names })
    }
}

impl LoadedSources {
    /// Returns the names of the files that a start in this working directory would look for:
    /// policies there and beside the files that were read, permit's packages, and, if a rule names
    /// the project, each `package.json` that would be nearer than the project's. No program may
    /// make, change or remove them.
    pub fn looked_for(&self, around: &Surroundings) -> Vec<Vec<u8>> {
        let here = Path::new(OsStr::from_bytes(&around.cwd));
        let beside = self.files.iter().filter_map(|file| Path::new(OsStr::from_bytes(file)).parent());
        let mut names: Vec<Vec<u8>> = policy_names(beside.chain([here])).chain(package_names(here)).collect();
        if let Some(project) = self.project(around) {
            let nearer = here.ancestors().take_while(|folder| *folder != project);
            names.extend(nearer.map(|folder| folder.join("package.json").into_os_string().into_vec()));
        }
        names
    }

    /// Returns the directory of the project, if a rule names it. Without its `package.json` the
    /// next start would have another project.
    pub fn project<'a>(&self, around: &'a Surroundings) -> Option<&'a Path> {
        let names_it = self.settings.names_project();
        around.tokens.project.as_deref().filter(|_| names_it).map(|folder| Path::new(OsStr::from_bytes(folder)))
    }
}

/// Reads a policy file. Returns `None` for a `node.config.json` without a policy.
///
/// # Errors
/// [`SourceError`] if the file cannot be read in full.
pub fn read_file(by: &str, path: &Path, profile: Option<&str>) -> Result<Option<Settings>, SourceError> {
    let text = read_text(by, path)?;
    let directory = path.parent().map(|parent| parent.as_os_str().as_bytes().to_vec()).unwrap_or_default();
    let source = Source { name: &path.display().to_string(), directory: &directory, text: &text };
    let settings = parse_file(&source, profile)?;
    if settings.is_none() && (by != DEFAULT_FILE || profile.is_some()) {
        return Err(SourceError::NoPolicy { path: path.to_owned() });
    }
    Ok(settings)
}

/// Reads the text of a policy file.
///
/// # Errors
/// [`SourceError`] if there is no such file, or it cannot be read as text.
pub fn read_text(by: &str, path: &Path) -> Result<String, SourceError> {
    let text = fs::read(path).map_err(|error| {
        let (by, path) = (by.to_owned(), path.to_owned());
        match error.kind() {
            ErrorKind::NotFound => SourceError::Missing { by, path },
            _ => SourceError::Unreadable { by, path, error },
        }
    })?;
    String::from_utf8(text).map_err(|_| SourceError::NotUtf8 { place: path.display().to_string() })
}

/// Makes a path absolute by the working directory.
pub fn around_path(around: &Surroundings, path: &Path) -> PathBuf {
    Path::new(OsStr::from_bytes(&around.cwd)).join(path)
}

/// Returns a path in the form that policies compare.
///
/// # Errors
/// [`GrantError::Path`] if the path cannot be checked.
pub fn absolute(path: &[u8]) -> Result<Absolute<'_>, GrantError> {
    Absolute::resolve(path, working_directory)
        .map_err(|reason| GrantError::Path { found: String::from_utf8_lossy(path).into_owned(), reason })
}

/// Reads the facts about the process that a policy depends on.
///
/// # Errors
/// [`SourceError`] if the working directory does not exist, or the clock stands before 1970.
pub fn surroundings() -> Result<Surroundings, SourceError> {
    let cwd = working_directory().ok_or(SourceError::NoWorkingDirectory)?;
    let here = Path::new(OsStr::from_bytes(&cwd));
    let project = here.ancestors().find(|folder| folder.join("package.json").is_file());
    let bytes = |path: &Path| path.as_os_str().as_bytes().to_vec();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| SourceError::ClockBefore1970)?;
    let tokens = Tokens {
        project: project.map(bytes),
        home: environment::variable("HOME")
            .ok()
            .flatten()
            .filter(|home| Path::new(home).is_absolute())
            .map(OsString::into_vec),
        tmp: Some(environment::temp_dir()).filter(|folder| folder.is_absolute()).map(|folder| bytes(&folder)),
        cwd: Some(cwd.clone()),
        checkout: None,
    };
    Ok(Surroundings { cwd, tokens, now: now.as_secs() })
}

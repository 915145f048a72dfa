//! How this process was started: the options and variables that the operator gave. permit compares
//! the options and variables that a program gives to a child or a worker with them.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

use super::options::{self, NodeOption, Opens};
use super::variables;
use crate::policy::files::Files;
use crate::policy::path::Absolute;
use crate::policy::{Policy, Resource, Scope};
use crate::sources::VARIABLES;
use crate::system::files::{System, found_in_path, from_working_directory, within, working_directory};

/// The start of this process.
#[derive(Debug)]
struct Origin {
    /// `index.js`, absolute.
    preload: String,
    preloaded: Preloaded,
    words: Words,
    /// The variables that named a policy at start, with their values. The inherited policy contains
    /// theirs, so a child gets such a variable only if the program has set it anew.
    sources: Vec<(&'static str, String)>,
    /// The variables at start that only the operator may set.
    named: Vec<(String, String)>,
    /// The working directory at start.
    folder: Option<Vec<u8>>,
    /// `PATH` at start.
    path: Option<OsString>,
}

/// The way in which permit was preloaded.
#[derive(Debug, Clone, Default)]
pub struct Preloaded {
    /// True for `-r`, whose preloads every thread inherits.
    pub required: bool,
    /// The names of permit among the options.
    pub names: Vec<String>,
}

/// The options of Node at start, word by word, by where they were given.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// In `NODE_OPTIONS`.
    pub variable: Vec<String>,
    /// In the file that `--config-file` names.
    pub file: Vec<String>,
    /// On the command line.
    pub line: Vec<String>,
    /// Options that the operator gave to the first process, and that make Node open something.
    pub handed_on: Vec<String>,
}

impl Words {
    /// Returns the options that Node got.
    pub fn options(&self) -> impl Iterator<Item = NodeOption<'_>> {
        [&self.variable, &self.file, &self.line].into_iter().flat_map(|words| options::read(words))
    }

    /// Returns the options that the operator gave to this process or to the first.
    fn of_operator(&self) -> impl Iterator<Item = NodeOption<'_>> {
        self.options().chain(options::read(&self.handed_on))
    }

    /// Returns the first option that only the operator may give, and that the operator did not give
    /// to the first process.
    pub fn first_not_handed_on(&self, policy: &Policy) -> Option<NodeOption<'_>> {
        let handed_on = options::read(&self.handed_on);
        let is_new = |option: &NodeOption<'_>| !handed_on.iter().any(|known| known.says(option));
        self.options().find(|option| needs_operator(option, policy) && is_new(option))
    }

    /// Returns true if an option of the operator's names the same file in every working directory.
    fn means_the_same(&self, option: &NodeOption<'_>) -> bool {
        if !matches!(option.opens, Opens::Reads | Opens::Writes | Opens::Unheld) {
            return true;
        }
        let is_absolute = |value: &str| value.starts_with('/');
        // `--cpu-prof` writes into `--cpu-prof-dir`, if there is one.
        let family = |name: &str| name.split('-').nth(2).map(str::to_owned);
        let is_folder_of = |other: &NodeOption<'_>| {
            let own = other.name.ends_with("-dir") || other.name.ends_with("-directory");
            own && other.value.is_some_and(is_absolute)
                && (other.name == "--diagnostic-dir" || family(&other.name) == family(&option.name))
        };
        option.value.is_some_and(is_absolute) || self.of_operator().any(|other| is_folder_of(&other))
    }

    /// Returns true if the operator gave this option to this process or to the first.
    pub fn has(&self, option: &NodeOption<'_>) -> bool {
        self.of_operator().any(|known| known.says(option))
    }
}

static ORIGIN: OnceLock<Origin> = OnceLock::new();

/// Remembers how this process was started. The first call counts.
pub fn remember(preload: &str, preloaded: Preloaded, words: &Words) {
    let sources = VARIABLES.iter().filter_map(|name| Some((*name, std::env::var(name).ok()?))).collect();
    let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    ORIGIN.get_or_init(|| Origin {
        preload: preload.to_owned(),
        preloaded,
        words: words.clone(),
        sources,
        named: std::env::vars_os().filter_map(text).filter(|(name, _)| variables::is_operators(name)).collect(),
        folder: working_directory(),
        path: std::env::var_os("PATH"),
    });
}

/// Returns true if this process was started with `--loader`.
pub fn has_loader() -> bool {
    has_option("--loader") || has_option("--experimental-loader")
}

/// Returns true if this process was started with this option of Node, whatever its value and its
/// spelling.
pub fn has_option(name: &str) -> bool {
    ORIGIN.get().is_some_and(|origin| origin.words.options().any(|option| option.name == name && !option.negated))
}

/// Returns true if Node writes the coverage of this process when it ends.
pub fn writes_coverage() -> bool {
    let variable =
        |origin: &Origin| origin.named.iter().any(|(name, value)| name == variables::COVERAGE && !value.is_empty());
    ORIGIN.get().is_some_and(variable) || has_option("--experimental-test-coverage")
}

/// Returns the first of these options that a program may not give to a child or a worker: it makes
/// Node open something, and the operator did not give it. A loader is checked when it starts its
/// thread. A debugger needs its grant.
///
/// `folder` is the working directory of a child. In another folder a relative path, or no path at
/// all, means another place.
pub fn not_for_programs<'a>(
    options: impl IntoIterator<Item = NodeOption<'a>>,
    policy: &Policy,
    folder: Option<&[u8]>,
) -> Option<NodeOption<'a>> {
    let known = |option: &NodeOption<'_>| {
        ORIGIN.get().is_some_and(|origin| {
            origin.words.has(option) && (origin.is_at_start(folder) || origin.words.means_the_same(option))
        })
    };
    options.into_iter().find(|option| needs_operator(option, policy) && !known(option))
}

impl Origin {
    /// Returns true if this is the working directory at the start, or if none is given.
    fn is_at_start(&self, folder: Option<&[u8]>) -> bool {
        folder.is_none_or(|folder| self.folder.as_deref() == Some(folder))
    }
}

/// Returns the program that a bare word meant in the `PATH` of the start.
pub fn found_at_start(word: &str) -> Option<Vec<u8>> {
    let origin = ORIGIN.get()?;
    found_in_path(word, origin.path.as_ref().map(|path| path.as_bytes()), || origin.folder.clone())
}

fn needs_operator(option: &NodeOption<'_>, policy: &Policy) -> bool {
    match option.opens {
        Opens::Nothing | Opens::Loader => false,
        Opens::Debugger => !policy.has(Scope::Inspector, &Resource::Nothing),
        _ => true,
    }
}

/// Returns the absolute path of `index.js`.
pub fn preload() -> String {
    ORIGIN.get().map(|origin| origin.preload.clone()).unwrap_or_default()
}

/// Returns the names of permit among the options of the start.
pub fn preload_names() -> Option<&'static [String]> {
    ORIGIN.get().map(|origin| origin.preloaded.names.as_slice())
}

/// Returns the words of `NODE_OPTIONS` at start.
pub fn words_at_start() -> Vec<String> {
    ORIGIN.get().map(|origin| origin.words.variable.clone()).unwrap_or_default()
}

/// Returns true if the variable named a source of the policy at start, with this value.
pub fn named_source(name: &str, value: &str) -> bool {
    let is_it = |(source, text): &(&str, String)| *source == name && text == value;
    ORIGIN.get().is_some_and(|origin| origin.sources.iter().any(is_it))
}

/// Returns the options of the operator that make Node open something, as words.
pub fn opening_words() -> Vec<String> {
    let Some(words) = ORIGIN.get().map(|origin| &origin.words) else { return Vec::new() };
    let opening = words.of_operator().filter(|option| option.opens != Opens::Nothing);
    let spelled = |option: NodeOption<'_>| match option.value {
        Some(value) if !option.word.contains('=') => format!("{}={value}", option.word),
        _ => option.word.to_owned(),
    };
    let mut opening: Vec<String> = opening.map(spelled).collect();
    opening.sort();
    opening.dedup();
    opening
}

/// Returns true if this variable makes a program load a library that this process was not started
/// with. With another library a granted program is no longer that program. (If every program is
/// granted, one that sets the variable is granted too.)
pub fn brings_library(name: &str, value: &str) -> bool {
    !value.is_empty() && variables::names_libraries(name) && !was_named(name, value)
}

/// Returns true if this variable names a path that Node would read or write in a process that
/// starts in this folder, that the policy does not allow, and that the operator did not name.
pub fn is_opened(name: &str, value: &str, enforced: &Policy, folder: Option<&[u8]>) -> bool {
    let scope = if variables::names_written(name) {
        Scope::FsWrite
    } else if variables::names_read(name) {
        Scope::FsRead
    } else {
        return false;
    };
    let place = match folder {
        Some(folder) if !value.starts_with('/') => within(folder, value.as_bytes()),
        _ => value.as_bytes().to_vec(),
    };
    let is_at_start = || ORIGIN.get().is_some_and(|origin| value.starts_with('/') || origin.is_at_start(folder));
    let is_operators = || was_named(name, value) && is_at_start();
    !(value.is_empty() || is_operators() || may_use(scope, &place, enforced))
}

/// Returns true if the policy allows this path and its target.
pub fn may_use(scope: Scope, path: &[u8], policy: &Policy) -> bool {
    let by_name = Absolute::resolve(path, working_directory);
    let real = from_working_directory(path).and_then(|path| System.real_path(&path));
    let (Ok(by_name), Some(real)) = (by_name, real) else { return false };
    policy.allows_path(scope, &by_name)
        && Absolute::resolve(&real, || None::<&[u8]>)
            .is_ok_and(|real| real == by_name || policy.allows_behind_links(scope, &real))
}

/// Returns true if the variable had this value when this process started. The program may have
/// changed its value since.
pub fn was_named(name: &str, value: &str) -> bool {
    let known = |origin: &Origin| origin.named.iter().any(|(known, text)| known == name && text == value);
    ORIGIN.get().is_some_and(known)
}

//! What a child process or a worker thread needs to be held: the preload by absolute path in `NODE_OPTIONS`, and
//! the policy as it stands, with its hash beside it.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::sync::OnceLock;

use super::sources;
use crate::audit::{attribution, log};
use crate::policy::files::Files;
use crate::policy::path::Absolute;
use crate::policy::words::{self, Unfinished, quote};
use crate::policy::{Policy, Resource, Scope};
use crate::process::options::{self, Given, Opens};
use crate::process::variables;
use crate::sources::VARIABLES;
use crate::system::files::{System, found_in_path, from_working_directory, within, working_directory};

/// The variable that carries the policy of the parent. It is a ceiling: nothing in the child widens it.
pub const INHERITED: &str = "PERMIT_INHERITED";

/// The variable that says where the parent's records go. It is believed only beside its policy.
pub const LOG: &str = "PERMIT_INHERITED_LOG";

/// The variable that says what these records tell of the release, after `all:` or `refused:` for what is recorded.
pub const DEPLOY: &str = "PERMIT_INHERITED_DEPLOY";

/// The variable that says that these records have stacks.
pub const STACKS: &str = "PERMIT_INHERITED_STACKS";

/// The variable that carries the options of Node that open something and with which the operator started the first process.
/// They are no news in a child: `fork` gives it all options of its parent.
pub const OPTIONS: &str = "PERMIT_INHERITED_NODE_OPTIONS";

/// How this process itself came to be held.
#[derive(Debug)]
struct Origin {
    /// `index.js`, absolute.
    preload: String,
    preloaded: Preloaded,
    words: Words,
    /// What the variables that name a policy said at start. That is part of what is handed on, so a child gets them only if
    /// the program has set them anew.
    sources: Vec<(&'static str, String)>,
    /// The variables at start that only the operator may set.
    named: Vec<(String, String)>,
    /// The working directory at start.
    folder: Option<Vec<u8>>,
    /// `PATH` at start.
    path: Option<OsString>,
}

/// The variable that names the `package.json` on which a rule of the parent's policy hangs.
pub const KEPT: &str = "PERMIT_INHERITED_KEPT";

/// How permit was preloaded.
#[derive(Debug, Clone, Default)]
pub struct Preloaded {
    /// By `-r`, whose preloads every thread inherits.
    pub required: bool,
    /// The names under which the options name it.
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
    /// To the first process, by the operator: those that open something.
    pub handed_on: Vec<String>,
}

impl Words {
    /// The options among those that Node was given.
    pub fn options(&self) -> impl Iterator<Item = Given<'_>> {
        [&self.variable, &self.file, &self.line].into_iter().flat_map(|words| options::read(words))
    }

    /// The options that the operator gave, to this process or to the first.
    fn of_operator(&self) -> impl Iterator<Item = Given<'_>> {
        self.options().chain(options::read(&self.handed_on))
    }

    /// The first option that is the operator's to give and was not handed on as his.
    pub fn first_not_handed_on(&self, policy: &Policy) -> Option<Given<'_>> {
        let handed_on = options::read(&self.handed_on);
        let is_new = |option: &Given<'_>| !handed_on.iter().any(|known| known.says(option));
        self.options().find(|option| needs_operator(option, policy) && is_new(option))
    }

    /// Returns true if an option of the operator's names the same file in every working directory.
    fn means_the_same(&self, option: &Given<'_>) -> bool {
        if !matches!(option.opens, Opens::Reads | Opens::Writes | Opens::Unheld) {
            return true;
        }
        let is_absolute = |value: &str| value.starts_with('/');
        // `--cpu-prof` writes into `--cpu-prof-dir`, if there is one.
        let family = |name: &str| name.split('-').nth(2).map(str::to_owned);
        let is_folder_of = |other: &Given<'_>| {
            let own = other.name.ends_with("-dir") || other.name.ends_with("-directory");
            own && other.value.is_some_and(is_absolute)
                && (other.name == "--diagnostic-dir" || family(&other.name) == family(&option.name))
        };
        option.value.is_some_and(is_absolute) || self.of_operator().any(|other| is_folder_of(&other))
    }

    /// Whether the operator gave this option, to this process or to the first.
    pub fn has(&self, option: &Given<'_>) -> bool {
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

/// Was this process itself started with a loader of its own (`--loader`)?
pub fn has_loader() -> bool {
    has_option("--loader") || has_option("--experimental-loader")
}

/// Was this process itself started with this option of Node's, whatever its value and its spelling?
pub fn has_option(name: &str) -> bool {
    ORIGIN.get().is_some_and(|origin| origin.words.options().any(|option| option.name == name && !option.negated))
}

/// Whether Node was told at start to write the coverage of this process when it ends.
pub fn writes_coverage() -> bool {
    let variable =
        |origin: &Origin| origin.named.iter().any(|(name, value)| name == variables::COVERAGE && !value.is_empty());
    ORIGIN.get().is_some_and(variable) || has_option("--experimental-test-coverage")
}

/// The first of these options that a program may not give to what it starts: it opens something, and the operator did not
/// give it. A loader asks for its thread itself, where it starts one. A debugger is let in where that is granted.
///
/// `folder` is the working directory of a child: there a relative path, or no path at all, means another place.
pub fn not_for_programs<'a>(
    options: impl IntoIterator<Item = Given<'a>>,
    policy: &Policy,
    folder: Option<&[u8]>,
) -> Option<Given<'a>> {
    let known = |option: &Given<'_>| {
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

/// The program that a bare word meant in the `PATH` of the start.
pub fn found_at_start(word: &str) -> Option<Vec<u8>> {
    let origin = ORIGIN.get()?;
    found_in_path(word, origin.path.as_ref().map(|path| path.as_bytes()), || origin.folder.clone())
}

fn needs_operator(option: &Given<'_>, policy: &Policy) -> bool {
    match option.opens {
        Opens::Nothing | Opens::Loader => false,
        Opens::Debugger => !policy.has(Scope::Inspector, &Resource::Nothing),
        _ => true,
    }
}

/// `index.js`, absolute.
pub fn preload() -> String {
    ORIGIN.get().map(|origin| origin.preload.clone()).unwrap_or_default()
}

/// These words without those that preload permit by a name: the absolute path stands first, and the name may lead elsewhere
/// from another folder.
pub fn without_preload(words: Vec<String>) -> Vec<String> {
    let Some(names) = ORIGIN.get().map(|origin| &origin.preloaded.names) else { return words };
    let is_name = |word: &str| names.iter().any(|name| name == word);
    let mut kept: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        let after_option = kept.last().is_some_and(|before| PRELOADS.contains(&before.as_str()));
        if after_option && is_name(&word) {
            kept.pop();
        } else if !matches!(word.split_once('='), Some((option, name)) if PRELOADS.contains(&option) && is_name(name)) {
            kept.push(word);
        }
    }
    kept
}

/// The options that name a preload.
const PRELOADS: [&str; 3] = ["-r", "--require", "--import"];

/// The options of Node in `NODE_OPTIONS` at start, without permit.
pub fn variable_words() -> Vec<String> {
    ORIGIN.get().map(|origin| without_preload(origin.words.variable.clone())).unwrap_or_default()
}

/// Whether `NODE_OPTIONS` says what it said at start, with or without the preload that permit puts first.
pub fn is_variable_of_start(options: &str) -> bool {
    words_of(options.as_bytes()).is_ok_and(|words| {
        let words = without_preload(words);
        words.strip_prefix(&["--require".to_owned(), preload()]).unwrap_or(&words) == variable_words()
    })
}

/// The words as text of `NODE_OPTIONS`.
pub fn quoted(words: &[String]) -> String {
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

/// `NODE_OPTIONS` with the preload first, by its absolute path and by no other name.
pub fn node_options(before: &str) -> String {
    let path = preload().replace('\\', "\\\\").replace('"', "\\\"");
    let first = format!("--require \"{path}\"");
    // Only as a whole word: text behind the quote would name another file.
    if before == first || before.strip_prefix(&first).is_some_and(|rest| rest.starts_with(' ')) {
        return before.to_owned();
    }
    let rest = match words_of(before.as_bytes()) {
        Ok(words) => {
            let count = words.len();
            let kept = without_preload(words);
            if kept.len() == count { before.to_owned() } else { quoted(&kept) }
        }
        // Node refuses to start with it, and says why.
        Err(_) => before.to_owned(),
    };
    if rest.is_empty() { first } else { format!("{first} {rest}") }
}

/// The environment of a child that starts in this folder, with what holds it.
///
/// # Errors
/// Why the policy cannot be handed on; then the child must not start.
pub fn environment(pairs: Vec<String>, policy: &Policy, folder: Option<&[u8]>) -> Result<Vec<String>, String> {
    // What a program in audit starts is in audit too.
    let enforced = policy.enforced();
    let by_list = !enforced.has(Scope::Child, &Resource::Nothing);
    let by_names = !enforced.has(Scope::NetResolve, &Resource::Nothing);
    let mut given = String::new();
    let mut kept = Vec::with_capacity(pairs.len() + 2);
    for pair in pairs {
        let (name, value) = pair.split_once('=').unwrap_or((&pair, ""));
        let at_start = |(source, text): &(&str, String)| *source == name && text == value;
        match name {
            "NODE_OPTIONS" => value.clone_into(&mut given),
            INHERITED | LOG | DEPLOY | STACKS | KEPT | OPTIONS | variables::COMPILE_CACHE => {}
            _ if is_opened(name, value, &enforced, folder) => return Err(format!("{name}={value}")),
            _ if by_names && variables::STEERING.contains(&name) && !was_named(name, value) => {
                return Err(format!("{name}={value}"));
            }
            _ if by_list && brings_library(name, value) => return Err(format!("{name}={value}")),
            _ if ORIGIN.get().is_some_and(|origin| origin.sources.iter().any(at_start)) => {}
            _ => kept.push(pair),
        }
    }
    kept.push(format!("NODE_OPTIONS={}", node_options(&given)));
    kept.push(format!("{INHERITED}={}", seal(policy)?));
    match log::target() {
        Some(log::Target::File(path)) => kept.push(format!("{LOG}={}", path.display())),
        Some(log::Target::Stderr) => kept.push(format!("{LOG}=stderr")),
        None => {}
    }
    if let Some(process) = log::process() {
        kept.push(format!("{DEPLOY}={}:{}", process.recorded(), process.deploy));
    }
    if let Some(path) = sources::kept() {
        kept.push(format!("{KEPT}={}", path.display()));
    }
    if attribution::keeps_stacks() {
        kept.push(format!("{STACKS}=true"));
    }
    let opening = opening_words();
    if !opening.is_empty() {
        kept.push(format!("{OPTIONS}={}", quoted(&opening)));
    }
    Ok(kept)
}

/// The options of the operator's that open something, as words.
fn opening_words() -> Vec<String> {
    let Some(words) = ORIGIN.get().map(|origin| &origin.words) else { return Vec::new() };
    let opening = words.of_operator().filter(|option| option.opens != Opens::Nothing);
    let spelled = |option: Given<'_>| match option.value {
        Some(value) if !option.word.contains('=') => format!("{}={value}", option.word),
        _ => option.word.to_owned(),
    };
    let mut opening: Vec<String> = opening.map(spelled).collect();
    opening.sort();
    opening.dedup();
    opening
}

/// Would this variable have a program run a library that this process was not itself started with? A program in a list is
/// no longer that program then. (Where every program is granted, one that sets the variable is granted too.)
fn brings_library(name: &str, value: &str) -> bool {
    !value.is_empty() && variables::names_libraries(name) && !was_named(name, value)
}

/// Returns true if Node would read or write what this variable names in a process that starts in this folder, although the
/// policy does not let it, and the operator did not name it.
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

/// May this path be used so, and what it leads to?
pub fn may_use(scope: Scope, path: &[u8], policy: &Policy) -> bool {
    let by_name = Absolute::resolve(path, working_directory);
    let real = from_working_directory(path).and_then(|path| System.real_path(&path));
    let (Ok(by_name), Some(real)) = (by_name, real) else { return false };
    policy.allows_path(scope, &by_name)
        && Absolute::resolve(&real, || None::<&[u8]>)
            .is_ok_and(|real| real == by_name || policy.allows_behind_links(scope, &real))
}

/// Did the variable say so when this process started? What the environment says now the program may have put there.
fn was_named(name: &str, value: &str) -> bool {
    let known = |origin: &Origin| origin.named.iter().any(|(known, text)| known == name && text == value);
    ORIGIN.get().is_some_and(known)
}

/// The words of `NODE_OPTIONS`.
///
/// # Errors
/// What is unfinished, as an unclosed quote.
pub fn words_of(options: &[u8]) -> Result<Vec<String>, Unfinished> {
    Ok(words::split(options)?.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect())
}

/// A variable larger than this may not fit: the kernel takes 128 KiB a string.
const LARGE: usize = 64 * 1024;

/// The policy in one string: its hash, a colon, its text; or where it lies, a colon, its hash, if it is large.
fn seal(policy: &Policy) -> Result<String, String> {
    let text = policy.to_bytes();
    let hash = Policy::hash_of(&text);
    if text.len() > LARGE {
        return Ok(format!("fd:{}:{hash}", memory::hold(&hash, &text)?));
    }
    let text = String::from_utf8(text).map_err(|_| "the policy is no UTF-8 text".to_owned())?;
    Ok(format!("{hash}:{text}"))
}

/// Reads what [`seal`] wrote.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn unseal(text: &str) -> Result<Policy, String> {
    let lies = text.strip_prefix("fd:").and_then(|rest| rest.split_once(':'));
    let (hash, bytes) = if let Some((descriptor, hash)) = lies {
        (hash, memory::read(descriptor)?)
    } else {
        let (hash, text) = text.split_once(':').ok_or("it has no hash")?;
        (hash, text.as_bytes().to_vec())
    };
    let policy = Policy::from_bytes(&bytes).map_err(|error| error.to_string())?;
    // What reads as a policy is written as it was read.
    if Policy::hash_of(&bytes) == hash { Ok(policy) } else { Err("it does not match its hash".to_owned()) }
}

/// A policy that is too large for a variable travels in sealed memory, which a child inherits as a descriptor.
#[cfg(target_os = "linux")]
mod memory {
    use std::fs::{self, File};
    use std::io::Write;
    use std::os::fd::{AsRawFd, FromRawFd};

    use parking_lot::Mutex;

    use crate::system::descriptors;

    /// The memory with the policy as it stood last, and its hash.
    static HELD: Mutex<Option<(String, File)>> = Mutex::new(None);

    /// The descriptor of memory that holds this text.
    pub fn hold(hash: &str, text: &[u8]) -> Result<i32, String> {
        let mut held = HELD.lock();
        if let Some((known, memory)) = &*held
            && known == hash
        {
            return Ok(memory.as_raw_fd());
        }
        let failed = || format!("the policy cannot be handed on: {}", std::io::Error::last_os_error());
        // SAFETY: the name is a C string; the result is checked. Without close-on-exec, for the child is to have it.
        let descriptor = unsafe { libc::memfd_create(c"permit".as_ptr(), libc::MFD_ALLOW_SEALING) };
        if descriptor < 0 {
            return Err(failed());
        }
        // SAFETY: the descriptor was just made and belongs to nobody else.
        let mut memory = unsafe { File::from_raw_fd(descriptor) };
        memory.write_all(text).map_err(|_| failed())?;
        let seals = libc::F_SEAL_WRITE | libc::F_SEAL_GROW | libc::F_SEAL_SHRINK | libc::F_SEAL_SEAL;
        // SAFETY: the descriptor is open, and the command takes an integer.
        if unsafe { libc::fcntl(descriptor, libc::F_ADD_SEALS, seals) } != 0 {
            return Err(failed());
        }
        descriptors::keep(descriptor);
        *held = Some((hash.to_owned(), memory));
        Ok(descriptor)
    }

    /// The text in inherited memory.
    pub fn read(descriptor: &str) -> Result<Vec<u8>, String> {
        let number: i32 = descriptor.parse().map_err(|_| format!("{descriptor:?} is no descriptor"))?;
        fs::read(format!("/proc/self/fd/{number}")).map_err(|error| format!("descriptor {number}: {error}"))
    }
}

/// Where there is no such memory, a policy that is too large for a variable cannot be handed on.
#[cfg(not(target_os = "linux"))]
mod memory {
    pub fn hold(_hash: &str, _text: &[u8]) -> Result<i32, String> {
        Err("the policy is too large to be handed on to a child on this platform".to_owned())
    }

    pub fn read(_descriptor: &str) -> Result<Vec<u8>, String> {
        Err("descriptors carry no policy on this platform".to_owned())
    }
}

//! Recognises Node by the contents of the executable, under any name.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use object::read::ReadCache;
use object::{Object, ObjectSymbol};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use rustix::process::{getegid, geteuid, getgid, getuid};

/// The program behind an executable file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    /// The program is Node.
    pub is_node: bool,
    /// Node would ignore `NODE_OPTIONS`: the kernel starts it with `AT_SECURE`, or its real and
    /// effective ids differ (`SafeGetenv` in `src/node_credentials.cc`).
    pub ignores_options: bool,
    /// The first line of the script, if the file is a script.
    pub script: Option<Script>,
}

/// The first line of a script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// The options of the interpreter.
    pub options: Vec<String>,
    /// The name of the interpreter, if `env` looks it up in `PATH`.
    pub looked_up: Option<OsString>,
}

/// The ids under which a program starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids {
    /// The real user and group.
    pub real: (u32, u32),
    /// The effective user and group.
    pub effective: (u32, u32),
}

impl Ids {
    /// Returns the ids of this process.
    pub fn of_process() -> Self {
        let real = (getuid().as_raw(), getgid().as_raw());
        Self { real, effective: (geteuid().as_raw(), getegid().as_raw()) }
    }

    /// Returns these ids after `setgid` and `setuid`.
    #[must_use]
    pub fn changed(self, user: Option<u32>, group: Option<u32>) -> Self {
        let changed = |(old_user, old_group): (u32, u32)| (user.unwrap_or(old_user), group.unwrap_or(old_group));
        Self { real: changed(self.real), effective: changed(self.effective) }
    }
}

/// The most interpreters that the kernel follows (`fs/exec.c`).
const MAX_INTERPRETERS: usize = 5;

/// Examines an executable file that starts under these ids. `find` looks a bare word up in `PATH`.
pub fn program(path: &Path, ids: Ids, find: impl Fn(&OsStr) -> Option<PathBuf>) -> Program {
    let mut path = path.to_owned();
    let mut script: Option<Script> = None;
    for _ in 0..MAX_INTERPRETERS {
        let Some(line) = first_line(&path) else {
            return Program { script, ..of_binary(&path, ids) };
        };
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let Some(first) = words.next() else { break };
        let found = script.get_or_insert_default();
        path = PathBuf::from(OsStr::from_bytes(first));
        // `#!/usr/bin/env node`, `#!/usr/bin/env -S node --no-warnings`.
        if path.file_name() == Some(OsStr::new("env")) {
            let Some(word) = words.by_ref().find(|word| !word.starts_with(b"-") && !word.contains(&b'=')) else {
                break;
            };
            if word.contains(&b'/') {
                path = PathBuf::from(OsStr::from_bytes(word));
            } else {
                found.looked_up = Some(OsStr::from_bytes(word).to_owned());
                let Some(place) = find(OsStr::from_bytes(word)) else { break };
                path = place;
            }
        }
        found.options = words.map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    }
    Program { script, ..Program::default() }
}

/// Returns the text behind `#!` in the first line of a script, or `None` for other files.
fn first_line(path: &Path) -> Option<Vec<u8>> {
    // The kernel reads 256 bytes (`BINPRM_BUF_SIZE`).
    let mut start = Vec::with_capacity(256);
    open(path)?.take(256).read_to_end(&mut start).ok()?;
    let line = start.strip_prefix(b"#!")?.split(|&byte| byte == b'\n').next().unwrap_or_default();
    Some(line.trim_ascii().to_vec())
}

/// Opens a regular file for reading. Pipes and devices could block, and some act when they are
/// opened.
fn open(path: &Path) -> Option<File> {
    std::fs::metadata(path).ok().filter(Metadata::is_file)?;
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    OpenOptions::new().read(true).custom_flags(flags).open(path).ok()
}

/// Identifies a file and its contents: device, inode, size, time of the last change. No program can
/// set that time.
type Seen = (u64, u64, u64, i64, i64);

/// Results for files that were examined.
static KNOWN: Mutex<Option<FxHashMap<Seen, bool>>> = Mutex::new(None);

/// The most files in the cache.
const REMEMBERED: usize = 1024;

fn of_binary(path: &Path, ids: Ids) -> Program {
    let Ok(found) = std::fs::metadata(path) else { return Program::default() };
    let seen: Seen = (found.dev(), found.ino(), found.size(), found.ctime(), found.ctime_nsec());
    let mut known = KNOWN.lock();
    let known = known.get_or_insert_default();
    let is_node = known.get(&seen).copied().unwrap_or_else(|| {
        let told = if is_this(found.dev(), found.ino()) { Some(true) } else { has_symbols_of_node(path, &found) };
        // A file that cannot be opened, for want of a right or of a descriptor, may be Node. Later
        // it may be opened.
        let Some(is_node) = told else { return true };
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(seen, is_node);
        is_node
    });
    Program { is_node, ignores_options: is_node && secure::is(path, &found, ids), script: None }
}

/// Returns true for the executable of this process.
fn is_this(device: u64, inode: u64) -> bool {
    std::fs::metadata("/proc/self/exe")
        .or_else(|_| std::fs::metadata(std::env::current_exe()?))
        .is_ok_and(|own| (own.dev(), own.ino()) == (device, inode))
}

/// Symbols of Node, as GCC and Clang, macOS and MSVC mangle them. `node::Start` is defined in
/// `node`, or imported from `libnode`. Programs that embed Node have `node::CreateEnvironment`. Bun
/// exports the Node-API, and neither symbol.
const SYMBOLS: [&[u8]; 6] = [
    b"_ZN4node5StartE",
    b"_ZN4node17CreateEnvironmentE",
    b"__ZN4node5StartE",
    b"__ZN4node17CreateEnvironmentE",
    b"?Start@node@@",
    b"?CreateEnvironment@node@@",
];

/// Returns `None` if the file cannot be opened.
fn has_symbols_of_node(path: &Path, found: &Metadata) -> Option<bool> {
    let is_one = |name: &[u8]| SYMBOLS.iter().any(|symbol| name.starts_with(symbol));
    if !found.is_file() {
        return Some(false);
    }
    let cache = ReadCache::new(open(path)?);
    let Ok(object) = object::File::parse(&cache) else { return Some(false) };
    let has_symbols = object.dynamic_symbols().any(|symbol| symbol.name_bytes().is_ok_and(is_one))
        || object.exports().is_ok_and(|mut exports| {
            exports.any(|export| export.is_ok_and(|export| export.name().name().is_some_and(is_one)))
        });
    Some(has_symbols)
}

/// Programs that the kernel starts with `AT_SECURE`, because they gain rights.
mod secure {
    use super::{Ids, Metadata, MetadataExt, Path};

    /// Node reads `NODE_OPTIONS` if this is the only capability.
    const NET_BIND_SERVICE: u64 = 1 << 10;
    const SET_USER: u32 = 0o4000;
    const SET_GROUP: u32 = 0o2000;

    pub fn is(path: &Path, found: &Metadata, ids: Ids) -> bool {
        let (user, group) = ids.real;
        let sets_user = found.mode() & SET_USER != 0 && found.uid() != user;
        let sets_group = found.mode() & SET_GROUP != 0 && found.gid() != group;
        // File capabilities give nothing to the superuser.
        let gains = || user != 0 && capabilities(path).is_some_and(|mask| mask != NET_BIND_SERVICE);
        ids.real != ids.effective || sets_user || sets_group || gains()
    }

    /// Reads the capabilities of the file (`struct vfs_cap_data` in `linux/capability.h`).
    #[cfg(target_os = "linux")]
    fn capabilities(path: &Path) -> Option<u64> {
        let mut data = [0_u8; 24];
        let length = rustix::fs::getxattr(path, c"security.capability", &mut data).ok()?;
        let data = data.get(..length)?;
        let word = |at: usize| data.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
        let permitted = u64::from(word(4)?) | u64::from(word(12).unwrap_or(0)) << 32;
        let inheritable = u64::from(word(8)?) | u64::from(word(16).unwrap_or(0)) << 32;
        Some(permitted | inheritable)
    }

    #[cfg(not(target_os = "linux"))]
    fn capabilities(_path: &Path) -> Option<u64> {
        None
    }

    /// Returns true if the kernel started this process so.
    #[cfg(target_os = "linux")]
    pub fn is_this() -> bool {
        // SAFETY: the call reads a number that the kernel handed to the process.
        let is_secure = unsafe { libc::getauxval(libc::AT_SECURE) } != 0;
        let name = std::env::current_exe().ok();
        is_secure && name.is_none_or(|path| capabilities(&path) != Some(NET_BIND_SERVICE))
    }

    #[cfg(not(target_os = "linux"))]
    pub fn is_this() -> bool {
        // SAFETY: the call has no arguments and always succeeds.
        unsafe { libc::issetugid() != 0 }
    }
}

/// Returns true if the Node of this process ignores `NODE_OPTIONS`.
#[must_use]
pub fn ignores_options() -> bool {
    secure::is_this()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::{Path, PathBuf};

    use super::{Ids, Program, Script};

    fn program(path: &Path, find: impl Fn(&OsStr) -> Option<PathBuf>) -> Program {
        super::program(path, Ids::of_process(), find)
    }

    fn plain() -> Program {
        Program { is_node: true, ..Program::default() }
    }

    fn node() -> PathBuf {
        let nodes = Path::new(env!("CARGO_MANIFEST_DIR")).join("__test__/.nodes");
        let found =
            fs::read_dir(&nodes).into_iter().flatten().flatten().map(|entry| {
                entry.path().join(format!("node_modules/node-{}-{}/bin/node", std::env::consts::OS, arch()))
            });
        found.filter(|path| path.is_file()).max().expect("Nodes are installed by `node __test__/helpers/nodes.mjs`")
    }

    fn arch() -> &'static str {
        if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" }
    }

    fn nowhere(_: &OsStr) -> Option<PathBuf> {
        None
    }

    #[test]
    fn node_is_known_under_any_name() {
        let folder = tempfile::tempdir().unwrap();
        let copied = folder.path().join("tool");
        fs::copy(node(), &copied).unwrap();
        let linked = folder.path().join("other");
        symlink(&copied, &linked).unwrap();
        for path in [node(), copied, linked] {
            assert_eq!(program(&path, nowhere), plain(), "{}", path.display());
        }
        let named = folder.path().join("node");
        fs::copy("/bin/sh", &named).unwrap();
        assert_eq!(program(&named, nowhere), Program::default());
        assert_eq!(program(&folder.path().join("gone"), nowhere), Program::default());
        let other = Ids { real: (1, 1), effective: (1, 2) };
        assert!(super::program(&node(), other, nowhere).ignores_options);
    }

    #[test]
    fn a_script_is_told_by_its_interpreter() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("script");
        let of = |line: &str| {
            fs::write(&script, line).unwrap();
            program(&script, |word| (word == "node").then(node))
        };
        let run = |options: &[&str], looked_up: Option<&str>| {
            let options = options.iter().map(|&option| option.to_owned()).collect();
            Program { script: Some(Script { options, looked_up: looked_up.map(Into::into) }), ..plain() }
        };
        let node = node().display().to_string();
        assert_eq!(of(&format!("#!{node}\n")), run(&[], None));
        assert_eq!(of(&format!("#! {node} --no-warnings\n")), run(&["--no-warnings"], None));
        assert_eq!(of("#!/usr/bin/env node\n"), run(&[], Some("node")));
        assert_eq!(of("#!/usr/bin/env -S A=1 node --prof\n"), run(&["--prof"], Some("node")));
        assert!(!of("#!/bin/sh\n").is_node);
        assert!(!of("#!\n").is_node);
        assert!(!of("#!/usr/bin/env\n").is_node);
        // The interpreter of a script may be a script.
        let inner = folder.path().join("inner");
        fs::write(&inner, format!("#!{node} --build-snapshot\n")).unwrap();
        assert_eq!(of(&format!("#!{}\n", inner.display())), run(&["--build-snapshot"], None));
        assert!(!of(&format!("#!{}\n", script.display())).is_node);
    }

    #[test]
    fn a_pipe_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(program(&pipe, nowhere), Program::default());
    }
}

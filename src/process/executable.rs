//! Recognises Node by the contents of the executable, under any name.

use std::ffi::{CString, OsStr};
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use object::read::ReadCache;
use object::{Object, ObjectSymbol};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;

/// The program behind an executable file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Program {
    /// The program is Node.
    pub is_node: bool,
    /// The file is a script with Node as its interpreter, so the arguments belong to the script.
    pub is_script: bool,
    /// The kernel starts the program with `AT_SECURE`. Node then ignores `NODE_OPTIONS`
    /// (`SafeGetenv` in `src/node_credentials.cc`).
    pub ignores_options: bool,
}

const OTHER: Program = Program { is_node: false, is_script: false, ignores_options: false };

/// Examines an executable file. `find` looks a bare word up in `PATH`.
pub fn program(path: &Path, find: impl Fn(&OsStr) -> Option<PathBuf>) -> Program {
    let Some(interpreter) = interpreter(path) else { return of_binary(path) };
    let Some((first, second)) = interpreter else { return OTHER };
    let first = Path::new(OsStr::from_bytes(&first)).to_owned();
    // `#!/usr/bin/env node`, `#!/usr/bin/env -S node --no-warnings`.
    let run = if first.file_name() == Some(OsStr::new("env")) {
        let word = second.split(u8::is_ascii_whitespace).find(|word| !word.is_empty() && !is_for_env(word));
        word.and_then(|word| {
            if word.contains(&b'/') {
                Some(PathBuf::from(OsStr::from_bytes(word)))
            } else {
                find(OsStr::from_bytes(word))
            }
        })
    } else {
        Some(first)
    };
    run.map_or(OTHER, |run| Program { is_script: true, ..of_binary(&run) })
}

fn is_for_env(word: &[u8]) -> bool {
    word.starts_with(b"-") || word.contains(&b'=')
}

/// The interpreter in the first line of a script, and the text behind it. The outer `None` means no
/// script, the inner one a script without an interpreter.
type Interpreter = Option<Option<(Vec<u8>, Vec<u8>)>>;

fn interpreter(path: &Path) -> Interpreter {
    // The kernel reads 256 bytes (`BINPRM_BUF_SIZE`).
    let mut start = Vec::with_capacity(256);
    File::open(path).ok()?.take(256).read_to_end(&mut start).ok()?;
    let line = start.strip_prefix(b"#!")?.split(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii();
    let end = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    Some((!name.is_empty()).then(|| (name.to_vec(), rest.trim_ascii().to_vec())))
}

/// Identifies a file and its contents: device, inode, size, time of the last change. No program can
/// set that time.
type Seen = (u64, u64, u64, i64, i64);

/// Results for files that were examined.
static KNOWN: Mutex<Option<FxHashMap<Seen, bool>>> = Mutex::new(None);

/// The most files in the cache.
const REMEMBERED: usize = 1024;

fn of_binary(path: &Path) -> Program {
    let Ok(found) = std::fs::metadata(path) else { return OTHER };
    let seen: Seen = (found.dev(), found.ino(), found.size(), found.ctime(), found.ctime_nsec());
    let mut known = KNOWN.lock();
    let known = known.get_or_insert_default();
    let is_node = known.get(&seen).copied().unwrap_or_else(|| {
        if known.len() >= REMEMBERED {
            known.clear();
        }
        let is_node = is_this(found.dev(), found.ino()) || has_symbols_of_node(path, &found);
        known.insert(seen, is_node);
        is_node
    });
    Program { is_node, is_script: false, ignores_options: is_node && secure::is(path, &found) }
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

fn has_symbols_of_node(path: &Path, found: &Metadata) -> bool {
    let is_one = |name: &[u8]| SYMBOLS.iter().any(|symbol| name.starts_with(symbol));
    // A read from a pipe or a device could block.
    if !found.is_file() {
        return false;
    }
    // The owner can make the file unreadable, and the owner may be this program.
    // SAFETY: geteuid has no arguments and always succeeds.
    let Ok(file) = File::open(path) else { return found.uid() == unsafe { libc::geteuid() } };
    let cache = ReadCache::new(file);
    let Ok(object) = object::File::parse(&cache) else { return false };
    object.dynamic_symbols().any(|symbol| symbol.name_bytes().is_ok_and(is_one))
        || object.exports().is_ok_and(|mut exports| {
            exports.any(|export| export.is_ok_and(|export| export.name().name().is_some_and(is_one)))
        })
}

/// Programs that the kernel starts with `AT_SECURE`, because they gain rights.
mod secure {
    use super::{CString, Metadata, MetadataExt, OsStrExt, Path};

    /// Node reads `NODE_OPTIONS` if this is the only capability.
    const NET_BIND_SERVICE: u64 = 1 << 10;
    const SET_USER: u32 = 0o4000;
    const SET_GROUP: u32 = 0o2000;

    pub fn is(path: &Path, found: &Metadata) -> bool {
        // SAFETY: these calls have no arguments and always succeed.
        let (user, group) = unsafe { (libc::getuid(), libc::getgid()) };
        let sets_user = found.mode() & SET_USER != 0 && found.uid() != user;
        let sets_group = found.mode() & SET_GROUP != 0 && found.gid() != group;
        // File capabilities give nothing to the superuser.
        sets_user || sets_group || (user != 0 && capabilities(path).is_some_and(|mask| mask != NET_BIND_SERVICE))
    }

    /// Reads the capabilities of the file (`struct vfs_cap_data` in `linux/capability.h`).
    #[cfg(target_os = "linux")]
    fn capabilities(path: &Path) -> Option<u64> {
        let text = CString::new(path.as_os_str().as_bytes()).ok()?;
        let mut data = [0_u8; 24];
        // SAFETY: both strings end in a NUL; the buffer has the length that is given.
        let length = unsafe {
            libc::getxattr(text.as_ptr(), c"security.capability".as_ptr(), data.as_mut_ptr().cast(), data.len())
        };
        let data = data.get(..usize::try_from(length).ok()?)?;
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
        // SAFETY: getauxval only reads what the kernel handed to the process.
        let is_secure = unsafe { libc::getauxval(libc::AT_SECURE) } != 0;
        let name = std::env::current_exe().ok();
        is_secure && name.is_none_or(|path| capabilities(&path) != Some(NET_BIND_SERVICE))
    }

    #[cfg(not(target_os = "linux"))]
    pub fn is_this() -> bool {
        // SAFETY: issetugid has no arguments and always succeeds.
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

    use super::{OTHER, Program, program};

    const NODE: Program = Program { is_node: true, is_script: false, ignores_options: false };

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
            assert_eq!(program(&path, nowhere), NODE, "{}", path.display());
        }
        let named = folder.path().join("node");
        fs::copy("/bin/sh", &named).unwrap();
        assert_eq!(program(&named, nowhere), OTHER);
        assert_eq!(program(&folder.path().join("gone"), nowhere), OTHER);
    }

    #[test]
    fn a_script_is_told_by_its_interpreter() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("script");
        let of = |line: &str| {
            fs::write(&script, line).unwrap();
            program(&script, |word| (word == "node").then(node))
        };
        let run = Program { is_script: true, ..NODE };
        assert_eq!(of(&format!("#!{}\n", node().display())), run);
        assert_eq!(of(&format!("#! {} --no-warnings\n", node().display())), run);
        assert_eq!(of("#!/usr/bin/env node\n"), run);
        assert_eq!(of("#!/usr/bin/env -S A=1 node --no-warnings\n"), run);
        assert!(!of("#!/bin/sh\n").is_node);
        assert!(!of("#!\n").is_node);
        assert!(!of("#!/usr/bin/env\n").is_node);
    }
}

//! Reads what the hooks need to know of files: the working directory, the entries below a directory
//! that is copied or removed, the access of a descriptor. Decides nothing.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};

use super::environment;
use crate::policy::Scope;
use crate::policy::files::{FileKind, Files, Listing};
use crate::policy::links::{self, Entry, LastLink, Links as _, Resolution};
use crate::policy::path::Absolute;

/// Returns the names in a folder, or `None` if it cannot be read.
pub fn names_in(folder: &[u8]) -> Option<Vec<Vec<u8>>> {
    let entries = fs::read_dir(path_of(folder)).ok()?.flatten();
    Some(entries.map(|entry| entry.file_name().into_vec()).collect())
}

/// Returns true if a file is an `SQLite` database with a write-ahead log, or if that cannot be read
/// (<https://www.sqlite.org/fileformat.html>, the version numbers at 18 and 19).
pub fn has_write_ahead_log(file: &[u8]) -> bool {
    use std::io::Read as _;
    let mut head = [0; 20];
    match fs::File::open(path_of(file)).and_then(|mut file| file.read_exact(&mut head)) {
        Ok(()) => head[18] == 2 || head[19] == 2,
        // An empty file has no log.
        Err(error) => !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof),
    }
}

/// Opens what a path leads to, without reading or writing it (`O_PATH`).
///
/// # Errors
/// Why it cannot be opened.
#[cfg(target_os = "linux")]
pub fn opened_as_place(path: &[u8]) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().read(true).custom_flags(libc::O_PATH).open(path_of(path))
}

/// Opens what a path leads to, without reading or writing it. This system has no way to.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn opened_as_place(_: &[u8]) -> io::Result<fs::File> {
    Err(ErrorKind::Unsupported.into())
}

/// Returns where a path leads, as the kernel resolves it, or `None` if nothing is there.
///
/// # Errors
/// Why that cannot be said.
#[cfg(target_os = "linux")]
pub fn found_by_kernel(raw: &[u8]) -> io::Result<Option<Vec<u8>>> {
    use std::os::fd::AsRawFd;
    let found = match opened_as_place(raw) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        found => found?,
    };
    fs::read_link(format!("/proc/self/fd/{}", found.as_raw_fd())).map(|real| Some(bytes_of(real)))
}

/// Returns where a path leads, or `None` if nothing is there.
///
/// # Errors
/// Why that cannot be said.
#[cfg(not(target_os = "linux"))]
pub fn found_by_kernel(raw: &[u8]) -> io::Result<Option<Vec<u8>>> {
    match fs::canonicalize(path_of(raw)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        found => found.map(|real| Some(bytes_of(real))),
    }
}

/// Returns true if the kernel refuses a path: too many links, too long, or a name below a file.
pub fn is_given_up(raw: &[u8], last: LastLink) -> bool {
    let found = match last {
        LastLink::Follow => fs::metadata(path_of(raw)),
        LastLink::NoFollow => fs::symlink_metadata(path_of(raw)),
    };
    let given_up = [libc::ELOOP, libc::ENAMETOOLONG, libc::ENOTDIR];
    found.is_err_and(|error| error.raw_os_error().is_some_and(|code| given_up.contains(&code)))
}

/// The real file system.
#[derive(Debug, Clone, Copy)]
pub struct System;

impl System {
    /// Returns true if a file, or a link to one, is at a path.
    pub fn is_file(path: &[u8]) -> bool {
        fs::metadata(path_of(path)).is_ok_and(|found| found.is_file())
    }

    /// Returns true if anything is at a path.
    pub fn exists(path: &[u8]) -> bool {
        fs::symlink_metadata(path_of(path)).is_ok()
    }
}

impl Files for System {
    fn is_dir(&self, path: &[u8]) -> bool {
        fs::metadata(path_of(path)).is_ok_and(|found| found.is_dir())
    }

    fn real_path(&self, path: &[u8]) -> Option<Vec<u8>> {
        match links::walk(self, b"/", path, LastLink::Follow) {
            Resolution::To(real) => Some(real),
            Resolution::Nowhere | Resolution::Closed | Resolution::Pathless | Resolution::Unknown => None,
        }
    }

    fn program(&self, word: &str) -> Option<Vec<u8>> {
        let path = environment::variable("PATH").ok().flatten().map(OsString::into_vec);
        found_in_path(word, path.as_deref(), working_directory)
    }

    fn kind(&self, path: &[u8]) -> FileKind {
        // `/proc/7` and `/proc/thread-self` are other names of `/proc/self`.
        if path.starts_with(b"/proc/") && matches!(self.at(path), Entry::Link(_)) {
            return FileKind::Link { directory: self.is_dir(path) };
        }
        match fs::symlink_metadata(path_of(path)) {
            Err(_) => FileKind::Missing,
            Ok(found) if found.is_symlink() => FileKind::Link { directory: self.is_dir(path) },
            Ok(found) if found.is_dir() => FileKind::Directory,
            Ok(_) => FileKind::Other,
        }
    }

    fn listing(&self, directory: &[u8], most: usize) -> Option<Listing> {
        // Some directories of `/proc` count as links: see `kind`.
        if directory.starts_with(b"/proc") {
            return None;
        }
        let mut names = Listing::default();
        for entry in fs::read_dir(path_of(directory)).ok()? {
            let entry = entry.ok()?;
            let kind = entry.file_type().ok()?;
            if names.len() >= most {
                return None;
            }
            // The caller asks where a link leads.
            if !kind.is_symlink() {
                let kind = if kind.is_dir() { FileKind::Directory } else { FileKind::Other };
                names.insert(entry.file_name().into_vec(), kind);
            }
        }
        Some(names)
    }
}

pub(crate) fn path_of(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

pub(crate) fn bytes_of(path: PathBuf) -> Vec<u8> {
    path.into_os_string().into_vec()
}

/// Returns the working directory, or `None` if it was removed.
pub fn working_directory() -> Option<Vec<u8>> {
    std::env::current_dir().ok().map(bytes_of)
}

/// The longest path that the system takes.
#[cfg(unix)]
pub const MAX_PATH: usize = libc::PATH_MAX.unsigned_abs() as usize;

/// Makes a path absolute without changing its spelling.
pub fn from_working_directory(raw: &[u8]) -> Option<Cow<'_, [u8]>> {
    if raw.starts_with(b"/") {
        return Some(Cow::Borrowed(raw));
    }
    Some(Cow::Owned(within(&working_directory()?, raw)))
}

/// Makes a path absolute and lexically normal. Returns `None` if it contains a NUL byte, or if it
/// is relative and the working directory was removed.
pub fn absolute(raw: &[u8]) -> Option<Vec<u8>> {
    Absolute::resolve(raw, working_directory).ok().map(|path| path.bytes().to_vec())
}

/// Moves a path from below `from` to below `to`.
pub fn respell(to: &[u8], from: &[u8], entry: &[u8]) -> Vec<u8> {
    let rest = entry.strip_prefix(from).unwrap_or(entry);
    let mut path = to.strip_suffix(b"/").unwrap_or(to).to_vec();
    if !rest.starts_with(b"/") {
        path.push(b'/');
    }
    path.extend_from_slice(rest);
    path
}

/// The links to directories that a walk follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FollowLinks {
    /// No link.
    NoLinks,
    /// The first link to each directory.
    Once,
    /// Every link, but not into a directory that the walk is in: such a walk has no end.
    EveryWay,
}

/// An entry that a walk finds.
struct WalkEntry {
    path: PathBuf,
    is_directory: bool,
    is_link: bool,
    /// The walk enters this directory, and followed a link on the way to it.
    leads_behind_links: bool,
}

/// A directory could not be listed in full, so what lies in it is unknown: it may not be read, its
/// path is too long, no descriptor is left, or it holds too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unlisted;

/// Returns the entries of a directory; none if there is no directory at the path.
fn listed(directory: &Path) -> Result<Vec<fs::DirEntry>, Unlisted> {
    match fs::read_dir(directory) {
        Ok(entries) => entries.collect::<Result<_, _>>().map_err(|_| Unlisted),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(Vec::new()),
        Err(_) => Err(Unlisted),
    }
}

/// Walks the entries below a directory, parents first, until `visit` stops it.
fn walk_below(
    directory: &[u8],
    follow: FollowLinks,
    mut visit: impl FnMut(WalkEntry) -> ControlFlow<()>,
) -> Result<(), Unlisted> {
    let mut seen = HashSet::new();
    // For each directory: whether it lies behind a link, and the real paths of the directories
    // above.
    let mut waiting = vec![(path_of(directory).to_path_buf(), false, Vec::new())];
    while let Some((directory, is_behind, mut above)) = waiting.pop() {
        if follow == FollowLinks::EveryWay {
            let real = fs::canonicalize(&directory).map_err(|_| Unlisted)?;
            if above.contains(&real) {
                continue;
            }
            above.push(real);
        }
        for entry in listed(&directory)? {
            let kind = entry.file_type().map_err(|_| Unlisted)?;
            let (is_directory, is_link) = (kind.is_dir(), kind.is_symlink());
            let path = entry.path();
            let enters_link = is_link
                && match follow {
                    FollowLinks::NoLinks => false,
                    FollowLinks::Once => fs::canonicalize(&path).is_ok_and(|real| real.is_dir() && seen.insert(real)),
                    FollowLinks::EveryWay => path.is_dir(),
                };
            let is_behind = is_behind || enters_link;
            let enters = is_directory || enters_link;
            if enters {
                waiting.push((path.clone(), is_behind, above.clone()));
            }
            let leads_behind_links = enters && is_behind;
            if visit(WalkEntry { path, is_directory, is_link, leads_behind_links }).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Returns the paths of those entries that a walk below a directory finds and `is_wanted` takes.
fn walked(
    directory: &[u8],
    follow: FollowLinks,
    is_wanted: impl Fn(&WalkEntry) -> bool,
) -> Result<Vec<Vec<u8>>, Unlisted> {
    let mut found = Vec::new();
    walk_below(directory, follow, |entry| {
        found.extend(is_wanted(&entry).then(|| bytes_of(entry.path)));
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

/// Returns the entries below a directory, parents first. Follows no links.
pub fn entries_below(directory: &[u8]) -> Result<Vec<Vec<u8>>, Unlisted> {
    walked(directory, FollowLinks::NoLinks, |_| true)
}

/// Returns the directories below a directory. Follows no links.
pub fn directories_below(directory: &[u8]) -> Result<Vec<Vec<u8>>, Unlisted> {
    walked(directory, FollowLinks::NoLinks, |entry| entry.is_directory)
}

/// Returns the links below a directory. Follows none.
pub fn links_below(directory: &[u8]) -> Result<Vec<Vec<u8>>, Unlisted> {
    walked(directory, FollowLinks::NoLinks, |entry| entry.is_link)
}

/// Returns the directories behind links below a directory, each once, by the path through these
/// links. A listing that follows links enters them and [`directories_below`].
pub fn directories_behind_links(directory: &[u8]) -> Result<Vec<Vec<u8>>, Unlisted> {
    walked(directory, FollowLinks::Once, |entry| entry.leads_behind_links)
}

/// The most entries that [`entries_through_links`] returns.
const MAX_ENTRIES: usize = 100_000;

/// Returns the entries below a directory and behind the links there, by the path through these
/// links, if there are no more than [`MAX_ENTRIES`].
pub fn entries_through_links(directory: &[u8]) -> Result<Vec<Vec<u8>>, Unlisted> {
    let mut found = Vec::new();
    let mut is_full = false;
    walk_below(directory, FollowLinks::EveryWay, |entry| {
        is_full = found.len() >= MAX_ENTRIES;
        if is_full {
            return ControlFlow::Break(());
        }
        found.push(bytes_of(entry.path));
        ControlFlow::Continue(())
    })?;
    if is_full { Err(Unlisted) } else { Ok(found) }
}

/// Returns the links below a directory, sorted. Subtracts each entry that it reads from `left`, and
/// stops at zero.
pub fn first_links_below(directory: &[u8], left: &mut usize) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let walked = walk_below(directory, FollowLinks::NoLinks, |entry| {
        let Some(rest) = left.checked_sub(1) else { return ControlFlow::Break(()) };
        *left = rest;
        found.extend(entry.is_link.then(|| bytes_of(entry.path)));
        ControlFlow::Continue(())
    });
    // A command that looks at a policy says what it can see.
    let _ = walked;
    found.sort_unstable();
    found
}

/// Returns true if the system takes no such path: the path or a name in it is too long.
pub fn is_too_long(raw: &[u8]) -> bool {
    const MAX_NAME: usize = 255;
    raw.len() >= MAX_PATH || raw.split(|byte| *byte == b'/').any(|name| name.len() > MAX_NAME)
}

/// Returns true if a path leads to a directory.
///
/// # Errors
/// Why that cannot be said.
pub fn is_folder(path: &[u8]) -> io::Result<bool> {
    fs::metadata(path_of(path)).map(|found| found.is_dir())
}

/// Returns true for a directory, and false for a link to one.
pub fn is_directory(path: &[u8]) -> bool {
    fs::symlink_metadata(path_of(path)).is_ok_and(|found| found.is_dir())
}

/// Returns false if no symbolic link is below a directory, and true if there may be one.
pub fn may_have_links(directory: &[u8]) -> bool {
    let mut has_links = false;
    let walked = walk_below(directory, FollowLinks::NoLinks, |entry| {
        has_links = entry.is_link;
        if has_links { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    has_links || walked.is_err()
}

/// Returns the text of a link, or `None` if the path is no link.
pub fn link_text(path: &[u8]) -> Option<Vec<u8>> {
    fs::read_link(path_of(path)).ok().map(bytes_of)
}

/// Returns the absolute path that a link leads to, by the text of the link.
pub fn link_target(link: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let folder = path_of(link).parent().map_or(&b"/"[..], |parent| parent.as_os_str().as_bytes());
    Absolute::resolve(text, || Some(folder)).ok().map(|path| path.bytes().to_vec())
}

/// Returns true if a path has `..` in it.
pub fn has_dots(path: &[u8]) -> bool {
    path.split(|&byte| byte == b'/').any(|name| name == b"..")
}

/// Returns true if `..` stands behind a name in a path: `a/..`, but not `../a`.
pub fn goes_up_from_a_name(path: &[u8]) -> bool {
    let names = path.split(|&byte| byte == b'/').filter(|name| !matches!(*name, b"" | b"."));
    names.skip_while(|name| *name == b"..").any(|name| name == b"..")
}

/// Returns the path that a text means in a working directory, spelled as the text is.
pub fn within(directory: &[u8], text: &[u8]) -> Vec<u8> {
    if text.starts_with(b"/") { text.to_vec() } else { [directory, b"/", text].concat() }
}

/// Returns the path that the text of a link means, spelled as the text is.
pub fn beside_link(link: &[u8], text: &[u8]) -> Vec<u8> {
    if text.starts_with(b"/") {
        return text.to_vec();
    }
    let cut = link.iter().rposition(|&byte| byte == b'/').map_or(0, |cut| cut + 1);
    [&link[..cut], text].concat()
}

/// Returns the missing directories on the way to a path, as `mkdir -p` would make them.
pub fn missing_above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = (1..path.len()).filter(|&at| path[at] == b'/');
    let missing =
        |above: &&[u8]| matches!(fs::metadata(path_of(above)), Err(error) if error.kind() == io::ErrorKind::NotFound);
    ends.map(|end| &path[..end]).filter(missing)
}

/// Returns the program that the system starts for a bare word: the first executable file in the
/// directories of `PATH`. An empty entry of `PATH` is the working directory. Without a `PATH`,
/// searches the C library's default.
pub fn found_in_path(
    word: &str,
    path: Option<&[u8]>,
    working_directory: impl Fn() -> Option<Vec<u8>>,
) -> Option<Vec<u8>> {
    for directory in path.unwrap_or(b"/bin:/usr/bin").split(|&byte| byte == b':') {
        let directory =
            if directory.starts_with(b"/") { directory.to_vec() } else { within(&working_directory()?, directory) };
        let place = within(&directory, word.as_bytes());
        if is_executable(&place) {
            return Some(place);
        }
    }
    None
}

/// Returns true if this process may execute a file.
fn is_executable(path: &[u8]) -> bool {
    // As execve does, the call checks the effective user.
    accessat(CWD, path, Access::EXEC_OK, AtFlags::EACCESS).is_ok() && System::is_file(path)
}

/// Why a descriptor has no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoDescriptorPath {
    /// The descriptor is not open.
    Closed,
    /// The descriptor is no file: a pipe, a socket.
    NoFile,
    /// The file has no path, or the system does not say it: a removed file that has other names.
    NoPath,
}

/// Returns true if both are the status of one object of the file system.
pub fn is_one_object(left: &fs::Metadata, right: &fs::Metadata) -> bool {
    (left.dev(), left.ino()) == (right.dev(), right.ino())
}

/// Returns true if a path leads to the object behind a descriptor.
pub fn leads_to_descriptor(path: &Path, descriptor: i32) -> bool {
    let (named, object) = (fs::metadata(path), fs::metadata(format!("/proc/self/fd/{descriptor}")));
    named.is_ok_and(|named| object.is_ok_and(|object| is_one_object(&named, &object)))
}

/// Returns the path of the file behind a descriptor.
///
/// # Errors
/// [`NoDescriptorPath`] says why it has none.
pub fn path_of_descriptor(descriptor: i32) -> Result<Vec<u8>, NoDescriptorPath> {
    let Ok(path) = fs::read_link(format!("/proc/self/fd/{descriptor}")) else {
        return Err(if Path::new("/proc/self/fd").exists() {
            NoDescriptorPath::Closed
        } else {
            NoDescriptorPath::NoPath
        });
    };
    let path = bytes_of(path);
    if [&b"pipe:["[..], b"socket:[", b"anon_inode:"].iter().any(|kind| path.starts_with(kind)) {
        return Err(NoDescriptorPath::NoFile);
    }
    if path.first() != Some(&b'/') {
        return Err(NoDescriptorPath::NoPath);
    }
    let Ok(object) = fs::metadata(format!("/proc/self/fd/{descriptor}")) else { return Err(NoDescriptorPath::Closed) };
    if fs::symlink_metadata(path_of(&path)).is_ok_and(|named| is_one_object(&named, &object)) {
        return Ok(path);
    }
    // The kernel marks a removed file. If the file has no other name, this was its name.
    match path.strip_suffix(b" (deleted)") {
        Some(name) if object.nlink() == 0 => Ok(name.to_vec()),
        _ => Err(NoDescriptorPath::NoPath),
    }
}

/// The access that `open(2)` flags ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenAccess {
    /// The file can be read.
    pub read: bool,
    /// The file can be written, made or truncated.
    pub write: bool,
    /// Whether a link at the end of the path is followed.
    pub last: LastLink,
}

impl OpenAccess {
    /// Returns the scopes that the access needs.
    pub fn scopes(self) -> impl Iterator<Item = Scope> {
        let needed = [(self.read, Scope::FsRead), (self.write, Scope::FsWrite)];
        needed.into_iter().filter_map(|(is_needed, scope)| is_needed.then_some(scope))
    }

    /// Reads the flags as Node 26.10 does. Flags that are not write-only read. Flags that make or
    /// change a file write.
    pub fn of_flags(flags: i32) -> Self {
        let mode = flags & libc::O_ACCMODE;
        let changes = libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND | temporary_file();
        // With O_PATH the kernel ignores the flags that make a file.
        let makes_new =
            flags & only_path() == 0 && flags & (libc::O_CREAT | libc::O_EXCL) == libc::O_CREAT | libc::O_EXCL;
        let last = if makes_new || flags & libc::O_NOFOLLOW != 0 { LastLink::NoFollow } else { LastLink::Follow };
        Self { read: mode != libc::O_WRONLY, write: mode != libc::O_RDONLY || flags & changes != 0, last }
    }
}

/// The bit that opens a path for nothing but its name.
fn only_path() -> i32 {
    #[cfg(target_os = "linux")]
    let bit = libc::O_PATH;
    #[cfg(not(target_os = "linux"))]
    let bit = 0;
    bit
}

/// The bit that makes an unnamed file. Linux spells it together with `O_DIRECTORY`, which alone
/// changes nothing.
fn temporary_file() -> i32 {
    #[cfg(target_os = "linux")]
    let bit = libc::O_TMPFILE & !libc::O_DIRECTORY;
    #[cfg(not(target_os = "linux"))]
    let bit = 0;
    bit
}

/// Returns the `open(2)` flags of one of Node's flag strings.
pub fn flags_of(text: &str) -> Option<i32> {
    use libc::{O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY};
    Some(match text {
        "r" => O_RDONLY,
        "rs" | "sr" => O_RDONLY | O_SYNC,
        "r+" => O_RDWR,
        "rs+" | "sr+" => O_RDWR | O_SYNC,
        "w" => O_TRUNC | O_CREAT | O_WRONLY,
        "wx" | "xw" => O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
        "w+" => O_TRUNC | O_CREAT | O_RDWR,
        "wx+" | "xw+" => O_TRUNC | O_CREAT | O_RDWR | O_EXCL,
        "a" => O_APPEND | O_CREAT | O_WRONLY,
        "ax" | "xa" => O_APPEND | O_CREAT | O_WRONLY | O_EXCL,
        "as" | "sa" => O_APPEND | O_CREAT | O_WRONLY | O_SYNC,
        "a+" => O_APPEND | O_CREAT | O_RDWR,
        "ax+" | "xa+" => O_APPEND | O_CREAT | O_RDWR | O_EXCL,
        "as+" | "sa+" => O_APPEND | O_CREAT | O_RDWR | O_SYNC,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_only_flags_read() {
        assert_eq!(
            OpenAccess::of_flags(libc::O_RDONLY),
            OpenAccess { read: true, write: false, last: LastLink::Follow }
        );
        assert_eq!(
            OpenAccess::of_flags(libc::O_RDONLY | libc::O_DIRECTORY),
            OpenAccess { read: true, write: false, last: LastLink::Follow }
        );
    }

    #[test]
    fn creating_with_read_only_flags_writes_too() {
        assert_eq!(
            OpenAccess::of_flags(libc::O_RDONLY | libc::O_CREAT),
            OpenAccess { read: true, write: true, last: LastLink::Follow }
        );
        assert_eq!(
            OpenAccess::of_flags(libc::O_RDONLY | libc::O_TRUNC),
            OpenAccess { read: true, write: true, last: LastLink::Follow }
        );
    }

    #[test]
    fn write_only_flags_do_not_read() {
        assert_eq!(
            OpenAccess::of_flags(libc::O_WRONLY),
            OpenAccess { read: false, write: true, last: LastLink::Follow }
        );
    }

    #[test]
    fn a_link_leads_from_its_own_folder() {
        assert_eq!(link_target(b"/a/b/link", b"../x").as_deref(), Some(&b"/a/x"[..]));
        assert_eq!(link_target(b"/a/b/link", b"/x").as_deref(), Some(&b"/x"[..]));
    }

    #[test]
    fn an_entry_is_respelled_below_another_directory() {
        assert_eq!(respell(b"there", b"/here", b"/here/a/b"), b"there/a/b");
        assert_eq!(respell(b"there/", b"/", b"/a"), b"there/a");
    }

    #[test]
    fn dots_behind_a_name_are_found() {
        for (path, expected) in [
            ("../../a", false),
            ("a/..", true),
            ("/a/../b", true),
            ("./../a", false),
            ("/..", false),
            ("a..b/c", false),
        ] {
            assert_eq!(goes_up_from_a_name(path.as_bytes()), expected, "{path}");
        }
    }

    #[test]
    fn a_walk_follows_the_links_that_its_caller_names() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::create_dir_all(at("a/b")).unwrap();
        fs::create_dir(at("c")).unwrap();
        fs::write(at("c/f"), "").unwrap();
        std::os::unix::fs::symlink("../c", at("a/out")).unwrap();
        std::os::unix::fs::symlink("..", at("a/b/up")).unwrap();
        let top = bytes_of(at("a"));
        let names = |found: Vec<Vec<u8>>| {
            let name = |path: Vec<u8>| String::from_utf8(path[top.len() + 1..].to_vec()).unwrap();
            let mut names: Vec<String> = found.into_iter().map(name).collect();
            names.sort();
            names
        };
        assert_eq!(names(entries_below(&top).unwrap()), ["b", "b/up", "out"]);
        assert_eq!(names(directories_below(&top).unwrap()), ["b"]);
        assert_eq!(names(directories_behind_links(&top).unwrap()), ["b/up", "b/up/b", "out"]);
        assert_eq!(names(links_below(&top).unwrap()), ["b/up", "out"]);
        assert_eq!(names(entries_through_links(&top).unwrap()), ["b", "b/up", "out", "out/f"]);
        let mut left = 10;
        assert_eq!((names(first_links_below(&top, &mut left)), left), (vec!["b/up".to_owned(), "out".to_owned()], 7));
        assert!(may_have_links(&top) && !may_have_links(&bytes_of(at("c"))));
    }
}

//! What the hooks read from the operating system to be able to ask: the working directory, what lies below a
//! directory that is about to be copied or removed, what a descriptor was opened with. It decides nothing.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ffi::{CString, OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::environment;
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
        // An empty file has none.
        Err(error) => !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof),
    }
}

/// Returns where a path leads as the kernel says it, or `None` if nothing is there.
#[cfg(target_os = "linux")]
pub fn found_by_kernel(raw: &[u8]) -> Option<Vec<u8>> {
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;
    let found = fs::OpenOptions::new().read(true).custom_flags(libc::O_PATH).open(path_of(raw)).ok()?;
    link_text(format!("/proc/self/fd/{}", found.as_raw_fd()).as_bytes())
}

/// Returns where a path leads, or `None` if nothing is there.
#[cfg(not(target_os = "linux"))]
pub fn found_by_kernel(raw: &[u8]) -> Option<Vec<u8>> {
    fs::canonicalize(path_of(raw)).ok().map(bytes_of)
}

/// Returns true if the kernel gives up on a path: too many links, too long, or a name behind what is no folder.
pub fn is_given_up(raw: &[u8], last: LastLink) -> bool {
    let found = match last {
        LastLink::Follow => fs::metadata(path_of(raw)),
        LastLink::NoFollow => fs::symlink_metadata(path_of(raw)),
    };
    let given_up = [libc::ELOOP, libc::ENAMETOOLONG, libc::ENOTDIR];
    found.is_err_and(|error| error.raw_os_error().is_some_and(|code| given_up.contains(&code)))
}

/// The real file system, for loading grants.
#[derive(Debug, Clone, Copy)]
pub struct System;

impl System {
    /// Is there a file (or a link to one) at this path?
    pub fn is_file(path: &[u8]) -> bool {
        fs::metadata(path_of(path)).is_ok_and(|found| found.is_file())
    }

    /// Is there anything at this path?
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
        // A directory there that is really the process's own by another name.
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
        // Some of its directories are really links: see `kind`.
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
            // Where a link leads is asked about.
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

/// The directory that relative paths start from; `None` if it is gone.
pub fn working_directory() -> Option<Vec<u8>> {
    std::env::current_dir().ok().map(bytes_of)
}

/// The longest path that the system takes.
#[cfg(unix)]
pub const LONGEST_PATH: usize = libc::PATH_MAX.unsigned_abs() as usize;

/// The path as an absolute one, spelled as it was otherwise.
pub fn from_working_directory(raw: &[u8]) -> Option<Cow<'_, [u8]>> {
    if raw.starts_with(b"/") {
        return Some(Cow::Borrowed(raw));
    }
    Some(Cow::Owned(within(&working_directory()?, raw)))
}

/// The path as an absolute one, by its letters alone; `None` if it has a NUL byte, or is relative to a working
/// directory that is gone.
pub fn absolute(raw: &[u8]) -> Option<Vec<u8>> {
    Absolute::resolve(raw, working_directory).ok().map(|path| path.bytes().to_vec())
}

/// `entry`, which lies below `from`, as if it lay below `to`.
pub fn respell(to: &[u8], from: &[u8], entry: &[u8]) -> Vec<u8> {
    let rest = entry.strip_prefix(from).unwrap_or(entry);
    let mut path = to.strip_suffix(b"/").unwrap_or(to).to_vec();
    if !rest.starts_with(b"/") {
        path.push(b'/');
    }
    path.extend_from_slice(rest);
    path
}

/// Everything below a directory, parents first, without following links.
pub fn entries_below(directory: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut waiting = vec![path_of(directory).to_path_buf()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                waiting.push(entry.path());
            }
            found.push(bytes_of(entry.path()));
        }
    }
    found
}

/// The directories below a directory, without following links.
pub fn directories_below(directory: &[u8]) -> Vec<Vec<u8>> {
    entries_below(directory).into_iter().filter(|entry| is_directory(entry)).collect()
}

/// The directories that lie behind links below a directory, by their way through those links, each once: what a listing
/// that follows links enters beside [`directories_below`].
pub fn directories_behind_links(directory: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut waiting = vec![(path_of(directory).to_path_buf(), false)];
    while let Some((directory, is_behind)) = waiting.pop() {
        if is_behind {
            found.push(bytes_of(directory.clone()));
        }
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let path = entry.path();
            if kind.is_dir() {
                waiting.push((path, is_behind));
            } else if kind.is_symlink() && fs::canonicalize(&path).is_ok_and(|real| real.is_dir() && seen.insert(real))
            {
                waiting.push((path, true));
            }
        }
    }
    found
}

/// Returns the entries below a directory, with those of the directories that links lead to, by their way through these links.
/// `None` if they are too many.
pub fn entries_through_links(directory: &[u8]) -> Option<Vec<Vec<u8>>> {
    const MAX_ENTRIES: usize = 100_000;
    let mut found = Vec::new();
    // Each with the directories that it lies in: a link to one of them has no end.
    let mut waiting = vec![(path_of(directory).to_path_buf(), Vec::new())];
    while let Some((directory, mut above)) = waiting.pop() {
        let Ok(real) = fs::canonicalize(&directory) else { continue };
        if above.contains(&real) {
            continue;
        }
        above.push(real);
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            if found.len() >= MAX_ENTRIES {
                return None;
            }
            let path = entry.path();
            if path.is_dir() {
                waiting.push((path.clone(), above.clone()));
            }
            found.push(bytes_of(path));
        }
    }
    Some(found)
}

/// Is this a directory, and no link to one?
pub fn is_directory(path: &[u8]) -> bool {
    fs::symlink_metadata(path_of(path)).is_ok_and(|found| found.is_dir())
}

/// Is there a symbolic link below this directory?
pub fn has_links(directory: &[u8]) -> bool {
    entries_below(directory).iter().any(|entry| link_text(entry).is_some())
}

/// What the link says, if the path is one.
pub fn link_text(path: &[u8]) -> Option<Vec<u8>> {
    fs::read_link(path_of(path)).ok().map(bytes_of)
}

/// Where a link at `link` with this text leads.
pub fn link_target(link: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let folder = path_of(link).parent().map_or(&b"/"[..], |parent| parent.as_os_str().as_bytes());
    Absolute::resolve(text, || Some(folder)).ok().map(|path| path.bytes().to_vec())
}

/// The path that this text names where `directory` is the working directory, spelled as it is.
pub fn within(directory: &[u8], text: &[u8]) -> Vec<u8> {
    if text.starts_with(b"/") { text.to_vec() } else { [directory, b"/", text].concat() }
}

/// The path that a link at `link` with this text names, spelled as the text is.
pub fn beside(link: &[u8], text: &[u8]) -> Vec<u8> {
    if text.starts_with(b"/") {
        return text.to_vec();
    }
    let cut = link.iter().rposition(|&byte| byte == b'/').map_or(0, |cut| cut + 1);
    [&link[..cut], text].concat()
}

/// The directories on the way to a path, as it is spelled, that `mkdir -p` would have to make.
pub fn missing_above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = (1..path.len()).filter(|&at| path[at] == b'/');
    let missing =
        |above: &&[u8]| matches!(fs::metadata(path_of(above)), Err(error) if error.kind() == io::ErrorKind::NotFound);
    ends.map(|end| &path[..end]).filter(missing)
}

/// The program that the system starts for a bare word: the first that can be executed in the directories of `PATH`, an
/// empty one of which is the working directory. Without a `PATH` it looks where the C library does.
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

/// Is it a file that this process may execute?
fn is_executable(path: &[u8]) -> bool {
    let Ok(text) = CString::new(path) else { return false };
    // SAFETY: the path ends in a NUL. The rights that count are those of the effective user, as for execve.
    let allowed = unsafe { libc::faccessat(libc::AT_FDCWD, text.as_ptr(), libc::X_OK, libc::AT_EACCESS) } == 0;
    allowed && System::is_file(path)
}

/// Why it cannot be said what a descriptor was opened with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// It is not open.
    Closed,
    /// It is no file at all: a pipe, a socket.
    NoFile,
    /// It has no path: a removed file that has other names.
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

/// The path behind a descriptor.
pub fn behind(descriptor: i32) -> Result<Vec<u8>, Unknown> {
    let Ok(path) = fs::read_link(format!("/proc/self/fd/{descriptor}")) else {
        return Err(if Path::new("/proc/self/fd").exists() { Unknown::Closed } else { Unknown::NoPath });
    };
    let path = bytes_of(path);
    if [&b"pipe:["[..], b"socket:[", b"anon_inode:"].iter().any(|kind| path.starts_with(kind)) {
        return Err(Unknown::NoFile);
    }
    if path.first() != Some(&b'/') {
        return Err(Unknown::NoPath);
    }
    let Ok(object) = fs::metadata(format!("/proc/self/fd/{descriptor}")) else { return Err(Unknown::Closed) };
    if fs::symlink_metadata(path_of(&path)).is_ok_and(|named| is_one_object(&named, &object)) {
        return Ok(path);
    }
    // The kernel marks a removed file. One without another name had this one.
    match path.strip_suffix(b" (deleted)") {
        Some(name) if object.nlink() == 0 => Ok(name.to_vec()),
        _ => Err(Unknown::NoPath),
    }
}

/// What `open(2)` flags ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The file can be read.
    pub read: bool,
    /// The file can be written, made or cut.
    pub write: bool,
    /// Whether a link in the last place is followed.
    pub last: LastLink,
}

impl Access {
    /// Reads the flags as Node 26.10 does: not write-only is a read, anything that makes or changes is a write.
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

/// The bit that makes an unnamed file. Linux spells it together with `O_DIRECTORY`, which alone changes nothing.
fn temporary_file() -> i32 {
    #[cfg(target_os = "linux")]
    let bit = libc::O_TMPFILE & !libc::O_DIRECTORY;
    #[cfg(not(target_os = "linux"))]
    let bit = 0;
    bit
}

/// The flags that one of Node's flag strings stands for.
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
        assert_eq!(Access::of_flags(libc::O_RDONLY), Access { read: true, write: false, last: LastLink::Follow });
        assert_eq!(
            Access::of_flags(libc::O_RDONLY | libc::O_DIRECTORY),
            Access { read: true, write: false, last: LastLink::Follow }
        );
    }

    #[test]
    fn creating_with_read_only_flags_writes_too() {
        assert_eq!(
            Access::of_flags(libc::O_RDONLY | libc::O_CREAT),
            Access { read: true, write: true, last: LastLink::Follow }
        );
        assert_eq!(
            Access::of_flags(libc::O_RDONLY | libc::O_TRUNC),
            Access { read: true, write: true, last: LastLink::Follow }
        );
    }

    #[test]
    fn write_only_flags_do_not_read() {
        assert_eq!(Access::of_flags(libc::O_WRONLY), Access { read: false, write: true, last: LastLink::Follow });
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
}

//! Descriptors of the event loop and of permit. A program can guess their numbers. libuv reads
//! pointers from its pipes, so that a write there runs code of the writer's choice. A program that
//! closes one can open a file of its own under the same number.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::mem;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use rustix::fs::{Stat, fcntl_getfl, fstat};
use rustix::io::{Errno, FdFlags, dup2, fcntl_dupfd_cloexec, fcntl_setfd};

use super::opened;

#[cfg(target_os = "linux")]
#[cfg_attr(not(feature = "addon"), allow(unused_imports, reason = "the addon is what uses them"))]
pub use linux::{is_internal, is_internal_at, is_of_handle};

/// Descriptors of permit.
static KEPT: Mutex<Vec<RawFd>> = Mutex::new(Vec::new());

/// Registers a descriptor of permit, which stays open while the process runs.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "only Linux has sealed memory"))]
pub fn keep(descriptor: RawFd) {
    KEPT.lock().push(descriptor);
}

/// A number under which nothing is ever open.
pub const NONE: RawFd = RawFd::MAX;

/// A file, by device and inode.
type Identity = (libc::dev_t, libc::ino_t);

/// The descriptors that calls of all threads hold while they wait, with their files.
static HELD: Mutex<Vec<(RawFd, Identity)>> = Mutex::new(Vec::new());

/// The length of [`HELD`]: most questions find it empty.
static HOLDING: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The descriptors that calls of this thread hold.
    static OWN: RefCell<Vec<Held>> = const { RefCell::new(Vec::new()) };
}

/// A descriptor that is permit's while a call waits. A program cannot use its number.
#[derive(Debug)]
enum Held {
    /// permit closes it when the call has ended. It is `None` once permit has taken it back.
    Own(Option<OwnedFd>),
    /// The call closes it.
    HandedOver(RawFd),
}

impl Held {
    fn number(&self) -> RawFd {
        match self {
            Self::Own(own) => own.as_ref().map_or(NONE, AsRawFd::as_raw_fd),
            Self::HandedOver(descriptor) => *descriptor,
        }
    }

    fn begin(self) -> RawFd {
        let number = self.number();
        register(number);
        OWN.with_borrow_mut(|own| own.push(self));
        number
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        unregister(self.number());
    }
}

fn register(number: RawFd) {
    let mut all = HELD.lock();
    all.push((number, identity(number).unwrap_or_default()));
    HOLDING.store(all.len(), Ordering::SeqCst);
}

fn unregister(number: RawFd) {
    let mut all = HELD.lock();
    if let Some(at) = all.iter().position(|(held, _)| *held == number) {
        all.swap_remove(at);
    }
    HOLDING.store(all.len(), Ordering::SeqCst);
}

fn identity(descriptor: RawFd) -> Option<Identity> {
    look(descriptor).map(|found| (found.st_dev, found.st_ino))
}

/// Returns true for the descriptor of a folder.
pub fn is_folder(descriptor: RawFd) -> bool {
    look(descriptor).is_some_and(|found| found.st_mode & libc::S_IFMT == libc::S_IFDIR)
}

/// Makes a call of the system with a descriptor, by its number. The number may be one under which
/// nothing is open.
///
/// # Errors
/// The error of the call: `EBADF` if nothing is open there.
pub fn ask<T>(descriptor: RawFd, call: impl FnOnce(BorrowedFd<'_>) -> rustix::io::Result<T>) -> rustix::io::Result<T> {
    if descriptor < 0 {
        return Err(Errno::BADF);
    }
    // SAFETY: the number is not -1. The borrow ends with the call, which only passes the number to
    // the system. The system gives an error if nothing is open under it.
    call(unsafe { BorrowedFd::borrow_raw(descriptor) })
}

/// Returns the status of the file behind a descriptor, or `None` if the descriptor is not open.
fn look(descriptor: RawFd) -> Option<Stat> {
    ask(descriptor, |own| fstat(own)).ok()
}

/// Returns the access mode of a descriptor, or `None` if the descriptor is not open.
fn mode(descriptor: RawFd) -> Option<i32> {
    let flags = ask(descriptor, |own| fcntl_getfl(own)).ok()?;
    Some(flags.bits().cast_signed() & libc::O_ACCMODE)
}

/// Closes a descriptor that the program asked to close. Returns false if the system reports an
/// error.
fn close(descriptor: RawFd) -> bool {
    // SAFETY: the number is the program's, and none of permit's or of the event loop's.
    unsafe { libc::close(descriptor) == 0 }
}

thread_local! {
    /// The numbers that no call of this thread holds any more. An ended socket is open under each.
    /// A program can make permit believe that a call has ended, and the call then finds nothing
    /// under the number. Only calls of this thread get the number again.
    static RETIRED: RefCell<Vec<OwnedFd>> = const { RefCell::new(Vec::new()) };
}

/// A socket that gives nothing and takes nothing.
static ENDED: LazyLock<Option<OwnedFd>> = LazyLock::new(|| UnixStream::pair().ok().map(|(ended, _)| ended.into()));

/// Puts another file under a number.
fn put(descriptor: impl AsFd, number: &mut OwnedFd) -> rustix::io::Result<()> {
    dup2(descriptor, number)?;
    fcntl_setfd(&*number, FdFlags::CLOEXEC)
}

/// Takes the file from a number that no call holds any more.
fn retire(mut number: OwnedFd) {
    let Some(ended) = &*ENDED else { return };
    if put(ended, &mut number).is_ok() {
        register(number.as_raw_fd());
        RETIRED.with_borrow_mut(|retired| retired.push(number));
    }
}

/// Holds a descriptor for a call until [`release`] or the end of the thread.
pub fn hold(mut descriptor: Duplicate) -> RawFd {
    Held::Own(descriptor.0.take()).begin()
}

/// Ends the hold on a descriptor, and returns it if it is permit's to close.
fn taken_back(descriptor: RawFd) -> Option<OwnedFd> {
    let mut held = OWN.with_borrow_mut(|own| {
        let at = own.iter().position(|held| held.number() == descriptor)?;
        Some(own.swap_remove(at))
    })?;
    let Held::Own(own) = &mut held else { return None };
    let own = own.take()?;
    unregister(own.as_raw_fd());
    Some(own)
}

/// Closes the file of a descriptor of [`hold`], and forgets one of [`hand_over`]. The number stays
/// taken.
pub fn release(descriptor: RawFd) {
    if let Some(own) = taken_back(descriptor) {
        retire(own);
    }
}

/// Closes a descriptor of [`hold`] that nothing can use any more, and frees its number.
pub fn free(descriptor: RawFd) {
    drop(taken_back(descriptor));
}

/// Leaves it to somebody else to close a descriptor of [`hold`]. A program still cannot use its number.
pub fn entrust(descriptor: RawFd) {
    OWN.with_borrow_mut(|own| {
        if let Some(held) = own.iter_mut().find(|held| held.number() == descriptor) {
            mem::forget(mem::replace(held, Held::HandedOver(descriptor)));
        }
    });
}

/// Forgets a descriptor of [`hold`] that somebody else has closed.
pub fn forget(descriptor: RawFd) {
    entrust(descriptor);
    release(descriptor);
}

/// Returns true for a descriptor that a call holds, of whatever thread.
#[inline]
fn is_held(descriptor: RawFd, file: Identity) -> bool {
    HOLDING.load(Ordering::SeqCst) > 0 && HELD.lock().contains(&(descriptor, file))
}

/// Closes a descriptor that can only be read, which never waits for a disk. Returns false for any
/// other one.
pub fn close_read_only(descriptor: RawFd) -> bool {
    mode(descriptor) == Some(libc::O_RDONLY) && close(descriptor)
}

/// Keeps a program from the number of a descriptor that a handle is about to close, until
/// [`release`].
pub fn claim(descriptor: RawFd) {
    Held::HandedOver(descriptor).begin();
}

/// The descriptors that a program made handles of, with their files.
static ADOPTED: Mutex<BTreeMap<RawFd, Identity>> = Mutex::new(BTreeMap::new());

/// Notes that a program makes a handle of a descriptor.
pub fn adopt(descriptor: RawFd) {
    if let Some(file) = identity(descriptor) {
        ADOPTED.lock().insert(descriptor, file);
    }
}

/// Notes that the handle of a descriptor closes it.
pub fn abandon(descriptor: RawFd) {
    ADOPTED.lock().remove(&descriptor);
}

/// The descriptors from whose numbers a program made a `FileHandle`, with their files. The program
/// may still use such a number.
static LENT: Mutex<BTreeMap<RawFd, Identity>> = Mutex::new(BTreeMap::new());

/// Notes that a `FileHandle` may close the number of a descriptor.
pub fn lend(descriptor: RawFd) {
    if let Some(file) = identity(descriptor) {
        LENT.lock().insert(descriptor, file);
    }
}

/// Notes the descriptors that the process was started with.
pub fn inherit() {
    let Ok(numbers) = std::fs::read_dir("/dev/fd") else { return };
    let numbers: Vec<RawFd> = numbers.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for number in numbers.into_iter().filter(|number| look(*number).is_some() && !is_internal(*number)) {
        opened::note(number, opened::INHERITED);
    }
}

/// Returns true for a file, a folder or a disk that somebody else than the program opened. `given`
/// is the number by which the program names it.
pub fn is_foreign(descriptor: RawFd, given: RawFd) -> bool {
    if opened::may_be_native() {
        return false;
    }
    let file = identity(descriptor);
    is_file(descriptor) && [&ADOPTED, &LENT].iter().all(|known| known.lock().get(&given).copied() != file)
}

/// Returns true if a path leads to the file behind a descriptor that no call holds.
pub fn is_of_path(descriptor: RawFd, path: &std::path::Path) -> bool {
    let Some(file) = identity(descriptor).filter(|file| !is_held(descriptor, *file)) else { return false };
    rustix::fs::stat(path).is_ok_and(|found| (found.st_dev, found.st_ino) == file)
}

/// Returns true for a file, a folder or a disk.
pub fn is_file(descriptor: RawFd) -> bool {
    let kind = look(descriptor).map(|found| found.st_mode & libc::S_IFMT);
    matches!(kind, Some(libc::S_IFREG | libc::S_IFDIR | libc::S_IFBLK))
}

/// Notes that a `FileHandle` gives the number of a descriptor back. Returns true if it was lent.
pub fn take_back(descriptor: RawFd) -> bool {
    LENT.lock().remove(&descriptor).is_some()
}

/// Closes the file of a descriptor that a handle may use, and leaves the number taken. Returns
/// false if that cannot be done.
pub fn close_file(descriptor: RawFd) -> bool {
    // The handle reads the end of a file there, and cannot write.
    let Some(ended) = &*ENDED else { return false };
    // SAFETY: both numbers are open. The second one stays so, for another file.
    let is_closed = unsafe { libc::dup2(ended.as_raw_fd(), descriptor) } != -1;
    is_closed && (descriptor <= 2 || ask(descriptor, |own| fcntl_setfd(own, FdFlags::CLOEXEC)).is_ok())
}

/// A descriptor for the times when no other is left.
static SPARE: Mutex<Option<OwnedFd>> = Mutex::new(None);

/// Opens the descriptor for the times when no other is left.
pub fn reserve() {
    let mut spare = SPARE.lock();
    if spare.is_none() {
        *spare = std::fs::File::open("/dev/null").ok().map(OwnedFd::from);
        spare.iter().for_each(|descriptor| register(descriptor.as_raw_fd()));
    }
}

/// A second descriptor of an open file. A call may still wait for its number, so the number is never
/// freed.
#[derive(Debug)]
pub struct Duplicate(Option<OwnedFd>);

impl AsRawFd for Duplicate {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_ref().map_or(NONE, AsRawFd::as_raw_fd)
    }
}

impl From<OwnedFd> for Duplicate {
    fn from(descriptor: OwnedFd) -> Self {
        Self(Some(descriptor))
    }
}

impl Drop for Duplicate {
    fn drop(&mut self) {
        if let Some(number) = self.0.take() {
            retire(number);
        }
    }
}

/// Returns a second descriptor of the same open file, for a call of this thread.
///
/// # Errors
/// Why there is none.
pub fn duplicate(descriptor: RawFd) -> io::Result<Duplicate> {
    let Some(mut number) = RETIRED.with_borrow_mut(Vec::pop) else { return copy(descriptor).map(Duplicate::from) };
    unregister(number.as_raw_fd());
    let done = ask(descriptor, |own| put(own, &mut number));
    let duplicate = Duplicate::from(number);
    Ok(done.map(|()| duplicate)?)
}

fn copy(descriptor: RawFd) -> io::Result<OwnedFd> {
    Ok(ask(descriptor, |own| fcntl_dupfd_cloexec(own, 3))?)
}

/// Closes a descriptor, and returns another one of the same open file for a call that closes it
/// later. Nobody can use the number of the first one for a second file before that.
///
/// # Errors
/// Why there is no other one.
pub fn hand_over(descriptor: RawFd) -> io::Result<RawFd> {
    let copy = match copy(descriptor) {
        Err(error) if error.raw_os_error() == Some(libc::EMFILE) => {
            let mut spare = SPARE.lock().take().ok_or(error)?;
            unregister(spare.as_raw_fd());
            ask(descriptor, |own| dup2(own, &mut spare))?;
            spare
        }
        copy => copy?,
    };
    // Another thread may have opened something else under the number.
    if identity(descriptor) == identity(copy.as_raw_fd()) {
        close(descriptor);
    }
    reserve();
    Ok(Held::HandedOver(copy.into_raw_fd()).begin())
}

/// This system does not say what a descriptor is.
#[cfg(not(target_os = "linux"))]
pub fn is_of_handle(_: RawFd) -> bool {
    false
}

/// This system does not say what a descriptor is.
#[cfg(not(target_os = "linux"))]
pub fn is_internal(descriptor: RawFd) -> bool {
    KEPT.lock().contains(&descriptor) || identity(descriptor).is_some_and(|file| is_held(descriptor, file))
}

/// This system does not say what a path of a descriptor leads to.
#[cfg(not(target_os = "linux"))]
pub fn is_internal_at(_: &std::path::Path) -> bool {
    true
}

/// Returns the access mode of a descriptor: reading, writing or both. If the descriptor is not
/// open, returns `O_ACCMODE`, which is none of them.
pub fn access(descriptor: RawFd) -> i32 {
    mode(descriptor).unwrap_or(libc::O_ACCMODE)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::CString;
    use std::fs;
    use std::io::IsTerminal;
    use std::os::fd::RawFd;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    use parking_lot::Mutex;
    use rustc_hash::FxHashMap;
    use rustix::fs::{Stat, stat};

    use super::{ADOPTED, Identity, KEPT, access, ask, is_held, look};

    /// Results for pipes: true if both ends are open in this process. The kernel does not reuse the
    /// inode of a pipe.
    static PIPES: Mutex<Option<FxHashMap<Identity, bool>>> = Mutex::new(None);

    /// The most pipes in the cache.
    const MAX_PIPES: usize = 1024;

    /// Returns true for a descriptor that a handle of the event loop may use: a socket, a terminal,
    /// what the process was started with, and what a program made a handle of. The handle would go
    /// on to use the number when something else is open under it.
    pub fn is_of_handle(descriptor: RawFd) -> bool {
        let Some(found) = look(descriptor) else { return false };
        match found.st_mode & libc::S_IFMT {
            libc::S_IFSOCK => true,
            libc::S_IFCHR => ask(descriptor, |own| Ok(own.is_terminal())) == Ok(true),
            libc::S_IFIFO if descriptor <= 2 => true,
            _ => ADOPTED.lock().get(&descriptor) == Some(&(found.st_dev, found.st_ino)),
        }
    }

    /// Returns true for a descriptor of the event loop or of permit. The loop has pipes with both
    /// ends in this process, and descriptors without a file (epoll, eventfd, inotify). A program
    /// gets neither from `open`, from its parent, or from a pipe to a child.
    #[inline]
    pub fn is_internal(descriptor: RawFd) -> bool {
        let Some(found) = look(descriptor) else { return false };
        match found.st_mode & libc::S_IFMT {
            _ if is_held(descriptor, (found.st_dev, found.st_ino)) => true,
            libc::S_IFIFO => has_both_ends(&found, format!("/proc/self/fd/{descriptor}")),
            0 => true,
            libc::S_IFREG => found.st_nlink == 0 && KEPT.lock().contains(&descriptor),
            _ => false,
        }
    }

    /// Returns the result of [`is_internal`] for a path below `/proc/self/fd`.
    pub fn is_internal_at(path: &Path) -> bool {
        let Ok(text) = CString::new(path.as_os_str().as_bytes()) else { return true };
        stat(&text).is_ok_and(|found| match found.st_mode & libc::S_IFMT {
            libc::S_IFIFO => has_both_ends(&found, path),
            0 => true,
            _ => false,
        })
    }

    #[cold]
    fn has_both_ends(found: &Stat, link: impl AsRef<Path>) -> bool {
        let pipe: Identity = (found.st_dev, found.st_ino);
        let mut pipes = PIPES.lock();
        let pipes = pipes.get_or_insert_default();
        if let Some(known) = pipes.get(&pipe) {
            return *known;
        }
        // The event loop makes pipes without a name. A program opened a FIFO with one.
        let has_no_name =
            fs::read_link(link).is_ok_and(|name| name.as_os_str().as_encoded_bytes().starts_with(b"pipe:"));
        // A failed look is not cached: a later one may succeed.
        let Some(both) = has_ends(pipe) else { return has_no_name };
        if pipes.len() >= MAX_PIPES {
            pipes.clear();
        }
        pipes.insert(pipe, has_no_name && both);
        has_no_name && both
    }

    /// Returns true if both ends of the pipe are open here, or `None` if the system does not say.
    fn has_ends(pipe: Identity) -> Option<bool> {
        let numbers = fs::read_dir("/proc/self/fd").ok()?.flatten();
        let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<RawFd>().ok());
        let ends = numbers.filter(|other| look(*other).is_some_and(|other| (other.st_dev, other.st_ino) == pipe));
        // What holds a pipe is no end of it.
        let modes: Vec<i32> = ends.filter(|end| !is_held(*end, pipe)).map(access).collect();
        Some(modes.iter().any(|mode| *mode != modes[0]))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::File;
    use std::io::pipe;
    use std::os::fd::AsRawFd;

    use rustix::event::epoll;

    use super::{access, close_read_only, duplicate, is_internal, is_of_handle};

    #[test]
    fn a_pipe_is_internal_if_both_ends_are_here() {
        let (out, into) = pipe().unwrap();
        assert!(is_internal(out.as_raw_fd()) && is_internal(into.as_raw_fd()));
        let (out, into) = pipe().unwrap();
        drop(into);
        assert!(!is_internal(out.as_raw_fd()));
    }

    #[test]
    fn a_queue_of_events_is_internal_and_a_file_is_not() {
        let queue = epoll::create(epoll::CreateFlags::empty()).unwrap();
        assert!(is_internal(queue.as_raw_fd()));
        let file = File::open("/proc/self/exe").unwrap();
        assert!(!is_internal(file.as_raw_fd()));
        assert!(!is_internal(-1));
        let sockets = std::os::unix::net::UnixStream::pair().unwrap();
        assert!(!is_internal(sockets.0.as_raw_fd()));
    }

    #[test]
    fn a_number_of_nothing_gives_an_error_and_no_mode() {
        for nothing in [-1, -100, super::NONE] {
            assert_eq!(access(nothing), libc::O_ACCMODE);
            assert_eq!(duplicate(nothing).unwrap_err().raw_os_error(), Some(libc::EBADF));
            assert!(!is_of_handle(nothing) && !close_read_only(nothing));
        }
        let (out, into) = pipe().unwrap();
        assert_eq!((access(out.as_raw_fd()), access(into.as_raw_fd())), (libc::O_RDONLY, libc::O_WRONLY));
    }
}

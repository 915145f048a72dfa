//! Descriptors that Node and permit work with. A program gets no number of these from anybody, but it can guess them. What it
//! writes into a pipe of the event loop the loop follows as a pointer; what it closes, a file of its own takes the place of.

use std::os::fd::RawFd;

use parking_lot::Mutex;

#[cfg(target_os = "linux")]
pub use linux::is_internal;

/// Those of permit.
static KEPT: Mutex<Vec<RawFd>> = Mutex::new(Vec::new());

/// Nobody else may use this descriptor of permit's, which stays open while the process runs.
pub fn keep(descriptor: RawFd) {
    KEPT.lock().push(descriptor);
}

/// Elsewhere the system does not say what a descriptor is.
#[cfg(not(target_os = "linux"))]
pub fn is_internal(descriptor: RawFd) -> bool {
    KEPT.lock().contains(&descriptor)
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::os::fd::RawFd;

    use parking_lot::Mutex;
    use rustc_hash::FxHashMap;

    use super::KEPT;

    /// A pipe in the kernel: its device and number, which none gets again while the system runs.
    type Pipe = (u64, u64);

    /// Which pipes have both their ends in this process.
    static PIPES: Mutex<Option<FxHashMap<Pipe, bool>>> = Mutex::new(None);

    /// How many pipes are remembered.
    const REMEMBERED: usize = 1024;

    /// Is this one of Node's own, or of permit's? Node has pipes both ends of which are in this process, and what has no file at
    /// all: the queue of events, and what wakes it. What a program opens, is given by its parent or shares with a child is
    /// neither.
    #[inline]
    pub fn is_internal(descriptor: RawFd) -> bool {
        let Some(found) = look(descriptor) else { return false };
        match found.st_mode & libc::S_IFMT {
            libc::S_IFIFO => has_both_ends(descriptor, &found),
            0 => true,
            libc::S_IFREG => found.st_nlink == 0 && KEPT.lock().contains(&descriptor),
            _ => false,
        }
    }

    /// What is behind a descriptor; `None` if it is not open.
    fn look(descriptor: RawFd) -> Option<libc::stat> {
        let mut found = std::mem::MaybeUninit::<libc::stat>::uninit();
        // SAFETY: the kernel fills the buffer, or says that it has not.
        unsafe { (libc::fstat(descriptor, found.as_mut_ptr()) == 0).then(|| found.assume_init()) }
    }

    #[cold]
    fn has_both_ends(descriptor: RawFd, found: &libc::stat) -> bool {
        let pipe: Pipe = (found.st_dev, found.st_ino);
        let mut pipes = PIPES.lock();
        let pipes = pipes.get_or_insert_default();
        if let Some(known) = pipes.get(&pipe) {
            return *known;
        }
        // One with a name was opened by that name.
        let has_no_name = fs::read_link(format!("/proc/self/fd/{descriptor}"))
            .is_ok_and(|name| name.as_os_str().as_encoded_bytes().starts_with(b"pipe:"));
        let is_internal = has_no_name && other_end(descriptor, pipe);
        if pipes.len() >= REMEMBERED {
            pipes.clear();
        }
        pipes.insert(pipe, is_internal);
        is_internal
    }

    /// Is the other end of this pipe open here? What cannot be looked at may be.
    fn other_end(descriptor: RawFd, pipe: Pipe) -> bool {
        let Ok(open) = fs::read_dir("/proc/self/fd") else { return true };
        let mode = access(descriptor);
        let numbers = open.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<RawFd>().ok());
        numbers
            .filter(|other| look(*other).is_some_and(|other| (other.st_dev, other.st_ino) == pipe))
            .any(|other| access(other) != mode)
    }

    /// Whether a descriptor is to read, to write, or both.
    fn access(descriptor: RawFd) -> i32 {
        // SAFETY: the command takes no argument; a descriptor that is not open gives an error.
        unsafe { libc::fcntl(descriptor, libc::F_GETFL) & libc::O_ACCMODE }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::File;
    use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

    use super::is_internal;

    fn pipe() -> [OwnedFd; 2] {
        let mut ends = [0; 2];
        // SAFETY: the kernel fills the array with two new descriptors.
        unsafe {
            assert_eq!(libc::pipe(ends.as_mut_ptr()), 0);
            ends.map(|end| OwnedFd::from_raw_fd(end))
        }
    }

    #[test]
    fn a_pipe_is_internal_if_both_ends_are_here() {
        let [out, into] = pipe();
        assert!(is_internal(out.as_raw_fd()) && is_internal(into.as_raw_fd()));
        let [out, into] = pipe();
        drop(into);
        assert!(!is_internal(out.as_raw_fd()));
    }

    #[test]
    fn a_queue_of_events_is_internal_and_a_file_is_not() {
        // SAFETY: the kernel gives a new descriptor.
        let queue = unsafe { OwnedFd::from_raw_fd(libc::epoll_create1(0)) };
        assert!(is_internal(queue.as_raw_fd()));
        let file = File::open("/proc/self/exe").unwrap();
        assert!(!is_internal(file.as_raw_fd()));
        assert!(!is_internal(-1));
        let sockets = std::os::unix::net::UnixStream::pair().unwrap();
        assert!(!is_internal(sockets.0.as_raw_fd()));
    }
}

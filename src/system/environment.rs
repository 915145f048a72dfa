//! Variables of the process, read from any thread.
//!
//! The C library hands out pointers into an array that `setenv` may free, and its lock is its own: a thread that reads
//! while another one sets a variable may crash. Only the main thread of Node sets variables of the process. It may read
//! them as they stand; every other thread reads the array through the kernel, which never faults.

use std::ffi::OsString;
use std::path::PathBuf;

/// The stack of permit's own threads, in bytes. Where none is named, the standard library looks in the environment for it.
pub const STACK: usize = 2 * 1024 * 1024;

/// The environment cannot be read, or changed all the while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// The variable of this name; `None` if there is none.
///
/// # Errors
/// [`Unreadable`] on another thread than the first, if the kernel does not say.
pub fn variable(name: &str) -> Result<Option<OsString>, Unreadable> {
    variables(&[name]).map(|mut values| values.pop().flatten())
}

/// The variables of these names, all as they stood at one moment.
///
/// # Errors
/// As [`variable`].
pub fn variables(names: &[&str]) -> Result<Vec<Option<OsString>>, Unreadable> {
    #[cfg(target_os = "linux")]
    if !is_first() {
        return foreign::variables(names);
    }
    Ok(names.iter().map(std::env::var_os).collect())
}

/// [`std::env::temp_dir`] for any thread.
pub fn temp_dir() -> PathBuf {
    match variable("TMPDIR") {
        Ok(Some(folder)) => folder.into(),
        _ => "/tmp".into(),
    }
}

/// Whether this is the first thread of the process, on which Node runs the program. Where that cannot be said, it is not.
pub fn is_first() -> bool {
    #[cfg(target_os = "linux")]
    // SAFETY: both only give a number.
    return unsafe { libc::gettid() == libc::getpid() };
    #[cfg(not(target_os = "linux"))]
    return false;
}

/// Reading the environment from another thread than the one that may set it.
#[cfg(target_os = "linux")]
mod foreign {
    use std::ffi::{OsString, c_char};
    use std::fs::File;
    use std::os::unix::ffi::OsStringExt;
    use std::os::unix::fs::FileExt;

    use super::Unreadable;

    unsafe extern "C" {
        static environ: *const *const c_char;
    }

    /// As many variables as are looked at; a kernel takes two MiB of them.
    const MAX_VARIABLES: usize = 64 * 1024;
    /// As many bytes as one string may have.
    const MAX_LENGTH: usize = 128 * 1024;
    /// How often the array is read until it stays the same.
    const TRIES: usize = 16;

    pub fn variables(names: &[&str]) -> Result<Vec<Option<OsString>>, Unreadable> {
        let memory = File::open("/proc/self/mem").map_err(|_| Unreadable)?;
        for _ in 0..TRIES {
            let before = pointers(&memory)?;
            let found = values(&memory, &before, names);
            if pointers(&memory)? == before {
                return found;
            }
        }
        Err(Unreadable)
    }

    /// The addresses of all texts.
    fn pointers(memory: &File) -> Result<Vec<usize>, Unreadable> {
        // SAFETY: the variable is one of the C library's; a pointer is read whole, and not followed here.
        let start = unsafe { (&raw const environ).read_volatile() } as u64;
        let mut found = Vec::new();
        let mut page = [0_u8; 4096];
        while start != 0 && found.len() < MAX_VARIABLES {
            let at = start + (found.len() * size_of::<usize>()) as u64;
            // Not past the end of a page: what lies behind it may be nobody's.
            let room = page.len() - usize::try_from(at).map_err(|_| Unreadable)? % page.len();
            let read = memory.read_at(&mut page[..room], at).map_err(|_| Unreadable)?;
            if read < size_of::<usize>() {
                return Err(Unreadable);
            }
            for bytes in page[..read].chunks_exact(size_of::<usize>()) {
                let address = usize::from_ne_bytes(bytes.try_into().map_err(|_| Unreadable)?);
                if address == 0 {
                    return Ok(found);
                }
                found.push(address);
            }
        }
        if start == 0 { Ok(found) } else { Err(Unreadable) }
    }

    /// The values of these names among the texts at these addresses.
    fn values(memory: &File, pointers: &[usize], names: &[&str]) -> Result<Vec<Option<OsString>>, Unreadable> {
        let longest = names.iter().map(|name| name.len() + 1).max().unwrap_or(0);
        let mut head = vec![0_u8; longest];
        let mut found = vec![None; names.len()];
        for &address in pointers {
            let read = memory.read_at(&mut head, address as u64).map_err(|_| Unreadable)?;
            let is_named = |name: &&str| {
                let rest = head[..read].strip_prefix(name.as_bytes());
                rest.is_some_and(|rest| rest.first() == Some(&b'='))
            };
            if let Some(at) = names.iter().position(is_named).filter(|at| found[*at].is_none()) {
                found[at] = Some(text(memory, address + names[at].len() + 1)?);
            }
        }
        Ok(found)
    }

    /// The text at an address, up to its NUL.
    fn text(memory: &File, address: usize) -> Result<OsString, Unreadable> {
        let mut text = Vec::new();
        let mut page = [0_u8; 4096];
        while text.len() < MAX_LENGTH {
            let at = address + text.len();
            // Not past the end of a page: what lies behind it may be nobody's.
            let room = page.len() - at % page.len();
            let read = memory.read_at(&mut page[..room], at as u64).map_err(|_| Unreadable)?;
            let end = page[..read].iter().position(|&byte| byte == 0);
            text.extend_from_slice(&page[..end.unwrap_or(read)]);
            if end.is_some() {
                return Ok(OsString::from_vec(text));
            }
            if read == 0 {
                break;
            }
        }
        Err(Unreadable)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{foreign, variable};

    #[test]
    fn another_thread_reads_the_same_variables() {
        let names = ["PATH", "HOME", "CARGO_MANIFEST_DIR", "PERMIT_THERE_IS_NO_SUCH_VARIABLE", "PAT"];
        assert_eq!(foreign::variables(&names), Ok(names.map(std::env::var_os).to_vec()));
        assert!(std::thread::spawn(|| variable("PATH")).join().unwrap().unwrap().is_some());
    }
}

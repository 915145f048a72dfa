//! Reads variables of the process on any thread.
//!
//! `setenv` may free the array of the environment while another thread reads it: `getenv` is only
//! `MT-Safe env` (`attributes(7)`). Only Node's main thread sets variables of the process, so that
//! it can read the array itself. Every other thread reads the array through `/proc/self/mem`: a
//! read of freed memory there is an error and no crash.

use std::ffi::OsString;
use std::path::PathBuf;

/// The stack of permit's own threads, in bytes. Without a size, the standard library reads one from
/// the environment (`RUST_MIN_STACK`).
pub const STACK: usize = 2 * 1024 * 1024;

/// The kernel does not give the environment, or the environment changed during each read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// Returns the value of a variable, or `None` if it is not set.
///
/// # Errors
/// [`Unreadable`] on another thread than the main thread, if the kernel does not give the
/// environment.
pub fn variable(name: &str) -> Result<Option<OsString>, Unreadable> {
    variables(&[name]).map(|mut values| values.pop().flatten())
}

/// Returns the values of variables as they are at one moment.
///
/// # Errors
/// As [`variable`].
pub fn variables(names: &[&str]) -> Result<Vec<Option<OsString>>, Unreadable> {
    #[cfg(target_os = "linux")]
    if !is_main_thread() {
        return foreign::variables(names);
    }
    Ok(names.iter().map(std::env::var_os).collect())
}

/// Returns what [`std::env::temp_dir`] does, on any thread.
pub fn temp_dir() -> PathBuf {
    match variable("TMPDIR") {
        Ok(Some(folder)) => folder.into(),
        _ => "/tmp".into(),
    }
}

/// Returns true on the main thread of the process, on which Node runs the program. Returns false if
/// the system does not say.
pub fn is_main_thread() -> bool {
    #[cfg(target_os = "linux")]
    // SAFETY: both calls take no argument and return a number.
    return unsafe { libc::gettid() == libc::getpid() };
    #[cfg(not(target_os = "linux"))]
    return false;
}

/// Reads the environment on another thread than the one that may change it.
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

    /// The most variables that are read. Linux gives a process at most two MiB of them.
    const MAX_VARIABLES: usize = 64 * 1024;
    /// The most bytes of one value.
    const MAX_VALUE_BYTES: usize = 128 * 1024;
    /// How often the array is read before permit gives up. It must be the same twice in a row.
    const MAX_READS: usize = 16;

    pub fn variables(names: &[&str]) -> Result<Vec<Option<OsString>>, Unreadable> {
        let memory = File::open("/proc/self/mem").map_err(|_| Unreadable)?;
        for _ in 0..MAX_READS {
            let before = pointers(&memory)?;
            let found = values(&memory, &before, names);
            if pointers(&memory)? == before {
                return found;
            }
        }
        Err(Unreadable)
    }

    /// Returns the addresses of all variables.
    fn pointers(memory: &File) -> Result<Vec<usize>, Unreadable> {
        // SAFETY: the C library defines the variable. The pointer is read as a whole, and not
        // followed here.
        let start = unsafe { (&raw const environ).read_volatile() } as u64;
        let mut found = Vec::new();
        let mut page = [0_u8; 4096];
        while start != 0 && found.len() < MAX_VARIABLES {
            let at = start + (found.len() * size_of::<usize>()) as u64;
            // Stops at the end of the page: the next page may not be mapped.
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

    /// Returns the values of the variables with these names, by the addresses of all variables.
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

    /// Returns the text at an address, up to its NUL.
    fn text(memory: &File, address: usize) -> Result<OsString, Unreadable> {
        let mut text = Vec::new();
        let mut page = [0_u8; 4096];
        while text.len() < MAX_VALUE_BYTES {
            let at = address + text.len();
            // Stops at the end of the page: the next page may not be mapped.
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

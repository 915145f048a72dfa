//! Writes the policy for a child, and reads the policy of the parent. A hash beside it shows damage.

use crate::policy::Policy;

/// A variable larger than this may not fit: the kernel takes 128 KiB a string.
const LARGE: usize = 64 * 1024;

/// The policy in one string: its hash, a colon, its text; or where it lies, a colon, its hash, if it is large.
pub fn seal(policy: &Policy) -> Result<String, String> {
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
    use std::io::{self, Write};
    use std::os::fd::AsRawFd;

    use parking_lot::Mutex;
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

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
        let memory = sealed(text).map_err(|error| format!("the policy cannot be handed on: {error}"))?;
        let descriptor = memory.as_raw_fd();
        descriptors::keep(descriptor);
        *held = Some((hash.to_owned(), memory));
        Ok(descriptor)
    }

    /// Makes memory that holds this text and can be changed no more. It has no close-on-exec flag, so that a child inherits it.
    fn sealed(text: &[u8]) -> io::Result<File> {
        let mut memory = File::from(memfd_create(c"permit", MemfdFlags::ALLOW_SEALING)?);
        memory.write_all(text)?;
        fcntl_add_seals(&memory, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)?;
        Ok(memory)
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

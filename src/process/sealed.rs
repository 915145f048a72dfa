//! Writes the policy for a child, and reads the policy of the parent. A hash beside the policy
//! shows damage.

use thiserror::Error;

use crate::policy::{Policy, WireError};

/// A larger policy may not fit into a variable: the kernel takes 128 KiB a string.
const MAX_VARIABLE_BYTES: usize = 64 * 1024;

/// Why the policy cannot be handed on to a child.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SealError {
    /// The policy names a path that is no UTF-8 text.
    #[error("the policy is no UTF-8 text")]
    NotUtf8,
    /// The system gives no memory for a large policy.
    #[cfg(target_os = "linux")]
    #[error("the policy cannot be handed on: {source}")]
    Memory {
        /// The error of the system.
        source: std::io::Error,
    },
    /// The policy is too large for a variable, and this platform has no other way.
    #[cfg(not(target_os = "linux"))]
    #[error("the policy is too large to be handed on to a child on this platform")]
    TooLarge,
}

/// Why the policy of the parent cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UnsealError {
    /// The variable is no UTF-8 text.
    #[error("is no UTF-8 text")]
    NotUtf8,
    /// The variable holds no hash.
    #[error("it has no hash")]
    NoHash,
    /// The policy and its hash differ.
    #[error("it does not match its hash")]
    HashDiffers,
    /// The bytes are no policy.
    #[error(transparent)]
    Policy(#[from] WireError),
    /// The variable names a descriptor by something else than a number.
    #[cfg(target_os = "linux")]
    #[error("{text:?} is no descriptor")]
    NoDescriptor {
        /// The text in the place of the number.
        text: String,
    },
    /// The memory behind the descriptor cannot be read.
    #[cfg(target_os = "linux")]
    #[error("descriptor {descriptor}: {source}")]
    Memory {
        /// The descriptor.
        descriptor: i32,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The variable names a descriptor, and this platform hands on none.
    #[cfg(not(target_os = "linux"))]
    #[error("descriptors carry no policy on this platform")]
    Platform,
}

/// Returns the policy in one string: its hash, a colon, its text. For a large policy: `fd:`, the
/// descriptor of the memory that holds it, a colon, its hash.
///
/// # Errors
/// [`SealError`] if the policy cannot be handed on. Then the child must not start.
pub fn seal(policy: &Policy) -> Result<String, SealError> {
    let text = policy.to_bytes();
    let hash = Policy::hash_of(&text);
    if text.len() > MAX_VARIABLE_BYTES {
        return Ok(format!("fd:{}:{hash}", memory::hold(&hash, &text)?));
    }
    let text = String::from_utf8(text).map_err(|_| SealError::NotUtf8)?;
    Ok(format!("{hash}:{text}"))
}

/// Reads the string that [`seal`] wrote.
///
/// # Errors
/// [`UnsealError`] if it is anything else.
pub fn unseal(text: &str) -> Result<Policy, UnsealError> {
    let in_memory = text.strip_prefix("fd:").and_then(|rest| rest.split_once(':'));
    let (hash, bytes) = if let Some((descriptor, hash)) = in_memory {
        (hash, memory::read(descriptor)?)
    } else {
        let (hash, text) = text.split_once(':').ok_or(UnsealError::NoHash)?;
        (hash, text.as_bytes().to_vec())
    };
    let policy = Policy::from_bytes(&bytes)?;
    // The form is canonical: equal policies have equal bytes.
    if Policy::hash_of(&bytes) == hash { Ok(policy) } else { Err(UnsealError::HashDiffers) }
}

/// Hands on a large policy in sealed memory, which a child inherits as a descriptor.
#[cfg(target_os = "linux")]
mod memory {
    use std::fs::{self, File};
    use std::io::{self, Write};
    use std::os::fd::AsRawFd;

    use parking_lot::Mutex;
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};

    use super::{SealError, UnsealError};
    use crate::system::descriptors;

    /// The memory with the last policy that was handed on, and its hash.
    static HELD: Mutex<Option<(String, File)>> = Mutex::new(None);

    /// Returns the descriptor of memory that holds this text.
    pub fn hold(hash: &str, text: &[u8]) -> Result<i32, SealError> {
        let mut held = HELD.lock();
        if let Some((known, memory)) = &*held
            && known == hash
        {
            return Ok(memory.as_raw_fd());
        }
        let memory = sealed(text).map_err(|source| SealError::Memory { source })?;
        let descriptor = memory.as_raw_fd();
        descriptors::keep(descriptor);
        *held = Some((hash.to_owned(), memory));
        Ok(descriptor)
    }

    /// Makes memory that holds this text and can be changed no more. It has no close-on-exec flag,
    /// so that a child inherits it.
    fn sealed(text: &[u8]) -> io::Result<File> {
        let mut memory = File::from(memfd_create(c"permit", MemfdFlags::ALLOW_SEALING)?);
        memory.write_all(text)?;
        fcntl_add_seals(&memory, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)?;
        Ok(memory)
    }

    /// Reads the text in inherited memory.
    pub fn read(text: &str) -> Result<Vec<u8>, UnsealError> {
        let descriptor: i32 = text.parse().map_err(|_| UnsealError::NoDescriptor { text: text.to_owned() })?;
        fs::read(format!("/proc/self/fd/{descriptor}")).map_err(|source| UnsealError::Memory { descriptor, source })
    }
}

/// Refuses to hand on a large policy: this platform has no such memory.
#[cfg(not(target_os = "linux"))]
mod memory {
    use super::{SealError, UnsealError};

    pub fn hold(_hash: &str, _text: &[u8]) -> Result<i32, SealError> {
        Err(SealError::TooLarge)
    }

    pub fn read(_descriptor: &str) -> Result<Vec<u8>, UnsealError> {
        Err(UnsealError::Platform)
    }
}

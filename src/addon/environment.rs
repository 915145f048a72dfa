//! The environment under `allow-env` and `deny-env`. permit takes away each variable that the
//! policy hides: at start, and when the program drops it or its grant expires. It goes from
//! `process.env`, from reports, from the environment of children, and from the memory that
//! `/proc/<pid>/environ` shows.
//!
//! A value that the program itself puts there afterwards is its own and stays. Each thread has an
//! environment of its own, which only that thread can change. [`watch`] wakes a thread when another
//! one, or time, took a variable away.

use std::io;

use thiserror::Error;

use crate::js::env::Env;
use crate::js::value::{JsError, Value};
use crate::js::waker::{Waker, Wakes};
use crate::policy::VisibleVariables;
use crate::process::threads;
use crate::thread::thread::Thread;

/// Why the environment of a thread cannot be watched.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WatchError {
    /// The JavaScript engine makes no way to wake the thread.
    #[error("the environment cannot be watched: the JavaScript engine failed")]
    Engine,
    /// The system gives no thread that looks at the clock.
    #[error("the environment cannot be watched: {source}")]
    Thread {
        /// The error of the system.
        source: io::Error,
    },
}

/// Takes away the hidden variables. `variables` is this thread's `process.env`. On the main thread
/// that is the environment of the process, so its first copy is wiped as well.
///
/// # Errors
/// [`JsError`] if a variable is still there afterwards.
pub fn withhold(env: Env<'_>, variables: Value<'_>, visible: &VisibleVariables, is_main: bool) -> Result<(), JsError> {
    if visible.is_whole() {
        return Ok(());
    }
    take_away(env, variables, |name| visible.has(name))?;
    if is_main {
        wipe(|name| visible.has(name));
    }
    Ok(())
}

/// Takes away the variables that this thread saw at the last call and may not see any more.
///
/// # Errors
/// [`JsError`] if a variable is still there afterwards.
pub fn settle(thread: &Thread) -> Result<(), JsError> {
    let Some((before, after)) = thread.thread_policy().take_change() else { return Ok(()) };
    let variables = thread.primordials.env.get(thread.env())?;
    take_away(thread.env(), variables, |name| after.has(name) || !before.has(name))?;
    if thread.thread_policy().is_process() {
        wipe(|name| after.has(name));
    }
    Ok(())
}

/// Wakes this thread to take variables away when a thread above it drops a grant, and when a grant
/// expires.
///
/// # Errors
/// [`WatchError`] if the thread cannot be woken.
pub fn watch(thread: &'static Thread) -> Result<(), WatchError> {
    let expires = thread.policy().environment().next_expiry().is_some();
    // The main thread has no thread above it.
    if thread.thread_policy().is_process() && !expires {
        return Ok(());
    }
    let waker = Waker::new(thread.env(), thread).map_err(|JsError| WatchError::Engine)?;
    thread.thread_policy().set_waker(waker);
    if expires { threads::watch_expiry().map_err(|source| WatchError::Thread { source }) } else { Ok(()) }
}

impl Wakes for Thread {
    fn woken(&'static self) {
        // A thread that is being ended runs no more JavaScript, and so reads no variable.
        if settle(self).is_err() && self.env().run("1").is_ok() {
            // The program must not go on and read a hidden variable.
            std::process::abort();
        }
    }
}

fn take_away(env: Env<'_>, variables: Value<'_>, keeps: impl Fn(&str) -> bool) -> Result<(), JsError> {
    for key in env.own_keys(variables)? {
        // A symbol is no variable.
        let Some(name) = env.as_string(key) else { continue };
        if !keeps(&name) {
            env.delete_key(variables, key)?;
            if env.has_own(variables, &name)? {
                return Err(JsError);
            }
        }
    }
    Ok(())
}

/// Wipes the variables that are not kept from the process's first copy of its environment.
/// `/proc/<pid>/environ` shows that copy for as long as the process lives. Nothing points there any
/// more: those variables have been taken away.
#[cfg(target_os = "linux")]
fn wipe(keeps: impl Fn(&str) -> bool) {
    let Some((start, end)) = first_copy() else { return };
    // SAFETY: the kernel laid these bytes on the stack of the first thread when the process began
    // and names them as its environment; they are writable and there for as long as the process is.
    // Only texts that `environ` no longer points to are written, so nobody reads them at the same
    // time.
    let bytes = unsafe { std::slice::from_raw_parts_mut(start as *mut u8, end - start) };
    for text in bytes.split_mut(|&byte| byte == 0) {
        let name = text.split(|&byte| byte == b'=').next().unwrap_or_default();
        if !text.is_empty() && !std::str::from_utf8(name).is_ok_and(&keeps) {
            text.fill(0);
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn wipe(_: impl Fn(&str) -> bool) {}

/// Returns where the kernel put the environment: fields 50 and 51 of `proc_pid_stat(5)`.
#[cfg(target_os = "linux")]
fn first_copy() -> Option<(usize, usize)> {
    let fields_of = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in parentheses, in which anything may stand.
    let (_, fields) = fields_of.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(47).map(|field| field.parse().ok());
    let (start, end): (usize, usize) = (fields.next()??, fields.next()??);
    (start != 0 && start < end).then_some((start, end))
}

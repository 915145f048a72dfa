//! The environment under `allow-env` and `deny-env`: what the policy does not let the program see is taken away, at start
//! and when it is given up, from `process.env`, from reports, from what children get, and from the memory that
//! `/proc/<pid>/environ` shows.
//!
//! A value that the program itself puts there afterwards is its own and stays.

use super::js::{Failed, Js, Value};
use crate::policy::{Policy, Resource, Scope};

/// Takes away what the policy does not allow. `env` is this thread's `process.env`; on the main thread that is the
/// environment of the process, whose first copy is wiped as well.
///
/// # Errors
/// [`Failed`] if a variable is still there afterwards.
pub fn withhold(js: Js, env: Value, policy: &Policy, is_main: bool) -> Result<(), Failed> {
    if policy.has(Scope::Env, &Resource::Nothing) {
        return Ok(());
    }
    take_away(js, env, |name| sees(policy, name))?;
    if is_main {
        wipe(|name| sees(policy, name));
    }
    Ok(())
}

/// Takes away what was seen before and is no longer.
///
/// # Errors
/// [`Failed`] if a variable is still there afterwards.
pub fn give_up(js: Js, env: Value, before: &Policy, after: &Policy, is_main: bool) -> Result<(), Failed> {
    let kept = |name: &str| sees(after, name) || !sees(before, name);
    take_away(js, env, kept)?;
    if is_main {
        wipe(|name| sees(after, name));
    }
    Ok(())
}

fn sees(policy: &Policy, name: &str) -> bool {
    policy.allows(Scope::Env, &Resource::Name(name))
}

fn take_away(js: Js, env: Value, keeps: impl Fn(&str) -> bool) -> Result<(), Failed> {
    for key in js.own_keys(env)? {
        // A symbol is no variable.
        let Some(name) = js.as_string(key) else { continue };
        if !keeps(&name) {
            js.delete_key(env, key)?;
            if js.has_own(env, &name)? {
                return Err(Failed);
            }
        }
    }
    Ok(())
}

/// Wipes from the process's first copy of its environment, which `/proc/<pid>/environ` shows for as long as it lives, what
/// is not kept. Nothing points there any more: those variables have been taken away.
#[cfg(target_os = "linux")]
fn wipe(keeps: impl Fn(&str) -> bool) {
    let Some((start, end)) = first_copy() else { return };
    // SAFETY: the kernel laid these bytes on the stack of the first thread when the process began and names them as its
    // environment; they are writable and there for as long as the process is. Only texts that `environ` no longer
    // points to are written, so nobody reads them at the same time.
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

/// Where the kernel put the environment: fields 50 and 51 of `proc_pid_stat(5)`.
#[cfg(target_os = "linux")]
fn first_copy() -> Option<(usize, usize)> {
    let fields_of = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in parentheses, in which anything may stand.
    let (_, fields) = fields_of.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(47).map(|field| field.parse().ok());
    let (start, end): (usize, usize) = (fields.next()??, fields.next()??);
    (start != 0 && start < end).then_some((start, end))
}

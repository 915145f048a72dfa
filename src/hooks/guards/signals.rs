//! Signals to other processes. Node opens its debugger on SIGUSR1. permit ignores that signal in a
//! guarded process, but only once permit runs there. A process that still starts, or that is not
//! guarded, would open the debugger.

use std::fs;
use std::path::Path;

use crate::hooks::question::{Question, Stop};
use crate::policy::Scope;
use crate::process::executable::{self, Ids};

/// The signal that opens the debugger of a Node.
pub const OPENS_DEBUGGER: i32 = libc::SIGUSR1;

/// Replaces the handler of the signal in this process. Unlike `SIG_IGN`, a handler does not
/// survive `execve`.
pub fn close_debugger() {
    extern "C" fn nothing(_: libc::c_int) {}
    let mut action: libc::sigaction;
    // SAFETY: all fields of the struct may be zero. The handler returns at once. A program that
    // handles the signal sets a handler of its own.
    unsafe {
        action = std::mem::zeroed();
        action.sa_sigaction = nothing as *const () as libc::sighandler_t;
        action.sa_flags = libc::SA_RESTART;
        libc::sigaction(OPENS_DEBUGGER, &raw const action, std::ptr::null_mut());
    }
}

/// Guards `kill(pid, signal)`, and `kill(signal)` of a child's handle.
pub fn ask(question: &mut Question<'_>, process: Option<usize>, signal: usize) -> Result<(), Stop> {
    let number = read(question, signal)?;
    let process = process.map(|process| read(question, process)).transpose()?;
    if number != Some(OPENS_DEBUGGER) {
        return Ok(());
    }
    let may_be_node = match process {
        // permit ignores the signal in this process.
        Some(Some(one)) if u32::try_from(one) == Ok(std::process::id()) => false,
        Some(Some(one)) if one > 0 => runs_node(one),
        // The target is a group, or every process.
        Some(_) => true,
        None => has_node_among_children(),
    };
    if may_be_node { question.whole(Scope::Inspector, "SIGUSR1 to a Node process") } else { Ok(()) }
}

/// Converts an argument to a number, once, and passes that number on. Returns `None` without the
/// argument.
fn read(question: &mut Question<'_>, at: usize) -> Result<Option<i32>, Stop> {
    let env = question.call.env;
    let Some(given) = question.arg(at) else { return Ok(None) };
    let number = env.coerce_to_i32(given)?;
    question.replace(at, env.number(f64::from(number))?)?;
    Ok(Some(number))
}

/// Returns true if the process runs Node, or if the system does not tell.
fn runs_node(process: i32) -> bool {
    let place = format!("/proc/{process}/exe");
    match fs::metadata(&place) {
        Ok(_) => executable::program(Path::new(&place), Ids::of_process(), |_| None).is_node,
        // The process has ended, or it is a thread of the kernel.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => !Path::new("/proc/self/exe").exists(),
        Err(_) => true,
    }
}

fn has_node_among_children() -> bool {
    let Ok(threads) = fs::read_dir("/proc/self/task") else { return true };
    threads.flatten().any(|thread| match fs::read_to_string(thread.path().join("children")) {
        Ok(children) => children.split_ascii_whitespace().filter_map(|child| child.parse().ok()).any(runs_node),
        Err(_) => true,
    })
}

//! Starts Node with permit before a program.

use crate::policy::shell_words::quote;

/// The exit code for invalid arguments: Node's own (`process.exitCode` 9, "Invalid Argument").
pub const EXIT_INVALID: i32 = 9;

/// Returns a Node with permit as preload and a program. Adds the flags behind those of
/// `PERMIT_OPTIONS`.
pub fn node(flags: &[String], program: &[String], preload: &str) -> std::io::Result<std::process::Command> {
    let before = std::env::var("PERMIT_OPTIONS").ok().filter(|before| !before.is_empty());
    let all: Vec<String> = before.into_iter().chain(flags.iter().map(|flag| quote(flag))).collect();
    let mut node = std::process::Command::new(std::env::current_exe()?);
    node.arg("--require").arg(preload).args(program);
    if !all.is_empty() {
        node.env("PERMIT_OPTIONS", all.join(" "));
    }
    #[cfg(unix)]
    hand_on_streams();
    Ok(node)
}

/// Makes the standard streams inheritable: Node sets `FD_CLOEXEC` on its own.
#[cfg(unix)]
fn hand_on_streams() {
    for descriptor in 0..=2 {
        // SAFETY: both calls only read and set a flag of the descriptor. It may be closed.
        unsafe {
            let flags = libc::fcntl(descriptor, libc::F_GETFD);
            libc::fcntl(descriptor, libc::F_SETFD, flags & !libc::FD_CLOEXEC);
        }
    }
}

#[cfg(unix)]
pub fn become_program(mut node: std::process::Command) -> std::io::Result<i32> {
    use std::os::unix::process::CommandExt;
    Err(node.exec())
}

#[cfg(not(unix))]
pub fn become_program(mut node: std::process::Command) -> std::io::Result<i32> {
    Ok(node.status()?.code().unwrap_or(1))
}

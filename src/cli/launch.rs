//! Starts Node with permit before a program.

use crate::policy::shell_words;

/// The exit code for arguments that cannot be read: Node's own for an invalid argument.
pub const INVALID: i32 = 9;

/// Node with a program and permit before it; the flags go after those that `PERMIT_OPTIONS` has already.
pub fn node(flags: &[String], program: &[String], preload: &str) -> std::io::Result<std::process::Command> {
    let before = std::env::var("PERMIT_OPTIONS").ok().filter(|before| !before.is_empty());
    let all: Vec<String> = before.into_iter().chain(flags.iter().map(|flag| shell_words::quote(flag))).collect();
    let mut node = std::process::Command::new(std::env::current_exe()?);
    node.arg("--require").arg(preload).args(program);
    if !all.is_empty() {
        node.env("PERMIT_OPTIONS", all.join(" "));
    }
    #[cfg(unix)]
    hand_on_streams();
    Ok(node)
}

/// Node keeps its standard streams from being inherited; a program that is started by this one needs them.
#[cfg(unix)]
fn hand_on_streams() {
    for descriptor in 0..=2 {
        // SAFETY: both calls only read and set a flag of the descriptor, which may be closed.
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

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
    use std::io;
    use std::os::fd::AsFd;

    use rustix::io::{FdFlags, fcntl_getfd, fcntl_setfd};

    let (input, output, errors) = (io::stdin(), io::stdout(), io::stderr());
    for stream in [input.as_fd(), output.as_fd(), errors.as_fd()] {
        // A stream may be closed. The program then starts without it.
        if let Ok(flags) = fcntl_getfd(stream) {
            let _ = fcntl_setfd(stream, flags - FdFlags::CLOEXEC);
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

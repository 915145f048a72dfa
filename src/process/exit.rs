//! Ends the process when it cannot be guarded.

/// Ends the process at once, with one line.
pub fn end(reason: &str) -> ! {
    eprintln!("permit: {reason}");
    leave()
}

/// Ends the process at once, and prints nothing.
pub fn leave() -> ! {
    // `exit` would run destructors, and threads of Node that are starting up do not survive them.
    // SAFETY: the call only ends the process. permit buffers nothing that would be lost.
    unsafe { libc::_exit(9) }
}

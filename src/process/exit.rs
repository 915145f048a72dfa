//! Ends the process when it cannot be guarded.

/// Ends the process at once, with one line.
pub fn end(reason: &str) -> ! {
    eprintln!("permit: {reason}");
    leave()
}

/// Ends the process at once, without a word.
pub fn leave() -> ! {
    // Not `exit`: threads of Node's that are starting up do not survive the destructors that it runs.
    // SAFETY: it ends the process; nothing here is buffered.
    unsafe { libc::_exit(9) }
}

//! Const tables of the guarded functions, one row for each function.

pub mod child;
pub mod fs;
pub mod native;
pub mod net;
pub mod row;
pub mod runtime;

use self::row::{HookSpec, Target, Unguarded};

/// Every guarded function.
pub fn rows() -> impl Iterator<Item = &'static HookSpec> {
    [fs::ROWS, net::ROWS, child::ROWS, native::ROWS, runtime::ROWS].into_iter().flatten()
}

/// Every function of a hooked binding that needs no guard.
pub fn unguarded() -> impl Iterator<Item = &'static Unguarded> {
    [fs::UNGUARDED, net::UNGUARDED, child::UNGUARDED, native::UNGUARDED, runtime::UNGUARDED].into_iter().flatten()
}

/// The bindings of which every function is either a row or listed as unguarded.
pub const BINDINGS: &[&str] = &[
    "fs",
    "fs_event_wrap",
    "tcp_wrap",
    "pipe_wrap",
    "udp_wrap",
    "cares_wrap",
    "process_wrap",
    "spawn_sync",
    "inspector",
];

/// Returns true if the function is a row or is listed as unguarded.
#[must_use]
pub fn is_known(target: Target, name: &str) -> bool {
    rows().any(|row| row.target == target && row.name == name)
        || unguarded().any(|entry| entry.target == target && entry.names.contains(&name))
}

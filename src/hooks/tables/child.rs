//! Child processes. Every way to start a program or to send a signal ends in one of these
//! functions.

use crate::hooks::tables::row::Deliver::Throw;
use crate::hooks::tables::row::Guard::{Exec, Signal, Spawn};
use crate::hooks::tables::row::{HookSpec, Target, Unguarded, row, unguarded};

/// Guarded functions.
pub const ROWS: &[HookSpec] = &[
    row(Target::BindingClass("process_wrap", "Process"), "spawn", &[Spawn(0)], Throw),
    // The child may have moved files by the time `spawnSync` returns. An asynchronous child counts
    // as any other process.
    row(Target::Binding("spawn_sync"), "spawn", &[Spawn(0)], Throw).invalidates_cache(),
    row(Target::Process("process"), "execve", &[Exec], Throw).on_some(),
    row(Target::Process("process"), "_kill", &[Signal { process: Some(0), signal: 1 }], Throw),
    row(Target::BindingClass("process_wrap", "Process"), "kill", &[Signal { process: None, signal: 0 }], Throw),
];

/// Functions that need no guard.
pub const UNGUARDED: &[Unguarded] = &[
    unguarded(Target::Binding("process_wrap"), &["Process"], "only makes an object; spawn is a row"),
    unguarded(
        Target::Binding("process_wrap"),
        &["getEnvPairs"],
        "gives the environment of this thread, as `process.env` shows it; variables that are withheld are gone from it",
    ),
];

//! The hooks: const tables that say what is guarded, and the small engine that reads them.
//!
//! Data flows one way: a call reaches a stand-in (`trampoline.js`, `class.js`, `worker.js`), `ask` turns its
//! arguments into questions to the policy by the guards of its row (`paths`, `hosts`, `listen`, `lookup`, `stores`, `spawn`, `worker`), `deliver` brings a refusal where the API
//! promises errors. `install` puts the stand-ins in place, once a thread.

pub mod child;
pub mod fs;
pub mod native;
pub mod net;
pub mod runtime;
#[cfg(any(feature = "addon", test))]
mod sql;
pub mod table;

#[cfg(feature = "addon")]
mod ask;
#[cfg(feature = "addon")]
pub(crate) mod deliver;
#[cfg(feature = "addon")]
mod hosts;
#[cfg(feature = "addon")]
pub(crate) mod install;
#[cfg(feature = "addon")]
mod listen;
#[cfg(feature = "addon")]
pub(crate) mod loads;
#[cfg(feature = "addon")]
pub(crate) mod lookup;
#[cfg(feature = "addon")]
mod paths;
#[cfg(feature = "addon")]
pub(crate) mod places;
#[cfg(feature = "addon")]
pub(crate) mod refusal;
#[cfg(feature = "addon")]
pub(crate) mod signals;
#[cfg(feature = "addon")]
mod spawn;
#[cfg(feature = "addon")]
mod stores;
#[cfg(feature = "addon")]
pub(crate) mod thread;
#[cfg(feature = "addon")]
mod worker;

use table::{Home, Row, Unguarded};

/// Every guarded function.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [fs::ROWS, net::ROWS, child::ROWS, native::ROWS, runtime::ROWS].into_iter().flatten()
}

/// Every function of a hooked binding that needs no guard.
pub fn unguarded() -> impl Iterator<Item = &'static Unguarded> {
    [fs::UNGUARDED, net::UNGUARDED, child::UNGUARDED, native::UNGUARDED, runtime::UNGUARDED].into_iter().flatten()
}

/// The bindings of which every function is either a row or known to need no guard.
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

/// Is the function a row, or known to need no guard?
#[must_use]
pub fn is_known(home: Home, name: &str) -> bool {
    rows().any(|row| row.home == home && row.name == name)
        || unguarded().any(|entry| entry.home == home && entry.names.contains(&name))
}

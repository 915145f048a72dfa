//! The guards. Each reads its arguments of a call and asks the policy.

#[cfg(feature = "addon")]
pub mod databases;
#[cfg(feature = "addon")]
pub mod hosts;
#[cfg(feature = "addon")]
pub mod listen;
#[cfg(feature = "addon")]
pub mod paths;
#[cfg(feature = "addon")]
pub mod resolve;
#[cfg(feature = "addon")]
pub mod signals;
#[cfg(feature = "addon")]
pub mod spawn;
pub mod sql;
#[cfg(feature = "addon")]
pub mod stores;
#[cfg(feature = "addon")]
pub mod wasi;
#[cfg(feature = "addon")]
pub mod worker;

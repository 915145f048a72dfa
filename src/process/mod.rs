//! The process that is guarded, as Node started it, its threads, and the processes that it starts.

#[cfg(feature = "addon")]
pub mod changes;
pub mod executable;
#[cfg(feature = "addon")]
pub mod exit;
#[cfg(feature = "addon")]
pub mod inherit;
#[cfg(feature = "addon")]
pub mod node_options;
pub mod options;
#[cfg(feature = "addon")]
pub mod origin;
#[cfg(feature = "addon")]
pub mod policy;
#[cfg(feature = "addon")]
pub mod sealed;
#[cfg(feature = "addon")]
pub mod threads;
pub mod variables;

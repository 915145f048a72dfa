//! The process that is guarded, as Node started it.

pub mod environment;
pub mod node_flags;

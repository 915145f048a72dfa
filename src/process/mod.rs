//! The process that is guarded, as Node started it.

pub mod node_flags;

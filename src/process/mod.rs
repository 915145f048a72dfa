//! The process that is guarded, as Node started it, and those that it starts.

pub mod executable;
pub mod options;
pub mod variables;

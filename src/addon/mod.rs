//! The Node side: the functions that `index.js` calls, the start of a thread, and
//! `process.permission`. The policy decides, and the hooks guard.

pub mod environment;
pub mod module;
pub mod permission;
pub mod start;

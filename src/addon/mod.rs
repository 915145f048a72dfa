//! The Node side: what `index.js` calls, `process.permission`, the registry of threads, and what is handed on to
//! children. Thin: decisions are the policy's, hooks are the engine's.

pub mod environment;
pub mod module;
pub mod permission;
pub mod start;

//! The N-API wrapper: the engine, its values, callbacks, and ways to wake a thread.

pub mod alarm;
pub mod env;
pub mod owned;
pub mod waker;

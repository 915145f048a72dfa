//! The N-API wrapper: the engine, its values, callbacks, and ways to wake a thread.

pub mod alarm;
pub mod call;
pub mod env;
pub mod owned;
pub mod value;
pub mod waker;

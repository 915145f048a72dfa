//! One Node thread: its decisions, what it remembers of paths, the values that were taken before the program ran, and what is
//! told of its refusals.

pub mod callers;
pub mod channels;
pub mod decisions;
pub mod errors;
pub mod gauges;
pub mod handle_internals;
pub mod lazy_modules;
pub mod meter;
pub mod new_threads;
pub mod path_cache;
pub mod primordials;
pub mod refusal;
pub mod reporting;
pub mod telemetry;
pub mod telemetry_name;
#[expect(clippy::module_inception, reason = "the room is named after what it is about")]
pub mod thread;

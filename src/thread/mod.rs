//! One Node thread: the values that it captured before the program ran, its decisions with their
//! cache of paths, and its reports.

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

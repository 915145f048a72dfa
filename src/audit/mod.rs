//! What is told of refusals. It decides nothing: a call goes on or not whatever happens here.

#[cfg(any(feature = "addon", test))]
pub mod event;
pub mod jsonl;
#[cfg(all(feature = "addon", unix))]
pub mod log;
pub mod metrics;
#[cfg(all(any(feature = "addon", test), unix))]
pub mod package;
pub mod recorder;
#[cfg(any(feature = "addon", test))]
pub mod repeats;
#[cfg(all(any(feature = "addon", test), unix))]
pub mod sink;

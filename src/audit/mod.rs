//! Records refusals, as JSON lines, events and metrics. Decides nothing.

#[cfg(any(feature = "addon", test))]
pub mod dedupe;
#[cfg(any(feature = "addon", test))]
pub mod event;
pub mod jsonl;
#[cfg(all(feature = "addon", unix))]
pub mod log;
pub mod metrics;
#[cfg(all(any(feature = "addon", test), unix))]
pub mod package;
pub mod recorder;
#[cfg(all(any(feature = "addon", test), unix))]
pub mod sink;

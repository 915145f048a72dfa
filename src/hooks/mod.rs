//! The hooks: const tables of the guarded functions, and the small engine that reads them.
//!
//! Data flows one way. A call reaches a stand-in (`trampoline.js`, `class.js`, `guards/worker.js`).
//! `dispatch` takes it through three steps. *Convert* reads every argument once. *Decide* asks the
//! policy by the `guards` of the row. *Pass on* gives the original the values that were checked.
//! `deliver` brings a refusal where the API promises errors. `install` puts the stand-ins in place,
//! once a thread.

pub mod tables;

#[cfg(feature = "addon")]
mod answer;
#[cfg(feature = "addon")]
pub(crate) mod callers;
#[cfg(feature = "addon")]
mod convert;
#[cfg(feature = "addon")]
pub(crate) mod deliver;
#[cfg(feature = "addon")]
mod dispatch;
#[cfg(feature = "addon")]
pub(crate) mod endings;
#[cfg(feature = "addon")]
pub mod error;
#[cfg(any(feature = "addon", test))]
pub(crate) mod guards;
#[cfg(feature = "addon")]
pub(crate) mod install;
#[cfg(feature = "addon")]
mod lazy_modules;
#[cfg(feature = "addon")]
mod network_detail;
#[cfg(feature = "addon")]
mod pass_on;
#[cfg(feature = "addon")]
mod question;

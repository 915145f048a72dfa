//! permit puts a Node application under a least-privilege policy.
//!
//! # Limits
//!
//! permit is a seat belt for code that is trusted, and no cage for code that is hostile. It stands
//! inside the process that it guards. Native code that the policy lets in can do what the process
//! can. Another process can change a link between the check and the use. A child that is no Node
//! program is held only by not being granted.
//!
//! # How it is laid out
//!
//! The rooms, from the ground up. A room uses those above it in this list, and none below
//! (`__test__/floors.rs`).
//!
//! * [`policy`]: the core. What is granted, asked and refused. It knows nothing of Node.
//! * [`config`]: flags and files become a policy, or an error that says where.
//! * [`rollout`]: pure answers over logs and policies.
//! * `system`: what is read from the operating system.
//! * `js`: the N-API wrapper.
//! * `audit`: the log of refusals. It knows no thread and no JavaScript.
//! * `sources`: where a policy comes from, for the preload and the commands alike.
//! * `process`: the registry of threads, what children inherit, and Node's options.
//! * `thread`: one Node thread. Its decisions, its captured values, and its reports of refusals.
//! * [`hooks`]: const tables of what is guarded, and the engine that asks the policy.
//! * [`cli`]: the command `permit`.
//! * `addon`: what `index.js` calls, and `process.permission`.

#[cfg(feature = "addon")]
#[cfg_attr(test, allow(dead_code, reason = "napi leaves its exports out of test builds"))]
mod addon;
#[cfg_attr(any(test, not(feature = "addon")), allow(dead_code, reason = "the addon is what uses it"))]
mod audit;
pub mod cli;
pub mod config;
#[cfg_attr(test, allow(dead_code, reason = "what uses it is left out of test builds, see addon"))]
pub mod hooks;
#[cfg(feature = "addon")]
#[cfg_attr(test, allow(dead_code, reason = "napi leaves its exports out of test builds"))]
mod js;
pub mod policy;
#[cfg(unix)]
#[cfg_attr(any(test, not(feature = "addon")), allow(dead_code, reason = "the addon is what uses it"))]
mod process;
pub mod rollout;
#[cfg(unix)]
mod sources;
#[cfg_attr(not(feature = "addon"), allow(dead_code, reason = "the commands use a part of it"))]
mod system;
#[cfg(feature = "addon")]
#[cfg_attr(test, allow(dead_code, reason = "napi leaves its exports out of test builds"))]
mod thread;

//! The policy: what a program may do, and the answers to whether it may.
//!
//! This is the core. It knows nothing of Node, and reads no file, variable or clock. While grants
//! are loaded it asks [`files::Files`] about the file system, and nothing else. A [`PolicyBuilder`]
//! takes grants and denials and seals them into a [`Policy`]. The policy answers [`Policy::has`]
//! and [`Policy::check`], and only ever loses grants.
//!
//! A path is compared in its lexical form, with `.` and `..` resolved. The caller also asks where
//! the path leads: [`links`] follows its links, and [`Policy::allows_behind_links`] decides about
//! the end.
//!
//! Limit: a program is matched as it is written, not through `PATH` (see [`programs`]).
//!
//! ```
//! # use permit::policy::{Policy, PolicyBuilder, files::NoFiles, path::Absolute, resource::Resource, scope::Scope};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut builder = PolicyBuilder::new(&NoFiles);
//! builder.grant(Scope::FsRead, b"/srv/app/*", b"/", None)?;
//! let mut policy = builder.build()?;
//!
//! let config = Absolute::resolve(b"/srv/app/config.json", || None::<&[u8]>)?;
//! assert!(policy.allows_path(Scope::FsRead, &config));
//! policy.drop(Scope::FsRead, &Resource::Path(config.clone()), &NoFiles);
//! assert!(!policy.allows_path(Scope::FsRead, &config));
//! # Ok(())
//! # }
//! ```

#![deny(clippy::disallowed_methods)]

pub mod address;
pub mod builder;
pub mod denied;
pub mod error;
pub mod files;
mod globs;
mod grant_list;
pub mod grants;
pub mod hosts;
pub mod interpreters;
mod layer;
mod layers;
pub mod links;
pub mod mode;
pub mod names;
pub mod net;
pub mod path;
pub mod pattern;
mod permission;
pub mod programs;
pub mod resolved_names;
pub mod resource;
pub mod scope;
pub mod shell_words;
mod switches;
mod trie;
pub mod wire;

pub use self::builder::PolicyBuilder;
pub use self::denied::Denied;
pub use self::error::{GlobError, GrantError, HostError, NameError, ProgramError};
pub use self::files::Files;
pub use self::hosts::Endpoint;
pub use self::layers::Policy;
pub use self::mode::Mode;
pub use self::names::VisibleVariables;
pub use self::path::{Absolute, PathError};
pub use self::permission::Permission;
pub use self::resource::Resource;
pub use self::scope::{Scope, ScopeKind};
pub use self::wire::WireError;

#[cfg(test)]
mod tests;

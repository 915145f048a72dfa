//! Configuration: makes a policy from flags, variables and policy files.
//!
//! This room receives text and returns a policy or an error; the caller reads files, variables and
//! the clock. Text that cannot be read in full is an error with its place, never a guess. One table
//! has the flags ([`flags::FLAGS`]). It is also the list of keys of a policy file.
//!
//! ```
//! # use permit::config::{Surroundings, Tokens, parse_flags};
//! # use permit::policy::{Absolute, Scope, files::NoFiles};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (settings, rest) = parse_flags(&["--allow-fs-read=./data/*", "app.js"], None)?;
//! let around = Surroundings { cwd: b"/srv/app".to_vec(), tokens: Tokens::default(), now: 0 };
//! let (policy, notices) = settings.into_policy(&NoFiles, &around)?;
//!
//! let path = Absolute::resolve(b"/srv/app/data/x", || None::<&[u8]>)?;
//! assert!(policy.allows_path(Scope::FsRead, &path));
//! assert!(rest == 1 && notices.is_empty());
//! # Ok(())
//! # }
//! ```

pub(crate) mod date;
pub mod error;
pub mod file;
pub mod flags;
mod json;
mod profile;
mod rules;
mod settings;
mod spelling;
mod tokens;

pub use self::error::{ConfigError, Location, Problem};
pub use self::file::{Source, parse_file, profile_names};
pub use self::flags::{FLAGS, Flag, help, parse_flags, parse_options, split_options};
pub use self::rules::{Rule, Says, key_of_flag};
pub use self::settings::{Notice, Settings, Surroundings};
pub use self::tokens::Tokens;

#[cfg(test)]
mod tests;

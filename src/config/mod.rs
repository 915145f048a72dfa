//! Configuration: from flags, a variable and a policy file to a policy.
//!
//! Text goes in and a policy or an error comes out; the caller reads the file, the variable and the clock. Whatever
//! cannot be read in full is an error with its place, never a guess. The flags are one table ([`flags::FLAGS`]),
//! which is also the list of keys in a file.
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

pub use self::error::{ConfigError, Origin, Problem};
pub use self::file::{Source, parse_file, profile_names};
pub use self::flags::{FLAGS, Flag, help, parse_flags, parse_options, split_options};
pub use self::rules::{Rule, Says, key_of_flag};
pub use self::settings::{Notice, Settings, Surroundings};
pub use self::tokens::Tokens;

#[cfg(test)]
mod tests;

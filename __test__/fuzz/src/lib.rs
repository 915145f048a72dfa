//! What must hold of the policy core for any bytes at all: it does not panic, it does not hang, and it answers like
//! a reading of the same rules that is too simple to be wrong.
//!
//! A target is one function over bytes. libFuzzer calls it through `targets/`, and a plain `cargo test` calls it with
//! every file of `corpus/` and `regressions/`. Inputs are text wherever that can be: lines that a person can read,
//! write and diff, each one a rule or a question, and every text means something.

pub mod config;
pub mod flags;
pub mod globs;
pub mod grants;
pub mod hosts;
pub mod links;
pub mod model;
pub mod path;
pub mod programs;
pub mod sql;
pub mod uri;
pub mod wire;

/// A target: the name of its folder in `corpus/`, and what is called with each input.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("config", config::run),
    ("flags", flags::run),
    ("globs", globs::run),
    ("grants", grants::run),
    ("hosts", hosts::run),
    ("links", links::run),
    ("path", path::run),
    ("programs", programs::run),
    ("sql", sql::run),
    ("uri", uri::run),
    ("wire", wire::run),
];

/// The lines of an input, each as its first byte and what stands behind the space that follows it.
pub fn lines(data: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    data.split(|&byte| byte == b'\n').filter_map(|line| {
        let (&kind, rest) = line.split_first()?;
        Some((kind, rest.strip_prefix(b" ").unwrap_or(rest)))
    })
}

/// A path as it is asked about, by the rules of Unix.
#[must_use]
pub fn absolute(raw: &[u8]) -> Option<permit::policy::Absolute<'_>> {
    permit::policy::Absolute::resolve(raw, || Some(model::BASE)).ok()
}

/// Whether a message is one line that a terminal can show.
#[must_use]
pub fn is_one_line(message: &str) -> bool {
    !message.is_empty() && !message.chars().any(char::is_control)
}

//! What a child process or a worker thread needs to be held: the preload by absolute path in `NODE_OPTIONS`, and
//! the policy as it stands, with its hash beside it.

use std::sync::OnceLock;

use crate::policy::Policy;

/// The variable that carries the policy of the parent. It is a ceiling: nothing in the child widens it.
pub const INHERITED: &str = "PERMIT_INHERITED";

/// The variables that name a policy at start. What they said when this process started is part of what it hands
/// on, so a child gets them only if the program has set them anew.
pub const SOURCES: [&str; 3] = ["PERMIT_CONFIG", "PERMIT_OPTIONS", "PERMIT_PROFILE"];

/// How this process itself came to be held.
#[derive(Debug)]
struct Origin {
    /// `index.js`, absolute.
    preload: String,
    /// The preload was given as `-r`, which every thread inherits as long as `here` is the working directory
    /// (or wherever, if the name was absolute: then `here` is `None`).
    required: bool,
    here: Option<Vec<u8>>,
    /// The values of [`SOURCES`] at start.
    sources: Vec<(&'static str, String)>,
}

static ORIGIN: OnceLock<Origin> = OnceLock::new();

/// Remembers how this process was started. The first call counts.
pub fn remember(preload: &str, required: bool, by_absolute_path: bool) {
    let sources = SOURCES.iter().filter_map(|name| Some((*name, std::env::var(name).ok()?))).collect();
    let here = if by_absolute_path { None } else { crate::hooks::files::working_directory() };
    ORIGIN.get_or_init(|| Origin { preload: preload.to_owned(), required, here, sources });
}

/// `index.js`, absolute.
pub fn preload() -> String {
    ORIGIN.get().map(|origin| origin.preload.clone()).unwrap_or_default()
}

/// Does a new thread that inherits this one's options get the preload by that alone?
pub fn preload_is_inherited() -> bool {
    ORIGIN.get().is_some_and(|origin| {
        origin.required && (origin.here.is_none() || origin.here == crate::hooks::files::working_directory())
    })
}

/// `NODE_OPTIONS` with the preload first.
pub fn node_options(before: &str) -> String {
    let path = preload().replace('\\', "\\\\").replace('"', "\\\"");
    let first = format!("--require \"{path}\"");
    if before.starts_with(&first) {
        before.to_owned()
    } else if before.is_empty() {
        first
    } else {
        format!("{first} {before}")
    }
}

/// The environment of this process, as `NAME=value`.
pub fn own_environment() -> Vec<String> {
    std::env::vars_os().map(|(name, value)| format!("{}={}", name.to_string_lossy(), value.to_string_lossy())).collect()
}

/// The environment of a child, with what holds it.
pub fn environment(pairs: Vec<String>, policy: &Policy) -> Vec<String> {
    let mut options = String::new();
    let mut kept = Vec::with_capacity(pairs.len() + 2);
    for pair in pairs {
        let (name, value) = pair.split_once('=').unwrap_or((&pair, ""));
        let at_start = |(source, text): &(&str, String)| *source == name && text == value;
        match name {
            "NODE_OPTIONS" => value.clone_into(&mut options),
            INHERITED => {}
            _ if ORIGIN.get().is_some_and(|origin| origin.sources.iter().any(at_start)) => {}
            _ => kept.push(pair),
        }
    }
    kept.push(format!("NODE_OPTIONS={}", node_options(&options)));
    kept.push(format!("{INHERITED}={}", seal(policy)));
    kept
}

/// The policy in one string: its hash, a colon, its text.
fn seal(policy: &Policy) -> String {
    format!("{}:{}", policy.hash(), String::from_utf8_lossy(&policy.to_bytes()))
}

/// Reads what [`seal`] wrote.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn unseal(text: &str) -> Result<Policy, String> {
    let (hash, text) = text.split_once(':').ok_or("it has no hash")?;
    let policy = Policy::from_bytes(text.as_bytes()).map_err(|error| error.to_string())?;
    if policy.hash() == hash { Ok(policy) } else { Err("it does not match its hash".to_owned()) }
}

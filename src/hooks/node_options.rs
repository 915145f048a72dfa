//! Which of Node's own options a program may give to a worker that it makes. The rest could make the thread read or
//! write files past the policy (`--cpu-prof`, `--localstorage-file`) or hand out the internals that the hooks stand
//! on (`--expose-internals`). Unknown means no: a new Node has new options.

use super::refusal::Refusal;
use super::thread::Thread;
use crate::addon::inherit;
use crate::policy::{Policy, Scope};

/// Options without effect on files, threads or the internals. Those that take a value may have it behind `=`.
const HARMLESS: &[&str] = &[
    "--abort-on-uncaught-exception",
    "--async-context-frame",
    "--conditions",
    "--deprecation",
    "--disable-warning",
    "--disable-wasm-trap-handler",
    "--enable-source-maps",
    "--entry-url",
    "--experimental-abortcontroller",
    "--experimental-detect-module",
    "--experimental-eventsource",
    "--experimental-fetch",
    "--experimental-global-customevent",
    "--experimental-global-navigator",
    "--experimental-import-meta-main",
    "--experimental-import-meta-resolve",
    "--experimental-json-modules",
    "--experimental-print-required-tla",
    "--experimental-require-module",
    "--experimental-strip-types",
    "--experimental-transform-types",
    "--experimental-vm-modules",
    "--experimental-wasm-modules",
    "--experimental-websocket",
    "--force-context-aware",
    "--frozen-intrinsics",
    "--import",
    "--input-type",
    "--insecure-http-parser",
    "--max-http-header-size",
    "--network-family-autoselection",
    "--pending-deprecation",
    "--preserve-symlinks",
    "--preserve-symlinks-main",
    "--require",
    "--stack-trace-limit",
    "--strip-types",
    "--throw-deprecation",
    "--trace-deprecation",
    "--trace-exit",
    "--trace-uncaught",
    "--trace-warnings",
    "--unhandled-rejections",
    "--verify-base-objects",
    "--warnings",
];

/// Checks the words that a program gives as `execArgv`. What this process was itself started with is no news.
pub fn check(thread: &Thread, words: &[String]) -> Result<(), Box<Refusal>> {
    let refused = words.iter().find(|word| !is_harmless(word) && !inherit::started_with(word));
    match refused {
        Some(word) => thread.judge(Scope::Worker, word, Policy::is_strict),
        None => Ok(()),
    }
}

/// Checks the text that a program gives as `NODE_OPTIONS`.
pub fn check_text(thread: &Thread, text: &str) -> Result<(), Box<Refusal>> {
    let words = inherit::words_of(text.as_bytes()).map_err(|_| Box::new(Refusal::of(Scope::Worker, text)))?;
    check(thread, &words)
}

fn is_harmless(word: &str) -> bool {
    if !word.starts_with('-') || word == "-r" || word == "-C" {
        return true;
    }
    let name = word.split('=').next().unwrap_or(word).replace('_', "-");
    let name = name.strip_prefix("--no-").map(|rest| format!("--{rest}")).unwrap_or(name);
    HARMLESS.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::is_harmless;

    #[test]
    fn options_about_modules_and_warnings_are_harmless() {
        for word in ["--conditions=x", "-C", "x", "--no-warnings", "--experimental_vm_modules", "--require", "./a.js"] {
            assert!(is_harmless(word), "{word}");
        }
    }

    #[test]
    fn options_that_write_or_expose_or_are_unknown_are_not() {
        for word in
            ["--cpu-prof", "--cpu_prof-dir=/x", "--expose-internals", "--localstorage-file=/x", "--loader", "--new"]
        {
            assert!(!is_harmless(word), "{word}");
        }
    }
}

//! The `NODE_OPTIONS` of children: the preload first, by its absolute path.

use super::origin::{preload, preload_names, words_at_start};
use crate::policy::shell_words::{self, Unfinished, quote};

/// Splits `NODE_OPTIONS` into words.
///
/// # Errors
/// [`Unfinished`] for an unclosed quote or escape.
pub fn words_of(options: &[u8]) -> Result<Vec<String>, Unfinished> {
    Ok(shell_words::split(options)?.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect())
}

/// Removes the words that preload permit by a name. The absolute path takes their place, because
/// the name may lead elsewhere from another folder.
pub fn without_preload(words: Vec<String>) -> Vec<String> {
    let Some(names) = preload_names() else { return words };
    let is_name = |word: &str| names.iter().any(|name| name == word);
    let mut kept: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        let after_option = kept.last().is_some_and(|before| PRELOADS.contains(&before.as_str()));
        if after_option && is_name(&word) {
            kept.pop();
        } else if !matches!(word.split_once('='), Some((option, name)) if PRELOADS.contains(&option) && is_name(name)) {
            kept.push(word);
        }
    }
    kept
}

/// The options that name a preload.
const PRELOADS: [&str; 3] = ["-r", "--require", "--import"];

/// Returns the words of `NODE_OPTIONS` at start, without permit.
pub fn variable_words() -> Vec<String> {
    without_preload(words_at_start())
}

/// Returns true if `NODE_OPTIONS` has the words that it had at start, with or without the preload
/// that permit puts first.
pub fn is_variable_of_start(options: &str) -> bool {
    words_of(options.as_bytes()).is_ok_and(|words| {
        let words = without_preload(words);
        words.strip_prefix(&["--require".to_owned(), preload()]).unwrap_or(&words) == variable_words()
    })
}

/// Puts the preload first into `NODE_OPTIONS`, by its absolute path and by no other name.
pub fn with_preload(before: &str) -> String {
    let first = format!("--require {}", quote(&preload()));
    // Only as a whole word: text right after it would name another file.
    if before == first || before.strip_prefix(&first).is_some_and(|rest| rest.starts_with(' ')) {
        return before.to_owned();
    }
    let rest = match words_of(before.as_bytes()) {
        Ok(words) => {
            let count = words.len();
            let kept = without_preload(words);
            if kept.len() == count { before.to_owned() } else { shell_words::join(&kept) }
        }
        // Node refuses to start with it, and says why.
        Err(_) => before.to_owned(),
    };
    if rest.is_empty() { first } else { format!("{first} {rest}") }
}

//! Splits a line into words, and quotes words, as Node reads `NODE_OPTIONS`
//! (`ParseNodeOptionsEnvVar` in `src/node_options.cc`): words end at spaces, double quotes keep a
//! space, and inside quotes a backslash keeps the character after it. In permit's own variables
//! line ends, tabs and other control characters end words too: YAML, `.env` files and scripts put
//! them between flags and after the last one.

use thiserror::Error;

/// A line that ends in the middle of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unfinished {
    /// A quote that is never closed.
    #[error("has a quote that is never closed")]
    Quote,
    /// A backslash inside quotes with nothing behind it.
    #[error("ends in a backslash inside quotes")]
    Escape,
}

/// Splits a line as Node splits `NODE_OPTIONS`. An empty pair of quotes makes no word.
///
/// # Errors
/// [`Unfinished`] if a quote is open at the end.
pub fn split(line: &[u8]) -> Result<Vec<Vec<u8>>, Unfinished> {
    split_at(line, |byte| byte == b' ')
}

/// Splits lines: control characters end words, as spaces do.
///
/// # Errors
/// [`Unfinished`] if a quote is open at the end.
pub fn split_lines(lines: &[u8]) -> Result<Vec<Vec<u8>>, Unfinished> {
    split_at(lines, |byte| byte == b' ' || byte.is_ascii_control())
}

fn split_at(line: &[u8], is_blank: impl Fn(u8) -> bool) -> Result<Vec<Vec<u8>>, Unfinished> {
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut quoted = false;
    let mut fresh = true;
    let mut bytes = line.iter().copied();
    while let Some(mut byte) = bytes.next() {
        match byte {
            b'\\' if quoted => byte = bytes.next().ok_or(Unfinished::Escape)?,
            byte if !quoted && is_blank(byte) => {
                fresh = true;
                continue;
            }
            b'"' => {
                quoted = !quoted;
                continue;
            }
            _ => {}
        }
        if std::mem::take(&mut fresh) {
            words.push(Vec::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(byte);
        }
    }
    if quoted { Err(Unfinished::Quote) } else { Ok(words) }
}

/// Quotes a word if it needs that: [`split`] and [`split_lines`] read the result as this one word.
#[must_use]
pub fn quote(word: &str) -> String {
    let is_special = |c: char| matches!(c, ' ' | '"' | '\\') || c.is_ascii_control();
    if !word.contains(is_special) {
        return word.to_owned();
    }
    let mut quoted = String::with_capacity(word.len() + 2);
    quoted.push('"');
    for c in word.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// Writes words as a line that [`split`] and [`split_lines`] read as these words.
#[must_use]
pub fn join<W: AsRef<str>>(words: &[W]) -> String {
    words.iter().map(|word| quote(word.as_ref())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Unfinished, join, quote, split, split_lines};

    #[track_caller]
    fn words(line: &str, expected: &[&str]) {
        let words: Vec<String> =
            split(line.as_bytes()).unwrap().into_iter().map(|word| String::from_utf8(word).unwrap()).collect();
        assert_eq!(words, expected, "{line}");
    }

    #[test]
    fn spaces_part_words_and_quotes_keep_them() {
        words("--a  --b=c ", &["--a", "--b=c"]);
        words(r#"--a="x y" z"#, &["--a=x y", "z"]);
        words(r#"a" b"c"#, &["a bc"]);
        words("", &[]);
        words(r#""""#, &[]);
        words("a\tb", &["a\tb"]);
    }

    #[test]
    fn control_characters_part_words_in_lines() {
        let words = split_lines(b"--a\r\n--b=\"x\ty\"\n\n\t--c\x0b\0d\n").unwrap();
        assert_eq!(words, [&b"--a"[..], b"--b=x\ty", b"--c", b"d"]);
        assert_eq!(split_lines(b" \r\n").unwrap(), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn a_backslash_escapes_only_inside_quotes() {
        words(r#"a\b "c\"d\\""#, &[r"a\b", r#"c"d\"#]);
    }

    #[test]
    fn open_quotes_are_errors() {
        assert_eq!(split(br#"a "b"#), Err(Unfinished::Quote));
        assert_eq!(split(br#""b\"#), Err(Unfinished::Escape));
    }

    #[test]
    fn quoted_words_read_back() {
        let all = ["a", "a b", r#"a"b"#, r"a\b", r#"\" "#, "a\tb", "a\nb"];
        for word in all {
            words(&quote(word), &[word]);
        }
        assert_eq!(split_lines(join(&all).as_bytes()).unwrap(), all.map(|word| word.as_bytes().to_vec()));
    }
}

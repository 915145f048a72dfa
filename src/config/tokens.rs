//! The tokens `${PROJECT}`, `${HOME}`, `${TMP}` and `${CWD}` at the start of a path.
//!
//! A token is the directory in which the rest of the path starts. It is not inserted into the text,
//! because a `*` in the name of a directory would become a wildcard. Anywhere else it has no plain
//! meaning and is an error.

use std::borrow::Cow;

use super::error::{Problem, nearest};
use crate::policy::path::Style;

/// The values of the tokens: absolute paths, or `None` if unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// The directory of the nearest package.json.
    pub project: Option<Vec<u8>>,
    /// The home directory of the user.
    pub home: Option<Vec<u8>>,
    /// The directory for temporary files.
    pub tmp: Option<Vec<u8>>,
    /// The working directory.
    pub cwd: Option<Vec<u8>>,
    /// The directory of the project on this machine, if `project` is its directory on another one.
    /// Relative paths of a policy in it started in `project`.
    pub checkout: Option<Vec<u8>>,
}

const NAMES: [&str; 4] = ["${PROJECT}", "${HOME}", "${TMP}", "${CWD}"];

impl Tokens {
    /// Returns the directory in which a path starts, and the rest of the path.
    pub(super) fn expand<'a>(
        &'a self,
        base: &'a [u8],
        text: &[u8],
        style: Style,
    ) -> Result<(Cow<'a, [u8]>, Vec<u8>), Problem> {
        let found = || String::from_utf8_lossy(text).into_owned();
        let Some(end) = token_end(text) else {
            return if has_token(text) {
                Err(Problem::TokenPlace { found: found() })
            } else {
                Ok((self.moved(base), text.to_vec()))
            };
        };
        let (token, rest) = text.split_at(end);
        let value = match token {
            b"${PROJECT}" => &self.project,
            b"${HOME}" => &self.home,
            b"${TMP}" => &self.tmp,
            b"${CWD}" => &self.cwd,
            _ => {
                let nearest = nearest(&String::from_utf8_lossy(token), NAMES);
                return Err(Problem::UnknownToken { found: found(), nearest });
            }
        };
        let value = value.as_deref().ok_or_else(|| {
            let token = String::from_utf8_lossy(token).into_owned();
            Problem::TokenWithoutValue { token }
        })?;
        let ends = rest.first().is_none_or(|&byte| style.is_separator(byte) || byte == b' ');
        if !ends || has_token(rest) {
            return Err(Problem::TokenPlace { found: found() });
        }
        // "./*" instead of "*", so that the rest stays below the token.
        Ok((value.into(), [b"./", rest].concat()))
    }

    /// Returns the directory on the other machine that corresponds to a directory of the checkout.
    fn moved<'a>(&self, base: &'a [u8]) -> Cow<'a, [u8]> {
        let below = self.checkout.as_deref().and_then(|checkout| base.strip_prefix(checkout));
        match (below, &self.project) {
            (Some(below), Some(project)) if below.is_empty() || below.starts_with(b"/") => {
                [project.as_slice(), below].concat().into()
            }
            _ => base.into(),
        }
    }
}

fn token_end(text: &[u8]) -> Option<usize> {
    text.starts_with(b"${").then(|| text.iter().position(|&byte| byte == b'}').map(|at| at + 1)).flatten()
}

/// Whether the text contains a token.
pub(super) fn has_token(text: &[u8]) -> bool {
    text.windows(2).any(|pair| pair == b"${")
}

#[cfg(test)]
mod tests {
    use super::{Problem, Style, Tokens};

    fn expand(text: &str) -> Result<(String, String), Problem> {
        let tokens = Tokens { home: Some(b"/home/[me]".to_vec()), ..Tokens::default() };
        let (base, rest) = tokens.expand(b"/base", text.as_bytes(), Style::Unix)?;
        Ok((String::from_utf8(base.to_vec()).unwrap(), String::from_utf8(rest).unwrap()))
    }

    #[test]
    fn a_token_is_where_the_rest_starts() {
        assert_eq!(expand("a/b"), Ok(("/base".into(), "a/b".into())));
        assert_eq!(expand("${HOME}/a/*"), Ok(("/home/[me]".into(), ".//a/*".into())));
        assert_eq!(expand("${HOME}/*"), Ok(("/home/[me]".into(), ".//*".into())));
        assert_eq!(expand("${HOME}"), Ok(("/home/[me]".into(), "./".into())));
    }

    #[test]
    fn a_relative_path_of_a_checkout_starts_where_the_project_stood() {
        let tokens = Tokens {
            project: Some(b"/srv/app".to_vec()),
            checkout: Some(b"/home/me/app".to_vec()),
            ..Tokens::default()
        };
        let base = |base: &str| tokens.expand(base.as_bytes(), b"x", Style::Unix).unwrap().0.into_owned();
        assert_eq!(base("/home/me/app"), b"/srv/app");
        assert_eq!(base("/home/me/app/conf"), b"/srv/app/conf");
        assert_eq!(base("/home/me/application"), b"/home/me/application");
    }

    #[test]
    fn other_tokens_are_errors() {
        assert!(matches!(expand("${HOMES}/a"), Err(Problem::UnknownToken { nearest: Some(n), .. }) if n == "${HOME}"));
        assert!(matches!(expand("${TMP}"), Err(Problem::TokenWithoutValue { .. })));
        for text in ["${HOME}x", "/a/${HOME}", "${HOME}/${TMP}", "${HOME", "${HOME}*"] {
            assert!(matches!(expand(text), Err(Problem::TokenPlace { .. })), "{text}");
        }
    }
}

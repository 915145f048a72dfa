//! The language of path grants: what the text of a grant covers, before the file system is asked.
//!
//! - `*` alone is everything.
//! - A plain path is itself. Whether it means a tree is decided when it is loaded (see `grants`).
//! - A last name `{}` stands for nothing: `/d/{}` is the directory `/d` itself, without its
//!   contents.
//! - One `*` at the end is a prefix: `/d/al*` covers `/d/al` and `/d/allowed/x`. `/d/*` also covers
//!   `/d`.
//! - Any other wildcard (`?`, `**`, `[…]`, `{a,b}`, `*` before the end) makes a glob. In a glob `*`
//!   matches within one name, and `**` matches any number of names. On Unix a `\` before a wildcard
//!   takes its meaning away.
//!
//! The part before the first wildcard is resolved like any path. After it `.` and `..` have no
//! plain meaning and are refused.

use std::borrow::Cow;

use super::error::{GrantError, found};
use super::globs::{self, is_meta};
use super::path::{PathError, Style};

/// The text of a grant, made absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Every path.
    Everything,
    /// One path.
    Path(Vec<u8>),
    /// One path and nothing below it, even if it is a directory.
    Itself(Vec<u8>),
    /// A directory and everything below it, whether it exists or not.
    Tree(Vec<u8>),
    /// Every path that begins with these bytes.
    Prefix(Vec<u8>),
    /// A glob: the directory that it starts in, and the pattern below that.
    Glob {
        /// The part without wildcards.
        head: Vec<u8>,
        /// The rest, with `/` between its parts.
        tail: String,
        /// The whole text as a plain path: a directory may really be called `[id]`.
        literal: Vec<u8>,
    },
}

impl Pattern {
    /// Reads a grant. A relative path starts at `base`, which must be absolute.
    ///
    /// # Errors
    /// [`GrantError::Path`] for a path that cannot be checked, [`GrantError::Pattern`] for a glob
    /// without a plain meaning.
    pub fn parse(style: Style, base: &[u8], text: &[u8]) -> Result<Self, GrantError> {
        if text == b"*" {
            return Ok(Self::Everything);
        }
        let marks = Wildcards::find(style, text);
        let resolve = |part: &[u8]| {
            let path = style.normalise(part, || Some(base));
            path.map(Cow::into_owned).map_err(|reason| path_error(text, reason))
        };
        let Some(first) = marks.first_wildcard else {
            return Ok(Self::Path(resolve(&marks.plain(text))?));
        };
        let name_starts = |end: usize| text[..end].iter().rposition(|&b| style.is_separator(b)).map_or(0, |at| at + 1);
        if first + 1 == text.len() && text[first] == b'*' {
            let start = name_starts(first);
            let directory = resolve(&marks.plain(&text[..start]))?;
            let name = marks.plain(&text[start..first]);
            return if name.is_empty() {
                Ok(Self::Tree(directory))
            } else if name.contains(&0) {
                Err(path_error(text, PathError::Nul))
            } else {
                Ok(Self::Prefix(style.join(&directory, &name)))
            };
        }
        let start = name_starts(first);
        if start == first && &text[first..] == b"{}" {
            return Ok(Self::Itself(resolve(&marks.plain(&text[..start]))?));
        }
        let tail =
            globs::tidy(style, &text[start..]).map_err(|reason| GrantError::Pattern { found: found(text), reason })?;
        let head = resolve(&marks.plain(&text[..start]))?;
        globs::check(&head, &tail, style).map_err(|reason| GrantError::Pattern { found: found(text), reason })?;
        // On Windows no name contains a wildcard; the head takes its place.
        let literal = resolve(text).unwrap_or_else(|_| head.clone());
        Ok(Self::Glob { head, tail, literal })
    }
}

fn path_error(text: &[u8], reason: PathError) -> GrantError {
    GrantError::Path { found: found(text), reason }
}

/// Where the first wildcard stands, and whether any wildcard is escaped.
struct Wildcards {
    first_wildcard: Option<usize>,
    escaped: bool,
}

impl Wildcards {
    fn find(style: Style, text: &[u8]) -> Self {
        let mut escaped = false;
        // Most texts have no such byte. The compiler turns this fold into vector instructions.
        let odd = |odd, &byte: &u8| odd | matches!(byte, b'\\' | b'*' | b'?' | b'[' | b'{');
        if !text.iter().fold(false, odd) {
            return Self { first_wildcard: None, escaped };
        }
        // `\\?\` begins a namespace, and is no pattern.
        let mut at = if style == Style::Windows && text.starts_with(br"\\?\") { 4 } else { 0 };
        while at < text.len() {
            match text[at] {
                b'\\' if style == Style::Unix && text.get(at + 1).is_some_and(|&next| is_meta(next.into())) => {
                    escaped = true;
                    at += 1;
                }
                b'*' | b'?' => return Self { first_wildcard: Some(at), escaped },
                b'[' if text[at + 1..].contains(&b']') => return Self { first_wildcard: Some(at), escaped },
                b'{' if text[at + 1..].contains(&b'}') => return Self { first_wildcard: Some(at), escaped },
                _ => {}
            }
            at += 1;
        }
        Self { first_wildcard: None, escaped }
    }

    /// Returns a part without wildcards, and without the escapes in it.
    fn plain<'t>(&self, part: &'t [u8]) -> Cow<'t, [u8]> {
        if !self.escaped {
            return Cow::Borrowed(part);
        }
        let mut plain = Vec::with_capacity(part.len());
        let mut bytes = part.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            match bytes.peek() {
                Some(&next) if byte == b'\\' && is_meta(next.into()) => plain.extend(bytes.next()),
                _ => plain.push(byte),
            }
        }
        Cow::Owned(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::{GrantError, Pattern, Style};

    fn unix(text: &str) -> Pattern {
        Pattern::parse(Style::Unix, b"/base", text.as_bytes()).unwrap()
    }

    fn path(path: &str) -> Pattern {
        Pattern::Path(path.into())
    }

    fn prefix(path: &str) -> Pattern {
        Pattern::Prefix(path.into())
    }

    fn tree(path: &str) -> Pattern {
        Pattern::Tree(path.into())
    }

    #[track_caller]
    fn glob(text: &str, head: &str, tail: &str) {
        let Pattern::Glob { head: found_head, tail: found_tail, .. } = unix(text) else { panic!("{text}: no glob") };
        assert_eq!((found_head.as_slice(), found_tail.as_str()), (head.as_bytes(), tail), "{text}");
    }

    #[test]
    fn a_star_alone_is_everything() {
        assert_eq!(unix("*"), Pattern::Everything);
    }

    #[test]
    fn plain_paths_are_resolved() {
        assert_eq!(unix("/a/b/"), path("/a/b"));
        assert_eq!(unix("../a"), path("/a"));
        assert_eq!(unix("."), path("/base"));
        assert_eq!(unix("~/a"), path("/base/~/a"));
        assert_eq!(unix("/a,b"), path("/a,b"));
    }

    #[test]
    fn a_lone_bracket_is_no_wildcard() {
        assert_eq!(unix("/a[1"), path("/a[1"));
        assert_eq!(unix("/a]{"), path("/a]{"));
    }

    #[test]
    fn a_star_at_the_end_is_a_prefix() {
        assert_eq!(unix("/d/al*"), prefix("/d/al"));
        assert_eq!(unix("al*"), prefix("/base/al"));
        assert_eq!(unix("/d/../al*"), prefix("/al"));
        assert_eq!(unix("/d/..*"), prefix("/d/.."));
        assert_eq!(unix("/d/.*"), prefix("/d/."));
    }

    #[test]
    fn a_star_after_a_separator_is_the_tree() {
        assert_eq!(unix("/d/*"), tree("/d"));
        assert_eq!(unix("./*"), tree("/base"));
        assert_eq!(unix("/*"), tree("/"));
    }

    #[test]
    fn empty_braces_are_the_directory_itself() {
        let itself = |path: &str| Pattern::Itself(path.into());
        assert_eq!(unix("/d/{}"), itself("/d"));
        assert_eq!(unix("/{}"), itself("/"));
        assert_eq!(unix("{}"), itself("/base"));
        assert_eq!(unix("/d/../e/{}"), itself("/e"));
        glob("/d/x{}", "/d", "x{}");
        glob("/*/{}", "/", "*/{}");
    }

    #[test]
    fn other_wildcards_are_globs() {
        glob("/w/*/f.txt", "/w", "*/f.txt");
        glob("src/**/*.js", "/base/src", "**/*.js");
        glob("/w/[ab]/x*", "/w", "[ab]/x*");
        glob("../a?", "/", "a?");
        glob("/w/{a,b}/", "/w", "{a,b}");
        glob("/w/x{a,b}//c", "/w", "x{a,b}/c");
        glob("**", "/base", "**");
    }

    #[test]
    fn a_backslash_takes_the_meaning_from_a_wildcard() {
        assert_eq!(unix(r"/app/\[id\]"), path("/app/[id]"));
        assert_eq!(unix(r"/app/a\*"), path("/app/a*"));
        assert_eq!(unix(r"/app/a\b"), path(r"/app/a\b"));
        glob(r"/app/\[id\]/*.js", "/app/[id]", "*.js");
    }

    #[test]
    fn globs_without_a_plain_meaning_are_refused() {
        for text in ["/a/*/../b", "/a/?/./b", "/a**b", "/a/x**", "/a/[z-a]/", "/a/[+-9]x", "/a/[é]", "/a/{b?"] {
            let error = Pattern::parse(Style::Unix, b"/", text.as_bytes());
            assert!(matches!(error, Err(GrantError::Pattern { .. })), "{text}: {error:?}");
        }
    }

    #[test]
    fn nul_is_refused_in_every_kind_of_grant() {
        for text in [&b"/a\0"[..], b"/a\0*", b"/a\0/*", b"/a\0/*/b", b"/a/*/b\0"] {
            assert!(Pattern::parse(Style::Unix, b"/", text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_namespace_prefix_is_no_wildcard() {
        let parsed = Pattern::parse(Style::Windows, br"C:\", br"\\?\C:\a\b");
        assert_eq!(parsed, Ok(Pattern::Path(br"C:\a\b".to_vec())));
    }

    #[test]
    fn windows_globs_are_written_with_either_separator() {
        let Ok(Pattern::Glob { head, tail, .. }) = Pattern::parse(Style::Windows, br"C:\b", br"src\**\*.js") else {
            panic!("no glob")
        };
        assert_eq!((head.as_slice(), tail.as_str()), (&br"C:\b\src"[..], "**/*.js"));
    }
}

//! Finds rules that match nothing because another program would have expanded, split or unquoted
//! their text.
//!
//! Such a denial stops the start, and such a grant is reported: the operator meant something else.
//! If a path exists exactly as it is spelled, the spelling is right.

use std::borrow::Cow;
use std::fmt;

use crate::policy::files::FileKind;
use crate::policy::path::Style;
use crate::policy::shell_words;
use crate::policy::{Files, Scope, ScopeKind};

/// A rule that matches nothing as it is spelled, and the text to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misspelling {
    found: String,
    kind: Slip,
    instead: String,
}

/// The feature that the operator expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slip {
    /// `~/.ssh`: a shell replaces `~` by a home directory.
    Tilde,
    /// `$HOME/.aws`, `%APPDATA%\x`, `$(pwd)/x`: a shell replaces these by values.
    Variable,
    /// `'/a'`: a shell removes the quotes.
    Quotes,
    /// `file:///a`: a URL.
    Url,
    /// `/a,/b`, `/a:/b`: other programs split such text. In a policy file an array names several
    /// paths.
    List { separator: u8, in_file: bool },
    /// `/a/@(b|c)`: a pattern of bash.
    Group,
    /// A line end, a tab, a byte order mark.
    Invisible(char),
    /// `-NAME`, `!NAME`, `!/a`: other programs remove such a name from a list.
    Sign,
}

impl fmt::Display for Misspelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { found, kind, instead } = self;
        match kind {
            Slip::Tilde => write!(
                f,
                "{found:?} matches nothing: permit does not expand ~; write {instead:?}, or ./ in front if the name begins \
                 with ~"
            ),
            Slip::Variable => write!(f, "{found:?} matches nothing: permit does not expand variables; write {instead}"),
            Slip::Quotes => write!(f, "{found:?} matches nothing: the quotes are part of it; write {instead:?}"),
            Slip::Url => write!(f, "{found:?} matches nothing: it is a URL and no path; write {instead:?}"),
            Slip::List { separator, in_file } => {
                let separator = char::from(*separator);
                let (name, itself) = match separator {
                    ',' => ("comma".to_owned(), "\\,".to_owned()),
                    _ => (format!("{separator:?}"), format!("[{separator}]")),
                };
                let several = if *in_file { "write an array" } else { "repeat the flag" };
                write!(
                    f,
                    "{found:?} is one name with a {name}, and nothing exists there; to name several {several}, or write \
                     {itself} for a {name} in a name"
                )
            }
            Slip::Group => write!(
                f,
                "{found:?} matches nothing: permit's patterns have no @(a|b), !(a) or the like; write {instead}"
            ),
            Slip::Invisible(c) => write!(
                f,
                "{found:?} matches nothing: it contains U+{:04X}, which is not visible; write {instead:?}",
                u32::from(*c)
            ),
            Slip::Sign => write!(
                f,
                "{found:?} matches nothing: a sign does not take a name out of a list; write {instead:?} under the other key"
            ),
        }
    }
}

/// A rule whose spelling is checked.
pub(super) struct SpellingCheck<'a> {
    pub(super) scope: Scope,
    /// The text as it was written.
    pub(super) written: &'a [u8],
    /// The directory in which the path starts.
    pub(super) base: &'a [u8],
    /// The path from there, with tokens replaced.
    pub(super) rest: &'a [u8],
    pub(super) in_file: bool,
}

/// The result of the check.
pub(super) struct CheckedText<'a> {
    /// The problem, if the rule matches nothing as it is spelled.
    pub(super) misspelling: Option<Misspelling>,
    /// The text, with `\,` replaced by a comma.
    pub(super) text: Cow<'a, [u8]>,
}

impl<'a> SpellingCheck<'a> {
    /// Checks whether the spelling of the rule matches nothing.
    pub(super) fn check(&self, files: &dyn Files) -> CheckedText<'a> {
        let plain = CheckedText { misspelling: None, text: Cow::Borrowed(self.rest) };
        let slip = match self.scope.kind() {
            ScopeKind::Name => return CheckedText { misspelling: self.slip_of_name(), ..plain },
            ScopeKind::Path => self.slip(self.written),
            ScopeKind::Program => {
                let program = shell_words::split(self.written).ok().and_then(|words| words.into_iter().next());
                program.and_then(|program| self.slip(&program)).or_else(|| invisible(self.written))
            }
            ScopeKind::Host | ScopeKind::Switch => return plain,
        };
        let text = without_escapes(self.rest);
        if (slip.is_none() && matches!(text, Cow::Borrowed(_))) || self.exists(files) {
            return plain;
        }
        CheckedText { misspelling: slip.map(|slip| slip.of(self.written)), text }
    }

    /// Whether a file of exactly this name exists. For a pattern, whether its directory exists.
    fn exists(&self, files: &dyn Files) -> bool {
        let style = Style::NATIVE;
        if self.scope == Scope::Child {
            let Ok(word) = std::str::from_utf8(self.rest) else { return false };
            if !word.bytes().any(|byte| style.is_separator(byte)) {
                return files.program(word).is_some();
            }
        } else if self.scope.kind() != ScopeKind::Path {
            return false;
        }
        let wild = self.rest.iter().position(|byte| b"*?[{".contains(byte));
        let head = match wild {
            None => self.rest,
            Some(wild) => {
                let cut = self.rest[..wild].iter().rposition(|&byte| style.is_separator(byte)).unwrap_or(0);
                if cut == 0 || self.slip(&self.rest[cut..]).is_some() {
                    return false;
                }
                &self.rest[..cut]
            }
        };
        let path = style.normalise(head, || Some(self.base));
        path.is_ok_and(|path| files.kind(&path) != FileKind::Missing)
    }

    /// Returns the slip in a path, or in the name of a program.
    fn slip(&self, text: &[u8]) -> Option<Slip> {
        if let Some(slip) = invisible(text) {
            return Some(slip);
        }
        let style = Style::NATIVE;
        if is_quote(text.first()) || is_quote(text.last()) {
            return Some(Slip::Quotes);
        }
        if is_url(text) {
            return Some(Slip::Url);
        }
        if is_signed(text) {
            return Some(Slip::Sign);
        }
        let mut parts = text.split(|&byte| style.is_separator(byte));
        let first = parts.clone().next().unwrap_or_default();
        if first.strip_prefix(b"~").is_some_and(|user| user.iter().all(|&byte| is_user(byte))) {
            return Some(Slip::Tilde);
        }
        if parts.clone().any(is_variable) {
            return Some(Slip::Variable);
        }
        if parts.any(|part| is_quote(part.first()) && part[1..].contains(&part[0])) {
            return Some(Slip::Quotes);
        }
        if has_group(text) {
            return Some(Slip::Group);
        }
        separator_of_list(text).map(|separator| Slip::List { separator, in_file: self.in_file })
    }

    /// Returns the slip in the name of an environment variable.
    fn slip_of_name(&self) -> Option<Misspelling> {
        let text = self.written;
        let slip = match text.first() {
            _ if invisible(text).is_some() => invisible(text)?,
            first if is_quote(first) || is_quote(text.last()) => Slip::Quotes,
            Some(b'-' | b'!') => Slip::Sign,
            Some(b'$' | b'%') => Slip::Variable,
            _ => return None,
        };
        Some(slip.of(text))
    }
}

impl Slip {
    /// Returns the slip in `text`, with the text to write instead.
    fn of(self, text: &[u8]) -> Misspelling {
        let found = String::from_utf8_lossy(text).into_owned();
        let instead = match self {
            Self::Tilde => match found.split_once('/') {
                Some(("~", rest)) => format!("${{HOME}}/{rest}"),
                None if found == "~" => "${HOME}".to_owned(),
                _ => "the home directory itself".to_owned(),
            },
            Self::Variable => {
                let known = [("$HOME", "${HOME}"), ("$TMPDIR", "${TMP}"), ("$PWD", "${CWD}")];
                let known = known.iter().find_map(|(name, token)| {
                    let rest = found.strip_prefix(name)?;
                    (rest.is_empty() || rest.starts_with('/')).then(|| format!("{:?}", format!("{token}{rest}")))
                });
                known.unwrap_or_else(|| "the value itself".to_owned())
            }
            Self::Quotes => found.replace(['\'', '"', '`'], ""),
            Self::Url => match found.split_once(':') {
                Some((scheme, path)) if scheme.eq_ignore_ascii_case("file") => {
                    let path = path.strip_prefix("//").unwrap_or(path);
                    path.strip_prefix("localhost").unwrap_or(path).to_owned()
                }
                _ => "the path itself".to_owned(),
            },
            Self::List { .. } => String::new(),
            Self::Group => "{a,b} for one of several".to_owned(),
            Self::Invisible(_) => found.chars().filter(|&c| !is_invisible(c)).collect::<String>().trim().to_owned(),
            Self::Sign => found.trim_start_matches(['-', '!']).to_owned(),
        };
        Misspelling { found, kind: self, instead }
    }
}

/// Returns the first invisible character: a control or format character anywhere, or white space at
/// either end.
fn invisible(text: &[u8]) -> Option<Slip> {
    let text = String::from_utf8_lossy(text);
    let at_end = |c: &char| c.is_whitespace();
    let ends = [text.chars().next(), text.chars().next_back()].into_iter().flatten().find(at_end);
    text.chars().find(|&c| is_invisible(c)).or(ends).map(Slip::Invisible)
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{ffa0}')
}

fn is_quote(byte: Option<&u8>) -> bool {
    matches!(byte, Some(b'\'' | b'"' | b'`'))
}

fn is_user(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'+')
}

/// Whether a part of a path is `$NAME`, `%NAME%`, or a command that a shell would run.
fn is_variable(part: &[u8]) -> bool {
    let name = part.strip_prefix(b"$").or_else(|| part.strip_prefix(b"%")?.strip_suffix(b"%"));
    let is_name = name.is_some_and(|name| {
        name.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
            && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    });
    is_name || part.starts_with(b"$(")
}

/// Whether the text begins with a scheme: `file:` with any text after it, any other scheme with a
/// slash. One letter is a drive.
fn is_url(text: &[u8]) -> bool {
    let Some(colon) = text.iter().position(|&byte| byte == b':').filter(|&colon| colon > 1) else { return false };
    let (scheme, rest) = (&text[..colon], &text[colon + 1..]);
    scheme.eq_ignore_ascii_case(b"file") || (scheme.iter().all(u8::is_ascii_alphanumeric) && rest.starts_with(b"/"))
}

/// Whether a sign comes before a path: `!/a`, `-./b`.
fn is_signed(text: &[u8]) -> bool {
    matches!(text, [b'!' | b'-', b'/' | b'.' | b'~' | b'*' | b'$', ..])
}

/// Whether the text has a group in the syntax of bash: `@(a|b)`.
fn has_group(text: &[u8]) -> bool {
    let opens = text.windows(2).position(|pair| matches!(pair, [b'@' | b'+' | b'!' | b'?' | b'*', b'(']));
    opens.is_some_and(|opens| text[opens..].contains(&b')'))
}

/// Returns the character that would split the text in another program: a comma without a backslash
/// before it, or another separator before a slash. Characters within `{a,b}` and `[,]` do not
/// count.
fn separator_of_list(text: &[u8]) -> Option<u8> {
    let mut depth = 0_usize;
    text.iter().enumerate().find_map(|(at, &byte)| {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let parts = match byte {
            b',' => at == 0 || text[at - 1] != b'\\',
            b';' | b'|' => text.get(at + 1) == Some(&b'/'),
            // On Windows a colon follows the letter of a drive.
            b':' => !Style::NATIVE.is_separator(b'\\') && text.get(at + 1) == Some(&b'/'),
            _ => false,
        };
        (parts && depth == 0).then_some(byte)
    })
}

/// Replaces each `\,` by a comma. Not on Windows, where a backslash separates names and a comma
/// needs no escape.
pub(super) fn without_escapes(text: &[u8]) -> Cow<'_, [u8]> {
    if Style::NATIVE.is_separator(b'\\') || !text.windows(2).any(|pair| pair == b"\\,") {
        return Cow::Borrowed(text);
    }
    let mut plain = Vec::with_capacity(text.len());
    for (at, byte) in text.iter().enumerate() {
        if *byte != b'\\' || text.get(at + 1) != Some(&b',') {
            plain.push(*byte);
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::SpellingCheck;
    use crate::policy::Files;
    use crate::policy::Scope;
    use crate::policy::files::{FileKind, NoFiles};

    fn says(scope: Scope, text: &str) -> Option<String> {
        let spelled =
            SpellingCheck { scope, written: text.as_bytes(), base: b"/base", rest: text.as_bytes(), in_file: false };
        spelled.check(&NoFiles).misspelling.map(|misspelling| misspelling.to_string())
    }

    #[track_caller]
    fn suggests(scope: Scope, text: &str, instead: &str) {
        let said = says(scope, text).unwrap_or_default();
        assert!(said.contains(&format!("write {instead}")), "{text:?}: {said:?}");
    }

    #[test]
    fn what_a_shell_would_have_changed_matches_nothing() {
        suggests(Scope::FsRead, "~/.ssh", "\"${HOME}/.ssh\"");
        suggests(Scope::FsRead, "~", "\"${HOME}\"");
        suggests(Scope::FsWrite, "~root/x", "\"the home directory itself\"");
        suggests(Scope::Fs, "$HOME/.aws", "\"${HOME}/.aws\"");
        suggests(Scope::FsRead, "/srv/$USER/x", "the value itself");
        suggests(Scope::FsRead, "%APPDATA%/x", "the value itself");
        suggests(Scope::Addon, "'/a'", "\"/a\"");
        suggests(Scope::FsRead, "\"/a", "\"/a\"");
        suggests(Scope::FsRead, "file:///etc/passwd", "\"/etc/passwd\"");
        suggests(Scope::FsRead, "FILE://localhost/a", "\"/a\"");
        suggests(Scope::FsRead, "/a\n", "\"/a\"");
        suggests(Scope::FsRead, " /a", "\"/a\"");
        suggests(Scope::FsRead, "\u{feff}/a", "\"/a\"");
        suggests(Scope::FsRead, "/a,/b", "\\, for a comma");
        suggests(Scope::Child, "id\t", "\"id\"");
        suggests(Scope::Child, "~/bin/x --all", "\"${HOME}/bin/x --all\"");
        suggests(Scope::Child, "git,ls", "\\, for a comma");
        suggests(Scope::FsRead, "!/a", "\"/a\" under the other key");
        suggests(Scope::FsRead, "-./a/**", "\"./a/**\" under the other key");
        suggests(Scope::FsRead, "$(pwd)/x", "the value itself");
        suggests(Scope::FsRead, "/home/'me'/x", "\"/home/me/x\"");
        suggests(Scope::FsRead, "unix:/run/x", "\"the path itself\"");
        suggests(Scope::FsRead, "https://example.com/x", "\"the path itself\"");
        suggests(Scope::FsRead, "/a\u{2060}", "\"/a\"");
        suggests(Scope::FsRead, "/a/@(b|c)", "{a,b} for one of several");
        suggests(Scope::FsRead, "/a;/b", "[;] for a ';' in a name");
        suggests(Scope::FsRead, "/a|/b", "[|] for a '|' in a name");
        #[cfg(unix)]
        suggests(Scope::FsRead, "/a:/b", "[:] for a ':' in a name");
        suggests(Scope::Env, "-DB_PASSWORD", "\"DB_PASSWORD\"");
        suggests(Scope::Env, "'TOKEN'", "\"TOKEN\"");
    }

    #[test]
    fn other_spellings_are_meant() {
        for text in [
            "./~/x",
            "/a\\,b",
            "/x/{a,b}/*.js",
            "/x/[,]",
            "/usr/share/Foo$Bar.class",
            "/a-b!c",
            "/a b",
            "*",
            "/é",
            "${HOME}/x",
            "a~",
            "/50%/x",
            "/~/x",
            "-x",
            "/a:b",
            "/a;b",
            "/a[:]/b",
            "/it's/x",
            "/a (1)/b",
        ] {
            assert_eq!(says(Scope::FsRead, text), None, "{text}");
        }
        for text in ["git log --format=a,b", "\"a b\" c", "node -e $x"] {
            assert_eq!(says(Scope::Child, text), None, "{text}");
        }
        assert_eq!(says(Scope::Env, "AWS_*"), None);
    }

    /// A file system in which these directories exist.
    struct Only(&'static [&'static str]);

    impl Files for Only {
        fn is_dir(&self, path: &[u8]) -> bool {
            self.0.iter().any(|known| known.as_bytes() == path)
        }

        fn real_path(&self, path: &[u8]) -> Option<Vec<u8>> {
            self.is_dir(path).then(|| path.to_vec())
        }

        fn program(&self, _: &str) -> Option<Vec<u8>> {
            None
        }

        fn kind(&self, path: &[u8]) -> FileKind {
            if self.is_dir(path) { FileKind::Directory } else { FileKind::Missing }
        }
    }

    #[test]
    fn what_exists_is_meant() {
        let files = Only(&["/base/~", "/a,/b"]);
        for text in ["~", "/a,/b", "/a,/b/*.js"] {
            let text = text.as_bytes();
            let spelled =
                SpellingCheck { scope: Scope::FsRead, written: text, base: b"/base", rest: text, in_file: false };
            let checked = spelled.check(&files);
            assert_eq!(checked.misspelling, None);
            assert_eq!(checked.text, text);
        }
    }

    #[test]
    fn an_escaped_comma_is_a_comma() {
        let spelled =
            SpellingCheck { scope: Scope::FsRead, written: b"/a\\,b", base: b"/", rest: b"/a\\,b", in_file: true };
        assert_eq!(spelled.check(&NoFiles).text.as_ref(), b"/a,b");
    }
}

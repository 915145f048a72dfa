//! Paths of Unix: bytes, `/` between names, case-sensitive.
//!
//! The functions here and in [`super::windows`] have the same names and meanings; [`super::Style`]
//! selects one. Nothing here touches the file system: `..` is lexical, as in Node's `path.resolve`.

use std::borrow::Cow;

use super::PathError;

/// The separator between names.
pub const SEPARATOR: u8 = b'/';

/// Whether `byte` separates names.
#[must_use]
pub const fn is_separator(byte: u8) -> bool {
    byte == SEPARATOR
}

/// Whether `path` is meant without a working directory.
#[must_use]
pub fn is_absolute(path: &[u8]) -> bool {
    path.first() == Some(&SEPARATOR)
}

/// Returns the absolute path that `raw` means in `cwd`, without `.`, `..`, empty names or a
/// separator at its end.
///
/// Borrows a path that is already in this form, after one scan. Calls `cwd` only if `raw` is
/// relative.
///
/// # Errors
/// [`PathError::Nul`] for a NUL byte. [`PathError::NoWorkingDirectory`] if `raw` is relative, and
/// `cwd` is unknown or not absolute.
pub fn normalise<C: AsRef<[u8]>>(raw: &[u8], cwd: impl FnOnce() -> Option<C>) -> Result<Cow<'_, [u8]>, PathError> {
    if is_absolute(raw) {
        if is_plainly_normal(raw) || scan(raw)? {
            return Ok(Cow::Borrowed(raw));
        }
        let mut out = Vec::with_capacity(raw.len());
        push_names(&mut out, raw);
        return Ok(Cow::Owned(finish(out)));
    }
    let cwd = cwd().ok_or(PathError::NoWorkingDirectory)?;
    let cwd = cwd.as_ref();
    if !is_absolute(cwd) {
        return Err(PathError::NoWorkingDirectory);
    }
    if raw.contains(&0) || cwd.contains(&0) {
        return Err(PathError::Nul);
    }
    let mut out = Vec::with_capacity(cwd.len() + 1 + raw.len());
    push_names(&mut out, cwd);
    push_names(&mut out, raw);
    Ok(Cow::Owned(finish(out)))
}

/// Returns the directory that contains `path`, which must be normal. Returns `None` for the root.
#[must_use]
pub fn parent(path: &[u8]) -> Option<&[u8]> {
    let cut = path.iter().rposition(|&byte| byte == SEPARATOR)?;
    match (cut, path.len()) {
        (_, 0 | 1) => None,
        (0, _) => Some(&path[..1]),
        _ => Some(&path[..cut]),
    }
}

/// Returns the form in which two spellings of one file are equal bytes: on Unix the path itself.
#[must_use]
pub fn fold(path: &[u8]) -> Cow<'_, [u8]> {
    Cow::Borrowed(path)
}

/// Whether an absolute path is clearly normal: no empty name, no NUL, no name that begins with a
/// dot. Most paths are. The loop has no branch, so the compiler turns it into vector instructions.
#[expect(clippy::needless_bitwise_bool, reason = "a lazy operator is a branch, and branches are what it must not have")]
fn is_plainly_normal(path: &[u8]) -> bool {
    let pairs = path.iter().zip(&path[1..]);
    let odd = pairs.fold(false, |odd, (&before, &byte)| {
        odd | (byte == 0) | ((before == SEPARATOR) & ((byte == SEPARATOR) | (byte == b'.')))
    });
    !odd && (path.len() == 1 || path.last() != Some(&SEPARATOR))
}

/// Whether an absolute path is normal. One scan, which looks for NUL too.
fn scan(path: &[u8]) -> Result<bool, PathError> {
    let mut normal = true;
    let mut start = 1;
    for (at, &byte) in path.iter().enumerate().skip(1) {
        if byte == SEPARATOR {
            normal &= at - start > 2 || !is_special(&path[start..at]);
            start = at + 1;
        } else if byte == 0 {
            return Err(PathError::Nul);
        }
    }
    Ok(normal && (path.len() == 1 || !is_special(&path[start..])))
}

fn is_special(name: &[u8]) -> bool {
    matches!(name, b"" | b"." | b"..")
}

/// Appends the names of `path` to `out`. Until [`finish`] the root is the empty string.
fn push_names(out: &mut Vec<u8>, path: &[u8]) {
    for name in path.split(|&byte| byte == SEPARATOR) {
        match name {
            b"" | b"." => {}
            b".." => {
                let cut = out.iter().rposition(|&byte| byte == SEPARATOR).unwrap_or(0);
                out.truncate(cut);
            }
            name => {
                out.push(SEPARATOR);
                out.extend_from_slice(name);
            }
        }
    }
}

fn finish(mut out: Vec<u8>) -> Vec<u8> {
    if out.is_empty() {
        out.push(SEPARATOR);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{PathError, normalise, parent};

    fn at_work(raw: &str) -> String {
        let path = normalise(raw.as_bytes(), || Some("/work/here")).unwrap();
        String::from_utf8(path.into_owned()).unwrap()
    }

    #[test]
    fn dots_and_doubled_separators_go() {
        for (raw, normal) in [
            ("/a//b", "/a/b"),
            ("/a/./b", "/a/b"),
            ("/a/../b", "/b"),
            ("/a/b/", "/a/b"),
            ("/..", "/"),
            ("/../../x", "/x"),
            ("/", "/"),
            ("//", "/"),
            ("///a", "/a"),
            ("/a/b/..", "/a"),
            ("/a/.", "/a"),
            ("/.a/..b/...", "/.a/..b/..."),
            ("/a/b/../../..", "/"),
        ] {
            assert_eq!(at_work(raw), normal, "{raw}");
        }
    }

    #[test]
    fn relative_paths_start_at_the_working_directory() {
        for (raw, absolute) in [
            ("", "/work/here"),
            (".", "/work/here"),
            ("..", "/work"),
            ("a", "/work/here/a"),
            ("./a/", "/work/here/a"),
            ("../../../a", "/a"),
            ("file:///x", "/work/here/file:/x"),
        ] {
            assert_eq!(at_work(raw), absolute, "{raw}");
        }
    }

    #[test]
    fn a_normal_absolute_path_is_borrowed() {
        assert!(matches!(normalise(b"/a/b.c", || None::<&[u8]>), Ok(Cow::Borrowed(b"/a/b.c"))));
    }

    #[test]
    fn nul_is_refused_wherever_it_stands() {
        for raw in [&b"/a\0b"[..], b"/\0", b"a\0", b"/a/../\0"] {
            assert!(matches!(normalise(raw, || Some("/work")), Err(PathError::Nul)));
        }
    }

    #[test]
    fn a_relative_path_without_a_working_directory_is_refused() {
        assert!(matches!(normalise(b"a", || None::<&[u8]>), Err(PathError::NoWorkingDirectory)));
        assert!(matches!(normalise(b"a", || Some("relative")), Err(PathError::NoWorkingDirectory)));
    }

    #[test]
    fn parents_end_at_the_root() {
        assert_eq!(parent(b"/a/b"), Some(&b"/a"[..]));
        assert_eq!(parent(b"/a"), Some(&b"/"[..]));
        assert_eq!(parent(b"/"), None);
    }
}

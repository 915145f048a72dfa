//! Paths of Windows: drives, shares, two separators, case-insensitive.
//!
//! The functions here and in [`super::unix`] have the same names and meanings. Windows gives many
//! names to one file. A spelling that may mean another file than it seems is refused: alternate
//! data streams (`a.txt:s`), names that Windows trims (`a.txt.`, `a.txt `), device names (`NUL`,
//! `COM1`), device namespaces (`\\.\`), and `\\?\` except before plain drives and shares. Short
//! names (`PROGRA~1`) cannot be recognised lexically; the real path resolves them.

use std::borrow::Cow;

use super::PathError;

/// The separator between the names of a normal path.
pub const SEPARATOR: u8 = b'\\';

/// Whether `byte` separates names in a path that a caller may write.
#[must_use]
pub const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'\\' | b'/')
}

/// Whether `path` is meant without a working directory.
#[must_use]
pub fn is_absolute(path: &[u8]) -> bool {
    matches!(split_root(path), Ok((Root::Drive(_) | Root::Share(..), _)))
}

/// Returns the absolute path that `raw` means in `cwd`, with `\` between names and without `.`,
/// `..`, empty names or a separator at its end. A root keeps its separator: `C:\`,
/// `\\server\share\`.
///
/// # Errors
/// A [`PathError`] for each spelling that the introduction of this module lists as refused.
pub fn normalise<C: AsRef<[u8]>>(raw: &[u8], cwd: impl FnOnce() -> Option<C>) -> Result<Cow<'_, [u8]>, PathError> {
    if raw.contains(&0) {
        return Err(PathError::Nul);
    }
    let (root, rest) = split_root(raw)?;
    let mut out = Vec::with_capacity(raw.len() + 1);
    let floor = match root {
        Root::Drive(letter) => push_drive(&mut out, letter),
        Root::Share(server, share) => push_share(&mut out, server, share)?,
        Root::None | Root::Current | Root::DriveRelative(_) => {
            let cwd = cwd().ok_or(PathError::NoWorkingDirectory)?;
            let cwd = cwd.as_ref();
            if cwd.contains(&0) {
                return Err(PathError::Nul);
            }
            let (cwd_root, cwd_rest) = split_root(cwd)?;
            let floor = match cwd_root {
                Root::Drive(letter) => push_drive(&mut out, letter),
                Root::Share(server, share) => push_share(&mut out, server, share)?,
                _ => return Err(PathError::NoWorkingDirectory),
            };
            match (root, cwd_root) {
                (Root::Current, _) => {}
                (Root::None, _) => push_names(&mut out, floor, cwd_rest)?,
                (Root::DriveRelative(asked), Root::Drive(here)) if asked.eq_ignore_ascii_case(&here) => {
                    push_names(&mut out, floor, cwd_rest)?;
                }
                // Each drive has a working directory of its own, and only the current one is known.
                _ => return Err(PathError::NoWorkingDirectory),
            }
            floor
        }
    };
    push_names(&mut out, floor, rest)?;
    Ok(Cow::Owned(out))
}

/// Returns the directory that contains `path`, which must be normal. Returns `None` for a root.
#[must_use]
pub fn parent(path: &[u8]) -> Option<&[u8]> {
    let floor = match split_root(path) {
        Ok((Root::Drive(_), _)) => 3,
        Ok((Root::Share(server, share), _)) => 2 + server.len() + 1 + share.len() + 1,
        _ => return None,
    };
    if path.len() <= floor {
        return None;
    }
    let cut = path.iter().rposition(|&byte| byte == SEPARATOR)?;
    Some(&path[..cut.max(floor)])
}

/// Returns the form in which two spellings of one file are equal bytes. Each character is in upper
/// case if its upper case is one character, as NTFS compares. Bytes that are not UTF-8 stay, and so
/// do characters whose upper case is ASCII (`ı`, `ſ`): a grant of `i` does not cover `ı`.
#[must_use]
pub fn fold(path: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Vec::with_capacity(path.len());
    for chunk in path.utf8_chunks() {
        for character in chunk.valid().chars() {
            let mut upper = character.to_uppercase();
            let folded = match (upper.next(), upper.next()) {
                (Some(single), None) if character.is_ascii() || !single.is_ascii() => single,
                _ => character,
            };
            out.extend_from_slice(folded.encode_utf8(&mut [0; 4]).as_bytes());
        }
        out.extend_from_slice(chunk.invalid());
    }
    Cow::Owned(out)
}

/// How a path begins.
#[derive(Clone, Copy)]
enum Root<'a> {
    /// A plain relative path.
    None,
    /// `\a`: the current drive.
    Current,
    /// `C:a`: the working directory of that drive.
    DriveRelative(u8),
    /// `C:\a`.
    Drive(u8),
    /// `\\server\share\a`.
    Share(&'a [u8], &'a [u8]),
}

fn split_root(path: &[u8]) -> Result<(Root<'_>, &[u8]), PathError> {
    match path {
        [b'\\', b'\\', b'?', b'\\', rest @ ..] => split_verbatim(rest),
        [b'\\', b'?', b'?', b'\\', ..] => Err(PathError::Device),
        [a, b, b'.' | b'?', c, ..] if is_separator(*a) && is_separator(*b) && is_separator(*c) => {
            Err(PathError::Device)
        }
        [a, b, rest @ ..] if is_separator(*a) && is_separator(*b) => split_share(rest),
        [letter, b':', separator, ..] if letter.is_ascii_alphabetic() && is_separator(*separator) => {
            Ok((Root::Drive(*letter), &path[3..]))
        }
        [letter, b':', rest @ ..] if letter.is_ascii_alphabetic() => Ok((Root::DriveRelative(*letter), rest)),
        [separator, rest @ ..] if is_separator(*separator) => Ok((Root::Current, rest)),
        _ => Ok((Root::None, path)),
    }
}

/// After `\\?\` Windows takes every byte literally, also `/`, `.` and `..`. Accepts only paths that
/// mean the same without the prefix.
fn split_verbatim(rest: &[u8]) -> Result<(Root<'_>, &[u8]), PathError> {
    let (root, names) = match rest {
        [letter, b':', b'\\', names @ ..] if letter.is_ascii_alphabetic() => (Root::Drive(*letter), names),
        [b'U' | b'u', b'N' | b'n', b'C' | b'c', b'\\', names @ ..] => split_share(names)?,
        _ => return Err(PathError::Device),
    };
    let literal = |name: &[u8]| matches!(name, b"." | b"..") || name.contains(&b'/');
    if names.split(|&byte| byte == SEPARATOR).any(literal) {
        return Err(PathError::Device);
    }
    Ok((root, names))
}

fn split_share(rest: &[u8]) -> Result<(Root<'_>, &[u8]), PathError> {
    let mut parts = rest.splitn(3, |&byte| is_separator(byte));
    match (parts.next(), parts.next()) {
        (Some(server), Some(share)) if !server.is_empty() && !share.is_empty() => {
            Ok((Root::Share(server, share), parts.next().unwrap_or_default()))
        }
        _ => Err(PathError::Device),
    }
}

fn push_drive(out: &mut Vec<u8>, letter: u8) -> usize {
    out.extend_from_slice(&[letter, b':', SEPARATOR]);
    out.len()
}

fn push_share(out: &mut Vec<u8>, server: &[u8], share: &[u8]) -> Result<usize, PathError> {
    for name in [server, share] {
        check_name(name)?;
        // `\\?\UNC\?\x` would become `\\?\x`, which is a namespace.
        if matches!(name, b"." | b".." | b"?") {
            return Err(PathError::Device);
        }
    }
    out.extend_from_slice(b"\\\\");
    out.extend_from_slice(server);
    out.push(SEPARATOR);
    out.extend_from_slice(share);
    out.push(SEPARATOR);
    Ok(out.len())
}

/// Appends names to `out`. Its first `floor` bytes are the root, and end in a separator.
fn push_names(out: &mut Vec<u8>, floor: usize, names: &[u8]) -> Result<(), PathError> {
    for name in names.split(|&byte| is_separator(byte)) {
        match name {
            b"" | b"." => {}
            b".." => {
                let cut = out.iter().rposition(|&byte| byte == SEPARATOR).unwrap_or(floor);
                out.truncate(cut.max(floor));
            }
            name => {
                check_name(name)?;
                if out.len() > floor {
                    out.push(SEPARATOR);
                }
                out.extend_from_slice(name);
            }
        }
    }
    Ok(())
}

/// Refuses a name that Windows would read as another one.
fn check_name(name: &[u8]) -> Result<(), PathError> {
    if matches!(name, b"." | b"..") {
        return Ok(());
    }
    if name.contains(&b':') {
        return Err(PathError::Stream);
    }
    if matches!(name.last(), Some(b'.' | b' ')) {
        return Err(PathError::TrimmedName);
    }
    if is_device(name) { Err(PathError::Device) } else { Ok(()) }
}

/// Device names without a number.
const DEVICES: [&[u8]; 6] = [b"CON", b"PRN", b"AUX", b"NUL", b"CONIN$", b"CONOUT$"];

/// Whether this is the name of a device, such as `CON`, `NUL` or `COM1`. An extension does not
/// matter: older versions of Windows ignore it.
fn is_device(name: &[u8]) -> bool {
    let stem = name.split(|&byte| byte == b'.').next().unwrap_or_default().trim_ascii_end();
    if DEVICES.iter().any(|device| stem.eq_ignore_ascii_case(device)) {
        return true;
    }
    let Some((kind, unit)) = stem.split_at_checked(3) else { return false };
    let numbered = kind.eq_ignore_ascii_case(b"COM") || kind.eq_ignore_ascii_case(b"LPT");
    // The superscripts one, two and three count as digits here.
    numbered && matches!(unit, [b'0'..=b'9'] | [0xC2, 0xB9 | 0xB2 | 0xB3])
}

#[cfg(test)]
mod tests {
    use super::{PathError, fold, is_absolute, normalise, parent};

    fn at_work(raw: &str) -> Result<String, PathError> {
        let path = normalise(raw.as_bytes(), || Some(r"C:\work\here"))?;
        Ok(String::from_utf8(path.into_owned()).unwrap())
    }

    #[test]
    fn both_separators_and_dots_are_understood() {
        for (raw, normal) in [
            (r"C:\a\b", r"C:\a\b"),
            ("C:/a//b/", r"C:\a\b"),
            (r"C:\a\..\..\b", r"C:\b"),
            (r"c:\", r"c:\"),
            (r"C:\a\..", r"C:\"),
            ("a/b", r"C:\work\here\a\b"),
            ("..", r"C:\work"),
            ("", r"C:\work\here"),
            (r"\a", r"C:\a"),
            ("C:a", r"C:\work\here\a"),
            ("c:..", r"C:\work"),
        ] {
            assert_eq!(at_work(raw).as_deref(), Ok(normal), "{raw}");
        }
    }

    #[test]
    fn shares_keep_server_and_share_as_the_root() {
        for (raw, normal) in [
            (r"\\srv\pub\a", r"\\srv\pub\a"),
            ("//srv/pub", r"\\srv\pub\"),
            (r"\\srv\pub\..\..\x", r"\\srv\pub\x"),
            (r"\\?\UNC\srv\pub\a", r"\\srv\pub\a"),
        ] {
            assert_eq!(at_work(raw).as_deref(), Ok(normal), "{raw}");
        }
    }

    #[test]
    fn a_namespaced_drive_is_that_drive() {
        assert_eq!(at_work(r"\\?\C:\a\b").as_deref(), Ok(r"C:\a\b"));
    }

    #[test]
    fn what_windows_would_read_otherwise_is_refused() {
        for (raw, error) in [
            (r"C:\a.txt:stream", PathError::Stream),
            (r"C:\a.txt::$DATA", PathError::Stream),
            ("file:///c:/x", PathError::Stream),
            (r"C:\a.txt.", PathError::TrimmedName),
            (r"C:\dir \a", PathError::TrimmedName),
            (r"C:\...\a", PathError::TrimmedName),
            (r"C:\nul", PathError::Device),
            (r"C:\a\com1.txt", PathError::Device),
            ("C:\\a\\COM\u{b9}", PathError::Device),
            (r"\\.\PhysicalDrive0", PathError::Device),
            ("//./pipe/x", PathError::Device),
            ("//?/C:/x", PathError::Device),
            (r"\\?\C:\a\..\b", PathError::Device),
            (r"\\?\C:\a/b", PathError::Device),
            (r"\\?\GLOBALROOT\Device\x", PathError::Device),
            (r"\??\C:\x", PathError::Device),
            (r"\\server", PathError::Device),
            (r"\\..\..\x", PathError::Device),
            (r"\\?\UNC\?\GLOBALROOT\x", PathError::Device),
            ("D:a", PathError::NoWorkingDirectory),
        ] {
            assert_eq!(at_work(raw), Err(error), "{raw}");
        }
    }

    #[test]
    fn a_share_is_never_taken_for_a_drive() {
        for (raw, normal) in [
            (r"\\localhost\c$\secret", r"\\localhost\c$\secret"),
            (r"\\?\UNC\localhost\c$\secret", r"\\localhost\c$\secret"),
            ("//localhost/c$/../secret", r"\\localhost\c$\secret"),
        ] {
            assert_eq!(at_work(raw).as_deref(), Ok(normal), "{raw}");
        }
        for raw in
            [r"\\\\C:\secret", r"\\?\\C:\secret", r"\\?\UNC\C:\secret", r"\\.\UNC\server\share\x", r"\\C:\secret"]
        {
            assert!(at_work(raw).is_err(), "{raw} {:?}", at_work(raw));
        }
    }

    #[test]
    fn a_drive_in_the_middle_of_a_path_is_refused() {
        for raw in [r"a\..\C:\secret", r"C:\work\D:\secret", r"C:\work\..\D:secret", "./C:/secret", r"C:\C:\secret"] {
            assert_eq!(at_work(raw), Err(PathError::Stream), "{raw}");
        }
    }

    #[test]
    fn a_device_name_does_not_hide_the_dots_after_it() {
        for raw in [r"C:\work\AUX\..\..\secret", r"CON\..\..\secret", "prn/../../secret", r"C:\work\COM1 .txt\..\..\x"]
        {
            assert_eq!(at_work(raw), Err(PathError::Device), "{raw}");
        }
        assert_eq!(at_work(r"C:\work\AUX:\..\..\secret"), Err(PathError::Stream));
    }

    #[test]
    fn case_does_not_tell_files_apart() {
        assert_eq!(fold("C:\\Äb".as_bytes()), fold("c:\\äB".as_bytes()));
        assert_ne!(fold(b"a\xff"), fold(b"a\xfe"));
        assert_ne!(fold("ı".as_bytes()), fold(b"i"));
    }

    #[test]
    fn parents_end_at_the_root() {
        assert_eq!(parent(br"C:\a\b"), Some(&br"C:\a"[..]));
        assert_eq!(parent(br"C:\a"), Some(&br"C:\"[..]));
        assert_eq!(parent(br"C:\"), None);
        assert_eq!(parent(br"\\srv\pub\a"), Some(&br"\\srv\pub\"[..]));
        assert_eq!(parent(br"\\srv\pub\"), None);
    }

    #[test]
    fn only_a_full_root_is_absolute() {
        assert!(is_absolute(br"C:\a") && is_absolute(br"\\s\p"));
        assert!(!is_absolute(br"\a") && !is_absolute(b"C:a") && !is_absolute(b"a"));
    }
}

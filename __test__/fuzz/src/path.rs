//! Normalising paths, by the rules of both systems: once is enough, nothing leads above the root, and what comes out
//! is what taking the names one by one gives.
//!
//! The first line is the path, the second the working directory.

use permit::policy::path::Style;
use permit::policy::{Absolute, PathError};

use crate::model;

/// Tries one path.
pub fn run(data: &[u8]) {
    let mut parts = data.splitn(2, |&byte| byte == b'\n');
    let raw = parts.next().unwrap_or_default();
    let cwd = parts.next();
    unix(raw, cwd);
    windows(raw, cwd);
}

fn unix(raw: &[u8], cwd: Option<&[u8]>) {
    let resolved = Absolute::resolve_as(Style::Unix, raw, || cwd);
    let rooted = raw.starts_with(b"/");
    let whole = match cwd {
        _ if rooted => raw.to_vec(),
        Some(cwd) if cwd.starts_with(b"/") => [cwd, b"/", raw].concat(),
        _ => return assert_eq!(resolved, Err(PathError::NoWorkingDirectory)),
    };
    if whole.contains(&0) {
        return assert_eq!(resolved, Err(PathError::Nul));
    }
    let path = resolved.expect("absolute and without NUL");
    assert_eq!(path.bytes(), model::resolve(b"/", &whole));
    is_settled(Style::Unix, &path);
    assert_eq!(path.bytes(), path.key());
    // However often a path climbs, it ends at the root and not above.
    let climbing = [path.bytes(), &b"/..".repeat(path.bytes().len()), b"/top"].concat();
    assert_eq!(Absolute::resolve_as(Style::Unix, &climbing, || None::<&[u8]>).expect("absolute").bytes(), b"/top");
}

fn windows(raw: &[u8], cwd: Option<&[u8]>) {
    let Ok(path) = Absolute::resolve_as(Style::Windows, raw, || cwd) else { return };
    is_settled(Style::Windows, &path);
    let bytes = path.bytes();
    let names = match bytes {
        [letter, b':', b'\\', names @ ..] if letter.is_ascii_alphabetic() => {
            if let Some(plain) = model::resolve_drive(raw) {
                assert_eq!(bytes, plain);
            }
            names
        }
        // Server and share; never a namespace, in which names mean something else.
        [b'\\', b'\\', rest @ ..] if !matches!(rest, [b'.' | b'?', b'\\', ..]) => rest,
        _ => panic!("{:?} has no root", String::from_utf8_lossy(bytes)),
    };
    for name in names.split(|&byte| byte == b'\\') {
        assert!(!name.iter().any(|byte| matches!(byte, b'/' | b':' | 0)), "{:?}", String::from_utf8_lossy(bytes));
        assert!(!matches!(name.last(), Some(b'.' | b' ')), "{:?}", String::from_utf8_lossy(bytes));
    }
    // The key knows no case.
    let lower = bytes.to_ascii_lowercase();
    let again = Absolute::resolve_as(Style::Windows, &lower, || None::<&[u8]>).expect("as normal as before");
    assert_eq!(again.key(), path.key());
}

/// What is normal stays so, and is put together from its parts.
fn is_settled(style: Style, path: &Absolute<'_>) {
    let bytes = path.bytes();
    assert!(style.is_absolute(bytes));
    let again = Absolute::resolve_as(style, bytes, || None::<&[u8]>);
    assert_eq!(again.as_ref(), Ok(path), "{:?}", String::from_utf8_lossy(bytes));
    assert_eq!(style.fold(path.key()), path.key());
    let mut above = bytes;
    while let Some(parent) = style.parent(above) {
        assert!(parent.len() < above.len());
        let name = above[parent.len()..].strip_prefix(&[style.separator()]).unwrap_or(&above[parent.len()..]);
        assert!(!name.is_empty() && !name.contains(&style.separator()));
        assert_eq!(style.join(parent, name), above);
        above = parent;
    }
    // The last one is a root.
    assert_eq!(above.last(), Some(&style.separator()));
}

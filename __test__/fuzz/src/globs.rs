//! Globs: what one covers, as a grant and as a denial, is what a slow reading of it covers, and never anything that
//! does not begin with what stands before its first wildcard.
//!
//! The first line is the pattern, every other line a path that is asked about.

use permit::policy::files::NoFiles;
use permit::policy::path::Style;
use permit::policy::pattern::Pattern;
use permit::policy::{PolicyBuilder, Scope};

use crate::{absolute, model};

/// As many paths as are asked about.
const MOST: usize = 40;

/// Tries one pattern.
pub fn run(data: &[u8]) {
    let mut lines = data.split(|&byte| byte == b'\n');
    let text = lines.next().unwrap_or_default();
    let parsed = Pattern::parse(Style::Unix, model::BASE, text);
    let _ = Pattern::parse(Style::Windows, br"C:\work", text);
    let mut builder = PolicyBuilder::new(&NoFiles);
    let granted = builder.grant(Scope::FsRead, text, model::BASE, None).is_ok();
    assert_eq!(granted, parsed.is_ok(), "{}", String::from_utf8_lossy(text));
    builder.grant_all(Scope::FsWrite);
    let denied = builder.deny(Scope::FsWrite, text, model::BASE).is_ok();
    assert_eq!(denied, granted, "what can be granted can be denied");
    let Ok(policy) = builder.build() else { return };
    let Ok(pattern) = parsed else { return };
    let begins = match &pattern {
        Pattern::Everything => Vec::new(),
        Pattern::Path(path) | Pattern::Itself(path) | Pattern::Tree(path) | Pattern::Prefix(path) => path.clone(),
        Pattern::Glob { .. } => model::literal_prefix(text),
    };
    let grant = model::covers(text, &[], false);
    let denial = model::covers(text, &[], true);
    let (mut covered, mut withheld) = (Vec::new(), Vec::new());
    let guesses = guesses(text);
    for raw in guesses.iter().map(Vec::as_slice).chain(lines).take(MOST) {
        let Some(path) = absolute(raw) else { continue };
        let shown = String::from_utf8_lossy(path.bytes()).into_owned();
        let (read, write) = (policy.allows_path(Scope::FsRead, &path), policy.allows_path(Scope::FsWrite, &path));
        if let (Some(expected), Some(denies)) = (model::any(&grant, path.bytes()), model::any(&denial, path.bytes())) {
            assert_eq!(read, expected, "granted: {shown}");
            assert_eq!(write, !denies, "denied: {shown}");
        }
        assert!(!read || !write, "{shown}: a denial covers less than the grant that is written so");
        assert!(!read || path.bytes().starts_with(&begins), "{shown} does not begin as it is written");
        if !write {
            withheld.push(path.clone());
        }
        if policy.covers_tree(Scope::FsRead, &path) {
            covered.push(path.clone());
            let below = [path.bytes(), b"/x/y"].concat();
            assert!(policy.allows_path(Scope::FsRead, &absolute(&below).expect("a normal path")), "{shown}");
        }
    }
    for path in withheld {
        for directory in model::upwards(path.bytes()) {
            let directory = absolute(directory).expect("a normal path");
            assert!(policy.denied_below(Scope::FsWrite, &directory), "{:?} is overlooked", path.bytes());
        }
    }
}

/// Paths that look like the pattern: its wildcards taken out, or something put in their place.
fn guesses(text: &[u8]) -> Vec<Vec<u8>> {
    let with = |star: &[u8], other: &[u8]| -> Vec<u8> {
        let piece = |&byte: &u8| match byte {
            b'*' => star.to_vec(),
            b'?' => other.to_vec(),
            b'[' | b']' | b'{' | b'}' | b'\\' | b'!' | b'^' => Vec::new(),
            byte => vec![byte],
        };
        text.iter().flat_map(piece).collect()
    };
    let mut all = vec![with(b"", b""), with(b"a", b"a"), with(b"/", b"/"), with(b"a/b", "\u{e9}".as_bytes())];
    all.extend(all.clone().iter().map(|path| [path, &b"/x"[..]].concat()));
    all.extend(text.split(|byte| b",{}[]".contains(byte)).take(8).map(<[u8]>::to_vec));
    all.push(text.to_vec());
    all
}

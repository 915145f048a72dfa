//! Globs, compiled by globset, in four sets: granted, granted as a tree, denied, and "a denial may
//! lie below".
//!
//! globset matches bytes, and a character class of it can match `/`. Neither may widen a grant. So
//! classes and `?` are rewritten before globset compiles them, as lists of ASCII characters without
//! `/`. In a grant they match one ASCII character. In a denial `?` and `[!…]` match any character,
//! because a denial that misses `é` leaves a hole. A denial also covers everything below its
//! matches.

use globset::{Candidate, GlobBuilder, GlobSet, GlobSetBuilder};

use super::error::GlobError;
use super::path::Style;

/// One byte of a character that is not ASCII, in the syntax of globset.
const HIGH: &str = "[!\u{1}-\u{7f}]";

/// One glob of a policy.
pub(super) struct Glob<'a> {
    pub(super) denies: bool,
    pub(super) head: &'a [u8],
    pub(super) tail: &'a str,
}

/// The globs of one set of grants, compiled.
#[derive(Clone, Debug, Default)]
pub(super) struct Globs {
    style: Option<Style>,
    granted: GlobSet,
    trees: GlobSet,
    denied: GlobSet,
    above_denied: GlobSet,
    /// The part of `above_denied` that is no `**/NAME`.
    above_fixed: GlobSet,
    /// The heads of the denials `**/NAME`, which hold at every depth below their head.
    anywhere: Vec<Vec<u8>>,
    /// The heads of the globs that grant.
    heads: Vec<Vec<u8>>,
}

impl Globs {
    /// Compiles the globs.
    pub(super) fn compile<'a>(style: Style, globs: impl IntoIterator<Item = Glob<'a>>) -> Result<Self, GlobError> {
        let mut granted = GlobSetBuilder::new();
        let mut trees = GlobSetBuilder::new();
        let mut denied = GlobSetBuilder::new();
        let mut above = GlobSetBuilder::new();
        let mut fixed = GlobSetBuilder::new();
        let (mut heads, mut anywhere) = (Vec::new(), Vec::new());
        for Glob { denies, head, tail } in globs {
            let stem = stem(head, style)?;
            let is_anywhere = holds_at_every_depth(tail);
            let tail = translate(style, tail, denies)?;
            let whole = format!("{stem}/{tail}");
            if denies {
                denied.add(build(style, &whole)?);
                denied.add(build(style, &format!("{whole}/**"))?);
                if is_anywhere {
                    anywhere.push(head.to_vec());
                }
                for pattern in directories_above(&stem, &tail) {
                    let pattern = build(style, &pattern)?;
                    if !is_anywhere {
                        fixed.add(pattern.clone());
                    }
                    above.add(pattern);
                }
            } else {
                if tail == "**" || tail.ends_with("/**") {
                    trees.add(build(style, &whole)?);
                }
                granted.add(build(style, &whole)?);
                heads.push(head.to_vec());
            }
        }
        let set = |builder: &GlobSetBuilder| builder.build().map_err(|error| syntax(&error));
        Ok(Self {
            style: Some(style),
            heads,
            anywhere,
            above_fixed: set(&fixed)?,
            granted: set(&granted)?,
            trees: set(&trees)?,
            denied: set(&denied)?,
            above_denied: set(&above)?,
        })
    }

    /// Whether a glob grants the path.
    pub(super) fn grants(&self, path: &[u8]) -> bool {
        self.ask(&self.granted, path)
    }

    /// Whether a glob grants the path and everything below it.
    pub(super) fn grants_tree(&self, path: &[u8]) -> bool {
        self.ask(&self.trees, path)
    }

    /// Whether a glob denies the path.
    pub(super) fn denies(&self, path: &[u8]) -> bool {
        self.ask(&self.denied, path)
    }

    /// Whether something below the path could match a glob that denies. A wrong `true` is possible,
    /// a wrong `false` is not.
    pub(super) fn may_deny_below(&self, path: &[u8]) -> bool {
        self.ask(&self.above_denied, path)
    }

    /// Whether something below `from` could match a glob that denies, but not the same name below
    /// `to`. A wrong `true` is possible, a wrong `false` is not.
    pub(super) fn may_lose_denial(&self, from: &[u8], to: &[u8]) -> bool {
        self.ask(&self.above_fixed, from)
            || self.anywhere.iter().any(|head| {
                let (from_below, to_below) = (is_at_or_below(from, head), is_at_or_below(to, head));
                (from_below && !to_below) || (!from_below && is_at_or_below(head, from))
            })
    }

    /// Whether something below the path could match a glob that grants. A wrong `true` is possible,
    /// a wrong `false` is not.
    pub(super) fn may_grant_below(&self, path: &[u8]) -> bool {
        self.heads.iter().any(|head| head.starts_with(path) || path.starts_with(head))
    }

    fn ask(&self, set: &GlobSet, path: &[u8]) -> bool {
        if set.is_empty() {
            return false;
        }
        match self.style {
            Some(Style::Windows) => set.is_match_candidate(&Candidate::from_bytes(&slashes(path))),
            _ => set.is_match_candidate(&Candidate::from_bytes(path)),
        }
    }
}

/// Whether a glob is `**/NAME`, which matches a name wherever it is below the head.
fn holds_at_every_depth(tail: &str) -> bool {
    tail.strip_prefix("**/").is_some_and(|name| !name.strip_suffix("/**").unwrap_or(name).contains('/'))
}

/// Whether a path is the folder or below it.
fn is_at_or_below(path: &[u8], folder: &[u8]) -> bool {
    let folder = folder.strip_suffix(b"/").unwrap_or(folder);
    path.strip_prefix(folder).is_some_and(|rest| matches!(rest.first(), None | Some(b'/' | b'\\')))
}

/// Returns the part of a glob after its head, with single `/` between its names.
pub(super) fn tidy(style: Style, tail: &[u8]) -> Result<String, GlobError> {
    let tail = std::str::from_utf8(tail).map_err(|_| GlobError::TailNotUtf8)?;
    if tail.contains('\0') {
        return Err(GlobError::Nul);
    }
    let separator = |c: char| c == '/' || (style == Style::Windows && c == '\\');
    let parts: Vec<&str> = tail.split(separator).filter(|part| !part.is_empty()).collect();
    for part in &parts {
        if matches!(*part, "." | "..") {
            return Err(GlobError::Dots { part: (*part).to_owned() });
        }
        let backslashes = part.bytes().rev().take_while(|&byte| byte == b'\\').count();
        if style == Style::Unix && backslashes % 2 == 1 {
            return Err(GlobError::Backslash);
        }
        if *part != "**" && part.contains("**") {
            return Err(GlobError::DoubleStar);
        }
    }
    Ok(parts.join("/"))
}

/// Compiles a glob as a grant and as a denial, and returns the error if one fails.
pub(super) fn check(head: &[u8], tail: &str, style: Style) -> Result<(), GlobError> {
    if tail.len() > MAX_TAIL {
        return Err(GlobError::TooLong { length: tail.len() });
    }
    let stem = stem(head, style)?;
    for denies in [false, true] {
        let glob = build(style, &format!("{stem}/{}", translate(style, tail, denies)?))?;
        // Some globs have the form of one and cannot be compiled: groups in groups, above all.
        if tail.len() > SHORT_TAIL || tail.contains('{') {
            GlobSetBuilder::new().add(glob).build().map_err(|error| syntax(&error))?;
        }
    }
    Ok(())
}

/// No path is longer, and so no name that a longer glob matches.
const MAX_TAIL: usize = 4096;

/// Globs of this length compile, unless they have groups.
const SHORT_TAIL: usize = 256;

/// Returns the head as a pattern that matches only itself, without a separator at its end.
fn stem(head: &[u8], style: Style) -> Result<String, GlobError> {
    let head = match style {
        Style::Unix => head.to_vec(),
        Style::Windows => slashes(head),
    };
    let head = String::from_utf8(head).map_err(|_| GlobError::HeadNotUtf8)?;
    let mut stem = String::with_capacity(head.len());
    for c in head.trim_end_matches('/').chars() {
        match c {
            '\\' => stem.push_str("[\\]"),
            c => push_literal(&mut stem, c),
        }
    }
    Ok(stem)
}

fn slashes(path: &[u8]) -> Vec<u8> {
    path.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect()
}

fn build(style: Style, pattern: &str) -> Result<globset::Glob, GlobError> {
    GlobBuilder::new(pattern)
        .literal_separator(true)
        .backslash_escape(style == Style::Unix)
        .empty_alternates(true)
        .build()
        .map_err(|error| syntax(&error))
}

fn syntax(error: &globset::Error) -> GlobError {
    GlobError::Syntax { kind: error.kind().clone() }
}

/// Returns patterns for the directories that a match could be below: a match of `/a/*/c` could be
/// below `/a/x`. The tail is a result of [`translate`].
fn directories_above(stem: &str, tail: &str) -> Vec<String> {
    if has_separator_in_group(tail) {
        // A separator in a group: the tail cannot be cut at its separators.
        return vec![format!("{stem}/**")];
    }
    let mut patterns = Vec::new();
    let mut directory = stem.to_owned();
    for part in tail.split('/') {
        if part == "**" {
            patterns.push(format!("{directory}/**"));
            break;
        }
        directory = format!("{directory}/{part}");
        patterns.push(directory.clone());
    }
    patterns
}

fn has_separator_in_group(tail: &str) -> bool {
    let mut depth = 0_usize;
    let mut rest = tail.chars();
    while let Some(c) = rest.next() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '/' if depth > 0 => return true,
            '\\' => {
                rest.next();
            }
            '[' => {
                // The first character of a class belongs to it, even if it is `]`.
                rest.next();
                rest.by_ref().find(|&c| c == ']');
            }
            _ => {}
        }
    }
    false
}

/// Rewrites `?` and classes so that globset reads them as the author of the policy means them.
fn translate(style: Style, tail: &str, denies: bool) -> Result<String, GlobError> {
    let mut out = String::with_capacity(tail.len());
    let mut depth = 0_usize;
    let mut rest = tail.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' if style == Style::Unix => match rest.clone().next() {
                Some(next) if is_meta(next) || (next == ',' && depth > 0) => {
                    rest.next();
                    out.extend(['\\', next]);
                }
                // Before any other character a backslash stands for itself, as in a path without
                // wildcards.
                _ => push_literal(&mut out, c),
            },
            '?' => push_class(&mut out, &Class { set: [true; 128], open: denies }),
            '[' => match Class::parse(rest.as_str(), denies)? {
                Some((class, behind)) => {
                    push_class(&mut out, &class);
                    rest = behind.chars();
                }
                None => out.push_str("[[]"),
            },
            c => {
                match c {
                    '{' => depth += 1,
                    '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                out.push(c);
            }
        }
    }
    Ok(out)
}

/// A set of ASCII characters, and whether every other character belongs to it.
struct Class {
    set: [bool; 128],
    open: bool,
}

impl Class {
    /// Reads a class after its `[`, and returns it with the text that follows. Returns `None` if
    /// the class is never closed.
    fn parse(text: &str, denies: bool) -> Result<Option<(Self, &str)>, GlobError> {
        let (negated, body) = match text.strip_prefix(['!', '^']) {
            Some(body) => (true, body),
            None => (false, text),
        };
        // A `]` at the start is a member of the class.
        let skip = usize::from(body.starts_with(']'));
        let Some(end) = body[skip..].find(']').map(|at| at + skip) else { return Ok(None) };
        let mut set = [false; 128];
        let members: Vec<char> = body[..end].chars().collect();
        let mut at = 0;
        while at < members.len() {
            let first = members[at];
            let is_range = members.get(at + 1) == Some(&'-') && at + 2 < members.len();
            let last = if is_range { members[at + 2] } else { first };
            at += if is_range { 3 } else { 1 };
            if !first.is_ascii() || !last.is_ascii() {
                return Err(GlobError::ClassNotAscii);
            }
            if first > last {
                return Err(GlobError::EmptyRange { first, last });
            }
            if (first..=last).contains(&'/') {
                return Err(GlobError::ClassSeparator);
            }
            for member in first..=last {
                set[member as usize] = true;
            }
        }
        if negated {
            set = set.map(|member| !member);
        }
        Ok(Some((Self { set, open: negated && denies }, &body[end + 1..])))
    }
}

/// Writes a class as alternatives, which globset matches byte by byte with the same result.
fn push_class(out: &mut String, class: &Class) {
    out.push('{');
    let plain = |c: u8| c.is_ascii_alphanumeric() || c <= b' ' || c == 0x7f;
    let mut first = true;
    let mut c = 1_u8;
    while c < 128 {
        if c == b'/' || !class.set[c as usize] {
            c += 1;
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        let start = c;
        c += 1;
        if plain(start) {
            while c < 128 && plain(c) && class.set[c as usize] {
                c += 1;
            }
        }
        if c - start > 1 {
            out.extend(['[', start as char, '-', (c - 1) as char, ']']);
        } else {
            push_literal(out, start as char);
        }
    }
    if class.open {
        for length in 1..=4 {
            if !std::mem::take(&mut first) {
                out.push(',');
            }
            out.push_str(&HIGH.repeat(length));
        }
    }
    if first {
        // An empty class matches nothing. NUL is in no path.
        out.push('\0');
    }
    out.push('}');
}

/// Writes one character that stands for itself, inside and outside of a group.
fn push_literal(out: &mut String, c: char) {
    if matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | ',' | '\\') {
        out.extend(['[', c, ']']);
    } else {
        out.push(c);
    }
}

/// Whether a backslash before this character takes its meaning away.
pub(super) const fn is_meta(c: char) -> bool {
    matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\')
}

#[cfg(test)]
mod tests {
    use super::{Glob, Globs, Style};

    fn one(denies: bool, head: &str, tail: &str) -> Globs {
        Globs::compile(Style::Unix, [Glob { denies, head: head.as_bytes(), tail }]).unwrap()
    }

    #[track_caller]
    fn grants(tail: &str, path: &str) {
        assert!(one(false, "/d", tail).grants(path.as_bytes()), "/d/{tail} grants {path}");
    }

    #[track_caller]
    fn grants_not(tail: &str, path: &str) {
        assert!(!one(false, "/d", tail).grants(path.as_bytes()), "/d/{tail} does not grant {path}");
    }

    #[track_caller]
    fn denies(tail: &str, path: &str) {
        assert!(one(true, "/d", tail).denies(path.as_bytes()), "/d/{tail} denies {path}");
    }

    #[test]
    fn a_star_stays_within_one_name() {
        grants("*/f", "/d/a/f");
        grants("*.js", "/d/.js");
        grants_not("*/f", "/d/a/b/f");
        grants_not("*/f", "/d/f");
    }

    #[test]
    fn two_stars_are_any_number_of_names() {
        grants("**/f", "/d/f");
        grants("**/f", "/d/a/b/f");
        grants("a/**", "/d/a/b/c");
        grants_not("a/**", "/d/a");
        grants_not("**/f", "/e/f");
    }

    #[test]
    fn a_question_mark_in_a_grant_is_one_ascii_character() {
        grants("?", "/d/a");
        grants("a?", "/d/a,");
        grants("?", "/d/]");
        grants_not("?", "/d/ab");
        grants_not("?", "/d/é");
        grants_not("??", "/d/é");
        grants_not("a?b", "/d/a/b");
    }

    #[test]
    fn a_question_mark_in_a_denial_is_any_character() {
        for path in ["/d/a", "/d/é", "/d/€", "/d/😀", "/d/a/below"] {
            denies("?", path);
        }
    }

    #[test]
    fn classes_never_match_a_separator() {
        grants("[ab]", "/d/b");
        grants("[!ab]", "/d/c");
        grants("[]a]", "/d/]");
        grants("[a-]", "/d/-");
        grants("[\\]", "/d/\\");
        grants_not("x[!ab]y", "/d/x/y");
        grants_not("[!ab]", "/d/é");
        denies("[!ab]", "/d/é");
        grants_not("[^ab]", "/d/a");
    }

    #[test]
    fn a_backslash_takes_the_meaning_from_wildcards_alone() {
        grants(r"\**.js", "/d/*a.js");
        grants_not(r"\**.js", "/d/aa.js");
        grants(r"\a*.js", r"/d/\ab.js");
        grants_not(r"\a*.js", "/d/ab.js");
        denies(r"\a*.js", r"/d/\ab.js");
        grants(r"{a\,b,\c}", "/d/a,b");
        grants(r"{a\,b,\c}", r"/d/\c");
        grants(r"a\,?", r"/d/a\,b");
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line() {
        for tail in ["[z-\n]", "[\n-\u{1}]", "{\n", "[\u{e9}]"] {
            let error = super::check(b"/d", tail, Style::Unix).unwrap_err();
            assert!(!error.to_string().contains(char::is_control), "{error:?}");
        }
    }

    #[test]
    fn groups_hold_alternatives() {
        grants("{a,b}/x", "/d/b/x");
        grants("a{,.bak}", "/d/a");
        grants("{a/b,c}", "/d/a/b");
        grants_not("{a,b}", "/d/a,b");
    }

    #[test]
    fn a_head_with_wildcards_in_its_name_is_literal() {
        let globs = one(false, "/d/[x]{y,z}\\*,?", "*.js");
        assert!(globs.grants(b"/d/[x]{y,z}\\*,?/a.js"));
        assert!(!globs.grants(b"/d/xy/a.js"));
    }

    #[test]
    fn a_denial_covers_what_is_below_its_matches() {
        denies("*/secret", "/d/a/secret");
        denies("*/secret", "/d/a/secret/key");
        denies("**/.env", "/d/.env");
        denies("**/.env", "/d/a/.env/x");
        denies("*.txt", "/d/a\n.txt");
    }

    #[test]
    fn directories_above_a_denial_are_known() {
        let globs = one(true, "/d", "*/x/*.key");
        for (path, above) in [("/d/a", true), ("/d/a/x", true), ("/d/a/y", false), ("/e", false)] {
            assert_eq!(globs.may_deny_below(path.as_bytes()), above, "{path}");
        }
        assert!(one(true, "/d", "**/.env").may_deny_below(b"/d/a/b"));
        assert!(one(true, "/d", "{a/b,c}").may_deny_below(b"/d/a"));
        assert!(one(true, "/d", r"{a\}/b,c}").may_deny_below(b"/d/a}"));
        assert!(one(true, "/d", "{a[}]/b,c}").may_deny_below(b"/d/a}"));
    }

    #[test]
    fn a_grant_that_ends_in_two_stars_grants_trees() {
        assert!(one(false, "/d", "a/**").grants_tree(b"/d/a/b"));
        assert!(!one(false, "/d", "**/x").grants_tree(b"/d/x"));
    }

    #[test]
    fn names_that_are_not_utf8_are_matched_as_bytes() {
        grants("*", "/d/a");
        assert!(one(false, "/d", "*.js").grants(b"/d/\xff.js"));
        assert!(one(true, "/d", "?.js").denies(b"/d/\xff.js"));
    }
}

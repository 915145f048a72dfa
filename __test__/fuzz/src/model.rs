//! The reference: what rules mean, read one by one, in the plainest code that says it. Nothing here is fast, and
//! nothing is shared with what is tried. Paths follow the rules of Unix.

/// The working directory of every target.
pub const BASE: &[u8] = b"/work/here";

/// When a policy is read: 2026-01-01, in seconds since 1970.
pub const NOW: u64 = 1_767_225_600;

/// A time by which every grant with a life has lapsed.
pub const LATER: u64 = u64::MAX;

/// A path as an absolute one, its names taken one by one.
#[must_use]
pub fn resolve(base: &[u8], raw: &[u8]) -> Vec<u8> {
    let whole = if raw.starts_with(b"/") { raw.to_vec() } else { [base, b"/", raw].concat() };
    let mut names: Vec<&[u8]> = Vec::new();
    for name in whole.split(|&byte| byte == b'/') {
        match name {
            b"" | b"." => {}
            b".." => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    [b"/", names.join(&b'/').as_slice()].concat()
}

/// A path that begins with a drive, by the rules of Windows; `None` for every other one.
#[must_use]
pub fn resolve_drive(raw: &[u8]) -> Option<Vec<u8>> {
    let [letter, b':', b'/' | b'\\', rest @ ..] = raw else { return None };
    let rest: Vec<u8> = rest.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect();
    let mut path = resolve(b"/", &[b"/", rest.as_slice()].concat());
    path.iter_mut().filter(|byte| **byte == b'/').for_each(|byte| *byte = b'\\');
    Some([&[*letter, b':'], path.as_slice()].concat())
}

/// Whether a path is a directory or lies in it.
#[must_use]
pub fn is_in(path: &[u8], directory: &[u8]) -> bool {
    directory == b"/" || path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

/// A path and every directory above it.
pub fn upwards(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let cuts = (1..path.len()).rev().filter(|&at| path[at] == b'/').map(|at| &path[..at]);
    [path].into_iter().chain(cuts).chain([&path[..1]])
}

/// What one rule covers.
#[derive(Clone, Debug)]
pub enum Cover {
    Exact(Vec<u8>),
    Tree(Vec<u8>),
    Prefix(Vec<u8>),
    Glob { head: Vec<u8>, pieces: Vec<Piece>, denies: bool },
}

/// A part of a glob.
#[derive(Clone, Debug)]
pub enum Piece {
    Char(char),
    Separator,
    Star,
    /// `**` between separators.
    Deep,
    /// `?` or a class: which ASCII characters, and whether any other character too.
    One {
        ascii: Vec<u8>,
        others: bool,
    },
    Group(Vec<Vec<Piece>>),
}

/// What a written rule covers, which the policy has accepted.
#[must_use]
pub fn covers(text: &[u8], directories: &[Vec<u8>], denies: bool) -> Vec<Cover> {
    if text == b"*" {
        return vec![Cover::Prefix(Vec::new())];
    }
    let Some(first) = first_wildcard(text) else {
        let path = resolve(BASE, &unescape(text));
        return vec![if denies || directories.contains(&path) { Cover::Tree(path) } else { Cover::Exact(path) }];
    };
    let start = text[..first].iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
    let head = resolve(BASE, &unescape(&text[..start]));
    if text[first] == b'*' && first + 1 == text.len() {
        let name = unescape(&text[start..first]);
        let below = if head == b"/" { [b"/", name.as_slice()].concat() } else { [&head, &b"/"[..], &name].concat() };
        return vec![if name.is_empty() { Cover::Tree(head) } else { Cover::Prefix(below) }];
    }
    let literal = resolve(BASE, text);
    if !denies && directories.contains(&literal) {
        return vec![Cover::Tree(literal)];
    }
    let tail = std::str::from_utf8(&text[start..]).expect("it was accepted");
    let names: Vec<&str> = tail.split('/').filter(|name| !name.is_empty()).collect();
    let tail: Vec<char> = format!("/{}", names.join("/")).chars().collect();
    let mut at = 0;
    let pieces = parse(&tail, &mut at, denies, false);
    let glob = Cover::Glob { head, pieces, denies };
    // A name that is written with wildcards is denied as a name as well.
    if denies { vec![glob, Cover::Tree(literal)] } else { vec![glob] }
}

/// What every path begins with that a glob can cover: all that stands before its first wildcard.
#[must_use]
pub fn literal_prefix(text: &[u8]) -> Vec<u8> {
    let first = first_wildcard(text).unwrap_or(text.len());
    let start = text[..first].iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
    let mut begins = resolve(BASE, &unescape(&text[..start]));
    if start < first && begins != b"/" {
        begins.push(b'/');
    }
    begins.extend(unescape(&text[start..first]));
    begins
}

impl Cover {
    /// Whether it covers a path; `None` if that takes too long to find out.
    #[must_use]
    pub fn has(&self, path: &[u8]) -> Option<bool> {
        Some(match self {
            Self::Exact(own) => path == own,
            Self::Tree(own) => is_in(path, own),
            Self::Prefix(own) => path.starts_with(own),
            Self::Glob { head, pieces, denies } => {
                let below = if head == b"/" { Some(path) } else { path.strip_prefix(head.as_slice()) };
                let Some(below) = below else { return Some(false) };
                let mut steps = 20_000;
                matches(pieces, below, *denies, &mut steps)?
            }
        })
    }
}

/// Whether one of these covers a path.
#[must_use]
pub fn any(covers: &[Cover], path: &[u8]) -> Option<bool> {
    covers.iter().try_fold(false, |any, cover| Some(any | cover.has(path)?))
}

/// Whether a byte means something behind a backslash.
fn is_meta(byte: u8) -> bool {
    b"*?[]{}\\".contains(&byte)
}

fn first_wildcard(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'\\' if text.get(at + 1).is_some_and(|&next| is_meta(next)) => at += 1,
            b'*' | b'?' => return Some(at),
            b'[' if text[at..].contains(&b']') => return Some(at),
            b'{' if text[at..].contains(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// A text without the backslashes that take the meaning from what follows.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'\\' && text.get(at + 1).is_some_and(|&next| is_meta(next)) {
            at += 1;
        }
        plain.push(text[at]);
        at += 1;
    }
    plain
}

fn parse(tail: &[char], at: &mut usize, denies: bool, grouped: bool) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while let Some(&c) = tail.get(*at) {
        if grouped && matches!(c, ',' | '}') {
            break;
        }
        *at += 1;
        pieces.push(match c {
            '\\' if tail.get(*at).is_some_and(|next| "*?[]{}\\".contains(*next) || (grouped && *next == ',')) => {
                *at += 1;
                Piece::Char(tail[*at - 1])
            }
            '/' => Piece::Separator,
            '?' => Piece::One { ascii: (1..128).filter(|&byte| byte != b'/').collect(), others: denies },
            '*' if tail.get(*at) == Some(&'*')
                && pieces.last().is_some_and(|last| matches!(last, Piece::Separator)) =>
            {
                *at += 1;
                Piece::Deep
            }
            '*' => Piece::Star,
            '[' => class(tail, at, denies).unwrap_or(Piece::Char('[')),
            '{' => {
                let mut parts = vec![parse(tail, at, denies, true)];
                while tail.get(*at) == Some(&',') {
                    *at += 1;
                    parts.push(parse(tail, at, denies, true));
                }
                *at += 1;
                Piece::Group(parts)
            }
            c => Piece::Char(c),
        });
    }
    pieces
}

/// A class behind its bracket; `None` if it is never closed.
fn class(tail: &[char], at: &mut usize, denies: bool) -> Option<Piece> {
    let mut from = *at;
    let negated = matches!(tail.get(from), Some('!' | '^'));
    from += usize::from(negated);
    // A bracket right at the start is a member.
    let end = (from + 1..tail.len()).find(|&end| tail[end] == ']')?;
    let members = &tail[from..end];
    let mut own = Vec::new();
    let mut next = 0;
    while next < members.len() {
        if next + 2 < members.len() && members[next + 1] == '-' {
            own.extend(members[next]..=members[next + 2]);
            next += 3;
        } else {
            own.push(members[next]);
            next += 1;
        }
    }
    *at = end + 1;
    let ascii = (1..128_u8).filter(|&byte| byte != b'/' && own.contains(&char::from(byte)) != negated).collect();
    Some(Piece::One { ascii, others: negated && denies })
}

/// Whether the pieces match all of a text, or for a denial a directory that it lies in.
fn matches(pieces: &[Piece], text: &[u8], denies: bool, steps: &mut u32) -> Option<bool> {
    *steps = steps.checked_sub(1)?;
    let Some((piece, rest)) = pieces.split_first() else {
        return Some(text.is_empty() || (denies && text[0] == b'/'));
    };
    // Whether the rest matches behind so many bytes, for one of several.
    let mut behind = |ends: &mut dyn Iterator<Item = usize>, rest: &[Piece]| {
        for end in ends {
            if matches(rest, &text[end..], denies, steps)? {
                return Some(true);
            }
        }
        Some(false)
    };
    match piece {
        Piece::Char(c) => {
            let mut buffer = [0; 4];
            let c = c.encode_utf8(&mut buffer).as_bytes();
            if text.starts_with(c) { behind(&mut std::iter::once(c.len()), rest) } else { Some(false) }
        }
        Piece::Separator if text.first() != Some(&b'/') => Some(false),
        Piece::Separator => match rest {
            // All below, or with more behind it: no directory, or any that follow.
            [Piece::Deep] => Some(true),
            [Piece::Deep, rest @ ..] => behind(&mut (0..text.len()).filter(|&at| text[at] == b'/'), rest),
            rest => behind(&mut std::iter::once(1), rest),
        },
        Piece::Deep => unreachable!("it stands behind a separator"),
        Piece::Star => {
            let name = text.iter().position(|&byte| byte == b'/').unwrap_or(text.len());
            behind(&mut (0..=name), rest)
        }
        Piece::One { ascii, others } => {
            let Some(&first) = text.first() else { return Some(false) };
            if first < 128 {
                return if ascii.contains(&first) { behind(&mut std::iter::once(1), rest) } else { Some(false) };
            }
            let high = if *others { text.iter().take(4).take_while(|&&byte| byte >= 128).count() } else { 0 };
            behind(&mut (1..=high), rest)
        }
        Piece::Group(parts) => {
            for part in parts {
                if matches(&[part.as_slice(), rest].concat(), text, denies, steps)? {
                    return Some(true);
                }
            }
            Some(false)
        }
    }
}

/// The words of a command; `None` if it is none.
#[must_use]
pub fn command(text: &[u8]) -> Option<Vec<String>> {
    let mut words: Vec<Vec<u8>> = Vec::new();
    let (mut quoted, mut between) = (false, true);
    let mut bytes = text.iter();
    while let Some(&byte) = bytes.next() {
        let byte = match byte {
            b'"' => {
                quoted = !quoted;
                continue;
            }
            b' ' if !quoted => {
                between = true;
                continue;
            }
            b'\\' if quoted => *bytes.next()?,
            byte => byte,
        };
        if between {
            words.push(Vec::new());
            between = false;
        }
        words.last_mut()?.push(byte);
    }
    let words: Vec<String> = words.into_iter().map(|word| String::from_utf8(word).ok()).collect::<Option<_>>()?;
    (!quoted && !words.is_empty()).then_some(words)
}

/// A program rule.
struct Command {
    file: String,
    arguments: Vec<String>,
    /// Whether others may follow.
    open: bool,
    /// What it leads to.
    real: Option<String>,
}

/// The programs and variables of a policy.
pub struct Lists {
    programs: Vec<(bool, Command)>,
    names: Vec<(bool, String)>,
}

impl Lists {
    /// Reads the lines of the target `programs`; what cannot be read in full is not taken.
    #[must_use]
    pub fn read(rules: &[(u8, &[u8])], leads: impl Fn(&str) -> Option<String>) -> Self {
        let mut lists = Self { programs: Vec::new(), names: Vec::new() };
        for (kind, text) in rules {
            match kind {
                b'+' | b'-' => lists.programs.extend(program(text).map(|program| {
                    let real = leads(&program.file);
                    (*kind == b'-', Command { real, ..program })
                })),
                b'e' | b'E' => lists.names.extend(variable(text).map(|name| (*kind == b'E', name))),
                _ => {}
            }
        }
        lists
    }

    /// Whether a program may be started that leads there.
    #[must_use]
    pub fn starts(&self, file: &str, real: Option<&str>, arguments: &[String]) -> bool {
        let any = |denies: bool| {
            self.programs.iter().any(|(own, command)| {
                let takes = if command.open {
                    arguments.starts_with(&command.arguments)
                } else {
                    arguments == command.arguments
                };
                let leads = real.is_some() && real == command.real.as_deref();
                let is = command.is(file, denies);
                let same = if denies { is || leads } else { is && (leads || real.is_none()) };
                *own == denies && (command.file == "*" || (takes && same))
            })
        };
        any(false) && !any(true)
    }

    /// Whether a variable may be seen; `None` where the curated set has a word in it.
    #[must_use]
    pub fn shows(&self, name: &str) -> Option<bool> {
        if self.names.iter().any(|(_, own)| own == "default") {
            return None;
        }
        let covers = |own: &str| own.strip_suffix('*').map_or(own == name, |stem| name.starts_with(stem));
        let any = |denies: bool| self.names.iter().any(|(own, text)| *own == denies && covers(text));
        let listed = self.names.iter().any(|(denies, _)| !denies);
        Some((!listed || any(false)) && !any(true))
    }
}

impl Command {
    /// Whether it speaks of a file. A denial goes by the name where one of the two has no place.
    fn is(&self, file: &str, denies: bool) -> bool {
        let bare = !self.file.contains('/') || !file.contains('/');
        let last = |file: &str| file.rsplit('/').next().unwrap_or_default().to_owned();
        if denies && (!self.file.contains('/') || !file.starts_with('/')) {
            last(&self.file) == last(file)
        } else if bare {
            self.file == file
        } else {
            let plain = file.starts_with('/') && !file.contains('\0');
            plain && resolve(b"/", file.as_bytes()) == self.file.as_bytes()
        }
    }
}

fn program(text: &[u8]) -> Option<Command> {
    let mut words = command(text)?;
    let mut file = words.remove(0);
    let open = words.is_empty() || words.last().is_some_and(|word| word == "*");
    if words.last().is_some_and(|word| word == "*") {
        words.pop();
    } else if file == "*" && words.is_empty() {
        return Some(Command { file, arguments: words, open, real: None });
    }
    if text.contains(&0) || file.contains('*') || words.iter().any(|word| word.contains('*')) {
        return None;
    }
    if file.contains('/') {
        file = String::from_utf8(resolve(BASE, file.as_bytes())).ok()?;
    }
    Some(Command { file, arguments: words, open, real: None })
}

fn variable(text: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(text).ok()?;
    let stem = name.strip_suffix('*').unwrap_or(name);
    let plain = !stem.is_empty() && stem.trim() == stem && !stem.contains(['*', '=', '\0']);
    (name == "*" || plain).then(|| name.to_owned())
}

//! A policy as bytes: a child process inherits them, and the hash is made of them.
//!
//! The bytes are JSON text in one canonical order, so equal policies have equal bytes. Paths need
//! not be UTF-8: other bytes, `%` and control characters are written `%XX`. The text contains no
//! NUL, so a variable can carry it. Reading is strict: an unknown key, an unknown letter or a
//! broken rule is an error, and so is any text that would not be written again as the same bytes.
//!
//! A rule is `<effect><shape>[expiry]:<text>`, for instance `+t:/srv/app` or `+p1767225600:/tmp/x`.
//! A denial has no expiry.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::grant_list::{GrantItem, GrantList};
use super::grants::{Effect, PathGrants, Shape};
use super::layer::Layer;
use super::mode::Mode;
use super::path::Style;
use super::scope::{Scope, ScopeKind};

/// Bytes that are not a policy, or not one of this version.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum WireError {
    /// Not JSON of the expected form.
    #[error("the inherited policy cannot be read: {0}")]
    Form(#[from] serde_json::Error),
    /// Written by another version.
    #[error("the inherited policy is of version {0}, this is version {VERSION}")]
    Version(u32),
    /// No layer. Nothing would be refused.
    #[error("the inherited policy is empty")]
    Empty,
    /// A rule that cannot be read, or that is written in another way than [`write`] does.
    #[error("the inherited policy holds the broken rule {0:?}")]
    Rule(String),
    /// Readable rules in other than the canonical bytes.
    #[error("the inherited policy is not in its canonical form")]
    Spelling,
}

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    v: u32,
    layers: Vec<LayerForm>,
}

/// One layer. Each list is sorted and without repetition.
#[derive(Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
struct LayerForm {
    #[serde(default, skip_serializing_if = "Mode::is_enforce")]
    mode: Mode,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    follows_links: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    read: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    write: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    addon: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    connect: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    listen: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resolve: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    child: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    env: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    switches: Vec<String>,
}

/// Writes the canonical bytes of these layers.
pub(super) fn write<'a>(layers: impl IntoIterator<Item = &'a Layer>) -> Vec<u8> {
    let mut layers: Vec<LayerForm> = layers.into_iter().map(LayerForm::of).collect();
    layers.sort();
    layers.dedup();
    // JSON can represent all strings and numbers, so this does not fail.
    serde_json::to_vec(&Wire { v: VERSION, layers }).unwrap_or_default()
}

/// Reads the layers that [`write`] wrote.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Layer>, WireError> {
    let wire: Wire = serde_json::from_slice(bytes)?;
    if wire.v != VERSION {
        return Err(WireError::Version(wire.v));
    }
    if wire.layers.is_empty() {
        return Err(WireError::Empty);
    }
    // Checks space, order and escapes between the lists. The contents of the lists are checked
    // below.
    if !wire.layers.is_sorted_by(|one, next| one < next) || serde_json::to_vec(&wire)? != bytes {
        return Err(WireError::Spelling);
    }
    wire.layers.iter().map(LayerForm::layer).collect()
}

impl LayerForm {
    fn of(layer: &Layer) -> Self {
        let [read, write, addon] = &layer.paths;
        let [connect, listen, resolve] = &layer.hosts;
        Self {
            mode: layer.mode,
            follows_links: layer.follows_links,
            read: write_paths(read),
            write: write_paths(write),
            addon: write_paths(addon),
            connect: write_list(connect),
            listen: write_list(listen),
            resolve: write_list(resolve),
            child: write_list(&layer.child),
            env: write_list(&layer.env),
            switches: write_switches(layer),
        }
    }

    fn layer(&self) -> Result<Layer, WireError> {
        let mut layer = Layer::new(Style::NATIVE);
        layer.mode = self.mode;
        layer.follows_links = self.follows_links;
        layer.paths = [read_paths(&self.read)?, read_paths(&self.write)?, read_paths(&self.addon)?];
        layer.hosts = [read_list(&self.connect)?, read_list(&self.listen)?, read_list(&self.resolve)?];
        layer.child = read_list(&self.child)?;
        layer.env = read_list(&self.env)?;
        for switch in &self.switches {
            let broken = || WireError::Rule(switch.clone());
            let (effect, name) = switch.split_at_checked(1).ok_or_else(broken)?;
            let scope = Scope::parse(name).filter(|scope| scope.kind() == ScopeKind::Switch).ok_or_else(broken)?;
            match effect {
                "+" => layer.switches.grant(scope),
                "-" => layer.switches.deny(scope),
                _ => return Err(broken()),
            }
        }
        if write_switches(&layer) == self.switches { Ok(layer) } else { Err(WireError::Spelling) }
    }
}

fn write_switches(layer: &Layer) -> Vec<String> {
    let mut written = Vec::new();
    for &scope in Scope::ALL {
        if layer.switches.grants(scope) {
            written.push(format!("+{scope}"));
        }
        if layer.switches.denies(scope) {
            written.push(format!("-{scope}"));
        }
    }
    written
}

const EFFECTS: [(Effect, char); 3] = [(Effect::Grant, '+'), (Effect::Deny, '-'), (Effect::Protect, '!')];
const SHAPES: [(Shape, char); 5] =
    [(Shape::Exact, 'e'), (Shape::Tree, 't'), (Shape::Prefix, 'p'), (Shape::Glob, 'g'), (Shape::Target, 'l')];

fn letter<T: PartialEq + Copy>(table: &[(T, char)], value: T) -> char {
    table.iter().find(|(own, _)| *own == value).map_or('?', |&(_, letter)| letter)
}

fn meaning<T: Copy>(table: &[(T, char)], letter: char) -> Option<T> {
    table.iter().find(|&&(_, own)| own == letter).map(|&(value, _)| value)
}

fn write_paths(grants: &PathGrants) -> Vec<String> {
    let rules = grants.rules().map(|rule| {
        let mut line = String::with_capacity(rule.text.len() + 4);
        line.push(letter(&EFFECTS, rule.effect));
        line.push(letter(&SHAPES, rule.shape));
        push_expiry(&mut line, rule.expires);
        push_bytes(&mut line, rule.text);
        line
    });
    in_order(rules.collect())
}

fn read_paths(lines: &[String]) -> Result<PathGrants, WireError> {
    let mut grants = PathGrants::new(Style::NATIVE);
    check_order(lines)?;
    for line in lines {
        let broken = || WireError::Rule(line.clone());
        let (effect, shape, expires, text) = split_path_rule(line).ok_or_else(broken)?;
        grants.add(effect, shape, &text, expires).map_err(|_| broken())?;
    }
    grants.seal().map_err(|error| WireError::Rule(error.to_string()))?;
    Ok(grants)
}

fn split_path_rule(line: &str) -> Option<(Effect, Shape, Option<u64>, Vec<u8>)> {
    let (head, text) = line.split_once(':')?;
    let mut letters = head.chars();
    let effect = meaning(&EFFECTS, letters.next()?)?;
    let shape = meaning(&SHAPES, letters.next()?)?;
    let text = read_bytes(text)?;
    // Only the prefix of everything has an empty text. Only a glob contains NUL, between head and
    // tail.
    if (text.is_empty() && shape != Shape::Prefix) || (text.contains(&0) != (shape == Shape::Glob)) {
        return None;
    }
    // A denial covers the file by every name, so it has no rule of this shape.
    if shape == Shape::Target && effect != Effect::Grant {
        return None;
    }
    let expires = read_expiry(letters.as_str()).ok()?;
    // A denial that expired would widen the policy.
    (effect == Effect::Grant || expires.is_none()).then_some((effect, shape, expires, text))
}

fn write_list<T: GrantItem>(list: &GrantList<T>) -> Vec<String> {
    let granted = list.granted().iter().map(|entry| ('+', entry.item.written(), entry.expires));
    let denied = list.denied().iter().map(|item| ('-', item.written(), None));
    let lines = granted.chain(denied).map(|(effect, item, expires)| {
        let mut line = String::from(effect);
        push_expiry(&mut line, expires);
        push_bytes(&mut line, item.as_bytes());
        line
    });
    in_order(lines.collect())
}

fn read_list<T: GrantItem>(lines: &[String]) -> Result<GrantList<T>, WireError> {
    let mut list = GrantList::default();
    check_order(lines)?;
    for line in lines {
        let broken = || WireError::Rule(line.clone());
        let (head, text) = line.split_once(':').ok_or_else(broken)?;
        let text = read_bytes(text).and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(broken)?;
        let item = T::read(&text).ok().filter(|item| item.written() == text).ok_or_else(broken)?;
        match head.split_at_checked(1).ok_or_else(broken)? {
            ("+", expiry) => list.grant(item, read_expiry(expiry).map_err(|NoNumber| broken())?),
            ("-", "") => list.deny(item),
            _ => return Err(broken()),
        }
    }
    Ok(list)
}

fn in_order(mut lines: Vec<String>) -> Vec<String> {
    lines.sort_unstable();
    lines.dedup();
    lines
}

fn check_order(lines: &[String]) -> Result<(), WireError> {
    match lines.windows(2).find(|pair| pair[0] >= pair[1]) {
        Some(pair) => Err(WireError::Rule(pair[1].clone())),
        None => Ok(()),
    }
}

fn push_expiry(line: &mut String, expires: Option<u64>) {
    if let Some(at) = expires {
        line.push_str(&at.to_string());
    }
    line.push(':');
}

/// Text that is no expiry.
struct NoNumber;

fn read_expiry(digits: &str) -> Result<Option<u64>, NoNumber> {
    if digits.is_empty() {
        return Ok(None);
    }
    // `parse` alone would accept a sign and leading zeros.
    digits.parse().ok().filter(|at: &u64| at.to_string() == digits).map(Some).ok_or(NoNumber)
}

fn push_bytes(line: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c == '%' || c.is_ascii_control() {
                push_hex(line, c as u8);
            } else {
                line.push(c);
            }
        }
        chunk.invalid().iter().for_each(|&byte| push_hex(line, byte));
    }
}

fn push_hex(line: &mut String, byte: u8) {
    // Writing to a `String` does not fail.
    let _ = write!(line, "%{byte:02X}");
}

/// Reads the bytes that [`push_bytes`] wrote. Returns `None` for any other text.
fn read_bytes(text: &str) -> Option<Vec<u8>> {
    if !text.contains('%') {
        return (!text.bytes().any(|byte| byte.is_ascii_control())).then(|| text.as_bytes().to_vec());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        if byte == b'%' {
            let digits = std::str::from_utf8(behind.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &behind[2..];
        } else {
            bytes.push(byte);
            rest = behind;
        }
    }
    let mut written = String::with_capacity(text.len());
    push_bytes(&mut written, &bytes);
    (written == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{WireError, read};

    #[test]
    fn broken_policies_are_errors() {
        for text in ["", "{}", "[]", r#"{"v":1}"#, r#"{"v":1,"layers":[{"other":[]}]}"#, r#"{"v":1,"layers":[]} x"#] {
            assert!(matches!(read(text.as_bytes()), Err(WireError::Form(_))), "{text}");
        }
        assert!(matches!(read(br#"{"v":2,"layers":[{}]}"#), Err(WireError::Version(2))));
        assert!(matches!(read(br#"{"v":1,"layers":[]}"#), Err(WireError::Empty)));
    }

    #[test]
    fn broken_rules_are_errors() {
        for rule in [
            "", "+t", "?t:/a", "+x:/a", "+t12x:/a", "+t:", "+t:/a%0", "+t:/a%zz", "+g:/a", "-l:/a", "+t:/a%00",
            "+t+1:/", "-t1:/a",
        ] {
            let text = format!(r#"{{"v":1,"layers":[{{"read":["{rule}"]}}]}}"#);
            assert!(matches!(read(text.as_bytes()), Err(WireError::Rule(_))), "{rule}");
        }
        for list in [r#""child":["+:"]"#, r#""env":["-5:A"]"#, r#""connect":["*:a"]"#, r#""switches":["+fs"]"#] {
            let text = format!(r#"{{"v":1,"layers":[{{{list}}}]}}"#);
            assert!(matches!(read(text.as_bytes()), Err(WireError::Rule(_))), "{list}");
        }
    }

    #[test]
    fn what_would_be_written_otherwise_is_an_error() {
        for layer in [
            r#"{"read":["+t:/b","+t:/a"]}"#,
            r#"{"read":["+t:/a","+t:/a"]}"#,
            r#"{"read":["+t:/%61"]}"#,
            r#"{"read":["+t:/%c3%a9"]}"#,
            r#"{"read":["+t:/%+1"]}"#,
            r#"{"read":["+t01:/a"]}"#,
            r#"{"read":["+t:/\u0061"]}"#,
            r#"{"connect":["+:A.com"]}"#,
            r#"{"switches":["+worker","+worker"]}"#,
            r#"{"read":[]}"#,
            r"{ }",
            r"{},{}",
        ] {
            let text = format!(r#"{{"v":1,"layers":[{layer}]}}"#);
            assert!(matches!(read(text.as_bytes()), Err(WireError::Rule(_) | WireError::Spelling)), "{layer}");
        }
        for layer in
            [r#"{},{"read":["+t1:/%25"]}"#, r#"{"child":["+:git log *%00/usr/bin/git","+:git%00/usr/bin/git"]}"#]
        {
            assert!(read(format!(r#"{{"v":1,"layers":[{layer}]}}"#).as_bytes()).is_ok(), "{layer}");
        }
    }
}

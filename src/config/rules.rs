//! The rules of a policy one by one, as they were written, and the policy that some of them alone would make. Which rule
//! decides is found out by asking such policies: what answers calls keeps no places, and is not slowed by them.

use serde_json::Value;

use super::error::Origin;
use super::flags::{FLAGS, Flag};
use super::settings::{Item, Place, Settings, Surroundings, Value as Said};
use super::spelling::without_escapes;
use crate::policy::path::Style;
use crate::policy::{Absolute, Scope, ScopeKind};

/// One rule as it was written.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'s> {
    /// Which of the settings' rules it is.
    pub number: usize,
    item: &'s Item,
    /// The rule that takes it back, if one does.
    pub taken_back_by: Option<usize>,
}

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says<'s> {
    /// All of the scope.
    All,
    /// None of it: earlier grants are taken back.
    Off,
    /// This much of it.
    Text(&'s [u8]),
}

impl<'s> Rule<'s> {
    /// The scope that it speaks of.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.item.scope
    }

    /// Whether it denies.
    #[must_use]
    pub fn denies(&self) -> bool {
        self.item.denies
    }

    /// Whether it grants, and is not taken back.
    #[must_use]
    pub fn grants(&self) -> bool {
        !self.item.denies && self.says() != Says::Off && self.taken_back_by.is_none()
    }

    /// What it says of the scope.
    #[must_use]
    pub fn says(&self) -> Says<'s> {
        match &self.item.value {
            Said::All => Says::All,
            Said::Off => Says::Off,
            Said::Text(text) => Says::Text(text),
        }
    }

    /// Where it was written.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.item.place.origin()
    }

    /// Whether it stands in a file.
    #[must_use]
    pub fn in_file(&self) -> bool {
        matches!(self.item.place, Place::File { .. })
    }

    /// When it lapses, in seconds since 1970.
    #[must_use]
    pub fn expires(&self) -> Option<u64> {
        self.item.expires
    }

    /// When it was granted, if that was said, in seconds since 1970.
    #[must_use]
    pub fn since(&self) -> Option<u64> {
        self.item.since
    }

    /// Why it is there.
    #[must_use]
    pub fn reason(&self) -> Option<&'s str> {
        self.item.reason.as_deref()
    }

    /// The rule as it was written: a flag, or a key and its value.
    #[must_use]
    pub fn as_written(&self) -> String {
        let name = if self.denies() { self.scope().deny_flag() } else { self.scope().flag() };
        match (self.in_file(), self.says()) {
            (false, Says::All) => name.to_owned(),
            (false, Says::Off) => name.replacen("--", "--no-", 1),
            (false, Says::Text(text)) => format!("{name}={}", String::from_utf8_lossy(text)),
            (true, says) => {
                let value = match says {
                    Says::All => Value::Bool(true),
                    Says::Off => Value::Bool(false),
                    Says::Text(text) => Value::String(String::from_utf8_lossy(text).into_owned()),
                };
                format!("\"{}\": {value}", name.trim_start_matches('-'))
            }
        }
    }

    /// Where it was written, in words.
    #[must_use]
    pub fn place(&self) -> String {
        match self.origin() {
            Origin::Flag { variable: None, .. } => "the command line".to_owned(),
            Origin::Flag { variable: Some(variable), .. } => variable,
            origin => origin.to_string(),
        }
    }

    /// The path that it names, if it is a rule of paths and no more than one path: absolute, tokens replaced. Of a pattern
    /// it is the part before the first wildcard.
    #[must_use]
    pub fn path(&self, around: &Surroundings) -> Option<Vec<u8>> {
        let Says::Text(text) = self.says() else { return None };
        if self.scope().kind() != ScopeKind::Path || text == b"*" {
            return None;
        }
        let (base, text) = self.item.expanded(text, around).ok()?;
        let text = without_escapes(&text);
        let wild = text.iter().position(|byte| b"*?[{".contains(byte)).unwrap_or(text.len());
        let cut = if wild == text.len() {
            wild
        } else {
            text[..wild].iter().rposition(|&byte| Style::NATIVE.is_separator(byte)).map_or(0, |at| at + 1)
        };
        let head = if cut == 0 { &b"."[..] } else { &text[..cut] };
        Absolute::resolve(head, || Some(&*base)).ok().map(|path| path.bytes().to_vec())
    }

    /// Whether it names more than one path, by a wildcard.
    #[must_use]
    pub fn is_pattern(&self) -> bool {
        matches!(self.says(), Says::Text(text) if text.iter().any(|byte| b"*?[{".contains(byte)))
    }
}

impl Settings {
    /// Every rule, in the order in which they were said.
    pub fn rules(&self) -> impl Iterator<Item = Rule<'_>> {
        let taken_back = self.taken_back();
        self.items.iter().enumerate().map(move |(number, item)| {
            let by = taken_back.iter().find(|&&(scope, last)| scope == item.scope && number <= last);
            let is_grant = !item.denies && item.value != Said::Off;
            Rule { number, item, taken_back_by: by.filter(|_| is_grant).map(|&(_, last)| last) }
        })
    }

    /// These rules alone, enforced.
    #[must_use]
    pub fn only(&self, numbers: &[usize]) -> Self {
        let items = numbers.iter().filter_map(|&number| self.items.get(number).cloned()).collect();
        Self { items, follow_links: self.follow_links, ..Self::default() }
    }
}

/// The key of policy files that says what a flag says, and whether that has a value.
#[must_use]
pub fn key_of_flag(flag: &str) -> Option<(&'static str, Option<&str>)> {
    let (name, value) = match flag.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (flag, None),
    };
    FLAGS.iter().find(|known| known.name == name && known.in_file()).map(|known| (Flag::key(known), value))
}

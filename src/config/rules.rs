//! The rules of a policy one by one, as they were written, and the policy that some of them alone
//! make. Callers find the rule that decides by asking such policies. So the policy that answers
//! calls keeps no places, and is not slowed by them.

use serde_json::Value;

use super::error::Location;
use super::flags::{FLAGS, Flag};
use super::settings::{RulePlace, RuleValue, Settings, Surroundings, WrittenRule};
use super::spelling::without_escapes;
use crate::policy::path::Style;
use crate::policy::{Absolute, Scope, ScopeKind};

/// One rule as it was written.
#[derive(Clone, Copy, Debug)]
pub struct Rule<'s> {
    /// Its position among the rules of the settings.
    pub number: usize,
    item: &'s WrittenRule,
    /// The rule that turns it off, if one does.
    pub taken_back_by: Option<usize>,
}

/// How much of its scope a rule covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says<'s> {
    /// The whole scope.
    All,
    /// Nothing: earlier grants are turned off.
    Off,
    /// The part that this text describes.
    Text(&'s [u8]),
}

impl<'s> Rule<'s> {
    /// Returns its scope.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.item.scope
    }

    /// Whether it is a denial.
    #[must_use]
    pub fn denies(&self) -> bool {
        self.item.denies
    }

    /// Whether it grants anything and is not turned off.
    #[must_use]
    pub fn grants(&self) -> bool {
        !self.item.denies && self.says() != Says::Off && self.taken_back_by.is_none()
    }

    /// Returns how much of its scope it covers.
    #[must_use]
    pub fn says(&self) -> Says<'s> {
        match &self.item.value {
            RuleValue::All => Says::All,
            RuleValue::Off => Says::Off,
            RuleValue::Text(text) => Says::Text(text),
        }
    }

    /// Returns the place where it was written.
    #[must_use]
    pub fn location(&self) -> Location {
        self.item.place.location()
    }

    /// Whether it was written in a file.
    #[must_use]
    pub fn in_file(&self) -> bool {
        matches!(self.item.place, RulePlace::File { .. })
    }

    /// Returns its expiry, in seconds since 1970.
    #[must_use]
    pub fn expires(&self) -> Option<u64> {
        self.item.expires
    }

    /// Returns the date since which it is granted, if it has one, in seconds since 1970.
    #[must_use]
    pub fn since(&self) -> Option<u64> {
        self.item.since
    }

    /// Returns the reason that it gives.
    #[must_use]
    pub fn reason(&self) -> Option<&'s str> {
        self.item.reason.as_deref()
    }

    /// Returns the text of the rule: a flag, or a key and its value.
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

    /// Returns the place where it was written, in words.
    #[must_use]
    pub fn place(&self) -> String {
        match self.location() {
            Location::Flag { variable: None, .. } => "the command line".to_owned(),
            Location::Flag { variable: Some(variable), .. } => variable,
            location => location.to_string(),
        }
    }

    /// Returns the path that it names, absolute and with tokens replaced, if it is a rule about one
    /// path. For a pattern this is the part before the first wildcard.
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

    /// Whether it has a wildcard.
    #[must_use]
    pub fn is_pattern(&self) -> bool {
        matches!(self.says(), Says::Text(text) if text.iter().any(|byte| b"*?[{".contains(byte)))
    }
}

impl Settings {
    /// Returns every rule, in the order of the sources.
    pub fn rules(&self) -> impl Iterator<Item = Rule<'_>> {
        let taken_back = self.taken_back();
        self.items.iter().enumerate().map(move |(number, item)| {
            let by = taken_back.iter().find(|&&(scope, last)| scope == item.scope && number <= last);
            let is_grant = !item.denies && item.value != RuleValue::Off;
            Rule { number, item, taken_back_by: by.filter(|_| is_grant).map(|&(_, last)| last) }
        })
    }

    /// Returns the settings with these rules only, enforced.
    #[must_use]
    pub fn only(&self, numbers: &[usize]) -> Self {
        let items = numbers.iter().filter_map(|&number| self.items.get(number).cloned()).collect();
        Self { items, follow_links: self.follow_links, ..Self::default() }
    }
}

/// Returns the key of policy files that means the same as a flag, and the value of the flag.
#[must_use]
pub fn key_of_flag(flag: &str) -> Option<(&'static str, Option<&str>)> {
    let (name, value) = match flag.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (flag, None),
    };
    FLAGS.iter().find(|known| known.name == name && known.in_file()).map(|known| (Flag::key(known), value))
}

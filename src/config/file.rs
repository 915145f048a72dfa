//! The policy file: the `"permission"` object of a `node.config.json`.
//!
//! Every policy file of Node has the same meaning here. permit adds a denial for every grant
//! (`deny-…`), lists where Node has only true, the parts of `net`, grants with a reason and an
//! expiry, and profiles. Keys are the names of flags without `--`. Other top-level keys are
//! ignored. A byte order mark is not JSON and is refused.

use std::sync::Arc;

use super::date;
use super::error::{ConfigError, Problem, nearest};
use super::flags::{Action, FLAGS, Flag, Takes, follows_links};
use super::json::{self, JsonKind, Pair, Raw};
use super::profile::{Profile, choose};
use super::settings::{FileText, RulePlace, RuleValue, Settings, WrittenRule};
use super::tokens::has_token;
use crate::policy::Scope;
use crate::policy::path::Style;

/// A policy file as the caller read it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The name to show in messages.
    pub name: &'a str,
    /// The directory of the file, absolute. Relative paths in the file start there.
    pub directory: &'a [u8],
    /// The text of the file.
    pub text: &'a str,
}

/// The keys that are no flags.
const OWN_KEYS: [&str; 3] = ["profiles", "audit", "sandbox"];

/// Reads a policy file, with one of its profiles if `profile` names one. Returns `None` if the file
/// has no key `"permission"`.
///
/// # Errors
/// [`ConfigError`] with line and column for the first text that cannot be read in full, in any
/// profile.
pub fn parse_file(source: &Source<'_>, profile: Option<&str>) -> Result<Option<Settings>, ConfigError> {
    let file = Arc::new(FileText::new(source.name, source.directory, source.text));
    let Some(read) = read(&file)? else { return Ok(None) };
    let chosen = choose(&read.profiles, profile, &file, read.place)?;
    Ok(Some(read.base.merge(chosen)))
}

/// Returns the names of the profiles of a policy file.
///
/// # Errors
/// [`ConfigError`], as from [`parse_file`].
pub fn profile_names(source: &Source<'_>) -> Result<Vec<String>, ConfigError> {
    let file = Arc::new(FileText::new(source.name, source.directory, source.text));
    let profiles = read(&file)?.map_or_else(Vec::new, |read| read.profiles);
    Ok(profiles.into_iter().map(|profile| profile.name).collect())
}

/// The contents of a policy file.
struct ReadFile<'a> {
    base: Settings,
    profiles: Vec<Profile<'a>>,
    /// The text of the key `"permission"`.
    place: &'a str,
}

fn read(file: &Arc<FileText>) -> Result<Option<ReadFile<'_>>, ConfigError> {
    let reader = FileReader { file };
    let pairs = json::object(&file.text).map_err(|error| reader.syntax(0, &error))?;
    let mut permission = None;
    for pair in pairs {
        if reader.string(pair.key)? == "permission" && permission.replace(pair).is_some() {
            return Err(reader.at(pair.key, Problem::TwiceKey { key: "permission".to_owned() }));
        }
    }
    let Some(permission) = permission else { return Ok(None) };
    let mut profiles = Vec::new();
    let base = reader.permission(permission, "permission", Some(&mut profiles))?.settings;
    Ok(Some(ReadFile { base, profiles, place: permission.key.get() }))
}

/// Reads the parts of one file.
pub(super) struct FileReader<'a> {
    file: &'a Arc<FileText>,
}

impl<'a> FileReader<'a> {
    /// Reads a `permission` object, or a profile if `profiles` is `None`. A profile contains no
    /// profiles.
    fn permission(
        &self,
        pair: Pair<'a>,
        within: &str,
        mut profiles: Option<&mut Vec<Profile<'a>>>,
    ) -> Result<Profile<'a>, ConfigError> {
        match JsonKind::of(pair.value) {
            JsonKind::Object => {}
            JsonKind::Bool(false) => return Err(self.at(pair.value, Problem::NotOff)),
            _ => return Err(self.wrong_type(pair.value, within, "an object")),
        }
        let mut profile = Profile { name: within.to_owned(), extends: None, settings: Settings::default() };
        let mut seen = Vec::new();
        for pair in self.object(pair.value)? {
            let key = self.string(pair.key)?;
            if seen.contains(&key) {
                return Err(self.at(pair.key, Problem::TwiceKey { key }));
            }
            let flag = Flag::named(&format!("--{key}")).filter(|flag| flag.in_file());
            match (flag, key.as_str(), &mut profiles) {
                (Some(flag), ..) => self.flag(&mut profile.settings, flag, &key, pair.value)?,
                (None, "profiles", Some(profiles)) => self.profiles(pair, profiles)?,
                (None, "extends", None) => {
                    profile.extends = Some((self.expect_string(pair.value, &key)?, pair.value.get()));
                }
                (None, "audit", _) => match JsonKind::of(pair.value) {
                    JsonKind::Bool(yes) => profile.settings.audit = Some(yes),
                    _ => return Err(self.wrong_type(pair.value, &key, "true or false")),
                },
                (None, "sandbox", _) => self.not_yet(&key, pair.value)?,
                _ => return Err(self.unknown_key(pair.key, key, within, profiles.is_none())),
            }
            seen.push(key);
        }
        Ok(profile)
    }

    fn profiles(&self, pair: Pair<'a>, profiles: &mut Vec<Profile<'a>>) -> Result<(), ConfigError> {
        if JsonKind::of(pair.value) != JsonKind::Object {
            return Err(self.wrong_type(pair.value, "profiles", "an object of profiles by name"));
        }
        for pair in self.object(pair.value)? {
            let name = self.string(pair.key)?;
            if profiles.iter().any(|profile| profile.name == name) {
                return Err(self.at(pair.key, Problem::TwiceKey { key: name }));
            }
            profiles.push(self.permission(pair, &name, None)?);
        }
        Ok(())
    }

    fn flag(&self, settings: &mut Settings, flag: &Flag, key: &str, value: Raw<'a>) -> Result<(), ConfigError> {
        let expected = match flag.takes {
            Takes::Nothing => "true or false",
            _ if flag.does == Action::Symlinks => "\"resolve\" or \"follow\"",
            _ if flag.does == Action::AuditLog => "the path of a file, or \"stderr\"",
            _ if flag.does == Action::ReportOnly => "the path of a file",
            Takes::Value(_) => "a string, an entry {\"grant\": …}, or an array of these",
            Takes::List(_) | Takes::Items(_) => "true, false, a string, an entry {\"grant\": …}, or an array of these",
        };
        let (scope, denies) = match (flag.does, JsonKind::of(value)) {
            (Action::Allow(scope), _) => (scope, false),
            (Action::Deny(scope), _) => (scope, true),
            (Action::AllowVfs, JsonKind::Bool(yes)) => {
                settings.allow_fs_vfs = Some(yes);
                return Ok(());
            }
            (Action::Symlinks, JsonKind::String) => {
                let found = self.string(value)?;
                let follows = follows_links(found.as_bytes());
                settings.follow_links = Some(follows.ok_or_else(|| self.at(value, Problem::Symlinks { found }))?);
                return Ok(());
            }
            (Action::Audit, JsonKind::Bool(yes)) => {
                settings.audit = Some(yes);
                return Ok(());
            }
            (Action::AuditStack, JsonKind::Bool(yes)) => {
                settings.audit_stack = Some(yes);
                return Ok(());
            }
            (Action::AuditLog, JsonKind::String) if value.get() == "\"stderr\"" => {
                settings.audit_log = Some(b"stderr".to_vec());
                return Ok(());
            }
            (Action::AuditLog, JsonKind::String) => {
                settings.audit_log = Some(self.beside(value)?);
                return Ok(());
            }
            (Action::ReportOnly, JsonKind::String) => {
                settings.report_only = Some(self.beside(value)?);
                return Ok(());
            }
            (Action::Nothing, JsonKind::Bool(true)) => return Ok(()),
            (Action::Nothing, JsonKind::Bool(false)) => return Err(self.at(value, Problem::NotOff)),
            _ => return Err(self.wrong_type(value, key, expected)),
        };
        let entries = match JsonKind::of(value) {
            JsonKind::Bool(yes) if !matches!(flag.takes, Takes::Value(_)) => {
                let value_of = |yes| if yes { RuleValue::All } else { RuleValue::Off };
                // A denial of nothing says nothing; it does not take other denials back.
                if yes || !denies {
                    settings.items.push(self.item(value, scope, denies, value_of(yes)));
                }
                return Ok(());
            }
            _ if flag.takes == Takes::Nothing => return Err(self.wrong_type(value, key, expected)),
            JsonKind::String | JsonKind::Object => vec![value],
            JsonKind::Array => json::array(value.get()).map_err(|error| self.syntax(self.offset(value), &error))?,
            _ => return Err(self.wrong_type(value, key, expected)),
        };
        settings.items.reserve(entries.len());
        for entry in entries {
            let item = match JsonKind::of(entry) {
                JsonKind::String => {
                    let text = self.text(entry)?;
                    self.item(entry, scope, denies, RuleValue::Text(text))
                }
                JsonKind::Object => self.entry(entry, scope, denies)?,
                _ => return Err(self.wrong_type(entry, key, "strings and entries {\"grant\": …}")),
            };
            settings.items.push(item);
        }
        Ok(())
    }

    /// Reads an entry such as `{"grant": "./tmp", "reason": "OPS-12", "since": "2026-12-01",
    /// "expires": "2026-12-31"}`. A denial has no dates, but may have a reason.
    fn entry(&self, value: Raw<'a>, scope: Scope, denies: bool) -> Result<WrittenRule, ConfigError> {
        let what = if denies { "deny" } else { "grant" };
        let known: &[&str] = if denies { &["deny", "reason"] } else { &["grant", "reason", "since", "expires"] };
        let (mut text, mut reason, mut since, mut expires) = (None, None, None, None);
        for pair in self.object(value)? {
            let key = self.string(pair.key)?;
            let twice = match key.as_str() {
                key if key == what => {
                    self.expect_string(pair.value, key)?;
                    text.replace(pair.value).is_some()
                }
                "reason" => reason.replace(self.expect_string(pair.value, &key)?).is_some(),
                "expires" if !denies => expires.replace(self.date(pair.value, &key)?).is_some(),
                "since" if !denies => since.replace(self.date(pair.value, &key)?).is_some(),
                _ => {
                    let nearest = nearest(&key, known.iter().copied()).map(|name| format!("{name:?}"));
                    let within = "an entry".to_owned();
                    return Err(self.at(pair.key, Problem::UnknownKey { key, within, nearest }));
                }
            };
            if twice {
                return Err(self.at(pair.key, Problem::TwiceKey { key }));
            }
        }
        let text = text.ok_or_else(|| self.at(value, Problem::MissingKey { key: what }))?;
        let item = self.item(text, scope, denies, RuleValue::Text(self.text(text)?));
        Ok(WrittenRule { since, expires, reason, ..item })
    }

    fn date(&self, value: Raw<'a>, key: &str) -> Result<u64, ConfigError> {
        let found = self.expect_string(value, key)?;
        date::parse(&found).ok_or_else(|| self.at(value, Problem::Date { found }))
    }

    /// Reads a key that is reserved for a planned feature. Accepts only the value that changes
    /// nothing.
    fn not_yet(&self, key: &str, value: Raw<'a>) -> Result<(), ConfigError> {
        if JsonKind::of(value) == JsonKind::Bool(false) {
            return Ok(());
        }
        let what = format!("{key:?}: {}", value.get().chars().take(40).collect::<String>().escape_debug());
        Err(self.at(value, Problem::NotYet { what, expected: "false" }))
    }

    fn unknown_key(&self, raw: Raw<'a>, key: String, within: &str, in_profile: bool) -> ConfigError {
        let flags = FLAGS.iter().filter(|flag| flag.in_file()).map(Flag::key);
        let own = OWN_KEYS.into_iter().filter(|&own| own != "profiles" || !in_profile);
        let extends = in_profile.then_some("extends");
        let nearest = nearest(&key, flags.chain(own).chain(extends)).map(|name| format!("{name:?}"));
        self.at(raw, Problem::UnknownKey { key, within: within.to_owned(), nearest })
    }

    fn item(&self, value: Raw<'a>, scope: Scope, denies: bool, said: RuleValue) -> WrittenRule {
        let place = RulePlace::File { file: Arc::clone(self.file), offset: self.offset(value) };
        WrittenRule { place, scope, denies, value: said, since: None, expires: None, reason: None }
    }

    /// Reads the text of a grant, which must not be empty.
    fn text(&self, value: Raw<'a>) -> Result<Vec<u8>, ConfigError> {
        let text = json::string(value.get()).map_err(|error| self.syntax(self.offset(value), &error))?;
        if text.is_empty() {
            return Err(self.at(value, Problem::NeedsValue { expected: "\".\" is the file's own directory" }));
        }
        Ok(text.into_owned().into_bytes())
    }

    /// Reads the path of a file that permit itself opens. A relative path starts at the directory
    /// of this file. Tokens are not allowed.
    fn beside(&self, value: Raw<'a>) -> Result<Vec<u8>, ConfigError> {
        let text = self.text(value)?;
        if has_token(&text) {
            let found = String::from_utf8_lossy(&text).into_owned();
            return Err(self.at(value, Problem::NoTokens { found }));
        }
        let text = text.strip_prefix(b"./").map(<[u8]>::to_vec).unwrap_or(text);
        let absolute = Style::NATIVE.is_absolute(&text);
        Ok(if absolute { text } else { Style::NATIVE.join(&self.file.directory, &text) })
    }

    fn object(&self, value: Raw<'a>) -> Result<Vec<Pair<'a>>, ConfigError> {
        json::object(value.get()).map_err(|error| self.syntax(self.offset(value), &error))
    }

    fn string(&self, value: Raw<'a>) -> Result<String, ConfigError> {
        let text = json::string(value.get()).map_err(|error| self.syntax(self.offset(value), &error))?;
        Ok(text.into_owned())
    }

    fn expect_string(&self, value: Raw<'a>, key: &str) -> Result<String, ConfigError> {
        if JsonKind::of(value) == JsonKind::String {
            self.string(value)
        } else {
            Err(self.wrong_type(value, key, "a string"))
        }
    }

    fn wrong_type(&self, value: Raw<'a>, key: &str, expected: &'static str) -> ConfigError {
        let found = JsonKind::of(value).name();
        self.at(value, Problem::WrongType { key: key.to_owned(), found, expected })
    }

    fn at(&self, value: Raw<'a>, problem: Problem) -> ConfigError {
        ConfigError::new(self.file.location(self.offset(value)), problem)
    }

    /// Makes an error from one of `serde_json` about the part of the file that begins at `start`.
    fn syntax(&self, start: usize, error: &serde_json::Error) -> ConfigError {
        let part = &self.file.text[start..];
        let line_start = part.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
        let mut offset = (start + line_start + error.column().saturating_sub(1)).min(self.file.text.len());
        while !self.file.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        ConfigError::new(self.file.location(offset), Problem::Syntax { message })
    }

    fn offset(&self, value: Raw<'a>) -> usize {
        json::offset(&self.file.text, value.get())
    }
}

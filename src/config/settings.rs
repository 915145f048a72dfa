//! The settings of the sources of a policy, in their order, and the policy that they make.
//!
//! Grants add up, and so do denials. A later yes or no wins over an earlier one. Paths and tokens
//! are resolved after everything is read, because they depend on [`Surroundings`], which the caller
//! describes.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::date;
use super::error::{ConfigError, Location, Problem};
use super::spelling::{CheckedText, Misspelling, SpellingCheck};
use super::tokens::{Tokens, has_token};
use crate::policy::path::Style;
use crate::policy::{Files, Mode, Policy, PolicyBuilder, Scope, ScopeKind};

/// The settings of flags and files.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub(super) items: Vec<WrittenRule>,
    /// `--allow-fs-vfs`.
    pub allow_fs_vfs: Option<bool>,
    /// `--symlinks`: whether links may lead anywhere.
    pub follow_links: Option<bool>,
    /// `--permission-audit`: a call that is not allowed proceeds and is recorded.
    pub audit: Option<bool>,
    /// `--audit-log`: the file of records.
    pub audit_log: Option<Vec<u8>>,
    /// `--audit-stack`: whether records have the stack of the call.
    pub audit_stack: Option<bool>,
    /// `--report-only`: the file of a policy that only records what it would refuse.
    pub report_only: Option<Vec<u8>>,
    /// The file that `--config` names, as it was written.
    pub config: Option<Vec<u8>>,
    /// The profile that `--profile` names.
    pub profile: Option<String>,
}

/// One grant or denial, as it was written.
#[derive(Clone, Debug)]
pub(super) struct WrittenRule {
    pub(super) place: RulePlace,
    pub(super) scope: Scope,
    pub(super) denies: bool,
    pub(super) value: RuleValue,
    /// The date since which it is granted. For readers only: it grants before this date too.
    pub(super) since: Option<u64>,
    pub(super) expires: Option<u64>,
    pub(super) reason: Option<String>,
}

/// How much of its scope a rule covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RuleValue {
    /// The whole scope.
    All,
    /// Nothing: earlier grants are turned off.
    Off,
    /// The part that this text describes.
    Text(Vec<u8>),
}

/// The place where a rule was written. Line and column of a file are computed only when they are
/// needed.
#[derive(Clone, Debug)]
pub(super) enum RulePlace {
    Flag { variable: Option<Arc<str>>, flag: Arc<str> },
    File { file: Arc<FileText>, offset: usize },
}

/// The text of a file, kept for the places in it.
#[derive(Debug)]
pub(super) struct FileText {
    pub(super) name: String,
    pub(super) directory: Vec<u8>,
    pub(super) text: String,
    /// The start of each line.
    lines: Vec<usize>,
}

impl FileText {
    pub(super) fn new(name: &str, directory: &[u8], text: &str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name: name.to_owned(), directory: directory.to_vec(), text: text.to_owned(), lines }
    }

    pub(super) fn location(&self, offset: usize) -> Location {
        let line = self.lines.partition_point(|&start| start <= offset).max(1);
        let column = self.text.get(self.lines[line - 1]..offset).map_or(0, |before| before.chars().count()) + 1;
        Location::File { file: self.name.clone(), line, column }
    }
}

impl RulePlace {
    pub(super) fn location(&self) -> Location {
        match self {
            Self::Flag { variable, flag } => {
                Location::Flag { variable: variable.as_deref().map(ToOwned::to_owned), flag: flag.to_string() }
            }
            Self::File { file, offset } => file.location(*offset),
        }
    }
}

impl WrittenRule {
    /// Whether it grants paths of this scope, or of a part of it, outside of the directory.
    fn reaches_beyond(&self, folder: &[u8], scope: Scope, around: &Surroundings) -> bool {
        let concerns = self.scope == scope || self.scope.parent() == Some(scope) || scope.parent() == Some(self.scope);
        if self.denies || !concerns {
            return false;
        }
        match &self.value {
            RuleValue::Off => false,
            RuleValue::All => true,
            RuleValue::Text(text) if text == b"*" => true,
            RuleValue::Text(text) => self.expanded(text, around).is_ok_and(|(base, rest)| {
                let path = Style::NATIVE.normalise(&rest, || Some(&*base));
                path.is_ok_and(|path| {
                    let below = path.strip_prefix(folder);
                    !below.is_some_and(|rest| rest.is_empty() || folder.ends_with(b"/") || rest.starts_with(b"/"))
                })
            }),
        }
    }

    /// Returns the directory in which its text starts, and the text with tokens replaced.
    pub(super) fn expanded<'a>(
        &'a self,
        text: &[u8],
        around: &'a Surroundings,
    ) -> Result<(Cow<'a, [u8]>, Vec<u8>), Problem> {
        let base = match &self.place {
            RulePlace::Flag { .. } => &around.cwd,
            RulePlace::File { file, .. } => &file.directory,
        };
        if matches!(self.scope.kind(), ScopeKind::Path | ScopeKind::Program) {
            around.tokens.expand(base, text, Style::NATIVE)
        } else if has_token(text) {
            Err(Problem::TokenPlace { found: String::from_utf8_lossy(text).into_owned() })
        } else {
            Ok((base.into(), text.to_vec()))
        }
    }
}

/// The facts about the process that a policy depends on, as they were at start.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The working directory, absolute. Relative paths in flags start there.
    pub cwd: Vec<u8>,
    /// The values of the tokens.
    pub tokens: Tokens,
    /// The time in seconds since 1970, by which grants expire.
    pub now: u64,
}

/// A message for the person who starts the program.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// A grant that has expired.
    Expired {
        /// The place where it was written.
        at: Location,
        /// The text of the grant.
        grant: String,
        /// Its expiry, in seconds since 1970.
        expires: u64,
        /// The reason that it gives.
        reason: Option<String>,
    },
    /// A grant that matches nothing because of its spelling.
    Spelling {
        /// The place where it was written.
        at: Location,
        /// The problem with its spelling.
        misspelling: Misspelling,
    },
    /// A denial that begins with `**/`, and so holds below its directory only, while a grant
    /// reaches beyond this directory.
    Within {
        /// The place where it was written.
        at: Location,
        /// The text of the denial.
        found: String,
        /// The directory.
        folder: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { at, grant, expires, reason } => {
                write!(f, "{at}: the grant of {grant:?} expired on {}", date::day(*expires))?;
                reason.iter().try_for_each(|reason| write!(f, " ({reason:?})"))
            }
            Self::Spelling { at, misspelling } => write!(f, "{at}: {misspelling}"),
            Self::Within { at, found, folder } => {
                write!(
                    f,
                    "{at}: {found:?} denies below {folder} only; to deny it everywhere write {:?}",
                    format!("/{found}")
                )
            }
        }
    }
}

impl Settings {
    /// Whether no rule is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether a rule names a path by `${PROJECT}`.
    #[must_use]
    pub fn names_project(&self) -> bool {
        let names =
            |item: &WrittenRule| matches!(&item.value, RuleValue::Text(text) if text.starts_with(b"${PROJECT}"));
        self.items.iter().any(names)
    }

    /// Adds later settings. Their yes and no win.
    #[must_use]
    pub fn merge(mut self, later: Self) -> Self {
        self.items.extend(later.items);
        Self {
            items: self.items,
            allow_fs_vfs: later.allow_fs_vfs.or(self.allow_fs_vfs),
            follow_links: later.follow_links.or(self.follow_links),
            audit: later.audit.or(self.audit),
            audit_log: later.audit_log.or(self.audit_log),
            audit_stack: later.audit_stack.or(self.audit_stack),
            report_only: later.report_only.or(self.report_only),
            config: later.config.or(self.config),
            profile: later.profile.or(self.profile),
        }
    }

    /// Puts the settings into a builder. The caller may add rules to it (for the entry point,
    /// permit's own files) before it builds the policy. The builder includes expired grants,
    /// because an expired list must still narrow its scope. Callers remove them from the policy by
    /// [`Policy::expire`].
    ///
    /// # Errors
    /// [`ConfigError`] for the first rule that cannot be read in full.
    pub fn into_builder<'f>(
        self,
        files: &'f dyn Files,
        around: &Surroundings,
    ) -> Result<(PolicyBuilder<'f>, Vec<Notice>), ConfigError> {
        let mut notices = self.notices(around);
        let mut builder = PolicyBuilder::new(files);
        builder.follow_links(self.follow_links == Some(true));
        builder.mode(if self.audit == Some(true) { Mode::Audit } else { Mode::Enforce });
        let taken_back = self.taken_back();
        for (at, item) in self.items.iter().enumerate() {
            if !item.denies && taken_back.iter().any(|&(scope, last)| scope == item.scope && at <= last) {
                continue;
            }
            let failed = |problem| ConfigError::new(item.place.location(), problem);
            let misspelling = apply(&mut builder, item, files, around).map_err(failed)?;
            notices.extend(misspelling.map(|misspelling| Notice::Spelling { at: item.place.location(), misspelling }));
        }
        Ok((builder, notices))
    }

    /// Makes the policy by [`Settings::into_builder`], and removes expired grants.
    ///
    /// # Errors
    /// [`ConfigError`] for the first rule that cannot be read in full.
    pub fn into_policy(self, files: &dyn Files, around: &Surroundings) -> Result<(Policy, Vec<Notice>), ConfigError> {
        let (builder, notices) = self.into_builder(files, around)?;
        let mut policy = builder.build().map_err(|error| ConfigError::new(Location::Policy, error))?;
        policy.expire(around.now);
        Ok((policy, notices))
    }

    /// Returns the scopes that are turned off, each with the last rule that does so. Earlier grants
    /// of the scope do not count.
    pub(super) fn taken_back(&self) -> Vec<(Scope, usize)> {
        let last = |scope: Scope| {
            let off = |item: &WrittenRule| {
                let concerns = item.scope == scope || scope.parent() == Some(item.scope);
                concerns && !item.denies && item.value == RuleValue::Off
            };
            Some((scope, self.items.iter().rposition(off)?))
        };
        Scope::ALL.iter().filter_map(|&scope| last(scope)).collect()
    }

    fn notices(&self, around: &Surroundings) -> Vec<Notice> {
        let mut notices = Vec::new();
        for item in &self.items {
            let RuleValue::Text(text) = &item.value else { continue };
            if let Some(expires) = item.expires.filter(|&at| at <= around.now) {
                let grant = String::from_utf8_lossy(text).into_owned();
                notices.push(Notice::Expired {
                    at: item.place.location(),
                    grant,
                    expires,
                    reason: item.reason.clone(),
                });
            }
            if item.denies
                && text.starts_with(b"**/")
                && let Ok((folder, _)) = item.expanded(text, around)
                && self.items.iter().any(|other| other.reaches_beyond(&folder, item.scope, around))
            {
                let [found, folder] = [&text[..], &folder].map(|text| String::from_utf8_lossy(text).into_owned());
                notices.push(Notice::Within { at: item.place.location(), found, folder });
            }
        }
        notices
    }
}

/// Puts a rule into the policy. Returns the problem of a grant that matches nothing because of its
/// spelling.
fn apply(
    builder: &mut PolicyBuilder<'_>,
    item: &WrittenRule,
    files: &dyn Files,
    around: &Surroundings,
) -> Result<Option<Misspelling>, Problem> {
    let written = match &item.value {
        RuleValue::Off => return Ok(None),
        RuleValue::All if item.denies => {
            builder.deny_all(item.scope);
            return Ok(None);
        }
        RuleValue::All => {
            builder.grant_all(item.scope);
            return Ok(None);
        }
        RuleValue::Text(text) => text,
    };
    let (base, rest) = item.expanded(written, around)?;
    let in_file = matches!(item.place, RulePlace::File { .. });
    let spelled = SpellingCheck { scope: item.scope, written, base: &base, rest: &rest, in_file };
    let CheckedText { misspelling, text } = spelled.check(files);
    if !item.denies {
        builder.grant(item.scope, &text, &base, item.expires)?;
        return Ok(misspelling);
    }
    match misspelling {
        Some(misspelling) => Err(Problem::Spelling(misspelling)),
        None => Ok(builder.deny(item.scope, &text, &base).map(|_| None)?),
    }
}

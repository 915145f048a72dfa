//! What the sources of a policy say, in the order they say it, and how that becomes a policy.
//!
//! Grants add up, denials add up, and a later yes or no wins over an earlier one. Nothing is resolved before all is
//! read: relative paths and tokens need the world around, which the caller describes in [`Surroundings`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::date;
use super::error::{ConfigError, Origin, Problem};
use super::spelling::{Checked, Misspelling, Spelled};
use super::tokens::{Tokens, has_token};
use crate::policy::path::Style;
use crate::policy::{Files, Mode, Policy, PolicyBuilder, Scope, ScopeKind};

/// Everything that flags and files may say.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    pub(super) items: Vec<Item>,
    /// `--allow-fs-vfs`.
    pub allow_fs_vfs: Option<bool>,
    /// `--symlinks`: links are followed wherever they lead.
    pub follow_links: Option<bool>,
    /// `--permission-audit`: what is not allowed goes on and is recorded.
    pub audit: Option<bool>,
    /// `--audit-log`: where records go.
    pub audit_log: Option<Vec<u8>>,
    /// `--audit-stack`: records have the stack of the call.
    pub audit_stack: Option<bool>,
    /// `--report-only`: a policy of which it is recorded what it would refuse.
    pub report_only: Option<Vec<u8>>,
    /// The file that `--config` names, as it was written.
    pub config: Option<Vec<u8>>,
    /// The profile that `--profile` names.
    pub profile: Option<String>,
}

/// One grant or denial as it was written.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) place: Place,
    pub(super) scope: Scope,
    pub(super) denies: bool,
    pub(super) value: Value,
    /// When it was granted; for people, it grants nothing less before.
    pub(super) since: Option<u64>,
    pub(super) expires: Option<u64>,
    pub(super) reason: Option<String>,
}

/// What an item says of its scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// All of it.
    All,
    /// None of it: what was granted before is taken back.
    Off,
    /// This much of it.
    Text(Vec<u8>),
}

/// Where an item was written. A place in a file becomes line and column only if somebody asks.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Flag { variable: Option<Arc<str>>, flag: Arc<str> },
    File { file: Arc<FileText>, offset: usize },
}

/// A file that was read, kept for its places.
#[derive(Debug)]
pub(super) struct FileText {
    pub(super) name: String,
    pub(super) directory: Vec<u8>,
    pub(super) text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl FileText {
    pub(super) fn new(name: &str, directory: &[u8], text: &str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name: name.to_owned(), directory: directory.to_vec(), text: text.to_owned(), lines }
    }

    pub(super) fn origin(&self, offset: usize) -> Origin {
        let line = self.lines.partition_point(|&start| start <= offset).max(1);
        let column = self.text.get(self.lines[line - 1]..offset).map_or(0, |before| before.chars().count()) + 1;
        Origin::File { file: self.name.clone(), line, column }
    }
}

impl Place {
    pub(super) fn origin(&self) -> Origin {
        match self {
            Self::Flag { variable, flag } => {
                Origin::Flag { variable: variable.as_deref().map(ToOwned::to_owned), flag: flag.to_string() }
            }
            Self::File { file, offset } => file.origin(*offset),
        }
    }
}

impl Item {
    /// Whether it grants paths of this scope, or of a part of it, outside of the folder.
    fn reaches_beyond(&self, folder: &[u8], scope: Scope, around: &Surroundings) -> bool {
        let concerns = self.scope == scope || self.scope.parent() == Some(scope) || scope.parent() == Some(self.scope);
        if self.denies || !concerns {
            return false;
        }
        match &self.value {
            Value::Off => false,
            Value::All => true,
            Value::Text(text) if text == b"*" => true,
            Value::Text(text) => self.expanded(text, around).is_ok_and(|(base, rest)| {
                let path = Style::NATIVE.normalise(&rest, || Some(&*base));
                path.is_ok_and(|path| {
                    let below = path.strip_prefix(folder);
                    !below.is_some_and(|rest| rest.is_empty() || folder.ends_with(b"/") || rest.starts_with(b"/"))
                })
            }),
        }
    }

    /// Its text with the directory that it starts in, tokens replaced.
    pub(super) fn expanded<'a>(
        &'a self,
        text: &[u8],
        around: &'a Surroundings,
    ) -> Result<(Cow<'a, [u8]>, Vec<u8>), Problem> {
        let base = match &self.place {
            Place::Flag { .. } => &around.cwd,
            Place::File { file, .. } => &file.directory,
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

/// The world around a policy, as it was at start.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The working directory, absolute: where relative paths in flags start.
    pub cwd: Vec<u8>,
    /// What the tokens stand for.
    pub tokens: Tokens,
    /// Seconds since 1970, to tell which grants have expired.
    pub now: u64,
}

/// Something to tell the person who starts the program.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// A grant that has expired and grants nothing.
    Expired {
        /// Where it was written.
        at: Origin,
        /// What it granted.
        grant: String,
        /// When it expired, in seconds since 1970.
        expires: u64,
        /// Why it was there.
        reason: Option<String>,
    },
    /// A grant that grants nothing because of its spelling.
    Spelling {
        /// Where it was written.
        at: Origin,
        /// What is wrong with it.
        misspelling: Misspelling,
    },
    /// A denial that begins with `**/` and holds below its folder, where a grant reaches beyond that folder.
    Within {
        /// Where it was written.
        at: Origin,
        /// The denial.
        found: String,
        /// The folder.
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
    /// Whether no scope is mentioned at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether a rule names a path by the folder of the project.
    #[must_use]
    pub fn names_project(&self) -> bool {
        let names = |item: &Item| matches!(&item.value, Value::Text(text) if text.starts_with(b"${PROJECT}"));
        self.items.iter().any(names)
    }

    /// These settings and then `later`, whose yes and no win.
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

    /// Puts all of it into a builder, to which the caller may add (the entry point, permit's own files) before it is
    /// built. Grants that have expired are put in too and must be taken out of the policy once it is built, by
    /// [`Policy::expire`]: a list that has lapsed must still narrow.
    ///
    /// # Errors
    /// [`ConfigError`] for the first item that cannot be read in full.
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
            let failed = |problem| ConfigError::new(item.place.origin(), problem);
            let misspelling = apply(&mut builder, item, files, around).map_err(failed)?;
            notices.extend(misspelling.map(|misspelling| Notice::Spelling { at: item.place.origin(), misspelling }));
        }
        Ok((builder, notices))
    }

    /// [`Settings::into_builder`], built, and without what has expired.
    ///
    /// # Errors
    /// [`ConfigError`] for the first item that cannot be read in full.
    pub fn into_policy(self, files: &dyn Files, around: &Surroundings) -> Result<(Policy, Vec<Notice>), ConfigError> {
        let (builder, notices) = self.into_builder(files, around)?;
        let mut policy = builder.build().map_err(|error| ConfigError::new(Origin::Policy, error))?;
        policy.expire(around.now);
        Ok((policy, notices))
    }

    /// The scopes that are turned off somewhere, and the last item that does: grants up to it do not count.
    pub(super) fn taken_back(&self) -> Vec<(Scope, usize)> {
        let last = |scope: Scope| {
            let off = |item: &Item| {
                let concerns = item.scope == scope || scope.parent() == Some(item.scope);
                concerns && !item.denies && item.value == Value::Off
            };
            Some((scope, self.items.iter().rposition(off)?))
        };
        Scope::ALL.iter().filter_map(|&scope| last(scope)).collect()
    }

    fn notices(&self, around: &Surroundings) -> Vec<Notice> {
        let mut notices = Vec::new();
        for item in &self.items {
            let Value::Text(text) = &item.value else { continue };
            if let Some(expires) = item.expires.filter(|&at| at <= around.now) {
                let grant = String::from_utf8_lossy(text).into_owned();
                notices.push(Notice::Expired { at: item.place.origin(), grant, expires, reason: item.reason.clone() });
            }
            if item.denies
                && text.starts_with(b"**/")
                && let Ok((folder, _)) = item.expanded(text, around)
                && self.items.iter().any(|other| other.reaches_beyond(&folder, item.scope, around))
            {
                let [found, folder] = [&text[..], &folder].map(|text| String::from_utf8_lossy(text).into_owned());
                notices.push(Notice::Within { at: item.place.origin(), found, folder });
            }
        }
        notices
    }
}

/// Puts a rule into the policy. Gives what is wrong with a grant that grants nothing because of its spelling.
fn apply(
    builder: &mut PolicyBuilder<'_>,
    item: &Item,
    files: &dyn Files,
    around: &Surroundings,
) -> Result<Option<Misspelling>, Problem> {
    let written = match &item.value {
        Value::Off => return Ok(None),
        Value::All if item.denies => {
            builder.deny_all(item.scope);
            return Ok(None);
        }
        Value::All => {
            builder.grant_all(item.scope);
            return Ok(None);
        }
        Value::Text(text) => text,
    };
    let (base, rest) = item.expanded(written, around)?;
    let in_file = matches!(item.place, Place::File { .. });
    let spelled = Spelled { scope: item.scope, written, base: &base, rest: &rest, in_file };
    let Checked { misspelling, text } = spelled.check(files);
    if !item.denies {
        builder.grant(item.scope, &text, &base, item.expires)?;
        return Ok(misspelling);
    }
    match misspelling {
        Some(misspelling) => Err(Problem::Spelling(misspelling)),
        None => Ok(builder.deny(item.scope, &text, &base).map(|_| None)?),
    }
}

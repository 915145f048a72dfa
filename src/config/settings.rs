//! What the sources of a policy say, in the order they say it, and how that becomes a policy.
//!
//! Grants add up, denials add up, and a later yes or no wins over an earlier one. Nothing is resolved before all is
//! read: relative paths and tokens need the world around, which the caller describes in [`Surroundings`].

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::date;
use super::error::{ConfigError, Origin, Problem};
use super::tokens::{Tokens, has_token};
use crate::policy::path::Style;
use crate::policy::{Files, GrantError, Mode, Policy, PolicyBuilder, Scope};

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
        if self.scope.takes_paths() || self.scope == Scope::Child {
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
    /// A comma in the only path of a flag: paths are not split at commas.
    Comma {
        /// Where it was written.
        at: Origin,
        /// The path.
        found: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { at, grant, expires, reason } => {
                write!(f, "{at}: the grant of {grant:?} expired on {}", date::day(*expires))?;
                reason.iter().try_for_each(|reason| write!(f, " ({reason:?})"))
            }
            Self::Comma { at, found } => {
                write!(f, "{at}: {found:?} is one path; to name several repeat the flag, they are not split at commas")
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
        let notices = self.notices(around.now);
        let mut builder = PolicyBuilder::new(files);
        builder.follow_links(self.follow_links == Some(true));
        builder.mode(if self.audit == Some(true) { Mode::Audit } else { Mode::Enforce });
        let taken_back = self.taken_back();
        for (at, item) in self.items.iter().enumerate() {
            if !item.denies && taken_back.iter().any(|&(scope, last)| scope == item.scope && at <= last) {
                continue;
            }
            apply(&mut builder, item, around).map_err(|problem| ConfigError::new(item.place.origin(), problem))?;
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

    fn notices(&self, now: u64) -> Vec<Notice> {
        let mut notices = Vec::new();
        for item in &self.items {
            let Value::Text(text) = &item.value else { continue };
            if let Some(expires) = item.expires.filter(|&at| at <= now) {
                let grant = String::from_utf8_lossy(text).into_owned();
                notices.push(Notice::Expired { at: item.place.origin(), grant, expires, reason: item.reason.clone() });
            }
        }
        for scope in [Scope::FsRead, Scope::FsWrite] {
            let is_flag = |item: &&Item| item.scope == scope && matches!(item.place, Place::Flag { .. });
            let mut flags = self.items.iter().filter(is_flag);
            if let (Some(only), None) = (flags.next(), flags.next())
                && let Value::Text(text) = &only.value
                && text.contains(&b',')
                && !text.contains(&b'{')
            {
                let found = String::from_utf8_lossy(text).into_owned();
                notices.push(Notice::Comma { at: only.place.origin(), found });
            }
        }
        notices
    }
}

fn apply(builder: &mut PolicyBuilder<'_>, item: &Item, around: &Surroundings) -> Result<(), Problem> {
    let text = match &item.value {
        Value::Off => return Ok(()),
        Value::All if item.denies => {
            builder.deny_all(item.scope);
            return Ok(());
        }
        Value::All => {
            builder.grant_all(item.scope);
            return Ok(());
        }
        Value::Text(text) => text,
    };
    let (base, text) = item.expanded(text, around)?;
    let done: Result<_, GrantError> = if item.denies {
        builder.deny(item.scope, &text, &base)
    } else {
        builder.grant(item.scope, &text, &base, item.expires)
    };
    done.map(|_| ()).map_err(Problem::from)
}

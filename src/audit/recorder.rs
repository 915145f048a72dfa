//! Counts records in a bounded table: the same thing over and over is one row, and what finds no room is counted too.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::policy::Scope;

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// It was refused.
    Refused,
    /// It went on: the process is in audit.
    Audited,
    /// A second policy, which is only recorded, would have refused it.
    Reported,
}

impl Verdict {
    /// How a record calls it.
    pub const fn decision(self) -> &'static str {
        match self {
            Self::Refused => "deny",
            Self::Audited | Self::Reported => "would-deny",
        }
    }

    /// Which policy it was.
    pub const fn policy(self) -> &'static str {
        match self {
            Self::Refused => "enforce",
            Self::Audited => "audit",
            Self::Reported => "report-only",
        }
    }
}

/// What a log tells of the process that writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// What tells this release of the program from others: its package and version, and its policy.
    pub deploy: String,
    /// The package of the program.
    pub package: Option<String>,
    /// `enforce` or `audit`.
    pub policy: &'static str,
    /// Everything that is touched is recorded, not what is refused alone.
    pub all: bool,
    /// The policy at start.
    pub policy_hash: String,
}

impl Process {
    /// What is told of a program, by its package with its version, under a policy.
    pub fn new(
        package: Option<(String, Option<String>)>,
        policy: &'static str,
        all: bool,
        policy_hash: String,
    ) -> Self {
        let short = policy_hash.get(..12).unwrap_or(&policy_hash);
        let deploy = match &package {
            Some((name, Some(version))) => format!("{name}@{version}+{short}"),
            Some((name, None)) => format!("{name}+{short}"),
            None => short.to_owned(),
        };
        Self { deploy, package: package.map(|(name, _)| name), policy, all, policy_hash }
    }

    /// What is recorded, in a word.
    pub const fn recorded(&self) -> &'static str {
        if self.all { "all" } else { "refused" }
    }
}

/// A path that was asked about, whatever the caller spelled.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Absolute.
    pub path: String,
    /// Where it leads, if elsewhere.
    pub leads_to: Option<String>,
    /// Everything below it is asked for as well.
    pub tree: bool,
}

/// What is counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The scope that was missing.
    pub scope: Scope,
    /// What was asked for, as the caller spelled it.
    pub value: String,
    /// The path that this means.
    pub place: Option<Place>,
    /// The name that an address was resolved from; empty if there is none.
    pub host: String,
    /// The flag that would allow it; empty if none would.
    pub rule: String,
    /// The package that asked, as far as it can be said.
    pub package: Option<String>,
    /// What became of the call.
    pub told: Verdict,
    /// Node's number of the thread.
    pub thread: u32,
    /// The policy as it stood.
    pub policy_hash: Arc<str>,
}

/// What was counted together.
#[derive(Debug)]
pub struct Row {
    /// What they have in common.
    pub key: Key,
    /// How many they are.
    pub count: u64,
    /// The stack of the first.
    pub stack: Option<Box<[String]>>,
}

/// Rows in the order in which they came first.
#[derive(Debug, Default)]
pub struct Counted {
    /// The rows.
    pub rows: Vec<Row>,
    /// How many found no room.
    pub dropped: u64,
}

/// The table.
#[derive(Debug)]
pub struct Table {
    most: usize,
    places: FxHashMap<Key, usize>,
    counted: Counted,
}

impl Table {
    /// An empty table for so many rows.
    pub fn new(most: usize) -> Self {
        Self { most, places: FxHashMap::default(), counted: Counted::default() }
    }

    /// Counts one. `false` if there was no room.
    pub fn add(&mut self, key: Key, stack: Option<Box<[String]>>) -> bool {
        if let Some(row) = self.places.get(&key).and_then(|at| self.counted.rows.get_mut(*at)) {
            row.count += 1;
            return true;
        }
        if self.counted.rows.len() >= self.most {
            self.counted.dropped += 1;
            return false;
        }
        self.places.insert(key.clone(), self.counted.rows.len());
        self.counted.rows.push(Row { key, count: 1, stack });
        true
    }

    /// Takes everything out.
    pub fn take(&mut self) -> Counted {
        self.places.clear();
        std::mem::take(&mut self.counted)
    }
}

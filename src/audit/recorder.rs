//! Counts records in a bounded table. Equal records become one row, and records without room are
//! counted.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::policy::Scope;
use crate::rollout::record::{RecordedDecision, RecordedPolicy};

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The call was refused.
    Refused,
    /// The call proceeded, because the process is in audit.
    Audited,
    /// The call proceeded; the report-only policy would refuse it.
    Reported,
}

impl Verdict {
    /// Returns the decision, as a record spells it.
    pub const fn decision(self) -> &'static str {
        match self {
            Self::Refused => RecordedDecision::Deny.name(),
            Self::Audited | Self::Reported => RecordedDecision::WouldDeny.name(),
        }
    }

    /// Returns the policy that decided, as a record spells it.
    pub const fn policy(self) -> &'static str {
        match self {
            Self::Refused => RecordedPolicy::Enforce.name(),
            Self::Audited => RecordedPolicy::Audit.name(),
            Self::Reported => RecordedPolicy::ReportOnly.name(),
        }
    }
}

/// The process, as its log describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// The release of the program: package, version and policy.
    pub deploy: String,
    /// The package of the program.
    pub package: Option<String>,
    /// `enforce` or `audit`.
    pub policy: &'static str,
    /// Everything that the program touches is recorded, and not only refusals.
    pub all: bool,
    /// The hash of the policy at start.
    pub policy_hash: String,
}

impl Process {
    /// Describes a program by its package and version, and the policy.
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

    /// Returns what is recorded, as the log spells it.
    pub const fn recorded(&self) -> &'static str {
        if self.all { "all" } else { "refused" }
    }
}

/// The path that a call asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RecordedPath {
    /// The absolute path.
    pub path: String,
    /// The path behind its links, if that is another.
    pub leads_to: Option<String>,
    /// The call asks for everything below the path too.
    pub tree: bool,
}

/// The fields in which equal records are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// The scope that was missing.
    pub scope: Scope,
    /// The resource, as the caller spelled it.
    pub value: String,
    /// The path of the resource.
    pub place: Option<RecordedPath>,
    /// The name that was resolved to the address; empty if there is none.
    pub host: String,
    /// The flag that would allow the call; empty if no flag would.
    pub rule: String,
    /// The package that made the call, if that is known.
    pub package: Option<String>,
    /// What became of the call.
    pub verdict: Verdict,
    /// Node's number of the thread.
    pub thread: u32,
    /// The hash of the policy at the call.
    pub policy_hash: Arc<str>,
}

/// Equal records.
#[derive(Debug)]
pub struct CountedRow {
    /// Their fields.
    pub key: Key,
    /// How many records they are.
    pub count: u64,
    /// The stack of the first one.
    pub stack: Option<Box<[String]>>,
}

/// All rows of a table, in the order of their first records.
#[derive(Debug, Default)]
pub struct Batch {
    /// The rows.
    pub rows: Vec<CountedRow>,
    /// How many records found no room.
    pub dropped: u64,
}

/// A bounded table of records.
#[derive(Debug)]
pub struct RecordTable {
    max_rows: usize,
    indices: FxHashMap<Key, usize>,
    counted: Batch,
}

impl RecordTable {
    /// Makes an empty table with room for `max_rows` rows.
    pub fn new(max_rows: usize) -> Self {
        Self { max_rows, indices: FxHashMap::default(), counted: Batch::default() }
    }

    /// Counts a record. Returns false if there is no room for it.
    pub fn add(&mut self, key: Key, stack: Option<Box<[String]>>) -> bool {
        if let Some(row) = self.indices.get(&key).and_then(|at| self.counted.rows.get_mut(*at)) {
            row.count += 1;
            return true;
        }
        if self.counted.rows.len() >= self.max_rows {
            self.counted.dropped += 1;
            return false;
        }
        self.indices.insert(key.clone(), self.counted.rows.len());
        self.counted.rows.push(CountedRow { key, count: 1, stack });
        true
    }

    /// Takes all rows out of the table.
    pub fn take(&mut self) -> Batch {
        self.indices.clear();
        std::mem::take(&mut self.counted)
    }
}

//! Caches where paths lead and which of them were allowed, so that a path that is used again costs
//! a look into memory and not a walk through the file system.
//!
//! An entry lives for 90 ms at most. It ends earlier when the program changes a link or a
//! directory, on whatever thread: each such change invalidates all entries, and no entry is made
//! while a change is under way. A change by another process is seen when the entry has expired. A
//! path through `/proc` is never cached: the links there (`cwd`, `root`, `fd`) follow what the
//! process does.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::Hasher;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rustc_hash::{FxBuildHasher, FxHasher};
#[cfg(target_os = "linux")]
use rustix::time::{ClockId, clock_gettime};

use crate::js::call::{Call, Native};
use crate::js::env::Env;
use crate::js::value::{NOTHING, Value};
use crate::policy::Scope;
use crate::policy::links::{Entry, LastLink, Links, Resolution, walk};
use crate::process::changes;
use crate::system::files::System;

/// The longest life of an entry, in milliseconds. The clock that measures it may be ten
/// milliseconds behind.
const MAX_AGE: u64 = 90;
/// The number of slots for decisions. A power of two.
const DECISIONS: usize = 512;
/// At most so many directories are cached. The next one empties the cache.
const MAX_DIRECTORIES: usize = 4096;

/// The number of changes of links or directories that are done.
static CHANGES: AtomicU64 = AtomicU64::new(0);
/// The number of such changes that are under way.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// Stops caching for good: code that changes links without asking has come into the process.
pub fn remember_nothing() {
    changing();
}

/// Announces a change of links or directories. [`SETTLED`] must follow when the change is done or
/// has failed.
pub fn changing() {
    UNDER_WAY.fetch_add(1, Ordering::SeqCst);
}

/// Notes that an announced change is done or has failed.
fn changed() {
    CHANGES.fetch_add(1, Ordering::SeqCst);
    // A program that gets hold of a request could end it twice.
    let _ = UNDER_WAY.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1));
}

/// `settled()`: notes that a change that ran asynchronously has ended.
pub const SETTLED: fn(bool) = |_| changed();

/// `changed()`: notes that a change that ran at once has ended. Lets other threads change links.
pub const CHANGED: fn(bool) = |_| {
    changed();
    changes::end();
};

/// `returned(finished)`: notes that the call that starts a change has returned. If it has thrown,
/// it makes none. Lets other threads change links.
pub const RETURNED: fn(bool) = |has_thrown| {
    if has_thrown {
        changed();
    }
    changes::end();
};

/// A function of JavaScript that hears of the end of a change, and whether the call has thrown.
pub struct ChangeEnds;

impl Native for ChangeEnds {
    type Data = fn(bool);

    fn run<'env>(call: &'env Call<'env>, act: &'static fn(bool)) -> Value<'env> {
        act(call.arg(0).and_then(|finished| call.env.as_bool(finished)) == Some(false));
        NOTHING
    }

    /// The cache stays off. Other threads may change links.
    fn unread(_: Env<'_>) -> Value<'_> {
        changes::end();
        NOTHING
    }
}

/// The time during which a cached fact may be believed. The default is none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Validity {
    /// The number of changes when the fact was found out.
    changes: u64,
    /// When the fact expires, by [`now`].
    until: u64,
    /// Whether the path of the fact is the walked one: no link and no dots are in it.
    is_real: bool,
}

impl Validity {
    /// Returns the validity of a fact that is about to be read from the file system.
    fn now() -> Self {
        let settled = UNDER_WAY.load(Ordering::SeqCst) == 0;
        let changes = CHANGES.load(Ordering::SeqCst);
        Self { changes, until: if settled { now().saturating_add(MAX_AGE) } else { 0 }, is_real: false }
    }

    #[inline]
    fn holds(self) -> bool {
        self.changes == CHANGES.load(Ordering::SeqCst) && UNDER_WAY.load(Ordering::SeqCst) == 0 && now() < self.until
    }

    /// Returns the validity of a fact about a path that the walk left as it is, or did not.
    pub fn of_path(self, is_real: bool) -> Self {
        Self { is_real, ..self }
    }

    /// Returns the validity of what follows from two facts: both must hold.
    fn and(self, other: Self) -> Self {
        if self.changes == other.changes {
            Self { until: self.until.min(other.until), is_real: self.is_real && other.is_real, ..self }
        } else {
            Self { until: 0, ..self }
        }
    }
}

/// Returns the bit of [`Decision::allowed`] for a scope.
fn question(scope: Scope, last: LastLink) -> u8 {
    let scope = match scope {
        Scope::FsRead => 1,
        Scope::FsWrite => 1 << 1,
        Scope::Addon => 1 << 2,
        _ => 0,
    };
    match last {
        LastLink::Follow => scope,
        LastLink::NoFollow => scope << 4,
    }
}

/// Whether a path is the walked one, with no link and no dots in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsReal(pub bool);

/// The accesses to one path that were allowed.
#[derive(Debug, Default)]
struct Decision {
    path: Vec<u8>,
    /// The state of the policy that allowed them.
    policy: u64,
    validity: Validity,
    allowed: u8,
}

/// The target of a directory's path.
#[derive(Debug)]
struct Directory {
    real: Vec<u8>,
    validity: Validity,
}

/// The cache of one thread.
#[derive(Debug, Default)]
pub struct PathCache {
    decisions: RefCell<Vec<Decision>>,
    directories: RefCell<HashMap<Vec<u8>, Directory, FxBuildHasher>>,
}

impl PathCache {
    /// Returns whether the walk left an absolute path, spelled just so, as it is, if the policy in
    /// this state allowed it.
    #[inline]
    pub fn allows(&self, scope: Scope, path: &[u8], last: LastLink, policy: u64) -> Option<IsReal> {
        let decisions = self.decisions.borrow();
        let decision = decisions.get(slot(path))?;
        let holds = decision.allowed & question(scope, last) != 0
            && decision.policy == policy
            && decision.path == path
            && decision.validity.holds();
        holds.then_some(IsReal(decision.validity.is_real))
    }

    /// Caches that it was allowed.
    pub fn allowed(&self, scope: Scope, path: &[u8], last: LastLink, policy: u64, validity: Validity) {
        if !validity.holds() {
            return;
        }
        let mut decisions = self.decisions.borrow_mut();
        if decisions.is_empty() {
            decisions.resize_with(DECISIONS, Decision::default);
        }
        let Some(decision) = decisions.get_mut(slot(path)) else { return };
        if decision.path == path && decision.policy == policy && decision.validity.holds() {
            decision.validity = decision.validity.and(validity);
            decision.allowed |= question(scope, last);
            return;
        }
        decision.path.clear();
        decision.path.extend_from_slice(path);
        decision.policy = policy;
        decision.validity = validity;
        decision.allowed = question(scope, last);
    }

    /// Finds out where an absolute path leads, and how long that may be believed.
    pub fn resolve(&self, path: &[u8], last: LastLink) -> (Resolution, Validity) {
        let cut = path.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        let name = &path[cut + 1..];
        // After these names no link can follow.
        if matches!(name, b"" | b"." | b"..") {
            return self.directory(path);
        }
        match self.directory(&path[..cut]) {
            (Resolution::To(folder), validity) => {
                let (resolution, here) = step(&folder, name, last);
                (resolution, validity.and(here))
            }
            other => other,
        }
    }

    /// Finds out where a directory leads. Starts from the longest part of its path that is cached.
    fn directory(&self, path: &[u8]) -> (Resolution, Validity) {
        let mut validity = Validity::now();
        let mut directories = self.directories.borrow_mut();
        let mut real = b"/".to_vec();
        let mut at = 0;
        for cut in cuts(path).rev() {
            if let Some(directory) = directories.get(&path[..cut]).filter(|directory| directory.validity.holds()) {
                real.clone_from(&directory.real);
                validity = validity.and(directory.validity);
                at = cut;
                break;
            }
        }
        let known_part = at;
        for cut in cuts(path).filter(|&cut| cut > known_part) {
            // Between two cuts lies one name and its slash.
            let name = path[at..cut].strip_prefix(b"/").unwrap_or(&path[at..cut]);
            let (resolution, here) = step(&real, name, LastLink::Follow);
            validity = validity.and(here);
            match resolution {
                Resolution::To(next) => real = next,
                other => return (other, validity),
            }
            at = cut;
            if directories.len() >= MAX_DIRECTORIES {
                directories.clear();
            }
            directories.insert(path[..cut].to_vec(), Directory { real: real.clone(), validity });
        }
        (Resolution::To(real), validity)
    }
}

/// Finds out where one name in a folder leads, and how long that may be believed.
fn step(folder: &[u8], name: &[u8], last: LastLink) -> (Resolution, Validity) {
    /// The file system. Notes whether a walk has read a link in `/proc`.
    struct Noting(Cell<bool>);
    impl Links for Noting {
        fn at(&self, path: &[u8]) -> Entry {
            self.0.set(self.0.get() || path.starts_with(b"/proc/"));
            System.at(path)
        }
    }
    let validity = Validity::now();
    let links = Noting(Cell::new(folder.starts_with(b"/proc/")));
    let resolution = walk(&links, folder, name, last);
    (resolution, if links.0.get() { Validity { until: 0, ..validity } } else { validity })
}

/// Returns where the names of an absolute path end.
fn cuts(path: &[u8]) -> impl DoubleEndedIterator<Item = usize> {
    (1..=path.len()).filter(|&at| at == path.len() || path[at] == b'/')
}

/// Returns the slot of a decision about this path.
#[inline]
fn slot(path: &[u8]) -> usize {
    let mut hasher = FxHasher::default();
    hasher.write(path);
    #[expect(clippy::cast_possible_truncation, reason = "only the low bits are used")]
    let hash = hasher.finish() as usize;
    hash & (DECISIONS - 1)
}

/// Returns the milliseconds of a monotonic clock that is cheap to read. Every Linux has it since
/// 2.6.32.
#[cfg(target_os = "linux")]
#[inline]
fn now() -> u64 {
    let time = clock_gettime(ClockId::MonotonicCoarse);
    time.tv_sec.unsigned_abs() * 1000 + time.tv_nsec.unsigned_abs() / 1_000_000
}

#[cfg(not(target_os = "linux"))]
fn now() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX)
}

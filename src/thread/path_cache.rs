//! What a thread remembers of where paths lead and of what was decided about them, so that a path that is used again
//! costs a look into memory and not a walk through the file system.
//!
//! A memory lives for 90 ms at most, and shorter: when the program itself changes a link or a directory, on whatever
//! thread, everything that was remembered before is forgotten, and nothing is remembered while such a change is on its
//! way. What another process changes is seen when the memory has faded. What leads through `/proc` is never remembered:
//! the links there (`cwd`, `root`, `fd`) follow what the process does.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::Hasher;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rustc_hash::{FxBuildHasher, FxHasher};

use crate::js::call::{Call, Native};
use crate::js::env::Env;
use crate::js::value::{NOTHING, Value};
use crate::policy::Scope;
use crate::policy::links::{Entry, LastLink, Links, Resolution, walk};
use crate::system::files::System;

/// How long something is remembered, in milliseconds. The clock it is measured with may be ten behind.
const LIFE: u64 = 90;
/// How many decisions are remembered. A power of two.
const DECISIONS: usize = 512;
/// How many directories are remembered before all are forgotten.
const DIRECTORIES: usize = 4096;

/// Grows when a change of links or directories has been made.
static CHANGES: AtomicU64 = AtomicU64::new(0);
/// How many such changes are on their way.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// Something that changes links without asking has come into the process: from now on nothing is remembered.
pub fn remember_nothing() {
    changing();
}

/// A change of links or directories is about to be made. [`Settled`] must follow when it has been made, or has failed.
pub fn changing() {
    UNDER_WAY.fetch_add(1, Ordering::SeqCst);
}

/// A change that was announced has been made, or has failed.
fn changed() {
    CHANGES.fetch_add(1, Ordering::SeqCst);
    // A program that gets hold of a request could end it twice.
    let _ = UNDER_WAY.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1));
}

/// `settled()`: such a change has ended.
pub struct Settled;

impl Native for Settled {
    type Data = ();

    fn run<'env>(_: &'env Call<'env>, (): &'static ()) -> Value<'env> {
        changed();
        NOTHING
    }

    fn unread(_: Env<'_>) -> Value<'_> {
        changed();
        NOTHING
    }
}

/// `returned(finished)`: the call that starts such a change has returned, or has thrown and will make none.
pub struct Returned;

impl Native for Returned {
    type Data = ();

    fn run<'env>(call: &'env Call<'env>, (): &'static ()) -> Value<'env> {
        if call.arg(0).and_then(|value| call.env.as_bool(value)) == Some(false) {
            changed();
        }
        NOTHING
    }
}

/// Since when something is known, and until when that may be used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known {
    changes: u64,
    until: u64,
}

impl Known {
    /// From now on. Taken before the file system is looked at.
    fn now() -> Self {
        let settled = UNDER_WAY.load(Ordering::SeqCst) == 0;
        let changes = CHANGES.load(Ordering::SeqCst);
        Self { changes, until: if settled { now().saturating_add(LIFE) } else { 0 } }
    }

    #[inline]
    fn holds(self) -> bool {
        self.changes == CHANGES.load(Ordering::SeqCst) && UNDER_WAY.load(Ordering::SeqCst) == 0 && now() < self.until
    }

    /// What follows from this and something else holds only while both do.
    fn and(self, other: Self) -> Self {
        if self.changes == other.changes {
            Self { changes: self.changes, until: self.until.min(other.until) }
        } else {
            Self { until: 0, ..self }
        }
    }
}

/// What is asked of a path: a bit of [`Decision::allowed`].
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

/// What was allowed for a path.
#[derive(Debug, Default)]
struct Decision {
    path: Vec<u8>,
    /// The state of the policy that was asked.
    policy: u64,
    known: Known,
    allowed: u8,
}

/// Where a directory leads.
#[derive(Debug)]
struct Directory {
    real: Vec<u8>,
    known: Known,
}

/// The memory of one thread.
#[derive(Debug, Default)]
pub struct Places {
    decisions: RefCell<Vec<Decision>>,
    directories: RefCell<HashMap<Vec<u8>, Directory, FxBuildHasher>>,
}

impl Places {
    /// Is it remembered that an absolute path, spelled just so, was allowed by this state of the policy?
    #[inline]
    pub fn allows(&self, scope: Scope, path: &[u8], last: LastLink, policy: u64) -> bool {
        let decisions = self.decisions.borrow();
        let Some(decision) = decisions.get(slot(path)) else { return false };
        decision.allowed & question(scope, last) != 0
            && decision.policy == policy
            && decision.path == path
            && decision.known.holds()
    }

    /// Remembers that it was allowed.
    pub fn allowed(&self, scope: Scope, path: &[u8], last: LastLink, policy: u64, known: Known) {
        if !known.holds() {
            return;
        }
        let mut decisions = self.decisions.borrow_mut();
        if decisions.is_empty() {
            decisions.resize_with(DECISIONS, Decision::default);
        }
        let Some(decision) = decisions.get_mut(slot(path)) else { return };
        if decision.path == path && decision.policy == policy && decision.known.holds() {
            decision.known = decision.known.and(known);
            decision.allowed |= question(scope, last);
            return;
        }
        decision.path.clear();
        decision.path.extend_from_slice(path);
        decision.policy = policy;
        decision.known = known;
        decision.allowed = question(scope, last);
    }

    /// Where an absolute path leads, and how long that may be believed.
    pub fn lead(&self, path: &[u8], last: LastLink) -> (Resolution, Known) {
        let cut = path.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        let name = &path[cut + 1..];
        // Behind these nothing is left that could be a link of its own.
        if matches!(name, b"" | b"." | b"..") {
            return self.directory(path);
        }
        match self.directory(&path[..cut]) {
            (Resolution::To(folder), known) => {
                let (leads, here) = step(&folder, name, last);
                (leads, known.and(here))
            }
            other => other,
        }
    }

    /// Where a directory leads. The longest part of its path that is remembered need not be walked.
    fn directory(&self, path: &[u8]) -> (Resolution, Known) {
        let mut known = Known::now();
        let mut directories = self.directories.borrow_mut();
        let mut real = b"/".to_vec();
        let mut at = 0;
        for cut in cuts(path).rev() {
            if let Some(directory) = directories.get(&path[..cut]).filter(|directory| directory.known.holds()) {
                real.clone_from(&directory.real);
                known = known.and(directory.known);
                at = cut;
                break;
            }
        }
        let known_part = at;
        for cut in cuts(path).filter(|&cut| cut > known_part) {
            // Between two cuts lies one name and its slash.
            let name = path[at..cut].strip_prefix(b"/").unwrap_or(&path[at..cut]);
            let (leads, here) = step(&real, name, LastLink::Follow);
            known = known.and(here);
            match leads {
                Resolution::To(next) => real = next,
                other => return (other, known),
            }
            at = cut;
            if directories.len() >= DIRECTORIES {
                directories.clear();
            }
            directories.insert(path[..cut].to_vec(), Directory { real: real.clone(), known });
        }
        (Resolution::To(real), known)
    }
}

/// Where one name in a folder leads, and how long that may be believed.
fn step(folder: &[u8], name: &[u8], last: LastLink) -> (Resolution, Known) {
    /// The file system, and whether a walk has looked at `/proc`.
    struct Noting(Cell<bool>);
    impl Links for Noting {
        fn at(&self, path: &[u8]) -> Entry {
            self.0.set(self.0.get() || path.starts_with(b"/proc/"));
            System.at(path)
        }
    }
    let known = Known::now();
    let links = Noting(Cell::new(folder.starts_with(b"/proc/")));
    let leads = walk(&links, folder, name, last);
    (leads, if links.0.get() { Known { until: 0, ..known } } else { known })
}

/// Where the names of an absolute path end.
fn cuts(path: &[u8]) -> impl DoubleEndedIterator<Item = usize> {
    (1..=path.len()).filter(|&at| at == path.len() || path[at] == b'/')
}

/// The place of a decision about this path.
#[inline]
fn slot(path: &[u8]) -> usize {
    let mut hasher = FxHasher::default();
    hasher.write(path);
    #[expect(clippy::cast_possible_truncation, reason = "only the low bits are used")]
    let hash = hasher.finish() as usize;
    hash & (DECISIONS - 1)
}

/// Milliseconds of a clock that only goes forward and is cheap to read.
#[cfg(target_os = "linux")]
#[inline]
fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the struct is ours.
    if unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut time) } != 0 {
        // Without a clock nothing is remembered.
        return u64::MAX;
    }
    time.tv_sec.unsigned_abs() * 1000 + time.tv_nsec.unsigned_abs() / 1_000_000
}

#[cfg(not(target_os = "linux"))]
fn now() -> u64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_millis()).unwrap_or(u64::MAX)
}

//! The registry of threads: which policy each Node thread of this process is under.
//!
//! A thread starts under a copy of its maker's policy. If a thread drops a grant, it and the
//! threads below it lose the grant. The threads above and beside it keep theirs. If a worker is not
//! in the registry, a stand-in of permit did not make it, and it does not start: a program could
//! otherwise use its number to get the policy of the process.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::{Mutex, RwLock, RwLockReadGuard};

use crate::audit::metrics::Counts;
use crate::js::alarm;
use crate::js::waker::Waker;
use crate::policy::{Policy, Resource, Scope, VisibleVariables};
use crate::system::environment::STACK;
use crate::system::files::System;

/// A thread that is about to be made.
#[derive(Debug, Default)]
pub struct NewThread {
    /// Its own policy, which takes effect under that of its maker.
    pub policy: Option<Policy>,
    /// Its options of Node, without the preload.
    pub exec_argv: Vec<String>,
}

/// The policy of one thread.
#[derive(Debug)]
pub struct ThreadPolicy {
    number: u32,
    maker: Option<u32>,
    /// The policy of its own that its maker gave it.
    own: Option<Policy>,
    /// The options of Node that its maker gave it, without the preload.
    exec_argv: Vec<String>,
    /// True if it, or a thread above it, has a policy of its own.
    is_given_less: bool,
    policy: RwLock<Policy>,
    /// The number of times that the policy lost a grant.
    losses: AtomicU64,
    /// When the next grant expires, in seconds since 1970, or [`NEVER`].
    next_expiry: AtomicU64,
    /// The variables that the thread could see at the last call of [`ThreadPolicy::take_change`].
    seen: Mutex<VisibleVariables>,
    /// Wakes the thread to take hidden variables away.
    waker: Mutex<Option<Waker>>,
    /// The questions that the thread asked.
    pub counts: Counts,
}

/// The questions of threads that have ended.
static ENDED: LazyLock<Counts> = LazyLock::new(Counts::default);

static PROCESS: OnceLock<Arc<ThreadPolicy>> = OnceLock::new();
static THREADS: Mutex<BTreeMap<u32, Arc<ThreadPolicy>>> = Mutex::new(BTreeMap::new());

impl ThreadPolicy {
    /// Returns the policy as it stands, without expired grants. Do not call again while holding the
    /// guard: it would deadlock.
    pub fn policy(&self) -> RwLockReadGuard<'_, Policy> {
        self.expire();
        self.policy.read()
    }

    /// Returns Node's number of the thread.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Returns true for the main thread, whose policy is the one of the process.
    pub fn is_process(&self) -> bool {
        self.number == 0
    }

    /// Returns true if the thread lost a grant since it started.
    pub fn has_lost(&self) -> bool {
        self.state() > 0
    }

    /// Returns the number of losses, which identifies a state of the policy. Callers must read it
    /// before they ask the policy.
    #[inline]
    pub fn state(&self) -> u64 {
        self.expire();
        self.losses.load(Ordering::SeqCst)
    }

    /// Removes expired grants.
    #[inline]
    fn expire(&self) {
        let at = self.next_expiry.load(Ordering::SeqCst);
        if at != NEVER && now() >= at {
            self.expire_at(now());
        }
    }

    #[cold]
    fn expire_at(&self, now: u64) {
        let mut policy = self.policy.write();
        if policy.expire(now) {
            self.losses.fetch_add(1, Ordering::SeqCst);
        }
        self.next_expiry.store(policy.next_expiry().unwrap_or(NEVER), Ordering::SeqCst);
    }

    /// Returns the variables that the thread could see at the last call, and those that it can see
    /// now, if they differ.
    pub fn take_change(&self) -> Option<(VisibleVariables, VisibleVariables)> {
        let now = self.policy().environment();
        let before = std::mem::replace(&mut *self.seen.lock(), now.clone());
        (before != now).then_some((before, now))
    }

    /// Sets the waker that runs when the visible variables change.
    pub fn set_waker(&self, waker: Waker) {
        *self.waker.lock() = Some(waker);
    }

    fn wake(&self) {
        if let Some(waker) = &*self.waker.lock() {
            waker.wake();
        }
    }

    /// Returns the policy of its own that its maker gave it.
    pub fn own(&self) -> Option<&Policy> {
        self.own.as_ref()
    }

    /// Returns the options of Node that its maker gave it, without the preload. `process.execArgv`
    /// comes in a message to the new thread, which the program could change.
    pub fn exec_argv(&self) -> &[String] {
        &self.exec_argv
    }

    /// Returns true if it, or a thread above it, has a policy of its own.
    #[inline]
    pub fn is_given_less(&self) -> bool {
        self.is_given_less
    }

    fn new(number: u32, maker: Option<&Self>, thread: NewThread, policy: Policy) -> Arc<Self> {
        let NewThread { policy: own, exec_argv } = thread;
        let next_expiry = AtomicU64::new(policy.next_expiry().unwrap_or(NEVER));
        Arc::new(Self {
            number,
            maker: maker.map(|maker| maker.number),
            is_given_less: own.is_some() || maker.is_some_and(|maker| maker.is_given_less),
            own,
            exec_argv,
            seen: Mutex::new(policy.environment()),
            policy: RwLock::new(policy),
            losses: AtomicU64::new(0),
            next_expiry,
            waker: Mutex::default(),
            counts: Counts::default(),
        })
    }
}

/// The time of an expiry that does not come.
const NEVER: u64 = u64::MAX;

/// Returns the seconds since 1970. If the clock shows an earlier time, returns [`NEVER`], so that
/// every grant with an end has expired: such a clock is wrong.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(NEVER, |since| since.as_secs())
}

/// Puts the process under a policy. The first call counts.
pub fn guard_process(policy: Policy) -> Arc<ThreadPolicy> {
    Arc::clone(PROCESS.get_or_init(|| ThreadPolicy::new(0, None, NewThread::default(), policy)))
}

/// Returns true if this process is under a policy.
pub fn is_guarded() -> bool {
    PROCESS.get().is_some()
}

/// Returns the policy of a worker by Node's number for it, or `None` if the worker is not
/// registered.
pub fn policy_of(number: u32) -> Option<Arc<ThreadPolicy>> {
    THREADS.lock().get(&number).map(Arc::clone)
}

/// Registers a thread that is about to start. Its policy is that of its maker as it stands. If it
/// has one of its own, that one under its maker's. Returns false if a thread has the number
/// already: a program can lie about the number of a handle.
///
/// The lock of the registry is held while the policy is copied. A drop takes the same lock, so that
/// it reaches the maker before the copy, or the new thread after it.
#[must_use]
pub fn register(number: u32, maker: &Arc<ThreadPolicy>, thread: NewThread) -> bool {
    let mut threads = THREADS.lock();
    if number == 0 || threads.contains_key(&number) {
        return false;
    }
    let ceiling = maker.policy().clone();
    let policy = match &thread.policy {
        Some(own) => own.clone().under(&ceiling),
        None => ceiling,
    };
    threads.insert(number, ThreadPolicy::new(number, Some(maker), thread, policy));
    true
}

/// Removes a thread whose environment is ending, and keeps its counts.
pub fn unregister(number: u32) {
    alarm::forget(number);
    let held = if number == 0 { PROCESS.get().map(Arc::clone) } else { THREADS.lock().remove(&number) };
    if let Some(held) = held {
        *held.waker.lock() = None;
        if number != 0 {
            ENDED.add(&held.counts);
        }
    }
}

/// Returns the counts of all threads of this process, ended ones included.
pub fn counts() -> Counts {
    let all = Counts::default();
    // The lock keeps a thread from moving from `THREADS` to `ENDED` meanwhile.
    let threads = THREADS.lock();
    for thread in PROCESS.get().into_iter().chain(threads.values()) {
        all.add(&thread.counts);
    }
    all.add(&ENDED);
    all
}

/// Starts to wake threads when a grant of their environment expires, within a second.
///
/// # Errors
/// The error of the system, if it gives no thread for this.
pub fn watch_expiry() -> io::Result<()> {
    static WATCHED: Mutex<bool> = Mutex::new(false);
    const OFTEN: Duration = Duration::from_secs(1);
    let mut watched = WATCHED.lock();
    if !*watched {
        let watch = || -> Infallible {
            loop {
                // A sleep until the next expiry would miss a clock that is set forward.
                std::thread::sleep(OFTEN);
                for thread in PROCESS.get().into_iter().chain(THREADS.lock().values()) {
                    if thread.policy().environment() != *thread.seen.lock() {
                        thread.wake();
                    }
                }
            }
        };
        std::thread::Builder::new().name("permit expiry".to_owned()).stack_size(STACK).spawn(watch)?;
        *watched = true;
    }
    Ok(())
}

/// Drops a scope or a part of it, on this thread and on every live one below it.
pub fn drop_below(held: &Arc<ThreadPolicy>, scope: Scope, resource: &Resource<'_>) {
    let threads = THREADS.lock();
    let give_up = |held: &ThreadPolicy| {
        Policy::drop(&mut held.policy.write(), scope, resource, &System);
        held.losses.fetch_add(1, Ordering::SeqCst);
    };
    // The caller takes away the variables of its own environment.
    give_up(held);
    let mut above = vec![held.number];
    while let Some(maker) = above.pop() {
        for thread in threads.values().filter(|thread| thread.maker == Some(maker)) {
            give_up(thread);
            if scope == Scope::Env {
                thread.wake();
            }
            above.push(thread.number);
        }
    }
}

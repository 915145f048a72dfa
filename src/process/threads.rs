//! The registry of threads: which policy each Node thread of this process is under.
//!
//! A thread starts under a copy of its maker's policy. What a thread gives up, it and the threads below it give up;
//! those above and beside it keep theirs. A worker that is not in the registry was not made by permit, and does not
//! start: its number could otherwise be used to get the policy of the process.

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
    /// A policy of its own, less than its maker has.
    pub policy: Option<Policy>,
    /// The options of Node, without the preload.
    pub exec_argv: Vec<String>,
}

/// The policy of one thread.
#[derive(Debug)]
pub struct ThreadPolicy {
    number: u32,
    maker: Option<u32>,
    /// What it was given of its own when it was made, less than its maker has.
    own: Option<Policy>,
    /// The options of Node with which its maker made it, without the preload.
    exec_argv: Vec<String>,
    /// It, or a thread above it, was given less than the process.
    is_given_less: bool,
    policy: RwLock<Policy>,
    /// Grows whenever the policy loses something.
    losses: AtomicU64,
    /// When the next grant lapses, in seconds since 1970; the largest number for never.
    lapses: AtomicU64,
    /// The environment as it was last made to be.
    seen: Mutex<VisibleVariables>,
    /// Has the thread look after its environment.
    waker: Mutex<Option<Waker>>,
    /// What it has asked.
    pub counts: Counts,
}

/// What threads asked that have ended.
static ENDED: LazyLock<Counts> = LazyLock::new(Counts::default);

static PROCESS: OnceLock<Arc<ThreadPolicy>> = OnceLock::new();
static THREADS: Mutex<BTreeMap<u32, Arc<ThreadPolicy>>> = Mutex::new(BTreeMap::new());

impl ThreadPolicy {
    /// The policy as it stands, without what has lapsed. It must not be asked for again while it is held.
    pub fn policy(&self) -> RwLockReadGuard<'_, Policy> {
        self.lapse();
        self.policy.read()
    }

    /// Node's number of the thread.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Is this the main thread's?
    pub fn is_process(&self) -> bool {
        self.number == 0
    }

    /// Has this thread lost anything since it started?
    pub fn has_lost(&self) -> bool {
        self.state() > 0
    }

    /// How often it has lost something: a number for each state of the policy. Read before the policy is asked.
    #[inline]
    pub fn state(&self) -> u64 {
        self.lapse();
        self.losses.load(Ordering::SeqCst)
    }

    /// Forgets the grants whose time is over.
    #[inline]
    fn lapse(&self) {
        let at = self.lapses.load(Ordering::SeqCst);
        if at != NEVER && now() >= at {
            self.lapse_at(now());
        }
    }

    #[cold]
    fn lapse_at(&self, now: u64) {
        let mut policy = self.policy.write();
        if policy.expire(now) {
            self.losses.fetch_add(1, Ordering::SeqCst);
        }
        self.lapses.store(policy.next_expiry().unwrap_or(NEVER), Ordering::SeqCst);
    }

    /// What the thread saw of its environment when this was last asked, and what it sees now, if that is something else.
    pub fn sees(&self) -> Option<(VisibleVariables, VisibleVariables)> {
        let now = self.policy().environment();
        let before = std::mem::replace(&mut *self.seen.lock(), now.clone());
        (before != now).then_some((before, now))
    }

    /// The thread is told so when something changes for its environment.
    pub fn wake_by(&self, waker: Waker) {
        *self.waker.lock() = Some(waker);
    }

    fn wake(&self) {
        if let Some(waker) = &*self.waker.lock() {
            waker.wake();
        }
    }

    /// What it was given of its own when it was made.
    pub fn own(&self) -> Option<&Policy> {
        self.own.as_ref()
    }

    /// The options of Node with which its maker made it, without the preload. `process.execArgv` says what a message
    /// to the new thread may have put there.
    pub fn exec_argv(&self) -> &[String] {
        &self.exec_argv
    }

    /// Was it, or a thread above it, given less than the process when it was made?
    #[inline]
    pub fn is_given_less(&self) -> bool {
        self.is_given_less
    }

    fn new(number: u32, maker: Option<&Self>, given: NewThread, policy: Policy) -> Arc<Self> {
        let NewThread { policy: own, exec_argv } = given;
        let lapses = AtomicU64::new(policy.next_expiry().unwrap_or(NEVER));
        Arc::new(Self {
            number,
            maker: maker.map(|maker| maker.number),
            is_given_less: own.is_some() || maker.is_some_and(|maker| maker.is_given_less),
            own,
            exec_argv,
            seen: Mutex::new(policy.environment()),
            policy: RwLock::new(policy),
            losses: AtomicU64::new(0),
            lapses,
            waker: Mutex::default(),
            counts: Counts::default(),
        })
    }
}

const NEVER: u64 = u64::MAX;

/// Seconds since 1970. Before that everything has lapsed: such a clock says nothing.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(NEVER, |since| since.as_secs())
}

/// Puts the process under a policy. The first call counts.
pub fn hold_process(policy: Policy) -> Arc<ThreadPolicy> {
    Arc::clone(PROCESS.get_or_init(|| ThreadPolicy::new(0, None, NewThread::default(), policy)))
}

/// Is this process under a policy?
pub fn is_held() -> bool {
    PROCESS.get().is_some()
}

/// The policy of a worker by Node's number for it. A worker that nobody announced has none.
pub fn held(number: u32) -> Option<Arc<ThreadPolicy>> {
    THREADS.lock().get(&number).map(Arc::clone)
}

/// Registers a thread that is about to start, under the policy of its maker as it stands, or less: its own, under its
/// maker's. Returns false if there is a thread of that number: a program can lie about the number of a handle.
///
/// The policy is taken under the lock of the registry. A drop takes the same lock, so it reaches the maker before that or
/// the new thread after it.
#[must_use]
pub fn starting(number: u32, maker: &Arc<ThreadPolicy>, given: NewThread) -> bool {
    let mut threads = THREADS.lock();
    if number == 0 || threads.contains_key(&number) {
        return false;
    }
    let ceiling = maker.policy().clone();
    let policy = match &given.policy {
        Some(own) => own.clone().under(&ceiling),
        None => ceiling,
    };
    threads.insert(number, ThreadPolicy::new(number, Some(maker), given, policy));
    true
}

/// A thread's environment is ending.
pub fn ended(number: u32) {
    alarm::forget(number);
    let held = if number == 0 { PROCESS.get().map(Arc::clone) } else { THREADS.lock().remove(&number) };
    if let Some(held) = held {
        *held.waker.lock() = None;
        if number != 0 {
            ENDED.add(&held.counts);
        }
    }
}

/// What all threads of this process have asked, those included that have ended.
pub fn counts() -> Counts {
    let all = Counts::default();
    // One that is ending is found in one of the two.
    let threads = THREADS.lock();
    for held in PROCESS.get().into_iter().chain(threads.values()) {
        all.add(&held.counts);
    }
    all.add(&ENDED);
    all
}

/// Tells threads whose environment lapses, from now on, within a second of it.
///
/// # Errors
/// Why no thread can be made that does so.
pub fn watch_expiry() -> io::Result<()> {
    static WATCHED: Mutex<bool> = Mutex::new(false);
    const OFTEN: Duration = Duration::from_secs(1);
    let mut watched = WATCHED.lock();
    if !*watched {
        let watch = || -> Infallible {
            loop {
                // Not until the next one lapses: a clock can be set.
                std::thread::sleep(OFTEN);
                for held in PROCESS.get().into_iter().chain(THREADS.lock().values()) {
                    if held.policy().environment() != *held.seen.lock() {
                        held.wake();
                    }
                }
            }
        };
        std::thread::Builder::new().name("permit lapses".to_owned()).stack_size(STACK).spawn(watch)?;
        *watched = true;
    }
    Ok(())
}

/// Gives up a scope or a part of it, on this thread and on every live one below it.
pub fn drop_below(held: &Arc<ThreadPolicy>, scope: Scope, resource: &Resource<'_>) {
    let threads = THREADS.lock();
    let give_up = |held: &ThreadPolicy| {
        Policy::drop(&mut held.policy.write(), scope, resource, &System);
        held.losses.fetch_add(1, Ordering::SeqCst);
    };
    // Its own environment the thread sees to itself.
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

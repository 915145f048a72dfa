//! The log: where records go, and when.
//!
//! One thread writes, half a second after the first record, at exit, and before a signal ends the process. It opens the
//! file for each writing, so that no descriptor of it is there for the program to write to, and a log that has been moved
//! away is begun anew. Lines go out whole, to the end of the file; where another process was killed in the middle of one,
//! a new line is begun first.
//!
//! A log that takes nothing (a pipe that nobody reads, a file system that stalls) holds up neither the program nor its
//! end: an exit waits for it as long as [`PATIENCE`]. A record that cannot be written is counted as dropped, at once, in
//! the next line that can be written, and on standard error at exit.

use std::io;
use std::mem::MaybeUninit;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use super::jsonl;
use super::recorder::{Key, Process, Table};
pub use super::sink::Target;
use super::sink::{LogLine, Sink, open};

/// How many different records are kept between two writings.
const MOST: usize = 4096;
/// How long a record waits.
const WAIT: Duration = Duration::from_millis(500);
/// How long the end of a process waits for a log that takes nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The log of a process.
#[derive(Debug)]
struct Log {
    target: Target,
    table: Mutex<Table>,
    process: OnceLock<(Process, SystemTime)>,
    /// The line of the start has been written.
    begun: AtomicBool,
    records: AtomicU64,
    dropped: AtomicU64,
    /// Of the dropped records those that no line has told of.
    untold: AtomicU64,
    /// Of all records those that are out, or told of in a line.
    told: AtomicU64,
    /// The records of a line of which a part is out.
    torn: AtomicU64,
    /// When the process stops waiting for a log that takes nothing.
    deadline: Mutex<Option<Instant>>,
    /// What went wrong last.
    error: Mutex<Option<io::Error>>,
}

static STACKS: AtomicBool = AtomicBool::new(false);

/// From now on records have stacks.
pub fn keep_stacks() {
    STACKS.store(true, Ordering::Relaxed);
}

/// Do records have stacks?
pub fn keeps_stacks() -> bool {
    STACKS.load(Ordering::Relaxed)
}

static LOG: OnceLock<Log> = OnceLock::new();
static WAITS: AtomicBool = AtomicBool::new(false);

/// Begins the log of this process.
///
/// # Errors
/// Why nothing can be written there.
pub fn begin(target: Target) -> Result<(), String> {
    if let Target::File(path) = &target {
        open(path).map_err(|error| format!("--audit-log: {}: {error}", path.display()))?;
    }
    let sink = Sink::new(target.clone());
    let log = Log {
        target,
        table: Mutex::new(Table::new(MOST)),
        process: OnceLock::new(),
        begun: AtomicBool::new(false),
        records: AtomicU64::new(0),
        dropped: AtomicU64::new(0),
        untold: AtomicU64::new(0),
        told: AtomicU64::new(0),
        torn: AtomicU64::new(0),
        deadline: Mutex::new(None),
        error: Mutex::new(None),
    };
    if LOG.set(log).is_err() {
        return Ok(());
    }
    // SAFETY: the library is never unloaded, so the function is there when the process exits.
    unsafe { libc::atexit(at_exit) };
    writer::start(sink).map_err(|error| format!("--audit-log: {error}"))
}

extern "C" fn at_exit() {
    flush();
    let Some(log) = LOG.get() else { return };
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let lost = count(&log.records).saturating_sub(count(&log.told)) + count(&log.torn);
    if lost > 0 {
        let reason = log.error.lock().as_ref().map_or_else(|| "it took nothing".to_owned(), ToString::to_string);
        let records = if lost == 1 { "1 record was".to_owned() } else { format!("{lost} records were") };
        eprintln!("permit: {records} not written to the audit log {}: {reason}", name(&log.target).display());
    }
}

fn name(target: &Target) -> PathBuf {
    match target {
        Target::File(path) => path.clone(),
        Target::Stderr => "stderr".into(),
    }
}

/// Where records go, if there is a log.
pub fn target() -> Option<&'static Target> {
    LOG.get().map(|log| &log.target)
}

/// Tells the log of the process that writes it. The first call counts.
pub fn start(process: impl FnOnce() -> Process) {
    if let Some(log) = LOG.get() {
        log.process.get_or_init(|| (process(), SystemTime::now()));
        wake();
    }
}

/// What the log was told of the process.
pub fn process() -> Option<&'static Process> {
    LOG.get().and_then(|log| log.process.get()).map(|(process, _)| process)
}

/// How many calls were recorded, and how many of them found no room.
pub fn counts() -> (u64, u64) {
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    LOG.get().map_or((0, 0), |log| (count(&log.records), count(&log.dropped) + count(&log.torn)))
}

/// Records one call, with its stack if records have one.
pub fn add(key: Key, stack: Option<Box<[String]>>) {
    let Some(log) = LOG.get() else { return };
    log.records.fetch_add(1, Ordering::Relaxed);
    if !log.table.lock().add(key, stack) {
        log.dropped.fetch_add(1, Ordering::Relaxed);
    }
    wake();
}

fn wake() {
    if !WAITS.swap(true, Ordering::SeqCst) {
        writer::wake();
    }
}

/// Has what was collected written, and waits for that, but no longer than [`PATIENCE`].
pub fn flush() {
    let Some(log) = LOG.get() else { return };
    *log.deadline.lock() = Some(Instant::now() + PATIENCE);
    writer::finish(PATIENCE * 2);
    *log.deadline.lock() = None;
}

/// Writes what was collected. The writer alone does so.
fn write_out(log: &Log, sink: &mut Sink) {
    WAITS.store(false, Ordering::SeqCst);
    let mut counted = log.table.lock().take();
    let process = log.process.get();
    let first = process.filter(|_| !log.begun.load(Ordering::Relaxed));
    let untold = log.untold.load(Ordering::Relaxed);
    counted.dropped += untold;
    if first.is_none() && counted.rows.is_empty() && counted.dropped == 0 {
        return;
    }
    let (pid, now) = (std::process::id(), SystemTime::now());
    let deploy = process.map_or("", |(process, _)| process.deploy.as_str());
    let begins = first.map(|(process, at)| LogLine { text: jsonl::start(process, pid, *at), records: 0 });
    let counts = counted.rows.iter().map(|row| row.count).chain([counted.dropped]);
    let rows = jsonl::lines(&counted, deploy, pid, now).into_iter().zip(counts);
    let rows = rows.map(|(text, records)| LogLine { text, records });
    let lines: Vec<LogLine> = begins.into_iter().chain(rows).collect();
    let deadline = || log.deadline.lock().is_none_or(|deadline| Instant::now() < deadline);
    let outcome = sink.write(&lines, &deadline);
    let (out, left) = lines.split_at(outcome.lines);
    let records = |lines: &[LogLine]| lines.iter().map(|line| line.records).sum::<u64>();
    log.told.fetch_add(records(out), Ordering::Relaxed);
    if first.is_some() && !out.is_empty() {
        log.begun.store(true, Ordering::Relaxed);
    }
    // The last line tells of what was dropped before; the others are dropped now.
    let tells_all = left.is_empty() || counted.dropped == 0;
    let before = if tells_all { 0 } else { counted.dropped };
    let lost = records(left) - before + outcome.lost;
    // What was torn had counted as told of.
    log.told.fetch_sub(outcome.lost, Ordering::Relaxed);
    log.dropped.fetch_add(lost, Ordering::Relaxed);
    log.torn.store(sink.torn(), Ordering::Relaxed);
    log.untold.store(before + lost, Ordering::Relaxed);
    *log.error.lock() = outcome.error;
}

/// The signals that end a process which does not handle them.
const SIGNALS: [i32; 3] = [libc::SIGHUP, libc::SIGINT, libc::SIGTERM];

/// The thread that writes. It keeps no process alive.
mod writer {
    use super::{AtomicI32, Duration, Instant, LOG, MaybeUninit, Ordering, SIGNALS, Sink, WAIT, flush, io, write_out};
    use std::sync::OnceLock;
    use std::thread;

    use parking_lot::{Condvar, Mutex};

    use crate::system::environment::STACK;

    /// The signal that is about to end the process.
    static SIGNAL: AtomicI32 = AtomicI32::new(0);
    /// What each signal did before.
    static BEFORE: OnceLock<Vec<(i32, libc::sigaction)>> = OnceLock::new();
    static WORK: Mutex<Work> = Mutex::new(Work { woken: false, wanted: 0, done: 0 });
    /// Tells the writer that there is something to do, and others that it is done.
    static WORKS: Condvar = Condvar::new();
    static DONE: Condvar = Condvar::new();

    /// What the writer has to do.
    struct Work {
        /// A record has come in.
        woken: bool,
        /// How often somebody wanted everything written, and the last of these times that it was.
        wanted: u64,
        done: u64,
    }

    pub fn start(sink: Sink) -> io::Result<()> {
        let catches = signals::make();
        let mut all = MaybeUninit::<libc::sigset_t>::uninit();
        let mut ours = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: both sets outlive the calls; the first is filled before it is used.
        unsafe {
            libc::sigfillset(all.as_mut_ptr());
            libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), ours.as_mut_ptr());
        }
        let works = thread::Builder::new().name("permit log".to_owned()).stack_size(STACK).spawn(|| work(sink));
        let waits = if catches {
            thread::Builder::new().name("permit signals".to_owned()).stack_size(STACK).spawn(signals::wait).map(|_| ())
        } else {
            Ok(())
        };
        // SAFETY: the set was filled by the call above.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, ours.as_ptr(), std::ptr::null_mut()) };
        works?;
        waits?;
        if !catches {
            return Ok(());
        }
        BEFORE.get_or_init(|| SIGNALS.into_iter().filter_map(|signal| Some((signal, catch(signal)?))).collect());
        Ok(())
    }

    /// Something has come in.
    pub fn wake() {
        WORK.lock().woken = true;
        WORKS.notify_one();
    }

    /// Has everything written, and waits for it that long.
    pub fn finish(limit: Duration) {
        let until = Instant::now() + limit;
        let mut work = WORK.lock();
        work.wanted += 1;
        let mine = work.wanted;
        WORKS.notify_one();
        while work.done < mine && !DONE.wait_until(&mut work, until).timed_out() {}
    }

    fn work(mut sink: Sink) {
        loop {
            let mut work = WORK.lock();
            while !work.woken && work.wanted == work.done {
                WORKS.wait(&mut work);
            }
            // More may come; but nobody waits for that who wants all written.
            let until = Instant::now() + WAIT;
            while work.wanted == work.done && !WORKS.wait_until(&mut work, until).timed_out() {}
            let upto = work.wanted;
            work.woken = false;
            drop(work);
            if let Some(log) = LOG.get() {
                write_out(log, &mut sink);
            }
            WORK.lock().done = upto;
            DONE.notify_all();
        }
    }

    /// Puts the handler before what a signal does. One that is ignored stays so.
    fn catch(signal: i32) -> Option<libc::sigaction> {
        let mut before = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: the structures outlive the calls, and the handler calls nothing that a handler may not.
        unsafe {
            if libc::sigaction(signal, std::ptr::null(), before.as_mut_ptr()) != 0 {
                return None;
            }
            let before = before.assume_init();
            if before.sa_sigaction == libc::SIG_IGN {
                return None;
            }
            let mut ours: libc::sigaction = std::mem::zeroed();
            ours.sa_sigaction = hear as extern "C" fn(i32) as usize;
            ours.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
            libc::sigfillset(&raw mut ours.sa_mask);
            (libc::sigaction(signal, &raw const ours, std::ptr::null_mut()) == 0).then_some(before)
        }
    }

    extern "C" fn hear(signal: i32) {
        SIGNAL.store(signal, Ordering::SeqCst);
        signals::post();
    }

    /// The lines are out: the signal does what it did before.
    fn end() {
        let signal = SIGNAL.swap(0, Ordering::SeqCst);
        if signal == 0 {
            return;
        }
        flush();
        if let Some((_, before)) = BEFORE.wait().iter().find(|(known, _)| *known == signal) {
            // SAFETY: the structure came from the system; the process gets a signal that it was about to get.
            unsafe {
                libc::sigaction(signal, before, std::ptr::null_mut());
                libc::kill(libc::getpid(), signal);
            }
        }
    }

    /// Waiting for what a signal handler may say.
    #[cfg(not(target_vendor = "apple"))]
    mod signals {
        use std::cell::UnsafeCell;
        use std::mem::MaybeUninit;

        struct Semaphore(UnsafeCell<MaybeUninit<libc::sem_t>>);
        // SAFETY: a semaphore is made to be used by several threads.
        unsafe impl Sync for Semaphore {}
        static HEARD: Semaphore = Semaphore(UnsafeCell::new(MaybeUninit::zeroed()));

        /// Makes the semaphore; `false` where the system has none of this kind.
        pub fn make() -> bool {
            // SAFETY: it is made once, before anybody waits for it or posts.
            unsafe { libc::sem_init(HEARD.0.get().cast(), 0, 0) == 0 }
        }

        pub fn wait() {
            loop {
                // SAFETY: it was made before this thread.
                if unsafe { libc::sem_wait(HEARD.0.get().cast()) } == 0 {
                    super::end();
                }
            }
        }

        pub fn post() {
            // SAFETY: posting is what a signal handler may do.
            unsafe { libc::sem_post(HEARD.0.get().cast()) };
        }
    }

    /// There are no unnamed semaphores here: a signal ends the process without what waits.
    #[cfg(target_vendor = "apple")]
    mod signals {
        pub const fn make() -> bool {
            false
        }

        pub fn wait() {
            super::end();
        }

        pub const fn post() {}
    }
}

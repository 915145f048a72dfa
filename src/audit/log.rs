//! The audit log of the process.
//!
//! One thread writes: half a second after the first record, at exit, and before a signal ends the
//! process. It opens the file for each write. So the program finds no descriptor of it to write to,
//! and a log that was moved away is begun again. Only whole lines are written, at the end of the
//! file. If another process was killed in the middle of a line, a new line is begun first.
//!
//! A log that takes no bytes (a pipe without a reader, a file system that hangs) stops neither the
//! program nor its exit: an exit waits for [`MAX_EXIT_WAIT`]. A record that cannot be written
//! counts as dropped. The next line that can be written reports it, and so does standard error at
//! exit.

use std::io;
use std::mem::MaybeUninit;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;
use thiserror::Error;

use super::jsonl;
use super::recorder::{Key, Process, RecordTable};
pub use super::sink::LogTarget;
use super::sink::{LogLine, Sink, open};

/// The most different records between two writes.
const MAX_ROWS: usize = 4096;
/// How long the writer collects records before it writes them.
const COLLECT: Duration = Duration::from_millis(500);
/// How long an exit waits for a log that takes no bytes.
const MAX_EXIT_WAIT: Duration = Duration::from_secs(1);

/// The audit log.
#[derive(Debug)]
struct AuditLog {
    target: LogTarget,
    table: Mutex<RecordTable>,
    process: OnceLock<(Process, SystemTime)>,
    /// The first line of the process was written.
    begun: AtomicBool,
    records: AtomicU64,
    dropped: AtomicU64,
    /// The dropped records that no line reports yet.
    unreported: AtomicU64,
    /// The records that were written, or whose loss a line reports.
    reported: AtomicU64,
    /// The records of a line of which only a part was written.
    torn: AtomicU64,
    /// When the process stops waiting for a log that takes no bytes.
    deadline: Mutex<Option<Instant>>,
    /// The last error.
    error: Mutex<Option<io::Error>>,
}

/// A log that cannot begin. The process does not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LogError {
    /// The file cannot be opened.
    #[error("--audit-log: {}: {reason}", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        #[source]
        reason: io::Error,
    },
    /// The thread that writes cannot start.
    #[error("--audit-log: the thread that writes cannot start: {reason}")]
    Thread {
        /// The error of the system.
        #[source]
        reason: io::Error,
    },
}

static STACKS: AtomicBool = AtomicBool::new(false);

/// Gives records stacks from now on.
pub fn keep_stacks() {
    STACKS.store(true, Ordering::Relaxed);
}

/// Returns true if records have stacks.
pub fn keeps_stacks() -> bool {
    STACKS.load(Ordering::Relaxed)
}

static LOG: OnceLock<AuditLog> = OnceLock::new();
static WAITS: AtomicBool = AtomicBool::new(false);

/// Begins the log of this process.
///
/// # Errors
/// [`LogError`] if nothing can be written there.
pub fn begin(target: LogTarget) -> Result<(), LogError> {
    if let LogTarget::File(path) = &target {
        open(path).map_err(|reason| LogError::Open { path: path.clone(), reason })?;
    }
    let sink = Sink::new(target.clone());
    let log = AuditLog {
        target,
        table: Mutex::new(RecordTable::new(MAX_ROWS)),
        process: OnceLock::new(),
        begun: AtomicBool::new(false),
        records: AtomicU64::new(0),
        dropped: AtomicU64::new(0),
        unreported: AtomicU64::new(0),
        reported: AtomicU64::new(0),
        torn: AtomicU64::new(0),
        deadline: Mutex::new(None),
        error: Mutex::new(None),
    };
    if LOG.set(log).is_err() {
        return Ok(());
    }
    // SAFETY: the library is never unloaded, so that the function exists when the process exits.
    unsafe { libc::atexit(at_exit) };
    writer::start(sink).map_err(|reason| LogError::Thread { reason })
}

extern "C" fn at_exit() {
    flush();
    let Some(log) = LOG.get() else { return };
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let lost = count(&log.records).saturating_sub(count(&log.reported)) + count(&log.torn);
    if lost > 0 {
        let reason = log.error.lock().as_ref().map_or_else(|| "it took nothing".to_owned(), ToString::to_string);
        let records = if lost == 1 { "1 record was".to_owned() } else { format!("{lost} records were") };
        eprintln!("permit: {records} not written to the audit log {}: {reason}", name(&log.target).display());
    }
}

fn name(target: &LogTarget) -> PathBuf {
    match target {
        LogTarget::File(path) => path.clone(),
        LogTarget::Stderr => "stderr".into(),
    }
}

/// Returns the target of the log, or `None` without a log.
pub fn target() -> Option<&'static LogTarget> {
    LOG.get().map(|log| &log.target)
}

/// Sets the process that the log belongs to. Only the first call has an effect.
pub fn start(process: impl FnOnce() -> Process) {
    if let Some(log) = LOG.get() {
        log.process.get_or_init(|| (process(), SystemTime::now()));
        wake();
    }
}

/// Returns the process that the log belongs to.
pub fn process() -> Option<&'static Process> {
    LOG.get().and_then(|log| log.process.get()).map(|(process, _)| process)
}

/// Returns how many calls were recorded, and how many of them were dropped.
pub fn counts() -> (u64, u64) {
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    LOG.get().map_or((0, 0), |log| (count(&log.records), count(&log.dropped) + count(&log.torn)))
}

/// Records one call, with its stack if records have stacks.
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

/// Writes all records. Waits for the writer, but no longer than twice [`MAX_EXIT_WAIT`].
pub fn flush() {
    let Some(log) = LOG.get() else { return };
    *log.deadline.lock() = Some(Instant::now() + MAX_EXIT_WAIT);
    writer::finish(MAX_EXIT_WAIT * 2);
    *log.deadline.lock() = None;
}

/// Writes all records. Only the writer's thread calls this.
fn write_out(log: &AuditLog, sink: &mut Sink) {
    WAITS.store(false, Ordering::SeqCst);
    let mut batch = log.table.lock().take();
    let process = log.process.get();
    let first = process.filter(|_| !log.begun.load(Ordering::Relaxed));
    let unreported = log.unreported.load(Ordering::Relaxed);
    batch.dropped += unreported;
    if first.is_none() && batch.rows.is_empty() && batch.dropped == 0 {
        return;
    }
    let (pid, now) = (std::process::id(), SystemTime::now());
    let deploy = process.map_or("", |(process, _)| process.deploy.as_str());
    let begins = first.map(|(process, at)| LogLine { text: jsonl::start(process, pid, *at), records: 0 });
    let counts = batch.rows.iter().map(|row| row.count).chain([batch.dropped]);
    let rows = jsonl::lines(&batch, deploy, pid, now).into_iter().zip(counts);
    let rows = rows.map(|(text, records)| LogLine { text, records });
    let lines: Vec<LogLine> = begins.into_iter().chain(rows).collect();
    let deadline = || log.deadline.lock().is_none_or(|deadline| Instant::now() < deadline);
    let outcome = sink.write(&lines, &deadline);
    let (out, left) = lines.split_at(outcome.lines);
    let records = |lines: &[LogLine]| lines.iter().map(|line| line.records).sum::<u64>();
    log.reported.fetch_add(records(out), Ordering::Relaxed);
    if first.is_some() && !out.is_empty() {
        log.begun.store(true, Ordering::Relaxed);
    }
    // The last line reports the records that were dropped before. If it was not written, they stay
    // unreported.
    let tells_all = left.is_empty() || batch.dropped == 0;
    let before = if tells_all { 0 } else { batch.dropped };
    let lost = records(left) - before + outcome.lost;
    // The records of the torn line had counted as written.
    log.reported.fetch_sub(outcome.lost, Ordering::Relaxed);
    log.dropped.fetch_add(lost, Ordering::Relaxed);
    log.torn.store(sink.torn(), Ordering::Relaxed);
    log.unreported.store(before + lost, Ordering::Relaxed);
    *log.error.lock() = outcome.error;
}

/// The signals that end a process without a handler for them.
const SIGNALS: [i32; 3] = [libc::SIGHUP, libc::SIGINT, libc::SIGTERM];

/// The thread that writes. It does not keep the process alive.
///
/// The crate `signal-hook` does not fit here. Its handler calls the handler that was there before
/// first: Node's for SIGINT and SIGTERM ends the process (`SignalExit` in src/node.cc), so that no
/// record would be written. It also keeps its own handler in place of the one before, runs without
/// `SA_ONSTACK`, and wakes a thread by a socket pair, to whose descriptors a program could write.
mod writer {
    use super::{
        AtomicI32, COLLECT, Duration, Instant, LOG, MaybeUninit, Ordering, SIGNALS, Sink, flush, io, write_out,
    };
    use std::sync::OnceLock;
    use std::thread;

    use parking_lot::{Condvar, Mutex};

    use crate::system::environment::STACK;

    /// The signal that ends the process.
    static SIGNAL: AtomicI32 = AtomicI32::new(0);
    /// The action of each signal before permit changed it.
    static ACTIONS_BEFORE: OnceLock<Vec<(i32, libc::sigaction)>> = OnceLock::new();
    static WORK: Mutex<Work> = Mutex::new(Work { woken: false, wanted: 0, done: 0 });
    /// Wakes the writer.
    static WORKS: Condvar = Condvar::new();
    static DONE: Condvar = Condvar::new();

    /// The tasks of the writer.
    struct Work {
        /// A record came in.
        woken: bool,
        /// How many callers wanted all records written, and how many of them have that.
        wanted: u64,
        done: u64,
    }

    pub fn start(sink: Sink) -> io::Result<()> {
        let catches = signals::make();
        let mut all = MaybeUninit::<libc::sigset_t>::uninit();
        let mut ours = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: both sets outlive the calls. The first is filled before it is used.
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
        // SAFETY: the call above filled the set.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, ours.as_ptr(), std::ptr::null_mut()) };
        works?;
        waits?;
        if !catches {
            return Ok(());
        }
        ACTIONS_BEFORE.get_or_init(|| {
            SIGNALS.into_iter().filter_map(|signal| Some((signal, install_handler(signal)?))).collect()
        });
        Ok(())
    }

    /// Says that a record came in.
    pub fn wake() {
        WORK.lock().woken = true;
        WORKS.notify_one();
    }

    /// Has all records written. Waits no longer than `limit`.
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
            // Collects more records, unless a caller waits for the write.
            let until = Instant::now() + COLLECT;
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

    /// Puts the handler in the place of a signal's action, and returns that action. Leaves a signal
    /// alone that the process ignores.
    fn install_handler(signal: i32) -> Option<libc::sigaction> {
        let mut before = MaybeUninit::<libc::sigaction>::uninit();
        // SAFETY: the structures outlive the calls. The handler calls only functions that are safe
        // in a signal handler.
        unsafe {
            if libc::sigaction(signal, std::ptr::null(), before.as_mut_ptr()) != 0 {
                return None;
            }
            let before = before.assume_init();
            if before.sa_sigaction == libc::SIG_IGN {
                return None;
            }
            let mut ours: libc::sigaction = std::mem::zeroed();
            ours.sa_sigaction = on_signal as extern "C" fn(i32) as usize;
            ours.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
            libc::sigfillset(&raw mut ours.sa_mask);
            (libc::sigaction(signal, &raw const ours, std::ptr::null_mut()) == 0).then_some(before)
        }
    }

    extern "C" fn on_signal(signal: i32) {
        SIGNAL.store(signal, Ordering::SeqCst);
        signals::post();
    }

    /// Writes all records. Then restores the action of the signal, and sends the signal again.
    fn end_by_signal() {
        let signal = SIGNAL.swap(0, Ordering::SeqCst);
        if signal == 0 {
            return;
        }
        flush();
        if let Some((_, before)) = ACTIONS_BEFORE.wait().iter().find(|(known, _)| *known == signal) {
            // SAFETY: the structure came from the system. The process was about to get this signal.
            unsafe {
                libc::sigaction(signal, before, std::ptr::null_mut());
                libc::kill(libc::getpid(), signal);
            }
        }
    }

    /// A semaphore: a signal handler may post to it (`signal-safety(7)`), and a program finds no
    /// descriptor of it.
    #[cfg(not(target_vendor = "apple"))]
    mod signals {
        use std::cell::UnsafeCell;
        use std::mem::MaybeUninit;

        struct Semaphore(UnsafeCell<MaybeUninit<libc::sem_t>>);
        // SAFETY: a semaphore is made for several threads.
        unsafe impl Sync for Semaphore {}
        static SIGNALLED: Semaphore = Semaphore(UnsafeCell::new(MaybeUninit::zeroed()));

        /// Makes the semaphore. Returns false if the system has none of this kind.
        pub fn make() -> bool {
            // SAFETY: this runs once, before any thread waits or posts.
            unsafe { libc::sem_init(SIGNALLED.0.get().cast(), 0, 0) == 0 }
        }

        pub fn wait() {
            loop {
                // SAFETY: the semaphore was made before this thread.
                if unsafe { libc::sem_wait(SIGNALLED.0.get().cast()) } == 0 {
                    super::end_by_signal();
                }
            }
        }

        pub fn post() {
            // SAFETY: a signal handler may post.
            unsafe { libc::sem_post(SIGNALLED.0.get().cast()) };
        }
    }

    /// This system has no unnamed semaphores. A signal ends the process, and the last records are
    /// lost.
    #[cfg(target_vendor = "apple")]
    mod signals {
        pub const fn make() -> bool {
            false
        }

        pub fn wait() {
            super::end_by_signal();
        }

        pub const fn post() {}
    }
}

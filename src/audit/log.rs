//! The log: where records go, and when.
//!
//! Lines are collected and written half a second after the first, at exit, and before a signal ends the process. The file
//! is opened for each writing, so that no descriptor of it is there for the program to write to, and a log that has been
//! moved away is begun anew. Lines go out whole, to the end of the file; where another process was killed in the middle of
//! one, a new line is begun first.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use parking_lot::Mutex;

use super::jsonl;
use super::recorder::{Key, Process, Table};

/// Where records go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// To the end of this file, by its absolute path.
    File(PathBuf),
    /// To standard error.
    Stderr,
}

/// How many different records are kept between two writings.
const MOST: usize = 4096;
/// How long a record waits.
const WAIT: Duration = Duration::from_millis(500);
/// No writing is larger than this but for a line that is: what is killed in the middle of one leaves little behind.
const CHUNK: usize = 4096;

/// The log of a process.
#[derive(Debug)]
struct Log {
    target: Target,
    table: Mutex<Table>,
    writes: Mutex<()>,
    process: OnceLock<(Process, SystemTime)>,
    /// The line of the start has been written.
    begun: AtomicBool,
    records: AtomicU64,
    dropped: AtomicU64,
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
    let table = Mutex::new(Table::new(MOST));
    let log = Log {
        target,
        table,
        writes: Mutex::new(()),
        process: OnceLock::new(),
        begun: AtomicBool::new(false),
        records: AtomicU64::new(0),
        dropped: AtomicU64::new(0),
    };
    if LOG.set(log).is_err() {
        return Ok(());
    }
    // SAFETY: the library is never unloaded, so the function is there when the process exits.
    unsafe { libc::atexit(at_exit) };
    writer::start().map_err(|error| format!("--audit-log: {error}"))
}

extern "C" fn at_exit() {
    flush();
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
    LOG.get().map_or((0, 0), |log| (log.records.load(Ordering::Relaxed), log.dropped.load(Ordering::Relaxed)))
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

/// Writes what has been collected.
pub fn flush() {
    let Some(log) = LOG.get() else { return };
    let _one = log.writes.lock();
    WAITS.store(false, Ordering::SeqCst);
    let counted = log.table.lock().take();
    let process = log.process.get();
    let first = process.filter(|_| !log.begun.swap(true, Ordering::Relaxed));
    if first.is_none() && counted.rows.is_empty() && counted.dropped == 0 {
        return;
    }
    let (pid, now) = (std::process::id(), SystemTime::now());
    let mut lines: Vec<String> = first.map(|(process, at)| jsonl::start(process, pid, *at)).into_iter().collect();
    lines.extend(jsonl::lines(&counted, process.map_or("", |(process, _)| &process.deploy), pid, now));
    // Nobody is there to hear that a log cannot be written; the program goes on.
    let _ = write(&log.target, &lines);
}

fn open(path: &PathBuf) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)
}

fn write(target: &Target, lines: &[String]) -> io::Result<()> {
    let mut file;
    let mut stderr;
    let out: &mut dyn Write = match target {
        Target::File(path) => {
            file = open(path)?;
            let length = file.metadata()?.len();
            let mut last = [b'\n'];
            if length > 0 && file.read_at(&mut last, length - 1).is_ok() && last != *b"\n" {
                file.write_all(b"\n")?;
            }
            &mut file
        }
        Target::Stderr => {
            stderr = io::stderr();
            &mut stderr
        }
    };
    let mut chunk = String::with_capacity(CHUNK);
    for line in lines {
        if !chunk.is_empty() && chunk.len() + line.len() > CHUNK {
            out.write_all(chunk.as_bytes())?;
            chunk.clear();
        }
        chunk.push_str(line);
    }
    out.write_all(chunk.as_bytes())
}

/// The signals that end a process which does not handle them.
const SIGNALS: [i32; 3] = [libc::SIGHUP, libc::SIGINT, libc::SIGTERM];

/// The thread that writes. It keeps no process alive.
mod writer {
    use super::{AtomicI32, MaybeUninit, Ordering, SIGNALS, WAIT, flush, io};
    use std::sync::OnceLock;
    use std::thread;

    use parking_lot::{Condvar, Mutex};

    use crate::process::environment::STACK;

    /// The signal that is about to end the process.
    static SIGNAL: AtomicI32 = AtomicI32::new(0);
    /// What each signal did before.
    static BEFORE: OnceLock<Vec<(i32, libc::sigaction)>> = OnceLock::new();
    static WORK: Mutex<bool> = Mutex::new(false);
    static WORKS: Condvar = Condvar::new();

    pub fn start() -> io::Result<()> {
        let catches = signals::make();
        let mut all = MaybeUninit::<libc::sigset_t>::uninit();
        let mut ours = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: both sets outlive the calls; the first is filled before it is used.
        unsafe {
            libc::sigfillset(all.as_mut_ptr());
            libc::pthread_sigmask(libc::SIG_BLOCK, all.as_ptr(), ours.as_mut_ptr());
        }
        let works = thread::Builder::new().name("permit log".to_owned()).stack_size(STACK).spawn(work);
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
        *WORK.lock() = true;
        WORKS.notify_one();
    }

    fn work() {
        loop {
            let mut work = WORK.lock();
            while !*work {
                WORKS.wait(&mut work);
            }
            *work = false;
            drop(work);
            thread::sleep(WAIT);
            flush();
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

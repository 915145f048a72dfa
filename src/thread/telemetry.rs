//! OpenTelemetry through the application's own API: refusals go to its logger, the counters to its meter.
//!
//! An SDK puts its providers where the API of every version looks for them, on `globalThis` under two symbols: one object for
//! all that an API of version 1 keeps, since 1.10 with the provider of loggers, and a function that gives the one of the package
//! that was for logs alone. permit looks there and loads nothing. Where nothing says that a program has OpenTelemetry, it never looks. The main thread looks at
//! the first turn of its loop and then after growing pauses, woken from outside of it ([`alarm`]): no timer of the program is
//! used, and none is shown. Besides, each thread looks when something is refused.
//!
//! Whatever stands there is the program's. It gets copies of what is told and nothing else, it is called when a call has been
//! refused for good or on a turn of its own, never between a question and the call that it lets go, and what it throws is
//! nobody's. What is refused while it runs is not told to it.

use std::cell::{Cell, OnceCell, RefCell};
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use thiserror::Error;

use super::gauges::Gauges;
use super::meter;
use super::telemetry_name::{NAME, VERSION};
use crate::audit::dedupe::{Dedupe, Pending};
use crate::audit::event::{self, Attribute};
use crate::audit::recorder::Key;
use crate::js::alarm;
use crate::js::env::{Env, ThreadEnv, number_of};
use crate::js::value::{JsError, Persistent, Value};
use crate::js::waker::{Waker, Wakes};

/// How many different refusals a thread remembers.
const MOST: usize = 1024;
/// The same refusal is told at most once in this time.
const PAUSE: Duration = Duration::from_secs(10);
/// A text that is longer is cut.
const LONGEST: usize = 4096;
/// The first pause between two looks, which doubles, and the longest.
const LOOKS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_mins(1));
/// What is refused before there is a logger is kept for it during this time.
const PATIENCE: Duration = Duration::from_mins(1);
/// `WARN`, by the numbers of the API.
const WARN: f64 = 13.0;
/// Since when the API keeps meters, and since when loggers.
const METERS_SINCE: u32 = 3;
const LOGGERS_SINCE: u32 = 10;
/// The version of the API for logs alone that is asked for. Another one answers with a logger that does nothing.
const LOGS: f64 = 1.0;

static EXPECTED: OnceLock<bool> = OnceLock::new();

/// Finds out, once a process, whether its program may have OpenTelemetry: whether the API can be found from one of these files
/// or folders, or a variable sets up an SDK, as programs have it that were bundled into one file.
pub fn look<'a>(files: impl IntoIterator<Item = &'a Path>) {
    let set_up = || std::env::vars_os().any(|(name, _)| name.as_encoded_bytes().starts_with(b"OTEL_"));
    let _ = EXPECTED.set(files.into_iter().any(is_above) || set_up());
}

fn is_above(file: &Path) -> bool {
    let api = |folder: &Path| folder.join("@opentelemetry").join("api").is_dir();
    file.ancestors()
        .map(|folder| folder.join("node_modules"))
        .any(|folder| api(&folder) || api(&folder.join(".pnpm").join("node_modules")))
}

/// Whether code of the program may run now. It may not while a call proceeds: nothing may come between the question and the
/// call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramCode {
    /// The call is over.
    MayRun,
    /// The call proceeds.
    MustWait,
}

/// What one thread has to tell.
#[derive(Debug)]
pub struct Telemetry {
    /// Where the API keeps what an SDK has registered; none where nobody looks.
    symbols: Option<Symbols>,
    env: ThreadEnv,
    /// What is told of the policy, once the thread tells.
    gauges: OnceCell<Gauges>,
    began: Instant,
    /// The pause after the next look, and when that is.
    pause: Cell<Duration>,
    next_look: Cell<Instant>,
    /// The program is being told something.
    busy: Cell<bool>,
    /// There is a logger, as far as is known.
    hears: Cell<bool>,
    /// The meter has its instruments, or is another thread's affair.
    measures: Cell<bool>,
    table: RefCell<Dedupe<Key>>,
}

#[derive(Debug, Clone, Copy)]
struct Symbols {
    api: Persistent,
    logs: Persistent,
}

/// A logger of the program.
struct Logger<'env> {
    logger: Value<'env>,
    emit: Value<'env>,
}

impl Telemetry {
    /// Gets what is needed before the program runs. Nothing happens until [`begin`].
    pub fn capture(env: Env<'_>, is_main: bool) -> Result<Self, JsError> {
        let symbol = |name: &str| env.keep(env.run(&format!("Symbol.for('{name}')"))?);
        let symbols = match EXPECTED.get() {
            Some(true) => {
                Some(Symbols { api: symbol("opentelemetry.js.api.1")?, logs: symbol("io.opentelemetry.js.api.logs")? })
            }
            _ => None,
        };
        let now = Instant::now();
        Ok(Self {
            symbols,
            env: ThreadEnv::new(env),
            gauges: OnceCell::new(),
            began: now,
            pause: Cell::new(LOOKS.0),
            next_look: Cell::new(now),
            busy: Cell::new(false),
            hears: Cell::new(false),
            measures: Cell::new(!is_main),
            table: RefCell::new(Dedupe::new(MOST, PAUSE)),
        })
    }

    /// Has the program what telemetry goes through?
    pub fn is_expected(&self) -> bool {
        self.symbols.is_some()
    }

    /// May there be somebody to tell? No code of the program runs.
    pub fn may_be_heard(&self) -> bool {
        self.gauges.get().is_some() && (self.hears.get() || self.is_patient())
    }

    fn is_patient(&self) -> bool {
        self.began.elapsed() < PATIENCE
    }

    /// Is this to be told? Only where the call is over may code of the program run.
    pub fn wants(&self, env: Env<'_>, code: ProgramCode) -> bool {
        let Some(symbols) = self.symbols else { return false };
        if self.busy.get() || self.gauges.get().is_none() {
            return false;
        }
        // A logger that came late is found by the next refusal; what goes on must not run the program's code.
        self.may_be_heard()
            || code == ProgramCode::MayRun && self.alone(env, || symbols.loggers(env)).flatten().is_some()
    }

    /// Runs something in which code of the program may run. What that throws is dropped.
    fn alone<T>(&self, env: Env<'_>, run: impl FnOnce() -> Result<T, JsError>) -> Option<T> {
        let before = self.busy.replace(true);
        let result = run();
        self.busy.set(before);
        if result.is_err() {
            env.take_exception();
        }
        result.ok()
    }

    /// Tells one, or counts it. What belongs to a call that goes on is told on a turn of its own.
    pub fn emit_or_count(&self, key: Key, code: ProgramCode) {
        let Some(gauges) = self.gauges.get() else { return };
        let key = shortened(key);
        let now = Instant::now();
        let when = self.table.borrow_mut().add(&key, now, SystemTime::now());
        if code == ProgramCode::MustWait {
            return alarm::set(gauges.thread_policy.number(), when);
        }
        // The call is over: whatever the program does now changes nothing that is still to come.
        self.measure(gauges);
        if when > now {
            return alarm::set(gauges.thread_policy.number(), when);
        }
        match self.logger(self.env.get()) {
            Some(logger) => {
                let pending = self.table.borrow_mut().take(&key, now);
                if let Some(pending) = pending {
                    self.emit(self.env.get(), &logger, &pending);
                }
            }
            None => self.wait(gauges),
        }
    }

    /// The logger of this thread, if the program has one now.
    fn logger<'env>(&self, env: Env<'env>) -> Option<Logger<'env>> {
        let symbols = self.symbols?;
        let found = self.alone(env, || {
            let Some(provider) = symbols.loggers(env)? else { return Ok(None) };
            let get = env.get(provider, "getLogger")?;
            let logger = env.call(provider, get, &[env.string(NAME)?, env.string(VERSION)?])?;
            let emit = env.get(logger, "emit")?;
            Ok(env.is_function(emit).then_some(Logger { logger, emit }))
        });
        let found = found.flatten();
        self.hears.set(found.is_some());
        found
    }

    fn emit(&self, env: Env<'_>, logger: &Logger<'_>, pending: &Pending<Key>) {
        self.alone(env, || {
            let Pending { event: what, count, at } = pending;
            let record = record(env, event::NAME, &event::body(what), *at, &event::attributes(what, *count))?;
            env.call(logger.logger, logger.emit, &[record])
        });
    }

    fn emit_lost(&self, env: Env<'_>, logger: &Logger<'_>, count: u64) {
        self.alone(env, || {
            let body = format!("{count} refusals found no room to be told one by one");
            let attributes = [("permit.count", Attribute::Number(count))];
            let record = record(env, event::LOST, &body, SystemTime::now(), &attributes)?;
            env.call(logger.logger, logger.emit, &[record])
        });
    }

    /// Gives the meter its instruments, once there is one.
    fn measure(&self, gauges: &Gauges) {
        let Some(symbols) = self.symbols else { return };
        if self.measures.get() {
            return;
        }
        let env = self.env.get();
        let begun = self.alone(env, || match symbols.registered(env, "metrics", METERS_SINCE)? {
            Some(provider) => meter::begin(env, gauges.clone(), provider).map(|()| true),
            None => Ok(false),
        });
        self.measures.set(begun == Some(true));
    }

    /// A turn of its own: looks for what is not there yet, and tells what has waited.
    fn turn(&self, gauges: &Gauges) {
        self.measure(gauges);
        let logger = self.logger(self.env.get());
        let now = Instant::now();
        match &logger {
            Some(logger) => {
                let (due, lost) = {
                    let mut table = self.table.borrow_mut();
                    (table.due(now), table.lost(now))
                };
                for pending in &due {
                    self.emit(self.env.get(), logger, pending);
                }
                if let Some(count) = lost {
                    self.emit_lost(self.env.get(), logger, count);
                }
            }
            None if !self.is_patient() => self.table.borrow_mut().clear(),
            None => {}
        }
        self.wait(gauges);
    }

    /// Asks to be woken for what comes next.
    fn wait(&self, gauges: &Gauges) {
        let now = Instant::now();
        let next = self.table.borrow().next();
        let looks = !self.hears.get() && (gauges.thread_policy.is_process() || next.is_some()) || !self.measures.get();
        if looks {
            if self.next_look.get() <= now {
                self.next_look.set(now + self.pause.get());
                self.pause.set((self.pause.get() * 2).min(LOOKS.1));
            }
            alarm::set(gauges.thread_policy.number(), self.next_look.get());
        }
        if let (true, Some(next)) = (self.hears.get(), next) {
            alarm::set(gauges.thread_policy.number(), next);
        }
    }
}

impl Symbols {
    /// What is registered with an API of a version since which it has that.
    fn registered<'env>(self, env: Env<'env>, name: &str, since: u32) -> Result<Option<Value<'env>>, JsError> {
        let api = env.get_key(env.global()?, self.api.get(env)?)?;
        if !env.is_object(api) || !env.as_string(env.get(api, "version")?).is_some_and(|of| is_compatible(&of, since)) {
            return Ok(None);
        }
        env.get(api, name).map(|provider| Some(provider).filter(|provider| env.is_object(*provider)))
    }

    /// The provider of loggers.
    fn loggers(self, env: Env<'_>) -> Result<Option<Value<'_>>, JsError> {
        if let Some(provider) = self.registered(env, "logs", LOGGERS_SINCE)? {
            return Ok(Some(provider));
        }
        let of = env.get_key(env.global()?, self.logs.get(env)?)?;
        if !env.is_function(of) {
            return Ok(None);
        }
        let provider = env.call_plain(of, &[env.number(LOGS)?])?;
        Ok(Some(provider).filter(|provider| env.is_object(*provider)))
    }
}

/// Is this a version 1 of the API, and not before this minor one? A release candidate speaks for itself alone.
fn is_compatible(version: &str, since: u32) -> bool {
    let numbers: Vec<Option<u32>> = version.split('.').map(|number| number.parse().ok()).collect();
    matches!(numbers[..], [Some(1), Some(minor), Some(_)] if minor >= since)
}

/// Why a thread cannot report to OpenTelemetry.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// The JavaScript engine makes no way to wake the thread.
    #[error("permit cannot report to OpenTelemetry: the JavaScript engine failed")]
    Engine,
    /// The system gives no thread that wakes it.
    #[error("permit cannot report to OpenTelemetry: {source}")]
    Thread {
        /// The error of the system.
        source: io::Error,
    },
}

/// Starts to report on this thread.
///
/// # Errors
/// [`TelemetryError`] if the thread cannot be woken.
pub fn begin(telemetry: &'static Telemetry, gauges: &Gauges) -> Result<(), TelemetryError> {
    if telemetry.symbols.is_none() {
        return Ok(());
    }
    let waker = Waker::new(telemetry.env.get(), telemetry).map_err(|JsError| TelemetryError::Engine)?;
    let number = gauges.thread_policy.number();
    alarm::add(number, waker).map_err(|source| TelemetryError::Thread { source })?;
    let _ = telemetry.gauges.set(gauges.clone());
    if gauges.thread_policy.is_process() {
        alarm::set(number, Instant::now());
    }
    Ok(())
}

impl Wakes for Telemetry {
    fn woken(&'static self) {
        // Woken while the program is being told: what a debugger or a nested loop may do.
        if let Some(gauges) = self.gauges.get().filter(|_| !self.busy.get()) {
            self.turn(gauges);
        }
    }
}

/// The same, with no text in it that is too long.
fn shortened(mut key: Key) -> Key {
    let place = key.place.iter_mut().flat_map(|place| std::iter::once(&mut place.path).chain(&mut place.leads_to));
    for text in [&mut key.value, &mut key.rule, &mut key.host].into_iter().chain(&mut key.package).chain(place) {
        if text.len() > LONGEST {
            text.truncate(text.floor_char_boundary(LONGEST));
        }
    }
    key
}

/// A log record of the API.
fn record<'env>(
    env: Env<'env>,
    name: &str,
    body: &str,
    at: SystemTime,
    attributes: &[(&str, Attribute<'_>)],
) -> Result<Value<'env>, JsError> {
    let of = env.object()?;
    for (name, attribute) in attributes {
        let value = match attribute {
            Attribute::Text(text) => env.string(text)?,
            Attribute::Number(number) => env.number(number_of(*number))?,
            Attribute::Flag(flag) => env.boolean(*flag)?,
        };
        env.put(of, name, value)?;
    }
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let timestamp =
        env.array(&[env.number(number_of(since.as_secs()))?, env.number(f64::from(since.subsec_nanos()))?])?;
    let record = env.object()?;
    env.put(record, "eventName", env.string(name)?)?;
    env.put(record, "timestamp", timestamp)?;
    env.put(record, "severityNumber", env.number(WARN)?)?;
    env.put(record, "severityText", env.string("WARN")?)?;
    env.put(record, "body", env.string(body)?)?;
    env.put(record, "attributes", of)?;
    Ok(record)
}

//! Reports to the application's own OpenTelemetry API: refusals to its logger, counters to its
//! meter.
//!
//! An SDK puts its providers on `globalThis` under two symbols, where the API of every version
//! looks for them. The first symbol names one object for all providers of an API of version 1
//! (since 1.10 with the provider of loggers). The second one names the function of the package that
//! was for logs alone. permit looks there and loads nothing. If the program has no OpenTelemetry,
//! permit never looks ([`look`]). The main thread looks at the first turn of its loop and then
//! after growing pauses. [`alarm`] wakes it, so that it needs no timer of the loop. Each thread
//! looks besides when a call is refused.
//!
//! The providers are code of the program. permit gives them copies and nothing else. It calls them
//! when a call has been refused for good, or on a turn of their own, and never between a question
//! and the call that proceeds. It ignores their exceptions, and does not report refusals of their
//! own calls to them.

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

/// The most different refusals that a thread remembers.
const MAX_REFUSALS: usize = 1024;
/// The same refusal is reported at most once in this time.
const PAUSE: Duration = Duration::from_secs(10);
/// The most bytes of a text. A longer one is cut.
const MAX_TEXT_BYTES: usize = 4096;
/// The first pause between two looks, which doubles, and the longest.
const LOOKS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_mins(1));
/// How long refusals wait for the first logger.
const PATIENCE: Duration = Duration::from_mins(1);
/// `WARN`, by the numbers of the API.
const WARN: f64 = 13.0;
/// The minor versions of the API since which it keeps meters and loggers.
const METERS_SINCE: u32 = 3;
const LOGGERS_SINCE: u32 = 10;
/// The version of the API for logs alone that permit asks for. Another version returns a logger
/// that does nothing.
const LOGS: f64 = 1.0;

static EXPECTED: OnceLock<bool> = OnceLock::new();

/// Finds out, once a process, whether its program may have OpenTelemetry. That is so if the API can
/// be found from one of these files or folders, or if a variable sets up an SDK, as for programs
/// that are bundled into one file.
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

/// Whether code of the program may run now. It may not while a call proceeds: nothing may come
/// between the question and the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramCode {
    /// The call is over.
    MayRun,
    /// The call proceeds.
    MustWait,
}

/// The reports of one thread to OpenTelemetry.
#[derive(Debug)]
pub struct Telemetry {
    /// The symbols of the API, or `None` if the program has no OpenTelemetry.
    symbols: Option<Symbols>,
    env: ThreadEnv,
    /// The facts about the policy, once [`begin`] was called.
    gauges: OnceCell<Gauges>,
    began: Instant,
    /// The pause after the next look.
    pause: Cell<Duration>,
    /// The time of the next look.
    next_look: Cell<Instant>,
    /// True while code of the program runs for a report.
    busy: Cell<bool>,
    /// True if the last look found a logger.
    has_logger: Cell<bool>,
    /// True if the meter has its instruments, or another thread makes them.
    has_meter: Cell<bool>,
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
    /// Captures the symbols before the program runs. Reports nothing until [`begin`].
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
            has_logger: Cell::new(false),
            has_meter: Cell::new(!is_main),
            table: RefCell::new(Dedupe::new(MAX_REFUSALS, PAUSE)),
        })
    }

    /// Returns true if the program may have OpenTelemetry.
    pub fn is_expected(&self) -> bool {
        self.symbols.is_some()
    }

    /// Returns true if there may be a logger. Runs no code of the program.
    pub fn may_be_heard(&self) -> bool {
        self.gauges.get().is_some() && (self.has_logger.get() || self.is_patient())
    }

    fn is_patient(&self) -> bool {
        self.began.elapsed() < PATIENCE
    }

    /// Returns true if a refusal should be reported. Runs code of the program only if it may run
    /// now.
    pub fn wants(&self, env: Env<'_>, code: ProgramCode) -> bool {
        let Some(symbols) = self.symbols else { return false };
        if self.busy.get() || self.gauges.get().is_none() {
            return false;
        }
        // A refusal finds a late logger. A call that proceeds must not run code of the program.
        self.may_be_heard()
            || code == ProgramCode::MayRun && self.alone(env, || symbols.loggers(env)).flatten().is_some()
    }

    /// Runs a function in which code of the program may run. Drops its exceptions.
    fn alone<T>(&self, env: Env<'_>, run: impl FnOnce() -> Result<T, JsError>) -> Option<T> {
        let before = self.busy.replace(true);
        let result = run();
        self.busy.set(before);
        if result.is_err() {
            env.take_exception();
        }
        result.ok()
    }

    /// Reports a refusal, or counts it for a later report. If the call proceeds, reports it on a
    /// later turn.
    pub fn emit_or_count(&self, key: Key, code: ProgramCode) {
        let Some(gauges) = self.gauges.get() else { return };
        let key = shortened(key);
        let now = Instant::now();
        let when = self.table.borrow_mut().add(&key, now, SystemTime::now());
        if code == ProgramCode::MustWait {
            return alarm::set(gauges.thread_policy.number(), when);
        }
        // The call is over, so that code of the program changes no decision.
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

    /// Returns the logger of this thread, if the program has one now.
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
        self.has_logger.set(found.is_some());
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
            let body = format!("{count} refusals found no room to be reported one by one");
            let attributes = [("permit.count", Attribute::Number(count))];
            let record = record(env, event::LOST, &body, SystemTime::now(), &attributes)?;
            env.call(logger.logger, logger.emit, &[record])
        });
    }

    /// Makes the instruments, once there is a meter.
    fn measure(&self, gauges: &Gauges) {
        let Some(symbols) = self.symbols else { return };
        if self.has_meter.get() {
            return;
        }
        let env = self.env.get();
        let begun = self.alone(env, || match symbols.registered(env, "metrics", METERS_SINCE)? {
            Some(provider) => meter::begin(env, gauges.clone(), provider).map(|()| true),
            None => Ok(false),
        });
        self.has_meter.set(begun == Some(true));
    }

    /// Looks for missing providers, and reports the refusals that have waited. Runs on a turn of
    /// its own.
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

    /// Sets the alarm for the next look or report.
    fn wait(&self, gauges: &Gauges) {
        let now = Instant::now();
        let next = self.table.borrow().next();
        let looks =
            !self.has_logger.get() && (gauges.thread_policy.is_process() || next.is_some()) || !self.has_meter.get();
        if looks {
            if self.next_look.get() <= now {
                self.next_look.set(now + self.pause.get());
                self.pause.set((self.pause.get() * 2).min(LOOKS.1));
            }
            alarm::set(gauges.thread_policy.number(), self.next_look.get());
        }
        if let (true, Some(next)) = (self.has_logger.get(), next) {
            alarm::set(gauges.thread_policy.number(), next);
        }
    }
}

impl Symbols {
    /// Returns a provider of this name, if the API has the minor version `since` or a later one.
    fn registered<'env>(self, env: Env<'env>, name: &str, since: u32) -> Result<Option<Value<'env>>, JsError> {
        let api = env.get_key(env.global()?, self.api.get(env)?)?;
        if !env.is_object(api) || !env.as_string(env.get(api, "version")?).is_some_and(|of| is_compatible(&of, since)) {
            return Ok(None);
        }
        env.get(api, name).map(|provider| Some(provider).filter(|provider| env.is_object(*provider)))
    }

    /// Returns the provider of loggers.
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

/// Returns true for version 1 of the API with this minor version or a later one. A release
/// candidate is compatible with none.
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
        // A debugger or a nested loop may wake the thread while code of the program runs for a
        // report.
        if let Some(gauges) = self.gauges.get().filter(|_| !self.busy.get()) {
            self.turn(gauges);
        }
    }
}

/// Cuts texts that are too long.
fn shortened(mut key: Key) -> Key {
    let place = key.place.iter_mut().flat_map(|place| std::iter::once(&mut place.path).chain(&mut place.leads_to));
    for text in [&mut key.value, &mut key.rule, &mut key.host].into_iter().chain(&mut key.package).chain(place) {
        if text.len() > MAX_TEXT_BYTES {
            text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
        }
    }
    key
}

/// Makes a log record of the API.
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

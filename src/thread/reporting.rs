//! Reports the decisions of one thread: counts them, prints them for `NODE_DEBUG=permission`,
//! records them for the log and for OpenTelemetry, and publishes refusals on Node's diagnostics
//! channels. Nothing here decides.

use std::cell::{Cell, OnceCell};
use std::io::Write as _;
use std::sync::Arc;

use super::callers::{Caller, CallerFinder};
use super::channels::Channels;
use super::gauges::Gauges;
use super::refusal::Refusal;
use super::telemetry::{self, ProgramCode, Telemetry, TelemetryError};
use crate::audit::log;
use crate::audit::metrics::CheckOutcome;
use crate::audit::recorder::{Key, Verdict};
use crate::js::env::Env;
use crate::js::value::Value;
use crate::policy::Scope;
use crate::process::threads::ThreadPolicy;

/// The reports of one thread.
#[derive(Debug)]
pub struct Reporting {
    /// Node's diagnostics channels.
    pub channels: Channels,
    /// The mode and the hash of the policy.
    pub gauges: Gauges,
    telemetry: Telemetry,
    /// Finds the caller of a call. Empty if nobody reads records.
    callers: OnceCell<CallerFinder>,
    /// The receiver of the call about which permit decides.
    receiver: Cell<Option<Value<'static>>>,
    is_tracing: Cell<bool>,
    has_started: Cell<bool>,
}

impl Reporting {
    /// Prepares the reports. [`Reporting::start`] starts them.
    pub fn new(thread_policy: &Arc<ThreadPolicy>, channels: Channels, telemetry: Telemetry) -> Self {
        Self {
            channels,
            gauges: Gauges::new(thread_policy),
            telemetry,
            callers: OnceCell::new(),
            receiver: Cell::new(None),
            is_tracing: Cell::new(false),
            has_started: Cell::new(false),
        }
    }

    /// Starts to report, just before the program runs: earlier calls are permit's own. With
    /// `is_tracing`, prints each decision.
    pub fn start(&self, is_tracing: bool) {
        self.is_tracing.set(is_tracing);
        self.has_started.set(true);
    }

    /// Starts to report to the program's OpenTelemetry.
    ///
    /// # Errors
    /// [`TelemetryError`] if the thread cannot be woken.
    pub fn start_telemetry(&'static self) -> Result<(), TelemetryError> {
        telemetry::begin(&self.telemetry, &self.gauges)
    }

    /// Returns true if each decision is printed.
    #[inline]
    pub fn is_tracing(&self) -> bool {
        self.is_tracing.get()
    }

    /// Returns true once the program runs.
    #[inline]
    pub fn has_started(&self) -> bool {
        self.has_started.get()
    }

    /// Returns true if records may be written, so that their callers matter.
    pub fn wants_callers(&self) -> bool {
        log::target().is_some() || self.telemetry.is_expected()
    }

    /// Returns true if a refusal that comes now may be recorded, so that it needs its path.
    pub fn wants_paths(&self) -> bool {
        log::target().is_some() || self.telemetry.may_be_heard()
    }

    /// Keeps the finder of callers. The first one counts.
    pub fn set_callers(&self, callers: CallerFinder) {
        let _ = self.callers.set(callers);
    }

    /// Returns the finder of callers, if there is one.
    pub fn callers(&self) -> Option<&CallerFinder> {
        self.callers.get()
    }

    /// Runs `then`, while which each record is of a call on this receiver.
    pub fn with_receiver<T>(&self, receiver: Value<'_>, then: impl FnOnce() -> T) -> T {
        // SAFETY: the value is taken back before this function returns, and thus within the
        // caller's handle scope.
        let receiver = unsafe { Value::from_raw(receiver.raw()) };
        let before = self.receiver.replace(Some(receiver));
        let done = then();
        self.receiver.set(before);
        done
    }

    /// Counts an allowed question.
    #[inline]
    pub fn count_allowed(&self, scope: Scope) {
        if self.has_started.get() {
            self.gauges.thread_policy.counts.count(scope, CheckOutcome::Allowed);
        }
    }

    /// Prints a decision, if decisions are printed.
    pub fn trace(&self, scope: Scope, resource: impl FnOnce() -> String, is_allowed: bool) {
        if self.is_tracing.get() {
            let (process, decision) = (std::process::id(), if is_allowed { "allow" } else { "deny" });
            // A reader that is slow or gone must not end the program, as it would with `eprintln!`.
            let _ = writeln!(std::io::stderr(), "PERMISSION {process}: {decision} {} {}", scope.name(), resource());
        }
    }

    /// Counts and records a call that a report-only policy would refuse. The call proceeds.
    pub fn reported(&self, env: Env<'_>, refusal: &Refusal) {
        self.record(env, refusal, Verdict::Reported, ProgramCode::MustWait);
    }

    /// Counts, records and publishes a call that is in audit. The call proceeds.
    pub fn audited(&self, env: Env<'_>, refusal: &Refusal) {
        self.record(env, refusal, Verdict::Audited, ProgramCode::MustWait);
        self.publish(env, refusal);
    }

    /// Counts, records and publishes a refusal. The call is over, so code of the program may run at
    /// once.
    pub fn refused(&self, env: Env<'_>, refusal: &Refusal) {
        if self.has_started.get() {
            self.record(env, refusal, Verdict::Refused, ProgramCode::MayRun);
            self.publish(env, refusal);
        }
    }

    /// Counts and records a refusal that the program sees as an absence. The call proceeds.
    pub fn hidden(&self, env: Env<'_>, refusal: &Refusal) {
        self.record(env, refusal, Verdict::Refused, ProgramCode::MustWait);
    }

    fn publish(&self, env: Env<'_>, refusal: &Refusal) {
        if let Some(scope) = refusal.scope {
            self.channels.publish_refusal(env, scope, &refusal.resource);
        }
    }

    fn record(&self, env: Env<'_>, refusal: &Refusal, verdict: Verdict, code: ProgramCode) {
        let Some(scope) = refusal.scope else { return };
        self.gauges.thread_policy.counts.count(scope, CheckOutcome::Verdict(verdict));
        let (logs, emits) = (log::target().is_some(), self.telemetry.wants(env, code));
        if !logs && !emits {
            return;
        }
        let policy_hash = self.gauges.policy_hash();
        let caller = self.callers.get().map(|callers| callers.caller(env, self.receiver.get()));
        let Caller { package, stack } = caller.unwrap_or_default();
        let key = Key {
            scope,
            value: refusal.resource.clone(),
            place: refusal.place.clone(),
            host: refusal.host.clone(),
            rule: refusal.grant.clone(),
            package,
            verdict,
            thread: self.gauges.thread_policy.number(),
            policy_hash,
        };
        if !emits {
            return log::add(key, stack);
        }
        if logs {
            log::add(key.clone(), stack);
        }
        self.telemetry.emit_or_count(key, code);
    }
}

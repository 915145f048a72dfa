//! Offers the counters of `process.permission.metrics()` as instruments of the application's meter.
//! permit observes them when the SDK collects, and does nothing between two collections.

use std::cell::RefCell;

use super::gauges::Gauges;
use super::telemetry_name::{NAME, VERSION};
use crate::audit::log;
use crate::js::call::{Call, Native};
use crate::js::env::{Env, number_of};
use crate::js::owned::own;
use crate::js::value::{JsError, NOTHING, Persistent, Value};
use crate::process::threads;

/// The instruments of one thread.
#[derive(Debug)]
struct Meter {
    gauges: Gauges,
    checks: Persistent,
    records: Persistent,
    dropped: Persistent,
    policy: Persistent,
    /// The mode and the hash of the last observation. An SDK remembers the labels that it saw.
    observed_policy: RefCell<Option<(&'static str, String)>>,
}

/// The kinds of instruments, by the methods that make them.
const COUNTER: &str = "createObservableCounter";
const GAUGE: &str = "createObservableGauge";
/// `ValueType.INT` of the API.
const WHOLE: f64 = 0.0;

/// Makes the instruments of a provider's meter.
pub fn begin(env: Env<'_>, gauges: Gauges, provider: Value<'_>) -> Result<(), JsError> {
    let get = env.get(provider, "getMeter")?;
    let meter = env.call(provider, get, &[env.string(NAME)?, env.string(VERSION)?])?;
    let make = |kind: &str, name: &str, unit: &str, description: &str| -> Result<Persistent, JsError> {
        let options = env.object()?;
        env.put(options, "description", env.string(description)?)?;
        env.put(options, "unit", env.string(unit)?)?;
        env.put(options, "valueType", env.number(WHOLE)?)?;
        env.keep(env.call(meter, env.get(meter, kind)?, &[env.string(name)?, options])?)
    };
    let observed = own(Meter {
        gauges,
        checks: make(
            COUNTER,
            "permit.checks",
            "{check}",
            "Questions that the hooks asked the policy, by scope and decision.",
        )?,
        records: make(COUNTER, "permit.records", "{record}", "Calls that were recorded.")?,
        dropped: make(COUNTER, "permit.records_dropped", "{record}", "Recorded calls that found no room in the log.")?,
        policy: make(GAUGE, "permit.policy_info", "{policy}", "The policy of this process as it stands.")?,
        observed_policy: RefCell::default(),
    });
    let instruments = [observed.checks, observed.records, observed.dropped, observed.policy];
    let instruments: Vec<Value<'_>> = instruments.iter().map(|kept| kept.get(env)).collect::<Result<_, _>>()?;
    let callback = env.native::<Observe>("observe", observed)?;
    env.call(meter, env.get(meter, "addBatchObservableCallback")?, &[callback, env.array(&instruments)?])?;
    Ok(())
}

/// The callback that an SDK calls when it collects.
struct Observe;

impl Native for Observe {
    type Data = Meter;

    fn run<'env>(call: &'env Call<'env>, meter: &'static Meter) -> Value<'env> {
        if let Some(result) = call.arg(0).filter(|result| call.env.is_object(*result)) {
            // An exception of the SDK changes nothing for permit.
            let _ = meter.observe(call.env, result);
        }
        NOTHING
    }
}

impl Meter {
    fn observe(&self, env: Env<'_>, result: Value<'_>) -> Result<(), JsError> {
        let observe = env.get(result, "observe")?;
        let observe_as = |instrument: Persistent, value: f64, labels: &[(&str, &str)]| -> Result<(), JsError> {
            let attributes = env.object()?;
            for (name, value) in labels {
                env.put(attributes, name, env.string(value)?)?;
            }
            env.call(result, observe, &[instrument.get(env)?, env.number(value)?, attributes]).map(|_| ())
        };
        for (scope, decision, count) in threads::counts().rows() {
            observe_as(self.checks, number_of(count), &[("scope", scope.name()), ("decision", decision)])?;
        }
        let (records, dropped) = log::counts();
        observe_as(self.records, number_of(records), &[])?;
        observe_as(self.dropped, number_of(dropped), &[])?;
        let mode = self.gauges.mode();
        let hash = self.gauges.policy_hash();
        let info = |mode: &str, hash: &str, value: f64| {
            observe_as(self.policy, value, &[("mode", mode), ("policy_hash", hash), ("version", VERSION)])
        };
        let before = self.observed_policy.replace(Some((mode, hash.to_string())));
        if let Some((before, old)) = before.filter(|(before, old)| (*before, old.as_str()) != (mode, &*hash)) {
            info(before, &old, 0.0)?;
        }
        info(mode, &hash, 1.0)
    }
}

//! The counters of `process.permission.metrics()`, as instruments of the application's meter. They are observed when the SDK
//! collects; between two collections nothing is done.

use std::cell::RefCell;

use super::gauges::Gauges;
use super::telemetry_name::{NAME, VERSION};
use crate::audit::log;
use crate::js::env::{Call, Failed, Js, Kept, NOTHING, Native, ORDINARY, Value, number_of};
use crate::js::owned::own;
use crate::process::threads;

/// What is observed.
#[derive(Debug)]
struct Meter {
    gauges: Gauges,
    checks: Kept,
    records: Kept,
    dropped: Kept,
    policy: Kept,
    /// The policy that was told last: mode and hash. An SDK remembers what it was told.
    told: RefCell<Option<(&'static str, String)>>,
}

/// The kinds of instruments that are used here, by the methods that make them.
const COUNTER: &str = "createObservableCounter";
const GAUGE: &str = "createObservableGauge";
/// `ValueType.INT` of the API.
const WHOLE: f64 = 0.0;

/// Gives the meter of a provider its instruments.
pub fn begin(js: Js, gauges: Gauges, provider: Value) -> Result<(), Failed> {
    let get = js.get(provider, "getMeter")?;
    let meter = js.call(provider, get, &[js.string(NAME)?, js.string(VERSION)?])?;
    let make = |kind: &str, name: &str, unit: &str, description: &str| -> Result<Kept, Failed> {
        let options = js.object()?;
        js.define(options, "description", js.string(description)?, ORDINARY)?;
        js.define(options, "unit", js.string(unit)?, ORDINARY)?;
        js.define(options, "valueType", js.number(WHOLE)?, ORDINARY)?;
        js.keep(js.call(meter, js.get(meter, kind)?, &[js.string(name)?, options])?)
    };
    let observed = own(Meter {
        gauges,
        checks: make(
            COUNTER,
            "permit.checks",
            "{check}",
            "Questions that the hooks asked the policy, by scope and what was decided.",
        )?,
        records: make(COUNTER, "permit.records", "{record}", "Calls that were recorded.")?,
        dropped: make(COUNTER, "permit.records_dropped", "{record}", "Recorded calls that found no room in the log.")?,
        policy: make(GAUGE, "permit.policy_info", "{policy}", "The policy of this process as it stands.")?,
        told: RefCell::default(),
    });
    let instruments = [observed.checks, observed.records, observed.dropped, observed.policy];
    let instruments: Vec<Value> = instruments.iter().map(|kept| kept.get(js)).collect::<Result<_, _>>()?;
    let callback = js.native::<Observe>("observe", observed)?;
    js.call(meter, js.get(meter, "addBatchObservableCallback")?, &[callback, js.array(&instruments)?])?;
    Ok(())
}

/// The SDK collects.
struct Observe;

impl Native for Observe {
    type Data = Meter;

    fn run(call: &Call, meter: &'static Meter) -> Value {
        if let Some(result) = call.arg(0).filter(|result| call.js.is_object(*result)) {
            // What the SDK throws is its own.
            let _ = meter.observe(call.js, result);
        }
        NOTHING
    }
}

impl Meter {
    fn observe(&self, js: Js, result: Value) -> Result<(), Failed> {
        let observe = js.get(result, "observe")?;
        let tell = |instrument: Kept, value: f64, labels: &[(&str, &str)]| -> Result<(), Failed> {
            let attributes = js.object()?;
            for (name, value) in labels {
                js.define(attributes, name, js.string(value)?, ORDINARY)?;
            }
            js.call(result, observe, &[instrument.get(js)?, js.number(value)?, attributes]).map(|_| ())
        };
        for (scope, decision, count) in threads::counts().rows() {
            tell(self.checks, number_of(count), &[("scope", scope.name()), ("decision", decision)])?;
        }
        let (records, dropped) = log::counts();
        tell(self.records, number_of(records), &[])?;
        tell(self.dropped, number_of(dropped), &[])?;
        let mode = self.gauges.mode();
        let hash = self.gauges.policy_hash();
        let info = |mode: &str, hash: &str, value: f64| {
            tell(self.policy, value, &[("mode", mode), ("policy_hash", hash), ("version", VERSION)])
        };
        let before = self.told.replace(Some((mode, hash.to_string())));
        if let Some((before, old)) = before.filter(|(before, old)| (*before, old.as_str()) != (mode, &*hash)) {
            info(before, &old, 0.0)?;
        }
        info(mode, &hash, 1.0)
    }
}

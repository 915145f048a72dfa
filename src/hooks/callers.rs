//! Makes what finds out who made a call, and says whether that is wanted.

use crate::audit::log;
use crate::js::env::{Call, Failed, NOTHING, Native, Value};
use crate::policy::Scope;
use crate::thread::callers::Sites;
use crate::thread::thread::Thread;

/// Makes it, if there is a log or a logger that wants to know. `storage` gives `AsyncLocalStorage`.
pub fn find(
    thread: &'static Thread,
    scripts: Value,
    storage: impl Fn() -> Result<Value, Failed>,
) -> Result<(), Failed> {
    if log::target().is_none() && !thread.telemetry.is_expected() {
        return Ok(());
    }
    let js = thread.js;
    let wants = js.native::<Wants>("wants", thread)?;
    let sites = Sites::capture(js, [scripts, thread.captured.natives.owner(js)?, storage()?, wants])?;
    thread.sites.set(sites).map_err(|_| Failed)
}

/// `wants(scope)`, or `wants(scope, path, flags)` for a file that is opened later: may there be a record of it?
struct Wants;

impl Native for Wants {
    type Data = Thread;

    fn run(call: &Call, thread: &'static Thread) -> Value {
        let js = call.js;
        let text = |index| call.arg(index).and_then(|value| js.as_string(value));
        let Some(scope) = text(0).and_then(|name| Scope::parse(&name)) else { return NOTHING };
        let wanted = match (call.count(), text(1)) {
            (1, _) => thread.wants_caller(scope, None),
            (_, Some(path)) => {
                let kind = if scope == Scope::FsRead { ["r", "r"] } else { ["w", "a"] };
                !text(2).is_some_and(|flags| kind.contains(&&*flags))
                    || thread.wants_caller(scope, Some(path.as_bytes()))
            }
            // A path in bytes, or none: then it has been opened.
            (_, None) => call.arg(1).is_some_and(|value| js.is_object(value)),
        };
        js.boolean(wanted).unwrap_or(NOTHING)
    }
}

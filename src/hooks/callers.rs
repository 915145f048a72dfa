//! Sets up the search for the caller of a function, if something needs it.

use crate::js::call::{Call, Native};
use crate::js::value::{JsError, NOTHING, Value};
use crate::policy::Scope;
use crate::thread::callers::CallerFinder;
use crate::thread::thread::Thread;

/// Captures the search if a log or a logger wants to know callers. `storage` returns
/// `AsyncLocalStorage`.
pub fn find<'env>(
    thread: &'static Thread,
    scripts: Value<'env>,
    storage: impl Fn() -> Result<Value<'env>, JsError>,
) -> Result<(), JsError> {
    if !thread.reporting.wants_callers() {
        return Ok(());
    }
    let env = thread.env();
    let wants = env.native::<Wants>("wants", thread)?;
    let callers = CallerFinder::capture(env, [scripts, thread.primordials.handles.owner(env)?, storage()?, wants])?;
    thread.reporting.set_callers(callers);
    Ok(())
}

/// `wants(scope)`, or `wants(scope, path, flags)` for a file that is opened later. Returns true if
/// a record may need the caller.
struct Wants;

impl Native for Wants {
    type Data = Thread;

    fn run<'env>(call: &'env Call<'env>, thread: &'static Thread) -> Value<'env> {
        let env = call.env;
        let text = |index| call.arg(index).and_then(|value| env.as_string(value));
        let Some(scope) = text(0).and_then(|name| Scope::parse(&name)) else { return NOTHING };
        let wanted = match (call.count(), text(1)) {
            (1, _) => thread.wants_caller(scope, None),
            (_, Some(path)) => {
                let kind = if scope == Scope::FsRead { ["r", "r"] } else { ["w", "a"] };
                !text(2).is_some_and(|flags| kind.contains(&&*flags))
                    || thread.wants_caller(scope, Some(path.as_bytes()))
            }
            // The path is in bytes. Without a path, the file is already open.
            (_, None) => call.arg(1).is_some_and(|value| env.is_object(value)),
        };
        env.boolean(wanted).unwrap_or(NOTHING)
    }
}

//! The answers that stand-ins understand (`trampoline.js`).

use crate::js::env::{Failed, Js, ORDINARY, Value};
use crate::thread::thread::Thread;

/// The answer that the call proceeds with these arguments.
pub fn go_on(thread: &Thread, args: Value, ends: [Option<Value>; 3]) -> Result<Value, Failed> {
    let js = thread.js;
    let undefined = js.undefined()?;
    let [after, failed, done] = ends.map(|end| end.unwrap_or(undefined));
    let go = thread.captured.go.get(js)?;
    answer(js, [go, args, js.boolean(false)?, undefined, after, failed, done])
}

/// The answer that the call has ended with this value.
pub fn is_over(js: Js, value: Value) -> Result<Value, Failed> {
    let undefined = js.undefined()?;
    answer(js, [undefined, js.null()?, js.boolean(false)?, value, undefined, undefined, undefined])
}

/// The answer that the call throws this.
pub fn throws(js: Js, error: Value) -> Result<Value, Failed> {
    let undefined = js.undefined()?;
    answer(js, [undefined, js.null()?, js.boolean(true)?, error, undefined, undefined, undefined])
}

fn answer(js: Js, values: [Value; 7]) -> Result<Value, Failed> {
    const NAMES: [&str; 7] = ["token", "args", "throws", "value", "after", "failed", "done"];
    let answer = js.object()?;
    for (name, value) in NAMES.into_iter().zip(values) {
        js.define(answer, name, value, ORDINARY)?;
    }
    Ok(answer)
}

/// Something failed on the way to an answer. A pending exception goes to the caller; without one the stand-in throws its
/// own, as it does for every answer without the token.
pub fn fail_closed(js: Js) -> Value {
    let answer = js.take_exception().map(|error| throws(js, error));
    answer.and_then(Result::ok).unwrap_or(std::ptr::null_mut())
}

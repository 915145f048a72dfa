//! The answers that stand-ins understand (`trampoline.js`).

use crate::js::env::Env;
use crate::js::value::{JsError, NOTHING, Value};
use crate::thread::thread::Thread;

/// Makes the answer that the call proceeds with these arguments.
pub fn go_on<'env>(
    thread: &'env Thread,
    args: Value<'env>,
    ends: [Option<Value<'env>>; 3],
) -> Result<Value<'env>, JsError> {
    let env = thread.env();
    let undefined = env.undefined()?;
    let [after, on_throw, done] = ends.map(|end| end.unwrap_or(undefined));
    let go = thread.primordials.go.get(env)?;
    answer(env, [go, args, env.boolean(false)?, undefined, after, on_throw, done])
}

/// Makes the answer that the call has ended with this value.
pub fn is_over<'env>(env: Env<'env>, value: Value<'env>) -> Result<Value<'env>, JsError> {
    let undefined = env.undefined()?;
    answer(env, [undefined, env.null()?, env.boolean(false)?, value, undefined, undefined, undefined])
}

/// Makes the answer that the call throws this error.
pub fn throws<'env>(env: Env<'env>, error: Value<'env>) -> Result<Value<'env>, JsError> {
    let undefined = env.undefined()?;
    answer(env, [undefined, env.null()?, env.boolean(true)?, error, undefined, undefined, undefined])
}

fn answer<'env>(env: Env<'env>, values: [Value<'env>; 7]) -> Result<Value<'env>, JsError> {
    const NAMES: [&str; 7] = ["token", "args", "throws", "value", "after", "onThrow", "done"];
    let answer = env.object()?;
    for (name, value) in NAMES.into_iter().zip(values) {
        env.put(answer, name, value)?;
    }
    Ok(answer)
}

/// Makes the answer for a failure. If an exception is pending, the caller gets it. Otherwise the
/// stand-in throws an error of its own, as for every answer without the token.
pub fn fail_closed(env: Env<'_>) -> Value<'_> {
    let answer = env.take_exception().map(|error| throws(env, error));
    answer.and_then(Result::ok).unwrap_or(NOTHING)
}

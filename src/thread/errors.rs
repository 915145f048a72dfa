//! Turns a refusal into an error of JavaScript.

use super::refusal::Refusal;
use super::thread::Thread;

use crate::js::value::{JsError, Value};

/// Reports a refusal that belongs to no row, and makes its error.
pub fn refused<'env>(thread: &'env Thread, refusal: &Refusal) -> Result<Value<'env>, JsError> {
    thread.refused(refusal);
    error(thread, refusal)
}

/// Turns a refusal into a JavaScript error: Node's own properties in Node's order, then `grant`. No
/// other code does so.
pub fn error<'env>(thread: &'env Thread, refusal: &Refusal) -> Result<Value<'env>, JsError> {
    let env = thread.env();
    let error = env.error(&refusal.message)?;
    let set = |name: &str, text: &str| -> Result<(), JsError> {
        let value = env.string(text)?;
        env.put(error, name, value)
    };
    set("code", "ERR_ACCESS_DENIED")?;
    set("permission", refusal.permission)?;
    set("resource", &refusal.resource)?;
    if !refusal.grant.is_empty() {
        set("grant", &refusal.grant)?;
    }
    if !refusal.host.is_empty() {
        set("host", &refusal.host)?;
    }
    Ok(error)
}

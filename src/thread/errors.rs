//! Turns a refusal into an error of JavaScript.

use super::refusal::Refusal;
use super::thread::Thread;
use crate::js::env::{Failed, ORDINARY, Value};

/// The error of a refusal that belongs to no row.
pub fn refused(thread: &Thread, refusal: &Refusal) -> Result<Value, Failed> {
    thread.refused(refusal);
    error(thread, refusal)
}

/// The one place where a refusal becomes a JavaScript error: Node's own properties in Node's order, then `grant`.
pub fn error(thread: &Thread, refusal: &Refusal) -> Result<Value, Failed> {
    let js = thread.js;
    let error = js.error(&refusal.message)?;
    let set = |name: &str, text: &str| -> Result<(), Failed> {
        let value = js.string(text)?;
        js.define(error, name, value, ORDINARY)
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

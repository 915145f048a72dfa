//! Brings a refusal to the program the way the refused API promises errors. What Node 26.10 does is the measure;
//! where it crashes the process instead, the error goes where the API says errors go.

use crate::hooks::guards::listen::looks_up;
use crate::hooks::network_detail::network_message;
use crate::hooks::tables::row::{Deliver, Row};
use crate::js::env::{Call, Failed, HIDDEN, Js, NOTHING, Native, ORDINARY, Value};
use crate::thread::errors::error;
use crate::thread::natives::owner;
use crate::thread::refusal::Refusal;
use crate::thread::thread::Thread;

/// What became of a refusal.
#[derive(Debug, Clone, Copy)]
pub enum Delivered {
    /// The call throws this.
    Throw(Value),
    /// The call is over and gives this.
    Value(Value),
}

/// libuv's `EPERM`: what a firewall of the system would say.
const NOT_PERMITTED: f64 = if cfg!(windows) { -4048.0 } else { -1.0 };

/// What `internalModuleStat` says of a path at which nothing is: libuv's `ENOENT`.
const NOT_THERE: f64 = -2.0;

/// Delivers a refusal by the row's way.
pub fn deliver(thread: &Thread, row: &Row, call: &Call, refusal: &Refusal) -> Result<Delivered, Failed> {
    let js = call.js;
    let error = error(thread, refusal)?;
    match row.deliver {
        Deliver::Throw | Deliver::Job => {}
        Deliver::NotThere => return js.number(NOT_THERE).map(Delivered::Value),
        Deliver::Return => return Ok(Delivered::Value(error)),
        Deliver::Reject => return js.rejected(error).map(Delivered::Value),
        Deliver::Request(arg) => {
            if let Some(request) = call.arg(arg) {
                if js.is_symbol(request) {
                    return js.rejected(error).map(Delivered::Value);
                }
                if js.is_object(request) {
                    let complete = js.get(request, "oncomplete")?;
                    js.call(request, complete, &[error])?;
                    return js.undefined().map(Delivered::Value);
                }
            }
        }
        Deliver::Callback | Deliver::CallbackLater => {
            if let Some(callback) = call.args().last().copied().filter(|last| js.is_function(*last)) {
                if refusal.later || row.deliver == Deliver::CallbackLater {
                    thread.later(callback, &[error])?;
                } else {
                    js.call(js.undefined()?, callback, &[error])?;
                }
                return js.undefined().map(Delivered::Value);
            }
        }
        Deliver::Iterate => {
            let iterate = thread.captured.iterate_error.get(js)?;
            return js.call(js.undefined()?, iterate, &[error]).map(Delivered::Value);
        }
        Deliver::Bind => return bind(thread, call, refusal, error),
        Deliver::Destroy => {
            let error = network_error(thread, refusal)?;
            if let Some(owner) = owner(js, call.this)? {
                if is_one_of_several(call)? {
                    let next = thread.captured.natives.next.get(js)?;
                    js.call(js.undefined()?, next, &[owner, error])?;
                    return js.number(NOT_PERMITTED).map(Delivered::Value);
                }
                // Later: who asked for the connection has not listened for its errors yet.
                thread.later(thread.captured.destroy.get(js)?, &[owner, error])?;
                return js.number(0.0).map(Delivered::Value);
            }
            return Ok(Delivered::Value(error));
        }
        Deliver::Datagram => return datagram(thread, call, refusal),
        Deliver::Resolution => return resolution(thread, call, refusal),
        Deliver::Emit => {
            emit(thread, call.this, network_error(thread, refusal)?)?;
            return Ok(Delivered::Value(call.this));
        }
        Deliver::Listen => {
            if looks_up(call)? {
                emit(thread, call.this, error)?;
                return Ok(Delivered::Value(call.this));
            }
        }
        Deliver::CompileCache => return compile_cache(js, refusal).map(Delivered::Value),
    }
    Ok(Delivered::Throw(error))
}

/// Delivers an exception that came up while the arguments were read: functions that promise a promise reject.
pub fn deliver_exception(thread: &Thread, row: &Row, exception: Value) -> Result<Delivered, Failed> {
    if row.deliver == Deliver::Reject {
        return thread.js.rejected(exception).map(Delivered::Value);
    }
    Ok(Delivered::Throw(exception))
}

/// An error of the network: Node's text around the refusal, with what Node sets on such errors.
fn network_error(thread: &Thread, refusal: &Refusal) -> Result<Value, Failed> {
    let js = thread.js;
    let Some(detail) = &refusal.detail else { return error(thread, refusal) };
    let inner = error(thread, refusal)?;
    let outer = js.error(&network_message(refusal, detail))?;
    for name in ["code", "permission", "resource", "grant", "host"] {
        if js.has_own(inner, name)? {
            let value = js.get(inner, name)?;
            js.define(outer, name, value, ORDINARY)?;
        }
    }
    let syscall = js.string(detail.syscall)?;
    js.define(outer, "syscall", syscall, ORDINARY)?;
    if let Some(name) = &detail.hostname {
        let name = js.string(name)?;
        js.define(outer, "hostname", name, ORDINARY)?;
        return Ok(outer);
    }
    // Node keeps the refusal itself in `errno`; programs that know Node 26 look there.
    js.define(outer, "errno", inner, ORDINARY)?;
    let address = js.string(&detail.address)?;
    js.define(outer, "address", address, ORDINARY)?;
    if let Some(port) = detail.port {
        let port = js.number(f64::from(port))?;
        js.define(outer, "port", port, ORDINARY)?;
    }
    Ok(outer)
}

/// A bind that is refused: Node makes an error of the number that it gets, and hands that to the socket or the server. A
/// handle to which nobody listens throws.
fn bind(thread: &Thread, call: &Call, refusal: &Refusal, error: Value) -> Result<Delivered, Failed> {
    let js = call.js;
    let (natives, undefined) = (&thread.captured.natives, js.undefined()?);
    let refused = network_error(thread, refusal)?;
    if let Some(owner) = owner(js, call.this)? {
        js.call(undefined, natives.refuse.get(js)?, &[owner, refused])?;
        return js.number(NOT_PERMITTED).map(Delivered::Value);
    }
    let heard = js.call(undefined, natives.refuses_server.get(js)?, &[refused])?;
    if js.as_bool(heard) == Some(true) {
        return js.number(NOT_PERMITTED).map(Delivered::Value);
    }
    Ok(Delivered::Throw(error))
}

/// Is this one of several addresses that Node tries in turn? It goes on to the next when a number says that one failed.
fn is_one_of_several(call: &Call) -> Result<bool, Failed> {
    let js = call.js;
    let Some(request) = call.arg(0).filter(|request| js.is_object(*request)) else { return Ok(false) };
    let complete = js.get(request, "oncomplete")?;
    Ok(js.is_function(complete)
        && js.as_string(js.get(complete, "name")?).as_deref() == Some("bound afterConnectMultiple"))
}

/// `target.emit('error', error)` on the next tick.
fn emit(thread: &Thread, target: Value, error: Value) -> Result<(), Failed> {
    thread.later(thread.captured.emit_error.get(thread.js)?, &[target, error])
}

/// A datagram that may not leave: its callback hears of it, else the socket.
fn datagram(thread: &Thread, call: &Call, refusal: &Refusal) -> Result<Delivered, Failed> {
    let js = call.js;
    let error = network_error(thread, refusal)?;
    if let Some(request) = call.arg(0).filter(|request| js.is_object(*request)) {
        let callback = js.get(request, "callback")?;
        if js.is_function(callback) {
            thread.later(callback, &[error])?;
            return js.number(0.0).map(Delivered::Value);
        }
    }
    if let Some(owner) = owner(js, call.this)? {
        emit(thread, owner, error)?;
        return js.number(0.0).map(Delivered::Value);
    }
    Ok(Delivered::Value(error))
}

/// A name that may not be resolved: the request's callback or promise hears of it on the next tick.
fn resolution(thread: &Thread, call: &Call, refusal: &Refusal) -> Result<Delivered, Failed> {
    let js = call.js;
    let error = network_error(thread, refusal)?;
    if let Some(request) = call.arg(0).filter(|request| js.is_object(*request)) {
        for name in ["callback", "reject"] {
            let hears = js.get(request, name)?;
            if js.is_function(hears) {
                thread.later(hears, &[error])?;
                return js.number(0.0).map(Delivered::Value);
            }
        }
    }
    Ok(Delivered::Throw(error))
}

/// `module.enableCompileCache` does not throw: it says that the cache is off, and why.
fn compile_cache(js: Js, refusal: &Refusal) -> Result<Value, Failed> {
    let result = js.object()?;
    let status = js.number(0.0)?;
    js.define(result, "status", status, ORDINARY)?;
    let message =
        js.string(&format!("Skipping compile cache because write permission for {} is not granted", refusal.resource))?;
    js.define(result, "message", message, ORDINARY)?;
    Ok(result)
}

/// `respell(value, prefix, isPath)`: an error, or a path, with the working directory that was put before a relative path
/// taken off again. Anything else is given back as it is.
pub struct Respell;

impl Native for Respell {
    type Data = ();

    fn run(call: &Call, (): &'static ()) -> Value {
        let Some(value) = call.arg(0) else { return NOTHING };
        let js = call.js;
        let prefix = call.arg(1).and_then(|prefix| js.as_string(prefix)).unwrap_or_default();
        let is_path = call.arg(2).and_then(|flag| js.as_bool(flag)).unwrap_or(false);
        // Whatever fails here fails on a text; the value itself is not lost.
        respelled(js, value, &prefix, is_path).unwrap_or(value)
    }
}

fn respelled(js: Js, value: Value, prefix: &str, is_path: bool) -> Result<Value, Failed> {
    if is_path {
        return match js.as_string(value).as_deref().and_then(|path| path.strip_prefix(prefix)) {
            Some(path) => js.string(path),
            None => Ok(value),
        };
    }
    if !js.is_error(value) {
        return Ok(value);
    }
    for name in ["path", "dest"] {
        if js.has_own(value, name)?
            && let Some(path) = js.as_string(js.get(value, name)?)
            && let Some(path) = path.strip_prefix(prefix)
        {
            js.define(value, name, js.string(path)?, ORDINARY)?;
        }
    }
    for name in ["message", "stack"] {
        if let Some(text) = js.as_string(js.get(value, name)?) {
            let shorter = text.replace(&format!("'{prefix}"), "'");
            if shorter != text {
                js.define(value, name, js.string(&shorter)?, HIDDEN)?;
            }
        }
    }
    Ok(value)
}

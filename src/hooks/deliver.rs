//! Delivers a refusal to the program as the refused API promises errors. Node 26.10 is the reference.
//! Where Node crashes the process instead, the error goes where the API says that errors go.

use crate::hooks::guards::listen::needs_dns;
use crate::hooks::network_detail::network_message;
use crate::hooks::tables::row::{Deliver, HookSpec};
use crate::js::call::Call;
use crate::js::env::Env;
use crate::js::value::{JsError, Value};
use crate::thread::errors::error;
use crate::thread::handle_internals::owner;
use crate::thread::refusal::Refusal;
use crate::thread::thread::Thread;

/// The result of the delivery.
#[derive(Debug, Clone, Copy)]
pub enum Delivered<'env> {
    /// The call throws this.
    Throw(Value<'env>),
    /// The call is over and gives this.
    Value(Value<'env>),
}

/// libuv's `EPERM`. A firewall of the system answers so.
const NOT_PERMITTED: f64 = if cfg!(windows) { -4048.0 } else { -1.0 };

/// libuv's `ENOENT`. `internalModuleStat` returns it for a path at which nothing is.
const ENOENT: f64 = -2.0;

/// Delivers a refusal as the row says.
pub fn deliver<'env>(
    thread: &'env Thread,
    row: &HookSpec,
    call: &'env Call<'env>,
    refusal: &Refusal,
) -> Result<Delivered<'env>, JsError> {
    let env = call.env;
    let error = error(thread, refusal)?;
    match row.deliver {
        Deliver::Throw | Deliver::Job => {}
        Deliver::ReturnEnoent => return env.number(ENOENT).map(Delivered::Value),
        Deliver::Return => return Ok(Delivered::Value(error)),
        Deliver::Reject => return env.rejected(error).map(Delivered::Value),
        Deliver::Request(arg) => {
            if let Some(request) = call.arg(arg) {
                if env.is_symbol(request) {
                    return env.rejected(error).map(Delivered::Value);
                }
                if env.is_object(request) {
                    let complete = env.get(request, "oncomplete")?;
                    env.call(request, complete, &[error])?;
                    return env.undefined().map(Delivered::Value);
                }
            }
        }
        Deliver::Callback | Deliver::CallbackLater => {
            if let Some(callback) = call.args().last().copied().filter(|last| env.is_function(*last)) {
                if refusal.next_tick || row.deliver == Deliver::CallbackLater {
                    thread.primordials.next_tick(callback, &[error])?;
                } else {
                    env.call_plain(callback, &[error])?;
                }
                return env.undefined().map(Delivered::Value);
            }
        }
        Deliver::Iterate => {
            let iterate = thread.primordials.iterate_error.get(env)?;
            return env.call_plain(iterate, &[error]).map(Delivered::Value);
        }
        Deliver::Bind => return bind(thread, call, refusal, error),
        Deliver::Destroy => {
            let error = network_error(thread, refusal)?;
            if let Some(owner) = owner(env, call.this)? {
                if is_one_of_several(call)? {
                    let next = thread.primordials.handles.next.get(env)?;
                    env.call_plain(next, &[owner, error])?;
                    return env.number(NOT_PERMITTED).map(Delivered::Value);
                }
                // On a later tick, because the caller has not listened for errors of the connection yet.
                thread.primordials.next_tick(thread.primordials.destroy.get(env)?, &[owner, error])?;
                return env.number(0.0).map(Delivered::Value);
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
            if needs_dns(call)? {
                emit(thread, call.this, error)?;
                return Ok(Delivered::Value(call.this));
            }
        }
        Deliver::CompileCache => return compile_cache(env, refusal).map(Delivered::Value),
    }
    Ok(Delivered::Throw(error))
}

/// Delivers an exception that arose while the arguments were read. A function that returns promises
/// rejects.
pub fn deliver_exception<'env>(
    thread: &'env Thread,
    row: &HookSpec,
    exception: Value<'env>,
) -> Result<Delivered<'env>, JsError> {
    if row.deliver == Deliver::Reject {
        return thread.env().rejected(exception).map(Delivered::Value);
    }
    Ok(Delivered::Throw(exception))
}

/// Makes an error of the network. It has Node's text around the refusal, and the properties that
/// Node sets on such errors.
fn network_error<'env>(thread: &'env Thread, refusal: &Refusal) -> Result<Value<'env>, JsError> {
    let env = thread.env();
    let Some(detail) = &refusal.detail else { return error(thread, refusal) };
    let inner = error(thread, refusal)?;
    let outer = env.error(&network_message(refusal, detail))?;
    for name in ["code", "permission", "resource", "grant", "host"] {
        if env.has_own(inner, name)? {
            let value = env.get(inner, name)?;
            env.put(outer, name, value)?;
        }
    }
    let syscall = env.string(detail.syscall)?;
    env.put(outer, "syscall", syscall)?;
    if let Some(name) = &detail.hostname {
        let name = env.string(name)?;
        env.put(outer, "hostname", name)?;
        return Ok(outer);
    }
    // Node keeps the refusal itself in `errno`. Programs that know Node 26 look there.
    env.put(outer, "errno", inner)?;
    let address = env.string(&detail.address)?;
    env.put(outer, "address", address)?;
    if let Some(port) = detail.port {
        let port = env.number(f64::from(port))?;
        env.put(outer, "port", port)?;
    }
    Ok(outer)
}

/// Delivers a refused bind. Node makes an error of the number that it gets, and passes it to the
/// socket or the server. If the handle belongs to neither, the call throws.
fn bind<'env>(
    thread: &'env Thread,
    call: &'env Call<'env>,
    refusal: &Refusal,
    error: Value<'env>,
) -> Result<Delivered<'env>, JsError> {
    let env = call.env;
    let handles = &thread.primordials.handles;
    let refused = network_error(thread, refusal)?;
    if let Some(owner) = owner(env, call.this)? {
        env.call_plain(handles.refuse.get(env)?, &[owner, refused])?;
        return env.number(NOT_PERMITTED).map(Delivered::Value);
    }
    let heard = env.call_plain(handles.refuses_server.get(env)?, &[refused])?;
    if env.as_bool(heard) == Some(true) {
        return env.number(NOT_PERMITTED).map(Delivered::Value);
    }
    Ok(Delivered::Throw(error))
}

/// Returns true if this is one of several addresses that Node tries in turn. Node tries the next
/// one when a number says that this one failed.
fn is_one_of_several(call: &Call<'_>) -> Result<bool, JsError> {
    let env = call.env;
    let Some(request) = call.arg(0).filter(|request| env.is_object(*request)) else { return Ok(false) };
    let complete = env.get(request, "oncomplete")?;
    Ok(env.is_function(complete)
        && env.as_string(env.get(complete, "name")?).as_deref() == Some("bound afterConnectMultiple"))
}

/// Calls `target.emit('error', error)` on the next tick.
fn emit(thread: &Thread, target: Value<'_>, error: Value<'_>) -> Result<(), JsError> {
    thread.primordials.next_tick(thread.primordials.emit_error.get(thread.env())?, &[target, error])
}

/// Delivers a refused datagram. The callback gets the error, or the socket if there is no callback.
fn datagram<'env>(thread: &'env Thread, call: &'env Call<'env>, refusal: &Refusal) -> Result<Delivered<'env>, JsError> {
    let env = call.env;
    let error = network_error(thread, refusal)?;
    if let Some(request) = call.arg(0).filter(|request| env.is_object(*request)) {
        let callback = env.get(request, "callback")?;
        if env.is_function(callback) {
            thread.primordials.next_tick(callback, &[error])?;
            return env.number(0.0).map(Delivered::Value);
        }
    }
    if let Some(owner) = owner(env, call.this)? {
        emit(thread, owner, error)?;
        return env.number(0.0).map(Delivered::Value);
    }
    Ok(Delivered::Value(error))
}

/// Delivers a refused name resolution. The callback or the promise of the request gets the error on
/// the next tick.
fn resolution<'env>(
    thread: &'env Thread,
    call: &'env Call<'env>,
    refusal: &Refusal,
) -> Result<Delivered<'env>, JsError> {
    let env = call.env;
    let error = network_error(thread, refusal)?;
    if let Some(request) = call.arg(0).filter(|request| env.is_object(*request)) {
        for name in ["callback", "reject"] {
            let hears = env.get(request, name)?;
            if env.is_function(hears) {
                thread.primordials.next_tick(hears, &[error])?;
                return env.number(0.0).map(Delivered::Value);
            }
        }
    }
    Ok(Delivered::Throw(error))
}

/// Makes the result of `module.enableCompileCache`, which does not throw. It says that the cache is
/// off, and why.
fn compile_cache<'env>(env: Env<'env>, refusal: &Refusal) -> Result<Value<'env>, JsError> {
    let result = env.object()?;
    let status = env.number(0.0)?;
    env.put(result, "status", status)?;
    let message = match refusal.scope {
        Some(_) => format!("Skipping compile cache because write permission for {} is not granted", refusal.resource),
        None => refusal.message.clone(),
    };
    let message = env.string(&message)?;
    env.put(result, "message", message)?;
    Ok(result)
}

//! `server.listen(…)`: which of its many forms a call is, for the refusal to go where that form promises errors.
//! The handles below decide again by what they are really given.

use super::ask::{Question, Stop};
use crate::addon::js::{Call, Failed, Value};
use crate::policy::Scope;

/// What a call of `server.listen` asks for.
enum Form {
    /// A unix socket or pipe.
    Path(String),
    /// A port, on a host if one is named.
    Port(Option<String>, Option<i32>),
    /// A descriptor or a handle.
    Open,
}

/// Asks about what `server.listen` was called with.
pub fn ask(question: &mut Question<'_>) -> Result<(), Stop> {
    match form(question.call)? {
        Form::Path(path) => question.unix_socket(Scope::NetListen, &path),
        Form::Port(host, port) => question.host(Scope::NetListen, host.as_deref().unwrap_or(""), port),
        Form::Open => question.whole(Scope::NetListen, ""),
    }
}

/// Asks about what `socket.bind` of a datagram socket was called with: a port, an options object or a handle.
pub fn ask_datagram(question: &mut Question<'_>) -> Result<(), Stop> {
    let js = question.call.js;
    let (mut port, mut address) = (question.call.arg(0), question.call.arg(1));
    if let Some(options) = port.filter(|port| js.is_object(*port) && !js.is_function(*port)) {
        port = Some(js.get(options, "port")?);
        address = Some(js.get(options, "address")?);
    }
    let address = address.and_then(|value| js.as_string(value)).unwrap_or_default();
    question.host(Scope::NetListen, &address, port.and_then(|value| js.as_i32(value)).or(Some(0)))
}

/// Does Node resolve a host before it binds? Then the error belongs to the `'error'` event.
pub fn looks_up(call: &Call) -> Result<bool, Failed> {
    Ok(matches!(form(call)?, Form::Port(Some(_), _)))
}

fn form(call: &Call) -> Result<Form, Failed> {
    let js = call.js;
    let Some(first) = call.arg(0) else { return Ok(Form::Port(None, Some(0))) };
    let port = |value: Value| js.as_i32(value).or_else(|| js.as_string(value).and_then(|text| text.parse().ok()));
    if js.is_object(first) && !js.is_function(first) {
        let path = js.get(first, "path")?;
        if let Some(path) = js.as_string(path) {
            return Ok(Form::Path(path));
        }
        let number = js.get(first, "port")?;
        if js.is_nullish(number) {
            return Ok(Form::Open);
        }
        let host = js.get(first, "host")?;
        return Ok(Form::Port(js.as_string(host).filter(|host| !host.is_empty()), port(number)));
    }
    if let Some(text) = js.as_string(first).filter(|text| text.parse::<u16>().is_err()) {
        return Ok(Form::Path(text));
    }
    let host = call.arg(1).and_then(|value| js.as_string(value)).filter(|host| !host.is_empty());
    Ok(Form::Port(host, port(first).or(Some(0))))
}

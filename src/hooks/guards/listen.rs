//! Guards of servers. `server.listen(…)` has many forms, and each promises errors in its own way.
//! This file finds out which form a call has. The handles below decide again, about the arguments
//! that they really get.

use std::net::Ipv6Addr;

use crate::hooks::guards::hosts::{Bound, bound};
use crate::hooks::question::{Question, Stop};
use crate::hooks::tables::row::{HookSpec, Target};
use crate::js::call::Call;
use crate::js::value::{JsError, Value};
use crate::policy::{Endpoint, Resource, Scope, address};

/// The forms of a call of `server.listen`.
enum Form {
    /// A unix socket or pipe.
    Path(String),
    /// A port, and a host if the call names one.
    Port(Option<String>, Option<i32>),
    /// A descriptor, or a handle.
    Open(Option<i32>),
}

/// When Node binds a server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Binds {
    /// During the call.
    Now,
    /// Once a name is resolved.
    Later,
}

/// Guards `server.listen`.
pub fn ask(question: &mut Question<'_>) -> Result<(), Stop> {
    match form(question.call)? {
        Form::Path(path) => question.unix_socket(Scope::NetListen, &path),
        Form::Port(host, port) => match question.listen_at(host.as_deref().unwrap_or(""), port)? {
            Binds::Now => Ok(()),
            Binds::Later => question.waits(),
        },
        Form::Open(descriptor) => match descriptor {
            Some(descriptor) => question.opened(descriptor),
            None => question.whole(Scope::NetListen, ""),
        },
    }
}

/// Returns true if Node resolves a host before it binds. The error then belongs to the `'error'`
/// event.
pub fn needs_dns(call: &Call<'_>) -> Result<bool, JsError> {
    Ok(matches!(form(call)?, Form::Port(Some(_), _)))
}

impl Question<'_> {
    /// Asks about a server at this host. The host may be a name that Node resolves first, or empty
    /// for all addresses.
    fn listen_at(&mut self, host: &str, port: Option<i32>) -> Result<Binds, Stop> {
        if host.is_empty() {
            return self.everywhere(port).map(|()| Binds::Now);
        }
        if address::full_form(host).is_some() {
            return self.address(Scope::NetListen, host, port).map(|()| Binds::Now);
        }
        let spelled = format!("{host}:{}", port.unwrap_or(0));
        match address::ascii_name(host) {
            // The handle asks about the address when Node binds it. This guard asks whether the
            // name may be resolved.
            Some(name) => {
                if !self.thread.policy().listens() {
                    return self.whole(Scope::NetListen, &spelled).map(|()| Binds::Later);
                }
                let name = Resource::Endpoint(Endpoint::Name(&name));
                self.thread.check(Scope::NetResolve, &name, &spelled)?;
                Ok(Binds::Later)
            }
            None => self.whole(Scope::NetListen, &spelled).map(|()| Binds::Now),
        }
    }

    /// Notes a server that Node binds once the name is resolved. The server gets a later refusal as
    /// an event.
    fn waits(&self) -> Result<(), Stop> {
        let env = self.call.env;
        if !self.thread.policy().has(Scope::NetListen, &Resource::Nothing) {
            env.call_plain(self.thread.primordials.handles.waits.get(env)?, &[self.call.this])?;
        }
        Ok(())
    }

    /// Asks about a server on every address.
    fn everywhere(&self, port: Option<i32>) -> Result<(), Stop> {
        let spelled = format!(":{}", port.unwrap_or(0));
        let Some(port) = port.and_then(|port| u16::try_from(port).ok()) else {
            return self.whole(Scope::NetListen, &spelled);
        };
        let endpoint = Endpoint::Address { address: Ipv6Addr::UNSPECIFIED.into(), port, names: &[] };
        self.thread.check(Scope::NetListen, &Resource::Endpoint(endpoint), &spelled).map_err(Stop::from)
    }

    /// Asks about a handle that starts to accept, by the address to which it is bound. If it is not
    /// bound, the system binds it now.
    pub(crate) fn accept(&self, row: &HookSpec) -> Result<(), Stop> {
        let descriptor = self.handle_descriptor(row);
        match (descriptor, row.target) {
            (Some(descriptor), _) => self.opened(descriptor),
            (None, Target::BindingClass(_, "TCP" | "UDP")) => self.everywhere(Some(0)),
            _ => self.whole(Scope::NetListen, ""),
        }
    }

    /// Asks about a socket that was made elsewhere. It is bound already, or the system binds it at
    /// its first use.
    pub(crate) fn adopt(&self, arg: usize) -> Result<(), Stop> {
        match self.arg(arg).and_then(|value| self.call.env.as_i32(value)) {
            Some(descriptor) => self.opened(descriptor),
            None => self.whole(Scope::NetListen, ""),
        }
    }

    /// Asks about the datagrams of a multicast group. The question is about a server at the group's
    /// address, at the port of the socket that joins.
    pub(crate) fn join(&self, row: &HookSpec, group: usize) -> Result<(), Stop> {
        let descriptor = self.handle_descriptor(row);
        let port = match descriptor.map(bound) {
            Some(Some(Bound::Address(_, port))) => Some(port),
            Some(_) => None,
            None => Some(0),
        };
        self.server(&self.text(group), port)
    }

    /// Asks about a socket that is already open.
    fn opened(&self, descriptor: i32) -> Result<(), Stop> {
        match bound(descriptor) {
            Some(Bound::Address(address, port)) => self.server(&address, Some(port)),
            Some(Bound::Unix(path)) => self.unix_socket(Scope::NetListen, &path),
            None => self.whole(Scope::NetListen, ""),
        }
    }

    /// Asks about an address at a port that the system may have picked. A program that may have any
    /// port picked may use this one, unless the port is denied.
    fn server(&self, text: &str, port: Option<i32>) -> Result<(), Stop> {
        let at = |port| Some((address::full_form(text)?, u16::try_from(port?).ok()?));
        let picked = at(port).is_some_and(|(address, port)| {
            let policy = self.thread.policy();
            let at = |port| Resource::Endpoint(Endpoint::Address { address, port, names: &[] });
            !policy.withholds(Scope::NetListen, &at(port)) && policy.allows(Scope::NetListen, &at(0))
        });
        self.address(Scope::NetListen, text, if picked { Some(0) } else { port })
    }
}

/// Guards `socket.bind` of a datagram socket. The first argument is a port, an options object or a
/// handle.
pub fn ask_datagram(question: &mut Question<'_>) -> Result<(), Stop> {
    let env = question.call.env;
    let (mut port, mut address) = (question.call.arg(0), question.call.arg(1));
    if let Some(options) = port.filter(|port| env.is_object(*port) && !env.is_function(*port)) {
        let handles = question.thread.primordials.handles;
        let open = if env.is_function(env.get(options, "recvStart")?) {
            handles.descriptor_of(env, "UDP", options)
        } else {
            env.as_i32(env.get(options, "fd")?).filter(|descriptor| *descriptor > 0)
        };
        if let Some(descriptor) = open {
            return question.opened(descriptor);
        }
        port = Some(env.get(options, "port")?);
        address = Some(env.get(options, "address")?);
    }
    let address = address.and_then(|value| env.as_string(value)).unwrap_or_default();
    let read = |value: Value<'_>| env.as_i32(value).or_else(|| env.as_string(value).and_then(|text| text.parse().ok()));
    let port = port.and_then(read).or(Some(0));
    question.listen_at(&address, port).map(|_| ())
}

fn form(call: &Call<'_>) -> Result<Form, JsError> {
    let env = call.env;
    let Some(first) = call.arg(0) else { return Ok(Form::Port(None, Some(0))) };
    let port = |value: Value<'_>| env.as_i32(value).or_else(|| env.as_string(value).and_then(|text| text.parse().ok()));
    if env.is_object(first) && !env.is_function(first) {
        let path = env.get(first, "path")?;
        if let Some(path) = env.as_string(path) {
            return Ok(Form::Path(path));
        }
        let number = env.get(first, "port")?;
        if env.is_nullish(number) {
            let descriptor = env.get(first, "fd")?;
            return Ok(Form::Open(env.as_i32(descriptor).filter(|descriptor| *descriptor >= 0)));
        }
        let host = env.get(first, "host")?;
        return Ok(Form::Port(env.as_string(host).filter(|host| !host.is_empty()), port(number)));
    }
    if let Some(text) = env.as_string(first).filter(|text| text.parse::<u16>().is_err()) {
        return Ok(Form::Path(text));
    }
    let host = call.arg(1).and_then(|value| env.as_string(value)).filter(|host| !host.is_empty());
    Ok(Form::Port(host, port(first).or(Some(0))))
}

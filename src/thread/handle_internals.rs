//! The internals of Node's native handles: their descriptors, their owners, and their requests.

use crate::js::env::Env;
use crate::js::value::{JsError, Persistent, Value};

/// The internals of Node's handles that permit captured before the program ran.
#[derive(Debug, Clone, Copy)]
pub struct HandleInternals {
    /// An object with two symbols: `owner`, under which a handle keeps its owner, and `stands`,
    /// under which it keeps its asynchronous resource. N-API cannot keep a symbol by itself.
    symbols: Persistent,
    /// The class of a request for the addresses of a name.
    pub address_request: Persistent,
    /// The class of a query of DNS.
    pub query_request: Persistent,
    /// Completes such a request.
    pub completed: Persistent,
    /// Returns the name servers of a DNS channel.
    pub get_servers: Persistent,
    /// Turns the error of one refused address into the refusal. Node then tries the next address.
    pub next: Persistent,
    /// Turns the next error of an emitter into a refusal.
    pub refuse: Persistent,
    /// Notes a server that listens at a name.
    pub waits: Persistent,
    /// Returns true if such a server will get a refusal.
    pub refuses_server: Persistent,
    tcp: Persistent,
    pipe: Persistent,
    udp: Persistent,
    pub file: Persistent,
}

impl HandleInternals {
    /// Captures the internals. `binding` returns a binding by its name, `socket` is `net.Socket`,
    /// `completed` completes a request for addresses.
    pub fn capture<'env>(
        env: Env<'env>,
        scripts: Value<'env>,
        socket: Value<'env>,
        completed: Value<'env>,
        binding: impl Fn(&str) -> Result<Value<'env>, JsError>,
    ) -> Result<Self, JsError> {
        let cares = binding("cares_wrap")?;
        let classes = [
            socket,
            env.get(binding("tcp_wrap")?, "TCP")?,
            env.get(binding("pipe_wrap")?, "Pipe")?,
            env.get(binding("udp_wrap")?, "UDP")?,
            env.get(binding("fs")?, "FileHandle")?,
            scripts,
        ];
        let found = env.call_plain(env.run(include_str!("handle_internals.js"))?, &classes)?;
        let function = |object: Value<'_>, name: &str| -> Result<Persistent, JsError> {
            let value = env.get(object, name)?;
            if env.is_function(value) { env.keep(value) } else { Err(JsError) }
        };
        for name in ["owner", "stands"] {
            if !env.is_symbol(env.get(found, name)?) {
                return Err(JsError);
            }
        }
        Ok(Self {
            symbols: env.keep(found)?,
            address_request: function(cares, "GetAddrInfoReqWrap")?,
            query_request: function(cares, "QueryReqWrap")?,
            completed: env.keep(completed)?,
            get_servers: function(env.get(env.get(cares, "ChannelWrap")?, "prototype")?, "getServers")?,
            next: function(found, "next")?,
            refuse: function(found, "refuse")?,
            waits: function(found, "waits")?,
            refuses_server: function(found, "refusesServer")?,
            tcp: function(found, "TCP")?,
            pipe: function(found, "Pipe")?,
            udp: function(found, "UDP")?,
            file: function(found, "FileHandle")?,
        })
    }

    /// Returns the symbol under which a handle keeps its owner.
    pub fn owner<'env>(&self, env: Env<'env>) -> Result<Value<'env>, JsError> {
        env.get(self.symbols.get(env)?, "owner")
    }

    /// Returns the symbol of this name.
    pub fn symbol<'env>(&self, env: Env<'env>, name: &str) -> Result<Value<'env>, JsError> {
        env.get(self.symbols.get(env)?, name)
    }

    /// Returns the descriptor of a handle of this class, or `None` if it has none yet.
    pub fn descriptor_of(&self, env: Env<'_>, class: &str, handle: Value<'_>) -> Option<i32> {
        let getter = match class {
            "TCP" => self.tcp,
            "Pipe" => self.pipe,
            "UDP" => self.udp,
            "FileHandle" => self.file,
            _ => return None,
        };
        let Ok(descriptor) = getter.get(env).and_then(|getter| env.call(handle, getter, &[])) else {
            env.take_exception();
            return None;
        };
        env.as_i32(descriptor).filter(|descriptor| *descriptor >= 0)
    }
}

/// Returns the socket or server that owns a handle. Node's lib/*.js keeps it under a symbol.
pub fn owner<'env>(env: Env<'env>, handle: Value<'env>) -> Result<Option<Value<'env>>, JsError> {
    if !env.is_object(handle) {
        return Ok(None);
    }
    for key in env.own_keys(handle)? {
        if env.is_symbol(key) {
            let value = env.get_key(handle, key)?;
            if env.is_object(value) && env.is_function(env.get(value, "emit")?) {
                return Ok(Some(value));
            }
        }
    }
    Ok(None)
}

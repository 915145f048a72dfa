//! What permit knows of Node's native handles: their descriptors, their owners, and the requests that they complete.

use crate::js::env::{Failed, Js, Kept, Value};

/// What was taken of Node's handles before the program ran.
#[derive(Debug, Clone, Copy)]
pub struct Natives {
    /// `owner` and `stands`: the symbols under which a handle keeps the object it belongs to, and the one that stands
    /// for it. A symbol cannot be kept by itself.
    symbols: Kept,
    /// The class of a request for the addresses of a name.
    pub address_request: Kept,
    /// The class of a query of DNS.
    pub query_request: Kept,
    /// Completes such a request.
    pub completed: Kept,
    /// Gives the servers of a channel.
    pub get_servers: Kept,
    /// What becomes of an attempt to connect that Node goes on from.
    pub next: Kept,
    /// Has an emitter's next error be a refusal.
    pub refuse: Kept,
    /// Notes a server that listens at a name.
    pub waits: Kept,
    /// Says whether such a server will hear of a refusal.
    pub refuses_server: Kept,
    tcp: Kept,
    pipe: Kept,
    udp: Kept,
    file: Kept,
}

impl Natives {
    /// Takes them. `binding` gives a binding by its name, `socket` is `net.Socket`, `completed` completes a request for
    /// addresses.
    pub fn capture(
        js: Js,
        scripts: Value,
        socket: Value,
        completed: Value,
        binding: impl Fn(&str) -> Result<Value, Failed>,
    ) -> Result<Self, Failed> {
        let cares = binding("cares_wrap")?;
        let classes = [
            socket,
            js.get(binding("tcp_wrap")?, "TCP")?,
            js.get(binding("pipe_wrap")?, "Pipe")?,
            js.get(binding("udp_wrap")?, "UDP")?,
            js.get(binding("fs")?, "FileHandle")?,
            scripts,
        ];
        let found = js.call(js.undefined()?, js.run(include_str!("natives.js"))?, &classes)?;
        let function = |object: Value, name: &str| -> Result<Kept, Failed> {
            let value = js.get(object, name)?;
            if js.is_function(value) { js.keep(value) } else { Err(Failed) }
        };
        for name in ["owner", "stands"] {
            if !js.is_symbol(js.get(found, name)?) {
                return Err(Failed);
            }
        }
        Ok(Self {
            symbols: js.keep(found)?,
            address_request: function(cares, "GetAddrInfoReqWrap")?,
            query_request: function(cares, "QueryReqWrap")?,
            completed: js.keep(completed)?,
            get_servers: function(js.get(js.get(cares, "ChannelWrap")?, "prototype")?, "getServers")?,
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

    /// The symbol under which a handle keeps the object it belongs to.
    pub fn owner(&self, js: Js) -> Result<Value, Failed> {
        js.get(self.symbols.get(js)?, "owner")
    }

    /// The symbol of this name.
    pub fn symbol(&self, js: Js, name: &str) -> Result<Value, Failed> {
        js.get(self.symbols.get(js)?, name)
    }

    /// The descriptor of a handle of this class; `None` if it has none yet.
    pub fn descriptor_of(&self, js: Js, class: &str, handle: Value) -> Option<i32> {
        let getter = match class {
            "TCP" => self.tcp,
            "Pipe" => self.pipe,
            "UDP" => self.udp,
            "FileHandle" => self.file,
            _ => return None,
        };
        let Ok(descriptor) = getter.get(js).and_then(|getter| js.call(handle, getter, &[])) else {
            js.take_exception();
            return None;
        };
        js.as_i32(descriptor).filter(|descriptor| *descriptor >= 0)
    }
}

/// The socket or server that a handle belongs to: lib/*.js keeps it under a symbol of its own.
pub fn owner(js: Js, handle: Value) -> Result<Option<Value>, Failed> {
    if !js.is_object(handle) {
        return Ok(None);
    }
    for key in js.own_keys(handle)? {
        if js.is_symbol(key) {
            let value = js.get_key(handle, key)?;
            if js.is_object(value) && js.is_function(js.get(value, "emit")?) {
                return Ok(Some(value));
            }
        }
    }
    Ok(None)
}

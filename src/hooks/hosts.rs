//! Guards of the network: what a call connects to, binds, sends to or resolves, from its arguments. What a program
//! calls `server.listen` with is read in `listen`.

use super::ask::{Question, Stop};
use crate::policy::{Resource, Scope};

impl Question<'_> {
    pub(super) fn port(&self, arg: usize) -> Option<i32> {
        self.arg(arg).and_then(|value| self.call.js.as_i32(value))
    }

    pub(super) fn connect(&mut self, address: usize, port: usize) -> Result<(), Stop> {
        let address = self.text(address);
        self.host(Scope::NetConnect, &address, self.port(port))
    }

    pub(super) fn bind(&mut self, address: usize, port: usize) -> Result<(), Stop> {
        let address = self.text(address);
        self.host(Scope::NetListen, &address, self.port(port))
    }

    /// Asks about a host and a port; `host:port` is what the refusal names.
    pub(super) fn host(&self, scope: Scope, address: &str, port: Option<i32>) -> Result<(), Stop> {
        let mut resource = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
        if let Some(port) = port {
            resource.push(':');
            resource.push_str(&port.to_string());
        }
        self.thread.check(scope, &Resource::Host(&resource), &resource).map_err(Stop::from)
    }

    pub(super) fn socket(&mut self, scope: Scope, arg: usize) -> Result<(), Stop> {
        let path = self.text(arg);
        self.unix_socket(scope, &path)
    }

    /// Asks about a unix socket.
    pub(super) fn unix_socket(&self, scope: Scope, path: &str) -> Result<(), Stop> {
        let resource = format!("unix:{path}");
        self.thread.check(scope, &Resource::Host(&resource), &resource).map_err(Stop::from)
    }

    pub(super) fn send(&mut self) -> Result<(), Stop> {
        // Connected sockets were asked about when they connected; the scope may have been dropped since.
        if self.call.count() < 6 {
            return self.whole(Scope::NetConnect, "");
        }
        self.connect(4, 3)
    }

    pub(super) fn resolve(&mut self, arg: usize) -> Result<(), Stop> {
        let name = self.text(arg);
        self.thread.check(Scope::NetResolve, &Resource::Host(&name), &name).map_err(Stop::from)
    }
}

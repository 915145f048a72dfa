//! Guards of the network: they read the address to which a call connects, binds or sends. `listen`
//! reads the arguments of `server.listen`, and `resolve` the names that a program resolves.

use std::sync::Arc;

use crate::hooks::guards::resolve::names_of;
use crate::hooks::question::{Question, Stop};
use crate::hooks::tables::row::HookSpec;
use crate::policy::links::LastLink;
use crate::policy::{Absolute, Endpoint, Resource, Scope, address};
use crate::system::files;
use crate::thread::handle_internals::owner;

impl Question<'_> {
    /// Returns the port in an argument. A public function also takes it as text.
    pub(crate) fn port(&self, arg: usize) -> Option<i32> {
        let value = self.arg(arg)?;
        let text = || self.call.env.as_string(value).filter(|_| self.checks())?.parse::<u16>().ok();
        self.call.env.as_i32(value).or_else(|| text().map(i32::from))
    }

    pub(crate) fn connect(&self, address: usize, port: usize) -> Result<(), Stop> {
        let text = self.text(address);
        let port = self.port(port);
        if self.checks() && address::full_form(&text).is_none() {
            return self.connect_by_name(&text, port);
        }
        self.address(Scope::NetConnect, &text, port)
    }

    /// Asks on behalf of a public function that resolves a name before it calls its handle. It
    /// refuses a name that the resolver would refuse.
    fn connect_by_name(&self, name: &str, port: Option<i32>) -> Result<(), Stop> {
        let spelled = spell(name, port);
        if name.is_empty() {
            let local = ["127.0.0.1", "::1"].map(|address| self.address(Scope::NetConnect, address, port));
            return if local.iter().any(Result::is_ok) { Ok(()) } else { local.into_iter().next().unwrap_or(Ok(())) };
        }
        match address::ascii_name(name) {
            Some(ascii) => {
                let endpoint = Resource::Endpoint(Endpoint::Name(&ascii));
                self.thread.check(Scope::NetResolve, &endpoint, &spelled).map_err(Stop::from)
            }
            None => self.whole(Scope::NetConnect, &spelled),
        }
    }

    pub(crate) fn bind(&mut self, address: usize, port: usize) -> Result<(), Stop> {
        let address = self.text(address);
        let env = self.call.env;
        let number = match self.arg(port) {
            // Without a port, the system picks one.
            Some(value) if env.is_nullish(value) => Some(0),
            // A binding would convert the value. The original gets the number that was read here.
            Some(value) => match env.as_string(value).and_then(|text| text.parse::<u16>().ok()) {
                Some(number) => {
                    self.replace(port, env.number(f64::from(number))?)?;
                    Some(i32::from(number))
                }
                None => self.port(port),
            },
            None => None,
        };
        self.address(Scope::NetListen, &address, number)
    }

    /// Asks about an address, in the form in which the system takes it, and a port. The refusal
    /// names `address:port`, and the name that resolved to the address.
    pub(crate) fn address(&self, scope: Scope, text: &str, port: Option<i32>) -> Result<(), Stop> {
        let spelled = spell(text, port);
        let port = port.and_then(|port| u16::try_from(port).ok());
        let (Some(address), Some(port)) = (address::full_form(text), port) else {
            return self.whole(scope, &spelled);
        };
        let mut names = names_of(address);
        if scope == Scope::NetConnect && names.len() > 1 {
            self.name_last(&mut names)?;
        }
        let endpoint = Endpoint::Address { address, port, names: &names };
        self.thread.check(scope, &Resource::Endpoint(endpoint), &spelled).map_err(Stop::from)
    }

    /// If several names resolved to an address, puts the name of this socket last. A refusal names
    /// the last one.
    fn name_last(&self, names: &mut [Arc<str>]) -> Result<(), Stop> {
        let env = self.call.env;
        let Some(socket) = owner(env, self.call.this)? else { return Ok(()) };
        let asked = env.as_string(env.get(socket, "_host")?).and_then(|host| address::ascii_name(&host));
        if let Some(at) = names.iter().position(|name| Some(&**name) == asked.as_deref()) {
            names[at..].rotate_left(1);
        }
        Ok(())
    }

    pub(crate) fn socket(&mut self, scope: Scope, arg: usize) -> Result<(), Stop> {
        let path = self.text(arg);
        self.unix_socket(scope, &path)?;
        // libuv removes the file of a server when the server closes, by the name that it gets here.
        // Before Node connects, it runs the hooks of async_hooks, which may change the working
        // directory.
        let is_fixed = path.starts_with('/') && !files::goes_up_from_a_name(path.as_bytes());
        let is_free = scope != Scope::NetListen && self.thread.policy().has(scope, &Resource::Nothing);
        if path.is_empty() || path.starts_with('\0') || is_fixed || is_free {
            return Ok(());
        }
        let here = files::working_directory();
        let place = here.map(|here| files::within(&here, path.as_bytes()));
        let last = if scope == Scope::NetListen { LastLink::NoFollow } else { LastLink::Follow };
        let real = place.and_then(|place| {
            if files::goes_up_from_a_name(&place) { self.thread.decisions.real_path(&place, last) } else { Some(place) }
        });
        let real = real.and_then(|real| String::from_utf8(real).ok()).filter(|path| path.len() < MAX_SOCKET_PATH);
        match real {
            Some(real) => self.replace(arg, self.call.env.string(&real)?),
            None => self.whole(scope, &format!("unix:{path}")),
        }
    }

    /// Asks about a unix socket.
    pub(crate) fn unix_socket(&self, scope: Scope, path: &str) -> Result<(), Stop> {
        let spelled = format!("unix:{path}");
        if path.len() > MAX_SOCKET_PATH {
            // An older Node cuts the path off, and reaches another socket.
            return self.whole(scope, &spelled);
        }
        let ask = |endpoint| self.thread.check(scope, &Resource::Endpoint(endpoint), &spelled).map_err(Stop::from);
        if let Some(name) = path.strip_prefix('\0') {
            let name = format!("@{name}");
            return ask(Endpoint::Unix { path: &name, real: None });
        }
        if !self.thread.policy().has(scope, &Resource::Nothing) {
            self.stays(path.as_bytes())?;
        }
        let absolute = Absolute::resolve(path.as_bytes(), files::working_directory).ok();
        let absolute = absolute.and_then(|path| String::from_utf8(path.bytes().to_vec()).ok());
        let real = self
            .thread
            .decisions
            .real_path(path.as_bytes(), LastLink::Follow)
            .and_then(|real| String::from_utf8(real).ok());
        match (absolute, real) {
            (Some(absolute), Some(real)) if !path.is_empty() => {
                let real = (real != absolute).then_some(real.as_str());
                ask(Endpoint::Unix { path: &absolute, real })
            }
            _ => self.whole(scope, &spelled),
        }
    }

    pub(crate) fn send(&mut self, row: &HookSpec) -> Result<(), Stop> {
        if self.call.count() >= 6 {
            return self.connect(4, 3);
        }
        // The policy was asked when the socket connected. The program may have dropped a grant
        // since.
        match self.handle_descriptor(row).and_then(peer) {
            Some((address, port)) => self.address(Scope::NetConnect, &address, Some(port)),
            None => self.whole(Scope::NetConnect, ""),
        }
    }
}

/// The number of bytes that the path of a unix socket may have.
#[cfg(unix)]
const MAX_SOCKET_PATH: usize = {
    use std::mem::{offset_of, size_of};
    size_of::<libc::sockaddr_un>() - offset_of!(libc::sockaddr_un, sun_path)
};
#[cfg(not(unix))]
const MAX_SOCKET_PATH: usize = usize::MAX;

/// Returns `host:port`, as a refusal names it.
fn spell(host: &str, port: Option<i32>) -> String {
    let mut spelled = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    if let Some(port) = port {
        spelled.push(':');
        spelled.push_str(&port.to_string());
    }
    spelled
}

/// The name of a socket, as the system gives it.
pub(crate) enum Bound {
    /// An address and a port. Both are unspecified if the socket is not bound.
    Address(String, i32),
    /// A unix socket.
    Unix(String),
}

/// Returns the local name of a descriptor, or `None` if it is no socket of a known family.
#[cfg(unix)]
pub(crate) fn bound(descriptor: i32) -> Option<Bound> {
    name_of(descriptor, libc::getsockname)
}

/// Returns the address to which a descriptor is connected.
#[cfg(unix)]
fn peer(descriptor: i32) -> Option<(String, i32)> {
    match name_of(descriptor, libc::getpeername)? {
        Bound::Address(address, port) => Some((address, port)),
        Bound::Unix(_) => None,
    }
}

#[cfg(unix)]
fn name_of(
    descriptor: i32,
    ask: unsafe extern "C" fn(libc::c_int, *mut libc::sockaddr, *mut libc::socklen_t) -> libc::c_int,
) -> Option<Bound> {
    use std::mem::{offset_of, size_of};
    use std::net::{Ipv4Addr, Ipv6Addr};
    // SAFETY: all bytes of a `sockaddr_storage` may be zero.
    let mut storage: libc::sockaddr_storage = unsafe { std::mem::zeroed() };
    let mut length = libc::socklen_t::try_from(size_of::<libc::sockaddr_storage>()).ok()?;
    let start = &raw mut storage;
    // SAFETY: the system may write `length` bytes from `start`, and `length` says how many there
    // are.
    if unsafe { ask(descriptor, start.cast(), &raw mut length) } != 0 {
        return None;
    }
    match i32::from(storage.ss_family) {
        libc::AF_INET => {
            // SAFETY: the family says that a `sockaddr_in` was written. The storage is large and
            // aligned enough.
            let name = unsafe { *start.cast::<libc::sockaddr_in>() };
            let address = Ipv4Addr::from(u32::from_be(name.sin_addr.s_addr));
            Some(Bound::Address(address.to_string(), u16::from_be(name.sin_port).into()))
        }
        libc::AF_INET6 => {
            // SAFETY: as above, for `sockaddr_in6`.
            let name = unsafe { *start.cast::<libc::sockaddr_in6>() };
            let address = Ipv6Addr::from(name.sin6_addr.s6_addr);
            Some(Bound::Address(address.to_string(), u16::from_be(name.sin6_port).into()))
        }
        libc::AF_UNIX => {
            // SAFETY: as above, for `sockaddr_un`.
            let name = unsafe { *start.cast::<libc::sockaddr_un>() };
            let written = usize::try_from(length).ok()?.checked_sub(offset_of!(libc::sockaddr_un, sun_path))?;
            // `c_char` is signed on x64 and unsigned on arm64.
            let bytes = name.sun_path.iter().take(written).map(|byte| u8::from_ne_bytes(byte.to_ne_bytes()));
            let mut bytes: Vec<u8> = bytes.collect();
            if bytes.first().is_some_and(|&first| first != 0) {
                // A path ends at its NUL, an abstract name at its length.
                bytes.truncate(bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len()));
            }
            String::from_utf8(bytes).ok().map(Bound::Unix)
        }
        _ => None,
    }
}

#[cfg(not(unix))]
pub(crate) fn bound(_: i32) -> Option<Bound> {
    None
}

#[cfg(not(unix))]
fn peer(_: i32) -> Option<(String, i32)> {
    None
}

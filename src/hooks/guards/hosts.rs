//! Guards of the network: they read the address to which a call connects, binds or sends. `listen`
//! reads the arguments of `server.listen`, and `resolve` the names that a program resolves.

use std::sync::Arc;

#[cfg(unix)]
use rustix::net::{AddressFamily, SocketAddr, SocketAddrAny, getpeername, getsockname};

use crate::hooks::guards::resolve::names_of;
use crate::hooks::question::{Question, Stop};
use crate::hooks::tables::row::HookSpec;
use crate::policy::links::LastLink;
use crate::policy::{Absolute, Endpoint, Resource, Scope, address};
#[cfg(unix)]
use crate::system::descriptors;
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
    read(&descriptors::ask(descriptor, |socket| getsockname(socket)).ok()?)
}

/// Returns the address to which a descriptor is connected.
#[cfg(unix)]
fn peer(descriptor: i32) -> Option<(String, i32)> {
    match read(&descriptors::ask(descriptor, |socket| getpeername(socket)).ok()??)? {
        Bound::Address(address, port) => Some((address, port)),
        Bound::Unix(_) => None,
    }
}

/// Reads the name of a socket.
#[cfg(unix)]
fn read(name: &SocketAddrAny) -> Option<Bound> {
    match name.address_family() {
        AddressFamily::INET | AddressFamily::INET6 => {
            let address = SocketAddr::try_from(name.clone()).ok()?;
            Some(Bound::Address(address.ip().to_string(), address.port().into()))
        }
        AddressFamily::UNIX => {
            let length = usize::try_from(name.addr_len()).ok()?;
            // `SocketAddrUnix` panics at a path that fills `sun_path`: Linux counts a NUL behind it.
            // SAFETY: the system wrote `length` bytes there, and the slice does not outlive them.
            let written = unsafe { std::slice::from_raw_parts(name.as_ptr().cast::<u8>(), length) };
            let bytes = written.get(std::mem::offset_of!(libc::sockaddr_un, sun_path)..)?;
            let mut bytes = &bytes[..bytes.len().min(MAX_SOCKET_PATH)];
            if bytes.first().is_some_and(|&first| first != 0) {
                // A path ends at its NUL, an abstract name at its length.
                bytes = &bytes[..bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len())];
            }
            String::from_utf8(bytes.to_vec()).ok().map(Bound::Unix)
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

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::UdpSocket;
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixDatagram;

    use rustix::net::{SocketAddrUnix, SocketType, bind, socket};

    use super::*;

    #[test]
    fn a_unix_socket_has_the_name_that_it_was_bound_to() {
        let bound_to = |name: &SocketAddrUnix| {
            let socket = socket(AddressFamily::UNIX, SocketType::DGRAM, None).unwrap();
            bind(&socket, name).unwrap();
            match bound(socket.as_raw_fd())? {
                Bound::Unix(path) => Some(path),
                Bound::Address(..) => None,
            }
        };
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().to_str().unwrap();
        for length in [folder.len() + 2, MAX_SOCKET_PATH - 1, MAX_SOCKET_PATH] {
            let path = format!("{folder}/{}", "a".repeat(length - folder.len() - 1));
            assert_eq!(bound_to(&SocketAddrUnix::new(&*path).unwrap()), Some(path));
        }
        let own = format!("permit-{}\0x", std::process::id());
        for name in [own.clone(), format!("{own}{}", "a".repeat(MAX_SOCKET_PATH - 1 - own.len()))] {
            let abstract_name = SocketAddrUnix::new_abstract_name(name.as_bytes()).unwrap();
            assert_eq!(bound_to(&abstract_name), Some(format!("\0{name}")));
        }
        let picked = bound_to(&SocketAddrUnix::new_unnamed()).unwrap();
        assert!(picked.starts_with('\0') && picked.len() == 6, "{picked:?}");
        let unbound = UnixDatagram::unbound().unwrap();
        assert!(matches!(bound(unbound.as_raw_fd()), Some(Bound::Unix(path)) if path.is_empty()));
    }

    #[test]
    fn an_internet_socket_has_an_address_and_a_port() {
        for host in ["127.0.0.1", "::1"] {
            let Ok(server) = UdpSocket::bind((host, 0)) else { continue };
            let port = i32::from(server.local_addr().unwrap().port());
            let client = UdpSocket::bind((host, 0)).unwrap();
            assert_eq!(peer(client.as_raw_fd()), None);
            client.connect(server.local_addr().unwrap()).unwrap();
            assert_eq!(peer(client.as_raw_fd()), Some((host.to_owned(), port)));
            let name = bound(server.as_raw_fd());
            assert!(matches!(name, Some(Bound::Address(address, at)) if address == host && at == port));
        }
        let (one, _other) = UnixDatagram::pair().unwrap();
        assert_eq!(peer(one.as_raw_fd()), None);
        let file = std::fs::File::open("/proc/self/exe").unwrap();
        assert!(bound(file.as_raw_fd()).is_none() && bound(-1).is_none());
    }
}

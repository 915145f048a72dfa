//! Guards of name resolution: the names, the servers that are asked, and the addresses that names
//! resolved to.
//!
//! permit remembers the addresses that a resolver gives before the program sees them. It takes them
//! from the arguments of the native completion, because a program must not complete a request with
//! addresses of its own. So the resolver never gets the program's request. It gets a new request,
//! to which the program has no reference. The new request stands for the program's own wherever
//! Node shows requests (`async_hooks`, `process._getActiveRequests`).

use std::ffi::OsString;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};
use std::sync::{Arc, LazyLock, OnceLock};

use parking_lot::Mutex;

use crate::hooks::question::{Question, Stop};
use crate::hooks::tables::row::{HookSpec, Target};
use crate::js::call::{Call, Native};
use crate::js::env::{Env, HIDDEN};
use crate::js::value::{JsError, NOTHING, Value};
use crate::policy::resolved_names::ResolvedNames;
use crate::policy::{Endpoint, Resource, Scope, address};
use crate::process::variables::{STEERING, names_read};
use crate::system::environment::{self, Unreadable};
use crate::thread::refusal::Refusal;

/// One table for all threads. It holds facts; the policy of each thread decides what they allow.
static RESOLVED: LazyLock<Mutex<ResolvedNames>> = LazyLock::new(Mutex::default);

/// Returns the names that resolved to an address in this process.
pub fn names_of(address: IpAddr) -> Vec<Arc<str>> {
    RESOLVED.lock().names(address)
}

/// Remembers the variables that steer the resolver at the start. Only the first call counts.
pub fn remember_steering() {
    STEERING_AT_START.get_or_init(steering);
}

static STEERING_AT_START: OnceLock<Steering> = OnceLock::new();

type Steering = Result<Vec<Option<OsString>>, Unreadable>;

fn steering() -> Steering {
    environment::variables(&STEERING)
}

impl Question<'_> {
    /// Asks whether the name in an argument may be resolved. The resolver gets the form that was
    /// asked about. Returns the name if permit must remember its addresses.
    pub(crate) fn resolve(&mut self, row: &HookSpec, arg: usize) -> Result<Option<String>, Stop> {
        let spelled = self.text(arg);
        self.steered(&spelled)?;
        let believed = !matches!(row.target, Target::BindingClass(_, "ChannelWrap")) || self.servers()?;
        if let Some(address) = address::parse(&spelled) {
            let names = names_of(address);
            let endpoint = Endpoint::Address { address, port: 0, names: &names };
            self.thread.check(Scope::NetResolve, &Resource::Endpoint(endpoint), &spelled)?;
            return Ok(None);
        }
        let Some(name) = address::ascii_name(&spelled) else {
            self.whole(Scope::NetResolve, &spelled)?;
            return Ok(None);
        };
        self.thread.check(Scope::NetResolve, &Resource::Endpoint(Endpoint::Name(&name)), &spelled)?;
        if !spelled.is_ascii() && !self.thread.policy().has(Scope::NetResolve, &Resource::Nothing) {
            let ascii = self.call.env.string(&name)?;
            self.replace(arg, ascii)?;
        }
        Ok(Some(name).filter(|_| believed))
    }

    /// Asks about variables that steer the resolver and that the program has changed since the
    /// start. They lead names elsewhere, and some name a file that the resolver reads.
    fn steered(&self, spelled: &str) -> Result<(), Stop> {
        let steering = steering();
        if steering.is_ok() && STEERING_AT_START.get() == Some(&steering) {
            return Ok(());
        }
        self.thread.enforce(Scope::NetResolve, spelled, |policy| !policy.has(Scope::NetResolve, &Resource::Nothing))?;
        let before = STEERING_AT_START.get().and_then(|steering| steering.as_deref().ok()).unwrap_or_default();
        let now = steering.unwrap_or_default();
        for (at, name) in STEERING.iter().enumerate().filter(|(_, name)| names_read(name)) {
            let value = now.get(at).and_then(Option::as_ref).filter(|value| !value.is_empty());
            if let Some(value) = value.filter(|_| before.get(at) != now.get(at)) {
                self.named_path(value.as_encoded_bytes(), Scope::FsRead).map_err(|_| {
                    let value = value.to_string_lossy();
                    Refusal::of(Scope::FsRead, &format!("{name}={value}"))
                })?;
            }
        }
        Ok(())
    }

    /// As `resolve`, for a call that gives addresses. permit remembers them.
    pub(crate) fn addresses(&mut self, row: &HookSpec, request: usize, arg: usize) -> Result<(), Stop> {
        let Some(name) = self.resolve(row, arg)? else { return Ok(()) };
        let env = self.call.env;
        let Some(own) = self.arg(request).filter(|own| env.is_object(*own)) else { return Ok(()) };
        let handles = self.thread.primordials.handles;
        let class = if row.name == "getaddrinfo" { handles.address_request } else { handles.query_request };
        let hidden = env.construct(class.get(env)?, &[])?;
        for symbol in ["owner", "stands"] {
            env.define_key(hidden, handles.symbol(env, symbol)?, own, HIDDEN)?;
        }
        env.define(hidden, "request", own, HIDDEN)?;
        env.put(hidden, "hostname", env.string(&name)?)?;
        env.put(hidden, "oncomplete", handles.completed.get(env)?)?;
        self.replace(request, hidden)
    }

    /// Asks about the servers of a query's channel. The servers of the system are free. Any other
    /// server is a destination of its own.
    ///
    /// Returns true if permit believes their answers. The program itself may be behind an address
    /// of a range or a set, or behind one that is granted at any port. It could then resolve a
    /// granted name to any address. A grant of one address and port is deliberate.
    fn servers(&mut self) -> Result<bool, Stop> {
        let policy = self.thread.policy();
        if policy.has(Scope::NetConnect, &Resource::Nothing) {
            return Ok(true);
        }
        let mut believed = true;
        let audits = policy.audits();
        drop(policy);
        let env = self.call.env;
        let list = env.call(self.call.this, self.thread.primordials.handles.get_servers.get(env)?, &[])?;
        let own = system_servers();
        for index in 0..env.length(list)? {
            let pair = env.element(list, index)?;
            let server = env.as_string(env.element(pair, 0)?).ok_or(JsError)?;
            let port = env.as_i32(env.element(pair, 1)?);
            if address::full_form(&server).is_some_and(|server| port == Some(53) && own.contains(&server)) {
                continue;
            }
            self.address(Scope::NetConnect, &server, port)?;
            believed &= audits || self.grants_exact_endpoint(&server, port);
        }
        Ok(believed)
    }

    fn grants_exact_endpoint(&self, server: &str, port: Option<i32>) -> bool {
        let port = port.and_then(|port| u16::try_from(port).ok());
        let (Some(address), Some(port)) = (address::full_form(server), port) else { return false };
        let names = names_of(address);
        let endpoint = Endpoint::Address { address, port, names: &names };
        let policy = self.thread.policy();
        // On this machine, the program itself may answer at that port.
        let everywhere = [IpAddr::from(Ipv4Addr::UNSPECIFIED), IpAddr::from(Ipv6Addr::UNSPECIFIED)];
        let may_listen = |address: IpAddr, port: u16| {
            policy.allows(Scope::NetListen, &Resource::Endpoint(Endpoint::Address { address, port, names: &[] }))
        };
        // A server that started before the program dropped a grant still listens. Another thread
        // may listen, too.
        let has_less = self.thread.thread_policy().has_lost() || self.thread.thread_policy().is_given_less();
        let may_answer = || {
            is_of_this_machine(address)
                // The system may pick the port for a server at port 0.
                && (has_less || everywhere.into_iter().chain([address]).any(|at| may_listen(at, port) || may_listen(at, 0)))
        };
        policy.grants_exact_endpoint(&endpoint) && !may_answer()
    }
}

/// Returns true if a socket of this machine can have the address.
fn is_of_this_machine(address: IpAddr) -> bool {
    let is_another = UdpSocket::bind((address, 0)).is_err_and(|error| error.kind() == ErrorKind::AddrNotAvailable);
    address.is_loopback() || address.is_unspecified() || !is_another
}

/// Returns the name servers that the system is configured with.
fn system_servers() -> Vec<IpAddr> {
    let text = match std::fs::read_to_string("/etc/resolv.conf") {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        // The servers of the system are unknown.
        Err(_) => return Vec::new(),
    };
    let server = |line: &str| {
        let mut words = line.split_whitespace();
        (words.next() == Some("nameserver")).then(|| words.next().and_then(address::full_form)).flatten()
    };
    let servers: Vec<IpAddr> = text.lines().filter_map(server).collect();
    // Without a configured server, the resolver asks this machine.
    if servers.is_empty() { vec![IpAddr::from([127, 0, 0, 1])] } else { servers }
}

/// The native completion of permit's own request. Remembers the addresses, then completes the
/// program's request.
pub struct Completed;

impl Native for Completed {
    type Data = ();

    fn run<'env>(call: &'env Call<'env>, (): &'static ()) -> Value<'env> {
        let env = call.env;
        // An address that cannot be read is not remembered, and so it is refused. An exception of
        // the program is passed on.
        let _ = (|| {
            let name = env.as_string(env.get(call.this, "hostname")?).ok_or(JsError)?;
            // A variable that was set while the call waited may have led the name elsewhere.
            let is_steered = STEERING_AT_START.get() != Some(&steering());
            if let Some(answer) = call.arg(1).filter(|answer| !is_steered && env.is_array(*answer)) {
                let items = (0..env.length(answer)?).map(|index| address_in(env, env.element(answer, index)?));
                let found: Vec<Option<IpAddr>> = items.collect::<Result<_, JsError>>()?;
                let mut resolved = RESOLVED.lock();
                for address in found.into_iter().flatten() {
                    resolved.learn(&name, address);
                }
            }
            let own = env.get(call.this, "request")?;
            let complete = env.get(own, "oncomplete")?;
            if env.is_function(complete) { env.call(own, complete, call.args()).map(|_| ()) } else { Ok(()) }
        })();
        NOTHING
    }
}

/// Returns the address in one item of an answer. The item is a string, or a record of `resolveAny`.
fn address_in(env: Env<'_>, item: Value<'_>) -> Result<Option<IpAddr>, JsError> {
    if let Some(text) = env.as_string(item) {
        return Ok(address::full_form(&text));
    }
    if !env.is_object(item) || !matches!(env.as_string(env.get(item, "type")?).as_deref(), Some("A" | "AAAA")) {
        return Ok(None);
    }
    Ok(env.as_string(env.get(item, "address")?).and_then(|text| address::full_form(&text)))
}

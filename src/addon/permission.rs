//! `process.permission`: `has`, `drop` and `status`, with Node's answers and Node's argument
//! errors.

use std::borrow::Cow;

use napi::bindgen_prelude::ToNapiValue;
use napi::sys;
use napi_derive::napi;

use super::environment;
use crate::audit::log;
use crate::audit::metrics::{PolicyFacts, text};
use crate::hooks::guards::resolve;
use crate::js::call::{Call, Native};
use crate::js::env::{Bytes, Env, number_of};
use crate::js::owned::own;
use crate::js::value::{JsError, NOTHING, Persistent, Value};
use crate::policy::links::LastLink;
use crate::policy::net::{Host, HostGrant, Ports};
use crate::policy::path::Absolute;
use crate::policy::{Endpoint, Resource, Scope, ScopeKind};
use crate::process::threads;
use crate::system::files;
use crate::thread::thread::Thread;

/// The data of the functions of `process.permission`.
#[derive(Debug)]
pub struct Surface {
    thread: &'static Thread,
    /// `path.basename`, whose argument error describes the received value in Node's words.
    basename: Persistent,
    start_info: StartInfo,
}

/// The facts of the start, which do not change while the process runs.
#[derive(Debug, Clone, Default)]
pub struct StartInfo {
    /// The sources of the policy, in the order in which permit read them.
    pub sources: Vec<String>,
    /// The preloads that ran before permit, and so without a policy.
    pub unguarded_preloads: Vec<String>,
    /// The lines that permit printed: grants that have expired, grants that grant nothing by their
    /// spelling.
    pub notices: Vec<String>,
}

/// The layers that guard a thread.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct Layers {
    /// True if the functions of Node that reach the system ask the policy.
    pub hooks: bool,
    /// True if the kernel enforces the policy as well.
    pub kernel: bool,
}

/// The policy of this thread, and how the process started.
#[napi(object, object_from_js = false)]
#[derive(Debug)]
pub struct Status {
    /// Whether a call that the policy does not allow is refused, or only recorded.
    #[napi(ts_type = "'enforce' | 'audit'")]
    pub mode: &'static str,
    /// The target of records: an absolute path, or `stderr`. Absent without `--audit-log`.
    pub audit_log: Option<String>,
    /// The number of calls that this process has recorded.
    pub records: f64,
    /// The number of records that found no room in the log.
    pub records_dropped: f64,
    /// The layers that guard the thread.
    pub layers: Layers,
    /// SHA-256 of the policy as it stands, drops included.
    pub policy_hash: String,
    /// The sources of the policy, in the order in which permit read them.
    pub sources: Vec<String>,
    /// The preloads that ran before permit, and so without a policy.
    pub unguarded_preloads: Vec<String>,
    /// The lines that permit printed at start: grants that have expired, grants that grant nothing
    /// by their spelling.
    pub notices: Vec<String>,
}

/// Makes `process.permission`.
pub fn define(thread: &'static Thread, basename: Persistent, start_info: StartInfo) -> Result<Value<'static>, JsError> {
    let env = thread.env();
    let surface = own(Surface { thread, basename, start_info });
    let permission = env.object()?;
    let functions = [
        ("has", 2.0, env.native::<Has>("has", surface)?),
        ("drop", 2.0, env.native::<DropScope>("drop", surface)?),
        ("status", 0.0, env.native::<GetStatus>("status", surface)?),
        ("metrics", 0.0, env.native::<Metrics>("metrics", surface)?),
    ];
    for (name, length, function) in functions {
        env.define(function, "length", env.number(length)?, sys::PropertyAttributes::configurable)?;
        env.put(permission, name, function)?;
    }
    let process = thread.primordials.process.get(env)?;
    env.define(process, "permission", permission, sys::PropertyAttributes::enumerable)?;
    Ok(permission)
}

/// The second argument, as the program gave it.
#[derive(Clone, Copy)]
enum Reference<'b> {
    Absent,
    Null,
    Bytes(&'b [u8]),
}

impl Reference<'_> {
    /// Returns the resource in a message, or `None` for a reference that no grant can name: Node
    /// publishes nothing then.
    fn as_asked(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Absent => Some("".into()),
            Self::Null | Self::Bytes([]) => None,
            Self::Bytes(bytes) => Some(String::from_utf8_lossy(bytes)),
        }
    }
}

impl Surface {
    /// Reads `(scope, reference)`, or throws Node's error for an argument of a wrong type. `bytes`
    /// gets the bytes of the reference.
    fn read<'b>(&self, call: &Call<'_>, bytes: &'b mut Bytes) -> Result<(Option<Scope>, Reference<'b>), JsError> {
        let env = call.env;
        let mut name = Bytes::new();
        if !call.arg(0).is_some_and(|value| env.read_string(value, &mut name)) {
            return Err(self.refuse_type(env, "scope", call.arg(0)));
        }
        // N-API writes valid UTF-8.
        let name = std::str::from_utf8(&name).map_err(|_| JsError)?;
        let reference = self.reference(call, name, bytes)?;
        Ok((Scope::parse(name), reference))
    }

    fn reference<'b>(&self, call: &Call<'_>, scope: &str, bytes: &'b mut Bytes) -> Result<Reference<'b>, JsError> {
        let env = call.env;
        let Some(value) = call.arg(1) else { return Ok(Reference::Absent) };
        if env.read_string(value, bytes) {
            return Ok(Reference::Bytes(bytes));
        }
        match env.type_of(value)? {
            sys::ValueType::napi_undefined => return Ok(Reference::Absent),
            sys::ValueType::napi_null => return Ok(Reference::Null),
            _ => {}
        }
        if let Some(copy) = env.uint8_array(value) {
            bytes.extend_from_slice(&copy);
            return Ok(Reference::Bytes(bytes));
        }
        if env.is_object(value) && self.is_url(env, value)? {
            let text = if scope.starts_with("fs") {
                self.thread.primordials.path_of_url(value)?
            } else {
                env.get(value, "href")?
            };
            if env.read_string(text, bytes) {
                return Ok(Reference::Bytes(bytes));
            }
        }
        Err(self.refuse_type(env, "reference", Some(value)))
    }

    /// Returns true if Node takes the value for a URL, by Node's own test.
    fn is_url(&self, env: Env<'_>, value: Value<'_>) -> Result<bool, JsError> {
        let truthy = |name: &str| -> Result<bool, JsError> {
            Ok(env.as_string(env.get(value, name)?).is_some_and(|text| !text.is_empty()))
        };
        let absent = |name: &str| -> Result<bool, JsError> { Ok(env.is_undefined(env.get(value, name)?)) };
        let _ = self;
        Ok(truthy("href")? && truthy("protocol")? && absent("auth")? && absent("path")?)
    }

    /// Throws `ERR_INVALID_ARG_TYPE` in the words of the running Node.
    fn refuse_type(&self, env: Env<'_>, argument: &str, value: Option<Value<'_>>) -> JsError {
        let thrown = (|| {
            let value = match value {
                Some(value) => value,
                None => env.undefined()?,
            };
            let basename = self.basename.get(env)?;
            let _ = env.call_plain(basename, &[value]);
            let error = env.take_exception().ok_or(JsError)?;
            let message = env.as_string(env.get(error, "message")?).ok_or(JsError)?;
            env.type_error("ERR_INVALID_ARG_TYPE", &message.replacen("\"path\"", &format!("\"{argument}\""), 1))
        })();
        if let Ok(error) = thrown {
            env.throw(error);
        }
        JsError
    }
}

/// Turns the bytes of a reference into a resource of the kind of its scope, and calls `then` with
/// it, or with `None` if no grant can name it.
fn with_resource<T>(scope: Scope, bytes: &[u8], then: impl FnOnce(Option<&Resource<'_>>) -> T) -> T {
    let text = String::from_utf8_lossy(bytes);
    match scope.kind() {
        ScopeKind::Path => match Absolute::resolve(bytes, files::working_directory) {
            Ok(path) => then(Some(&Resource::Path(path))),
            Err(_) => then(None),
        },
        ScopeKind::Host => {
            let here = files::working_directory().unwrap_or_else(|| b"/".to_vec());
            match HostGrant::parse_list(&text, scope == Scope::NetListen) {
                Ok(hosts) => {
                    let hosts: Vec<HostGrant> = hosts.into_iter().map(|host| host.based(&here)).collect();
                    then(Some(&Resource::Hosts(&hosts)))
                }
                // As in Node, a reference that is no host stands for the whole scope.
                Err(_) => then(Some(&Resource::Nothing)),
            }
        }
        ScopeKind::Program | ScopeKind::Name | ScopeKind::Switch => then(Some(&Resource::Name(&text))),
    }
}

/// Returns true if a host is granted. One address at some ports is answered as a call would be: the
/// names that it was resolved from count.
fn has_host(thread: &Thread, scope: Scope, host: &HostGrant) -> bool {
    let policy = thread.policy();
    let (&Host::Address(address), Ports::These(ports)) = (&host.host, &host.ports) else {
        return policy.has(scope, &Resource::Hosts(std::slice::from_ref(host)));
    };
    let names = resolve::names_of(address);
    let endpoint = |port| Resource::Endpoint(Endpoint::Address { address, port, names: &names });
    ports.iter().all(|&port| policy.has(scope, &endpoint(port)))
}

struct Has;

impl Native for Has {
    type Data = Surface;

    fn run<'env>(call: &'env Call<'env>, surface: &'static Surface) -> Value<'env> {
        let mut bytes = Bytes::new();
        let Ok((scope, reference)) = surface.read(call, &mut bytes) else { return NOTHING };
        let has = |scope, resource: &Resource<'_>| match resource {
            Resource::Hosts(hosts) => hosts.iter().all(|host| has_host(surface.thread, scope, host)),
            resource => surface.thread.policy().has(scope, resource),
        };
        let answer = match (scope, reference) {
            (None, _) | (_, Reference::Null | Reference::Bytes([])) => false,
            (Some(scope), Reference::Absent) => has(scope, &Resource::Nothing),
            // As in a call, the target of the path counts.
            (Some(scope), Reference::Bytes(bytes)) if scope.kind() == ScopeKind::Path && scope != Scope::Fs => {
                surface.thread.allows_path(scope, bytes)
            }
            (Some(scope), Reference::Bytes(bytes)) => {
                with_resource(scope, bytes, |resource| resource.is_some_and(|resource| has(scope, resource)))
            }
        };
        if let (false, Some(scope)) = (answer, scope)
            && let Some(resource) = reference.as_asked()
        {
            surface.thread.reporting.channels.publish_refusal(call.env, scope, &resource);
        }
        call.env.boolean(answer).unwrap_or(NOTHING)
    }
}

struct DropScope;

impl Native for DropScope {
    type Data = Surface;

    fn run<'env>(call: &'env Call<'env>, surface: &'static Surface) -> Value<'env> {
        let mut bytes = Bytes::new();
        let Ok((Some(scope), reference)) = surface.read(call, &mut bytes) else { return NOTHING };
        let held = surface.thread.decisions.thread_policy();
        match reference {
            // A star stands for the whole scope. Node drops all addons, whatever the reference
            // says.
            Reference::Bytes(bytes) if !bytes.is_empty() && bytes != b"*" && scope != Scope::Addon => {
                with_resource(scope, bytes, |resource| {
                    // If no grant can name the resource, there is nothing to drop.
                    if let Some(resource) = resource {
                        threads::drop_below(held, scope, resource);
                    }
                });
                drop_behind_dots(surface.thread, scope, bytes);
            }
            _ => threads::drop_below(held, scope, &Resource::Nothing),
        }
        surface.thread.reporting.channels.publish_drop(call.env, scope, &reference.as_asked().unwrap_or_default());
        if scope == Scope::Env && environment::settle(surface.thread).is_err() {
            // The program must not go on and read a variable that it gave up.
            match call.env.take_exception() {
                Some(exception) => call.env.throw(exception),
                None => std::process::abort(),
            }
        }
        NOTHING
    }
}

/// Drops the real path too, if the path has `..`: behind a link, that is not the lexical parent.
fn drop_behind_dots(thread: &Thread, scope: Scope, path: &[u8]) {
    if scope.kind() == ScopeKind::Path
        && path.split(|&byte| byte == b'/').any(|name| name == b"..")
        && let Some(real) = thread.decisions.real_path(path, LastLink::Follow)
        && let Ok(real) = Absolute::resolve(&real, || None::<&[u8]>)
    {
        threads::drop_below(thread.decisions.thread_policy(), scope, &Resource::Path(real));
    }
}

struct GetStatus;

impl Native for GetStatus {
    type Data = Surface;

    fn run<'env>(call: &'env Call<'env>, surface: &'static Surface) -> Value<'env> {
        let StartInfo { sources, unguarded_preloads, notices } = surface.start_info.clone();
        let (records, dropped) = log::counts();
        let status = Status {
            mode: surface.thread.policy().mode().name(),
            audit_log: log::target().map(|target| match target {
                log::LogTarget::File(path) => path.display().to_string(),
                log::LogTarget::Stderr => "stderr".to_owned(),
            }),
            records: number_of(records),
            records_dropped: number_of(dropped),
            layers: Layers { hooks: true, kernel: false },
            policy_hash: surface.thread.policy().hash(),
            sources,
            unguarded_preloads,
            notices,
        };
        // SAFETY: the environment is the one of the running callback, and the value was made in its
        // handle scope.
        unsafe { Status::to_napi_value(call.env.raw(), status).map_or(NOTHING, |value| Value::from_raw(value)) }
    }
}

struct Metrics;

impl Native for Metrics {
    type Data = Surface;

    fn run<'env>(call: &'env Call<'env>, surface: &'static Surface) -> Value<'env> {
        let (records, dropped) = log::counts();
        let mode = surface.thread.policy().mode().name();
        let facts = PolicyFacts { mode, policy_hash: &surface.thread.reporting.gauges.policy_hash(), records, dropped };
        call.env.string(&text(&threads::counts(), &facts)).unwrap_or(NOTHING)
    }
}

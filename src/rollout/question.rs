//! Splits a question (`net.connect api.example.com:443`) into the checks of a call.
//!
//! A call checks a path and the path behind its links. It resolves a host name before it connects.
//! A worker reads its script. Each of these is a [`Facet`]. A policy allows the call if it allows
//! every facet.

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{RolloutError, Special, World, lossy};
use crate::policy::links::{Entry, LastLink, Links, Resolution, walk};
use crate::policy::net::{Host, HostGrant, Ports};
use crate::policy::shell_words;
use crate::policy::{Absolute, Endpoint, PathError, Policy, Resource, Scope, ScopeKind};

/// One check of a call.
#[derive(Clone, Debug)]
pub struct Facet {
    /// The scope.
    pub scope: Scope,
    /// The resource, as the policy names it; empty for the whole scope.
    pub about: String,
    /// The role in the question.
    pub role: Role,
    pub(super) asks: FacetSubject,
}

/// The role of a facet in its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The question itself.
    Itself,
    /// The path behind links.
    Behind,
    /// A further check of the same call.
    Also,
}

#[derive(Clone, Debug)]
pub(super) enum FacetSubject {
    Whole,
    Path(Absolute<'static>),
    /// The path behind links, which may be used by the granted name of the link.
    Behind(Absolute<'static>),
    Name(String),
    HostName(String),
    Address(IpAddr, u16),
    Socket(String, Option<String>),
    Hosts(Vec<HostGrant>),
    Program {
        file: String,
        real: Option<String>,
        arguments: Vec<String>,
    },
    Special(Special),
}

/// Where a path leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathWalk {
    /// The absolute path.
    pub path: String,
    /// The path behind its links, if that is another.
    pub leads_to: Option<String>,
    /// The links on the way: the path and the text of each.
    pub links: Vec<(String, String)>,
}

/// A question, split into facets.
#[derive(Clone, Debug)]
pub struct PolicyQuestion {
    /// The checks of the call.
    pub facets: Vec<Facet>,
    /// Where the path of the question leads.
    pub way: Option<PathWalk>,
    /// The ports that a server binds.
    pub ports: Vec<u16>,
}

impl Facet {
    fn new(scope: Scope, role: Role, about: impl Into<String>, asks: FacetSubject) -> Self {
        Self { scope, role, about: about.into(), asks }
    }

    /// Calls `then` with the resource.
    pub(super) fn with_resource<T>(&self, then: impl FnOnce(&Resource<'_>) -> T) -> T {
        match &self.asks {
            FacetSubject::Whole | FacetSubject::Special(_) => then(&Resource::Nothing),
            FacetSubject::Path(path) | FacetSubject::Behind(path) => then(&Resource::Path(path.clone())),
            FacetSubject::Name(name) => then(&Resource::Name(name)),
            FacetSubject::HostName(name) => then(&Resource::Endpoint(Endpoint::Name(name))),
            &FacetSubject::Address(address, port) => {
                then(&Resource::Endpoint(Endpoint::Address { address, port, names: &[] }))
            }
            FacetSubject::Socket(path, real) => {
                then(&Resource::Endpoint(Endpoint::Unix { path, real: real.as_deref() }))
            }
            FacetSubject::Hosts(hosts) => then(&Resource::Hosts(hosts)),
            FacetSubject::Program { file, real, arguments } => {
                then(&Resource::Program { file, real: real.as_deref(), arguments })
            }
        }
    }

    /// Returns true if a policy allows the facet.
    #[must_use]
    pub fn allowed(&self, policy: &Policy) -> bool {
        match &self.asks {
            FacetSubject::Behind(real) => policy.allows_behind_links(self.scope, real),
            FacetSubject::Special(Special::Memory) => false,
            FacetSubject::Special(Special::Environment) => policy.has(Scope::Env, &Resource::Nothing),
            // If the policy allows all programs, a call does not look for the file.
            FacetSubject::Program { file, arguments, .. } if policy.has(self.scope, &Resource::Nothing) => {
                policy.allows(self.scope, &Resource::Program { file, real: None, arguments })
            }
            _ => self.with_resource(|resource| policy.allows(self.scope, resource)),
        }
    }

    /// Returns the smallest flag that allows the facet, or `None` if no flag does.
    #[must_use]
    pub fn smallest_flag(&self, policy: &Policy) -> Option<String> {
        let flag = self.scope.flag();
        match &self.asks {
            FacetSubject::HostName(name) => Some(format!("{flag}={name}")),
            &FacetSubject::Address(address, _) if self.scope == Scope::NetResolve => Some(format!("{flag}={address}")),
            FacetSubject::Socket(path, _) if !path.contains(',') => Some(format!("{flag}=unix:{path}")),
            FacetSubject::Address(..) => Some(format!("{flag}={}", self.about)),
            FacetSubject::Hosts(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                Some(format!("{flag}={}", items.join(",")))
            }
            // A flag cannot say this command alone, because `*` would be a wildcard.
            FacetSubject::Program { file, arguments, .. } if arguments.iter().any(|word| word.contains('*')) => {
                Some(format!("{flag}={}", shell_words::quote(file)))
            }
            FacetSubject::Program { file, arguments, .. } if !arguments.is_empty() => {
                let words: Vec<String> =
                    std::iter::once(file).chain(arguments).map(|word| shell_words::quote(word)).collect();
                Some(format!("{flag}={}", words.join(" ")))
            }
            _ => self.with_resource(|resource| policy.refusal(self.scope, resource, "").grant),
        }
    }

    /// Returns true if a denial refuses the facet.
    #[must_use]
    pub fn withheld(&self, policy: &Policy) -> bool {
        !matches!(self.asks, FacetSubject::Special(_))
            && self.with_resource(|resource| policy.withholds(self.scope, resource))
    }
}

/// Splits a question into facets.
///
/// # Errors
/// [`RolloutError`] if no call could ask for the resource.
pub fn take_apart(
    scope: Scope,
    resource: Option<&str>,
    world: &dyn World,
    cwd: &[u8],
) -> Result<PolicyQuestion, RolloutError> {
    let mut asked = PolicyQuestion { facets: Vec::new(), way: None, ports: Vec::new() };
    let Some(text) = resource else {
        let parts: Vec<Scope> = Scope::ALL.iter().copied().filter(|part| part.parent() == Some(scope)).collect();
        let parts = if parts.is_empty() { vec![scope] } else { parts };
        asked.facets =
            parts.into_iter().map(|scope| Facet::new(scope, Role::Itself, "", FacetSubject::Whole)).collect();
        return Ok(asked);
    };
    if text.is_empty() || text.contains('\0') {
        return Err(RolloutError::NoResource { found: text.to_owned() });
    }
    match scope.kind() {
        _ if scope == Scope::Fs => {
            asked.path(Scope::FsRead, text, Role::Itself, world, cwd)?;
            asked.path(Scope::FsWrite, text, Role::Itself, world, cwd)?;
        }
        ScopeKind::Path => asked.path(scope, text, Role::Itself, world, cwd)?,
        ScopeKind::Host => asked.hosts(scope, text, world, cwd)?,
        ScopeKind::Program => asked.program(text, world, cwd)?,
        ScopeKind::Name => {
            asked.facets.push(Facet::new(scope, Role::Itself, text, FacetSubject::Name(text.to_owned())));
        }
        ScopeKind::Switch => {
            asked.facets.push(Facet::new(scope, Role::Itself, "", FacetSubject::Whole));
            if scope == Scope::Worker {
                asked.path(Scope::FsRead, text, Role::Also, world, cwd)?;
            }
        }
    }
    Ok(asked)
}

impl PolicyQuestion {
    fn path(
        &mut self,
        scope: Scope,
        text: &str,
        role: Role,
        world: &dyn World,
        cwd: &[u8],
    ) -> Result<(), RolloutError> {
        let path = Absolute::resolve(text.as_bytes(), || Some(cwd)).map_err(|reason| bad_path(text, reason))?;
        let path = path.into_owned();
        let name = lossy(path.bytes());
        let recorder = LinkRecorder { links: world, seen: RefCell::default() };
        let leads = walk(&recorder, cwd, text.as_bytes(), LastLink::Follow);
        let mut way = PathWalk { path: name.clone(), leads_to: None, links: recorder.seen.into_inner() };
        self.facets.push(Facet::new(scope, role, name, FacetSubject::Path(path.clone())));
        match leads {
            Resolution::To(real) => {
                let special = world.special(&real).filter(|special| match special {
                    Special::Memory => scope == Scope::FsWrite,
                    Special::Environment => scope == Scope::FsRead,
                });
                if let Some(special) = special {
                    self.facets.push(Facet::new(scope, Role::Behind, lossy(&real), FacetSubject::Special(special)));
                }
                let real =
                    Absolute::resolve(&real, || None::<&[u8]>).map_err(|reason| bad_path(&lossy(&real), reason))?;
                let real = real.into_owned();
                if real != path {
                    way.leads_to = Some(lossy(real.bytes()));
                    let about = lossy(real.bytes());
                    self.facets.push(Facet::new(scope, Role::Behind, about, FacetSubject::Behind(real)));
                }
            }
            // The call fails by itself.
            Resolution::Nowhere | Resolution::Pathless => {}
            Resolution::Closed if text.starts_with('/') => {}
            Resolution::Closed | Resolution::Unknown => {
                self.facets.push(Facet::new(scope, Role::Behind, "", FacetSubject::Whole));
            }
        }
        self.way = Some(way);
        Ok(())
    }

    fn hosts(&mut self, scope: Scope, text: &str, world: &dyn World, cwd: &[u8]) -> Result<(), RolloutError> {
        let listening = scope == Scope::NetListen;
        let is_port = listening && text.bytes().all(|byte| byte.is_ascii_digit());
        let text = if is_port { format!(":{text}") } else { text.to_owned() };
        let items = HostGrant::parse_list(&text, listening)?;
        let scope = if scope == Scope::Net { Scope::NetConnect } else { scope };
        for item in items {
            let item = item.based(cwd);
            if listening && let Ports::These(ports) = &item.ports {
                self.ports.extend(ports);
            }
            self.host(scope, &item, world);
        }
        Ok(())
    }

    fn host(&mut self, scope: Scope, item: &HostGrant, world: &dyn World) {
        let mut ask = |scope, role, about: String, asks| self.facets.push(Facet::new(scope, role, about, asks));
        match (&item.host, &item.ports) {
            (Host::Name(name), _) if scope == Scope::NetResolve => {
                ask(scope, Role::Itself, name.clone(), FacetSubject::HostName(name.clone()));
            }
            // The addresses of `localhost` are known. Those of other names are known only during
            // the call.
            (Host::Name(name), Ports::These(ports)) if scope == Scope::NetListen && name == "localhost" => {
                ask(Scope::NetResolve, Role::Also, name.clone(), FacetSubject::HostName(name.clone()));
                let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
                for &port in ports {
                    ask(scope, Role::Itself, format!("{address}:{port}"), FacetSubject::Address(address, port));
                }
            }
            (Host::Name(name), _) => {
                ask(Scope::NetResolve, Role::Also, name.clone(), FacetSubject::HostName(name.clone()));
                ask(scope, Role::Itself, item.to_string(), FacetSubject::Hosts(vec![item.clone()]));
            }
            (&Host::Address(address), Ports::Any) if scope == Scope::NetResolve => {
                ask(scope, Role::Itself, address.to_string(), FacetSubject::Address(address, 0));
            }
            (&Host::Address(address), Ports::These(ports)) => {
                for &port in ports {
                    let one = HostGrant { host: item.host.clone(), ports: Ports::These(vec![port]) };
                    ask(scope, Role::Itself, one.to_string(), FacetSubject::Address(address, port));
                }
            }
            // A server without a host listens at every address.
            (Host::Any, Ports::These(ports)) if scope == Scope::NetListen => {
                for &port in ports {
                    let everywhere = Ipv6Addr::UNSPECIFIED.into();
                    ask(scope, Role::Itself, format!(":{port}"), FacetSubject::Address(everywhere, port));
                }
            }
            (Host::Unix(path), _) if scope != Scope::NetResolve => {
                let real = match walk(world, b"/", path.as_bytes(), LastLink::Follow) {
                    Resolution::To(real) if !path.starts_with('@') => String::from_utf8(real).ok(),
                    _ => None,
                };
                let real = real.filter(|real| real != path);
                ask(scope, Role::Itself, format!("unix:{path}"), FacetSubject::Socket(path.clone(), real));
            }
            _ => ask(scope, Role::Itself, item.to_string(), FacetSubject::Hosts(vec![item.clone()])),
        }
    }

    fn program(&mut self, text: &str, world: &dyn World, cwd: &[u8]) -> Result<(), RolloutError> {
        let wrong = |reason: &str| RolloutError::Command { found: text.to_owned(), reason: reason.to_owned() };
        let words = shell_words::split(text.as_bytes()).map_err(|error| wrong(&error.to_string()))?;
        let mut words = words.into_iter().map(|word| lossy(&word));
        let file = words.next().ok_or_else(|| wrong("is empty"))?;
        let arguments: Vec<String> = words.collect();
        let (file, found) = if file.contains('/') {
            let path = Absolute::resolve(file.as_bytes(), || Some(cwd)).map_err(|error| wrong(&error.to_string()))?;
            let written =
                if file.starts_with('/') { file.clone().into_bytes() } else { [cwd, b"/", file.as_bytes()].concat() };
            (lossy(path.bytes()), Some(written))
        } else {
            let found = world.program(&file);
            (file, found)
        };
        let real = found.and_then(|found| world.real_path(&found)).map(|real| lossy(&real));
        self.facets.push(Facet::new(Scope::Child, Role::Itself, text, FacetSubject::Program { file, real, arguments }));
        Ok(())
    }
}

fn bad_path(found: &str, reason: PathError) -> RolloutError {
    RolloutError::Path { found: found.to_owned(), reason }
}

/// Records the links on the way of a walk.
struct LinkRecorder<'w> {
    links: &'w dyn World,
    seen: RefCell<Vec<(String, String)>>,
}

impl Links for LinkRecorder<'_> {
    fn at(&self, path: &[u8]) -> Entry {
        let stands = self.links.at(path);
        if let Entry::Link(text) = &stands {
            self.seen.borrow_mut().push((lossy(path), lossy(text)));
        }
        stands
    }
}

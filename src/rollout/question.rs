//! A question as a person asks it (`net.connect api.example.com:443`), taken apart into what a call would be asked for.
//!
//! A path is asked about by its name and by what it leads to, a name that is connected to is resolved first, a worker's
//! script is read. Each of these is a [`Facet`], and a call goes through only if all of them are allowed.

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Special, World};
use crate::policy::links::{Entry, LastLink, Links, Resolution, walk};
use crate::policy::net::{Host, HostGrant, Ports};
use crate::policy::shell_words;
use crate::policy::{Absolute, Endpoint, Policy, Resource, Scope, ScopeKind};

/// One thing that is asked of a policy.
#[derive(Clone, Debug)]
pub struct Facet {
    /// The scope.
    pub scope: Scope,
    /// What it is asked about, as the policy sees it; empty for the whole scope.
    pub about: String,
    /// What this is to the question.
    pub role: Role,
    pub(super) asks: Asks,
}

/// What a facet is to its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The question itself.
    Itself,
    /// What the path leads to.
    Behind,
    /// What has to be allowed as well.
    Also,
}

#[derive(Clone, Debug)]
pub(super) enum Asks {
    Whole,
    Path(Absolute<'static>),
    /// What a path leads to that may be used by its name.
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

/// Where a path leads, for the one who asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// The path in its absolute, normal form.
    pub path: String,
    /// What it leads to, if that is another.
    pub leads_to: Option<String>,
    /// The links on the way: where each stands, and its text.
    pub links: Vec<(String, String)>,
}

/// A question, taken apart.
#[derive(Clone, Debug)]
pub struct Question {
    /// All that has to be allowed.
    pub facets: Vec<Facet>,
    /// Of a path.
    pub way: Option<Way>,
    /// The ports that a server asks for.
    pub ports: Vec<u16>,
}

impl Facet {
    fn new(scope: Scope, role: Role, about: impl Into<String>, asks: Asks) -> Self {
        Self { scope, role, about: about.into(), asks }
    }

    /// Hands what is asked on in the words of the policy.
    pub(super) fn with<T>(&self, then: impl FnOnce(&Resource<'_>) -> T) -> T {
        match &self.asks {
            Asks::Whole | Asks::Special(_) => then(&Resource::Nothing),
            Asks::Path(path) | Asks::Behind(path) => then(&Resource::Path(path.clone())),
            Asks::Name(name) => then(&Resource::Name(name)),
            Asks::HostName(name) => then(&Resource::Endpoint(Endpoint::Name(name))),
            &Asks::Address(address, port) => then(&Resource::Endpoint(Endpoint::Address { address, port, names: &[] })),
            Asks::Socket(path, real) => then(&Resource::Endpoint(Endpoint::Unix { path, real: real.as_deref() })),
            Asks::Hosts(hosts) => then(&Resource::Hosts(hosts)),
            Asks::Program { file, real, arguments } => {
                then(&Resource::Program { file, real: real.as_deref(), arguments })
            }
        }
    }

    /// Whether a policy allows it.
    #[must_use]
    pub fn allowed(&self, policy: &Policy) -> bool {
        match &self.asks {
            Asks::Behind(real) => policy.allows_behind_links(self.scope, real),
            Asks::Special(Special::Memory) => false,
            Asks::Special(Special::Environment) => policy.has(Scope::Env, &Resource::Nothing),
            // Where programs are not told apart, nobody looks where they are.
            Asks::Program { file, arguments, .. } if policy.has(self.scope, &Resource::Nothing) => {
                policy.allows(self.scope, &Resource::Program { file, real: None, arguments })
            }
            _ => self.with(|resource| policy.allows(self.scope, resource)),
        }
    }

    /// The smallest flag that would let it through; `None` if that cannot be said in a flag.
    #[must_use]
    pub fn smallest_flag(&self, policy: &Policy) -> Option<String> {
        let flag = self.scope.flag();
        match &self.asks {
            Asks::HostName(name) => Some(format!("{flag}={name}")),
            &Asks::Address(address, _) if self.scope == Scope::NetResolve => Some(format!("{flag}={address}")),
            Asks::Socket(path, _) if !path.contains(',') => Some(format!("{flag}=unix:{path}")),
            Asks::Address(..) => Some(format!("{flag}={}", self.about)),
            Asks::Hosts(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                Some(format!("{flag}={}", items.join(",")))
            }
            // The command itself, and no other of the program.
            Asks::Program { file, arguments, .. } if arguments.iter().any(|word| word.contains('*')) => {
                Some(format!("{flag}={}", shell_words::quote(file)))
            }
            Asks::Program { file, arguments, .. } if !arguments.is_empty() => {
                let words: Vec<String> =
                    std::iter::once(file).chain(arguments).map(|word| shell_words::quote(word)).collect();
                Some(format!("{flag}={}", words.join(" ")))
            }
            _ => self.with(|resource| policy.refusal(self.scope, resource, "").grant),
        }
    }

    /// Whether a denial stands in the way.
    #[must_use]
    pub fn withheld(&self, policy: &Policy) -> bool {
        !matches!(self.asks, Asks::Special(_)) && self.with(|resource| policy.withholds(self.scope, resource))
    }
}

/// Takes a question apart.
///
/// # Errors
/// One line that says what of it cannot be asked.
pub fn take_apart(scope: Scope, resource: Option<&str>, world: &dyn World, cwd: &[u8]) -> Result<Question, String> {
    let mut asked = Question { facets: Vec::new(), way: None, ports: Vec::new() };
    let Some(text) = resource else {
        let parts: Vec<Scope> = Scope::ALL.iter().copied().filter(|part| part.parent() == Some(scope)).collect();
        let parts = if parts.is_empty() { vec![scope] } else { parts };
        asked.facets = parts.into_iter().map(|scope| Facet::new(scope, Role::Itself, "", Asks::Whole)).collect();
        return Ok(asked);
    };
    if text.is_empty() || text.contains('\0') {
        return Err(format!("{text:?} is no resource; leave it out to ask for the whole scope"));
    }
    match scope.kind() {
        _ if scope == Scope::Fs => {
            asked.path(Scope::FsRead, text, Role::Itself, world, cwd)?;
            asked.path(Scope::FsWrite, text, Role::Itself, world, cwd)?;
        }
        ScopeKind::Path => asked.path(scope, text, Role::Itself, world, cwd)?,
        ScopeKind::Host => asked.hosts(scope, text, world, cwd)?,
        ScopeKind::Program => asked.program(text, world, cwd)?,
        ScopeKind::Name => asked.facets.push(Facet::new(scope, Role::Itself, text, Asks::Name(text.to_owned()))),
        ScopeKind::Switch => {
            asked.facets.push(Facet::new(scope, Role::Itself, "", Asks::Whole));
            if scope == Scope::Worker {
                asked.path(Scope::FsRead, text, Role::Also, world, cwd)?;
            }
        }
    }
    Ok(asked)
}

impl Question {
    fn path(&mut self, scope: Scope, text: &str, role: Role, world: &dyn World, cwd: &[u8]) -> Result<(), String> {
        let path = Absolute::resolve(text.as_bytes(), || Some(cwd)).map_err(|error| format!("{text:?} {error}"))?;
        let path = path.into_owned();
        let name = lossy(path.bytes());
        let remembering = Remembering { links: world, seen: RefCell::default() };
        let leads = walk(&remembering, cwd, text.as_bytes(), LastLink::Follow);
        let mut way = Way { path: name.clone(), leads_to: None, links: remembering.seen.into_inner() };
        self.facets.push(Facet::new(scope, role, name, Asks::Path(path.clone())));
        match leads {
            Resolution::To(real) => {
                let special = world.special(&real).filter(|special| match special {
                    Special::Memory => scope == Scope::FsWrite,
                    Special::Environment => scope == Scope::FsRead,
                });
                if let Some(special) = special {
                    self.facets.push(Facet::new(scope, Role::Behind, lossy(&real), Asks::Special(special)));
                }
                let real = Absolute::resolve(&real, || None::<&[u8]>).map_err(|error| error.to_string())?.into_owned();
                if real != path {
                    way.leads_to = Some(lossy(real.bytes()));
                    let about = lossy(real.bytes());
                    self.facets.push(Facet::new(scope, Role::Behind, about, Asks::Behind(real)));
                }
            }
            // The system itself says so when it is used.
            Resolution::Nowhere | Resolution::Pathless => {}
            Resolution::Closed if text.starts_with('/') => {}
            Resolution::Closed | Resolution::Unknown => {
                self.facets.push(Facet::new(scope, Role::Behind, "", Asks::Whole));
            }
        }
        self.way = Some(way);
        Ok(())
    }

    fn hosts(&mut self, scope: Scope, text: &str, world: &dyn World, cwd: &[u8]) -> Result<(), String> {
        let listening = scope == Scope::NetListen;
        let is_port = listening && text.bytes().all(|byte| byte.is_ascii_digit());
        let text = if is_port { format!(":{text}") } else { text.to_owned() };
        let items = HostGrant::parse_list(&text, listening).map_err(|error| error.to_string())?;
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
                ask(scope, Role::Itself, name.clone(), Asks::HostName(name.clone()));
            }
            // Where `localhost` leads is known; where other names do is found out by the call.
            (Host::Name(name), Ports::These(ports)) if scope == Scope::NetListen && name == "localhost" => {
                ask(Scope::NetResolve, Role::Also, name.clone(), Asks::HostName(name.clone()));
                let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
                for &port in ports {
                    ask(scope, Role::Itself, format!("{address}:{port}"), Asks::Address(address, port));
                }
            }
            (Host::Name(name), _) => {
                ask(Scope::NetResolve, Role::Also, name.clone(), Asks::HostName(name.clone()));
                ask(scope, Role::Itself, item.to_string(), Asks::Hosts(vec![item.clone()]));
            }
            (&Host::Address(address), Ports::Any) if scope == Scope::NetResolve => {
                ask(scope, Role::Itself, address.to_string(), Asks::Address(address, 0));
            }
            (&Host::Address(address), Ports::These(ports)) => {
                for &port in ports {
                    let one = HostGrant { host: item.host.clone(), ports: Ports::These(vec![port]) };
                    ask(scope, Role::Itself, one.to_string(), Asks::Address(address, port));
                }
            }
            // A server without a host is one on every address.
            (Host::Any, Ports::These(ports)) if scope == Scope::NetListen => {
                for &port in ports {
                    let everywhere = Ipv6Addr::UNSPECIFIED.into();
                    ask(scope, Role::Itself, format!(":{port}"), Asks::Address(everywhere, port));
                }
            }
            (Host::Unix(path), _) if scope != Scope::NetResolve => {
                let real = match walk(&Plain(world), b"/", path.as_bytes(), LastLink::Follow) {
                    Resolution::To(real) if !path.starts_with('@') => String::from_utf8(real).ok(),
                    _ => None,
                };
                let real = real.filter(|real| real != path);
                ask(scope, Role::Itself, format!("unix:{path}"), Asks::Socket(path.clone(), real));
            }
            _ => ask(scope, Role::Itself, item.to_string(), Asks::Hosts(vec![item.clone()])),
        }
    }

    fn program(&mut self, text: &str, world: &dyn World, cwd: &[u8]) -> Result<(), String> {
        let wrong = |reason: &str| format!("the command {text:?} {reason}");
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
        self.facets.push(Facet::new(Scope::Child, Role::Itself, text, Asks::Program { file, real, arguments }));
        Ok(())
    }
}

/// Remembers the links that a walk takes.
struct Remembering<'w> {
    links: &'w dyn World,
    seen: RefCell<Vec<(String, String)>>,
}

impl Links for Remembering<'_> {
    fn at(&self, path: &[u8]) -> Entry {
        let stands = self.links.at(path);
        if let Entry::Link(text) = &stands {
            self.seen.borrow_mut().push((lossy(path), lossy(text)));
        }
        stands
    }
}

/// The links of a world.
pub(super) struct Plain<'w>(pub(super) &'w dyn World);

impl Links for Plain<'_> {
    fn at(&self, path: &[u8]) -> Entry {
        self.0.at(path)
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

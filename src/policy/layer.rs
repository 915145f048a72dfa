//! One layer of a policy: the grants of each scope, and the answers that they give.
//!
//! A layer does not know the others; [`Policy`](super::Policy) asks all of them. Only this file and
//! the builder match on the kinds of scopes to find the grants.

use super::files::{Files, Resolver};
use super::grant_list::{GrantItem, GrantList};
use super::grants::PathGrants;
use super::hosts::{self, Endpoint, NetOp};
use super::mode::Mode;
use super::names::{self, NameGrant};
use super::net::{Host, HostGrant, Ports};
use super::path::{Absolute, Style};
use super::programs::{self, ProgramGrant, ProgramStart};
use super::resource::Resource;
use super::scope::{Scope, ScopeKind};
use super::switches::Switches;

/// The grants and denials of one source of policy.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) mode: Mode,
    pub(super) style: Style,
    /// Whether a path is granted by its name alone, wherever a link in it leads.
    pub(super) follows_links: bool,
    /// Indexed by [`Scope::places`]: reading, writing, addons.
    pub(super) paths: [PathGrants; 3],
    /// Indexed by [`Scope::places`]: connecting, listening, resolving.
    pub(super) hosts: [GrantList<HostGrant>; 3],
    pub(super) child: GrantList<ProgramGrant>,
    pub(super) env: GrantList<NameGrant>,
    pub(super) switches: Switches,
}

impl Layer {
    pub(super) fn new(style: Style) -> Self {
        Self {
            mode: Mode::Enforce,
            style,
            follows_links: false,
            paths: std::array::from_fn(|_| PathGrants::new(style)),
            hosts: Default::default(),
            child: GrantList::default(),
            env: GrantList::default(),
            switches: Switches::default(),
        }
    }

    /// Returns the path sets of a scope: two for `fs`, none for a scope without paths.
    #[inline]
    pub(super) fn paths(&self, scope: Scope) -> &[PathGrants] {
        if scope.kind() == ScopeKind::Path { &self.paths[scope.places()] } else { &[] }
    }

    pub(super) fn paths_mut(&mut self, scope: Scope) -> &mut [PathGrants] {
        if scope.kind() == ScopeKind::Path { &mut self.paths[scope.places()] } else { &mut [] }
    }

    /// Returns the host lists of a scope: three for `net`, none for a scope without hosts.
    pub(super) fn hosts(&self, scope: Scope) -> &[GrantList<HostGrant>] {
        if scope.kind() == ScopeKind::Host { &self.hosts[scope.places()] } else { &[] }
    }

    pub(super) fn hosts_mut(&mut self, scope: Scope) -> &mut [GrantList<HostGrant>] {
        if scope.kind() == ScopeKind::Host { &mut self.hosts[scope.places()] } else { &mut [] }
    }

    /// Whether `ask` is true for every path set of the scope. False for a scope without paths.
    #[inline]
    pub(super) fn every_path_set(&self, scope: Scope, ask: impl Fn(&PathGrants) -> bool) -> bool {
        let sets = self.paths(scope);
        !sets.is_empty() && sets.iter().all(ask)
    }

    /// Whether the place that a granted path leads to may be used. A denial holds even if links are
    /// followed freely.
    pub(super) fn allows_behind_links(&self, scope: Scope, real: &Absolute<'_>) -> bool {
        self.every_path_set(
            scope,
            |set| if self.follows_links { !set.denies(real) } else { set.allows_behind_links(real) },
        )
    }

    /// Whether the whole scope is granted, and nothing is withheld.
    pub(super) fn is_whole(&self, scope: Scope) -> bool {
        match scope.kind() {
            ScopeKind::Path => self.every_path_set(scope, PathGrants::is_whole),
            ScopeKind::Host => self.hosts(scope).iter().all(GrantList::is_whole),
            ScopeKind::Program => self.child.is_whole(),
            ScopeKind::Name => self.env.is_whole(),
            ScopeKind::Switch => self.switches.is_on(scope),
        }
    }

    /// Whether the scope is granted for this resource.
    pub(super) fn allows(&self, scope: Scope, resource: &Resource<'_>) -> bool {
        match (scope.kind(), resource) {
            (ScopeKind::Path, Resource::Path(path)) => self.every_path_set(scope, |set| set.allows(path)),
            (ScopeKind::Host, Resource::Endpoint(endpoint)) => {
                let by_list = self.operations(scope).all(|(op, list)| hosts::allows(list, op, endpoint));
                let is_localhost = scope == Scope::NetResolve && *endpoint == Endpoint::Name("localhost");
                by_list || (is_localhost && self.listens_by_name())
            }
            (ScopeKind::Host, Resource::Hosts(items)) => {
                self.operations(scope).all(|(op, list)| items.iter().all(|item| hosts::covers(list, op, item)))
            }
            (ScopeKind::Program, &Resource::Program { file, real, arguments }) => {
                programs::allows(&self.child, self.style, &ProgramStart { file, real, arguments })
            }
            (ScopeKind::Program, Resource::Name(line)) => match command(self.style, line) {
                Some((file, arguments)) => programs::allows(
                    &self.child,
                    self.style,
                    &ProgramStart { file: &file, real: None, arguments: &arguments },
                ),
                None => self.child.is_whole(),
            },
            (ScopeKind::Name, Resource::Name(name)) => names::allows(&self.env, name),
            _ => self.is_whole(scope),
        }
    }

    /// Whether a grant names exactly this host and port, to connect to.
    pub(super) fn grants_exact_endpoint(&self, endpoint: &Endpoint<'_>) -> bool {
        hosts::grants_exact_endpoint(self.list(NetOp::Connect), endpoint)
    }

    /// Returns the lists that decide about a host, each with its operation. For `net` a host is one
    /// to connect to.
    pub(super) fn operations(&self, scope: Scope) -> impl Iterator<Item = (NetOp, &GrantList<HostGrant>)> {
        let lists = self.hosts(scope).iter().zip(scope.places()).map(|(list, place)| (NetOp::ALL[place], list));
        lists.filter(move |&(op, _)| scope != Scope::Net || op != NetOp::Listen)
    }

    /// Returns the list that decides about one operation.
    pub(super) const fn list(&self, op: NetOp) -> &GrantList<HostGrant> {
        &self.hosts[op as usize]
    }

    pub(super) const fn list_mut(&mut self, op: NetOp) -> &mut GrantList<HostGrant> {
        &mut self.hosts[op as usize]
    }

    /// Whether a server may listen at some address.
    pub(super) fn listens(&self) -> bool {
        let everything = HostGrant::everything();
        let list = self.list(NetOp::Listen);
        list.granted().iter().any(|entry| !matches!(entry.item.host, Host::Unix(_)))
            && !list.denied().contains(&everything)
    }

    /// Whether `localhost` may be resolved because listening is granted. A program that may listen
    /// may listen on `localhost`, and must resolve it. The name leads to this machine only, and its
    /// addresses are checked when they are used.
    pub(super) fn listens_by_name(&self) -> bool {
        let localhost = Endpoint::Name("localhost");
        self.listens()
            && [NetOp::Listen, NetOp::Resolve].iter().all(|&op| !hosts::denies(self.list(op), op, &localhost))
    }

    /// Whether a denial refuses the call, and not the lack of a grant. No flag helps then.
    pub(super) fn withholds(&self, scope: Scope, resource: &Resource<'_>) -> bool {
        match (scope.kind(), resource) {
            (ScopeKind::Path, Resource::Path(path)) => self.paths(scope).iter().any(|set| set.denies(path)),
            (ScopeKind::Path, _) => self.paths(scope).iter().any(PathGrants::is_withheld),
            (ScopeKind::Host, Resource::Endpoint(endpoint)) => {
                self.operations(scope).any(|(op, list)| hosts::denies(list, op, endpoint))
            }
            (ScopeKind::Host, Resource::Hosts(items)) => {
                self.operations(scope).any(|(op, list)| items.iter().any(|item| hosts::withholds(list, op, item)))
            }
            (ScopeKind::Host, _) => self.hosts(scope).iter().any(|list| !list.denied().is_empty()),
            (ScopeKind::Program, &Resource::Program { file, real, arguments }) => {
                programs::denies(&self.child, self.style, &ProgramStart { file, real, arguments })
            }
            (ScopeKind::Program, _) => !self.child.denied().is_empty(),
            (ScopeKind::Name, Resource::Name(name)) => names::denies(&self.env, name),
            (ScopeKind::Name, _) => !self.env.denied().is_empty(),
            (ScopeKind::Switch, _) => self.switches.denies(scope),
        }
    }

    /// Denies a scope, or a part of it if the scope has parts. See
    /// [`Policy::drop`](super::Policy::drop).
    pub(super) fn drop(&mut self, scope: Scope, resource: &Resource<'_>, files: &dyn Files) {
        match (scope.kind(), resource) {
            (ScopeKind::Path, Resource::Path(path)) => {
                let mut resolver = Resolver::new(files, self.style);
                self.paths_mut(scope).iter_mut().for_each(|set| set.drop_path(path, &mut resolver));
            }
            (ScopeKind::Host, Resource::Hosts(items)) => items.iter().for_each(|item| self.deny_host(scope, item)),
            (ScopeKind::Program, &Resource::Program { file, real, arguments }) => {
                let arguments = (!arguments.is_empty())
                    .then(|| programs::ProgramArguments { words: arguments.to_vec(), rest: false });
                let program = ProgramGrant { file: file.to_owned(), arguments, real: real.map(str::to_owned) };
                // A child reads the policy as text. A program that would be read back as something
                // else (with a star among its arguments, or with a relative path) makes all
                // programs denied.
                if ProgramGrant::read(&program.written()).as_ref() == Ok(&program) {
                    self.child.deny(program);
                } else {
                    self.child.deny_all();
                }
            }
            // A relative path in a command line has no base directory here: deny all programs.
            (ScopeKind::Program, Resource::Name(line)) => match ProgramGrant::parse(self.style, b"", line.as_bytes()) {
                Ok(program) => self.child.deny(program.resolved(files)),
                Err(_) => self.child.deny_all(),
            },
            (ScopeKind::Name, Resource::Name(name)) => match NameGrant::parse(name.as_bytes()) {
                Ok(name) => self.env.deny(name),
                Err(_) => self.env.deny_all(),
            },
            _ => self.drop_all(scope),
        }
    }

    /// Denies a host in each list of the scope in which it has a meaning. If only some ports of a
    /// name are denied, the name may still be resolved for the others.
    pub(super) fn deny_host(&mut self, scope: Scope, item: &HostGrant) {
        match scope {
            Scope::Net => {
                self.list_mut(NetOp::Connect).deny(item.clone());
                if item.ports == Ports::Any {
                    self.list_mut(NetOp::Resolve).deny(item.clone());
                }
            }
            Scope::NetResolve => {
                self.list_mut(NetOp::Resolve).deny(HostGrant { host: item.host.clone(), ports: Ports::Any });
            }
            scope => self.hosts_mut(scope).iter_mut().for_each(|list| list.deny(item.clone())),
        }
    }

    /// Denies a whole scope.
    pub(super) fn drop_all(&mut self, scope: Scope) {
        match scope.kind() {
            ScopeKind::Path => self.paths_mut(scope).iter_mut().for_each(PathGrants::drop_all),
            ScopeKind::Host => self.hosts_mut(scope).iter_mut().for_each(GrantList::deny_all),
            ScopeKind::Program => self.child.deny_all(),
            ScopeKind::Name => self.env.deny_all(),
            ScopeKind::Switch => self.switches.deny(scope),
        }
    }

    /// Removes the grants that have expired at `now`. Returns whether there were any.
    pub(super) fn expire(&mut self, now: u64) -> bool {
        let mut any = false;
        for set in &mut self.paths {
            any |= set.expire(now);
        }
        for list in &mut self.hosts {
            any |= list.expire(now);
        }
        any |= self.child.expire(now);
        any | self.env.expire(now)
    }

    /// Returns the next expiry of a grant.
    pub(super) fn next_expiry(&self) -> Option<u64> {
        let paths = self.paths.iter().filter_map(PathGrants::next_expiry);
        let hosts = self.hosts.iter().filter_map(GrantList::next_expiry);
        paths.chain(hosts).chain(self.child.next_expiry()).chain(self.env.next_expiry()).min()
    }
}

/// Splits a command line into a program and its arguments. Returns `None` for `*` and for text that
/// is no program.
fn command(style: Style, line: &str) -> Option<(String, Vec<String>)> {
    let program = ProgramGrant::parse(style, b"", line.as_bytes()).ok()?;
    if program == ProgramGrant::everything() {
        return None;
    }
    let arguments = program.arguments.map_or_else(Vec::new, |arguments| arguments.words);
    Some((program.file, arguments))
}

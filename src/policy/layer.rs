//! One layer of a policy: every scope's grants, and what they answer.
//!
//! A layer knows nothing of the others; [`Policy`](super::Policy) asks all of them. The table of scopes meets the
//! kinds of grants here and in the builder, and nowhere else.

use super::files::{Files, Resolver};
use super::grants::PathGrants;
use super::hosts::{self, Deed, Endpoint};
use super::listed::{Item, Listed};
use super::mode::Mode;
use super::names::{self, NameGrant};
use super::net::{Host, HostGrant, Ports};
use super::path::{Absolute, Style};
use super::programs::{self, Program, Start};
use super::resource::Resource;
use super::scope::Scope;
use super::switches::Switches;

/// What one source of policy grants and denies.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) mode: Mode,
    pub(super) style: Style,
    /// A path is granted by its name alone, wherever a link in it leads.
    pub(super) follows_links: bool,
    pub(super) read: PathGrants,
    pub(super) write: PathGrants,
    pub(super) addon: PathGrants,
    pub(super) connect: Listed<HostGrant>,
    pub(super) listen: Listed<HostGrant>,
    pub(super) resolve: Listed<HostGrant>,
    pub(super) child: Listed<Program>,
    pub(super) env: Listed<NameGrant>,
    pub(super) switches: Switches,
}

impl Layer {
    pub(super) fn new(style: Style) -> Self {
        Self {
            mode: Mode::Enforce,
            style,
            follows_links: false,
            read: PathGrants::new(style),
            write: PathGrants::new(style),
            addon: PathGrants::new(style),
            connect: Listed::default(),
            listen: Listed::default(),
            resolve: Listed::default(),
            child: Listed::default(),
            env: Listed::default(),
            switches: Switches::default(),
        }
    }

    /// The path sets of a scope: two for `fs`, none for a scope without paths.
    pub(super) fn paths(&self, scope: Scope) -> [Option<&PathGrants>; 2] {
        match scope {
            Scope::Fs => [Some(&self.read), Some(&self.write)],
            Scope::FsRead => [Some(&self.read), None],
            Scope::FsWrite => [Some(&self.write), None],
            Scope::Addon => [Some(&self.addon), None],
            _ => [None, None],
        }
    }

    pub(super) fn paths_mut(&mut self, scope: Scope) -> [Option<&mut PathGrants>; 2] {
        match scope {
            Scope::Fs => [Some(&mut self.read), Some(&mut self.write)],
            Scope::FsRead => [Some(&mut self.read), None],
            Scope::FsWrite => [Some(&mut self.write), None],
            Scope::Addon => [Some(&mut self.addon), None],
            _ => [None, None],
        }
    }

    /// The host lists of a scope: three for `net`, none for a scope without hosts.
    pub(super) fn hosts(&self, scope: Scope) -> [Option<&Listed<HostGrant>>; 3] {
        match scope {
            Scope::Net => [Some(&self.connect), Some(&self.listen), Some(&self.resolve)],
            Scope::NetConnect => [Some(&self.connect), None, None],
            Scope::NetListen => [Some(&self.listen), None, None],
            Scope::NetResolve => [Some(&self.resolve), None, None],
            _ => [None, None, None],
        }
    }

    pub(super) fn hosts_mut(&mut self, scope: Scope) -> [Option<&mut Listed<HostGrant>>; 3] {
        match scope {
            Scope::Net => [Some(&mut self.connect), Some(&mut self.listen), Some(&mut self.resolve)],
            Scope::NetConnect => [Some(&mut self.connect), None, None],
            Scope::NetListen => [Some(&mut self.listen), None, None],
            Scope::NetResolve => [Some(&mut self.resolve), None, None],
            _ => [None, None, None],
        }
    }

    /// Whether every path set of the scope says so; never for a scope without paths.
    #[inline]
    pub(super) fn every_path_set(&self, scope: Scope, ask: impl Fn(&PathGrants) -> bool) -> bool {
        match self.paths(scope) {
            [Some(one), None] => ask(one),
            [Some(one), Some(other)] => ask(one) && ask(other),
            [None, _] => false,
        }
    }

    /// Whether what a path of this scope leads to may be used by one that may use the path by its name. A denial holds
    /// also where links are followed freely.
    pub(super) fn allows_behind_links(&self, scope: Scope, real: &Absolute<'_>) -> bool {
        self.every_path_set(
            scope,
            |set| if self.follows_links { !set.denies(real) } else { set.allows_behind_links(real) },
        )
    }

    /// Whether the scope is granted as a whole with nothing withheld.
    pub(super) fn is_whole(&self, scope: Scope) -> bool {
        match scope {
            Scope::Fs | Scope::FsRead | Scope::FsWrite | Scope::Addon => {
                self.every_path_set(scope, PathGrants::is_whole)
            }
            Scope::Net | Scope::NetConnect | Scope::NetListen | Scope::NetResolve => {
                self.hosts(scope).into_iter().flatten().all(Listed::is_whole)
            }
            Scope::Child => self.child.is_whole(),
            Scope::Env => self.env.is_whole(),
            Scope::Worker | Scope::Wasi | Scope::Ffi | Scope::Inspector | Scope::OpensslStore => {
                self.switches.is_on(scope)
            }
        }
    }

    /// Whether the scope is granted for this resource.
    pub(super) fn allows(&self, scope: Scope, resource: &Resource<'_>) -> bool {
        match (scope, resource) {
            (Scope::Fs | Scope::FsRead | Scope::FsWrite | Scope::Addon, Resource::Path(path)) => {
                self.every_path_set(scope, |set| set.allows(path))
            }
            (Scope::Child, &Resource::Program { file, real, arguments }) => {
                programs::allows(&self.child, self.style, &Start { file, real, arguments })
            }
            (Scope::Child, Resource::Name(line)) => match command(self.style, line) {
                Some((file, arguments)) => {
                    programs::allows(&self.child, self.style, &Start { file: &file, real: None, arguments: &arguments })
                }
                None => self.child.is_whole(),
            },
            (Scope::Env, Resource::Name(name)) => names::allows(&self.env, name),
            (Scope::NetResolve, Resource::Endpoint(Endpoint::Name("localhost"))) => {
                hosts::allows(&self.resolve, Deed::Resolve, &Endpoint::Name("localhost")) || self.listens_by_name()
            }
            (scope, Resource::Endpoint(endpoint)) if scope.takes_hosts() => {
                self.deeds(scope).into_iter().flatten().all(|(deed, list)| hosts::allows(list, deed, endpoint))
            }
            (scope, Resource::Hosts(items)) if scope.takes_hosts() => {
                let mut deeds = self.deeds(scope).into_iter().flatten();
                deeds.all(|(deed, list)| items.iter().all(|item| hosts::covers(list, deed, item)))
            }
            _ => self.is_whole(scope),
        }
    }

    /// Whether a grant names this very host and port, to connect to.
    pub(super) fn singles_out(&self, endpoint: &Endpoint<'_>) -> bool {
        hosts::singles_out(&self.connect, endpoint)
    }

    /// The lists that a host is asked of, and what for. For `net` a host is one to connect to.
    fn deeds(&self, scope: Scope) -> [Option<(Deed, &Listed<HostGrant>)>; 2] {
        let connect = (Deed::Connect, &self.connect);
        let resolve = (Deed::Resolve, &self.resolve);
        match scope {
            Scope::Net => [Some(connect), Some(resolve)],
            Scope::NetConnect => [Some(connect), None],
            Scope::NetListen => [Some((Deed::Listen, &self.listen)), None],
            Scope::NetResolve => [Some(resolve), None],
            _ => [None, None],
        }
    }

    /// Whether a server may listen at some address.
    pub(super) fn listens(&self) -> bool {
        let everything = HostGrant::everything();
        self.listen.granted().iter().any(|entry| !matches!(entry.item.host, Host::Unix(_)))
            && !self.listen.denied().contains(&everything)
    }

    /// Who may listen at all may listen on `localhost`, and so resolve it: that name leads nowhere else, and what its
    /// addresses may be used for is asked when they are.
    pub(super) fn listens_by_name(&self) -> bool {
        let localhost = Endpoint::Name("localhost");
        self.listens()
            && !hosts::denies(&self.listen, Deed::Listen, &localhost)
            && !hosts::denies(&self.resolve, Deed::Resolve, &localhost)
    }

    /// Whether a denial, and not the lack of a grant, stands in the way: then no flag helps.
    pub(super) fn withholds(&self, scope: Scope, resource: &Resource<'_>) -> bool {
        match (scope, resource) {
            (_, Resource::Path(path)) if scope.takes_paths() => {
                self.paths(scope).into_iter().flatten().any(|set| set.denies(path))
            }
            (Scope::Child, &Resource::Program { file, real, arguments }) => {
                programs::denies(&self.child, self.style, &Start { file, real, arguments })
            }
            (Scope::Env, Resource::Name(name)) => names::denies(&self.env, name),
            (Scope::Child, _) => !self.child.denied().is_empty(),
            (Scope::Env, _) => !self.env.denied().is_empty(),
            _ if scope.is_switch() => self.switches.denies(scope),
            _ if scope.takes_paths() => self.paths(scope).into_iter().flatten().any(PathGrants::is_withheld),
            (scope, Resource::Endpoint(endpoint)) => {
                self.deeds(scope).into_iter().flatten().any(|(deed, list)| hosts::denies(list, deed, endpoint))
            }
            (scope, Resource::Hosts(items)) => {
                let mut deeds = self.deeds(scope).into_iter().flatten();
                deeds.any(|(deed, list)| items.iter().any(|item| hosts::withholds(list, deed, item)))
            }
            _ => self.hosts(scope).into_iter().flatten().any(|list| !list.denied().is_empty()),
        }
    }

    /// Takes away a scope, or a part of it where the scope has parts. See [`Policy::drop`](super::Policy::drop).
    pub(super) fn drop(&mut self, scope: Scope, resource: &Resource<'_>, files: &dyn Files) {
        match (scope, resource) {
            (_, Resource::Path(path)) if scope.takes_paths() => self.drop_path(scope, path, files),
            (Scope::Child, &Resource::Program { file, real, arguments }) => {
                let arguments =
                    (!arguments.is_empty()).then(|| programs::Arguments { words: arguments.to_vec(), rest: false });
                let program = Program { file: file.to_owned(), arguments, real: real.map(str::to_owned) };
                // What cannot be written down as it is (a star among the arguments, a relative path) would be read as
                // something else by a child: then all programs go.
                if Program::read(&program.written()).as_ref() == Ok(&program) {
                    self.child.deny(program);
                } else {
                    self.child.deny_all();
                }
            }
            // A relative path in a command line has no base here; then all programs go.
            (Scope::Child, Resource::Name(line)) => match Program::parse(self.style, b"", line.as_bytes()) {
                Ok(program) => self.child.deny(program.resolved(files)),
                Err(_) => self.child.deny_all(),
            },
            (Scope::Env, Resource::Name(name)) => match NameGrant::parse(name.as_bytes()) {
                Ok(name) => self.env.deny(name),
                Err(_) => self.env.deny_all(),
            },
            (scope, Resource::Hosts(items)) if scope.takes_hosts() => {
                items.iter().for_each(|item| self.deny_host(scope, item));
            }
            _ => self.drop_all(scope),
        }
    }

    /// Denies a host in every list of the scope that it has a meaning for. A name of which some ports are denied may
    /// still be resolved for the others.
    pub(super) fn deny_host(&mut self, scope: Scope, item: &HostGrant) {
        match scope {
            Scope::Net => {
                self.connect.deny(item.clone());
                if item.ports == Ports::Any {
                    self.resolve.deny(item.clone());
                }
            }
            Scope::NetResolve => self.resolve.deny(HostGrant { host: item.host.clone(), ports: Ports::Any }),
            scope => self.hosts_mut(scope).into_iter().flatten().for_each(|list| list.deny(item.clone())),
        }
    }

    /// Takes a whole scope away.
    pub(super) fn drop_all(&mut self, scope: Scope) {
        self.paths_mut(scope).into_iter().flatten().for_each(PathGrants::drop_all);
        self.hosts_mut(scope).into_iter().flatten().for_each(Listed::deny_all);
        match scope {
            Scope::Child => self.child.deny_all(),
            Scope::Env => self.env.deny_all(),
            scope => self.switches.deny(scope),
        }
    }

    fn drop_path(&mut self, scope: Scope, path: &Absolute<'_>, files: &dyn Files) {
        let mut resolver = Resolver::new(files, self.style);
        for set in self.paths_mut(scope).into_iter().flatten() {
            set.drop_path(path, &mut resolver);
        }
    }

    /// Forgets the grants that have lapsed at `now`, and says whether there were any.
    pub(super) fn expire(&mut self, now: u64) -> bool {
        let mut any = false;
        for set in [&mut self.read, &mut self.write, &mut self.addon] {
            any |= set.expire(now);
        }
        for list in [&mut self.connect, &mut self.listen, &mut self.resolve] {
            any |= list.expire(now);
        }
        any |= self.child.expire(now);
        any | self.env.expire(now)
    }

    /// When the next grant lapses.
    pub(super) fn next_expiry(&self) -> Option<u64> {
        let paths = [&self.read, &self.write, &self.addon].into_iter().filter_map(PathGrants::next_expiry);
        let hosts = [&self.connect, &self.listen, &self.resolve].into_iter().filter_map(Listed::next_expiry);
        paths.chain(hosts).chain(self.child.next_expiry()).chain(self.env.next_expiry()).min()
    }
}

/// A command line as a program and its arguments.
fn command(style: Style, line: &str) -> Option<(String, Vec<String>)> {
    let program = Program::parse(style, b"", line.as_bytes()).ok()?;
    if program == Program::everything() {
        return None;
    }
    let arguments = program.arguments.map_or_else(Vec::new, |arguments| arguments.words);
    Some((program.file, arguments))
}

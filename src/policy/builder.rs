//! Makes a policy: takes grants and denials, and seals them into a [`Policy`].
//!
//! The builder takes text as flags and files have it, one item at a time. It refuses an item that
//! it cannot read in full. It asks the file system through [`Files`] and nothing else.

use super::Policy;
use super::error::{GrantError, HostError, found};
use super::files::{Files, Resolver};
use super::grant_list::GrantList;
use super::grants::{Effect, PathGrants, Shape};
use super::hosts::NetOp;
use super::layer::Layer;
use super::mode::Mode;
use super::names::NameGrant;
use super::net::{Host, HostGrant, Ports};
use super::path::{Absolute, Style};
use super::pattern::Pattern;
use super::programs::ProgramGrant;
use super::scope::{Scope, ScopeKind};

/// Collects the grants and denials of a policy. Without any, the policy grants nothing and leaves
/// the environment as it is.
pub struct PolicyBuilder<'f> {
    style: Style,
    files: Resolver<'f>,
    layer: Layer,
    /// Whether `allow-net` was given. It grants listening too, unless `allow-net-listen` narrows
    /// that.
    listening_follows: bool,
}

impl<'f> PolicyBuilder<'f> {
    /// Starts an empty policy by the path rules of this platform.
    #[must_use]
    pub fn new(files: &'f dyn Files) -> Self {
        Self::with_style(files, Style::NATIVE)
    }

    /// Starts an empty policy by the path rules of the given platform.
    #[must_use]
    pub fn with_style(files: &'f dyn Files, style: Style) -> Self {
        Self { style, files: Resolver::new(files, style), layer: Layer::new(style), listening_follows: false }
    }

    /// Grants a whole scope. For `net`, listening is granted unless [`PolicyBuilder::grant`]
    /// narrows it.
    pub fn grant_all(&mut self, scope: Scope) -> &mut Self {
        match scope.kind() {
            // The empty prefix stands for everything, and needs no room.
            ScopeKind::Path => self.layer.paths_mut(scope).iter_mut().for_each(PathGrants::grant_everything),
            ScopeKind::Host => self.granting_hosts(scope).for_each(GrantList::grant_all),
            ScopeKind::Program => self.layer.child.grant_all(),
            ScopeKind::Name => self.layer.env.grant_all(),
            ScopeKind::Switch => self.layer.switches.grant(scope),
        }
        self
    }

    /// Grants one item of a scope, until `expires` (seconds since 1970) if that is given. A
    /// relative path starts at `base`, which must be absolute. An item of hosts may name several,
    /// as in `a.com:80,443`.
    ///
    /// # Errors
    /// [`GrantError`] if the item cannot be read in full. In this case nothing is granted.
    pub fn grant(
        &mut self,
        scope: Scope,
        text: &[u8],
        base: &[u8],
        expires: Option<u64>,
    ) -> Result<&mut Self, GrantError> {
        match scope.kind() {
            ScopeKind::Path => {
                let pattern = Pattern::parse(self.style, base, text)?;
                for set in self.layer.paths_mut(scope) {
                    set.grant(&pattern, expires, &mut self.files)?;
                }
            }
            ScopeKind::Host => {
                let hosts = self.hosts(text, base, scope == Scope::NetListen)?;
                for list in self.granting_hosts(scope) {
                    for host in &hosts {
                        list.grant(host.clone(), expires);
                    }
                }
            }
            ScopeKind::Program => {
                let program = self.program(base, text)?;
                self.layer.child.grant(program, expires);
            }
            ScopeKind::Name => self.layer.env.grant(NameGrant::parse(text)?, expires),
            ScopeKind::Switch => return Err(GrantError::Switch { scope, found: found(text) }),
        }
        Ok(self)
    }

    /// Returns the lists that a grant of hosts in this scope adds to. For `net` these are
    /// connecting and resolving; [`PolicyBuilder::build`] decides about listening.
    fn granting_hosts(&mut self, scope: Scope) -> impl Iterator<Item = &mut GrantList<HostGrant>> {
        let is_net = scope == Scope::Net;
        self.listening_follows |= is_net;
        let lists = self.layer.hosts_mut(scope).iter_mut().zip(NetOp::ALL);
        lists.filter(move |&(_, op)| !is_net || op != NetOp::Listen).map(|(list, _)| list)
    }

    /// Sets whether a path is granted by its name alone, wherever a link in it leads. Denials hold
    /// for the name and for the place that it leads to in any case.
    pub fn follow_links(&mut self, follows: bool) -> &mut Self {
        self.layer.follows_links = follows;
        self
    }

    /// Sets what happens to a call that this policy does not allow.
    pub fn mode(&mut self, mode: Mode) -> &mut Self {
        self.layer.mode = mode;
        self
    }

    /// Grants exactly this path, whatever characters it contains and whatever stands there. For the
    /// entry point and preloads.
    ///
    /// # Errors
    /// [`GrantError`] if the set is full.
    pub fn grant_exact(&mut self, scope: Scope, path: &Absolute<'_>) -> Result<&mut Self, GrantError> {
        for set in self.layer.paths_mut(scope) {
            set.add(Effect::Grant, Shape::Exact, path.key(), None)?;
        }
        Ok(self)
    }

    /// Grants this path and everything below it, whatever characters it contains and whether it
    /// exists or not.
    ///
    /// # Errors
    /// [`GrantError`] if the set is full, or if a link leads to a path that cannot be checked.
    pub fn grant_tree(&mut self, scope: Scope, path: &Absolute<'_>) -> Result<&mut Self, GrantError> {
        let tree = Pattern::Tree(path.bytes().to_vec());
        for set in self.layer.paths_mut(scope) {
            set.grant(&tree, None, &mut self.files)?;
        }
        Ok(self)
    }

    /// Denies a whole scope.
    pub fn deny_all(&mut self, scope: Scope) -> &mut Self {
        self.layer.drop_all(scope);
        self
    }

    /// Denies one item of a scope. A denied path includes everything below it, whether it exists or
    /// not. A host denied for `net` is denied for connecting and resolving.
    ///
    /// # Errors
    /// [`GrantError`] if the item cannot be read in full. In this case the policy must not be used.
    pub fn deny(&mut self, scope: Scope, text: &[u8], base: &[u8]) -> Result<&mut Self, GrantError> {
        match scope.kind() {
            ScopeKind::Path => {
                let pattern = Pattern::parse(self.style, base, text)?;
                for set in self.layer.paths_mut(scope) {
                    set.deny(Effect::Deny, &pattern, &mut self.files)?;
                }
                self.deny_behind_dots(scope, &pattern, text, base)?;
            }
            ScopeKind::Host => {
                for host in self.hosts(text, base, scope == Scope::NetListen)? {
                    self.layer.deny_host(scope, &host);
                }
            }
            ScopeKind::Program => {
                let program = self.program(base, text)?;
                self.layer.child.deny(program);
            }
            ScopeKind::Name => self.layer.env.deny(NameGrant::parse(text)?),
            ScopeKind::Switch => return Err(GrantError::Switch { scope, found: found(text) }),
        }
        Ok(self)
    }

    /// After a link `..` is not the lexical parent. Denies the path that the system finds there as
    /// well.
    fn deny_behind_dots(
        &mut self,
        scope: Scope,
        pattern: &Pattern,
        text: &[u8],
        base: &[u8],
    ) -> Result<(), GrantError> {
        let style = self.style;
        let has_dots = text.split(|&byte| style.is_separator(byte)).any(|name| name == b"..");
        if !matches!(pattern, Pattern::Path(_)) || !has_dots {
            return Ok(());
        }
        let spelled = if style.is_absolute(text) { text.to_vec() } else { style.join(base, text) };
        let Some(real) = self.files.files().real_path(&spelled) else { return Ok(()) };
        for set in self.layer.paths_mut(scope) {
            set.deny(Effect::Deny, &Pattern::Path(real.clone()), &mut self.files)?;
        }
        Ok(())
    }

    /// Reads hosts as they are written. A Unix socket is included by its own path and by the path
    /// that this leads to now.
    fn hosts(&self, text: &[u8], base: &[u8], listening: bool) -> Result<Vec<HostGrant>, GrantError> {
        let text = std::str::from_utf8(text)
            .map_err(|_| GrantError::Host { found: found(text), reason: HostError::NotUtf8 })?;
        let mut hosts = Vec::new();
        for host in HostGrant::parse_list(text, listening)? {
            let host = host.based(base);
            if let Host::Unix(path) = &host.host
                && let Some(real) = self.real_socket(path.as_bytes()).filter(|real| real != path)
            {
                hosts.push(HostGrant { host: Host::Unix(real), ports: Ports::Any });
            }
            hosts.push(host);
        }
        Ok(hosts)
    }

    /// Returns the path that the path of a socket leads to. If the socket does not exist yet, its
    /// directory may exist.
    fn real_socket(&self, path: &[u8]) -> Option<String> {
        let files = self.files.files();
        let real = files.real_path(path).or_else(|| {
            let parent = self.style.parent(path)?;
            let name = path.get(parent.len()..)?;
            let name = name.strip_prefix(&[self.style.separator()]).unwrap_or(name);
            files.real_path(parent).map(|parent| self.style.join(&parent, name))
        })?;
        String::from_utf8(real).ok()
    }

    fn program(&self, base: &[u8], text: &[u8]) -> Result<ProgramGrant, GrantError> {
        Ok(ProgramGrant::parse(self.style, base, text)?.resolved(self.files.files()))
    }

    /// Denies writing to this path and everything below it, whatever is granted. `fs.write` does
    /// not count as withheld by it. For the policy file and permit's own package.
    ///
    /// # Errors
    /// [`GrantError`] if the set is full, or if a link leads to a path that cannot be checked.
    pub fn protect(&mut self, path: &Absolute<'_>) -> Result<&mut Self, GrantError> {
        let tree = Pattern::Tree(path.bytes().to_vec());
        for set in self.layer.paths_mut(Scope::FsWrite) {
            set.deny(Effect::Protect, &tree, &mut self.files)?;
        }
        Ok(self)
    }

    /// Seals the policy.
    ///
    /// # Errors
    /// [`GrantError::Pattern`] if the globs are too large to compile together.
    pub fn build(mut self) -> Result<Policy, GrantError> {
        let listening = self.layer.list_mut(NetOp::Listen);
        if self.listening_follows && listening.is_empty() {
            listening.grant_all();
        }
        if self.layer.env.is_empty() {
            self.layer.env.grant_all();
        }
        self.layer.paths.iter_mut().try_for_each(PathGrants::seal)?;
        Ok(Policy::from_layer(self.layer))
    }
}

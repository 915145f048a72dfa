//! The policy: layers, each of which must allow a call.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::denied::Denied;
use super::files::Files;
use super::grants::{PathGrants, PathRule};
use super::hosts::Endpoint;
use super::layer::Layer;
use super::mode::Mode;
use super::names::VisibleVariables;
use super::path::Absolute;
use super::resource::Resource;
use super::scope::{Scope, ScopeKind};
use super::wire::{self, WireError};

/// What a program may do. A call passes only if every layer allows it: the policy's own and those it is under.
///
/// A clone is cheap and separate: what one drops, the other keeps.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Never empty. The first is the policy's own, but since all must allow, their order has no meaning.
    pub(super) layers: Vec<Arc<Layer>>,
    /// Those that are only recorded: no answer depends on them.
    reported: Vec<Arc<Layer>>,
}

impl Policy {
    pub(super) fn from_layer(layer: Layer) -> Self {
        Self { layers: vec![Arc::new(layer)], reported: Vec::new() }
    }

    /// This policy, and `second` beside it, of which it is only recorded what it would refuse.
    #[must_use]
    pub fn beside(mut self, second: &Self) -> Self {
        for layer in &second.layers {
            self.reported.push(Arc::new(Layer { mode: Mode::Report, ..(**layer).clone() }));
        }
        self
    }

    /// Whether every layer is enforced and nothing is only recorded.
    #[inline]
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.reported.is_empty() && !self.audits()
    }

    /// Whether a layer is there whose refusals are recorded and go on.
    #[inline]
    #[must_use]
    pub fn audits(&self) -> bool {
        self.layers.iter().any(|layer| layer.mode == Mode::Audit)
    }

    /// Whether a layer refuses for more than the sake of permit's own files.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.layers.iter().any(|layer| layer.mode != Mode::Guard)
    }

    /// What is really refused: the layers that are not in audit. There may be none, and then everything is allowed.
    #[must_use]
    pub fn enforced(&self) -> Self {
        let enforced = self.layers.iter().filter(|layer| layer.mode != Mode::Audit);
        Self { layers: enforced.cloned().collect(), reported: Vec::new() }
    }

    /// The environment that it lets a program see, by the layers that are not in audit.
    #[must_use]
    pub fn environment(&self) -> VisibleVariables {
        VisibleVariables::new(self.layers.iter().filter(|layer| layer.mode != Mode::Audit).map(|layer| &layer.env))
    }

    /// The policy that is only recorded, if there is one.
    #[must_use]
    pub fn reported(&self) -> Option<Self> {
        (!self.reported.is_empty()).then(|| Self { layers: self.reported.clone(), reported: Vec::new() })
    }

    /// [`Mode::Audit`] if no layer is enforced, but for the one that withholds permit's own files.
    #[must_use]
    pub fn mode(&self) -> Mode {
        if self.audits() && !self.layers.iter().any(|layer| layer.mode == Mode::Enforce) {
            Mode::Audit
        } else {
            Mode::Enforce
        }
    }

    /// This policy with `ceiling` above it: whatever either refuses is refused.
    #[must_use]
    pub fn under(mut self, ceiling: &Self) -> Self {
        for layer in &ceiling.layers {
            let bytes = wire::write([&**layer]);
            let known = |own: &Arc<Layer>| Arc::ptr_eq(own, layer) || wire::write([&**own]) == bytes;
            if !self.layers.iter().any(known) {
                self.layers.push(Arc::clone(layer));
            }
        }
        for layer in &ceiling.reported {
            let bytes = wire::write([&**layer]);
            if !self.reported.iter().any(|own| wire::write([&**own]) == bytes) {
                self.reported.push(Arc::clone(layer));
            }
        }
        self
    }

    /// Whether a path may be used. This is the hot call: one walk along the path a layer, no allocation.
    ///
    /// [`Scope::Fs`] asks for reading and writing; a scope without paths allows none.
    #[inline]
    #[must_use]
    pub fn allows_path(&self, scope: Scope, path: &Absolute<'_>) -> bool {
        self.layers.iter().all(|layer| layer.every_path_set(scope, |set| set.allows(path)))
    }

    /// Whether what a path leads to may be used, for a path that may be used by its name. `real` is where
    /// [`walk`](super::links::walk) ends; asked only where that is not the name itself.
    #[must_use]
    pub fn allows_behind_links(&self, scope: Scope, real: &Absolute<'_>) -> bool {
        self.layers.iter().all(|layer| layer.allows_behind_links(scope, real))
    }

    /// Whether a path and everything below it may be used: what a recursive `rm`, `cp` or `readdir` asks. It is
    /// answered from single grants: a tree granted in pieces is not covered.
    #[must_use]
    pub fn covers_tree(&self, scope: Scope, path: &Absolute<'_>) -> bool {
        self.layers.iter().all(|layer| layer.every_path_set(scope, |set| set.covers_tree(path)))
    }

    /// Whether a path or anything below it is denied: then it must not be renamed, linked, copied or removed as a
    /// whole. For a glob that could match below it the answer is yes.
    #[must_use]
    pub fn denied_below(&self, scope: Scope, path: &Absolute<'_>) -> bool {
        let denied = |set: &PathGrants| set.denied_below(path);
        self.layers.iter().any(|layer| layer.paths(scope).iter().any(denied))
    }

    /// Whether a denial names the path, or a path below it in full.
    #[must_use]
    pub fn names_denied_below(&self, scope: Scope, path: &Absolute<'_>) -> bool {
        let denied = |set: &PathGrants| set.names_denied_below(path);
        self.layers.iter().any(|layer| layer.paths(scope).iter().any(denied))
    }

    /// Whether a path or something below it is granted, by every layer: a place that is worth looking in.
    #[must_use]
    pub fn leads_to_grant(&self, scope: Scope, path: &Absolute<'_>) -> bool {
        self.layers.iter().all(|layer| layer.every_path_set(scope, |set| set.leads_to_grant(path)))
    }

    /// Whether a call may go through. Switches do not look at the resource; a scope with paths or hosts asked about
    /// [`Resource::Nothing`] must be granted as a whole.
    #[must_use]
    pub fn allows(&self, scope: Scope, resource: &Resource<'_>) -> bool {
        self.layers.iter().all(|layer| layer.allows(scope, resource))
    }

    /// Whether there is any address that a server may listen at.
    #[must_use]
    pub fn listens(&self) -> bool {
        self.layers.iter().all(|layer| layer.listens())
    }

    /// Whether a connection to this very address and port was granted as such: not by a range, a set, or every port of
    /// it. Only enforced policies say so.
    #[must_use]
    pub fn grants_exact_endpoint(&self, endpoint: &Endpoint<'_>) -> bool {
        self.layers.iter().any(|layer| layer.mode == Mode::Enforce && layer.grants_exact_endpoint(endpoint))
    }

    /// [`Policy::allows`], with the refusal made out. `spelled` is what the caller wrote.
    ///
    /// # Errors
    /// [`Denied`] if the call must not go through.
    #[inline]
    pub fn check(&self, scope: Scope, resource: &Resource<'_>, spelled: &str) -> Result<(), Denied> {
        if self.allows(scope, resource) { Ok(()) } else { Err(self.refusal(scope, resource, spelled)) }
    }

    /// Whether a denial stands in the way, and not the lack of a grant.
    #[must_use]
    pub fn withholds(&self, scope: Scope, resource: &Resource<'_>) -> bool {
        self.layers.iter().any(|layer| layer.withholds(scope, resource))
    }

    /// The refusal of a call, whoever found out that it must be refused.
    #[cold]
    #[must_use]
    pub fn refusal(&self, scope: Scope, resource: &Resource<'_>, spelled: &str) -> Denied {
        let grant = if self.withholds(scope, resource) { None } else { self.smallest_flag(scope, resource) };
        Denied { scope, resource: spelled.to_owned(), grant }
    }

    /// What `process.permission.has(scope, reference)` answers. No resource, or [`Resource::Nothing`], asks for the
    /// whole scope with nothing withheld: for paths that is `*` and nothing less.
    ///
    /// As in Node `fs` does not look at its reference, nor does a scope that is all or nothing. The caller has
    /// answered for an empty reference, which is false everywhere.
    #[must_use]
    pub fn has(&self, scope: Scope, resource: &Resource<'_>) -> bool {
        let resource = if scope == Scope::Fs { &Resource::Nothing } else { resource };
        self.allows(scope, resource)
    }

    /// Gives authority up for good.
    ///
    /// [`Resource::Nothing`] takes the whole scope. A path takes itself and everything below it, and one that ends
    /// in `*` everything that begins so; `fs` with a path is reading and writing. A program or a variable takes
    /// itself; a program that may still be started, such as a shell, may start the one that was given up. Hosts go with
    /// the addresses that were learnt from them; `net` with hosts is connecting and resolving. In every other case the
    /// whole scope goes.
    pub fn drop(&mut self, scope: Scope, resource: &Resource<'_>, files: &dyn Files) {
        // One that is enforced, if there is any. In an audit what is given up is recorded, not refused.
        let of_mode = |mode| self.layers.iter().position(|layer| layer.mode == mode);
        let at = of_mode(Mode::Enforce).or_else(|| of_mode(Mode::Audit)).unwrap_or(0);
        if let Some(own) = self.layers.get_mut(at) {
            Arc::make_mut(own).drop(scope, resource, files);
        }
    }

    /// Forgets the grants that have lapsed at `now` (seconds since 1970), and says whether there were any.
    pub fn expire(&mut self, now: u64) -> bool {
        let due = |layer: &Layer| layer.next_expiry().is_some_and(|at| at <= now);
        let mut any = false;
        for layer in self.layers.iter_mut().chain(&mut self.reported).filter(|layer| due(layer)) {
            any |= Arc::make_mut(layer).expire(now);
        }
        any
    }

    /// When the next grant lapses, in seconds since 1970.
    #[must_use]
    pub fn next_expiry(&self) -> Option<u64> {
        self.layers.iter().chain(&self.reported).filter_map(|layer| layer.next_expiry()).min()
    }

    /// The path rules of a scope, a list for each layer: for reports, and for lowering into the kernel.
    pub fn path_rules(&self, scope: Scope) -> impl Iterator<Item = Vec<PathRule<'_>>> {
        self.layers.iter().map(move |layer| layer.paths(scope).iter().flat_map(PathGrants::rules).collect())
    }

    /// The policy as it stands, drops included, in one canonical form without NUL bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::write(self.layers.iter().chain(&self.reported).map(|layer| &**layer))
    }

    /// The policy that [`Policy::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`WireError`] if the bytes are not exactly that.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let (reported, layers): (Vec<_>, Vec<_>) =
            wire::read(bytes)?.into_iter().map(Arc::new).partition(|layer| layer.mode == Mode::Report);
        if layers.is_empty() { Err(WireError::Empty) } else { Ok(Self { layers, reported }) }
    }

    /// The SHA-256 of [`Policy::to_bytes`] in hexadecimal: the same for the same grants in any order.
    ///
    /// A cryptographic hash, because a child that is handed a policy believes it for its hash.
    #[must_use]
    pub fn hash(&self) -> String {
        Self::hash_of(&self.to_bytes())
    }

    /// The [`Policy::hash`] of the policy that [`Policy::to_bytes`] wrote so.
    #[must_use]
    pub fn hash_of(bytes: &[u8]) -> String {
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(bytes) {
            // Writing to a String does not fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }

    /// The smallest flags that would let the call through, `None` if it cannot be said in flags.
    fn smallest_flag(&self, scope: Scope, resource: &Resource<'_>) -> Option<String> {
        let with = |scope: Scope, value: &str| format!("{}={value}", scope.flag());
        let flag = match (scope, resource) {
            (Scope::Fs, _) => {
                let missing = [Scope::FsRead, Scope::FsWrite].into_iter().filter(|&part| !self.allows(part, resource));
                let flags: Option<Vec<String>> = missing.map(|part| self.smallest_flag(part, resource)).collect();
                flags?.join(" ")
            }
            (Scope::FsRead | Scope::FsWrite, Resource::Path(path)) => with(scope, as_grant(path)?),
            (Scope::FsRead | Scope::FsWrite, _) => with(scope, "*"),
            (Scope::Addon, Resource::Path(path)) => match as_grant(path) {
                Some(path) if !path.contains(',') => with(scope, path),
                _ => scope.flag().to_owned(),
            },
            (Scope::Child, Resource::Program { file, .. })
                if !file.is_empty() && !file.contains(['"', '\\', ' ', '*']) =>
            {
                with(scope, file)
            }
            (_, Resource::Endpoint(endpoint)) if scope.kind() == ScopeKind::Host => {
                let flag = if scope == Scope::NetListen { scope } else { Scope::Net };
                match host_as_grant(scope, endpoint) {
                    Some(host) => with(flag, &host),
                    None => flag.flag().to_owned(),
                }
            }
            (Scope::Env, Resource::Name(name)) if !name.contains([',', '*']) => with(scope, name),
            _ => scope.flag().to_owned(),
        };
        Some(flag)
    }
}

/// A path as it would be written in a flag; `None` if written so it would mean something else.
fn as_grant<'a>(path: &'a Absolute<'_>) -> Option<&'a str> {
    let text = std::str::from_utf8(path.bytes()).ok()?;
    (!text.contains(['*', '?', '[', '{']) && !text.starts_with("${")).then_some(text)
}

/// An endpoint as it would be written in a flag: by the name that it was learnt from, if there is one.
fn host_as_grant(scope: Scope, endpoint: &Endpoint<'_>) -> Option<String> {
    let host = match *endpoint {
        Endpoint::Name(name) => return Some(name.to_owned()),
        Endpoint::Unix { path, .. } => return (!path.contains(',')).then(|| format!("unix:{path}")),
        Endpoint::Address { address, .. } if scope == Scope::NetResolve => return Some(address.to_string()),
        Endpoint::Address { address, .. } if scope == Scope::NetListen && address.is_unspecified() => String::new(),
        Endpoint::Address { address, names, .. } => match (names.last(), address) {
            (Some(name), _) if scope == Scope::NetConnect => name.to_string(),
            (_, IpAddr::V6(address)) => format!("[{address}]"),
            (_, IpAddr::V4(address)) => address.to_string(),
        },
    };
    match endpoint {
        Endpoint::Address { port, .. } => Some(format!("{host}:{port}")),
        _ => Some(host),
    }
}

impl PartialEq for Policy {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}

impl Eq for Policy {}

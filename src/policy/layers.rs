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

/// The permissions of a program. A call passes only if every layer allows it: the policy's own
/// layers and those of the policies above it.
///
/// A clone is cheap and independent: a drop in one does not change the other.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Never empty, except in the result of [`Policy::enforced`]. All must allow, so their order
    /// has no meaning.
    pub(super) layers: Vec<Arc<Layer>>,
    /// The layers that only record refusals. No answer depends on them.
    reported: Vec<Arc<Layer>>,
}

impl Policy {
    pub(super) fn from_layer(layer: Layer) -> Self {
        Self { layers: vec![Arc::new(layer)], reported: Vec::new() }
    }

    /// Adds the layers of `second`, which only record what they would refuse.
    #[must_use]
    pub fn beside(mut self, second: &Self) -> Self {
        for layer in &second.layers {
            self.reported.push(Arc::new(Layer { mode: Mode::Report, ..(**layer).clone() }));
        }
        self
    }

    /// Whether every layer is enforced and none only records.
    #[inline]
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.reported.is_empty() && !self.audits()
    }

    /// Whether a layer only records its refusals, and lets the calls proceed.
    #[inline]
    #[must_use]
    pub fn audits(&self) -> bool {
        self.layers.iter().any(|layer| layer.mode == Mode::Audit)
    }

    /// Whether a layer does more than protect permit's own files.
    #[must_use]
    pub fn is_strict(&self) -> bool {
        self.layers.iter().any(|layer| layer.mode != Mode::Guard)
    }

    /// Whether the policy is strict and does not grant the whole scope.
    #[must_use]
    pub fn is_narrow(&self, scope: Scope) -> bool {
        self.is_strict() && !self.has(scope, &Resource::Nothing)
    }

    /// Returns the layers that are not in audit. If there are none, the result allows everything.
    #[must_use]
    pub fn enforced(&self) -> Self {
        let enforced = self.layers.iter().filter(|layer| layer.mode != Mode::Audit);
        Self { layers: enforced.cloned().collect(), reported: Vec::new() }
    }

    /// Returns the variables that a program may see, by the layers that are not in audit.
    #[must_use]
    pub fn environment(&self) -> VisibleVariables {
        VisibleVariables::new(self.layers.iter().filter(|layer| layer.mode != Mode::Audit).map(|layer| &layer.env))
    }

    /// Returns the policy that only records, if there is one.
    #[must_use]
    pub fn reported(&self) -> Option<Self> {
        (!self.reported.is_empty()).then(|| Self { layers: self.reported.clone(), reported: Vec::new() })
    }

    /// Returns [`Mode::Audit`] if a layer is in audit and none is enforced. The layer that protects
    /// permit's own files does not count.
    #[must_use]
    pub fn mode(&self) -> Mode {
        if self.audits() && !self.layers.iter().any(|layer| layer.mode == Mode::Enforce) {
            Mode::Audit
        } else {
            Mode::Enforce
        }
    }

    /// Adds the layers of `ceiling`: a call that either policy refuses is refused.
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

    /// Whether a path may be used. This is the hot call: each layer walks along the path once, and
    /// nothing is allocated.
    ///
    /// [`Scope::Fs`] asks for reading and writing. A scope without paths allows no path.
    #[inline]
    #[must_use]
    pub fn allows_path(&self, scope: Scope, path: &Absolute<'_>) -> bool {
        self.layers.iter().all(|layer| layer.every_path_set(scope, |set| set.allows(path)))
    }

    /// Whether the place that a granted path leads to may be used. `real` is the end of
    /// [`walk`](super::links::walk). Callers ask only if it differs from the path.
    #[must_use]
    pub fn allows_behind_links(&self, scope: Scope, real: &Absolute<'_>) -> bool {
        self.layers.iter().all(|layer| layer.allows_behind_links(scope, real))
    }

    /// Whether a path and everything below it may be used, for a recursive `rm`, `cp` or `readdir`.
    /// One grant must cover it: a tree that is granted in pieces is not covered.
    #[must_use]
    pub fn covers_tree(&self, scope: Scope, path: &Absolute<'_>) -> bool {
        self.layers.iter().all(|layer| layer.every_path_set(scope, |set| set.covers_tree(path)))
    }

    /// Whether a path or anything below it is denied. Such a path must not be renamed, linked,
    /// copied or removed as a whole. A glob counts if it could match below the path.
    #[must_use]
    pub fn denied_below(&self, scope: Scope, path: &Absolute<'_>) -> bool {
        let denied = |set: &PathGrants| set.denied_below(path);
        self.layers.iter().any(|layer| layer.paths(scope).iter().any(denied))
    }

    /// Whether a denial at or below `from` would not hold for the same name at or below `to`. A
    /// folder with such a denial gets no other name, by a move or by a link. A glob counts if it
    /// could match below `from`, unless it is `**/NAME` and holds at both places.
    #[must_use]
    pub fn loses_denial(&self, scope: Scope, from: &Absolute<'_>, to: &Absolute<'_>) -> bool {
        let loses = |set: &PathGrants| set.loses_denial(from, to);
        self.layers.iter().any(|layer| layer.paths(scope).iter().any(loses))
    }

    /// Whether the path is denied, or a denial names a path below it in full.
    #[must_use]
    pub fn names_denied_below(&self, scope: Scope, path: &Absolute<'_>) -> bool {
        let denied = |set: &PathGrants| set.names_denied_below(path);
        self.layers.iter().any(|layer| layer.paths(scope).iter().any(denied))
    }

    /// Whether every layer grants the path or something below it. Callers search only such
    /// directories.
    #[must_use]
    pub fn leads_to_grant(&self, scope: Scope, path: &Absolute<'_>) -> bool {
        self.layers.iter().all(|layer| layer.every_path_set(scope, |set| set.leads_to_grant(path)))
    }

    /// Whether a call is allowed. A scope of the kind `Switch` ignores the resource. A scope of
    /// paths or hosts that is asked about [`Resource::Nothing`] must be granted as a whole.
    #[must_use]
    pub fn allows(&self, scope: Scope, resource: &Resource<'_>) -> bool {
        self.layers.iter().all(|layer| layer.allows(scope, resource))
    }

    /// Whether a server may listen at any address at all.
    #[must_use]
    pub fn listens(&self) -> bool {
        self.layers.iter().all(|layer| layer.listens())
    }

    /// Whether an enforced layer grants a connection to exactly this address and port: by no range,
    /// no set, and not by every port of the address.
    #[must_use]
    pub fn grants_exact_endpoint(&self, endpoint: &Endpoint<'_>) -> bool {
        self.layers.iter().any(|layer| layer.mode == Mode::Enforce && layer.grants_exact_endpoint(endpoint))
    }

    /// Checks a call as [`Policy::allows`] does, and returns the refusal. `spelled` is the resource
    /// as the caller wrote it.
    ///
    /// # Errors
    /// [`Denied`] if the call is not allowed.
    #[inline]
    pub fn check(&self, scope: Scope, resource: &Resource<'_>, spelled: &str) -> Result<(), Denied> {
        if self.allows(scope, resource) { Ok(()) } else { Err(self.refusal(scope, resource, spelled)) }
    }

    /// Whether a denial refuses the call, and not the lack of a grant.
    #[must_use]
    pub fn withholds(&self, scope: Scope, resource: &Resource<'_>) -> bool {
        self.layers.iter().any(|layer| layer.withholds(scope, resource))
    }

    /// Makes the refusal of a call, also for callers that decided by other means.
    #[cold]
    #[must_use]
    pub fn refusal(&self, scope: Scope, resource: &Resource<'_>, spelled: &str) -> Denied {
        let grant = if self.withholds(scope, resource) { None } else { self.smallest_flag(scope, resource) };
        Denied { scope, resource: spelled.to_owned(), grant }
    }

    /// Answers `process.permission.has(scope, reference)`. No resource, or [`Resource::Nothing`],
    /// asks whether the whole scope is granted and nothing is withheld. For paths only `*` grants
    /// the whole scope.
    ///
    /// As in Node, `fs` ignores its reference, and so does a scope of the kind `Switch`. An empty
    /// reference is false everywhere; callers answer it themselves.
    #[must_use]
    pub fn has(&self, scope: Scope, resource: &Resource<'_>) -> bool {
        let resource = if scope == Scope::Fs { &Resource::Nothing } else { resource };
        self.allows(scope, resource)
    }

    /// Denies a resource for good.
    ///
    /// [`Resource::Nothing`] denies the whole scope. A path denies itself and everything below it;
    /// one that ends in `*` denies every path that begins so. `fs` with a path is reading and
    /// writing. A program or a variable denies itself. A program that may still be started, such as
    /// a shell, may start a dropped program. Hosts are dropped with the addresses that they
    /// resolved to; `net` with hosts is connecting and resolving. Any other resource denies the
    /// whole scope.
    pub fn drop(&mut self, scope: Scope, resource: &Resource<'_>, files: &dyn Files) {
        // Prefers an enforced layer. In an audit a drop is recorded and refuses nothing.
        let of_mode = |mode| self.layers.iter().position(|layer| layer.mode == mode);
        let at = of_mode(Mode::Enforce).or_else(|| of_mode(Mode::Audit)).unwrap_or(0);
        if let Some(own) = self.layers.get_mut(at) {
            Arc::make_mut(own).drop(scope, resource, files);
        }
    }

    /// Removes the grants that have expired at `now` (seconds since 1970). Returns whether there
    /// were any.
    pub fn expire(&mut self, now: u64) -> bool {
        let due = |layer: &Layer| layer.next_expiry().is_some_and(|at| at <= now);
        let mut any = false;
        for layer in self.layers.iter_mut().chain(&mut self.reported).filter(|layer| due(layer)) {
            any |= Arc::make_mut(layer).expire(now);
        }
        any
    }

    /// Returns the next expiry of a grant, in seconds since 1970.
    #[must_use]
    pub fn next_expiry(&self) -> Option<u64> {
        self.layers.iter().chain(&self.reported).filter_map(|layer| layer.next_expiry()).min()
    }

    /// Returns the path rules of a scope, one list for each layer, for reports and for the kernel's
    /// own rules.
    pub fn path_rules(&self, scope: Scope) -> impl Iterator<Item = Vec<PathRule<'_>>> {
        self.layers.iter().map(move |layer| layer.paths(scope).iter().flat_map(PathGrants::rules).collect())
    }

    /// Writes the policy with its drops, in one canonical form without NUL bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::write(self.layers.iter().chain(&self.reported).map(|layer| &**layer))
    }

    /// Reads the policy that [`Policy::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`WireError`] if the bytes are anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let (reported, layers): (Vec<_>, Vec<_>) =
            wire::read(bytes)?.into_iter().map(Arc::new).partition(|layer| layer.mode == Mode::Report);
        if layers.is_empty() { Err(WireError::Empty) } else { Ok(Self { layers, reported }) }
    }

    /// Returns the SHA-256 of [`Policy::to_bytes`] in hexadecimal. The same grants in any order
    /// have the same hash.
    ///
    /// The hash is cryptographic, because a child trusts a policy that it inherits by its hash.
    #[must_use]
    pub fn hash(&self) -> String {
        Self::hash_of(&self.to_bytes())
    }

    /// Returns the [`Policy::hash`] of the policy that has these bytes.
    #[must_use]
    pub fn hash_of(bytes: &[u8]) -> String {
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(bytes) {
            // Writing to a `String` does not fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    }

    /// Returns the smallest flags that would allow the call. Returns `None` if no flag can express
    /// the resource.
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

/// Returns a path as a flag spells it. Returns `None` if a flag would read it as something else.
fn as_grant<'a>(path: &'a Absolute<'_>) -> Option<&'a str> {
    let text = std::str::from_utf8(path.bytes()).ok()?;
    (!text.contains(['*', '?', '[', '{']) && !text.starts_with("${")).then_some(text)
}

/// Returns an endpoint as a flag spells it: by the name that resolved to it, if there is one.
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

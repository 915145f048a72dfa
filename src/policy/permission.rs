//! The permissions of a policy, one by one, and whether another policy covers them. For the
//! comparison of policies: nothing here is used while a program runs.
//!
//! Each permission must be covered by one grant. `false` means that this could not be shown. So no
//! gain is missed, and a tree that is granted in pieces counts as more than its pieces.

use std::fmt;

use super::grant_list::{GrantItem, GrantList};
use super::grants::{Effect, PathGrants, PathRule, Shape};
use super::hosts::{Endpoint, NetOp};
use super::layer::Layer;
use super::names::NameGrant;
use super::net::{HostGrant, Ports};
use super::path::Style;
use super::programs::ProgramGrant;
use super::resource::Resource;
use super::scope::{Scope, ScopeKind};
use super::{Policy, hosts, names, programs};

/// One grant or denial of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// The scope.
    pub scope: Scope,
    /// Whether it is a denial.
    pub denies: bool,
    /// The expiry, in seconds since 1970.
    pub expires: Option<u64>,
    what: Subject,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    Path(Shape, Vec<u8>),
    Host(HostGrant),
    Program(ProgramGrant),
    Name(NameGrant),
    /// The name `localhost`, and none of its addresses.
    Localhost,
    Whole,
}

impl Permission {
    /// Whether it is a glob. Few permissions can be compared with a glob.
    #[must_use]
    pub fn is_glob(&self) -> bool {
        matches!(self.what, Subject::Path(Shape::Glob, _))
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.scope)?;
        match &self.what {
            Subject::Path(shape, text) => {
                let text = String::from_utf8_lossy(text);
                match shape {
                    Shape::Prefix if text.is_empty() => f.write_str("of everything"),
                    Shape::Prefix => write!(f, "of all that begins with {text}"),
                    Shape::Tree => write!(f, "of {text} and all below it"),
                    Shape::Exact => write!(f, "of {text}"),
                    Shape::Target => write!(f, "of {text} through a link"),
                    Shape::Glob => match text.split_once('\0') {
                        Some((head, tail)) => write!(f, "of {}/{tail}", head.trim_end_matches('/')),
                        None => write!(f, "of {text}"),
                    },
                }
            }
            // Resolving ignores ports.
            Subject::Host(item) if self.scope == Scope::NetResolve => {
                write!(f, "of {}", HostGrant { host: item.host.clone(), ports: Ports::Any })
            }
            Subject::Host(host) => write!(f, "of {host}"),
            Subject::Program(program) if *program == ProgramGrant::everything() => f.write_str("of every program"),
            Subject::Program(program) => write!(f, "of {program}"),
            Subject::Name(NameGrant::Everything) => f.write_str("of every variable"),
            Subject::Name(name) => write!(f, "of {name}"),
            Subject::Localhost => f.write_str("of localhost, for a server"),
            Subject::Whole => f.write_str("as a whole"),
        }
    }
}

impl Policy {
    /// Returns the grants and denials of each layer, without the paths that permit itself protects.
    #[must_use]
    pub fn permissions(&self) -> Vec<Permission> {
        self.layers.iter().flat_map(|layer| of_layer(layer)).collect()
    }

    /// Whether the policy grants everything that `thing` covers, before denials. The expiry is
    /// ignored.
    #[must_use]
    pub fn grants_all_of(&self, thing: &Permission) -> bool {
        self.layers.iter().all(|layer| grants(layer, thing))
    }

    /// Whether the policy denies everything that `thing` covers.
    #[must_use]
    pub fn denies_all_of(&self, thing: &Permission) -> bool {
        self.layers.iter().any(|layer| denies(layer, thing))
    }

    /// Whether the policy may grant a part of `thing`, before denials. True unless that can be
    /// ruled out.
    #[must_use]
    pub fn may_grant_some_of(&self, thing: &Permission) -> bool {
        self.layers.iter().all(|layer| may_grant(layer, thing))
    }

    /// Whether a path is granted by its name alone, wherever a link in it leads.
    #[must_use]
    pub fn follows_links(&self) -> bool {
        self.layers.iter().any(|layer| layer.follows_links)
    }
}

fn of_layer(layer: &Layer) -> Vec<Permission> {
    let mut all = Vec::new();
    // The parts of a group such as `fs` are listed instead of the group.
    for &scope in Scope::ALL.iter().filter(|scope| !scope.is_group()) {
        match scope.kind() {
            ScopeKind::Path => {
                for rule in paths(layer, scope).filter(|rule| rule.effect != Effect::Protect) {
                    let what = Subject::Path(rule.shape, rule.text.to_vec());
                    all.push(Permission { scope, denies: rule.effect == Effect::Deny, expires: rule.expires, what });
                }
            }
            ScopeKind::Host => layer.hosts(scope).iter().for_each(|list| of_list(&mut all, scope, list, Subject::Host)),
            ScopeKind::Program => of_list(&mut all, scope, &layer.child, Subject::Program),
            ScopeKind::Name => of_list(&mut all, scope, &layer.env, Subject::Name),
            ScopeKind::Switch => {
                let said = [(layer.switches.grants(scope), false), (layer.switches.denies(scope), true)];
                let whole = |(_, denies)| Permission { scope, denies, expires: None, what: Subject::Whole };
                all.extend(said.into_iter().filter(|(said, _)| *said).map(whole));
            }
        }
    }
    // A program that may listen may resolve `localhost`. The expiry of that is left out: the name
    // leads to this machine only.
    if layer.listens_by_name() {
        all.push(Permission { scope: Scope::NetResolve, denies: false, expires: None, what: Subject::Localhost });
    }
    all
}

fn of_list<T: GrantItem>(all: &mut Vec<Permission>, scope: Scope, list: &GrantList<T>, what: fn(T) -> Subject) {
    for entry in list.granted() {
        let what = what(entry.item.clone());
        all.push(Permission { scope, denies: false, expires: entry.expires, what });
    }
    for item in list.denied() {
        all.push(Permission { scope, denies: true, expires: None, what: what(item.clone()) });
    }
}

fn grants(layer: &Layer, thing: &Permission) -> bool {
    match &thing.what {
        Subject::Path(shape @ (Shape::Exact | Shape::Tree), text) => {
            // One path, or one tree: ask the trie, which answers calls too.
            let known = |set: &PathGrants| set.grants_before_denials(text, *shape == Shape::Tree);
            let known = layer.paths(thing.scope).iter().find_map(known);
            known.unwrap_or_else(|| grants_by_rules(layer, thing.scope, *shape, text))
        }
        Subject::Path(shape, text) => grants_by_rules(layer, thing.scope, *shape, text),
        Subject::Host(item) => layer.operations(thing.scope).any(|(op, list)| hosts::grants_all_of(list, op, item)),
        Subject::Localhost => layer.allows(thing.scope, &Resource::Endpoint(Endpoint::Name("localhost"))),
        Subject::Program(program) => layer.child.granted().iter().any(|entry| programs::holds(&entry.item, program)),
        Subject::Name(name) => layer.env.granted().iter().any(|entry| names::holds(&entry.item, name)),
        Subject::Whole => layer.switches.grants(thing.scope),
    }
}

fn grants_by_rules(layer: &Layer, scope: Scope, shape: Shape, text: &[u8]) -> bool {
    paths(layer, scope).any(|rule| rule.effect == Effect::Grant && holds(layer.style, &rule, shape, text))
}

fn denies(layer: &Layer, thing: &Permission) -> bool {
    match &thing.what {
        Subject::Path(shape, text) => paths(layer, thing.scope).any(|rule| {
            // A denial covers everything below it, whatever its shape.
            let reach = if rule.shape == Shape::Exact { Shape::Tree } else { rule.shape };
            rule.effect == Effect::Deny && holds(layer.style, &PathRule { shape: reach, ..rule }, *shape, text)
        }),
        Subject::Host(item) => layer.operations(thing.scope).any(|(op, list)| hosts::denies_all_of(list, op, item)),
        Subject::Program(program) => layer.child.denied().iter().any(|item| programs::holds(item, program)),
        Subject::Localhost => hosts::denies(layer.list(NetOp::Resolve), NetOp::Resolve, &Endpoint::Name("localhost")),
        Subject::Name(name) => layer.env.denied().iter().any(|item| names::holds(item, name)),
        Subject::Whole => layer.switches.denies(thing.scope),
    }
}

fn may_grant(layer: &Layer, thing: &Permission) -> bool {
    match &thing.what {
        Subject::Path(shape, text) => paths(layer, thing.scope)
            .any(|rule| rule.effect == Effect::Grant && !apart(layer.style, &rule, *shape, text)),
        // A name may resolve to any address, and an address may have any name.
        Subject::Host(_) | Subject::Localhost => {
            let by_name = thing.scope == Scope::NetResolve && layer.listens();
            by_name || layer.operations(thing.scope).any(|(_, list)| !list.is_empty())
        }
        Subject::Program(_) => !layer.child.is_empty(),
        Subject::Name(_) => !layer.env.is_empty(),
        Subject::Whole => layer.switches.grants(thing.scope),
    }
}

fn paths(layer: &Layer, scope: Scope) -> impl Iterator<Item = PathRule<'_>> {
    layer.paths(scope).iter().flat_map(PathGrants::rules)
}

/// Whether a rule covers everything that another rule does.
fn holds(style: Style, rule: &PathRule<'_>, shape: Shape, text: &[u8]) -> bool {
    // The directory that contains everything, and whether the directory itself is included.
    let (below, itself) = match shape {
        Shape::Exact | Shape::Tree | Shape::Target => (text, true),
        Shape::Prefix | Shape::Glob => (text, false),
    };
    match rule.shape {
        _ if rule.shape == shape && rule.text == text => true,
        Shape::Prefix if rule.text.is_empty() => true,
        Shape::Exact => matches!(shape, Shape::Exact | Shape::Target) && rule.text == text,
        Shape::Target | Shape::Glob => false,
        Shape::Prefix => match shape {
            Shape::Glob => below_of(style, text).starts_with(rule.text),
            _ => below.starts_with(rule.text),
        },
        Shape::Tree => {
            let tree = style.join(rule.text, b"");
            let tree =
                if tree.last() == Some(&style.separator()) { tree } else { [&tree[..], &[style.separator()]].concat() };
            (itself && rule.text == text)
                || match shape {
                    Shape::Glob => below_of(style, text).starts_with(&tree),
                    _ => below.starts_with(&tree),
                }
        }
    }
}

/// Returns the text that every match of a glob begins with.
fn below_of(style: Style, glob: &[u8]) -> Vec<u8> {
    let head = glob.split(|&byte| byte == 0).next().unwrap_or_default();
    let mut head = head.to_vec();
    if head.last() != Some(&style.separator()) {
        head.push(style.separator());
    }
    head
}

/// Whether two rules certainly have no path in common.
fn apart(style: Style, rule: &PathRule<'_>, shape: Shape, text: &[u8]) -> bool {
    let start = |shape: Shape, text: &[u8]| if shape == Shape::Glob { below_of(style, text) } else { text.to_vec() };
    let (one, other) = (start(rule.shape, rule.text), start(shape, text));
    !one.starts_with(&other) && !other.starts_with(&one)
}

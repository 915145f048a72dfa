//! Writes a policy from observations as a person would: with tokens, and with a reason for each
//! grant.
//!
//! The written policy is read again and asked for each observed access. If a generalized path does
//! not cover an access (for example, because it lies behind a link), the path itself is granted
//! too. So permit refuses nothing to a second run that does the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::RolloutError;
use super::generalize::{
    FoldLimits, Folders, GeneralizedPath, GrantForm, Paths, generated_prefixes, is_at_or_below, is_secret,
};
use super::observations::{Access, AccessTarget, Observations, Usage};
use crate::config::{Source, Surroundings, Tokens, parse_file};
use crate::policy::interpreters::interpreter;
use crate::policy::shell_words::quote;
use crate::policy::{Policy, Scope, ScopeKind};

/// A grant, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedGrant {
    /// The scope.
    pub scope: Scope,
    /// The resource; `None` for the whole scope.
    pub text: Option<String>,
    /// The reason in the policy file.
    pub reason: String,
}

/// A policy that a person has to look at.
#[derive(Debug, Default)]
pub struct ProposedPolicy {
    /// The grants.
    pub grants: Vec<ProposedGrant>,
    /// Lines about grants that a person should look at.
    pub notes: Vec<String>,
}

/// The first of the ports that a system gives to a program which asks for any.
const FIRST_EPHEMERAL_PORT: u16 = 32_768;
/// The most ephemeral ports that a person would name in a policy.
const MAX_NAMED_PORTS: usize = 16;
/// The most packages that a reason names.
const MAX_NAMED_PACKAGES: usize = 3;

impl ProposedPolicy {
    /// Proposes grants that cover the observations.
    #[must_use]
    pub fn new(observations: &Observations, tokens: &Tokens, folders: &dyn Folders) -> Self {
        let all = observations.sorted();
        let mut proposal = Self::default();
        proposal.paths(&all, tokens, folders);
        proposal.hosts(&all);
        proposal.others(&all, tokens);
        if observations.dropped > 0 {
            proposal.notes.push(format!("{} calls found no room in the log and are not in it", observations.dropped));
        }
        for (name, count) in &observations.nameless {
            proposal.notes.push(format!("{name}, {count} times: no grant can name it"));
        }
        proposal
    }

    fn paths(&mut self, all: &[(&Access, &Usage)], tokens: &Tokens, folders: &dyn Folders) {
        let limits = FoldLimits::new(tokens);
        let of = |scope: Scope| {
            all.iter().filter_map(move |(access, seen)| match &access.target {
                AccessTarget::Path(path) if access.scope == scope => Some((path.as_str(), false, *seen)),
                AccessTarget::Tree(path) if access.scope == scope => Some((path.as_str(), true, *seen)),
                _ => None,
            })
        };
        let generated = generated_prefixes(of(Scope::FsWrite).map(|(path, _, _)| path), &limits);
        let sorted = |scope| {
            let mut paths = Paths::default();
            of(scope).for_each(|(path, tree, seen)| paths.add(path, tree, seen, &generated));
            paths
        };
        let written = sorted(Scope::FsWrite).generalize_written(&limits, folders);
        let filled: BTreeSet<String> = written
            .iter()
            .filter(|grant| grant.form == GrantForm::FutureTree)
            .map(|grant| grant.path.clone())
            .collect();
        let read = sorted(Scope::FsRead).generalize_read(&filled, &limits, folders);
        for (scope, grants) in [(Scope::FsRead, read), (Scope::FsWrite, written)] {
            for grant in grants {
                let secret = grant.form == GrantForm::Exact && !grant.path.contains("/node_modules/");
                if limits.is_private(&grant.path) || (secret && is_secret(&grant.path)) {
                    self.notes.push(format!("{} {}: keys and passwords are kept there", scope.name(), grant.path));
                }
                let reason = reason(grant.paths, "path", &grant.packages);
                self.grants.push(ProposedGrant { scope, text: Some(written_as(&grant, tokens)), reason });
            }
        }
    }

    fn hosts(&mut self, all: &[(&Access, &Usage)]) {
        let of = |scope: Scope| {
            all.iter().filter_map(move |(access, seen)| match &access.target {
                AccessTarget::Host(host) if access.scope == scope => Some((host.as_str(), *seen)),
                _ => None,
            })
        };
        let port = |host: &str| host.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        let any = of(Scope::NetListen).any(|(host, _)| port(host) == Some(0));
        let high: Vec<(u16, u64)> = of(Scope::NetListen)
            .filter_map(|(host, seen)| Some((port(host)?, seen.count)))
            .filter(|(port, _)| any && *port >= FIRST_EPHEMERAL_PORT)
            .collect();
        // The program asks twice for a port that it names: by its name, and by the address.
        let named = |count: u64| count > 1 && high.len() <= MAX_NAMED_PORTS;
        let ephemeral: BTreeSet<u16> = high.iter().filter(|(_, count)| !named(*count)).map(|(port, _)| *port).collect();
        let is_ephemeral = |host: &str| port(host).is_some_and(|port| ephemeral.contains(&port));
        for scope in [Scope::NetConnect, Scope::NetListen, Scope::NetResolve] {
            let mut hosts: BTreeMap<&str, (u64, BTreeSet<String>)> = BTreeMap::new();
            for (host, seen) in of(scope) {
                // The next run gets another ephemeral port.
                let host = match host.rsplit_once(':') {
                    Some(_) if is_ephemeral(host) && scope == Scope::NetListen => continue,
                    Some((name, _)) if is_ephemeral(host) => name,
                    _ => host,
                };
                let (count, packages) = hosts.entry(host).or_default();
                *count += seen.count;
                packages.extend(seen.packages.iter().cloned());
            }
            for (host, (count, packages)) in hosts {
                let reason = reason(usize::try_from(count).unwrap_or(usize::MAX), "time", &packages);
                self.grants.push(ProposedGrant { scope, text: Some(host.to_owned()), reason });
            }
        }
    }

    fn others(&mut self, all: &[(&Access, &Usage)], tokens: &Tokens) {
        for (Access { scope, target }, seen) in all {
            let text = match target {
                AccessTarget::Program(file) => {
                    if interpreter(file).is_some() {
                        self.notes.push(format!("{} {file}: runs any program", scope.name()));
                    }
                    Some(quote(&of_project(file, tokens)))
                }
                AccessTarget::Path(path) if *scope == Scope::Addon => Some(with_token(path, tokens)),
                AccessTarget::Name(name) => Some(name.clone()),
                AccessTarget::Whole => None,
                _ => continue,
            };
            let reason = reason(usize::try_from(seen.count).unwrap_or(usize::MAX), "time", &seen.packages);
            self.grants.push(ProposedGrant { scope: *scope, text, reason });
        }
    }

    /// Adds a grant for each path that a policy still refuses.
    pub fn add_refused(
        &mut self,
        policy: &Policy,
        observations: &Observations,
        tokens: &Tokens,
        folders: &dyn Folders,
    ) {
        for (access, seen) in observations.sorted() {
            if let AccessTarget::Path(path) = &access.target
                && access.scope.kind() == ScopeKind::Path
                && !access.allowed(policy, folders)
            {
                let form = if folders.is_dir(path.as_bytes()) { GrantForm::DirectoryOnly } else { GrantForm::Exact };
                let grant = GeneralizedPath { path: path.clone(), form, paths: 1, packages: BTreeSet::new() };
                let reason = reason(1, "path", &seen.packages);
                let grant = ProposedGrant { scope: access.scope, text: Some(written_as(&grant, tokens)), reason };
                // A grant does not change what a denial refuses.
                if !self.grants.iter().any(|there| there.scope == grant.scope && there.text == grant.text) {
                    self.grants.push(grant);
                }
            }
        }
    }

    /// Adds a note for each access that a policy with all grants still refuses.
    pub fn note_refused(&mut self, policy: &Policy, observations: &Observations, folders: &dyn Folders) {
        for (access, _) in observations.sorted() {
            // The working directory of the program is not recorded, so that a relative path may be
            // covered.
            let relative =
                matches!(&access.target, AccessTarget::Program(file) if file.contains('/') && !file.starts_with('/'));
            if !access.allowed(policy, folders) && !self.is_ephemeral(access) && !relative {
                self.notes.push(format!(
                    "{} {}: is denied, or no grant can name it",
                    access.scope.name(),
                    access.text()
                ));
            }
        }
    }

    /// Returns true for an ephemeral port: a grant of port 0 covers it.
    fn is_ephemeral(&self, access: &Access) -> bool {
        let any = |grant: &ProposedGrant| {
            grant.scope == Scope::NetListen && grant.text.as_ref().is_some_and(|text| text.ends_with(":0"))
        };
        access.scope == Scope::NetListen && self.grants.iter().any(any)
    }

    /// Formats the policy as a new file, or adds it to the text of a file and keeps everything else
    /// in it.
    ///
    /// # Errors
    /// [`RolloutError`] with the path of the file, if it is no policy.
    pub fn write(&self, path: &str, into: Option<&str>, profile: Option<&str>) -> Result<String, RolloutError> {
        let path = || path.to_owned();
        let mut file: serde_json::Value = match into {
            Some(text) => serde_json::from_str(text).map_err(|reason| RolloutError::Syntax { path: path(), reason })?,
            None => serde_json::json!({ "permission": {} }),
        };
        let permission = file.get_mut("permission").ok_or_else(|| RolloutError::NoPolicy { path: path() })?;
        let place = match profile {
            Some(name) => permission
                .get_mut("profiles")
                .and_then(|profiles| profiles.get_mut(name))
                .ok_or_else(|| RolloutError::NoProfile { path: path(), name: name.to_owned() })?,
            None => permission,
        };
        let place = place.as_object_mut().ok_or_else(|| RolloutError::NoObject { path: path() })?;
        for ProposedGrant { scope, text, reason } in &self.grants {
            let there = place.entry(scope.flag().trim_start_matches('-')).or_insert(serde_json::Value::Null);
            let Some(text) = text else {
                *there = true.into();
                continue;
            };
            let entry = serde_json::json!({ "grant": text, "reason": reason });
            match there {
                serde_json::Value::Bool(true) => {}
                serde_json::Value::Array(entries) => entries.push(entry),
                empty @ (serde_json::Value::Null | serde_json::Value::Bool(false)) => {
                    *empty = serde_json::json!([entry]);
                }
                one => {
                    let before = one.take();
                    *one = serde_json::json!([before, entry]);
                }
            }
        }
        let mut text = String::new();
        write_json(&mut text, &file, 0);
        text.push('\n');
        Ok(text)
    }
}

/// Reads the text of a policy file back.
///
/// # Errors
/// [`RolloutError`] with the place, if it is no policy.
pub fn read_back(
    text: &str,
    path: &str,
    profile: Option<&str>,
    around: &Surroundings,
    folders: &dyn Folders,
) -> Result<Policy, RolloutError> {
    let directory =
        path.rsplit_once('/').map_or("/", |(directory, _)| if directory.is_empty() { "/" } else { directory });
    let source = Source { name: path, directory: directory.as_bytes(), text };
    let settings = parse_file(&source, profile)?;
    let settings = settings.ok_or_else(|| RolloutError::NoPolicy { path: path.to_owned() })?;
    let (policy, _) = settings.into_policy(folders, around)?;
    Ok(policy.enforced())
}

fn reason(count: usize, what: &str, packages: &BTreeSet<String>) -> String {
    let mut text = format!("trace: {count} {what}{}", if count == 1 { "" } else { "s" });
    let named: Vec<&str> = packages.iter().take(MAX_NAMED_PACKAGES).map(String::as_str).collect();
    if !named.is_empty() {
        // Writing to a String does not fail.
        let _ = write!(text, ", by {}", named.join(", "));
        if packages.len() > MAX_NAMED_PACKAGES {
            let _ = write!(text, " and {} more", packages.len() - MAX_NAMED_PACKAGES);
        }
    }
    text
}

/// The token of the project.
const PROJECT: &str = "${PROJECT}";

/// Returns the folders that have a token, with it.
pub fn token_folders(tokens: &Tokens) -> impl Iterator<Item = (&'static str, &str)> {
    let named = [(PROJECT, &tokens.project), ("${TMP}", &tokens.tmp), ("${HOME}", &tokens.home)];
    named.into_iter().filter_map(|(token, folder)| {
        let folder = std::str::from_utf8(folder.as_deref()?).ok()?.trim_end_matches('/');
        (!folder.is_empty()).then_some((token, folder))
    })
}

/// Writes the path of a program with `${PROJECT}` if it lies in the project.
fn of_project(file: &str, tokens: &Tokens) -> String {
    let project = token_folders(tokens).find(|(token, _)| *token == PROJECT);
    match project.and_then(|(_, folder)| file.strip_prefix(folder)) {
        Some(rest) if rest.starts_with('/') => format!("{PROJECT}{rest}"),
        _ => file.to_owned(),
    }
}

/// Writes a path as a grant, with a token for its beginning.
fn written_as(grant: &GeneralizedPath, tokens: &Tokens) -> String {
    let text = with_token(&grant.path, tokens);
    let below = |end: &str| format!("{}/{end}", text.trim_end_matches('/'));
    match &grant.form {
        GrantForm::Exact | GrantForm::Tree => text,
        GrantForm::Endings(endings) => format!("{text}.{{{}}}", endings.join(",")),
        GrantForm::DirectoryOnly => below("{}"),
        GrantForm::FutureTree => below("*"),
        GrantForm::Prefix => format!("{text}*"),
    }
}

fn with_token(path: &str, tokens: &Tokens) -> String {
    let found = token_folders(tokens).filter(|(_, folder)| is_at_or_below(path, folder));
    match found.max_by_key(|(_, folder)| folder.len()) {
        Some((token, folder)) => format!("{token}{}", escape_wildcards(&path[folder.len()..])),
        None => escape_wildcards(path),
    }
}

/// Escapes the wildcards in a path.
fn escape_wildcards(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// Formats JSON with keys on lines of their own, and each entry of a list on one line.
fn write_json(text: &mut String, value: &serde_json::Value, depth: usize) {
    let indent = |text: &mut String, depth: usize| {
        text.push('\n');
        text.extend(std::iter::repeat_n("  ", depth));
    };
    match value {
        serde_json::Value::Object(keys) if !keys.is_empty() => {
            text.push('{');
            for (at, (key, value)) in keys.iter().enumerate() {
                text.push_str(if at > 0 { "," } else { "" });
                indent(text, depth + 1);
                let _ = write!(text, "{}: ", serde_json::Value::from(key.as_str()));
                write_json(text, value, depth + 1);
            }
            indent(text, depth);
            text.push('}');
        }
        serde_json::Value::Array(entries) if !entries.is_empty() => {
            text.push('[');
            for (at, entry) in entries.iter().enumerate() {
                text.push_str(if at > 0 { "," } else { "" });
                indent(text, depth + 1);
                write_on_one_line(text, entry);
            }
            indent(text, depth);
            text.push(']');
        }
        plain => write_on_one_line(text, plain),
    }
}

fn write_on_one_line(text: &mut String, value: &serde_json::Value) {
    match value {
        serde_json::Value::Object(keys) => {
            text.push_str("{ ");
            for (at, (key, value)) in keys.iter().enumerate() {
                let _ = write!(text, "{}{}: ", if at > 0 { ", " } else { "" }, serde_json::Value::from(key.as_str()));
                write_on_one_line(text, value);
            }
            text.push_str(" }");
        }
        plain => {
            let _ = write!(text, "{plain}");
        }
    }
}

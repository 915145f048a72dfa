//! A policy out of what was gathered: as a person would write it, with tokens, and with a reason for each grant.
//!
//! What is written is read back and asked for everything that was gathered; a path that a folder does not cover after
//! all (it lies behind a link, say) is added by itself. So a run that does the same again is refused nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::fold::{Folded, Folders, Form, Paths, Places, is_at_or_below, is_private, is_secret, made_up};
use super::gathered::{Asked, Gathered, Seen, What};
use crate::config::{Source, Surroundings, Tokens, parse_file};
use crate::policy::{Policy, Scope, ScopeKind, shell_words};

/// One grant, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The scope.
    pub scope: Scope,
    /// What of it; all of one that has no parts.
    pub text: Option<String>,
    /// Why.
    pub reason: String,
}

/// The grants of a policy to be.
#[derive(Debug, Default)]
pub struct Draft {
    /// The grants.
    pub wishes: Vec<Wish>,
    /// What a person should look at before signing, a line each.
    pub notes: Vec<String>,
}

/// Ports from here on are given out by systems where a program asks for any.
const GIVEN_OUT: u16 = 32_768;
/// Nobody names more high ports by hand.
const MOST_PORTS: usize = 16;
/// As many packages are named in a reason.
const MOST_NAMED: usize = 3;
/// Programs that start whatever they are told to.
const SHELLS: [&str; 9] = ["sh", "bash", "dash", "zsh", "fish", "cmd.exe", "powershell.exe", "pwsh", "env"];

impl Draft {
    /// The grants that cover what was gathered.
    #[must_use]
    pub fn new(gathered: &Gathered, tokens: &Tokens, folders: &dyn Folders) -> Self {
        let all = gathered.sorted();
        let mut draft = Self::default();
        draft.paths(&all, tokens, folders);
        draft.hosts(&all);
        draft.others(&all, tokens);
        if gathered.dropped > 0 {
            draft.notes.push(format!("{} calls found no room in the log and are not in it", gathered.dropped));
        }
        for (name, count) in &gathered.nameless {
            draft.notes.push(format!("{name}, {count} times: no grant can name it"));
        }
        draft
    }

    fn paths(&mut self, all: &[(&Asked, &Seen)], tokens: &Tokens, folders: &dyn Folders) {
        let places = Places::new(tokens);
        let of = |scope: Scope| {
            all.iter().filter_map(move |(asked, seen)| match &asked.what {
                What::Path(path) if asked.scope == scope => Some((path.as_str(), false, *seen)),
                What::Tree(path) if asked.scope == scope => Some((path.as_str(), true, *seen)),
                _ => None,
            })
        };
        let made_up = made_up(of(Scope::FsWrite).map(|(path, _, _)| path), &places);
        let sorted = |scope| {
            let mut paths = Paths::default();
            of(scope).for_each(|(path, tree, seen)| paths.add(path, tree, seen, &made_up));
            paths
        };
        let written = sorted(Scope::FsWrite).fold_written(&places, folders);
        let filled: BTreeSet<String> =
            written.iter().filter(|folded| folded.form == Form::TreeToBe).map(|folded| folded.path.clone()).collect();
        let read = sorted(Scope::FsRead).fold_read(&filled, &places, folders);
        for (scope, folded) in [(Scope::FsRead, read), (Scope::FsWrite, written)] {
            for folded in folded {
                let secret = folded.form == Form::Exact && !folded.path.contains("/node_modules/");
                if is_private(&folded.path, &places) || (secret && is_secret(&folded.path)) {
                    self.notes.push(format!("{} {}: keys and passwords are kept there", scope.name(), folded.path));
                }
                let reason = reason(folded.paths, "path", &folded.packages);
                self.wishes.push(Wish { scope, text: Some(written_as(&folded, tokens)), reason });
            }
        }
    }

    fn hosts(&mut self, all: &[(&Asked, &Seen)]) {
        let of = |scope: Scope| {
            all.iter().filter_map(move |(asked, seen)| match &asked.what {
                What::Host(host) if asked.scope == scope => Some((host.as_str(), *seen)),
                _ => None,
            })
        };
        let port = |host: &str| host.rsplit_once(':').and_then(|(_, port)| port.parse::<u16>().ok());
        let any = of(Scope::NetListen).any(|(host, _)| port(host) == Some(0));
        let high: Vec<(u16, u64)> = of(Scope::NetListen)
            .filter_map(|(host, seen)| Some((port(host)?, seen.count)))
            .filter(|(port, _)| any && *port >= GIVEN_OUT)
            .collect();
        // One that the program names is asked about when it is named and again when it is listened at.
        let named = |count: u64| count > 1 && high.len() <= MOST_PORTS;
        let given: BTreeSet<u16> = high.iter().filter(|(_, count)| !named(*count)).map(|(port, _)| *port).collect();
        let is_given = |host: &str| port(host).is_some_and(|port| given.contains(&port));
        for scope in [Scope::NetConnect, Scope::NetListen, Scope::NetResolve] {
            let mut hosts: BTreeMap<&str, (u64, BTreeSet<String>)> = BTreeMap::new();
            for (host, seen) in of(scope) {
                // A port that the system gave out is another one next time.
                let host = match host.rsplit_once(':') {
                    Some(_) if is_given(host) && scope == Scope::NetListen => continue,
                    Some((name, _)) if is_given(host) => name,
                    _ => host,
                };
                let (count, packages) = hosts.entry(host).or_default();
                *count += seen.count;
                packages.extend(seen.packages.iter().cloned());
            }
            for (host, (count, packages)) in hosts {
                let reason = reason(usize::try_from(count).unwrap_or(usize::MAX), "time", &packages);
                self.wishes.push(Wish { scope, text: Some(host.to_owned()), reason });
            }
        }
    }

    fn others(&mut self, all: &[(&Asked, &Seen)], tokens: &Tokens) {
        for (Asked { scope, what }, seen) in all {
            let text = match what {
                What::Program(file) => {
                    if SHELLS.contains(&file.rsplit(['/', '\\']).next().unwrap_or_default()) {
                        self.notes.push(format!("{} {file}: starts whatever it is told to", scope.name()));
                    }
                    Some(shell_words::quote(&of_project(file, tokens)))
                }
                What::Path(path) if *scope == Scope::Addon => Some(with_token(path, tokens)),
                What::Name(name) => Some(name.clone()),
                What::Whole => None,
                _ => continue,
            };
            let reason = reason(usize::try_from(seen.count).unwrap_or(usize::MAX), "time", &seen.packages);
            self.wishes.push(Wish { scope: *scope, text, reason });
        }
    }

    /// Adds what this policy would still refuse, each path by itself.
    pub fn add_refused(&mut self, policy: &Policy, gathered: &Gathered, tokens: &Tokens, folders: &dyn Folders) {
        for (asked, seen) in gathered.sorted() {
            if let What::Path(path) = &asked.what
                && asked.scope.kind() == ScopeKind::Path
                && !asked.allowed(policy, folders)
            {
                let form = if folders.is_dir(path.as_bytes()) { Form::Itself } else { Form::Exact };
                let folded = Folded { path: path.clone(), form, paths: 1, packages: BTreeSet::new() };
                let reason = reason(1, "path", &seen.packages);
                let wish = Wish { scope: asked.scope, text: Some(written_as(&folded, tokens)), reason };
                // What is denied stays so, however often it is granted.
                if !self.wishes.iter().any(|there| there.scope == wish.scope && there.text == wish.text) {
                    self.wishes.push(wish);
                }
            }
        }
    }

    /// Notes what a policy with all of this would still refuse: no grant can be written for it.
    pub fn note_refused(&mut self, policy: &Policy, gathered: &Gathered, folders: &dyn Folders) {
        for (asked, _) in gathered.sorted() {
            // Whether it covers a program that was named from a working directory is not known.
            let relative = matches!(&asked.what, What::Program(file) if file.contains('/') && !file.starts_with('/'));
            if !asked.allowed(policy, folders) && !self.is_given_out(asked) && !relative {
                self.notes.push(format!("{} {}: is denied, or no grant can name it", asked.scope.name(), asked.text()));
            }
        }
    }

    /// A port that the system gave out is granted by asking for any.
    fn is_given_out(&self, asked: &Asked) -> bool {
        let any =
            |wish: &Wish| wish.scope == Scope::NetListen && wish.text.as_ref().is_some_and(|text| text.ends_with(":0"));
        asked.scope == Scope::NetListen && self.wishes.iter().any(any)
    }

    /// The policy as the text of a file, or added to one: what that file says otherwise stays as it is.
    ///
    /// # Errors
    /// One line, if the file is no policy.
    pub fn write(&self, into: Option<&str>, profile: Option<&str>) -> Result<String, String> {
        let mut file: serde_json::Value = match into {
            Some(text) => serde_json::from_str(text).map_err(|error| error.to_string())?,
            None => serde_json::json!({ "permission": {} }),
        };
        let permission = file.get_mut("permission").ok_or("there is no key \"permission\" in it")?;
        let place = match profile {
            Some(name) => permission
                .get_mut("profiles")
                .and_then(|profiles| profiles.get_mut(name))
                .ok_or_else(|| format!("there is no profile {name:?} in it"))?,
            None => permission,
        };
        let place = place.as_object_mut().ok_or("its policy is no object")?;
        for Wish { scope, text, reason } in &self.wishes {
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
        put(&mut text, &file, 0);
        text.push('\n');
        Ok(text)
    }
}

/// The policy that a written file makes here.
///
/// # Errors
/// One line that says where it is wrong.
pub fn read_back(
    text: &str,
    path: &str,
    profile: Option<&str>,
    around: &Surroundings,
    folders: &dyn Folders,
) -> Result<Policy, String> {
    let directory =
        path.rsplit_once('/').map_or("/", |(directory, _)| if directory.is_empty() { "/" } else { directory });
    let source = Source { name: path, directory: directory.as_bytes(), text };
    let settings = parse_file(&source, profile).map_err(|error| error.to_string())?;
    let settings = settings.ok_or("there is no key \"permission\" in it")?;
    let (policy, _) = settings.into_policy(folders, around).map_err(|error| error.to_string())?;
    Ok(policy.enforced())
}

fn reason(count: usize, what: &str, packages: &BTreeSet<String>) -> String {
    let mut text = format!("trace: {count} {what}{}", if count == 1 { "" } else { "s" });
    let named: Vec<&str> = packages.iter().take(MOST_NAMED).map(String::as_str).collect();
    if !named.is_empty() {
        // Writing to a String does not fail.
        let _ = write!(text, ", by {}", named.join(", "));
        if packages.len() > MOST_NAMED {
            let _ = write!(text, " and {} more", packages.len() - MOST_NAMED);
        }
    }
    text
}

/// A program of the project by the token of that.
fn of_project(file: &str, tokens: &Tokens) -> String {
    let place = tokens.project.as_deref().and_then(|place| std::str::from_utf8(place).ok());
    match place.filter(|place| *place != "/").and_then(|place| file.strip_prefix(place)) {
        Some(rest) if rest.starts_with('/') => format!("${{PROJECT}}{rest}"),
        _ => file.to_owned(),
    }
}

/// A path as a grant names it: with a token where there is one, and with every wildcard taken for what it is.
fn written_as(folded: &Folded, tokens: &Tokens) -> String {
    let text = with_token(&folded.path, tokens);
    let below = |end: &str| format!("{}/{end}", text.trim_end_matches('/'));
    match &folded.form {
        Form::Exact | Form::Tree => text,
        Form::Endings(endings) => format!("{text}.{{{}}}", endings.join(",")),
        Form::Itself => below("{}"),
        Form::TreeToBe => below("*"),
        Form::Prefix => format!("{text}*"),
    }
}

fn with_token(path: &str, tokens: &Tokens) -> String {
    let named = [("${PROJECT}", &tokens.project), ("${TMP}", &tokens.tmp), ("${HOME}", &tokens.home)];
    let found = named.into_iter().filter_map(|(token, place)| {
        let place = std::str::from_utf8(place.as_ref()?).ok().filter(|place| *place != "/")?;
        is_at_or_below(path, place).then_some((token, place.trim_end_matches('/').len()))
    });
    match found.max_by_key(|(_, length)| *length) {
        Some((token, length)) => format!("{token}{}", plain(&path[length..])),
        None => plain(path),
    }
}

/// A text in which no character is a wildcard.
fn plain(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// JSON as a person lays it out: keys below each other, an entry of a list on a line of its own.
fn put(text: &mut String, value: &serde_json::Value, depth: usize) {
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
                put(text, value, depth + 1);
            }
            indent(text, depth);
            text.push('}');
        }
        serde_json::Value::Array(entries) if !entries.is_empty() => {
            text.push('[');
            for (at, entry) in entries.iter().enumerate() {
                text.push_str(if at > 0 { "," } else { "" });
                indent(text, depth + 1);
                on_one_line(text, entry);
            }
            indent(text, depth);
            text.push(']');
        }
        plain => on_one_line(text, plain),
    }
}

fn on_one_line(text: &mut String, value: &serde_json::Value) {
    match value {
        serde_json::Value::Object(keys) => {
            text.push_str("{ ");
            for (at, (key, value)) in keys.iter().enumerate() {
                let _ = write!(text, "{}{}: ", if at > 0 { ", " } else { "" }, serde_json::Value::from(key.as_str()));
                on_one_line(text, value);
            }
            text.push_str(" }");
        }
        plain => {
            let _ = write!(text, "{plain}");
        }
    }
}

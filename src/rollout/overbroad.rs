//! Finds grants that are broader than programs need: whole scopes, whole systems, programs that run
//! others.
//!
//! A grant of a path covers a place if the policy that it makes alone does. So patterns and links
//! are found too.

use super::PolicyContext;
use super::secrets::{HOME_DIRECTORIES, HOME_FILES};
use crate::config::{Rule, Says};
use crate::policy::net::{Host, HostGrant, Ports};
use crate::policy::{Absolute, Policy, Scope, ScopeKind, interpreters, shell_words};

/// Directories that no program needs as a whole.
const DIRECTORIES: [(&str, &str); 8] = [
    ("/", "everything"),
    ("~", "the home directory"),
    ("/etc", "the configuration of the system"),
    ("/proc", "what the system tells of every process"),
    ("/sys", "the kernel's objects"),
    ("/dev", "devices"),
    ("/root", "the home directory of root"),
    ("/var", "the state of the system"),
];

/// The system's file of passwords.
const PASSWORDS: (&str, &str) = ("/etc/shadow", "passwords");

/// Directories that programs read and do not write.
const PROGRAMS: [(&str, &str); 5] = [
    ("/usr", "programs and libraries"),
    ("/bin", "programs"),
    ("/sbin", "programs"),
    ("/lib", "libraries"),
    ("/boot", "what the system starts from"),
];

/// Returns what an overbroad grant covers, or `None` for another one. `alone` is the policy of the
/// grant alone.
pub(super) fn overbroad(context: &PolicyContext<'_>, rule: &Rule<'_>, alone: &Policy) -> Option<String> {
    match (rule.scope(), rule.says()) {
        (Scope::FsRead | Scope::FsWrite, _) => place(context, rule.scope(), alone),
        (Scope::Net, Says::All) => Some("the whole network".to_owned()),
        (Scope::NetConnect, Says::All) => Some("every host".to_owned()),
        (Scope::NetListen, Says::All) => Some("every address and port".to_owned()),
        (Scope::NetResolve, Says::All) => Some("every name".to_owned()),
        (Scope::Child, Says::All | Says::Text(b"*")) => {
            Some("every program, none of which but Node is held".to_owned())
        }
        (Scope::Addon, Says::All | Says::Text(b"*")) => {
            Some("every native addon, and native code is not held".to_owned())
        }
        (Scope::Env, Says::All | Says::Text(b"*")) => Some("the whole environment".to_owned()),
        (Scope::Ffi, Says::All) => Some("functions of any library, and native code is not held".to_owned()),
        (Scope::Inspector, Says::All) => Some("a way in for whoever reaches the inspector".to_owned()),
        (scope, Says::Text(text)) if scope.kind() == ScopeKind::Host => hosts(scope, std::str::from_utf8(text).ok()?),
        _ => None,
    }
}

/// Returns the first of the places that a grant covers, with its description.
fn place(context: &PolicyContext<'_>, scope: Scope, alone: &Policy) -> Option<String> {
    let programs = PROGRAMS.iter().filter(|_| scope == Scope::FsWrite);
    let system = DIRECTORIES.iter().map(|(place, what)| ((*place).to_owned(), *what));
    let at_home = |(name, what): &(&str, &'static str)| (format!("~/{name}"), *what);
    let directories = system.chain(HOME_DIRECTORIES.iter().map(at_home));
    let directories = directories.chain(programs.map(|(place, what)| ((*place).to_owned(), *what)));
    let files = HOME_FILES.iter().map(at_home).chain([(PASSWORDS.0.to_owned(), PASSWORDS.1)]);
    for ((place, what), is_directory) in directories.map(|row| (row, true)).chain(files.map(|row| (row, false))) {
        let path = match place.strip_prefix('~') {
            Some(rest) => match context.around.tokens.home.as_deref() {
                Some(home) => [home, rest.as_bytes()].concat(),
                None => continue,
            },
            None => place.as_bytes().to_vec(),
        };
        let path = Absolute::resolve(&path, || None::<&[u8]>).ok()?;
        let covers = if is_directory { alone.covers_tree(scope, &path) } else { alone.allows_path(scope, &path) };
        if covers {
            return Some(if place == "/" { what.to_owned() } else { format!("{place}, {what}") });
        }
    }
    None
}

fn hosts(scope: Scope, text: &str) -> Option<String> {
    let listening = scope == Scope::NetListen;
    HostGrant::parse_list(text, listening).ok()?.iter().find_map(|item| match &item.host {
        Host::Any if !listening || item.ports == Ports::Any => Some("every host".to_owned()),
        Host::Range(range) if range.prefix_len() == 0 => Some("every address".to_owned()),
        Host::Range(range) if range.prefix_len() < if range.addr().is_ipv4() { 8 } else { 16 } => {
            Some("a large part of all addresses".to_owned())
        }
        Host::Below(name) if !name.contains('.') => Some(format!("every host below {name}")),
        host if host.is_metadata() => Some("addresses at which clouds hand out credentials".to_owned()),
        _ => None,
    })
}

/// Returns the interpreter that a grant allows with any arguments.
pub(super) fn interpreter(rule: &Rule<'_>) -> Option<String> {
    let Says::Text(text) = rule.says() else { return None };
    if rule.scope() != Scope::Child {
        return None;
    }
    let words = shell_words::split(text).ok()?;
    let file = String::from_utf8_lossy(words.first()?).into_owned();
    let open = words.len() == 1 || words.last().is_some_and(|word| word == b"*");
    interpreters::interpreter(&file).filter(|_| open).map(|(name, _)| name.to_owned())
}

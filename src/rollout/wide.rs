//! Grants that are wider than most programs need: whole scopes, whole systems, and programs that run any other.
//!
//! What a path grant covers is asked of the policy that it alone would make, so a pattern or a link that comes to the
//! same is found as well.

use super::Grounds;
use crate::config::{Rule, Says};
use crate::policy::net::{Host, HostGrant, Ports};
use crate::policy::shell_words;
use crate::policy::{Absolute, Policy, Scope, ScopeKind};

/// Directories of which no program needs all. Below the home directory: `~/`.
const DIRECTORIES: [(&str, &str); 14] = [
    ("/", "everything"),
    ("~", "the home directory"),
    ("/etc", "the configuration of the system"),
    ("/proc", "what the system tells of every process"),
    ("/sys", "the kernel's objects"),
    ("/dev", "devices"),
    ("/root", "the home directory of root"),
    ("/var", "the state of the system"),
    ("~/.ssh", "keys"),
    ("~/.aws", "credentials"),
    ("~/.gnupg", "keys"),
    ("~/.kube", "credentials"),
    ("~/.docker", "credentials"),
    ("~/.config", "the configuration of all programs"),
];

/// Files of keys and passwords.
const FILES: [(&str, &str); 5] = [
    ("~/.netrc", "credentials"),
    ("~/.npmrc", "credentials"),
    ("~/.git-credentials", "credentials"),
    ("~/.pgpass", "passwords"),
    ("/etc/shadow", "passwords"),
];

/// Directories that programs read and do not write.
const PROGRAMS: [(&str, &str); 5] = [
    ("/usr", "programs and libraries"),
    ("/bin", "programs"),
    ("/sbin", "programs"),
    ("/lib", "libraries"),
    ("/boot", "what the system starts from"),
];

/// Programs that run what they are told. `node` is not among them: it is held.
const INTERPRETERS: [&str; 41] = [
    "ash",
    "awk",
    "bash",
    "bun",
    "busybox",
    "cmd",
    "csh",
    "dash",
    "deno",
    "doas",
    "env",
    "expect",
    "find",
    "fish",
    "gdb",
    "ksh",
    "lua",
    "make",
    "nice",
    "nohup",
    "npm",
    "npx",
    "perl",
    "php",
    "pnpm",
    "powershell",
    "pwsh",
    "python",
    "python2",
    "python3",
    "ruby",
    "sh",
    "ssh",
    "su",
    "sudo",
    "tclsh",
    "timeout",
    "vim",
    "xargs",
    "yarn",
    "zsh",
];

/// What makes a grant wide, in words; `None` for one that is not. `alone` is the policy that it alone would make.
pub(super) fn wide(grounds: &Grounds<'_>, rule: &Rule<'_>, alone: &Policy) -> Option<String> {
    match (rule.scope(), rule.says()) {
        (Scope::FsRead | Scope::FsWrite, _) => place(grounds, rule.scope(), alone),
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

fn place(grounds: &Grounds<'_>, scope: Scope, alone: &Policy) -> Option<String> {
    let programs = PROGRAMS.iter().filter(|_| scope == Scope::FsWrite);
    let directories = DIRECTORIES.iter().chain(programs).map(|row| (row, true));
    for ((place, what), is_directory) in directories.chain(FILES.iter().map(|row| (row, false))) {
        let path = match place.strip_prefix('~') {
            Some(rest) => [grounds.around.tokens.home.as_deref()?, rest.as_bytes()].concat(),
            None => place.as_bytes().to_vec(),
        };
        let path = Absolute::resolve(&path, || None::<&[u8]>).ok()?;
        let covers = if is_directory { alone.covers_tree(scope, &path) } else { alone.allows_path(scope, &path) };
        if covers {
            return Some(if *place == "/" { (*what).to_owned() } else { format!("{place}, {what}") });
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

/// The interpreter that a grant names with arguments of the program's choice.
pub(super) fn interpreter(rule: &Rule<'_>) -> Option<String> {
    let Says::Text(text) = rule.says() else { return None };
    if rule.scope() != Scope::Child {
        return None;
    }
    let words = shell_words::split(text).ok()?;
    let file = String::from_utf8_lossy(words.first()?).into_owned();
    let name = file.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.strip_suffix(".exe").unwrap_or(name);
    // `python3.12` is `python3`.
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let open = words.len() == 1 || words.last().is_some_and(|word| word == b"*");
    (open && (INTERPRETERS.contains(&name) || INTERPRETERS.contains(&stem))).then(|| name.to_owned())
}

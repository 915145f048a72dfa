//! Variable grants: which environment variables a program may see.
//!
//! A grant is a name, a prefix (`AWS_*`), the set `default` of names that hold no secrets, or `*`.

use std::fmt;

use super::error::{GrantError, NameError, found};
use super::grant_list::{GrantItem, GrantList};

/// The set `default`: variables that programs commonly need and in which nobody keeps a secret. A
/// `*` ends a prefix.
const DEFAULT: &[&str] = &[
    "CI",
    "COLORTERM",
    "COLUMNS",
    "FORCE_COLOR",
    "HOME",
    "HOST",
    "HOSTNAME",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "LINES",
    "LOGNAME",
    "NODE_ENV",
    "NO_COLOR",
    "PATH",
    "PORT",
    "PWD",
    "SHELL",
    "TEMP",
    "TERM",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
    "UV_THREADPOOL_SIZE",
    // Windows programs do not start without these.
    "APPDATA",
    "COMSPEC",
    "LOCALAPPDATA",
    "PATHEXT",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "USERNAME",
    "USERPROFILE",
    "WINDIR",
];

/// One variable grant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameGrant {
    /// Every variable.
    Everything,
    /// The variables of the set `default`.
    Default,
    /// One variable.
    Name(String),
    /// Every variable whose name begins with this text.
    Prefix(String),
}

impl NameGrant {
    /// Reads a grant.
    ///
    /// # Errors
    /// [`GrantError::Name`] if it is no name, prefix or set.
    pub fn parse(text: &[u8]) -> Result<Self, GrantError> {
        let wrong = |reason| GrantError::Name { found: found(text), reason };
        let name = std::str::from_utf8(text).map_err(|_| wrong(NameError::NotUtf8))?;
        match name {
            "*" => return Ok(Self::Everything),
            "default" => return Ok(Self::Default),
            _ => {}
        }
        let (stem, prefix) = name.strip_suffix('*').map_or((name, false), |stem| (stem, true));
        if stem.is_empty() || stem.contains(['=', '\0']) || stem.trim() != stem {
            return Err(wrong(NameError::NoName));
        }
        if stem.contains('*') {
            return Err(wrong(NameError::StarInside));
        }
        Ok(if prefix { Self::Prefix(stem.to_owned()) } else { Self::Name(stem.to_owned()) })
    }

    fn covers(&self, name: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Default => DEFAULT.iter().any(|own| match own.strip_suffix('*') {
                Some(stem) => begins(name, stem),
                None => same(name, own),
            }),
            Self::Name(own) => same(name, own),
            Self::Prefix(stem) => begins(name, stem),
        }
    }
}

/// The variables that a policy lets a program see, detached from the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VisibleVariables {
    layers: Vec<GrantList<NameGrant>>,
}

impl VisibleVariables {
    pub(super) fn new<'l>(layers: impl Iterator<Item = &'l GrantList<NameGrant>>) -> Self {
        Self { layers: layers.cloned().collect() }
    }

    /// Whether the program may see this variable.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.layers.iter().all(|list| allows(list, name))
    }

    /// Whether the program may see every variable.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.layers.iter().all(GrantList::is_whole)
    }

    /// Returns the next expiry of a grant, in seconds since 1970.
    #[must_use]
    pub fn next_expiry(&self) -> Option<u64> {
        self.layers.iter().filter_map(GrantList::next_expiry).min()
    }
}

/// Whether this list allows the variable.
pub(super) fn allows(list: &GrantList<NameGrant>, name: &str) -> bool {
    list.granted().iter().any(|entry| entry.item.covers(name)) && !denies(list, name)
}

/// Whether this list denies the variable.
pub(super) fn denies(list: &GrantList<NameGrant>, name: &str) -> bool {
    list.denied().iter().any(|item| item.covers(name))
}

/// Whether one grant or denial covers everything that another one does.
pub(super) fn holds(one: &NameGrant, other: &NameGrant) -> bool {
    match (one, other) {
        (NameGrant::Everything, _) => true,
        (one, NameGrant::Name(name)) => one.covers(name),
        (NameGrant::Prefix(stem), NameGrant::Prefix(other)) => begins(other, stem),
        (one, other) => one == other,
    }
}

/// Compares names of variables. Windows ignores their case.
fn same(a: &str, b: &str) -> bool {
    if cfg!(windows) { a.eq_ignore_ascii_case(b) } else { a == b }
}

fn begins(name: &str, stem: &str) -> bool {
    name.get(..stem.len()).is_some_and(|start| same(start, stem))
}

impl fmt::Display for NameGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("*"),
            Self::Default => f.write_str("default"),
            Self::Name(name) => f.write_str(name),
            Self::Prefix(stem) => write!(f, "{stem}*"),
        }
    }
}

impl GrantItem for NameGrant {
    fn everything() -> Self {
        Self::Everything
    }

    fn read(text: &str) -> Result<Self, GrantError> {
        Self::parse(text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::{GrantItem, GrantList, NameGrant, allows};

    fn list(granted: &[&str], denied: &[&str]) -> GrantList<NameGrant> {
        let mut list = GrantList::default();
        for text in granted {
            list.grant(NameGrant::read(text).unwrap(), None);
        }
        for text in denied {
            list.deny(NameGrant::read(text).unwrap());
        }
        list
    }

    #[test]
    fn names_and_prefixes_are_what_they_say() {
        let list = list(&["PORT", "AWS_*"], &["AWS_SECRET*"]);
        assert!(allows(&list, "PORT") && allows(&list, "AWS_REGION") && allows(&list, "AWS_"));
        assert!(!allows(&list, "PORTS") && !allows(&list, "AWS_SECRET_KEY") && !allows(&list, "AWS"));
    }

    #[test]
    fn the_default_set_holds_no_secrets() {
        let list = list(&["default"], &[]);
        assert!(allows(&list, "PATH") && allows(&list, "LC_ALL"));
        assert!(!allows(&list, "NPM_TOKEN") && !allows(&list, "NODE_OPTIONS") && !allows(&list, "LC"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", "A=B", "A*B", "**", "A*B*", " A", "A\0"] {
            assert!(NameGrant::read(text).is_err(), "{text}");
        }
    }
}

//! The table of scopes: each row has everything that differs between scopes.
//!
//! A row has the name that programs use, the name in errors, the flag that grants the scope, its
//! diagnostics channel and the scope that it is a part of. Node's own spellings (`fs.read`,
//! `FileSystemRead`, `--allow-fs-read`) appear here and nowhere else in the core.

use std::fmt;
use std::ops::Range;

/// What a grant of a scope names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScopeKind {
    /// Files and directories.
    Path,
    /// Hosts, addresses and sockets, with ports.
    Host,
    /// Programs, with or without their arguments.
    Program,
    /// Environment variables.
    Name,
    /// Nothing. The scope is granted as a whole or not at all.
    Switch,
}

/// Makes the enum and its lookups from the rows below.
macro_rules! scopes {
    ($($(#[$doc:meta])* $variant:ident {
        kind: $kind:ident, places: $places:expr, name: $name:literal, permission: $permission:literal, parent: $parent:expr,
        flag: $flag:literal, deny: $deny:literal,
        suggests: $suggests:literal, channel: $channel:literal,
    })*) => {
        /// A kind of access that a policy grants or denies.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Scope { $($(#[$doc])* $variant,)* }

        impl Scope {
            /// Every scope, in table order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns what a grant of this scope names.
            #[must_use]
            pub const fn kind(self) -> ScopeKind {
                match self { $(Self::$variant => ScopeKind::$kind,)* }
            }

            /// Returns the positions of its grants among the grants of its kind. A group such as
            /// [`Scope::Fs`] has the positions of its parts.
            #[inline]
            pub(super) const fn places(self) -> Range<usize> {
                match self { $(Self::$variant => $places,)* }
            }

            /// Returns the name that `has()` and `drop()` take, such as `fs.read`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// Returns the name that a refusal has as `permission`, such as `FileSystemRead`.
            #[must_use]
            pub const fn permission(self) -> &'static str {
                match self { $(Self::$variant => $permission,)* }
            }

            /// Returns the flag that grants exactly this scope, such as `--allow-fs-read`. Returns
            /// the empty string for [`Scope::Fs`], which two flags grant.
            #[must_use]
            pub const fn flag(self) -> &'static str {
                match self { $(Self::$variant => $flag,)* }
            }

            /// Returns the flag that denies exactly this scope. Empty if [`Scope::flag`] is.
            #[must_use]
            pub const fn deny_flag(self) -> &'static str {
                match self { $(Self::$variant => $deny,)* }
            }

            /// Returns Node's message for a refusal in this scope. Node names `--allow-net` for
            /// every network scope.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!(
                        "Access to this API has been restricted. Use ", $suggests, " to manage permissions."
                    ),)*
                }
            }

            /// Returns the last part of the diagnostics channel `node:permission-model:<channel>`.
            #[must_use]
            pub const fn channel(self) -> &'static str {
                match self { $(Self::$variant => $channel,)* }
            }

            /// Returns the scope that this one is a part of.
            #[must_use]
            pub const fn parent(self) -> Option<Self> {
                match self { $(Self::$variant => $parent,)* }
            }
        }
    };
}

scopes! {
    /// Reading and writing files: the sum of the next two.
    Fs {
        kind: Path, places: 0..2, name: "fs", permission: "FileSystem", parent: None,
        flag: "", deny: "",
        suggests: "--allow-fs-read and --allow-fs-write", channel: "fs",
    }
    /// Reading files and directories.
    FsRead {
        kind: Path, places: 0..1, name: "fs.read", permission: "FileSystemRead", parent: Some(Self::Fs),
        flag: "--allow-fs-read", deny: "--deny-fs-read",
        suggests: "--allow-fs-read", channel: "fs",
    }
    /// Making, changing and deleting files and directories.
    FsWrite {
        kind: Path, places: 1..2, name: "fs.write", permission: "FileSystemWrite", parent: Some(Self::Fs),
        flag: "--allow-fs-write", deny: "--deny-fs-write",
        suggests: "--allow-fs-write", channel: "fs",
    }
    /// The network: the sum of the next three.
    Net {
        kind: Host, places: 0..3, name: "net", permission: "Net", parent: None,
        flag: "--allow-net", deny: "--deny-net",
        suggests: "--allow-net", channel: "net",
    }
    /// Connecting and sending.
    NetConnect {
        kind: Host, places: 0..1, name: "net.connect", permission: "Net", parent: Some(Self::Net),
        flag: "--allow-net-connect", deny: "--deny-net-connect",
        suggests: "--allow-net", channel: "net",
    }
    /// Listening.
    NetListen {
        kind: Host, places: 1..2, name: "net.listen", permission: "Net", parent: Some(Self::Net),
        flag: "--allow-net-listen", deny: "--deny-net-listen",
        suggests: "--allow-net", channel: "net",
    }
    /// Resolving names.
    NetResolve {
        kind: Host, places: 2..3, name: "net.resolve", permission: "Net", parent: Some(Self::Net),
        flag: "--allow-net-resolve", deny: "--deny-net-resolve",
        suggests: "--allow-net", channel: "net",
    }
    /// Starting other programs.
    Child {
        kind: Program, places: 0..1, name: "child", permission: "ChildProcess", parent: None,
        flag: "--allow-child-process", deny: "--deny-child-process",
        suggests: "--allow-child-process", channel: "child",
    }
    /// Starting worker threads.
    Worker {
        kind: Switch, places: 0..1, name: "worker", permission: "WorkerThreads", parent: None,
        flag: "--allow-worker", deny: "--deny-worker",
        suggests: "--allow-worker", channel: "worker",
    }
    /// Loading native addons.
    Addon {
        kind: Path, places: 2..3, name: "addon", permission: "Addon", parent: None,
        flag: "--allow-addons", deny: "--deny-addons",
        suggests: "--allow-addons", channel: "addon",
    }
    /// Making WASI instances.
    Wasi {
        kind: Switch, places: 1..2, name: "wasi", permission: "WASI", parent: None,
        flag: "--allow-wasi", deny: "--deny-wasi",
        suggests: "--allow-wasi", channel: "wasi",
    }
    /// Calling foreign functions.
    Ffi {
        kind: Switch, places: 2..3, name: "ffi", permission: "FFI", parent: None,
        flag: "--allow-ffi", deny: "--deny-ffi",
        suggests: "--allow-ffi", channel: "ffi",
    }
    /// Opening the inspector.
    Inspector {
        kind: Switch, places: 3..4, name: "inspector", permission: "Inspector", parent: None,
        flag: "--allow-inspector", deny: "--deny-inspector",
        suggests: "--allow-inspector", channel: "inspector",
    }
    /// Loading keys through an OpenSSL store.
    OpensslStore {
        kind: Switch, places: 4..5, name: "openssl.store", permission: "OpenSSLStore", parent: None,
        flag: "--allow-openssl-store", deny: "--deny-openssl-store",
        suggests: "--allow-openssl-store", channel: "openssl-store",
    }
    /// Environment variables. Without any grant or denial of this scope, the environment stays as
    /// it is.
    Env {
        kind: Name, places: 0..1, name: "env", permission: "Environment", parent: None,
        flag: "--allow-env", deny: "--deny-env",
        suggests: "--allow-env", channel: "env",
    }
}

impl Scope {
    /// Returns the scope of that name, or `None`. Case-sensitive, as in Node. `addons` is an alias
    /// of `addon`, because its flag is called so.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name == "addons" { Some(Self::Addon) } else { Self::named(name) }
    }

    /// Whether the scope is the sum of others and holds no grants itself, such as `fs`.
    pub(super) fn is_group(self) -> bool {
        Self::ALL.iter().any(|part| part.parent() == Some(self))
    }

    /// Returns the scope that this one is a part of, or itself.
    #[must_use]
    pub const fn family(self) -> Self {
        match self.parent() {
            Some(parent) => parent,
            None => self,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Scope, ScopeKind};

    #[test]
    fn every_name_parses_to_its_own_scope() {
        for &scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.name()), Some(scope));
        }
    }

    #[test]
    fn addons_is_an_alias() {
        assert_eq!(Scope::parse("addons"), Some(Scope::Addon));
    }

    #[test]
    fn names_are_case_sensitive_and_unknown_names_are_no_scope() {
        for name in ["FS.READ", "fs.in", "FileSystemRead", "", "*", "__proto__", "crypto.store", "openssl-store"] {
            assert_eq!(Scope::parse(name), None, "{name}");
        }
    }

    #[test]
    fn each_scope_has_a_place_of_its_own_and_a_group_those_of_its_parts() {
        let mut next: HashMap<ScopeKind, usize> = HashMap::new();
        for &scope in Scope::ALL {
            let parts: Vec<Scope> = Scope::ALL.iter().copied().filter(|part| part.parent() == Some(scope)).collect();
            assert!(parts.iter().all(|part| part.kind() == scope.kind()), "{scope}");
            if parts.is_empty() {
                let next = next.entry(scope.kind()).or_default();
                assert_eq!(scope.places(), *next..*next + 1, "{scope}");
                *next += 1;
            } else {
                assert!(scope.places().eq(parts.iter().flat_map(|part| part.places())), "{scope}");
            }
        }
    }

    #[test]
    fn messages_are_those_of_node() {
        assert_eq!(
            Scope::FsRead.message(),
            "Access to this API has been restricted. Use --allow-fs-read to manage permissions."
        );
        assert!(Scope::NetListen.message().contains("Use --allow-net to"));
    }

    #[test]
    fn deny_flags_are_twins_of_the_allow_flags() {
        for &scope in Scope::ALL {
            assert_eq!(scope.deny_flag(), scope.flag().replacen("--allow", "--deny", 1));
        }
    }
}

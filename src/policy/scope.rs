//! The scope table: what can be granted, and every name it goes by.
//!
//! One row a scope, written once: the enum, the name programs ask with, the name errors carry, the flag that
//! grants it, the diagnostics channel and the scope it is part of all come from that row. Node's own spellings
//! (`fs.read`, `FileSystemRead`, `--allow-fs-read`) appear here and nowhere else in the core.

use std::fmt;

/// Makes the enum and its lookups from the rows below.
macro_rules! scopes {
    ($($(#[$doc:meta])* $variant:ident {
        name: $name:literal, permission: $permission:literal, flag: $flag:literal, deny: $deny:literal,
        suggests: $suggests:literal, channel: $channel:literal, parent: $parent:expr,
    })*) => {
        /// One kind of authority that a policy grants or withholds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Scope { $($(#[$doc])* $variant,)* }

        impl Scope {
            /// Every scope, in table order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name that `has()` and `drop()` take, such as `fs.read`.
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

            /// The name that a refusal carries as `permission`, such as `FileSystemRead`.
            #[must_use]
            pub const fn permission(self) -> &'static str {
                match self { $(Self::$variant => $permission,)* }
            }

            /// The flag that grants exactly this scope, such as `--allow-fs-read`. [`Scope::Fs`] is two flags and
            /// has none of its own: the empty string.
            #[must_use]
            pub const fn flag(self) -> &'static str {
                match self { $(Self::$variant => $flag,)* }
            }

            /// The flag that withholds exactly this scope; empty where [`Scope::flag`] is.
            #[must_use]
            pub const fn deny_flag(self) -> &'static str {
                match self { $(Self::$variant => $deny,)* }
            }

            /// Node's message for a refusal in this scope. It names the flag Node names, so every network scope
            /// says `--allow-net`.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!(
                        "Access to this API has been restricted. Use ", $suggests, " to manage permissions."
                    ),)*
                }
            }

            /// The last part of the diagnostics channel `node:permission-model:<channel>`.
            #[must_use]
            pub const fn channel(self) -> &'static str {
                match self { $(Self::$variant => $channel,)* }
            }

            /// The scope that this one is a part of.
            #[must_use]
            pub const fn parent(self) -> Option<Self> {
                match self { $(Self::$variant => $parent,)* }
            }
        }
    };
}

scopes! {
    /// Reading and writing files: both of the next two.
    Fs {
        name: "fs", permission: "FileSystem", flag: "", deny: "",
        suggests: "--allow-fs-read and --allow-fs-write", channel: "fs", parent: None,
    }
    /// Reading files and directories.
    FsRead {
        name: "fs.read", permission: "FileSystemRead", flag: "--allow-fs-read", deny: "--deny-fs-read",
        suggests: "--allow-fs-read", channel: "fs", parent: Some(Self::Fs),
    }
    /// Making, changing and deleting files and directories.
    FsWrite {
        name: "fs.write", permission: "FileSystemWrite", flag: "--allow-fs-write", deny: "--deny-fs-write",
        suggests: "--allow-fs-write", channel: "fs", parent: Some(Self::Fs),
    }
    /// The network: all of the next three.
    Net {
        name: "net", permission: "Net", flag: "--allow-net", deny: "--deny-net",
        suggests: "--allow-net", channel: "net", parent: None,
    }
    /// Connecting and sending.
    NetConnect {
        name: "net.connect", permission: "Net", flag: "--allow-net-connect", deny: "--deny-net-connect",
        suggests: "--allow-net", channel: "net", parent: Some(Self::Net),
    }
    /// Listening.
    NetListen {
        name: "net.listen", permission: "Net", flag: "--allow-net-listen", deny: "--deny-net-listen",
        suggests: "--allow-net", channel: "net", parent: Some(Self::Net),
    }
    /// Asking the name service.
    NetResolve {
        name: "net.resolve", permission: "Net", flag: "--allow-net-resolve", deny: "--deny-net-resolve",
        suggests: "--allow-net", channel: "net", parent: Some(Self::Net),
    }
    /// Starting other programs.
    Child {
        name: "child", permission: "ChildProcess", flag: "--allow-child-process", deny: "--deny-child-process",
        suggests: "--allow-child-process", channel: "child", parent: None,
    }
    /// Starting worker threads.
    Worker {
        name: "worker", permission: "WorkerThreads", flag: "--allow-worker", deny: "--deny-worker",
        suggests: "--allow-worker", channel: "worker", parent: None,
    }
    /// Loading native addons.
    Addon {
        name: "addon", permission: "Addon", flag: "--allow-addons", deny: "--deny-addons",
        suggests: "--allow-addons", channel: "addon", parent: None,
    }
    /// Making WASI instances.
    Wasi {
        name: "wasi", permission: "WASI", flag: "--allow-wasi", deny: "--deny-wasi",
        suggests: "--allow-wasi", channel: "wasi", parent: None,
    }
    /// Calling foreign functions.
    Ffi {
        name: "ffi", permission: "FFI", flag: "--allow-ffi", deny: "--deny-ffi",
        suggests: "--allow-ffi", channel: "ffi", parent: None,
    }
    /// Opening the inspector.
    Inspector {
        name: "inspector", permission: "Inspector", flag: "--allow-inspector", deny: "--deny-inspector",
        suggests: "--allow-inspector", channel: "inspector", parent: None,
    }
    /// Loading keys through an OpenSSL store.
    OpensslStore {
        name: "openssl.store", permission: "OpenSSLStore", flag: "--allow-openssl-store", deny: "--deny-openssl-store",
        suggests: "--allow-openssl-store", channel: "openssl-store", parent: None,
    }
    /// Environment variables. The one scope that is whole until it is named: without a grant or a denial the
    /// environment is left as it is.
    Env {
        name: "env", permission: "Environment", flag: "--allow-env", deny: "--deny-env",
        suggests: "--allow-env", channel: "env", parent: None,
    }
}

impl Scope {
    /// The scope of that name, `None` for a name that is not a scope. Case-sensitive, as in Node. `addons` is an
    /// alias of `addon`, because that is what its flag is called.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        if name == "addons" { Some(Self::Addon) } else { Self::named(name) }
    }

    /// The scope that this one is a part of, or itself.
    #[must_use]
    pub const fn family(self) -> Self {
        match self.parent() {
            Some(parent) => parent,
            None => self,
        }
    }

    /// Whether what is asked about in this scope is a file path.
    #[must_use]
    pub const fn takes_paths(self) -> bool {
        matches!(self, Self::Fs | Self::FsRead | Self::FsWrite | Self::Addon)
    }

    /// Whether what is asked about in this scope is a host.
    #[must_use]
    pub const fn takes_hosts(self) -> bool {
        matches!(self, Self::Net | Self::NetConnect | Self::NetListen | Self::NetResolve)
    }

    /// Whether a grant in this scope is all or nothing.
    #[must_use]
    pub const fn is_switch(self) -> bool {
        matches!(self, Self::Worker | Self::Wasi | Self::Ffi | Self::Inspector | Self::OpensslStore)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Scope;

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

//! A refusal on its way to the program: what was denied, and the texts that Node puts around it.

use crate::audit::recorder::RecordedPath;
use crate::policy::{Denied, Endpoint, Resource, Scope};
use crate::process::options::NodeOption;

/// One refused call.
#[derive(Debug)]
pub struct Refusal {
    /// The message of the error.
    pub message: String,
    /// The scope that was missing; none where nothing could be granted.
    pub scope: Option<Scope>,
    /// `error.permission`.
    pub permission: &'static str,
    /// `error.resource`, as the caller spelled it.
    pub resource: String,
    /// `error.grant`: the smallest flag that would allow the call; empty where nothing can be granted.
    pub grant: String,
    /// `error.syscall`, `error.address` and the like, which Node sets on errors of the network.
    pub detail: Option<Detail>,
    /// `error.host`: the name that the address was resolved from; empty where there is none.
    pub host: String,
    /// A callback hears of it on a later tick.
    pub later: bool,
    /// The path that was asked about, where refusals are recorded.
    pub place: Option<RecordedPath>,
}

/// What Node adds to errors of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// `connect`, `bind`, `getaddrinfo`, …
    pub syscall: &'static str,
    /// The address or the path of the socket.
    pub address: String,
    /// The port.
    pub port: Option<i32>,
    /// The name that was to be resolved.
    pub hostname: Option<String>,
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self {
            message: denied.scope.message().to_owned(),
            scope: Some(denied.scope),
            permission: denied.scope.permission(),
            resource: denied.resource,
            grant: denied.grant.unwrap_or_default(),
            detail: None,
            host: String::new(),
            later: false,
            place: None,
        }
    }
}

/// The name that was asked for before the address that a connection is to: the last of those that gave it. Empty if
/// there is none.
pub fn host(scope: Scope, resource: &Resource<'_>) -> String {
    match resource {
        Resource::Endpoint(Endpoint::Address { names: [.., last], .. }) if scope == Scope::NetConnect => {
            last.to_string()
        }
        _ => String::new(),
    }
}

impl Refusal {
    /// The refusal of what the policy denied.
    pub fn boxed(denied: Denied) -> Box<Self> {
        Box::new(denied.into())
    }

    /// The same, with the name that an address was resolved from.
    pub fn with_host(denied: Denied, resource: &Resource<'_>) -> Box<Self> {
        let host = host(denied.scope, resource);
        Box::new(Self { host, ..denied.into() })
    }

    /// A refusal in a scope, for a resource that no grant can name.
    pub fn of(scope: Scope, resource: &str) -> Self {
        Self {
            message: scope.message().to_owned(),
            scope: Some(scope),
            permission: scope.permission(),
            resource: resource.to_owned(),
            grant: String::new(),
            detail: None,
            host: String::new(),
            later: false,
            place: None,
        }
    }

    /// The refusal of an option of Node's, which no grant lets a program give to what it starts.
    pub fn of_option(scope: Scope, option: &NodeOption<'_>) -> Box<Self> {
        let message = format!("Access to this API has been restricted: {} {}", option.word, option.opens.reason());
        Box::new(Self { message, ..Self::of(scope, option.word) })
    }

    /// Nothing can be granted for this.
    pub fn never(what: &str) -> Self {
        Self {
            message: what.to_owned(),
            scope: None,
            permission: "",
            resource: String::new(),
            grant: String::new(),
            detail: None,
            host: String::new(),
            later: false,
            place: None,
        }
    }

    /// Unknown means no: the call has an argument that could not be read.
    pub fn unreadable(what: &str) -> Self {
        Self {
            message: format!("Access to this API has been restricted: the call has {what}"),
            scope: None,
            permission: "FileSystem",
            resource: String::new(),
            grant: String::new(),
            detail: None,
            host: String::new(),
            later: false,
            place: None,
        }
    }

    /// Unknown means no: permit does not know this function of this Node.
    pub fn unknown(label: &str) -> Self {
        Self {
            message: format!("Access to this API has been restricted: permit does not know {label} of this Node.js"),
            scope: None,
            permission: "",
            resource: label.to_owned(),
            grant: String::new(),
            detail: None,
            host: String::new(),
            later: false,
            place: None,
        }
    }

    /// Notes the path that was asked about.
    pub fn at(mut self: Box<Self>, place: Option<RecordedPath>) -> Box<Self> {
        self.place = place;
        self
    }
}

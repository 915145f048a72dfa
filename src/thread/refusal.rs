//! A refusal of a call, with the texts of its error.

use crate::audit::recorder::RecordedPath;
use crate::policy::{Denied, Endpoint, Resource, Scope};
use crate::process::options::NodeOption;

/// One refused call.
#[derive(Debug)]
pub struct Refusal {
    /// The message of the error.
    pub message: String,
    /// The scope that was missing, or `None` if no grant would help.
    pub scope: Option<Scope>,
    /// `error.permission`.
    pub permission: &'static str,
    /// `error.resource`, as the caller spelled it.
    pub resource: String,
    /// `error.grant`: the smallest flag that would allow the call. Empty if no grant would help.
    pub grant: String,
    /// `error.syscall`, `error.address` and the like, which Node sets on errors of the network.
    pub detail: Option<Detail>,
    /// `error.host`: the name that the address was resolved from. Empty if there is none.
    pub host: String,
    /// Whether a callback gets the error on the next tick.
    pub next_tick: bool,
    /// The path of the call, if refusals are recorded.
    pub place: Option<RecordedPath>,
}

/// The properties that Node adds to errors of the network.
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
        Self { grant: denied.grant.unwrap_or_default(), ..Self::of(denied.scope, &denied.resource) }
    }
}

/// Returns the name that the address of a connection was resolved from: the last one, if there are
/// several. Empty if there is none.
pub fn host(scope: Scope, resource: &Resource<'_>) -> String {
    match resource {
        Resource::Endpoint(Endpoint::Address { names: [.., last], .. }) if scope == Scope::NetConnect => {
            last.to_string()
        }
        _ => String::new(),
    }
}

impl Refusal {
    /// Makes the refusal of a denial.
    pub fn boxed(denied: Denied) -> Box<Self> {
        Box::new(denied.into())
    }

    /// Makes the refusal of a denial, with the name that the address was resolved from.
    pub fn with_host(denied: Denied, resource: &Resource<'_>) -> Box<Self> {
        let host = host(denied.scope, resource);
        Box::new(Self { host, ..denied.into() })
    }

    /// Makes a refusal in a scope, for a resource that no grant can name.
    pub fn of(scope: Scope, resource: &str) -> Self {
        Self {
            scope: Some(scope),
            permission: scope.permission(),
            resource: resource.to_owned(),
            ..Self::never(scope.message())
        }
    }

    /// Makes the refusal of an option of Node that no grant lets a program give to a child or a
    /// worker.
    pub fn of_option(scope: Scope, option: &NodeOption<'_>) -> Box<Self> {
        let message = format!("Access to this API has been restricted: {} {}", option.word, option.opens.reason());
        Box::new(Self { message, ..Self::of(scope, option.word) })
    }

    /// Makes a refusal in no scope: no grant would help.
    pub fn never(message: &str) -> Self {
        Self {
            message: message.to_owned(),
            scope: None,
            permission: "",
            resource: String::new(),
            grant: String::new(),
            detail: None,
            host: String::new(),
            next_tick: false,
            place: None,
        }
    }

    /// Makes the refusal of a call with an argument that permit could not read.
    pub fn unreadable(what: &str) -> Self {
        let message = format!("Access to this API has been restricted: the call has {what}");
        Self { permission: "FileSystem", ..Self::never(&message) }
    }

    /// Makes the refusal of a function of this Node that permit does not know.
    pub fn unknown(label: &str) -> Self {
        let message = format!("Access to this API has been restricted: permit does not know {label} of this Node.js");
        Self { resource: label.to_owned(), ..Self::never(&message) }
    }

    /// Notes the path of the call.
    pub fn at(mut self: Box<Self>, place: Option<RecordedPath>) -> Box<Self> {
        self.place = place;
        self
    }
}

//! The properties and the text that Node adds to errors of the network.

use super::tables::row::{Guard, HookSpec};
use crate::policy::Scope;
use crate::thread::refusal::{Detail, Refusal};

/// Adds the operation to a refusal of the network, because Node's text depends on it.
pub fn asked_by(mut refusal: Refusal, row: &HookSpec) -> Refusal {
    if refusal.permission == "Net" && refusal.detail.is_none() {
        refusal.detail = Some(network_detail(&refusal, row));
    }
    refusal
}

fn network_detail(refusal: &Refusal, row: &HookSpec) -> Detail {
    let syscall = match (row.guards.first(), row.name) {
        (Some(Guard::Resolve(_) | Guard::Addresses { .. }), "getaddrinfo") => "getaddrinfo",
        (Some(Guard::Resolve(_) | Guard::Addresses { .. }), "getnameinfo") => "getnameinfo",
        (Some(Guard::Resolve(_) | Guard::Addresses { .. }), name) => name,
        (Some(Guard::Bind { .. } | Guard::BindDatagram), _) => "bind",
        (Some(Guard::Listen | Guard::Accept | Guard::Adopt(_) | Guard::Socket(Scope::NetListen, _)), _) => "listen",
        (Some(Guard::Send), _) => "send",
        _ => "connect",
    };
    if matches!(row.guards.first(), Some(Guard::Resolve(_) | Guard::Addresses { .. })) {
        return Detail { syscall, address: String::new(), port: None, hostname: Some(refusal.resource.clone()) };
    }
    if let Some(path) = refusal.resource.strip_prefix("unix:") {
        return Detail { syscall, address: path.to_owned(), port: None, hostname: None };
    }
    let (address, port) = match refusal.resource.rsplit_once(':') {
        Some((address, port)) => (address.trim_start_matches('[').trim_end_matches(']'), port.parse().ok()),
        None => (refusal.resource.as_str(), None),
    };
    Detail { syscall, address: address.to_owned(), port, hostname: None }
}

/// Returns the message as Node builds it for errors of the network.
pub fn network_message(refusal: &Refusal, detail: &Detail) -> String {
    match &detail.hostname {
        Some(name) => format!("{} ERR_ACCESS_DENIED {name}", detail.syscall),
        None => format!("{} ERR_ACCESS_DENIED {}", detail.syscall, refusal.message),
    }
}

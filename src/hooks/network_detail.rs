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
    let syscall = match row.guards.first() {
        Some(Guard::Resolve(_) | Guard::Addresses { .. }) => {
            let hostname = Some(refusal.resource.clone());
            return Detail { syscall: row.name, address: String::new(), port: None, hostname };
        }
        Some(Guard::Bind { .. } | Guard::BindDatagram) => "bind",
        Some(Guard::Listen | Guard::Accept | Guard::Adopt(_) | Guard::Socket(Scope::NetListen, _)) => "listen",
        Some(Guard::Send) => "send",
        _ => "connect",
    };
    let (address, port) = address_and_port(&refusal.resource);
    Detail { syscall, address: address.to_owned(), port, hostname: None }
}

/// Splits a resource of the network as `127.0.0.1:443`, `[::1]:443`, `[::1]` or `unix:/run/x`.
fn address_and_port(resource: &str) -> (&str, Option<i32>) {
    if let Some(path) = resource.strip_prefix("unix:") {
        return (path, None);
    }
    match resource.rsplit_once(':') {
        Some((address, port)) if !port.ends_with(']') => (without_brackets(address), port.parse().ok()),
        _ => (without_brackets(resource), None),
    }
}

fn without_brackets(address: &str) -> &str {
    address.trim_start_matches('[').trim_end_matches(']')
}

/// Returns the message as Node builds it for errors of the network.
pub fn network_message(refusal: &Refusal, detail: &Detail) -> String {
    match &detail.hostname {
        Some(name) => format!("{} ERR_ACCESS_DENIED {name}", detail.syscall),
        None => format!("{} ERR_ACCESS_DENIED {}", detail.syscall, refusal.message),
    }
}

#[cfg(test)]
mod tests {
    use super::address_and_port;

    #[test]
    fn a_resource_has_an_address_and_perhaps_a_port() {
        assert_eq!(address_and_port("127.0.0.1:443"), ("127.0.0.1", Some(443)));
        assert_eq!(address_and_port("[::1]:443"), ("::1", Some(443)));
        assert_eq!(address_and_port("[::1]"), ("::1", None));
        assert_eq!(address_and_port("localhost"), ("localhost", None));
        assert_eq!(address_and_port("unix:/run/a:1"), ("/run/a:1", None));
    }
}

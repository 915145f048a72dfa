//! A refusal as an OpenTelemetry event: its name, body and attributes. An attribute has the name of
//! the semantic conventions if there is one (`file.path`, `server.address`, `thread.id`, …). All
//! others begin with `permit.`.

use super::recorder::{Key, Verdict};
use crate::policy::Scope;

/// The name of the event.
pub const NAME: &str = "permit.refusal";

/// The name of the event that counts refusals for which the table had no room.
pub const LOST: &str = "permit.refusals_dropped";

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Attribute<'a> {
    /// A text.
    Text(&'a str),
    /// An unsigned integer.
    Number(u64),
    /// True or false.
    Flag(bool),
}

/// Returns the body of the event, for people.
pub fn body(key: &Key) -> String {
    let became = match key.verdict {
        Verdict::Refused => "was refused",
        Verdict::Audited => "would be refused",
        Verdict::Reported => "would be refused by the second policy",
    };
    let scope = key.scope.name();
    if key.value.is_empty() { format!("{scope} {became}") } else { format!("{scope} of {} {became}", key.value) }
}

/// Returns the attributes in their order. `count` is the number of refusals in the record.
pub fn attributes(key: &Key, count: u64) -> Vec<(&'static str, Attribute<'_>)> {
    use Attribute::{Flag, Number, Text};
    let mut attributes = vec![
        ("permit.permission", Text(key.scope.permission())),
        ("permit.scope", Text(key.scope.name())),
        ("permit.resource", Text(key.value.as_str())),
        ("permit.decision", Text(key.verdict.decision())),
        ("permit.policy", Text(key.verdict.policy())),
        ("permit.policy_hash", Text(&key.policy_hash)),
        ("permit.count", Number(count)),
        ("thread.id", Number(key.thread.into())),
    ];
    if key.verdict == Verdict::Refused {
        attributes.push(("error.type", Text("ERR_ACCESS_DENIED")));
    }
    if !key.rule.is_empty() {
        attributes.push(("permit.rule", Text(&key.rule)));
    }
    if let Some(package) = &key.package {
        attributes.push(("permit.package", Text(package)));
    }
    if let Some(place) = &key.place {
        attributes.push(("file.path", Text(&place.path)));
        attributes.extend(place.leads_to.as_ref().map(|path| ("permit.leads_to", Text(path))));
        if place.tree {
            attributes.push(("permit.tree", Flag(true)));
        }
    }
    match key.scope {
        Scope::NetConnect => connection(key, &mut attributes),
        Scope::NetListen => {
            let (address, port) = endpoint(&key.value);
            attributes.extend(
                Some(address).filter(|text| !text.is_empty()).map(|text| ("network.local.address", Text(text))),
            );
            attributes.extend(port.map(|port| ("network.local.port", Number(port.into()))));
        }
        Scope::NetResolve if !key.value.is_empty() => attributes.push(("dns.question.name", Text(&key.value))),
        _ => {}
    }
    attributes
}

fn connection<'a>(key: &'a Key, attributes: &mut Vec<(&'static str, Attribute<'a>)>) {
    use Attribute::{Number, Text};
    let (address, port) = endpoint(&key.value);
    if address.is_empty() {
        return;
    }
    let is_named = !key.host.is_empty();
    attributes.push(("server.address", Text(if is_named { &key.host } else { address })));
    attributes.extend(port.map(|port| ("server.port", Number(port.into()))));
    if is_named {
        attributes.push(("network.peer.address", Text(address)));
        attributes.extend(port.map(|port| ("network.peer.port", Number(port.into()))));
    }
}

/// Splits the value of a network refusal into an address, or the path of a socket, and a port.
fn endpoint(value: &str) -> (&str, Option<u16>) {
    if let Some(path) = value.strip_prefix("unix:") {
        return (path, None);
    }
    match value.rsplit_once(':').and_then(|(address, port)| Some((address, port.parse().ok()?))) {
        Some((address, port)) => (address.trim_start_matches('[').trim_end_matches(']'), Some(port)),
        None => (value, None),
    }
}

#[cfg(test)]
mod tests {
    use super::Attribute::{Flag, Number, Text};
    use super::{Attribute, attributes, body, endpoint};
    use crate::audit::recorder::{Key, RecordedPath, Verdict};
    use crate::policy::Scope;

    fn key(scope: Scope, value: &str) -> Key {
        Key {
            scope,
            value: value.to_owned(),
            place: None,
            host: String::new(),
            rule: String::new(),
            package: None,
            verdict: Verdict::Refused,
            thread: 3,
            policy_hash: "ab".into(),
        }
    }

    /// Returns the attributes behind those that every event has.
    fn more(key: &Key) -> Vec<(&'static str, Attribute<'_>)> {
        attributes(key, 2).into_iter().skip(8).collect()
    }

    #[test]
    fn a_refused_read_names_its_file() {
        let place = RecordedPath { path: "/srv/x".to_owned(), leads_to: Some("/etc/x".to_owned()), tree: true };
        let key = Key {
            place: Some(place),
            rule: "--allow-fs-read=/etc/x".to_owned(),
            package: Some("leftpad".to_owned()),
            ..key(Scope::FsRead, "x")
        };
        assert_eq!(body(&key), "fs.read of x was refused");
        assert_eq!(
            attributes(&key, 2),
            [
                ("permit.permission", Text("FileSystemRead")),
                ("permit.scope", Text("fs.read")),
                ("permit.resource", Text("x")),
                ("permit.decision", Text("deny")),
                ("permit.policy", Text("enforce")),
                ("permit.policy_hash", Text("ab")),
                ("permit.count", Number(2)),
                ("thread.id", Number(3)),
                ("error.type", Text("ERR_ACCESS_DENIED")),
                ("permit.rule", Text("--allow-fs-read=/etc/x")),
                ("permit.package", Text("leftpad")),
                ("file.path", Text("/srv/x")),
                ("permit.leads_to", Text("/etc/x")),
                ("permit.tree", Flag(true)),
            ]
        );
    }

    #[test]
    fn what_goes_on_is_no_error() {
        let audited = Key { verdict: Verdict::Audited, ..key(Scope::Worker, "") };
        assert_eq!((body(&audited).as_str(), more(&audited)), ("worker would be refused", vec![]));
        let reported = Key { verdict: Verdict::Reported, ..key(Scope::Child, "git") };
        assert_eq!(body(&reported), "child of git would be refused by the second policy");
        assert!(attributes(&reported, 1).contains(&("permit.policy", Text("report-only"))));
    }

    #[test]
    fn the_network_is_named_as_the_conventions_do() {
        let named =
            Key { host: "db.test".to_owned(), verdict: Verdict::Audited, ..key(Scope::NetConnect, "[::1]:5432") };
        assert_eq!(
            more(&named),
            [
                ("server.address", Text("db.test")),
                ("server.port", Number(5432)),
                ("network.peer.address", Text("::1")),
                ("network.peer.port", Number(5432)),
            ]
        );
        let socket = Key { verdict: Verdict::Audited, ..key(Scope::NetConnect, "unix:/run/x:1") };
        assert_eq!(more(&socket), [("server.address", Text("/run/x:1"))]);
        let listening = Key { verdict: Verdict::Audited, ..key(Scope::NetListen, ":80") };
        assert_eq!(more(&listening), [("network.local.port", Number(80))]);
        let name = Key { verdict: Verdict::Audited, ..key(Scope::NetResolve, "db.test") };
        assert_eq!(more(&name), [("dns.question.name", Text("db.test"))]);
    }

    #[test]
    fn an_address_is_told_from_its_port() {
        for (value, told) in [
            ("127.0.0.1:80", ("127.0.0.1", Some(80))),
            ("[fe80::1]:0", ("fe80::1", Some(0))),
            ("", ("", None)),
            ("localhost", ("localhost", None)),
        ] {
            assert_eq!(endpoint(value), told);
        }
    }
}

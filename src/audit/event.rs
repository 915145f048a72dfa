//! A refusal as an event of OpenTelemetry: its name, its body and its attributes. The names are those of the semantic
//! conventions where there are any (`file.path`, `server.address`, `thread.id`, …), and begin with `permit.` elsewhere.

use super::recorder::{Key, Verdict};
use crate::policy::Scope;

/// The name of the event.
pub const NAME: &str = "permit.refusal";

/// The name of the event that says how many refusals found no room.
pub const LOST: &str = "permit.refusals_dropped";

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Attribute<'a> {
    /// A text.
    Text(&'a str),
    /// A whole number.
    Number(u64),
    /// Yes or no.
    Flag(bool),
}

/// What a person reads.
pub fn body(key: &Key) -> String {
    let became = match key.told {
        Verdict::Refused => "was refused",
        Verdict::Audited => "would be refused",
        Verdict::Reported => "would be refused by the second policy",
    };
    let scope = key.scope.name();
    if key.value.is_empty() { format!("{scope} {became}") } else { format!("{scope} of {} {became}", key.value) }
}

/// The attributes, in their order. `count` is how many refusals the record stands for.
pub fn attributes(key: &Key, count: u64) -> Vec<(&'static str, Attribute<'_>)> {
    use Attribute::{Flag, Number, Text};
    let mut attributes = vec![
        ("permit.permission", Text(key.scope.permission())),
        ("permit.scope", Text(key.scope.name())),
        ("permit.resource", Text(key.value.as_str())),
        ("permit.decision", Text(key.told.decision())),
        ("permit.policy", Text(key.told.policy())),
        ("permit.policy_hash", Text(&key.policy_hash)),
        ("permit.count", Number(count)),
        ("thread.id", Number(key.thread.into())),
    ];
    if key.told == Verdict::Refused {
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

/// The address, or the path of a socket, and the port of what a refusal of the network names.
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
    use crate::audit::recorder::{Key, Place, Verdict};
    use crate::policy::Scope;

    fn key(scope: Scope, value: &str) -> Key {
        Key {
            scope,
            value: value.to_owned(),
            place: None,
            host: String::new(),
            rule: String::new(),
            package: None,
            told: Verdict::Refused,
            thread: 3,
            policy_hash: "ab".into(),
        }
    }

    /// What is told beyond what is always told.
    fn more(key: &Key) -> Vec<(&'static str, Attribute<'_>)> {
        attributes(key, 2).into_iter().skip(8).collect()
    }

    #[test]
    fn a_refused_read_names_its_file() {
        let place = Place { path: "/srv/x".to_owned(), leads_to: Some("/etc/x".to_owned()), tree: true };
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
        let audited = Key { told: Verdict::Audited, ..key(Scope::Worker, "") };
        assert_eq!((body(&audited).as_str(), more(&audited)), ("worker would be refused", vec![]));
        let reported = Key { told: Verdict::Reported, ..key(Scope::Child, "git") };
        assert_eq!(body(&reported), "child of git would be refused by the second policy");
        assert!(attributes(&reported, 1).contains(&("permit.policy", Text("report-only"))));
    }

    #[test]
    fn the_network_is_named_as_the_conventions_do() {
        let named = Key { host: "db.test".to_owned(), told: Verdict::Audited, ..key(Scope::NetConnect, "[::1]:5432") };
        assert_eq!(
            more(&named),
            [
                ("server.address", Text("db.test")),
                ("server.port", Number(5432)),
                ("network.peer.address", Text("::1")),
                ("network.peer.port", Number(5432)),
            ]
        );
        let socket = Key { told: Verdict::Audited, ..key(Scope::NetConnect, "unix:/run/x:1") };
        assert_eq!(more(&socket), [("server.address", Text("/run/x:1"))]);
        let listening = Key { told: Verdict::Audited, ..key(Scope::NetListen, ":80") };
        assert_eq!(more(&listening), [("network.local.port", Number(80))]);
        let name = Key { told: Verdict::Audited, ..key(Scope::NetResolve, "db.test") };
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

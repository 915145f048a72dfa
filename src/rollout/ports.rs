//! Ports that the system reserves. Their `EACCES` is no refusal of permit, and no grant helps.

use serde::Serialize;

/// The system's settings for ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortFacts {
    /// The first port that every process may bind; `None` if it is unknown.
    pub unprivileged_from: Option<u16>,
    /// Whether this process has `CAP_NET_BIND_SERVICE`; `None` if it is unknown.
    pub capable: Option<bool>,
}

/// The system's rule about a port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PortRule {
    /// The port.
    pub port: u16,
    /// Whether this process gets `EACCES` for it; absent if it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuses: Option<bool>,
    /// The rule, in words.
    pub here: String,
    /// What an operator can do about it.
    pub ways_out: Vec<String>,
}

/// The setting of Linux (`ip(7)`).
const SETTING: &str = "net.ipv4.ip_unprivileged_port_start";

/// The default of the setting.
const USUAL_FIRST_PORT: u16 = 1024;

/// Returns the system's rule about a port, or `None` if every process may bind it.
#[must_use]
pub fn rule_for(port: u16, facts: &PortFacts) -> Option<PortRule> {
    let from = facts.unprivileged_from.unwrap_or(USUAL_FIRST_PORT);
    if port == 0 || port >= from.max(USUAL_FIRST_PORT) {
        return None;
    }
    let (refuses, here) = match (facts.unprivileged_from, facts.capable) {
        (Some(from), _) if port >= from => (Some(false), format!("{SETTING} is {from}: any process may take it")),
        (Some(from), Some(true)) => {
            (Some(false), format!("{SETTING} is {from}, and this process has CAP_NET_BIND_SERVICE: it may take it"))
        }
        (Some(from), Some(false)) => (
            Some(true),
            format!("{SETTING} is {from}, and this process lacks CAP_NET_BIND_SERVICE: the system says EACCES"),
        ),
        _ => (None, "what this system keeps for the privileged is not known here".to_owned()),
    };
    let ways_out = [
        format!("listen at a port from {from} on, with PORT={} for programs that read it", from.max(8080)),
        "sudo setcap cap_net_bind_service=+ep \"$(readlink -f \"$(command -v node)\")\", for every program of that node"
            .to_owned(),
        format!("sudo sysctl -w {SETTING}={port}, for every process"),
        "start as root and become another user once the server listens, the group first: \
         process.initgroups('app', 'app'); process.setgid('app'); process.setuid('app')"
            .to_owned(),
        "on Windows ports are excluded in ranges: netsh interface ipv4 show excludedportrange protocol=tcp".to_owned(),
    ];
    Some(PortRule { port, refuses, here, ways_out: ways_out.into() })
}

#[cfg(test)]
mod tests {
    use super::{PortFacts, rule_for};

    /// Returns what the system does, in a word.
    fn says(port: u16, unprivileged_from: Option<u16>, capable: Option<bool>) -> &'static str {
        match rule_for(port, &PortFacts { unprivileged_from, capable }).map(|system| system.refuses) {
            None => "free",
            Some(None) => "unknown",
            Some(Some(true)) => "refuses",
            Some(Some(false)) => "allows",
        }
    }

    #[test]
    fn a_low_port_takes_the_setting_or_the_capability() {
        assert_eq!(says(80, Some(1024), Some(false)), "refuses");
        assert_eq!(says(80, Some(1024), Some(true)), "allows");
        assert_eq!(says(80, Some(80), Some(false)), "allows");
        assert_eq!(says(79, Some(80), Some(false)), "refuses");
        assert_eq!(says(80, None, None), "unknown");
    }

    #[test]
    fn a_port_for_all_is_not_spoken_of() {
        assert_eq!(says(3000, Some(1024), Some(false)), "free");
        assert_eq!(says(0, Some(1024), Some(false)), "free");
        assert_eq!(says(3000, Some(4000), Some(false)), "refuses");
    }

    #[test]
    fn the_ways_out_name_a_port_that_is_free() {
        let ways = rule_for(80, &PortFacts { unprivileged_from: Some(9000), capable: Some(false) }).unwrap().ways_out;
        assert!(ways[0].contains("9000"), "{}", ways[0]);
    }
}

//! Ports that the system itself keeps from a program. An `EACCES` from there is no refusal by policy, and no grant helps.

use serde::Serialize;

/// What the system says of ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The first port that anyone may bind; `None` where it is not known.
    pub unprivileged_from: Option<u16>,
    /// Whether this process has `CAP_NET_BIND_SERVICE`; `None` where it is not known.
    pub capable: Option<bool>,
}

/// What the system does with a server at this port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct System {
    /// The port.
    pub port: u16,
    /// Whether a process like this one is refused it with `EACCES`; absent where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refuses: Option<bool>,
    /// What holds here, in words.
    pub here: String,
    /// What may be done about it.
    pub ways_out: Vec<String>,
}

/// The setting of Linux.
const SETTING: &str = "net.ipv4.ip_unprivileged_port_start";

/// Where ports are free for all if nobody says otherwise.
const USUAL: u16 = 1024;

/// What the system does with a server at this port; `None` for one that anyone may take.
#[must_use]
pub fn of(port: u16, facts: &Facts) -> Option<System> {
    let from = facts.unprivileged_from.unwrap_or(USUAL);
    if port == 0 || port >= from.max(USUAL) {
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
    Some(System { port, refuses, here, ways_out: ways_out.into() })
}

#[cfg(test)]
mod tests {
    use super::{Facts, of};

    /// What the system does, in a word.
    fn says(port: u16, unprivileged_from: Option<u16>, capable: Option<bool>) -> &'static str {
        match of(port, &Facts { unprivileged_from, capable }).map(|system| system.refuses) {
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
        let ways = of(80, &Facts { unprivileged_from: Some(9000), capable: Some(false) }).unwrap().ways_out;
        assert!(ways[0].contains("9000"), "{}", ways[0]);
    }
}

//! Reads which ports this process may bind.

use std::fs;

use crate::rollout::ports::PortFacts;

/// Returns which ports the system keeps for privileged processes.
pub fn facts() -> PortFacts {
    let read = |path: &str| fs::read_to_string(path).ok();
    let from = read("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    PortFacts {
        unprivileged_from: from.and_then(|text| text.trim().parse().ok()),
        capable: read("/proc/self/status").and_then(|text| binds_low_ports(&text)),
    }
}

/// Returns whether `CAP_NET_BIND_SERVICE` (number 10) is an effective capability, by the text of
/// `/proc/self/status` (`proc_pid_status(5)`).
fn binds_low_ports(status: &str) -> Option<bool> {
    let mask = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
    Some(u64::from_str_radix(mask.trim(), 16).ok()? >> 10 & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::binds_low_ports;

    #[test]
    fn the_capability_is_the_tenth_bit() {
        assert_eq!(binds_low_ports("Name:\tnode\nCapEff:\t0000000000000400\n"), Some(true));
        assert_eq!(binds_low_ports("CapEff:\t000001fffffffbff\n"), Some(false));
        assert_eq!(binds_low_ports("Name:\tnode\n"), None);
    }
}

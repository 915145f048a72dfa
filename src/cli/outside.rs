//! What the commands ask of the system: the world of `rollout`, the policy that its sources make, the ports that the
//! system keeps.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use crate::config::Surroundings;
use crate::hooks::files::System;
use crate::hooks::links;
use crate::policy::PolicyBuilder;
use crate::rollout::ports::Facts;
use crate::rollout::{Grounds, Special, World};
use crate::sources::{Fixed, NO_POLICY, OwnFiles, Said, Sources, around_path, surroundings};

use super::arguments::Arguments;

impl World for System {
    fn special(&self, real: &[u8]) -> Option<Special> {
        if links::is_memory(real) {
            Some(Special::Memory)
        } else if links::is_environment(real) {
            Some(Special::Environment)
        } else {
            None
        }
    }

    fn links_below(&self, directory: &[u8], most: &mut usize) -> Vec<Vec<u8>> {
        let mut links = Vec::new();
        let mut waiting = vec![Path::new(OsStr::from_bytes(directory)).to_path_buf()];
        while let Some(directory) = waiting.pop() {
            for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
                let Some(left) = most.checked_sub(1) else { return links };
                *most = left;
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                    Ok(kind) if kind.is_symlink() => links.push(entry.path().into_os_string().into_vec()),
                    _ => {}
                }
            }
        }
        links.sort_unstable();
        links
    }
}

/// What a policy is made from here.
pub struct Found {
    said: Said,
    around: Surroundings,
    fixed: Fixed,
}

impl Found {
    /// Reads the sources of a policy: those of the environment, and the flags of the command.
    ///
    /// # Errors
    /// One line that names the place, what was found there, and what is accepted.
    pub fn read(arguments: &Arguments, preload: &str) -> Result<Self, String> {
        let around = surroundings()?;
        let sources = Sources { flags: arguments.flags.clone(), ..Sources::of_environment() };
        let mut said = sources.read(&around)?;
        if said.names.is_empty() {
            said.names.push(NO_POLICY.to_owned());
        }
        let own = OwnFiles::beside(preload);
        let looked_for = said.looked_for(&around);
        let mut protected = [own.protected(), said.files.clone(), looked_for].concat();
        let log = said.settings.audit_log.as_ref().filter(|log| *log != b"stderr");
        for file in log.into_iter().chain(&said.settings.report_only) {
            let path = around_path(&around, Path::new(OsStr::from_bytes(file)));
            protected.push(path.into_os_string().into_vec());
        }
        Ok(Self { said, around, fixed: Fixed { readable: own.files, protected, ..Fixed::default() } })
    }

    /// Hands it on as what answers rest on.
    pub fn with<T>(&self, then: impl FnOnce(&Grounds<'_>) -> T) -> T {
        let fixed = |builder: &mut PolicyBuilder<'_>| self.fixed.apply(builder);
        then(&Grounds {
            sources: &self.said.names,
            settings: &self.said.settings,
            around: &self.around,
            world: &System,
            fixed: &fixed,
        })
    }
}

/// What the system says of ports.
pub fn facts() -> Facts {
    let read = |path: &str| fs::read_to_string(path).ok();
    let from = read("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    Facts {
        unprivileged_from: from.and_then(|text| text.trim().parse().ok()),
        capable: read("/proc/self/status").and_then(|text| binds_low_ports(&text)),
    }
}

/// Whether `CAP_NET_BIND_SERVICE` (number 10) is among the effective capabilities of `proc_pid_status(5)`.
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

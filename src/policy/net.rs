//! Host grants: reads and writes their text.
//!
//! The forms are `host`, `host:port`, `host:80,443`, `*.example.com`, addresses, CIDR ranges,
//! `[v6]:port`, `unix:/path`, the sets `loopback`, `private` and `metadata`, and for listening also
//! `:3000` and `127.0.0.1:*`.
//!
//! [`hosts`](super::hosts) decides what a grant covers.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;

use super::address;

use super::error::{GrantError, HostError};
use super::grant_list::GrantItem;
use super::path::Absolute;

/// One host grant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostGrant {
    /// The host.
    pub host: Host,
    /// The ports.
    pub ports: Ports,
}

/// The host part of a grant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// Any host and any address. With [`Ports::Any`] it is the whole network.
    Any,
    /// One name, in lower case, without a dot at its end.
    Name(String),
    /// Every name below this one. `*.example.com` is stored as `example.com`, and does not cover
    /// `example.com` itself.
    Below(String),
    /// One address. IPv4 in IPv6 is stored as IPv4.
    Address(IpAddr),
    /// A range of addresses.
    Range(IpNet),
    /// The addresses of this machine.
    Loopback,
    /// The private, link-local and unique-local ranges.
    Private,
    /// The addresses at which clouds give out credentials.
    Metadata,
    /// The path of a Unix socket. A socket in the abstract namespace of Linux begins with `@`.
    Unix(String),
}

/// The ports of a grant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ports {
    /// Every port.
    Any,
    /// These ports, sorted and without repetition.
    These(Vec<u16>),
}

impl HostGrant {
    /// Reads one value of a flag or one entry of a file: items between commas. An item of digits
    /// only is one more port of the item before it. `listening` allows an empty host (`:3000`).
    ///
    /// # Errors
    /// [`GrantError::Host`] for the first item that cannot be read.
    pub fn parse_list(text: &str, listening: bool) -> Result<Vec<Self>, GrantError> {
        let mut grants: Vec<Self> = Vec::new();
        for item in text.split(',') {
            if item.is_empty() || !item.bytes().all(|byte| byte.is_ascii_digit()) {
                grants.push(Self::parse(item, listening)?);
                continue;
            }
            match grants.last_mut().map(|grant| &mut grant.ports) {
                Some(Ports::These(ports)) => ports.push(port(item, item)?),
                _ => return Err(wrong(item, HostError::LonePort)),
            }
        }
        for grant in &mut grants {
            if let Ports::These(ports) = &mut grant.ports {
                ports.sort_unstable();
                ports.dedup();
            }
        }
        Ok(grants)
    }

    fn parse(item: &str, listening: bool) -> Result<Self, GrantError> {
        if let Some(path) = item.strip_prefix("unix:") {
            if path.is_empty() || path.contains('\0') {
                return Err(wrong(item, HostError::NoSocketPath));
            }
            return Ok(Self { host: Host::Unix(path.to_owned()), ports: Ports::Any });
        }
        let (host, ports) = split_port(item)?;
        let host = match host {
            "" if listening && ports.is_some() => Host::Any,
            "" => return Err(wrong(item, HostError::NoHost)),
            host => parse_host(item, host)?,
        };
        let ports = match ports {
            None | Some("*") => Ports::Any,
            Some(digits) => Ports::These(vec![port(item, digits)?]),
        };
        Ok(Self { host, ports })
    }
}

/// Splits an item into host and port. IPv6 stands in brackets if a port follows.
fn split_port(item: &str) -> Result<(&str, Option<&str>), GrantError> {
    if let Some(bracketed) = item.strip_prefix('[') {
        let (address, behind) = bracketed.split_once(']').ok_or_else(|| wrong(item, HostError::OpenBracket))?;
        if !address.contains(':') {
            return Err(wrong(item, HostError::BracketsWithoutV6));
        }
        return match behind.strip_prefix(':') {
            Some(port) => Ok((address, Some(port))),
            None if behind.is_empty() => Ok((address, None)),
            None => Err(wrong(item, HostError::AfterBracket)),
        };
    }
    match item.split_once(':') {
        Some((_, rest)) if rest.contains(':') => Ok((item, None)),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((item, None)),
    }
}

fn parse_host(item: &str, host: &str) -> Result<Host, GrantError> {
    match host {
        "*" => return Ok(Host::Any),
        "loopback" => return Ok(Host::Loopback),
        "private" => return Ok(Host::Private),
        "metadata" => return Ok(Host::Metadata),
        _ => {}
    }
    if host.contains('%') {
        return Err(wrong(item, HostError::Zone));
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(Host::Address(address.to_canonical()));
    }
    if host.contains('/') {
        let range: IpNet = host.parse().map_err(|_| wrong(item, HostError::NoRange))?;
        if range != range.trunc() {
            return Err(wrong(item, HostError::RangeBits { nearest: range.trunc() }));
        }
        return Ok(Host::Range(canonical(range)));
    }
    if host.contains(':') {
        return Err(wrong(item, HostError::NoV6));
    }
    let (below, host) = host.strip_prefix("*.").map_or((false, host), |parent| (true, parent));
    if host.contains('*') {
        return Err(wrong(item, HostError::Star));
    }
    let Some(host) = address::ascii_name(host) else {
        return Err(match address::short_form(host) {
            Some(_) => wrong(item, HostError::ShortForm),
            None => wrong(item, HostError::NoName),
        });
    };
    if !below && matches!(host.as_str(), "loopback" | "private" | "metadata") {
        // Stored as a name it would be written as the set, and read back as the set.
        return Err(wrong(item, HostError::SetName));
    }
    Ok(if below { Host::Below(host) } else { Host::Name(host) })
}

/// Returns a range of IPv4 addresses for one that is written as IPv6.
fn canonical(range: IpNet) -> IpNet {
    if let IpNet::V6(v6) = range
        && v6.prefix_len() >= 96
        && let Some(v4) = v6.addr().to_ipv4_mapped()
        && let Ok(v4) = IpNet::new(IpAddr::V4(v4), v6.prefix_len() - 96)
    {
        return v4;
    }
    range
}

fn port(item: &str, digits: &str) -> Result<u16, GrantError> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong(item, HostError::NoPortNumber));
    }
    digits.parse().map_err(|_| wrong(item, HostError::PortTooLarge))
}

fn wrong(found: &str, reason: HostError) -> GrantError {
    GrantError::Host { found: found.to_owned(), reason }
}

impl fmt::Display for HostGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with_port = matches!(self.ports, Ports::These(_));
        match &self.host {
            Host::Any => f.write_str("*")?,
            Host::Name(name) => f.write_str(name)?,
            Host::Below(name) => write!(f, "*.{name}")?,
            Host::Address(IpAddr::V6(address)) => write_v6(f, *address, with_port)?,
            Host::Address(IpAddr::V4(address)) => write!(f, "{address}")?,
            Host::Range(range @ IpNet::V6(_)) if with_port => write!(f, "[{range}]")?,
            Host::Range(range) => write!(f, "{range}")?,
            Host::Loopback => f.write_str("loopback")?,
            Host::Private => f.write_str("private")?,
            Host::Metadata => f.write_str("metadata")?,
            Host::Unix(path) => write!(f, "unix:{path}")?,
        }
        if let Ports::These(ports) = &self.ports {
            for (at, port) in ports.iter().enumerate() {
                write!(f, "{}{port}", if at == 0 { ':' } else { ',' })?;
            }
        }
        Ok(())
    }
}

fn write_v6(f: &mut fmt::Formatter<'_>, address: Ipv6Addr, brackets: bool) -> fmt::Result {
    if brackets { write!(f, "[{address}]") } else { write!(f, "{address}") }
}

impl HostGrant {
    /// Makes a relative path of a Unix socket absolute. A path without an absolute form stays as it
    /// is, and names no socket.
    #[must_use]
    pub fn based(self, base: &[u8]) -> Self {
        let Host::Unix(path) = &self.host else { return self };
        if path.starts_with('@') {
            return self;
        }
        let absolute = Absolute::resolve(path.as_bytes(), || Some(base));
        match absolute.ok().and_then(|path| String::from_utf8(path.bytes().to_vec()).ok()) {
            Some(path) => Self { host: Host::Unix(path), ports: Ports::Any },
            None => self,
        }
    }
}

impl GrantItem for HostGrant {
    fn everything() -> Self {
        Self { host: Host::Any, ports: Ports::Any }
    }

    fn read(text: &str) -> Result<Self, GrantError> {
        let mut grants = Self::parse_list(text, true)?;
        match (grants.pop(), grants.is_empty()) {
            (Some(grant), true) => Ok(grant),
            _ => Err(wrong(text, HostError::Several)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GrantError, HostGrant};
    use crate::policy::grant_list::GrantItem;

    #[track_caller]
    fn reads(text: &str, canonical: &str) {
        let grants = HostGrant::parse_list(text, false).unwrap();
        let written: Vec<String> = grants.iter().map(ToString::to_string).collect();
        assert_eq!(written.join(" "), canonical, "{text}");
        for grant in grants {
            assert_eq!(HostGrant::read(&grant.to_string()), Ok(grant));
        }
    }

    #[track_caller]
    fn refuses(text: &str) {
        let read = HostGrant::parse_list(text, false);
        assert!(matches!(read, Err(GrantError::Host { .. })), "{text}: {read:?}");
    }

    #[test]
    fn names_are_kept_in_lower_case() {
        reads("API.Example.com.", "api.example.com");
        reads("*.Example.com:443", "*.example.com:443");
        reads("my_host", "my_host");
    }

    #[test]
    fn international_names_are_kept_as_resolvers_see_them() {
        reads("münchen.de,*.BÜCHER.example:443", "xn--mnchen-3ya.de *.xn--bcher-kva.example:443");
        reads("例え。テスト", "xn--r8jz45g.xn--zckzah");
        refuses("１２７.0.0.1");
    }

    #[test]
    fn digits_alone_are_one_more_port_for_the_item_before() {
        reads("a.com:443,80,b.com:1", "a.com:80,443 b.com:1");
        reads("a.com,b.com:80", "a.com b.com:80");
        refuses("80");
        refuses("a.com,80");
        refuses("a.com:*,80");
    }

    #[test]
    fn addresses_are_kept_in_one_form() {
        reads("127.0.0.1", "127.0.0.1");
        reads("::1", "::1");
        reads("[::1]:80", "[::1]:80");
        reads("[2001:DB8::1]", "2001:db8::1");
        reads("::ffff:10.0.0.1", "10.0.0.1");
        reads("[::ffff:10.0.0.1]:80", "10.0.0.1:80");
    }

    #[test]
    fn ranges_have_nothing_behind_their_prefix() {
        reads("10.0.0.0/8:80,443", "10.0.0.0/8:80,443");
        reads("fe80::/10", "fe80::/10");
        reads("[fe80::/10]:80", "[fe80::/10]:80");
        reads("::ffff:10.0.0.0/104", "10.0.0.0/8");
        refuses("10.0.0.1/8");
        refuses("10.0.0.0/33");
    }

    #[test]
    fn sets_and_sockets_are_read() {
        reads("loopback,private:80,metadata", "loopback private:80 metadata");
        reads("unix:/run/x.sock", "unix:/run/x.sock");
        reads("*:443", "*:443");
    }

    #[test]
    fn an_address_in_a_short_form_is_no_name() {
        for text in ["127.1", "2130706433.", "0x7f.1", "1.2.3.4.5", "256.1.1.1"] {
            refuses(text);
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in [
            "",
            ",a.com",
            "a.com,",
            ":80",
            "a.com:",
            "a.com:x",
            "a.com:65536",
            "[::1",
            "[a]:80",
            "[::1]x",
            "fe80::1%eth0",
            "a*.com",
            "*.*.com",
            "*x",
            "a b",
            "a/b",
            "Loopback",
            "private.",
            "metadata.:80",
            "http://a.com",
            "a..b",
            "unix:",
            "::g",
            "-:+1",
        ] {
            refuses(text);
        }
    }

    #[test]
    fn only_listening_may_leave_the_host_out() {
        let grants = HostGrant::parse_list(":3000,3001,127.0.0.1:*", true).unwrap();
        let written: Vec<String> = grants.iter().map(ToString::to_string).collect();
        assert_eq!(written, ["*:3000,3001", "127.0.0.1"]);
    }
}

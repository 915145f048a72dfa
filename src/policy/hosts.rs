//! Matches hosts: decides what a grant covers, and what a list of grants and denials says about one
//! call.
//!
//! A call names an [`Endpoint`]: a name to resolve, an address and a port, or a Unix socket. A
//! grant of a name is pinned: it allows an address only if this process resolved the name to it,
//! and only at the ports of the grant. Denials win over grants. A denial is compared with the
//! address, with an IPv4 address inside an IPv6 address, and with the names that resolved to the
//! address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::address;
use super::grant_list::GrantList;
use super::grants::Effect;
use super::net::{Host, HostGrant, Ports};

/// The target of a network call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint<'a> {
    /// A name to resolve, in the form of [`address::ascii_name`].
    Name(&'a str),
    /// An address.
    Address {
        /// The address. IPv4 in IPv6 is given as IPv4.
        address: IpAddr,
        /// The port. Resolving the address back to a name ignores it.
        port: u16,
        /// The names that this process resolved to the address.
        names: &'a [Arc<str>],
    },
    /// A Unix socket.
    Unix {
        /// Its path, absolute and normal, or its abstract name after an `@`.
        path: &'a str,
        /// The path that it leads to, if this is another one.
        real: Option<&'a str>,
    },
}

/// A network operation, in the order of the network scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NetOp {
    Connect,
    Listen,
    Resolve,
}

impl NetOp {
    pub(super) const ALL: [Self; 3] = [Self::Connect, Self::Listen, Self::Resolve];
}

/// 127.0.0.0/8 and `::1`.
const LOOPBACK: [IpNet; 2] = [v4(127, 0, 0, 0, 8), v6([0, 0, 0, 0, 0, 0, 0, 1], 128)];

/// The private ranges (RFC 1918), the shared range of providers (RFC 6598), and the link-local and
/// unique-local ranges.
const PRIVATE: [IpNet; 7] = [
    v4(10, 0, 0, 0, 8),
    v4(172, 16, 0, 0, 12),
    v4(192, 168, 0, 0, 16),
    v4(100, 64, 0, 0, 10),
    v4(169, 254, 0, 0, 16),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
];

/// The addresses at which clouds give out credentials: AWS, Google, Azure, Oracle and others at
/// 169.254.169.254; AWS for containers and pods; Azure's host; Oracle's second address; Tencent;
/// Alibaba; AWS and Google over IPv6.
const METADATA: [IpNet; 10] = [
    v4(169, 254, 169, 254, 32),
    v4(169, 254, 170, 2, 32),
    v4(169, 254, 170, 23, 32),
    v4(168, 63, 129, 16, 32),
    v4(192, 0, 0, 192, 32),
    v4(169, 254, 0, 23, 32),
    v4(100, 100, 100, 200, 32),
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254], 128),
    v6([0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23], 128),
    v6([0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254], 128),
];

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix))
}

const fn v6(s: [u16; 8], prefix: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]), prefix))
}

/// Whether the list allows the call.
pub(super) fn allows(list: &GrantList<HostGrant>, op: NetOp, endpoint: &Endpoint<'_>) -> bool {
    grants(list, op, endpoint) && !denies(list, op, endpoint)
}

fn grants(list: &GrantList<HostGrant>, op: NetOp, endpoint: &Endpoint<'_>) -> bool {
    let any = |covers: &dyn Fn(&HostGrant) -> bool| list.granted().iter().any(|entry| covers(&entry.item));
    match *endpoint {
        Endpoint::Name(name) => any(&|grant| grant.host.covers_name(name)),
        Endpoint::Address { address, port, names } => {
            let at_port = |grant: &HostGrant| op == NetOp::Resolve || grant.ports.contain(port);
            let by_address = |grant: &HostGrant| {
                at_port(grant)
                    && (grant.host.covers_address(address, Effect::Grant)
                        || (op == NetOp::Connect && grant.host.covers_address(reached(address), Effect::Grant))
                        || (op == NetOp::Listen && address.is_ipv4() && grant.host.is_unspecified_v6(address)))
            };
            let by_name = |name: &str| {
                any(&|grant| at_port(grant) && grant.host.names_exactly(name))
                    && !list.denied().iter().any(|denial| at_port(denial) && denial.host.covers_name(name))
            };
            any(&by_address) || names.iter().any(|name| by_name(name))
        }
        Endpoint::Unix { path, real } => {
            any(&|grant| grant.covers_socket(path)) && real.is_none_or(|real| any(&|grant| grant.covers_socket(real)))
        }
    }
}

/// Whether a denial of the list covers the endpoint.
pub(super) fn denies(list: &GrantList<HostGrant>, op: NetOp, endpoint: &Endpoint<'_>) -> bool {
    let any = |covers: &dyn Fn(&HostGrant) -> bool| list.denied().iter().any(covers);
    match *endpoint {
        Endpoint::Name(name) => any(&|denial| denial.host.covers_name(name)),
        Endpoint::Address { address, port, names } => {
            let at_port = |denial: &HostGrant| op == NetOp::Resolve || denial.ports.contain(port);
            let by_address = |denial: &HostGrant| {
                at_port(denial)
                    && (denial.host.covers_address(address, Effect::Deny)
                        || (op == NetOp::Connect && denial.host.covers_address(reached(address), Effect::Deny))
                        // A server that listens on every address listens on the denied one too.
                        || (op == NetOp::Listen && address.is_unspecified() && !denial.host.is_unix()))
            };
            let by_name = |name: &str| any(&|denial| at_port(denial) && denial.host.covers_name(name));
            any(&by_address) || (!names.is_empty() && names.iter().all(|name| by_name(name)))
        }
        Endpoint::Unix { path, real } => {
            any(&|denial| denial.covers_socket(path) || real.is_some_and(|real| denial.covers_socket(real)))
        }
    }
}

/// Whether a grant names exactly this host and this port: no range, no set, not every port.
pub(super) fn grants_exact_endpoint(list: &GrantList<HostGrant>, endpoint: &Endpoint<'_>) -> bool {
    let Endpoint::Address { address, port, names } = *endpoint else { return false };
    list.granted().iter().any(|entry| {
        let HostGrant { host, ports } = &entry.item;
        let is_it = match host {
            Host::Address(own) => *own == address,
            Host::Name(own) => names.iter().any(|name| **name == **own),
            _ => false,
        };
        is_it && *ports != Ports::Any && ports.contain(port)
    })
}

/// Whether everything that `item` covers is granted, and nothing of it is denied. One grant must
/// cover it: a range that is granted in pieces is not covered.
pub(super) fn covers(list: &GrantList<HostGrant>, op: NetOp, item: &HostGrant) -> bool {
    list.granted().iter().any(|entry| contains(op, &entry.item, item)) && !withholds(list, op, item)
}

/// Whether a denial covers a part of `item`.
pub(super) fn withholds(list: &GrantList<HostGrant>, op: NetOp, item: &HostGrant) -> bool {
    let item = &without_ports(op, item);
    list.denied().iter().any(|denial| without_ports(op, denial).overlaps(item))
}

/// Whether one grant allows everything that a grant of `item` would allow, for the comparison of
/// policies. Stricter than [`covers`]: a granted name leads to any address that it resolves to,
/// which no set of addresses covers, and a server at `::` is also one at `0.0.0.0`.
pub(super) fn grants_all_of(list: &GrantList<HostGrant>, op: NetOp, item: &HostGrant) -> bool {
    let leads_on = matches!(item.host, Host::Name(_) | Host::Below(_));
    let both = op == NetOp::Listen && item.host == Host::Address(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    let fits = |host: &Host| match host {
        Host::Any | Host::Name(_) | Host::Below(_) => true,
        host => !leads_on && (!both || *host == item.host),
    };
    list.granted().iter().any(|entry| fits(&entry.item.host) && contains(op, &entry.item, item))
}

/// Whether one denial covers everything that a denial of `item` would cover.
pub(super) fn denies_all_of(list: &GrantList<HostGrant>, op: NetOp, item: &HostGrant) -> bool {
    list.denied().iter().any(|denial| contains(op, denial, item))
}

/// Whether one item covers everything that another one does. Compares lists item by item, and
/// copies nothing.
fn contains(op: NetOp, own: &HostGrant, other: &HostGrant) -> bool {
    (op == NetOp::Resolve || own.ports.contain_all(&other.ports)) && own.host.contains(&other.host)
}

/// Returns the item without its ports if the operation is resolving, for which ports mean nothing.
fn without_ports(op: NetOp, item: &HostGrant) -> HostGrant {
    let ports = if op == NetOp::Resolve { Ports::Any } else { item.ports.clone() };
    HostGrant { host: item.host.clone(), ports }
}

/// Returns the address at which a connection to this address ends. The unspecified address means
/// this machine.
fn reached(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        address => address,
    }
}

impl Host {
    /// Returns the ranges of addresses that it stands for. Returns `None` if it is no set of
    /// addresses.
    fn ranges(&self) -> Option<Vec<IpNet>> {
        match self {
            Self::Address(address) => Some(vec![IpNet::from(*address)]),
            Self::Range(range) => Some(vec![*range]),
            Self::Loopback => Some(LOOPBACK.to_vec()),
            Self::Private => Some(PRIVATE.to_vec()),
            Self::Metadata => Some(METADATA.to_vec()),
            Self::Any | Self::Name(_) | Self::Below(_) | Self::Unix(_) => None,
        }
    }

    /// Whether it is an address, a range or a set that contains only addresses of credentials.
    #[must_use]
    pub fn is_metadata(&self) -> bool {
        matches!(self, Self::Address(_) | Self::Range(_) | Self::Metadata)
            && self
                .ranges()
                .is_some_and(|ranges| ranges.iter().all(|range| METADATA.iter().any(|known| known.contains(range))))
    }

    fn is_unix(&self) -> bool {
        matches!(self, Self::Unix(_))
    }

    /// Whether it is `::`. A server there accepts IPv4 too.
    fn is_unspecified_v6(&self, address: IpAddr) -> bool {
        address.is_unspecified() && *self == Self::Address(IpAddr::V6(Ipv6Addr::UNSPECIFIED))
    }

    fn covers_address(&self, address: IpAddr, effect: Effect) -> bool {
        let within = |ranges: &[IpNet], address: IpAddr| ranges.iter().any(|range| range.contains(&address));
        let own = |address: IpAddr| match self {
            Self::Any => true,
            Self::Address(own) => *own == address,
            Self::Range(range) => range.contains(&address),
            Self::Loopback => within(&LOOPBACK, address),
            // The addresses of credentials must be granted by name.
            Self::Private if effect == Effect::Grant => within(&PRIVATE, address) && !within(&METADATA, address),
            Self::Private => within(&PRIVATE, address),
            Self::Metadata => within(&METADATA, address),
            Self::Name(_) | Self::Below(_) | Self::Unix(_) => false,
        };
        let embedded = match address {
            IpAddr::V6(address) if effect == Effect::Deny => address::embedded(address),
            _ => None,
        };
        own(address) || embedded.is_some_and(|address| own(IpAddr::V4(address)))
    }

    /// Whether it covers the name. A resolver asks no more.
    fn covers_name(&self, name: &str) -> bool {
        match self {
            Self::Any => true,
            // The addresses of `localhost` are checked when the program connects to them.
            Self::Loopback => is_localhost(name),
            host => host.names_exactly(name),
        }
    }

    /// Whether it names this name, so that the addresses of the name belong to it.
    fn names_exactly(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Below(parent) => is_below(name, parent),
            _ => false,
        }
    }

    fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (Self::Below(parent), Self::Name(name)) => is_below(name, parent),
            (Self::Below(parent), Self::Below(other)) => parent == other || is_below(other, parent),
            (Self::Loopback, Self::Name(name)) => is_localhost(name),
            _ if self == other => true,
            _ => match (self.ranges(), other.ranges()) {
                (Some(own), Some(others)) => {
                    let hole = *self == Self::Private && others.iter().any(|other| meets(&METADATA, other));
                    !hole && others.iter().all(|other| own.iter().any(|own| own.contains(other)))
                }
                _ => false,
            },
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::Below(one), Self::Below(other)) => one == other || is_below(one, other) || is_below(other, one),
            (Self::Below(parent), Self::Name(name)) | (Self::Name(name), Self::Below(parent)) => is_below(name, parent),
            (Self::Loopback, Self::Name(name)) | (Self::Name(name), Self::Loopback) => is_localhost(name),
            (Self::Loopback, Self::Below(name)) | (Self::Below(name), Self::Loopback) => name == "localhost",
            _ if self == other => true,
            (host, Self::Address(address)) => {
                host.covers_address(*address, Effect::Deny) || host.covers_address(reached(*address), Effect::Deny)
            }
            _ => match (self.ranges(), other.ranges()) {
                (Some(own), Some(others)) => others.iter().any(|other| meets(&own, other)),
                _ => false,
            },
        }
    }
}

fn meets(ranges: &[IpNet], other: &IpNet) -> bool {
    ranges.iter().any(|range| range.contains(other) || other.contains(range))
}

fn is_below(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent).is_some_and(|labels| labels.len() > 1 && labels.ends_with('.'))
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || is_below(name, "localhost")
}

impl Ports {
    fn contain(&self, port: u16) -> bool {
        match self {
            Self::Any => true,
            Self::These(ports) => ports.binary_search(&port).is_ok(),
        }
    }

    fn contain_all(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (Self::These(_), Self::Any) => false,
            (own, Self::These(ports)) => ports.iter().all(|&port| own.contain(port)),
        }
    }

    fn meet(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => true,
            (own, Self::These(ports)) => ports.iter().any(|&port| own.contain(port)),
        }
    }
}

impl HostGrant {
    /// Whether it covers the path of a socket. A socket has no ports, so a grant of some ports of
    /// any host covers none.
    fn covers_socket(&self, path: &str) -> bool {
        match &self.host {
            Host::Any => self.ports == Ports::Any,
            Host::Unix(own) => own == path,
            _ => false,
        }
    }

    fn overlaps(&self, other: &Self) -> bool {
        let socket =
            |one: &Self, other: &Self| other.host.is_unix() && one.host == Host::Any && one.ports != Ports::Any;
        !socket(self, other) && !socket(other, self) && self.host.overlaps(&other.host) && self.ports.meet(&other.ports)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Endpoint, NetOp, allows, covers, grants_exact_endpoint};
    use crate::policy::grant_list::GrantList;
    use crate::policy::net::HostGrant;

    /// Makes a list from items. An item with a `-` before it is denied.
    fn list(items: &str) -> GrantList<HostGrant> {
        let mut list = GrantList::default();
        for item in items.split_whitespace() {
            match item.strip_prefix('-') {
                Some(item) => HostGrant::parse_list(item, true).unwrap().into_iter().for_each(|host| list.deny(host)),
                None => {
                    HostGrant::parse_list(item, true).unwrap().into_iter().for_each(|host| list.grant(host, None));
                }
            }
        }
        list
    }

    #[track_caller]
    fn connects(items: &str, address: &str, port: u16, names: &[&str]) -> bool {
        let names: Vec<Arc<str>> = names.iter().map(|name| Arc::from(*name)).collect();
        let endpoint = Endpoint::Address { address: address.parse().unwrap(), port, names: &names };
        allows(&list(items), NetOp::Connect, &endpoint)
    }

    fn listens(items: &str, address: &str, port: u16) -> bool {
        let endpoint = Endpoint::Address { address: address.parse().unwrap(), port, names: &[] };
        allows(&list(items), NetOp::Listen, &endpoint)
    }

    fn resolves(items: &str, name: &str) -> bool {
        allows(&list(items), NetOp::Resolve, &Endpoint::Name(name))
    }

    #[test]
    fn names_below_a_name_are_not_the_name() {
        assert!(resolves("*.a.com", "b.a.com") && resolves("*.a.com", "c.b.a.com"));
        assert!(!resolves("*.a.com", "a.com") && !resolves("*.a.com", "ba.com") && !resolves("a.com", "b.a.com"));
        assert!(resolves("a.com:80", "a.com") && !resolves("a.com -a.com", "a.com"));
    }

    #[test]
    fn an_address_goes_with_the_name_that_it_was_learnt_from() {
        assert!(connects("a.com:80", "192.0.2.1", 80, &["a.com"]));
        assert!(!connects("a.com:80", "192.0.2.1", 81, &["a.com"]));
        assert!(!connects("a.com:80", "192.0.2.1", 80, &[]) && !connects("a.com:80", "192.0.2.1", 80, &["b.com"]));
        assert!(connects("*.a.com", "192.0.2.1", 80, &["b.com", "x.a.com"]));
        assert!(!connects("a.com -private", "10.0.0.1", 80, &["a.com"]));
        assert!(!connects("a.com -a.com:80", "192.0.2.1", 80, &["a.com"]));
        assert!(connects("a.com b.com -b.com", "192.0.2.1", 80, &["a.com", "b.com"]));
        assert!(!connects("* -b.com", "192.0.2.1", 80, &["b.com"]) && connects("* -b.com", "192.0.2.1", 80, &[]));
    }

    #[test]
    fn one_host_at_one_port_is_singled_out() {
        let at = |items: &str, names: &[&str]| {
            let names: Vec<Arc<str>> = names.iter().map(|name| Arc::from(*name)).collect();
            let endpoint = Endpoint::Address { address: "127.0.0.1".parse().unwrap(), port: 53, names: &names };
            grants_exact_endpoint(&list(items), &endpoint)
        };
        assert!(at("127.0.0.1:53", &[]) && at("a.com b.com:53,80", &["c.com", "b.com"]));
        for items in ["127.0.0.1", "127.0.0.1:54", "127.0.0.0/8:53", "loopback:53", "*:53", "b.com", "*.com:53"] {
            assert!(!at(items, &["b.com"]), "{items}");
        }
        assert!(!at("b.com:53", &[]) && !grants_exact_endpoint(&list("a.com:53"), &Endpoint::Name("a.com")));
    }

    #[test]
    fn loopback_pins_no_name() {
        assert!(resolves("loopback", "localhost") && resolves("loopback", "x.localhost"));
        assert!(!connects("loopback", "192.0.2.1", 80, &["localhost"]));
    }

    #[test]
    fn no_address_in_particular_is_this_machine() {
        assert!(connects("127.0.0.1", "0.0.0.0", 80, &[]) && connects("loopback", "::", 80, &[]));
        assert!(!connects("* -loopback", "0.0.0.0", 80, &[]) && !connects("* -::1", "::", 80, &[]));
        assert!(!connects("0.0.0.0", "127.0.0.1", 80, &[]));
    }

    #[test]
    fn a_denial_reaches_the_address_inside_an_address() {
        for address in ["64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::1", "::a9fe:a9fe"] {
            assert!(!connects("* -metadata", address, 80, &[]), "{address}");
            assert!(!connects("169.254.169.254", address, 80, &[]), "{address}: a grant does not");
        }
    }

    #[test]
    fn what_hands_out_credentials_is_not_granted_with_what_is_private() {
        assert!(connects("private", "10.0.0.1", 80, &[]) && connects("private", "169.254.1.1", 80, &[]));
        assert!(!connects("private", "169.254.169.254", 80, &[]) && !connects("private", "fd00:ec2::254", 80, &[]));
        assert!(connects("private metadata", "169.254.169.254", 80, &[]));
        assert!(!connects("* -private", "169.254.169.254", 80, &[]));
        let one = |text: &str| HostGrant::parse_list(text, false).unwrap().remove(0);
        assert!(covers(&list("private"), NetOp::Connect, &one("10.0.0.0/9")));
        assert!(!covers(&list("private"), NetOp::Connect, &one("169.254.0.0/16")));
    }

    #[test]
    fn a_server_on_every_address_needs_every_address() {
        assert!(listens(":80", "0.0.0.0", 80) && listens(":80", "192.0.2.1", 80) && listens("::", "0.0.0.0", 80));
        assert!(!listens("127.0.0.1", "0.0.0.0", 80) && !listens("loopback", "::", 80));
        assert!(!listens("* -192.0.2.1:80", "0.0.0.0", 80) && listens("* -192.0.2.1:80", "0.0.0.0", 81));
        assert!(!listens("0.0.0.0", "::", 80) && !listens(":80", "127.0.0.1", 0));
    }

    #[test]
    fn a_socket_is_no_host_with_ports() {
        let connects = |items, path, real| allows(&list(items), NetOp::Connect, &Endpoint::Unix { path, real });
        assert!(connects("*", "/x", None) && !connects("*:80", "/x", None) && connects("* -*:80", "/x", None));
        assert!(connects("unix:/x", "/x", None) && !connects("unix:/x", "/x", Some("/y")));
        assert!(connects("unix:/x unix:/y", "/x", Some("/y")) && !connects("* -unix:/y", "/x", Some("/y")));
    }
}

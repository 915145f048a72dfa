//! Laws of host grants, tried on random lists: what is read is written so that it reads back, ranges hold what their
//! bits say, and neither a denial nor a drop ever widens.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use permit::policy::files::NoFiles;
use permit::policy::net::{Host, HostGrant, Ports};
use permit::policy::{Endpoint, Policy, PolicyBuilder, Resource, Scope};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

const SCOPES: [Scope; 4] = [Scope::Net, Scope::NetConnect, Scope::NetListen, Scope::NetResolve];

/// The host part of an item, well written or nearly so.
fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "(\\*\\.)?[aA-](b|B|_|1){0,2}(\\.(com|Example|xn--p1ai|0x1|7))?\\.?",
        2 => any::<Ipv4Addr>().prop_map(|address| address.to_string()),
        2 => any::<Ipv6Addr>().prop_map(|address| format!("[{address}]")),
        1 => any::<Ipv4Addr>().prop_map(|address| format!("[{}]", address.to_ipv6_mapped())),
        1 => prop_oneof![Just("*"), Just("loopback"), Just("Private"), Just("metadata."), Just("")]
            .prop_map(str::to_owned),
    ]
}

/// One item of a list.
fn item() -> impl Strategy<Value = String> {
    let port = prop_oneof![3 => Just(String::new()), 3 => ":[0-9]{1,5}", 1 => Just(":*".to_owned())];
    prop_oneof![
        6 => (host(), port).prop_map(|(host, port)| format!("{host}{port}")),
        2 => (any::<Ipv4Addr>(), 0..36_u8).prop_map(|(address, bits)| format!("{address}/{bits}")),
        1 => "unix:/[a-c.]{0,4}",
        1 => "[0-9]{1,5}",
    ]
}

/// Some hosts, as `has` and `drop` are asked about them.
fn hosts() -> impl Strategy<Value = Vec<HostGrant>> {
    item().prop_filter_map("is no host", |text| HostGrant::parse_list(&text, true).ok())
}

fn list() -> impl Strategy<Value = String> {
    vec(item(), 1..4).prop_map(|items| items.join(","))
}

/// A list in force: granted or denied, for connecting and resolving or for listening.
fn rule() -> impl Strategy<Value = (bool, bool, String)> {
    (prop::bool::weighted(0.3), prop::bool::weighted(0.3), list())
}

fn build<'a>(rules: impl Iterator<Item = &'a (bool, bool, String)>) -> Policy {
    let mut builder = PolicyBuilder::new(&NoFiles);
    for (denies, listening, text) in rules {
        let scope = if *listening { Scope::NetListen } else { Scope::Net };
        // What cannot be read in full is not taken at all.
        let _ = if *denies {
            builder.deny(scope, text.as_bytes(), b"/")
        } else {
            builder.grant(scope, text.as_bytes(), b"/", None)
        };
    }
    builder.build().expect("hosts need no room")
}

/// An address as a number, and how many bits it has.
fn number(address: IpAddr) -> (u128, u8) {
    match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    }
}

fn address(number: u128, width: u8) -> IpAddr {
    match u32::try_from(number) {
        Ok(number) if width == 32 => IpAddr::V4(Ipv4Addr::from(number)),
        _ => IpAddr::V6(Ipv6Addr::from(number)),
    }
}

/// An item near 127.0.0.0.
fn near() -> impl Strategy<Value = String> {
    let range = small_range().prop_map(|(first, bits)| format!("127.0.0.{first}/{bits}"));
    let set = prop_oneof![Just("loopback"), Just("private"), Just("*"), Just("127.0.0.0/8")].prop_map(str::to_owned);
    let host = prop_oneof![(0..16_u8).prop_map(|last| format!("127.0.0.{last}")), range, set];
    (host, prop::option::of(0..3_u16))
        .prop_map(|(host, port)| port.map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
}

/// A range of at most sixteen addresses below 192.0.2.16, without bits behind its prefix.
fn small_range() -> impl Strategy<Value = (u8, u8)> {
    (0..16_u8, 28..33_u8).prop_map(|(first, bits)| (first >> (32 - bits) << (32 - bits), bits))
}

/// The bits behind a prefix; `None` if there is no such prefix.
fn mask(width: u8, prefix: u8) -> Option<u128> {
    let behind = width.checked_sub(prefix)?;
    Some(1_u128.checked_shl(behind.into()).map_or(u128::MAX, |above| above - 1))
}

fn without_bits_behind(of: IpAddr, prefix: u8) -> IpAddr {
    let (number, width) = number(of);
    address(number & !mask(width, prefix).unwrap_or(0), width)
}

/// The first and the last address of a range; `None` if it is none, or something stands behind its prefix.
fn ends_of(first: IpAddr, prefix: u8) -> Option<(IpAddr, IpAddr)> {
    let (number, width) = number(first);
    let mask = mask(width, prefix)?;
    (number & mask == 0).then(|| (first, address(number | mask, width)))
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_read_is_written_as_the_same_grants(text in list(), listening in any::<bool>()) {
        if let Ok(grants) = HostGrant::parse_list(&text, listening) {
            let written: Vec<String> = grants.iter().map(ToString::to_string).collect();
            for (grant, written) in grants.iter().zip(&written) {
                prop_assert_eq!(HostGrant::parse_list(written, true), Ok(vec![grant.clone()]));
            }
            prop_assert_eq!(HostGrant::parse_list(&written.join(","), true), Ok(grants));
        }
    }

    #[test]
    fn case_and_a_last_dot_do_not_tell_names_apart(name in "[a-c]{1,3}(\\.[a-c]{1,3}){0,2}", below in any::<bool>()) {
        let name = if below { format!("*.{name}") } else { name };
        let read = |text: &str| HostGrant::parse_list(text, false).expect("a name");
        prop_assert_eq!(read(&name), read(&name.to_ascii_uppercase()));
        prop_assert_eq!(read(&name), read(&format!("{name}.")));
    }

    #[test]
    fn one_address_has_one_form(address in any::<Ipv4Addr>(), port in any::<u16>()) {
        let read = |text: String| HostGrant::parse_list(&text, false).expect("an address");
        let plain = read(format!("{address}:{port}"));
        prop_assert_eq!(&plain, &read(format!("[{}]:{port}", address.to_ipv6_mapped())));
        prop_assert_eq!(&plain[0].ports, &Ports::These(vec![port]));
    }

    #[test]
    fn a_range_is_read_if_nothing_stands_behind_its_prefix(
        address in any::<IpAddr>(),
        prefix in 0..140_u8,
        cut in any::<bool>(),
    ) {
        let address = if cut { without_bits_behind(address, prefix) } else { address };
        let read = HostGrant::parse_list(&format!("{address}/{prefix}"), false);
        let ends = match read.as_deref() {
            Ok([HostGrant { host: Host::Range(range), .. }]) => Some((range.network(), range.broadcast())),
            read => read.map(|read| panic!("{read:?}")).ok(),
        };
        // A range of IPv4 addresses in IPv6 is kept as IPv4.
        let plain = |(first, last): (IpAddr, IpAddr)| (first.to_canonical(), last.to_canonical());
        prop_assert_eq!(ends.map(plain), ends_of(address, prefix).map(plain), "{}/{}", address, prefix);
    }

    #[test]
    fn ports_are_a_set(mut ports in vec(any::<u16>(), 1..6)) {
        let text: Vec<String> = ports.iter().map(ToString::to_string).collect();
        let read = HostGrant::parse_list(&format!("a.com:{}", text.join(",")), false).expect("ports");
        ports.sort_unstable();
        ports.dedup();
        prop_assert_eq!(&read[0].ports, &Ports::These(ports));
    }

    #[test]
    fn the_order_of_lists_does_not_matter(rules in vec(rule(), 0..6)) {
        prop_assert_eq!(build(rules.iter()).hash(), build(rules.iter().rev()).hash());
    }

    #[test]
    fn bytes_keep_hosts_as_they_are(rules in vec(rule(), 0..6), asked in hosts()) {
        let policy = build(rules.iter());
        let back = Policy::from_bytes(&policy.to_bytes()).expect("its own bytes");
        prop_assert_eq!(back.to_bytes(), policy.to_bytes());
        for scope in SCOPES {
            let asked = Resource::Hosts(&asked);
            prop_assert_eq!(back.allows(scope, &asked), policy.allows(scope, &asked), "{}", scope);
        }
    }

    #[test]
    fn an_address_is_allowed_as_its_bits_say(
        items in vec((any::<bool>(), small_range(), prop::option::of(0..3_u16)), 0..6),
        last in 0..16_u8,
        port in 0..3_u16,
    ) {
        let mut builder = PolicyBuilder::new(&NoFiles);
        for (denies, (first, bits), port) in &items {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            let text = format!("192.0.2.{first}/{bits}{port}");
            let _ = if *denies {
                builder.deny(Scope::NetConnect, text.as_bytes(), b"/")
            } else {
                builder.grant(Scope::NetConnect, text.as_bytes(), b"/", None)
            }.expect("a range");
        }
        let policy = builder.build().expect("hosts need no room");
        let any = |denied: bool| {
            items.iter().filter(|(denies, ..)| *denies == denied).any(|(_, (first, bits), own)| {
                last >> (32 - bits) == first >> (32 - bits) && own.is_none_or(|own| own == port)
            })
        };
        let address = IpAddr::from([192, 0, 2, last]);
        let asked = Resource::Endpoint(Endpoint::Address { address, port, names: &[] });
        prop_assert_eq!(policy.allows(Scope::NetConnect, &asked), any(false) && !any(true));
        let written = HostGrant::parse_list(&format!("{address}:{port}"), false).expect("an address");
        prop_assert_eq!(policy.has(Scope::NetConnect, &Resource::Hosts(&written)), any(false) && !any(true));
    }

    #[test]
    fn a_learnt_address_is_allowed_as_its_names_are(
        items in vec((prop::bool::weighted(0.3), prop::bool::weighted(0.3), "[ab](\\.[ab]){0,2}", prop::option::of(0..3_u16)), 0..6),
        names in vec("[ab](\\.[ab]){0,2}", 0..4),
        port in 0..3_u16,
    ) {
        let mut builder = PolicyBuilder::new(&NoFiles);
        for (denies, below, name, port) in &items {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            let text = format!("{}{name}{port}", if *below { "*." } else { "" });
            let _ = if *denies {
                builder.deny(Scope::NetConnect, text.as_bytes(), b"/")
            } else {
                builder.grant(Scope::NetConnect, text.as_bytes(), b"/", None)
            }.expect("a name");
        }
        let policy = builder.build().expect("hosts need no room");
        let any = |denied: bool, name: &str| {
            items.iter().filter(|(denies, ..)| *denies == denied).any(|(_, below, own, at)| {
                let same = if *below { name.ends_with(&format!(".{own}")) } else { name == own };
                same && at.is_none_or(|at| at == port)
            })
        };
        let expected = names.iter().any(|name| any(false, name) && !any(true, name));
        let names: Vec<Arc<str>> = names.iter().map(|name| Arc::from(name.as_str())).collect();
        let endpoint = Endpoint::Address { address: IpAddr::from([192, 0, 2, 1]), port, names: &names };
        prop_assert_eq!(policy.allows(Scope::NetConnect, &Resource::Endpoint(endpoint)), expected);
    }

    #[test]
    fn a_call_is_told_what_has_is_told(
        rules in vec((prop::bool::weighted(0.3), any::<bool>(), near()), 0..6),
        asked in (0..16_u8, 0..3_u16),
    ) {
        let policy = build(rules.iter());
        let address = IpAddr::from([127, 0, 0, asked.0]);
        let written = HostGrant::parse_list(&format!("{address}:{}", asked.1), false).expect("an address");
        for scope in SCOPES {
            let call = Resource::Endpoint(Endpoint::Address { address, port: asked.1, names: &[] });
            prop_assert_eq!(policy.allows(scope, &call), policy.has(scope, &Resource::Hosts(&written)), "{}", scope);
        }
    }

    #[test]
    fn neither_a_denial_nor_a_drop_nor_a_ceiling_widens(
        rules in vec(rule(), 0..6),
        ceiling in vec(rule(), 0..3),
        dropped in hosts(),
        asked in vec(hosts(), 1..4),
    ) {
        let policy = build(rules.iter());
        let granted = build(rules.iter().filter(|(denies, ..)| !denies));
        let ceiling = build(ceiling.iter());
        let both = policy.clone().under(&ceiling);
        for scope in SCOPES {
            let mut less = policy.clone();
            less.drop(scope, &Resource::Hosts(&dropped), &NoFiles);
            prop_assert!(!less.allows(scope, &Resource::Hosts(&dropped)), "{} {:?}", scope, dropped);
            for asked in asked.iter().map(|asked| Resource::Hosts(asked)) {
                let allowed = policy.allows(scope, &asked);
                prop_assert!(!allowed || granted.allows(scope, &asked), "{} {:?}", scope, asked);
                prop_assert!(!less.allows(scope, &asked) || allowed, "{} {:?}", scope, asked);
                let expected = allowed && ceiling.allows(scope, &asked);
                prop_assert_eq!(both.allows(scope, &asked), expected, "{} {:?}", scope, asked);
            }
        }
    }
}

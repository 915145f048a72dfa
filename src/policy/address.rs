//! Reads addresses and names as the resolver reads them.
//!
//! `getaddrinfo` takes `0x7f.1`, `2130706433` and `0177.0.0.1` for 127.0.0.1, and an international
//! name for its ASCII form. Grants are compared with the form that the resolver uses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Reads an address in its full form or in a short form of `inet_aton`. Drops a zone, and returns
/// an IPv4 address for IPv4 in IPv6.
#[must_use]
pub fn parse(text: &str) -> Option<IpAddr> {
    full_form(text).or_else(|| short_form(text).map(IpAddr::V4))
}

/// Reads an address in its full form, as the system calls take it. A zone is allowed, a short form
/// is not.
#[must_use]
pub fn full_form(text: &str) -> Option<IpAddr> {
    let address = match text.split_once('%') {
        Some((address, zone)) if !zone.is_empty() => IpAddr::V6(address.parse::<Ipv6Addr>().ok()?),
        Some(_) => return None,
        None => text.parse::<IpAddr>().ok()?,
    };
    Some(address.to_canonical())
}

/// Reads an address in a form of `inet_aton`: one to four numbers, decimal, octal or hexadecimal.
/// The last number fills the bytes that are left. Drops a dot at the end, as resolvers do.
#[must_use]
pub fn short_form(text: &str) -> Option<Ipv4Addr> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let parts: Vec<u32> = text.split('.').map(number).collect::<Option<_>>()?;
    let (&last, bytes) = parts.split_last()?;
    let left = 4_u32.checked_sub(u32::try_from(bytes.len()).ok()?).filter(|&left| left > 0)?;
    if left < 4 && last >> (8 * left) != 0 {
        return None;
    }
    let mut address = 0;
    for &byte in bytes {
        address = (address << 8) | u32::from(u8::try_from(byte).ok()?);
    }
    let address = u64::from(address) << (8 * left) | u64::from(last);
    u32::try_from(address).ok().map(Ipv4Addr::from)
}

fn number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    // `from_str_radix` alone would accept a sign.
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, radix).ok()
}

/// Returns the name as resolvers see it: in ASCII, in lower case, without a dot at its end. Returns
/// `None` for an address, and for text that is no host name.
#[must_use]
pub fn ascii_name(text: &str) -> Option<String> {
    let name = if text.is_ascii() { text.to_ascii_lowercase() } else { idna::domain_to_ascii(text).ok()? };
    let name = name.strip_suffix('.').unwrap_or(&name);
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if name.len() > 253 || !name.split('.').all(label_ok) {
        return None;
    }
    // Resolvers read `127.1`, `0x7f.1` and `2130706433` as addresses, and so does a URL.
    let last = name.rsplit('.').next().unwrap_or_default();
    if last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x") {
        return None;
    }
    Some(name.to_owned())
}

/// Returns the IPv4 address that a translating network reaches by this IPv6 address:
/// IPv4-compatible addresses, NAT64 by the well-known and by the local-use prefix (RFC 6052, RFC
/// 8215), and 6to4 (RFC 3056).
#[must_use]
pub fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let number = u128::from(address);
    let low = |number: u128| Ipv4Addr::from(u32::try_from(number & 0xffff_ffff).unwrap_or_default());
    match address.segments() {
        [0, 0, 0, 0, 0, 0, ..] if number > 1 => Some(low(number)),
        [0x64, 0xff9b, 0, 0, 0, 0, ..] | [0x64, 0xff9b, 1, ..] => Some(low(number)),
        [0x2002, ..] => Some(low(number >> 80)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{ascii_name, embedded, full_form, parse, short_form};

    #[test]
    fn every_spelling_of_an_address_is_that_address() {
        for text in [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "0x7f.1",
            "0X7F000001",
            "2130706433",
            "0177.0.0.1",
            "017700000001",
            "127.0.0.1.",
            "::ffff:127.0.0.1",
            "::ffff:7f00:1",
        ] {
            assert_eq!(parse(text), "127.0.0.1".parse().ok(), "{text}");
        }
        assert_eq!(parse("fe80::1%eth0"), "fe80::1".parse().ok());
    }

    #[test]
    fn what_no_resolver_reads_as_an_address_is_none() {
        for text in [
            "",
            ".",
            "1.2.3.4.5",
            "256.1.1.1",
            "1.2.3.256",
            "4294967296",
            "1.16777216",
            "08",
            "0x",
            "+1",
            "-1",
            "1..2",
            "a",
            "127.0.0.1%lo",
            "fe80::1%",
            "1.2.3.4 ",
            "0xg",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(short_form("1.2.65535").is_some() && full_form("1.2.65535").is_none());
    }

    #[test]
    fn names_are_compared_as_resolvers_see_them() {
        for (text, name) in [
            ("API.Example.com.", Some("api.example.com")),
            ("bücher.example", Some("xn--bcher-kva.example")),
            ("ＡＰＩ.example.com", Some("api.example.com")),
            ("１２７.0.0.1", None),
            ("a.com\0.b.com", None),
            ("a b.com", None),
            ("a..b", None),
            ("1.2.3.4", None),
            ("0x7f.1", None),
            ("", None),
        ] {
            assert_eq!(ascii_name(text).as_deref(), name, "{text:?}");
        }
    }

    #[test]
    fn addresses_in_addresses_are_found() {
        for (text, v4) in [
            ("64:ff9b::a9fe:a9fe", Some("169.254.169.254")),
            ("64:ff9b:1:2::a9fe:a9fe", Some("169.254.169.254")),
            ("64:ff9b:2::a9fe:a9fe", None),
            ("2002:7f00:1::", Some("127.0.0.1")),
            ("::7f00:1", Some("127.0.0.1")),
            ("::1", None),
            ("::", None),
            ("2001:db8::1", None),
        ] {
            assert_eq!(embedded(text.parse().unwrap()), v4.map(|v4| v4.parse().unwrap()), "{text}");
        }
    }
}

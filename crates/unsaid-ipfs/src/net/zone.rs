//! How far inside an address is.
//!
//! A server may send us on to the public network, or to where it stands itself, never further in: a public
//! one must not make this machine ask its own services, its router or a cloud's metadata address, and what
//! stands on this machine must not make it ask the rest of the house.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A part of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Zone {
    /// Anybody's.
    Public,
    /// A house's or a company's; also what is nobody's: shared, reserved, documentation, multicast.
    Private,
    /// One cable's (169.254.0.0/16, fe80::/10), where clouds keep their metadata.
    Link,
    /// This machine's, also by its unspecified address.
    Loopback,
}

impl Zone {
    pub(super) fn of(address: IpAddr) -> Zone {
        match address {
            IpAddr::V4(v4) => of_v4(v4),
            IpAddr::V6(v6) => of_v6(v6),
        }
    }
}

/// Whether what answered at `from` (`None`: behind a proxy) may send us to `to`: outwards, to its own zone, and on one cable only
/// to itself, for there its neighbours are no more its own than the metadata of a cloud.
pub(super) fn may_send(from: Option<IpAddr>, to: IpAddr) -> bool {
    match (from.map_or(Zone::Public, Zone::of), Zone::of(to)) {
        (_, Zone::Public) => true,
        (Zone::Link, Zone::Link) => from == Some(to),
        (from, to) => from == to,
    }
}

fn of_v4(v4: Ipv4Addr) -> Zone {
    let [a, b, c, _] = v4.octets();
    if v4.is_loopback() || a == 0 {
        Zone::Loopback
    } else if v4.is_link_local() {
        Zone::Link
    } else if v4.is_private()
        || v4.is_documentation()
        || (a == 100 && b & 0xc0 == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && b & 0xfe == 18)
        || a >= 224
    {
        Zone::Private
    } else {
        Zone::Public
    }
}

fn of_v6(v6: Ipv6Addr) -> Zone {
    let segments = v6.segments();
    let embedded = match segments {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => return Zone::Loopback,
        [0, 0, 0, 0, 0, 0xffff, _, _] | [0x64, 0xff9b, 0, 0, 0, 0, _, _] | [0, 0, 0, 0, 0, 0, _, _] => {
            Some((segments[6], segments[7]))
        }
        // 6to4 holds its IPv4 address in front.
        [0x2002, high, low, ..] => Some((high, low)),
        [first, ..] if first & 0xffc0 == 0xfe80 => return Zone::Link,
        _ => None,
    };
    if let Some((high, low)) = embedded {
        return of_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    }
    // Global unicast is 2000::/3; of it, documentation (2001:db8::/32) and Teredo (2001::/32) are not hosts.
    let global = segments[0] & 0xe000 == 0x2000;
    match global && !(segments[0] == 0x2001 && matches!(segments[1], 0 | 0xdb8)) {
        true => Zone::Public,
        false => Zone::Private,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    #[test]
    fn e4_no_spelling_of_an_inner_address_is_taken_for_a_public_one() {
        for (zone, addresses) in [
            (
                Zone::Loopback,
                &["127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "2002:7f00:1::"][..],
            ),
            (Zone::Loopback, &["::7f00:1", "64:ff9b::7f00:1", "::ffff:0.0.0.0"]),
            (
                Zone::Link,
                &["169.254.169.254", "fe80::1", "febf::1", "64:ff9b::a9fe:a9fe", "::ffff:169.254.1.1"],
            ),
            (
                Zone::Private,
                &["10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "192.0.0.8", "198.18.0.1"],
            ),
            (Zone::Private, &["224.0.0.1", "255.255.255.255", "192.0.2.1", "fc00::1", "fec0::1", "ff02::1"]),
            (Zone::Private, &["::ffff:10.0.0.1", "2001:db8::1", "2001::1", "2002:a00:1::"]),
            (
                Zone::Public,
                &["1.1.1.1", "8.8.8.8", "209.94.90.1", "100.128.0.1", "2606:4700::1111", "2602:fea2:2::1"],
            ),
        ] {
            for address in addresses {
                assert_eq!(Zone::of(address.parse().unwrap()), zone, "{address}");
            }
        }
    }

    #[test]
    fn e4_nobody_sends_us_further_in_than_he_stands() {
        let may = |from: &str, to: &str| may_send(from.parse().ok(), to.parse().unwrap());
        let inner = ["192.168.1.1", "169.254.169.254", "fe80::1", "127.0.0.1", "::1", "0.0.0.0"];
        for from in ["1.1.1.1", "2606:4700::1111"] {
            assert!(may(from, "8.8.8.8"));
            for to in inner {
                assert!(!may(from, to), "{from} -> {to}");
            }
        }
        for (from, own) in [("192.168.1.1", "10.0.0.1"), ("127.0.0.1", "::1"), ("169.254.1.1", "169.254.1.1")]
        {
            assert!(may(from, "8.8.8.8") && may(from, own), "{from}");
            for to in ["192.168.1.1", "169.254.169.254", "fe80::1", "127.0.0.1"] {
                let same = Zone::of(to.parse().unwrap()) == Zone::of(from.parse().unwrap());
                assert_eq!(
                    may(from, to),
                    same && !to.starts_with("169") && !to.starts_with("fe"),
                    "{from} -> {to}"
                );
            }
        }
    }
}

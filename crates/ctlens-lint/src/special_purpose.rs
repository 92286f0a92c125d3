use crate::date::midnight;
use ctlens_x509::UnixSeconds;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An entry of one of IANA's two special-purpose address registries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpecialPurposeBlock {
    /// The first address.
    pub network: IpAddr,
    /// How many bits all addresses of the block share with the first.
    pub prefix_length: u8,
    /// The registry's name for it.
    pub name: &'static str,
    /// The first RFC that the registry cites.
    pub rfc: u16,
    /// The first day of the month in which it was allocated; the registries give no day.
    pub allocated: UnixSeconds,
}

impl SpecialPurposeBlock {
    /// Whether the address lies in the block. An IPv4-mapped IPv6 address lies in IPv6 blocks only.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                (network.to_bits() ^ address.to_bits()).leading_zeros() >= u32::from(self.prefix_length)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                (network.to_bits() ^ address.to_bits()).leading_zeros() >= u32::from(self.prefix_length)
            }
            _ => false,
        }
    }
}

/// The entries that an address lies in: none for an address that the registries leave alone.
///
/// BR §1.6.1 makes a *Reserved IP Address* of every entry, those too that the registry calls globally reachable.
pub fn special_purpose_blocks(address: IpAddr) -> impl Iterator<Item = &'static SpecialPurposeBlock> {
    let registry = if address.is_ipv4() { IPV4 } else { IPV6 };
    registry.iter().filter(move |block| block.contains(address))
}

/// IANA IPv4 Special-Purpose Address Registry, <https://www.iana.org/assignments/iana-ipv4-special-registry>, after RFC
/// 8880 of 2020 (its latest). An entry of two addresses is two rows here.
const IPV4: &[SpecialPurposeBlock] = &[
    block(v4([0, 0, 0, 0]), 8, "This network", 791, 1981, 9),
    block(v4([0, 0, 0, 0]), 32, "This host on this network", 1122, 1981, 9),
    block(v4([10, 0, 0, 0]), 8, "Private-Use", 1918, 1996, 2),
    block(v4([100, 64, 0, 0]), 10, "Shared Address Space", 6598, 2012, 4),
    block(v4([127, 0, 0, 0]), 8, "Loopback", 1122, 1981, 9),
    block(v4([169, 254, 0, 0]), 16, "Link Local", 3927, 2005, 5),
    block(v4([172, 16, 0, 0]), 12, "Private-Use", 1918, 1996, 2),
    block(v4([192, 0, 0, 0]), 24, "IETF Protocol Assignments", 6890, 2010, 1),
    block(v4([192, 0, 0, 0]), 29, "IPv4 Service Continuity Prefix", 7335, 2011, 6),
    block(v4([192, 0, 0, 8]), 32, "IPv4 dummy address", 7600, 2015, 3),
    block(v4([192, 0, 0, 9]), 32, "Port Control Protocol Anycast", 7723, 2015, 10),
    block(v4([192, 0, 0, 10]), 32, "Traversal Using Relays around NAT Anycast", 8155, 2017, 2),
    block(v4([192, 0, 0, 170]), 32, "NAT64/DNS64 Discovery", 8880, 2013, 2),
    block(v4([192, 0, 0, 171]), 32, "NAT64/DNS64 Discovery", 8880, 2013, 2),
    block(v4([192, 0, 2, 0]), 24, "Documentation (TEST-NET-1)", 5737, 2010, 1),
    block(v4([192, 31, 196, 0]), 24, "AS112-v4", 7535, 2014, 12),
    block(v4([192, 52, 193, 0]), 24, "AMT", 7450, 2014, 12),
    block(v4([192, 88, 99, 0]), 24, "Deprecated (6to4 Relay Anycast)", 7526, 2001, 6),
    block(v4([192, 88, 99, 2]), 32, "6a44-relay anycast address", 6751, 2012, 10),
    block(v4([192, 168, 0, 0]), 16, "Private-Use", 1918, 1996, 2),
    block(v4([192, 175, 48, 0]), 24, "Direct Delegation AS112 Service", 7534, 1996, 1),
    block(v4([198, 18, 0, 0]), 15, "Benchmarking", 2544, 1999, 3),
    block(v4([198, 51, 100, 0]), 24, "Documentation (TEST-NET-2)", 5737, 2010, 1),
    block(v4([203, 0, 113, 0]), 24, "Documentation (TEST-NET-3)", 5737, 2010, 1),
    block(v4([240, 0, 0, 0]), 4, "Reserved", 1112, 1989, 8),
    block(v4([255, 255, 255, 255]), 32, "Limited Broadcast", 8190, 1984, 10),
];

/// IANA IPv6 Special-Purpose Address Registry, <https://www.iana.org/assignments/iana-ipv6-special-registry>, after RFC
/// 9780 of 2025 (its latest).
const IPV6: &[SpecialPurposeBlock] = &[
    block(v6([0, 0, 0, 0, 0, 0, 0, 0x1]), 128, "Loopback Address", 4291, 2006, 2),
    block(v6([0, 0, 0, 0, 0, 0, 0, 0]), 128, "Unspecified Address", 4291, 2006, 2),
    block(v6([0, 0, 0, 0, 0, 0xffff, 0, 0]), 96, "IPv4-mapped Address", 4291, 2006, 2),
    block(v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0]), 96, "IPv4-IPv6 Translat.", 6052, 2010, 10),
    block(v6([0x64, 0xff9b, 0x1, 0, 0, 0, 0, 0]), 48, "IPv4-IPv6 Translat.", 8215, 2017, 6),
    block(v6([0x100, 0, 0, 0, 0, 0, 0, 0]), 64, "Discard-Only Address Block", 6666, 2012, 6),
    block(v6([0x100, 0, 0, 0x1, 0, 0, 0, 0]), 64, "Dummy IPv6 Prefix", 9780, 2025, 4),
    block(v6([0x2001, 0, 0, 0, 0, 0, 0, 0]), 23, "IETF Protocol Assignments", 2928, 2000, 9),
    block(v6([0x2001, 0, 0, 0, 0, 0, 0, 0]), 32, "TEREDO", 4380, 2006, 1),
    block(v6([0x2001, 0x1, 0, 0, 0, 0, 0, 0x1]), 128, "Port Control Protocol Anycast", 7723, 2015, 10),
    block(v6([0x2001, 0x1, 0, 0, 0, 0, 0, 0x2]), 128, "Traversal Using Relays around NAT Anycast", 8155, 2017, 2),
    block(v6([0x2001, 0x1, 0, 0, 0, 0, 0, 0x3]), 128, "DNS-SD Service Registration Protocol Anycast", 9665, 2024, 4),
    block(v6([0x2001, 0x2, 0, 0, 0, 0, 0, 0]), 48, "Benchmarking", 5180, 2008, 4),
    block(v6([0x2001, 0x3, 0, 0, 0, 0, 0, 0]), 32, "AMT", 7450, 2014, 12),
    block(v6([0x2001, 0x4, 0x112, 0, 0, 0, 0, 0]), 48, "AS112-v6", 7535, 2014, 12),
    block(v6([0x2001, 0x10, 0, 0, 0, 0, 0, 0]), 28, "Deprecated (previously ORCHID)", 4843, 2007, 3),
    block(v6([0x2001, 0x20, 0, 0, 0, 0, 0, 0]), 28, "ORCHIDv2", 7343, 2014, 7),
    block(
        v6([0x2001, 0x30, 0, 0, 0, 0, 0, 0]),
        28,
        "Drone Remote ID Protocol Entity Tags (DETs) Prefix",
        9374,
        2022,
        12,
    ),
    block(v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0]), 32, "Documentation", 3849, 2004, 7),
    block(v6([0x2002, 0, 0, 0, 0, 0, 0, 0]), 16, "6to4", 3056, 2001, 2),
    block(v6([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0]), 48, "Direct Delegation AS112 Service", 7534, 2011, 5),
    block(v6([0x3fff, 0, 0, 0, 0, 0, 0, 0]), 20, "Documentation", 9637, 2024, 7),
    block(v6([0x5f00, 0, 0, 0, 0, 0, 0, 0]), 16, "Segment Routing (SRv6) SIDs", 9602, 2024, 4),
    block(v6([0xfc00, 0, 0, 0, 0, 0, 0, 0]), 7, "Unique-Local", 4193, 2005, 10),
    block(v6([0xfe80, 0, 0, 0, 0, 0, 0, 0]), 10, "Link-Local Unicast", 4291, 2006, 2),
];

const fn v4([a, b, c, d]: [u8; 4]) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8]) -> IpAddr {
    IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h))
}

const fn block(
    network: IpAddr,
    prefix_length: u8,
    name: &'static str,
    rfc: u16,
    year: i64,
    month: u8,
) -> SpecialPurposeBlock {
    SpecialPurposeBlock { network, prefix_length, name, rfc, allocated: midnight(year, month, 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(address: &str) -> Vec<&'static str> {
        special_purpose_blocks(address.parse().unwrap()).map(|block| block.name).collect()
    }

    #[test]
    fn addresses_in_and_out() {
        assert_eq!(names("10.0.0.0"), ["Private-Use"]);
        assert_eq!(names("10.255.255.255"), ["Private-Use"]);
        assert!(names("11.0.0.0").is_empty() && names("9.255.255.255").is_empty());
        assert_eq!(names("192.0.0.8"), ["IETF Protocol Assignments", "IPv4 dummy address"]);
        assert_eq!(names("255.255.255.255"), ["Reserved", "Limited Broadcast"]);
        assert_eq!(names("192.88.99.1"), ["Deprecated (6to4 Relay Anycast)"]);
        // Multicast is in neither registry.
        assert!(names("224.0.0.1").is_empty() && names("ff02::1").is_empty());
        assert!(names("1.1.1.1").is_empty() && names("2606:4700::1111").is_empty());
        assert_eq!(names("::ffff:1.1.1.1"), ["IPv4-mapped Address"]);
        assert_eq!(names("3fff:fff::1"), ["Documentation"]);
        assert!(names("3fff:1000::1").is_empty());
        assert_eq!(names("fdff::1"), ["Unique-Local"]);
    }

    #[test]
    fn networks_have_no_bits_beyond_their_prefix() {
        for block in IPV4.iter().chain(IPV6) {
            let bits = match block.network {
                IpAddr::V4(network) => u128::from(network.to_bits()) << 96,
                IpAddr::V6(network) => network.to_bits(),
            };
            assert_eq!(bits.checked_shl(u32::from(block.prefix_length)).unwrap_or(0), 0, "{block:?}");
        }
    }
}

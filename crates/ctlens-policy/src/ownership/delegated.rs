//! What the regional internet registries say they delegated.

use super::error::{SourceError, SourceProblem};
use super::source::{Claims, HolderKind, OwnershipSource};
use crate::text::shorten;
use ctlens_san::Prefix;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

impl OwnershipSource {
    /// A registry's extended delegated statistics (`delegated-apnic-extended-latest`), as text; holders are the registry and its
    /// opaque id, `apnic:A91872ED`: the same for all that one account holds, and nobody's name.
    ///
    /// ```text
    /// # comment
    /// 2|apnic|20250919|4|19830613|20250918|+1000                     version|registry|serial|records|startdate|enddate|UTCoffset
    /// apnic|*|ipv4|*|1|summary
    /// apnic|AU|ipv4|1.1.1.0|256|20110811|assigned|A91872ED           registry|cc|type|start|value|date|status|opaque-id|…
    /// apnic|AU|ipv6|2001:db8::|32|20110811|allocated|A91872ED
    /// apnic|AU|asn|13335|1|20110811|allocated|A91872ED
    /// ```
    ///
    /// Of an ipv4 record the value is a number of addresses, of an ipv6 record the length of a prefix. AS numbers, and what is
    /// available or reserved, name no holder of addresses.
    ///
    /// # Errors
    ///
    /// At the first line that has not this form, also where a delegated record lacks its opaque id: without it, it says
    /// nothing about who holds what (the files without `extended` in their name have none).
    pub fn from_delegated_statistics(name: &str, text: &str) -> Result<Self, SourceError> {
        let mut claims = Claims::new();
        let mut has_version = false;
        for (line, text) in (1..).zip(text.lines()) {
            let row = Row { name, line, text };
            if text.trim().is_empty() || text.starts_with('#') {
                continue;
            }
            if has_version {
                row.read(&mut claims)?;
            } else {
                row.check_version()?;
                has_version = true;
            }
        }
        if !has_version {
            return Err(Row { name, line: 1, text: "" }.error(0, SourceProblem::NoVersion));
        }
        Ok(claims.into_source(name.to_owned(), HolderKind::Registry))
    }
}

struct Row<'t> {
    name: &'t str,
    line: usize,
    text: &'t str,
}

impl<'t> Row<'t> {
    /// The version is 2, or 2.3 and the like.
    fn check_version(&self) -> Result<(), SourceError> {
        let version = self.field(0);
        let is_second = version == "2" || version.starts_with("2.");
        if is_second && self.text.split('|').nth(5).is_some() {
            Ok(())
        } else {
            Err(self.error(0, SourceProblem::NoVersion))
        }
    }

    fn read(&self, claims: &mut Claims) -> Result<(), SourceError> {
        let found = self.text.split('|').count();
        if self.field(5) == "summary" && self.field(1) == "*" {
            return Ok(());
        }
        if found < 7 {
            return Err(self.error(0, SourceProblem::Fields { found, expected: 7 }));
        }
        let is_v4 = match self.field(2) {
            "ipv4" => true,
            "ipv6" => false,
            "asn" => return Ok(()),
            _ => return Err(self.no(2, "type: expected ipv4, ipv6 or asn")),
        };
        match self.field(6) {
            "allocated" | "assigned" => {}
            "available" | "reserved" => return Ok(()),
            _ => return Err(self.no(6, "status: expected allocated, assigned, available or reserved")),
        }
        let opaque_id = self.field(7);
        if opaque_id.is_empty() {
            return Err(self.error(0, SourceProblem::Fields { found, expected: 8 }));
        }
        let holder = format!("{}:{opaque_id}", self.field(0));
        if is_v4 { self.read_v4(claims, &holder) } else { self.read_v6(claims, &holder) }
    }

    fn read_v4(&self, claims: &mut Claims, holder: &str) -> Result<(), SourceError> {
        const END: u64 = 1 << 32;
        let start: Ipv4Addr = self.field(3).parse().map_err(|_| self.no(3, "IPv4 address"))?;
        let mut first = u64::from(start.to_bits());
        let count = number(self.field(4)).filter(|count| (1..=END).contains(count));
        let end = count.and_then(|count| first.checked_add(count)).filter(|end| *end <= END);
        let end = end.ok_or_else(|| self.no(4, "number of addresses from there on"))?;
        // A range is at most 62 prefixes: the largest that begins here and does not go beyond the end, and so on.
        while first < end {
            let aligned = if first == 0 { 32 } else { first.trailing_zeros().min(32) };
            let fitting = end.saturating_sub(first).ilog2();
            let host_bits = aligned.min(fitting);
            let address = u32::try_from(first).map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)));
            let length = u8::try_from(32_u32.saturating_sub(host_bits));
            if let (Ok(address), Ok(length)) = (address, length)
                && let Ok(prefix) = Prefix::new(address, length)
            {
                claims.add(prefix, holder);
            }
            first = first.saturating_add(1_u64.checked_shl(host_bits).unwrap_or(END));
        }
        Ok(())
    }

    fn read_v6(&self, claims: &mut Claims, holder: &str) -> Result<(), SourceError> {
        let start: Ipv6Addr = self.field(3).parse().map_err(|_| self.no(3, "IPv6 address"))?;
        let length = number(self.field(4)).and_then(|length| u8::try_from(length).ok());
        let prefix = length.and_then(|length| Prefix::new(IpAddr::V6(start), length).ok());
        claims.add(prefix.ok_or_else(|| self.no(4, "length of a prefix that begins there"))?, holder);
        Ok(())
    }

    /// Empty where there are fewer.
    fn field(&self, index: usize) -> &'t str {
        self.text.split('|').nth(index).unwrap_or_default()
    }

    fn no(&self, index: usize, expected: &'static str) -> SourceError {
        let found = shorten(self.field(index), 64);
        self.error(index, SourceProblem::Field { found, expected })
    }

    fn error(&self, index: usize, problem: SourceProblem) -> SourceError {
        let before = self.text.split('|').take(index).map(|field| field.chars().count().saturating_add(1));
        let column = before.fold(1_usize, usize::saturating_add);
        SourceError { source_name: self.name.to_owned(), line: self.line, column, problem }
    }
}

fn number(text: &str) -> Option<u64> {
    let all_digits = text.bytes().all(|octet| octet.is_ascii_digit());
    if all_digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VERSION: &str = "2.3|apnic|20250919|3|19830613|20250918|+1000\n";

    fn read(rows: &str) -> Result<OwnershipSource, String> {
        OwnershipSource::from_delegated_statistics("d", &format!("{VERSION}{rows}")).map_err(|error| error.to_string())
    }

    fn all(rows: &str) -> Vec<String> {
        let source = read(rows).unwrap();
        let everything = ["0.0.0.0/0", "::/0"].map(|prefix| prefix.parse().unwrap());
        let claims = everything.into_iter().flat_map(|prefix| source.holders_of(prefix));
        claims.map(|(prefix, holder)| format!("{prefix} {holder}")).collect()
    }

    #[test]
    fn records() {
        assert_eq!(
            all("# a comment\n\
                 apnic|*|ipv4|*|1|summary\n\
                 apnic|AU|ipv4|1.1.1.0|256|20110811|assigned|A91872ED\n\
                 apnic|AU|ipv4|1.2.3.0|768|20110811|allocated|B|e-stats\r\n\
                 apnic||ipv4|1.9.0.0|256||available|\n\
                 apnic|ZZ|ipv4|1.8.0.0|256|20110811|reserved\n\
                 apnic|AU|asn|13335|1|20110811|allocated|A91872ED\n\
                 apnic|AU|ipv6|2001:db8::|32|20110811|allocated|A91872ED\n"),
            ["1.1.1.0/24 apnic:A91872ED", "1.2.3.0/24 apnic:B", "1.2.4.0/23 apnic:B", "2001:db8::/32 apnic:A91872ED",]
        );
        assert_eq!(all("arin|US|ipv4|0.0.0.0|4294967296|20110811|allocated|X"), ["0.0.0.0/0 arin:X"]);
        assert_eq!(all("arin|US|ipv4|255.255.255.255|1|20110811|allocated|X"), ["255.255.255.255/32 arin:X"]);
    }

    #[test]
    fn mistakes() {
        for (row, error) in [
            ("apnic|AU|ipv4|1.1.1.0|256|20110811|assigned", "d:2:1: 7 fields: expected 8 or more"),
            ("apnic|AU|ipv4|1.1.1.0|256", "d:2:1: 5 fields: expected 7 or more"),
            (
                "apnic|AU|ipv5|1.1.1.0|256|20110811|assigned|A",
                "d:2:10: \"ipv5\" is no type: expected ipv4, ipv6 or asn",
            ),
            ("apnic|AU|ipv4|1.1.1|256|20110811|assigned|A", "d:2:15: \"1.1.1\" is no IPv4 address"),
            ("apnic|AU|ipv4|1.1.1.0|0|20110811|assigned|A", "d:2:23: \"0\" is no number of addresses from there on"),
            (
                "apnic|AU|ipv4|255.0.0.0|4294967296|20110811|assigned|A",
                "d:2:25: \"4294967296\" is no number of addresses",
            ),
            ("apnic|AU|ipv4|1.1.1.0|+1|20110811|assigned|A", "d:2:23: \"+1\" is no number of addresses"),
            ("apnic|AU|ipv6|2001:db8::1|32|20110811|assigned|A", "d:2:27: \"32\" is no length of a prefix"),
            ("apnic|AU|ipv6|2001:db8::|129|20110811|assigned|A", "d:2:26: \"129\" is no length of a prefix"),
            ("apnic|AU|ipv4|1.1.1.0|256|20110811|lent|A", "d:2:36: \"lent\" is no status"),
        ] {
            let found = read(row).unwrap_err();
            assert!(found.starts_with(error), "{row}: {found}");
        }
        for text in ["", "# nothing\n", "apnic|AU|ipv4|1.1.1.0|256|20110811|assigned|A", "1|apnic|1|2|3|4|5"] {
            let found = OwnershipSource::from_delegated_statistics("d", text).unwrap_err();
            assert_eq!(found.problem, SourceProblem::NoVersion, "{text}");
        }
    }

    proptest! {
        /// A range is made of prefixes that follow one another without gaps, no two of which are one.
        #[test]
        fn ranges(start: u32, count in 1_u64..(1 << 33)) {
            let row = format!("arin|US|ipv4|{}|{count}|20110811|allocated|X", Ipv4Addr::from_bits(start));
            let end = u64::from(start) + count;
            match read(&row) {
                Err(_) => prop_assert!(end > 1 << 32),
                Ok(source) => {
                    prop_assert!(end <= 1 << 32 && source.len() <= 62);
                    let mut next = u64::from(start);
                    for (prefix, _) in source.holders_of("0.0.0.0/0".parse().unwrap()) {
                        let IpAddr::V4(first) = prefix.address() else { panic!("{prefix}") };
                        prop_assert_eq!(u64::from(first.to_bits()), next);
                        next += 1 << (32 - prefix.length());
                    }
                    prop_assert_eq!(next, end);
                }
            }
        }
    }
}

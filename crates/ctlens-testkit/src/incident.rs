//! What is published about the certificates for 1.1.1.1, and stand-ins for what is not.
//!
//! Between February 2024 and August 2025 a CA that Microsoft and the EU trust list trusted issued twelve certificates
//! with the iPAddress 1.1.1.1 to somebody who did not hold that address. Only three of them were described in public.
//!
//! Sources: [mozilla.dev.security.policy, 2025-09-03][mdsp] (serials, names, hashes, issuer), [Cloudflare, 2025-09-04][cf]
//! (how many, from when to when), [Mozilla bug 1986968][bz] (the CA's own report: organisation validated).
//!
//! [mdsp]: https://groups.google.com/a/mozilla.org/g/dev-security-policy/c/SgwC1QsEpvc
//! [cf]: https://blog.cloudflare.com/unauthorized-issuance-of-certificates-for-1-1-1-1/
//! [bz]: https://bugzilla.mozilla.org/show_bug.cgi?id=1986968

/// The address that all twelve certificates are for (Cloudflare).
pub const ADDRESS: [u8; 4] = [1, 1, 1, 1];

/// The real issuer's distinguished name: country, organisation, common name (mozilla.dev.security.policy).
pub const ISSUER: [&str; 3] = ["HR", "Financijska agencija", "Fina RDC 2020"];

/// The common name of the real root above it; country and organisation are the same (mozilla.dev.security.policy).
pub const ROOT_COMMON_NAME: &str = "Fina Root CA";

/// SHA-256 of the real issuer's SubjectPublicKeyInfo, computed from its published certificate. The demonstration's
/// issuer bears the same name and holds another key.
pub const ISSUER_SPKI_SHA256: &str = "7cc3d5728b38514b72adff9f18aa1758009bef624ffc3b2a9d8492d3488df6da";

/// A certificate that was described in public. When it was issued was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedCertificate {
    /// Its place in the list of twelve.
    pub number: u8,
    /// The serial number, hex.
    pub serial: &'static str,
    /// The subject's common name.
    pub common_name: &'static str,
    /// The dNSName entries. Besides them it has the iPAddress 1.1.1.1.
    pub dns_names: &'static [&'static str],
    /// The id at crt.sh.
    pub crtsh_id: u64,
    /// SHA-256 of the real precertificate, which nobody can rebuild without the CA's key.
    pub precertificate_sha256: &'static str,
}

/// The three certificates of the message to mozilla.dev.security.policy; all three were precertificates.
pub const PUBLISHED: [PublishedCertificate; 3] = [
    PublishedCertificate {
        number: 1,
        serial: "d3167efd77cad759000000005fc7c672",
        common_name: "test1.hr",
        dns_names: &["test1.hr", "test12.hr"],
        crtsh_id: 18_603_461_241,
        precertificate_sha256: "8abd30c3c154a4be2a1f82e2c0e96a7d4328320f743cc629778455a76632ceee",
    },
    PublishedCertificate {
        number: 2,
        serial: "f972552d6ac08828000000005fc86f4d",
        common_name: "test1.hr",
        dns_names: &["test1.hr", "test11.hr"],
        crtsh_id: 19_749_721_864,
        precertificate_sha256: "379d358af1a38f8b06866ea3342b15909ec566b5cd2404fda34fecfe07643abf",
    },
    PublishedCertificate {
        number: 3,
        serial: "beb8ef1b1c6cff53000000005fc8cde5",
        common_name: "test11.hr",
        dns_names: &["test11.hr", "test12.hr"],
        crtsh_id: 20_582_951_233,
        precertificate_sha256: "d42b028468e73795365102058cbcd350ad0a0b9ca7073c5362a570c5ec208a92",
    },
];

/// One of the nine certificates of which nothing but the iPAddress 1.1.1.1 was published. Everything here is invented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// Its place in the list of twelve, which is invented too.
    pub number: u8,
    /// An invented serial number, hex: the ASCII letters `stand-in` and the number.
    pub serial: &'static str,
    /// An invented common name below a published test name.
    pub common_name: &'static str,
    /// Invented dNSName entries.
    pub dns_names: &'static [&'static str],
    /// An invented day of issue: year, month, day.
    pub invented_date: (i64, i64, i64),
}

/// The nine stand-ins, in the order of their invented dates.
pub const STAND_INS: [StandIn; 9] = [
    StandIn {
        number: 4,
        serial: "7374616e642d696e0000000000000004",
        common_name: "stand-in-4.test1.hr",
        dns_names: &["stand-in-4.test1.hr"],
        invented_date: (2024, 2, 16),
    },
    StandIn {
        number: 5,
        serial: "7374616e642d696e0000000000000005",
        common_name: "stand-in-5.test1.hr",
        dns_names: &["stand-in-5.test1.hr", "stand-in-5.test12.hr"],
        invented_date: (2024, 3, 25),
    },
    StandIn {
        number: 6,
        serial: "7374616e642d696e0000000000000006",
        common_name: "stand-in-6.test11.hr",
        dns_names: &["stand-in-6.test11.hr"],
        invented_date: (2024, 5, 14),
    },
    StandIn {
        number: 7,
        serial: "7374616e642d696e0000000000000007",
        common_name: "stand-in-7.test1.hr",
        dns_names: &["stand-in-7.test1.hr", "stand-in-7.test11.hr"],
        invented_date: (2024, 7, 2),
    },
    StandIn {
        number: 8,
        serial: "7374616e642d696e0000000000000008",
        common_name: "stand-in-8.test12.hr",
        dns_names: &["stand-in-8.test12.hr"],
        invented_date: (2024, 9, 10),
    },
    StandIn {
        number: 9,
        serial: "7374616e642d696e0000000000000009",
        common_name: "stand-in-9.test1.hr",
        dns_names: &["stand-in-9.test1.hr"],
        invented_date: (2024, 11, 19),
    },
    StandIn {
        number: 10,
        serial: "7374616e642d696e000000000000000a",
        common_name: "stand-in-10.test11.hr",
        dns_names: &["stand-in-10.test11.hr", "stand-in-10.test12.hr"],
        invented_date: (2025, 1, 21),
    },
    StandIn {
        number: 11,
        serial: "7374616e642d696e000000000000000b",
        common_name: "stand-in-11.test1.hr",
        dns_names: &["stand-in-11.test1.hr"],
        invented_date: (2025, 3, 18),
    },
    StandIn {
        number: 12,
        serial: "7374616e642d696e000000000000000c",
        common_name: "stand-in-12.test12.hr",
        dns_names: &["stand-in-12.test12.hr", "stand-in-12.test1.hr"],
        invented_date: (2025, 6, 11),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_twelve_are_numbered_once_and_within_the_published_months() {
        let published = PUBLISHED.iter().map(|certificate| certificate.number);
        let numbers: Vec<u8> = published.chain(STAND_INS.iter().map(|stand_in| stand_in.number)).collect();
        assert_eq!(numbers, (1..=12).collect::<Vec<u8>>());
        let dates: Vec<_> = STAND_INS.iter().map(|stand_in| stand_in.invented_date).collect();
        assert!(dates.is_sorted());
        // Cloudflare: from February 2024 to August 2025.
        assert!(dates[0] >= (2024, 2, 1) && dates[8] <= (2025, 8, 31));
    }

    #[test]
    fn a_stand_in_says_so_everywhere() {
        for stand_in in &STAND_INS {
            let mark = format!("stand-in-{}.", stand_in.number);
            assert!(stand_in.common_name.starts_with(&mark), "{stand_in:?}");
            assert!(stand_in.dns_names.iter().all(|name| name.starts_with(&mark)), "{stand_in:?}");
            assert_eq!(stand_in.serial, format!("7374616e642d696e{:016x}", stand_in.number));
        }
    }
}

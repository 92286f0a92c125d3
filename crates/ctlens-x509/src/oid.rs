use crate::hex::Hex;
use core::fmt;

/// An object identifier, as its contents octets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid<'a>(&'a [u8]);

impl<'a> Oid<'a> {
    /// id-at-commonName, 2.5.4.3 (RFC 5280 appendix A).
    pub const COMMON_NAME: Oid<'static> = Oid(&[0x55, 0x04, 0x03]);
    /// id-ce-subjectKeyIdentifier, 2.5.29.14 (RFC 5280 §4.2.1.2).
    pub const SUBJECT_KEY_IDENTIFIER: Oid<'static> = Oid(&[0x55, 0x1d, 0x0e]);
    /// id-ce-keyUsage, 2.5.29.15 (RFC 5280 §4.2.1.3).
    pub const KEY_USAGE: Oid<'static> = Oid(&[0x55, 0x1d, 0x0f]);
    /// id-ce-subjectAltName, 2.5.29.17 (RFC 5280 §4.2.1.6).
    pub const SUBJECT_ALT_NAME: Oid<'static> = Oid(&[0x55, 0x1d, 0x11]);
    /// id-ce-issuerAltName, 2.5.29.18 (RFC 5280 §4.2.1.7).
    pub const ISSUER_ALT_NAME: Oid<'static> = Oid(&[0x55, 0x1d, 0x12]);
    /// id-ce-basicConstraints, 2.5.29.19 (RFC 5280 §4.2.1.9).
    pub const BASIC_CONSTRAINTS: Oid<'static> = Oid(&[0x55, 0x1d, 0x13]);
    /// id-ce-nameConstraints, 2.5.29.30 (RFC 5280 §4.2.1.10).
    pub const NAME_CONSTRAINTS: Oid<'static> = Oid(&[0x55, 0x1d, 0x1e]);
    /// id-ce-cRLDistributionPoints, 2.5.29.31 (RFC 5280 §4.2.1.13).
    pub const CRL_DISTRIBUTION_POINTS: Oid<'static> = Oid(&[0x55, 0x1d, 0x1f]);
    /// id-ce-certificatePolicies, 2.5.29.32 (RFC 5280 §4.2.1.4).
    pub const CERTIFICATE_POLICIES: Oid<'static> = Oid(&[0x55, 0x1d, 0x20]);
    /// id-ce-authorityKeyIdentifier, 2.5.29.35 (RFC 5280 §4.2.1.1).
    pub const AUTHORITY_KEY_IDENTIFIER: Oid<'static> = Oid(&[0x55, 0x1d, 0x23]);
    /// id-ce-extKeyUsage, 2.5.29.37 (RFC 5280 §4.2.1.12).
    pub const EXTENDED_KEY_USAGE: Oid<'static> = Oid(&[0x55, 0x1d, 0x25]);
    /// id-pe-authorityInfoAccess, 1.3.6.1.5.5.7.1.1 (RFC 5280 §4.2.2.1).
    pub const AUTHORITY_INFO_ACCESS: Oid<'static> = Oid(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01]);
    /// The list of SCTs in a certificate, 1.3.6.1.4.1.11129.2.4.2 (RFC 6962 §3.3).
    pub const SCT_LIST: Oid<'static> = Oid(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x02]);
    /// The poison of a precertificate, 1.3.6.1.4.1.11129.2.4.3 (RFC 6962 §3.1).
    pub const POISON: Oid<'static> = Oid(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x03]);
    /// The purpose of a certificate that signs precertificates, 1.3.6.1.4.1.11129.2.4.4 (RFC 6962 §3.1).
    pub const PRECERT_SIGNING: Oid<'static> = Oid(&[0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x04]);

    /// 1.2.840.113549.1.1.1 (RFC 3279 §2.3.1).
    pub(crate) const RSA_ENCRYPTION: Oid<'static> = Oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]);
    /// 1.2.840.113549.1.1.10 (RFC 4055 §3).
    pub(crate) const RSASSA_PSS: Oid<'static> = Oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a]);
    /// id-ecPublicKey, 1.2.840.10045.2.1 (RFC 5480 §2.1.1).
    pub(crate) const EC_PUBLIC_KEY: Oid<'static> = Oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]);

    /// An identifier from its contents octets (X.690 §8.19), which are taken as they are.
    #[inline]
    #[must_use]
    pub const fn from_contents(contents: &'a [u8]) -> Self {
        Self(contents)
    }

    /// Whether it is the other, or a lenient reader takes it for that: one that skips the zeros in front of an arc, which X.690
    /// §8.19.2 forbids, or keeps only 32 bits of one. Clients did both, and took such an attribute for a common name.
    #[inline]
    pub(crate) fn can_be(self, other: Oid<'_>) -> bool {
        self == other || (self.0.len() > other.0.len() && other.0.is_ascii() && reads_as(self.0, other.0))
    }

    /// The contents octets.
    #[inline]
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.0
    }
}

/// Dotted decimal; an arc that is cut off or exceeds 64 bits makes the whole value `#` and hex.
impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if arcs(self.0).any(|arc| arc.is_none()) || self.0.is_empty() {
            return write!(f, "#{}", Hex(self.0));
        }
        for (n, arc) in arcs(self.0).flatten().enumerate() {
            if n > 0 {
                write!(f, ".{arc}")?;
                continue;
            }
            // X.690 §8.19.4: the first subidentifier is 40 × the first arc + the second.
            let first = (arc / 40).min(2);
            write!(f, "{first}.{}", arc.saturating_sub(first.saturating_mul(40)))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

/// The subidentifiers; `None` for one that is cut off or too large, after which nothing follows.
fn arcs(mut octets: &[u8]) -> impl Iterator<Item = Option<u64>> {
    core::iter::from_fn(move || {
        if octets.is_empty() {
            return None;
        }
        let mut arc = 0_u64;
        while let Some((&octet, rest)) = octets.split_first() {
            octets = rest;
            if arc >> 57 != 0 {
                break;
            }
            arc = arc << 7 | u64::from(octet & 0x7f);
            if octet & 0x80 == 0 {
                return Some(Some(arc));
            }
        }
        octets = &[];
        Some(None)
    })
}

/// Whether the low 32 bits of the subidentifiers are these, each of which is an octet.
fn reads_as(octets: &[u8], subidentifiers: &[u8]) -> bool {
    let mut expected = subidentifiers.iter();
    let mut low = 0_u32;
    for octet in octets {
        low = low << 7 | u32::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            if expected.next().map(|&octet| u32::from(octet)) != Some(low) {
                return false;
            }
            low = 0;
        }
    }
    low == 0 && expected.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn dotted() {
        for (oid, text) in [
            (Oid::COMMON_NAME, "2.5.4.3"),
            (Oid::SUBJECT_ALT_NAME, "2.5.29.17"),
            (Oid::SCT_LIST, "1.3.6.1.4.1.11129.2.4.2"),
            (Oid::POISON, "1.3.6.1.4.1.11129.2.4.3"),
            (Oid::PRECERT_SIGNING, "1.3.6.1.4.1.11129.2.4.4"),
            (Oid::SUBJECT_KEY_IDENTIFIER, "2.5.29.14"),
            (Oid::KEY_USAGE, "2.5.29.15"),
            (Oid::ISSUER_ALT_NAME, "2.5.29.18"),
            (Oid::BASIC_CONSTRAINTS, "2.5.29.19"),
            (Oid::NAME_CONSTRAINTS, "2.5.29.30"),
            (Oid::CRL_DISTRIBUTION_POINTS, "2.5.29.31"),
            (Oid::CERTIFICATE_POLICIES, "2.5.29.32"),
            (Oid::AUTHORITY_KEY_IDENTIFIER, "2.5.29.35"),
            (Oid::EXTENDED_KEY_USAGE, "2.5.29.37"),
            (Oid::AUTHORITY_INFO_ACCESS, "1.3.6.1.5.5.7.1.1"),
            (Oid::RSA_ENCRYPTION, "1.2.840.113549.1.1.1"),
            (Oid::RSASSA_PSS, "1.2.840.113549.1.1.10"),
            (Oid::EC_PUBLIC_KEY, "1.2.840.10045.2.1"),
            (Oid(&[0x88, 0x37, 0x03]), "2.999.3"),
            (Oid(&[]), "#"),
            (Oid(&[0x55, 0x84]), "#5584"),
            (Oid(&[0xff; 11]), "#ffffffffffffffffffffff"),
        ] {
            assert_eq!(oid.to_string(), text);
        }
    }

    #[test]
    fn spelt_at_length() {
        for (octets, is_it) in [
            (&[0x55, 4, 3][..], true),
            (&[0x55, 4, 0x80, 3], true),
            (&[0x80, 0x55, 0x80, 0x80, 4, 3], true),
            // 2.5.4.(2^32 + 3) and 2.5.4.(2^64 + 3)
            (&[0x55, 4, 0x90, 0x80, 0x80, 0x80, 3], true),
            (&[0x55, 4, 0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 3], true),
            (&[0x55, 4, 0x81, 3], false),
            (&[0x55, 4, 3, 0], false),
            (&[0x55, 4, 3, 0x81], false),
            (&[0x55, 4, 4], false),
            (&[0x55, 4], false),
            (&[], false),
        ] {
            assert_eq!(Oid(octets).can_be(Oid::COMMON_NAME), is_it, "{octets:02x?}");
        }
        // 1.3.6.1.4.1.214.121.2.4.2 is not 1.3.6.1.4.1.11129.2.4.2.
        assert!(!Oid(&[0x2b, 6, 1, 4, 1, 0x81, 0x56, 0x79, 2, 4, 2]).can_be(Oid::SCT_LIST));
    }
}

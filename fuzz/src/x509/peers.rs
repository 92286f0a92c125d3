//! What x509-cert and x509-parser read in the same bytes.

use ctlens_testkit::der;
use ctlens_x509::{Certificate, GeneralName, Undecodable};
use x509_cert::der::{Decode, Encode};
use x509_parser::extensions::GeneralName as ParsedName;
use x509_parser::prelude::{FromDer, X509Certificate};

/// What x509-cert accepts, which is strict, is not to be refused.
pub(super) fn refused(data: &[u8]) {
    assert!(x509_cert::Certificate::from_der(data).is_err());
}

pub(super) fn certificate(data: &[u8], ours: &Certificate<'_>) {
    if let Ok(theirs) = x509_cert::Certificate::from_der(data) {
        x509_cert(&theirs, ours);
    }
    if let Ok((rest, theirs)) = X509Certificate::from_der(data) {
        assert_eq!(ours.trailing(), rest);
        x509_parser(&theirs, ours);
    }
}

fn x509_cert(theirs: &x509_cert::Certificate, ours: &Certificate<'_>) {
    let (tbs, their_tbs) = (ours.tbs(), theirs.tbs_certificate());
    assert_eq!(tbs.serial(), their_tbs.serial_number().as_bytes());
    assert_eq!(tbs.issuer().as_bytes(), encoded(their_tbs.issuer()));
    assert_eq!(tbs.subject().as_bytes(), encoded(their_tbs.subject()));
    assert_eq!(tbs.spki().as_bytes(), encoded(their_tbs.subject_public_key_info()));
    assert_eq!(ours.signature_algorithm(), encoded(theirs.signature_algorithm()));
    assert_eq!(tbs.signature_algorithm(), encoded(their_tbs.signature()));
    let bits = theirs.signature();
    assert_eq!(ours.signature_bits(), [&[bits.unused_bits()], bits.raw_bytes()].concat());
    let validity = tbs.validity().expect("x509-cert reads the times");
    let theirs = their_tbs.validity();
    for (ours, theirs) in [(validity.not_before, theirs.not_before), (validity.not_after, theirs.not_after)] {
        assert_eq!(u64::try_from(ours.0), Ok(theirs.to_unix_duration().as_secs()));
    }
    let extensions = their_tbs.extensions().map_or(&[][..], Vec::as_slice);
    assert_eq!(tbs.extensions().count(), extensions.len());
    for (ours, theirs) in tbs.extensions().zip(extensions) {
        let ours = ours.expect("x509-cert reads the extension");
        assert_eq!(ours.oid.as_bytes(), theirs.extn_id.as_bytes());
        assert_eq!(ours.oid.to_string(), theirs.extn_id.to_string());
        assert_eq!((ours.critical, ours.value), (theirs.critical, theirs.extn_value.as_bytes()));
    }
}

fn x509_parser(theirs: &X509Certificate<'_>, ours: &Certificate<'_>) {
    let tbs = ours.tbs();
    assert_eq!(tbs.serial(), theirs.raw_serial());
    // It passes over what it cannot read at the end of a SEQUENCE, and leaves it out of what it calls raw.
    assert!(tbs.issuer().as_bytes().starts_with(theirs.issuer().as_raw()));
    assert!(tbs.subject().as_bytes().starts_with(theirs.subject().as_raw()));
    assert!(tbs.spki().as_bytes().starts_with(theirs.public_key().raw));
    if let Ok(validity) = tbs.validity() {
        assert_eq!(validity.not_before.0, theirs.validity().not_before.timestamp());
        assert_eq!(validity.not_after.0, theirs.validity().not_after.timestamp());
    }
    let is_damaged = tbs.extensions().any(|extension| extension.is_err());
    assert!(is_damaged || tbs.extensions().count() == theirs.extensions().len());
    for (ours, theirs) in tbs.extensions().zip(theirs.extensions()) {
        // It passes over what trails an extension.
        let Ok(ours) = ours else { continue };
        assert_eq!(ours.oid.as_bytes(), theirs.oid.as_bytes());
        assert_eq!((ours.critical, ours.value), (theirs.critical, theirs.value));
    }
}

/// The names of one SAN by its value. `ours` begin with them.
pub(super) fn names(value: &[u8], ours: &[Result<GeneralName<'_>, Undecodable<'_>>]) {
    if let Ok(theirs) = x509_cert::ext::pkix::SubjectAltName::from_der(value) {
        let theirs: Vec<Vec<u8>> = theirs.0.iter().map(encoded).collect();
        let ours: Vec<Vec<u8>> = ours.iter().take(theirs.len()).map(|name| element(name.as_ref())).collect();
        assert_eq!(ours, theirs);
    }
    let Ok((_, theirs)) = x509_parser::extensions::SubjectAlternativeName::from_der(value) else { return };
    // It looks at the number of a tag and not at its class.
    if value.first() != Some(&der::SEQUENCE) {
        return;
    }
    for (ours, theirs) in ours.iter().zip(&theirs.general_names) {
        let ours = ours.as_ref().expect("x509-parser reads the name");
        let number = usize::from(ours.tag & 0x1f);
        // A number in octets of its own, which is small enough for the tag's octet (X.690 §8.1.2.2): no GeneralName to us.
        if number == 31 {
            continue;
        }
        let octets = match theirs {
            ParsedName::RFC822Name(text) | ParsedName::DNSName(text) | ParsedName::URI(text) => text.as_bytes(),
            ParsedName::IPAddress(octets) | ParsedName::Invalid(_, octets) => octets,
            ParsedName::X400Address(any) | ParsedName::EDIPartyName(any) => any.data,
            ParsedName::RegisteredID(oid) => oid.as_bytes(),
            ParsedName::DirectoryName(name) => {
                assert!(number == 4 && ours.value.starts_with(name.as_raw()));
                continue;
            }
            ParsedName::OtherName(_, rest) => {
                assert!(number == 0 && ours.value.ends_with(rest));
                continue;
            }
        };
        assert_eq!(ours.value, octets);
        let expected = match theirs {
            ParsedName::RFC822Name(_) => 1,
            ParsedName::DNSName(_) => 2,
            ParsedName::X400Address(_) => 3,
            ParsedName::EDIPartyName(_) => 5,
            ParsedName::URI(_) => 6,
            ParsedName::IPAddress(_) => 7,
            ParsedName::RegisteredID(_) => 8,
            _ => number,
        };
        assert_eq!(number, expected);
    }
}

fn element(name: Result<&GeneralName<'_>, &Undecodable<'_>>) -> Vec<u8> {
    let name = name.expect("x509-cert reads the name");
    der::tlv(name.tag, name.value)
}

fn encoded<T: Encode>(value: &T) -> Vec<u8> {
    value.to_der().expect("what was decoded can be encoded")
}

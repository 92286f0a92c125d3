//! What extensions say, against x509-cert's reading of the same values.

use crate::input::Input;
use crate::x509::same;
use ctlens_testkit::der;
use ctlens_x509::{GeneralName, KeyUsage, Oid, Tbs, Undecodable};
use x509_cert::der::asn1::{BitString, OctetString};
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix;
use x509_cert::serial_number::SerialNumber;

/// Arbitrary octets as the value of one of the extensions that are decoded.
pub fn extension_value(data: &[u8]) {
    const TYPES: [&str; 10] = [
        "2.5.29.14",
        "2.5.29.15",
        "2.5.29.18",
        "2.5.29.19",
        "2.5.29.30",
        "2.5.29.31",
        "2.5.29.32",
        "2.5.29.35",
        "2.5.29.37",
        "1.3.6.1.5.5.7.1.1",
    ];

    let mut input = Input::new(data);
    let oid = der::oid(TYPES[input.below(TYPES.len())]);
    let value = input.rest();
    let extension = der::sequence(&[oid, der::octet_string(value)]);
    let empty = der::tlv(der::SEQUENCE, &[]);
    let fields: [&[u8]; 6] = [&der::integer(&[1]), &empty, &empty, &empty, &empty, &empty];
    let bytes = der::sequence(&[&fields.concat()[..], &der::explicit(3, &[der::sequence(&[extension])])]);
    let tbs = Tbs::from_der(&bytes).expect("every field has its tag");
    super::check_tbs(&tbs, &bytes);
}

/// Every accessor of a decoded value; where x509-cert decodes the value too, they say the same.
pub(super) fn check(tbs: Tbs<'_>, bytes: &[u8]) {
    let value = |oid| tbs.extension(oid).ok().flatten().map(|extension| extension.value);

    let constraints = tbs.basic_constraints();
    if let Some(theirs) = decoded::<pkix::BasicConstraints>(value(Oid::BASIC_CONSTRAINTS)) {
        let ours = constraints.expect("x509-cert reads it").expect("it is there");
        assert_eq!((ours.ca, ours.path_length), (theirs.ca, theirs.path_len_constraint.map(u32::from)));
    }

    let usage = tbs.key_usage();
    if let Some(theirs) = decoded::<BitString>(value(Oid::KEY_USAGE))
        && theirs.raw_bytes().len() <= 4
    {
        let ours = usage.expect("x509-cert reads it").expect("it is there");
        let bits = theirs.bits().zip(0..).fold(0, |bits, (bit, place)| bits | u32::from(bit) << (31 - place));
        assert_eq!(ours.bits(), bits, "{ours}");
        assert_eq!(ours.contains(KeyUsage::DECIPHER_ONLY), bits & 0x0080_0000 != 0);
    }

    let purposes = tbs.extended_key_usage().map(|purposes| purposes.map(Iterator::collect::<Vec<_>>));
    let _ = tbs.is_precert_signer();
    if let Some(theirs) = decoded::<pkix::ExtendedKeyUsage>(value(Oid::EXTENDED_KEY_USAGE)) {
        let ours = purposes.expect("x509-cert reads it").expect("it is there");
        assert_eq!(ours.len(), theirs.0.len());
        for (ours, theirs) in ours.into_iter().zip(theirs.0) {
            assert_eq!(ours.expect("x509-cert reads it").as_bytes(), theirs.as_bytes());
        }
    }

    let identifier = tbs.subject_key_identifier();
    if let Some(theirs) = decoded::<pkix::SubjectKeyIdentifier>(value(Oid::SUBJECT_KEY_IDENTIFIER)) {
        assert_eq!(identifier, Ok(Some(theirs.0.as_bytes())));
    }

    let authority = tbs.authority_key_identifier();
    let _ = authority.map(|authority| authority.map(|authority| check_names(authority.issuer(), bytes)));
    if let Some(theirs) = decoded::<pkix::AuthorityKeyIdentifier>(value(Oid::AUTHORITY_KEY_IDENTIFIER)) {
        let ours = authority.expect("x509-cert reads it").expect("it is there");
        assert_eq!(ours.key_identifier, theirs.key_identifier.as_ref().map(OctetString::as_bytes));
        assert_eq!(ours.serial, theirs.authority_cert_serial_number.as_ref().map(SerialNumber::as_bytes));
        same_names(check_names(ours.issuer(), bytes), &theirs.authority_cert_issuer.unwrap_or_default());
    }

    let access = tbs.authority_info_access().map(|access| access.map(Iterator::collect::<Vec<_>>));
    if let Some(theirs) = decoded::<pkix::AuthorityInfoAccessSyntax>(value(Oid::AUTHORITY_INFO_ACCESS)) {
        let ours = access.expect("x509-cert reads it").expect("it is there");
        assert_eq!(ours.len(), theirs.0.len());
        for (ours, theirs) in ours.into_iter().zip(theirs.0) {
            let ours = ours.expect("x509-cert reads it");
            assert_eq!(ours.method.as_bytes(), theirs.access_method.as_bytes());
            same_names(check_names([Ok(ours.location)], bytes), &[theirs.access_location]);
        }
    }

    let policies = tbs.certificate_policies().map(|policies| policies.map(Iterator::collect::<Vec<_>>));
    for policy in policies.iter().flatten().flatten().flatten() {
        assert_eq!(bytes.get(policy.offset), Some(&der::SEQUENCE));
        let _ = policy.qualifiers().count();
    }
    if let Some(theirs) = decoded::<pkix::CertificatePolicies>(value(Oid::CERTIFICATE_POLICIES)) {
        let ours = policies.expect("x509-cert reads it").expect("it is there");
        assert_eq!(ours.len(), theirs.0.len());
        for (ours, theirs) in ours.into_iter().zip(theirs.0) {
            let ours = ours.expect("x509-cert reads it");
            assert_eq!(ours.oid.as_bytes(), theirs.policy_identifier.as_bytes());
            let qualifiers = theirs.policy_qualifiers.unwrap_or_default();
            assert_eq!(ours.qualifiers().count(), qualifiers.len());
            for (ours, theirs) in ours.qualifiers().zip(qualifiers) {
                // The standard wants a qualifier; x509-cert can do without.
                let Some(qualifier) = theirs.qualifier else { continue };
                let (oid, element) = ours.expect("x509-cert reads it");
                assert_eq!(oid.as_bytes(), theirs.policy_qualifier_id.as_bytes());
                assert_eq!(element.as_bytes(), encoded(&qualifier));
            }
        }
    }

    let points = tbs.crl_distribution_points().map(|points| points.map(Iterator::collect::<Vec<_>>));
    for point in points.iter().flatten().flatten().flatten() {
        assert_eq!(bytes.get(point.offset), Some(&der::SEQUENCE));
        check_names(point.full_name(), bytes);
        check_names(point.crl_issuer(), bytes);
    }
    if let Some(theirs) = decoded::<pkix::CrlDistributionPoints>(value(Oid::CRL_DISTRIBUTION_POINTS)) {
        let ours = points.expect("x509-cert reads it").expect("it is there");
        assert_eq!(ours.len(), theirs.0.len());
        for (ours, theirs) in ours.into_iter().zip(theirs.0) {
            let ours = ours.expect("x509-cert reads it");
            assert_eq!(ours.reasons.is_some(), theirs.reasons.is_some());
            same_names(check_names(ours.crl_issuer(), bytes), &theirs.crl_issuer.unwrap_or_default());
            if let Some(pkix::name::DistributionPointName::FullName(names)) = theirs.distribution_point {
                same_names(check_names(ours.full_name(), bytes), &names);
            }
        }
    }

    if let Ok(Some(constraints)) = tbs.name_constraints() {
        check_names(constraints.permitted(), bytes);
        check_names(constraints.excluded(), bytes);
    }
    if let Some(theirs) = decoded::<pkix::NameConstraints>(value(Oid::NAME_CONSTRAINTS)) {
        let ours = tbs.name_constraints().expect("x509-cert reads it").expect("it is there");
        let lists = [
            (check_names(ours.permitted(), bytes), theirs.permitted_subtrees),
            (check_names(ours.excluded(), bytes), theirs.excluded_subtrees),
        ];
        for (ours, theirs) in lists {
            let theirs = theirs.unwrap_or_default();
            // Other minima than 0, and maxima, are errors here.
            if theirs.iter().all(|subtree| subtree.minimum == 0 && subtree.maximum.is_none()) {
                same_names(ours, &theirs.into_iter().map(|subtree| subtree.base).collect::<Vec<_>>());
            }
        }
    }

    if let Ok(Some(names)) = tbs.issuer_alt_names() {
        check_names(names, bytes);
    }
    let _ = (tbs.version(), tbs.signature_algorithm_oid(), tbs.issuer_unique_id(), tbs.subject_unique_id());
    let key = tbs.spki();
    let _ = (key.algorithm_identifier(), key.curve(), key.rsa_modulus(), key.rsa_exponent(), key.rsa_modulus_bits());
    for attribute in tbs.subject().attributes().flatten() {
        let text = attribute.text();
        assert!(text.is_err() || attribute.tag != 0x0c || text.is_ok_and(|text| text.as_bytes() == attribute.value));
    }
}

/// The names with their places, each as an element; `None` for one that cannot be walked.
fn check_names<'a>(
    names: impl IntoIterator<Item = Result<GeneralName<'a>, Undecodable<'a>>>,
    bytes: &[u8],
) -> Vec<Option<Vec<u8>>> {
    let names = names.into_iter().map(|name| match name {
        Ok(name) => {
            same(name.value, bytes, (name.offset, name.offset + name.value.len()));
            Some(der::tlv(name.tag, name.value))
        }
        Err(damage) => {
            same(damage.octets, bytes, (damage.offset, damage.offset + damage.octets.len()));
            None
        }
    });
    names.collect()
}

fn same_names(ours: Vec<Option<Vec<u8>>>, theirs: &[pkix::name::GeneralName]) {
    let theirs: Vec<Option<Vec<u8>>> = theirs.iter().map(encoded).map(Some).collect();
    assert_eq!(ours, theirs);
}

fn decoded<T: for<'d> Decode<'d>>(value: Option<&[u8]>) -> Option<T> {
    T::from_der(value?).ok()
}

fn encoded<T: Encode>(value: &T) -> Vec<u8> {
    value.to_der().expect("what was decoded can be encoded")
}

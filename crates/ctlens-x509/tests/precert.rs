//! Reconstruction against TBSCertificates that the testkit writes from the fields, without cutting.

use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, der};
use ctlens_x509::{Certificate, ErrorKind, ReconstructError, Tbs};
use proptest::prelude::*;

const SCT_LIST: &str = "1.3.6.1.4.1.11129.2.4.2";
const POISON: &str = "1.3.6.1.4.1.11129.2.4.3";

fn ca() -> Ca {
    Ca::root(Key::new(7, "ca"), &Name::new().organization("Test").common_name("Root"), 0, 4_000_000_000)
}

fn leaf() -> CertificateBuilder {
    CertificateBuilder::leaf(Key::new(7, "leaf").spki_der()).validity(1_700_000_000, 1_707_000_000)
}

fn reconstruct(der: &[u8]) -> Vec<u8> {
    Certificate::from_der(der).unwrap().tbs().precert_tbs().unwrap().to_vec()
}

#[test]
fn precertificate_and_certificate_give_the_logged_tbs() {
    let ca = ca();
    // The lists make the enclosing lengths take one octet more or less before and after the cut.
    for (names, list) in [(1, 0), (1, 60), (3, 100), (3, 250), (10, 500), (40, 40_000), (2500, 70_000)] {
        let filler = (0..names).fold(leaf(), |builder, n| builder.dns(format!("host-{n}.example")));
        for builder in [filler.clone().transparency_here().policy("1.2.3"), filler] {
            let logged = builder.precert_tbs(&ca);
            assert_eq!(reconstruct(&builder.precertificate(&ca)), logged);
            assert_eq!(reconstruct(&builder.certificate_with_scts(&ca, &vec![0; list])), logged);
            assert_eq!(reconstruct(&builder.certificate(&ca)), logged, "nothing to cut");
        }
    }
}

#[test]
fn both_readings_of_a_list_that_ends_up_empty() {
    let ca = ca();
    let builder = CertificateBuilder::bare(Key::new(7, "leaf").spki_der());
    let der = builder.precertificate(&ca);
    let certificate = Certificate::from_der(&der).unwrap();
    let kept = certificate.tbs().precert_tbs().unwrap();
    assert!(kept.to_vec().ends_with(&[0xa3, 0x02, 0x30, 0x00]));
    let omitted = kept.without_extensions().expect("there are two readings");
    assert_eq!(omitted.to_vec(), builder.precert_tbs(&ca));
    assert_eq!(Tbs::from_der(&kept.to_vec()).unwrap().as_bytes().len(), omitted.octets() + 4);
    assert!(omitted.without_extensions().is_none());

    let der = builder.dns("one.example").precertificate(&ca);
    let certificate = Certificate::from_der(&der).unwrap();
    assert!(certificate.tbs().precert_tbs().unwrap().without_extensions().is_none());
}

#[test]
fn of_poison_and_list_the_list_is_cut() {
    let ca = ca();
    let with = |oids: &[&str]| {
        let builder = oids.iter().fold(leaf().dns("one.example"), |builder, oid| builder.extension(oid, true, &[5, 0]));
        builder.policy("1.2.3").certificate(&ca)
    };
    for both in [with(&[POISON, SCT_LIST]), with(&[SCT_LIST, POISON])] {
        let poisoned = with(&[POISON]);
        let listed = with(&[SCT_LIST]);
        assert_eq!(reconstruct(&both), Certificate::from_der(&poisoned).unwrap().tbs().as_bytes());
        let as_precertificate = Certificate::from_der(&both).unwrap().tbs().without_poison().unwrap().to_vec();
        assert_eq!(as_precertificate, Certificate::from_der(&listed).unwrap().tbs().as_bytes());
    }
}

#[test]
fn untouched_octets_stay_as_they_are() {
    let ca = ca();
    // A length that is not minimal, a wrong string type and a critical of `01` are copied, not written anew.
    let odd = [
        der::sequence(&[der::oid("1.2.3"), der::tlv(0x01, &[0x01]), der::tlv_with_long_length(0x04, 3, &[0xff])]),
        der::tlv_with_long_length(0x30, 4, &[der::oid("1.2.4"), der::octet_string(&[1])].concat()),
    ];
    let subject = Name::new().attribute("2.5.4.3", 0x13, b"under_score@\xff");
    let builder = odd.iter().fold(leaf().subject(&subject), |builder, element| builder.extension_der(element.clone()));
    let logged = builder.precert_tbs(&ca);
    for element in &odd {
        assert!(logged.windows(element.len()).any(|window| window == element.as_slice()));
    }
    assert_eq!(reconstruct(&builder.precertificate(&ca)), logged);
}

#[test]
fn what_cannot_be_cut_is_an_error() {
    let ca = ca();
    let poison = |builder: CertificateBuilder| builder.extension(POISON, true, &[5, 0]);
    let truncated = [0x30, 0x05, 0x06, 0x01];
    for (what, builder, kind) in [
        ("poison twice", poison(poison(leaf())), ErrorKind::DuplicateExtension),
        (
            "list twice",
            leaf().extension(SCT_LIST, false, &[4, 0]).extension(SCT_LIST, false, &[4, 0]),
            ErrorKind::DuplicateExtension,
        ),
        (
            "an extension without an identifier",
            poison(leaf().extension_der(der::sequence(&[der::null()]))),
            ErrorKind::UnexpectedTag { expected: 0x06, found: 0x05 },
        ),
        (
            "a list that cannot be walked to its end",
            poison(leaf()).extension_der(truncated.to_vec()),
            ErrorKind::LengthBeyondEnd { announced: 5, available: 2 },
        ),
    ] {
        let der = builder.certificate(&ca);
        let error = Certificate::from_der(&der).unwrap().tbs().precert_tbs().unwrap_err();
        let ReconstructError::Extensions(error) = error else { panic!("{what}: {error}") };
        assert_eq!(error.kind, kind, "{what}");
    }
}

/// A CA and the holder of a precertificate signing certificate of it, with or without authority key identifier.
fn signer(ca: &Ca, identifier: bool, purpose: &str) -> (Ca, Vec<u8>) {
    let name = Name::new().common_name("A name that is longer than the name of the CA, so that lengths change");
    let key = Key::new(7, "precertificate signer");
    let mut builder = CertificateBuilder::bare(key.spki_der()).subject(&name).extended_key_usage(&[purpose]);
    if identifier {
        builder = builder.extension(AUTHORITY_KEY, false, &identifier_of(ca));
    }
    let der = builder.certificate(ca);
    (Ca::root(key, &name, 0, 4_000_000_000), der)
}

const AUTHORITY_KEY: &str = "2.5.29.35";
const PRECERT_SIGNING: &str = "1.3.6.1.4.1.11129.2.4.4";

/// One that is longer than that of a precertificate, so that lengths change.
fn identifier_of(ca: &Ca) -> Vec<u8> {
    der::sequence(&[der::implicit(0, &[0xca; 20]), der::tlv(0xa1, &der::tlv(0xa4, ca.name_der()))])
}

#[test]
fn a_signing_certificate_stands_for_the_ca() {
    let ca = ca();
    for (with_own, with_signers) in [(false, false), (false, true), (true, false), (true, true)] {
        let (signer, signing) = signer(&ca, with_signers, PRECERT_SIGNING);
        let signing = Certificate::from_der(&signing).unwrap();
        // Where the poison stands before, behind and beside the identifier; fillers make lengths grow and shrink.
        for (before, between, behind) in
            [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1), (40, 40, 40), (300, 0, 1)]
        {
            for poison_first in [true, false] {
                let fill = |builder: CertificateBuilder, octets: usize| match octets {
                    0 => builder,
                    _ => builder.extension("1.2.3.4", false, &vec![7; octets]),
                };
                let build = |identifier: Option<Vec<u8>>| {
                    let identify = |builder: CertificateBuilder| match &identifier {
                        Some(identifier) => builder.extension(AUTHORITY_KEY, false, identifier),
                        None => builder,
                    };
                    let builder = fill(CertificateBuilder::bare(Key::new(7, "leaf").spki_der()), before);
                    let builder = if poison_first { builder.transparency_here() } else { identify(builder) };
                    let builder = fill(builder, between);
                    let builder = if poison_first { identify(builder) } else { builder.transparency_here() };
                    fill(builder, behind)
                };
                let own = der::sequence(&[der::implicit(0, &[0x5e; 20])]);
                let precertificate = build(with_own.then_some(own)).precertificate(&signer);
                // The testkit writes what the CA will issue; an identifier without a place comes last.
                let logged = match (with_own, with_signers) {
                    (true, signers) => build(signers.then(|| identifier_of(&ca))),
                    (false, true) => build(None).extension(AUTHORITY_KEY, false, &identifier_of(&ca)),
                    (false, false) => build(None),
                };
                let logged = logged.precert_tbs(&ca);
                let precertificate = Certificate::from_der(&precertificate).unwrap();
                let whole = precertificate.tbs().precert_tbs_signed_by(signing.tbs()).unwrap();
                let whole = whole.without_extensions().unwrap_or(whole);
                let what = format!("{with_own} {with_signers} {before} {between} {behind} {poison_first}");
                assert_eq!(whole.to_vec(), logged, "{what}");
                assert_eq!(whole.octets(), logged.len(), "{what}");
                assert_eq!(whole.sha256(), ctlens_testkit::tree::sha256(&logged), "{what}");
            }
        }
    }
}

#[test]
fn odd_identifiers_stay_as_odd_as_they_are() {
    let ca = ca();
    let (signer, signing) = signer(&ca, true, PRECERT_SIGNING);
    let with = |value: &[u8]| {
        let head = [der::oid(AUTHORITY_KEY), der::tlv(0x01, &[0x01])].concat();
        let element = der::tlv(0x30, &[&head[..], value].concat());
        leaf_without_identifier().transparency_here().extension_der(element)
    };
    // A critical of `01` and a length that is not minimal: the former stays, the latter stands around what is replaced.
    let precertificate = with(&der::tlv_with_long_length(0x04, 3, &[1, 2, 3])).precertificate(&signer);
    let logged = with(&der::octet_string(&identifier_of(&ca))).precert_tbs(&ca);
    let [precertificate, signing] = [&precertificate, &signing].map(|der| Certificate::from_der(der).unwrap());
    assert_eq!(precertificate.tbs().precert_tbs_signed_by(signing.tbs()).unwrap().to_vec(), logged);
}

fn leaf_without_identifier() -> CertificateBuilder {
    CertificateBuilder::bare(Key::new(7, "leaf").spki_der()).policy("1.2.3")
}

#[test]
fn who_may_sign_for_the_ca() {
    let ca = ca();
    let (signer_ca, signing) = signer(&ca, true, PRECERT_SIGNING);
    let (_, other) = signer(&ca, true, "1.3.6.1.5.5.7.3.1");
    let twice = CertificateBuilder::bare(Key::new(7, "x").spki_der())
        .extended_key_usage(&[PRECERT_SIGNING])
        .extension(AUTHORITY_KEY, false, &identifier_of(&ca))
        .extension(AUTHORITY_KEY, false, &identifier_of(&ca))
        .certificate(&ca);
    let precertificate = leaf_without_identifier().transparency_here().precertificate(&signer_ca);
    let certificate = leaf_without_identifier().certificate(&signer_ca);
    let ask = |der: &[u8], signing: &[u8]| {
        let [certificate, signing] = [der, signing].map(|der| Certificate::from_der(der).unwrap());
        certificate.tbs().precert_tbs_signed_by(signing.tbs()).map(|tbs| tbs.octets())
    };
    assert!(ask(&precertificate, &signing).is_ok());
    assert_eq!(ask(&certificate, &signing), Err(ReconstructError::NotAPrecertificate));
    assert_eq!(ask(&precertificate, &other), Err(ReconstructError::NotAPrecertSigner));
    let Err(ReconstructError::Signer(error)) = ask(&precertificate, &twice) else {
        panic!("a duplicate in the signer")
    };
    assert_eq!(error.kind, ErrorKind::DuplicateExtension);
}

proptest! {
    #[test]
    fn any_place_of_the_cut(
        before in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..6),
        behind in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..6),
        list in 0_usize..600,
    ) {
        let ca = ca();
        let add = |builder: CertificateBuilder, value: &Vec<u8>| builder.extension("1.2.3.4", false, value);
        let bare = CertificateBuilder::bare(Key::new(7, "leaf").spki_der());
        let builder = behind.iter().fold(before.iter().fold(bare, add).transparency_here(), add);
        let der = builder.certificate_with_scts(&ca, &vec![0x5a; list]);
        let certificate = Certificate::from_der(&der).unwrap();
        let tbs = certificate.tbs().precert_tbs().unwrap();
        let tbs = tbs.without_extensions().unwrap_or(tbs);
        prop_assert_eq!(tbs.to_vec(), builder.precert_tbs(&ca));
        prop_assert_eq!(tbs.octets(), tbs.to_vec().len());
        prop_assert_eq!(tbs.sha256(), ctlens_testkit::tree::sha256(&tbs.to_vec()));
    }

    #[test]
    fn any_octets(octets in prop::collection::vec(any::<u8>(), 0..400)) {
        exercise(&octets);
    }

    #[test]
    fn any_change_of_a_precertificate_and_its_signer(at in any::<prop::sample::Index>(), octet in any::<u8>()) {
        let builder = leaf_without_identifier().extended_key_usage(&[PRECERT_SIGNING]).extension(AUTHORITY_KEY, false, &[0]);
        let mut der = builder.transparency_here().precertificate(&ca());
        let at = at.index(der.len());
        der[at] = octet;
        exercise(&der);
    }

    #[test]
    fn any_change_of_a_certificate(at in any::<prop::sample::Index>(), octet in any::<u8>()) {
        let mut der = leaf().dns("one.example").ip([1, 1, 1, 1]).precertificate(&ca());
        let at = at.index(der.len());
        der[at] = octet;
        exercise(&der);
    }
}

/// Asks for everything; what is found lies inside the octets.
fn exercise(octets: &[u8]) {
    let bare = Tbs::from_der(octets).ok();
    let certificate = Certificate::from_der(octets).ok();
    for tbs in bare.iter().chain(certificate.as_ref().map(Certificate::tbs)) {
        let _ = (tbs.validity(), tbs.sct_list(), tbs.poison(), tbs.spki().algorithm(), tbs.spki().key_bits());
        for name in tbs.names().flatten() {
            assert_eq!(tbs.as_bytes()[name.offset..].get(..name.value.len()), Some(name.value));
        }
        for extension in tbs.extensions().flatten() {
            assert_eq!(tbs.as_bytes()[extension.offset..].get(..extension.value.len()), Some(extension.value));
        }
        for attribute in tbs.subject().attributes().chain(tbs.issuer().attributes()).flatten() {
            assert_eq!(tbs.as_bytes()[attribute.offset..].get(..attribute.value.len()), Some(attribute.value));
        }
        if let Ok(precert) = tbs.precert_tbs_signed_by(tbs) {
            assert_eq!(Tbs::from_der(&precert.to_vec()).unwrap().poison(), Ok(None));
        }
        if let Ok(precert) = tbs.precert_tbs() {
            let whole = precert.to_vec();
            assert!(whole.len() <= tbs.as_bytes().len());
            assert_eq!(Tbs::from_der(&whole).unwrap().sct_list(), Ok(None));
        }
    }
}

//! ctlens-x509: certificates, TBSCertificates, names, the TBSCertificate that a log signed, and one signature link.

pub(crate) mod naive;
mod peers;
mod precert;
mod salvaged;
mod values;

pub use precert::{corresponds, precert_signer, reconstruct};
pub use salvaged::salvage;
pub use values::extension_value;

use crate::input::Input;
use crate::x509::naive::{Element, Item};
use crate::x509::precert::{Rebuilt, compare};
use ctlens_testkit::{Key, der, tree};
use ctlens_x509::{Anomaly, Attributes, Certificate, Error, Extension, Oid, Spki, Tbs, Undecodable};
use std::sync::LazyLock;

/// Bytes as a certificate: every accessor against a second reading, and two other libraries where they read it too.
pub fn certificate(data: &[u8]) {
    let (certificate, naive) = match (Certificate::from_der(data), naive::Certificate::read(data)) {
        (Ok(certificate), Some(naive)) => (certificate, naive),
        (Err(error), None) => {
            assert!(error.offset <= data.len(), "{error}");
            return peers::refused(data);
        }
        (parsed, naive) => panic!("{parsed:?} where {naive:?} stands"),
    };
    same(certificate.as_bytes(), data, (0, naive.end));
    same(certificate.trailing(), data, (naive.end, data.len()));
    same(certificate.signature_algorithm(), data, (naive.algorithm.start, naive.algorithm.end));
    same(certificate.signature_bits(), data, (naive.signature.value, naive.signature.end));
    same(certificate.tbs().as_bytes(), data, (naive.tbs.start, naive.tbs.end));
    assert_eq!(certificate.tbs_offset(), naive.tbs.start);
    assert_eq!(certificate.sha256(), tree::sha256(&data[..naive.end]));
    assert_eq!(certificate.tbs().trailing(), b"");
    check_tbs(certificate.tbs(), naive.tbs.whole(data));
    assert!(certificate.anomalies().all(|anomaly| anomaly.offset <= naive.end));
    let _ = certificate.signature_algorithm_oid();
    peers::certificate(data, &certificate);
}

/// Bytes as a bare TBSCertificate, as log entries carry it.
pub fn tbs(data: &[u8]) {
    let parsed = Tbs::from_der(data);
    assert_eq!(parsed.is_ok(), naive::Tbs::read(data).is_some(), "{parsed:?}");
    match parsed {
        Ok(tbs) => check_tbs(&tbs, data),
        Err(error) => assert!(error.offset <= data.len(), "{error}"),
    }
}

/// Every accessor against the second reading of `bytes`, which begin with the TBSCertificate.
fn check_tbs(tbs: &Tbs<'_>, bytes: &[u8]) {
    let naive = naive::Tbs::read(bytes).expect("the reader under test took it");
    let whole = naive.whole;
    same(tbs.as_bytes(), bytes, (0, whole.end));
    same(tbs.trailing(), bytes, (whole.end, bytes.len()));
    assert_eq!(tbs.sha256(), tree::sha256(&bytes[..whole.end]));
    let [serial, algorithm, issuer, validity, subject, spki] = naive.fields;
    same(tbs.serial(), bytes, (serial.value, serial.end));
    same(tbs.signature_algorithm(), bytes, (algorithm.start, algorithm.end));
    same(tbs.issuer().as_bytes(), bytes, (issuer.start, issuer.end));
    same(tbs.subject().as_bytes(), bytes, (subject.start, subject.end));
    check_spki(&tbs.spki(), bytes, spki);
    check_attributes(tbs.issuer().attributes(), bytes, issuer);
    check_attributes(tbs.subject().attributes(), bytes, subject);
    let common_names = naive::attributes(bytes, subject);
    let common_names = common_names
        .iter()
        .filter(|item| item.is_err() || item.is_ok_and(|(oid, _)| oid.contents(bytes) == Oid::COMMON_NAME.as_bytes()));
    assert_eq!(tbs.common_names().count(), common_names.count());
    match tbs.validity() {
        Ok(validity) => {
            let _ = (validity.not_before.to_string(), validity.not_after.to_string());
            assert_eq!(validity.contains(validity.not_before), validity.seconds_inclusive() > 0);
        }
        Err(error) => assert!((validity.start..=validity.end).contains(&error.offset), "{error}"),
    }
    check_extensions(tbs, &naive, bytes);
    check_names(tbs, &naive, bytes);
    check_precert(tbs, &naive, bytes);
    check_anomalies(tbs, &naive, bytes);
    values::check(*tbs, bytes);
}

/// Each has a place, they are no more than there are octets, and where there is damage there is one.
fn check_anomalies(tbs: &Tbs<'_>, naive: &naive::Tbs, bytes: &[u8]) {
    let anomalies: Vec<Anomaly> = tbs.anomalies().collect();
    assert!(anomalies.iter().all(|anomaly| anomaly.offset <= naive.whole.end), "{anomalies:?}");
    assert!(anomalies.len() <= 4 * bytes.len(), "{} of {} octets", anomalies.len(), bytes.len());
    let _ = anomalies.iter().map(ToString::to_string).collect::<Vec<String>>();
    let damaged = tbs.names().any(|name| name.is_err())
        || tbs.extensions().any(|extension| extension.is_err())
        || tbs.issuer().attributes().chain(tbs.subject().attributes()).any(|attribute| attribute.is_err())
        || tbs.validity().is_err()
        || tbs.poison().is_err();
    assert!(!damaged || !anomalies.is_empty());
}

fn check_spki(key: &Spki<'_>, bytes: &[u8], spki: Element) {
    same(key.as_bytes(), bytes, (spki.start, spki.end));
    assert_eq!(key.sha256(), tree::sha256(spki.whole(bytes)));
    let algorithm = Element::expect(bytes, spki.value, spki.end, 0x30);
    let oid = algorithm.and_then(|algorithm| Element::expect(bytes, algorithm.value, algorithm.end, 0x06));
    let bits = algorithm.and_then(|algorithm| Element::expect(bytes, algorithm.end, spki.end, 0x03));
    assert_eq!(key.algorithm().ok().map(|oid| oid.as_bytes()), oid.map(|oid| oid.contents(bytes)));
    assert_eq!(key.key_bits().ok(), bits.map(|bits| bits.contents(bytes)));
}

fn check_attributes(attributes: Attributes<'_>, bytes: &[u8], name: Element) {
    let naive = naive::attributes(bytes, name);
    assert_eq!(attributes.clone().count(), naive.len());
    for (ours, naive) in attributes.zip(naive) {
        match (ours, naive) {
            (Ok(ours), Ok((oid, value))) => {
                assert_eq!((ours.oid.as_bytes(), ours.tag), (oid.contents(bytes), value.tag));
                same(ours.value, bytes, (value.value, value.end));
                assert_eq!(ours.offset, value.value);
                let _ = ours.oid.to_string();
            }
            (Err(ours), Err(naive)) => check_undecodable(&ours, bytes, naive),
            (ours, naive) => panic!("{ours:?} where {naive:?} stands"),
        }
    }
}

fn check_extensions(tbs: &Tbs<'_>, naive: &naive::Tbs, bytes: &[u8]) {
    assert_eq!(tbs.extensions().count(), naive.extensions.len());
    for (ours, naive) in tbs.extensions().zip(&naive.extensions) {
        match (ours, naive) {
            (Ok(ours), Item::Extension(naive)) => check_extension(&ours, naive, bytes),
            (Err(ours), Item::NoExtension(element, _)) => {
                check_undecodable(&ours, bytes, (element.start, element.end));
            }
            (Err(ours), Item::Unwalked(start, end)) => check_undecodable(&ours, bytes, (*start, *end)),
            (ours, naive) => panic!("{ours:?} where {naive:?} stands"),
        }
    }
    let types = naive.sound().map(|extension| extension.oid.contents(bytes));
    for oid in types.chain([Oid::SCT_LIST, Oid::POISON, Oid::SUBJECT_ALT_NAME].map(|oid| oid.as_bytes())) {
        let found = tbs.extension(Oid::from_contents(oid));
        let naive = find(naive, bytes, oid);
        assert_eq!(found.is_ok(), naive.is_ok(), "{found:?} where {naive:?} stands");
        if let (Ok(found), Ok(naive)) = (found, naive) {
            assert_eq!(found.is_some(), naive.is_some());
            found.iter().zip(&naive).for_each(|(found, naive)| check_extension(found, naive, bytes));
        }
        // What was noted on the way says what a search says.
        match Oid::from_contents(oid) {
            Oid::SCT_LIST => assert_eq!(tbs.sct_list(), found),
            Oid::POISON => assert_eq!(tbs.poison(), found),
            _ => {}
        }
    }
}

fn check_extension(ours: &Extension<'_>, naive: &naive::Extension, bytes: &[u8]) {
    assert_eq!((ours.oid.as_bytes(), ours.critical), (naive.oid.contents(bytes), naive.critical));
    same(ours.value, bytes, (naive.value.value, naive.value.end));
    assert_eq!(ours.offset, naive.value.value);
    assert_eq!(ours.element(), naive.element.start..naive.element.end);
}

/// The one extension of a type. An error where there are two, or where something may be one.
fn find(tbs: &naive::Tbs, bytes: &[u8], oid: &[u8]) -> Result<Option<naive::Extension>, ()> {
    let mut found = None;
    for item in &tbs.extensions {
        match item {
            Item::Extension(extension) if extension.oid.contents(bytes) == oid => {
                if found.replace(*extension).is_some() {
                    return Err(());
                }
            }
            Item::Extension(_) => {}
            Item::NoExtension(_, Some(other)) if other.contents(bytes) != oid => {}
            Item::NoExtension(..) | Item::Unwalked(..) => return Err(()),
        }
    }
    Ok(found)
}

fn check_names(tbs: &Tbs<'_>, naive: &naive::Tbs, bytes: &[u8]) {
    let naive = naive.names(bytes);
    let ours: Vec<_> = tbs.names().collect();
    assert_eq!(ours.len(), naive.len(), "{ours:?} where {naive:?} stands");
    let mut index = 0;
    for (ours, naive) in ours.into_iter().zip(naive) {
        match (ours, naive) {
            (Ok(ours), Ok(naive)) => {
                assert_eq!((ours.index, ours.tag, ours.offset), (index, naive.tag, naive.value));
                same(ours.value, bytes, (naive.value, naive.end));
                index += 1;
            }
            (Err(ours), Err(naive)) => check_undecodable(&ours, bytes, naive),
            (ours, naive) => panic!("{ours:?} where {naive:?} stands"),
        }
    }
}

/// The TBSCertificate that a log signed, written anew from the second reading.
fn check_precert(tbs: &Tbs<'_>, naive: &naive::Tbs, bytes: &[u8]) {
    let [list, poison] = [Oid::SCT_LIST, Oid::POISON].map(|oid| find(naive, bytes, oid.as_bytes()));
    let cut = |cut: Option<naive::Extension>| {
        let (Some(cut), Some((explicit, list))) = (cut, naive.list) else {
            return Rebuilt { whole: naive.whole.whole(bytes).to_vec(), without_extensions: None };
        };
        let extensions = [&bytes[list.value..cut.element.start], &bytes[cut.element.end..list.end]].concat();
        Rebuilt::new(&bytes[naive.whole.value..explicit.start], &extensions)
    };
    let expected = list.and_then(|list| poison.map(|poison| cut(list.or(poison))));
    compare(tbs.precert_tbs().ok(), expected.ok());
    compare(tbs.without_poison().ok(), poison.ok().map(cut));
}

/// Arbitrary octets as the value of a SAN, or of two, against x509-cert and x509-parser.
pub fn names(data: &[u8]) {
    let mut input = Input::new(data);
    let second = input.flag().then(|| input.short().to_vec());
    let value = input.rest();
    let san = |value: &[u8]| der::sequence(&[der::oid("2.5.29.17"), der::octet_string(value)]);
    let extensions: Vec<Vec<u8>> = [san(value)].into_iter().chain(second.as_deref().map(san)).collect();
    let empty = der::tlv(der::SEQUENCE, &[]);
    let fields: [&[u8]; 6] = [&der::integer(&[1]), &empty, &empty, &empty, &empty, &empty];
    let bytes = der::sequence(&[&fields.concat()[..], &der::explicit(3, &[der::sequence(&extensions)])]);
    let tbs = Tbs::from_der(&bytes).expect("every field has its tag");
    check_tbs(&tbs, &bytes);
    let ours: Vec<_> = tbs.names().collect();
    peers::names(value, &ours);
}

/// Signature and key of arbitrary octets. What is accepted under a P-256 key that is known, that key has signed.
pub fn signature(data: &[u8]) {
    static KEY: LazyLock<Key> = LazyLock::new(|| Key::new(1, "fuzz"));

    let mut input = Input::new(data);
    let algorithm = match input.octet() % 4 {
        0 => der::sequence(&[der::oid("1.2.840.10045.4.3.2")]),
        1 => der::sequence(&[der::oid("1.2.840.113549.1.1.11"), der::null()]),
        _ => der::tlv(der::SEQUENCE, input.short()),
    };
    let own_key = input.flag();
    let spki = if own_key { KEY.spki_der().to_vec() } else { der::tlv(der::SEQUENCE, input.long()) };
    let empty = der::tlv(der::SEQUENCE, &[]);
    let serial = der::integer(input.short());
    let tbs = der::sequence(&[&serial, &algorithm, &empty, &empty, &empty, &spki]);
    let signature =
        if input.flag() { der::bit_string(&KEY.sign(&tbs)) } else { der::tlv(der::BIT_STRING, input.rest()) };
    let bytes = der::sequence(&[&tbs[..], &algorithm, &signature]);
    let certificate = Certificate::from_der(&bytes).expect("every field has its tag");
    let verdict = certificate.verify_signature(&certificate.tbs().spki());
    if own_key && algorithm == der::sequence(&[der::oid("1.2.840.10045.4.3.2")]) {
        let signed = match certificate.signature_bits() {
            [0, signature @ ..] => KEY.verifies(&tbs, signature),
            _ => false,
        };
        assert_eq!(verdict.is_ok(), signed, "{verdict:?}");
    }
}

/// The part is not only equal to what stands at these places: it is that place.
pub(crate) fn same(part: &[u8], bytes: &[u8], (start, end): (usize, usize)) {
    assert_eq!(part, &bytes[start..end]);
    assert!(part.is_empty() || part.as_ptr().addr() == bytes[start..].as_ptr().addr(), "{start} to {end}");
}

fn check_undecodable(ours: &Undecodable<'_>, bytes: &[u8], (start, end): (usize, usize)) {
    let Undecodable { octets, offset, error: Error { offset: at, .. }, .. } = *ours;
    assert_eq!(offset, start);
    same(octets, bytes, (start, end));
    assert!((start..=end).contains(&at), "{ours}");
}

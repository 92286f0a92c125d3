//! ctlens-sct: lists, signed messages, verdicts.

pub(crate) mod ocsp;
mod policy;

pub use ocsp::ocsp_response;
pub use policy::ct_policy;

use crate::input::Input;
use crate::x509::naive;
use ctlens_loglist::{LogId, LogList, UnixMillis};
use ctlens_sct::{
    CtExtensions, Delivery, Error, ErrorKind, IssuerKeyHash, Sct, SctList, SctVerdict, SignedEntry, SignedMessage,
    TbsReading, Verdict, Verifier,
};
use ctlens_testkit as testkit;
use ctlens_testkit::{Ca, CertificateBuilder, Issued, Key, Name, TestLog, der, tree};
use ctlens_x509::{Certificate, Tbs};
use std::sync::LazyLock;

/// Bytes as a list, as one SCT and as extensions: what is read, written again, is what was there.
pub fn sct_list(data: &[u8]) {
    let list = SctList::from_tls(data);
    let naive = naive_items(data);
    assert_eq!(list.is_ok(), naive.is_some(), "{list:?}");
    if let (Ok(list), Some(items)) = (list, naive) {
        assert_eq!(list.iter().count(), items.len());
        for (sct, (offset, item)) in list.iter().zip(items) {
            check_sct(sct, item, offset);
        }
    }
    check_sct(Sct::from_tls(data), data, 0);
    check_extensions(data);

    let element = naive::Element::expect(data, 0, data.len(), der::OCTET_STRING);
    let inner = element.filter(|element| element.end == data.len());
    let list = SctList::from_octet_string(data);
    assert_eq!(list.is_ok(), inner.is_some_and(|inner| naive_items(inner.contents(data)).is_some()), "{list:?}");
    if let (Ok(list), Some(inner)) = (list, inner) {
        let plain = SctList::from_tls(inner.contents(data)).expect("the same list");
        assert_eq!(list.iter().count(), plain.iter().count());
        for (ours, plain) in list.iter().zip(plain.iter()) {
            let moved = |error: Error| (error.kind, error.offset + inner.value);
            assert_eq!(ours.map_err(|error| (error.kind, error.offset)), plain.map_err(moved));
        }
    }
}

/// The items of a list with their places (RFC 6962 §3.3): two octets of length before the whole and before each, nothing empty.
fn naive_items(list: &[u8]) -> Option<Vec<(usize, &[u8])>> {
    let length = |at: usize| Some(usize::from(u16::from_be_bytes([*list.get(at)?, *list.get(at + 1)?])));
    if length(0)? + 2 != list.len() || list.len() == 2 {
        return None;
    }
    let mut items = Vec::new();
    let mut at = 2;
    while at < list.len() {
        let end = at + 2 + length(at)?;
        let item = list.get(at + 2..end).filter(|item| !item.is_empty())?;
        items.push((at + 2, item));
        at = end;
    }
    Some(items)
}

fn check_sct(sct: Result<Sct<'_>, Error>, item: &[u8], offset: usize) {
    match sct {
        Ok(sct) => {
            assert_eq!(encode(&sct), item);
            let leaf_index = CtExtensions::new(sct.extensions).leaf_index();
            assert_eq!(sct.leaf_index(), leaf_index);
            check_extensions(sct.extensions);
        }
        Err(error) => {
            assert!((offset..=offset + item.len()).contains(&error.offset), "{error}");
            match (error.kind, item) {
                (ErrorKind::UnsupportedVersion { version }, [first, ..]) => assert_eq!(version, *first),
                (ErrorKind::TrailingInSct { octets }, _) => {
                    let without = Sct::from_tls(&item[..item.len() - octets]);
                    assert_eq!(without.map(|sct| encode(&sct).len()), Ok(item.len() - octets));
                }
                _ => assert!(matches!(error.kind, ErrorKind::Truncated { .. }), "{error}"),
            }
        }
    }
}

fn encode(sct: &Sct<'_>) -> Vec<u8> {
    testkit_sct(sct).encode()
}

fn testkit_sct(sct: &Sct<'_>) -> testkit::Sct {
    testkit::Sct {
        version: 0,
        log_id: sct.log_id.0,
        timestamp_ms: sct.timestamp.0,
        extensions: sct.extensions.to_vec(),
        hash_algorithm: sct.hash_algorithm,
        signature_algorithm: sct.signature_algorithm,
        signature: sct.signature.to_vec(),
    }
}

/// The extensions are the octets, in order; a leaf index is the one of type 0.
fn check_extensions(octets: &[u8]) {
    let mut at = 0;
    let mut indices = Vec::new();
    let mut error = None;
    for extension in CtExtensions::new(octets) {
        assert!(error.is_none(), "an error is the last item");
        match extension {
            Ok(extension) => {
                assert_eq!((extension.offset, extension.extension_type), (at, octets[at]));
                let length = u16::try_from(extension.data.len()).expect("two octets of length");
                assert_eq!(octets[at + 1..at + 3], length.to_be_bytes());
                assert_eq!(&octets[at + 3..at + 3 + extension.data.len()], extension.data);
                at += 3 + extension.data.len();
                if extension.extension_type == 0 {
                    indices.push(extension.data);
                }
            }
            Err(found) => error = Some(found),
        }
    }
    assert_eq!(error.is_none(), at == octets.len());
    let index = match (&error, &indices[..]) {
        (None, []) => Some(None),
        (None, [data]) if data.len() == 5 => {
            Some(Some(data.iter().fold(0, |index, octet| index << 8 | u64::from(*octet))))
        }
        _ => None,
    };
    assert_eq!(CtExtensions::new(octets).leaf_index().ok(), index);
}

/// The message that an SCT of arbitrary fields signs, for an arbitrary entry, against the testkit's.
pub fn signed_message(data: &[u8]) {
    let mut input = Input::new(data);
    let built = testkit::Sct {
        version: 0,
        log_id: [input.octet(); 32],
        timestamp_ms: input.number(),
        extensions: input.long().to_vec(),
        hash_algorithm: input.octet(),
        signature_algorithm: input.octet(),
        signature: input.short().to_vec(),
    };
    let encoded = built.encode();
    let sct = Sct::from_tls(&encoded).expect("it is one");
    assert_eq!(testkit_sct(&sct), built);
    // The answer to a submission has the same, in other pieces.
    let [.., hash, algorithm] = encoded[..encoded.len() - 2 - built.signature.len()] else { return };
    assert_eq!((hash, algorithm), (built.hash_algorithm, built.signature_algorithm));
    let signed = &encoded[encoded.len() - 4 - built.signature.len()..];
    let answer = Sct::from_add_chain(sct.log_id, sct.timestamp, &built.extensions, signed);
    assert_eq!(answer, Ok(sct));
    assert!(Sct::from_add_chain(sct.log_id, sct.timestamp, &built.extensions, &signed[..signed.len() - 1]).is_err());
    let issuer = input.flag().then(|| [input.octet(); 32]);
    let octets = input.rest();
    let entry = match issuer {
        Some(issuer) => SignedEntry::precert(IssuerKeyHash(issuer), octets),
        None => SignedEntry::x509(octets),
    };
    assert_eq!(entry.is_ok(), !octets.is_empty() && octets.len() < 1 << 24);
    let Ok(entry) = entry else { return };
    let expected = message(&built, &testkit_entry(issuer, octets));
    let message = SignedMessage::new(&sct, &entry);
    assert_eq!(message.to_vec(), expected);
    assert_eq!(message.sha256(), tree::sha256(&expected));
    assert!(entry.other_reading().is_none(), "an entry that is at hand has one reading");
}

fn testkit_entry(issuer: Option<[u8; 32]>, octets: &[u8]) -> testkit::SignedEntry {
    match issuer {
        Some(issuer_key_hash) => testkit::SignedEntry::Precert { issuer_key_hash, tbs: octets.to_vec() },
        None => testkit::SignedEntry::X509(octets.to_vec()),
    }
}

/// RFC 6962 §3.2: version and type, then what log entries have as well.
fn message(sct: &testkit::Sct, entry: &testkit::SignedEntry) -> Vec<u8> {
    [&[0, 0], &testkit::timestamped_entry(sct.timestamp_ms, entry, &sct.extensions)[..]].concat()
}

/// What the verdicts are about.
struct World {
    logs: [TestLog; 2],
    list: LogList,
    issuer: IssuerKeyHash,
    issued: [Issued; 2],
    /// All that the logs have ever signed: the entry and its SCTs.
    signed: Vec<(testkit::SignedEntry, Vec<testkit::Sct>)>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let logs = [TestLog::new(1, "one.example/2025"), TestLog::new(2, "two.example/2025")];
    let list = LogList::from_keys(logs.iter().map(|log| log.key().spki_der()));
    let ca = Ca::root(Key::new(3, "ca"), &Name::new().common_name("CA"), 0, 4_000_000_000);
    let sign = |entry: &testkit::SignedEntry| -> Vec<testkit::Sct> {
        let extensions = testkit::leaf_index_extension(7);
        (0..).zip(&logs).map(|(later, log)| log.sign_sct(entry, NOW + later, &extensions)).collect()
    };
    let key = Key::new(4, "leaf");
    let bare = CertificateBuilder::bare(key.spki_der()).validity(0, 100);
    let issued = [bare.clone().dns("a.example").issue(&ca, sign), bare.issue(&ca, sign)];
    let whole = |issued: &Issued| testkit::SignedEntry::X509(issued.certificate.clone());
    let mut signed: Vec<_> = issued.iter().map(|issued| (issued.precert_entry.clone(), issued.scts.clone())).collect();
    signed.extend(issued.iter().map(whole).map(|entry| (entry.clone(), sign(&entry))));
    World { list, issuer: IssuerKeyHash(ca.key().spki_sha256()), issued, signed, logs }
});

/// In milliseconds. One of the two logs' clocks is later.
const NOW: u64 = 1_700_000_000_000;

/// A certificate with true SCTs, of which some octets are changed: what is called valid, the log has signed.
pub fn sct_verdict(data: &[u8]) {
    let mut input = Input::new(data);
    let which = input.below(2);
    let delivery = [Delivery::Embedded, Delivery::Tls, Delivery::Ocsp][input.below(3)];
    let mut bytes = WORLD.issued[which].certificate.clone();
    let replaced = input.flag().then(|| list(&mut input));
    while !input.is_empty() {
        let at = input.below(bytes.len());
        bytes[at] ^= input.octet();
    }
    let Ok(certificate) = Certificate::from_der(&bytes) else { return };
    let verifier = Verifier::new(&WORLD.list).at(UnixMillis(NOW));
    let issuer = Some(WORLD.issuer);
    let list = match &replaced {
        Some(list) => SctList::from_tls(list),
        None => match SctList::embedded(certificate.tbs()) {
            Ok(Some(list)) => Ok(list),
            Ok(None) => return assert_eq!(verifier.embedded(&certificate, issuer), Ok(Vec::new())),
            Err(error) => return assert_eq!(verifier.embedded(&certificate, issuer), Err(error)),
        },
    };
    let Ok(list) = list else { return };
    let verdicts = verifier.list(&list, delivery, &certificate, issuer);
    assert_eq!(verdicts.len(), list.iter().count());
    for (number, (verdict, sct)) in verdicts.iter().zip(list.iter()).enumerate() {
        assert_eq!((verdict.index, verdict.delivery, verdict.sct), (number, delivery, sct.ok()));
        check_verdict(verdict, &bytes);
        let _ = (verdict.verdict.to_string(), verdict.verdict.name());
    }
}

/// A list of true SCTs, of altered ones, and of arbitrary octets.
fn list(input: &mut Input<'_>) -> Vec<u8> {
    let mut items = Vec::new();
    for _ in 0..input.below(5) {
        let (_, scts) = &WORLD.signed[input.below(WORLD.signed.len())];
        let sct = scts[input.below(2)].clone();
        let sct = match input.octet() % 7 {
            0 | 1 => sct,
            2 => testkit::Sct { version: input.octet(), ..sct },
            3 => testkit::Sct { hash_algorithm: input.octet(), signature_algorithm: input.octet(), ..sct },
            4 => testkit::Sct { timestamp_ms: input.number(), extensions: input.short().to_vec(), ..sct },
            5 => testkit::Sct { log_id: WORLD.logs[input.below(2)].id(), signature: input.short().to_vec(), ..sct },
            _ => {
                items.push(input.short().to_vec());
                continue;
            }
        };
        items.push(sct.encode());
    }
    testkit::sct_list(&items)
}

/// Whether it is so that a log of the list has signed it, in any reading: among all that was ever signed. (That somebody
/// finds another signature by changing octets is not to be expected.)
fn check_verdict(verdict: &SctVerdict<'_, '_>, certificate: &[u8]) {
    let Some(sct) = &verdict.sct else {
        assert!(matches!(verdict.verdict, Verdict::UnsupportedVersion { .. } | Verdict::Malformed(_)));
        return;
    };
    if WORLD.logs.iter().all(|log| LogId(log.id()) != sct.log_id) {
        assert_eq!(verdict.verdict, Verdict::UnknownLog);
        return;
    }
    match (sct.hash_algorithm, sct.signature_algorithm) {
        (4, 3) => {}
        (4, 1) => return assert!(matches!(verdict.verdict, Verdict::KeyTypeMismatch { .. })),
        (4, found) => return assert_eq!(verdict.verdict, Verdict::WrongSignatureAlgorithm { found }),
        (found, _) => return assert_eq!(verdict.verdict, Verdict::WrongHashAlgorithm { found }),
    }
    let Some(readings) = readings(verdict.delivery, certificate) else {
        assert!(matches!(verdict.verdict, Verdict::NoEntry(_)), "{:?}", verdict.verdict);
        return;
    };
    let sct = testkit_sct(sct);
    let signed = |entry| WORLD.signed.iter().any(|(signed, scts)| signed == entry && scts.contains(&sct));
    match readings.iter().find(|(_, entry)| signed(entry)) {
        Some(_) if sct.timestamp_ms > NOW => assert!(matches!(verdict.verdict, Verdict::Future { .. })),
        Some((reading, _)) => assert_eq!(verdict.verdict, Verdict::Valid { reading: *reading }),
        None => assert!(matches!(verdict.verdict, Verdict::BadSignature(_)), "{:?}", verdict.verdict),
    }
}

/// What a log can have signed for the certificate, from the second reading of it.
fn readings(delivery: Delivery, certificate: &[u8]) -> Option<Vec<(TbsReading, testkit::SignedEntry)>> {
    let naive = naive::Certificate::read(certificate)?;
    if delivery != Delivery::Embedded {
        let whole = certificate[..naive.end].to_vec();
        return Some(vec![(TbsReading::Only, testkit::SignedEntry::X509(whole))]);
    }
    let tbs = Tbs::from_der(naive.tbs.whole(certificate)).ok()?;
    if tbs.poison().ok()?.is_some() {
        return None;
    }
    // The reconstruction has its own target, which compares it with one that is written anew.
    let rebuilt = tbs.precert_tbs().ok()?;
    let entry = |tbs: Vec<u8>| testkit_entry(Some(WORLD.issuer.0), &tbs);
    Some(match rebuilt.without_extensions() {
        None => vec![(TbsReading::Only, entry(rebuilt.to_vec()))],
        Some(without) => vec![
            (TbsReading::EmptyExtensionsKept, entry(rebuilt.to_vec())),
            (TbsReading::ExtensionsOmitted, entry(without.to_vec())),
        ],
    })
}

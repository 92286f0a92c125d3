//! A verdict of each kind, on certificates of the testkit.

use ctlens_loglist::{
    KeyKind, Log, LogId, LogKey, LogList, MIMIC_LOG_IDS, RejectReason, TemporalInterval, UnixMillis, VerifyError,
};
use ctlens_sct::{
    Delivery, EntryError, ErrorKind, IssuerKeyHash, Sct, SctList, SignedEntry, SignedMessage, TbsReading, Verdict,
    Verifier,
};
use ctlens_testkit::{
    self as testkit, Ca, CertificateBuilder, Key, Name, TestLog, der, leaf_index_extension, sct_list, sct_list_value,
};
use ctlens_x509::{Certificate, Tbs, UnixSeconds};
use proptest::prelude::*;

const NOW: u64 = 1_760_000_000_000;

fn ca() -> Ca {
    Ca::root(Key::new(1, "CA"), &Name::new().common_name("CA"), 1_700_000_000, 1_800_000_000)
}

fn leaf() -> CertificateBuilder {
    CertificateBuilder::leaf(Key::new(1, "leaf").spki_der())
        .validity(1_759_000_000, 1_767_000_000)
        .dns("www.example.com")
        .ip([192, 0, 2, 1])
}

fn test_logs() -> [TestLog; 3] {
    [1, 2, 3].map(|seed| TestLog::new(seed, "log.example"))
}

/// The first two; the third is unknown.
fn known_logs() -> LogList {
    let [a, b, _] = test_logs();
    LogList::from_keys([a.key().spki_der(), b.key().spki_der()])
}

fn issuer() -> IssuerKeyHash {
    IssuerKeyHash(ca().key().spki_sha256())
}

fn verdicts(certificate: &[u8], issuer: Option<IssuerKeyHash>) -> Vec<Verdict> {
    let certificate = Certificate::from_der(certificate).unwrap();
    let logs = known_logs();
    let verdicts = Verifier::new(&logs).embedded(&certificate, issuer).unwrap();
    assert!(verdicts.iter().enumerate().all(|(index, judged)| judged.index == index));
    verdicts.iter().map(|judged| judged.verdict).collect()
}

#[test]
fn every_kind_of_verdict_in_one_certificate() {
    let [a, b, unknown] = test_logs();
    let issued = leaf().issue(&ca(), |entry| {
        let good = a.sign_sct(entry, NOW, &[]);
        let of_another = testkit::SignedEntry::Precert { issuer_key_hash: [0; 32], tbs: vec![1] };
        vec![
            good.clone(),
            b.sign_sct(entry, NOW + 1, &leaf_index_extension(77)),
            a.sign_sct(&of_another, NOW, &[]),
            unknown.sign_sct(entry, NOW, &[]),
            testkit::Sct { hash_algorithm: 2, ..good.clone() },
            testkit::Sct { signature_algorithm: 2, ..good.clone() },
            testkit::Sct { signature_algorithm: 1, ..good.clone() },
            testkit::Sct { version: 1, ..good.clone() },
            testkit::Sct { signature: vec![], ..good.clone() },
            testkit::Sct { timestamp_ms: NOW + 1, ..good.clone() },
            testkit::Sct { extensions: leaf_index_extension(1), ..good },
        ]
    });
    let valid = Verdict::Valid { reading: TbsReading::Only };
    let mismatch = Verdict::BadSignature(VerifyError::Mismatch);
    assert_eq!(
        verdicts(&issued.certificate, Some(issuer())),
        [
            valid,
            valid,
            mismatch,
            Verdict::UnknownLog,
            Verdict::WrongHashAlgorithm { found: 2 },
            Verdict::WrongSignatureAlgorithm { found: 2 },
            Verdict::KeyTypeMismatch { signature_algorithm: 1, key: KeyKind::EcdsaP256 },
            Verdict::UnsupportedVersion { version: 1 },
            Verdict::BadSignature(VerifyError::SignatureEncoding),
            mismatch,
            mismatch,
        ]
    );

    let certificate = Certificate::from_der(&issued.certificate).unwrap();
    let logs = known_logs();
    let judged = Verifier::new(&logs).embedded(&certificate, Some(issuer())).unwrap();
    assert_eq!(judged[1].sct.unwrap().leaf_index(), Ok(Some(77)));
    assert_eq!(judged[1].log.map(Log::id), judged[1].sct.map(|sct| sct.log_id));
    assert_eq!((judged[3].log, judged[7].sct), (None, None));
    assert!(judged.iter().all(|judged| judged.delivery == Delivery::Embedded));

    // Without the issuer nothing is known about a signature; what is wrong before that is still said.
    let without = verdicts(&issued.certificate, None);
    assert_eq!(
        without[..5],
        [
            Verdict::IssuerUnknown,
            Verdict::IssuerUnknown,
            Verdict::IssuerUnknown,
            Verdict::UnknownLog,
            Verdict::WrongHashAlgorithm { found: 2 },
        ]
    );
    // Another issuer's key is not the issuer's.
    assert_eq!(verdicts(&issued.certificate, Some(IssuerKeyHash([3; 32])))[0], mismatch);
}

/// The verdicts under prepared keys are those under plain ones, for every kind and in either reading.
#[cfg(feature = "prepared")]
#[test]
fn prepared_keys_change_no_verdict() {
    use ctlens_loglist::{PreparedKeys, Window};
    let [a, b, unknown] = test_logs();
    let logs = known_logs();
    let keys = PreparedKeys::new(logs.logs()[..1].iter().map(|log| &log.key), Window::SMALLEST);
    let of_another = testkit::SignedEntry::Precert { issuer_key_hash: [0; 32], tbs: vec![1] };
    for builder in
        [leaf(), CertificateBuilder::bare(Key::new(1, "leaf").spki_der()).validity(1_759_000_000, 1_767_000_000)]
    {
        let issued = builder.issue(&ca(), |entry| {
            let good = a.sign_sct(entry, NOW, &[]);
            vec![
                good.clone(),
                b.sign_sct(entry, NOW + 1, &leaf_index_extension(77)),
                unknown.sign_sct(entry, NOW, &[]),
                a.sign_sct(&of_another, NOW, &[]),
                testkit::Sct { version: 1, ..good.clone() },
                testkit::Sct { signature: vec![], ..good.clone() },
                a.sign_sct(entry, NOW + 2, &[]),
                good,
            ]
        });
        let certificate = Certificate::from_der(&issued.certificate).unwrap();
        let plain = Verifier::new(&logs).at(UnixMillis(NOW + 1));
        for issuer in [Some(issuer()), None] {
            let expected = plain.embedded(&certificate, issuer).unwrap();
            assert_eq!(
                expected.iter().filter(|judged| judged.verdict.is_valid()).count(),
                3 * usize::from(issuer.is_some())
            );
            assert_eq!(plain.prepared(&keys).embedded(&certificate, issuer).unwrap(), expected);
        }
    }
}

#[test]
fn the_future_is_told_only_with_a_clock() {
    let [log, ..] = test_logs();
    let issued = leaf().issue(&ca(), |entry| vec![log.sign_sct(entry, NOW, &[]), log.sign_sct(entry, u64::MAX, &[])]);
    let certificate = Certificate::from_der(&issued.certificate).unwrap();
    let logs = known_logs();
    let at = |now: Option<u64>| {
        let verifier = Verifier::new(&logs);
        let verifier = now.map_or(verifier, |now| verifier.at(UnixMillis(now)));
        let judged = verifier.embedded(&certificate, Some(issuer())).unwrap();
        judged.iter().map(|judged| judged.verdict).collect::<Vec<_>>()
    };
    let valid = Verdict::Valid { reading: TbsReading::Only };
    let future = |timestamp, now| Verdict::Future { timestamp: UnixMillis(timestamp), now: UnixMillis(now) };
    assert_eq!(at(None), [valid, valid]);
    assert_eq!(at(Some(NOW - 1)), [future(NOW, NOW - 1), future(u64::MAX, NOW - 1)]);
    assert_eq!(at(Some(NOW)), [valid, future(u64::MAX, NOW)]);
    assert!(!future(NOW, NOW - 1).is_valid());
}

#[test]
fn either_reading_of_no_extensions() {
    let [log, ..] = test_logs();
    let bare = CertificateBuilder::bare(Key::new(1, "leaf").spki_der()).validity(1_759_000_000, 1_767_000_000);
    // The testkit leaves the field out where no extension is left.
    let omitted = bare.precert_tbs(&ca());
    let fields = der::sequence(&[der::explicit(3, &[der::sequence::<&[u8]>(&[])])]);
    let kept = der::tlv(
        0x30,
        &[Tbs::from_der(&omitted).unwrap().as_bytes()[contents(&omitted)..].to_vec(), fields[2..].to_vec()].concat(),
    );
    for (tbs, verdict) in [
        (kept, Verdict::Valid { reading: TbsReading::EmptyExtensionsKept }),
        (omitted.clone(), Verdict::Valid { reading: TbsReading::ExtensionsOmitted }),
        (b"another".to_vec(), Verdict::BadSignature(VerifyError::Mismatch)),
    ] {
        let entry = testkit::SignedEntry::Precert { issuer_key_hash: issuer().0, tbs };
        let issued = bare.issue(&ca(), |_| vec![log.sign_sct(&entry, NOW, &[])]);
        assert_eq!(verdicts(&issued.certificate, Some(issuer())), [verdict]);
    }
}

/// How long the header of the outer SEQUENCE is.
fn contents(der: &[u8]) -> usize {
    ctlens_x509::Reader::new(der).read().unwrap().value_offset()
}

#[test]
fn lists_for_the_whole_certificate() {
    let [log, ..] = test_logs();
    // With SCTs inside: the x509_entry is the certificate as it is.
    let issued = leaf().issue(&ca(), |entry| vec![log.sign_sct(entry, NOW, &[])]);
    let entry = testkit::SignedEntry::X509(issued.certificate.clone());
    let octets = sct_list(&[log.sign_sct(&entry, NOW, &[]).encode(), issued.scts[0].encode()]);
    let list = SctList::from_tls(&octets).unwrap();
    let certificate = Certificate::from_der(&issued.certificate).unwrap();
    let logs = known_logs();
    for delivery in [Delivery::Tls, Delivery::Ocsp] {
        let judged = Verifier::new(&logs).list(&list, delivery, &certificate, None);
        assert_eq!(judged[0].verdict, Verdict::Valid { reading: TbsReading::Only });
        assert_eq!(judged[1].verdict, Verdict::BadSignature(VerifyError::Mismatch));
        assert_eq!(judged[0].delivery, delivery);
    }
    let judged = Verifier::new(&logs).list(&list, Delivery::Embedded, &certificate, Some(issuer()));
    assert_eq!(judged[0].verdict, Verdict::BadSignature(VerifyError::Mismatch));
    assert_eq!(judged[1].verdict, Verdict::Valid { reading: TbsReading::Only });
}

/// The log's interval ends where the certificate's notAfter lies, and one millisecond later.
#[test]
fn a_log_that_does_not_take_the_certificate() {
    let [log, ..] = test_logs();
    let issued = leaf().issue(&ca(), |entry| vec![log.sign_sct(entry, NOW, &[]), log.sign_sct(entry, NOW + 1, &[])]);
    let certificate = Certificate::from_der(&issued.certificate).unwrap();
    let not_after = certificate.tbs().validity().unwrap().not_after;
    assert_eq!(not_after, UnixSeconds(1_767_000_000));
    let millis = 1_767_000_000_000;
    let verdicts = |start, end, now| {
        let mut listed = Log::new(LogKey::from_spki_der(log.key().spki_der()).unwrap());
        let interval = TemporalInterval { start: UnixMillis(start), end: UnixMillis(end) };
        listed.temporal_interval = Some(interval);
        let logs = LogList::from_logs([listed]);
        let judged = Verifier::new(&logs).at(UnixMillis(now)).embedded(&certificate, Some(issuer())).unwrap();
        (judged[0].verdict, judged[1].verdict, Verdict::OutsideInterval { not_after, interval })
    };
    let valid = Verdict::Valid { reading: TbsReading::Only };
    for (start, end, takes) in [
        (millis - 1000, millis, false),
        (millis - 1000, millis + 1, true),
        (millis, millis + 1, true),
        (millis + 1, millis + 1000, false),
    ] {
        let (first, second, outside) = verdicts(start, end, NOW);
        assert_eq!(first, if takes { valid } else { outside });
        assert_eq!(first.is_valid(), takes);
        assert!(matches!(second, Verdict::Future { .. }));
    }
}

/// RFC 6960 §4.2.1, written with the testkit's DER.
fn ocsp_response(singles: &[(&[u8], Option<Vec<u8>>)]) -> Vec<u8> {
    let time = der::tlv(0x18, b"20260101000000Z");
    let singles: Vec<_> = singles
        .iter()
        .map(|(serial, extensions)| {
            let hash = der::octet_string(&[7; 20]);
            let sha1 = der::sequence(&[der::oid("1.3.14.3.2.26"), der::null()]);
            let id = der::sequence(&[sha1, hash.clone(), hash, der::tlv(2, serial)]);
            let mut fields = vec![id, der::tlv(0x80, &[]), time.clone(), der::explicit(0, std::slice::from_ref(&time))];
            fields.extend(extensions.as_ref().map(|extensions| der::explicit(1, &[der::sequence(&[extensions])])));
            der::sequence(&fields)
        })
        .collect();
    let data = der::sequence(&[der::explicit(2, &[der::octet_string(&[7; 20])]), time, der::sequence(&singles)]);
    let algorithm = der::sequence(&[der::oid("1.2.840.10045.4.3.2")]);
    let basic = der::octet_string(&der::sequence(&[data, algorithm, der::bit_string(&[1])]));
    let bytes = der::sequence(&[der::oid("1.3.6.1.5.5.7.48.1.1"), basic]);
    der::sequence(&[der::tlv(0x0a, &[0]), der::explicit(0, &[bytes])])
}

fn single_extension(oid: &str, value: &[u8]) -> Vec<u8> {
    der::sequence(&[der::oid(oid), der::octet_string(value)])
}

const OCSP_SCT_LIST: &str = "1.3.6.1.4.1.11129.2.4.5";

#[test]
fn stapled_responses() {
    let [log, other, _] = test_logs();
    let der = leaf().certificate(&ca());
    let certificate = Certificate::from_der(&der).unwrap();
    let serial = certificate.tbs().serial();
    let entry = testkit::SignedEntry::X509(der.clone());
    let value = |log: &TestLog| sct_list_value(&sct_list(&[log.sign_sct(&entry, NOW, &[]).encode()]));
    let list = |log: &TestLog| single_extension(OCSP_SCT_LIST, &value(log));
    let unrelated = single_extension("1.3.6.1.5.5.7.48.1.6", &[1]);
    let logs = known_logs();
    let verifier = Verifier::new(&logs);
    let good = ocsp_response(&[
        (&[0x51], Some(list(&other))),
        (&[0x52], None),
        (serial, Some([unrelated.clone(), list(&log)].concat())),
        (&[0x53], Some(vec![5, 0])),
    ]);
    let judged = verifier.ocsp(&good, &certificate).unwrap();
    assert_eq!(judged.len(), 1);
    assert_eq!(judged[0].verdict, Verdict::Valid { reading: TbsReading::Only });
    assert_eq!((judged[0].sct.unwrap().log_id.0, judged[0].delivery), (log.id(), Delivery::Ocsp));

    let error_status = der::sequence(&[der::tlv(0x0a, &[3])]);
    let bytes = der::sequence(&[der::oid("1.2.3"), der::octet_string(&[])]);
    let another_type = der::sequence(&[der::tlv(0x0a, &[0]), der::explicit(0, &[bytes])]);
    for (what, response) in [
        ("tryLater", error_status),
        ("another type of response", another_type),
        ("no single response", ocsp_response(&[])),
        ("another certificate's", ocsp_response(&[(&[0x51], Some(list(&log)))])),
        ("no extensions", ocsp_response(&[(serial, None)])),
        ("no list among the extensions", ocsp_response(&[(serial, Some(unrelated))])),
        (
            "the OID of a certificate's list",
            ocsp_response(&[(serial, Some(single_extension("1.3.6.1.4.1.11129.2.4.2", &value(&log))))]),
        ),
    ] {
        assert_eq!(verifier.ocsp(&response, &certificate), Ok(vec![]), "{what}");
    }
    let error = |response: &[u8]| verifier.ocsp(response, &certificate).unwrap_err();
    let twice = ocsp_response(&[(serial, Some([list(&log), list(&log)].concat()))]);
    assert_eq!(error(&twice).kind, ErrorKind::DuplicateList);
    let twice = ocsp_response(&[(serial, Some(list(&log))), (serial, Some(list(&log)))]);
    assert_eq!(error(&twice).kind, ErrorKind::DuplicateList);
    let empty = ocsp_response(&[(serial, Some(single_extension(OCSP_SCT_LIST, &sct_list_value(&[0, 0]))))]);
    let found = error(&empty);
    assert_eq!(found.kind, ErrorKind::EmptyList);
    // Offsets point into the response: at the two octets of the empty list.
    assert_eq!(empty[found.offset - 4..][..6], [4, 4, 4, 2, 0, 0]);
    let good = ocsp_response(&[(serial, Some(list(&log)))]);
    for end in 0..good.len() {
        assert!(matches!(error(&good[..end]).kind, ErrorKind::Der(_)), "{end}");
    }
}

/// The fields of RFC 6962 §4.1, base64 taken off.
#[test]
fn the_answer_to_a_submission() {
    let [log, ..] = test_logs();
    let entry = testkit::SignedEntry::Precert { issuer_key_hash: issuer().0, tbs: b"TBS".to_vec() };
    let signed = log.sign_sct(&entry, NOW, &leaf_index_extension(9));
    let length = u16::try_from(signed.signature.len()).unwrap().to_be_bytes();
    let field = [&[4, 3], &length[..], &signed.signature].concat();
    let id = LogId(log.id());
    let sct = Sct::from_add_chain(id, UnixMillis(NOW), &signed.extensions, &field).unwrap();
    assert_eq!(sct, Sct::from_tls(&signed.encode()).unwrap());
    let logs = known_logs();
    assert!(Verifier::new(&logs).sct(&sct, &SignedEntry::precert(issuer(), b"TBS").unwrap()).is_valid());

    let error = |extensions: &[u8], field: &[u8]| {
        let error = Sct::from_add_chain(id, UnixMillis(NOW), extensions, field).unwrap_err();
        (error.kind, error.offset)
    };
    let signature = signed.signature.len();
    assert_eq!(error(&[], &[]), (ErrorKind::Truncated { wanted: 2, available: 0 }, 0));
    assert_eq!(error(&[], &[4, 3, 0]), (ErrorKind::Truncated { wanted: 2, available: 1 }, 2));
    assert_eq!(
        error(&[], &field[..field.len() - 1]),
        (ErrorKind::Truncated { wanted: signature, available: signature - 1 }, 4)
    );
    assert_eq!(error(&[], &[&field[..], &[0]].concat()), (ErrorKind::TrailingInSct { octets: 1 }, 4 + signature));
    assert_eq!(error(&vec![0; 65536], &field), (ErrorKind::ExtensionsLength { octets: 65536 }, 0));
}

#[test]
fn certificates_without_a_list_or_with_a_broken_one() {
    let logs = known_logs();
    let embedded = |der: &[u8]| {
        let certificate = Certificate::from_der(der).unwrap();
        Verifier::new(&logs).embedded(&certificate, Some(issuer())).map(|judged| judged.len())
    };
    assert_eq!(embedded(&leaf().certificate(&ca())), Ok(0));

    let list = der::octet_string(&[0, 0]);
    let twice = leaf().extension("1.3.6.1.4.1.11129.2.4.2", false, &list).certificate_with_scts(&ca(), &list);
    let kind = embedded(&twice).unwrap_err().kind;
    assert_eq!(kind, ErrorKind::Der(ctlens_x509::ErrorKind::DuplicateExtension));

    let empty = leaf().certificate_with_scts(&ca(), &list);
    let error = embedded(&empty).unwrap_err();
    assert_eq!(error.kind, ErrorKind::EmptyList);
    // Offsets point into the TBSCertificate: at the two octets of the empty list.
    let certificate = Certificate::from_der(&empty).unwrap();
    assert_eq!(certificate.tbs().as_bytes()[error.offset - 4..][..6], [4, 4, 4, 2, 0, 0]);
}

#[test]
fn a_precertificate_is_not_final() {
    let [log, ..] = test_logs();
    let builder = leaf().extension("1.3.6.1.4.1.11129.2.4.3", true, &der::null());
    let issued = builder.issue(&ca(), |entry| vec![log.sign_sct(entry, NOW, &[])]);
    assert_eq!(verdicts(&issued.certificate, Some(issuer())), [Verdict::NoEntry(EntryError::Poisoned)]);
}

#[test]
fn a_refused_log_is_not_an_unknown_one() {
    let modulus = [&[0x80], &[1; 255][..]].concat();
    let algorithm = der::sequence(&[der::oid("1.2.840.113549.1.1.1"), der::null()]);
    let key = der::sequence(&[der::unsigned_integer(&modulus), der::integer(&[3])]);
    let rsa = LogKey::from_spki_der(&der::sequence(&[algorithm, der::bit_string(&key)])).unwrap();
    let mimic = format!(
        r#"{{"operators": [{{"name": "Mimic", "logs": [{{"log_id": "{}", "state": {{"usable": {{}}}}}}]}}]}}"#,
        MIMIC_LOG_IDS[1].to_base64()
    );
    let entry = SignedEntry::x509(b"certificate").unwrap();
    let sct = |log_id, signature_algorithm| testkit::Sct {
        version: 0,
        log_id,
        timestamp_ms: NOW,
        extensions: vec![],
        hash_algorithm: 4,
        signature_algorithm,
        signature: vec![1; 256],
    };
    let verdict =
        |logs: &LogList, sct: testkit::Sct| Verifier::new(logs).sct(&Sct::from_tls(&sct.encode()).unwrap(), &entry);
    let logs = LogList::from_chrome_v3(mimic.as_bytes()).unwrap();
    assert_eq!(verdict(&logs, sct(MIMIC_LOG_IDS[1].0, 3)), Verdict::RefusedLog(RejectReason::Mimic));
    assert_eq!(verdict(&logs, sct(MIMIC_LOG_IDS[0].0, 3)), Verdict::UnknownLog);

    let logs = LogList::from_logs([Log::new(rsa.clone())]);
    let kind = KeyKind::Rsa { bits: 2048 };
    let expected = if cfg!(feature = "rsa") {
        Verdict::BadSignature(VerifyError::Mismatch)
    } else {
        Verdict::UnsupportedKey(kind)
    };
    assert_eq!(verdict(&logs, sct(rsa.log_id().0, 1)), expected);
    assert_eq!(verdict(&logs, sct(rsa.log_id().0, 3)), Verdict::KeyTypeMismatch { signature_algorithm: 3, key: kind });
}

#[test]
fn entries_have_lengths_of_24_bits() {
    assert_eq!(SignedEntry::x509(&[]).unwrap_err(), EntryError::Length { octets: 0 });
    let large = vec![0; 1 << 24];
    assert!(SignedEntry::x509(&large[1..]).is_ok());
    assert_eq!(SignedEntry::x509(&large).unwrap_err(), EntryError::Length { octets: 1 << 24 });
    assert_eq!(SignedEntry::precert(issuer(), &large).unwrap_err(), EntryError::Length { octets: 1 << 24 });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    /// The testkit writes `TimestampedEntry` by itself.
    #[test]
    fn the_message_is_the_one_that_was_signed(
        content in proptest::collection::vec(any::<u8>(), 1..400), issuer: [u8; 32], precert: bool, timestamp: u64,
        extensions in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let (theirs, ours) = if precert {
            let theirs = testkit::SignedEntry::Precert { issuer_key_hash: issuer, tbs: content.clone() };
            (theirs, SignedEntry::precert(IssuerKeyHash(issuer), &content).unwrap())
        } else {
            (testkit::SignedEntry::X509(content.clone()), SignedEntry::x509(&content).unwrap())
        };
        let [log, ..] = test_logs();
        let sct = log.sign_sct(&theirs, timestamp, &extensions).encode();
        let sct = Sct::from_tls(&sct).unwrap();
        let message = SignedMessage::new(&sct, &ours);
        let expected = [&[0, 0], &testkit::timestamped_entry(timestamp, &theirs, &extensions)[..]].concat();
        prop_assert_eq!(message.to_vec(), &expected[..]);
        prop_assert_eq!(message.sha256(), testkit::tree::sha256(&expected));
        prop_assert!(Verifier::new(&known_logs()).sct(&sct, &ours).is_valid());
    }

    #[test]
    fn any_stapled_octets_are_handled(
        at: usize, octet: u8, octets in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let mut response = ocsp_response(&[(&[5], Some(single_extension(OCSP_SCT_LIST, &sct_list_value(&[0, 1, 0, 0, 1]))))]);
        let at = at % response.len();
        response[at] = octet;
        let _ = SctList::from_ocsp_response(&response, &[5]).map(|list| list.map(|list| list.iter().count()));
        let _ = SctList::from_ocsp_response(&octets, &[5]);
    }

    /// One octet of certificate, list or SCT changed: an error or a verdict, never a panic, and valid only where the
    /// change is outside of what the log has signed.
    #[test]
    fn any_change_is_handled(at: usize, octet: u8) {
        let [a, b, _] = test_logs();
        let issued = leaf().issue(&ca(), |entry| vec![a.sign_sct(entry, NOW, &[]), b.sign_sct(entry, NOW, &[])]);
        let mut changed = issued.certificate.clone();
        let at = at % changed.len();
        changed[at] = octet;
        let logs = known_logs();
        let Ok(certificate) = Certificate::from_der(&changed) else { return Ok(()) };
        if let Ok(judged) = Verifier::new(&logs).embedded(&certificate, Some(issuer())) {
            let same = certificate.tbs().precert_tbs().is_ok_and(|tbs| match &issued.precert_entry {
                testkit::SignedEntry::Precert { tbs: signed, .. } => tbs.to_vec() == *signed,
                testkit::SignedEntry::X509(_) => false,
            });
            prop_assert!(same || judged.iter().all(|judged| !judged.verdict.is_valid()));
        }
    }
}

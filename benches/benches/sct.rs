//! SCTs: decoding a list, verifying one signature, and all there is to do for a certificate with three SCTs.

use ctlens_benches::Comparison;
use ctlens_loglist::{LogKey, LogList, PreparedKeys, SignedDigest, Window};
use ctlens_sct::{Delivery, IssuerKeyHash, SctList, Verifier};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, Rng, SignedEntry, TestLog, sct_list};
use ctlens_x509::Certificate;
use sha2::{Digest, Sha256};
use std::hint::black_box;

const LOGS: usize = 30;
const SIGNATURES: usize = 1_920;
/// Of three SCTs each.
const CERTIFICATES: usize = SIGNATURES / 3;
/// In each call, so that all inputs have their turn.
const AT_ONCE: usize = 2 * LOGS;

fn main() {
    let logs: Vec<TestLog> = (0..LOGS).map(|n| TestLog::new(1, &format!("log{n}.example"))).collect();
    one_signature(&logs);
    let certificates = certificates(&logs);
    decoding(&certificates);
    whole_certificate(&logs, &certificates);
}

struct Signed {
    /// Which of the logs signed it.
    log: usize,
    message: [u8; 64],
    signature: Vec<u8>,
}

fn one_signature(logs: &[TestLog]) {
    let mut rng = Rng::new(1, "messages");
    let signed: Vec<Signed> = (0..SIGNATURES)
        .map(|n| {
            let (log, message) = (n % LOGS, rng.octets());
            Signed { log, message, signature: logs[log].key().sign(&message) }
        })
        .collect();
    // Each call goes on where the one before it ended.
    let batches = || signed.chunks_exact(AT_ONCE).cycle();

    let ours: Vec<LogKey> =
        logs.iter().map(|log| LogKey::from_spki_der(log.key().spki_der()).expect("a log's key")).collect();
    // All that is done for a signature is measured: hashing the message too.
    let windows = PREPARED.map(|(_, _, bits)| {
        let prepared = PreparedKeys::new(&ours, Window::from_bits(bits).expect("a window"));
        println!("{bits} bits: {} KiB of tables", prepared.octets() / 1024);
        prepared
    });
    let mut batch = batches();
    let comparison = Comparison::new(format!("one SCT signature, {LOGS} log keys in turn"), "signature");
    let comparison = comparison.case("ctlens-loglist, plain key", AT_ONCE, || {
        for Signed { log, message, signature } in batch.next().into_iter().flatten() {
            assert!(ours[*log].verify(message, signature).is_ok());
        }
    });
    let comparison = PREPARED.iter().zip(&windows).fold(comparison, |comparison, ((one, many, _), prepared)| {
        let ours = &ours;
        let (mut batch, mut whole) = (batches(), signed.chunks_exact(MANY).cycle());
        let comparison = comparison.case(one, AT_ONCE, move || {
            for Signed { log, message, signature } in batch.next().into_iter().flatten() {
                assert!(prepared.verify_digest(&ours[*log], &sha256(message), signature).is_ok());
            }
        });
        comparison.case(many, MANY, move || {
            let signed: Vec<_> = whole
                .next()
                .into_iter()
                .flatten()
                .map(|Signed { log, message, signature }| SignedDigest {
                    key: &ours[*log],
                    sha256: sha256(message),
                    signature,
                })
                .collect();
            assert!(prepared.verify_batch(&signed).iter().all(Result::is_ok));
        })
    });
    #[cfg(feature = "peers")]
    let comparison = peers::signatures(comparison, logs, batches);
    // The bars are for the default window, the first.
    let [(one, many, _), _] = PREPARED;
    comparison.bar_beside_fastest(one, 0.50, &FASTEST).bar_beside_fastest(many, 0.30, &FASTEST).run();
}

fn sha256(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}

/// One signature, many at a time, and the window in bits.
const PREPARED: [(&str, &str, u32); 2] = [
    ("ctlens-loglist, prepared, 8 bits", "ctlens-loglist, prepared, 8 bits, 256 at once", 8),
    ("ctlens-loglist, prepared, 6 bits", "ctlens-loglist, prepared, 6 bits, 256 at once", 6),
];
const MANY: usize = 256;

/// Those that verify a P-256 signature.
const FASTEST: [&str; 3] = ["ring 0.17", "aws-lc-rs 1.19, key parsed once", "graviola 0.4, key parsed once"];

struct WithScts {
    certificate: Vec<u8>,
    /// Delivered in the TLS extension.
    list: Vec<u8>,
    #[cfg_attr(not(feature = "peers"), expect(dead_code, reason = "our decoder takes the list"))]
    scts: Vec<Vec<u8>>,
    issuer: IssuerKeyHash,
}

fn certificates(logs: &[TestLog]) -> Vec<WithScts> {
    let ca = Ca::root(Key::new(1, "ca"), &Name::new().organization("Bench").common_name("Root"), 0, 4_000_000_000);
    let key = Key::new(1, "leaf");
    let time_ms = 1_700_000_000_000;
    let certificates: Vec<WithScts> = (0..CERTIFICATES)
        .map(|n| {
            let three = || (3 * n..).take(3).map(|log| &logs[log % LOGS]);
            let builder = (0..=n % 5).fold(CertificateBuilder::leaf(key.spki_der()), |builder, host| {
                builder.dns(format!("host-{host}.customer-{n}.example"))
            });
            let builder = builder.serial(&(n as u64).to_be_bytes()).validity(1_700_000_000, 1_707_776_000);
            let issued = builder.issue(&ca, |entry| three().map(|log| log.sign_sct(entry, time_ms, &[])).collect());
            let entry = SignedEntry::X509(issued.certificate.clone());
            let scts: Vec<Vec<u8>> = three().map(|log| log.sign_sct(&entry, time_ms, &[]).encode()).collect();
            let issuer = IssuerKeyHash(ca.key().spki_sha256());
            WithScts { certificate: issued.certificate, list: sct_list(&scts), scts, issuer }
        })
        .collect();
    let octets: usize = certificates.iter().map(|with| with.certificate.len()).sum();
    println!("\n{} certificates of {} octets on average", certificates.len(), octets / certificates.len());
    certificates
}

fn decoding(certificates: &[WithScts]) {
    let views: Vec<Certificate<'_>> =
        certificates.iter().map(|with| Certificate::from_der(&with.certificate).expect("a certificate")).collect();
    Comparison::new("a list of three SCTs, decoded", "list")
        .case("ctlens-sct, from TLS", certificates.len(), || {
            for with in certificates {
                let list = SctList::from_tls(&with.list).expect("a list");
                list.iter().for_each(|sct| assert!(black_box(sct).is_ok()));
            }
        })
        .case("ctlens-sct, embedded", views.len(), || {
            for view in &views {
                let list = SctList::embedded(view.tbs()).ok().flatten().expect("a list");
                list.iter().for_each(|sct| assert!(black_box(sct).is_ok()));
            }
        })
        .without_allocations("ctlens-sct, from TLS")
        .without_allocations("ctlens-sct, embedded")
        .run();
}

fn whole_certificate(logs: &[TestLog], certificates: &[WithScts]) {
    let list = LogList::from_keys(logs.iter().map(|log| log.key().spki_der()));
    let verifier = Verifier::new(&list);
    let keys = PreparedKeys::new(list.logs().iter().map(|log| &log.key), Window::default());
    let prepared = verifier.prepared(&keys);
    let batches = || certificates.chunks_exact(LOGS / 3).cycle();
    let at_once = LOGS / 3;

    let (mut embedded, mut tls, mut embedded_prepared, mut tls_prepared) = (batches(), batches(), batches(), batches());
    let comparison = Comparison::new("a certificate with three SCTs: decoding, hashing, verifying", "certificate")
        .case("ctlens-sct, embedded, plain keys", at_once, move || {
            for with in embedded.next().into_iter().flatten() {
                let view = Certificate::from_der(&with.certificate).expect("a certificate");
                let verdicts = verifier.embedded(&view, Some(with.issuer)).expect("a list");
                assert!(verdicts.len() == 3 && verdicts.iter().all(|sct| sct.verdict.is_valid()));
            }
        })
        .case("ctlens-sct, TLS extension, plain keys", at_once, move || {
            for with in tls.next().into_iter().flatten() {
                let view = Certificate::from_der(&with.certificate).expect("a certificate");
                let list = SctList::from_tls(&with.list).expect("a list");
                let verdicts = verifier.list(&list, Delivery::Tls, &view, None);
                assert!(verdicts.len() == 3 && verdicts.iter().all(|sct| sct.verdict.is_valid()));
            }
        });
    let comparison = comparison
        .case("ctlens-sct, embedded, prepared keys", at_once, move || {
            for with in embedded_prepared.next().into_iter().flatten() {
                let view = Certificate::from_der(&with.certificate).expect("a certificate");
                let verdicts = prepared.embedded(&view, Some(with.issuer)).expect("a list");
                assert!(verdicts.len() == 3 && verdicts.iter().all(|sct| sct.verdict.is_valid()));
            }
        })
        .case("ctlens-sct, TLS extension, prepared keys", at_once, move || {
            for with in tls_prepared.next().into_iter().flatten() {
                let view = Certificate::from_der(&with.certificate).expect("a certificate");
                let list = SctList::from_tls(&with.list).expect("a list");
                let verdicts = prepared.list(&list, Delivery::Tls, &view, None);
                assert!(verdicts.len() == 3 && verdicts.iter().all(|sct| sct.verdict.is_valid()));
            }
        });
    #[cfg(feature = "peers")]
    let comparison = peers::certificates(comparison, logs, at_once, batches());
    comparison
        .bar("ctlens-sct, embedded, prepared keys", 0.40, "sct 0.7, TLS extension")
        .bar("ctlens-sct, TLS extension, prepared keys", 0.40, "sct 0.7, TLS extension")
        .run();
}

#[cfg(feature = "peers")]
mod peers {
    use super::{AT_ONCE, FASTEST, Signed, WithScts};
    use ctlens_benches::Comparison;
    use ctlens_testkit::TestLog;
    use graviola::hashing::Sha256;
    use graviola::signing::ecdsa::{P256, VerifyingKey};
    use ring::signature::UnparsedPublicKey;

    /// The point at the end of a SubjectPublicKeyInfo: 04, x, y.
    fn point(log: &TestLog) -> &[u8] {
        let spki = log.key().spki_der();
        &spki[spki.len() - 65..]
    }

    pub(super) fn signatures<'a, B>(
        comparison: Comparison<'a>,
        logs: &[TestLog],
        batches: impl Fn() -> B,
    ) -> Comparison<'a>
    where
        B: Iterator<Item = &'a [Signed]> + 'a,
    {
        let [ring, aws_lc, graviola] = FASTEST;

        let keys: Vec<_> = logs
            .iter()
            .map(|log| UnparsedPublicKey::new(&ring::signature::ECDSA_P256_SHA256_ASN1, point(log).to_vec()))
            .collect();
        let mut batch = batches();
        let comparison = comparison.case(ring, AT_ONCE, move || {
            for Signed { log, message, signature } in batch.next().into_iter().flatten() {
                assert!(keys[*log].verify(message, signature).is_ok());
            }
        });

        let keys: Vec<_> = logs
            .iter()
            .map(|log| {
                let algorithm = &aws_lc_rs::signature::ECDSA_P256_SHA256_ASN1;
                aws_lc_rs::signature::ParsedPublicKey::new(algorithm, point(log)).expect("a key")
            })
            .collect();
        let mut batch = batches();
        let comparison = comparison.case(aws_lc, AT_ONCE, move || {
            for Signed { log, message, signature } in batch.next().into_iter().flatten() {
                assert!(keys[*log].verify_sig(message, signature).is_ok());
            }
        });

        let keys: Vec<VerifyingKey<P256>> =
            logs.iter().map(|log| VerifyingKey::from_x962_uncompressed(point(log)).expect("a key")).collect();
        let mut batch = batches();
        comparison.case(graviola, AT_ONCE, move || {
            for Signed { log, message, signature } in batch.next().into_iter().flatten() {
                assert!(keys[*log].verify_asn1::<Sha256>(&[message], signature).is_ok());
            }
        })
    }

    /// The sct crate takes no embedded SCTs.
    pub(super) fn certificates<'a>(
        comparison: Comparison<'a>,
        logs: &'a [TestLog],
        at_once: usize,
        mut batches: impl Iterator<Item = &'a [WithScts]> + 'a,
    ) -> Comparison<'a> {
        let logs: Vec<sct::Log<'a>> = logs
            .iter()
            .map(|log| sct::Log {
                description: "",
                url: "",
                operated_by: "",
                key: point(log),
                id: log.id(),
                max_merge_delay: 86_400,
            })
            .collect();
        comparison.case("sct 0.7, TLS extension", at_once, move || {
            let logs: Vec<&sct::Log<'_>> = logs.iter().collect();
            for with in batches.next().into_iter().flatten() {
                for sct in &with.scts {
                    assert!(sct::verify_sct(&with.certificate, sct, 1_700_000_000_001, &logs).is_ok());
                }
            }
        })
    }
}

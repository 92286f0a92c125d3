//! The form that the feature `serde` gives to verdicts.
#![cfg(feature = "serde")]

use ctlens_loglist::{LogId, LogList, UnixMillis};
use ctlens_sct::{CtPolicy, Delivery, SctList, VerifiedSct, Verifier};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, SignedEntry, TestLog, leaf_index_extension, sct_list};
use ctlens_x509::{Certificate, UnixSeconds, Validity};
use serde_json::{json, to_value};

#[test]
fn form() {
    let log = TestLog::new(1, "log.example");
    let ca = Ca::root(Key::new(1, "CA"), &Name::new(), 0, 1);
    let der = CertificateBuilder::bare(Key::new(1, "leaf").spki_der()).certificate(&ca);
    let sct = log.sign_sct(&SignedEntry::X509(der.clone()), 5, &leaf_index_extension(9));
    let octets = sct_list(&[sct.encode(), vec![3]]);
    let logs = LogList::from_keys([log.key().spki_der()]);
    let certificate = Certificate::from_der(&der).unwrap();
    let list = SctList::from_tls(&octets).unwrap();
    let judged = Verifier::new(&logs).list(&list, Delivery::Ocsp, &certificate, None);
    assert_eq!(
        to_value(&judged).unwrap(),
        json!([
            {
                "index": 0, "delivery": "ocsp", "log_id": LogId(log.id()).to_string(), "log": null, "operator": null,
                "timestamp_ms": 5, "leaf_index": 9, "verdict": {"name": "valid", "reason": "valid"},
            },
            {
                "index": 1, "delivery": "ocsp", "log_id": null, "log": null, "operator": null, "timestamp_ms": null,
                "leaf_index": null,
                "verdict": {"name": "unsupported-version", "reason": "SCT of the unknown version 3"},
            },
        ])
    );
}

#[test]
fn policy_verdicts() {
    let validity = Validity { not_before: UnixSeconds(0), not_after: UnixSeconds(1) };
    let sct = VerifiedSct {
        log_id: LogId([7; 32]),
        timestamp: UnixMillis(1),
        delivery: Delivery::Embedded,
        has_leaf_index: false,
    };
    let verdict = CtPolicy::MOZILLA.evaluate(&[sct], &validity, &LogList::default(), UnixMillis(u64::MAX));
    assert_eq!(
        to_value(&verdict).unwrap(),
        json!({
            "policy": "Mozilla", "source": CtPolicy::MOZILLA.source(), "compliance": "not-compliant",
            "embedded": [
                {"name": "no-live-log"}, {"name": "too-few-logs", "counted": 0, "required": 2},
                {"name": "too-few-operators", "counted": 0, "required": 2},
            ],
            "stapled": [
                {"name": "no-stapled-sct"}, {"name": "too-few-logs", "counted": 0, "required": 2},
                {"name": "too-few-operators", "counted": 0, "required": 2},
            ],
            "standings": [{"name": "unknown-log"}],
        })
    );
}

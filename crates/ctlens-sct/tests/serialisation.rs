//! The form that the feature `serde` gives to verdicts.
#![cfg(feature = "serde")]

use ctlens_loglist::{LogId, LogList};
use ctlens_sct::{Delivery, SctList, Verifier};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, SignedEntry, TestLog, leaf_index_extension, sct_list};
use ctlens_x509::Certificate;
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

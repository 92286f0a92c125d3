//! The example `verify_scts` as a user runs it.

mod support;

use ctlens_testkit::{Ca, CertificateBuilder, Corpus, Key, ListedLog, Name, SignedEntry, TestLog, chrome_log_list};
use std::fs;
use std::process::Output;
use support::{run, stderr, stdout};
use tempfile::TempDir;

#[test]
fn without_arguments_two_scts_are_good_and_enough_and_one_is_bad() {
    let output = verify_scts(&[]);
    let printed = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{printed}{}", stderr(&output));
    for shown in [
        "3 SCTs in the certificate",
        "SCT 1: valid\n    log       test log a.ct.example/2026h2\n",
        "    operator  Operator A\n    signed    2026-05-22T00:00:00.120Z\n",
        "SCT 2: valid\n",
        "SCT 3: bad signature: ",
        "Chrome: compliant\n",
        "Apple: compliant\n",
        "Mozilla: compliant\n",
        "    SCT 2 counts\n",
    ] {
        assert!(printed.contains(shown), "{shown} in {printed}");
    }
    assert!(!printed.contains("SCT 3 "), "a bad SCT stands nowhere: {printed}");
}

#[test]
fn good_scts_end_with_0_and_a_bad_one_or_too_few_with_1() {
    for (what, files, code, shown) in [
        ("two logs of two operators", Files::write(&["A", "B"], false), 0, "Apple: compliant"),
        ("the same, and a bad SCT", Files::write(&["A", "B"], true), 1, "SCT 3: bad signature"),
        ("one operator", Files::write(&["A", "A"], false), 1, "SCTs of 1 operator, 2 are required"),
        ("no SCT", Files::write(&[], false), 1, "0 SCTs in the certificate"),
    ] {
        for certificate in ["leaf.der", "leaf.pem"] {
            let output = files.verify_scts(certificate, &["--now", "2026-06-01T00:00:00Z"]);
            let printed = stdout(&output);
            assert_eq!(output.status.code(), Some(code), "{what}: {printed}{}", stderr(&output));
            assert!(printed.contains(shown), "{what}: {shown} in {printed}");
        }
    }
}

#[test]
fn time_decides_what_is_in_the_future_and_which_list_is_too_old() {
    let files = Files::write(&["A", "B"], false);
    for (now, shown) in [
        (
            "2026-05-21T23:59:59Z",
            "SCT 1: signed in the future: 2026-05-22T00:00:00.000Z, and it is 2026-05-21T23:59:59.000Z",
        ),
        // The list is of 2026-05-31.
        ("2026-08-09T00:00:00Z", "Chrome: not enforced: the list of logs is too old"),
    ] {
        let output = files.verify_scts("leaf.der", &["--now", now]);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(stdout(&output).contains(shown), "{shown} in {}", stdout(&output));
    }
}

#[test]
fn what_cannot_be_read_is_named_and_ends_with_2() {
    let files = Files::write(&["A", "B"], false);
    fs::write(files.0.path().join("key.der"), Key::new(1, "leaf").spki_der()).unwrap();
    let path = |name: &str| files.path(name);
    for (arguments, said) in [
        (vec![path("leaf.der")], "three files"),
        (vec![path("absent.der"), path("ca.der"), path("logs.json")], "absent.der: "),
        (vec![path("leaf.der"), path("logs.json"), path("logs.json")], "the issuer's certificate: "),
        (vec![path("leaf.der"), path("ca.der"), path("ca.der")], "ca.der: not UTF-8"),
        (vec![path("leaf.der"), path("ca.der"), path("logs.json"), "--key".into(), path("key.der")], "key.der: "),
        (vec!["--now".into(), "yesterday".into()], "RFC 3339"),
        (vec!["--then".into()], "--then"),
    ] {
        let output = verify_scts(&arguments);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{arguments:?}");
        assert!(stderr(&output).contains(said), "{said} in {}", stderr(&output));
    }
}

/// A certificate of 2024, and Chrome's list of its time with its signature.
#[test]
fn conformance_a_real_certificate_and_list() {
    let Some(folder) = Corpus::open().and_then(|corpus| corpus.path("sct")) else { return };
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let files = [
        "certs/0030c4f358e2a109f2a6f6793bc3a8f36d11fcafb81f54c698cc82eb990204dc.der",
        "issuers/a7d15e62c78825919fb59bde58efcfb0225b4107dfc60026885420185dc69b63.der",
        "log_lists/chrome_log_list_2025-01-02_v50.57.json",
    ];
    let key = "log_lists/log_list_pubkey.pem";
    if let Some(absent) = files.iter().chain([&key]).find(|file| !folder.join(file).exists()) {
        return println!("skipped: the corpus has no {absent}");
    }
    let mut arguments: Vec<String> = files.map(path).to_vec();
    arguments.extend(["--key".into(), path(key), "--now".into(), "2025-01-03T00:00:00Z".into()]);
    let output = verify_scts(&arguments);
    let printed = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{printed}{}", stderr(&output));
    for shown in ["SCT 3: valid\n    log       DigiCert Nessie2025 Log\n", "Chrome: compliant\n"] {
        assert!(printed.contains(shown), "{shown} in {printed}");
    }
}

/// A certificate with SCTs, its issuer's, and a log list, in a folder.
struct Files(TempDir);

impl Files {
    /// One SCT of a log of each operator, and if wanted a bad one.
    fn write(operators: &[&str], bad: bool) -> Self {
        let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("CA"), 1_700_000_000, 1_900_000_000);
        let logs: Vec<TestLog> = (0..2).map(|n| TestLog::new(1, &format!("{n}.log.example"))).collect();
        let issued_ms = 1_779_408_000_000;
        let leaf = CertificateBuilder::leaf(Key::new(1, "leaf").spki_der()).dns("www.example");
        let leaf = leaf.validity(1_779_408_000, 1_779_408_000 + 90 * 86_400 - 1);
        let issued = leaf.issue(&ca, |entry| {
            let other = SignedEntry::X509(vec![0]);
            let bad = bad.then(|| logs[0].sign_sct(&other, issued_ms, &[]));
            operators.iter().zip(&logs).map(|(_, log)| log.sign_sct(entry, issued_ms, &[])).chain(bad).collect()
        });
        let listed = operators.iter().zip(&logs);
        let listed = listed.map(|(operator, log)| ListedLog { tiled: false, ..ListedLog::usable(log, operator, 0) });
        let list = chrome_log_list("1.0", 1_780_185_600, &listed.collect::<Vec<_>>());

        let certificate = if operators.is_empty() { leaf.certificate(&ca) } else { issued.certificate };
        let files = Self(tempfile::tempdir().unwrap());
        let write = |name: &str, octets: &[u8]| fs::write(files.0.path().join(name), octets).unwrap();
        write("leaf.der", &certificate);
        write("leaf.pem", pem::encode(&pem::Pem::new("CERTIFICATE", certificate.clone())).as_bytes());
        write("ca.der", ca.certificate());
        write("logs.json", list.as_bytes());
        files
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn verify_scts(&self, certificate: &str, options: &[&str]) -> Output {
        let files = [certificate, "ca.der", "logs.json"].map(|name| self.path(name));
        verify_scts(&files.into_iter().chain(options.iter().map(|option| (*option).to_owned())).collect::<Vec<_>>())
    }
}

fn verify_scts(arguments: &[String]) -> Output {
    run("verify_scts", arguments)
}

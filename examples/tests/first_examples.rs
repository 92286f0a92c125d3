//! The small examples as a newcomer runs them.

mod support;

use support::{run, stderr, stdout};

#[test]
fn prove_makes_a_proof_from_tiles_and_says_what_a_wrong_one_leads_to() {
    let output = run::<&str>("prove", &[]);
    let printed = stdout(&output);
    assert!(output.status.success(), "{printed}{}", stderr(&output));
    assert!(printed.contains("needs tile/0/004\n"), "{printed}");
    // 1234 of 2000 entries (RFC 9162 §2.1.3.1): eleven levels, none of them left out for this index.
    assert_eq!(printed.lines().filter(|line| line.starts_with("  ")).count(), 11, "{printed}");
    assert!(printed.contains("\nthe same at index 1235: the hashes lead to the root "), "{printed}");
    assert_eq!(run("prove", &["no-such-folder", "1", "00", "0"]).status.code(), Some(1));
}

#[test]
fn inspect_shows_everything_and_what_is_odd() {
    let output = run::<&str>("inspect", &[]);
    let printed = stdout(&output);
    assert!(output.status.success(), "{printed}{}", stderr(&output));
    for line in [
        "  serial    d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3\n",
        "  issuer    2.5.4.6=HR, 2.5.4.3=Example CA\n",
        "  validity  2025-01-01T00:00:00Z until 2025-03-31T23:59:59Z\n",
        "  name      DnsName test1.example\n",
        "  name      IpAddress \\x01\\x01\\x01\\x01\\x01\n",
        "  extension 1.3.6.1.4.1.11129.2.4.3 critical=true length=2\n",
        "  anomaly   negative serial number at offset 13\n",
        "  anomaly   serial number of more than 20 octets at offset 13\n",
    ] {
        assert!(printed.contains(line), "{line:?} is missing from\n{printed}");
    }
    assert_eq!(run("inspect", &["no-such-file"]).status.code(), Some(1));
}

#[test]
fn log_list_shows_states_and_operators_at_a_time_and_what_is_refused() {
    let output = run::<&str>("log_list", &[]);
    let printed = stdout(&output);
    assert!(output.status.success(), "{printed}{}", stderr(&output));
    for shown in [
        "version 1.0 of 2026-01-01T00:00:00.000Z, at 2026-06-01T00:00:00.000Z\n3 logs, 2 of them live, 1 refused\n",
        "\nOld\n  retired   test log old.example\n",
        // Two takes over in July.
        "\nOne\n  usable    test log one.example/2026h1\n    for notAfter from 2026-01-01T00:00:00.000Z to before",
        "  usable    test log two.example/2026h1\n",
        "\nrefused: Mimic 1: a mimic log",
    ] {
        assert!(printed.contains(shown), "{shown:?} is missing from\n{printed}");
    }
    assert!(!printed.contains("\nTwo\n"), "{printed}");
    assert_eq!(run("log_list", &["no-such-file"]).status.code(), Some(1));
}

#[test]
fn checkpoint_believes_a_signature_and_nothing_else() {
    let output = run::<&str>("checkpoint", &[]);
    let printed = stdout(&output);
    assert!(output.status.success(), "{printed}{}", stderr(&output));
    for shown in [
        "\nlog     demo.ct.example/2024-2026\nsize    700\nroot    ",
        "\nsigned  by demo.ct.example/2024-2026 at 2025-09-03T00:00:00.000Z\n",
        "\nwith a size of 701: signature of demo.ct.example/2024-2026: ",
    ] {
        assert!(printed.contains(shown), "{shown:?} is missing from\n{printed}");
    }

    let demo = ctlens_testkit::Demo::of_size(ctlens_testkit::Demo::SEED, 700);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("note"), demo.log().checkpoint(700, ctlens_testkit::Demo::NOW_MS)).unwrap();
    let key = demo.log().log().key().spki_der();
    std::fs::write(path("key.pem"), pem::encode(&pem::Pem::new("PUBLIC KEY", key))).unwrap();
    std::fs::write(path("other.der"), demo.owner_ca().key().spki_der()).unwrap();
    let output = run("checkpoint", &[path("note"), path("key.pem")]);
    assert!(stdout(&output).contains("\nsize    700\n"), "{}{}", stdout(&output), stderr(&output));
    for arguments in [vec![path("note"), path("other.der")], vec![path("note")], vec![path("key.pem"), path("key.pem")]]
    {
        let output = run("checkpoint", &arguments);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(1), ""), "{arguments:?}");
    }
}

#[test]
fn lint_says_which_rule_is_broken_and_where() {
    let output = run::<&str>("lint", &[]);
    let printed = stdout(&output);
    assert!(output.status.success(), "{printed}{}", stderr(&output));
    for said in [
        // BR 6.3.2: at most 398 days for what begins before 2026-03-15.
        "error validity.max_398d",
        // BR 4.2.2: RFC 1918.
        "error san.ip_reserved",
        "subjectAltName[1].iPAddress",
    ] {
        assert!(printed.contains(said), "{said:?} is missing from\n{printed}");
    }
}

#[test]
fn pre_issuance_leaves_with_a_code_and_a_reason() {
    let output = run::<&str>("pre_issuance", &[]);
    let printed = stdout(&output);
    assert!(output.status.success(), "{printed}{}", stderr(&output));
    for said in [
        "a certificate for www.customer.hr\n  allowed\n",
        "a certificate for test1.hr and 1.1.1.1\n  refused\n",
        " issuance.beyond_limit at subjectAltName[1].iPAddress",
        " issuance.test_in_production at ",
    ] {
        assert!(printed.contains(said), "{said:?} is missing from\n{printed}");
    }

    let ca = ctlens_testkit::Ca::root(
        ctlens_testkit::Key::new(1, "CA"),
        &ctlens_testkit::Name::new().country("HR").common_name("Example CA"),
        0,
        4_000_000_000,
    );
    let leaf = ctlens_testkit::CertificateBuilder::leaf(ctlens_testkit::Key::new(2, "leaf").spki_der())
        .validity(1_770_000_000, 1_770_000_000 + 90 * 86_400 - 1);
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("policy.toml"), include_str!("../pre_issuance.toml")).unwrap();
    std::fs::write(path("customer.tbs"), leaf.clone().dns("www.customer.hr").precert_tbs(&ca)).unwrap();
    std::fs::write(path("customer.der"), leaf.clone().dns("www.customer.hr").certificate(&ca)).unwrap();
    std::fs::write(path("test.tbs"), leaf.dns("test1.hr").precert_tbs(&ca)).unwrap();
    let key = ctlens_policy::Sha256Hash(ca.key().spki_sha256()).to_string();
    for (request, environment, code, said) in [
        ("customer.tbs", None, 0, "  allowed\n"),
        ("customer.der", None, 0, "  allowed\n"),
        ("test.tbs", None, 1, "  refused\n"),
        // The issuer is for production.
        ("customer.tbs", Some("test"), 1, "  refused\n"),
        // Nothing but `test` is a word, lest a mistake be taken for production.
        ("customer.tbs", Some("tset"), 3, ""),
        ("no-such-file", None, 3, ""),
        ("policy.toml", None, 3, ""),
    ] {
        let mut arguments = vec![path("policy.toml"), key.clone(), path(request)];
        arguments.extend(environment.map(str::to_owned));
        let output = run("pre_issuance", &arguments);
        let printed = stdout(&output);
        assert_eq!(output.status.code(), Some(code), "{request} {environment:?}: {printed}{}", stderr(&output));
        assert!(printed.starts_with(said), "{request}: {printed}");
        assert_eq!(printed.is_empty(), said.is_empty(), "{request}: {printed}");
    }
    // Nobody says whether a key that the policy does not list is for tests.
    let output = run("pre_issuance", &[path("policy.toml"), "09".repeat(32), path("customer.tbs"), "test".into()]);
    let printed = stdout(&output);
    assert_eq!(output.status.code(), Some(2), "{printed}{}", stderr(&output));
    assert!(printed.starts_with("  nobody can tell\n"), "{printed}");
    for arguments in [vec![path("policy.toml"), "22".into(), path("customer.tbs")], vec![path("policy.toml"), key]] {
        let output = run("pre_issuance", &arguments);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(3), ""), "{arguments:?}");
    }
}

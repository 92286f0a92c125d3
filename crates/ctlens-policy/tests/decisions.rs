//! The decision table: forbid by default, permit by grant, say why.

mod support;

use ctlens_lint::Level;
use ctlens_policy::{Cause, Finding, IssuerAttribution, Policy, Verdict};
use ctlens_testkit::CertificateBuilder;
use ctlens_testkit::der::unix_seconds;
use ctlens_testkit::{Ca, Name};
use ctlens_x509::Certificate;
use std::collections::BTreeSet;
use support::*;

/// The only finding.
fn only(verdict: Verdict) -> Finding {
    match verdict {
        Verdict::Findings { mut findings, left_out: 0 } if findings.len() == 1 => findings.remove(0),
        other => panic!("{other:#?}"),
    }
}

#[test]
fn who_issued() {
    let policy = policy();
    let builder = leaf().ip([1, 1, 1, 1]);
    let ours = key_of(&our_ca());
    let other = key_of(&impostor_ca());
    for (issuer, cause, level) in [
        (IssuerAttribution::LeafBound { key_sha256: ours }, None, None),
        (IssuerAttribution::Folded { key_sha256: ours }, None, None),
        (IssuerAttribution::SignatureChecked { key_sha256: ours }, None, None),
        (IssuerAttribution::Claimed { key_sha256: ours }, Some(Cause::IssuerUnproven), Some(Level::Error)),
        (IssuerAttribution::Claimed { key_sha256: other }, Some(Cause::IssuerUnproven), Some(Level::Error)),
        (IssuerAttribution::Unknown, Some(Cause::IssuerUnproven), Some(Level::Error)),
        (IssuerAttribution::LeafBound { key_sha256: other }, Some(Cause::WrongIssuer), Some(Level::Critical)),
        (IssuerAttribution::SignatureChecked { key_sha256: other }, Some(Cause::WrongIssuer), Some(Level::Critical)),
    ] {
        let verdict = evaluate(&policy, &builder, &our_ca(), &issuer);
        match cause {
            None => assert_eq!(verdict, Verdict::Expected { grants: vec!["resolver-2026".into()] }, "{issuer}"),
            Some(cause) => {
                let finding = only(verdict);
                assert_eq!((finding.cause, Some(finding.level)), (cause, level), "{issuer}");
                assert_eq!(finding.decided_by, ["default-deny", "resolver-2026"]);
            }
        }
    }
}

#[test]
fn the_window_is_about_the_first_second_of_the_certificate() {
    let policy = policy();
    let (begins, ends) = (unix_seconds(2026, 1, 1, 0, 0, 0), unix_seconds(2027, 1, 1, 0, 0, 0));
    for (not_before, cause) in [
        (begins - 1, Some(Cause::ConsentNotYet)),
        (begins, None),
        (ends, None),
        (ends + 1, Some(Cause::ConsentExpired)),
    ] {
        let verdict = evaluate_ours(&policy, &leaf().dns("a.one.example").validity(not_before, not_before + DAY - 1));
        assert_eq!(verdict.findings().next().map(|finding| finding.cause), cause);
    }
}

#[test]
fn every_identifier_counts() {
    let policy = policy();
    let expected = |names: CertificateBuilder| matches!(evaluate_ours(&policy, &names), Verdict::Expected { .. });
    assert!(expected(leaf().dns("one.example").dns("*.a.one.example").ip([1, 0, 0, 7])));
    // Names of nobody change nothing.
    assert!(expected(leaf().dns("one.example").dns("www.elsewhere.example").ip([9, 9, 9, 9])));
    // One asset without a grant, and the whole certificate is not expected.
    let mixed = evaluate_ours(&policy, &leaf().dns("one.example").dns("www.bare.example"));
    let finding = only(mixed);
    assert_eq!((finding.cause, finding.asset.as_deref()), (Cause::NoConsent, Some("bare")));
    assert_eq!(finding.decided_by, ["default-deny"]);
}

#[test]
fn a_label_that_cannot_be_read_decides_nothing_and_is_not_quiet() {
    let policy = policy();
    for name in ["not readable.example", "?.example", "\u{1}.example"] {
        for issuer in [our_ca(), impostor_ca()] {
            let key_sha256 = key_of(&issuer);
            let verdict = evaluate(&policy, &leaf().dns(name), &issuer, &IssuerAttribution::LeafBound { key_sha256 });
            let Verdict::Undecidable { why, .. } = verdict else { panic!("{name}: {verdict:#?}") };
            assert!(why.iter().any(|finding| finding.cause == Cause::Unparsable), "{name}: {why:#?}");
        }
    }
}

#[test]
fn what_belongs_to_nobody() {
    let policy = policy();
    for names in [
        leaf(),
        leaf().dns("www.elsewhere.example").ip([9, 9, 9, 9]),
        leaf().dns("one.example.elsewhere.example").dns("xone.example").ip([1, 1, 1, 2]),
        // Nothing about somebody else's certificate is our business.
        leaf().dns("www.elsewhere.example").ip([10, 0, 0, 1]).serial(&[0]),
    ] {
        let der = names.certificate(&our_ca());
        let certificate = Certificate::from_der(&der).unwrap();
        assert_eq!(policy.evaluate(certificate.tbs(), &IssuerAttribution::Unknown), Verdict::Unowned);
        assert!(!policy.concerns(certificate.tbs()));
    }
}

/// All the forms in which an address can be in a certificate reach the same asset.
#[test]
fn one_asset_many_forms() {
    let policy = policy();
    let cn = |text: &str| leaf().subject(&Name::new().common_name(text));
    let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 1, 1, 1];
    for (builder, text, relation, reading, location) in [
        (leaf().ip([1, 1, 1, 1]), "1.1.1.1", "exact or prefix", "standard", "subjectAltName[0].iPAddress"),
        (
            leaf().dns("a.example").ip(mapped),
            "::ffff:1.1.1.1",
            "prefix",
            "mapped_address",
            "subjectAltName[1].iPAddress",
        ),
        (leaf().dns("1.1.1.1"), "1.1.1.1", "prefix", "textual_address", "subjectAltName[0].dNSName"),
        (cn("1.1.1.1").dns("a.example"), "1.1.1.1", "prefix", "textual_address", "subject.commonName[0]"),
        (
            leaf().dns("1.1.1.1.in-addr.arpa"),
            "1.1.1.1.in-addr.arpa",
            "prefix",
            "reverse_name",
            "subjectAltName[0].dNSName",
        ),
        (
            leaf().dns("WWW.single.example."),
            "WWW.single.example.",
            "exact",
            "trailing_dot",
            "subjectAltName[0].dNSName",
        ),
        (leaf().dns("*.single.example"), "*.single.example", "wildcard", "standard", "subjectAltName[0].dNSName"),
        (
            leaf().dns("www.single.example\0.elsewhere.example"),
            r"www.single.example\x00.elsewhere.example",
            "exact",
            "nul_prefix",
            "subjectAltName[0].dNSName",
        ),
        (
            leaf().ip([0x26, 0x06, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0x11]),
            "2606:4700::1111",
            "prefix",
            "standard",
            "subjectAltName[0].iPAddress",
        ),
    ] {
        let verdict = evaluate(
            &policy,
            &builder,
            &impostor_ca(),
            &IssuerAttribution::LeafBound { key_sha256: key_of(&impostor_ca()) },
        );
        let owned: Vec<_> = verdict.findings().filter(|finding| finding.asset.as_deref() == Some("resolver")).collect();
        let [finding] = owned[..] else { panic!("{text}: {verdict:#?}") };
        let identifier = finding.identifier.as_ref().unwrap();
        assert_eq!((identifier.text.as_str(), identifier.reading.as_str()), (text, reading));
        assert!(
            relation.split(" or ").any(|relation| relation == identifier.relation),
            "{text}: {}",
            identifier.relation
        );
        assert_eq!(finding.location.part.to_string(), location, "{text}");
        assert_eq!((finding.cause, finding.level), (Cause::WrongIssuer, Level::Critical), "{text}");
        // Which octets, exactly.
        let octets = finding.location.octets.unwrap();
        let der = builder.certificate(&impostor_ca());
        let certificate = Certificate::from_der(&der).unwrap();
        let there = &certificate.tbs().as_bytes()[octets.offset..][..octets.length];
        let hex: String = there.iter().map(|octet| format!("{octet:02x}")).collect();
        assert_eq!((&identifier.octets, identifier.length), (&hex, octets.length), "{text}");
    }
}

#[test]
fn a_common_name_that_repeats_a_name_is_no_second_finding() {
    let builder = leaf().subject(&Name::new().common_name("A.one.example")).dns("a.one.example").ip([1, 1, 1, 1]);
    let verdict = evaluate(&policy(), &builder, &our_ca(), &IssuerAttribution::Unknown);
    assert_eq!(
        concerns(&verdict),
        [("resolver".into(), "1.1.1.1".into()), ("resolver".into(), "a.one.example".into())]
    );
    let name = verdict.findings().find(|finding| finding.identifier.as_ref().unwrap().text == "a.one.example").unwrap();
    assert_eq!(name.location.part.to_string(), "subjectAltName[0].dNSName");
    assert_eq!(name.also_at.len(), 1);
    assert_eq!(name.also_at[0].part.to_string(), "subject.commonName[0]");
}

/// Consent for an asset is consent for what lies in it.
#[test]
fn how_far_a_grant_reaches() {
    let narrow = policy();
    let wide = compile(&policy_text().replace("reason =", "wildcards_above = true\nreason ="));
    for (names, in_narrow, in_wide) in [
        (leaf().dns("www.single.example"), None, None),
        (leaf().dns("*.one.example"), None, None),
        (leaf().dns("*.a.one.example"), None, None),
        (leaf().dns("*.single.example"), Some(Cause::BeyondGrant), None),
        (leaf().dns("*.example"), Some(Cause::BeyondGrant), Some(Cause::BeyondGrant)),
        (leaf().dns("w*.single.example"), Some(Cause::BeyondGrant), Some(Cause::BeyondGrant)),
        (leaf().dns("*.*.one.example"), None, None),
        (leaf().dns("www.single.example\0.evil.example"), Some(Cause::BeyondGrant), Some(Cause::BeyondGrant)),
    ] {
        for (policy, cause) in [(&narrow, in_narrow), (&wide, in_wide)] {
            let verdict = evaluate_ours(policy, &names);
            let owned = verdict.findings().find(|finding| finding.asset.as_deref() == Some("resolver"));
            assert_eq!(owned.map(|finding| finding.cause), cause, "{verdict:#?}");
        }
    }
}

/// What else than a name can be taken for one, and what else than an address for one.
#[test]
fn how_far_a_grant_over_an_address_or_a_name_reaches() {
    let text = policy_text();
    let with_zone = compile(&text.replace("dns = [\".one", "dns = [\".0.0.1.in-addr.arpa\", \".one"));
    let policy = compile(&text);
    let cn = |name: &str| leaf().subject(&Name::new().common_name(name));
    let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 0, 0, 7];
    let v6 = [0x26, 6, 0x47, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    for (builder, is_reached) in [
        // The text of one address is that address, wherever it stands.
        (leaf().ip([1, 0, 0, 7]), true),
        (leaf().ip(mapped), true),
        (cn("1.0.0.7").ip([1, 0, 0, 7]), true),
        (cn("2606:4700::1").ip(v6), true),
        (cn("1.0.0.7"), true),
        (leaf().dns("1.0.0.7"), true),
        // Nothing else is: it is read in many ways.
        (leaf().dns("1.0.0.0/24"), false),
        (leaf().dns("1.0.0.7/32"), false),
        (leaf().dns("1.7"), false),
        (leaf().dns("0x1000007"), false),
        (leaf().dns("https://1.0.0.7"), false),
        (leaf().dns("1.0.0.*"), false),
        // Names about addresses are names.
        (leaf().dns("0.0.1.in-addr.arpa"), false),
        (leaf().dns("7.0.0.1.in-addr.arpa"), false),
        (leaf().dns("*.0.0.1.in-addr.arpa"), false),
        (cn("7.0.0.1.in-addr.arpa"), false),
        // What begins with a dot may stand for all that ends so.
        (leaf().dns("www.single.example"), true),
        (leaf().dns(".www.single.example"), false),
        (leaf().dns("..www.single.example"), false),
        (cn(" .www.single.example"), false),
        (leaf().dns("https://.www.single.example/"), false),
        (leaf().dns(".one.example"), true),
        (leaf().dns(".a.one.example"), true),
    ] {
        let verdict = evaluate_ours(&policy, &builder);
        let beyond = verdict.findings().filter(|finding| finding.cause == Cause::BeyondGrant).count();
        assert_eq!(beyond, usize::from(!is_reached), "{:?}: {verdict:#?}", builder.precert_tbs(&our_ca()));
    }
    // Whoever has the zone says so.
    for name in ["0.0.1.in-addr.arpa", "7.0.0.1.in-addr.arpa", "*.0.0.1.in-addr.arpa"] {
        assert!(evaluate_ours(&with_zone, &leaf().dns(name)).is_quiet(), "{name}");
    }
}

/// A value of several words is no more permitted than the widest of them.
#[test]
fn the_widest_reading_counts() {
    let text =
        policy_text().replace("\"www.single.example\"", "\"www.single.example\", \".a.one.example\", \"example.com\"");
    let policy = compile(&text.replace("reason =", "wildcards_above = true\nreason ="));
    for (name, cause) in [
        ("*.com", Some(Cause::BeyondGrant)),
        ("*.com example.com", Some(Cause::BeyondGrant)),
        ("example.com *.com", Some(Cause::BeyondGrant)),
        ("*.com .one.example", Some(Cause::BeyondGrant)),
        ("*.example .one.example", Some(Cause::BeyondGrant)),
        // Inside one item and above another: one pattern.
        ("*.one.example", None),
        ("*.one.example.", None),
        ("example.com", None),
    ] {
        let subject = leaf().subject(&Name::new().common_name(name)).dns("www.single.example");
        let verdict = evaluate_ours(&policy, &subject);
        let found = verdict.findings().find(|finding| finding.asset.as_deref() == Some("resolver"));
        assert_eq!(found.map(|finding| finding.cause), cause, "{name}: {verdict:#?}");
    }
}

/// The grant that is missing is ready to be added, and then it is there.
#[test]
fn the_missing_grant_permits() {
    let key_sha256 = key_of(&impostor_ca());
    let text = policy_text();
    for (names, issuer) in [
        (leaf().dns("a.one.example").ip([1, 1, 1, 1]), IssuerAttribution::LeafBound { key_sha256 }),
        (leaf().dns("bare.example"), IssuerAttribution::SignatureChecked { key_sha256 }),
        (leaf().dns("bare.example"), IssuerAttribution::LeafBound { key_sha256: key_of(&our_ca()) }),
        (leaf().dns("*.single.example"), IssuerAttribution::LeafBound { key_sha256 }),
        (leaf().dns("one.example").validity(0, 86_399), IssuerAttribution::LeafBound { key_sha256: key_of(&our_ca()) }),
        (leaf().dns("one.example").validity(5_000_000_000, 0), IssuerAttribution::LeafBound { key_sha256 }),
    ] {
        let first = evaluate(&compile(&text), &names, &our_ca(), &issuer);
        let finding = first.findings().find(|finding| finding.missing_grant.is_some()).unwrap();
        assert_eq!(finding.missing_issuer.is_some(), issuer.key() == Some(key_sha256));
        let extended = pasted(&text, [finding]);
        let after = evaluate(&compile(&extended), &names, &our_ca(), &issuer);
        assert!(matches!(after, Verdict::Expected { .. }), "{extended}\n{after:#?}");
    }
    // Twice for the same asset and key: the ids do not collide.
    let one = only(evaluate(
        &compile(&text),
        &leaf().dns("bare.example"),
        &our_ca(),
        &IssuerAttribution::LeafBound { key_sha256 },
    ));
    let extended = pasted(&text, [&one]);
    let later = unix_seconds(2030, 1, 1, 0, 0, 0);
    let two = leaf().dns("bare.example").validity(later, later + DAY - 1);
    let two = only(evaluate(&compile(&extended), &two, &our_ca(), &IssuerAttribution::LeafBound { key_sha256 }));
    assert_eq!(two.cause, Cause::ConsentExpired);
    // Now the configuration has the issuer.
    assert_eq!(two.missing_issuer, None);
    let _ = compile(&pasted(&extended, [&two]));
}

/// A configuration with all that the findings lack, each text once.
fn pasted<'f>(text: &str, findings: impl IntoIterator<Item = &'f Finding>) -> String {
    let drafts = findings.into_iter().flat_map(|finding| [&finding.missing_grant, &finding.missing_issuer]);
    let drafts: BTreeSet<&str> = drafts.filter_map(|draft| draft.as_deref()).collect();
    drafts.iter().fold(text.to_owned(), |text, draft| format!("{text}\n{}", signed(draft)))
}

/// Two issuers that the configuration does not have, two assets, two days and two seconds of one of them.
#[test]
fn missing_grants_can_be_added_together() {
    // With ids that are the same in the part that a grant's id shows.
    let long = |n: u8| format!("{}{n}", "a".repeat(63));
    let assets: String = [1, 2]
        .map(|n| format!("[[asset]]\nid = \"{}\"\nowner = \"me\"\ndns = [\"www.a{n}.example.com\"]\n", long(n)))
        .concat();
    let text = format!("version = 1\n[[owner]]\nid = \"me\"\n{assets}");
    let days =
        [unix_seconds(2026, 1, 1, 0, 0, 0), unix_seconds(2026, 1, 1, 0, 0, 1), unix_seconds(2026, 1, 2, 0, 0, 0)];
    let names = [&["www.a1.example.com", "www.a2.example.com"][..], &["www.a1.example.com"], &["*.a1.example.com"]];
    let mut certificates = Vec::new();
    for ca in [our_ca(), impostor_ca()] {
        for from in days {
            for names in names {
                let builder = leaf().validity(from, from + 30 * DAY - 1);
                let builder = names.iter().fold(builder, |builder, name| builder.dns(*name));
                certificates.push((builder, IssuerAttribution::LeafBound { key_sha256: key_of(&ca) }));
            }
        }
    }
    let verdicts = |policy: &Policy| -> Vec<Verdict> {
        certificates.iter().map(|(builder, issuer)| evaluate(policy, builder, &our_ca(), issuer)).collect()
    };
    let before = verdicts(&compile(&text));
    let extended = pasted(&text, before.iter().flat_map(Verdict::findings));
    // Of each issuer and second: www.a1, www.a2, *.a1.
    assert_eq!((extended.matches("[[issuer]]").count(), extended.matches("[[grant]]").count()), (2, 2 * 3 * 3));
    let after = verdicts(&compile(&extended));
    assert!(after.iter().all(Verdict::is_quiet), "{extended}\n{after:#?}");
    // And nothing but what was seen.
    let policy = compile(&extended);
    let later = leaf().validity(days[2] + 1, days[2] + DAY).dns("www.a1.example.com");
    assert_eq!(only(evaluate_ours(&policy, &later)).cause, Cause::ConsentExpired);
}

#[test]
fn no_grant_is_offered_where_none_can_permit() {
    let policy = policy();
    let key_sha256 = key_of(&impostor_ca());
    for (names, issuer) in [
        (leaf().dns("one.example"), IssuerAttribution::Claimed { key_sha256 }),
        (leaf().dns("bare.example"), IssuerAttribution::Unknown),
        (leaf().dns("*.example"), IssuerAttribution::LeafBound { key_sha256 }),
        (leaf().ip([1, 1, 1, 1, 0]), IssuerAttribution::LeafBound { key_sha256 }),
    ] {
        let verdict = evaluate(&policy, &names, &our_ca(), &issuer);
        assert!(verdict.findings().count() > 0);
        for finding in verdict.findings() {
            assert_eq!((&finding.missing_grant, &finding.missing_issuer), (&None, &None), "{finding:#?}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_never_quiet() {
    let policy = policy();
    let torn = leaf().extension("2.5.29.17", false, &[0x30, 0x09, 0x82, 0x20, b'a']);
    let timeless = leaf().dns("one.example").validity_der(vec![0x30, 0]);
    for (names, reason) in [
        (leaf().ip([1, 1, 1, 1, 0]), "iPAddress of 5 octets, which is no address (0101010100)"),
        (leaf().dns("one.example").ip([1, 1, 1]), "iPAddress of 3 octets, which is no address (010101)"),
        (leaf().ip([1, 1, 1, 1, 255, 255, 255, 255]), "iPAddress of 8 octets, which is no address (01010101ffffffff)"),
        (leaf().ip(b"1.1.1.1"), "iPAddress of 7 octets, which is no address (312e312e312e31)"),
        (torn, "cannot be decoded"),
        (timeless, "its validity cannot be read, so that no grant can be applied"),
    ] {
        let verdict = evaluate_ours(&policy, &names);
        assert!(!verdict.is_quiet());
        let Verdict::Undecidable { why, .. } = &verdict else { panic!("{reason}: {verdict:#?}") };
        assert!(why[0].explanation.contains(reason), "{}", why[0].explanation);
        assert_eq!((why[0].rule.as_str(), why[0].cause), ("ownership.undecidable", Cause::Unparsable));
        let der = names.certificate(&our_ca());
        assert!(policy.concerns(Certificate::from_der(&der).unwrap().tbs()));
    }
}

/// A rule that cannot be applied is no rule that is kept: the certificate is not expected, although all of it is granted.
#[test]
fn a_rule_that_cannot_be_decided_is_never_quiet() {
    let policy = policy();
    let timeless = leaf().dns("www.bare.example").validity_der(vec![0x30, 0]);
    let verdict = evaluate_ours(&policy, &timeless);
    let Verdict::Undecidable { why, findings, left_out: 0 } = &verdict else { panic!("{verdict:#?}") };
    assert_eq!(findings.iter().map(|finding| finding.rule.as_str()).collect::<Vec<_>>(), ["ownership.no_grant"]);
    let undecided: Vec<&str> = why.iter().map(|finding| finding.rule.as_str()).collect();
    // How long it is valid cannot be told, and neither which rules were in force when it was issued.
    assert!(["validity.max_200d", "serial.length"].iter().all(|rule| undecided.contains(rule)), "{undecided:?}");
    for finding in why {
        let said = "whether the certificate keeps this rule cannot be decided: ";
        assert!(finding.explanation.starts_with(said), "{}", finding.explanation);
        assert_eq!((finding.cause, &finding.decided_by), (Cause::Unparsable, &vec![finding.rule.to_string()]));
        assert!(finding.level >= Level::Error);
        assert_eq!((&finding.asset, &finding.missing_grant), (&None, &None));
        assert_eq!(finding.location.part.to_string(), "tbsCertificate");
    }
    let ids: BTreeSet<_> = verdict.findings().map(|finding| finding.id).collect();
    assert_eq!(ids.len(), verdict.findings().count());
}

/// A certificate that concerns an asset and breaks the rules will have to be revoked: its owner wants to know.
#[test]
fn rules_for_all_certificates() {
    let policy = policy();
    let from = unix_seconds(2026, 4, 1, 0, 0, 0);
    let days = |seconds: i64| leaf().dns("one.example").validity(from, from + seconds - 1);
    assert!(evaluate_ours(&policy, &days(200 * DAY)).is_quiet());
    let finding = only(evaluate_ours(&policy, &days(200 * DAY + 1)));
    assert_eq!((finding.rule.as_str(), finding.cause), ("validity.max_200d", Cause::ProfileViolation));
    assert_eq!((finding.asset, finding.identifier), (None, None));

    let many = (0..30_u8).fold(leaf().dns("one.example"), |builder, last| builder.ip([10, 0, 0, last]));
    let verdict = evaluate_ours(&policy, &many);
    assert_eq!(verdict.findings().count(), 16);
    assert!(verdict.findings().last().unwrap().explanation.ends_with(", and 14 more like it"));
}

/// No certificate can make the output as long as it likes, and what is left out is counted and makes nobody quiet.
#[test]
fn the_output_is_bounded() {
    let assets: String = (0..5000)
        .map(|n| format!("[[asset]]\nid = \"a{n}\"\nowner = \"me\"\ndns = [\"host{n}.wide.example.com\"]\n"))
        .collect();
    let policy = Policy::compile(&format!("version = 1\n[[owner]]\nid = \"me\"\n{assets}"), "many").unwrap();
    let Verdict::Findings { findings, left_out } = evaluate_ours(&policy, &leaf().dns("*.wide.example.com")) else {
        panic!()
    };
    assert_eq!((findings.len(), findings.len() + left_out), (256, 5000));
    let repeated = (0..2000).fold(leaf(), |builder, n| builder.dns(format!("host{n}.wide.example.com")));
    let Verdict::Findings { findings, left_out } = evaluate_ours(&policy, &repeated) else { panic!() };
    assert_eq!((findings.len(), findings.len() + left_out), (256, 2000));
    // Granted or not: what was not looked at is not expected.
    let ids: Vec<String> = (0..5000).map(|n| format!("\"a{n}\"")).collect();
    let granted = format!(
        "version = 1\n[[owner]]\nid = \"me\"\n{assets}[[issuer]]\nid = \"ca\"\nspki_sha256 = [\"{}\"]\n[[grant]]\nid = \"g\"\n\
         assets = [{}]\nissuers = [\"ca\"]\nnot_before = 2026-01-01T00:00:00Z\nnot_after = 2027-01-01T00:00:00Z\n\
         approved_by = \"me\"\nreason = \"all\"\nwildcards_above = true\n",
        key_of(&our_ca()),
        ids.join(", ")
    );
    let policy = Policy::compile(&granted, "many").unwrap();
    let few = (0..200).fold(leaf(), |builder, n| builder.dns(format!("host{n}.wide.example.com")));
    assert!(evaluate_ours(&policy, &few).is_quiet());
    let verdict = evaluate_ours(&policy, &leaf().dns("*.wide.example.com"));
    let Verdict::Findings { findings, left_out } = verdict else { panic!() };
    assert_eq!(left_out, 5000 - 256);
    let [finding] = &findings[..] else { panic!("{findings:#?}") };
    assert_eq!((finding.rule.as_str(), finding.level), ("ownership.undecidable", Level::Error));
    assert_eq!(finding.cause, Cause::LeftOut);
}

#[test]
fn explanations_are_for_tired_people() {
    let policy = policy();
    let ours = IssuerAttribution::LeafBound { key_sha256: key_of(&our_ca()) };
    let theirs = IssuerAttribution::LeafBound { key_sha256: key_of(&impostor_ca()) };
    let short = key_of(&impostor_ca()).short();
    let late = unix_seconds(2027, 2, 1, 0, 0, 0);
    for (names, issuer, explanation) in [
        (
            leaf().dns("www.bare.example"),
            &theirs,
            "\"www.bare.example\" belongs to resolver-team (asset bare), and no grant lets anybody issue a certificate for it".to_owned(),
        ),
        (
            leaf().ip([1, 1, 1, 1]),
            &theirs,
            format!("1.1.1.1 belongs to resolver-team (asset resolver), and the key that issued ({short}…) has no grant"),
        ),
        (
            leaf().dns("1.1.1.1"),
            &theirs,
            format!("\"1.1.1.1\" can be taken for asset resolver of resolver-team, and the key that issued ({short}…) has no grant"),
        ),
        (
            leaf().dns("www.single.example\0.elsewhere.example"),
            &theirs,
            format!(r#""www.single.example\x00.elsewhere.example" can be taken for asset resolver of resolver-team, and the key that issued ({short}…) has no grant"#),
        ),
        (
            leaf().ip([1, 1, 1, 1]),
            &IssuerAttribution::Claimed { key_sha256: key_of(&impostor_ca()) },
            format!(
                "1.1.1.1 belongs to resolver-team (asset resolver), and who issued is not certain (key {short}… (claimed)), \
                 so that no grant can permit it"
            ),
        ),
        (
            leaf().dns("*.single.example"),
            &ours,
            "\"*.single.example\" can be taken for asset resolver of resolver-team, and the issuer's grant does not reach as far: \
             it stands for more than the asset, or for something else"
                .to_owned(),
        ),
        (
            leaf().dns("one.example").validity(late, late + DAY - 1),
            &ours,
            "\"one.example\" belongs to resolver-team (asset resolver), and the issuer's grant resolver-2026 ended at \
             2027-01-01T00:00:00Z, before the certificate begins (2027-02-01T00:00:00Z)"
                .to_owned(),
        ),
    ] {
        let finding = only(evaluate(&policy, &names, &our_ca(), issuer));
        assert_eq!(finding.explanation, explanation);
        assert_eq!(finding.contact.as_deref(), Some("mailto:pki@resolver.example"));
    }
}

#[test]
fn ids_are_stable_and_tell_findings_apart() {
    let policy = policy();
    let names = leaf().dns("one.example").dns("www.bare.example").ip([1, 1, 1, 1]);
    let ids = |builder: &CertificateBuilder, ca: &Ca| {
        let verdict = evaluate(&policy, builder, ca, &IssuerAttribution::Unknown);
        verdict.findings().map(|finding| finding.id).collect::<Vec<_>>()
    };
    let first = ids(&names, &our_ca());
    assert_eq!(first.len(), 3);
    assert!(first[0] != first[1] && first[1] != first[2] && first[0] != first[2]);
    assert_eq!(ids(&names, &our_ca()), first);
    let other = ids(&names.clone().serial(&[2]), &our_ca());
    assert!(first.iter().all(|id| !other.contains(id)));
    // A precertificate and its certificate have the same ids wherever poison and SCTs stand.
    let early =
        CertificateBuilder::bare(ctlens_testkit::Key::new(7, "leaf").spki_der()).transparency_here().dns("one.example");
    let precert = early.precertificate(&our_ca());
    let certificate = early.certificate_with_scts(&our_ca(), &[4, 2, 0, 0]);
    let [precert, certificate] = [precert, certificate].map(|der| {
        with_tbs(&der, |tbs| policy.evaluate(tbs, &IssuerAttribution::Unknown).findings().next().unwrap().id)
    });
    assert_eq!(precert, certificate);
}

#[test]
fn a_policy_can_be_shared() {
    fn shared<T: Send + Sync>() {}
    shared::<Policy>();
    shared::<ctlens_policy::Issuances>();
}

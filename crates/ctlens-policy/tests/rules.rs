//! Denials, limits, pins, environments, levels, suppressions and defaults.

mod support;

use ctlens_lint::{Level, Part};
use ctlens_policy::{
    Authorities, Cause, CompileOptions, Context, EntryKind, Environment, Finding, Issuances, IssuerAttribution, Policy,
    Sha256Hash, Verdict,
};
use ctlens_testkit::der::unix_seconds;
use ctlens_testkit::{CertificateBuilder, Key, Name};
use ctlens_x509::{Certificate, UnixSeconds};
use std::collections::BTreeSet;
use support::*;

fn with(more: &str) -> Policy {
    compile(&format!("{}\n{more}", policy_text()))
}

/// With something in the place of the grant's last line.
fn granted(more: &str) -> Policy {
    compile(&policy_text().replace("reason = \"CHG-1042\"", &format!("reason = \"CHG-1042\"\n{more}")))
}

fn by_impostor(policy: &Policy, builder: &CertificateBuilder) -> Verdict {
    evaluate(policy, builder, &impostor_ca(), &IssuerAttribution::LeafBound { key_sha256: key_of(&impostor_ca()) })
}

#[track_caller]
fn only(verdict: &Verdict) -> &Finding {
    let findings: Vec<_> = verdict.findings().collect();
    let [finding] = findings[..] else { panic!("{verdict:#?}") };
    finding
}

const EXPECTED: [&str; 1] = ["resolver-2026"];

fn is_expected(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Expected { grants } if grants == &EXPECTED)
}

#[test]
fn forbid_beats_permit() {
    let builder = leaf().dns("a.one.example");
    let ours = key_of(&our_ca());
    for (deny, issuer, expected) in [
        ("assets = [\"resolver\"]", IssuerAttribution::LeafBound { key_sha256: ours }, true),
        ("dns = [\"a.one.example\"]", IssuerAttribution::LeafBound { key_sha256: ours }, true),
        ("dns = [\".example\"]", IssuerAttribution::LeafBound { key_sha256: ours }, true),
        ("dns = [\"b.one.example\"]", IssuerAttribution::LeafBound { key_sha256: ours }, false),
        ("assets = [\"bare\"]", IssuerAttribution::LeafBound { key_sha256: ours }, false),
        ("assets = [\"resolver\"]\nissuers = [\"our-ca\"]", IssuerAttribution::LeafBound { key_sha256: ours }, true),
    ] {
        let policy = with(&format!("[[deny]]\nid = \"no\"\n{deny}\nreason = \"INC-7\""));
        let verdict = evaluate(&policy, &builder, &our_ca(), &issuer);
        assert_eq!(is_expected(&verdict), !expected, "{deny}: {verdict:#?}");
        if expected {
            let finding = only(&verdict);
            assert_eq!((finding.rule.as_str(), finding.cause), ("ownership.denied", Cause::Forbidden));
            assert_eq!((finding.level, &finding.missing_grant), (Level::Critical, &None));
            assert_eq!(finding.decided_by, ["no"]);
            assert!(finding.explanation.contains("no forbids it: INC-7"), "{}", finding.explanation);
        }
    }
}

/// A denial of one issuer lets only those pass that are certainly another.
#[test]
fn a_denial_of_one_issuer() {
    let text = format!(
        "[[issuer]]\nid = \"bad\"\nspki_sha256 = [\"{}\"]\n[[deny]]\nid = \"no\"\ndns = [\".nobody.example\"]\n\
         issuers = [\"bad\"]\nreason = \"INC-7\"",
        key_of(&impostor_ca())
    );
    let policy = with(&text);
    let builder = leaf().dns("www.nobody.example");
    let (ours, bad) = (key_of(&our_ca()), key_of(&impostor_ca()));
    for (issuer, is_denied) in [
        (IssuerAttribution::SignatureChecked { key_sha256: bad }, true),
        (IssuerAttribution::SignatureChecked { key_sha256: ours }, false),
        (IssuerAttribution::Claimed { key_sha256: ours }, true),
        (IssuerAttribution::Unknown, true),
    ] {
        let verdict = evaluate(&policy, &builder, &our_ca(), &issuer);
        if is_denied {
            let finding = only(&verdict);
            assert_eq!((finding.cause, finding.asset.as_deref()), (Cause::Forbidden, None));
            let is_unsure = finding.explanation.contains("not certain");
            assert_eq!(is_unsure, issuer.proven_key().is_none(), "{}", finding.explanation);
        } else {
            assert_eq!(verdict, Verdict::Unowned);
        }
        assert!(policy.concerns(Certificate::from_der(&builder.certificate(&our_ca())).unwrap().tbs()));
    }
}

#[test]
fn pinned_keys_and_certificates() {
    let builder = leaf().dns("a.one.example");
    let (key, other) = (Sha256Hash(Key::new(7, "leaf").spki_sha256()), Sha256Hash([3; 32]));
    let tbs = Sha256Hash(ctlens_testkit::tree::sha256(&builder.precert_tbs(&our_ca())));
    for (pins, refused) in [
        (format!("key_sha256 = [\"{other}\", \"{key}\"]"), None),
        (format!("key_sha256 = [\"{other}\"]"), Some("ownership.key_not_pinned")),
        (format!("tbs_sha256 = [\"{tbs}\"]"), None),
        (format!("tbs_sha256 = [\"{other}\"]"), Some("ownership.certificate_not_pinned")),
        (format!("key_sha256 = [\"{other}\"]\ntbs_sha256 = [\"{tbs}\"]"), Some("ownership.key_not_pinned")),
    ] {
        let verdict = evaluate_ours(&granted(&pins), &builder);
        match refused {
            None => assert!(is_expected(&verdict), "{pins}: {verdict:#?}"),
            Some(rule) => {
                let finding = only(&verdict);
                assert_eq!((finding.rule.as_str(), finding.cause), (rule, Cause::KeyNotPinned));
            }
        }
    }
}

#[test]
fn environments() {
    let builder = leaf().dns("a.one.example");
    for (issuer, grant, asked_for, is_permitted) in [
        ("", "", None, true),
        ("env = \"production\"", "", None, true),
        ("env = \"production\"", "env = \"production\"", None, true),
        ("env = \"production\"", "env = \"production\"", Some(Environment::Production), true),
        ("env = \"production\"", "env = \"production\"", Some(Environment::Test), false),
        ("env = \"production\"", "env = \"test\"", None, false),
        ("env = \"test\"", "env = \"production\"", None, false),
        // It may be anything.
        ("", "env = \"production\"", None, false),
    ] {
        let text = policy_text()
            .replace("reason = \"CHG-1042\"", &format!("reason = \"CHG-1042\"\n{grant}"))
            .replace("id = \"our-ca\"", &format!("id = \"our-ca\"\n{issuer}"));
        let policy = compile(&text);
        let ca = our_ca();
        let der = builder.certificate(&ca);
        let certificate = Certificate::from_der(&der).unwrap();
        let context = asked_for.map_or(Context::default(), |env| Context::default().requested_for(env));
        let issuer = IssuerAttribution::LeafBound { key_sha256: key_of(&ca) };
        let verdict = policy.evaluate_in(certificate.tbs(), &issuer, &context);
        assert_eq!(is_expected(&verdict), is_permitted, "{text}\n{verdict:#?}");
        if !is_permitted {
            // And, from an issuer for production, that `.example` is for documentation.
            let finding = verdict.findings().find(|finding| finding.asset.is_some()).unwrap();
            assert_eq!(
                (finding.rule.as_str(), finding.cause),
                ("ownership.wrong_environment", Cause::TestInProduction)
            );
        }
    }
}

/// What looks like a test is told beside another finding, and nowhere else.
#[test]
fn tests_from_an_issuer_for_production() {
    let text = policy_text();
    let key = key_of(&impostor_ca());
    let issuer = |env: &str| format!("[[issuer]]\nid = \"fina\"\n{env}\nspki_sha256 = [\"{key}\"]\n");
    let builder = leaf().ip([1, 1, 1, 1]).dns("test1.hr");
    for (env, is_told) in [("env = \"production\"", true), ("env = \"test\"", false), ("", false)] {
        let verdict = by_impostor(&compile(&format!("{text}\n{}", issuer(env))), &builder);
        assert_eq!(rules(&verdict).contains(&"issuance.test_in_production".to_owned()), is_told, "{env} {verdict:#?}");
    }
    let ours = compile(&text.replace("id = \"our-ca\"", "id = \"our-ca\"\nenv = \"production\""));
    assert!(is_expected(&evaluate_ours(&ours, &leaf().dns("test1.one.example"))));
}

#[test]
fn what_the_issuer_meant() {
    let text = format!("{}\n[[asset]]\nid = \"other\"\nowner = \"resolver-team\"\nip = [\"10.1.1.1\"]", policy_text());
    let policy = compile(&text);
    // It has a grant for 1.1.1.1.
    let verdict = evaluate_ours(&policy, &leaf().ip([10, 1, 1, 1]));
    let typo = verdict.findings().find(|finding| finding.asset.as_deref() == Some("other")).unwrap();
    assert_eq!((typo.rule.as_str(), typo.cause), ("ownership.no_grant", Cause::LikelyTypo));
    assert_eq!(typo.level, Level::Critical);
    assert!(typo.explanation.contains("1.1.1.1, which resolver-2026 lets it issue for"), "{}", typo.explanation);
    // Another has none, and can have meant nothing.
    let verdict = by_impostor(&policy, &leaf().ip([10, 1, 1, 1]));
    assert!(verdict.findings().all(|finding| finding.cause != Cause::LikelyTypo), "{verdict:#?}");
}

#[test]
fn names_of_others_raise_the_level() {
    let before = leaf().dns("a.one.example").validity(0, 30 * DAY - 1);
    for (builder, level, others) in [
        (before.clone(), Level::Error, &[][..]),
        (before.clone().dns("b.one.example"), Level::Error, &[]),
        (
            before.clone().dns("x.test1.hr").ip([9, 9, 9, 9]).dns("y.hr").dns("z.hr").dns("u.hr"),
            Level::Critical,
            &["x.test1.hr", "9.9.9.9", "y.hr"],
        ),
    ] {
        let verdict = evaluate_ours(&policy(), &builder);
        let finding = verdict.findings().find(|finding| finding.asset.is_some()).unwrap();
        assert_eq!((finding.cause, finding.level), (Cause::ConsentNotYet, level));
        assert_eq!(finding.beside, others);
        assert_eq!(finding.explanation.ends_with("; names that are in no asset stand beside it"), !others.is_empty());
        // A level that is given is not changed.
        let given = with("\"ownership.grant_not_yet\" = \"notice\"");
        let verdict = evaluate_ours(&given, &builder);
        let finding = verdict.findings().find(|finding| finding.asset.is_some()).unwrap();
        assert_eq!(finding.level, Level::Notice);
    }
    // One that stands in a common name only, and one beside more than is looked at.
    let cn = |name: &str| before.clone().subject(&Name::new().common_name(name));
    let many = |n: usize| (0..n).fold(before.clone(), |builder, n| builder.dns(format!("h{n}.one.example")));
    for (builder, others) in [
        (cn("ssltest5"), &["ssltest5"][..]),
        (cn("Test1.hr").dns("test1.hr"), &["test1.hr"]),
        (cn("A.one.example"), &[]),
        (cn("Financijska agencija"), &[]),
        (many(255).dns("evil.com"), &["evil.com"]),
        (many(256).dns("evil.com"), &["evil.com"]),
        (many(5000).dns("evil.com"), &["evil.com"]),
        (many(5000), &[]),
    ] {
        let verdict = evaluate_ours(&policy(), &builder);
        let finding = verdict.findings().find(|finding| finding.asset.is_some()).unwrap();
        assert_eq!(finding.beside, others);
        assert_eq!(finding.level, if others.is_empty() { Level::Error } else { Level::Critical });
    }
    // Where all is granted, others are nobody's business.
    assert!(is_expected(&evaluate_ours(&policy(), &leaf().dns("a.one.example").dns("y.hr"))));
}

#[test]
fn levels() {
    let builder = leaf().dns("www.bare.example");
    for (level, expected) in [
        ("notice", Some(Level::Notice)),
        ("warning", Some(Level::Warning)),
        ("error", Some(Level::Error)),
        ("critical", Some(Level::Critical)),
        ("allow", None),
    ] {
        let verdict = evaluate_ours(&with(&format!("\"ownership.no_grant\" = \"{level}\"")), &builder);
        match expected {
            Some(expected) => assert_eq!(only(&verdict).level, expected),
            // Nobody said that what is owned is allowed: a rule is off.
            None => assert_eq!(verdict, Verdict::Expected { grants: vec!["allowed-level:ownership.no_grant".into()] }),
        }
    }
    // A rule of a lower level is asked where the configuration gives it one, one of a higher is not where that is off.
    let odd = leaf().dns("a.one.example").subject(&Name::new().common_name("a.one.example")).serial(&[0]);
    let default = rules(&evaluate_ours(&policy(), &odd));
    assert!(default.contains(&"serial.positive".to_owned()), "{default:?}");
    let off = rules(&evaluate_ours(&with("\"serial.positive\" = \"allow\""), &odd));
    assert!(!off.contains(&"serial.positive".to_owned()), "{off:?}");
    let warned = evaluate_ours(&with("\"serial.positive\" = \"warning\""), &odd);
    let warned = warned.findings().find(|finding| finding.rule.as_str() == "serial.positive").unwrap();
    assert_eq!(warned.level, Level::Warning);
}

#[test]
fn defaults() {
    let ours = leaf().dns("www.bare.example");
    for (word, level) in [("deny", Some(Level::Critical)), ("warn", Some(Level::Warning)), ("allow", None)] {
        let by_default = with(&format!("[defaults]\nowned_without_grant = \"{word}\""));
        let by_asset = compile(
            &policy_text().replace("id = \"bare\"", &format!("id = \"bare\"\nowned_without_grant = \"{word}\"")),
        );
        for policy in [by_default, by_asset] {
            let verdict = evaluate_ours(&policy, &ours);
            assert_eq!(verdict.level(), level, "{verdict:#?}");
            assert_eq!(level.is_none(), verdict == Verdict::Expected { grants: vec!["default-allow".into()] });
        }
    }
    // What nobody can read may be any asset: the strictest counts.
    let unread = leaf().ip([1, 1, 1]);
    let level = |text: &str| evaluate_ours(&compile(text), &unread).level();
    let warn = format!("{}\n[defaults]\nmalformed_near_asset = \"warn\"", policy_text());
    assert_eq!(level(&policy_text()), Some(Level::Error));
    let verdict = evaluate_ours(&compile(&warn), &unread);
    let Verdict::Undecidable { why, .. } = &verdict else { panic!("{verdict:#?}") };
    assert!(
        why.iter()
            .filter(|finding| finding.rule.as_str() == "ownership.undecidable")
            .all(|finding| finding.level == Level::Warning),
        "{why:#?}"
    );
    assert!(!verdict.is_quiet());
    let one_denies = warn.replace("id = \"bare\"", "id = \"bare\"\nmalformed_near_asset = \"deny\"");
    assert_eq!(level(&one_denies), Some(Level::Error));
}

#[test]
fn suppressions() {
    let until = unix_seconds(2026, 6, 1, 0, 0, 0);
    let builder = leaf().dns("www.bare.example");
    let tbs = ctlens_testkit::tree::sha256(&builder.precert_tbs(&our_ca()));
    let (tbs, other) = (Sha256Hash(tbs), Sha256Hash([3; 32]));
    let evaluate_at = |policy: &Policy, now: Option<i64>| {
        let der = builder.certificate(&our_ca());
        let issuer = IssuerAttribution::LeafBound { key_sha256: key_of(&our_ca()) };
        let context = now.map_or(Context::default(), |now| Context::at(UnixSeconds(now)));
        policy.evaluate_in(Certificate::from_der(&der).unwrap().tbs(), &issuer, &context)
    };
    for (scope, rule, now, is_suppressed) in [
        ("asset = \"bare\"".to_owned(), "ownership.no_grant", Some(until), true),
        ("asset = \"bare\"".to_owned(), "ownership.no_grant", Some(until + 1), false),
        ("asset = \"bare\"".to_owned(), "ownership.no_grant", None, false),
        ("asset = \"bare\"".to_owned(), "ownership.wrong_issuer", Some(until), false),
        ("asset = \"resolver\"".to_owned(), "ownership.no_grant", Some(until), false),
        (format!("tbs_sha256 = \"{tbs}\""), "ownership.no_grant", Some(0), true),
        (format!("tbs_sha256 = \"{other}\""), "ownership.no_grant", Some(0), false),
        (format!("tbs_sha256 = \"{tbs}\"\nasset = \"bare\""), "ownership.no_grant", Some(0), true),
        (format!("tbs_sha256 = \"{tbs}\"\nasset = \"resolver\""), "ownership.no_grant", Some(0), false),
    ] {
        let policy = with(&format!(
            "[[suppress]]\nid = \"known\"\nrule = \"{rule}\"\n{scope}\nuntil = 2026-06-01T00:00:00Z\nby = \"bob\"\n\
             reason = \"INC-77\""
        ));
        let verdict = evaluate_at(&policy, now);
        let finding = only(&verdict);
        assert_eq!(finding.level, Level::Critical, "still there, and as bad");
        assert_eq!(finding.suppressed.is_some(), is_suppressed, "{scope} {rule} {now:?}");
        assert_eq!((verdict.is_quiet(), verdict.level().is_none()), (is_suppressed, is_suppressed));
        if let Some(suppressed) = &finding.suppressed {
            assert_eq!((suppressed.id.as_str(), suppressed.by.as_str()), ("known", "bob"));
            assert_eq!((suppressed.reason.as_str(), suppressed.until), ("INC-77", UnixSeconds(until)));
        }
        // Through a log and JSON.
        let mut issuances = Issuances::new();
        let issuer = IssuerAttribution::LeafBound { key_sha256: key_of(&our_ca()) };
        with_tbs(&builder.certificate(&our_ca()), |tbs| {
            issuances.observe(&policy, tbs, || seen("log", 1, EntryKind::Precertificate, issuer))
        });
        let context = now.map_or(Context::default(), |now| Context::at(UnixSeconds(now)));
        let issuance = issuances.settle_in(&policy, |_| context).next().unwrap();
        assert_eq!(issuance.verdict, verdict);
        round_trip(&issuance);
    }
}

/// What cannot be decided is never quiet, whoever signs for it.
#[test]
fn the_undecidable_is_not_suppressed_into_silence() {
    let builder = leaf().dns("?.example");
    let policy = with(
        "[[suppress]]\nid = \"known\"\nrule = \"ownership.undecidable\"\nasset = \"bare\"\n\
         until = 2026-06-01T00:00:00Z\nby = \"bob\"\nreason = \"INC-77\"",
    );
    let der = builder.certificate(&our_ca());
    let issuer = IssuerAttribution::LeafBound { key_sha256: key_of(&our_ca()) };
    let tbs = Certificate::from_der(&der).unwrap();
    let verdict = policy.evaluate_in(tbs.tbs(), &issuer, &Context::at(UnixSeconds(0)));
    assert!(matches!(verdict, Verdict::Undecidable { .. }) && !verdict.is_quiet(), "{verdict:#?}");
}

/// What is loud has a level, though all that is found be suppressed: whoever asks for levels would miss it otherwise.
#[test]
fn what_is_loud_has_a_level() {
    let builder = leaf().ip([1, 1, 1, 1, 1]);
    let tbs = Sha256Hash::of(&builder.precert_tbs(&our_ca()));
    let suppressed: String = ["ownership.undecidable", "san.ip_length"]
        .map(|rule| {
            format!(
                "[[suppress]]\nid = \"{rule}\"\nrule = \"{rule}\"\ntbs_sha256 = \"{tbs}\"\n\
                 until = 2027-01-01T00:00:00Z\nby = \"bob\"\nreason = \"r\"\n"
            )
        })
        .concat();
    let policy = with(&suppressed);
    let der = builder.certificate(&our_ca());
    let certificate = Certificate::from_der(&der).unwrap();
    let context = Context::at(UnixSeconds(1_770_000_000));
    let verdict = policy.evaluate_in(certificate.tbs(), &IssuerAttribution::Unknown, &context);
    assert!(verdict.findings().all(|finding| finding.suppressed.is_some()), "{verdict:#?}");
    assert_eq!((verdict.is_quiet(), verdict.level()), (false, Some(Level::Error)));
}

#[test]
fn limits_on_issuers() {
    let limited = |limit: &str| {
        with(&format!(
            "[[issuer]]\nid = \"fina\"\nspki_sha256 = [\"{}\"]\n[[limit]]\nid = \"only\"\nissuers = [\"fina\"]\n{limit}\n\
             reason = \"contract 7\"",
            key_of(&impostor_ca())
        ))
    };
    let below_hr = "dns = [\".hr\"]";
    let cn = |text: &str| leaf().subject(&Name::new().common_name(text));
    let wide_cn = |text: &str, tag, width: usize| {
        let octets: Vec<u8> = text.bytes().flat_map(|octet| [vec![0; width - 1], vec![octet]].concat()).collect();
        leaf().subject(&Name::new().attribute("2.5.4.3", tag, &octets))
    };
    for (limit, builder, beyond) in [
        (below_hr, leaf().dns("www.fina.hr").dns("*.fina.hr").dns("HR."), &[][..]),
        (below_hr, leaf().dns("www.fina.hr").ip([2, 2, 2, 2]), &["2.2.2.2"]),
        (below_hr, leaf().dns("www.fina.hrr"), &["www.fina.hrr"]),
        (below_hr, leaf().dns("*.com").dns("w*.fina.hr").dns("xhr"), &["*.com", "w*.fina.hr", "xhr"]),
        (below_hr, leaf().dns("2.2.2.2"), &["2.2.2.2"]),
        (below_hr, cn("ssltest5").dns("a.hr"), &["ssltest5"]),
        (below_hr, cn("Financijska agencija").dns("a.hr"), &[]),
        (below_hr, cn("B.COM").dns("b.com"), &["b.com"]),
        (below_hr, cn(" evil.com").dns("a.hr"), &["evil.com"]),
        (below_hr, cn("evil.com\0.hr").dns("a.hr"), &["evil.com\\x00.hr"]),
        (below_hr, wide_cn("evil.com", 0x1e, 2).dns("a.hr"), &["evil.com"]),
        (below_hr, wide_cn("evil.com", 0x1c, 4).dns("a.hr"), &["evil.com"]),
        (below_hr, wide_cn("www.fina.hr", 0x1e, 2).dns("a.hr"), &[]),
        ("dns = [\".hr\"]\naddresses = true", leaf().dns("a.hr").ip([2, 2, 2, 2]), &[]),
        ("addresses = false", leaf().dns("a.com").ip([2, 2, 2, 2]), &["2.2.2.2"]),
        ("addresses = false", leaf().dns("a.com").dns("2.2.2.2"), &["2.2.2.2"]),
        ("ip = [\"2.0.0.0/8\"]", leaf().ip([2, 2, 2, 2]).ip([3, 2, 2, 2]), &["3.2.2.2"]),
        ("ip = [\"2.0.0.0/8\"]", leaf().dns("a.com"), &["a.com"]),
    ] {
        let policy = limited(limit);
        let verdict = by_impostor(&policy, &builder);
        let found: Vec<&str> = verdict
            .findings()
            .filter(|finding| finding.rule.as_str() == "issuance.beyond_limit")
            .map(|finding| {
                assert_eq!((finding.cause, finding.level), (Cause::BeyondLimits, Level::Error));
                assert_eq!(finding.decided_by, ["only"]);
                finding.identifier.as_ref().unwrap().text.as_str()
            })
            .collect();
        assert_eq!(found, beyond, "{limit}");
        assert_eq!(verdict == Verdict::Unowned, beyond.is_empty(), "{limit}: {verdict:#?}");
        // Others are not limited, and nobody is blamed for a claim.
        let ours = key_of(&our_ca());
        let claimed = IssuerAttribution::Claimed { key_sha256: key_of(&impostor_ca()) };
        for issuer in [IssuerAttribution::LeafBound { key_sha256: ours }, claimed] {
            assert_eq!(evaluate(&policy, &builder, &our_ca(), &issuer), Verdict::Unowned);
        }
        // A monitor keeps what is beyond and nothing else.
        let issuer = IssuerAttribution::LeafBound { key_sha256: key_of(&impostor_ca()) };
        for (issuer, verified) in [(issuer, true), (issuer, false), (claimed, true)] {
            let mut issuances = Issuances::new();
            with_tbs(&builder.certificate(&impostor_ca()), |tbs| {
                let seen = seen("log", 1, EntryKind::Precertificate, issuer);
                issuances.observe(&policy, tbs, || ctlens_policy::Observation { verified, ..seen })
            });
            let is_certain = verified && issuer.proven_key().is_some();
            assert_eq!(issuances.is_empty(), beyond.is_empty() || !is_certain, "{limit}");
        }
    }
}

/// All common names are looked at; what goes beyond the output is counted, and what cannot be read is delivered.
#[test]
fn limits_and_common_names() {
    let limited = compile(&format!(
        "version = 1\n[[issuer]]\nid = \"fina\"\nspki_sha256 = [\"{}\"]\n[[limit]]\nid = \"only\"\nissuers = [\"fina\"]\n\
         dns = [\".hr\"]\nreason = \"contract 7\"",
        key_of(&impostor_ca())
    ));
    let with_names = |names: &mut dyn Iterator<Item = String>| {
        let subject = names.fold(Name::new(), |subject, name| subject.common_name(&name));
        by_impostor(&limited, &leaf().subject(&subject).dns("a.hr"))
    };
    let below = |count: usize| (0..count).map(|n| format!("x{n}.hr"));
    let verdict = with_names(&mut below(400).chain(["evil.com".to_owned()]));
    let findings: Vec<_> = verdict.findings().collect();
    assert_eq!(findings.len(), 1, "{verdict:#?}");
    assert_eq!(findings[0].location.part, Part::CommonName { index: 400 });
    for (count, more) in [(256, 0), (257, 1), (300, 44)] {
        let verdict = with_names(&mut (0..count).map(|n| format!("x{n}.com")));
        let Verdict::Findings { findings, left_out } = verdict else { panic!("{verdict:#?}") };
        assert_eq!((findings.len(), left_out), (256, more), "{count}");
        let verdict = with_names(&mut (0..count).map(|_| "x.com".to_owned()));
        let Verdict::Findings { findings, left_out } = verdict else { panic!("{verdict:#?}") };
        assert_eq!((findings.len(), left_out), (1, 0), "one name, many times");
    }
    // Of odd length, not UTF-8, and no string.
    for (tag, octets) in [(0x1e, &b"evil."[..]), (0x0c, b"evil\xff.com"), (0x04, b"evil.com")] {
        let subject = Name::new().attribute("2.5.4.3", tag, octets).common_name("evil.com");
        let verdict = by_impostor(&limited, &leaf().subject(&subject).dns("a.hr"));
        let Verdict::Undecidable { why, findings, .. } = &verdict else { panic!("{tag:02x}: {verdict:#?}") };
        assert!(why[0].explanation.contains("may be beyond a limit"), "{why:#?}");
        assert_eq!(findings[0].location.part, Part::CommonName { index: 1 });
    }
}

/// Of several that a finding falls under, the last to end counts, and of those the first id.
#[test]
fn of_many_suppressions_one_counts() {
    let der = leaf().dns("bare.example").certificate(&our_ca());
    let certificate = Certificate::from_der(&der).unwrap();
    let issuer = IssuerAttribution::LeafBound { key_sha256: key_of(&our_ca()) };
    let tbs = Sha256Hash(certificate.tbs().sha256());
    let (by_asset, by_tbs) = ("asset = \"bare\"\n".to_owned(), format!("tbs_sha256 = \"{tbs}\"\n"));
    let by_both = format!("{by_asset}{by_tbs}");
    let others = "asset = \"resolver\"\n".to_owned();
    let table = |(n, (scope, until)): (usize, (&String, i32))| {
        format!(
            "[[suppress]]\nid = \"s{n}\"\nrule = \"ownership.no_grant\"\n{scope}until = {until}-01-01T00:00:00Z\nby = \"b\"\n\
             reason = \"r\"\n"
        )
    };
    for (suppressions, chosen) in [
        (&[(&by_asset, 2027)][..], Some("s0")),
        (&[(&by_asset, 2025)], None),
        (&[(&others, 2027)], None),
        (&[(&by_asset, 2027), (&by_asset, 2028), (&by_asset, 2025)], Some("s1")),
        (&[(&by_asset, 2027), (&by_tbs, 2027), (&by_both, 2027)], Some("s0")),
        (&[(&by_asset, 2027), (&by_tbs, 2028), (&by_both, 2027)], Some("s1")),
        (&[(&by_asset, 2025), (&by_tbs, 2025), (&by_both, 2027)], Some("s2")),
        (&[(&others, 2029), (&by_tbs, 2027), (&by_tbs, 2027)], Some("s1")),
    ] {
        let tables: String = suppressions.iter().copied().enumerate().map(table).collect();
        let verdict = with(&tables).evaluate_in(certificate.tbs(), &issuer, &Context::at(UnixSeconds(1_770_000_000)));
        let finding = verdict.findings().find(|finding| finding.rule.as_str() == "ownership.no_grant").unwrap();
        assert_eq!(finding.suppressed.as_ref().map(|suppressed| suppressed.id.as_str()), chosen, "{tables}");
    }
}

#[test]
fn issuers_by_owner_and_by_certificate() {
    let ca = our_ca();
    let der = ca.certificate();
    let mut authorities = Authorities::new();
    authorities.add_key("Our Trust Services", key_of(&ca));
    authorities.add_certificate(&Certificate::from_der(der).unwrap());
    let options = CompileOptions { authorities: Some(&authorities), ..CompileOptions::default() };
    let certificate = Sha256Hash(ctlens_testkit::tree::sha256(der));
    let by_key = format!("spki_sha256 = [\"{}\"]", key_of(&ca));
    let mut digests = vec![policy().digest()];
    for by in ["owner = [\"Our Trust Services\"]".to_owned(), format!("certificate_sha256 = [\"{certificate}\"]")] {
        let text = policy_text().replace(&by_key, &by);
        let policy = Policy::compile_with(&text, "p", options).unwrap();
        assert!(is_expected(&evaluate_ours(&policy, &leaf().dns("one.example"))));
        assert!(!is_expected(&by_impostor(&policy, &leaf().dns("one.example"))));
        // Which keys those are is a part of the policy.
        let of_text = Sha256Hash(ctlens_testkit::tree::sha256(text.as_bytes()));
        assert_ne!(policy.digest(), of_text);
        digests.push(policy.digest());
        let mut more = authorities.clone();
        more.add_key("Our Trust Services", key_of(&impostor_ca()));
        let more = CompileOptions { authorities: Some(&more), ..CompileOptions::default() };
        let other = Policy::compile_with(&text, "p", more).unwrap().digest();
        assert_eq!(other == policy.digest(), by.starts_with("cert"));
        // Nobody handed them in.
        assert!(Policy::compile(&text, "p").is_err());
    }
    let distinct: BTreeSet<Sha256Hash> = digests.iter().copied().collect();
    assert_eq!(distinct.len(), digests.len());
    assert_eq!(digests.len(), 3);
}

//! What the caller knows beside the certificate: it adds, it weighs, and it never hides.

mod support;

use ctlens_lint::Level;
use ctlens_policy::{
    CaaFacts, CaaRecord, Cause, Context, CtFact, Finding, Format, HolderKind, IssuerAttribution, NoAnswer, Ownership,
    OwnershipSource, Policy, RevocationFact, RevocationStatus, RootProgramme, Sha256Hash, Standing, TrustView, Verdict,
};
use ctlens_san::DnsName;
use ctlens_testkit::der::unix_seconds;
use ctlens_testkit::{Ca, CertificateBuilder};
use ctlens_x509::{Certificate, UnixSeconds, Validity};
use proptest::prelude::*;
use support::{impostor_ca, key_of, leaf, our_ca, policy};

fn judge(builder: &CertificateBuilder, ca: &Ca, issuer: IssuerAttribution, context: &Context<'_>) -> Verdict {
    let der = builder.certificate(ca);
    policy().evaluate_in(Certificate::from_der(&der).unwrap().tbs(), &issuer, context)
}

fn proven(ca: &Ca) -> IssuerAttribution {
    IssuerAttribution::LeafBound { key_sha256: key_of(ca) }
}

fn claimed(ca: &Ca) -> IssuerAttribution {
    IssuerAttribution::Claimed { key_sha256: key_of(ca) }
}

fn shown(verdict: &Verdict) -> Vec<String> {
    verdict.findings().map(|finding| format!("{} {}", finding.level, finding.rule)).collect()
}

fn trust(text: &str) -> TrustView {
    TrustView::read(&format!("version = 1\n{text}"), "trust.toml", Format::Toml)
        .unwrap_or_else(|errors| panic!("{errors}"))
}

fn with_trust(trust: &TrustView) -> Context<'_> {
    let mut context = Context::default();
    context.trust = Some(trust);
    context
}

fn trusted(ca: &Ca, programmes: &str, window: &str) -> TrustView {
    let key = key_of(ca);
    trust(&format!("[[trust]]\nissuer_spki_sha256 = [\"{key}\"]\nprogrammes = [{programmes}]\n{window}\n"))
}

const OURS: [u8; 4] = [1, 1, 1, 1];

#[test]
fn who_trusts_the_issuer() {
    let (ca, theirs) = (our_ca(), impostor_ca());
    let wrong = leaf().ip(OURS);
    let of = |view: &TrustView, issuer| shown(&judge(&wrong, &theirs, issuer, &with_trust(view)));
    let full = ["critical ownership.wrong_issuer"];
    let lower = ["error ownership.wrong_issuer"];
    // (what, the view, expected); the certificate is from 2026-02-01 to 2026-05-01.
    for (what, view, expected) in [
        ("nothing is known", trust(""), full),
        ("every key is listed", trust("unlisted = \"untrusted\"\n"), lower),
        ("two programmes", trusted(&theirs, "\"microsoft\", \"eu\"", ""), full),
        ("none", trusted(&theirs, "", ""), lower),
        ("another key", trusted(&ca, "\"mozilla\"", ""), full),
        ("until the day before", trusted(&theirs, "\"mozilla\"", "until = 2026-01-31T23:59:59Z"), lower),
        ("until its first second", trusted(&theirs, "\"mozilla\"", "until = 2026-02-01T00:00:00Z"), full),
        ("from its last second", trusted(&theirs, "\"mozilla\"", "from = 2026-05-01T23:59:59Z"), full),
        ("from the day after", trusted(&theirs, "\"mozilla\"", "from = 2026-05-03T00:00:00Z"), lower),
    ] {
        assert_eq!(of(&view, proven(&theirs)), expected, "{what}");
    }
    // A claim lowers nothing.
    assert_eq!(of(&trusted(&theirs, "", ""), claimed(&theirs)), ["error ownership.unattributed_issuer"]);
    let verdict = judge(&wrong, &theirs, proven(&theirs), &with_trust(&trusted(&theirs, "", "")));
    let explanation = &verdict.findings().next().unwrap().explanation;
    assert!(explanation.ends_with("; no root programme in the trust view trusts the issuer"), "{explanation}");
}

#[test]
fn programmes_of_the_incident() {
    let fina: Sha256Hash = "7cc3d57206d4cb3cf9ed0ec9a8eda3d9e8dc0f07dfd4c8a55ad91a5d26c806da".parse().unwrap();
    let json = format!(
        r#"{{ "version": 1, "trust": [
            {{ "issuer_spki_sha256": ["{fina}"], "programmes": ["microsoft", "eu"], "until": "2025-09-03T00:00:00Z" }},
            {{ "issuer_spki_sha256": ["{fina}"], "programmes": ["eu"] }} ] }}"#
    );
    let view = TrustView::read(&json, "trust.json", Format::Json).unwrap_or_else(|errors| panic!("{errors}"));
    let from = |year| Validity {
        not_before: UnixSeconds(unix_seconds(year, 1, 1, 0, 0, 0)),
        not_after: UnixSeconds(unix_seconds(year, 6, 1, 0, 0, 0)),
    };
    use RootProgramme::{Eu, Microsoft};
    assert_eq!(view.standing(&fina, Some(&from(2025))), Standing::Trusted { by: vec![Microsoft, Eu] });
    assert_eq!(view.standing(&fina, Some(&from(2026))), Standing::Trusted { by: vec![Eu] });
    assert_eq!(view.standing(&Sha256Hash([0; 32]), Some(&from(2025))), Standing::Unlisted);
}

#[test]
fn lists() {
    let (ca, theirs) = (our_ca(), impostor_ca());
    let (issuer, leaf_key) = (key_of(&ca), Sha256Hash(ctlens_testkit::Key::new(7, "leaf").spki_sha256()));
    let granted = leaf().ip(OURS).serial(&[0, 0xd3, 0x16]);
    let sha256 = Sha256Hash::of(&granted.certificate(&ca));
    let disallow = |fields: &str| trust(&format!("[[disallow]]\nid = \"list\"\nreason = \"why\"\n{fields}\n"));
    let compromised =
        |key| trust(&format!("[[compromised]]\nid = \"list\"\nreason = \"why\"\nspki_sha256 = [\"{key}\"]\n"));
    let other = key_of(&theirs);
    let nothing: &[&str] = &[];
    for (what, view, expected, claimed_expected) in [
        ("another key", disallow(&format!("spki_sha256 = [\"{other}\"]")), nothing, nothing),
        (
            "the issuer",
            disallow(&format!("spki_sha256 = [\"{issuer}\"]")),
            &["error issuer.disallowed"][..],
            &["warning issuer.disallowed"][..],
        ),
        (
            "the issuer, once",
            disallow(&format!("spki_sha256 = [\"{issuer}\"]\nuntil = 2026-01-31T00:00:00Z")),
            nothing,
            nothing,
        ),
        (
            "the certificate's key",
            disallow(&format!("spki_sha256 = [\"{leaf_key}\"]")),
            &["error certificate.disallowed"],
            &["error certificate.disallowed"],
        ),
        (
            "the certificate",
            disallow(&format!("certificate_sha256 = [\"{sha256}\"]")),
            &["error certificate.disallowed"],
            &["error certificate.disallowed"],
        ),
        (
            "its serial number",
            disallow(&format!("issuer_spki_sha256 = \"{issuer}\"\nserials = [\"1\", \"D316\"]")),
            &["error certificate.disallowed"],
            &["warning certificate.disallowed"],
        ),
        (
            "another issuer's serial number",
            disallow(&format!("issuer_spki_sha256 = \"{other}\"\nserials = [\"d316\"]")),
            nothing,
            nothing,
        ),
        ("a key that others have", compromised(leaf_key), &["critical key.compromised"], &["critical key.compromised"]),
        ("the issuer's key", compromised(issuer), &["critical key.compromised"], &["warning key.compromised"]),
    ] {
        let mut context = with_trust(&view);
        context.certificate_sha256 = std::slice::from_ref(&sha256);
        assert_eq!(shown(&judge(&granted, &ca, proven(&ca), &context)), expected, "{what}");
        let of_claimed = shown(&judge(&granted, &ca, claimed(&ca), &context));
        let of_claimed: Vec<String> = of_claimed.into_iter().filter(|line| !line.contains("unattributed")).collect();
        assert_eq!(of_claimed, claimed_expected, "{what}, claimed");
    }
}

fn caa_record(tag: &str, value: &str) -> CaaRecord {
    CaaRecord { flags: 0, tag: tag.to_owned(), value: value.as_bytes().to_vec() }
}

#[test]
fn caa() {
    let ca = our_ca();
    let granted = leaf().dns("www.one.example").dns("*.one.example").ip(OURS);
    let name = |name: &str| name.parse::<DnsName>().unwrap();
    let with = |records: Vec<CaaRecord>| {
        let mut caa = CaaFacts::new(["ca.example"]);
        caa.add(&name("www.one.example"), Vec::new());
        caa.add(&name("one.example"), records);
        let mut context = Context::default();
        context.caa = Some(&caa);
        let verdict = judge(&granted, &ca, proven(&ca), &context);
        let at = |finding: &Finding| format!("{} {} {}", finding.level, finding.rule, finding.location.part);
        verdict.findings().map(at).collect::<Vec<String>>()
    };
    let nothing: [&str; 0] = [];
    assert_eq!(with(vec![caa_record("issue", "ca.example")]), nothing);
    assert_eq!(with(vec![caa_record("issue", "ca.example; accounturi=https://a/1")]), nothing);
    // Above it nobody asked.
    assert_eq!(with(vec![]), nothing);
    assert_eq!(
        with(vec![caa_record("issue", "ca.example"), caa_record("issuewild", ";")]),
        ["warning caa.mismatch subjectAltName[1].dNSName"]
    );
    assert_eq!(
        with(vec![caa_record("issue", "other.example")]),
        ["warning caa.mismatch subjectAltName[0].dNSName", "warning caa.mismatch subjectAltName[1].dNSName"]
    );
}

#[test]
fn owners() {
    let ca = our_ca();
    let text = "version = 1\n[[holder]]\nowner = \"resolver-team\"\nip = [\"1.1.1.0/24\"]\nasn = [13335]\n\
                [[holder]]\nowner = \"others\"\nasn = [64500]\n";
    let mut ownership = Ownership::read(text, "owners.toml", Format::Toml).unwrap_or_else(|errors| panic!("{errors}"));
    let vrps = r#"{"roas": [{"asn": "AS64500", "prefix": "1.1.1.0/24", "maxLength": 24},
                            {"asn": "AS13335", "prefix": "1.0.0.0/24", "maxLength": 24}]}"#;
    ownership.add(OwnershipSource::from_vrps("vrps.json", vrps).unwrap());
    let mut context = Context::default();
    context.ownership = Some(&ownership);

    let verdict = judge(&leaf().ip(OURS).ip([1, 0, 0, 7]), &ca, proven(&ca), &context);
    assert_eq!(shown(&verdict), ["warning ownership.conflict"]);
    let finding = verdict.findings().next().unwrap();
    assert_eq!(finding.cause, Cause::OwnershipConflict);
    assert_eq!(
        finding.explanation,
        "1.1.1.1 belongs to resolver-team (asset resolver) by the policy, owners.toml, and to AS64500 (1.1.1.0/24) by vrps.json"
    );
    assert_eq!(finding.decided_by, ["owners.toml", "vrps.json"]);
    assert_eq!(finding.asset.as_deref(), Some("resolver"));
    assert_eq!(finding.location.part.to_string(), "subjectAltName[0].iPAddress");

    // An address as IPv6 is the address.
    let mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 1, 1, 1];
    let verdict = judge(&leaf().ip(mapped), &ca, proven(&ca), &context);
    assert!(shown(&verdict).contains(&"warning ownership.conflict".to_owned()), "{:?}", shown(&verdict));
    assert!(judge(&leaf().ip([1, 0, 0, 7]), &ca, proven(&ca), &context).is_quiet());
    // What is of nobody here is not looked at.
    assert_eq!(judge(&leaf().ip([9, 9, 9, 9]), &ca, proven(&ca), &context), Verdict::Unowned);
}

/// Sources that contradict each other, where nobody said by which name the owner goes there.
#[test]
fn sources_against_each_other() {
    use HolderKind::{AutonomousSystem, Registry};
    let ca = our_ca();
    let judge = |claims: &[(HolderKind, &[(&str, &str)])]| {
        let mut ownership = Ownership::new();
        for (n, (kind, claims)) in claims.iter().enumerate() {
            let claims = claims.iter().map(|(prefix, holder)| (prefix.parse().unwrap(), *holder));
            ownership.add(OwnershipSource::new(&format!("s{n}"), *kind, claims));
        }
        let mut context = Context::default();
        context.ownership = Some(&ownership);
        let verdict = judge(&leaf().ip(OURS), &ca, proven(&ca), &context);
        let said: Vec<String> = verdict.findings().map(|finding| finding.explanation.clone()).collect();
        said
    };
    let (one, two): (&[_], &[_]) = (&[("1.1.1.0/24", "AS1")], &[("1.1.0.0/16", "AS2")]);
    let both: &[_] = &[("1.1.1.0/24", "AS2"), ("1.1.1.0/24", "AS1")];
    let nothing: [&str; 0] = [];
    assert_eq!(
        judge(&[(AutonomousSystem, one), (AutonomousSystem, two)]),
        ["1.1.1.1 belongs to resolver-team (asset resolver) by the policy, and to AS1 by s0, but to AS2 by s1"]
    );
    assert_eq!(judge(&[(AutonomousSystem, one), (AutonomousSystem, both)]), nothing);
    assert_eq!(judge(&[(AutonomousSystem, one), (AutonomousSystem, one)]), nothing);
    // A registry calls nobody by a number.
    assert_eq!(judge(&[(AutonomousSystem, one), (Registry, two)]), nothing);
    assert_eq!(judge(&[(AutonomousSystem, one), (AutonomousSystem, &[("9.0.0.0/8", "AS2")])]), nothing);
}

/// A certificate for 150 addresses and 65 names, granted.
fn many() -> CertificateBuilder {
    let builder = (0..150).fold(leaf(), |builder, n| builder.ip([1, 0, 0, n]));
    (0..65).fold(builder, |builder, n| builder.dns(format!("h{n}.one.example")))
}

/// What is looked up and says nothing makes nothing of a large certificate.
#[test]
fn facts_about_many_identifiers() {
    let ca = our_ca();
    let text = "version = 1\n[[owner]]\nid = \"team\"\n[[asset]]\nid = \"a\"\nowner = \"team\"\nip = [\"1.0.0.0/24\"]\n\
                dns = [\".one.example\"]\n";
    let grant = format!(
        "[[issuer]]\nid = \"ca\"\nspki_sha256 = [\"{}\"]\n[[grant]]\nid = \"g\"\nassets = [\"a\"]\nissuers = [\"ca\"]\n\
         not_before = 2026-01-01T00:00:00Z\nnot_after = 2027-01-01T00:00:00Z\napproved_by = \"a\"\nreason = \"r\"\n",
        key_of(&ca)
    );
    let levels = |off: &str| format!("[levels]\n\"san.internal_name\" = \"allow\"\n{off}");
    let judge = |off: &str, context: &Context<'_>| {
        let der = many().certificate(&ca);
        let policy = support::compile(&format!("{text}{grant}{}", levels(off)));
        policy.evaluate_in(Certificate::from_der(&der).unwrap().tbs(), &proven(&ca), context)
    };
    let expected = Verdict::Expected { grants: vec!["g".to_owned()] };
    assert_eq!(judge("", &Context::default()), expected);
    let holder = |prefix: &str, holder: &str| {
        let mut ownership = Ownership::new();
        ownership.add(OwnershipSource::new("s", HolderKind::Owner, [(prefix.parse().unwrap(), holder)]));
        ownership
    };
    let others = holder("1.0.0.0/24", "others");
    for (what, ownership) in [
        ("no source", &Ownership::new()),
        ("silent", &holder("9.0.0.0/8", "others")),
        ("agrees", &holder("1.0.0.0/24", "team")),
    ] {
        let mut context = Context::default();
        context.ownership = Some(ownership);
        assert_eq!(judge("", &context), expected, "{what}");
    }
    let mut context = Context::default();
    context.ownership = Some(&others);
    let Verdict::Findings { findings, left_out } = judge("", &context) else { panic!() };
    assert_eq!((findings.len(), left_out), (64, 86));
    assert_eq!(judge("\"ownership.conflict\" = \"allow\"\n", &context), expected);

    let mut caa = CaaFacts::new(["ca.example"]);
    for n in 0..65 {
        caa.add(&format!("h{n}.one.example").parse().unwrap(), vec![caa_record("issue", "other.example")]);
    }
    let mut context = Context::default();
    context.caa = Some(&caa);
    let Verdict::Findings { findings, left_out } = judge("", &context) else { panic!() };
    assert_eq!((findings.len(), left_out), (64, 1));
    assert_eq!(judge("\"caa.mismatch\" = \"allow\"\n", &context), expected);
}

/// What is suppressed wakes up nobody when its deadline is over either; what stands beside it does.
#[test]
fn the_clock_of_what_is_suppressed() {
    let theirs = impostor_ca();
    let day = |month, day| UnixSeconds(unix_seconds(2026, month, day, 0, 0, 0));
    let policy = support::compile(&format!(
        "{}\n[[suppress]]\nid = \"known\"\nrule = \"ownership.wrong_issuer\"\nasset = \"resolver\"\n\
         until = 2026-04-01T00:00:00Z\nby = \"bob\"\nreason = \"INC-77\"\n",
        support::policy_text()
    ));
    let judge = |builder: CertificateBuilder, now| {
        let mut context = Context::at(now);
        let status = RevocationStatus::NotRevoked { as_of: now };
        context.revocation = Some(RevocationFact { status, notice: Some(day(3, 2)) });
        let der = builder.certificate(&theirs);
        let verdict = policy.evaluate_in(Certificate::from_der(&der).unwrap().tbs(), &proven(&theirs), &context);
        let by = |finding: &Finding| finding.suppressed.as_ref().map(|suppressed| suppressed.id.clone());
        let found: Vec<_> = verdict
            .findings()
            .map(|finding| (finding.rule.to_string(), by(finding), finding.explanation.clone()))
            .collect();
        (verdict.is_quiet(), found)
    };
    let (is_quiet, found) = judge(leaf().ip(OURS), day(3, 20));
    let rules: Vec<(&str, Option<&str>)> = found.iter().map(|(rule, by, _)| (rule.as_str(), by.as_deref())).collect();
    assert!(is_quiet);
    assert_eq!(rules, [("ownership.wrong_issuer", Some("known")), ("revocation.overdue", Some("known"))]);
    // Once the suppression has ended, both are loud.
    let (is_quiet, found) = judge(leaf().ip(OURS), day(4, 2));
    assert!(!is_quiet && found.iter().all(|(_, by, _)| by.is_none()), "{found:#?}");
    // Of two deadlines that which nobody has signed for.
    let (is_quiet, found) = judge(leaf().ip(OURS).ip([10, 0, 0, 1]), day(3, 20));
    let overdue = found.iter().find(|(rule, ..)| rule == "revocation.overdue");
    let Some((_, None, explanation)) = overdue else { panic!("{found:#?}") };
    assert!(!is_quiet && explanation.contains("4.9.1.1(12)"), "{explanation}");
}

/// A level that the configuration says stays.
#[test]
fn an_asset_s_own_level() {
    let theirs = impostor_ca();
    let warned = support::policy_text().replacen(
        "owner = \"resolver-team\"\n",
        "owner = \"resolver-team\"\nowned_without_grant = \"warn\"\n",
        1,
    );
    let der = leaf().ip(OURS).certificate(&theirs);
    let certificate = Certificate::from_der(&der).unwrap();
    let nobody = trust("unlisted = \"untrusted\"\n");
    for context in [Context::default(), with_trust(&nobody)] {
        let verdict = support::compile(&warned).evaluate_in(certificate.tbs(), &proven(&theirs), &context);
        assert_eq!(shown(&verdict), ["warning ownership.wrong_issuer"]);
    }
}

#[test]
fn ct_and_revocation() {
    let (ca, theirs) = (our_ca(), impostor_ca());
    let granted = leaf().ip(OURS);
    let ct = [
        CtFact { policy: "Chrome".to_owned(), is_compliant: false, reasons: vec!["1 SCT of 2".to_owned()] },
        CtFact { policy: "Apple".to_owned(), is_compliant: true, reasons: vec![] },
    ];
    let mut context = Context::default();
    context.ct = &ct;
    let verdict = judge(&granted, &ca, proven(&ca), &context);
    assert_eq!(shown(&verdict), ["warning ct.not_compliant"]);
    let explanation = &verdict.findings().next().unwrap().explanation;
    assert_eq!(explanation, "it does not keep the CT policy Chrome: 1 SCT of 2");

    let day = |day| UnixSeconds(unix_seconds(2026, 3, day, 0, 0, 0));
    let mut context = Context::at(day(4));
    let told = |status| Some(RevocationFact { status, notice: Some(day(2)) });
    context.revocation = told(RevocationStatus::NotRevoked { as_of: day(4) });
    let verdict = judge(&granted, &theirs, proven(&theirs), &context);
    assert_eq!(shown(&verdict), ["critical ownership.wrong_issuer", "error revocation.overdue"]);
    let explanation = &verdict.findings().nth(1).unwrap().explanation;
    assert!(explanation.contains("overdue by 24 h since 2026-03-03T00:00:00Z, by 4.9.1.1(5)"), "{explanation}");
    // Nothing is wrong, so that there is nothing to revoke.
    assert!(judge(&granted, &ca, proven(&ca), &context).is_quiet());
    for status in
        [RevocationStatus::NotRevoked { as_of: day(3) }, RevocationStatus::Unknown { why: NoAnswer::NotAsked }]
    {
        context.revocation = told(status);
        let verdict = judge(&granted, &theirs, proven(&theirs), &context);
        assert_eq!(shown(&verdict), ["critical ownership.wrong_issuer"], "{status:?}");
    }
}

#[test]
fn mistakes_in_files() {
    for (text, error) in [
        ("[[trust]]\nissuer_spki_sha256 = [\"00\"]\nprogrammes = []", "t:3:23: 2 hexadecimal digits: expected 64"),
        ("[[trust]]\nprogrammes = []", "t:2:1: missing field `issuer_spki_sha256` in `[[trust]]`"),
        ("[[trusts]]", "t:2:3: unknown field `trusts` (did you mean `trust`?)"),
        ("unlisted = \"no\"", "t:2:12: `no` in `unlisted`: expected `unknown`, `untrusted`"),
        ("[[disallow]]\nid = \"a\"\nreason = \"b\"", "t:3:6: disallow `a` takes out nothing"),
        ("[[disallow]]\nid = \"a\"\nreason = \"b\"\nserials = [\"1\"]", "t:3:6: disallow `a`: expected `serials` and"),
        ("[[disallow]]\nid = \"a\"\nreason = \" \"\ncertificate_sha256 = []", "t:4:10: `reason` is empty"),
    ] {
        let found = TrustView::read(&format!("version = 1\n{text}\n"), "t", Format::Toml).unwrap_err().to_string();
        assert!(found.lines().any(|line| line.starts_with(error)), "{text}\n{found}");
    }
    let programme = "[[trust]]\nissuer_spki_sha256 = []\nprogrammes = [\"mozila\"]\n";
    let found = TrustView::read(&format!("version = 1\n{programme}"), "t", Format::Toml).unwrap_err().to_string();
    assert!(found.contains("t:4:15: `mozila` in `programmes` (did you mean `mozilla`?)"), "{found}");
    for (text, error) in [
        ("[[holder]]\nowner = \"a\"", "o:3:9: holder `a` holds nothing: expected `ip`, `asn` or `registry`"),
        ("[[holder]]\nowner = \"a\"\nip = [\"1.1.1.1/24\"]", "o:4:8: \"1.1.1.1/24\" in `ip`: "),
        ("[[holder]]\nowner = \"a\"\nregistry = [\"apnic\"]", "o:4:13: \"apnic\" is no holder: expected one such as"),
        ("[[holder]]\nowner = \"a\"\nasn = [-1]", "o:4:8: "),
        ("[[holder]]\nowner = \"a\"\nasns = [1]", "o:4:1: unknown field `asns` (did you mean `asn`?)"),
    ] {
        let found = Ownership::read(&format!("version = 1\n{text}\n"), "o", Format::Toml).unwrap_err().to_string();
        assert!(found.lines().any(|line| line.starts_with(error)), "{text}\n{found}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Views and sources without anything in them change nothing; whatever is in them, what was found stays found, at most one
    /// level lower, and what is not known does not become expected.
    #[test]
    fn facts_never_hide(
        names in proptest::collection::vec(0_usize..5, 1..4), ours: bool, how in 0_usize..3, untrusted: bool, disallowed: bool, day in 1_i64..28,
    ) {
        const NAMES: [&str; 5] = ["www.one.example", "*.one.example", "bare.example", "other.test", "www.single.example"];
        let ca = if ours { our_ca() } else { impostor_ca() };
        let builder = names.iter().fold(leaf().ip(OURS), |builder, &name| builder.dns(NAMES[name]));
        let issuer = [proven(&ca), claimed(&ca), IssuerAttribution::Unknown][how];
        let der = builder.certificate(&ca);
        let certificate = Certificate::from_der(&der).unwrap();
        let policy: Policy = policy();
        let plain = policy.evaluate(certificate.tbs(), &issuer);

        let (nothing, nowhere, unasked) = (TrustView::default(), Ownership::new(), CaaFacts::default());
        let mut context = with_trust(&nothing);
        context.ownership = Some(&nowhere);
        context.caa = Some(&unasked);
        prop_assert_eq!(policy.evaluate_in(certificate.tbs(), &issuer, &context), plain.clone());

        let key = key_of(&ca);
        let list = format!("[[disallow]]\nid = \"list\"\nreason = \"why\"\nspki_sha256 = [\"{key}\"]\n");
        let view = trust(&format!(
            "unlisted = \"{}\"\n{}", if untrusted { "untrusted" } else { "unknown" }, if disallowed { list.as_str() } else { "" }
        ));
        let elsewhere = OwnershipSource::new("s", HolderKind::Owner, [("1.1.0.0/16".parse().unwrap(), "somebody")]);
        let mut disputed = Ownership::new();
        disputed.add(elsewhere);
        let mut context = with_trust(&view);
        context.ownership = Some(&disputed);
        context.now = Some(UnixSeconds(unix_seconds(2026, 2, day, 0, 0, 0)));
        let verdict = policy.evaluate_in(certificate.tbs(), &issuer, &context);
        prop_assert!(!verdict.is_quiet());
        prop_assert_eq!(matches!(plain, Verdict::Undecidable { .. }), matches!(verdict, Verdict::Undecidable { .. }));
        for finding in plain.findings() {
            let kept = verdict.findings().find(|kept| kept.id == finding.id);
            let Some(kept) = kept else { return Err(TestCaseError::fail(finding.to_string())) };
            let one_lower = match finding.level {
                Level::Critical => Level::Error,
                Level::Error => Level::Warning,
                _ => Level::Notice,
            };
            prop_assert!(kept.level == finding.level || (untrusted && how == 0 && kept.level == one_lower));
        }
    }
}

//! Which assets are protected, and what in a configuration does nothing.

mod support;

use ctlens_lint::Level;
use ctlens_policy::{
    ComplaintKind, Context, CoverageFacts, CoverageStatus, FollowedLog, IssuerAttribution, Policy, Usage, Verdict,
};
use ctlens_testkit::der::unix_seconds;
use ctlens_x509::{Certificate, UnixSeconds};
use support::*;

fn with(more: &str) -> Policy {
    compile(&format!("{}\n{more}", policy_text()))
}

fn now() -> UnixSeconds {
    UnixSeconds(unix_seconds(2026, 6, 1, 0, 0, 0))
}

fn statuses(policy: &Policy, facts: &CoverageFacts<'_>) -> Vec<(String, CoverageStatus)> {
    policy.check_coverage(facts).assets.into_iter().map(|asset| (asset.asset, asset.status)).collect()
}

fn status_of(policy: &Policy, facts: &CoverageFacts<'_>, asset: &str) -> CoverageStatus {
    statuses(policy, facts).into_iter().find(|(id, _)| id == asset).unwrap().1
}

#[test]
fn each_asset_has_a_status() {
    let facts = CoverageFacts::at(now());
    let policy = policy();
    assert_eq!(
        statuses(&policy, &facts),
        [("resolver".to_owned(), CoverageStatus::Covered), ("bare".to_owned(), CoverageStatus::NoGrant)]
    );
    let after = CoverageFacts::at(UnixSeconds(unix_seconds(2027, 1, 1, 0, 0, 1)));
    assert_eq!(status_of(&policy, &after, "resolver"), CoverageStatus::NoGrant);
    let suppressed = |scope: &str, rule: &str| {
        with(&format!(
            "[[suppress]]\nid = \"s\"\nrule = \"{rule}\"\n{scope}\nuntil = 2026-06-01T00:00:00Z\nby = \"bob\"\nreason = \"r\""
        ))
    };
    let whole = suppressed("asset = \"resolver\"", "ownership.wrong_issuer");
    assert_eq!(status_of(&whole, &facts, "resolver"), CoverageStatus::Suppressed { until: now() });
    assert_eq!(status_of(&whole, &facts, "bare"), CoverageStatus::NoGrant);
    let later = CoverageFacts::at(UnixSeconds(now().0 + 1));
    assert_eq!(status_of(&whole, &later, "resolver"), CoverageStatus::Covered);
    // One certificate, or another kind of rule, is not the asset.
    let zero = "0".repeat(64);
    let one = suppressed(&format!("asset = \"resolver\"\ntbs_sha256 = \"{zero}\""), "ownership.wrong_issuer");
    assert_eq!(status_of(&one, &facts, "resolver"), CoverageStatus::Covered);
    let of_asset = |asset: &str, rule: &str| suppressed(&format!("asset = \"{asset}\""), rule);
    for rule in [
        "serial.positive",
        "ownership.no_grant",
        "ownership.conflict",
        "ownership.undecidable",
        "ownership.grant_not_yet",
        "ownership.denied",
    ] {
        assert_eq!(status_of(&of_asset("resolver", rule), &facts, "resolver"), CoverageStatus::Covered, "{rule}");
    }
    // Without any grant a stranger breaks another rule, and where all are denied a third.
    let quiet = CoverageStatus::Suppressed { until: now() };
    assert_eq!(status_of(&of_asset("bare", "ownership.no_grant"), &facts, "bare"), quiet);
    assert_eq!(status_of(&of_asset("bare", "ownership.wrong_issuer"), &facts, "bare"), CoverageStatus::NoGrant);
    let denied = "[[deny]]\nid = \"d\"\nreason = \"r\"\nassets = [\"resolver\"]\n\
                  [[suppress]]\nid = \"s\"\nasset = \"resolver\"\nuntil = 2026-06-01T00:00:00Z\nby = \"bob\"\nreason = \"r\"\n";
    for (rule, status) in [("denied", &quiet), ("wrong_issuer", &CoverageStatus::Covered)] {
        let policy = with(&format!("{denied}rule = \"ownership.{rule}\"\n"));
        assert_eq!(&status_of(&policy, &facts, "resolver"), status, "{rule}");
    }
}

/// A grant is somebody's word, and whose it is stands where the grant does.
#[test]
fn who_consented() {
    let evidence = "ab".repeat(32);
    let text = policy_text().replace("\n\n[levels]", &format!("\nevidence_sha256 = \"{evidence}\"\n\n[levels]"));
    let coverage = compile(&text).coverage(now());
    let [grant] = &coverage[0].grants[..] else { panic!("{coverage:#?}") };
    assert_eq!((grant.approved_by.as_str(), grant.reason.as_str()), ("alice@resolver.example", "CHG-1042"));
    assert_eq!(grant.evidence_sha256.map(|hash| hash.to_string()), Some(evidence));
    let line = coverage[0].to_string();
    assert!(line.ends_with("until 2027-01-01T00:00:00Z by resolver-2026 (alice@resolver.example: CHG-1042)"), "{line}");
}

#[test]
fn an_asset_in_another() {
    let facts = CoverageFacts::at(now());
    let grant = "[[grant]]\nid = \"bare-2026\"\nassets = [\"bare\"]\nissuers = [\"our-ca\"]\nnot_before = 2026-01-01T00:00:00Z\n\
                 not_after = 2026-12-31T23:59:59Z\napproved_by = \"a\"\nreason = \"r\"\n";
    let with_outer = |items: &str, change: fn(String) -> String| {
        let text = change(policy_text().replace("dns = [\".bare.example\"]", items));
        status_of(&compile(&format!("{text}\n{grant}")), &facts, "bare")
    };
    // The grant over the outer one has ended.
    let asset = |items: &str| {
        with_outer(items, |text| text.replace("not_after = 2027-01-01T00:00:00Z", "not_after = 2026-05-31T23:59:59Z"))
    };
    let shadowed = CoverageStatus::Shadowed { by: "resolver".into(), issuer: "our-ca".into() };
    // Both are granted to the same.
    let nested = "dns = [\"www.one.example\"]";
    assert_eq!(with_outer(nested, |text| text), CoverageStatus::Covered);
    // Both are granted, and not to the same: here is another key.
    let to_others = |text: String| {
        let others = format!("[[issuer]]\nid = \"others\"\nspki_sha256 = [\"{}\"]\n[[grant]]", "22".repeat(32));
        text.replace("[[grant]]", &others).replace("issuers = [\"our-ca\"]", "issuers = [\"others\"]")
    };
    assert_eq!(with_outer(nested, to_others), shadowed);
    for (items, status) in [
        ("dns = [\"www.one.example\"]", &shadowed),
        (
            "dns = [\".one.example\", \".b.one.example\", \"www.single.example\"]\nip = [\"1.1.1.1\", \"1.0.0.128/25\"]",
            &shadowed,
        ),
        ("dns = [\".one.example\", \"www.two.example\"]", &CoverageStatus::Covered),
        ("dns = [\".single.example\"]", &CoverageStatus::Covered),
        ("dns = [\".www.single.example\"]", &CoverageStatus::Covered),
        ("ip = [\"1.0.0.0/23\"]", &CoverageStatus::Covered),
        ("ip = [\"2606:4700:1::/48\"]", &shadowed),
    ] {
        assert_eq!(&asset(items), status, "{items}");
    }
}

/// SC081v3: certificates that begin in June 2026 end after 200 days at most.
#[test]
fn logs_that_are_followed() {
    let at = |year, month, day| UnixSeconds(unix_seconds(year, month, day, 0, 0, 0));
    let log = |from, until| FollowedLog { name: "log".into(), accepts: Some((from, until)) };
    let policy = policy();
    for (logs, gap) in [
        (vec![], Some(now())),
        (vec![FollowedLog { name: "log".into(), accepts: None }], None),
        (vec![log(at(2026, 1, 1), at(2027, 1, 1))], None),
        // 2026-06-01 and 200 days.
        (vec![log(at(2026, 1, 1), UnixSeconds(at(2026, 12, 18).0 + 1))], None),
        (vec![log(at(2026, 1, 1), at(2026, 12, 18))], Some(at(2026, 12, 18))),
        (vec![log(at(2026, 7, 1), at(2027, 1, 1)), log(at(2026, 1, 1), at(2026, 7, 1))], None),
        (vec![log(at(2026, 7, 2), at(2027, 1, 1)), log(at(2026, 1, 1), at(2026, 7, 1))], Some(at(2026, 7, 1))),
        (vec![log(at(2026, 7, 1), at(2027, 1, 1))], Some(now())),
    ] {
        let facts = CoverageFacts::at(now()).with_logs(&logs);
        let expected = gap.map_or(CoverageStatus::Covered, |from| CoverageStatus::NoLogCoverage { from });
        assert_eq!(status_of(&policy, &facts, "resolver"), expected, "{logs:?}");
    }
}

#[test]
fn uncovered_assets_are_errors_where_that_is_asked_for() {
    let facts = CoverageFacts::at(now());
    for (more, level) in [("", Level::Warning), ("[defaults]\ndeny_uncovered = true", Level::Error)] {
        let coverage = with(more).check_coverage(&facts);
        let [complaint] = &coverage.complaints[..] else { panic!("{coverage:#?}") };
        assert_eq!((complaint.kind, complaint.level, complaint.id.as_str()), (ComplaintKind::Uncovered, level, "bare"));
        assert_eq!(complaint.to_string(), format!("{level}: asset bare of resolver-team: no grant is in force"));
        assert_eq!(coverage.is_ok(), level < Level::Error);
    }
}

#[test]
fn what_does_nothing_is_told() {
    let text = "[[grant]]\nid = \"old\"\nassets = [\"bare\"]\nissuers = [\"our-ca\"]\nnot_before = 2025-01-01T00:00:00Z\n\
                not_after = 2025-12-31T23:59:59Z\napproved_by = \"a\"\nreason = \"r\"\n\
                [[grant]]\nid = \"coming\"\nassets = [\"bare\"]\nissuers = [\"our-ca\"]\nnot_before = 2027-01-01T00:00:00Z\n\
                not_after = 2027-12-31T23:59:59Z\napproved_by = \"a\"\nreason = \"r\"\n\
                [[suppress]]\nid = \"ended\"\nrule = \"ownership.no_grant\"\nasset = \"bare\"\n\
                until = 2026-05-31T23:59:59Z\nby = \"bob\"\nreason = \"r\"\n\
                [[suppress]]\nid = \"idle\"\nrule = \"ownership.key_not_pinned\"\nasset = \"bare\"\n\
                until = 2026-12-31T23:59:59Z\nby = \"bob\"\nreason = \"r\"\n\
                [[suppress]]\nid = \"busy\"\nrule = \"ownership.grant_expired\"\nasset = \"bare\"\n\
                until = 2026-12-31T23:59:59Z\nby = \"bob\"\nreason = \"r\"\n";
    let policy = with(text);
    let told = |usage: Option<&Usage>| {
        let facts = CoverageFacts::at(now());
        let facts = usage.map_or(facts, |usage| facts.with_usage(usage));
        let complaints = policy.check_coverage(&facts).complaints.into_iter();
        let mut told: Vec<_> = complaints
            .filter(|complaint| complaint.kind != ComplaintKind::Uncovered)
            .map(|complaint| {
                assert_eq!(complaint.level, Level::Warning);
                (complaint.kind, complaint.id)
            })
            .collect();
        told.sort();
        told
    };
    let ended =
        [(ComplaintKind::GrantExpired, "old".to_owned()), (ComplaintKind::SuppressionExpired, "ended".to_owned())];
    // Nobody counted.
    assert_eq!(told(None), ended);
    let mut usage = Usage::default();
    let idle = |ids: &[(ComplaintKind, &str)]| {
        let mut all: Vec<_> = ids.iter().map(|(kind, id)| (*kind, (*id).to_owned())).chain(ended.clone()).collect();
        all.sort();
        all
    };
    let all = [
        (ComplaintKind::GrantUnused, "resolver-2026"),
        (ComplaintKind::SuppressionUnused, "busy"),
        (ComplaintKind::SuppressionUnused, "idle"),
    ];
    assert_eq!(told(Some(&usage)), idle(&all));
    let issuer = IssuerAttribution::LeafBound { key_sha256: key_of(&our_ca()) };
    for builder in [leaf().dns("one.example"), leaf().dns("bare.example")] {
        let der = builder.certificate(&our_ca());
        let tbs = Certificate::from_der(&der).unwrap();
        let verdict = policy.evaluate_in(tbs.tbs(), &issuer, &Context::at(now()));
        assert!(verdict.is_quiet() && verdict != Verdict::Unowned, "{verdict:#?}");
        usage.add(&verdict);
    }
    assert_eq!(told(Some(&usage)), idle(&all[2..]));
}

//! The 1.1.1.1 incident, with certificates after the facts that were published (mozilla dev-security-policy, 2025-09-03):
//! serial numbers, names and addresses of three of the twelve. Keys, authorities and dates are made up.

mod support;

use ctlens_lint::Level;
use ctlens_policy::{Cause, EntryKind, Issuance, Issuances, IssuerAttribution, Policy, Verdict};
use ctlens_testkit::der::unix_seconds;
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name};
use support::*;

const SERIALS: [[u8; 17]; 3] = [
    [0, 0xd3, 0x16, 0x7e, 0xfd, 0x77, 0xca, 0xd7, 0x59, 0, 0, 0, 0, 0x5f, 0xc7, 0xc6, 0x72],
    [0, 0xf9, 0x72, 0x55, 0x2d, 0x6a, 0xc0, 0x88, 0x28, 0, 0, 0, 0, 0x5f, 0xc8, 0x6f, 0x4d],
    [0, 0xbe, 0xb8, 0xef, 0x1b, 0x1c, 0x6c, 0xff, 0x53, 0, 0, 0, 0, 0x5f, 0xc8, 0xcd, 0xe5],
];
const NAMES: [[&str; 2]; 3] = [["test1.hr", "test12.hr"], ["test1.hr", "test11.hr"], ["test11.hr", "test12.hr"]];

fn name() -> Name {
    Name::new().country("HR").organization("Financijska agencija").common_name("Fina RDC 2020")
}

fn stand_in() -> Ca {
    Ca::root(Key::new(11, "stand-in"), &name(), 0, 4_102_444_800)
}

fn owner(grants: &str) -> Policy {
    compile(&format!(
        "version = 1\n[[owner]]\nid = \"resolver-team\"\n[[asset]]\nid = \"resolver\"\nowner = \"resolver-team\"\n\
         ip = [\"1.1.1.1/32\"]\n{grants}"
    ))
}

fn certificate(n: usize) -> CertificateBuilder {
    let from = unix_seconds(2025, 5, 1, 0, 0, 0);
    let [cn, other] = NAMES[n];
    leaf()
        .validity(from, from + 365 * DAY - 1)
        .serial(&SERIALS[n])
        .subject(&Name::new().common_name(cn))
        .dns(cn)
        .dns(other)
        .ip([1, 1, 1, 1])
}

fn leaf_bound(ca: &Ca) -> IssuerAttribution {
    IssuerAttribution::LeafBound { key_sha256: key_of(ca) }
}

/// In two logs, as precertificate and as certificate, the certificate first.
fn observed(policy: &Policy, ca: &Ca, builders: &[CertificateBuilder]) -> Vec<Issuance> {
    let mut issuances = Issuances::new();
    for (index, builder) in (0_u64..).zip(builders) {
        let precert = builder.precertificate(ca);
        let certificate = builder.certificate_with_scts(ca, &[4, 2, 0, 0]);
        for log in ["alpha", "beta"] {
            with_tbs(&certificate, |tbs| {
                issuances
                    .observe(policy, tbs, || seen(log, 2 * index, EntryKind::Certificate, IssuerAttribution::Unknown));
            });
            with_tbs(&precert, |tbs| {
                issuances.observe(policy, tbs, || seen(log, 2 * index + 1, EntryKind::Precertificate, leaf_bound(ca)));
            });
        }
    }
    issuances.settle(policy).collect()
}

#[test]
fn each_certificate_is_one_incident_that_says_what_where_and_why() {
    let policy = owner("");
    let incidents = observed(&policy, &stand_in(), &[certificate(0), certificate(1), certificate(2)]);
    assert_eq!(incidents.len(), 3);
    for (incident, serial) in incidents.iter().zip(SERIALS) {
        assert_eq!(incident.seen.len(), 4);
        assert_eq!(incident.issuers, [leaf_bound(&stand_in())]);
        let hex: String = serial.iter().map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(incident.certificate.serial.as_deref(), Some(&*hex));
        // Not one rule about certificates as such is broken: consent is the only signal.
        let findings: Vec<_> = incident.verdict.findings().collect();
        let [finding] = findings[..] else { panic!("{:#?}", incident.verdict) };
        assert_eq!((finding.rule.as_str(), finding.cause), ("ownership.no_grant", Cause::NoConsent));
        assert_eq!(finding.level, Level::Critical);
        assert_eq!(finding.location.part.to_string(), "subjectAltName[2].iPAddress");
        assert_eq!(finding.identifier.as_ref().unwrap().octets, "01010101");
        assert_eq!((finding.asset.as_deref(), finding.owner.as_deref()), (Some("resolver"), Some("resolver-team")));
        assert_eq!(
            finding.explanation,
            "1.1.1.1 belongs to resolver-team (asset resolver), and no grant lets anybody issue a certificate for it; names \
             that are in no asset stand beside it"
        );
        assert_eq!(finding.beside.len(), 2);
        assert!(finding.beside.iter().all(|name| name.starts_with("test1") && name.ends_with(".hr")));
        round_trip(incident);
    }
}

/// Adding the grant that the finding offers makes the issuance quiet; with a later end its renewal and its rekeying too, and
/// nobody else's.
#[test]
fn with_consent_it_would_have_been_quiet() {
    let first = observed(&owner(""), &stand_in(), &[certificate(0)]).remove(0);
    let finding = first.verdict.findings().next().unwrap();
    let (issuer, grant) = (finding.missing_issuer.as_ref().unwrap(), signed(finding.missing_grant.as_ref().unwrap()));
    let as_it_is = observed(&owner(&format!("{issuer}{grant}")), &stand_in(), &[certificate(0)]).remove(0);
    assert!(as_it_is.verdict.is_quiet());
    // As its comment says, later certificates need a later end.
    let wider = grant.replace("not_after = 2025-05-01T00:00:00Z", "not_after = 2026-05-01T00:00:00Z");
    assert_ne!(wider, grant);
    let policy = owner(&format!("{issuer}{wider}"));
    let later = unix_seconds(2025, 7, 1, 0, 0, 0);
    let renewal = certificate(0).serial(&[2]).validity(later, later + 90 * DAY - 1);
    let rekeyed = CertificateBuilder::leaf(Key::new(12, "new key").spki_der())
        .serial(&[3])
        .validity(later, later + 90 * DAY - 1)
        .dns("test1.hr")
        .ip([1, 1, 1, 1]);
    let quiet = observed(&policy, &stand_in(), &[certificate(0), renewal, rekeyed]);
    assert!(quiet.len() == 3 && quiet.iter().all(|issuance| issuance.verdict.is_quiet()));

    let impostor = Ca::root(Key::new(11, "impostor"), &name(), 0, 4_102_444_800);
    let loud = observed(&policy, &impostor, &[certificate(0)]).remove(0);
    assert_eq!(loud.verdict.findings().next().unwrap().cause, Cause::WrongIssuer);
    assert_ne!(loud.issuers, first.issuers);
}

/// A year of noise with one mis-issuance in it is one alert.
#[test]
fn one_alert_in_a_stream() {
    let grant = format!(
        "[[issuer]]\nid = \"ours\"\nspki_sha256 = [\"{}\"]\n[[grant]]\nid = \"g\"\nassets = [\"resolver\"]\nissuers = [\"ours\"]\n\
         not_before = 2025-01-01T00:00:00Z\nnot_after = 2026-01-01T00:00:00Z\napproved_by = \"a\"\nreason = \"r\"\n",
        key_of(&our_ca())
    );
    let policy = owner(&grant);
    let mut alerts = 0;
    for week in 0..52_u8 {
        let from = unix_seconds(2025, 1, 1, 0, 0, 0) + i64::from(week) * 7 * DAY;
        let renewal =
            leaf().validity(from, from + 14 * DAY - 1).serial(&[week + 1]).dns("dns.example.com").ip([1, 1, 1, 1]);
        let foreign = leaf().validity(from, from + 14 * DAY - 1).serial(&[week + 1]).dns("www.elsewhere.example");
        alerts +=
            observed(&policy, &our_ca(), &[renewal, foreign]).iter().filter(|one| !one.verdict.is_quiet()).count();
    }
    assert_eq!(alerts, 0);
    let bad = observed(&policy, &stand_in(), &[certificate(1)]);
    assert!(matches!(&bad[..], [Issuance { verdict: Verdict::Findings { findings, .. }, .. }] if findings.len() == 1));
}

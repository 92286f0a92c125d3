//! One issuance out of a precertificate, its certificate and all their copies.

mod support;

use ctlens_lint::Level;
use ctlens_policy::{
    Cause, CertificateFacts, Context, EntryKind, Finding, Format, Issuance, Issuances, IssuerAttribution, LineError,
    Observation, Policy, RevocationFact, RevocationStatus, Sha256Hash, SignedCertificate, TrustView, Verdict,
};
use ctlens_testkit::{CertificateBuilder, Key, Name, tree};
use ctlens_x509::{Certificate, UnixSeconds};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use support::*;

fn pair(builder: &CertificateBuilder) -> (Vec<u8>, Vec<u8>) {
    let ca = our_ca();
    (builder.precertificate(&ca), builder.certificate_with_scts(&ca, &[4, 2, 0, 0]))
}

fn leaf_bound() -> IssuerAttribution {
    IssuerAttribution::LeafBound { key_sha256: key_of(&our_ca()) }
}

fn checked() -> IssuerAttribution {
    IssuerAttribution::SignatureChecked { key_sha256: key_of(&our_ca()) }
}

fn claimed() -> IssuerAttribution {
    IssuerAttribution::Claimed { key_sha256: key_of(&our_ca()) }
}

fn observe(issuances: &mut Issuances, policy: &Policy, certificate: &[u8], seen: &Observation) -> Option<Sha256Hash> {
    with_tbs(certificate, |tbs| issuances.observe(policy, tbs, || seen.clone()))
}

fn settle(issuances: &Issuances, policy: &Policy) -> Vec<Issuance> {
    issuances.settle(policy).collect()
}

#[test]
fn copies_are_one_issuance_whatever_the_order() {
    let policy = policy();
    let builder = leaf().dns("www.bare.example");
    let (precert, certificate) = pair(&builder);
    // What of the precertificate stands in a log: its TBS without the poison.
    let entry_tbs = builder.precert_tbs(&our_ca());
    let mut all = vec![
        (precert, seen("alpha", 1, EntryKind::Precertificate, leaf_bound())),
        (certificate.clone(), seen("alpha", 9, EntryKind::Certificate, claimed())),
        (certificate.clone(), seen("beta", 9, EntryKind::Certificate, IssuerAttribution::Unknown)),
        (certificate, seen("beta", 9, EntryKind::Certificate, IssuerAttribution::Unknown)),
    ];
    let mut results = Vec::new();
    for _ in 0..all.len() {
        all.rotate_left(1);
        let mut issuances = Issuances::new();
        for (der, seen) in &all {
            assert_eq!(observe(&mut issuances, &policy, der, seen), Some(Sha256Hash(tree::sha256(&entry_tbs))));
        }
        let bare = ctlens_x509::Tbs::from_der(&entry_tbs).unwrap();
        issuances.observe(&policy, &bare, || seen("gamma", 4, EntryKind::Precertificate, leaf_bound()));
        assert_eq!(issuances.len(), 1);
        results.push(settle(&issuances, &policy));
    }
    for other in &results[1..] {
        assert_eq!(&results[0], other);
    }
    let [issuance] = &results[0][..] else { panic!() };
    // What another log says about its precertificates proves nothing about the certificate of beta.
    assert_eq!(issuance.issuers, [leaf_bound(), IssuerAttribution::Unknown]);
    let folded = IssuerAttribution::Folded { key_sha256: key_of(&our_ca()) };
    let places: Vec<_> = issuance.seen.iter().map(|seen| (seen.log.as_str(), seen.index, seen.issuer)).collect();
    let mut expected = [
        ("alpha", 1, leaf_bound()),
        ("alpha", 9, folded),
        ("beta", 9, IssuerAttribution::Unknown),
        ("gamma", 4, leaf_bound()),
    ];
    expected.sort_by_key(|&(log, index, _)| (Sha256Hash::of(log.as_bytes()), index));
    assert_eq!(places, expected);
    let Verdict::Findings { findings, .. } = &issuance.verdict else { panic!() };
    assert_eq!(findings.len(), 1);
    round_trip(issuance);
}

#[test]
fn a_certificate_alone_is_not_attributed() {
    let policy = policy();
    let (precert, certificate) = pair(&leaf().ip([1, 1, 1, 1]));
    let mut issuances = Issuances::new();
    observe(&mut issuances, &policy, &certificate, &seen("a", 1, EntryKind::Certificate, claimed()));
    let first = settle(&issuances, &policy).remove(0);
    assert_eq!(first.verdict.findings().next().unwrap().cause, Cause::IssuerUnproven);
    assert_eq!(first.issuers, [claimed()]);
    // Another log's word for the precertificate's key is none about what this log has.
    observe(&mut issuances, &policy, &precert, &seen("b", 1, EntryKind::Precertificate, leaf_bound()));
    let other = settle(&issuances, &policy).remove(0);
    assert_eq!(other.issuers, [leaf_bound(), claimed()]);
    assert_eq!(other.verdict.findings().next().unwrap().cause, Cause::IssuerUnproven);
    // This log's is.
    let mut this = issuances.clone();
    observe(&mut this, &policy, &precert, &seen("a", 2, EntryKind::Precertificate, leaf_bound()));
    let third = settle(&this, &policy).remove(0);
    assert_eq!(third.verdict, Verdict::Expected { grants: vec!["resolver-2026".into()] });
    let consents = |issuance: &Issuance| -> Vec<(String, String, String)> {
        let consents = issuance.consents.iter();
        consents.map(|by| (by.grant.clone(), by.approved_by.clone(), by.reason.clone())).collect()
    };
    let by = ["resolver-2026", "alice@resolver.example", "CHG-1042"].map(str::to_owned);
    assert_eq!(consents(&third), [by.into()]);
    assert!(
        third.to_string().ends_with(": permitted by resolver-2026 (approved by alice@resolver.example, CHG-1042)"),
        "{third}"
    );
    assert!(round_trip(&third).contains(
        r#""consents":[{"grant":"resolver-2026","approved_by":"alice@resolver.example","reason":"CHG-1042","evidence_sha256":null}]"#
    ));
    assert_eq!(third.issuers, [leaf_bound()]);
    // And a signature is proof wherever it is found, and the stronger evidence for the key.
    observe(&mut issuances, &policy, &precert, &seen("b", 1, EntryKind::Precertificate, checked()));
    let second = settle(&issuances, &policy).remove(0);
    assert_eq!(second.issuers, [checked()]);
    assert_eq!(second.seen.iter().filter(|seen| seen.issuer == checked()).count(), 1);
    let folded = IssuerAttribution::Folded { key_sha256: key_of(&our_ca()) };
    assert_eq!(second.seen.iter().filter(|seen| seen.issuer == folded).count(), 1);
    assert_eq!(second.verdict, Verdict::Expected { grants: vec!["resolver-2026".into()] });
    assert_eq!(second.seen.len(), 2);
    round_trip(&second);
}

#[test]
fn a_checked_signature_suffices() {
    let policy = policy();
    let (_, certificate) = pair(&leaf().ip([1, 1, 1, 1]));
    let checked = IssuerAttribution::SignatureChecked { key_sha256: key_of(&our_ca()) };
    for verified in [true, false] {
        let mut issuances = Issuances::new();
        let seen = Observation { verified, ..seen("a", 1, EntryKind::Certificate, checked) };
        observe(&mut issuances, &policy, &certificate, &seen);
        assert!(settle(&issuances, &policy).remove(0).verdict.is_quiet(), "{verified}");
    }
}

/// Nothing unverified decides: an entry that lies under no tree head can name any key.
#[test]
fn an_unverified_entry_only_claims() {
    let policy = policy();
    let (precert, _) = pair(&leaf().ip([1, 1, 1, 1]));
    let mut issuances = Issuances::new();
    let unverified = Observation { verified: false, ..seen("a", 1, EntryKind::Precertificate, leaf_bound()) };
    observe(&mut issuances, &policy, &precert, &unverified);
    let issuance = settle(&issuances, &policy).remove(0);
    assert_eq!(issuance.issuers, [claimed()]);
    assert!(!issuance.is_verified() && !issuance.verdict.is_quiet());
    let line = round_trip(&issuance);
    assert!(line.starts_with(r#"{"schema":"ctlens.finding/1","level":"error","verified":false,"#), "{line}");
    assert!(issuance.to_string().starts_with("error (unverified): certificate "), "{issuance}");
    // The same entry again, now under a tree head: one entry, and proven.
    observe(&mut issuances, &policy, &precert, &seen("a", 1, EntryKind::Precertificate, leaf_bound()));
    observe(&mut issuances, &policy, &precert, &unverified);
    let issuance = settle(&issuances, &policy).remove(0);
    assert_eq!((issuance.seen.len(), &issuance.issuers[..]), (1, &[leaf_bound()][..]));
    assert!(issuance.is_verified() && issuance.verdict.is_quiet());
}

/// Two keys for one TBS: both must be permitted, whichever comes first.
#[test]
fn contradicting_issuers_are_both_judged() {
    let policy = policy();
    let (precert, _) = pair(&leaf().ip([1, 1, 1, 1]));
    let other = IssuerAttribution::LeafBound { key_sha256: key_of(&impostor_ca()) };
    for order in [[leaf_bound(), other], [other, leaf_bound()]] {
        for index in [5, 6] {
            let mut issuances = Issuances::new();
            observe(&mut issuances, &policy, &precert, &seen("a", 5, EntryKind::Precertificate, order[0]));
            observe(&mut issuances, &policy, &precert, &seen("a", index, EntryKind::Precertificate, order[1]));
            let issuance = settle(&issuances, &policy).remove(0);
            assert_eq!((issuance.issuers.len(), issuance.seen.len()), (2, 2));
            assert_eq!(issuance.verdict.findings().next().unwrap().cause, Cause::WrongIssuer);
        }
    }
}

/// What is undecidable about one issuer hides nothing that is certain about another.
#[test]
fn no_issuer_hides_another() {
    let policy = policy();
    let (mut precert, _) = pair(&leaf().ip([1, 1, 1, 1]));
    // Nobody can say whether the grant for our key was in force, and the other key has none at all.
    let begins = precert.windows(13).position(|window| window == b"260201000000Z").unwrap();
    precert[begins + 2] = b'x';
    let other = IssuerAttribution::LeafBound { key_sha256: key_of(&impostor_ca()) };
    for order in [[leaf_bound(), other], [other, leaf_bound()]] {
        let mut issuances = Issuances::new();
        for (index, issuer) in (0..).zip(order) {
            observe(&mut issuances, &policy, &precert, &seen("a", index, EntryKind::Precertificate, issuer));
        }
        let issuance = settle(&issuances, &policy).remove(0);
        let Verdict::Undecidable { why, findings, left_out: 0 } = &issuance.verdict else { panic!("{issuance:#?}") };
        let about =
            |findings: &[Finding], rule: &str| findings.iter().filter(|finding| finding.rule.as_str() == rule).count();
        assert_eq!((about(why, "ownership.undecidable"), about(findings, "ownership.wrong_issuer")), (1, 1));
        assert_eq!(issuance.verdict.level(), Some(Level::Critical));
        // Whom each is about: one key, the other, or whoever issued.
        let issuers = |rule: &str| {
            let of_rule = issuance.verdict.findings().find(|finding| finding.rule.as_str() == rule);
            of_rule.map(|finding| finding.issuers.clone())
        };
        assert_eq!(issuers("ownership.undecidable"), Some(vec![leaf_bound()]));
        assert_eq!(issuers("ownership.wrong_issuer"), Some(vec![other]));
        assert_eq!(issuers("validity.max_398d"), Some(vec![]));
        let told = format!(" [ownership.wrong_issuer, issued by {other}]");
        assert!(issuance.to_string().contains(&told), "{issuance}");
        round_trip(&issuance);
    }
}

/// What is found about several issuers is bounded, the worst is shown, and the rest is counted.
#[test]
fn many_findings_about_many_issuers() {
    let keys: Vec<Sha256Hash> = (0..5_u8).map(|n| Sha256Hash([n; 32])).collect();
    let tables = [
        "not_before = 2020-01-01T00:00:00Z\nnot_after = 2020-01-02T00:00:00Z",
        "not_before = 2030-01-01T00:00:00Z\nnot_after = 2030-01-02T00:00:00Z",
        "not_before = 2020-01-01T00:00:00Z\nnot_after = 2030-01-02T00:00:00Z\nenv = \"test\"",
        "not_before = 2020-01-01T00:00:00Z\nnot_after = 2030-01-02T00:00:00Z\nkey_sha256 = [\"KEY\"]",
    ];
    let mut text = policy_text();
    for (n, (table, key)) in tables.iter().zip(&keys).enumerate() {
        let table = table.replace("KEY", &key.to_string());
        text.push_str(&format!(
            "\n[[issuer]]\nid = \"i{n}\"\nspki_sha256 = [\"{key}\"]\n[[grant]]\nid = \"g{n}\"\nassets = [\"bare\"]\n\
             issuers = [\"i{n}\"]\n{table}\napproved_by = \"a\"\nreason = \"r\"\n"
        ));
    }
    let policy = compile(&text);
    let builder = (0..300).fold(leaf(), |builder, n| builder.dns(format!("n{n}.bare.example")));
    let (precert, _) = pair(&builder);
    let mut issuances = Issuances::new();
    let mut ids = BTreeSet::new();
    for (index, &key_sha256) in (0..).zip(&keys) {
        let issuer = IssuerAttribution::LeafBound { key_sha256 };
        observe(&mut issuances, &policy, &precert, &seen("a", index, EntryKind::Precertificate, issuer));
        let Verdict::Findings { findings, left_out: 44 } = with_tbs(&precert, |tbs| policy.evaluate(tbs, &issuer))
        else {
            panic!()
        };
        ids.extend(findings.iter().map(|finding| finding.id));
    }
    assert!(ids.len() >= 5 * 256, "{}", ids.len());
    let issuance = settle(&issuances, &policy).remove(0);
    let Verdict::Findings { findings, left_out } = &issuance.verdict else { panic!() };
    assert_eq!((findings.len(), *left_out), (Issuance::MOST_FINDINGS, 44 + ids.len() - Issuance::MOST_FINDINGS));
    assert!(findings.is_sorted_by_key(|finding| Reverse(finding.level)));
    let critical = findings.iter().filter(|finding| finding.rule.as_str() == "ownership.wrong_issuer").count();
    assert_eq!(critical, 256);
    round_trip(&issuance);
}

/// A log can say that any number of keys issued: what is judged and shown is bounded, and what is not judged is not expected.
#[test]
fn many_issuers_and_places() {
    let key = |n: u64| Sha256Hash::of(&n.to_be_bytes());
    let keys: Vec<String> = (0..1000).map(|n| format!("\"{}\"", key(n))).collect();
    let policy = compile(&policy_text().replace("spki_sha256 = [", &format!("spki_sha256 = [{}, ", keys.join(", "))));
    let (precert, _) = pair(&leaf().ip([1, 1, 1, 1]));
    for (count, is_quiet) in [(64, true), (65, false), (1000, false)] {
        let mut issuances = Issuances::new();
        for n in 0..count {
            let issuer = IssuerAttribution::LeafBound { key_sha256: key(n) };
            observe(&mut issuances, &policy, &precert, &seen("a", n, EntryKind::Precertificate, issuer));
        }
        let issuance = settle(&issuances, &policy).remove(0);
        let total = usize::try_from(count).unwrap();
        assert_eq!((issuance.issuers.len(), issuance.issuers_total), (64, total));
        assert_eq!((issuance.seen.len(), issuance.seen_total), (total.min(256), total));
        assert_eq!(issuance.verdict.is_quiet(), is_quiet);
        assert_eq!(issuance.verdict.findings().count(), usize::from(!is_quiet));
        assert!(issuance.verdict.findings().all(|finding| finding.cause == Cause::LeftOut));
        assert_eq!(issuance.to_string().contains(&format!(" and by {} more", total - 64)), !is_quiet);
        round_trip(&issuance);
    }
}

/// Nothing is quiet of which not all is judged: here what is denied to the last of many keys, and to nobody else.
#[test]
fn a_denial_to_one_of_many_issuers() {
    let key = |n: u64| Sha256Hash::of(&n.to_be_bytes());
    let last = (0..70).map(key).max().unwrap();
    let policy = compile(&format!(
        "version = 1\n[[issuer]]\nid = \"i\"\nspki_sha256 = [\"{last}\"]\n[[deny]]\nid = \"d\"\nissuers = [\"i\"]\n\
         dns = [\".elsewhere.example\"]\nreason = \"r\"\n"
    ));
    let (precert, _) = pair(&leaf().dns("www.elsewhere.example"));
    for (keys, decision) in [(64, "unowned"), (70, "findings")] {
        let mut issuances = Issuances::new();
        for (index, key_sha256) in (0..70).map(key).filter(|key| keys == 70 || *key != last).take(keys).enumerate() {
            let (index, issuer) = (index as u64, IssuerAttribution::LeafBound { key_sha256 });
            observe(&mut issuances, &policy, &precert, &seen("a", index, EntryKind::Precertificate, issuer));
        }
        let issuance = settle(&issuances, &policy).remove(0);
        assert_eq!(issuance.verdict.as_str(), decision);
        assert!(issuance.verdict.findings().all(|finding| finding.cause == Cause::LeftOut));
    }
}

/// Whatever is said about those that are judged, the others are not forgotten: neither where it is suppressed, nor where it is
/// less than they could be.
#[test]
fn many_issuers_of_what_is_known_already() {
    let key = |n: u64| Sha256Hash::of(&n.to_be_bytes());
    let suppressed = "[[suppress]]\nid = \"s\"\nrule = \"ownership.no_grant\"\nasset = \"bare\"\n\
                      until = 2027-01-01T00:00:00Z\nby = \"b\"\nreason = \"r\"\n";
    let notice = "\"ownership.no_grant\" = \"notice\"\n";
    for (more, few) in [(suppressed, None), (notice, Some(Level::Notice))] {
        let policy = compile(&format!("{}{more}", policy_text()));
        let (precert, _) = pair(&leaf().dns("www.bare.example"));
        for (count, level) in [(64, few), (65, Some(Level::Error))] {
            let mut issuances = Issuances::new();
            for n in 0..count {
                let issuer = IssuerAttribution::LeafBound { key_sha256: key(n) };
                observe(&mut issuances, &policy, &precert, &seen("a", n, EntryKind::Precertificate, issuer));
            }
            let context = Context::at(UnixSeconds(1_770_000_000));
            let issuance = issuances.settle_in(&policy, |_| context).next().unwrap();
            assert_eq!((issuance.verdict.level(), issuance.verdict.is_quiet()), (level, level.is_none()));
            let left_out = issuance.verdict.findings().filter(|finding| finding.cause == Cause::LeftOut).count();
            assert_eq!(left_out, usize::from(count > 64));
            round_trip(&issuance);
        }
    }
}

/// A limit makes a precertificate a matter of ours, and with it all its copies, though nobody proves who issued those.
#[test]
fn copies_of_what_is_beyond_a_limit() {
    let policy = with_limit("[[limit]]\nid = \"l\"\nissuers = [\"our-ca\"]\ndns = [\".hr\"]\nreason = \"contract\"\n");
    let (precert, certificate) = pair(&leaf().dns("www.elsewhere.example"));
    let (_, other) = pair(&leaf().dns("www.elsewhere.example").serial(&[9]));
    let mut issuances = Issuances::new();
    let unknown = |index| seen("a", index, EntryKind::Certificate, IssuerAttribution::Unknown);
    assert_eq!(observe(&mut issuances, &policy, &certificate, &unknown(1)), None);
    let kept = observe(&mut issuances, &policy, &precert, &seen("a", 2, EntryKind::Precertificate, leaf_bound()));
    assert!(kept.is_some());
    assert_eq!(observe(&mut issuances, &policy, &certificate, &unknown(3)), kept);
    assert_eq!(observe(&mut issuances, &policy, &other, &unknown(4)), None);
    let issuance = settle(&issuances, &policy).remove(0);
    let places: Vec<_> = issuance.seen.iter().map(|seen| (seen.index, seen.entry)).collect();
    assert_eq!(places, [(2, EntryKind::Precertificate), (3, EntryKind::Certificate)]);
    assert_eq!(issuance.issuers, [leaf_bound()]);
}

fn with_limit(limit: &str) -> Policy {
    compile(&format!("{}{limit}", policy_text()))
}

#[test]
fn only_what_concerns_an_asset_is_held() {
    let policy = policy();
    let mut issuances = Issuances::new();
    for n in 0..50_u8 {
        let (precert, _) = pair(&leaf().dns(format!("host{n}.elsewhere.example")).serial(&[n + 1]));
        let asked =
            with_tbs(&precert, |tbs| issuances.observe(&policy, tbs, || panic!("nobody asks where it was seen")));
        assert_eq!(asked, None);
    }
    assert!(issuances.is_empty());
}

#[test]
fn what_is_no_certificate_is_settled_as_undecidable() {
    let policy = policy();
    let octets = b"\x30\x82\xff\xff not a certificate";
    let why = Certificate::from_der(octets).unwrap_err();
    let mut issuances = Issuances::new();
    let hash = issuances.observe_unparsable(octets, why, seen("a", 3, EntryKind::Certificate, claimed()));
    assert_eq!(hash.0, tree::sha256(octets));
    let issuance = issuances.settle_one(&policy, &hash).unwrap();
    let Verdict::Undecidable { why, .. } = &issuance.verdict else { panic!() };
    assert_eq!(
        why[0].explanation,
        "22 octets in the place of a certificate cannot be read (length of 65535 octets where 18 are available at offset 0): \
         any name may be in them"
            .replace("available", "left")
    );
    assert_eq!((issuance.certificate.serial.clone(), issuance.certificate.names_total), (None, 0));
    round_trip(&issuance);
}

#[test]
fn settled_in_the_order_of_time() {
    let policy = policy();
    let mut issuances = Issuances::new();
    for (serial, index) in [(1_u8, 30), (2, 10), (3, 20)] {
        let (precert, _) = pair(&leaf().dns("one.example").serial(&[serial]));
        observe(&mut issuances, &policy, &precert, &seen("a", index, EntryKind::Precertificate, leaf_bound()));
    }
    let serials: Vec<_> = issuances.settle(&policy).map(|issuance| issuance.certificate.serial.unwrap()).collect();
    assert_eq!(serials, ["02", "03", "01"]);
}

/// The whole line, so that nobody changes it without noticing.
#[test]
fn the_line_of_json() {
    let policy = policy();
    let builder =
        leaf().serial(&[0, 0xd3, 0x16]).subject(&Name::new().common_name("www.bare.example")).dns("www.bare.example");
    let (precert, _) = pair(&builder);
    let mut issuances = Issuances::new();
    observe(&mut issuances, &policy, &precert, &seen("log.example", 7, EntryKind::Precertificate, leaf_bound()));
    let issuance = settle(&issuances, &policy).remove(0);
    let finding = issuance.verdict.findings().next().unwrap();
    let octets = finding.location.octets.unwrap();
    let also = finding.also_at[0].octets.unwrap();
    let tbs = builder.precert_tbs(&our_ca());
    let at = |offset: usize| &tbs[offset..offset + 16];
    assert_eq!((at(octets.offset), at(also.offset)), (&b"www.bare.example"[..], &b"www.bare.example"[..]));
    let key = key_of(&our_ca());
    let expected = format!(
        concat!(
            r#"{{"schema":"ctlens.finding/1","level":"critical","verified":true,"certificate":{{"tbs_sha256":"{tbs}","#,
            r#""spki_sha256":"{spki}","serial":"00d316","subject_cn":"www.bare.example","claimed_issuer":"CN=Our CA","not_before":"2026-02-01T00:00:00Z","#,
            r#""not_after":"2026-05-01T23:59:59Z","names":["www.bare.example"],"names_total":1}},"#,
            r#""issuers":[{{"attribution":"leaf_bound","key_sha256":"{key}"}}],"issuers_total":1,"seen_total":1,"seen":[{{"log":"log.example","#,
            r#""log_id":"{log}","index":7,"timestamp":"2026-02-02T02:40:00.007Z","entry":"precertificate","#,
            r#""attribution":"leaf_bound","key_sha256":"{key}","verified":true}}],"signed_total":0,"signed":[],"revocation":null,"policy_sha256":"{policy}","#,
            r#""decision":"findings","findings":[{{"id":"{id}","rule":"ownership.no_grant","level":"critical","#,
            r#""cause":"no_consent","explanation":"\"www.bare.example\" belongs to resolver-team (asset bare), and no grant "#,
            r#"lets anybody issue a certificate for it","asset":"bare","owner":"resolver-team","#,
            r#""contact":"mailto:pki@resolver.example","identifier":{{"text":"www.bare.example","#,
            r#""octets":"7777772e626172652e6578616d706c65","length":16,"relation":"below","reading":"standard","#,
            r#""grade":"rfc9525"}},"location":{{"part":"subjectAltName","index":0,"kind":"dNSName","octets":{{"offset":{offset},"#,
            r#""length":16}}}},"also_at":[{{"part":"commonName","index":0,"octets":{{"offset":{also},"length":16}}}}],"also_at_total":1,"#,
            r#""decided_by":["default-deny"],"missing_issuer":null,"missing_grant":{draft},"#,
            r#""suppressed":null,"beside":[],"issuers":[],"actions":[{{"do":"add_grant"}},{{"do":"ask_the_ca","item":5,"within_s":86400}}]}}],"left_out":0}}"#,
        ),
        tbs = Sha256Hash(tree::sha256(&tbs)),
        spki = Sha256Hash(Key::new(7, "leaf").spki_sha256()),
        key = key,
        log = Sha256Hash(tree::sha256(b"log.example")),
        policy = policy.digest(),
        id = finding.id,
        offset = octets.offset,
        also = also.offset,
        draft = serde_json::to_string(finding.missing_grant.as_ref().unwrap()).unwrap(),
    );
    assert_eq!(round_trip(&issuance), expected);
    assert_eq!(
        issuance.to_string(),
        format!(
            "critical: certificate {}… (serial 00d316, CN \"www.bare.example\", from 2026-02-01T00:00:00Z through \
             2026-05-01T23:59:59Z), issued by key {}… (leaf-bound), seen once: \"www.bare.example\" belongs to resolver-team \
             (asset bare), and no grant lets anybody issue a certificate for it [ownership.no_grant]",
            issuance.certificate.tbs_sha256.short(),
            key.short()
        )
    );
}

#[test]
fn lines_that_are_none() {
    assert!(matches!(Issuance::from_json_line("{"), Err(LineError::Json { .. })));
    assert!(matches!(Issuance::from_json_line(r#"{"schema":"ctlens.finding/1"}"#), Err(LineError::Json { .. })));
    let other = Issuance::from_json_line(r#"{"schema":"ctlens.finding/2"}"#);
    assert_eq!(other, Err(LineError::Schema { found: "ctlens.finding/2".into(), expected: "ctlens.finding/1" }));
}

#[test]
fn coverage() {
    let policy = policy();
    let mut coverage = policy.coverage(UnixSeconds(1_770_000_000));
    assert_eq!(coverage.len(), 2);
    assert!(coverage[0].is_covered() && !coverage[1].is_covered());
    assert_eq!(
        coverage[0].to_string(),
        "resolver (resolver-team) 1.1.1.1/32 1.0.0.0/24 2606:4700::/32 .one.example and 1 more: \
         our-ca until 2027-01-01T00:00:00Z by resolver-2026 (alice@resolver.example: CHG-1042)"
    );
    assert_eq!(coverage[1].to_string(), "bare (resolver-team) .bare.example: no grant: every certificate is a finding");
    let json = serde_json::to_string(&coverage.remove(0)).unwrap();
    assert!(json.ends_with(concat!(
        r#""grants":[{"grant":"resolver-2026","issuers":["our-ca"],"not_before":"2026-01-01T00:00:00Z","#,
        r#""not_after":"2027-01-01T00:00:00Z","in_force":"now","approved_by":"alice@resolver.example","reason":"CHG-1042","#,
        r#""evidence_sha256":null}]}"#
    )));
    for (now, in_force) in [(0, "not yet"), (1_900_000_000, "expired")] {
        let coverage = policy.coverage(UnixSeconds(now));
        assert!(!coverage[0].is_covered() && coverage[0].to_string().contains(in_force));
    }
}

/// A line may come from anywhere: what it says is shown in one line, and nothing in it reaches the terminal.
#[test]
fn what_a_line_says_is_shown_and_not_acted_on() {
    let policy = policy();
    let (precert, _) = pair(&leaf().dns("www.bare.example"));
    let mut issuances = Issuances::new();
    observe(&mut issuances, &policy, &precert, &seen("a\nb\u{9b}", 7, EntryKind::Precertificate, leaf_bound()));
    let line = settle(&issuances, &policy).remove(0).to_json_line();
    assert!(line.contains(r"a\nb\u009b"), "{line}");
    let forged =
        line.replace("belongs to", r"\n\u001b[2Jbelongs\u202e to").replace(r#""serial":""#, r#""serial":"\u009b"#);
    let forged = Issuance::from_json_line(&forged).unwrap();
    for shown in
        [forged.to_string(), forged.certificate.to_string(), forged.verdict.findings().next().unwrap().to_string()]
    {
        assert!(!shown.contains(['\n', '\u{1b}', '\u{9b}', '\u{202e}']), "{shown:?}");
    }
    round_trip(&forged);
}

/// One name over and over is one finding, of which as much is shown as somebody could look at, whoever is said to have issued.
#[test]
fn one_name_many_times() {
    let policy = policy();
    let builder = (0..4096).fold(leaf(), |builder, n| builder.dns(["n.bare.example", "N.bare.example."][n % 2]));
    let (precert, _) = pair(&builder);
    let mut issuances = Issuances::new();
    for n in 0..64_u64 {
        let issuer = IssuerAttribution::LeafBound { key_sha256: Sha256Hash::of(&n.to_be_bytes()) };
        observe(&mut issuances, &policy, &precert, &seen("a", n, EntryKind::Precertificate, issuer));
    }
    let issuance = settle(&issuances, &policy).remove(0);
    let [finding] = &issuance.verdict.findings().filter(|finding| finding.asset.is_some()).collect::<Vec<_>>()[..]
    else {
        panic!("{:#?}", issuance.verdict)
    };
    assert_eq!((finding.also_at.len(), finding.also_at_total), (Finding::MOST_ALSO_AT, 4095));
    let line = round_trip(&issuance);
    assert!(line.len() < 64 * 1024, "{}", line.len());
    // A line of before says no number.
    let older = Issuance::from_json_line(&line.replace(r#""also_at_total":4095,"#, "")).unwrap();
    let finding = older.verdict.findings().find(|finding| finding.asset.is_some()).unwrap();
    assert_eq!(finding.also_at_total, Finding::MOST_ALSO_AT);
}

/// A monitor that runs for long saves what it holds, goes on from there, and forgets what it has told.
#[test]
fn saved_and_forgotten() {
    let policy = policy();
    let (precert, certificate) = pair(&leaf().dns("www.bare.example"));
    let octets = b"\x30\x82\xff\xff not a certificate";
    let mut issuances = Issuances::new();
    let hash =
        observe(&mut issuances, &policy, &certificate, &seen("a", 1, EntryKind::Certificate, claimed())).unwrap();
    let why = Certificate::from_der(octets).unwrap_err();
    let unread = issuances.observe_unparsable(octets, why, seen("a", 3, EntryKind::Certificate, claimed()));
    let signed =
        SignedCertificate { sha256: Sha256Hash::of(&certificate), entry: EntryKind::Certificate, scts: Vec::new() };
    assert!(issuances.attach(&hash, signed));
    let saved = serde_json::to_string(&issuances).unwrap();
    let mut restored: Issuances = serde_json::from_str(&saved).unwrap();
    assert_eq!(settle(&restored, &policy), settle(&issuances, &policy));
    assert_eq!(serde_json::to_string(&restored).unwrap(), saved);
    for issuances in [&mut issuances, &mut restored] {
        observe(issuances, &policy, &precert, &seen("a", 2, EntryKind::Precertificate, leaf_bound()));
    }
    assert_eq!(settle(&restored, &policy), settle(&issuances, &policy));
    assert_eq!(restored.settle_one(&policy, &hash).unwrap().issuers, [leaf_bound()]);
    assert!(restored.forget(&unread) && !restored.forget(&unread));
    assert_eq!((restored.len(), restored.settle_one(&policy, &unread)), (1, None));
    assert!(restored.forget(&hash) && restored.is_empty());
    for broken in [
        "{}",
        &saved.replace("\"3082", "\"3182"),
        &saved.replace("\"3082", "\"x082"),
        &saved.replace("\"3082", "\"082"),
    ] {
        assert!(serde_json::from_str::<Issuances>(broken).is_err(), "{broken}");
    }
}

/// What is known of one certificate is not known of another.
#[test]
fn each_has_its_own_context() {
    let policy = policy();
    let now = UnixSeconds(1_772_000_000);
    let mut issuances = Issuances::new();
    let mut hashes = Vec::new();
    for serial in 1..4_u8 {
        let (precert, certificate) = pair(&leaf().serial(&[serial]).dns("www.bare.example"));
        let at = seen("a", serial.into(), EntryKind::Precertificate, leaf_bound());
        hashes.push((observe(&mut issuances, &policy, &precert, &at).unwrap(), Sha256Hash::of(&certificate)));
    }
    let told_of = hashes[1].0;
    let fact = RevocationFact {
        status: RevocationStatus::NotRevoked { as_of: now },
        notice: Some(UnixSeconds(1_771_000_000)),
    };
    let context_of = |certificate: &CertificateFacts| {
        let mut context = Context::at(now);
        context.revocation = (certificate.tbs_sha256 == told_of).then_some(fact);
        context
    };
    for issuance in issuances.settle_in(&policy, context_of) {
        let is_overdue = issuance.verdict.findings().any(|finding| finding.rule.as_str() == "revocation.overdue");
        let is_told = issuance.certificate.tbs_sha256 == told_of;
        assert_eq!((is_overdue, issuance.revocation.is_some()), (is_told, is_told));
    }
    // Lists of certificates know the one that is attached.
    let text =
        format!("version = 1\n[[disallow]]\nid = \"l\"\nreason = \"r\"\ncertificate_sha256 = [\"{}\"]\n", hashes[2].1);
    let trust = TrustView::read(&text, "trust.toml", Format::Toml).unwrap();
    for (hash, sha256) in &hashes {
        let signed = SignedCertificate { sha256: *sha256, entry: EntryKind::Certificate, scts: Vec::new() };
        assert!(issuances.attach(hash, signed));
    }
    let mut context = Context::at(now);
    context.trust = Some(&trust);
    let disallowed: Vec<Sha256Hash> = issuances
        .settle_in(&policy, |_| context)
        .filter(|issuance| issuance.verdict.findings().any(|finding| finding.cause == Cause::Disallowed))
        .map(|issuance| issuance.certificate.tbs_sha256)
        .collect();
    assert_eq!(disallowed, [hashes[2].0]);
}

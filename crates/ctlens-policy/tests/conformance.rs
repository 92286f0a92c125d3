//! The incident again, from certificates after the published facts. See CONTRIBUTING.md for `CTLENS_CORPUS`.

mod support;

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding};
use ctlens_lint::{Level, RuleSet, Status};
use ctlens_policy::{
    AlertEvidence, Cause, DetectorLimits, Detectors, EntryKind, Finding, Issuance, Issuances, IssuerAttribution,
    Policy, Sha256Hash, StreamEvent, Verdict,
};
use ctlens_san::DnsName;
use ctlens_testkit::{Corpus, KnownDifference, Tally};
use ctlens_x509::Certificate;
use serde_json::Value;
use support::{compile, round_trip, seen, with_tbs};

const MANIFEST: &str = "policy/fina/replay/manifest.json";

/// Somebody owns 1.1.1.1 and has granted it to nobody, or to one key.
fn owner_of_1_1_1_1(granted_to: Option<&str>) -> Policy {
    let owned = "version = 1\n[[owner]]\nid = \"resolver-team\"\n[[asset]]\nid = \"resolver\"\nowner = \"resolver-team\"\nip = [\"1.1.1.1/32\"]\n";
    let grant = granted_to.map_or_else(String::new, |key| {
        format!(
            "[[issuer]]\nid = \"granted\"\nspki_sha256 = [\"{key}\"]\n[[grant]]\nid = \"g\"\nassets = [\"resolver\"]\n\
             issuers = [\"granted\"]\nnot_before = 2000-01-01T00:00:00Z\nnot_after = 2050-01-01T00:00:00Z\n\
             approved_by = \"test\"\nreason = \"test\"\n"
        )
    });
    compile(&format!("{owned}{grant}"))
}

/// Every certificate of the folder as the log would show it, settled; by file.
fn replay(corpus: &Corpus, manifest: &Value, policy: &Policy) -> BTreeMap<String, Issuance> {
    let mut issuances = Issuances::new();
    let mut hashes = BTreeMap::new();
    for (index, row) in (0_u64..).zip(manifest["certs"].as_array().unwrap()) {
        let file = row["file"].as_str().unwrap();
        let Some(der) = pem(corpus, &format!("policy/fina/replay/{file}")) else { continue };
        let key_sha256 = hash(&row["issuer_spki_sha256"]);
        let (kind, issuer) = match row["kind"].as_str().unwrap() {
            "precert" => (EntryKind::Precertificate, IssuerAttribution::LeafBound { key_sha256 }),
            "final" => (EntryKind::Certificate, IssuerAttribution::Unknown),
            other => panic!("{other}"),
        };
        let kept = with_tbs(&der, |tbs| issuances.observe(policy, tbs, || seen("replay", index, kind, issuer)));
        if let Some(kept) = kept {
            hashes.insert(file.to_owned(), kept);
        }
    }
    let settled = |hash: &Sha256Hash| issuances.settle_one(policy, hash).unwrap();
    hashes.into_iter().map(|(file, hash)| (file, settled(&hash))).collect()
}

#[test]
fn nobody_may_issue_for_1_1_1_1() {
    let Some((corpus, manifest)) = corpus_json(MANIFEST) else { return };
    let settled = replay(&corpus, &manifest, &owner_of_1_1_1_1(None));
    let mut tally = Tally::new(&format!("{MANIFEST} without a grant"), &[]);
    for row in manifest["certs"].as_array().unwrap() {
        let file = row["file"].as_str().unwrap();
        if !has(&corpus, file) {
            continue;
        }
        let issuance = settled.get(file);
        // The manifest says what is in the certificate: the address as address, mapped, or as text; or no address at all.
        let lists = |list: &str, texts: &[&str]| {
            row[list].as_array().unwrap().iter().any(|text| texts.contains(&text.as_str().unwrap()))
        };
        let expected = if !row["raw_ip"].is_null() {
            "undecidable"
        } else if lists("ip", &["1.1.1.1", "::ffff:1.1.1.1"]) || lists("dns", &["1.1.1.1"]) {
            "one critical finding"
        } else {
            "unowned"
        };
        tally.compare(file, expected, issuance.map_or("unowned", against_the_asset));
        let Some(issuance) = issuance else { continue };
        tally.compare(&format!("{file} TBS hash"), hash(&row["tbs_sha256"]), issuance.certificate.tbs_sha256);
        let key = issuance.certificate.spki_sha256.unwrap();
        tally.compare(&format!("{file} key hash"), hash(&row["subject_spki_sha256"]), key);
        let issuer = issuance.issuers[0].proven_key().unwrap();
        tally.compare(&format!("{file} issuer"), hash(&row["issuer_spki_sha256"]), issuer);
        // Serial numbers whose first bit is set have an octet of zeros before them.
        let serial = issuance.certificate.serial.clone().unwrap();
        tally.compare(&format!("{file} serial"), row["serial"].as_str().unwrap(), serial.trim_start_matches("00"));
        round_trip(issuance);
    }
    tally.finish();
}

fn against_the_asset(issuance: &Issuance) -> &'static str {
    let owned: Vec<&Finding> =
        issuance.verdict.findings().filter(|finding| finding.asset.as_deref() == Some("resolver")).collect();
    match (&issuance.verdict, &owned[..]) {
        (Verdict::Undecidable { .. }, _) => "undecidable",
        (Verdict::Findings { .. }, [finding]) if finding.level == Level::Critical => "one critical finding",
        _ => "something else",
    }
}

#[test]
fn the_incident_s_issuer_is_granted() {
    let Some((corpus, manifest)) = corpus_json(MANIFEST) else { return };
    let settled = replay(&corpus, &manifest, &owner_of_1_1_1_1(manifest["issuer_spki_sha256"].as_str()));
    let mut tally = Tally::new(&format!("{MANIFEST} with a grant"), &[]);
    for (file, expected) in [
        ("r1_precert.pem", "expected"),
        ("r1_final.pem", "expected"),
        ("r2_precert.pem", "expected"),
        ("r3_precert.pem", "expected"),
        // The text of an address in a dNSName is a name there, and below no top-level domain.
        ("r8_ip_as_dnsname.pem", "san.internal_name"),
        ("r9_v4_mapped.pem", "san.ip_reserved"),
        ("r10_ip_len5.pem", "undecidable"),
        ("r11_ip_with_mask.pem", "undecidable"),
        // The same issuer name, another key.
        ("r12_impostor.pem", "ownership.wrong_issuer"),
        ("r13_renewal_same_key.pem", "expected"),
        ("r14_rekey.pem", "expected"),
        ("r15_too_long.pem", "validity.max_200d"),
        ("r16_exact_200d.pem", "expected"),
    ] {
        if !has(&corpus, file) {
            continue;
        }
        let Some(issuance) = settled.get(file) else {
            tally.compare(file, expected, "not kept");
            continue;
        };
        let rules: Vec<&str> = issuance.verdict.findings().map(|finding| finding.rule.as_str()).collect();
        let computed = match (&issuance.verdict, &rules[..]) {
            (Verdict::Findings { .. }, [rule]) => rule,
            (Verdict::Findings { .. }, _) => "several findings",
            (verdict, _) => verdict.as_str(),
        };
        tally.compare(file, expected, computed);
    }
    tally.finish();
}

/// The rows of `replay_expectations`, by what they put in.
#[test]
fn expectations_of_the_incident() {
    let name = "policy/incident_fina.json";
    let Some((corpus, incident)) = corpus_json(name) else { return };
    let Some((_, manifest)) = corpus_json(MANIFEST) else { return };
    let settled = replay(&corpus, &manifest, &owner_of_1_1_1_1(None));
    let mut tally = Tally::new(name, &[]);
    for row in incident["replay_expectations"].as_array().unwrap() {
        let input = row["input"].as_str().unwrap();
        let holds = match input {
            "certificates 1..3" => ["r1_precert.pem", "r2_precert.pem", "r3_precert.pem"].iter().all(|file| {
                let Some(issuance) = settled.get(*file) else { return !has(&corpus, file) };
                let findings: Vec<&Finding> = issuance.verdict.findings().collect();
                let [finding] = findings[..] else { return false };
                finding.level == Level::Critical
                    && finding.cause == Cause::NoConsent
                    && finding.location.part.to_string() == "subjectAltName[2].iPAddress"
                    && finding.identifier.as_ref().unwrap().text == "1.1.1.1"
            }),
            "same precertificate seen in several logs, then its final certificate" => {
                let (precert, certificate) = (settled.get("r1_precert.pem"), settled.get("r1_final.pem"));
                let is_one = precert == certificate && precert.is_some_and(|issuance| issuance.seen.len() == 2);
                is_one || !has(&corpus, "r1_precert.pem") || !has(&corpus, "r1_final.pem")
            }
            "iPAddress 10.0.0.1" => {
                lints(&corpus, "r5_reserved_ip.pem").is_none_or(|rules| rules == ["san.ip_reserved"])
            }
            "iPAddress 2.2.2.2 with no asset" => !settled.contains_key("r6_other_ip.pem"),
            // Whatever is on the watch list.
            "CN ssltest5" => lints(&corpus, "r4_internal_name.pem").is_none_or(|rules| rules == ["san.internal_name"]),
            // There is no way to ask for the CAA records of an address: the one signal remains.
            "CAA of any DNS name" => {
                let names = ["1.1.1.1", "2606:4700:4700::1111"].map(str::parse::<DnsName>);
                names.iter().all(Result::is_err)
            }
            other => panic!("{name} has a new row: {other}"),
        };
        tally.compare(input, true, holds);
    }
    tally.finish();
}

/// What is new at which certificate, in the order of the manifest: neither the certificate after its precertificate nor the
/// renewal is, and the impostor is another issuer.
#[test]
fn what_the_detectors_say() {
    let Some((corpus, manifest)) = corpus_json(MANIFEST) else { return };
    let policy = owner_of_1_1_1_1(None);
    let mut detectors = Detectors::new(&DetectorLimits::with_entries(1000), 1);
    let mut tally = Tally::new(&format!("{MANIFEST} as a stream"), &[]);
    let rows = manifest["certs"].as_array().unwrap();
    let ders: Vec<_> =
        rows.iter().map(|row| pem(&corpus, &format!("policy/fina/replay/{}", row["file"].as_str().unwrap()))).collect();
    if ders.iter().any(Option::is_none) {
        println!("skipped: {MANIFEST} as a stream: not all of its files are there");
        return;
    }
    for (n, (row, der)) in rows.iter().zip(ders.iter().flatten()).enumerate() {
        let key_sha256 = hash(&row["issuer_spki_sha256"]);
        let issuer = match row["kind"].as_str().unwrap() {
            "precert" => IssuerAttribution::LeafBound { key_sha256 },
            _ => IssuerAttribution::Unknown,
        };
        let timestamp_ms = 1_770_000_000_000 + 86_400_000 * u64::try_from(n).unwrap();
        let event = with_tbs(der, |tbs| StreamEvent::of(&policy, tbs, &issuer, timestamp_ms));
        let computed: Vec<String> = detectors.observe(&event).iter().map(|alert| in_short(&alert.evidence)).collect();
        let file = row["file"].as_str().unwrap();
        let expected: &[&str] = match file {
            "r1_precert.pem" => &["beside test1.hr, test12.hr", "issuer after 0", "first address 1.1.1.1"],
            "r2_precert.pem" => &["beside test11.hr"],
            "r4_internal_name.pem" => &["beside ssltest5"],
            // The key of the asset's certificates, and no asset.
            "r5_reserved_ip.pem" => &["unlisted 10.0.0.1, test1.hr"],
            "r6_other_ip.pem" => &["unlisted 2.2.2.2"],
            "r7_non_ldh.pem" => &["beside ssl test_1.hr"],
            "r12_impostor.pem" => &["issuer after 1", "first address 1.1.1.1"],
            _ => &[],
        };
        tally.compare(file, expected, &computed[..]);
    }
    tally.finish();
    assert_eq!(detectors.copies(), 1);
}

fn in_short(evidence: &AlertEvidence) -> String {
    match evidence {
        AlertEvidence::FirstIssuer { known_issuers } => format!("issuer after {known_issuers}"),
        AlertEvidence::FirstAddress { address, .. } => format!("first address {address}"),
        AlertEvidence::NewCoNames { names, more: 0 } => format!("beside {}", names.join(", ")),
        AlertEvidence::UnlistedNames { names, more: 0, .. } => format!("unlisted {}", names.join(", ")),
        other => format!("{other:?}"),
    }
}

/// The real certificates of the incident's issuer and its root. The replay's issuer has the same name, and is none of them.
#[test]
fn the_issuer_is_its_key() {
    let name = "policy/incident_fina.json";
    let Some((corpus, incident)) = corpus_json(name) else { return };
    let Some((_, manifest)) = corpus_json(MANIFEST) else { return };
    let mut tally = Tally::new(&format!("{name} issuer and root"), &[]);
    let mut issuer_name = None;
    for (role, file) in [("issuer", "policy/fina/FinaRDCCA2020.pem"), ("root", "policy/fina/FinaRootCA.pem")] {
        let Some(der) = pem(&corpus, file) else { continue };
        let certificate = Certificate::from_der(&der).unwrap();
        let key = Sha256Hash(certificate.tbs().spki().sha256());
        tally.compare(&format!("{role} certificate"), hash(&incident[role]["cert_sha256"]), Sha256Hash::of(&der));
        tally.compare(&format!("{role} key"), hash(&incident[role]["spki_sha256"]), key);
        for stand_in in ["issuer_spki_sha256", "impostor_spki_sha256"] {
            tally.compare(&format!("{role} is no {stand_in}"), true, hash(&manifest[stand_in]) != key);
        }
        if role == "issuer" {
            issuer_name = Some(certificate.tbs().subject().as_bytes().to_vec());
        }
    }
    if let (Some(issuer_name), Some(der)) = (issuer_name, pem(&corpus, "policy/fina/replay/r1_precert.pem")) {
        let same_name = with_tbs(&der, |tbs| tbs.issuer().as_bytes() == issuer_name);
        tally.compare("r1_precert.pem has the issuer's name", true, same_name);
        // Who granted the real CA granted nothing to whoever bears its name.
        let settled = replay(&corpus, &manifest, &owner_of_1_1_1_1(incident["issuer"]["spki_sha256"].as_str()));
        for file in ["r1_precert.pem", "r12_impostor.pem"].into_iter().filter(|file| has(&corpus, file)) {
            let found = settled.get(file).into_iter().flat_map(|issuance| issuance.verdict.findings());
            let rules: Vec<&str> = found.map(|finding| finding.rule.as_str()).collect();
            tally.compare(&format!("{file} beside a grant for the real key"), vec!["ownership.wrong_issuer"], rules);
        }
    }
    tally.finish();
}

/// zlint's column: every error that a rule of ours stands for, and none besides.
#[test]
fn errors_of_zlint() {
    const LISTED: &[KnownDifference] = &[KnownDifference {
        case: "r9_v4_mapped.pem e_ext_san_contains_reserved_ip",
        cause: "BR 4.2.2, 1.6.1: ::ffff:0:0/96 is in the IPv6 registry; zlint folds it to IPv4",
    }];
    let Some((corpus, manifest)) = corpus_json(MANIFEST) else { return };
    let mut tally = Tally::new(&format!("{MANIFEST} beside zlint"), LISTED);
    for row in manifest["certs"].as_array().unwrap() {
        let (file, zlint) = (row["file"].as_str().unwrap(), &row["zlint"]);
        let Some(der) = pem(&corpus, &format!("policy/fina/replay/{file}")) else { continue };
        if !zlint["unparsed_by_zcrypto"].is_null() {
            continue;
        }
        with_tbs(&der, |tbs| {
            for (rule, status) in
                RuleSet::BASELINE_REQUIREMENTS.check(tbs).filter(|(rule, _)| rule.level >= Level::Error)
            {
                // One rule may stand for several lints.
                let of_rule = rule.zlint.iter().any(|lint| zlint[*lint].as_str() == Some("error"));
                for lint in rule.zlint {
                    tally.compare(&format!("{file} {lint}"), of_rule, matches!(status, Status::Findings(_)));
                }
            }
        });
    }
    tally.finish();
}

fn lints(corpus: &Corpus, file: &str) -> Option<Vec<&'static str>> {
    let der = pem(corpus, &format!("policy/fina/replay/{file}"))?;
    Some(with_tbs(&der, |tbs| {
        let statuses = RuleSet::BASELINE_REQUIREMENTS.check(tbs);
        let broken = statuses.filter(|(_, status)| matches!(status, Status::Findings(_)));
        broken.map(|(rule, _)| rule.id.as_str()).collect()
    }))
}

fn hash(value: &Value) -> Sha256Hash {
    value.as_str().unwrap().parse().unwrap()
}

fn corpus_json(name: &str) -> Option<(Corpus, Value)> {
    let corpus = Corpus::open()?;
    let text = corpus.read_text(name)?;
    Some((corpus, serde_json::from_str(&text).unwrap()))
}

/// Whether the corpus has a certificate of the replay.
fn has(corpus: &Corpus, file: &str) -> bool {
    corpus.read_text(&format!("policy/fina/replay/{file}")).is_some()
}

fn pem(corpus: &Corpus, name: &str) -> Option<Vec<u8>> {
    let text = corpus.read_text(name)?;
    let body = text.lines().skip_while(|line| !line.starts_with("-----BEGIN")).skip(1);
    let body: String = body.take_while(|line| !line.starts_with("-----")).collect();
    Some(Base64::decode_vec(&body).unwrap())
}

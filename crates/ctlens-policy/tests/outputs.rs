//! What is found, in each form that it is given away in.

#[path = "support/json_schema.rs"]
mod json_schema;
mod support;

use ctlens_policy::{
    Action, Alert, Context, CrlReason, Delivery, DetectorLimits, Detectors, EntryKind, EventAsset, IncidentReport,
    Issuance, Issuances, IssuerAttribution, LineError, NoAnswer, Observation, RevocationFact, RevocationStatus,
    SctFact, Sha256Hash, SignedCertificate, StreamEvent, Throttle, ThrottleRate, Verdict, to_sarif,
    to_sarif_with_alerts,
};
use ctlens_testkit::der::unix_seconds;
use ctlens_testkit::{Corpus, Name, tree};
use ctlens_x509::{Certificate, UnixSeconds};
use json_schema::{undescribed, violations};
use serde_json::Value;
use std::collections::BTreeSet;
use support::*;

/// What somebody may put into a name in the hope that it is acted on.
const HOSTILE: &str =
    "`**x**`\n# [a](https://evil.example) <b>\u{1b}[2J @everyone {0} | www.evil.example \u{202e}.bare.example";

fn leaf_bound() -> IssuerAttribution {
    IssuerAttribution::LeafBound { key_sha256: key_of(&our_ca()) }
}

/// One of each: expected, no consent, wrong issuer, unproven, out of date, against a rule, hostile, undecidable, unreadable.
fn one_of_each() -> Vec<Issuance> {
    let policy = policy();
    let early = 1_600_000_000;
    let ca = our_ca();
    let builders = [
        (leaf().dns("www.one.example"), leaf_bound()),
        (leaf().subject(&Name::new().common_name("www.bare.example")).dns("www.bare.example"), leaf_bound()),
        (leaf().ip([1, 1, 1, 1]), IssuerAttribution::SignatureChecked { key_sha256: key_of(&impostor_ca()) }),
        (leaf().ip([1, 0, 0, 7]), IssuerAttribution::Unknown),
        (leaf().dns("www.single.example").validity(early, early + 90 * DAY - 1), leaf_bound()),
        (leaf().dns("a.one.example").dns("b_c.one.example").ip([10, 0, 0, 1]), leaf_bound()),
        (leaf().subject(&Name::new().common_name(HOSTILE)).dns(HOSTILE), leaf_bound()),
        (leaf().ip([1, 1, 1, 1, 1]), leaf_bound()),
    ];
    let mut issuances = Issuances::new();
    for (n, (builder, issuer)) in (1_u8..).zip(builders) {
        let builder = builder.serial(&[n]);
        let seen = |log, kind| seen(log, n.into(), kind, issuer);
        let precert = builder.precertificate(&ca);
        let hash = with_tbs(&precert, |tbs| {
            issuances.observe(&policy, tbs, || seen("log `one`\n# of *example*", EntryKind::Precertificate))
        });
        if n == 3 {
            let sct = SctFact {
                log_id: Sha256Hash([4; 32]),
                timestamp_ms: 1_770_000_000_000,
                valid: true,
                verdict: "valid".into(),
            };
            let sha256 = Sha256Hash(tree::sha256(&precert));
            let signed = SignedCertificate { sha256, entry: EntryKind::Precertificate, scts: vec![sct] };
            assert!(issuances.attach(&hash.unwrap(), signed));
        }
    }
    let octets = b"\x30\x82\xff\xff not a certificate";
    let why = Certificate::from_der(octets).unwrap_err();
    issuances.observe_unparsable(octets, why, seen("a", 99, EntryKind::Certificate, IssuerAttribution::Unknown));
    let settled: Vec<Issuance> = issuances.settle(&policy).collect();
    assert_eq!(settled.len(), 9);
    settled
}

/// At least one of each rule over the stream, the first at the certificate with the given hash.
fn alerts(tbs_sha256: Sha256Hash) -> Vec<Alert> {
    let asset = |owner: &str| EventAsset { asset: format!("asset of {owner}"), owner: owner.to_owned() };
    let event = |number: u64| StreamEvent {
        timestamp_ms: 1_770_000_000_000 + number,
        tbs_sha256: if number == 0 { tbs_sha256 } else { Sha256Hash::of(&number.to_be_bytes()) },
        is_folded: true,
        issuer: Some(key_of(&impostor_ca())),
        serial: format!("{number:016x}"),
        spki_sha256: Sha256Hash([7; 32]),
        key_kind: "P-256".to_owned(),
        assets: vec![asset("team")],
        foreign_names: Vec::new(),
        first_address: None,
        left_out: 0,
    };
    let mut events: Vec<StreamEvent> = (0..256).map(event).collect();
    events[0].foreign_names = vec![HOSTILE.to_owned()];
    events[1].first_address = Some("1.1.1.1".to_owned());
    events[2].key_kind = "RSA 2048".to_owned();
    events[3].assets = vec![asset("others")];
    events[4].assets = Vec::new();
    events[4].foreign_names = vec![HOSTILE.to_owned()];
    events.push(StreamEvent { serial: event(0).serial, issuer: Some(key_of(&impostor_ca())), ..event(256) });
    events.push(StreamEvent { issuer: None, foreign_names: vec!["shop.example".to_owned()], ..event(257) });
    let mut limits = DetectorLimits::with_entries(10_000);
    limits.burst = 100;
    let mut detectors = Detectors::new(&limits, 1);
    let mut alerts: Vec<Alert> = events.iter().flat_map(|event| detectors.observe(event)).collect();
    let rules: BTreeSet<&str> = alerts.iter().map(|alert| alert.rule.as_str()).collect();
    assert_eq!(rules.len(), 9, "{rules:?}");
    alerts[0].seen = Some(seen("log `one`\n# of *example*", 3, EntryKind::Precertificate, leaf_bound()));
    alerts
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_line_meets_the_schema_which_names_every_field() {
    let schema = json(Issuance::JSON_SCHEMA);
    let mut decisions = BTreeSet::new();
    for issuance in one_of_each() {
        let line = round_trip(&issuance);
        let value = json(&line);
        assert_eq!(violations(&schema, &value), [""; 0], "{line}");
        assert_eq!(undescribed(&schema, &value), [""; 0], "{line}");
        assert!(line.bytes().all(|octet| octet != 0x1b && octet != b'\n') && !line.contains('\u{202e}'), "{line}");
        decisions.insert(issuance.verdict.as_str());
        // Each required field is required.
        for name in schema["required"].as_array().unwrap() {
            let mut without = value.clone();
            without.as_object_mut().unwrap().remove(name.as_str().unwrap());
            assert!(!violations(&schema, &without).is_empty(), "{name}");
        }
    }
    assert_eq!(decisions.into_iter().collect::<Vec<_>>(), ["expected", "findings", "undecidable"]);
}

#[test]
fn lines_of_before_are_read() {
    for issuance in one_of_each() {
        let mut value = json(&issuance.to_json_line());
        let fields = value.as_object_mut().unwrap();
        fields.remove("signed");
        fields.remove("signed_total");
        fields.remove("revocation");
        for list in ["why", "findings"] {
            for finding in fields.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                finding.as_object_mut().unwrap().remove("actions");
            }
        }
        let read = Issuance::from_json_line(&value.to_string()).unwrap();
        assert_eq!((&read.verdict, &read.seen, read.signed_total), (&issuance.verdict, &issuance.seen, 0));
    }
}

#[test]
fn actions() {
    let all = one_of_each();
    let actions = |n: usize| all[n].verdict.findings().next().unwrap().actions();
    let ask = |item, hours: i64| Action::AskTheCa { item, within_s: hours * 3600 };
    assert_eq!(actions(1), [Action::AddGrant, ask(5, 24)]);
    assert_eq!(actions(2), [Action::AddGrant, ask(5, 24)]);
    assert_eq!(actions(3), [Action::Investigate]);
    assert_eq!(actions(4), [Action::AddGrant, ask(5, 24)]);
    assert_eq!(actions(8), [Action::Investigate]);
    let against_rules = all[5].verdict.findings().find(|finding| finding.rule.as_str() == "san.ip_reserved").unwrap();
    assert_eq!(against_rules.actions(), [ask(12, 120)]);
    assert_eq!(
        ask(5, 24).to_string(),
        "if nobody at the owner's asked for it, ask the CA to revoke it under Baseline Requirements 4.9.1.1(5): the \
         validation of a name or address cannot be relied upon (within 24 h, CRL reason superseded)"
    );
    // 7 days from 2026-03-15 on are short-lived, and a second more is not: only what is asks for nothing.
    let from = unix_seconds(2026, 3, 15, 0, 0, 0);
    for (seconds, is_short) in [(7 * 86_400, true), (7 * 86_400 + 1, false)] {
        let builder = leaf().dns("www.bare.example").validity(from, from + seconds - 1);
        let mut issuances = Issuances::new();
        let theirs = impostor_ca();
        let issuer = IssuerAttribution::LeafBound { key_sha256: key_of(&theirs) };
        with_tbs(&builder.precertificate(&theirs), |tbs| {
            issuances.observe(&policy(), tbs, || seen("log", 1, EntryKind::Precertificate, issuer));
        });
        let issuance = issuances.settle(&policy()).next().unwrap();
        round_trip(&issuance);
        let actions = issuance.verdict.findings().next().unwrap().actions();
        let told = if is_short { Action::TellTheCa { item: 5 } } else { ask(5, 24) };
        assert_eq!(actions, [Action::AddGrant, told]);
        let report = IncidentReport::new([&issuance], UnixSeconds(from)).ca_told_at(UnixSeconds(from)).to_string();
        assert_eq!(report.contains("to be revoked until then"), !is_short, "{report}");
        assert_eq!(
            report.contains("- revocation: not applicable: short-lived: need not be revoked; under"),
            is_short,
            "{report}"
        );
        assert_eq!(report.contains(", deadline 2026-03-16T00:00:00Z"), !is_short, "{report}");
    }
    assert_eq!(
        Action::TellTheCa { item: 5 }.to_string(),
        "if nobody at the owner's asked for it, tell the CA, which need not revoke a certificate as short-lived as this: \
         Baseline Requirements 4.9.1.1(5), the validation of a name or address cannot be relied upon"
    );
    let line = all[2].to_json_line();
    let written = r#""actions":[{"do":"add_grant"},{"do":"ask_the_ca","item":5,"within_s":86400}]"#;
    assert!(line.contains(written), "{line}");
}

/// What was attached is shown, in one order, once.
#[test]
fn evidence_is_attached() {
    let policy = policy();
    let ca = our_ca();
    let builder = leaf().dns("www.bare.example");
    let precert = builder.precertificate(&ca);
    let mut issuances = Issuances::new();
    let at = || seen("a", 1, EntryKind::Precertificate, leaf_bound());
    let hash = with_tbs(&precert, |tbs| issuances.observe(&policy, tbs, at)).unwrap();
    let certificate = |n: u8, scts: usize| SignedCertificate {
        sha256: Sha256Hash([n; 32]),
        entry: EntryKind::Certificate,
        scts: vec![SctFact { log_id: hash, timestamp_ms: 7, valid: false, verdict: "unknown log".into() }; scts],
    };
    for signed in [certificate(2, 0), certificate(1, 1), certificate(2, 2), certificate(2, 1)] {
        assert!(issuances.attach(&hash, signed));
    }
    assert!(!issuances.attach(&Sha256Hash([9; 32]), certificate(1, 0)));
    let issuance = issuances.settle_one(&policy, &hash).unwrap();
    assert_eq!(issuance.signed, [certificate(1, 1), certificate(2, 2)]);
    round_trip(&issuance);
    for n in 0..70 {
        issuances.attach(&hash, certificate(n, 0));
    }
    let issuance = issuances.settle_one(&policy, &hash).unwrap();
    assert_eq!((issuance.signed.len(), issuance.signed_total), (Issuance::MOST_SIGNED, 70));
    round_trip(&issuance);
}

#[test]
fn sarif() {
    let all = one_of_each();
    let text = to_sarif(&all);
    assert!(!text.contains(['\n', '\u{1b}', '\u{202e}']));
    let log = json(&text);
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let findings: Vec<_> = all.iter().flat_map(|issuance| issuance.verdict.findings()).collect();
    assert_eq!(results.len(), findings.len());
    assert_eq!(run["artifacts"].as_array().unwrap().len(), 8, "the quiet one is left out");
    for (result, finding) in results.iter().zip(&findings) {
        assert_eq!(result["ruleId"], finding.rule.as_str());
        let rule = &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], finding.rule.as_str());
        assert_eq!(result["partialFingerprints"]["ctlensFinding/v1"], finding.id.to_string());
        let location = &result["locations"][0];
        assert_eq!(location["logicalLocations"][0]["fullyQualifiedName"], finding.location.part.to_string());
        let region = &location["physicalLocation"]["region"];
        let octets = finding.location.octets.map(|octets| (octets.offset as u64, octets.length as u64));
        assert_eq!(region["byteOffset"].as_u64().zip(region["byteLength"].as_u64()), octets);
    }
    let ids: BTreeSet<&str> =
        run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), run["tool"]["driver"]["rules"].as_array().unwrap().len(), "each rule once");

    // The address of the incident: which SAN, which octets, which entry of which log.
    let result = results.iter().find(|result| result["ruleId"] == "ownership.wrong_issuer").unwrap();
    assert_eq!((&result["level"], &result["rank"]), (&"error".into(), &100.0.into()));
    let logical = &result["locations"][0]["logicalLocations"][0];
    assert_eq!(logical["fullyQualifiedName"], "subjectAltName[0].iPAddress");
    assert_eq!((&logical["properties"]["index"], &logical["properties"]["octets"]["length"]), (&0.into(), &4.into()));
    let artifact = &result["locations"][0]["physicalLocation"]["artifactLocation"]["index"];
    let artifact = &run["artifacts"][usize::try_from(artifact.as_u64().unwrap()).unwrap()];
    let seen = &artifact["properties"]["seen"][0];
    assert_eq!((&seen["index"], &seen["log"]), (&3.into(), &"log `one`\n# of *example*".into()));
    assert_eq!(artifact["hashes"]["sha-256"], all[2].certificate.tbs_sha256.to_string());
    // Nothing is a placeholder or a link.
    let hostile = results.iter().find(|result| result["message"]["text"].as_str().unwrap().contains("evil")).unwrap();
    let said = hostile["message"]["text"].as_str().unwrap();
    assert!(said.contains("{{0}}") && said.contains(r"\[a\](https"), "{said}");
}

#[test]
fn alerts_as_lines_of_json() {
    let schema = json(Alert::JSON_SCHEMA);
    for alert in alerts(Sha256Hash([1; 32])) {
        let line = alert.to_json_line();
        assert_eq!(Alert::from_json_line(&line).as_ref(), Ok(&alert));
        assert!(!line.contains(['\n', '\u{1b}', '\u{202e}']), "{line}");
        let value = json(&line);
        assert_eq!(violations(&schema, &value), [""; 0], "{line}");
        assert_eq!(undescribed(&schema, &value), [""; 0], "{line}");
        assert_eq!((&value["schema"], &value["verified"]), (&Alert::FORMAT.into(), &alert.seen.is_some().into()));
        for name in schema["required"].as_array().unwrap() {
            let mut without = value.clone();
            without.as_object_mut().unwrap().remove(name.as_str().unwrap());
            assert!(!violations(&schema, &without).is_empty(), "{name}");
        }
        let mut other = value.clone();
        other["evidence"]["kind"] = "unheard_of".into();
        assert!(!violations(&schema, &other).is_empty());
        let other = Alert::from_json_line(&line.replace("ctlens.alert/1", "ctlens.alert/2"));
        assert_eq!(other, Err(LineError::Schema { found: "ctlens.alert/2".into(), expected: "ctlens.alert/1" }));
        assert!(matches!(Issuance::from_json_line(&line), Err(LineError::Schema { .. })));
    }
    let mut unverified = alerts(Sha256Hash([1; 32])).swap_remove(0);
    unverified.seen.as_mut().unwrap().verified = false;
    assert!(unverified.to_json_line().contains(r#""verified":false,"id""#));
}

#[test]
fn alerts_in_sarif() {
    let all = one_of_each();
    let alerts = alerts(all[2].certificate.tbs_sha256);
    let log = json(&to_sarif_with_alerts(&all, &alerts));
    let run = &log["runs"][0];
    let alone = json(&to_sarif(&all));
    let findings = alone["runs"][0]["results"].as_array().unwrap();
    let (of_findings, of_alerts) = run["results"].as_array().unwrap().split_at(findings.len());
    assert_eq!(of_findings, findings, "alerts change no finding");
    assert_eq!(of_alerts.len(), alerts.len());
    let place = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    for (result, alert) in of_alerts.iter().zip(&alerts) {
        assert_eq!(result["ruleId"], alert.rule.as_str());
        assert_eq!(run["tool"]["driver"]["rules"][place(&result["ruleIndex"])]["id"], alert.rule.as_str());
        assert_eq!(result["partialFingerprints"]["ctlensAlert/v1"], alert.id.to_string());
        let artifact = place(&result["locations"][0]["physicalLocation"]["artifactLocation"]["index"]);
        assert_eq!(run["artifacts"][artifact]["hashes"]["sha-256"], alert.tbs_sha256.to_string());
        assert_eq!(result["properties"]["evidence"], serde_json::to_value(&alert.evidence).unwrap());
    }
    // Each certificate is one artifact: that of the first alert is the issuance's.
    let artifacts = run["artifacts"].as_array().unwrap();
    let certificates: BTreeSet<String> =
        artifacts.iter().map(|artifact| artifact["hashes"]["sha-256"].to_string()).collect();
    let of_others: BTreeSet<_> = alerts.iter().skip(1).map(|alert| alert.tbs_sha256).collect();
    assert_eq!(certificates.len(), artifacts.len());
    assert_eq!(artifacts.len(), 8 + of_others.iter().filter(|hash| **hash != all[2].certificate.tbs_sha256).count());
    let said: Vec<&str> = of_alerts.iter().map(|result| result["message"]["text"].as_str().unwrap()).collect();
    assert!(said.iter().any(|said| said.contains("{{0}}") && said.contains(r"\[a\](https")), "{said:?}");

    let Some(corpus) = Corpus::open() else { return };
    let Some(schema) = corpus.read_text("policy/sarif-2.1.0.schema.json") else { return };
    assert_eq!(violations(&json(&schema), &log), [""; 0]);
}

/// Of what detectors noticed a report shows what is about its certificates and their issuers, each kind once.
#[test]
fn alerts_in_the_incident_report() {
    let all = one_of_each();
    let issuance = &all[2];
    let alerts = alerts(issuance.certificate.tbs_sha256);
    let now = UnixSeconds(1_772_000_000);
    let report = |alerts: &[Alert]| IncidentReport::new([issuance], now).with_alerts(alerts).to_string();
    let plain = IncidentReport::new([issuance], now).to_string();
    assert_eq!(report(&[]), plain);
    let with = report(&alerts);
    let (_, shown) = with.split_once("#### What certificates show together\n").unwrap();
    for rule in alerts.iter().filter(|alert| alert.issuer.is_some()).map(|alert| alert.rule) {
        assert!(shown.contains(&format!("`{rule}`")), "{rule} in {shown}");
    }
    assert!(shown.contains("\nAlerts about other certificates and issuers: 1.\n"), "{shown}");
    let first: Vec<Alert> = alerts[..1].iter().cycle().take(3).cloned().collect();
    let thrice = report(&first);
    assert!(thrice.contains("; 3 times in all)\n") && thrice.matches("`stream.new_co_names`").count() == 1, "{thrice}");
    let outside = without_code(&with);
    for word in ["evil", "everyone", "<b>", "{0}", "\u{1b}", "\u{202e}"] {
        assert!(!outside.contains(word), "{word} in {outside}");
    }
}

/// The schema of OASIS is the oracle.
#[test]
fn sarif_meets_its_schema() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(schema) = corpus.read_text("policy/sarif-2.1.0.schema.json") else { return };
    let schema = json(&schema);
    let all = one_of_each();
    for log in [to_sarif(&all), to_sarif(&[] as &[Issuance])] {
        let log = json(&log);
        assert_eq!(violations(&schema, &log), [""; 0]);
        println!(
            "policy/sarif-2.1.0.schema.json: {} results, no violation",
            log["runs"][0]["results"].as_array().unwrap().len()
        );
    }
    // And it would say so.
    let broken = to_sarif(&all).replace(r#""byteOffset":"#, r#""byteOfset":"#);
    assert!(!violations(&schema, &json(&broken)).is_empty());
}

fn report_of(issuances: &[Issuance]) -> String {
    let now = UnixSeconds(1_772_000_000);
    IncidentReport::new(issuances, now).ca_told_at(UnixSeconds(1_771_000_000)).to_string()
}

/// What stands under no signed head is no CA's first day.
#[test]
fn when_the_incident_began() {
    let mut issuance = one_of_each().swap_remove(2);
    let said = |verified, timestamp_ms| Observation { verified, timestamp_ms, ..issuance.seen[0].clone() };
    let (lie, entry) = (said(false, 1_700_000_000_000), said(true, 1_770_000_000_000));
    for (seen, start) in [
        (vec![lie.clone(), entry], "2026-02-02T02:40:00.000Z or before, when the first was logged\n"),
        (vec![lie], "2023-11-14T22:13:20.000Z or before, when the first was logged, not under a signed tree head\n"),
    ] {
        issuance.seen = seen;
        let report = report_of(std::slice::from_ref(&issuance));
        assert!(report.contains(&format!("start date:** {start}")), "{report}");
        let timeline: Vec<&str> = report.lines().filter(|line| line.contains("certificate 1 is logged")).collect();
        let [line] = timeline[..] else { panic!("{report}") };
        assert!(line.starts_with(&format!("- {}: ", start.split_once(' ').unwrap().0)), "{line}");
        assert_eq!(line.contains("not under a signed tree head"), start.contains("not under"), "{line}");
    }
}

/// The headings of the CCADB's full incident report, in their order.
#[test]
fn the_incident_report_has_its_form() {
    let report = report_of(&one_of_each());
    let headings: Vec<&str> = report.lines().filter(|line| line.starts_with('#')).collect();
    let sections = [
        "## Full Incident Report",
        "### Summary",
        "### Impact",
        "### Timeline",
        "### Related Incidents",
        "### Root Cause Analysis",
        "### Lessons Learned",
        "### Action Items",
        "### Appendix",
    ];
    assert_eq!(headings[..9], sections);
    let certificates: Vec<String> = (1..=8).map(|n| format!("#### Certificate {n}")).collect();
    assert_eq!(headings[9..], certificates);
    for field in [
        "CA Owner CCADB unique ID",
        "Incident description",
        "Timeline summary",
        "Non-compliance start date",
        "Non-compliance identified date",
        "Non-compliance end date",
        "Relevant policies",
        "Source of incident disclosure",
        "Total number of certificates",
        "Total number of \"remaining valid\" certificates",
        "Affected certificate types",
        "Incident heuristic",
        "Was issuance stopped in response to this incident, and why or why not?",
        "Analysis",
        "Additional considerations",
        "Description",
        "Timeline",
        "Detection",
        "Interaction with other factors",
        "Root Cause Analysis methodology used",
        "What went well",
        "What didn’t go well",
        "Where we got lucky",
        "Additional",
    ] {
        let lines = report.lines().filter(|line| line.trim_start().starts_with(&format!("- **{field}:**")));
        assert_eq!(lines.count(), 1, "{field}");
    }
    for said in [
        "- **Total number of certificates:** 8 that were logged",
        "7 have not ended at 2026-02-25T06:13:20Z",
        "- 2026-02-13T16:26:40Z: the CA is told",
        "- 2026-02-14T16:26:40Z: to be revoked until then under §4.9.1.1(5)",
        "- 2026-02-18T16:26:40Z: to be revoked until then under §4.9.1.1(12)",
        "(1 of 1 SCTs good)",
    ] {
        assert!(report.contains(said), "{said} in {report}");
    }
    assert_eq!(report.matches("_for the CA to say_").count(), 21, "{report}");
}

/// What was handed in about revocation is in every form, with the item, the deadline and the state; what was not, is said to be
/// missing.
#[test]
fn revocation_in_every_form() {
    let policy = policy();
    let builder = leaf().ip([1, 1, 1, 1]);
    let precert = builder.precertificate(&impostor_ca());
    let mut issuances = Issuances::new();
    let issuer = IssuerAttribution::SignatureChecked { key_sha256: key_of(&impostor_ca()) };
    let at = || seen("a", 1, EntryKind::Precertificate, issuer);
    let hash = with_tbs(&precert, |tbs| issuances.observe(&policy, tbs, at)).unwrap();
    let day = |day| UnixSeconds(unix_seconds(2026, 3, day, 0, 0, 0));
    let settle = |now, revocation| {
        let mut context = Context::at(now);
        context.revocation = revocation;
        issuances.settle_one_in(&policy, &context, &hash).unwrap()
    };
    let item = "under §4.9.1.1(5): the validation of a name or address cannot be relied upon (within 24 h, CRL reason superseded)";
    let unknown = RevocationStatus::Unknown { why: NoAnswer::NotAsked };
    let superseded = |at| RevocationStatus::Revoked { at, reason: CrlReason::SUPERSEDED };
    let schema = json(Issuance::JSON_SCHEMA);
    for (status, notice, now, word, line) in [
        (
            RevocationStatus::NotRevoked { as_of: day(2) },
            Some(day(2)),
            2,
            Some("pending"),
            "pending: to be revoked until 2026-03-03T00:00:00Z; ITEM, deadline 2026-03-03T00:00:00Z; \
             not revoked as of 2026-03-02T00:00:00Z",
        ),
        (
            RevocationStatus::NotRevoked { as_of: day(5) },
            Some(day(2)),
            5,
            Some("overdue"),
            "overdue: overdue by 2 d since 2026-03-03T00:00:00Z; ITEM, deadline 2026-03-03T00:00:00Z; \
             not revoked as of 2026-03-05T00:00:00Z",
        ),
        (
            superseded(day(4)),
            Some(day(2)),
            5,
            Some("revoked"),
            "revoked: revoked at 2026-03-04T00:00:00Z (superseded), 24 h late; ITEM, deadline 2026-03-03T00:00:00Z",
        ),
        (
            unknown,
            Some(day(2)),
            5,
            Some("unanswered"),
            "unanswered: to be revoked until 2026-03-03T00:00:00Z, and nobody has looked since; ITEM, \
             deadline 2026-03-03T00:00:00Z; not known whether it is revoked: nobody asked, or nobody answered",
        ),
        (
            superseded(day(4)),
            None,
            5,
            None,
            "no clock runs, for nobody said when the CA was told; ITEM; revoked at 2026-03-04T00:00:00Z (superseded)",
        ),
    ] {
        let issuance = settle(day(now), Some(RevocationFact { status, notice }));
        let value = json(&round_trip(&issuance));
        assert_eq!(violations(&schema, &value), [""; 0], "{value}");
        assert_eq!(undescribed(&schema, &value), [""; 0], "{value}");
        assert_eq!(value["revocation"]["item"], 5);
        assert_eq!(value["revocation"]["state"]["revocation"].as_str(), word);
        assert_eq!(issuance.revocation.unwrap().state.map(|state| state.as_str()), word);
        let log = json(&to_sarif([&issuance]));
        assert_eq!(log["runs"][0]["artifacts"][0]["properties"]["revocation"], value["revocation"]);
        let report = IncidentReport::new([&issuance], day(now)).to_string();
        let line = format!("\n- revocation: {}\n", line.replace("ITEM", item));
        assert!(report.contains(&line), "{line} in {report}");
        let count = match status {
            RevocationStatus::Revoked { .. } => "how many of them are revoked: 1, and 0 are not; of 0 it",
            RevocationStatus::NotRevoked { .. } => "how many of them are revoked: 0, and 1 are not; of 0 it",
            _ => "how many of them are revoked: _for the CA to say_",
        };
        assert!(report.contains(count), "{count} in {report}");
        let event = "- 2026-03-03T00:00:00Z: certificate 1 is to be revoked until then under §4.9.1.1(5)";
        assert_eq!(report.contains(event), notice.is_some(), "{report}");
        let event = "- 2026-03-04T00:00:00Z: certificate 1 is revoked (superseded)\n";
        assert_eq!(report.contains(event), matches!(status, RevocationStatus::Revoked { .. }), "{report}");
    }
    // The time at which the CA was told may be given for the report as a whole; and a report can be of a later time.
    let fact = RevocationFact { status: RevocationStatus::NotRevoked { as_of: day(9) }, notice: None };
    let issuance = settle(day(2), Some(fact));
    let report = IncidentReport::new([&issuance], day(9)).ca_told_at(day(2)).to_string();
    assert!(report.contains("- revocation: overdue: overdue by 6 d since 2026-03-03T00:00:00Z;"), "{report}");

    let issuance = settle(day(9), None);
    assert_eq!(json(&round_trip(&issuance))["revocation"], Value::Null);
    let report = IncidentReport::new([&issuance], day(9)).ca_told_at(day(2)).to_string();
    let line =
        format!("- revocation: the CA was told; {item}, deadline 2026-03-03T00:00:00Z; its status was not handed in\n");
    assert!(report.contains(&line), "{report}");
}

/// What a certificate or a log says is in code spans, and each span ends where it should.
#[test]
fn nothing_in_the_report_is_acted_on() {
    let report = report_of(&one_of_each());
    assert!(!report.contains(['\u{1b}', '\u{202e}', '\r']));
    let outside = without_code(&report);
    for word in ["evil", "everyone", "<b>", "{0}", "of *example*", "](", "https:"] {
        assert!(report.contains(word) || word == "](", "{word}");
        assert!(!outside.contains(word), "{word} in {outside}");
    }
}

/// A line, and nothing that was not there before.
#[test]
fn one_line_each() {
    for issuance in one_of_each() {
        let line = issuance.to_string();
        assert!(!line.chars().any(|character| character.is_control() || character == '\u{202e}'), "{line:?}");
        assert_eq!(
            line.contains("evil"),
            matches!(&issuance.certificate.subject_cn, Some(name) if name.contains("evil"))
        );
    }
    assert!(matches!(one_of_each()[7].verdict, Verdict::Undecidable { .. }));
}

/// What is suppressed stays in the lines and in SARIF, which say by whom; nobody is told, and the CA is not asked. What cannot
/// be decided is told all the same.
#[test]
fn what_is_suppressed() {
    let (bare, now) = (r#"asset = "bare""#, UnixSeconds(1_772_000_000));
    let suppress = format!(
        "[[suppress]]\nid = \"known\"\nrule = \"ownership.no_grant\"\n{bare}\nuntil = 2027-01-01T00:00:00Z\nby = \"bob\"\n\
         reason = \"INC-77\"\n"
    );
    let by_tbs = |hash: &Sha256Hash| {
        suppress
            .replace(bare, &format!("tbs_sha256 = \"{hash}\""))
            .replace("no_grant", "undecidable")
            .replace("\"known\"", "\"odd\"")
    };
    let settle = |builder: &ctlens_testkit::CertificateBuilder| {
        let precert = builder.precertificate(&our_ca());
        let mut issuances = Issuances::new();
        let at = || seen("a", 1, EntryKind::Precertificate, leaf_bound());
        let hash = with_tbs(&precert, |tbs| issuances.observe(&policy(), tbs, at)).unwrap();
        let policy = compile(&format!("{}{suppress}{}", policy_text(), by_tbs(&hash)));
        issuances.settle_in(&policy, |_| Context::at(now)).next().unwrap()
    };
    let mut throttle = Throttle::new(ThrottleRate { most: 9, within_s: 60 });

    let known = settle(&leaf().dns("a.bare.example"));
    assert!(known.verdict.is_quiet());
    assert_eq!(throttle.take(&known, now), Delivery::Silent);
    assert_eq!(violations(&json(Issuance::JSON_SCHEMA), &json(&round_trip(&known))), [""; 0]);

    let both = settle(&leaf().dns("a.bare.example").ip([10, 0, 0, 1]));
    assert_eq!(throttle.take(&both, now), Delivery::Tell { counted: 0 });
    assert_eq!(undescribed(&json(Issuance::JSON_SCHEMA), &json(&round_trip(&both))), [""; 0]);
    let log = json(&to_sarif([&both]));
    let results = log["runs"][0]["results"].as_array().unwrap();
    for result in results {
        let is_suppressed = result["ruleId"] == "ownership.no_grant";
        assert_eq!(result.get("suppressions").is_some(), is_suppressed);
        if is_suppressed {
            assert_eq!(result["suppressions"][0]["justification"], "INC-77, by bob until 2027-01-01T00:00:00Z");
        }
    }
    assert_eq!(results.len(), 2);
    let report = IncidentReport::new([&both], now).to_string();
    assert!(report.contains("san.ip_reserved") && !report.contains("ownership.no_grant"), "{report}");

    let odd = settle(&leaf().ip([1, 1, 1, 1, 1]));
    assert!(odd.verdict.findings().any(|finding| finding.suppressed.is_some()));
    assert_eq!(throttle.take(&odd, now), Delivery::Tell { counted: 0 });

    let Some(corpus) = Corpus::open() else { return };
    let Some(schema) = corpus.read_text("policy/sarif-2.1.0.schema.json") else { return };
    assert_eq!(violations(&json(&schema), &log), [""; 0]);
}

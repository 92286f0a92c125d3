//! SCTs of real certificates, and what other implementations say about them.

use base64ct::{Base64, Encoding};
use core::fmt::Write;
use ctlens_loglist::{KeyError, KeyKind, LogId, LogList, RejectReason, UnixMillis};
use ctlens_sct::{
    Compliance, CtExtensions, CtPolicy, Delivery, EntryError, ErrorKind, IssuerKeyHash, PolicyVerdict, SctList,
    SctVerdict, SignedEntry, TbsReading, Unmet, Verdict, VerifiedSct, Verifier,
};
use ctlens_testkit::{Corpus, Key, Tally};
use ctlens_x509::{Certificate, UnixSeconds, Validity};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// `sct/expected.json`: for each case the TBS hash, whether the list can be read, and every field and verdict of every SCT.
#[test]
fn expected() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(logs) = historic_logs(&corpus) else { return };
    let Some(text) = corpus.read_text("sct/expected.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let mut tally = Tally::new("sct/expected.json", &[]);
    let mut counts = BTreeMap::<String, u32>::new();
    for case in array(&json["cases"]) {
        let (id, delivery) = (string(&case["id"]), string(&case["delivery"]));
        let name = format!("{delivery} {id}");
        let folder = case["dir"].as_str();
        let file = |member: &str, in_folder: &str| match folder {
            Some(folder) => corpus.read(&format!("sct/{folder}/{in_folder}")),
            None => case[member].as_str().and_then(|path| corpus.read(&format!("sct/{path}"))),
        };
        let Some(der) = file("cert", "leaf.der") else { continue };
        let issuer = file("issuer", "issuer.der");
        let list = case["sct_list"].as_str().map(|path| corpus.read(&format!("sct/{path}")).unwrap());
        let response = if delivery == "ocsp" { file("", "ocsp_response.der") } else { None };
        if let Some(response) = &response {
            ocsp_response(response, &der, list.as_deref().unwrap());
        }
        let computed = judge(&logs, delivery, &der, issuer.as_deref(), list.as_deref(), response.as_deref());

        let oracle = array(&case["scts"]);
        for (sct, ours) in oracle.iter().zip(&computed.scts) {
            // A build without RSA neither confirms nor denies the oracle's word.
            let unsupported = ours["verdict"] == "unsupported-rsa";
            let what = match (unsupported, sct["sig_alg"] == 1) {
                (true, _) => " (RSA: unsupported by this build)",
                (false, true) => " (RSA)",
                (false, false) => "",
            };
            *counts.entry(format!("{}{what}", string(&sct["verdict"]))).or_default() += 1;
        }
        let wanted = json!({
            "issuer_key_hash": case["issuer_key_hash"],
            "precert_tbs_sha256": case["precert_tbs_sha256"],
            "list_error": !case["list_error"].is_null(),
            "scts": oracle.iter().zip(&computed.scts).map(|(sct, ours)| wanted_fields(sct, ours)).collect::<Vec<_>>(),
            "count": oracle.len(),
        });
        let ours = json!({
            "issuer_key_hash": computed.issuer_key_hash,
            "precert_tbs_sha256": computed.precert_tbs_sha256,
            "list_error": computed.list_error.is_some(),
            "scts": computed.scts,
            "count": computed.scts.len(),
        });
        tally.compare(&name, wanted, ours);
        if let Some(error) = computed.list_error {
            println!("{id}: oracle {}, here {error}", case["list_error"]);
        }
    }
    for (verdict, count) in counts {
        println!("sct/expected.json: {count} SCTs {verdict}");
    }
    tally.finish();
}

/// The oracle's fields of one SCT, with the verdict replaced where this build cannot have one.
fn wanted_fields(sct: &Value, ours: &Value) -> Value {
    let unsupported = !cfg!(feature = "rsa") && ours["verdict"] == "unsupported-rsa" && sct["sig_alg"] == 1;
    json!({
        "verdict": if unsupported { &ours["verdict"] } else { &sct["verdict"] },
        "log_id": sct["log_id"],
        "timestamp_ms": sct["timestamp_ms"],
        "extensions": sct["extensions"],
        "leaf_index": sct["leaf_index"],
        "hash_alg": sct["hash_alg"],
        "sig_alg": sct["sig_alg"],
        "signature": sct["signature"],
    })
}

/// The list in a real response is the one that another program took out of it; it is for no other serial number.
fn ocsp_response(response: &[u8], der: &[u8], list: &[u8]) {
    let serial = Certificate::from_der(der).unwrap().tbs().serial();
    let ours = SctList::from_ocsp_response(response, serial).unwrap().unwrap();
    let theirs = SctList::from_tls(list).unwrap();
    assert!(ours.iter().eq(theirs.iter()));
    assert!(SctList::from_ocsp_response(response, &serial[1..]).unwrap().is_none());
    for end in 0..response.len() {
        let _ = SctList::from_ocsp_response(&response[..end], serial);
    }
}

#[derive(Default)]
struct Computed {
    issuer_key_hash: Option<String>,
    precert_tbs_sha256: Option<String>,
    list_error: Option<ctlens_sct::Error>,
    scts: Vec<Value>,
}

fn judge(
    logs: &LogList,
    delivery: &str,
    der: &[u8],
    issuer: Option<&[u8]>,
    list: Option<&[u8]>,
    response: Option<&[u8]>,
) -> Computed {
    let certificate = Certificate::from_der(der).unwrap();
    let issuer = issuer.map(issuer_key_hash);
    let verifier = Verifier::new(logs);
    let mut computed = Computed::default();
    let verdicts = match delivery {
        "embedded" => {
            let tbs = certificate.tbs().precert_tbs().unwrap();
            computed.issuer_key_hash = issuer.map(|issuer| issuer.to_string());
            computed.precert_tbs_sha256 = Some(hex(&tbs.sha256()));
            assert_eq!(tbs.sha256()[..], Sha256::digest(tbs.to_vec())[..]);
            verifier.embedded(&certificate, issuer)
        }
        "tls" => SctList::from_tls(list.unwrap()).map(|list| verifier.list(&list, Delivery::Tls, &certificate, issuer)),
        "ocsp" => verifier.ocsp(response.unwrap(), &certificate),
        other => panic!("delivery {other}"),
    };
    match verdicts {
        Ok(verdicts) => computed.scts = verdicts.iter().map(fields).collect(),
        Err(error) => computed.list_error = Some(error),
    }
    computed
}

fn fields(judged: &SctVerdict<'_, '_>) -> Value {
    let sct = judged.sct;
    json!({
        "verdict": oracle_name(&judged.verdict),
        "log_id": sct.map(|sct| sct.log_id.to_string()),
        "timestamp_ms": sct.map(|sct| sct.timestamp.0),
        "extensions": sct.map(|sct| hex(sct.extensions)),
        "leaf_index": leaf_index(judged),
        "hash_alg": sct.map(|sct| sct.hash_algorithm),
        "sig_alg": sct.map(|sct| sct.signature_algorithm),
        "signature": sct.map(|sct| hex(sct.signature)),
    })
}

fn oracle_name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Valid { .. } => "valid",
        Verdict::BadSignature(_) => "invalid:signature",
        Verdict::WrongHashAlgorithm { .. } => "invalid:hash-alg",
        Verdict::WrongSignatureAlgorithm { .. } => "invalid:sig-alg",
        Verdict::KeyTypeMismatch { .. } => "invalid:key-type",
        Verdict::RefusedLog(RejectReason::Key(KeyError::UnsupportedCurve { .. })) => "invalid-or-unsupported-key",
        Verdict::UnsupportedKey(KeyKind::Rsa { .. }) => "unsupported-rsa",
        // unknown-log, unsupported-version, malformed, issuer-unknown: the same words.
        other => other.name(),
    }
}

fn leaf_index(judged: &SctVerdict<'_, '_>) -> Value {
    judged.sct.map_or(Value::Null, |sct| sct.leaf_index().map_or(json!("error"), Value::from))
}

/// `sct/edge`: synthetic certificates with one oddity each. What is implementation-defined is run and must not panic.
#[test]
fn edge() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(text) = corpus.read_text("sct/edge/expected.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let logs = logs_of(&json["logs"]);
    let mut tally = Tally::new("sct/edge/expected.json", &[]);
    let (mut rsa, mut undefined) = (0, 0);
    for case in array(&json["cases"]) {
        let id = string(&case["id"]);
        let read = |member: &str| corpus.read(&format!("sct/edge/{}", string(&case[member])));
        let (Some(der), Some(issuer)) = (read("cert"), read("issuer")) else { continue };
        let certificate = Certificate::from_der(&der).unwrap();
        let issuer = issuer_key_hash(&issuer);
        let verdicts = Verifier::new(&logs).embedded(&certificate, Some(issuer));
        if case["expect"][0] == "implementation-defined" {
            undefined += 1;
            println!("{id}: implementation-defined, here {:?}", verdicts.map(|verdicts| verdicts[0].verdict));
            continue;
        }
        // A length that is not minimal is followed: certificates of a real CA have it, and their SCTs are good.
        let expect = case.get("lenient_expect").unwrap_or(&case["expect"]);
        let ours = match &verdicts {
            Err(error) if error.kind == ErrorKind::Der(ctlens_x509::ErrorKind::DuplicateExtension) => {
                json!("cert-malformed")
            }
            Err(_) => json!("list-malformed"),
            Ok(verdicts) if verdicts.iter().all(|v| v.verdict == Verdict::NoEntry(EntryError::Poisoned)) => {
                json!("precert-not-final")
            }
            Ok(verdicts) => verdicts.iter().map(|judged| json!(oracle_name(&judged.verdict))).collect(),
        };
        let mut expect = expect.clone();
        for (theirs, ours) in expect.as_array_mut().into_iter().flatten().zip(ours.as_array().into_iter().flatten()) {
            if !cfg!(feature = "rsa") && ours == "unsupported-rsa" && theirs == "valid" {
                theirs.clone_from(ours);
                rsa += 1;
            }
        }
        tally.compare(id, &expect, &ours);
        let verdicts = verdicts.unwrap_or_default();
        let timestamp = |judged: &SctVerdict<'_, '_>| json!(judged.sct.map(|sct| sct.timestamp.0));
        for (member, value) in [
            ("leaf_index", verdicts.iter().map(leaf_index).collect::<Vec<_>>()),
            ("timestamp_ms", verdicts.iter().map(timestamp).collect()),
        ] {
            if let Some(expected) = case.get(member) {
                tally.compare(&format!("{id} {member}"), expected, &Value::from(value));
            }
        }
        if case["delivery"] == "precert-chain" {
            let tbs = hex(&certificate.tbs().precert_tbs().unwrap().sha256());
            tally.compare(
                &format!("{id} TBS"),
                (string(&case["logged_tbs_sha256"]), &case["issuer_key_hash"]),
                (tbs.as_str(), &json!(issuer.to_string())),
            );
        }
        if id == "future_timestamp" {
            let now: UnixMillis = "2026-08-22T00:00:00Z".parse().unwrap();
            let verdicts = Verifier::new(&logs).at(now).embedded(&certificate, Some(issuer)).unwrap();
            assert_eq!(verdicts[0].verdict, Verdict::Future { timestamp: UnixMillis(4_102_444_800_000), now });
        }
    }
    println!(
        "sct/edge/expected.json: {undefined} implementation-defined, {rsa} RSA signatures unsupported by this build"
    );
    tally.finish();
}

/// Two certificates whose only extension was the list: one for each reading, and either is found out.
#[test]
fn both_readings_of_no_extensions() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(text) = corpus.read_text("sct/edge/expected.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let logs = logs_of(&json["logs"]);
    let Some(issuer) = corpus.read("sct/edge/ca.der") else { return };
    for (file, reading) in [
        ("only_ext_omit.der", TbsReading::ExtensionsOmitted),
        ("only_ext_emptyseq.der", TbsReading::EmptyExtensionsKept),
    ] {
        let Some(der) = corpus.read(&format!("sct/edge/{file}")) else { continue };
        let certificate = Certificate::from_der(&der).unwrap();
        let verdicts = Verifier::new(&logs).embedded(&certificate, Some(issuer_key_hash(&issuer))).unwrap();
        assert_eq!(verdicts[0].verdict, Verdict::Valid { reading }, "{file}");
        println!("sct/edge/{file}: {}", verdicts[0].verdict);
    }
}

/// The entries of a static-ct log say the index of each in its extensions.
#[test]
fn leaf_indices() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(text) = corpus.read_text("sct/static-ct/navigli2025h2/expected.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let mut tally = Tally::new("sct/static-ct/navigli2025h2/expected.json, leaf_index", &[]);
    for entry in array(&json) {
        let extensions = unhex(string(&entry["extensions"]));
        let index = entry["leaf_index"].as_u64();
        tally.compare(&format!("{index:?}"), Ok(index), CtExtensions::new(&extensions).leaf_index());
    }
    tally.finish();
}

/// Every byte of the message counts, and the pieces are the whole.
#[test]
fn a_real_message_in_other_bytes_does_not_verify() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(logs) = historic_logs(&corpus) else { return };
    let folder = "sct/tls/signed_certificate_timestamp";
    let (Some(leaf), Some(list)) =
        (corpus.read(&format!("{folder}/leaf.der")), corpus.read(&format!("{folder}/sct_list.bin")))
    else {
        return;
    };
    let sct = SctList::from_tls(&list).unwrap().iter().next().unwrap().unwrap();
    let verifier = Verifier::new(&logs);
    assert!(verifier.sct(&sct, &SignedEntry::x509(&leaf).unwrap()).is_valid());
    for at in (0..leaf.len()).step_by(leaf.len() / 16) {
        let mut other = leaf.clone();
        other[at] ^= 1;
        assert!(matches!(verifier.sct(&sct, &SignedEntry::x509(&other).unwrap()), Verdict::BadSignature(_)), "{at}");
    }
}

/// Which certificates of the corpus have an SCT of a log that does not take them, by the largest list with intervals.
#[test]
fn intervals() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(list) = corpus.read("sct/log_lists/crtsh_all_logs_list_2026-08-11.json") else { return };
    let Some(text) = corpus.read_text("sct/expected.json") else { return };
    let logs = LogList::from_chrome_v3(&list).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let (mut inside, mut outside) = (0, 0);
    for case in array(&json["cases"]) {
        let (Some(cert), Some(issuer)) = (case["cert"].as_str(), case["issuer"].as_str()) else { continue };
        let (Some(der), Some(issuer)) = (corpus.read(&format!("sct/{cert}")), corpus.read(&format!("sct/{issuer}")))
        else {
            continue;
        };
        let certificate = Certificate::from_der(&der).unwrap();
        let Ok(verdicts) = Verifier::new(&logs).embedded(&certificate, Some(issuer_key_hash(&issuer))) else {
            continue;
        };
        for judged in &verdicts {
            let interval = judged.log.and_then(|log| log.temporal_interval);
            let not_after = certificate.tbs().validity().unwrap().not_after.0 * 1000;
            let takes = interval.is_none_or(|interval| {
                (i128::from(interval.start.0)..i128::from(interval.end.0)).contains(&i128::from(not_after))
            });
            match judged.verdict {
                Verdict::Valid { .. } if interval.is_some() => {
                    assert!(takes, "{cert} {}", judged.index);
                    inside += 1;
                }
                Verdict::OutsideInterval { .. } => {
                    assert!(!takes, "{cert} {}", judged.index);
                    println!("sct/expected.json, {} {}: {}", string(&case["class"]), judged.index, judged.verdict);
                    outside += 1;
                }
                _ => {}
            }
        }
    }
    println!("sct/expected.json: {inside} SCTs of logs that take the certificate, {outside} of logs that do not");
}

/// `sct/ct_policy_expected.json`: real certificates under the policies of three browsers at many times, by the verdicts of
/// other programs; the verdict, and the first thing that the SCTs in the certificate lack.
#[test]
fn policies() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(logs) = historic_logs(&corpus) else { return };
    let Some(text) = corpus.read_text("sct/ct_policy_expected.json") else { return };
    let Some(expected) = corpus.read_text("sct/expected.json") else { return };
    let (json, expected): (Value, Value) =
        (serde_json::from_str(&text).unwrap(), serde_json::from_str(&expected).unwrap());
    let by_cert: BTreeMap<&str, &Value> =
        array(&expected["cases"]).iter().filter_map(|case| Some((case["cert"].as_str()?, case))).collect();
    let mut certificates = Vec::new();
    for case in array(&json["cases"]) {
        let cert = string(&case["cert"]);
        let issuer = by_cert.get(cert).and_then(|case| case["issuer"].as_str()).unwrap();
        let (Some(der), Some(issuer)) = (corpus.read(&format!("sct/{cert}")), corpus.read(&format!("sct/{issuer}")))
        else {
            continue;
        };
        let certificate = Certificate::from_der(&der).unwrap();
        // A list that cannot be read has no good SCT.
        let judged = Verifier::new(&logs).embedded(&certificate, Some(issuer_key_hash(&issuer))).unwrap_or_default();
        let scts: Vec<_> = judged.iter().filter_map(SctVerdict::verified).collect();
        let validity = certificate.tbs().validity().unwrap();
        assert_eq!(Some(validity.not_after.0 - validity.not_before.0), case["lifetime_seconds"].as_i64(), "{cert}");
        certificates.push((case, scts, validity));
    }
    let mut tally = Tally::new("sct/ct_policy_expected.json", &[]);
    let mut verdicts = BTreeMap::<String, u32>::new();
    for point in array(&json["points"]) {
        let name = string(&point["id"]);
        let policy = policy(&string(&point["policy"]).to_lowercase(), 148);
        let Some(list) = corpus.read(&format!("sct/log_lists/{}", string(&point["log_list"]))) else { continue };
        let list = LogList::from_chrome_v3(&list).unwrap();
        let now = UnixMillis::from_seconds(point["check_time_unix"].as_i64().unwrap()).unwrap();
        let stored = point["same_as"].as_str().unwrap_or(name);
        for (case, scts, validity) in &certificates {
            let verdict = policy.evaluate(scts, validity, &list, now);
            let ours = (letter(verdict.compliance), rule(&verdict));
            let theirs = match point["constant"].as_str() {
                Some(constant) => (constant, "list-age"),
                None => (string(&case["results"][stored][0]), string(&case["results"][stored][1])),
            };
            *verdicts.entry(format!("{} {} {}", policy.name(), ours.0, ours.1)).or_default() += 1;
            tally.compare(&format!("{} at {name}", string(&case["id"])), theirs, ours);
        }
    }
    for (verdict, count) in verdicts {
        println!("sct/ct_policy_expected.json: {count} {verdict}");
    }
    tally.finish();
}

/// `sct/ct_policy_boundaries.json`: SCTs on both sides of every boundary. Where text and program disagree, or the text is
/// silent, the row is no test; what is said here is printed.
#[test]
fn policy_boundaries() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(text) = corpus.read_text("sct/ct_policy_boundaries.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let mut tally = Tally::new("sct/ct_policy_boundaries.json", &[]);
    let (mut disputed, mut as_reference) = (0, 0);
    for row in array(&json["rows"]) {
        let (list, ids) = boundary_list(row);
        let scts: Vec<_> = array(&row["scts"])
            .iter()
            .map(|sct| VerifiedSct {
                log_id: ids[string(&sct["log"])],
                timestamp: UnixMillis(sct["sct_timestamp_ms"].as_u64().unwrap()),
                delivery: match string(&sct["delivery"]) {
                    "embedded" => Delivery::Embedded,
                    "tls" => Delivery::Tls,
                    "ocsp" => Delivery::Ocsp,
                    other => panic!("{other}"),
                },
                has_leaf_index: sct["has_leaf_index"] == true,
            })
            .collect();
        let validity = Validity {
            not_before: UnixSeconds(1_700_000_000),
            not_after: UnixSeconds(1_700_000_000 + row["lifetime_seconds"].as_i64().unwrap()),
        };
        let now = UnixMillis(row["check_time_ms"].as_u64().unwrap());
        for (name, expected) in row["expected"].as_object().unwrap() {
            let policy = policy(name, row["chrome_major"].as_u64().unwrap());
            let verdict = policy.evaluate(&scts, &validity, &list, now);
            let case = format!("{} {name}", string(&row["name"]));
            let ours = match verdict.compliance {
                Compliance::Compliant => "compliant",
                Compliance::NotCompliant => "not-compliant",
                Compliance::NotEnforced => "not-enforced",
                other => panic!("{other:?}"),
            };
            if expected["assert"] == true {
                tally.compare(&case, string(&expected["verdict"]), ours);
            } else {
                disputed += 1;
                as_reference += u32::from(expected["verdict"] == ours);
                println!("{case}: disputed ({}), here {ours}", string(&expected["disputed"]["why"]));
            }
        }
    }
    println!("sct/ct_policy_boundaries.json: {disputed} disputed, {as_reference} of them as the reference has it");
    tally.finish();
}

/// The row's logs, under keys of the testkit: the list's JSON goes through the reader like any other.
fn boundary_list(row: &Value) -> (LogList, BTreeMap<String, LogId>) {
    let mut ids = BTreeMap::new();
    let mut listed: Vec<Value> = Vec::new();
    let rfc3339 = |millis: &Value| UnixMillis(millis.as_u64().unwrap()).to_string();
    for sct in array(&row["scts"]) {
        let name = string(&sct["log"]).to_owned();
        let key = Key::new(0, &name);
        if ids.insert(name.clone(), LogId(key.spki_sha256())).is_some() || sct["state"].is_null() {
            continue;
        }
        let previous = array(&sct["previous_operators"]).iter();
        let previous: Vec<_> = previous
            .map(|previous| json!({"name": previous["name"], "end_time": rfc3339(&previous["end_time_ms"])}))
            .collect();
        let log = json!({
            "description": name, "log_id": LogId(key.spki_sha256()).to_base64(), "key": Base64::encode_string(key.spki_der()),
            "url": "https://log.example/", "submission_url": "https://log.example/", "monitoring_url": "https://log.example/",
            "state": {string(&sct["state"]): {"timestamp": rfc3339(&sct["state_timestamp_ms"])}},
            "previous_operators": previous,
        });
        let (logs, tiled_logs) = match string(&sct["log_kind"]) {
            "rfc6962" => (vec![log], vec![]),
            _ => (vec![], vec![log]),
        };
        listed.push(json!({"name": sct["operator"], "logs": logs, "tiled_logs": tiled_logs}));
    }
    let list = json!({"log_list_timestamp": rfc3339(&row["log_list_timestamp_ms"]), "operators": listed});
    let list = LogList::from_chrome_v3(list.to_string().as_bytes()).unwrap();
    assert_eq!(list.rejected(), []);
    (list, ids)
}

fn policy(name: &str, chrome_major: u64) -> CtPolicy {
    match name {
        "chrome" if chrome_major < 148 => CtPolicy::CHROME_147,
        "chrome" => CtPolicy::CHROME,
        "apple" => CtPolicy::APPLE,
        "mozilla" => CtPolicy::MOZILLA,
        other => panic!("{other}"),
    }
}

fn letter(compliance: Compliance) -> &'static str {
    match compliance {
        Compliance::Compliant => "C",
        Compliance::NotCompliant => "N",
        Compliance::NotEnforced => "E",
        other => panic!("{other:?}"),
    }
}

/// The oracle's name for what decided.
fn rule(verdict: &PolicyVerdict) -> &'static str {
    if verdict.compliance == Compliance::NotEnforced {
        return "list-age";
    }
    match verdict.embedded.first() {
        None => "embedded",
        Some(Unmet::NoLiveLog) => "no-current-log",
        Some(Unmet::TooFewLogs { .. }) => "too-few-distinct-logs",
        Some(Unmet::TooFewOperators { .. }) => "one-operator",
        Some(Unmet::OperatorMaximum { .. }) => "operator-maximum",
        Some(Unmet::NoRfc6962Log) => "no-rfc6962-log",
        Some(other) => panic!("{other:?}"),
    }
}

fn historic_logs(corpus: &Corpus) -> Option<LogList> {
    let text = corpus.read_text("sct/keys/historic_log_keys.json")?;
    let json: Value = serde_json::from_str(&text).unwrap();
    Some(logs_of(&json["keys"]))
}

fn logs_of(keys: &Value) -> LogList {
    LogList::from_keys(array(keys).iter().map(|key| Base64::decode_vec(string(&key["key"])).unwrap()))
}

fn issuer_key_hash(der: &[u8]) -> IssuerKeyHash {
    IssuerKeyHash::of(Certificate::from_der(der).unwrap().tbs().spki())
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn string(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        write!(text, "{octet:02x}").unwrap();
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

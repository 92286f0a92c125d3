//! Real log lists and real log keys.

use base64ct::{Base64, Encoding};
use ctlens_loglist::{KeyKind, LogKey, LogList, RejectReason, VerifyError};
#[cfg(feature = "json")]
use ctlens_loglist::{LogStatus, UnixMillis};
use ctlens_testkit::{Corpus, KnownDifference, Tally};
use serde_json::Value;
#[cfg(feature = "json")]
use serde_json::json;

/// Every list, whoever published it: what was read against a second, schemaless reading of the same file.
#[test]
#[cfg(feature = "json")]
fn lists() {
    let Some(corpus) = Corpus::open() else { return };
    let mut tally = Tally::new("sct/log_lists, logs of every list", &[]);
    let mut read = 0;
    for path in corpus.files("sct/log_lists") {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        if !name.ends_with(".json") || name == "index.json" {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        if name.starts_with("chrome_v1_") {
            println!("{name}: {}", ctlens_loglist::ListError::Version1);
            assert_eq!(LogList::from_chrome_v3(&bytes).err(), Some(ctlens_loglist::ListError::Version1));
            continue;
        }
        read += 1;
        let list = LogList::from_chrome_v3(&bytes).unwrap();
        let json: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(list.version(), json["version"].as_str());
        let timestamp = json["log_list_timestamp"].as_str().map(|text| text.parse().unwrap());
        assert_eq!(list.timestamp(), timestamp);

        let (mut logs, mut tiled, mut with_state, mut with_head) = (0, 0, 0, 0);
        for operator in json["operators"].as_array().unwrap() {
            for array in ["logs", "tiled_logs"] {
                for entry in operator[array].as_array().into_iter().flatten() {
                    let text = entry["log_id"].as_str().unwrap();
                    let id: ctlens_loglist::LogId = text.parse().unwrap();
                    let case = format!("{name} {text}");
                    if name.contains("mimics") {
                        let reason = list.get_rejected(&id).map(|rejected| rejected.reason);
                        tally.compare(&case, (Some(RejectReason::Mimic), true), (reason, list.get(&id).is_none()));
                        continue;
                    }
                    let stated = stated(entry, operator);
                    with_head += u32::from(!stated["final_tree_head"].is_null());
                    with_state += u32::from(stated["states"] != json!([]));
                    tally.compare(&case, stated, list.get(&id).map_or(Value::Null, as_read));
                    logs += 1;
                    tiled += u32::from(array == "tiled_logs");
                }
            }
        }
        println!(
            "{name}: {logs} logs, {tiled} tiled, {with_state} with a state, {with_head} with a final tree head, {} refused",
            list.rejected().len()
        );
        assert_eq!(list.logs().len(), usize::try_from(logs).unwrap());
        assert_eq!(list.rejected().is_empty(), !name.contains("mimics"));
    }
    println!("sct/log_lists: {read} lists read");
    tally.finish();
}

#[cfg(feature = "json")]
fn stated(entry: &Value, operator: &Value) -> Value {
    let time = |text: &Value| text.as_str().map(|text| text.parse::<UnixMillis>().unwrap().0);
    let states = entry["state"].as_object().into_iter().flatten();
    let mut states: Vec<_> = states.map(|(name, state)| (time(&state["timestamp"]), name)).collect();
    states.sort_unstable();
    let head = entry["state"]["readonly"]["final_tree_head"].as_object();
    let interval = &entry["temporal_interval"];
    json!({
        "description": entry["description"], "operator": operator["name"], "states": states,
        "mmd": entry["mmd"].as_u64().filter(|mmd| *mmd != 0),
        "interval": [time(&interval["start_inclusive"]), time(&interval["end_exclusive"])],
        "addresses": [entry["url"], entry["submission_url"], entry["monitoring_url"]],
        "log_type": entry["log_type"],
        "final_tree_head": head.map(|head| (&head["tree_size"], &head["sha256_root_hash"])),
        "previous_operators": entry["previous_operators"].as_array().into_iter().flatten()
            .map(|previous| (&previous["name"], time(&previous["end_time"]))).collect::<Vec<_>>(),
    })
}

#[cfg(feature = "json")]
fn as_read(log: &ctlens_loglist::Log) -> Value {
    use ctlens_loglist::{LogKind, LogType};
    let states = log.previous_states.iter().chain(&log.state);
    let interval = log.temporal_interval;
    json!({
        "description": log.description, "operator": log.operator,
        "states": states.map(|state| (state.since.0, state.status.to_string())).collect::<Vec<_>>(),
        "mmd": log.mmd.map(|mmd| mmd.as_secs()),
        "interval": [interval.map(|interval| interval.start.0), interval.map(|interval| interval.end.0)],
        "addresses": match log.kind.as_ref().unwrap() {
            LogKind::Rfc6962 { url } => json!([url, null, null]),
            LogKind::Tiled { submission_url, monitoring_url } => json!([null, submission_url, monitoring_url]),
            other => panic!("{other:?}"),
        },
        "log_type": log.log_type.as_ref().map(|log_type| match log_type {
            LogType::Prod => "prod",
            LogType::Test => "test",
            LogType::MonitoringOnly => "monitoring_only",
            other => panic!("{other:?}"),
        }),
        "final_tree_head": log.final_tree_head
            .map(|head| (head.tree_size, Base64::encode_string(&head.sha256_root_hash))),
        "previous_operators": log.previous_operators.iter()
            .map(|previous| (&previous.name, previous.end.0)).collect::<Vec<_>>(),
    })
}

/// Every detached signature, under the published key; none of them under another list.
#[test]
#[cfg(all(feature = "json", feature = "rsa"))]
fn signatures_of_lists() {
    use ctlens_loglist::{ListError, ListKey};
    let Some(corpus) = Corpus::open() else { return };
    let Some(pem) = corpus.read_text("sct/log_lists/log_list_pubkey.pem") else { return };
    let key = ListKey::from_pem(&pem).unwrap();
    let mut tally = Tally::new("sct/log_lists, detached signatures", &[]);
    for path in corpus.files("sct/log_lists") {
        if path.extension().is_none_or(|extension| extension != "sig") {
            continue;
        }
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        let signature = std::fs::read(&path).unwrap();
        let mut list = std::fs::read(path.with_extension("json")).unwrap();
        let verified = LogList::from_signed_chrome_v3(&list, &signature, &key).map(|list| !list.logs().is_empty());
        tally.compare(name, Ok(true), verified);
        // One bit of a blank.
        let at = list.iter().position(|octet| *octet == b' ').unwrap();
        list[at] ^= 1;
        let error = LogList::from_signed_chrome_v3(&list, &signature, &key).err();
        assert_eq!(error, Some(ListError::Signature(VerifyError::Mismatch)), "{name}");
    }
    tally.finish();
}

/// The logs that `logs/live-logs-….csv` calls live, by the two lists it was made from.
#[test]
#[cfg(feature = "json")]
fn live_logs() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(table) = corpus.read_text("logs/live-logs-2026-08-22.csv") else { return };
    let load =
        |name: &str| corpus.read(&format!("sct/log_lists/{name}")).map(|json| LogList::from_chrome_v3(&json).unwrap());
    let Some(chrome) = load("chrome_all_logs_list_2026-08-20_v89.25.json") else { return };
    let Some(apple) = load("apple_current_log_list_2026-03-31.json") else { return };
    let now: UnixMillis = "2026-08-22T00:00:00Z".parse().unwrap();
    let mut tally = Tally::new("logs/live-logs-2026-08-22.csv", &[]);
    for row in table.lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let id: ctlens_loglist::LogId = fields[8].parse().unwrap();
        let status = |list: &LogList| list.get(&id).and_then(|log| log.status_at(now));
        let text = |status: Option<LogStatus>| status.map_or(String::new(), |status| status.to_string());
        tally.compare(fields[8], (fields[3], fields[4]), (&*text(status(&chrome)), &*text(status(&apple))));
        let live = |list: &LogList| list.live_at(now).any(|log| log.id() == id);
        assert!(live(&chrome) || live(&apple), "{row}");
        let not_after: UnixMillis = fields[5].parse().unwrap();
        assert!([&chrome, &apple].iter().any(|list| list.taking(not_after).any(|log| log.id() == id)), "{row}");
    }
    let mut live: Vec<_> = chrome.live_at(now).chain(apple.live_at(now)).map(ctlens_loglist::Log::id).collect();
    live.sort_unstable();
    live.dedup();
    println!("logs/live-logs-2026-08-22.csv: {} live by the two lists", live.len());
    tally.finish();
}

const KEYS_THAT_ARE_NONE: &[KnownDifference] = &[KnownDifference {
    case: "b3d00e6fddf15b1afe6b8cedc499f1c49097ed5674577205e234eefcea0bf380",
    cause: "RFC 6962 §3.2: a log id is the hash of a SubjectPublicKeyInfo; this staging key of Sigstore is a bare \
            PKCS#1 RSAPublicKey, the stated id is the hash of that, and no SCT of the corpus bears it",
}];

#[test]
fn historic_keys() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(text) = corpus.read_text("sct/keys/historic_log_keys.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let keys = json["keys"].as_array().unwrap();
    let mut tally = Tally::new("sct/keys/historic_log_keys.json", KEYS_THAT_ARE_NONE);
    let mut ders = Vec::new();
    for key in keys {
        let (id, kind) = (key["log_id_hex"].as_str().unwrap(), key["key_type"].as_str().unwrap());
        let der = Base64::decode_vec(key["key"].as_str().unwrap()).unwrap();
        let read = LogKey::from_spki_der(&der).map(|key| {
            let kind = match key.kind() {
                KeyKind::EcdsaP256 => "ecdsa-p256".to_owned(),
                KeyKind::Rsa { bits } => format!("rsa-{bits}"),
                other => format!("{other}"),
            };
            (key.log_id().to_string(), kind)
        });
        tally.compare(id, Ok::<_, ctlens_loglist::KeyError>((id.to_owned(), kind.to_owned())), read);
        ders.push(der);
    }
    tally.finish();

    let list = LogList::from_keys(&ders);
    let (mimics, others): (Vec<_>, Vec<_>) =
        list.rejected().iter().partition(|rejected| rejected.reason == RejectReason::Mimic);
    println!(
        "sct/keys/historic_log_keys.json: {} usable, {} mimics refused, {} others refused",
        list.logs().len(),
        mimics.len(),
        others.len()
    );
    assert!(mimics.iter().all(|mimic| mimic.id.is_some_and(|id| id.is_mimic())));
    assert!(others.iter().all(|other| {
        let id = other.id.unwrap().to_string();
        KEYS_THAT_ARE_NONE.iter().any(|listed| listed.case == id)
    }));
    assert_eq!(list.logs().len() + list.rejected().len(), keys.len());
}

/// Signatures of real logs over tree heads, ECDSA and RSA; the message is put together here.
#[test]
fn tree_heads() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(text) = corpus.read_text("merkle/real_sths.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let mut tally = Tally::new("merkle/real_sths.json", &[]);
    for sth in json["sths"].as_array().unwrap() {
        let decode = |member: &str| Base64::decode_vec(sth[member].as_str().unwrap()).unwrap();
        let key = LogKey::from_spki_der(&decode("key_spki_b64")).unwrap();
        let number = |member: &str| sth[member].as_u64().unwrap().to_be_bytes();
        // RFC 6962 §3.5: TreeHeadSignature, v1 and tree_hash; digitally-signed: SHA-256, algorithm, length.
        let root = decode("sha256_root_hash");
        let message = [&[0, 1], &number("timestamp")[..], &number("tree_size"), &root].concat();
        let signature = decode("tree_head_signature");
        assert_eq!(signature[1], if key.kind() == KeyKind::EcdsaP256 { 3 } else { 1 });
        let expected = match key.kind() {
            KeyKind::Rsa { .. } if !cfg!(feature = "rsa") => Err(VerifyError::UnsupportedKey(key.kind())),
            _ => Ok(()),
        };
        let name = sth["name"].as_str().unwrap();
        tally.compare(name, expected, key.verify(&message, &signature[4..]));
        assert!(key.verify(&message[1..], &signature[4..]).is_err());
    }
    tally.finish();
}

//! Real log lists and real log keys.

use base64ct::{Base64, Encoding};
use ctlens_loglist::{KeyKind, LogKey, LogList, RejectReason};
use ctlens_testkit::{Corpus, KnownDifference, Tally};
use serde_json::Value;

#[test]
#[cfg(feature = "json")]
fn chrome_lists() {
    let Some(corpus) = Corpus::open() else { return };
    let mut tally = Tally::new("sct/log_lists, logs of Chrome's schema", &[]);
    for path in corpus.files("sct/log_lists") {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap();
        if !name.starts_with("chrome_") || !name.ends_with(".json") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        if name.starts_with("chrome_v1_") {
            assert_eq!(LogList::from_chrome_v3(&bytes).err(), Some(ctlens_loglist::ListError::Version1));
            continue;
        }
        let list = LogList::from_chrome_v3(&bytes).unwrap();
        let json: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(list.version(), json["version"].as_str());

        // Our list against a second, schemaless reading of the same file.
        let mimics = name.contains("mimics");
        let (mut logs, mut tiled, mut with_state) = (0, 0, 0);
        for operator in json["operators"].as_array().unwrap() {
            for array in ["logs", "tiled_logs"] {
                for entry in operator[array].as_array().into_iter().flatten() {
                    let text = entry["log_id"].as_str().unwrap();
                    let id: ctlens_loglist::LogId = text.parse().unwrap();
                    let case = format!("{name} {text}");
                    if mimics {
                        let reason = list.get_rejected(&id).map(|rejected| rejected.reason);
                        tally.compare(&case, (Some(RejectReason::Mimic), true), (reason, list.get(&id).is_none()));
                        continue;
                    }
                    let state = entry["state"].as_object().and_then(|state| state.keys().next()).cloned();
                    let read = list.get(&id).map(|log| {
                        let status = log.state.map(|state| state.status.to_string());
                        (log.description.as_deref(), log.operator.as_deref(), status, log.mmd.map(|mmd| mmd.as_secs()))
                    });
                    let stated = (
                        entry["description"].as_str(),
                        operator["name"].as_str(),
                        state.clone(),
                        entry["mmd"].as_u64(),
                    );
                    tally.compare(&case, Some(stated), read);
                    logs += 1;
                    tiled += u32::from(array == "tiled_logs");
                    with_state += u32::from(state.is_some());
                }
            }
        }
        println!("{name}: {logs} logs, {tiled} tiled, {with_state} with a state, {} refused", list.rejected().len());
        assert_eq!(list.logs().len(), usize::try_from(logs).unwrap());
        assert_eq!(list.rejected().is_empty(), !mimics);
    }
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

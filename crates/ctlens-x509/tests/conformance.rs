//! Agreement with what others say of real certificates; see `CONTRIBUTING.md` for the corpus.

use ctlens_testkit::{Corpus, KnownDifference, Tally, read_certificate};
use ctlens_x509::Certificate;
use serde_json::Value;
use std::fmt::Write as _;

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

fn cases(corpus: &Corpus, name: &str) -> Vec<Value> {
    let Some(text) = corpus.read_text(name) else { return Vec::new() };
    let json: Value = serde_json::from_str(&text).unwrap();
    json.get("cases").unwrap_or(&json).as_array().unwrap().clone()
}

/// `sct/expected.json`: the TBSCertificate that a log signed, by an independent verifier, cross-checked with Go's.
#[test]
fn reconstructed_tbs() {
    const LISTED: &[KnownDifference] = &[];
    let Some(corpus) = Corpus::open() else { return };
    let mut hashes = Tally::new("sct/expected: reconstructed TBS", LISTED);
    let mut times = Tally::new("sct/expected: validity", LISTED);
    for case in cases(&corpus, "sct/expected.json") {
        let id = case["id"].as_str().unwrap();
        let Some(certificate) = case["cert"].as_str() else { continue };
        let Some(der) = corpus.read(&format!("sct/{certificate}")) else { continue };
        let certificate = Certificate::from_der(&der).unwrap_or_else(|error| panic!("{id}: {error}"));
        let tbs = certificate.tbs();
        if let (Some(not_before), Some(not_after)) = (case["not_before"].as_str(), case["not_after"].as_str()) {
            let validity = tbs.validity().unwrap();
            let listed = [not_before, not_after].map(|time| time.replace("+00:00", "Z"));
            times.compare(id, listed, [validity.not_before.to_string(), validity.not_after.to_string()]);
        }
        if let Some(oracle) = case["precert_tbs_sha256"].as_str() {
            let computed = tbs.precert_tbs().map(|tbs| (hex(&tbs.sha256()), tbs.octets() as u64));
            hashes.compare(id, Ok((oracle.to_owned(), case["precert_tbs_len"].as_u64().unwrap())), computed);
        }
    }
    hashes.finish();
    times.finish();
}

/// `sct/pairs.json`: precertificate and certificate, and whether one follows from the other.
#[test]
fn pairs() {
    let Some(corpus) = Corpus::open() else { return };
    let mut tally = Tally::new("sct/pairs", &[]);
    for case in cases(&corpus, "sct/pairs.json") {
        let [precertificate, certificate] = ["precert", "final"].map(|field| case[field].as_str().unwrap());
        let (Some(first), Some(second)) =
            (corpus.read(&format!("sct/{precertificate}")), corpus.read(&format!("sct/{certificate}")))
        else {
            continue;
        };
        let [first, second] = [&first, &second].map(|der| Certificate::from_der(der).unwrap());
        assert!(first.tbs().poison().unwrap().is_some(), "{precertificate}");
        assert!(second.tbs().sct_list().unwrap().is_some(), "{certificate}");
        let [first, second] = [first, second].map(|certificate| certificate.tbs().precert_tbs().unwrap().to_vec());
        tally.compare(precertificate, case["tbs_equal"].as_bool().unwrap(), first == second);
    }
    tally.finish();
}

/// `san/synthetic_certs.json`: certificates with exactly the octets that `san/cases.json` lists.
#[test]
fn names() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(text) = corpus.read_text("san/synthetic_certs.json") else { return };
    let certificates: Value = serde_json::from_str(&text).unwrap();
    let mut tally = Tally::new("san/synthetic_certs: names", &[]);
    for case in cases(&corpus, "san/cases.json") {
        let id = case["id"].as_str().unwrap();
        let Some(certificate) = certificates[id].as_str() else { continue };
        let der: Vec<u8> = (0..certificate.len() / 2)
            .map(|at| u8::from_str_radix(&certificate[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        let certificate = Certificate::from_der(&der).unwrap_or_else(|error| panic!("{id}: {error}"));
        let names: Vec<_> = certificate.tbs().names().map(|name| name.unwrap()).collect();
        let common_names = certificate.tbs().common_names().map(|name| name.unwrap().value.to_vec());

        // Each character of a listed string is one octet.
        let listed = |field: &str| -> Vec<Vec<u8>> {
            let strings = case[field].as_array().into_iter().flatten().map(|value| value.as_str().unwrap());
            strings
                .map(|string| string.chars().map(|octet| u8::try_from(u32::from(octet)).unwrap()).collect())
                .collect()
        };
        let of_tag = |tag| -> Vec<Vec<u8>> {
            names.iter().filter(|name| name.tag == tag).map(|name| name.value.to_vec()).collect()
        };
        let addresses: Vec<String> =
            names.iter().filter(|name| name.tag == 0x87).map(|name| address(name.value)).collect();
        let listed_addresses: Vec<&str> =
            case["san_ip"].as_array().unwrap().iter().map(|ip| ip.as_str().unwrap()).collect();
        tally.compare(&format!("{id} dNSName"), listed("san_dns"), of_tag(0x82));
        tally.compare(&format!("{id} iPAddress"), listed_addresses, addresses);
        tally.compare(&format!("{id} CN"), listed("cn"), common_names.collect::<Vec<_>>());
    }
    tally.finish();
}

fn address(octets: &[u8]) -> String {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        std::net::Ipv4Addr::from(octets).to_string()
    } else if let Ok(octets) = <[u8; 16]>::try_from(octets) {
        std::net::Ipv6Addr::from(octets).to_string()
    } else {
        format!("hex:{}", hex(octets))
    }
}

/// Every certificate of the corpus can be viewed, or is listed.
#[test]
fn every_certificate() {
    const LISTED: &[KnownDifference] = &[];
    let Some(corpus) = Corpus::open() else { return };
    for folder in
        ["sct/certs", "sct/issuers", "sct/edge", "sct/pairs", "policy/certs", "policy/pkilint", "policy/fina/replay"]
    {
        let mut tally = Tally::new(folder, LISTED);
        for path in corpus.files(folder) {
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            if file.ends_with(".json") {
                continue;
            }
            let der = read_certificate(&path);
            let walked = Certificate::from_der(&der).map(|certificate| {
                let damaged = certificate.tbs().names().find_map(Result::err);
                damaged.map(|damage| damage.to_string())
            });
            tally.compare(&file, Ok(None), walked);
        }
        tally.finish();
    }
}

//! Agreement with what others say of real certificates; see `CONTRIBUTING.md` for the corpus.

use ctlens_testkit::{Corpus, KnownDifference, Tally, read_certificate};
use ctlens_x509::{Anomaly, AnomalyKind, Certificate, Tbs, corresponds};
use serde_json::Value;
use std::collections::BTreeSet;
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
        let difference = corresponds(first.tbs(), second.tbs()).unwrap();
        if let Some(difference) = difference {
            println!("{precertificate}: {difference}");
        }
        tally.compare(precertificate, case["tbs_equal"].as_bool().unwrap(), difference.is_none());
    }
    tally.finish();
}

/// `sct/psc_real`: precertificates that a dedicated certificate signed, with the TBSCertificate that ctclient found logged,
/// and with azul's, of which only the poison is cut.
#[test]
fn real_precertificate_signing_certificates() {
    let Some(corpus) = Corpus::open() else { return };
    let mut tally = Tally::new("sct/psc_real", &[]);
    for case in cases(&corpus, "sct/psc_real/expected.json") {
        let id = case["id"].as_str().unwrap();
        let read = |what: &str| corpus.read(&format!("sct/psc_real/{id}_{what}.der"));
        let (Some(precertificate), Some(signer)) = (read("precert"), read("psc")) else { continue };
        let [precertificate, signer] = [&precertificate, &signer].map(|der| Certificate::from_der(der).unwrap());
        let rebuilt = precertificate.tbs().precert_tbs_signed_by(signer.tbs()).unwrap();
        tally.compare(id, case["tbs_sha256"].as_str().unwrap(), hex(&rebuilt.sha256()).as_str());
        if let Some(poison_cut) = case["poison_removed_only_sha256"].as_str() {
            let rebuilt = precertificate.tbs().without_poison().unwrap();
            tally.compare(&format!("{id}, poison cut"), poison_cut, hex(&rebuilt.sha256()).as_str());
        }
        if let Some(logged) = read("logged-tbs") {
            tally.case(&format!("{id}, octets"), rebuilt.to_vec() == logged, || "other octets".to_owned());
        }
        assert_eq!(precertificate.tbs().is_precert_signer(), Ok(false));
        assert_eq!(signer.tbs().basic_constraints().unwrap().map(|constraints| constraints.ca), Some(true));
    }
    tally.finish();
}

/// `sct/edge`: the same with a log and certificates of a laboratory, up to the certificate that was issued.
#[test]
fn precertificate_signing_certificates() {
    let Some(corpus) = Corpus::open() else { return };
    let mut tally = Tally::new("sct/edge: precertificate chains", &[]);
    for case in cases(&corpus, "sct/edge/expected.json") {
        let Some(logged) = case["logged_tbs_sha256"].as_str() else { continue };
        let read = |field: &str| corpus.read(&format!("sct/edge/{}", case[field].as_str().unwrap()));
        let (Some(precertificate), Some(signer), Some(issued)) =
            (read("precert"), read("precert_signing_cert"), read("cert"))
        else {
            continue;
        };
        let id = case["id"].as_str().unwrap();
        let [precertificate, signer, issued] =
            [&precertificate, &signer, &issued].map(|der| Certificate::from_der(der).unwrap());
        let rebuilt = precertificate.tbs().precert_tbs_signed_by(signer.tbs()).unwrap();
        tally.compare(id, logged, hex(&rebuilt.sha256()).as_str());
        let issued_tbs = issued.tbs().precert_tbs().unwrap();
        tally.compare(&format!("{id}, issued"), logged, hex(&issued_tbs.sha256()).as_str());
        let rebuilt = rebuilt.to_vec();
        let promised = Tbs::from_der(&rebuilt).unwrap();
        tally.compare(&format!("{id}, corresponds"), Ok(None), corresponds(&promised, issued.tbs()));
        let unlike = corresponds(precertificate.tbs(), issued.tbs()).unwrap();
        tally.case(&format!("{id}, issuer"), unlike.is_some(), || "the signer's name is the CA's".to_owned());
    }
    tally.finish();
}

/// Takes vectors with a length in front (RFC 8446 §3.4) and numbers from octets.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn octets(&mut self, count: usize) -> &'a [u8] {
        let (octets, rest) = self.0.split_at(count);
        self.0 = rest;
        octets
    }

    fn number(&mut self, octets: usize) -> usize {
        self.octets(octets).iter().fold(0, |number, octet| number << 8 | usize::from(*octet))
    }

    fn vector(&mut self, length_octets: usize) -> &'a [u8] {
        let length = self.number(length_octets);
        self.octets(length)
    }

    /// RFC 6962 §3.4: `TimestampedEntry`; the TBSCertificate where it is a precertificate's.
    fn timestamped_entry(&mut self) -> Option<&'a [u8]> {
        let _timestamp = self.octets(8);
        let tbs = match self.number(2) {
            0 => self.vector(3).get(..0).filter(|_| false),
            1 => Some(self.octets(32)).map(|_issuer_key_hash| self.vector(3)),
            other => panic!("entry type {other}"),
        };
        let _extensions = self.vector(2);
        tbs
    }
}

/// `sct/rfc6962_entries.jsonl`: the precertificate in `extra_data` gives the TBSCertificate in `leaf_input`.
#[test]
fn rfc6962_entries() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(lines) = corpus.read_text("sct/rfc6962_entries.jsonl") else { return };
    let mut tally = Tally::new("sct/rfc6962_entries: precertificates", &[]);
    for (n, line) in lines.lines().enumerate() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let decode = |field: &str| base64(entry[field].as_str().unwrap());
        let (leaf, extra) = (decode("leaf_input"), decode("extra_data"));
        let mut leaf = Fields(&leaf);
        assert_eq!(leaf.octets(2), [0, 0], "v1, timestamped_entry");
        let tbs = leaf.timestamped_entry();
        assert_eq!((leaf.0, tbs.is_some()), (&[][..], entry["entry_type"] == 1), "entry {n}");
        if let Some(logged) = tbs {
            let precertificate = Fields(&extra).vector(3);
            let certificate = Certificate::from_der(precertificate).unwrap();
            let rebuilt = certificate.tbs().precert_tbs().unwrap().to_vec() == logged;
            tally.compare(&n.to_string(), entry["precert_tbs_matches"].as_bool().unwrap(), rebuilt);
            let promised = corresponds(certificate.tbs(), &Tbs::from_der(logged).unwrap());
            tally.compare(&format!("{n} corresponds"), Ok(None), promised);
        }
    }
    tally.finish();
}

fn base64(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = |letter: u8| (0_u32..).zip(ALPHABET).find(|(_, other)| **other == letter).unwrap().0;
    let letters: Vec<u8> = text.bytes().filter(|&letter| letter != b'=').collect();
    let whole = letters.chunks(4).flat_map(|chunk| {
        let bits = chunk.iter().fold(0, |sum, &letter| sum << 6 | bits(letter)) << (6 * (4 - chunk.len()));
        bits.to_be_bytes()[1..chunk.len()].to_vec()
    });
    whole.collect()
}

/// The data tiles of Navigli2025h2 (static-ct-api, "Log entries"): for each entry, poison cut from the precertificate beside
/// it is the TBSCertificate that the log signed, octet for octet.
#[test]
fn static_ct_tiles() {
    let Some(corpus) = Corpus::open() else { return };
    for folder in ["merkle/sunlight-navigli2025h2/tile/data", "sct/static-ct/navigli2025h2/tile/data"] {
        let mut tally = Tally::new(folder, &[]);
        for tile in ["000", "001", "002", "003", "003.p/10"] {
            let Some(octets) = corpus.read(&format!("{folder}/{tile}")) else { continue };
            let mut fields = Fields(&octets);
            for n in 0.. {
                if fields.0.is_empty() {
                    break;
                }
                let logged = fields.timestamped_entry();
                let precertificate = logged.map(|logged| (logged, fields.vector(3)));
                let _chain = fields.vector(2);
                let Some((logged, precertificate)) = precertificate else { continue };
                let certificate = Certificate::from_der(precertificate).unwrap();
                let rebuilt = certificate.tbs().precert_tbs().unwrap();
                tally.case(&format!("{tile}/{n}"), rebuilt.to_vec() == logged, || "other octets".to_owned());
                assert_eq!(certificate.tbs().anomalies().next(), None, "{tile}/{n}");
            }
        }
        tally.finish();
    }
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

/// Anomalies against what zlint says of the same certificates, where it has a lint of exactly that.
#[test]
fn anomalies_and_zlint() {
    type Is = fn(&Anomaly, &[u8]) -> bool;
    let lints: [(&str, Is); 4] = [
        ("e_ext_duplicate_extension", |found, _| found.kind == AnomalyKind::DuplicateExtension),
        ("e_serial_number_longer_than_20_octets", |found, _| found.kind == AnomalyKind::LongSerial),
        ("e_serial_number_not_positive", |found, _| {
            matches!(found.kind, AnomalyKind::ZeroSerial | AnomalyKind::NegativeSerial)
        }),
        ("e_ext_san_dns_not_ia5_string", |found, der| {
            found.kind == AnomalyKind::StringCharacters { tag: 0x16 } && der[found.offset] == 0x82
        }),
    ];
    let Some(corpus) = Corpus::open() else { return };
    let Some(text) = corpus.read_text("policy/zlint_expected.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    for (lint, is) in lints {
        let mut tally = Tally::new(&format!("policy/zlint_expected: {lint}"), &[]);
        for (file, verdict) in json["files"].as_object().unwrap() {
            let hit = verdict["hit"].get(lint).is_some();
            let passed = verdict["pass"].as_array().unwrap().iter().any(|other| other == lint);
            let Some(path) = corpus.path(&format!("policy/certs/{file}")).filter(|_| hit || passed) else { continue };
            let der = read_certificate(&path);
            let found = Certificate::from_der(&der).unwrap().anomalies().any(|anomaly| is(&anomaly, &der));
            tally.compare(file, hit, found);
        }
        tally.finish();
    }
}

/// All anomalies of pkilint's certificates, against its findings about encoding; it has no others.
#[test]
fn anomalies_and_pkilint() {
    let Some(corpus) = Corpus::open() else { return };
    let Some(text) = corpus.read_text("policy/pkilint_expected.json") else { return };
    let json: Value = serde_json::from_str(&text).unwrap();
    let mut tally = Tally::new("policy/pkilint_expected: encoding", &[]);
    for (file, verdict) in json["certs"].as_object().unwrap() {
        let Some(path) = corpus.path(&format!("policy/pkilint/{file}.pem")) else { continue };
        let findings = verdict["findings"].as_array().unwrap().iter();
        let expected: BTreeSet<String> = findings
            .filter_map(|finding| {
                let message = finding["message"].as_str().unwrap_or_default();
                Some(match finding["code"].as_str().unwrap() {
                    "pkix.wrong_time_useful_type" => AnomalyKind::GeneralizedTimeBefore2050,
                    "cabf.serverauth.attribute_value_invalid_encoding_type" if message.contains("teletex") => {
                        AnomalyKind::StringType { tag: 0x14 }
                    }
                    "itu.invalid_asn1_syntax" if message.contains("PrintableString") => {
                        AnomalyKind::StringCharacters { tag: 0x13 }
                    }
                    _ => return None,
                })
            })
            .map(|kind| kind.to_string())
            .collect();
        let der = read_certificate(&path);
        let found = Certificate::from_der(&der).unwrap().anomalies().map(|anomaly| anomaly.kind.to_string()).collect();
        tally.compare::<BTreeSet<String>, BTreeSet<String>>(file, expected, found);
    }
    tally.finish();
}

/// `sct/certs`: the length of Camerfirma's list of SCTs (2018).
#[test]
fn a_real_length_that_is_not_minimal() {
    let Some(corpus) = Corpus::open() else { return };
    let file = "sct/certs/434f471d69b8f8a0145b7144070f447ba6b3b45dceef27d49cd2f5d96bf36ef6.der";
    let Some(der) = corpus.read(file) else { return };
    let certificate = Certificate::from_der(&der).unwrap();
    let found: Vec<_> = certificate.anomalies().map(|anomaly| (anomaly.kind, anomaly.offset)).collect();
    let list = certificate.tbs().sct_list().unwrap().unwrap();
    assert_eq!(found, [(AnomalyKind::NonMinimalLength, certificate.tbs_offset() + list.offset)]);
    assert!(list.value.starts_with(&[0x04, 0x81, 0x7a]));
}

//! The demonstration log holds what its manifest says, and nothing of that kind besides.

use std::collections::BTreeSet;

use base64ct::{Base64, Encoding};
use ctlens_testkit::incident::{PUBLISHED, STAND_INS};
use ctlens_testkit::{
    Demo, LogEntry, LogFiles, PlantedCertificate, PlantedKind, Sct, SignedEntry, der, leaf_index_extension,
    timestamped_entry, tree,
};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};

fn fingerprint(files: &LogFiles) -> tree::Hash {
    let listing = files.iter().map(|(path, bytes)| [path.as_bytes(), b"\n", &tree::sha256(bytes)].concat());
    tree::sha256(&listing.collect::<Vec<_>>().concat())
}

#[test]
fn the_log_is_a_function_of_the_seed() {
    let build = |seed| fingerprint(&Demo::of_size(seed, 600).files());
    let first = build(1);
    assert_eq!(first, build(1));
    assert_ne!(first, build(2));
}

#[test]
fn what_is_written_is_what_the_log_serves() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::of_size(3, 300);
    demo.write(folder.path()).unwrap();
    let files = demo.files();
    assert!(files.iter().count() > 20);
    for (path, bytes) in files.iter() {
        assert_eq!(std::fs::read(folder.path().join(path)).unwrap(), bytes, "{path}");
    }
}

/// Configurations that are bundled with examples name this key.
#[test]
fn the_owners_key_of_the_default_seed() {
    let key = Demo::of_size(Demo::SEED, Demo::FEWEST_ENTRIES).owner_ca().key().spki_sha256();
    assert_eq!(hex(&key), "7301e1c7f2cbc0395b1635522a4c6fd055d220ebcec824db291564b70dc4c59d");
}

#[test]
fn twenty_thousand_entries() {
    let demo = Demo::build(Demo::SEED);
    let entries = demo.log().entries();
    assert_eq!(entries.len(), 20_000);
    for (index, entry) in (0..).zip(entries) {
        assert_eq!(entry.extensions, leaf_index_extension(index));
    }
    assert!(entries.is_sorted_by_key(|entry| entry.timestamp_ms));
    assert!(entries[19_999].timestamp_ms < Demo::NOW_MS);

    planted_entries_hold_what_the_manifest_says(&demo);
    nothing_else_is_the_owners(&demo);
    signatures_are_genuine(&demo);

    // A real log's certificates of this kind are of 1 to 1.4 kB, with three names.
    let certificates: Vec<usize> =
        entries.iter().filter(|entry| is_certificate(entry)).map(|e| body(e).len()).collect();
    let average = certificates.iter().sum::<usize>() / certificates.len();
    assert!((1_000..1_400).contains(&average), "{average} octets");
}

fn planted_entries_hold_what_the_manifest_says(demo: &Demo) {
    let planted = demo.planted();
    let numbers: Vec<(u8, bool)> = planted
        .incident
        .iter()
        .map(|certificate| match certificate.kind {
            PlantedKind::Published(published) => (published.number, true),
            PlantedKind::StandIn(stand_in) => (stand_in.number, false),
            other => panic!("{other:?} in the incident"),
        })
        .collect();
    assert_eq!(numbers, (1..=12).map(|number| (number, number <= 3)).collect::<Vec<_>>());
    let twice = planted.incident.iter().filter(|c| c.precertificate_entries.len() + c.certificate_entries.len() > 2);
    assert!(twice.count() >= 3);
    assert!(planted.consented.len() >= 10 && planted.odd.len() >= 4);

    let issuer = demo.incident_ca().key().spki_sha256();
    assert!(planted.incident.iter().all(|certificate| certificate.issuer_key_hash == issuer));
    let name = "310b3009060355040613024852311d301b060355040a0c1446696e616e63696a736b61206167656e63696a61\
                311630140603550403 0c0d46696e612052444320323032 30";
    let name = name.replace(' ', "");
    assert_eq!(hex(demo.incident_ca().name_der()), format!("3044{name}"));
    let owner = demo.owner_ca().key().spki_sha256();
    assert!(planted.consented.iter().all(|certificate| certificate.issuer_key_hash == owner));

    for certificate in all_planted(demo) {
        assert!(!certificate.precertificate_entries.is_empty() && !certificate.certificate_entries.is_empty());
        let names = certificate.dns_names.iter().map(|name| der::tlv(0x82, name));
        let addresses = certificate.ip_addresses.iter().map(|octets| der::tlv(0x87, octets));
        let names = der::sequence(&names.chain(addresses).collect::<Vec<_>>());
        for &index in &certificate.precertificate_entries {
            let entry = &demo.log().entries()[usize::try_from(index).unwrap()];
            let SignedEntry::Precert { issuer_key_hash, tbs } = &entry.entry else { panic!("{entry:?}") };
            assert_eq!(*issuer_key_hash, certificate.issuer_key_hash);
            assert_eq!(tree::sha256(tbs), certificate.precert_tbs_sha256);
        }
        for &index in certificate.precertificate_entries.iter().chain(&certificate.certificate_entries) {
            let entry = &demo.log().entries()[usize::try_from(index).unwrap()];
            assert!(contains(body(entry), &der::integer(&certificate.serial)), "serial of {:?}", certificate.kind);
            assert!(contains(body(entry), &names), "names of {:?}", certificate.kind);
        }
    }
}

/// The published facts reach the log as they are: serial of 17 octets, names, address.
#[test]
fn published_facts() {
    let demo = Demo::of_size(5, 250);
    let expected = [
        (&PUBLISHED[0], "00d3167efd77cad759000000005fc7c672", "test1.hr", ["test1.hr", "test12.hr"]),
        (&PUBLISHED[1], "00f972552d6ac08828000000005fc86f4d", "test1.hr", ["test1.hr", "test11.hr"]),
        (&PUBLISHED[2], "00beb8ef1b1c6cff53000000005fc8cde5", "test11.hr", ["test11.hr", "test12.hr"]),
    ];
    for (certificate, (published, serial, common_name, names)) in demo.planted().incident.iter().zip(expected) {
        assert_eq!(certificate.kind, PlantedKind::Published(published));
        assert_eq!(hex(&certificate.serial), serial);
        assert_eq!(certificate.common_name.as_deref(), Some(common_name));
        assert_eq!(certificate.dns_names, names.map(|name| name.as_bytes().to_vec()));
        assert_eq!(certificate.ip_addresses, [[1, 1, 1, 1]]);
    }
    let others = demo.planted().incident[3..].iter().map(|certificate| certificate.kind);
    assert_eq!(others.collect::<Vec<_>>(), STAND_INS.iter().map(PlantedKind::StandIn).collect::<Vec<_>>());
}

/// No entry but the planted ones names the owner's addresses, or a name at or below the owner's names.
fn nothing_else_is_the_owners(demo: &Demo) {
    let planted = demo.planted().incident.iter().chain(&demo.planted().consented);
    let planted: BTreeSet<u64> = planted
        .flat_map(|certificate| certificate.precertificate_entries.iter().chain(&certificate.certificate_entries))
        .copied()
        .collect();
    let mut near = 0;
    for (index, entry) in (0..).zip(demo.log().entries()) {
        let names = alternative_names(body(entry));
        let owners = names.iter().any(|(tag, value)| match tag {
            0x82 => Demo::OWNER_NAMES.iter().any(|owned| {
                let above = value.strip_suffix(owned.as_bytes());
                above.is_some_and(|above| above.is_empty() || above.ends_with(b"."))
            }),
            0x87 => [&[1, 1, 1, 1][..], &[1, 0, 0, 1], b"\x26\x06\x47\0\x47\0\0\0\0\0\0\0\0\0\x11\x11"].contains(value),
            _ => false,
        });
        assert_eq!(owners, planted.contains(&index), "entry {index}: {names:?}");
        near += usize::from(!owners && names.iter().any(|(_, value)| contains(value, b"resolver.example")));
    }
    assert!(near >= 4, "{near} entries with names that only look like the owner's");
}

/// Of every 40th issuance: the precertificate's and the certificate's signature, and both SCTs.
fn signatures_are_genuine(demo: &Demo) {
    let files = demo.files();
    let mut certificates = 0;
    for entry in demo.log().entries().iter().step_by(40) {
        let issuer = files.get(&format!("issuer/{}", hex(&entry.chain[0]))).expect("the log serves its issuers");
        let key = public_key(issuer);
        let certificate = entry.precertificate.as_deref().unwrap_or(body(entry));
        let (tbs, signature) = signed_parts(certificate);
        key.verify(&tbs, &Signature::from_der(&signature).unwrap()).unwrap();
        certificates += 1;
    }
    assert_eq!(certificates, 500);

    let listed = listed_log_ids(demo);
    for certificate in all_planted(demo) {
        let at = |index: u64| &demo.log().entries()[usize::try_from(index).unwrap()];
        let first = certificate.precertificate_entries[0];
        let scts = scts(body(at(certificate.certificate_entries[0])));
        let [ours, other] = &scts[..] else { panic!("{} SCTs", scts.len()) };
        assert!(listed.contains(&other.log_id) && other.log_id != ours.log_id);
        assert_eq!(ours.log_id, demo.log().log().id());
        assert_eq!(ours.timestamp_ms, at(first).timestamp_ms);
        assert_eq!(ours.extensions, leaf_index_extension(first));
        let entry = timestamped_entry(ours.timestamp_ms, &at(first).entry, &ours.extensions);
        assert!(demo.log().log().key().verifies(&[&[0, 0], &entry[..]].concat(), &ours.signature));
    }
}

/// SHA-256 of the keys in the log list, which are two.
fn listed_log_ids(demo: &Demo) -> Vec<tree::Hash> {
    let list: serde_json::Value = serde_json::from_str(&demo.log_list_json()).unwrap();
    let logs =
        list["operators"].as_array().unwrap().iter().flat_map(|operator| operator["tiled_logs"].as_array().unwrap());
    let keys: Vec<Vec<u8>> = logs.map(|log| Base64::decode_vec(log["key"].as_str().unwrap()).unwrap()).collect();
    assert_eq!(keys.len(), 2);
    keys.iter().map(|key| tree::sha256(key)).collect()
}

fn all_planted(demo: &Demo) -> impl Iterator<Item = &PlantedCertificate> {
    let planted = demo.planted();
    planted.incident.iter().chain(&planted.consented).chain(&planted.odd)
}

fn is_certificate(entry: &LogEntry) -> bool {
    matches!(entry.entry, SignedEntry::X509(_))
}

fn body(entry: &LogEntry) -> &[u8] {
    match &entry.entry {
        SignedEntry::X509(certificate) => certificate,
        SignedEntry::Precert { tbs, .. } => tbs,
    }
}

/// The GeneralNames behind the first subjectAltName identifier in a certificate or TBSCertificate.
fn alternative_names(der: &[u8]) -> Vec<(u8, &[u8])> {
    let Some(at) = find(der, b"\x06\x03\x55\x1d\x11") else { return Vec::new() };
    let mut rest = &der[at + 5..];
    let (tag, mut value) = der::take(&mut rest);
    if tag == der::BOOLEAN {
        value = der::take(&mut rest).1;
    }
    let (_, mut names) = der::take(&mut value);
    let mut all = Vec::new();
    while !names.is_empty() {
        all.push(der::take(&mut names));
    }
    all
}

/// The SCTs in a certificate (RFC 6962 §3.2, §3.3).
fn scts(certificate: &[u8]) -> Vec<Sct> {
    let oid = b"\x06\x0a\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02";
    let mut rest = &certificate[find(certificate, oid).expect("an SCT list") + oid.len()..];
    let (_, mut value) = der::take(&mut rest);
    let (_, list) = der::take(&mut value);
    let length = |octets: &[u8]| usize::from(octets[0]) << 8 | usize::from(octets[1]);
    assert_eq!(length(list), list.len() - 2);
    let mut items = &list[2..];
    let mut scts = Vec::new();
    while !items.is_empty() {
        let (sct, after) = items[2..].split_at(length(items));
        let (extensions, signature) = sct[43..].split_at(length(&sct[41..]));
        assert_eq!(length(&signature[2..]), signature.len() - 4);
        assert_eq!((sct[0], &signature[..2]), (0, &[4, 3][..]));
        scts.push(Sct {
            version: sct[0],
            log_id: sct[1..33].try_into().unwrap(),
            timestamp_ms: u64::from_be_bytes(sct[33..41].try_into().unwrap()),
            extensions: extensions.to_vec(),
            hash_algorithm: signature[0],
            signature_algorithm: signature[1],
            signature: signature[4..].to_vec(),
        });
        items = after;
    }
    scts
}

fn signed_parts(certificate: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (_, mut fields) = der::take(&mut &certificate[..]);
    let (tag, tbs) = der::take(&mut fields);
    let _algorithm = der::take(&mut fields);
    let (_, signature) = der::take(&mut fields);
    (der::tlv(tag, tbs), signature[1..].to_vec())
}

/// The P-256 point behind the named curve's identifier in a certificate.
fn public_key(certificate: &[u8]) -> VerifyingKey {
    let curve = der::oid("1.2.840.10045.3.1.7");
    let mut rest = &certificate[find(certificate, &curve).expect("a P-256 key") + curve.len()..];
    let (_, point) = der::take(&mut rest);
    VerifyingKey::from_sec1_bytes(&point[1..]).unwrap()
}

fn contains(octets: &[u8], part: &[u8]) -> bool {
    find(octets, part).is_some()
}

fn find(octets: &[u8], part: &[u8]) -> Option<usize> {
    octets.windows(part.len()).position(|window| window == part)
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

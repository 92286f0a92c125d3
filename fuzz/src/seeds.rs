//! Inputs to start from. What a structured target takes is written octet by octet, in the order in which it takes them.

use crate::policy;
use crate::sct::ocsp;
use base64ct::{Base64, Encoding};
use ctlens_testkit::{
    Ca, CertificateBuilder, Issued, Key, ListedLog, LogEntry, Name, SignedEntry, TestLog, checkpoint_key_id,
    chrome_log_list, der, leaf_index_extension, sct_list_value, tree,
};

pub(crate) fn proof() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for kind in 0..4 {
        // A small number, one of two octets, ones around 2^63 and 2^64, a large one.
        for first in [&[0, 5][..], &[1, 1, 0], &[2, 63, 255], &[2, 64, 255], &[3, 0x12, 0x34, 0x56, 0, 0, 0, 0, 7]] {
            for second in [&[0, 13][..], &[1, 2, 1], &[2, 63, 1], &[2, 64, 255]] {
                // Then the leaf's or the root's hash, "as many hashes as there should be", and those.
                seeds.push([&[kind], first, second, &[7, 255], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]].concat());
            }
        }
    }
    seeds.extend(
        (0..20).map(|number| vec![4, number * 7, 3, 1, 8, 2, 40, number, 3, 2, number, 1, 9, number % 5, 1, 1]),
    );
    seeds
}

pub(crate) fn tile_path() -> Vec<Vec<u8>> {
    let paths = [
        "tile/0/000",
        "tile/3/x001/x234/067.p/255",
        "tile/entries/000.p/1",
        "tile/data/x018/x446/x744/x073/x709/551/615",
        "tile/data/x018/x446/x744/x073/x709/x551/615",
        "tile/names/x001/000",
        "tile/63/999",
        "tile/0/x000/001",
    ];
    texts(&paths)
}

pub(crate) fn tlog_proof() -> Vec<Vec<u8>> {
    let hash = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    texts(&[
        "c2sp.org/tlog-proof@v1\nindex 0\n\nlog.example\n1\n".to_owned(),
        format!(
            "c2sp.org/tlog-proof@v1\nextra AAEC\nindex 5\n{hash}\n{hash}\n{hash}\n\nlog.example\n7\n{hash}\n\n\u{2014} x\n"
        ),
        format!("c2sp.org/tlog-proof@v1\nindex 18446744073709551615\n{}\nx", format!("{hash}\n").repeat(64)),
    ])
}

pub(crate) fn entry_bundle() -> Vec<Vec<u8>> {
    let entry = |octets: &[u8]| [&u16::try_from(octets.len()).expect("short").to_be_bytes(), octets].concat();
    let three = [entry(b"one"), entry(b""), entry(&[7; 300])].concat();
    vec![
        [&[2], &three[..]].concat(),
        [&[3], &three[..]].concat(),
        [&[1], &three[..]].concat(),
        [&[255], &three[..]].concat(),
    ]
}

pub(crate) fn hash_tiles() -> Vec<Vec<u8>> {
    // The size, up to four octets for the edge, then nodes: level and number, what to do with the tiles, whether to prove.
    let node = |level: u8, index: u8| [level, 0, index, 0, 0, 0, 0];
    let sizes = [0_u32, 1, 255, 256, 257, 1000, 65_536, 66_000];
    let seed =
        |size: u32| [&size.to_be_bytes()[..], &[0; 6], &node(0, 3), &[1], &node(8, 1), &node(13, 2), &[1]].concat();
    let mut seeds: Vec<Vec<u8>> = sizes.into_iter().map(seed).collect();
    seeds.push([&1000_u32.to_be_bytes()[..], &[0, 1, 0, 0, 0, 9, 1]].concat());
    seeds.push([&66_000_u32.to_be_bytes()[..], &[1, 0, 1, 0, 0, 0], &node(0, 3), &[0, 1, 0, 0, 0, 9, 1]].concat());
    seeds
}

pub(crate) fn certificate() -> Vec<Vec<u8>> {
    let ca = ca();
    let mut seeds: Vec<Vec<u8>> = builders()
        .iter()
        .flat_map(|builder| {
            let Issued { precertificate, certificate, .. } = issue(builder, &ca);
            [precertificate, certificate, builder.certificate(&ca)]
        })
        .collect();
    seeds.push(ca.certificate().to_vec());
    seeds.push([ca.certificate(), b"behind"].concat());
    seeds
}

pub(crate) fn tbs() -> Vec<Vec<u8>> {
    let tbs = |certificate: Vec<u8>| {
        let mut inside = der::take(&mut &certificate[..]).1;
        let before = inside;
        let _ = der::take(&mut inside);
        before[..before.len() - inside.len()].to_vec()
    };
    let mut seeds: Vec<Vec<u8>> = certificate().into_iter().map(tbs).collect();
    seeds.extend(odd_tbs());
    seeds
}

/// What is damaged behind the public key.
fn odd_tbs() -> Vec<Vec<u8>> {
    let san = extension("2.5.29.17", &der::sequence(&[der::implicit(2, b"a.example")]));
    let list = extension("1.3.6.1.4.1.11129.2.4.2", &[4, 2, 0, 0]);
    let poison = extension("1.3.6.1.4.1.11129.2.4.3", &der::null());
    let tails: Vec<Vec<u8>> = vec![
        der::implicit(1, &[0]),
        [der::implicit(1, &[0]), der::implicit(2, &[0]), der::explicit(3, &[der::sequence(&[&san])])].concat(),
        der::explicit(3, &[der::sequence(&[&san, &san])]),
        der::explicit(3, &[der::sequence(&[&san, &list, &list])]),
        der::explicit(3, &[der::sequence(&[&poison, &list])]),
        der::explicit(3, &[der::sequence(&[&san, &der::null()])]),
        // Names with something behind their value.
        der::explicit(3, &[der::sequence(&[[&[0x30, san[1] + 2][..], &san[2..], &der::null()].concat()])]),
        // A type that is cut off within id-ce.
        der::explicit(3, &[der::sequence(&[&san, &der::tlv(der::SEQUENCE, &[6, 3, 0x55, 0x1d])])]),
        der::explicit(3, &[der::sequence(&[&san]), der::null()]),
        [der::explicit(3, &[der::sequence(&[&san])]), der::null()].concat(),
        der::explicit(3, &[der::sequence(&[&san[..], &[0x30]])]),
        der::explicit(3, &[der::set(&[&san])]),
        vec![0xa3],
        der::explicit(3, &[der::tlv_with_long_length(der::SEQUENCE, 3, &list)]),
    ];
    let empty = || der::tlv(der::SEQUENCE, &[]);
    let fields = [der::integer(&[0x80; 21]), empty(), empty(), empty(), empty(), empty()].concat();
    tails.iter().map(|tail| der::sequence(&[&fields, tail])).collect()
}

pub(crate) fn reconstruct() -> Vec<Vec<u8>> {
    (0..).zip(extension_lists()).map(|(number, extensions)| parts(number, extensions)).collect()
}

pub(crate) fn precert_signer() -> Vec<Vec<u8>> {
    let purposes = [5, 0, 1];
    let identifier = [4, 3, 0, 4, 0x30, 2, 0x80, 0, 1];
    let other_identifier = [4, 0, 0, 2, 0x30, 0, 1];
    let poison = [2, 0, 0, 2, 5, 0, 1];
    let san = [3, 3, 0, 4, 0x30, 2, 0x82, 0, 1];
    let signers: [&[&[u8]]; 4] = [&[&purposes, &identifier], &[&purposes], &[&identifier], &[&[5, 1, 1], &identifier]];
    let precertificates: [&[&[u8]]; 4] = [
        &[&san, &other_identifier, &poison],
        &[&poison, &other_identifier, &san],
        &[&san, &poison],
        &[&san, &other_identifier],
    ];
    let seed = |signer: &&[&[u8]], precertificate: &&[&[u8]]| {
        let signer = parts(0, signer);
        [&u16::try_from(signer.len()).expect("short").to_be_bytes(), &signer[..], &parts(1, precertificate)].concat()
    };
    signers
        .iter()
        .flat_map(|signer| precertificates.iter().map(move |precertificate| seed(signer, precertificate)))
        .collect()
}

pub(crate) fn corresponds() -> Vec<Vec<u8>> {
    // What to change, where, to what.
    let seed = |(what, extensions)| [&[what, 1, 7], &parts(what, extensions)[..]].concat();
    let same_kind = (0..).zip(extension_lists()).map(seed);
    same_kind.chain((0x80..).zip(extension_lists()).map(seed)).collect()
}

/// Kind, criticality, value after two octets of length, frame.
fn extension_lists() -> [&'static [&'static [u8]]; 9] {
    const LIST: &[u8] = &[0, 3, 0, 3, 1, 2, 3, 1];
    const POISON: &[u8] = &[2, 0, 0, 2, 5, 0, 1];
    const SAN: &[u8] = &[3, 3, 0, 4, 0x30, 2, 0x82, 0, 1];
    const OTHER: &[u8] = &[8, 3, 0x55, 0x1d, 0x0f, 0, 0, 1, 9, 0];
    [
        &[],
        &[LIST],
        &[POISON],
        &[LIST, POISON],
        &[LIST, LIST],
        &[SAN, LIST, OTHER],
        &[SAN, POISON, OTHER],
        &[OTHER, &[6, 1, 1], LIST],
        &[OTHER, &[7, 1, 1], POISON],
    ]
}

/// Shape and lengths, six fields after their length, then extensions.
fn parts(shape: u8, extensions: &[&[u8]]) -> Vec<u8> {
    let fields = [9, 2, 5, 0, 0, 0, 0, 0];
    [&[shape | 1, shape.wrapping_mul(37) % 8], &fields[..], &extensions.concat()].concat()
}

pub(crate) fn extension_value() -> Vec<Vec<u8>> {
    let uri = der::implicit(6, b"http://ca.example/");
    let names = der::sequence(&[&uri]);
    let subtree = der::sequence(&[der::sequence(&[der::implicit(2, b"example.com")])]);
    let subtree = &subtree[2..];
    let values = [
        der::octet_string(&[7; 20]),
        der::named_bits(&[0, 5, 8]),
        names,
        der::sequence(&[der::boolean(true), der::integer(&[3])]),
        der::sequence(&[der::tlv(0xa0, subtree), der::tlv(0xa1, subtree)]),
        der::sequence(&[der::sequence(&[
            der::explicit(0, &[der::explicit(0, &[&uri])]),
            der::implicit(1, &[1, 6]),
            der::explicit(2, &[der::explicit(4, &[Name::new().common_name("CRL").to_der()])]),
        ])]),
        der::sequence(&[der::sequence(&[
            der::oid("2.23.140.1.2.1"),
            der::sequence(&[der::sequence(&[der::oid("1.3.6.1.5.5.7.2.1"), der::tlv(der::IA5_STRING, b"http://a/")])]),
        ])]),
        der::sequence(&[der::implicit(0, &[7; 20]), der::explicit(1, &[&uri]), der::implicit(2, &[1, 2])]),
        der::sequence(&[der::oid("1.3.6.1.5.5.7.3.1"), der::oid("1.3.6.1.4.1.11129.2.4.4")]),
        der::sequence(&[der::sequence(&[der::oid("1.3.6.1.5.5.7.48.1"), uri.clone()])]),
    ];
    (0..).zip(&values).map(|(kind, value)| [&[kind], &value[..]].concat()).collect()
}

pub(crate) fn salvage() -> Vec<Vec<u8>> {
    let behind = |octets: &[u8]| [&[0], octets].concat();
    let certificate = issue(&builders()[0], &ca()).certificate;
    let mut cut = certificate.clone();
    cut.truncate(certificate.len() / 2);
    let mut without_header = certificate.clone();
    without_header.drain(..8);
    vec![
        behind(&certificate),
        behind(&cut),
        behind(&without_header),
        behind(b"\x55\x1d\x11\x01\x01\xff\x04\x82\xff\xff\x30\x80\x82\x09a.example\x87\x04\x01\x01\x01\x01\x82\x20cut.exam"),
        behind(b"\x55\x04\x03\x0c\x09a.example"),
        [&[1], &certificate[..]].concat(),
    ]
}

pub(crate) fn names() -> Vec<Vec<u8>> {
    let other_name =
        der::explicit(0, &[der::oid("1.3.6.1.5.5.7.8.7"), der::explicit(0, &[der::tlv(der::IA5_STRING, b"x")])]);
    let directory = der::explicit(4, &[Name::new().common_name("a.example").to_der()]);
    let names: [Vec<u8>; 10] = [
        der::implicit(2, b"*.a.example"),
        der::implicit(2, b"a.example\0.b.example"),
        der::implicit(7, &[1, 1, 1, 1]),
        der::implicit(7, &[0; 16]),
        der::implicit(7, &[1, 1, 1]),
        der::implicit(1, b"a@a.example"),
        der::implicit(6, b"https://a.example/"),
        der::implicit(8, &[0x55, 0x04, 0x03]),
        other_name,
        directory,
    ];
    let mut seeds = vec![[&[0], &der::sequence(&names)[..]].concat()];
    seeds.extend(names.iter().map(|name| [&[0], &der::sequence(&[name])[..]].concat()));
    let two = der::sequence(&[&names[0]]);
    let length = u8::try_from(two.len()).expect("short");
    seeds.push([&[1, length], &two[..], &der::sequence(&[&names[2]])].concat());
    seeds.push([&[0], &der::tlv_with_long_length(der::SEQUENCE, 3, &names[0])[..]].concat());
    seeds.push([&[0], &der::sequence(&[&names[0]])[..], b"\x05\x00"].concat());
    seeds
}

pub(crate) fn signature() -> Vec<Vec<u8>> {
    // Algorithm, whose key, serial number, who signs.
    let rsa = der::sequence(&[
        &der::sequence(&[der::oid("1.2.840.113549.1.1.1"), der::null()]),
        &der::bit_string(&der::sequence(&[der::unsigned_integer(&[0xab; 256]), der::unsigned_integer(&[1, 0, 1])])),
    ]);
    let rsa = &rsa[4..];
    let hash = der::sequence(&[der::oid("2.16.840.1.101.3.4.2.1")]);
    let pss = [
        der::oid("1.2.840.113549.1.1.10"),
        der::sequence(&[
            der::explicit(0, &[&hash]),
            der::explicit(1, &[der::sequence(&[&der::oid("1.2.840.113549.1.1.8"), &hash])]),
            der::explicit(2, &[der::integer(&[32])]),
        ]),
    ]
    .concat();
    let p384 =
        [der::sequence(&[der::oid("1.2.840.10045.2.1"), der::oid("1.3.132.0.34")]), der::bit_string(&[2; 49])].concat();
    let long = |octets: &[u8]| [&u16::try_from(octets.len()).expect("short").to_be_bytes(), octets].concat();
    let short = |octets: &[u8]| [&[u8::try_from(octets.len()).expect("short")], octets].concat();
    let ecdsa = der::sequence(&[der::integer(&[1]), der::integer(&[1])]);
    vec![
        vec![0, 1, 1, 5, 1],
        [&[0, 1, 1, 5, 0, 0], &ecdsa[..]].concat(),
        [&[1, 0], &long(rsa)[..], &[1, 5, 0, 0], &[7; 256]].concat(),
        [&[2], &short(&pss)[..], &[0], &long(rsa), &[1, 5, 0, 0], &[7; 256]].concat(),
        [&[2], &short(&der::oid("1.2.840.10045.4.3.3"))[..], &[0], &long(&p384), &[1, 5, 0, 0], &ecdsa].concat(),
    ]
}

pub(crate) fn log_list() -> Vec<Vec<u8>> {
    let logs = [TestLog::new(1, "one.example/2025"), TestLog::new(2, "two.example/2025")];
    let [one, two] = &logs;
    let usable = ListedLog::usable(one, "Operator", 1_700_000_000);
    let listed = [
        usable,
        ListedLog { log: two, tiled: false, state: "readonly", final_tree_head: Some((5, [7; 32])), ..usable },
        ListedLog {
            temporal_interval: Some((0, 100)),
            previous_operators: &[("Before", 50)],
            operator: "Other",
            ..usable
        },
    ];
    let mimic = r#"{"version":"1","log_list_timestamp":"2025-01-01T00:00:00Z","operators":[{"name":"x","email":[],"logs":[{
        "log_id":"9EGV1vAOLbVUNcrdV3iS5T4VrUFwWPh44U/2uRh0FYk=","key":"AA==","url":"https://x/"}],"tiled_logs":[]}]}"#;
    let odd = r#"{"operators":[3,{"name":4,"logs":[]},{"name":"a"},{"logs":{},"tiled_logs":[{},7,{"state":{"a":{},"b":{}}}]}]}"#;
    texts(&[&chrome_log_list("1.0", 1_700_000_000, &listed), mimic, odd, r#"{"logs":[]}"#])
}

pub(crate) fn log_key() -> Vec<Vec<u8>> {
    let rsa = |octets: usize| {
        let key = der::sequence(&[der::unsigned_integer(&vec![0xab; octets]), der::unsigned_integer(&[1, 0, 1])]);
        der::sequence(&[der::sequence(&[der::oid("1.2.840.113549.1.1.1"), der::null()]), der::bit_string(&key)])
    };
    let signature = der::sequence(&[der::integer(&[1]), der::integer(&[1])]);
    let p256 = Key::new(1, "log").spki_der().to_vec();
    let seed = |spki: &Vec<u8>| [&[u8::try_from(signature.len()).expect("short")], &signature[..], spki].concat();
    [p256, rsa(256), rsa(255), rsa(512)].iter().map(seed).collect()
}

pub(crate) fn log_list_text() -> Vec<Vec<u8>> {
    texts(&[
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        &"0f".repeat(32),
        "2025-01-31T12:34:56Z",
        "2024-02-29T23:59:59.123456-11:30",
        "1970-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59.999Z",
    ])
}

pub(crate) fn sct_list() -> Vec<Vec<u8>> {
    let scts: Vec<Vec<u8>> = issue(&builders()[0], &ca()).scts.iter().map(ctlens_testkit::Sct::encode).collect();
    let list = ctlens_testkit::sct_list(&scts);
    let mixed = ctlens_testkit::sct_list(&[scts[0].clone(), vec![1, 2, 3], scts[1].clone(), vec![0]]);
    vec![
        sct_list_value(&list),
        list,
        mixed,
        scts[0].clone(),
        leaf_index_extension(77),
        [leaf_index_extension(1), leaf_index_extension(2)].concat(),
        vec![9, 0, 2, 1, 1, 0, 0, 1, 7],
    ]
}

pub(crate) fn signed_message() -> Vec<Vec<u8>> {
    // Log, time, extensions, algorithms, signature, whether there is an issuer, the entry.
    let head = [7, 3, 0, 0, 1, 0x8c, 0, 0, 0, 9, 0, 2, 5, 6, 4, 3, 3, 1, 2, 3];
    vec![[&head[..], &[0], b"certificate"].concat(), [&head[..], &[1, 9], b"tbs"].concat(), head.to_vec()]
}

pub(crate) fn sct_verdict() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for certificate in [0, 1] {
        for delivery in [0, 1, 2] {
            // As it is; one octet changed.
            seeds.push(vec![certificate, delivery, 0]);
            seeds.push(vec![certificate, delivery, 0, 0, 0, 1, 200, 1]);
            // With a list of what was signed, and of what is made of it: which, whose, how changed.
            seeds.push(vec![certificate, delivery, 1, 4, 0, 0, 0, 1, 1, 0, 2, 0, 0, 3, 0, 0]);
            seeds.push(vec![certificate, delivery, 1, 3, 2, 0, 2, 1, 2, 1, 3, 4, 1, 2, 0, 4, 0, 9, 1, 0]);
            seeds.push(vec![certificate, delivery, 1, 2, 3, 0, 5, 1, 3, 1, 2, 3, 3, 0, 6, 3, 0, 1, 2]);
        }
    }
    seeds
}

pub(crate) fn prepared_keys() -> Vec<Vec<u8>> {
    // Key; two scalars: kind, number; what to move, by how much; whether to take other octets.
    let ordinary = |octet: u8| [&[5], &[octet; 32][..]].concat();
    let small = |number: u8| vec![0, 0, number];
    let negative = |number: u8| vec![1, 0, number];
    let untouched = [3, 0];
    let moved = [0, 0, 1, 0];
    let mut seeds = Vec::new();
    for key in 0..6 {
        for (u1, u2) in [
            (ordinary(0x5a), ordinary(0xc3)),
            (small(0), small(1)),
            (small(1), small(1)),
            (small(1), negative(1)),
            (negative(2), small(1)),
            (vec![4, 0, 0], small(1)),
            (vec![2, 0, 0x80, 31, 8], vec![3, 0, 0]),
        ] {
            seeds.push([&[key], &u1[..], &u2, &untouched].concat());
            seeds.push([&[key], &u1[..], &u2, &moved, &[5 - key], &u1, &u2, &untouched].concat());
        }
    }
    seeds
}

pub(crate) fn ocsp_response() -> Vec<Vec<u8>> {
    let scts: Vec<Vec<u8>> = issue(&builders()[0], &ca()).scts.iter().map(ctlens_testkit::Sct::encode).collect();
    let list = extension(ocsp::SCT_LIST, &sct_list_value(&ctlens_testkit::sct_list(&scts)));
    let other = extension("1.3.6.1.5.5.7.48.1.2", &der::octet_string(&[7; 16]));
    let single = |serial: &[u8], extensions: &[&[u8]]| {
        let algorithm = der::sequence(&[der::oid("1.3.14.3.2.26"), der::null()]);
        let hash = der::octet_string(&[7; 20]);
        let id = der::sequence(&[&algorithm, &hash, &hash, &der::integer(serial)]);
        let extensions = der::explicit(1, &[der::sequence(extensions)]);
        let next_update = der::explicit(0, &[der::generalized_time(1_700_600_000)]);
        der::sequence(&[id, der::implicit(0, &[]), der::generalized_time(1_700_000_000), next_update, extensions])
    };
    let response = |singles: &[Vec<u8>]| {
        let responder = der::explicit(2, &[der::octet_string(&[7; 20])]);
        let data = der::sequence(&[responder, der::generalized_time(1_700_000_000), der::sequence(singles)]);
        let basic = der::sequence(&[data, der::sequence(&[der::oid("1.2.840.10045.4.3.2")]), der::bit_string(&[7; 8])]);
        let bytes = der::sequence(&[der::oid(ocsp::BASIC), der::octet_string(&basic)]);
        der::sequence(&[der::tlv(0x0a, &[0]), der::explicit(0, &[bytes])])
    };
    vec![
        response(&[single(ocsp::SERIAL, &[&list])]),
        response(&[single(&[1], &[&list]), single(ocsp::SERIAL, &[&other, &list])]),
        response(&[single(ocsp::SERIAL, &[&list, &list])]),
        response(&[single(ocsp::SERIAL, &[&list]), single(ocsp::SERIAL, &[&list])]),
        response(&[single(ocsp::SERIAL, &[&other])]),
        der::sequence(&[der::tlv(0x0a, &[6])]),
    ]
}

pub(crate) fn ct_policy() -> Vec<Vec<u8>> {
    // Policy, how much later than the list's time, when the validity begins, how long it is; then SCTs: log, time, delivery,
    // whether with a leaf index.
    let mut seeds = Vec::new();
    for policy in 0..4 {
        for days in [90_u32, 180, 398] {
            let head = [&[policy, 0, 9, 175, 3, 0, 0, 0, 0][..], &(days * 86_400).to_be_bytes()].concat();
            for scts in [
                &[&[0, 0xc0, 0, 0, 1][..], &[1, 0xc0, 0, 0, 1]][..],
                &[&[0, 0xc0, 0, 0, 1], &[3, 0x10, 0, 0, 0], &[5, 0xc0, 0, 0, 1], &[8, 0xc0, 0, 0, 1]],
                &[&[0, 0xc0, 0, 2, 1], &[1, 0xc0, 0, 3, 0]],
            ] {
                seeds.push([&head[..], &scts.concat()].concat());
            }
        }
    }
    seeds
}

pub(crate) fn watch_list() -> Vec<Vec<u8>> {
    // The input's own items after their length, then names: what kind, length, octets.
    let own = b"foo.example\n.bar.example\n10.0.0.0/8\n";
    let head = [&[u8::try_from(own.len()).expect("short")], &own[..]].concat();
    let field = |kind: u8, octets: &[u8]| [&[kind, u8::try_from(octets.len()).expect("short")], octets].concat();
    let string =
        |kind: u8, tag: u8, octets: &[u8]| [&[kind, tag, u8::try_from(octets.len()).expect("short")], octets].concat();
    let names: [&[u8]; 24] = [
        b"example.com",
        b"*.example.com",
        b"*.com",
        b"*",
        b"x.EXAMPLE.net",
        b"example.com.",
        b"..example.com",
        b"a..example.net",
        b"example.com\0.evil.example",
        b" example.com, foo.example;1.1.1.1",
        b"https://user@example.com:443/path?x#y",
        b"[::1]:443",
        b"1.1.1.1",
        b"0x01.1.1.1",
        b"01.1.257",
        b"1.1.1.1/24",
        b"*.1.1.1",
        b"1.1.1.1.in-addr.arpa",
        b"*.2.0.192.in-addr.arpa",
        b"8.b.d.0.1.0.0.2.ip6.arpa",
        b"ex*ple.com",
        b"b\xc3\xbccher.example",
        b"?.example.com",
        b"::ffff:1.1.1.1",
    ];
    let mut seeds: Vec<Vec<u8>> = names.iter().map(|name| [&head[..], &field(0, name)].concat()).collect();
    seeds.extend(names.iter().map(|name| [&head[..], &string(11, der::UTF8_STRING, name)].concat()));
    let wide: Vec<u8> = b"example.com".iter().flat_map(|octet| [0, *octet]).collect();
    let others = [
        vec![7, 1, 1, 1, 1],
        [&[0x87][..], &[0; 10], &[0xff, 0xff, 1, 1, 1, 1]].concat(),
        field(6, &[192, 0, 2, 0, 255, 255, 255, 0]),
        field(6, b"1.1.1.1"),
        field(6, &[1, 1, 1]),
        field(15, b"root@example.com"),
        field(0x8f, b"sip:user@foo.example;transport=tls"),
        [&[9, 0, der::IA5_STRING, 17][..], b"_xmpp.example.com"].concat(),
        [&[9, 1, der::UTF8_STRING, 16][..], b"root@example.com"].concat(),
        [&[9, 2, der::BMP_STRING, 22][..], &wide].concat(),
        string(11, der::BMP_STRING, &wide),
        string(8, 0xa2, b"example.com"),
        string(8, 0x9f, b"\x20\x01x"),
        field(10, &[0x82, 0x20]),
        field(13, &[0x30, 0x20]),
        field(14, &[0x30, 0x03, 0x06]),
        [field(5, b"second.example.net"), field(0, b"first.example.net")].concat(),
    ];
    seeds.extend(others.iter().map(|field| [&head[..], field].concat()));
    seeds
}

pub(crate) fn name_constraints() -> Vec<Vec<u8>> {
    // How many permitted subtrees, those by kind, length, octets; the excluded ones; octets behind; then a certificate's names.
    let text = |kind: u8, octets: &[u8]| [&[kind, u8::try_from(octets.len()).expect("short")], octets].concat();
    let lists = |permitted: &[Vec<u8>], excluded: &[Vec<u8>], behind: &[u8]| {
        let list = |bases: &[Vec<u8>]| [&[u8::try_from(bases.len()).expect("few")], &bases.concat()[..]].concat();
        let behind = [&[u8::try_from(behind.len()).expect("short")], behind].concat();
        [list(permitted), list(excluded), behind].concat()
    };
    let range = |octets: [u8; 4], length| [&[3][..], &octets, &[length]].concat();
    let directory = [6, der::UTF8_STRING, 1, b'a'].to_vec();
    let constraints = [
        lists(&[text(0, b"example.com"), text(0, b".example.org")], &[text(0, b"www.example.com")], &[]),
        lists(&[text(0, b"")], &[text(0, b".example.net"), range([0; 4], 0)], &[]),
        lists(&[range([192, 0, 2, 0], 24), range([10, 1, 2, 3], 8)], &[range([192, 0, 2, 1], 32)], &[]),
        lists(&[text(4, b"example.com"), text(4, b"root@example.org"), text(4, b".example.com")], &[], &[]),
        lists(&[text(5, b"host.example.com"), text(5, b".example.com")], &[text(5, b"evil.example.com")], &[]),
        lists(std::slice::from_ref(&directory), &[], &[]),
        lists(&[], &[directory], &[]),
        lists(&[[&[7, 0x82][..], &text(0, b"*.example.com")[1..]].concat()], &[], &[]),
        lists(&[text(0, b"example.com.")], &[vec![7, 0x87, 3, 1, 2, 3], vec![7, 0x88, 1, 0x2a]], &[]),
        lists(&[vec![7, 0x30, 0]], &[], &[]),
        lists(&[], &[], &[]),
        lists(&[], &[], &[0xa0, 0]),
        lists(&[], &[], &[0xa0, 8, 0x30, 6, 0x82, 1, b'a', 0x80, 1, 1]),
        lists(&[], &[], &[0xa0, 0x20]),
    ];
    let names = [
        text(0, b"www.example.com"),
        text(0, b"*.example.com"),
        text(0, b"example.org"),
        text(0, b"WWW.example.com."),
        vec![7, 192, 0, 2, 1],
        text(15, b"root@example.com"),
        text(15, b"\"ro\\ot\"@example.com"),
        text(0x8f, b"https://user@host.example.com:443/x"),
        text(0x8f, b"https://[::1]/"),
        [&[11, der::UTF8_STRING, 1][..], b"A"].concat(),
        [&[8, 0xa4, 14, 0x30, 12, 0x31, 10, 0x30, 8, 6, 3, 0x55, 4, 3, 0x0c, 1, b'a'][..]].concat(),
        text(10, &[0x82, 0x20]),
    ];
    let mut seeds: Vec<Vec<u8>> = constraints.iter().map(|lists| [&lists[..], &names.concat()].concat()).collect();
    seeds.extend(names.iter().map(|name| [&constraints[0][..], name].concat()));
    seeds
}

pub(crate) fn watch_name() -> Vec<Vec<u8>> {
    // How many items; each: whether with all below, how many labels, each by kind and number. Then the name.
    let example_com = [1, 0, 4, 0, 3];
    let com = [0, 0, 3];
    let www = [2, 0, 5, 0, 4, 0, 3];
    let name = |labels: &[u8]| labels.to_vec();
    let patterns = [
        name(&www),
        name(&example_com),
        name(&[1, 5, 0, 3]),
        name(&[2, 5, 0, 4, 0, 3]),
        name(&[0, 5]),
        name(&[2, 5, 5, 0, 3]),
        name(&[1, 6, 3, 0, 4, 1, 0, 3]),
        name(&[0, 0, 9]),
        name(&[4, 0, 0, 0, 1, 0, 2, 0, 4, 0, 3]),
    ];
    let items = [&[3, 1][..], &example_com, &[0], &www, &[1], &com, &[0, 0, 0, 9]].concat();
    patterns
        .iter()
        .flat_map(|pattern| [[&items[..], pattern, &[0]].concat(), [&items[..], pattern, &[1]].concat()])
        .collect()
}

pub(crate) fn watch_address() -> Vec<Vec<u8>> {
    // How many items; each: an address and a length. Then an address, and whether with a mask.
    let items = [
        &[6][..],
        &[0, 1, 1, 32],
        &[0, 1, 0, 23],
        &[1, 10, 0, 0, 0, 8],
        &[2, 1, 1, 1, 1, 128],
        &[2, 0, 0, 0, 0, 96],
        &[3, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32],
        &[3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]
    .concat();
    let addresses: [&[u8]; 5] = [
        &[0, 1, 1, 0],
        &[1, 10, 1, 2, 3, 0],
        &[2, 1, 1, 1, 1, 0],
        &[3, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
        &[1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1],
    ];
    addresses.iter().map(|address| [&items[..], address].concat()).collect()
}

pub(crate) fn watch_address_text() -> Vec<Vec<u8>> {
    // How many items; each: an address and a length. Then an address, how it is written, and where.
    let items = [&[3][..], &[0, 1, 1, 128], &[0, 1, 0, 23], &[2, 1, 1, 1, 1, 128], &[1, 10, 0, 0, 0, 8]].concat();
    let addresses: [&[u8]; 3] = [&[0, 1, 1], &[1, 10, 1, 2, 3], &[2, 1, 1, 1, 1]];
    let styles = (0..12).flat_map(|style| (0..6).map(move |place| [style, place]));
    styles.flat_map(|style| addresses.map(|address| [&items[..], address, &style].concat())).collect()
}

pub(crate) fn watch_text() -> Vec<Vec<u8>> {
    // A name, how it is written, and where it stands.
    let www = [2, 0, 5, 0, 4, 0, 3];
    let escapes = [2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1];
    (0..12)
        .flat_map(|place| {
            let behind = [place, 5, b'e', b'v', b'i', b'l', b'/'];
            [[&www[..], &[3], &behind].concat(), [&www[..], &escapes, &behind].concat()]
        })
        .collect()
}

pub(crate) fn watch_item() -> Vec<Vec<u8>> {
    texts(&[
        "example.com",
        ".Example.COM.",
        "192.0.2.1",
        "2001:db8::1",
        "192.0.2.0/24",
        "2001:db8::/32",
        "192.0.2.7/24",
        "*.example.com",
        "b\u{fc}cher.example",
        "1.2.3",
        "# assets\n\n  example.com  # one\r\n.example.net x\n192.0.2.0/24\n",
    ])
}

pub(crate) fn note() -> Vec<Vec<u8>> {
    let log = TestLog::new(1, "log.example/2025");
    let signed = log.checkpoint(0, &tree::root(&[]), 1_700_000_000_000);
    let more = format!("{signed}\u{2014} witness.example AQIDBAU=\n");
    texts(&[
        signed.as_str(),
        &more,
        "a\n\nb\n\n\u{2014} x AQIDBAU=\n",
        "a\n\n\u{2014} x AQIDBAU=\n\u{2014} x AQIDBAU=\n",
        "\n\n\u{2014} x AQIDBAU=\n",
    ])
}

pub(crate) fn checkpoint() -> Vec<Vec<u8>> {
    let mut seeds = texts(&[
        "log.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "log.example\n18446744073709551615\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\nmore\n",
    ]);
    // History and size; then where, what, which octet.
    seeds.extend((0..8).map(|size| vec![0, size]));
    seeds.push(vec![1, 3, 18, 0, b'9']);
    seeds.push(vec![1, 3, 18, 1, b'1', 40, 2]);
    seeds
}

pub(crate) fn verifier_key() -> Vec<Vec<u8>> {
    // Of C2SP signed-note; of this log.
    let log = TestLog::new(1, "log.example/2025");
    let key = [&[5], log.key().spki_der()].concat();
    let id = checkpoint_key_id(log.origin(), &log.id());
    let id: String = id.iter().map(|octet| format!("{octet:02x}")).collect();
    texts(&[
        format!("{}+{id}+{}", log.origin(), Base64::encode_string(&key)),
        format!("{}+{id}+{}", log.origin(), Base64::encode_string(&[&[2], log.key().spki_der()].concat())),
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".to_owned(),
        "witness.example+00000000+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".to_owned(),
    ])
}

pub(crate) fn data_tile() -> Vec<Vec<u8>> {
    let leaves: Vec<Vec<u8>> = log_entries().iter().map(LogEntry::tile_leaf).collect();
    let [mut odd, _] = log_entries();
    odd.extensions = [leaf_index_extension(1), leaf_index_extension(1)].concat();
    vec![leaves.concat(), leaves[0].clone(), leaves[1].clone(), odd.tile_leaf()]
}

pub(crate) fn merkle_tree_leaf() -> Vec<Vec<u8>> {
    let long = |octets: Vec<u8>| [&u16::try_from(octets.len()).expect("short").to_be_bytes(), &octets[..]].concat();
    let vector = |octets: &[u8]| [&u32::try_from(octets.len()).expect("short").to_be_bytes()[1..], octets].concat();
    let chain = vector(&[vector(b"one"), vector(b"")].concat());
    let [certificate, precertificate] = log_entries();
    vec![
        [long(certificate.merkle_tree_leaf()), chain.clone()].concat(),
        [long(precertificate.merkle_tree_leaf()), vector(b"precertificate"), chain].concat(),
        long([&certificate.merkle_tree_leaf()[..], b"behind"].concat()),
    ]
}

fn log_entries() -> [LogEntry; 2] {
    let ca = ca();
    let issued = issue(&builders()[0], &ca);
    [
        LogEntry::certificate(7, 1_700_000_000_000, issued.certificate.clone(), ca.chain()),
        LogEntry::precertificate(8, 1_700_000_000_001, &issued, ca.chain()),
    ]
}

pub(crate) fn follower() -> Vec<Vec<u8>> {
    const SERVE: u8 = 0;
    const HONEST: u8 = 255;
    // Serve a history at a size, by number; give what is wanted, and commit: the octet behind entries is not 1.
    let read = |steps: usize| [HONEST, 0].repeat(steps);
    let serve = |fork: u8, size: u8| vec![SERVE, fork, size];
    vec![
        read(12),
        [serve(0, 2), read(4), serve(0, 6), read(8), serve(0, 7), read(10)].concat(),
        // The other history, once after all of the first was read and once in the midst of it.
        [serve(0, 6), read(8), serve(1, 7), read(12)].concat(),
        [serve(0, 7), read(4), serve(1, 7), read(12)].concat(),
        // Same size, other root.
        [serve(0, 6), read(8), serve(1, 6), read(2)].concat(),
        // Damage, salvage, another start.
        [serve(0, 6), read(3), vec![23, 0, 9, 0, 1], vec![18, 0, 9, 0, 1, 0, 0], vec![17], read(8)].concat(),
        [serve(0, 3), read(2), vec![20, 0, 16, 19, 21], read(6)].concat(),
    ]
}

pub(crate) fn lint() -> Vec<Vec<u8>> {
    // The day comes first.
    tbs().iter().map(|tbs| [&1_767_225_600_i64.to_be_bytes(), &tbs[..]].concat()).collect()
}

pub(crate) fn rule_id() -> Vec<Vec<u8>> {
    texts(&["san.ip_reserved", "a.b.c.d", "a.b.c.d.e", "x.2"])
}

pub(crate) fn policy_config() -> Vec<Vec<u8>> {
    let good = policy::example();
    let bad = [
        ("owner = \"owner\"", "onwer = \"owner\""),
        ("version = 1", "version = 2"),
        ("\"10.0.0.0/8\"", "\"10.0.0.1/8\", \"x\""),
        ("[[grant]]", "[grant]"),
        ("\"asset-0\"]", "\"asset-9\"]"),
        ("1970-01-01T00:00:00Z", "1970-01-01"),
        ("spki_sha256 = [\"11", "spki_sha256 = [\"zz"),
        ("approved_by = \"a\"", "approved_by = \"\""),
        ("id = \"owner\"", "id = \"\\u00e4\""),
        ("[defaults]", "[[defaults]]"),
        ("\"ownership.no_grant\"", "\"ownership.denied\" = \"allow\"\n\"ownership\""),
        ("owner = [\"CA\"]", "certificate_sha256 = [\"11\"]"),
        ("env = \"production\"", "env = \"live\""),
        ("addresses = true", "addresses = false"),
        ("asset = \"asset-0\"", ""),
    ];
    let json = policy::example_in_json();
    let bad_json =
        [("[{", "{"), ("\"version\":1", "\"version\":1,\"version\":null"), ("0021", "d800"), (":[", ":[[[[[[[[[")];
    let mut seeds = vec![good.clone(), json.clone()];
    seeds.extend(bad_json.iter().map(|(right, wrong)| json.replacen(right, wrong, 1)));
    seeds.extend(bad.iter().map(|(right, wrong)| good.replacen(right, wrong, 1)));
    texts(&seeds)
}

pub(crate) fn policy_decision() -> Vec<Vec<u8>> {
    // Assets and their items; grants: asset, the first as well, from, issuers, years, wildcards; names, addresses, year, issuer.
    let assets = [1, 1, 0, 2, 0, 6];
    let grant = [0, 0, 1, 0, 2, 1];
    let other = [1, 0, 2, 1, 0, 0];
    let certificates: [&[u8]; 6] = [
        &[1, 0, 0, 1, 0],
        &[2, 3, 7, 1, 0, 2, 2],
        &[1, 4, 0, 1, 0],
        &[0, 2, 0, 4, 0, 0],
        &[3, 0, 2, 6, 1, 0, 7, 5],
        &[1, 9, 0, 0, 3],
    ];
    let mut seeds = Vec::new();
    for certificate in certificates {
        seeds.push([&assets[..], &[0], certificate].concat());
        seeds.push([&assets[..], &[1], &grant, certificate].concat());
        seeds.push([&assets[..], &[2], &grant, &other, certificate].concat());
    }
    // Pins and environments; defaults of two assets; environments of issuers; denials, limits, levels and suppressions; what
    // was asked for, and the time.
    let tables: [&[u8]; 7] = [
        &[0x05],
        &[0x0a, 0, 0, 0, 0, 1],
        &[0x10, 2, 1, 1, 2],
        &[0x20, 0, 0, 1, 2, 0, 0, 0, 0, 0, 2],
        &[0, 0, 0, 0, 0, 2, 0, 1, 1, 0, 2, 1, 1, 0, 1],
        &[0, 0, 0, 0, 0, 0, 2, 0, 0, 1, 0, 2, 1],
        &[0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 1, 1, 2, 0, 0, 3, 1, 1, 2],
    ];
    for (certificate, tables) in certificates.iter().flat_map(|certificate| tables.map(|tables| (certificate, tables)))
    {
        seeds.push([&assets[..], &[1], &grant, certificate, tables].concat());
    }
    seeds
}

pub(crate) fn finding_line() -> Vec<Vec<u8>> {
    texts(&policy::lines())
}

pub(crate) fn detectors() -> Vec<Vec<u8>> {
    policy::streams()
}

pub(crate) fn throttle() -> Vec<Vec<u8>> {
    policy::throttles()
}

pub(crate) fn event_log() -> Vec<Vec<u8>> {
    texts(&policy::event_logs())
}

pub(crate) fn crl() -> Vec<Vec<u8>> {
    let algorithm = der::sequence(&[der::oid("1.2.840.10045.4.3.2")]);
    let name = Name::new().common_name("CA").to_der();
    let reason = extension("2.5.29.21", &der::tlv(0x0a, &[1]));
    let entry = |serial: u8, extensions: &[Vec<u8>]| {
        let extensions = (!extensions.is_empty()).then(|| der::sequence(extensions));
        der::sequence(&[der::integer(&[serial]), der::time(1_757_000_000), extensions.unwrap_or_default()])
    };
    let uri = der::explicit(0, &[der::explicit(0, &[der::implicit(6, b"http://crl.example/1")])]);
    let scope = extension("2.5.29.28", &der::sequence(&[uri, der::implicit(1, &[0xff])]));
    let authority = extension("2.5.29.35", &der::sequence(&[der::implicit(0, &[7; 20])]));
    let entries = [entry(1, &[]), entry(2, &[reason])];
    let list = |entries: &[Vec<u8>], extensions: &[Vec<u8>]| {
        let mut fields = vec![der::integer(&[1]), algorithm.clone(), name.clone(), der::time(1_758_240_000)];
        fields.push(der::time(1_758_844_800));
        fields.extend((!entries.is_empty()).then(|| der::sequence(entries)));
        fields.extend((!extensions.is_empty()).then(|| der::explicit(0, &[der::sequence(extensions)])));
        der::sequence(&[der::sequence(&fields), algorithm.clone(), der::bit_string(&[1, 2, 3])])
    };
    vec![list(&[], &[]), list(&entries, &[]), list(&entries[..1], &[authority, scope])]
}

pub(crate) fn policy_source() -> Vec<Vec<u8>> {
    let key = "11".repeat(32);
    let mut seeds = texts(&[
        "\0# comment\n2.3|apnic|20250919|3|19830613|20250918|+1000\napnic|*|ipv4|*|1|summary\n\
         apnic|AU|ipv4|1.1.1.0|768|20110811|assigned|A91872ED\napnic|AU|ipv6|2001:db8::|32|20110811|allocated|A91872ED\n\
         apnic||ipv4|1.9.0.0|256||available|\napnic|AU|asn|13335|1|20110811|allocated|A91872ED\n",
        "\u{1}{\"metadata\": {}, \"roas\": [{\"asn\": \"AS13335\", \"prefix\": \"1.1.1.0/24\", \"maxLength\": 24, \"ta\": \"a\"},\n\
         {\"asn\": 1, \"prefix\": \"2606:4700::/32\"}, {\"asn\": 0, \"prefix\": \"10.0.0.0/8\", \"maxLength\": 32}]}",
    ]);
    seeds.extend(texts(&[
        format!(
            "\u{2}version = 1\nunlisted = \"untrusted\"\n[[trust]]\nissuer_spki_sha256 = [\"{key}\"]\nprogrammes = [\"eu\"]\n\
             from = 2025-11-25T00:00:00Z\nuntil = 2026-09-03T23:59:59Z\n[[disallow]]\nid = \"a\"\nreason = \"b\"\n\
             spki_sha256 = [\"{key}\"]\nissuer_spki_sha256 = \"{key}\"\nserials = [\"1\", \"00ff\"]\n\
             [[compromised]]\nid = \"c\"\nreason = \"d\"\nspki_sha256 = [\"{key}\"]\n"
        ),
        format!(
            "\u{3}{{\"version\": 1, \"trust\": [{{\"issuer_spki_sha256\": [\"{key}\"], \"programmes\": [\"eu\", \"chrome\"],\n\
             \"until\": \"2026-01-01T00:00:00Z\"}}]}}"
        ),
        "\u{4}version = 1\n[[holder]]\nowner = \"a\"\nip = [\"1.1.1.0/24\", \"::1\"]\nasn = [13335]\nregistry = [\"apnic:A\"]\n"
            .to_owned(),
        "\u{5}{\"version\": 1, \"holder\": [{\"owner\": \"a\", \"ip\": [\"1.1.1.0/24\"], \"asn\": [1]}]}".to_owned(),
    ]));
    seeds
}

pub(crate) fn caa() -> Vec<Vec<u8>> {
    // Wildcard, domains; three lists of records: flags, tag, value and which, what follows; where the resolver fails.
    vec![
        vec![0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 5],
        vec![1, 2, 2, 0, 0, 0, 1, 0, 0, 1, 2, 0, 0, 0, 5],
        vec![0, 1, 0, 1, 255, 6, 4, 0, 0, 5],
        vec![0, 1, 0, 0, 1, 0, 0, 3, 2, b'x', b'y', 5],
        vec![0, 0, 0, 0, 1, 0, 0, 2, 0, 1],
    ]
}

/// Certificates of several shapes.
fn builders() -> [CertificateBuilder; 5] {
    let key = Key::new(5, "leaf");
    let spki = key.spki_der();
    let leaf = CertificateBuilder::leaf(spki).validity(1_700_000_000, 1_707_775_999).serial(&[0x4a; 16]);
    let odd_name =
        Name::new().country("HR").attribute("2.5.4.3", der::TELETEX_STRING, b"a.example\xe9").common_name("1.1.1.1");
    [
        leaf.clone().dns("a.example").dns("*.a.example").ip([1, 1, 1, 1]),
        leaf.clone().dns("").dns([0xff; 70]).ip([1, 2, 3]).general_name(0xa2, b"b.example").subject(&odd_name),
        leaf.transparency_here().dns(b"a.example\0b"),
        CertificateBuilder::bare(spki).version(None).serial(&[0xff; 21]),
        CertificateBuilder::bare(spki)
            .validity_der(der::sequence(&[
                der::tlv(der::UTC_TIME, b"5001010000Z"),
                der::generalized_time(253_402_300_799),
            ]))
            .extension_der(der::sequence(&[der::oid("2.5.29.17")]))
            .extension_der(der::sequence(&[
                &der::oid("2.5.29.17"),
                &der::tlv_with_long_length(der::OCTET_STRING, 2, &[0x30, 0]),
            ]))
            .dns("twice.example"),
    ]
}

fn ca() -> Ca {
    Ca::root(Key::new(6, "ca"), &Name::new().country("HR").organization("CA").common_name("Root"), 0, 4_000_000_000)
}

fn issue(builder: &CertificateBuilder, ca: &Ca) -> Issued {
    let logs = [TestLog::new(1, "one.example/2025"), TestLog::new(2, "two.example/2025")];
    let sign = |entry: &SignedEntry| {
        (0..)
            .zip(&logs)
            .map(|(index, log)| log.sign_sct(entry, 1_700_000_000_000, &leaf_index_extension(index)))
            .collect()
    };
    builder.issue(ca, sign)
}

fn extension(oid: &str, value: &[u8]) -> Vec<u8> {
    der::sequence(&[der::oid(oid), der::octet_string(value)])
}

fn texts<T: AsRef<str>>(texts: &[T]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_ref().as_bytes().to_vec()).collect()
}

//! Lists, SCTs and their extensions, against the testkit's encoder and a table of damage.

use ctlens_loglist::{LogId, UnixMillis};
use ctlens_sct::{CtExtension, CtExtensions, Error, ErrorKind, Sct, SctList};
use ctlens_testkit::{self as testkit, leaf_index_extension, sct_list, sct_list_value};
use proptest::collection::vec;
use proptest::prelude::*;

fn sct() -> testkit::Sct {
    testkit::Sct {
        version: 0,
        log_id: [7; 32],
        timestamp_ms: 1_700_000_000_000,
        extensions: vec![],
        hash_algorithm: 4,
        signature_algorithm: 3,
        signature: vec![1, 2, 3],
    }
}

#[test]
fn an_sct_octet_by_octet() {
    // RFC 6962 §3.2, written by hand.
    let mut octets = vec![0];
    octets.extend([0xab; 32]);
    octets.extend([0, 0, 0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x00]);
    octets.extend([0, 8, 0, 0, 5, 0, 0, 0, 0x30, 0x39]);
    octets.extend([4, 3, 0, 2, 0xca, 0xfe]);
    let sct = Sct::from_tls(&octets).unwrap();
    assert_eq!(sct.log_id, LogId([0xab; 32]));
    assert_eq!(sct.timestamp, UnixMillis(1_700_000_000_000));
    assert_eq!(sct.extensions, [0, 0, 5, 0, 0, 0, 0x30, 0x39]);
    assert_eq!((sct.hash_algorithm, sct.signature_algorithm, sct.signature), (4, 3, &[0xca, 0xfe][..]));
    assert_eq!(sct.leaf_index(), Ok(Some(12_345)));
}

#[test]
fn damaged_scts() {
    let good = sct().encode();
    let truncated = |wanted, available| ErrorKind::Truncated { wanted, available };
    let cases: &[(&str, Vec<u8>, ErrorKind, usize)] = &[
        ("empty", vec![], truncated(1, 0), 0),
        ("version alone", vec![0], truncated(32, 0), 1),
        ("another version", vec![1], ErrorKind::UnsupportedVersion { version: 1 }, 0),
        ("another version, whole", [&[255], &good[1..]].concat(), ErrorKind::UnsupportedVersion { version: 255 }, 0),
        ("id cut off", good[..32].to_vec(), truncated(32, 31), 1),
        ("timestamp cut off", good[..40].to_vec(), truncated(8, 7), 33),
        ("length of extensions cut off", good[..42].to_vec(), truncated(2, 1), 41),
        ("extensions beyond the end", [&good[..41], &[0, 9], &good[43..]].concat(), truncated(9, 7), 43),
        ("hash algorithm cut off", good[..43].to_vec(), truncated(1, 0), 43),
        ("signature algorithm cut off", good[..44].to_vec(), truncated(1, 0), 44),
        ("length of signature cut off", good[..46].to_vec(), truncated(2, 1), 45),
        ("signature cut off", good[..49].to_vec(), truncated(3, 2), 47),
        ("something behind", [&good[..], &[0, 0]].concat(), ErrorKind::TrailingInSct { octets: 2 }, 50),
    ];
    assert_eq!(good.len(), 50);
    for (what, octets, kind, offset) in cases {
        let error = Sct::from_tls(octets).unwrap_err();
        assert_eq!((error.kind, error.offset), (*kind, *offset), "{what}");
    }
}

#[test]
fn one_bad_sct_hides_no_other() {
    let version = testkit::Sct { version: 9, ..sct() };
    let list = sct_list(&[sct().encode(), vec![0, 1], version.encode(), vec![7], sct().encode()]);
    let list = SctList::from_tls(&list).unwrap();
    let kinds: Vec<_> = list.iter().map(|sct| sct.map(|_| ()).map_err(|error| (error.kind, error.offset))).collect();
    assert_eq!(
        kinds,
        [
            Ok(()),
            Err((ErrorKind::Truncated { wanted: 32, available: 1 }, 2 + 52 + 2 + 1)),
            Err((ErrorKind::UnsupportedVersion { version: 9 }, 2 + 52 + 4 + 2)),
            Err((ErrorKind::UnsupportedVersion { version: 7 }, 2 + 52 + 4 + 52 + 2)),
            Ok(()),
        ]
    );
}

#[test]
fn damaged_lists() {
    let item = sct().encode();
    let good = sct_list(&[item.clone(), item]);
    assert_eq!(good.len(), 2 + 2 * 52);
    let with_length = |length: u16, items: &[u8]| [&length.to_be_bytes(), items].concat();
    let cases: &[(&str, Vec<u8>, ErrorKind, usize)] = &[
        ("no octets", vec![], ErrorKind::Truncated { wanted: 2, available: 0 }, 0),
        ("one octet", vec![0], ErrorKind::Truncated { wanted: 2, available: 1 }, 0),
        ("empty", vec![0, 0], ErrorKind::EmptyList, 0),
        ("length 0, but items", with_length(0, &good[2..]), ErrorKind::ListLength { stated: 0, present: 104 }, 0),
        ("short length", with_length(52, &good[2..]), ErrorKind::ListLength { stated: 52, present: 104 }, 0),
        ("long length", with_length(105, &good[2..]), ErrorKind::ListLength { stated: 105, present: 104 }, 0),
        ("empty item", with_length(54, &[&good[2..54], &[0, 0]].concat()), ErrorKind::EmptyItem, 54),
        (
            "item beyond the end",
            with_length(104, &[&good[2..54], &[0, 51], &good[56..]].concat()),
            ErrorKind::ItemBeyondEnd { stated: 51, left: 50 },
            54,
        ),
        (
            "half a length at the end",
            with_length(53, &good[2..55]),
            ErrorKind::Truncated { wanted: 2, available: 1 },
            54,
        ),
    ];
    for (what, octets, kind, offset) in cases {
        let error = SctList::from_tls(octets).unwrap_err();
        assert_eq!((error.kind, error.offset), (*kind, *offset), "{what}");
        let in_string = sct_list_value(octets);
        let error = SctList::from_octet_string(&in_string).unwrap_err();
        assert_eq!((error.kind, error.offset), (*kind, offset + 2), "{what}, in an OCTET STRING");
    }
}

#[test]
fn octet_strings() {
    use ctlens_testkit::der::{tlv, tlv_with_indefinite_length, tlv_with_long_length};
    use ctlens_x509::ErrorKind as Der;

    let list = sct_list(&[sct().encode()]);
    for (what, value) in [
        ("DER", sct_list_value(&list)),
        ("a length of two octets that could be one", tlv_with_long_length(4, 1, &list)),
        ("a length of five octets", tlv_with_long_length(4, 4, &list)),
    ] {
        assert_eq!(SctList::from_octet_string(&value).unwrap().iter().count(), 1, "{what}");
    }
    let tag = |found| ErrorKind::Der(Der::UnexpectedTag { expected: 4, found });
    let cases: &[(&str, Vec<u8>, ErrorKind)] = &[
        ("nothing", vec![], ErrorKind::Der(Der::TruncatedHeader)),
        ("the bare list", list.clone(), tag(0)),
        ("constructed", tlv(0x24, &sct_list_value(&list)), tag(0x24)),
        ("indefinite", tlv_with_indefinite_length(4, &list), ErrorKind::Der(Der::IndefiniteLength)),
        (
            "something behind",
            [&sct_list_value(&list)[..], &[5, 0]].concat(),
            ErrorKind::TrailingAfterOctetString { octets: 2 },
        ),
        (
            "cut off",
            sct_list_value(&list)[..50].to_vec(),
            ErrorKind::Der(Der::LengthBeyondEnd { announced: 54, available: 48 }),
        ),
        (
            "one OCTET STRING too many",
            sct_list_value(&sct_list_value(&list)),
            ErrorKind::ListLength { stated: 0x0436, present: 54 },
        ),
    ];
    for (what, value, kind) in cases {
        assert_eq!(SctList::from_octet_string(value).unwrap_err().kind, *kind, "{what}");
    }
}

#[test]
fn leaf_index() {
    let index = leaf_index_extension;
    let unknown = [9, 0, 2, 0xca, 0xfe];
    let good: &[(&str, Vec<u8>, Option<u64>)] = &[
        ("no extensions", vec![], None),
        ("zero", index(0), Some(0)),
        ("largest", index((1 << 40) - 1), Some((1 << 40) - 1)),
        ("behind an unknown one", [&unknown[..], &index(7)].concat(), Some(7)),
        ("before an unknown one", [&index(7)[..], &unknown].concat(), Some(7)),
        ("unknown ones twice", [unknown, unknown].concat(), None),
        ("unknown one without data", vec![1, 0, 0], None),
    ];
    for (what, extensions, expected) in good {
        assert_eq!(CtExtensions::new(extensions).leaf_index(), Ok(*expected), "{what}");
    }
    let truncated = |wanted, available| ErrorKind::Truncated { wanted, available };
    let bad: &[(&str, Vec<u8>, ErrorKind, usize)] = &[
        ("twice", [index(7), index(7)].concat(), ErrorKind::DuplicateLeafIndex, 8),
        ("twice, apart", [&index(7)[..], &unknown, &index(8)].concat(), ErrorKind::DuplicateLeafIndex, 13),
        ("4 octets", vec![0, 0, 4, 1, 2, 3, 4], ErrorKind::LeafIndexLength { octets: 4 }, 0),
        ("6 octets", vec![0, 0, 6, 1, 2, 3, 4, 5, 6], ErrorKind::LeafIndexLength { octets: 6 }, 0),
        ("no octets", vec![0, 0, 0], ErrorKind::LeafIndexLength { octets: 0 }, 0),
        ("type alone", vec![0], truncated(2, 0), 1),
        ("half a length", vec![0, 0], truncated(2, 1), 1),
        ("cut off", vec![0, 0, 5, 1, 2], truncated(5, 2), 3),
        ("good, then garbage", [&index(7)[..], &[9, 9]].concat(), truncated(2, 1), 9),
    ];
    for (what, extensions, kind, offset) in bad {
        let error = CtExtensions::new(extensions).leaf_index().unwrap_err();
        assert_eq!((error.kind, error.offset), (*kind, *offset), "{what}");
    }
    let both = [&unknown[..], &index(1)].concat();
    assert_eq!(
        CtExtensions::new(&both).collect::<Result<Vec<_>, Error>>().unwrap(),
        [
            CtExtension { extension_type: 9, data: &[0xca, 0xfe], offset: 0 },
            CtExtension { extension_type: 0, data: &[0, 0, 0, 0, 1], offset: 5 },
        ]
    );
}

fn any_sct() -> impl Strategy<Value = testkit::Sct> {
    (any::<[u8; 32]>(), any::<u64>(), vec(any::<u8>(), 0..20), any::<(u8, u8)>(), vec(any::<u8>(), 0..80)).prop_map(
        |(log_id, timestamp_ms, extensions, (hash_algorithm, signature_algorithm), signature)| testkit::Sct {
            version: 0,
            log_id,
            timestamp_ms,
            extensions,
            hash_algorithm,
            signature_algorithm,
            signature,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_is_encoded_is_decoded(scts in vec(any_sct(), 1..8)) {
        let octets = sct_list(&scts.iter().map(testkit::Sct::encode).collect::<Vec<_>>());
        let in_string = sct_list_value(&octets);
        for list in [SctList::from_tls(&octets), SctList::from_octet_string(&in_string)] {
            let decoded: Vec<_> = list.unwrap().iter().map(Result::unwrap).collect();
            prop_assert_eq!(decoded.len(), scts.len());
            for (decoded, sct) in decoded.iter().zip(&scts) {
                prop_assert_eq!(decoded.log_id.0, sct.log_id);
                prop_assert_eq!(decoded.timestamp.0, sct.timestamp_ms);
                prop_assert_eq!(decoded.extensions, &sct.extensions[..]);
                prop_assert_eq!(decoded.hash_algorithm, sct.hash_algorithm);
                prop_assert_eq!(decoded.signature_algorithm, sct.signature_algorithm);
                prop_assert_eq!(decoded.signature, &sct.signature[..]);
            }
        }
    }

    #[test]
    fn leaf_indices_are_found_in_any_order(
        index in 0..1_u64 << 40, others in vec((1..=255_u8, vec(any::<u8>(), 0..9)), 0..5), at: usize,
    ) {
        let mut encoded: Vec<Vec<u8>> = others
            .iter()
            .map(|(kind, data)| [&[*kind, 0, u8::try_from(data.len()).unwrap()], &data[..]].concat())
            .collect();
        let at = at % (encoded.len() + 1);
        encoded.insert(at, leaf_index_extension(index));
        let octets = encoded.concat();
        prop_assert_eq!(CtExtensions::new(&octets).leaf_index(), Ok(Some(index)));
        prop_assert_eq!(CtExtensions::new(&octets).count(), others.len() + 1);
    }

    #[test]
    fn any_octets_are_handled(octets in vec(any::<u8>(), 0..300)) {
        let _ = Sct::from_tls(&octets);
        let _ = CtExtensions::new(&octets).leaf_index();
        let _ = SctList::from_octet_string(&octets).map(|list| list.iter().count());
        // With a length that is right, the items are reached.
        let framed = [&u16::try_from(octets.len()).unwrap().to_be_bytes(), &octets[..]].concat();
        for octets in [&octets, &framed] {
            let count = SctList::from_tls(octets).ok().map(|list| list.iter().count());
            prop_assert_eq!(count, naive_items(octets).map(|items| items.len()));
        }
    }

    #[test]
    fn a_damaged_list_is_an_error_or_has_all_its_items(scts in vec(any_sct(), 1..4), at: usize, octet: u8) {
        let mut octets = sct_list(&scts.iter().map(testkit::Sct::encode).collect::<Vec<_>>());
        let at = at % octets.len();
        octets[at] = octet;
        let items = naive_items(&octets);
        prop_assert_eq!(SctList::from_tls(&octets).is_ok(), items.is_some());
        if let (Ok(list), Some(items)) = (SctList::from_tls(&octets), items) {
            let singly: Vec<_> = items.iter().map(|item| Sct::from_tls(item).ok()).collect();
            prop_assert_eq!(list.iter().map(Result::ok).collect::<Vec<_>>(), singly);
        }
    }
}

/// RFC 6962 §3.3 by hand: the items, or nothing where lengths do not fit or are zero.
fn naive_items(list: &[u8]) -> Option<Vec<&[u8]>> {
    let length = |at: usize| Some(usize::from(*list.get(at)?) * 256 + usize::from(*list.get(at + 1)?));
    if length(0)? + 2 != list.len() || list.len() == 2 {
        return None;
    }
    let (mut items, mut at) = (vec![], 2);
    while at < list.len() {
        let item = list.get(at + 2..at + 2 + length(at)?)?;
        if item.is_empty() {
            return None;
        }
        items.push(item);
        at += 2 + item.len();
    }
    Some(items)
}

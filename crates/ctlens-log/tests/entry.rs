//! Entries of both APIs, against the testkit's own encoder and tree.

use ctlens_log::{DecodeErrorKind, ExtraData, LeafIndexError, LogEntry, MerkleTreeLeaf, TileLeaf, TileLeaves};
use ctlens_testkit::{Ca, CertificateBuilder, Key, Name, Rng, SignedEntry, leaf_index_extension, tree};
use proptest::prelude::*;

fn any_entry() -> impl Strategy<Value = ctlens_testkit::LogEntry> {
    let octets = || prop::collection::vec(any::<u8>(), 0..300);
    let signed = prop_oneof![
        octets().prop_map(SignedEntry::X509),
        (any::<[u8; 32]>(), octets()).prop_map(|(issuer_key_hash, tbs)| SignedEntry::Precert { issuer_key_hash, tbs }),
    ];
    let chain = prop::collection::vec(any::<[u8; 32]>(), 0..4);
    (any::<u64>(), signed, prop::collection::vec(any::<u8>(), 0..20), octets(), chain).prop_map(
        |(timestamp_ms, entry, extensions, precertificate, chain)| {
            let precertificate = matches!(entry, SignedEntry::Precert { .. }).then_some(precertificate);
            ctlens_testkit::LogEntry { timestamp_ms, entry, extensions, precertificate, chain }
        },
    )
}

fn same(expected: &ctlens_testkit::LogEntry, leaf: &TileLeaf<'_>) {
    let entry = leaf.timestamped_entry();
    assert_eq!(entry.timestamp.0, expected.timestamp_ms);
    assert_eq!(entry.extensions, expected.extensions);
    match (&expected.entry, entry.entry) {
        (SignedEntry::X509(expected), LogEntry::X509 { certificate }) => assert_eq!(certificate, expected),
        (SignedEntry::Precert { issuer_key_hash: key, tbs: expected }, LogEntry::Precert { issuer_key_hash, tbs }) => {
            assert_eq!((tbs, issuer_key_hash), (&expected[..], key));
        }
        (expected, got) => panic!("{expected:?}: {got:?}"),
    }
    assert_eq!(leaf.unauthenticated_precertificate(), expected.precertificate.as_deref());
    assert_eq!(leaf.unauthenticated_chain(), Ok(&expected.chain[..]));
    assert_eq!(leaf.leaf_hash().0, expected.leaf_hash());
    assert_eq!(leaf.leaf_bytes(), &expected.merkle_tree_leaf()[2..]);
    assert_eq!(leaf.as_bytes(), expected.tile_leaf());
}

proptest! {
    #[test]
    fn a_tile_gives_what_was_put_in(entries in prop::collection::vec(any_entry(), 0..6)) {
        let tile: Vec<u8> = entries.iter().flat_map(ctlens_testkit::LogEntry::tile_leaf).collect();
        let leaves: Vec<TileLeaf<'_>> = TileLeaves::new(&tile).map(|leaf| leaf.unwrap()).collect();
        prop_assert_eq!(leaves.len(), entries.len());
        for (leaf, entry) in leaves.iter().zip(&entries) {
            same(entry, leaf);
        }
    }

    /// A cut tile gives the entries before the cut, then one error that accounts for the rest.
    #[test]
    fn a_cut_tile_accounts_for_every_octet(entries in prop::collection::vec(any_entry(), 1..6), at: prop::sample::Index) {
        let tile: Vec<u8> = entries.iter().flat_map(ctlens_testkit::LogEntry::tile_leaf).collect();
        let cut = &tile[..at.index(tile.len())];
        let mut decoded = 0;
        let mut error = None;
        let mut leaves = TileLeaves::new(cut);
        for (index, leaf) in leaves.by_ref().enumerate() {
            match leaf {
                Ok(leaf) => {
                    same(&entries[index], &leaf);
                    decoded += leaf.as_bytes().len();
                }
                Err(cause) => prop_assert!(error.replace((index, cause)).is_none()),
            }
        }
        prop_assert!(leaves.rest().is_empty() && leaves.next().is_none());
        match error {
            None => prop_assert_eq!(decoded, cut.len()),
            Some((index, cause)) => {
                prop_assert_eq!((cause.entry, cause.undecoded), (index, cut.len() - decoded));
                let is_truncated = matches!(cause.error.kind, DecodeErrorKind::Truncated { .. });
                prop_assert!(is_truncated);
                prop_assert!((decoded..=cut.len()).contains(&cause.error.offset));
            }
        }
    }

    #[test]
    fn a_leaf_of_the_other_api_is_the_same_entry(entry in any_entry()) {
        let (tile, input) = (entry.tile_leaf(), entry.merkle_tree_leaf());
        let in_tile = TileLeaves::new(&tile).next().unwrap().unwrap();
        let leaf = MerkleTreeLeaf::from_bytes(&input).unwrap();
        prop_assert_eq!(leaf.timestamped_entry(), in_tile.timestamped_entry());
        prop_assert_eq!((leaf.leaf_hash().0, leaf.as_bytes(), leaf.trailing()), (entry.leaf_hash(), &input[..], &[][..]));
        for length in 0..input.len() {
            prop_assert!(MerkleTreeLeaf::from_bytes(&input[..length]).is_err());
        }
        // What follows is in the hash, so it is kept.
        let longer = [&input[..], b"more"].concat();
        let leaf = MerkleTreeLeaf::from_bytes(&longer).unwrap();
        prop_assert_eq!((leaf.trailing(), leaf.leaf_hash().0), (&b"more"[..], tree::leaf_hash(&longer)));
    }

    #[test]
    fn any_bytes(bytes: Vec<u8>, seed: u64) {
        let mut octets = 0;
        for leaf in TileLeaves::new(&bytes) {
            octets += leaf.map_or_else(|error| error.undecoded, |leaf| {
                let _ = (leaf.timestamped_entry().leaf_index(), leaf.timestamped_entry().entry.tbs());
                leaf.as_bytes().len()
            });
        }
        prop_assert_eq!(octets, bytes.len());
        let _ = MerkleTreeLeaf::from_bytes(&bytes);
        for entry in [LogEntry::X509 { certificate: &[] }, LogEntry::Precert { issuer_key_hash: &[0; 32], tbs: &[] }] {
            if let Ok(extra) = ExtraData::from_bytes(&entry, &bytes) {
                prop_assert!(extra.unauthenticated_chain().count() <= bytes.len());
            }
        }
        // Lengths that announce more than there is.
        let mut rng = Rng::new(seed, "tile");
        let mut tile = vec![0, 0, 0, 0, 0, 0, 0, 0, 0, rng.octet() & 1];
        tile.extend((0..rng.below(60)).map(|_| rng.octet()));
        prop_assert!(TileLeaves::new(&tile).count() <= tile.len());
    }
}

fn entry(timestamp_ms: u64, extensions: Vec<u8>) -> ctlens_testkit::LogEntry {
    let entry = SignedEntry::X509(b"certificate".to_vec());
    ctlens_testkit::LogEntry { timestamp_ms, entry, extensions, precertificate: None, chain: Vec::new() }
}

#[test]
fn a_leaf_index_is_where_the_entry_stands() {
    let extension = |kind: u8, data: &[u8]| [&[kind, 0, u8::try_from(data.len()).unwrap()][..], data].concat();
    let unknown = extension(9, b"anything");
    let seven = extension(0, &[0, 0, 0, 0, 7]);
    let start = 8 + 2 + 3 + b"certificate".len() + 2;
    let malformed = |kind, offset| Err((kind, start + offset));
    // (what, extensions, leaf index or what is wrong and where)
    type LeafIndex = Result<Option<u64>, (DecodeErrorKind, usize)>;
    let cases: Vec<(&str, Vec<u8>, LeafIndex)> = vec![
        ("none", vec![], Ok(None)),
        ("alone", leaf_index_extension(7), Ok(Some(7))),
        ("the largest", leaf_index_extension((1 << 40) - 1), Ok(Some((1 << 40) - 1))),
        ("unknown ones only", unknown.clone(), Ok(None)),
        ("before others", [seven.clone(), unknown.clone()].concat(), Ok(Some(7))),
        ("after others", [unknown.clone(), seven.clone()].concat(), Ok(Some(7))),
        ("twice", [seven.clone(), seven.clone()].concat(), malformed(DecodeErrorKind::DuplicateExtension(0), 8)),
        (
            "another one twice",
            [unknown.clone(), unknown.clone()].concat(),
            malformed(DecodeErrorKind::DuplicateExtension(9), 11),
        ),
        ("four octets", extension(0, &[0; 4]), malformed(DecodeErrorKind::LeafIndexLength { octets: 4 }, 0)),
        ("six octets", extension(0, &[0; 6]), malformed(DecodeErrorKind::LeafIndexLength { octets: 6 }, 0)),
        ("a cut one", seven[..7].to_vec(), malformed(DecodeErrorKind::Truncated { wanted: 5, available: 4 }, 3)),
        (
            "an octet behind",
            [seven.clone(), vec![0]].concat(),
            malformed(DecodeErrorKind::Truncated { wanted: 2, available: 0 }, 9),
        ),
    ];
    for (what, extensions, expected) in cases {
        let input = entry(1, extensions).merkle_tree_leaf();
        let leaf = MerkleTreeLeaf::from_bytes(&input).unwrap();
        let entry = leaf.timestamped_entry();
        assert_eq!(entry.leaf_index().map_err(|error| (error.kind, error.offset)), expected, "{what}");
        let checked = entry.check_leaf_index(7);
        match expected {
            Ok(Some(7)) => assert_eq!(checked, Ok(()), "{what}"),
            Ok(Some(claimed)) => assert_eq!(checked, Err(LeafIndexError::Differs { expected: 7, claimed }), "{what}"),
            Ok(None) => assert_eq!(checked, Err(LeafIndexError::Missing { expected: 7 }), "{what}"),
            Err(_) => assert!(matches!(checked, Err(LeafIndexError::Malformed { expected: 7, .. })), "{what}"),
        }
    }
}

#[test]
fn what_a_reader_does_not_know_is_said() {
    let mut tile = [entry(1, vec![]).tile_leaf(), entry(2, vec![]).tile_leaf(), entry(3, vec![]).tile_leaf()].concat();
    let length = tile.len() / 3;
    // The entry type of the second entry.
    tile[length + 9] = 2;
    let mut leaves = TileLeaves::new(&tile);
    assert!(leaves.next().unwrap().is_ok());
    let error = leaves.next().unwrap().unwrap_err();
    assert_eq!((error.entry, error.undecoded), (1, 2 * length));
    assert_eq!((error.error.kind, error.error.offset), (DecodeErrorKind::EntryType(2), length + 8));
    assert!(leaves.next().is_none());

    let mut input = entry(1, vec![]).merkle_tree_leaf();
    input[1] = 1;
    assert_eq!(MerkleTreeLeaf::from_bytes(&input).unwrap_err().kind, DecodeErrorKind::LeafType(1));
    input[0] = 1;
    assert_eq!(MerkleTreeLeaf::from_bytes(&input).unwrap_err().kind, DecodeErrorKind::LeafVersion(1));

    // A chain of 33 octets takes nothing from the entry.
    let mut tile = entry(1, vec![]).tile_leaf();
    tile.truncate(tile.len() - 2);
    tile.extend([0, 33]);
    tile.extend([0; 33]);
    let leaf = TileLeaves::new(&tile).next().unwrap().unwrap();
    assert_eq!(leaf.leaf_hash().0, entry(1, vec![]).leaf_hash());
    assert_eq!(leaf.unauthenticated_chain().unwrap_err().kind, DecodeErrorKind::FingerprintsLength { octets: 33 });
}

#[test]
fn certificates_and_precertificates_have_a_tbs() {
    let ca = Ca::root(Key::new(1, "ca"), &Name::new().common_name("CA"), 0, 2_000_000_000);
    let leaf = CertificateBuilder::leaf(Key::new(1, "leaf").spki_der()).validity(0, 1).ip([1, 1, 1, 1]);
    let issued = leaf.issue(&ca, |_| Vec::new());
    let precert = ctlens_testkit::LogEntry::precertificate(0, 1, &issued, ca.chain()).tile_leaf();
    let certificate = ctlens_testkit::LogEntry::certificate(1, 1, issued.certificate, ca.chain()).tile_leaf();
    for tile in [precert, certificate] {
        let leaf = TileLeaves::new(&tile).next().unwrap().unwrap();
        let tbs = leaf.timestamped_entry().entry.tbs().unwrap();
        let names: Vec<_> = tbs.names().map(|name| name.unwrap().value).collect();
        assert_eq!(names, [[1, 1, 1, 1]]);
        assert!(tbs.poison().unwrap().is_none());
        assert_eq!(leaf.unauthenticated_chain().unwrap().len(), ca.chain().len());
    }
    assert!(LogEntry::X509 { certificate: b"no certificate" }.tbs().is_err());
    assert!(LogEntry::Precert { issuer_key_hash: &[0; 32], tbs: &[] }.tbs().is_err());
}

/// RFC 6962 §4.6.
#[test]
fn extra_data_has_the_form_of_its_entry() {
    let vector = |octets: &[u8]| [&[0, 0, u8::try_from(octets.len()).unwrap()][..], octets].concat();
    let chain = vector(&[vector(b"issuer"), vector(b"root")].concat());
    let x509 = LogEntry::X509 { certificate: b"" };
    let precert = LogEntry::Precert { issuer_key_hash: &[0; 32], tbs: b"" };
    let certificates = |extra: &ExtraData<'_>| -> Vec<Vec<u8>> {
        extra.unauthenticated_chain().map(|certificate| certificate.unwrap().to_vec()).collect()
    };

    let extra = ExtraData::from_bytes(&x509, &chain).unwrap();
    assert_eq!(
        (extra.unauthenticated_precertificate(), certificates(&extra)),
        (None, vec![b"issuer".to_vec(), b"root".to_vec()])
    );
    let with_precert = [vector(b"precertificate"), chain.clone()].concat();
    let extra = ExtraData::from_bytes(&precert, &with_precert).unwrap();
    assert_eq!(extra.unauthenticated_precertificate(), Some(&b"precertificate"[..]));
    assert_eq!(certificates(&extra).len(), 2);

    let kind = |entry, octets: &[u8]| ExtraData::from_bytes(entry, octets).unwrap_err().kind;
    assert_eq!(kind(&x509, b"\0\0"), DecodeErrorKind::Truncated { wanted: 3, available: 2 });
    assert_eq!(kind(&x509, b"\0\0\0x"), DecodeErrorKind::TrailingData { octets: 1 });
    // One certificate that can be read, and one that cannot.
    let broken = vector(&[vector(b"issuer"), vec![0, 0, 9, 1]].concat());
    let extra = ExtraData::from_bytes(&x509, &broken).unwrap();
    let certificates: Vec<_> = extra.unauthenticated_chain().map(|item| item.map_err(|error| error.offset)).collect();
    assert_eq!(certificates, [Ok(&b"issuer"[..]), Err(15)]);
}

/// Two certificates in one entry: whoever looks at the first alone has not looked at the entry.
#[test]
fn what_trails_a_certificate_makes_the_entry_undecidable() {
    let ca = Ca::root(Key::new(2, "ca"), &Name::new().common_name("CA"), 0, 2_000_000_000);
    let leaf = |name: &str| CertificateBuilder::leaf(Key::new(2, "leaf").spki_der()).dns(name);
    let harmless = leaf("elsewhere.example");
    let other = leaf("www.one.example");
    for (entry, trailing) in [
        (SignedEntry::X509(harmless.certificate(&ca)), other.certificate(&ca)),
        (
            SignedEntry::Precert { issuer_key_hash: ca.key().spki_sha256(), tbs: harmless.precert_tbs(&ca) },
            other.precert_tbs(&ca),
        ),
    ] {
        let written = |entry| ctlens_testkit::LogEntry {
            timestamp_ms: 0,
            entry,
            extensions: Vec::new(),
            precertificate: None,
            chain: Vec::new(),
        };
        let tbs = |entry: SignedEntry| {
            let leaf = written(entry).merkle_tree_leaf();
            let leaf = MerkleTreeLeaf::from_bytes(&leaf).unwrap();
            leaf.timestamped_entry().entry.tbs().map(|tbs| tbs.as_bytes().len()).map_err(|error| error.kind)
        };
        let twice = match entry.clone() {
            SignedEntry::X509(first) => SignedEntry::X509([first, trailing].concat()),
            SignedEntry::Precert { issuer_key_hash, tbs } => {
                SignedEntry::Precert { issuer_key_hash, tbs: [tbs, trailing].concat() }
            }
        };
        assert!(tbs(entry).is_ok());
        assert_eq!(tbs(twice), Err(ctlens_x509::ErrorKind::TrailingData));
    }
}

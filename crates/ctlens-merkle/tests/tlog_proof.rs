//! The C2SP tlog-proof format.

#![cfg(feature = "alloc")]

use base64ct::{Base64, Encoding};
use ctlens_merkle::{Hash, ProofError, TlogProof, TlogProofError, TreeHead, leaf_hash, node_hash};
use proptest::{prelude::*, test_runner::RngSeed};

const CHECKPOINT: &str = "example.com/log\n2\nroot\n\n— example.com/log sig\n";

#[test]
fn a_proof_is_read_verified_and_written_again() {
    let [a, b] = [b"a", b"b"].map(|entry| leaf_hash(entry));
    let head = TreeHead { size: 2, root: node_hash(&a, &b) };
    let text = format!("c2sp.org/tlog-proof@v1\nindex 1\n{}\n\n{CHECKPOINT}", base64(&a));
    let proof: TlogProof = text.parse().unwrap();
    assert_eq!((proof.index, &proof.hashes[..], &proof.extra[..]), (1, &[a][..], &[][..]));
    assert_eq!(proof.checkpoint, CHECKPOINT);
    assert_eq!(proof.verify(&b, &head), Ok(()));
    assert!(matches!(proof.verify(&a, &head), Err(ProofError::RootMismatch { size: 2, .. })));
    assert_eq!(proof.to_string(), text);
}

/// The example of the specification; of its extra data as much as is base64 (they are cut off within a group there).
#[test]
fn the_example_of_the_specification() {
    let text = "c2sp.org/tlog-proof@v1\n\
        extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6\n\
        index 73894\n\
        gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n\
        B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=\n\
        EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=\n\
        RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=\n\
        AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=\n\
        \n\
        example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n— example.com/fancylog hI2DJw==\n";
    let proof: TlogProof = text.parse().unwrap();
    assert_eq!((proof.index, proof.hashes.len()), (73_894, 5));
    assert!(proof.extra == b"age-v1.2.1-darwin-arm64.tar.gz");
    assert!(proof.checkpoint.starts_with("example.com/fancylog\n109482\n"));
    assert_eq!(proof.to_string(), text);
}

#[test]
fn refused_texts() {
    let hash = base64(&leaf_hash(b""));
    let header = "c2sp.org/tlog-proof@v1\n";
    let after = |rest: &str| format!("{header}{rest}");
    let many = format!("{hash}\n").repeat(65);
    let cases = [
        ("empty", String::new(), TlogProofError::Header),
        ("only a header", header.to_owned(), TlogProofError::Index { line: 2 }),
        ("a header without newline", header.trim_end().to_owned(), TlogProofError::Header),
        ("another version", "c2sp.org/tlog-proof@v2\nindex 0\n\nx\n".to_owned(), TlogProofError::Header),
        (
            "a header with carriage return",
            "c2sp.org/tlog-proof@v1\r\nindex 0\n\nx\n".to_owned(),
            TlogProofError::Header,
        ),
        ("extra data that are empty", after("extra \nindex 0\n\nx\n"), TlogProofError::Extra),
        ("extra data without padding", after("extra QQ\nindex 0\n\nx\n"), TlogProofError::Extra),
        ("extra data with bits left over", after("extra QR==\nindex 0\n\nx\n"), TlogProofError::Extra),
        ("extra data twice", after("extra QQ==\nextra QQ==\nindex 0\n\nx\n"), TlogProofError::Index { line: 3 }),
        ("extra data after the index", after("index 0\nextra QQ==\n\nx\n"), TlogProofError::Hash { line: 3 }),
        ("no index", after("\nx\n"), TlogProofError::Index { line: 2 }),
        ("an index with a leading zero", after("index 01\n\nx\n"), TlogProofError::Index { line: 2 }),
        ("an index with a sign", after("index +1\n\nx\n"), TlogProofError::Index { line: 2 }),
        ("an index of nothing", after("index \n\nx\n"), TlogProofError::Index { line: 2 }),
        ("an index with a space", after("index 1 \n\nx\n"), TlogProofError::Index { line: 2 }),
        ("an index of 2^64", after("index 18446744073709551616\n\nx\n"), TlogProofError::Index { line: 2 }),
        ("a hash too short", after("index 0\nQQ==\n\nx\n"), TlogProofError::Hash { line: 3 }),
        ("a hash too long", after(&format!("index 0\n{hash}{hash}\n\nx\n")), TlogProofError::Hash { line: 3 }),
        (
            "a hash of 33 bytes",
            after(&format!("index 0\n{}\n\nx\n", Base64::encode_string(&[0; 33]))),
            TlogProofError::Hash { line: 3 },
        ),
        ("a space after a hash", after(&format!("index 0\n{hash}\n{hash} \n\nx\n")), TlogProofError::Hash { line: 4 }),
        ("65 hashes", after(&format!("index 0\n{many}\nx\n")), TlogProofError::TooManyHashes { line: 67 }),
        ("no empty line", after(&format!("index 0\n{hash}\n")), TlogProofError::NoCheckpoint),
        ("no checkpoint", after(&format!("index 0\n{hash}\n\n")), TlogProofError::NoCheckpoint),
    ];
    for (description, text, error) in cases {
        assert_eq!(text.parse::<TlogProof>(), Err(error), "{description}");
    }
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, rng_seed: RngSeed::Fixed(2026), ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_written_is_read_again(extra in prop::collection::vec(any::<u8>(), 0..50), index in any::<u64>(), hashes in prop::collection::vec(any::<[u8; 32]>(), 0..=64), checkpoint in "(?s).{1,50}") {
        let proof = TlogProof { extra, index, hashes: hashes.into_iter().map(Hash).collect(), checkpoint };
        prop_assert_eq!(proof.to_string().parse(), Ok(proof));
    }

    /// There is one text for each proof.
    #[test]
    fn what_is_read_is_written_again(text in "c2sp.org/tlog-proof@v1\n(extra [A-D]{3}[AQ=]\n)?index [0-9]{1,2}\n([A-D]{42}[A-D]=\n){0,2}\n.{0,2}") {
        if let Ok(proof) = text.parse::<TlogProof>() {
            prop_assert_eq!(proof.to_string(), text);
        }
    }
}

fn base64(hash: &Hash) -> String {
    Base64::encode_string(hash.as_bytes())
}

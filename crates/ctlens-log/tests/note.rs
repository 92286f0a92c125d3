//! Signed notes, checkpoints and tree heads.

use base64ct::{Base64, Encoding};
use ctlens_log::{
    Checkpoint, CheckpointError, NoteError, SignatureError, SignedNote, SignedTreeHead, TreeHeadError, VerifierKey,
    VerifierKeyError,
};
use ctlens_loglist::{KeyKind, LogKey, UnixMillis, VerifyError};
use ctlens_merkle::{Hash, TreeHead};
use ctlens_testkit::{Key, Rng, TestLog};
use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;

const ORIGIN: &str = "log.example/2025";
const TIME: u64 = 1_750_000_000_000;

fn test_log() -> (TestLog, LogKey) {
    let log = TestLog::new(7, ORIGIN);
    let key = LogKey::from_spki_der(log.key().spki_der()).unwrap();
    (log, key)
}

fn ed25519() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn line(name: &str, octets: &[u8]) -> String {
    format!("\u{2014} {name} {}\n", Base64::encode_string(octets))
}

/// The example in the documentation of golang.org/x/mod/sumdb/note.
#[test]
fn the_published_example_verifies() {
    let key: VerifierKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
    assert_eq!((key.name(), key.id()), ("PeterNeumann", [0xc7, 0x4f, 0x20, 0xa3]));
    let note = "If you think cryptography is the answer to your problem,\n\
                then you don't know what your problem is.\n\
                \n\
                \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    let note = SignedNote::parse(note.as_bytes()).unwrap();
    assert!(note.text().ends_with("problem is.\n"));
    let keys = [key];
    let verified = note.verify(&keys).unwrap();
    assert_eq!((verified.len(), verified[0].key, verified[0].timestamp), (1, &keys[0], None));
}

#[test]
fn key_texts_go_both_ways() {
    let (_, log_key) = test_log();
    let ed25519 = ed25519().verifying_key();
    let keys = [
        VerifierKey::ed25519("a.example", ed25519.as_bytes()).unwrap(),
        VerifierKey::cosignature_v1("a.example", ed25519.as_bytes()).unwrap(),
        VerifierKey::ecdsa("a.example", log_key.clone()).unwrap(),
        VerifierKey::rfc6962("a.example", log_key.clone()).unwrap(),
    ];
    for key in &keys {
        assert_eq!(key.to_string().parse::<VerifierKey>().as_ref(), Ok(key));
        assert!(keys.iter().filter(|other| other.id() == key.id()).count() == 1, "{key}");
    }
    assert_eq!(keys[2].id(), log_key.log_id().0[..4]);
    assert_eq!(keys[3].id(), ctlens_testkit::checkpoint_key_id("a.example", &log_key.log_id().0));
}

#[test]
fn key_texts_that_are_none() {
    let good = VerifierKey::ed25519("a.example", ed25519().verifying_key().as_bytes()).unwrap().to_string();
    let key = |octets: &[u8]| format!("a.example+00000000+{}", Base64::encode_string(octets));
    let cases: &[(&str, String, VerifierKeyError)] = &[
        ("nothing", String::new(), VerifierKeyError::Syntax),
        ("two parts", "a.example+00000000".into(), VerifierKeyError::Syntax),
        ("id with a sign", good.replacen("a.example+", "a.example++", 1), VerifierKeyError::Syntax),
        ("id of seven digits", "a.example+0000000+AQ==".into(), VerifierKeyError::Syntax),
        ("no base64", "a.example+00000000+!".into(), VerifierKeyError::Syntax),
        ("no octets", key(&[]), VerifierKeyError::Syntax),
        ("no name", good.replacen("a.example", "", 1), VerifierKeyError::Name),
        ("a name with a space", good.replacen("a.example", "a\u{2003}example", 1), VerifierKeyError::Name),
        ("unknown type", key(&[6; 33]), VerifierKeyError::SignatureType(6)),
        ("31 octets", key(&[1; 32]), VerifierKeyError::Ed25519),
        ("the neutral element", key(&[&[1, 1][..], &[0; 31]].concat()), VerifierKeyError::Ed25519),
    ];
    for (what, text, error) in cases {
        assert_eq!(text.parse::<VerifierKey>(), Err(*error), "{what}");
    }
    let no_log_key = key(&[5, 0x30]).parse::<VerifierKey>();
    let log_key = LogKey::from_spki_der(TestLog::new(1, "a.example").key().spki_der()).unwrap();
    for origin in ["https://a.example", "a.example/", "https://a.example/2025/"] {
        assert_eq!(VerifierKey::rfc6962(origin, log_key.clone()), Err(VerifierKeyError::Origin), "{origin}");
    }
    assert!(matches!(no_log_key, Err(VerifierKeyError::LogKey(_))), "{no_log_key:?}");
    let other_id = good.replacen("a.example", "b.example", 1).parse::<VerifierKey>();
    assert!(matches!(other_id, Err(VerifierKeyError::Id { .. })), "{other_id:?}");
}

#[test]
fn notes_that_are_none() {
    let sig = line("a.example", &[1; 68]);
    let text = "text\n";
    let cases: Vec<(&str, Vec<u8>, NoteError)> = vec![
        ("nothing", vec![], NoteError::NoSignatures),
        ("a text", b"text\n".to_vec(), NoteError::NoSignatures),
        ("no signature after the blank line", b"text\n\n".to_vec(), NoteError::NoSignatures),
        ("no blank line", format!("text\n{sig}").into(), NoteError::NoSignatures),
        ("blank line at the end", format!("text\n\n{sig}\n").into(), NoteError::NoSignatures),
        ("no newline at the end", format!("text\n\n{}", sig.trim_end()).into(), NoteError::NoSignatures),
        ("not UTF-8", b"te\xffxt\n\n".to_vec(), NoteError::NotUtf8 { offset: 2 }),
        ("a tab", format!("te\txt\n\n{sig}").into(), NoteError::ControlCharacter { offset: 2 }),
        ("a carriage return", format!("text\r\n\n{sig}").into(), NoteError::ControlCharacter { offset: 4 }),
        ("a hyphen", format!("{text}\n{}", sig.replace('\u{2014}', "-")).into(), NoteError::SignatureLine { line: 1 }),
        ("two spaces", format!("{text}\n{}", sig.replace("e A", "e  A")).into(), NoteError::SignatureLine { line: 1 }),
        ("no name", format!("{text}\n{}", line("", &[1; 68])).into(), NoteError::SignatureLine { line: 1 }),
        ("a plus sign", format!("{text}\n{sig}{}", line("a+b", &[1; 9])).into(), NoteError::SignatureLine { line: 2 }),
        ("four octets", format!("{text}\n{}", line("a", &[1; 4])).into(), NoteError::SignatureLine { line: 1 }),
        ("not base64", format!("{text}\n\u{2014} a AQIDBAU\n").into(), NoteError::SignatureLine { line: 1 }),
        ("65 signatures", format!("{text}\n{}", sig.repeat(65)).into(), NoteError::TooManySignatures { limit: 64 }),
        ("long", vec![b'a'; SignedNote::MAX_OCTETS + 1], NoteError::TooLong { octets: SignedNote::MAX_OCTETS + 1 }),
    ];
    for (what, note, error) in cases {
        assert_eq!(SignedNote::parse(&note).err(), Some(error), "{what}");
    }
    // C2SP signed-note: at least 16 signatures, and the text ends at the last blank line.
    let note = format!("one\n\ntwo\n\n{}", sig.repeat(64));
    let note = SignedNote::parse(note.as_bytes()).unwrap();
    assert_eq!((note.text(), note.signatures().len()), ("one\n\ntwo\n", 64));
}

#[test]
fn unknown_keys_are_ignored_and_known_ones_must_verify() {
    let signing = ed25519();
    let key = VerifierKey::ed25519("a.example", signing.verifying_key().as_bytes()).unwrap();
    let text = "any text\nof any form\n";
    let signature = [&key.id()[..], &signing.sign(text.as_bytes()).to_bytes()].concat();
    let mut wrong = signature.clone();
    wrong[20] ^= 1;
    let (good, bad) = (line("a.example", &signature), line("a.example", &wrong));
    let other_name = line("b.example", &signature);
    let other_id = line("a.example", &[&[0; 4][..], &signature[4..]].concat());
    let short = line("a.example", &signature[..40]);

    let verify = |lines: &[&String]| {
        let note = format!("{text}\n{}", lines.iter().map(|line| line.as_str()).collect::<String>());
        let keys = [key.clone()];
        SignedNote::parse(note.as_bytes()).unwrap().verify(&keys).map(|verified| verified.len())
    };
    let failure = |reason| Err(NoteError::Signature { name: "a.example".into(), key_id: key.id(), reason });
    assert_eq!(verify(&[&good]), Ok(1));
    assert_eq!(verify(&[&other_name, &other_id, &good]), Ok(1));
    assert_eq!(verify(&[&good, &good]), Ok(2));
    let unknown = |name: &str, id| {
        let (known, found) = (vec![("a.example".into(), key.id())], vec![(name.into(), id)]);
        Err(NoteError::NoKnownSignature { known, found })
    };
    assert_eq!(verify(&[&other_name]), unknown("b.example", key.id()));
    assert_eq!(verify(&[&other_id]), unknown("a.example", [0; 4]));
    assert_eq!(verify(&[&bad]), failure(SignatureError::Mismatch));
    assert_eq!(verify(&[&good, &bad]), failure(SignatureError::Mismatch));
    assert_eq!(verify(&[&short]), failure(SignatureError::Length { octets: 36 }));
}

#[test]
fn cosignatures_cover_their_time() {
    let signing = ed25519();
    let key = VerifierKey::cosignature_v1("witness.example", signing.verifying_key().as_bytes()).unwrap();
    let text = "log.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    let note = |signed: u64, stated: u64| {
        let message = format!("cosignature/v1\ntime {signed}\n{text}");
        let signature = signing.sign(message.as_bytes()).to_bytes();
        format!("{text}\n{}", line("witness.example", &[&key.id()[..], &stated.to_be_bytes(), &signature].concat()))
    };
    let verify = |note: String| {
        let keys = [key.clone()];
        let verified = SignedNote::parse(note.as_bytes()).unwrap().verify(&keys);
        verified.map(|verified| verified[0].timestamp.unwrap())
    };
    assert_eq!(verify(note(1_679_315_147, 1_679_315_147)), Ok(UnixMillis(1_679_315_147_000)));
    for (signed, stated, reason) in
        [(1, 2, SignatureError::Mismatch), (u64::MAX, u64::MAX, SignatureError::Time { seconds: u64::MAX })]
    {
        let expected = NoteError::Signature { name: "witness.example".into(), key_id: key.id(), reason };
        assert_eq!(verify(note(signed, stated)), Err(expected));
    }
}

#[test]
fn checkpoints_that_are_none() {
    let root = Base64::encode_string(&[1; 32]);
    let cases: &[(&str, String, CheckpointError)] = &[
        ("nothing", String::new(), CheckpointError::NoFinalNewline),
        ("a newline", "\n".into(), CheckpointError::EmptyLine { line: 1 }),
        ("two lines", "a\n1\n".into(), CheckpointError::TooFewLines { lines: 2 }),
        ("no newline at the end", format!("a\n1\n{root}"), CheckpointError::NoFinalNewline),
        ("no origin", format!("\n1\n{root}\n"), CheckpointError::EmptyLine { line: 1 }),
        ("no size", format!("a\n\n{root}\n"), CheckpointError::EmptyLine { line: 2 }),
        ("an empty extension line", format!("a\n1\n{root}\nb\n\n"), CheckpointError::EmptyLine { line: 5 }),
        ("a leading zero", format!("a\n01\n{root}\n"), CheckpointError::SizeSyntax),
        ("two zeros", format!("a\n00\n{root}\n"), CheckpointError::SizeSyntax),
        ("a sign", format!("a\n+1\n{root}\n"), CheckpointError::SizeSyntax),
        ("a space", format!("a\n1 \n{root}\n"), CheckpointError::SizeSyntax),
        ("Arabic digits", format!("a\n\u{661}\n{root}\n"), CheckpointError::SizeSyntax),
        ("2^64", format!("a\n18446744073709551616\n{root}\n"), CheckpointError::SizeTooLarge),
        ("no padding", format!("a\n1\n{}\n", root.trim_end_matches('=')), CheckpointError::RootEncoding),
        (
            "URL alphabet",
            format!("a\n1\n{}\n", Base64::encode_string(&[255; 32]).replace('/', "_")),
            CheckpointError::RootEncoding,
        ),
        (
            "31 octets",
            format!("a\n1\n{}\n", Base64::encode_string(&[1; 31])),
            CheckpointError::RootLength { octets: 31 },
        ),
        (
            "an empty tree with a root",
            format!("a\n0\n{root}\n"),
            CheckpointError::EmptyTreeRoot { root: Hash([1; 32]) },
        ),
    ];
    for (what, text, error) in cases {
        assert_eq!(Checkpoint::parse(text), Err(*error), "{what}");
    }
    let text = format!("any origin + spaces\n18446744073709551615\n{root}\none\ntwo\n");
    let checkpoint = Checkpoint::parse(&text).unwrap();
    assert_eq!(checkpoint.origin(), "any origin + spaces");
    assert_eq!(checkpoint.head(), TreeHead { size: u64::MAX, root: Hash([1; 32]) });
    assert_eq!(checkpoint.extension_lines().collect::<Vec<_>>(), ["one", "two"]);
    let empty = format!("a\n0\n{}\n", Base64::encode_string(Hash::EMPTY_TREE.as_bytes()));
    assert_eq!(Checkpoint::parse(&empty).unwrap().head(), TreeHead::EMPTY);
}

#[test]
fn a_log_checkpoint_says_what_the_log_signed() {
    let (log, key) = test_log();
    let root = Hash([9; 32]);
    let note = log.checkpoint(1234, &root.0, TIME);
    let signed = SignedTreeHead::from_checkpoint(note.as_bytes(), ORIGIN, &key).unwrap();
    assert_eq!((signed.log_id(), signed.timestamp()), (key.log_id(), UnixMillis(TIME)));
    assert_eq!(signed.head(), TreeHead { size: 1234, root });
    assert_eq!(signed.signature(), log.sign_tree_head(1234, &root.0, TIME));
    assert_eq!(signed.verify(&key), Ok(()));
    let other = LogKey::from_spki_der(TestLog::new(8, ORIGIN).key().spki_der()).unwrap();
    let other_log = TreeHeadError::OtherLog { expected: other.log_id(), got: key.log_id() };
    assert_eq!(signed.verify(&other), Err(other_log));
    // A log can sign anything, but not that a tree without entries has this root.
    let empty = TreeHead { size: 0, root };
    let refused = SignedTreeHead::new(&key, UnixMillis(TIME), empty, &log.sign_tree_head(0, &root.0, TIME));
    assert_eq!(refused, Err(TreeHeadError::EmptyTreeRoot { root }));
    // The same by the other API, and back.
    let sth = log.sign_tree_head(1234, &root.0, TIME);
    assert_eq!(SignedTreeHead::new(&key, UnixMillis(TIME), signed.head(), &sth).as_ref(), Ok(&signed));
    assert_eq!(signed.to_checkpoint(ORIGIN), note);
}

#[test]
fn checkpoints_that_the_log_did_not_sign() {
    let (log, key) = test_log();
    let good = log.checkpoint(1234, &[9; 32], TIME);
    let (body, signature) = good.split_once("\n\n").unwrap();
    let (_, octets) = signature.trim_end().rsplit_once(' ').unwrap();
    let octets = Base64::decode_vec(octets).unwrap();
    let with = |octets: &[u8]| format!("{body}\n\n{}", line(ORIGIN, octets));
    let changed = |at: usize, value: u8| {
        let mut octets = octets.clone();
        octets[at] = value;
        with(&octets)
    };
    let algorithm = |hash, signature| SignatureError::TreeHead(TreeHeadError::Algorithm { hash, signature });
    let mismatch = SignatureError::TreeHead(TreeHeadError::Key(VerifyError::Mismatch));
    let cases: Vec<(&str, String, SignatureError)> = vec![
        ("another size", good.replace("1234", "1235"), mismatch.clone()),
        ("another time", changed(11, octets[11] ^ 1), mismatch.clone()),
        ("hash algorithm SHA-1", changed(12, 2), algorithm(2, 3)),
        ("signature algorithm RSA", changed(13, 1), algorithm(4, 1)),
        ("an extension line", good.replace("\n\n", "\nextension\n\n"), SignatureError::ExtensionLines),
        ("another origin", good.replacen(ORIGIN, "other.example", 1), SignatureError::Origin),
        (
            "two lines",
            good.replacen("1234\n", "", 1),
            SignatureError::Checkpoint(CheckpointError::TooFewLines { lines: 2 }),
        ),
        ("seven octets of time", with(&octets[..11]), SignatureError::Length { octets: 7 }),
    ];
    let key_id = ctlens_testkit::checkpoint_key_id(ORIGIN, &key.log_id().0);
    for (what, note, reason) in cases {
        let expected = NoteError::Signature { name: ORIGIN.into(), key_id, reason };
        assert_eq!(SignedTreeHead::from_checkpoint(note.as_bytes(), ORIGIN, &key), Err(expected), "{what}");
    }
    for (what, note) in
        [("a cut signature", with(&octets[..octets.len() - 1])), ("an octet more", with(&[&octets[..], &[0]].concat()))]
    {
        let error = SignedTreeHead::from_checkpoint(note.as_bytes(), ORIGIN, &key).unwrap_err();
        let NoteError::Signature { reason: SignatureError::TreeHead(TreeHeadError::Encoding(_)), .. } = error else {
            panic!("{what}: {error}");
        };
    }
    // The origin is not covered by the signature: this is the reader's configuration against itself.
    let renamed =
        SignedTreeHead::from_checkpoint(good.as_bytes(), ORIGIN, &key).unwrap().to_checkpoint("other.example");
    assert!(SignedTreeHead::from_checkpoint(renamed.as_bytes(), "other.example", &key).is_ok());
    let other = TestLog::new(8, ORIGIN);
    let other = LogKey::from_spki_der(other.key().spki_der()).unwrap();
    let refused = SignedTreeHead::from_checkpoint(good.as_bytes(), ORIGIN, &other);
    assert!(matches!(refused, Err(NoteError::NoKnownSignature { .. })), "{refused:?}");
    for origin in ["no name".to_owned(), format!("https://{ORIGIN}"), format!("{ORIGIN}/")] {
        let error = SignedTreeHead::from_checkpoint(good.as_bytes(), &origin, &key).unwrap_err();
        let NoteError::NoKnownSignature { known, found } = &error else { panic!("{error}") };
        assert_eq!((&*known[0].0, &*found[0].0, found[0].1), (&*origin, ORIGIN, key_id));
    }
}

#[test]
fn what_was_looked_for_and_what_stood_there() {
    let signing = ed25519();
    let key = VerifierKey::ed25519("a.example", signing.verifying_key().as_bytes()).unwrap();
    let id = u32::from_be_bytes(key.id());
    let message = |lines: &[String]| {
        let note = format!("text\n\n{}", lines.concat());
        SignedNote::parse(note.as_bytes()).unwrap().verify(std::slice::from_ref(&key)).unwrap_err().to_string()
    };
    let other = |name: &str| line(name, &[0, 0, 0, 7, 1]);
    let one = format!("no signature of a.example ({id:08x}), but of b.example (00000007)");
    assert_eq!(message(&[other("b.example")]), one);
    let six = ["a", "b", "c", "d", "e", "f"].map(other);
    let found = "a (00000007), b (00000007), c (00000007), d (00000007) and 2 more";
    assert_eq!(message(&six), format!("no signature of a.example ({id:08x}), but of {found}"));
    let long = vec![other(&format!("\u{7f}{}", "x".repeat(5000))); 64];
    let text = message(&long);
    assert!(text.len() < 1000 && !text.contains('\u{7f}'), "{text}");
}

#[test]
fn an_ecdsa_note_needs_a_p256_key() {
    let signing = Key::new(3, "note");
    let key = VerifierKey::ecdsa("rekor.example", LogKey::from_spki_der(signing.spki_der()).unwrap()).unwrap();
    let note = format!("text\n\n{}", line("rekor.example", &[&key.id()[..], &signing.sign(b"text\n")].concat()));
    let keys = [key];
    assert_eq!(SignedNote::parse(note.as_bytes()).unwrap().verify(&keys).unwrap().len(), 1);
    let note = note.replace("text", "test");
    let error = SignedNote::parse(note.as_bytes()).unwrap().verify(&keys).unwrap_err();
    assert!(matches!(error, NoteError::Signature { reason: SignatureError::Key(VerifyError::Mismatch), .. }));
    assert_eq!(
        VerifierKeyError::NotP256(KeyKind::Rsa { bits: 2048 }).to_string(),
        "a key of P-256 is needed, not RSA 2048"
    );
}

proptest! {
    /// Whatever a note is, it is read or refused, and its parts are parts of it.
    #[test]
    fn any_bytes(seed: u64, length in 0_usize..400) {
        let mut rng = Rng::new(seed, "note");
        // Letters that make notes, more often than not.
        let letters: Vec<&[u8]> = vec![b"\n", b"\n\n", "\u{2014} ".as_bytes(), b"a.example ", b"AQIDBAUG", b"AQ==", b"0", b"9", b"\xff", b"+"];
        let mut bytes = Vec::new();
        while bytes.len() < length {
            bytes.extend_from_slice(rng.pick::<&[u8]>(&letters));
        }
        if let Ok(note) = SignedNote::parse(&bytes) {
            prop_assert!(note.text().ends_with('\n'));
            prop_assert!(bytes.starts_with(note.text().as_bytes()));
            let lines: String = note
                .signatures()
                .iter()
                .map(|signature| line(signature.name, &[&signature.key_id[..], &signature.signature].concat()))
                .collect();
            prop_assert_eq!(format!("{}\n{lines}", note.text()).into_bytes(), bytes);
        }
    }

    #[test]
    fn any_checkpoint(text in "[a-z0-9\n=/]{0,80}", bytes: Vec<u8>) {
        let _ = Checkpoint::parse(&text);
        let _ = SignedNote::parse(&bytes);
        let _ = text.parse::<VerifierKey>();
    }

    /// What the log signs is read as what it is; a changed octet anywhere is not accepted as anything else.
    #[test]
    fn any_tree_head(size in 1_u64.., root: [u8; 32], time: u64, at: prop::sample::Index, bit in 0_u8..8) {
        let (log, key) = test_log();
        let note = log.checkpoint(size, &root, time);
        let signed = SignedTreeHead::from_checkpoint(note.as_bytes(), ORIGIN, &key).unwrap();
        prop_assert_eq!((signed.head().size, signed.head().root.0, signed.timestamp().0), (size, root, time));
        let mut changed = note.into_bytes();
        let at = at.index(changed.len());
        changed[at] ^= 1 << bit;
        prop_assert!(SignedTreeHead::from_checkpoint(&changed, ORIGIN, &key).is_err());
    }
}

use alloc::string::String;
use core::{fmt, str::FromStr};

use base64ct::{Base64, Encoding};
use ctlens_loglist::{KeyError, KeyKind, LogId, LogKey, UnixMillis};
use ed25519_dalek::VerifyingKey;
use sha2::{Digest, Sha256};

use crate::checkpoint::Checkpoint;
use crate::cursor::Cursor;
use crate::note::SignatureError;
use crate::tree_head::SignedTreeHead;

/// A key whose signatures under a note count (C2SP signed-note): a name, an id of four octets, and how to verify.
///
/// `FromStr` and `Display` are the text form of such keys, `name+id+base64(type || key)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    key: Key,
}

/// The signature types of C2SP signed-note.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    /// 0x01: Ed25519 over the text.
    Ed25519(VerifyingKey),
    /// 0x02: ECDSA over the SHA-256 of the text.
    Ecdsa(LogKey),
    /// 0x04: Ed25519 over a time and the text (C2SP tlog-cosignature).
    CosignatureV1(VerifyingKey),
    /// 0x05: a tree head signature of RFC 6962 over what the text says (C2SP static-ct-api).
    Rfc6962(LogKey),
}

const ED25519: u8 = 0x01;
const ECDSA: u8 = 0x02;
const COSIGNATURE_V1: u8 = 0x04;
const RFC6962: u8 = 0x05;

impl VerifierKey {
    /// A key of type 0x01: plain Ed25519. The form is that of RFC 8032, 32 octets.
    ///
    /// # Errors
    /// An impossible name, or octets that are no key or one of the few weak ones.
    pub fn ed25519(name: &str, key: &[u8; 32]) -> Result<Self, VerifierKeyError> {
        let id = key_id(name, ED25519, key);
        Self::new(name, id, Key::Ed25519(ed25519_key(key)?))
    }

    /// A key of type 0x02: ECDSA with P-256 and SHA-256, as some logs outside CT use it.
    ///
    /// # Errors
    /// An impossible name, or a key that is not of P-256.
    pub fn ecdsa(name: &str, key: LogKey) -> Result<Self, VerifierKeyError> {
        if key.kind() != KeyKind::EcdsaP256 {
            return Err(VerifierKeyError::NotP256(key.kind()));
        }
        // signed-note: "the key ID for these signatures is the truncated SHA-256 hash" of the SPKI, and so is a log id.
        let id = first_four(&key.log_id().0);
        Self::new(name, id, Key::Ecdsa(key))
    }

    /// A key of type 0x04: timestamped cosignatures of a witness (C2SP tlog-cosignature).
    ///
    /// # Errors
    /// An impossible name, or octets that are no key or one of the few weak ones.
    pub fn cosignature_v1(name: &str, key: &[u8; 32]) -> Result<Self, VerifierKeyError> {
        let id = key_id(name, COSIGNATURE_V1, key);
        Self::new(name, id, Key::CosignatureV1(ed25519_key(key)?))
    }

    /// A key of type 0x05: the key of a CT log, whose checkpoints carry tree head signatures of RFC 6962 (C2SP static-ct-api,
    /// "Checkpoints"). The name is the log's origin: its submission prefix without scheme and trailing slash.
    ///
    /// # Errors
    /// An impossible name, or one with scheme or trailing slash.
    pub fn rfc6962(origin: &str, key: LogKey) -> Result<Self, VerifierKeyError> {
        // static-ct-api: the prefix "as a schema-less URL with no trailing slashes".
        if origin.contains("://") || origin.ends_with('/') {
            return Err(VerifierKeyError::Origin);
        }
        let id = rfc6962_key_id(origin, &key.log_id());
        Self::new(origin, id, Key::Rfc6962(key))
    }

    fn new(name: &str, id: [u8; 4], key: Key) -> Result<Self, VerifierKeyError> {
        if !is_key_name(name) {
            return Err(VerifierKeyError::Name);
        }
        Ok(Self { name: name.into(), id, key })
    }

    /// The name that stands in signature lines.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The four octets in front of each signature. Together with the name they say which key signed; they are no hash to
    /// rely on.
    #[must_use]
    pub fn id(&self) -> [u8; 4] {
        self.id
    }

    /// Verifies what follows the key id in a signature line.
    pub(crate) fn verify(&self, text: &str, signature: &[u8]) -> Result<Statement, SignatureError> {
        match &self.key {
            Key::Ed25519(key) => {
                verify_ed25519(key, text.as_bytes(), signature)?;
                Ok(Statement { timestamp: None, tree_head: None })
            }
            Key::Ecdsa(key) => {
                key.verify(text.as_bytes(), signature)?;
                Ok(Statement { timestamp: None, tree_head: None })
            }
            Key::CosignatureV1(key) => verify_cosignature_v1(key, text, signature),
            Key::Rfc6962(key) => self.verify_rfc6962(key, text, signature),
        }
    }

    /// ```text
    /// struct {
    ///     uint64 timestamp;
    ///     TreeHeadSignature signature;
    /// } RFC6962NoteSignature;              // static-ct-api, "Checkpoints"
    /// ```
    fn verify_rfc6962(&self, key: &LogKey, text: &str, signature: &[u8]) -> Result<Statement, SignatureError> {
        let checkpoint = Checkpoint::parse(text)?;
        // "The key name of the signature line MUST match the checkpoint origin line."
        if checkpoint.origin() != self.name {
            return Err(SignatureError::Origin);
        }
        // "A checkpoint signed with this algorithm MUST NOT include any extension lines": the signature covers none.
        if checkpoint.has_extension_lines() {
            return Err(SignatureError::ExtensionLines);
        }
        let mut cursor = Cursor::new(signature, 0);
        let timestamp = UnixMillis(cursor.u64().map_err(|_| SignatureError::Length { octets: signature.len() })?);
        let tree_head = SignedTreeHead::new(key, timestamp, checkpoint.head(), cursor.rest())?;
        Ok(Statement { timestamp: Some(timestamp), tree_head: Some(tree_head) })
    }
}

/// What a verified signature says beyond the text of the note.
pub(crate) struct Statement {
    pub(crate) timestamp: Option<UnixMillis>,
    pub(crate) tree_head: Option<SignedTreeHead>,
}

fn verify_cosignature_v1(key: &VerifyingKey, text: &str, signature: &[u8]) -> Result<Statement, SignatureError> {
    // tlog-cosignature: "timestamped_signature", a u64 of seconds and 64 octets of Ed25519.
    let length = SignatureError::Length { octets: signature.len() };
    let (seconds, signature) = signature.split_first_chunk().ok_or(length.clone())?;
    let seconds = u64::from_be_bytes(*seconds);
    let millis = seconds.checked_mul(1000).ok_or(SignatureError::Time { seconds })?;
    // "two newline (U+000A) terminated lines […] followed by the whole note body".
    let message = alloc::format!("cosignature/v1\ntime {seconds}\n{text}");
    if signature.len() != 64 {
        return Err(length);
    }
    verify_ed25519(key, message.as_bytes(), signature)?;
    Ok(Statement { timestamp: Some(UnixMillis(millis)), tree_head: None })
}

/// Strict verification of RFC 8032: it refuses keys and nonces of small order, for which a signature would fit several
/// messages. No honest signer makes them, and implementations that are less strict disagree about them.
fn verify_ed25519(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> Result<(), SignatureError> {
    let signature: &[u8; 64] = signature.try_into().map_err(|_| SignatureError::Length { octets: signature.len() })?;
    let signature = ed25519_dalek::Signature::from_bytes(signature);
    key.verify_strict(message, &signature).map_err(|_| SignatureError::Mismatch)
}

fn ed25519_key(octets: &[u8; 32]) -> Result<VerifyingKey, VerifierKeyError> {
    let key = VerifyingKey::from_bytes(octets).map_err(|_| VerifierKeyError::Ed25519)?;
    if key.is_weak() { Err(VerifierKeyError::Ed25519) } else { Ok(key) }
}

/// signed-note: "key ID = SHA-256(key name || 0x0A || signature type || public key)\[:4\]".
fn key_id(name: &str, signature_type: u8, key: &[u8]) -> [u8; 4] {
    let hash = Sha256::new().chain_update(name).chain_update([b'\n', signature_type]).chain_update(key).finalize();
    first_four(&hash.into())
}

/// static-ct-api: the public key is "the 32-byte RFC 6962 LogID".
pub(crate) fn rfc6962_key_id(origin: &str, log_id: &LogId) -> [u8; 4] {
    key_id(origin, RFC6962, &log_id.0)
}

fn first_four(hash: &[u8; 32]) -> [u8; 4] {
    let [a, b, c, d, ..] = *hash;
    [a, b, c, d]
}

/// signed-note: names "MUST be non-empty and MUST NOT contain any Unicode spaces or plus (U+002B) characters".
pub(crate) fn is_key_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|character: char| character.is_whitespace() || character == '+')
        // A note cannot carry it.
        && !name.contains(|character: char| character < ' ')
}

impl FromStr for VerifierKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, VerifierKeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VerifierKeyError::Syntax);
        };
        if id.len() != 8 || !id.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(VerifierKeyError::Syntax);
        }
        let id = u32::from_str_radix(id, 16).map_err(|_| VerifierKeyError::Syntax)?.to_be_bytes();
        let key = Base64::decode_vec(key).map_err(|_| VerifierKeyError::Syntax)?;
        let (&signature_type, key) = key.split_first().ok_or(VerifierKeyError::Syntax)?;
        let octets = || key.try_into().map_err(|_| VerifierKeyError::Ed25519);
        let parsed = match signature_type {
            ED25519 => Self::ed25519(name, octets()?),
            ECDSA => Self::ecdsa(name, LogKey::from_spki_der(key)?),
            COSIGNATURE_V1 => Self::cosignature_v1(name, octets()?),
            RFC6962 => Self::rfc6962(name, LogKey::from_spki_der(key)?),
            unknown => Err(VerifierKeyError::SignatureType(unknown)),
        }?;
        if parsed.id != id {
            return Err(VerifierKeyError::Id { stated: id, computed: parsed.id });
        }
        Ok(parsed)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (signature_type, key) = match &self.key {
            Key::Ed25519(key) => (ED25519, &key.as_bytes()[..]),
            Key::Ecdsa(key) => (ECDSA, key.as_spki_der()),
            Key::CosignatureV1(key) => (COSIGNATURE_V1, &key.as_bytes()[..]),
            Key::Rfc6962(key) => (RFC6962, key.as_spki_der()),
        };
        let key = Base64::encode_string(&[&[signature_type], key].concat());
        write!(f, "{}+{:08x}+{key}", self.name, u32::from_be_bytes(self.id))
    }
}

/// Why something is not a key for notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifierKeyError {
    /// Empty, or with spaces, plus signs or control characters.
    #[error("a key name is not empty and has no spaces, plus signs or control characters")]
    Name,
    /// The name of a log's key with `://` in it, or with a slash at the end.
    #[error("an origin has no scheme and no trailing slash")]
    Origin,
    /// Not `name+id+base64(type || key)` with an id of eight hexadecimal digits.
    #[error("not of the form name+id+key")]
    Syntax,
    /// A signature type that this version does not know.
    #[error("unknown signature type {0:#04x}")]
    SignatureType(u8),
    /// Not an Ed25519 key, or one of small order.
    #[error("not an ed25519 key")]
    Ed25519,
    /// A log key that cannot be used for type 0x02.
    #[error("a key of P-256 is needed, not {0}")]
    NotP256(KeyKind),
    /// Not a log key.
    #[error(transparent)]
    LogKey(#[from] KeyError),
    /// The id in the text is not that of the key.
    #[error("the id of the key is {computed:02x?}, the text says {stated:02x?}")]
    Id {
        /// In the text.
        stated: [u8; 4],
        /// Of the key.
        computed: [u8; 4],
    },
}

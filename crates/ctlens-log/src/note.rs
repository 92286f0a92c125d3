use alloc::{string::String, vec::Vec};
use core::{fmt, str};

use base64ct::{Base64, Encoding};
use ctlens_loglist::{UnixMillis, VerifyError};

use crate::checkpoint::CheckpointError;
use crate::tree_head::{SignedTreeHead, TreeHeadError};
use crate::verifier_key::{VerifierKey, is_key_name};

/// A text with signatures under it (C2SP signed-note).
///
/// ```text
/// the text, one or more lines
///
/// — name base64(key id || signature)
/// — name base64(key id || signature)
/// ```
///
/// Nothing in the text may be believed before [`verify`](Self::verify) found a signature of a known key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote<'a> {
    text: &'a str,
    signatures: Vec<NoteSignature<'a>>,
}

/// A signature line, not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoteSignature<'a> {
    /// The name of the key.
    pub name: &'a str,
    /// The id of the key.
    pub key_id: [u8; 4],
    /// What follows the id, not empty.
    pub signature: Vec<u8>,
}

/// A signature that verified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifiedSignature<'k> {
    /// The key that signed.
    pub key: &'k VerifierKey,
    /// When it signed, in its own words; plain signatures (types 0x01, 0x02) do not say.
    pub timestamp: Option<UnixMillis>,
    /// The tree head that was signed, for keys of CT logs (type 0x05).
    pub tree_head: Option<SignedTreeHead>,
}

impl<'a> SignedNote<'a> {
    /// The longest note that is read, in octets. A post-quantum signature takes some 5,000.
    pub const MAX_OCTETS: usize = 512 * 1024;
    /// The largest number of signatures under a note that is read. (signed-note demands at least 16.)
    pub const MAX_SIGNATURES: usize = 64;

    /// Reads a note; verifies nothing.
    ///
    /// # Errors
    /// What is not a note, or exceeds the limits.
    pub fn parse(note: &'a [u8]) -> Result<Self, NoteError> {
        if note.len() > Self::MAX_OCTETS {
            return Err(NoteError::TooLong { octets: note.len() });
        }
        let note = str::from_utf8(note).map_err(|error| NoteError::NotUtf8 { offset: error.valid_up_to() })?;
        // "MUST NOT contain any ASCII control characters (those below U+0020) other than newline."
        if let Some(offset) = note.bytes().position(|octet| octet < b' ' && octet != b'\n') {
            return Err(NoteError::ControlCharacter { offset });
        }
        // "the text is separated from the signatures by the last empty line in the note."
        let (text, lines) = note
            .rfind("\n\n")
            .and_then(|end| {
                let (text, lines) = note.split_at_checked(end.checked_add(1)?)?;
                Some((text, lines.strip_prefix('\n')?.strip_suffix('\n')?))
            })
            .ok_or(NoteError::NoSignatures)?;
        let mut signatures = Vec::new();
        for (index, line) in lines.split('\n').enumerate() {
            if index >= Self::MAX_SIGNATURES {
                return Err(NoteError::TooManySignatures { limit: Self::MAX_SIGNATURES });
            }
            let malformed = NoteError::SignatureLine { line: index.saturating_add(1) };
            signatures.push(NoteSignature::parse(line).ok_or(malformed)?);
        }
        Ok(Self { text, signatures })
    }

    /// The text, with its last newline.
    #[must_use]
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The signature lines.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature<'a>] {
        &self.signatures
    }

    /// Verifies every signature whose name and key id are those of one of the `keys`, in the order of the note. Other
    /// signatures are ignored: whoever wants a quorum of witnesses counts what is returned.
    ///
    /// # Errors
    /// [`NoteError::NoKnownSignature`], and [`NoteError::Signature`] if *any* signature of a known key fails: what is under a
    /// name that one trusts and is false makes the whole note doubtful.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<VerifiedSignature<'k>>, NoteError> {
        let mut verified = Vec::new();
        for signature in &self.signatures {
            // Two keys can have the same name and id by accident: one of them must have signed.
            let mut failure = None;
            let mut success = None;
            for key in keys.iter().filter(|key| key.id() == signature.key_id && key.name() == signature.name) {
                match key.verify(self.text, &signature.signature) {
                    Ok(statement) => success = success.or(Some((key, statement))),
                    Err(reason) => failure = Some((key, reason)),
                }
            }
            match (success, failure) {
                (Some((key, statement)), _) => verified.push(VerifiedSignature {
                    key,
                    timestamp: statement.timestamp,
                    tree_head: statement.tree_head,
                }),
                (None, Some((key, reason))) => {
                    return Err(NoteError::Signature { name: key.name().into(), key_id: key.id(), reason });
                }
                (None, None) => {}
            }
        }
        if verified.is_empty() {
            return Err(self.no_known_signature(keys.iter().map(|key| (key.name(), key.id()))));
        }
        Ok(verified)
    }

    pub(crate) fn no_known_signature<'n>(&self, known: impl Iterator<Item = (&'n str, [u8; 4])>) -> NoteError {
        let found = self.signatures.iter().map(|signature| (signature.name, signature.key_id));
        NoteError::NoKnownSignature { known: copy_names(known), found: copy_names(found) }
    }
}

/// The names of an error: whole ones can be as long as a note.
fn copy_names<'n>(names: impl Iterator<Item = (&'n str, [u8; 4])>) -> Vec<(String, [u8; 4])> {
    names.map(|(name, key_id)| (name.chars().take(NoteError::NAME_CHARACTERS).collect(), key_id)).collect()
}

impl<'a> NoteSignature<'a> {
    /// "em dash (U+2014), space (U+0020), key name, space, base64-encoded signature".
    fn parse(line: &'a str) -> Option<Self> {
        let (name, signature) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let octets = Base64::decode_vec(signature).ok()?;
        let (key_id, signature) = octets.split_first_chunk()?;
        if !is_key_name(name) || signature.is_empty() {
            return None;
        }
        Some(Self { name, key_id: *key_id, signature: signature.into() })
    }
}

/// Why a note cannot be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Longer than [`SignedNote::MAX_OCTETS`].
    #[error("a note of {octets} octets is too long")]
    TooLong {
        /// Its length.
        octets: usize,
    },
    /// Not UTF-8.
    #[error("not UTF-8 at offset {offset}")]
    NotUtf8 {
        /// Where, in octets.
        offset: usize,
    },
    /// A control character other than the newline.
    #[error("control character at offset {offset}")]
    ControlCharacter {
        /// Where, in octets.
        offset: usize,
    },
    /// No empty line with signature lines behind it, or no newline at the end.
    #[error("no signature lines after an empty line")]
    NoSignatures,
    /// More than [`SignedNote::MAX_SIGNATURES`].
    #[error("more than {limit} signatures")]
    TooManySignatures {
        /// The limit.
        limit: usize,
    },
    /// Not an em dash, a name and the base64 of at least five octets, with one space between them.
    #[error("signature line {line} is malformed")]
    SignatureLine {
        /// Its number among the signature lines, from 1.
        line: usize,
    },
    /// No signature line has the name and id of a known key.
    #[error("no signature of {}, but of {}", Names(known), Names(found))]
    NoKnownSignature {
        /// Name and id of each key that was looked for, names cut to [`NAME_CHARACTERS`](Self::NAME_CHARACTERS).
        known: Vec<(String, [u8; 4])>,
        /// Name and key id of each signature line, names cut to the same length.
        found: Vec<(String, [u8; 4])>,
    },
    /// A signature with name and id of a known key is not that key's signature of this note.
    #[error("signature of {name}: {reason}")]
    Signature {
        /// The name of the key.
        name: String,
        /// The id of the key.
        key_id: [u8; 4],
        /// Why it does not verify.
        reason: SignatureError,
    },
}

impl NoteError {
    /// So many characters of a name are kept in [`NoKnownSignature`](Self::NoKnownSignature).
    pub const NAME_CHARACTERS: usize = 128;
}

/// The first few names, with their ids.
struct Names<'e>(&'e [(String, [u8; 4])]);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 4;
        if self.0.is_empty() {
            return f.write_str("no key");
        }
        for (index, (name, key_id)) in self.0.iter().take(SHOWN).enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{} ({:08x})", name.escape_debug(), u32::from_be_bytes(*key_id))?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// Why a signature under a note does not verify.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Not as long as such signatures are.
    #[error("{octets} octets are not such a signature")]
    Length {
        /// Its length without the key id.
        octets: usize,
    },
    /// A signature of another text or of another key (Ed25519).
    #[error("the signature does not belong to this text and key")]
    Mismatch,
    /// A cosignature of a time that is beyond all calendars.
    #[error("{seconds} seconds are not a time")]
    Time {
        /// The time that it states, in Unix seconds.
        seconds: u64,
    },
    /// A log key did not verify the signature, or cannot (ECDSA).
    #[error(transparent)]
    Key(#[from] VerifyError),
    /// A log signed something that is not a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The origin in the text is not the name of the log's key.
    #[error("the origin is not the name of the key")]
    Origin,
    /// The checkpoint has extension lines, which the signature of a CT log does not cover.
    #[error("extension lines that the signature does not cover")]
    ExtensionLines,
    /// The tree head signature of a CT log.
    #[error(transparent)]
    TreeHead(#[from] TreeHeadError),
}

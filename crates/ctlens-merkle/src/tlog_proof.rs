use alloc::{string::String, vec::Vec};
use core::{fmt, str::FromStr};

use base64ct::{Base64, Encoding};

use crate::{Hash, ProofError, TreeHead, verify_inclusion};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// No inclusion proof of a tree of less than 2^64 leaves is longer.
const MAX_HASHES: usize = 64;

/// A proof that can be kept in a file and verified offline (C2SP tlog-proof): where an entry is in a log, the hashes that
/// tie it to a checkpoint, and that checkpoint.
///
/// [`FromStr`] reads the format and [`Display`](fmt::Display) writes it. The checkpoint is not looked into: whoever verifies
/// the proof takes the [`TreeHead`] out of it after checking its signatures, and passes that to [`verify`](Self::verify).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    /// Data of the application, not authenticated by anything; mostly empty.
    pub extra: Vec<u8>,
    /// Index of the entry in the log, from 0.
    pub index: u64,
    /// The inclusion proof.
    pub hashes: Vec<Hash>,
    /// The checkpoint, a signed note, verbatim.
    pub checkpoint: String,
}

impl TlogProof {
    /// Verifies that the entry with hash `leaf` is in the tree under `head`, which must be that of the verified
    /// [`checkpoint`](Self::checkpoint).
    ///
    /// # Errors
    /// As [`verify_inclusion`].
    pub fn verify(&self, leaf: &Hash, head: &TreeHead) -> Result<(), ProofError> {
        verify_inclusion(leaf, self.index, &self.hashes, head)
    }
}

/// Why a text is not a C2SP tlog-proof. Lines count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlogProofError {
    /// The first line is another.
    #[error("the first line is not {HEADER:?}")]
    Header,
    /// The extra data are empty or not canonical base64.
    #[error("line 2: the extra data are not base64")]
    Extra,
    /// There is no line with the index, a decimal number below 2^64 without leading zeros.
    #[error("line {line}: not an index")]
    Index {
        /// The line.
        line: usize,
    },
    /// A line of the inclusion proof is not a hash, 32 bytes in canonical base64.
    #[error("line {line}: not a hash in base64")]
    Hash {
        /// The line.
        line: usize,
    },
    /// The inclusion proof has more than 64 hashes.
    #[error("line {line}: more hashes than any tree requires")]
    TooManyHashes {
        /// The line.
        line: usize,
    },
    /// No empty line ends the inclusion proof, or nothing follows it.
    #[error("there is no checkpoint after the proof")]
    NoCheckpoint,
}

impl FromStr for TlogProof {
    type Err = TlogProofError;

    fn from_str(text: &str) -> Result<Self, TlogProofError> {
        let mut lines = Lines { rest: text, number: 0 };
        if lines.next() != Some(HEADER) {
            return Err(TlogProofError::Header);
        }
        let mut line = lines.next().unwrap_or("");
        let mut extra = Vec::new();
        if let Some(base64) = line.strip_prefix("extra ") {
            extra = Base64::decode_vec(base64).ok().filter(|data| !data.is_empty()).ok_or(TlogProofError::Extra)?;
            line = lines.next().unwrap_or("");
        }
        let index =
            line.strip_prefix("index ").and_then(decimal).ok_or(TlogProofError::Index { line: lines.number })?;
        let mut hashes = Vec::new();
        loop {
            let base64 = lines.next().ok_or(TlogProofError::NoCheckpoint)?;
            if base64.is_empty() {
                break;
            }
            if hashes.len() == MAX_HASHES {
                return Err(TlogProofError::TooManyHashes { line: lines.number });
            }
            hashes.push(hash(base64).ok_or(TlogProofError::Hash { line: lines.number })?);
        }
        if lines.rest.is_empty() {
            return Err(TlogProofError::NoCheckpoint);
        }
        Ok(Self { extra, index, hashes, checkpoint: lines.rest.into() })
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        // "If no extra data is present, this line is omitted."
        if !self.extra.is_empty() {
            writeln!(f, "extra {}", Base64::encode_string(&self.extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.hashes {
            writeln!(f, "{}", Base64::encode_string(hash.as_bytes()))?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

/// The lines that end with a newline, so that what follows the last one read can be taken verbatim.
struct Lines<'a> {
    rest: &'a str,
    /// Of the last line read, or tried.
    number: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        self.number = self.number.saturating_add(1);
        let (line, rest) = self.rest.split_once('\n')?;
        self.rest = rest;
        Some(line)
    }
}

fn decimal(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    (canonical && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn hash(base64: &str) -> Option<Hash> {
    let mut bytes = [0; Hash::LEN];
    let length = Base64::decode(base64, &mut bytes).ok()?.len();
    (length == Hash::LEN).then_some(Hash(bytes))
}

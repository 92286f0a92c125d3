use base64ct::{Base64, Encoding};
use ctlens_merkle::{Hash, TreeHead};

/// The text of a checkpoint (C2SP tlog-checkpoint): which log, how many entries, which root.
///
/// ```text
/// example.com/behind-the-sofa                         origin
/// 20852163                                            size
/// CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=        root
/// …                                                   extension lines, if any
/// ```
///
/// It is worth what the signatures under it are worth: verify the [`SignedNote`](crate::SignedNote) first. For a log of the
/// static API, [`SignedTreeHead::from_checkpoint`](crate::SignedTreeHead::from_checkpoint) does both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint<'a> {
    origin: &'a str,
    head: TreeHead,
    extension: &'a str,
}

impl<'a> Checkpoint<'a> {
    /// Reads the text of a note, its last newline included.
    ///
    /// # Errors
    /// What is not the text of a checkpoint over a SHA-256 tree, or a size of 0 with another root than that of the empty tree.
    pub fn parse(text: &'a str) -> Result<Self, CheckpointError> {
        // tlog-checkpoint: "at least three non-empty lines, separated by newlines".
        let lines = text.strip_suffix('\n').ok_or(CheckpointError::NoFinalNewline)?;
        if let Some(line) = lines.split('\n').position(str::is_empty) {
            return Err(CheckpointError::EmptyLine { line: line.saturating_add(1) });
        }
        let mut parts = lines.splitn(4, '\n');
        let (Some(origin), Some(size), Some(root)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(CheckpointError::TooFewLines { lines: lines.split('\n').count() });
        };
        let head = TreeHead { size: parse_size(size)?, root: parse_root(root)? };
        if head.check_empty_root().is_err() {
            return Err(CheckpointError::EmptyTreeRoot { root: head.root });
        }
        Ok(Self { origin, head, extension: parts.next().unwrap_or("") })
    }

    /// The first line: which log this is, in the words of whoever wrote the text.
    #[must_use]
    pub fn origin(&self) -> &'a str {
        self.origin
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.head
    }

    /// The lines after the third.
    pub fn extension_lines(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.extension.lines()
    }

    pub(crate) fn has_extension_lines(&self) -> bool {
        !self.extension.is_empty()
    }
}

/// "the ASCII decimal representation […] with no leading zeroes".
fn parse_size(line: &str) -> Result<u64, CheckpointError> {
    let canonical = line == "0" || !line.starts_with('0');
    if !canonical || !line.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(CheckpointError::SizeSyntax);
    }
    line.parse().map_err(|_| CheckpointError::SizeTooLarge)
}

fn parse_root(line: &str) -> Result<Hash, CheckpointError> {
    let octets = Base64::decode_vec(line).map_err(|_| CheckpointError::RootEncoding)?;
    let root = octets.as_slice().try_into().map_err(|_| CheckpointError::RootLength { octets: octets.len() })?;
    Ok(Hash(root))
}

/// Why a text is not that of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The last line does not end in a newline.
    #[error("the text does not end in a newline")]
    NoFinalNewline,
    /// Origin, size and root take three lines.
    #[error("{lines} lines instead of at least three")]
    TooFewLines {
        /// How many there are.
        lines: usize,
    },
    /// A line without content.
    #[error("line {line} is empty")]
    EmptyLine {
        /// Its number, from 1.
        line: usize,
    },
    /// The size is not a decimal number without sign and leading zeros.
    #[error("the size is not a decimal number without leading zeros")]
    SizeSyntax,
    /// The size exceeds 2^64 − 1.
    #[error("the size exceeds 64 bits")]
    SizeTooLarge,
    /// The root is not standard base64 with padding.
    #[error("the root is not base64")]
    RootEncoding,
    /// The root is not a SHA-256 hash.
    #[error("the root has {octets} octets instead of 32")]
    RootLength {
        /// How many it has.
        octets: usize,
    },
    /// A tree without entries has one root only, the hash of nothing.
    #[error("a tree without entries cannot have the root {root}")]
    EmptyTreeRoot {
        /// The root that is stated.
        root: Hash,
    },
}

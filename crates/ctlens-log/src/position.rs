use alloc::string::String;

use ctlens_loglist::{LogId, LogKey};
use ctlens_merkle::{Frontier, TreeHead};

use crate::tree_head::{SignedTreeHead, TreeHeadError};
use crate::verifier_key::{VerifierKey, VerifierKeyError};

/// How far a reader has come in a log: what a [`Follower`](crate::Follower) needs to go on.
///
/// It moves only when the caller [commits](crate::VerifiedTile::commit) a tile whose entries it has dealt with; what was
/// fetched ahead is no part of it. Store it together with what was made of the entries, at once or after it: after a crash
/// the same entries come again, and none is left out.
///
/// Whoever can change a stored position can make a follower skip entries. It is to be kept like the findings themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Position {
    origin: String,
    log_id: LogId,
    pub(crate) frontier: Frontier,
    /// The newest signed head whose entries are all verified.
    pub(crate) verified: Option<SignedTreeHead>,
    /// A signed head with more entries, on the way to which the reader is.
    pub(crate) target: Option<SignedTreeHead>,
}

impl Position {
    /// Before the first entry of a log. The origin is the log's submission prefix (in a log list the `url` or
    /// `submission_url`) without scheme and trailing slash: `log.example/2025` for `https://log.example/2025/`. Nothing is
    /// stripped here: [`Follower::new`](crate::Follower::new) refuses another form.
    #[must_use]
    pub fn start(origin: &str, log_id: LogId) -> Self {
        Self { origin: origin.into(), log_id, frontier: Frontier::new(), verified: None, target: None }
    }

    /// The first line of the log's checkpoints.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The log.
    #[must_use]
    pub fn log_id(&self) -> LogId {
        self.log_id
    }

    /// The number of entries that are verified and done: the index of the next one.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Size and root of the tree of the entries that are verified and done.
    #[must_use]
    pub fn tree(&self) -> TreeHead {
        self.frontier.head()
    }

    /// The newest signed head of which all entries are verified and done, if there is one yet.
    #[must_use]
    pub fn verified_head(&self) -> Option<&SignedTreeHead> {
        self.verified.as_ref()
    }

    /// The signed head on the way to which the reader is: its entries from [`size`](Self::size) on are still to come.
    #[must_use]
    pub fn target_head(&self) -> Option<&SignedTreeHead> {
        self.target.as_ref()
    }

    /// The log's signature over exactly the entries that are verified and done, if there is one.
    pub(crate) fn signed_tree(&self) -> Option<&SignedTreeHead> {
        self.verified.as_ref().filter(|verified| verified.head() == self.tree())
    }

    /// Checks that the parts fit each other and the key.
    pub(crate) fn check(&self, key: &LogKey) -> Result<VerifierKey, PositionError> {
        if self.log_id != key.log_id() {
            return Err(PositionError::OtherLog { expected: self.log_id, got: key.log_id() });
        }
        let verifier = VerifierKey::rfc6962(&self.origin, key.clone())?;
        for head in self.verified.iter().chain(&self.target) {
            head.verify(key)?;
        }
        let size = self.size();
        let target_fits = self.target.as_ref().is_none_or(|target| target.head().size > size);
        let verified_fits = self
            .verified
            .as_ref()
            .map(SignedTreeHead::head)
            .is_none_or(|verified| verified.size < size || verified == self.tree());
        if !target_fits || !verified_fits {
            return Err(PositionError::Inconsistent { size });
        }
        Ok(verifier)
    }
}

/// Why a follower cannot start from a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PositionError {
    /// The key is that of another log.
    #[error("the position is in log {expected}, the key is of log {got}")]
    OtherLog {
        /// Log of the position.
        expected: LogId,
        /// Log of the key.
        got: LogId,
    },
    /// The origin cannot be the name of a log's key, or has a scheme or a trailing slash.
    #[error(transparent)]
    Origin(#[from] VerifierKeyError),
    /// A stored head is not signed by the log.
    #[error(transparent)]
    TreeHead(#[from] TreeHeadError),
    /// The heads do not fit the number or the hashes of the verified entries.
    #[error("the heads do not fit the {size} verified entries")]
    Inconsistent {
        /// Entries that are verified.
        size: u64,
    },
}

use crate::finding::Finding;
use crate::revocation::RevocationItem;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What can be done about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Action {
    /// If the owner agreed: add [`missing_grant`](Finding::missing_grant) (and [`missing_issuer`](Finding::missing_issuer)) to
    /// the configuration.
    AddGrant,
    /// If nobody at the owner's asked for the certificate: ask the CA to revoke it.
    AskTheCa {
        /// The item of Baseline Requirements §4.9.1.1 to ask under: see [`RevocationItem::numbered`].
        item: u8,
        /// How many seconds the CA has from the moment at which it is told.
        within_s: i64,
    },
    /// If nobody at the owner's asked for the certificate: tell the CA. It need not revoke what is as short-lived as this
    /// ([`Finding::short_lived`]), and has to find out why it issued.
    TellTheCa {
        /// As of [`AskTheCa`](Self::AskTheCa).
        item: u8,
    },
    /// Find out what it is: nothing of it is certain enough to act on, or it is the owner's own matter.
    Investigate,
}

impl Finding {
    /// What can be done about it, in the order to try.
    #[must_use]
    pub fn actions(&self) -> Vec<Action> {
        let grant = self.missing_grant.as_ref().map(|_| Action::AddGrant);
        let ask = RevocationItem::for_cause(self.cause).map(|item| match self.short_lived {
            true => Action::TellTheCa { item: item.number },
            false => Action::AskTheCa { item: item.number, within_s: item.within },
        });
        let mut actions: Vec<Action> = grant.into_iter().chain(ask).collect();
        if ask.is_none() {
            actions.insert(0, Action::Investigate);
        }
        actions
    }
}

/// A sentence without a full stop.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::AddGrant => f.write_str("if the owner agreed, add the missing grant to the configuration"),
            Self::AskTheCa { item, .. } => {
                f.write_str(
                    "if nobody at the owner's asked for it, ask the CA to revoke it under Baseline Requirements ",
                )?;
                match RevocationItem::numbered(item) {
                    Some(item) => write!(f, "{item}"),
                    None => write!(f, "4.9.1.1({item})"),
                }
            }
            Self::TellTheCa { item } => {
                write!(
                    f,
                    "if nobody at the owner's asked for it, tell the CA, which need not revoke a certificate as short-lived as this: \
                     Baseline Requirements 4.9.1.1({item})"
                )?;
                RevocationItem::numbered(item).map_or(Ok(()), |item| write!(f, ", {}", item.what))
            }
            Self::Investigate => f.write_str("find out what it is"),
        }
    }
}

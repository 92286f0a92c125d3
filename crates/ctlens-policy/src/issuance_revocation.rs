use crate::certificate::CertificateFacts;
use crate::context::Context;
use crate::revocation::{RevocationClock, RevocationItem, RevocationState, RevocationStatus};
use crate::time;
use crate::verdict::Verdict;
use ctlens_x509::{UnixSeconds, Validity};
use serde::{Deserialize, Serialize};

/// What the caller handed in about the revocation of an issuance ([`Context::revocation`]), and what follows from what was
/// found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IssuanceRevocation {
    /// Whether it is revoked.
    pub status: RevocationStatus,
    /// When the CA was told, if it was.
    #[serde(with = "time::optional_seconds")]
    pub notice: Option<UnixSeconds>,
    /// The item of Baseline Requirements §4.9.1.1 with the shortest deadline under which what was found can be reported: see
    /// [`RevocationItem::numbered`]. `None` where nothing that was found obliges the CA.
    pub item: Option<u8>,
    /// What the clock showed at the time of the context. `None` where none runs: without an item, a notice, a time, or a
    /// validity that can be read.
    pub state: Option<RevocationState>,
}

impl IssuanceRevocation {
    pub(crate) fn of(context: &Context<'_>, certificate: &CertificateFacts, verdict: &Verdict) -> Option<Self> {
        let fact = context.revocation?;
        let item = RevocationItem::most_urgent(verdict.loud_findings().map(|finding| finding.cause));
        let unset = Self { status: fact.status, notice: fact.notice, item: item.map(|item| item.number), state: None };
        let state = context.now.and_then(|now| unset.state_at(certificate, fact.notice, now));
        Some(Self { state, ..unset })
    }

    /// What the clock shows at another time, or where the CA was told at another.
    pub(crate) fn state_at(
        &self,
        certificate: &CertificateFacts,
        notice: Option<UnixSeconds>,
        now: UnixSeconds,
    ) -> Option<RevocationState> {
        let item = self.item.and_then(RevocationItem::numbered)?;
        let validity = Validity { not_before: certificate.not_before?, not_after: certificate.not_after? };
        Some(RevocationClock { item, notice: notice? }.state(&validity, &self.status, now))
    }
}

use super::CtPolicy;
use super::evaluate::{Counted, Weighed};
use super::verdict::Standing;
use crate::verdict::{Delivery, VerifiedSct};
use alloc::vec::Vec;
use ctlens_loglist::{Log, LogList, LogStatus, UnixMillis};
use ctlens_x509::Validity;

/// What a CA must still collect before it puts the SCTs into the certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingScts<'l> {
    /// How many SCTs at the least; 0 if there are enough.
    pub at_least: usize,
    /// The logs whose SCT brings the certificate nearer to that, in the order of the list: usable ones that take its
    /// notAfter.
    pub logs: Vec<&'l Log>,
}

impl CtPolicy {
    /// What is still missing for a certificate with this validity period, if `scts` are what has been collected at `now`.
    /// Only those for the certificate itself ([`Delivery::Embedded`]) matter.
    ///
    /// A log that is only qualified is not proposed, though its SCTs count: clients with an older list do not know it.
    #[must_use]
    pub fn still_missing<'l>(
        &self,
        scts: &[VerifiedSct],
        validity: &Validity,
        logs: &'l LogList,
        now: UnixMillis,
    ) -> MissingScts<'l> {
        let mut weighed = self.weigh(scts, logs, now);
        // Without an SCT of a live log the certificate will be made now, and then logs that are retired are so already.
        if !weighed.iter().any(|weighed| weighed.standing == Standing::Live) {
            weighed.clear();
        }
        let counted = self.embedded(&weighed);
        let at_least = self.deficit(&counted, validity, now);
        let not_after = UnixMillis::from_seconds(validity.not_after.0);
        let takes = |log: &Log| log.temporal_interval.is_none() || not_after.is_some_and(|time| log.takes(time));
        let helps = |log: &Log| {
            let sct =
                VerifiedSct { log_id: log.id(), timestamp: now, delivery: Delivery::Embedded, has_leaf_index: true };
            let mut with = counted.clone();
            with.add(self, &Weighed { sct, log: Some(log), standing: Standing::Live });
            self.deficit(&with, validity, now) < at_least
        };
        let usable = |log: &Log| log.status_at(now) == Some(LogStatus::Usable);
        MissingScts {
            at_least,
            logs: logs.logs().iter().filter(|log| usable(log) && takes(log) && helps(log)).collect(),
        }
    }

    /// One more SCT can fill every gap but that of the number.
    fn deficit(&self, counted: &Counted<'_>, validity: &Validity, now: UnixMillis) -> usize {
        let required = self.required_scts(validity);
        let others = usize::from(!counted.unmet(self, required, now).is_empty());
        required.saturating_sub(counted.count(self, required)).max(others)
    }
}

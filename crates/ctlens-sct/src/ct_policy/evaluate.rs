use super::verdict::{Compliance, PolicyVerdict, Standing, Unmet};
use super::{CtPolicy, Operators, Stale, Stapled};
use crate::verdict::{Delivery, VerifiedSct};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use ctlens_loglist::{Log, LogId, LogKind, LogList, LogStatus, UnixMillis};
use ctlens_x509::Validity;

impl CtPolicy {
    /// What the policy says at the time `now` about the SCTs of a certificate with this validity period, however they came.
    /// Bad SCTs do no harm and need not be given: see [`SctVerdict::verified`](crate::SctVerdict::verified).
    ///
    /// `logs` is the policy's own list, as it is at `now`. Without a timestamp it is not too old.
    #[must_use]
    pub fn evaluate(
        &self,
        scts: &[VerifiedSct],
        validity: &Validity,
        logs: &LogList,
        now: UnixMillis,
    ) -> PolicyVerdict {
        let weighed = self.weigh(scts, logs, now);
        let required = self.required_scts(validity);
        let embedded = self.embedded(&weighed).unmet(self, required, now);
        let stapled = self.stapled(&weighed, now);
        let compliance = if self.is_stale(logs, now) {
            Compliance::NotEnforced
        } else if embedded.is_empty() || stapled.is_empty() {
            Compliance::Compliant
        } else {
            Compliance::NotCompliant
        };
        PolicyVerdict {
            policy: self.name,
            source: self.source,
            compliance,
            embedded,
            stapled,
            standings: weighed.iter().map(|weighed| weighed.standing).collect(),
        }
    }

    fn is_stale(&self, logs: &LogList, now: UnixMillis) -> bool {
        let Some(timestamp) = logs.timestamp() else { return false };
        let age = now.0.saturating_sub(timestamp.0);
        match self.stale {
            Stale::Never => false,
            Stale::From(limit) => age >= limit,
            Stale::After(limit) => age > limit,
        }
    }

    pub(super) fn weigh<'l>(&self, scts: &[VerifiedSct], logs: &'l LogList, now: UnixMillis) -> Vec<Weighed<'l>> {
        let mut weighed: Vec<_> = scts
            .iter()
            .map(|sct| {
                let log = logs.get(&sct.log_id);
                Weighed { sct: *sct, log, standing: self.standing(sct, log, now) }
            })
            .collect();
        // Chrome: "the earliest SCT"; Chromium, Firefox and Apple's published source take it among those of live logs, as
        // the time at which the certificate was made.
        let live = weighed.iter().filter(|weighed| weighed.standing == Standing::Live);
        let made = live.map(|weighed| weighed.sct.timestamp).min();
        for weighed in &mut weighed {
            if let Standing::OnceLive { retired } = weighed.standing
                && made.is_some_and(|made| made >= retired)
            {
                weighed.standing = Standing::TooLate { retired };
            }
        }
        weighed
    }

    fn standing(&self, sct: &VerifiedSct, log: Option<&Log>, now: UnixMillis) -> Standing {
        if sct.delivery == Delivery::Ocsp && !self.ocsp {
            return Standing::Delivery;
        }
        if sct.timestamp > now {
            return Standing::Future;
        }
        let Some(log) = log else { return Standing::UnknownLog };
        if self.leaf_index && !sct.has_leaf_index && matches!(log.kind, Some(LogKind::Tiled { .. })) {
            return Standing::NoLeafIndex;
        }
        let Some(state) = log.state else { return Standing::NoState };
        match state.status {
            LogStatus::Retired if state.since <= now && sct.timestamp < state.since => {
                Standing::OnceLive { retired: state.since }
            }
            LogStatus::Retired if state.since <= now => Standing::TooLate { retired: state.since },
            LogStatus::Retired => Standing::Live,
            status if status.is_live() => Standing::Live,
            status => Standing::NotAccepted { status },
        }
    }

    pub(super) fn embedded<'w>(&self, weighed: &'w [Weighed<'_>]) -> Counted<'w> {
        let mut counted = Counted::default();
        for weighed in weighed {
            if weighed.sct.delivery == Delivery::Embedded && weighed.standing.counts() {
                counted.add(self, weighed);
            }
        }
        counted
    }

    fn stapled(&self, weighed: &[Weighed<'_>], now: UnixMillis) -> Vec<Unmet> {
        let live = || weighed.iter().filter(|weighed| weighed.standing == Standing::Live);
        let is_stapled = |weighed: &Weighed<'_>| weighed.sct.delivery != Delivery::Embedded;
        let mut counted = Counted::default();
        for weighed in live().filter(|weighed| matches!(self.stapled, Stapled::OneOfTwo) || is_stapled(weighed)) {
            counted.add(self, weighed);
        }
        let mut unmet = Vec::new();
        if !live().any(is_stapled) {
            unmet.push(Unmet::NoStapledSct);
        }
        if counted.logs.len() < 2 {
            unmet.push(Unmet::TooFewLogs { counted: counted.logs.len(), required: 2 });
        }
        if matches!(self.stapled, Stapled::TwoOperators) && counted.operators.len() < 2 {
            unmet.push(Unmet::TooFewOperators { counted: counted.operators.len(), required: 2 });
        }
        if self.asks_for_rfc6962_log(now) && !counted.rfc6962_log {
            unmet.push(Unmet::NoRfc6962Log);
        }
        unmet
    }
}

/// An SCT with its log and how it stands.
pub(super) struct Weighed<'l> {
    pub(super) sct: VerifiedSct,
    pub(super) log: Option<&'l Log>,
    pub(super) standing: Standing,
}

/// What SCTs add up to. Several SCTs of one log are one log, but may be of two operators where it was handed over.
#[derive(Clone, Default)]
pub(super) struct Counted<'a> {
    pub(super) logs: BTreeSet<LogId>,
    live_log: bool,
    /// The logs of each. A log whose operator is not known is of none.
    operators: BTreeMap<&'a str, BTreeSet<LogId>>,
    rfc6962_log: bool,
}

impl<'a> Counted<'a> {
    pub(super) fn add(&mut self, policy: &CtPolicy, weighed: &Weighed<'a>) {
        let Some(log) = weighed.log else { return };
        self.logs.insert(weighed.sct.log_id);
        self.live_log |= weighed.standing == Standing::Live;
        self.rfc6962_log |= matches!(log.kind, Some(LogKind::Rfc6962 { .. }));
        let operator = match policy.operator_history {
            true => log.operator_at(weighed.sct.timestamp),
            false => log.operator.as_deref(),
        };
        if let Some(operator) = operator {
            self.operators.entry(operator).or_default().insert(weighed.sct.log_id);
        }
    }

    /// How many count towards what is required.
    pub(super) fn count(&self, policy: &CtPolicy, required: usize) -> usize {
        match policy.operators {
            Operators::Two => self.logs.len(),
            Operators::AtMostEach { .. } => {
                let most = policy.most_of_each(required);
                self.operators.values().fold(0, |sum, logs| sum.saturating_add(logs.len().min(most)))
            }
        }
    }

    pub(super) fn unmet(&self, policy: &CtPolicy, required: usize, now: UnixMillis) -> Vec<Unmet> {
        let mut unmet = Vec::new();
        if !self.live_log {
            unmet.push(Unmet::NoLiveLog);
        }
        let logs = self.logs.len();
        if logs < required {
            unmet.push(Unmet::TooFewLogs { counted: logs, required });
        }
        let counted = self.count(policy, required);
        match policy.operators {
            Operators::Two if self.operators.len() < 2 => {
                unmet.push(Unmet::TooFewOperators { counted: self.operators.len(), required: 2 });
            }
            Operators::AtMostEach { .. } if counted < required && counted < logs => {
                let of_each = policy.most_of_each(required);
                unmet.push(Unmet::OperatorMaximum { counted, required, of_each });
            }
            _ => {}
        }
        if policy.asks_for_rfc6962_log(now) && !self.rfc6962_log {
            unmet.push(Unmet::NoRfc6962Log);
        }
        unmet
    }
}

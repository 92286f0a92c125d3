//! How long a CA may take to revoke a certificate, and whether it kept that.

use crate::cause::Cause;
use crate::time;
use ctlens_x509::{UnixSeconds, Validity};
use serde::{Deserialize, Serialize};
use std::fmt;

const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// A reason for which a CA must revoke a subscriber's certificate: an item of Baseline Requirements 2.2.6 §4.9.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevocationItem {
    /// The item's number, from 1 to 16.
    pub number: u8,
    /// Seconds from the moment at which the CA learns of it: the certificate must be revoked when they are over.
    pub within: i64,
    /// The reason that the CRL entry must give. Of [`CrlReason::UNSPECIFIED`] the extension is left out.
    pub crl_reason: CrlReason,
    /// What it is about.
    pub what: &'static str,
}

/// A reason for revocation, as its number in RFC 5280 §5.3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CrlReason(pub u8);

impl CrlReason {
    /// None is given. In a CRL an entry without the extension says the same.
    pub const UNSPECIFIED: Self = Self(0);
    /// The subject's private key is known, or believed to be, to somebody else.
    pub const KEY_COMPROMISE: Self = Self(1);
    /// What the certificate says changed, or should not have been said.
    pub const SUPERSEDED: Self = Self(4);
    /// The subscriber does not have the names any more.
    pub const CESSATION_OF_OPERATION: Self = Self(5);
    /// Out of force for a while; the Baseline Requirements forbid it (§7.2.2).
    pub const CERTIFICATE_HOLD: Self = Self(6);
    /// In a delta CRL: not on hold any more.
    pub const REMOVE_FROM_CRL: Self = Self(8);
    /// The subscriber did what voids the agreement.
    pub const PRIVILEGE_WITHDRAWN: Self = Self(9);

    /// The name in RFC 5280 §5.3.1; `None` for a number that it does not use.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "unspecified",
            1 => "keyCompromise",
            2 => "cACompromise",
            3 => "affiliationChanged",
            4 => "superseded",
            5 => "cessationOfOperation",
            6 => "certificateHold",
            8 => "removeFromCRL",
            9 => "privilegeWithdrawn",
            10 => "aACompromise",
            _ => return None,
        })
    }
}

/// `keyCompromise`, or the number where it has no name.
impl fmt::Display for CrlReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "{}", self.0),
        }
    }
}

impl RevocationItem {
    /// All of them: the item with number n is the nth.
    pub const ALL: [Self; 16] = [
        Self::new(1, CrlReason::UNSPECIFIED, "the subscriber asks for it without a reason"),
        Self::new(2, CrlReason::PRIVILEGE_WITHDRAWN, "the subscriber says that the request was not authorised"),
        Self::new(3, CrlReason::KEY_COMPROMISE, "the private key is compromised"),
        Self::new(4, CrlReason::KEY_COMPROMISE, "the private key can easily be computed from the public key"),
        Self::new(5, CrlReason::SUPERSEDED, "the validation of a name or address cannot be relied upon"),
        Self::new(6, CrlReason::SUPERSEDED, "the key is of a size or kind that is not allowed"),
        Self::new(7, CrlReason::PRIVILEGE_WITHDRAWN, "the certificate was misused"),
        Self::new(8, CrlReason::PRIVILEGE_WITHDRAWN, "the subscriber broke the agreement"),
        Self::new(9, CrlReason::CESSATION_OF_OPERATION, "the subscriber may not use a name or address any more"),
        Self::new(10, CrlReason::PRIVILEGE_WITHDRAWN, "a wildcard vouched for a name that misleads"),
        Self::new(11, CrlReason::PRIVILEGE_WITHDRAWN, "what the certificate says changed"),
        Self::new(
            12,
            CrlReason::SUPERSEDED,
            "it was not issued as the Baseline Requirements or the CA's practices demand",
        ),
        Self::new(13, CrlReason::PRIVILEGE_WITHDRAWN, "what the certificate says is not true"),
        Self::new(14, CrlReason::UNSPECIFIED, "the CA may not issue any more"),
        Self::new(15, CrlReason::UNSPECIFIED, "the CA's own practices demand it"),
        Self::new(16, CrlReason::KEY_COMPROMISE, "a method exposes the private key, or the way it was made was flawed"),
    ];

    /// Items 1 to 5: 24 hours. Items 6 to 16: 5 days (and 24 hours only as a recommendation).
    const fn new(number: u8, crl_reason: CrlReason, what: &'static str) -> Self {
        let within = if number <= 5 { 24 * HOUR } else { 5 * DAY };
        Self { number, within, crl_reason, what }
    }

    /// The item with this number, from 1.
    #[must_use]
    pub fn numbered(number: u8) -> Option<&'static Self> {
        const { &Self::ALL }.iter().find(|item| item.number == number)
    }

    /// The item that a finding of this cause can be reported under. `None`: the cause says nothing that would oblige the CA,
    /// or not even who it is.
    ///
    /// That no grant permits a certificate is the owner's word: whoever reports it under item 5 first makes sure that nobody
    /// at the owner's asked for it.
    #[must_use]
    pub fn for_cause(cause: Cause) -> Option<&'static Self> {
        match cause {
            Cause::NoConsent
            | Cause::WrongIssuer
            | Cause::ConsentExpired
            | Cause::ConsentNotYet
            | Cause::BeyondGrant
            | Cause::KeyNotPinned
            | Cause::Forbidden
            | Cause::LikelyTypo => Self::numbered(5),
            Cause::CompromisedKey => Self::numbered(3),
            Cause::ProfileViolation | Cause::TestInProduction => Self::numbered(12),
            // A CAA record of today may have been another then; the rest is the owner's matter, or not certain.
            Cause::CaaMismatch
            | Cause::OwnershipConflict
            | Cause::BeyondLimits
            | Cause::Disallowed
            | Cause::CtNotCompliant
            | Cause::RevocationOverdue
            | Cause::Anomaly
            | Cause::IssuerUnproven
            | Cause::Unparsable
            | Cause::LeftOut => None,
        }
    }
}

impl RevocationItem {
    /// Of those that findings of these causes can be reported under: the one with the shortest deadline.
    pub(crate) fn most_urgent(causes: impl IntoIterator<Item = Cause>) -> Option<&'static Self> {
        let items = causes.into_iter().filter_map(Self::for_cause);
        items.min_by_key(|item| (item.within, item.number))
    }
}

/// `4.9.1.1(5): the validation of a name or address cannot be relied upon (within 24 h, CRL reason superseded)`
impl fmt::Display for RevocationItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, crl_reason, what, .. } = self;
        write!(f, "4.9.1.1({number}): {what} (within {}, CRL reason {crl_reason})", Duration(self.within))
    }
}

/// What is known about the revocation of a certificate: from a CRL ([`Crl::status_of`](crate::Crl::status_of)), or from what
/// else the caller asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "revocation_status", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RevocationStatus {
    /// It is revoked.
    Revoked {
        /// Since when, by the CA's word: it may be dated back to the compromise of a key (Baseline Requirements §7.2.2).
        #[serde(with = "time::seconds")]
        at: UnixSeconds,
        /// Why.
        reason: CrlReason,
    },
    /// It was not.
    NotRevoked {
        /// When that was so: a CRL's thisUpdate.
        #[serde(with = "time::seconds")]
        as_of: UnixSeconds,
    },
    /// Nobody knows.
    Unknown {
        /// Why not.
        why: NoAnswer,
    },
}

/// `not revoked as of 2025-09-19T00:00:00Z`
impl fmt::Display for RevocationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revoked { at, reason } => write!(f, "revoked at {at} ({reason})"),
            Self::NotRevoked { as_of } => write!(f, "not revoked as of {as_of}"),
            Self::Unknown { why } => write!(f, "not known whether it is revoked: {why}"),
        }
    }
}

/// Why nothing is known about a certificate's revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoAnswer {
    /// Nobody asked, or nobody answered.
    #[error("nobody asked, or nobody answered")]
    NotAsked,
    /// The CRL is another issuer's.
    #[error("the CRL is another issuer's")]
    OtherIssuer,
    /// The CRL is of another key with the issuer's name.
    #[error("the CRL is of another key with the issuer's name")]
    OtherKey,
    /// The CRL speaks of other certificates: of another distribution point or another kind, or not of every reason.
    #[error("the CRL speaks of other certificates")]
    OutOfScope,
    /// The CRL, or the entry, has a critical extension that changes what it means in a way that is not followed here.
    #[error("the CRL has a critical extension that is not understood")]
    CriticalExtension,
    /// The CRL is of a time after the certificate's end, where entries are taken out (RFC 5280 §3.3).
    #[error("the CRL is of a time after the certificate's end")]
    AfterItsEnd,
    /// What is asked about cannot be read in the certificate.
    #[error("the certificate cannot be read")]
    CertificateDamaged,
}

/// The clock that runs once a CA has been told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevocationClock {
    /// What it was told.
    pub item: &'static RevocationItem,
    /// When.
    pub notice: UnixSeconds,
}

/// What the clock shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "revocation", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RevocationState {
    /// The certificate is short-lived, and need not be revoked at all.
    NotApplicable,
    /// There is time until the deadline.
    Pending {
        /// The last second.
        #[serde(with = "time::seconds")]
        deadline: UnixSeconds,
    },
    /// The certificate is revoked.
    Revoked {
        /// Since when, by the CA's word.
        #[serde(with = "time::seconds")]
        at: UnixSeconds,
        /// The reason that the CA gives.
        reason: CrlReason,
        /// How many seconds after the deadline. `0`: in time.
        late_by: i64,
    },
    /// The certificate was not revoked, and should have been.
    Overdue {
        /// The last second.
        #[serde(with = "time::seconds")]
        deadline: UnixSeconds,
        /// How many seconds after it the certificate was still not revoked.
        by: i64,
    },
    /// The certificate ended before the deadline did.
    Ended {
        /// Its last second.
        #[serde(with = "time::seconds")]
        at: UnixSeconds,
    },
    /// The deadline is over, and since then nobody has looked.
    Unanswered {
        /// The last second.
        #[serde(with = "time::seconds")]
        deadline: UnixSeconds,
    },
}

impl RevocationState {
    /// The word that stands for it in output.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NotApplicable => "not_applicable",
            Self::Pending { .. } => "pending",
            Self::Revoked { .. } => "revoked",
            Self::Overdue { .. } => "overdue",
            Self::Ended { .. } => "ended",
            Self::Unanswered { .. } => "unanswered",
        }
    }
}

impl RevocationClock {
    /// The last second in which the CA may revoke.
    #[must_use]
    pub fn deadline(&self) -> UnixSeconds {
        UnixSeconds(self.notice.0.saturating_add(self.item.within))
    }

    /// What it shows at `now` for a certificate with this validity.
    #[must_use]
    pub fn state(&self, validity: &Validity, status: &RevocationStatus, now: UnixSeconds) -> RevocationState {
        if is_short_lived(validity) {
            return RevocationState::NotApplicable;
        }
        let deadline = self.deadline();
        let seconds_late = |at: UnixSeconds| at.0.saturating_sub(deadline.0).max(0);
        match *status {
            RevocationStatus::Revoked { at, reason } => {
                return RevocationState::Revoked { at, reason, late_by: seconds_late(at) };
            }
            // Of a certificate that has ended, or from a CRL of tomorrow, "not revoked" says nothing.
            RevocationStatus::NotRevoked { as_of }
                if as_of <= validity.not_after && seconds_late(as_of.min(now)) > 0 =>
            {
                return RevocationState::Overdue { deadline, by: seconds_late(as_of.min(now)) };
            }
            RevocationStatus::NotRevoked { .. } | RevocationStatus::Unknown { .. } => {}
        }
        if validity.not_after < now && validity.not_after <= deadline {
            return RevocationState::Ended { at: validity.not_after };
        }
        if now <= deadline { RevocationState::Pending { deadline } } else { RevocationState::Unanswered { deadline } }
    }
}

/// Baseline Requirements 2.2.6 §1.6.1, "Short-lived Subscriber Certificate": at most 10 days if issued from 2024-03-15 on, at
/// most 7 if from 2026-03-15 on. When a certificate was issued is not in it; its first second stands for that.
pub(crate) fn is_short_lived(validity: &Validity) -> bool {
    const FROM: UnixSeconds = UnixSeconds(1_710_460_800); // 2024-03-15
    const SHORTER_FROM: UnixSeconds = UnixSeconds(1_773_532_800); // 2026-03-15
    let most = match validity.not_before {
        begins if begins >= SHORTER_FROM => 7 * DAY,
        begins if begins >= FROM => 10 * DAY,
        _ => return false,
    };
    (0..=most).contains(&validity.seconds_inclusive())
}

/// `overdue by 9 d since 2025-09-10T00:00:00Z`
impl fmt::Display for RevocationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotApplicable => f.write_str("short-lived: need not be revoked"),
            Self::Pending { deadline } => write!(f, "to be revoked until {deadline}"),
            Self::Revoked { at, reason, late_by: 0 } => write!(f, "revoked at {at} ({reason})"),
            Self::Revoked { at, reason, late_by } => {
                write!(f, "revoked at {at} ({reason}), {} late", Duration(*late_by))
            }
            Self::Overdue { deadline, by } => write!(f, "overdue by {} since {deadline}", Duration(*by)),
            Self::Ended { at } => write!(f, "ended at {at}, before it had to be revoked"),
            Self::Unanswered { deadline } => write!(f, "to be revoked until {deadline}, and nobody has looked since"),
        }
    }
}

/// Seconds in the largest unit of which they are a multiple.
struct Duration(i64);

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            // As the Baseline Requirements have it.
            seconds if seconds == 24 * HOUR => f.write_str("24 h"),
            seconds if seconds % DAY == 0 => write!(f, "{} d", seconds / DAY),
            seconds if seconds % HOUR == 0 => write!(f, "{} h", seconds / HOUR),
            seconds => write!(f, "{seconds} s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctlens_testkit::der::unix_seconds;
    use proptest::prelude::*;

    fn day(year: i64, month: i64, day: i64) -> UnixSeconds {
        UnixSeconds(unix_seconds(year, month, day, 0, 0, 0))
    }

    fn clock(item: u8, notice: UnixSeconds) -> RevocationClock {
        RevocationClock { item: RevocationItem::numbered(item).unwrap(), notice }
    }

    const NOT_ASKED: RevocationStatus = RevocationStatus::Unknown { why: NoAnswer::NotAsked };

    /// §4.9.1.1 as it stands: (item, hours, CRLReason).
    #[test]
    fn items() {
        let table = [
            (1, 24, 0),
            (2, 24, 9),
            (3, 24, 1),
            (4, 24, 1),
            (5, 24, 4),
            (6, 120, 4),
            (7, 120, 9),
            (8, 120, 9),
            (9, 120, 5),
            (10, 120, 9),
            (11, 120, 9),
            (12, 120, 4),
            (13, 120, 9),
            (14, 120, 0),
            (15, 120, 0),
            (16, 120, 1),
        ];
        assert_eq!(RevocationItem::ALL.map(|item| (item.number, item.within / 3600, item.crl_reason.0)), table);
        assert_eq!(RevocationItem::numbered(0), None);
        assert_eq!(RevocationItem::numbered(17), None);
        assert_eq!(
            RevocationItem::numbered(5).unwrap().to_string(),
            "4.9.1.1(5): the validation of a name or address cannot be relied upon (within 24 h, CRL reason superseded)"
        );
        assert_eq!(CrlReason(7).to_string(), "7");
    }

    #[test]
    fn causes() {
        for (cause, item) in [
            (Cause::NoConsent, Some((5, 24 * HOUR))),
            (Cause::WrongIssuer, Some((5, 24 * HOUR))),
            (Cause::ProfileViolation, Some((12, 5 * DAY))),
            (Cause::CompromisedKey, Some((3, 24 * HOUR))),
            (Cause::CaaMismatch, None),
            (Cause::IssuerUnproven, None),
            (Cause::LeftOut, None),
        ] {
            let found = RevocationItem::for_cause(cause).map(|item| (item.number, item.within));
            assert_eq!(found, item, "{cause}");
        }
    }

    /// Further certificates were named on 2025-09-05, and on 2025-09-19 they were not revoked.
    #[test]
    fn the_incident() {
        let validity = Validity { not_before: day(2025, 5, 26), not_after: day(2026, 5, 26) };
        let status = RevocationStatus::NotRevoked { as_of: day(2025, 9, 19) };
        let state = clock(12, day(2025, 9, 5)).state(&validity, &status, day(2025, 9, 19));
        assert_eq!(state, RevocationState::Overdue { deadline: day(2025, 9, 10), by: 9 * DAY });
        assert_eq!(state.to_string(), "overdue by 9 d since 2025-09-10T00:00:00Z");
        let state = clock(5, day(2025, 9, 5)).state(&validity, &status, day(2025, 9, 19));
        assert_eq!(state, RevocationState::Overdue { deadline: day(2025, 9, 6), by: 13 * DAY });
        let line = serde_json::to_string(&state).unwrap();
        assert_eq!(line, r#"{"revocation":"overdue","deadline":"2025-09-06T00:00:00Z","by":1123200}"#);
        assert_eq!(serde_json::from_str::<RevocationState>(&line).unwrap(), state);
    }

    #[test]
    fn states() {
        let notice = day(2026, 1, 1);
        let (deadline, after) = (day(2026, 1, 6), UnixSeconds(day(2026, 1, 6).0 + 1));
        let long = Validity { not_before: day(2025, 12, 1), not_after: day(2026, 12, 1) };
        let ends_on = |not_after| Validity { not_before: day(2025, 12, 1), not_after };
        let not_revoked = |as_of| RevocationStatus::NotRevoked { as_of };
        let revoked = |at| RevocationStatus::Revoked { at, reason: CrlReason::SUPERSEDED };
        let was_revoked = |at, late_by| RevocationState::Revoked { at, reason: CrlReason::SUPERSEDED, late_by };
        for (what, validity, status, now, state) in [
            ("the last second", long, not_revoked(deadline), deadline, RevocationState::Pending { deadline }),
            ("one more", long, not_revoked(after), after, RevocationState::Overdue { deadline, by: 1 }),
            ("nobody looked since", long, not_revoked(deadline), after, RevocationState::Unanswered { deadline }),
            ("nobody looked", long, NOT_ASKED, after, RevocationState::Unanswered { deadline }),
            ("nobody looked yet", long, NOT_ASKED, notice, RevocationState::Pending { deadline }),
            ("a CRL of tomorrow", long, not_revoked(after), notice, RevocationState::Pending { deadline }),
            ("in the last second", long, revoked(deadline), after, was_revoked(deadline, 0)),
            ("one second late", long, revoked(after), after, was_revoked(after, 1)),
            ("before it was known", long, revoked(day(2025, 1, 1)), after, was_revoked(day(2025, 1, 1), 0)),
            (
                "it ended first",
                ends_on(day(2026, 1, 3)),
                not_revoked(day(2026, 1, 2)),
                after,
                RevocationState::Ended { at: day(2026, 1, 3) },
            ),
            (
                "entries go when it ends",
                ends_on(day(2026, 1, 10)),
                not_revoked(day(2026, 1, 11)),
                day(2026, 1, 11),
                RevocationState::Unanswered { deadline },
            ),
        ] {
            assert_eq!(clock(12, notice).state(&validity, &status, now), state, "{what}");
        }
    }

    #[test]
    fn short_lives() {
        for (what, from, seconds, short) in [
            ("10 days", day(2026, 3, 14), 10 * DAY, true),
            ("one second more", day(2026, 3, 14), 10 * DAY + 1, false),
            ("7 days", day(2026, 3, 15), 7 * DAY, true),
            ("one second more", day(2026, 3, 15), 7 * DAY + 1, false),
            ("before there were any", UnixSeconds(day(2024, 3, 15).0 - 1), DAY, false),
            ("the first day", day(2024, 3, 15), DAY, true),
            ("ends before it begins", day(2026, 3, 15), -5, false),
        ] {
            let validity = Validity { not_before: from, not_after: UnixSeconds(from.0 + seconds - 1) };
            let state = clock(5, from).state(&validity, &NOT_ASKED, from);
            assert_eq!(state == RevocationState::NotApplicable, short, "{what}");
        }
    }

    proptest! {
        /// Whatever the numbers: no panic, late exactly where the deadline is over, and in no other state.
        #[test]
        fn late_is_after_the_deadline(item in 1_u8..=16, notice: i64, at: i64, now: i64, begins: i64, ends: i64) {
            let clock = clock(item, UnixSeconds(notice));
            let validity = Validity { not_before: UnixSeconds(begins), not_after: UnixSeconds(ends) };
            let revoked = RevocationStatus::Revoked { at: UnixSeconds(at), reason: CrlReason::UNSPECIFIED };
            match clock.state(&validity, &revoked, UnixSeconds(now)) {
                RevocationState::NotApplicable => prop_assert!(i128::from(ends) - i128::from(begins) < 864_000),
                RevocationState::Revoked { late_by, .. } => {
                    let deadline = i128::from(notice) + i128::from(clock.item.within);
                    prop_assert_eq!(late_by > 0, i128::from(at) > deadline.min(i128::from(i64::MAX)));
                }
                other => prop_assert!(false, "{}", other),
            }
            let not_revoked = RevocationStatus::NotRevoked { as_of: UnixSeconds(at) };
            if let RevocationState::Overdue { deadline, by } = clock.state(&validity, &not_revoked, UnixSeconds(now)) {
                prop_assert!(by > 0 && deadline.0 < at.min(now) && at <= ends);
            }
        }
    }
}

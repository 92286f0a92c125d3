mod evaluate;
mod missing;
mod verdict;

pub use missing::MissingScts;
pub use verdict::{Compliance, PolicyVerdict, Standing, Unmet};

use core::fmt;
use ctlens_loglist::UnixMillis;
use ctlens_x509::Validity;

/// What a browser asks of the SCTs of a certificate before it accepts it, as data with dates and sources.
///
/// All three look at the states of logs at the time of the check, not of issuance. They do not look whether the certificate
/// is expired or trusted. Give each its own list of logs: Chrome's, Apple's, or that of Mozilla's logs.
///
/// Where the texts and the programs differ, these follow the text, but for four things in which it is silent or no program
/// does what it says: an SCT of a retired log counts only if the certificate has an SCT of a live log from before the
/// retirement; a change of operators is effective at its very time; Mozilla's 10 weeks are over only when more than 10 weeks
/// have passed; and Mozilla skips SCTs of static-ct logs without `leaf_index`.
///
/// This is for monitors, auditors and CAs. Chrome's list may not be used to enforce Chrome's policy elsewhere: see
/// `ctlens-loglist` on acceptable use.
#[derive(Clone, Copy)]
pub struct CtPolicy {
    name: &'static str,
    source: &'static str,
    /// How the 180 days are measured beyond which a certificate needs three SCTs instead of two.
    lifetime: Lifetime,
    /// How SCTs of one operator count towards those that must be in the certificate.
    operators: Operators,
    /// Whether it matters who ran a log when it signed, or who runs it now.
    operator_history: bool,
    /// Until when one SCT must be of a log with the API of RFC 6962.
    rfc6962_log: Until,
    /// When a list of logs is so old that nothing is enforced.
    stale: Stale,
    /// Whether SCTs in OCSP responses count.
    ocsp: bool,
    /// What is enough without the certificate's own SCTs.
    stapled: Stapled,
    /// Whether an SCT of a static-ct log counts only with `leaf_index`.
    leaf_index: bool,
}

#[derive(Clone, Copy)]
enum Lifetime {
    /// notAfter - notBefore.
    Difference,
    /// From notBefore through notAfter, both inclusive: a second more.
    Inclusive,
}

#[derive(Clone, Copy)]
enum Operators {
    /// Two different ones.
    Two,
    /// So many SCTs of each count where two are needed, and so many where three are.
    AtMostEach { of_two: usize, of_three: usize },
}

#[derive(Clone, Copy)]
enum Until {
    StillRequired,
    Ended(UnixMillis),
}

#[derive(Clone, Copy)]
enum Stale {
    Never,
    /// At this age in milliseconds and beyond.
    From(u64),
    /// Beyond this age in milliseconds.
    After(u64),
}

#[derive(Clone, Copy)]
enum Stapled {
    /// Two SCTs of live logs of two operators, all of them stapled.
    TwoOperators,
    /// Two SCTs of live logs, one of them stapled.
    OneOfTwo,
}

const DAY_SECONDS: i64 = 86_400;
const DAY_MILLIS: u64 = 86_400_000;

impl CtPolicy {
    /// Chrome from version 148 on: `ct_policy.md` in GoogleChrome/CertificateTransparency, as of 2026-07-22.
    ///
    /// - In the certificate: one SCT of a log that is qualified, usable or read-only; SCTs of two distinct logs (three for
    ///   more than 180 days) that are one of these or retired since; two operators, as they were when the log signed.
    /// - Or over TLS: two SCTs of logs that are qualified, usable or read-only, of two operators. OCSP responses do not count
    ///   (commit 3f9ff4c of 2026-03-20).
    /// - Until 2026-04-15, one SCT of a log with the API of RFC 6962 (commits ab748ad of 2025-12-01, 5ee521b).
    /// - Not enforced with a list of logs of 70 days or more.
    pub const CHROME: Self = Self { ocsp: false, ..Self::CHROME_147 };

    /// Chrome up to version 147: SCTs in stapled OCSP responses count as those over TLS.
    pub const CHROME_147: Self = Self {
        name: "Chrome",
        source: "https://googlechrome.github.io/CertificateTransparency/ct_policy.html, 2026-07-22",
        lifetime: Lifetime::Difference,
        operators: Operators::Two,
        operator_history: true,
        // 2026-04-15T00:00:00Z
        rfc6962_log: Until::Ended(UnixMillis(1_776_211_200_000)),
        stale: Stale::From(70 * DAY_MILLIS),
        ocsp: true,
        stapled: Stapled::TwoOperators,
        leaf_index: false,
    };

    /// Apple: support.apple.com/103214, as of 2026.
    ///
    /// - In the certificate: one SCT of a log that is currently approved; SCTs of two distinct logs (three from the 181st day
    ///   on, counting both ends: RFC 5280 §4.1.2.5) that are or were approved, of which one of each operator counts (two).
    /// - Or two SCTs of currently approved logs, of which one comes over TLS or OCSP.
    /// - One SCT of a "log compliant with RFC 6962".
    pub const APPLE: Self = Self {
        name: "Apple",
        source: "https://support.apple.com/103214, 2026",
        lifetime: Lifetime::Inclusive,
        operators: Operators::AtMostEach { of_two: 1, of_three: 2 },
        operator_history: false,
        rfc6962_log: Until::StillRequired,
        stale: Stale::Never,
        ocsp: true,
        stapled: Stapled::OneOfTwo,
        leaf_index: false,
    };

    /// Mozilla: wiki.mozilla.org/SecurityEngineering/Certificate_Transparency, and Firefox's code where that is silent.
    ///
    /// - In the certificate: one SCT of an admissible log (qualified, usable, read-only); SCTs of two distinct logs (three for
    ///   more than 180 days) that are admissible or retired; two operators.
    /// - Or over TLS or OCSP: two SCTs of admissible logs of two operators.
    /// - Until 2026-02-10T09:45:58Z, one SCT of a log with the API of RFC 6962 (the date as crtsh/ctlint 94c3316 has it).
    /// - Not enforced with a list of logs that is older than 10 weeks.
    pub const MOZILLA: Self = Self {
        name: "Mozilla",
        source: "https://wiki.mozilla.org/SecurityEngineering/Certificate_Transparency, 2026",
        lifetime: Lifetime::Difference,
        operators: Operators::Two,
        operator_history: false,
        rfc6962_log: Until::Ended(UnixMillis(1_770_716_758_000)),
        stale: Stale::After(70 * DAY_MILLIS),
        ocsp: true,
        stapled: Stapled::TwoOperators,
        leaf_index: true,
    };

    /// Whose it is: `Chrome`, `Apple` or `Mozilla`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Where its text stands, and of when it is.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// From how many distinct logs SCTs must be in a certificate.
    #[must_use]
    pub fn required_scts(&self, validity: &Validity) -> usize {
        let seconds = match self.lifetime {
            Lifetime::Difference => validity.not_after.0.saturating_sub(validity.not_before.0),
            Lifetime::Inclusive => validity.seconds_inclusive(),
        };
        if seconds <= DAY_SECONDS.saturating_mul(180) { 2 } else { 3 }
    }

    fn most_of_each(&self, required: usize) -> usize {
        match self.operators {
            Operators::Two => usize::MAX,
            Operators::AtMostEach { of_two, .. } if required <= 2 => of_two,
            Operators::AtMostEach { of_three, .. } => of_three,
        }
    }

    fn asks_for_rfc6962_log(&self, now: UnixMillis) -> bool {
        match self.rfc6962_log {
            Until::StillRequired => true,
            Until::Ended(end) => now < end,
        }
    }
}

/// By name: the two Chromes are called the same.
impl fmt::Display for CtPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for CtPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CtPolicy").field("name", &self.name).field("source", &self.source).finish_non_exhaustive()
    }
}

use crate::level::Level;
use crate::rule_id::RuleId;
use crate::status::{Found, Status};
use crate::subject::Subject;
use ctlens_x509::UnixSeconds;

/// A rule as data: what it asks for, since when, and who else calls it what.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Rule {
    /// Its name.
    pub id: RuleId,
    /// What it asks for, in one line.
    pub title: &'static str,
    /// How bad it is to break it.
    pub level: Level,
    /// Where it is written.
    pub source: Source,
    /// Which certificates it is about.
    pub scope: Scope,
    /// It holds for certificates whose validity begins at this second or later. `None`: always has.
    pub effective: Option<UnixSeconds>,
    /// It holds for certificates whose validity begins before this second. `None`: still does.
    pub until: Option<UnixSeconds>,
    /// The lints of zlint that check the same, wholly or in part.
    pub zlint: &'static [&'static str],
    /// The finding codes of pkilint that say the same.
    pub pkilint: &'static [&'static str],
    /// What it is about is there.
    pub(crate) applies: fn(&Subject<'_>) -> bool,
    /// Looks at a certificate, with what was written on a day.
    pub(crate) check: fn(&Subject<'_>, UnixSeconds, &mut Found),
}

/// Where a rule is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source {
    /// The document, such as `CABF TLS BR 2.2.6` or `RFC 5280`.
    pub document: &'static str,
    /// Its section or sections.
    pub section: &'static str,
    /// The ballot that brought the rule, where one is known: `SC081v3`.
    pub ballot: Option<&'static str>,
}

/// Which certificates a rule is about.
///
/// A certificate is for TLS servers where its purposes are none, serverAuth or any, or where it names a policy of the
/// Baseline Requirements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// All.
    Every,
    /// Those for TLS servers, and those of CAs that issue them.
    Tls,
    /// Those of TLS servers: not marked as a CA's.
    TlsSubscriber,
}

impl Scope {
    fn includes(self, subject: &Subject<'_>) -> bool {
        match self {
            Self::Every => true,
            Self::Tls => subject.is_for_tls(),
            Self::TlsSubscriber => subject.is_for_tls() && !subject.is_ca,
        }
    }
}

impl Rule {
    pub(crate) fn status(&self, subject: &Subject<'_>, as_of: Option<UnixSeconds>) -> Status {
        if !self.scope.includes(subject) || !(self.applies)(subject) {
            return Status::NotApplicable;
        }
        let at = match as_of.map_or_else(|| subject.not_before(), Ok) {
            Ok(at) => at,
            Err(_) if self.effective.is_none() && self.until.is_none() => UnixSeconds(i64::MAX),
            Err(error) => return Status::Undecidable(error),
        };
        if self.effective.is_some_and(|effective| at < effective) || self.until.is_some_and(|until| at >= until) {
            return Status::NotEffective;
        }
        let mut found = Found::default();
        (self.check)(subject, at, &mut found);
        found.into_status()
    }
}

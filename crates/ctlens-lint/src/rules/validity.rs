use super::baseline_requirements;
use crate::date::midnight;
use crate::level::Level;
use crate::rule::{Rule, Scope};
use crate::rule_id::RuleId;
use crate::status::Found;
use crate::subject::Subject;
use ctlens_x509::UnixSeconds;

/// BR §6.3.2: "a day is measured as 86,400 seconds. Any amount of time greater than this, including fractional seconds
/// and/or leap seconds, shall represent an additional day."
const DAY: i64 = 86_400;

pub(super) const MAX_398D: Rule = Rule {
    effective: Some(midnight(2020, 9, 1)),
    until: Some(midnight(2026, 3, 15)),
    source: baseline_requirements("6.3.2", Some("SC031")),
    zlint: &["e_tls_server_cert_valid_time_longer_than_398_days"],
    pkilint: &["cabf.serverauth.certificate_validity_period_exceeds_398_days"],
    ..max_days::<398>("validity.max_398d", "valid for at most 398 days")
};

pub(super) const MAX_200D: Rule = Rule {
    effective: Some(midnight(2026, 3, 15)),
    until: Some(midnight(2027, 3, 15)),
    zlint: &["e_server_cert_valid_time_longer_than_200_days"],
    pkilint: &["cabf.serverauth.certificate_validity_period_exceeds_200_days"],
    ..max_days::<200>("validity.max_200d", "valid for at most 200 days")
};

pub(super) const MAX_100D: Rule = Rule {
    effective: Some(midnight(2027, 3, 15)),
    until: Some(midnight(2029, 3, 15)),
    zlint: &["e_server_cert_valid_time_longer_than_100_days"],
    ..max_days::<100>("validity.max_100d", "valid for at most 100 days")
};

pub(super) const MAX_47D: Rule = Rule {
    effective: Some(midnight(2029, 3, 15)),
    zlint: &["e_server_cert_valid_time_longer_than_47_days"],
    ..max_days::<47>("validity.max_47d", "valid for at most 47 days")
};

const fn max_days<const DAYS: i64>(id: &'static str, title: &'static str) -> Rule {
    Rule {
        id: RuleId::from_static(id),
        title,
        level: Level::Error,
        source: baseline_requirements("6.3.2", Some("SC081v3")),
        scope: Scope::TlsSubscriber,
        effective: None,
        until: None,
        zlint: &[],
        pkilint: &[],
        applies: |_| true,
        check: is_longer_than::<DAYS>,
    }
}

fn is_longer_than<const DAYS: i64>(subject: &Subject<'_>, _: UnixSeconds, found: &mut Found) {
    let validity = match subject.validity {
        Ok(validity) => validity,
        Err(error) => return found.undecidable(error),
    };
    let seconds = validity.seconds_inclusive();
    let excess = seconds.saturating_sub(DAYS.saturating_mul(DAY));
    if excess > 0 {
        found.add(|| {
            let explanation = format!(
                "valid from {} through {}: {}, {} more than {DAYS} days",
                validity.not_before,
                validity.not_after,
                in_words(seconds),
                in_words(excess)
            );
            (subject.validity_location(), explanation)
        });
    }
}

/// `200 days and 1 second`
fn in_words(seconds: i64) -> String {
    let plural = |number: i64, unit: &str| format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
    match (seconds.div_euclid(DAY), seconds.rem_euclid(DAY)) {
        (days, 0) => plural(days, "day"),
        (0, rest) => plural(rest, "second"),
        (days, rest) => format!("{} and {}", plural(days, "day"), plural(rest, "second")),
    }
}

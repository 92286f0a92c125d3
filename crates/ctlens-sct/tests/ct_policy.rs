//! The browsers' policies on constructed logs: every standing, every reason, what is still missing.

use ctlens_loglist::{
    Log, LogId, LogKey, LogKind, LogList, LogState, LogStatus, PreviousOperator, TemporalInterval, UnixMillis,
};
use ctlens_sct::{Compliance, CtPolicy, Delivery, PolicyVerdict, Standing, Unmet, VerifiedSct};
use ctlens_testkit::Key;
use ctlens_x509::{UnixSeconds, Validity};
use proptest::prelude::*;

const DAY: u64 = 86_400_000;
/// 2026-09-01T00:00:00Z.
const NOW: u64 = 1_788_220_800_000;
const POLICIES: [CtPolicy; 4] = [CtPolicy::CHROME, CtPolicy::CHROME_147, CtPolicy::APPLE, CtPolicy::MOZILLA];

fn log(number: u64, operator: &str, status: LogStatus, since: u64, tiled: bool) -> Log {
    let mut log = Log::new(LogKey::from_spki_der(Key::new(number, "policy").spki_der()).unwrap());
    log.description = Some(format!("{operator}{number}"));
    log.operator = Some(operator.to_owned());
    log.state = Some(LogState { status, since: UnixMillis(since) });
    let url = || "https://log.example/".to_owned();
    log.kind = Some(match tiled {
        true => LogKind::Tiled { submission_url: url(), monitoring_url: url() },
        false => LogKind::Rfc6962 { url: url() },
    });
    log
}

fn usable(number: u64, operator: &str) -> Log {
    log(number, operator, LogStatus::Usable, NOW - 100 * DAY, false)
}

fn id(number: u64) -> LogId {
    LogId(Key::new(number, "policy").spki_sha256())
}

fn embedded(number: u64) -> VerifiedSct {
    VerifiedSct {
        log_id: id(number),
        timestamp: UnixMillis(NOW - 10 * DAY),
        delivery: Delivery::Embedded,
        has_leaf_index: true,
    }
}

fn days(days: i64) -> Validity {
    let not_before = 1_787_000_000;
    Validity { not_before: UnixSeconds(not_before), not_after: UnixSeconds(not_before + days * 86_400 - 1) }
}

fn evaluate(policy: CtPolicy, scts: &[VerifiedSct], validity: &Validity, logs: &LogList) -> PolicyVerdict {
    policy.evaluate(scts, validity, logs, UnixMillis(NOW))
}

#[test]
fn every_standing() {
    let retired = NOW - 10 * DAY;
    let mut no_state = usable(8, "H");
    no_state.state = None;
    let logs = LogList::from_logs([
        usable(1, "A"),
        log(2, "B", LogStatus::Qualified, NOW - 100 * DAY, false),
        log(3, "C", LogStatus::ReadOnly, NOW - 100 * DAY, false),
        log(4, "D", LogStatus::Retired, retired, false),
        log(5, "E", LogStatus::Pending, NOW - 100 * DAY, false),
        log(6, "F", LogStatus::Rejected, NOW - 100 * DAY, false),
        log(7, "G", LogStatus::Unrecognised, NOW - 100 * DAY, false),
        no_state,
        log(9, "I", LogStatus::Usable, NOW - 100 * DAY, true),
    ]);
    let at = |number, timestamp| VerifiedSct { timestamp: UnixMillis(timestamp), ..embedded(number) };
    let of = |policy, sct: VerifiedSct| evaluate(policy, &[at(1, retired - 5), sct], &days(90), &logs).standings[1];
    let no_index = VerifiedSct { has_leaf_index: false, ..embedded(9) };
    let ocsp = VerifiedSct { delivery: Delivery::Ocsp, ..embedded(1) };
    let retired = UnixMillis(retired);
    for policy in POLICIES {
        let expected = |sct, standing| assert_eq!(of(policy, sct), standing, "{policy}");
        let not_accepted = |status| Standing::NotAccepted { status };
        expected(embedded(2), Standing::Live);
        expected(embedded(3), Standing::Live);
        expected(at(4, retired.0 - 1), Standing::OnceLive { retired });
        expected(at(4, retired.0), Standing::TooLate { retired });
        expected(embedded(5), not_accepted(LogStatus::Pending));
        expected(embedded(6), not_accepted(LogStatus::Rejected));
        expected(embedded(7), not_accepted(LogStatus::Unrecognised));
        expected(embedded(8), Standing::NoState);
        expected(embedded(10), Standing::UnknownLog);
        expected(at(2, NOW), Standing::Live);
        expected(at(2, NOW + 1), Standing::Future);
        let skipped = policy.name() == "Mozilla";
        expected(no_index, if skipped { Standing::NoLeafIndex } else { Standing::Live });
    }
    assert_eq!(of(CtPolicy::CHROME, ocsp), Standing::Delivery);
    assert_eq!(of(CtPolicy::CHROME_147, ocsp), Standing::Live);
    // The certificate was made when the log was retired already: no SCT of a live log is from before.
    let late = evaluate(CtPolicy::CHROME, &[at(1, retired.0), at(4, retired.0 - 1)], &days(90), &logs);
    assert_eq!(late.standings, [Standing::Live, Standing::TooLate { retired }]);
}

#[test]
fn every_reason_at_once() {
    let logs = LogList::from_logs([
        usable(1, "A"),
        log(2, "A", LogStatus::Usable, 0, true),
        log(3, "A", LogStatus::Usable, 0, true),
        log(4, "A", LogStatus::Retired, NOW - DAY, true),
    ]);
    let few = |counted, required| Unmet::TooFewLogs { counted, required };
    let operators = |counted| Unmet::TooFewOperators { counted, required: 2 };

    let none = evaluate(CtPolicy::CHROME, &[], &days(90), &logs);
    assert_eq!(none.compliance, Compliance::NotCompliant);
    assert_eq!(none.embedded, [Unmet::NoLiveLog, few(0, 2), operators(0)]);
    assert_eq!(none.stapled, [Unmet::NoStapledSct, few(0, 2), operators(0)]);
    let none = evaluate(CtPolicy::APPLE, &[], &days(181), &logs);
    assert_eq!(none.embedded, [Unmet::NoLiveLog, few(0, 3), Unmet::NoRfc6962Log]);
    assert_eq!(none.stapled, [Unmet::NoStapledSct, few(0, 2), Unmet::NoRfc6962Log]);

    let tiled = [embedded(2), embedded(3)];
    let verdict = evaluate(CtPolicy::APPLE, &tiled, &days(90), &logs);
    let maximum = Unmet::OperatorMaximum { counted: 1, required: 2, of_each: 1 };
    assert_eq!(verdict.embedded, [maximum, Unmet::NoRfc6962Log]);
    assert_eq!(evaluate(CtPolicy::MOZILLA, &tiled, &days(90), &logs).embedded, [operators(1)]);

    // A day before Mozilla asked for it no longer; Chrome still did.
    let before = UnixMillis(1_770_630_358_000);
    let older = tiled.map(|sct| VerifiedSct { timestamp: UnixMillis(1), ..sct });
    for policy in [CtPolicy::CHROME, CtPolicy::MOZILLA] {
        let verdict = policy.evaluate(&older, &days(90), &logs, before);
        assert_eq!(verdict.embedded, [operators(1), Unmet::NoRfc6962Log]);
    }
    let retired = evaluate(CtPolicy::CHROME, &[embedded(4)], &days(180), &logs);
    assert_eq!(retired.embedded, [Unmet::NoLiveLog, few(1, 2), operators(1)]);
}

/// 180 days by RFC 5280 end a second before 180 days have passed; a second more is the 181st day for Apple only.
#[test]
fn the_180th_day() {
    let seconds = |seconds| Validity { not_before: UnixSeconds(0), not_after: UnixSeconds(seconds) };
    for (validity, chrome, apple, mozilla) in [
        (seconds(180 * 86_400 - 1), 2, 2, 2),
        (seconds(180 * 86_400), 2, 3, 2),
        (seconds(180 * 86_400 + 1), 3, 3, 3),
        (seconds(-1), 2, 2, 2),
        (Validity { not_before: UnixSeconds(i64::MIN), not_after: UnixSeconds(i64::MAX) }, 3, 3, 3),
    ] {
        let required = [CtPolicy::CHROME, CtPolicy::APPLE, CtPolicy::MOZILLA].map(|p| p.required_scts(&validity));
        assert_eq!(required, [chrome, apple, mozilla], "{validity:?}");
    }
}

#[test]
fn an_operator_is_who_ran_the_log_when_it_signed() {
    let mut sold = usable(1, "A");
    sold.previous_operators = vec![PreviousOperator { name: "B".into(), end: UnixMillis(NOW - 10 * DAY) }];
    let logs = LogList::from_logs([sold, usable(2, "B")]);
    let before = VerifiedSct { timestamp: UnixMillis(NOW - 10 * DAY - 1), ..embedded(1) };
    let compliance = |policy, sct| evaluate(policy, &[sct, embedded(2)], &days(90), &logs).compliance;
    assert_eq!(compliance(CtPolicy::CHROME, before), Compliance::NotCompliant);
    assert_eq!(compliance(CtPolicy::CHROME, embedded(1)), Compliance::Compliant);
    for policy in [CtPolicy::APPLE, CtPolicy::MOZILLA] {
        assert_eq!(compliance(policy, before), Compliance::Compliant);
    }
}

/// Two SCTs of one log are one log, but signed by two operators where it was handed over between them, in whatever order
/// they stand.
#[test]
fn a_log_that_was_handed_over_counts_once_and_for_both_operators() {
    let mut sold = usable(1, "A");
    sold.previous_operators = vec![PreviousOperator { name: "B".into(), end: UnixMillis(NOW - 10 * DAY) }];
    let logs = LogList::from_logs([sold, usable(2, "B")]);
    let (before, after) = (VerifiedSct { timestamp: UnixMillis(NOW - 10 * DAY - 1), ..embedded(1) }, embedded(1));
    for scts in [[before, after, embedded(2)], [after, before, embedded(2)], [embedded(2), before, after]] {
        assert_eq!(evaluate(CtPolicy::CHROME, &scts, &days(90), &logs).compliance, Compliance::Compliant);
    }
    let verdict = evaluate(CtPolicy::CHROME, &[before, after], &days(90), &logs);
    assert_eq!(verdict.embedded, [Unmet::TooFewLogs { counted: 1, required: 2 }]);
    // Where one SCT of each operator counts, two of one log are one.
    assert_eq!(evaluate(CtPolicy::APPLE, &[before, after], &days(90), &logs).compliance, Compliance::NotCompliant);
}

/// A log whose operator the list does not name is of no operator, not of one more.
#[test]
fn bare_keys_satisfy_no_policy() {
    let keys = [1, 2, 3].map(|number| Key::new(number, "policy"));
    let logs = LogList::from_keys(keys.iter().map(Key::spki_der));
    let scts = [embedded(1), embedded(2), embedded(3)];
    for policy in POLICIES {
        let verdict = evaluate(policy, &scts, &days(90), &logs);
        assert_eq!(verdict.compliance, Compliance::NotCompliant);
        assert_eq!(verdict.standings, [Standing::NoState; 3]);
        let stated = scts.map(|sct| {
            let mut log = logs.get(&sct.log_id).unwrap().clone();
            log.state = Some(LogState { status: LogStatus::Usable, since: UnixMillis(0) });
            log
        });
        assert_eq!(
            evaluate(policy, &scts, &days(90), &LogList::from_logs(stated)).compliance,
            Compliance::NotCompliant
        );
    }
}

#[test]
fn what_a_ca_still_has_to_collect() {
    let mut other_year = usable(5, "E");
    other_year.temporal_interval = Some(TemporalInterval { start: UnixMillis(0), end: UnixMillis(NOW) });
    let logs = LogList::from_logs([
        usable(1, "A"),
        usable(2, "A"),
        log(3, "B", LogStatus::Usable, NOW - DAY, true),
        log(4, "C", LogStatus::Qualified, NOW - DAY, false),
        other_year,
        log(6, "D", LogStatus::ReadOnly, NOW - DAY, false),
        log(7, "F", LogStatus::Usable, NOW + 1, false),
    ]);
    let missing = |policy: CtPolicy, scts: &[VerifiedSct], validity| {
        let missing = policy.still_missing(scts, &validity, &logs, UnixMillis(NOW));
        (missing.at_least, missing.logs.iter().map(|log| log.description.as_deref().unwrap()).collect::<Vec<_>>())
    };
    let sct = embedded;
    assert_eq!(missing(CtPolicy::CHROME, &[], days(90)), (2, vec!["A1", "A2", "B3"]));
    assert_eq!(missing(CtPolicy::CHROME, &[sct(1)], days(90)), (1, vec!["B3"]));
    assert_eq!(missing(CtPolicy::CHROME, &[sct(1), sct(1)], days(90)), (1, vec!["B3"]));
    assert_eq!(missing(CtPolicy::CHROME, &[sct(1), sct(3)], days(90)), (0, vec![]));
    assert_eq!(missing(CtPolicy::CHROME, &[sct(1)], days(200)), (2, vec!["A2", "B3"]));
    assert_eq!(missing(CtPolicy::CHROME, &[sct(1), sct(2)], days(200)), (1, vec!["B3"]));
    // Qualified counts, though it is not proposed.
    assert_eq!(missing(CtPolicy::CHROME, &[sct(1), sct(4)], days(90)), (0, vec![]));
    // Apple wants one of a log with the old API.
    assert_eq!(missing(CtPolicy::APPLE, &[sct(3)], days(90)), (1, vec!["A1", "A2"]));
    assert_eq!(missing(CtPolicy::APPLE, &[sct(1), sct(2)], days(90)), (1, vec!["B3"]));
    // What is not for the certificate itself does not count.
    let tls = VerifiedSct { delivery: Delivery::Tls, ..sct(1) };
    assert_eq!(missing(CtPolicy::CHROME, &[tls], days(90)), (2, vec!["A1", "A2", "B3"]));
}

fn any_logs() -> impl Strategy<Value = LogList> {
    let statuses = prop_oneof![
        4 => Just(LogStatus::Usable),
        1 => Just(LogStatus::Qualified),
        1 => Just(LogStatus::ReadOnly),
        2 => Just(LogStatus::Retired),
        1 => Just(LogStatus::Pending),
    ];
    proptest::collection::vec((0..3_usize, statuses, 0..20_u64, any::<bool>()), 8).prop_map(|logs| {
        LogList::from_logs(logs.into_iter().zip(0..).map(|((operator, status, since, tiled), number)| {
            log(number, ["A", "B", "C"][operator], status, NOW - since * DAY, tiled)
        }))
    })
}

fn any_sct() -> impl Strategy<Value = VerifiedSct> {
    let deliveries = prop_oneof![3 => Just(Delivery::Embedded), 1 => Just(Delivery::Tls), 1 => Just(Delivery::Ocsp)];
    (0..9_u64, 0..22_u64, deliveries, any::<bool>()).prop_map(|(number, days, delivery, has_leaf_index)| VerifiedSct {
        log_id: id(number),
        timestamp: UnixMillis(NOW + DAY - days * DAY),
        delivery,
        has_leaf_index,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    /// Chrome: "additional SCTs, regardless of status," do no harm.
    #[test]
    fn more_scts_do_no_harm(
        logs in any_logs(), scts in proptest::collection::vec(any_sct(), 0..7), more in any_sct(), days_valid in 1..400_i64,
    ) {
        let with = [&scts[..], &[more]].concat();
        for policy in POLICIES {
            let before = evaluate(policy, &scts, &days(days_valid), &logs);
            let after = evaluate(policy, &with, &days(days_valid), &logs);
            if before.compliance == Compliance::Compliant {
                prop_assert_eq!(after.compliance, Compliance::Compliant);
            }
            prop_assert_eq!(after.standings.len(), with.len());
            prop_assert_eq!(
                after.compliance == Compliance::Compliant,
                after.embedded.is_empty() || after.stapled.is_empty()
            );
        }
    }

    /// Following the proposals ends with enough SCTs, after as many as were said to be missing.
    #[test]
    fn the_proposals_lead_to_compliance(
        logs in any_logs(), scts in proptest::collection::vec(any_sct(), 0..5), days_valid in 1..400_i64,
        choice in proptest::collection::vec(any::<usize>(), 4),
    ) {
        for policy in POLICIES {
            let mut scts = scts.clone();
            let mut left = usize::MAX;
            for choice in &choice {
                let missing = policy.still_missing(&scts, &days(days_valid), &logs, UnixMillis(NOW));
                prop_assert!(missing.at_least < left);
                left = missing.at_least;
                let enough = evaluate(policy, &scts, &days(days_valid), &logs).embedded.is_empty();
                prop_assert_eq!(enough, missing.at_least == 0);
                prop_assert!(!enough || missing.logs.is_empty());
                let Some(log) = missing.logs.get(choice % missing.logs.len().max(1)) else { break };
                let sct = VerifiedSct {
                    log_id: log.id(), timestamp: UnixMillis(NOW), delivery: Delivery::Embedded, has_leaf_index: true,
                };
                scts.push(sct);
            }
        }
    }
}

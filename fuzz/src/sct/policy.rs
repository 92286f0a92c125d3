//! The CT policies of browsers.

use crate::input::Input;
use ctlens_loglist::{Log, LogId, LogList, UnixMillis};
use ctlens_sct::{Compliance, CtPolicy, Delivery, VerifiedSct};
use ctlens_testkit::{ListedLog, TestLog, chrome_log_list};
use ctlens_x509::{UnixSeconds, Validity};
use std::sync::LazyLock;

const NOW: u64 = 1_750_000_000_000;

/// Logs of three operators in all states, of both APIs.
static LIST: LazyLock<LogList> = LazyLock::new(|| {
    let logs: Vec<TestLog> = (0..9).map(|number| TestLog::new(number, &format!("{number}.example/"))).collect();
    let listed: Vec<ListedLog<'_>> = (0..)
        .zip(&logs)
        .map(|(number, log)| ListedLog {
            state: ["usable", "usable", "readonly", "retired", "qualified", "usable", "pending", "retired", "usable"]
                [number],
            state_since: 1_700_000_000 + 5_000_000 * i64::try_from(number).expect("small"),
            tiled: number % 2 == 0,
            previous_operators: if number == 5 { &[("A", 1_730_000_000)] } else { &[] },
            ..ListedLog::usable(log, ["A", "B", "C"][number % 3], 0)
        })
        .collect();
    LogList::from_chrome_v3(chrome_log_list("1", 1_749_000_000, &listed).as_bytes()).expect("a list")
});

/// Any SCTs under each policy: their order does not matter, nor do those that do not count; and what is said to be missing helps.
pub fn ct_policy(data: &[u8]) {
    let mut input = Input::new(data);
    let policy = [CtPolicy::CHROME, CtPolicy::CHROME_147, CtPolicy::APPLE, CtPolicy::MOZILLA][input.below(4)];
    let now = UnixMillis(NOW + input.number() % 100_000_000_000);
    let not_before = i64::from(input.octet()) * 10_000_000;
    let seconds = i64::try_from(input.number() % (1 << 40)).expect("40 bits");
    let validity = Validity { not_before: UnixSeconds(not_before), not_after: UnixSeconds(not_before + seconds) };
    let mut scts = Vec::new();
    while !input.is_empty() && scts.len() < 12 {
        scts.push(sct(&mut input));
    }

    let verdict = policy.evaluate(&scts, &validity, &LIST, now);
    assert_eq!(verdict.standings.len(), scts.len());
    let enough = verdict.embedded.is_empty() || verdict.stapled.is_empty();
    assert!(verdict.compliance == Compliance::NotEnforced || enough == (verdict.compliance == Compliance::Compliant));
    let reversed: Vec<VerifiedSct> = scts.iter().rev().copied().collect();
    let other = policy.evaluate(&reversed, &validity, &LIST, now);
    assert_eq!(
        (other.compliance, &other.embedded, &other.stapled),
        (verdict.compliance, &verdict.embedded, &verdict.stapled)
    );
    let counting: Vec<VerifiedSct> =
        scts.iter().zip(&verdict.standings).filter(|(_, standing)| standing.counts()).map(|(sct, _)| *sct).collect();
    let other = policy.evaluate(&counting, &validity, &LIST, now);
    assert_eq!(
        (other.compliance, &other.embedded, &other.stapled),
        (verdict.compliance, &verdict.embedded, &verdict.stapled)
    );

    let missing = policy.still_missing(&scts, &validity, &LIST, now);
    assert!(missing.at_least > 0 || verdict.embedded.is_empty());
    for log in missing.logs {
        let next = VerifiedSct { log_id: log.id(), timestamp: now, delivery: Delivery::Embedded, has_leaf_index: true };
        let with: Vec<VerifiedSct> = scts.iter().copied().chain([next]).collect();
        let then = policy.still_missing(&with, &validity, &LIST, now);
        assert!(then.at_least < missing.at_least, "{} after {}", then.at_least, missing.at_least);
    }
}

fn sct(input: &mut Input<'_>) -> VerifiedSct {
    let number = input.below(10);
    VerifiedSct {
        log_id: LIST.logs().get(number).map_or(LogId([7; 32]), Log::id),
        timestamp: UnixMillis(NOW - 50_000_000_000 + u64::from(u16::from_be_bytes(input.array())) * 1_000_000),
        delivery: [Delivery::Embedded, Delivery::Embedded, Delivery::Tls, Delivery::Ocsp][input.below(4)],
        has_leaf_index: input.flag(),
    }
}

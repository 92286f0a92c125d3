//! Lists in Chrome's schema, with keys of the testkit.
#![cfg(feature = "json")]

use base64ct::{Base64, Encoding};
use core::time::Duration;
use ctlens_loglist::{
    KeyError, ListError, Log, LogId, LogKey, LogKind, LogList, LogState, LogStatus, LogType, MIMIC_LOG_IDS,
    ParseLogIdError, ParseTimeError, RejectReason, TemporalInterval, UnixMillis,
};
use ctlens_testkit::{Key, ListedLog, TestLog, chrome_log_list};
use proptest::prelude::*;
use serde_json::{Value, json};

fn key(number: u64) -> Key {
    Key::new(number, "log list")
}

fn rfc6962(number: u64) -> Value {
    json!({
        "description": format!("log {number}"),
        "log_id": Base64::encode_string(&key(number).spki_sha256()),
        "key": Base64::encode_string(key(number).spki_der()),
        "url": "https://log.example/",
        "mmd": 86400,
    })
}

/// `log`, with these members set (or removed, where the value is null).
fn with(mut log: Value, members: Value) -> Value {
    for (name, value) in members.as_object().unwrap() {
        match value {
            Value::Null => log.as_object_mut().unwrap().remove(name),
            _ => log.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    log
}

fn list_of(logs: &[Value]) -> LogList {
    let list = json!({"operators": [{"name": "Operator", "email": ["a@example.com"], "logs": logs}]});
    LogList::from_chrome_v3(&serde_json::to_vec(&list).unwrap()).unwrap()
}

fn at(time: &str) -> UnixMillis {
    time.parse().unwrap()
}

#[test]
fn every_field_of_both_kinds() {
    let tiled = with(
        rfc6962(2),
        json!({
            "url": null, "submission_url": "https://write.example/", "monitoring_url": "https://read.example/",
            "mmd": 60, "log_type": "monitoring_only", "tls_only": true,
            "state": {"usable": {"timestamp": "2025-05-01T00:00:00Z", "version": "7"}},
            "temporal_interval": {
                "start_inclusive": "2026-01-01T00:00:00Z", "end_exclusive": "2026-07-01T00:00:00Z",
            },
            "previous_operators": [
                {"name": "Second", "end_time": "2024-01-01T00:00:00Z"},
                {"name": "First", "end_time": "2023-01-01T00:00:00Z"},
            ],
        }),
    );
    let list = json!({
        "$schema": "unknown", "version": "89.25", "log_list_timestamp": "2026-08-20T13:34:57Z", "is_all_logs": true,
        "operators": [
            {"name": "One", "email": [], "logs": [rfc6962(1)], "tiled_logs": []},
            {"name": "Two", "logs": [], "tiled_logs": [tiled]},
        ],
    });
    let list = LogList::from_chrome_v3(list.to_string().as_bytes()).unwrap();
    assert_eq!(list.version(), Some("89.25"));
    assert_eq!(list.timestamp(), Some(UnixMillis(1_787_232_897_000)));
    assert_eq!(list.rejected(), []);
    assert_eq!(list.logs().len(), 2);

    let one = list.get(&LogId(key(1).spki_sha256())).unwrap();
    assert_eq!(one.description.as_deref(), Some("log 1"));
    assert_eq!(one.operator.as_deref(), Some("One"));
    assert_eq!(one.kind, Some(LogKind::Rfc6962 { url: "https://log.example/".into() }));
    assert_eq!(one.mmd, Some(Duration::from_secs(86_400)));
    assert_eq!((one.state, one.temporal_interval, &one.log_type), (None, None, &None));
    assert_eq!(one.status_at(at("2030-01-01T00:00:00Z")), None);
    assert_eq!(one.operator_at(at("2020-01-01T00:00:00Z")), Some("One"));

    let two = list.get(&LogId(key(2).spki_sha256())).unwrap();
    assert_eq!(
        two.kind,
        Some(LogKind::Tiled {
            submission_url: "https://write.example/".into(),
            monitoring_url: "https://read.example/".into(),
        })
    );
    assert_eq!(two.log_type, Some(LogType::MonitoringOnly));
    let since = at("2025-05-01T00:00:00Z");
    assert_eq!(two.state, Some(LogState { status: LogStatus::Usable, since }));
    assert_eq!(two.status_at(since), Some(LogStatus::Usable));
    assert_eq!(two.status_at(UnixMillis(since.0 - 1)), None);

    // The end of an operator's time is exclusive, and the list need not be sorted.
    for (time, operator) in [
        ("2022-12-31T23:59:59.999Z", "First"),
        ("2023-01-01T00:00:00Z", "Second"),
        ("2023-12-31T23:59:59.999Z", "Second"),
        ("2024-01-01T00:00:00Z", "Two"),
    ] {
        assert_eq!(two.operator_at(at(time)), Some(operator), "{time}");
    }

    let interval = two.temporal_interval.unwrap();
    assert_eq!(interval, TemporalInterval { start: at("2026-01-01T00:00:00Z"), end: at("2026-07-01T00:00:00Z") });
    assert!(interval.contains(interval.start) && interval.contains(UnixMillis(interval.end.0 - 1)));
    assert!(!interval.contains(interval.end) && !interval.contains(UnixMillis(interval.start.0 - 1)));
}

/// The testkit writes JSON without our code and without serde.
#[test]
fn what_the_testkit_lists() {
    let logs = [1, 2, 3].map(|seed| TestLog::new(seed, "log.example/2026h2"));
    let listed = [
        ListedLog::usable(&logs[0], "Operator \"A\"\u{1}", 1_750_000_000),
        ListedLog {
            tiled: false,
            state: "readonly",
            final_tree_head: Some((7, [9; 32])),
            temporal_interval: Some((1_760_000_000, 1_770_000_000)),
            ..ListedLog::usable(&logs[1], "B", 1_750_000_001)
        },
        ListedLog { previous_operators: &[("Z", 1_740_000_000)], ..ListedLog::usable(&logs[2], "B", 1_750_000_002) },
    ];
    let list = LogList::from_chrome_v3(chrome_log_list("1.2", 1_780_000_000, &listed).as_bytes()).unwrap();
    assert_eq!((list.version(), list.timestamp()), (Some("1.2"), Some(UnixMillis(1_780_000_000_000))));
    assert_eq!(list.rejected(), []);
    assert_eq!(list.logs().len(), 3);
    for (listed, since) in listed.iter().zip(1_750_000_000_u64..) {
        let log = list.get(&LogId(listed.log.id())).unwrap();
        let head = log.final_tree_head.map(|head| (head.tree_size, head.sha256_root_hash));
        assert_eq!(head, listed.final_tree_head);
        assert_eq!(log.operator.as_deref(), Some(listed.operator));
        assert_eq!(matches!(log.kind, Some(LogKind::Tiled { .. })), listed.tiled);
        let state = log.state.unwrap();
        assert_eq!((state.status.to_string().as_str(), state.since), (listed.state, UnixMillis(since * 1000)));
        let interval = log.temporal_interval.map(|interval| (interval.start, interval.end));
        let seconds = |seconds| UnixMillis::from_seconds(seconds).unwrap();
        assert_eq!(interval, listed.temporal_interval.map(|(start, end)| (seconds(start), seconds(end))));
    }
    let last = list.get(&LogId(logs[2].id())).unwrap();
    assert_eq!(last.operator_at(UnixMillis(1_739_999_999_999)), Some("Z"));
    assert_eq!(last.operator_at(UnixMillis(1_740_000_000_000)), Some("B"));
}

#[test]
fn states() {
    for (name, status) in [
        ("pending", LogStatus::Pending),
        ("qualified", LogStatus::Qualified),
        ("usable", LogStatus::Usable),
        ("readonly", LogStatus::ReadOnly),
        ("retired", LogStatus::Retired),
        ("rejected", LogStatus::Rejected),
        ("beloved", LogStatus::Unrecognised),
    ] {
        let state = json!({name: {"timestamp": "2025-05-01T00:00:00Z", "unknown": 1}});
        let list = list_of(&[with(rfc6962(1), json!({ "state": state }))]);
        assert_eq!(list.logs()[0].state.map(|state| state.status), Some(status));
        if status != LogStatus::Unrecognised {
            assert_eq!(status.to_string(), name);
        }
    }
    assert_eq!(list_of(&[with(rfc6962(1), json!({"state": {}}))]).logs()[0].state, None);
}

/// The form in which Mozilla's logs are published.
#[test]
fn states_that_follow_each_other_are_a_history() {
    let (first, second) = ("2025-08-11T12:33:27+01:00", "2025-09-22T12:29:18+01:00");
    let state = json!({"usable": {"timestamp": second}, "qualified": {"timestamp": first}});
    let list = list_of(&[with(rfc6962(1), json!({ "state": state, "mmd": 0, "url": "" }))]);
    let log = &list.logs()[0];
    assert_eq!(log.state, Some(LogState { status: LogStatus::Usable, since: at(second) }));
    assert_eq!(log.previous_states, [LogState { status: LogStatus::Qualified, since: at(first) }]);
    assert_eq!(log.mmd, None);
    for (time, status) in [
        (at(first).0 - 1, None),
        (at(first).0, Some(LogStatus::Qualified)),
        (at(second).0 - 1, Some(LogStatus::Qualified)),
        (at(second).0, Some(LogStatus::Usable)),
    ] {
        assert_eq!(log.status_at(UnixMillis(time)), status);
    }
    // At one and the same time: the later one in a log's life.
    let state = json!({"usable": {"timestamp": first}, "qualified": {"timestamp": first}});
    let list = list_of(&[with(rfc6962(1), json!({ "state": state }))]);
    assert_eq!(list.logs()[0].status_at(at(first)), Some(LogStatus::Usable));
}

#[test]
fn lookups() {
    let log = |number: u64, state: &str, since: &str, years: Option<(u32, u32)>| {
        let interval = years.map(|(start, end)| {
            json!({
                "start_inclusive": format!("{start}-01-01T00:00:00Z"), "end_exclusive": format!("{end}-01-01T00:00:00Z"),
            })
        });
        with(rfc6962(number), json!({"state": {state: {"timestamp": since}}, "temporal_interval": interval}))
    };
    let list = list_of(&[
        log(1, "usable", "2025-01-01T00:00:00Z", Some((2026, 2027))),
        log(2, "readonly", "2025-06-01T00:00:00Z", Some((2025, 2026))),
        log(3, "retired", "2024-01-01T00:00:00Z", None),
        log(4, "pending", "2024-01-01T00:00:00Z", Some((2026, 2027))),
        log(5, "qualified", "2025-03-01T00:00:00Z", Some((2026, 2028))),
        log(6, "rejected", "2024-01-01T00:00:00Z", Some((2020, 2021))),
    ]);
    let names = |logs: Vec<&Log>| logs.iter().map(|log| log.description.clone().unwrap()).collect::<Vec<_>>();
    let live = |time| names(list.live_at(at(time)).collect());
    assert!(live("2024-12-31T23:59:59.999Z").is_empty());
    assert_eq!(live("2025-01-01T00:00:00Z"), ["log 1"]);
    assert_eq!(live("2026-01-01T00:00:00Z"), ["log 1", "log 2", "log 5"]);
    let taking = |time| names(list.taking(at(time)).collect());
    assert_eq!(taking("2025-12-31T23:59:59Z"), ["log 2", "log 3"]);
    assert_eq!(taking("2026-01-01T00:00:00Z"), ["log 1", "log 3", "log 4", "log 5"]);
    assert_eq!(taking("2028-01-01T00:00:00Z"), ["log 3"]);
}

#[test]
fn age() {
    let list = |members: &str| LogList::from_chrome_v3(format!("{{\"operators\": []{members}}}").as_bytes()).unwrap();
    let dated = list(", \"log_list_timestamp\": \"2026-08-20T13:34:57Z\"");
    assert_eq!(dated.age_at(at("2026-10-29T13:34:57Z")), Some(Duration::from_secs(70 * 86_400)));
    assert_eq!(dated.age_at(at("2026-08-20T13:34:57.001Z")), Some(Duration::from_millis(1)));
    assert_eq!(dated.age_at(at("2026-08-20T13:34:56Z")), Some(Duration::ZERO));
    assert_eq!(list("").age_at(at("2026-08-20T13:34:56Z")), None);
}

#[test]
fn one_bad_log_takes_no_other_with_it() {
    let mimic = Base64::encode_string(&MIMIC_LOG_IDS[0].0);
    let p384 = [
        &[0x30, 0x19, 0x30, 0x10, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 5, 0x2b, 0x81, 4, 0, 0x22][..],
        &[3, 5, 0, 4, 1, 2, 3],
    ]
    .concat();
    let usable = json!({"timestamp": "2025-05-01T00:00:00Z"});
    let root = Base64::encode_string(&[9; 32]);
    let cases = [
        ("mimic that is called usable", json!({"log_id": mimic, "state": {"usable": usable}}), RejectReason::Mimic),
        ("mimic with a broken key", json!({"log_id": mimic, "key": "?"}), RejectReason::Mimic),
        ("no id", json!({"log_id": null}), RejectReason::Missing { field: "log_id" }),
        ("short id", json!({"log_id": "AAAA"}), RejectReason::LogId(ParseLogIdError::Length { characters: 4 })),
        ("no key", json!({"key": null}), RejectReason::Missing { field: "key" }),
        ("key in PEM", json!({"key": "-----BEGIN PUBLIC KEY-----"}), RejectReason::KeyEncoding),
        ("empty key", json!({"key": ""}), RejectReason::Key(KeyError::Malformed { offset: 0 })),
        (
            "P-384",
            json!({"key": Base64::encode_string(&p384)}),
            RejectReason::Key(KeyError::UnsupportedCurve { offset: 15 }),
        ),
        (
            "key of another log",
            json!({"key": Base64::encode_string(key(7).spki_der())}),
            RejectReason::IdMismatch { computed: LogId(key(7).spki_sha256()) },
        ),
        ("no address", json!({"url": null}), RejectReason::Missing { field: "url" }),
        (
            "usable after it was retired",
            json!({"state": {"retired": {"timestamp": "2025-04-30T23:59:59Z"}, "usable": usable}}),
            RejectReason::States { count: 2 },
        ),
        (
            "two states, one unknown",
            json!({"state": {"beloved": usable, "usable": usable}}),
            RejectReason::States { count: 2 },
        ),
        (
            "final tree head without size",
            json!({"state": {"readonly": {
                "timestamp": "2025-05-01T00:00:00Z", "final_tree_head": {"sha256_root_hash": root},
            }}}),
            RejectReason::Missing { field: "final_tree_head.tree_size" },
        ),
        (
            "final tree head with a short root",
            json!({"state": {"readonly": {
                "timestamp": "2025-05-01T00:00:00Z", "final_tree_head": {"sha256_root_hash": "AAAA", "tree_size": 1},
            }}}),
            RejectReason::RootHash,
        ),
        ("state without time", json!({"state": {"usable": {}}}), RejectReason::Missing { field: "state.timestamp" }),
        (
            "state at no time",
            json!({"state": {"usable": {"timestamp": "soon"}}}),
            RejectReason::Time { field: "state.timestamp", error: ParseTimeError::Syntax { offset: 0 } },
        ),
        (
            "interval without end",
            json!({"temporal_interval": {"start_inclusive": "2026-01-01T00:00:00Z"}}),
            RejectReason::Missing { field: "end_exclusive" },
        ),
        (
            "empty interval",
            json!({"temporal_interval": {
                "start_inclusive": "2026-01-01T00:00:00Z", "end_exclusive": "2026-01-01T00:00:00Z",
            }}),
            RejectReason::Interval { start: at("2026-01-01T00:00:00Z"), end: at("2026-01-01T00:00:00Z") },
        ),
        (
            "previous operator for ever",
            json!({"previous_operators": [{"name": "First"}]}),
            RejectReason::Missing { field: "previous_operators.end_time" },
        ),
    ];
    for (what, members, reason) in cases {
        let bad = with(rfc6962(2), members);
        let id = bad["log_id"].as_str().and_then(|id| id.parse::<LogId>().ok());
        let list = list_of(&[rfc6962(1), bad, rfc6962(3)]);
        assert_eq!(list.logs().iter().map(Log::id).collect::<Vec<_>>(), [1, 3].map(|n| LogId(key(n).spki_sha256())));
        let [rejected] = list.rejected() else { panic!("{what}: {:?}", list.rejected()) };
        assert_eq!(rejected.reason, reason, "{what}");
        assert_eq!(rejected.id, id, "{what}");
        assert_eq!(rejected.description.as_deref(), Some("log 2"), "{what}");
        assert_eq!(rejected.operator.as_deref(), Some("Operator"), "{what}");
        if let Some(id) = id {
            assert_eq!(list.get(&id), None, "{what}");
            assert_eq!(list.get_rejected(&id), Some(rejected), "{what}");
        }
    }
}

#[test]
fn the_second_log_with_a_key_is_a_duplicate() {
    let list = list_of(&[rfc6962(1), with(rfc6962(1), json!({"description": "again"}))]);
    assert_eq!(list.logs().len(), 1);
    assert_eq!(list.rejected()[0].reason, RejectReason::Duplicate);
    assert_eq!(list.rejected()[0].description.as_deref(), Some("again"));
    assert_eq!(list.get(&list.logs()[0].id()).unwrap().description.as_deref(), Some("log 1"));
}

#[test]
fn structures_that_cannot_be_read_are_reported_with_their_place() {
    let text = format!(
        r#"{{"operators": [
            {{"name": "A", "logs": [17, {good}]}},
            {{"name": "B", "logs": "none", "tiled_logs": []}},
            {{"name": "C"}},
            null,
            {{"name": "D", "logs": [], "tiled_logs": [{{"mmd":
                -1}}]}},
            {{"name": "E", "logs": [{{"url": "a", "url": "b"}}]}}
        ]}}"#,
        good = rfc6962(1)
    );
    let list = LogList::from_chrome_v3(text.as_bytes()).unwrap();
    assert_eq!(list.logs().len(), 1);
    let place = |part: &str| text.find(part).unwrap();
    let found: Vec<_> =
        list.rejected().iter().map(|log| (log.operator.as_deref(), log.offset.unwrap(), log.reason)).collect();
    assert_eq!(found.len(), 6);
    assert_eq!((found[0].0, found[0].1), (Some("A"), place("17")));
    assert_eq!((found[1].0, found[1].1), (Some("B"), place(r#""none""#)));
    assert_eq!(found[2], (Some("C"), place(r#"{"name": "C"#), RejectReason::Missing { field: "logs" }));
    assert_eq!((found[3].0, found[3].1), (None, place("null,")));
    assert_eq!((found[4].0, found[4].1), (Some("D"), place(r#"{"mmd""#)));
    assert_eq!((found[5].0, found[5].1), (Some("E"), place(r#"{"url""#)));
    for (entry, from, to) in [(0, "17", ","), (4, "-1", "}]}"), (5, r#""url": "b""#, r#""b""#)] {
        let RejectReason::Structure { offset } = found[entry].2 else { panic!("{:?}", found[entry]) };
        let start = place(from);
        let end = start + text[start..].find(to).unwrap();
        assert!((start..=end).contains(&offset), "{offset} not in {start}..={end}");
    }
}

#[test]
fn lists_that_cannot_be_read_at_all() {
    let cases: &[(&str, &[u8], ListError)] = &[
        ("empty", b"", ListError::Json { line: 1, column: 0 }),
        ("not UTF-8", b"{\"a\": \xff}", ListError::NotUtf8 { offset: 6 }),
        ("an array", b"[]", ListError::Json { line: 1, column: 0 }),
        ("no operators", b"{}", ListError::Missing { field: "operators" }),
        ("operators twice", b"{\"operators\": [],\n \"operators\": []}", ListError::Json { line: 2, column: 12 }),
        ("of 2018", b"{\"logs\": [], \"operators\": []}", ListError::Version1),
        (
            "bad time",
            b"{\"operators\": [], \"log_list_timestamp\": \"now\"}",
            ListError::Timestamp(ParseTimeError::Syntax { offset: 0 }),
        ),
    ];
    for (what, json, error) in cases {
        match LogList::from_chrome_v3(json) {
            Ok(_) => panic!("{what}"),
            // Where serde_json stops inside an odd value is its own affair.
            Err(ListError::Json { line, .. }) => {
                assert!(matches!(error, ListError::Json { line: l, .. } if *l == line), "{what}");
            }
            Err(other) => assert_eq!(other, *error, "{what}"),
        }
    }
    let deep = format!("{{\"operators\": [], \"x\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let _ = LogList::from_chrome_v3(deep.as_bytes());
    assert!(LogList::from_chrome_v3(b"{\"operators\": []}").unwrap().logs().is_empty());
}

#[test]
fn bare_keys() {
    let list = LogList::from_keys([key(1).spki_der(), key(2).spki_der(), b"no key", key(1).spki_der()]);
    assert_eq!(list.logs().len(), 2);
    assert_eq!(
        list.rejected().iter().map(|rejected| rejected.reason).collect::<Vec<_>>(),
        [RejectReason::Key(KeyError::Malformed { offset: 0 }), RejectReason::Duplicate]
    );
    // Printed by `printf 'no key' | sha256sum`.
    assert_eq!(
        list.rejected()[0].id.unwrap().to_string(),
        "a199dc8cce54d8538c2fb9e0f41e68e5a826be2fb2e95fce654ceea77e3b3039"
    );

    let mut log = Log::new(LogKey::from_spki_der(key(3).spki_der()).unwrap());
    log.operator = Some("Operator".into());
    let list = LogList::from_logs([log.clone()]);
    assert_eq!(list.get(&log.id()), Some(&log));
    assert_eq!((list.version(), list.timestamp()), (None, None));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_entry_is_accounted_for(at in 0..2_000_usize, octet: u8) {
        let list = json!({"operators": [
            {"name": "One", "logs": [rfc6962(1), rfc6962(2)], "tiled_logs": []},
            {"name": "Two", "logs": [rfc6962(3)]},
        ]});
        let mut text = list.to_string().into_bytes();
        let at = at % text.len();
        text[at] = octet;
        if let Ok(list) = LogList::from_chrome_v3(&text) {
            let whole = list.rejected().iter().filter(|rejected| rejected.id.is_none()).count();
            prop_assert!(list.logs().len() + list.rejected().len() == 3 || whole > 0);
        }
    }

    #[test]
    fn any_text_is_handled(text in ".*") {
        let _ = LogList::from_chrome_v3(text.as_bytes());
        let _ = LogList::from_chrome_v3(format!("{{\"operators\": [{text}]}}").as_bytes());
    }
}

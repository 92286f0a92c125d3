//! Which logs there are at a time, by operator: `log_list FILE [TIME]` (a log list in JSON; RFC 3339, else the clock's).
//!
//! Without arguments: a list that the testkit writes, with a log that was handed over, and one that anybody can sign for.

use ctlens_loglist::{Log, LogList, UnixMillis};
use ctlens_testkit::{ListedLog, TestLog, chrome_log_list};
use std::{collections::BTreeMap, env, error::Error, fs, time};

fn main() -> Result<(), Box<dyn Error>> {
    let (file, at) = (env::args().nth(1), env::args().nth(2));
    let json = file.as_ref().map_or_else(|| Ok(demonstration()), fs::read)?;
    let at: UnixMillis = match at {
        Some(text) => text.parse()?,
        None if file.is_none() => "2026-06-01T00:00:00Z".parse()?,
        None => UnixMillis(time::SystemTime::now().duration_since(time::UNIX_EPOCH)?.as_millis().try_into()?),
    };
    let list = LogList::from_chrome_v3(&json)?;
    let made = list.timestamp().map_or_else(|| "?".to_owned(), |time| time.to_string());
    println!("version {} of {made}, at {at}", list.version().unwrap_or("?"));
    println!(
        "{} logs, {} of them live, {} refused",
        list.logs().len(),
        list.live_at(at).count(),
        list.rejected().len()
    );

    let mut by_operator = BTreeMap::<_, Vec<&Log>>::new();
    for log in list.logs() {
        by_operator.entry(log.operator_at(at).unwrap_or("?")).or_default().push(log);
    }
    for (operator, mut logs) in by_operator {
        println!("\n{operator}");
        logs.sort_by_key(|log| log.status_at(at));
        for log in logs {
            let status = log.status_at(at).map_or_else(|| "?".to_owned(), |status| status.to_string());
            println!("  {status:<9} {}", log.description.as_deref().unwrap_or("?"));
            if let Some(interval) = log.temporal_interval {
                println!("    for notAfter from {} to before {}", interval.start, interval.end);
            }
            println!("    {}", log.id());
        }
    }
    for refused in list.rejected() {
        println!("\nrefused: {}: {}", refused.description.as_deref().unwrap_or("?"), refused.reason);
    }
    Ok(())
}

fn demonstration() -> Vec<u8> {
    // 2026-01-01T00:00:00Z and half a year later.
    let (year, half) = (1_767_225_600, 1_767_225_600 + 182 * 86_400);
    let [one, two, old] = ["one.example/2026h1", "two.example/2026h1", "old.example"].map(|name| TestLog::new(1, name));
    let logs = [
        ListedLog { temporal_interval: Some((year, half)), ..ListedLog::usable(&one, "One", year) },
        ListedLog { previous_operators: &[("One", half)], ..ListedLog::usable(&two, "Two", year) },
        ListedLog { state: "retired", tiled: false, ..ListedLog::usable(&old, "Old", year) },
    ];
    let mimic = r#"{"name":"Anybody","email":[],"logs":[{"description":"Mimic 1","url":"https://mimic.example/","mmd":60,"key":"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEdO/+dnH/NZSBSLmmN9u2h4HNTnCOLeU+oMBiRynIvQ8zt2ft0IMyO90e5nwSaCdYvA4JVGzCMarfs9DcNxFY1g==","log_id":"9EGV1vAOLbVUNcrdV3iS5T4VrUFwWPh44U/2uRh0FYk=","state":{"usable":{"timestamp":"2026-01-01T00:00:00Z"}}}],"tiled_logs":[]}"#;
    chrome_log_list("1.0", year, &logs).replacen("\"operators\":[", &format!("\"operators\":[{mimic},"), 1).into_bytes()
}

//! The monitor as a user runs it: what it prints and what it ends with.

mod support;

use ctlens_policy::{Alert, Issuance, Verdict};
use ctlens_testkit::{Corpus, Demo, Misbehaviour, der};
use std::fs;
use std::path::Path;
use std::process::Output;
use support::{stderr, stdout};
use tempfile::TempDir;

/// The README shows what the demonstration prints.
#[test]
fn the_demonstration_finds_what_was_planted_and_the_readme_shows_it() {
    let output = monitor::<&str>(&[]);
    let printed = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{printed}{}", stderr(&output));
    assert!(output.stderr.is_empty(), "no progress bar outside a terminal");

    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("```text\n").expect("the README shows what the monitor prints");
    let (shown, _) = rest.split_once("```\n").expect("the block ends");
    assert_eq!(shown, printed, "paste what `cargo run --release --example monitor` prints into the README");
}

#[test]
fn json_lines_of_the_demonstration() {
    let output = monitor(&["--json"]);
    assert_eq!(output.status.code(), Some(0));
    let printed = stdout(&output);
    let mut lines: Vec<&str> = printed.lines().collect();
    assert!(lines.remove(0).contains("demonstration"), "nobody is to take it for a real log");
    let summary: serde_json::Value = serde_json::from_str(lines.pop().unwrap()).unwrap();
    let alerts: Vec<Alert> = lines
        .extract_if(.., |line| line.starts_with(r#"{"schema":"ctlens.alert/1""#))
        .map(|line| Alert::from_json_line(line).unwrap())
        .collect();
    assert!(
        alerts.iter().any(|alert| alert.rule.as_str() == "stream.first_issuer"),
        "the incident's CA was new for the asset"
    );
    assert!(alerts.iter().all(|alert| alert.seen.as_ref().is_some_and(|seen| seen.verified && seen.index < 20_000)));
    assert_eq!(summary["alerts"], alerts.len());
    let issuances: Vec<Issuance> = lines.iter().map(|line| Issuance::from_json_line(line).unwrap()).collect();
    let unauthorised = issuances.iter().filter(|issuance| matches!(issuance.verdict, Verdict::Findings { .. })).count();
    assert_eq!(unauthorised, 12);
    assert_eq!(summary["schema"], "ctlens.summary/1");
    assert_eq!((&summary["findings"], &summary["entries"]), (&12.into(), &20_000.into()));
    assert!(issuances.iter().all(Issuance::is_verified));
    for (line, issuance) in lines.iter().zip(&issuances) {
        assert_eq!(*line, issuance.to_json_line());
    }
}

/// Of every form there is what a program that reads it looks for first.
#[test]
fn other_forms_of_the_demonstration() {
    let sarif: serde_json::Value = serde_json::from_str(&stdout(&monitor(&["--format", "sarif"]))).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let (alerts, findings): (Vec<_>, Vec<_>) =
        results.iter().partition(|result| result["ruleId"].as_str().unwrap().starts_with("stream."));
    // Twelve of the incident, two that nobody can read, and the rule that one of these breaks.
    assert_eq!((&sarif["version"], findings.len()), (&"2.1.0".into(), 15));
    assert!(alerts.iter().any(|alert| alert["ruleId"] == "stream.first_issuer" && alert["level"] == "warning"));
    let report = stdout(&monitor(&["--format", "markdown"]));
    assert!(report.starts_with("DEMONSTRATION") && report.contains("\n### Timeline\n"), "{report}");
    assert!(report.contains("`ownership.wrong_issuer`, 12 times"), "{report}");
    assert!(report.contains("#### What certificates show together") && report.contains("`stream.first_issuer`"));
    assert_eq!(monitor(&["--format", "xml"]).status.code(), Some(2));
}

#[test]
fn what_else_is_known_is_taken_from_files() {
    let log = SmallLog::write(None);
    let files = [
        (
            "holders.toml",
            "version = 1\n[[holder]]\nowner = \"somebody-else\"\nip = [\"1.1.1.0/24\"]\n",
            "--ownership",
            1,
        ),
        ("broken.toml", "version = 1\n[[trst]]\n", "--trust-view", 2),
        ("broken.json", "{\"version\": 2}", "--trust-view", 2),
    ];
    for (name, text, option, code) in files {
        fs::write(log.folder.path().join(name), text).unwrap();
        let output = log.monitor(WATCHES_THE_ADDRESS, &["--log-key", "key.der", option, name]);
        assert_eq!(output.status.code(), Some(code), "{name}: {}{}", stdout(&output), stderr(&output));
        let said = if code == 1 { stdout(&output) } else { stderr(&output) };
        assert!(said.contains(if code == 1 { "ownership.conflict" } else { name }), "{name}: {said}");
    }
}

/// What the issuer's own CRL says stands beside each certificate; another's is not believed.
#[test]
fn what_is_revoked_is_said() {
    let log = SmallLog::write(None);
    let demo = Demo::of_size(Demo::SEED, SmallLog::ENTRIES);
    let issuer = demo.incident_ca();
    let at = |day| der::time(der::unix_seconds(2025, 9, day, 0, 0, 0));
    let algorithm = der::sequence(&[der::oid("1.2.840.10045.4.3.2")]);
    // The serial number of the first, as published.
    let serial = "d3167efd77cad759000000005fc7c672";
    let serial: Vec<u8> = (0..16).map(|n| u8::from_str_radix(&serial[2 * n..2 * n + 2], 16).unwrap()).collect();
    let entry = der::sequence(&[der::unsigned_integer(&serial), at(2)]);
    let fields =
        [der::integer(&[1]), algorithm.clone(), issuer.name_der().to_vec(), at(3), at(10), der::sequence(&[entry])];
    let tbs = der::sequence(&fields);
    for (key, is_believed) in [(issuer.key(), true), (demo.owner_ca().key(), false)] {
        let crl = der::sequence(&[tbs.clone(), algorithm.clone(), der::bit_string(&key.sign(&tbs))]);
        fs::write(log.folder.path().join("crl.der"), crl).unwrap();
        let printed =
            |more: &[&str]| {
                stdout(&log.monitor(
                    WATCHES_THE_ADDRESS,
                    &[&["--log-list", "log_list.json", "--crl", "crl.der"], more].concat(),
                ))
            };
        let text = printed(&[]);
        let lines = |wanted: &str| text.lines().filter(|line| line.trim().starts_with(wanted)).count();
        // Of four nobody knows: a CRL need not have what ended before it was made (RFC 5280 §3.3).
        let answers = [
            lines("revoked at 2025-09-02T00:00:00Z (unspecified)"),
            lines("not revoked as of "),
            lines("not known whether it is revoked: the CRL is of a time after the certificate's end"),
        ];
        assert_eq!(answers, if is_believed { [1, 7, 4] } else { [0, 0, 0] }, "{text}");
        let json = printed(&["--json"]);
        let issuances = json.lines().filter_map(|line| Issuance::from_json_line(line).ok());
        let issuances: Vec<Issuance> =
            issuances.filter(|issuance| issuance.issuers[0].proven_key().is_some()).collect();
        assert_eq!(
            issuances.iter().filter(|issuance| issuance.revocation.is_some()).count(),
            answers.iter().sum::<usize>()
        );
        assert!(issuances.iter().all(|issuance| !issuance.signed.is_empty()), "each as it was signed");
    }
    fs::write(log.folder.path().join("crl.der"), [0x30, 0]).unwrap();
    let output = log.monitor(WATCHES_THE_ADDRESS, &["--log-key", "key.der", "--crl", "crl.der"]);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
}

/// What no certificate of an asset shows, and is an error, is told and counts.
#[test]
fn an_error_over_time_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("policy.toml");
    let run = |levels: &str| {
        fs::write(&config, format!("{WATCHES_NOTHING_OF_IT}[levels]\n{levels}")).unwrap();
        let output = monitor(&["--config", &path(&config)]);
        (output.status.code(), stdout(&output).contains("OVER TIME"))
    };
    let rule = "\"stream.first_address\" = ";
    assert_eq!(run(&format!("{rule}\"warning\"\n")), (Some(0), false));
    assert_eq!(run(&format!("{rule}\"error\"\n")), (Some(1), true));
}

#[test]
fn a_folder_is_followed_under_the_key_of_a_list_or_of_a_file() {
    let log = SmallLog::write(None);
    for key in [["--log-list", "log_list.json"], ["--log-key", "key.der"]] {
        let output = log.monitor(WATCHES_THE_ADDRESS, &key);
        assert_eq!(output.status.code(), Some(1), "{}{}", stdout(&output), stderr(&output));
        assert!(stdout(&output).contains("UNAUTHORISED: 12 issuances"), "{}", stdout(&output));
    }
    let output = log.monitor(WATCHES_NOTHING_OF_IT, &["--log-key", "key.der"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
}

/// What the README of ctlens-policy tells a newcomer to do.
#[test]
fn a_first_policy_is_tried_on_the_log_of_the_demonstration() {
    let readme = include_str!("../../crates/ctlens-policy/README.md");
    let first = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("monitor.toml");
    fs::write(&config, first).unwrap();
    let output = monitor(&["--config", &path(&config)]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let report = stdout(&output);
    assert!(report.starts_with("DEMONSTRATION"), "{report}");
    // Nobody has the key of the first policy, so that nothing for the resolver is granted: neither the twelve of the incident
    // nor the twelve of its owner.
    assert!(report.contains("found   24 unauthorised"), "{report}");
    assert!(report.contains("which calls itself C=HR, O=Financijska agencija, CN=Fina RDC 2020"), "{report}");
    let output = monitor(&["--config", &path(&config), "--unverified"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn options_that_contradict_each_other_are_refused() {
    for (arguments, said) in [
        (&["log", "--config", "file", "--log-key", "file", "--unverified"][..], "exclude each other"),
        (&["log", "--config", "file"], "--unverified"),
        (&["log", "--unverified"], "--config"),
        (&["--unverified"], "folder"),
        (&["--conifg", "file"], "--conifg"),
        (&["no/such/folder", "--config", "no/such/file", "--unverified"], "no/such/file"),
    ] {
        let output = monitor(arguments);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{arguments:?}");
        assert!(stderr(&output).contains(said), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn what_nobody_vouches_for_is_refused_or_marked() {
    let log = SmallLog::write(None);
    let output = log.monitor(WATCHES_THE_ADDRESS, &["--log-key", "other_key.der"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stdout(&output).is_empty() && stderr(&output).contains("signature"), "{}", stderr(&output));

    fs::remove_file(log.folder.path().join("checkpoint")).unwrap();
    let output = log.monitor(WATCHES_THE_ADDRESS, &["--log-key", "key.der"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--unverified"), "{}", stderr(&output));

    let output = log.monitor(WATCHES_THE_ADDRESS, &["--unverified"]);
    assert_eq!(output.status.code(), Some(1), "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).lines().all(|line| line.starts_with("unverified: ")));
    let output = log.monitor(WATCHES_THE_ADDRESS, &["--unverified", "--json"]);
    assert!(stdout(&output).lines().all(|line| line.contains(r#""verified":false"#)));
}

#[test]
fn an_entry_that_is_not_the_logs_is_reported_and_the_others_are_read() {
    let log = SmallLog::write(Some(Misbehaviour::FlippedBit { entry: 100, octet: 400 }));
    let output = log.monitor(WATCHES_THE_ADDRESS, &["--log-key", "key.der"]);
    let printed = stdout(&output);
    assert_eq!(output.status.code(), Some(2), "{printed}{}", stderr(&output));
    for shown in
        ["read    699 of 700 entries", "LOST: 1 entry that may", "    100 to 100: ", "UNAUTHORISED: 12 issuances"]
    {
        assert!(printed.contains(shown), "{shown} in {printed}");
    }
}

/// What was read before the trouble is reported, and what was not is accounted for.
#[test]
fn trouble_hides_nothing_that_was_found_before() {
    let log = SmallLog::write(None);
    // The second data tile is damaged, and its leaf hashes are not to be had.
    fs::write(log.folder.path().join("tile/data/001"), b"damaged").unwrap();
    fs::remove_file(log.folder.path().join("tile/0/001")).unwrap();
    let output = log.monitor(WATCHES_THE_ADDRESS, &["--log-key", "key.der"]);
    let printed = stdout(&output);
    assert_eq!(output.status.code(), Some(2), "{printed}{}", stderr(&output));
    for shown in ["read    256 of 700 entries", "LOST: 444 entries", "    256 to 699: ", "UNAUTHORISED: "] {
        assert!(printed.contains(shown), "{shown} in {printed}");
    }
}

#[test]
fn tiles_without_a_checkpoint_are_accounted_for_to_the_last_entry() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage, &str); 3] = [
        (
            "a tile cut between two entries",
            |folder| cut_after_entries(&folder.join("tile/data/000"), 40),
            "    40 to 255: ",
        ),
        ("a missing tile", |folder| fs::remove_file(folder.join("tile/data/001")).unwrap(), "    256 to 511: "),
        (
            "a leaf hash that is another",
            |folder| {
                let file = folder.join("tile/0/000");
                let mut hashes = fs::read(&file).unwrap();
                hashes[7 * 32] ^= 1;
                fs::write(file, hashes).unwrap();
            },
            "    7 to 7: ",
        ),
    ];
    for (what, damage, shown) in damages {
        let log = SmallLog::write(None);
        damage(log.folder.path());
        let output = log.monitor(WATCHES_THE_ADDRESS, &["--unverified"]);
        let printed = stdout(&output);
        assert_eq!(output.status.code(), Some(2), "{what}: {printed}{}", stderr(&output));
        assert!(printed.contains(" of 700 entries") && printed.contains(shown), "{what}: {shown} in {printed}");
    }
}

fn cut_after_entries(tile: &Path, entries: usize) {
    let octets = fs::read(tile).unwrap();
    let leaves = ctlens_log::TileLeaves::new(&octets).take(entries);
    let kept: usize = leaves.map(|leaf| leaf.unwrap().as_bytes().len()).sum();
    fs::write(tile, &octets[..kept]).unwrap();
}

#[test]
fn mistakes_in_the_configuration_stop_everything() {
    let log = SmallLog::write(None);
    for (what, config, said) in [
        ("an unknown field", "version = 1\n[[owner]]\nid = \"me\"\nmail = \"x\"\n", ":4:1: unknown field `mail`"),
        (
            "a prefix with bits behind it",
            "version = 1\n[[owner]]\nid = \"me\"\n[[asset]]\nid = \"a\"\nowner = \"me\"\nip = [\"1.1.1.1/24\"]\n",
            ":7:8: ",
        ),
        (
            "an asset without anything in it",
            "version = 1\n[[owner]]\nid = \"me\"\n[[asset]]\nid = \"a\"\nowner = \"me\"\nip = []\n",
            ":7:6: `ip` is empty",
        ),
        (
            "a grant for an asset that is not there",
            concat!(
                "version = 1\n[[owner]]\nid = \"me\"\n[[asset]]\nid = \"a\"\nowner = \"me\"\nip = [\"1.1.1.1\"]\n",
                "[[issuer]]\nid = \"ca\"\nspki_sha256 = [\"0000000000000000000000000000000000000000000000000000000000000000\"]\n",
                "[[grant]]\nid = \"g\"\nassets = [\"b\"]\nissuers = [\"ca\"]\nnot_before = 2024-01-01T00:00:00Z\n",
                "not_after = 2025-01-01T00:00:00Z\napproved_by = \"me\"\nreason = \"test\"\n"
            ),
            ":13:11: unknown asset `b`",
        ),
    ] {
        let output = log.monitor(config, &["--log-key", "key.der"]);
        assert_eq!(output.status.code(), Some(2), "{what}");
        assert!(stdout(&output).is_empty(), "{what}: nothing runs");
        assert!(stderr(&output).contains(&format!("policy.toml{said}")), "{what}: {}", stderr(&output));
    }
}

/// Real tiles, which come without a checkpoint.
#[test]
fn conformance_real_tiles() {
    let Some(folder) = Corpus::open().and_then(|corpus| corpus.path("merkle/sunlight-navigli2025h2")) else { return };
    let scratch = tempfile::tempdir().unwrap();
    let config = scratch.path().join("policy.toml");
    // A name that is in entry 0.
    let text =
        "version = 1\n[[owner]]\nid = \"me\"\n[[asset]]\nid = \"a\"\nowner = \"me\"\ndns = [\".drive-platform.io\"]\n";
    fs::write(&config, text).unwrap();
    let run = |options: &[&str]| {
        let (folder, config) = (folder.to_str().unwrap(), config.to_str().unwrap());
        monitor(&[&[folder, "--config", config], options].concat())
    };
    let refused = run(&["--log-key", config.to_str().unwrap()]);
    assert_eq!((refused.status.code(), stdout(&refused).as_str()), (Some(2), ""));
    let output = run(&["--unverified"]);
    let printed = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}{}", stderr(&output));
    assert!(printed.lines().all(|line| line.starts_with("unverified: ")), "{printed}");
    for shown in
        ["read    1,024 of 1,024 entries in 4 tiles", "*.gated.dev-euw1.x0a839b.drive-platform.io", "(claimed)"]
    {
        assert!(printed.contains(shown), "{shown} in {printed}");
    }
    assert!(!printed.contains("remark") && !printed.contains("LOST"), "every leaf hash is that of the level-0 tile");
}

const WATCHES_THE_ADDRESS: &str = "version = 1\n[[owner]]\nid = \"me\"\n[[asset]]\nid = \"a\"\nowner = \"me\"\nip = [\"1.1.1.1\"]\n\
     [[issuer]]\nid = \"ours\"\nspki_sha256 = [\"7301e1c7f2cbc0395b1635522a4c6fd055d220ebcec824db291564b70dc4c59d\"]\n\
     [[grant]]\nid = \"g\"\nassets = [\"a\"]\nissuers = [\"ours\"]\nnot_before = 2024-01-01T00:00:00Z\n\
     not_after = 2027-01-01T00:00:00Z\napproved_by = \"me\"\nreason = \"test\"\n";
const WATCHES_NOTHING_OF_IT: &str =
    "version = 1\n[[owner]]\nid = \"me\"\n[[asset]]\nid = \"a\"\nowner = \"me\"\ndns = [\"absent.test\"]\n";

/// A demonstration log of few entries.
struct SmallLog {
    folder: TempDir,
}

impl SmallLog {
    const ENTRIES: usize = 700;

    fn write(misbehaviour: Option<Misbehaviour>) -> Self {
        let demo = Demo::of_size(Demo::SEED, Self::ENTRIES);
        let folder = tempfile::tempdir().unwrap();
        let size = demo.log().entries().len();
        let files = match misbehaviour {
            Some(misbehaviour) => demo.log().misbehaving_files(size, Demo::NOW_MS, &misbehaviour),
            None => demo.files(),
        };
        files.write(folder.path()).unwrap();
        let write = |name: &str, octets: &[u8]| fs::write(folder.path().join(name), octets).unwrap();
        write("log_list.json", demo.log_list_json().as_bytes());
        write("key.der", demo.log().log().key().spki_der());
        write("other_key.der", demo.owner_ca().key().spki_der());
        Self { folder }
    }

    fn monitor(&self, config: &str, options: &[&str]) -> Output {
        let folder = self.folder.path();
        let file = folder.join("policy.toml");
        fs::write(&file, config).unwrap();
        let options = options.iter().map(|option| match option.starts_with("--") {
            true => (*option).to_owned(),
            false => path(&folder.join(option)),
        });
        let fixed = [path(folder), "--config".to_owned(), path(&file)];
        monitor(&fixed.into_iter().chain(options).collect::<Vec<_>>())
    }
}

fn monitor<S: AsRef<str>>(arguments: &[S]) -> Output {
    support::run("monitor", arguments)
}

fn path(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

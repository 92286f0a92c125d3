//! What a configuration must be, and what is said where it is not.

mod support;

use ctlens_policy::{Policy, Problem};

/// A whole configuration with a few lines in the place of others, and every mistake that is to be reported.
fn mistakes(text: &str) -> Vec<String> {
    let errors = Policy::compile(text, "p.toml").expect_err(text);
    assert_eq!(errors.file, "p.toml");
    errors.to_string().lines().map(str::to_owned).collect()
}

const HASH: &str = "2222222222222222222222222222222222222222222222222222222222222222";

fn good() -> String {
    format!(
        r#"version = 1
[[owner]]
id = "team"
[[asset]]
id = "v4"
owner = "team"
ip = ["1.1.1.1/32"]
[[asset]]
id = "names"
owner = "team"
dns = [".one.example"]
[[issuer]]
id = "our-ca"
spki_sha256 = ["{HASH}"]
[[grant]]
id = "g1"
assets = ["v4", "names"]
issuers = ["our-ca"]
not_before = 2026-01-01T00:00:00Z
not_after = 2027-01-01T00:00:00Z
approved_by = "alice"
reason = "CHG-1"
"#
    )
}

#[test]
fn the_example_of_the_tests_is_good() {
    assert!(Policy::compile(&good(), "p.toml").is_ok());
    let _ = support::policy();
    // Owners without assets, issuers and grants are no mistake.
    let least = "version = 1\n[[owner]]\nid = \"me\"\n[[asset]]\nid = \"a\"\nowner = \"me\"\ndns = [\"a.example\"]\n";
    assert!(Policy::compile(least, "p.toml").is_ok());
}

/// What is replaced by what, and the mistakes.
#[test]
fn every_mistake_has_its_place() {
    for (from, to, expected) in [
        ("version = 1\n", "", &["p.toml:1:1: missing field `version` at the top of the file"][..]),
        ("version = 1", "version = 2", &["p.toml:1:11: version 2: expected 1"]),
        (
            "version = 1",
            "version = \"1\"",
            &["p.toml:1:11: `version` is none that can be read: expected the whole number 1"],
        ),
        (
            "version = 1",
            "version = 1.0",
            &["p.toml:1:11: `version` is none that can be read: expected the whole number 1"],
        ),
        (
            "version = 1",
            "version = [1]",
            &["p.toml:1:11: `version` is none that can be read: expected the whole number 1"],
        ),
        (
            "version = 1",
            "version = 1\nowners = 3",
            &[
                "p.toml:2:1: unknown field `owners` (did you mean `owner`?): expected `version`, `defaults`, `levels`, `owner`, `asset`, `issuer`, `grant`, `deny`, `limit`, `suppress`",
            ],
        ),
        ("[[owner]]", "[owner]", &["p.toml:2:1: expected tables `[[owner]]`, with two brackets"]),
        (
            "owner = \"team\"\nip",
            "onwer = \"team\"\nip",
            &[
                "p.toml:6:1: unknown field `onwer` (did you mean `owner`?): expected `id`, `owner`, `ip`, `dns`, `tags`, `sources`, `owned_without_grant`, `malformed_near_asset`",
            ],
        ),
        (
            "owner = \"team\"\nip",
            "owner = \"taem\"\nip",
            &["p.toml:6:9: unknown owner `taem` (did you mean `team`?): expected the id of a table `[[owner]]`"],
        ),
        ("[\"1.1.1.1/32\"]", "\"1.1.1.1/32\"", &["p.toml:7:6: invalid type: string \"1.1.1.1/32\", expected an array"]),
        ("[\"1.1.1.1/32\"]", "[]", &["p.toml:7:6: `ip` is empty: expected at least one"]),
        ("ip = [\"1.1.1.1/32\"]\n", "", &["p.toml:5:6: asset `v4` watches nothing: expected `ip` or `dns`"]),
        (
            "\"1.1.1.1/32\"",
            "\"1.1.1.1/33\"",
            &["p.toml:7:16: \"1.1.1.1/33\" in `ip`: prefix length: expected a number from 0 to 32"],
        ),
        (
            "\"1.1.1.1/32\"",
            "\"1.1.1.1/24\", \"one.example\"",
            &[
                "p.toml:7:8: \"1.1.1.1/24\" in `ip`: bits set behind the prefix: expected 1.1.1.0/24",
                "p.toml:7:22: \"one.example\" in `ip` is a name: put it under `dns`",
            ],
        ),
        (
            "\"1.1.1.1/32\"",
            "\"1.1.1.256\", \".one.example\"",
            &[
                "p.toml:7:8: \"1.1.1.256\" in `ip`: expected an IPv4 address (192.0.2.1) or an IPv6 address (2001:db8::1)",
                "p.toml:7:21: \".one.example\" in `ip` is a name: put it under `dns`",
            ],
        ),
        (
            "\".one.example\"",
            "\"198.51.100.9\", \"10.0.0.0/8\", \"2001:db8::1\"",
            &[
                "p.toml:11:9: \"198.51.100.9\" in `dns` is an address: put it under `ip`",
                "p.toml:11:25: \"10.0.0.0/8\" in `dns` is an address: put it under `ip`",
                "p.toml:11:39: \"2001:db8::1\" in `dns` is an address: put it under `ip`",
            ],
        ),
        (
            "\".one.example\"",
            "\"*.one.example\"",
            &[
                "p.toml:11:9: \"*.one.example\" in `dns`: a wildcard is not an item: write .example.com for example.com and all names below it",
            ],
        ),
        (
            "\".one.example\"",
            "'one..example'",
            &["p.toml:11:13: \"one..example\" in `dns`: empty label: expected a letter, digit, hyphen or underscore"],
        ),
        // The text has an escape: where in it is not told.
        (
            "\".one.example\"",
            "\"one\\u002e.example\"",
            &["p.toml:11:8: \"one..example\" in `dns`: empty label: expected a letter, digit, hyphen or underscore"],
        ),
        (
            "id = \"names\"",
            "id = \"v4\"",
            &[
                "p.toml:9:6: second asset `v4`: the first is in line 5",
                "p.toml:17:17: unknown asset `names`: expected the id of a table `[[asset]]`",
            ],
        ),
        (
            "id = \"names\"",
            "id = \"my names\"",
            &[
                "p.toml:9:6: \"my names\" is no id: expected 1 to 64 letters, digits, `.`, `_` and `-`",
                "p.toml:17:17: unknown asset `names`: expected the id of a table `[[asset]]`",
            ],
        ),
        (
            "id = \"g1\"",
            "id = \"default-deny\"",
            &["p.toml:16:6: the id `default-deny` is taken: it stands for what is decided where no grant is"],
        ),
        (
            "[\"v4\", \"names\"]",
            "[\"v4\", \"v6\"]",
            &["p.toml:17:17: unknown asset `v6` (did you mean `v4`?): expected the id of a table `[[asset]]`"],
        ),
        ("[\"v4\", \"names\"]", "[]", &["p.toml:17:10: `assets` is empty: expected at least one"]),
        (
            "issuers = [\"our-ca\"]",
            "issuers = [\"our_ca\"]",
            &[
                "p.toml:18:12: unknown issuer `our_ca` (did you mean `our-ca`?): expected the id of a table `[[issuer]]`",
            ],
        ),
        ("2222\"]", "222\"]", &["p.toml:14:16: 63 hexadecimal digits: expected 64"]),
        ("2222\"]", "222x\"]", &["p.toml:14:16: 'x' is no hexadecimal digit: expected 64 of 0-9 and a-f"]),
        (
            "not_before = 2026-01-01T00:00:00Z",
            "not_before = 2026-01-01",
            &["p.toml:19:14: time without an offset: expected one such as 2026-01-01T00:00:00Z"],
        ),
        (
            "not_before = 2026-01-01T00:00:00Z",
            "not_before = 2026-01-01T00:00:00",
            &["p.toml:19:14: time without an offset: expected one such as 2026-01-01T00:00:00Z"],
        ),
        (
            "not_before = 2026-01-01T00:00:00Z",
            "not_before = \"2026-01-01T00:00:00Z\"",
            &[
                "p.toml:19:14: invalid type: string \"2026-01-01T00:00:00Z\", expected a time such as 2026-01-01T00:00:00Z, without quotes",
            ],
        ),
        (
            "not_after = 2027-01-01T00:00:00Z",
            "not_after = 2025-12-31T23:59:59Z",
            &["p.toml:20:13: the window ends (2025-12-31T23:59:59Z) before it begins (2026-01-01T00:00:00Z)"],
        ),
        (
            "approved_by = \"alice\"",
            "approved_by = \" \"",
            &["p.toml:21:15: `approved_by` is empty: expected who can be asked about it later"],
        ),
        ("reason = \"CHG-1\"", "evidence_sha256 = \"00\"", &["p.toml:15:1: missing field `reason` in `[[grant]]`"]),
        (
            "reason = \"CHG-1\"",
            "reason = \"CHG-1\"\nevidence_sha256 = \"00\"",
            &["p.toml:23:19: 2 hexadecimal digits: expected 64"],
        ),
        (
            "reason = \"CHG-1\"",
            "reason = \"CHG-1\"\nwildcards_above = 1",
            &["p.toml:23:19: invalid type: integer `1`, expected `true` or `false`"],
        ),
        ("id = \"team\"", "id = \"team", &["p.toml:3:11: no TOML: invalid basic string, expected `\"`"]),
    ] {
        let good = good();
        assert!(good.contains(from), "{from}");
        assert_eq!(mistakes(&good.replacen(from, to, 1)), expected, "{to}");
    }
}

/// One slip of the pen is one mistake: what follows from it is not told, and what is wrong besides is.
#[test]
fn one_mistake_is_told_once() {
    let owner = "p.toml:3:1: unknown field `idd` (did you mean `id`?): expected `id`, `contact`";
    let by = "p.toml:22:1: unknown field `aproved_by` (did you mean `approved_by`?): expected `id`, `assets`, `issuers`, \
              `not_before`, `not_after`, `approved_by`, `reason`, `evidence_sha256`, `wildcards_above`, `key_sha256`, \
              `tbs_sha256`, `env`";
    let top = "p.toml:2:3: unknown field `owners` (did you mean `owner`?): expected `version`, `defaults`, `levels`, `owner`, \
               `asset`, `issuer`, `grant`, `deny`, `limit`, `suppress`";
    for (changes, expected) in [
        (&[("id = \"team\"", "idd = \"team\"")][..], &[owner][..]),
        (&[("id = \"team\"", "contact = \"team\"")], &["p.toml:2:1: missing field `id` in `[[owner]]`"]),
        (&[("id = \"team\"", "id = 7")], &["p.toml:3:6: invalid type: integer `7`, expected a string"]),
        (&[("[[owner]]", "[[owners]]")], &[top]),
        // What was meant is looked at, and so is what else refers to nothing.
        (
            &[("id = \"team\"", "idd = \"team\""), ("owner = \"team\"\nip", "owner = \"taem\"\nip")],
            &[owner, "p.toml:6:9: unknown owner `taem` (did you mean `team`?): expected the id of a table `[[owner]]`"],
        ),
        (
            &[("id = \"team\"", "idd = \"my team\"")],
            &[
                owner,
                "p.toml:3:7: \"my team\" is no id: expected 1 to 64 letters, digits, `.`, `_` and `-`",
                "p.toml:6:9: unknown owner `team`: expected the id of a table `[[owner]]`",
                "p.toml:10:9: unknown owner `team`: expected the id of a table `[[owner]]`",
            ],
        ),
        (
            &[("approved_by = \"alice\"", "\naproved_by = \"\"")],
            &[by, "p.toml:22:14: `approved_by` is empty: expected who can be asked about it later"],
        ),
        // A field that is there too is no slip.
        (&[("id = \"team\"", "id = \"team\"\nidd = \"team\"")], &[&owner.replace("3:1", "4:1")]),
    ] {
        let good = good();
        let text = changes.iter().fold(good, |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        assert_eq!(mistakes(&text), expected, "{changes:?}");
    }
}

/// A grant that a finding carried is no consent until somebody has signed it.
#[test]
fn a_grant_that_nobody_has_signed() {
    let policy = support::policy();
    let verdict = support::evaluate_ours(&policy, &support::leaf().dns("www.bare.example"));
    let grant = verdict.findings().find_map(|finding| finding.missing_grant.clone()).unwrap();
    let lines = support::policy_text().lines().count();
    let of = |grant: &str| format!("{}{}", support::policy_text(), grant);
    let by = format!(
        "p.toml:{}:15: \"WHO APPROVED IT\" is to be replaced: expected the name of whoever approved it",
        lines + 8
    );
    let reason = format!(
        "p.toml:{}:10: \"WHY, AND THE NUMBER OF THE TICKET\" is to be replaced: expected why it was approved, such as the \
         number of a ticket",
        lines + 9
    );
    assert_eq!(mistakes(&of(&grant)), [by.clone(), reason.clone()]);
    assert_eq!(mistakes(&of(&grant.replace("WHO APPROVED IT", "alice"))), [reason]);
    assert_eq!(mistakes(&of(&grant.replace("WHY, AND THE NUMBER OF THE TICKET", "CHG-7"))), [by]);
    assert!(Policy::compile(&of(&support::signed(&grant)), "p.toml").is_ok());
}

/// All tables.
fn full() -> String {
    format!(
        r#"{}key_sha256 = ["{HASH}"]
tbs_sha256 = ["{HASH}"]
env = "production"
[defaults]
owned_without_grant = "warn"
malformed_near_asset = "warn"
deny_uncovered = true
[levels]
"ownership.no_grant" = "error"
"san.ip_reserved" = "allow"
"stream.burst" = "notice"
[[deny]]
id = "d1"
assets = ["v4"]
dns = ["no.example"]
issuers = ["our-ca"]
reason = "INC-1"
[[limit]]
id = "l1"
issuers = ["our-ca"]
dns = [".hr"]
addresses = true
reason = "contract"
[[suppress]]
id = "s1"
rule = "ownership.no_grant"
asset = "v4"
tbs_sha256 = "{HASH}"
until = 2026-12-31T00:00:00Z
by = "bob"
reason = "INC-2"
"#,
        good()
            .replace("owner = \"team\"\nip", "owner = \"team\"\ntags = [\"edge\"]\nsources = [\"rir\"]\nowned_without_grant = \"allow\"\nmalformed_near_asset = \"deny\"\nip")
            .replace("id = \"our-ca\"", "id = \"our-ca\"\nenv = \"production\"")
    )
}

#[test]
fn every_table_has_its_mistakes() {
    assert!(Policy::compile(&full(), "p.toml").is_ok(), "{:?}", Policy::compile(&full(), "p.toml"));
    for (from, to, expected) in [
        (
            "owned_without_grant = \"warn\"",
            "owned_without_grant = \"wran\"",
            &["`wran` in `owned_without_grant` (did you mean `warn`?): expected `deny`, `warn`, `allow`"][..],
        ),
        (
            "malformed_near_asset = \"warn\"",
            "malformed_near_asset = \"allow\"",
            &["`allow` in `malformed_near_asset`: expected `deny`, `warn`"],
        ),
        (
            "deny_uncovered = true",
            "deny_uncoverd = true",
            &[
                "unknown field `deny_uncoverd` (did you mean `deny_uncovered`?): expected `owned_without_grant`, `malformed_near_asset`, `deny_uncovered`",
            ],
        ),
        ("deny_uncovered = true", "deny_uncovered = 1", &["invalid type: integer `1`, expected `true` or `false`"]),
        ("[defaults]", "[[defaults]]", &["expected one table `[defaults]`"]),
        ("[levels]", "[[levels]]", &["expected one table `[levels]`"]),
        (
            "\"ownership.no_grant\" = \"error\"",
            "\"ownership.no_grants\" = \"error\"",
            &[
                "unknown rule `ownership.no_grants` (did you mean `ownership.no_grant`?): expected the id of a rule (in quotes, where it is a key)",
            ],
        ),
        (
            "\"stream.burst\" = \"notice\"",
            "\"stream.bursts\" = \"notice\"",
            &[
                "unknown rule `stream.bursts` (did you mean `stream.burst`?): expected the id of a rule (in quotes, where it is a key)",
            ],
        ),
        (
            "rule = \"ownership.no_grant\"",
            "rule = \"stream.burst\"",
            &["`stream.burst` is a rule over the stream: expected one of certificates; `[levels]` can switch it off"],
        ),
        (
            "\"ownership.no_grant\" = \"error\"",
            "ownership.no_grant = \"error\"",
            &["unknown rule `ownership`: expected the id of a rule (in quotes, where it is a key)"],
        ),
        (
            "\"ownership.no_grant\" = \"error\"",
            "\"ownership.no_grant\" = \"eror\"",
            &["`eror` in `levels` (did you mean `error`?): expected `allow`, `notice`, `warning`, `error`, `critical`"],
        ),
        (
            "\"ownership.no_grant\" = \"error\"",
            "\"ownership.denied\" = \"allow\"",
            &["`ownership.denied` cannot be switched off: expected a level"],
        ),
        (
            "\"ownership.no_grant\" = \"error\"",
            "\"ownership.undecidable\" = \"allow\"",
            &["`ownership.undecidable` cannot be switched off: expected a level"],
        ),
        (
            "assets = [\"v4\"]\ndns = [\"no.example\"]\n",
            "",
            &["deny `d1` forbids nothing: expected `assets`, `ip` or `dns`"],
        ),
        ("dns = [\"no.example\"]", "dns = []", &["`dns` is empty: expected at least one"]),
        ("reason = \"INC-1\"", "reason = \"\"", &["`reason` is empty: expected why, for whoever asks later"]),
        (
            "dns = [\".hr\"]\naddresses = true",
            "addresses = true",
            &["limit `l1` forbids nothing: expected `dns`, `ip` or `addresses = false`"],
        ),
        ("dns = [\".hr\"]", "ip = [\"1.1.1.1\"]", &["`ip` beside `addresses`: expected one of them"]),
        (
            "asset = \"v4\"\ntbs_sha256",
            "assets = \"v4\"\ntbs_sha256",
            &[
                "unknown field `assets` (did you mean `asset`?): expected `id`, `rule`, `until`, `by`, `reason`, `asset`, `tbs_sha256`",
            ],
        ),
        (
            "rule = \"ownership.no_grant\"",
            "rule = \"ownership.nogrant\"",
            &[
                "unknown rule `ownership.nogrant` (did you mean `ownership.no_grant`?): expected the id of a rule (in quotes, where it is a key)",
            ],
        ),
        ("until = 2026-12-31T00:00:00Z\n", "", &["missing field `until` in `[[suppress]]`"]),
        ("env = \"production\"\nspki", "env = \"live\"\nspki", &["`live` in `env`: expected `production`, `test`"]),
        ("tags = [\"edge\"]", "tags = [\"\"]", &["`tags` is empty: expected a word"]),
        ("sources = [\"rir\"]", "sources = []", &["`sources` is empty: expected at least one"]),
        // What decides has an id of its own.
        ("id = \"d1\"", "id = \"g1\"", &["second deny `g1`: the first is in line 21"]),
        (
            "id = \"s1\"",
            "id = \"default-allow\"",
            &["the id `default-allow` is taken: it stands for what is decided where no grant is"],
        ),
    ] {
        let full = full();
        assert!(full.contains(from), "{from}");
        let text = full.replacen(from, to, 1);
        let said: Vec<String> =
            mistakes(&text).iter().map(|line| line.splitn(4, ':').nth(3).unwrap().trim().to_owned()).collect();
        assert_eq!(said, expected, "{to}");
    }
    let scopeless = full().replace(&format!("asset = \"v4\"\ntbs_sha256 = \"{HASH}\""), "");
    assert_eq!(
        mistakes(&scopeless).concat().rsplit("suppress ").next().unwrap(),
        "`s1` has no scope: expected `asset`, `tbs_sha256` or both; `[levels]` is for all"
    );
    let keyless = good().replace(&format!("spki_sha256 = [\"{HASH}\"]"), "");
    assert_eq!(
        mistakes(&keyless),
        ["p.toml:13:6: issuer `our-ca` has no key: expected `spki_sha256`, `certificate_sha256` or `owner`"]
    );
    let by = |by: &str| good().replace(&format!("spki_sha256 = [\"{HASH}\"]"), by);
    assert_eq!(
        mistakes(&by(&format!("certificate_sha256 = [\"{HASH}\"]"))),
        [
            "p.toml:14:23: certificate 22222222… is none of those that were handed in, so that its key is not known: expected `spki_sha256`"
        ]
    );
    assert_eq!(
        mistakes(&by("owner = [\"Acme\"]")),
        ["p.toml:14:10: unknown owner of CAs \"Acme\": expected one of the table that was handed in"]
    );
    let mut authorities = ctlens_policy::Authorities::new();
    authorities.add_key("Acme Trust", ctlens_policy::Sha256Hash([1; 32]));
    let options = ctlens_policy::CompileOptions { authorities: Some(&authorities), ..Default::default() };
    let errors = Policy::compile_with(&by("owner = [\"Acme Tust\"]"), "p.toml", options).unwrap_err();
    assert!(errors.to_string().contains("(did you mean `Acme Trust`?)"), "{errors}");
}

const JSON: &str = r#"{
  "version": 1,
  "owner": [{"id": "team"}],
  "asset": [
    {"id": "v4", "owner": "team", "ip": ["1.1.1.1/32"]},
    {"id": "names", "owner": "team", "dns": [".one.example"]}
  ],
  "issuer": [{"id": "our-ca", "spki_sha256": ["2222222222222222222222222222222222222222222222222222222222222222"]}],
  "grant": [{
    "id": "g1", "assets": ["v4", "names"], "issuers": ["our-ca"],
    "not_before": "2026-01-01T00:00:00Z", "not_after": "2027-01-01T00:00:00Z",
    "approved_by": "alice", "reason": "CHG-1"
  }]
}
"#;

#[test]
fn json_is_the_same() {
    let now = ctlens_x509::UnixSeconds(1_770_000_000);
    let (json, toml) = (Policy::compile_json(JSON, "p.json").unwrap(), Policy::compile(&good(), "p.toml").unwrap());
    assert_eq!(json.coverage(now), toml.coverage(now));
    assert_eq!(json.digest().0, ctlens_testkit::tree::sha256(JSON.as_bytes()));
}

#[test]
fn mistakes_in_json_have_their_place() {
    for (from, to, expected) in [
        (
            "\"version\": 1",
            "\"version\": \"1\"",
            &["2:14: `version` is none that can be read: expected the whole number 1"][..],
        ),
        (
            "\"version\": 1",
            "\"version\": 1.0",
            &["2:14: `version` is none that can be read: expected the whole number 1"],
        ),
        ("\"version\": 1", "\"version\": 2", &["2:14: version 2: expected 1"]),
        (
            "\"version\": 1",
            "\"version\": null",
            &["1:1: missing field `version` at the top of the file", "2:14: invalid type: null, which nothing here is"],
        ),
        ("\"version\": 1,", "\"version\": 1", &["3:3: no JSON: expected `,` or `}`"]),
        (
            "\"owner\": [{\"id\": \"team\"}]",
            "\"owner\": {\"id\": \"team\"}",
            &["3:12: expected a list of objects under `owner`"],
        ),
        (
            "\"owner\": \"team\", \"ip\"",
            "\"onwer\": \"team\", \"ip\"",
            &[
                "5:18: unknown field `onwer` (did you mean `owner`?): expected `id`, `owner`, `ip`, `dns`, `tags`, `sources`, `owned_without_grant`, `malformed_near_asset`",
            ],
        ),
        ("{\"id\": \"v4\", ", "{\"id\": \"v4\", \"id\": \"v5\", ", &["5:18: second `id`"]),
        (
            "[\"1.1.1.1/32\"]",
            "[\"1.1.1.1/33\"]",
            &["5:51: \"1.1.1.1/33\" in `ip`: prefix length: expected a number from 0 to 32"],
        ),
        ("[\"1.1.1.1/32\"]", "[[\"1.1.1.1/32\"]]", &["5:42: invalid type: array, expected a string"]),
        ("[\".one.example\"]", "[\".one\\u002eexample\"]", &[]),
        ("[\".one.example\"]", "[\"one\\ud800\"]", &["6:46: no JSON: unexpected end of hex escape"]),
        (
            "\"2026-01-01T00:00:00Z\"",
            "\"2026-01-01\"",
            &["11:19: time without an offset: expected one such as 2026-01-01T00:00:00Z"],
        ),
        (
            "\"2026-01-01T00:00:00Z\"",
            "\"yesterday\"",
            &["11:19: no such time: expected one such as 2026-01-01T00:00:00Z"],
        ),
        (
            "\"2026-01-01T00:00:00Z\"",
            "1767225600",
            &["11:19: invalid type: integer `1767225600`, expected a string with a time such as 2026-01-01T00:00:00Z"],
        ),
        (
            "\"reason\": \"CHG-1\"",
            "\"reason\": \"CHG-1\", \"wildcards_above\": [[[[[[[[1]]]]]]]]",
            &["12:72: nested deeper than 8, which nothing here is"],
        ),
    ] {
        assert!(JSON.contains(from), "{from}");
        let text = JSON.replacen(from, to, 1);
        let said: Vec<String> = match Policy::compile_json(&text, "p.json") {
            Ok(_) => Vec::new(),
            Err(errors) => {
                errors.to_string().lines().map(|line| line.trim_start_matches("p.json:").to_owned()).collect()
            }
        };
        assert_eq!(said, expected, "{to}");
    }
    for (text, said) in [
        ("", "p:1:1: no JSON: EOF while parsing a value"),
        ("[]", "p:1:1: invalid type: array, expected an object"),
        ("3", "p:1:1: invalid type: integer, expected an object"),
        ("{}", "p:1:1: missing field `version` at the top of the file"),
        ("{} {}", "p:1:4: no JSON: trailing characters"),
    ] {
        assert_eq!(Policy::compile_json(text, "p").unwrap_err().to_string(), said, "{text:?}");
    }
}

/// With the feature `idna` of ctlens-san the first is no mistake.
#[test]
fn columns_are_characters_and_not_octets() {
    let text = good().replacen("\".one.example\"", "\"bücher.example\", \"a..b\"", 1);
    assert_eq!(
        mistakes(&text).last().unwrap(),
        "p.toml:11:29: \"a..b\" in `dns`: empty label: expected a letter, digit, hyphen or underscore"
    );
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let text = r#"version = 1
[[asset]]
id = "a"
owner = "nobody"
ip = ["1.1.1.1/40"]
dns = []
[[grant]]
id = "g"
assets = ["b"]
issuers = []
not_before = 2026-01-01
not_after = 2026-01-01
approved_by = ""
reason = ""
colour = "red"
"#;
    let places: Vec<String> = mistakes(text).iter().map(|line| line.split(": ").next().unwrap().to_owned()).collect();
    assert_eq!(
        places,
        [
            "p.toml:4:9",
            "p.toml:5:16",
            "p.toml:6:7",
            "p.toml:9:11",
            "p.toml:10:11",
            "p.toml:11:14",
            "p.toml:12:13",
            "p.toml:13:15",
            "p.toml:14:10",
            "p.toml:15:1"
        ]
    );
}

/// A table with a mistake is known all the same.
#[test]
fn one_mistake_does_not_make_others() {
    let text = good().replacen("ip = [\"1.1.1.1/32\"]", "ip = 3", 1);
    assert_eq!(mistakes(&text), ["p.toml:7:6: invalid type: integer `3`, expected an array"]);
}

#[test]
fn an_empty_policy_would_watch_nothing() {
    assert_eq!(
        mistakes("version = 1\n"),
        ["p.toml:1:1: no asset: expected at least one table `[[asset]]`, or there is nothing to watch"]
    );
    assert_eq!(mistakes(""), ["p.toml:1:1: missing field `version` at the top of the file"]);
}

#[test]
fn facts_are_in_the_fields() {
    let errors = Policy::compile("version = 3\n", "p.toml").unwrap_err();
    let error = &errors.errors[0];
    assert_eq!((error.line, error.column, &error.problem), (1, 11, &Problem::Version { found: 3 }));
}

/// FIPS 180-4: one changed byte, another digest.
#[test]
fn the_digest_is_that_of_the_text() {
    let text = good();
    let policy = Policy::compile(&text, "a").unwrap();
    assert_eq!(policy.digest().0, ctlens_testkit::tree::sha256(text.as_bytes()));
    let other = Policy::compile(&format!("{text} "), "a").unwrap();
    assert_ne!(policy.digest(), other.digest());
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 400, failure_persistence: None, ..Default::default() })]

    /// A good configuration with a piece cut out or put in: errors or a policy, and no panic.
    #[test]
    fn damaged_text(at in 0_usize..700, cut in 0_usize..20, piece in "[\\[\\]={}\"'a-z0-9.\n#é-]{0,6}") {
        let good = good();
        let boundary = |at: usize| (at..).find(|&at| at >= good.len() || good.is_char_boundary(at)).unwrap().min(good.len());
        let (from, to) = (boundary(at), boundary(at + cut));
        let text = format!("{}{piece}{}", &good[..from], &good[to..]);
        if let Err(errors) = Policy::compile(&text, "p.toml") {
            proptest::prop_assert!(!errors.errors.is_empty());
            for error in errors.errors {
                proptest::prop_assert!(error.line >= 1 && error.line <= text.lines().count().max(1) + 1);
            }
        }
    }

    #[test]
    fn damaged_json(at in 0_usize..700, cut in 0_usize..20, piece in "[\\[\\]{}:,\"'a-z0-9.\n\\\\é-]{0,6}") {
        let boundary = |at: usize| at.min(JSON.len());
        let (from, to) = (boundary(at), boundary(at + cut));
        let text = format!("{}{piece}{}", &JSON[..from], &JSON[to..]);
        if let Err(errors) = Policy::compile_json(&text, "p") {
            proptest::prop_assert!(!errors.errors.is_empty());
            for error in errors.errors {
                let line = text.split('\n').nth(error.line - 1).unwrap();
                proptest::prop_assert!((1..=line.chars().count() + 1).contains(&error.column), "{error}");
            }
        }
    }
}

/// What the decoder says is said in the words of the language that the file is in.
#[test]
fn wrong_types_in_words() {
    let good_json = r#"{"version":1,"owner":[{"id":"o"}],"asset":[{"id":"a","owner":"o","ip":["1.1.1.1"]}]}"#;
    Policy::compile_json(good_json, "p").unwrap();
    for (from, to, said) in [
        (r#"["1.1.1.1"]"#, r#"{"a":1}"#, "invalid type: object, expected an array"),
        (r#""id":"a""#, r#""id":["a"]"#, "invalid type: array, expected a string"),
        (r#""id":"a""#, r#""id":7"#, "invalid type: integer `7`, expected a string"),
    ] {
        let errors = Policy::compile_json(&good_json.replace(from, to), "p").unwrap_err();
        assert_eq!(errors.errors[0].problem.to_string(), said);
    }
    let text = good().replace("not_before = 2026-01-01T00:00:00Z", "not_before = 7");
    assert!(
        mistakes(&text)[0]
            .ends_with("invalid type: integer `7`, expected a time such as 2026-01-01T00:00:00Z, without quotes")
    );
    let holder = |asn: &str| {
        let text = format!("version = 1\n[[holder]]\nowner = \"a\"\nasn = {asn}\n");
        ctlens_policy::Ownership::read(&text, "o", ctlens_policy::Format::Toml).unwrap_err().errors[0]
            .problem
            .to_string()
    };
    assert_eq!(holder("[-1]"), "invalid value: integer `-1`, expected a whole number from 0 to 4294967295");
    assert_eq!(holder("[\"AS1\"]"), "invalid type: string \"AS1\", expected a whole number from 0 to 4294967295");
    assert_eq!(holder("[]"), "`asn` is empty: expected at least one");
}

/// Nothing recurses on the text, whatever opens in it.
#[test]
fn deep_nesting_is_a_mistake() {
    let deep = 100_000;
    for text in [
        format!("a = {}", "[".repeat(deep)),
        format!("a = {}{}", "[".repeat(deep), "]".repeat(deep)),
        format!("a = {}1{}", "{b = ".repeat(deep), "}".repeat(deep)),
        format!("{}a = 1", "a.".repeat(deep)),
        format!("[{}a]", "a.".repeat(deep)),
        format!("[[{}a]]", "a.".repeat(deep)),
    ] {
        assert!(Policy::compile(&text, "p").is_err());
    }
    for text in [
        "[".repeat(deep),
        format!("{}{}", "[".repeat(deep), "]".repeat(deep)),
        format!("{}1{}", "{\"a\":".repeat(deep), "}".repeat(deep)),
        format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100)),
    ] {
        assert!(Policy::compile_json(&text, "p").is_err());
    }
}

/// Every mistake of many on one line has its place, and a long id is shown as it is.
#[test]
fn many_mistakes_on_one_line() {
    let count = 2_000;
    let long = "x".repeat(100_000);
    let assets: Vec<String> =
        (0..count).map(|_| r#"{"id":"a","owner":"nobody","dns":[".a.example"]}"#.to_owned()).collect();
    let text = format!(r#"{{"version":1,"owner":[{{"id":"{long}"}}],"asset":[{}]}}"#, assets.join(","));
    let errors = Policy::compile_json(&text, "p").unwrap_err().errors;
    let first = text.find(r#""a","owner""#).unwrap();
    // An id that is none, an unknown owner in each, and all but the first are second ones.
    assert_eq!(errors.len(), 1 + count + (count - 1));
    for (number, pair) in errors[2..].chunks(2).enumerate() {
        let begins = first + 1 + (number + 1) * (assets[0].len() + 1);
        assert_eq!((pair[0].line, pair[0].column), (1, begins), "{number}");
    }
}

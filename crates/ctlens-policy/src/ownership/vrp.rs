//! What a validator makes of the RPKI, in the JSON that they all write.

use super::error::{SourceError, SourceProblem};
use super::source::{Claims, HolderKind, OwnershipSource};
use ctlens_san::Prefix;
use serde::Deserialize;
use std::borrow::Cow;

#[derive(Deserialize)]
#[serde(expecting = "an object with `roas`")]
struct Vrps {
    roas: Vec<Vrp>,
}

#[derive(Deserialize)]
#[serde(try_from = "RawVrp<'_>")]
struct Vrp {
    asn: u32,
    prefix: Prefix,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with `asn` and `prefix`")]
struct RawVrp<'t> {
    #[serde(borrow)]
    asn: Asn<'t>,
    prefix: Prefix,
    #[serde(rename = "maxLength")]
    max_length: Option<u8>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "an AS number such as 13335 or \"AS13335\"")]
enum Asn<'t> {
    Number(u32),
    Text(#[serde(borrow)] Cow<'t, str>),
}

impl TryFrom<RawVrp<'_>> for Vrp {
    type Error = String;

    fn try_from(raw: RawVrp<'_>) -> Result<Self, String> {
        let asn = match raw.asn {
            Asn::Number(number) => number,
            Asn::Text(text) => {
                let digits = text.strip_prefix("AS").or_else(|| text.strip_prefix("as")).unwrap_or(&text);
                let is_number = digits.bytes().all(|octet| octet.is_ascii_digit());
                let number = is_number.then(|| digits.parse().ok()).flatten();
                number.ok_or_else(|| format!("{text:?} is no AS number: expected one such as AS13335"))?
            }
        };
        let width = if raw.prefix.address().is_ipv4() { 32 } else { 128 };
        match raw.max_length {
            // RFC 9582 §4.3: no shorter than the prefix, no longer than an address.
            Some(length) if length < raw.prefix.length() || length > width => {
                Err(format!("maxLength {length} for {}", raw.prefix))
            }
            _ => Ok(Self { asn, prefix: raw.prefix }),
        }
    }
}

impl OwnershipSource {
    /// Validated ROA payloads as JSON, the output `json` of Routinator and of rpki-client; holders are AS numbers, `AS13335`.
    ///
    /// ```text
    /// { "roas": [ { "asn": "AS13335", "prefix": "1.1.1.0/24", "maxLength": 24, "ta": "apnic" } ] }
    /// ```
    ///
    /// Routinator writes the AS number as here, rpki-client as a number; `maxLength` may be missing, and must fit the prefix. All
    /// else in it is theirs and not looked at.
    ///
    /// A ROA (RFC 9582) says who may announce a prefix, by the word of who holds it. AS 0 says that nobody may (RFC 7607), and names no
    /// holder.
    ///
    /// # Errors
    ///
    /// Where the text is no JSON of this form.
    pub fn from_vrps(name: &str, text: &str) -> Result<Self, SourceError> {
        let vrps: Vrps = serde_json::from_str(text).map_err(|error| {
            let said = error.to_string();
            let said = said.rsplit_once(" at line ").map_or(said.as_str(), |(said, _)| said).to_owned();
            let (line, column) = (error.line().max(1), error.column().max(1));
            SourceError { source_name: name.to_owned(), line, column, problem: SourceProblem::Json { said } }
        })?;
        let mut claims = Claims::new();
        for vrp in vrps.roas.iter().filter(|vrp| vrp.asn != 0) {
            claims.add(vrp.prefix, &format!("AS{}", vrp.asn));
        }
        Ok(claims.into_source(name.to_owned(), HolderKind::AutonomousSystem))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_both_validators() {
        let text = r#"{
  "metadata": { "buildmachine": "m", "roas": 3 },
  "roas": [
    { "asn": 13335, "prefix": "1.1.1.0/24", "maxLength": 24, "ta": "apnic", "expires": 1 },
    { "asn": "AS13335", "prefix": "2606:4700::/32", "maxLength": 48, "ta": "arin" },
    { "asn": "AS0", "prefix": "1.0.0.0/8", "maxLength": 32, "ta": "apnic" }
  ],
  "aspas": []
}"#;
        let source = OwnershipSource::from_vrps("vrps.json", text).unwrap();
        let holders = |prefix: &str| -> Vec<String> {
            let holders = source.holders_of(prefix.parse().unwrap());
            holders.map(|(prefix, holder)| format!("{prefix} {holder}")).collect()
        };
        assert_eq!(holders("1.1.1.1/32"), ["1.1.1.0/24 AS13335"]);
        assert_eq!(holders("2606:4700::1111/128"), ["2606:4700::/32 AS13335"]);
        assert!(holders("1.2.3.0/24").is_empty());
        assert_eq!(source.kind(), HolderKind::AutonomousSystem);
    }

    /// The decoder says where it stood when it knew: at the end of the object or shortly before.
    #[test]
    fn mistakes() {
        for (text, line, columns, said) in [
            ("", 1, 1..=1, "EOF while parsing a value"),
            ("{}", 1, 2..=2, "missing field `roas`"),
            ("7", 1, 1..=1, "invalid type: integer `7`, expected an object with `roas`"),
            ("{\"roas\": [\n {\"asn\": 1}\n]}", 2, 11..=11, "missing field `prefix`"),
            ("{\"roas\": [{\"asn\": 1, \"prefix\": \"1.1.1.1/24\"}]}", 1, 32..=80, "bits set behind the prefix"),
            ("{\"roas\": [{\"asn\": \"ASx\", \"prefix\": \"1.1.1.0/24\"}]}", 1, 12..=80, "\"ASx\" is no AS number"),
            ("{\"roas\": [{\"asn\": \"AS+1\", \"prefix\": \"1.1.1.0/24\"}]}", 1, 12..=80, "\"AS+1\" is no AS number"),
            ("{\"roas\": [{\"asn\": 4294967296, \"prefix\": \"::/0\"}]}", 1, 12..=80, "an AS number such as"),
            ("{\"roas\": [{\"asn\": 1, \"prefix\": \"::/8\", \"maxLength\": 7}]}", 1, 12..=80, "maxLength 7 for ::/8"),
            (
                "{\"roas\": [{\"asn\": 1, \"prefix\": \"1.0.0.0/8\", \"maxLength\": 33}]}",
                1,
                12..=80,
                "maxLength 33 for 1.0.0.0/8",
            ),
        ] {
            let found = OwnershipSource::from_vrps("v", text).unwrap_err();
            let SourceProblem::Json { said: found_said } = &found.problem else { panic!("{found}") };
            assert!(found_said.starts_with(said), "{text}: {found}");
            assert!(
                found.line == line && columns.contains(&found.column) && found.column <= text.len().max(1),
                "{text}: {found}"
            );
        }
    }
}

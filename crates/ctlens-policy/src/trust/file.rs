//! A trust view as a file.

use super::{RootProgramme, Trust, TrustEntry, TrustView, Window, magnitude};
use crate::config::{Document, Format, Table, Text, Texts};
use crate::config_error::{ConfigErrors, Problem};
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TrustRecord {
    issuer_spki_sha256: Texts,
    programmes: Texts,
    from: Option<Spanned<Datetime>>,
    until: Option<Spanned<Datetime>>,
}

impl Table for TrustRecord {
    const NAME: &'static str = "trust";
    const REQUIRED: &'static [&'static str] = &["issuer_spki_sha256", "programmes"];
    const OPTIONAL: &'static [&'static str] = TIMES;
    const TIMES: &'static [&'static str] = TIMES;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DisallowRecord {
    id: Text,
    reason: Text,
    certificate_sha256: Option<Texts>,
    spki_sha256: Option<Texts>,
    issuer_spki_sha256: Option<Text>,
    serials: Option<Texts>,
    from: Option<Spanned<Datetime>>,
    until: Option<Spanned<Datetime>>,
}

impl Table for DisallowRecord {
    const NAME: &'static str = "disallow";
    const REQUIRED: &'static [&'static str] = &["id", "reason"];
    const OPTIONAL: &'static [&'static str] =
        &["certificate_sha256", "spki_sha256", "issuer_spki_sha256", "serials", "from", "until"];
    const TIMES: &'static [&'static str] = TIMES;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompromisedRecord {
    id: Text,
    reason: Text,
    spki_sha256: Texts,
}

impl Table for CompromisedRecord {
    const NAME: &'static str = "compromised";
    const REQUIRED: &'static [&'static str] = &["id", "reason", "spki_sha256"];
    const OPTIONAL: &'static [&'static str] = &[];
}

const TIMES: &[&str] = &["from", "until"];
const UNLISTED: &str = "unlisted";
const UNLISTED_WORDS: [(&str, bool); 2] = [("unknown", false), ("untrusted", true)];
const TOP: [&str; 5] = ["version", UNLISTED, TrustRecord::NAME, DisallowRecord::NAME, CompromisedRecord::NAME];

impl TrustView {
    /// A JSON Schema (2020-12) of a trust view, for editors. What it cannot say (that windows do not end before they begin)
    /// [`TrustView::read`] does.
    pub const JSON_SCHEMA: &str = include_str!("../../schema/trust-view.schema.json");

    /// Reads a trust view; `file` is the name that mistakes are reported under.
    ///
    /// ```toml
    /// version = 1
    /// unlisted = "unknown"                # or "untrusted": every issuing key that anybody trusts is listed here
    ///
    /// [[trust]]                           # who trusts the CAs with these keys: those that sign the certificates, mostly
    ///                                     # of intermediate CAs; the key of a root says nothing about what is below it
    /// issuer_spki_sha256 = ["7cc3d57206d4cb3cf9ed0ec9a8eda3d9e8dc0f07dfd4c8a55ad91a5d26c806da"]
    /// programmes = ["microsoft", "eu"]    # microsoft, mozilla, chrome, apple, eu, other; none: nobody does
    /// from = 2020-11-25T00:00:00Z         # both optional and inclusive
    /// until = 2025-09-03T23:59:59Z
    ///
    /// [[disallow]]                        # what some list takes out
    /// id = "disallowed-ctl"
    /// reason = "issued for addresses of others"
    /// spki_sha256 = ["7cc3d57206d4cb3cf9ed0ec9a8eda3d9e8dc0f07dfd4c8a55ad91a5d26c806da"]
    ///                                     # of an issuer or of a certificate; or certificate_sha256;
    ///                                     # or issuer_spki_sha256 and serials = ["d3167efd77cad759000000005fc7c672"]
    ///
    /// [[compromised]]                     # keys that others have
    /// id = "debian-2008"
    /// reason = "made by a generator that knew 32,768 keys"
    /// spki_sha256 = ["0000000000000000000000000000000000000000000000000000000000000000"]
    /// ```
    ///
    /// # Errors
    ///
    /// All mistakes that are found, each with its line and column.
    pub fn read(text: &str, file: &str, format: Format) -> Result<Self, ConfigErrors> {
        Document::read(text, file, format, &TOP, |document, top| {
            let mut view = Self::default();
            if let Some(word) = document.text(top, UNLISTED) {
                view.unlisted_is_untrusted = document.word(UNLISTED, &word, &UNLISTED_WORDS).unwrap_or(false);
            }
            let records = document.list::<TrustRecord>(top);
            records.iter().for_each(|record| view.add_trust(document, record));
            let records = document.list::<DisallowRecord>(top);
            records.iter().for_each(|record| view.add_disallowed(document, record));
            let records = document.list::<CompromisedRecord>(top);
            records.iter().for_each(|record| view.add_compromised(document, record));
            view
        })
    }

    fn add_trust(&mut self, document: &mut Document<'_>, record: &TrustRecord) {
        let words = record.programmes.get_ref();
        let by: Vec<RootProgramme> =
            words.iter().filter_map(|word| document.word("programmes", word, &RootProgramme::WORDS)).collect();
        let window = document.window(record.from.as_ref(), record.until.as_ref());
        for key in document.hashes("issuer_spki_sha256", Some(&record.issuer_spki_sha256)) {
            self.issuers.entry(key).or_default().push(Trust { by: by.clone(), window });
        }
    }

    fn add_disallowed(&mut self, document: &mut Document<'_>, record: &DisallowRecord) {
        let DisallowRecord { id, certificate_sha256, spki_sha256, issuer_spki_sha256, serials, .. } = record;
        let window = document.window(record.from.as_ref(), record.until.as_ref());
        let entry = document.entry(id, &record.reason, window);
        if certificate_sha256.is_none() && spki_sha256.is_none() && serials.is_none() {
            let problem = Problem::NothingDisallowed { disallow: id.get_ref().clone() };
            document.error(id.span().start, problem);
        }
        if issuer_spki_sha256.is_some() != serials.is_some() {
            document.error(id.span().start, Problem::SerialsOfNobody { disallow: id.get_ref().clone() });
        }
        for certificate in document.hashes("certificate_sha256", certificate_sha256.as_ref()) {
            self.disallowed_certificates.entry(certificate).or_default().push(entry.clone());
        }
        for key in document.hashes("spki_sha256", spki_sha256.as_ref()) {
            self.disallowed_keys.entry(key).or_default().push(entry.clone());
        }
        let issuer = issuer_spki_sha256.as_ref().and_then(|key| document.hash(key));
        let Some(serials) = serials else { return };
        document.check_not_empty("serials", serials);
        for text in serials.get_ref() {
            match (octets(text.get_ref()), issuer) {
                (Some(serial), Some(issuer)) => {
                    let key = (issuer, magnitude(&serial).to_vec());
                    self.disallowed_serials.entry(key).or_default().push(entry.clone());
                }
                (Some(_), None) => {}
                (None, _) => document.error(text.span().start, Problem::Serial { text: text.get_ref().clone() }),
            }
        }
    }

    fn add_compromised(&mut self, document: &mut Document<'_>, record: &CompromisedRecord) {
        let entry = document.entry(&record.id, &record.reason, Window::default());
        for key in document.hashes("spki_sha256", Some(&record.spki_sha256)) {
            self.compromised_keys.entry(key).or_insert_with(|| entry.clone());
        }
    }
}

impl Document<'_> {
    fn entry(&mut self, id: &Text, reason: &Text, window: Window) -> TrustEntry {
        self.check_id(id);
        self.check_text("reason", reason);
        TrustEntry { id: id.get_ref().clone(), reason: reason.get_ref().clone(), window }
    }

    fn window(&mut self, from: Option<&Spanned<Datetime>>, until: Option<&Spanned<Datetime>>) -> Window {
        let window =
            Window { from: from.and_then(|time| self.time(time)), until: until.and_then(|time| self.time(time)) };
        if let (Window { from: Some(not_before), until: Some(not_after) }, Some(until)) = (window, until)
            && not_after < not_before
        {
            self.error(until.span().start, Problem::WindowEndsBeforeItBegins { not_before, not_after });
        }
        window
    }
}

/// Of hexadecimal digits, two an octet; an odd number of them has a zero before it.
fn octets(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let mut digits = digits.filter(|digits| !digits.is_empty())?;
    if digits.len() % 2 == 1 {
        digits.insert(0, 0);
    }
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |octet, digit| octet << 4 | digit)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::schema_check::{check, check_example, fields, is_valid, set, strings};
    use serde_json::Value;

    fn reads(text: &str, format: Format) -> bool {
        TrustView::read(text, "t", format).is_ok()
    }

    #[test]
    fn the_schema_has_the_fields_that_are_read() {
        let schema: Value = serde_json::from_str(TrustView::JSON_SCHEMA).unwrap();
        assert_eq!(fields(&schema["properties"]), set(TOP));
        check::<TrustRecord>(&schema);
        check::<DisallowRecord>(&schema);
        check::<CompromisedRecord>(&schema);
        assert_eq!(strings(&schema["$defs"]["programme"]["enum"]), set(RootProgramme::WORDS.map(|(word, _)| word)));
        assert_eq!(strings(&schema["properties"][UNLISTED]["enum"]), set(UNLISTED_WORDS.map(|(word, _)| word)));
        check_example(TrustView::JSON_SCHEMA, include_str!("file.rs"), reads);
    }

    /// What one accepts, the other does.
    #[test]
    fn the_schema_is_as_strict_as_the_reader() {
        let schema: Value = serde_json::from_str(TrustView::JSON_SCHEMA).unwrap();
        let hash = "ab".repeat(32);
        for (text, is_good) in [
            (r#"{}"#, false),
            (r#"{"version":1}"#, true),
            (r#"{"version":2}"#, false),
            (r#"{"version":1,"unlisted":"trusted"}"#, false),
            (r#"{"version":1,"trust":[{"issuer_spki_sha256":["HASH"],"programmes":[]}]}"#, true),
            (r#"{"version":1,"trust":[{"issuer_spki_sha256":[],"programmes":[]}]}"#, false),
            (r#"{"version":1,"trust":[{"issuer_spki_sha256":["00"],"programmes":[]}]}"#, false),
            (r#"{"version":1,"trust":[{"issuer_spki_sha256":["HASH"],"programmes":["debian"]}]}"#, false),
            (r#"{"version":1,"trust":[{"issuer_spki_sha256":["HASH"],"programmes":[],"from":"soon"}]}"#, false),
            (r#"{"version":1,"trust":{"issuer_spki_sha256":["HASH"],"programmes":[]}}"#, false),
            (r#"{"version":1,"disallow":[{"id":"a","reason":"b"}]}"#, false),
            (r#"{"version":1,"disallow":[{"id":"a","reason":"b","spki_sha256":["HASH"]}]}"#, true),
            (r#"{"version":1,"disallow":[{"id":"a b","reason":"b","spki_sha256":["HASH"]}]}"#, false),
            (r#"{"version":1,"disallow":[{"id":"a","reason":"b","serials":["0f"]}]}"#, false),
            (
                r#"{"version":1,"disallow":[{"id":"a","reason":"b","serials":["0f"],"issuer_spki_sha256":"HASH"}]}"#,
                true,
            ),
            (
                r#"{"version":1,"disallow":[{"id":"a","reason":"b","serials":["0x"],"issuer_spki_sha256":"HASH"}]}"#,
                false,
            ),
            (r#"{"version":1,"disallow":[{"id":"a","reason":"b","serials":[],"issuer_spki_sha256":"HASH"}]}"#, false),
            (
                r#"{"version":1,"disallow":[{"id":"a","reason":"b","spki_sha256":["HASH"],"issuer_spki_sha256":"HASH"}]}"#,
                false,
            ),
            (r#"{"version":1,"compromised":[{"id":"a","reason":" ","spki_sha256":["HASH"]}]}"#, false),
            (r#"{"version":1,"compromised":[{"id":"a","reason":"b","spki_sha256":["HASH"]}]}"#, true),
        ] {
            let text = text.replace("HASH", &hash);
            assert_eq!(reads(&text, Format::Json), is_good, "{text}");
            assert_eq!(is_valid(&schema, &schema, &serde_json::from_str(&text).unwrap()), is_good, "{text}");
        }
    }
}

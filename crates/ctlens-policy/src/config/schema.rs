//! The configuration's form for editors and other tools.

use crate::policy::Policy;

impl Policy {
    /// A JSON Schema (2020-12) of the configuration. What it cannot say (that ids exist, that windows do not end before they
    /// begin, how names are spelt) [`compile`](Self::compile) does.
    pub const JSON_SCHEMA: &str = include_str!("../../schema/policy.schema.json");
}

#[cfg(test)]
mod tests {
    use super::super::document::VERSION;
    use super::super::reader::{BY_DEFAULT, ENVIRONMENTS, LEVEL_WORDS, MALFORMED, TOP};
    use super::super::records::{
        AssetRecord, DefaultsRecord, DenyRecord, GrantRecord, IssuerRecord, LimitRecord, OwnerRecord, SuppressRecord,
    };
    use super::super::schema_check::{check, fields, is_valid, json, set, strings};
    use crate::Policy;
    use serde_json::Value;

    fn schema() -> Value {
        serde_json::from_str(Policy::JSON_SCHEMA).unwrap()
    }

    /// Every field that is read is in the schema, and every field of the schema is read.
    #[test]
    fn the_schema_has_the_fields_that_are_read() {
        let schema = schema();
        assert_eq!(fields(&schema["properties"]), set(TOP));
        assert_eq!(strings(&schema["required"]), set([VERSION]));
        check::<DefaultsRecord>(&schema);
        check::<OwnerRecord>(&schema);
        check::<AssetRecord>(&schema);
        check::<IssuerRecord>(&schema);
        check::<GrantRecord>(&schema);
        check::<DenyRecord>(&schema);
        check::<LimitRecord>(&schema);
        check::<SuppressRecord>(&schema);
        let words = |words: &[&'static str]| set(words.iter().copied());
        assert_eq!(strings(&schema["$defs"]["environment"]["enum"]), words(&ENVIRONMENTS.map(|(word, _)| word)));
        assert_eq!(strings(&schema["$defs"]["by_default"]["enum"]), words(&BY_DEFAULT.map(|(word, _)| word)));
        assert_eq!(strings(&schema["$defs"]["malformed"]["enum"]), words(&MALFORMED.map(|(word, _)| word)));
        let levels = &schema["properties"]["levels"]["additionalProperties"]["enum"];
        assert_eq!(strings(levels), words(&LEVEL_WORDS.map(|(word, _)| word)));
    }

    /// The examples of the README are configurations, in both languages, and the schema says so too.
    #[test]
    fn the_documented_examples_are_valid() {
        let readme = include_str!("../../README.md");
        let examples: Vec<&str> =
            readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
        assert!(examples.len() >= 2);
        let schema = schema();
        let mut whole = String::new();
        for example in examples {
            // What follows the first example goes on from it.
            whole.push_str(example);
            whole.push('\n');
            let policy = Policy::compile(&whole, "README.md").unwrap_or_else(|errors| panic!("{errors}\n{whole}"));
            let value = json(toml::Value::Table(toml::from_str(&whole).unwrap()));
            assert!(is_valid(&schema, &schema, &value), "{value:#}");
            let text = serde_json::to_string_pretty(&value).unwrap();
            let other = Policy::compile_json(&text, "README.json").unwrap_or_else(|errors| panic!("{errors}\n{text}"));
            let now = ctlens_x509::UnixSeconds(1_767_225_600);
            assert_eq!(other.coverage(now), policy.coverage(now));
        }
        // Each table is in one of them.
        for table in TOP {
            let is_there = [format!("[{table}]"), format!("[[{table}]]"), format!("{table} =")];
            assert!(is_there.iter().any(|text| whole.contains(text)), "{table}");
        }
    }

    #[test]
    fn what_the_reader_refuses_the_schema_refuses() {
        let schema = schema();
        for text in [
            r#"{}"#,
            r#"{"version":2}"#,
            r#"{"version":1,"owners":[]}"#,
            r#"{"version":1,"owner":{"id":"me"}}"#,
            r#"{"version":1,"owner":[{"id":"my self"}]}"#,
            r#"{"version":1,"owner":[{"id":"me"}],"asset":[{"id":"a","owner":"me"}]}"#,
            r#"{"version":1,"owner":[{"id":"me"}],"asset":[{"id":"a","owner":"me","dns":[]}]}"#,
            r#"{"version":1,"issuer":[{"id":"i"}]}"#,
            r#"{"version":1,"issuer":[{"id":"i","spki_sha256":["00"]}]}"#,
            r#"{"version":1,"levels":{"ownership.no_grant":"fatal"}}"#,
            r#"{"version":1,"defaults":{"malformed_near_asset":"allow"}}"#,
            r#"{"version":1,"deny":[{"id":"d","reason":" ","dns":["a.example"]}]}"#,
            r#"{"version":1,"deny":[{"id":"d","reason":"WHO APPROVED IT","dns":["a.example"]}]}"#,
            r#"{"version":1,"deny":[{"id":"d","reason":"WHY, AND THE NUMBER OF THE TICKET","dns":["a.example"]}]}"#,
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert!(!is_valid(&schema, &schema, &value), "{text}");
            assert!(Policy::compile_json(text, "p").is_err(), "{text}");
        }
    }
}

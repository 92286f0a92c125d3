//! The configuration's form for editors and other tools.

/// A JSON Schema (2020-12) of the configuration. What it cannot say (that ids exist, that windows do not end before they
/// begin, how names are spelt) [`Policy::compile`](crate::Policy::compile) does.
pub const CONFIG_SCHEMA: &str = include_str!("../../schema/policy.schema.json");

#[cfg(test)]
mod tests {
    use super::super::document::{Table, VERSION};
    use super::super::reader::{BY_DEFAULT, ENVIRONMENTS, LEVEL_WORDS, MALFORMED, TOP};
    use super::super::records::{
        AssetRecord, DefaultsRecord, DenyRecord, GrantRecord, IssuerRecord, LimitRecord, OwnerRecord, SuppressRecord,
    };
    use super::*;
    use crate::Policy;
    use serde_json::Value;
    use std::collections::BTreeSet;

    fn schema() -> Value {
        serde_json::from_str(CONFIG_SCHEMA).unwrap()
    }

    fn set<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
        texts.into_iter().map(str::to_owned).collect()
    }

    fn strings(value: &Value) -> BTreeSet<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn fields(value: &Value) -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    }

    fn check<T: Table>(schema: &Value) {
        let table = &schema["$defs"][T::NAME];
        let all = set(T::REQUIRED.iter().chain(T::OPTIONAL).copied());
        assert_eq!(fields(&table["properties"]), all, "{}", T::NAME);
        assert_eq!(strings(&table["required"]), set(T::REQUIRED.iter().copied()), "{}", T::NAME);
        assert_eq!(table["additionalProperties"], false, "{}", T::NAME);
        for time in T::TIMES {
            assert_eq!(table["properties"][time]["$ref"], "#/$defs/time");
        }
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

    /// The keywords that the schema uses, and none that it does not.
    fn is_valid(root: &Value, schema: &Value, value: &Value) -> bool {
        schema.as_object().unwrap().iter().all(|(keyword, argument)| match keyword.as_str() {
            "$schema" | "title" | "description" | "$defs" => true,
            "$ref" => is_valid(root, root.pointer(argument.as_str().unwrap().trim_start_matches('#')).unwrap(), value),
            "type" => match argument.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "boolean" => value.is_boolean(),
                other => panic!("{other}"),
            },
            "const" => value == argument,
            "not" => !is_valid(root, argument, value),
            "enum" => argument.as_array().unwrap().contains(value),
            "required" => strings(argument).iter().all(|field| value.get(field).is_some()),
            "anyOf" => argument.as_array().unwrap().iter().any(|schema| is_valid(root, schema, value)),
            "minItems" => value.as_array().is_none_or(|array| array.len() as u64 >= argument.as_u64().unwrap()),
            "items" => value.as_array().into_iter().flatten().all(|item| is_valid(root, argument, item)),
            "properties" => value
                .as_object()
                .into_iter()
                .flatten()
                .all(|(field, value)| argument.get(field).is_none_or(|schema| is_valid(root, schema, value))),
            "additionalProperties" => value.as_object().into_iter().flatten().all(|(field, value)| {
                let is_known = schema.get("properties").is_some_and(|known| known.get(field).is_some());
                is_known || argument != &Value::Bool(false) && is_valid(root, argument, value)
            }),
            "pattern" => {
                let text = value.as_str().unwrap_or_default();
                match argument.as_str().unwrap() {
                    r"\S" => !text.trim().is_empty(),
                    "^[0-9A-Fa-f]{64}$" => text.len() == 64 && text.bytes().all(|octet| octet.is_ascii_hexdigit()),
                    "^[A-Za-z0-9._-]{1,64}$" => {
                        let is_allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"._-".contains(&octet);
                        (1..=64).contains(&text.len()) && text.bytes().all(is_allowed)
                    }
                    other => panic!("{other}"),
                }
            }
            "format" => value.as_str().unwrap_or_default().parse::<toml::value::Datetime>().is_ok(),
            other => panic!("{other}"),
        })
    }

    /// As JSON writes it.
    fn json(value: toml::Value) -> Value {
        match value {
            toml::Value::String(text) => text.into(),
            toml::Value::Integer(number) => number.into(),
            toml::Value::Float(number) => number.into(),
            toml::Value::Boolean(truth) => truth.into(),
            toml::Value::Datetime(time) => time.to_string().into(),
            toml::Value::Array(array) => array.into_iter().map(json).collect(),
            toml::Value::Table(table) => {
                Value::Object(table.into_iter().map(|(field, value)| (field, json(value))).collect())
            }
        }
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

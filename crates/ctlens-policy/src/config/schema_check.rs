//! For the tests of the schemas of files: what a schema says, and whether a value meets it.

use super::document::Table;
use serde_json::Value;
use std::collections::BTreeSet;

pub(crate) fn set<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    texts.into_iter().map(str::to_owned).collect()
}

pub(crate) fn strings(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

pub(crate) fn fields(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

pub(crate) fn check<T: Table>(schema: &Value) {
    let table = &schema["$defs"][T::NAME];
    let all = set(T::REQUIRED.iter().chain(T::OPTIONAL).copied());
    assert_eq!(fields(&table["properties"]), all, "{}", T::NAME);
    assert_eq!(strings(&table["required"]), set(T::REQUIRED.iter().copied()), "{}", T::NAME);
    assert_eq!(table["additionalProperties"], false, "{}", T::NAME);
    for time in T::TIMES {
        assert_eq!(table["properties"][time]["$ref"], "#/$defs/time");
    }
}

/// The keywords that the schema uses, and none that it does not.
pub(crate) fn is_valid(root: &Value, schema: &Value, value: &Value) -> bool {
    schema.as_object().unwrap().iter().all(|(keyword, argument)| match keyword.as_str() {
        "$schema" | "title" | "description" | "$defs" => true,
        "$ref" => is_valid(root, root.pointer(argument.as_str().unwrap().trim_start_matches('#')).unwrap(), value),
        "type" => match argument.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_u64() || value.is_i64(),
            other => panic!("{other}"),
        },
        "const" => value == argument,
        "not" => !is_valid(root, argument, value),
        "enum" => argument.as_array().unwrap().contains(value),
        "minimum" => value.as_i64().is_none_or(|number| number >= argument.as_i64().unwrap()),
        "maximum" => value.as_i64().is_none_or(|number| number <= argument.as_i64().unwrap()),
        "dependentRequired" => argument.as_object().unwrap().iter().all(|(field, others)| {
            value.get(field).is_none() || strings(others).iter().all(|other| value.get(other).is_some())
        }),
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
                "^[0-9A-Fa-f]+$" => !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_hexdigit()),
                r"^[^:]+:[\s\S]+$" => {
                    text.split_once(':').is_some_and(|(registry, id)| !registry.is_empty() && !id.is_empty())
                }
                other => panic!("{other}"),
            }
        }
        "format" => value.as_str().unwrap_or_default().parse::<toml::value::Datetime>().is_ok(),
        other => panic!("{other}"),
    })
}

/// As JSON writes it.
pub(crate) fn json(value: toml::Value) -> Value {
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

/// The example in the documentation of a source file.
pub(crate) fn documented(source: &str) -> String {
    let (_, rest) = source.split_once("/// ```toml\n").unwrap();
    let (example, _) = rest.split_once("/// ```\n").unwrap();
    example.lines().map(|line| line.trim_start().trim_start_matches("///").to_owned() + "\n").collect()
}

/// The schema accepts the documented example, in both languages as the reader does, and both refuse a field that they do not
/// know, in the file and in each of its tables.
pub(crate) fn check_example(schema: &str, source: &str, reads: impl Fn(&str, super::Format) -> bool) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let example = documented(source);
    assert!(reads(&example, super::Format::Toml), "{example}");
    let value = json(toml::Value::Table(toml::from_str(&example).unwrap()));
    let accepts = |value: &Value| {
        let read = reads(&value.to_string(), super::Format::Json);
        assert_eq!(is_valid(&schema, &schema, value), read, "{value}");
        read
    };
    assert!(accepts(&value));
    let tables = fields(&schema["properties"]).into_iter().filter(|field| schema["$defs"].get(field).is_some());
    let places = tables.map(|table| format!("/{table}/0")).chain([String::new()]);
    for place in places {
        let mut other = value.clone();
        let table = other.pointer_mut(&place).unwrap_or_else(|| panic!("the example has no {place}"));
        table["unheard_of"] = "x".into();
        assert!(!accepts(&other), "{place}");
    }
}

//! The keywords of JSON Schema (draft 7) that the schemas of the tests use. Another keyword is a failure, not a pass.

use serde_json::Value;

/// What of a value does not meet a schema; empty where all does.
pub(crate) fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut violations = Vec::new();
    Validator { root: schema }.check(schema, value, "$", &mut violations);
    violations
}

/// The fields of a value that the schema's `properties` do not name.
pub(crate) fn undescribed(schema: &Value, value: &Value) -> Vec<String> {
    let mut undescribed = Vec::new();
    Validator { root: schema }.describe(schema, value, "$", &mut undescribed);
    undescribed
}

struct Validator<'s> {
    root: &'s Value,
}

impl<'s> Validator<'s> {
    fn check(&self, schema: &'s Value, value: &Value, at: &str, violations: &mut Vec<String>) {
        let Some(schema) = schema.as_object() else {
            assert_eq!(schema, &Value::Bool(true), "a schema");
            return;
        };
        for (keyword, argument) in schema {
            let holds = match keyword.as_str() {
                "$schema" | "$id" | "title" | "description" | "default" | "definitions" => continue,
                "$ref" => {
                    self.check(self.resolve(argument), value, at, violations);
                    continue;
                }
                "properties" => {
                    let (Some(schemas), Some(fields)) = (argument.as_object(), value.as_object()) else { continue };
                    for (name, schema) in schemas {
                        if let Some(field) = fields.get(name) {
                            self.check(schema, field, &format!("{at}.{name}"), violations);
                        }
                    }
                    continue;
                }
                "additionalProperties" => {
                    let Some(fields) = value.as_object() else { continue };
                    let named = schema.get("properties").and_then(Value::as_object);
                    for (name, field) in
                        fields.iter().filter(|(name, _)| named.is_none_or(|named| !named.contains_key(*name)))
                    {
                        match argument {
                            Value::Bool(false) => violations.push(format!("{at}: field {name}")),
                            schema => self.check(schema, field, &format!("{at}.{name}"), violations),
                        }
                    }
                    continue;
                }
                "items" => {
                    for (n, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(argument, item, &format!("{at}[{n}]"), violations);
                    }
                    continue;
                }
                "required" => match value.as_object() {
                    Some(fields) => array(argument).iter().all(|name| fields.contains_key(name.as_str().unwrap())),
                    None => true,
                },
                "type" => match argument {
                    Value::Array(types) => types.iter().any(|name| is_of_type(value, name.as_str().unwrap())),
                    name => is_of_type(value, name.as_str().unwrap()),
                },
                "const" => value == argument,
                "enum" => array(argument).contains(value),
                "minimum" => value.as_f64().is_none_or(|number| number >= argument.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|number| number <= argument.as_f64().unwrap()),
                "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= argument.as_u64().unwrap()),
                "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= argument.as_u64().unwrap()),
                "minLength" => {
                    value.as_str().is_none_or(|text| text.chars().count() as u64 >= argument.as_u64().unwrap())
                }
                "uniqueItems" => value.as_array().is_none_or(|items| {
                    argument == &Value::Bool(false)
                        || items.iter().enumerate().all(|(n, item)| !items[..n].contains(item))
                }),
                "pattern" => value.as_str().is_none_or(|text| matches_pattern(argument.as_str().unwrap(), text)),
                "format" => value.as_str().is_none_or(|text| has_format(argument.as_str().unwrap(), text)),
                "oneOf" => array(argument).iter().filter(|schema| self.holds(schema, value)).count() == 1,
                "anyOf" => array(argument).iter().any(|schema| self.holds(schema, value)),
                other => panic!("the keyword {other} is not implemented"),
            };
            if !holds {
                violations.push(format!("{at}: {keyword} {argument}"));
            }
        }
    }

    fn holds(&self, schema: &'s Value, value: &Value) -> bool {
        let mut violations = Vec::new();
        self.check(schema, value, "", &mut violations);
        violations.is_empty()
    }

    fn describe(&self, schema: &'s Value, value: &Value, at: &str, undescribed: &mut Vec<String>) {
        let Some(keywords) = schema.as_object() else { return };
        if let Some(reference) = keywords.get("$ref") {
            return self.describe(self.resolve(reference), value, at, undescribed);
        }
        match (value, keywords.get("properties"), keywords.get("oneOf")) {
            (Value::Object(fields), Some(Value::Object(schemas)), _) => {
                for (name, field) in fields {
                    match schemas.get(name) {
                        Some(schema) => self.describe(schema, field, &format!("{at}.{name}"), undescribed),
                        None => undescribed.push(format!("{at}.{name}")),
                    }
                }
            }
            (_, _, Some(cases)) => {
                for case in array(cases).iter().filter(|case| self.holds(case, value)) {
                    self.describe(case, value, at, undescribed);
                }
            }
            (Value::Array(items), ..) => {
                for item in items {
                    self.describe(&keywords["items"], item, at, undescribed);
                }
            }
            (Value::Object(fields), ..) => undescribed.extend(fields.keys().map(|name| format!("{at}.{name}"))),
            _ => {}
        }
    }

    fn resolve(&self, reference: &Value) -> &'s Value {
        let pointer = reference.as_str().unwrap().strip_prefix('#').expect("a reference within the schema");
        self.root.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
    }
}

fn array(value: &Value) -> &Vec<Value> {
    value.as_array().expect("an array")
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the type {other} is none"),
    }
}

/// The patterns that the schemas use, each as code.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'));
    let is_word = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|octet| matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    };
    match pattern {
        "^[0-9a-f]{64}$" => text.len() == 64 && is_hex(text),
        "^[0-9a-f]*$" => is_hex(text),
        "^[a-z][a-z0-9_]*$" => is_word(text),
        r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,3}$" => {
            (2..=4).contains(&text.split('.').count()) && text.split('.').all(is_word)
        }
        other => panic!("the pattern {other} is not implemented"),
    }
}

fn has_format(format: &str, text: &str) -> bool {
    match format {
        // RFC 3339 in UTC, as everything here is.
        "date-time" => {
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
            let (date, time) = text.split_once('T').unwrap_or_default();
            let time = time.strip_suffix('Z').unwrap_or_default();
            date.split('-').map(str::len).eq([4, 2, 2])
                && date.split('-').all(digits)
                && time.split(['.', ':']).take(3).map(str::len).eq([2, 2, 2])
                && time.split(['.', ':']).all(digits)
        }
        "uri" | "uri-reference" => !text.contains(char::is_whitespace),
        other => panic!("the format {other} is not implemented"),
    }
}

/// The validator refuses what it should: (schema, what meets it, what does not).
#[test]
fn the_validator_refuses() {
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    for (schema, good, bad) in [
        (r#"{"type":"integer","minimum":0}"#, "1", "-1"),
        (r#"{"type":"integer"}"#, "1", "1.5"),
        (r#"{"type":["string","null"]}"#, "null", "1"),
        (r#"{"required":["a"]}"#, r#"{"a":1}"#, r#"{"b":1}"#),
        (r#"{"properties":{"a":{"const":1}}}"#, r#"{"a":1}"#, r#"{"a":2}"#),
        (r#"{"properties":{"a":{}},"additionalProperties":false}"#, r#"{"a":1}"#, r#"{"b":1}"#),
        (r#"{"additionalProperties":{"type":"string"}}"#, r#"{"a":"b"}"#, r#"{"a":1}"#),
        (r#"{"items":{"enum":[1,2]},"minItems":1,"maxItems":2}"#, "[1,2]", "[3]"),
        (r#"{"minItems":1}"#, "[1]", "[]"),
        (r#"{"maxItems":1}"#, "[1]", "[1,2]"),
        (r#"{"uniqueItems":true}"#, "[1,2]", "[1,1]"),
        (r#"{"pattern":"^[0-9a-f]*$"}"#, r#""0f""#, r#""0g""#),
        (r#"{"format":"date-time"}"#, r#""2026-01-01T00:00:00.007Z""#, r#""2026-01-01""#),
        (r#"{"oneOf":[{"type":"string"},{"type":"null"}]}"#, "null", "1"),
        (r#"{"oneOf":[{"type":"integer"},{"minimum":0}]}"#, "-1", "1"),
        (r##"{"definitions":{"a":{"maximum":1}},"$ref":"#/definitions/a"}"##, "1", "2"),
    ] {
        let schema = json(schema);
        assert_eq!(violations(&schema, &json(good)), [""; 0], "{schema}");
        assert_eq!(violations(&schema, &json(bad)).len(), 1, "{schema}");
    }
    let schema = json(r#"{"properties":{"a":{"items":{"properties":{"b":{}}}}}}"#);
    assert_eq!(undescribed(&schema, &json(r#"{"a":[{"b":1,"c":2}],"d":3}"#)), ["$.a.c", "$.d"]);
}

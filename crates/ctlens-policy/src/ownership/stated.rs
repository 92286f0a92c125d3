//! What somebody wrote down: who holds what, and by which names owners go elsewhere.

use super::Ownership;
use super::source::{Claims, HolderKind};
use crate::config::{Document, Format, Table, Text, Texts};
use crate::config_error::{ConfigErrors, Problem};
use serde::Deserialize;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HolderRecord {
    owner: Text,
    ip: Option<Texts>,
    asn: Option<Spanned<Vec<u32>>>,
    registry: Option<Texts>,
}

impl Table for HolderRecord {
    const NAME: &'static str = "holder";
    const REQUIRED: &'static [&'static str] = &["owner"];
    const OPTIONAL: &'static [&'static str] = &["ip", "asn", "registry"];
}

const TOP: [&str; 2] = ["version", HolderRecord::NAME];

impl Ownership {
    /// A JSON Schema (2020-12) of an ownership file, for editors. What it cannot say (how addresses are spelt)
    /// [`Ownership::read`] does.
    pub const JSON_SCHEMA: &str = include_str!("../../schema/ownership.schema.json");

    /// Reads a file that says which addresses an owner holds, and by which names the owner goes in other sources. It is itself
    /// the first source, under the file's name, if it speaks of any address; `file` is also what mistakes are reported under.
    ///
    /// ```toml
    /// version = 1
    ///
    /// [[holder]]
    /// owner = "resolver-team"                   # the id of an [[owner]] of the policy, or anybody else
    /// ip = ["1.1.1.0/24", "1.0.0.1"]            # optional: what it holds
    /// asn = [13335]                             # optional: its AS numbers
    /// registry = ["apnic:A91872ED"]             # optional: its opaque ids in delegated statistics
    /// ```
    ///
    /// # Errors
    ///
    /// All mistakes that are found, each with its line and column.
    pub fn read(text: &str, file: &str, format: Format) -> Result<Self, ConfigErrors> {
        Document::read(text, file, format, &TOP, |document, top| {
            let mut ownership = Self::new();
            let mut claims = Claims::new();
            let records = document.list::<HolderRecord>(top);
            for record in &records {
                ownership.read_holder(document, record, &mut claims);
            }
            let source = claims.into_source(file.to_owned(), HolderKind::Owner);
            if !source.is_empty() {
                ownership.add(source);
            }
            ownership
        })
    }

    fn read_holder(&mut self, document: &mut Document<'_>, record: &HolderRecord, claims: &mut Claims) {
        let owner = record.owner.get_ref();
        document.check_id(&record.owner);
        if record.ip.is_none() && record.asn.is_none() && record.registry.is_none() {
            document.error(record.owner.span().start, Problem::NothingHeld { owner: owner.clone() });
        }
        for item in document.addresses("ip", record.ip.as_ref()) {
            if let Some(prefix) = super::addresses(&item) {
                claims.add(prefix, owner);
            }
        }
        if let Some(asn) = record.asn.as_ref().filter(|asn| asn.get_ref().is_empty()) {
            document.error(asn.span().start, Problem::EmptyList { field: "asn" });
        }
        if let Some(registry) = &record.registry {
            document.check_not_empty("registry", registry);
        }
        for asn in record.asn.iter().flat_map(Spanned::get_ref) {
            self.add_holder(owner, HolderKind::AutonomousSystem, &format!("AS{asn}"));
        }
        for holder in record.registry.iter().flat_map(Spanned::get_ref) {
            if holder.get_ref().split_once(':').is_none_or(|(registry, id)| registry.is_empty() || id.is_empty()) {
                document.error(holder.span().start, Problem::RegistryHolder { text: holder.get_ref().clone() });
            }
            self.add_holder(owner, HolderKind::Registry, holder.get_ref());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::schema_check::{check, check_example, fields, is_valid, set};
    use serde_json::Value;

    fn reads(text: &str, format: Format) -> bool {
        Ownership::read(text, "o", format).is_ok()
    }

    #[test]
    fn the_schema_has_the_fields_that_are_read() {
        let schema: Value = serde_json::from_str(Ownership::JSON_SCHEMA).unwrap();
        assert_eq!(fields(&schema["properties"]), set(TOP));
        check::<HolderRecord>(&schema);
        check_example(Ownership::JSON_SCHEMA, include_str!("stated.rs"), reads);
    }

    /// What one accepts, the other does.
    #[test]
    fn the_schema_is_as_strict_as_the_reader() {
        let schema: Value = serde_json::from_str(Ownership::JSON_SCHEMA).unwrap();
        for (text, is_good) in [
            (r#"{}"#, false),
            (r#"{"version":1}"#, true),
            (r#"{"version":1,"holder":{"owner":"a","asn":[1]}}"#, false),
            (r#"{"version":1,"holder":[{"owner":"a"}]}"#, false),
            (r#"{"version":1,"holder":[{"owner":"a b","asn":[1]}]}"#, false),
            (r#"{"version":1,"holder":[{"owner":"a","asn":[]}]}"#, false),
            (r#"{"version":1,"holder":[{"owner":"a","asn":[-1]}]}"#, false),
            (r#"{"version":1,"holder":[{"owner":"a","asn":[4294967296]}]}"#, false),
            (r#"{"version":1,"holder":[{"owner":"a","asn":[4294967295]}]}"#, true),
            (r#"{"version":1,"holder":[{"owner":"a","asn":["AS1"]}]}"#, false),
            (r#"{"version":1,"holder":[{"owner":"a","ip":[]}]}"#, false),
            (r#"{"version":1,"holder":[{"owner":"a","ip":["1.1.1.0/24"]}]}"#, true),
            (r#"{"version":1,"holder":[{"owner":"a","registry":[]}]}"#, false),
            (r#"{"version":1,"holder":[{"owner":"a","registry":["apnic"]}]}"#, false),
            (r#"{"version":1,"holder":[{"owner":"a","registry":["apnic:"]}]}"#, false),
            (r#"{"version":1,"holder":[{"owner":"a","registry":["apnic:A:B"]}]}"#, true),
        ] {
            assert_eq!(reads(text, Format::Json), is_good, "{text}");
            assert_eq!(is_valid(&schema, &schema, &serde_json::from_str(text).unwrap()), is_good, "{text}");
        }
    }
}

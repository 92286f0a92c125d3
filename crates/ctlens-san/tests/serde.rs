//! The text and JSON forms of the plain values.
#![cfg(feature = "serde")]

use ctlens_san::{DnsName, Grade, Item, Prefix, Reading, Relation, Source, Undecided};

#[test]
fn items_are_their_text() {
    for text in ["example.com", ".example.com", "192.0.2.1", "2001:db8::/32"] {
        let json = format!("\"{text}\"");
        let item: Item = serde_json::from_str(&json).unwrap();
        assert_eq!((&item, serde_json::to_string(&item).unwrap()), (&text.parse().unwrap(), json));
    }
    assert_eq!(serde_json::from_str::<DnsName>("\"A.Example\"").unwrap().as_str(), "a.example");
    assert_eq!(serde_json::from_str::<Prefix>("\"10.0.0.0/8\"").unwrap().length(), 8);
    let error = serde_json::from_str::<Prefix>("\"10.0.0.1/8\"").unwrap_err().to_string();
    assert!(error.starts_with("bits set behind the prefix: expected 10.0.0.0/8"), "{error}");
}

#[test]
fn hits_are_readable() {
    let hit = (
        Source::SubjectAltName { index: 3 },
        Reading::NulPrefix,
        Relation::Undecided(Undecided::AddressLength { octets: 5 }),
        Relation::Prefix { length: 24 },
        Grade::Rfc9525,
    );
    assert_eq!(
        serde_json::to_string(&hit).unwrap(),
        r#"[{"subject_alt_name":{"index":3}},"nul_prefix",{"undecided":{"address_length":{"octets":5}}},{"prefix":{"length":24}},"rfc9525"]"#
    );
}

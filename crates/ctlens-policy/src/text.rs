//! Octets of certificates as text for people.

use ctlens_san::{Grade, Reading, Relation};
use ctlens_x509::Hex;
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;

pub(crate) fn hex(octets: &[u8]) -> String {
    Hex(octets).to_string()
}

/// At most so many characters, and a mark where that cut something off.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The octets in UTF-8 where they are, with what a terminal or a log might act on escaped, and so quotes and backslashes.
pub(crate) fn printable(octets: &[u8]) -> String {
    match std::str::from_utf8(octets) {
        Ok(text) if !text.chars().any(is_unseen) => {
            if text.contains(['\\', '"']) {
                text.replace('\\', r"\\").replace('"', r#"\""#)
            } else {
                text.to_owned()
            }
        }
        _ => octets.escape_ascii().to_string(),
    }
}

/// In quotes; text that is [`printable`] cannot close them.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// Text of whatever origin in one line: what is not seen is escaped, and text that is [`printable`] stays as it is.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unseen) {
        return Cow::Borrowed(text);
    }
    let escape =
        |character: char| if is_unseen(character) { character.escape_unicode().to_string() } else { character.into() };
    Cow::Owned(text.chars().map(escape).collect())
}

/// What a terminal acts on, breaks a line, changes the direction, or is not seen: besides controls and separators, the
/// characters with the property Default_Ignorable_Code_Point (Unicode 16, DerivedCoreProperties.txt), interlinear annotation,
/// and the blank Braille pattern.
pub(crate) fn is_unseen(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    let is_invisible = matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    );
    is_invisible || character.is_control()
}

/// How a hit is described, each by a word that serde knows.
pub(crate) trait Word: Serialize {}

impl Word for Relation {}
impl Word for Reading {}
impl Word for Grade {}

/// The name of the variant as serde writes it.
pub(crate) fn word(value: &impl Word) -> String {
    let word = match serde_json::to_value(value) {
        Ok(Value::String(word)) => Some(word),
        Ok(Value::Object(fields)) => fields.into_iter().next().map(|(word, _)| word),
        _ => None,
    };
    #[expect(clippy::expect_used, reason = "serde writes every variant of these enums as a word, or below one")]
    word.expect("a word")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_see() {
        for (octets, text) in [
            (&b"www.example"[..], "www.example"),
            ("bücher".as_bytes(), "bücher"),
            (b"a\0b\x1b[2J", r"a\x00b\x1b[2J"),
            (r#"bü" is \c"#.as_bytes(), r#"bü\" is \\c"#),
            (b"a\0\" is \\c", r#"a\x00\" is \\c"#),
            (b"caf\xe9", r"caf\xe9"),
            ("a\u{202e}b".as_bytes(), r"a\xe2\x80\xaeb"),
        ] {
            assert_eq!(printable(octets), text);
        }
        assert_eq!(visible("a\u{1b}[2J\nb\u{202e}\\n \"ü\""), r#"a\u{1b}[2J\u{a}b\u{202e}\n "ü""#);
        assert_eq!(shorten("bücher", 2), "bü…");
        assert_eq!(shorten("bü", 2), "bü");
    }

    #[test]
    fn words_of_enums() {
        let undecided = ctlens_san::Undecided::AddressLength { octets: 3 };
        for (relation, expected) in [
            (Relation::Exact, "exact"),
            (Relation::Below, "below"),
            (Relation::Wildcard, "wildcard"),
            (Relation::Prefix { length: 32 }, "prefix"),
            (Relation::Range, "range"),
            (Relation::Undecided(undecided), "undecided"),
            (Relation::Undecided(ctlens_san::Undecided::WorkLimit), "undecided"),
        ] {
            assert_eq!(word(&relation), expected);
        }
        assert_eq!(word(&Reading::MappedAddress), "mapped_address");
        assert_eq!(word(&Grade::Rfc9525), "rfc9525");
    }
}

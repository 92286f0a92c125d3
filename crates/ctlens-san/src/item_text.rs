use crate::error::{TextError, TextErrorKind};
use crate::item::{Item, ItemWarning};

/// An item in a text, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextItem {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The item.
    pub item: Item,
    /// Why it may not be what was meant. It is an item all the same.
    pub warning: Option<ItemWarning>,
}

/// Reads a watch list in its text form: one item a line, blank lines, and comments from `#` to the end of the line. Yields
/// every item with its place; a line that cannot be read is an error of its own and hides no other.
///
/// ```
/// let text = "example.com\n.example.net  # and all below\n\n192.0.2.0/24\n";
/// let items: Result<Vec<_>, _> = ctlens_san::read_items(text).collect();
/// assert_eq!(items?.iter().map(|item| item.line).collect::<Vec<_>>(), [1, 2, 4]);
///
/// let error = ctlens_san::read_items("a.example\n b_.example x\n").find_map(Result::err).unwrap();
/// assert_eq!((error.line, error.column), (2, 13));
/// # Ok::<(), ctlens_san::TextError>(())
/// ```
pub fn read_items(text: &str) -> impl Iterator<Item = Result<TextItem, TextError>> + '_ {
    text.lines().zip(1_usize..).filter_map(|(line, number)| read_line(line, number).transpose())
}

fn read_line(line: &str, number: usize) -> Result<Option<TextItem>, TextError> {
    let text = line.split('#').next().unwrap_or_default().trim();
    if text.is_empty() {
        return Ok(None);
    }
    let (item, behind) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    // The offset of the item in the line, then of something in the item, counted in characters.
    let column = |offset| {
        let start = line.len().saturating_sub(line.trim_start().len()).saturating_add(offset);
        line.char_indices().take_while(|&(at, _)| at < start).count().saturating_add(1)
    };
    let error = |kind, offset| TextError { line: number, column: column(offset), kind };
    let behind = behind.trim_start();
    if !behind.is_empty() {
        return Err(error(TextErrorKind::TrailingText, text.len().saturating_sub(behind.len())));
    }
    match item.parse::<Item>() {
        Ok(item) => Ok(Some(TextItem { line: number, column: column(0), warning: item.warning(), item })),
        Err(fault) => Err(error(TextErrorKind::Item(fault.kind), fault.offset)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ParseErrorKind;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    #[test]
    fn items_with_their_lines() {
        let text = "# assets\r\n\r\n  example.com\r\n.example.net # all of it\n192.0.2.0/24\n\t2001:db8::1#x";
        let items: Vec<_> =
            read_items(text).map(Result::unwrap).map(|own| (own.line, own.column, own.item.to_string())).collect();
        let expected = [(3, 3, "example.com"), (4, 1, ".example.net"), (5, 1, "192.0.2.0/24"), (6, 2, "2001:db8::1")]
            .map(|(line, column, text)| (line, column, text.to_string()));
        assert_eq!(items, expected);
    }

    #[test]
    fn errors_with_line_and_column() {
        use ParseErrorKind as E;
        use TextErrorKind::{Item, TrailingText};
        for (text, line, column, kind) in [
            ("a.example\n*.b.example", 2, 1, Item(E::Wildcard)),
            ("  .a..example", 1, 6, Item(E::EmptyLabel)),
            #[cfg(not(feature = "idna"))]
            ("bücher.example", 1, 2, Item(E::NonAscii { found: 'ü' })),
            ("192.0.2.0/40", 1, 11, Item(E::PrefixLength { maximum: 32 })),
            ("a.example b.example # c", 1, 11, TrailingText),
            ("ü.example b", 1, 11, TrailingText),
        ] {
            let errors: Vec<_> = read_items(text).filter_map(Result::err).collect();
            assert_eq!(errors, [TextError { line, column, kind }], "{text}");
        }
        assert_eq!(read_items("a b\nc.example\n!").filter(Result::is_ok).count(), 1, "one bad line hides no other");
    }

    #[test]
    #[cfg(feature = "psl")]
    fn warnings_with_line_and_column() {
        let text = ".example.co.uk\n  .co.uk # all of it\n.com\nco.uk\n.github.io\n.internal\n.ck\n.x.ck\n.www.ck\n10.0.0.0/8\n.kawasaki.jp\n.city.kawasaki.jp";
        let warnings: Vec<_> = read_items(text)
            .map(Result::unwrap)
            .filter(|item| item.warning == Some(ItemWarning::PublicSuffix))
            .map(|item| (item.line, item.column, item.item.to_string()))
            .collect();
        let expected = [
            (2, 3, ".co.uk"),
            (3, 1, ".com"),
            (5, 1, ".github.io"),
            (7, 1, ".ck"),
            (8, 1, ".x.ck"),
            (11, 1, ".kawasaki.jp"),
        ]
        .map(|(line, column, text)| (line, column, text.to_string()));
        assert_eq!(warnings, expected);
    }
}

use crate::cursor::Cursor;
use crate::error::{Error, ErrorKind};

/// One extension of an SCT or of a log entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CtExtension<'a> {
    /// 0 is `leaf_index`; others are to be ignored.
    pub extension_type: u8,
    /// What it says.
    pub data: &'a [u8],
    /// Where it begins, in octets from the start of the extensions.
    pub offset: usize,
}

/// Walks the extensions of an SCT or of a log entry in their order. An error is the last item.
///
/// ```text
/// enum { leaf_index(0), (255) } ExtensionType;
/// struct { ExtensionType extension_type; opaque extension_data<0..2^16-1>; } Extension;
/// Extension CTExtensions<0..2^16-1>;                     c2sp.org/static-ct-api, "SCT Extension"
/// ```
#[derive(Debug, Clone)]
pub struct CtExtensions<'a> {
    cursor: Cursor<'a>,
}

impl<'a> CtExtensions<'a> {
    /// The extensions in these octets, which do not include the length of the whole.
    #[must_use]
    pub fn new(extensions: &'a [u8]) -> Self {
        Self { cursor: Cursor::new(extensions, 0) }
    }

    /// The index of the entry in its log, counted from 0: 40 bits, big-endian, in any place among the extensions.
    ///
    /// # Errors
    ///
    /// Where the rest of the extensions does not decode, or `leaf_index` stands there twice or has not 5 octets.
    pub fn leaf_index(self) -> Result<Option<u64>, Error> {
        const LEAF_INDEX: u8 = 0;

        let mut found = None;
        for extension in self {
            let CtExtension { extension_type, data, offset } = extension?;
            if extension_type != LEAF_INDEX {
                continue;
            }
            let [a, b, c, d, e] = *data else {
                return Err(Error::new(ErrorKind::LeafIndexLength { octets: data.len() }, offset));
            };
            if found.replace(u64::from_be_bytes([0, 0, 0, a, b, c, d, e])).is_some() {
                return Err(Error::new(ErrorKind::DuplicateLeafIndex, offset));
            }
        }
        Ok(found)
    }
}

impl<'a> Iterator for CtExtensions<'a> {
    type Item = Result<CtExtension<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.cursor.rest.is_empty() {
            return None;
        }
        let offset = self.cursor.offset;
        let extension = self
            .cursor
            .array()
            .and_then(|[extension_type]| Ok(CtExtension { extension_type, data: self.cursor.vector_16()?, offset }));
        Some(extension.inspect_err(|_| self.cursor.rest = &[]))
    }
}

use crate::cursor::Cursor;
use crate::error::{Error, ErrorKind};
use crate::sct::Sct;
use ctlens_x509::{Reader, Tbs};

/// A list of SCTs whose framing is sound, borrowed from its octets.
///
/// ```text
/// opaque SerializedSCT<1..2^16-1>;
/// struct { SerializedSCT sct_list <1..2^16-1>; } SignedCertificateTimestampList;    RFC 6962 §3.3
/// ```
///
/// The same octets lie in files that servers deliver in TLS, and make up the extensions of certificates and of OCSP
/// responses. Each SCT has its length before it, so that what is wrong inside one hides no other. What is wrong with the lengths
/// themselves makes the list unreadable for everybody, and is an error here.
#[derive(Debug, Clone, Copy)]
pub struct SctList<'a> {
    items: Cursor<'a>,
}

impl<'a> SctList<'a> {
    /// The list that a certificate carries (RFC 6962 §3.3); `None` where it carries none.
    ///
    /// # Errors
    ///
    /// As [`from_octet_string`](Self::from_octet_string), and where the extension stands there twice or the extensions
    /// are damaged, so that nobody can say. Offsets count from the first octet of the TBSCertificate.
    pub fn embedded(tbs: &Tbs<'a>) -> Result<Option<Self>, Error> {
        tbs.sct_list()?.map(|extension| Self::read_octet_string(extension.value, extension.offset)).transpose()
    }

    /// The list in an OCTET STRING: the contents octets of extnValue, in a certificate or in an OCSP response. extnValue
    /// is an OCTET STRING itself, and RFC 6962 §3.3 puts another one into it.
    ///
    /// A length that is longer than need be is followed: certificates with it are in the logs, and were signed so.
    ///
    /// # Errors
    ///
    /// As [`from_tls`](Self::from_tls), and where there is no OCTET STRING or something follows it.
    pub fn from_octet_string(value: &'a [u8]) -> Result<Self, Error> {
        Self::read_octet_string(value, 0)
    }

    pub(crate) fn read_octet_string(value: &'a [u8], offset: usize) -> Result<Self, Error> {
        const OCTET_STRING: u8 = 0x04;

        let mut outer = Reader::at(value, offset);
        let inner = outer.expect(OCTET_STRING)?;
        if !outer.is_empty() {
            let octets = outer.rest().len();
            return Err(Error::new(ErrorKind::TrailingAfterOctetString { octets }, outer.offset()));
        }
        Self::read(inner.value(), inner.value_offset())
    }

    /// The list itself: what the TLS extension `signed_certificate_timestamp` carries (RFC 6962 §3.3.1).
    ///
    /// # Errors
    ///
    /// Where the length of the list is not the length that is there, where an item goes beyond the end, and where the
    /// list or an item is empty.
    pub fn from_tls(list: &'a [u8]) -> Result<Self, Error> {
        Self::read(list, 0)
    }

    fn read(list: &'a [u8], offset: usize) -> Result<Self, Error> {
        let mut items = Cursor::new(list, offset);
        let stated = items.length_16()?;
        let present = items.rest.len();
        if stated != present {
            return Err(Error::new(ErrorKind::ListLength { stated, present }, offset));
        }
        if items.rest.is_empty() {
            return Err(Error::new(ErrorKind::EmptyList, offset));
        }
        let mut walk = items;
        while !walk.rest.is_empty() {
            next_item(&mut walk)?;
        }
        Ok(Self { items })
    }

    /// The SCTs in their order, each by itself good or bad.
    pub fn iter(&self) -> impl Iterator<Item = Result<Sct<'a>, Error>> + Clone + use<'a> {
        let mut items = self.items;
        core::iter::from_fn(move || {
            if items.rest.is_empty() {
                return None;
            }
            Some(next_item(&mut items).and_then(|item| Sct::read(item.rest, item.offset)))
        })
    }
}

/// After an error the cursor stands at the end: there is no next item.
fn next_item<'a>(items: &mut Cursor<'a>) -> Result<Cursor<'a>, Error> {
    let start = *items;
    let stated = items.length_16().inspect_err(|_| items.rest = &[])?;
    let offset = items.offset;
    let left = items.rest.len();
    match items.take(stated) {
        Ok([]) => Err(start.error(ErrorKind::EmptyItem)),
        Ok(item) => Ok(Cursor::new(item, offset)),
        Err(_) => {
            items.rest = &[];
            Err(start.error(ErrorKind::ItemBeyondEnd { stated, left }))
        }
    }
}

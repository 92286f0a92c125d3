use crate::error::{Error, ErrorKind};
use crate::list::SctList;
use ctlens_x509::{Reader, Tlv};

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const ENUMERATED: u8 = 0x0a;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const EXPLICIT_0: u8 = 0xa0;
const EXPLICIT_1: u8 = 0xa1;

/// id-pkix-ocsp-basic, 1.3.6.1.5.5.7.48.1.1 (RFC 6960 §4.2.1).
const BASIC: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
/// 1.3.6.1.4.1.11129.2.4.5 (RFC 6962 §3.3).
const SCT_LIST: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x05];

impl<'a> SctList<'a> {
    /// The list in an OCSP response, DER, as a server staples it: that in the single response for the certificate with
    /// this serial number (contents octets of its INTEGER). `None` where there is none.
    ///
    /// Nothing else of the response is looked at, neither its signature nor the issuer that it names: an SCT out of it is
    /// for the whole certificate, and the log's signature says whether it is for this one.
    ///
    /// # Errors
    ///
    /// As [`from_octet_string`](Self::from_octet_string), where the response cannot be read, and where two lists are for
    /// the same serial number. Offsets count from the first octet of the response.
    pub fn from_ocsp_response(response: &'a [u8], serial: &[u8]) -> Result<Option<Self>, Error> {
        let mut found = None;
        for single in single_responses(response)? {
            let Some(list) = list_for(single?, serial)? else { continue };
            if found.is_some() {
                return Err(Error::new(ErrorKind::DuplicateList, list.offset()));
            }
            found = Some(list);
        }
        found.map(|value: Tlv<'a>| Self::read_octet_string(value.value(), value.value_offset())).transpose()
    }
}

/// ```text
/// OCSPResponse ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] EXPLICIT ResponseBytes OPTIONAL }
/// ResponseBytes ::= SEQUENCE { responseType OBJECT IDENTIFIER, response OCTET STRING }
/// BasicOCSPResponse ::= SEQUENCE { tbsResponseData ResponseData, … }
/// ResponseData ::= SEQUENCE {
///     version [0] EXPLICIT Version DEFAULT v1, responderID CHOICE { [1] …, [2] … }, producedAt GeneralizedTime,
///     responses SEQUENCE OF SingleResponse, … }                                                RFC 6960 §4.2.1
/// ```
fn single_responses(response: &[u8]) -> Result<impl Iterator<Item = Result<Tlv<'_>, Error>>, Error> {
    let mut outer = Reader::new(response).expect(SEQUENCE)?.reader();
    outer.expect(ENUMERATED)?;
    // A response that is an error has no bytes, and one of another type no SCTs.
    let mut responses = Reader::default();
    if let Some(bytes) = outer.optional(EXPLICIT_0)? {
        let mut bytes = bytes.reader().expect(SEQUENCE)?.reader();
        if bytes.expect(OBJECT_IDENTIFIER)?.value() == BASIC {
            let basic = bytes.expect(OCTET_STRING)?;
            let mut data = basic.reader().expect(SEQUENCE)?.reader().expect(SEQUENCE)?.reader();
            data.optional(EXPLICIT_0)?;
            data.read()?;
            data.expect(GENERALIZED_TIME)?;
            responses = data.expect(SEQUENCE)?.reader();
        }
    }
    Ok(core::iter::from_fn(move || {
        if responses.is_empty() {
            return None;
        }
        Some(responses.expect(SEQUENCE).map_err(Error::from).inspect_err(|_| responses = Reader::default()))
    }))
}

/// The extnValue that holds the list, where the response is for this serial number.
///
/// ```text
/// SingleResponse ::= SEQUENCE {
///     certID SEQUENCE { hashAlgorithm …, issuerNameHash OCTET STRING, issuerKeyHash OCTET STRING, serialNumber INTEGER },
///     certStatus CHOICE { … }, thisUpdate GeneralizedTime, nextUpdate [0] EXPLICIT GeneralizedTime OPTIONAL,
///     singleExtensions [1] EXPLICIT Extensions OPTIONAL }                                      RFC 6960 §4.2.1
/// ```
fn list_for<'a>(single: Tlv<'a>, serial: &[u8]) -> Result<Option<Tlv<'a>>, Error> {
    let mut single = single.reader();
    let mut id = single.expect(SEQUENCE)?.reader();
    id.expect(SEQUENCE)?;
    id.expect(OCTET_STRING)?;
    id.expect(OCTET_STRING)?;
    if id.expect(INTEGER)?.value() != serial {
        return Ok(None);
    }
    single.read()?;
    single.expect(GENERALIZED_TIME)?;
    single.optional(EXPLICIT_0)?;
    let Some(extensions) = single.optional(EXPLICIT_1)? else { return Ok(None) };

    let mut found = None;
    let mut extensions = extensions.reader().expect(SEQUENCE)?.reader();
    while !extensions.is_empty() {
        // Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }
        let extension = extensions.expect(SEQUENCE)?;
        let mut fields = extension.reader();
        if fields.expect(OBJECT_IDENTIFIER)?.value() != SCT_LIST {
            continue;
        }
        fields.optional(0x01)?;
        if found.replace(fields.expect(OCTET_STRING)?).is_some() {
            return Err(Error::new(ErrorKind::DuplicateList, extension.offset()));
        }
    }
    Ok(found)
}

use crate::error::{Error, Undecodable};
use crate::extension::Extension;
use crate::general_name::GeneralName;
use crate::oid::Oid;
use crate::tbs::Tbs;
use crate::tlv::{OCTET_STRING, Reader};
use crate::value::{ended, names, sole};

/// Which key of the issuer signed (RFC 5280 §4.2.1.1).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct AuthorityKeyIdentifier<'a> {
    /// keyIdentifier: the subject key identifier of the issuer.
    pub key_identifier: Option<&'a [u8]>,
    /// authorityCertSerialNumber: the contents octets of the serial number of the issuer's certificate.
    pub serial: Option<&'a [u8]>,
    issuer: Reader<'a>,
}

impl<'a> AuthorityKeyIdentifier<'a> {
    /// authorityCertIssuer: who issued the issuer's certificate. Nothing where the field is not there.
    pub fn issuer(self) -> impl Iterator<Item = Result<GeneralName<'a>, Undecodable<'a>>> {
        names(self.issuer)
    }
}

impl<'a> Tbs<'a> {
    /// The subject key identifier (RFC 5280 §4.2.1.2).
    ///
    /// # Errors
    ///
    /// As [`extension`](Self::extension), and where the value is no OCTET STRING.
    pub fn subject_key_identifier(self) -> Result<Option<&'a [u8]>, Error> {
        let Some(extension) = self.extension(Oid::SUBJECT_KEY_IDENTIFIER)? else { return Ok(None) };
        sole(extension.reader(), OCTET_STRING).map(|identifier| Some(identifier.value()))
    }

    /// The authority key identifier.
    ///
    /// # Errors
    ///
    /// As [`extension`](Self::extension), and where the value is damaged.
    pub fn authority_key_identifier(self) -> Result<Option<AuthorityKeyIdentifier<'a>>, Error> {
        self.extension(Oid::AUTHORITY_KEY_IDENTIFIER)?.map(read_authority).transpose()
    }
}

/// ```text
/// AuthorityKeyIdentifier ::= SEQUENCE {
///     keyIdentifier             [0] KeyIdentifier           OPTIONAL,
///     authorityCertIssuer       [1] GeneralNames            OPTIONAL,
///     authorityCertSerialNumber [2] CertificateSerialNumber OPTIONAL }
/// ```
fn read_authority(extension: Extension<'_>) -> Result<AuthorityKeyIdentifier<'_>, Error> {
    let mut fields = extension.sequence()?;
    let key_identifier = fields.optional(0x80)?.map(|identifier| identifier.value());
    let issuer = fields.optional(0xa1)?.map(|issuer| issuer.reader()).unwrap_or_default();
    let serial = fields.optional(0x82)?.map(|serial| serial.value());
    ended(fields)?;
    Ok(AuthorityKeyIdentifier { key_identifier, serial, issuer })
}

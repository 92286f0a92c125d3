use crate::error::Error;
use crate::extension::Extension;
use crate::oid::Oid;
use crate::tbs::Tbs;
use crate::tlv::{Reader, SEQUENCE, Tlv};
use crate::value::{ended, list, oid};

/// A policy under which a certificate was issued (RFC 5280 §4.2.1.4).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CertificatePolicy<'a> {
    /// Which policy.
    pub oid: Oid<'a>,
    /// Where the element begins, in octets from the start of the TBS certificate.
    pub offset: usize,
    qualifiers: Reader<'a>,
}

impl<'a> CertificatePolicy<'a> {
    /// The qualifiers: of which kind, and the element that qualifies. For the two kinds of RFC 5280 that is an IA5String with
    /// an address (1.3.6.1.5.5.7.2.1) or a SEQUENCE with a notice (1.3.6.1.5.5.7.2.2).
    pub fn qualifiers(self) -> impl Iterator<Item = Result<(Oid<'a>, Tlv<'a>), Error>> {
        list(self.qualifiers, read_qualifier)
    }
}

impl<'a> Tbs<'a> {
    /// The certificate policies.
    ///
    /// # Errors
    ///
    /// As [`extension`](Self::extension), and where the value is no SEQUENCE; an item is an error where that policy is
    /// damaged.
    pub fn certificate_policies(
        self,
    ) -> Result<Option<impl Iterator<Item = Result<CertificatePolicy<'a>, Error>>>, Error> {
        let policies = self.extension(Oid::CERTIFICATE_POLICIES)?.map(Extension::sequence).transpose()?;
        Ok(policies.map(|policies| list(policies, read_policy)))
    }
}

/// `PolicyInformation ::= SEQUENCE { policyIdentifier CertPolicyId, policyQualifiers SEQUENCE OF PolicyQualifierInfo
/// OPTIONAL }`
fn read_policy(element: Tlv<'_>) -> Result<CertificatePolicy<'_>, Error> {
    let mut fields = element.expect(SEQUENCE)?.reader();
    let oid = oid(fields.read()?)?;
    let qualifiers = fields.optional(SEQUENCE)?.map(|list| list.reader()).unwrap_or_default();
    ended(fields)?;
    Ok(CertificatePolicy { oid, offset: element.offset(), qualifiers })
}

/// `PolicyQualifierInfo ::= SEQUENCE { policyQualifierId PolicyQualifierId, qualifier ANY DEFINED BY policyQualifierId }`
fn read_qualifier(element: Tlv<'_>) -> Result<(Oid<'_>, Tlv<'_>), Error> {
    let mut fields = element.expect(SEQUENCE)?.reader();
    let qualifier = (oid(fields.read()?)?, fields.read()?);
    ended(fields)?;
    Ok(qualifier)
}

use crate::error::{Error, Undecodable};
use crate::extension::Extension;
use crate::general_name::GeneralName;
use crate::oid::Oid;
use crate::tbs::Tbs;
use crate::tlv::{Reader, SEQUENCE, Tlv};
use crate::value::{ended, general_name, list, names, next, oid};

/// Where to find out whether the certificate is revoked (RFC 5280 §4.2.1.13).
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct DistributionPoint<'a> {
    /// nameRelativeToCRLIssuer: the contents octets of the RDN.
    pub relative_name: Option<&'a [u8]>,
    /// The contents octets of the reasons that the CRL covers: the count of unused bits, then the bits. `None`: all.
    pub reasons: Option<&'a [u8]>,
    /// Where the element begins, in octets from the start of the TBS certificate.
    pub offset: usize,
    full_name: Reader<'a>,
    crl_issuer: Reader<'a>,
}

impl<'a> DistributionPoint<'a> {
    /// fullName: names of the CRL, mostly URIs. Nothing where the field is not there.
    pub fn full_name(self) -> impl Iterator<Item = Result<GeneralName<'a>, Undecodable<'a>>> {
        names(self.full_name)
    }

    /// Who signs the CRL, where it is not the certificate's issuer. Nothing where the field is not there.
    pub fn crl_issuer(self) -> impl Iterator<Item = Result<GeneralName<'a>, Undecodable<'a>>> {
        names(self.crl_issuer)
    }
}

/// What is to be had where from the issuer (RFC 5280 §4.2.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessDescription<'a> {
    /// What: 1.3.6.1.5.5.7.48.1 is OCSP, 1.3.6.1.5.5.7.48.2 the issuer's certificate.
    pub method: Oid<'a>,
    /// Where, mostly a URI; its index is the place among the descriptions.
    pub location: GeneralName<'a>,
}

impl<'a> Tbs<'a> {
    /// The CRL distribution points.
    ///
    /// # Errors
    ///
    /// As [`extension`](Self::extension), and where the value is no SEQUENCE; an item is an error where that point is
    /// damaged.
    pub fn crl_distribution_points(
        self,
    ) -> Result<Option<impl Iterator<Item = Result<DistributionPoint<'a>, Error>>>, Error> {
        let points = self.extension(Oid::CRL_DISTRIBUTION_POINTS)?.map(Extension::sequence).transpose()?;
        Ok(points.map(|points| list(points, read_point)))
    }

    /// Authority information access.
    ///
    /// # Errors
    ///
    /// As [`extension`](Self::extension), and where the value is no SEQUENCE; an item is an error where that description
    /// is damaged.
    pub fn authority_info_access(
        self,
    ) -> Result<Option<impl Iterator<Item = Result<AccessDescription<'a>, Error>>>, Error> {
        let descriptions = self.extension(Oid::AUTHORITY_INFO_ACCESS)?.map(Extension::sequence).transpose()?;
        Ok(descriptions.map(|descriptions| {
            let mut index = 0_usize;
            list(descriptions, read_access).map(move |access| {
                let index = next(&mut index);
                access.map(|(method, location)| AccessDescription { method, location: general_name(location, index) })
            })
        }))
    }
}

/// ```text
/// DistributionPoint ::= SEQUENCE {
///     distributionPoint [0] CHOICE {
///         fullName                [0] GeneralNames,
///         nameRelativeToCRLIssuer [1] RelativeDistinguishedName } OPTIONAL,
///     reasons           [1] ReasonFlags  OPTIONAL,
///     cRLIssuer         [2] GeneralNames OPTIONAL }
/// ```
fn read_point(element: Tlv<'_>) -> Result<DistributionPoint<'_>, Error> {
    let mut fields = element.expect(SEQUENCE)?.reader();
    let mut name = fields.optional(0xa0)?.map(|name| name.reader()).unwrap_or_default();
    let full_name = name.optional(0xa0)?.map(|names| names.reader()).unwrap_or_default();
    let relative_name = name.optional(0xa1)?.map(|name| name.value());
    ended(name)?;
    let reasons = fields.optional(0x81)?.map(|reasons| reasons.value());
    let crl_issuer = fields.optional(0xa2)?.map(|names| names.reader()).unwrap_or_default();
    ended(fields)?;
    Ok(DistributionPoint { relative_name, reasons, offset: element.offset(), full_name, crl_issuer })
}

/// `AccessDescription ::= SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }`
fn read_access(element: Tlv<'_>) -> Result<(Oid<'_>, Tlv<'_>), Error> {
    let mut fields = element.expect(SEQUENCE)?.reader();
    let access = (oid(fields.read()?)?, fields.read()?);
    ended(fields)?;
    Ok(access)
}

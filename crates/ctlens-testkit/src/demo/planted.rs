//! What lies in the demonstration log: the answer to compare a program's findings with.

use crate::incident::{PublishedCertificate, StandIn};
use crate::tree::Hash;

/// Everything in the demonstration log that is not ordinary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Planted {
    /// The twelve certificates of the incident, by their number.
    pub incident: Vec<PlantedCertificate>,
    /// What the owner of the names and addresses consented to, by date.
    pub consented: Vec<PlantedCertificate>,
    /// Oddly encoded names that concern nobody's asset.
    pub odd: Vec<PlantedCertificate>,
}

/// One planted issuance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlantedCertificate {
    /// What it is.
    pub kind: PlantedKind,
    /// The content octets of the serial number's INTEGER.
    pub serial: Vec<u8>,
    /// The subject's common name, if it has one.
    pub common_name: Option<String>,
    /// The dNSName entries, octet by octet.
    pub dns_names: Vec<Vec<u8>>,
    /// The iPAddress entries, octet by octet; they follow the dNSName entries.
    pub ip_addresses: Vec<Vec<u8>>,
    /// SHA-256 of the issuer's SubjectPublicKeyInfo.
    pub issuer_key_hash: Hash,
    /// SHA-256 of the TBSCertificate without poison and SCT list, which precertificate and certificate share.
    pub precert_tbs_sha256: Hash,
    /// The indices of its precertificate entries.
    pub precertificate_entries: Vec<u64>,
    /// The indices of its certificate entries.
    pub certificate_entries: Vec<u64>,
}

/// What a planted certificate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlantedKind {
    /// One of the three certificates of the incident that were described: serial number, common name and subject
    /// alternative names are the published ones; key, dates and all else are invented.
    Published(&'static PublishedCertificate),
    /// A stand-in for one of the nine that were not described: invented but for the address.
    StandIn(&'static StandIn),
    /// Issued with the owner's consent, by the owner's own CA.
    Consented,
    /// An odd encoding, in words.
    Odd(&'static str),
}

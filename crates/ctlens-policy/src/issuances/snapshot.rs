//! What is held, to be saved and gone on from.

use super::{Content, Issuances, Kept, Observation};
use crate::certificate::{CertificateFacts, tbs_sha256};
use crate::evidence::SignedCertificate;
use crate::text::hex;
use ctlens_x509::Tbs;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// One issuance. Keys are not saved: they follow from the rest.
#[derive(Serialize)]
struct Saved<'k> {
    content: SavedContent,
    seen: Vec<&'k Observation>,
    signed: Vec<&'k SignedCertificate>,
}

#[derive(Deserialize)]
struct Restored {
    content: SavedContent,
    seen: Vec<Observation>,
    signed: Vec<SignedCertificate>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SavedContent {
    /// In hexadecimal.
    Tbs(String),
    Unparsable {
        length: usize,
        why: String,
        facts: Box<CertificateFacts>,
    },
}

impl Serialize for Issuances {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.by_tbs.values().map(|kept| Saved {
            content: match &kept.content {
                Content::Tbs(octets) => SavedContent::Tbs(hex(octets)),
                Content::Unparsable { length, why, facts } => {
                    SavedContent::Unparsable { length: *length, why: why.clone(), facts: facts.clone() }
                }
            },
            seen: kept.seen.values().collect(),
            signed: kept.signed.values().collect(),
        }))
    }
}

impl<'de> Deserialize<'de> for Issuances {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut issuances = Self::new();
        for Restored { content, seen, signed } in Vec::<Restored>::deserialize(deserializer)? {
            let (hash, content) = match content {
                SavedContent::Tbs(digits) => {
                    let octets = octets(&digits).ok_or_else(|| D::Error::custom("no hexadecimal digits"))?;
                    let hash = tbs_sha256(&Tbs::from_der(&octets).map_err(D::Error::custom)?);
                    (hash, Content::Tbs(octets.into_boxed_slice()))
                }
                SavedContent::Unparsable { length, why, facts } => {
                    (facts.tbs_sha256, Content::Unparsable { length, why, facts })
                }
            };
            let signed = signed.into_iter().map(|signed| (signed.sha256, signed)).collect();
            let mut kept = Kept { content, seen: BTreeMap::new(), signed };
            for seen in seen {
                kept.add(seen);
            }
            issuances.by_tbs.insert(hash, kept);
        }
        Ok(issuances)
    }
}

fn octets(digits: &str) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_bytes().as_chunks() else { return None };
    let digit = |digit: u8| char::from(digit).to_digit(16);
    pairs.iter().map(|&[high, low]| u8::try_from(digit(high)? << 4 | digit(low)?).ok()).collect()
}

use crate::attribution::IssuerAttribution;
use crate::certificate::{shown_name, tbs_sha256};
use crate::hash::Sha256Hash;
use crate::policy::Policy;
use crate::text::{hex, shorten};
use crate::time;
use ctlens_san::{Outcome, Reading, Relation, Source};
use ctlens_x509::{Error, GeneralNameKind, Oid, Spki, Tbs};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::ControlFlow;

/// What the detectors look at of an issuance.
///
/// Certificates for no asset are worth showing them too: of an issuer's other certificates they learn what is usual for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamEvent {
    /// When it was issued, as far as is known: the first timestamp that a log gave it, in Unix milliseconds (in JSON: RFC 3339).
    #[serde(rename = "timestamp", with = "time::millis")]
    pub timestamp_ms: u64,
    /// SHA-256 of the TBS certificate that logs sign, which a precertificate and its certificate share.
    pub tbs_sha256: Sha256Hash,
    /// Whether `tbs_sha256` is that. Where the TBS certificate cannot be brought into that form, it is of the octets as they
    /// are, and a precertificate and its certificate look like two.
    pub is_folded: bool,
    /// SHA-256 of the issuer's SubjectPublicKeyInfo, where it is certain (see
    /// [`IssuerAttribution::proven_key`]).
    pub issuer: Option<Sha256Hash>,
    /// The contents octets of the serial number in hexadecimal.
    pub serial: String,
    /// SHA-256 of the subject's SubjectPublicKeyInfo.
    pub spki_sha256: Sha256Hash,
    /// The kind of the subject's key: `RSA 2048`, `P-256`, or its algorithm in dotted decimal.
    pub key_kind: String,
    /// The assets that it concerns, each once, at most [`StreamEvent::MOST_ASSETS`].
    pub assets: Vec<EventAsset>,
    /// The dNSNames and iPAddresses that concern no asset, each once: at most [`StreamEvent::MOST_NAMES`], and fewer where there
    /// is no asset.
    pub foreign_names: Vec<String>,
    /// The first iPAddress, whether it concerns an asset or not.
    pub first_address: Option<String>,
    /// How many names and assets there are beyond those that are shown.
    pub left_out: usize,
}

/// An asset, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EventAsset {
    /// The asset.
    pub asset: String,
    /// Its owner.
    pub owner: String,
}

impl StreamEvent {
    /// How many assets are shown.
    pub const MOST_ASSETS: usize = 64;
    /// How many names are shown.
    pub const MOST_NAMES: usize = 256;
    /// Of a certificate for no asset: enough to see what it is for.
    const MOST_NAMES_OF_NO_ASSET: usize = 8;
    const LONGEST_TEXT: usize = 256;
    /// A pattern may stand for a million items.
    const MOST_ITEMS: usize = 4096;

    /// Of a certificate, a precertificate, or what of it stands in a log; `issuer` as it was settled, `timestamp_ms` the first
    /// that a log gave it.
    ///
    /// What may stand for an asset and cannot be decided counts neither as an asset nor as foreign: the policy's verdict says
    /// so.
    #[must_use]
    pub fn of(policy: &Policy, tbs: &Tbs<'_>, issuer: &IssuerAttribution, timestamp_ms: u64) -> Self {
        let mut hits = Hits::default();
        let outcome = policy.watch_list.watch(tbs, |hit| {
            let is_undecided = matches!(hit.relation, Relation::Undecided(_))
                || matches!(hit.reading, Reading::UnparsableLabel | Reading::Undecoded);
            if is_undecided {
                hits.meet(hit.source);
                return ControlFlow::Continue(());
            }
            for (walked, entry) in hit.items().enumerate() {
                if hits.items >= Self::MOST_ITEMS {
                    let rest = hit.count().map_or(1, |count| count.saturating_sub(walked));
                    hits.left_out = hits.left_out.saturating_add(rest);
                    hits.meet(hit.source);
                    return ControlFlow::Break(());
                }
                hits.items = hits.items.saturating_add(1);
                // What a denial names is nobody's.
                let index = *entry.payload();
                if usize::try_from(index).is_ok_and(|index| policy.denial_of(index).is_some()) {
                    continue;
                }
                hits.assets.insert(index);
                hits.meet(hit.source);
            }
            ControlFlow::Continue(())
        });
        let left_out = match outcome {
            Outcome::NoMatch => 0,
            other => other.tally().left_out.saturating_add(hits.left_out),
        };
        let spki = tbs.spki();
        let mut event = Self {
            timestamp_ms,
            tbs_sha256: tbs_sha256(tbs),
            is_folded: tbs.precert_tbs().is_ok(),
            issuer: issuer.proven_key(),
            serial: shorten(&hex(tbs.serial()), Self::LONGEST_TEXT),
            spki_sha256: Sha256Hash(spki.sha256()),
            key_kind: key_kind(spki).unwrap_or_else(|_| "unreadable".to_owned()),
            assets: Vec::new(),
            foreign_names: Vec::new(),
            first_address: None,
            left_out,
        };
        event.take_assets(policy, &hits);
        event.take_names(tbs, &hits);
        event
    }

    fn take_assets(&mut self, policy: &Policy, hits: &Hits) {
        for &index in &hits.assets {
            let asset = usize::try_from(index).ok().and_then(|index| policy.assets.get(index));
            let Some(asset) = asset.filter(|_| self.assets.len() < Self::MOST_ASSETS) else {
                self.left_out = self.left_out.saturating_add(1);
                continue;
            };
            let owner = policy.owner_of(asset).map(|owner| owner.id.clone()).unwrap_or_default();
            self.assets.push(EventAsset { asset: asset.id.clone(), owner });
        }
    }

    fn take_names(&mut self, tbs: &Tbs<'_>, hits: &Hits) {
        let most = if self.assets.is_empty() { Self::MOST_NAMES_OF_NO_ASSET } else { Self::MOST_NAMES };
        let mut taken = BTreeSet::new();
        for name in tbs.names().filter_map(Result::ok) {
            let kind = name.kind();
            if !matches!(kind, GeneralNameKind::DnsName | GeneralNameKind::IpAddress) {
                continue;
            }
            let is_foreign = !hits.names.contains(&name.index);
            let is_first_address = kind == GeneralNameKind::IpAddress && self.first_address.is_none();
            if is_foreign && taken.len() >= most && !is_first_address {
                self.left_out = self.left_out.saturating_add(1);
                continue;
            }
            if !is_foreign && !is_first_address {
                continue;
            }
            let shown = shorten(&shown_name(kind, name.value), Self::LONGEST_TEXT).to_ascii_lowercase();
            if is_first_address {
                self.first_address = Some(shown.clone());
            }
            if is_foreign && taken.len() < most {
                taken.insert(shown);
            } else if is_foreign {
                self.left_out = self.left_out.saturating_add(1);
            }
        }
        self.foreign_names = taken.into_iter().collect();
    }

    /// The serial number's octets.
    pub(super) fn serial_octets(&self) -> impl DoubleEndedIterator<Item = u8> {
        let digit = |octet: u8| char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap_or(0);
        let pairs = self.serial.as_bytes().as_chunks().0;
        pairs.iter().map(move |&[high, low]| digit(high) << 4 | digit(low))
    }
}

/// What the watch list says.
#[derive(Default)]
struct Hits {
    assets: BTreeSet<u32>,
    /// The names that are an asset's, or may be, by their places in the SANs.
    names: BTreeSet<usize>,
    items: usize,
    left_out: usize,
}

impl Hits {
    fn meet(&mut self, source: Source) {
        if let Source::SubjectAltName { index } = source {
            self.names.insert(index);
        }
    }
}

fn key_kind(spki: Spki<'_>) -> Result<String, Error> {
    if let Some(bits) = spki.rsa_modulus_bits()? {
        return Ok(format!("RSA {bits}"));
    }
    let Some(curve) = spki.curve()? else { return Ok(spki.algorithm()?.to_string()) };
    // RFC 5480 §2.1.1.1.
    Ok(match curve {
        P_256 => "P-256".to_owned(),
        P_384 => "P-384".to_owned(),
        P_521 => "P-521".to_owned(),
        other => other.to_string(),
    })
}

const P_256: Oid<'static> = Oid::from_contents(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
const P_384: Oid<'static> = Oid::from_contents(&[0x2b, 0x81, 0x04, 0x00, 0x22]);
const P_521: Oid<'static> = Oid::from_contents(&[0x2b, 0x81, 0x04, 0x00, 0x23]);

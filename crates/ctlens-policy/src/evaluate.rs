//! From the hits of a certificate to a verdict: forbid and permit are grants, and what nothing permits is denied.

use crate::attribution::IssuerAttribution;
use crate::certificate::{quoted_name, shown_name, tbs_sha256};
use crate::config::{Asset, DEFAULT_DENY, Grant};
use crate::draft::Draft;
use crate::finding::{Cause, Finding, Identifier};
use crate::hash::Sha256Hash;
use crate::policy::Policy;
use crate::text::{hex, shorten, word};
use crate::verdict::Verdict;
use ctlens_lint::{Level, Location, Part, Rule, RuleId, RuleSet, Status};
use ctlens_san::{Grade, Hit, Item, Outcome, Reading, Relation, Source, Undecided};
use ctlens_x509::{Error, GeneralNameKind, Tbs, Validity};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

const NO_GRANT: RuleId = RuleId::from_static("ownership.no_grant");
const WRONG_ISSUER: RuleId = RuleId::from_static("ownership.wrong_issuer");
const GRANT_EXPIRED: RuleId = RuleId::from_static("ownership.grant_expired");
const GRANT_NOT_YET: RuleId = RuleId::from_static("ownership.grant_not_yet");
const BEYOND_GRANT: RuleId = RuleId::from_static("ownership.beyond_grant");
const UNATTRIBUTED_ISSUER: RuleId = RuleId::from_static("ownership.unattributed_issuer");
const UNDECIDABLE: RuleId = RuleId::from_static("ownership.undecidable");

/// A certificate may hold a hundred thousand names, and one name (`*.com`) may stand for a million items. What goes beyond
/// these is counted in `left_out`, and makes no certificate expected.
const MOST_PAIRS: usize = 256;
const MOST_ITEMS: usize = 4096;
const LONGEST_TEXT: usize = 256;

impl Policy {
    /// Whether a certificate concerns an asset, or may: everything else is [`Verdict::Unowned`]. Allocates nothing where the
    /// answer is no.
    #[must_use]
    pub fn concerns(&self, tbs: &Tbs<'_>) -> bool {
        self.watch_list.watch(tbs, |_| ControlFlow::Break(())) != Outcome::NoMatch
    }

    /// What the policy says about a certificate, a precertificate, or what of it stands in a log.
    ///
    /// Every identifier that concerns an asset must be permitted by a grant: one over the asset, for the key that issued,
    /// and in whose window the certificate's validity begins. An issuer that is only claimed satisfies none. All else is
    /// denied.
    pub fn evaluate(&self, tbs: &Tbs<'_>, issuer: &IssuerAttribution) -> Verdict {
        let mut matches = Matches::default();
        let outcome = self.watch_list.watch(tbs, |hit| matches.take(&hit, tbs));
        if outcome == Outcome::NoMatch {
            return Verdict::Unowned;
        }
        let left_out = matches.left_out.saturating_add(outcome.tally().left_out);
        if let (Outcome::Undecidable { why, .. }, true) = (outcome, matches.doubts.is_empty()) {
            matches.doubts.push(Doubt { why, location: Location::of(Part::TbsCertificate), octets: &[] });
        }
        let case = Case { policy: self, tbs_sha256: tbs_sha256(tbs), issuer, validity: tbs.validity().ok() };
        let mut why: Vec<Finding> = matches.doubts.iter().map(|doubt| case.doubt(doubt)).collect();
        let mut findings = Vec::new();
        let mut grants = BTreeSet::new();
        let mut pairs: Vec<(&(u32, Sha256Hash), &Pair<'_>)> = matches.pairs.iter().collect();
        pairs.sort_by_key(|((asset, folded), pair)| (asset, &pair.text, folded));
        for ((asset, _), pair) in pairs {
            match case.decide(*asset, pair) {
                Decision::Permitted(by) => grants.extend(by),
                Decision::Refused(finding) => findings.push(*finding),
                Decision::Undecidable(finding) => why.push(*finding),
            }
        }
        case.check_profile(tbs, &mut findings, &mut why);
        findings.sort_by_key(|finding| Reverse(finding.level));
        if !why.is_empty() {
            return Verdict::Undecidable { why, findings, left_out };
        }
        if findings.is_empty() && left_out == 0 {
            return Verdict::Expected { grants: grants.into_iter().collect() };
        }
        if findings.is_empty() {
            let what = format!("{left_out} more matches than are looked at: nobody can tell whether they are granted");
            findings.push(Finding::of_left_out(case.tbs_sha256, tbs.as_bytes().len(), what));
        }
        Verdict::Findings { findings, left_out }
    }
}

/// The hits of one certificate, by asset and identifier.
#[derive(Default)]
struct Matches<'c> {
    /// By the index of the asset and the digest of the identifier's text, folded so that a common name that repeats a SAN is
    /// no second one.
    pairs: BTreeMap<(u32, Sha256Hash), Pair<'c>>,
    /// The field of the last hit: the hits of a field come one after another, and there may be as many as it has words.
    field: Option<Field>,
    #[cfg(test)]
    fields_read: usize,
    hits: usize,
    doubts: Vec<Doubt<'c>>,
    kinds: Option<Vec<(usize, GeneralNameKind)>>,
    items: usize,
    left_out: usize,
}

/// What is the same for all hits of a field.
struct Field {
    source: Source,
    offset: usize,
    text: String,
    /// In an explanation.
    quoted: String,
    /// Of what identifiers are compared by.
    folded: Sha256Hash,
    /// `example.com` of `*.example.com`; `None` where the octets are anything but labels of which only the first is an
    /// asterisk.
    parent: Option<String>,
}

/// An identifier that concerns an asset.
struct Pair<'c> {
    text: String,
    /// In an explanation.
    quoted: String,
    octets: &'c [u8],
    location: Location,
    also_at: Vec<Location>,
    reading: Reading,
    relation: Relation,
    grade: Grade,
    /// By what the octets can be taken for: `None` as they stand, `Some` hit for another reading, which may be one of many
    /// words. Of the items that one thing stands for, the widest counts.
    extents: BTreeMap<Option<usize>, Extent>,
}

/// Something that nobody can read.
struct Doubt<'c> {
    why: Undecided,
    location: Location,
    octets: &'c [u8],
}

/// How far an identifier reaches. A grant over an asset is consent for what lies in the asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Extent {
    /// It stands for something outside the asset too, or for nothing that can be told.
    Beyond,
    /// `*.example.com` for the asset `www.example.com`.
    WildcardAbove,
    /// All that it stands for lies in the asset.
    Inside,
}

impl<'c> Matches<'c> {
    fn take(&mut self, hit: &Hit<'_, 'c, u32>, tbs: &Tbs<'c>) -> ControlFlow<()> {
        let kind = self.kind(hit.source, tbs);
        let location = Location::at(part(hit.source, kind), hit.offset, hit.octets.len());
        match (hit.relation, hit.reading) {
            (Relation::Undecided(why), _) => {
                self.doubt(Doubt { why, location, octets: hit.octets });
                return ControlFlow::Continue(());
            }
            // What a client makes of an address with a mask, or spelt out, nobody can tell either.
            (_, Reading::AddressAndMask | Reading::AddressAsText) => {
                let why = Undecided::AddressLength { octets: hit.octets.len() };
                self.doubt(Doubt { why, location: location.clone(), octets: hit.octets });
            }
            _ => {}
        }
        self.hits = self.hits.saturating_add(1);
        let is_literal = matches!(hit.reading, Reading::Standard | Reading::TrailingDot);
        let meaning = (!is_literal).then_some(self.hits);
        let field = match self.field.take() {
            Some(field) if field.source == hit.source && field.offset == hit.offset => field,
            _ => {
                #[cfg(test)]
                {
                    self.fields_read = self.fields_read.saturating_add(1);
                }
                Field::of(hit, kind)
            }
        };
        let flow = self.take_items(hit, &field, meaning, &location);
        self.field = Some(field);
        flow
    }

    fn take_items(
        &mut self,
        hit: &Hit<'_, 'c, u32>,
        field: &Field,
        meaning: Option<usize>,
        location: &Location,
    ) -> ControlFlow<()> {
        for (walked, entry) in hit.items().enumerate() {
            if self.items >= MOST_ITEMS {
                let rest = hit.count().map_or(1, |count| count.saturating_sub(walked));
                self.left_out = self.left_out.saturating_add(rest);
                return ControlFlow::Break(());
            }
            self.items = self.items.saturating_add(1);
            let extent = extent(hit, field.parent.as_deref(), &entry.item());
            let key = (*entry.payload(), field.folded);
            if self.pairs.len() >= MOST_PAIRS && !self.pairs.contains_key(&key) {
                self.left_out = self.left_out.saturating_add(1);
                continue;
            }
            let pair = Pair {
                text: field.text.clone(),
                quoted: field.quoted.clone(),
                octets: hit.octets,
                location: location.clone(),
                also_at: Vec::new(),
                reading: hit.reading,
                relation: hit.relation,
                grade: hit.grade,
                extents: BTreeMap::from([(meaning, extent)]),
            };
            match self.pairs.get_mut(&key) {
                Some(known) => known.join(pair),
                None => {
                    self.pairs.insert(key, pair);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn doubt(&mut self, doubt: Doubt<'c>) {
        if self.doubts.iter().any(|known| known.location == doubt.location && known.why == doubt.why) {
            return;
        }
        if self.doubts.len() < MOST_PAIRS {
            self.doubts.push(doubt);
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// The type of the name that a hit comes from, looked up without walking the names again for each.
    fn kind(&mut self, source: Source, tbs: &Tbs<'c>) -> GeneralNameKind {
        let Source::SubjectAltName { index } = source else { return GeneralNameKind::Unknown };
        let kinds = self
            .kinds
            .get_or_insert_with(|| tbs.names().filter_map(Result::ok).map(|name| (name.index, name.kind())).collect());
        let found = kinds.binary_search_by_key(&index, |&(index, _)| index).ok();
        found.and_then(|at| kinds.get(at)).map_or(GeneralNameKind::Unknown, |&(_, kind)| kind)
    }
}

impl Field {
    fn of(hit: &Hit<'_, '_, u32>, kind: GeneralNameKind) -> Self {
        let shown = shown_name(kind, hit.octets);
        let text = shorten(&shown, LONGEST_TEXT);
        let folded = shown.to_ascii_lowercase();
        Self {
            source: hit.source,
            offset: hit.offset,
            quoted: quoted_name(kind, hit.octets, &text),
            text,
            folded: Sha256Hash::of(folded.strip_suffix('.').unwrap_or(&folded).as_bytes()),
            parent: parent(hit.octets),
        }
    }
}

/// What a pattern stands below. Nothing but letters, digits, hyphens, underscores and dots: what holds anything else may say
/// more than one thing.
fn parent(octets: &[u8]) -> Option<String> {
    let parent = octets.strip_suffix(b".").unwrap_or(octets).strip_prefix(b"*.")?;
    let is_plain = parent.iter().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.'));
    is_plain.then(|| String::from_utf8_lossy(parent).to_ascii_lowercase())
}

impl Pair<'_> {
    /// The same identifier again: as another field, in another reading, or for another item of the same asset.
    fn join(&mut self, other: Self) {
        let mut weaker = other;
        if weaker.grade > self.grade {
            std::mem::swap(self, &mut weaker);
            self.also_at = std::mem::take(&mut weaker.also_at);
            std::mem::swap(&mut self.extents, &mut weaker.extents);
        }
        for (meaning, extent) in weaker.extents {
            let known = self.extents.entry(meaning).or_insert(extent);
            *known = extent.max(*known);
        }
        if weaker.location != self.location && !self.also_at.contains(&weaker.location) {
            self.also_at.push(weaker.location);
        }
    }

    fn identifier(&self) -> Identifier {
        Identifier {
            relation: word(&self.relation),
            reading: word(&self.reading),
            grade: word(&self.grade),
            ..identifier(self.text.clone(), self.octets)
        }
    }

    /// Everything that the identifier can be taken for has to lie in the asset.
    fn extent(&self) -> Extent {
        self.extents.values().min().copied().unwrap_or(Extent::Beyond)
    }
}

fn part(source: Source, kind: GeneralNameKind) -> Part {
    match source {
        Source::SubjectAltName { index } => Part::SubjectAltName { index, kind },
        Source::CommonName { index } => Part::CommonName { index },
        Source::Subject => Part::Subject,
        _ => Part::TbsCertificate,
    }
}

fn extent(hit: &Hit<'_, '_, u32>, parent: Option<&str>, item: &Item) -> Extent {
    // What stands behind the NUL may be any name.
    if matches!(hit.reading, Reading::NulPrefix | Reading::UnparsableLabel | Reading::Undecoded) {
        return Extent::Beyond;
    }
    match hit.relation {
        Relation::Exact | Relation::Below | Relation::Prefix { .. } => Extent::Inside,
        Relation::Wildcard => parent.and_then(|parent| wildcard_extent(parent, item)).unwrap_or(Extent::Beyond),
        _ => Extent::Beyond,
    }
}

/// `None` where the item is no name.
fn wildcard_extent(parent: &str, item: &Item) -> Option<Extent> {
    let (name, is_subtree) = match item {
        Item::Name(name) => (name.as_str(), false),
        Item::Subtree(name) => (name.as_str(), true),
        _ => return None,
    };
    let lies_below = parent == name || parent.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    if is_subtree && lies_below {
        return Some(Extent::Inside);
    }
    // Nobody consents to all of a top-level domain for the sake of one name.
    let is_above = name.split_once('.').is_some_and(|(_, above)| above == parent) && parent.contains('.');
    Some(if is_above { Extent::WildcardAbove } else { Extent::Beyond })
}

/// A certificate before the policy.
struct Case<'p> {
    policy: &'p Policy,
    tbs_sha256: Sha256Hash,
    issuer: &'p IssuerAttribution,
    validity: Option<Validity>,
}

enum Decision {
    /// By these grants.
    Permitted(Vec<String>),
    Refused(Box<Finding>),
    Undecidable(Box<Finding>),
}

impl Case<'_> {
    fn decide(&self, asset_index: u32, pair: &Pair<'_>) -> Decision {
        let index = usize::try_from(asset_index).unwrap_or(usize::MAX);
        let Some(asset) = self.policy.assets.get(index) else {
            return Decision::Undecidable(Box::new(self.of_unknown_asset(asset_index, pair)));
        };
        let grants: Vec<&Grant> = self.policy.grants_over(index).collect();
        let refuse = |rule, level, cause, because: String| {
            Decision::Refused(Box::new(self.finding(asset, pair, &grants, rule, level, cause, &because)))
        };

        if pair.reading == Reading::UnparsableLabel {
            let because = "part of it cannot be read and may be any label, so that nobody can tell";
            let finding = self.finding(asset, pair, &grants, UNDECIDABLE, Level::Error, Cause::Unparsable, because);
            return Decision::Undecidable(Box::new(finding));
        }
        if grants.is_empty() {
            let because = "no grant lets anybody issue a certificate for it".to_owned();
            return refuse(NO_GRANT, Level::Critical, Cause::NoConsent, because);
        }
        let Some(key) = self.issuer.proven_key() else {
            let because = format!("who issued is not certain ({}), so that no grant can permit it", self.issuer);
            return refuse(UNATTRIBUTED_ISSUER, Level::Error, Cause::IssuerUnproven, because);
        };
        let for_issuer: Vec<&Grant> = grants
            .iter()
            .copied()
            .filter(|grant| self.policy.issuers_of(grant).any(|issuer| issuer.keys.contains(&key)))
            .collect();
        if for_issuer.is_empty() {
            let because = format!("the key that issued ({}…) has no grant", key.short());
            return refuse(WRONG_ISSUER, Level::Critical, Cause::WrongIssuer, because);
        }
        let Some(validity) = self.validity else {
            let because = "its validity cannot be read, so that no grant can be applied";
            let finding = self.finding(asset, pair, &grants, UNDECIDABLE, Level::Error, Cause::Unparsable, because);
            return Decision::Undecidable(Box::new(finding));
        };
        let begins = validity.not_before;
        let in_time = for_issuer.iter().filter(|grant| grant.not_before <= begins && begins <= grant.not_after);
        let covering = in_time.clone().filter(|grant| match pair.extent() {
            Extent::Inside => true,
            Extent::WildcardAbove => grant.wildcards_above,
            Extent::Beyond => false,
        });
        let permitting: Vec<String> = covering.map(|grant| grant.id.clone()).collect();
        if !permitting.is_empty() {
            return Decision::Permitted(permitting);
        }
        if in_time.count() > 0 {
            let because = "the issuer's grant does not reach as far: it stands for more than the asset".to_owned();
            return refuse(BEYOND_GRANT, Level::Error, Cause::BeyondGrant, because);
        }
        let ended = for_issuer.iter().filter(|grant| grant.not_after < begins);
        if let Some(grant) = ended.max_by_key(|grant| (grant.not_after, &grant.id)) {
            let because = format!(
                "the issuer's grant {} ended at {}, before the certificate begins ({begins})",
                grant.id, grant.not_after
            );
            return refuse(GRANT_EXPIRED, Level::Error, Cause::ConsentExpired, because);
        }
        let first = for_issuer.iter().min_by_key(|grant| (grant.not_before, &grant.id));
        let because = match first {
            Some(grant) => format!(
                "the issuer's grant {} begins at {}, after the certificate does ({begins})",
                grant.id, grant.not_before
            ),
            None => String::new(),
        };
        refuse(GRANT_NOT_YET, Level::Error, Cause::ConsentNotYet, because)
    }

    #[expect(clippy::too_many_arguments, reason = "what is found, and why")]
    fn finding(
        &self,
        asset: &Asset,
        pair: &Pair<'_>,
        grants: &[&Grant],
        rule: RuleId,
        level: Level,
        cause: Cause,
        because: &str,
    ) -> Finding {
        let owner = self.policy.owner_of(asset);
        let owner_id = owner.map_or("nobody", |owner| owner.id.as_str());
        let is_plain = pair.reading == Reading::Standard && pair.extent() == Extent::Inside;
        let what = if is_plain {
            format!("{} belongs to {owner_id} (asset {})", pair.quoted, asset.id)
        } else {
            format!("{} can be taken for asset {} of {owner_id}", pair.quoted, asset.id)
        };
        let (missing_issuer, missing_grant) = match self.draft(asset, pair.extent()) {
            Some(Draft { issuer, grant }) => (issuer, Some(grant)),
            None => (None, None),
        };
        let mut decided_by: Vec<String> = grants.iter().map(|grant| grant.id.clone()).collect();
        decided_by.sort_unstable();
        decided_by.insert(0, DEFAULT_DENY.to_owned());
        Finding {
            id: self.finding_id(rule, &pair.location.part, &asset.id),
            rule,
            level,
            cause,
            explanation: format!("{what}, and {because}"),
            asset: Some(asset.id.clone()),
            owner: owner.map(|owner| owner.id.clone()),
            contact: owner.and_then(|owner| owner.contact.clone()),
            identifier: Some(pair.identifier()),
            location: pair.location.clone(),
            also_at: pair.also_at.clone(),
            decided_by,
            missing_issuer,
            missing_grant,
        }
    }

    /// The watch list knows an asset that the policy does not: no policy that compiles does so.
    fn of_unknown_asset(&self, asset: u32, pair: &Pair<'_>) -> Finding {
        let Pair { quoted, location, also_at, .. } = pair;
        let explanation =
            format!("{quoted} is on the watch list for asset number {asset}, which the policy does not have");
        Finding {
            identifier: Some(pair.identifier()),
            also_at: also_at.clone(),
            ..self.undecidable(&asset.to_string(), location.clone(), explanation)
        }
    }

    fn undecidable(&self, apart: &str, location: Location, explanation: String) -> Finding {
        Finding {
            id: self.finding_id(UNDECIDABLE, &location.part, apart),
            rule: UNDECIDABLE,
            level: Level::Error,
            cause: Cause::Unparsable,
            explanation,
            asset: None,
            owner: None,
            contact: None,
            identifier: None,
            location,
            also_at: Vec::new(),
            decided_by: vec![DEFAULT_DENY.to_owned()],
            missing_issuer: None,
            missing_grant: None,
        }
    }

    fn draft(&self, asset: &Asset, extent: Extent) -> Option<Draft> {
        let (key, begins) = (self.issuer.proven_key()?, self.validity?.not_before);
        match extent {
            Extent::Beyond => None,
            Extent::WildcardAbove => Some(Draft::new(self.policy, asset, key, begins, true)),
            Extent::Inside => Some(Draft::new(self.policy, asset, key, begins, false)),
        }
    }

    fn doubt(&self, doubt: &Doubt<'_>) -> Finding {
        let octets = shorten(&hex(doubt.octets), 64);
        let shown = if octets.is_empty() { String::new() } else { format!(" ({octets})") };
        // Several pieces of one part may be unreadable, and no asset tells them apart.
        let apart = Sha256Hash::of(doubt.octets).to_string();
        let explanation = format!("{}{shown}: it may stand for an asset, and nobody can tell", doubt.why);
        Finding {
            identifier: Some(Identifier {
                relation: word(&Relation::Undecided(doubt.why)),
                reading: word(&Reading::Undecoded),
                grade: word(&Grade::Nobody),
                ..identifier(format!("#{octets}"), doubt.octets)
            }),
            ..self.undecidable(&apart, doubt.location.clone(), explanation)
        }
    }

    /// What is wrong with the certificate whoever it is for: it concerns an asset, and will have to be revoked.
    fn check_profile(&self, tbs: &Tbs<'_>, violations: &mut Vec<Finding>, why: &mut Vec<Finding>) {
        for (rule, status) in RuleSet::BASELINE_REQUIREMENTS.check(tbs) {
            // What would be no reason to revoke is none to wake up anybody.
            if rule.level < Level::Error {
                continue;
            }
            let error = match status {
                Status::NotApplicable | Status::NotEffective | Status::Pass => continue,
                Status::Findings(found) => {
                    self.violations(rule, found, violations);
                    continue;
                }
                Status::Undecidable(error) => error.to_string(),
                _ => "for a reason that has no name here".to_owned(),
            };
            let location = Location::of(Part::TbsCertificate);
            let explanation = format!("whether the certificate keeps this rule cannot be decided: {error}");
            why.push(Finding {
                id: self.finding_id(rule.id, &location.part, "undecidable"),
                rule: rule.id,
                level: rule.level,
                decided_by: vec![rule.id.to_string()],
                ..self.undecidable("", location, explanation)
            });
        }
    }

    fn violations(&self, rule: &Rule, found: ctlens_lint::Findings, violations: &mut Vec<Finding>) {
        let last = found.shown.len().saturating_sub(1);
        for (n, finding) in found.shown.into_iter().enumerate() {
            let more =
                if n == last && found.more > 0 { format!(", and {} more like it", found.more) } else { String::new() };
            violations.push(Finding {
                id: self.finding_id(rule.id, &finding.location.part, ""),
                rule: rule.id,
                level: rule.level,
                cause: Cause::ProfileViolation,
                explanation: format!("{}{more}", finding.explanation),
                asset: None,
                owner: None,
                contact: None,
                identifier: None,
                location: finding.location,
                also_at: Vec::new(),
                decided_by: vec![rule.id.to_string()],
                missing_issuer: None,
                missing_grant: None,
            });
        }
    }

    /// Without the octets' place, which is another in the certificate than in its precertificate.
    fn finding_id(&self, rule: RuleId, part: &Part, asset: &str) -> Sha256Hash {
        let tbs = self.tbs_sha256;
        Sha256Hash::of(format!("ctlens.finding/1\n{rule}\n{tbs}\n{part}\n{asset}").as_bytes())
    }
}

impl Verdict {
    /// Nobody can be sure of an issuance by more keys than are judged.
    pub(crate) fn with_issuers_left_out(self, sha256: Sha256Hash, length: usize, issuers: usize) -> Self {
        match self {
            Self::Expected { .. } if issuers > 0 => {
                let what = format!("{issuers} more keys are said to have issued than are looked at");
                Self::Findings { findings: vec![Finding::of_left_out(sha256, length, what)], left_out: 0 }
            }
            other => other,
        }
    }
}

impl Finding {
    fn of_left_out(sha256: Sha256Hash, length: usize, explanation: String) -> Self {
        Self { cause: Cause::LeftOut, ..Self::of_whole(sha256, length, "\nleft out", explanation) }
    }

    /// Octets of a log that are no certificate.
    pub(crate) fn of_unparsable(sha256: Sha256Hash, length: usize, why: Error) -> Self {
        let explanation =
            format!("{length} octets in the place of a certificate cannot be read ({why}): any name may be in them");
        Self::of_whole(sha256, length, "", explanation)
    }

    fn of_whole(sha256: Sha256Hash, length: usize, apart: &str, explanation: String) -> Self {
        Self {
            id: Sha256Hash::of(format!("ctlens.finding/1\n{UNDECIDABLE}\n{sha256}{apart}").as_bytes()),
            rule: UNDECIDABLE,
            level: Level::Error,
            cause: Cause::Unparsable,
            explanation,
            asset: None,
            owner: None,
            contact: None,
            identifier: None,
            location: Location::at(Part::TbsCertificate, 0, length),
            also_at: Vec::new(),
            decided_by: vec![DEFAULT_DENY.to_owned()],
            missing_issuer: None,
            missing_grant: None,
        }
    }
}

fn identifier(text: String, octets: &[u8]) -> Identifier {
    let shown = octets.get(..Identifier::MOST).unwrap_or(octets);
    Identifier {
        text,
        octets: hex(shown),
        length: octets.len(),
        relation: String::new(),
        reading: String::new(),
        grade: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ctlens_testkit::{CertificateBuilder, Key};
    use ctlens_x509::Certificate;

    const POLICY: &str = "version = 1\n[[owner]]\nid = \"me\"\n[[asset]]\nid = \"one\"\nowner = \"me\"\ndns = [\".one.example\"]\n\
                          [[asset]]\nid = \"two\"\nowner = \"me\"\ndns = [\"two.example\"]\n";

    fn certificate(names: &[&str]) -> Vec<u8> {
        let ca = ctlens_testkit::Ca::root(Key::new(1, "ca"), &ctlens_testkit::Name::new().common_name("CA"), 0, 1);
        let leaf = CertificateBuilder::leaf(Key::new(2, "leaf").spki_der());
        names.iter().fold(leaf, |builder, name| builder.dns(*name)).certificate(&ca)
    }

    /// A field of many words is read once, not once for each of its hits.
    #[test]
    fn a_field_is_read_once() {
        let policy = Policy::compile(POLICY, "p").unwrap();
        let (ones, patterns) = ("one.example ".repeat(20_000), "*.example ".repeat(20_000));
        let der = certificate(&[&ones, "one.example", &patterns]);
        let certificate = Certificate::from_der(&der).unwrap();
        let mut matches = Matches::default();
        let _ = policy.watch_list.watch(certificate.tbs(), |hit| {
            matches.items = 0;
            matches.take(&hit, certificate.tbs())
        });
        assert_eq!(matches.fields_read, 3);
        assert!(matches.hits >= 20_001, "{}", matches.hits);
        let kept: usize = matches.pairs.values().map(|pair| pair.text.len() + pair.quoted.len()).sum();
        assert!(matches.pairs.len() >= 3 && kept < 10_000, "{kept}");
    }

    #[test]
    fn an_asset_that_the_policy_lacks_is_not_permitted() {
        let mut policy = Policy::compile(POLICY, "p").unwrap();
        policy.assets.pop();
        let der = certificate(&["two.example"]);
        let verdict = policy.evaluate(Certificate::from_der(&der).unwrap().tbs(), &IssuerAttribution::Unknown);
        let Verdict::Undecidable { why, .. } = verdict else { panic!("{verdict:#?}") };
        assert!(why[0].explanation.starts_with("\"two.example\" is on the watch list"), "{}", why[0].explanation);
    }
}

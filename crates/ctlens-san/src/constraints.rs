//! Which names a CA may issue for (RFC 5280 §4.2.1.10).

mod chain;
mod directory;
mod error;
mod name;
mod refusal;

use alloc::vec::Vec;
use core::net::IpAddr;

use ctlens_x509::{Attribute, GeneralName, GeneralNameKind, NameConstraints, Oid, Reader, Tbs, Undecodable};

use crate::constraints::name::{Overlap, Presented};
use crate::hit::Source;

pub use chain::{ChainError, ChainRefusal, check_chain};
pub use error::{ConstraintError, ConstraintErrorKind};
pub(crate) use name::{Base, is_domain};
pub use refusal::{Refusal, RefusalReason, Subtree, SubtreeList};

/// The name constraints of one CA certificate, to hold the names of certificates below it against.
///
/// A certificate in a path is held against the constraints of every CA above it; [`check_chain`](crate::check_chain) does
/// that for a path that somebody has built. What a name is has to be certain: a name that cannot be read is outside every
/// permitted subtree and inside every excluded one.
///
/// Constraints hold for a name whether or not the extension is marked critical, which it has to be.
#[derive(Debug)]
pub struct Constraints<'k> {
    permitted: Vec<Ready<'k>>,
    excluded: Vec<Ready<'k>>,
    is_critical: bool,
    offset: usize,
    work_limit: u64,
    with_common_name: bool,
}

/// A subtree that was read.
#[derive(Debug)]
struct Ready<'k> {
    subtree: Subtree<'k>,
    base: Result<Base<'k>, ConstraintError>,
}

impl<'k> Constraints<'k> {
    /// How many comparisons of a name with a subtree one certificate may ask for, unless
    /// [`with_work_limit`](Self::with_work_limit) says otherwise: names times subtrees of the same form, a directoryName
    /// subtree counted once more for every 64 octets, and one for each piece of the certificate that cannot be walked. Of
    /// subtrees there may be as many.
    pub const WORK_LIMIT: u64 = 1 << 18;

    /// The name constraints of a CA certificate, `None` where it has none: then any name may stand below it, unless a CA
    /// above has constraints.
    ///
    /// # Errors
    ///
    /// Where the extension is damaged or empty, where there are two, where a subtree has another minimum than 0 or a maximum,
    /// and where there are more than [`WORK_LIMIT`](Self::WORK_LIMIT) subtrees. A subtree that can be told from the others and makes no sense is no error here: it makes every name of its
    /// form a refusal, which is all that the standard asks for. [`faults`](Self::faults) has them all.
    pub fn of(ca: &Tbs<'k>) -> Result<Option<Self>, ConstraintError> {
        let Some(extension) = ca.extension(Oid::NAME_CONSTRAINTS)? else { return Ok(None) };
        let Some(constraints) = ca.name_constraints()? else { return Ok(None) };
        check_not_empty(Reader::at(extension.value, extension.offset))?;
        let (permitted, excluded) = read_subtrees(constraints, extension.offset)?;
        Ok(Some(Self {
            permitted,
            excluded,
            is_critical: extension.critical,
            offset: extension.offset,
            work_limit: Self::WORK_LIMIT,
            with_common_name: false,
        }))
    }

    /// The same with another limit than [`WORK_LIMIT`](Self::WORK_LIMIT).
    #[must_use]
    pub fn with_work_limit(self, comparisons: u64) -> Self {
        Self { work_limit: comparisons, ..self }
    }

    /// The same, but with the last common name held against the dNSName and iPAddress subtrees where the SAN has neither of
    /// these kinds, as mozilla::pkix does. RFC 5280 §4.2.1.10 constrains no common name as a host, and clients that follow
    /// RFC 9525 do not look at any; OpenSSL and NSS do.
    #[must_use]
    pub fn with_common_name(self) -> Self {
        Self { with_common_name: true, ..self }
    }

    /// Whether the extension is marked critical. "Conforming CAs MUST mark this extension as critical."
    #[must_use]
    pub fn is_critical(&self) -> bool {
        self.is_critical
    }

    /// All subtrees: the permitted ones, then the excluded ones, of each the forms of names one after the other.
    pub fn subtrees(&self) -> impl Iterator<Item = Subtree<'k>> {
        self.permitted.iter().chain(&self.excluded).map(|ready| ready.subtree)
    }

    /// The subtrees that make no sense, or are of a form without rules here, and what is wrong with them.
    pub fn faults(&self) -> impl Iterator<Item = (Subtree<'k>, ConstraintError)> {
        let ready = self.permitted.iter().chain(&self.excluded);
        ready.filter_map(|ready| ready.base.as_ref().err().map(|error| (ready.subtree, *error)))
    }

    /// The names of a certificate that these constraints do not allow, one reason for each; none means that they allow all.
    ///
    /// Looked at are the names of the SANs, the subject as a directoryName where it is not empty, and, where the SANs have
    /// no rfc822Name, each emailAddress in the subject. (The standard asks for the last where there is no SAN at all; some
    /// clients always look.) An SmtpUTF8Mailbox is held against rfc822Name subtrees (RFC 9598 §6). Names of a form without
    /// subtrees are allowed.
    ///
    /// # Errors
    ///
    /// [`ConstraintErrorKind::WorkLimit`], before anything is compared.
    pub fn check<'c>(&self, certificate: &Tbs<'c>) -> Result<Vec<Refusal<'k, 'c>>, ConstraintError> {
        self.check_work(certificate)?;
        let mut refusals = Vec::new();
        let mut has_mailbox = false;
        let mut has_host = false;
        let mut refuse = |source, octets, offset, form, reason: Option<RefusalReason<'k>>| {
            refusals.extend(reason.map(|reason| Refusal { source, octets, offset, form, reason }));
        };
        for name in certificate.names() {
            let name = match name {
                Ok(name) => name,
                Err(damage) => {
                    let reason = RefusalReason::Undecodable(damage.error);
                    refuse(Source::Extensions, damage.octets, damage.offset, None, Some(reason));
                    continue;
                }
            };
            has_mailbox |= name.kind() == GeneralNameKind::Rfc822Name;
            has_host |= matches!(name.kind(), GeneralNameKind::DnsName | GeneralNameKind::IpAddress);
            let (form, reason) = self.look_at_name(name);
            refuse(Source::SubjectAltName { index: name.index }, name.value, name.offset, Some(form), reason);
        }
        let subject = certificate.subject();
        if subject.attributes().next().is_some() {
            let form = GeneralNameKind::DirectoryName;
            let reason = self.look_up(form, || Presented::subject(subject));
            refuse(Source::Subject, subject.as_bytes(), subject.offset(), Some(form), reason);
        }
        if !has_mailbox && self.constrains(GeneralNameKind::Rfc822Name) {
            let form = GeneralNameKind::Rfc822Name;
            for attribute in subject.attributes() {
                match attribute {
                    Ok(attribute) if attribute.oid == EMAIL_ADDRESS => {
                        let reason = self.look_at_text(form, &attribute, |text| Presented::mailbox(text));
                        refuse(Source::Subject, attribute.value, attribute.offset, Some(form), reason);
                    }
                    Ok(_) => {}
                    Err(damage) => {
                        let reason = RefusalReason::Undecodable(damage.error);
                        refuse(Source::Subject, damage.octets, damage.offset, Some(form), Some(reason));
                    }
                }
            }
        }
        if self.with_common_name && !has_host {
            let last = certificate.common_names().zip(0_usize..).last();
            if let Some((Ok(attribute), index)) = last {
                let form = host_form(&attribute);
                let reason = form.and_then(|form| self.look_at_text(form, &attribute, host));
                refuse(Source::CommonName { index }, attribute.value, attribute.offset, form, reason);
            }
        }
        Ok(refusals)
    }
}

impl<'k> Constraints<'k> {
    fn look_at_name(&self, name: GeneralName<'_>) -> (GeneralNameKind, Option<RefusalReason<'k>>) {
        let kind = name.kind();
        if kind != GeneralNameKind::OtherName {
            return (kind, self.look_up(kind, || Presented::read(name)));
        }
        let other = OtherName::read(name);
        if let Some(mailbox) = other.and_then(OtherName::utf8_mailbox) {
            let form = GeneralNameKind::Rfc822Name;
            let reason = self.look_up(form, || mailbox.and_then(Presented::utf8_mailbox));
            if reason.is_some() {
                return (form, reason);
            }
        }
        // "Name form" is the type of the otherName.
        let may_hold = |ready: &&Ready<'k>| {
            let types = other.zip(OtherName::read(ready.subtree.base));
            types.is_none_or(|(other, base)| other.oid == base.oid)
        };
        let mut subtrees = of_form(&self.excluded, kind).iter().chain(of_form(&self.permitted, kind));
        (kind, subtrees.find(may_hold).and_then(Ready::unusable))
    }

    fn look_at_text(
        &self,
        form: GeneralNameKind,
        attribute: &Attribute<'_>,
        read: impl FnOnce(&[u8]) -> Option<Presented<'_>>,
    ) -> Option<RefusalReason<'k>> {
        let text = attribute.text();
        self.look_up(form, || text.as_ref().ok().and_then(|text| read(text.as_bytes())))
    }

    /// Why a name of a form is not allowed.
    fn look_up<'n>(
        &self,
        form: GeneralNameKind,
        read: impl FnOnce() -> Option<Presented<'n>>,
    ) -> Option<RefusalReason<'k>> {
        let (permitted, excluded) = (of_form(&self.permitted, form), of_form(&self.excluded, form));
        if permitted.is_empty() && excluded.is_empty() {
            return None;
        }
        let unusable = || excluded.iter().chain(permitted).find_map(Ready::unusable);
        let Some(name) = read() else {
            return Some(unusable().unwrap_or(RefusalReason::InvalidName));
        };
        let overlap = |ready: &Ready<'_>| ready.base.as_ref().map_or(Overlap::None, |base| name.overlap(base));
        // "Any name matching a restriction in the excludedSubtrees field is invalid regardless of information appearing in
        // the permittedSubtrees."
        if let Some(ready) = excluded.iter().find(|ready| overlap(ready) != Overlap::None) {
            return Some(RefusalReason::Excluded(ready.subtree));
        }
        let is_permitted = || permitted.is_empty() || permitted.iter().any(|ready| overlap(ready) == Overlap::All);
        unusable().or_else(|| (!is_permitted()).then_some(RefusalReason::NotPermitted { subtrees: permitted.len() }))
    }

    fn constrains(&self, form: GeneralNameKind) -> bool {
        !of_form(&self.permitted, form).is_empty() || !of_form(&self.excluded, form).is_empty()
    }

    fn check_work(&self, certificate: &Tbs<'_>) -> Result<(), ConstraintError> {
        let (mut names, mut comparisons, mut damages) = (0_usize, 0_u64, 0_u64);
        let costs = Costs::of(self.permitted.iter().chain(&self.excluded));
        let mut count = |form| {
            let cost = costs.of_form(form);
            names = names.saturating_add(usize::from(cost > 0));
            comparisons = comparisons.saturating_add(cost);
        };
        for name in certificate.names() {
            let Ok(name) = name else {
                damages = damages.saturating_add(1);
                continue;
            };
            count(name.kind());
            if name.kind() == GeneralNameKind::OtherName {
                count(GeneralNameKind::Rfc822Name);
            }
        }
        count(GeneralNameKind::DirectoryName);
        for attribute in certificate.subject().attributes() {
            match attribute {
                Ok(attribute) if attribute.oid == EMAIL_ADDRESS => count(GeneralNameKind::Rfc822Name),
                Ok(_) => {}
                Err(_) => damages = damages.saturating_add(1),
            }
        }
        if self.with_common_name {
            count(GeneralNameKind::DnsName);
        }
        // Each of those is a reason too, and nobody shall have to hold more of them than of the others.
        let comparisons = comparisons.saturating_add(damages);
        if comparisons <= self.work_limit {
            return Ok(());
        }
        let subtrees = self.permitted.len().saturating_add(self.excluded.len());
        let kind = ConstraintErrorKind::WorkLimit { names, subtrees, comparisons, limit: self.work_limit };
        Err(ConstraintError::new(kind, self.offset))
    }
}

impl<'k> Ready<'k> {
    fn unusable(&self) -> Option<RefusalReason<'k>> {
        let error = *self.base.as_ref().err()?;
        Some(RefusalReason::Unusable { subtree: self.subtree, error })
    }
}

/// 1.2.840.113549.1.9.1 (RFC 5280 appendix A.1)
const EMAIL_ADDRESS: Oid<'static> = Oid::from_contents(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x01]);
/// id-on-SmtpUTF8Mailbox 1.3.6.1.5.5.7.8.9 (RFC 9598 §3)
const SMTP_UTF8_MAILBOX: Oid<'static> = Oid::from_contents(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x08, 0x09]);

/// `OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY }`
#[derive(Debug, Clone, Copy)]
struct OtherName<'n> {
    oid: Oid<'n>,
    fields: Reader<'n>,
}

impl<'n> OtherName<'n> {
    fn read(name: GeneralName<'n>) -> Option<Self> {
        let mut fields = Reader::at(name.value, name.offset);
        let oid = fields.expect(0x06).ok()?.value();
        Some(Self { oid: Oid::from_contents(oid), fields })
    }

    /// The UTF8String of an SmtpUTF8Mailbox, if it is one, and holds one.
    fn utf8_mailbox(mut self) -> Option<Option<&'n [u8]>> {
        (self.oid == SMTP_UTF8_MAILBOX).then(|| {
            let mut value = self.fields.expect(0xa0).ok().filter(|_| self.fields.is_empty())?.reader();
            value.expect(0x0c).ok().filter(|_| value.is_empty()).map(|text| text.value())
        })
    }
}

/// The form of name that a common name is for a client that takes it for a host.
fn host_form(attribute: &Attribute<'_>) -> Option<GeneralNameKind> {
    let text = attribute.text().ok()?;
    match host(text.as_bytes())? {
        Presented::Address(_) => Some(GeneralNameKind::IpAddress),
        _ => Some(GeneralNameKind::DnsName),
    }
}

fn host(text: &[u8]) -> Option<Presented<'_>> {
    let address = str::from_utf8(text).ok().and_then(|text| text.parse::<IpAddr>().ok());
    address.map_or_else(|| Presented::dns(text), |address| Some(Presented::Address(address)))
}

/// `GeneralSubtrees ::= SEQUENCE SIZE (1..MAX) OF GeneralSubtree`, and "conforming CAs MUST NOT issue certificates where name
/// constraints is an empty sequence".
fn check_not_empty(mut value: Reader<'_>) -> Result<(), ConstraintError> {
    let offset = value.offset();
    let mut lists = value.read()?.reader();
    let mut is_empty = lists.is_empty();
    while !lists.is_empty() {
        is_empty |= lists.read()?.value().is_empty();
    }
    if is_empty { Err(ConstraintError::new(ConstraintErrorKind::Empty, offset)) } else { Ok(()) }
}

type Lists<'k> = (Vec<Ready<'k>>, Vec<Ready<'k>>);

fn read_subtrees(constraints: NameConstraints<'_>, offset: usize) -> Result<Lists<'_>, ConstraintError> {
    let subtrees = constraints.permitted().count().saturating_add(constraints.excluded().count());
    let (comparisons, limit) = (u64::try_from(subtrees).unwrap_or(u64::MAX), Constraints::WORK_LIMIT);
    if comparisons > limit {
        let kind = ConstraintErrorKind::WorkLimit { names: 1, subtrees, comparisons, limit };
        return Err(ConstraintError::new(kind, offset));
    }
    let read = |list| move |base| read_subtree(list, base);
    let mut permitted: Vec<_> = constraints.permitted().map(read(SubtreeList::Permitted)).collect::<Result<_, _>>()?;
    let mut excluded: Vec<_> = constraints.excluded().map(read(SubtreeList::Excluded)).collect::<Result<_, _>>()?;
    for list in [&mut permitted, &mut excluded] {
        list.sort_by_key(|ready| form_number(ready.subtree.base.kind()));
    }
    Ok((permitted, excluded))
}

fn read_subtree<'k>(
    list: SubtreeList,
    base: Result<GeneralName<'k>, Undecodable<'k>>,
) -> Result<Ready<'k>, ConstraintError> {
    let base = base.map_err(|damage| damage.error)?;
    match base.kind() {
        GeneralNameKind::Unknown => {
            Err(ConstraintError::new(ConstraintErrorKind::UnknownTag { found: base.tag }, base.offset))
        }
        _ => Ok(Ready { subtree: Subtree { list, base }, base: Base::read(base) }),
    }
}

/// The subtrees of a form, which stand together.
fn of_form<'r, 'k>(list: &'r [Ready<'k>], form: GeneralNameKind) -> &'r [Ready<'k>] {
    let number = form_number(form);
    let start = list.partition_point(|ready| form_number(ready.subtree.base.kind()) < number);
    let rest = list.get(start..).unwrap_or_default();
    let length = rest.partition_point(|ready| form_number(ready.subtree.base.kind()) == number);
    rest.get(..length).unwrap_or_default()
}

const FORMS: usize = 10;

/// The number in the tag of a form.
fn form_number(form: GeneralNameKind) -> usize {
    match form {
        GeneralNameKind::OtherName => 0,
        GeneralNameKind::Rfc822Name => 1,
        GeneralNameKind::DnsName => 2,
        GeneralNameKind::X400Address => 3,
        GeneralNameKind::DirectoryName => 4,
        GeneralNameKind::EdiPartyName => 5,
        GeneralNameKind::UniformResourceIdentifier => 6,
        GeneralNameKind::IpAddress => 7,
        GeneralNameKind::RegisteredId => 8,
        _ => 9,
    }
}

/// What a name of each form costs.
struct Costs([u64; FORMS]);

impl Costs {
    fn of<'r, 'k: 'r>(subtrees: impl Iterator<Item = &'r Ready<'k>>) -> Self {
        let mut costs = [0_u64; FORMS];
        for Ready { subtree, .. } in subtrees {
            // Other forms have a length at which they are no names any more.
            let length = match subtree.base.kind() {
                GeneralNameKind::DirectoryName | GeneralNameKind::OtherName => subtree.base.value.len(),
                _ => 0,
            };
            if let Some(cost) = costs.get_mut(form_number(subtree.base.kind())) {
                let steps = u64::try_from(length / 64).unwrap_or(u64::MAX).saturating_add(1);
                *cost = cost.saturating_add(steps);
            }
        }
        Self(costs)
    }

    fn of_form(&self, form: GeneralNameKind) -> u64 {
        self.0.get(form_number(form)).copied().unwrap_or(0)
    }
}

//! From the name constraints of a CA to the items that it may issue for.

use core::ops::ControlFlow;

use ctlens_x509::{GeneralName, GeneralNameKind, Oid, Tbs};

use crate::constraints::{Base, ConstraintError, ConstraintErrorKind};
use crate::hit::{Grade, Hit, Outcome, Reading, Relation, Source, Undecided};
use crate::host_part::HostPart;
use crate::name_trie::ROOT;
use crate::name_walk::{NameWalk, Names, Pattern, split_last_label};
use crate::scan::{Cover, Scan, Sighting};
use crate::watch_list::{Watch, WatchList};

impl<T> WatchList<T> {
    /// Looks up what the name constraints of a CA certificate permit: every permitted subtree that lies in an item, or in
    /// which an item lies, or the two share names otherwise (RFC 5280 §4.2.1.10).
    ///
    /// The source of the hits is [`Source::PermittedSubtree`], the grade that which a certificate for the item below the CA
    /// could have. A subtree that holds many items (`com`, 0.0.0.0/0, or the empty dNSName, which is every name) is one hit,
    /// of [`Relation::Range`], that walks them. What an rfc822Name or URI subtree permits is looked up by its host. A subtree
    /// that makes no sense is looked up by the name in it, or is undecided.
    ///
    /// A CA without permitted subtrees of a form may issue for every name of the form; that is most CAs, and no hit.
    /// Excluded subtrees are not taken off from the permitted ones: an item that a hit says may be excluded all the same,
    /// which [`Constraints`](crate::Constraints) can tell. The names of the CA certificate itself are the matter of
    /// [`watch`](Self::watch).
    pub fn watch_constraints<'l, 'c, F>(&'l self, ca: &Tbs<'c>, sink: F) -> Outcome
    where
        F: FnMut(Hit<'l, 'c, T>) -> ControlFlow<()>,
    {
        let mut watch = Watch::new(self, sink);
        match ca.name_constraints() {
            Ok(None) => {}
            Ok(Some(constraints)) => {
                for base in constraints.permitted() {
                    match base {
                        Ok(base) => {
                            let source = Source::PermittedSubtree { index: base.index };
                            watch.look(source, base.value, base.offset, |scan| scan.permitted_subtree(base));
                        }
                        Err(damage) => watch.look(Source::Extensions, damage.octets, damage.offset, |scan| {
                            scan.undecodable(&damage);
                        }),
                    }
                }
            }
            Err(error) => {
                let extension = ca.extension(Oid::NAME_CONSTRAINTS).ok().flatten();
                let (octets, offset) = extension.map_or((&[][..], error.offset), |it| (it.value, it.offset));
                watch.look(Source::Extensions, octets, offset, |scan| {
                    scan.undecided(Undecided::Undecodable(error), Cover::All);
                });
            }
        }
        watch.outcome()
    }
}

/// Which names a subtree of a domain holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// The domain alone.
    Host,
    Below,
    HostAndBelow,
}

impl<'t> Scan<'_, 't> {
    fn permitted_subtree(&mut self, subtree: GeneralName<'t>) {
        let (reading, grade) = match subtree.kind() {
            GeneralNameKind::Rfc822Name => (Reading::EmailDomain, Grade::Nobody),
            GeneralNameKind::UniformResourceIdentifier => (Reading::UriHost, Grade::SomeClient),
            _ => (Reading::Standard, Grade::Rfc9525),
        };
        match Base::read(subtree) {
            Ok(Base::All) => self.all_below(ROOT, reading, grade),
            Ok(Base::Domain(domain)) => self.domain(domain, Extent::HostAndBelow, reading, grade),
            Ok(Base::Below(domain)) => self.domain(domain, Extent::Below, reading, grade),
            Ok(Base::Host(host)) => self.domain(host, Extent::Host, reading, grade),
            Ok(Base::Mailbox(mailbox)) => self.domain(mailbox.domain(), Extent::Host, reading, grade),
            Ok(Base::V4 { network, mask }) => self.range_v4(network, mask, reading, grade, Relation::Range),
            Ok(Base::V6 { network, mask }) => self.range_v6(network, mask, reading, grade, Relation::Range),
            Ok(Base::Directory(_)) => self.other_form(subtree),
            Err(ConstraintError { kind, .. }) => match subtree.kind() {
                GeneralNameKind::DnsName | GeneralNameKind::Rfc822Name | GeneralNameKind::UniformResourceIdentifier => {
                    self.unusable(subtree.value, kind);
                }
                _ => self.other_form(subtree),
            },
        }
    }

    /// A text that should have been a domain.
    fn unusable(&mut self, octets: &'t [u8], kind: ConstraintErrorKind) {
        let host = HostPart::of(octets).host;
        let host = host.strip_prefix(b"*").unwrap_or(host);
        let host = host.strip_prefix(b".").unwrap_or(host);
        let host = host.strip_suffix(b".").unwrap_or(host);
        if crate::constraints::is_domain(host) {
            self.domain(host, Extent::HostAndBelow, Reading::Host, Grade::Nobody);
        } else {
            self.undecided(Undecided::Subtree(kind), Cover::All);
        }
    }

    /// Forms that hold no hosts, and addresses that are none: as names of a SAN that nobody accepts.
    fn other_form(&mut self, subtree: GeneralName<'t>) {
        let emit = &mut *self.emit;
        let mut emit_of_nobody = |sighting: Sighting<'t>| emit(Sighting { grade: Grade::Nobody, ..sighting });
        let mut scan = Scan {
            index: self.index,
            budget: self.budget,
            with_embedded: self.with_embedded,
            emit: &mut emit_of_nobody,
        };
        scan.general_name(subtree.kind(), subtree.value, subtree.offset);
    }

    fn domain(&mut self, domain: &'t [u8], extent: Extent, reading: Reading, grade: Grade) {
        let trie = &self.index.names;
        let (mut at, mut rest) = (ROOT, Some(domain));
        while let Some(name) = rest {
            let (left, label) = split_last_label(name);
            let Some(child) = trie.child_in_any_case(at, label) else { return };
            at = child;
            let is_end = left.is_none() && extent != Extent::Below;
            let relation = if is_end { Relation::Exact } else { Relation::Below };
            for (link, is_single) in self.index.links.chain(trie.head(at)) {
                if is_end || !is_single {
                    (self.emit)(Sighting { reading, relation, grade, cover: Cover::Item(link) });
                }
            }
            rest = left;
        }
        if extent != Extent::Host {
            self.all_below(at, reading, grade);
        }
    }

    /// Every item below a node.
    fn all_below(&mut self, node: u32, reading: Reading, grade: Grade) {
        let names = Names { node, pattern: Pattern::Descendants };
        let relation = if NameWalk::new(self.index, names).next(self.budget).is_some() {
            Relation::Range
        } else if self.budget.is_overdrawn() {
            Relation::Undecided(Undecided::WorkLimit)
        } else {
            return;
        };
        (self.emit)(Sighting { reading, relation, grade, cover: Cover::Names(names) });
    }
}

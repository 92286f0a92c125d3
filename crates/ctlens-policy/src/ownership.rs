//! Who holds an address, by several sources, and whether they agree.

mod delegated;
mod error;
mod source;
mod stated;
mod vrp;

pub use error::{SourceError, SourceProblem};
pub use source::{HolderKind, OwnershipSource};

use crate::policy::Policy;
use ctlens_san::{Item, Prefix};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What sources say about who holds which addresses, beside what the policy says, and by which names its owners go there.
///
/// Sources speak of addresses only. Of names nobody keeps such a list that can be had.
#[derive(Debug, Clone, Default)]
pub struct Ownership {
    sources: Vec<OwnershipSource>,
    owners: BTreeMap<(HolderKind, String), BTreeSet<String>>,
    /// Which owners go by any name in sources of a kind.
    named: BTreeSet<(HolderKind, String)>,
}

/// What one source says about the addresses of one asset.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnershipCheck {
    /// The asset.
    pub asset: String,
    /// Its owner, by the policy.
    pub owner: String,
    /// The asset's addresses.
    pub prefix: Prefix,
    /// The source's name.
    pub source: String,
    /// What it says.
    pub answer: OwnershipAnswer,
}

/// What a source says about addresses that the policy gives to an owner.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnershipAnswer {
    /// The same.
    Agrees,
    /// It gives them, or a part of them, to somebody else.
    Conflict {
        /// What it gives to somebody else.
        claimed: Prefix,
        /// To whom, by the source's name.
        holder: String,
        /// How many more claims there are of others than the owner.
        more: usize,
    },
    /// It knows a holder, but nobody said by which name the owner goes there.
    NotComparable {
        /// The holder.
        holder: String,
    },
    /// It knows nothing about them.
    Silent,
}

impl Ownership {
    /// Without sources: it contradicts nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a source.
    pub fn add(&mut self, source: OwnershipSource) {
        self.sources.push(source);
    }

    /// By what name an owner of the policy goes in sources of a kind: `AS13335`, `apnic:A91872ED`. Several owners may go by one
    /// name, and one by several. In sources of the kind [`HolderKind::Owner`] each goes by its id without being told.
    pub fn add_holder(&mut self, owner: &str, kind: HolderKind, holder: &str) {
        self.owners.entry((kind, holder.to_owned())).or_default().insert(owner.to_owned());
        self.named.insert((kind, owner.to_owned()));
    }

    /// The sources.
    #[must_use]
    pub fn sources(&self) -> &[OwnershipSource] {
        &self.sources
    }

    /// What a source says about addresses that belong to an owner.
    pub(crate) fn answer(&self, source: &OwnershipSource, owner: &str, prefix: Prefix) -> OwnershipAnswer {
        let kind = source.kind();
        let is_owners = |holder: &str| self.goes_by(kind, owner, holder);
        // Several may hold the smallest prefix with all of them: of those, the owner has to be one. Of the parts, all have to
        // be the owner's.
        let is_part = |claimed: &Prefix| claimed.length() > prefix.length();
        let covering = source.holders_of(prefix).take_while(|(claimed, _)| !is_part(claimed));
        let is_covered = covering.into_iter().any(|(_, holder)| is_owners(holder));
        let mut others = source
            .holders_of(prefix)
            .filter(|(claimed, holder)| (is_part(claimed) || !is_covered) && !is_owners(holder));
        match others.next() {
            None if source.holders_of(prefix).next().is_some() => OwnershipAnswer::Agrees,
            None => OwnershipAnswer::Silent,
            Some((_, holder)) if !self.is_comparable(kind, owner, holder) => {
                OwnershipAnswer::NotComparable { holder: holder.to_owned() }
            }
            Some((claimed, holder)) => {
                OwnershipAnswer::Conflict { claimed, holder: holder.to_owned(), more: others.count() }
            }
        }
    }

    /// Two sources that each give an address to somebody of whom nobody said who it is, and not to the same: (the source's name,
    /// its holder) of both. Sources of different kinds call nobody by the same name, and are not compared.
    pub(crate) fn disagreement<'o>(&'o self, owner: &str, prefix: Prefix) -> Option<[(&'o str, &'o str); 2]> {
        let unknown = |source: &OwnershipSource| {
            matches!(self.answer(source, owner, prefix), OwnershipAnswer::NotComparable { .. })
        };
        let known: Vec<&OwnershipSource> = self.sources.iter().filter(|source| unknown(source)).collect();
        let pairs = known
            .iter()
            .enumerate()
            .flat_map(|(n, first)| known.iter().skip(n.saturating_add(1)).map(move |other| (first, other)));
        let of_one_kind = pairs.filter(|(first, other)| first.kind() == other.kind());
        of_one_kind.into_iter().find_map(|(first, other)| {
            let theirs: BTreeSet<&str> = other.holders_of(prefix).map(|(_, holder)| holder).collect();
            let mut ours = first.holders_of(prefix).map(|(_, holder)| holder);
            let (mine, their) = (ours.next()?, theirs.first()?);
            let is_shared = theirs.contains(mine) || ours.any(|holder| theirs.contains(holder));
            (!is_shared).then_some([(first.name(), mine), (other.name(), *their)])
        })
    }

    fn goes_by(&self, kind: HolderKind, owner: &str, holder: &str) -> bool {
        (kind == HolderKind::Owner && owner == holder) || self.owners_named(kind, holder).any(|known| known == owner)
    }

    fn owners_named(&self, kind: HolderKind, holder: &str) -> impl Iterator<Item = &str> {
        self.owners.get(&(kind, holder.to_owned())).into_iter().flatten().map(String::as_str)
    }

    /// Whether it is certain that a holder is somebody else: where the owner goes by names of this kind, or the holder is known
    /// to be another owner.
    fn is_comparable(&self, kind: HolderKind, owner: &str, holder: &str) -> bool {
        kind == HolderKind::Owner
            || self.named.contains(&(kind, owner.to_owned()))
            || self.owners_named(kind, holder).next().is_some()
    }
}

impl Policy {
    /// What each source says about the addresses of each asset, for a report beside [`coverage`](Policy::coverage).
    #[must_use]
    pub fn check_ownership(&self, ownership: &Ownership) -> Vec<OwnershipCheck> {
        let mut checks = Vec::new();
        for asset in &self.assets {
            let Some(owner) = self.owner_of(asset) else { continue };
            for prefix in asset.items.iter().filter_map(addresses) {
                checks.extend(ownership.sources().iter().map(|source| OwnershipCheck {
                    asset: asset.id.clone(),
                    owner: owner.id.clone(),
                    prefix,
                    source: source.name().to_owned(),
                    answer: ownership.answer(source, &owner.id, prefix),
                }));
            }
        }
        checks
    }
}

/// `None` of names.
fn addresses(item: &Item) -> Option<Prefix> {
    match item {
        Item::Prefix(prefix) => Some(*prefix),
        Item::Address(address) => Prefix::new(*address, if address.is_ipv4() { 32 } else { 128 }).ok(),
        _ => None,
    }
}

/// `resolver (resolver-team) 1.1.1.0/24: vrps.json gives it to AS64500`
impl fmt::Display for OwnershipCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { asset, owner, prefix, source, answer } = self;
        write!(f, "{asset} ({owner}) {prefix}: ")?;
        match answer {
            OwnershipAnswer::Agrees => write!(f, "{source} agrees"),
            OwnershipAnswer::Silent => write!(f, "{source} knows nothing about it"),
            OwnershipAnswer::NotComparable { holder } => {
                write!(f, "{source} gives it to {holder}, and nobody said who that is")
            }
            OwnershipAnswer::Conflict { claimed, holder, more } => {
                let what = if claimed.length() > prefix.length() { claimed.to_string() } else { "it".to_owned() };
                write!(f, "{source} gives {what} to {holder}")?;
                if *more > 0 { write!(f, ", and {more} more claims to others") } else { Ok(()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        let text = "version = 1\n[[owner]]\nid = \"team\"\n[[owner]]\nid = \"other\"\n[[asset]]\nid = \"a\"\nowner = \"team\"\n\
                    ip = [\"1.1.1.0/24\"]\ndns = [\"one.example\"]\n";
        Policy::compile(text, "p").unwrap()
    }

    fn source(kind: HolderKind, claims: &[(&str, &str)]) -> OwnershipSource {
        OwnershipSource::new("s", kind, claims.iter().map(|(prefix, holder)| (prefix.parse().unwrap(), *holder)))
    }

    fn check(kind: HolderKind, claims: &[(&str, &str)], names: &[(&str, &str)]) -> String {
        let mut ownership = Ownership::new();
        ownership.add(source(kind, claims));
        names.iter().for_each(|(owner, holder)| ownership.add_holder(owner, kind, holder));
        let checks = policy().check_ownership(&ownership);
        assert_eq!(checks.len(), 1, "one prefix, one source");
        checks[0].to_string().strip_prefix("a (team) 1.1.1.0/24: ").unwrap().to_owned()
    }

    #[test]
    fn answers() {
        use HolderKind::{AutonomousSystem, Owner, Registry};
        let named: &[(&str, &str)] = &[("team", "AS1"), ("team", "AS2"), ("other", "AS3")];
        for (what, kind, claims, names, answer) in [
            ("nothing", AutonomousSystem, &[][..], named, "s knows nothing about it"),
            ("elsewhere", AutonomousSystem, &[("1.1.2.0/24", "AS9")], named, "s knows nothing about it"),
            ("the owner", AutonomousSystem, &[("1.1.1.0/24", "AS2")], named, "s agrees"),
            ("from above", AutonomousSystem, &[("1.0.0.0/8", "AS1")], named, "s agrees"),
            ("another", AutonomousSystem, &[("1.1.1.0/24", "AS9")], named, "s gives it to AS9"),
            ("one of two", AutonomousSystem, &[("1.1.1.0/24", "AS1"), ("1.1.1.0/24", "AS9")], named, "s agrees"),
            ("nearer", AutonomousSystem, &[("1.0.0.0/8", "AS9"), ("1.1.1.0/24", "AS1")], named, "s agrees"),
            (
                "a part",
                AutonomousSystem,
                &[("1.1.1.0/24", "AS1"), ("1.1.1.0/25", "AS9"), ("1.1.1.128/25", "AS8")],
                named,
                "s gives 1.1.1.0/25 to AS9, and 1 more claims to others",
            ),
            ("its own part", AutonomousSystem, &[("1.1.1.0/24", "AS1"), ("1.1.1.0/25", "AS2")], named, "s agrees"),
            (
                "who is that",
                AutonomousSystem,
                &[("1.1.1.0/24", "AS1")],
                &[][..],
                "s gives it to AS1, and nobody said who that is",
            ),
            ("somebody known", Registry, &[("1.1.1.0/24", "r:X")], &[("other", "r:X")], "s gives it to r:X"),
            ("shared", Registry, &[("1.1.1.0/24", "r:X")], &[("other", "r:X"), ("team", "r:X")], "s agrees"),
            ("by its id", Owner, &[("1.1.1.0/24", "team")], &[], "s agrees"),
            ("another id", Owner, &[("1.1.1.0/24", "other")], &[], "s gives it to other"),
        ] {
            assert_eq!(check(kind, claims, names), answer, "{what}");
        }
    }
}

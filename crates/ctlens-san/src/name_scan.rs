use crate::bytes::{self, classes_of};
use crate::dns_name::{MAX_LABEL, MAX_NAME};
use crate::hit::{Grade, Reading, Relation, Undecided};
use crate::index::NONE;
use crate::name_trie::ROOT;
use crate::name_walk::{
    Label, NameWalk, Names, Pattern, has_wide_stop, label_kind, labels, split_last_label, without_first_dot,
};
use crate::scan::{Candidate, Cover, Scan, Sighting};

/// How much of a text is looked up as a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it; a label that cannot be read stands for any label.
    Whole,
    /// The labels at its end that stand for themselves.
    PlainTail,
}

impl<'t> Scan<'_, 't> {
    /// The items that a text meets as a name.
    pub(crate) fn name(&mut self, mut name: Candidate<'t>, extent: Extent) {
        let mut surplus = false;
        let has_wide_stop = has_wide_stop(name.text);
        while let Some(text) = without_first_dot(name.text) {
            name.text = text;
            surplus = true;
        }
        if surplus {
            name.reading = further(name.reading, Reading::SurplusDots);
        }
        if has_wide_stop {
            name.reading = further(name.reading, Reading::UnparsableLabel);
        }
        self.walk(name, surplus, false, extent);
        let has_empty = name.text.windows(2).any(|pair| pair == b"..");
        if has_empty || has_wide_stop && labels(name.text).any(<[u8]>::is_empty) {
            name.reading = further(name.reading, Reading::EmptyLabels);
            self.walk(name, surplus, true, extent);
        }
    }

    /// Down the trie label by label, as far as each of them stands for itself; a pattern meets the rest.
    fn walk(&mut self, name: Candidate<'t>, with_all_below: bool, skip_empty: bool, extent: Extent) {
        let trie = &self.index.names;
        let mut at = ROOT;
        let mut rest = name.text;
        loop {
            let (left, label) = split_last_label(rest);
            if !(label.is_empty() && skip_empty) {
                if label_kind(label) != Label::Plain {
                    return match extent {
                        Extent::Whole => self.pattern(name, at, rest, skip_empty),
                        Extent::PlainTail => {}
                    };
                }
                let Some(child) = trie.child_in_any_case(at, label) else { return };
                at = child;
                if trie.head(at) != NONE {
                    self.items_at(name, at, left.is_none());
                }
            }
            match left {
                Some(left) => rest = left,
                None => break,
            }
        }
        if with_all_below {
            let names = Names { node: at, pattern: Pattern::Descendants };
            self.pattern_hit(names, name.reading, Grade::Nobody);
        }
    }

    /// The items of a node that the name has reached, at its end or on the way.
    fn items_at(&mut self, name: Candidate<'t>, at: u32, at_end: bool) {
        let grade = if is_valid(name.text) { name.name_grade() } else { name.name_grade().min(Grade::SomeClient) };
        let relation = if at_end { Relation::Exact } else { Relation::Below };
        for (link, is_single) in self.index.links.chain(self.index.names.head(at)) {
            if at_end || !is_single {
                (self.emit)(Sighting { reading: name.reading, relation, grade, cover: Cover::Item(link) });
            }
        }
    }

    /// What stands below a node for the rest of a name, the last label of which does not stand for itself.
    fn pattern(&mut self, name: Candidate<'t>, node: u32, text: &'t [u8], skip_empty: bool) {
        let (left, last) = split_last_label(text);
        let whole_label = left.is_none() && matches!(label_kind(last), Label::Any | Label::Unparsable);
        let pattern = if whole_label { Pattern::Child } else { Pattern::Labels { text, skip_empty } };
        let unparsable = text
            .split(|&octet| octet == b'.')
            .any(|label| !(label.is_empty() && skip_empty) && label_kind(label) == Label::Unparsable);
        let (reading, grade) = if unparsable {
            (further(name.reading, Reading::UnparsableLabel), Grade::Nobody)
        } else if is_valid(name.text) {
            (name.reading, name.name_grade())
        } else {
            (name.reading, name.name_grade().min(Grade::SomeClient))
        };
        self.pattern_hit(Names { node, pattern }, reading, grade);
    }

    fn pattern_hit(&mut self, names: Names<'t>, reading: Reading, grade: Grade) {
        let trie = &self.index.names;
        if trie.first_child(names.node) == NONE {
            return;
        }
        // How many items the children hold is counted; where there are none the hit is dropped.
        let relation =
            if names.pattern == Pattern::Child || NameWalk::new(self.index, names).next(self.budget).is_some() {
                Relation::Wildcard
            } else if self.budget.is_overdrawn() {
                Relation::Undecided(Undecided::WorkLimit)
            } else {
                return;
            };
        (self.emit)(Sighting { reading, relation, grade, cover: Cover::Names(names) });
    }
}

/// Of two readings the one that strays further, where the first came first.
fn further(first: Reading, then: Reading) -> Reading {
    match (first, then) {
        (Reading::Standard | Reading::TrailingDot, _) | (_, Reading::UnparsableLabel) => then,
        _ => first,
    }
}

/// RFC 9525 §6.3: a name of which the left-most label may be one asterisk, if a name follows it.
pub(crate) fn is_valid(name: &[u8]) -> bool {
    let plain = match name {
        [b'*', b'.', rest @ ..] => rest,
        _ => name,
    };
    let are_plain = classes_of(plain) & !(bytes::PLAIN | bytes::UPPER | bytes::DOT) == 0;
    let mut labels = plain.split(|&octet| octet == b'.');
    are_plain && name.len() <= MAX_NAME && labels.all(|label| (1..=MAX_LABEL).contains(&label.len()))
}

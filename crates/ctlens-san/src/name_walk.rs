use crate::bytes::{self, class, classes_of};
use crate::dns_name::{MAX_LABEL, MAX_LABELS};
use crate::glob;
use crate::index::{Budget, Index, NONE};
use crate::links::{Head, Kind};

/// What one label of a name in a certificate stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    /// Itself.
    Plain,
    /// One label, whichever: `*`.
    Any,
    /// The labels that a glob matches.
    Glob,
    /// It cannot be read, or is too long a glob, and is taken for any one label.
    Unparsable,
}

/// What is longer has two asterisks in a row, or octets for more than a label. It is held against every label below a node,
/// so that its length must not count.
const MAX_GLOB: usize = 2 * MAX_LABEL + 1;

pub(crate) fn label_kind(label: &[u8]) -> Label {
    let classes = classes_of(label);
    if label == b"*" {
        Label::Any
    } else if label.is_empty() || classes & !(bytes::PLAIN | bytes::UPPER | bytes::STAR) != 0 {
        Label::Unparsable
    } else if classes & bytes::STAR != 0 {
        if label.len() <= MAX_GLOB { Label::Glob } else { Label::Unparsable }
    } else {
        Label::Plain
    }
}

/// The ideographic full stops, U+3002, U+FF0E and U+FF61 in UTF-8: IDNA took them for dots (RFC 3490 §3.1).
const WIDE_STOPS: [&[u8; 3]; 3] = [b"\xe3\x80\x82", b"\xef\xbc\x8e", b"\xef\xbd\xa1"];

/// Splits off the last label.
pub(crate) fn split_last_label(text: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let mut end = text.len();
    while let Some(before) = text.get(..end) {
        let Some(at) = before.iter().rposition(|&octet| class(octet) & (bytes::DOT | bytes::OTHER) != 0) else { break };
        let through = text.get(..=at).unwrap_or_default();
        if let Some(rest) = without_last_dot(through) {
            return (Some(rest), text.get(through.len()..).unwrap_or_default());
        }
        end = at;
    }
    (None, text)
}

/// The labels, from the last to the first.
pub(crate) fn labels(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let (left, label) = split_last_label(rest?);
        rest = left;
        Some(label)
    })
}

/// The text without the dot at its end.
pub(crate) fn without_last_dot(text: &[u8]) -> Option<&[u8]> {
    match text {
        [rest @ .., b'.'] => Some(rest),
        _ => text.split_last_chunk().and_then(|(rest, last)| WIDE_STOPS.contains(&last).then_some(rest)),
    }
}

/// The text without the dot at its beginning.
pub(crate) fn without_first_dot(text: &[u8]) -> Option<&[u8]> {
    match text {
        [b'.', rest @ ..] => Some(rest),
        _ => text.split_first_chunk().and_then(|(first, rest)| WIDE_STOPS.contains(&first).then_some(rest)),
    }
}

pub(crate) fn has_wide_stop(text: &[u8]) -> bool {
    classes_of(text) & bytes::OTHER != 0 && text.windows(3).any(|window| WIDE_STOPS.iter().any(|stop| window == *stop))
}

/// The names below a node that a pattern stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Names<'t> {
    pub(crate) node: u32,
    pub(crate) pattern: Pattern<'t>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pattern<'t> {
    /// One label, whichever.
    Child,
    /// One label or more, whichever.
    Descendants,
    /// These labels, the last of them directly below the node. Empty ones are labels too, or passed over.
    Labels { text: &'t [u8], skip_empty: bool },
}

impl Pattern<'_> {
    /// The same pattern, if no text is needed to say which.
    pub(crate) fn without_text(self) -> Option<Pattern<'static>> {
        match self {
            Self::Child => Some(Pattern::Child),
            Self::Descendants => Some(Pattern::Descendants),
            Self::Labels { .. } => None,
        }
    }
}

/// Walks the items that a pattern meets: those of the names that it stands for, and the subtrees that hold such a name.
///
/// No recursion and no stack: the trie's own links lead back.
#[derive(Debug, Clone)]
pub(crate) struct NameWalk<'l, 't> {
    index: &'l Index,
    start: u32,
    labels: Labels<'t>,
    /// The node that the walk stands on, and how many labels led to it.
    at: u32,
    depth: usize,
    /// What is left of the chain of items there.
    link: u32,
}

#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "looking for a match must not allocate")]
enum Labels<'t> {
    /// Any label at each of so many levels.
    Any { levels: usize },
    /// From the last to the first. Items have at most as many labels as there is room for.
    These { labels: [(&'t [u8], Label); MAX_LABELS], levels: usize },
}

impl<'l, 't> NameWalk<'l, 't> {
    pub(crate) fn new(index: &'l Index, names: Names<'t>) -> Self {
        let labels = match names.pattern {
            Pattern::Child => Labels::Any { levels: 1 },
            Pattern::Descendants => Labels::Any { levels: usize::MAX },
            Pattern::Labels { text, skip_empty } => Labels::of(text, skip_empty),
        };
        Self { index, start: names.node, labels, at: names.node, depth: 0, link: NONE }
    }

    /// The next item; none at the end, or when the budget is spent.
    pub(crate) fn next(&mut self, budget: &mut Budget) -> Option<u32> {
        loop {
            while self.link != NONE {
                let link = self.link;
                self.link = self.index.links.next(link);
                if self.labels.is_end(self.depth) || self.index.links.kind(link) == Some(Kind::Subtree) {
                    return Some(link);
                }
            }
            if !self.step(budget) {
                return None;
            }
            self.link = Head::from_bits(self.index.names.head(self.at)).map_or(NONE, Head::link);
        }
    }

    /// Goes to the next node; false at the end, or when the budget is spent.
    fn step(&mut self, budget: &mut Budget) -> bool {
        let names = &self.index.names;
        let below = match self.labels.get(self.depth) {
            None => None,
            Some((label, Label::Plain)) => {
                if !budget.spend() {
                    return false;
                }
                names.child_in_any_case(self.at, label)
            }
            Some(label) => match first_match(self.index, names.first_child(self.at), label, budget) {
                Ok(child) => child,
                Err(OutOfBudget) => return false,
            },
        };
        if let Some(child) = below {
            self.at = child;
            self.depth = self.depth.saturating_add(1);
            return true;
        }
        while self.at != self.start {
            let above = self.depth.saturating_sub(1);
            if let Some(label) = self.labels.get(above).filter(|&(_, kind)| kind != Label::Plain) {
                match first_match(self.index, names.next_sibling(self.at), label, budget) {
                    Ok(Some(sibling)) => {
                        self.at = sibling;
                        return true;
                    }
                    Ok(None) => {}
                    Err(OutOfBudget) => return false,
                }
            }
            self.at = names.parent(self.at);
            self.depth = above;
        }
        // Never again from the start.
        self.labels = Labels::Any { levels: 0 };
        false
    }
}

struct OutOfBudget;

/// The first of some siblings whose label a pattern label matches.
fn first_match(
    index: &Index,
    first: u32,
    (pattern, kind): (&[u8], Label),
    budget: &mut Budget,
) -> Result<Option<u32>, OutOfBudget> {
    let mut at = first;
    while at != NONE {
        if !budget.spend() {
            return Err(OutOfBudget);
        }
        if kind != Label::Glob || glob::matches(pattern, index.names.label(at)) {
            return Ok(Some(at));
        }
        at = index.names.next_sibling(at);
    }
    Ok(None)
}

impl<'t> Labels<'t> {
    fn of(text: &'t [u8], skip_empty: bool) -> Self {
        let mut labels = [(<&[u8]>::default(), Label::Unparsable); MAX_LABELS];
        let mut slots = labels.iter_mut();
        let mut rest = Some(text);
        let mut levels = 0_usize;
        while let Some(text) = rest {
            let (left, label) = split_last_label(text);
            rest = left;
            if label.is_empty() && skip_empty {
                continue;
            }
            levels = levels.saturating_add(1);
            match slots.next() {
                Some(slot) => *slot = (label, label_kind(label)),
                // Deeper than any item.
                None => break,
            }
        }
        Self::These { labels, levels }
    }

    fn get(&self, depth: usize) -> Option<(&'t [u8], Label)> {
        match self {
            Self::Any { levels } => (depth < *levels).then_some((&[], Label::Any)),
            Self::These { labels, levels } => labels.get(depth).filter(|_| depth < *levels).copied(),
        }
    }

    /// Whether a name of so many labels below the start is one that the pattern stands for.
    fn is_end(&self, depth: usize) -> bool {
        match self {
            Self::Any { levels: usize::MAX } => true,
            Self::Any { levels } | Self::These { levels, .. } => depth == *levels,
        }
    }
}

use alloc::vec::Vec;
use core::mem;

use crate::index::push;

/// What owners attached to their items, by the numbers of the items.
///
/// A list from which nothing was ever removed does without room for what is not there.
#[derive(Debug, Clone)]
pub(crate) enum Payloads<T> {
    Whole(Vec<T>),
    WithGaps(Vec<Option<T>>),
}

impl<T> Payloads<T> {
    pub(crate) fn new() -> Self {
        Self::Whole(Vec::new())
    }

    /// That of an item which is there.
    #[expect(clippy::indexing_slicing, clippy::expect_used, reason = "every item of a list has a payload")]
    pub(crate) fn of_item(&self, number: usize) -> &T {
        match self {
            Self::Whole(all) => &all[number],
            Self::WithGaps(some) => some[number].as_ref().expect("an item is there"),
        }
    }

    /// Adds that of a new number: the next one, or one that was removed.
    pub(crate) fn insert(&mut self, number: usize, payload: T) {
        match self {
            Self::Whole(all) => push(all, payload),
            Self::WithGaps(some) => match some.get_mut(number) {
                Some(gap) => *gap = Some(payload),
                None => push(some, Some(payload)),
            },
        }
    }

    pub(crate) fn remove(&mut self, number: usize) -> Option<T> {
        if let Self::Whole(all) = self {
            *self = Self::WithGaps(mem::take(all).into_iter().map(Some).collect());
        }
        match self {
            Self::Whole(_) => None,
            Self::WithGaps(some) => some.get_mut(number)?.take(),
        }
    }

    pub(crate) fn shrink_to_fit(&mut self) {
        match self {
            Self::Whole(all) => all.shrink_to_fit(),
            Self::WithGaps(some) => some.shrink_to_fit(),
        }
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Whole(all) => all.capacity().saturating_mul(size_of::<T>()),
            Self::WithGaps(some) => some.capacity().saturating_mul(size_of::<Option<T>>()),
        }
    }
}

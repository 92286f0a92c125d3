/// The candidate that is spelt most like the word, if one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A third of the letters may differ: `aset` and `asset`, not `ip` and `dns`.
    let limit = (word.chars().count().max(3) / 3).min(3);
    let distances = candidates.into_iter().map(|candidate| (edit_distance(word, candidate), candidate));
    distances.filter(|&(distance, _)| distance <= limit).min_by_key(|&(distance, _)| distance).map(|(_, near)| near)
}

/// How many letters to insert, delete, replace or swap with their neighbours (optimal string alignment).
fn edit_distance(one: &str, other: &str) -> usize {
    /// Beyond that, nothing is near; a line of the table has this many columns at most.
    const LONGEST: usize = 96;
    let one: Vec<char> = one.chars().flat_map(char::to_lowercase).take(LONGEST).collect();
    let other: Vec<char> = other.chars().flat_map(char::to_lowercase).take(LONGEST).collect();
    let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX);
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    let mut previous = None;
    for (row, &letter) in (1_usize..).zip(&one) {
        let mut current = vec![row];
        let mut previous_other = None;
        for (column, &other_letter) in (1_usize..).zip(&other) {
            let left = column.saturating_sub(1);
            let replaced = cell(&last, left).saturating_add(usize::from(letter != other_letter));
            let inserted = cell(&current, left).saturating_add(1);
            let deleted = cell(&last, column).saturating_add(1);
            let is_swap = previous == Some(other_letter) && previous_other == Some(letter);
            let swapped =
                if is_swap { cell(&before_last, left.saturating_sub(1)).saturating_add(1) } else { usize::MAX };
            current.push(replaced.min(inserted).min(deleted).min(swapped));
            previous_other = Some(other_letter);
        }
        before_last = std::mem::replace(&mut last, current);
        previous = Some(letter);
    }
    last.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        for (one, other, distance) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("asset", "aset", 1),
            ("kitten", "sitting", 3),
            ("not_befroe", "not_before", 1),
            ("ab", "ba", 1),
            ("CA", "abc", 3),
        ] {
            assert_eq!(edit_distance(one, other), distance, "{one} {other}");
        }
    }

    #[test]
    fn what_was_meant() {
        let fields = ["id", "owner", "ip", "dns"];
        assert_eq!(nearest("onwer", fields), Some("owner"));
        assert_eq!(nearest("ips", fields), Some("ip"));
        assert_eq!(nearest("approved_by", fields), None);
        assert_eq!(nearest("resolver-v6", ["resolver-v4", "names"]), Some("resolver-v4"));
        assert_eq!(nearest("", fields), None);
    }
}

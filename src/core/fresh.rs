//! Which lines of a bounded log are new.

/// What of a log's next picture was not in the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fresh<'a, T> {
    /// The new lines, oldest first.
    pub lines: &'a [T],
    /// Whether lines between the two pictures may have been lost: nothing of the earlier one is left.
    pub gap: bool,
}

/// Compares two pictures of a log whose oldest lines fall out: what follows the longest end of `before` with which
/// `after` begins.
pub fn fresh<'a, T: PartialEq>(before: &[T], after: &'a [T]) -> Fresh<'a, T> {
    (0..before.len())
        .filter_map(|dropped| before.get(dropped..))
        .find_map(|kept| after.strip_prefix(kept))
        .map_or(Fresh { lines: after, gap: !before.is_empty() }, |lines| Fresh { lines, gap: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_not_there_is_new() {
        assert_eq!(fresh(&[1, 2], &[1, 2, 3]), Fresh { lines: &[3], gap: false });
        assert_eq!(fresh(&[1, 2, 3], &[3, 4]), Fresh { lines: &[4], gap: false });
        assert_eq!(fresh(&[1], &[1]), Fresh { lines: &[], gap: false });
        assert_eq!(fresh(&[], &[1]), Fresh { lines: &[1], gap: false });
        assert_eq!(fresh(&[1, 2], &[8, 9]), Fresh { lines: &[8, 9], gap: true });
    }
}

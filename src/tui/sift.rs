//! The lines of logs, and which of them a filter leaves: looked through once as they come and once as the filter changes,
//! never at a frame.

use std::collections::VecDeque;

use crate::tui::list::leaves;

/// The most lines that are kept; the oldest go, and are counted.
pub const KEPT: usize = 10_000;

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The pod that wrote it.
    pub pod: String,
    /// What it wrote.
    pub text: String,
}

/// Lines behind a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sift {
    /// Oldest first.
    lines: VecDeque<Written>,
    filter: String,
    /// The numbers of the lines that the filter leaves, rising. The first line that ever came has the number 0.
    left: VecDeque<u64>,
    /// How many lines have gone at the old end: the number of the oldest one that is here.
    dropped: u64,
}

impl Sift {
    /// Takes a line; whether the filter leaves it.
    pub fn push(&mut self, pod: &str, text: String) -> bool {
        let is_left = leaves(&self.filter, [text.as_str()]);
        if is_left {
            self.left.push_back(self.dropped + self.lines.len() as u64);
        }
        self.lines.push_back(Written { pod: pod.to_owned(), text });
        if self.lines.len() > KEPT {
            self.lines.pop_front();
            self.dropped += 1;
            if self.left.front().is_some_and(|number| *number < self.dropped) {
                self.left.pop_front();
            }
        }
        is_left
    }

    /// What is filtered by.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Changes what is filtered by.
    pub fn edit(&mut self, change: impl FnOnce(&mut String)) {
        change(&mut self.filter);
        let numbered = (self.dropped..).zip(&self.lines);
        let is_left = |(_, line): &(u64, &Written)| leaves(&self.filter, [line.text.as_str()]);
        self.left = numbered.filter(is_left).map(|(number, _)| number).collect();
    }

    /// The lines that the filter leaves, the newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Written> {
        let place = |number: &u64| usize::try_from(*number - self.dropped).ok();
        self.left.iter().rev().filter_map(place).filter_map(|place| self.lines.get(place))
    }

    /// How many lines the filter leaves.
    pub fn shown(&self) -> usize {
        self.left.len()
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none, whatever the filter.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many lines have gone at the old end.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn newest(sift: &Sift) -> Vec<&str> {
        sift.newest().map(|line| line.text.as_str()).collect()
    }

    #[test]
    fn what_is_typed_later_holds_of_what_came_before() {
        let mut sift = Sift::default();
        for text in ["GET /cart", "POST /cart", "GET /pay"] {
            assert!(sift.push("web-1", text.to_owned()));
        }
        sift.edit(|filter| filter.push_str("get"));
        assert_eq!((newest(&sift), sift.shown(), sift.len()), (vec!["GET /pay", "GET /cart"], 2, 3));
        assert!(!sift.push("web-1", "PUT /pay".to_owned()) && sift.push("web-1", "get /".to_owned()));
        assert_eq!(newest(&sift), ["get /", "GET /pay", "GET /cart"]);
        sift.edit(String::clear);
        assert_eq!(sift.shown(), 5);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        /// Whenever lines come and the filter changes: what is left is what looking through all lines would leave.
        #[test]
        fn what_is_left_is_what_the_filter_leaves(
            turns in prop::collection::vec((0usize..6_000, prop::sample::select(vec!["", "7", "!7", "99"])), 1..6),
        ) {
            let (mut sift, mut all) = (Sift::default(), Vec::new());
            for (count, filter) in turns {
                for _ in 0..count {
                    let text = format!("line {}", all.len());
                    sift.push("web-1", text.clone());
                    all.push(text);
                }
                let kept = all.len().min(KEPT);
                prop_assert_eq!(sift.dropped() as usize, all.len() - kept);
                for filter in [sift.filter().to_owned(), filter.to_owned()] {
                    sift.edit(|typed| typed.clone_from(&filter));
                    let expected = all[all.len() - kept..].iter().rev().filter(|text| leaves(&filter, [text.as_str()]));
                    prop_assert_eq!(newest(&sift), expected.collect::<Vec<_>>());
                }
            }
        }
    }
}

//! What was opened from a list: a pod on one page, or the logs of containers. It asks through the desk, and shows what has
//! come so far.

use std::collections::BTreeMap;

use crate::core::inquiry::{LogAsk, LogNews, Sheet};
use crate::core::time::Time;
use crate::tui::sift::Sift;

/// What was opened.
#[derive(Clone, Debug, PartialEq)]
pub enum Detail {
    /// A pod on one page.
    Pod(PodPage),
    /// Logs.
    Logs(LogPane),
    /// The rule under the cursor, with all that it rests on, and how many lines of that are scrolled past.
    Rule(usize),
}

/// The most lines that a rule's page can be scrolled: each fact of it is bounded, and so is its chart.
pub const RULE_LINES: usize = 24;

/// A pod on one page.
#[derive(Clone, Debug, PartialEq)]
pub struct PodPage {
    /// Its name.
    pub pod: String,
    /// The number of the question.
    pub number: u64,
    /// The answer, and when it was true.
    pub sheet: Option<(Result<Sheet, String>, Time)>,
    /// Lines scrolled past.
    pub top: usize,
}

/// The logs of one or several containers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LogPane {
    /// Whose they are, in words.
    pub title: String,
    /// What was asked, for asking again in another way.
    pub asks: Vec<LogAsk>,
    /// The number of the question.
    pub number: u64,
    /// What they say, behind a filter.
    pub lines: Sift,
    /// How many lines lie below the screen: 0 follows.
    pub back: usize,
    /// How many lines came since somebody scrolled.
    pub unseen: usize,
    /// Columns scrolled past.
    pub left: usize,
    /// The logs that cannot be read now, and why.
    pub troubles: BTreeMap<String, String>,
    /// The logs that have ended.
    pub ended: Vec<String>,
    /// Whether anything was heard yet.
    pub heard: bool,
}

/// How a log stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// More may come.
    Follows,
    /// Nothing of it could be read yet, and it is asked for again.
    AsksAgain,
    /// All of it has come.
    Ended,
    /// Nothing of it can be read.
    Unreadable,
}

impl LogPane {
    /// Takes what a log brings.
    pub fn take(&mut self, pod: &str, news: LogNews) {
        self.heard = true;
        match news {
            LogNews::Lines(lines) => {
                self.troubles.remove(pod);
                let shown = lines.into_iter().filter_map(|line| self.lines.push(pod, line).then_some(())).count();
                if self.back > 0 {
                    // Who reads back is not moved by what arrives.
                    self.back += shown;
                    self.unseen += shown;
                }
            }
            LogNews::Trouble(why) => {
                self.troubles.insert(pod.to_owned(), why);
            }
            LogNews::Ended => self.ended.push(pod.to_owned()),
        }
        self.back = self.back.min(self.lines.shown().saturating_sub(1));
    }

    /// Moves away from the end by `lines`, or towards it. At the end it follows again.
    pub fn scroll(&mut self, lines: isize) {
        let most = self.lines.shown().saturating_sub(1);
        self.back = self.back.saturating_add_signed(lines).min(most);
        if self.back == 0 {
            self.unseen = 0;
        }
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        let over = !self.asks.is_empty() && self.ended.len() >= self.asks.len();
        let unread = self.lines.is_empty() && !self.troubles.is_empty();
        match (over, unread) {
            (false, false) => Standing::Follows,
            (false, true) => Standing::AsksAgain,
            (true, false) => Standing::Ended,
            (true, true) => Standing::Unreadable,
        }
    }

    /// Whether it is of the run before this one.
    pub fn previous(&self) -> bool {
        self.asks.iter().any(|ask| ask.previous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::sift::KEPT;

    fn lines(count: usize) -> LogNews {
        LogNews::Lines((0..count).map(|n| format!("line {n}")).collect())
    }

    #[test]
    fn follow_stops_when_one_scrolls_and_goes_on_at_the_end() {
        let mut pane = LogPane::default();
        pane.take("a", lines(50));
        assert_eq!((pane.back, pane.unseen), (0, 0));
        pane.scroll(5);
        pane.take("a", lines(3));
        assert_eq!((pane.back, pane.unseen), (8, 3));
        pane.scroll(-8);
        assert_eq!((pane.back, pane.unseen), (0, 0));
    }

    #[test]
    fn a_filter_neither_moves_the_place_nor_counts_what_it_hides() {
        let mut pane = LogPane::default();
        pane.lines.edit(|filter| filter.push_str("line 1"));
        pane.take("a", lines(20));
        assert_eq!(pane.lines.shown(), 11);
        pane.scroll(2);
        pane.take("a", LogNews::Lines(vec!["other".to_owned(), "line 1".to_owned()]));
        assert_eq!((pane.back, pane.unseen), (3, 1));
    }

    #[test]
    fn the_oldest_lines_go_and_are_counted() {
        let mut pane = LogPane::default();
        pane.take("a", lines(KEPT));
        pane.take("a", lines(7));
        assert_eq!((pane.lines.len(), pane.lines.dropped()), (KEPT, 7));
        pane.take("a", LogNews::Trouble("refused".to_owned()));
        assert_eq!(pane.troubles.len(), 1);
        pane.take("a", lines(1));
        assert!(pane.troubles.is_empty());
    }

    #[test]
    fn a_log_that_cannot_be_read_is_not_one_that_has_ended() {
        let mut pane = LogPane { asks: vec![LogAsk::default()], ..LogPane::default() };
        assert_eq!(pane.standing(), Standing::Follows);
        pane.take("a", LogNews::Trouble("the node does not answer".to_owned()));
        assert_eq!(pane.standing(), Standing::AsksAgain);
        pane.take("a", LogNews::Ended);
        assert_eq!(pane.standing(), Standing::Unreadable);
        pane.take("a", lines(1));
        assert_eq!(pane.standing(), Standing::Ended);
    }
}

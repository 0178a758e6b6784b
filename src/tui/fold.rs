//! What happened, with what happens again and again told once: for the short list beside the gauges. The journal and the view
//! of all events stay whole.

use std::time::Duration;

use crate::core::snapshot::{About, LogLine};
use crate::core::time::Time;

/// Lines about the same that lie no further apart than this are told as one.
const AGAIN: Duration = Duration::from_secs(120);

/// A hold that is over for less than this before the next one was never over to anybody.
const BLINK: Duration = Duration::from_secs(10);

/// A line, and how often it was told before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded<'a> {
    /// The newest line of its kind.
    pub line: &'a LogLine,
    /// How many there are altogether.
    pub times: usize,
    /// When the oldest of them was told.
    pub since: Time,
}

impl Folded<'_> {
    /// The sentence, and that it was not the first.
    pub fn text(&self) -> String {
        match self.times {
            0 | 1 => self.line.text.clone(),
            // How often it was over is how often it began, which is told.
            _ if self.line.about == Some(About::Freed) => self.line.text.clone(),
            times => format!("({times} times since {}) {}", self.since.clock(), self.line.text),
        }
    }
}

/// The lines, newest first.
pub fn folded(log: &[LogLine]) -> Vec<Folded<'_>> {
    let mut all: Vec<Folded<'_>> = Vec::new();
    let mut after: Option<&LogLine> = None;
    for line in log.iter().rev() {
        let blink = line.about == Some(About::Freed)
            && after
                .is_some_and(|next| matches!(next.about, Some(About::Held { .. })) && next.at.since(line.at) <= BLINK);
        if line.about.is_some() {
            after = Some(line);
        }
        if blink || is_said(line, &all) {
            continue;
        }
        let same = |known: &&mut Folded<'_>| {
            line.about.is_some() && known.line.about == line.about && known.since.since(line.at) <= AGAIN
        };
        match all.iter_mut().find(same) {
            Some(known) => {
                known.times += 1;
                known.since = line.at;
            }
            None => all.push(Folded { line, times: 1, since: line.at }),
        }
    }
    all
}

/// Whether a verdict's reason is told by what came of it at the same moment: a hold, or a rollback.
fn is_said(line: &LogLine, newer: &[Folded<'_>]) -> bool {
    let Some(About::Verdict { .. }) = line.about else { return false };
    let Some(why) = line.text.splitn(3, ": ").nth(2) else { return false };
    let same_moment = newer.iter().map(|folded| folded.line).filter(|other| other.at == line.at);
    same_moment
        .into_iter()
        .any(|other| !matches!(other.about, Some(About::Verdict { .. })) && other.text.ends_with(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::snapshot::Tone;

    fn line(second: i64, text: &str, about: Option<About>) -> LogLine {
        LogLine { at: Time::from_millis(second * 1_000), tone: Tone::Plain, text: text.to_owned(), about }
    }

    fn held() -> Option<About> {
        Some(About::Held { why: "p95".to_owned() })
    }

    fn suspected() -> Option<About> {
        Some(About::Verdict { of: "p95 of checkout suspicion".to_owned() })
    }

    #[test]
    fn a_rule_that_flaps_takes_a_line_of_each_kind_and_says_how_often() {
        let mut log = vec![line(0, "step 1 of 5: 1 %: soaking", None)];
        for turn in 1..5 {
            log.push(line(turn * 20 - 1, &format!("p95: suspicion: {turn}"), suspected()));
            log.push(line(turn * 20, &format!("holding: p95: {turn}"), held()));
            log.push(line(turn * 20 + 15, "the hold is over", Some(About::Freed)));
        }
        let texts: Vec<String> = folded(&log).iter().map(Folded::text).collect();
        assert_eq!(
            texts,
            [
                "the hold is over",
                "(4 times since 00:00:20) holding: p95: 4",
                "(4 times since 00:00:19) p95: suspicion: 4",
                "step 1 of 5: 1 %: soaking",
            ]
        );
    }

    #[test]
    fn a_reason_is_told_once_by_what_came_of_it() {
        let log = [
            line(1, "p95: suspicion: 38 of 90 were too slow", suspected()),
            line(1, "holding: p95: 38 of 90 were too slow", held()),
        ];
        let texts: Vec<String> = folded(&log).iter().map(Folded::text).collect();
        assert_eq!(texts, ["holding: p95: 38 of 90 were too slow"]);
    }

    #[test]
    fn what_happens_once_or_long_after_keeps_its_own_line() {
        let log = [line(0, "a", held()), line(1, "step", None), line(2, "step", None), line(200, "b", held())];
        let texts: Vec<String> = folded(&log).iter().map(Folded::text).collect();
        assert_eq!(texts, ["b", "step", "step", "a"]);
    }

    #[test]
    fn a_hold_that_is_over_for_a_moment_was_never_over() {
        let over = |second| line(second, "the hold is over", Some(About::Freed));
        let log = [line(0, "a", held()), over(3), line(5, "b", Some(About::Held { why: "other".to_owned() }))];
        assert_eq!(folded(&log).len(), 2);
        let last = [line(0, "a", held()), over(3)];
        assert_eq!(folded(&last).len(), 2, "the newest word is that it is over");
    }
}

//! The plain front: words alone, a line each, nothing twice.

use std::sync::Arc;
use std::time::Duration;

use glidepath::core::snapshot::{LogLine, Tone};
use glidepath::core::view::Link;
use glidepath::tui::plain::{between, farewell, first};

use crate::snapshots::{now, phase, soaking, suspicion};

#[test]
fn the_first_lines_say_what_flies_and_where() {
    let lines = first(&phase("starting"));
    assert_eq!(
        lines,
        [
            "2025-11-23T14:31:12.000Z release checkout-1-8-0-k3v9: PRODUCTION context prod-eu, namespace shop, application checkout, from 1.7.4 to 1.8.0",
            "2025-11-23T14:31:12.000Z 5 steps: 1 %, 10 %, 25 %, 50 %, 100 %; 1 workload",
            "2025-11-23T14:31:12.000Z told beforehand: 1 % of 10 pods is 1 of 11: users will see 9.1 %",
            "2025-11-23T14:31:12.000Z told beforehand: HorizontalPodAutoscaler checkout counts canary pods: its minimum is raised from 4 to 10 for the flight",
            "2025-11-23T14:31:06.000Z release of checkout 1.7.4 → 1.8.0 begins",
        ]
    );
}

#[test]
fn only_what_happened_is_printed() {
    let before = soaking();
    assert_eq!(between(&before, &before), Vec::<String>::new());
    assert_eq!(
        between(&before, &suspicion()),
        [
            "2025-11-23T14:30:31.000Z warning: holding: errors is suspect: the canary fails 5.4 times as often as stable",
            "2025-11-23T14:31:12.000Z next: Holding: errors is suspect: the canary fails 5.4 times as often as stable. Rolls back by itself once proven; goes on by itself when the suspicion ends.",
        ]
    );
}

#[test]
fn a_source_that_goes_and_comes_back_is_said_once_each() {
    let up = soaking();
    let mut down = soaking();
    let lost = |since: u64| Link::Lost {
        heard: None,
        since: now() - Duration::from_secs(since),
        retry: now(),
        why: "connection refused".to_owned(),
    };
    down.sources.insert("metrics".to_owned(), lost(1));
    assert_eq!(between(&up, &down), ["2025-11-23T14:31:12.000Z warning: metrics does not answer: connection refused"]);
    let mut still = down.clone();
    still.sources.insert("metrics".to_owned(), lost(9));
    assert_eq!(between(&down, &still), Vec::<String>::new());
    assert_eq!(between(&still, &up), ["2025-11-23T14:31:12.000Z metrics answers again"]);
}

#[test]
fn lines_that_fell_out_between_two_pictures_are_said_to_be_missing() {
    let before = soaking();
    let mut after = soaking();
    after.log = vec![LogLine { at: now(), tone: Tone::Bad, text: "later".to_owned(), about: None }];
    assert_eq!(
        between(&before, &after),
        [
            "2025-11-23T14:31:12.000Z some lines may be missing here; the journal has them all",
            "2025-11-23T14:31:12.000Z problem: later",
        ]
    );
}

#[test]
fn a_journal_that_cannot_be_written_is_a_problem() {
    let mut after = soaking();
    after.journal.trouble = Some("no space left on device".to_owned());
    assert_eq!(
        between(&soaking(), &after),
        ["2025-11-23T14:31:12.000Z problem: the journal cannot be written: no space left on device"]
    );
}

#[test]
fn the_last_words_are_the_outcome_the_proof_and_what_is_left_to_know() {
    assert_eq!(farewell(&soaking()), Vec::<String>::new());
    insta::assert_snapshot!("farewell", farewell(&phase("unproven")).join("\n"));
    let mut promoted = phase("promoted");
    Arc::make_mut(&mut promoted.plan).application = "tars".to_owned();
    assert!(farewell(&promoted)[0].starts_with("tars 1.8.0: promoted: every step passed"));
}

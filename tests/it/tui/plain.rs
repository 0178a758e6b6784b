//! The plain front: words alone, a line each, nothing twice.

use std::sync::Arc;
use std::time::Duration;

use glidepath::core::snapshot::Snapshot;
use glidepath::core::view::Link;
use glidepath::tui::plain::{between, farewell, first};

use crate::snapshots::{now, phase, soaking, suspicion};

#[test]
fn the_first_lines_say_what_flies_and_where() {
    let starting = phase("starting");
    let lines = first(&starting.plan, starting.at);
    assert_eq!(
        lines,
        [
            "14:31:12  release checkout-1-8-0-k3v9: PRODUCTION context prod-eu, namespace shop, application checkout, from 1.7.4 to 1.8.0",
            "14:31:12  5 steps: 1 %, 10 %, 25 %, 50 %, 100 %; 1 workload",
            "14:31:12  told beforehand: 1 % of 10 pods is 1 of 11: users will see 9.1 %",
            "14:31:12  told beforehand: HorizontalPodAutoscaler checkout counts canary pods: its minimum is raised from 4 to 10 for the flight",
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
            "14:31:12  next: Holding: errors is suspect: the canary fails 5.4 times as often as stable. Rolls back by itself once proven; goes on by itself when the suspicion ends.",
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
    assert_eq!(between(&up, &down), ["14:31:12  warning: metrics does not answer: connection refused"]);
    let mut still = down.clone();
    still.sources.insert("metrics".to_owned(), lost(9));
    assert_eq!(between(&down, &still), Vec::<String>::new());
    assert_eq!(between(&still, &up), ["14:31:12  metrics answers again"]);
}

#[test]
fn a_journal_that_cannot_be_written_is_a_problem() {
    let mut after = soaking();
    after.journal.trouble = Some("no space left on device".to_owned());
    assert_eq!(
        between(&soaking(), &after),
        ["14:31:12  problem: the journal cannot be written: no space left on device"]
    );
}

#[test]
fn the_last_words_are_the_outcome_the_proof_and_what_is_left_to_know() {
    let last = |snapshot: &Snapshot| farewell(snapshot, snapshot.ended.as_ref().unwrap());
    insta::assert_snapshot!("farewell", last(&phase("unproven")).join("\n"));
    let mut promoted = phase("promoted");
    Arc::make_mut(&mut promoted.plan).application = "tars".to_owned();
    let lines = last(&promoted);
    assert!(lines[0].starts_with("tars 1.7.4 → 1.8.0: promoted: every step passed"), "{lines:?}");
    assert!(lines[1].starts_with("  Argo CD brings Deployment checkout"), "{lines:?}");
    let held = last(&phase("held"));
    assert!(
        held.iter().any(|line| line == "  Go on: glidepath attach. Bring it back: glidepath rollback deploy/checkout"),
        "{held:?}"
    );
}

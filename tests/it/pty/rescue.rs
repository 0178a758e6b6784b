//! 3 a.m.: what was promoted yesterday is bad. Whoever opens the cockpit brings it back with three keys, and leaves.

use super::seat::Seat;

#[test]
fn three_keys_bring_it_back_and_leave() {
    let home = tempfile::tempdir().unwrap();
    let mut seat =
        Seat::take(home.path(), &["demo", "--scenario", "error-spike", "--speed", "20", "--journal", "state"]);
    // The canary serves users now; nothing has judged it yet.
    seat.sees("the first step soaks", |screen| screen.contains("SOAKING") && screen.contains("r roll back"));
    seat.press("r");
    let asked = seat.sees_words("y roll back");
    for fact in ["path", "time", "safe", "users", "gates", "as of"] {
        assert!(asked.contains(fact), "{fact} is missing:\n{asked}");
    }
    seat.press("y");
    let proof = seat.sees_words("ROLLED BACK, PROVEN");
    assert!(proof.contains("USERS ARE SAFE"), "{proof}");
    seat.press("q");
    let shown = seat.shown_after();
    assert_eq!((seat.pressed(), seat.ends()), (3, 3));
    assert!(shown().contains("rolled-back, proven"), "{}", shown());
}

#[test]
fn what_was_promoted_yesterday_comes_back_as_fast() {
    let home = tempfile::tempdir().unwrap();
    let mut seat =
        Seat::take(home.path(), &["demo", "--scenario", "bad-yesterday", "--speed", "20", "--journal", "state"]);
    seat.sees_words("NOTHING FLIES");
    seat.press("r");
    seat.sees_words("y roll back");
    seat.press("y");
    seat.sees_words("ROLLED BACK, PROVEN");
    seat.press("q");
    assert_eq!((seat.pressed(), seat.ends()), (3, 3));
}

#[test]
fn who_only_looked_leaves_with_one_key_and_nothing_to_answer() {
    let home = tempfile::tempdir().unwrap();
    let mut seat =
        Seat::take(home.path(), &["demo", "--scenario", "bad-yesterday", "--speed", "20", "--journal", "state"]);
    seat.sees_words("NOTHING FLIES");
    seat.press("q");
    let shown = seat.shown_after();
    assert_eq!((seat.pressed(), seat.ends()), (1, 0));
    assert!(!shown().contains("held"), "{}", shown());
}

#[test]
fn a_window_of_another_size_swallows_no_key() {
    let home = tempfile::tempdir().unwrap();
    let mut seat = Seat::take(home.path(), &["demo", "--journal", "state"]);
    seat.sees_words("r roll back");
    for (cols, rows) in [(100, 30), (60, 16), (120, 40), (80, 24)] {
        seat.press("2");
        seat.sees_words("[2 evidence]");
        seat.resizes(cols, rows);
        // It fills the window that it has now: the hints stand in the last line.
        seat.sees("the new size", |screen| screen.lines().count() == usize::from(rows));
        seat.press("r");
        seat.sees_words("y roll back");
        seat.press("\u{1b}");
        seat.sees_words("cancelled");
        seat.press("1");
        seat.sees("the first view", |screen| !screen.contains("[2 evidence]"));
    }
}

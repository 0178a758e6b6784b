//! What stays when the cockpit has closed: its last screen, what was taken away, and a recording of the session.

use std::fs;

use serde_json::Value;

use super::seat::Seat;

#[test]
fn what_was_taken_away_is_named_on_exit_and_can_be_replayed() {
    let home = tempfile::tempdir().unwrap();
    let args =
        ["demo", "--speed", "5", "--journal", "state", "--preserve-screen", "--record", "session.cast", "--seed", "3"];
    let mut seat = Seat::take(home.path(), &args);
    seat.sees_words("SOAKING");
    for (key, ending) in [("t", ".txt"), ("s", ".svg"), ("j", ".json"), ("l", ".jsonl")] {
        seat.press("e");
        seat.sees_words("Take away");
        seat.press(key);
        // The path is longer than the line; its end is what differs.
        seat.sees(ending, |screen| screen.contains("written: state/exports/") && screen.contains(ending));
    }
    seat.press("r");
    seat.sees_words("y roll back");
    seat.press("y");
    seat.sees_words("ROLLED BACK, PROVEN");
    seat.press("q");
    let shown = seat.shown_after();
    assert_eq!(seat.ends(), 3);
    let after = shown();
    // The last screen stays above, or has scrolled off a terminal of 24 lines; the paths are the last words.
    let paths: Vec<String> =
        after.lines().filter_map(|line| line.strip_prefix("written: ")).map(|path| path.trim().to_owned()).collect();
    assert_eq!(paths.len(), 4, "{after}");
    let file = |ending: &str| {
        let path = paths.iter().find(|path| path.ends_with(ending)).unwrap();
        fs::read_to_string(home.path().join(path)).unwrap()
    };
    assert!(file(".txt").contains("SOAKING"));
    assert!(file(".svg").starts_with("<svg") && file(".svg").contains("SOAKING"));
    let snapshot: Value = serde_json::from_str(&file(".json")).unwrap();
    assert_eq!(snapshot["plan"]["application"], "checkout");
    assert!(file(".jsonl").lines().next().unwrap().contains("\"event\":\"started\""));

    let cast = fs::read_to_string(home.path().join("session.cast")).unwrap();
    let lines: Vec<Value> = cast.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["version"], &lines[0]["width"], &lines[0]["height"]), (&2.into(), &80.into(), &24.into()));
    let times: Vec<f64> = lines[1..].iter().map(|event| event[0].as_f64().unwrap()).collect();
    assert!(times.is_sorted() && lines[1..].iter().all(|event| event[1] == "o" || event[1] == "r"));
    // Played into a terminal, it shows what the session showed last.
    let mut terminal = vt100::Parser::new(24, 80, 0);
    for event in lines[1..].iter().filter(|event| event[1] == "o") {
        terminal.process(event[2].as_str().unwrap().as_bytes());
    }
    assert!(terminal.screen().contents().contains("ROLLED BACK, PROVEN"), "{}", terminal.screen().contents());

    // The copy of the journal is a recording like any other.
    let copy = paths.iter().find(|path| path.ends_with(".jsonl")).unwrap();
    let mut replay = Seat::take(home.path(), &["replay", copy, "--journal", "state", "--preserve-screen"]);
    replay.sees_words("RECORDED");
    replay.press("G]");
    replay.press("e");
    replay.sees_words("Take away");
    replay.press("t");
    replay.sees_words("written: ");
    replay.press("q");
    replay.sees("the path, where the shell is again", |screen| {
        screen.lines().any(|line| line.starts_with("written: state/exports/checkout"))
    });
    assert_eq!(replay.ends(), 0);
}

#[test]
fn a_recording_that_cannot_be_written_is_refused_before_anything_opens() {
    let home = tempfile::tempdir().unwrap();
    let seat = Seat::take(home.path(), &["demo", "--journal", "state", "--record", "nowhere/session.cast"]);
    seat.sees_words("the recording cannot be written to nowhere/session.cast");
    assert_eq!(seat.ends(), 2);
    let seat = Seat::take(home.path(), &["demo", "--plain", "--journal", "state", "--record", "session.cast"]);
    seat.sees_words("--record records the cockpit, and none opens here");
    assert_eq!(seat.ends(), 2);
}

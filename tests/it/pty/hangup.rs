//! A lid that closes, a network that goes: the terminal hangs up under a release that flies.

use super::seat::Seat;

#[test]
fn a_terminal_that_hangs_up_leaves_the_release_held_where_it_is() {
    let home = tempfile::tempdir().unwrap();
    let seat = Seat::take(home.path(), &["demo", "--speed", "5", "--journal", "state"]);
    seat.sees("the first step soaks", |screen| screen.contains("SOAKING"));
    assert_eq!(seat.hangs_up(), 4);
    let journal = std::fs::read_dir(home.path().join("state")).unwrap().flatten().next().unwrap();
    let journal = std::fs::read_to_string(journal.path()).unwrap();
    let ended: Vec<&str> = journal.lines().filter(|line| line.contains("\"event\":\"ended\"")).collect();
    assert_eq!(ended.len(), 1, "{ended:?}");
    assert!(ended[0].contains("\"outcome\":\"held\"") && ended[0].contains("\"exit_code\":4"), "{ended:?}");
}

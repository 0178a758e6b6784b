//! One release from the first key to the last: approve, pause, resume, roll back, read the proof, leave.

use super::seat::Seat;

/// The demo's own scenario, with a gate after the first step and time enough to act in the second.
const CONFIG: &str = r#"
[canary]
steps = [{ weight = 25, soak = "20s", approval = true }, { weight = 50, soak = "1h" }, 100]
"#;

#[test]
fn a_person_approves_pauses_resumes_and_rolls_back_with_two_keys() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("gate.toml"), CONFIG).unwrap();
    let mut seat = Seat::take(home.path(), &["demo", "--config", "gate.toml", "--speed", "20", "--journal", "state"]);

    let gated = seat.sees_words("NEEDS APPROVAL");
    assert!(gated.contains("1.7.4 → 1.8.0") && gated.contains("demo · shop / checkout"), "{gated}");
    seat.press("a");
    seat.sees_words("y approve");
    seat.press("y");
    seat.sees("the second step soaks", |screen| screen.contains("step 2 of 3") && screen.contains("SOAKING"));

    seat.press(" ");
    // Intent first, then fact: the word changes once nothing that was begun is under way.
    seat.sees_words("PAUSED");
    seat.press(" ");
    seat.sees("it soaks again", |screen| screen.contains("SOAKING") && !screen.contains("PAUSED"));

    seat.press("r");
    let asked = seat.sees_words("y roll back");
    assert!(asked.contains("Cancel") && asked.contains("checkout-canary"), "{asked}");
    seat.press("y");
    seat.sees("the proof is whole", |screen| screen.contains("ROLLED BACK, PROVEN"));
    let proof = seat.sees_words("canary request rate 0 since");
    for line in
        ["canary to 0", "routes to stable", "canary gets none", "stable full size", "within targets", "exit code 3"]
    {
        assert!(proof.contains(line), "{line} is missing:\n{proof}");
    }
    seat.press("q");
    let shown = seat.shown_after();
    assert_eq!(seat.ends(), 3);
    let farewell = shown();
    assert!(farewell.contains("rolled-back, proven"), "{farewell}");

    let journal = std::fs::read_dir(home.path().join("state")).unwrap().flatten().next().unwrap();
    let journal = std::fs::read_to_string(journal.path()).unwrap();
    for command in ["approve", "pause", "resume", "rollback"] {
        let head = format!("\"event\":\"command\",\"command\":\"{command}\",\"by\":\"dana@example\"");
        let obeyed = journal.lines().any(|line| line.contains(&head) && line.contains("\"accepted\":true"));
        assert!(obeyed, "{command} is not in the journal as obeyed");
    }
}

//! 11 a.m.: a release engineer steps through a deployment by hand, with an approval after each step.

use super::seat::Seat;

/// A gate after each step, and a last soak that nobody would wait out.
const CONFIG: &str = r#"
[canary]
steps = [
  { weight = 25, soak = "20s", approval = true },
  { weight = 50, soak = "20s", approval = true },
  { weight = 100, soak = "2h" },
]
"#;

#[test]
fn each_step_waits_for_its_approval_and_the_last_for_a_promotion() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("gates.toml"), CONFIG).unwrap();
    let mut seat = Seat::take(home.path(), &["demo", "--config", "gates.toml", "--speed", "20", "--journal", "state"]);
    for step in ["step 1 of 3", "step 2 of 3"] {
        let gated = seat.sees(step, |screen| screen.contains("NEEDS APPROVAL") && screen.contains(step));
        assert!(gated.contains("a approve"), "{gated}");
        seat.press("a");
        let asked = seat.sees_words("y approve");
        assert!(asked.contains("Cancel") && asked.contains("worst verdict now: pass"), "{asked}");
        seat.press("y");
        seat.sees("the gate is open", |screen| !screen.contains("NEEDS APPROVAL") && !screen.contains("y approve"));
    }
    seat.sees("the last step soaks", |screen| screen.contains("step 3 of 3") && screen.contains("SOAKING"));
    // A look at every view on the way; none of them takes the release anywhere.
    for (key, words) in
        [("2", "evidence"), ("3", "trouble first"), ("5", "approve"), ("6", "2h"), ("\u{1b}", "SOAKING")]
    {
        seat.press(key);
        seat.sees_words(words);
    }
    seat.press("p");
    let asked = seat.sees_words("y promote");
    assert!(asked.contains("waives") && asked.contains("of soak"), "{asked}");
    for fact in ["path", "time", "way back", "users"] {
        assert!(asked.contains(&format!("│ {fact} ")), "{fact} is missing:\n{asked}");
    }
    seat.press("y");
    seat.sees_words("PROMOTED");
    seat.press("q");
    let shown = seat.shown_after();
    assert_eq!(seat.ends(), 0);
    assert!(shown().contains("promoted"), "{}", shown());
}

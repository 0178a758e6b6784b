//! What is said of traffic while nobody answers: the last thing that was heard, with its age, and never a zero.

use glidepath::core::evidence::Evidence;
use glidepath::core::plan::Kind;
use glidepath::core::time::Time;

use crate::toy::{self, Toy, Weather};

fn evidence(toy: &Toy) -> &Evidence {
    toy.state.as_ref().unwrap().evidence.values().next().expect("a workload")
}

/// A toy that soaks its first step with traffic on both sides.
fn soaking() -> Toy {
    let mut toy = Toy::new(toy::plan(10, &[10, 100], 600));
    toy.run(60);
    let (rate, _) = evidence(&toy).bad_rate_now(Kind::Release).expect("the canary has traffic");
    assert!(rate > 0.0);
    toy
}

#[test]
fn a_source_that_is_down_leaves_the_last_rate_with_its_age_and_then_none() {
    let mut toy = soaking();
    let (before, heard): (f64, Time) = evidence(&toy).bad_rate_now(Kind::Release).unwrap();
    toy.weather = Weather { metrics_down: true, ..Weather::default() };
    toy.run(30);
    let (rate, at) = evidence(&toy).bad_rate_now(Kind::Release).expect("the last that was heard");
    assert!(rate > 0.0 && toy.now.since(at).as_secs() >= 25, "{rate} at {at}, now {}", toy.now);
    assert!(at.since(heard).as_secs() <= 5 && before > 0.0);
    assert!(evidence(&toy).rates().expect("within a minute").canary > 0.0);
    toy.run(90);
    assert_eq!(evidence(&toy).rates(), None, "a minute of silence is no traffic that is known");
    assert_eq!(evidence(&toy).bad_rate_now(Kind::Release), None);
}

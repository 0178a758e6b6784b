//! Nobody presses a key: what the cockpit writes, and what it takes of a core.

use std::time::{Duration, Instant};

use crate::home::RELEASE;
use crate::proc;
use crate::seat::Seat;
use crate::stage::{SLOW, World};
use crate::table::{Limit, Table};

/// How long it is looked at.
const SPAN: Duration = Duration::from_secs(40);

/// How old the pods are by then: between the second and the third minute of their lives no age on the screen changes.
const AGE: Duration = Duration::from_secs(72);

/// Looks on in each seat at the same time.
pub fn measure(table: &mut Table) {
    let calm = World::serve("healthy", 1, 0);
    calm.home.write("glidepath.toml", "[[workload]]\nname = \"checkout\"\n");
    let looking = Seat::take(&calm.home, (80, 24), &["--read-only", "--journal", "state"]);
    looking.sees_words("NOTHING FLIES");

    let paused = World::serve("healthy", 1, 0);
    let _driver = paused.fly();
    paused.home.start(&["pause", "deploy/checkout", "--journal", "other"]).ends();
    let attached = Seat::take(&paused.home, (80, 24), &["attach", "--journal", "other"]);
    attached.sees_words("PAUSED");

    let soaking = World::serve("healthy", 1, 0);
    let _flies = soaking.fly();
    let following = Seat::take(&soaking.home, (80, 24), &["attach", "--journal", "other"]);
    following.sees_words("SOAKING");

    let flown = World::serve("healthy", 1, 0);
    flown.home.write("glidepath.toml", SLOW);
    let driving = Seat::take(&flown.home, (80, 24), &[&RELEASE[..], &["--journal", "state"]].concat());
    driving.sees_words("SOAKING");

    std::thread::sleep(AGE.saturating_sub(calm.began.elapsed()));
    let seats = [
        ("looking on, nothing flies", &looking, Limit::Number(0.2), Limit::Number(0.0)),
        ("attached to a paused release", &attached, Limit::Number(0.2), Limit::None),
        ("attached while it soaks", &following, Limit::Number(0.2), Limit::None),
        ("driving while it soaks", &driving, Limit::None, Limit::None),
    ];
    let before = seats.each_ref().map(|(_, seat, ..)| (seat.bytes(), proc::cpu(seat.id()), Instant::now()));
    std::thread::sleep(SPAN);
    for ((name, seat, share, bytes), (written, cpu, since)) in seats.iter().zip(before) {
        let took = proc::cpu(seat.id()) - cpu;
        let part = 100.0 * took.as_secs_f64() / since.elapsed().as_secs_f64();
        table.numbers(&format!("idle, {name}: of a core"), "%", vec![part], *share);
        table.numbers(&format!("idle, {name}: written"), "bytes", vec![(seat.bytes() - written) as f64], *bytes);
    }
}

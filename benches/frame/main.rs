//! What a frame costs: the cockpit at 200×60 over a release with ten thousand pods, view by view; and what the snapshot
//! costs that it is drawn from, once a turn of the engine.
//!
//! `cargo bench --bench frame` prints the median and the worst of 200 of each, and ends with 1 where a median is above what
//! a frame may cost.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "../../tests/it/snapshots.rs"]
#[expect(dead_code, reason = "a frame needs one of these snapshots")]
mod snapshots;

mod picture;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use glidepath::core::snapshot::Snapshot;
use glidepath::core::view::{ContainerView, Track};
use glidepath::tui::keymap::Keymap;
use glidepath::tui::look::Look;
use glidepath::tui::model::Model;
use glidepath::tui::screen::{Scene, draw};
use glidepath::tui::update::{Me, World, update};
use glidepath::tui::view::View;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;

/// What a frame may cost.
const BUDGET: Duration = Duration::from_millis(2);

const PODS: usize = 10_000;
const FRAMES: usize = 200;

fn fleet() -> Snapshot {
    let mut snapshot = snapshots::soaking();
    let pod = |number: usize| {
        let track = if number < 3 { Track::Canary } else { Track::Stable };
        let set = if track == Track::Canary { "checkout-canary-6456f8d9c55" } else { "checkout-5d9c7b6f4d" };
        let mut pod = snapshots::pod(&format!("{set}-{number:05}"), track, 86_400 + number as u64);
        pod.set = set.to_owned();
        pod.containers =
            vec![ContainerView { name: "app".into(), ready: true, state: "running".into(), ..Default::default() }];
        if number.is_multiple_of(500) {
            pod.restarts = 3;
        }
        pod
    };
    snapshot.workloads[0].pods = (0..PODS).map(pod).collect();
    snapshot
}

fn main() -> ExitCode {
    let snapshot = fleet();
    println!("a frame at 200x60 with {PODS} pods, {FRAMES} of each");
    let parts = picture::Parts::soaking(snapshot.workloads[0].pods.clone());
    let mut late = measure("snapshot", || drop(std::hint::black_box(parts.picture())));
    let keymap = Keymap::default();
    let me = Me::default();
    let now = snapshots::now();
    for (digit, view) in ('1'..).zip(View::ALL).take(8) {
        let mut model = Model::default();
        for key in [digit, 'G'] {
            let world = World { snapshot: &snapshot, present: &snapshot, now, keymap: &keymap, me: &me };
            update(&mut model, KeyEvent::from(KeyCode::Char(key)), &world);
        }
        let scene =
            Scene { snapshot: &snapshot, model: &model, keymap: &keymap, look: Look::default(), now, present: now };
        late |= measure(view.name(), || drop(std::hint::black_box(draw(&scene, Rect::new(0, 0, 200, 60)))));
    }
    if late {
        println!("a median is above {BUDGET:?}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Does it so many times and says how long it took; whether that is too long.
fn measure(name: &str, mut work: impl FnMut()) -> bool {
    let mut took: Vec<Duration> = (0..FRAMES)
        .map(|_| {
            let began = Instant::now();
            work();
            began.elapsed()
        })
        .collect();
    took.sort();
    let (median, worst) = (took[FRAMES / 2], took[FRAMES - 1]);
    println!("  {name:9} median {:>7.0} us   worst {:>7.0} us", micros(median), micros(worst));
    median > BUDGET
}

fn micros(span: Duration) -> f64 {
    span.as_secs_f64() * 1e6
}

//! What a frame costs: the cockpit at 200×60 over a release with ten thousand pods, view by view, with filters, dialogs and
//! long logs; and what the snapshot costs that it is drawn from, once a turn of the engine.
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

use glidepath::core::inquiry::LogNews;
use glidepath::core::snapshot::Snapshot;
use glidepath::core::view::{ContainerView, Track};
use glidepath::tui::detail::{Detail, LogPane};
use glidepath::tui::keymap::Keymap;
use glidepath::tui::look::Look;
use glidepath::tui::model::Model;
use glidepath::tui::picture::text;
use glidepath::tui::screen::{Scene, draw};
use glidepath::tui::sift::KEPT;
use glidepath::tui::update::{Me, World, update};
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

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

/// What is looked at: a name, the keys that lead there, and words that only that screen shows.
const SCREENS: [(&str, &str, &str); 13] = [
    ("flight", "1G", "asked 25%, as 3 of 13 pods"),
    ("evidence", "2G", "[2 evidence]"),
    ("pods", "3G", "10000 pods, trouble first"),
    ("pods, sorted", "3SG", "10000 pods, by name"),
    ("pods, filtered", "3/0999", "11 pods, trouble first"),
    ("events", "4G", "[4 events]"),
    ("journal", "5G", "[5 journal]"),
    ("plan", "6G", "[6 plan]"),
    ("proof", "7G", "[7 proof]"),
    ("releases", "8G", "[8 releases]"),
    ("log", "9", "answered 200 after 9999 ms"),
    ("rollback dialog", "1r", "y roll back"),
    ("all keys", "1?", "Every action"),
];

fn main() -> ExitCode {
    let snapshot = fleet();
    fill_the_log();
    println!("a frame at 200x60 with {PODS} pods, {FRAMES} of each");
    let parts = picture::Parts::soaking(snapshot.workloads[0].pods.clone());
    let mut late = measure("snapshot", || drop(std::hint::black_box(parts.picture())));
    for (name, keys, shows) in SCREENS {
        late |= measure_screen(name, &snapshot, &after(keys, &snapshot), shows);
    }
    for (name, filter, shows) in
        [("a pod's log", "", "line 09999"), ("a pod's log, filtered", "line 0999", "line 00999")]
    {
        let model = Model { detail: Some(Detail::Logs(pod_log(filter))), ..after("3", &snapshot) };
        late |= measure_screen(name, &snapshot, &model, shows);
    }
    if late {
        println!("a median is above {BUDGET:?}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// The screen's state after these keys.
fn after(keys: &str, snapshot: &Snapshot) -> Model {
    let mut model = Model::default();
    let (keymap, me) = (Keymap::default(), Me::default());
    for key in keys.chars() {
        let world = World { snapshot, present: snapshot, now: snapshots::now(), keymap: &keymap, me: &me };
        update(&mut model, KeyEvent::from(KeyCode::Char(key)), &world);
    }
    model
}

/// As many lines of this program's own log as tui-logger keeps.
fn fill_the_log() {
    tui_logger::set_default_level(tui_logger::LevelFilter::Trace);
    tracing_subscriber::registry().with(tui_logger::TuiTracingSubscriberLayer).init();
    for number in 0..10_000 {
        tracing::info!("GET /api/v1/namespaces/shop/pods?limit=500 answered 200 after {number} ms");
        if number % 500 == 0 {
            // What is not fetched in time is dropped.
            tui_logger::move_events();
        }
    }
}

/// A log that is as long as a pane keeps.
fn pod_log(filter: &str) -> LogPane {
    let lines = (0..KEPT).map(|number| format!("14:31:08 GET /cart 200 line {number:05} {}", "x".repeat(120)));
    let mut pane = LogPane { title: "checkout".to_owned(), ..LogPane::default() };
    pane.take("checkout-5d9c7b6f4d-00001", LogNews::Lines(lines.collect()));
    pane.lines.edit(|typed| typed.push_str(filter));
    pane
}

fn measure_screen(name: &str, snapshot: &Snapshot, model: &Model, shows: &str) -> bool {
    let (keymap, now) = (Keymap::default(), snapshots::now());
    let scene = Scene { snapshot, model, keymap: &keymap, look: Look::default(), now, present: now };
    let frame = || draw(&scene, Rect::new(0, 0, 200, 60));
    let shown = text(&frame());
    assert!(shown.contains(shows), "{name} is another screen than was meant, without {shows:?}:\n{shown}");
    measure(name, || drop(std::hint::black_box(frame())))
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
    println!("  {name:21} median {:>7.0} us   worst {:>7.0} us", micros(median), micros(worst));
    median > BUDGET
}

fn micros(span: Duration) -> f64 {
    span.as_secs_f64() * 1e6
}

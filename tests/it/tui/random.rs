//! Random snapshots at random sizes after random keys: never a panic, never a control character, never a broken frame.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use glidepath::core::rule::Action;
use glidepath::core::snapshot::{ByItself, Count, Hold, LogLine, Mode, ShareNow, Snapshot, Toggle, Tone, Unit};
use glidepath::core::state::HoldKind;
use glidepath::core::time::Time;
use glidepath::core::verdict::{DataState, Verdict};
use glidepath::core::view::Link;
use glidepath::tui::keymap::Keymap;
use glidepath::tui::look::{Look, LookWanted};
use glidepath::tui::model::Model;
use glidepath::tui::screen::{Scene, draw};
use glidepath::tui::update::{Me, World, update};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr;

use super::key;
use crate::snapshots::{now, phases, pod};

static PHASES: LazyLock<Vec<(&str, Snapshot)>> = LazyLock::new(phases);

struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64() % bound
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len() as u64) as usize]
    }

    fn text(&mut self) -> String {
        let words = [
            "",
            "x",
            "checkout",
            "世界 世界",
            "\u{1b}[31m",
            "a\u{301}\u{301}",
            "שלום",
            "\u{202e}rtl",
            "🚀🚀",
            "a b c d e f g h",
            "…",
        ];
        let count = self.below(12);
        (0..count).map(|_| *self.pick(&words)).collect::<Vec<_>>().join(" ")
    }

    fn number(&mut self) -> f64 {
        *self.pick(&[
            0.0,
            -1.0,
            0.000_001,
            0.01,
            0.5,
            1.0,
            99.9,
            1e9,
            1e300,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MAX,
        ])
    }

    fn maybe(&mut self) -> Option<f64> {
        (self.below(3) > 0).then(|| self.number())
    }

    fn time(&mut self) -> Time {
        match self.below(8) {
            0 => Time::from_millis(i64::MIN),
            1 => Time::from_millis(i64::MAX),
            2 => Time::default(),
            _ => now() - Duration::from_secs(self.below(100_000)) + Duration::from_millis(self.below(90_000)),
        }
    }

    fn span(&mut self) -> Duration {
        *self.pick(&[
            Duration::ZERO,
            Duration::from_millis(3),
            Duration::from_secs(61),
            Duration::from_secs(400_000),
            Duration::MAX,
        ])
    }
}

const MODES: [Mode; 12] = [
    Mode::Idle,
    Mode::Starting,
    Mode::Scaling,
    Mode::Soaking,
    Mode::Holding,
    Mode::Gated,
    Mode::Paused,
    Mode::Finishing,
    Mode::RollingBack,
    Mode::Promoted,
    Mode::RolledBack,
    Mode::Ended,
];

fn random(seed: u64) -> Snapshot {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
    let dice = &mut dice;
    let mut snapshot = dice.pick(&PHASES).1.clone();
    snapshot.at = dice.time();
    snapshot.started = dice.time();
    snapshot.next = dice.text();
    if dice.below(3) == 0 {
        snapshot.mode = *dice.pick(&MODES);
    }
    snapshot.driver.who = dice.text();
    snapshot.driver.heard = dice.time();
    snapshot.pause = match dice.below(3) {
        0 => Toggle::Off,
        1 => Toggle::Pausing { by: dice.text() },
        _ => Toggle::On { since: dice.time(), by: dice.text() },
    };
    if dice.below(2) == 0 {
        snapshot.hold = Some(Hold {
            since: dice.time(),
            reason: dice.text(),
            kind: [None, Some(HoldKind::Fight)][dice.below(2) as usize],
            until: Some((dice.time(), *dice.pick(&[ByItself::RollsBack, ByItself::EndsHeld, ByItself::WaitsOn]))),
            ends: dice.text(),
        });
    }
    let lost = Link::Lost { heard: Some(dice.time()), since: dice.time(), retry: dice.time(), why: dice.text() };
    snapshot.sources.insert(dice.text(), lost);
    random_plan(dice, &mut snapshot);
    random_evidence(dice, &mut snapshot);
    random_pods(dice, &mut snapshot);
    if let Some(rollback) = &mut snapshot.rollback {
        rollback.since = dice.time();
        rollback.canary_rate = dice.maybe().map(|rate| (rate, dice.time()));
        rollback.lost = dice.span();
        rollback.cause = dice.text();
    }
    let lines = dice.below(60);
    snapshot.log =
        (0..lines).map(|_| LogLine { at: dice.time(), tone: Tone::Bad, text: dice.text(), about: None }).collect();
    snapshot
}

fn random_plan(dice: &mut Dice, snapshot: &mut Snapshot) {
    let plan = Arc::make_mut(&mut snapshot.plan);
    for field in [&mut plan.context, &mut plan.namespace, &mut plan.application, &mut plan.from, &mut plan.to] {
        if dice.below(3) == 0 {
            *field = dice.text();
        }
    }
    let steps = dice.below(40) as usize;
    plan.steps = plan.steps.iter().cycle().take(steps).cloned().collect();
    if let Some(step) = &mut snapshot.step {
        step.index = dice.below(50) as usize;
        step.soaked = dice.span();
        step.soak = dice.span();
    }
}

fn random_evidence(dice: &mut Dice, snapshot: &mut Snapshot) {
    let verdicts = [Verdict::Pass, Verdict::Inconclusive, Verdict::NoData, Verdict::Fail];
    let data = [
        DataState::Ok,
        DataState::TooLittleTraffic,
        DataState::NoData,
        DataState::Stale,
        DataState::Nan,
        DataState::SourceDown,
        DataState::Ambiguous,
        DataState::Swapped,
        DataState::Unpaired,
    ];
    let keep = dice.below(30) as usize;
    snapshot.rules.truncate(keep);
    for rule in &mut snapshot.rules {
        rule.judgement.verdict = *dice.pick(&verdicts);
        rule.judgement.data = *dice.pick(&data);
        rule.judgement.suspicion = dice.below(2) == 0;
        rule.action = *dice.pick(&[Action::Note, Action::Hold, Action::Rollback]);
        rule.unit = *dice.pick(&[Unit::Share, Unit::Seconds, Unit::Bytes]);
        let evidence = &mut rule.judgement.evidence;
        (evidence.canary, evidence.stable, evidence.target) = (dice.maybe(), dice.maybe(), dice.maybe());
        evidence.newest = Some(dice.time());
        evidence.requests = dice.0.next_u64();
        evidence.needs = Some(dice.0.next_u64());
        evidence.why = dice.text();
        let samples = dice.below(100);
        rule.trend = (0..samples).map(|_| dice.maybe()).collect();
    }
    for share in &mut snapshot.shares {
        *share = ShareNow {
            workload: share.workload.clone(),
            asked: dice.number(),
            expected: dice.number(),
            measured: dice.maybe(),
            requests: dice.0.next_u64(),
            canary_rate: dice.maybe(),
            total_rate: dice.maybe(),
            last: (dice.below(3) == 0).then(|| dice.time()),
        };
    }
}

fn random_pods(dice: &mut Dice, snapshot: &mut Snapshot) {
    let keep = dice.below(10) as usize;
    snapshot.workloads.truncate(keep);
    for workload in &mut snapshot.workloads {
        workload.canary = Count { ready: dice.below(9) as u32, wanted: dice.0.next_u32() };
        workload.pinned = (0..dice.below(4)).map(|_| dice.text()).collect();
        let pods = dice.below(30);
        workload.pods = (0..pods)
            .map(|_| {
                let mut one = pod(&dice.text(), snapshot_track(dice), dice.below(1_000_000));
                one.ready = dice.below(2) == 0;
                one.terminating = dice.below(4) == 0;
                one.restarts = dice.below(3) as u32;
                one.reason = dice.text();
                one.message = (dice.below(2) == 0).then(|| dice.text());
                one.created = dice.time();
                one
            })
            .collect();
    }
}

fn snapshot_track(dice: &mut Dice) -> glidepath::core::view::Track {
    use glidepath::core::view::Track;
    *dice.pick(&[Track::Canary, Track::Stable, Track::Rolled, Track::Other])
}

const KEYS: [&str; 47] = [
    "r", "y", "p", "P", "a", "space", "q", "h", "?", "l", "f", "s", "tab", "enter", "esc", "j", "k", "g", "G",
    "ctrl-d", "ctrl-u", "ctrl-r", "ctrl-c", "bs", "1", "2", "3", "4", "5", "6", "7", "8", "9", "/", "L", "A", "b", "S",
    "c", "}", "{", "left", "right", "[", "]", "+", "-",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_frame_is_whole(
        seed in any::<u64>(),
        width in 0u16..250,
        height in 0u16..80,
        keys in prop::collection::vec(0usize..KEYS.len(), 0..10),
        ascii in any::<bool>(),
    ) {
        let snapshot = random(seed);
        let keymap = Keymap::default();
        let me = Me::default();
        let mut model = Model::default();
        for name in keys {
            let world = World { snapshot: &snapshot, present: &snapshot, now: now(), keymap: &keymap, me: &me };
            let _outs = update(&mut model, key(KEYS[name]), &world);
        }
        let look = Look::new(LookWanted { ascii, ..LookWanted::default() }, |_| None);
        let scene = Scene { snapshot: &snapshot, model: &model, keymap: &keymap, look, now: now(), present: now() };
        let frame = draw(&scene, Rect::new(0, 0, width, height));
        for row in frame.content.chunks(usize::from(width.max(1))) {
            for cell in row {
                prop_assert!(!cell.symbol().contains(char::is_control));
                prop_assert!(!ascii || cell.symbol().is_ascii());
            }
            if let Some(last) = row.last() {
                prop_assert!(last.symbol().width() <= 1, "a wide character over the edge");
            }
        }
    }

    #[test]
    fn any_snapshot_can_follow_any_other(first in any::<u64>(), second in any::<u64>(), scrolled in 0usize..100) {
        let mut model = Model { events: scrolled, leaving: first % 2 == 0, ..Model::default() };
        let _outs = glidepath::tui::see::see(&mut model, &random(first), &random(second));
        let _lines = glidepath::tui::plain::between(&random(first), &random(second));
    }
}

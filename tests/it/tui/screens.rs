//! What is on the screen in every phase, at the sizes that matter: text, and beside the design size the styles.

use std::fmt::Write;
use std::sync::Arc;

use glidepath::core::snapshot::Errand;
use glidepath::core::snapshot::Snapshot;
use glidepath::core::view::Link;
use glidepath::tui::look::{Look, LookWanted};
use glidepath::tui::model::Model;
use glidepath::tui::picture::{svg, text};
use ratatui::buffer::Buffer;

use super::{after, frame};
use crate::snapshots::{ago, nine, now, phase, phases, soaking, suspicion};

/// The styled runs of a frame, a line each: row, columns, style, text.
pub fn styles(frame: &Buffer) -> String {
    let mut out = String::new();
    for (row, cells) in frame.content.chunks(usize::from(frame.area.width)).enumerate() {
        let mut start = 0;
        while start < cells.len() {
            let style = |at: usize| (cells[at].fg, cells[at].modifier);
            let mut end = start + 1;
            while end < cells.len() && style(end) == style(start) {
                end += 1;
            }
            let (colour, modifier) = style(start);
            let run: String = cells[start..end].iter().map(|cell| cell.symbol()).collect();
            if !run.trim_matches([' ', '─']).is_empty() && (colour, modifier.bits()) != (Default::default(), 0) {
                writeln!(out, "{row:2} {start:3} {colour} {modifier:?} {:?}", run.trim_end()).unwrap();
            }
            start = end;
        }
    }
    out
}

pub fn at(snapshot: &Snapshot, model: &Model, width: u16, height: u16) -> String {
    format!("{width}x{height}\n{}\n", text(&frame(snapshot, model, Look::default(), width, height)))
}

#[test]
fn every_phase_at_every_size() {
    for (name, snapshot) in phases() {
        let model = Model::default();
        let design = frame(&snapshot, &model, Look::default(), 80, 24);
        let mut all = format!("80x24\n{}\nstyles\n{}\n", text(&design), styles(&design));
        for (width, height) in [(200, 60), (40, 12), (20, 5), (1, 1)] {
            all += &at(&snapshot, &model, width, height);
        }
        insta::assert_snapshot!(format!("phase-{name}"), all);
    }
}

#[test]
fn every_dialog_at_every_size() {
    let dialogs = [
        ("rollback", "r", suspicion()),
        ("rollback-refused-by-offer", "r", {
            let mut snapshot = soaking();
            snapshot.offers.clear();
            snapshot
        }),
        ("approve", "a", phase("gated")),
        ("promote", "p", soaking()),
        ("promote-typing", "p c h e", soaking()),
        ("promote-typed", "p c h e c k o u t", soaking()),
        ("promote-full", "P", soaking()),
        ("quit-driving", "q", soaking()),
        ("quit-pinned", "q", phase("finishing")),
        ("quit-observing", "q", phase("observing")),
        ("quit-rolling-back", "q", phase("stalled")),
        ("help", "?", soaking()),
        ("help-filtered", "? r o l l", soaking()),
        ("refusal", "a", soaking()),
        ("sent", "space", soaking()),
    ];
    for (name, keys, snapshot) in dialogs {
        let model = after(keys, &snapshot);
        let design = frame(&snapshot, &model, Look::default(), 80, 24);
        let mut all = format!("80x24\n{}\nstyles\n{}\n", text(&design), styles(&design));
        for (width, height) in [(200, 60), (40, 12), (20, 5)] {
            all += &at(&snapshot, &model, width, height);
        }
        insta::assert_snapshot!(format!("dialog-{name}"), all);
    }
}

#[test]
fn several_workloads_can_be_opened_one_by_one() {
    let snapshot = nine();
    let model = after("down enter", &snapshot);
    insta::assert_snapshot!("nine-opened", at(&snapshot, &model, 80, 24));
    assert!(after("down enter esc", &snapshot).opened.is_none());
}

#[test]
fn what_matters_most_survives_every_size() {
    let snapshot = suspicion();
    for (width, height) in [(60, 16), (40, 12), (40, 6), (30, 3), (20, 2), (9, 1)] {
        let shown = at(&snapshot, &Model::default(), width, height);
        assert!(shown.contains("HOLDING"), "{shown}");
    }
    let breached = phase("breach");
    for (width, height) in [(80, 24), (40, 12), (20, 5)] {
        let shown = at(&breached, &Model::default(), width, height).to_lowercase();
        assert!(shown.contains("not proven safe") || shown.contains("not safe"), "{shown}");
    }
}

/// A screen in one line: what stands on two is one sentence.
fn sentence(snapshot: &Snapshot, width: u16, height: u16) -> String {
    at(snapshot, &Model::default(), width, height).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn what_happens_next_survives_what_passes() {
    let snapshot = suspicion();
    for (width, height) in [(80, 24), (60, 16), (40, 12)] {
        let shown = sentence(&snapshot, width, height);
        for words in
            ["Rolls back by itself once proven; goes on by itself when", "SUSPICION", "104 of 3 930", "roll back"]
        {
            assert!(shown.contains(words), "{words} at {width}x{height}: {shown}");
        }
    }
    let shown = sentence(&phase("fight"), 40, 12);
    assert!(shown.contains("Needs you: r rolls back, u (`glidepath resume`) pins it to"), "{shown}");
    let shown = sentence(&phase("crash-loop"), 40, 12);
    assert!(shown.contains("rolls back in 4m53s") && shown.contains("The soak of 10m begins when all are Ready."));
    for (name, next) in
        [("suspicion", "Rolls back by itsel"), ("stale", "rolls back in 4m19s"), ("fight", "Needs you: r rolls")]
    {
        let shown = sentence(&phase(name), 20, 5);
        assert!(shown.contains(next) && shown.contains("r rolls back PROD shop/checkout"), "{name}: {shown}");
    }
}

#[test]
fn every_rule_has_its_line_on_a_small_screen() {
    let shown = at(&suspicion(), &Model::default(), 60, 16);
    for rule in [" errors ", " p95 ", " memory "] {
        assert!(shown.lines().any(|line| line.starts_with(rule)), "{rule}: {shown}");
    }
    assert!(shown.contains("── pods") && shown.contains("canary 3 of 3 ready"), "{shown}");
    // What is left is for the pods, and no line is left empty.
    assert!(shown.lines().skip(1).take(15).all(|line| !line.trim().is_empty()), "{shown}");
}

#[test]
fn what_was_told_beforehand_takes_no_room_from_rules_pods_and_events() {
    let mut snapshot = phase("starting");
    let told = "a sentence that preflight found worth telling, which is longer than a line of the design size";
    Arc::make_mut(&mut snapshot.plan).told = vec![told.to_owned(); 3];
    snapshot.rules = soaking().rules;
    snapshot.log.extend(soaking().log);
    let lines = |height| {
        let shown = at(&snapshot, &Model::default(), 80, height);
        let count = |begins: &str| shown.lines().filter(|line| line.starts_with(begins)).count();
        (count(" told"), count(" errors") + count(" p95") + count(" memory"), count(" stable"), count(" 14:"))
    };
    let (told, rules, pods, events) = lines(24);
    assert!(told >= 1 && rules == 3 && pods >= 2 && events >= 1, "{:?}", lines(24));
    let (told, rules, ..) = lines(16);
    assert_eq!((told, rules), (0, 3));
}

#[test]
fn what_holds_up_several_lines_of_the_proof_is_told_once_on_a_small_screen() {
    let shown = sentence(&phase("api-lost-in-a-rollback"), 40, 12);
    assert!(shown.contains("KEEP THIS OPEN: it tries again by itself."), "{shown}");
    assert_eq!(shown.matches("the API server does").count(), 1, "{shown}");
}

/// The API server has not answered for so many seconds.
fn away(mut snapshot: Snapshot, seconds: u64) -> Snapshot {
    let since = ago(seconds);
    let link = Link::Lost { heard: Some(since), since, retry: now(), why: "connection refused".to_owned() };
    snapshot.sources.insert("api".to_owned(), link);
    snapshot
}

#[test]
fn an_api_server_that_stays_away_is_answered_with_what_still_holds_and_what_one_can_do() {
    let shown = sentence(&away(soaking(), 180), 80, 24);
    for words in [
        "traffic stays as it is; writes wait for an answer",
        "r now: the rollback is tried until it answers; or then by hand:",
        " kubectl -n shop scale deploy/checkout-canary --replicas=0 ",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    for rule in [" errors ", " p95 ", " memory "] {
        assert!(shown.contains(rule), "{shown}");
    }
    assert!(!sentence(&away(soaking(), 20), 80, 24).contains("traffic stays"), "a moment is nothing to advise on");
    // Behind a pin no single write brings traffic back.
    let pinned = sentence(&away(phase("finishing"), 180), 80, 24);
    assert!(pinned.contains("glidepath rollback deploy/checkout -n shop"), "{pinned}");
    let observed = sentence(&away(phase("observing"), 180), 80, 24);
    assert!(!observed.contains("traffic stays"), "what another's engine does is not known here: {observed}");
    assert!(sentence(&away(soaking(), 180), 40, 12).contains("r is tried until it answers"));
    // Where nothing can be judged for the same reason, what still holds is worth more than that reason again.
    let down = away(phase("source-down"), 180);
    let shown = sentence(&down, 60, 16);
    assert!(shown.contains("traffic stays; r is tried until it answers"), "{shown}");
    for rule in [" errors ", " p95 ", " memory "] {
        assert!(shown.contains(rule), "{shown}");
    }
}

#[test]
fn where_nothing_flies_the_age_is_of_the_last_reading() {
    let mut snapshot = phase("idle");
    snapshot.workloads = soaking().workloads;
    snapshot.rules = soaking().rules;
    snapshot.rules.iter_mut().for_each(|rule| rule.judgement.evidence.newest = None);
    snapshot.sources.insert("metrics".to_owned(), Link::Live { heard: ago(7), revision: 0 });
    let shown = at(&snapshot, &Model::default(), 80, 24);
    let errors = shown.lines().find(|line| line.starts_with(" errors")).unwrap();
    assert!(errors.trim_end().ends_with(" 7s"), "{shown}");
}

#[test]
fn no_number_is_cut_in_two() {
    let mut snapshot = soaking();
    Arc::make_mut(&mut snapshot.plan).application = "a-name-that-is-rather-long".to_owned();
    for (width, height) in [(60, 16), (40, 12)] {
        let shown = at(&snapshot, &after("P", &snapshot), width, height);
        assert!(shown.contains("straight to 100 %"), "{shown}");
    }
    // A half version is another one.
    let shown = at(&phase("gated"), &after("a", &phase("gated")), 20, 5);
    assert!(shown.contains("Approve checkout …"), "{shown}");
}

#[test]
fn place_and_production_are_always_in_words() {
    for (name, snapshot) in phases() {
        for (width, height) in [(200, 60), (80, 24), (60, 16), (40, 12), (30, 5)] {
            let shown = at(&snapshot, &Model::default(), width, height);
            assert!(shown.contains("PROD") && shown.contains("shop"), "{name} {shown}");
        }
    }
}

#[test]
fn the_exit_code_is_that_of_what_was_asked_for() {
    let shown = |phase_of: &str, errand| {
        let model = Model { errand, ..Model::default() };
        at(&phase(phase_of), &model, 80, 24)
    };
    assert!(shown("rolled-back", Errand::Release).contains("exit code 3: rolled back"));
    assert!(shown("rolled-back", Errand::Rollback).contains("exit code 0: rolled back"));
    assert!(shown("unproven", Errand::Rollback).contains("exit code 4: rolled back"));
}

#[test]
fn a_pause_that_was_asked_is_not_a_pause() {
    let shown = |name| at(&phase(name), &Model::default(), 80, 24);
    assert!(shown("pausing").contains("PAUSING") && !shown("pausing").contains("PAUSED"));
    assert!(shown("paused").contains("PAUSED") && !shown("paused").contains("PAUSING"));
}

#[test]
fn a_terminal_without_unicode_is_sent_ascii() {
    let look = Look::new(LookWanted { ascii: true, ..LookWanted::default() }, |_| None);
    for (name, snapshot) in phases() {
        let shown = text(&frame(&snapshot, &Model::default(), look, 80, 24));
        assert!(shown.is_ascii(), "{name} {shown}");
    }
    insta::assert_snapshot!("ascii", text(&frame(&suspicion(), &Model::default(), look, 80, 24)));
}

#[test]
fn a_picture_holds_the_screen() {
    let picture = glidepath::tui::picture::frame(&suspicion(), Look::default(), now(), 80, 24);
    let document = svg(&picture);
    assert!(document.starts_with("<svg ") && document.ends_with("</svg>\n"));
    let words: String = document.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect();
    for word in ["HOLDING", "errors", "SUSPICION", "checkout-canary", "roll back"] {
        assert!(words.contains(word), "{word}");
    }
}

#[test]
fn what_ends_half_way_never_says_that_nothing_is_needed() {
    let ended = phase("held").ended;
    let mut halfway = phase("rolling-back");
    halfway.ended.clone_from(&ended);
    let shown = at(&halfway, &Model::default(), 80, 24);
    assert!(shown.contains("THE ROLLBACK IS NOT FINISHED"), "{shown}");
    let mut safe = phase("stalled");
    safe.ended.clone_from(&ended);
    assert!(at(&safe, &Model::default(), 80, 24).contains("Traffic is back"));
    for snapshot in [halfway, safe, phase("held")] {
        let shown = at(&snapshot, &Model::default(), 80, 24);
        assert!(
            !shown.contains("Nothing is needed") && shown.contains("glidepath rollback deploy/checkout"),
            "{shown}"
        );
    }
}

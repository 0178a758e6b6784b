//! Nothing on the screen reads as its opposite: what was misread by people who saw nothing but the screen.

use std::sync::Arc;
use std::time::Duration;

use glidepath::core::event::Event;
use glidepath::core::evidence::Row;
use glidepath::core::plan::{Kind, Plan};
use glidepath::core::proof::{LineKind, LineState};
use glidepath::core::rule::Rule;
use glidepath::core::snapshot::{
    ByItself, Fought, Happening, LogLine, Mode, Progress, Snapshot, StepState, Tone, Wait,
};
use glidepath::core::verdict::Verdict;
use glidepath::core::view::Link;
use glidepath::tui::look::Look;
use glidepath::tui::model::Model;
use glidepath::tui::picture::text;
use glidepath::tui::plain::farewell;
use glidepath::tui::theme::{Palette, Theme};
use ratatui::style::Modifier;

use super::seat::Seat;
use super::{after, frame, shown};
use crate::snapshots::{ago, api_lost_in_a_rollback, fight, finishing, harm, no_room, now, phase, soaking, suspicion};

/// The words of a screen without the places where its lines break.
fn words(shown: &str) -> String {
    shown.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ")
}

#[test]
fn the_dialog_of_a_fought_release_names_who_fights_and_takes_no_comfort_from_passing_rules() {
    let dialog = words(&shown(&fight(), "r"));
    for said in [
        "HOLDING at 100 %, although the rules themselves pass",
        "because argocd-controller unpins Service checkout again and again",
        "fight argocd-controller unpinned Service checkout 3 times and may pin it again",
        "unpinned again, without limit; the rollback goes on all the same",
    ] {
        assert!(dialog.contains(said), "{said} is missing:\n{dialog}");
    }
    assert!(!dialog.contains("worst"), "{dialog}");
    // The worst rule is named where one objects.
    assert!(words(&shown(&suspicion(), "r")).contains("worst rule: errors SUSPICION"));
}

#[test]
fn a_hold_says_how_it_ends_however_long_its_reason_is() {
    let mut snapshot = fight();
    let hold = snapshot.hold.as_mut().unwrap();
    hold.reason = "a reason that goes on and on ".repeat(20);
    for (width, height) in [(80, 24), (120, 40), (60, 16), (40, 12)] {
        let shown = text(&frame(&snapshot, &Model::default(), Look::default(), width, height));
        assert!(shown.contains("a reason") && shown.contains("Needs you"), "{shown}");
    }
    assert!(shown(&suspicion(), "").contains("Rolls back by itself once proven; goes on by itself when the suspicion"));
}

#[test]
fn a_pin_is_told_with_what_is_measured_of_it() {
    assert!(shown(&finishing(), "").contains("PINNED: all requests go to 1.8.0 (measured: 100%)"));
    let mut young = finishing();
    young.shares[0].measured = Some(43.8);
    assert!(shown(&young, "").contains("PINNED: all requests are meant for 1.8.0; measured: 43.8%"));
    young.shares[0].measured = None;
    assert!(shown(&young, "").contains("all requests are meant for 1.8.0; not measured"));
}

#[test]
fn how_many_users_meet_the_canary_is_said_in_words_and_why_it_differs() {
    let line = shown(&soaking(), "");
    assert!(line.contains("24.6% of requests meet 1.8.0   asked 25%, as 3 of 13 pods"), "{line}");
    let mut skewed = soaking();
    skewed.shares[0].measured = Some(10.0);
    assert!(shown(&skewed, "").contains("its pods would get 23.1%: clients keep older connections open"));
    skewed.step.as_mut().unwrap().soaked = Duration::from_secs(5);
    assert!(shown(&skewed, "").contains("its pods would get 23.1%: the step has just begun"));
    skewed.shares[0].requests = 20;
    assert!(shown(&skewed, "").contains("few requests so far"));
    assert!(shown(&fight(), "").contains("its Service is not pinned to it: users meet the pods of both versions"));
}

#[test]
fn a_latency_under_suspicion_shows_the_share_that_decides() {
    let mut slow = soaking();
    let judgement = &mut slow.rules[1].judgement;
    (judgement.verdict, judgement.suspicion) = (Verdict::Inconclusive, true);
    let evidence = &mut judgement.evidence;
    (evidence.canary, evidence.bad, evidence.requests) = (Some(0.193), 1_032, 12_900);
    (evidence.stable_bad, evidence.stable_requests) = (120, 40_000);
    let table = shown(&slow, "");
    let line = table.lines().find(|line| line.contains(">200ms")).unwrap();
    assert!(words(line).starts_with(">200ms 8.00% 0.30% 5.00% this step: more than the limit"), "{line}");
    slow.rules[1].judgement.evidence.bad = 258;
    assert!(shown(&slow, "").contains("2.00%    0.30%    5.00%  this step: 6.7× stable's, which decides"));
    assert!(!shown(&soaking(), "").contains(">200ms"), "a latency that passes says enough with its value");
}

#[test]
fn what_waits_for_pods_says_how_long_until_when_and_why_not() {
    let shown = shown(&no_room(), "");
    assert!(shown.contains("SCALING 1m20s") && shown.contains("rolls back in 4m53s"), "{shown}");
    assert!(
        words(&shown)
            .contains("3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims found for"),
        "{shown}"
    );
}

#[test]
fn a_rollback_that_stalls_says_what_was_sent_when_it_is_sent_again_and_what_leaving_does() {
    let shown = words(&shown(&api_lost_in_a_rollback(), ""));
    for said in [
        "write scale the canary of checkout to 0: sent 22 times, again and again until it answers; last answer: Connection refused",
        "THE API SERVER DOES NOT ANSWER: until it does, users may still meet the bad version.",
        "Keep this open: it tries again by itself. q would stop it",
        "q leave (this process drives)",
    ] {
        assert!(shown.contains(said), "{said} is missing:\n{shown}");
    }
}

#[test]
fn after_a_rollback_no_share_and_no_verdict_looks_like_one_of_now() {
    let snapshot = phase("rolled-back");
    let shown = shown(&snapshot, "1");
    assert!(shown.contains("evidence of 1m up to the decision, 9s ago"), "{shown}");
    assert!(words(&shown).contains("no request meets 1.8.0 any more") && !shown.contains("asked"), "{shown}");
    assert!(self::shown(&snapshot, "2").contains("at the decision, 9s ago"));
}

#[test]
fn a_share_that_is_not_measured_any_more_is_told_with_its_age() {
    let mut snapshot = soaking();
    snapshot.shares[0].last = Some(ago(185));
    let shown = words(&shown(&snapshot, ""));
    assert!(shown.contains("~24.6% of requests met 1.8.0 3m05s ago"), "{shown}");
    assert!(shown.contains("how many meet it now is not known"), "{shown}");
}

#[test]
fn every_end_says_what_is_needed_or_that_nothing_is() {
    for (phase_name, needed) in [
        ("rolled-back", "Nothing is needed from you: no user meets 1.8.0."),
        ("unproven", "No user meets 1.8.0. Needs you: look at what is not proven."),
        ("promoted", "1.8.0 serves alone; what the notes name is left to you, and nothing else."),
        ("held", "Go on: glidepath attach."),
    ] {
        for size in [(80, 24), (120, 40), (40, 12)] {
            let snapshot = phase(phase_name);
            let frame = frame(&snapshot, &Model::default(), Look::default(), size.0, size.1);
            let shown = words(&text(&frame));
            assert!(shown.contains(needed), "{phase_name} {size:?}: {shown}");
        }
    }
}

#[test]
fn no_line_of_the_checklist_is_cut_at_the_design_size_whatever_else_is_to_be_said() {
    let mut lost = api_lost_in_a_rollback();
    let metrics = lost.sources["api"].clone();
    lost.sources.insert("metrics".to_owned(), metrics);
    lost.rules[0].harm = Some(harm(213, 4_100, 80, 6));
    lost.page = phase("paged").page;
    let rollback = lost.rollback.as_mut().unwrap();
    rollback.cause = "errors failed in this step, and that is worse than 1.5 times stable. ".repeat(6);
    rollback.since = ago(400);
    rollback.writes.push(rollback.writes[0].clone());
    for place in 0..5 {
        rollback.lines[place].why =
            format!("reason {place} of them, which is long enough for two lines of this screen");
    }
    for ended in [false, true] {
        let mut snapshot = lost.clone();
        snapshot.ended = phase("unproven").ended.filter(|_| ended);
        let shown = shown(&snapshot, "");
        for (place, line) in LineKind::ALL.iter().enumerate() {
            assert!(shown.contains(line.words()) && shown.contains(&format!("reason {place} of")), "{line}:\n{shown}");
        }
    }
}

#[test]
fn a_rollback_that_somebody_fights_names_them_until_it_is_through() {
    let mut snapshot = phase("rolling-back");
    let rollback = snapshot.rollback.as_mut().unwrap();
    rollback.fought = Some(Fought { by: "argocd-controller".to_owned(), service: "checkout".to_owned() });
    assert!(!shown(&snapshot, "").contains("PINS"), "the canary is scaled to 0: it is through");
    snapshot.rollback.as_mut().unwrap().lines[0].state = LineState::Waiting;
    let fought = words(&shown(&snapshot, ""));
    let said = "argocd-controller PINS Service checkout TO THE CANARY again and again; it is unpinned each time.";
    assert!(fought.contains(said) && fought.contains("Stop argocd-controller, and it is through."), "{fought}");
    assert!(!fought.contains("othing is needed"), "{fought}");
}

#[test]
fn whoever_ends_with_one_line_open_reads_what_is_to_be_looked_at() {
    let mut snapshot = phase("unproven");
    for (open, needed) in [
        (LineKind::StableCapacity, "No user meets 1.8.0. Needs you: see why 1.7.4 is not at full size."),
        (LineKind::SloInside, "No user meets 1.8.0. Needs you: see whether 1.7.4 serves well, which is not proven."),
    ] {
        for line in &mut snapshot.rollback.as_mut().unwrap().lines {
            line.state = if line.line == open { LineState::Stalled } else { LineState::Done };
        }
        let shown = shown(&snapshot, "");
        assert!(words(&shown).contains(needed), "{needed}");
        // Nothing waits for anything any more.
        assert!(shown.contains(&format!("! {:16} unproven ", open.words())) && !shown.contains("STALLED"), "{shown}");
    }
}

#[test]
fn a_proof_that_takes_long_says_when_it_ends_without_one() {
    let mut snapshot = phase("rolling-back");
    snapshot.rollback.as_mut().unwrap().since = ago(400);
    snapshot.rollback.as_mut().unwrap().limit = Some(now() + Duration::from_secs(200));
    let unsafe_yet = words(&shown(&snapshot, ""));
    let nobody_waits = "14:34:32 UTC (in 3m20s) it proves no more; users may still meet 1.8.0";
    assert!(unsafe_yet.contains(nobody_waits), "{unsafe_yet}");
    snapshot.rollback.as_mut().unwrap().safe_since = Some(ago(390));
    assert!(shown(&snapshot, "").contains("14:34:32 UTC (in 3m20s) it ends not proven; traffic stays on 1.7.4"));
    snapshot.rollback.as_mut().unwrap().limit = None;
    assert!(words(&shown(&snapshot, "")).contains("10m are over: it ends unproven"));
}

#[test]
fn on_a_narrow_screen_weight_and_stable_stay() {
    let snapshot = phase("fight");
    let frame = frame(&snapshot, &Model::default(), Look::default(), 60, 16);
    let shown = text(&frame);
    assert!(shown.contains("100%") && shown.contains("5/5, stands 01:01/10:00"), "{shown}");
    assert!(shown.contains("stable"), "{shown}");
}

#[test]
fn without_colours_a_bar_over_its_limit_is_another_sign() {
    let snapshot = phase("suspicion");
    let over = |palette| {
        let look = Look { theme: Theme::new(palette), ..Look::default() };
        text(&frame(&snapshot, &Model::default(), look, 80, 24)).contains('▓')
    };
    assert!(over(Palette::Mono) && !over(Palette::Default));
}

#[test]
fn a_stage_that_was_given_up_has_not_failed() {
    let mut snapshot = phase("rolled-back");
    snapshot.stages.iter_mut().for_each(|(_, progress)| *progress = Progress::Failed);
    let plan = shown(&snapshot, "6");
    let line = |stage: &str| plan.lines().find(|line| line.contains(stage)).unwrap();
    assert!(line("canary").contains("given up") && !line("canary").contains("FAILED"), "{plan}");
    assert!(line("preflight").contains("FAILED"), "{plan}");
}

#[test]
fn holding_and_suspect_are_blocks_in_every_theme() {
    for palette in [Palette::Default, Palette::Colorblind, Palette::Mono] {
        let look = Look { theme: Theme::new(palette), ..Look::default() };
        let drawn = frame(&suspicion(), &Model::default(), look, 80, 24);
        for word in ["HOLDING", "SUSPICION"] {
            let row = text(&drawn).lines().position(|line| line.contains(word)).unwrap();
            let cells: Vec<_> = drawn.content.chunks(80).nth(row).unwrap().iter().collect();
            let line: Vec<&str> = cells.iter().map(|cell| cell.symbol()).collect();
            let at = (0..80).find(|at| line[*at..].concat().starts_with(word)).unwrap();
            let block = &cells[at..at + word.len()];
            assert!(block.iter().all(|cell| cell.modifier.contains(Modifier::REVERSED | Modifier::BOLD)), "{word}");
        }
    }
}

#[test]
fn a_rule_that_passes_is_no_comfort_on_a_tiny_screen_either() {
    let tiny = text(&frame(&fight(), &Model::default(), Look::default(), 20, 5));
    assert!(tiny.contains("HOLDING") && tiny.contains("argocd") && !tiny.contains("pass"), "{tiny}");
}

#[tokio::test(start_paused = true)]
async fn a_dialog_that_is_cancelled_says_that_nothing_was_done_and_how_it_would_be() {
    for out in ["enter", "esc", "ctrl-c"] {
        let mut seat = Seat::take(suspicion());
        seat.press("r").await;
        seat.sees("Cancel").await;
        seat.press(out).await;
        seat.sees("cancelled: nothing was done; r y rolls back").await;
        seat.sent_nothing();
        // It does not lie over the hints for long.
        seat.sees_no("cancelled").await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_key_was_answered_goes_by_itself_and_what_the_engine_refused_stays() {
    let mut seat = Seat::take(soaking());
    seat.press("enter").await;
    seat.sees("! open: ").await;
    seat.sees_no("! open: ").await;
    seat.press("space").await;
    let command = seat.sent().await;
    seat.answer(&command, Err("a reason"));
    seat.sees("refused: pause: a reason").await;
    tokio::time::advance(Duration::from_secs(60)).await;
    seat.sees("refused: pause: a reason").await;
    seat.press("x").await;
    seat.sees_no("a reason").await;
}

#[test]
fn odds_group_their_digits_so_that_no_number_swallows_the_next() {
    let mut snapshot = crate::snapshots::by_odds();
    let rule = Rule::clone(&snapshot.plan.rules[0]);
    let evidence = &mut snapshot.rules[0].judgement.evidence;
    (evidence.bad, evidence.requests) = (3, 3_328);
    let line = glidepath::core::judge::odds_line(&rule, evidence).unwrap();
    assert!(line.contains("(3 of 3 328)"), "{line}");
}

/// A rollback whose traffic is back, while stable itself is over its target.
fn stable_fails() -> Snapshot {
    let mut snapshot = phase("rolled-back");
    snapshot.ended = None;
    snapshot.mode = Mode::RollingBack;
    let slo =
        snapshot.rollback.as_mut().unwrap().lines.iter_mut().find(|line| line.line == LineKind::SloInside).unwrap();
    slo.state = LineState::Stalled;
    slo.done_at = None;
    slo.why = "errors: 5.1 % failed, the target is 1 %".to_owned();
    snapshot
}

#[test]
fn where_stable_fails_as_well_nobody_is_called_safe_and_what_it_shows_is_said() {
    let snapshot = stable_fails();
    let shown = words(&shown(&snapshot, ""));
    assert!(shown.contains("NO USER MEETS THE CANARY since"), "{shown}");
    let stable = "Traffic is on 1.7.4, WHICH IS NOT PROVEN WELL ITSELF: errors: 5.1 % failed, the target is 1 %.";
    assert!(shown.contains(stable), "{shown}");
    let small = text(&frame(&snapshot, &Model::default(), Look::default(), 40, 12));
    assert!(words(&small).contains("LOOK AT IT: press 2 for the evidence."), "{small}");
    let dialog = words(&self::shown(&snapshot, "q"));
    assert!(dialog.contains("No user meets the canary since"), "{dialog}");
}

#[test]
fn where_no_user_ever_met_it_nobody_is_told_that_they_are_not_safe_or_safe_again() {
    for name in ["rolling-back", "stalled", "rolled-back"] {
        let mut snapshot = phase(name);
        snapshot.rollback.as_mut().unwrap().unmet = true;
        let shown = shown(&snapshot, "");
        assert!(shown.contains(" ✔ NO USER EVER MET THE CANARY\n"), "{shown}");
        assert!(shown.contains("   no pod of it was ever seen Ready, so no Service sent it a request\n"), "{shown}");
        assert!(!shown.contains("SAFE") && !shown.contains("may still meet"), "{shown}");
        for (width, height) in [(60, 16), (40, 12), (20, 5)] {
            let small = text(&frame(&snapshot, &Model::default(), Look::default(), width, height));
            assert!(small.to_lowercase().contains("no user ever met"), "{small}");
        }
    }
    let mut ended = phase("rolled-back");
    ended.rollback.as_mut().unwrap().unmet = true;
    assert!(shown(&ended, "").contains("Nothing is needed from you: no user ever met 1.8.0."));
    let parting = farewell(&ended, ended.ended.as_ref().unwrap());
    assert!(parting.iter().any(|line| line == "  no user ever met the canary"), "{parting:?}");
}

#[test]
fn the_shell_keeps_the_words_of_the_screen_where_stable_fails() {
    let mut snapshot = stable_fails();
    let mut ended = phase("unproven").ended.unwrap();
    ended.proven = false;
    snapshot.ended = Some(ended.clone());
    let lines = farewell(&snapshot, &ended).join("\n");
    assert!(lines.contains("no user meets the canary since"), "{lines}");
    assert!(lines.contains("; stable itself: errors: 5.1 % failed, the target is 1 %"), "{lines}");
    assert!(!lines.contains("safe"), "{lines}");
}

#[test]
fn what_happens_by_itself_does_not_stand_in_the_middle_of_the_sentence() {
    let shown = shown(&no_room(), "");
    let line = shown.lines().find(|line| line.contains("SCALING")).unwrap();
    assert!(line.contains("SCALING 1m20s, else rolls back in 4m53s  0 of 3 canary pods"), "{line}");
}

#[test]
fn the_smallest_screens_keep_what_is_stalled_and_say_what_is_cut() {
    for (width, height) in [(60, 16), (40, 12)] {
        let shown = text(&frame(&phase("stalled"), &Model::default(), Look::default(), width, height));
        assert!(shown.contains("stable full size"), "{width}x{height}:\n{shown}");
        assert!(words(&shown).to_lowercase().contains("press 3 for its pods"), "{width}x{height}:\n{shown}");
        assert!(!shown.lines().rev().nth(1).unwrap().contains("── events"), "{width}x{height}:\n{shown}");
    }
}

#[test]
fn the_exit_code_of_a_rollback_says_whether_it_is_proven() {
    assert!(shown(&phase("rolled-back"), "").contains("3: rolled back, proven"));
    assert!(shown(&phase("unproven"), "").contains("3: rolled back, not proven"));
}

/// The version that serves fails itself, while nothing flies.
fn serves_badly() -> Snapshot {
    let mut snapshot = phase("idle");
    (snapshot.rules, snapshot.shares) = (soaking().rules, soaking().shares);
    let evidence = &mut snapshot.rules[0].judgement.evidence;
    (evidence.canary, evidence.stable, evidence.target) = (None, Some(0.0503), Some(0.01));
    snapshot
}

#[test]
fn a_version_that_fails_its_users_is_no_calm_headline() {
    let shown = shown(&serves_badly(), "");
    assert!(shown.contains("! 1.8.0 FAILS 5.03% OF REQUESTS") && !shown.contains("NOTHING FLIES"), "{shown}");
    assert!(shown.contains("all requests meet 1.8.0: 207 req/s"), "{shown}");
    assert!(self::shown(&phase("idle"), "").contains("NOTHING FLIES"));
}

#[test]
fn where_an_earlier_version_is_brought_back_both_sides_are_called_by_version() {
    let mut snapshot = phase("rolling-back");
    let mut plan = Plan::clone(&snapshot.plan);
    plan.kind = Kind::Restore;
    (plan.from, plan.to) = ("1.7.4".to_owned(), "1.7.3".to_owned());
    snapshot.plan = Arc::new(plan);
    let proof = shown(&snapshot, "");
    assert!(!proof.contains("canary request rate"), "{proof}");
    for said in [
        "proof of the rollback 1.7.4 → 1.7.3 ─",
        "running 9s",
        "1.7.4 request rate 3.0 req/s in the last reading",
        "routes to 1.7.3",
        "1.7.4 gets none",
        "1.7.3 full size",
    ] {
        assert!(proof.contains(said), "{said} is missing:\n{proof}");
    }
    let flight = shown(&snapshot, "1");
    let head = flight.lines().find(|line| line.starts_with(" rule ")).unwrap();
    assert!(head.contains("1.7.3") && head.contains("1.7.4") && !head.contains("canary"), "{flight}");
}

#[test]
fn after_a_rollback_the_plan_keeps_what_passed_and_says_what_was_given_up() {
    let mut snapshot = phase("rolled-back");
    let step = |index: usize, state: StepState| {
        let event = Event::Step { index, weight: 1, state };
        let line = LogLine { at: ago(60), tone: Tone::Plain, text: String::new(), about: None };
        Arc::new(Happening { at: ago(60), event, line })
    };
    snapshot.history = vec![step(1, StepState::Passed), step(2, StepState::Soaking), step(2, StepState::Abandoned)];
    let shown = shown(&snapshot, "6");
    let of =
        |weight: &str| shown.lines().find(|line| line.contains(weight) && line.contains("soak")).unwrap().to_owned();
    assert!(of("  1%").contains("passed"), "{shown}");
    assert!(of(" 10%").contains("given up"), "{shown}");
    assert!(of(" 25%").contains("not flown") && !shown.contains("would notice"), "{shown}");
}

#[test]
fn the_evidence_opens_on_what_is_worst() {
    let mut snapshot = suspicion();
    snapshot.rules.rotate_left(1);
    let shown = shown(&snapshot, "2");
    assert!(shown.contains("errors of checkout, 3 of 3"), "{shown}");
}

#[test]
fn what_stable_does_as_well_is_called_neither_suspect_nor_the_canarys() {
    let mut snapshot = suspicion();
    snapshot.rules[0].judgement.evidence.common = true;
    let shown = shown(&snapshot, "");
    assert!(shown.contains("BOTH BAD") && !shown.contains("SUSPICION"), "{shown}");
}

#[test]
fn since_when_users_are_hurt_and_how_many_requests_is_said_wherever_one_decides() {
    let counted = "104 of 3 930 canary requests failed since 14:29:55 UTC (1m17s)";
    let flight = shown(&suspicion(), "");
    assert!(flight.contains(&format!(" hurt     {counted}")), "{flight}");
    let compared = format!("{counted}; 8 would have at stable's rate");
    assert!(words(&shown(&suspicion(), "r")).contains(&format!("hurt {compared}")));
    let wide = text(&frame(&suspicion(), &Model::default(), Look::default(), 120, 40));
    assert!(wide.contains(&compared), "{wide}");
    let small = text(&frame(&suspicion(), &Model::default(), Look::default(), 40, 12));
    assert!(small.contains("104 of 3 930 failed since 14:29:55"), "{small}");
    // While it is rolled back it goes on; once nobody meets the canary it has an end.
    assert!(shown(&phase("rolling-back"), "").contains("213 of 4 100 canary requests failed since 14:29:52 UTC"));
    assert!(shown(&phase("rolled-back"), "").contains("213 of 4 100 canary requests failed, 14:29:52 to 14:31:06 UTC"));
    let mut blind = phase("rolling-back");
    let (since, retry, why) = (ago(6), now(), "refused".to_owned());
    blind.sources.insert("metrics".to_owned(), Link::Lost { heard: Some(since), since, retry, why });
    let known = "213 of 4 100 canary requests failed, seen 14:29:52 to 14:31:06 UTC";
    assert!(shown(&blind, "").contains(known), "{}", shown(&blind, ""));
    assert!(!shown(&soaking(), "").contains("hurt") && !shown(&soaking(), "r").contains("hurt"));
}

#[test]
fn an_outage_of_everybody_is_not_told_as_one_of_the_canary() {
    let mut snapshot = suspicion();
    let mut common = harm(61, 1_302, 60, 2);
    common.other = Row { n: 11_500, bad: 435, bad_at_most: 435 };
    snapshot.rules[0].harm = Some(common);
    let screen = shown(&snapshot, "");
    assert!(screen.contains("435 of 11 500 stable, 61 of 1 302 canary failed since 14:30:12 UTC"), "{screen}");
    let asked = words(&shown(&snapshot, "r"));
    assert!(
        asked.contains("435 of 11 500 stable and 61 of 1 302 canary requests failed since 14:30:12 UTC"),
        "{asked}"
    );
    assert!(!screen.contains("would have at"), "{screen}");
}

#[test]
fn what_was_there_before_anybody_counted_is_not_said_to_begin_then() {
    let mut snapshot = serves_badly();
    snapshot.rules[0].harm = Some(harm(512, 10_000, 60, 2));
    snapshot.started = ago(65);
    let shown = |snapshot: &Snapshot| shown(snapshot, "");
    let counted = "512 of 10 000 requests to 1.8.0 failed, counted since 14:30:12 UTC";
    assert!(shown(&snapshot).contains(counted), "{}", shown(&snapshot));
    snapshot.started = ago(600);
    let seen_to_begin = "512 of 10 000 requests to 1.8.0 failed since 14:30:12 UTC (1m)";
    assert!(shown(&snapshot).contains(seen_to_begin), "{}", shown(&snapshot));
}

#[test]
fn whoever_brings_an_earlier_version_back_reads_that_it_rolls_back_from_the_first_moment_on() {
    let mut snapshot = phase("rolling-back");
    let mut plan = Plan::clone(&snapshot.plan);
    (plan.kind, plan.from, plan.to) = (Kind::Restore, "1.7.4".to_owned(), "1.7.3".to_owned());
    snapshot.plan = Arc::new(plan);
    let then = ByItself::WaitsOn;
    snapshot.wait = Some(Wait { since: ago(4), until: now() + Duration::from_secs(296), then, lacks: String::new() });
    for mode in [Mode::Starting, Mode::Scaling, Mode::Finishing, Mode::RollingBack] {
        snapshot.mode = mode;
        let shown = shown(&snapshot, "");
        // Nothing happens at the end of this wait: it has no countdown.
        assert!(shown.lines().nth(1).unwrap().trim_end() == " ◀ ROLLING BACK 9s", "{shown}");
        assert!(shown.lines().last().unwrap().contains("q leave (this process drives)"), "{shown}");
        let asked = self::shown(&snapshot, "q");
        assert!(asked.contains("Leave a rollback that is not proven") && !asked.contains("hold here"), "{asked}");
    }
}

#[test]
fn what_nobody_drives_says_so_first_and_nothing_of_it_seems_to_go_on() {
    let mut held = phase("abandoned");
    (held.hold, held.mode) = (suspicion().hold, Mode::Holding);
    held.hold.as_mut().unwrap().until = Some((now() + Duration::from_secs(200), ByItself::RollsBack));
    for (snapshot, was) in [(phase("abandoned"), "It was SOAKING at 25 %"), (held, "It was HOLDING at 25 %: errors is")]
    {
        let full = shown(&snapshot, "");
        let second = full.lines().nth(2).unwrap();
        assert!(second.starts_with(" ! NOBODY DRIVES 2m23s  Nobody judges it, nobody rolls it back."), "{full}");
        assert!(words(&full).contains("t takes over, r rolls back.") && words(&full).contains(was), "{full}");
        assert!(full.contains("soak stands at 04:12 of 10:00"), "{full}");
        let small = text(&frame(&snapshot, &Model::default(), Look::default(), 40, 12));
        assert!(small.lines().nth(1).unwrap().starts_with(" ! NOBODY DRIVES 2m23s"), "{small}");
        assert!(words(&small).contains("t takes over, r rolls back."), "{small}");
        for shown in [full, small] {
            assert!(!shown.contains("by itself") && !shown.contains("rolls back in"), "{shown}");
        }
        // It says so on every view, and in the smallest words.
        assert!(shown(&snapshot, "2").contains(" ! NOBODY DRIVES 2m23s"));
        assert!(text(&frame(&snapshot, &Model::default(), Look::default(), 20, 5)).starts_with("! NOBODY DRIVES"));
    }
}

#[test]
fn a_rollback_that_nobody_drives_does_not_claim_to_go_on_by_itself() {
    let mut snapshot = phase("rolling-back");
    snapshot.driver = phase("abandoned").driver;
    let shown = shown(&snapshot, "");
    let said = "NOBODY DRIVES THIS ROLLBACK, and nothing goes on by itself: r, then y takes the wheel and finishes it.";
    assert!(words(&shown).contains(said), "{shown}");
    assert!(shown.contains(" ! NOBODY DRIVES 2m23s") && !shown.contains("nothing is needed"), "{shown}");
    let hints = shown.lines().last().unwrap();
    assert!(hints.contains("r finish it") && hints.contains("t take over"), "{shown}");
    let flight = self::shown(&snapshot, "1");
    assert!(words(&flight).contains("Nobody finishes this rollback. r takes the wheel and finishes it."), "{flight}");
}

#[test]
fn which_time_the_figures_are_of_is_said_once() {
    let live = shown(&soaking(), "");
    assert!(live.contains("── evidence of the last minute ──"), "{live}");
    let wide = text(&frame(&soaking(), &Model::default(), Look::default(), 120, 40));
    assert!(wide.contains("51 of 207 req/s, 12 900 in this step") && !wide.contains("over 1m"), "{wide}");
    let decided = shown(&phase("rolled-back"), "1");
    assert!(decided.contains("── evidence of 1m up to the decision, 9s ago ──"), "{decided}");
    let evidence = shown(&soaking(), "2");
    assert!(evidence.lines().any(|line| line.starts_with(" last 1m ")), "{evidence}");
}

#[test]
fn a_chart_says_what_its_bars_are_and_what_its_signs_mean() {
    let mut snapshot = soaking();
    let chart = |snapshot: &Snapshot| {
        let shown = text(&frame(snapshot, &after("2", snapshot), Look::default(), 100, 40));
        shown.lines().find(|line| line.contains("a bar every")).unwrap_or_else(|| panic!("{shown}")).trim().to_owned()
    };
    assert_eq!(chart(&snapshot), "failed share of the canary's requests, a bar every 15s   ┄ limit");
    let event = Event::Step { index: 3, weight: 25, state: StepState::Scaling };
    let line = LogLine { at: ago(100), tone: Tone::Plain, text: String::new(), about: None };
    snapshot.history = vec![Arc::new(Happening { at: ago(100), event, line })];
    snapshot.rules[0].trend[20] = None;
    assert!(chart(&snapshot).ends_with("   ┄ limit   ┊ new step   · no value"), "{}", chart(&snapshot));
    snapshot.rules.rotate_left(1);
    snapshot.rules.truncate(1);
    assert!(chart(&snapshot).starts_with("95 % of the canary's requests are faster"), "{}", chart(&snapshot));
    let narrow = text(&frame(&snapshot, &after("2", &snapshot), Look::default(), 60, 30));
    assert!(narrow.contains(" 95 % of the canary's requests are faster\n"), "{narrow}");
}

#[test]
fn the_keys_of_the_views_stay_among_the_hints_at_the_design_size() {
    for (name, snapshot) in crate::snapshots::phases() {
        let shown = shown(&snapshot, "");
        let hints = shown.lines().last().unwrap();
        assert!(hints.ends_with("1-9 views"), "{name}: {hints}");
        for key in ["? all keys", " q "] {
            assert!(hints.contains(key), "{name}: {key} is missing: {hints}");
        }
    }
}

#[test]
fn who_may_bring_nothing_back_is_not_told_of_a_version_before() {
    let mut snapshot = phase("idle");
    assert!(shown(&snapshot, "").contains("1.8.0 serves, before it 1.7.4"));
    let mut plan = Plan::clone(&snapshot.plan);
    plan.to = plan.from.clone();
    (snapshot.plan, snapshot.read_only) = (plan.into(), true);
    let shown = shown(&snapshot, "");
    assert!(shown.contains("1.8.0 serves") && !shown.contains("before it"), "{shown}");
}

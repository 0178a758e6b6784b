//! What a release waits for and what happens next, in sentences; how a hold ends; the wait for pods and its end.

use std::time::Duration;

use crate::core::decide::{CRASHES, Sight, sights};
use crate::core::judge::{about, count};
use crate::core::odds::MOMENT;
use crate::core::picture::{Frame, step, until};
use crate::core::plan::{Kind, Plan};
use crate::core::proof::of_users;
use crate::core::rule::{Action, OddsRule};
use crate::core::snapshot::{ByItself, StepState, Wait};
use crate::core::state::{FinishPart, HoldKind, HoldNow, Phase, PinStop, ReadyWait, State};
use crate::core::text::{begun, plural};
use crate::core::time::{Time, human, roughly};
use crate::core::verdict::{Judgement, Outlook, Verdict};
use crate::core::view::{Link, Track};

/// Farther ahead nobody plans by what the last minute tells.
const FORESEEN: Duration = Duration::from_secs(1_800);

/// What it waits for, and what happens next.
pub(super) fn next(frame: &Frame<'_>, now: Time) -> String {
    let Frame { plan, state, .. } = *frame;
    if let Some(hold) = &state.hold {
        let then = until(frame, hold.since)
            .and_then(|(at, then)| {
                Some(format!(" It {} in {} if nothing changes.", then.words()?, human(at.since(now))))
            })
            .unwrap_or_default();
        return format!("Holding: {}. {}{then}", hold.reason, hold_ends(frame, hold, now));
    }
    if let (Some(pause), true) = (&state.pause, !matches!(state.phase, Phase::RollingBack | Phase::Ended)) {
        return format!(
            "Paused by {} for {}. Judging and automatic rollback go on.",
            pause.by,
            human(now.since(pause.since))
        );
    }
    match &state.phase {
        // There is no way back, or nobody may take it from here.
        Phase::Idle if frame.read_only => format!("Nothing is flying. {} serves.", plan.from),
        Phase::Idle => format!("Nothing is flying. {} serves; r brings {} back.", plan.from, plan.to),
        Phase::Preparing => {
            "Marking the objects and creating the canary without pods; no user meets it yet.".to_owned()
        }
        Phase::Stepping(stepping) => stepping_next(frame, stepping.index, now),
        Phase::Finishing(finishing) => {
            let lacking = wait(frame).map(|wait| format!(" {}.", wait.lacks)).unwrap_or_default();
            format!("{}{lacking}", finishing_next(finishing.part, plan))
        }
        Phase::RollingBack => rolling_back_next(frame),
        Phase::Landing { outcome, why } => format!("Ending {}: {why}.", outcome.word()),
        Phase::Ended => state
            .ended
            .as_ref()
            .map(|ended| format!("Ended: {}. {}.", ended.outcome.word(), ended.why))
            .unwrap_or_default(),
    }
}

fn stepping_next(frame: &Frame<'_>, index: usize, now: Time) -> String {
    let Some(now_step) = step(frame.plan, frame.state, now) else { return String::new() };
    let crashed = crashed(frame).map(|crashed| format!("{crashed} ")).unwrap_or_default();
    let after = match frame.plan.step(index + 1) {
        Some(next) => format!("{} % follows", next.weight),
        None => "then stable is rolled".to_owned(),
    };
    if now_step.state == StepState::Scaling {
        let lacking = wait(frame).map(|wait| format!("{}. ", wait.lacks)).unwrap_or_default();
        return format!("{crashed}{lacking}The soak of {} begins when all are Ready.", human(now_step.soak));
    }
    let left = now_step.soak.saturating_sub(now_step.soaked);
    if left.is_zero() && frame.state.gate_since.is_some() {
        return format!("The soak has passed. Waiting for one person's approval (a); {after}.");
    }
    let soaking = format!("{crashed}Soaking for {} more", human(left));
    if let Link::Lost { since, .. } = frame.metrics {
        // What was counted before still speaks, and soon it is too old for that.
        let old = frame.plan.rules.iter().map(|rule| rule.judge.freshness).min().unwrap_or_default();
        let (holds, away) = (human((since + old).since(now)), human(now.since(since)));
        let blind = human(frame.plan.limits.blind);
        return format!(
            "{soaking}; no metrics for {away}: it holds in {holds} if they stay away, and rolls back {blind} after that."
        );
    }
    let worst = frame
        .state
        .judgements
        .iter()
        .filter(|judgement| judgement.evidence.needs.is_some())
        .max_by_key(|judgement| judgement.evidence.needs);
    let lacks = worst.map(|judgement| lacks(frame.state, judgement)).unwrap_or_default();
    let acting = frame.plan.rules.iter().filter(|rule| rule.strongest() != Action::Note).count();
    let rules = if acting == 1 { "its rule passes".to_owned() } else { format!("all {acting} rules pass") };
    format!("{soaking}; {after} if {rules}.{lacks}")
}

/// How many crashes of new pods there were, and how many make a release go back.
fn crashed(frame: &Frame<'_>) -> Option<String> {
    let crashes = sights(frame.plan, frame.view).iter().map(Sight::crashes).max()?;
    let release = frame.plan.kind == Kind::Release;
    (release && crashes > 0).then(|| format!("Crashed {}; rolls back at once at {CRASHES}.", plural(crashes, "time")))
}

/// What a rule still needs to decide, and how long that takes at the rate of now: ` errors needs 410 more requests, about 3m.`
fn lacks(state: &State, judgement: &Judgement) -> String {
    let more = judgement.evidence.needs.unwrap_or(0);
    let rates = state.evidence.get(&judgement.workload).and_then(|evidence| evidence.rates());
    let when = rates.and_then(|rates| about(more, rates.canary)).map(|span| format!(", about {span}"));
    let requests = if more == 1 { "request" } else { "requests" };
    format!(" {} needs {} more {requests}{}.", judgement.rule, count(more), when.unwrap_or_default())
}

fn finishing_next(part: FinishPart, plan: &Plan) -> &'static str {
    match part {
        FinishPart::AwaitOwner => "Waiting at 100 % for the owner to bring the new image.",
        FinishPart::Roll if plan.kind == Kind::Release => {
            "Rolling stable to the new version while the canary serves everybody."
        }
        FinishPart::Roll => "Rolling the Deployment back to the earlier version.",
        FinishPart::Unpin => "Unpinning the Services; stable must be seen to get their requests.",
        FinishPart::Verify => "Judging all pods of the new version once more before the canary goes.",
        FinishPart::Clean => "Removing the canary and Glidepath's annotations.",
    }
}

fn rolling_back_next(frame: &Frame<'_>) -> String {
    let Some(rollback) = &frame.state.rollback else { return String::new() };
    let open = rollback.lines.iter().find(|line| line.state != crate::core::proof::LineState::Done);
    let unmet = frame.state.unmet;
    let users = begun(&of_users(&rollback.lines, unmet, frame.plan.left_behind()));
    let since = rollback.safe_since.map(|at| format!("{users} since {}. ", at.clock()));
    let safe = if unmet { format!("{users}. ") } else { since.unwrap_or_default() };
    match open {
        Some(line) => {
            format!("{safe}Waiting for \"{}\" of {}: {}.", line.line.words_for(frame.plan), line.workload, line.why)
        }
        None => format!("{safe}Every line is proved; removing the canary and Glidepath's annotations."),
    }
}

/// The wait for pods that goes on now, if one does.
pub(super) fn wait(frame: &Frame<'_>) -> Option<Wait> {
    let Frame { plan, state, view, .. } = *frame;
    let sights = sights(plan, view);
    let (waiting, began, of): (ReadyWait, Time, fn(Track) -> bool) = match &state.phase {
        Phase::Stepping(stepping) => (stepping.waiting, stepping.began, Track::is_beside),
        Phase::Finishing(finishing) if finishing.part == FinishPart::Roll => {
            (finishing.waiting, finishing.since, |track| track == Track::Rolled)
        }
        _ => return None,
    };
    let since = waiting.since?;
    // Behind a pin that leads to no Ready pod nobody is served: that is no wait for pods any more.
    let deserted = |sight: &Sight<'_>| sight.ready(of) == 0 && sight.services().any(|(_, service)| service.pinned);
    if matches!(state.phase, Phase::Stepping(_)) && sights.iter().any(deserted) {
        return None;
    }
    let weight = state.stepping().and_then(|stepping| plan.step(stepping.index)).map(|step| step.weight);
    let baseline = plan.has_baseline() && weight.is_some_and(|weight| weight < 100);
    let wanted = |sight: &Sight<'_>| match weight {
        Some(weight) if baseline => 2 * sight.wanted_canary(weight),
        Some(weight) => sight.wanted_canary(weight),
        None => sight.wanted_stable(),
    };
    let ready: u32 = sights.iter().map(|sight| sight.ready(of)).sum();
    let all: u32 = sights.iter().map(wanted).sum();
    let lacking = sights.iter().find(|sight| sight.ready(of) < sight.plan.enough(wanted(sight)));
    let why = lacking.map(|sight| format!(": {}", sight.trouble(of).trim_end_matches('.'))).unwrap_or_default();
    let release = plan.kind == Kind::Release;
    let then = match (release, &state.phase) {
        (true, _) => ByItself::RollsBack,
        (false, Phase::Stepping(_)) => ByItself::RollsInPlace,
        (false, _) => ByItself::WaitsOn,
    };
    let pods = match weight {
        _ if !release => format!("pods of {}", plan.to),
        Some(_) if baseline => "canary and baseline pods".to_owned(),
        Some(_) => "canary pods".to_owned(),
        None => "new pods".to_owned(),
    };
    Some(Wait {
        since: began,
        until: since + plan.limits.ready,
        then,
        lacks: format!("{ready} of {all} {pods} are Ready{why}"),
    })
}

/// How a hold ends: by itself, and when, or on a person's word alone.
pub(super) fn hold_ends(frame: &Frame<'_>, hold: &HoldNow, now: Time) -> String {
    let by_itself = match hold.key {
        HoldKind::Against => return suspicion_ends(frame, now),
        HoldKind::Fight => return fight_ends(frame),
        HoldKind::Thin => {
            let to = &frame.plan.to;
            return format!("Needs you: r rolls back, u (`glidepath resume`) pins it to {to} again.");
        }
        HoldKind::Foreign => {
            return "Needs you: r rolls back, q and h give way to the change.".to_owned();
        }
        HoldKind::TagMoved => return "Needs you: r rolls back.".to_owned(),
        HoldKind::Unknown => "the data can be judged again",
        HoldKind::Evidence => "the rule passes",
        HoldKind::Pods if is_pinned(frame) => {
            return format!(
                "Rolls back by itself as soon as no pod behind a pinned Service is Ready; goes on {} when all are.",
                goes_on(frame.state)
            );
        }
        HoldKind::Pods => "they are Ready",
        HoldKind::Pins => "the Service is seen to be pinned again",
        HoldKind::Api => "the API server answers",
        HoldKind::Lease => "the lease is renewed",
        HoldKind::Journal => "the journal can be written",
        HoldKind::Warned => "its answer is whole",
        HoldKind::StableData => "stable's metrics are read",
        HoldKind::Gone => "it is back",
        HoldKind::Write => "the write goes through; it is sent again and again",
    };
    format!("Goes on {} when {by_itself}.", goes_on(frame.state))
}

/// Whether a Service sends all its requests to the canary.
fn is_pinned(frame: &Frame<'_>) -> bool {
    sights(frame.plan, frame.view).iter().flat_map(Sight::services).any(|(_, service)| service.pinned)
}

/// How a fight ends: what is put up again while the other side goes on is undone again.
fn fight_ends(frame: &Frame<'_>) -> String {
    let (by, again) = match &frame.state.pins_stopped {
        Some(PinStop::Undone { by, workload }) => (by.as_str(), format!("rolls {workload} again")),
        Some(PinStop::Fight { by, .. }) => (by.as_str(), format!("pins it to {} again", frame.plan.to)),
        Some(PinStop::Thin { .. }) | None => ("whoever it is", "goes on".to_owned()),
    };
    format!("Needs you: r rolls back, u (`glidepath resume`) {again}; that lasts only once {by} is stopped.")
}

/// What lets a release go on where nothing else is in its way: nothing, or the end of a pause.
fn goes_on(state: &State) -> &'static str {
    if state.pause.is_some() { "only after resume," } else { "by itself" }
}

/// When odds that speak against the canary roll it back, as far as anybody can tell.
fn rolls_back(frame: &Frame<'_>, outlook: Option<Outlook>, line: &str, now: Time) -> String {
    let past = format!("Past {line}: rolls back by itself");
    match outlook {
        Some(Outlook::WarmsUp(until)) => {
            format!("{past} in {} if it goes on so: until then it may be warming up", human(until.since(now)))
        }
        Some(Outlook::MayBeABurst) => {
            format!("{past} once it has gone on for longer than one short burst, of up to {}", human(MOMENT))
        }
        Some(Outlook::About(at)) if at.since(now) < FORESEEN => {
            // No sooner than something new is read.
            let left = roughly(at.since(now).max(frame.plan.scrape));
            format!("Rolls back by itself at {line}, at this rate in about {left}")
        }
        Some(Outlook::About(_)) | None => format!("Rolls back by itself at {line}"),
    }
}

/// What becomes of a suspicion: odds say it in odds, and a rule that only holds never rolls back.
fn suspicion_ends(frame: &Frame<'_>, now: Time) -> String {
    let state = frame.state;
    let objects = |judgement: &&Judgement| judgement.suspicion || judgement.verdict == Verdict::Fail;
    let weight = state.stepping().and_then(|stepping| frame.plan.step(stepping.index)).map(|step| step.weight);
    let rules: Vec<_> = frame.plan.rules.iter().filter_map(|rule| rule.at(weight)).collect();
    let against = state.judgements.iter().filter(objects).find_map(|judgement| {
        let rule = rules.iter().find(|rule| rule.name == judgement.rule)?;
        let action = rule.consequence(judgement);
        (action != Action::Note).then(|| (judgement, action, rule.gate().map(|(odds, _)| odds.clone())))
    });
    let odds = |odds: f64| format!("{odds:.0}:1");
    let on = goes_on(state);
    match against {
        Some((judgement, Action::Rollback, Some(OddsRule { rollback, .. }))) if judgement.evidence.common => {
            format!(
                "Rolling back would not help: look at what both versions depend on. Goes on {on} when stable is within the target again; rolls back by itself where \
                 the canary is worse, at {}.",
                odds(rollback)
            )
        }
        Some((judgement, Action::Rollback, Some(OddsRule { rollback, suspicion, .. }))) => {
            let rolls_back = rolls_back(frame, judgement.evidence.outlook, &odds(rollback), now);
            format!("{rolls_back}; goes on {on} below {}.", odds(suspicion))
        }
        Some((_, Action::Rollback, None)) => {
            format!("Rolls back by itself once proven; goes on {on} when the suspicion ends.")
        }
        _ => format!("Goes on {on} when the suspicion ends; does not roll back by itself."),
    }
}

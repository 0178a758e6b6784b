//! From where a release stands to what the fronts show: a pure function, made once a turn.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::core::command::Answer;
use crate::core::decide::{offers, share_by_pods};
use crate::core::event::Event;
use crate::core::judge::{about, count};
use crate::core::plan::{Kind, Plan};
use crate::core::rule::{Action, Sli};
use crate::core::snapshot::{
    Count, Driver, Gate, Happening, Hold, JournalNow, LogLine, Mode, Page, RollbackNow, RuleNow, ShareNow, Sharing,
    Snapshot, StepNow, StepState, Toggle, Unit, WorkloadNow,
};
use crate::core::state::{FinishPart, Phase, State};
use crate::core::time::{Time, human};
use crate::core::verdict::Judgement;
use crate::core::view::{ClusterView, Link, Track, WorkloadView};

/// What the engine adds to where the release stands.
pub struct Frame<'a> {
    /// The plan.
    pub plan: &'a Arc<Plan>,
    /// Where it stands.
    pub state: &'a State,
    /// What is seen.
    pub view: &'a ClusterView,
    /// The metrics source, how it does.
    pub metrics: Link,
    /// Who drives.
    pub driver: Driver,
    /// What happened, in sentences.
    pub log: &'a VecDeque<LogLine>,
    /// The same with all that they say.
    pub history: &'a VecDeque<Arc<Happening>>,
    /// The answers to the newest commands.
    pub answers: &'a VecDeque<Answer>,
    /// The journal's file.
    pub journal: JournalNow,
    /// The fence.
    pub epoch: &'a str,
    /// How the release is shared with other terminals.
    pub sharing: Sharing,
    /// Whether holds never end by themselves.
    pub attended: bool,
    /// Whether every command is refused.
    pub read_only: bool,
}

/// Makes the picture.
pub fn snapshot(frame: &Frame<'_>, now: Time) -> Snapshot {
    let Frame { plan, state, view, .. } = *frame;
    Snapshot {
        at: now,
        started: state.started,
        plan: Arc::clone(plan),
        driver: frame.driver.clone(),
        sources: sources(view, &frame.metrics),
        stages: state.stages.iter().map(|(stage, progress)| (*stage, *progress)).collect(),
        mode: mode(state),
        step: step(plan, state, now),
        pause: pause(state),
        hold: state.hold.as_ref().map(|hold| Hold {
            since: hold.since,
            reason: hold.reason.clone(),
            until: until(frame, hold.since),
        }),
        gate: gate(plan, state),
        shares: plan.workloads.iter().map(|workload| share(frame, &workload.name)).collect(),
        rules: rules(plan, state),
        workloads: plan.workloads.iter().map(|workload| workload_now(frame, &workload.name)).collect(),
        next: next(frame, now),
        log: frame.log.iter().cloned().collect(),
        history: frame.history.iter().cloned().collect(),
        events: view.events.clone(),
        page: page(frame.history),
        rollback: rollback(state, now),
        offers: offers(plan, state, view, frame.epoch, now),
        answers: frame.answers.iter().cloned().collect(),
        power: state.power.clone(),
        cost: (!state.pod_time.span().is_zero()).then(|| state.pod_time.cost(plan)),
        read_only: frame.read_only,
        journal: frame.journal.clone(),
        sharing: frame.sharing.clone(),
        ended: state.ended.clone(),
    }
}

fn sources(view: &ClusterView, metrics: &Link) -> BTreeMap<String, Link> {
    // The worst of the cluster's links stands for the API server: one that is lost hides behind no other.
    let rank = |link: &Link| match link {
        Link::Lost { .. } => 2,
        Link::Connecting { .. } => 1,
        Link::Live { .. } => 0,
    };
    let heard = |link: &Link| match link {
        Link::Live { heard, .. } => Some(*heard),
        _ => None,
    };
    let worst = view.links.values().max_by_key(|link| (rank(link), heard(link)));
    let mut api = worst.cloned().unwrap_or(Link::Connecting { since: Time::default() });
    if let Link::Lost { heard: Some(heard), since, .. } = &mut api {
        // A watch that was quiet was right: what it shows is as old as the silence, not as the last thing that happened.
        *heard = *since;
    }
    BTreeMap::from([("api".to_owned(), api), ("metrics".to_owned(), metrics.clone())])
}

/// What a release is doing, as one word.
pub fn mode(state: &State) -> Mode {
    use crate::core::snapshot::Outcome;
    match &state.phase {
        Phase::Ended => match state.ended.as_ref().map(|ended| ended.outcome) {
            Some(Outcome::Promoted) => Mode::Promoted,
            Some(Outcome::RolledBack) => Mode::RolledBack,
            _ => Mode::Ended,
        },
        Phase::RollingBack | Phase::Landing { .. } => Mode::RollingBack,
        _ if state.hold.is_some() => Mode::Holding,
        _ if state.gate_since.is_some() => Mode::Gated,
        _ if state.pause.is_some() => Mode::Paused,
        Phase::Idle => Mode::Idle,
        Phase::Preparing => Mode::Starting,
        Phase::Finishing(_) => Mode::Finishing,
        Phase::Stepping(stepping) if stepping.soaking_since.is_some() => Mode::Soaking,
        Phase::Stepping(_) => Mode::Scaling,
    }
}

fn step(plan: &Plan, state: &State, now: Time) -> Option<StepNow> {
    let stepping = state.stepping()?;
    let step = plan.step(stepping.index)?;
    let running = stepping.soaking_since.is_some() && !stepping.frozen && state.hold.is_none();
    let since = if running { now.since(stepping.looked) } else { Default::default() };
    Some(StepNow {
        index: stepping.index,
        weight: step.weight,
        state: if stepping.soaking_since.is_some() { StepState::Soaking } else { StepState::Scaling },
        soaked: (stepping.soaked + since).min(step.soak.max(stepping.soaked)),
        soak: step.soak,
        frozen: stepping.frozen && stepping.soaking_since.is_some(),
    })
}

fn pause(state: &State) -> Toggle {
    match &state.pause {
        None => Toggle::Off,
        Some(pause) if pause.settled => Toggle::On { since: pause.since, by: pause.by.clone() },
        Some(pause) => Toggle::Pausing { by: pause.by.clone() },
    }
}

/// When a hold ends by itself, and how.
fn until(frame: &Frame<'_>, since: Time) -> Option<(Time, String)> {
    if let Some(blind) = frame.state.blind_since {
        return Some((blind + frame.plan.limits.blind, "rolls back".to_owned()));
    }
    (!frame.attended).then(|| {
        let what = if frame.plan.on_hold_limit == crate::core::plan::OnHoldLimit::Rollback {
            "rolls back"
        } else {
            "ends held"
        };
        (since + frame.plan.limits.hold, what.to_owned())
    })
}

fn gate(plan: &Plan, state: &State) -> Option<Gate> {
    let stepping = state.stepping()?;
    let asked = plan.step(stepping.index).is_some_and(|step| step.approval)
        && state.approval.is_none()
        && stepping.soaking_since.is_some();
    asked.then(|| Gate {
        kind: "approval".to_owned(),
        needs: "one person's approval".to_owned(),
        since: state.gate_since.unwrap_or(stepping.began),
    })
}

fn share(frame: &Frame<'_>, name: &str) -> ShareNow {
    let weight = frame.state.stepping().and_then(|stepping| frame.plan.step(stepping.index)).map(|step| step.weight);
    let finishing = matches!(frame.state.phase, Phase::Finishing(_));
    let asked = f64::from(weight.unwrap_or(if finishing { 100 } else { 0 }));
    let evidence = frame.state.evidence.get(name);
    let rates = evidence.and_then(|evidence| evidence.rates());
    let total = rates.map(|rates| rates.canary + rates.stable);
    ShareNow {
        workload: name.to_owned(),
        asked,
        expected: expected(frame, name, asked),
        measured: rates
            .filter(|_| total.is_some_and(|total| total > 0.0))
            .map(|rates| 100.0 * rates.canary / (rates.canary + rates.stable)),
        requests: evidence
            .and_then(|evidence| evidence.ledgers.values().map(|ledger| ledger.step.canary.n).max())
            .unwrap_or(0),
        canary_rate: rates.map(|rates| rates.canary),
        total_rate: total,
    }
}

/// What pods make of a weight: 1 % of ten pods is 9.1 %.
fn expected(frame: &Frame<'_>, name: &str, asked: f64) -> f64 {
    if asked <= 0.0 || asked >= 100.0 {
        return asked;
    }
    let stable =
        frame.view.workloads.get(name).and_then(|view| view.stable.as_ref()).map_or(1, |stable| stable.replicas.max(1));
    share_by_pods(asked as u32, stable, frame.plan.has_baseline())
}

fn rules(plan: &Plan, state: &State) -> Vec<RuleNow> {
    let weight = state.stepping().and_then(|stepping| plan.step(stepping.index)).map(|step| step.weight);
    let rule_of = |judgement: &Judgement| plan.rules.iter().find(|rule| rule.name == judgement.rule);
    let one = |judgement: &Judgement| {
        let rule = rule_of(judgement)?.at(weight)?;
        let ledger = state.evidence.get(&judgement.workload).and_then(|evidence| evidence.ledgers.get(&judgement.rule));
        Some(RuleNow {
            judgement: judgement.clone(),
            unit: match rule.sli {
                Sli::Errors { .. } => Unit::Share,
                Sli::Latency { .. } => Unit::Seconds,
                Sli::Memory { .. } => Unit::Bytes,
                Sli::Query { .. } => Unit::Number,
            },
            action: rule.consequence(judgement),
            trend: ledger.map(|ledger| ledger.trend.iter().copied().collect()).unwrap_or_default(),
        })
    };
    state.judgements.iter().filter_map(one).collect()
}

fn workload_now(frame: &Frame<'_>, name: &str) -> WorkloadNow {
    let empty = WorkloadView::default();
    let view = frame.view.workloads.get(name).unwrap_or(&empty);
    let ready = |of: fn(Track) -> bool| {
        view.pods.iter().filter(|pod| of(pod.track) && pod.ready && !pod.terminating).count() as u32
    };
    WorkloadNow {
        name: name.to_owned(),
        canary: Count {
            ready: ready(|track| track == Track::Canary),
            wanted: view.canary.as_ref().map_or(0, |canary| canary.replicas),
        },
        stable: Count {
            ready: ready(|track| !track.is_beside()),
            wanted: view.stable.as_ref().map_or(0, |stable| stable.replicas),
        },
        baseline: view
            .baseline
            .as_ref()
            .map(|baseline| Count { ready: ready(|track| track == Track::Baseline), wanted: baseline.replicas }),
        pinned: view.services.iter().filter(|(_, service)| service.pinned).map(|(name, _)| name.clone()).collect(),
        pods: view.pods.clone(),
    }
}

/// The last call, as far back as what happened is kept.
fn page(history: &VecDeque<Arc<Happening>>) -> Option<Page> {
    history.iter().rev().find_map(|happening| match &happening.event {
        Event::Page { rule, why, .. } => {
            let of = rule.as_ref().map_or_else(String::new, |rule| format!("{rule}: "));
            Some(Page { at: happening.at, why: format!("{of}{why}") })
        }
        _ => None,
    })
}

fn rollback(state: &State, now: Time) -> Option<RollbackNow> {
    let rollback = state.rollback.as_ref()?;
    let rates: Vec<(f64, Time)> = state.evidence.values().filter_map(|evidence| evidence.canary_rate_now()).collect();
    let newest = rates.iter().map(|(_, at)| *at).max();
    Some(RollbackNow {
        cause: rollback.cause.clone(),
        since: rollback.since,
        // Where canary-zero is proved, that proof is the newest word: the last reading may have been of pods that are gone.
        canary_rate: match rollback.safe_since {
            Some(at) => Some((0.0, at)),
            None => newest.map(|at| (rates.iter().map(|(rate, _)| rate).sum(), at)),
        },
        safe_since: rollback.safe_since,
        lost: rollback.lost + rollback.lost_since.map_or_else(Default::default, |since| now.since(since)),
        lines: rollback.lines.clone(),
    })
}

/// What it waits for, and what happens next.
fn next(frame: &Frame<'_>, now: Time) -> String {
    let Frame { plan, state, .. } = *frame;
    if let Some(hold) = &state.hold {
        let then = until(frame, hold.since)
            .map(|(at, what)| format!(" It {what} in {} if nothing changes.", human(at.since(now))))
            .unwrap_or_default();
        return format!("Holding: {}.{then}", hold.reason);
    }
    if let (Some(pause), true) = (&state.pause, !matches!(state.phase, Phase::RollingBack | Phase::Ended)) {
        return format!(
            "Paused by {} for {}. Judging and automatic rollback go on.",
            pause.by,
            human(now.since(pause.since))
        );
    }
    match &state.phase {
        Phase::Idle => format!("Nothing is flying. {} serves; r brings {} back.", plan.from, plan.to),
        Phase::Preparing => {
            "Marking the objects and creating the canary without pods; no user meets it yet.".to_owned()
        }
        Phase::Stepping(stepping) => stepping_next(frame, stepping.index, now),
        Phase::Finishing(finishing) => finishing_next(finishing.part, plan).to_owned(),
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
    let after = match frame.plan.step(index + 1) {
        Some(next) => format!("{} % follows", next.weight),
        None => "then stable is rolled".to_owned(),
    };
    if now_step.state == StepState::Scaling {
        let pods = if frame.plan.has_baseline() && now_step.weight < 100 { "canary and baseline" } else { "canary" };
        return format!("Waiting for {pods} pods to become Ready; the soak of {} begins then.", human(now_step.soak));
    }
    let left = now_step.soak.saturating_sub(now_step.soaked);
    if left.is_zero() && frame.state.gate_since.is_some() {
        return format!("The soak has passed. Waiting for one person's approval (a); {after}.");
    }
    let worst = frame
        .state
        .judgements
        .iter()
        .filter(|judgement| judgement.evidence.needs.is_some())
        .max_by_key(|judgement| judgement.evidence.needs);
    let lacks = worst.map(|judgement| lacks(frame.state, judgement)).unwrap_or_default();
    let acting = frame.plan.rules.iter().filter(|rule| rule.strongest() != Action::Note).count();
    format!("Soaking for {} more; {after} if all {acting} rules pass.{lacks}", human(left))
}

/// What a rule still needs to decide, and how long that takes at the rate of now: ` errors needs 410 more requests, about 3m.`
fn lacks(state: &State, judgement: &Judgement) -> String {
    let more = judgement.evidence.needs.unwrap_or(0);
    let rates = state.evidence.get(&judgement.workload).and_then(|evidence| evidence.rates());
    let when = rates.and_then(|rates| about(more, rates.canary)).map(|span| format!(", about {span}"));
    format!(" {} needs {} more requests{}.", judgement.rule, count(more), when.unwrap_or_default())
}

fn finishing_next(part: FinishPart, plan: &Plan) -> &'static str {
    match part {
        FinishPart::AwaitOwner => "Waiting at 100 % for the owner to bring the new image.",
        FinishPart::Roll if plan.kind == Kind::Release => {
            "Rolling stable to the new version while the canary serves everybody."
        }
        FinishPart::Roll => "Rolling the Deployment back to the earlier version.",
        FinishPart::Unpin => "Taking the pins down; stable must be seen in the slices.",
        FinishPart::Verify => "Judging all pods of the new version once more before the canary goes.",
        FinishPart::Clean => "Taking the canary and our marks away.",
    }
}

fn rolling_back_next(frame: &Frame<'_>) -> String {
    let Some(rollback) = &frame.state.rollback else { return String::new() };
    let open = rollback.lines.iter().find(|line| line.state != crate::core::proof::LineState::Done);
    let safe = rollback.safe_since.map(|at| format!("Users are safe since {}. ", at.clock())).unwrap_or_default();
    match open {
        Some(line) => format!("{safe}Waiting for {} of {}: {}.", line.line, line.workload, line.why),
        None => format!("{safe}Every line is proved; taking the canary and our marks away."),
    }
}

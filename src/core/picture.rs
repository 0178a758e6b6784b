//! From where a release stands to what the fronts show: a pure function, made once a turn.

mod next;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::core::act::Act;
use crate::core::command::Answer;
use crate::core::decide::{offers, share_by_pods};
use crate::core::event::Event;
use crate::core::evidence::Harm;
use crate::core::plan::{Kind, OnHoldLimit, Plan};
use crate::core::proof::{LineKind, LineState};
use crate::core::rule::Sli;
use crate::core::snapshot::{
    ByItself, Count, Driver, Gate, Happening, Hold, JournalNow, LogLine, Mode, Page, RollbackNow, RuleNow, ShareNow,
    Sharing, Snapshot, StepNow, StepState, Toggle, Unit, WorkloadNow, WriteNow, WriteState,
};
use crate::core::state::{Pending, PendingState, Phase, State};
use crate::core::time::Time;
use crate::core::verdict::{DataState, Evidence, Judgement, Verdict};
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
        sources: sources(frame),
        stages: state.stages.iter().map(|(stage, progress)| (*stage, *progress)).collect(),
        mode: mode(state),
        step: step(plan, state, now),
        pause: pause(state),
        hold: state.hold.as_ref().map(|hold| Hold {
            since: hold.since,
            reason: hold.reason.clone(),
            kind: Some(hold.key),
            until: until(frame, hold.since),
            ends: next::hold_ends(frame, hold, now),
        }),
        wait: next::wait(frame),
        gate: gate(plan, state),
        shares: plan.workloads.iter().map(|workload| share(frame, &workload.name, now)).collect(),
        rules: rules(plan, state),
        workloads: plan.workloads.iter().map(|workload| workload_now(frame, &workload.name)).collect(),
        next: next::next(frame, now),
        log: frame.log.iter().cloned().collect(),
        history: frame.history.iter().cloned().collect(),
        events: view.events.clone(),
        page: page(frame.history),
        rollback: rollback(plan, state, now),
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

fn sources(frame: &Frame<'_>) -> BTreeMap<String, Link> {
    let Frame { plan, view, metrics, .. } = frame;
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
    // Where no pod is known to answer with metrics none are asked for, and nobody waits for them.
    let asked = plan.workloads.iter().any(|workload| workload.metrics.is_some());
    let metrics =
        (asked || !matches!(metrics, Link::Connecting { .. })).then(|| ("metrics".to_owned(), metrics.clone()));
    metrics.into_iter().chain([("api".to_owned(), api)]).collect()
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
    let soaking = stepping.soaking_since.is_some();
    // What speaks against the canary makes its soak begin anew, and begin no sooner than that is over.
    let stands = stepping.frozen || (state.hold.is_some() && stepping.soaked < step.soak);
    let since = if soaking && !stands { now.since(stepping.looked) } else { Default::default() };
    Some(StepNow {
        index: stepping.index,
        weight: step.weight,
        state: if soaking { StepState::Soaking } else { StepState::Scaling },
        soaked: (stepping.soaked + since).min(step.soak.max(stepping.soaked)),
        soak: step.soak,
        frozen: soaking && stands,
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
fn until(frame: &Frame<'_>, since: Time) -> Option<(Time, ByItself)> {
    let limits = &frame.plan.limits;
    if let Some(blind) = frame.state.blind_since {
        return Some((blind + limits.blind, ByItself::RollsBack));
    }
    let then = match frame.plan.on_hold_limit {
        OnHoldLimit::Rollback => ByItself::RollsBack,
        OnHoldLimit::Hold => ByItself::EndsHeld,
    };
    (!frame.attended).then(|| (since + limits.hold, then))
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

/// So many readings of the canary may be missing before what was measured is told with its age.
const OLD: u32 = 4;

fn share(frame: &Frame<'_>, name: &str, now: Time) -> ShareNow {
    let weight = frame.state.stepping().and_then(|stepping| frame.plan.step(stepping.index)).map(|step| step.weight);
    // The earlier version that is brought back is the new one here, and stays when it is done.
    let brought_back =
        frame.plan.kind != Kind::Release && matches!(frame.state.phase, Phase::RollingBack | Phase::Ended);
    let finishing = matches!(frame.state.phase, Phase::Finishing(_));
    let asked = f64::from(weight.unwrap_or(if finishing || brought_back { 100 } else { 0 }));
    let evidence = frame.state.evidence.get(name);
    let measured = measured(frame, name, now);
    let total = measured.map(|(canary, stable, _)| canary + stable);
    ShareNow {
        workload: name.to_owned(),
        asked,
        expected: expected(frame, name, asked),
        measured: measured
            .filter(|_| total.is_some_and(|total| total > 0.0))
            .map(|(canary, stable, _)| 100.0 * canary / (canary + stable)),
        requests: evidence
            .and_then(|evidence| evidence.ledgers.values().map(|ledger| ledger.step.canary.n).max())
            .unwrap_or(0),
        canary_rate: measured.map(|(canary, ..)| canary),
        total_rate: total,
        last: measured.and_then(|(.., last)| last),
    }
}

/// Requests a second on canary and stable: what the last minute says; none on a canary that is proved to get none; else what
/// was measured last, and when.
fn measured(frame: &Frame<'_>, name: &str, now: Time) -> Option<(f64, f64, Option<Time>)> {
    let rates = frame.state.evidence.get(name).and_then(|evidence| evidence.rates());
    let known = frame.state.measured.get(name);
    if frame.plan.kind == Kind::Release && is_quiet(frame.state, name) {
        let stable = rates.map(|rates| rates.stable).or(known.map(|known| known.stable));
        return stable.map(|stable| (0.0, stable, None));
    }
    if frame.plan.kind != Kind::Release && is_quiet(frame.state, name) {
        // What the earlier version was brought back from gets nothing any more: all that is measured is its own.
        let all = rates.map(|rates| rates.canary + rates.stable).or(known.map(|known| known.canary + known.stable));
        return all.map(|all| (all, 0.0, None));
    }
    // A minute that ends long ago is not the last one.
    let old = known.and_then(|known| known.newest).is_some_and(|(_, at)| now.since(at) > frame.plan.scrape * OLD);
    let current = rates.filter(|_| !old).map(|rates| (rates.canary, rates.stable, None));
    current.or_else(|| known.map(|known| (known.canary, known.stable, Some(known.at))))
}

/// Whether a workload's canary is proved to get no request.
fn is_quiet(state: &State, name: &str) -> bool {
    let mut lines = state.rollback.iter().flat_map(|rollback| &rollback.lines);
    lines.any(|line| line.line == LineKind::CanaryZero && line.state == LineState::Done && line.workload == name)
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
            judgement: if state.phase == Phase::Idle { of_what_serves(judgement) } else { judgement.clone() },
            unit: match rule.sli {
                Sli::Errors { .. } => Unit::Share,
                Sli::Latency { .. } => Unit::Seconds,
                Sli::Memory { .. } => Unit::Bytes,
                Sli::Query { .. } => Unit::Number,
            },
            action: rule.consequence(judgement),
            trend: ledger.map(|ledger| ledger.trend.iter().copied().collect()).unwrap_or_default(),
            harm: ledger.and_then(|ledger| ledger.harms.now()).filter(|harm| is_told(plan.kind, judgement, harm)),
        })
    };
    state.judgements.iter().filter_map(one).collect()
}

/// Bad requests that are more than a few: the same as make a sample bad.
const SOME: u64 = 5;

/// Whether harm is worth telling: where the rule objects to the canary, or its target is missed now by more than a few requests;
/// of a version that is not judged, where it is more than a few.
fn is_told(kind: Kind, judgement: &Judgement, harm: &Harm) -> bool {
    match kind {
        Kind::Release => {
            let Evidence { canary, target, .. } = judgement.evidence;
            let over = canary.zip(target).is_some_and(|(value, limit)| value > limit);
            judgement.suspicion || judgement.verdict == Verdict::Fail || (over && harm.hurt.bad >= SOME)
        }
        Kind::Restore | Kind::RestoreInPlace => harm.hurt.bad >= SOME,
    }
}

/// The judgement of a rule where nothing flies: of what serves alone, which has all the traffic that it needs.
fn of_what_serves(judgement: &Judgement) -> Judgement {
    let mut judgement = judgement.clone();
    let Evidence { stable: Some(value), target, .. } = judgement.evidence else { return judgement };
    judgement.data = DataState::Ok;
    judgement.verdict = match target {
        Some(limit) if value > limit => Verdict::Fail,
        Some(_) => Verdict::Pass,
        None => Verdict::Inconclusive,
    };
    judgement.evidence.needs = None;
    judgement.evidence.why = String::new();
    judgement
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

fn rollback(plan: &Plan, state: &State, now: Time) -> Option<RollbackNow> {
    let rollback = state.rollback.as_ref()?;
    // One that is proved to get none adds nothing; of the others the oldest reading tells how old the sum is.
    let open = state.measured.iter().filter(|(name, _)| !is_quiet(state, name));
    let rates: Vec<(f64, Time)> = open.filter_map(|(_, measured)| measured.newest).collect();
    let oldest = rates.iter().map(|(_, at)| *at).min();
    let limit = rollback.resumed.unwrap_or(rollback.since) + plan.limits.proof;
    Some(RollbackNow {
        cause: rollback.cause.clone(),
        since: rollback.since,
        // Where canary-zero is proved, that proof is the newest word: the last reading may have been of pods that are gone.
        canary_rate: match rollback.safe_since {
            Some(at) => Some((0.0, at)),
            None => oldest.map(|at| (rates.iter().map(|(rate, _)| rate).sum(), at)),
        },
        safe_since: rollback.safe_since,
        unmet: state.unmet,
        limit: rollback.closed.is_none().then_some(limit),
        lost: rollback.lost + rollback.lost_since.map_or_else(Default::default, |since| now.since(since)),
        lines: rollback.lines.clone(),
        fought: rollback.fought.clone(),
        writes: writes(plan, state),
    })
}

/// The writes that are wanted and not seen yet, with what became of them so far.
fn writes(plan: &Plan, state: &State) -> Vec<WriteNow> {
    let one = |(act, pending): (&Act, &Pending)| WriteNow {
        what: act.words(plan),
        tries: pending.tries,
        why: pending.why.clone(),
        state: match pending.state {
            PendingState::Flying => WriteState::Sent,
            PendingState::Confirmed { .. } => WriteState::Confirmed,
            PendingState::Again { at } => WriteState::Again { at },
        },
    };
    state.pending.iter().map(one).collect()
}

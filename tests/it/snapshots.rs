//! Snapshots made by hand: one release in every phase, and a nine-workload application, for whatever shows them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use glidepath::core::evidence::{Harm, Row};
use glidepath::core::plan::{Finish, Kind, Limits, OnHoldLimit, Plan, ServicePlan, Stage, Step, Workload};
use glidepath::core::power::{Lacks, Power};
use glidepath::core::proof::{LineKind, LineState, ProofLine};
use glidepath::core::rule::{Action, MemoryTarget, Rule, Sli};
use glidepath::core::snapshot::{
    ByItself, Count, Driver, Ended, Gate, Hold, JournalNow, LogLine, Mode, Offer, Outcome, Page, Progress, RollbackNow,
    RuleNow, ShareNow, Snapshot, StepNow, StepState, Toggle, Tone, Unit, Wait, WorkloadNow, WriteNow, WriteState,
};
use glidepath::core::state::HoldKind;
use glidepath::core::time::Time;
use glidepath::core::verdict::{DataState, Evidence, Judgement, Verdict};
use glidepath::core::view::{ClusterEvent, Link, PodView, Track};

/// Who drives, as engine 1.
pub fn driver(who: &str, here: bool, heard: Time) -> Driver {
    Driver { who: who.to_owned(), here, heard, silent_since: None, last_word: None, epoch: 1 }
}

/// The moment of all snapshots: 14:31:12 UTC.
pub fn now() -> Time {
    Time::parse("2025-11-23T14:31:12Z").unwrap()
}

pub fn ago(seconds: u64) -> Time {
    now() - Duration::from_secs(seconds)
}

/// Every phase by its name.
pub fn phases() -> Vec<(&'static str, Snapshot)> {
    vec![
        ("starting", starting()),
        ("scaling", scaling()),
        ("no-room", no_room()),
        ("fight", fight()),
        ("api-lost-in-a-rollback", api_lost_in_a_rollback()),
        ("soaking", soaking()),
        ("beside-a-baseline", beside_a_baseline()),
        ("rising-memory", rising_memory()),
        ("suspicion", suspicion()),
        ("too-little-traffic", with_data(DataState::TooLittleTraffic)),
        ("no-data", with_data(DataState::NoData)),
        ("stale", with_data(DataState::Stale)),
        ("nan", with_data(DataState::Nan)),
        ("source-down", with_data(DataState::SourceDown)),
        ("ambiguous", with_data(DataState::Ambiguous)),
        ("swapped", with_data(DataState::Swapped)),
        ("unpaired", with_data(DataState::Unpaired)),
        ("gated", gated()),
        ("pausing", pausing()),
        ("paused", paused()),
        ("finishing", finishing()),
        ("breach", breach()),
        ("rolling-back", rolling_back()),
        ("paged", paged()),
        ("stalled", stalled()),
        ("rolled-back", rolled_back()),
        ("unproven", unproven()),
        ("promoted", promoted()),
        ("held", held()),
        ("api-lost", api_lost()),
        ("crash-loop", crash_loop()),
        ("observing", observing()),
        ("abandoned", abandoned()),
        ("idle", idle()),
        ("nine", nine()),
        ("nine-rolling-back", nine_rolling_back()),
    ]
}

pub fn phase(name: &str) -> Snapshot {
    phases().into_iter().find(|(known, _)| *known == name).unwrap().1
}

fn step(weight: u32) -> Step {
    Step { weight, soak: Duration::from_secs(600), approval: weight == 50 }
}

fn rule(name: &str, sli: Sli) -> Rule {
    Rule { odds: None, ..Rule::of(name, sli) }
}

pub fn workload(name: &str) -> Workload {
    Workload {
        name: name.to_owned(),
        uid: format!("uid-{name}"),
        canary: format!("{name}-canary"),
        baseline: None,
        replicas: 10,
        max_unavailable: 0,
        services: vec![ServicePlan { name: name.to_owned(), settle: Duration::from_secs(2), settle_why: None }],
        images: Vec::new(),
        stable_template: serde_json::Value::Null,
        canary_template: serde_json::Value::Null,
        hpa: None,
        metrics: None,
        quiet_paths: Vec::new(),
    }
}

pub fn plan(workloads: &[&str]) -> Plan {
    Plan {
        release: "checkout-1-8-0-k3v9".to_owned(),
        hash: "5f0c".repeat(16),
        kind: Kind::Release,
        context: "prod-eu".to_owned(),
        namespace: "shop".to_owned(),
        application: "checkout".to_owned(),
        production: true,
        from: "1.7.4".to_owned(),
        to: "1.8.0".to_owned(),
        workloads: workloads.iter().map(|name| workload(name)).collect(),
        steps: [1, 10, 25, 50, 100].map(step).to_vec(),
        rules: vec![
            rule("errors", Sli::Errors { target: 0.01 }),
            rule("p95", Sli::Latency { quantile: 0.95, bound: 0.2 }),
            rule("memory", Sli::Memory { target: MemoryTarget::OfLimit(0.8) }),
        ],
        signals: Default::default(),
        limits: Limits::default(),
        scrape: Duration::from_secs(15),
        finish: Finish::Roll,
        on_hold_limit: OnHoldLimit::Hold,
        cost: None,
        told: vec![
            "1 % of 10 pods is 1 of 11: users will see 9.1 %".to_owned(),
            "HorizontalPodAutoscaler checkout counts canary pods: its minimum is raised from 4 to 10 for the flight"
                .to_owned(),
        ],
        afterwards: Vec::new(),
    }
}

pub fn pod(name: &str, track: Track, age: u64) -> PodView {
    PodView {
        uid: format!("uid-{name}"),
        name: name.to_owned(),
        track,
        ready: true,
        ready_since: Some(ago(age)),
        created: ago(age),
        terminating: false,
        restarts: 0,
        oom_kills: 0,
        reason: "Running".to_owned(),
        message: None,
        node: Some("ip-10-0-42-17.eu-central-1.compute.internal".to_owned()),
        ip: Some("10.0.42.99".to_owned()),
        image_ids: Default::default(),
        memory_limit: Some(1 << 30),
        set: String::new(),
        containers: Vec::new(),
    }
}

fn canary_pods(workload: &str) -> Vec<PodView> {
    ["x2k9p", "7hw2q", "pl8rt"]
        .iter()
        .map(|end| pod(&format!("{workload}-canary-6456f8d9c55-{end}"), Track::Canary, 252))
        .collect()
}

fn stable_pods(workload: &str) -> Vec<PodView> {
    (0..10u64).map(|n| pod(&format!("{workload}-5d9c7b6f4d-b8t{n}p"), Track::Stable, 86_400 * 3 + n * 61)).collect()
}

pub fn workload_now(name: &str) -> WorkloadNow {
    WorkloadNow {
        name: name.to_owned(),
        canary: Count { ready: 3, wanted: 3 },
        stable: Count { ready: 10, wanted: 10 },
        baseline: None,
        pinned: Vec::new(),
        pods: canary_pods(name).into_iter().chain(stable_pods(name)).collect(),
    }
}

const MI: f64 = 1024.0 * 1024.0;

fn gauge(workload: &str, name: &str, unit: Unit, canary: f64, stable: f64, target: f64) -> RuleNow {
    let trend = (0..24u32).map(|n| Some(canary * (0.9 + 0.02 * f64::from(n % 7)))).collect();
    RuleNow {
        judgement: Judgement {
            rule: name.to_owned(),
            workload: workload.to_owned(),
            verdict: Verdict::Pass,
            data: DataState::Ok,
            suspicion: false,
            evidence: Evidence {
                canary: Some(canary),
                stable: Some(stable),
                target: Some(target),
                requests: 12_900,
                bad: 26,
                stable_requests: 39_400,
                stable_bad: 80,
                newest: Some(ago(4)),
                why: "26 of 12900 requests failed".to_owned(),
                ..Evidence::default()
            },
        },
        unit,
        action: Action::Rollback,
        trend,
        harm: None,
    }
}

pub fn gauges(workload: &str) -> Vec<RuleNow> {
    vec![
        gauge(workload, "errors", Unit::Share, 0.0021, 0.002, 0.01),
        gauge(workload, "p95", Unit::Seconds, 0.082, 0.079, 0.2),
        gauge(workload, "memory", Unit::Bytes, 312.0 * MI, 308.0 * MI, 819.2 * MI),
    ]
}

pub fn share(workload: &str) -> ShareNow {
    ShareNow {
        workload: workload.to_owned(),
        asked: 25.0,
        expected: 23.1,
        measured: Some(24.6),
        requests: 12_900,
        canary_rate: Some(51.0),
        total_rate: Some(207.0),
        last: None,
    }
}

fn log(lines: &[(u64, Tone, &str)]) -> Vec<LogLine> {
    lines
        .iter()
        .map(|(age, tone, text)| LogLine { at: ago(*age), tone: *tone, text: (*text).to_owned(), about: None })
        .collect()
}

fn offers() -> Vec<Offer> {
    let offer = |command: &str, lines: &[(&str, &str)]| Offer {
        command: command.to_owned(),
        would: Ok(lines.iter().map(|(label, text)| ((*label).to_owned(), (*text).to_owned())).collect()),
        acts: Vec::new(),
    };
    let refuse =
        |command: &str, why: &str| Offer { command: command.to_owned(), would: Err(why.to_owned()), acts: Vec::new() };
    vec![
        refuse("approve", "no gate is open; the one after step 4 (50 %) asks for an approval"),
        offer(
            "promote",
            &[
                ("path", "scale checkout-canary 3 → 10 (one write); Services are not touched"),
                ("skips", "05:48 of soak"),
                ("users", "24.6 % of requests are on the canary now, about 50 % after it"),
            ],
        ),
        offer("promote --full", &[("path", "scale checkout-canary 3 → 10, then pin Service checkout to it")]),
        offer("pause", &[("then", "the weight stays; judging and automatic rollback go on")]),
        refuse("resume", "it is not paused"),
        offer(
            "rollback",
            &[
                ("path", "scale checkout-canary 3 → 0 (one write); Services are not touched"),
                ("safe", "10 of 10 stable pods are ready; with all traffic each gets 21 requests/s"),
                ("users", "24.6 % of requests are on the canary (51 requests/s), until about 4 s on"),
                ("after", "the canary is deleted (3 pods); HPA minimum back to 4"),
                ("gates", "no approval, window or freeze stops a rollback"),
            ],
        ),
        offer("hold", &[("then", "the weight stays, nobody drives until somebody resumes it")]),
        refuse("skip-settle", "nothing is being rolled back"),
    ]
}

fn live() -> BTreeMap<String, Link> {
    let link = |age| Link::Live { heard: ago(age), revision: 1 };
    BTreeMap::from([("api".to_owned(), link(2)), ("metrics".to_owned(), link(4))])
}

/// The step of 25 %, in the middle of its soak, and all is well.
pub fn soaking() -> Snapshot {
    Snapshot {
        at: now(),
        started: ago(1_540),
        plan: Arc::new(plan(&["checkout"])),
        driver: driver("dana@example.com", true, now()),
        sources: live(),
        stages: vec![
            (Stage::Governance, Progress::Passed),
            (Stage::Preflight, Progress::Passed),
            (Stage::Package, Progress::Skipped),
            (Stage::Canary, Progress::Started),
            (Stage::Deploy, Progress::Waiting),
            (Stage::Validation, Progress::Waiting),
            (Stage::Report, Progress::Waiting),
        ],
        mode: Mode::Soaking,
        step: Some(StepNow {
            index: 2,
            weight: 25,
            state: StepState::Soaking,
            soaked: Duration::from_secs(252),
            soak: Duration::from_secs(600),
            frozen: false,
        }),
        pause: Toggle::Off,
        hold: None,
        wait: None,
        gate: None,
        shares: vec![share("checkout")],
        rules: gauges("checkout"),
        workloads: vec![workload_now("checkout")],
        next: "Soaking for 5m48s more; 50 % follows if all 3 rules pass.".to_owned(),
        log: log(&[
            (1_540, Tone::Plain, "release of checkout 1.7.4 → 1.8.0 begins"),
            (1_532, Tone::Plain, "step 1 of 5: 1 %: canary pods are starting"),
            (1_521, Tone::Plain, "step 1 of 5: 1 %: soaking"),
            (921, Tone::Good, "step 1 of 5 passed: 1 %"),
            (910, Tone::Plain, "step 2 of 5: 10 %: soaking"),
            (310, Tone::Good, "step 2 of 5 passed: 10 %"),
            (300, Tone::Person, "dana@example.com: promote: the soak is not waited out"),
            (252, Tone::Plain, "step 3 of 5: 25 %: soaking"),
        ]),
        history: Vec::new(),
        events: vec![ClusterEvent {
            at: ago(255),
            about: "Pod/checkout-canary-6456f8d9c55-x2k9p".to_owned(),
            reason: "Unhealthy".to_owned(),
            text: "Readiness probe failed: HTTP probe failed with statuscode: 503".to_owned(),
            warning: true,
        }],
        page: None,
        rollback: None,
        offers: offers(),
        answers: Vec::new(),
        sharing: Default::default(),
        read_only: false,
        journal: JournalNow { path: "~/.local/state/glidepath/checkout-1-8-0-k3v9.jsonl".to_owned(), trouble: None },
        power: (0..5).flat_map(|step| [power(step, false), power(step, true)]).collect(),
        cost: None,
        ended: None,
    }
}

/// What a step can prove; the fourth cannot tell five times as many errors from chance.
fn power(step: usize, slow: bool) -> Power {
    let weight = [1, 10, 25, 50, 100][step];
    let soak = Duration::from_secs(600);
    let lacks = (step == 3 && !slow).then_some(Lacks { soak: Some(soak * 4), weight: None });
    Power {
        workload: "checkout".to_owned(),
        rule: if slow { "p95" } else { "errors" }.to_owned(),
        slow,
        step,
        weight,
        share: f64::from(weight),
        soak,
        rps: 207.0,
        requests: 1_242 * u64::from(weight),
        base: 0.002,
        assumed: false,
        wanted: 5.0,
        notices: Some(if lacks.is_some() { 25.0 } else { 3.0 }),
        lacks,
    }
}

/// The same with a baseline to compare with, one pod of which is not Ready.
pub fn beside_a_baseline() -> Snapshot {
    let mut snapshot = soaking();
    let mut plan = Plan::clone(&snapshot.plan);
    plan.workloads[0].baseline = Some("checkout-baseline".to_owned());
    snapshot.plan = plan.into();
    let workload = &mut snapshot.workloads[0];
    workload.baseline = Some(Count { ready: 2, wanted: 3 });
    let young = ["4kq7d", "b2m9x", "zz5tn"];
    let young = young.map(|end| pod(&format!("checkout-baseline-7d4f9c66b8-{end}"), Track::Baseline, 252));
    workload.pods.edit(|pods| pods.extend(young));
    workload.pods.edit(|pods| {
        let sick = pods.iter_mut().rfind(|pod| pod.track == Track::Baseline).expect("one of them");
        (sick.ready, sick.message) = (false, Some("Readiness probe failed: HTTP 503".to_owned()));
    });
    snapshot.rules.iter_mut().for_each(|rule| rule.judgement.evidence.baseline = true);
    snapshot
}

pub fn starting() -> Snapshot {
    let mut snapshot = soaking();
    snapshot.mode = Mode::Starting;
    snapshot.started = ago(6);
    snapshot.step = None;
    snapshot.shares = vec![ShareNow {
        asked: 0.0,
        expected: 0.0,
        measured: None,
        requests: 0,
        canary_rate: None,
        total_rate: None,
        ..share("checkout")
    }];
    snapshot.rules.clear();
    snapshot.workloads[0].canary = Count::default();
    snapshot.workloads[0].pods.edit(|pods| pods.retain(|pod| pod.track == Track::Stable));
    snapshot.next = "Marking the objects and creating the canary without pods; no user meets it yet.".to_owned();
    snapshot.log = log(&[(6, Tone::Plain, "release of checkout 1.7.4 → 1.8.0 begins")]);
    snapshot
}

pub fn scaling() -> Snapshot {
    let mut snapshot = soaking();
    snapshot.mode = Mode::Scaling;
    let step = snapshot.step.as_mut().unwrap();
    step.state = StepState::Scaling;
    step.soaked = Duration::ZERO;
    snapshot.workloads[0].canary.ready = 1;
    snapshot.workloads[0].pods.edit(|pods| {
        for pod in &mut pods[1..3] {
            pod.ready = false;
            pod.created = ago(7);
            pod.reason = "ContainerCreating".to_owned();
        }
    });
    let lacks = "1 of 3 canary pods are Ready: checkout-canary-6456f8d9c55-7hw2q ContainerCreating".to_owned();
    snapshot.next = format!("{lacks}. The soak of 10m begins when all are Ready.");
    snapshot.wait =
        Some(Wait { since: ago(19), until: now() + Duration::from_secs(293), then: ByItself::RollsBack, lacks });
    snapshot
}

/// No node has room for the canary's pods.
pub fn no_room() -> Snapshot {
    let mut snapshot = scaling();
    let why = "0/3 nodes are available: 3 Insufficient cpu. preemption: 0/3 nodes are available: 3 No preemption victims \
               found for incoming pod.";
    snapshot.workloads[0].canary = Count { ready: 0, wanted: 3 };
    snapshot.workloads[0].pods.edit(|pods| {
        for pod in &mut pods[..3] {
            pod.ready = false;
            pod.created = ago(80);
            pod.reason = "Pending".to_owned();
            pod.message = Some(why.to_owned());
        }
    });
    let wait = snapshot.wait.as_mut().unwrap();
    wait.since = ago(80);
    wait.lacks = format!("0 of 3 canary pods are Ready: checkout-canary-6456f8d9c55-x2k9p Pending: {why}");
    snapshot.next = format!("{} The soak of 10m begins when all are Ready.", wait.lacks);
    snapshot
}

/// A GitOps controller takes the pin away, and the release holds.
pub fn fight() -> Snapshot {
    let mut snapshot = finishing();
    let step = StepNow {
        index: 4,
        weight: 100,
        state: StepState::Soaking,
        soaked: Duration::from_secs(61),
        soak: Duration::from_secs(600),
        frozen: true,
    };
    snapshot.step = Some(step);
    snapshot.workloads = vec![workload_now("checkout")];
    snapshot.workloads[0].canary = Count { ready: 10, wanted: 10 };
    let share = &mut snapshot.shares[0];
    (share.measured, share.canary_rate) = (Some(51.6), Some(106.0));
    hold(
        &mut snapshot,
        HoldKind::Fight,
        "argocd-controller unpins Service checkout again and again, so we pin it no more: users meet both 1.7.4 (10 \
         pods) and 1.8.0 (10 pods)",
        None,
        "Needs you: r rolls back, u (`glidepath resume`) pins it to 1.8.0 again; that lasts only once argocd-controller \
         is stopped.",
    );
    let rollback = snapshot.offers.iter_mut().find(|offer| offer.command == "rollback").unwrap();
    rollback.would.as_mut().unwrap().insert(
        3,
        (
            "fight".to_owned(),
            "argocd-controller unpinned Service checkout 3 times and may pin it again: it is unpinned again, without limit; \
             the rollback goes on all the same"
                .to_owned(),
        ),
    );
    snapshot
}

/// A rollback was decided just before the API server went away.
pub fn api_lost_in_a_rollback() -> Snapshot {
    let mut snapshot = breach();
    let why = "the API server does not answer for 16s (pods: Connection refused (os error 111))";
    snapshot.sources.insert(
        "api".to_owned(),
        Link::Lost {
            heard: Some(ago(20)),
            since: ago(20),
            retry: now() + Duration::from_secs(10),
            why: "Connection refused (os error 111)".to_owned(),
        },
    );
    let rollback = snapshot.rollback.as_mut().unwrap();
    rollback.since = ago(20);
    rollback.canary_rate = Some((47.0, ago(20)));
    rollback.lost = Duration::from_secs(20);
    for line in &mut rollback.lines {
        (line.state, line.why) = (LineState::Stalled, why.to_owned());
    }
    rollback.writes = vec![WriteNow {
        what: "scale the canary of checkout to 0".to_owned(),
        tries: 22,
        why: Some("Connection refused (os error 111)".to_owned()),
        state: WriteState::Again { at: now() + Duration::from_secs(1) },
    }];
    snapshot
}

fn hold(snapshot: &mut Snapshot, kind: HoldKind, reason: &str, until: Option<u64>, ends: &str) {
    snapshot.mode = Mode::Holding;
    snapshot.hold = Some(Hold {
        since: ago(41),
        reason: reason.to_owned(),
        kind: Some(kind),
        until: until.map(|seconds| (now() + Duration::from_secs(seconds), ByItself::RollsBack)),
        ends: ends.to_owned(),
    });
    let then = until.map(|_| " It rolls back in 4m19s if nothing changes.").unwrap_or_default();
    snapshot.next = format!("Holding: {reason}. {ends}{then}");
    snapshot.log.push(LogLine { at: ago(41), tone: Tone::Warn, text: format!("holding: {reason}"), about: None });
}

/// So many of the canary's requests failed, from so long ago until so long ago.
pub fn harm(bad: u64, n: u64, since: u64, until: u64) -> Harm {
    let row = |n: u64, bad: u64| Row { n, bad, bad_at_most: bad };
    Harm { since: ago(since), until: ago(until), hurt: row(n, bad), other: row(3 * n, 3 * n / 500), excess: bad as f64 }
}

pub fn suspicion() -> Snapshot {
    let mut snapshot = soaking();
    let errors = &mut snapshot.rules[0];
    errors.harm = Some(harm(104, 3_930, 77, 4));
    errors.judgement.verdict = Verdict::Inconclusive;
    errors.judgement.suspicion = true;
    errors.judgement.evidence.canary = Some(0.011);
    errors.judgement.evidence.bad = 142;
    errors.judgement.evidence.why =
        "the canary fails 5.4 times as often as stable; 1 bad sample of the 2 in a row that make a breach".to_owned();
    errors.trend =
        [0.1, 0.1, 0.12, 0.2, 0.11, 0.12, 0.3, 0.5, 0.8, 1.1].iter().map(|percent| Some(percent / 100.0)).collect();
    if let Some(step) = &mut snapshot.step {
        (step.soaked, step.frozen) = (Duration::ZERO, true);
    }
    hold(
        &mut snapshot,
        HoldKind::Against,
        "errors is suspect: the canary fails 5.4 times as often as stable",
        None,
        "Rolls back by itself once proven; goes on by itself when the suspicion ends.",
    );
    snapshot
}

/// The same, judged by odds: the line that the documentation shows.
pub fn by_odds() -> Snapshot {
    let mut snapshot = suspicion();
    let mut plan = Plan::clone(&snapshot.plan);
    plan.rules[0] = Rule::of("errors", Sli::Errors { target: 0.01 });
    snapshot.plan = plan.into();
    let evidence = &mut snapshot.rules[0].judgement.evidence;
    (evidence.requests, evidence.bad) = (1_472, 16);
    (evidence.stable_requests, evidence.stable_bad) = (145_800, 291);
    (evidence.odds, evidence.rollback_at) = (Some(610_f64.ln()), Some(1_000_f64.ln()));
    evidence.why = "odds 610:1 that it is worse than 1.5× stable".to_owned();
    snapshot
}

/// Held because the first rule's data is in this state.
pub fn with_data(data: DataState) -> Snapshot {
    let mut snapshot = soaking();
    let judgement = &mut snapshot.rules[0].judgement;
    judgement.data = data;
    judgement.verdict = Verdict::NoData;
    let evidence = &mut judgement.evidence;
    let why = match data {
        DataState::TooLittleTraffic => {
            judgement.verdict = Verdict::Inconclusive;
            evidence.requests = 120;
            evidence.bad = 0;
            evidence.canary = Some(0.0);
            evidence.needs = Some(179);
            "needs 179 more requests on the canary to pass".to_owned()
        }
        DataState::NoData => {
            evidence.canary = None;
            evidence.newest = None;
            "checkout-canary-6456f8d9c55-x2k9p exposes no request counter that is known".to_owned()
        }
        DataState::Stale => {
            evidence.newest = Some(ago(74));
            "no metrics of checkout-canary-6456f8d9c55-x2k9p: last read 1m14s ago".to_owned()
        }
        DataState::Nan => {
            evidence.canary = Some(f64::NAN);
            "checkout-canary-6456f8d9c55-x2k9p answers with values that are not numbers".to_owned()
        }
        DataState::SourceDown => {
            evidence.newest = Some(ago(48));
            "no metrics of checkout-canary-6456f8d9c55-x2k9p: connection refused (last read 48s ago)".to_owned()
        }
        DataState::Ambiguous => {
            judgement.verdict = Verdict::Inconclusive;
            "inconclusive: add a bucket at 0.2, where none ends now".to_owned()
        }
        DataState::Swapped => {
            judgement.verdict = Verdict::Inconclusive;
            "the canary has 76.2 % of the requests where the pods make 23.1 %".to_owned()
        }
        DataState::Unpaired => {
            judgement.verdict = Verdict::Inconclusive;
            (evidence.stable_requests, evidence.stable_bad, evidence.stable) = (0, 0, None);
            "none of stable's 10 pods can be read, so there is nothing to compare the canary with: \
             checkout-7d4b9c6f85-2k8xm: connection refused (last read 48s ago)"
                .to_owned()
        }
        DataState::Ok => "it is judged".to_owned(),
    };
    evidence.why = why.clone();
    if data == DataState::SourceDown {
        snapshot.sources.insert(
            "metrics".to_owned(),
            Link::Lost {
                heard: Some(ago(48)),
                since: ago(40),
                retry: now() + Duration::from_secs(5),
                why: "error sending request: connection refused".to_owned(),
            },
        );
    }
    if data == DataState::TooLittleTraffic {
        snapshot.next =
            "Soaking for 5m48s more; 50 % follows if all 3 rules pass. errors needs 179 more requests.".to_owned();
        return snapshot;
    }
    if data.stops_soak() {
        snapshot.step.as_mut().unwrap().frozen = true;
    }
    let until = data.is_blind().then_some(259);
    let ends = "Goes on by itself when the data can be judged again.";
    hold(&mut snapshot, HoldKind::Unknown, &format!("errors: {why}"), until, ends);
    snapshot
}

pub fn gated() -> Snapshot {
    let mut snapshot = soaking();
    snapshot.mode = Mode::Gated;
    let step = snapshot.step.as_mut().unwrap();
    step.index = 3;
    step.weight = 50;
    step.soaked = step.soak;
    snapshot.gate =
        Some(Gate { kind: "approval".to_owned(), needs: "one person's approval".to_owned(), since: ago(95) });
    snapshot.next = "The soak has passed. Waiting for one person's approval (a); 100 % follows.".to_owned();
    snapshot.log.push(LogLine {
        at: ago(95),
        tone: Tone::Warn,
        text: "waits for one person's approval".to_owned(),
        about: None,
    });
    snapshot.offers[0].would = Ok(vec![
        ("then".to_owned(), "the step is left when every rule passes; worst verdict now: pass".to_owned()),
        ("path".to_owned(), "pin Service checkout to the canary: all users meet 1.8.0".to_owned()),
    ]);
    snapshot
}

pub fn pausing() -> Snapshot {
    let mut snapshot = soaking();
    snapshot.pause = Toggle::Pausing { by: "dana@example.com".to_owned() };
    snapshot
}

pub fn paused() -> Snapshot {
    let mut snapshot = soaking();
    snapshot.mode = Mode::Paused;
    snapshot.pause = Toggle::On { since: ago(125), by: "dana@example.com".to_owned() };
    for offer in &mut snapshot.offers {
        match offer.command.as_str() {
            "pause" => offer.would = Err("it is paused already".to_owned()),
            "resume" => offer.would = Ok(vec![("then".to_owned(), "the release advances again".to_owned())]),
            _ => {}
        }
    }
    snapshot.next = "Paused by dana@example.com for 2m05s. Judging and automatic rollback go on.".to_owned();
    snapshot
}

pub fn finishing() -> Snapshot {
    let mut snapshot = soaking();
    snapshot.mode = Mode::Finishing;
    snapshot.step = None;
    snapshot.shares[0] = ShareNow {
        asked: 100.0,
        expected: 100.0,
        measured: Some(100.0),
        canary_rate: Some(207.0),
        ..share("checkout")
    };
    snapshot.workloads[0].pinned = vec!["checkout".to_owned()];
    snapshot.workloads[0].canary = Count { ready: 10, wanted: 10 };
    snapshot.workloads[0].stable = Count { ready: 7, wanted: 10 };
    snapshot.workloads[0].pods.edit(|pods| {
        for pod in &mut pods[3..6] {
            pod.track = Track::Rolled;
            pod.created = ago(20);
            pod.name = pod.name.replace("5d9c7b6f4d", "79f4b9d8c6");
        }
    });
    snapshot.workloads[0].pods.edit(|pods| pods[6].terminating = true);
    snapshot.next = "Rolling stable to the new version while the canary serves everybody.".to_owned();
    snapshot
}

/// The moment in which a breach is seen and the rollback is decided.
pub fn breach() -> Snapshot {
    let mut snapshot = rolling_back();
    let errors = &mut snapshot.rules[0];
    errors.judgement.verdict = Verdict::Fail;
    errors.judgement.evidence.canary = Some(0.052);
    errors.judgement.evidence.why = "5.2 % of 4100 requests failed, stable 0.20 %; the target is 1 %".to_owned();
    snapshot.rollback.as_mut().unwrap().lines.iter_mut().for_each(|line| {
        line.state = LineState::Waiting;
        line.done_at = None;
        line.why = "the write is under way".to_owned();
    });
    snapshot.rollback.as_mut().unwrap().since = now();
    snapshot.rollback.as_mut().unwrap().canary_rate = None;
    snapshot.rollback.as_mut().unwrap().safe_since = None;
    snapshot
}

fn line(kind: LineKind, workload: &str, state: LineState, done_after: Option<u64>, why: &str) -> ProofLine {
    ProofLine {
        line: kind,
        workload: workload.to_owned(),
        state,
        why: why.to_owned(),
        done_at: done_after.map(|millis| ago(9) + Duration::from_millis(millis)),
    }
}

fn proof(workload: &str) -> Vec<ProofLine> {
    vec![
        line(LineKind::Accepted, workload, LineState::Done, Some(110), "the canary was scaled to 0"),
        line(LineKind::Observed, workload, LineState::Done, Some(240), "Service checkout routes to stable pods alone"),
        line(LineKind::CanaryZero, workload, LineState::Waiting, None, "1 of 3 canary pods is still going"),
        line(LineKind::StableCapacity, workload, LineState::Done, Some(240), "10 of 10 ready"),
        line(LineKind::SloInside, workload, LineState::Waiting, None, "errors 0.31 % and falling, two more samples"),
    ]
}

pub fn rolling_back() -> Snapshot {
    let mut snapshot = soaking();
    snapshot.rules[0].harm = Some(harm(213, 4_100, 80, 6));
    snapshot.mode = Mode::RollingBack;
    snapshot.step = None;
    refuse_all(&mut snapshot, "it is being rolled back");
    snapshot.workloads[0].canary = Count { ready: 0, wanted: 0 };
    snapshot.workloads[0].pods.edit(|pods| {
        for pod in &mut pods[..3] {
            pod.ready = false;
            pod.terminating = true;
        }
    });
    snapshot.rollback = Some(RollbackNow {
        unmet: false,
        fought: None,
        cause: "errors: 5.2 % of 4100 requests failed, stable 0.20 %; the target is 1 %".to_owned(),
        since: ago(9),
        canary_rate: Some((3.0, ago(2))),
        safe_since: None,
        limit: Some(ago(9) + Duration::from_secs(600)),
        lost: Duration::ZERO,
        lines: proof("checkout"),
        writes: Vec::new(),
    });
    snapshot.next = "Waiting for \"canary gets none\" of checkout: 1 of 3 canary pods is still going.".to_owned();
    snapshot.log.extend(log(&[
        (9, Tone::Bad, "errors: breach: 5.2 % of 4100 requests failed, stable 0.20 %"),
        (9, Tone::Bad, "rolling back: errors: 5.2 % of 4100 requests failed, stable 0.20 %; the target is 1 %"),
        (8, Tone::Good, "proved after 110ms: canary to 0: the canary was scaled to 0"),
        (8, Tone::Good, "proved after 240ms: routes to stable: Service checkout routes to stable pods alone"),
    ]));
    snapshot
}

/// The same where somebody was called for it.
pub fn paged() -> Snapshot {
    let mut snapshot = rolling_back();
    let why =
        "errors: P0: 31 % of the canary's requests failed (412 of 1330), stable 0.21 %; the target is 1.0 %".to_owned();
    snapshot.page = Some(Page { at: ago(12), why });
    snapshot
}

pub fn stalled() -> Snapshot {
    let mut snapshot = rolling_back();
    snapshot.workloads[0].stable.ready = 9;
    snapshot.workloads[0].pods.edit(|pods| {
        pods.drain(..3);
        pods[4].ready = false;
        pods[4].message = Some("Readiness probe failed: HTTP probe failed with statuscode: 503".to_owned());
    });
    let rollback = snapshot.rollback.as_mut().unwrap();
    rollback.canary_rate = Some((0.0, ago(6)));
    rollback.safe_since = Some(ago(6));
    let share = &mut snapshot.shares[0];
    (share.asked, share.expected, share.measured, share.canary_rate) = (0.0, 0.0, Some(0.0), Some(0.0));
    let rollback = snapshot.rollback.as_mut().unwrap();
    rollback.lines[2] = line(
        LineKind::CanaryZero,
        "checkout",
        LineState::Done,
        Some(3_100),
        "no canary pod exists any more; the last request was seen after 2.9 s",
    );
    rollback.lines[3] = line(
        LineKind::StableCapacity,
        "checkout",
        LineState::Stalled,
        None,
        "9 of 10: checkout-5d9c…b8t4p is not ready, the probe says 503",
    );
    snapshot.next = "Users are safe since 14:31:06. Waiting for \"stable full size\" of checkout: 9 of 10: checkout-5d9c…b8t4p is not ready, the probe says 503.".to_owned();
    snapshot
}

fn refuse_all(snapshot: &mut Snapshot, why: &str) {
    for offer in &mut snapshot.offers {
        offer.would = Err(why.to_owned());
    }
}

fn end(snapshot: &mut Snapshot, outcome: Outcome, proven: bool, why: &str, notes: &[&str]) {
    snapshot.mode = match outcome {
        Outcome::Promoted => Mode::Promoted,
        Outcome::RolledBack => Mode::RolledBack,
        _ => Mode::Ended,
    };
    snapshot.step = None;
    refuse_all(snapshot, "this release has ended");
    snapshot.ended = Some(Ended {
        outcome,
        proven,
        exit_code: outcome.exit_code(),
        why: why.to_owned(),
        notes: notes.iter().map(|note| (*note).to_owned()).collect(),
        nothing_flew: false,
    });
    snapshot.next = format!("Ended: {}. {why}.", outcome.word());
}

pub fn rolled_back() -> Snapshot {
    let mut snapshot = stalled();
    snapshot.workloads[0].stable.ready = 10;
    snapshot.workloads[0].pods.edit(|pods| pods[4].ready = true);
    snapshot.workloads[0].pods.edit(|pods| pods[4].message = None);
    let rollback = snapshot.rollback.as_mut().unwrap();
    rollback.lines[3] = line(LineKind::StableCapacity, "checkout", LineState::Done, Some(5_000), "10 of 10 ready");
    rollback.lines[4] =
        line(LineKind::SloInside, "checkout", LineState::Done, Some(8_400), "errors 0.20 %, p95 79ms, memory 308Mi");
    end(&mut snapshot, Outcome::RolledBack, true, "errors: 5.2 % of 4100 requests failed, stable 0.20 %", &[]);
    snapshot
}

pub fn unproven() -> Snapshot {
    let mut snapshot = stalled();
    end(
        &mut snapshot,
        Outcome::RolledBack,
        false,
        "errors: 5.2 % of 4100 requests failed, stable 0.20 %",
        &[
            "\"stable full size\" of checkout is not proven: 9 of 10 pods are ready",
            "look at Pod checkout-5d9c7b6f4d-b8t4p",
        ],
    );
    snapshot
}

pub fn promoted() -> Snapshot {
    let mut snapshot = soaking();
    snapshot.workloads[0].canary = Count::default();
    snapshot.workloads[0].pods.edit(|pods| {
        pods.drain(..3);
    });
    snapshot.workloads[0].pods.edit(|pods| {
        for pod in &mut pods[..] {
            pod.track = Track::Rolled;
            pod.name = pod.name.replace("5d9c7b6f4d", "79f4b9d8c6");
            pod.created = ago(180);
        }
    });
    snapshot.log.extend(log(&[(2, Tone::Good, "ended: promoted: every step passed")]));
    let owner = "Argo CD brings Deployment checkout to what its source says: change it there too, or what ran \
                 before comes back";
    Arc::make_mut(&mut snapshot.plan).afterwards = vec![owner.to_owned()];
    end(&mut snapshot, Outcome::Promoted, true, "every step passed and all 10 pods of checkout run 1.8.0", &[owner]);
    snapshot
}

pub fn held() -> Snapshot {
    let mut snapshot = with_data(DataState::TooLittleTraffic);
    end(
        &mut snapshot,
        Outcome::Held,
        false,
        "errors needs 179 more requests on the canary; nobody was there for 15m",
        &["go on with: glidepath attach", "or bring traffic back with: glidepath rollback"],
    );
    snapshot
}

pub fn api_lost() -> Snapshot {
    let mut snapshot = breach();
    let why = "tcp connect error: connection refused (os error 111)";
    let lost = |since| Link::Lost {
        heard: Some(ago(since + 8)),
        since: ago(since),
        retry: now() + Duration::from_secs(1),
        why: why.to_owned(),
    };
    snapshot.sources = BTreeMap::from([("api".to_owned(), lost(40)), ("metrics".to_owned(), lost(40))]);
    let rollback = snapshot.rollback.as_mut().unwrap();
    rollback.since = ago(40);
    rollback.lost = Duration::from_secs(40);
    rollback.lines.iter_mut().for_each(|line| {
        line.state = LineState::Stalled;
        line.why = format!("the API server does not answer: {why}");
    });
    snapshot.next =
        "Waiting for \"canary to 0\" of checkout: the API server does not answer. It is tried every second.".to_owned();
    snapshot
}

pub fn crash_loop() -> Snapshot {
    let mut snapshot = scaling();
    snapshot.workloads[0].canary.ready = 0;
    snapshot.workloads[0].pods.edit(|pods| {
        for pod in &mut pods[..3] {
            pod.ready = false;
            pod.created = ago(190);
            pod.restarts = 5;
            pod.reason = "CrashLoopBackOff".to_owned();
            pod.message = Some("back-off 1m20s restarting failed container=app".to_owned());
        }
    });
    snapshot.workloads[0].pods.edit(|pods| pods[7].restarts = 1);
    snapshot.workloads[0].pods.edit(|pods| pods[7].oom_kills = 1);
    snapshot.shares[0].measured = None;
    snapshot.shares[0].canary_rate = Some(0.0);
    snapshot
}

/// Every rule passes, and one of them has something to say.
pub fn rising_memory() -> Snapshot {
    let mut snapshot = soaking();
    let memory = snapshot.rules.iter_mut().find(|rule| rule.judgement.rule == "memory").unwrap();
    let evidence = &mut memory.judgement.evidence;
    let mib = |mib: f64| Some(mib * 1_048_576.0);
    (evidence.canary, evidence.stable, evidence.target) = (mib(392.0), mib(118.0), mib(461.0));
    evidence.notable = true;
    evidence.why =
        "392Mi of at most 461Mi, 3.3× stable's, rises by 19Mi a minute, over its target in about 4m and at the container's limit in about 7m: it may be \
                    warming up, so that is not judged yet"
            .to_owned();
    snapshot
}

pub fn observing() -> Snapshot {
    let mut snapshot = soaking();
    snapshot.driver = driver("sam@example.com", false, ago(2));
    snapshot
}

pub fn abandoned() -> Snapshot {
    let mut snapshot = observing();
    (snapshot.driver.heard, snapshot.driver.silent_since) = (ago(143), Some(ago(143)));
    snapshot
}

pub fn idle() -> Snapshot {
    let mut snapshot = soaking();
    let mut plan = plan(&["checkout"]);
    plan.kind = Kind::Restore;
    (plan.from, plan.to) = ("1.8.0".to_owned(), "1.7.4".to_owned());
    snapshot.plan = Arc::new(plan);
    snapshot.mode = Mode::Idle;
    snapshot.step = None;
    refuse_all(&mut snapshot, "nothing is flying");
    snapshot.offers.retain(|offer| offer.command != "rollback");
    snapshot.offers.push(Offer {
        command: "rollback".to_owned(),
        would: Ok(vec![(
            "path".to_owned(),
            "bring 1.7.4 back: start it beside at full size, pin the Services to it (they send it every request), roll the \
             Deployment back, unpin"
                .to_owned(),
        )]),
        acts: Vec::new(),
    });
    snapshot.rules.clear();
    snapshot.shares.clear();
    snapshot.log.clear();
    snapshot.workloads[0].canary = Count::default();
    snapshot.workloads[0].pods.edit(|pods| {
        pods.drain(..3);
    });
    snapshot.next = "Nothing is flying. 1.8.0 serves; r brings 1.7.4 back.".to_owned();
    snapshot
}

pub const NINE: [&str; 9] = [
    "eval-engine",
    "insight-engine",
    "cognitive",
    "mcp-server",
    "orchestration",
    "dashboard-api",
    "dashboard-ui",
    "rag",
    "gateway",
];

pub fn nine() -> Snapshot {
    let mut snapshot = suspicion();
    let mut plan = plan(&NINE);
    plan.application = "tars".to_owned();
    snapshot.plan = Arc::new(plan);
    snapshot.shares = NINE.iter().map(|name| share(name)).collect();
    let suspect = snapshot.rules[0].clone();
    snapshot.rules = NINE.iter().flat_map(|name| gauges(name)).collect();
    snapshot.rules[12] = suspect;
    snapshot.rules[12].judgement.workload = "orchestration".to_owned();
    snapshot.rules[20].judgement.data = DataState::NoData;
    snapshot.rules[20].judgement.verdict = Verdict::NoData;
    snapshot.rules[20].judgement.evidence.why =
        "dashboard-ui-canary-6456f8d9c55-x2k9p exposes no memory gauge that is known".to_owned();
    snapshot.workloads = NINE.iter().map(|name| workload_now(name)).collect();
    snapshot.workloads[7].canary.ready = 2;
    snapshot.workloads[7].pods.edit(|pods| pods[1].ready = false);
    snapshot.workloads[7].pods.edit(|pods| pods[1].reason = "CrashLoopBackOff".to_owned());
    snapshot.workloads[7].pods.edit(|pods| pods[1].restarts = 2);
    snapshot.workloads[7]
        .pods
        .edit(|pods| pods[1].message = Some("back-off 20s restarting failed container=app".to_owned()));
    snapshot
}

pub fn nine_rolling_back() -> Snapshot {
    let mut snapshot = nine();
    let rolling = stalled();
    refuse_all(&mut snapshot, "it is being rolled back");
    snapshot.mode = Mode::RollingBack;
    snapshot.step = None;
    snapshot.hold = None;
    let mut rollback = rolling.rollback.unwrap();
    rollback.safe_since = None;
    rollback.lines = NINE.iter().flat_map(|name| proof(name)).collect();
    rollback.lines[13] = line(
        LineKind::StableCapacity,
        "cognitive",
        LineState::Stalled,
        None,
        "9 of 10: cognitive-5d9c…b8t4p is not ready, the probe says 503",
    );
    snapshot.rollback = Some(rollback);
    snapshot.next = "Waiting for \"canary gets none\" of eval-engine: 1 of 3 canary pods is still going.".to_owned();
    snapshot
}

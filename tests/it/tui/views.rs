//! The views under the tabs: what each shows at the sizes that matter, and the keys that lead to them and through them.

use std::sync::Arc;
use std::time::Duration;

use glidepath::core::event::{EffectState, Event};
use glidepath::core::inquiry::{Ask, Fact, LogNews, News, Part, Question, Recorded, Sheet, Told};
use glidepath::core::snapshot::{Happening, LogLine, Snapshot, StepState, Tone};
use glidepath::core::usage::{Spent, Usage};
use glidepath::core::verdict::{DataState, Verdict};
use glidepath::core::view::{ClusterEvent, ContainerView, Link, Track};
use glidepath::tui::detail::{Detail, PodPage};
use glidepath::tui::hear::hear;
use glidepath::tui::look::Look;
use glidepath::tui::model::Model;
use glidepath::tui::picture::text;
use glidepath::tui::view::View;

use super::screens::{at, styles};
use super::seat::Seat;
use super::{after, frame};
use crate::snapshots::{ago, by_odds, crash_loop, nine, now, phase, soaking, suspicion};

/// A snapshot with what the views show beside the flight: ReplicaSets, containers, and a journal.
pub fn rich(mut snapshot: Snapshot) -> Snapshot {
    for workload in &mut snapshot.workloads {
        workload.pods.edit(|pods| {
            for pod in pods {
                pod.set =
                    if pod.track == Track::Canary { "checkout-canary-6456f8d9c55" } else { "checkout-5d9c7b6f4d" }
                        .into();
                let crashed = pod.reason == "CrashLoopBackOff";
                let container = |name: &str, state: &str| ContainerView {
                    name: name.to_owned(),
                    ready: !crashed,
                    restarts: pod.restarts,
                    state: state.to_owned(),
                    last: (pod.restarts > 0).then(|| "OOMKilled, exit code 137".to_owned()),
                };
                let state = if crashed { "CrashLoopBackOff" } else { "running" };
                pod.containers = vec![container("app", state)];
            }
        });
    }
    let happening = |seconds: u64, tone: Tone, text: &str, event: Event| {
        let line = LogLine { at: ago(seconds), tone, text: text.to_owned(), about: None };
        Arc::new(Happening { at: ago(seconds), event, line })
    };
    let step = |seconds, index: usize, weight, state, text: &str| {
        happening(seconds, Tone::Plain, text, Event::Step { index, weight, state })
    };
    let evidence = Box::new(snapshot.rules.first().map(|rule| rule.judgement.evidence.clone()).unwrap_or_default());
    snapshot.history = vec![
        step(1_532, 1, 1, StepState::Scaling, "step 1 of 5: 1 %: canary pods are starting"),
        step(910, 2, 10, StepState::Scaling, "step 2 of 5: 10 %: canary pods are starting"),
        happening(
            300,
            Tone::Person,
            "dana@example.com: promote: the soak is not waited out",
            Event::Command {
                command: "promote".to_owned(),
                by: "dana@example.com".to_owned(),
                reason: None,
                accepted: true,
                why: "the soak is not waited out".to_owned(),
            },
        ),
        step(255, 3, 25, StepState::Scaling, "step 3 of 5: 25 %: canary pods are starting"),
        happening(
            252,
            Tone::Warn,
            "failed: scale the canary of checkout to 3: admission webhook \"quota\" denied the request",
            Event::Effect {
                what: "scale the canary of checkout to 3".to_owned(),
                workload: "checkout".to_owned(),
                state: EffectState::Failed,
                why: Some("admission webhook \"quota\" denied the request".to_owned()),
            },
        ),
        happening(
            41,
            Tone::Warn,
            "errors: suspicion: the canary fails 5.4 times as often as stable",
            Event::Verdict {
                rule: "errors".to_owned(),
                workload: "checkout".to_owned(),
                verdict: Verdict::Inconclusive,
                data: DataState::Ok,
                suspicion: true,
                evidence,
            },
        ),
    ];
    snapshot
}

fn told(model: &mut Model, news: News) {
    hear(model, Told { number: model.asked, at: ago(2), news });
}

fn sheet() -> Sheet {
    let part = |title: &str, lines: Vec<Fact>| Part { title: title.to_owned(), lines };
    Sheet {
        parts: vec![
            part(
                "pod",
                vec![Fact::new("phase", "Running"), Fact::new("node", "ip-10-0-42-17.eu-central-1.compute.internal")],
            ),
            part(
                "container app",
                vec![
                    Fact::odd_if("state", "CrashLoopBackOff: back-off 1m20s restarting failed container=app", true),
                    Fact::odd_if("restarts", "5", true),
                    Fact::odd_if("before", "OOMKilled, exit code 137, 10s ago", true),
                ],
            ),
            part("conditions", vec![Fact::odd_if("Ready", "False, ContainersNotReady, since 3m10s ago", true)]),
            part("labels", vec![Fact::new("app.kubernetes.io/name", "checkout")]),
        ],
    }
}

fn log_lines(count: usize) -> LogNews {
    LogNews::Lines((1..=count).map(|n| format!("14:31:{:02} level=info msg=\"request {n} served\"", n % 60)).collect())
}

fn recorded() -> Vec<Recorded> {
    let one = |release: &str, versions: &str, outcome: Option<&str>, age: u64| Recorded {
        release: release.to_owned(),
        place: "prod-eu · shop / checkout".to_owned(),
        versions: versions.to_owned(),
        started: ago(age + 600),
        outcome: outcome.map(str::to_owned),
        last: ago(age),
        path: format!("~/.local/state/glidepath/{release}.jsonl"),
    };
    vec![
        one("checkout-1-8-0-k3v9", "1.7.4 → 1.8.0", None, 4),
        one("checkout-1-7-4-b7x2", "1.7.3 → 1.7.4", Some("promoted"), 86_400),
        one("checkout-1-7-3-p0aa", "1.7.2 → 1.7.3", Some("rolled-back, proven"), 172_800),
    ]
}

/// What the pods of a crash loop use.
fn usage() -> Usage {
    let spent =
        |pod: &str, cpu, memory: u64| (pod.to_owned(), vec![("app".to_owned(), Spent { cpu, memory: memory << 20 })]);
    let crashed = crash_loop();
    let pods = crashed.workloads.iter().flat_map(|workload| &workload.pods);
    pods.map(|pod| spent(&pod.name, 26, 118)).collect()
}

/// Every view with something to see in it.
pub fn shown() -> Vec<(&'static str, Snapshot, Model)> {
    let crashed = rich(crash_loop());
    let flying = rich(suspicion());
    let lost = rich(phase("source-down"));
    let odds = rich(by_odds());
    let with = |keys: &str, snapshot: &Snapshot, news: Vec<News>| {
        let mut model = after(keys, snapshot);
        news.into_iter().for_each(|news| told(&mut model, news));
        model
    };
    let logged = |news| News::Logged { pod: "checkout-canary-6456f8d9c55-x2k9p".to_owned(), news };
    let first_run = LogNews::Trouble("it has not run before, or that log is no longer kept".to_owned());
    let unreadable = [first_run, LogNews::Ended].map(logged).into();
    vec![
        ("evidence", flying.clone(), with("2", &flying, vec![])),
        ("evidence-of-odds", odds.clone(), with("2", &odds, vec![])),
        ("evidence-source-down", lost.clone(), with("2", &lost, vec![])),
        ("evidence-of-nine", nine(), with("2 j j", &nine(), vec![])),
        ("pods", crashed.clone(), with("3", &crashed, vec![News::Used(Ok(usage()))])),
        ("pods-filter", crashed.clone(), with("3 / c r a s h", &crashed, vec![])),
        ("page", crashed.clone(), with("3 enter", &crashed, vec![News::Described(Ok(sheet()))])),
        ("logs-stopped", crashed.clone(), with("3 L", &crashed, vec![logged(log_lines(90))])),
        ("logs-unreadable", crashed.clone(), with("3 L b", &crashed, unreadable)),
        ("events", flying.clone(), with("4 j", &flying, vec![])),
        ("journal", flying.clone(), with("5", &flying, vec![])),
        ("plan", flying.clone(), with("6", &flying, vec![])),
        ("proof-before", flying.clone(), with("7", &flying, vec![])),
        ("releases", flying.clone(), with("8 j", &flying, vec![News::Releases(Ok(recorded()))])),
    ]
    .into_iter()
    .map(|(name, snapshot, mut model)| {
        if name == "logs-stopped" {
            let Some(Detail::Logs(pane)) = &mut model.detail else { panic!("a log is open") };
            pane.scroll(12);
            pane.take("checkout-canary-6456f8d9c55-x2k9p", log_lines(3));
        }
        (name, snapshot, model)
    })
    .collect()
}

#[test]
fn every_view_at_the_sizes_that_matter() {
    for (name, snapshot, model) in shown() {
        let design = frame(&snapshot, &model, Look::default(), 80, 24);
        let mut all = format!("80x24\n{}\nstyles\n{}\n", text(&design), styles(&design));
        for (width, height) in [(200, 60), (40, 12)] {
            all += &at(&snapshot, &model, width, height);
        }
        insta::assert_snapshot!(format!("view-{name}"), all);
    }
}

#[test]
fn a_digit_leads_to_each_view_and_esc_leads_out() {
    let snapshot = rich(suspicion());
    for (digit, view) in (1..).zip(View::ALL) {
        let model = after(&digit.to_string(), &snapshot);
        let shown = glidepath::tui::update::shown(&model, &snapshot);
        assert_eq!(shown, view);
        assert_eq!(after(&format!("{digit} esc"), &snapshot).view, View::Now);
    }
    assert_eq!(after("2 tab", &snapshot).view, View::Pods);
    for view in View::ALL {
        let name: String = view.name().chars().map(|letter| format!("{letter} ")).collect();
        let model = after(&format!("2 : {name} enter"), &snapshot);
        assert_eq!(glidepath::tui::update::shown(&model, &snapshot), view);
    }
}

#[test]
fn the_view_that_is_shown_is_told_without_colour() {
    let snapshot = rich(suspicion());
    for (digit, name) in [("2", "[2 evidence]"), ("3", "[3 pods]"), ("8", "[8 releases]")] {
        for (width, height) in [(80, 24), (40, 12)] {
            let shown = at(&snapshot, &after(digit, &snapshot), width, height);
            assert!(shown.contains(name), "{shown}");
        }
    }
}

#[test]
fn a_filter_takes_letters_that_are_commands_elsewhere_and_a_rollback_goes_through() {
    let snapshot = rich(crash_loop());
    let typed = after("3 / r q", &snapshot);
    assert_eq!((typed.filter(View::Pods), typed.modal.is_none()), ("rq", true));
    assert!(after("3 / r ctrl-r", &snapshot).modal.is_some());
    let kept = after("3 / c r a s h enter", &snapshot);
    assert_eq!((kept.filter(View::Pods), kept.typing), ("crash", false));
    assert!(at(&snapshot, &kept, 80, 24).contains("3 pods"));
    assert_eq!(after("3 / c r esc", &snapshot).filter(View::Pods), "");
    assert!(at(&snapshot, &after("3 / ! c r a s h", &snapshot), 80, 24).contains("10 pods"));
}

#[test]
fn pods_in_trouble_come_first_with_their_containers_and_stale_ones_say_so() {
    let mut snapshot = rich(crash_loop());
    let shown = at(&snapshot, &after("3", &snapshot), 120, 40);
    assert!(shown.contains("app  CrashLoopBackOff, 5 restarts; before: OOMKilled, exit code 137"), "{shown}");
    let link = Link::Lost { heard: Some(ago(40)), since: ago(40), retry: now(), why: "refused".to_owned() };
    snapshot.sources.insert("api".to_owned(), link);
    let shown = at(&snapshot, &after("3", &snapshot), 120, 40);
    assert!(shown.contains("as last seen") && shown.contains('~'), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_pod_is_described_when_the_cluster_has_answered_and_not_before() {
    let mut seat = Seat::take(rich(crash_loop()));
    seat.press("3 enter").await;
    seat.sees("asking the API server").await;
    let Ask { number, what } = seat.asked().await;
    assert_eq!(what, Question::Describe { pod: "checkout-canary-6456f8d9c55-7hw2q".to_owned() });
    seat.tell(number, News::Described(Ok(sheet()))).await;
    let page = seat.sees("OOMKilled, exit code 137").await;
    assert!(page.contains("! state") && page.contains("as of"), "{page}");
    seat.press("esc").await;
    seat.sees("13 pods").await;
}

#[tokio::test(start_paused = true)]
async fn what_pods_use_is_asked_while_they_are_looked_at_and_never_waited_for() {
    let mut seat = Seat::before(rich(crash_loop()), 120, 40);
    seat.press("3 j").await;
    let before = seat.sees("13 pods").await;
    assert!(!before.contains("cpu"), "{before}");
    let Ask { number, what } = seat.asked_by_itself().await;
    assert_eq!(what, Question::Usage);
    seat.tell(number, News::Used(Ok(usage()))).await;
    seat.sees("cpu 26m   mem 118Mi").await;
    seat.show(|snapshot| snapshot.at = ago(0) + Duration::from_secs(14));
    seat.press("esc 2 3").await;
    seat.show(|snapshot| snapshot.at = ago(0) + Duration::from_secs(16));
    assert_eq!(seat.asked_by_itself().await.number, number + 1);
    seat.tell(number + 1, News::Used(Err("this cluster serves no metrics of pods".to_owned()))).await;
    seat.sees("not known: this cluster serves no metrics of pods").await;
}

#[test]
fn pods_are_sorted_by_what_they_use() {
    let snapshot = rich(soaking());
    let mut model = after("3 S S S S S S", &snapshot);
    let mut stable = snapshot.workloads[0].pods.iter().filter(|pod| pod.track == Track::Stable);
    let heavy = stable.next_back().expect("a pod").name.clone();
    let spent = |memory| vec![("app".to_owned(), Spent { cpu: 1, memory })];
    let others = snapshot.workloads[0].pods.iter().map(|pod| (pod.name.clone(), spent(1 << 20)));
    let usage: Usage = others.chain([(heavy.clone(), spent(9 << 20))]).collect();
    told(&mut model, News::Used(Ok(usage)));
    let shown = at(&snapshot, &model, 120, 40);
    assert!(shown.contains("by memory"), "{shown}");
    let first = shown.lines().find(|line| line.contains("mem ") && !line.contains("canary")).expect("a stable pod");
    assert!(first.contains("mem 9.0Mi") || first.contains("mem 9Mi"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_an_earlier_question_is_not_shown_for_a_later_one() {
    let mut seat = Seat::take(rich(crash_loop()));
    seat.press("3 enter").await;
    let first = seat.asked().await;
    seat.press("esc j j enter").await;
    let second = seat.asked().await;
    seat.tell(first.number, News::Described(Err("the first".to_owned()))).await;
    seat.tell(second.number, News::Described(Err("pod is gone".to_owned()))).await;
    let page = seat.sees("it cannot be described: pod is gone").await;
    assert!(!page.contains("the first"), "{page}");
}

#[tokio::test(start_paused = true)]
async fn logs_follow_until_one_scrolls_and_then_count_what_comes() {
    let mut seat = Seat::take(rich(crash_loop()));
    seat.press("3 j L").await;
    let Ask { number, what } = seat.asked().await;
    let Question::Logs(asks) = what else { panic!("logs are asked for") };
    assert_eq!(asks.len(), 1);
    let pod = asks[0].pod.clone();
    let logged = |news| News::Logged { pod: pod.clone(), news };
    seat.tell(number, logged(log_lines(40))).await;
    seat.sees("request 40 served").await;
    seat.sees("follows").await;
    seat.press("k k").await;
    seat.sees("STOPPED 2 from the end").await;
    seat.tell(number, logged(LogNews::Lines(vec!["the newest line".to_owned()]))).await;
    let stopped = seat.sees("STOPPED 3 from the end, 1 new line; G follows").await;
    assert!(!stopped.contains("the newest line"), "{stopped}");
    seat.press("G").await;
    seat.sees("the newest line").await;
    seat.press("b").await;
    let Ask { what: Question::Logs(asks), .. } = seat.asked().await else { panic!("logs are asked for") };
    assert!(asks[0].previous);
    seat.press("esc").await;
    assert_eq!(seat.asked().await.what, Question::Silence);
}

#[tokio::test(start_paused = true)]
async fn where_nobody_can_ask_the_cluster_a_key_says_so() {
    let mut seat = Seat::without_desk(rich(soaking()));
    seat.press("3 j enter").await;
    seat.sees("nobody here can ask the cluster").await;
    seat.press("esc r y").await;
    assert_eq!(seat.sent().await.verb, glidepath::core::command::Verb::Rollback);
}

#[test]
fn all_that_a_rule_rests_on_can_be_reached_on_a_small_screen() {
    let snapshot = rich(by_odds());
    let mut seen = String::new();
    for down in 0..20 {
        let keys = format!("2 enter{}", " j".repeat(down));
        seen += &at(&snapshot, &after(&keys, &snapshot), 40, 12);
    }
    for fact in ["because", "line", "odds", "in words", "data", "measured", "now"] {
        assert!(seen.contains(&format!(" {fact}")), "{fact} is missing:\n{seen}");
    }
    let closed = after("2 j enter j j esc", &snapshot);
    assert_eq!((closed.view, closed.detail.is_none(), closed.cursor(View::Evidence)), (View::Evidence, true, 1));
}

#[test]
fn an_event_that_comes_does_not_move_the_line_that_is_read() {
    let before = rich(suspicion());
    let mut after_it = before.clone();
    after_it.log.push(LogLine { at: now(), tone: Tone::Plain, text: "something new".to_owned(), about: None });
    let mut model = after("4 j j", &before);
    glidepath::tui::see::see(&mut model, &before, &after_it);
    assert_eq!(model.cursor(View::Events), 3);
    let mut newest = after("4", &before);
    glidepath::tui::see::see(&mut newest, &before, &after_it);
    assert_eq!(newest.cursor(View::Events), 0);
}

#[test]
fn the_pods_tell_of_one_that_is_not_well_all_that_the_first_page_does() {
    let mut snapshot = rich(crash_loop());
    snapshot.events.push(ClusterEvent {
        at: ago(9),
        about: "Pod/checkout-canary-6456f8d9c55-7hw2q".to_owned(),
        reason: "Unhealthy".to_owned(),
        text: "Liveness probe failed: timeout".to_owned(),
        warning: true,
    });
    // Whoever comes here because of a pod that is not well has the cursor on it.
    let view = super::shown(&snapshot, "3");
    for words in [
        "▸  checkout-cana",
        "state      CrashLoopBackOff; 5 restarts; app before: OOMKilled, exit code 137",
        "says       back-off 1m20s restarting failed container=app",
        "event      Unhealthy: Liveness probe failed: timeout, 9s ago",
        "not ready since",
        "ip-10-0-42-17.eu-central-1.compute.internal",
    ] {
        assert!(view.contains(words), "{words}: {view}");
    }
    assert!(view.contains("app  CrashLoopBackOff, 5 restarts; before: OOMKilled, exit code 137"), "{view}");
    let healthy = super::shown(&rich(soaking()), "3");
    assert!(healthy.contains("▸canary"), "{healthy}");
}

#[test]
fn on_a_wide_screen_why_a_pod_is_not_well_stands_beside_it() {
    let snapshot = rich(crash_loop());
    let shown = at(&snapshot, &after("3", &snapshot), 200, 60);
    let beside =
        |line: &&str| line.contains("10.0.42.") && line.contains("back-off 1m20s restarting failed container=app");
    assert_eq!(shown.lines().filter(beside).count(), 3, "{shown}");
}

#[test]
fn a_pods_page_begins_with_what_is_odd_and_has_its_events() {
    let mut snapshot = rich(soaking());
    let pod = snapshot.workloads[0].pods.iter().next().unwrap().name.clone();
    snapshot.events.push(ClusterEvent {
        at: ago(30),
        about: format!("Pod/{pod}"),
        reason: "Killing".to_owned(),
        text: "Container app failed liveness probe".to_owned(),
        warning: true,
    });
    let part = |title: &str, facts: Vec<Fact>| Part { title: title.to_owned(), lines: facts };
    let many = (0..20).map(|n| Fact::new(format!("key{n}"), "value")).collect();
    let sheet = Sheet {
        parts: vec![
            part("pod", vec![Fact::new("phase", "Running")]),
            part("conditions", vec![Fact::odd_if("Ready", "False", true)]),
            part("labels", many),
        ],
    };
    let mut model = after("3", &snapshot);
    model.detail = Some(Detail::Pod(PodPage { pod, number: 1, sheet: Some((Ok(sheet), ago(2))), top: 0 }));
    let page = text(&frame(&snapshot, &model, Look::default(), 80, 24));
    let line =
        |words: &str| page.lines().position(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {page}"));
    assert!(line("── conditions") < line("── events, newest first") && line("── events") < line("── pod"));
    assert!(line("Killing") < line("── pod") && page.contains("failed liveness probe, 30s ago"), "{page}");
    assert!(page.contains("as of 2s ago, ↓ ") && page.contains(" more lines"), "{page}");
}

#[test]
fn of_two_flights_of_one_name_the_one_whose_journal_this_is_is_this_one() {
    let flying = suspicion();
    let mut model = after("8", &flying);
    let mut found = recorded();
    let twin = Recorded { path: "~/.local/state/glidepath/checkout-1-8-0-k3v9.2.jsonl".to_owned(), ..found[0].clone() };
    found.push(twin);
    told(&mut model, News::Releases(Ok(found)));
    let shown = at(&flying, &model, 80, 24);
    assert_eq!(shown.matches("this one").count(), 1, "{shown}");
    let mut elsewhere = flying.clone();
    elsewhere.driver.here = false;
    assert_eq!(at(&elsewhere, &model, 80, 24).matches("this one").count(), 2, "only the driver knows its journal");
}

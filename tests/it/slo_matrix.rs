//! The SLO matrix of `config.example.toml`, asked of a real Prometheus that scrapes pods which expose all of it.

use glidepath::config::{Config, File};
use glidepath::core::query::{Names, Question, fill};
use glidepath::core::rule::{Rule, Sli};
use glidepath::core::sample::{Answered, FaultKind};
use glidepath::engine::clock::{Clock, SystemClock};
use glidepath::engine::port::Metrics;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::fixture::{Server, answer};
use crate::prometheus_real::{Real, binary, of_pods, until};

/// A pod of T.A.R.S. that exposes everything that its matrix asks for, all of it well.
fn exposition() -> String {
    let histogram = |name: &str| {
        format!(
            "# TYPE {name} histogram\n{name}_bucket{{le=\"0.05\"}} 90\n{name}_bucket{{le=\"0.1\"}} 99\n\
             {name}_bucket{{le=\"+Inf\"}} 100\n{name}_sum 4\n{name}_count 100\n"
        )
    };
    format!(
        "# TYPE jaeger_trace_coverage_ratio gauge\njaeger_trace_coverage_ratio 0.97\n\
         # TYPE container_memory_working_set_bytes gauge\n\
         container_memory_working_set_bytes{{container=\"agent\"}} 1073741824\n\
         container_memory_working_set_bytes{{container=\"\"}} 9e12\n{}{}",
        histogram("pg_query_duration_seconds"),
        histogram("grafana_dashboard_load_duration_seconds"),
    )
}

/// The same, and each scrape later by one more round of queries.
async fn exporter() -> Server {
    let scrapes = std::sync::atomic::AtomicU64::new(0);
    Server::start(move |_| {
        let round = scrapes.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
        let grown: String = exposition()
            .lines()
            .map(|line| match line.rsplit_once(' ') {
                Some((series, value)) if series.contains("_seconds_") => {
                    format!("{series} {}\n", value.parse::<u64>().unwrap() * round)
                }
                _ => format!("{line}\n"),
            })
            .collect();
        answer(200, "text/plain; version=0.0.4", grown)
    })
    .await
}

fn queries() -> Vec<Rule> {
    let text = include_str!("../../config.example.toml").to_owned();
    let config = Config::parse(&File { file: "config.example.toml".into(), text }).unwrap();
    config.rules.into_iter().filter(|rule| matches!(rule.sli, Sli::Query { .. })).collect()
}

fn question(name: &str, promql: &str, pods: &[&str]) -> Question {
    let names = Names { namespace: "shop", workload: "tars", canary_pods: pods.to_vec(), stable_pods: Vec::new() };
    Question { rule: name.into(), workload: "tars".into(), promql: fill(promql, &names).unwrap() }
}

#[tokio::test]
async fn the_matrix_of_tars_has_its_values() {
    let Some(binary) = binary() else { return };
    let pod = exporter().await;
    let real = Real::start(&binary, &of_pods(&[("one.a", pod.address.port())])).await;
    let prometheus = real.client(Duration::from_secs(60));
    let clock = SystemClock::start();
    let rules = queries();
    assert_eq!(rules.len(), 6, "three of the nine are built in");
    let questions: Vec<Question> = rules
        .iter()
        .map(|rule| {
            let Sli::Query { promql, .. } = &rule.sli else { unreachable!() };
            question(&rule.name, promql, &["one.a"])
        })
        .collect();
    let ask = || prometheus.ask(questions.clone(), clock.now());
    let all_known = |answers: &Vec<Answered>| {
        answers.iter().all(|answer| answer.outcome.as_ref().is_ok_and(|value| value.is_some_and(f64::is_finite)))
    };
    let answers = until("every expression has a value", ask, all_known).await;
    let values: BTreeMap<&str, f64> =
        answers.iter().map(|answer| (answer.rule.as_str(), answer.outcome.clone().unwrap().unwrap())).collect();
    assert_eq!(values["availability"], 100.0);
    assert_eq!(values["websocket-disconnects"], 0.0, "nobody who disconnects is no fault");
    assert!((values["trace-coverage"] - 97.0).abs() < 1e-9);
    assert_eq!(values["ppo-memory"], 1.0, "the pod as a whole is not counted again");
    assert!((50.0..100.0).contains(&values["database-latency"]), "{values:?}");
    for rule in &rules {
        let Sli::Query { goal, .. } = &rule.sli else { unreachable!() };
        assert!(goal.holds(values[rule.name.as_str()]), "{}: {values:?}", rule.name);
    }
}

#[tokio::test]
async fn each_answer_that_is_none_is_told_apart() {
    let Some(binary) = binary() else { return };
    let (one, two) = (exporter().await, exporter().await);
    let real = Real::start(&binary, &of_pods(&[("one", one.address.port()), ("two", two.address.port())])).await;
    let prometheus = real.client(Duration::from_secs(60));
    let clock = SystemClock::start();
    let up = r#"up{namespace="{namespace}", pod=~"{canary_pods}"}"#;
    let questions = vec![
        question("one", up, &["one"]),
        question("two", up, &["one", "two"]),
        question("nobody", up, &["on.", "o"]),
        question("nan", "0 / 0", &[]),
        question("broken", "sum(", &[]),
    ];
    let ask = || prometheus.ask(questions.clone(), clock.now());
    let scraped = |answers: &Vec<Answered>| answers[0].outcome == Ok(Some(1.0)) && answers[1].outcome.is_err();
    let answers = until("both pods are scraped", ask, scraped).await;
    let fault = |place: usize| answers[place].outcome.as_ref().unwrap_err();
    assert_eq!(fault(1).kind, FaultKind::Ambiguous);
    assert!(fault(1).why.contains("they differ in instance, pod"), "{:?}", fault(1));
    assert_eq!(answers[2].outcome, Ok(None), "a name is a name and no pattern");
    assert!(answers[3].outcome.clone().unwrap().unwrap().is_nan());
    assert_eq!(fault(4).kind, FaultKind::Ambiguous, "waiting does not mend an expression");
    drop(real);
    let down = prometheus.ask(questions, clock.now()).await;
    assert!(down.iter().all(|answer| answer.outcome.as_ref().is_err_and(|fault| fault.kind == FaultKind::Down)));
}

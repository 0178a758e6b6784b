//! Prometheus' own cases of staleness: `tests/data/promql/README.md` says where they are from.
//!
//! What is ours of them is the reading of ranges: the server answers with the samples of a window, open on its left side
//! and without the markers that a series ended, and we take the newest. A series that ended a moment ago is read with its last
//! value, and is stale when that is too old for its rule; nothing is ever five minutes old, as it may be for PromQL.

use std::time::Duration;

use glidepath::core::rule::Threshold;
use glidepath::core::sample::Target;
use glidepath::core::time::Time;
use glidepath::engine::port::Metrics;
use glidepath::metrics::{Auth, Prometheus, PrometheusConfig, Select};
use serde::Deserialize;

use crate::fixture::{Server, json};

/// The moment of asking, which the `date` of each answer says as well.
const NOW: Time = Time::from_millis(1_700_000_000_000);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Corpus {
    source: String,
    every_seconds: i64,
    /// By series: a value each interval; null: the marker that it has ended.
    loads: Vec<Vec<Option<f64>>>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    expr: String,
    load: usize,
    at_seconds: i64,
    /// The window of a range; none: what we look back over anyway.
    window_seconds: Option<i64>,
    /// What Prometheus answers; null: nothing.
    wants: Option<f64>,
    ours: Ours,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Ours {
    Fresh,
    None,
}

impl Case {
    /// A time of the case, in seconds, as the server's clock tells it: the moment of asking is always the same.
    fn on_clock(&self, seconds: i64) -> i64 {
        NOW.millis() / 1_000 + seconds - self.at_seconds
    }

    /// The samples that lie in its window, as the server sends them: when, in seconds, and the value.
    fn answer(&self, corpus: &Corpus) -> Vec<(i64, f64)> {
        let window = self.window_seconds.unwrap_or_else(|| Select::default().range.as_secs() as i64);
        let all = (0_i64..).map(|place| place * corpus.every_seconds).zip(&corpus.loads[self.load]);
        let inside = |(at, value): (i64, &Option<f64>)| {
            (at > self.at_seconds - window && at <= self.at_seconds).then_some((at, (*value)?))
        };
        all.filter_map(inside).collect()
    }

    /// The value that our reader finds, and how old it is.
    async fn read(&self, answer: &[(i64, f64)]) -> Option<(f64, Duration)> {
        let values = answer
            .iter()
            .map(|(at, value)| format!("[{},\"{value}\"]", self.on_clock(*at)))
            .collect::<Vec<_>>()
            .join(",");
        let series =
            format!(r#"{{"metric":{{"__name__":"metric","namespace":"shop","pod":"one"}},"values":[{values}]}}"#);
        let up = format!(
            r#"{{"metric":{{"__name__":"up","namespace":"shop","pod":"one"}},"values":[[{},"1"]]}}"#,
            self.on_clock(self.at_seconds)
        );
        let result = if answer.is_empty() { up } else { format!("{series},{up}") };
        let text = format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{result}]}}}}"#);
        let server = Server::start(move |_| {
            let mut response = json(200, text.clone());
            response.headers_mut().insert("date", "Tue, 14 Nov 2023 22:13:20 GMT".parse().unwrap());
            response
        })
        .await;
        let select = Select { series: vec!["metric".into()], ..Select::default() };
        let config = PrometheusConfig { url: server.url(), auth: Auth::None, authorities: None, select };
        let target =
            Target { uid: "one".into(), namespace: "shop".into(), name: "one".into(), ip: None, metrics: None };
        let batch = Prometheus::new(config).unwrap().read(vec![target], NOW).await;
        let samples = batch.pods[0].outcome.as_ref().unwrap();
        samples.iter().find(|sample| sample.name == "metric").map(|sample| (sample.value, NOW.since(sample.at)))
    }
}

#[tokio::test]
async fn what_is_stale_is_never_taken_for_now() {
    let corpus: Corpus = serde_json::from_str(include_str!("../data/promql/staleness.json")).unwrap();
    assert_eq!(corpus.cases.len(), 15, "all evaluations of {}", corpus.source);
    let freshness = Threshold::default().freshness;
    for case in &corpus.cases {
        let (name, answer) = (format!("{} at {}", case.expr, case.at_seconds), case.answer(&corpus));
        let found = case.read(&answer).await;
        let fresh = found.filter(|(_, age)| *age <= freshness);
        assert_eq!(if fresh.is_some() { Ours::Fresh } else { Ours::None }, case.ours, "{name}: {found:?}");
        assert_eq!(found.map(|(value, _)| value), answer.last().map(|(_, value)| *value), "{name}");
        if case.window_seconds.is_some() {
            let count = (!answer.is_empty()).then_some(answer.len() as f64);
            assert_eq!(count, case.wants, "{name}: the window itself");
        } else if let (Some((value, _)), Some(wants)) = (fresh, case.wants) {
            assert_eq!(value, wants, "{name}");
        }
    }
}

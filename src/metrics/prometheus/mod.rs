//! A Prometheus as a source: the raw counters that it scraped, and the values of free expressions.

mod answer;
mod api;
mod auth;
mod error;
mod native;
mod newest;
mod pods;
mod promql;
mod skew;
mod vector;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};

use self::answer::{Answer, Data};
use self::skew::Skew;
use crate::core::query::Question;
use crate::core::sample::{Answered, Batch, FaultKind, PodSamples, SourceFault, Target};
use crate::core::time::Time;
use crate::engine::port::{Metrics, QueryApi};

pub use auth::{Auth, Secret};
pub use error::PromError;
pub use promql::{any_of, quote};
pub use vector::{Point, Vector};

/// The label under which Prometheus keeps a metric's name.
const METRIC: &str = "__name__";

/// The series by which Prometheus says whether it can scrape a target.
const UP: &str = "up";

/// How long a question may take, on the wall clock.
const DEADLINE: Duration = Duration::from_secs(5);

/// How long Prometheus itself may think; shorter, so that it is the one to give up, and says so.
const THINKING: &str = "4s";

/// How many expressions are evaluated at the same time.
const AT_ONCE: usize = 8;

/// The longest answer that is read, in bytes, decompressed.
const LONGEST: usize = 8 << 20;

/// Where a Prometheus is, and what is asked of it.
#[derive(Clone, Debug, Default)]
pub struct PrometheusConfig {
    /// `http://…` or `https://…`, with a path prefix where it has one; no credentials.
    pub url: String,
    /// Who asks.
    pub auth: Auth,
    /// A file of certificate authorities (PEM) to trust besides the system's.
    pub authorities: Option<PathBuf>,
    /// Which series are asked for.
    pub select: Select,
}

/// Which series of the pods are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Select {
    /// The label that holds a pod's name.
    pub pod_label: String,
    /// The label that holds its namespace.
    pub namespace_label: String,
    /// How far back the newest sample of a series may lie; at least twice the scrape interval.
    pub range: Duration,
    /// The names of the series, as an exposition has them (`…_total`, `…_bucket`).
    pub series: Vec<String>,
    /// Labels that the series must have, where a pod is scraped in more than one way.
    pub matchers: Vec<(String, String)>,
}

impl Default for Select {
    fn default() -> Self {
        Self {
            pod_label: "pod".to_owned(),
            namespace_label: "namespace".to_owned(),
            range: Duration::from_secs(60),
            series: Vec::new(),
            matchers: Vec::new(),
        }
    }
}

/// A Prometheus.
#[derive(Clone)]
pub struct Prometheus {
    api: Arc<dyn QueryApi>,
    select: Arc<Select>,
    skew: Arc<Mutex<Skew>>,
}

impl Prometheus {
    /// A Prometheus at a URL. Nothing is asked yet.
    ///
    /// # Errors
    /// [`PromError::Address`], or a file of authorities that cannot be read.
    pub fn new(config: PrometheusConfig) -> Result<Self, PromError> {
        let read = |path: &PathBuf| {
            std::fs::read(path).map_err(|error| PromError::Authorities { why: error.kind().to_string() })
        };
        let authorities = config.authorities.as_ref().map(read).transpose()?;
        let api = api::UrlApi::new(&config.url, config.auth, authorities.as_deref())?;
        Ok(Self::over(Arc::new(api), config.select))
    }

    /// A Prometheus that is reached in another way.
    pub fn over(api: Arc<dyn QueryApi>, select: Select) -> Self {
        Self { api, select: Arc::new(select), skew: Arc::default() }
    }

    /// Evaluates an expression now. `now` is the time on our clock.
    ///
    /// # Errors
    /// [`PromError`]; an answer without points is none.
    pub async fn query(&self, promql: &str, now: Time) -> Result<Vector, PromError> {
        let (answer, skew) = self.evaluate(promql.to_owned(), now).await?;
        Vector::of(answer, skew)
    }

    /// The one value of an expression. A warned answer may be a part of the truth, and is none.
    async fn value(&self, promql: String, now: Time) -> Result<Option<f64>, SourceFault> {
        // What is wrong with the expression is not mended by waiting: nobody is blind, somebody must write it anew.
        let fault = |error: PromError| match error {
            PromError::BadQuery { .. } | PromError::Execution { .. } => {
                SourceFault { kind: FaultKind::Ambiguous, why: error.to_string() }
            }
            other => SourceFault::from(other),
        };
        let vector = self.query(&promql, now).await.map_err(fault)?;
        if let Some(warning) = vector.warnings.first() {
            let why = format!("prometheus warns that its answer is not whole: {warning}");
            return Err(SourceFault { kind: FaultKind::Ambiguous, why });
        }
        Ok(vector.only().map_err(fault)?.map(|point| point.value))
    }

    async fn evaluate(&self, promql: String, now: Time) -> Result<(Answer, Skew), PromError> {
        let form = vec![("query", promql), ("timeout", THINKING.to_owned())];
        let answer = self.api.post("/api/v1/query", form, LONGEST, DEADLINE);
        let late = |_| PromError::NoAnswer(crate::metrics::http::NoAnswer::Late(DEADLINE).into());
        let answer = tokio::time::timeout(DEADLINE, answer).await.map_err(late)??;
        let mut skew = self.skew.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(date) = answer.date {
            skew.observe(now, date);
        }
        Ok((answer::read(answer.status, &answer.body)?, *skew))
    }

    async fn pods(&self, targets: &[Target], now: Time) -> Result<(Vec<PodSamples>, Option<String>), PromError> {
        let (Answer { data, mut warnings, .. }, skew) = self.evaluate(self.select.promql(targets), now).await?;
        let Data::Matrix(series) = data else {
            return Err(PromError::Malformed { why: "no ranges of samples where they were asked for".to_owned() });
        };
        let (pods, unread) = pods::of_answer(series, targets, &self.select, skew);
        warnings.extend(unread);
        warnings.dedup();
        Ok((pods, (!warnings.is_empty()).then(|| warnings.join("; "))))
    }
}

impl Select {
    /// One query for all series of all targets, so that every sample is of the same moment.
    fn promql(&self, targets: &[Target]) -> String {
        // A native histogram goes by the name that the parts of a classic one have in common.
        let native = |name: &String| {
            ["_bucket", "_count", "_sum"].iter().find_map(|suffix| name.strip_suffix(suffix)).map(str::to_owned)
        };
        let mut names: Vec<String> = self.series.iter().filter_map(native).collect();
        names.extend(self.series.iter().cloned().chain([UP.to_owned()]));
        names.sort_unstable();
        names.dedup();
        let mut namespaces: Vec<&str> = targets.iter().map(|target| target.namespace.as_str()).collect();
        namespaces.sort_unstable();
        namespaces.dedup();
        let mut matchers = vec![
            format!("{METRIC}=~{}", any_of(names.iter().map(String::as_str))),
            format!("{}=~{}", self.namespace_label, any_of(namespaces)),
            format!("{}=~{}", self.pod_label, any_of(targets.iter().map(|target| target.name.as_str()))),
        ];
        matchers.extend(self.matchers.iter().map(|(name, value)| format!("{name}={}", quote(value))));
        format!("{{{}}}[{}s]", matchers.join(","), self.range.as_secs().max(1))
    }
}

impl Metrics for Prometheus {
    fn needs_port(&self) -> bool {
        false
    }

    fn read(&self, targets: Vec<Target>, now: Time) -> BoxFuture<'static, Batch> {
        let prometheus = self.clone();
        Box::pin(async move {
            let source = format!("prometheus {}", prometheus.api.place());
            if targets.is_empty() {
                return Batch { at: now, source, ..Batch::default() };
            }
            // What is missing of one answer is missing of every pod: a part of the truth would look like all of it.
            let (pods, warned) = prometheus.pods(&targets, now).await.unwrap_or_else(|error| {
                let fault = SourceFault::from(error);
                let missing = |target: &Target| PodSamples { pod: target.uid.clone(), outcome: Err(fault.clone()) };
                (targets.iter().map(missing).collect(), None)
            });
            Batch { at: now, source, pods, warned, answers: Vec::new() }
        })
    }

    fn ask(&self, questions: Vec<Question>, now: Time) -> BoxFuture<'static, Vec<Answered>> {
        let prometheus = self.clone();
        Box::pin(async move {
            let prometheus = &prometheus;
            let each = questions.into_iter().enumerate().map(|(place, question)| async move {
                let outcome = prometheus.value(question.promql, now).await;
                (place, Answered { rule: question.rule, workload: question.workload, outcome })
            });
            let mut answers: Vec<_> = stream::iter(each).buffer_unordered(AT_ONCE).collect().await;
            answers.sort_by_key(|(place, _)| *place);
            answers.into_iter().map(|(_, answer)| answer).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(namespace: &str, name: &str) -> Target {
        Target { uid: name.into(), namespace: namespace.into(), name: name.into(), ip: None, metrics: None }
    }

    #[test]
    fn one_query_asks_for_everything() {
        let select = Select {
            series: vec!["http_requests_total".into(), "h_bucket".into()],
            matchers: vec![("job".into(), "a\"b".into())],
            ..Select::default()
        };
        assert_eq!(
            select.promql(&[target("shop", "a-1"), target("shop", "b.2")]),
            r#"{__name__=~"h|h_bucket|http_requests_total|up",namespace=~"shop",pod=~"a-1|b\\.2",job="a\"b"}[60s]"#
        );
    }
}

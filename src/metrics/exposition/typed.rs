//! The families by type, with the buckets of each histogram together: grouped by `prometheus-parse`.
//!
//! That library loses samples without a word when a name or a label value holds a brace, a comma, an equals sign, a space
//! or a letter it does not know. So it never sees any: [`Safe`] hands it a token in place of every name and value, and
//! puts the originals back afterwards. Samples themselves come from our reader alone.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use prometheus_parse::{Scrape, Value};

use super::series::Labels;
use super::{Family, Kind, Reading, number};
use crate::core::time::Time;

/// A family with its series by type.
#[derive(Clone, Debug, PartialEq)]
pub struct TypedFamily {
    /// The family's name.
    pub name: String,
    /// The declared type.
    pub kind: Kind,
    /// The documentation.
    pub help: String,
    /// The series, sorted by name and labels.
    pub series: Vec<TypedSeries>,
}

/// One series of plain values, or one histogram or summary with all its parts but `_sum` and `_count`.
#[derive(Clone, Debug, PartialEq)]
pub struct TypedSeries {
    /// Its name; that of the family for a histogram or a summary.
    pub name: String,
    /// Its labels, sorted by name, without `le` and `quantile`.
    pub labels: Labels,
    /// What it says.
    pub value: Typed,
    /// Its own timestamp.
    pub at: Option<Time>,
}

/// A value by its type.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    /// A counter's.
    Counter(f64),
    /// A gauge's.
    Gauge(f64),
    /// Pairs of a bucket's upper bound and its cumulative count, in the order of the text.
    Histogram(Vec<(f64, f64)>),
    /// Pairs of a quantile and its value, in the order of the text.
    Summary(Vec<(f64, f64)>),
    /// Anything else.
    Untyped(f64),
}

impl TypedFamily {
    /// The buckets of its histograms, added up: upper bound and how many were at most that, rising.
    pub fn buckets(&self) -> Vec<(f64, f64)> {
        let buckets = self.series.iter().filter_map(|series| match &series.value {
            Typed::Histogram(buckets) => Some(buckets),
            _ => None,
        });
        let mut buckets: Vec<(f64, f64)> = buckets.flatten().copied().collect();
        buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
        buckets.dedup_by(|next, kept| {
            let same = next.0.total_cmp(&kept.0).is_eq();
            if same {
                kept.1 += next.1;
            }
            same
        });
        buckets
    }
}

pub(super) fn typed(families: &[Family]) -> Vec<TypedFamily> {
    let mut safe = Safe::default();
    let lines: Vec<String> =
        families.iter().enumerate().flat_map(|(place, family)| safe.lines(place, family)).collect();
    let mut typed: Vec<TypedFamily> = families
        .iter()
        .map(|Family { name, kind, help, .. }| TypedFamily {
            name: name.clone(),
            kind: *kind,
            help: help.clone(),
            series: Vec::new(),
        })
        .collect();
    // Lines that are in memory already cannot fail to be read.
    let Ok(scrape) = Scrape::parse_at(lines.into_iter().map(Ok), DateTime::<Utc>::UNIX_EPOCH) else { return typed };
    for sample in scrape.samples {
        let Some((place, suffix)) = family_of(&sample.metric) else { continue };
        let Some(family) = typed.get_mut(place) else { continue };
        let (labels, at) = safe.put_back(&sample.labels);
        family.series.push(TypedSeries {
            name: format!("{}{suffix}", family.name),
            labels,
            value: Typed::from(sample.value),
            at,
        });
    }
    for family in &mut typed {
        family.series.sort_by(|a, b| (&a.name, &a.labels, a.at).cmp(&(&b.name, &b.labels, b.at)));
    }
    typed
}

impl From<Value> for Typed {
    fn from(value: Value) -> Self {
        match value {
            Value::Counter(value) => Self::Counter(value),
            Value::Gauge(value) => Self::Gauge(value),
            Value::Untyped(value) => Self::Untyped(value),
            Value::Histogram(buckets) => {
                Self::Histogram(buckets.into_iter().map(|bucket| (bucket.less_than, bucket.count)).collect())
            }
            Value::Summary(parts) => Self::Summary(parts.into_iter().map(|part| (part.quantile, part.count)).collect()),
        }
    }
}

/// The label that carries a timestamp: two histograms that differ in nothing else are two.
const AT: &str = "at";

/// Tokens in place of texts.
#[derive(Default)]
struct Safe {
    texts: Vec<String>,
    tokens: HashMap<String, usize>,
}

impl Safe {
    /// The token of a text: a word that cannot be mistaken for `le`, `quantile` or [`AT`].
    fn token(&mut self, text: &str) -> String {
        let token = self.tokens.get(text).copied().unwrap_or_else(|| {
            self.texts.push(text.to_owned());
            self.tokens.insert(text.to_owned(), self.texts.len() - 1);
            self.texts.len() - 1
        });
        format!("t{token}")
    }

    fn text(&self, token: &str) -> Option<String> {
        self.texts.get(token.strip_prefix('t')?.parse::<usize>().ok()?).cloned()
    }

    /// The family in lines that lose nothing.
    fn lines(&mut self, place: usize, family: &Family) -> Vec<String> {
        let mut lines = Vec::with_capacity(family.samples.len() + 1);
        let kind = match family.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram | Kind::GaugeHistogram => "histogram",
            Kind::Summary => "summary",
            Kind::Unknown | Kind::Info | Kind::StateSet => "untyped",
        };
        // In OpenMetrics the type of a counter stands under the name without `_total`.
        let is_total = |sample: &Reading| sample.name.strip_prefix(&family.name) == Some("_total");
        let suffix = if family.kind == Kind::Counter && family.samples.iter().any(is_total) { "_total" } else { "" };
        lines.push(format!("# TYPE f{place}{suffix} {kind}"));
        lines.extend(family.samples.iter().map(|sample| self.line(place, family, sample)));
        lines
    }

    fn line(&mut self, place: usize, family: &Family, sample: &Reading) -> String {
        let suffix = sample.name.strip_prefix(&family.name).unwrap_or_default();
        let part = match (family.kind, suffix) {
            (Kind::Histogram | Kind::GaugeHistogram, "_bucket") => Some("le"),
            (Kind::Summary, "") => Some("quantile"),
            _ => None,
        };
        let mut labels = Vec::with_capacity(sample.labels.len() + 1);
        let mut bound = None;
        for (name, value) in &sample.labels {
            match number::float(value).filter(|_| part == Some(name)) {
                Some(number) => bound = Some(format!("{name}=\"{number:?}\"")),
                None => labels.push(format!("{}=\"{}\"", self.token(name), self.token(value))),
            }
        }
        labels.extend(sample.at.map(|at| format!("{AT}=\"{}\"", at.millis())));
        // A part without a bound is none: under a name of no type it stays a plain value.
        let letter = if part.is_some() && bound.is_none() { 'u' } else { 'f' };
        labels.extend(bound);
        let braces = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        format!("{letter}{place}{suffix}{braces} {:?}", sample.value)
    }

    fn put_back(&self, labels: &HashMap<String, String>) -> (Labels, Option<Time>) {
        let at = labels.get(AT).and_then(|at| number::millis(at));
        let mut texts: Labels =
            labels.iter().filter_map(|(name, value)| Some((self.text(name)?, self.text(value)?))).collect();
        texts.sort();
        (texts, at)
    }
}

/// The place of the family, and the suffix, of which [`Safe::line`] made this name.
fn family_of(name: &str) -> Option<(usize, &str)> {
    let name = name.strip_prefix(['f', 'u'])?;
    let suffix = name.trim_start_matches(|c: char| c.is_ascii_digit());
    Some((name.strip_suffix(suffix)?.parse().ok()?, suffix))
}

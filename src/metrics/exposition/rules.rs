//! What OpenMetrics asks of single samples, by the type of their family.

use super::{Kind, Reading, number, series::Labels};

/// The longest an exemplar's labels may be together, in characters.
const EXEMPLAR: usize = 128;

/// The suffixes that the samples of a family of this type have.
pub(super) fn suffixes(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Counter => &["_total", "_created"],
        Kind::Summary => &["", "_count", "_sum", "_created"],
        Kind::Histogram => &["_bucket", "_count", "_sum", "_created"],
        Kind::GaugeHistogram => &["_bucket", "_gcount", "_gsum"],
        Kind::Info => &["_info"],
        Kind::Unknown | Kind::Gauge | Kind::StateSet => &[""],
    }
}

/// What is wrong with a sample, seen alone.
pub(super) fn sample(kind: Kind, family: &str, sample: &Reading) -> Result<(), String> {
    let suffix = sample.name.strip_prefix(family).unwrap_or_default();
    let value = sample.value;
    let label = |name: &str| sample.labels.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let wrong = match (kind, suffix) {
        (_, "_bucket") if !is_bound(label("le")) => "a bucket whose label le is missing or no canonical number",
        (Kind::Summary, "") if !is_quantile(label("quantile")) => "a quantile that is not from 0 to 1",
        (Kind::Summary, "") if value < 0.0 => "a negative quantile value",
        (Kind::StateSet, _) if label(family).is_none() => "a state without the label that names it",
        (Kind::StateSet, _) if value != 0.0 && value != 1.0 => "a state that is neither 0 nor 1",
        (Kind::Info, _) if value != 1.0 => "an info whose value is not 1",
        (_, "_total" | "_sum" | "_count" | "_bucket" | "_gcount" | "_gsum") if value.is_nan() => "a count that is NaN",
        (_, "_total" | "_sum" | "_count" | "_bucket" | "_gcount") if value < 0.0 => "a count that is negative",
        (_, "_count" | "_bucket" | "_gcount") if value.fract() != 0.0 => "a count that is not whole",
        _ => return Ok(()),
    };
    Err(wrong.to_owned())
}

fn is_bound(le: Option<&str>) -> bool {
    le.is_some_and(|text| {
        number::float(text).is_some_and(|bound| !bound.is_nan() && (bound != f64::INFINITY || text == "+Inf"))
    })
}

fn is_quantile(quantile: Option<&str>) -> bool {
    quantile.and_then(number::float).is_some_and(|quantile| (0.0..=1.0).contains(&quantile))
}

/// What is wrong with a family's unit.
pub(super) fn unit(kind: Kind, family: &str, unit: &str) -> Result<(), String> {
    if unit.is_empty() {
        Ok(())
    } else if matches!(kind, Kind::Info | Kind::StateSet) {
        Err(format!("a unit on a family of type {kind}"))
    } else if family.strip_suffix(unit).is_some_and(|stem| stem.ends_with('_')) {
        Ok(())
    } else {
        Err("a unit that the family's name does not end with".to_owned())
    }
}

/// An exemplar, of which only its right to be there matters: it points at a trace, and is no sample.
pub(super) struct Exemplar {
    characters: usize,
}

impl Exemplar {
    pub(super) fn of(labels: &Labels) -> Self {
        let characters = labels.iter().flat_map(|(name, value)| [name, value]).map(|text| text.chars().count()).sum();
        Self { characters }
    }

    /// Whether an exemplar may stand behind a sample of this name.
    pub(super) fn allowed(&self, kind: Kind, family: &str, name: &str) -> Result<(), String> {
        let suffix = name.strip_prefix(family).unwrap_or_default();
        match (kind, suffix) {
            _ if self.characters > EXEMPLAR => Err(format!("an exemplar whose labels are longer than {EXEMPLAR}")),
            (Kind::Histogram | Kind::GaugeHistogram, "_bucket") | (Kind::Counter, "_total") => Ok(()),
            _ => Err("an exemplar on what is neither a bucket nor a counter's total".to_owned()),
        }
    }
}

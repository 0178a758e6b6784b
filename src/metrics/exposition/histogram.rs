//! What OpenMetrics asks of one histogram at one time.

use super::{Reading, number};

/// A histogram, as far as it has been read.
#[derive(Default)]
pub(super) struct Histogram {
    begun: bool,
    /// The bound of the last bucket.
    bound: Option<f64>,
    /// What the last bucket counts.
    in_bucket: f64,
    /// What `_count` or `_gcount` says.
    count: Option<f64>,
    /// What `_sum` says.
    sum: Option<f64>,
    /// What `_gsum` says; only a gauge's sum may fall.
    gauge_sum: Option<f64>,
    has_negative_bounds: bool,
}

impl Histogram {
    /// Takes in its next sample.
    pub(super) fn push(&mut self, family: &str, sample: &Reading) -> Result<(), String> {
        self.begun = true;
        match sample.name.strip_prefix(family).unwrap_or_default() {
            "_bucket" => self.push_bucket(sample)?,
            "_count" | "_gcount" => self.count = Some(sample.value),
            "_sum" => self.sum = Some(sample.value),
            "_gsum" => self.gauge_sum = Some(sample.value),
            _ => {}
        }
        Ok(())
    }

    fn push_bucket(&mut self, sample: &Reading) -> Result<(), String> {
        let le = sample.labels.iter().find(|(name, _)| name == "le");
        let bound = le.and_then(|(_, text)| number::float(text)).ok_or("a bucket without a bound")?;
        if self.bound.is_some_and(|last| bound <= last) {
            return Err("buckets that are not in the order of their bounds".to_owned());
        }
        if sample.value < self.in_bucket {
            return Err("a bucket that counts less than the one before".to_owned());
        }
        self.has_negative_bounds |= bound < 0.0;
        self.bound = Some(bound);
        self.in_bucket = sample.value;
        Ok(())
    }

    /// Takes in its end.
    pub(super) fn finish(self) -> Result<(), String> {
        let has_sum = self.sum.is_some() || self.gauge_sum.is_some();
        let wrong = match self.count {
            _ if !self.begun => return Ok(()),
            _ if self.bound != Some(f64::INFINITY) => "a histogram without the bucket le=\"+Inf\"",
            Some(count) if count != self.in_bucket => "a histogram whose count is not its +Inf bucket's",
            None if has_sum => "a histogram with a sum and without a count",
            Some(_) if !has_sum => "a histogram with a count and without a sum",
            _ if self.has_negative_bounds && self.sum.is_some() => "a sum in a histogram with negative bounds",
            _ if !self.has_negative_bounds && self.gauge_sum.is_some_and(|sum| sum < 0.0) => {
                "a negative sum in a histogram without negative bounds"
            }
            _ => return Ok(()),
        };
        Err(wrong.to_owned())
    }
}

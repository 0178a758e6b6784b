//! The answer to a free expression.

use super::answer::{Answer, Data, InstantSeries, Number};
use super::error::PromError;
use super::skew::Skew;
use crate::core::text::neutral;
use crate::core::time::Time;
use crate::metrics::exposition::time_of_seconds;

/// What an expression evaluates to at one instant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vector {
    /// Its points, in the order of the answer; none is an answer too.
    pub points: Vec<Point>,
    /// What the source warned of: the points may be a part of the truth. Neutralised.
    pub warnings: Vec<String>,
    /// What it remarked. Neutralised.
    pub infos: Vec<String>,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Its labels, sorted by name; neutralised.
    pub labels: Vec<(String, String)>,
    /// The value; NaN and the infinities are values too.
    pub value: f64,
    /// When the expression was evaluated, on our clock.
    pub at: Time,
}

impl Vector {
    /// The one point that an expression was meant to give; `None` if it gave none.
    ///
    /// # Errors
    /// [`PromError::Ambiguous`] where there are several: which of them was meant, their order does not say.
    pub fn only(&self) -> Result<Option<&Point>, PromError> {
        match self.points.as_slice() {
            [] => Ok(None),
            [point] => Ok(Some(point)),
            points => Err(PromError::Ambiguous { count: points.len(), differ: differing(points) }),
        }
    }

    pub(super) fn of(answer: Answer, skew: Skew) -> Result<Self, PromError> {
        let at = |seconds: f64| skew.ours(time_of_seconds(seconds));
        let points = match answer.data {
            Data::Vector(series) => {
                series.into_iter().map(|series| point(series, at)).collect::<Result<Vec<_>, PromError>>()?
            }
            Data::Scalar((seconds, Number(value))) => vec![Point { labels: Vec::new(), value, at: at(seconds) }],
            Data::Matrix(_) => return Err(malformed("a range of values where one value was expected")),
            Data::String(_) => return Err(malformed("a text where a value was expected")),
        };
        Ok(Self { points, warnings: answer.warnings, infos: answer.infos })
    }
}

fn point(series: InstantSeries, at: impl Fn(f64) -> Time) -> Result<Point, PromError> {
    let (seconds, Number(value)) = series
        .value
        .ok_or_else(|| malformed("a native histogram where a value was expected; use histogram_quantile"))?;
    let labels = series.labels.iter().map(|(name, value)| (neutral(name), neutral(value))).collect();
    Ok(Point { labels, value, at: at(seconds) })
}

fn malformed(why: &str) -> PromError {
    PromError::Malformed { why: why.to_owned() }
}

/// In which labels several points differ.
fn differing(points: &[Point]) -> String {
    let mut names: Vec<&str> = points.iter().flat_map(|point| &point.labels).map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let value =
        |point: &Point, name: &str| point.labels.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let first = points.first();
    names.retain(|name| points.iter().any(|point| value(point, name) != first.and_then(|first| value(first, name))));
    if names.is_empty() {
        "they have the same labels".to_owned()
    } else {
        format!("they differ in {}", names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::answer;
    use super::*;

    fn vector(result_type: &str, result: &str) -> Result<Vector, PromError> {
        let body = format!(r#"{{"status":"success","data":{{"resultType":"{result_type}","result":{result}}}}}"#);
        Vector::of(answer::read(200, body.as_bytes())?, Skew::default())
    }

    #[test]
    fn one_point_none_and_several_are_three_answers() {
        let one = vector("vector", r#"[{"metric":{"a":"b"},"value":[1.5,"NaN"]}]"#).expect("an answer");
        let point = one.only().expect("one").expect("one");
        assert!(point.value.is_nan());
        assert_eq!(point.at, Time::from_millis(1_500));
        assert_eq!(vector("vector", "[]").expect("an answer").only(), Ok(None));
        assert_eq!(vector("scalar", r#"[1,"2"]"#).expect("an answer").points[0].value, 2.0);
        let two = r#"[{"metric":{"a":"b","c":"1"},"value":[1,"1"]},{"metric":{"a":"b","d":"2"},"value":[1,"2"]}]"#;
        assert_eq!(
            vector("vector", two).expect("an answer").only().expect_err("two").to_string(),
            "2 series where one was expected; they differ in c, d; aggregate them, or select one"
        );
    }

    #[test]
    fn what_is_no_value_is_no_answer() {
        for (result_type, result) in [
            ("matrix", "[]"),
            ("string", r#"[1,"x"]"#),
            ("vector", r#"[{"metric":{},"histogram":[1,{"count":"1","sum":"1"}]}]"#),
        ] {
            assert!(matches!(vector(result_type, result), Err(PromError::Malformed { .. })), "{result_type}");
        }
    }
}

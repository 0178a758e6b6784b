//! The JSON of the query API, read strictly: an answer of the promised shape, or an error.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::error::PromError;
use crate::core::text::neutral;
use crate::metrics::exposition::float;

/// An answer to a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) data: Data,
    pub(super) warnings: Vec<String>,
    pub(super) infos: Vec<String>,
}

/// The kinds of answers. Times are seconds on the server's clock.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
pub(super) enum Data {
    Matrix(Vec<RangeSeries>),
    Vector(Vec<InstantSeries>),
    Scalar((f64, Number)),
    String((f64, String)),
}

/// A series over a range.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct RangeSeries {
    #[serde(rename = "metric", deserialize_with = "labels")]
    pub(super) labels: Vec<(String, String)>,
    #[serde(default)]
    pub(super) values: Vec<(f64, Number)>,
    #[serde(default)]
    pub(super) histograms: Vec<(f64, Native)>,
}

/// A series at an instant.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct InstantSeries {
    #[serde(rename = "metric", deserialize_with = "labels")]
    pub(super) labels: Vec<(String, String)>,
    /// Absent for a native histogram.
    pub(super) value: Option<(f64, Number)>,
}

/// A number in a string: `"1.5"`, `"NaN"`, `"+Inf"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number(pub(super) f64);

/// A native histogram.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "WireNative")]
pub(super) struct Native {
    pub(super) count: f64,
    pub(super) sum: f64,
    /// Those that count anything, in no particular order.
    pub(super) buckets: Vec<NativeBucket>,
}

/// A bucket of a native histogram; whether its bounds belong to it makes no difference to us.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NativeBucket {
    pub(super) lower: f64,
    pub(super) upper: f64,
    pub(super) count: f64,
}

#[derive(Deserialize)]
struct WireNative {
    count: Number,
    sum: Number,
    #[serde(default)]
    buckets: Vec<(u8, Number, Number, Number)>,
}

impl From<WireNative> for Native {
    fn from(wire: WireNative) -> Self {
        let bucket = |(_, lower, upper, count): (u8, Number, Number, Number)| NativeBucket {
            lower: lower.0,
            upper: upper.0,
            count: count.0,
        };
        Self { count: wire.count.0, sum: wire.sum.0, buckets: wire.buckets.into_iter().map(bucket).collect() }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    status: Status,
    data: Option<Data>,
    error_type: Option<String>,
    error: Option<String>,
    warnings: Option<Vec<String>>,
    infos: Option<Vec<String>>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Status {
    Success,
    Error,
}

/// Reads an answer of this HTTP status.
pub(super) fn read(status: u16, body: &[u8]) -> Result<Answer, PromError> {
    if matches!(status, 401 | 403) {
        return Err(PromError::Forbidden { status });
    }
    let malformed = |why: &str| PromError::Malformed { why: neutral(why) };
    match serde_json::from_slice::<Wire>(body) {
        Ok(Wire { status: Status::Error, error_type, error, .. }) => {
            Err(refusal(status, error_type.as_deref(), error.as_deref()))
        }
        _ if status != 200 => Err(PromError::Status { status }),
        Ok(Wire { data: Some(data), warnings, infos, .. }) => {
            let words = |said: Option<Vec<String>>| said.unwrap_or_default().iter().map(|text| neutral(text)).collect();
            Ok(Answer { data, warnings: words(warnings), infos: words(infos) })
        }
        Ok(_) => Err(malformed("success without data")),
        Err(error) => Err(malformed(&error.to_string())),
    }
}

/// An error of its own words.
fn refusal(status: u16, kind: Option<&str>, words: Option<&str>) -> PromError {
    let why = neutral(words.filter(|words| !words.is_empty()).unwrap_or("it does not say why"));
    match (kind, status) {
        (Some("bad_data"), _) => PromError::BadQuery { why },
        (Some("execution"), _) => PromError::Execution { why },
        (Some("timeout" | "canceled" | "unavailable" | "internal"), _) | (_, 503) => PromError::GaveUp { why },
        (_, 400) => PromError::BadQuery { why },
        (_, 422) => PromError::Execution { why },
        _ => PromError::Status { status },
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        float(&text).map(Number).ok_or_else(|| D::Error::custom(format!("{text:?} is no number")))
    }
}

/// Reads a set of labels, sorted by name. A label that is there twice is an error, where JSON would take the last.
fn labels<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    struct Labels;

    impl<'de> Visitor<'de> for Labels {
        type Value = Vec<(String, String)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("labels")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut labels = Vec::new();
            while let Some(label) = map.next_entry::<String, String>()? {
                labels.push(label);
            }
            labels.sort();
            match labels.iter().zip(labels.iter().skip(1)).find(|(one, next)| one.0 == next.0) {
                Some(((name, _), _)) => Err(A::Error::custom(format!("the label {name:?} is there twice"))),
                None => Ok(labels),
            }
        }
    }

    deserializer.deserialize_map(Labels)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    const MATRIX: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{"__name__":"a","pod":"p"},"values":[[1700000000.25,"1"],[1700000015,"NaN"],[1700000030,"+Inf"]]},
        {"metric":{"pod":"p","__name__":"h"},"histograms":[[1700000000,{"count":"3","sum":"1.5",
            "buckets":[[3,"-0.001","0.001","1"],[0,"0.5","1","2"]]}]]}
    ]},"warnings":["half of it \u001b[2J"],"infos":["hm"]}"#;

    fn error(status: u16, body: &str) -> PromError {
        read(status, body.as_bytes()).expect_err(body)
    }

    #[test]
    fn a_matrix_has_numbers_histograms_and_warnings() {
        let answer = read(200, MATRIX.as_bytes()).expect("well-formed");
        assert_eq!(answer.warnings, ["half of it \\u{1b}[2J"]);
        assert_eq!(answer.infos, ["hm"]);
        let Data::Matrix(series) = answer.data else { panic!("a matrix") };
        assert_eq!(series[0].values[0], (1_700_000_000.25, Number(1.0)));
        assert!(series[0].values[1].1.0.is_nan());
        assert_eq!(series[0].values[2].1.0, f64::INFINITY);
        assert_eq!(series[1].labels[0], ("__name__".to_owned(), "h".to_owned()));
        let native = &series[1].histograms[0].1;
        assert_eq!((native.count, native.sum, native.buckets.len()), (3.0, 1.5, 2));
    }

    #[test]
    fn errors_have_their_kind() {
        let body = |kind: &str| format!(r#"{{"status":"error","errorType":"{kind}","error":"no \u0007"}}"#);
        let why = "no \\u{7}".to_owned();
        assert_eq!(error(400, &body("bad_data")), PromError::BadQuery { why: why.clone() });
        assert_eq!(error(422, &body("execution")), PromError::Execution { why: why.clone() });
        assert_eq!(error(503, &body("timeout")), PromError::GaveUp { why: why.clone() });
        assert_eq!(error(503, &body("canceled")), PromError::GaveUp { why: why.clone() });
        assert_eq!(error(422, &body("new_kind")), PromError::Execution { why });
        assert_eq!(error(401, ""), PromError::Forbidden { status: 401 });
        assert_eq!(error(404, "404 page not found"), PromError::Status { status: 404 });
        assert_eq!(error(503, MATRIX), PromError::Status { status: 503 });
    }

    #[test]
    fn what_has_not_the_promised_shape_is_malformed() {
        let vector =
            |series: &str| format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{series}]}}}}"#);
        for body in [
            "<html>login</html>".to_owned(),
            r#"{"status":"success"}"#.to_owned(),
            r#"{"status":"success","data":{"resultType":"sound","result":[]}}"#.to_owned(),
            vector(r#"{"metric":{},"value":[1,2]}"#),
            vector(r#"{"metric":{},"value":[1,"2x"]}"#),
            vector(r#"{"metric":{},"value":[1]}"#),
            vector(r#"{"metric":{"a":"1","a":"2"},"value":[1,"2"]}"#),
            vector(r#"{"value":[1,"2"]}"#),
            format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)),
            MATRIX[..MATRIX.len() - 1].to_owned(),
        ] {
            assert!(matches!(error(200, &body), PromError::Malformed { .. }), "{body:.80}");
        }
        assert!(matches!(read(200, b"{\"status\":\"success\xff\"}"), Err(PromError::Malformed { .. })));
    }

    /// A series: its labels, and its values with their times.
    type Told = (BTreeMap<String, String>, Vec<(u32, f64)>);

    /// Series as a Prometheus might have them: any labels, any values.
    fn told() -> impl Strategy<Value = Vec<Told>> {
        let labels = proptest::collection::btree_map("[a-z_]{1,6}|\\PC{1,4}", "\\PC{0,8}|[\"\\\\\n\u{7}]{0,4}", 0..5);
        let number = prop_oneof![any::<f64>(), Just(f64::NAN), Just(f64::INFINITY), (0u32..9_999).prop_map(f64::from)];
        proptest::collection::vec((labels, proptest::collection::vec((any::<u32>(), number), 0..6)), 0..8)
    }

    fn written(value: f64) -> String {
        if value.is_infinite() { format!("{value:+}").replace("inf", "Inf") } else { format!("{value:?}") }
    }

    fn body_of(told: &[Told]) -> String {
        let series: Vec<_> = told
            .iter()
            .map(|(labels, values)| {
                let values: Vec<_> =
                    values.iter().map(|(at, value)| serde_json::json!([at, written(*value)])).collect();
                serde_json::json!({"metric": labels, "values": values})
            })
            .collect();
        serde_json::json!({"status": "success", "data": {"resultType": "matrix", "result": series}}).to_string()
    }

    proptest! {
        #[test]
        fn whatever_is_told_is_read_and_nothing_less(told in told()) {
            let answer = read(200, body_of(&told).as_bytes()).map_err(|error| TestCaseError::fail(error.to_string()))?;
            let Data::Matrix(series) = answer.data else { return Err(TestCaseError::fail("a matrix")) };
            let back: Vec<Told> = series
                .into_iter()
                .map(|series| {
                    let values = series.values.iter().map(|(at, Number(value))| (*at as u32, *value)).collect::<Vec<_>>();
                    (series.labels.into_iter().collect(), values)
                })
                .collect();
            // NaN equals NaN as text.
            prop_assert_eq!(format!("{:?}", back), format!("{:?}", told));
        }

        #[test]
        fn no_cut_of_an_answer_goes_unseen(told in told(), at in any::<prop::sample::Index>()) {
            let body = body_of(&told).into_bytes();
            let cut = &body[..at.index(body.len())];
            prop_assert!(read(200, cut).is_err());
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), status in 100u16..600) {
            let _ = read(status, &bytes);
        }

        #[test]
        fn no_damage_makes_it_panic(at in 0..MATRIX.len(), new in any::<u8>(), cut in any::<bool>()) {
            let mut bytes = MATRIX.as_bytes().to_vec();
            bytes[at] = new;
            if cut {
                bytes.truncate(at);
            }
            let _ = read(200, &bytes);
        }
    }
}

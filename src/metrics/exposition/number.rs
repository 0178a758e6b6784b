//! The numbers of both formats.

use crate::core::time::Time;

/// A value: a decimal number, or NaN or an infinity in letters of any case. Hexadecimal numbers, digits in groups, a NaN
/// with a sign and what no `f64` can hold are no values, as in Prometheus itself.
pub(crate) fn float(text: &str) -> Option<f64> {
    if !text.contains(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E')) {
        return text.parse().ok().filter(|value: &f64| value.is_finite());
    }
    match text.to_ascii_lowercase().as_str() {
        "nan" => Some(f64::NAN),
        "inf" | "+inf" | "infinity" | "+infinity" => Some(f64::INFINITY),
        "-inf" | "-infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// A timestamp of OpenMetrics: seconds, with a fraction.
pub(super) fn seconds(text: &str) -> Option<f64> {
    float(text).filter(|seconds| seconds.is_finite())
}

/// A point in time given in seconds, to the nearest millisecond; what lies beyond the range of [`Time`] is its end.
pub(crate) fn time_of_seconds(seconds: f64) -> Time {
    // A cast from a float saturates.
    Time::from_millis((seconds * 1_000.0).round() as i64)
}

/// A timestamp of the text format: whole milliseconds.
pub(super) fn millis(text: &str) -> Option<Time> {
    text.parse().ok().map(Time::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decimal_or_words() {
        for (text, value) in [
            ("1", 1.0),
            ("-3e3", -3e3),
            ("+.5", 0.5),
            ("007.", 7.0),
            ("+Inf", f64::INFINITY),
            ("-inf", f64::NEG_INFINITY),
        ] {
            assert_eq!(float(text), Some(value), "{text}");
        }
        assert!(float("NaN").is_some_and(f64::is_nan) && float("nan").is_some_and(f64::is_nan));
        for wrong in
            ["", ".", "e", "1e", "1_0", "0x1p-3", "0x10", "0b1", "-nan", "+NaN", "1e999", "1 ", "true", "1,5", "١"]
        {
            assert_eq!(float(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn timestamps_become_milliseconds() {
        assert_eq!(millis("-2"), Some(Time::from_millis(-2)));
        assert_eq!(millis("1.5"), None);
        assert_eq!(time_of_seconds(1_520_879_607.789).millis(), 1_520_879_607_789);
        assert_eq!(time_of_seconds(1e300).millis(), i64::MAX);
        assert_eq!(seconds("NaN"), None);
        assert_eq!(seconds("-Inf"), None);
    }
}

//! The kinds of values that a configuration has, each read from TOML with a message that says how to write it.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::de::DeValue;

use crate::config::fault::Wrong;
use crate::config::nearest::nearest;
use crate::core::time::parse_span;

/// The longest span that can be configured: nobody waits longer, and sums of a few of them still fit any clock.
const LONGEST_SPAN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A string that is not blank.
pub fn text(value: &DeValue<'_>) -> Result<String, Wrong> {
    match value.as_str() {
        Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
        Some(_) => Err(Wrong::new("is empty")),
        None => Err(wrong_kind(value, "a string in quotes")),
    }
}

/// A list of strings.
pub fn texts(value: &DeValue<'_>) -> Result<Vec<String>, Wrong> {
    let items = value.as_array().ok_or_else(|| wrong_kind(value, "a list of strings"))?;
    items.iter().map(|item| text(item.get_ref())).collect()
}

/// Yes or no.
pub fn flag(value: &DeValue<'_>) -> Result<bool, Wrong> {
    value.as_bool().ok_or_else(|| wrong_kind(value, "true or false"))
}

/// A whole number within `range`.
pub fn whole(range: RangeInclusive<u64>) -> impl FnOnce(&DeValue<'_>) -> Result<u64, Wrong> {
    move |value| {
        let (least, most) = (*range.start(), *range.end());
        let wanted = format!("a whole number from {least} to {most}");
        let integer = value.as_integer().ok_or_else(|| wrong_kind(value, &wanted))?;
        let number =
            u64::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|number| range.contains(number));
        number.ok_or_else(|| Wrong::new(format!("{integer} is not {wanted}")))
    }
}

/// A number within `range`, whole or not.
pub fn number(range: RangeInclusive<f64>) -> impl FnOnce(&DeValue<'_>) -> Result<f64, Wrong> {
    move |value| {
        let wanted = format!("a number from {} to {}", range.start(), range.end());
        let written = match value {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::Float(float) => float.as_str(),
            _ => return Err(wrong_kind(value, &wanted)),
        };
        let number = written.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| Wrong::new(format!("{written} is not {wanted}")))
    }
}

/// An amount: a number that is not below zero.
pub fn not_negative(value: &DeValue<'_>) -> Result<f64, Wrong> {
    let written = match value {
        DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
        DeValue::Float(float) => float.as_str(),
        _ => return Err(wrong_kind(value, "an amount such as 0.04")),
    };
    let amount = written.parse().ok().filter(|amount: &f64| amount.is_finite() && *amount >= 0.0);
    amount.ok_or_else(|| Wrong::new(format!("{written} is not an amount such as 0.04")))
}

/// A fraction strictly between 0 and 1, such as a quantile.
pub fn fraction(value: &DeValue<'_>) -> Result<f64, Wrong> {
    let float = value.as_float().ok_or_else(|| wrong_kind(value, "a number between 0 and 1, such as 0.95"))?;
    let number = float.as_str().parse().ok().filter(|number: &f64| *number > 0.0 && *number < 1.0);
    number.ok_or_else(|| Wrong::new(format!("{float} is not between 0 and 1")))
}

/// A span of time, which may be zero.
pub fn span(value: &DeValue<'_>) -> Result<Duration, Wrong> {
    let text = value.as_str().ok_or_else(|| match value.as_integer() {
        Some(number) => Wrong::new(format!("{number} has no unit"))
            .meaning(Some(format!("\"{number}ms\", \"{number}s\" or \"{number}m\""))),
        None => wrong_kind(value, "a span of time such as \"90s\", \"10m\" or \"1h30m\""),
    })?;
    let span = parse_span(text).map_err(Wrong::new)?;
    if span > LONGEST_SPAN { Err(Wrong::new(format!("{text:?} is longer than 30 days"))) } else { Ok(span) }
}

/// A span of time that is more than zero.
pub fn some_span(value: &DeValue<'_>) -> Result<Duration, Wrong> {
    match span(value)? {
        Duration::ZERO => Err(Wrong::new("must be longer than 0s")),
        span => Ok(span),
    }
}

/// A percentage such as `"1%"`, strictly between 0 and 100, as a share (0–1).
pub fn percent(value: &DeValue<'_>) -> Result<f64, Wrong> {
    let text = value.as_str().ok_or_else(|| wrong_kind(value, "a percentage such as \"1%\""))?;
    parse_percent(text).map_err(Wrong::new)
}

/// Reads `1%` or `0.5 %` as a share, strictly between 0 and 1.
///
/// # Errors
/// What is wrong with it.
pub fn parse_percent(text: &str) -> Result<f64, String> {
    let number = text.trim().strip_suffix('%').and_then(|number| decimal(number.trim()));
    let number = number.ok_or_else(|| format!("{text:?} is not a percentage such as \"1%\""))?;
    if number > 0.0 && number < 100.0 {
        Ok(number / 100.0)
    } else {
        Err(format!("{text:?} is not between 0% and 100%"))
    }
}

/// Reads a size such as `2GiB`, `512Mi` or `2GB` in bytes. The units of Kubernetes, with or without the B.
///
/// # Errors
/// What is wrong with it.
pub fn parse_bytes(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, f64); 9] = [
        ("B", 1.0),
        ("kB", 1e3),
        ("MB", 1e6),
        ("GB", 1e9),
        ("TB", 1e12),
        ("KiB", 1_024.0),
        ("MiB", 1_048_576.0),
        ("GiB", 1_073_741_824.0),
        ("TiB", 1_099_511_627_776.0),
    ];
    let wrong = || format!("{text:?} is not a size such as \"2GiB\" or \"512MiB\"");
    let digits = text.trim().find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
    let (number, unit) = text.trim().split_at(digits);
    let unit = unit.trim();
    let size =
        UNITS.iter().find(|(name, _)| unit == *name || (!unit.is_empty() && name.strip_suffix('B') == Some(unit)));
    let bytes = decimal(number).ok_or_else(wrong)? * size.ok_or_else(wrong)?.1;
    if (1.0..9e18).contains(&bytes) {
        Ok(bytes as u64)
    } else {
        Err(format!("{text:?} is no size that a pod could have"))
    }
}

/// One of a few words.
pub fn word<T: Copy>(words: &[(&str, T)]) -> impl FnOnce(&DeValue<'_>) -> Result<T, Wrong> {
    move |value| {
        let list = || words.iter().map(|(word, _)| format!("{word:?}")).collect::<Vec<_>>().join(", ");
        let text = value.as_str().ok_or_else(|| wrong_kind(value, &format!("one of {}", list())))?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        found.ok_or_else(|| {
            let meant = nearest(text, words.iter().map(|(word, _)| *word)).map(|word| format!("{word:?}"));
            Wrong::new(format!("{text:?} is not one of {}", list())).meaning(meant)
        })
    }
}

/// A string that `read` accepts.
pub fn parsed<T>(read: impl FnOnce(&str) -> Result<T, String>) -> impl FnOnce(&DeValue<'_>) -> Result<T, Wrong> {
    move |value| read(&text(value)?).map_err(Wrong::new)
}

/// A value of another kind than the one that is wanted.
pub fn wrong_kind(value: &DeValue<'_>, wanted: &str) -> Wrong {
    let found = match value {
        DeValue::String(text) => format!("the string {text:?}"),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(flag) => format!("{flag}"),
        DeValue::Datetime(at) => format!("the date {at}"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    };
    Wrong::new(format!("must be {wanted}, and is {found}"))
}

/// Digits with at most one point: no sign, no exponent, no infinity.
fn decimal(text: &str) -> Option<f64> {
    let plain = text.starts_with(|c: char| c.is_ascii_digit()) && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_shares() {
        assert_eq!(parse_percent("1%"), Ok(0.01));
        assert_eq!(parse_percent(" 0.5 % "), Ok(0.005));
        for wrong in ["", "1", "%", "-1%", "0%", "100%", "101%", "1e1%", "NaN%", "inf%", "1.2.3%"] {
            assert!(parse_percent(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn sizes_have_the_units_of_kubernetes() {
        assert_eq!(parse_bytes("2GiB"), Ok(2 << 30));
        assert_eq!(parse_bytes("512Mi"), Ok(512 << 20));
        assert_eq!(parse_bytes("2GB"), Ok(2_000_000_000));
        assert_eq!(parse_bytes("1.5 KiB"), Ok(1_536));
        for wrong in ["", "2", "GiB", "2Gigs", "-2GiB", "2 G i B", "99999999999TiB", "0B", "2i", "2BB"] {
            assert!(parse_bytes(wrong).is_err(), "{wrong:?}");
        }
    }
}

//! Kubernetes quantities: `500m`, `1.5Gi`, `2e3`.

/// A quantity in thousandths of its unit, so that `500m` of CPU and `1Gi` of memory are both whole numbers.
/// `None`: it is none.
pub fn milli(text: &str) -> Option<i128> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '+' | '-')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    // The metrics API tells CPU in billionths and millionths of a core.
    let (factor, finer) = match suffix {
        "n" => (1, 1_000_000),
        "u" => (1, 1_000),
        _ => (factor(suffix)?, 1),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.len() > 9 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    // Kubernetes rounds up what is finer than it can tell.
    Some(div_ceil(digits.checked_mul(factor)?, scale.checked_mul(finer)?))
}

/// A quantity in whole units, rounded up; `None`: it is none, or negative.
pub fn whole(text: &str) -> Option<u64> {
    u64::try_from(div_ceil(milli(text)?, 1_000)).ok()
}

/// The suffix as thousandths.
fn factor(suffix: &str) -> Option<i128> {
    const KILO: i128 = 1_000;
    const KIBI: i128 = 1_024;
    let power = |base: i128, exponent: u32| base.checked_pow(exponent).and_then(|factor| factor.checked_mul(KILO));
    match suffix {
        "m" => Some(1),
        "" => Some(KILO),
        "k" => power(KILO, 1),
        "M" => power(KILO, 2),
        "G" => power(KILO, 3),
        "T" => power(KILO, 4),
        "P" => power(KILO, 5),
        "E" => power(KILO, 6),
        "Ki" => power(KIBI, 1),
        "Mi" => power(KIBI, 2),
        "Gi" => power(KIBI, 3),
        "Ti" => power(KIBI, 4),
        "Pi" => power(KIBI, 5),
        "Ei" => power(KIBI, 6),
        _ => power(10, suffix.strip_prefix(['e', 'E'])?.parse().ok().filter(|exponent| *exponent <= 18)?),
    }
}

fn div_ceil(value: i128, by: i128) -> i128 {
    value.div_euclid(by) + i128::from(value.rem_euclid(by) > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_read_as_kubernetes_reads_them() {
        for (text, milli_units) in [
            ("500m", 500),
            ("2", 2_000),
            ("0.5", 500),
            ("1.5Gi", 1_610_612_736_000),
            ("128Mi", 134_217_728_000),
            ("1e3", 1_000_000),
            ("1E3", 1_000_000),
            ("1k", 1_000_000),
            ("0.0001", 1),
            ("24500000n", 25),
            ("1500u", 2),
        ] {
            assert_eq!(milli(text), Some(milli_units), "{text}");
        }
        assert_eq!(whole("1500m"), Some(2));
        assert_eq!(whole("1Gi"), Some(1 << 30));
    }

    #[test]
    fn what_is_no_quantity_is_none() {
        for text in ["", "Gi", "1Q", "abc", "1.2.3", "1e99", "--1", "99999999999999999999999999999999999999999E"] {
            assert_eq!(milli(text), None, "{text:?}");
        }
        assert_eq!(whole("-1"), None);
    }
}

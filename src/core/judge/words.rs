//! The words of the threshold judge, and numbers as people write them.

use crate::core::compare::other_side;
use crate::core::evidence::{Ledger, Row};
use crate::core::rule::{Rule, Sli};
use crate::core::verdict::Evidence as Numbers;

/// Why a rule is breached: what was measured, of how much, against which target.
pub(super) fn breach_words(rule: &Rule, ledger: &Ledger, numbers: &Numbers) -> String {
    let Some(target) = rule.sli.budget() else {
        let words = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), bytes);
        return format!("the canary uses {}, and the rule allows {}", words(numbers.canary), words(numbers.target));
    };
    let sample = ledger.last.unwrap_or_default();
    let share = |row: Row| row.share().map_or_else(|| "unknown".to_owned(), percent);
    let stable = if sample.stable.n > 0 {
        format!(", {} {}", other_side(numbers.baseline), share(sample.stable))
    } else {
        String::new()
    };
    format!(
        "{} of the canary's requests {} ({} of {}){stable}; the target is {}, and {} samples in a row were bad",
        share(sample.canary),
        bad_word(rule),
        sample.canary.bad,
        sample.canary.n,
        percent(target),
        ledger.in_a_row
    )
}

pub(super) fn bad_word(rule: &Rule) -> &'static str {
    if matches!(rule.sli, Sli::Latency { .. }) { "were too slow" } else { "failed" }
}

fn bound_words(rule: &Rule) -> String {
    match rule.sli {
        Sli::Latency { bound, .. } => format!("{bound}"),
        _ => String::new(),
    }
}

/// What mends a histogram that cannot tell: `inconclusive: add a bucket at 0.1`.
pub(super) fn add_a_bucket(rule: &Rule) -> String {
    format!("inconclusive: add a bucket at {}, where none ends now", bound_words(rule))
}

/// A share of requests as people write it: `1.1 %`, `0.20 %`, `45 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        0.0 => "0 %".to_owned(),
        p if p < 1.0 => format!("{p:.2} %"),
        p if p < 10.0 => format!("{p:.1} %"),
        p => format!("{p:.0} %"),
    }
}

/// Bytes as Kubernetes writes them: `312Mi`, `1.5Gi`.
pub fn bytes(count: f64) -> String {
    const MI: f64 = 1024.0 * 1024.0;
    match count {
        c if c.is_nan() => "NaN".to_owned(),
        c if c >= 10_240.0 * MI => format!("{:.0}Gi", c / MI / 1024.0),
        c if c >= 1024.0 * MI => format!("{:.1}Gi", c / MI / 1024.0),
        c if c >= MI => format!("{:.0}Mi", c / MI),
        c => format!("{:.0}Ki", c / 1024.0),
    }
}

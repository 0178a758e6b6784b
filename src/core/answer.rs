//! What an expression was answered, in a form that a journal keeps: enough to judge it again by another target, and no more.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::plan::Plan;
use crate::core::sample::{Batch, FaultKind, SourceFault};
use crate::core::text::{cut, neutral};

/// How much is kept of why there is no answer, in columns: its beginning names the cause.
const WHY: usize = 120;

/// An answer. What was asked is not kept with it: it is the expression of the rule in the plan, and no plan changes its rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KeptAnswer {
    /// A finite number.
    Value(f64),
    /// An answer without one.
    Word(Word),
    /// Nobody knows: several series, a refusal, or no answer in time.
    Fault {
        /// Which of them.
        fault: FaultKind,
        /// The beginning of the cause, neutralised.
        why: String,
    },
}

/// What an answer is that is no finite number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// It is no number.
    Nan,
    /// It is above every number.
    Infinity,
    /// It is below every number.
    MinusInfinity,
    /// There is no series.
    Nothing,
}

impl KeptAnswer {
    /// What is kept of an answer.
    pub fn of(outcome: &Result<Option<f64>, SourceFault>) -> Self {
        match outcome {
            Ok(Some(value)) if value.is_finite() => Self::Value(*value),
            Ok(Some(value)) if value.is_nan() => Self::Word(Word::Nan),
            Ok(Some(value)) if *value > 0.0 => Self::Word(Word::Infinity),
            Ok(Some(_)) => Self::Word(Word::MinusInfinity),
            Ok(None) => Self::Word(Word::Nothing),
            Err(fault) => Self::Fault { fault: fault.kind, why: cut(&neutral(&fault.why), WHY) },
        }
    }

    /// The answer, as it came but for the length of a cause.
    pub fn outcome(&self) -> Result<Option<f64>, SourceFault> {
        match self {
            Self::Value(value) => Ok(Some(*value)),
            Self::Word(Word::Nan) => Ok(Some(f64::NAN)),
            Self::Word(Word::Infinity) => Ok(Some(f64::INFINITY)),
            Self::Word(Word::MinusInfinity) => Ok(Some(f64::NEG_INFINITY)),
            Self::Word(Word::Nothing) => Ok(None),
            Self::Fault { fault, why } => Err(SourceFault { kind: *fault, why: why.clone() }),
        }
    }
}

/// By rule, what the expressions about a workload were answered in a reading. `None`: no rule of the workload has one, which is
/// something else than that none was due.
pub fn kept(plan: &Plan, workload: &str, batch: &Batch) -> Option<BTreeMap<String, KeptAnswer>> {
    let asks = plan.rules.iter().any(|rule| rule.is_for(workload) && rule.sli.promql().is_some());
    let of_workload = batch.answers.iter().filter(|answered| answered.workload == workload);
    asks.then(|| of_workload.map(|answered| (answered.rule.clone(), KeptAnswer::of(&answered.outcome))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_comes_back_from_a_journal_as_what_it_was() {
        let fault = |kind, why: &str| Err(SourceFault { kind, why: why.to_owned() });
        for (outcome, kept) in [
            (Ok(Some(99.5)), "99.5"),
            (Ok(Some(0.0)), "0.0"),
            (Ok(Some(f64::INFINITY)), r#""infinity""#),
            (Ok(Some(f64::NEG_INFINITY)), r#""minus-infinity""#),
            (Ok(None), r#""nothing""#),
            (fault(FaultKind::Ambiguous, "2 series"), r#"{"fault":"ambiguous","why":"2 series"}"#),
            (fault(FaultKind::Down, "503"), r#"{"fault":"down","why":"503"}"#),
        ] {
            let text = serde_json::to_string(&KeptAnswer::of(&outcome)).unwrap();
            assert_eq!(text, kept);
            assert_eq!(serde_json::from_str::<KeptAnswer>(&text).unwrap().outcome(), outcome);
        }
        let nan = serde_json::to_string(&KeptAnswer::of(&Ok(Some(f64::NAN)))).unwrap();
        assert_eq!(nan, r#""nan""#);
        assert!(serde_json::from_str::<KeptAnswer>(&nan).unwrap().outcome().unwrap().unwrap().is_nan());
    }

    #[test]
    fn a_cause_is_short_and_harmless() {
        let why = format!("\u{1b}[31m{}", "x".repeat(10_000));
        let KeptAnswer::Fault { why, .. } = KeptAnswer::of(&Err(SourceFault { kind: FaultKind::Down, why })) else {
            panic!("a fault")
        };
        assert!(why.starts_with("\\u{1b}[31mxxx") && why.ends_with('…') && why.chars().count() <= WHY, "{why}");
    }
}

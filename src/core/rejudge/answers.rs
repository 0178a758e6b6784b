//! Which expressions a recorded release asked, and what it was answered: the only answers that other rules can be given.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::core::answer::KeptAnswer;
use crate::core::plan::Plan;
use crate::core::rule::Rule;
use crate::core::sample::Answered;

/// Why an expression is not judged again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOut {
    /// No recorded rule asked this about the workload.
    NeverAsked,
    /// It was asked, by an earlier program that kept no answer.
    NotKept,
}

/// The recorded answers, for the rules that ask the same.
pub(super) struct Answers {
    /// By workload and rule of the new ones: the recorded rule that asked the same.
    same: BTreeMap<String, BTreeMap<String, String>>,
    /// The workloads whose readings keep answers.
    kept: BTreeSet<String>,
}

impl Answers {
    pub fn of(plan: &Plan, rules: &[Rule]) -> Self {
        let each = plan.workloads.iter().map(|workload| {
            let same = rules.iter().filter_map(|rule| {
                let asked = who_asked(plan, rule, &workload.name)?;
                Some((rule.name.clone(), asked.to_owned()))
            });
            (workload.name.clone(), same.collect())
        });
        Self { same: each.collect(), kept: BTreeSet::new() }
    }

    /// What is kept of a reading, as answers to the rules that ask the same.
    pub fn give(&mut self, workload: &str, kept: &BTreeMap<String, KeptAnswer>) -> Vec<Answered> {
        self.kept.insert(workload.to_owned());
        let same = self.same.get(workload).into_iter().flatten();
        let answered = same.filter_map(|(rule, asked)| {
            let outcome = kept.get(asked)?.outcome();
            Some(Answered { rule: rule.clone(), workload: workload.to_owned(), outcome })
        });
        answered.collect()
    }

    /// Whether any rule asks something about the workload that was asked then.
    pub fn are_wanted(&self, workload: &str) -> bool {
        self.same.get(workload).is_some_and(|same| !same.is_empty())
    }

    /// Why a rule cannot be judged about a workload, by what is known so far; `None`: it can.
    pub fn left_out(&self, rule: &Rule, workload: &str) -> Option<LeftOut> {
        if rule.sli.promql().is_none() || !rule.is_for(workload) {
            return None;
        }
        match self.same.get(workload).is_some_and(|same| same.contains_key(&rule.name)) {
            false => Some(LeftOut::NeverAsked),
            true => (!self.kept.contains(workload)).then_some(LeftOut::NotKept),
        }
    }
}

/// The recorded rule that asked the same about a workload. A question is the same where its text is, before names are filled in:
/// namespace and workload are those of the record, and pods come and go. The name of a rule is no part of it.
fn who_asked<'a>(plan: &'a Plan, rule: &Rule, workload: &str) -> Option<&'a str> {
    let question = rule.sli.promql().filter(|_| rule.is_for(workload))?.trim();
    let asked = |other: &&Rule| other.is_for(workload) && other.sli.promql().map(str::trim) == Some(question);
    let named = plan.rules.iter().filter(asked).find(|other| other.name == rule.name);
    named.or_else(|| plan.rules.iter().find(asked)).map(|other| other.name.as_str())
}

//! Steps that can prove what is wished.

use std::fmt::Write as _;

use crate::core::plan::{Plan, Step, Workload};
use crate::core::power::Known;
use crate::core::power::step::Gaze;
use crate::core::time::human;

/// Steps that can prove what is wished, and what had to be changed for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The steps, rising, the last at 100 %.
    pub steps: Vec<Step>,
    /// Whether they are the plan's own.
    pub unchanged: bool,
}

/// The plan's steps, each with the least weight from its own upwards at which its soak does; where no weight below 100 does,
/// with the highest that helps and as long a soak as it needs. `Err` names a rule and workload that no step helps.
///
/// At 100 % nothing is left to compare with: that step stays as it is.
///
/// # Errors
/// The workload and the rule by which `times` as many bad requests can never be told from chance.
pub fn suggest(plan: &Plan, known: &[(&Workload, Known<'_>)], times: f64) -> Result<Suggestion, (String, String)> {
    let mut gazes = Vec::new();
    for (workload, known) in known {
        for rule in &plan.rules {
            let Some(gaze) = Gaze::of(plan, workload, *known, rule) else { continue };
            if gaze.wait(99, times).is_none() {
                return Err((workload.name.clone(), rule.name.clone()));
            }
            gazes.push(gaze);
        }
    }
    let mut steps: Vec<Step> = Vec::new();
    for step in &plan.steps {
        let step = raised(step, &gazes, times);
        // A step that was raised to where the next one stands takes its place.
        match steps.last_mut().filter(|last| last.weight >= step.weight) {
            Some(last) => {
                last.soak = last.soak.max(step.soak);
                last.approval |= step.approval;
            }
            None => steps.push(step),
        }
    }
    let unchanged = steps == plan.steps;
    Ok(Suggestion { steps, unchanged })
}

fn raised(step: &Step, gazes: &[Gaze<'_>], times: f64) -> Step {
    let does = |weight: u32| gazes.iter().all(|gaze| gaze.within(weight, step.soak, times));
    if step.weight >= 100 {
        return step.clone();
    }
    if let Some(weight) = (step.weight..100).find(|weight| does(*weight)) {
        return Step { weight, ..step.clone() };
    }
    let wait = |weight: u32| gazes.iter().filter_map(|gaze| gaze.wait(weight, times)).max().unwrap_or(step.soak);
    // Pods stop following the weight at as many as stable has: a higher one changes nothing.
    let weight =
        (step.weight..=50.max(step.weight)).min_by_key(|weight| (wait(*weight), *weight)).unwrap_or(step.weight);
    let minutes = (wait(weight).as_secs_f64() / 60.0).ceil() as u64;
    Step { weight, soak: std::time::Duration::from_secs(minutes * 60).max(step.soak), ..step.clone() }
}

impl Suggestion {
    /// As the configuration writes them: `steps = [6, 10, { weight = 25, soak = "30m" }, 50, 100]`. `soak` is what the
    /// configuration says for steps without their own.
    pub fn toml(&self, soak: std::time::Duration) -> String {
        let mut text = String::from("steps = [");
        for (place, step) in self.steps.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            let own = if step.soak == soak { String::new() } else { format!(", soak = \"{}\"", human(step.soak)) };
            let approval = if step.approval { ", approval = true" } else { "" };
            let plain = own.is_empty() && approval.is_empty();
            let _ = match plain {
                true => write!(text, "{comma}{}", step.weight),
                false => write!(text, "{comma}{{ weight = {}{own}{approval} }}", step.weight),
            };
        }
        text.push(']');
        text
    }
}

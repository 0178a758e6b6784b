//! The remaining steps as one line of text, to be changed and read back: `25% 10m, 50% 30m approval, 100% 10m`.

use crate::core::plan::Step;
use crate::core::snapshot::Snapshot;
use crate::core::time::{human, parse_span};

/// The step from which on the line speaks, from 0: the one that is being flown.
pub fn from(snapshot: &Snapshot) -> usize {
    snapshot.step.as_ref().map_or(0, |step| step.index)
}

/// The line.
pub fn written(snapshot: &Snapshot) -> String {
    let steps = snapshot.plan.steps.iter().skip(from(snapshot));
    let one = |step: &Step| {
        let gate = if step.approval { " approval" } else { "" };
        format!("{}% {}{gate}", step.weight, human(step.soak))
    };
    steps.map(one).collect::<Vec<_>>().join(", ")
}

/// All steps, with those of the line in the place of the remaining ones.
///
/// # Errors
/// What is wrong with which part, and how to write it.
pub fn read(line: &str, snapshot: &Snapshot) -> Result<Vec<Step>, String> {
    let mut steps: Vec<Step> = snapshot.plan.steps.iter().take(from(snapshot)).cloned().collect();
    for part in line.split(',') {
        steps.push(step(part.trim())?);
    }
    Ok(steps)
}

fn step(part: &str) -> Result<Step, String> {
    let mut words = part.split_whitespace();
    let (Some(weight), Some(soak)) = (words.next(), words.next()) else {
        return Err(format!("{part:?} is no step; write a weight and a soak: 50% 10m"));
    };
    let weight = weight.trim_end_matches('%').parse().ok().filter(|weight| (1..=100).contains(weight));
    let weight = weight.ok_or_else(|| format!("{part:?} begins with no weight from 1% to 100%"))?;
    let soak = parse_span(soak)?;
    let approval = match (words.next(), words.next()) {
        (None, _) => false,
        (Some("approval"), None) => true,
        (Some(other), _) => {
            return Err(format!("{other:?} is not understood after a soak; only approval may stand there"));
        }
    };
    Ok(Step { weight, soak, approval })
}

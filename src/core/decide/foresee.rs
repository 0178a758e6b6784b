//! What the steps can prove, from what stable shows: said once before the first of them, and kept up to date.

use crate::core::decide::turn::Turn;
use crate::core::event::Event;
use crate::core::plan::Kind;
use crate::core::power::{Known, Past, Power, WANTED, foresee};
use crate::core::state::Phase;

impl Turn<'_> {
    /// Takes in what a reading says of stable's past and of the traffic now.
    pub(super) fn foresee(&mut self) {
        let flying = matches!(self.state.phase, Phase::Preparing | Phase::Stepping(_));
        let Some(batch) = self.seen.batch.filter(|_| flying && self.plan.kind == Kind::Release) else { return };
        let mut power = Vec::new();
        for sight in self.sights() {
            let name = &sight.plan.name;
            if !self.state.past.contains_key(name) {
                let past = Past::of(self.plan, sight.plan, sight.view, batch);
                if past.rows.is_empty() {
                    continue;
                }
                self.state.past.insert(name.clone(), past);
            }
            let Some(past) = self.state.past.get(name) else { continue };
            let rates = self.state.evidence.get(name).and_then(|evidence| evidence.rates());
            let rps = rates.map_or(past.rps, |rates| rates.canary + rates.stable);
            power.extend(foresee(self.plan, sight.plan, Known { past, rps }, WANTED));
        }
        self.state.power = power;
        self.tell_power();
    }

    /// Tells of each step that cannot prove what is wished, once: by the rule and workload that would need the longest.
    fn tell_power(&mut self) {
        let first = !matches!(&self.state.phase, Phase::Stepping(stepping) if stepping.index > 0);
        if self.state.foretold || self.state.power.is_empty() {
            return;
        }
        self.state.foretold = true;
        if !first {
            return;
        }
        for step in 0..self.plan.steps.len() {
            let of_step = self.state.power.iter().filter(|power| power.step == step && power.weight < 100);
            let worst = of_step.filter(|power| !power.proves()).max_by(|a, b| longest(a).cmp(&longest(b))).cloned();
            if let Some(power) = worst {
                self.tell(Event::Power(Box::new(power)));
            }
        }
    }
}

fn longest(power: &Power) -> std::time::Duration {
    power.lacks.as_ref().and_then(|lacks| lacks.soak).unwrap_or(std::time::Duration::MAX)
}

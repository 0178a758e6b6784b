//! What must hold of every interleaving.

use super::*;

impl World {
    pub(super) fn take_note(
        &mut self,
        process: usize,
        events: &[Event],
        said: &[Said],
        state: Option<&State>,
        now: Time,
    ) {
        for event in events {
            self.note(|| match event {
                Event::Reading { .. } | Event::Share { .. } | Event::Verdict { .. } => String::new(),
                event => format!("{}: {event:?}", self.processes[process].name),
            });
            match event {
                Event::Step { index, state: StepState::Passed, .. } => {
                    let judged = state.map(|state| state.judgements.clone()).unwrap_or_default();
                    let evident = !judged.is_empty()
                        && judged.iter().all(|judgement| {
                            let fresh = judgement
                                .evidence
                                .newest
                                .is_some_and(|newest| now.since(newest) < Duration::from_secs(20));
                            // A person's promotion waives too little traffic, and nothing else.
                            let waived = self.promoted && judgement.data == DataState::TooLittleTraffic;
                            let counted = judgement.evidence.requests > 0 && judgement.verdict == Verdict::Pass;
                            (counted || waived) && fresh
                        });
                    assert!(evident, "step {index} passed without evidence: {judged:?}");
                    self.passed.insert(*index);
                }
                Event::Command { command, accepted: true, .. } if command != "rollback" => {
                    self.promoted |= command == "promote";
                    self.seen.commands += 1;
                }
                _ => {}
            }
        }
        // Which command was obeyed is in the answers; each at most once, a rollback aside.
        for answer in said {
            let letter = self.server.letters.get(&answer.id).and_then(|letter| letter.command.clone().ok());
            if answer.outcome.is_ok() && letter.is_some_and(|command| command.verb != Verb::Rollback) {
                let times = self.obeyed.entry(answer.id.clone()).or_default();
                *times += 1;
                assert!(*times <= 1, "{} was obeyed twice", answer.id);
            }
        }
    }

    pub(super) fn check_writes(&self, from: usize) {
        for (place, landed) in self.server.log.iter().enumerate().skip(from) {
            let before = &self.server.log[..place];
            let newer = before.iter().filter(|other| other.spot == landed.spot).map(|other| other.epoch).max();
            // Nothing that does not exist can be fenced: a create that comes late leaves at most an empty canary.
            let empty = landed.before.is_null() && replicas(&landed.after) == 0;
            assert!(
                empty || newer.is_none_or(|newer| landed.epoch >= newer),
                "a write of epoch {} landed on {:?} after one of epoch {newer:?}",
                landed.epoch,
                landed.spot
            );
            let up = replicas(&landed.after) > replicas(&landed.before) && landed.spot.name.ends_with("-canary")
                || is_pinned(&landed.after) && !is_pinned(&landed.before);
            if !up {
                continue;
            }
            let asks = if is_pinned(&landed.after) { u64::from(N) } else { replicas(&landed.after) };
            assert!(asks <= 1 || self.passed.contains(&1), "the weight rose to {asks} pods without evidence");
            let back = |lowered: &dyn Fn(&Landed) -> bool| before.iter().any(|other| other.rolling && lowered(other));
            if replicas(&landed.after) > replicas(&landed.before) {
                let begun = back(&|other| lowers(&other.before, &other.after));
                assert!(!begun, "the weight rose after a rollback had begun");
            }
            // A pin that its own driver had sent may still land while its canary has pods, and is taken down again: a rollback
            // does not wait for its answer before it unpins. On a canary without pods it would be an outage.
            let emptied = back(&|other| replicas(&other.after) < replicas(&other.before));
            assert!(
                !(emptied && is_pinned(&landed.after)),
                "a Service was pinned to a canary that a rollback had emptied"
            );
        }
    }

    pub(super) fn check_end(&mut self) {
        let outcome = self.ended;
        match outcome {
            Some(Outcome::Promoted) => self.seen.promoted += 1,
            Some(Outcome::RolledBack) => self.seen.rolled_back += 1,
            _ => {}
        }
        let rolled = self.server.log.iter().any(|landed| landed.rolling && lowers(&landed.before, &landed.after));
        if (self.ordered || rolled || self.canary_is_bad) && outcome != Some(Outcome::Promoted) {
            let (pods, pinned) = (self.server.canary_replicas(), self.server.is_pinned());
            assert!(
                pods == 0 && !pinned,
                "seed {}: a rollback has not come to 0: {pods} pods, pinned: {pinned}",
                self.seed
            );
            assert_eq!(outcome, Some(Outcome::RolledBack), "seed {}", self.seed);
        }
        assert!(!(self.canary_is_bad && outcome == Some(Outcome::Promoted)), "a bad canary was promoted");
        if matches!(outcome, Some(Outcome::Promoted | Outcome::RolledBack)) {
            let left = self.server.objects.get(&spot("Deployment", "checkout-baseline")).map_or(0, replicas);
            assert_eq!(left, 0, "seed {}: a baseline is left", self.seed);
        }
    }
}

/// Whether a write takes traffic away from the canary.
fn lowers(before: &Value, after: &Value) -> bool {
    replicas(after) < replicas(before) && after["metadata"]["name"] == "checkout-canary"
        || is_pinned(before) && !is_pinned(after)
}

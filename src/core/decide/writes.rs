//! Writes that are wanted: sent once, watched until they are seen, sent again only after a look.

use std::time::Duration;

use crate::core::act::{Act, ActFault, ActOutcome, ActVerb};
use crate::core::decide::seen::blindness;
use crate::core::decide::turn::Turn;
use crate::core::event::{EffectState, Event};
use crate::core::plan::Kind;
use crate::core::snapshot::Outcome;
use crate::core::state::{Pending, PendingState, Phase};

/// How long a confirmed write may take to be seen before it counts as put back.
const SEEN_WITHIN: Duration = Duration::from_secs(2);

/// How many times in a row a write may come too late before that is said.
const CONFLICTS: u32 = 5;

/// How many times in [`FIGHT_WINDOW`] a write may be put back before we stop fighting.
pub const FIGHT_LIMIT: usize = 3;

/// See [`FIGHT_LIMIT`].
pub const FIGHT_WINDOW: Duration = Duration::from_secs(300);

impl Turn<'_> {
    /// Wants a write: sends it if it was not sent, or sends it again when its time has come.
    pub(super) fn want(&mut self, workload: &str, verb: ActVerb) {
        let act = Act::on(workload, verb);
        if !self.wanted.insert(act.clone()) {
            return;
        }
        let Some(pending) = self.state.pending.get(&act).cloned() else {
            return self.send(act, 1);
        };
        match pending.state {
            PendingState::Flying => {}
            PendingState::Again { at } if self.now >= at => self.send(act, pending.tries + 1),
            PendingState::Again { at } => self.look_at(at),
            PendingState::Confirmed { at } if self.now < at + SEEN_WITHIN => self.look_at(at + SEEN_WITHIN),
            PendingState::Confirmed { .. } if blindness(self.seen.view, self.now).is_some() => {}
            PendingState::Confirmed { .. } => {
                self.was_put_back(&act);
                self.send(act, pending.tries + 1);
            }
        }
    }

    fn send(&mut self, act: Act, tries: u32) {
        let known = self.state.pending.get(&act);
        let refused = known.is_some_and(|known| known.refused);
        let (since, why) = known.map_or((self.now, None), |known| (known.since, known.why.clone()));
        if tries == 1 {
            self.tell(Event::Effect {
                what: act.words(self.plan),
                workload: act.workload.clone(),
                state: EffectState::Sent,
                why: None,
            });
        }
        self.state.pending.insert(act.clone(), Pending { state: PendingState::Flying, tries, since, why, refused });
        self.effects.push(act);
    }

    /// Takes in how writes ended.
    pub(super) fn take_outcomes(&mut self) {
        for (act, outcome) in self.seen.outcomes {
            let Some(mut pending) = self.state.pending.get(act).cloned() else { continue };
            let (state, why) = match outcome {
                ActOutcome::Confirmed { .. } => {
                    pending.state = PendingState::Confirmed { at: self.now };
                    (EffectState::Confirmed, None)
                }
                ActOutcome::Unknown { why } => {
                    pending.state = PendingState::Again { at: self.now + Duration::from_millis(200) };
                    (EffectState::Unknown, Some(why.clone()))
                }
                ActOutcome::Failed { kind, why } => {
                    pending.refused = matches!(kind, ActFault::Forbidden | ActFault::Rejected | ActFault::Gone);
                    pending.state = PendingState::Again { at: self.now + self.patience(*kind, pending.tries) };
                    let back = matches!(self.state.phase, Phase::RollingBack) && self.plan.kind == Kind::Release;
                    let state = if back && act.is_forward() { EffectState::Overtaken } else { EffectState::Failed };
                    (state, Some(why.clone()))
                }
            };
            // Somebody wrote in between, as controllers do all the time: it is read again at once, and only one that goes
            // on is news.
            if let ActOutcome::Failed { kind: ActFault::Conflict, .. } = outcome
                && pending.tries < CONFLICTS
            {
                self.state.pending.insert(act.clone(), pending);
                continue;
            }
            // A failure that repeats itself is told once.
            if state == EffectState::Confirmed || why != pending.why {
                self.tell(Event::Effect {
                    what: act.words(self.plan),
                    workload: act.workload.clone(),
                    state,
                    why: why.clone(),
                });
            }
            pending.why = why;
            self.state.pending.insert(act.clone(), pending);
            if let ActOutcome::Failed { kind: ActFault::Fenced, why } = outcome {
                self.end(Outcome::Refused, false, &format!("another driver has this release: {why}"), Vec::new());
                return;
            }
        }
    }

    /// How long to wait before a failed write is tried again: a rollback never waits longer than a second.
    fn patience(&self, kind: ActFault, tries: u32) -> Duration {
        let longest = if matches!(self.state.phase, Phase::RollingBack) {
            Duration::from_secs(1)
        } else {
            Duration::from_secs(10)
        };
        let first = if kind == ActFault::Conflict { Duration::from_millis(50) } else { Duration::from_millis(250) };
        first.saturating_mul(1 << tries.saturating_sub(1).min(10)).min(longest)
    }

    /// Whether such a write was sent and has no answer yet: nobody knows whether it lands. It has one within the bound on its
    /// time, be it that nothing was heard.
    pub(super) fn is_under_way(&self, workload: &str, verb: ActVerb) -> bool {
        let pending = self.state.pending.get(&Act::on(workload, verb));
        pending.is_some_and(|pending| pending.state == PendingState::Flying)
    }

    /// Notes that somebody put a write of ours back.
    pub(super) fn was_put_back(&mut self, act: &Act) {
        let ActVerb::Pin { service } = &act.verb else { return };
        let writer = self
            .sights()
            .iter()
            .find(|sight| sight.plan.name == act.workload)
            .and_then(|sight| sight.view.services.get(service).and_then(|service| service.selector_writer.clone()));
        let by = writer.unwrap_or_else(|| "somebody".to_owned());
        self.note_put_back(
            &by,
            &format!("has unpinned Service {service}: its requests no longer all go to {}", self.plan.to),
        );
    }

    /// Says who has put a write of ours back, and counts it.
    pub(super) fn note_put_back(&mut self, by: &str, what: &str) {
        self.note(format!("{by} {what}"));
        self.state.put_back.push((self.now, by.to_owned()));
        let now = self.now;
        self.state.put_back.retain(|(at, _)| now.since(*at) < FIGHT_WINDOW);
    }

    /// The first write that is wanted and cannot be done for a reason that waiting does not cure, in words.
    pub(super) fn stuck(&self) -> Option<String> {
        self.state.pending.iter().filter(|(act, _)| self.wanted.contains(act)).find_map(|(act, pending)| {
            let why = pending.why.as_ref()?;
            (pending.tries >= 2 && matches!(pending.state, PendingState::Again { .. } | PendingState::Flying))
                .then(|| format!("cannot {}: {why}", act.words(self.plan)))
        })
    }

    /// Drops what is neither wanted nor under way: the world is as it shall be.
    pub(super) fn forget_unwanted(&mut self) {
        let wanted = &self.wanted;
        self.state.pending.retain(|act, pending| wanted.contains(act) || pending.state == PendingState::Flying);
    }
}

//! Going on with a release that another engine left: what of its memory still holds, and what must be seen anew.

use crate::core::evidence::Evidence;
use crate::core::state::{PendingState, Phase, State};
use crate::core::time::Time;

impl State {
    /// The state that a journal or a board kept, as an engine that begins at `now` may believe it.
    ///
    /// Nothing is under way any more, the time between is no soak, and nobody is known to be paused by a hold. What the step
    /// has counted stands, because it was counted of this version at this weight. What was between two readings does not:
    /// the last values of counters are in no checkpoint (they would outgrow all the rest of it, pod by pod and series by
    /// series), so the first reading of every pod is a new beginning, and what was asked in the gap is never judged.
    pub fn resumed(mut self, now: Time) -> Self {
        for pending in self.pending.values_mut() {
            pending.state = PendingState::Again { at: now };
        }
        if let Some(before) = self.before_end.take()
            && matches!(self.phase, Phase::Landing { .. } | Phase::Ended)
        {
            self.phase = *before;
        }
        match &mut self.phase {
            Phase::Stepping(stepping) => {
                stepping.looked = now;
                stepping.waiting.since = None;
                // Pods and pins are looked at anew before the soak goes on.
                stepping.soaking_since = None;
            }
            Phase::Finishing(finishing) => finishing.waiting.since = None,
            _ => {}
        }
        self.evidence.values_mut().for_each(Evidence::bridge_gap);
        self.pins_up.clear();
        self.pins_stopped = None;
        self.blind_since = None;
        self.pod_time.pause();
        self.hold = None;
        self.ended = None;
        self
    }
}

//! The one decision of this program: given a plan, where the release stands and what is seen, what is done next.
//!
//! `decide` is pure and total. It is called whenever something was seen, asked or answered, or when the time that it
//! named has come; calling it more often changes nothing.

mod advance;
mod baseline;
mod command;
mod edit;
mod finish;
mod foresee;
mod landing;
mod offer;
mod prepare;
mod proof;
mod raise;
mod rollback;
mod seen;
mod step;
mod turn;
mod watch;
mod writes;

pub use offer::back::BEWARE;
pub use offer::offers;
pub use seen::{CRASHES, Sight, canary_size, share_by_pods, sights};

use crate::core::act::{Act, ActOutcome};
use crate::core::command::{Answer, Command};
use crate::core::event::Event;
use crate::core::plan::Plan;
use crate::core::sample::Batch;
use crate::core::state::{Phase, State};
use crate::core::time::Time;
use crate::core::view::ClusterView;

/// What one turn is told.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// The newest picture of the cluster.
    pub view: &'a ClusterView,
    /// The newest reading of the metrics, if there is one since the last turn.
    pub batch: Option<&'a Batch>,
    /// What people asked since the last turn, in order.
    pub commands: &'a [Command],
    /// How acts ended since the last turn, in order.
    pub outcomes: &'a [(Act, ActOutcome)],
    /// Whether somebody sits at a terminal: then a hold never ends by itself.
    pub attended: bool,
    /// Why the journal cannot be written: nothing advances then, and no rollback waits for it.
    pub journal_trouble: Option<&'a str>,
    /// Why the lease is not surely ours now: nothing advances then, and no rollback waits for it.
    pub lease_trouble: Option<&'a str>,
    /// The fence that every object of this release carries: `<release id>/<epoch>`.
    pub epoch: &'a str,
}

/// What one turn decides.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Where the release stands now.
    pub state: State,
    /// What is to be done, in this order where one object is concerned.
    pub effects: Vec<Act>,
    /// What happened, for journal and stream.
    pub events: Vec<Event>,
    /// The answers to the commands.
    pub answers: Vec<Answer>,
    /// When to look again although nothing was seen; `None`: only when something is.
    pub look_again_at: Option<Time>,
}

/// Decides one turn.
pub fn decide(plan: &Plan, state: State, seen: Observation<'_>, now: Time) -> Decision {
    let mut turn = turn::Turn::new(plan, state, seen, now);
    if turn.state.ended.is_some() {
        turn.refuse_all();
        return turn.done();
    }
    turn.take_outcomes();
    turn.count_pods();
    turn.note_who_may_meet_it();
    turn.take_reading();
    turn.foresee();
    turn.judge();
    turn.lapse();
    turn.take_commands();
    turn.watch();
    // A take-over writes nothing else before every object knows of it; only a rollback does both at once.
    if !turn.raised() && !matches!(turn.state.phase, Phase::RollingBack) {
        turn.wait_for_raise();
        return turn.done();
    }
    turn.look_for_a_rollback();
    // Each phase may hand over to the next within one turn; the bound only guards against a circle.
    for _ in 0..12 {
        let before = std::mem::discriminant(&turn.state.phase);
        let moved = match turn.state.phase.clone() {
            Phase::Idle => false,
            Phase::Preparing => turn.prepare(),
            Phase::Stepping(stepping) => turn.step(stepping),
            Phase::Finishing(finishing) => turn.finish(finishing),
            Phase::RollingBack => turn.roll_back(),
            Phase::Landing { outcome, why } => turn.land(outcome, &why),
            Phase::Ended => false,
        };
        if !moved && before == std::mem::discriminant(&turn.state.phase) {
            break;
        }
    }
    turn.prove_underway();
    turn.done()
}

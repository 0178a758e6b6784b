//! What a new snapshot does to the screen's own state: answers arrive, lists keep their place, a dialog that is moot closes.

use crate::core::command::Verb;
use crate::core::snapshot::Snapshot;
use crate::tui::fresh::fresh;
use crate::tui::model::{Modal, Model};
use crate::tui::theme::Role;
use crate::tui::update::{Left, Out};

/// Takes note of a new snapshot.
pub fn see(model: &mut Model, before: &Snapshot, after: &Snapshot) -> Vec<Out> {
    answer(model, after);
    if model.events > 0 {
        // Who reads back is not moved by what arrives.
        model.events += fresh(&before.log, &after.log).lines.len();
    }
    if model.opened.as_ref().is_some_and(|opened| !after.workloads.iter().any(|workload| workload.name == *opened)) {
        model.opened = None;
    }
    if after.ended.is_none() {
        return Vec::new();
    }
    model.pending.clear();
    if model.modal == Some(Modal::Quit) {
        model.modal = None;
    }
    if model.leaving { vec![Out::Leave(Left::Ended)] } else { Vec::new() }
}

fn answer(model: &mut Model, snapshot: &Snapshot) {
    let mut refused = None;
    model.pending.retain(|pending| match snapshot.answers.iter().find(|answer| answer.id == pending.id) {
        Some(answer) => {
            if let Err(why) = &answer.outcome {
                refused = Some((pending.verb.clone(), why.clone()));
            }
            false
        }
        None => true,
    });
    if let Some((verb, why)) = refused {
        if verb == Verb::HoldHere {
            model.leaving = false;
        }
        model.say(Role::Warn, format!("refused: {}: {why}", verb.name()));
    }
}

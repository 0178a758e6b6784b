//! What a new snapshot does to the screen's own state: answers arrive, lists keep their place, a dialog that is moot closes.

use crate::core::command::Verb;
use crate::core::fresh::fresh;
use crate::core::inquiry::Question;
use crate::core::snapshot::{Offer, Snapshot};
use crate::tui::model::{Modal, Model};
use crate::tui::stakes::Underway;
use crate::tui::tree;
use crate::tui::update::{Left, Out, inquire, note_pod};
use crate::tui::usage;
use crate::tui::view::View;

/// Takes note of a new snapshot.
pub fn see(model: &mut Model, before: &Snapshot, after: &Snapshot) -> Vec<Out> {
    answer(model, after);
    if model.events > 0 {
        // Who reads back is not moved by what arrives.
        model.events += fresh(&before.log, &after.log).lines.len();
    }
    keep_places(model, before, after);
    note_pod(model, after);
    close_what_is_moot(model, after);
    if model.opened.as_ref().is_some_and(|opened| !after.workloads.iter().any(|workload| workload.name == *opened)) {
        model.opened = None;
    }
    if after.ended.is_none() {
        return usage::ask(model, after).into_iter().collect();
    }
    model.pending.clear();
    if model.leaving {
        return vec![Out::Leave(Left::Ended)];
    }
    if before.ended.is_none() && model.view == View::Releases {
        // The list says that it still flies.
        return vec![inquire(model, Question::Releases)];
    }
    Vec::new()
}

/// Closes a dialog whose question is no question any more, and says why: nobody is to confirm what has happened by itself.
fn close_what_is_moot(model: &mut Model, after: &Snapshot) {
    let asked = match &model.modal {
        Some(Modal::Confirm(confirm)) => confirm.verb.name(),
        Some(Modal::Quit) => "quit",
        Some(Modal::Edit(_)) => "edit",
        _ => return,
    };
    let rolling_back = Underway::of(after) == Some(Underway::Driven);
    let why = match (&after.ended, &after.rollback) {
        (Some(ended), _) => format!("it has ended meanwhile: {}", ended.words()),
        (None, Some(rollback)) if rolling_back && asked == Verb::Rollback.name() => {
            format!("not needed: it is rolling back already, since {} UTC", rollback.since.clock())
        }
        (None, Some(rollback)) if rolling_back && !matches!(asked, "quit" | "skip-settle") => {
            format!("closed: it is rolling back already, since {} UTC", rollback.since.clock())
        }
        (None, _) if asked == Verb::SkipSettle.name() => match after.offers.iter().find(|offer| offer.command == asked)
        {
            Some(Offer { would: Err(why), .. }) => why.clone(),
            _ => return,
        },
        _ => return,
    };
    model.modal = None;
    model.refuse(format!("{asked}: {why}"));
}

/// Whoever looks at a line of a list keeps looking at the same one when others come and go around it. The first line of
/// what is newest first stays the newest.
fn keep_places(model: &mut Model, before: &Snapshot, after: &Snapshot) {
    match model.view {
        View::Pods => {
            let cursor = model.cursor(View::Pods);
            let under = tree::nodes(before, model).get(cursor).and_then(tree::Node::pod).map(|pod| pod.uid.clone());
            let Some(uid) = under.filter(|_| before.workloads != after.workloads) else { return };
            let is_it = |node: &tree::Node<'_>| matches!(node, tree::Node::Pod(pod) if pod.uid == uid);
            if let Some(place) = tree::nodes(after, model).iter().position(is_it) {
                model.cursors.insert(View::Pods, place);
            }
        }
        View::Events => {
            let new = fresh(&before.log, &after.log).lines.len() + fresh(&before.events, &after.events).lines.len();
            push_down(model, View::Events, new);
        }
        View::Journal => push_down(model, View::Journal, fresh(&before.history, &after.history).lines.len()),
        _ => {}
    }
}

fn push_down(model: &mut Model, view: View, new: usize) {
    if let Some(cursor) = model.cursors.get_mut(&view).filter(|cursor| **cursor > 0) {
        *cursor += new;
    }
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
        model.refuse(format!("refused: {}: {why}", verb.name()));
    }
}

//! Whether an action can be taken now, and if not, why: for the hint line, the help, and the answer to a key.

use crate::core::command::Verb;
use crate::core::inquiry::Recorded;
use crate::core::snapshot::{Offer, Snapshot, Toggle};
use crate::core::state::HoldKind;
use crate::tui::detail::Detail;
use crate::tui::keymap::{Action, Entry, Keymap};
use crate::tui::model::{Model, View};
use crate::tui::screen::full::{Body, body};
use crate::tui::stakes::Underway;
use crate::tui::subject::subject;
use crate::tui::travel::{Mark, Way};
use crate::tui::update::{shown, way};

/// `Ok` where the action does something now; else the reason why not, in words.
///
/// A rollback of a release that flies is always allowed here: the engine alone may refuse it.
pub fn allowed(action: Action, snapshot: &Snapshot, model: &Model) -> Result<(), String> {
    if way(model, action).is_some() {
        return Ok(());
    }
    if let Some(verb) = verb(action, snapshot) {
        match &model.travel {
            // From the past it is the present that is rolled back.
            Some(Mark { meanwhile: Some(meanwhile), .. }) if verb == Verb::Rollback => {
                return meanwhile.rollback.clone();
            }
            Some(mark) if !mark.live => return Err("this is a recording; nothing in it can be commanded".to_owned()),
            Some(_) => return Err("the screen shows the past; esc returns to now".to_owned()),
            None => {}
        }
        if snapshot.read_only {
            return Err("it was started with --read-only, and the engine refuses every command".to_owned());
        }
        if action == Action::PinAgain {
            gave_up_pins(snapshot)?;
        }
        return command_allowed(&verb, snapshot);
    }
    if action == Action::Open && model.view == View::Plan {
        return may_edit(snapshot, model);
    }
    browsing(action, snapshot, model).map_err(str::to_owned)
}

/// The actions that a filter leaves. Without one, what can be done now comes first; with one, what it names best: who types
/// `promote` and enter wants that, or the reason why not, and nothing else.
pub fn listed<'a>(filter: &str, keymap: &'a Keymap, snapshot: &Snapshot, model: &Model) -> Vec<&'a Entry> {
    let mut found = keymap.filtered(filter);
    if filter.trim().is_empty() {
        found.sort_by_key(|entry| allowed(entry.action, snapshot, model).is_err());
    }
    found
}

/// Whether pins were given up, which one may want to put up again.
fn gave_up_pins(snapshot: &Snapshot) -> Result<(), String> {
    let kind = snapshot.hold.as_ref().and_then(|hold| hold.kind);
    match (kind, &snapshot.pause) {
        (Some(HoldKind::Fight | HoldKind::Thin), Toggle::Off) => Ok(()),
        (Some(HoldKind::Fight | HoldKind::Thin), _) => Err("it is paused: end the pause first".to_owned()),
        _ => Err("no Service waits to be pinned again".to_owned()),
    }
}

/// Whether the remaining steps can be changed now.
fn may_edit(snapshot: &Snapshot, model: &Model) -> Result<(), String> {
    if snapshot.read_only || model.travel.is_some() {
        return Err("what is shown here can only be looked at".to_owned());
    }
    match snapshot.offers.iter().find(|offer| offer.command == "edit").map(|offer| &offer.would) {
        Some(Err(why)) => Err(why.clone()),
        Some(Ok(_)) => Ok(()),
        None if snapshot.ended.is_some() => Err("the release has ended".to_owned()),
        None if snapshot.rollback.is_some() => Err("the steps are flown; nothing of them is left to change".to_owned()),
        None => Ok(()),
    }
}

/// Whether a key that only looks around does something on what is shown.
fn browsing(action: Action, snapshot: &Snapshot, model: &Model) -> Result<(), &'static str> {
    let view = shown(model, snapshot);
    let on_pods = view == View::Pods;
    let in_logs = matches!(model.detail, Some(Detail::Logs(_)));
    match action {
        Action::Logs | Action::CanaryLogs | Action::Previous if model.travel.is_some() => Err("logs are not recorded"),
        Action::TakeOver if model.travel.is_some() => Err("what is past cannot be driven"),
        Action::TakeOver if snapshot.read_only => Err("it was started with --read-only, and takes over nothing"),
        Action::TakeOver if snapshot.driver.here => Err("you drive already"),
        Action::TakeOver if snapshot.driver.silent_since.is_none() => {
            Err("somebody drives; a rollback may be ordered all the same")
        }
        Action::Go(View::Flight) if view == View::Flight && model.view == View::Now => {
            Err("the flight is what is shown")
        }
        Action::Open if view == View::Evidence && model.detail.is_none() && !snapshot.rules.is_empty() => Ok(()),
        Action::Open if on_pods && model.detail.is_none() && !model.on_pod => Err("the cursor is on no pod"),
        Action::Open if on_pods && model.detail.is_none() => Ok(()),
        Action::Open if view == View::Releases && under_cursor(model).is_some_and(|one| one.is_of(snapshot)) => {
            Err("this one is the release on the screen: 1 shows its flight, [ its past")
        }
        Action::Open if view == View::Releases && under_cursor(model).is_some() => Ok(()),
        Action::Open if view != View::Flight => Err("nothing can be opened here"),
        Action::Open if snapshot.workloads.len() < 2 => Err("there is one workload, and it is shown"),
        Action::Filter if !in_logs && (!view.has_filter() || model.detail.is_some()) => {
            Err("what is shown cannot be filtered; pods, events, journal, releases and logs can")
        }
        Action::Logs if !on_pods || in_logs => Err("put the cursor on a pod first: 3 lists them"),
        Action::Logs if model.detail.is_none() && !model.on_pod => Err("the cursor is on no pod"),
        Action::CanaryLogs if !has_canary(snapshot) => Err("there is no canary pod"),
        Action::Left | Action::Right if !in_logs => Err("only logs are wider than the screen"),
        Action::Up | Action::Down | Action::PageUp | Action::PageDown | Action::Top | Action::Bottom
            if model.detail.is_none() && is_still(model, snapshot) =>
        {
            Err("what is shown here does not move")
        }
        Action::Travel(Way::Later) if model.travel.is_none() => Err("this is now; [ looks at the past"),
        Action::Travel(Way::Earlier | Way::Later) => Ok(()),
        Action::Travel(_) if model.travel.is_none() => Err("no recording is shown; [ looks at the past"),
        Action::Copy if subject(model, snapshot).is_none() => Err("nothing is under the cursor"),
        Action::Previous if !in_logs => Err("no log is open"),
        Action::Sort | Action::Containers if !on_pods || model.detail.is_some() => {
            Err("the pods are not what is shown")
        }
        _ => Ok(()),
    }
}

/// Whether there is nothing on the screen that one could scroll.
fn is_still(model: &Model, snapshot: &Snapshot) -> bool {
    matches!(body(model.view, snapshot), Body::Log | Body::View(View::Proof))
}

/// The recorded release that the cursor is on.
fn under_cursor(model: &Model) -> Option<&Recorded> {
    let found = crate::tui::rows::releases(model);
    let cursor = model.cursor(View::Releases).min(found.len().saturating_sub(1));
    found.get(cursor).copied()
}

fn has_canary(snapshot: &Snapshot) -> bool {
    snapshot.workloads.iter().flat_map(|workload| &workload.pods).any(|pod| pod.track.is_new())
}

/// The command that an action sends, if it sends one.
pub fn verb(action: Action, snapshot: &Snapshot) -> Option<Verb> {
    match action {
        Action::Rollback => Some(Verb::Rollback),
        Action::Approve => Some(Verb::Approve),
        Action::Promote => Some(Verb::Promote { full: false, over: false }),
        Action::PromoteFull => Some(Verb::Promote { full: true, over: false }),
        Action::PauseOrResume if snapshot.pause == Toggle::Off => Some(Verb::Pause),
        Action::PauseOrResume => Some(Verb::Resume),
        Action::SkipSettle => Some(Verb::SkipSettle),
        Action::PinAgain => Some(Verb::Resume),
        _ => None,
    }
}

/// What the engine says that a command would do now.
pub fn offer<'a>(verb: &Verb, snapshot: &'a Snapshot) -> Option<&'a Offer> {
    snapshot.offers.iter().find(|offer| offer.command == verb.name())
}

fn command_allowed(verb: &Verb, snapshot: &Snapshot) -> Result<(), String> {
    let offered = offer(verb, snapshot).map(|offer| &offer.would);
    match (verb, offered) {
        (Verb::Rollback, _) if snapshot.ended.is_none() => match Underway::of(snapshot) {
            Some(Underway::Driven) => Err("it is rolling back already".to_owned()),
            Some(Underway::Abandoned) | None => Ok(()),
        },
        (_, Some(Ok(_))) => Ok(()),
        (_, Some(Err(why))) => Err(why.clone()),
        (_, None) if snapshot.ended.is_some() => Err("the release has ended".to_owned()),
        (Verb::SkipSettle, None) => Err("nothing outside the cluster is waited for".to_owned()),
        (_, None) => Ok(()),
    }
}

/// Whether [`View::Now`] shows the flight.
pub fn shows_flight(snapshot: &Snapshot) -> bool {
    snapshot.rollback.is_none() && snapshot.ended.is_none()
}

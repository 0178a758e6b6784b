//! What a key does: a new model, and what is to be sent. Pure: the loop performs what comes out.

use std::time::Duration;

use ratatui::crossterm::event::KeyEvent;

use crate::core::command::{Command, Seen, Verb};
use crate::core::inquiry::{Ask, Question};
use crate::core::snapshot::{Mode, Snapshot};
use crate::core::time::Time;
use crate::tui::allowed::{allowed, offer, verb};
use crate::tui::export::Export;
use crate::tui::keymap::{Action, Chord, Keymap};
use crate::tui::model::{Confirm, Guard, Help, Modal, Model, PENDING, Pending, Tried};
use crate::tui::standing::worst_verdict;
use crate::tui::subject::subject;
use crate::tui::travel::Way;
use crate::tui::usage;

mod browse;
mod dialog;
mod past;

pub use browse::shown;
pub(super) use browse::{inquire, note_pod};
pub(super) use past::{begin_to_look_back, look_again};
pub use past::{says, way};

/// A second ctrl-c within this time leaves at once.
const TWICE: Duration = Duration::from_secs(2);

/// What a key is pressed in front of.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// What is on the screen.
    pub snapshot: &'a Snapshot,
    /// How things stand now, where the screen shows the past.
    pub present: &'a Snapshot,
    /// The time.
    pub now: Time,
    /// The keys.
    pub keymap: &'a Keymap,
    /// Who presses them.
    pub me: &'a Me,
}

/// Who sits at the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Me {
    /// The person, as the API server names them.
    pub who: String,
    /// Something unique of this process, for the ids of its commands.
    pub session: String,
}

/// What a key brings about outside the model.
#[derive(Clone, Debug, PartialEq)]
pub enum Out {
    /// A command for the engine.
    Send(Command),
    /// A question for the desk.
    Ask(Ask),
    /// Something is taken away.
    Export(Export),
    /// A text goes to the terminal's clipboard.
    Copy(String),
    /// Another moment is shown.
    Travel(Way),
    /// The screen closes.
    Leave(Left),
    /// The whole screen is drawn again.
    Redraw,
}

/// Why the screen closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// The release has ended, and the person has seen it.
    Ended,
    /// The person left a release that somebody else drives; nothing changes for it.
    Observer,
    /// The person left at once, without the engine's answer: the caller ends the engine as a signal would.
    AtOnce,
    /// Nobody drives, and this person takes over.
    TakeOver,
    /// The person leaves, and the release flies on under a driver without a screen.
    Detach,
    /// The terminal is gone, and why.
    TerminalGone(String),
    /// The engine is gone, or something in this process panicked.
    EngineGone,
}

/// What a key does.
pub fn update(model: &mut Model, key: KeyEvent, world: &World<'_>) -> Vec<Out> {
    let mut outs = press(model, key, world);
    note_pod(model, world.snapshot);
    outs.extend(usage::ask(model, world.snapshot));
    outs
}

fn press(model: &mut Model, key: KeyEvent, world: &World<'_>) -> Vec<Out> {
    let chord = Chord::from(key);
    if model.modal.is_none() {
        model.scrolled = 0;
        if chord.typed() == Some('y') && model.refusal.is_some() {
            // It was meant for the dialog that did not open, or has closed by itself: it neither confirms nor copies.
            return Vec::new();
        }
    }
    model.refusal = None;
    model.notice = None;
    match world.keymap.action_anywhere(chord) {
        Some(Action::Rollback) => return rollback_now(model, world),
        Some(Action::Interrupt) => return interrupt(model, world),
        _ => {}
    }
    if dialog::scrolls(model, chord) {
        return Vec::new();
    }
    match model.modal.take() {
        Some(modal) => dialog::key(model, modal, chord, world),
        None if model.typing => {
            browse::type_filter(model, chord, world.snapshot);
            Vec::new()
        }
        None => match world.keymap.action(chord) {
            Some(action) => perform(model, action, world),
            None => {
                model.refuse(format!(
                    "{chord}: this key does nothing; {} lists them all",
                    world.keymap.key(Action::Help)
                ));
                Vec::new()
            }
        },
    }
}

/// Opens the dialog of a rollback. From the past it is one of the present: that is what would be rolled back.
fn rollback_now(model: &mut Model, world: &World<'_>) -> Vec<Out> {
    if !model.travel.as_ref().is_some_and(|mark| mark.live) {
        return ask_rollback(model, world);
    }
    model.travel = None;
    let present = World { snapshot: world.present, ..*world };
    let mut outs = vec![Out::Travel(Way::Present)];
    outs.extend(ask_rollback(model, &present));
    outs
}

/// Takes an action, or says why it cannot be taken.
pub fn perform(model: &mut Model, action: Action, world: &World<'_>) -> Vec<Out> {
    if let Some(way) = way(model, action) {
        return vec![Out::Travel(way)];
    }
    if action == Action::Rollback {
        return rollback_now(model, world);
    }
    if let Err(why) = allowed(action, world.snapshot, model) {
        let name = world.keymap.entry(action).map_or("this", |entry| entry.name);
        model.refuse(format!("{name}: {why}"));
        return Vec::new();
    }
    if let Some(verb) = verb(action, world.snapshot) {
        return match verb {
            Verb::Pause => send(model, verb, seen(world.snapshot), world),
            // It only goes on with what is there; what pins again is asked first.
            Verb::Resume if action == Action::PauseOrResume => send(model, verb, seen(world.snapshot), world),
            dangerous => ask(model, dangerous, world),
        };
    }
    match action {
        Action::Help => model.modal = Some(Modal::Help(Help::default())),
        Action::Go(view) => return browse::go(model, view, world.snapshot),
        Action::NextView => return browse::go_beside(model, true, world.snapshot),
        Action::PreviousView => return browse::go_beside(model, false, world.snapshot),
        Action::Back => return browse::back(model),
        Action::Open => return browse::open(model, world.snapshot),
        Action::Filter => model.typing = true,
        Action::Logs => return browse::logs(model, world.snapshot),
        Action::CanaryLogs => return browse::canary_logs(model, world.snapshot),
        Action::Previous => return browse::previous(model),
        Action::Sort => model.sort = model.sort.next(),
        Action::Containers => model.containers = !model.containers,
        Action::NextPane => return browse::next_pane(model, true, world.snapshot),
        Action::PreviousPane => return browse::next_pane(model, false, world.snapshot),
        Action::Travel(way) => return vec![Out::Travel(way)],
        Action::Export => model.modal = Some(Modal::Export),
        Action::Copy => return subject(model, world.snapshot).map(Out::Copy).into_iter().collect(),
        Action::Redraw => return vec![Out::Redraw],
        Action::TakeOver => return vec![Out::Leave(Left::TakeOver)],
        Action::Quit => return quit_now(model, world),
        movement => browse::scroll(model, movement, world.snapshot),
    }
    Vec::new()
}

/// Opens the dialog of a rollback, from wherever one is.
fn ask_rollback(model: &mut Model, world: &World<'_>) -> Vec<Out> {
    match allowed(Action::Rollback, world.snapshot, model) {
        Ok(()) => ask(model, Verb::Rollback, world),
        Err(why) => {
            model.refuse(format!("rollback: {why}"));
            Vec::new()
        }
    }
}

/// Opens the dialog of a dangerous command, and has its writes tried meanwhile. Nothing waits for the answer.
fn ask(model: &mut Model, verb: Verb, world: &World<'_>) -> Vec<Out> {
    let typed_name = world.snapshot.plan.production && matches!(verb, Verb::Promote { .. });
    let guard = if typed_name { Guard::Name { typed: String::new() } } else { Guard::Key };
    let acts = offer(&verb, world.snapshot).map(|offer| offer.acts.clone()).unwrap_or_default();
    let mut outs = Vec::new();
    let trial = (!acts.is_empty()).then(|| {
        outs.push(inquire(model, Question::Rehearse(acts)));
        Tried { number: model.asked, answer: None }
    });
    model.modal = Some(Modal::Confirm(Confirm { verb, seen: seen(world.snapshot), guard, trial }));
    outs
}

/// Makes a command and remembers that it waits for an answer.
fn send(model: &mut Model, verb: Verb, seen: Seen, world: &World<'_>) -> Vec<Out> {
    // A rollback may always be sent again: it is obeyed once, and nobody at 3 a.m. should be told to wait.
    if verb != Verb::Rollback && (model.is_pending(&verb) || model.pending.len() >= PENDING) {
        model.refuse(format!("{}: it was sent already; the engine has not answered yet", verb.name()));
        return Vec::new();
    }
    model.made += 1;
    let id = format!("{}-{}", world.me.session, model.made);
    if model.pending.len() >= PENDING {
        model.pending.remove(0);
    }
    model.pending.push(Pending { id: id.clone(), verb: verb.clone(), at: world.now });
    vec![Out::Send(Command { id, verb, by: world.me.who.clone(), at: world.now, reason: None, seen })]
}

/// What is before the person's eyes.
fn seen(snapshot: &Snapshot) -> Seen {
    Seen {
        release: Some(snapshot.plan.release.clone()),
        hash: Some(snapshot.plan.hash.clone()),
        epoch: Some(snapshot.driver.epoch),
        step: snapshot.step.as_ref().map(|step| step.index),
        worst: worst_verdict(snapshot),
    }
}

fn interrupt(model: &mut Model, world: &World<'_>) -> Vec<Out> {
    let twice = model.interrupted.is_some_and(|at| world.now.since(at) <= TWICE);
    model.interrupted = Some(world.now);
    match model.modal.take() {
        Some(Modal::Confirm(confirm)) if !twice => dialog::cancelled(model, &confirm.verb, world),
        Some(Modal::Help(_) | Modal::Export | Modal::Edit(_)) if !twice => Vec::new(),
        None if model.typing && !twice => {
            model.typing = false;
            Vec::new()
        }
        _ if twice || model.leaving => vec![Out::Leave(Left::AtOnce)],
        _ => quit_now(model, world),
    }
}

/// Leaves a recording at once; from the past of a release that flies it asks about the release as it stands now.
fn quit_now(model: &mut Model, world: &World<'_>) -> Vec<Out> {
    match model.travel.take() {
        None => quit(model, world.snapshot),
        Some(mark) if !mark.live => vec![Out::Leave(Left::Observer)],
        Some(_) => {
            let mut outs = vec![Out::Travel(Way::Present)];
            outs.extend(quit(model, world.present));
            outs
        }
    }
}

/// Asks what becomes of the release; one that has ended asks nothing.
fn quit(model: &mut Model, snapshot: &Snapshot) -> Vec<Out> {
    if snapshot.ended.is_some() {
        return vec![Out::Leave(Left::Ended)];
    }
    if snapshot.read_only || snapshot.mode == Mode::Idle {
        // Nothing was changed, and nothing is left behind that one could ask about.
        return vec![Out::Leave(Left::Observer)];
    }
    if model.leaving {
        return vec![Out::Leave(Left::AtOnce)];
    }
    model.modal = Some(Modal::Quit);
    Vec::new()
}

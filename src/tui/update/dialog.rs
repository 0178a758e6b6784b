//! Keys while something lies over the screen. Enter and esc cancel; what confirms is another key than what opened.

use ratatui::crossterm::event::KeyCode;

use crate::core::command::Verb;
use crate::tui::allowed::{listed, offer};
use crate::tui::edit;
use crate::tui::export::Export;
use crate::tui::keymap::{Action, Chord};
use crate::tui::model::{Confirm, Guard, Help, Modal, Model};
use crate::tui::stakes::Stakes;
use crate::tui::update::{Left, Out, World, ask, ask_rollback, browse, perform, seen, send};

/// What a key does to what lies over the screen. The modal is taken; it comes back where it stays open.
pub(super) fn key(model: &mut Model, modal: Modal, chord: Chord, world: &World<'_>) -> Vec<Out> {
    match modal {
        Modal::Confirm(confirm) => confirm_key(model, confirm, chord, world),
        Modal::Edit(line) => edit_key(model, line, chord, world),
        Modal::Export => export_key(model, chord),
        Modal::Quit => quit_key(model, chord, world),
        Modal::Help(help) => help_key(model, help, chord, world),
    }
}

/// Whether a key moves what a dialog says; letters do where none is typed.
pub(super) fn scrolls(model: &mut Model, chord: Chord) -> bool {
    let letters = match &model.modal {
        None | Some(Modal::Help(_)) => return false,
        // What can be taken away has letters of its own.
        Some(Modal::Edit(_) | Modal::Export) => false,
        Some(Modal::Confirm(confirm)) => confirm.guard == Guard::Key,
        Some(Modal::Quit) => true,
    };
    let page = (model.page / 2).max(1);
    let letter = |wanted: char| letters && chord.typed() == Some(wanted);
    let scrolled = model.scrolled;
    model.scrolled = match chord.code {
        KeyCode::Down => scrolled + 1,
        KeyCode::Up => scrolled.saturating_sub(1),
        KeyCode::PageDown => scrolled + page,
        KeyCode::PageUp => scrolled.saturating_sub(page),
        _ if letter('j') => scrolled + 1,
        _ if letter('k') => scrolled.saturating_sub(1),
        _ if chord == Chord::ctrl('d') => scrolled + page,
        _ if chord == Chord::ctrl('u') => scrolled.saturating_sub(page),
        _ => return false,
    };
    true
}

fn confirm_key(model: &mut Model, mut confirm: Confirm, chord: Chord, world: &World<'_>) -> Vec<Out> {
    if chord.code == KeyCode::Esc {
        return cancelled(model, &confirm.verb, world);
    }
    match &mut confirm.guard {
        Guard::Key => match chord.typed() {
            Some('y' | 'Y') => return confirmed(model, confirm, world),
            _ if chord.code == KeyCode::Enter => return cancelled(model, &confirm.verb, world),
            _ => {}
        },
        Guard::Name { typed } => match chord.code {
            KeyCode::Enter if typed.is_empty() => return cancelled(model, &confirm.verb, world),
            KeyCode::Enter if *typed == world.snapshot.plan.application => return confirmed(model, confirm, world),
            KeyCode::Enter => {
                model.refuse(format!("this is not the name: {}", world.snapshot.plan.application));
            }
            KeyCode::Backspace => {
                typed.pop();
            }
            _ => typed.extend(chord.typed().filter(|_| typed.len() < 100)),
        },
    }
    model.modal = Some(Modal::Confirm(confirm));
    Vec::new()
}

/// Says that nothing was done: whoever pressed enter may have meant yes.
pub(super) fn cancelled(model: &mut Model, verb: &Verb, world: &World<'_>) -> Vec<Out> {
    let how = match verb {
        Verb::Rollback => format!("; {} y rolls back", world.keymap.key(Action::Rollback)),
        _ => String::new(),
    };
    model.notice = Some(format!("cancelled: nothing was done{how}"));
    Vec::new()
}

/// Sends what was confirmed, unless the engine says by now that it would refuse it. A rollback is sent all the same.
fn confirmed(model: &mut Model, confirm: Confirm, world: &World<'_>) -> Vec<Out> {
    let refusal = offer(&confirm.verb, world.snapshot).and_then(|offer| offer.would.as_ref().err());
    match refusal {
        Some(why) if confirm.verb != Verb::Rollback => {
            model.refuse(format!("{}: {why}", confirm.verb.name()));
            Vec::new()
        }
        _ => {
            // Whoever brings everything back wants to see that next, wherever the dialog was opened from.
            let closed = (confirm.verb == Verb::Rollback).then(|| browse::come_home(model)).flatten();
            let mut outs = send(model, confirm.verb, confirm.seen, world);
            outs.extend(closed);
            outs
        }
    }
}

/// A key while the steps are changed. What is confirmed afterwards is what the line says.
fn edit_key(model: &mut Model, mut line: String, chord: Chord, world: &World<'_>) -> Vec<Out> {
    match chord.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Enter => {
            if let Ok(steps) = edit::read(&line, world.snapshot) {
                return ask(model, Verb::Edit { steps }, world);
            }
        }
        KeyCode::Backspace => {
            line.pop();
        }
        _ => line.extend(chord.typed().filter(|_| line.len() < 300)),
    }
    model.modal = Some(Modal::Edit(line));
    Vec::new()
}

fn export_key(model: &mut Model, chord: Chord) -> Vec<Out> {
    if matches!(chord.code, KeyCode::Esc | KeyCode::Enter) {
        return Vec::new();
    }
    match Export::ALL.into_iter().find(|export| chord.typed() == Some(export.key())) {
        Some(export) => vec![Out::Export(export)],
        None => {
            model.modal = Some(Modal::Export);
            Vec::new()
        }
    }
}

fn quit_key(model: &mut Model, chord: Chord, world: &World<'_>) -> Vec<Out> {
    if matches!(chord.code, KeyCode::Esc | KeyCode::Enter) {
        return Vec::new();
    }
    if world.snapshot.ended.is_some() {
        return vec![Out::Leave(Left::Ended)];
    }
    match (Stakes::of(world.snapshot), chord.typed()) {
        (Stakes::Observing, Some('y')) => vec![Out::Leave(Left::Observer)],
        (Stakes::RollingBack, Some('y')) => vec![Out::Leave(Left::AtOnce)],
        (Stakes::Driving, Some('h')) => {
            model.leaving = true;
            send(model, Verb::HoldHere, seen(world.snapshot), world)
        }
        (Stakes::Driving, Some('d')) if world.snapshot.sharing.shared => vec![Out::Leave(Left::Detach)],
        (Stakes::Driving, Some('r')) => ask_rollback(model, world),
        _ => {
            model.modal = Some(Modal::Quit);
            Vec::new()
        }
    }
}

fn help_key(model: &mut Model, mut help: Help, chord: Chord, world: &World<'_>) -> Vec<Out> {
    let shown = listed(&help.filter, world.keymap, world.snapshot, model);
    let here = help.place(&shown);
    let page = model.page.max(1);
    let last = shown.len().saturating_sub(1);
    let there = match chord.code {
        KeyCode::Esc => return Vec::new(),
        KeyCode::Enter => {
            return match shown.get(here) {
                Some(entry) => perform(model, entry.action, world),
                None => Vec::new(),
            };
        }
        KeyCode::Up => Some(here.saturating_sub(1)),
        KeyCode::Down => Some(here + 1),
        KeyCode::PageUp => Some(here.saturating_sub(page)),
        KeyCode::PageDown => Some(here + page),
        KeyCode::Home => Some(0),
        KeyCode::End => Some(last),
        _ if chord == Chord::ctrl('u') => Some(here.saturating_sub(page)),
        _ if chord == Chord::ctrl('d') => Some(here + page),
        KeyCode::Backspace => {
            help.filter.pop();
            None
        }
        _ => {
            // A habit from lists, where this key begins a filter; no action has it in its name.
            let begins = chord.typed() == Some('/') && help.filter.is_empty();
            let Some(letter) = chord.typed().filter(|_| help.filter.len() < 40 && !begins) else {
                model.modal = Some(Modal::Help(help));
                return Vec::new();
            };
            help.filter.push(letter);
            None
        }
    };
    // Another filter leaves other actions: the cursor is on the first of them.
    help.chosen = there.and_then(|there| shown.get(there.min(last))).map(|entry| entry.action);
    model.modal = Some(Modal::Help(help));
    Vec::new()
}

//! The cockpit, seen from outside: what is on the screen, and what keys bring about.

mod actions;
mod colour;
mod dialogs;
mod edit;
pub mod hostile;
mod journeys;
mod picker;
mod plain;
mod plainly;
mod random;
mod screens;
mod seat;
mod tape;
mod views;

use glidepath::core::snapshot::Snapshot;
use glidepath::tui::keymap::Keymap;
use glidepath::tui::look::Look;
use glidepath::tui::model::Model;
use glidepath::tui::screen::{Scene, draw};
use glidepath::tui::update::{Me, Out, World, update};
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;

use crate::snapshots::now;

/// A key by its name: a letter, `enter`, `esc`, `tab`, `space`, `up`, `down`, `bs`, or `ctrl-x`.
pub fn key(name: &str) -> KeyEvent {
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "space" => KeyCode::Char(' '),
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "bs" => KeyCode::Backspace,
        _ => match name.strip_prefix("ctrl-") {
            Some(letter) => {
                return KeyEvent::new(KeyCode::Char(letter.chars().next().unwrap()), KeyModifiers::CONTROL);
            }
            None => KeyCode::Char(name.chars().next().unwrap()),
        },
    };
    KeyEvent::from(code)
}

/// The screen's state after these keys, pressed in front of a snapshot.
pub fn after(keys: &str, snapshot: &Snapshot) -> Model {
    let all = keys.split_whitespace();
    all.fold(Model::default(), |model, name| pressed(model, name, snapshot).0)
}

/// The screen's state after one more key, and what comes out.
pub fn pressed(mut model: Model, name: &str, snapshot: &Snapshot) -> (Model, Vec<Out>) {
    let me = Me { who: "dana@example.com".to_owned(), session: "test".to_owned() };
    let world = World { snapshot, present: snapshot, now: now(), keymap: &Keymap::default(), me: &me };
    let outs = update(&mut model, key(name), &world);
    (model, outs)
}

/// One frame.
pub fn frame(snapshot: &Snapshot, model: &Model, look: Look, width: u16, height: u16) -> Buffer {
    let scene = Scene { snapshot, model, keymap: &Keymap::default(), look, now: now(), present: now() };
    draw(&scene, Rect::new(0, 0, width, height))
}

/// What is on a screen of the design size after these keys.
pub fn shown(snapshot: &Snapshot, keys: &str) -> String {
    glidepath::tui::picture::text(&frame(snapshot, &after(keys, snapshot), Look::default(), 80, 24))
}

//! What reaches the terminal, byte by byte.

use glidepath::tui::look::{Look, LookWanted, let_the_theme_decide_colours};
use glidepath::tui::model::Model;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::{Terminal, TerminalOptions, Viewport};

use super::frame;
use crate::snapshots::{phase, phases};

/// What a frame sends to a terminal.
pub fn bytes(frame: &Buffer) -> String {
    let_the_theme_decide_colours();
    let options = TerminalOptions { viewport: Viewport::Fixed(frame.area) };
    let mut sent = Vec::new();
    let mut terminal = Terminal::with_options(CrosstermBackend::new(&mut sent), options).unwrap();
    terminal.draw(|on| *on.buffer_mut() = frame.clone()).unwrap();
    drop(terminal);
    String::from_utf8(sent).unwrap()
}

#[test]
fn without_colour_bold_and_reversed_are_kept_and_no_colour_is_sent() {
    let look = Look::new(LookWanted::default(), |name| (name == "NO_COLOR").then(|| "1".to_owned()));
    for (name, snapshot) in phases() {
        let sent = bytes(&frame(&snapshot, &Model::default(), look, 80, 24));
        assert!(!sent.contains("\u{1b}[;m"), "{name}");
        assert!(!sent.contains("38;") && !sent.contains("48;"), "{name}");
        assert!(sent.contains("\u{1b}[1m"), "{name}");
    }
    let dialog = bytes(&frame(&phase("suspicion"), &super::after("r", &phase("suspicion")), look, 80, 24));
    assert!(dialog.contains("\u{1b}[7m[ Cancel: enter, esc ]"), "{dialog:?}");
}

/// The same under the variable itself, which crossterm reads once a process: in a process of its own.
#[test]
fn without_colour_in_an_environment_that_says_so() {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "tui::colour::without_colour_bold_and_reversed_are_kept_and_no_colour_is_sent"])
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
fn with_colour_only_the_sixteen_names_are_sent_and_no_background() {
    for (name, snapshot) in phases() {
        let sent = bytes(&frame(&snapshot, &Model::default(), Look::default(), 80, 24));
        assert!(!sent.contains("48;"), "{name}");
        for colour in sent.split("\u{1b}[38;5;").skip(1) {
            let number: u8 = colour.split(['m', ';']).next().unwrap().parse().unwrap();
            assert!(number < 16, "{name} {number}");
        }
        assert!(!sent.contains("38;2;"), "{name}");
    }
}

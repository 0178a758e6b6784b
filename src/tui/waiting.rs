//! The screen of a cockpit that has nothing to show yet: who does not answer, why, and when it is asked again. It stays open,
//! because at 3 a.m. nobody wants to start a program again and again until the VPN is up.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::core::problem::Problem;
use crate::core::time::human;
use crate::tui::figure::plural;
use crate::tui::glyph;
use crate::tui::keymap::Chord;
use crate::tui::look::Look;
use crate::tui::screen::paint::{Row, clip, put, wrap};
use crate::tui::theme::Role;

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Why it cannot go on yet, in the words of the last try.
    pub problem: Problem,
    /// How often it was tried.
    pub tries: u32,
    /// For how long nobody has answered.
    pub passed: Duration,
    /// When it is tried again; `None`: it is being tried.
    pub retry: Option<Duration>,
}

/// Whether a key leaves.
pub fn leaves(chord: Chord) -> bool {
    chord == Chord::ctrl('c') || chord == Chord::key(KeyCode::Esc) || chord.typed() == Some('q')
}

/// One frame.
pub fn draw(waiting: &Waiting, look: Look, area: Rect) -> Buffer {
    let mut buffer = Buffer::empty(area);
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let span = |role: Role, text: &str| Span::styled(text.to_owned(), look.theme.style(role));
    let state = match waiting.retry {
        Some(left) => format!("NOT CONNECTED, retry in {}", human(left)),
        None => "NOT CONNECTED, asking again …".to_owned(),
    };
    let mut lines = vec![Line::from(vec![
        span(Role::Plain, " "),
        span(Role::Blind, glyph::DOWN),
        span(Role::Strong, &format!(" {state}")),
    ])];
    let said = |role, text: &str| -> Vec<Row> {
        let wrapped = wrap(text, width.saturating_sub(4));
        wrapped.into_iter().map(|text| Line::from(span(role, &format!("   {text}")))).collect()
    };
    lines.extend(said(Role::Plain, &waiting.problem.what));
    for hint in &waiting.problem.hints {
        lines.extend(said(Role::Quiet, hint));
    }
    let times = plural(usize::try_from(waiting.tries).unwrap_or(usize::MAX), "time");
    let tries = format!("tried {times} in {}; nothing was changed", human(waiting.passed));
    lines.extend(said(Role::Quiet, &tries));
    lines.truncate(height.saturating_sub(1));
    lines.resize(height.saturating_sub(1), Row::default());
    lines.push(Line::from(vec![
        span(Role::Key, " q"),
        Span::raw(" leave   it goes on by itself as soon as somebody answers"),
    ]));
    let lines: Vec<Row> = lines.into_iter().map(|line| clip(line, width)).collect();
    put(&mut buffer, area, &lines);
    glyph::finish(&mut buffer, look.ascii);
    buffer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::picture::text;

    fn waiting(retry: Option<Duration>) -> Waiting {
        let problem =
            Problem::unreachable("cannot connect to context prod-eu: connection refused").hint("check the VPN");
        Waiting { problem, tries: 3, passed: Duration::from_secs(12), retry }
    }

    #[test]
    fn it_says_who_does_not_answer_and_when_it_is_asked_again() {
        let shown = text(&draw(&waiting(Some(Duration::from_secs(4))), Look::default(), Rect::new(0, 0, 80, 24)));
        for words in ["retry in 4s", "prod-eu: connection refused", "check the VPN", "tried 3 times in 12s", "q leave"]
        {
            assert!(shown.contains(words), "{words} is missing:\n{shown}");
        }
        let asking = text(&draw(&waiting(None), Look::default(), Rect::new(0, 0, 80, 24)));
        assert!(asking.contains("asking again"), "{asking}");
    }

    #[test]
    fn every_size_is_drawn_and_one_can_always_leave() {
        for width in [0u16, 1, 5, 20, 40, 200] {
            for height in [0u16, 1, 2, 5, 24] {
                let _frame = draw(&waiting(None), Look::default(), Rect::new(0, 0, width, height));
            }
        }
        assert!([Chord::ctrl('c'), Chord::key(KeyCode::Esc), Chord::char('q')].into_iter().all(leaves));
        assert!(!leaves(Chord::char('x')));
    }
}

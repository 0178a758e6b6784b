//! The whole screen as a pure function of (snapshot, model, look, now).
//!
//! Three sizes, and no size is refused: the full screen, one column of essentials under 60×16, and under 40×6 as many
//! essential words as there is room for, the most important first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use unicode_width::UnicodeWidthStr;

use crate::core::snapshot::Snapshot;
use crate::core::time::Time;
use crate::tui::figure::heard;
use crate::tui::glyph;
use crate::tui::keymap::Keymap;
use crate::tui::look::Look;
use crate::tui::model::{Modal, Model};
use crate::tui::screen::dialog::Dialog;
use crate::tui::screen::paint::Row;
use crate::tui::theme::Role;
use crate::tui::trend::Bar;

pub mod advice;
pub mod alerts;
pub mod charts;
pub mod checklist;
pub mod cluster;
pub mod confirm;
pub mod dialog;
pub mod edit;
pub mod end;
pub mod essentials;
pub mod events;
pub mod export;
pub mod flight;
pub mod full;
pub mod gauges;
pub mod help;
pub mod hints;
pub mod history;
pub mod log;
pub mod matrix;
pub mod paint;
pub mod past;
pub mod pods;
pub mod proof;
pub mod quit;
pub mod share;
pub mod sources;
pub mod stages;
pub mod status;
pub mod steps;
pub mod tabs;
pub mod view;
pub mod where_it_flies;
pub mod words;
pub mod workloads;

/// Everything that a frame is made of.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The release.
    pub snapshot: &'a Snapshot,
    /// The screen's own state.
    pub model: &'a Model,
    /// The keys, for hints and help.
    pub keymap: &'a Keymap,
    /// How it looks.
    pub look: Look,
    /// The time, for ages: of the moment that is shown.
    pub now: Time,
    /// The time now, also where the screen shows the past.
    pub present: Time,
}

impl Scene<'_> {
    /// A piece of text in a role's style.
    pub fn span(&self, role: Role, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.look.theme.style(role))
    }

    /// A line of one piece.
    pub fn line(&self, role: Role, text: impl Into<String>) -> Row {
        Line::from(self.span(role, text))
    }

    /// A glyph and its words, told apart by sign, word and look.
    pub fn state(&self, glyph: &str, words: &str, role: Role) -> Row {
        if role == Role::Alarm {
            return self.line(role, format!("{glyph} {words}"));
        }
        Line::from(vec![self.span(role, glyph), Span::raw(" "), self.span(role.of_words(), words)])
    }

    /// A bar of a trend; one over the limit looks so, and where there are no colours by its sign too.
    pub fn bar(&self, bar: Bar, plain: Role) -> Span<'static> {
        let symbol = if bar.over && bar.symbol == '█' && self.look.theme.is_mono() { '▓' } else { bar.symbol };
        self.span(if bar.over { Role::Bad } else { plain }, symbol.to_string())
    }

    /// How long ago something was.
    pub fn age(&self, at: Time) -> String {
        heard(self.now.since(at))
    }

    /// The first of these rules that has room for both of its sides; else the last.
    pub fn first_rule(&self, rules: Vec<(String, Row)>, width: usize) -> Row {
        let fits = |(left, right): &&(String, Row)| left.width() + right.width() + RULE <= width;
        let chosen = rules.iter().find(fits).or(rules.last());
        chosen.map(|(left, right)| self.rule(left, right.clone(), width)).unwrap_or_default()
    }

    /// A line across the screen with a label at its left and one at its right.
    pub fn rule(&self, left: &str, right: Row, width: usize) -> Row {
        let mut line = Row::default();
        line.spans.push(self.span(Role::Frame, "── "));
        line.spans.push(self.span(Role::Quiet, left.to_owned()));
        line.spans.push(Span::raw(" "));
        let line = paint::clip(line, width);
        let right = if right.width() > 0 && left.width() + right.width() + RULE <= width {
            let mut end = Line::from(Span::raw(" "));
            end.spans.extend(right.spans);
            end.spans.push(self.span(Role::Frame, " ──"));
            end
        } else {
            Row::default()
        };
        let between = width.saturating_sub(line.width() + right.width());
        let mut line = line;
        line.spans.push(self.span(Role::Frame, "─".repeat(between)));
        line.spans.extend(right.spans);
        line
    }
}

/// The columns of a rule across the screen that its labels do not have.
const RULE: usize = 9;

/// How much there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Everything.
    Full,
    /// One column of essentials.
    Column,
    /// Words.
    Words,
}

impl Size {
    /// The size class of an area.
    pub fn of(area: Rect) -> Self {
        if area.width < 40 || area.height < 6 {
            Self::Words
        } else if area.width < 60 || area.height < 16 {
            Self::Column
        } else {
            Self::Full
        }
    }
}

/// Draws one frame.
pub fn draw(scene: &Scene<'_>, area: Rect) -> Buffer {
    let mut buffer = Buffer::empty(area);
    if !area.is_empty() {
        match Size::of(area) {
            Size::Full => full::draw(scene, area, &mut buffer),
            Size::Column => essentials::draw(scene, area, &mut buffer),
            Size::Words => words::draw(scene, area, &mut buffer),
        }
        if let Some(dialog) = dialog(scene, area) {
            dialog::draw(scene, &dialog, area, &mut buffer);
        }
    }
    glyph::finish(&mut buffer, scene.look.ascii);
    buffer
}

/// What lies over the screen.
fn dialog(scene: &Scene<'_>, area: Rect) -> Option<Dialog> {
    Some(match scene.model.modal.as_ref()? {
        Modal::Confirm(confirm) => confirm::dialog(scene, confirm, area),
        Modal::Edit(line) => edit::dialog(scene, line, area),
        Modal::Export => export::dialog(scene, area),
        Modal::Quit => quit::dialog(scene, area),
        Modal::Help(help) => help::dialog(scene, help, area),
    })
}

/// How many lines of what lies over the screen do not fit: so far it can be scrolled.
pub fn overflow(scene: &Scene<'_>, area: Rect) -> usize {
    dialog(scene, area).map_or(0, |dialog| dialog::overflow(scene, &dialog, area))
}

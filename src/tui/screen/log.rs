//! This program's own log, as tui-logger keeps it.
//!
//! tui-logger's widget reads a global; this is the one region that is not a function of the scene. Nothing of tui-logger
//! runs before the pane is first drawn: its mover is a call here, where the library would have a thread wake a hundred
//! times a second.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;
use tui_logger::{ExtLogRecord, LogFormatter, TuiLoggerWidget};

use crate::core::text::neutral;
use crate::tui::look::Look;
use crate::tui::screen::paint::{Row, put, wrap};
use crate::tui::screen::{Scene, tabs};
use crate::tui::theme::Role;

/// Draws the newest lines, the newest at the bottom.
pub fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width);
    let head = [tabs::line(scene, width), scene.rule("the log of this program, l goes back", Row::default(), width)];
    put(buffer, area, &head);
    let below = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area }.intersection(buffer.area);
    if below.is_empty() {
        return;
    }
    tui_logger::move_events();
    TuiLoggerWidget::default().formatter(Box::new(Plainly { look: scene.look })).render(below, buffer);
    if below.positions().all(|place| buffer[place].symbol() == " ") {
        put(buffer, below, &[scene.line(Role::Quiet, " nothing was logged yet; started with -v it says more here")]);
    }
}

/// `14:31:08 warn cluster::watch: the message`, neutralised and wrapped.
struct Plainly {
    look: Look,
}

impl LogFormatter for Plainly {
    fn min_width(&self) -> u16 {
        1
    }

    fn format(&self, width: usize, record: &ExtLogRecord) -> Vec<Line<'_>> {
        let stamp = record.timestamp.timestamp().to_string();
        let time = stamp.split('T').nth(1).and_then(|time| time.get(..8)).unwrap_or_default();
        let level = record.level.as_str().to_lowercase();
        let role = match level.as_str() {
            "error" => Role::Bad,
            "warn" => Role::Strong,
            "info" => Role::Plain,
            _ => Role::Quiet,
        };
        let text = neutral(&format!("{time} {level:5} {}: {}", record.target(), record.msg().trim()));
        let style = self.look.theme.style(role);
        let lines = wrap(&text, width.saturating_sub(1).max(1));
        // The widget counts on at least one line an event.
        let lines = if lines.is_empty() { vec![String::new()] } else { lines };
        lines.into_iter().map(|line| Line::styled(format!(" {line}"), style)).collect()
    }
}

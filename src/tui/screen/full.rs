//! The full screen, from 60×16 on; 80×24 is the design size.
//!
//! ```text
//!  PROD  prod-eu · shop / checkout  1.7.4 → 1.8.0                        you drive     where, always
//!  ✔ 1% ── ✔ 10% ── ◉ 25% ── ○ 50% ── ○ 100%   step 3 of 5, soak 04:12 of 10:00     how far
//!  ! HOLDING 41s  why it does not advance                  rolls back in 4m12s     what it waits for
//!    what happens next, in a sentence
//!  » Service checkout is PINNED: …                                                 what must not be overlooked
//! ── body: the flight, the proof, the end, or the log ──────────────────────────
//!
//!  refused: promote: metrics are stale for 41s                                     the answer to the last key
//!  r roll back   p promote   space pause   l log   ? all keys   q quit             the keys that work now
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::core::snapshot::Snapshot;
use crate::tui::allowed::shows_flight;
use crate::tui::model::View;
use crate::tui::screen::paint::{Row, put};
use crate::tui::screen::{
    Scene, alerts, end, flight, hints, log, past, proof, stages, status, steps, view, where_it_flies,
};

/// Draws it.
pub fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width);
    let top = top(scene, width, usize::from(area.height));
    let bottom = hints::lines(scene, width);
    let above = rows(&top).min(area.height);
    put(buffer, Rect { height: above, ..area }, &top);
    // What a key is answered lies over the body's last lines: nothing else moves for it.
    let body = Rect { y: area.y + above, height: (area.height - above).saturating_sub(1), ..area };
    match body_of(scene) {
        Body::Log => log::draw(scene, body, buffer),
        Body::Proof => proof::draw(scene, body, buffer),
        Body::End => end::draw(scene, body, buffer),
        Body::Flight => flight::draw(scene, body, buffer),
        Body::View(shown) => view::draw(scene, shown, body, buffer),
    }
    hints::draw(&bottom, Rect { y: area.y + above, height: area.height - above, ..area }, buffer);
}

fn rows(lines: &[Row]) -> u16 {
    u16::try_from(lines.len()).unwrap_or(u16::MAX)
}

fn top(scene: &Scene<'_>, width: usize, height: usize) -> Vec<Row> {
    let mut lines: Vec<Row> = past::line(scene, width).into_iter().collect();
    lines.push(where_it_flies::line(scene, width));
    if steps::matter(scene) {
        lines.push(steps::line(scene, width));
    }
    // The proof says in full what the status would say in a sentence.
    let most = match (body_of(scene), height) {
        (Body::Proof, _) => 0,
        // Whoever looks at a list wants the list; what the release does is one line above it.
        (Body::View(_) | Body::Log, ..30) => 1,
        (_, 30..) => 5,
        // Why it does not go on, and how that ends, is worth a line more.
        _ if scene.snapshot.hold.is_some() => 4,
        _ => 3,
    };
    lines.extend(status::lines(scene, width, most));
    if height >= 40 {
        lines.extend(stages::line(scene, width));
    }
    let alerts = if height >= 24 && !matches!(body_of(scene), Body::View(_)) { 3 } else { 1 };
    lines.extend(alerts::lines(scene, width).into_iter().take(alerts));
    lines
}

/// What fills the middle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Gauges, pods, events.
    Flight,
    /// The checklist of a rollback.
    Proof,
    /// How it ended.
    End,
    /// This program's log.
    Log,
    /// One of the views under the tabs.
    View(View),
}

/// What fills the middle while this view is chosen.
pub fn body(view: View, snapshot: &Snapshot) -> Body {
    match view {
        View::Log => Body::Log,
        View::Flight => Body::Flight,
        View::Now if shows_flight(snapshot) => Body::Flight,
        View::Now | View::Proof if snapshot.rollback.is_some() => Body::Proof,
        View::Now => Body::End,
        view => Body::View(view),
    }
}

/// What fills the middle now.
pub fn body_of(scene: &Scene<'_>) -> Body {
    body(scene.model.view, scene.snapshot)
}

//! The weight that was asked beside the share that is measured.

use ratatui::text::{Line, Span};

use crate::core::snapshot::ShareNow;
use crate::tui::figure::{NONE, count, rate, share};
use crate::tui::glyph;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, spread};
use crate::tui::theme::Role;

/// From this many points on, what is measured differs from what is expected.
const DIFFERENT: f64 = 5.0;

/// The line of one workload.
pub fn line(scene: &Scene<'_>, now: &ShareNow, width: usize) -> Row {
    let quiet = |text: &str| scene.span(Role::Quiet, text.to_owned());
    let mut left = Line::from(vec![
        quiet(" share    asked "),
        scene.span(Role::Strong, share(now.asked)),
        quiet("   measured "),
        scene.span(Role::Strong, measured(now)),
    ]);
    if differs(now) {
        left.spans.push(scene.span(Role::Warn, format!(" {}", glyph::UNEQUAL)));
    }
    if share(now.expected) != share(now.asked) {
        left.spans.push(quiet(&format!("   pods make {}", share(now.expected))));
    }
    let rich = traffic(now, true);
    let text = if left.width() + rich.len() + 2 <= width { rich } else { traffic(now, false) };
    spread(left, Line::from(Span::raw(text)), width)
}

/// The measured share, or that it is unknown.
pub fn measured(now: &ShareNow) -> String {
    now.measured.map_or_else(|| "unknown".to_owned(), share)
}

/// Whether what is measured is far from what pods make of the weight.
pub fn differs(now: &ShareNow) -> bool {
    now.measured.is_some_and(|measured| (measured - now.expected).abs() >= DIFFERENT)
}

/// How much traffic the canary gets.
fn traffic(now: &ShareNow, with_requests: bool) -> String {
    let of = |number: Option<f64>| number.map_or_else(|| NONE.to_owned(), rate);
    let rates = format!("canary {} of {} req/s", of(now.canary_rate), of(now.total_rate));
    if with_requests { format!("{rates}, {} so far ", count(now.requests)) } else { format!("{rates} ") }
}

//! What must not be overlooked, one line each: pinned Services, a source that is lost and why, a journal that cannot be
//! written.

use ratatui::text::{Line, Span};

use crate::core::time::human;
use crate::core::view::Link;
use crate::tui::figure::{plural, share};
use crate::tui::glyph;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, clip};
use crate::tui::screen::where_it_flies::nobody_drives;
use crate::tui::theme::Role;

/// The lines; none when there is nothing to say.
pub fn lines(scene: &Scene<'_>, width: usize) -> Vec<Row> {
    let mut lines = Vec::new();
    if nobody_drives(scene) {
        // A standing pin first: it sends everybody to a version that nobody watches.
        lines.extend(pins(scene));
    }
    for (name, link) in &scene.snapshot.sources {
        if let Link::Lost { since, retry, why, .. } = link {
            // Once it has ended nobody asks any more.
            let retry = match scene.snapshot.ended {
                None => format!(", retry in {}", human(retry.since(scene.now))),
                Some(_) => String::new(),
            };
            let what = format!("{name} lost {} ago{retry}", scene.age(*since));
            lines.push(alert(scene, glyph::DOWN, Role::Blind, what, why));
        }
    }
    if let Some(trouble) = &scene.snapshot.journal.trouble {
        let text = "THE JOURNAL CANNOT BE WRITTEN";
        lines.push(alert(
            scene,
            glyph::FAIL,
            Role::Bad,
            text.to_owned(),
            &format!("{trouble}; a rollback does not wait for it"),
        ));
    }
    if let Some(trouble) = &scene.snapshot.sharing.trouble {
        let what = "OTHER TERMINALS MAY SEE AN OLD STATE";
        lines.push(alert(scene, glyph::ALERT, Role::Warn, what.to_owned(), trouble));
    }
    if !nobody_drives(scene) {
        lines.extend(pins(scene));
    }
    lines.into_iter().map(|line| clip(line, width)).collect()
}

fn alert(scene: &Scene<'_>, glyph: &str, role: Role, what: String, more: &str) -> Row {
    let mut line = Line::from(Span::raw(" "));
    line.spans.extend(scene.state(glyph, &what, role).spans);
    line.spans.push(Span::raw(format!(": {more}")));
    line
}

/// From this share on, all requests go to the canary as far as anybody can tell.
const FULLY: f64 = 98.0;

fn of_pinned(scene: &Scene<'_>, name: &str) -> bool {
    scene.snapshot.workloads.iter().any(|workload| workload.name == name && !workload.pinned.is_empty())
}

/// Which Services are to send every request to the new version, and what is measured of that.
fn pins(scene: &Scene<'_>) -> Option<Row> {
    let pinned: Vec<&str> =
        scene.snapshot.workloads.iter().flat_map(|workload| &workload.pinned).map(String::as_str).collect();
    let (what, names) = match pinned.as_slice() {
        [] => return None,
        [one] => (format!("Service {one} is PINNED"), String::new()),
        several => (format!("{} are PINNED", plural(several.len(), "Service")), format!(" ({})", several.join(", "))),
    };
    let mut line = Line::from(Span::raw(" "));
    line.spans.extend(scene.state(glyph::PERSON, &what, Role::Strong).spans);
    let version = crate::core::text::middle(&scene.snapshot.plan.to, 24);
    // What was asked and what is measured are two things: a pin that is new, or was away, is not yet what users meet.
    let shares = scene.snapshot.shares.iter().filter(|share| of_pinned(scene, &share.workload));
    let least = shares.filter_map(|share| share.measured).reduce(f64::min);
    let users = match least {
        Some(measured) if measured < FULLY => {
            format!(": all requests are meant for {version}; measured: {}", share(measured))
        }
        Some(measured) => format!(": all requests go to {version} (measured: {})", share(measured)),
        None => format!(": all requests are meant for {version}; not measured"),
    };
    line.spans.push(Span::raw(format!("{users}{names}")));
    Some(line)
}

//! The first line, always: what flies and where, in words that mark production, and who drives.

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::core::plan::Kind;
use crate::core::snapshot::Mode;
use crate::core::text::middle;
use crate::core::time::Time;
use crate::tui::figure::heard;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, first_fit, spread};
use crate::tui::theme::Role;

/// After this long without a word from the driver, nobody drives.
pub const SILENT: Duration = Duration::from_secs(30);

/// A driver is heard anew at least this often.
const LATE: Duration = Duration::from_secs(5);

/// The line.
pub fn line(scene: &Scene<'_>, width: usize) -> Row {
    let width = width.saturating_sub(1);
    let driver = driver(scene);
    let rich = place(scene, 40, true);
    if rich.width() + driver.width() + 2 <= width {
        return spread(rich, driver, width);
    }
    let short = place(scene, 24, true);
    if short.width() + driver.width() + 2 <= width {
        return spread(short, driver, width);
    }
    first_fit(vec![rich, short, place(scene, 14, true), place(scene, 14, false), place(scene, 8, false)], width)
}

/// Context, namespace, application and versions; each name in at most `most` columns.
fn place(scene: &Scene<'_>, most: usize, versions: bool) -> Row {
    let plan = &scene.snapshot.plan;
    let mut spans = vec![Span::raw(" ")];
    if plan.production {
        spans.push(scene.span(Role::Production, "PROD"));
        spans.push(Span::raw(" "));
    }
    if scene.snapshot.read_only {
        spans.push(scene.span(Role::Strong, "READ-ONLY "));
    }
    spans.push(Span::raw(middle(short_context(&plan.context), most)));
    spans.push(Span::raw(" · "));
    spans.push(Span::raw(middle(&plan.namespace, most)));
    spans.push(Span::raw(" / "));
    spans.push(scene.span(Role::Strong, middle(&plan.application, most)));
    if versions {
        spans.push(Span::raw("  "));
        spans.push(scene.span(Role::Strong, versions_of(scene, most)));
    }
    Line::from(spans)
}

/// What flies where: `1.7.4 → 1.8.0`, or what serves while nothing does.
pub fn versions_of(scene: &Scene<'_>, most: usize) -> String {
    let plan = &scene.snapshot.plan;
    let way = way_of(scene, most);
    match plan.kind {
        // What was before it is not known where nobody may bring it back.
        _ if scene.snapshot.mode == Mode::Idle && scene.snapshot.read_only && plan.from == plan.to => {
            format!("{} serves", middle(&plan.from, most))
        }
        _ if scene.snapshot.mode == Mode::Idle => {
            format!("{} serves, before it {}", middle(&plan.from, most), middle(&plan.to, most))
        }
        Kind::Release => way,
        Kind::Restore | Kind::RestoreInPlace => format!("{way} (going back)"),
    }
}

/// `1.7.4 → 1.8.0`, always in the direction in which traffic goes; a release that is rolled back goes the other way.
pub fn way_of(scene: &Scene<'_>, most: usize) -> String {
    let plan = &scene.snapshot.plan;
    let (from, to) = (middle(&plan.from, most), middle(&plan.to, most));
    match (plan.kind, &scene.snapshot.rollback) {
        (Kind::Release, Some(_)) => format!("{to} → {from}"),
        _ => format!("{from} → {to}"),
    }
}

/// A context without what every context of its cloud has in common.
fn short_context(context: &str) -> &str {
    if context.starts_with("arn:") { context.rsplit('/').next().unwrap_or(context) } else { context }
}

/// Whether the driver has been silent for so long that nobody drives.
pub fn nobody_drives(scene: &Scene<'_>) -> bool {
    let driver = &scene.snapshot.driver;
    let silent = driver.silent_since.is_some() || scene.now.since(driver.heard) > SILENT;
    scene.snapshot.ended.is_none() && !driver.here && silent
}

/// When the driver was last heard, or when its last word was written where nobody drives.
pub fn gone_since(scene: &Scene<'_>) -> Time {
    let driver = &scene.snapshot.driver;
    driver.gone_since().unwrap_or(driver.heard)
}

fn driver(scene: &Scene<'_>) -> Row {
    let driver = &scene.snapshot.driver;
    if scene.snapshot.ended.is_some() {
        return Row::default();
    }
    let silence = scene.now.since(gone_since(scene));
    if nobody_drives(scene) {
        return scene.line(Role::Bad, format!("NOBODY DRIVES, {}", heard(silence)));
    }
    if driver.here {
        let idle = scene.snapshot.mode == Mode::Idle;
        return scene.line(Role::Quiet, if idle { "you look on" } else { "you drive" });
    }
    // A driver that is heard as often as it should be is heard now: an age that jumps between 0 and 2 says nothing.
    let age = if silence < LATE { String::new() } else { format!(", {}", heard(silence)) };
    Line::from(vec![
        scene.span(Role::Strong, middle(&driver.who, 24)),
        scene.span(Role::Quiet, format!(" drives{age}")),
    ])
}

//! The first line, always: what flies and where, in words that mark production, and who drives.

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::core::plan::Kind;
use crate::core::text::middle;
use crate::core::time::human;
use crate::tui::screen::Scene;
use crate::tui::screen::paint::{Row, first_fit, spread};
use crate::tui::theme::Role;

/// After this long without a word from the driver, nobody drives.
pub const SILENT: Duration = Duration::from_secs(30);

/// The line.
pub fn line(scene: &Scene<'_>, width: usize) -> Row {
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

/// `1.7.4 → 1.8.0`, with the word for a return to an earlier version.
pub fn versions_of(scene: &Scene<'_>, most: usize) -> String {
    let plan = &scene.snapshot.plan;
    let arrow = format!("{} → {}", middle(&plan.from, most), middle(&plan.to, most));
    match plan.kind {
        Kind::Release => arrow,
        Kind::Restore | Kind::RestoreInPlace => format!("{arrow} (going back)"),
    }
}

/// A context without what every context of its cloud has in common.
fn short_context(context: &str) -> &str {
    if context.starts_with("arn:") { context.rsplit('/').next().unwrap_or(context) } else { context }
}

/// Whether the driver has been silent for so long that nobody drives.
pub fn nobody_drives(scene: &Scene<'_>) -> bool {
    let driver = &scene.snapshot.driver;
    scene.snapshot.ended.is_none() && !driver.here && scene.now.since(driver.heard) > SILENT
}

fn driver(scene: &Scene<'_>) -> Row {
    let driver = &scene.snapshot.driver;
    if scene.snapshot.ended.is_some() {
        return Row::default();
    }
    let heard = human(scene.now.since(driver.heard));
    if nobody_drives(scene) {
        return scene.line(Role::Bad, format!("NOBODY DRIVES, {heard}"));
    }
    if driver.here {
        return scene.line(Role::Quiet, "you drive");
    }
    Line::from(vec![
        scene.span(Role::Person, middle(&driver.who, 24)),
        scene.span(Role::Quiet, format!(" drives, {heard}")),
    ])
}

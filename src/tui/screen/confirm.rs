//! The dialog of a dangerous command: where, what would happen, what is known and how old it is; Cancel is focused.

use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::core::command::Verb;
use crate::core::decide::BEWARE;
use crate::core::plan::{Kind, Step};
use crate::core::snapshot::{Mode, Snapshot};
use crate::core::text::middle;
use crate::core::time::human;
use crate::core::view::Link;
use crate::tui::allowed::offer;
use crate::tui::figure::plural;
use crate::tui::harm;
use crate::tui::model::{Confirm, Guard, Tried};
use crate::tui::screen::dialog::{Dialog, Keys, inner_width, is_bare, labelled, labelled_at_most};
use crate::tui::screen::paint::{Row, join};
use crate::tui::screen::{Scene, quit, status};
use crate::tui::stakes::Underway;
use crate::tui::standing::{Standing, words, worst};
use crate::tui::theme::Role;

/// What it says.
pub fn dialog(scene: &Scene<'_>, confirm: &Confirm, area: Rect) -> Dialog {
    let width = inner_width(area);
    let mut place = labelled(scene, "where", &where_to(scene.snapshot), width);
    if scene.snapshot.plan.production
        && let Some(first) = place.first_mut()
    {
        first.spans.insert(1, scene.span(Role::Production, "PROD "));
    }
    place.extend(labelled(scene, "now", &now(scene), width));
    if let Some(hold) = &scene.snapshot.hold {
        place.extend(labelled_at_most(scene, "because", &hold.reason, width, 2));
    }
    if let Some(hurt) = harm::worst(&scene.snapshot.rules) {
        let elsewhere = hurt.elsewhere(scene.snapshot).map(|elsewhere| format!("; {elsewhere}")).unwrap_or_default();
        let text = format!("{}{elsewhere}", hurt.words(scene.snapshot, scene.now));
        place.extend(labelled(scene, "hurt", &text, width));
    }
    // On a small screen what may go wrong comes first, then what would happen, then what is on the screen already.
    let small = area.height < 16;
    let refused = confirm.trial.as_ref().is_some_and(Tried::is_refused);
    let mut would = if small && refused { checked(scene, confirm, width) } else { Vec::new() };
    would.extend(self::would(scene, confirm, width, small));
    if !(small && refused) {
        would.extend(checked(scene, confirm, width));
    }
    would.extend(around(scene, confirm, width, true));
    would.extend(labelled(scene, "as of", &as_of(scene, confirm), width));
    // What is as it should be goes last.
    would.extend(around(scene, confirm, width, false));
    let lead = [beware(scene, confirm, width), takes_the_wheel(scene, confirm, width)].concat();
    let mut lines = if small { [lead, would, place].concat() } else { [lead, place, would].concat() };
    lines.extend(moved_on(scene, confirm, width));
    let keys = match &confirm.guard {
        Guard::Key => Keys { out: Some("Cancel"), others: vec![("y", does(&confirm.verb, scene.snapshot))] },
        Guard::Name { typed } => {
            let name = name_lines(scene, typed, width);
            lines =
                if area.height < 16 { [name, lines].concat() } else { [lines, vec![Row::default()], name].concat() };
            typed_keys(scene, confirm, typed)
        }
    };
    let title = match &confirm.guard {
        Guard::Name { typed } if is_bare(area) => format!("type {}: {typed}", scene.snapshot.plan.application),
        _ => title(&confirm.verb, scene.snapshot),
    };
    Dialog { title, lines, keys }
}

fn title(verb: &Verb, snapshot: &Snapshot) -> String {
    let plan = &snapshot.plan;
    let (application, from, to) = (middle(&plan.application, 24), middle(&plan.from, 16), middle(&plan.to, 16));
    match verb {
        Verb::Rollback => {
            let (bad, good) = if plan.kind == Kind::Release { (to, from) } else { (from, to) };
            let what = if Underway::of(snapshot).is_some() { "Finish the rollback of" } else { "Roll back" };
            format!("{what} {application} {bad} → {good}")
        }
        Verb::Edit { .. } => format!("Change the steps of {application}"),
        Verb::Approve => format!("Approve {application} {from} → {to}"),
        Verb::Promote { full: true, .. } => format!("Promote straight to 100 %: {application} {to}"),
        Verb::Promote { .. } => format!("Promote {application} {to} by one step"),
        Verb::Resume => format!("Pin {application} to {to} again"),
        Verb::SkipSettle => "Skip the wait for what routes from outside".to_owned(),
        other => format!("{} {application}", other.name()),
    }
}

fn does(verb: &Verb, snapshot: &Snapshot) -> &'static str {
    match verb {
        Verb::Rollback if Underway::of(snapshot).is_some() => "finish the rollback",
        Verb::Rollback => "roll back",
        Verb::Edit { .. } => "change them",
        Verb::Approve => "approve",
        Verb::Promote { full: true, .. } => "promote to 100 %",
        Verb::Promote { .. } => "promote",
        Verb::Resume => "pin again",
        Verb::SkipSettle => "skip the wait",
        other => other.name(),
    }
}

fn where_to(snapshot: &Snapshot) -> String {
    let plan = &snapshot.plan;
    format!("{} · {} / {}", middle(&plan.context, 40), plan.namespace, plan.application)
}

/// What speaks against it, before anything else: whoever reads one line must not miss it.
fn beware(scene: &Scene<'_>, confirm: &Confirm, width: usize) -> Vec<Row> {
    let would = offer(&confirm.verb, scene.snapshot).and_then(|offer| offer.would.as_ref().ok());
    let against = would.into_iter().flatten().filter(|(label, _)| label == BEWARE);
    against.flat_map(|(label, text)| marked(scene, labelled(scene, label, text, width), Role::Bad)).collect()
}

/// That nobody drives, and that whoever confirms a rollback will.
fn takes_the_wheel(scene: &Scene<'_>, confirm: &Confirm, width: usize) -> Vec<Row> {
    let driver = &scene.snapshot.driver;
    let Some(gone) = driver.gone_since().filter(|_| confirm.verb == Verb::Rollback) else { return Vec::new() };
    let then = match Underway::of(scene.snapshot) {
        Some(_) => "y takes the wheel and finishes the rollback that was begun",
        None => "y takes the wheel and rolls back",
    };
    let text = format!("nobody drives since {} UTC (last: {}): {then}", gone.clock(), middle(&driver.who, 24));
    marked(scene, labelled(scene, "driver", &text, width), Role::Strong)
}

/// Mode, step and the worst verdict with the age of its data. Where it holds although no rule objects, that is said so: a
/// "pass" there is no comfort.
fn now(scene: &Scene<'_>) -> String {
    let (_, mode, _) = status::mode(scene);
    if scene.snapshot.mode == Mode::Idle {
        return format!("{mode}; {} serves", scene.snapshot.plan.from);
    }
    if let Some(rollback) = scene.snapshot.rollback.as_ref().filter(|_| scene.snapshot.ended.is_none()) {
        return format!("{mode}; {}", quit::how_users_are(scene, rollback));
    }
    let step = scene.snapshot.step.as_ref().map_or_else(String::new, |step| format!(" at {} %", step.weight));
    let rule = worst(&scene.snapshot.rules);
    let passes = rule.is_some_and(|rule| Standing::of(&rule.judgement) == Standing::Pass);
    if passes && scene.snapshot.hold.is_some() {
        return format!("{mode}{step}, although the rules themselves pass");
    }
    let Some(rule) = rule else { return format!("{mode}{step}; nothing is judged yet") };
    let newest = rule.judgement.evidence.newest;
    let age = newest.map_or_else(|| "no data yet".to_owned(), |at| format!("data {} old", scene.age(at)));
    if passes {
        return format!("{mode}{step}; every rule passes ({age})");
    }
    format!("{mode}{step}; worst rule: {} {} ({age})", rule.judgement.rule, words(rule))
}

/// What the engine says it would do, line by line, or why it would refuse.
fn would(scene: &Scene<'_>, confirm: &Confirm, width: usize, small: bool) -> Vec<Row> {
    if let Verb::Edit { steps } = &confirm.verb {
        return changed(scene, steps, width);
    }
    match offer(&confirm.verb, scene.snapshot).map(|offer| &offer.would) {
        Some(Ok(lines)) => {
            let mut lines: Vec<&(String, String)> = lines.iter().filter(|(label, _)| label != BEWARE).collect();
            if small {
                lines.sort_by_key(|(label, _)| rank(label));
            }
            lines.into_iter().flat_map(|(label, text)| labelled(scene, label, text, width)).collect()
        }
        Some(Err(why)) => {
            let mut lines = labelled(scene, "refused", why, width);
            if confirm.verb == Verb::Rollback {
                lines.extend(labelled(scene, "", "It can be sent all the same; the engine decides.", width));
            }
            lines
        }
        None => {
            labelled(scene, "path", "what it would write is not worked out yet; it can be sent all the same", width)
        }
    }
}

/// What whoever sees a few lines of it must see, first.
fn rank(label: &str) -> usize {
    ["then", "risk", "safe", "way back", "until", "users", "time", "fight", "api", "path"]
        .iter()
        .position(|known| *known == label)
        .unwrap_or(usize::MAX)
}

/// The steps as they are and as they would be; only what differs has a line.
fn changed(scene: &Scene<'_>, steps: &[Step], width: usize) -> Vec<Row> {
    let words = |step: Option<&Step>| match step {
        Some(step) => {
            let gate = if step.approval { ", then an approval" } else { "" };
            format!("{} % for {}{gate}", step.weight, human(step.soak))
        }
        None => "none".to_owned(),
    };
    let known = &scene.snapshot.plan.steps;
    let mut lines = Vec::new();
    for place in 0..steps.len().max(known.len()) {
        let (before, after) = (known.get(place), steps.get(place));
        if before != after {
            let text = format!("{} → {}", words(before), words(after));
            lines.extend(labelled(scene, &format!("step {}", place + 1), &text, width));
        }
    }
    if lines.is_empty() {
        lines.extend(labelled(scene, "then", "nothing is different", width));
    }
    lines.extend(labelled(scene, "hash", "a new one; an approval that was given lapses", width));
    lines
}

/// What the API server said of the writes when they were tried.
fn checked(scene: &Scene<'_>, confirm: &Confirm, width: usize) -> Vec<Row> {
    let Some(tried) = &confirm.trial else { return Vec::new() };
    let Some((trial, at)) = &tried.answer else {
        return labelled(scene, "checked", "asking the API server for a dry run …; nothing waits for it", width);
    };
    let age = scene.age(*at);
    let refused: Vec<String> = trial
        .writes
        .iter()
        .filter_map(|write| Some(format!("{}: {}", write.what, write.admitted.as_ref().err()?)))
        .collect();
    if refused.is_empty() {
        labelled(scene, "checked", &format!("the API server would admit it (dry run {age} ago)"), width)
    } else {
        // Many are refused for one reason, mostly.
        let (named, more) = refused.split_at(refused.len().min(2));
        let more = if more.is_empty() { String::new() } else { format!("; and {} more", plural(more.len(), "write")) };
        let text = format!("the API server WOULD REFUSE it (dry run {age} ago): {}{more}", named.join("; "));
        marked(scene, labelled(scene, "checked", &text, width), Role::Bad)
    }
}

/// What stands around the writes: what is odd, or what is not.
fn around(scene: &Scene<'_>, confirm: &Confirm, width: usize, odd: bool) -> Vec<Row> {
    let answer = confirm.trial.as_ref().and_then(|tried| tried.answer.as_ref());
    let facts = answer.iter().flat_map(|(trial, _)| &trial.around).filter(|fact| fact.odd == odd);
    facts
        .flat_map(|fact| {
            let said = labelled(scene, &fact.label, &fact.text, width);
            if odd { marked(scene, said, Role::Strong) } else { said }
        })
        .collect()
}

/// The same lines with their texts in this look; the labels stay quiet.
fn marked(scene: &Scene<'_>, mut lines: Vec<Row>, role: Role) -> Vec<Row> {
    for text in lines.iter_mut().filter_map(|line| line.spans.last_mut()) {
        *text = scene.span(role, text.content.to_string());
    }
    lines
}

/// How old what the dialog says is, source by source.
fn as_of(scene: &Scene<'_>, confirm: &Confirm) -> String {
    let source = |(name, link): (&String, &Link)| match link {
        Link::Live { heard, .. } => format!("{name} {} ago", scene.age(*heard)),
        Link::Connecting { .. } => format!("{name} not heard yet"),
        Link::Lost { heard: Some(heard), .. } => format!("{name} STALE, {} ago", scene.age(*heard)),
        Link::Lost { heard: None, .. } => format!("{name} never heard"),
    };
    let answer = confirm.trial.as_ref().and_then(|tried| tried.answer.as_ref());
    let checked = answer.map(|(_, at)| format!("dry run and owners {} ago", scene.age(*at)));
    scene.snapshot.sources.iter().map(source).chain(checked).collect::<Vec<_>>().join(", ")
}

/// What has changed since the dialog opened, where that matters for what was decided before it.
fn moved_on(scene: &Scene<'_>, confirm: &Confirm, width: usize) -> Vec<Row> {
    let step = scene.snapshot.step.as_ref().map(|step| step.index);
    if confirm.verb == Verb::Rollback || step == confirm.seen.step {
        return Vec::new();
    }
    let mut lines = labelled(scene, "changed", "the step has changed since this opened: go back and look again", width);
    if let Some(text) = lines.first_mut().and_then(|line| line.spans.last_mut()) {
        *text = scene.span(Role::Bad, text.content.to_string());
    }
    lines
}

/// What is to be typed, and what is typed so far.
fn name_lines(scene: &Scene<'_>, typed: &str, width: usize) -> Vec<Row> {
    let lead = if width < 60 { "Type " } else { "This is production. Type " };
    let ask = Line::from(vec![
        Span::raw(lead),
        scene.span(Role::Strong, scene.snapshot.plan.application.clone()),
        Span::raw(" to confirm: "),
    ]);
    let input = Line::from(vec![scene.span(Role::Strong, typed.to_owned()), scene.span(Role::Chosen, " ")]);
    if ask.width() + scene.snapshot.plan.application.len() < width {
        vec![join(vec![ask, input], "")]
    } else {
        vec![ask, input]
    }
}

fn typed_keys(scene: &Scene<'_>, confirm: &Confirm, typed: &str) -> Keys {
    if typed.is_empty() {
        Keys { out: Some("Cancel"), others: Vec::new() }
    } else if typed == scene.snapshot.plan.application {
        Keys { out: None, others: vec![("esc", "cancel"), ("enter", does(&confirm.verb, scene.snapshot))] }
    } else {
        Keys { out: None, others: vec![("esc", "cancel")] }
    }
}

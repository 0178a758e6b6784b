//! Keys that look around: views, lists, filters, and what is opened from a list. None of them changes the release.

use ratatui::crossterm::event::KeyCode;

use crate::core::inquiry::{Ask, LogAsk, Question};
use crate::core::snapshot::Snapshot;
use crate::core::view::PodView;
use crate::core::view::Track;
use crate::tui::detail::{Detail, LogPane, PodPage, RULE_LINES};
use crate::tui::edit;
use crate::tui::keymap::{Action, Chord};
use crate::tui::model::{Modal, Model, Pane};
use crate::tui::ranking::worst_first;
use crate::tui::rows;
use crate::tui::screen::full::{Body, body};
use crate::tui::screen::view::page::EVENTS;
use crate::tui::standing::worst;
use crate::tui::tree::{self, Health};
use crate::tui::update::{Out, past};
use crate::tui::view::View;

/// How many lines of a log come first.
const TAIL: u32 = 500;

/// The most logs that are followed at once; more could not be read.
const FOLLOWED: usize = 10;

/// The longest filter.
const LONGEST: usize = 60;

/// The lines of a page before the screen was first drawn.
const PAGE: usize = 10;

/// Shows a view; the flight and the log are left again by the same key.
pub(super) fn go(model: &mut Model, view: View, snapshot: &Snapshot) -> Vec<Out> {
    let silence = close_detail(model);
    let shown = model.view;
    model.view = match view {
        View::Flight | View::Log if shown == view => View::Now,
        View::Flight if body(View::Now, snapshot) == Body::Flight => View::Now,
        View::Proof if body(View::Now, snapshot) == Body::Proof => View::Now,
        view => view,
    };
    if model.view == View::Evidence && shown != View::Evidence {
        // Whoever looks at the evidence wants to see what is wrong first.
        let rules = rows::rules(snapshot, model);
        let worst = worst(rules.iter().copied()).and_then(|worst| rules.iter().position(|rule| *rule == worst));
        model.cursors.insert(View::Evidence, worst.unwrap_or(0));
    }
    if model.view == View::Pods && shown != View::Pods {
        // The first page points here when a pod is not well: that one is what is looked for.
        let nodes = tree::nodes(snapshot, model);
        let ill = |node: &tree::Node<'_>| node.pod().is_some_and(|pod| Health::of(pod, snapshot.at) == Health::Trouble);
        if let Some(place) = nodes.iter().position(ill) {
            model.cursors.insert(View::Pods, place);
        }
    }
    let mut outs: Vec<Out> = silence.into_iter().collect();
    if model.view == View::Releases {
        outs.push(inquire(model, Question::Releases));
    }
    outs
}

/// The view beside the one that is shown.
pub(super) fn go_beside(model: &mut Model, forward: bool, snapshot: &Snapshot) -> Vec<Out> {
    let next = shown(model, snapshot).beside(forward);
    go(model, next, snapshot)
}

/// The view that is shown, by the name that it has a key for.
pub fn shown(model: &Model, snapshot: &Snapshot) -> View {
    match model.view {
        View::Now if body(View::Now, snapshot) == Body::Proof => View::Proof,
        View::Now => View::Flight,
        view => view,
    }
}

/// Backs out one level: what is opened, the filter, the view.
pub(super) fn back(model: &mut Model) -> Vec<Out> {
    if model.detail.is_some() {
        return close_detail(model).into_iter().collect();
    }
    if !model.filter(model.view).is_empty() {
        model.filters.remove(&model.view);
    } else if model.view != View::Now {
        model.view = View::Now;
    } else {
        model.opened = None;
        model.pane = Pane::First;
    }
    Vec::new()
}

/// Turns to the first screen, out of whatever is typed or opened.
pub(super) fn come_home(model: &mut Model) -> Option<Out> {
    model.typing = false;
    model.view = View::Now;
    close_detail(model)
}

/// Closes what is opened; logs are followed no longer.
pub(super) fn close_detail(model: &mut Model) -> Option<Out> {
    let closed = model.detail.take();
    matches!(closed, Some(Detail::Logs(_))).then(|| inquire(model, Question::Silence))
}

/// Opens what is under the cursor.
pub(super) fn open(model: &mut Model, snapshot: &Snapshot) -> Vec<Out> {
    match model.view {
        View::Pods => {
            let pod = pod_under_cursor(model, snapshot).map(|pod| pod.name.clone());
            let Some(pod) = pod else { return Vec::new() };
            if model.travel.is_some() {
                model.detail = Some(Detail::Pod(past::page_of(&pod, snapshot)));
                return Vec::new();
            }
            let out = inquire(model, Question::Describe { pod: pod.clone() });
            model.detail = Some(Detail::Pod(PodPage { pod, number: model.asked, sheet: None, top: 0 }));
            vec![out]
        }
        View::Now | View::Flight => {
            let order = worst_first(snapshot);
            model.opened = order.get(model.cursor.min(order.len().saturating_sub(1))).map(|one| one.name.clone());
            model.pods = 0;
            Vec::new()
        }
        View::Evidence => {
            model.detail = Some(Detail::Rule(0));
            Vec::new()
        }
        View::Plan => {
            model.modal = Some(Modal::Edit(edit::written(snapshot)));
            Vec::new()
        }
        View::Releases => {
            let found = rows::releases(model);
            let cursor = model.cursor(View::Releases).min(found.len().saturating_sub(1));
            let path = found.get(cursor).map(|one| one.path.clone());
            path.map(|path| inquire(model, Question::Tape(path))).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Notes whether the cursor is on a pod.
pub(in crate::tui) fn note_pod(model: &mut Model, snapshot: &Snapshot) {
    model.on_pod = model.view == View::Pods && pod_under_cursor(model, snapshot).is_some();
}

/// The pod that the cursor is on.
pub fn pod_under_cursor<'a>(model: &Model, snapshot: &'a Snapshot) -> Option<&'a PodView> {
    let nodes = tree::nodes(snapshot, model);
    let cursor = model.cursor(View::Pods).min(nodes.len().saturating_sub(1));
    nodes.get(cursor)?.pod()
}

/// Follows the logs of the pod under the cursor, each container of it.
pub(super) fn logs(model: &mut Model, snapshot: &Snapshot) -> Vec<Out> {
    let asked = match &model.detail {
        Some(Detail::Pod(page)) => {
            let mut pods = snapshot.workloads.iter().flat_map(|one| &one.pods).map(AsRef::as_ref);
            pods.find(|pod: &&PodView| pod.name == page.pod)
        }
        _ => pod_under_cursor(model, snapshot),
    };
    let Some(pod) = asked else { return Vec::new() };
    let ask_of = |container: Option<String>| LogAsk { pod: pod.name.clone(), container, previous: false, tail: TAIL };
    let asks = match pod.containers.as_slice() {
        [] | [_] => vec![ask_of(None)],
        several => several.iter().map(|container| ask_of(Some(container.name.clone()))).collect(),
    };
    follow(model, pod.name.clone(), asks)
}

/// Follows the logs of all canary pods.
pub(super) fn canary_logs(model: &mut Model, snapshot: &Snapshot) -> Vec<Out> {
    let canaries: Vec<_> = snapshot
        .workloads
        .iter()
        .flat_map(|workload| &workload.pods)
        .filter(|pod| matches!(pod.track, Track::Canary | Track::Rolled))
        .collect();
    let all = canaries.len();
    let asks: Vec<LogAsk> = canaries
        .into_iter()
        .take(FOLLOWED)
        .map(|pod| LogAsk { pod: pod.name.clone(), container: None, previous: false, tail: TAIL / 5 })
        .collect();
    let title =
        if all > asks.len() { format!("{} of {all} canary pods", asks.len()) } else { "all canary pods".to_owned() };
    model.view = View::Pods;
    follow(model, title, asks)
}

/// The same logs of the run before, and back.
pub(super) fn previous(model: &mut Model) -> Vec<Out> {
    let Some(Detail::Logs(pane)) = &model.detail else { return Vec::new() };
    let title = pane.title.clone();
    let asks = pane.asks.iter().map(|ask| LogAsk { previous: !ask.previous, ..ask.clone() }).collect();
    let filter = pane.lines.filter().to_owned();
    let outs = follow(model, title, asks);
    if let Some(Detail::Logs(pane)) = &mut model.detail {
        pane.lines.edit(|typed| *typed = filter);
    }
    outs
}

fn follow(model: &mut Model, title: String, asks: Vec<LogAsk>) -> Vec<Out> {
    let out = inquire(model, Question::Logs(asks.clone()));
    model.detail = Some(Detail::Logs(LogPane { title, asks, number: model.asked, ..LogPane::default() }));
    vec![out]
}

/// Numbers a question.
pub(in crate::tui) fn inquire(model: &mut Model, what: Question) -> Out {
    model.asked += 1;
    Out::Ask(Ask { number: model.asked, what })
}

/// A key while a filter is typed. Arrows move the list that it filters.
pub(super) fn type_filter(model: &mut Model, chord: Chord, snapshot: &Snapshot) {
    match chord.code {
        KeyCode::Enter => model.typing = false,
        KeyCode::Esc => {
            model.typing = false;
            model.edit_filter(String::clear);
        }
        KeyCode::Backspace => model.edit_filter(|filter| {
            filter.pop();
        }),
        KeyCode::Up => scroll(model, Action::Up, snapshot),
        KeyCode::Down => scroll(model, Action::Down, snapshot),
        _ => model.edit_filter(|filter| filter.extend(chord.typed().filter(|_| filter.len() < LONGEST))),
    }
    if let Some(Detail::Logs(pane)) = &mut model.detail {
        pane.scroll(0);
    }
}

/// Moves whatever the arrows move now.
pub(super) fn scroll(model: &mut Model, movement: Action, snapshot: &Snapshot) {
    let page = if model.page == 0 { PAGE } else { model.page };
    if let Some(detail) = &mut model.detail {
        return scroll_detail(detail, movement, page, snapshot);
    }
    let pods = snapshot.workloads.iter().map(|workload| workload.pods.len()).sum();
    // Below the proof and the end there are events alone.
    let only_events = matches!(body(model.view, snapshot), Body::Proof | Body::End);
    let length = match (model.view, model.pane) {
        (view, _) if view.is_list() => rows::count(view, snapshot, model),
        _ if only_events => snapshot.log.len(),
        (_, Pane::First) if lists_workloads(model, snapshot) => snapshot.workloads.len(),
        (_, Pane::First | Pane::Pods) => pods,
        (_, Pane::Events) => snapshot.log.len(),
    };
    let workloads = lists_workloads(model, snapshot);
    let place = match (model.view, model.pane) {
        (view, _) if view.is_list() => model.cursors.entry(view).or_default(),
        _ if only_events => &mut model.events,
        (_, Pane::First) if workloads => &mut model.cursor,
        (_, Pane::First | Pane::Pods) => &mut model.pods,
        (_, Pane::Events) => &mut model.events,
    };
    *place = moved(*place, movement, page, length.saturating_sub(1));
}

fn moved(place: usize, movement: Action, page: usize, last: usize) -> usize {
    match movement {
        Action::Up => place.min(last).saturating_sub(1),
        Action::Down => place.saturating_add(1),
        Action::PageUp => place.min(last).saturating_sub(page),
        Action::PageDown => place.saturating_add(page),
        Action::Top => 0,
        Action::Bottom => last,
        _ => place,
    }
    .min(last)
}

fn scroll_detail(detail: &mut Detail, movement: Action, page: usize, snapshot: &Snapshot) {
    let signed = |lines: usize| isize::try_from(lines).unwrap_or(isize::MAX);
    match detail {
        Detail::Rule(top) => *top = moved(*top, movement, page, RULE_LINES),
        Detail::Pod(sheet) => {
            let lines = sheet.sheet.iter().flat_map(|(sheet, _)| sheet).flat_map(|sheet| &sheet.parts);
            let facts = lines.map(|part| part.lines.len() + 2).sum::<usize>();
            // An event mostly takes two lines.
            let events = rows::events_of(snapshot, &sheet.pod).take(EVENTS).count() * 2 + 1;
            sheet.top = moved(sheet.top, movement, page, facts + events);
        }
        Detail::Logs(pane) => match movement {
            Action::Up => pane.scroll(1),
            Action::Down => pane.scroll(-1),
            Action::PageUp => pane.scroll(signed(page)),
            Action::PageDown => pane.scroll(-signed(page)),
            Action::Top => pane.scroll(isize::MAX),
            Action::Bottom => pane.scroll(isize::MIN + 1),
            Action::Left => pane.left = pane.left.saturating_sub(page),
            Action::Right => pane.left = (pane.left + page).min(crate::core::text::LONGEST),
            _ => {}
        },
    }
}

/// Whether the list of workloads is on the screen.
pub(super) fn lists_workloads(model: &Model, snapshot: &Snapshot) -> bool {
    snapshot.workloads.len() > 1 && model.opened.is_none()
}

/// The next list on the flight's screen; elsewhere there is one, and the next view is shown.
pub(super) fn next_pane(model: &mut Model, forward: bool, snapshot: &Snapshot) -> Vec<Out> {
    if shown(model, snapshot) != View::Flight {
        return go_beside(model, forward, snapshot);
    }
    model.pane = match (model.pane, forward) {
        (Pane::First, true) if lists_workloads(model, snapshot) => Pane::Pods,
        (Pane::First | Pane::Pods, true) | (Pane::First, false) => Pane::Events,
        (Pane::Events, true) | (Pane::Pods, false) => Pane::First,
        (Pane::Events, false) if lists_workloads(model, snapshot) => Pane::Pods,
        (Pane::Events, false) => Pane::First,
    };
    Vec::new()
}

//! What keys mean while the past is on the screen, and what of the screen's state belongs to the present alone.

use crate::core::snapshot::Snapshot;
use crate::tui::detail::{Detail, PodPage};
use crate::tui::keymap::Action;
use crate::tui::model::Model;
use crate::tui::recorded;
use crate::tui::travel::Way;
use crate::tui::update::{Out, browse};

/// Where in time an action leads while the past is shown: there arrows scrub, and space plays.
pub fn way(model: &Model, action: Action) -> Option<Way> {
    let mark = model.travel.as_ref()?;
    match action {
        Action::Left => Some(Way::Back),
        Action::Right => Some(Way::On),
        Action::PauseOrResume => Some(Way::Play),
        Action::Back if mark.live && model.detail.is_none() && model.filter(model.view).is_empty() => {
            Some(Way::Present)
        }
        _ => None,
    }
}

/// What an action does in the past, where that is something else than in the present.
pub fn says(model: &Model, action: Action) -> Option<&'static str> {
    if action == Action::Rollback && model.travel.is_some() {
        return Some("to now, and bring all traffic back");
    }
    Some(match way(model, action)? {
        Way::Back => "one moment back",
        Way::On => "one moment on",
        Way::Play => "play, or stop",
        Way::Present => "back to the present",
        _ => return None,
    })
}

/// Closes what was opened in the present: logs go on, and a pod's page is of now.
pub(in crate::tui) fn begin_to_look_back(model: &mut Model) -> Vec<Out> {
    browse::close_detail(model).into_iter().collect()
}

/// Brings what is opened to the moment that is shown. In the present again, a page of the past is closed.
pub(in crate::tui) fn look_again(model: &mut Model, past: Option<&Snapshot>) {
    let Some(Detail::Pod(page)) = &mut model.detail else { return };
    match past {
        Some(past) => *page = PodPage { top: page.top, ..page_of(&page.pod, past) },
        None => model.detail = None,
    }
}

/// The page of a pod as it was recorded.
pub(super) fn page_of(pod: &str, past: &Snapshot) -> PodPage {
    let found = past.workloads.iter().flat_map(|workload| &workload.pods).find(|one| one.name == pod);
    let sheet = match found {
        Some(pod) => Ok(recorded::sheet(pod, past.at)),
        None => Err("it did not exist at this moment".to_owned()),
    };
    PodPage { pod: pod.to_owned(), number: 0, sheet: Some((sheet, past.at)), top: 0 }
}

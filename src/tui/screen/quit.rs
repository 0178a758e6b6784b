//! The dialog of leaving: what becomes of the release.

use ratatui::layout::Rect;

use crate::core::snapshot::RollbackNow;
use crate::core::text::begun;
use crate::tui::screen::Scene;
use crate::tui::screen::dialog::{Dialog, Keys, inner_width, labelled};
use crate::tui::screen::paint::Row;
use crate::tui::stakes::Stakes;

/// What it says.
pub fn dialog(scene: &Scene<'_>, area: Rect) -> Dialog {
    let width = inner_width(area);
    let stakes = Stakes::of(scene.snapshot);
    let say = |label: &str, text: &str| labelled(scene, label, text, width);
    let (title, lines, keys) = match stakes {
        Stakes::Observing => {
            let text = format!("{} drives this release. It goes on without you.", scene.snapshot.driver.who);
            ("Leave", say("then", &text), Keys { out: Some("Stay"), others: vec![("y", "leave")] })
        }
        Stakes::RollingBack => {
            let users = scene.snapshot.rollback.as_ref().map(|rollback| how_users_are(scene, rollback));
            let mut lines = say("now", &begun(&users.unwrap_or_default()));
            lines.extend(say("then", "This process drives the rollback and sends its writes again by itself. If it ends now, nobody does, until somebody runs attach or rollback."));
            ("Leave a rollback that is not proven", lines, Keys { out: Some("Stay"), others: vec![("y", "leave now")] })
        }
        Stakes::Driving => ("Leave", driving(scene, width), Keys { out: Some("Stay"), others: leaving(scene) }),
    };
    Dialog { title: title.to_owned(), lines, keys }
}

fn leaving(scene: &Scene<'_>) -> Vec<(&'static str, &'static str)> {
    let detach = scene.snapshot.sharing.shared.then_some(("d", "leave it running"));
    detach.into_iter().chain([("h", "hold here and leave"), ("r", "roll back …")]).collect()
}

/// Whether users still meet what is rolled back from, as far as that is proven.
pub fn how_users_are(scene: &Scene<'_>, rollback: &RollbackNow) -> String {
    match rollback.users(scene.snapshot.plan.left_behind()) {
        Some(users) => format!("{users}; the rest of the proof is still open."),
        None => "users are NOT proven safe yet.".to_owned(),
    }
}

fn driving(scene: &Scene<'_>, width: usize) -> Vec<Row> {
    let snapshot = scene.snapshot;
    let pinned = snapshot.workloads.iter().any(|workload| !workload.pinned.is_empty());
    let traffic = match &snapshot.step {
        Some(step) => format!(", in the step of {} %", step.weight),
        None if pinned => "; the canary gets every request".to_owned(),
        None => String::new(),
    };
    let mut lines = labelled(scene, "now", &format!("You drive this release{traffic}."), width);
    let hold = if pinned {
        "The Services are unpinned first, so that both versions serve. Then nobody judges the canary, and nobody rolls it back, until attach or the same release command goes on."
    } else {
        "The weight stays as it is. Nobody judges the canary, and nobody rolls it back, until attach or the same release command goes on. Exit code 4."
    };
    if snapshot.sharing.shared {
        let detach = "A driver without a screen goes on with it on this machine: judging, advancing, rolling back. Come back with glidepath attach.";
        lines.extend(labelled(scene, "d", detach, width));
    }
    lines.extend(labelled(scene, "h", hold, width));
    lines.extend(labelled(
        scene,
        "r",
        &format!("All traffic goes back to {}; you see first what that does.", snapshot.plan.from),
        width,
    ));
    lines
}

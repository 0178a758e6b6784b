//! What an answer from the desk does to the screen's own state. One that nobody waits for any more does nothing.

use crate::core::inquiry::{News, Told};
use crate::tui::detail::Detail;
use crate::tui::model::{Modal, Model};

/// Takes note of an answer.
pub fn hear(model: &mut Model, told: Told) {
    let Told { number, at, news } = told;
    if let (News::Rehearsed(trial), Some(Modal::Confirm(confirm))) = (&news, &mut model.modal)
        && let Some(tried) = confirm.trial.as_mut().filter(|tried| tried.number == number)
    {
        tried.answer = Some((trial.clone(), at));
    }
    match (news, &mut model.detail) {
        (News::Described(sheet), Some(Detail::Pod(page))) if page.number == number => page.sheet = Some((sheet, at)),
        (News::Logged { pod, news }, Some(Detail::Logs(pane))) if pane.number == number => pane.take(&pod, news),
        (News::Kept(Ok(path)), _) => {
            model.notice = Some(format!("written: {path}"));
            model.exported.push(path);
        }
        (News::Kept(Err(why)), _) => model.refuse(why),
        (News::Used(usage), _) => model.usage.answer = Some((usage, at)),
        (News::Releases(found), _) => model.recorded = Some(found),
        _ => {}
    }
}

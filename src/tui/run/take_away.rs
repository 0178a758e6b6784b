//! What is taken away from the cockpit: files, which the desk writes, and texts for the terminal's clipboard.

use ratatui::layout::Rect;

use super::Cockpit;
use crate::core::inquiry::Question;
use crate::tui::export::Export;
use crate::tui::picture;
use crate::tui::update::inquire;

/// Puts a text into the terminal's clipboard.
pub struct Clipboard(pub Put);

/// See [`Clipboard`].
type Put = Box<dyn FnMut(&str) -> std::io::Result<()> + Send>;

impl std::fmt::Debug for Clipboard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clipboard")
    }
}

impl Cockpit {
    /// Takes something away. Files are written by the desk.
    pub(super) fn export(&mut self, export: Export) {
        let snapshot = self.past.as_ref().unwrap_or(&self.snapshot);
        let path = snapshot.journal.path.clone();
        if path.is_empty() && matches!(export, Export::Journal | Export::JournalPath) {
            let why = snapshot.journal.trouble.clone();
            let why = why.unwrap_or_else(|| "this process writes none; whoever drives has it".to_owned());
            return self.model.refuse(format!("there is no journal here: {why}"));
        }
        let Some(ending) = export.ending() else { return self.copy(&path) };
        let clock = self.now().clock().replace(':', "");
        let name = format!("{}-{clock}.{ending}", snapshot.plan.release);
        let area = self.shown.as_ref().map_or(Rect::new(0, 0, 80, 24), |shown| shown.area);
        let question = match export {
            Export::Journal | Export::JournalPath => Question::KeepJournal { path, name },
            Export::Picture => Question::Keep { name, text: picture::svg(&self.frame(area)) },
            Export::Text => Question::Keep { name, text: picture::text(&self.frame(area)) },
            Export::Snapshot => match serde_json::to_string_pretty(snapshot) {
                Ok(text) => Question::Keep { name, text: text + "\n" },
                Err(error) => return self.model.refuse(format!("the snapshot cannot be written: {error}")),
            },
        };
        let ask = inquire(&mut self.model, question);
        self.perform(vec![ask]);
    }

    pub(super) fn copy(&mut self, text: &str) {
        let Some(Clipboard(put)) = &mut self.options.clipboard else {
            return self.model.refuse("there is no clipboard here");
        };
        match put(text) {
            Ok(()) => self.model.notice = Some(format!("sent to the terminal's clipboard: {text}")),
            Err(error) => self.model.refuse(format!("the terminal took no copy: {error}")),
        }
    }

    pub(super) fn leave_behind(&self) {
        let screen = self.shown.as_ref().map(picture::text).unwrap_or_default();
        self.options.left_behind.leave(screen, self.model.exported.clone());
    }
}

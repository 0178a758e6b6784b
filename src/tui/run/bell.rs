//! The terminal's bell, and its notification where it has them: the page reaches whoever sits there and looks elsewhere.
//!
//! It rings once a page, in every cockpit that is open when the page is told, and for none that is found when one opens.
//! It is neither motion nor colour, so neither wish for less of them silences it; `[ui] bell = false` does.

use super::Cockpit;
use crate::core::snapshot::Snapshot;
use crate::core::text::{cut, neutral};

/// Writes to the terminal beside what is drawn there.
pub struct Bell(pub Ring);

/// See [`Bell`].
type Ring = Box<dyn FnMut(&str) -> std::io::Result<()> + Send>;

impl std::fmt::Debug for Bell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bell")
    }
}

/// How much of the reason a notification takes, in characters.
const LONGEST: usize = 160;

impl Cockpit {
    /// Rings if this snapshot has a page that the one before had not.
    pub(super) fn ring(&mut self, next: &Snapshot) {
        let Some(page) = next.page.as_ref().filter(|page| self.snapshot.page.as_ref() != Some(page)) else { return };
        let Some(Bell(ring)) = &mut self.options.bell else { return };
        // A terminal that takes no bytes ends the cockpit elsewhere.
        let _unheard = ring(&sequence(&next.plan.application, &page.why));
    }
}

/// BEL, which every terminal knows, then OSC 9, which some show as a notification and all others pass over. What comes from a
/// cluster is neutral in it, so nothing can end it early.
fn sequence(application: &str, why: &str) -> String {
    let text = cut(&neutral(&format!("glidepath: page for {application}: {why}")), LONGEST);
    format!("\x07\x1b]9;{text}\x07")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_reason_ends_the_sequence_early() {
        let rung = sequence("shop\x1b]0;x\x07", &"\x07\x1b\\\u{9c}why ".repeat(90));
        assert!(rung.starts_with("\x07\x1b]9;glidepath: page for shop") && rung.ends_with('\x07'), "{rung:?}");
        let inner = &rung["\x07\x1b]9;".len()..rung.len() - 1];
        assert!(!inner.chars().any(char::is_control) && inner.chars().count() <= LONGEST, "{inner:?}");
    }
}

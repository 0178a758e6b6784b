//! A reading position in one line, which knows how to say what is wrong there.

use super::ReadError;
use crate::core::text::neutral;

/// A line and how far it has been read.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    number: usize,
    line: &'a str,
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// The beginning of the line that has this number; the first one is 1.
    pub(super) fn new(number: usize, line: &'a str) -> Self {
        Self { number, line, rest: line }
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads `text` if it is next; whether it was.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let after = self.rest.strip_prefix(text);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    /// Reads one character.
    pub(super) fn bump(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    /// Reads characters as long as `wanted` says so.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let after = self.rest.trim_start_matches(wanted);
        let taken = self.rest.strip_suffix(after).unwrap_or_default();
        self.rest = after;
        taken
    }

    /// Reads blanks and tabs.
    pub(super) fn blanks(&mut self) {
        self.take_while(is_blank);
    }

    /// Reads up to the next blank, tab, or the end.
    pub(super) fn token(&mut self) -> &'a str {
        self.take_while(|c| !is_blank(c))
    }

    /// The next character in words, for messages of the form "expected this, found that".
    pub(super) fn found(&self) -> String {
        match self.peek() {
            Some(c) => neutral(&format!("'{c}'")),
            None => "the end of the line".to_owned(),
        }
    }

    /// What is wrong at this position.
    pub(super) fn error(&self, what: impl Into<String>) -> ReadError {
        let read = self.line.strip_suffix(self.rest).unwrap_or_default();
        ReadError { line: self.number, column: read.chars().count() + 1, what: what.into() }
    }

    /// An expectation that the next character does not meet.
    pub(super) fn expected(&self, what: &str) -> ReadError {
        self.error(format!("expected {what}, found {}", self.found()))
    }
}

pub(super) fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_line_and_column_in_characters() {
        let mut cursor = Cursor::new(7, "Grüße x");
        assert_eq!(cursor.token(), "Grüße");
        cursor.blanks();
        let error = cursor.expected("a value");
        assert_eq!(error.to_string(), "line 7, column 7: expected a value, found 'x'");
    }

    #[test]
    fn what_it_says_of_a_line_is_harmless() {
        assert_eq!(Cursor::new(1, "\u{1b}[2J").found(), "'\\u{1b}'");
        assert_eq!(Cursor::new(1, "").found(), "the end of the line");
    }
}

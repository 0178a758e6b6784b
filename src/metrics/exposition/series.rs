//! The head of a sample line: which series it is. The same in both formats but for whitespace, commas and escapes.

use super::cursor::Cursor;
use super::{Format, ReadError};
use crate::core::text::neutral;

/// Labels, sorted by name, each name once.
pub(super) type Labels = Vec<(String, String)>;

/// How an escape that nobody defined is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// As an error.
    Refused,
    /// As the backslash and the character that it stands before.
    Kept,
}

/// Reads `name`, `name{labels}`, `{"name",labels}`; the text format also knows `"name"` and blanks before the brace.
pub(super) fn series(cursor: &mut Cursor<'_>, format: Format) -> Result<(String, Labels), ReadError> {
    let start = cursor.clone();
    let outside = match format {
        Format::Text => metric_name(cursor)?,
        Format::OpenMetrics => bare_metric_name(cursor),
    };
    if format == Format::Text {
        cursor.blanks();
    }
    let (inside, labels) = if cursor.peek() == Some('{') { braces(cursor, format)? } else { (None, Labels::new()) };
    match (outside, inside) {
        (Some(name), None) | (None, Some(name)) => Ok((name, labels)),
        (Some(_), Some(_)) => Err(start.error("a sample with two metric names")),
        (None, None) if start.peek() == Some('{') => Err(start.error("a sample without a metric name")),
        (None, None) => Err(start.expected("a metric name")),
    }
}

/// Reads a metric's name, bare or quoted; `None` where none begins here.
pub(super) fn metric_name(cursor: &mut Cursor<'_>) -> Result<Option<String>, ReadError> {
    match cursor.peek() {
        Some('"') => quoted_name(cursor).map(Some),
        _ => Ok(bare_metric_name(cursor)),
    }
}

fn bare_metric_name(cursor: &mut Cursor<'_>) -> Option<String> {
    bare(cursor, |c| c.is_ascii_alphabetic() || c == '_' || c == ':')
}

fn bare_label_name(cursor: &mut Cursor<'_>) -> Option<String> {
    bare(cursor, |c| c.is_ascii_alphabetic() || c == '_')
}

fn bare(cursor: &mut Cursor<'_>, starts: impl Fn(char) -> bool) -> Option<String> {
    cursor.peek().filter(|&c| starts(c))?;
    Some(cursor.take_while(|c| starts(c) || c.is_ascii_digit()).to_owned())
}

/// Reads labels in braces; a quoted name without a value is the metric's.
pub(super) fn braces(cursor: &mut Cursor<'_>, format: Format) -> Result<(Option<String>, Labels), ReadError> {
    cursor.eat("{");
    let (mut metric, mut labels) = (None, Labels::new());
    let mut after_comma = false;
    loop {
        cursor.blanks();
        if cursor.peek() == Some('}') && !(after_comma && format == Format::OpenMetrics) {
            cursor.eat("}");
            return sorted(cursor, labels).map(|labels| (metric, labels));
        }
        let start = cursor.clone();
        let is_quoted = cursor.peek() == Some('"');
        let name = if is_quoted { Some(quoted_name(cursor)?) } else { bare_label_name(cursor) };
        let name = name.ok_or_else(|| cursor.expected("a label name"))?;
        cursor.blanks();
        if cursor.eat("=") {
            if name == "__name__" {
                return Err(start.error("the label name __name__ is reserved"));
            }
            labels.push((name, label_value(cursor, format)?));
        } else if is_quoted && metric.is_none() {
            metric = Some(name);
        } else {
            return Err(cursor.expected("'=' after the label name"));
        }
        cursor.blanks();
        after_comma = cursor.eat(",");
        if !after_comma && cursor.peek() != Some('}') {
            return Err(cursor.expected("',' or '}'"));
        }
    }
}

fn label_value(cursor: &mut Cursor<'_>, format: Format) -> Result<String, ReadError> {
    cursor.blanks();
    if cursor.peek() != Some('"') {
        return Err(cursor.expected("'\"' at the start of the label value"));
    }
    quoted(cursor, if format == Format::Text { Unknown::Refused } else { Unknown::Kept })
}

fn sorted(cursor: &Cursor<'_>, mut labels: Labels) -> Result<Labels, ReadError> {
    labels.sort_by(|a, b| a.0.cmp(&b.0));
    match labels.iter().zip(labels.iter().skip(1)).find(|(one, next)| one.0 == next.0) {
        Some(((name, _), _)) => Err(cursor.error(format!("the label {} is there twice", neutral(name)))),
        None => Ok(labels),
    }
}

fn quoted_name(cursor: &mut Cursor<'_>) -> Result<String, ReadError> {
    let start = cursor.clone();
    let name = quoted(cursor, Unknown::Refused)?;
    if name.is_empty() { Err(start.error("an empty name")) } else { Ok(name) }
}

/// Reads a text in quotes and undoes its escapes: `\\`, `\"` and `\n`.
fn quoted(cursor: &mut Cursor<'_>, unknown: Unknown) -> Result<String, ReadError> {
    cursor.eat("\"");
    let mut text = String::new();
    loop {
        text.push_str(cursor.take_while(|c| c != '"' && c != '\\'));
        let start = cursor.clone();
        match cursor.bump() {
            Some('"') => return Ok(text),
            Some(_) => match unescape(cursor.bump(), &mut text) {
                Some(other) if unknown == Unknown::Kept => text.extend(['\\', other]),
                Some(_) => return Err(start.error("an escape that is none of \\\\, \\\" and \\n")),
                None => {}
            },
            None => return Err(start.expected("'\"' at the end of the text")),
        }
    }
}

/// Appends what a backslash with `next` behind it stands for; an unknown escape's character comes back.
fn unescape(next: Option<char>, text: &mut String) -> Option<char> {
    match next {
        Some('n') => text.push('\n'),
        Some(c @ ('\\' | '"')) => text.push(c),
        other => return other,
    }
    None
}

/// Undoes the escapes of a HELP text. Documentation changes no sample, so an unknown escape is kept in both formats.
pub(super) fn help(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            clean.push(c);
        } else if let Some(other) = unescape(chars.next(), &mut clean) {
            clean.extend(['\\', other]);
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, format: Format) -> Result<(String, Labels), String> {
        series(&mut Cursor::new(1, line), format).map_err(|error| error.to_string())
    }

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn a_series_may_be_written_in_many_ways() {
        for (line, name, wanted) in [
            ("up", "up", labels(&[])),
            ("up{}", "up", labels(&[])),
            ("up {\tb = \"2\" , a=\"1\", }", "up", labels(&[("a", "1"), ("b", "2")])),
            ("job:errors:rate5m", "job:errors:rate5m", labels(&[])),
            ("{\"http.requests\", \"a.b\"=\"c\"}", "http.requests", labels(&[("a.b", "c")])),
            ("{a=\"b\",\"http.requests\"}", "http.requests", labels(&[("a", "b")])),
            ("\"http.requests\"{a=\"b\"}", "http.requests", labels(&[("a", "b")])),
            ("x{path=\"/users/{id}?a=1,b=2\"}", "x", labels(&[("path", "/users/{id}?a=1,b=2")])),
            ("x{e=\"a\\\"b\\\\c\\nd\"}", "x", labels(&[("e", "a\"b\\c\nd")])),
        ] {
            assert_eq!(read(line, Format::Text), Ok((name.to_owned(), wanted)), "{line}");
        }
    }

    #[test]
    fn what_is_no_series_says_where_and_why() {
        for (line, what) in [
            ("@x 1", "line 1, column 1: expected a metric name, found '@'"),
            ("{a=\"b\"}", "line 1, column 1: a sample without a metric name"),
            ("a{\"b\"}", "line 1, column 1: a sample with two metric names"),
            ("{\"a\",\"b\"}", "line 1, column 9: expected '=' after the label name, found '}'"),
            ("a{b}", "line 1, column 4: expected '=' after the label name, found '}'"),
            ("a{b='c'}", "line 1, column 5: expected '\"' at the start of the label value, found '''"),
            ("a{b=\"c\"d=\"e\"}", "line 1, column 8: expected ',' or '}', found 'd'"),
            ("a{b=\"c\",,}", "line 1, column 9: expected a label name, found ','"),
            ("a{b=\"c\",b=\"d\"}", "line 1, column 15: the label b is there twice"),
            ("a{__name__=\"c\"}", "line 1, column 3: the label name __name__ is reserved"),
            ("a{b=\"c", "line 1, column 7: expected '\"' at the end of the text, found the end of the line"),
            ("a{b=\"\\t\"}", "line 1, column 6: an escape that is none of \\\\, \\\" and \\n"),
            ("{\"\"}", "line 1, column 2: an empty name"),
        ] {
            assert_eq!(read(line, Format::Text), Err(what.to_owned()), "{line}");
        }
    }

    #[test]
    fn openmetrics_keeps_unknown_escapes_and_refuses_a_comma_at_the_end() {
        assert_eq!(read("a{b=\"\\z\"}", Format::OpenMetrics), Ok(("a".to_owned(), labels(&[("b", "\\z")]))));
        assert!(read("a{b=\"c\",}", Format::OpenMetrics).is_err());
    }

    #[test]
    fn documentation_is_read_whatever_it_holds() {
        assert_eq!(help(r#"two\nlines, a \\, a \d and a \""#), "two\nlines, a \\, a \\d and a \"");
    }
}

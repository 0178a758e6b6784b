//! Text put into PromQL so that it stays text.

/// The text as a string literal of PromQL, quotes included.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A regular expression, as a string literal, that matches exactly these texts: for `=~`.
pub fn any_of<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let literal = |text: &str| {
        text.chars().fold(String::with_capacity(text.len()), |mut literal, c| {
            if "\\.+*?()|[]{}^$".contains(c) {
                literal.push('\\');
            }
            literal.push(c);
            literal
        })
    };
    quote(&texts.into_iter().map(literal).collect::<Vec<_>>().join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_cannot_leave_its_literal() {
        assert_eq!(quote("shop"), "\"shop\"");
        assert_eq!(quote("a\"} or up{x=\""), r#""a\"} or up{x=\"""#);
        assert_eq!(quote("back\\slash\nline\u{7}"), r#""back\\slash\nline\u0007""#);
        assert_eq!(any_of(["checkout-1", "a.b|c"]), r#""checkout-1|a\\.b\\|c""#);
        assert_eq!(any_of([]), "\"\"");
    }

    proptest! {
        #[test]
        fn a_literal_ends_where_it_should(text in "\\PC{0,20}|[\"\\\\\n{}]{0,10}") {
            let quoted = quote(&text);
            let mut inner = quoted[1..quoted.len() - 1].chars();
            while let Some(c) = inner.next() {
                prop_assert!(c != '"' && c != '\n');
                if c == '\\' {
                    prop_assert!(inner.next().is_some());
                }
            }
        }
    }
}

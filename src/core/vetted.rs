//! Text of ours that lay where others can write: a record in the cluster, a journal that somebody sent. Read back it must be
//! as harmless as it was written, or it is none of ours.

use serde_json::Value;

use crate::core::text::is_dangerous;

/// Under these keys stand pod templates, byte for byte. Nobody is shown their text as it stands.
const TEMPLATES: [&str; 2] = ["stable_template", "canary_template"];

/// Under this key stands an expression as a person wrote it, in several lines perhaps.
const EXPRESSION: &str = "promql";

/// Whether no text in a JSON document would drive a terminal.
///
/// # Errors
/// What is wrong with it, in a few words.
pub fn vet(json: &str) -> Result<(), String> {
    if is_plain(json) {
        return Ok(());
    }
    let value: Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
    match is_harmless(&value) {
        true => Ok(()),
        false => Err("it holds text that would drive a terminal, and no release of ours writes such".to_owned()),
    }
}

/// Whether a document holds nothing at all that could be harmful, seen without reading it: nearly all do.
fn is_plain(json: &str) -> bool {
    let mut chars = json.chars();
    while let Some(c) = chars.next() {
        let harmful = match c {
            '\\' => chars.next().is_none_or(|escaped| !matches!(escaped, '"' | '\\' | '/')),
            // What stands between the parts of a document.
            '\n' | '\t' | '\r' => false,
            c => is_dangerous(c),
        };
        if harmful {
            return false;
        }
    }
    true
}

fn is_harmless(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.contains(is_dangerous),
        Value::Array(all) => all.iter().all(is_harmless),
        Value::Object(all) => all.iter().all(|(key, value)| {
            let holds = match key.as_str() {
                key if TEMPLATES.contains(&key) => true,
                EXPRESSION => value.as_str().is_some_and(|text| !text.contains(|c| is_dangerous(c) && !is_layout(c))),
                _ => is_harmless(value),
            };
            !key.contains(is_dangerous) && holds
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

fn is_layout(c: char) -> bool {
    matches!(c, '\n' | '\t' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn is_fine(value: &Value) -> bool {
        vet(&value.to_string()).is_ok()
    }

    #[test]
    fn what_we_write_is_read_back() {
        for fine in [
            json!({"why": "1.7.4 → 1.8.0: \"95 %\" of C:\\pods, 世界 שלום"}),
            json!({"stable_template": {"spec": {"args": ["line\nline\u{1b}[31m"]}}}),
            json!({"rules": [{"sli": {"promql": "sum(\n\trate(x[1m])\r\n)"}}]}),
        ] {
            assert!(is_fine(&fine), "{fine}");
        }
        assert!(vet("{\n\t\"why\": \"fine\"\r\n}").is_ok());
    }

    #[test]
    fn what_would_drive_a_terminal_is_none_of_ours_however_it_is_written() {
        for text in
            ["\u{1b}]52;c;eA==\u{7}", "\u{9b}31m", "over\rwrite", "two\nlines", "\u{202e}", "\u{200b}", "\u{7f}"]
        {
            for harmful in [
                json!({"why": text}),
                json!([[{"by": [text]}]]),
                json!({text: 1}),
                json!({"rules": [{"promql": format!("up{}", text.replace(['\n', '\r'], "\u{1b}"))}]}),
            ] {
                assert!(!is_fine(&harmful), "{harmful}");
            }
        }
        assert!(vet(r#"{"why": "\u001b]52;c;eA==\u0007"}"#).is_err());
        assert!(vet(r#"{"why": "\u202e"}"#).is_err());
    }

    #[test]
    fn what_is_no_document_is_said() {
        assert!(vet("{\"why\": \"\\u00").is_err());
    }
}

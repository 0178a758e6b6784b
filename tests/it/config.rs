//! The configuration, held to its data: every file of `valid` is read as its snapshot says, and every file of `invalid`
//! has one message, which stands beside it.

use std::fs;
use std::path::{Path, PathBuf};

use glidepath::config::{Config, File};
use insta::assert_snapshot;
use proptest::prelude::*;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/config");

fn files(kind: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(Path::new(DATA).join(kind)).expect("the directory is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files
}

/// The file, known to its reader by its bare name: messages must not depend on where the repository is.
fn file(path: &Path) -> (String, File) {
    let text = fs::read_to_string(path).expect("a test file is text");
    let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
    (name.clone(), File { file: PathBuf::from(name + ".toml"), text })
}

#[test]
fn every_invalid_file_has_its_message() {
    for path in files("invalid") {
        let (name, file) = file(&path);
        let faults = Config::parse(&file).expect_err(&name);
        insta::with_settings!({snapshot_path => "../data/config/invalid", prepend_module_to_snapshot => false, omit_expression => true}, {
            assert_snapshot!(name, faults.to_string());
        });
    }
}

#[test]
fn every_valid_file_is_read_as_it_says() {
    for path in files("valid") {
        let (name, file) = file(&path);
        let config = Config::parse(&file).unwrap_or_else(|faults| panic!("{faults}"));
        insta::with_settings!({snapshot_path => "../data/config/valid", prepend_module_to_snapshot => false, omit_expression => true}, {
            assert_snapshot!(name, difference(&config));
        });
    }
}

#[test]
fn no_file_is_needed() {
    let empty = File { file: PathBuf::from("empty.toml"), text: String::new() };
    assert_eq!(Config::parse(&empty), Ok(Config::default()));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(from in 0usize..9_000, length in 0usize..40, noise in "[\\[\\]{}\"'=.,#0-9a-z \n\\\\-]{0,12}|\\PC{0,6}") {
        let example = include_str!("../../config.example.toml");
        let mut text: String = example.chars().take(from).collect();
        text.push_str(&noise);
        text.extend(example.chars().skip(from + length));
        let lines = text.lines().count() + 1;
        if let Err(faults) = Config::parse(&File { file: PathBuf::from("noise.toml"), text }) {
            prop_assert!(!faults.faults.is_empty());
            prop_assert!(faults.faults.iter().all(|fault| (1..=lines).contains(&fault.line) && fault.column > 0));
            prop_assert!(!faults.to_string().contains(|c: char| c.is_control() && c != '\n'));
        }
    }
}

/// The lines in which a configuration differs from the defaults.
fn difference(config: &Config) -> String {
    let default = format!("{:#?}", Config::default());
    let default: Vec<&str> = default.lines().collect();
    let shown = format!("{config:#?}");
    let differs = shown.lines().filter(|line| !default.contains(line));
    differs.collect::<Vec<_>>().join("\n")
}

mod example {
    //! `config.example.toml`, held to the code.

    use std::collections::BTreeSet;

    use super::*;

    const EXAMPLE: &str = include_str!("../../config.example.toml");

    /// The marks of lines that may be switched on: `#key = value`, without a space after the `#`.
    fn switched_on(line: &str) -> Option<&str> {
        line.strip_prefix('#')
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()) && rest.contains(" = "))
    }

    fn is_example(line: &str) -> bool {
        line.ends_with("# example")
    }

    fn key(line: &str) -> &str {
        line.trim_start_matches('#').split(" = ").next().unwrap_or_default()
    }

    fn parse(text: String) -> (Config, BTreeSet<String>) {
        let file = File { file: PathBuf::from("config.example.toml"), text };
        Config::parse_with_keys(&file).unwrap_or_else(|faults| panic!("{faults}"))
    }

    /// The keys that a document has, by their paths, with lists passed through. Names under `images` are the user's own.
    fn paths(value: &toml::Value, path: &str, found: &mut BTreeSet<String>) {
        match value {
            toml::Value::Table(table) => {
                for (key, value) in table {
                    let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    if !path.ends_with(".images") {
                        paths(value, &path, found);
                    }
                    found.insert(path);
                }
            }
            toml::Value::Array(items) => items.iter().for_each(|item| paths(item, path, found)),
            _ => (),
        }
    }

    /// The example with one commented line switched on, and the live line of the same key in its section switched off.
    fn with(number: usize, lines: &[&str]) -> String {
        let start = lines[..number].iter().rposition(|line| line.starts_with('[')).map_or(0, |header| header + 1);
        let end =
            lines[number..].iter().position(|line| line.starts_with('[')).map_or(lines.len(), |next| number + next);
        let wanted = key(lines[number]);
        let line = |(at, line): (usize, &&str)| match switched_on(line) {
            Some(rest) if at == number => rest.to_owned(),
            _ if (start..end).contains(&at) && key(line) == wanted => String::new(),
            _ => (*line).to_owned(),
        };
        lines.iter().enumerate().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn it_is_valid_and_is_tars() {
        let (config, _) = parse(EXAMPLE.to_owned());
        assert_eq!(config.application.name.as_deref(), Some("tars"));
        assert_eq!(config.workloads.len(), 9);
        assert_eq!(
            config.rules.iter().map(|rule| rule.name.as_str()).collect::<Vec<_>>(),
            [
                "errors",
                "p95",
                "memory",
                "p99",
                "availability",
                "database-latency",
                "websocket-disconnects",
                "dashboard-load",
                "trace-coverage",
                "ppo-memory",
            ]
        );
    }

    #[test]
    fn every_key_of_the_schema_is_in_it_and_every_key_in_it_is_accepted() {
        let lines: Vec<&str> = EXAMPLE.lines().collect();
        let mut shown = BTreeSet::new();
        let mut asked = BTreeSet::new();
        for path in files("valid") {
            asked.extend(Config::parse_with_keys(&file(&path).1).unwrap().1);
        }
        for number in (0..lines.len()).filter(|number| switched_on(lines[*number]).is_some()) {
            let text = with(number, &lines);
            paths(&text.parse::<toml::Table>().map(toml::Value::Table).expect(lines[number]), "", &mut shown);
            let file = File { file: PathBuf::from("config.example.toml"), text };
            match Config::parse_with_keys(&file) {
                Ok((_, keys)) => asked.extend(keys),
                // Switched on alone, a key may lack its companion or exclude another; it is known all the same.
                Err(faults) => assert!(faults.faults.iter().all(|fault| !fault.what.contains("unknown")), "{faults}"),
            }
        }
        let generic = |path: &String| {
            // What one rule has, all have: the example explains each key once.
            let mut parts: Vec<&str> = path.split('.').collect();
            if let ["rules", name, rest @ ..] = parts.as_mut_slice() {
                *name = "NAME";
                if let ["steps", weight, ..] = rest {
                    *weight = "WEIGHT";
                }
            }
            parts.join(".")
        };
        let shown: BTreeSet<String> = shown.iter().map(generic).collect();
        let missing: Vec<String> = asked.iter().map(generic).filter(|path| !shown.contains(path)).collect();
        assert_eq!(missing, Vec::<String>::new(), "keys of the schema that config.example.toml does not show");
    }

    #[test]
    fn the_defaults_that_it_names_are_those_of_the_code() {
        let mut text = String::new();
        let mut header = "";
        for line in EXAMPLE.lines() {
            match switched_on(line) {
                Some(rest) if !is_example(line) => {
                    text.push_str(&format!("{}\n{rest}\n", std::mem::take(&mut header)));
                }
                _ if line.starts_with('[') => header = line,
                _ => (),
            }
        }
        let (config, _) = parse(text);
        assert_eq!(config, Config::default());
    }
}

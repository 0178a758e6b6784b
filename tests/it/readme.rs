//! The README keeps its word: its picture is what the program draws, and what it names exists.

use std::path::Path;

use glidepath::tui::look::Look;
use glidepath::tui::picture::{frame, svg};

use crate::snapshots::{now, suspicion};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `INSTA_UPDATE=always` draws it anew, as it does every other picture of a screen.
#[test]
fn the_picture_is_what_the_program_draws() {
    let path = root().join("assets/screen.svg");
    let drawn = svg(&frame(&suspicion(), Look::default(), now(), 80, 24));
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == drawn, "assets/screen.svg is not what the program draws; INSTA_UPDATE=always cargo test readme");
}

#[test]
fn it_begins_with_the_two_commands() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let commands: Vec<&str> = text.lines().filter(|line| line.starts_with("cargo ")).take(2).collect();
    assert!(
        commands[0].starts_with("cargo run --release -- demo") && commands[1].starts_with("cargo test"),
        "{commands:?}"
    );
}

#[test]
fn every_dependency_is_named_with_its_reason() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let manifest: toml::Table = std::fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    for table in ["dependencies", "dev-dependencies"] {
        for name in manifest[table].as_table().unwrap().keys() {
            assert!(text.contains(&format!("`{name}`")), "{name} is not in the README");
        }
    }
}

//! Who may import whom: the direction of the dependencies is a test, not a wish.

use std::collections::BTreeMap;
use std::path::Path;

fn allowed() -> BTreeMap<&'static str, &'static [&'static str]> {
    BTreeMap::from([
        ("core", &["core"][..]),
        ("engine", &["core", "engine"]),
        ("cluster", &["core", "engine", "cluster"]),
        ("metrics", &["core", "engine", "metrics"]),
        ("tui", &["core", "engine", "tui"]),
        ("config", &["core", "config"]),
        ("report", &["core", "report"]),
        ("sim", &["core", "sim"]),
        ("cli", &["core", "engine", "cluster", "metrics", "tui", "config", "report", "sim", "cli"]),
    ])
}

#[test]
fn modules_import_only_what_the_picture_allows() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    for (module, may) in allowed() {
        each_source(&src.join(module), &mut |path, text| {
            for (number, line) in text.lines().enumerate() {
                for part in line.split("crate::").skip(1) {
                    let used: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    if allowed().contains_key(used.as_str()) && !may.contains(&used.as_str()) {
                        wrong.push(format!("{}:{} uses {used}", path.display(), number + 1));
                    }
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn core_reads_no_clock_and_does_no_io() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/core");
    let mut wrong = Vec::new();
    let mut seen = 0;
    each_source(&src, &mut |path, text| {
        seen += 1;
        for word in [
            "std::fs",
            "std::net",
            "std::io",
            "tokio",
            "SystemTime",
            "Instant::now",
            "Utc::now",
            "async fn",
            "println!",
            "tracing::",
        ] {
            if text.contains(word) {
                wrong.push(format!("{} has {word}", path.display()));
            }
        }
    });
    assert!(seen > 10 && wrong.is_empty(), "{wrong:#?}");
}

fn each_source(path: &Path, visit: &mut dyn FnMut(&Path, &str)) {
    let Ok(entries) = std::fs::read_dir(path) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            each_source(&path, visit);
        } else if path.extension().is_some_and(|end| end == "rs") {
            visit(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}

//! The matrix is whole: every command is in it, and every file of the sources that writes somewhere is known to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use clap::CommandFactory;
use glidepath::cli::args::Cli;

use super::{cluster, files, people, pods, server};

/// The commands that say nothing which comes from outside.
const OF_OUR_OWN: [(&str, &str); 2] = [
    ("completions", "a script for a shell, the same for everybody; what it offers then is in the matrix"),
    ("man", "a page of the manual, the same for everybody"),
];

#[test]
fn every_command_is_in_the_matrix() {
    let sinks: BTreeSet<&str> =
        [cluster::SINKS, files::SINKS, people::SINKS, pods::SINKS, server::SINKS].concat().into_iter().collect();
    let cli = Cli::command();
    let commands: BTreeSet<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
    assert!(OF_OUR_OWN.iter().all(|(command, _)| commands.contains(command)));
    let missing: Vec<&&str> = commands
        .iter()
        .filter(|command| !OF_OUR_OWN.iter().any(|(own, _)| own == *command))
        .filter(|command| !sinks.iter().any(|sink| sink.split(' ').next() == Some(command)))
        .collect();
    assert!(missing.is_empty(), "no test looks at what these print: {missing:?}");
}

/// The files that let bytes out of the program, and the sinks that these are.
fn ways_out() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        ("cli/say.rs", "the standard output and error of every command"),
        ("cli/fly/stream.rs", "release, attach, demo: --plain and --json"),
        ("cli/attach.rs", "the releases to choose from, on the standard error"),
        ("cli/demo/serve.rs", "what the embedded cluster is called"),
        ("cli/demo/mod.rs", "the file for what the embedded cluster saw, made before anything is in it"),
        ("cli/demo/embedded.rs", "what the embedded cluster saw, and its kubeconfig"),
        ("cli/heir.rs", "driver without a screen"),
        ("cli/init/mod.rs", "init"),
        ("cli/log.rs", "log file"),
        ("cli/state_dir.rs", "a probe whether the directory can be written"),
        ("cli/mod.rs", "clap's own words: help, and what is wrong with the words that somebody typed"),
        ("cli/exit.rs", "asks clap where those go"),
        ("cli/colour.rs", "asks whether it is a terminal"),
        ("cli/front.rs", "asks whether it is a terminal"),
        ("engine/archive.rs", "exports"),
        ("engine/journal.rs", "journal"),
        ("tui/recording.rs", "asciicast"),
        ("tui/terminal.rs", "screen, clipboard, and the bell's notification"),
    ])
}

/// What opens a way out: the process' own streams, and files that are made.
const OPENS: [&str; 9] = [
    "stdout()",
    "stderr()",
    "println!",
    "print!(",
    "File::create",
    "OpenOptions::new",
    "fs::write",
    "fs::copy",
    "create_new",
];

#[test]
fn every_way_out_is_known() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    visit(&src, &mut |path, text| {
        // Tests write where they like, and stand last.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let path = path.strip_prefix(&src).unwrap().to_str().unwrap().to_owned();
        if !path.starts_with("sim/") && !path.ends_with("tests.rs") && OPENS.iter().any(|opens| code.contains(opens)) {
            found.insert(path);
        }
    });
    let known: BTreeSet<String> = ways_out().into_keys().map(str::to_owned).collect();
    assert_eq!(found, known, "put what a new file writes into the matrix, and the file into this list");
}

fn visit(path: &Path, each: &mut dyn FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(path).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            visit(&path, each);
        } else if path.extension().is_some_and(|end| end == "rs") {
            each(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}

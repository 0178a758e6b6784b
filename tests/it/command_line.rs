//! The command line as somebody meets it who runs the program: what it prints, where, and how it ends.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use insta::assert_snapshot;

const COMMANDS: [&str; 17] = [
    "demo",
    "release",
    "preflight",
    "attach",
    "approve",
    "pause",
    "resume",
    "promote",
    "rollback",
    "status",
    "releases",
    "init",
    "replay",
    "odds",
    "check",
    "completions",
    "man",
];

/// The program, in a directory of its own and with surroundings that do not depend on who runs the tests.
fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glidepath"));
    command.current_dir(home).env_clear().env("HOME", home).stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    program(home.path()).args(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What to do where a configuration that was named is not there.
const ONE: &str = "\nhint: name one that is there; `glidepath init` writes one\n";

#[test]
fn every_command_has_its_help() {
    for command in COMMANDS {
        let output = run(&[command, "--help"]);
        assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()), "{command}");
        assert_snapshot!(format!("help-{command}"), stdout(&output));
    }
    assert_snapshot!("help", stdout(&run(&["--help"])));
    assert_snapshot!("help-short", stdout(&run(&["-h"])));
}

#[test]
fn help_fits_the_design_size_where_it_is_not_wrapped() {
    // Examples are not wrapped well, so they must be short enough by themselves.
    for command in COMMANDS {
        let help = stdout(&run(&[command, "--help"]));
        let examples = help.split("Examples:").nth(1).unwrap_or_default();
        assert!(examples.lines().all(|line| line.chars().count() <= 80), "{command}: {examples}");
    }
}

#[test]
fn completions_are_those_of_the_shell() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let output = run(&["completions", shell]);
        assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()), "{shell}");
        assert_snapshot!(format!("completions-{shell}"), stdout(&output));
    }
}

#[test]
fn the_manual_has_a_page_for_the_program_and_for_each_command() {
    let page = |args: &[&str]| stdout(&run(args)).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    assert_snapshot!("man", page(&["man"]));
    assert_snapshot!("man-release", page(&["man", "release"]));
    for command in COMMANDS {
        let title = format!(".TH glidepath-{command} 1");
        assert!(page(&["man", command]).contains(&title), "{title}");
    }
}

#[test]
fn what_is_wrong_is_said_before_anything_happens() {
    let lines = [
        "relase",
        "demo --scenario eror-spike",
        "demo --scenario nothing",
        "demo --speed 0",
        "demo --speed -1",
        "demo --speed NaN",
        "demo --speed 1e9",
        "demo --seed -1",
        "demo --port 70000",
        "demo --pods 0",
        "demo --kubeconfig-out kube.yaml",
        "--plain demo --json",
        "--theme sepia",
        "release",
        "release checkout --version 1.8.0",
        "release statefulset/db --version 1.8.0",
        "release --version v1/8",
        "release --image checkout:1.8.0",
        "release --image app=checkout",
        "release --image app=Checkout:1.8.0",
        "release -n My_Shop --version 1.8.0",
        "--read-only release --version 1.8.0",
        "rollback --read-only",
        "rollback --to 0",
        "promote --override",
        "odds",
        "odds no-such.csv",
        "odds counts.csv --slo 0",
        "odds counts.csv --slo 1",
        "odds counts.csv --rho -1",
        "odds counts.csv --phi 0.5",
        "completions tcsh",
        "man relase",
        "check --config one.toml two.toml",
    ];
    let said = lines.map(|line| {
        let args: Vec<&str> = line.split(' ').collect();
        let output = run(&args);
        assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()), "{line}");
        format!("$ glidepath {line}\n{}", stderr(&output))
    });
    assert_snapshot!("refused", said.join("\n"));
}

#[test]
fn odds_are_computed_from_a_file_or_from_standard_input() {
    let home = tempfile::tempdir().unwrap();
    let table = "stage,n_c,e_c,n_b,e_b\n0,75,1,7425,15\n0,75,2,7425,14\n1,750,15,6750,14\n";
    let file = home.path().join("counts.csv");
    fs::write(&file, table).unwrap();
    let named = program(home.path()).args(["odds", "counts.csv"]).output().unwrap();
    assert_snapshot!("odds", stdout(&named));
    let piped = program(home.path()).args(["odds", "-"]).stdin(File::open(&file).unwrap()).output().unwrap();
    assert_eq!((piped.status.code(), stdout(&piped)), (Some(0), stdout(&named)));
    let other = program(home.path()).args(["odds", "counts.csv", "--slo", "5%", "--rho", "2", "--phi", "3"]).output();
    assert_ne!(stdout(&other.unwrap()), stdout(&named));
    fs::write(&file, format!("{table}1,5,6,7,0\n")).unwrap();
    let bad = program(home.path()).args(["odds", "counts.csv"]).output().unwrap();
    assert_eq!((bad.status.code(), stdout(&bad)), (Some(2), String::new()));
    assert_eq!(stderr(&bad), "error: counts.csv: line 5: e_c is 6 and n_c is 5: more bad requests than requests\n");
}

#[test]
fn check_finds_the_configuration_where_it_may_be() {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = home.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    let first_line =
        |command: &mut Command| stdout(&command.output().unwrap()).lines().next().unwrap_or_default().to_owned();
    let check = || {
        let mut command = program(home.path());
        command.arg("check").env("XDG_CONFIG_HOME", home.path().join("xdg"));
        command
    };
    assert!(
        first_line(&mut check()).starts_with("no configuration, so the defaults hold (looked for glidepath.toml, ")
    );
    write("xdg/glidepath/config.toml", "");
    assert!(first_line(&mut check()).ends_with("xdg/glidepath/config.toml is valid"));
    write("glidepath.toml", "");
    assert_eq!(first_line(&mut check()), "glidepath.toml is valid");
    write("variable.toml", "");
    assert_eq!(first_line(check().env("GLIDEPATH_CONFIG", "variable.toml")), "variable.toml is valid");
    write("flag.toml", "");
    assert_eq!(
        first_line(check().env("GLIDEPATH_CONFIG", "variable.toml").args(["--config", "flag.toml"])),
        "flag.toml is valid"
    );
    let gone = check().env("GLIDEPATH_CONFIG", "gone.toml").output().unwrap();
    assert_eq!(stderr(&gone), format!("error: gone.toml (named by $GLIDEPATH_CONFIG) does not exist\n{ONE}"));
    assert_eq!(gone.status.code(), Some(2));
}

#[test]
fn check_says_what_a_release_would_do() {
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.toml");
    let output = run(&["check", example]);
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
    assert_snapshot!("check", stdout(&output).replace(example, "config.example.toml"));
}

#[test]
fn check_names_every_fault_for_people_and_for_programs() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("glidepath.toml"), "[canary]\nsoack = \"10m\"\nsteps = [0]\n").unwrap();
    let plain = program(home.path()).arg("check").output().unwrap();
    assert_eq!((plain.status.code(), stdout(&plain)), (Some(2), String::new()));
    assert_snapshot!("check-faults", stderr(&plain));
    let json = program(home.path()).args(["check", "--json"]).output().unwrap();
    assert_eq!((json.status.code(), stderr(&json)), (Some(2), String::new()));
    assert_snapshot!("check-faults-json", stdout(&json));
}

#[test]
fn no_colour_goes_into_a_file() {
    let output = run(&["check", "nowhere.toml"]);
    assert_eq!(stderr(&output), format!("error: nowhere.toml does not exist\n{ONE}"));
    assert!(!stdout(&run(&["--help"])).contains('\u{1b}'));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said_and_a_closed_pipe_is_not() {
    let home = tempfile::tempdir().unwrap();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = program(home.path()).arg("man").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("error: cannot write to standard output: "), "{}", stderr(&output));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = program(home.path()).args(["completions", "zsh"]).stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
}

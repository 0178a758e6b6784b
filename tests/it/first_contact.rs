//! Who has no configuration yet, and comes from kubectl: `init`, completions, and the plugin, on a served world.

use std::os::unix::fs::symlink;
use std::process::{Command, Output};

use crate::pty::seat::Seat;
use crate::served::Served;

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn init_writes_what_check_takes_and_overwrites_nothing_unasked() {
    let world = Served::start("healthy", 1);
    let init = |args: &[&str]| world.command(&[&["init"], args].concat()).output().unwrap();
    let first = init(&[]);
    assert_eq!((first.status.code(), stdout(&first)), (Some(0), String::new()), "{}", stderr(&first));
    let file = world.path().join("glidepath.toml");
    let written = std::fs::read_to_string(&file).unwrap();
    for words in [
        "[[workload]]\nname = \"checkout\"",
        "metrics = { port = 8080, path = \"/metrics\" }",
        "requests as http_requests_total",
        "# - beside 10 pods (checkout): 1 % is 1 pod (9.1 %)",
        "# 95 % of the requests must be faster than this. So far 95 % take at most 100ms.\ntarget = \"100ms\"",
        "[rules.errors]",
    ] {
        assert!(written.contains(words), "{words} is missing:\n{written}");
    }
    let check = world.command(&["check"]).output().unwrap();
    assert_eq!(check.status.code(), Some(0), "{}", stderr(&check));
    // And a release takes it.
    let dry = world.command(&["release", "--version", "1.8.0", "--dry-run"]).output().unwrap();
    assert_eq!(dry.status.code(), Some(0), "{}", stderr(&dry));

    std::fs::write(&file, "# mine\n").unwrap();
    let again = init(&[]);
    assert_eq!(again.status.code(), Some(2));
    assert!(
        stderr(&again).contains("glidepath.toml exists") && stderr(&again).contains("--force"),
        "{}",
        stderr(&again)
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "# mine\n");
    assert_eq!(init(&["--force"]).status.code(), Some(0));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), written);
    assert_eq!(stdout(&init(&["--output", "-"])), written);

    let unknown = init(&["deploy/chekout", "--output", "-"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("did you mean checkout?"), "{}", stderr(&unknown));
}

#[test]
fn init_without_a_cluster_says_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_glidepath"));
    let output = command.current_dir(&home).env_clear().env("HOME", home.path()).arg("init").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("--kubeconfig FILE") && stderr(&output).contains("glidepath demo"));
}

#[test]
fn without_a_configuration_a_deployment_is_picked_and_the_version_that_is_typed_flies() {
    let world = Served::start("healthy", 20);
    let mut seat = Seat::take(world.path(), &["--kubeconfig", "kube.yaml", "--journal", "state"]);
    seat.sees_words("which Deployment?");
    seat.press("checkout");
    seat.sees("one Deployment", |screen| screen.contains("checkout") && !screen.contains("cart"));
    seat.press("\t");
    seat.sees_words("new version of checkout (now 1.7.4):");
    // What runs already is no release: enter waits for another version.
    seat.press("\r1.8.0");
    seat.sees_words("registry.example/checkout:1.8.0");
    seat.press("\r");
    seat.sees_words("SOAKING");
    let shown = seat.sees_words("1.7.4 → 1.8.0");
    assert!(shown.contains("checkout"), "{shown}");
}

/// What a shell is offered for the last of these words.
fn offered(world: &Served, words: &[&str]) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glidepath"));
    command.current_dir(world.path()).env_clear().env("HOME", world.path()).env("GLIDEPATH_COMPLETE", "fish");
    command.env("KUBECONFIG", world.kubeconfig()).arg("--").arg("glidepath").args(words);
    let output = command.output().unwrap();
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
    stdout(&output).lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn completions_offer_what_the_cluster_holds() {
    let world = Served::start("healthy", 1);
    let namespace = &world.namespace;
    assert!(offered(&world, &["rollback", "deploy/"]).contains(&"deploy/checkout".to_owned()));
    assert!(offered(&world, &["rollback", "deployment/ch"]).contains(&"deployment/checkout".to_owned()));
    assert!(offered(&world, &["rollback", "--namespace", ""]).contains(namespace));
    assert!(offered(&world, &["status", "--context", "d"]).contains(&"demo".to_owned()));
    assert!(offered(&world, &["rollb"]).contains(&"rollback".to_owned()));
    // Another namespace that stands on the line is the one that is asked.
    assert!(offered(&world, &["-n", "default", "rollback", "deploy/"]).is_empty());
}

#[test]
fn a_cluster_that_is_gone_costs_a_shell_neither_time_nor_words() {
    let world = Served::start("healthy", 1);
    let kubeconfig = std::fs::read_to_string(world.kubeconfig()).unwrap();
    // Port 9 of this machine is nobody's.
    let port = |text: &str| text.split(|c: char| !c.is_ascii_digit()).next().unwrap().to_owned();
    let (_, server) = kubeconfig.split_once("http://127.0.0.1:").unwrap();
    std::fs::write(world.kubeconfig(), kubeconfig.replace(&port(server), "9")).unwrap();
    assert_eq!(offered(&world, &["rollback", "deploy/"]), Vec::<String>::new());
}

/// The program under its plugin's name, in a directory of its own.
fn plugin(world: &Served) -> std::path::PathBuf {
    let bin = world.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    symlink(env!("CARGO_BIN_EXE_glidepath"), bin.join("kubectl-glidepath")).unwrap();
    bin
}

#[test]
fn under_the_plugins_name_help_and_hints_speak_of_kubectl() {
    let world = Served::start("healthy", 1);
    let bin = plugin(&world);
    let run = |args: &[&str]| {
        let mut command = Command::new(bin.join("kubectl-glidepath"));
        command.current_dir(world.path()).env_clear().env("HOME", world.path()).args(args).output().unwrap()
    };
    let help = stdout(&run(&["--help"]));
    assert!(help.contains("Usage: kubectl glidepath "), "{help}");
    assert!(help.contains("kubectl glidepath demo"), "{help}");
    assert!(!help.contains("\n  glidepath "), "{help}");
    assert!(stdout(&run(&["rollback", "--help"])).contains("Usage: kubectl glidepath rollback"));
    let problem = stderr(&run(&["init"]));
    assert!(problem.contains("kubectl glidepath demo"), "{problem}");
    assert!(stdout(&run(&["completions", "bash"])).contains("kubectl-glidepath"));
}

/// Through the real kubectl, where this machine has one.
#[test]
fn kubectl_runs_it_with_its_own_flags() {
    let world = Served::start("healthy", 1);
    let bin = plugin(&world);
    let path = std::env::join_paths(
        std::iter::once(bin).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let kubectl = |args: &[&str]| {
        let mut command = Command::new("kubectl");
        command.current_dir(world.path()).env("PATH", path.as_ref().unwrap()).env("HOME", world.path());
        command.env("KUBECONFIG", world.kubeconfig()).arg("glidepath").args(args).output()
    };
    let Ok(listed) = kubectl(&["init", "--context", "demo", "--namespace", &world.namespace, "--output", "-"]) else {
        assert!(std::env::var_os("CI").is_none(), "no kubectl: apt-get install kubernetes-client");
        eprintln!("skipped: there is no kubectl; apt-get install kubernetes-client turns this test on");
        return;
    };
    assert_eq!(listed.status.code(), Some(0), "{}", stderr(&listed));
    assert!(stdout(&listed).contains("name = \"checkout\""));
    let nowhere = kubectl(&["init", "-n", "default", "--output", "-"]).unwrap();
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(stderr(&nowhere).contains("namespace default of demo has no Deployments"), "{}", stderr(&nowhere));
}

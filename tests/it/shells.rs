//! Completions in the shells themselves: somebody types and presses tab, and the line becomes what was meant.

use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::pty::seat::Seat;
use crate::served::{Driver, RELEASE, Served, quick};

/// A context as cloud providers name them: bash takes its colons for ends of words.
const CLOUD: &str = "arn:aws:eks:eu-1:12:cluster/prod";

/// Where a shell is installed; `None`: nowhere here.
fn installed(shell: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|dir| dir.join(shell)).find(|path| path.is_file());
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "no {shell}: apt-get install {shell}");
        eprintln!("skipped: there is no {shell}; apt-get install {shell} turns this test on");
    }
    found
}

/// A world with a release that flies, and a kubeconfig with two contexts that lead there.
fn world() -> (Served, Driver) {
    let world = Served::start("healthy", 10);
    world.configure(&quick("steps = [{ weight = 25, soak = \"1h\" }, 100]"));
    let mut kubeconfig: Value = serde_json::from_slice(&std::fs::read(world.kubeconfig()).unwrap()).unwrap();
    let mut cloud = kubeconfig["contexts"][0].clone();
    cloud["name"] = CLOUD.into();
    kubeconfig["contexts"].as_array_mut().unwrap().push(cloud);
    std::fs::write(world.kubeconfig(), kubeconfig.to_string()).unwrap();
    let bin = world.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    symlink(env!("CARGO_BIN_EXE_glidepath"), bin.join("glidepath")).unwrap();
    let mut driver = world.drive(&[&RELEASE[..], &["--id", "one-that-flies"]].concat());
    while driver.next().expect("it flies")["event"] != "step" {}
    (world, driver)
}

/// A shell that reads no one's settings, and knows the program.
fn shell(world: &Served, shell: &str, args: &[&str], learn: &str) -> Seat {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path =
        std::env::join_paths([world.path().join("bin")].into_iter().chain(std::env::split_paths(&path))).unwrap();
    let kubeconfig = world.kubeconfig();
    let variables = [("PATH", path.as_os_str()), ("KUBECONFIG", kubeconfig.as_os_str()), ("PS1", "$ ".as_ref())];
    let mut seat = Seat::run(world.path(), shell, args, &variables);
    // What is typed is not what is waited for.
    seat.press(&format!("{learn}; echo it kno''ws\r"));
    seat.sees_words("it knows");
    seat
}

/// Each name of the cluster, from its first letters and a tab.
fn completes_all(mut seat: Seat) {
    let mut line = |typed: &[(&str, &str)]| {
        for (keys, becomes) in typed {
            seat.press(keys);
            // The terminal breaks long lines.
            seat.sees(becomes, |screen| screen.replace('\n', "").contains(becomes));
        }
        // Takes the line back.
        seat.press("\u{15}");
        let (_, last) = typed.last().unwrap();
        seat.sees("an empty line", |screen| !screen.replace('\n', "").contains(last));
    };
    line(&[
        ("glidepath rollb\t", "glidepath rollback"),
        ("d\t", "rollback deploy/checkout"),
        ("--context d\t", "deploy/checkout --context demo"),
        ("--namespace s\t", "--context demo --namespace shop"),
    ]);
    line(&[
        ("glidepath --context=d\t", "glidepath --context=demo"),
        ("--namespace=s\t", "--context=demo --namespace=shop"),
        ("rollback --reason \"looks bad\" d\t", "--reason \"looks bad\" deploy/checkout"),
    ]);
    line(&[
        ("glidepath status --context ar\t", &format!("status --context {CLOUD}")),
        ("d\t", &format!("{CLOUD} deploy/checkout")),
    ]);
    line(&[("glidepath status --context=arn:aws:e\t", &format!("status --context={CLOUD}"))]);
    line(&[("glidepath release --id o\t", "release --id one-that-flies")]);
}

#[test]
fn bash_completes_every_name() {
    let Some(bash) = installed("bash") else { return };
    let (world, _driver) = world();
    let learn = "source <(glidepath completions bash)";
    completes_all(shell(&world, bash.to_str().unwrap(), &["--norc", "--noprofile", "-i"], learn));
}

#[test]
fn zsh_completes_every_name_from_the_first_tab_on() {
    let Some(zsh) = installed("zsh") else { return };
    let (world, _driver) = world();
    let learn = "mkdir zfunc; glidepath completions zsh > zfunc/_glidepath; fpath=($PWD/zfunc $fpath); \
                 autoload -Uz compinit; compinit -u -d dump";
    completes_all(shell(&world, zsh.to_str().unwrap(), &["-f", "-i"], learn));
}

#[test]
fn fish_completes_every_name() {
    let Some(fish) = installed("fish") else { return };
    let (world, _driver) = world();
    // What fish suggests before a tab is pressed would look like an answer.
    let learn = "set -g fish_autosuggestion_enabled 0; glidepath completions fish | source";
    completes_all(shell(&world, fish.to_str().unwrap(), &["--no-config", "-i"], learn));
}

/// kubectl asks a program of this name, and wants cobra's lines.
#[test]
fn kubectl_is_told_what_completes_its_plugin() {
    let (world, _driver) = world();
    let asked = world.path().join("bin/kubectl_complete-glidepath");
    symlink(env!("CARGO_BIN_EXE_glidepath"), &asked).unwrap();
    let told = |words: &[&str]| {
        let mut command = Command::new(&asked);
        command.current_dir(world.path()).env_clear().env("HOME", world.path()).env("KUBECONFIG", world.kubeconfig());
        let output = command.args(words).output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(told(&["rollback", "deploy/"]), "deploy/checkout\n:4\n");
    assert_eq!(told(&["rollb"]), "rollback\tBring all traffic back to the earlier version, and prove it\n:4\n");
    assert_eq!(told(&["-n", "default", "rollback", "deploy/"]), ":4\n");
    assert_eq!(told(&["status", "--context", "arn"]), format!("{CLOUD}\n:4\n"));
    assert!(told(&[""]).contains("attach\t"));
}

//! What an API server answers: images, names that no API server should hold, and sentences of its own.

use std::process::Command;

use serde_json::Value;

use super::{CONFIG, SPEED, Sinks};
use crate::front::{Front, Rewrite};
use crate::pty::seat::Seat;
use crate::served::Served;
use crate::tui::hostile::PAYLOADS;

/// Where it comes out.
pub const SINKS: &[&str] = &[
    "init",
    "list of Deployments",
    "words that a shell is offered",
    "words that kubectl is offered",
    "an unknown name",
    "a refusal of the server's",
];

/// What is hostile.
#[derive(Clone, Copy, PartialEq)]
enum Says {
    /// The image that the Deployment runs.
    Image,
    /// The name of another Deployment.
    Name,
    /// The sentence of every error.
    Error,
}

impl Rewrite for Says {
    fn asked(&self, path: &str) -> String {
        path.to_owned()
    }

    fn answered(&self, path: &str, line: &str) -> String {
        let Ok(mut said) = serde_json::from_str::<Value>(line) else { return line.to_owned() };
        let all = PAYLOADS.join(" ");
        match self {
            Self::Error if said["kind"] == "Status" => said["message"] = all.into(),
            Self::Image | Self::Name if path.split('?').next().unwrap_or_default().ends_with("/deployments") => {
                let Some(items) = said["items"].as_array_mut().filter(|items| !items.is_empty()) else {
                    return line.to_owned();
                };
                if *self == Self::Image {
                    items[0]["spec"]["template"]["spec"]["containers"][0]["image"] = format!("checkout:1 {all}").into();
                } else {
                    let mut other = items[0].clone();
                    other["metadata"]["name"] = format!("chekout {all}").into();
                    other["metadata"]["uid"] = "another".into();
                    items.push(other);
                }
            }
            _ => return line.to_owned(),
        }
        said.to_string()
    }
}

/// The first screen where nothing is configured; all that was written to the terminal.
fn list(world: &Served) -> String {
    let mut seat = Seat::take(world.path(), &["--kubeconfig", "kube.yaml", "--journal", "state"]);
    seat.sees_words("which Deployment?");
    seat.sees_words("\\u{");
    seat.press("\u{1b}[B");
    seat.press("\t");
    seat.sees_words("new version of");
    seat.press("\u{1b}");
    seat.sees("the list", |screen| !screen.contains("new version of"));
    seat.press("\u{1b}");
    let raw = seat.raw();
    assert_eq!(seat.ends(), 0);
    String::from_utf8(raw()).expect("frames end between characters")
}

/// What a shell is offered behind `rollback deploy/`, and what kubectl is.
fn offered(world: &Served, sinks: &mut Sinks) {
    let name = world.path().join("kubectl_complete-glidepath");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_glidepath"), &name).unwrap();
    let run = |command: &mut Command| {
        command.current_dir(world.path()).env_clear().env("HOME", world.path()).env("KUBECONFIG", world.kubeconfig());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let mut shell = Command::new(env!("CARGO_BIN_EXE_glidepath"));
    let shell = shell.args(["--", "glidepath", "rollback", "deploy/"]);
    let words = run(shell.env("GLIDEPATH_COMPLETE", "fish"));
    assert_eq!(words, "", "the variable is cleared with the others");
    let mut shell = Command::new("env");
    shell.arg("GLIDEPATH_COMPLETE=fish").arg(env!("CARGO_BIN_EXE_glidepath"));
    sinks.take("words that a shell is offered", run(shell.args(["--", "glidepath", "rollback", "deploy/"])));
    sinks.take("words that kubectl is offered", run(Command::new(&name).args(["rollback", "deploy/"])));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_payload_reaches_any_sink_from_an_api_server() {
    let mut sinks = Sinks::default();
    let world = Served::start("healthy", SPEED);
    let kubeconfig = std::fs::read_to_string(world.kubeconfig()).unwrap();
    let address = world.address();
    for says in [Says::Image, Says::Name, Says::Error] {
        std::fs::write(world.kubeconfig(), &kubeconfig).unwrap();
        let front = Front::of(address.clone(), says).await;
        world.lead_through(&front.address);
        tokio::task::block_in_place(|| match says {
            Says::Image => {
                sinks.run(&world, "init", &["init", "--output", "-"]);
                let sent = list(&world);
                sinks.screen("list of Deployments", &sent);
            }
            Says::Name => {
                let sent = list(&world);
                sinks.screen("list of Deployments", &sent);
                offered(&world, &mut sinks);
                sinks.refuse(&world, "an unknown name", &["init", "deploy/chekou", "--output", "-"]);
            }
            Says::Error => {
                world.configure(CONFIG);
                sinks.refuse(
                    &world,
                    "a refusal of the server's",
                    &["release", "deploy/nobody", "--image", "app=a:1", "--plain"],
                );
            }
        });
    }
    sinks.assert_harmless(SINKS);
    for name in ["init", "an unknown name"] {
        sinks.assert_carries_all(name);
    }
}

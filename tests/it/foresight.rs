//! `preflight` and `release --dry-run` on a served world: what blocks, what is told, and what the steps can prove.

use std::process::Output;

use serde_json::Value;

use crate::served::Served;

const PREFLIGHT: [&str; 4] = ["preflight", "deploy/checkout", "--image", "app=registry.example/checkout:1.8.0"];

const CONFIG: &str = "[canary]\nsteps = [1, 25, 100]\nsoak = \"10m\"\nscrape = \"2s\"\n";

fn run(served: &Served, args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = served.command(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn a_look_before_the_flight_says_what_the_steps_can_prove() {
    let served = Served::start("low-traffic", 1);
    served.configure(CONFIG);
    let (code, said, stderr) = run(&served, &PREFLIGHT);
    assert_eq!(code, 0, "{stderr}");
    assert!(said.contains("what the steps can prove, by the traffic of now:"), "{said}");
    assert!(said.contains("  step 1, errors: 1 % ("), "{said}");
    assert!(said.contains("requests in 10 min: it would notice") && said.contains("Needs "), "{said}");
    assert!(said.ends_with("nothing blocks\n"), "{said}");
    assert!(!said.contains("suggest") && stderr.contains("watching stable's traffic for 2s"), "{said}{stderr}");

    let (code, said, _) = run(&served, &[&PREFLIGHT[..], &["--suggest-steps", "5", "--json"]].concat());
    assert_eq!(code, 0);
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let power: Vec<&Value> = lines.iter().filter(|line| line["event"] == "power").collect();
    assert_eq!(power.len(), 6, "two rules and three steps: {said}");
    assert!(power.iter().all(|power| power["rps"].as_f64() > Some(0.0) && power["wanted"] == 5.0), "{said}");
    let suggestion = lines.iter().find(|line| line["event"] == "suggestion").unwrap();
    assert_eq!(suggestion["ratio"], 5.0);
    let last = lines.last().unwrap();
    assert_eq!((last["event"].as_str(), last["blocks"].as_bool()), (Some("preflight"), Some(false)));
    assert!(
        lines.iter().enumerate().all(|(at, line)| line["seq"] == at + 1 && line["v"] == 1 && line["at"].is_string())
    );

    let dry = ["release", "deploy/checkout", "--image", "app=registry.example/checkout:1.8.0", "--dry-run"];
    let (code, said, _) = run(&served, &[&dry[..], &["--suggest-steps", "5"]].concat());
    assert_eq!(code, 0);
    assert!(said.contains("what the steps can prove") && said.contains("steps that can notice 5× as many:"), "{said}");

    let (code, _, stderr) =
        run(&served, &["preflight", "deploy/nobody", "--image", "app=registry.example/checkout:1.8.0"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("no Deployment nobody"), "{stderr}");
}

#[test]
fn what_would_refuse_a_release_ends_the_look_as_it_would_end_the_release() {
    let served = Served::start("healthy", 10);
    served.configure(CONFIG);
    let mut driver = served.drive(&["release", "deploy/checkout", "--image", "app=registry.example/checkout:1.8.0"]);
    while driver.next().is_some_and(|event| event["event"] != "step") {}
    let other = ["preflight", "deploy/checkout", "--image", "app=registry.example/checkout:1.9.0"];
    let (code, said, stderr) = run(&served, &other);
    assert_eq!((code, said.as_str()), (5, ""), "{stderr}");
    assert!(stderr.contains("has not ended"), "{stderr}");
    drop(driver);
}

/// What the dry run says under each act.
fn under<'a>(said: &'a str, act: &str) -> Vec<&'a str> {
    let lines = said.lines().skip_while(|line| *line != act).skip(1);
    lines.take_while(|line| line.starts_with("  ")).map(str::trim_start).collect()
}

#[test]
fn a_dry_run_says_every_write_down_to_the_last() {
    let served = Served::start("healthy", 1);
    let dry = ["release", "deploy/checkout", "--image", "app=registry.example/checkout:1.8.0", "--dry-run"];
    let (code, said, stderr) = run(&served, &dry);
    assert_eq!(code, 0, "{stderr}");
    assert!(!stderr.contains("--plain"), "it is printed whatever terminal there is: {stderr}");
    let later = "not tried, as it rests on the writes above";
    let canary = "patch Deployment checkout-canary: ";
    assert_eq!(
        under(&said, "scale the canary of checkout to 3"),
        [format!("{canary}set /spec/replicas to 3: {later}")]
    );
    let pinned = under(&said, "pin Service checkout to the canary of checkout");
    assert!(
        pinned.contains(&r#"patch Service checkout: set /spec/selector/glidepath.dev~1track to "canary": admitted"#),
        "{pinned:#?}"
    );
    let unpinned = under(&said, "unpin Service checkout");
    assert_eq!(unpinned[0], format!("patch Service checkout: remove /spec/selector/glidepath.dev~1track: {later}"));
    assert_eq!(under(&said, "delete the canary of checkout"), [format!("delete Deployment checkout-canary: {later}")]);
    let cleared = under(&said, "remove Glidepath's annotations from checkout");
    for object in ["Deployment checkout", "Service checkout", "HorizontalPodAutoscaler checkout"] {
        let line = format!("patch {object}: remove /metadata/annotations/glidepath.dev~1epoch: {later}");
        assert!(cleared.contains(&line.as_str()), "{line}\n{cleared:#?}");
    }
    assert!(
        said.lines().any(|line| line == "note: metrics of checkout are read at port 8080, path /metrics"),
        "{said}"
    );

    // Nothing is written where its owner brings the new template; and nobody scrapes where a Prometheus is asked.
    served.configure("[canary]\nfinish = \"wait\"\n[metrics]\nsource = \"prometheus\"\nurl = \"http://127.0.0.1:9\"\n");
    let (code, said, stderr) = run(&served, &dry);
    assert_eq!(code, 0, "{stderr}");
    assert!(!said.contains("roll checkout to the new template"), "{said}");
    assert!(said.contains("\nnote: metrics are asked of the Prometheus at http://127.0.0.1:9/\n"), "{said}");
    assert!(!said.contains("are read at port"), "{said}");
}

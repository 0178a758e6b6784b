//! `preflight` and `release --dry-run` on a served world: what blocks.

use std::process::Output;

use crate::served::Served;

const CONFIG: &str = "[canary]\nsteps = [1, 25, 100]\nsoak = \"10m\"\nscrape = \"2s\"\n";

fn run(served: &Served, args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = served.command(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
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

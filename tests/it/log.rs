//! `-vv`: a log beside the journals that tells what was done, holds nothing that drives a terminal, and no secret.

use crate::fixture::{Server, json};
use crate::served::Served;

/// What only a file of secrets says.
const SECRET: &str = "canary-9f8e7d6c5b4a";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_tells_what_was_done_and_neither_secrets_nor_escapes() {
    let hostile = r#"{"status":"error","errorType":"bad_data","error":"no \u001b]52;c;QUFB\u0007 \u202ematrix"}"#;
    let prometheus = Server::start(move |_| json(422, hostile)).await;
    let served = Served::start("healthy", 20);
    std::fs::write(served.path().join("token"), SECRET).unwrap();
    served.configure(&format!(
        "[canary]\nsteps = [100]\nscrape = \"300ms\"\n[limits]\nhold = \"2s\"\n[metrics]\nsource = \"prometheus\"\nurl = \"{}\"\n\
         [metrics.auth]\ntoken_file = \"token\"\n",
        prometheus.url()
    ));
    let args = ["release", "deploy/checkout", "--image", "app=registry.example/checkout:1.8.0", "-vv"];
    let mut driver = served.drive(&args);
    let (ended, events, stderr) = tokio::task::spawn_blocking(move || {
        let ended = driver.ends();
        (ended, serde_json::to_string(&driver.events).unwrap(), driver.stderr())
    })
    .await
    .unwrap();
    assert_eq!(ended["outcome"], "held", "{ended}");
    let asked = prometheus.seen();
    let authorization = asked.first().and_then(|seen| seen.authorization.clone());
    assert_eq!(authorization.as_deref(), Some(format!("Bearer {SECRET}").as_str()), "it was told to whom it is for");

    let log = std::fs::read_to_string(served.path().join("state/glidepath.log")).unwrap();
    assert!(
        log.contains("create the canary of checkout") && log.contains("PATCH /apis/apps/v1/namespaces/shop"),
        "{log}"
    );
    let files = std::fs::read_dir(served.path().join("state")).unwrap().flatten();
    let kept: String = files.map(|file| std::fs::read_to_string(file.path()).unwrap()).collect();
    for text in [&kept, &events, &stderr] {
        assert!(!text.contains(SECRET));
        assert!(!text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text}");
    }
}

//! Several people at terminals of their own, each with the roles that we ship for what they do.

use serde_json::{Value, json};

use super::ground::Ground;
use super::{applied, release, until_said};

/// Killed behind a pin, and with stable half rolled, and nobody who follows has the journal of whoever drove before. The
/// first of them says the same words again; the second stands by, and goes on when somebody tells it to.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_takes_over_needs_no_journal_of_the_driver_before() {
    let Some(ground) = Ground::prepare().await else { return };
    let before = ground.web().await;
    let terminal = async |who| ground.terminal(who, &["glidepath-driver", "glidepath-operator"]).await;
    let (dana, kim, lee) = (terminal("dana").await, terminal("kim").await, terminal("lee").await);
    let words = release("2.0.0");
    let words = words.each_ref().map(String::as_str);
    let mut first = dana.starts(&words);
    while until_said(&mut first, &[("event", "step"), ("state", "soaking")])["weight"] != 100 {}
    first.kill();
    let mut second = kim.starts(&words);
    let resumed = until_said(&mut second, &[("event", "resumed")]);
    assert_eq!((&resumed["by"], &resumed["epoch"]), (&json!("kim"), &json!(2)), "{resumed}");
    until_said(&mut second, &[("event", "effect"), ("what", "roll web to the new template"), ("state", "confirmed")]);
    second.kill();
    let mut third = lee.starts(&["attach", "deploy/web", "--standby"]);
    while until_said(&mut third, &[("event", "resumed")])["by"] != "lee" {}
    let (code, said) = dana.says(&["resume", "deploy/web"]);
    assert_eq!(code, Some(0), "{said}");
    let ended = third.ends();
    assert_eq!(ended["outcome"], "promoted", "{:#?}", third.tail());
    let begun = |event: &&Value| event["event"] == "step" && event["state"] == "scaling" && event["epoch"] != 1;
    assert_eq!(third.events.iter().find(begun), None, "a step was flown twice");
    assert_eq!(ground.web().await["spec"]["template"], applied(&before, "2.0.0"));
    ground.is_as_before().await;
    ground.leave().await;
}

/// One drives, one operates from elsewhere, one looks on: each with the roles for that, and with no other right.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_operates_from_elsewhere_is_obeyed_and_who_looks_on_sees_it() {
    let Some(ground) = Ground::with("soak = \"10m\"").await else { return };
    let before = ground.web().await;
    let dana = ground.terminal("dana", &["glidepath-driver"]).await;
    let kim = ground.terminal("kim", &["glidepath-viewer", "glidepath-operator"]).await;
    let lee = ground.terminal("lee", &["glidepath-viewer"]).await;
    let words = release("2.0.0");
    let mut driver = dana.starts(&words.each_ref().map(String::as_str));
    until_said(&mut driver, &[("event", "step"), ("state", "soaking")]);
    let mut observer = lee.starts(&["attach", "deploy/web"]);
    until_said(&mut observer, &[("event", "step"), ("state", "soaking")]);

    let (code, said) = lee.says(&["pause", "deploy/web"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("cannot send pause: configmaps is forbidden: "), "{said}");
    for verb in ["pause", "resume"] {
        let (code, said) = kim.says(&[verb, "deploy/web", "--reason", "a look"]);
        assert_eq!(code, Some(0), "{said}");
        let told = [("event", "command"), ("command", verb), ("by", "kim")];
        assert_eq!(until_said(&mut driver, &told)["accepted"], true);
        assert_eq!(until_said(&mut observer, &told)["accepted"], true);
    }
    until_said(&mut driver, &[("event", "verdict"), ("rule", "errors"), ("verdict", "pass")]);
    let (code, said) = kim.says(&["promote", "deploy/web"]);
    assert_eq!(code, Some(0), "{said}");
    while until_said(&mut driver, &[("event", "step"), ("state", "soaking")])["weight"] != 100 {}
    let (code, said) = kim.says(&["rollback", "deploy/web", "--reason", "it smells"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("rolled-back, proven: kim asked for it: it smells"), "{said}");
    for listened in [&mut driver, &mut observer] {
        let ended = listened.ends();
        assert_eq!((&ended["outcome"], &ended["proven"]), (&json!("rolled-back"), &json!(true)), "{ended}");
    }
    assert!(observer.events.iter().any(|event| event["what"] == "unpin Service web"), "{:#?}", observer.tail());
    assert_eq!(ground.web().await["spec"], before["spec"]);
    ground.is_as_before().await;
    ground.leave().await;
}

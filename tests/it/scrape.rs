//! Pods scraped over real sockets: each with its own outcome, in the order of the targets, within the deadline.

use std::sync::Arc;
use std::time::Instant;

use glidepath::core::plan::MetricsPort;
use glidepath::core::sample::{Batch, FaultKind, Sample, SourceFault, Target};
use glidepath::core::time::Time;
use glidepath::engine::port::{Fetch, Metrics};
use glidepath::metrics::{Direct, Kind, Scrape};

use crate::fixture::{Server, answer, endless, nowhere, silent, slow};

const NOW: Time = Time::from_millis(1_700_000_000_000);
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

fn target(uid: &str, port: u16) -> Target {
    Target {
        uid: uid.into(),
        namespace: "shop".into(),
        name: uid.into(),
        ip: Some("127.0.0.1".into()),
        metrics: Some(MetricsPort { port, path: "/metrics".into() }),
    }
}

fn scrape(keep: &[&str]) -> Scrape {
    Scrape::new(Arc::new(Direct::new().unwrap()), keep.iter().map(|&name| name.to_owned()).collect())
}

async fn pod(content_type: &'static str, body: &'static str) -> Server {
    Server::start(move |_| answer(200, content_type, body)).await
}

fn fault(batch: &Batch, place: usize) -> SourceFault {
    batch.pods[place].outcome.clone().unwrap_err()
}

fn samples(batch: &Batch, place: usize) -> Vec<Sample> {
    batch.pods[place].outcome.clone().unwrap()
}

#[tokio::test]
async fn each_pod_has_its_own_outcome_in_the_order_of_the_targets() {
    let good = pod(TEXT, "http_requests_total{path=\"/users/{id}\",code=\"500\"} 5\n").await;
    let wrong = pod(TEXT, "http_requests_total{path=\"/\"} five\n").await;
    let cut = pod(OPENMETRICS, "# TYPE a gauge\na 1\n").await;
    let busy = Server::start(|_| answer(503, "text/html", "<html>")).await;
    let moved = Server::start(|_| {
        let mut response = answer(302, TEXT, "");
        response.headers_mut().insert("location", "http://example.com/".parse().unwrap());
        response
    })
    .await;
    let mut unplaced = target("unplaced", 1);
    unplaced.ip = None;
    let targets = vec![
        target("gone", nowhere().port()),
        target("good", good.address.port()),
        target("wrong", wrong.address.port()),
        target("cut", cut.address.port()),
        target("busy", busy.address.port()),
        target("moved", moved.address.port()),
        unplaced,
    ];
    let batch = scrape(&[]).read(targets, NOW).await;

    let pods: Vec<&str> = batch.pods.iter().map(|pod| pod.pod.as_str()).collect();
    assert_eq!(pods, ["gone", "good", "wrong", "cut", "busy", "moved", "unplaced"]);
    assert_eq!((batch.at, batch.source.as_str()), (NOW, "scrape"));
    assert_eq!(fault(&batch, 0).kind, FaultKind::Down);
    assert!(fault(&batch, 0).why.starts_with("cannot connect: Connection refused"), "{}", fault(&batch, 0).why);
    let read = samples(&batch, 1);
    assert_eq!((read[0].label("path"), read[0].value, read[0].at), (Some("/users/{id}"), 5.0, NOW));
    let malformed = |why: &str| SourceFault { kind: FaultKind::Malformed, why: why.to_owned() };
    assert_eq!(fault(&batch, 2), malformed("line 1, column 31: expected a number as value, found 'f'"));
    assert_eq!(fault(&batch, 3), malformed("line 2, column 1: the text does not end with # EOF: it is cut off"));
    let down = |why: &str| SourceFault { kind: FaultKind::Down, why: why.to_owned() };
    assert_eq!(fault(&batch, 4), down("status 503 from /metrics"));
    let redirect = "a redirect to http://example.com/, which is not followed; give the address that answers itself";
    assert_eq!(fault(&batch, 5), down(redirect));
    assert_eq!(fault(&batch, 6), down("the pod has no address yet"));
}

#[tokio::test]
async fn only_the_families_that_are_wanted_are_kept() {
    let text = "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\na_total 2\nb 3\n";
    let pod = pod(TEXT, text).await;
    let target = || vec![target("p", pod.address.port())];
    let names = |batch: Batch| samples(&batch, 0).into_iter().map(|sample| sample.name).collect::<Vec<_>>();
    assert_eq!(names(scrape(&["h"]).read(target(), NOW).await), ["h_bucket", "h_sum", "h_count"]);
    assert_eq!(names(scrape(&["h_bucket", "a_total"]).read(target(), NOW).await), ["h_bucket", "a_total"]);
    assert_eq!(names(scrape(&[]).read(target(), NOW).await).len(), 5);
}

#[tokio::test]
async fn what_a_pod_exposes_is_told_by_type() {
    let text = "# HELP h How long\\nit took.\n# TYPE h histogram\n\
        h_bucket{path=\"/a,b\",le=\"0.1\"} 1\nh_bucket{path=\"/a,b\",le=\"+Inf\"} 1\n\
        h_bucket{path=\"/c\",le=\"0.1\"} 4\nh_bucket{path=\"/c\",le=\"+Inf\"} 7\n# TYPE c counter\nc 1\nc{x=\"1\"} 1\n";
    let pod = pod(TEXT, text).await;
    let exposed = scrape(&["nothing"]).exposed(target("p", pod.address.port())).await.unwrap();
    let told: Vec<_> = exposed.iter().map(|family| (family.name.as_str(), family.kind, family.series)).collect();
    assert_eq!(told, [("h", Kind::Histogram, 2), ("c", Kind::Counter, 2)]);
    assert_eq!(
        (exposed[0].help.as_str(), &exposed[0].buckets[..]),
        ("How long it took.", &[(0.1, 5.0), (f64::INFINITY, 8.0)][..])
    );
}

#[tokio::test]
async fn hostile_text_is_harmless_and_stays_apart() {
    let pod = pod(TEXT, "a{x=\"\u{1b}]52;c;eA==\u{7}\"} 1\na{x=\"\u{1b}]52;c;eA==\u{8}\"} 2\n").await;
    let batch = scrape(&[]).read(vec![target("p", pod.address.port())], NOW).await;
    let values: Vec<String> = samples(&batch, 0).iter().map(|sample| sample.label("x").unwrap().to_owned()).collect();
    assert!(values.iter().all(|value| value.starts_with("\\u{1b}]52;c;eA==\\u{")), "{values:?}");
    assert_ne!(values[0], values[1]);
}

#[tokio::test]
async fn pods_that_never_finish_do_not_keep_the_others() {
    let good = pod(TEXT, "a 1\n").await;
    let silent = Server::start(|_| silent()).await;
    let slow = Server::start(|_| slow()).await;
    let huge = Server::start(|_| endless(&[b'a'; 65_536])).await;
    // Two rows of pods that hang fill every place, before the others are asked.
    let mut targets: Vec<Target> =
        (0..16).map(|place| target(&format!("silent-{place}"), silent.address.port())).collect();
    targets.extend((0..15).map(|place| target(&format!("slow-{place}"), slow.address.port())));
    targets.extend([target("huge", huge.address.port()), target("good-1", good.address.port())]);
    targets.push(target("good-2", good.address.port()));
    let began = Instant::now();
    let batch = scrape(&[]).read(targets, NOW).await;

    assert!(began.elapsed().as_secs_f64() < 6.0, "{:?}", began.elapsed());
    for place in 0..31 {
        assert_eq!(fault(&batch, place).kind, FaultKind::Down);
        assert!(fault(&batch, place).why.starts_with("no complete answer within"), "{}", fault(&batch, place).why);
    }
    assert_eq!(fault(&batch, 31).why, "an answer of more than 8 MiB, which is not read");
    assert_eq!((samples(&batch, 32).len(), samples(&batch, 33).len()), (1, 1));
}

#[tokio::test]
async fn the_content_type_is_part_of_a_page() {
    let pod = pod(OPENMETRICS, "# EOF\n").await;
    let direct = Direct::new().unwrap();
    let (limit, within) = (100, std::time::Duration::from_secs(5));
    let page = direct.page(target("p", pod.address.port()), limit, within).await.unwrap();
    assert_eq!((page.content_type.as_deref(), &page.body[..]), (Some(OPENMETRICS), &b"# EOF\n"[..]));
    assert_eq!(direct.get(target("p", pod.address.port()), limit, within).await.unwrap(), b"# EOF\n");
    assert!(pod.seen().iter().all(|seen| seen.path == "/metrics" && seen.authorization.is_none()));
}

//! A Prometheus that answers badly, over real sockets: every fault has its name, nothing hangs, no secret leaves.

use std::io::Write;
use std::time::{Duration, Instant};

use glidepath::core::plan::{MetricsPort, Plan};
use glidepath::core::sample::{Batch, FaultKind, Target};
use glidepath::core::time::Time;
use glidepath::core::view::{ClusterView, PodView, Track, WorkloadView};
use glidepath::engine::port::Metrics;
use glidepath::engine::reading::targets;
use glidepath::metrics::{Auth, Direct, PromError, Prometheus, PrometheusConfig, Scrape, Secret, Select};
use http::Response;

use crate::fixture::{Body, Server, answer, endless, json, nowhere, silent, slow};

const NOW: Time = Time::from_millis(1_700_000_000_000);
const EMPTY: &str = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;

fn at(url: &str, auth: Auth) -> Prometheus {
    let select = Select { series: vec!["a_total".into()], ..Select::default() };
    Prometheus::new(PrometheusConfig { url: url.into(), auth, authorities: None, select }).unwrap()
}

fn target(name: &str) -> Target {
    Target { uid: format!("uid-{name}"), namespace: "shop".into(), name: name.into(), ip: None, metrics: None }
}

fn token() -> Auth {
    Auth::Bearer(Secret::Text("s3cr3t-token".into()))
}

async fn error(server: &Server) -> PromError {
    at(&server.url(), token()).query("up", NOW).await.unwrap_err()
}

fn redirect(status: u16, to: &str) -> Response<Body> {
    let mut response = answer(status, "text/html", "");
    response.headers_mut().insert("location", to.parse().unwrap());
    response
}

#[tokio::test]
async fn a_batch_is_one_query_and_finds_the_pods_again() {
    let server = Server::start(|_| {
        let mut response = json(
            200,
            r#"{"status":"success","warnings":["a store is missing"],"data":{"resultType":"matrix","result":[
            {"metric":{"__name__":"a_total","namespace":"shop","pod":"one","path":"/x{y}"},"values":[[1699999990.5,"7"]]},
            {"metric":{"__name__":"up","namespace":"shop","pod":"two"},"values":[[1699999990,"0"]]}]}}"#,
        );
        response.headers_mut().insert("date", "Tue, 14 Nov 2023 22:13:20 GMT".parse().unwrap());
        response
    })
    .await;
    let prometheus = at(&format!("{}/prefix/", server.url()), token());
    let batch = prometheus.read(vec![target("two"), target("one"), target("new")], NOW).await;

    assert_eq!(batch.source, format!("prometheus {}/prefix", server.url()));
    assert_eq!(batch.warned.as_deref(), Some("a store is missing"));
    let kind = |place: usize| batch.pods[place].outcome.as_ref().map_err(|fault| fault.kind).map(Vec::len);
    assert_eq!((kind(0), kind(1), kind(2)), (Err(FaultKind::Down), Ok(1), Err(FaultKind::Absent)));
    let sample = &batch.pods[1].outcome.as_ref().unwrap()[0];
    assert_eq!((sample.label("path"), sample.at.millis()), (Some("/x{y}"), 1_699_999_990_500));

    let seen = server.seen();
    assert_eq!((seen.len(), seen[0].path.as_str()), (1, "/prefix/api/v1/query"));
    assert_eq!(seen[0].authorization.as_deref(), Some("Bearer s3cr3t-token"));
    assert!(seen[0].body.starts_with("query=%7B__name__%3D%7E%22a_total%7Cup%22"), "{}", seen[0].body);
    assert!(seen[0].body.ends_with("&timeout=4s"), "{}", seen[0].body);
}

#[tokio::test]
async fn no_targets_are_no_question() {
    let batch = at(&format!("http://{}", nowhere()), Auth::None).read(Vec::new(), NOW).await;
    assert_eq!(batch.pods, []);
}

#[tokio::test]
async fn statuses_have_their_kinds() {
    let refused = |kind: &str| format!(r#"{{"status":"error","errorType":"{kind}","error":"why"}}"#);
    let why = || "why".to_owned();
    for (status, body, wanted) in [
        (400, refused("bad_data"), PromError::BadQuery { why: why() }),
        (422, refused("execution"), PromError::Execution { why: why() }),
        (503, refused("timeout"), PromError::GaveUp { why: why() }),
        (200, refused("execution"), PromError::Execution { why: why() }),
        (401, "no".to_owned(), PromError::Forbidden { status: 401 }),
        (403, refused("bad_data"), PromError::Forbidden { status: 403 }),
        (404, "404 page not found".to_owned(), PromError::Status { status: 404 }),
        (502, "<html>bad gateway</html>".to_owned(), PromError::Status { status: 502 }),
    ] {
        let server = Server::start(move |_| json(status, body.clone())).await;
        assert_eq!(error(&server).await, wanted);
    }
}

#[tokio::test]
async fn what_is_not_an_answer_is_malformed() {
    for body in ["<html>please log in</html>".as_bytes(), b"{\"status\":\"\xff\"}", b"", &EMPTY.as_bytes()[..40]] {
        let server = Server::start(move |_| json(200, body)).await;
        assert!(matches!(error(&server).await, PromError::Malformed { .. }));
        let batch = at(&server.url(), Auth::None).read(vec![target("a")], NOW).await;
        assert_eq!(batch.pods[0].outcome.as_ref().unwrap_err().kind, FaultKind::Malformed);
    }
    let server = Server::start(|_| json(200, EMPTY)).await;
    let batch = at(&server.url(), Auth::None).read(vec![target("a")], NOW).await;
    assert_eq!(batch.pods[0].outcome.as_ref().unwrap_err().kind, FaultKind::Malformed);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_credentials_go_nowhere_else() {
    let other = Server::start(|_| json(200, EMPTY)).await;
    for status in [301, 302, 303, 307, 308] {
        let to = format!("{}/api/v1/query", other.url());
        let server = Server::start(move |_| redirect(status, &to)).await;
        let error = error(&server).await.to_string();
        assert!(error.starts_with(&format!("a redirect to {}", other.url())), "{error}");
        assert_eq!(server.seen().len(), 1);
    }
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn credentials_are_sent_as_configured_and_never_told() {
    let server = Server::start(|_| json(401, "")).await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("password");
    std::fs::write(&path, "hunter2\n").unwrap();
    let basic = Auth::Basic { user: "who".into(), password: Secret::File(path.clone()) };
    let told = at(&server.url(), basic.clone()).query("up", NOW).await.unwrap_err().to_string();
    assert_eq!(server.seen()[0].authorization.as_deref(), Some("Basic d2hvOmh1bnRlcjI="));
    assert!(!told.contains("hunter2") && !format!("{basic:?}").contains("hunter2"));

    std::fs::remove_file(&path).unwrap();
    let told = at(&server.url(), basic).query("up", NOW).await.unwrap_err().to_string();
    assert_eq!(told, "the credentials cannot be used: their file cannot be read: entity not found");
    let split = Auth::Bearer(Secret::Text("s3cr3t\r\nx-evil: 1".into()));
    let told = at(&server.url(), split).query("up", NOW).await.unwrap_err().to_string();
    assert!(told.starts_with("the credentials cannot be used") && !told.contains("s3cr3t"), "{told}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_body_without_end_or_that_unpacks_to_too_much_is_not_read() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![b' '; 1 << 20];
    (0..64).for_each(|_| packed.write_all(&zeros).unwrap());
    let packed = packed.finish().unwrap();
    assert!(packed.len() < 1 << 20);
    let bomb = Server::start(move |_| {
        let mut response = json(200, packed.clone());
        response.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
        response
    })
    .await;
    let huge = Server::start(|_| endless(&[b' '; 65_536])).await;
    for server in [bomb, huge] {
        assert_eq!(error(&server).await.to_string(), "an answer of more than 8 MiB, which is not read");
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_is_late_after_five_seconds() {
    let began = Instant::now();
    let (slow, silent) = (Server::start(|_| slow()).await, Server::start(|_| silent()).await);
    let deaf = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let deaf_url = format!("http://{}", deaf.local_addr().unwrap());
    let deaf = at(&deaf_url, Auth::None);
    let (slow, silent, deaf) = tokio::join!(error(&slow), error(&silent), deaf.query("up", NOW));
    for error in [slow, silent, deaf.unwrap_err()] {
        assert_eq!(error.to_string(), "no complete answer within 5s");
    }
    let took = began.elapsed();
    assert!(took > Duration::from_secs(4) && took < Duration::from_secs(7), "{took:?}");
}

#[tokio::test]
async fn nobody_there_and_an_answer_that_breaks_off_are_faults_of_every_pod() {
    let refused = at(&format!("http://{}", nowhere()), Auth::None);
    let batch: Batch = refused.read(vec![target("a"), target("b")], NOW).await;
    for pod in &batch.pods {
        let fault = pod.outcome.as_ref().unwrap_err();
        assert_eq!(fault.kind, FaultKind::Down);
        assert!(fault.why.starts_with("cannot connect: Connection refused"), "{}", fault.why);
    }

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.unwrap();
        let _request = stream.read(&mut [0; 4_096]).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"status\":").await.unwrap();
    });
    let told = at(&url, Auth::None).query("up", NOW).await.unwrap_err().to_string();
    assert!(told.starts_with("the answer broke off: "), "{told}");
}

#[tokio::test]
async fn sample_times_are_on_our_clock_when_the_clocks_differ() {
    let server = Server::start(|_| {
        let body = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1000,"1"]}]}}"#;
        let mut response = json(200, body);
        response.headers_mut().insert("date", "Thu, 01 Jan 1970 00:16:40 GMT".parse().unwrap());
        response
    })
    .await;
    let point = at(&server.url(), Auth::None).query("x", NOW).await.unwrap().only().unwrap().unwrap().clone();
    assert_eq!(point.at, NOW);
}

/// An answer that has this series of the pod `one`, beside an `up` of 1.
fn of_one(series: &[&str]) -> String {
    let up = r#"{"metric":{"__name__":"up","namespace":"shop","pod":"one"},"values":[[1700000000,"1"]]}"#;
    let all: Vec<&str> = std::iter::once(up).chain(series.iter().copied()).collect();
    format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{}]}}}}"#, all.join(","))
}

fn a_total(labels: &str, values: &str) -> String {
    format!(r#"{{"metric":{{"__name__":"a_total","namespace":"shop","pod":"one"{labels}}},"values":[{values}]}}"#)
}

async fn read_one(body: String) -> Batch {
    let server = Server::start(move |_| {
        let mut response = json(200, body.clone());
        response.headers_mut().insert("date", "Tue, 14 Nov 2023 22:13:20 GMT".parse().unwrap());
        response
    })
    .await;
    at(&server.url(), Auth::None).read(vec![target("one")], NOW).await
}

#[tokio::test]
async fn no_number_no_series_an_old_one_and_one_too_many_are_different_things() {
    let only = |batch: &Batch| batch.pods[0].outcome.clone().map(|samples| samples[0].clone());
    let value = |values: &'static str| async move { only(&read_one(of_one(&[&a_total("", values)])).await).unwrap() };
    assert!(value(r#"[1700000000,"NaN"]"#).await.value.is_nan());
    assert_eq!(value(r#"[1700000000,"+Inf"]"#).await.value, f64::INFINITY);
    assert_eq!(value(r#"[1700000000,"-Inf"]"#).await.value, f64::NEG_INFINITY);

    // The target is up and has no such series: it has said nothing, and is not unknown.
    assert_eq!(read_one(of_one(&[])).await.pods[0].outcome, Ok(vec![]));

    // A series that went stale keeps the time at which it was last true, and the newest sample is the one that counts.
    let stale = value(r#"[1699999700,"5"],[1699999715,"7"]"#).await;
    assert_eq!((stale.value, NOW.since(stale.at)), (7.0, Duration::from_secs(285)));

    // A counter that fell is told as it is: what a fall means is known where counters are kept.
    let first = value(r#"[1699999990,"900"]"#).await;
    let fell = value(r#"[1699999990,"900"],[1700000000,"4"]"#).await;
    assert_eq!((first.value, fell.value), (900.0, 4.0));

    // Scraped by two jobs: which of the two is true, nobody can say.
    let twice = [a_total(r#","job":"x""#, r#"[1700000000,"1"]"#), a_total(r#","job":"y""#, r#"[1700000000,"9"]"#)];
    let fault = only(&read_one(of_one(&[&twice[0], &twice[1]])).await).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Ambiguous);
    assert!(fault.why.contains("job=x and job=y"), "{}", fault.why);
}

#[tokio::test]
async fn deep_nesting_and_a_label_that_is_there_twice_are_malformed() {
    let deep = format!(r#"{{"status":"success","data":{}{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
    let doubled = of_one(&[&a_total(r#","pod":"two""#, r#"[1700000000,"1"]"#)]);
    for body in [deep, doubled] {
        let fault = read_one(body).await.pods[0].outcome.clone().unwrap_err();
        assert_eq!(fault.kind, FaultKind::Malformed, "{}", fault.why);
        assert!(fault.why.len() < 300, "{} bytes of words", fault.why.len());
    }
}

#[tokio::test]
async fn a_million_series_are_more_than_is_read() {
    let one = a_total("", r#"[1700000000,"1"]"#);
    let body = of_one(&vec![one.as_str(); 1_000_000]);
    let fault = read_one(body).await.pods[0].outcome.clone().unwrap_err();
    assert_eq!((fault.kind, fault.why.as_str()), (FaultKind::Down, "an answer of more than 8 MiB, which is not read"));
}

#[tokio::test]
async fn a_redirect_within_the_same_host_is_not_followed_either() {
    // Nor one to plain HTTP, a scheme that carries no header, or an address that cloud machines trust.
    for to in ["/login", "http://169.254.169.254/latest/meta-data", "ftp://example.com/x", "//example.com/x"] {
        let server = Server::start(move |_| redirect(302, to)).await;
        let told = error(&server).await.to_string();
        assert_eq!(told, format!("a redirect to {to}, which is not followed; give the address that answers itself"));
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn only_who_scrapes_must_know_at_which_port_pods_answer() {
    let mut plan = crate::toy::plan(3, &[100], 60);
    let name = plan.workloads[0].name.clone();
    let pod = crate::snapshots::pod("one", Track::Stable, 60);
    let pod = PodView { ip: Some("10.0.0.1".into()), ..pod };
    let seen = WorkloadView { pods: vec![pod].into(), ..WorkloadView::default() };
    let view = ClusterView { workloads: [(name, seen)].into(), ..ClusterView::default() };
    let prometheus = at("http://127.0.0.1:9", Auth::None);
    let scrape = Scrape::new(std::sync::Arc::new(Direct::new().unwrap()), Vec::new());
    let asked = |plan: &Plan, source: &dyn Metrics| targets(plan, &view, source).len();
    plan.workloads[0].metrics = None;
    assert_eq!((asked(&plan, &scrape), asked(&plan, &prometheus)), (0, 1));
    plan.workloads[0].metrics = Some(MetricsPort { port: 8080, path: "/metrics".into() });
    assert_eq!((asked(&plan, &scrape), asked(&plan, &prometheus)), (1, 1));
}

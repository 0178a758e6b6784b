use super::*;
use crate::core::event::{Edge, Event};
use crate::core::evidence::{Evidence, Ledger, Pair, Row};
use crate::core::rule::{Rule, Sli};
use crate::core::verdict::{DataState, Judgement, Verdict};
use crate::engine::record::Body;

fn at(seconds: i64) -> Time {
    Time::from_millis(1_767_225_600_000 + seconds * 1_000)
}

/// A page of so many workloads with as many rules, an hour into its flight; templates and numbers differ everywhere.
fn page(workloads: usize, rules: usize, records: usize, padding: usize) -> Page {
    let mut plan = crate::cluster::plan::tests::flight();
    let one = plan.workloads.remove(0);
    let noise = |seed: usize, length: usize| -> String {
        let mut digest = Sha256::digest(seed.to_string());
        let mut text = String::new();
        while text.len() < length {
            text.extend(digest.iter().map(|byte| format!("{byte:02x}")));
            digest = Sha256::digest(digest);
        }
        text
    };
    for number in 0..workloads {
        let env: Vec<Value> =
            (0..30).map(|var| json!({"name": format!("VAR_{var}"), "value": noise(number * 31 + var, 24)})).collect();
        let template = |image: &str| {
            json!({"metadata": {"labels": {"app": "web"}, "annotations": {"note": noise(number, padding)}},
                   "spec": {"containers": [{"name": "web", "image": image, "env": env}]}})
        };
        plan.workloads.push(Workload {
            name: format!("tars-service-{number}"),
            stable_template: template("registry/tars:1.0.0"),
            canary_template: template("registry/tars:1.1.0"),
            ..one.clone()
        });
    }
    plan.rules = (0..rules).map(|number| Rule::of(&format!("rule-{number}"), Sli::Errors { target: 0.01 })).collect();
    let mut state = State::new(&plan, at(0));
    for (place, workload) in plan.workloads.iter().enumerate() {
        let mut evidence = Evidence::default();
        for rule in &plan.rules {
            let mut ledger = Ledger::default();
            for sample in 0..700 {
                let n = 700 + (place as u64 * 37 + sample * 13) % 211;
                let row = |bad: u64| Row { n, bad, bad_at_most: bad };
                let pair = Pair { canary: row(sample % 7), stable: row(sample % 5) };
                ledger.count(rule, pair, at(sample as i64 * 5));
            }
            let spell = |measure: u64| {
                let row = |n: u64| json!({"n": n + place as u64 * 37, "bad": n % 97, "bad_at_most": n % 101});
                let (since, until) = (at(measure as i64 * 311 + place as i64), at(3_600 - measure as i64));
                let excess = 17.0 / (measure + place as u64 + 3) as f64;
                json!({"since": since, "until": until, "hurt": row(measure * 1_291), "other": row(measure * 16_073), "excess": excess})
            };
            let spells: Vec<Value> = (1..=5).map(spell).collect();
            ledger.harms = serde_json::from_value(json!({"spells": spells, "told": 2})).expect("harms");
            evidence.ledgers.insert(rule.name.clone(), ledger);
            state.judgements.push(Judgement {
                rule: rule.name.clone(),
                workload: workload.name.clone(),
                verdict: Verdict::Pass,
                data: DataState::Ok,
                suspicion: false,
                evidence: crate::core::verdict::Evidence {
                    why: format!("0.3{place} % of 31 2{place}4 requests failed, the target is 1 %"),
                    ..Default::default()
                },
            });
        }
        state.evidence.insert(workload.name.clone(), evidence);
    }
    let record = |number: usize| {
        let reason = format!("because of {}", noise(number, 60));
        let event = Event::Hold { state: Edge::Begun, reason };
        Arc::new(Record::new(1, number as u64 + 2, at(number as i64), &plan.release, Body::Event(event)))
    };
    Page {
        log: (0..records).map(record).collect(),
        state: Arc::new(state),
        plan: Arc::new(plan),
        epoch: 1,
        seq: 9_000,
        at: at(3_600),
        who: "dana@example".into(),
        metrics: Link::Live { heard: at(3_600), revision: 0 },
        answers: Vec::new(),
    }
}

fn map(page: &Page) -> Object {
    Object::new(body(page))
}

fn with(page: &Page, edit: impl Fn(&mut Value)) -> Object {
    let mut body = body(page);
    edit(&mut body);
    Object::new(body)
}

#[test]
fn a_page_survives_being_written_and_read() {
    let mut page = page(2, 2, 20, 0);
    // Odds come back to the last digit but one, which JSON does not promise.
    let mut state = State::clone(&page.state);
    state
        .evidence
        .values_mut()
        .flat_map(|evidence| evidence.ledgers.values_mut())
        .for_each(|ledger| ledger.gate = None);
    page.state = Arc::new(state);
    let read = read(&map(&page)).expect("it is ours");
    // Samples are not in it; everything that another engine goes on from is.
    assert!(serde_json::to_value(&*read.state).ok() == serde_json::to_value(&*page.state).ok());
    assert_eq!((read.plan, read.log, read.seq, read.who), (page.plan, page.log, page.seq, page.who));
}

#[test]
fn it_stays_below_100_kib_whatever_the_release() {
    for (workloads, rules, records, padding) in [(1, 3, 10, 0), (9, 9, 400, 0), (9, 9, 400, 20_000), (1, 1, 0, 100_000)]
    {
        let page = page(workloads, rules, records, padding);
        let text = body(&page).to_string();
        assert!(text.len() < 100 * 1024, "{workloads} workloads: {} bytes", text.len());
        let read = read(&Object::new(body(&page))).expect("it is ours");
        assert_eq!(read.state.judgements, page.state.judgements);
        let newest = page.log.last();
        assert!(read.log.is_empty() || read.log.last() == newest, "the newest records stay");
        let slim = read.plan.workloads.iter().all(|workload| workload.canary_template.is_null());
        assert_eq!(slim, padding > 0, "templates give way only where they must");
    }
}

#[test]
fn whatever_is_not_as_we_wrote_it_is_said_and_not_used() {
    let page = page(1, 1, 5, 0);
    let summary = |edit: &dyn Fn(&mut Value)| {
        with(&page, |body| {
            let mut summary: Value =
                serde_json::from_str(body["data"]["summary"].as_str().expect("text")).expect("JSON");
            edit(&mut summary);
            body["data"]["summary"] = summary.to_string().into();
        })
    };
    let cut = |part: &str| {
        with(&page, |body| {
            let text = body["binaryData"][part].as_str().expect("text").to_owned();
            body["binaryData"][part] = text[..text.len() / 8 * 4].into();
        })
    };
    let cases = [
        (with(&page, |body| body["data"] = json!({})), "no summary"),
        (with(&page, |body| body["data"]["summary"] = "{".into()), "summary cannot be read"),
        (summary(&|summary| summary["v"] = 2.into()), "newer glidepath"),
        (summary(&|summary| summary["release"] = "r2".into()), "speaks of another release, r2"),
        (summary(&|summary| summary["mode"] = "paused".into()), "somebody edited it"),
        (cut("plan"), "its plan: it is cut short"),
        (cut("state"), "its state: it is cut short"),
        (cut("log"), "its log: it is cut short"),
        (with(&page, |body| body["binaryData"]["state"] = "!".into()), "its state: it is not base64"),
        (with(&page, |body| body["binaryData"] = json!({})), "its plan: "),
        (with(&page, |body| body["binaryData"]["state"] = pack(&"x".repeat(17 << 20)).into()), "larger than 16 MiB"),
        (with(&page, |body| body["metadata"]["name"] = "glidepath-other".into()), "speaks of another release"),
    ];
    for (map, words) in cases {
        let problem = read(&map).expect_err(words);
        assert!(problem.what.contains(words), "{words}: {problem}");
        assert_eq!(problem.exit_code(), 2);
        assert!(problem.hints.iter().any(|hint| hint.contains("rollback")), "{problem:?}");
    }
}

#[test]
fn parts_of_two_releases_do_not_pass_for_one() {
    let (one, mut other) = (page(1, 1, 5, 0), page(1, 1, 5, 0));
    other.epoch = 7;
    let mixed = with(&one, |body| {
        body["binaryData"]["state"] = super::body(&other)["binaryData"]["state"].clone();
        let part = |name: &str| body["binaryData"][name].as_str().unwrap_or_default().to_owned();
        let summary = body["data"]["summary"].as_str().unwrap_or_default().to_owned();
        body["data"]["sum"] = sum([&summary, &part("plan"), &part("state"), &part("log")]).into();
    });
    assert!(read(&mixed).expect_err("mixed").what.contains("do not belong together"));
}

//! `replay JOURNAL --judge CONFIG`: a recorded release, judged again by other rules.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::cli::args::{Global, ReplayArgs};
use crate::cli::exit::Exit;
use crate::cli::say;
use crate::config::{self, Config};
use crate::core::event::{Event, VERSION};
use crate::core::problem::Problem;
use crate::core::rejudge::{Does, First, LeftOut, Line, Rejudged, rejudge};
use crate::core::rule::{Action, Rule};
use crate::core::time::{Time, human};
use crate::engine::journal;
use crate::engine::record::Body;

/// Judges a recorded release again.
///
/// # Errors
/// A journal or a configuration that cannot be used.
pub fn run(global: &Global, args: &ReplayArgs, config: &Path) -> Result<Exit, Problem> {
    let file = config::read(config).map_err(|unread| unread.problem("--judge"))?;
    let (records, torn) = journal::read(&args.journal)?;
    if let Some(why) = torn {
        say::notice(&format!("the last line of {} was cut off and is left out: {why}", args.journal.display()));
    }
    let events: Vec<(Time, &Event)> = records
        .iter()
        .filter_map(|record| match &record.body {
            Body::Event(event) => Some((record.at, event)),
            Body::Checkpoint(_) | Body::Sight(_) => None,
        })
        .collect();
    let rules = rules(&Config::parse(&file)?, &events);
    let Some(again) = rejudge(events, &rules) else {
        return Err(Problem::user(format!("{} does not tell how its release began", args.journal.display()))
            .hint("give the file <release>.jsonl that a release wrote into its state directory, from its first line"));
    };
    let by = config.display().to_string();
    let text = if global.json { lines(&again) } else { text(&again, &by) };
    say::data(text.as_bytes())?;
    Ok(Exit::DONE)
}

/// The rules that a release of the same workloads would get from this configuration.
fn rules(config: &Config, events: &[(Time, &Event)]) -> Vec<Rule> {
    let workloads = events.iter().find_map(|(_, event)| match event {
        Event::Started { plan } => Some(plan.workloads.as_slice()),
        _ => None,
    });
    config.rules_for(workloads.unwrap_or_default().iter().map(|workload| workload.name.as_str()))
}

fn text(again: &Rejudged, by: &str) -> String {
    let plan = &again.plan;
    let mut text = String::new();
    let _ = writeln!(text, "release {} of {} {} → {}", plan.release, plan.application, plan.from, plan.to);
    let _ = writeln!(
        text,
        "  {} readings from {} to {}, judged again by {by}",
        again.readings,
        again.began.clock(),
        again.until.clock()
    );
    if again.thin > 0 {
        let _ = writeln!(
            text,
            "  {} of them are of an earlier program: they hold what the recorded rules counted, and nothing else",
            again.thin
        );
    }
    if again.unanswered > 0 {
        let _ = writeln!(
            text,
            "  {} of them are of an earlier program: they do not hold what Prometheus answered to expressions",
            again.unanswered
        );
    }
    for line in &again.lines {
        let name =
            if plan.workloads.len() > 1 { format!("{} of {}", line.rule, line.workload) } else { line.rule.clone() };
        let _ = writeln!(text, "\n{name}{}", action(line.action));
        let _ = writeln!(text, "  as recorded  {}", did(line.recorded.as_ref(), again.began, "was not there"));
        let _ = writeln!(text, "  judged again {}", did(line.judged.as_ref(), again.began, unjudged(line)));
    }
    let _ = writeln!(text, "\n{}", verdict(again));
    let _ = writeln!(text, "\nnot judged again: {}", NOT_JUDGED.join("; "));
    text
}

/// What no journal holds, or no rule decides: of that, what was recorded is all that is known.
const NOT_JUDGED: [&str; 5] = [
    "a PromQL expression that was not asked then word for word, or whose answers an earlier program did not keep",
    "each pod by itself: a reading keeps the sums of a side, and of memory the fullest pod",
    "data of one pod that was stale or missing: a reading says how many pods answered, and not which",
    "a crash, an OOM kill, an empty Service, pods that did not start: they are no rules, and go back by themselves",
    "how often a step was looked at before it was let go, and what people and gates would have said to another verdict",
];

/// Why a rule did not judge again.
fn unjudged(line: &Line) -> &'static str {
    match line.left_out {
        Some(LeftOut::NeverAsked) => {
            "is left out: no recorded rule asked this expression, so what Prometheus would have answered is unknown"
        }
        Some(LeftOut::NotKept) => {
            "is left out: this journal is of an earlier program, which did not keep what Prometheus answered"
        }
        None => "is not there",
    }
}

fn action(action: Option<Action>) -> &'static str {
    match action {
        Some(Action::Rollback) => " (its breach rolls back)",
        Some(Action::Hold) => " (its breach holds)",
        Some(Action::Note) => " (its breach is noted)",
        _ => "",
    }
}

fn did(firsts: Option<&BTreeMap<Does, First>>, began: Time, absent: &str) -> String {
    let Some(firsts) = firsts else { return absent.to_owned() };
    if firsts.is_empty() {
        return "had nothing against it".to_owned();
    }
    let word = |does: &Does| match does {
        Does::Suspects => "suspected",
        Does::Waits => "would not have let a step go",
        Does::Breaches => "breached",
    };
    let mut firsts: Vec<_> = firsts.iter().collect();
    firsts.sort_by_key(|(does, first)| (first.at, **does));
    let each =
        firsts.into_iter().map(|(does, first)| format!("{} {}: {}", word(does), when(first.at, began), first.why));
    each.collect::<Vec<_>>().join("\n               ")
}

/// `03:02:10 (after 2m10s)`.
fn when(at: Time, began: Time) -> String {
    format!("{} (after {})", at.clock(), human(at.since(began)))
}

/// The whole release, beside itself.
fn verdict(again: &Rejudged) -> String {
    let ended = again.ended.as_ref().map_or_else(
        || "the record does not tell how it ended".to_owned(),
        |(outcome, why)| format!("it ended {}: {why}", outcome.word()),
    );
    match (&again.rolled_back, &again.would_roll_back) {
        (Some(was), Some((would, rule, _))) => format!(
            "it was rolled back {}; by these rules {rule} would have done so {}{}",
            when(was.at, again.began),
            when(would.at, again.began),
            apart(was.at, would.at)
        ),
        (Some(was), None) => format!(
            "it was rolled back {}; by these rules it would not have been by then, and there is no record beyond",
            when(was.at, again.began)
        ),
        (None, Some((would, rule, _))) => {
            format!("{ended}; by these rules {rule} would have rolled it back {}", when(would.at, again.began))
        }
        (None, None) => format!("{ended}; by these rules it would not have been rolled back"),
    }
}

fn apart(was: Time, would: Time) -> String {
    let by = if would < was { was.since(would) } else { would.since(was) };
    match (by, would < was) {
        (Duration::ZERO, _) => String::new(),
        (by, true) => format!(", {} earlier", human(by)),
        (by, false) => format!(", {} later", human(by)),
    }
}

/// One object a rule and workload, and at last the release.
fn lines(again: &Rejudged) -> String {
    let envelope = |body: serde_json::Value| {
        let mut line = json!({"v": VERSION, "release": again.plan.release});
        if let (Some(line), serde_json::Value::Object(body)) = (line.as_object_mut(), body) {
            line.extend(body);
        }
        format!("{line}\n")
    };
    let of_rule = |line: &Line| {
        let mut body = serde_json::to_value(line).unwrap_or_default();
        if let Some(body) = body.as_object_mut() {
            body.insert("event".to_owned(), json!("rejudged-rule"));
        }
        envelope(body)
    };
    let mut text: String = again.lines.iter().map(of_rule).collect();
    text.push_str(&envelope(json!({
        "event": "rejudged",
        "began": again.began,
        "until": again.until,
        "readings": again.readings,
        "thin": again.thin,
        "unanswered": again.unanswered,
        "not_judged": NOT_JUDGED,
        "recorded": {
            "rolled_back": again.rolled_back,
            "outcome": again.ended.as_ref().map(|(outcome, _)| outcome.word()),
        },
        "judged": {
            "rolled_back": again.would_roll_back.as_ref().map(|(first, ..)| first),
            "rule": again.would_roll_back.as_ref().map(|(_, rule, _)| rule),
            "workload": again.would_roll_back.as_ref().map(|(.., workload)| workload),
        },
    })));
    text
}

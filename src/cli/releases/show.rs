//! Releases as lines: a table for people, one JSON object a line for machines.

use super::row::{Place, Row};
use crate::core::problem::Problem;
use crate::core::snapshot::Outcome;
use crate::core::time::human;

const HEAD: [&str; 7] = ["BEGAN", "RELEASE", "VERSIONS", "OUTCOME", "TOOK", "BY", "RECORDED IN"];

/// A table with columns as wide as they must be; `forgotten`: of what has just been forgotten.
pub fn table(rows: &[Row], forgotten: bool) -> String {
    if rows.is_empty() {
        return if forgotten { "nothing was forgotten\n" } else { "no release is recorded here\n" }.to_owned();
    }
    let cells: Vec<[String; 7]> = std::iter::once(HEAD.map(str::to_owned)).chain(rows.iter().map(cells)).collect();
    let widths: [usize; 7] = std::array::from_fn(|column| {
        cells
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| unicode_width::UnicodeWidthStr::width(cell.as_str()))
            .max()
            .unwrap_or(0)
    });
    let mut text = if forgotten { format!("forgotten: {}\n", rows.len()) } else { String::new() };
    for row in &cells {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            let gap = width.saturating_sub(unicode_width::UnicodeWidthStr::width(cell.as_str()));
            line.push_str(cell);
            line.push_str(&" ".repeat(gap + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn cells(row: &Row) -> [String; 7] {
    let began = row.started.to_string();
    let (day, clock) = began.split_once('T').unwrap_or((&began, ""));
    let clock: String = clock.chars().take(5).collect();
    let places: Vec<&str> = row
        .kept
        .iter()
        .map(|place| match place {
            Place::ConfigMap(_) => "cluster",
            Place::Journal(_) => "journal",
        })
        .collect();
    [
        format!("{day} {clock}"),
        row.release.clone(),
        format!("{} → {}", row.from, row.to),
        outcome(row),
        row.duration_ms.map_or_else(|| "-".to_owned(), |took| human(std::time::Duration::from_millis(took))),
        row.who.clone().unwrap_or_else(|| "-".to_owned()),
        places.join(", "),
    ]
}

fn outcome(row: &Row) -> String {
    match row.outcome {
        None => "not ended".to_owned(),
        Some(Outcome::RolledBack) if row.proven => "rolled-back, proven".to_owned(),
        Some(Outcome::RolledBack) => "rolled-back, NOT proven".to_owned(),
        Some(outcome) => outcome.word().to_owned(),
    }
}

/// One object a line.
///
/// # Errors
/// None that can happen: a row is plain data.
pub fn json(rows: &[Row]) -> Result<String, Problem> {
    let line = |row: &Row| serde_json::to_string(row).map(|line| line + "\n");
    rows.iter().map(line).collect::<Result<String, _>>().map_err(|error| Problem::internal(error.to_string()))
}

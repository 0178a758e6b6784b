//! `glidepath odds FILE`: the odds gate on a table of counts, so that anybody can check us against their own numbers.

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use crate::cli::args::OddsArgs;
use crate::cli::exit::Exit;
use crate::cli::say;
use crate::core::odds::{Counts, EProcess, Restart, absolute, relative};
use crate::core::problem::Problem;
use crate::core::rule::OddsRule;
use crate::core::text::neutral;

/// The first line that a table must have.
const HEADER: [&str; 5] = ["stage", "n_c", "e_c", "n_b", "e_b"];

/// A row is taken to be one scrape of the length that the reference has.
const ROW: Duration = Duration::from_secs(15);

/// Longer tables are refused rather than read into memory.
const LONGEST: u64 = 256 * 1024 * 1024;

/// What the odds are computed against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// The share of requests that may be bad, between 0 and 1, both excluded.
    pub slo: f64,
    /// How many times stable's odds of failing are tolerated; above 0.
    pub rho: f64,
    /// The burst correction, 1 or more.
    pub phi: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { slo: 0.01, rho: OddsRule::default().rho, phi: 1.0 }
    }
}

/// Prints a CSV of the odds after each row of a table.
///
/// # Errors
/// A file that cannot be read, or a table that is none, with the number of the line that is wrong.
pub fn run(args: &OddsArgs) -> Result<Exit, Problem> {
    say::data(read(&args.file, &args.options())?.as_bytes())?;
    Ok(Exit::DONE)
}

/// The odds of the table in `file` (`-`: standard input).
fn read(file: &Path, options: &Options) -> Result<String, Problem> {
    let name = if file == Path::new("-") { "standard input".to_owned() } else { neutral(&file.to_string_lossy()) };
    let read = || -> std::io::Result<String> {
        let mut text = String::new();
        if file == Path::new("-") {
            std::io::stdin().take(LONGEST + 1).read_to_string(&mut text)?;
        } else {
            std::fs::File::open(file)?.take(LONGEST + 1).read_to_string(&mut text)?;
        }
        Ok(text)
    };
    let text = read().map_err(|error| Problem::user(format!("cannot read {name}: {error}")))?;
    if text.len() as u64 > LONGEST {
        return Err(Problem::user(format!("{name} is longer than {} MiB", LONGEST >> 20)));
    }
    table(&text, options).map_err(|mut problem| {
        problem.what = format!("{name}: {}", problem.what);
        problem
    })
}

/// From a table of counts to a table of odds: `ln_rel,ln_abs`, natural logarithms with 12 significant digits, one row for
/// each row. A row whose stage differs from the one before begins a step.
///
/// # Errors
/// The first line that is wrong, by its number, and what is wrong with it.
pub fn table(text: &str, options: &Options) -> Result<String, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    header(lines.next())?;
    let ln_cap = OddsRule::default().cap.ln();
    let (mut rel, mut abs) = (EProcess::default(), EProcess::default());
    let mut stage = None;
    let mut out = String::from("ln_rel,ln_abs\n");
    for (number, line) in lines {
        let (name, counts) = row(line).map_err(|what| Problem::user(format!("line {number}: {what}")))?;
        let begins = stage.replace(name).is_some_and(|before| before != name);
        let restart = if begins { Restart::Step } else { Restart::After(ROW) };
        rel.take(relative(&counts, options.rho), restart, options.phi, ln_cap);
        abs.take(absolute(&counts, options.slo), restart, options.phi, ln_cap);
        out.push_str(&format!("{},{}\n", significant(rel.ln_odds()), significant(abs.ln_odds())));
    }
    if stage.is_none() {
        return Err(Problem::user("the table has a header and no rows"));
    }
    Ok(out)
}

fn header(line: Option<(usize, &str)>) -> Result<(), Problem> {
    let expected = HEADER.join(",");
    let Some((number, line)) = line else {
        return Err(Problem::user("the table is empty").hint(format!("its first line must be {expected}")));
    };
    if line.split(',').map(str::trim).eq(HEADER) {
        return Ok(());
    }
    let what = format!("line {number}: the header is {:?} and must be {expected}", neutral(line.trim()));
    Err(Problem::user(what).hint("one row an interval: requests and bad requests of canary and of stable"))
}

/// One row: its stage and its counts.
fn row(line: &str) -> Result<(&str, Counts), String> {
    let fields: Vec<&str> = line.split(',').map(str::trim).collect();
    let [stage, n_c, e_c, n_b, e_b] = fields.as_slice() else {
        return Err(format!("has {} fields and must have {}", fields.len(), HEADER.len()));
    };
    let count = |name: &str, text: &str| match text.parse::<f64>() {
        Ok(count) if count.is_finite() && count >= 0.0 => Ok(count),
        Ok(_) => Err(format!("{name} is {} and must be a count of 0 or more", neutral(text))),
        Err(_) => Err(format!("{name} is {:?} and must be a number", neutral(text))),
    };
    let counts =
        Counts { n_c: count("n_c", n_c)?, e_c: count("e_c", e_c)?, n_b: count("n_b", n_b)?, e_b: count("e_b", e_b)? };
    for (bad, e, all, n) in [("e_c", counts.e_c, "n_c", counts.n_c), ("e_b", counts.e_b, "n_b", counts.n_b)] {
        if e > n {
            return Err(format!("{bad} is {e} and {all} is {n}: more bad requests than requests"));
        }
    }
    Ok((stage, counts))
}

/// A number with 12 significant digits, without an exponent where that can be read.
fn significant(value: f64) -> String {
    const DIGITS: i32 = 12;
    if value == 0.0 || !value.is_finite() {
        return format!("{}", value.abs());
    }
    let scientific = format!("{value:.*e}", DIGITS.unsigned_abs() as usize - 1);
    // The exponent of the rounded number: 9.99… may have become 10.
    let exponent = scientific.split_once('e').and_then(|(_, exponent)| exponent.parse::<i32>().ok()).unwrap_or(0);
    match usize::try_from(DIGITS - 1 - exponent) {
        Ok(decimals) if exponent >= -5 => format!("{value:.decimals$}"),
        _ => scientific,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        table(text, &Options::default()).expect_err("this is wrong").what
    }

    #[test]
    fn each_row_has_its_odds() {
        let out = table("stage,n_c,e_c,n_b,e_b\n0,75,1,7425,15\n0,75,2,7425,14\n", &Options::default()).unwrap();
        let rows: Vec<Vec<f64>> =
            out.lines().skip(1).map(|row| row.split(',').map(|n| n.parse().unwrap()).collect()).collect();
        assert_eq!(rows.len(), 2);
        assert!((rows[0][0].exp() - 1.1539).abs() < 1e-4 && (rows[1][0].exp() - 5.05711).abs() < 1e-5, "{rows:?}");
    }

    #[test]
    fn the_published_file_is_reproduced_through_csv() {
        let vectors: serde_json::Value = serde_json::from_str(include_str!("../../tests/data/odds_gate.json")).unwrap();
        for case in vectors["gate_cases"].as_array().unwrap() {
            let mut csv = "stage,n_c,e_c,n_b,e_b\r\n".to_owned();
            for row in case["rows"].as_array().unwrap() {
                let fields: Vec<_> = HEADER.iter().map(|key| row[key].to_string()).collect();
                csv.push_str(&format!("{}\r\n", fields.join(",")));
            }
            let number = |key: &str| case["params"][key].as_f64().unwrap();
            let options = Options { slo: number("slo"), rho: number("rho"), phi: number("phi") };
            let out = table(&csv, &options).unwrap();
            for (i, row) in out.lines().skip(1).enumerate() {
                let (rel, abs) = row.split_once(',').unwrap();
                for (found, key) in [(rel, "ln_odds_rel"), (abs, "ln_odds_abs")] {
                    let expected = case[key][i].as_f64().unwrap();
                    assert!((found.parse::<f64>().unwrap() - expected).abs() < 1e-8, "{} {i}: {found}", case["name"]);
                }
            }
        }
    }

    /// Eight tables that were drawn at random, of up to eight steps, with and without bursts; with the odds that the published
    /// reference gives them.
    #[test]
    fn any_table_has_the_odds_of_the_reference() {
        #[derive(serde::Deserialize)]
        struct Case {
            slo: f64,
            rho: f64,
            phi: f64,
            rows: Vec<[u32; 5]>,
            odds: Vec<[f64; 2]>,
        }
        let cases: Vec<Case> = serde_json::from_str(include_str!("../../tests/data/odds_tables.json")).unwrap();
        for case in cases {
            let rows = case.rows.iter().map(|row| row.map(|field| field.to_string()).join(","));
            let csv = std::iter::once(HEADER.join(",")).chain(rows).collect::<Vec<_>>().join("\n");
            let out = table(&csv, &Options { slo: case.slo, rho: case.rho, phi: case.phi }).unwrap();
            assert_eq!(out.lines().count(), case.odds.len() + 1);
            for (found, expected) in out.lines().skip(1).zip(&case.odds) {
                for (found, expected) in found.split(',').map(|number| number.parse::<f64>().unwrap()).zip(expected) {
                    assert!((found - expected).abs() <= 1e-8 * expected.abs().max(1.0), "{found} is not {expected}");
                }
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let header = "stage,n_c,e_c,n_b,e_b";
        assert!(said("").contains("empty"));
        assert!(said(header).contains("no rows"));
        assert!(said("stage,n,e\n0,1,0").starts_with("line 1: the header is"));
        assert_eq!(said(&format!("{header}\n0,1,0,1,0\n0,1,x,1,0")), "line 3: e_c is \"x\" and must be a number");
        assert_eq!(said(&format!("{header}\n0,1,0,1")), "line 2: has 4 fields and must have 5");
        assert!(said(&format!("{header}\n\n0,1,2,1,0")).starts_with("line 3: e_c is 2 and n_c is 1"));
        assert!(said(&format!("{header}\n0,-1,0,1,0")).contains("0 or more"));
        assert!(said(&format!("{header}\n0,NaN,0,1,0")).contains("0 or more"));
        assert!(said(&format!("{header}\n0,\u{1b}[31m,0,1,0")).contains("u{1b}"));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let missing = read(Path::new("no/such.csv"), &Options::default()).expect_err("no file");
        assert!(missing.what.starts_with("cannot read no/such.csv"), "{missing}");
    }

    #[test]
    fn twelve_digits_are_significant() {
        for (value, text) in [
            (1.0, "1.00000000000"),
            (-0.612345678901234, "-0.612345678901"),
            (9.999999999999, "10.0000000000"),
            (642.88949, "642.889490000"),
            (0.0, "0"),
            (1.5e-9, "1.50000000000e-9"),
            (123456789012345.0, "1.23456789012e14"),
        ] {
            assert_eq!(significant(value), text);
        }
    }
}

//! The published numbers, by hand and from the file that the reference implementation wrote.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Vectors {
    gate_cases: Vec<Case>,
    anytime_ci: Vec<Interval>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    params: Params,
    rows: Vec<Row>,
    ln_odds_rel: Vec<f64>,
    ln_odds_abs: Vec<f64>,
    first_fire_rel: Option<usize>,
    first_fire_abs: Option<usize>,
}

#[derive(Deserialize)]
struct Params {
    slo: f64,
    rho: f64,
    phi: f64,
    cap_ln: f64,
    threshold: f64,
}

#[derive(Deserialize)]
struct Row {
    stage: u32,
    n_c: u32,
    e_c: u32,
    n_b: u32,
    e_b: u32,
}

#[derive(Deserialize)]
struct Interval {
    n: u64,
    e: u64,
    alpha: f64,
    lo: f64,
    hi: f64,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../../tests/data/odds_gate.json")).expect("the vectors are JSON")
}

#[test]
fn the_published_trajectories_are_reproduced() {
    for case in vectors().gate_cases {
        let (mut rel, mut abs) = (EProcess::default(), EProcess::default());
        let (mut fired_rel, mut fired_abs) = (None, None);
        for (i, row) in case.rows.iter().enumerate() {
            let begins = i > 0 && case.rows[i - 1].stage != row.stage;
            let restart = if begins { Restart::Step } else { Restart::After(SCRAPE) };
            let counts = counts(row.n_c, row.e_c, row.n_b, row.e_b);
            rel.take(relative(&counts, case.params.rho), restart, case.params.phi, case.params.cap_ln);
            abs.take(absolute(&counts, case.params.slo), restart, case.params.phi, case.params.cap_ln);
            near(rel.ln_odds(), case.ln_odds_rel[i], 1e-8);
            near(abs.ln_odds(), case.ln_odds_abs[i], 1e-8);
            let fires = |process: &EProcess| (process.ln_odds() >= case.params.threshold.ln()).then_some(i);
            fired_rel = fired_rel.or(fires(&rel));
            fired_abs = fired_abs.or(fires(&abs));
        }
        assert_eq!((fired_rel, fired_abs), (case.first_fire_rel, case.first_fire_abs), "{}", case.name);
    }
}

/// V1.
#[test]
fn one_interval_pays_what_was_computed_by_hand() {
    let cases = [
        ((75, 2, 7425, 15), [1.134438, 2.233092, 1.747335], [0.441309, 0.707377, -2.352473]),
        ((75, 0, 7425, 15), [-0.222226, -0.869809, -3.744820], [-0.379748, -1.530665, -7.148263]),
        ((750, 15, 6750, 14), [6.524797, 11.034000, 6.882579], [2.360450, 1.478664, -35.514206]),
        ((75, 38, 7425, 15), [25.554393, 58.085316, 100.606129], [15.220332, 40.992139, 83.971757]),
        ((0, 0, 7500, 15), [0.0; 3], [0.0; 3]),
        ((7500, 30, 0, 0), [0.0; 3], [-25.658912, -119.495902, -642.889490]),
    ];
    for ((n_c, e_c, n_b, e_b), rel, abs) in cases {
        let counts = counts(n_c, e_c, n_b, e_b);
        relative(&counts, 1.5).into_iter().zip(rel).for_each(|(found, expected)| near(found, expected, 1e-6));
        absolute(&counts, 0.01).into_iter().zip(abs).for_each(|(found, expected)| near(found, expected, 1e-6));
    }
}

/// V2: the relative odds after each scrape.
fn odds_after(rows: &[(u32, u32)], n: (u32, u32), phi: f64) -> Vec<f64> {
    let mut process = EProcess::default();
    let after = rows.iter().map(|&(e_c, e_b)| {
        process.take(relative(&counts(n.0, e_c, n.1, e_b), 1.5), Restart::After(SCRAPE), phi, LN_CAP);
        process.ln_odds().exp()
    });
    after.collect()
}

#[test]
fn odds_grow_with_evidence_and_shrink_without() {
    let rising = [(1, 15), (2, 14), (1, 16), (2, 15), (1, 15), (2, 15), (1, 14), (2, 15)];
    let one_burst = [(0, 15), (0, 15), (0, 15), (10, 15), (0, 15), (0, 15), (0, 15)];
    let near_all = |found: Vec<f64>, expected: &[f64]| {
        found.into_iter().zip(expected).for_each(|(found, expected)| near(found / expected, 1.0, 1e-5));
    };
    let stage = (75, 7425);
    near_all(odds_after(&rising, stage, 1.0), &[1.1539, 5.05711, 8.02091, 62.1853, 119.629, 1071.3, 2231.61, 20613.9]);
    near_all(
        odds_after(&rising, stage, 4.0),
        &[1.01427, 1.31507, 1.34592, 1.83497, 1.96003, 2.84708, 3.17094, 4.86809],
    );
    near_all(odds_after(&one_burst, stage, 1.0), &[0.707234, 0.634464, 0.593912, 10.7733, 8.11648, 6.37145, 5.10388]);
    near_all(odds_after(&[(38, 15); 3], stage, 1.0), &[50.5, 5000.8, 500_031.0]);
    near_all(odds_after(&[(22, 203); 3], (750, 6750), 1.0), &[0.5, 0.497, 0.49403]);
}

/// V4, and the same from the file.
#[test]
fn the_interval_that_is_always_shown() {
    let mut cases: Vec<_> = vectors().anytime_ci.into_iter().map(|c| (c.n, c.e, c.alpha, c.lo, c.hi)).collect();
    cases.extend([
        (300, 0, 0.05, 0.0, 0.028593),
        (300, 6, 0.05, 0.002693, 0.065613),
        (3000, 6, 0.05, 0.000174, 0.007751),
        (3000, 60, 0.05, 0.011398, 0.032020),
        (30000, 60, 0.05, 0.001044, 0.003412),
        (3000, 6, 0.001, 0.000087, 0.009437),
        (1, 0, 0.05, 0.0, 0.975),
    ]);
    for (n, bad, alpha, low, high) in cases {
        let found = anytime_interval(bad, n, alpha);
        near(found.0, low, 1e-6);
        near(found.1, high, 1e-6);
    }
    assert_eq!(anytime_interval(0, 0, 0.05), (0.0, 1.0));
    assert_eq!(anytime_interval(3, 3, 0.05).1, 1.0);
}

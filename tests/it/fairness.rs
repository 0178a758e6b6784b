//! E[L] ≤ 1, exactly, over a grid: what the bound of the odds rests on (`docs/judging.md`).
//!
//! The reference enumerated 477 combinations of counts, tolerance and alternative and found at most 1.000000000007. The grid here
//! holds more of them, and every alternative and every law below the null for each.

use glidepath::core::odds::{ALTERNATIVES, Counts, absolute, relative};

/// ln of the binomial coefficient, by adding logarithms: no library that the code under test uses.
fn ln_choose(n: u32, k: u32) -> f64 {
    (1..=k.min(n - k)).map(|i| (f64::from(n - k.min(n - k) + i) / f64::from(i)).ln()).sum()
}

/// The mean of L over a law that is given by its unnormalised ln weights.
fn means(law: &[(f64, [f64; ALTERNATIVES])]) -> [f64; ALTERNATIVES] {
    let top = law.iter().map(|(weight, _)| *weight).fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = law.iter().map(|(weight, _)| (weight - top).exp()).sum();
    let mut means = [0.0; ALTERNATIVES];
    for (weight, paid) in law {
        for (mean, ln_l) in means.iter_mut().zip(paid) {
            *mean += (weight - top + ln_l).exp() / total;
        }
    }
    means
}

/// The canary's errors among `e` of both, where its odds of failing are ω times stable's: Fisher's noncentral
/// hypergeometric law.
fn compared(n_c: u32, n_b: u32, e: u32, rho: f64, omega: f64) -> [f64; ALTERNATIVES] {
    let law: Vec<_> = (e.saturating_sub(n_b)..=e.min(n_c))
        .map(|x| {
            let weight = ln_choose(n_c, x) + ln_choose(n_b, e - x) + f64::from(x) * omega.ln();
            let [n_c, e_c, n_b, e_b] = [n_c, x, n_b, e - x].map(f64::from);
            (weight, relative(&Counts { n_c, e_c, n_b, e_b }, rho))
        })
        .collect();
    means(&law)
}

#[test]
fn no_combination_of_counts_makes_the_relative_bet_better_than_fair() {
    let (mut combinations, mut worst) = (0, 0.0_f64);
    for n_c in [1, 2, 5, 20, 75, 300] {
        for n_b in [1, 3, 25, 150, 925, 7_425] {
            let all = n_c + n_b;
            let mut errors = vec![1, 2, 3, 7, 15, 40, 120, all / 10, all / 2, all - 1, all];
            errors.retain(|e| (1..=all).contains(e));
            errors.sort_unstable();
            errors.dedup();
            for e in errors {
                for rho in [1.0, 1.5, 2.0, 4.0] {
                    for below in [1.0, 0.7, 0.2] {
                        for mean in compared(n_c, n_b, e, rho, rho * below) {
                            combinations += 1;
                            worst = worst.max(mean);
                            assert!(mean <= 1.0 + 1e-9, "E[L] is {mean} at {n_c} {n_b} {e} {rho} {below}");
                        }
                    }
                }
            }
        }
    }
    assert!(combinations >= 477 * ALTERNATIVES, "{combinations}");
    // At the null itself, with everybody failing or with one request a side, the bet is exactly fair.
    assert!((worst - 1.0).abs() < 1e-9, "{worst}");
}

#[test]
fn no_target_makes_the_absolute_bet_better_than_fair() {
    let mut worst = 0.0_f64;
    for n in [1, 2, 10, 75, 750] {
        for target in [0.0005, 0.001, 0.01, 0.05, 0.3, 0.59] {
            for below in [1.0, 0.9, 0.5, 0.1] {
                let p: f64 = target * below;
                let law: Vec<_> = (0..=n)
                    .map(|x| {
                        let weight = ln_choose(n, x) + f64::from(x) * p.ln() + f64::from(n - x) * (-p).ln_1p();
                        let counts = Counts { n_c: f64::from(n), e_c: f64::from(x), n_b: 0.0, e_b: 0.0 };
                        (weight, absolute(&counts, target))
                    })
                    .collect();
                for mean in means(&law) {
                    worst = worst.max(mean);
                    assert!(mean <= 1.0 + 1e-9, "E[L] is {mean} at {n} {target} {below}");
                }
            }
        }
    }
    assert!((worst - 1.0).abs() < 1e-9, "{worst}");
}

//! What one interval pays: the logarithm of a likelihood ratio, for each alternative.

use crate::core::odds::{ALTERNATIVES, Counts};

/// How many times worse than tolerated the relative bet supposes the canary to be.
pub const RELATIVE: [f64; ALTERNATIVES] = [2.0, 5.0, 20.0];

/// How many times worse than its target the absolute bet supposes the canary to be.
pub const ABSOLUTE: [f64; ALTERNATIVES] = [1.5, 3.0, 10.0];

/// No alternative supposes that more than this share of the requests is bad.
const WORST: f64 = 0.9;

/// No target is taken to be stricter than one bad request in a billion; a target of zero would make one request proof.
const STRICTEST: f64 = 1e-9;

/// ln L of the canary against stable, for each of [`RELATIVE`].
///
/// Of the e = e_c + e_b bad requests of the interval, a canary whose odds of failing are ψ times stable's gets the share
/// θ(ψ) = ψ·n_c / (ψ·n_c + n_b), whatever the level that both share does. Against the null ψ ≤ ρ:
///
/// ln L_m = e_c·ln[θ(ρm)/θ(ρ)] + e_b·ln[(1−θ(ρm))/(1−θ(ρ))]
///
/// (the conditional test of Lindon & Malek, NeurIPS 2022, with point alternatives). Nothing is learnt while one side has
/// no requests.
pub fn relative(counts: &Counts, rho: f64) -> [f64; ALTERNATIVES] {
    let Counts { n_c, e_c, n_b, e_b } = *counts;
    if n_c <= 0.0 || n_b <= 0.0 {
        return [0.0; ALTERNATIVES];
    }
    let share = |psi: f64| psi * n_c / (psi * n_c + n_b);
    let null = share(rho);
    RELATIVE.map(|m| {
        let supposed = share(rho * m);
        e_c * (supposed / null).ln() + e_b * ((1.0 - supposed) / (1.0 - null)).ln()
    })
}

/// ln L of the canary against its target p₀, for each of [`ABSOLUTE`], with p_m = min(p₀·m, 0.9):
///
/// ln L_m = e_c·ln(p_m/p₀) + (n_c−e_c)·ln[(1−p_m)/(1−p₀)]
///
/// (Wald's sequential probability ratio, 1945).
pub fn absolute(counts: &Counts, target: f64) -> [f64; ALTERNATIVES] {
    let null = target.clamp(STRICTEST, 1.0 - STRICTEST);
    ABSOLUTE.map(|m| {
        let supposed = (null * m).min(WORST).max(null);
        counts.e_c * (supposed / null).ln() + (counts.n_c - counts.e_c) * ((1.0 - supposed) / (1.0 - null)).ln()
    })
}

//! A rule's trend as bars, measured against its limit: a bar that reaches the full height has crossed it.
//!
//! Bars are never scaled to their own maximum where there is a limit, so that 0.01 % growing to 0.02 % stays flat.

/// One bar of a trend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The character: `▁`–`▇` up to the limit, `█` beyond, `·` where the sample is missing.
    pub symbol: char,
    /// Whether the sample is beyond the limit.
    pub over: bool,
}

const LEVELS: [char; 7] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇'];

/// The newest `width` samples as bars, oldest first.
pub fn bars(trend: &[Option<f64>], limit: Option<f64>, width: usize) -> Vec<Bar> {
    let shown = trend.get(trend.len().saturating_sub(width)..).unwrap_or_default();
    let top = limit.filter(|limit| *limit > 0.0);
    let highest = shown.iter().flatten().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    shown.iter().map(|sample| bar(*sample, top, highest)).collect()
}

fn bar(sample: Option<f64>, limit: Option<f64>, highest: f64) -> Bar {
    match sample {
        None => Bar { symbol: '·', over: false },
        Some(value) if !value.is_finite() => Bar { symbol: '?', over: false },
        Some(value) if limit.is_some_and(|limit| value > limit) => Bar { symbol: '█', over: true },
        Some(value) => {
            let top = limit.unwrap_or(highest);
            let part = if top > 0.0 { (value / top).clamp(0.0, 1.0) } else { 0.0 };
            Bar { symbol: level(part), over: false }
        }
    }
}

/// The bar for a part of the full height, 0–1.
fn level(part: f64) -> char {
    let steps = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let place = steps.iter().take_while(|step| part * 7.0 > **step).count();
    LEVELS.get(place).copied().unwrap_or('▇')
}

/// A trend as a chart of `height` rows, top row first; the limit lies on the border of the third quarter.
///
/// Each cell is a bar's part (`▁`–`█`), the dashes of the limit, or a space; `↑` at the top: the bar goes on above.
pub fn chart(trend: &[Option<f64>], limit: Option<f64>, width: usize, height: usize) -> Vec<Vec<Bar>> {
    let shown = trend.get(trend.len().saturating_sub(width)..).unwrap_or_default();
    let highest = shown.iter().flatten().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let limit = limit.filter(|limit| *limit > 0.0);
    let rows_below = height * 3 / 4;
    let top = match limit {
        Some(limit) if rows_below > 0 => limit * height as f64 / rows_below as f64,
        _ => highest,
    };
    (0..height)
        .map(|row| {
            let below = height - row - 1;
            let on_limit = limit.is_some() && below == rows_below;
            let mut cells: Vec<Bar> =
                shown.iter().map(|sample| cell(*sample, limit, top, height, below, on_limit)).collect();
            cells.resize(width, Bar { symbol: if on_limit { '┄' } else { ' ' }, over: false });
            cells
        })
        .collect()
}

fn cell(sample: Option<f64>, limit: Option<f64>, top: f64, height: usize, below: usize, on_limit: bool) -> Bar {
    let empty = Bar { symbol: if on_limit { '┄' } else { ' ' }, over: false };
    match sample {
        Some(value) if value.is_finite() && top > 0.0 => {
            let eighths = (value / top).clamp(0.0, 1.0) * height as f64 - below as f64;
            let over = limit.is_some_and(|limit| value > limit);
            match eighths {
                part if part <= 0.0 && below > 0 => empty,
                // What would go on above the chart says so.
                _ if below + 1 == height && value > top => Bar { symbol: '↑', over },
                part if part >= 1.0 => Bar { symbol: '█', over },
                part => Bar { symbol: level(part.max(0.0)), over },
            }
        }
        Some(value) if !value.is_finite() && below == 0 => Bar { symbol: '?', over: false },
        None if below == 0 => Bar { symbol: '·', over: false },
        _ => empty,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(trend: &[Option<f64>], limit: Option<f64>, width: usize) -> String {
        bars(trend, limit, width).iter().map(|bar| bar.symbol).collect()
    }

    #[test]
    fn bars_are_measured_against_the_limit() {
        let trend = [0.0, 0.0025, 0.005, 0.01, 0.011].map(Some);
        assert_eq!(drawn(&trend, Some(0.01), 10), "▁▂▄▇█");
        assert_eq!(drawn(&[0.0001, 0.0002].map(Some), Some(0.01), 10), "▁▁");
    }

    #[test]
    fn a_missing_sample_is_a_gap_and_the_newest_survive() {
        assert_eq!(drawn(&[Some(1.0), None, Some(f64::NAN), Some(2.0)], None, 3), "·?▇");
    }

    #[test]
    fn a_chart_shows_the_limit_and_what_is_beyond_it() {
        let rows: Vec<String> = chart(&[Some(0.5), Some(1.0), Some(1.2), None], Some(1.0), 6, 4)
            .iter()
            .map(|row| row.iter().map(|bar| bar.symbol).collect())
            .collect();
        assert_eq!(rows, ["┄┄▅┄┄┄", " ██   ", "▄██   ", "███·  "]);
    }

    #[test]
    fn a_bar_that_goes_on_above_the_chart_says_so() {
        let rows = chart(&[Some(0.5), Some(9.0)], Some(1.0), 2, 4);
        let column: String = rows.iter().filter_map(|row| row.get(1)).map(|bar| bar.symbol).collect();
        assert_eq!(column, "↑███");
    }
}

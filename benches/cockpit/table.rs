//! The figures as they come, each with its spread and with what was promised of it.

use std::time::Duration;

/// What was promised.
#[derive(Clone, Copy)]
pub enum Limit {
    /// Nothing: the figure is for the record.
    None,
    /// At most so many milliseconds.
    Millis(f64),
    /// At most so many of whatever is counted.
    Number(f64),
    /// What is aimed at, and no promise.
    Aim(f64),
}

impl Limit {
    /// The same as an aim: one that is missed fails nothing.
    pub fn noted(self) -> Self {
        match self {
            Self::Millis(most) | Self::Number(most) | Self::Aim(most) => Self::Aim(most),
            Self::None => Self::None,
        }
    }

    fn words(self) -> String {
        match self {
            Self::None => String::new(),
            Self::Millis(most) | Self::Number(most) => format!("<= {most}"),
            Self::Aim(most) => format!("aim {most}"),
        }
    }
}

/// All figures of one run.
#[derive(Default)]
pub struct Table {
    /// Whether one is worse than was promised.
    pub missed: bool,
}

impl Table {
    /// A figure that is a time.
    pub fn spans(&mut self, name: &str, spans: Vec<Duration>, limit: Limit) {
        self.numbers(name, "ms", spans.iter().map(|span| span.as_secs_f64() * 1e3).collect(), limit);
    }

    /// A figure that is counted.
    pub fn numbers(&mut self, name: &str, unit: &str, mut numbers: Vec<f64>, limit: Limit) {
        numbers.sort_by(f64::total_cmp);
        let (least, most) = (numbers[0], numbers[numbers.len() - 1]);
        let median = numbers[numbers.len() / 2];
        let missed = match limit {
            Limit::Millis(most) | Limit::Number(most) => median > most,
            Limit::None | Limit::Aim(_) => false,
        };
        self.missed |= missed;
        let word = if missed { "MISSED" } else { "" };
        let spread = if numbers.len() > 1 { format!("{least:.1} to {most:.1}") } else { String::new() };
        println!("{name:52} {median:>9.2} {unit:5} {spread:>20}  n={:<3} {:8} {word}", numbers.len(), limit.words());
    }
}

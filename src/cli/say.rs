//! What is printed: data to stdout, diagnostics to stderr.

use std::io::{self, ErrorKind, Write};

use clap::builder::styling::{AnsiColor, Style};

use crate::cli::called::Called;
use crate::core::problem::Problem;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// Prints a problem to stderr: `error: …`, and below a blank line what to do. A stderr that is gone is no reason to fail.
pub fn problem(problem: &Problem, colours: bool) {
    let _nobody_listens = io::stderr().write_all(words(problem, colours).as_bytes());
}

/// Prints something worth knowing to stderr, in a line.
pub fn notice(text: &str) {
    let _nobody_listens = writeln!(io::stderr(), "glidepath: {text}");
}

/// Prints what a person reads after the screen has closed. The terminal may have gone with them, and that changes nothing of
/// how it ended.
pub fn parting(text: &str) {
    let mut stdout = io::stdout().lock();
    let _nobody_reads = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// Writes data to stdout.
///
/// # Errors
/// Where it cannot be written, other than because nobody reads it any more (`glidepath man | head`).
pub fn data(bytes: &[u8]) -> Result<(), Problem> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Problem::user(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

fn words(problem: &Problem, colours: bool) -> String {
    let painted = |text: &str, style: Style| if colours { format!("{style}{text}{style:#}") } else { text.to_owned() };
    let called = Called::of_process();
    let mut words = format!("{} {}\n", painted("error:", ERROR), called.speak(&problem.what));
    for (place, hint) in problem.hints.iter().enumerate() {
        let gap = if place == 0 { "\n" } else { "" };
        words.push_str(&format!("{gap}{} {}\n", painted("hint:", HINT), called.speak(hint)));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_stand_below_a_blank_line() {
        let problem = Problem::user("no such thing").hint("try this").hint("or that");
        assert_eq!(words(&problem, false), "error: no such thing\n\nhint: try this\nhint: or that\n");
    }

    #[test]
    fn colour_is_only_paint() {
        let coloured = words(&Problem::user("no such thing").hint("try this"), true);
        assert_eq!(coloured, "\u{1b}[1m\u{1b}[31merror:\u{1b}[0m no such thing\n\n\u{1b}[36mhint:\u{1b}[0m try this\n");
    }
}

use std::process::ExitCode;

fn main() -> ExitCode {
    glidepath::cli::main()
}

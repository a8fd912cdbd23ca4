//! The program `unsaid`. Everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    unsaid_cli::main()
}

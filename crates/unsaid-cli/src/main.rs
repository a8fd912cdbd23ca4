//! The program `unsaid`. Everything is in the library.

use std::process::ExitCode;

mod huge_pages;

#[global_allocator]
static ALLOCATOR: huge_pages::HugePages = huge_pages::HugePages;

fn main() -> ExitCode {
    unsaid_cli::main()
}

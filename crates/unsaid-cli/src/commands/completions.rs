//! `unsaid completions SHELL`.

use clap::Args;
use clap_complete::Shell;
use unsaid_core::Result;

use super::print;

/// Print completions for a shell
///
/// For instance, for bash:
///
///     unsaid completions bash > ~/.local/share/bash-completion/completions/unsaid
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl CompletionsArgs {
    pub(crate) fn run(self) -> Result<()> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut crate::command(), "unsaid", &mut text);
        print(&text)
    }
}

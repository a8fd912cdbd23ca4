//! `unsaid help [TOPIC…]`: a sub-command's help, or a page of reference.

use clap::Args;
use unsaid_core::Result;
use unsaid_core::limits::{ENVIRONMENT_VARIABLE, TABLE};

use super::man::find;
use super::print;
use crate::edge::exit;

/// Print help about a sub-command, or about exit-codes or limits
#[derive(Args, Debug)]
pub(crate) struct HelpArgs {
    /// A sub-command's words, or one of `exit-codes`, `limits`
    #[arg(value_name = "TOPIC")]
    topic: Vec<String>,
}

impl HelpArgs {
    pub(crate) fn run(self) -> Result<()> {
        let words: Vec<&str> = self.topic.iter().map(String::as_str).collect();
        let text = match words.as_slice() {
            ["exit-codes"] => exit_codes(),
            ["limits"] => limits(),
            _ => {
                let mut root = crate::command();
                root.build();
                find(&root, &self.topic)?.0.clone().render_long_help().to_string()
            }
        };
        print(text.as_bytes())
    }
}

fn exit_codes() -> String {
    let rows = exit::TABLE.iter().map(|(code, meaning)| format!("  {code:<6} {meaning}\n"));
    let head = "Exit codes\n\n";
    let tail = "\nSeveral files: the worst wins (70 > 6 > 5 > 4 > 3 > 1). Take any other code for a failure.\n";
    [head.to_owned()].into_iter().chain(rows).chain([tail.to_owned()]).collect()
}

fn limits() -> String {
    let rows = TABLE.iter().map(|(key, flag, unit)| format!("  {flag:<15} {key:<9} {unit}\n"));
    let head = "Limits: how much an input may make us use\n\n";
    let tail = format!(
        "\nSizes take a suffix K, M, G or T (powers of 1,024); output and work also `none`.\n\
         The environment variable {ENVIRONMENT_VARIABLE} holds key=value pairs, separated by commas,\n\
         as in {ENVIRONMENT_VARIABLE}=memory=512M,entries=1000; a flag outranks it.\n"
    );
    [head.to_owned()].into_iter().chain(rows).chain([tail]).collect()
}

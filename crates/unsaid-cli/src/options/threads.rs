//! `-T N`.

use clap::Args;

use crate::edge::pool::{Pool, available, default_threads};

#[derive(Args, Clone, Debug)]
pub(crate) struct ThreadArgs {
    /// Threads; 0 is all the machine has. The result is the same for every number
    /// [default: what the machine has, at most 4]
    #[arg(short = 'T', long, value_name = "N")]
    threads: Option<usize>,
}

impl ThreadArgs {
    /// More threads than any machine has: a typing error should not start a million of them.
    const MOST: usize = 1024;

    /// Whether several threads were asked for in so many words.
    pub(crate) fn asked_for_several(&self) -> bool {
        self.threads.is_some_and(|n| n != 1)
    }

    pub(crate) fn pool(&self) -> Pool {
        let wanted = match self.threads {
            None => default_threads(),
            Some(0) => available(),
            Some(n) => n.min(Self::MOST),
        };
        Pool::new(wanted)
    }
}

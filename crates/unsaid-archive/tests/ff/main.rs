//! The promises of the container, through its public interface.

mod common;
mod damage;
mod extract;
mod hostile;
mod page;
mod promises;

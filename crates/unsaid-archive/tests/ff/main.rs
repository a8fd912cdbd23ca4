//! The promises of the container, through its public interface.

mod common;
mod damage;
mod hostile;
mod promises;

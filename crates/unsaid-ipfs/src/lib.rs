//! Where blocks come from and where they go.
//!
//! | module | question it answers |
//! |---|---|
//! | [`store`] | What can every store of blocks do? |
//! | [`disk`] | How do many processes keep blocks in one folder? |
//! | [`flatfs`] | Which blocks does a local repository of Kubo hold? |
//! | [`rpc`] | What does a daemon of Kubo know and keep? |
//! | [`gateway`] | Which blocks does a trustless gateway give? |
//!
//! Every block is verified by its hash before anyone sees it. No host is contacted that the caller did
//! not name.

pub mod disk;
mod file;
pub mod flatfs;
mod folder;
pub mod gateway;
mod name;
pub mod net;
pub mod rpc;
pub mod store;
mod sweep;

pub use disk::{Disk, Durability};
pub use flatfs::Flatfs;
pub use gateway::Gateway;
pub use net::NetOptions;
pub use rpc::Rpc;
pub use store::BlockStore;

//! Where blocks come from and where they go.
//!
//! | module | question it answers |
//! |---|---|
//! | [`store`] | What can every store of blocks do? |
//! | [`disk`] | How do many processes keep blocks in one folder? |
//! | [`own`], [`pins`] | Which blocks are the user's own, and which of them stay? |
//! | [`given`] | Which blocks are in this file? |
//! | [`flatfs`] | Which blocks does a local repository of Kubo hold? |
//! | [`rpc`] | What does a daemon of Kubo know and keep? |
//! | [`gateway`] | Which blocks does a trustless gateway give? |
//! | [`dag`] | What of a CAR that somebody sends was asked for? |
//! | [`net`] | How long may a server take, and how much may it send? |
//! | `s3` (feature `s3`) | Which blocks does an object store hold? |
//! | [`serve`] | How do others get blocks from here? |
//! | [`sources`] | Who is asked, in which order, and what if they lie? |
//!
//! Every block is verified by its hash before anyone sees it. No host is contacted that the caller did
//! not name.

pub mod dag;
pub mod disk;
mod file;
pub mod flatfs;
pub mod gateway;
pub mod given;
mod name;
pub mod net;
pub mod own;
pub mod pins;
pub mod rpc;
#[cfg(feature = "s3")]
pub mod s3;
pub mod serve;
pub mod sources;
pub mod store;
mod sweep;

pub use dag::Received;
pub use disk::{Disk, Durability};
pub use flatfs::Flatfs;
pub use gateway::Gateway;
pub use given::Given;
pub use net::NetOptions;
pub use own::{Adding, Own};
pub use pins::Pins;
pub use rpc::Rpc;
#[cfg(feature = "s3")]
pub use s3::S3;
pub use serve::{ServeOptions, Server};
pub use sources::{SharedSource, Sources};
pub use store::BlockStore;

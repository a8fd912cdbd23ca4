//! What the system does for us, behind one set of names.

#[cfg(all(unix, not(unsaid_fs_std)))]
mod unix;
#[cfg(all(unix, not(unsaid_fs_std)))]
pub use unix::Identity;
#[cfg(all(unix, not(unsaid_fs_std)))]
pub(super) use unix::*;

#[cfg(not(all(unix, not(unsaid_fs_std))))]
mod std;
#[cfg(not(all(unix, not(unsaid_fs_std))))]
pub use self::std::Identity;
#[cfg(not(all(unix, not(unsaid_fs_std))))]
pub(super) use self::std::*;

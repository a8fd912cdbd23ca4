//! What does an archive say about its file, and what is made of that?

use std::fs;
use std::path::Path;

use unsaid::piz::{Metadata, Owner, Time, metadata};
use unsaid_core::Result;
use unsaid_core::fs::{self as safe, Draft, Timestamp};

#[cfg(unix)]
use super::owner;
use crate::edge::language::Language;
use crate::edge::{Edge, escape};

/// What is said about the file at this path. A name that the format cannot hold is left out, with a warning.
pub(super) fn of_file(path: &Path, found: &fs::Metadata, language: Language, edge: &Edge) -> Metadata {
    let time = |at: std::io::Result<std::time::SystemTime>| {
        at.ok().and_then(|at| Time::from_unix(Timestamp::from(at).seconds))
    };
    let name = path.file_name().unwrap_or_default();
    let fname = metadata::file_name(name.as_encoded_bytes()).map(str::to_owned);
    if fname.is_err() {
        edge.report.caution(&format!(
            "{}: {}",
            escape::name(path.as_os_str()),
            language.choose(
                "the archive does not say how it is called: no tabs, line feeds or anything but UTF-8 can be in fname",
                "имя не записано в архив: в fname не бывает табуляций, переносов строк и ничего, кроме UTF-8",
            )
        ));
    }
    Metadata {
        ctime: time(found.created()).or_else(|| changed(found)),
        mtime: time(found.modified()),
        atime: time(found.accessed()),
        fname: fname.ok(),
        fmode: mode(found),
        owner: owned(found),
        unknown: Vec::new(),
    }
}

/// Where a file system does not know when a file was made, the last change of what is known about it.
#[cfg(unix)]
fn changed(found: &fs::Metadata) -> Option<Time> {
    Time::from_unix(std::os::unix::fs::MetadataExt::ctime(found))
}

#[cfg(not(unix))]
fn changed(_: &fs::Metadata) -> Option<Time> {
    None
}

#[cfg(unix)]
fn mode(found: &fs::Metadata) -> Option<u32> {
    Some(std::os::unix::fs::MetadataExt::mode(found) & 0o7777)
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> Option<u32> {
    None
}

#[cfg(unix)]
fn owned(found: &fs::Metadata) -> Option<Owner> {
    use std::os::unix::fs::MetadataExt;
    Some(Owner { user: owner::user_name(found.uid()), group: Some(owner::group_name(found.gid())) })
}

#[cfg(not(unix))]
fn owned(_: &fs::Metadata) -> Option<Owner> {
    None
}

/// What is restored, and by whose wish.
pub(super) struct Restore<'a> {
    pub(super) metadata: &'a Metadata,
    /// The mode of the archive: without an fmode its content is not open to more people than it was.
    pub(super) archive_mode: Option<u32>,
    pub(super) same_owner: bool,
}

impl Restore<'_> {
    /// Gives a draft what the archive says. What the system does not let us is a warning.
    pub(super) fn apply(&self, draft: &mut Draft, edge: &Edge, language: Language) -> Result<()> {
        let moment = |time: Time| Timestamp { seconds: time.unix(), nanos: 0 };
        let told = self.metadata.fmode.map(|mode| mode & 0o777);
        let mode = told.or(self.archive_mode.map(|mode| mode & 0o666));
        let metadata = safe::Metadata { mode, mtime: self.metadata.mtime.map(moment) };
        if let Some(note) = draft.set_metadata(&metadata) {
            edge.report.note(&note);
        }
        if told.is_some() {
            draft.keep_mode_exactly();
        }
        if self.metadata.fmode.is_some_and(|mode| mode & 0o7000 != 0) {
            edge.report.note(language.choose(
                "set-user-id, set-group-id and sticky bits are not restored",
                "биты setuid, setgid и sticky не восстанавливаются",
            ));
        }
        if let Some(atime) = self.metadata.atime {
            draft.set_accessed(moment(atime));
        }
        match &self.metadata.owner {
            Some(owner) if self.same_owner => give(draft, owner, edge, language),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(unix)]
fn give(draft: &mut Draft, owner: &Owner, edge: &Edge, language: Language) {
    let user = owner::user_id(&owner.user);
    let group = owner.group.as_deref().map(owner::group_id);
    let known = user.is_some() && group != Some(None);
    let why = if known {
        match draft.set_owner(user, group.flatten()) {
            Ok(()) => return,
            Err(e) => e.to_string(),
        }
    } else {
        language.choose("not known here", "здесь неизвестен").to_owned()
    };
    let what = language.choose("the owner is not restored", "владелец не восстановлен");
    let group = owner.group.as_deref().map(|group| format!(":{group}")).unwrap_or_default();
    edge.report.warn(&format!(
        "{}: {what}: {}{group}: {why}",
        escape::name(draft.path().as_os_str()),
        owner.user
    ));
}

#[cfg(not(unix))]
fn give(_: &mut Draft, _: &Owner, edge: &Edge, language: Language) {
    edge.report
        .warn(language.choose("this system has no owners to restore", "в этой системе нет владельцев"));
}

//! Names of users and groups, from the two files that every Unix has.
//!
//! Users of a directory service are not in them: they are written and read as numbers.

use std::fs;

/// What a user is called, or the number.
pub(super) fn user_name(id: u32) -> String {
    name_in(&fs::read_to_string("/etc/passwd").unwrap_or_default(), id).unwrap_or_else(|| id.to_string())
}

/// What a group is called, or the number.
pub(super) fn group_name(id: u32) -> String {
    name_in(&fs::read_to_string("/etc/group").unwrap_or_default(), id).unwrap_or_else(|| id.to_string())
}

/// The user that is called so, or has this number.
pub(super) fn user_id(name: &str) -> Option<u32> {
    id_in(&fs::read_to_string("/etc/passwd").unwrap_or_default(), name)
}

/// The group that is called so, or has this number.
pub(super) fn group_id(name: &str) -> Option<u32> {
    id_in(&fs::read_to_string("/etc/group").unwrap_or_default(), name)
}

/// Lines of `name:password:id:…`.
fn entries(text: &str) -> impl Iterator<Item = (&str, u32)> {
    text.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        Some((name, id.parse().ok()?)).filter(|(name, _)| !name.is_empty())
    })
}

fn name_in(text: &str, id: u32) -> Option<String> {
    entries(text).find(|(_, found)| *found == id).map(|(name, _)| name.to_owned())
}

fn id_in(text: &str, name: &str) -> Option<u32> {
    let named = entries(text).find(|(found, _)| *found == name).map(|(_, id)| id);
    // Four billion less one is what calls take for "leave it".
    named.or_else(|| name.parse().ok().filter(|&id| id != u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_found_in_both_directions() {
        let text = "root:x:0:0:root:/root:/bin/sh\n# a comment\n:x:7:7\nbad:x\nuser:x:1000:\n";
        assert_eq!(name_in(text, 0).as_deref(), Some("root"));
        assert_eq!(name_in(text, 1000).as_deref(), Some("user"));
        assert_eq!((name_in(text, 7), name_in(text, 5)), (None, None));
        assert_eq!(
            (id_in(text, "user"), id_in(text, "55"), id_in(text, "nobody")),
            (Some(1000), Some(55), None)
        );
        assert_eq!(id_in(text, "4294967295"), None);
    }
}

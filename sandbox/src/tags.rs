//! The tags of an account and who carries them.
//!
//! Limits and codes: WeChat "User tag management" (用户标签管理).

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use crate::errcode::Errcode;

/// 未分组 (0), 黑名单 (1) and 星标组 (2) belong to the platform.
const SYSTEM_TAGS: [(i64, &str); 3] = [(0, "未分组"), (1, "黑名单"), (STARRED, "星标组")];
/// The one system tag that can be listed and put on followers.
const STARRED: i64 = 2;
/// Ids of an account's own tags begin here.
const FIRST_OWN_ID: i64 = 100;
/// Most tags of its own that an account may have.
const MAX_TAGS: usize = 100;
/// Longest name.
const MAX_NAME: usize = 30;
/// Most followers that a deletable tag may have.
const MAX_DELETABLE: usize = 100_000;
/// Most tags on one follower.
const MAX_ON_FOLLOWER: usize = 20;

/// In what a name's length is measured: WeChat's page says characters, the text of its error says bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum NameUnit {
    #[default]
    Characters,
    Bytes,
}

/// A tag and the numbers of the followers that carry it.
#[derive(Debug)]
pub(crate) struct Tag {
    pub(crate) name: String,
    /// With the moment in which it was put on each of them, counted from the first tagging.
    members: BTreeMap<u64, u64>,
}

/// The tags that `tags/get` lists, by id. Ids of deleted tags are not used again.
#[derive(Debug)]
pub(crate) struct Tags {
    listed: BTreeMap<i64, Tag>,
    next_id: i64,
    /// How often a tag was put on somebody.
    taggings: u64,
}

impl Default for Tags {
    fn default() -> Self {
        let starred = Tag { name: "星标组".to_owned(), members: BTreeMap::new() };
        Self { listed: BTreeMap::from([(STARRED, starred)]), next_id: FIRST_OWN_ID, taggings: 0 }
    }
}

impl Tag {
    /// How many followers carry it.
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    /// The numbers of the followers that carry it after a number, ascending.
    pub(crate) fn after(&self, index: Option<u64>) -> impl Iterator<Item = u64> {
        let start = index.map_or(Bound::Unbounded, Bound::Excluded);
        self.members.range((start, Bound::Unbounded)).map(|(index, _)| *index)
    }
}

impl Tags {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (i64, &Tag)> {
        self.listed.iter().map(|(id, tag)| (*id, tag))
    }

    pub(crate) fn len(&self) -> usize {
        self.listed.len()
    }

    /// Errors: 45159 for an id that cannot be used, 0 and 1 included.
    pub(crate) fn get(&self, id: i64) -> Result<&Tag, Errcode> {
        self.listed.get(&id).ok_or(Errcode::INVALID_TAG)
    }

    /// Returns the new id. Errors: 45157 for an empty or taken name, 45158 for a long one, 45056 at 100 tags.
    pub(crate) fn create(&mut self, name: &str, unit: NameUnit) -> Result<i64, Errcode> {
        self.check_name(name, unit, None)?;
        let own = self.listed.keys().filter(|id| !is_system(**id)).count();
        if own >= MAX_TAGS {
            return Err(Errcode::TOO_MANY_TAGS);
        }
        let id = self.next_id;
        self.next_id += 1;
        self.listed.insert(id, Tag { name: name.to_owned(), members: BTreeMap::new() });
        Ok(id)
    }

    /// Errors: 45058 for a system tag, 45159 for an unknown one, those of a name.
    pub(crate) fn rename(&mut self, id: i64, name: &str, unit: NameUnit) -> Result<(), Errcode> {
        self.own(id)?;
        self.check_name(name, unit, Some(id))?;
        if let Some(tag) = self.listed.get_mut(&id) {
            name.clone_into(&mut tag.name);
        }
        Ok(())
    }

    /// Errors: 45058 for a system tag, 45159 for an unknown one, 45057 for one with more than 100 000 followers.
    pub(crate) fn delete(&mut self, id: i64) -> Result<(), Errcode> {
        if self.own(id)?.members.len() > MAX_DELETABLE {
            return Err(Errcode::TAG_TOO_POPULAR);
        }
        self.listed.remove(&id);
        Ok(())
    }

    fn own(&self, id: i64) -> Result<&Tag, Errcode> {
        if is_system(id) { Err(Errcode::SYSTEM_TAG) } else { self.get(id) }
    }

    fn check_name(&self, name: &str, unit: NameUnit, renamed: Option<i64>) -> Result<(), Errcode> {
        let length = match unit {
            NameUnit::Characters => name.chars().count(),
            NameUnit::Bytes => name.len(),
        };
        if length > MAX_NAME {
            return Err(Errcode::TAG_NAME_TOO_LONG);
        }
        let reserved = SYSTEM_TAGS.iter().any(|(_, system)| *system == name);
        let taken = self.iter().any(|(id, tag)| tag.name == name && Some(id) != renamed);
        if name.trim().is_empty() || reserved || taken { Err(Errcode::INVALID_TAG_NAME) } else { Ok(()) }
    }

    /// The ids on one follower, ascending.
    pub(crate) fn of(&self, index: u64) -> Vec<i64> {
        self.iter().filter(|(_, tag)| tag.members.contains_key(&index)).map(|(id, _)| id).collect()
    }

    /// Of the tags on one follower the one that was put on last.
    pub(crate) fn latest_of(&self, index: u64) -> Option<i64> {
        let moments = self.iter().filter_map(|(id, tag)| Some((*tag.members.get(&index)?, id)));
        moments.max().map(|(_, id)| id)
    }

    /// Puts a tag on all of these followers or on none. Errors: 45159; 45059 when one of them already has 20 others.
    pub(crate) fn attach(&mut self, id: i64, indexes: &[u64]) -> Result<(), Errcode> {
        let members = &self.get(id)?.members;
        let full = |index: &u64| !members.contains_key(index) && self.of(*index).len() >= MAX_ON_FOLLOWER;
        if indexes.iter().any(full) {
            return Err(Errcode::TOO_MANY_TAGS_ON_USER);
        }
        if let Some(tag) = self.listed.get_mut(&id) {
            self.taggings += 1;
            tag.members.extend(indexes.iter().map(|index| (*index, self.taggings)));
        }
        Ok(())
    }

    /// Takes a tag off; who does not carry it stays as they are. Errors: 45159.
    pub(crate) fn detach(&mut self, id: i64, indexes: &[u64]) -> Result<(), Errcode> {
        let tag = self.listed.get_mut(&id).ok_or(Errcode::INVALID_TAG)?;
        for index in indexes {
            tag.members.remove(index);
        }
        Ok(())
    }

    /// Puts tags on one follower; unknown ones are left out.
    pub(crate) fn put(&mut self, index: u64, ids: &[i64]) {
        for id in ids {
            if let Some(tag) = self.listed.get_mut(id) {
                self.taggings += 1;
                tag.members.insert(index, self.taggings);
            }
        }
    }

    /// Takes every tag off one follower.
    pub(crate) fn clear(&mut self, index: u64) {
        for tag in self.listed.values_mut() {
            tag.members.remove(&index);
        }
    }

    /// How many followers carry at least one tag.
    pub(crate) fn tagged(&self) -> usize {
        self.listed.values().flat_map(|tag| tag.members.keys()).collect::<BTreeSet<_>>().len()
    }
}

fn is_system(id: i64) -> bool {
    SYSTEM_TAGS.iter().any(|(system, _)| *system == id)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    #[test]
    fn a_tag_with_more_than_100_000_followers_cannot_be_deleted() {
        let mut tags = Tags::default();
        let id = tags.create("广东", NameUnit::Characters).unwrap();
        tags.attach(id, &(0..=100_000).collect::<Vec<_>>()).unwrap();
        assert_eq!(tags.delete(id), Err(Errcode::TAG_TOO_POPULAR));
        tags.detach(id, &[7]).unwrap();
        assert_eq!(tags.delete(id), Ok(()));
    }

    #[test]
    fn ids_are_not_used_again() {
        let mut tags = Tags::default();
        let first = tags.create("a", NameUnit::Characters).unwrap();
        tags.delete(first).unwrap();
        assert!(tags.create("a", NameUnit::Characters).unwrap() > first);
    }

    #[test]
    fn the_unit_of_a_name_decides_about_its_length() {
        let mut tags = Tags::default();
        for (name, unit, allowed) in [
            ("标".repeat(30), NameUnit::Characters, true),
            ("签".repeat(31), NameUnit::Characters, false),
            ("标".repeat(10), NameUnit::Bytes, true),
            ("签".repeat(11), NameUnit::Bytes, false),
        ] {
            let expected = if allowed { None } else { Some(Errcode::TAG_NAME_TOO_LONG) };
            assert_eq!(tags.create(&name, unit).err(), expected, "{name} in {unit:?}");
        }
    }
}

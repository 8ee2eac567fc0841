//! Mirrors of WeChat's tags: groups that are named after them.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::group;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use crate::domain::{Context, checks, groups};
use crate::error::Result;
use crate::wechat::Tag;

/// Brings the mirrors of WeChat's tags up to date; none is deleted yet. Returns the ids of all mirrors.
///
/// WeChat's name goes to the mirror, unless a local group has it: names are unique, and the local group was named by
/// somebody here. Then the mirror's name gets its number.
pub async fn mirror_tags(context: &Context, account_id: &str, tags: &[Tag]) -> Result<HashSet<String>> {
    let txn = context.begin(account_id).await?;
    let rows = group::Entity::find().filter(group::Column::AccountId.eq(account_id)).all(&txn).await?;
    let (mirrors, local): (Vec<_>, Vec<_>) = rows.into_iter().partition(|group| group.wechat_tag_id.is_some());
    let mut taken: HashSet<String> = local.into_iter().filter_map(|group| group.live_name).collect();

    // Two tags may have swapped their names: give all names back before handing them out again.
    group::Entity::update_many()
        .col_expr(group::Column::LiveName, Expr::value(None::<String>))
        .filter(group::Column::AccountId.eq(account_id))
        .filter(group::Column::WechatTagId.is_not_null())
        .exec(&txn)
        .await?;
    let present: BTreeMap<i64, &str> = tags.iter().map(|tag| (tag.id, tag.name.as_str())).collect();
    let mut known: HashMap<i64, group::Model> =
        mirrors.into_iter().filter_map(|group| group.wechat_tag_id.map(|id| (id, group))).collect();
    let kept: Vec<(i64, String)> = known
        .iter()
        .filter(|(id, group)| !present.contains_key(id) && group.deleted_at.is_none())
        .map(|(id, group)| (*id, group.name.clone()))
        .collect();

    let mut ids = HashSet::new();
    // The tags that are there choose first; a mirror whose tag is gone keeps what is left of its name until the end.
    let kept = kept.iter().map(|(id, name)| (*id, name.as_str()));
    for (tag_id, name) in present.iter().map(|(id, name)| (*id, *name)).chain(kept) {
        let name = free_name(name, tag_id, &mut taken);
        ids.insert(tag_id.to_string());
        match known.remove(&tag_id) {
            Some(group) => {
                let mut group = group.into_active_model();
                group.name = Set(name.clone());
                group.live_name = Set(Some(name));
                group.deleted_at = Set(None);
                group::Entity::update(group).exec(&txn).await?;
            }
            None => {
                let group = groups::new_group(account_id, tag_id.to_string(), name, Some(tag_id));
                group::Entity::insert(group).exec_without_returning(&txn).await?;
            }
        }
    }
    txn.commit().await?;
    Ok(ids)
}

/// A name that no live group has, and takes it.
fn free_name(name: &str, tag_id: i64, taken: &mut HashSet<String>) -> String {
    let name: String = name.trim().chars().take(checks::NAME_LENGTH).collect();
    let numbered = std::iter::successors(Some(format!("({tag_id})")), |suffix| Some(format!("{suffix}'")));
    let candidates = numbered.map(|suffix| {
        let room = checks::NAME_LENGTH.saturating_sub(suffix.chars().count() + 1);
        format!("{} {suffix}", name.chars().take(room).collect::<String>()).trim().to_owned()
    });
    let free = std::iter::once(name.clone())
        .chain(candidates)
        .find(|candidate| !candidate.is_empty() && !taken.contains(candidate))
        .unwrap_or(name);
    taken.insert(free.clone());
    free
}

//! What a push does to the account before the webhook hears of it.

use chrono::Utc;

use crate::{
    message::{Message, Movement},
    state::Account,
};

/// Changes the list of followers and opens the windows of what somebody does. Returns whether the webhook hears of it:
/// what comes from the blacklist does not reach it, joining and leaving excepted. `now` is the simulator's time.
pub(crate) fn take_effect(account: &mut Account, openid: &str, message: &Message, now: i64) -> bool {
    let reaches = match message.movement() {
        Movement::Joins { scene } => {
            join(account, openid, scene);
            true
        }
        Movement::Leaves => {
            if let Some(index) = account.followers.find(openid) {
                account.leave(index);
            }
            true
        }
        Movement::Stays => {
            let index = account.followers.find(openid);
            !index.is_some_and(|index| account.blacklist.contains(&index))
        }
    };
    let follower = account.followers.find(openid).filter(|index| account.followers.is_following(*index));
    if let (true, Some(index), Some(trigger)) = (reaches, follower, message.trigger()) {
        account.windows.open(index, trigger, now);
    }
    reaches
}

fn join(account: &mut Account, openid: &str, scene: Option<String>) {
    account.followers.join(openid, Utc::now().timestamp());
    if let (Some(scene), Some(index)) = (scene, account.followers.find(openid)) {
        let follower = account.followers.details_mut(index);
        "ADD_SCENE_QR_CODE".clone_into(&mut follower.subscribe_scene);
        match scene.parse() {
            Ok(number) => follower.qr_scene = number,
            Err(_) => follower.qr_scene_str = scene,
        }
    }
}

//! Mass sends that ended long ago, put where they are kept: WeChat lets nobody send so many in a test.

use entity::mass_send::{self, Kind, State, Way};
use entity::mass_send_chunk::{self, State as ChunkState};
use odaesan::clock;
use sea_orm::{ActiveValue::Set, EntityTrait as _};

use super::TestApp;

/// The number that WeChat gave to the first part of the first stored mass send; the others count up from it.
pub(crate) const FIRST_MSG_ID: i64 = 5_000_000_000;

impl TestApp {
    /// Stores finished mass sends, each of these materials for everybody, in so many parts. Returns their ids.
    pub(crate) async fn store_mass_sends(&self, account: &str, shown: &[(Kind, &str)], parts: i32) -> Vec<String> {
        let (mut sends, mut chunks) = (Vec::new(), Vec::new());
        for (kind, material) in shown {
            let (id, now) = (clock::new_id(), clock::now());
            for position in 0..parts {
                chunks.push(mass_send_chunk::ActiveModel {
                    account_id: Set(account.to_owned()),
                    id: Set(clock::new_id()),
                    mass_send_id: Set(id.clone()),
                    client_msg_id: Set(clock::new_id().replace('-', "")),
                    position: Set(position),
                    recipients: Set(2),
                    state: Set(ChunkState::Finished),
                    maybe_sent: Set(false),
                    msg_id: Set(Some(FIRST_MSG_ID + i64::try_from(chunks.len()).unwrap())),
                    status: Set(Some("send success".to_owned())),
                    sent_count: Set(Some(2)),
                    finished_at: Set(Some(now)),
                    ..Default::default()
                });
            }
            sends.push(mass_send::ActiveModel {
                account_id: Set(account.to_owned()),
                id: Set(id),
                app_id: Set(super::app::APP_ID.to_owned()),
                kind: Set(*kind),
                material_id: Set((*material).to_owned()),
                group_id: Set("2".to_owned()),
                gender: Set(None),
                way: Set(Way::Openids),
                tag_id: Set(None),
                ignore_reprint: Set(false),
                state: Set(State::Finished),
                recipients: Set(i64::from(2 * parts)),
                scheduled_at: Set(None),
                prepared_at: Set(Some(now)),
                finished_at: Set(Some(now)),
                deleted_at: Set(None),
                last_error: Set(None),
                actor: Set("test".to_owned()),
                created_at: Set(now),
            });
        }
        let ids = sends.iter().map(|send| send.id.clone().unwrap()).collect();
        let database = self.connect().await;
        for rows in sends.chunks(500) {
            mass_send::Entity::insert_many(rows.to_vec()).exec_without_returning(&database).await.unwrap();
        }
        for rows in chunks.chunks(500) {
            mass_send_chunk::Entity::insert_many(rows.to_vec()).exec_without_returning(&database).await.unwrap();
        }
        database.close().await.unwrap();
        ids
    }
}

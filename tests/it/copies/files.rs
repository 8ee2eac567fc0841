//! Files and their rows: whatever happens, one does not stand without the other.

use std::collections::BTreeMap;
use std::path::Path;

use entity::stored_file::{self, State};
use sea_orm::{DatabaseConnection, EntityTrait as _};

use super::sha256;
use crate::support::TestApp;

/// Where `odaesan serve` keeps files, in its data directory.
pub(super) const FILES: &str = "files";

/// Every object: its key and the SHA-256 of its content. What is being written is none yet.
fn objects(directory: &Path) -> BTreeMap<String, String> {
    let mut objects = BTreeMap::new();
    for account in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let name = account.file_name().into_string().unwrap();
        if name.starts_with('.') {
            continue;
        }
        for object in std::fs::read_dir(account.path()).unwrap().map(Result::unwrap) {
            let key = format!("{name}/{}", object.file_name().into_string().unwrap());
            objects.insert(key, sha256(&std::fs::read(object.path()).unwrap()));
        }
    }
    objects
}

/// Asserts that every row has its object and every object its row. Returns how many files belong to something.
pub(super) async fn assert_files_and_rows_agree(app: &TestApp) -> usize {
    let database: DatabaseConnection = odaesan::database::connect(&app.database.url, 1).await.unwrap();
    let rows = stored_file::Entity::find().all(&database).await.unwrap();
    let mut objects = objects(&app.directory.path().join(FILES));
    let mut kept = 0;
    for row in rows {
        let object = objects.remove(&format!("{}/{}", row.account_id, row.id));
        if row.state == State::Kept {
            kept += 1;
            assert_eq!(object.as_deref(), Some(row.sha256.as_str()), "{row:?}");
        }
    }
    assert_eq!(objects, BTreeMap::new(), "objects without rows");
    database.close().await.unwrap();
    kept
}

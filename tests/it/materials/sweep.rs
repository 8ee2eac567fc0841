//! Files that nothing needs go after a while, with their objects; what somebody needs stays however old it is.

use std::time::Duration;

use chrono::TimeDelta;
use entity::stored_file::{self, Column, State};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, DatabaseConnection, EntityTrait as _, QueryFilter as _};

use super::shelf;
use crate::support::TestApp;

on_every_database!(
    what_nothing_needs_is_swept_with_its_object,
    many_are_swept_in_several_rounds,
    one_that_cannot_be_removed_does_not_keep_the_others,
    a_copy_is_refreshed_when_it_ends_and_not_before,
);

const UPKEEP: [&str; 2] = ["--upkeep-seconds", "1"];

fn ago(age: TimeDelta) -> entity::Timestamp {
    (chrono::Utc::now() - age).into()
}

/// Makes a file seem to have come into its state so long ago.
async fn age(database: &DatabaseConnection, id: &str, age: TimeDelta) {
    let update = stored_file::Entity::update_many()
        .col_expr(Column::ChangedAt, Expr::value(ago(age)))
        .col_expr(Column::CreatedAt, Expr::value(ago(age)))
        .filter(Column::Id.eq(id));
    assert_eq!(update.exec(database).await.unwrap().rows_affected, 1, "{id}");
}

/// A row and an object as a process leaves them that is killed within an upload.
async fn left_behind(
    app: &TestApp,
    database: &DatabaseConnection,
    account: &str,
    id: &str,
    state: State,
    old: TimeDelta,
) {
    let row = stored_file::ActiveModel {
        account_id: Set(account.to_owned()),
        id: Set(id.to_owned()),
        media_type: Set("image/jpeg".into()),
        size: Set(3),
        sha256: Set("0".repeat(64)),
        state: Set(state),
        changed_at: Set(ago(old)),
        created_at: Set(ago(old)),
    };
    stored_file::Entity::insert(row).exec_without_returning(database).await.unwrap();
    let directory = app.directory.path().join("files").join(account);
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join(id), "old").unwrap();
}

async fn state(database: &DatabaseConnection, id: &str) -> State {
    let rows = shelf::rows(database).await;
    rows.into_iter().find(|row| row.id == id).unwrap_or_else(|| panic!("{id} has no row")).state
}

async fn swept(database: &DatabaseConnection, ids: &[String]) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
    loop {
        let rows = shelf::rows(database).await;
        let left: Vec<_> = rows.iter().filter(|row| ids.contains(&row.id) && row.state != State::Swept).collect();
        if left.is_empty() {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{} are not swept: {:?}", left.len(), left[0]);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn file_id(url: &str) -> String {
    url.rsplit_once('/').unwrap().1.to_owned()
}

async fn what_nothing_needs_is_swept_with_its_object(mut app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let database = shelf::database(&app).await;
    let (kept, deleted) = (shelf::image(&app, &account, "a.jpg").await, shelf::image(&app, &account, "b.jpg").await);
    let fresh = shelf::image(&app, &account, "c.jpg").await;
    let film = shelf::video(&app, &account).await;
    for image in [&deleted, &fresh] {
        app.delete(&format!("/{account}/image/{}", image.id)).await;
    }
    let content = super::samples::mp4(2_000);
    let replaced = shelf::upload(&app, &format!("/{account}/video/upload/{}", film.id), "a.mp4", &content).await;
    let now = replaced["data"]["url"].as_str().unwrap().to_owned();
    let old = TimeDelta::days(8);
    for url in [&kept.url, &deleted.url, &film.url] {
        age(&database, &file_id(url), old).await;
    }
    age(&database, &file_id(&now), TimeDelta::days(4_000)).await;
    left_behind(&app, &database, &account, "dead.jpg", State::Arriving, old).await;
    left_behind(&app, &database, &account, "late.jpg", State::Arriving, TimeDelta::hours(2)).await;
    left_behind(&app, &database, &account, "coming.jpg", State::Arriving, TimeDelta::minutes(50)).await;
    left_behind(&app, &database, &account, "nearly.jpg", State::Released, TimeDelta::days(6)).await;
    app.restart_with(&UPKEEP).await;
    let gone = [file_id(&deleted.url), file_id(&film.url), "dead.jpg".to_owned(), "late.jpg".to_owned()];
    swept(&database, &gone).await;
    // Another round, in which nothing more may go.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let objects = shelf::objects(&app);
    for id in &gone {
        assert!(!objects.contains(&format!("{account}/{id}")), "{id} is still there");
    }
    for (id, expected) in [
        (file_id(&kept.url), State::Kept),
        (file_id(&now), State::Kept),
        (file_id(&fresh.url), State::Released),
        ("coming.jpg".into(), State::Arriving),
        ("nearly.jpg".into(), State::Released),
    ] {
        assert_eq!(state(&database, &id).await, expected, "{id}");
        assert!(objects.contains(&format!("{account}/{id}")), "{id} is gone");
    }
    for (url, bytes) in [(&kept.url, 159), (&now, 2_000)] {
        let (status, content) = shelf::fetched(&app, &format!("{}/files/{account}/{}", app.url, file_id(url))).await;
        assert_eq!((status.as_u16(), content.len()), (200, bytes));
    }
    for id in ["late.jpg", "coming.jpg", "nearly.jpg", "dead.jpg"] {
        assert!(!shelf::is_served(&app, &format!("{}/files/{account}/{id}", app.url)).await, "{id}");
    }
}

async fn many_are_swept_in_several_rounds(mut app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let database = shelf::database(&app).await;
    let ids: Vec<String> = (0..150).map(|number| format!("{number}.jpg")).collect();
    for (number, id) in ids.iter().enumerate() {
        left_behind(&app, &database, &account, id, State::Released, TimeDelta::days(8)).await;
        if number % 10 == 0 {
            // Somebody was here before: that it is gone is no failure.
            std::fs::remove_file(app.directory.path().join("files").join(&account).join(id)).unwrap();
        }
    }
    app.restart_with(&UPKEEP).await;
    swept(&database, &ids).await;
    assert_eq!(shelf::objects(&app), Vec::<String>::new());
}

async fn one_that_cannot_be_removed_does_not_keep_the_others(mut app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let database = shelf::database(&app).await;
    // Something is in the way where the oldest object should be.
    left_behind(&app, &database, &account, "stuck.jpg", State::Released, TimeDelta::days(9)).await;
    let place = app.directory.path().join("files").join(&account).join("stuck.jpg");
    std::fs::remove_file(&place).unwrap();
    std::fs::create_dir(&place).unwrap();
    std::fs::write(place.join("inside"), "x").unwrap();
    left_behind(&app, &database, &account, "due.jpg", State::Released, TimeDelta::days(8)).await;
    app.restart_with(&UPKEEP).await;
    swept(&database, &["due.jpg".to_owned()]).await;
    assert_eq!(state(&database, "stuck.jpg").await, State::Released, "it is tried again");
}

async fn a_copy_is_refreshed_when_it_ends_and_not_before(mut app: TestApp) {
    use entity::wechat_copy::{Column, Entity};

    const UPLOAD: &str = "/cgi-bin/media/upload";
    let account = app.bind(0).await;
    shelf::image(&app, &account, "a.jpg").await;
    app.wait_for_all_jobs(&account).await;
    assert_eq!(app.calls(UPLOAD).await, 1);
    app.restart_with(&UPKEEP).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(app.calls(UPLOAD).await, 1, "it had three days to live");
    let database = shelf::database(&app).await;
    for (left, calls) in [(TimeDelta::hours(13), 1), (TimeDelta::hours(11), 2), (TimeDelta::hours(-1), 3)] {
        let aged = Entity::update_many()
            .col_expr(Column::ExpiresAt, Expr::value(ago(-left)))
            .col_expr(Column::ChangedAt, Expr::value(ago(TimeDelta::hours(1))))
            .filter(Column::AccountId.eq(&account));
        assert_eq!(aged.exec(&database).await.unwrap().rows_affected, 1);
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        app.wait_for_all_jobs(&account).await;
        assert_eq!(app.calls(UPLOAD).await, calls, "{left}");
    }
}

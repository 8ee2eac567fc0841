//! What a waiting mass send shows is not deleted by mistake.

use serde_json::{Value, json};

use super::{OK, advance, at_wechat, bind, comes_to, create, news, refused, send, shown, step_in, uploaded};
use crate::support::TestApp;
use crate::support::uploads::File;

on_every_database!(
    a_material_of_a_waiting_send_is_deleted_by_force_only,
    what_was_sent_or_cancelled_holds_no_material,
    a_send_whose_material_is_gone_fails_and_says_so,
);

async fn wait_for_later(app: &TestApp, account: &str, kind: &str, material: &str) -> String {
    let at = (chrono::Utc::now() + chrono::TimeDelta::hours(5)).to_rfc3339();
    create(app, account, json!({ "type": kind, "materialId": material, "scheduledAt": at })).await
}

async fn a_material_of_a_waiting_send_is_deleted_by_force_only(app: TestApp) {
    let account = bind(&app, 3).await;
    for (kind, route, material) in [
        ("IMAGE", "image", uploaded(&app, &account, "image", File::image("a.jpg")).await),
        ("VOICE", "voice", uploaded(&app, &account, "voice", File::voice("a.mp3")).await),
        ("VIDEO", "video", uploaded(&app, &account, "video/upload", File::video("a.mp4")).await),
        ("NEWS", "news", news(&app, &account, "a").await),
    ] {
        let id = wait_for_later(&app, &account, kind, &material).await;
        let path = format!("/{account}/{route}/{material}");
        for query in ["", "?force=0"] {
            let message = refused(&app.delete(&format!("{path}{query}")).await, 409);
            assert!(message.contains(&id) && message.contains("mass send"), "{kind} {message}");
        }
        let shown_before = shown(&app, &account, &id).await;
        assert_eq!(app.delete(&format!("{path}?force=1")).await.to_string(), OK, "{kind}");
        let mut shown_after = shown(&app, &account, &id).await;
        shown_after["material"] = shown_before["material"].clone();
        assert_eq!(shown_after, shown_before, "{kind}");
    }
}

async fn what_was_sent_or_cancelled_holds_no_material(app: TestApp) {
    let account = bind(&app, 3).await;
    let image = uploaded(&app, &account, "image", File::image("a.jpg")).await;
    let sent = send(&app, &account, "-1", ("image", &image)).await;
    comes_to(&app, &account, &sent, "FINISHED").await;
    let cancelled = wait_for_later(&app, &account, "IMAGE", &image).await;
    let path = format!("/{account}/image/{image}");
    let message = refused(&app.delete(&path).await, 409);
    assert!(message.contains(&cancelled) && !message.contains(&sent), "{message}");
    step_in(&app, "cancelMassSend", &account, &cancelled).await;
    assert_eq!(app.delete(&path).await.to_string(), OK);
}

async fn a_send_whose_material_is_gone_fails_and_says_so(app: TestApp) {
    let account = bind(&app, 3).await;
    for (kind, route, material) in [
        ("IMAGE", "image", uploaded(&app, &account, "image", File::image("a.jpg")).await),
        ("NEWS", "news", news(&app, &account, "a").await),
    ] {
        let id = wait_for_later(&app, &account, kind, &material).await;
        assert_eq!(app.delete(&format!("/{account}/{route}/{material}?force=1")).await.to_string(), OK);
        advance(&app, &account, "mass_send").await;
        let failed = comes_to(&app, &account, &id, "FAILED").await;
        let reason = failed["lastError"].as_str().unwrap();
        assert!(reason.contains(&material) && reason.contains("does not exist"), "{kind} {reason}");
        assert_eq!(failed["material"], Value::Null);
    }
    assert!(at_wechat(&app).await.is_empty());
}

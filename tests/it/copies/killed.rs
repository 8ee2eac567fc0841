//! `kill -9` while files arrive, while they go to WeChat, and while a draft is made.

use std::time::Duration;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::files::assert_files_and_rows_agree;
use super::{ARTICLE_IMAGE, DRAFT, FLAGS, MATERIAL, UPLOAD, WITHDRAWAL, jpeg, sha256};
use crate::support::TestApp;
use crate::support::app::APP_ID;
use crate::support::process::Process;

with_processes!(
    uploads_to_wechat_go_on,
    a_draft_goes_on_from_its_cover,
    a_draft_goes_on_from_its_images,
    a_draft_goes_on_from_its_end,
    a_withdrawal_goes_on,
    files_that_arrive_are_there_or_are_not,
);

async fn serve(app: &mut TestApp) -> Process {
    let mut flags = app.serve_flags();
    // A time-out that is longer than the delays: nobody gives up but the one who dies.
    flags.extend(FLAGS.map(str::to_owned));
    let patience = flags.iter().position(|flag| flag == "--wechat-timeout").unwrap();
    flags[patience + 1] = "30".to_owned();
    let mut process = Process::serve(&flags);
    app.url = process.address("Odaesan serves ").await;
    process
}

/// More strikes than any test needs.
const MANY: u64 = 1_000;

async fn slow_down(app: &TestApp, path: &str, after: u64) {
    app.fault(json!({ "path": path, "after": after, "times": MANY, "delay_ms": 1_500 })).await;
}

/// Kills the process, and starts it again with WeChat at full speed.
async fn kill_and_restart(app: &mut TestApp, process: Process) -> Process {
    process.kill();
    app.heal().await;
    serve(app).await
}

/// A news of two articles with a cover and an illustration each. Returns its id.
async fn illustrated_news(app: &TestApp, account: &str) -> String {
    let mut articles = Vec::new();
    for seed in [1, 3] {
        let (cover, _) = app.upload_article_image(account, jpeg(seed, 900)).await;
        let (_, shown) = app.upload_article_image(account, jpeg(seed + 1, 900)).await;
        let content = format!("<p>{seed}</p><img src=\"{shown}\">");
        articles.push(json!({ "title": format!("第{seed}"), "content": content, "coverImageId": cover }));
    }
    app.create_news(account, json!(articles)).await
}

/// Kills a service whose draft job has called `path` so often, and one call more is under way.
async fn die_while_drafting(app: &mut TestApp, path: &str, done: u64) {
    let process = serve(app).await;
    let account = app.bind(0).await;
    let news = illustrated_news(app, &account).await;
    slow_down(app, path, done).await;
    app.ask_for_draft(&account, &news).await;
    app.wait_until_struck(path, MANY - 1).await;
    let _process = kill_and_restart(app, process).await;
    let copy = app.wait_until_drafted(&account, &news).await;
    app.wait_until_done(&account).await;

    // What was under way is done again, and nothing else.
    let surplus = |of: &str| u64::from(of == path);
    for (of, needed) in [(MATERIAL, 2), (ARTICLE_IMAGE, 2), (DRAFT, 1)] {
        let calls = app.calls(of).await;
        assert!((needed..=needed + surplus(of)).contains(&calls), "{calls} times {of}, killed in {path}");
    }
    let drafts = app.drafts_at(APP_ID).await;
    let draft = drafts.iter().find(|draft| draft["media_id"] == copy["mediaId"]).unwrap();
    assert!(drafts.len() as u64 <= 1 + surplus(DRAFT), "{drafts:?}");
    for (seed, article) in [1, 3].into_iter().zip(draft["articles"].as_array().unwrap()) {
        let cover = app.medium(&article["thumb_media_id"]).await;
        assert_eq!(cover["sha256"], json!(sha256(&jpeg(seed, 900))));
        assert!(article["content"].as_str().unwrap().contains("<img src=\"http://mmbiz.qpic.cn/"), "{article}");
    }
    assert_eq!(app.jobs(&account, "news_draft").await.len(), 1);
    assert_eq!(assert_files_and_rows_agree(app).await, 4);
}

async fn uploads_to_wechat_go_on(mut app: TestApp) {
    const COUNT: u8 = 9;
    let process = serve(&mut app).await;
    let account = app.bind(0).await;
    slow_down(&app, UPLOAD, 3).await;
    let mut images = Vec::new();
    for seed in 0..COUNT {
        images.push(app.upload_image(&account, jpeg(seed, 900)).await);
    }
    // Three are recorded, two are under way, four wait.
    app.wait_until_struck(UPLOAD, MANY - 2).await;
    let _process = kill_and_restart(&mut app, process).await;
    for (seed, image) in (0..COUNT).zip(&images) {
        let copy = app.wait_until_uploaded(&account, "image", image).await;
        assert_eq!(app.medium(&copy["mediaId"]).await["sha256"], json!(sha256(&jpeg(seed, 900))));
        assert_eq!(copy["lastError"], Value::Null);
    }
    app.wait_until_done(&account).await;
    let calls = app.calls(UPLOAD).await;
    let count = u64::from(COUNT);
    assert!((count..=count + 2).contains(&calls), "{calls}: the two under way, once more");
    let jobs = app.jobs(&account, "media_upload").await;
    assert_eq!(jobs.len(), usize::from(COUNT));
    assert!(jobs.iter().all(|job| job["state"] == "SUCCEEDED"), "{jobs:?}");
    assert_eq!(assert_files_and_rows_agree(&app).await, usize::from(COUNT));
}

async fn a_draft_goes_on_from_its_cover(mut app: TestApp) {
    die_while_drafting(&mut app, MATERIAL, 1).await;
}

async fn a_draft_goes_on_from_its_images(mut app: TestApp) {
    die_while_drafting(&mut app, ARTICLE_IMAGE, 1).await;
}

async fn a_draft_goes_on_from_its_end(mut app: TestApp) {
    die_while_drafting(&mut app, DRAFT, 0).await;
}

async fn a_withdrawal_goes_on(mut app: TestApp) {
    let process = serve(&mut app).await;
    let account = app.bind(0).await;
    let (news, _) = app.simple_news(&account, "题").await;
    app.ask_for_draft(&account, &news).await;
    app.wait_until_drafted(&account, &news).await;
    slow_down(&app, WITHDRAWAL, 0).await;
    assert_eq!(app.delete(&format!("/{account}/news/{news}")).await["code"], 200);
    app.wait_until_struck(WITHDRAWAL, MANY - 1).await;
    let _process = kill_and_restart(&mut app, process).await;
    app.wait_until_done(&account).await;
    assert_eq!(app.drafts_at(APP_ID).await, Vec::<Value>::new());
    assert_eq!(app.jobs(&account, "draft_withdrawal").await[0]["state"], "SUCCEEDED");
}

async fn files_that_arrive_are_there_or_are_not(mut app: TestApp) {
    let mut process = serve(&mut app).await;
    let account = app.bind(0).await;
    let mut taken = Vec::new();
    for (round, pause) in (0_u8..).zip([20, 60, 120, 240]) {
        let url = format!("/{account}/image");
        let requests: Vec<_> = (0..12)
            .map(|seed| {
                let part = Part::bytes(jpeg(round * 16 + seed, 900_000)).file_name("a.jpg");
                app.rest(Method::POST, &url).multipart(Form::new().part("file", part))
            })
            .map(|request| tokio::spawn(async move { request.send().await.ok()?.json::<Value>().await.ok() }))
            .collect();
        tokio::time::sleep(Duration::from_millis(pause)).await;
        process = kill_and_restart(&mut app, process).await;
        for (seed, request) in (0..).zip(requests) {
            let Some(answer) = request.await.unwrap() else { continue };
            assert_eq!(answer["code"], 200, "{answer}");
            taken.push((round * 16 + seed, answer["data"]["id"].as_str().unwrap().to_owned()));
        }
    }
    let kept = assert_files_and_rows_agree(&app).await;
    assert!(kept >= taken.len(), "{kept} files are kept, {} were promised", taken.len());
    app.wait_until_done(&account).await;
    for (seed, image) in taken {
        let copy = app.wait_until_uploaded(&account, "image", &image).await;
        assert_eq!(app.medium(&copy["mediaId"]).await["sha256"], json!(sha256(&jpeg(seed, 900_000))));
    }
    // Also those whose answers nobody heard.
    let held = app.media_at(APP_ID).await.len();
    assert!(held >= kept, "{held} media of {kept} files");
    drop(process);
}

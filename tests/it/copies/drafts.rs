//! Drafts: what WeChat gets of a news, and how often.

use serde_json::{Value, json};

use super::{ARTICLE_IMAGE, DRAFT, MATERIAL, UPLOAD, jpeg, sha256};
use crate::support::TestApp;
use crate::support::app::APP_ID;

with_upkeep!(
    a_draft_is_what_was_written,
    images_are_uploaded_once_for_all_articles,
    asking_twice_makes_one_draft,
    asking_at_once_makes_one_draft,
    a_cover_that_was_deleted_at_wechat_is_uploaded_anew,
    what_wechat_would_drop_does_not_stop_a_draft,
);

/// Texts as people write them, and as programs break on them.
const TITLE: &str = "“双引号” \"'<b>&amp;]]>🍵\\n";

async fn a_draft_is_what_was_written(app: TestApp) {
    let account = app.bind(0).await;
    let (cover, _) = app.upload_article_image(&account, jpeg(1, 900)).await;
    let (other, _) = app.upload_article_image(&account, jpeg(2, 900)).await;
    let url = format!("https://example.com/阅读?{}", "a=1&b=\"2\"'");
    let content =
        "<section class=\"x\" data-a='it\"s'>你好 🍵 &lt;b&gt; &amp;amp; ]]&gt; ]]> <br/>\r\n\t<P>大写</p></section>";
    let long = format!("{}🍵", "字".repeat(127));
    let articles: Vec<Value> = (0..8)
        .map(|index| {
            json!({
                "title": if index == 3 { TITLE.to_owned() } else { format!("第{index}篇") },
                "author": if index == 3 { json!("作者 \"O'Neil\" 🍵") } else { Value::Null },
                "digest": if index == 3 { &long } else { "" },
                "content": format!("<p>{index}</p>{content}"),
                "contentSourceUrl": if index == 3 { json!(url) } else { Value::Null },
                "coverImageId": if index == 5 { &other } else { &cover },
                "showCoverPic": index == 3,
            })
        })
        .collect();
    let news = app.create_news(&account, json!(articles)).await;
    assert!(app.ask_for_draft(&account, &news).await.is_object());
    let copy = app.wait_until_drafted(&account, &news).await;
    assert_eq!((&copy["lastError"], &copy["expiresAt"]), (&Value::Null, &Value::Null), "{copy}");
    let drafts = app.drafts_at(APP_ID).await;
    assert_eq!((drafts.len(), &drafts[0]["media_id"]), (1, &copy["mediaId"]));
    let drafted = drafts[0]["articles"].as_array().unwrap();
    assert_eq!(drafted.len(), 8);
    for (written, drafted) in articles.iter().zip(drafted) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        for (ours, theirs) in
            [("title", "title"), ("author", "author"), ("digest", "digest"), ("contentSourceUrl", "content_source_url")]
        {
            assert_eq!(text(&drafted[theirs]), text(&written[ours]), "{theirs}");
        }
        assert_eq!(drafted["content"], written["content"]);
        let cover = app.medium(&drafted["thumb_media_id"]).await;
        let content = if written["coverImageId"] == json!(other) { jpeg(2, 900) } else { jpeg(1, 900) };
        assert_eq!((&cover["permanent"], &cover["type"]), (&json!(true), &json!("image")));
        assert_eq!(cover["sha256"], json!(sha256(&content)));
    }
    // The simulator does not keep this one; the call shows it.
    let calls = app.control(reqwest::Method::GET, &format!("/calls?path={DRAFT}"), Value::Null).await;
    let sent: Value = serde_json::from_str(calls[0]["body"].as_str().unwrap()).unwrap();
    let shown: Vec<_> =
        sent["articles"].as_array().unwrap().iter().map(|article| article["show_cover_pic"] == 1).collect();
    assert_eq!(shown, (0..8).map(|index| index == 3).collect::<Vec<_>>());
    assert_eq!((app.calls(MATERIAL).await, app.calls(DRAFT).await, app.calls(UPLOAD).await), (2, 1, 0));
}

async fn images_are_uploaded_once_for_all_articles(app: TestApp) {
    let account = app.bind(0).await;
    let (cover, _) = app.upload_article_image(&account, jpeg(1, 900)).await;
    let (first, first_url) = app.upload_article_image(&account, jpeg(2, 900)).await;
    let (_, second_url) = app.upload_article_image(&account, jpeg(3, 900)).await;
    // One that is cover, illustration, and a message of its own.
    let image = app.upload_image(&account, jpeg(4, 900)).await;
    let data = app.get(&format!("/{account}/image/url/{image}")).await;
    let image_url = data["data"]["url"].as_str().unwrap_or_else(|| panic!("{data}"));
    let wechats = "https://mmbiz.qpic.cn/mmbiz_jpg/abc/0?wx_fmt=jpeg&amp;x=1";
    let html = |number: u32, a: &str, b: &str, c: &str| {
        format!(
            "<p>{number}</p><img class=\"a\" src=\"{a}\" alt='x'><IMG SRC='{b}'/><img src={c}><img src=\"{wechats}\">\
             <img src=\"{a}\"><a href=\"{second_url}\">not an image: {first_url}</a>"
        )
    };
    let written = |number| html(number, &first_url, &second_url, image_url);
    let articles = json!([
        { "title": "一", "content": written(1), "coverImageId": cover },
        { "title": "二", "content": written(2), "coverImageId": image },
        { "title": "三", "content": written(3), "coverImageId": cover },
    ]);
    let news = app.create_news(&account, articles).await;
    app.ask_for_draft(&account, &news).await;
    app.wait_until_drafted(&account, &news).await;
    assert_eq!((app.calls(MATERIAL).await, app.calls(ARTICLE_IMAGE).await), (2, 3));
    let permanent: Vec<_> =
        app.media_at(APP_ID).await.into_iter().filter(|medium| medium["permanent"] == true).collect();
    assert_eq!(permanent.len(), 2, "{permanent:?}");

    let copy = app.copy(&account, ("image", &first), "ARTICLE_IMAGE").await;
    assert_eq!((&copy["state"], &copy["mediaId"]), (&json!("READY"), &Value::Null), "{copy}");
    let theirs = copy["url"].as_str().unwrap();
    let draft = app.drafts_at(APP_ID).await.remove(0);
    for (number, article) in (1..).zip(draft["articles"].as_array().unwrap()) {
        let content = article["content"].as_str().unwrap();
        assert!(content.contains(&format!("<img class=\"a\" src=\"{theirs}\" alt='x'>")), "{content}");
        assert_eq!(content.matches("<img").count() + content.matches("<IMG").count(), 5, "none was dropped: {content}");
        assert!(content.contains(&format!("<img src=\"{wechats}\">")), "{content}");
        assert!(content.contains(&format!("<a href=\"{second_url}\">not an image: {first_url}</a>")), "{content}");
        assert_eq!(content.matches("https://files.example").count(), 2, "{content}");
        assert!(content.starts_with(&format!("<p>{number}</p>")), "the order of the articles: {content}");
    }
    let forms: Vec<_> =
        app.copies(&account, "image", &image).await.into_iter().map(|copy| copy["form"].clone()).collect();
    assert_eq!(forms, ["TEMPORARY", "PERMANENT", "ARTICLE_IMAGE"]);
    // Another news with the same images uploads none of them.
    let articles = json!([{ "title": "四", "content": written(4), "coverImageId": image }]);
    let news = app.create_news(&account, articles).await;
    app.ask_for_draft(&account, &news).await;
    app.wait_until_drafted(&account, &news).await;
    assert_eq!((app.calls(MATERIAL).await, app.calls(ARTICLE_IMAGE).await, app.calls(DRAFT).await), (2, 3, 2));
}

async fn asking_twice_makes_one_draft(app: TestApp) {
    let account = app.bind(0).await;
    let (news, _) = app.simple_news(&account, "题").await;
    app.fault(json!({ "path": DRAFT, "delay_ms": 600 })).await;
    let job = app.ask_for_draft(&account, &news).await;
    assert_eq!(app.copy(&account, ("newsById", &news), "DRAFT").await["state"], "PENDING");
    assert_eq!(app.ask_for_draft(&account, &news).await["id"], job["id"], "the job that is on it");
    let copy = app.wait_until_drafted(&account, &news).await;
    assert_eq!(app.ask_for_draft(&account, &news).await, Value::Null);
    app.wait_until_done(&account).await;
    assert_eq!(app.copies(&account, "newsById", &news).await, [copy]);
    assert_eq!((app.calls(DRAFT).await, app.drafts_at(APP_ID).await.len()), (1, 1));
}

async fn asking_at_once_makes_one_draft(app: TestApp) {
    let account = app.bind(0).await;
    let (news, _) = app.simple_news(&account, "题").await;
    let asked = futures_util::future::join_all((0..16).map(|_| app.ask_for_draft(&account, &news))).await;
    app.wait_until_drafted(&account, &news).await;
    app.wait_until_done(&account).await;
    assert_eq!((app.calls(DRAFT).await, app.drafts_at(APP_ID).await.len()), (1, 1));
    let mut jobs: Vec<_> = asked.iter().filter_map(|job| job["id"].as_str()).collect();
    jobs.sort_unstable();
    jobs.dedup();
    assert_eq!(jobs.len(), 1, "{asked:?}");
}

async fn a_cover_that_was_deleted_at_wechat_is_uploaded_anew(app: TestApp) {
    let account = app.bind(0).await;
    let (news, articles) = app.simple_news(&account, "题").await;
    app.ask_for_draft(&account, &news).await;
    app.wait_until_drafted(&account, &news).await;
    let cover = app.drafts_at(APP_ID).await[0]["articles"][0]["thumb_media_id"].clone();
    app.replace_news(&account, &news, articles).await;
    app.wait_until_done(&account).await;
    // Somebody tidied up in WeChat's console.
    app.wechat(APP_ID, "/material/del_material", json!({ "media_id": cover })).await;
    app.ask_for_draft(&account, &news).await;
    app.wait_until_drafted(&account, &news).await;
    assert_ne!(app.drafts_at(APP_ID).await[0]["articles"][0]["thumb_media_id"], cover);
    assert_eq!(app.calls(MATERIAL).await, 2);
}

async fn what_wechat_would_drop_does_not_stop_a_draft(app: TestApp) {
    let account = app.bind(0).await;
    let (cover, _) = app.upload_article_image(&account, jpeg(1, 900)).await;
    let foreign = "https://elsewhere.example/a.jpg";
    let articles = json!([{
        "title": "题", "coverImageId": cover, "contentSourceUrl": "weixin://dl/business",
        "content": format!("<p>前</p><img src=\"{foreign}\"><script>x()</script><p>后</p>"),
    }]);
    let news = app.create_news(&account, articles).await;
    let query = "query ($account: ID!, $id: ID!) { account(id: $account) { newsById(id: $id) {
        articles { warnings { field message isBlocking } } } } }";
    let data = app.data(query, json!({ "account": account, "id": news })).await;
    let warnings = data.pointer("/account/newsById/articles/0/warnings").unwrap().as_array().unwrap();
    assert!(warnings.iter().all(|warning| warning["isBlocking"] == false), "{warnings:?}");
    let about = |field: &str, words: &str| {
        warnings.iter().any(|warning| warning["field"] == field && warning["message"].as_str().unwrap().contains(words))
    };
    assert!(about("content", foreign) && about("contentSourceUrl", "http"), "{warnings:?}");
    app.ask_for_draft(&account, &news).await;
    app.wait_until_drafted(&account, &news).await;
    let article = app.drafts_at(APP_ID).await.remove(0)["articles"][0].clone();
    assert_eq!(article["content"], "<p>前</p><p>后</p>");
    assert_eq!(article["content_source_url"], "", "what cannot be linked is not linked");
    assert_eq!(app.calls(ARTICLE_IMAGE).await, 0);
}

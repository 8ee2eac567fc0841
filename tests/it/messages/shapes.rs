//! What a message of each kind looks like. Source: /v1 "列出接收到的消息"; behaviour, part 14.

use serde_json::{Value, json};

use super::page;
use crate::support::TestApp;
use crate::support::messages::Sent;

on_every_database!(
    every_type_has_its_members_in_the_order_of_the_document,
    every_type_says_in_graphql_what_wechat_sent,
    every_event_says_in_graphql_what_wechat_sent,
);

/// One of each kind, oldest first; the last one is of a kind that nobody knows.
fn pushes(openid: &str) -> Vec<Sent> {
    [
        "<MsgType>text</MsgType><Content>这里是内容1 🎉</Content>",
        "<MsgType>image</MsgType><PicUrl>http://mmbiz.qpic.cn/a?b=1&amp;c=2</PicUrl><MediaId>none1</MediaId>",
        "<MsgType>voice</MsgType><MediaId>none2</MediaId><Format>amr</Format><Recognition>你好。</Recognition>",
        "<MsgType>voice</MsgType><MediaId>none3</MediaId><Format>speex</Format>",
        "<MsgType>video</MsgType><MediaId>none4</MediaId><ThumbMediaId>none5</ThumbMediaId>",
        "<MsgType>shortvideo</MsgType><MediaId>none6</MediaId><ThumbMediaId>none7</ThumbMediaId>",
        "<MsgType>location</MsgType><Location_X>23.137466</Location_X><Location_Y>113.352425</Location_Y>\
         <Scale>20</Scale><Label>广州市</Label>",
        "<MsgType>link</MsgType><Title>题</Title><Description></Description><Url>https://example.com/?a=1</Url>",
        "<MsgType>sticker</MsgType><Md5>0f</Md5>",
    ]
    .into_iter()
    .zip(1_406_822_400..)
    .map(|(inner, at)| Sent::of(openid, at, inner))
    .collect()
}

async fn every_type_has_its_members_in_the_order_of_the_document(app: TestApp) {
    let account = app.bind(0).await;
    // Nobody whom the account knows; the files are nowhere.
    app.receive(&account, 1, &pushes("oStranger")).await;
    let (mut messages, count) = page(&app, &account, "").await;
    assert_eq!((messages.len(), count), (8, 8), "what the document does not know is neither listed nor counted");
    messages.reverse();
    let expected = [
        json!({ "type": "text", "content": "这里是内容1 🎉" }),
        json!({ "type": "image", "content": null, "media_id": "none1", "pic_url": "http://mmbiz.qpic.cn/a?b=1&c=2", "url": null }),
        json!({ "type": "voice", "content": null, "media_id": "none2", "url": null, "format": "amr", "recognition": "你好。" }),
        json!({ "type": "voice", "content": null, "media_id": "none3", "url": null, "format": "speex", "recognition": "" }),
        json!({ "type": "video", "content": null, "media_id": "none4", "url": null, "thumb_media_id": "none5",
                "thumb_url": null, "title": null, "description": null }),
        json!({ "type": "video", "content": null, "media_id": "none6", "url": null, "thumb_media_id": "none7",
                "thumb_url": null, "title": null, "description": null }),
        json!({ "type": "location", "content": null, "latitude": "23.137466", "longitude": "113.352425", "scale": "20",
                "label": "广州市" }),
        json!({ "type": "link", "content": null, "url": "https://example.com/?a=1", "title": "题", "description": "" }),
    ];
    for (number, (message, own)) in messages.iter().zip(&expected).enumerate() {
        let mut whole = json!({ "id": (number + 1).to_string() });
        let members = whole.as_object_mut().unwrap();
        members.extend(own.as_object().unwrap().clone());
        for (name, value) in [("sender_id", json!("oStranger")), ("nickname", Value::Null), ("avatar", Value::Null)] {
            members.insert(name.to_owned(), value);
        }
        members.insert("create_time".to_owned(), json!((1_406_822_400 + number as i64) * 1_000));
        // As texts: the order counts.
        assert_eq!(message.to_string(), whole.to_string());
    }
    let answer = app.get(&format!("/{account}/msg?size=0")).await;
    assert_eq!(
        answer.to_string(),
        json!({ "code": 200, "message": "OK", "data": { "pagination": { "index": 1, "size": 0, "count": 8 }, "message": [] } })
            .to_string()
    );
}

async fn every_type_says_in_graphql_what_wechat_sent(app: TestApp) {
    let account = app.bind(1).await;
    let follower = app.openids(&account, "-1", 1).await.remove(0);
    app.receive(&account, 1, &pushes(&follower)).await;
    let query = "query ($id: ID!) { account(id: $id) { messages { totalCount nodes {
        __typename id type content sentAt senderOpenid answeredByKeyword sender { openid } reply { state }
        ... on ImageMessage { mediaId pictureUrl url }
        ... on VoiceMessage { mediaId format recognition voice: url }
        ... on VideoMessage { mediaId thumbMediaId thumbUrl isShort title description }
        ... on LocationMessage { latitude longitude scale label }
        ... on LinkMessage { title description link: url }
        ... on OtherMessage { typeName payload } } } } }"
        .replace("title description link: url", "linkTitle: title linkDescription: description link: url");
    let data = app.data(&query, json!({ "id": account })).await;
    let list = &data["account"]["messages"];
    assert_eq!(list["totalCount"], 9);
    let nodes: Vec<&Value> = list["nodes"].as_array().unwrap().iter().rev().collect();
    let names: Vec<&str> = nodes.iter().map(|node| node["__typename"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "TextMessage",
            "ImageMessage",
            "VoiceMessage",
            "VoiceMessage",
            "VideoMessage",
            "VideoMessage",
            "LocationMessage",
            "LinkMessage",
            "OtherMessage"
        ]
    );
    for (number, node) in nodes.iter().enumerate() {
        assert_eq!(node["id"], (number + 1).to_string());
        assert_eq!((&node["senderOpenid"], &node["sender"]["openid"]), (&json!(follower), &json!(follower)));
        assert_eq!((&node["answeredByKeyword"], &node["reply"]), (&json!(false), &Value::Null));
    }
    assert_eq!(nodes[0]["sentAt"], "2014-07-31T16:00:00Z");
    assert_eq!((&nodes[0]["content"], &nodes[1]["content"]), (&json!("这里是内容1 🎉"), &Value::Null));
    assert_eq!((&nodes[4]["isShort"], &nodes[5]["isShort"]), (&json!(false), &json!(true)));
    assert_eq!(nodes[7]["linkTitle"], "题");
    assert_eq!((&nodes[8]["type"], &nodes[8]["typeName"]), (&json!("OTHER"), &json!("sticker")));
    let payload: Value = serde_json::from_str(nodes[8]["payload"].as_str().unwrap()).unwrap();
    assert_eq!(payload["Md5"], "0f");

    let one = "query ($id: ID!, $m: ID!) { account(id: $id) { message(id: $m) { id type } } }";
    let data = app.data(one, json!({ "id": account, "m": "9" })).await;
    assert_eq!(data["account"]["message"], json!({ "id": "9", "type": "OTHER" }));
    let other = app.bind_only("gh_other").await;
    let error = app.error(one, json!({ "id": other, "m": "9" })).await;
    assert_eq!(error["extensions"]["code"], "NOT_FOUND", "{error}");
}

async fn every_event_says_in_graphql_what_wechat_sent(app: TestApp) {
    let account = app.bind_only("gh_1").await;
    let event = |number: i64, name: &str, more: &str| {
        Sent::of("oX", 1_406_822_400 + number, &format!("<MsgType>event</MsgType><Event>{name}</Event>{more}"))
    };
    let events = [
        event(0, "subscribe", "<EventKey>qrscene_123</EventKey><Ticket>T</Ticket>"),
        event(1, "subscribe", "<EventKey></EventKey>"),
        event(2, "unsubscribe", ""),
        event(3, "SCAN", "<EventKey>7</EventKey>"),
        event(4, "CLICK", "<EventKey>SONG</EventKey>"),
        event(5, "VIEW", "<EventKey>https://example.com/</EventKey>"),
        event(6, "LOCATION", "<Latitude>23.1</Latitude><Longitude>113.3</Longitude><Precision>119</Precision>"),
        event(7, "pic_weixin", "<EventKey>PIC</EventKey>"),
    ];
    app.receive(&account, 1, &events).await;
    let query = "query ($id: ID!, $names: [String!]) { account(id: $id) { messages { totalCount }
        events(names: $names) { totalCount nodes { __typename name senderOpenid sender { openid }
        ... on SubscribeEvent { scene ticket } ... on ScanEvent { place: scene } ... on MenuClickEvent { key buttonId }
        ... on MenuViewEvent { url } ... on LocationEvent { latitude longitude precision }
        ... on OtherEvent { otherKey: key payload } } } } }";
    let data = app.data(query, json!({ "id": account })).await;
    assert_eq!(data["account"]["messages"]["totalCount"], 0, "events are no messages");
    assert_eq!(data["account"]["events"]["totalCount"], 8);
    let nodes: Vec<&Value> = data["account"]["events"]["nodes"].as_array().unwrap().iter().rev().collect();
    assert_eq!((&nodes[0]["scene"], &nodes[0]["ticket"]), (&json!("123"), &json!("T")));
    assert_eq!((&nodes[1]["__typename"], &nodes[1]["scene"]), (&json!("SubscribeEvent"), &Value::Null));
    assert_eq!(nodes[2]["__typename"], "UnsubscribeEvent");
    assert_eq!((&nodes[3]["name"], &nodes[3]["place"]), (&json!("scan"), &json!("7")));
    assert_eq!((&nodes[4]["key"], &nodes[4]["buttonId"]), (&json!("SONG"), &json!("button")));
    assert_eq!(nodes[5]["url"], "https://example.com/");
    assert_eq!(nodes[6]["precision"], "119");
    assert_eq!((&nodes[7]["__typename"], &nodes[7]["otherKey"]), (&json!("OtherEvent"), &json!("PIC")));
    let data = app.data(query, json!({ "id": account, "names": ["click", "Subscribe"] })).await;
    let names: Vec<&Value> =
        data["account"]["events"]["nodes"].as_array().unwrap().iter().map(|node| &node["name"]).collect();
    assert_eq!(names, ["click", "subscribe", "subscribe"]);
    assert_eq!(data["account"]["events"]["totalCount"], 3);
    assert!(super::ids(&app, &account, "").await.is_empty());
}

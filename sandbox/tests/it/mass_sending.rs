//! Mass sends by both ways: types, audiences, refusals, and who receives what.

use serde_json::{Value, json};

use crate::{
    mass_calls::{SEND, SENDALL, accepted, by_hand, sends, status, to_all, to_list, totals},
    support::{APP, OTHER_APP, errcode, file},
};

#[tokio::test]
async fn every_type_is_sent_by_either_way() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 3).await;
    let openids = account.openids(2).await;
    let temporary =
        account.upload("/cgi-bin/media/upload", "image", "a.png", file("png", 100)).await["media_id"].clone();
    let image = account.material("image", "a.png", file("png", 100)).await;
    let voice = account.material("voice", "a.amr", file("amr", 100)).await;
    let messages = [
        ("text", json!({"text": {"content": "标".repeat(682)}})),
        ("image", json!({"images": {"media_ids": [image, temporary], "recommend": "看", "title": "图"}})),
        ("image", json!({"image": {"media_id": image}})),
        ("voice", json!({"voice": {"media_id": voice}})),
    ];
    for (number, (kind, message)) in messages.iter().enumerate() {
        for (path, audience, reached) in
            [(SENDALL, json!({"filter": {"is_to_all": true}}), 3), (SEND, json!({ "touser": openids }), 2)]
        {
            let mut body = message.clone();
            body["msgtype"] = json!(kind);
            body.as_object_mut().unwrap().extend(audience.as_object().unwrap().clone());
            let answer = account.post(path, body).await;
            assert_eq!(answer["errcode"], 0, "{path} {message}: {answer}");
            assert!(answer.get("msg_data_id").is_none(), "{answer}");
            let listed = sends(&account).await;
            let send = listed.last().unwrap();
            assert_eq!((&send["msg_id"], &send["type"]), (&answer["msg_id"], &json!(kind)), "{number}");
            assert_eq!((&send["audience"], &send["received"]), (&json!(reached), &json!(reached)));
            assert_eq!(&send["content"], message.as_object().unwrap().values().next().unwrap());
            assert_eq!(send["api"], path.rsplit('/').next().unwrap());
        }
    }
    assert_eq!(totals(&account).await["received"], 4 * (3 + 2));
}

#[tokio::test]
async fn articles_consume_their_draft_when_they_are_accepted() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 3).await;
    let draft = account.draft(2).await;
    let body = |tag: Value, clientmsgid: &str| {
        json!({"filter": {"is_to_all": false, "tag_id": tag}, "msgtype": "mpnews", "mpnews": {"media_id": draft},
            "clientmsgid": clientmsgid, "send_ignore_reprint": 0})
    };
    assert_eq!(errcode(&account.post(SENDALL, body(json!(999), "a")).await), 40152);
    assert_eq!(account.control("GET", "/state", Value::Null).await["drafts"], 1, "a refused call consumes nothing");

    let answer = account.post(SENDALL, body(json!(2), "a")).await;
    assert_eq!(answer["errcode"], 0, "{answer}");
    assert!(answer["msg_id"].as_i64().unwrap() > i64::from(u32::MAX), "beyond 32 bits: {answer}");
    assert!(answer["msg_data_id"].as_i64().unwrap() > 2_000_000_000, "{answer}");
    assert_eq!(sends(&account).await[0]["msg_data_id"], answer["msg_data_id"]);
    for path in ["/cgi-bin/draft/get", "/cgi-bin/draft/delete"] {
        assert_eq!(errcode(&account.post(path, json!({"media_id": draft})).await), 40007, "{path}");
    }
    let again = account.post(SENDALL, body(json!(2), "b")).await;
    assert_eq!(errcode(&again), 40007);
    assert!(again["errmsg"].as_str().unwrap().starts_with("invalid media_id rid: "), "{again}");
}

#[tokio::test]
async fn an_audience_is_everybody_or_a_tag() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 5).await;
    let openids = account.openids(5).await;
    let tag = account.create_tag("广东").await;
    let tagging = json!({"openid_list": [openids[4], openids[1]], "tagid": tag});
    account.post("/cgi-bin/tags/members/batchtagging", tagging).await;
    let text = json!({"content": "x"});
    for (filter, expected) in [
        (json!({"is_to_all": true}), 5),
        (json!({"is_to_all": true, "tag_id": 999}), 5),
        (json!({"is_to_all": false, "tag_id": tag}), 2),
        (json!({"tag_id": tag.to_string()}), 2),
        (json!({"is_to_all": false, "tag_id": 2}), 0),
    ] {
        let msg_id = accepted(&account, SENDALL, json!({"filter": filter, "msgtype": "text", "text": text})).await;
        let listed = sends(&account).await;
        let send = listed.last().unwrap();
        assert_eq!((&send["msg_id"], &send["audience"]), (&json!(msg_id), &json!(expected)), "{filter}");
    }
    for (filter, expected) in [
        (json!({"is_to_all": false, "tag_id": 999}), 40152),
        (json!({"is_to_all": false, "tag_id": 0}), 40152),
        (json!({"is_to_all": false, "tag_id": "x"}), 40152),
        (json!({"is_to_all": false}), 40152),
        (json!({}), 40152),
        (Value::Null, 40152),
        (json!({"is_to_all": "true"}), 47001),
    ] {
        let body = json!({"filter": filter, "msgtype": "text", "text": text});
        assert_eq!(errcode(&account.post(SENDALL, body).await), expected, "{filter}");
    }
    assert_eq!(sends(&account).await.len(), 5);
}

#[tokio::test]
async fn a_list_has_2_to_10_000_openids_of_the_account() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 10_001).await;
    let other = simulator.account(OTHER_APP, 1).await;
    let foreign = other.openids(1).await.remove(0);
    let mut openids = account.openids(10_000).await;
    let two = openids[..2].to_vec();
    let send = async |touser: Value| {
        let body = json!({"touser": touser, "msgtype": "text", "text": {"content": "x"}});
        errcode(&account.post(SEND, body).await)
    };
    for (touser, expected) in [
        (json!(two[..1]), 40130),
        (json!([]), 40032),
        (json!(two[0]), 40031),
        (Value::Null, 40031),
        (json!([two[0], 7]), 40031),
        (json!([two[0], ""]), 40031),
        (json!([two[0], "oUnknown"]), 40031),
        (json!([two[0], foreign]), 40031),
    ] {
        assert_eq!(send(touser.clone()).await, expected, "{touser}");
    }
    assert_eq!(send(json!(openids)).await, 0);
    openids.push(two[0].clone());
    assert_eq!(send(json!(openids)).await, 40032);
    let listed = sends(&account).await;
    assert_eq!((listed.len(), &listed[0]["received"]), (1, &json!(10_000)));
}

#[tokio::test]
async fn a_message_is_refused_by_what_is_wrong_with_it() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 2).await;
    let image = account.material("image", "a.png", file("png", 100)).await;
    let voice = account.material("voice", "a.amr", file("amr", 100)).await;
    let video = account.material("video", "a.mp4", file("mp4", 100)).await;
    let expired = account.upload("/cgi-bin/media/upload", "image", "a.png", file("png", 100)).await["media_id"].clone();
    let other = simulator.account(OTHER_APP, 0).await;
    let foreign = other.draft(1).await;
    simulator.move_clock(3 * 86_400 + 5).await;
    let account = simulator.account(APP, 0).await;
    for (kind, member, content, expected) in [
        ("text", "text", json!({}), 44004),
        ("text", "text", json!({"content": ""}), 44004),
        ("text", "text", json!({"content": "标".repeat(683)}), 45002),
        ("text", "text", json!("x"), 47001),
        ("text", "image", json!({"media_id": image}), 47001),
        ("image", "image", json!({}), 41006),
        ("image", "image", json!({"media_id": voice}), 40007),
        ("image", "image", json!({"media_id": expired}), 40007),
        ("image", "images", json!({"media_ids": []}), 40215),
        ("image", "images", json!({"media_ids": vec![&image; 21]}), 40215),
        ("image", "images", json!({"media_ids": image}), 47001),
        ("image", "images", json!({"media_ids": [image, voice]}), 40007),
        ("image", "images", json!({"media_ids": [7]}), 40007),
        ("voice", "voice", json!({"media_id": image}), 40007),
        ("mpnews", "mpnews", json!({"media_id": "unknown"}), 40007),
        ("mpnews", "mpnews", json!({"media_id": image}), 40007),
        ("mpnews", "mpnews", json!({"media_id": foreign}), 40007),
        ("mpnews", "mpnews", json!({}), 41006),
        ("mpvideo", "mpvideo", json!({"media_id": video}), 48022),
        ("mpvideo", "mpvideo", json!({"media_id": "unknown"}), 45161),
        ("mpvideo", "mpvideo", json!({"media_id": image}), 45161),
        ("wxcard", "wxcard", json!({"card_id": "c"}), 45113),
        ("video", "video", json!({"media_id": video}), 40008),
        ("news", "news", json!({"articles": []}), 40008),
        ("music", "music", json!({}), 40008),
        ("", "text", json!({"content": "x"}), 40008),
    ] {
        let body = json!({"filter": {"is_to_all": true}, "msgtype": kind, member: content, "clientmsgid": "same"});
        let answer = account.post(SENDALL, body.clone()).await;
        assert_eq!(errcode(&answer), expected, "{body}: {answer}");
    }
    assert_eq!(errcode(&account.post_text(SENDALL, "{".to_owned()).await), 47001);
    assert_eq!(errcode(&account.post_text(SENDALL, String::new()).await), 44002);
    assert_eq!(sends(&account).await, [] as [Value; 0]);
    assert_eq!(account.post(SENDALL, to_all("same")).await["errcode"], 0, "no refused call has taken the clientmsgid");
}

#[tokio::test]
async fn who_left_or_is_blacklisted_is_filtered_and_nobody_receives_twice() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 6).await;
    let openids = account.openids(6).await;
    account.control("PUT", &format!("/followers/{}", openids[1]), json!({"subscribe": false})).await;
    account.control("PUT", &format!("/followers/{}", openids[2]), json!({"blacklisted": true})).await;
    let mut list = openids.clone();
    list.push(openids[0].clone());
    accepted(&account, SEND, to_list(&list, "list")).await;
    accepted(&account, SENDALL, to_all("all")).await;
    let listed = sends(&account).await;
    let counters = |send: &Value| {
        ["audience", "total_count", "filter_count", "sent_count", "error_count"]
            .map(|name| send[name].as_u64().unwrap())
    };
    assert_eq!(counters(&listed[0]), [6, 6, 4, 4, 0]);
    assert_eq!(counters(&listed[1]), [5, 5, 4, 4, 0], "who left is not among all");

    let ledger = account.control("GET", "/ledger", Value::Null).await;
    let of = |msg_id: &Value| -> Vec<_> {
        let lines = ledger.as_array().unwrap().iter().filter(|line| line["msg_id"] == *msg_id);
        lines.map(|line| (line["openid"].as_str().unwrap(), line["count"].as_u64().unwrap())).collect()
    };
    let reached: Vec<_> = [0, 3, 4, 5].into_iter().map(|index: usize| (openids[index].as_str(), 1)).collect();
    assert_eq!(of(&listed[0]["msg_id"]), reached);
    assert_eq!(of(&listed[1]["msg_id"]), reached);
}

#[tokio::test]
async fn they_receive_when_it_is_accepted_and_not_when_it_ends() {
    let simulator = by_hand().await;
    let account = simulator.account(APP, 2).await;
    let openids = account.openids(2).await;
    let msg_id = accepted(&account, SENDALL, to_all("a")).await;
    assert_eq!((status(&account, msg_id).await, &totals(&account).await["received"]), (json!("SENDING"), &json!(2)));
    account.control("PUT", &format!("/followers/{}", openids[0]), json!({"subscribe": false})).await;
    account.control("POST", &format!("/mass/{msg_id}/finish"), json!({})).await;
    assert_eq!(status(&account, msg_id).await, "SEND_SUCCESS");
    assert_eq!(totals(&account).await["received"], 2);
}

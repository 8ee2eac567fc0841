//! Elements as JSON and back.

use serde_json::Value;

use super::push;
use crate::webhook::Element;

fn both_ways(inner: &str) -> Value {
    let fields = push(inner).fields;
    let json = fields.to_json();
    let text = serde_json::to_string(&json).unwrap();
    assert_eq!(Element::from_json("xml", &serde_json::from_str(&text).unwrap()), fields, "{text}");
    json
}

#[test]
fn what_was_pushed_reads_back() {
    let text = both_ways("<MsgType>text</MsgType><Content><![CDATA[ 你好 <b> ]]></Content><MsgId>1</MsgId>");
    assert_eq!(text["Content"], " 你好 <b> ");
    let photos = both_ways(
        "<MsgType>event</MsgType><Event>pic_weixin</Event><EventKey/><SendPicsInfo><Count>2</Count><PicList>\
         <item><PicMd5Sum>a</PicMd5Sum></item><item><PicMd5Sum>b</PicMd5Sum></item></PicList></SendPicsInfo>",
    );
    assert_eq!(photos["SendPicsInfo"]["PicList"]["item"][1]["PicMd5Sum"], "b");
    assert_eq!(photos["EventKey"], "");
    let mixed = both_ways("<MsgType>odd</MsgType><A>text<B/></A>");
    assert_eq!((&mixed["A"]["#text"], &mixed["A"]["B"]), (&Value::from("text"), &Value::from("")));
}

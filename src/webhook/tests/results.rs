use super::super::push::{
    ArticleUrl, CheckState, CopyrightArticle, CopyrightCheck, Event, MassSendOutcome, MassSendResult, Originality,
    PublishResult, PublishStatus, TemplateSendOutcome, TemplateSendResult,
};
use super::{event, push};

const ARTICLES: &str = "<CopyrightCheckResult><Count>2</Count><ResultList>\
    <item><ArticleIdx>1</ArticleIdx><UserDeclareState>0</UserDeclareState><AuditState>2</AuditState>\
    <OriginalArticleUrl><![CDATA[http://a.cn/1]]></OriginalArticleUrl><OriginalArticleType>3</OriginalArticleType>\
    <CanReprint>1</CanReprint><NeedReplaceContent>1</NeedReplaceContent><NeedShowReprintSource>1</NeedShowReprintSource></item>\
    <item><ArticleIdx>2</ArticleIdx><UserDeclareState>1</UserDeclareState><AuditState>1</AuditState>\
    <OriginalArticleUrl><![CDATA[]]></OriginalArticleUrl><OriginalArticleType>0</OriginalArticleType>\
    <CanReprint>0</CanReprint><NeedReplaceContent>0</NeedReplaceContent><NeedShowReprintSource>0</NeedShowReprintSource></item>\
    </ResultList><CheckState>2</CheckState></CopyrightCheckResult>\
    <ArticleUrlResult><Count>1</Count><ResultList><item><ArticleIdx>1</ArticleIdx>\
    <ArticleUrl><![CDATA[http://mp.weixin.qq.com/s?__biz=a&mid=1]]></ArticleUrl></item></ResultList></ArticleUrlResult>";

fn mass_send(inner: &str) -> MassSendResult {
    match event("MASSSENDJOBFINISH", &format!("<MsgID>1000000421</MsgID>{inner}")) {
        Event::MassSendFinished(result) => *result,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_mass_send_reports_counters_and_copyright() {
    let counters = "<Status><![CDATA[send success]]></Status><TotalCount>25000</TotalCount><FilterCount>24970</FilterCount>\
                    <SentCount>24900</SentCount><ErrorCount>70</ErrorCount>";
    let of_text = MassSendResult {
        message_id: 1_000_000_421,
        status: "send success".into(),
        outcome: MassSendOutcome::Sent,
        total_count: Some(25_000),
        filter_count: Some(24_970),
        sent_count: Some(24_900),
        error_count: Some(70),
        copyright: None,
        article_urls: Vec::new(),
    };
    assert_eq!(mass_send(counters), of_text);

    let reprint = CopyrightArticle {
        index: Some(1),
        declared: Originality::Undeclared,
        audited: Originality::Reprint,
        original_url: Some("http://a.cn/1".into()),
        original_type: Some(3),
        can_reprint: true,
        needs_replaced_content: true,
        needs_reprint_source: true,
    };
    let original = CopyrightArticle {
        index: Some(2),
        declared: Originality::Original,
        audited: Originality::Original,
        original_url: None,
        original_type: Some(0),
        can_reprint: false,
        needs_replaced_content: false,
        needs_reprint_source: false,
    };
    let check = CopyrightCheck { check_state: CheckState::SendableAsReprint, articles: vec![reprint, original] };
    let url = ArticleUrl { index: Some(1), url: "http://mp.weixin.qq.com/s?__biz=a&mid=1".into() };
    let of_articles = MassSendResult { copyright: Some(check), article_urls: vec![url], ..of_text };
    assert_eq!(mass_send(&format!("{counters}{ARTICLES}")), of_articles);
}

#[test]
fn the_words_of_a_mass_send_are_understood_in_every_spelling() {
    let outcomes = [
        ("send success", MassSendOutcome::Sent),
        ("sendsuccess", MassSendOutcome::Sent),
        ("Send Success", MassSendOutcome::Sent),
        ("send fail", MassSendOutcome::Failed),
        ("err(10001)", MassSendOutcome::Refused(10_001)),
        ("ERR (30003)", MassSendOutcome::Refused(30_003)),
        ("err()", MassSendOutcome::Unknown),
        ("err(99999999999)", MassSendOutcome::Unknown),
        ("something new", MassSendOutcome::Unknown),
    ];
    for (status, outcome) in outcomes {
        let result = mass_send(&format!("<Status>{status}</Status>"));
        assert_eq!((result.status.as_str(), result.outcome), (status, outcome));
    }
    let bare = mass_send("<TotalCount>many</TotalCount>");
    assert_eq!((bare.outcome, bare.total_count, bare.sent_count), (MassSendOutcome::Unknown, None, None));
}

#[test]
fn a_template_message_reports_whether_it_arrived() {
    let outcomes = [
        ("success", TemplateSendOutcome::Sent),
        ("failed:user block", TemplateSendOutcome::Blocked),
        ("failed: user block", TemplateSendOutcome::Blocked),
        ("failed: system failed", TemplateSendOutcome::Failed),
        ("later", TemplateSendOutcome::Unknown),
    ];
    for (status, outcome) in outcomes {
        for name in ["TEMPLATESENDJOBFINISH", "templatesendjobfinish"] {
            let expected = TemplateSendResult { message_id: 200, status: status.into(), outcome };
            let inner = format!("<MsgID>200</MsgID><Status><![CDATA[{status}]]></Status>");
            assert_eq!(event(name, &inner), Event::TemplateSendFinished(expected));
        }
    }
}

#[test]
fn a_publication_reports_articles_or_failures() {
    let published = "<PublishEventInfo><publish_id>100000001</publish_id><publish_status>0</publish_status>\
        <article_id><![CDATA[b5O2]]></article_id><article_detail><count>1</count><item><idx>1</idx>\
        <article_url><![CDATA[http://mp.weixin.qq.com/s/1]]></article_url></item></article_detail></PublishEventInfo>";
    let expected = PublishResult {
        publish_id: 100_000_001,
        status: PublishStatus::Published,
        article_id: Some("b5O2".into()),
        article_urls: vec![ArticleUrl { index: Some(1), url: "http://mp.weixin.qq.com/s/1".into() }],
        failed_indexes: Vec::new(),
    };
    for name in ["PUBLISHJOBFINISH", "FREEPUBLISHJOBFINISH"] {
        assert_eq!(event(name, published), Event::PublishFinished(expected.clone()));
    }
    let failed = "<PublishEventInfo><publish_id>2</publish_id><publish_status>4</publish_status><fail_idx>1</fail_idx>\
                  <fail_idx>3</fail_idx></PublishEventInfo>";
    let expected = PublishResult {
        publish_id: 2,
        status: PublishStatus::Refused,
        article_id: None,
        article_urls: Vec::new(),
        failed_indexes: vec![1, 3],
    };
    assert_eq!(event("PUBLISHJOBFINISH", failed), Event::PublishFinished(expected));
}

#[test]
fn results_are_told_apart_by_event_and_job() {
    let key = |time: &str, name: &str, inner: &str| {
        let push = push(&format!("<MsgType>event</MsgType><Event>{name}</Event>{inner}"));
        assert_eq!(push.created_at.timestamp().to_string(), "1790000000");
        // Another time or sender makes no difference.
        let mut later = push.clone();
        later.created_at = crate::clock::from_unix_seconds(time.parse().unwrap()).unwrap();
        later.from_user = "oOther".into();
        assert_eq!(push.dedup_key(), later.dedup_key());
        push.dedup_key()
    };
    assert_eq!(key("5", "MASSSENDJOBFINISH", "<MsgID>7</MsgID>"), "masssendjobfinish-7");
    assert_eq!(key("5", "TemplateSendJobFinish", "<MsgID>7</MsgID>"), "templatesendjobfinish-7");
    let publication = "<PublishEventInfo><publish_id>7</publish_id></PublishEventInfo>";
    assert_eq!(key("5", "FREEPUBLISHJOBFINISH", publication), "publishjobfinish-7");
}

#[test]
fn a_result_that_names_no_job_is_an_unknown_event() {
    for (name, inner) in [
        ("MASSSENDJOBFINISH", "<Status>send success</Status>"),
        ("TEMPLATESENDJOBFINISH", "<MsgID>x</MsgID>"),
        ("PUBLISHJOBFINISH", "<publish_id>1</publish_id>"),
    ] {
        assert_eq!(event(name, inner), Event::Other { name: name.into() });
        let keyed = push(&format!("<MsgType>event</MsgType><Event>{name}</Event>{inner}")).dedup_key();
        assert!(keyed.starts_with("event-"), "{keyed}");
    }
}

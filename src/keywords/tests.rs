use proptest::prelude::*;

use super::*;

/// A rule named by its place in time, from words of which `=word` is exact and `word` fuzzy.
fn rule(created: i64, words: &[&str]) -> Rule {
    let keywords = words.iter().map(|word| match word.strip_prefix('=') {
        Some(text) => Keyword { text: text.into(), is_exact: true },
        None => Keyword { text: (*word).into(), is_exact: false },
    });
    Rule { id: created.to_string(), created, keywords: keywords.collect() }
}

/// The words of each rule, a message, and the rule that answers it.
type Case<'a> = (&'a [&'a [&'a str]], &'a str, Option<i64>);

fn found(rules: &[&[&str]], message: &str) -> Option<i64> {
    let rules = rules.iter().zip(1..).map(|(words, created)| rule(created, words));
    Matcher::compile(rules).find(message).map(|id| id.parse().expect("the id of a rule here is a number"))
}

#[test]
fn the_order_is_exact_then_longer_then_older() {
    let cases: &[Case<'_>] = &[
        // Exact is the whole message, fuzzy a part of it.
        (&[&["=优惠券"]], "优惠券", Some(1)),
        (&[&["=优惠券"]], "我要优惠券", None),
        (&[&["优惠券"]], "我要优惠券!", Some(1)),
        (&[&["优惠券领取"]], "优惠券", Some(1)),
        (&[&["=优惠券领取"]], "优惠券", None),
        // Exact goes before fuzzy, also before a longer or an older one.
        (&[&["优惠券"], &["=优惠券"]], "优惠券", Some(2)),
        (&[&["abc "], &["= abc"]], "abc", Some(2)),
        // Longer goes before older, wherever in the message it stands.
        (&[&["优惠"], &["优惠券"]], "我要优惠券", Some(2)),
        (&[&["ab"], &["bcdef"]], "abcdef", Some(2)),
        (&[&["bcdef"], &["ab"]], "abcdef", Some(1)),
        (&[&["aa"], &["bbb"], &["cc"]], "cc aa bbb", Some(2)),
        // Length counts characters, not bytes: two ideographs are shorter than three letters.
        (&[&["价格"], &["vip"]], "vip价格", Some(2)),
        // Older goes first among equals.
        (&[&["红包"], &["优惠"]], "优惠红包", Some(1)),
        (&[&["优惠"], &["红包"]], "优惠红包", Some(1)),
        (&[&["=你好"], &["=你好"]], "你好", Some(1)),
        (&[&["你好"], &["你好"]], "你好吗", Some(1)),
        // Overlapping and nested keywords.
        (&[&["a"], &["aa"], &["aaa"]], "aa", Some(2)),
        (&[&["he"], &["she"], &["hers"], &["his"]], "ushers", Some(3)),
        (&[&["北京"], &["京东"], &["东京"]], "北京东京", Some(1)),
        // Several keywords of a rule; a rule without any.
        (&[&[], &["退款", "=人工"]], "人工", Some(2)),
        (&[&[], &["退款", "=人工"]], "我要退款", Some(2)),
        (&[], "你好", None),
        (&[&[]], "", None),
    ];
    for (rules, message, expected) in cases {
        assert_eq!(found(rules, message), *expected, "{rules:?} and {message:?}");
    }
}

#[test]
fn a_keyword_that_contains_the_message_comes_last() {
    let cases: &[Case<'_>] = &[
        (&[&["优惠券领取"], &["券"]], "优惠券", Some(2)),
        (&[&["优惠券领取"], &["=优惠券"]], "优惠券", Some(2)),
        (&[&["领优惠券"], &["我领优惠券"]], "优惠券", Some(2)),
        (&[&["领优惠券"], &["优惠券吗"]], "优惠券", Some(1)),
        (&[&["优惠券吗"], &["领优惠券"]], "优惠券", Some(1)),
        // Two letters or digits at least: fewer are part of anything.
        (&[&["优惠券"]], "优", None),
        (&[&["优惠券吗??"]], "??", None),
        (&[&["优惠券吗?"]], "吗?", None),
        (&[&["%_%_"]], "%_", None),
        // No word is cut that stands apart from others.
        (&[&["shipping"]], "hi", None),
        (&[&["100元"]], "10", None),
        (&[&["100元"]], "100", Some(1)),
        (&[&["100元"]], "00元", None),
        (&[&["free shipping, today"]], "shipping", Some(1)),
        (&[&["free shipping, today"]], "ship", None),
        (&[&["free shipping, today"]], "FREE SHIPPING", Some(1)),
        (&[&["free shipping, today"]], "ping, today", None),
        (&[&["开通vip会员"]], "ＶＩＰ", Some(1)),
        (&[&["开通vip会员"]], "通vip", Some(1)),
        (&[&["开通vip会员"]], "通vi", None),
        (&[&["купить билет"]], "билет", Some(1)),
        (&[&["купить билет"]], "лет", None),
        (&[&["カード払い"]], "カード", Some(1)),
        // What lies in no keyword, though its ends do.
        (&[&["优惠券领取"]], "优惠领取", None),
        (&[&["优惠券"], &["券领取"]], "优惠券领", Some(1)),
        (&[&["优惠券"], &["券领取"]], "惠券领取了", Some(2)),
    ];
    for (rules, message, expected) in cases {
        assert_eq!(found(rules, message), *expected, "{rules:?} and {message:?}");
    }
}

#[test]
fn a_hit_says_how_and_by_which_keyword() {
    let rules = [rule(1, &["=ＶＩＰ", "会员 "]), rule(2, &["会员卡怎么办", "=vip"])];
    let matcher = Matcher::compile(rules);
    for (message, rule, way, keyword) in [
        ("vip", "1", Way::Exact, "ＶＩＰ"),
        ("我要会员卡", "1", Way::Contains, "会员 "),
        ("怎么办", "2", Way::Contained, "会员卡怎么办"),
    ] {
        assert_eq!(matcher.hit(message), Some(Hit { rule, way, keyword }), "{message}");
    }
    assert_eq!(matcher.hit("别的"), None);
}

#[test]
fn case_width_and_outer_white_space_make_no_difference() {
    let same = [
        ("=ＡＢＣ", "abc"),
        ("=abc", "ＡＢＣ"),
        ("=AbC１２３！", "aBc123!"),
        ("ＶＩＰ", "我要开通vip会员"),
        ("=ｶﾞｲﾄﾞ", "ガイド"),
        ("=Éclair", "e\u{301}CLAIR"),
        ("=ΟΔΟΣ", "οδος"),
        ("ΟΔΟΣ", "οδοσήμανση"),
        ("=İ", "i\u{307}"),
        ("=Straẞe", "straße"),
        ("=ПРИВЕТ", "привет"),
        ("=①", "1"),
        ("=\u{3000}你好 ", "\t你好\r\n"),
        ("  菜单\u{3000}", "看菜单啊"),
    ];
    for (keyword, message) in same {
        assert_eq!(found(&[&[keyword]], message), Some(1), "{keyword:?} and {message:?}");
    }
    let different = [("=後", "后"), ("=straße", "strasse"), ("=é", "e"), ("=a b", "a  b"), ("e", "é")];
    for (keyword, message) in different {
        assert_eq!(found(&[&[keyword]], message), None, "{keyword:?} and {message:?}");
    }
}

#[test]
fn emoji_are_characters_like_others() {
    assert_eq!(found(&[&["🎁"]], "领🎁啦"), Some(1));
    assert_eq!(found(&[&["=🎁"], &["🎁🎁"]], "🎁🎁🎁"), Some(2));
    assert_eq!(found(&[&["👍"], &["👍🏽"]], "好👍🏽"), Some(2));
    assert_eq!(found(&[&["=❤"]], "❤\u{fe0f}"), None);
    assert_eq!(found(&[&["👧"]], "👨‍👩‍👧"), Some(1), "a family contains its members");
}

#[test]
fn nothing_matches_an_empty_keyword_or_message() {
    assert_eq!(found(&[&["", "=", " ", "=\u{3000}"]], ""), None);
    assert_eq!(found(&[&["", " "]], "anything"), None);
    assert_eq!(found(&[&["a"]], " \u{3000}\n"), None);
}

#[test]
fn signs_of_patterns_are_plain_text() {
    for sign in ["%", "_", ".", "*", "\\", "'", "?", "[a]", "(", "$"] {
        assert_eq!(found(&[&["abc"]], sign), None, "{sign}");
        assert_eq!(found(&[&[sign]], &format!("x{sign}y")), Some(1), "{sign}");
    }
}

#[test]
fn the_order_in_which_rules_are_given_does_not_count() {
    let rules = [rule(3, &["你好"]), rule(1, &["您好"]), rule(2, &["好你"])];
    let mut reversed = rules.clone();
    reversed.reverse();
    for message in ["你好您好", "好你好", "您好你"] {
        assert_eq!(Matcher::compile(rules.clone()).find(message), Matcher::compile(reversed.clone()).find(message));
    }
    let twins = ["b", "a"].map(|id| Rule { id: id.into(), ..rule(1, &["hi"]) });
    assert_eq!(Matcher::compile(twins).find("hi"), Some("a".into()));
}

#[test]
fn folding_what_was_folded_changes_nothing() {
    // All but ideographs, syllables of Hangul and private characters, of which none has another form.
    let blocks = ['\0'..='\u{33ff}', '\u{a000}'..='\u{abff}', '\u{f900}'..='\u{1ffff}', '\u{2f800}'..='\u{2fa1f}'];
    for character in blocks.into_iter().flatten() {
        let once = fold(character.encode_utf8(&mut [0; 4]));
        // A few compatibility forms begin with a blank, which the second time is white space at an end.
        assert_eq!(fold(&once), once.trim(), "U+{:04X}", character as u32);
    }
}

/// Whether the message lies in the keyword without cutting a word.
fn lies_in(message: &str, keyword: &str) -> bool {
    let parts_words = |character: &char| *character < '\u{e00}' && character.is_alphanumeric();
    let (message, keyword): (Vec<_>, Vec<_>) = (message.chars().collect(), keyword.chars().collect());
    let cut =
        |left: Option<&char>, right: Option<&char>| left.is_some_and(parts_words) && right.is_some_and(parts_words);
    let fits = |(at, window): (usize, &[char])| {
        let before = at.checked_sub(1).and_then(|before| keyword.get(before));
        window == message && !cut(before, message.first()) && !cut(message.last(), keyword.get(at + message.len()))
    };
    message.iter().filter(|character| character.is_alphanumeric()).count() > 1
        && keyword.windows(message.len()).enumerate().any(fits)
}

/// What [`Matcher::hit`] should say, by looking at every keyword of every rule.
fn naive(rules: &[Rule], message: &str) -> Option<(RuleId, Way)> {
    let message = fold(message);
    let mut candidates = Vec::new();
    for rule in rules {
        for keyword in &rule.keywords {
            let text = fold(&keyword.text);
            let way = match keyword.is_exact {
                true if text == message => Way::Exact,
                false if message.contains(&text) => Way::Contains,
                false if lies_in(&message, &text) => Way::Contained,
                _ => continue,
            };
            if !text.is_empty() {
                let shortness = usize::MAX - text.chars().count();
                candidates.push((way, shortness, rule.created, rule.id.clone()));
            }
        }
    }
    candidates.into_iter().min().map(|(way, _, _, id)| (id, way))
}

/// Texts of few different characters, so that they meet, nest and overlap; and some of any.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[abAＡ优惠券 🎁]{0,6}", 1 => "[^\0\u{e00}-\u{2000}]{0,4}"]
}

fn any_rules() -> impl Strategy<Value = Vec<Rule>> {
    let keyword = (any_text(), any::<bool>()).prop_map(|(text, is_exact)| Keyword { text, is_exact });
    let rule = (0..4_i64, prop::collection::vec(keyword, 0..4));
    prop::collection::vec(rule, 0..12).prop_map(|rules| {
        let rules = rules.into_iter().enumerate();
        rules.map(|(at, (created, keywords))| Rule { id: format!("{at:02}"), created, keywords }).collect()
    })
}

/// Rules of fuzzy keywords alone, and a stretch of one of these or another message.
fn any_parts() -> impl Strategy<Value = (Vec<Rule>, String)> {
    let rules = prop::collection::vec(("[ab优 ]{0,9}", 0..4_i64), 1..12).prop_map(|keywords| {
        let rule = |(at, (text, created)): (usize, (String, i64))| Rule {
            id: format!("{at:02}"),
            created,
            keywords: vec![Keyword { text, is_exact: false }],
        };
        keywords.into_iter().enumerate().map(rule).collect::<Vec<_>>()
    });
    (rules, any::<prop::sample::Index>(), 0..9_usize, 0..9_usize).prop_map(|(rules, which, from, length)| {
        let text = &rules[which.index(rules.len())].keywords[0].text;
        let part = text.chars().skip(from).take(length).collect();
        (rules, part)
    })
}

fn hit(rules: &[Rule], message: &str) -> Option<(RuleId, Way)> {
    Matcher::compile(rules.iter().cloned()).hit(message).map(|hit| (hit.rule.to_owned(), hit.way))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn it_finds_what_looking_at_every_keyword_finds(
        rules in any_rules(), message in prop_oneof![any_text(), "[abA优惠券]{0,24}"],
    ) {
        prop_assert_eq!(hit(&rules, &message), naive(&rules, &message));
    }

    #[test]
    fn it_finds_every_part_of_every_keyword((rules, message) in any_parts()) {
        prop_assert_eq!(hit(&rules, &message), naive(&rules, &message));
    }
}

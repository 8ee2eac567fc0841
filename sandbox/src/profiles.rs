//! What is made up about a generated follower, from its number alone.
//!
//! By default that is what WeChat tells today; nickname, avatar, sex and region (not provided since 2021-12-27) only
//! come for followers that were added with profiles.

use crate::{match_rule::Platform, openid::OpenidCodec};

/// What `user/info` tells about somebody, besides tags and whether they follow.
#[derive(Clone, Debug)]
pub(crate) struct Follower {
    pub(crate) openid: String,
    /// Unix seconds.
    pub(crate) subscribe_time: i64,
    pub(crate) subscribe_scene: String,
    pub(crate) qr_scene: i64,
    pub(crate) qr_scene_str: String,
    pub(crate) language: String,
    pub(crate) remark: String,
    /// Only accounts bound to an Open Platform account see it; none is by itself.
    pub(crate) unionid: Option<String>,
    pub(crate) profile: Option<Profile>,
    /// Shown by no call; conditional menus depend on it.
    pub(crate) platform: Platform,
    /// The WeChat id (微信号), which no call shows; previews of mass sends find people by it.
    pub(crate) wxname: Option<String>,
}

/// What WeChat told about a follower until the end of 2021.
#[derive(Clone, Debug, Default)]
pub(crate) struct Profile {
    pub(crate) nickname: String,
    /// 0 unknown, 1 male, 2 female.
    pub(crate) sex: u8,
    pub(crate) country: Place,
    pub(crate) province: Place,
    pub(crate) city: Place,
    pub(crate) headimgurl: String,
}

/// A place's name as `lang=zh_CN` and `lang=en` spell it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    chinese: String,
    english: String,
}

impl Place {
    fn of((chinese, english): (&str, &str)) -> Self {
        Self { chinese: chinese.to_owned(), english: english.to_owned() }
    }

    /// A name that is the same in every language.
    pub(crate) fn named(name: String) -> Self {
        Self { english: name.clone(), chinese: name }
    }

    /// The name for a `lang` parameter: everything but `en` reads Chinese.
    pub(crate) fn name(&self, lang: &str) -> &str {
        if lang == "en" { &self.english } else { &self.chinese }
    }
}

/// The first generated follower joined then: 2017-07-14 02:40:00 UTC.
const FIRST_SUBSCRIBE_TIME: i64 = 1_500_000_000;
/// No generated follower joined later: 2025-10-09 08:53:20 UTC.
const LAST_SUBSCRIBE_TIME: i64 = 1_760_000_000;
/// Seconds between two generated followers.
const SUBSCRIBE_INTERVAL: u64 = 30;

const SCENES: [&str; 8] = [
    "ADD_SCENE_SEARCH",
    "ADD_SCENE_QR_CODE",
    "ADD_SCENE_PROFILE_CARD",
    "ADD_SCENE_PROFILE_LINK",
    "ADD_SCENE_PROFILE_ITEM",
    "ADD_SCENE_PAID",
    "ADD_SCENE_WXA",
    "ADD_SCENE_OTHERS",
];

const SURNAMES: [&str; 12] = ["王", "李", "张", "刘", "陈", "杨", "黄", "赵", "周", "吴", "欧阳", "诸葛"];
const GIVEN_NAMES: [&str; 12] = ["伟", "芳", "秀英", "敏", "静", "强", "磊", "洋", "小明", "婷婷", "建国", "思远"];
const NICKNAMES: [&str; 12] = [
    "小雨☔",
    "阳光🌞",
    "Lucky🍀",
    "👨‍👩‍👧一家三口",
    "Amy",
    "夏天的风",
    "Tom & Jerry",
    "🐱喵星人",
    "不吃香菜",
    "J.",
    "静待花开🌸",
    "追风少年",
];

type Named = (&'static str, &'static str);
const REGIONS: [(Named, Named, Named); 10] = [
    (("中国", "China"), ("广东", "Guangdong"), ("广州", "Guangzhou")),
    (("中国", "China"), ("广东", "Guangdong"), ("深圳", "Shenzhen")),
    (("中国", "China"), ("北京", "Beijing"), ("海淀", "Haidian")),
    (("中国", "China"), ("上海", "Shanghai"), ("浦东新区", "Pudong New District")),
    (("中国", "China"), ("浙江", "Zhejiang"), ("杭州", "Hangzhou")),
    (("中国", "China"), ("四川", "Sichuan"), ("成都", "Chengdu")),
    (("中国", "China"), ("内蒙古", "Inner Mongolia"), ("呼和浩特", "Hohhot")),
    (("中国香港", "Hong Kong"), ("", ""), ("", "")),
    (("新加坡", "Singapore"), ("", ""), ("", "")),
    (("冰岛", "Iceland"), ("", ""), ("", "")),
];

impl Follower {
    /// The follower with this number: the same in every run.
    pub(crate) fn generate(codec: &OpenidCodec, index: u64, with_profile: bool) -> Self {
        let mut seed = codec.follower_seed(index);
        let scene = *pick(&mut seed, &SCENES);
        let waited = i64::try_from(index.saturating_mul(SUBSCRIBE_INTERVAL)).unwrap_or(i64::MAX);
        Self {
            openid: codec.encode(index),
            subscribe_time: FIRST_SUBSCRIBE_TIME.saturating_add(waited).min(LAST_SUBSCRIBE_TIME),
            subscribe_scene: scene.to_owned(),
            qr_scene: if scene == "ADD_SCENE_QR_CODE" { 98_765 } else { 0 },
            qr_scene_str: String::new(),
            language: "zh_CN".to_owned(),
            remark: String::new(),
            unionid: None,
            profile: with_profile.then(|| Profile::generate(&mut seed)),
            platform: Platform::default(),
            wxname: None,
        }
    }

    /// Somebody who joins now, under an openid of the caller's choice.
    pub(crate) fn newcomer(openid: &str, now: i64) -> Self {
        Self {
            openid: openid.to_owned(),
            subscribe_time: now,
            subscribe_scene: "ADD_SCENE_SEARCH".to_owned(),
            qr_scene: 0,
            qr_scene_str: String::new(),
            language: "zh_CN".to_owned(),
            remark: String::new(),
            unionid: None,
            profile: None,
            platform: Platform::default(),
            wxname: None,
        }
    }
}

impl Profile {
    fn generate(seed: &mut u64) -> Self {
        let nickname = if draw(seed, 3) == 0 {
            (*pick(seed, &NICKNAMES)).to_owned()
        } else {
            format!("{}{}", pick(seed, &SURNAMES), pick(seed, &GIVEN_NAMES))
        };
        let sex = [1, 2, 1, 2, 0][draw(seed, 5)];
        let &(country, province, city) = pick(seed, &REGIONS);
        let avatar = *seed;
        Self {
            nickname,
            sex,
            country: Place::of(country),
            province: Place::of(province),
            city: Place::of(city),
            headimgurl: format!("http://thirdwx.qlogo.cn/mmopen/{avatar:016x}/132"),
        }
    }
}

/// A number below `bound`, and the seed for the next one.
fn draw(seed: &mut u64, bound: usize) -> usize {
    // Knuth's linear congruential generator (MMIX); the high bits are the good ones.
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 40).unwrap_or(0) % bound
}

fn pick<'a, T>(seed: &mut u64, choices: &'a [T]) -> &'a T {
    &choices[draw(seed, choices.len())]
}

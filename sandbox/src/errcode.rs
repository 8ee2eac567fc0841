//! WeChat's error codes: the ones raised here by name, and the texts of all that a fault may inject.
//!
//! Source: WeChat "Global return codes" (全局返回码) and the error lists of the single API pages.

/// An `errcode` of an answer; 0 is success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Errcode(pub(crate) i64);

impl Errcode {
    pub(crate) const INVALID_CREDENTIAL: Self = Self(40001);
    pub(crate) const INVALID_GRANT_TYPE: Self = Self(40002);
    pub(crate) const INVALID_OPENID: Self = Self(40003);
    pub(crate) const INVALID_APPID: Self = Self(40013);
    pub(crate) const INVALID_TOKEN: Self = Self(40014);
    pub(crate) const INVALID_OPENID_LIST: Self = Self(40031);
    pub(crate) const INVALID_LIST_SIZE: Self = Self(40032);
    pub(crate) const INVALID_URL: Self = Self(40066);
    pub(crate) const INVALID_REMARK: Self = Self(40092);
    pub(crate) const INVALID_SECRET: Self = Self(40125);
    pub(crate) const INVALID_CHECK_URL: Self = Self(40201);
    pub(crate) const INVALID_CHECK_ACTION: Self = Self(40202);
    pub(crate) const INVALID_CHECK_OPERATOR: Self = Self(40203);
    pub(crate) const MISSING_TOKEN: Self = Self(41001);
    pub(crate) const MISSING_APPID: Self = Self(41002);
    pub(crate) const MISSING_SECRET: Self = Self(41004);
    pub(crate) const MISSING_OPENID: Self = Self(41009);
    pub(crate) const TOKEN_EXPIRED: Self = Self(42001);
    pub(crate) const REQUIRE_GET: Self = Self(43001);
    pub(crate) const REQUIRE_POST: Self = Self(43002);
    pub(crate) const REQUIRE_SUBSCRIBE: Self = Self(43004);
    pub(crate) const EMPTY_POST_DATA: Self = Self(44002);
    pub(crate) const DAILY_QUOTA: Self = Self(45009);
    pub(crate) const MINUTE_QUOTA: Self = Self(45011);
    pub(crate) const TOO_MANY_TAGS: Self = Self(45056);
    pub(crate) const TAG_TOO_POPULAR: Self = Self(45057);
    pub(crate) const SYSTEM_TAG: Self = Self(45058);
    pub(crate) const TOO_MANY_TAGS_ON_USER: Self = Self(45059);
    pub(crate) const INVALID_TAG_NAME: Self = Self(45157);
    pub(crate) const TAG_NAME_TOO_LONG: Self = Self(45158);
    pub(crate) const INVALID_TAG: Self = Self(45159);
    pub(crate) const SOME_OPENIDS_FAILED: Self = Self(45171);
    pub(crate) const DATA_FORMAT: Self = Self(47001);
    pub(crate) const UNAUTHORIZED: Self = Self(48001);
    pub(crate) const CLEAR_QUOTA_LIMIT: Self = Self(48006);
    pub(crate) const RID_NOT_FOUND: Self = Self(76001);
    pub(crate) const BAD_RID: Self = Self(76002);
    pub(crate) const RID_OF_OTHER_ACCOUNT: Self = Self(76003);
    pub(crate) const RID_TOO_OLD: Self = Self(76004);
    pub(crate) const CGI_PATH_NOT_FOUND: Self = Self(76021);
    pub(crate) const CGI_PATH_NOT_ALLOWED: Self = Self(76022);

    /// WeChat's English text without the trailing request id, misspellings included.
    pub(crate) const fn errmsg(self) -> &'static str {
        match self.0 {
            -1 => "system error",
            0 => "ok",
            40001 => {
                "invalid credential, access_token is invalid or not latest, could get access_token by \
                 getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r"
            }
            40002 => "invalid grant_type",
            40003 => "invalid openid",
            40004 => "invalid media type",
            40005 => "invalid file type",
            40006 => "invalid meida size",
            40007 => "invalid media_id",
            40008 => "invalid message type",
            40009 => "invalid image size",
            40010 => "invalid voice size",
            40011 => "invalid video size",
            40012 => "invalid thumb size",
            40013 => "invalid appid",
            40014 => "invalid access_token",
            40015 => "invalid menu type",
            40016 => "invalid button size",
            40017 => "invalid button type",
            40018 => "invalid button name size",
            40019 => "invalid button key size",
            40020 => "invalid button url size",
            40023 => "invalid sub button size",
            40024 => "invalid sub button type",
            40025 => "invalid sub button name size",
            40026 => "invalid sub button key size",
            40027 => "invalid sub button url size",
            40031 => "invalid openid list",
            40032 => "invalid openid list size",
            40033 => "invalid charset. please check your request, if include \\uxxxx will create fail",
            40035 => "invalid args size",
            40059 => "invalid msg id",
            40066 => "invalid url",
            40092 => "invalid remark name",
            40097 => "invalid args",
            40125 => "invalid appsecret",
            40130 => "invalid openid list size, at least two openid",
            40132 => "invalid username",
            40152 => "invalid group id",
            40164 => "invalid ip, not in whitelist",
            40201 => "invalid check url",
            40202 => "invalid action",
            40203 => "invalid operator",
            40243 => "AppSecret frozen",
            41001 => "access_token missing",
            41002 => "appid missing",
            41004 => "appsecret missing",
            41005 => "media data missing",
            41006 => "media_id missing",
            41009 => "missing openid",
            42001 => "access_token expired",
            42010 => "too fast",
            43001 => "require GET method",
            43002 => "require POST method",
            43003 => "require https",
            43004 => "require subscribe",
            43019 => "require remove blacklist",
            44001 => "empty media data",
            44002 => "empty post data",
            44003 => "empty news data",
            44004 => "empty content",
            45001 => "media size out of limit",
            45002 => "content size out of limit",
            45009 => "reach max api daily quota limit",
            45010 => "create menu limit",
            45011 => "api minute-quota reach limit, must slower, retry next minute",
            45015 => "response out of time limit or subscription is canceled",
            45028 => "has no masssend quota",
            45034 => "media file count out of limit",
            45047 => "out of response count limit",
            45056 => "too many tag now, no need to add new",
            45057 => "can't delete the tag that has too many fans",
            45058 => "can't modify sys tag",
            45059 => "can not tagging one user too much",
            45065 => "clientmsgid exist",
            45066 => "same clientmsgid retry too fast",
            45067 => "clientmsgid size out of limit",
            45074 => "material list size out of limit",
            45157 => "invalid tag name",
            45158 => "tag name too long",
            45159 => "invalid tag id",
            45169 => "openid much req",
            45171 => "some openid fail",
            46003 => "menu no exist",
            46004 => "user no exist",
            46007 => "file being transcoded, please try later",
            47001 => "data format error",
            47002 => "do NOT use json unicode encode",
            47003 => "argument invalid!",
            48001 => "api unauthorized",
            48002 => "user block receive message",
            48003 => "user not agree mass-send protocol",
            48004 => "api forbidden for irregularities",
            48005 => "forbid to delete material used by auto-reply or menu",
            48006 => "forbid to clear quota because of reaching the limit",
            50002 => "user limited",
            50004 => "token use forbidden",
            50005 => "user is unsubscribed",
            50007 => "account frozen",
            76001 => "rid not found",
            76002 => "rid is invalid",
            76003 => "rid of other account",
            76004 => "rid is older than 7 days",
            76021 => "cgi_path not found",
            76022 => "cgi_path without permission",
            89503 => "this ip's call needs admin confirmation",
            _ => "error",
        }
    }
}

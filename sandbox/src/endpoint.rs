//! What an endpoint declares about itself, and what its function gets to see.

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use serde_json::Value;

use crate::{
    answer::{Outcome, Refusal},
    errcode::Errcode,
    permission::Capability,
    quotas::Limits,
    request::Request,
    state::{Account, World},
};

/// The daily limit of endpoints for which WeChat publishes none; `openapi/quota/get` has a figure for each.
const UNPUBLISHED_DAILY_LIMIT: u32 = 1_000_000;

/// One endpoint: a line of its group's table.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) path: &'static str,
    /// The only method it takes.
    pub(crate) method: Method,
    pub(crate) access: Access,
    pub(crate) limits: Limits,
    /// The path under which its calls are counted: its own, unless it shares the limits of another.
    pub(crate) counted_as: &'static str,
    pub(crate) act: fn(&mut Call<'_>) -> Outcome,
}

/// How a call names its account and proves that it may.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Access {
    /// With `access_token` in the query; the account needs the capability.
    Token(Capability),
    /// With app id and secret, which this function finds in the request.
    Secret(fn(&Request) -> Result<Credentials, Refusal>),
}

/// What a client shows in place of a token.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) app_id: String,
    pub(crate) secret: String,
}

/// A call that passed every check of its declaration.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a Arc<World>,
    pub(crate) account: &'a mut Account,
    pub(crate) request: &'a Request,
    /// Unix seconds.
    pub(crate) now: i64,
    /// How long its answer is kept back: it is being processed for that time.
    pub(crate) held_back: Duration,
}

impl Endpoint {
    /// A GET call with a token.
    pub(crate) const fn get(path: &'static str, needs: Capability, act: fn(&mut Call<'_>) -> Outcome) -> Self {
        Self::new(Method::GET, path, Access::Token(needs), act)
    }

    /// A POST call with a token.
    pub(crate) const fn post(path: &'static str, needs: Capability, act: fn(&mut Call<'_>) -> Outcome) -> Self {
        Self::new(Method::POST, path, Access::Token(needs), act)
    }

    pub(crate) const fn new(
        method: Method,
        path: &'static str,
        access: Access,
        act: fn(&mut Call<'_>) -> Outcome,
    ) -> Self {
        let limits = Limits { daily: UNPUBLISHED_DAILY_LIMIT, per_minute: None };
        Self { path, method, access, limits, counted_as: path, act }
    }

    /// The published number of calls a day.
    pub(crate) const fn daily(mut self, calls: u32) -> Self {
        self.limits.daily = calls;
        self
    }

    /// The published number of calls a minute.
    pub(crate) const fn per_minute(mut self, calls: u32) -> Self {
        self.limits.per_minute = Some(calls);
        self
    }

    /// The calls of this endpoint and of another one count together, with the same limits.
    pub(crate) const fn counted_as(mut self, path: &'static str) -> Self {
        self.counted_as = path;
        self
    }
}

impl Call<'_> {
    /// The body as a JSON object. Errors: 44002 when empty, 47001 when malformed.
    pub(crate) fn json(&self) -> Result<Value, Refusal> {
        self.request.json()
    }

    /// The number of a follower or of somebody who left. Errors: 40003 for anybody else, other accounts' followers
    /// included.
    pub(crate) fn follower(&self, openid: &str) -> Result<u64, Refusal> {
        self.account.followers.find(openid).ok_or_else(|| Errcode::INVALID_OPENID.into())
    }

    /// Where a page begins: after this openid, or at the start when there is none. Errors: 40003.
    pub(crate) fn page_start(&self, openid: Option<&str>) -> Result<Option<u64>, Refusal> {
        openid.map(|openid| self.follower(openid)).transpose()
    }
}

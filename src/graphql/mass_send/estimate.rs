//! What would come of a mass send.

use async_graphql::SimpleObject;

use super::MassSendWay;
use crate::domain::mass_sends::Estimate;
use crate::wechat::DailyQuota;

/// What would come of a mass send.
#[derive(SimpleObject)]
pub struct MassSendEstimate {
    /// How many followers would get it.
    recipient_count: i64,
    /// How WeChat would be told who gets it; null when it cannot be sent.
    way: Option<MassSendWay>,
    /// In how many parts it would go out.
    chunk_count: i64,
    /// Why it cannot be sent; null when it can.
    problem: Option<String>,
}

impl From<Estimate> for MassSendEstimate {
    fn from(estimate: Estimate) -> Self {
        Self {
            recipient_count: estimate.recipients,
            way: estimate.way.map(Into::into),
            chunk_count: estimate.chunks,
            problem: estimate.problem,
        }
    }
}

/// How many parts of mass sends WeChat lets an account send in a day, from 00:00 China time.
#[derive(SimpleObject)]
pub struct MassSendQuota {
    /// Parts a day.
    daily_limit: i64,
    /// Parts sent today.
    used: i64,
    /// Parts left today.
    remaining: i64,
}

impl From<DailyQuota> for MassSendQuota {
    fn from(quota: DailyQuota) -> Self {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Self { daily_limit: number(quota.limit), used: number(quota.used), remaining: number(quota.remaining) }
    }
}

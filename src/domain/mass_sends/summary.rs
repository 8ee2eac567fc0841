//! What the chunks of a mass send come to in words and numbers.

use entity::mass_send::{self, State};
use entity::mass_send_chunk::{self, State as ChunkState};

use super::outcome::{Counts, FAILURE, SUCCESS};

/// A mass send in one word and four numbers, as the V1 document shows it. Source: /v1 "获取群发消息的统计状态"; design,
/// section 13.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// `sending` until WeChat has reported on everything; then WeChat's words, of several the first that are no success.
    /// `unclear` and `cancelled` are ours.
    pub status: String,
    /// How many it was to go to, by WeChat's count.
    pub total_count: Option<i64>,
    /// How many of them were left after WeChat's filters.
    pub filter_count: Option<i64>,
    /// How many it was sent to.
    pub sent_count: Option<i64>,
    /// To how many it could not be sent.
    pub error_count: Option<i64>,
}

impl Summary {
    /// Of a mass send and its chunks. The numbers are the sums of what is known, and absent while nothing is.
    pub fn of(mass_send: &mass_send::Model, chunks: &[mass_send_chunk::Model]) -> Self {
        let counts: Vec<Counts> = chunks.iter().filter_map(counts).collect();
        let sum = |count: fn(&Counts) -> Option<i64>| {
            counts.iter().filter_map(count).fold(None, |sum: Option<i64>, count| Some(sum.unwrap_or(0) + count))
        };
        Self {
            status: status(mass_send.state, chunks),
            total_count: sum(|counts| counts.total),
            filter_count: sum(|counts| counts.filter),
            sent_count: sum(|counts| counts.sent),
            error_count: sum(|counts| counts.error),
        }
    }
}

/// WeChat's counts; of a chunk that WeChat refused before it counted, ours: everybody is one whom it did not reach.
fn counts(chunk: &mass_send_chunk::Model) -> Option<Counts> {
    let counts = Counts {
        total: chunk.total_count,
        filter: chunk.filter_count,
        sent: chunk.sent_count,
        error: chunk.error_count,
    };
    let is_counted = [counts.total, counts.filter, counts.sent, counts.error].iter().any(Option::is_some);
    let all = Some(chunk.recipients);
    match chunk.state {
        _ if is_counted => Some(counts),
        ChunkState::Failed => Some(Counts { total: all, filter: all, sent: Some(0), error: all }),
        _ => None,
    }
}

fn status(state: State, chunks: &[mass_send_chunk::Model]) -> String {
    let words_of =
        |of: ChunkState| chunks.iter().filter(|chunk| chunk.state == of).find_map(|chunk| chunk.status.clone());
    match state {
        State::Queued | State::Preparing | State::AwaitingApproval | State::Sending | State::Sent => {
            "sending".to_owned()
        }
        State::Finished => words_of(ChunkState::Finished).unwrap_or_else(|| SUCCESS.to_owned()),
        State::Failed => words_of(ChunkState::Failed).unwrap_or_else(|| FAILURE.to_owned()),
        State::PartlyFailed => words_of(ChunkState::Failed).unwrap_or_else(|| "cancelled".to_owned()),
        State::Cancelled => "cancelled".to_owned(),
        State::Unclear => "unclear".to_owned(),
    }
}

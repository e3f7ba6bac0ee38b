//! A request that was read, kept until its answer comes.

use super::api::Api;
use super::commits::{self, Commit};
use super::event::KafkaSaid;
use super::fetch::{self, Fetch};
use super::fetch_walk;
use super::fields::{Fields, Malformed};
use super::group_heartbeat;
use super::groups::{self, Leave, Member};
use super::offset_fetch::{self, OffsetFetch};
use super::produce::Produce;

/// What a client asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Join(Member),
    Sync(Member),
    Heartbeat(Member),
    Leave(Leave),
    GroupHeartbeat(Member),
    Fetch(Fetch),
    Commit(Commit),
    OffsetFetch(OffsetFetch),
    Produce(Produce),
}

impl Question {
    /// Reads the body of a request that is held as a whole: everything after the header.
    pub(crate) fn read(api: Api, version: i16, body: &[u8]) -> Result<Self, Malformed> {
        let fields = &mut Fields::new(body, api.is_flexible(version));
        Ok(match api {
            Api::JoinGroup => Self::Join(groups::join(fields, version)?),
            Api::SyncGroup => Self::Sync(groups::sync(fields)?),
            Api::Heartbeat => Self::Heartbeat(groups::heartbeat(fields, version)?),
            Api::LeaveGroup => Self::Leave(groups::leave(fields, version)?),
            Api::ConsumerGroupHeartbeat => Self::GroupHeartbeat(group_heartbeat::heartbeat(fields)?),
            Api::Fetch => Self::Fetch(fetch::fetch(fields, version)?),
            Api::OffsetCommit => Self::Commit(commits::commit(fields, version)?),
            Api::OffsetFetch => Self::OffsetFetch(offset_fetch::ask(fields, version)?),
            Api::Produce => {
                let mut walk = super::produce_walk::Walk::new(api.is_flexible(version));
                walk.read(body)?;
                Self::Produce(walk.finish()?.0)
            }
        })
    }

    pub(crate) fn api(&self) -> Api {
        match self {
            Self::Join(_) => Api::JoinGroup,
            Self::Sync(_) => Api::SyncGroup,
            Self::Heartbeat(_) => Api::Heartbeat,
            Self::Leave(_) => Api::LeaveGroup,
            Self::GroupHeartbeat(_) => Api::ConsumerGroupHeartbeat,
            Self::Fetch(_) => Api::Fetch,
            Self::Commit(_) => Api::OffsetCommit,
            Self::OffsetFetch(_) => Api::OffsetFetch,
            Self::Produce(_) => Api::Produce,
        }
    }

    /// Reads the answer: everything after the correlation id.
    pub(crate) fn answered(self, version: i16, answer: &[u8]) -> Result<Vec<KafkaSaid>, Malformed> {
        let fields = &mut Fields::new(answer, self.api().is_flexible(version));
        // The header's.
        fields.tags()?;
        Ok(match self {
            Self::Join(asked) => vec![groups::joined(asked, fields, version)?],
            Self::Sync(asked) => vec![groups::synced(asked, fields, version)?],
            Self::Heartbeat(asked) => groups::heard(asked, fields, version)?.into_iter().collect(),
            Self::Leave(asked) => groups::left(asked, fields, version)?,
            Self::GroupHeartbeat(asked) => group_heartbeat::heard(asked, fields)?.into_iter().collect(),
            // Of an answer that passes see `FetchWalk`; this knows nothing of sessions.
            Self::Fetch(asked) => fetch_walk::whole(version, asked.offsets, answer)?,
            Self::Commit(asked) => commits::committed(asked, fields, version)?,
            Self::OffsetFetch(asked) => offset_fetch::answered(asked, fields, version)?,
            Self::Produce(asked) => asked.answered(fields, version)?,
        })
    }
}

//! Leaving a group in a dead member's name, so that nobody waits for its session to time out.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::{
    messages::{
        ApiKey, ConsumerGroupHeartbeatRequest, GroupId, LeaveGroupRequest, RequestHeader,
        leave_group_request::MemberIdentity,
    },
    protocol::{Encodable, HeaderVersion, StrBytes},
};
use pitfall_model::What;
use pitfall_recorder::Recorder;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{error::RunError, names::Names};

/// The broker must have answered within this.
const ANSWER: Duration = Duration::from_secs(10);
/// The first version that names members in a list, and is not yet flexible.
const LEAVE: i16 = 3;
/// The epoch of a member that leaves (KIP-848).
const LEAVING: i32 = -1;

/// Who joined by which protocol.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Member {
    Classic { group: String, member: String },
    Newer { group: String, member: String },
}

/// Puts the members that these clients were out of their groups.
pub(crate) async fn in_its_name(
    bootstrap: &str,
    names: &Names,
    clients: &[SocketAddr],
    recorder: &Recorder,
) -> Result<(), RunError> {
    for member in members(recorder, clients) {
        let left = timeout(ANSWER, leave(bootstrap, names, &member)).await;
        let failed = |error: String| RunError::server(format!("leave for {member:?}"))(error.into());
        left.map_err(|_| failed(format!("no answer within {ANSWER:?}")))?
            .map_err(|error| failed(error.to_string()))?;
    }
    Ok(())
}

/// The members that clients of these addresses have been, as links read it.
fn members(recorder: &Recorder, clients: &[SocketAddr]) -> BTreeSet<Member> {
    let clients: BTreeSet<String> = clients.iter().map(SocketAddr::to_string).collect();
    let (mut theirs, mut members) = (BTreeSet::new(), BTreeSet::new());
    for event in recorder.events_from(0) {
        let at = (event.link.clone(), event.conn);
        match &event.what {
            What::ConnectionOpened { client } if clients.contains(client) => {
                theirs.insert(at);
            }
            What::GroupJoined { group, member, error: None, .. } if theirs.contains(&at) => {
                members.insert(Member::Classic { group: group.clone(), member: member.clone() });
            }
            What::GroupHeartbeat { group, member, error: None, .. } if theirs.contains(&at) => {
                members.insert(Member::Newer { group: group.clone(), member: member.clone() });
            }
            _ => {}
        }
    }
    members
}

async fn leave(bootstrap: &str, names: &Names, member: &Member) -> anyhow::Result<()> {
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let group_id = |group: &str| GroupId(text(&names.on_kafka(group)));
    let frame = match member {
        Member::Classic { group, member } => {
            let member = MemberIdentity::default().with_member_id(text(member));
            let request =
                LeaveGroupRequest::default().with_group_id(group_id(group)).with_members(vec![member]);
            frame(ApiKey::LeaveGroup, LEAVE, &request)?
        }
        Member::Newer { group, member } => {
            let request = ConsumerGroupHeartbeatRequest::default()
                .with_group_id(group_id(group))
                .with_member_id(text(member))
                .with_member_epoch(LEAVING);
            frame(ApiKey::ConsumerGroupHeartbeat, 0, &request)?
        }
    };
    let mut broker = TcpStream::connect(bootstrap).await?;
    broker.write_all(&frame).await?;
    // Any answer will do: one that says that there is no such member says that it has left already.
    let length = broker.read_i32().await?;
    let mut answer = vec![0; usize::try_from(length)?.min(64 * 1024)];
    broker.read_exact(&mut answer).await?;
    anyhow::ensure!(Bytes::from(answer).get_i32() == CORRELATION, "the answer is to something else");
    Ok(())
}

const CORRELATION: i32 = 1;

fn frame<R: Encodable + HeaderVersion>(key: ApiKey, version: i16, request: &R) -> anyhow::Result<Bytes> {
    let header = RequestHeader::default()
        .with_request_api_key(key as i16)
        .with_request_api_version(version)
        .with_correlation_id(CORRELATION)
        .with_client_id(Some(StrBytes::from_static_str("pitfall")));
    let mut body = BytesMut::new();
    header.encode(&mut body, R::header_version(version))?;
    request.encode(&mut body, version)?;
    let mut frame = BytesMut::new();
    frame.put_i32(i32::try_from(body.len())?);
    frame.extend_from_slice(&body);
    Ok(frame.freeze())
}

//! Leaving a group in a dead member's name, so that nobody waits for its session to time out.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use anyhow::{Context, ensure};
use kafka_protocol::{
    ResponseError,
    messages::{
        ConsumerGroupHeartbeatRequest, FindCoordinatorRequest, GroupId, LeaveGroupRequest, RequestHeader,
        ResponseHeader, leave_group_request::MemberIdentity,
    },
    protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes},
};
use pitfall_model::What;
use pitfall_recorder::Recorder;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::{error::RunError, names::Names, wait};

/// The group's coordinator must have answered within this. Another is there 6 s after its broker's death.
const LEFT: Duration = Duration::from_secs(30);
/// A broker that stands still does not answer: then another is asked.
const ANSWER: Duration = Duration::from_secs(5);
/// The first version that names groups in a list.
const FIND: i16 = 4;
/// The first version that names members in a list, and is not yet flexible.
const LEAVE: i16 = 3;
/// The epoch of a member that leaves (KIP-848).
const LEAVING: i32 = -1;
/// Said by a broker that is not, or not yet, the one to ask.
const ASK_AGAIN: [i16; 3] = [
    ResponseError::CoordinatorLoadInProgress.code(),
    ResponseError::CoordinatorNotAvailable.code(),
    ResponseError::NotCoordinator.code(),
];

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
        let what = format!("leave for {member:?}");
        let left = wait::probe(recorder, &what, LEFT, || async {
            let mut last_seen = Vec::new();
            for broker in bootstrap.split(',') {
                match timeout(ANSWER, leave(broker, names, &member)).await {
                    Ok(Ok(())) => return Ok(()),
                    Ok(Err(error)) => last_seen.push(format!("by {broker}: {error:#}")),
                    Err(_) => last_seen.push(format!("by {broker}: no answer within {ANSWER:?}")),
                }
            }
            Err(last_seen.join("; "))
        });
        left.await.map_err(|not_met| RunError::server(what.clone())(not_met.0.into()))?;
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

/// Asks a broker who coordinates the group, and that one to put the member out.
async fn leave(broker: &str, names: &Names, member: &Member) -> anyhow::Result<()> {
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let (Member::Classic { group, member: id } | Member::Newer { group, member: id }) = member;
    let group = text(&names.on_kafka(group));
    let find = FindCoordinatorRequest::default().with_coordinator_keys(vec![group.clone()]);
    let found = call(broker, &find, FIND).await?;
    let coordinator = found.coordinators.first().context("no coordinator was named")?;
    let code = coordinator.error_code;
    ensure!(code == 0, "FindCoordinator: error {code}");
    let at = format!("{}:{}", coordinator.host.as_str(), coordinator.port);
    let code = match member {
        Member::Classic { .. } => {
            let members = vec![MemberIdentity::default().with_member_id(text(id))];
            let leave = LeaveGroupRequest::default().with_group_id(GroupId(group)).with_members(members);
            call(&at, &leave, LEAVE).await?.error_code
        }
        Member::Newer { .. } => {
            let leave = ConsumerGroupHeartbeatRequest::default()
                .with_group_id(GroupId(group))
                .with_member_id(text(id))
                .with_member_epoch(LEAVING);
            call(&at, &leave, 0).await?.error_code
        }
    };
    // Any other answer will do: one that says that there is no such member says that it has left already.
    ensure!(!ASK_AGAIN.contains(&code), "the coordinator {at}: error {code}");
    Ok(())
}

/// One question, on a connection of its own.
async fn call<R: Request>(broker: &str, request: &R, version: i16) -> anyhow::Result<R::Response> {
    let header = RequestHeader::default()
        .with_request_api_key(R::KEY)
        .with_request_api_version(version)
        .with_client_id(Some(StrBytes::from_static_str("pitfall")));
    let mut body = Vec::new();
    header.encode(&mut body, R::header_version(version))?;
    request.encode(&mut body, version)?;
    let mut broker = TcpStream::connect(broker).await?;
    broker.write_u32(u32::try_from(body.len())?).await?;
    broker.write_all(&body).await?;
    let length = broker.read_u32().await?;
    let mut answer = vec![0; usize::try_from(length)?.min(64 * 1024)];
    broker.read_exact(&mut answer).await?;
    let mut answer = answer.as_slice();
    ResponseHeader::decode(&mut answer, R::Response::header_version(version))?;
    R::Response::decode(&mut answer, version)
}

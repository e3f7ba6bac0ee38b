//! Leaving a group in a dead member's name, so that nobody waits for its session to time out.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use kafka_protocol::{
    ResponseError,
    messages::{
        ConsumerGroupHeartbeatRequest, GroupId, LeaveGroupRequest, leave_group_request::MemberIdentity,
    },
    protocol::StrBytes,
};
use pitfall_model::What;
use pitfall_recorder::{Connection, Recorder};
use tokio::time::timeout;

use crate::{error::RunError, names::Names, wait};

/// The group's coordinator must have answered within this. Another is there 6 s after its broker's death.
const LEFT: Duration = Duration::from_secs(30);
/// A broker that stands still does not answer: then another is asked.
const ANSWER: Duration = Duration::from_secs(5);
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
                    Ok(Err(error)) => last_seen.push(format!("by {broker}: {error}")),
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
async fn leave(broker: &str, names: &Names, member: &Member) -> Result<(), String> {
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let (Member::Classic { group, member: id } | Member::Newer { group, member: id }) = member;
    let group = names.on_kafka(group);
    let at = Connection::open(broker).await?.coordinator(&group).await?;
    let mut coordinator = Connection::open(&at).await?;
    let group = GroupId(text(&group));
    let code = match member {
        Member::Classic { .. } => {
            let members = vec![MemberIdentity::default().with_member_id(text(id))];
            let leave = LeaveGroupRequest::default().with_group_id(group).with_members(members);
            coordinator.call(&leave, LEAVE).await?.error_code
        }
        Member::Newer { .. } => {
            let leave = ConsumerGroupHeartbeatRequest::default()
                .with_group_id(group)
                .with_member_id(text(id))
                .with_member_epoch(LEAVING);
            coordinator.call(&leave, 0).await?.error_code
        }
    };
    // Any other answer will do: one that says that there is no such member says that it has left already.
    if ASK_AGAIN.contains(&code) {
        return Err(format!("the coordinator {at}: error {code}"));
    }
    Ok(())
}

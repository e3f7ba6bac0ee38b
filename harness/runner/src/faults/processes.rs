//! Faults of processes.

use std::net::SocketAddr;

use pitfall_model::{Event, Place, PlannedProcess, ProcessAct, What};
use pitfall_recorder::Recorder;

use super::Reach;
use crate::{error::RunError, leave, system::Ended};

/// Begins; returned are the instances to be seen to at the end.
pub(super) async fn begin(
    process: &PlannedProcess,
    fault: &str,
    reach: &Reach,
    recorder: &Recorder,
    event: Option<&Event>,
) -> Result<Vec<u32>, RunError> {
    let (system, role) = (&reach.system, process.role.as_str());
    let there = system.instances(role);
    let meant = || {
        let sender = event.and_then(|event| sender(recorder, event));
        let meant = process.instance.or_else(|| system.instance_at(role, sender?)).or(there.first().copied());
        let runs = meant.filter(|instance| there.contains(instance));
        if runs.is_none() {
            let instance = meant.map(|instance| format!(" {instance}")).unwrap_or_default();
            let (fault, reason) = (fault.to_owned(), format!("no process of {role}{instance} runs"));
            recorder.record(Place::default(), What::FaultNotDone { fault, reason });
        }
        runs
    };
    match process.does {
        ProcessAct::Kill => {
            let Some(instance) = meant() else { return Ok(Vec::new()) };
            let ended = system.kill_one(role, instance).await?;
            gone(reach, process, ended, recorder).await?;
            Ok(vec![instance])
        }
        ProcessAct::Pause => {
            let Some(instance) = meant() else { return Ok(Vec::new()) };
            system.pause_one(role, instance, true).await?;
            Ok(vec![instance])
        }
        ProcessAct::Restart => {
            let Some(instance) = meant() else { return Ok(Vec::new()) };
            stop(process, reach, recorder, instance).await?;
            system.start_one(role, instance).await?;
            Ok(Vec::new())
        }
        ProcessAct::Scale => {
            scale(process, reach, recorder, process.to.unwrap_or_default()).await?;
            Ok(there)
        }
    }
}

/// Ends.
pub(super) async fn end(
    process: &PlannedProcess,
    reach: &Reach,
    recorder: &Recorder,
    instances: &[u32],
) -> Result<(), RunError> {
    let role = process.role.as_str();
    for &instance in instances {
        match process.does {
            ProcessAct::Kill => reach.system.start_one(role, instance).await?,
            ProcessAct::Pause => reach.system.pause_one(role, instance, false).await?,
            ProcessAct::Restart | ProcessAct::Scale => {}
        }
    }
    if process.does == ProcessAct::Scale {
        scale(process, reach, recorder, u32::try_from(instances.len()).unwrap_or(u32::MAX)).await?;
    }
    Ok(())
}

/// So many instances, and no more.
async fn scale(
    process: &PlannedProcess,
    reach: &Reach,
    recorder: &Recorder,
    to: u32,
) -> Result<(), RunError> {
    let role = process.role.as_str();
    let there = reach.system.instances(role);
    for &instance in there.iter().filter(|instance| **instance > to) {
        stop(process, reach, recorder, instance).await?;
    }
    for instance in (1..=to).filter(|instance| !there.contains(instance)) {
        reach.system.start_one(role, instance).await?;
    }
    Ok(())
}

/// Asked to end, as it likes to: nothing that it still says waits for that end.
async fn stop(
    process: &PlannedProcess,
    reach: &Reach,
    recorder: &Recorder,
    instance: u32,
) -> Result<(), RunError> {
    reach.acted.send_modify(|acted| acted.leaving = Some(process.role.clone()));
    let ended = reach.system.stop_one(&process.role, instance).await;
    reach.acted.send_modify(|acted| acted.leaving = None);
    gone(reach, process, ended?, recorder).await
}

/// Its connections are gone with it: what was held back of them is never forwarded.
async fn gone(
    reach: &Reach,
    process: &PlannedProcess,
    ended: Option<Ended>,
    recorder: &Recorder,
) -> Result<(), RunError> {
    let Some(Ended { clients }) = ended else { return Ok(()) };
    reach.links.clients_gone(&process.role, &clients).await;
    if process.leaves_group {
        leave::in_its_name(reach.system.broker.bootstrap(), &reach.system.names, &clients, recorder).await?;
    }
    Ok(())
}

/// The client whose request or answer the event is about.
fn sender(recorder: &Recorder, event: &Event) -> Option<SocketAddr> {
    let (link, conn) = (event.link.as_ref()?, event.conn?);
    let events = recorder.events_from(0);
    let opened = events.iter().find(|at| {
        at.link.as_ref() == Some(link)
            && at.conn == Some(conn)
            && matches!(at.what, What::ConnectionOpened { .. })
    })?;
    match &opened.what {
        What::ConnectionOpened { client } => client.parse().ok(),
        _ => None,
    }
}

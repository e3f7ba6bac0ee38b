//! Faults of brokers.

use pitfall_model::{BrokerAct, Event, PlannedBroker, split_broker};

use super::Reach;
use crate::error::RunError;

/// Begins; returned is the broker to be seen to at the end.
pub(super) async fn begin(
    broker: &PlannedBroker,
    reach: &Reach,
    event: Option<&Event>,
) -> Result<Option<i32>, RunError> {
    let Some(cluster) = &reach.cluster else { return Ok(None) };
    let met = event.and_then(|event| split_broker(event.link.as_deref()?).1);
    let id = broker.id.or(met).unwrap_or(1);
    match broker.does {
        BrokerAct::Kill => cluster.kill(id).await?,
        BrokerAct::Pause => cluster.pause(id, true).await?,
        BrokerAct::CrashLoop => cluster.crash_loop(id).await?,
    }
    Ok(Some(id))
}

/// Ends.
pub(super) async fn end(broker: &PlannedBroker, reach: &Reach, id: Option<i32>) -> Result<(), RunError> {
    let (Some(cluster), Some(id)) = (&reach.cluster, id) else { return Ok(()) };
    match broker.does {
        BrokerAct::Kill | BrokerAct::CrashLoop => cluster.start_again(id).await,
        BrokerAct::Pause => cluster.pause(id, false).await?,
    }
    Ok(())
}

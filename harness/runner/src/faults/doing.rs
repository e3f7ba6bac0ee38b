//! What each kind of fault does when it begins, and undoes when it ends.

use std::collections::BTreeMap;

use pitfall_model::{Delay, Doing, Event, Route, Speech};
use pitfall_recorder::Recorder;

use super::{Reach, brokers, processes};
use crate::error::RunError;

/// What a fault has to undo.
#[derive(Debug, Default)]
pub(super) struct Acting {
    /// The platform's times before.
    slow: BTreeMap<Route, Option<Delay>>,
    /// Instances that stand still, or were killed, or were there before.
    pub(super) instances: Vec<u32>,
    /// The broker that stands still or was killed.
    broker: Option<i32>,
}

/// It begins, perhaps with an event.
pub(super) async fn begin(
    doing: &Doing,
    fault: &str,
    reach: &Reach,
    recorder: &Recorder,
    event: Option<&Event>,
) -> Result<Acting, RunError> {
    let mut acting = Acting::default();
    match doing {
        Doing::Toxic { links, toxic, stream } => {
            for link in links {
                reach.links.bend(link, fault, toxic, *stream).await?;
            }
        }
        Doing::Speech { links, on, times, speech } => {
            for link in links {
                reach.links.speak(link, fault, on, *times, speech).await?;
            }
        }
        Doing::Slow(routes) => {
            let set = routes.iter().map(|(route, delay)| (*route, Some(*delay))).collect();
            acting.slow = reach.slow.set(&set).await?;
        }
        Doing::Process(process) => {
            acting.instances = processes::begin(process, fault, reach, recorder, event).await?;
        }
        Doing::Broker(broker) => acting.broker = brokers::begin(broker, reach, event).await?,
    }
    Ok(acting)
}

/// It ends.
pub(super) async fn end(
    doing: &Doing,
    fault: &str,
    reach: &Reach,
    recorder: &Recorder,
    acting: &Acting,
) -> Result<(), RunError> {
    match doing {
        Doing::Toxic { links, .. } | Doing::Speech { links, .. } => {
            for link in links {
                reach.links.heal(link, fault).await?;
            }
            Ok(())
        }
        Doing::Slow(_) => reach.slow.set(&acting.slow).await.map(drop).map_err(RunError::from),
        Doing::Process(process) => processes::end(process, reach, recorder, &acting.instances).await,
        Doing::Broker(broker) => brokers::end(broker, reach, acting.broker).await,
    }
}

/// Whether it has something to say when nobody more will come.
pub(super) fn waits_for_others(doing: &Doing) -> bool {
    matches!(doing, Doing::Speech { speech: Speech::Rendezvous { .. }, .. })
}

//! The groups tap: what the run's groups look like from outside, whenever that changes.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use pitfall_model::{Place, What};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::{
    described::{self, Described},
    wire::Connection,
};
use crate::{
    recorder::Recorder,
    status::Status,
    tap::{Tap, TapError, Who},
};

/// Between two looks at a group: what lasts shorter may not be seen.
const EVERY: Duration = Duration::from_millis(200);

/// What the groups tap looks at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupsInput {
    /// The cluster itself, never a link to it.
    pub bootstrap: String,
    /// Real name of a group to the scenario's.
    pub groups: BTreeMap<String, String>,
}

/// Records a [`What::GroupDescribed`] whenever state or size of a group is another than at the look before.
#[derive(Debug)]
pub struct GroupsTap {
    who: Who,
    /// How many looks each group has had, those that were not answered too.
    looks: Arc<Status<BTreeMap<String, u64>>>,
    stop: CancellationToken,
}

impl GroupsTap {
    /// Begins to look. A broker that is away is asked again: nothing is told until it answers.
    pub async fn start(recorder: Recorder, input: GroupsInput) -> Result<Self, TapError> {
        let GroupsInput { bootstrap, groups } = input;
        let who = Who { tap: "groups", server: bootstrap.clone() };
        let none = groups.values().map(|name| (name.clone(), 0)).collect();
        let (looks, stop) = (Arc::new(Status::new(none)), CancellationToken::new());
        for (real, name) in groups {
            let looking = Looking {
                recorder: recorder.clone(),
                bootstrap: bootstrap.clone(),
                real,
                name,
                last: Described::dead(),
            };
            tokio::spawn(stop.clone().run_until_cancelled_owned(looking.on(Arc::clone(&looks))));
        }
        Ok(Self { who, looks, stop })
    }
}

struct Looking {
    recorder: Recorder,
    bootstrap: String,
    real: String,
    name: String,
    last: Described,
}

impl Looking {
    async fn on(mut self, looks: Arc<Status<BTreeMap<String, u64>>>) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut coordinator = None;
        loop {
            tick.tick().await;
            let looked = self.look(&mut coordinator).await;
            looks.advance(|looks| *looks.entry(self.name.clone()).or_default() += 1);
            if let Err(error) = looked {
                // Asked anew: the group may have another coordinator by now.
                coordinator = None;
                looks.trouble(error);
            }
        }
    }

    async fn look(&mut self, coordinator: &mut Option<Connection>) -> Result<(), String> {
        let open = match coordinator {
            Some(open) => open,
            None => coordinator.insert(described::open(&self.bootstrap, &self.real).await?),
        };
        let now = Described::of(open, &self.real).await?;
        if self.last != now {
            let (group, state) = (self.name.clone(), now.state.clone());
            let members = now.members as u64;
            self.recorder.record(Place::default(), What::GroupDescribed { group, state, members });
            self.last = now;
        }
        Ok(())
    }
}

impl Tap for GroupsTap {
    fn name(&self) -> String {
        self.who.name()
    }

    /// Each group has been looked at once more: the look that was under way may have begun before.
    fn catch_up(&self, limit: Duration) -> BoxFuture<'_, Result<(), TapError>> {
        async move {
            let before = self.looks.look(Clone::clone);
            let reached = |looks: &BTreeMap<String, u64>| {
                before.iter().all(|(group, before)| looks.get(group).is_some_and(|now| *now > before + 1))
            };
            let show = |looks: &BTreeMap<String, u64>| format!("looks {looks:?}");
            self.looks.reach(&self.who, limit, "a look at each group", reached, show).await
        }
        .boxed()
    }

    fn failed(&self) -> Option<String> {
        self.looks.failed()
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        async { self.stop.cancel() }.boxed()
    }
}

impl Drop for GroupsTap {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

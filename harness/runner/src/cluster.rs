//! A run's own cluster of brokers, and what faults do to them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use pitfall_environment::{Environment, EnvironmentError, KafkaCluster, KafkaServer, Server};
use pitfall_model::{BrokerState, Place, What};
use pitfall_recorder::Recorder;
use pitfall_warden::{Owner, Warden};
use tokio::{sync::Mutex, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::error::RunError;

/// A broker that dies at every start lives for so long: less than any needs until its cluster takes it back.
const LIFE: Duration = Duration::from_millis(500);

/// Whoever starts it again lets so long pass, and twice as long each time.
const PAUSE: Duration = Duration::from_millis(500);

/// A cluster that belongs to one run.
pub(crate) struct Cluster {
    /// The brokers as they were started, by node id.
    pub(crate) started: Vec<KafkaServer>,
    controller: Server,
    brokers: BTreeMap<i32, Arc<Mutex<Broker>>>,
    /// Nobody waits for a broker to come back any more.
    ended: CancellationToken,
    warden: Warden,
    recorder: Recorder,
}

struct Broker {
    server: KafkaServer,
    is_dead: bool,
    /// It dies at every start.
    crashes: bool,
}

impl Cluster {
    /// Starts so many brokers and their controller.
    pub(crate) async fn start(
        environment: Environment,
        warden: &Warden,
        brokers: u32,
        recorder: &Recorder,
    ) -> Result<Self, RunError> {
        let wanted = usize::try_from(brokers).unwrap_or(usize::MAX);
        let KafkaCluster { controller, brokers: started } =
            environment.start_cluster(warden, Owner::Client, wanted).await?;
        let held = |server: &KafkaServer| {
            let broker = Broker { server: server.clone(), is_dead: false, crashes: false };
            (server.node_id, Arc::new(Mutex::new(broker)))
        };
        let brokers = started.iter().map(held).collect();
        let ended = CancellationToken::new();
        Ok(Self { started, controller, brokers, ended, warden: warden.clone(), recorder: recorder.clone() })
    }

    /// SIGKILL; returns when it is dead. Does nothing to one that is dead already.
    pub(crate) async fn kill(&self, id: i32) -> Result<(), RunError> {
        let Some(broker) = self.brokers.get(&id) else { return Ok(()) };
        let mut broker = broker.lock().await;
        if !broker.is_dead {
            broker.server.server.kill(&self.warden).await?;
            broker.is_dead = true;
            self.told(id, BrokerState::Killed);
        }
        Ok(())
    }

    /// SIGKILL, and again at each start, which follow each other until [`Cluster::start_again`].
    pub(crate) async fn crash_loop(&self, id: i32) -> Result<(), RunError> {
        self.kill(id).await?;
        let Some(broker) = self.brokers.get(&id).map(Arc::clone) else { return Ok(()) };
        broker.lock().await.crashes = true;
        let (warden, recorder) = (self.warden.clone(), self.recorder.clone());
        tokio::spawn(async move {
            let mut pause = PAUSE;
            loop {
                sleep(pause).await;
                pause *= 2;
                // Kept while it lives: whoever wants something of it finds it dead.
                let mut broker = broker.lock().await;
                if !broker.crashes {
                    return;
                }
                if let Err(error) = broker.crash(&warden).await {
                    let reason = format!("broker {id} could not be made to crash: {error}");
                    recorder.record(Place::default(), What::Blind { reason });
                    return;
                }
                recorder
                    .record(Place::default(), What::BrokerChanged { broker: id, state: BrokerState::Killed });
            }
        });
        Ok(())
    }

    /// SIGSTOP, or SIGCONT. Does nothing to one that is dead.
    pub(crate) async fn pause(&self, id: i32, is_paused: bool) -> Result<(), RunError> {
        let Some(broker) = self.brokers.get(&id) else { return Ok(()) };
        let broker = broker.lock().await;
        let server = &broker.server.server;
        match (broker.is_dead, is_paused) {
            (true, _) => {}
            (false, true) => {
                server.pause(&self.warden).await?;
                self.told(id, BrokerState::Paused);
            }
            (false, false) => {
                server.resume(&self.warden).await?;
                self.told(id, BrokerState::Resumed);
            }
        }
        Ok(())
    }

    /// Starts one that was killed again. Returns at once: its cluster takes it back only after seconds, and until then no message
    /// may wait for this on a link. The history says when it is back.
    pub(crate) async fn start_again(&self, id: i32) {
        let Some(broker) = self.brokers.get(&id) else { return };
        let mut broker = Arc::clone(broker).lock_owned().await;
        broker.crashes = false;
        if !broker.is_dead {
            return;
        }
        let (warden, recorder, ended) = (self.warden.clone(), self.recorder.clone(), self.ended.clone());
        tokio::spawn(async move {
            let mut back = broker.server.start(&warden).await;
            if back.is_ok() {
                broker.is_dead = false;
                let ready = ended.run_until_cancelled(broker.server.ready(&warden)).await;
                let Some(ready) = ready else { return };
                back = ready;
            }
            let what = match back {
                Ok(()) => What::BrokerChanged { broker: id, state: BrokerState::Started },
                Err(error) => What::Blind { reason: format!("broker {id} did not come back: {error}") },
            };
            recorder.record(Place::default(), what);
        });
    }

    /// Ends it. One that is just being started may never be ready, without those that end before it: that is not awaited.
    pub(crate) async fn end(&self) -> Result<(), RunError> {
        self.ended.cancel();
        for broker in self.brokers.values() {
            let mut broker = broker.lock().await;
            broker.crashes = false;
            if !broker.is_dead {
                broker.server.server.kill(&self.warden).await?;
            }
        }
        Ok(self.controller.kill(&self.warden).await?)
    }

    fn told(&self, broker: i32, state: BrokerState) {
        self.recorder.record(Place::default(), What::BrokerChanged { broker, state });
    }
}

impl Broker {
    /// Starts it, and lets it die.
    async fn crash(&mut self, warden: &Warden) -> Result<(), EnvironmentError> {
        self.server.start(warden).await?;
        sleep(LIFE).await;
        self.server.server.kill(warden).await
    }
}

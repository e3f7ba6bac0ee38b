//! What the runs of one process share: the warden, the servers, the built systems.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    slice::from_ref,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use pitfall_environment::{SharedEnvironment, start_toxiproxy};
use pitfall_model::{Plan, SCHEMA, What};
use pitfall_proxy::Toxiproxy;
use pitfall_recorder::Recorder;
use pitfall_warden::{Owner, Warden};
use tokio::sync::OnceCell;

use crate::{
    build::Builds, cluster::Cluster, error::RunError, gate::Gate, links::Links, names::Names, run::Run,
    servers, settings::Settings, taps, triggers::Triggers,
};

/// Makes plans real; one for each process.
pub struct Engine {
    settings: Settings,
    bin: PathBuf,
    builds: Builds,
    servers: OnceCell<(Warden, SharedEnvironment)>,
    toxiproxy: OnceCell<SocketAddr>,
    gate: Gate,
}

/// A finished run.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The run's directory: `plan.json`, `history.jsonl`, logs.
    pub folder: PathBuf,
    /// Server or library to version.
    pub versions: BTreeMap<String, String>,
    /// How long the shared servers took until they were ready.
    pub ready_in: Duration,
    /// How long it waited until the machine had time for it.
    pub waited: Duration,
}

impl Engine {
    /// Plans are made real as `settings` say; `bin` is where `{bin}` points to: the folder of the binaries built beside the caller.
    pub fn new(settings: Settings, bin: PathBuf) -> Self {
        Self {
            settings,
            bin,
            builds: Builds::default(),
            servers: OnceCell::new(),
            toxiproxy: OnceCell::new(),
            gate: Gate::default(),
        }
    }

    /// What the user has chosen.
    pub fn settings(&self) -> Settings {
        self.settings
    }

    /// Makes `plan` real in `folder`, which must not exist yet, as soon as the machine has time for one more. `progress` is told
    /// what takes long.
    pub async fn run(
        &self,
        plan: &Plan,
        seed: u64,
        folder: &Path,
        progress: &(dyn Fn(&str) + Send + Sync),
    ) -> Result<Recorded, RunError> {
        if let Some(reason) = self.settings.unmet(plan) {
            return Err(RunError::Unmet { reason });
        }
        self.builds.ensure(&plan.folder, &plan.build, &self.bin).await?;
        let (warden, shared) =
            self.servers.get_or_try_init(|| servers::shared(self.settings.environment, progress)).await?;
        // The start of the servers is no time to judge by.
        let asked = Instant::now();
        let _running = self.gate.enter(plan.needs.alone).await;
        let waited = asked.elapsed();
        std::fs::create_dir_all(folder).map_err(RunError::file("make", folder))?;
        let names = Names::draw();
        let found = &shared.versions;
        let mut versions = BTreeMap::from([
            ("Apache Kafka".to_owned(), found.kafka.clone()),
            ("Java".to_owned(), found.java.clone()),
            (found.database.flavour.to_string(), found.database.version.clone()),
            ("environment".to_owned(), self.settings.environment.name().to_owned()),
        ]);
        versions.insert("pitfall".into(), env!("CARGO_PKG_VERSION").into());
        versions.insert("librdkafka (harness)".into(), rdkafka::util::get_rdkafka_version().1);
        self.write_plan(plan, folder)?;
        let run = What::Run {
            schema: SCHEMA,
            name: plan.name.clone(),
            id: names.id.clone(),
            seed,
            began: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            versions: versions.clone(),
            taps: taps::read(&plan.links),
        };
        let recorder = Recorder::create(&folder.join("history.jsonl"), run)?;
        let (acted, triggers) = Triggers::new(plan);
        let toxiproxy = self.toxiproxy(warden).await?;
        let mut links = Links::new(recorder.clone(), names.clone(), seed, toxiproxy, triggers);
        let own = if plan.own_pair {
            Some(servers::own_pair(self.settings.environment, warden, &mut links).await?)
        } else {
            None
        };
        let pair = own.as_ref().unwrap_or(&shared.pair);
        let cluster = if plan.needs.own_cluster() {
            let environment = self.settings.environment;
            Some(Arc::new(Cluster::start(environment, warden, plan.needs.brokers, &recorder).await?))
        } else {
            None
        };
        let run = Run {
            plan,
            environment: self.settings.environment,
            names: &names,
            seed,
            folder,
            bin: &self.bin,
            warden,
            brokers: cluster.as_ref().map_or(from_ref(&shared.kafka), |own| &own.started),
            cluster: cluster.clone(),
            pair,
            links,
            acted,
            recorder,
        };
        let made = run.make().await;
        if let Some(own) = own {
            own.end(warden).await?;
        }
        if let Some(cluster) = cluster {
            cluster.end().await?;
        }
        made?;
        Ok(Recorded { folder: folder.to_owned(), versions, ready_in: shared.ready_in, waited })
    }

    /// The Toxiproxy server that holds toxics, if one is to.
    async fn toxiproxy(&self, warden: &Warden) -> Result<Option<Toxiproxy>, RunError> {
        if !self.settings.on_toxiproxy {
            return Ok(None);
        }
        let started = self.toxiproxy.get_or_try_init(|| start_toxiproxy(warden, &Owner::Client)).await?;
        Ok(Some(Toxiproxy::at(*started)))
    }

    fn write_plan(&self, plan: &Plan, folder: &Path) -> Result<(), RunError> {
        let path = folder.join("plan.json");
        let text = serde_json::to_string_pretty(plan)
            .map_err(|error| RunError::file("write", &path)(error.into()))?;
        std::fs::write(&path, text).map_err(RunError::file("write", &path))
    }
}

//! What a test stands on: the shared servers, a recorder, names that no other run has.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use mysql_async::{Conn, prelude::Queryable};
use pitfall_environment::{SharedEnvironment, direct, start_shared};
use pitfall_model::{Event, SCHEMA, What};
use pitfall_recorder::Recorder;
use pitfall_warden::Warden;

/// Long enough for a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

pub(crate) struct World {
    pub(crate) servers: SharedEnvironment,
    pub(crate) recorder: Recorder,
    pub(crate) dir: tempfile::TempDir,
    /// Begins the real name of everything.
    pub(crate) run: String,
    _warden: Warden,
}

impl World {
    pub(crate) async fn new(name: &str) -> Self {
        let warden = Warden::connect().await.unwrap();
        let servers = start_shared(&warden, &|_| {}, &direct).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let run = What::Run {
            schema: SCHEMA,
            name: name.into(),
            id: "taps".into(),
            seed: 0,
            began: began.as_secs(),
            versions: BTreeMap::new(),
        };
        let recorder = Recorder::create(&dir.path().join("history.jsonl"), run).unwrap();
        let run = format!("t{}x{}", std::process::id(), began.subsec_nanos());
        Self { servers, recorder, dir, run, _warden: warden }
    }

    pub(crate) fn bootstrap(&self) -> String {
        self.servers.kafka.address.to_string()
    }

    /// A connection to the source, in a fresh database whose real name is given back.
    pub(crate) async fn database(&self) -> (Conn, String) {
        let pair = &self.servers.pair;
        let mut conn = pair.source.connect(&pair.harness).await.unwrap();
        let database = format!("{}_shop", self.run);
        conn.query_drop(format!("CREATE DATABASE {database}")).await.unwrap();
        conn.query_drop(format!("USE {database}")).await.unwrap();
        (conn, database)
    }

    /// What `pick` makes of the events, in order.
    pub(crate) fn seen<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> Vec<T> {
        self.recorder.events_from(0).iter().filter_map(|event| pick(event)).collect()
    }
}

/// Statements that must work.
pub(crate) async fn run(conn: &mut Conn, statements: &[&str]) {
    for statement in statements {
        conn.query_drop(*statement).await.unwrap();
    }
}

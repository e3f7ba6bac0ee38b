//! What a test stands on: the shared servers, a recorder, names that no other run has.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use mysql_async::{Conn, Opts, prelude::Queryable};
use pitfall_environment::{DatabaseServer, Environment, SharedEnvironment, SqlErrors, direct};
use pitfall_model::{Event, SCHEMA, What};
use pitfall_recorder::{Recorder, SqlErrorsSource};
use pitfall_warden::Warden;

/// Long enough for a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

pub(crate) struct World {
    servers: SharedEnvironment,
    pub(crate) recorder: Recorder,
    pub(crate) dir: tempfile::TempDir,
    /// Begins the real name of everything.
    pub(crate) run: String,
    pub(crate) warden: Warden,
}

impl World {
    pub(crate) async fn new(environment: Environment, name: &str) -> Self {
        let warden = Warden::connect().await.unwrap();
        let started = environment.start_shared(&warden, &|_| {}, &direct).await;
        let servers = started.unwrap_or_else(|error| panic!("{error}"));
        let dir = tempfile::tempdir().unwrap();
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let run = What::Run {
            schema: SCHEMA,
            name: name.into(),
            id: "taps".into(),
            seed: 0,
            began: began.as_secs(),
            versions: BTreeMap::new(),
            taps: vec![],
        };
        let recorder = Recorder::create(&dir.path().join("history.jsonl"), run).unwrap();
        let run = format!("t{}x{}", std::process::id(), began.subsec_nanos());
        Self { servers, recorder, dir, run, warden }
    }

    pub(crate) fn bootstrap(&self) -> String {
        self.servers.kafka.address.to_string()
    }

    /// The harness's, without a database.
    pub(crate) fn source(&self) -> String {
        self.url(&self.servers.pair.source)
    }

    pub(crate) fn replica(&self) -> String {
        self.url(&self.servers.pair.replica)
    }

    fn url(&self, server: &DatabaseServer) -> String {
        server.url(&self.servers.pair.harness, "")
    }

    /// Where the source tells of failed statements.
    pub(crate) fn sql_errors(&self) -> SqlErrorsSource {
        self.sql_errors_of(&self.servers.pair.source)
    }

    pub(crate) fn replica_sql_errors(&self) -> SqlErrorsSource {
        self.sql_errors_of(&self.servers.pair.replica)
    }

    fn sql_errors_of(&self, server: &DatabaseServer) -> SqlErrorsSource {
        match &server.sql_errors {
            SqlErrors::Log(path) => SqlErrorsSource::Log(path.clone()),
            _ => SqlErrorsSource::Server(self.url(server)),
        }
    }

    /// As the system under test has it.
    pub(crate) async fn application_on_replica(&self) -> Conn {
        let pair = &self.servers.pair;
        pair.replica.connect(&pair.application).await.unwrap()
    }

    /// The database whose name [`World::database`] gives back.
    pub(crate) fn real(&self) -> String {
        format!("{}_shop", self.run)
    }

    /// A connection to the source, in a fresh database whose real name is given back.
    pub(crate) async fn database(&self) -> (Conn, String) {
        let mut conn = self.connect().await;
        let database = self.real();
        conn.query_drop(format!("CREATE DATABASE {database}")).await.unwrap();
        conn.query_drop(format!("USE {database}")).await.unwrap();
        (conn, database)
    }

    /// A connection to the source.
    pub(crate) async fn connect(&self) -> Conn {
        Conn::new(Opts::from_url(&self.source()).unwrap()).await.unwrap()
    }

    /// What `pick` makes of the events, in order.
    pub(crate) fn seen<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> Vec<T> {
        self.recorder.events_from(0).iter().filter_map(|event| pick(event)).collect()
    }
}

/// Statements that must work.
pub(crate) async fn run(conn: &mut Conn, statements: &[&str]) {
    for statement in statements {
        conn.query_drop(*statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
}

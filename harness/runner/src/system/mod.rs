//! The system under test: its processes, owned by the warden; their logs, CPU and memory.

mod acts;
mod ready;
mod sockets;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub(crate) use acts::Ended;
use pitfall_environment::{RunContainer, RunNetwork};
use pitfall_model::{Place, Plan, PlannedRole, Ready, What};
use pitfall_recorder::{LogsTap, ProcessTap, Recorder, Tap};
use pitfall_warden::{Exit, Output, Process, Spawn, Warden};
use tokio::{net::unix::pipe, task::JoinHandle, time::timeout};

use crate::{broker::Broker, error::RunError, names::Names, values::Values, wait::NotMet};

/// The end of a process that is no more must be heard of within this.
const ENDED: Duration = Duration::from_secs(5);

/// Why a role does not run.
pub(crate) enum NotStarted {
    /// It never became ready: a finding about the system.
    NotReady(NotMet),
    /// It could not even be started.
    Failed(RunError),
}

impl<E: Into<RunError>> From<E> for NotStarted {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Every process of the system in one run.
pub(crate) struct System {
    pub(crate) plan: Plan,
    pub(crate) names: Names,
    pub(crate) values: Values,
    pub(crate) listens: BTreeMap<String, std::net::SocketAddr>,
    /// Where roles that are containers run.
    pub(crate) network: Option<RunNetwork>,
    pub(crate) recorder: Recorder,
    pub(crate) warden: Warden,
    pub(crate) broker: Broker,
    pub(crate) folder: PathBuf,
    pub(crate) running: Mutex<Vec<Running>>,
}

/// One process with its taps.
pub(crate) struct Running {
    role: String,
    instance: u32,
    process: Process,
    /// Its id on this host; none for a container that had ended before it could be asked for.
    pid: Option<i32>,
    /// Somebody meant it to end.
    is_stopped: bool,
    /// Ends when its end stands in the history.
    told: Option<JoinHandle<()>>,
    taps: Vec<Box<dyn Tap>>,
}

impl System {
    /// Starts all instances of a role and waits until it is ready.
    pub(crate) async fn start(&self, name: &str) -> Result<(), NotStarted> {
        let Some(role) = self.plan.roles.get(name) else { return Ok(()) };
        let mut processes = Vec::new();
        for instance in 1..=role.instances {
            processes.push(self.spawn(name, role, instance).await?);
        }
        self.ready(name, role, &processes).await.map_err(NotStarted::NotReady)
    }

    /// Kills every process that still runs.
    pub(crate) async fn kill(&self) -> Result<(), RunError> {
        let running = std::mem::take(&mut *self.running());
        for one in &running {
            one.process.kill().await?;
        }
        for one in &running {
            for tap in &one.taps {
                tap.stop().await;
            }
        }
        Ok(())
    }

    async fn spawn(&self, name: &str, role: &PlannedRole, instance: u32) -> Result<Process, RunError> {
        let label = format!("{name}-{instance}");
        let fifo = self.folder.join(format!("{label}.pipe"));
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRUSR | nix::sys::stat::Mode::S_IWUSR)
            .map_err(|error| RunError::file("make", &fifo)(error.into()))?;
        let reader = pipe::OpenOptions::new().open_receiver(&fifo).map_err(RunError::file("open", &fifo))?;
        let (mut words, mut env) = (Vec::new(), Vec::new());
        for word in &role.command {
            words.push(self.values.fill(name, word)?);
        }
        for (key, value) in &role.env {
            env.push((key.clone(), self.values.fill(name, value)?));
        }
        let container = role.image.as_ref().zip(self.network.as_ref());
        let mut spawn = match container {
            Some((image, network)) => {
                let publish = self.listens.get(name).map(|address| (address.port(), *address));
                let (name, image, publish) = (label.clone(), image.clone(), publish.into_iter().collect());
                let container = RunContainer { name, image, command: words, env, publish };
                network.spawn(&container, &absolute(&self.folder))?
            }
            None => {
                let mut words = words.into_iter();
                let mut spawn = Spawn::new(&label, words.next().unwrap_or_default());
                spawn.args = words.collect();
                spawn.env.extend(env);
                spawn.cwd = Some(absolute(&self.plan.folder));
                spawn
            }
        };
        spawn.stdout = Output::File(fifo.clone());
        spawn.stderr = Output::File(fifo.clone());
        let process = self.warden.spawn(spawn).await?;
        let pid = match container {
            Some((_, network)) => network.pid(&label, &process, &absolute(&self.folder)).await?,
            None => Some(process.pid()),
        };
        let role = name.to_owned();
        self.recorder.record(
            Place::default(),
            What::ProcessStarted { role, instance, pid: pid.unwrap_or(process.pid()) },
        );
        let log = self.folder.join(format!("{label}.log"));
        let lines = LogsTap::start(self.recorder.clone(), name, instance, reader, &log).await?;
        let mut taps: Vec<Box<dyn Tap>> = vec![Box::new(lines)];
        if let Some(pid) = pid {
            match ProcessTap::start(self.recorder.clone(), name, instance, pid).await {
                Ok(tap) => taps.push(Box::new(tap)),
                // It may have ended already, though that is yet to be heard; its end is told all the same.
                Err(_) if container.is_some() || timeout(ENDED, process.exited()).await.is_ok() => {}
                Err(error) => return Err(error.into()),
            }
        }
        let _ = std::fs::remove_file(&fifo);
        let told = Some(self.watch(name, instance, process.clone()));
        let role = name.to_owned();
        let running =
            Running { role, instance, process: process.clone(), pid, is_stopped: false, told, taps };
        self.running().push(running);
        Ok(process)
    }

    fn running(&self) -> MutexGuard<'_, Vec<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its end goes into the history, whenever it comes.
    fn watch(&self, role: &str, instance: u32, process: Process) -> JoinHandle<()> {
        let (recorder, role) = (self.recorder.clone(), role.to_owned());
        tokio::spawn(async move {
            let exit = exit_text(process.exited().await);
            recorder.record(Place::default(), What::ProcessExited { role, instance, exit });
        })
    }

    /// Roles that have no process left although nobody stopped them.
    pub(crate) fn gone(&self) -> Vec<String> {
        let running = self.running();
        let unasked = |one: &&Running| {
            let ready = self.plan.roles.get(&one.role).map(|role| &role.ready);
            ready != Some(&Ready::Exit) && !one.is_stopped && one.process.exit().is_some()
        };
        running
            .iter()
            .filter(unasked)
            .map(|one| {
                format!("{} ended with {}", one.role, one.process.exit().map_or_else(String::new, exit_text))
            })
            .collect()
    }
}

fn exit_text(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("code {code}"),
        Exit::Signal(signal) => format!("signal {signal}"),
        Exit::Lost => "the warden".into(),
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

//! The system under test: its processes, owned by the warden; their logs, CPU and memory.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use pitfall_environment::{RunContainer, RunNetwork};
use pitfall_model::{Place, Plan, PlannedRole, Ready, What};
use pitfall_recorder::{LogsTap, ProcessTap, Recorder, Tap};
use pitfall_warden::{Exit, Output, Process, Spawn, Warden};
use regex::Regex;
use tokio::net::unix::pipe;

use crate::{
    broker::Broker,
    error::RunError,
    names::Names,
    values::Values,
    wait::{self, NotMet},
};

/// A role must be ready within this.
const READY: Duration = Duration::from_secs(30);

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
pub(crate) struct System<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) names: &'a Names,
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
    process: Process,
    taps: Vec<Box<dyn Tap>>,
}

impl System<'_> {
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
        let running =
            std::mem::take(&mut *self.running.lock().unwrap_or_else(|poisoned| poisoned.into_inner()));
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

    async fn spawn(&self, name: &str, role: &PlannedRole, instance: u32) -> Result<Process, NotStarted> {
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
                // It may have ended already; its end is told all the same.
                Err(_) if process.exit().is_some() || container.is_some() => {}
                Err(error) => return Err(error.into()),
            }
        }
        let _ = std::fs::remove_file(&fifo);
        self.watch(name, instance, process.clone());
        let running = Running { role: name.to_owned(), process: process.clone(), taps };
        self.running.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(running);
        Ok(process)
    }

    /// Its end goes into the history, whenever it comes.
    fn watch(&self, role: &str, instance: u32, process: Process) {
        let (recorder, role) = (self.recorder.clone(), role.to_owned());
        tokio::spawn(async move {
            let exit = exit_text(process.exited().await);
            recorder.record(Place::default(), What::ProcessExited { role, instance, exit });
        });
    }

    async fn ready(&self, name: &str, role: &PlannedRole, processes: &[Process]) -> Result<(), NotMet> {
        let what = format!("role {name} ready ({})", describe(&role.ready));
        let ended = |process: &Process| process.exit().map(exit_text);
        let http = self.listens.get(name).map(|address| format!("http://{address}"));
        let pattern = match &role.ready {
            Ready::Log(pattern) => Regex::new(pattern).ok(),
            _ => None,
        };
        wait::probe(&self.recorder, &what, READY, || async {
            let exits: Vec<String> = processes.iter().filter_map(ended).collect();
            if let Ready::Exit = role.ready {
                let all = exits.len() == processes.len() && exits.iter().all(|exit| exit == "code 0");
                return if all { Ok(()) } else { Err(self.last_words(name, &exits)) };
            }
            if !exits.is_empty() {
                return Err(self.last_words(name, &exits));
            }
            match &role.ready {
                Ready::Exit => Ok(()),
                Ready::Http(path) => answers(http.as_deref(), path).await,
                Ready::Group(group) => self.broker.joined(self.names.on_kafka(group), processes.len()).await,
                Ready::Log(_) => self.lines(name, pattern.as_ref(), processes.len()),
            }
            .map_err(|seen| format!("{seen}; {}", self.last_words(name, &exits)))
        })
        .await
    }

    /// Whether each instance has written a line that matches.
    fn lines(&self, name: &str, pattern: Option<&Regex>, wanted: usize) -> Result<(), String> {
        let events = self.recorder.events_from(0);
        let mut instances: Vec<u32> = events
            .iter()
            .filter_map(|event| match &event.what {
                What::Log { role, instance, line }
                    if role == name && pattern.is_some_and(|p| p.is_match(line)) =>
                {
                    Some(*instance)
                }
                _ => None,
            })
            .collect();
        instances.sort_unstable();
        instances.dedup();
        if instances.len() == wanted {
            Ok(())
        } else {
            Err(format!("{} of {wanted} instances wrote it", instances.len()))
        }
    }

    /// How its processes ended and the last line one of them wrote.
    fn last_words(&self, name: &str, exits: &[String]) -> String {
        let events = self.recorder.events_from(0);
        let line = events.iter().rev().find_map(|event| match &event.what {
            What::Log { role, line, .. } if role == name => Some(line.clone()),
            _ => None,
        });
        let ended =
            if exits.is_empty() { "running".to_owned() } else { format!("ended with {}", exits.join(", ")) };
        format!("{name} {ended}; its last line: {}", line.unwrap_or_else(|| "(none)".into()))
    }

    /// Roles that have no process left although nobody stopped them.
    pub(crate) fn gone(&self) -> Vec<String> {
        let running = self.running.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let unasked = |one: &&Running| {
            let ready = self.plan.roles.get(&one.role).map(|role| &role.ready);
            ready != Some(&Ready::Exit) && one.process.exit().is_some()
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

async fn answers(base: Option<&str>, path: &str) -> Result<(), String> {
    let base = base.ok_or("the role serves nothing: `ready = { http = … }` needs `serves`")?;
    let answer = reqwest::get(format!("{base}{path}")).await.map_err(|error| error.to_string())?;
    if answer.status().is_success() { Ok(()) } else { Err(format!("{path} answered {}", answer.status())) }
}

fn describe(ready: &Ready) -> String {
    match ready {
        Ready::Http(path) => format!("{path} answers"),
        Ready::Group(group) => format!("all are members of group {group}"),
        Ready::Log(pattern) => format!("wrote a line that matches `{pattern}`"),
        Ready::Exit => "ended with code 0".into(),
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

//! What faults do to processes of the system: kill, pause, restart, scale.

use std::{net::SocketAddr, time::Duration};

use nix::sys::signal::Signal;
use pitfall_model::{Place, What};
use pitfall_warden::Process;
use tokio::{task::JoinHandle, time::timeout};

use super::{System, sockets};
use crate::error::RunError;

/// A process that was asked to end must have ended within this; then it is killed.
const END: Duration = Duration::from_secs(10);

/// A process that has ended, and what it leaves.
pub(crate) struct Ended {
    /// The addresses from which it was connected.
    pub(crate) clients: Vec<SocketAddr>,
}

impl System {
    /// The instance of `role` that has a socket of this address, if one has.
    pub(crate) fn instance_at(&self, role: &str, client: SocketAddr) -> Option<u32> {
        let running = self.running();
        let mut of_role = running.iter().filter(|one| one.role == role && one.process.exit().is_none());
        let has = |pid: i32| sockets::addresses(pid).contains(&client);
        of_role.find(|one| one.pid.is_some_and(has)).map(|one| one.instance)
    }

    /// The instances of `role` that run, in their order.
    pub(crate) fn instances(&self, role: &str) -> Vec<u32> {
        let running = self.running();
        let of_role = running.iter().filter(|one| one.role == role && one.process.exit().is_none());
        let mut instances: Vec<u32> = of_role.map(|one| one.instance).collect();
        instances.sort_unstable();
        instances
    }

    /// SIGKILL; returns when it is dead and the history says so. `None` if no such instance runs.
    pub(crate) async fn kill_one(&self, role: &str, instance: u32) -> Result<Option<Ended>, RunError> {
        self.end(role, instance, None).await
    }

    /// SIGTERM, and SIGKILL to one that does not heed it; returns when it is dead and the history says so.
    pub(crate) async fn stop_one(&self, role: &str, instance: u32) -> Result<Option<Ended>, RunError> {
        self.end(role, instance, Some(END)).await
    }

    /// Starts one instance of a role; its readiness is not awaited.
    pub(crate) async fn start_one(&self, role: &str, instance: u32) -> Result<(), RunError> {
        let Some(planned) = self.plan.roles.get(role) else { return Ok(()) };
        self.spawn(role, planned, instance).await.map(drop)
    }

    /// SIGSTOP, and waits until the process stands still; or SIGCONT.
    pub(crate) async fn pause_one(&self, role: &str, instance: u32, is_paused: bool) -> Result<(), RunError> {
        let Some((process, _)) = self.find(role, instance) else { return Ok(()) };
        let name = role.to_owned();
        if !is_paused {
            // Before it does anything.
            let resumed = What::ProcessResumed { role: name.clone(), instance };
            self.recorder.record(Place::default(), resumed);
        }
        process.signal(if is_paused { Signal::SIGSTOP } else { Signal::SIGCONT }).await?;
        if is_paused {
            self.recorder.record(Place::default(), What::ProcessPaused { role: name, instance });
        }
        Ok(())
    }

    fn find(&self, role: &str, instance: u32) -> Option<(Process, Option<i32>)> {
        let running = self.running();
        let found = running
            .iter()
            .find(|one| one.role == role && one.instance == instance && one.process.exit().is_none());
        found.map(|one| (one.process.clone(), one.pid))
    }

    async fn end(
        &self,
        role: &str,
        instance: u32,
        grace: Option<Duration>,
    ) -> Result<Option<Ended>, RunError> {
        let Some((process, pid)) = self.find(role, instance) else { return Ok(None) };
        let clients = pid.map(sockets::addresses).unwrap_or_default();
        let told = self.means_to_end(&process);
        if let Some(grace) = grace {
            process.signal(Signal::SIGTERM).await?;
            // Whether it heeds that is the system's affair: the history tells how it ended.
            let _ = timeout(grace, process.exited()).await;
        }
        process.kill().await?;
        if let Some(told) = told {
            let said = |error: &str| RunError::server(format!("end {role} {instance}"))(error.into());
            timeout(END, told)
                .await
                .map_err(|_| said("its end was not told within 10 s"))?
                .map_err(|_| said("its end was not told: the task that watches it is gone"))?;
        }
        Ok(Some(Ended { clients }))
    }

    /// Notes that nobody need wonder about its end; returned is what ends when that is in the history.
    fn means_to_end(&self, process: &Process) -> Option<JoinHandle<()>> {
        let mut running = self.running();
        let one = running.iter_mut().find(|one| one.process.pid() == process.pid())?;
        one.is_stopped = true;
        one.told.take()
    }
}

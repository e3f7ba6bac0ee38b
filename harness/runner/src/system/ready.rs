//! When a role is ready, and what is said of one that is not.

use std::time::Duration;

use pitfall_model::{PlannedRole, Ready, What};
use pitfall_warden::Process;
use regex::Regex;

use super::{System, exit_text};
use crate::wait::{self, NotMet};

/// A role must be ready within this, at a scenario's own scale: it may wait for others that are at work.
const READY: Duration = Duration::from_secs(30);

impl System {
    /// Waits until the role is ready.
    pub(super) async fn ready(
        &self,
        name: &str,
        role: &PlannedRole,
        processes: &[Process],
    ) -> Result<(), NotMet> {
        let what = format!("role {name} ready ({})", describe(&role.ready));
        let ended = |process: &Process| process.exit().map(exit_text);
        let http = self.listens.get(name).map(|address| format!("http://{address}"));
        let pattern = match &role.ready {
            Ready::Log(pattern) => Regex::new(pattern).ok(),
            _ => None,
        };
        wait::probe(&self.recorder, &what, READY.mul_f64(self.plan.longer), || async {
            let exits: Vec<String> = processes.iter().filter_map(ended).collect();
            if let Ready::Exit = role.ready {
                let all = exits.len() == processes.len() && exits.iter().all(|exit| exit == "code 0");
                return if all { Ok(()) } else { Err(self.last_words(name, &exits)) };
            }
            // What it wrote stays written, and a process that ends with that has said all it had to say.
            if matches!(role.ready, Ready::Log(_))
                && self.lines(name, pattern.as_ref(), processes.len()).is_ok()
            {
                return Ok(());
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

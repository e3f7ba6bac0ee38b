//! When a run is over.

use pitfall_model::{PlannedSettle, Server, Watch, What};
use pitfall_recorder::Recorder;
use tokio::time::{Instant, timeout_at};

use crate::system::System;

/// Waits until `settle` is met and the system has been quiet; returns why the run ended.
pub(crate) async fn settled(settle: &PlannedSettle, recorder: &Recorder, system: &System) -> String {
    let deadline = Instant::now() + settle.within;
    let mut watch = Watch::new(settle.when.clone());
    let (mut index, mut is_met) = (0, false);
    let mut quiet_since = Instant::now();
    loop {
        for event in recorder.events_from(index) {
            index += 1;
            is_met = watch.observe(&event).is_some();
            if is_activity(&event.what) {
                quiet_since = Instant::now();
            }
        }
        let until = if is_met { deadline.min(quiet_since + settle.quiet) } else { deadline };
        if timeout_at(until, recorder.changed_since(index)).await.is_ok() {
            continue;
        }
        if is_met && Instant::now() >= quiet_since + settle.quiet {
            return "settled".into();
        }
        if Instant::now() >= deadline {
            let gone = system.gone();
            let gone = if gone.is_empty() { String::new() } else { format!("; {}", gone.join(", ")) };
            let quiet = if is_met { format!(", then {:?} of quiet", settle.quiet) } else { String::new() };
            return format!(
                "not settled within {:?}: awaited {}{quiet}; last seen: {}{gone}",
                settle.within,
                settle.when,
                watch.last_seen()
            );
        }
    }
}

/// What the system does, as against what goes on by itself.
fn is_activity(what: &What) -> bool {
    match what {
        What::Produced { .. }
        | What::Committed { .. }
        | What::Request { .. }
        | What::Alert { .. }
        | What::SqlError { .. } => true,
        What::RowChanged { server, .. } => *server == Server::Source,
        _ => false,
    }
}

//! Awaiting a condition over the history, with a limit that says what was last seen.

use std::time::Duration;

use pitfall_model::{Condition, Place, Watch, What};
use pitfall_recorder::Recorder;
use tokio::time::{Instant, timeout_at};

/// Something did not come within its limit; it stands in the history too.
#[derive(Debug, Clone)]
pub(crate) struct NotMet(pub(crate) String);

/// Awaits `condition` from the beginning of the history on.
pub(crate) async fn condition(
    recorder: &Recorder,
    condition: &Condition,
    limit: Duration,
) -> Result<(), NotMet> {
    let deadline = Instant::now() + limit;
    let mut watch = Watch::new(condition.clone());
    let mut index = 0;
    loop {
        // `lag` is about now: what counts is what it says after the last event there is.
        let events = recorder.events_from(index);
        index += events.len();
        let met = events.iter().fold(false, |_, event| watch.observe(event).is_some());
        if met {
            return Ok(());
        }
        if timeout_at(deadline, recorder.changed_since(index)).await.is_err() {
            return Err(not_met(recorder, &condition.to_string(), limit, watch.last_seen()));
        }
    }
}

/// Asks `probe` again and again until it is content (`Ok`); its `Err` says what was last seen.
pub(crate) async fn probe<F>(
    recorder: &Recorder,
    what: &str,
    limit: Duration,
    mut probe: impl FnMut() -> F,
) -> Result<(), NotMet>
where
    F: Future<Output = Result<(), String>>,
{
    let deadline = Instant::now() + limit;
    let mut last_seen = "nothing yet".to_owned();
    loop {
        match timeout_at(deadline, probe()).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(seen)) => last_seen = seen,
            Err(_) => {}
        }
        if Instant::now() >= deadline {
            return Err(not_met(recorder, what, limit, last_seen));
        }
        // A server has to be asked again: nothing tells us when its answer changes.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Records a wait that was in vain.
pub(crate) fn not_met(recorder: &Recorder, what: &str, limit: Duration, last_seen: String) -> NotMet {
    let what = format!("{what} within {limit:?}");
    let text = format!("awaited {what}; last seen: {last_seen}");
    recorder.record(Place::default(), What::Awaited { what, met: false, last_seen });
    NotMet(text)
}

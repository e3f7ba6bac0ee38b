//! The plugin's file on this machine, read by a thread.

use std::{path::PathBuf, sync::Arc, thread, time::Duration};

use futures::{FutureExt, future::BoxFuture};
use tokio_util::sync::CancellationToken;

use super::{
    Records, Tell,
    tail::{Mark, Tail},
};
use crate::{
    status::Status,
    tap::{Tap, TapError, Who},
};

/// How often the file is looked at.
const EVERY: Duration = Duration::from_millis(10);
/// How long stopping may take.
const END: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct File {
    who: Who,
    status: Arc<Status<Reading>>,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Reading {
    /// Everything before it was recorded.
    mark: Option<Mark>,
    ended: bool,
}

impl File {
    /// Begins at the present end of the file.
    pub(super) fn follow(path: PathBuf, tell: Tell) -> Result<Self, TapError> {
        let who = Who { tap: super::TAP, server: path.display().to_string() };
        let mut tail = Tail::at_end(path).map_err(|error| who.unreachable("open the file", error))?;
        let status = Arc::new(Status::new(Reading { mark: tail.mark(), ended: false }));
        let stop = CancellationToken::new();
        let (progress, stopped) = (Arc::clone(&status), stop.clone());
        let thread = thread::Builder::new().name(super::TAP.into()).spawn(move || {
            while !stopped.is_cancelled() {
                if let Err(error) = round(&mut tail, &progress, &tell) {
                    progress.fail(format!("reading the file: {error}"));
                    break;
                }
                thread::sleep(EVERY);
            }
            progress.advance(|reading| reading.ended = true);
        });
        thread.map_err(|error| who.unreachable("start a thread", error))?;
        Ok(Self { who, status, stop })
    }
}

/// Reads what is new; at the end of the file, a record that is whole by its looks is recorded too.
fn round(tail: &mut Tail, status: &Status<Reading>, tell: &Tell) -> std::io::Result<()> {
    let records: &mut Records = tail.read()?;
    records.drain_at_end().for_each(|failure| tell.tell(failure));
    if let Some(reason) = records.strange() {
        status.fail(reason);
    }
    let mark = tail.mark();
    if status.look(|reading| reading.mark != mark) {
        status.advance(|reading| reading.mark = mark);
    }
    Ok(())
}

impl Tap for File {
    fn name(&self) -> String {
        self.who.name()
    }

    fn catch_up(&self, limit: Duration) -> BoxFuture<'_, Result<(), TapError>> {
        async move {
            let at = self.status.look(|reading| reading.mark.clone());
            let end = Mark::end_of(self.who.server.as_ref(), at.as_ref())
                .map_err(|error| self.who.unreachable("look at the file", error))?;
            let reached = |reading: &Reading| Mark::reached(reading.mark.as_ref(), end.as_ref());
            let show = |reading: &Reading| format!("{:?}", reading.mark);
            self.status.reach(&self.who, limit, &format!("the file's end {end:?}"), reached, show).await
        }
        .boxed()
    }

    fn failed(&self) -> Option<String> {
        self.status.failed()
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        async {
            self.stop.cancel();
            self.status.ended(&self.who, END, |reading| reading.ended).await;
        }
        .boxed()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

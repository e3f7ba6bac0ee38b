//! How far a tap has come, and whether it failed: written by the tap, awaited by `catch_up`.

use std::time::Duration;

use tokio::sync::watch;

use crate::tap::{TapError, Who};

/// Progress `P` of a tap, shared by the thread or task that follows and those that wait for it.
#[derive(Debug)]
pub(crate) struct Status<P> {
    seen: watch::Sender<Seen<P>>,
}

#[derive(Debug)]
struct Seen<P> {
    at: P,
    failed: Option<String>,
    /// A passing trouble (broker away, connection lost), for the text of a time-out.
    trouble: Option<String>,
}

impl<P> Status<P> {
    pub(crate) fn new(at: P) -> Self {
        Self { seen: watch::Sender::new(Seen { at, failed: None, trouble: None }) }
    }

    pub(crate) fn advance(&self, step: impl FnOnce(&mut P)) {
        self.seen.send_modify(|seen| {
            step(&mut seen.at);
            seen.trouble = None;
        });
    }

    /// The first reason stays.
    pub(crate) fn fail(&self, reason: impl Into<String>) {
        self.seen.send_modify(|seen| {
            seen.failed.get_or_insert(reason.into());
        });
    }

    pub(crate) fn trouble(&self, what: impl Into<String>) {
        self.seen.send_modify(|seen| seen.trouble = Some(what.into()));
    }

    pub(crate) fn failed(&self) -> Option<String> {
        self.seen.borrow().failed.clone()
    }

    pub(crate) fn look<R>(&self, read: impl FnOnce(&P) -> R) -> R {
        read(&self.seen.borrow().at)
    }

    /// Waits until what follows has `ended`. Within the limit: one that has failed, or that hangs, is let go.
    pub(crate) async fn ended(&self, who: &Who, limit: Duration, ended: impl Fn(&P) -> bool) {
        let _ = self.reach(who, limit, "its end", ended, |_| String::new()).await;
    }

    /// Waits until `reached`, the tap's failure, or the limit.
    pub(crate) async fn reach(
        &self,
        who: &Who,
        limit: Duration,
        awaited: &str,
        reached: impl Fn(&P) -> bool,
        show: impl Fn(&P) -> String,
    ) -> Result<(), TapError> {
        let mut seen = self.seen.subscribe();
        let wait = seen.wait_for(|seen| seen.failed.is_some() || reached(&seen.at));
        if let Ok(Ok(seen)) = tokio::time::timeout(limit, wait).await {
            return match &seen.failed {
                Some(reason) => Err(who.failed(reason.clone())),
                None => Ok(()),
            };
        }
        let seen = self.seen.borrow();
        let mut last_seen = show(&seen.at);
        if let Some(trouble) = &seen.trouble {
            last_seen = format!("{last_seen}; meanwhile: {trouble}");
        }
        Err(who.behind(limit, awaited.to_owned(), last_seen))
    }
}

//! Nothing comes back.

use std::time::Duration;

use tokio::time::Instant;

use super::{Finding, Sight, ms};

/// How long nothing comes before that is told.
const LONG: Duration = Duration::from_millis(500);

/// Whether an answer is missing.
#[derive(Default)]
pub(super) struct Silence {
    since: Option<Instant>,
    sent: u64,
}

impl Silence {
    pub(super) fn see(&mut self, sight: Sight, now: Instant) -> Option<Finding> {
        match sight {
            Sight::Sent(bytes) => {
                self.since = self.since.or(Some(now));
                self.sent += bytes as u64;
            }
            Sight::Came(_) => *self = Self::default(),
            Sight::Tick if self.due()? <= now => {
                let silent = now - self.since.take()?;
                let sent = std::mem::take(&mut self.sent);
                return Some(Finding::Bit(format!("no answer to {sent} bytes for {}", ms(silent))));
            }
            _ => {}
        }
        None
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.since.map(|since| since + LONG)
    }
}

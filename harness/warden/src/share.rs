//! The right to start a shared environment, and its result.

use crate::client::Warden;
use crate::error::WardenError;
use crate::wire::{Call, Owner};

/// The answer to [`Warden::share`](crate::Warden::share).
#[derive(Debug)]
pub enum Share {
    /// The caller starts what is shared, with [`Lease::owner`] as owner, and publishes it.
    Start(Lease),
    /// Someone has started it; this is what was published.
    Ready(String),
}

/// The right and the duty to start a share. Dropped without [`publish`](Lease::publish), all that was spawned for the share
/// is killed and the next waiter gets the right.
#[derive(Debug)]
pub struct Lease {
    warden: Warden,
    key: String,
    /// Names this lease to the warden; unique within the connection.
    id: u64,
    settled: bool,
}

impl Lease {
    pub(crate) fn new(warden: Warden, key: String, id: u64) -> Self {
        Lease { warden, key, id, settled: false }
    }

    pub(crate) fn claim(&self) -> Call {
        Call::Share { key: self.key.clone(), lease: self.id }
    }

    /// For a claim that was answered with what someone else published.
    pub(crate) fn forget(mut self) {
        self.settled = true;
    }

    /// The owner to give to what is started for the share.
    pub fn owner(&self) -> Owner {
        Owner::Share(self.key.clone())
    }

    /// Hands `json` to all who wait for the share and all who will ask for it.
    ///
    /// # Errors
    /// When the warden is gone.
    pub async fn publish(mut self, json: &str) -> Result<(), WardenError> {
        let call = Call::Publish { key: self.key.clone(), lease: self.id, json: json.to_owned() };
        self.warden.ask(call).await?;
        self.settled = true;
        Ok(())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.settled {
            self.warden.tell(Call::Abandon { key: self.key.clone(), lease: self.id });
        }
    }
}

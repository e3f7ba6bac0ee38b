//! `down`: connections are cut, and refused.
//!
//! Each is told by itself here; that the proxy's address refuses is proved when it is taken down.

use tokio::time::Instant;

use super::{Finding, Sight, Witness};
use crate::item::Manner;
use crate::toxics::CUT;

pub(super) struct Down;

impl Witness for Down {
    fn see(&mut self, sight: Sight, _now: Instant) -> Option<Finding> {
        matches!(sight, Sight::Ended | Sight::Refused).then(|| Finding::Ended(Manner::Now, CUT.to_owned()))
    }
}

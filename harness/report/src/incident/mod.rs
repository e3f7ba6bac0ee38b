//! Incidents, one page each, and a table of them all: made of the summaries of runs, never written by hand.

mod group;
mod index;
mod page;
mod variant;

pub use group::{Incident, incidents};
pub use index::incident_index;

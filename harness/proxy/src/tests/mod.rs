//! What a link does as a whole, seen from a client and a server.

mod acting;
mod blinding;
mod closing;
mod mirroring;
mod passing;
mod talk;

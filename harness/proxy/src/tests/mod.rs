//! What a link does as a whole, seen from a client and a server.

mod acting;
mod closing;
mod passing;

//! Callers: on which connection a request of the mocked platform came.
//!
//! The platform knows only the link. The link told the request, with its connection, before it passed it on: the first told with
//! the same path and not yet met is the same request.

use pitfall_model::{Event, What};

use crate::map::Map;

/// Links to the mocked platform are called `ROLE->platform`.
const TO_PLATFORM: &str = "->platform";

/// Requests on their way through the history.
#[derive(Debug, Default)]
pub(super) struct Callers {
    /// By link: connection and path of what the link told and the platform did not yet.
    passed: Map<Box<str>, Vec<(u32, Box<str>)>>,
    /// By number: the connection of what the platform has not yet answered.
    asked: Map<u64, u32>,
}

impl Callers {
    /// Takes in the next event; returned is its connection: its own, or for a request of the platform and its answer that of the
    /// request on the link (0 where that is not known).
    pub(super) fn see(&mut self, event: &Event, conn: u32) -> u32 {
        let Some(link) = event.link.as_deref().filter(|link| link.ends_with(TO_PLATFORM)) else {
            return conn;
        };
        match &event.what {
            What::HttpRequest { path, .. } => {
                let passed = self.passed.entry(link.into()).or_default();
                passed.retain(|(of, same)| *of != conn || **same != **path);
                passed.push((conn, path.as_str().into()));
            }
            What::ConnectionClosed { .. } => {
                if let Some(passed) = self.passed.get_mut(link) {
                    passed.retain(|(of, _)| *of != conn);
                }
            }
            What::Request { request, path, .. } => {
                let conn = if conn == 0 { self.take(link, path) } else { conn };
                if conn != 0 {
                    self.asked.insert(*request, conn);
                }
                return conn;
            }
            What::Answer { request, .. } => {
                let asked = self.asked.swap_remove(request).unwrap_or_default();
                return if conn == 0 { asked } else { conn };
            }
            _ => {}
        }
        conn
    }

    fn take(&mut self, link: &str, path: &str) -> u32 {
        let Some(passed) = self.passed.get_mut(link) else { return 0 };
        let place = passed.iter().position(|(_, of)| **of == *path);
        place.map_or(0, |place| passed.remove(place).0)
    }
}

#[cfg(test)]
mod tests {
    use pitfall_model::{Event, What};

    use crate::facts::{Did, Facts};

    const LINK: &str = "save->platform";

    fn event(seq: u64, conn: Option<u64>, what: What) -> Event {
        Event { seq, at: seq, link: Some(LINK.to_owned()), conn, order: None, what }
    }

    fn passed(conn: u64, path: &str) -> Event {
        let (method, path) = ("POST".to_owned(), path.to_owned());
        event(0, Some(conn), What::HttpRequest { request: 1, method, path })
    }

    fn asked(request: u64, path: &str) -> Event {
        let (route, method, path) = ("ship".to_owned(), "POST".to_owned(), path.to_owned());
        event(0, None, What::Request { request, route, method, path })
    }

    fn answered(request: u64) -> Event {
        event(0, None, What::Answer { request, route: "ship".to_owned(), status: 200, delay_ms: 0 })
    }

    fn closed(conn: u64) -> Event {
        let by = "client".to_owned();
        event(0, Some(conn), What::ConnectionClosed { by, bytes_up: 0, bytes_down: 0 })
    }

    /// The connections of the platform's requests and answers, as facts count them: from 1, 0 is none.
    fn connections(events: impl IntoIterator<Item = Event>) -> Vec<u32> {
        let mut facts = Facts::default();
        events.into_iter().for_each(|event| facts.see(&event));
        let of_platform = facts.all().iter().filter(|fact| fact.did != Did::ConnectionClosed);
        of_platform.map(|fact| fact.conn).collect()
    }

    #[test]
    fn a_request_came_on_the_connection_on_which_the_link_told_it() {
        let both =
            [passed(4, "/a"), passed(7, "/b"), asked(1, "/b"), asked(2, "/a"), answered(2), answered(1)];
        assert_eq!(connections(both), [8, 5, 5, 8]);
    }

    #[test]
    fn equal_requests_came_in_the_order_in_which_they_were_told() {
        let equal = [passed(4, "/a"), passed(7, "/a"), asked(1, "/a"), asked(2, "/a")];
        assert_eq!(connections(equal), [5, 8]);
    }

    #[test]
    fn what_was_cut_on_its_way_is_not_met_again() {
        let cut = [passed(4, "/a"), closed(4), passed(7, "/a"), asked(1, "/a"), asked(2, "/a")];
        assert_eq!(connections(cut), [8, 0]);
    }
}

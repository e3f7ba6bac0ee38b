//! Callers: on which connection a request of the mocked platform came, and how long before the platform told of it.
//!
//! The platform knows only the link. The link told the request, with its connection, before it passed it on: the first told with
//! the same path and not yet met is the same request. A platform in a container is heard later than it acts: what it tells of a
//! request happened at any time since the request was on its link.

use pitfall_model::{Event, What};

use crate::map::Map;

/// Links to the mocked platform are called `ROLE->platform`.
const TO_PLATFORM: &str = "->platform";

/// Requests on their way through the history.
#[derive(Debug, Default)]
pub(super) struct Callers {
    links: Map<Box<str>, Link>,
    /// By number: the connection of what the platform has not yet answered.
    asked: Map<u64, u32>,
}

#[derive(Debug, Default)]
struct Link {
    /// What the link told and the platform did not yet.
    passed: Vec<Passed>,
    /// Nanoseconds from when the link told the last request that the platform told, to when that did.
    late: u64,
}

#[derive(Debug)]
struct Passed {
    conn: u32,
    path: Box<str>,
    at: u64,
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
                let passed = &mut self.links.entry(link.into()).or_default().passed;
                passed.retain(|same| same.conn != conn || *same.path != **path);
                passed.push(Passed { conn, path: path.as_str().into(), at: event.at });
            }
            What::ConnectionClosed { .. } => {
                if let Some(link) = self.links.get_mut(link) {
                    link.passed.retain(|of| of.conn != conn);
                }
            }
            What::Request { request, path, .. } => {
                let conn = match self.links.get_mut(link) {
                    Some(link) if conn == 0 => link.take(path, event.at).unwrap_or_default(),
                    Some(link) => {
                        link.late = 0;
                        conn
                    }
                    None => conn,
                };
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

    /// How long before this event of the platform's its request was on the link, at the most: nanoseconds, of the request last told.
    pub(super) fn late(&self, event: &Event) -> u64 {
        event.link.as_deref().and_then(|link| self.links.get(link)).map_or(0, |link| link.late)
    }
}

impl Link {
    /// The connection of the request with this path that the platform tells of at `at`, if the link told it.
    fn take(&mut self, path: &str, at: u64) -> Option<u32> {
        let place = self.passed.iter().position(|of| *of.path == *path);
        let passed = place.map(|place| self.passed.remove(place));
        self.late = passed.as_ref().map_or(0, |passed| at.saturating_sub(passed.at));
        passed.map(|passed| passed.conn)
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
    fn a_ban_lasts_from_when_the_refused_request_was_on_its_link() {
        let at = |at, event: Event| Event { at, ..event };
        let ban = || event(0, None, What::Ban { route: "ship".to_owned(), for_ms: 1000 });
        let lasts = |events: Vec<Event>| {
            let mut facts = Facts::default();
            events.into_iter().for_each(|event| facts.see(&event));
            facts.all().iter().find_map(|fact| match fact.did {
                Did::Ban { for_ms, .. } => Some(for_ms),
                _ => None,
            })
        };
        // Told 55 ms late; and by a platform whose link told nothing.
        let late = vec![at(0, passed(4, "/a")), at(55_000_000, asked(1, "/a")), at(55_000_000, ban())];
        assert_eq!(lasts(late), Some(945));
        assert_eq!(lasts(vec![at(55_000_000, asked(1, "/a")), at(55_000_000, ban())]), Some(1000));
    }

    #[test]
    fn what_was_cut_on_its_way_is_not_met_again() {
        let cut = [passed(4, "/a"), closed(4), passed(7, "/a"), asked(1, "/a"), asked(2, "/a")];
        assert_eq!(connections(cut), [8, 0]);
    }
}

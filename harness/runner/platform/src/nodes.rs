//! Nodes that share the calls of a route, over all links. One that is given more than it stands falls over, for a time.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use pitfall_model::{Nodes as Data, Route};

/// The nodes of one platform, on its one monotonic clock. Clones share them.
#[derive(Clone)]
pub(crate) struct Nodes(Option<Arc<Service>>);

struct Service {
    data: Data,
    began: Instant,
    nodes: Mutex<Vec<Node>>,
}

/// Times are since the service began.
#[derive(Clone, Default)]
struct Node {
    /// When each of its calls is over.
    calls: Vec<Duration>,
    down_until: Duration,
}

/// What becomes of a call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// A node has it, or the route has no nodes.
    Taken,
    /// The node that it was given to fell over, or none was up.
    Lost,
}

impl Nodes {
    pub(crate) fn new(data: Option<Data>) -> Self {
        let service = |data: Data| {
            let nodes = vec![Node::default(); usize::try_from(data.number).unwrap_or(usize::MAX)];
            Arc::new(Service { data, began: Instant::now(), nodes: Mutex::new(nodes) })
        };
        Self(data.map(service))
    }

    /// Gives a call that takes so long to a node. `tell` is called of a node that falls over (its number, how long it is down) before
    /// another call is looked at.
    pub(crate) fn give(&self, route: Route, takes: Duration, tell: impl FnOnce(u32, Duration)) -> Given {
        let Some(service) = self.0.as_ref().filter(|service| service.data.route == route) else {
            return Given::Taken;
        };
        let mut nodes = service.nodes.lock().unwrap_or_else(PoisonError::into_inner);
        let (given, died) = give(&mut nodes, &service.data, service.began.elapsed(), takes);
        if let Some(node) = died {
            tell(node, service.data.down.0);
        }
        given
    }
}

/// What becomes of the call, and the number of the node that fell over.
fn give(nodes: &mut [Node], data: &Data, now: Duration, takes: Duration) -> (Given, Option<u32>) {
    for node in nodes.iter_mut() {
        node.calls.retain(|over| *over > now);
    }
    let up = (1..).zip(nodes).filter(|(_, node)| node.down_until <= now);
    let Some((number, node)) = up.min_by_key(|(_, node)| node.calls.len()) else {
        return (Given::Lost, None);
    };
    if node.calls.len() < usize::try_from(data.in_flight).unwrap_or(usize::MAX) {
        node.calls.push(now + takes);
        return (Given::Taken, None);
    }
    *node = Node { calls: Vec::new(), down_until: now + data.down.0 };
    (Given::Lost, Some(number))
}

#[cfg(test)]
mod tests {
    use pitfall_model::Delay;

    use super::*;

    const TAKES: Duration = Duration::from_millis(100);

    /// Two nodes that stand two calls each, and are down for a second.
    struct Two(Vec<Node>);

    impl Two {
        fn new() -> Self {
            Self(vec![Node::default(); 2])
        }

        /// A call after so many milliseconds: the node that fell over, or whether it was taken.
        fn call(&mut self, at: u64) -> Result<Given, u32> {
            let down = Delay(Duration::from_secs(1));
            let data = Data { route: Route::Detail, number: 2, in_flight: 2, down };
            match give(&mut self.0, &data, Duration::from_millis(at), TAKES) {
                (_, Some(node)) => Err(node),
                (given, None) => Ok(given),
            }
        }
    }

    #[test]
    fn calls_are_spread_and_one_too_many_makes_a_node_fall_over() {
        let mut two = Two::new();
        assert!((0..4).all(|at| two.call(at) == Ok(Given::Taken)));
        assert!(two.0.iter().all(|node| node.calls.len() == 2));
        assert_eq!(two.call(4), Err(1));
        // Whoever is left is full as well.
        assert_eq!(two.call(5), Err(2));
        assert_eq!(two.call(6), Ok(Given::Lost));
    }

    #[test]
    fn a_call_that_is_over_makes_room() {
        let mut two = Two::new();
        assert!((0..4).all(|at| two.call(at) == Ok(Given::Taken)));
        assert_eq!(two.call(100), Ok(Given::Taken));
        assert_eq!(two.call(100), Err(1));
    }

    #[test]
    fn a_node_is_down_for_its_time_and_begins_with_no_calls() {
        let mut two = Two::new();
        assert!((0..4).all(|at| two.call(at) == Ok(Given::Taken)));
        assert_eq!(two.call(4), Err(1));
        // The other has room again, and no more than its own.
        assert_eq!(
            [two.call(1003), two.call(1003), two.call(1003)],
            [Ok(Given::Taken), Ok(Given::Taken), Err(2)]
        );
        assert_eq!([two.call(1004), two.call(1004)], [Ok(Given::Taken), Ok(Given::Taken)]);
        assert_eq!(two.call(1005), Err(1));
    }

    #[test]
    fn other_routes_have_no_nodes() {
        let down = Delay(Duration::from_secs(1));
        let nodes = Nodes::new(Some(Data { route: Route::Detail, number: 1, in_flight: 1, down }));
        let mut died = Vec::new();
        assert_eq!(nodes.give(Route::Ship, TAKES, |_, _| ()), Given::Taken);
        let hour = Duration::from_secs(3600);
        assert_eq!(nodes.give(Route::Detail, hour, |_, _| ()), Given::Taken);
        assert_eq!(
            nodes.clone().give(Route::Detail, hour, |node, down| died.push((node, down))),
            Given::Lost
        );
        assert_eq!(nodes.give(Route::Ship, TAKES, |_, _| ()), Given::Taken);
        assert_eq!(died, [(1, Duration::from_secs(1))]);
    }
}

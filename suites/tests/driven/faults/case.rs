//! A small scenario with faults, and what must have come of it.

use super::run::Run;

/// One scenario file.
#[derive(Clone, Copy)]
pub(super) struct Case {
    pub(super) name: &'static str,
    /// So many are placed.
    pub(super) orders: u32,
    /// As many consumers run, each with a partition.
    pub(super) consumers: u32,
    /// TOML: switches other than the usual, as `KEY = "value"`, by commas.
    pub(super) env: &'static str,
    /// TOML: what goes wrong.
    pub(super) faults: &'static str,
    /// What has to be seen before the run may end, besides that all is committed.
    pub(super) until: &'static str,
    /// TOML: the variant's `expect`, `proof` and whatever else it says.
    pub(super) variant: &'static str,
    pub(super) check: fn(&Run),
}

/// One consumer that handles two orders as it should.
pub(super) const USUAL: Case = Case {
    name: "",
    orders: 2,
    consumers: 1,
    env: "",
    faults: "",
    until: "",
    variant: "",
    check: |_| panic!("nothing is checked"),
};

impl Case {
    /// The scenario file.
    pub(super) fn text(&self) -> String {
        let Self { name, orders, consumers, env, faults, until, variant, check: _ } = self;
        format!(
            r#"
id = "F"
name = "{name}"
system = "kitchen-display"
story = "A fault does what it is said to do."
source = "docs/scenarios.md"
instances = {{ order-system = 1, consumer = {consumers} }}

[env]
MESSAGE = "whole"
DETAIL = "message"
STORE = "upsert"
INCOMPLETE = "accept"
ON_FAILURE = "drop"
THREADS = "1"
ACKNOWLEDGE = "last"
DATABASE_TIMEOUT_MS = "2000"
SESSION_TIMEOUT_MS = "1500"

[topics.order]
partitions = {consumers}

[[workload]]
step = "opened"
action = "open"
orders = "1..={orders}"
[[workload]]
step = "chosen"
action = "choose"
orders = "1..={orders}"
[[workload]]
step = "placed"
when = "row-changed server=replica database=orders table=orders nth={orders}"
action = "place"
orders = "1..={orders}"
{faults}
[settle]
when = "step-done step=placed and lag group=kitchen topic=order at-most=0{until}"
quiet = "300ms"
within = "20s"

[guarantees.no-loss]
topic = "order"
group = "kitchen"
effect = "orders"
at-least = {orders}

[variants.run]
env = {{ {env} }}
{variant}
"#
        )
    }
}

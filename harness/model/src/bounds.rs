//! Whether the bounds in `[guarantees]` name what the system has, and what can be judged.

use crate::{
    diagnostic::Diagnostic,
    effect::Effect,
    guarantee::{Guarantee, Guarantees, OfIsolation, OfOrders, OfPressure, Size},
    nearest::did_you_mean,
    scenario::Scenario,
    source::Source,
    system::System,
};

/// Every name in `[guarantees]` stands in `pitfall.toml`, and is of something that shows what is judged.
pub(crate) fn check(scenario: &Source<Scenario>, system: &System) -> Result<(), Diagnostic> {
    for guarantee in scenario.data.guarantees.judged() {
        Check { scenario, system, guarantee }.bounds(&scenario.data.guarantees)?;
    }
    Ok(())
}

struct Check<'a> {
    scenario: &'a Source<Scenario>,
    system: &'a System,
    guarantee: Guarantee,
}

impl Check<'_> {
    fn bounds(&self, all: &Guarantees) -> Result<(), Diagnostic> {
        match self.guarantee {
            Guarantee::NoLoss => all.no_loss.iter().try_for_each(|bounds| {
                self.taken(&bounds.topic, &bounds.group)?;
                self.effect("effect", &bounds.effect)?;
                bounds.dead.iter().try_for_each(|dead| self.effect("dead", dead))?;
                bounds
                    .action
                    .iter()
                    .try_for_each(|action| self.known("action", "action", action, self.system.actions.keys()))
            }),
            Guarantee::Order => all.order.iter().try_for_each(|bounds| self.statuses(bounds)),
            Guarantee::Convergence => all.convergence.iter().try_for_each(|bounds| self.statuses(bounds)),
            Guarantee::Completeness => all.completeness.iter().try_for_each(|bounds| {
                self.topic(&bounds.topic)?;
                self.table("effect", &bounds.effect)?;
                self.table("parts", &bounds.parts)?;
                self.known("truth", "table of truth", &bounds.truth, self.system.truth.keys())
            }),
            Guarantee::Idempotency => all.idempotency.iter().try_for_each(|bounds| {
                self.taken(&bounds.topic, &bounds.group)?;
                self.effect("effect", &bounds.effect)?;
                self.above_zero("copies", bounds.copies, "an order without messages cannot be judged")
            }),
            Guarantee::MutualExclusion => {
                all.mutual_exclusion.iter().try_for_each(|bounds| self.group(&bounds.group))
            }
            Guarantee::RetryContract => all.retry_contract.iter().try_for_each(|bounds| {
                self.taken(&bounds.topic, &bounds.group)?;
                self.effect("effect", &bounds.effect)?;
                self.above_zero("attempts", bounds.attempts, "the first call is one of them")
            }),
            Guarantee::DeadLetter => all.dead_letter.iter().try_for_each(|bounds| {
                self.taken(&bounds.topic, &bounds.group)?;
                self.effect("effect", &bounds.effect)?;
                self.columns("dead", &bounds.dead, &["reason"])
            }),
            Guarantee::Backpressure => all.backpressure.iter().try_for_each(|bounds| {
                self.pressure(bounds)?;
                bounds.drains.iter().try_for_each(|drains| self.taken(&drains.topic, &drains.group))
            }),
            Guarantee::Progress => all.progress.iter().try_for_each(|bounds| {
                self.taken(&bounds.topic, &bounds.group)?;
                self.role(&bounds.role)?;
                self.effect("effect", &bounds.effect)
            }),
            Guarantee::Compatibility => all.compatibility.iter().try_for_each(|bounds| {
                self.topic(&bounds.topic)?;
                self.pointer(&bounds.topic, "version")?;
                self.columns("effect", &bounds.effect, &["version"])
            }),
            Guarantee::Accounting => all.accounting.iter().try_for_each(|bounds| {
                self.topic(&bounds.topic)?;
                self.columns("effect", &bounds.effect, &["status", "reason"])
            }),
            Guarantee::EnvironmentIsolation => all.environment_isolation.iter().try_for_each(|bounds| {
                self.taken(&bounds.topic, &bounds.group)?;
                self.effect("effect", &bounds.effect)
            }),
            Guarantee::Isolation
            | Guarantee::Liveness
            | Guarantee::Balance
            | Guarantee::Latency
            | Guarantee::Economy
            | Guarantee::Availability => self.of_resources(all),
        }
    }

    fn of_resources(&self, all: &Guarantees) -> Result<(), Diagnostic> {
        match self.guarantee {
            Guarantee::Isolation => all.isolation.iter().try_for_each(|bounds| {
                self.topic(&bounds.topic)?;
                self.effect("effect", &bounds.effect)?;
                self.trouble(bounds)?;
                self.percent("percentile", bounds.percentile)
            }),
            Guarantee::Liveness => all.liveness.iter().try_for_each(|bounds| {
                self.group(&bounds.group)?;
                self.role(&bounds.role)
            }),
            Guarantee::Balance => all.balance.iter().try_for_each(|bounds| {
                self.known("topic", "topic", &bounds.topic, self.system.topics.keys())?;
                self.percent("share", bounds.share)
            }),
            Guarantee::Latency => all.latency.iter().try_for_each(|bounds| {
                self.topic(&bounds.topic)?;
                match bounds.as_grows {
                    Size::Bytes => self.effect("effect", &bounds.effect)?,
                    Size::Rows => self.table("effect", &bounds.effect)?,
                }
                let is_ratio = bounds.ratio.is_finite() && bounds.ratio >= 1.0;
                let message =
                    "`ratio` is at least 1: the larger may take so many times what the smaller does";
                if is_ratio { Ok(()) } else { Err(self.error("ratio", message.to_owned())) }
            }),
            Guarantee::Economy => all.economy.iter().try_for_each(|bounds| {
                self.role(&bounds.role)?;
                self.known("topic", "topic", &bounds.topic, self.system.topics.keys())?;
                self.group(&bounds.group)?;
                self.percent("cpu", bounds.cpu)
            }),
            Guarantee::Availability => all.availability.iter().try_for_each(|bounds| {
                self.topic(&bounds.topic)?;
                self.effect("effect", &bounds.effect)?;
                let faults = self.scenario.data.faults.iter().map(|fault| fault.name.as_ref());
                self.known("fault", "fault", &bounds.fault, faults)
            }),
            _ => Ok(()),
        }
    }

    fn taken(&self, topic: &str, group: &str) -> Result<(), Diagnostic> {
        self.topic(topic)?;
        self.group(group)
    }

    fn effect(&self, key: &str, name: &str) -> Result<(), Diagnostic> {
        self.known(key, "effect", name, self.system.effects.keys())
    }

    fn role(&self, name: &str) -> Result<(), Diagnostic> {
        let roles = self.scenario.data.instances.keys().map(|role| role.as_ref());
        self.known("role", "role with instances", name, roles)
    }

    fn percent(&self, key: &str, percent: u8) -> Result<(), Diagnostic> {
        if (1..=100).contains(&percent) {
            return Ok(());
        }
        Err(self.error(key, format!("`{key}` is a percentage from 1 to 100, not {percent}")))
    }

    fn above_zero(&self, key: &str, count: usize, why: &str) -> Result<(), Diagnostic> {
        if count > 0 {
            return Ok(());
        }
        Err(self.error(key, format!("{why}: `{key}` is at least 1")))
    }

    fn group(&self, name: &str) -> Result<(), Diagnostic> {
        self.known("group", "group", name, &self.system.groups)
    }

    fn topic(&self, name: &str) -> Result<(), Diagnostic> {
        self.known("topic", "topic", name, self.system.topics.keys())?;
        self.pointer(name, "order")
    }

    /// The topic's messages tell their order, status or version.
    fn pointer(&self, topic: &str, pointer: &str) -> Result<(), Diagnostic> {
        let Some(of) = self.system.topics.get(topic) else { return Ok(()) };
        let said = match pointer {
            "order" => &of.order,
            "version" => &of.version,
            _ => &of.status,
        };
        if said.is_some() {
            return Ok(());
        }
        let message = format!(
            "messages of topic `{topic}` do not tell their {pointer}: give `[topics.{topic}]` of the system a pointer `{pointer}`"
        );
        Err(self.error("topic", message))
    }

    /// One way to tell who is in trouble, which can be told.
    fn trouble(&self, bounds: &OfIsolation) -> Result<(), Diagnostic> {
        match (bounds.route, &bounds.bulk) {
            (Some(_), None) => Ok(()),
            (None, Some(_)) => self.pointer(&bounds.topic, "status"),
            (Some(_), Some(_)) => {
                let message =
                    "who is in trouble, those whose calls of `route` fail or those in `bulk`? leave one out";
                Err(self.error("bulk", message.to_owned()))
            }
            (None, None) => {
                let message =
                    "nobody is in trouble: name the `route` whose calls fail, or the status of the `bulk`";
                Err(self.error("percentile", message.to_owned()))
            }
        }
    }

    /// Calls have a route, and something is judged.
    fn pressure(&self, bounds: &OfPressure) -> Result<(), Diagnostic> {
        let no_route = |key: &str| {
            let message = format!("calls of which route? `{key}` is judged of calls: name their `route`");
            Err(self.error(key, message))
        };
        match bounds {
            OfPressure { route: Some(_), .. } => Ok(()),
            OfPressure { in_flight: Some(_), .. } => no_route("in-flight"),
            OfPressure { rate: Some(_), .. } => no_route("rate"),
            OfPressure { drains: Some(_), .. } => Ok(()),
            _ => {
                let message = "nothing is judged: name the `route` that is called, or what `drains`";
                Err(self.error("at-least", message.to_owned()))
            }
        }
    }

    /// Both the messages and the effect tell a status.
    fn statuses(&self, bounds: &OfOrders) -> Result<(), Diagnostic> {
        self.taken(&bounds.topic, &bounds.group)?;
        self.effect("effect", &bounds.effect)?;
        self.pointer(&bounds.topic, "status")?;
        match self.system.effects.get(&bounds.effect) {
            Some(Effect::Table(table)) if table.status.is_none() => {
                let message = format!(
                    "effect `{0}` does not tell a status: give `[effects.{0}]` of the system its column `status`",
                    bounds.effect
                );
                Err(self.error("effect", message))
            }
            Some(Effect::Topic(effect)) => self.pointer(&effect.topic, "status"),
            Some(Effect::Route { .. }) => {
                let message = format!("calls do not tell a status: effect `{}` is a route", bounds.effect);
                Err(self.error("effect", message))
            }
            _ => Ok(()),
        }
    }

    /// The effect is a table.
    fn table(&self, key: &str, effect: &str) -> Result<(), Diagnostic> {
        self.known(key, "effect", effect, self.system.effects.keys())?;
        match self.system.effects.get(effect) {
            Some(Effect::Table(_)) | None => Ok(()),
            Some(other) => {
                let kind = if matches!(other, Effect::Topic(_)) { "topic" } else { "route" };
                let message =
                    format!("`{}` is judged in tables, and effect `{effect}` is a {kind}", self.guarantee);
                Err(self.error(key, message))
            }
        }
    }

    /// The effect is a table, and names these columns: some of `status`, `reason`, `version`.
    fn columns(&self, key: &str, effect: &str, columns: &[&str]) -> Result<(), Diagnostic> {
        self.table(key, effect)?;
        let Some(Effect::Table(table)) = self.system.effects.get(effect) else { return Ok(()) };
        let has = |column: &&str| match *column {
            "status" => table.status.is_some(),
            "reason" => table.reason.is_some(),
            _ => table.version.is_some(),
        };
        let Some(column) = columns.iter().find(|column| !has(column)) else { return Ok(()) };
        let message = format!(
            "effect `{effect}` does not tell a {column}: give `[effects.{effect}]` of the system its column `{column}`"
        );
        Err(self.error(key, message))
    }

    fn known<'n>(
        &self,
        key: &str,
        kind: &str,
        name: &str,
        names: impl IntoIterator<Item = &'n String>,
    ) -> Result<(), Diagnostic> {
        let names: Vec<&str> = names.into_iter().map(String::as_str).collect();
        if names.contains(&name) {
            return Ok(());
        }
        Err(self.error(key, format!("no {kind} is called `{name}`{}", did_you_mean(name, names))))
    }

    fn error(&self, key: &str, message: String) -> Diagnostic {
        self.scenario.error(self.scenario.place(&["guarantees", self.guarantee.name(), key]), message)
    }
}

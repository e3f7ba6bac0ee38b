//! Whether the bounds in `[guarantees]` name what the system has, and what can be judged.

use crate::{
    diagnostic::Diagnostic,
    effect::Effect,
    guarantee::{Guarantee, Guarantees, OfOrders},
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
        let of_orders = |bounds: &Option<OfOrders>| bounds.iter().try_for_each(|bounds| self.orders(bounds));
        match self.guarantee {
            Guarantee::NoLoss => of_orders(&all.no_loss),
            Guarantee::Order => {
                of_orders(&all.order)?;
                all.order.iter().try_for_each(|bounds| self.statuses(bounds))
            }
            Guarantee::Convergence => {
                of_orders(&all.convergence)?;
                all.convergence.iter().try_for_each(|bounds| self.statuses(bounds))
            }
            Guarantee::Idempotency => all.idempotency.iter().try_for_each(|bounds| {
                self.topic(&bounds.topic)?;
                self.group(&bounds.group)?;
                self.table("effect", &bounds.effect)?;
                if bounds.copies == 0 {
                    let message = "an order without messages cannot be judged: `copies` is at least 1";
                    return Err(self.error("copies", message.to_owned()));
                }
                Ok(())
            }),
            Guarantee::Completeness => all.completeness.iter().try_for_each(|bounds| {
                self.topic(&bounds.topic)?;
                self.table("effect", &bounds.effect)?;
                self.table("parts", &bounds.parts)?;
                self.known("truth", "table of truth", &bounds.truth, self.system.truth.keys())
            }),
            Guarantee::Progress => all.progress.iter().try_for_each(|bounds| {
                self.topic(&bounds.topic)?;
                self.group(&bounds.group)?;
                let roles = self.scenario.data.instances.keys().map(|role| role.as_ref());
                self.known("role", "role with instances", &bounds.role, roles)?;
                self.known("effect", "effect", &bounds.effect, self.system.effects.keys())
            }),
        }
    }

    fn orders(&self, bounds: &OfOrders) -> Result<(), Diagnostic> {
        self.topic(&bounds.topic)?;
        self.group(&bounds.group)?;
        self.known("effect", "effect", &bounds.effect, self.system.effects.keys())
    }

    fn group(&self, name: &str) -> Result<(), Diagnostic> {
        self.known("group", "group", name, &self.system.groups)
    }

    fn topic(&self, name: &str) -> Result<(), Diagnostic> {
        self.known("topic", "topic", name, self.system.topics.keys())?;
        self.pointer(name, "order")
    }

    /// The topic's messages tell their order, or their status.
    fn pointer(&self, topic: &str, pointer: &str) -> Result<(), Diagnostic> {
        let Some(of) = self.system.topics.get(topic) else { return Ok(()) };
        let said = if pointer == "order" { &of.order } else { &of.status };
        if said.is_some() {
            return Ok(());
        }
        let message = format!(
            "messages of topic `{topic}` do not tell their {pointer}: give `[topics.{topic}]` of the system a pointer `{pointer}`"
        );
        Err(self.error("topic", message))
    }

    /// Both the messages and the effect tell a status.
    fn statuses(&self, bounds: &OfOrders) -> Result<(), Diagnostic> {
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

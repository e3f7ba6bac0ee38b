//! From scenario and system to plan: every name is checked before anything starts.

use std::{collections::BTreeMap, path::PathBuf};

use indexmap::IndexMap;
use serde_spanned::Spanned;

use crate::{
    account::Account,
    bounds, calls_check, condition_check,
    diagnostic::Diagnostic,
    fills::{Fills, PlannedFill},
    guarantee::Guarantee,
    judging::Judging,
    links,
    nearest::did_you_mean,
    plan::{
        Calls, ChangedTopic, Doing, Plan, PlannedFault, PlannedRole, PlannedSettle, PlannedStep,
        PlannedSweep, REPLICATION,
    },
    resolve_faults::Faults,
    scenario::{Scenario, Step, TopicChange, Variant},
    scenario_check,
    source::Source,
    system::{System, Topic},
};

/// A harness stall beyond this makes what it says of time doubtful.
const STALL_BOUND_MS: u64 = 1_000;

impl Plan {
    /// Resolves one variant of `scenario` on `system`.
    pub fn resolve(
        scenario: &Source<Scenario>,
        system: &Source<System>,
        variant: &str,
    ) -> Result<Self, Diagnostic> {
        Resolver { scenario, system }.plan(variant)
    }
}

struct Resolver<'a> {
    scenario: &'a Source<Scenario>,
    system: &'a Source<System>,
}

impl Resolver<'_> {
    fn plan(&self, name: &str) -> Result<Plan, Diagnostic> {
        let (scenario, system) = (&self.scenario.data, &self.system.data);
        let Some(variant) = scenario.variants.get(name) else {
            let names = scenario.variants.keys().map(String::as_str);
            let message = format!("no variant is called `{name}`{}", did_you_mean(name, names));
            return Err(self.scenario.error(self.scenario.place(&["variants"]), message));
        };
        scenario_check::check(self.scenario)?;
        let roles = self.roles(variant)?;
        let links = links::of(&roles, self.scenario, (name, variant), system)?;
        condition_check::check(self.scenario, system, name, &roles, &links)?;
        let topics = self.topics()?;
        let steps = self.steps(&roles, &topics)?;
        for fault in variant.proof.keys().chain(variant.may_not_come.iter()) {
            self.known("fault", fault, scenario.faults.iter().map(|fault| fault.name.as_ref()))?;
        }
        let faults =
            Faults { scenario: self.scenario, variant: name, roles: &roles, links: &links }.plan()?;
        calls_check::platform(self.scenario, &links)?;
        let sweep = match &scenario.sweep {
            None => None,
            Some(sweep) => {
                self.known("role with instances", &sweep.role, roles.keys())?;
                let breaks = variant.breaks.iter().map(|point| point.as_ref().clone()).collect();
                Some(PlannedSweep { role: sweep.role.as_ref().clone(), breaks })
            }
        };
        let started: Vec<&String> = steps.iter().flat_map(|step| &step.start).collect();
        let first = roles.keys().filter(|role| !started.contains(role)).cloned().collect();
        let bends = |fault: &PlannedFault| matches!(&fault.does, Doing::Toxic { links, .. } if links.iter().any(|l| l == REPLICATION));
        let settle = PlannedSettle {
            when: scenario.settle.when.as_ref().clone(),
            quiet: scenario.settle.quiet,
            within: scenario.settle.within,
        };
        Ok(Plan {
            name: format!("{}::{}-{}::{name}", system.name, scenario.id, scenario.name),
            account: Account {
                story: scenario.story.trim().to_owned(),
                cause: scenario.cause.as_deref().map(|cause| cause.trim().to_owned()),
                says: variant.says.as_deref().map(|says| says.trim().to_owned()),
                switches: variant.env.clone(),
                source: scenario.source.clone(),
                date: scenario.date.map(|date| date.to_string()),
            },
            scale: scenario.scale,
            longer: scenario.longer,
            needs: scenario.needs,
            folder: self.system.path.parent().map(PathBuf::from).unwrap_or_default(),
            build: system.build.clone(),
            topics,
            groups: system.groups.clone(),
            databases: system.databases.clone(),
            own_pair: faults.iter().any(bends),
            first,
            roles,
            links,
            platform: scenario.platform.clone(),
            steps,
            faults,
            told: Vec::new(),
            sweep,
            settle,
            actions: system.actions.clone(),
            judging: self.judging(name, variant)?,
        })
    }

    fn roles(&self, variant: &Variant) -> Result<IndexMap<String, PlannedRole>, Diagnostic> {
        let (scenario, system) = (&self.scenario.data, &self.system.data);
        let all = || scenario.instances.iter().chain(&variant.instances);
        for (name, _) in all() {
            self.known("role", name, system.roles.keys())?;
        }
        // Of two for a role the last counts: the variant's.
        let instances: BTreeMap<&str, u32> =
            all().map(|(name, count)| (name.as_ref().as_str(), *count)).collect();
        let mut roles = IndexMap::new();
        for (name, role) in &system.roles {
            let Some(&instances) = instances.get(name.as_str()) else { continue };
            let mut env = role.env.clone();
            env.extend(scenario.env.clone());
            env.extend(variant.env.clone());
            if role.serves.is_some() && instances > 1 {
                let message = format!("role `{name}` serves on one address: it can have only 1 instance");
                return Err(self.scenario.error(self.scenario.place(&["instances", name]), message));
            }
            let (command, image) = (role.command.clone(), role.image.clone());
            let (ready, serves) = (role.ready.clone(), role.serves.clone());
            roles.insert(name.clone(), PlannedRole { command, image, env, ready, serves, instances });
        }
        Ok(roles)
    }

    fn topics(&self) -> Result<IndexMap<String, Topic>, Diagnostic> {
        let mut topics = self.system.data.topics.clone();
        self.change(&self.scenario.data.topics, &mut topics)?;
        Ok(topics)
    }

    /// Makes topics what `changes` say; returns those that were changed.
    fn change(
        &self,
        changes: &IndexMap<Spanned<String>, TopicChange>,
        topics: &mut IndexMap<String, Topic>,
    ) -> Result<IndexMap<String, ChangedTopic>, Diagnostic> {
        let mut changed = IndexMap::new();
        for (name, change) in changes {
            self.known("topic", name, topics.keys())?;
            let Some(topic) = topics.get_mut(name.as_ref()) else { continue };
            let had = topic.partitions;
            topic.partitions = change.partitions.unwrap_or(had);
            topic.config.extend(change.config.clone());
            changed.insert(name.as_ref().clone(), ChangedTopic { had, topic: topic.clone() });
        }
        Ok(changed)
    }

    fn steps(
        &self,
        roles: &IndexMap<String, PlannedRole>,
        topics: &IndexMap<String, Topic>,
    ) -> Result<Vec<PlannedStep>, Diagnostic> {
        let (mut topics, mut fills) = (topics.clone(), Fills::new(self.scenario, &self.system.data));
        let steps = self.scenario.data.workload.iter();
        steps.map(|step| self.step(step, roles, &mut topics, fills.step(step)?)).collect()
    }

    fn step(
        &self,
        step: &Step,
        roles: &IndexMap<String, PlannedRole>,
        topics: &mut IndexMap<String, Topic>,
        fills: Vec<PlannedFill>,
    ) -> Result<PlannedStep, Diagnostic> {
        let changed = self.change(&step.topics, topics)?;
        for name in step.topics.keys() {
            let Some(ChangedTopic { had, topic }) = changed.get(name.as_ref()) else { continue };
            let wrong = match topic.partitions {
                0 => format!("topic `{}` is not there yet: say how many `partitions` it gets", name.as_ref()),
                now if now < *had => {
                    format!("topic `{}` has {had} partitions: Kafka takes none away", name.as_ref())
                }
                _ => continue,
            };
            return Err(self.scenario.error(name.span(), wrong));
        }
        for role in &step.start {
            self.known("role with instances", role, roles.keys())?;
        }
        let calls = match (&step.action, &step.orders) {
            (None, None) if step.copies.is_none() && step.may_answer.is_none() => None,
            (Some(action), Some(orders)) => {
                self.known("action", action, self.system.data.actions.keys())?;
                calls_check::action(action, roles, self.scenario, &self.system.data)?;
                let (action, orders) = (action.as_ref().clone(), *orders.as_ref());
                let (copies, may_answer) = (step.copies.unwrap_or(1), step.may_answer);
                Some(Calls { action, orders, copies, may_answer })
            }
            (Some(action), None) => {
                let message = format!(
                    "step `{}` calls an action, but for which `orders`? write `orders = \"1..=20\"`",
                    step.step
                );
                return Err(self.scenario.error(action.span(), message));
            }
            (None, _) => {
                let message = format!(
                    "step `{}` names `orders`, `copies` or `may-answer`, but no `action` to call",
                    step.step
                );
                let span = step.orders.as_ref().map_or(0..0, Spanned::span);
                return Err(self.scenario.error(span, message));
            }
        };
        let when = step.when.as_ref().map(|when| when.as_ref().clone());
        let start = step.start.iter().map(|role| role.as_ref().clone()).collect();
        Ok(PlannedStep { step: step.step.clone(), when, topics: changed, fills, start, calls })
    }

    fn judging(&self, name: &str, variant: &Variant) -> Result<Judging, Diagnostic> {
        let (scenario, system) = (&self.scenario.data, &self.system.data);
        bounds::check(self.scenario, &self.system.data)?;
        let judged = scenario.guarantees.judged();
        let named = variant.promises.iter().flatten();
        for promise in named.clone() {
            if !judged.contains(promise.as_ref()) {
                let message =
                    format!("`{}` is promised, but `[guarantees]` has no bounds for it", promise.as_ref());
                return Err(self.scenario.error(promise.span(), message));
            }
        }
        for anomaly in &variant.expect {
            if !judged.contains(&anomaly.guarantee()) {
                let message = format!(
                    "`{anomaly}` is expected, but `[guarantees]` has no bounds for `{}`, which would find it",
                    anomaly.guarantee()
                );
                return Err(self.scenario.error(self.scenario.place(&["variants", name, "expect"]), message));
            }
        }
        let promises: Vec<Guarantee> = match &variant.promises {
            Some(promises) => promises.iter().map(|promise| *promise.as_ref()).collect(),
            None => judged,
        };
        Ok(Judging {
            guarantees: scenario.guarantees.clone(),
            effects: system.effects.clone(),
            truth: system.truth.clone(),
            expect: variant.expect.clone(),
            promises,
            must_prove: scenario.faults.iter().map(|fault| fault.name.as_ref().clone()).collect(),
            may_not_come: variant.may_not_come.iter().map(|fault| fault.as_ref().clone()).collect(),
            stall_bound_ms: STALL_BOUND_MS,
        })
    }

    fn known<'n>(
        &self,
        kind: &str,
        name: &Spanned<String>,
        names: impl Iterator<Item = &'n String>,
    ) -> Result<(), Diagnostic> {
        let names: Vec<&str> = names.map(String::as_str).collect();
        if names.contains(&name.as_ref().as_str()) {
            return Ok(());
        }
        Err(self.scenario.unknown(kind, name, names.into_iter()))
    }
}

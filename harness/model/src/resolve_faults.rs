//! From a scenario's faults to planned ones: what exactly is done, and where.

use indexmap::IndexMap;
use serde_spanned::Spanned;

use crate::{
    condition::Condition,
    condition_check,
    diagnostic::Diagnostic,
    plan::{
        Doing, PlannedBroker, PlannedFault, PlannedLink, PlannedProcess, PlannedRole, REPLICATION, Target,
        split_broker,
    },
    scenario::{BrokerFault, Fault, ProcessAct, ProcessFault, Scenario},
    source::Source,
    speech::{On, Speech, protocol_of},
};

/// What faults are resolved with.
pub(crate) struct Faults<'a> {
    pub(crate) scenario: &'a Source<Scenario>,
    /// The variant's name.
    pub(crate) variant: &'a str,
    pub(crate) roles: &'a IndexMap<String, PlannedRole>,
    pub(crate) links: &'a [PlannedLink],
}

impl Faults<'_> {
    pub(crate) fn plan(&self) -> Result<Vec<PlannedFault>, Diagnostic> {
        self.scenario.data.faults.iter().map(|fault| self.fault(fault)).collect()
    }

    fn fault(&self, fault: &Fault) -> Result<PlannedFault, Diagnostic> {
        let (name, of) = (fault.name.as_ref().clone(), self.variant);
        let Some(proof) = condition_check::proof(&self.scenario.data, of, &name) else {
            let message = format!(
                "fault `{name}` has no proof in variant `{of}`: say in `[variants.{of}.proof]` what shows that it bit"
            );
            return Err(self.scenario.error(fault.name.span(), message));
        };
        Ok(PlannedFault {
            begin: fault.begin.as_ref().map_or_else(Condition::start, |begin| begin.as_ref().clone()),
            end: fault.end.as_ref().map(|end| end.as_ref().clone()),
            proof: proof.as_ref().clone(),
            does: self.does(fault)?,
            name,
        })
    }

    fn does(&self, fault: &Fault) -> Result<Doing, Diagnostic> {
        let Fault { link, toxic, on, speech, slow, process, broker, .. } = fault;
        match (link, toxic, (on, speech), slow, (process, broker)) {
            (Some(link), Some(toxic), (None, None), None, (None, None)) => Ok(Doing::Toxic {
                links: self.links(link)?,
                toxic: toxic.clone(),
                stream: fault.stream.unwrap_or_default(),
            }),
            (Some(link), None, (Some(on), Some(speech)), None, (None, None)) => {
                let links = self.links(link)?;
                self.spoken(&links, on, speech)?;
                Ok(Doing::Speech {
                    links,
                    on: on.as_ref().clone(),
                    times: fault.times,
                    speech: speech.as_ref().clone(),
                })
            }
            (None, None, (None, None), Some(slow), (None, None)) => Ok(Doing::Slow(slow.clone())),
            (None, None, (None, None), None, (Some(process), None)) => self.process(process),
            (None, None, (None, None), None, (None, Some(broker))) => self.broker(broker),
            _ => {
                let message = format!(
                    "fault `{}` needs one of `link` and `toxic`; `link`, `on` and `speech`; `slow`; `process`; `broker`",
                    fault.name.as_ref()
                );
                Err(self.scenario.error(fault.name.span(), message))
            }
        }
    }

    /// The planned links that a name stands for.
    fn links(&self, link: &Spanned<String>) -> Result<Vec<String>, Diagnostic> {
        let names = self.links.iter().flat_map(|link| link.names(&self.scenario.data.needs));
        let names: Vec<String> = names.chain([REPLICATION.to_owned()]).collect();
        let of_role = |name: &str, target: &str| {
            name.split_once("->").is_some_and(|(role, to)| to == target && self.roles.contains_key(role))
        };
        let is_meant = |name: &str| match link.as_ref().strip_prefix("sut->") {
            Some(target) => of_role(name, target),
            None => name == link.as_ref(),
        };
        let wanted = names.iter().filter(|name| is_meant(name) || is_meant(split_broker(name).0));
        let wanted: Vec<String> = wanted.cloned().collect();
        if wanted.is_empty() {
            let whole = names.iter().map(|name| split_broker(name).0);
            return Err(self.scenario.unknown("link", link, names.iter().map(String::as_str).chain(whole)));
        }
        Ok(wanted)
    }

    /// Whether that can be said on these links, to these messages.
    fn spoken(&self, links: &[String], on: &Spanned<On>, speech: &Spanned<Speech>) -> Result<(), Diagnostic> {
        let event = on.as_ref().event();
        let of_event = protocol_of(event).unwrap_or_default();
        for link in links {
            let (whole, _) = split_broker(link);
            let target = self.links.iter().find(|planned| planned.name() == whole).map(|link| &link.target);
            let spoken = match target {
                Some(Target::Kafka) => "Kafka",
                Some(Target::MysqlSource | Target::MysqlReplica) => "MySQL",
                Some(Target::Platform | Target::Alerts | Target::Served(_)) => "HTTP",
                None => "that of replication, which is not read",
            };
            if spoken != of_event {
                let message =
                    format!("`{event}` is {of_event}'s, but the protocol of link `{link}` is {spoken}");
                return Err(self.scenario.error(on.span(), message));
            }
        }
        match speech.as_ref() {
            said if said.protocol().is_some_and(|protocol| protocol != of_event) => {
                let message = format!("`{event}` is {of_event}'s: this cannot be said there");
                Err(self.scenario.error(speech.span(), message))
            }
            Speech::MysqlError { .. } if event != "statement" => {
                let message =
                    "a statement that was carried out has not failed: let the fault be on `statement`";
                Err(self.scenario.error(on.span(), message))
            }
            Speech::Rendezvous { parties: 0 | 1, .. } => {
                Err(self.scenario.error(speech.span(), "a rendezvous needs at least 2 `parties`"))
            }
            _ => Ok(()),
        }
    }

    fn broker(&self, broker: &Spanned<BrokerFault>) -> Result<Doing, Diagnostic> {
        let (BrokerFault { id, does }, needs) = (*broker.as_ref(), self.scenario.data.needs);
        let wrong = |message: String| Err(self.scenario.error(broker.span(), message));
        if !needs.own_cluster() {
            return wrong(
                "other runs share the broker: with `needs = { brokers = 3 }` the run has brokers of its own"
                    .into(),
            );
        }
        match id {
            Some(id) if !u32::try_from(id).is_ok_and(|id| (1..=needs.brokers).contains(&id)) => {
                wrong(format!("the run has brokers 1 to {}, and no {id}", needs.brokers))
            }
            _ => Ok(Doing::Broker(PlannedBroker { id, does })),
        }
    }

    fn process(&self, process: &Spanned<ProcessFault>) -> Result<Doing, Diagnostic> {
        let ProcessFault { role, instance, does, to } = process.as_ref();
        let Some(planned) = self.roles.get(role) else {
            let near = crate::nearest::did_you_mean(role, self.roles.keys().map(String::as_str));
            let message = format!("no role with instances is called `{role}`{near}");
            return Err(self.scenario.error(process.span(), message));
        };
        let wrong = |message: String| Err(self.scenario.error(process.span(), message));
        if let Some(at) = instance.filter(|at| *at == 0 || *at > planned.instances) {
            return wrong(format!("role `{role}` has instances 1 to {}, and no {at}", planned.instances));
        }
        match (does, instance, to) {
            (ProcessAct::Scale, None, Some(to)) if *to > 0 && planned.serves.is_some() => {
                wrong(format!("role `{role}` serves on one address: it can have only 1 instance"))
            }
            (ProcessAct::Scale, None, Some(_)) | (_, _, None)
                if *does != ProcessAct::Scale || to.is_some() =>
            {
                let (role, instance, does, to) = (role.clone(), *instance, *does, *to);
                Ok(Doing::Process(PlannedProcess { role, instance, does, to, leaves_group: false }))
            }
            (ProcessAct::Pause, ..) if planned.image.is_some() => wrong(format!(
                "role `{role}` runs in a container, which cannot be paused: kill or restart it"
            )),
            (ProcessAct::Scale, ..) => {
                wrong("`scale` needs `to`, and no `instance`: how many there are then".into())
            }
            _ => wrong("`to` is for `scale`".into()),
        }
    }
}

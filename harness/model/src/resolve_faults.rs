//! From a scenario's faults to planned ones: what exactly is done, and where.

use indexmap::IndexMap;
use serde_spanned::Spanned;

use crate::{
    condition::Condition,
    condition_check,
    diagnostic::Diagnostic,
    plan::{Doing, PlannedFault, PlannedLink, PlannedProcess, PlannedRole, REPLICATION, Target},
    scenario::{Fault, ProcessAct, ProcessFault, Scenario},
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
        let Fault { link, toxic, on, speech, slow, process, .. } = fault;
        match (link, toxic, (on, speech), slow, process) {
            (Some(link), Some(toxic), (None, None), None, None) => Ok(Doing::Toxic {
                links: self.links(link)?,
                toxic: toxic.clone(),
                stream: fault.stream.unwrap_or_default(),
            }),
            (Some(link), None, (Some(on), Some(speech)), None, None) => {
                let links = self.links(link)?;
                self.spoken(&links, on, speech)?;
                Ok(Doing::Speech {
                    links,
                    on: on.as_ref().clone(),
                    times: fault.times,
                    speech: speech.as_ref().clone(),
                })
            }
            (None, None, (None, None), Some(slow), None) => Ok(Doing::Slow(slow.clone())),
            (None, None, (None, None), None, Some(process)) => self.process(process),
            _ => {
                let message = format!(
                    "fault `{}` needs one of `link` and `toxic`; `link`, `on` and `speech`; `slow`; `process`",
                    fault.name.as_ref()
                );
                Err(self.scenario.error(fault.name.span(), message))
            }
        }
    }

    /// The planned links that a name stands for.
    fn links(&self, link: &Spanned<String>) -> Result<Vec<String>, Diagnostic> {
        let names = self.links.iter().map(PlannedLink::name).chain([REPLICATION.to_owned()]);
        let names: Vec<String> = names.collect();
        let wanted: Vec<String> = match link.as_ref().strip_prefix("sut->") {
            Some(target) => {
                let of_roles = self.roles.keys().map(|role| format!("{role}->{target}"));
                of_roles.filter(|name| names.contains(name)).collect()
            }
            None => names.iter().filter(|name| *name == link.as_ref()).cloned().collect(),
        };
        if wanted.is_empty() {
            return Err(self.scenario.unknown("link", link, names.iter().map(String::as_str)));
        }
        Ok(wanted)
    }

    /// Whether that can be said on these links, to these messages.
    fn spoken(&self, links: &[String], on: &Spanned<On>, speech: &Spanned<Speech>) -> Result<(), Diagnostic> {
        let event = on.as_ref().event();
        let of_event = protocol_of(event).unwrap_or_default();
        for link in links {
            let target = self.links.iter().find(|planned| planned.name() == *link).map(|link| &link.target);
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

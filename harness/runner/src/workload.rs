//! The workload: steps, one after the other, each a function of scenario and seed.

use std::{net::SocketAddr, time::Duration};

use pitfall_environment::DatabasePair;
use pitfall_model::{Calls, ChangedTopic, Place, Plan, PlannedStep, What, fill};
use pitfall_recorder::{Recorder, Tap, TopicsTap};

use crate::{
    error::RunError,
    faults::Faults,
    fill::Fill,
    generate,
    system::{NotStarted, System},
    wait,
};

/// What a step waits for must come within this, at a scenario's own scale.
const STEP: Duration = Duration::from_secs(60);
/// What a step led to must be read back within this.
const READ_BACK: Duration = Duration::from_secs(30);

pub(crate) struct Workload<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) system: &'a System,
    pub(crate) recorder: &'a Recorder,
    pub(crate) faults: &'a Faults,
    pub(crate) topics: &'a TopicsTap,
    pub(crate) pair: &'a DatabasePair,
    pub(crate) seed: u64,
    pub(crate) client: reqwest::Client,
}

impl Workload<'_> {
    /// Runs every step. A wait that is in vain, or a role that never gets ready, ends it early; the history says why.
    pub(crate) async fn run(&self) -> Result<(), NotStarted> {
        for role in &self.plan.first {
            self.system.start(role).await?;
        }
        self.faults.workload_begins();
        for step in &self.plan.steps {
            self.step(step).await?;
        }
        Ok(())
    }

    async fn step(&self, step: &PlannedStep) -> Result<(), NotStarted> {
        if let Some(when) = &step.when {
            wait::condition(self.recorder, when, STEP.mul_f64(self.plan.longer))
                .await
                .map_err(NotStarted::NotReady)?;
        }
        self.recorder.record(Place::default(), What::StepBegun { step: step.step.clone() });
        // Faults that begin with this step act before it does anything.
        self.faults.caught_up().await.map_err(NotStarted::Failed)?;
        for (name, changed) in &step.topics {
            self.change(name, changed).await?;
        }
        for rows in &step.fills {
            let database = self.system.names.on_mysql(&rows.database);
            Fill { pair: self.pair, recorder: self.recorder, rows, database }.run().await?;
        }
        for role in &step.start {
            self.system.start(role).await?;
        }
        if let Some(calls) = &step.calls {
            self.calls(calls).await?;
        }
        self.topics.catch_up(READ_BACK).await?;
        self.recorder.record(Place::default(), What::StepDone { step: step.step.clone() });
        Ok(())
    }

    /// Changes a topic as operations would, and reads what it has got.
    async fn change(&self, name: &str, changed: &ChangedTopic) -> Result<(), RunError> {
        let (real, topic) = (self.system.names.on_kafka(name), &changed.topic);
        self.system.broker.change(&real, changed).await?;
        Ok(self.topics.also(&real, changed.had..topic.partitions).await?)
    }

    async fn calls(&self, calls: &Calls) -> Result<(), RunError> {
        for order in calls.orders.first..=calls.orders.last {
            for _ in 0..calls.copies {
                self.call(calls, order).await?;
            }
        }
        Ok(())
    }

    async fn call(&self, calls: &Calls, order: u64) -> Result<(), RunError> {
        let name = calls.action.as_str();
        let Some(action) = self.plan.actions.get(name) else { return Ok(()) };
        let value = |placeholder: &str| match placeholder {
            "order" => Some(order.to_string()),
            other => self
                .address(other)
                .map(|address| format!("http://{address}"))
                .or_else(|| generate::value(other, self.seed, order)),
        };
        let filled = |text: &str| {
            fill(text, value)
                .map_err(|unknown| RunError::NoValue { name: unknown, place: format!("action `{name}`") })
        };
        let url = filled(&action.url)?;
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
            RunError::server(format!("call action `{name}` at {url}"))(error)
        };
        let method = action.method.parse::<reqwest::Method>().map_err(|error| failed(error.into()))?;
        let mut request = self.client.request(method, &url);
        if let Some(body) = &action.body {
            request = request.header("content-type", "application/json").body(filled(body)?);
        }
        let answer = request.send().await.map_err(|error| failed(error.into()))?;
        let status = answer.status();
        self.recorder.record(
            Place::order(Some(order.to_string())),
            What::Acted { action: name.to_owned(), status: status.as_u16() },
        );
        if status.is_success() || Some(status.as_u16()) == calls.may_answer {
            return Ok(());
        }
        let text = answer.text().await.unwrap_or_default();
        Err(failed(format!("it answered {status}: {text}").into()))
    }

    /// The harness calls a role itself, past every link: a fault on a link never hits the workload.
    fn address(&self, placeholder: &str) -> Option<SocketAddr> {
        let served = placeholder.strip_suffix(".url")?;
        let role = self.plan.roles.iter().find(|(_, role)| role.serves.as_deref() == Some(served))?.0;
        self.system.listens.get(role).copied()
    }
}

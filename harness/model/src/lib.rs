//! Scenario, plan, event, history, anomaly, verdict: the data that every other room speaks of.
//! No I/O beyond reading the text it is given.

mod account;
mod anomaly;
mod bounds;
mod calls_check;
mod clock;
mod condition;
mod condition_check;
mod diagnostic;
mod drawn;
mod effect;
mod event;
mod figures;
mod fills;
mod guarantee;
mod history;
mod judging;
mod level;
mod links;
mod nearest;
mod plan;
mod platform;
mod platform_check;
mod resolve;
mod resolve_faults;
mod scenario;
mod scenario_check;
mod source;
mod speech;
mod system;
mod system_check;
mod tap;
mod template;
mod text;
mod toxic;
mod verdict;
mod watch;

pub use account::Account;
pub use anomaly::Anomaly;
pub use clock::elapsed;
pub use condition::Condition;
pub use diagnostic::Diagnostic;
pub use drawn::Drawn;
pub use effect::{Effect, TableEffect, TopicEffect};
pub use event::{BrokerState, Change, Event, Place, Row, SCHEMA, Server, What};
pub use figures::Scaling;
pub use fills::PlannedFill;
pub use guarantee::{
    Drains, Guarantee, Guarantees, OfAccounts, OfAvailability, OfBalance, OfCopies, OfDeadLetters, OfEconomy,
    OfEnvironments, OfExclusion, OfIsolation, OfLatency, OfLiveness, OfLoss, OfOrders, OfParts, OfPressure,
    OfProgress, OfRetries, OfVersions, Rate, Size,
};
pub use history::{Events, History, HistoryError};
pub use judging::Judging;
pub use plan::{
    Calls, ChangedTopic, Doing, Plan, PlannedBroker, PlannedFault, PlannedLink, PlannedProcess, PlannedRole,
    PlannedSettle, PlannedStep, PlannedSweep, REPLICATION, Target, split_broker,
};
pub use platform::{Delay, Failing, Nodes, OrderIds, Platform, RateLimit, Route};
pub use scenario::{BrokerAct, Needs, Orders, ProcessAct, Scale, Scenario};
pub use source::Source;
pub use speech::{On, Speech};
pub use system::{Action, Database, Ready, Role, System, Topic};
pub use tap::Tap;
pub use template::{fill, placeholders};
pub use text::Text;
pub use toxic::{Stream, Toxic};
pub use verdict::{FaultProof, Finding, Judgement, Outcome, RunVerdict, Verdict, Violation};
pub use watch::Watch;

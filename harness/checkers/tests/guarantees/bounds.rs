//! Bounds of every guarantee, as the literal histories are judged.

use std::time::Duration;

use pitfall_model::{
    Drains, Guarantees, OfAccounts, OfAvailability, OfBalance, OfCopies, OfDeadLetters, OfEconomy,
    OfEnvironments, OfExclusion, OfIsolation, OfLatency, OfLiveness, OfLoss, OfOrders, OfParts, OfPressure,
    OfProgress, OfRetries, OfVersions, Rate, Route, Size,
};

const SECOND: Duration = Duration::from_secs(1);

/// Every guarantee, at least one of each.
pub(crate) fn all() -> Guarantees {
    let (topic, group, effect) = (|| "order".to_owned(), || "kitchen".to_owned(), || "shown".to_owned());
    Guarantees {
        no_loss: Some(OfLoss {
            topic: topic(),
            group: group(),
            effect: effect(),
            dead: Some("dead".into()),
            action: Some("place".into()),
            at_least: 1,
        }),
        order: Some(orders(1)),
        convergence: Some(orders(1)),
        completeness: Some(parts()),
        idempotency: Some(copies("shown", 2)),
        mutual_exclusion: Some(OfExclusion { route: Route::Ship, group: group(), at_least: 1 }),
        retry_contract: Some(OfRetries {
            topic: topic(),
            group: group(),
            route: Route::Ship,
            effect: effect(),
            attempts: 3,
            back_off: Duration::from_millis(200),
            at_least: 1,
        }),
        dead_letter: Some(OfDeadLetters {
            topic: topic(),
            group: group(),
            effect: effect(),
            dead: "dead".into(),
            at_least: 1,
        }),
        isolation: Some(OfIsolation {
            topic: topic(),
            effect: effect(),
            route: Some(Route::Ship),
            bulk: None,
            percentile: 50,
            within: SECOND,
            at_least: 1,
        }),
        backpressure: Some(OfPressure {
            route: Some(Route::Ship),
            in_flight: Some(2),
            rate: Some(Rate { requests: 4, per: SECOND }),
            drains: Some(Drains { topic: topic(), group: group(), within: SECOND }),
            at_least: 1,
        }),
        progress: Some(OfProgress {
            topic: "action".into(),
            group: "worker".into(),
            role: "worker".into(),
            effect: "published".into(),
            redeliveries: 1,
            at_least: 1,
        }),
        liveness: Some(OfLiveness {
            group: "worker".into(),
            role: "worker".into(),
            rebalances: 2,
            within: SECOND,
            at_least: 1,
        }),
        balance: Some(OfBalance { topic: topic(), share: 60, at_least: 4 }),
        compatibility: Some(OfVersions {
            topic: topic(),
            effect: effect(),
            required: vec!["customer".into()],
            pairs: 1,
            at_least: 1,
        }),
        accounting: Some(OfAccounts {
            topic: "action".into(),
            effect: "ledger".into(),
            done: "done".into(),
            failed: "failed".into(),
            at_least: 1,
        }),
        environment_isolation: Some(OfEnvironments {
            topic: "pre-order".into(),
            group: group(),
            effect: effect(),
            at_least: 1,
        }),
        latency: Some(OfLatency {
            topic: topic(),
            effect: effect(),
            as_grows: Size::Bytes,
            ratio: 3.0,
            at_least: 4,
        }),
        economy: Some(OfEconomy {
            role: "worker".into(),
            topic: "action".into(),
            group: "worker".into(),
            cpu: 20,
            idle: SECOND,
            at_least: 1,
        }),
        availability: Some(OfAvailability {
            topic: topic(),
            effect: effect(),
            fault: "broker-dead".into(),
            within: SECOND,
            at_least: 1,
        }),
    }
}

/// Bounds of a guarantee on orders.
pub(crate) fn orders(at_least: usize) -> OfOrders {
    OfOrders { topic: "order".into(), group: "kitchen".into(), effect: "shown".into(), at_least }
}

/// Bounds of idempotency.
pub(crate) fn copies(effect: &str, copies: usize) -> OfCopies {
    let (topic, group) = ("order".into(), "kitchen".into());
    OfCopies { topic, group, effect: effect.into(), copies, at_least: 1 }
}

/// Bounds of completeness.
pub(crate) fn parts() -> OfParts {
    let (topic, effect) = ("order".into(), "shown".into());
    OfParts { topic, effect, parts: "dishes".into(), truth: "dishes".into(), at_least: 1 }
}

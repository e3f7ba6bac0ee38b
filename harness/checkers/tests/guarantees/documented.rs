//! The pages `docs/anomalies.md` and `docs/history.md` say what the code says.

use pitfall_model::{Anomaly, Event, History, What};
use serde_json::Value;

use crate::{duplicate_effect::called_once, literal::*};

const ANOMALIES: &str = include_str!("../../../../docs/anomalies.md");
const HISTORY: &str = include_str!("../../../../docs/history.md");

/// A section's text: from its heading to the next of the same level.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let level = heading.split(' ').next().unwrap_or_default();
    let start = page.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no section `{heading}`"));
    let body = &page[start + heading.len() + 2..];
    &body[..body.find(&format!("\n{level} ")).unwrap_or(body.len())]
}

/// The lines of a section's code block.
fn block<'p>(section: &'p str, language: &str) -> &'p str {
    let (_, rest) =
        section.split_once(&format!("```{language}\n")).unwrap_or_else(|| panic!("no {language}: {section}"));
    rest.split_once("```").expect("the block ends").0
}

#[test]
fn every_anomaly_has_its_section_and_a_history_that_shows_it() {
    for anomaly in Anomaly::ALL {
        let section = section(ANOMALIES, &format!("## {anomaly}"));
        assert!(section.contains(anomaly.meaning()), "{anomaly}: its meaning");
        assert!(
            section.contains(&format!("- Guarantee: `{}`", anomaly.guarantee())),
            "{anomaly}: its guarantee"
        );
        let implied: Vec<String> = anomaly.implies().iter().map(|implied| format!("`{implied}`")).collect();
        let implied = if implied.is_empty() { "nothing".to_owned() } else { implied.join(", ") };
        assert!(section.contains(&format!("- Implies: {implied}\n")), "{anomaly}: what it implies");

        let history = History::read(block(section, "jsonl").as_bytes()).expect("is a history");
        let found = match anomaly {
            // One effect is judged at a time, and this anomaly is none of tables.
            Anomaly::DuplicateEffect => called_once(&history),
            _ => find(anomaly.guarantee(), &history),
        };
        let shown: Vec<Anomaly> = found.violations.iter().map(|v| v.anomaly).collect();
        assert!(shown.contains(anomaly), "{anomaly}: its history shows {shown:?}");
    }
}

#[test]
fn every_anomaly_heading_is_an_anomaly() {
    let headings = ANOMALIES.lines().filter_map(|line| line.strip_prefix("## "));
    let known: Vec<&str> = Anomaly::ALL.iter().map(|anomaly| anomaly.name()).collect();
    assert_eq!(headings.collect::<Vec<_>>(), known);
}

/// The name of every kind of event. The match is exhaustive: a new kind does not compile until it stands here.
macro_rules! kinds {
    ($($variant:ident $name:literal),* $(,)?) => {
        const KINDS: &[&str] = &[$($name),*];
        fn kind(what: &What) -> &'static str { match what { $(What::$variant { .. } => $name,)* } }
    };
}

kinds! {
    Run "run", StepBegun "step-begun", StepDone "step-done", Filled "filled", Acted "acted", Awaited "awaited", Produced "produced",
    Committed "committed", GroupDescribed "group-described", BrokerChanged "broker-changed", FaultArmed "fault-armed", FaultProved "fault-proved", FaultHealed "fault-healed",
    FaultIdle "fault-idle", FaultNotDone "fault-not-done", Rendezvous "rendezvous",
    ConnectionOpened "connection-opened", UpstreamFailed "upstream-failed", ConnectionClosed "connection-closed",
    ToxicBit "toxic-bit", Blind "blind", RequestsUnread "requests-unread", Unobserved "unobserved",
    KafkaRequest "kafka-request", KafkaAnswered "kafka-answered", GroupJoined "group-joined",
    GroupSynced "group-synced", GroupLeft "group-left", HeartbeatRefused "heartbeat-refused",
    GroupHeartbeat "group-heartbeat", OffsetCommit "offset-commit", RecordsFetched "records-fetched",
    OffsetsFetched "offsets-fetched", ProduceAnswered "produce-answered", Login "login",
    Statement "statement", StatementAnswered "statement-answered", RequestFailed "request-failed",
    HttpRequest "http-request", HttpAnswered "http-answered", Request "request", Answer "answer", Alert "alert", Ban "ban", NodeDied "node-died", RowChanged "row-changed",
    SqlError "sql-error", ProcessStarted "process-started", ProcessExited "process-exited",
    ProcessPaused "process-paused", ProcessResumed "process-resumed",
    ProcessSampled "process-sampled", Log "log", Stalled "stalled", Ended "ended",
}

#[test]
fn every_event_has_its_section_with_every_field_and_an_example() {
    let common = section(HISTORY, "## Every event");
    for name in KINDS {
        let section = section(HISTORY, &format!("### `{name}`"));
        let example: Event = serde_json::from_str(block(section, "json")).expect("the example is an event");
        assert_eq!(kind(&example.what), *name);
        let Ok(Value::Object(fields)) = serde_json::to_value(&example) else {
            panic!("an event is an object")
        };
        for field in fields.keys() {
            let row = format!("| `{field}` |");
            assert!(section.contains(&row) || common.contains(&row), "{name}: field {field}");
        }
    }
    let headings = HISTORY.lines().filter(|line| line.starts_with("### ")).count();
    assert_eq!(headings, KINDS.len());
}

//! What links read of protocols, as events of the history: with the scenario's names.

use std::{collections::BTreeMap, sync::Arc};

use pitfall_model::What;
use pitfall_proxy::{KafkaError, KafkaEvent, KafkaSaid, MysqlEvent, MysqlOutcome, RecordKey, SqlError, Wire};

use crate::names::Names;

/// What a link has read.
pub(crate) fn event(names: &Names, what: Wire) -> What {
    match what {
        Wire::Kafka(event) => kafka(names, event),
        Wire::Mysql(event) => mysql(names, event),
    }
}

fn kafka(names: &Names, KafkaEvent { client, said }: KafkaEvent) -> What {
    let client = client.map(|client| client.to_string());
    let real = |name: &str| names.of_kafka(name);
    let told = |error: Option<KafkaError>| (error.map(KafkaError::code), error.map(KafkaError::name));
    match said {
        KafkaSaid::Joined { group, member, generation, error, .. } => {
            let (error, error_name) = told(error);
            let (group, member) = (real(&group), member.to_string());
            What::GroupJoined { client, group, member, generation, error, error_name }
        }
        KafkaSaid::Synced { group, member, generation, assignment, error } => {
            let (error, error_name) = told(error);
            let (group, member) = (real(&group), member.to_string());
            let assignment = partitions(assignment, real);
            What::GroupSynced { client, group, member, generation, assignment, error, error_name }
        }
        KafkaSaid::HeartbeatRefused { group, member, generation, error } => {
            let (error, error_name) = told(Some(error));
            let (group, member) = (real(&group), member.to_string());
            What::HeartbeatRefused { client, group, member, generation, error, error_name }
        }
        KafkaSaid::Left { group, member, error } => {
            let (error, error_name) = told(error);
            What::GroupLeft { client, group: real(&group), member: member.to_string(), error, error_name }
        }
        KafkaSaid::GroupHeartbeat { group, member, asked, epoch, assignment, error } => {
            let (error, error_name) = told(error);
            let (group, member) = (real(&group), member.to_string());
            let assignment = partitions(assignment, str::to_owned);
            What::GroupHeartbeat { client, group, member, asked, epoch, assignment, error, error_name }
        }
        KafkaSaid::Committed { group, member, generation, topic, partition, offset, error } => {
            let (error, error_name) = told(error);
            let (group, member, topic) = (real(&group), member.to_string(), real(&topic));
            What::OffsetCommit {
                client,
                group,
                member,
                generation,
                topic,
                partition,
                offset,
                error,
                error_name,
            }
        }
        KafkaSaid::Fetched { topic, partition, first, last, records, keys, error } => {
            let (error, error_name) = told(error);
            let key = |RecordKey { offset, key }| {
                (offset, key.map(|key| String::from_utf8_lossy(&key).into_owned()))
            };
            What::RecordsFetched {
                client,
                topic: real(&topic),
                partition,
                first_offset: first,
                last_offset: last,
                records,
                keys: keys.into_iter().map(key).collect(),
                error,
                error_name,
            }
        }
        KafkaSaid::OffsetsFetched { group, topic, partition, offset, error } => {
            let (error, error_name) = told(error);
            let (group, topic) = (real(&group), real(&topic));
            What::OffsetsFetched { client, group, topic, partition, offset, error, error_name }
        }
        KafkaSaid::Produced { topic, partition, offset, records, error } => {
            let (error, error_name) = told(error);
            What::ProduceAnswered {
                client,
                topic: real(&topic),
                partition,
                offset,
                records,
                error,
                error_name,
            }
        }
    }
}

fn partitions(
    assignment: Option<Vec<(Arc<str>, Vec<i32>)>>,
    name: impl Fn(&str) -> String,
) -> BTreeMap<String, Vec<i32>> {
    assignment.into_iter().flatten().map(|(topic, partitions)| (name(&topic), partitions)).collect()
}

fn mysql(names: &Names, event: MysqlEvent) -> What {
    let real = |name: Option<String>| name.map(|name| names.of_mysql(&name));
    match event {
        MysqlEvent::Login { user, database } => {
            What::Login { user: Some(user), database: real(database), error: None, message: None }
        }
        MysqlEvent::LoginFailed { user, error: SqlError { code, message, .. } } => {
            What::Login { user, database: None, error: Some(code), message: Some(message) }
        }
        MysqlEvent::Statement { number, database, text, params, .. } => {
            What::Statement { statement: number, database: real(database), text, params }
        }
        MysqlEvent::Answer { number, outcome, .. } => {
            let answered = |rows, affected_rows, in_transaction| What::StatementAnswered {
                statement: number,
                rows,
                affected_rows,
                in_transaction,
                error: None,
                sqlstate: None,
                message: None,
            };
            match outcome {
                MysqlOutcome::Ok { affected_rows, in_transaction, .. } => {
                    answered(None, Some(affected_rows), in_transaction)
                }
                MysqlOutcome::Rows { rows, in_transaction, .. } => answered(Some(rows), None, in_transaction),
                MysqlOutcome::Error(SqlError { code, sqlstate, message }) => What::StatementAnswered {
                    statement: number,
                    rows: None,
                    affected_rows: None,
                    in_transaction: false,
                    error: Some(code),
                    sqlstate: Some(sqlstate),
                    message: Some(message),
                },
            }
        }
        MysqlEvent::Failed { request, text, error: SqlError { code, message, .. } } => What::RequestFailed {
            request: request.map(str::to_owned),
            text,
            error: Some(code),
            message: Some(message),
        },
        MysqlEvent::Replication => {
            What::Unobserved { reason: "it is a stream of the binlog, which its tap reads".into() }
        }
    }
}

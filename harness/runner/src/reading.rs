//! What links read of protocols, as events of the history: with the scenario's names.

use std::{collections::BTreeMap, sync::Arc};

use pitfall_model::What;
use pitfall_proxy::{
    HttpEvent, KafkaError, KafkaEvent, KafkaSaid, MysqlEvent, MysqlOutcome, RecordKey, SqlError, Wire,
};

use crate::names::Names;

/// What a link has read.
pub(crate) fn event(names: &Names, what: Wire) -> What {
    match what {
        Wire::Kafka(event) => kafka(names, event),
        Wire::Mysql(event) => mysql(names, event),
        Wire::Http(event) => http(event),
    }
}

fn kafka(names: &Names, KafkaEvent { client, said }: KafkaEvent) -> What {
    let client = client.map(|client| client.to_string());
    let real = |name: &str| names.of_kafka(name);
    let told = |error: Option<KafkaError>| (error.map(KafkaError::code), error.map(KafkaError::name));
    match said {
        KafkaSaid::Asked { api, group, member, partitions: named } => What::KafkaRequest {
            client,
            api: api.to_string(),
            group: group.as_deref().map(real),
            member: member.map(|member| member.to_string()),
            partitions: partitions(Some(named), real),
        },
        KafkaSaid::Answered { api, group, partitions: named, error } => {
            let (error, error_name) = told(error);
            let (api, group, partitions) =
                (api.to_string(), group.as_deref().map(real), partitions(Some(named), real));
            What::KafkaAnswered { client, api, group, partitions, error, error_name }
        }
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
        MysqlEvent::Answer { number, text, params, outcome, .. } => {
            let (rows, affected_rows, in_transaction, failed) = match outcome {
                MysqlOutcome::Ok { affected_rows, in_transaction, .. } => {
                    (None, Some(affected_rows), in_transaction, None)
                }
                MysqlOutcome::Rows { rows, in_transaction, .. } => (Some(rows), None, in_transaction, None),
                MysqlOutcome::Error(error) => (None, None, false, Some(error)),
            };
            let (error, sqlstate, message) = match failed {
                Some(SqlError { code, sqlstate, message }) => (Some(code), Some(sqlstate), Some(message)),
                None => (None, None, None),
            };
            What::StatementAnswered {
                statement: number,
                text,
                params,
                rows,
                affected_rows,
                in_transaction,
                error,
                sqlstate,
                message,
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

fn http(event: HttpEvent) -> What {
    match event {
        HttpEvent::Asked { request, method, path } => What::HttpRequest { request, method, path },
        HttpEvent::Answered { request, method, path, status, took } => {
            let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
            What::HttpAnswered { request, method, path, status, took_ms }
        }
    }
}

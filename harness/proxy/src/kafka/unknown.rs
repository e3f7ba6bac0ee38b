//! Requests of APIs, or of versions of them, that are not known here: counted, so that nothing passes unsaid.

use std::collections::BTreeMap;

use kafka_protocol::messages::ApiKey;

use super::api::Api;
use super::head::Head;
use super::rewrite::Answer;
use super::subject;
use crate::reader::Unread;

/// No client speaks so many; there are about 90 APIs.
const MAX_KINDS: usize = 256;

/// How many requests have passed of what is not known, by API and version.
#[derive(Default)]
pub(super) struct Unknown(BTreeMap<(i16, i16), u64>);

impl Unknown {
    /// A request comes. An error says why it cannot be Kafka.
    pub(super) fn count(&mut self, head: &Head) -> Result<(), String> {
        if is_known(head.api_key, head.version) {
            return Ok(());
        }
        *self.0.entry((head.api_key, head.version)).or_default() += 1;
        if self.0.len() > MAX_KINDS {
            return Err(format!("more than {MAX_KINDS} kinds of requests that are not known"));
        }
        Ok(())
    }

    pub(super) fn take(&mut self) -> Vec<Unread> {
        let unread =
            |((api_key, version), requests)| Unread { api: subject::name(api_key), version, requests };
        std::mem::take(&mut self.0).into_iter().map(unread).collect()
    }
}

/// What is read or rewritten is known, or the connection goes blind. Of the rest the kafka-protocol crate knows what there is.
fn is_known(api_key: i16, version: i16) -> bool {
    let is_listed = |key: ApiKey| (key.valid_versions().min..=key.valid_versions().max).contains(&version);
    Api::of(api_key).is_some()
        || Answer::to(api_key).is_some()
        || ApiKey::try_from(api_key).is_ok_and(is_listed)
}

#[cfg(test)]
mod tests {
    use super::super::session_tests::request;
    use super::super::testing::{feed, holding, session, up};
    use super::*;
    use crate::reader::Reader;
    use crate::toxic::Direction::Upstream;

    fn unread(api: &str, version: i16, requests: u64) -> Unread {
        Unread { api: api.into(), version, requests }
    }

    #[test]
    fn what_is_not_known_passes_and_is_counted() {
        let requests = [(88, 0), (19, 7), (999, 1), (999, 1), (19, 99), (18, 9), (3, 12)];
        let expected = [unread("CreateTopics", 99, 1), unread("API 88", 0, 1), unread("API 999", 1, 2)];
        let (mut plain, mut waiting) = (session(), holding(&["kafka-request"]));
        for (id, (api_key, version)) in requests.into_iter().enumerate() {
            let sent = request(api_key, version, id as i32, &[0; 9]);
            assert_eq!(up(&mut plain, &sent), sent);
            assert_eq!(feed(&mut waiting, Upstream, &sent, &mut |_| None).0, sent);
        }
        for session in [&mut plain, &mut waiting] {
            assert_eq!((session.blind(), session.unread()), (None, expected.to_vec()));
            assert_eq!(session.unread(), []);
        }
    }

    #[test]
    fn of_too_many_kinds_none_is_kafka() {
        let mut session = session();
        for version in 0..=64 {
            for api_key in 996..1000 {
                up(&mut session, &request(api_key, version, 1, &[]));
            }
        }
        let expected = "client: more than 256 kinds of requests that are not known";
        assert_eq!(session.blind().as_deref(), Some(expected));
    }
}

//! What becomes of connections whose bytes are not understood.
#![allow(clippy::unwrap_used)]

use std::io::ErrorKind::ConnectionReset;

use tokio::io::AsyncWriteExt;

use super::talk::{pass, rest, talks};
use crate::testing::Bench;
use crate::{Act, ClosedBy, LinkEvent};

/// Why it went blind; told once.
fn blind(bench: &Bench) -> String {
    let blind = |event| if let LinkEvent::Blind { reason, .. } = event { Some(reason) } else { None };
    let mut reasons: Vec<String> = bench.events().into_iter().filter_map(blind).collect();
    assert_eq!(reasons.len(), 1, "{:?}", bench.events());
    reasons.remove(0)
}

#[tokio::test]
async fn a_strict_link_lets_pass_what_it_understands() {
    for talk in talks() {
        let (bench, mut client, mut server) = talk.begin(true).await;
        for _ in 0..2 {
            pass(&mut client, &mut server, &talk.request).await;
            pass(&mut server, &mut client, &talk.answer).await;
        }
        bench.close().await;
    }
}

#[tokio::test]
async fn a_strict_link_resets_a_client_that_is_not_understood() {
    for talk in talks() {
        let (bench, mut client, mut server) = talk.begin(true).await;
        client.write_all(&talk.noise).await.unwrap();
        assert_eq!(rest(&mut server).await, (vec![], Some(ConnectionReset)));
        assert_eq!(rest(&mut client).await, (vec![], Some(ConnectionReset)));
        assert_eq!(bench.closed(1).await.0, ClosedBy::Link);
        let reason = blind(&bench);
        assert!(reason.starts_with("client: ") && reason.ends_with("reset: the link is strict"), "{reason}");
        bench.close().await;
    }
}

#[tokio::test]
async fn a_strict_link_resets_a_server_that_is_not_understood() {
    for talk in talks() {
        let (bench, mut client, mut server) = talk.begin(true).await;
        pass(&mut client, &mut server, &talk.request).await;
        server.write_all(talk.nonsense).await.unwrap();
        assert_eq!(rest(&mut client).await, (vec![], Some(ConnectionReset)));
        assert_eq!(rest(&mut server).await, (vec![], Some(ConnectionReset)));
        assert_eq!(bench.closed(1).await.0, ClosedBy::Link);
        assert!(blind(&bench).starts_with("server: "));
        bench.close().await;
    }
}

#[tokio::test]
async fn without_an_answer_that_was_to_be_made_here_the_connection_ends() {
    for talk in talks() {
        // The request is refused behind one that is not answered; or, with MySQL, behind a ROLLBACK of the link's own.
        let (bench, mut client, mut server) = talk.begin(false).await;
        pass(&mut client, &mut server, &talk.request).await;
        talk.inject(&bench, talk.kinds[0], Act::Change(talk.refused.clone())).await;
        client.write_all(&talk.request).await.unwrap();
        talk.held(&bench).await;
        server.write_all(talk.nonsense).await.unwrap();
        assert_eq!(rest(&mut client).await, (vec![], Some(ConnectionReset)));
        assert_eq!(rest(&mut server).await.1, Some(ConnectionReset));
        assert_eq!(bench.closed(1).await.0, ClosedBy::Link);
        let reason = blind(&bench);
        assert!(reason.contains("in the server's place"), "{reason}");
        bench.close().await;
    }
}

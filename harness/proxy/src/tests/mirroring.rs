//! Ends in the middle of a message are mirrored to the other side as they came, also while a message is held.
#![allow(clippy::unwrap_used)]

use std::io::ErrorKind::ConnectionReset;

use tokio::io::AsyncWriteExt;

use super::talk::{pass, reset, rest, talks};
use crate::ClosedBy;

#[tokio::test]
async fn a_client_finishes_within_a_request_and_is_still_answered() {
    for talk in talks() {
        let (bench, mut client, mut server) = talk.begin(false).await;
        let half = &talk.request[..talk.request.len() - 3];
        client.write_all(half).await.unwrap();
        client.shutdown().await.unwrap();
        assert_eq!(rest(&mut server).await, (half.to_vec(), None));
        pass(&mut server, &mut client, &talk.answer).await;
        drop(server);
        assert_eq!(rest(&mut client).await, (vec![], None));
        assert_eq!(bench.closed(1).await.0, ClosedBy::Client);
        bench.close().await;
    }
}

#[tokio::test]
async fn a_server_dies_within_an_answer() {
    for talk in talks() {
        let half = &talk.answer[..talk.answer.len() - 1];
        // It closes; it only finishes; it resets.
        for how in 0..3 {
            let (bench, mut client, mut server) = talk.begin(false).await;
            pass(&mut client, &mut server, &talk.request).await;
            pass(&mut server, &mut client, half).await;
            match how {
                0 => drop(server),
                1 => {
                    server.shutdown().await.unwrap();
                    assert_eq!(rest(&mut client).await, (vec![], None));
                    pass(&mut client, &mut server, &talk.request).await;
                    client.shutdown().await.unwrap();
                    assert_eq!(rest(&mut server).await, (vec![], None));
                }
                _ => reset(server),
            }
            assert_eq!(rest(&mut client).await, (vec![], (how == 2).then_some(ConnectionReset)));
            drop(client);
            assert_eq!(bench.closed(1).await.0, ClosedBy::Server);
            bench.close().await;
        }
    }
}

#[tokio::test]
async fn a_client_resets_within_a_request() {
    for talk in talks() {
        let (bench, mut client, mut server) = talk.begin(false).await;
        let half = &talk.request[..talk.request.len() - 3];
        pass(&mut client, &mut server, half).await;
        reset(client);
        assert_eq!(rest(&mut server).await, (vec![], Some(ConnectionReset)));
        assert_eq!(bench.closed(1).await.0, ClosedBy::Client);
        bench.close().await;
    }
}

#[tokio::test]
async fn either_side_resets_while_a_request_is_held() {
    for talk in talks() {
        for client_resets in [true, false] {
            let (bench, mut client, server) = talk.begin(false).await;
            talk.hold(&bench, talk.kinds[0]).await;
            client.write_all(&talk.request).await.unwrap();
            talk.held(&bench).await;
            let (mut left, by) = if client_resets {
                reset(client);
                (server, ClosedBy::Client)
            } else {
                reset(server);
                (client, ClosedBy::Server)
            };
            assert_eq!(rest(&mut left).await, (vec![], Some(ConnectionReset)));
            assert_eq!(bench.closed(1).await.0, by);
            bench.close().await;
        }
    }
}

#[tokio::test]
async fn either_side_resets_while_an_answer_is_held() {
    for talk in talks() {
        for client_resets in [true, false] {
            let (bench, mut client, mut server) = talk.begin(false).await;
            talk.hold(&bench, talk.kinds[1]).await;
            pass(&mut client, &mut server, &talk.request).await;
            server.write_all(&talk.answer).await.unwrap();
            talk.held(&bench).await;
            let (mut left, by) = if client_resets {
                reset(client);
                (server, ClosedBy::Client)
            } else {
                reset(server);
                (client, ClosedBy::Server)
            };
            assert_eq!(rest(&mut left).await, (vec![], Some(ConnectionReset)));
            assert_eq!(bench.closed(1).await.0, by);
            bench.close().await;
        }
    }
}

#[tokio::test]
async fn what_was_held_goes_on_before_the_end_that_came_behind_it() {
    for talk in talks() {
        let (bench, mut client, mut server) = talk.begin(false).await;
        talk.hold(&bench, talk.kinds[0]).await;
        client.write_all(&talk.request).await.unwrap();
        client.shutdown().await.unwrap();
        talk.held(&bench).await;
        bench.link.remove("fault").await.unwrap();
        assert_eq!(rest(&mut server).await, (talk.request.clone(), None));
        talk.hold(&bench, talk.kinds[1]).await;
        server.write_all(&talk.answer).await.unwrap();
        drop(server);
        bench
            .told(
                |event| matches!(event, crate::LinkEvent::Read { what, .. } if what.kind() == talk.kinds[1]),
            )
            .await;
        bench.link.remove("fault").await.unwrap();
        assert_eq!(rest(&mut client).await, (talk.answer.clone(), None));
        assert_eq!(bench.closed(1).await.0, ClosedBy::Client);
        bench.close().await;
    }
}

//! The order and the names of what is told.

use std::collections::BTreeSet;

use futures::future::join_all;
use pitfall_model::What;
use pitfall_platform::PlatformError;

use crate::{
    refusals,
    world::{ALERTS, COLLECT, World},
};

pub(crate) async fn requests_are_numbered_over_all_links(world: World) {
    let world = &world;
    join_all((0..40).map(async |number: u64| {
        let link = if number.is_multiple_of(2) { COLLECT } else { ALERTS };
        world.get(link, &format!("/shop/orders/{number}/finance")).await
    }))
    .await;
    let told = world.told().await;
    assert_eq!(told.len(), 80);
    let (mut asked, mut answered) = (BTreeSet::new(), BTreeSet::new());
    for seen in &told {
        match seen.what {
            What::Request { request, .. } => assert!(asked.insert(request), "{request} twice"),
            What::Answer { request, .. } => {
                assert!(asked.contains(&request), "{request} is answered before it is asked");
                assert!(answered.insert(request), "{request} is answered twice");
            }
            _ => panic!("not of these requests: {seen:?}"),
        }
    }
    assert_eq!(answered, (1..=40).collect());
}

pub(crate) async fn links_are_told_apart(world: World) {
    world.get(COLLECT, "/").await;
    world.get(ALERTS, "/").await;
    let links: Vec<String> = world.told().await.into_iter().map(|seen| seen.link).collect();
    assert_eq!(links, [COLLECT, COLLECT, ALERTS, ALERTS]);
}

#[tokio::test]
async fn both_forms_tell_the_same() {
    let mut told = Vec::new();
    let mut answered = Vec::new();
    let (here, remote) =
        (World::here_with(refusals::of_all_kinds()), World::remote_with(refusals::of_all_kinds()));
    for world in [here.await, remote.await] {
        let mut answers = Vec::new();
        for path in [
            "/shop/orders?window=1&status=completed&page=1&page_size=3",
            "/shop/orders/100131/finance",
            "/shop/orders?status=é%20%26&page=1",
            "/nothing//here",
        ] {
            answers.push(world.get(COLLECT, path).await);
        }
        answers.push(world.post(ALERTS, "/alerts", r#"{"text":"line\nline \"é\""}"#).await);
        // One fails, one is taken, one is beyond the limit and one is during the ban.
        for _ in 0..4 {
            answers.push(world.post(COLLECT, "/shop/orders/1/ship?job=é", "").await);
        }
        answered.push(answers);
        told.push(world.told().await);
    }
    assert_eq!(told[0].len(), 21);
    let statuses: Vec<u16> = answered[0].iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [200, 200, 400, 404, 200, 500, 200, 429, 429]);
    assert_eq!(told[0], told[1]);
    assert_eq!(answered[0], answered[1]);
}

#[tokio::test]
async fn a_link_that_the_program_does_not_serve_is_named() {
    let mut world = World::remote().await;
    let error = world.platform.serve("save->platform").await.unwrap_err();
    assert!(matches!(error, PlatformError::UnknownLink { .. }));
    assert_eq!(
        error.to_string(),
        "the mocked platform does not serve link `save->platform`, only `collect->platform`, `save->alerts`: name it in its configuration"
    );
}

//! One suite over both forms of the platform; and what only the program can do: be followed again, be lost, be told wrong things.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod answers;
mod configuration;
mod detour;
mod following;
mod program;
mod refusals;
mod telling;
mod world;

/// Each of these is a test of either form, with the data it is given.
macro_rules! of_both_forms {
    ($($module:ident::$test:ident($data:expr)),* $(,)?) => {
        mod here {
            use crate::{refusals, world::data};

            $(#[tokio::test]
            async fn $test() {
                crate::$module::$test(crate::world::World::here_with($data).await).await;
            })*
        }
        mod remote {
            use crate::{refusals, world::data};

            $(#[tokio::test]
            async fn $test() {
                crate::$module::$test(crate::world::World::remote_with($data).await).await;
            })*
        }
    };
}

of_both_forms!(
    answers::pages(data()),
    answers::pages_asked_wrong(data()),
    answers::finance(data()),
    answers::shipping(data()),
    answers::detail(data()),
    answers::alerts(data()),
    answers::unknown_routes(data()),
    answers::times_set_while_it_runs(data()),
    refusals::an_order_is_shipped_once(refusals::once()),
    refusals::one_that_is_being_shipped_is_not_shipped_again(refusals::once()),
    refusals::orders_fail_so_many_times(refusals::failing()),
    refusals::a_ban_grows_with_each_request(refusals::limited(Some(refusals::HOUR))),
    refusals::a_limit_without_a_ban(refusals::limited(None)),
    refusals::connections_and_links_share_the_limit(refusals::limited(Some(refusals::HOUR))),
    refusals::whoever_waits_as_told_is_taken(refusals::short()),
    refusals::a_node_falls_over_under_one_call_too_many(refusals::of_nodes()),
    telling::requests_are_numbered_over_all_links(data()),
    telling::links_are_told_apart(data()),
);

//! One suite over both forms of the platform; and what only the program can do: be followed again, be lost, be told wrong things.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod answers;
mod configuration;
mod detour;
mod following;
mod program;
mod telling;
mod world;

/// Each of these is a test of either form.
macro_rules! of_both_forms {
    ($($module:ident::$test:ident),* $(,)?) => {
        mod here {
            $(#[tokio::test]
            async fn $test() {
                crate::$module::$test(crate::world::World::here().await).await;
            })*
        }
        mod remote {
            $(#[tokio::test]
            async fn $test() {
                crate::$module::$test(crate::world::World::remote().await).await;
            })*
        }
    };
}

of_both_forms!(
    answers::pages,
    answers::pages_asked_wrong,
    answers::finance,
    answers::alerts,
    answers::unknown_routes,
    answers::times_set_while_it_runs,
    telling::requests_are_numbered_over_all_links,
    telling::links_are_told_apart,
);

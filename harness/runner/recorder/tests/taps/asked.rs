//! The error tap on servers whose files cannot be read, so that they are asked.

use mysql_async::{Opts, prelude::Queryable};
use pitfall_recorder::{SqlErrorsSource, Tap};

use crate::{
    Named,
    sql_errors::{tap, told},
    world::{LIMIT, World, run},
};

pub(crate) const TRIALS: &[Named] =
    &[("a_lost_connection_of_the_error_tap_goes_on", |world| Box::pin(killed(world)))];

async fn killed(world: &World) {
    let (mut conn, _) = world.database().await;
    run(&mut conn, &["CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)"]).await;
    // A user of its own, so that no other connection is taken for the tap's. Its first login finds no cached password.
    let user = &world.run;
    let create = format!("CREATE USER {user} IDENTIFIED BY 'secret'");
    run(&mut conn, &[&create, &format!("GRANT ALL ON *.* TO {user}")]).await;
    let opts = Opts::from_url(&world.source()).unwrap();
    let url = format!("mysql://{user}:secret@{}:{}", opts.ip_or_hostname(), opts.tcp_port());
    let tap = tap(world, SqlErrorsSource::Server(url)).await;
    for number in 1..=3 {
        conn.query_drop("INSERT INTO t VALUES (1)").await.unwrap_err();
        let find = format!("SELECT id FROM information_schema.processlist WHERE user = '{user}'");
        let ids: Vec<u64> = conn.query(find).await.unwrap();
        for id in ids {
            // It may just have gone.
            let _ = conn.query_drop(format!("KILL {id}")).await;
        }
        conn.query_drop("INSERT INTO t VALUES (1)").await.unwrap_err();
        tap.catch_up(LIMIT).await.unwrap();
        assert_eq!(told(world).iter().filter(|(code, ..)| *code == 1062).count(), 2 * number);
    }
    assert_eq!(tap.failed(), None);
    tap.stop().await;
    run(&mut conn, &[&format!("DROP USER {user}")]).await;
}

//! The program's configuration, and its end.

use std::{net::TcpListener, process::Output};

use nix::sys::signal::Signal;
use pitfall_model::{Delay, Route};
use tokio::time::{Duration, Instant};

use crate::{
    program::{Program, run},
    world::{COLLECT, LIMIT, World, config},
};

fn refused(output: &Output, text: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*stderr), (Some(1), &*format!("pitfall-platform: {text}\n")));
    assert!(output.stdout.is_empty());
}

#[tokio::test]
async fn help_says_how_it_is_used() {
    for argument in ["--help", "-h"] {
        let output = run(Some(argument), None).await;
        assert!(output.status.success());
        assert_eq!(String::from_utf8_lossy(&output.stdout), include_str!("../../help.txt"));
    }
    refused(&run(Some("serve"), None).await, "unknown argument \"serve\": it takes none (see --help)");
}

#[tokio::test]
async fn a_configuration_that_is_none_is_told() {
    let (unread, none) = ("PITFALL_PLATFORM cannot be read", "PITFALL_PLATFORM is no configuration");
    let not_set = format!(
        "{unread} (environment variable not found): set it to the configuration, as JSON (see --help)"
    );
    refused(&run(None, None).await, &not_set);
    let example = "(see --help for an example)";
    let wrong = [
        ("", "EOF while parsing a value at line 1 column 0"),
        (r#"{"data":{},"seed":1,"links":{}}"#, "missing field `control` at line 1 column 31"),
        (
            r#"{"data":{},"seed":1,"links":{},"control":70000}"#,
            "invalid value: integer `70000`, expected u16 at line 1 column 46",
        ),
        (
            r#"{"datas":{}}"#,
            "unknown field `datas`, expected one of `data`, `seed`, `links`, `control` at line 1 column 8",
        ),
        (
            r#"{"data":{"answers":{"pages":"1s"}},"seed":1,"links":{},"control":0}"#,
            "unknown variant `pages`, expected one of `page`, `finance`, `ship`, `detail` at line 1 column 27",
        ),
    ];
    for (value, why) in wrong {
        refused(&run(None, Some(value)).await, &format!("{none}: {why} {example}"));
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let taken = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let told = |what: &str| {
        format!(
            "the mocked platform cannot serve {what} at 0.0.0.0:{port}: Address already in use (os error 98); name a free port, or 0"
        )
    };
    let mut with_link = config();
    with_link.links.insert(COLLECT.to_owned(), port);
    refused(&run(None, Some(&with_link.to_env().1)).await, &told("link `collect->platform`"));
    let mut with_control = config();
    with_control.control = port;
    refused(&run(None, Some(&with_control.to_env().1)).await, &told("its control port"));
}

#[tokio::test]
async fn a_signal_ends_it_at_once() {
    // Long beyond the limit: an answer that is awaited does not hold it.
    let long = Duration::from_secs(3600);
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let mut config = config();
        config.data.answers.insert(Route::Finance, Delay(long));
        let program = Program::start(&config).await;
        let control = program.control();
        let mut world = World::remote_by(program, control).await;
        let link = world.links[COLLECT];
        let asked = tokio::spawn(reqwest::get(format!("http://{link}/shop/orders/1/finance")));
        let deadline = Instant::now() + LIMIT;
        while world.told().await.len() < 2 {
            assert!(Instant::now() < deadline, "the request never came");
        }
        let status = world.program.as_mut().unwrap().end_by(signal).await;
        assert!(status.success(), "{status}");
        assert!(asked.await.unwrap().is_err());
    }
}

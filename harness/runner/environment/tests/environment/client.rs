//! The test binary, started again as a client of its own.

use std::io::BufRead;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use pitfall_environment::{Environment, SharedEnvironment, direct};
use pitfall_warden::{Owner, Warden};

/// The variable that makes this binary a client.
pub(crate) const ROLE: &str = "PITFALL_TEST_ROLE";

/// `shared`: prints the shared environment and waits for its standard input to end. `pair`: starts a pair and ends.
pub(crate) async fn play(role: &str) {
    let environment = Environment::chosen().unwrap_or_else(|error| panic!("{error}"));
    match role {
        "shared" => {
            let (_warden, started) = crate::shared(environment).await;
            println!("{}", serde_json::to_string(&started).expect("it is data"));
            std::io::stdin().lines().for_each(drop);
        }
        "pair" => {
            let warden = Warden::connect().await.expect("the warden starts");
            if let Err(error) = environment.start_pair(&warden, Owner::Client, &direct).await {
                panic!("{error}");
            }
        }
        other => panic!("unknown role {other}"),
    }
}

/// This binary as a client whose warden lives below `home`.
pub(crate) fn command(role: &str, environment: Environment, home: &Path) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command
        .env(ROLE, role)
        .env(Environment::VARIABLE, environment.name())
        .env("TMPDIR", home)
        .env("XDG_RUNTIME_DIR", home);
    command
}

/// A client with the shared environment.
pub(crate) struct Client {
    child: Child,
}

impl Client {
    pub(crate) fn start(environment: Environment, home: &Path) -> Client {
        Client::start_with(environment, home, &[])
    }

    pub(crate) fn start_with(environment: Environment, home: &Path, variables: &[(&str, &str)]) -> Client {
        let child = command("shared", environment, home)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test binary starts again");
        Client { child }
    }

    /// What it started, once it is up.
    pub(crate) fn environment(&mut self) -> SharedEnvironment {
        let mut line = String::new();
        let output = self.child.stdout.take().expect("it is asked once");
        std::io::BufReader::new(output).read_line(&mut line).expect("it writes");
        serde_json::from_str(&line).expect("an environment")
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it is ours");
    }

    pub(crate) fn end(mut self) {
        drop(self.child.stdin.take());
        self.child.wait().expect("it is ours");
    }

    pub(crate) fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).expect("it is small")
    }
}

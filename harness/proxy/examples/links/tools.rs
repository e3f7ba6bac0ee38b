//! Java programs: the broker and Kafka's own measuring tools.

use std::process::Stdio;
use std::time::Duration;

use pitfall_warden::Spawn;
use tokio::process::Command;
use tokio::time::timeout;

use crate::Failure;

const LIMIT: Duration = Duration::from_secs(300);

/// How Java programs are run.
#[derive(Clone)]
pub(crate) struct Tools {
    java: String,
    class_path: String,
}

impl Tools {
    pub(crate) fn new(java: &str, class_path: &str) -> Self {
        Self { java: java.to_owned(), class_path: class_path.to_owned() }
    }

    /// Runs a program to its end; what it wrote to its standard output.
    pub(crate) async fn run(&self, class: &str, arguments: &[String]) -> Result<String, Failure> {
        let mut command = Command::new(&self.java);
        command.args(self.arguments(class, arguments));
        command.stdin(Stdio::null()).kill_on_drop(true);
        let output = timeout(LIMIT, command.output()).await;
        let output = output.map_err(|_| format!("{class} has not ended within {LIMIT:?}"))??;
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        match output.status.success() {
            true => Ok(out.into_owned()),
            false => Err(format!("{class} failed: {out}{err}").into()),
        }
    }

    /// A program that the warden runs.
    pub(crate) fn spawn(&self, name: &str, class: &str, arguments: &[String]) -> Spawn {
        let mut spawn = Spawn::new(name, &self.java);
        spawn.args = self.arguments(class, arguments);
        spawn
    }

    fn arguments(&self, class: &str, arguments: &[String]) -> Vec<String> {
        let fixed =
            ["-Xms512m", "-Xmx512m", "-Djava.net.preferIPv4Stack=true", "-cp", &self.class_path, class];
        fixed.iter().map(|argument| (*argument).to_owned()).chain(arguments.iter().cloned()).collect()
    }
}

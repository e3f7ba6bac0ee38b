//! Clients in processes of their own, so that they can be killed: what they do, and how a test speaks with them.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use pitfall_warden::{Exit, Output, Owner, Process, Share, Signal, Spawn, Warden};

/// A client process; its standard input takes one command a line and its standard output answers each with a line.
pub(crate) struct Client {
    pub(crate) child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Client {
    /// A client whose warden lives below `home`.
    pub(crate) fn start(home: &Path) -> Client {
        Client::of(Path::new("/proc/self/exe"), home)
    }

    /// The same, of a program that is a copy of this one.
    pub(crate) fn of(program: &Path, home: &Path) -> Client {
        let mut child = Command::new(program)
            .env("PITFALL_TEST_ROLE", "client")
            .env("TMPDIR", home)
            .env("XDG_RUNTIME_DIR", home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test binary starts again");
        let stdin = child.stdin.take().expect("it is piped");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        Client { child, stdin, stdout }
    }

    pub(crate) fn tell(&mut self, command: &str) {
        writeln!(self.stdin, "{command}").expect("the client reads");
    }

    pub(crate) fn hear(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("the client writes");
        line.trim_end().to_owned()
    }

    pub(crate) fn ask(&mut self, command: &str) -> String {
        self.tell(command);
        self.hear()
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it is ours");
        self.child.wait().expect("it is ours");
    }

    pub(crate) fn wait(mut self) {
        drop(self.stdin);
        self.child.wait().expect("it is ours");
    }
}

/// Waits for a condition with a limit.
pub(crate) fn within(limit: Duration, what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < limit, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// How many living processes have this in their command line.
pub(crate) fn running(mark: &str) -> usize {
    std::fs::read_dir("/proc")
        .expect("this is Linux")
        .flatten()
        .filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok())
        .filter(|line| line.contains(mark))
        .count()
}

pub(crate) fn play(role: &str) {
    if let Some(address) = role.strip_prefix("listen ") {
        let _listener = TcpListener::bind(address).expect("the address is free");
        std::thread::park();
    }
    tokio::runtime::Runtime::new().expect("a runtime").block_on(serve());
}

async fn serve() {
    let warden = Warden::connect().await.expect("the warden starts");
    let mut processes: Vec<Process> = Vec::new();
    let mut lease = None;
    for line in std::io::stdin().lines() {
        let line = line.expect("the test writes UTF-8");
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        let answer = match verb {
            "warden" => warden.pid().to_string(),
            "scratch" => {
                warden.scratch(owner(rest), "test").await.expect("a directory").display().to_string()
            }
            "sh" => {
                let (of, script) = rest.split_once(' ').expect("owner and script");
                let mut command = Spawn::new("script", "sh");
                command.args = vec!["-c".into(), script.into()];
                command.owner = owner(of);
                processes.push(warden.spawn(command).await.expect("sh starts"));
                processes[processes.len() - 1].pid().to_string()
            }
            // As `sh`, for this client, with a grace of these milliseconds.
            "graceful" => {
                let (milliseconds, script) = rest.split_once(' ').expect("milliseconds and script");
                let mut command = Spawn::new("script", "sh");
                command.args = vec!["-c".into(), script.into()];
                command.grace = Some(Duration::from_millis(milliseconds.parse().expect("a number")));
                processes.push(warden.spawn(command).await.expect("sh starts"));
                processes[processes.len() - 1].pid().to_string()
            }
            "listen" => {
                let mut command = Spawn::this_program("listener", Vec::new());
                command.env.retain(|(key, _)| key != "PITFALL_TEST_ROLE");
                command.env.push(("PITFALL_TEST_ROLE".into(), format!("listen {rest}")));
                warden.spawn(command).await.expect("it starts").pid().to_string()
            }
            "write" => {
                let mut command = Spawn::new("echo", "sh");
                command.args = vec!["-c".into(), "echo written; exit 3".into()];
                command.stdout = Output::File(rest.into());
                let process = warden.spawn(command).await.expect("sh starts");
                format!("{}, again {}", process.clone().exited().await, process.exited().await)
            }
            "missing" => warden
                .spawn(Spawn::new("ghost", "no-such-program"))
                .await
                .expect_err("it is missing")
                .to_string(),
            "kill" => {
                processes[0].kill().await.expect("it dies");
                processes[0].exited().await.to_string()
            }
            "term" => {
                processes[0].signal(Signal::SIGTERM).await.expect("it is sent");
                processes[0].exited().await.to_string()
            }
            "stop" => {
                processes[0].signal(Signal::SIGSTOP).await.expect("it stands still");
                states(processes[0].pid())
            }
            "go-on" => {
                processes[0].signal(Signal::SIGCONT).await.expect("it is sent");
                "sent".into()
            }
            "attach" => warden
                .attach(rest.parse().expect("a number"))
                .await
                .expect("it is known")
                .exited()
                .await
                .to_string(),
            "lost" => loop {
                if processes[0].exited().await == Exit::Lost {
                    break warden
                        .spawn(Spawn::new("late", "true"))
                        .await
                        .expect_err("it is gone")
                        .to_string();
                }
            },
            "share" => match warden.share(rest).await.expect("the warden answers") {
                Share::Start(start) => {
                    lease = Some(start);
                    "start".into()
                }
                Share::Ready(json) => format!("ready {json}"),
            },
            "publish" => {
                let lease: pitfall_warden::Lease = lease.take().expect("it was granted");
                lease.publish(rest).await.expect("it is published");
                "published".into()
            }
            "drop" => {
                lease = None;
                "dropped".into()
            }
            "give-up" => {
                let wait = tokio::time::timeout(Duration::from_millis(50), warden.share(rest)).await;
                format!("gave up: {}", wait.is_err())
            }
            "panic" => panic!("as asked"),
            other => panic!("unknown command {other}"),
        };
        println!("{answer}");
    }
}

/// The state letters of all processes of a group, as they are now.
fn states(group: i32) -> String {
    let all = std::fs::read_dir("/proc").expect("it is there").flatten();
    let state = |entry: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        let mut fields = stat.rsplit_once(") ")?.1.split(' ');
        let state = fields.next()?.to_owned();
        (fields.nth(1)? == group.to_string()).then_some(state)
    };
    all.filter_map(state).collect()
}

fn owner(name: &str) -> Owner {
    if name == "client" { Owner::Client } else { Owner::Share(name.to_owned()) }
}

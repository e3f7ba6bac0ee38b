//! A throw-away project: copies of scenarios and systems, changed as a test needs, and the chaos binary run in it.

use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// A copy of `suites/` and `fixtures/` with a warden of its own, so that what is left over can be told.
pub(crate) struct Project {
    folder: TempDir,
    mark: String,
    variables: RefCell<Vec<(String, String)>>,
}

impl Project {
    /// A copy that holds only the scenario file `scenario`.
    pub(crate) fn with(scenario: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let to = folder.path().join("suites").join(scenario);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(workspace.join("suites").join(scenario), to).unwrap();
        fs::create_dir(folder.path().join("suites/snapshots")).unwrap();
        for entry in fs::read_dir(workspace.join("suites/snapshots")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.path().join("suites/snapshots").join(path.file_name().unwrap())).unwrap();
        }
        for system in ["order-sync", "kitchen-display", "order-system"] {
            let to = folder.path().join("fixtures").join(system);
            fs::create_dir_all(&to).unwrap();
            for file in ["pitfall.toml", "schema.sql"] {
                let from = workspace.join("fixtures").join(system).join(file);
                if from.exists() {
                    fs::copy(from, to.join(file)).unwrap();
                }
            }
        }
        // Built by whoever runs these tests: the copy is no workspace to build in.
        for system in ["order-sync", "kitchen-display"] {
            let path = folder.path().join("fixtures").join(system).join("pitfall.toml");
            let text = fs::read_to_string(&path).unwrap();
            let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("build = ")).collect();
            fs::write(path, kept.join("\n")).unwrap();
        }
        build();
        let mark = folder.path().display().to_string();
        Self { folder, mark, variables: RefCell::default() }
    }

    /// Replaces text in a file of the copy; the text must be there.
    pub(crate) fn change(&self, file: &str, from: &str, to: &str) -> &Self {
        let path = self.folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "`{from}` is not in {file}");
        fs::write(path, text.replace(from, to)).unwrap();
        self
    }

    /// Writes a file of the copy.
    pub(crate) fn write(&self, file: &str, text: &str) {
        fs::write(self.folder.path().join(file), text).unwrap();
    }

    /// Sets an environment variable for what is run from now on.
    pub(crate) fn set(&self, variable: &str, value: &str) {
        self.variables.borrow_mut().push((variable.to_owned(), value.to_owned()));
    }

    /// A path in the copy.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the systems' binaries are.
    pub(crate) fn bin(&self) -> PathBuf {
        let folder = chaos().parent().unwrap();
        if folder.ends_with("deps") { folder.parent().unwrap().to_owned() } else { folder.to_owned() }
    }

    /// The history of a run (`system/ID-name/variant`).
    pub(crate) fn history(&self, run: &str) -> String {
        let session = format!("driven-{}", self.folder.path().file_name().unwrap().display());
        let folder = self.bin().parent().unwrap().join("pitfall").join(session);
        fs::read_to_string(folder.join(run).join("history.jsonl")).unwrap()
    }

    /// Copies a file of the copy.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        fs::copy(self.folder.path().join(from), self.folder.path().join(to)).unwrap();
    }

    /// The chaos binary with these arguments, in this copy.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(chaos());
        let runtime = self.folder.path().join("runtime");
        fs::create_dir_all(&runtime).unwrap();
        fs::set_permissions(&runtime, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        command
            .args(arguments)
            .current_dir(self.folder.path().join("suites"))
            .env("CARGO_MANIFEST_DIR", self.folder.path().join("suites"))
            .env("XDG_RUNTIME_DIR", runtime)
            .env("NEXTEST_RUN_ID", format!("driven-{}", self.folder.path().file_name().unwrap().display()))
            .env("INSTA_UPDATE", "no")
            .env("INSTA_WORKSPACE_ROOT", self.folder.path())
            .env("RUST_BACKTRACE", "0")
            .env("PITFALL_MARK", &self.mark)
            .envs(self.variables.borrow().iter().cloned())
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end; what it wrote, both streams together.
    pub(crate) fn run(&self, arguments: &[&str]) -> (Output, String) {
        let output = self.command(arguments).output().unwrap();
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output, text)
    }

    /// Starts it, and returns once it has so many processes, its own included.
    pub(crate) fn start(&self, arguments: &[&str], processes: usize) -> Started {
        let spawned = self.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut started = Started { child: spawned.unwrap(), seen: Vec::new() };
        let deadline = Instant::now() + Duration::from_secs(60);
        while started.seen.len() < processes {
            assert!(Instant::now() < deadline, "{processes} processes were awaited: {:#?}", started.seen);
            std::thread::sleep(Duration::from_millis(5));
            started.seen = self.alive();
        }
        started
    }

    /// The processes that inherited this copy's mark, and all that descend from them.
    pub(crate) fn alive(&self) -> Vec<Alive> {
        let wanted = format!("PITFALL_MARK={}", self.mark);
        let all = Alive::all();
        let is_marked = |one: &&Alive| {
            let environment = fs::read(format!("/proc/{}/environ", one.pid)).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|variable| variable == wanted.as_bytes())
        };
        let mut ours: Vec<Alive> = all.iter().filter(is_marked).cloned().collect();
        loop {
            let is_child =
                |one: &&Alive| !ours.contains(one) && ours.iter().any(|parent| parent.pid == one.parent);
            let more: Vec<Alive> = all.iter().filter(is_child).cloned().collect();
            if more.is_empty() {
                return ours;
            }
            ours.extend(more);
        }
    }
}

/// A run under way.
pub(crate) struct Started {
    /// The test process.
    pub(crate) child: Child,
    seen: Vec<Alive>,
}

impl Started {
    /// The processes that there are now; nothing of them may be left later.
    pub(crate) fn sees(&mut self, project: &Project) -> &[Alive] {
        self.seen = project.alive();
        &self.seen
    }

    /// Within `limit`, nothing that was seen is left, nothing of the project's, and no folder of a server.
    pub(crate) fn leaves_nothing(&self, project: &Project, limit: Duration) {
        let deadline = Instant::now() + limit;
        loop {
            let all = Alive::all();
            let mut left = project.alive();
            left.extend(self.seen.iter().filter(|one| all.contains(one)).cloned());
            // The warden names its scratch folder in its command line.
            let folders: Vec<PathBuf> =
                self.seen.iter().filter_map(Alive::scratch).filter(|folder| folder.exists()).collect();
            if left.is_empty() && folders.is_empty() {
                return;
            }
            assert!(Instant::now() < deadline, "after {limit:?} there are still {left:#?} {folders:#?}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process, told apart from a later one with the same number by its start.
#[derive(Clone, Debug)]
pub(crate) struct Alive {
    pid: u32,
    parent: u32,
    started: u64,
    command: String,
}

impl PartialEq for Alive {
    fn eq(&self, other: &Self) -> bool {
        (self.pid, self.started) == (other.pid, other.started)
    }
}

impl Alive {
    /// Every process that is no zombie.
    fn all() -> Vec<Self> {
        let pids = fs::read_dir("/proc").unwrap();
        pids.filter_map(|entry| Self::read(entry.ok()?.file_name().to_str()?.parse().ok()?)).collect()
    }

    fn read(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let command = String::from_utf8_lossy(&command).replace('\0', " ").trim().to_owned();
        let alive = Self { pid, parent: fields[1].parse().ok()?, started: fields[19].parse().ok()?, command };
        (fields[0] != "Z").then_some(alive)
    }

    /// Whether it was stopped (SIGSTOP).
    pub(crate) fn stands_still(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
    }

    fn scratch(&self) -> Option<PathBuf> {
        let of_server = self.command.contains("--pitfall-warden serve");
        of_server.then(|| PathBuf::from(self.command.split(' ').next_back().unwrap_or_default()))
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        // What a failed test ran is what tells why.
        if std::thread::panicking() {
            return;
        }
        let target = chaos().ancestors().nth(3).unwrap().to_owned();
        let name = format!("driven-{}", self.folder.path().file_name().unwrap().display());
        let _ = fs::remove_dir_all(target.join("pitfall").join(name));
    }
}

/// The chaos test binary, built by Cargo if it is not there or out of date.
fn chaos() -> &'static Path {
    static CHAOS: OnceLock<PathBuf> = OnceLock::new();
    CHAOS.get_or_init(|| {
        let output = cargo(&["test", "--test", "chaos", "--no-run", "--message-format=json"])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap())
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let line =
            text.lines().find(|line| line.contains("\"executable\":\"") && line.contains("/chaos-")).unwrap();
        let path = line.split("\"executable\":\"").nth(1).unwrap().split('"').next().unwrap();
        PathBuf::from(path)
    })
}

fn build() {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        assert!(cargo(&["build", "--quiet", "--workspace", "--bins"]).status().unwrap().success());
    });
}

/// Cargo, without what it told this test of its package: build scripts that watch it would take it for a change, and half the
/// workspace would be built again.
fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    let told = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars().filter(|(name, _)| told(name)) {
        cargo.env_remove(name);
    }
    cargo.args(arguments);
    cargo
}

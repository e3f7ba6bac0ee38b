//! `pitfall incidents` on sessions made of recorded verdicts.

#![allow(clippy::unwrap_used, reason = "a test says what it rests on by failing")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use indexmap::IndexMap;
use pitfall_model::{Account, Outcome};
use pitfall_report::RunSummary;
use tempfile::TempDir;

const B8: &str = "B8-stale-replica-before";

struct Said {
    code: i32,
    out: String,
    err: String,
}

/// A folder for sessions and pages.
struct World(TempDir);

impl World {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Stores the summary of a run of this name, with a recorded verdict, in a session; changed as a test needs.
    fn store(&self, session: &str, name: &str, change: impl FnOnce(&mut RunSummary)) -> &Self {
        let mut summary = summary(name);
        change(&mut summary);
        self.store_text(session, name, &serde_json::to_string(&summary).unwrap())
    }

    fn store_text(&self, session: &str, name: &str, text: &str) -> &Self {
        let folder = self.path(session).join(name.replace("::", "/"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("summary.json"), text).unwrap();
        self
    }

    /// The program over these sessions, into `pages`.
    fn told(&self, sessions: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pitfall"));
        command.arg("incidents").args(sessions).args(["--out", "docs/pages"]).current_dir(self.0.path());
        said(&mut command)
    }

    fn page(&self, name: &str) -> String {
        fs::read_to_string(self.path("docs/pages").join(name)).unwrap()
    }

    /// Whether no page was written.
    fn is_without_pages(&self) -> bool {
        !self.path("docs").exists()
    }
}

fn said(command: &mut Command) -> Said {
    let done = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code: done.status.code().unwrap(), out: text(done.stdout), err: text(done.stderr) }
}

fn summary(name: &str) -> RunSummary {
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/histories").join(B8);
    let mut verdict: pitfall_model::RunVerdict =
        serde_json::from_slice(&fs::read(recorded.join("verdict.json")).unwrap()).unwrap();
    verdict.name = name.to_owned();
    RunSummary {
        verdict,
        points: vec![],
        account: Account {
            story: format!("The story of {name}. And more."),
            cause: Some("The replica was behind.".into()),
            says: Some("As it was.".into()),
            switches: BTreeMap::from([("INCOMPLETE".into(), "accept".into())]),
            source: "工作總結".into(),
            date: None,
        },
        instances: IndexMap::from([("consumer".into(), 4)]),
        scale: BTreeMap::new(),
        seed: 17,
        began: 1_668_668_000,
        versions: BTreeMap::new(),
        run_dir: "somewhere".into(),
        reproduce: String::new(),
        reproduce_scenario: "cargo test --test chaos".into(),
        took_ms: 1,
        ready_ms: 1,
    }
}

#[test]
fn a_session_becomes_a_page_for_each_incident_and_a_table_of_them() {
    let world = World::new();
    world
        .store("one", "kitchen::B8-stale::before", |_| ())
        .store("one", "kitchen::B8-stale-worse::before", |_| ())
        .store("one", "shop::A3-late::before", |_| ());
    let told = world.told(&["one"]);
    assert_eq!((told.code, told.err.as_str()), (0, ""));
    let files = ["A3-late.md", "B8-stale.md", "README.md"];
    let written: String = files.iter().map(|file| format!("docs/pages/{file}\n")).collect();
    assert_eq!(told.out, written);
    assert_eq!(fs::read_dir(world.path("docs/pages")).unwrap().count(), files.len());
    let page = world.page("B8-stale.md");
    for part in [
        "# B8 stale\n",
        "The story of kitchen::B8-stale::before. And more.",
        "## Why\n\nThe replica was behind.",
        "### before\n\nAs it was.\n\nSwitches: `INCOMPLETE=accept`. Processes: 4 consumer.",
        "**partial-read-stored**: An order was stored with fewer parts",
        "  +0.000 s ",
        "- The fault replica-behind bit: ",
        "## stale-worse here\n\nThe story of kitchen::B8-stale-worse::before.",
    ] {
        assert!(page.contains(part), "`{part}` in {page}");
    }
    let table = world.page("README.md");
    assert!(table.contains("| [A3 late](A3-late.md) | The story of shop::A3-late::before. |"), "{table}");
    assert!(table.find("[A3 late]") < table.find("[B8 stale]"), "{table}");
}

#[test]
fn what_did_not_run_keeps_its_page_and_its_row() {
    let world = World::new();
    world.store("one", "kitchen::B8-stale::before", |_| ()).store("two", "shop::A3-late::before", |_| ());
    assert_eq!(world.told(&["one"]).code, 0);
    let page = world.page("B8-stale.md");
    assert_eq!(world.told(&["two"]).code, 0);
    let table = world.page("README.md");
    assert!(table.contains("(A3-late.md)") && table.contains("(B8-stale.md)"), "{table}");
    assert_eq!(world.page("B8-stale.md"), page);
    assert_eq!(world.told(&["one", "two"]).code, 0);
    assert_eq!(world.page("README.md"), table, "as if both had run together");
}

#[test]
fn of_a_variant_that_ran_in_two_sessions_the_later_run_is_told() {
    let world = World::new();
    let name = "kitchen::B8-stale::before";
    world.store("late", name, |run| (run.began, run.seed) = (run.began + 1, 1_000_001));
    world.store("early", name, |_| ());
    assert_eq!(world.told(&["late", "early"]).code, 0);
    assert!(world.page("B8-stale.md").contains("seed 1000001;"));
}

#[test]
fn a_verdict_that_is_not_as_declared_is_named_and_nothing_is_written() {
    let reasons = || vec!["no".to_owned()];
    for (outcome, code) in
        [(Outcome::Failed { reasons: reasons() }, 1), (Outcome::Inconclusive { reasons: reasons() }, 2)]
    {
        let world = World::new();
        world.store("one", "kitchen::B8-stale::after", |run| run.verdict.outcome = outcome).store(
            "one",
            "kitchen::B8-stale::before",
            |_| (),
        );
        let told = world.told(&["one"]);
        assert_eq!((told.code, told.out.as_str()), (code, ""));
        assert!(
            told.err.contains("kitchen::B8-stale::after: the verdict is not as declared"),
            "{}",
            told.err
        );
        assert!(told.err.contains("`pitfall check somewhere` says why"), "{}", told.err);
        assert_eq!(told.err.lines().count(), 1);
        assert!(world.is_without_pages());
    }
}

#[test]
fn bad_input_is_told_with_place_reason_and_remedy() {
    let world = World::new();
    world.store("good", "kitchen::B8-stale::before", |_| ()).store_text(
        "broken",
        "kitchen::B8-stale::before",
        "{}",
    );
    fs::create_dir(world.path("empty")).unwrap();
    fs::write(world.path("file"), "").unwrap();
    let place = "broken/kitchen/B8-stale/before/summary.json: is no summary that this build can read: ";
    for (session, parts) in [
        ("nowhere", ["nowhere: there is no such directory", "name a session directory"]),
        ("file", ["file: is a file", "name the session directory that it stands in"]),
        ("empty", ["empty: has no summary.json", "run the suite"]),
        ("broken", [place, "use the build that made it"]),
    ] {
        let told = world.told(&["good", session]);
        assert_eq!((told.code, told.out.as_str()), (3, ""), "{session}");
        for part in parts {
            assert!(told.err.contains(part), "`{part}` in {}", told.err);
        }
        assert_eq!(told.err.lines().count(), 1, "{}", told.err);
        assert!(world.is_without_pages());
    }
    fs::write(world.path("docs"), "a file in the way").unwrap();
    let told = world.told(&["good"]);
    assert_eq!((told.code, told.out.as_str()), (3, ""));
    assert!(told.err.contains("docs/pages: cannot be written: "), "{}", told.err);
    assert!(told.err.contains("name another folder with --out"), "{}", told.err);
}

#[test]
fn help_has_examples_and_exit_codes_and_no_argument_is_guessed() {
    let pitfall = |arguments: &[&str]| said(Command::new(env!("CARGO_BIN_EXE_pitfall")).args(arguments));
    let help = pitfall(&["incidents", "--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    for part in ["Examples:\n  pitfall incidents ", "Exit codes: 0 written; 1 ", "--out <FOLDER>"] {
        assert!(help.out.contains(part), "{part} in {}", help.out);
    }
    for arguments in [&["incidents"][..], &["incidents", "."], &["incidents", "--out", "pages"]] {
        let refused = pitfall(arguments);
        assert_eq!((refused.code, refused.out.as_str()), (3, ""), "{arguments:?}");
        assert!(refused.err.contains("Usage:"), "{}", refused.err);
    }
}

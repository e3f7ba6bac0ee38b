//! What cannot be judged: each with place, reason and remedy.

use std::fs;

use crate::world::{Copy, Said, check, recorded};

const RUN: &str = "B8-stale-replica-before";

/// It says this on the standard error, nothing else, and that it cannot be judged.
#[track_caller]
fn refuses(said: &Said, parts: &[&str]) {
    assert_eq!((said.code, said.out.as_str()), (3, ""), "{}", said.err);
    for part in parts {
        assert!(said.err.contains(part), "`{part}` in: {}", said.err);
    }
    assert_eq!(said.err.lines().count(), 1, "{}", said.err);
}

#[test]
fn no_such_directory() {
    refuses(
        &check(&recorded("no-such-run")),
        &["pitfall check: ", "no-such-run: there is no such directory; name a run directory"],
    );
}

#[test]
fn a_file_is_no_directory() {
    refuses(
        &check(&recorded(RUN).join("history.jsonl")),
        &["history.jsonl: is a file; name the run directory that it stands in"],
    );
}

#[test]
fn a_directory_without_plan_or_history_is_no_run_directory() {
    for file in ["plan.json", "history.jsonl"] {
        let run = Copy::of(RUN).remove(file);
        let said = format!("has no {file}, so it is no run directory; name one that a run has left");
        refuses(&run.check(), &[&said]);
    }
}

#[test]
fn the_directory_above_run_directories_names_them() {
    refuses(&check(&recorded("")), &["has no plan.json, so it is no run directory; name those in it: ", RUN]);
}

#[test]
fn a_plan_of_another_form() {
    let unjudged = Copy::of(RUN).change("plan.json", |_| "{\n  \"name\": \"x\"\n}".to_owned());
    refuses(
        &unjudged.check(),
        &[
            "plan.json: is no plan that this build can read: missing field `judging` at line 3",
            "judge the run with the build that made it",
        ],
    );
    let unknown = Copy::of(RUN).change("plan.json", |plan| plan.replace("\"convergence\"", "\"elegance\""));
    refuses(&unknown.check(), &["unknown field `elegance`", " at line "]);
    let no_json = Copy::of(RUN).change("plan.json", |plan| plan[..plan.len() / 2].to_owned());
    refuses(&no_json.check(), &["EOF while parsing", " at line "]);
}

#[test]
fn a_corrupt_line_in_the_middle_is_named() {
    let run =
        Copy::of(RUN).change("history.jsonl", |lines| lines.replacen("{\"seq\":7,", "{\"seq\":seven,", 1));
    refuses(
        &run.check(),
        &[
            "history.jsonl: line 8 of the history is no event: expected value at line 1",
            "judge the original, or run it again",
        ],
    );
}

#[test]
fn a_line_that_is_no_text_is_named_too() {
    let run = Copy::of(RUN);
    let mut bytes = fs::read(run.file("history.jsonl")).unwrap();
    bytes[3] = 0xff;
    fs::write(run.file("history.jsonl"), bytes).unwrap();
    refuses(&run.check(), &["history.jsonl: line 1 of the history is no event"]);
}

#[test]
fn another_schema_version_is_refused_by_name_whatever_its_lines_are_like() {
    let another = |lines: &str| {
        let (head, _) = lines.split_once('\n').unwrap();
        head.replacen("\"schema\":1", "\"schema\":2", 1).replacen("\"versions\"", "\"releases\"", 1)
            + "\nsomething else\nagain\n"
    };
    refuses(
        &Copy::of(RUN).change("history.jsonl", another).check(),
        &[
            "line 1: the history has schema version 2, this build reads version 1: judge it with the build that wrote it",
        ],
    );
}

#[test]
fn an_empty_history_or_one_that_never_began() {
    for lines in
        ["", "{\"seq\":0,\"at\":0,\"ev", "{\"seq\":0,\"at\":0,\"event\":\"ended\",\"reason\":\"settled\"}\n"]
    {
        refuses(
            &Copy::of(RUN).change("history.jsonl", |_| lines.to_owned()).check(),
            &["history.jsonl: line 1 of the history is no `run` event: it is empty", "run it again"],
        );
    }
}

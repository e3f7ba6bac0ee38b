//! Runs that can be judged: the verdict that was recorded, or in what it differs.

use std::fs;

use crate::world::{Copy, all_recorded, check, pitfall, recorded};

const RUN: &str = "B8-stale-replica-before";

#[test]
fn a_recorded_run_gets_its_recorded_verdict_to_the_byte() {
    for folder in all_recorded() {
        let said = pitfall(["check".as_ref(), "--json".as_ref(), folder.as_os_str()]);
        assert_eq!(
            said.out,
            fs::read_to_string(folder.join("verdict.json")).unwrap(),
            "{}",
            folder.display()
        );
        assert_eq!(said.err, format!("{}: this is the recorded verdict\n", folder.display()));
        assert_eq!(said.code, 0);
    }
}

#[test]
fn it_is_told_as_when_it_was_run() {
    let said = check(&recorded(RUN));
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let lines: Vec<&str> = said.out.lines().collect();
    let name = "kitchen-display::B8-stale-replica::before";
    assert!(lines[0].starts_with(&format!("{name} shows lost-message ×")), "{}", lines[0]);
    assert!(lines[0].contains(" — as declared ("), "{}", lines[0]);
    assert_eq!(lines[1], format!("{name}: as declared"));
    assert!(lines.iter().any(|line| line.starts_with("fault replica-behind: proved by ")), "{}", said.out);
    assert!(said.out.ends_with(": this is the recorded verdict\n"), "{}", said.out);
}

#[test]
fn a_verdict_that_differs_says_in_which_guarantee_first() {
    let another = |verdict: &str| verdict.replacen("\"is\": \"violated\"", "\"is\": \"holds\"", 1);
    let said = Copy::of(RUN).change("verdict.json", another).check();
    assert_eq!(said.code, 0);
    assert!(
        said.out.contains(": differs from the recorded verdict: no-loss was holds (")
            && said.out.contains("), and is violated ("),
        "{}",
        said.out
    );
}

#[test]
fn a_verdict_written_in_another_way_is_the_same() {
    let compact = |text: &str| text.lines().map(str::trim_start).collect::<String>();
    let said = Copy::of(RUN).change("verdict.json", compact).check();
    assert!(said.out.ends_with(": this is the recorded verdict, written in another way\n"), "{}", said.out);
}

#[test]
fn without_a_recorded_verdict_or_with_none_that_can_be_read_it_is_judged_all_the_same() {
    let none = Copy::of(RUN).remove("verdict.json").check();
    assert!(none.out.ends_with(": no verdict was recorded: there is no verdict.json\n"), "{}", none.out);
    let broken = Copy::of(RUN).change("verdict.json", |_| "{}".to_owned()).check();
    assert!(broken.out.contains(
        ": cannot be compared: verdict.json is no verdict that this build can read: missing field"
    ));
    assert_eq!((none.code, broken.code), (0, 0));
}

#[test]
fn a_run_that_broke_its_promise_has_failed() {
    let promising = |plan: &str| {
        let mut plan: serde_json::Value = serde_json::from_str(plan).unwrap();
        plan["judging"]["expect"] = serde_json::json!([]);
        plan.to_string()
    };
    let said = Copy::of(RUN).change("plan.json", promising).check();
    assert_eq!(said.code, 1);
    assert!(said.out.contains("FAILED: no-loss is promised, but shown is lost-message"), "{}", said.out);
    assert!(said.out.contains(": differs from the recorded verdict: "), "{}", said.out);
}

#[test]
fn a_run_that_was_killed_is_judged_up_to_where_its_history_is_cut_off() {
    let run = Copy::of(RUN).change("history.jsonl", |lines| lines[..lines.len() - 9].to_owned());
    let (said, last) = (run.check(), run.lines());
    assert_eq!(said.code, 2);
    let cut = format!(
        ": line {last} of history.jsonl is cut off, the run was killed: judged up to line {}\n",
        last - 1
    );
    assert!(said.out.contains(&cut), "{cut} in {}", said.out);
    assert!(said.out.contains("INCONCLUSIVE: the history's last line is cut off"), "{}", said.out);
}

#[test]
fn a_guarantee_whose_tap_was_not_read_is_inconclusive_by_its_name() {
    let unread = |lines: &str| lines.replacen("\"source-binlog\",", "", 1);
    let said = Copy::of(RUN).change("history.jsonl", unread).check();
    assert_eq!(said.code, 2);
    let reason = "no-loss: inconclusive: needs the source's binlog (tap source-binlog), which was not read in this run";
    assert!(said.out.contains(reason), "{}", said.out);
}

//! The command line.

use crate::world::{all_recorded, pitfall, recorded};

#[test]
fn help_has_examples_and_exit_codes() {
    let said = pitfall(["check", "--help"]);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    for part in [
        "Examples:\n  pitfall check ",
        "Exit codes: 0 as declared, 1 failed, 2 inconclusive, 3 cannot",
        "--json",
    ] {
        assert!(said.out.contains(part), "{part} in {}", said.out);
    }
}

#[test]
fn what_cannot_be_meant_is_bad_input_and_not_inconclusive() {
    for arguments in [&["check"][..], &["chek"], &[], &["check", "--jsn", "."]] {
        let said = pitfall(arguments);
        assert_eq!((said.code, said.out.as_str()), (3, ""), "{arguments:?}");
        assert!(said.err.contains("Usage:"), "{}", said.err);
    }
}

#[test]
fn of_several_runs_each_is_judged_and_the_highest_code_is_given() {
    let (good, missing) = (all_recorded(), recorded("no-such-run"));
    let said = pitfall(
        ["check".as_ref(), missing.as_os_str()].into_iter().chain(good.iter().map(|p| p.as_os_str())),
    );
    assert_eq!(said.code, 3);
    assert!(said.err.contains("no-such-run: there is no such directory"), "{}", said.err);
    assert_eq!(said.out.matches(": this is the recorded verdict\n").count(), good.len(), "{}", said.out);
}

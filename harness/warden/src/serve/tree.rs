//! The processes below this one, read from `/proc`.

use std::collections::HashMap;
use std::fs;

/// One line of `/proc/<pid>/stat`.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) pid: i32,
    pub(super) parent: i32,
    pub(super) group: i32,
    pub(super) session: i32,
    /// A zombie: dead, not yet reaped.
    pub(super) dead: bool,
}

/// All processes whose chain of parents leads to this one.
pub(super) fn descendants() -> Vec<Entry> {
    let all: HashMap<i32, Entry> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| read(entry.file_name().to_str()?.parse().ok()?))
        .map(|entry| (entry.pid, entry))
        .collect();
    let own = std::process::id() as i32;
    let is_below = |entry: &&Entry| {
        let mut parent = entry.parent;
        // Bounded: parents may change while they are read, and a cycle must not hold us.
        for _ in 0..all.len() {
            if parent == own {
                return true;
            }
            match all.get(&parent) {
                Some(next) => parent = next.parent,
                None => return false,
            }
        }
        false
    };
    all.values().filter(is_below).cloned().collect()
}

/// Whether no thread of the process is at work: each is stopped or dead.
pub(super) fn stands_still(pid: i32) -> bool {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let stats = threads.filter_map(|thread| fs::read_to_string(thread.path().join("stat")).ok());
    stats.into_iter().all(|stat| {
        let state = after_the_name(&stat).and_then(|rest| rest.split(' ').next());
        matches!(state, Some("T" | "t" | "Z" | "X"))
    })
}

fn read(pid: i32) -> Option<Entry> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = after_the_name(&stat)?.split(' ');
    let state = fields.next()?;
    let mut number = || fields.next()?.parse().ok();
    Some(Entry {
        pid,
        parent: number()?,
        group: number()?,
        session: number()?,
        dead: matches!(state, "Z" | "X"),
    })
}

/// The name stands in parentheses and may itself hold anything.
fn after_the_name(stat: &str) -> Option<&str> {
    Some(stat.rsplit_once(") ")?.1)
}

/// The value of a variable in a process's environment, as it was when it was started.
pub(super) fn variable(pid: i32, name: &str) -> Option<String> {
    let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let prefix = format!("{name}=");
    environment
        .split(|byte| *byte == 0)
        .find_map(|entry| entry.strip_prefix(prefix.as_bytes()))
        .map(|value| String::from_utf8_lossy(value).into_owned())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn this_process_is_read_as_it_is() {
        let own = read(std::process::id() as i32).expect("this process has a stat file");

        assert_eq!(own.parent, nix::unistd::getppid().as_raw());
        assert_eq!(own.group, nix::unistd::getpgrp().as_raw());
        assert!(!own.dead);
    }

    #[test]
    fn a_child_is_a_descendant_and_its_variables_can_be_read() {
        let mut child = Command::new("cat")
            .env("PITFALL_TREE_TEST", "yes")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("cat starts");
        // It answers: until its program is loaded, its environment may be read as empty.
        child.stdin.as_ref().expect("a pipe").write_all(b"x").expect("it reads");
        child.stdout.as_mut().expect("a pipe").read_exact(&mut [0]).expect("it answers");
        let pid = child.id() as i32;

        assert!(descendants().iter().any(|entry| entry.pid == pid));
        assert_eq!(variable(pid, "PITFALL_TREE_TEST").as_deref(), Some("yes"));

        child.kill().expect("it is ours");
        // The server in another test reaps whatever ends below this process, and may be the first: dead it is either way.
        match child.wait() {
            Ok(status) => assert_eq!(status.signal(), Some(nix::libc::SIGKILL)),
            Err(error) => assert_eq!(error.raw_os_error(), Some(nix::libc::ECHILD)),
        }
    }
}

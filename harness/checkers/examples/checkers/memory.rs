//! Memory of this process, as Linux counts it: resident, and the most that was.

use std::fs;

use crate::Failure;

/// What stands above what was in use when it began.
pub(crate) struct Memory {
    before: u64,
}

impl Memory {
    pub(crate) fn begin() -> Result<Self, Failure> {
        let memory = Self { before: status("VmRSS:")? };
        memory.forget()?;
        Ok(memory)
    }

    /// The most that was in use since then was what is now.
    pub(crate) fn forget(&self) -> Result<(), Failure> {
        fs::write("/proc/self/clear_refs", "5").map_err(|error| {
            format!("cannot reset the most memory used (/proc/self/clear_refs): {error}").into()
        })
    }

    /// The most that was in use since the beginning, or since it was last forgotten, bytes.
    pub(crate) fn most(&self) -> Result<u64, Failure> {
        Ok(status("VmHWM:")?.saturating_sub(self.before))
    }
}

fn status(field: &str) -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")).ok_or("/proc/self/status: no memory")?;
    Ok(kib.trim().parse::<u64>()? * 1024)
}

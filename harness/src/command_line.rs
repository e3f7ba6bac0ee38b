//! What a person types: libtest's own command line, and the scale.

use clap::{Parser, ValueEnum};
use libtest_mimic::Arguments;
use pitfall_model::Scaling;

/// So many variants run at once, if nothing else is said: waits overlap, however few cores there are.
const SIDE_BY_SIDE: usize = 16;

#[derive(Debug, Parser)]
#[command(
    help_template = "USAGE: [OPTIONS] [FILTER]\n\n{all-args}\n\n\n{after-help}",
    disable_version_flag = true,
    after_help = "By default, up to 16 tests are run at the same time, as the machine has time for them."
)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    libtest: Arguments,

    /// own: each scenario at the scale that it says; true: those written for it as they were, the others are skipped
    #[arg(long, value_enum, default_value_t)]
    scale: Scale,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
enum Scale {
    #[default]
    Own,
    True,
}

impl CommandLine {
    /// Of this process; where it is wrong, or asks for help, that is said and the process ends.
    pub(crate) fn of_process() -> Self {
        let mut typed = Self::parse();
        typed.libtest.test_threads.get_or_insert(SIDE_BY_SIDE);
        typed
    }

    pub(crate) fn libtest(&self) -> &Arguments {
        &self.libtest
    }

    pub(crate) fn scaling(&self) -> Scaling {
        match self.scale {
            Scale::Own => Scaling::Own,
            Scale::True => Scaling::True,
        }
    }
}

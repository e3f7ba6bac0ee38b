//! What the program is told: one environment variable.

use std::{
    collections::BTreeMap,
    env::{self, VarError},
};

use pitfall_model::Platform as Data;
use serde::{Deserialize, Serialize};

/// The environment variable that holds the program's configuration.
pub const VARIABLE: &str = "PITFALL_PLATFORM";

/// The program's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What it answers.
    pub data: Data,
    /// Amounts and shipping numbers come from it.
    pub seed: u64,
    /// Name of a link to the port it is served at, on every address; 0 takes a free one.
    pub links: BTreeMap<String, u16>,
    /// The control port, on every address; 0 takes a free one.
    pub control: u16,
}

/// Why the program has no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The variable is not there, or is no text.
    #[error("{VARIABLE} cannot be read ({0}): set it to the configuration, as JSON (see --help)")]
    Unread(#[from] VarError),
    /// It is not what it should be.
    #[error("{VARIABLE} is no configuration: {0} (see --help for an example)")]
    Invalid(#[from] serde_json::Error),
}

impl Config {
    /// The configuration as an environment variable: name and value.
    pub fn to_env(&self) -> (&'static str, String) {
        #[expect(clippy::expect_used, reason = "strings and numbers: each has a form in JSON")]
        let value = serde_json::to_string(self).expect("a configuration is JSON");
        (VARIABLE, value)
    }

    /// Reads it from this process's environment.
    ///
    /// # Errors
    /// When the variable is not set or does not hold a configuration.
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(serde_json::from_str(&env::var(VARIABLE)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        // The order of statuses counts: orders are numbered by it.
        let text = r#"{"data":{"orders":{"shipped":3,"completed":2},"answers":{"finance":"60ms"},"once":"ship","fails":[{"route":"ship","orders":["7","1..=3"],"status":500,"times":2}],"limit":{"route":"ship","requests":5,"per":"1s","ban":"2s"}},"seed":18446744073709551615,"links":{"a->platform":8001},"control":8000}"#;
        let config: Config = serde_json::from_str(text).unwrap();
        assert_eq!(config.to_env(), (VARIABLE, text.to_owned()));
        assert_eq!(config.data.orders.keys().collect::<Vec<_>>(), ["shipped", "completed"]);
    }

    #[test]
    fn the_example_of_the_help_is_a_configuration() {
        let help = include_str!("../help.txt");
        let example = help.lines().find(|line| line.starts_with('{')).unwrap();
        let config: Config = serde_json::from_str(example).unwrap();
        assert_eq!((config.control, config.links["collect->platform"]), (8000, 8001));
    }
}

//! What the user chooses beyond scenarios and seed: environment variables.

use pitfall_environment::Environment;
use pitfall_model::Plan;

/// The variable that chooses where toxics act.
const LINKS: &str = "PITFALL_LINKS";
/// Why containers cannot be had here, if they cannot: set by who has tried.
const NO_CONTAINERS: &str = "PITFALL_NO_CONTAINERS";

/// Where plans are made real, and with what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// What servers run as: `PITFALL_ENVIRONMENT`.
    pub environment: Environment,
    /// Toxics act in a Toxiproxy server behind each link and not in the link itself: `PITFALL_LINKS`.
    pub on_toxiproxy: bool,
}

impl Settings {
    /// As the environment variables say.
    ///
    /// # Errors
    /// When one of them has a value that does not exist.
    pub fn chosen() -> Result<Self, String> {
        let environment = Environment::chosen().map_err(|error| error.to_string())?;
        let on_toxiproxy = match std::env::var(LINKS).unwrap_or_default().as_str() {
            "" | "own" => false,
            "toxiproxy" => true,
            other => return Err(format!("{LINKS} is `{other}`: it must be one of `own` and `toxiproxy`")),
        };
        Ok(Self { environment, on_toxiproxy })
    }

    /// Why a plan cannot be made real so, if it cannot. Asks nothing and starts nothing.
    pub fn unmet(&self, plan: &Plan) -> Option<String> {
        let refused = std::env::var(NO_CONTAINERS).ok().filter(|reason| !reason.is_empty());
        let needs_containers = self.on_toxiproxy
            || self.environment == Environment::Containers
            || plan.roles.values().any(|role| role.image.is_some());
        refused
            .filter(|_| needs_containers)
            .map(|reason| format!("containers cannot be had: {reason}"))
            .or_else(|| plan.needs.unmet(self.environment.name(), brokers(self.environment)))
    }
}

/// How many brokers an environment has. More than three would be no other circumstance for a system, only more processes.
fn brokers(environment: Environment) -> u32 {
    match environment {
        Environment::Processes => 3,
        Environment::Containers => 1,
    }
}

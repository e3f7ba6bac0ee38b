//! What a proxy says that is spoken on it.

use std::fmt;

use pitfall_proxy::Protocol;
use serde::{Deserialize, Serialize};

/// What is spoken on a proxy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Spoken {
    #[default]
    Tcp,
    Kafka,
    Mysql,
    Http,
}

impl Spoken {
    /// Then nothing is said of it: Toxiproxy's clients see what they know.
    pub(crate) fn is_tcp(&self) -> bool {
        *self == Self::Tcp
    }
}

impl From<Spoken> for Protocol {
    fn from(spoken: Spoken) -> Self {
        match spoken {
            Spoken::Tcp => Self::Tcp,
            Spoken::Kafka => Self::Kafka,
            Spoken::Mysql => Self::Mysql,
            Spoken::Http => Self::Http,
        }
    }
}

/// As it is written in JSON.
impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Kafka => "kafka",
            Self::Mysql => "mysql",
            Self::Http => "http",
        })
    }
}

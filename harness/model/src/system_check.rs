//! Whether a `pitfall.toml` names only what it has, and asks for nothing that cannot be.

use std::{collections::BTreeSet, ops::Range};

use regex::Regex;

use crate::{
    diagnostic::Diagnostic,
    drawn::Drawn,
    effect::{Effect, TableEffect},
    links,
    nearest::did_you_mean,
    source::Source,
    system::{Action, Ready, Role, System, Topic},
    template::placeholders,
};

/// Names of links' ends, which a role cannot serve under.
const TAKEN: &[&str] =
    &["kafka", "mysql-source", "mysql-replica", "mysql.source", "mysql.replica", "platform", "alerts"];
/// Names that stand for something else on the left of a link.
const NO_ROLES: &[&str] = &["sut", "replica"];
const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// The first thing that is wrong.
pub(crate) fn check(system: &Source<System>) -> Result<(), Diagnostic> {
    let check = Check { system };
    check.names()?;
    system.data.topics.iter().try_for_each(|(name, topic)| check.topic(name, topic))?;
    system.data.roles.iter().try_for_each(|(name, role)| check.role(name, role))?;
    check.effects()?;
    system.data.actions.iter().try_for_each(|(name, action)| check.action(name, action))?;
    let known = ["profile".to_owned(), "bin".to_owned()];
    let words = system.data.build.iter().enumerate();
    words.into_iter().try_for_each(|(at, word)| check.placeholders(word, &["build", &at.to_string()], &known))
}

struct Check<'a> {
    system: &'a Source<System>,
}

impl Check<'_> {
    fn error(&self, keys: &[&str], message: impl Into<String>) -> Diagnostic {
        self.system.error(self.system.place(keys), message)
    }

    /// Names become parts of placeholders, links, topics and files.
    fn names(&self) -> Result<(), Diagnostic> {
        let system = &self.system.data;
        let tables = [
            ("topics", system.topics.keys().collect::<Vec<_>>()),
            ("databases", system.databases.keys().collect()),
            ("roles", system.roles.keys().collect()),
        ];
        for (table, names) in tables {
            names.into_iter().try_for_each(|name| self.name(name, self.system.place(&[table, name])))?;
        }
        self.name(&system.name, self.system.place(&["name"]))?;
        let mut groups = BTreeSet::new();
        for (at, group) in system.groups.iter().enumerate() {
            let place = self.system.place(&["groups", &at.to_string()]);
            self.name(group, place.clone())?;
            if !groups.insert(group) {
                return Err(self.system.error(place, format!("group `{group}` is named twice")));
            }
        }
        Ok(())
    }

    fn name(&self, name: &str, place: Range<usize>) -> Result<(), Diagnostic> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(is_part) {
            return Ok(());
        }
        Err(self.system.error(place, format!("`{name}` is no name: write letters, digits, `-`, `_` and `.`")))
    }

    fn topic(&self, name: &str, topic: &Topic) -> Result<(), Diagnostic> {
        if topic.partitions < 1 {
            return Err(self.error(&["topics", name, "partitions"], "a topic has at least 1 partition"));
        }
        let pointers = [("order", &topic.order), ("status", &topic.status), ("version", &topic.version)];
        for (key, pointer) in pointers {
            if let Some(pointer) = pointer.as_ref().filter(|pointer| !pointer.starts_with('/')) {
                let message = format!("`{pointer}` is no JSON pointer: write `/{pointer}`");
                return Err(self.error(&["topics", name, key], message));
            }
        }
        Ok(())
    }

    fn role(&self, name: &str, role: &Role) -> Result<(), Diagnostic> {
        if NO_ROLES.contains(&name) {
            return Err(
                self.error(&["roles", name], format!("no role can be called `{name}`: links use the name"))
            );
        }
        self.program(name, role)?;
        if let Some(served) = &role.serves {
            let place = self.system.place(&["roles", name, "serves"]);
            self.name(served, place.clone())?;
            let others = self.system.data.roles.iter().filter(|(other, _)| *other != name);
            if TAKEN.contains(&served.as_str())
                || others.into_iter().any(|(_, r)| r.serves.as_ref() == Some(served))
            {
                return Err(self
                    .system
                    .error(place, format!("`{served}` is taken: serve under another name")));
            }
        }
        let known = links::placeholders_of(&self.system.data, role);
        for (at, word) in role.command.iter().enumerate() {
            self.placeholders(word, &["roles", name, "command", &at.to_string()], &known)?;
        }
        for (variable, text) in &role.env {
            self.placeholders(text, &["roles", name, "env", variable], &known)?;
        }
        self.ready(name, role)
    }

    /// What is started: a program, or an image.
    fn program(&self, name: &str, role: &Role) -> Result<(), Diagnostic> {
        let of_the_host = |word: &String| word.contains("{bin}");
        let (key, message) = match &role.image {
            None if role.command.is_empty() => {
                ("command", "there is no command: name a program, or an `image`")
            }
            Some(image) if image.is_empty() => ("image", "the image has no name: write `repository:tag`"),
            Some(_) if role.command.iter().chain(role.env.values()).any(of_the_host) => (
                "image",
                "`{bin}` is a folder of this machine, which no container sees: put the program in the image",
            ),
            _ => return Ok(()),
        };
        Err(self.error(&["roles", name, key], message))
    }

    fn ready(&self, name: &str, role: &Role) -> Result<(), Diagnostic> {
        let wrong = |message: String| Err(self.error(&["roles", name, "ready"], message));
        match &role.ready {
            Ready::Http(_) if role.serves.is_none() => {
                wrong("the role serves nothing that could answer: say under which name it `serves`".into())
            }
            Ready::Http(path) if !path.starts_with('/') => {
                wrong(format!("`{path}` is no path: write `/{path}`"))
            }
            Ready::Group(group) => {
                let groups: Vec<&str> = self.system.data.groups.iter().map(String::as_str).collect();
                self.known("group", group, &groups, &["roles", name, "ready", "group"])
            }
            Ready::Log(pattern) => match Regex::new(pattern) {
                Ok(_) => Ok(()),
                Err(error) => wrong(format!("the pattern is no regular expression: {error}")),
            },
            Ready::Http(_) | Ready::Exit => Ok(()),
        }
    }

    fn effects(&self) -> Result<(), Diagnostic> {
        let topics: Vec<&str> = self.system.data.topics.keys().map(String::as_str).collect();
        for (name, effect) in &self.system.data.effects {
            match effect {
                Effect::Table(table) => self.table("effects", name, table)?,
                Effect::Topic(effect) => {
                    self.known("topic", &effect.topic, &topics, &["effects", name, "topic"])?;
                }
                // Read as one of those that there are.
                Effect::Route { .. } => {}
            }
        }
        self.system.data.truth.iter().try_for_each(|(name, table)| self.table("truth", name, table))
    }

    fn table(&self, section: &str, name: &str, table: &TableEffect) -> Result<(), Diagnostic> {
        let databases: Vec<&str> = self.system.data.databases.keys().map(String::as_str).collect();
        self.known("database", &table.database, &databases, &[section, name, "database"])
    }

    fn action(&self, name: &str, action: &Action) -> Result<(), Diagnostic> {
        self.known("HTTP method", &action.method, METHODS, &["actions", name, "method"])?;
        let mut known: Vec<String> = links::served(&self.system.data).collect();
        let begins = |begin: &str| action.url.starts_with(begin);
        if !begins("http://") && !begins("https://") && !known.iter().any(|url| begins(&format!("{{{url}}}")))
        {
            let served: Vec<String> = known.iter().map(|url| format!("`{{{url}}}`")).collect();
            let or = if served.is_empty() { String::new() } else { format!(" or {}", served.join(", ")) };
            return Err(self.error(&["actions", name, "url"], format!("a URL begins with `http://`{or}")));
        }
        known.extend(
            ["order", "number:MIN-MAX", "tailed:MIN-MAX", "names:MIN-MAX", "text:MIN-MAX"].map(str::to_owned),
        );
        for (key, text) in [("url", Some(&action.url)), ("body", action.body.as_ref())] {
            let drawn = |name: &&str| Drawn::parse(name).is_none();
            if let Some(text) = text
                && let Some(unknown) =
                    placeholders(text).into_iter().filter(drawn).find(|name| !is_in(&known, name))
            {
                return Err(self.error(&["actions", name, key], nothing_is_called(unknown, &known)));
            }
        }
        Ok(())
    }

    fn placeholders(&self, text: &str, keys: &[&str], known: &[String]) -> Result<(), Diagnostic> {
        match placeholders(text).into_iter().find(|name| !is_in(known, name)) {
            Some(unknown) => Err(self.error(keys, nothing_is_called(unknown, known))),
            None => Ok(()),
        }
    }

    fn known(&self, kind: &str, name: &str, names: &[&str], keys: &[&str]) -> Result<(), Diagnostic> {
        if names.contains(&name) {
            return Ok(());
        }
        let near = did_you_mean(name, names.iter().copied());
        Err(self.error(keys, format!("no {kind} is called `{name}`{near}")))
    }
}

fn is_in(known: &[String], name: &str) -> bool {
    known.iter().any(|known| known == name)
}

/// The error for a placeholder that has no meaning where it stands.
pub(crate) fn nothing_is_called(name: &str, known: &[String]) -> String {
    format!("nothing is called `{{{name}}}` here{}", did_you_mean(name, known.iter().map(String::as_str)))
}

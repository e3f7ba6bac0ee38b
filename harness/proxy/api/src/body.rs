//! What is in a request, read as Toxiproxy reads it: by Go's rules for JSON.
//!
//! The first value counts and what follows it is not looked at; fields are found whatever the case of their names, `null`
//! is as good as none, and those that nobody knows are passed over.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::ApiError;

/// The first JSON value.
pub(crate) fn first<T: DeserializeOwned>(json: &[u8]) -> Result<T, ApiError> {
    let value = serde_json::Deserializer::from_slice(json).into_iter().next();
    // What Go says of nothing, too.
    value.ok_or_else(|| ApiError::bad_body("EOF"))?.map_err(ApiError::bad_body)
}

/// The fields of an object.
#[derive(Debug)]
pub(crate) struct Fields(Map<String, Value>);

impl Fields {
    /// `null` is an object without fields.
    pub(crate) fn of(value: Value) -> Result<Self, ApiError> {
        match value {
            Value::Null => Ok(Self(Map::new())),
            Value::Object(fields) => Ok(Self(fields)),
            other => Err(ApiError::bad_body(format_args!("an object is needed here, and not {other}"))),
        }
    }

    pub(crate) fn read(json: &[u8]) -> Result<Self, ApiError> {
        Self::of(first(json)?)
    }

    /// A field, if it is there and not `null`.
    pub(crate) fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, ApiError> {
        let same = |(key, _): &(&String, &Value)| key.eq_ignore_ascii_case(name);
        let found = self.0.get(name).or_else(|| self.0.iter().find(same).map(|(_, value)| value));
        let wrong = |error| ApiError::bad_body(format_args!("{name}: {error}"));
        found.filter(|value| !value.is_null()).map(|value| T::deserialize(value).map_err(wrong)).transpose()
    }

    /// These over others, by their names in small letters; `null` leaves what is there.
    pub(crate) fn over(&self, others: &Map<String, Value>) -> Map<String, Value> {
        let said = self.0.iter().filter(|(_, value)| !value.is_null());
        let said = said.map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
        others.clone().into_iter().chain(said).collect()
    }

    /// A field that is an object; without fields if it is not there.
    pub(crate) fn object(&self, name: &str) -> Result<Self, ApiError> {
        Self::of(self.get(name)?.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn fields_are_found_as_go_finds_them() {
        let fields = Fields::read(br#"{"Name": "a", "LISTEN": null, "more": [1]} {"trailing"#).unwrap();
        assert_eq!(fields.get("name").unwrap(), Some("a".to_owned()));
        assert_eq!(fields.get::<String>("listen").unwrap(), None);
        assert_eq!(fields.get::<bool>("enabled").unwrap(), None);
        assert_eq!(Fields::read(b"null").unwrap().get::<bool>("enabled").unwrap(), None);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let message = |json: &str| Fields::read(json.as_bytes()).unwrap_err().message;
        assert_eq!(message(" "), "bad request body: EOF");
        assert_eq!(message("[1]"), "bad request body: an object is needed here, and not [1]");
        assert!(message("{").starts_with("bad request body: EOF while parsing"), "{}", message("{"));
        let fields = Fields::read(br#"{"name": 5, "attributes": 7}"#).unwrap();
        let error = fields.get::<String>("name").unwrap_err();
        assert_eq!(error.message, "bad request body: name: invalid type: integer `5`, expected a string");
        assert_eq!(fields.object("attributes").unwrap_err().status, 400);
    }
}

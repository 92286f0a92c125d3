//! Alerts as lines of JSON.

use super::alert::Alert;
use crate::json::to_json;
use crate::jsonl::{LineError, read_line};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    schema: Cow<'a, str>,
    /// Whether it was seen under a tree head that a log signed.
    verified: bool,
    #[serde(flatten)]
    alert: Cow<'a, Alert>,
}

impl Alert {
    /// The name of the format of alerts, in every line. Fields are only ever added to it.
    pub const FORMAT: &str = "ctlens.alert/1";

    /// The format as a JSON Schema (draft 7), which is in the crate as `schema/alert-1.schema.json`.
    pub const JSON_SCHEMA: &str = include_str!("../../schema/alert-1.schema.json");

    /// The alert as one line of JSON, in the way of [`Issuance::to_json_line`](crate::Issuance::to_json_line). It is `verified`
    /// where [`seen`](Self::seen) says so.
    #[must_use]
    pub fn to_json_line(&self) -> String {
        let verified = self.seen.as_ref().is_some_and(|seen| seen.verified);
        to_json(&Line { schema: Cow::Borrowed(Alert::FORMAT), verified, alert: Cow::Borrowed(self) })
    }

    /// Reads such a line.
    ///
    /// # Errors
    ///
    /// Where the line is no JSON, of another format, or lacks a field.
    pub fn from_json_line(line: &str) -> Result<Self, LineError> {
        let line: Line<'_> = read_line(line, Alert::FORMAT)?;
        Ok(line.alert.into_owned())
    }
}

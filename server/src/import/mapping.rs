//! What the user says about a file: in a mapping file, in flags, or both (flags win).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Encoding, Field, FileError};

/// What the user says about a file. Everything that is not said is recognised.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// By field its column; an empty name: the file has none.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Of every amount without a currency column.
    pub currency: Option<String>,
    /// Of every client without a territory column.
    pub territory: Option<String>,
    /// Such as `%m/%d/%Y`.
    pub date_format: Option<String>,
    /// `.` or `,`.
    pub decimal: Option<char>,
    /// What groups thousands.
    pub thousands: Option<char>,
    /// What separates fields.
    pub delimiter: Option<char>,
    /// In which encoding the file is.
    pub encoding: Option<Encoding>,
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// When it is no mapping, or names a field that does not exist.
    pub fn from_toml(text: &str, file: &str) -> Result<Self, FileError> {
        let mapping: Self = toml::from_str(text).map_err(|error| FileError::Mapping {
            file: file.to_owned(),
            detail: error.to_string(),
        })?;
        for field in mapping.columns.keys() {
            Field::from_name(field)?;
        }
        Ok(mapping)
    }

    /// Takes in a flag such as `client_code=customerID`.
    ///
    /// # Errors
    /// When it has no `=` or names a field that does not exist.
    pub fn set_column(&mut self, flag: &str) -> Result<(), FileError> {
        let (field, column) =
            flag.split_once('=').ok_or_else(|| FileError::ColumnFlag(flag.to_owned()))?;
        let field = Field::from_name(field.trim())?;
        self.columns.insert(field.name().to_owned(), column.trim().to_owned());
        Ok(())
    }

    /// The column that was named for a field; empty: there is none.
    #[must_use]
    pub fn column(&self, field: Field) -> Option<&str> {
        self.columns.get(field.name()).map(String::as_str)
    }

    /// The delimiter as the one byte that it must be.
    ///
    /// # Errors
    /// When it is none.
    pub fn delimiter_byte(&self) -> Result<Option<u8>, FileError> {
        self.delimiter
            .map(|letter| {
                u8::try_from(letter)
                    .ok()
                    .filter(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric())
                    .ok_or_else(|| FileError::Separator {
                        flag: "--delimiter",
                        given: letter.to_string(),
                        allowed: "must be one sign such as \",\", \";\" or a tab",
                    })
            })
            .transpose()
    }
}

//! Bytes into text.

use super::FileError;

/// The encodings in which ledgers of the region come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    #[value(name = "utf-8")]
    #[serde(rename = "utf-8")]
    Utf8,
    /// The Baltic one.
    #[value(name = "windows-1257")]
    #[serde(rename = "windows-1257")]
    Windows1257,
    /// The Cyrillic one.
    #[value(name = "windows-1251")]
    #[serde(rename = "windows-1251")]
    Windows1251,
}

impl std::fmt::Display for Encoding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "utf-8",
            Self::Windows1257 => "windows-1257",
            Self::Windows1251 => "windows-1251",
        })
    }
}

impl Encoding {
    /// The whole file as text; a byte order mark is skipped.
    ///
    /// # Errors
    /// On the first byte that the encoding does not know, with its line.
    pub fn decode(self, bytes: &[u8]) -> Result<String, FileError> {
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(FileError::Utf16);
        }
        match self {
            Self::Utf8 => {
                let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
                match std::str::from_utf8(bytes) {
                    Ok(text) => Ok(text.to_owned()),
                    Err(error) => Err(self.undecodable(bytes, error.valid_up_to())),
                }
            }
            Self::Windows1257 => self.decode_with(encoding_rs::WINDOWS_1257, bytes),
            Self::Windows1251 => self.decode_with(encoding_rs::WINDOWS_1251, bytes),
        }
    }

    fn decode_with(
        self,
        encoding: &'static encoding_rs::Encoding,
        bytes: &[u8],
    ) -> Result<String, FileError> {
        encoding
            .decode_without_bom_handling_and_without_replacement(bytes)
            .map(std::borrow::Cow::into_owned)
            .ok_or_else(|| {
                // One byte is one letter: the first that cannot stand alone is the culprit.
                let known = |byte: &u8| {
                    encoding.decode_without_bom_handling_and_without_replacement(&[*byte]).is_some()
                };
                self.undecodable(bytes, bytes.iter().take_while(|byte| known(byte)).count())
            })
    }

    fn undecodable(self, bytes: &[u8], place: usize) -> FileError {
        FileError::Undecodable {
            line: 1 + bytes.iter().take(place).filter(|byte| **byte == b'\n').count(),
            byte: bytes.get(place).copied().unwrap_or_default(),
            encoding: self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_reads_its_own() {
        for (encoding, bytes, text) in [
            (Encoding::Utf8, "kood;nimi\n1;Õun OÜ".as_bytes(), "kood;nimi\n1;Õun OÜ"),
            (Encoding::Utf8, b"\xef\xbb\xbfkood".as_slice(), "kood"),
            (Encoding::Windows1257, b"\xd5un, \xd0iauliai".as_slice(), "Õun, Šiauliai"),
            (Encoding::Windows1251, b"\xce\xce\xce \xcb\xe8\xf1".as_slice(), "ООО Лис"),
        ] {
            assert_eq!(encoding.decode(bytes).unwrap(), text);
        }
    }

    #[test]
    fn a_foreign_byte_is_named_with_its_line() {
        let error = Encoding::Utf8.decode(b"kood\n1\n\xd5un\n").unwrap_err().to_string();
        assert!(error.starts_with("line 3: the byte 0xd5 is no utf-8"), "{error}");
        let error = Encoding::Windows1257.decode(b"kood\n\xa1\n").unwrap_err().to_string();
        assert!(error.starts_with("line 2: the byte 0xa1 is no windows-1257"), "{error}");
        let error = Encoding::Utf8.decode(b"\xff\xfek\0").unwrap_err().to_string();
        assert!(error.contains("UTF-16"), "{error}");
    }
}

//! `docs/regulation.md` says what the program does: every parameter with its default, every rule,
//! and only files that are there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::DEFAULT_TOML;

/// How many numbered rules each section of the regulation has, by section.
const RULES: [(u8, u8); 14] = [
    (1, 1),
    (2, 8),
    (3, 2),
    (4, 10),
    (5, 6),
    (6, 9),
    (7, 10),
    (8, 5),
    (9, 7),
    (10, 1),
    (11, 3),
    (12, 4),
    (13, 1),
    (14, 2),
];

fn house() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn book() -> String {
    std::fs::read_to_string(house().join("docs/regulation.md")).unwrap()
}

/// Every key of the default policy with its value.
fn defaults(table: &Table, section: &str, found: &mut BTreeMap<String, Value>) {
    for (name, value) in table {
        let key = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        match value {
            Value::Table(table) => defaults(table, &key, found),
            _ => {
                found.insert(key, value.clone());
            }
        }
    }
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_parameter_stands_in_the_book_with_its_default() {
    let mut expected = BTreeMap::new();
    defaults(&DEFAULT_TOML.parse().unwrap(), "", &mut expected);
    let mut told: BTreeMap<String, Value> = BTreeMap::new();
    for line in book().lines().filter(|line| line.starts_with("* `") && line.contains("` = `")) {
        let mut parts = quoted(line);
        let (key, value) = (parts.next().unwrap(), parts.next().unwrap());
        let value: Table = format!("value = {value}").parse().unwrap();
        let again = told.insert(key.to_owned(), value["value"].clone());
        assert_eq!(again, None, "{key} stands twice in docs/regulation.md");
    }
    for (key, value) in &expected {
        assert_eq!(told.get(key), Some(value), "docs/regulation.md on `{key}`");
    }
    let unknown: Vec<_> = told.keys().filter(|key| !expected.contains_key(*key)).collect();
    assert_eq!(unknown, Vec::<&String>::new(), "no such parameters");
}

#[test]
fn every_rule_has_one_entry_that_says_where_it_lives() {
    let expected: BTreeSet<String> = RULES
        .into_iter()
        .flat_map(|(section, most)| (1..=most).map(move |number| format!("R{section}.{number}")))
        .collect();
    let book = book();
    let mut found = BTreeSet::new();
    for entry in book.split("\n### ").skip(1) {
        let rule = entry.split_whitespace().next().unwrap_or_default().to_owned();
        let where_it_lives = entry.split("In code:").nth(1).map(|rest| {
            let sentence = rest.split("\n\n").next().unwrap_or_default();
            sentence.contains("none yet") || quoted(sentence).any(|name| name.contains(".rs"))
        });
        assert_eq!(where_it_lives, Some(true), "where does {rule} live? (In code: ...)");
        assert!(found.insert(rule.clone()), "{rule} stands twice");
    }
    assert_eq!(found, expected);
}

#[test]
fn every_file_that_the_book_names_is_there() {
    let book = book();
    let is_path = |name: &&str| name.contains('/') && !name.contains([' ', '"']);
    let missing: Vec<&str> =
        quoted(&book).filter(is_path).filter(|name| !house().join(name).exists()).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

//! The keys of a policy as people talk about them: which rule each belongs to, and where two
//! policies differ.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use toml::{Table, Value};

use super::{DEFAULT_TOML, Policy, PolicyError};

/// A key that has not the same value in two policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// With its sections, such as `shipment.months`.
    pub key: String,
    /// In the one, as TOML.
    pub before: String,
    /// In the other, as TOML.
    pub after: String,
    /// The R-numbers that the default policy's comments give to the key; empty: none.
    pub rule: &'static str,
}

/// Where `after` differs from `before`, in the order of the keys' names; the number of the version
/// is no difference.
///
/// # Errors
/// Never for policies that were read; the TOML writer just cannot promise it.
pub fn changes(before: &Policy, after: &Policy) -> Result<Vec<Change>, PolicyError> {
    let (before, after) = (values(before)?, values(after)?);
    let differing = after.into_iter().filter_map(|(key, after)| {
        let before = before.get(&key).cloned().unwrap_or_default();
        let differs = before != after && key != "version";
        differs.then(|| Change { rule: rule_of(&key).unwrap_or_default(), key, before, after })
    });
    Ok(differing.collect())
}

/// The R-numbers that the default policy's comments give to `key`, such as `R4.1` or `R2.3, R2.4`;
/// `None` for a key without one (the company's own settings).
#[must_use]
pub fn rule_of(key: &str) -> Option<&'static str> {
    RULES.get(key).map(String::as_str)
}

/// Every key with its value as TOML.
fn values(policy: &Policy) -> Result<BTreeMap<String, String>, PolicyError> {
    let whole = super::table(&policy.to_toml()?)?;
    let mut values = BTreeMap::new();
    collect(&whole, "", &mut values);
    Ok(values)
}

fn collect(table: &Table, section: &str, values: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        let key = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        match value {
            Value::Table(table) => collect(table, &key, values),
            _ => {
                values.insert(key, value.to_string());
            }
        }
    }
}

/// A key's own comment counts, else its section's, else what stands above the section or above the
/// first of its sisters (`[terms.reliable]` for `[terms.threatened]`). "... and so many" goes on
/// with the line before.
static RULES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let mut rules = BTreeMap::new();
    let (mut above, mut above_whom) = (String::new(), None::<&str>);
    let (mut section, mut of_section, mut before) = (String::new(), String::new(), String::new());
    for line in DEFAULT_TOML.lines() {
        let (code, comment) = line.split_once('#').unwrap_or((line, ""));
        let (code, mut found) = (code.trim(), numbers(comment));
        if found.is_empty() && comment.trim_start().starts_with("...") && !code.is_empty() {
            found.clone_from(&before);
        }
        if let Some(name) = code.strip_prefix('[').and_then(|code| code.strip_suffix(']')) {
            let family = name.split('.').next();
            if above_whom.is_some() && above_whom != family {
                above.clear();
            }
            above_whom = family;
            section = format!("{name}.");
            of_section = if found.is_empty() { above.clone() } else { found };
            before.clone_from(&of_section);
        } else if let Some((name, _)) = code.split_once(" = ") {
            before = if found.is_empty() { of_section.clone() } else { found };
            if !before.is_empty() {
                rules.insert(format!("{section}{name}"), before.clone());
            }
        } else if !found.is_empty() {
            (above, above_whom) = (found, None);
        }
    }
    rules
});

/// The R-numbers with which a comment begins: `R4.1, R4.7.`, `R6.4 to R6.7: who ...`. Others in it
/// only refer to something.
fn numbers(comment: &str) -> String {
    let head = comment.split(':').next().unwrap_or_default().trim();
    let is_number = |word: &&str| {
        word.strip_prefix('R').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    let words: Vec<&str> = head.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let found: Vec<&str> =
        words.iter().copied().filter(is_number).map(|word| word.trim_end_matches('.')).collect();
    let begins = words.first().is_some_and(is_number);
    match (begins, head.contains(" to R")) {
        (false, _) => String::new(),
        (true, true) => found.join(" to "),
        (true, false) => found.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_rule_of_its_comment_else_of_its_section() {
        for (key, rule) in [
            ("shipment.months", Some("R4.1")),
            ("shipment.release_deviation_percent", Some("R4.7")),
            ("category.long_delay_days", Some("R2.3, R2.4")),
            ("terms.reliable.limit_percent", Some("R2.7")),
            ("terms.threatened.limit_percent", Some("R2.7")),
            ("terms.reliable.default_limit", Some("R4.1")),
            ("ladder.director.day", Some("R7.6")),
            ("deferral.rep_days_other", Some("R6.4 to R6.7")),
            ("ladder.legal.act_days", Some("R7.7")),
            ("late_fee.cap_percent", Some("R8.1 to R8.3")),
            ("dispute.answer_days", Some("R10.1")),
            ("version", None),
            ("company.country", None),
        ] {
            assert_eq!(rule_of(key), rule, "{key}");
        }
    }

    #[test]
    fn every_key_but_the_companys_own_has_a_rule() {
        for key in values(&Policy::default()).unwrap().keys() {
            let own = key == "version" || key.starts_with("company.");
            assert!(own || rule_of(key).is_some(), "give {key} an R-number in default.toml");
        }
    }

    #[test]
    fn changes_are_told_key_by_key_and_the_version_is_none() {
        let before = Policy::default();
        let after = Policy::from_toml(
            "version = 9\n[shipment]\nmonths = 6\n[stop_list]\ntolerance = \"5\"",
        )
        .unwrap();
        let told: Vec<_> = changes(&before, &after)
            .unwrap()
            .into_iter()
            .map(|one| (one.key, one.before, one.after, one.rule))
            .collect();
        let told: Vec<_> =
            told.iter().map(|(k, b, a, r)| (k.as_str(), b.as_str(), a.as_str(), *r)).collect();
        assert_eq!(
            told,
            [
                ("shipment.months", "3", "6", "R4.1"),
                ("stop_list.tolerance", "\"0\"", "\"5\"", "R4.3"),
            ]
        );
        assert_eq!(changes(&before, &before.clone().with_version(9)), Ok(vec![]));
    }
}

//! Which form of a word a whole number takes (the cardinal rules of Unicode CLDR for integers).

/// English, Estonian: one, and everything else.
pub(super) const fn of_two(n: i64, one: &'static str, other: &'static str) -> &'static str {
    if n == 1 { one } else { other }
}

/// Latvian: 10 to 20 and whole tens; those that end in 1; the rest.
pub(super) const fn latvian(n: i64, [zero, one, other]: [&'static str; 3]) -> &'static str {
    match ends(n) {
        (0, _) | (_, 11..=19) => zero,
        (1, _) => one,
        _ => other,
    }
}

/// Lithuanian: those that end in 1; in 2 to 9; the rest, and 11 to 19.
pub(super) const fn lithuanian(n: i64, [one, few, other]: [&'static str; 3]) -> &'static str {
    match ends(n) {
        (0, _) | (_, 11..=19) => other,
        (1, _) => one,
        _ => few,
    }
}

/// Russian: those that end in 1; in 2 to 4; the rest, and 11 to 14.
pub(super) const fn russian(n: i64, [one, few, many]: [&'static str; 3]) -> &'static str {
    match ends(n) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

/// The last digit and the last two.
const fn ends(n: i64) -> (u64, u64) {
    (n.unsigned_abs() % 10, n.unsigned_abs() % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_boundary_of_every_rule() {
        let lv = |n| latvian(n, ["zero", "one", "other"]);
        let lt = |n| lithuanian(n, ["one", "few", "other"]);
        let ru = |n| russian(n, ["one", "few", "many"]);
        for (n, latvian, lithuanian, russian) in [
            (0, "zero", "other", "many"),
            (1, "one", "one", "one"),
            (2, "other", "few", "few"),
            (4, "other", "few", "few"),
            (5, "other", "few", "many"),
            (9, "other", "few", "many"),
            (10, "zero", "other", "many"),
            (11, "zero", "other", "many"),
            (12, "zero", "other", "many"),
            (14, "zero", "other", "many"),
            (15, "zero", "other", "many"),
            (19, "zero", "other", "many"),
            (20, "zero", "other", "many"),
            (21, "one", "one", "one"),
            (22, "other", "few", "few"),
            (25, "other", "few", "many"),
            (30, "zero", "other", "many"),
            (101, "one", "one", "one"),
            (111, "zero", "other", "many"),
            (112, "zero", "other", "many"),
            (121, "one", "one", "one"),
            (-1, "one", "one", "one"),
            (-12, "zero", "other", "many"),
        ] {
            assert_eq!((lv(n), lt(n), ru(n)), (latvian, lithuanian, russian), "{n}");
        }
        for (n, form) in [(0, "other"), (1, "one"), (2, "other"), (21, "other")] {
            assert_eq!(of_two(n, "one", "other"), form, "{n}");
        }
    }
}

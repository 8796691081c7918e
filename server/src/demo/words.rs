//! Made-up words: companies, people and streets of three countries. Whoever is called so in life
//! is not meant.

use super::dice::Dice;

/// Where something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Country {
    /// EE.
    Estonia,
    /// LV.
    Latvia,
    /// LT.
    Lithuania,
}

/// What names of a country are put together from.
struct Words {
    code: &'static str,
    legal_form: &'static str,
    stems: &'static [&'static str],
    trades: &'static [&'static str],
    first_names: &'static [&'static str],
    last_names: &'static [&'static str],
    streets: &'static [&'static str],
}

const ESTONIAN: Words = Words {
    code: "EE",
    legal_form: "OÜ",
    stems: &[
        "Tammiku",
        "Kaseoja",
        "Rannaveere",
        "Mustla",
        "Kivijärve",
        "Põhjatuule",
        "Lõunakaare",
        "Sinilille",
        "Hõbemetsa",
        "Raudoja",
        "Kuldkalda",
        "Allikivi",
        "Männiranna",
        "Uuemõisa",
        "Vanaturu",
        "Kadaka",
        "Pärnaõie",
        "Jõekalda",
        "Merelaine",
        "Kullerkupu",
        "Saareotsa",
        "Nurmenuku",
        "Haavasalu",
        "Lepiku",
        "Toomemäe",
        "Linnuse",
        "Rukkilille",
        "Päikeseratta",
        "Kullamäe",
        "Tuulepesa",
        "Sookure",
        "Rebasemõisa",
        "Koidutähe",
        "Vaarika",
    ],
    trades: &[
        "Kaubad",
        "Kauplus",
        "Toidukaubad",
        "Pood",
        "Pagar",
        "Äri",
        "Market",
        "Kohvik",
        "Hulgi",
        "Ladu",
        "Turg",
        "Köök",
    ],
    first_names: &[
        "Mari", "Jaan", "Liina", "Peeter", "Anu", "Rein", "Tiiu", "Margus", "Ülle", "Indrek",
        "Kersti", "Aivar",
    ],
    last_names: &[
        "Tamme",
        "Saaremägi",
        "Kaskla",
        "Oruveer",
        "Mägiste",
        "Raudla",
        "Kivilo",
        "Jõesaar",
        "Lepasalu",
        "Põllumets",
    ],
    streets: &[
        "Kase",
        "Pikk",
        "Turu",
        "Jaama",
        "Ranna",
        "Kooli",
        "Uus",
        "Aia",
        "Tartu mnt",
        "Pargi",
    ],
};

const LATVIAN: Words = Words {
    code: "LV",
    legal_form: "SIA",
    stems: &[
        "Rītausma",
        "Ozolkalns",
        "Bērzupe",
        "Zaļā Birzs",
        "Saulgrieži",
        "Baltā Kāpa",
        "Dzintarkrasts",
        "Upes Līcis",
        "Mežrozīte",
        "Pļavnieki",
        "Vecais Tilts",
        "Zelta Vārpa",
        "Lielupīte",
        "Kalnaplēni",
        "Dienvidi",
        "Gaujmala",
        "Ziemeļnieks",
        "Avotiņi",
        "Priežulejas",
        "Jūras Vējš",
    ],
    trades: &[
        "Tirgus",
        "Veikals",
        "Pārtika",
        "Preces",
        "Maiznīca",
        "Noliktava",
        "Serviss",
        "Virtuve",
        "Nams",
        "Centrs",
        "Groziņš",
        "Piens",
    ],
    first_names: &[
        "Ilze", "Jānis", "Līga", "Andris", "Dace", "Juris", "Inese", "Māris", "Sanita", "Valdis",
    ],
    last_names: &[
        "Ozolkalne",
        "Bērzupe",
        "Kalnmeiers",
        "Liepsala",
        "Zariņleja",
        "Krūmkalne",
        "Upmale",
        "Siliņleja",
    ],
    streets: &[
        "Brīvības",
        "Skolas",
        "Dārza",
        "Liepu",
        "Stacijas",
        "Tirgus",
        "Upes",
        "Ozolu",
        "Parka",
    ],
};

const LITHUANIAN: Words = Words {
    code: "LT",
    legal_form: "UAB",
    stems: &[
        "Ąžuolynė",
        "Beržupis",
        "Žaliasis Slėnis",
        "Saulėtekis ir Ko",
        "Baltasis Gintaras",
        "Pilaitės Kalva",
        "Upės Vingis",
        "Rudeninė",
        "Pušų Šilas",
        "Senasis Malūnas",
        "Auksinė Varpa",
        "Ežero Krantas",
        "Vėjo Malūnas",
        "Rasos Lašas",
        "Klevų Alėja",
        "Tilto Namai",
        "Miško Uoga",
        "Šiaurės Žvaigždė",
    ],
    trades: &[
        "Prekyba",
        "Maistas",
        "Krautuvė",
        "Kepykla",
        "Sandėlis",
        "Turgus",
        "Prekės",
        "Virtuvė",
        "Krepšelis",
        "Namai",
        "Pienas",
        "Grupė",
    ],
    first_names: &["Rasa", "Tomas", "Jūratė", "Mindaugas", "Aušra", "Darius", "Vilma", "Rimantas"],
    last_names: &[
        "Ąžuolynaitė",
        "Beržupis",
        "Kalvietis",
        "Upytė",
        "Šilėnas",
        "Klevinskas",
        "Rasalytė",
    ],
    streets: &["Vilniaus", "Mokyklos", "Sodų", "Liepų", "Stoties", "Turgaus", "Ežero", "Pilies"],
};

impl Country {
    fn words(self) -> &'static Words {
        match self {
            Self::Estonia => &ESTONIAN,
            Self::Latvia => &LATVIAN,
            Self::Lithuania => &LITHUANIAN,
        }
    }

    /// ISO 3166.
    pub(super) fn code(self) -> &'static str {
        self.words().code
    }

    /// With which its telephone numbers begin.
    pub(super) const fn dialling_code(self) -> &'static str {
        match self {
            Self::Estonia => "+372",
            Self::Latvia => "+371",
            Self::Lithuania => "+370",
        }
    }

    /// The name of the `number`-th company of this country: no two numbers share one.
    pub(super) fn company(self, number: usize) -> String {
        let Words { legal_form, stems, trades, .. } = self.words();
        // Neighbours in the ledger differ in both words, and each pair comes once; when all are
        // used, branches with numbers begin.
        let pairs = stems.len() * trades.len();
        let (row, place) = (number % pairs / stems.len(), number % stems.len());
        let (stem, trade) = (stems[place], trades[(row + place) % trades.len()]);
        match number / pairs {
            0 => format!("{legal_form} {stem} {trade}"),
            again => format!("{legal_form} {stem} {trade} {}", again + 1),
        }
    }

    /// Somebody's name.
    pub(super) fn person(self, dice: &mut Dice) -> String {
        let Words { first_names, last_names, .. } = self.words();
        format!("{} {}", dice.pick(first_names), dice.pick(last_names))
    }

    /// An address in `town`.
    pub(super) fn address(self, dice: &mut Dice, town: &str) -> String {
        format!("{} {}, {town}", dice.pick(self.words().streets), dice.between(1, 120))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_companies_share_a_name() {
        for country in [Country::Estonia, Country::Latvia, Country::Lithuania] {
            let names: BTreeSet<String> = (0..500).map(|number| country.company(number)).collect();
            assert_eq!(names.len(), 500, "{}", country.code());
        }
    }
}

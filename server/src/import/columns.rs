//! Which column of a file is what: named by the user, or recognised by its usual name.

use saldo_core::money::Currency;

use super::{FileError, Mapping, Table};

/// What a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The client's number in the ledger.
    ClientCode,
    /// The client's name.
    ClientName,
    /// The invoice's number.
    InvoiceNumber,
    /// When the invoice was issued.
    IssuedOn,
    /// When it is due.
    DueOn,
    /// How much it is, or how much was paid in a file of payments.
    Amount,
    /// Of which currency.
    Currency,
    /// When the invoice was paid in full.
    SettledOn,
    /// What of it was paid.
    PaidAmount,
    /// When that was paid.
    PaidOn,
    /// Whether it is disputed.
    Disputed,
    /// The client's country.
    Country,
    /// The client's territory.
    Territory,
    /// What the bank calls the payment.
    Reference,
    /// Who gave the credit score.
    Provider,
    /// Of which day the credit score is.
    RatedOn,
    /// The credit score.
    Score,
    /// The credit score of the month that is so many months ahead, from 1.
    Forecast(u8),
    /// When the client's board changed.
    BoardChange,
    /// When the client's tax debt became known.
    TaxDebt,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// Invoices, one a row.
    Receivables,
    /// Payments, one a row.
    Payments,
    /// Credit scores, one a row.
    Scores,
}

impl FileKind {
    /// The columns that must be there.
    const fn required(self) -> &'static [Field] {
        match self {
            Self::Receivables => {
                &[Field::ClientCode, Field::InvoiceNumber, Field::DueOn, Field::Amount]
            }
            Self::Payments => &[Field::ClientCode, Field::PaidOn, Field::Amount],
            Self::Scores => &[Field::ClientCode, Field::Provider, Field::RatedOn, Field::Score],
        }
    }

    /// The columns that are used.
    const fn used(self) -> &'static [Field] {
        match self {
            Self::Receivables => &[
                Field::ClientCode,
                Field::ClientName,
                Field::InvoiceNumber,
                Field::IssuedOn,
                Field::DueOn,
                Field::Amount,
                Field::Currency,
                Field::SettledOn,
                Field::PaidAmount,
                Field::PaidOn,
                Field::Disputed,
                Field::Country,
                Field::Territory,
            ],
            Self::Payments => &[
                Field::ClientCode,
                Field::InvoiceNumber,
                Field::PaidOn,
                Field::Amount,
                Field::Currency,
                Field::Reference,
            ],
            Self::Scores => &[
                Field::ClientCode,
                Field::Provider,
                Field::RatedOn,
                Field::Score,
                Field::Forecast(1),
                Field::Forecast(2),
                Field::Forecast(3),
                Field::Forecast(4),
                Field::Forecast(5),
                Field::Forecast(6),
                Field::Forecast(7),
                Field::Forecast(8),
                Field::Forecast(9),
                Field::BoardChange,
                Field::TaxDebt,
            ],
        }
    }
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 28] = [
        Self::ClientCode,
        Self::ClientName,
        Self::InvoiceNumber,
        Self::IssuedOn,
        Self::DueOn,
        Self::Amount,
        Self::Currency,
        Self::SettledOn,
        Self::PaidAmount,
        Self::PaidOn,
        Self::Disputed,
        Self::Country,
        Self::Territory,
        Self::Reference,
        Self::Provider,
        Self::RatedOn,
        Self::Score,
        Self::Forecast(1),
        Self::Forecast(2),
        Self::Forecast(3),
        Self::Forecast(4),
        Self::Forecast(5),
        Self::Forecast(6),
        Self::Forecast(7),
        Self::Forecast(8),
        Self::Forecast(9),
        Self::BoardChange,
        Self::TaxDebt,
    ];

    /// The name in mappings and flags.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClientCode => "client_code",
            Self::ClientName => "client_name",
            Self::InvoiceNumber => "invoice_number",
            Self::IssuedOn => "issued_on",
            Self::DueOn => "due_on",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::SettledOn => "settled_on",
            Self::PaidAmount => "paid_amount",
            Self::PaidOn => "paid_on",
            Self::Disputed => "disputed",
            Self::Country => "country",
            Self::Territory => "territory",
            Self::Reference => "reference",
            Self::Provider => "provider",
            Self::RatedOn => "rated_on",
            Self::Score => "score",
            Self::Forecast(month) => match month {
                1 => "forecast_1",
                2 => "forecast_2",
                3 => "forecast_3",
                4 => "forecast_4",
                5 => "forecast_5",
                6 => "forecast_6",
                7 => "forecast_7",
                8 => "forecast_8",
                _ => "forecast_9",
            },
            Self::BoardChange => "board_change",
            Self::TaxDebt => "tax_debt",
        }
    }

    /// The field with this name.
    ///
    /// # Errors
    /// When there is none; the error lists all.
    pub fn from_name(name: &str) -> Result<Self, FileError> {
        Self::ALL.into_iter().find(|field| field.name() == name).ok_or_else(|| {
            FileError::NoSuchField {
                given: name.to_owned(),
                known: Self::ALL.map(Self::name).join(", "),
            }
        })
    }

    /// Column names of usual exports, the likeliest first: letters and digits only, in small
    /// letters, with spaces between them.
    const fn usual_names(self, kind: FileKind) -> &'static str {
        match (self, kind) {
            (Self::ClientCode, _) => {
                "clientcode client clientid clientno clientnumber customerid \
                 customercode customer customerno customernumber custnumber custno \
                 debtor debtorno kliendikood klientakods klientokodas кодклиента \
                 кодконтрагента"
            }
            (Self::ClientName, _) => {
                "clientname customername namecustomer name debtorname kliendinimi \
                 klientanosaukums klientopavadinimas контрагент клиент"
            }
            (Self::InvoiceNumber, _) => {
                "invoicenumber invoiceno invoiceid invoice number docid docno docnumber \
                 documentnumber documentno arvenumber arvenr rekinanumurs \
                 saskaitosnumeris номерсчета номернакладной номер"
            }
            (Self::IssuedOn, _) => {
                "issuedon issuedate invoicedate postingdate docdate documentdate \
                 arvekuupaev arvekuupäev датасчета датанакладной"
            }
            (Self::DueOn, _) => {
                "dueon duedate dueindate due maksetahtaeg maksetähtaeg срокоплаты \
                 датаоплатыплан"
            }
            (Self::Amount, FileKind::Receivables) => {
                "amount invoiceamount openamount totalopenamount total sum summa suma \
                 сумма"
            }
            (Self::Amount, _) => "amount paidamount amountpaid paymentamount sum summa suma сумма",
            (Self::Currency, _) => "currency currencycode invoicecurrency curr valuuta валюта",
            (Self::SettledOn, _) => "settledon settleddate settlementdate cleardate clearingdate",
            (Self::PaidAmount, _) => "paidamount amountpaid",
            (Self::PaidOn, FileKind::Receivables) => "paidon paiddate paymentdate",
            (Self::PaidOn, _) => "paidon paiddate paymentdate valuedate bookingdate date дата",
            (Self::Disputed, _) => "disputed dispute isdisputed indispute",
            (Self::Country, _) => "country countrycode riik страна",
            (Self::Territory, _) => "territory region businesscode salesarea",
            (Self::Provider, _) => "provider scoreprovider bureau source",
            (Self::RatedOn, _) => {
                "ratedon rateddate ratingdate scoredate asof date kuupaev kuupäev"
            }
            (Self::Score, _) => "score creditscore riskscore skoor",
            (Self::Forecast(month), _) => match month {
                1 => "forecast1 score1 month1",
                2 => "forecast2 score2 month2",
                3 => "forecast3 score3 month3",
                4 => "forecast4 score4 month4",
                5 => "forecast5 score5 month5",
                6 => "forecast6 score6 month6",
                7 => "forecast7 score7 month7",
                8 => "forecast8 score8 month8",
                _ => "forecast9 score9 month9",
            },
            (Self::BoardChange, _) => "boardchange boardchangedon boardchanged",
            (Self::TaxDebt, _) => "taxdebt taxdebton maksuvolg maksuvõlg",
            (Self::Reference, _) => "reference paymentreference bankreference ref viitenumber",
        }
    }
}

impl std::fmt::Display for Field {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The columns of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Field, place in the row, name in the header.
    found: Vec<(Field, usize, String)>,
    /// The currency that an amount column's name ends in (`open_amount_usd`).
    pub currency_of_name: Option<Currency>,
    /// Columns that nothing is taken from.
    pub unused: Vec<String>,
}

impl Columns {
    /// Finds the columns of a table: those that the mapping names, and the others by their usual
    /// names.
    ///
    /// # Errors
    /// When one that must be there is not, or one that was named.
    pub fn find(table: &Table, kind: FileKind, mapping: &Mapping) -> Result<Self, FileError> {
        let mut columns = Self { found: Vec::new(), currency_of_name: None, unused: Vec::new() };
        for field in kind.used() {
            match mapping.column(*field) {
                Some("") => {}
                Some(named) => columns.take_named(table, *field, named)?,
                None => columns.take_usual(table, *field, kind)?,
            }
        }
        columns.pair_payment(kind);
        for field in kind.required() {
            if columns.place(*field).is_none() {
                return Err(FileError::NoColumn { field: *field, found: table.found() });
            }
        }
        columns.unused = (0..table.header.len())
            .filter(|place| columns.found.iter().all(|(_, taken, _)| taken != place))
            .map(|place| table.header[place].clone())
            .collect();
        Ok(columns)
    }

    /// Where a field stands in a row.
    #[must_use]
    pub fn place(&self, field: Field) -> Option<usize> {
        self.found.iter().find(|(found, ..)| *found == field).map(|(_, place, _)| *place)
    }

    /// What the file calls a field; the field's own name where it has no column.
    #[must_use]
    pub fn name(&self, field: Field) -> &str {
        self.found
            .iter()
            .find(|(found, ..)| *found == field)
            .map_or(field.name(), |(_, _, name)| name)
    }

    /// Each field with its column's name, for people.
    pub fn pairs(&self) -> impl Iterator<Item = (Field, &str)> {
        self.found.iter().map(|(field, _, name)| (*field, name.as_str()))
    }

    fn take_named(&mut self, table: &Table, field: Field, named: &str) -> Result<(), FileError> {
        let place = only_place(table, |name| name == named)?.ok_or_else(|| {
            FileError::NoSuchColumn { field, column: named.to_owned(), found: table.found() }
        })?;
        self.take(table, field, place);
        Ok(())
    }

    fn take_usual(&mut self, table: &Table, field: Field, kind: FileKind) -> Result<(), FileError> {
        for usual in field.usual_names(kind).split_whitespace() {
            let place = only_place(table, |name| {
                let letters = letters_of(name);
                letters == usual || (field == Field::Amount && split_currency(&letters).0 == usual)
            })?;
            if let Some(place) = place {
                self.take(table, field, place);
                return Ok(());
            }
        }
        Ok(())
    }

    fn take(&mut self, table: &Table, field: Field, place: usize) {
        let name = table.header[place].clone();
        if field == Field::Amount {
            self.currency_of_name = split_currency(&letters_of(&name)).1;
        }
        self.found.push((field, place, name));
    }

    /// An amount paid without its day, or a day without its amount, is no payment.
    fn pair_payment(&mut self, kind: FileKind) {
        let whole = self.place(Field::PaidAmount).is_some() && self.place(Field::PaidOn).is_some();
        if kind == FileKind::Receivables && !whole {
            self.found.retain(|(field, ..)| !matches!(field, Field::PaidAmount | Field::PaidOn));
        }
    }
}

fn only_place(table: &Table, fits: impl Fn(&str) -> bool) -> Result<Option<usize>, FileError> {
    let mut places =
        table.header.iter().enumerate().filter(|(_, name)| fits(name)).map(|(place, _)| place);
    match (places.next(), places.next()) {
        (Some(place), Some(_)) => Err(FileError::ColumnTwice(table.header[place].clone())),
        (place, _) => Ok(place),
    }
}

/// A name without what people write differently: capitals, spaces, underscores.
fn letters_of(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `openamountusd` is `openamount` in USD. Only currencies that ledgers here are kept in: `due` is
/// none of them.
fn split_currency(letters: &str) -> (&str, Option<Currency>) {
    const USUAL: [&str; 20] = [
        "eur", "usd", "gbp", "sek", "nok", "dkk", "pln", "chf", "czk", "rub", "uah", "byn", "kzt",
        "gel", "ron", "huf", "try", "cad", "jpy", "cny",
    ];
    for code in USUAL {
        if let (Some(before), Ok(currency)) = (letters.strip_suffix(code), code.parse()) {
            return (before, Some(currency));
        }
    }
    (letters, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::Problems;

    fn find(header: &str, mapping: &Mapping) -> Result<Columns, FileError> {
        let text = format!("{header}\n{}\n", vec!["1"; header.split(',').count()].join(","));
        let table = Table::read(&text, None, &mut Problems::default())?;
        Columns::find(&table, FileKind::Receivables, mapping)
    }

    #[test]
    fn usual_exports_need_no_mapping() {
        for (header, currency, settled, unused) in [
            (
                "countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,\
                 InvoiceAmount,Disputed,SettledDate,DaysLate",
                None,
                true,
                &["PaperlessDate", "DaysLate"][..],
            ),
            (
                "business_code,cust_number,name_customer,doc_id,posting_date,due_in_date,\
                 open_amount_usd",
                Some("USD"),
                false,
                &[],
            ),
            ("Client,Number,Due date,Amount (EUR),paid on", Some("EUR"), false, &["paid on"]),
        ] {
            let columns = find(header, &Mapping::default()).unwrap();
            let code = columns.currency_of_name.map(|currency| currency.to_string());
            assert_eq!(code.as_deref(), currency);
            assert_eq!(columns.place(Field::SettledOn).is_some(), settled);
            assert_eq!(columns.unused, unused);
        }
    }

    #[test]
    fn a_missing_column_lists_what_there_is() {
        for (header, mapping, part) in [
            ("client,number,amount", "", "due_on was recognised; the file has: client, number"),
            ("client,number,due_date,amount", "client_code = \"kood\"", "no column \"kood\""),
            ("client,number,due_date,amount,Amount", "", "two columns are called \"amount\""),
        ] {
            let mapping = Mapping::from_toml(&format!("[columns]\n{mapping}"), "m").unwrap();
            let error = find(header, &mapping).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}

//! `InputError`: files that cannot be read, too many bad rows, or nothing to work on.

use crate::{
    event::EventError,
    ids::offset64,
    text::{self, counted},
};

/// Why a run cannot use its input.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// An event file cannot be read.
    #[error(transparent)]
    Event(Box<EventError>),
    /// A CRM file cannot be read.
    #[error(transparent)]
    Identity(EventError),
    /// The fraction of bad rows is above the plan's limit.
    #[error(
        "{bad} of {read} {what} {} {} bad",
        text::noun(*read, "row", "rows"), text::noun(*bad, "is", "are")
    )]
    TooManyBadRows {
        /// The kind of the files: `event` or `customer`.
        what: &'static str,
        /// The number of rejected rows.
        bad: u64,
        /// The number of rows read.
        read: u64,
        /// The maximum fraction of bad rows, 0 to 1.
        allowed: f64,
        /// The first bad row, with its position and reason.
        first: String,
        /// The code of that reason, such as `too_few_fields`.
        code: &'static str,
    },
    /// The event files hold no event.
    #[error("there is no event in {}", files.join(", "))]
    NoEvents {
        /// The files that were read.
        files: Vec<String>,
        /// The number of their rows, all of which are bad.
        bad: u64,
    },
    /// The CRM files hold no customer.
    #[error("there is no customer in {}", files.join(", "))]
    NoCustomers {
        /// The files that were read.
        files: Vec<String>,
    },
    /// A consent column holds words without a meaning.
    #[error("the CRM answers for consent with {}, which {} no meaning", words.join(", "), if words.len() == 1 { "has" } else { "have" })]
    NewConsentWords {
        /// The most frequent words, each with its count and first place.
        words: Vec<String>,
        /// How many other words there are.
        others: usize,
    },
    /// A consent column seems to hold objections.
    #[error("column `{column}` of {path} seems to say who objects, but is read as who consents")]
    OptOutColumn {
        /// The CRM file.
        path: String,
        /// The name of the column.
        column: String,
    },
    /// A column of objections and a column of consent share one list of words, which is wrong for one of them.
    #[error(
        "column `{column}` of {path} seems to say who objects, and column `{other}` of {other_path} who consents, but \
         `[consent] words` holds for both"
    )]
    SharedWords {
        /// The file with the column of objections.
        path: String,
        /// The name of that column.
        column: String,
        /// The file with the other column.
        other_path: String,
        /// The name of the other column.
        other: String,
    },
    /// No account of the events belongs to a customer.
    #[error("no customer is linked to any account")]
    NothingLinked,
    /// Every event was ignored.
    #[error("no event counts")]
    NothingUsed {
        /// The number of ignored events for each reason.
        reasons: String,
    },
}

impl From<EventError> for InputError {
    fn from(cause: EventError) -> Self {
        Self::Event(cause.into())
    }
}

impl InputError {
    /// Details of the failure, shown below its first line.
    pub fn why(&self) -> Option<String> {
        match self {
            Self::Event(_) | Self::Identity(_) => None,
            Self::TooManyBadRows { allowed, first, .. } => {
                Some(format!("at most {} % may be bad; the first bad row is {first}", allowed * 100.0))
            }
            Self::NoEvents { bad: 0, .. } => Some("they hold no data row".to_owned()),
            Self::NoEvents { bad, .. } => {
                Some(format!("all of their {} bad", counted(*bad, "row is", "rows are")))
            }
            Self::NoCustomers { .. } => Some(
                "without customers everybody would be a prospect, even people who denied consent".to_owned(),
            ),
            Self::NewConsentWords { others: 0, .. } => Some("who denied consent cannot be told".to_owned()),
            Self::NewConsentWords { others, .. } => Some(format!(
                "who denied consent cannot be told; {} like these",
                counted(offset64(*others), "more word is", "more words are")
            )),
            Self::OptOutColumn { .. } => {
                Some("everybody who objects would be shown, and all others withheld".to_owned())
            }
            Self::SharedWords { .. } => Some(
                "in one of them everybody who objects would be shown, and all others withheld".to_owned(),
            ),
            Self::NothingLinked => Some("no identifier in the CRM is an account in the events".to_owned()),
            Self::NothingUsed { reasons } => Some(format!("all were ignored: {reasons}")),
        }
    }

    /// How to fix it.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Event(error) => return error.hint(),
            Self::Identity(error) => return error.hint(),
            Self::TooManyBadRows { code, .. } => {
                let setting = setting_for(code).map_or_else(String::new, |setting| format!("{setting}; "));
                return Some(format!(
                    "`plaudit check` lists the first bad rows; {setting}fix them, or raise `[run] max_rejected`"
                ));
            }
            Self::NoEvents { bad: 0, .. } => "check `path`, `header` and `comment` of `[[events]]`",
            Self::NoEvents { .. } => "`plaudit check` lists the first bad rows; fix them",
            Self::NoCustomers { .. } => {
                "check the export of the CRM; if there is no CRM, remove `[[customers]]`"
            }
            Self::NewConsentWords { .. } => {
                "give every word a meaning in `[consent]`, such as `words = { subscribed = \"full\", cleaned = \"denied\" }`; \
                 `[guard] new_consent_word = \"deny\"` counts new words as denials"
            }
            Self::OptOutColumn { .. } => {
                "say what its words mean, in `[consent]` or in its `[[customers]]` table: \
                 `words = { true = \"denied\", false = \"full\" }`"
            }
            Self::SharedWords { .. } => {
                "move `words` from `[consent]` to the `[[customers]]` table of the column of objections"
            }
            Self::NothingLinked => {
                "the namespaces of `identifiers` must be the channels of the events; `plaudit check` counts linked \
                 accounts"
            }
            Self::NothingUsed { .. } => {
                "check `[run] as_of` and `window`, and which columns are actor and target"
            }
        };
        Some(hint.to_owned())
    }
}

/// The setting of a table that may make rows good which are rejected for this reason.
fn setting_for(code: &str) -> Option<&'static str> {
    let setting = match code {
        "too_few_fields" | "too_many_fields" => {
            "`ragged = \"fill\"` reads cells that rows lack at their end as empty, and `skip_footer` leaves out the last \
             lines of the file"
        }
        "bad_time" => "`time_format` states how the file writes times",
        "unknown_kind" => "`kinds` says what the words of the file mean",
        "stray_quote" | "unterminated_quote" | "swallowed_rows" => {
            "write quotes inside a field twice, or set `quoting = \"none\"` for events"
        }
        _ => return None,
    };
    Some(setting)
}

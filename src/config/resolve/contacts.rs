//! `[[contacts]]`: who has been written to, and how often that may be.

use std::path::Path;

use super::{
    events::{delimiter, files},
    section::{Section, with_default},
};
use crate::{
    config::{
        choices, defaults,
        error::ConfigError,
        limits,
        plan::ContactLog,
        raw::{RawContacts, Scalar},
        units,
    },
    event::Delimiter,
};

pub(super) fn contact_log(
    section: &Section<'_>,
    raw: RawContacts,
    folder: &Path,
) -> Result<ContactLog, ConfigError> {
    let files = files(section, raw.path, folder)?;
    let Delimiter::Byte(delimiter) = delimiter(section, raw.delimiter.as_deref(), &files)? else {
        let reason = "a contact log is not separated by blanks; a character such as `,` is expected";
        return Err(with_default(section.bad("delimiter", reason), "\",\""));
    };
    let table = section.table("columns");
    let column = |key: &str, raw: Option<Scalar>, default: &str| {
        table.column(key, raw.unwrap_or_else(|| Scalar::Word(default.to_owned())), true)
    };
    let most = |key: &str, raw: Option<Scalar>, default: Option<u32>| match raw {
        None => Ok(default),
        Some(most) => section.whole_or_word(key, most, choices::NONE, &limits::CONTACTS),
    };
    Ok(ContactLog {
        id: column("id", raw.columns.id, defaults::CUSTOMER_ID)?,
        at: column("at", raw.columns.at, defaults::AT)?,
        window_s: window(section, raw.window.as_deref())?,
        max_per_customer: most(
            "max_per_customer",
            raw.max_per_customer,
            Some(defaults::CONTACTS_PER_CUSTOMER),
        )?,
        max_per_household: most("max_per_household", raw.max_per_household, None)?,
        max_per_community: most("max_per_community", raw.max_per_community, None)?,
        files,
        delimiter,
    })
}

fn window(section: &Section<'_>, raw: Option<&str>) -> Result<Option<u32>, ConfigError> {
    match raw {
        None => Ok(Some(defaults::CONTACT_WINDOW_S)),
        Some(choices::ALL) => Ok(None),
        Some(text) => units::parse_duration(text).map(Some).ok_or_else(|| {
            let reason =
                format!("`{text}` is no duration; one such as `30d` (s, m, h, d, w) or `all` is expected");
            let default = units::duration_text(defaults::CONTACT_WINDOW_S);
            with_default(section.bad("window", reason), format!("\"{default}\""))
        }),
    }
}

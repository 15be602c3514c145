//! The forms in which values are written: what is accepted, how messages describe it, and how it is written back.

use std::{ops::RangeInclusive, path::PathBuf};

use serde_json::{Value, json};
use toml::de::DeValue;

use super::{
    choices::{self, ChoiceWord, word_of},
    error::listed,
    limits::{self, NumberRange, whole_words},
    plan::{AsOf, MemoryLimit, Probability},
    units,
};
use crate::event::{ColumnRef, Delimiter, Time};

/// One way to write values of the type `T`.
pub(super) trait ValueForm<T> {
    /// Reads the written value; `None` if it does not have this form.
    fn read(&self, written: &DeValue<'_>) -> Option<T>;

    /// What is expected, in words: `a number from 0 to 1`.
    fn expected(&self) -> String;

    /// The fixed words among the accepted values, for "did you mean" hints.
    fn words(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// The value in the form that [`ValueForm::read`] accepts; null if the key is omitted.
    fn write(&self, value: &T) -> Value;
}

/// Describes the written value for a message.
pub(super) fn found(written: &DeValue<'_>) -> String {
    match written {
        DeValue::String(text) if text.is_empty() => "empty".to_owned(),
        // Text that would be a number or a flag without its quotes is shown with quotes.
        DeValue::String(text) if text.parse::<f64>().is_ok() || text.parse::<bool>().is_ok() => {
            format!("`\"{text}\"`")
        }
        DeValue::String(text) => format!("`{text}`"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => {
            number.as_str().parse().map_or("a number".to_owned(), |n: f64| n.to_string())
        }
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(moment) => moment.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

fn whole(written: &DeValue<'_>) -> Option<i64> {
    let number = written.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn number(written: &DeValue<'_>) -> Option<f64> {
    match written {
        DeValue::Float(number) => number.as_str().parse().ok(),
        written => whole(written).map(|number| number as f64),
    }
}

pub(super) struct YesNo;

impl ValueForm<bool> for YesNo {
    fn read(&self, written: &DeValue<'_>) -> Option<bool> {
        written.as_bool()
    }
    fn expected(&self) -> String {
        "`true` or `false`".to_owned()
    }
    fn write(&self, value: &bool) -> Value {
        json!(value)
    }
}

/// A value written as text in quotes.
pub(super) struct TextForm<T> {
    expected: String,
    parse: fn(&str) -> Option<T>,
    write: fn(&T) -> String,
}

impl<T> ValueForm<T> for TextForm<T> {
    fn read(&self, written: &DeValue<'_>) -> Option<T> {
        (self.parse)(written.as_str()?)
    }
    fn expected(&self) -> String {
        self.expected.clone()
    }
    fn write(&self, value: &T) -> Value {
        json!((self.write)(value))
    }
}

pub(super) fn text_form<T>(
    expected: impl Into<String>,
    parse: fn(&str) -> Option<T>,
    write: fn(&T) -> String,
) -> TextForm<T> {
    TextForm { expected: expected.into(), parse, write }
}

pub(super) fn any_text() -> TextForm<String> {
    text_form("text in quotes", |text| Some(text.to_owned()), String::clone)
}

/// A duration in seconds; `example` is shown in messages.
pub(super) fn duration(example: &str) -> TextForm<u32> {
    let expected = format!("a duration such as `{example}` (s, m, h, d, w)");
    text_form(expected, units::parse_duration, |&seconds| units::duration_text(seconds))
}

pub(super) fn folder_path() -> TextForm<PathBuf> {
    let parse = |path: &str| (!path.is_empty()).then(|| PathBuf::from(path));
    text_form("a folder", parse, |path| path.to_string_lossy().into_owned())
}

/// A number of bytes, or a percentage of the memory that the machine allows.
pub(super) fn memory_amount() -> TextForm<MemoryLimit> {
    let expected = "an amount of memory such as `4GiB`, `500MB` or `80%`";
    text_form(expected, units::parse_memory_limit, |&limit| units::memory_limit_text(limit))
}

/// The delimiter of event files.
pub(super) fn event_delimiter() -> TextForm<Delimiter> {
    let expected = "one character such as `,`, or `tab` or `blank`,";
    text_form(expected, units::parse_delimiter, |&delimiter| units::delimiter_text(delimiter))
}

/// The delimiter of other tables, which are read as RFC 4180.
pub(super) fn table_delimiter() -> TextForm<u8> {
    let parse = |text: &str| match units::parse_delimiter(text)? {
        Delimiter::Byte(byte) => Some(byte),
        Delimiter::Blanks => None,
    };
    let expected = "one character such as `,`, or `tab`, but no blanks,";
    text_form(expected, parse, |&byte| units::delimiter_text(Delimiter::Byte(byte)))
}

pub(super) struct NumberIn(pub(super) &'static NumberRange);

impl ValueForm<f64> for NumberIn {
    fn read(&self, written: &DeValue<'_>) -> Option<f64> {
        number(written).filter(|&number| (self.0.holds)(number))
    }
    fn expected(&self) -> String {
        self.0.words.to_owned()
    }
    fn write(&self, value: &f64) -> Value {
        json!(value)
    }
}

pub(super) struct WholeIn(pub(super) RangeInclusive<i64>);

impl<T: TryFrom<i64> + Into<Value> + Copy> ValueForm<T> for WholeIn {
    fn read(&self, written: &DeValue<'_>) -> Option<T> {
        let number = whole(written).filter(|number| self.0.contains(number))?;
        T::try_from(number).ok()
    }
    fn expected(&self) -> String {
        whole_words(&self.0)
    }
    fn write(&self, value: &T) -> Value {
        (*value).into()
    }
}

/// A power of two within the range [`limits::REGISTERS`].
pub(super) struct RegisterCount;

impl ValueForm<u32> for RegisterCount {
    fn read(&self, written: &DeValue<'_>) -> Option<u32> {
        WholeIn(limits::REGISTERS).read(written).filter(|number: &u32| number.is_power_of_two())
    }
    fn expected(&self) -> String {
        limits::register_words()
    }
    fn write(&self, value: &u32) -> Value {
        json!(value)
    }
}

pub(super) struct OneOf<T: 'static>(pub(super) &'static [ChoiceWord<T>]);

impl<T: Copy + PartialEq> ValueForm<T> for OneOf<T> {
    fn read(&self, written: &DeValue<'_>) -> Option<T> {
        choices::value_of(self.0, written.as_str()?)
    }
    fn expected(&self) -> String {
        format!("one of {}", listed(&self.words()))
    }
    fn words(&self) -> Vec<&'static str> {
        self.0.iter().map(|choice| choice.word).collect()
    }
    fn write(&self, value: &T) -> Value {
        json!(word_of(self.0, value))
    }
}

/// A value of another form, or a word for "no value".
pub(super) struct OrWord<F>(pub(super) &'static str, pub(super) F);

impl<T, F: ValueForm<T>> ValueForm<Option<T>> for OrWord<F> {
    fn read(&self, written: &DeValue<'_>) -> Option<Option<T>> {
        if written.as_str() == Some(self.0) { Some(None) } else { self.1.read(written).map(Some) }
    }
    fn expected(&self) -> String {
        format!("{} or `\"{}\"`", self.1.expected(), self.0)
    }
    fn words(&self) -> Vec<&'static str> {
        let mut words = self.1.words();
        words.push(self.0);
        words
    }
    fn write(&self, value: &Option<T>) -> Value {
        value.as_ref().map_or(json!(self.0), |value| self.1.write(value))
    }
}

/// An optional value of another form; its key may be absent.
pub(super) struct IfThere<F>(pub(super) F);

impl<T, F: ValueForm<T>> ValueForm<Option<T>> for IfThere<F> {
    fn read(&self, written: &DeValue<'_>) -> Option<Option<T>> {
        self.0.read(written).map(Some)
    }
    fn expected(&self) -> String {
        self.0.expected()
    }
    fn words(&self) -> Vec<&'static str> {
        self.0.words()
    }
    fn write(&self, value: &Option<T>) -> Value {
        value.as_ref().map_or(Value::Null, |value| self.0.write(value))
    }
}

/// A value of another form, converted to another type.
pub(super) struct Mapped<F, A, B> {
    pub(super) form: F,
    pub(super) to: fn(A) -> B,
    pub(super) from: fn(&B) -> A,
}

impl<A, B, F: ValueForm<A>> ValueForm<B> for Mapped<F, A, B> {
    fn read(&self, written: &DeValue<'_>) -> Option<B> {
        self.form.read(written).map(self.to)
    }
    fn expected(&self) -> String {
        self.form.expected()
    }
    fn words(&self) -> Vec<&'static str> {
        self.form.words()
    }
    fn write(&self, value: &B) -> Value {
        self.form.write(&(self.from)(value))
    }
}

/// A time, or the word for the time of the newest event.
pub(super) struct Moment;

impl ValueForm<AsOf> for Moment {
    fn read(&self, written: &DeValue<'_>) -> Option<AsOf> {
        let text = match written {
            DeValue::String(word) if word == choices::NEWEST => return Some(AsOf::NewestEvent),
            DeValue::String(text) => text.clone().into_owned(),
            DeValue::Integer(_) => whole(written)?.to_string(),
            DeValue::Datetime(moment) => moment.to_string(),
            _ => return None,
        };
        Time::parse(text.as_bytes()).ok().map(AsOf::At)
    }
    fn expected(&self) -> String {
        "a time from 1970 to 2106, such as `2012-07-05T00:00:00Z`, `2012-07-05` or epoch seconds, or `newest`"
            .to_owned()
    }
    fn words(&self) -> Vec<&'static str> {
        vec![choices::NEWEST]
    }
    fn write(&self, value: &AsOf) -> Value {
        match *value {
            AsOf::NewestEvent => json!(choices::NEWEST),
            AsOf::At(time) => json!(units::time_text(time)),
        }
    }
}

/// A column by its name in the header, or by its number.
#[derive(Clone, Copy)]
pub(super) struct ColumnOf {
    /// Whether the file has a header; without a header only numbers are accepted.
    pub(super) header: bool,
}

impl ValueForm<ColumnRef> for ColumnOf {
    fn read(&self, written: &DeValue<'_>) -> Option<ColumnRef> {
        match written {
            DeValue::String(name) if self.header && !name.is_empty() => {
                Some(ColumnRef::Name(name.to_string()))
            }
            written => WholeIn(limits::COLUMN).read(written).map(ColumnRef::Index),
        }
    }
    fn expected(&self) -> String {
        if self.header {
            "a column name or a number from 0".to_owned()
        } else {
            "a column number from 0 (a file without a header has no column names, only numbers)".to_owned()
        }
    }
    fn write(&self, value: &ColumnRef) -> Value {
        match value {
            ColumnRef::Name(name) => json!(name),
            ColumnRef::Index(index) => json!(index),
        }
    }
}

/// The character that begins a comment; it must differ from the delimiter.
pub(super) struct CommentMark {
    pub(super) delimiter: Delimiter,
}

impl ValueForm<u8> for CommentMark {
    fn read(&self, written: &DeValue<'_>) -> Option<u8> {
        let byte = units::parse_punctuation(written.as_str()?)?;
        (self.delimiter != Delimiter::Byte(byte) && byte > b' ').then_some(byte)
    }
    fn expected(&self) -> String {
        "one character such as `#`, other than the delimiter,".to_owned()
    }
    fn write(&self, value: &u8) -> Value {
        json!(char::from(*value).to_string())
    }
}

/// The weight of a kind of event, kept in thousandths.
pub(super) struct Thousandths;

impl ValueForm<u32> for Thousandths {
    fn read(&self, written: &DeValue<'_>) -> Option<u32> {
        let weight = NumberIn(&limits::WEIGHT).read(written)?;
        let text = format!("{weight:.3}");
        let exact = text.parse::<f64>().is_ok_and(|rounded| rounded == weight);
        if exact { text.replace('.', "").parse().ok() } else { None }
    }
    fn expected(&self) -> String {
        format!("{} with at most three digits after the point", limits::WEIGHT.words)
    }
    fn write(&self, value: &u32) -> Value {
        json!(f64::from(*value) / 1000.0)
    }
}

/// A word for the source of edge probabilities, or one number for all edges.
pub(super) struct ProbabilityOf;

impl ValueForm<Probability> for ProbabilityOf {
    fn read(&self, written: &DeValue<'_>) -> Option<Probability> {
        match written {
            DeValue::String(word) => choices::value_of(&choices::PROBABILITIES, word),
            written => NumberIn(&limits::PROBABILITY).read(written).map(Probability::Fixed),
        }
    }
    fn expected(&self) -> String {
        format!("{} or {}", listed(&self.words()), limits::PROBABILITY.words)
    }
    fn words(&self) -> Vec<&'static str> {
        OneOf(&choices::PROBABILITIES).words()
    }
    fn write(&self, value: &Probability) -> Value {
        match value {
            Probability::Fixed(probability) => json!(probability),
            word => json!(word_of(&choices::PROBABILITIES, word)),
        }
    }
}

//! Who counts, and how much? Conditions and figures over the columns of a run's scores, written as in SQL.

use std::collections::BTreeSet;

use rayon::prelude::*;
use sqlparser::{
    ast::{BinaryOperator as Op, Expr, Ident, Spanned, UnaryOperator, Value as Literal},
    dialect::GenericDialect,
    keywords::Keyword,
    parser::{Parser, ParserError},
    tokenizer::{Token, Tokenizer},
};

use super::CampaignError;
use crate::{
    store::{ColumnData, Table},
    text,
};

/// The longest formula, in bytes.
const LONGEST: usize = 4_000;
/// The most operators of a formula: each may stand within the next, and every level takes stack.
const MOST_OPERATORS: usize = 200;
/// What a formula may hold, for messages.
const KNOWN: &str =
    "columns, numbers, 'text', comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL and + - * / are known";

/// A formula that was read, and not yet looked at beside a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    /// The option it was given by, for messages.
    option: &'static str,
    expr: Expr,
}

/// What a part of a formula is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Truth,
    Number,
    Text,
    /// `NULL` fits anywhere.
    Nothing,
}

impl Kind {
    const fn words(self) -> &'static str {
        match self {
            Self::Truth => "a condition",
            Self::Number => "a number",
            Self::Text => "text",
            Self::Nothing => "nothing",
        }
    }
}

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value<'t> {
    Truth(bool),
    Number(f64),
    Text(&'t str),
    /// Not known, as SQL's `NULL`.
    Nothing,
}

/// A part of a formula beside the table that it speaks of.
enum Part<'t> {
    Column(&'t ColumnData),
    Constant(Value<'t>),
    Not(Box<Part<'t>>),
    Negative(Box<Part<'t>>),
    Both(Box<Part<'t>>, Box<Part<'t>>),
    Either(Box<Part<'t>>, Box<Part<'t>>),
    Compare(Box<Part<'t>>, Op, Box<Part<'t>>),
    Calculate(Box<Part<'t>>, Op, Box<Part<'t>>),
    Within(Box<Part<'t>>, Vec<Part<'t>>),
    Like { text: Box<Part<'t>>, pattern: Vec<char>, any_case: bool },
    IsNothing(Box<Part<'t>>),
    Is(Box<Part<'t>>, bool),
}

impl Formula {
    /// Reads what was given by `option`.
    ///
    /// # Errors
    /// [`CampaignError::Formula`]: it is no expression, or too long.
    pub fn parse(text: &str, option: &'static str) -> Result<Self, CampaignError> {
        let fault = |why: String| CampaignError::Formula { option, why, nearest: None };
        if text.len() > LONGEST {
            return Err(fault(format!("it has {} bytes; at most {LONGEST} are expected", text.len())));
        }
        let in_words = |error: ParserError| match error {
            ParserError::TokenizerError(why) | ParserError::ParserError(why) => fault(text::harmless(&why)),
            ParserError::RecursionLimitExceeded => fault("it is nested too deeply".to_owned()),
        };
        let operators = operators(text).map_err(in_words)?;
        if operators > MOST_OPERATORS {
            return Err(fault(format!(
                "it has {operators} operators; at most {MOST_OPERATORS} are expected"
            )));
        }
        let mut parser = Parser::new(&GenericDialect {}).try_with_sql(text).map_err(in_words)?;
        let expr = parser.parse_expr().map_err(in_words)?;
        let rest = parser.peek_token();
        if rest.token != Token::EOF {
            let (at, rest) = (rest.span.start.column, text::harmless(&rest.token.to_string()));
            return Err(fault(format!("it should end before `{rest}` at letter {at}")));
        }
        Ok(Self { option, expr })
    }

    /// The columns that it names.
    pub(super) fn columns(&self) -> BTreeSet<String> {
        let mut columns = BTreeSet::new();
        // What is not known to us is refused later, with the table at hand.
        let _ = Reader {
            option: self.option,
            column: &mut |ident: &Ident| {
                columns.insert(ident.value.clone());
                Ok((Part::Constant(Value::Nothing), Kind::Nothing))
            },
        }
        .part(&self.expr);
        columns
    }

    /// Whether it holds, for each row; what is not known does not hold.
    pub(super) fn truths(&self, table: &Table) -> Result<Vec<bool>, CampaignError> {
        let (part, kind) = self.bind(table)?;
        if !matches!(kind, Kind::Truth | Kind::Nothing) {
            return Err(
                self.fault(format!("it is {}; a condition such as `score > 90` is expected", kind.words()))
            );
        }
        let rows = 0..table.row_count();
        Ok(rows.into_par_iter().map(|row| part.value(row) == Value::Truth(true)).collect())
    }

    /// The figure of each row, if there is one.
    pub(super) fn numbers(&self, table: &Table) -> Result<Vec<Option<f64>>, CampaignError> {
        let (part, kind) = self.bind(table)?;
        if !matches!(kind, Kind::Number | Kind::Nothing) {
            return Err(self.fault(format!("it is {}; a number such as `value` is expected", kind.words())));
        }
        let number = |row| match part.value(row) {
            Value::Number(number) if number.is_finite() => Some(number),
            _ => None,
        };
        Ok((0..table.row_count()).into_par_iter().map(number).collect())
    }

    fn bind<'t>(&'t self, table: &'t Table) -> Result<(Part<'t>, Kind), CampaignError> {
        let column = &mut |ident: &Ident| {
            let name = ident.value.as_str();
            let data =
                table.column(name).ok_or_else(|| self.fault(format!("there is no column `{name}`")))?;
            Ok((Part::Column(data), kind_of(data)))
        };
        Reader { option: self.option, column }.part(&self.expr)
    }

    fn fault(&self, why: String) -> CampaignError {
        CampaignError::Formula { option: self.option, why, nearest: None }
    }

    /// The error for a column that the run does not have.
    pub(super) fn unknown_column(&self, name: &str, known: &[String]) -> CampaignError {
        let nearest = text::nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
        let why = format!("the run's scores have no column `{}`", text::harmless(name));
        CampaignError::Formula { option: self.option, why, nearest }
    }
}

/// How many operators and key words a text has: an upper bound of how deep its parts can stand within each other.
fn operators(text: &str) -> Result<usize, ParserError> {
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize()?;
    let is_plain = |token: &Token| match token {
        Token::Word(word) => word.keyword == Keyword::NoKeyword,
        // The parser limits by itself how deep parentheses can stand.
        Token::Whitespace(_)
        | Token::Comma
        | Token::LParen
        | Token::RParen
        | Token::Number(..)
        | Token::SingleQuotedString(_) => true,
        _ => false,
    };
    Ok(tokens.iter().filter(|token| !is_plain(token)).count())
}

fn kind_of(data: &ColumnData) -> Kind {
    match data {
        ColumnData::Text(_) | ColumnData::OptionalText(_) => Kind::Text,
        ColumnData::Bool(_) => Kind::Truth,
        _ => Kind::Number,
    }
}

/// A part with its kind.
type Read<'t> = Result<(Part<'t>, Kind), CampaignError>;

/// Turns expressions into parts; `column` tells what a name means.
struct Reader<'r, 't> {
    option: &'static str,
    column: &'r mut dyn FnMut(&Ident) -> Read<'t>,
}

impl<'t> Reader<'_, 't> {
    fn part(&mut self, expr: &'t Expr) -> Read<'t> {
        match expr {
            Expr::Nested(inner) => self.part(inner),
            Expr::Identifier(ident) => (self.column)(ident),
            Expr::Value(value) => self.constant(&value.value),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
                Ok((Part::Not(self.of(expr, Kind::Truth)?), Kind::Truth))
            }
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => {
                Ok((Part::Negative(self.of(expr, Kind::Number)?), Kind::Number))
            }
            Expr::UnaryOp { op: UnaryOperator::Plus, expr } => {
                self.of(expr, Kind::Number).map(|part| (*part, Kind::Number))
            }
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            Expr::Between { expr, negated, low, high } => {
                let from = self.compare(expr, Op::GtEq, low)?;
                let to = self.compare(expr, Op::LtEq, high)?;
                Ok((unless(*negated, Part::Both(from.into(), to.into())), Kind::Truth))
            }
            Expr::InList { expr, list, negated } => {
                let (part, kind) = self.part(expr)?;
                let list = list.iter().map(|item| self.of(item, kind).map(|item| *item));
                let list = list.collect::<Result<_, _>>()?;
                Ok((unless(*negated, Part::Within(part.into(), list)), Kind::Truth))
            }
            Expr::Like { negated, any: false, expr, pattern, escape_char: None } => {
                self.like(*negated, expr, pattern, false)
            }
            Expr::ILike { negated, any: false, expr, pattern, escape_char: None } => {
                self.like(*negated, expr, pattern, true)
            }
            Expr::IsNull(inner) | Expr::IsUnknown(inner) => self.is_nothing(inner, false),
            Expr::IsNotNull(inner) | Expr::IsNotUnknown(inner) => self.is_nothing(inner, true),
            Expr::IsTrue(inner) => self.is(inner, true, false),
            Expr::IsNotTrue(inner) => self.is(inner, true, true),
            Expr::IsFalse(inner) => self.is(inner, false, false),
            Expr::IsNotFalse(inner) => self.is(inner, false, true),
            other => Err(self.unknown(other)),
        }
    }

    fn constant(&self, literal: &'t Literal) -> Read<'t> {
        Ok(match literal {
            Literal::Number(text, _) => match text.parse() {
                Ok(number) => (Part::Constant(Value::Number(number)), Kind::Number),
                Err(_) => return Err(self.fault(format!("`{text}` is no number that is known here"))),
            },
            Literal::SingleQuotedString(text) => (Part::Constant(Value::Text(text)), Kind::Text),
            Literal::Boolean(truth) => (Part::Constant(Value::Truth(*truth)), Kind::Truth),
            Literal::Null => (Part::Constant(Value::Nothing), Kind::Nothing),
            other => return Err(self.fault(format!("`{other}` is not known here: {KNOWN}"))),
        })
    }

    fn binary(&mut self, left: &'t Expr, op: &Op, right: &'t Expr) -> Read<'t> {
        match op {
            Op::And | Op::Or => {
                let (left, right) = (self.of(left, Kind::Truth)?, self.of(right, Kind::Truth)?);
                let part = if *op == Op::And { Part::Both(left, right) } else { Part::Either(left, right) };
                Ok((part, Kind::Truth))
            }
            Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => {
                Ok((self.compare(left, op.clone(), right)?, Kind::Truth))
            }
            Op::Plus | Op::Minus | Op::Multiply | Op::Divide => {
                let (left, right) = (self.of(left, Kind::Number)?, self.of(right, Kind::Number)?);
                Ok((Part::Calculate(left, op.clone(), right), Kind::Number))
            }
            other => Err(self.fault(format!("`{other}` is not known here: {KNOWN}"))),
        }
    }

    fn compare(&mut self, left: &'t Expr, op: Op, right: &'t Expr) -> Result<Part<'t>, CampaignError> {
        let (part, kind) = self.part(left)?;
        let right = match kind {
            Kind::Nothing => self.part(right)?.0.into(),
            kind => self.of(right, kind)?,
        };
        Ok(Part::Compare(part.into(), op, right))
    }

    fn like(&mut self, negated: bool, text: &'t Expr, pattern: &'t Expr, any_case: bool) -> Read<'t> {
        let (text, pattern) = (self.of(text, Kind::Text)?, self.of(pattern, Kind::Text)?);
        let Part::Constant(Value::Text(pattern)) = *pattern else {
            return Err(self.fault("behind LIKE, text in quotes is expected".to_owned()));
        };
        let pattern = folded(pattern, any_case);
        Ok((unless(negated, Part::Like { text, pattern, any_case }), Kind::Truth))
    }

    fn is_nothing(&mut self, inner: &'t Expr, negated: bool) -> Read<'t> {
        let (part, _) = self.part(inner)?;
        Ok((unless(negated, Part::IsNothing(part.into())), Kind::Truth))
    }

    fn is(&mut self, inner: &'t Expr, truth: bool, negated: bool) -> Read<'t> {
        Ok((unless(negated, Part::Is(self.of(inner, Kind::Truth)?, truth)), Kind::Truth))
    }

    /// A part that must be of this kind.
    fn of(&mut self, expr: &'t Expr, kind: Kind) -> Result<Box<Part<'t>>, CampaignError> {
        let (part, found) = self.part(expr)?;
        if found == kind || found == Kind::Nothing || kind == Kind::Nothing {
            return Ok(part.into());
        }
        let (shown, found, kind) = (text::harmless(&expr.to_string()), found.words(), kind.words());
        Err(self.fault(format!("`{shown}` is {found}; {kind} is expected there")))
    }

    fn unknown(&self, expr: &Expr) -> CampaignError {
        let (shown, at) = (text::harmless(&expr.to_string()), expr.span().start.column);
        let place = if at == 0 { String::new() } else { format!(" at letter {at}") };
        self.fault(format!("`{shown}`{place} is not known here: {KNOWN}"))
    }

    fn fault(&self, why: String) -> CampaignError {
        CampaignError::Formula { option: self.option, why, nearest: None }
    }
}

fn unless(negated: bool, part: Part<'_>) -> Part<'_> {
    if negated { Part::Not(part.into()) } else { part }
}

impl Part<'_> {
    fn value(&self, row: usize) -> Value<'_> {
        match self {
            Self::Column(data) => at(data, row),
            Self::Constant(value) => *value,
            Self::Not(part) => match part.value(row) {
                Value::Truth(truth) => Value::Truth(!truth),
                _ => Value::Nothing,
            },
            Self::Negative(part) => match part.value(row) {
                Value::Number(number) => Value::Number(-number),
                _ => Value::Nothing,
            },
            Self::Both(left, right) => joined(left.value(row), right, row, false),
            Self::Either(left, right) => joined(left.value(row), right, row, true),
            Self::Compare(left, op, right) => truth(compared(left.value(row), op, right.value(row))),
            Self::Calculate(left, op, right) => calculated(left.value(row), op, right.value(row)),
            Self::Within(part, list) => {
                let value = part.value(row);
                let equal = || list.iter().map(|item| compared(value, &Op::Eq, item.value(row)));
                // As SQL has it: an unknown item may be the one.
                truth(if equal().any(|equal| equal == Some(true)) {
                    Some(true)
                } else {
                    equal().all(|equal| equal.is_some()).then_some(false)
                })
            }
            Self::Like { text, pattern, any_case } => match text.value(row) {
                Value::Text(text) => Value::Truth(is_like(&folded(text, *any_case), pattern)),
                _ => Value::Nothing,
            },
            Self::IsNothing(part) => Value::Truth(part.value(row) == Value::Nothing),
            Self::Is(part, truth) => Value::Truth(part.value(row) == Value::Truth(*truth)),
        }
    }
}

fn at(data: &ColumnData, row: usize) -> Value<'_> {
    let number = |value: Option<f64>| value.map_or(Value::Nothing, Value::Number);
    match data {
        ColumnData::Text(values) => Value::Text(&values[row]),
        ColumnData::OptionalText(values) => values[row].as_deref().map_or(Value::Nothing, Value::Text),
        ColumnData::F64(values) => Value::Number(values[row]),
        ColumnData::OptionalF64(values) => number(values[row]),
        ColumnData::U64(values) => Value::Number(values[row] as f64),
        ColumnData::U32(values) => Value::Number(values[row].into()),
        ColumnData::OptionalU32(values) => number(values[row].map(f64::from)),
        ColumnData::OptionalI64(values) => number(values[row].map(|value| value as f64)),
        ColumnData::Bool(values) => Value::Truth(values[row]),
    }
}

fn truth<'t>(known: Option<bool>) -> Value<'t> {
    known.map_or(Value::Nothing, Value::Truth)
}

/// Three-valued `AND`, or `OR` where one that holds `decides`.
fn joined<'t>(left: Value<'_>, right: &Part<'_>, row: usize, decides: bool) -> Value<'t> {
    if left == Value::Truth(decides) {
        return Value::Truth(decides);
    }
    match (left, right.value(row)) {
        (_, Value::Truth(right)) if right == decides => Value::Truth(decides),
        (Value::Truth(_), Value::Truth(_)) => Value::Truth(!decides),
        _ => Value::Nothing,
    }
}

fn compared(left: Value<'_>, op: &Op, right: Value<'_>) -> Option<bool> {
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.partial_cmp(&right)?,
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Truth(left), Value::Truth(right)) => left.cmp(&right),
        _ => return None,
    };
    Some(match op {
        Op::Eq => order.is_eq(),
        Op::NotEq => order.is_ne(),
        Op::Lt => order.is_lt(),
        Op::LtEq => order.is_le(),
        Op::Gt => order.is_gt(),
        _ => order.is_ge(),
    })
}

/// What is divided by nothing is nothing.
fn calculated<'t>(left: Value<'_>, op: &Op, right: Value<'_>) -> Value<'t> {
    let (Value::Number(left), Value::Number(right)) = (left, right) else { return Value::Nothing };
    let number = match op {
        Op::Plus => left + right,
        Op::Minus => left - right,
        Op::Multiply => left * right,
        _ => left / right,
    };
    if number.is_finite() { Value::Number(number) } else { Value::Nothing }
}

fn folded(text: &str, any_case: bool) -> Vec<char> {
    if any_case { text.to_lowercase().chars().collect() } else { text.chars().collect() }
}

/// Whether `text` is as the pattern says: `%` stands for any letters, `_` for one.
fn is_like(text: &[char], pattern: &[char]) -> bool {
    // Where the last `%` stood, and how much of the text it holds so far.
    let (mut at, mut next, mut star) = (0, 0, None);
    while at < text.len() {
        match pattern.get(next) {
            Some('%') => {
                star = Some((next, at));
                next += 1;
            }
            Some(&letter) if letter == '_' || letter == text[at] => {
                at += 1;
                next += 1;
            }
            _ => match star {
                None => return false,
                Some((place, held)) => {
                    star = Some((place, held + 1));
                    (at, next) = (held + 1, place + 1);
                }
            },
        }
    }
    pattern[next..].iter().all(|&letter| letter == '%')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table() -> Table {
        let text = |values: [&str; 4]| ColumnData::Text(values.map(str::to_owned).to_vec());
        Table::new(vec![
            ("tier".to_owned(), text(["star", "voice", "rest", "rest"])),
            (
                "name".to_owned(),
                ColumnData::OptionalText(vec![Some("Ada".to_owned()), None, Some("Bob_1".to_owned()), None]),
            ),
            ("score".to_owned(), ColumnData::F64(vec![99.5, 60.0, 0.0, 10.0])),
            ("value".to_owned(), ColumnData::OptionalF64(vec![Some(5.0), None, Some(-2.0), Some(0.0)])),
            ("audience".to_owned(), ColumnData::U32(vec![10, 0, 3, 7])),
            ("suspect".to_owned(), ColumnData::Bool(vec![false, true, false, true])),
            ("strength_on_my-forum".to_owned(), ColumnData::F64(vec![1.0, 2.0, 3.0, 4.0])),
        ])
    }

    /// The rows for which a condition holds, as digits.
    fn holds(text: &str) -> String {
        let formula = Formula::parse(text, "--eligible").unwrap_or_else(|error| panic!("{text}: {error}"));
        let truths = formula.truths(&table()).unwrap_or_else(|error| panic!("{text}: {error}"));
        (0..).zip(truths).filter(|(_, holds)| *holds).map(|(row, _)| row.to_string()).collect()
    }

    #[test]
    fn conditions_are_those_of_sql() {
        for (text, rows) in [
            ("score > 50", "01"),
            ("score >= 60 AND tier <> 'star'", "1"),
            ("tier = 'rest' OR score > 90", "023"),
            ("NOT tier = 'rest'", "01"),
            ("tier IN ('star', 'rest')", "023"),
            ("tier NOT IN ('star', 'rest')", "1"),
            ("score BETWEEN 0 AND 10", "23"),
            ("score NOT BETWEEN 0 AND 10", "01"),
            ("name LIKE '%b%'", "2"),
            ("name ILIKE 'a__'", "0"),
            ("name LIKE '%_1'", "2"),
            ("name NOT LIKE 'A%'", "2"),
            ("name IS NULL", "13"),
            ("name IS NOT NULL", "02"),
            ("suspect", "13"),
            ("NOT suspect", "02"),
            ("suspect = true", "13"),
            ("suspect IS FALSE", "02"),
            ("value > 0", "0"),
            // What is not known is neither: not above, not at most, and not the opposite of either.
            ("NOT value > 0", "23"),
            ("value > 0 OR value <= 0", "023"),
            ("value > 0 OR tier = 'voice'", "01"),
            ("value = NULL", ""),
            ("value IN (5, NULL)", "0"),
            ("value NOT IN (5, NULL)", ""),
            ("audience * 2 + 1 > score / 10", "023"),
            ("-value = 2", "2"),
            ("audience / 0 > 1", ""),
            ("\"strength_on_my-forum\" >= 3", "23"),
            ("((((score > 50))))", "01"),
            ("tier > 'rest'", "01"),
            ("1e1 = 10", "0123"),
        ] {
            assert_eq!(holds(text), rows, "{text}");
        }
        let figures = Formula::parse("10 + value / 2", "--cost").unwrap().numbers(&table()).unwrap();
        assert_eq!(figures, [Some(12.5), None, Some(9.0), Some(10.0)]);
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        let message = |text: &str| match Formula::parse(text, "--eligible") {
            Err(error) => error.to_string(),
            Ok(formula) => formula.truths(&table()).unwrap_err().to_string(),
        };
        for (text, why) in [
            ("", "Expected: an expression"),
            ("score >", "Expected: an expression"),
            ("score > 1 score", "it should end before `score` at letter 11"),
            ("score > 1; DROP TABLE x", "it should end before `;`"),
            ("score", "it is a number; a condition such as `score > 90` is expected"),
            ("tier = 1", "`1` is a number; text is expected there"),
            ("score = 'x'", "`'x'` is text; a number is expected there"),
            ("tier AND suspect", "`tier` is text; a condition is expected there"),
            ("lower(tier) = 'star'", "is not known here: columns, numbers"),
            ("score IN (SELECT 1)", "is not known here"),
            ("score % 2 = 0", "`%` is not known here"),
            ("tire = 'star'", "there is no column `tire`"),
            ("tier = \"star\"", "there is no column `star`"),
            ("name LIKE tier", "behind LIKE, text in quotes is expected"),
            ("name LIKE 'a' ESCAPE 'b'", "is not known here"),
            ("'open", "Unterminated string literal"),
        ] {
            assert!(message(text).contains(why), "{text}: {}", message(text));
        }
        assert!(message(&"(".repeat(500)).contains("nested too deeply"));
        for deep in
            ["NOT ", "- ", "+", "CASE WHEN ", "f(", "ARRAY[", "EXISTS (", "score > 1 OR NOT ", "1 IN ("]
        {
            let deepest = deep.repeat(LONGEST / deep.len() - 1);
            // No stack is enough for everything: what is too deep is told, not tried.
            assert!(message(&deepest).starts_with("cannot use `--eligible`: "));
            assert!(message(&(deepest + "1")).starts_with("cannot use `--eligible`: "));
        }
        assert!(
            message(&"score > 1 AND ".repeat(300)).contains("it has 4200 bytes; at most 4000 are expected")
        );
        assert!(
            message(&format!("score > 0{}", "+1".repeat(1900)))
                .contains("it has 1901 operators; at most 200")
        );
        assert_eq!(holds(&format!("{}score > 50", "score > 1 OR ".repeat(99))), "013");
        assert_eq!(holds(&format!("score > 0{}", "+1".repeat(190))), "");
        assert_eq!(holds(&format!("score IN ({}10)", "1, ".repeat(1300))), "3");
    }

    #[test]
    fn only_columns_are_columns() {
        let columns =
            |text: &str| Formula::parse(text, "--cost").unwrap().columns().into_iter().collect::<Vec<_>>();
        assert_eq!(columns("score + \"a b\" > 1 AND tier IN ('x', name)"), ["a b", "name", "score", "tier"]);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[a-z0-9 ()'\"=<>%_,.+*/-]{0,80}|(score|tier|AND|OR|NOT|IN|BETWEEN|'x'|1|[(),=<>+ -]){0,20}") {
            if let Ok(formula) = Formula::parse(&text, "--eligible") {
                let _ = formula.columns();
                let _ = formula.truths(&table());
                let _ = formula.numbers(&table());
            }
        }

        #[test]
        fn like_is_as_a_dull_matcher_has_it(text in "[ab%]{0,8}", pattern in "[ab%_]{0,6}") {
            fn dull(text: &[char], pattern: &[char]) -> bool {
                match pattern.split_first() {
                    None => text.is_empty(),
                    Some(('%', rest)) => (0..=text.len()).any(|held| dull(&text[held..], rest)),
                    Some((letter, rest)) => {
                        text.first().is_some_and(|first| *letter == '_' || first == letter) && dull(&text[1..], rest)
                    }
                }
            }
            let (text, pattern) = (folded(&text, false), folded(&pattern, false));
            prop_assert_eq!(is_like(&text, &pattern), dull(&text, &pattern));
        }
    }
}

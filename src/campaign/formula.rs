//! Conditions and figures over the columns of a run's scores, written as in SQL.

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
/// The maximum number of operators in a formula: each operator may nest in another, and every level takes stack.
const MOST_OPERATORS: usize = 200;
const SUPPORTED: &str =
    "columns, numbers, 'text', comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL and + - * / are";

/// A formula that is parsed and not yet bound to a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Formula {
    /// The command-line option of the formula, for messages.
    option: &'static str,
    expr: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TermType {
    Truth,
    Number,
    Text,
    /// `NULL`, which fits any type.
    Null,
}

impl TermType {
    const fn words(self) -> &'static str {
        match self {
            Self::Truth => "a condition",
            Self::Number => "a number",
            Self::Text => "text",
            Self::Null => "NULL",
        }
    }
}

/// The value of a term in one row.
#[derive(Clone, Copy, Debug, PartialEq)]
enum TermValue<'t> {
    Truth(bool),
    Number(f64),
    Text(&'t str),
    /// Unknown: SQL's `NULL`.
    Null,
}

/// A part of a formula, bound to the columns of a table.
enum Term<'t> {
    Column(&'t ColumnData),
    Constant(TermValue<'t>),
    Not(Box<Term<'t>>),
    Negative(Box<Term<'t>>),
    Both(Box<Term<'t>>, Box<Term<'t>>),
    Either(Box<Term<'t>>, Box<Term<'t>>),
    Compare(Box<Term<'t>>, Op, Box<Term<'t>>),
    Calculate(Box<Term<'t>>, Op, Box<Term<'t>>),
    Within(Box<Term<'t>>, Vec<Term<'t>>),
    Like { text: Box<Term<'t>>, pattern: Vec<char>, any_case: bool },
    IsNull(Box<Term<'t>>),
    Is(Box<Term<'t>>, bool),
}

impl Formula {
    /// Parses the text that was given for `option`.
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
            return Err(fault(format!("unexpected `{rest}` at character {at}")));
        }
        Ok(Self { option, expr })
    }

    pub(super) fn columns(&self) -> BTreeSet<String> {
        let mut columns = BTreeSet::new();
        // Unsupported parts are refused later, when the formula is bound to a table.
        let _ = Binder {
            option: self.option,
            column: &mut |ident: &Ident| {
                columns.insert(ident.value.clone());
                Ok((Term::Constant(TermValue::Null), TermType::Null))
            },
        }
        .part(&self.expr);
        columns
    }

    /// Whether the condition holds, for each row; an unknown result counts as false.
    pub(super) fn truths(&self, table: &Table) -> Result<Vec<bool>, CampaignError> {
        let (part, kind) = self.bind(table)?;
        if !matches!(kind, TermType::Truth | TermType::Null) {
            return Err(
                self.fault(format!("it is {}; a condition such as `score > 90` is expected", kind.words()))
            );
        }
        let rows = 0..table.row_count();
        Ok(rows.into_par_iter().map(|row| part.value(row) == TermValue::Truth(true)).collect())
    }

    /// The number of each row; none where it is unknown.
    pub(super) fn numbers(&self, table: &Table) -> Result<Vec<Option<f64>>, CampaignError> {
        let (part, kind) = self.bind(table)?;
        if !matches!(kind, TermType::Number | TermType::Null) {
            return Err(self.fault(format!("it is {}; a number such as `value` is expected", kind.words())));
        }
        let number = |row| match part.value(row) {
            TermValue::Number(number) if number.is_finite() => Some(number),
            _ => None,
        };
        Ok((0..table.row_count()).into_par_iter().map(number).collect())
    }

    fn bind<'t>(&'t self, table: &'t Table) -> Result<(Term<'t>, TermType), CampaignError> {
        let column = &mut |ident: &Ident| {
            let name = ident.value.as_str();
            let data =
                table.column(name).ok_or_else(|| self.fault(format!("there is no column `{name}`")))?;
            Ok((Term::Column(data), kind_of(data)))
        };
        Binder { option: self.option, column }.part(&self.expr)
    }

    fn fault(&self, why: String) -> CampaignError {
        CampaignError::Formula { option: self.option, why, nearest: None }
    }

    pub(super) fn unknown_column(&self, name: &str, known: &[String]) -> CampaignError {
        let nearest = text::nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
        let why = format!("the run's scores have no column `{}`", text::harmless(name));
        CampaignError::Formula { option: self.option, why, nearest }
    }
}

/// How many operators and keywords a text has: an upper bound on the depth to which its parts can nest.
fn operators(text: &str) -> Result<usize, ParserError> {
    let tokens = Tokenizer::new(&GenericDialect {}, text).tokenize()?;
    let is_plain = |token: &Token| match token {
        Token::Word(word) => word.keyword == Keyword::NoKeyword,
        // The parser itself limits how deep parentheses can nest.
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

fn kind_of(data: &ColumnData) -> TermType {
    match data {
        ColumnData::Text(_) | ColumnData::OptionalText(_) => TermType::Text,
        ColumnData::Bool(_) => TermType::Truth,
        _ => TermType::Number,
    }
}

type TypedTerm<'t> = Result<(Term<'t>, TermType), CampaignError>;

/// Turns expressions into terms; `column` resolves the name of a column.
struct Binder<'r, 't> {
    option: &'static str,
    column: &'r mut dyn FnMut(&Ident) -> TypedTerm<'t>,
}

impl<'t> Binder<'_, 't> {
    fn part(&mut self, expr: &'t Expr) -> TypedTerm<'t> {
        match expr {
            Expr::Nested(inner) => self.part(inner),
            Expr::Identifier(ident) => (self.column)(ident),
            Expr::Value(value) => self.constant(&value.value),
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
                Ok((Term::Not(self.typed(expr, TermType::Truth)?), TermType::Truth))
            }
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => {
                Ok((Term::Negative(self.typed(expr, TermType::Number)?), TermType::Number))
            }
            Expr::UnaryOp { op: UnaryOperator::Plus, expr } => {
                self.typed(expr, TermType::Number).map(|part| (*part, TermType::Number))
            }
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right),
            Expr::Between { expr, negated, low, high } => {
                let from = self.compare(expr, Op::GtEq, low)?;
                let to = self.compare(expr, Op::LtEq, high)?;
                Ok(condition(*negated, Term::Both(from.into(), to.into())))
            }
            Expr::InList { expr, list, negated } => {
                let (part, kind) = self.part(expr)?;
                let list = list.iter().map(|item| self.typed(item, kind).map(|item| *item));
                let list = list.collect::<Result<_, _>>()?;
                Ok(condition(*negated, Term::Within(part.into(), list)))
            }
            Expr::Like { negated, any: false, expr, pattern, escape_char: None } => {
                self.like(*negated, expr, pattern, false)
            }
            Expr::ILike { negated, any: false, expr, pattern, escape_char: None } => {
                self.like(*negated, expr, pattern, true)
            }
            Expr::IsNull(inner) | Expr::IsUnknown(inner) => self.is_null(inner, false),
            Expr::IsNotNull(inner) | Expr::IsNotUnknown(inner) => self.is_null(inner, true),
            Expr::IsTrue(inner) => self.is(inner, true, false),
            Expr::IsNotTrue(inner) => self.is(inner, true, true),
            Expr::IsFalse(inner) => self.is(inner, false, false),
            Expr::IsNotFalse(inner) => self.is(inner, false, true),
            other => Err(self.unsupported(other)),
        }
    }

    fn constant(&self, literal: &'t Literal) -> TypedTerm<'t> {
        Ok(match literal {
            Literal::Number(text, _) => match text.parse() {
                Ok(number) => (Term::Constant(TermValue::Number(number)), TermType::Number),
                Err(_) => return Err(self.fault(format!("`{text}` is not a number"))),
            },
            Literal::SingleQuotedString(text) => (Term::Constant(TermValue::Text(text)), TermType::Text),
            Literal::Boolean(truth) => (Term::Constant(TermValue::Truth(*truth)), TermType::Truth),
            Literal::Null => (Term::Constant(TermValue::Null), TermType::Null),
            other => return Err(self.fault(format!("`{other}` is not supported; {SUPPORTED}"))),
        })
    }

    fn binary(&mut self, left: &'t Expr, op: &Op, right: &'t Expr) -> TypedTerm<'t> {
        match op {
            Op::And | Op::Or => {
                let (left, right) = (self.typed(left, TermType::Truth)?, self.typed(right, TermType::Truth)?);
                let part = if *op == Op::And { Term::Both(left, right) } else { Term::Either(left, right) };
                Ok((part, TermType::Truth))
            }
            Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => {
                Ok((self.compare(left, op.clone(), right)?, TermType::Truth))
            }
            Op::Plus | Op::Minus | Op::Multiply | Op::Divide => {
                let (left, right) =
                    (self.typed(left, TermType::Number)?, self.typed(right, TermType::Number)?);
                Ok((Term::Calculate(left, op.clone(), right), TermType::Number))
            }
            other => Err(self.fault(format!("`{other}` is not supported; {SUPPORTED}"))),
        }
    }

    fn compare(&mut self, left: &'t Expr, op: Op, right: &'t Expr) -> Result<Term<'t>, CampaignError> {
        let (part, kind) = self.part(left)?;
        let right = match kind {
            TermType::Null => self.part(right)?.0.into(),
            kind => self.typed(right, kind)?,
        };
        Ok(Term::Compare(part.into(), op, right))
    }

    fn like(&mut self, negated: bool, text: &'t Expr, pattern: &'t Expr, any_case: bool) -> TypedTerm<'t> {
        let (text, pattern) = (self.typed(text, TermType::Text)?, self.typed(pattern, TermType::Text)?);
        let Term::Constant(TermValue::Text(pattern)) = *pattern else {
            return Err(self.fault("LIKE needs text in single quotes".to_owned()));
        };
        let pattern = folded(pattern, any_case);
        Ok(condition(negated, Term::Like { text, pattern, any_case }))
    }

    fn is_null(&mut self, inner: &'t Expr, negated: bool) -> TypedTerm<'t> {
        let (part, _) = self.part(inner)?;
        Ok(condition(negated, Term::IsNull(part.into())))
    }

    fn is(&mut self, inner: &'t Expr, truth: bool, negated: bool) -> TypedTerm<'t> {
        let term = self.typed(inner, TermType::Truth)?;
        Ok(condition(negated, Term::Is(term, truth)))
    }

    fn typed(&mut self, expr: &'t Expr, kind: TermType) -> Result<Box<Term<'t>>, CampaignError> {
        let (part, found) = self.part(expr)?;
        if found == kind || found == TermType::Null || kind == TermType::Null {
            return Ok(part.into());
        }
        let (shown, found, kind) = (text::harmless(&expr.to_string()), found.words(), kind.words());
        Err(self.fault(format!("`{shown}` is {found}; {kind} is expected there")))
    }

    fn unsupported(&self, expr: &Expr) -> CampaignError {
        let (shown, at) = (text::harmless(&expr.to_string()), expr.span().start.column);
        let place = if at == 0 { String::new() } else { format!(" at character {at}") };
        self.fault(format!("`{shown}`{place} is not supported; {SUPPORTED}"))
    }

    fn fault(&self, why: String) -> CampaignError {
        CampaignError::Formula { option: self.option, why, nearest: None }
    }
}

/// Returns the condition `term`, or its negation.
fn condition(negated: bool, term: Term<'_>) -> (Term<'_>, TermType) {
    (if negated { Term::Not(term.into()) } else { term }, TermType::Truth)
}

impl Term<'_> {
    fn value(&self, row: usize) -> TermValue<'_> {
        match self {
            Self::Column(data) => at(data, row),
            Self::Constant(value) => *value,
            Self::Not(part) => match part.value(row) {
                TermValue::Truth(truth) => TermValue::Truth(!truth),
                _ => TermValue::Null,
            },
            Self::Negative(part) => match part.value(row) {
                TermValue::Number(number) => TermValue::Number(-number),
                _ => TermValue::Null,
            },
            Self::Both(left, right) => joined(left.value(row), right, row, false),
            Self::Either(left, right) => joined(left.value(row), right, row, true),
            Self::Compare(left, op, right) => truth(compared(left.value(row), op, right.value(row))),
            Self::Calculate(left, op, right) => calculated(left.value(row), op, right.value(row)),
            Self::Within(part, list) => {
                let value = part.value(row);
                let equal = || list.iter().map(|item| compared(value, &Op::Eq, item.value(row)));
                // As in SQL, the result is unknown if no item is equal and an item is unknown, because that item may be
                // equal.
                truth(if equal().any(|equal| equal == Some(true)) {
                    Some(true)
                } else {
                    equal().all(|equal| equal.is_some()).then_some(false)
                })
            }
            Self::Like { text, pattern, any_case } => match text.value(row) {
                TermValue::Text(text) => TermValue::Truth(is_like(&folded(text, *any_case), pattern)),
                _ => TermValue::Null,
            },
            Self::IsNull(part) => TermValue::Truth(part.value(row) == TermValue::Null),
            Self::Is(part, truth) => TermValue::Truth(part.value(row) == TermValue::Truth(*truth)),
        }
    }
}

fn at(data: &ColumnData, row: usize) -> TermValue<'_> {
    let number = |value: Option<f64>| value.map_or(TermValue::Null, TermValue::Number);
    match data {
        ColumnData::Text(values) => TermValue::Text(&values[row]),
        ColumnData::OptionalText(values) => values[row].as_deref().map_or(TermValue::Null, TermValue::Text),
        ColumnData::F64(values) => TermValue::Number(values[row]),
        ColumnData::OptionalF64(values) => number(values[row]),
        ColumnData::U64(values) => TermValue::Number(values[row] as f64),
        ColumnData::U32(values) => TermValue::Number(values[row].into()),
        ColumnData::OptionalU32(values) => number(values[row].map(f64::from)),
        ColumnData::OptionalI64(values) => number(values[row].map(|value| value as f64)),
        ColumnData::Bool(values) => TermValue::Truth(values[row]),
    }
}

fn truth<'t>(known: Option<bool>) -> TermValue<'t> {
    known.map_or(TermValue::Null, TermValue::Truth)
}

/// Three-valued logic: `OR` where `decides` is true, `AND` where it is false.
fn joined<'t>(left: TermValue<'_>, right: &Term<'_>, row: usize, decides: bool) -> TermValue<'t> {
    if left == TermValue::Truth(decides) {
        return TermValue::Truth(decides);
    }
    match (left, right.value(row)) {
        (_, TermValue::Truth(right)) if right == decides => TermValue::Truth(decides),
        (TermValue::Truth(_), TermValue::Truth(_)) => TermValue::Truth(!decides),
        _ => TermValue::Null,
    }
}

fn compared(left: TermValue<'_>, op: &Op, right: TermValue<'_>) -> Option<bool> {
    let order = match (left, right) {
        (TermValue::Number(left), TermValue::Number(right)) => left.partial_cmp(&right)?,
        (TermValue::Text(left), TermValue::Text(right)) => left.cmp(right),
        (TermValue::Truth(left), TermValue::Truth(right)) => left.cmp(&right),
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

/// Arithmetic; a division by zero gives `NULL`.
fn calculated<'t>(left: TermValue<'_>, op: &Op, right: TermValue<'_>) -> TermValue<'t> {
    let (TermValue::Number(left), TermValue::Number(right)) = (left, right) else {
        return TermValue::Null;
    };
    let number = match op {
        Op::Plus => left + right,
        Op::Minus => left - right,
        Op::Multiply => left * right,
        _ => left / right,
    };
    if number.is_finite() { TermValue::Number(number) } else { TermValue::Null }
}

fn folded(text: &str, any_case: bool) -> Vec<char> {
    if any_case { text.to_lowercase().chars().collect() } else { text.chars().collect() }
}

/// Whether `text` matches the pattern: `%` stands for any characters, `_` for one.
fn is_like(text: &[char], pattern: &[char]) -> bool {
    // `star` holds the position of the last `%`, and the position in the text after the characters that this `%`
    // matches.
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
            // A comparison with NULL is unknown, and so is its negation.
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
    fn bad_formulas_are_explained() {
        let message = |text: &str| match Formula::parse(text, "--eligible") {
            Err(error) => error.to_string(),
            Ok(formula) => formula.truths(&table()).unwrap_err().to_string(),
        };
        for (text, why) in [
            ("", "Expected: an expression"),
            ("score >", "Expected: an expression"),
            ("score > 1 score", "unexpected `score` at character 11"),
            ("score > 1; DROP TABLE x", "unexpected `;`"),
            ("score", "it is a number; a condition such as `score > 90` is expected"),
            ("tier = 1", "`1` is a number; text is expected there"),
            ("score = 'x'", "`'x'` is text; a number is expected there"),
            ("tier AND suspect", "`tier` is text; a condition is expected there"),
            ("lower(tier) = 'star'", "is not supported; columns, numbers"),
            ("score IN (SELECT 1)", "is not supported"),
            ("score % 2 = 0", "`%` is not supported"),
            ("tire = 'star'", "there is no column `tire`"),
            ("tier = \"star\"", "there is no column `star`"),
            ("name LIKE tier", "LIKE needs text in single quotes"),
            ("name LIKE 'a' ESCAPE 'b'", "is not supported"),
            ("'open", "Unterminated string literal"),
        ] {
            assert!(message(text).contains(why), "{text}: {}", message(text));
        }
        assert!(message(&"(".repeat(500)).contains("nested too deeply"));
        for deep in
            ["NOT ", "- ", "+", "CASE WHEN ", "f(", "ARRAY[", "EXISTS (", "score > 1 OR NOT ", "1 IN ("]
        {
            let deepest = deep.repeat(LONGEST / deep.len() - 1);
            // Formulas that are too deep for the stack are refused before they are parsed.
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
        fn like_matches_as_a_recursive_matcher_does(text in "[ab%]{0,8}", pattern in "[ab%_]{0,6}") {
            fn matches(text: &[char], pattern: &[char]) -> bool {
                match pattern.split_first() {
                    None => text.is_empty(),
                    Some(('%', rest)) => (0..=text.len()).any(|held| matches(&text[held..], rest)),
                    Some((letter, rest)) => {
                        text.first().is_some_and(|first| *letter == '_' || first == letter) && matches(&text[1..], rest)
                    }
                }
            }
            let (text, pattern) = (folded(&text, false), folded(&pattern, false));
            prop_assert_eq!(is_like(&text, &pattern), matches(&text, &pattern));
        }
    }
}

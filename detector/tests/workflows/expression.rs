//! GitHub's expressions, as far as our workflows use them: how they are read.
//!
//! What is not known here is an error that fails the test, never a guess.

use serde_json::Value;

/// An expression, read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    /// `'text'`, `12`, `true`, `null`.
    Literal(Value),
    /// `github`, `matrix`: the beginning of a path.
    Context(String),
    /// `a.b`.
    Member(Box<Expression>, String),
    /// `a[b]`.
    Index(Box<Expression>, Box<Expression>),
    /// `a.*`.
    Every(Box<Expression>),
    /// `contains(a, b)`.
    Call(String, Vec<Expression>),
    /// `!a`.
    Not(Box<Expression>),
    /// `a == b` and the like.
    Binary(Operator, Box<Expression>, Box<Expression>),
}

/// What stands between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    Unequal,
    And,
    Or,
}

/// A piece of a text that may hold expressions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    Text(String),
    Expression(Expression),
}

/// Reads what stands between `${{` and `}}`.
pub(crate) fn parse(text: &str) -> Result<Expression, String> {
    let mut reader = Reader { tokens: tokens(text)?, next: 0 };
    let expression = reader.or()?;
    match reader.peek() {
        None => Ok(expression),
        Some(token) => Err(format!("{token:?} is not expected in {text:?}")),
    }
}

/// The pieces of a text such as `nightly-${{ matrix.platform }}`.
pub(crate) fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        let end = end_of_expression(after).ok_or_else(|| format!("${{{{ has no }}}} in {text:?}"))?;
        pieces.push(Piece::Expression(parse(&after[..end])?));
        rest = &after[end + 2..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Ok(pieces)
}

/// Where the first `}}` outside of a text literal stands.
fn end_of_expression(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, letter)| {
        quoted ^= letter == '\'';
        (!quoted && text[at..].starts_with("}}")).then_some(at)
    })
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Literal(Value),
    Name(String),
    Mark(&'static str),
}

const MARKS: [&str; 12] = ["==", "!=", "&&", "||", "!", "(", ")", "[", "]", ",", ".", "*"];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length;
        if first == '\'' {
            let (literal, taken) = quoted(rest).ok_or_else(|| format!("a text has no end in {text:?}"))?;
            tokens.push(Token::Literal(Value::String(literal)));
            length = taken;
        } else if first.is_ascii_digit() {
            length = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(rest.len());
            let number = serde_json::from_str(&rest[..length]);
            tokens.push(Token::Literal(number.map_err(|_| format!("{:?} is no number", &rest[..length]))?));
        } else if first.is_ascii_alphabetic() || first == '_' {
            let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
            length = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
            tokens.push(match &rest[..length] {
                "true" => Token::Literal(Value::Bool(true)),
                "false" => Token::Literal(Value::Bool(false)),
                "null" => Token::Literal(Value::Null),
                name => Token::Name(name.to_owned()),
            });
        } else if let Some(mark) = MARKS.into_iter().find(|mark| rest.starts_with(mark)) {
            tokens.push(Token::Mark(mark));
            length = mark.len();
        } else {
            return Err(format!("{first:?} is not known in {text:?}"));
        }
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// The text literal that `rest` begins with, and its length; two quotes in it are one.
fn quoted(rest: &str) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '\'' {
            text.push(letter);
        } else if letters.next_if(|&(_, next)| next == '\'').is_some() {
            text.push('\'');
        } else {
            return Some((text, at + 1));
        }
    }
    None
}

struct Reader {
    tokens: Vec<Token>,
    next: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    /// Takes the mark where it comes next.
    fn took(&mut self, mark: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Token::Mark(next)) if *next == mark);
        self.next += usize::from(is_next);
        is_next
    }

    fn need(&mut self, mark: &str) -> Result<(), String> {
        if self.took(mark) { Ok(()) } else { Err(format!("{mark:?} was expected, not {:?}", self.peek())) }
    }

    fn or(&mut self) -> Result<Expression, String> {
        let mut left = self.and()?;
        while self.took("||") {
            left = Expression::Binary(Operator::Or, Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression, String> {
        let mut left = self.equality()?;
        while self.took("&&") {
            left = Expression::Binary(Operator::And, Box::new(left), Box::new(self.equality()?));
        }
        Ok(left)
    }

    fn equality(&mut self) -> Result<Expression, String> {
        let mut left = self.not()?;
        loop {
            let operator = match () {
                () if self.took("==") => Operator::Equal,
                () if self.took("!=") => Operator::Unequal,
                () => return Ok(left),
            };
            left = Expression::Binary(operator, Box::new(left), Box::new(self.not()?));
        }
    }

    fn not(&mut self) -> Result<Expression, String> {
        if self.took("!") { Ok(Expression::Not(Box::new(self.not()?))) } else { self.path() }
    }

    fn path(&mut self) -> Result<Expression, String> {
        let mut found = self.beginning()?;
        loop {
            if self.took(".") {
                found = if self.took("*") {
                    Expression::Every(Box::new(found))
                } else {
                    Expression::Member(Box::new(found), self.name()?)
                };
            } else if self.took("[") {
                found = Expression::Index(Box::new(found), Box::new(self.or()?));
                self.need("]")?;
            } else {
                return Ok(found);
            }
        }
    }

    fn name(&mut self) -> Result<String, String> {
        match self.peek().cloned() {
            Some(Token::Name(name)) => {
                self.next += 1;
                Ok(name)
            }
            other => Err(format!("a name was expected, not {other:?}")),
        }
    }

    fn beginning(&mut self) -> Result<Expression, String> {
        if self.took("(") {
            let inner = self.or()?;
            self.need(")")?;
            return Ok(inner);
        }
        if let Some(Token::Literal(value)) = self.peek().cloned() {
            self.next += 1;
            return Ok(Expression::Literal(value));
        }
        let name = self.name()?;
        if !self.took("(") {
            return Ok(Expression::Context(name));
        }
        let mut arguments = Vec::new();
        while !self.took(")") {
            if !arguments.is_empty() {
                self.need(",")?;
            }
            arguments.push(self.or()?);
        }
        Ok(Expression::Call(name, arguments))
    }
}

mod tests {
    use super::*;

    #[test]
    fn and_binds_closer_than_or_and_not_closer_than_both() {
        let flat = parse("!a && b || c == 'd'");
        assert_eq!(flat, parse("((!a) && b) || (c == 'd')"));
        assert_ne!(flat, parse("!(a && b) || c == 'd'"));
        assert_ne!(flat, parse("(!a) && (b || c == 'd')"));
    }

    #[test]
    fn a_name_may_have_a_hyphen_and_a_path_an_index() {
        assert_eq!(parse("needs.plan-it['outputs'].matrix"), {
            let job = Expression::Member(Box::new(Expression::Context("needs".to_owned())), "plan-it".to_owned());
            let outputs = Expression::Index(Box::new(job), Box::new(Expression::Literal(Value::from("outputs"))));
            Ok(Expression::Member(Box::new(outputs), "matrix".to_owned()))
        });
    }

    #[test]
    fn a_text_may_hold_a_quote_and_the_end_of_an_expression() {
        let found = pieces("a ${{ 'it''s }} this' }} b");
        let literal = Expression::Literal(Value::from("it's }} this"));
        assert_eq!(
            found,
            Ok(vec![Piece::Text("a ".to_owned()), Piece::Expression(literal), Piece::Text(" b".to_owned())])
        );
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for text in ["a < b", "a b", "a.", "'open", "a ? b", "contains(a b)", "(a", "1.2.3"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_expression_without_an_end_is_refused() {
        assert!(pieces("${{ github.sha }").is_err());
    }
}

//! GitHub's expressions, as far as our workflows use them: what they are worth.

use std::{cmp::Ordering, collections::BTreeMap};

use serde_json::Value;

use crate::expression::{self, Expression, Operator, Piece};

/// How things stand before a job or a step, for `success()` and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// All went well.
    Good,
    /// Something before it failed.
    Failed,
    /// Something before it did not run, and nothing failed.
    Skipped,
}

/// What an expression can see.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    /// `github`, `matrix`, …
    pub(crate) contexts: BTreeMap<&'static str, Value>,
    /// How things stand.
    pub(crate) standing: Standing,
}

/// Where a key that is not there is null, as on GitHub, since what stands there depends on the event or the step; `*` is any
/// name. Elsewhere such a key is a slip of the pen, and an error.
const OPEN: [&[&str]; 3] = [&["github", "event"], &["steps", "*", "outputs"], &["vars"]];

/// A value on its way through a path.
struct Found {
    value: Value,
    /// The names that led to it, where it is of a context.
    path: Option<Vec<String>>,
    /// Whether a `.*` came before, after which a member is taken of each item.
    each: bool,
}

impl Found {
    fn computed(value: Value) -> Self {
        Self { value, path: None, each: false }
    }
}

impl Scope {
    /// The text of a scalar in which expressions may stand.
    pub(crate) fn text(&self, scalar: &Value) -> Result<String, String> {
        self.value(scalar).map(|value| text_of(&value))
    }

    /// The value of a scalar: that of its expression where it is nothing else, else a text.
    pub(crate) fn value(&self, scalar: &Value) -> Result<Value, String> {
        let Value::String(text) = scalar else { return Ok(scalar.clone()) };
        let pieces = expression::pieces(text)?;
        if let [Piece::Expression(whole)] = pieces.as_slice() {
            return self.evaluate(whole);
        }
        let mut joined = String::new();
        for piece in &pieces {
            match piece {
                Piece::Text(text) => joined.push_str(text),
                Piece::Expression(expression) => joined.push_str(&text_of(&self.evaluate(expression)?)),
            }
        }
        Ok(Value::String(joined))
    }

    /// Whether an `if:` holds. Without a word on how things stand it holds only where all went well.
    pub(crate) fn holds(&self, condition: Option<&Value>) -> Result<bool, String> {
        let Some(condition) = condition else { return Ok(self.standing == Standing::Good) };
        let text = text_of(condition);
        let trimmed = text.trim();
        let inner = trimmed.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")).unwrap_or(trimmed);
        if inner.contains("${{") {
            return Err(format!("the condition {text:?} is always true: it mixes text with an expression"));
        }
        let expression = expression::parse(inner)?;
        if !asks_how_things_stand(&expression) && self.standing != Standing::Good {
            return Ok(false);
        }
        self.evaluate(&expression).map(|value| is_true(&value))
    }

    /// What an expression is worth.
    pub(crate) fn evaluate(&self, expression: &Expression) -> Result<Value, String> {
        self.find(expression).map(|found| found.value)
    }

    fn find(&self, expression: &Expression) -> Result<Found, String> {
        match expression {
            Expression::Literal(value) => Ok(Found::computed(value.clone())),
            Expression::Context(name) => {
                let value = self.contexts.get(name.as_str()).cloned();
                let value = value.ok_or_else(|| format!("there is no context {name} here"))?;
                Ok(Found { value, path: Some(vec![name.clone()]), each: false })
            }
            Expression::Member(of, name) => member(self.find(of)?, name),
            Expression::Index(of, index) => match self.evaluate(index)? {
                Value::String(name) => member(self.find(of)?, &name),
                other => Err(format!("an index that is no text is not known: {other}")),
            },
            Expression::Every(of) => {
                let found = self.find(of)?;
                let items = match found.value {
                    Value::Array(items) => items,
                    Value::Object(map) => map.into_iter().map(|(_, item)| item).collect(),
                    Value::Null => Vec::new(),
                    other => return Err(format!(".* of {other}")),
                };
                Ok(Found { value: Value::Array(items), path: found.path, each: true })
            }
            Expression::Not(inner) => Ok(Found::computed(Value::Bool(!is_true(&self.evaluate(inner)?)))),
            Expression::Binary(operator, left, right) => {
                let left = self.evaluate(left)?;
                let value = match operator {
                    Operator::And if !is_true(&left) => left,
                    Operator::Or if is_true(&left) => left,
                    Operator::And | Operator::Or => self.evaluate(right)?,
                    Operator::Equal => Value::Bool(are_equal(&left, &self.evaluate(right)?)?),
                    Operator::Unequal => Value::Bool(!are_equal(&left, &self.evaluate(right)?)?),
                };
                Ok(Found::computed(value))
            }
            Expression::Call(name, arguments) => {
                let values: Vec<Value> =
                    arguments.iter().map(|argument| self.evaluate(argument)).collect::<Result<_, _>>()?;
                self.call(name, &values).map(Found::computed)
            }
        }
    }

    fn call(&self, name: &str, arguments: &[Value]) -> Result<Value, String> {
        match (name, arguments) {
            ("always", []) => Ok(Value::Bool(true)),
            // No test cancels a run.
            ("cancelled", []) => Ok(Value::Bool(false)),
            ("success", []) => Ok(Value::Bool(self.standing == Standing::Good)),
            ("failure", []) => Ok(Value::Bool(self.standing == Standing::Failed)),
            ("contains", [Value::Array(items), what]) => {
                for item in items {
                    if are_equal(item, what)? {
                        return Ok(Value::Bool(true));
                    }
                }
                Ok(Value::Bool(false))
            }
            ("contains", [whole, part]) => {
                Ok(Value::Bool(text_of(whole).to_lowercase().contains(&text_of(part).to_lowercase())))
            }
            ("startsWith", [whole, part]) => {
                Ok(Value::Bool(text_of(whole).to_lowercase().starts_with(&text_of(part).to_lowercase())))
            }
            ("format", [form, values @ ..]) => format(&text_of(form), values).map(Value::String),
            ("join", [Value::Array(items), between]) => {
                let items: Vec<String> = items.iter().map(text_of).collect();
                Ok(Value::String(items.join(&text_of(between))))
            }
            ("toJSON", [value]) => Ok(Value::String(serde_json::to_string_pretty(value).expect("a value has a JSON"))),
            ("fromJSON", [Value::String(text)]) => {
                serde_json::from_str(text).map_err(|error| format!("fromJSON({text:?}): {error}"))
            }
            _ => Err(format!("{name}() of {} arguments is not known", arguments.len())),
        }
    }
}

/// The member `name` of what was found, or of each of its items after a `.*`.
fn member(found: Found, name: &str) -> Result<Found, String> {
    let Found { value, path, each } = found;
    if each {
        let Value::Array(items) = value else { return Err(format!("{name} of each of what is no list")) };
        let members = items.iter().filter_map(|item| item.get(name).cloned()).collect();
        return Ok(Found { value: Value::Array(members), path, each });
    }
    let missing = || {
        let is_open = path.as_ref().is_some_and(|path| is_open(path));
        if is_open { Ok(Value::Null) } else { Err(format!("there is no {name} in {path:?}: {value}")) }
    };
    let next = match &value {
        Value::Object(map) => map.get(name).cloned().map_or_else(missing, Ok)?,
        _ => missing()?,
    };
    let path = path.map(|mut path| {
        path.push(name.to_owned());
        path
    });
    Ok(Found { value: next, path, each })
}

/// Whether a key that is not there is null below `path`.
fn is_open(path: &[String]) -> bool {
    OPEN.iter().any(|open| {
        path.len() >= open.len() && open.iter().zip(path).all(|(&wanted, name)| wanted == "*" || wanted == name)
    })
}

fn asks_how_things_stand(expression: &Expression) -> bool {
    match expression {
        Expression::Literal(_) | Expression::Context(_) => false,
        Expression::Member(of, _) | Expression::Every(of) | Expression::Not(of) => asks_how_things_stand(of),
        Expression::Index(left, right) | Expression::Binary(_, left, right) => {
            asks_how_things_stand(left) || asks_how_things_stand(right)
        }
        Expression::Call(name, arguments) => {
            matches!(name.as_str(), "always" | "cancelled" | "success" | "failure")
                || arguments.iter().any(asks_how_things_stand)
        }
    }
}

/// Whether GitHub takes a value for true.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// GitHub compares texts without regard to case, and values of two kinds as numbers.
fn are_equal(left: &Value, right: &Value) -> Result<bool, String> {
    match (left, right) {
        (Value::Array(_) | Value::Object(_), _) | (_, Value::Array(_) | Value::Object(_)) => {
            Err(format!("a list or a map is compared: {left} and {right}"))
        }
        (Value::String(left), Value::String(right)) => Ok(left.to_lowercase() == right.to_lowercase()),
        // What is not a number equals nothing, not even itself.
        (left, right) => Ok(number_of(left).partial_cmp(&number_of(right)) == Some(Ordering::Equal)),
    }
}

/// The number that GitHub makes of a scalar; not a number, which equals nothing, where it cannot.
fn number_of(value: &Value) -> f64 {
    match value {
        Value::Null => 0.0,
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN),
        Value::String(text) if text.trim().is_empty() => 0.0,
        Value::String(text) => text.trim().parse().unwrap_or(f64::NAN),
        Value::Array(_) | Value::Object(_) => f64::NAN,
    }
}

/// The text that GitHub makes of a value.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(_) => "Array".to_owned(),
        Value::Object(_) => "Object".to_owned(),
    }
}

/// `format('{0} of {1}', a, b)`.
fn format(form: &str, values: &[Value]) -> Result<String, String> {
    let mut text = form.to_owned();
    for (index, value) in values.iter().enumerate() {
        let place = format!("{{{index}}}");
        if !text.contains(&place) {
            return Err(format!("format has no {place} in {form:?}"));
        }
        text = text.replace(&place, &text_of(value));
    }
    Ok(text)
}

mod tests {
    use serde_json::json;

    use super::*;

    fn scope(standing: Standing) -> Scope {
        let contexts = BTreeMap::from([
            ("github", json!({ "sha": "c0ffee", "event": { "labels": [{ "name": "Benchmark" }, { "name": "b" }] } })),
            ("inputs", json!({ "profile": null, "update": true })),
            ("steps", json!({ "plan": { "outcome": "success", "outputs": { "matrix": "{\"a\":[1]}" } } })),
        ]);
        Scope { contexts, standing }
    }

    fn worth(text: &str) -> Result<Value, String> {
        scope(Standing::Good).evaluate(&expression::parse(text)?)
    }

    fn check(text: &str, value: Value) {
        assert_eq!(worth(text), Ok(value), "{text}");
    }

    #[test]
    fn and_and_or_are_worth_one_of_their_sides() {
        check("inputs.profile || 'nightly'", json!("nightly"));
        check("inputs.update && 'yes' || 'no'", json!("yes"));
        check("!inputs.update", json!(false));
    }

    #[test]
    fn texts_are_compared_without_regard_to_case_and_other_kinds_as_numbers() {
        check("github.sha == 'C0FFEE'", json!(true));
        check("inputs.update == 'true'", json!(false));
        check("inputs.update == true", json!(true));
        check("null == ''", json!(true));
        check("1 != '1'", json!(false));
    }

    #[test]
    fn a_label_is_found_among_many() {
        check("contains(github.event.labels.*.name, 'benchmark')", json!(true));
        check("contains(github.event.labels.*.name, 'bench')", json!(false));
        check("contains(github.event.pull_request.labels.*.name, 'bench')", json!(false));
    }

    #[test]
    fn json_goes_in_and_out() {
        check("fromJSON(steps.plan.outputs.matrix).a", json!([1]));
        check("toJSON(github.event.none)", json!("null"));
    }

    #[test]
    fn a_missing_key_is_null_where_the_event_or_a_step_decides_and_an_error_elsewhere() {
        check("github.event.pull_request.head.sha", Value::Null);
        check("steps.plan.outputs.none", Value::Null);
        for slip in
            ["github.shaa", "inputs.profil", "steps.plam.outputs.matrix", "matrix.platform", "steps.plan.output"]
        {
            assert!(worth(slip).is_err(), "{slip}");
        }
    }

    #[test]
    fn a_function_that_is_not_known_is_an_error() {
        assert!(worth("hashFiles('a')").is_err());
        assert!(worth("contains('a')").is_err());
    }

    #[test]
    fn a_condition_that_says_nothing_of_how_things_stand_asks_that_all_went_well() {
        let holds = |standing, text: &str| scope(standing).holds(Some(&json!(text)));
        assert_eq!(holds(Standing::Good, "inputs.update"), Ok(true));
        assert_eq!(holds(Standing::Failed, "inputs.update"), Ok(false));
        assert_eq!(holds(Standing::Failed, "${{ !cancelled() && inputs.update }}"), Ok(true));
        assert_eq!(holds(Standing::Skipped, "failure()"), Ok(false));
        assert_eq!(scope(Standing::Skipped).holds(None), Ok(false));
        assert_eq!(scope(Standing::Good).holds(None), Ok(true));
    }

    #[test]
    fn a_condition_that_mixes_text_and_expression_is_refused() {
        assert!(scope(Standing::Good).holds(Some(&json!("${{ inputs.update }} == true"))).is_err());
    }

    #[test]
    fn a_text_around_expressions_is_a_text_and_one_expression_alone_keeps_its_kind() {
        let scope = scope(Standing::Good);
        assert_eq!(scope.value(&json!("at-${{ github.sha }}-${{ inputs.update }}")), Ok(json!("at-c0ffee-true")));
        assert_eq!(scope.value(&json!("${{ inputs.update }}")), Ok(json!(true)));
        assert_eq!(scope.value(&json!(30)), Ok(json!(30)));
    }

    #[test]
    fn format_and_join_make_texts() {
        check("format('{0} of {1}', 1, 'two')", json!("1 of two"));
        check("join(github.event.labels.*.name, '+')", json!("Benchmark+b"));
    }
}

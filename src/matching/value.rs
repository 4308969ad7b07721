//! What metavariables are bound to.

use std::rc::Rc;

use crate::smpl::VarId;

use super::source::Span;

/// What a metavariable holds.
#[derive(Clone, Debug)]
pub enum Value {
    /// A piece of code.
    Code(Rc<Code>),
    /// Places.
    Place(Rc<Place>),
}

/// A piece of code.
#[derive(Clone, Debug)]
pub struct Code {
    /// Its spelling without white space and comments: two pieces with the same key are the same.
    pub key: Vec<u8>,
    /// Its text as it was written.
    pub text: Vec<u8>,
    /// How many elements a list has; 1 otherwise.
    pub count: u32,
    /// Where it was found, in the text of that time.
    pub span: Option<Span>,
    /// For a type around a name, such as an array: what stands behind the name.
    pub suffix: Vec<u8>,
    /// Its type, as far as it is known; only for expressions that another rule may ask about.
    pub ty: Option<Rc<super::types::Ty>>,
}

impl Code {
    /// Code that was made of a text, not found.
    pub fn made(text: &[u8]) -> Self {
        Self {
            key: text.to_vec(),
            text: text.to_vec(),
            count: 1,
            span: None,
            suffix: Vec::new(),
            ty: None,
        }
    }
}

/// A place in a file.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    /// The file.
    pub file: String,
    /// Bytes in the text of the file as the rule saw it.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Line from 1, column from 0, of the begin and of the end.
    pub line: u32,
    /// Column of the begin.
    pub column: u32,
    /// Line of the end.
    pub line_end: u32,
    /// Column of the end.
    pub column_end: u32,
    /// The function around it.
    pub element: String,
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Code(a), Value::Code(b)) => Rc::ptr_eq(a, b) || a.key == b.key,
            (Value::Place(a), Value::Place(b)) => a.start == b.start && a.end == b.end && a.file == b.file,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl std::hash::Hash for Value {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        match self {
            // The ends of long code tell enough: a statement may be a whole function.
            Value::Code(code) => {
                let key = &code.key;
                key.len().hash(state);
                key[..key.len().min(48)].hash(state);
                key[key.len() - key.len().min(48)..].hash(state);
            }
            Value::Place(place) => (place.start, place.end).hash(state),
        }
    }
}

impl Value {
    /// Its text as scripts and regular expressions see it.
    pub fn text(&self) -> &[u8] {
        match self {
            Value::Code(code) => &code.text,
            Value::Place(_) => b"",
        }
    }

    /// Its spelling.
    pub fn key(&self) -> &[u8] {
        match self {
            Value::Code(code) => &code.key,
            Value::Place(_) => b"",
        }
    }
}

/// What is known of a metavariable.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Binding {
    /// It is this.
    Is(Value),
    /// It is none of these.
    IsNot(Vec<Value>),
}

/// The bindings of metavariables, sorted.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Env(Rc<Vec<(VarId, Binding)>>);

impl Env {
    /// What is known of a metavariable.
    pub fn get(&self, var: VarId) -> Option<&Binding> {
        let list = &self.0;
        list.binary_search_by_key(&var, |entry| entry.0)
            .ok()
            .map(|index| &list[index].1)
    }

    /// What a metavariable holds, if it holds something.
    pub fn value(&self, var: VarId) -> Option<&Value> {
        match self.get(var) {
            Some(Binding::Is(value)) => Some(value),
            _ => None,
        }
    }

    /// With one more binding; `None` if it contradicts.
    pub fn bind(&self, var: VarId, value: &Value) -> Option<Env> {
        match self.0.binary_search_by_key(&var, |entry| entry.0) {
            Ok(index) => match &self.0[index].1 {
                Binding::Is(old) => (old == value).then(|| self.clone()),
                Binding::IsNot(list) => {
                    if list.contains(value) {
                        return None;
                    }
                    let mut new = (*self.0).clone();
                    new[index].1 = Binding::Is(value.clone());
                    Some(Env(Rc::new(new)))
                }
            },
            Err(index) => {
                let mut new = (*self.0).clone();
                new.insert(index, (var, Binding::Is(value.clone())));
                Some(Env(Rc::new(new)))
            }
        }
    }

    /// With the knowledge that a metavariable is not this; `None` if it contradicts.
    pub fn forbid(&self, var: VarId, value: &Value) -> Option<Env> {
        match self.0.binary_search_by_key(&var, |entry| entry.0) {
            Ok(index) => match &self.0[index].1 {
                Binding::Is(old) => (old != value).then(|| self.clone()),
                Binding::IsNot(list) if list.contains(value) => Some(self.clone()),
                Binding::IsNot(list) => {
                    let mut list = list.clone();
                    list.push(value.clone());
                    let mut new = (*self.0).clone();
                    new[index].1 = Binding::IsNot(list);
                    Some(Env(Rc::new(new)))
                }
            },
            Err(index) => {
                let mut new = (*self.0).clone();
                new.insert(index, (var, Binding::IsNot(vec![value.clone()])));
                Some(Env(Rc::new(new)))
            }
        }
    }

    /// Without the metavariables that `drop` names.
    pub fn without(&self, drop: impl Fn(VarId) -> bool) -> Env {
        if !self.0.iter().any(|entry| drop(entry.0)) {
            return self.clone();
        }
        Env(Rc::new(
            self.0.iter().filter(|entry| !drop(entry.0)).cloned().collect(),
        ))
    }

    /// The bindings.
    pub fn iter(&self) -> impl Iterator<Item = &(VarId, Binding)> {
        self.0.iter()
    }
}

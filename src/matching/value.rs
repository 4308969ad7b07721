//! What metavariables are bound to.

use std::rc::Rc;

use crate::smpl::VarId;

use super::source::Span;

/// What a metavariable holds.
#[derive(Clone, Debug)]
pub enum Value {
    /// A piece of code.
    Code(Rc<Code>),
    /// Places, in order: where all ways have to match, there may be one on each.
    Places(Rc<[Place]>),
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

impl Place {
    fn is_same(&self, other: &Place) -> bool {
        self.start == other.start && self.end == other.end && self.file == other.file
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Code(a), Value::Code(b)) => Rc::ptr_eq(a, b) || a.key == b.key,
            (Value::Places(a), Value::Places(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.is_same(b))
            }
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
            Value::Places(places) => places
                .iter()
                .for_each(|place| (place.start, place.end).hash(state)),
        }
    }
}

impl Value {
    /// Its text as scripts and regular expressions see it.
    pub fn text(&self) -> &[u8] {
        match self {
            Value::Code(code) => &code.text,
            Value::Places(_) => b"",
        }
    }

    /// Its spelling.
    pub fn key(&self) -> &[u8] {
        match self {
            Value::Code(code) => &code.key,
            Value::Places(_) => b"",
        }
    }

    /// One place.
    pub fn place(place: Place) -> Self {
        Value::Places(Rc::from([place]))
    }

    /// Each place by itself; or the code.
    pub fn each(&self) -> impl Iterator<Item = Value> + '_ {
        let (places, code) = match self {
            Value::Places(places) => (&places[..], None),
            Value::Code(_) => (&[][..], Some(self.clone())),
        };
        places.iter().cloned().map(Value::place).chain(code)
    }

    /// Whether what is found now is what is known, or one of its places.
    fn allows(&self, found: &Value) -> bool {
        match (self, found) {
            (Value::Places(known), Value::Places(found)) => found
                .iter()
                .all(|place| known.iter().any(|known| known.is_same(place))),
            _ => self == found,
        }
    }

    /// The places of both.
    fn with_places(&self, more: &Value) -> Value {
        match (self, more) {
            (Value::Places(some), Value::Places(others)) => {
                let mut all: Vec<Place> = some.iter().chain(others.iter()).cloned().collect();
                sort_places(&mut all);
                Value::Places(all.into())
            }
            _ => self.clone(),
        }
    }
}

fn sort_places(places: &mut Vec<Place>) {
    places.sort_by(|a, b| (a.start, a.end, &a.file).cmp(&(b.start, b.end, &b.file)));
    places.dedup_by(|a, b| a.is_same(b));
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
#[derive(Clone, Debug, Default)]
pub struct Env {
    list: Rc<Vec<(VarId, Binding)>>,
    /// The hashes of all bindings, added up: environments are looked up far more often than they are made.
    sum: u64,
}

impl PartialEq for Env {
    fn eq(&self, other: &Env) -> bool {
        self.sum == other.sum && self.list == other.list
    }
}

impl Eq for Env {}

impl std::hash::Hash for Env {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.sum.hash(state);
    }
}

impl Env {
    fn of(list: Vec<(VarId, Binding)>, sum: u64) -> Env {
        Env {
            list: Rc::new(list),
            sum,
        }
    }

    /// With another binding at an index.
    fn replaced(&self, index: usize, binding: Binding) -> Env {
        let mut list = (*self.list).clone();
        let old = std::mem::replace(&mut list[index].1, binding);
        let sum = self.sum.wrapping_sub(hash_of(list[index].0, &old));
        let sum = sum.wrapping_add(hash_of(list[index].0, &list[index].1));
        Env::of(list, sum)
    }

    /// With one more binding, at an index.
    fn inserted(&self, index: usize, var: VarId, binding: Binding) -> Env {
        let mut list = Vec::with_capacity(self.list.len() + 1);
        list.extend_from_slice(&self.list);
        let sum = self.sum.wrapping_add(hash_of(var, &binding));
        list.insert(index, (var, binding));
        Env::of(list, sum)
    }

    /// What is known of a metavariable.
    pub fn get(&self, var: VarId) -> Option<&Binding> {
        let list = &self.list;
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
        match self.list.binary_search_by_key(&var, |entry| entry.0) {
            Ok(index) => match &self.list[index].1 {
                Binding::Is(old) => old.allows(value).then(|| self.clone()),
                Binding::IsNot(list) => {
                    (!list.contains(value)).then(|| self.replaced(index, Binding::Is(value.clone())))
                }
            },
            Err(index) => Some(self.inserted(index, var, Binding::Is(value.clone()))),
        }
    }

    /// With the knowledge that a metavariable is not this; `None` if it contradicts.
    pub fn forbid(&self, var: VarId, value: &Value) -> Option<Env> {
        match self.list.binary_search_by_key(&var, |entry| entry.0) {
            Ok(index) => match &self.list[index].1 {
                Binding::Is(old) => (!old.allows(value)).then(|| self.clone()),
                Binding::IsNot(list) if list.contains(value) => Some(self.clone()),
                Binding::IsNot(list) => {
                    let mut list = list.clone();
                    list.push(value.clone());
                    Some(self.replaced(index, Binding::IsNot(list)))
                }
            },
            Err(index) => Some(self.inserted(index, var, Binding::IsNot(vec![value.clone()]))),
        }
    }

    /// With the places, too, that these metavariables have in another environment.
    pub fn with_places(&self, vars: &[VarId], other: &Env) -> Env {
        let mut all = self.clone();
        for &var in vars {
            let Some(more) = other.value(var) else { continue };
            all = match all.list.binary_search_by_key(&var, |entry| entry.0) {
                Ok(index) => match &all.list[index].1 {
                    Binding::Is(some) => all.replaced(index, Binding::Is(some.with_places(more))),
                    Binding::IsNot(_) => all,
                },
                Err(index) => all.inserted(index, var, Binding::Is(more.clone())),
            };
        }
        all
    }

    /// With all places that these metavariables have in any of these environments.
    pub fn with_places_of_all(&self, vars: &[VarId], others: &[&Env]) -> Env {
        let mut all = self.without(|var| vars.contains(&var));
        for &var in vars {
            let mut places: Vec<Place> = others
                .iter()
                .filter_map(|env| match env.value(var) {
                    Some(Value::Places(places)) => Some(places),
                    _ => None,
                })
                .flat_map(|places| places.iter().cloned())
                .collect();
            sort_places(&mut places);
            if !places.is_empty()
                && let Some(more) = all.bind(var, &Value::Places(places.into()))
            {
                all = more;
            }
        }
        all
    }

    /// With what another environment knows of these metavariables.
    pub fn with_those_of(&self, vars: &[VarId], other: &Env) -> Env {
        let mut all = self.without(|var| vars.contains(&var));
        for &var in vars {
            let Some(binding) = other.get(var) else { continue };
            if let Err(index) = all.list.binary_search_by_key(&var, |entry| entry.0) {
                all = all.inserted(index, var, binding.clone());
            }
        }
        all
    }

    /// Without the metavariables that `drop` names.
    pub fn without(&self, drop: impl Fn(VarId) -> bool) -> Env {
        if !self.list.iter().any(|entry| drop(entry.0)) {
            return self.clone();
        }
        let list: Vec<(VarId, Binding)> = self.list.iter().filter(|entry| !drop(entry.0)).cloned().collect();
        let sum = list.iter().fold(0u64, |sum, (var, binding)| {
            sum.wrapping_add(hash_of(*var, binding))
        });
        Env::of(list, sum)
    }

    /// The bindings.
    pub fn iter(&self) -> impl Iterator<Item = &(VarId, Binding)> {
        self.list.iter()
    }
}

fn hash_of(var: VarId, binding: &Binding) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hasher = rustc_hash::FxHasher::default();
    var.hash(&mut hasher);
    binding.hash(&mut hasher);
    hasher.finish()
}

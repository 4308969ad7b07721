//! Binding metavariables: what each kind may hold, and its constraints.

use std::rc::Rc;
use std::string::String;

use crate::smpl::{Constraint, ListLen, MetaKind, Operand, Scope, TypeSpec, TypeWord, VarId};
use crate::syntax::{NodeId, SyntaxKind, SyntaxKind::*};

use super::fit::Fitter;
use super::hit::Hit;
use super::lists::List;
use super::source::Span;
use super::types::Ty;
use super::value::{Binding, Code, Env, Place, Value};

impl Fitter<'_> {
    /// Binds a metavariable to a whole node.
    pub fn bind_node(&self, var: VarId, c: NodeId, hit: &Hit) -> Option<Hit> {
        let kind = self.c_kind(c);
        let mut hit = hit.clone();
        match &self.rule.vars[var as usize].kind {
            MetaKind::Expression(spec) => {
                if !kind.is_expression() {
                    return None;
                }
                if let Some(spec) = spec {
                    hit = self.has_type(spec, c, &hit)?;
                }
            }
            MetaKind::IdExpression(scope, spec) => {
                if kind != NameExpr {
                    return None;
                }
                let name = self.source.tree.own_tokens(c).next()?;
                let declared = self.types.lookup(self.source.token(name), c);
                let local = declared.is_some_and(|declared| declared.local);
                let fits = match scope {
                    Scope::Any => true,
                    Scope::Local => local,
                    Scope::Global => !local && !self.is_callee(c),
                };
                if !fits {
                    return None;
                }
                if let Some(spec) = spec {
                    hit = self.has_type(spec, c, &hit)?;
                }
            }
            MetaKind::Constant(spec) => {
                if !self.is_constant(c) {
                    return None;
                }
                if let Some(spec) = spec {
                    hit = self.has_type(spec, c, &hit)?;
                }
            }
            MetaKind::Identifier | MetaKind::Fresh(_) => {
                if kind != NameExpr {
                    return None;
                }
            }
            MetaKind::Generic => {}
            MetaKind::Initializer => {
                if !(kind.is_expression() || kind == InitializerList || kind == InitElement) {
                    return None;
                }
            }
            MetaKind::Parameter => {
                if kind != Param {
                    return None;
                }
            }
            MetaKind::Field => {
                if !matches!(kind, Field | MacroItem) {
                    return None;
                }
            }
            MetaKind::Declaration => {
                if kind != Declaration {
                    return None;
                }
            }
            MetaKind::Statement => {
                if !kind.is_statement() || matches!(kind, Declaration | Function) {
                    return None;
                }
            }
            MetaKind::Attribute => {
                if kind != Attribute {
                    return None;
                }
            }
            MetaKind::Type => {
                if !matches!(kind, TypeName | Specifiers) {
                    return None;
                }
            }
            // A list where one element stands.
            MetaKind::ExpressionList(_) | MetaKind::ParameterList(_) | MetaKind::InitializerList(_) => {}
            _ => return None,
        }
        if self.takes_anything(var, &hit) {
            return Some(hit);
        }
        let span = self.source.span(c);
        let mut code = self.code(span, 1);
        if kind.is_expression() {
            code.ty = self.types.of(c).map(Rc::new);
        }
        self.bind_checked(var, Value::Code(Rc::new(code)), Some(c), &hit)
    }

    /// Binds a metavariable to one token: a name or an operator.
    pub fn bind_token(&self, var: VarId, c: usize, hit: &Hit) -> Option<Hit> {
        let kind = self.source.token_kind(c);
        let fits = match &self.rule.vars[var as usize].kind {
            MetaKind::BinaryOperator => {
                kind.is_operator() && !kind.is_assignment() || matches!(kind, Star | Amp)
            }
            MetaKind::AssignOperator => kind.is_assignment(),
            MetaKind::UnaryOperator => kind.is_operator(),
            MetaKind::Identifier
            | MetaKind::Generic
            | MetaKind::Declarer
            | MetaKind::Iterator
            | MetaKind::Attribute
            | MetaKind::Expression(None)
            | MetaKind::IdExpression(..)
            | MetaKind::Constant(None) => kind == Ident,
            _ => false,
        };
        if !fits {
            return None;
        }
        if self.takes_anything(var, hit) {
            return Some(hit.clone());
        }
        let code = self.code(Span::token(c), 1);
        self.bind_checked(var, Value::Code(Rc::new(code)), None, hit)
    }

    /// Binds an expression metavariable to a variable where it is declared.
    pub fn bind_declared(&self, var: VarId, name: usize, item: NodeId, hit: &Hit) -> Option<Hit> {
        let mut hit = hit.clone();
        let text = self.source.token(name);
        let declared = self.types.declared_at(text, name);
        let spec = match &self.rule.vars[var as usize].kind {
            MetaKind::Expression(spec) => spec,
            MetaKind::IdExpression(scope, spec) => {
                let local = declared.is_some_and(|declared| declared.local);
                if *scope == Scope::Local && !local || *scope == Scope::Global && local {
                    return None;
                }
                spec
            }
            MetaKind::Identifier | MetaKind::Generic => &None,
            _ => return None,
        };
        if let Some(spec) = spec {
            hit = self.type_fits(spec, declared?.ty.as_ref()?, &hit, 0)?;
        }
        let mut code = self.code(Span::token(name), 1);
        code.ty = declared.and_then(|declared| declared.ty.clone()).map(Rc::new);
        self.bind_checked(var, Value::Code(Rc::new(code)), Some(item), &hit)
    }

    /// Binds a metavariable to elements of a list.
    pub(super) fn bind_list(
        &self,
        var: VarId,
        span: Span,
        count: usize,
        list: &List,
        first: usize,
        hit: &Hit,
    ) -> Option<Hit> {
        let fits = |kind: SyntaxKind| match self.rule.vars[var as usize].kind {
            MetaKind::ParameterList(_) => matches!(kind, Param | VariadicParam),
            _ => true,
        };
        let elements = list.code.get(first..first + count)?;
        if !elements.iter().all(|&(id, _)| fits(self.c_kind(id))) {
            return None;
        }
        self.bind_span(var, span, count, hit)
    }

    /// Binds a metavariable to several elements.
    pub fn bind_span(&self, var: VarId, span: Span, count: usize, hit: &Hit) -> Option<Hit> {
        let mut hit = hit.clone();
        match &self.rule.vars[var as usize].kind {
            MetaKind::ExpressionList(len)
            | MetaKind::ParameterList(len)
            | MetaKind::FieldList(len)
            | MetaKind::InitializerList(len)
            | MetaKind::IdentifierList(len) => match len {
                ListLen::Any => {}
                ListLen::Fixed(wanted) => {
                    if *wanted != count {
                        return None;
                    }
                }
                ListLen::Named(name) => {
                    let value = Value::Code(Rc::new(Code::made(count.to_string().as_bytes())));
                    hit = self.bind_checked(*name, value, None, &hit)?;
                }
            },
            _ => {}
        }
        if self.takes_anything(var, &hit) {
            return Some(hit);
        }
        let code = self.code(span, count as u32);
        self.bind_checked(var, Value::Code(Rc::new(code)), None, &hit)
    }

    /// A piece of code as a value.
    pub fn code(&self, span: Span, count: u32) -> Code {
        Code {
            key: self.source.key(span),
            text: self.source.range(span).slice(&self.source.text).to_vec(),
            count,
            span: Some(span),
            suffix: Vec::new(),
            ty: None,
        }
    }

    /// Binds after asking the constraints.
    pub fn bind_checked(&self, var: VarId, value: Value, node: Option<NodeId>, hit: &Hit) -> Option<Hit> {
        let known = hit.env.value(var).is_some();
        if self.scouts && !known {
            let constraints = &self.rule.vars[var as usize].constraints;
            return constraints
                .iter()
                .all(|constraint| self.may_fulfil(constraint, &value))
                .then(|| hit.clone());
        }
        let env = hit.env.bind(var, &value)?;
        let hit = Hit {
            env,
            trail: hit.trail.clone(),
        };
        if known {
            return Some(hit);
        }
        let mut hit = hit;
        for constraint in &self.rule.vars[var as usize].constraints {
            hit = self.fulfils(var, constraint, &value, node, hit)?;
        }
        Some(hit)
    }

    /// Whether a scout need not even look at what a metavariable stands for.
    fn takes_anything(&self, var: VarId, hit: &Hit) -> bool {
        self.scouts && self.rule.vars[var as usize].constraints.is_empty() && hit.env.value(var).is_none()
    }

    /// Whether a value may fulfil a constraint, whatever else is known.
    fn may_fulfil(&self, constraint: &Constraint, value: &Value) -> bool {
        // Code of several words may be spelled differently at the place where it is bound.
        if value.key() != value.text() {
            return true;
        }
        let is = |text: &String| value.key() == text.as_bytes() || in_range(text, value.key());
        match constraint {
            Constraint::OneOf(list) => list.iter().any(|operand| match operand {
                Operand::Text(text) => is(text),
                Operand::Var(_) => true,
            }),
            Constraint::NoneOf(list) => !list.iter().any(|operand| match operand {
                Operand::Text(text) => is(text),
                Operand::Var(var) => self.places.get(var).is_some_and(|places| places.contains(value)),
            }),
            Constraint::Regex { regex, negated } => self.regexes.is_match(regex, value.text()) != *negated,
            Constraint::PartOf(_) | Constraint::Script(_) => true,
        }
    }

    fn fulfils(
        &self,
        var: VarId,
        constraint: &Constraint,
        value: &Value,
        node: Option<NodeId>,
        hit: Hit,
    ) -> Option<Hit> {
        let is = |operand: &Operand, env: &Env| match operand {
            Operand::Text(text) => {
                value.key() == text.as_bytes()
                    || value.text() == text.as_bytes()
                    || in_range(text, value.key())
            }
            Operand::Var(var) => env.value(*var).is_some_and(|other| other == value),
        };
        match constraint {
            Constraint::OneOf(list) => list.iter().any(|operand| is(operand, &hit.env)).then_some(hit),
            Constraint::NoneOf(list) => {
                let mut hit = hit;
                for operand in list {
                    match operand {
                        Operand::Var(var) if self.places.contains_key(var) => {
                            if self.places[var].contains(value) {
                                return None;
                            }
                        }
                        Operand::Var(var) => match hit.env.get(*var) {
                            Some(Binding::Is(other)) if other == value => return None,
                            Some(Binding::Is(_)) => {}
                            // Bound later: then it must differ.
                            _ if self.rule.vars[*var as usize].inherited.is_none() => {
                                hit.env = hit.env.forbid(*var, value)?;
                            }
                            _ => {}
                        },
                        Operand::Text(_) if is(operand, &hit.env) => return None,
                        Operand::Text(_) => {}
                    }
                }
                Some(hit)
            }
            Constraint::PartOf(vars) => {
                let key = value.key();
                vars.iter()
                    .any(|&var| {
                        hit.env
                            .value(var)
                            .is_some_and(|whole| match (whole, value, node) {
                                (Value::Code(whole), Value::Code(part), _) => match (whole.span, part.span) {
                                    (Some(whole), Some(part)) => {
                                        whole.first <= part.first && part.end <= whole.end
                                            || contains_words(whole_key(self, whole), key)
                                    }
                                    _ => contains_words(whole.key.clone(), key),
                                },
                                _ => false,
                            })
                    })
                    .then_some(hit)
            }
            Constraint::Regex { regex, negated } => {
                let fits = self.regexes.is_match(regex, value.text());
                (fits != *negated).then_some(hit)
            }
            Constraint::Script(script) => {
                // The metavariable itself is there without being named as a parameter.
                let values: Vec<(String, Value)> = std::iter::once(&var)
                    .chain(&script.params)
                    .filter_map(|&var| {
                        let name = self.rule.vars[var as usize].name.clone();
                        Some((name, hit.env.value(var)?.clone()))
                    })
                    .collect();
                self.conditions.hold(script, &values).then_some(hit)
            }
        }
    }

    fn is_callee(&self, c: NodeId) -> bool {
        let tree = &self.source.tree;
        tree.parent(c)
            .is_some_and(|up| tree.kind(up) == CallExpr && tree.children(up).next() == Some(c))
    }

    /// A literal, a name in capital letters, or such with a sign.
    fn is_constant(&self, c: NodeId) -> bool {
        let tree = &self.source.tree;
        match tree.kind(c) {
            Literal | StringExpr => true,
            PrefixExpr => {
                let inner = tree.children(c).next();
                tree.own_token(c, Minus).is_some() && inner.is_some_and(|inner| tree.kind(inner) == Literal)
            }
            NameExpr => tree.own_tokens(c).next().is_some_and(|token| {
                let name = self.source.token(token);
                name.iter().any(u8::is_ascii_uppercase) && !name.iter().any(u8::is_ascii_lowercase)
            }),
            _ => false,
        }
    }

    /// Whether an expression has a type.
    fn has_type(&self, spec: &TypeSpec, c: NodeId, hit: &Hit) -> Option<Hit> {
        if matches!(self.c_kind(c), NameExpr) {
            let name = self.source.tree.own_tokens(c).next()?;
            if self.source.token(name) == b"NULL" {
                let any = matches!(spec, TypeSpec::Pointer(inner) if **inner == TypeSpec::Any);
                return any.then(|| hit.clone());
            }
        }
        let ty = self.types.of(c)?;
        self.type_fits(spec, &ty, hit, 0)
    }

    fn type_fits(&self, spec: &TypeSpec, ty: &Ty, hit: &Hit, depth: u32) -> Option<Hit> {
        let fits = match spec {
            TypeSpec::Any => Some(hit.clone()),
            TypeSpec::Choice(list) => list.iter().find_map(|spec| self.type_fits(spec, ty, hit, depth)),
            TypeSpec::Pointer(inner) => match ty.plain() {
                Ty::Pointer(target) => self.type_fits(inner, target, hit, depth),
                _ => None,
            },
            TypeSpec::Array(inner) => match ty.plain() {
                Ty::Array(target) => self.type_fits(inner, target, hit, depth),
                _ => None,
            },
            TypeSpec::Words(words) => self.words_fit(words, ty, hit),
        };
        if fits.is_some() || depth > 20 {
            return fits;
        }
        self.types
            .alias(ty)
            .and_then(|target| self.type_fits(spec, target, hit, depth + 1))
    }

    fn words_fit(&self, words: &[TypeWord], ty: &Ty, hit: &Hit) -> Option<Hit> {
        let plain: Vec<&TypeWord> = words
            .iter()
            .filter(
                |word| !matches!(word, TypeWord::Word(word) if matches!(word.as_str(), "const" | "volatile")),
            )
            .collect();
        if let [TypeWord::Var(var)] = plain[..]
            && matches!(
                self.rule.vars[*var as usize].kind,
                MetaKind::Type | MetaKind::Generic
            )
        {
            // Qualifiers that the rule spells are no part of the type.
            let ty = if plain.len() == words.len() {
                ty
            } else {
                ty.plain()
            };
            let value = Value::Code(Rc::new(self.type_value(ty)?));
            return self.bind_checked(*var, value, None, hit);
        }
        let ty = ty.plain();
        let Ty::Named(name) = ty else {
            if let (Ty::Record(_), [TypeWord::Word(word)]) = (ty, &plain[..]) {
                return (word == "struct" || word == "union").then(|| hit.clone());
            }
            return None;
        };
        match &plain[..] {
            [TypeWord::Word(word)] if matches!(word.as_str(), "struct" | "union" | "enum") => {
                let prefix = format!("{word} ");
                name.starts_with(prefix.as_bytes()).then(|| hit.clone())
            }
            [TypeWord::Word(word), TypeWord::Var(var)]
                if matches!(word.as_str(), "struct" | "union" | "enum") =>
            {
                let prefix = format!("{word} ");
                let tag = name.strip_prefix(prefix.as_bytes())?;
                self.bind_checked(*var, Value::Code(Rc::new(Code::made(tag))), None, hit)
            }
            _ => {
                let mut list: Vec<&[u8]> = Vec::new();
                for word in &plain {
                    match word {
                        TypeWord::Word(word) => list.push(word.as_bytes()),
                        TypeWord::Var(var) => match hit.env.value(*var) {
                            Some(value) => list.push(value.key()),
                            None => return self.scouts.then(|| hit.clone()),
                        },
                    }
                }
                (super::types::canonical(&list) == **name).then(|| hit.clone())
            }
        }
    }

    /// A type as the value of a type metavariable.
    pub fn type_value(&self, ty: &Ty) -> Option<Code> {
        let mut stars = 0;
        let (mut suffix, mut qualifiers) = (Vec::new(), "");
        let mut at = ty.clone();
        let name = loop {
            match at {
                Ty::Named(name) if name.starts_with(&[super::types::MADE_UP as u8]) => return None,
                Ty::Named(name) => break name.to_vec(),
                Ty::Record(id) => break self.source.key(self.source.span(id)),
                Ty::Pointer(inner) => {
                    stars += 1;
                    at = (*inner).clone();
                }
                Ty::Array(inner) => {
                    suffix.extend_from_slice(b"[]");
                    at = (*inner).clone();
                }
                Ty::Qualified(words, inner) => {
                    qualifiers = words;
                    at = (*inner).clone();
                }
                Ty::Function(_) => return None,
            }
        };
        let name = if qualifiers.is_empty() {
            name
        } else {
            [qualifiers.as_bytes(), &name].join(&b' ')
        };
        let mut code = Code::made(&type_key(&name, stars));
        code.text = type_text(&name, stars);
        code.suffix = suffix;
        if !code.suffix.is_empty() {
            code.key.push(b' ');
            code.key.extend_from_slice(&code.suffix);
        }
        Some(code)
    }

    /// What `position any r.p` may be where another position excludes `r.p`: all places that it has, in any environment.
    fn any_of(&self, var: VarId) -> Option<&Vec<Value>> {
        let vars = &self.rule.vars;
        let declared = &vars[var as usize];
        let is_any =
            matches!(declared.kind, MetaKind::Position { any: true }) && declared.inherited.is_some();
        let mut known = self.places.iter().filter(|_| is_any);
        known
            .find(|(other, _)| vars[**other as usize].inherited == declared.inherited)
            .map(|(_, places)| places)
    }

    /// Binds what is attached to a token with `@`.
    pub fn attach(&self, var: VarId, span: Span, node: Option<NodeId>, hit: &Hit) -> Option<Hit> {
        let tree = &self.source.tree;
        let around = |wanted: &dyn Fn(SyntaxKind) -> bool| {
            let token = span.first.min(tree.tokens().len().saturating_sub(1) as u32);
            let start = node.unwrap_or_else(|| tree.node_at_token(token as usize));
            tree.enclosing(start, wanted)
        };
        match &self.rule.vars[var as usize].kind {
            MetaKind::Position { .. } => {
                if span.is_empty() {
                    return None;
                }
                if self.takes_anything(var, hit) {
                    return Some(hit.clone());
                }
                let place = Value::place(self.place(span));
                match self.any_of(var) {
                    Some(places) => places.contains(&place).then(|| hit.clone()),
                    None => self.bind_checked(var, place, None, hit),
                }
            }
            MetaKind::Statement => {
                let statement = around(&|kind| kind.is_statement() && kind != Declaration)?;
                self.bind_node(var, statement, hit)
            }
            MetaKind::Declaration => self.bind_node(var, around(&|kind| kind == Declaration)?, hit),
            MetaKind::ExpressionList(_) => {
                // `P@E`: the names of parameters as arguments.
                let mut names: Vec<Vec<u8>> = Vec::new();
                let token = span.first.min(tree.tokens().len().saturating_sub(1) as u32);
                let list = tree.enclosing(tree.node_at_token(token as usize), |kind| kind == ParamList)?;
                for param in tree.children(list) {
                    let at = self.source.span(param);
                    if at.first >= span.first && at.end <= span.end {
                        let declarator = tree
                            .children(param)
                            .find(|&id| super::types::is_declarator(tree.kind(id)));
                        let (name, _) = self.types.declared(declarator?, None)?;
                        names.push(self.source.token(name).to_vec());
                    }
                }
                let mut code = Code::made(&names.join(&b" , "[..]));
                code.text = names.join(&b", "[..]);
                code.count = names.len() as u32;
                self.bind_checked(var, Value::Code(Rc::new(code)), None, hit)
            }
            MetaKind::Identifier => {
                let is_name =
                    span.end == span.first + 1 && self.source.token_kind(span.first as usize) == Ident;
                if !is_name {
                    return None;
                }
                let code = self.code(span, 1);
                self.bind_checked(var, Value::Code(Rc::new(code)), None, hit)
            }
            MetaKind::Comments | MetaKind::PragmaInfo => Some(hit.clone()),
            _ => self.bind_node(var, around(&|kind| kind.is_expression())?, hit),
        }
    }

    /// Where a span stands.
    pub fn place(&self, span: Span) -> Place {
        let range = self.source.range(span);
        let (start, end) = (
            self.source.lines.line_column(range.start),
            self.source.lines.line_column(range.end),
        );
        Place {
            file: self.source.path.clone(),
            start: range.start,
            end: range.end,
            line: start.line,
            column: start.column - 1,
            line_end: end.line,
            column_end: end.column - 1,
            element: self.element_around(span),
        }
    }

    fn element_around(&self, span: Span) -> String {
        let tree = &self.source.tree;
        let name = tree
            .enclosing(tree.node_at_token(span.first as usize), |kind| kind == Function)
            .and_then(|function| {
                tree.children(function)
                    .find(|&id| super::types::is_declarator(tree.kind(id)))
            })
            .and_then(|declarator| self.types.declared(declarator, None))
            .map(|(name, _)| self.source.token(name));
        name.map_or_else(
            || "something_else".to_owned(),
            |name| String::from_utf8_lossy(name).into_owned(),
        )
    }
}

/// Whether a number lies in a range such as `1 ... 3`.
fn in_range(range: &str, key: &[u8]) -> bool {
    let Some((from, to)) = range.split_once("...") else {
        return false;
    };
    let number = std::str::from_utf8(key)
        .ok()
        .and_then(|key| key.parse::<i64>().ok());
    match (from.trim().parse::<i64>(), to.trim().parse::<i64>(), number) {
        (Ok(from), Ok(to), Some(number)) => (from..=to).contains(&number),
        _ => false,
    }
}

fn whole_key(fitter: &Fitter, span: Span) -> Vec<u8> {
    fitter.source.key(span)
}

/// Whether the words of `part` stand one behind the other in `whole`.
fn contains_words(whole: Vec<u8>, part: &[u8]) -> bool {
    let padded = [b" ".as_slice(), &whole, b" "].concat();
    let wanted = [b" ".as_slice(), part, b" "].concat();
    memchr::memmem::find(&padded, &wanted).is_some()
}

/// The spelling of a type with stars.
pub fn type_key(name: &[u8], stars: usize) -> Vec<u8> {
    let mut key = name.to_vec();
    for _ in 0..stars {
        key.extend_from_slice(b" *");
    }
    key
}

/// A type with stars as people write it.
pub fn type_text(name: &[u8], stars: usize) -> Vec<u8> {
    let mut text = name.to_vec();
    if stars > 0 {
        text.push(b' ');
        text.extend(std::iter::repeat_n(b'*', stars));
    }
    text
}

//! The types of expressions, as far as the declarations of a file and of the headers that it includes tell.

use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::syntax::{NodeId, SyntaxKind};

use super::source::Source;

/// A type.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Ty {
    /// A type of a name: `unsigned int`, `struct foo`, `u32`.
    Named(Arc<[u8]>),
    /// A pointer.
    Pointer(Arc<Ty>),
    /// An array.
    Array(Arc<Ty>),
    /// A function that returns this.
    Function(Arc<Ty>),
    /// A struct or union without a tag, by its node.
    Record(NodeId),
    /// A type with `const` or `volatile`.
    Qualified(&'static str, Arc<Ty>),
}

impl Ty {
    /// The type without its qualifiers.
    pub fn plain(&self) -> &Ty {
        match self {
            Ty::Qualified(_, inner) => inner,
            _ => self,
        }
    }
}

/// A declared name.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its type.
    pub ty: Option<Ty>,
    /// A local variable or a parameter.
    pub local: bool,
    /// The node within which it is known; the root for globals.
    scope: NodeId,
    /// First token of its declaration.
    from: u32,
}

/// Types of fields by name.
type Fields = FxHashMap<Box<[u8]>, Ty>;

/// What a header declares, for the files that include it.
#[derive(Debug, Default)]
pub struct Declarations {
    /// Functions and variables.
    names: FxHashMap<Box<[u8]>, Declared>,
    typedefs: FxHashMap<Box<[u8]>, Ty>,
    /// Fields by `struct tag`.
    records: FxHashMap<Box<[u8]>, Fields>,
}

impl Declarations {
    /// The names of types that it defines.
    pub fn typedefs(&self) -> impl Iterator<Item = &[u8]> {
        self.typedefs.keys().map(|name| &name[..])
    }
}

/// What the declarations of a file say.
#[derive(Debug)]
pub struct Types<'s> {
    source: &'s Source,
    headers: &'s [Arc<Declarations>],
    names: FxHashMap<Box<[u8]>, Vec<Declared>>,
    typedefs: FxHashMap<Box<[u8]>, Ty>,
    /// Struct or union by `struct tag`.
    records: FxHashMap<Box<[u8]>, NodeId>,
    fields: RefCell<FxHashMap<NodeId, Arc<Fields>>>,
}

/// How the names of types begin that have none.
pub const MADE_UP: char = '\0';

/// How deeply types are followed through typedefs and expressions.
const MAX_DEPTH: u32 = 60;

impl<'s> Types<'s> {
    /// Reads all declarations of a file. `headers` say what is declared elsewhere.
    pub fn new(source: &'s Source, headers: &'s [Arc<Declarations>]) -> Self {
        let mut types = Self {
            source,
            headers,
            names: FxHashMap::default(),
            typedefs: FxHashMap::default(),
            records: FxHashMap::default(),
            fields: RefCell::default(),
        };
        let tree = &source.tree;
        for id in tree.descendants(NodeId::ROOT) {
            match tree.kind(id) {
                SyntaxKind::Declaration => types.declaration(id),
                SyntaxKind::Function => types.function(id),
                SyntaxKind::StructSpec | SyntaxKind::UnionSpec
                    if tree.child(id, SyntaxKind::FieldList).is_some() =>
                {
                    let key = types.record_key(id);
                    if let Some(key) = key {
                        types.records.entry(key.into()).or_insert(id);
                    }
                }
                _ => {}
            }
        }
        types
    }

    fn declaration(&mut self, id: NodeId) {
        let tree = &self.source.tree;
        let Some(specifiers) = tree.child(id, SyntaxKind::Specifiers) else {
            return;
        };
        let base = self.base(specifiers);
        let is_typedef = tree.own_token(specifiers, SyntaxKind::KwTypedef).is_some();
        let scope = tree
            .ancestors(id)
            .find(|&up| matches!(tree.kind(up), SyntaxKind::Block | SyntaxKind::ForStmt))
            .unwrap_or(NodeId::ROOT);
        let declarators: Vec<NodeId> = tree
            .children(id)
            .filter(|&child| tree.kind(child) == SyntaxKind::InitDeclarator)
            .collect();
        for item in declarators {
            let declarator = tree.children(item).find(|&child| is_declarator(tree.kind(child)));
            let Some((name, ty)) = declarator.and_then(|declarator| self.declared(declarator, base.clone()))
            else {
                continue;
            };
            let text: Box<[u8]> = self.source.token(name).into();
            if is_typedef {
                if let Some(ty) = ty {
                    self.typedefs.insert(text, ty);
                }
                continue;
            }
            self.names.entry(text).or_default().push(Declared {
                ty,
                local: scope != NodeId::ROOT,
                scope,
                from: name as u32,
            });
        }
    }

    fn function(&mut self, id: NodeId) {
        let tree = &self.source.tree;
        let base = tree.child(id, SyntaxKind::Specifiers).map_or_else(
            || Some(Ty::Named(Arc::from(&b"int"[..]))),
            |specifiers| self.base(specifiers),
        );
        let Some(declarator) = tree.children(id).find(|&child| is_declarator(tree.kind(child))) else {
            return;
        };
        if let Some((name, ty)) = self.declared(declarator, base) {
            self.names
                .entry(self.source.token(name).into())
                .or_default()
                .push(Declared {
                    ty,
                    local: false,
                    scope: NodeId::ROOT,
                    from: 0,
                });
        }
        let Some(list) = function_part(&self.source.tree, declarator)
            .and_then(|function| tree.child(function, SyntaxKind::ParamList))
        else {
            return;
        };
        let params: Vec<NodeId> = tree.children(list).collect();
        for param in params {
            let base = tree
                .child(param, SyntaxKind::Specifiers)
                .and_then(|specifiers| self.base(specifiers));
            let declarator = tree
                .children(param)
                .find(|&child| is_declarator(tree.kind(child)));
            if let Some((name, ty)) = declarator.and_then(|declarator| self.declared(declarator, base)) {
                self.names
                    .entry(self.source.token(name).into())
                    .or_default()
                    .push(Declared {
                        ty,
                        local: true,
                        scope: id,
                        from: name as u32,
                    });
            }
        }
    }

    /// The type that specifiers name, with its qualifiers.
    pub fn base(&self, specifiers: NodeId) -> Option<Ty> {
        let has = |word: &[u8]| {
            self.source
                .tree
                .own_tokens(specifiers)
                .any(|token| self.source.token(token) == word)
        };
        let plain = self.unqualified(specifiers)?;
        Some(match (has(b"const"), has(b"volatile")) {
            (false, false) => plain,
            (true, false) => Ty::Qualified("const", Arc::new(plain)),
            (false, true) => Ty::Qualified("volatile", Arc::new(plain)),
            (true, true) => Ty::Qualified("const volatile", Arc::new(plain)),
        })
    }

    fn unqualified(&self, specifiers: NodeId) -> Option<Ty> {
        let tree = &self.source.tree;
        let mut words: Vec<&[u8]> = Vec::new();
        for element in tree.elements(specifiers) {
            match element {
                crate::syntax::Element::Token(index) => {
                    if self.source.token_kind(index) == SyntaxKind::KwBuiltinType {
                        words.push(self.source.token(index));
                    }
                }
                crate::syntax::Element::Node(id) => match tree.kind(id) {
                    SyntaxKind::TypeRef => words.push(tree.text(id, &self.source.text)),
                    SyntaxKind::StructSpec | SyntaxKind::UnionSpec | SyntaxKind::EnumSpec => {
                        return Some(match self.record_key(id) {
                            Some(key) => Ty::Named(Arc::from(&key[..])),
                            None => Ty::Record(id),
                        });
                    }
                    SyntaxKind::TypeofSpec => {
                        let inner = tree.children(id).next()?;
                        if tree.kind(inner) == SyntaxKind::TypeName {
                            return self.type_name(inner);
                        }
                        return self.of_depth(inner, 1);
                    }
                    _ => {}
                },
            }
        }
        if words.is_empty() {
            // `static x;` and `register x;` are of type int.
            return Some(Ty::Named(Arc::from(&b"int"[..])));
        }
        Some(Ty::Named(Arc::from(&canonical(&words)[..])))
    }

    /// `struct tag`.
    fn record_key(&self, id: NodeId) -> Option<Vec<u8>> {
        let tree = &self.source.tree;
        let mut own = tree.own_tokens(id);
        let keyword = own.next()?;
        let tag = own.find(|&index| self.source.token_kind(index) == SyntaxKind::Ident)?;
        let mut key = self.source.token(keyword).to_vec();
        key.push(b' ');
        key.extend_from_slice(self.source.token(tag));
        Some(key)
    }

    /// The name that a declarator declares, as a token, and its type.
    pub fn declared(&self, declarator: NodeId, base: Option<Ty>) -> Option<(usize, Option<Ty>)> {
        let tree = &self.source.tree;
        let mut at = declarator;
        let mut ty = base;
        loop {
            match tree.kind(at) {
                SyntaxKind::NameDeclarator => {
                    return Some((tree.own_token(at, SyntaxKind::Ident)?, ty));
                }
                SyntaxKind::PointerDeclarator => ty = ty.map(|ty| Ty::Pointer(Arc::new(ty))),
                SyntaxKind::ArrayDeclarator => ty = ty.map(|ty| Ty::Array(Arc::new(ty))),
                SyntaxKind::FunctionDeclarator => ty = ty.map(|ty| Ty::Function(Arc::new(ty))),
                SyntaxKind::ParenDeclarator => {}
                _ => return None,
            }
            at = tree.children(at).find(|&child| is_declarator(tree.kind(child)))?;
        }
    }

    /// The type that a type name stands for.
    pub fn type_name(&self, id: NodeId) -> Option<Ty> {
        let tree = &self.source.tree;
        let mut ty = self.base(tree.child(id, SyntaxKind::Specifiers)?)?;
        let mut at = tree.children(id).find(|&child| is_declarator(tree.kind(child)));
        while let Some(declarator) = at {
            ty = match tree.kind(declarator) {
                SyntaxKind::PointerDeclarator => Ty::Pointer(Arc::new(ty)),
                SyntaxKind::ArrayDeclarator => Ty::Array(Arc::new(ty)),
                SyntaxKind::FunctionDeclarator => Ty::Function(Arc::new(ty)),
                _ => ty,
            };
            at = tree
                .children(declarator)
                .find(|&child| is_declarator(tree.kind(child)));
        }
        Some(ty)
    }

    /// What the declaration of a name says, at the place of an expression.
    pub fn lookup(&self, name: &[u8], at: NodeId) -> Option<&Declared> {
        let tree = &self.source.tree;
        let token = tree.token_span(at).start as u32;
        let here = self.names.get(name).into_iter().flatten();
        here.filter(|declared| {
            declared.scope == NodeId::ROOT || tree.contains(declared.scope, at) && declared.from <= token
        })
        .max_by_key(|declared| (declared.scope, declared.from))
        .or_else(|| self.headers.iter().find_map(|header| header.names.get(name)))
    }

    /// The declaration whose name is this token.
    pub fn declared_at(&self, name: &[u8], token: usize) -> Option<&Declared> {
        self.names
            .get(name)?
            .iter()
            .find(|declared| declared.from == token as u32)
    }

    /// The type of an expression.
    pub fn of(&self, expression: NodeId) -> Option<Ty> {
        self.of_depth(expression, 0)
    }

    fn of_depth(&self, id: NodeId, depth: u32) -> Option<Ty> {
        use SyntaxKind::*;
        if depth > MAX_DEPTH {
            return None;
        }
        let tree = &self.source.tree;
        let first = || tree.children(id).next();
        let int = || Some(named(b"int"));
        match tree.kind(id) {
            NameExpr => {
                let name = self.source.token(tree.own_tokens(id).next()?);
                self.lookup(name, id)?.ty.clone()
            }
            Literal => {
                let token = tree.own_tokens(id).next()?;
                let text = self.source.token(token);
                Some(match self.source.token_kind(token) {
                    Char => named(b"char"),
                    _ if text.contains(&b'.') && !text.starts_with(b"0x") => named(b"double"),
                    _ => named(literal_suffix(text)),
                })
            }
            StringExpr => Some(Ty::Array(Arc::new(named(b"char")))),
            ParenExpr | CommaExpr => self.of_depth(tree.children(id).last()?, depth + 1),
            CallExpr => match self.of_depth(first()?, depth + 1)? {
                Ty::Function(result) => Some((*result).clone()),
                Ty::Pointer(inner) => match inner.plain() {
                    Ty::Function(result) => Some((**result).clone()),
                    _ => None,
                },
                _ => None,
            },
            IndexExpr => self.target(self.of_depth(first()?, depth + 1)?),
            MemberExpr => {
                let base = self.of_depth(first()?, depth + 1)?;
                let record = if tree.own_token(id, Arrow).is_some() {
                    self.target(base)?
                } else {
                    base
                };
                let name = tree.own_tokens(id).last()?;
                self.field(&record, self.source.token(name), depth)
            }
            PostfixExpr => self.of_depth(first()?, depth + 1),
            PrefixExpr => {
                let operator = self.source.token_kind(tree.own_tokens(id).next()?);
                let inner = self.of_depth(first()?, depth + 1);
                match operator {
                    Star => self.target(inner?),
                    Amp => Some(Ty::Pointer(Arc::new(inner?))),
                    Bang => int(),
                    _ => inner,
                }
            }
            CastExpr | CompoundLiteral => self.type_name(first()?),
            SizeofExpr => Some(named(b"unsigned long")),
            BinaryExpr => {
                let operator = self.source.token_kind(tree.own_tokens(id).next()?);
                match operator {
                    EqEq | Ne | Lt | Gt | Le | Ge | AmpAmp | PipePipe => int(),
                    _ => {
                        let mut children = tree.children(id);
                        let mut operand = || {
                            let ty = self.of_depth(children.next()?, depth + 1)?;
                            Some(ty.plain().clone())
                        };
                        let (left, right) = (operand(), operand());
                        match (left, right) {
                            (Some(Ty::Array(inner)), _) => Some(Ty::Pointer(inner)),
                            (Some(ty @ Ty::Pointer(_)), _) | (_, Some(ty @ Ty::Pointer(_))) => Some(ty),
                            (Some(left), Some(right)) if left == right => Some(left),
                            (Some(left), Some(right)) => Some(wider(left, right)),
                            (left, right) => left.or(right),
                        }
                    }
                }
            }
            AssignExpr => self.of_depth(first()?, depth + 1),
            ConditionalExpr => {
                let mut branches = tree
                    .children(id)
                    .skip(1)
                    .filter_map(|branch| self.of_depth(branch, depth + 1));
                branches.next()
            }
            _ => None,
        }
    }

    /// What a pointer or an array leads to.
    fn target(&self, ty: Ty) -> Option<Ty> {
        match self.resolved(ty) {
            Ty::Pointer(inner) | Ty::Array(inner) => Some((*inner).clone()),
            _ => None,
        }
    }

    /// A type with the typedefs on its outside followed.
    pub fn resolved(&self, mut ty: Ty) -> Ty {
        for _ in 0..MAX_DEPTH {
            match ty.plain() {
                Ty::Named(name) => match self.typedef(name) {
                    Some(target) if *target != ty => ty = target.clone(),
                    _ => break,
                },
                _ => break,
            }
        }
        ty.plain().clone()
    }

    /// One step through a typedef.
    pub fn alias(&self, ty: &Ty) -> Option<&Ty> {
        match ty.plain() {
            Ty::Named(name) => self.typedef(name),
            _ => None,
        }
    }

    fn typedef(&self, name: &[u8]) -> Option<&Ty> {
        let elsewhere = || self.headers.iter().find_map(|header| header.typedefs.get(name));
        self.typedefs.get(name).or_else(elsewhere)
    }

    fn field(&self, record: &Ty, name: &[u8], depth: u32) -> Option<Ty> {
        let id = match self.resolved(record.clone()) {
            Ty::Named(key) => match self.records.get(&key[..]) {
                Some(&id) => id,
                None => {
                    let mut elsewhere = self
                        .headers
                        .iter()
                        .filter_map(|header| header.records.get(&key[..]));
                    return elsewhere.find_map(|fields| fields.get(name)).cloned();
                }
            },
            Ty::Record(id) => id,
            _ => return None,
        };
        self.fields_of(id, depth).get(name).cloned()
    }

    fn fields_of(&self, id: NodeId, depth: u32) -> Arc<Fields> {
        if let Some(fields) = self.fields.borrow().get(&id) {
            return fields.clone();
        }
        let mut fields = FxHashMap::default();
        self.collect_fields(id, &mut fields, depth);
        let fields = Arc::new(fields);
        self.fields.borrow_mut().insert(id, fields.clone());
        fields
    }

    /// What files that include this one get to know.
    pub fn exported(&self) -> Declarations {
        let mut out = Declarations::default();
        let mut nameless: Vec<NodeId> = Vec::new();
        for (name, list) in &self.names {
            let Some(global) = list.iter().find(|declared| declared.scope == NodeId::ROOT) else {
                continue;
            };
            let declared = Declared {
                ty: global.ty.as_ref().map(|ty| self.portable(ty, &mut nameless)),
                local: false,
                scope: NodeId::ROOT,
                from: 0,
            };
            out.names.insert(name.clone(), declared);
        }
        for (name, ty) in &self.typedefs {
            let ty = self.portable(ty, &mut nameless);
            out.typedefs.insert(name.clone(), ty);
        }
        let mut records: Vec<(Box<[u8]>, NodeId)> = Vec::new();
        records.extend(self.records.iter().map(|(key, &id)| (key.clone(), id)));
        records.extend(nameless.drain(..).map(|id| (self.made_up_tag(id).into(), id)));
        while let Some((key, id)) = records.pop() {
            if out.records.contains_key(&key) {
                continue;
            }
            let fields = self.fields_of(id, 0);
            let fields = fields
                .iter()
                .map(|(name, ty)| (name.clone(), self.portable(ty, &mut nameless)))
                .collect();
            out.records.insert(key, fields);
            records.extend(nameless.drain(..).map(|id| (self.made_up_tag(id).into(), id)));
        }
        out
    }

    /// A type that means the same in another file.
    fn portable(&self, ty: &Ty, nameless: &mut Vec<NodeId>) -> Ty {
        match ty {
            Ty::Named(_) => ty.clone(),
            Ty::Pointer(inner) => Ty::Pointer(Arc::new(self.portable(inner, nameless))),
            Ty::Array(inner) => Ty::Array(Arc::new(self.portable(inner, nameless))),
            Ty::Function(inner) => Ty::Function(Arc::new(self.portable(inner, nameless))),
            Ty::Qualified(words, inner) => Ty::Qualified(words, Arc::new(self.portable(inner, nameless))),
            Ty::Record(id) => {
                nameless.push(*id);
                Ty::Named(Arc::from(self.made_up_tag(*id)))
            }
        }
    }

    /// What a struct without a tag goes by in other files; nothing that a rule could spell.
    fn made_up_tag(&self, id: NodeId) -> Vec<u8> {
        format!("{MADE_UP}{}:{}", self.source.path, self.source.span(id).first).into_bytes()
    }

    fn collect_fields(&self, record: NodeId, into: &mut FxHashMap<Box<[u8]>, Ty>, depth: u32) {
        let tree = &self.source.tree;
        let Some(list) = tree.child(record, SyntaxKind::FieldList) else {
            return;
        };
        if depth > MAX_DEPTH {
            return;
        }
        for field in tree
            .children(list)
            .filter(|&field| tree.kind(field) == SyntaxKind::Field)
        {
            let Some(specifiers) = tree.child(field, SyntaxKind::Specifiers) else {
                continue;
            };
            let base = self.base(specifiers);
            let mut named = false;
            for item in tree
                .children(field)
                .filter(|&item| tree.kind(item) == SyntaxKind::InitDeclarator)
            {
                let declarator = tree.children(item).find(|&child| is_declarator(tree.kind(child)));
                if let Some((name, ty)) =
                    declarator.and_then(|declarator| self.declared(declarator, base.clone()))
                {
                    named = true;
                    if let Some(ty) = ty {
                        into.entry(self.source.token(name).into()).or_insert(ty);
                    }
                }
            }
            if !named {
                // A struct without a name lends its fields to the one around it.
                for inner in tree.children(specifiers) {
                    self.collect_fields(inner, into, depth + 1);
                }
            }
        }
    }
}

fn named(name: &[u8]) -> Ty {
    Ty::Named(Arc::from(name))
}

fn literal_suffix(text: &[u8]) -> &'static [u8] {
    let lower = text.to_ascii_lowercase();
    let hex = lower.starts_with(b"0x");
    let suffix: Vec<u8> = lower
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b'u' | b'l') || !hex && **byte == b'f')
        .copied()
        .collect();
    let long = suffix.iter().filter(|&&byte| byte == b'l').count();
    let unsigned = suffix.contains(&b'u');
    match (unsigned, long) {
        (false, 0) => b"int",
        (false, 1) => b"long",
        (false, _) => b"long long",
        (true, 0) => b"unsigned int",
        (true, 1) => b"unsigned long",
        (true, _) => b"unsigned long long",
    }
}

fn wider(left: Ty, right: Ty) -> Ty {
    let rank = |ty: &Ty| match ty {
        Ty::Named(name) => match &name[..] {
            b"char" | b"short" | b"_Bool" | b"bool" => 0,
            b"int" => 1,
            b"unsigned int" => 2,
            b"long" => 3,
            b"unsigned long" => 4,
            b"long long" => 5,
            b"unsigned long long" => 6,
            b"float" => 7,
            b"double" => 8,
            b"long double" => 9,
            _ => 2,
        },
        _ => 10,
    };
    if rank(&right) > rank(&left) { right } else { left }
}

/// The words of a type in one order and without those that change nothing.
pub fn canonical(words: &[&[u8]]) -> Vec<u8> {
    let has = |word: &[u8]| words.contains(&word);
    let count = |word: &[u8]| words.iter().filter(|&&other| other == word).count();
    let builtin = words.iter().all(|word| {
        matches!(
            *word,
            b"unsigned"
                | b"signed"
                | b"char"
                | b"short"
                | b"int"
                | b"long"
                | b"double"
                | b"float"
                | b"__signed__"
        )
    });
    if !builtin {
        return words.join(&b' ');
    }
    let mut out: Vec<&[u8]> = Vec::new();
    if has(b"unsigned") {
        out.push(b"unsigned");
    }
    if has(b"char") {
        if has(b"signed") || has(b"__signed__") {
            out.push(b"signed");
        }
        out.push(b"char");
    } else if has(b"short") {
        out.push(b"short");
    } else if has(b"double") {
        if has(b"long") {
            out.push(b"long");
        }
        out.push(b"double");
    } else if has(b"float") {
        out.push(b"float");
    } else if has(b"long") {
        out.extend(std::iter::repeat_n(&b"long"[..], count(b"long").min(2)));
    } else {
        out.push(b"int");
    }
    out.join(&b' ')
}

/// Whether a node is a declarator.
pub fn is_declarator(kind: SyntaxKind) -> bool {
    use SyntaxKind::*;
    matches!(
        kind,
        PointerDeclarator | ParenDeclarator | ArrayDeclarator | FunctionDeclarator | NameDeclarator
    )
}

/// The function declarator inside of a declarator that declares a function.
pub fn function_part(tree: &crate::syntax::Tree, declarator: NodeId) -> Option<NodeId> {
    let mut at = declarator;
    let mut found = None;
    loop {
        if tree.kind(at) == SyntaxKind::FunctionDeclarator {
            found = Some(at);
        }
        match tree.children(at).find(|&child| is_declarator(tree.kind(child))) {
            Some(inner) => at = inner,
            None => return found,
        }
    }
}

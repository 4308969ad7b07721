//! The declarations of metavariables.

use rustc_hash::FxHashMap;

use crate::syntax::SyntaxKind;
use crate::text::TextRange;

use super::cursor::{Cursor, Result, error, nearest};
use super::rule::*;

/// What the declarations of a rule say.
#[derive(Debug, Default)]
pub(super) struct Declarations {
    pub vars: Vec<MetaVar>,
    pub by_name: FxHashMap<String, VarId>,
    /// Names that are plain C in this rule, although an earlier rule declared them.
    pub words: Words,
}

/// Names that are no metavariables but have a meaning; they last from rule to rule.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub typedefs: Vec<String>,
    pub attributes: Vec<String>,
    pub declarers: Vec<String>,
    pub iterators: Vec<String>,
}

const KINDS: &[&str] = &[
    "fresh",
    "metavariable",
    "identifier",
    "field",
    "parameter",
    "type",
    "statement",
    "declaration",
    "initialiser",
    "initializer",
    "local",
    "global",
    "idexpression",
    "expression",
    "constant",
    "format",
    "assignment",
    "binary",
    "unary",
    "position",
    "symbol",
    "typedef",
    "attribute",
    "declarer",
    "iterator",
    "function",
    "pragmainfo",
    "comments",
];

impl Declarations {
    /// Adds a metavariable; a second one of the same name replaces the first.
    pub fn add(&mut self, var: MetaVar) -> VarId {
        if let Some(&id) = self.by_name.get(&var.name) {
            self.vars[id as usize] = var;
            return id;
        }
        let id = self.vars.len() as VarId;
        self.by_name.insert(var.name.clone(), id);
        self.vars.push(var);
        id
    }
}

/// How many metavariables a rule may have.
const MAX_VARS: usize = 4000;

/// Reads declarations up to the end of `range` into `into`.
pub(super) fn declarations(text: &[u8], range: TextRange, into: &mut Declarations) -> Result<()> {
    let mut cursor = Cursor::new(text, range);
    while !cursor.at_end() {
        if into.vars.len() > MAX_VARS {
            return Err(error(
                "too-many-metavariables",
                cursor.range(),
                "this rule has too many metavariables",
            ));
        }
        if cursor.eat(";") {
            continue;
        }
        declaration(&mut cursor, into)?;
        if !cursor.eat(";") {
            let mut message = *error(
                "expected-token",
                cursor.range(),
                format!("expected `;` behind a metavariable, found {}", cursor.shown()),
            );
            if let Some(near) = nearest(cursor.word(), KINDS) {
                message = message.help(format!("did you mean `{near}`?"));
            }
            return Err(Box::new(message));
        }
    }
    Ok(())
}

fn declaration(cursor: &mut Cursor, into: &mut Declarations) -> Result<()> {
    let start = cursor.position();
    let word = cursor.word();
    // A metavariable may have the name of a kind: `expression type;`.
    let kind = match word {
        "symbol" | "typedef" => {
            cursor.bump();
            loop {
                let name = cursor.name("a name")?.to_owned();
                into.by_name.remove(&name);
                if word == "typedef" {
                    into.words.typedefs.push(name);
                }
                if !cursor.eat(",") {
                    return Ok(());
                }
            }
        }
        "attribute" | "declarer" | "iterator"
            if cursor.nth(1) == "name" && cursor.nth(2) != "," && cursor.nth(2) != ";" =>
        {
            cursor.bump();
            cursor.bump();
            let list = match word {
                "attribute" => &mut into.words.attributes,
                "declarer" => &mut into.words.declarers,
                _ => &mut into.words.iterators,
            };
            loop {
                list.push(cursor.name("a name")?.to_owned());
                if !cursor.eat(",") {
                    return Ok(());
                }
            }
        }
        "fresh" if cursor.nth(1) == "identifier" => {
            cursor.bump();
            cursor.bump();
            return fresh(cursor, into);
        }
        "metavariable" => simple(cursor, MetaKind::Generic),
        "identifier" => {
            cursor.bump();
            match list(cursor, into)? {
                Some(len) => MetaKind::IdentifierList(len),
                None => MetaKind::Identifier,
            }
        }
        "function" => simple(cursor, MetaKind::Identifier),
        "field" => listed(cursor, into, MetaKind::Field, MetaKind::FieldList)?,
        "parameter" => listed(cursor, into, MetaKind::Parameter, MetaKind::ParameterList)?,
        "statement" => listed(cursor, into, MetaKind::Statement, |_| MetaKind::StatementList)?,
        "initialiser" | "initializer" => {
            listed(cursor, into, MetaKind::Initializer, MetaKind::InitializerList)?
        }
        "format" => listed(cursor, into, MetaKind::Format, MetaKind::FormatList)?,
        "type" => simple(cursor, MetaKind::Type),
        "declaration" => simple(cursor, MetaKind::Declaration),
        "attribute" => simple(cursor, MetaKind::Attribute),
        "declarer" => simple(cursor, MetaKind::Declarer),
        "iterator" => simple(cursor, MetaKind::Iterator),
        "pragmainfo" => simple(cursor, MetaKind::PragmaInfo),
        "comments" => simple(cursor, MetaKind::Comments),
        "position" => {
            cursor.bump();
            let any = cursor.word() == "any" && cursor.nth(1) != "," && cursor.nth(1) != ";";
            if any {
                cursor.bump();
            }
            MetaKind::Position { any }
        }
        "assignment" | "binary" | "unary" if cursor.nth(1) == "operator" => {
            cursor.bump();
            cursor.bump();
            match word {
                "assignment" => MetaKind::AssignOperator,
                "binary" => MetaKind::BinaryOperator,
                _ => MetaKind::UnaryOperator,
            }
        }
        "local" if cursor.nth(1) == "function" => {
            cursor.bump();
            simple(cursor, MetaKind::Identifier)
        }
        "local" | "global" | "idexpression" => {
            let scope = match word {
                "local" => Scope::Local,
                "global" => Scope::Global,
                _ => Scope::Any,
            };
            cursor.bump();
            if word != "idexpression" {
                cursor.expect("idexpression")?;
            }
            let spec = type_before_name(cursor, into)?;
            MetaKind::IdExpression(scope, spec)
        }
        "constant" => {
            cursor.bump();
            MetaKind::Constant(type_before_name(cursor, into)?)
        }
        "expression" => {
            cursor.bump();
            match list(cursor, into)? {
                Some(len) => MetaKind::ExpressionList(len),
                None => MetaKind::Expression(type_before_name(cursor, into)?),
            }
        }
        _ => {
            cursor.go_to(start);
            let range = cursor.range();
            match type_before_name(cursor, into)? {
                Some(spec) => {
                    refuse_misspelt(word, &spec, range)?;
                    MetaKind::Expression(Some(spec))
                }
                None => {
                    let mut message = *error(
                        "unknown-metavariable",
                        range,
                        format!("`{word}` is no kind of metavariable and no type"),
                    );
                    if let Some(near) = nearest(word, KINDS) {
                        message = message.help(format!("did you mean `{near}`?"));
                    }
                    return Err(Box::new(message));
                }
            }
        }
    };
    names(cursor, into, kind)
}

/// A lone word that is nearly the name of a kind is no type.
fn refuse_misspelt(word: &str, spec: &TypeSpec, range: TextRange) -> Result<()> {
    let lone = matches!(spec, TypeSpec::Words(words) if words.len() == 1);
    let near = nearest(word, KINDS).filter(|near| lone && near.len() >= 8);
    match near {
        Some(near) => Err(Box::new(
            (*error(
                "unknown-metavariable",
                range,
                format!("`{word}` is no kind of metavariable"),
            ))
            .help(format!("did you mean `{near}`?")),
        )),
        None => Ok(()),
    }
}

fn simple(cursor: &mut Cursor, kind: MetaKind) -> MetaKind {
    cursor.bump();
    kind
}

fn listed(
    cursor: &mut Cursor,
    into: &mut Declarations,
    one: MetaKind,
    many: impl Fn(ListLen) -> MetaKind,
) -> Result<MetaKind> {
    cursor.bump();
    Ok(list(cursor, into)?.map_or(one, many))
}

/// `list`, `list[3]`, `list[n]`, `list[n={2}]` before a name.
fn list(cursor: &mut Cursor, into: &mut Declarations) -> Result<Option<ListLen>> {
    if cursor.word() != "list" || matches!(cursor.nth(1), "," | ";" | "=" | "!") {
        return Ok(None);
    }
    cursor.bump();
    if !cursor.eat("[") {
        return Ok(Some(ListLen::Any));
    }
    if cursor.kind() == SyntaxKind::Number {
        let range = cursor.range();
        let number = cursor.bump();
        let len = number
            .parse()
            .map_err(|_| error("bad-length", range, format!("`{number}` is no length of a list")))?;
        cursor.expect("]")?;
        return Ok(Some(ListLen::Fixed(len)));
    }
    let range = cursor.range();
    let (name, inherited) = metavariable_name(cursor)?;
    let mut constraints = Vec::new();
    constraint_list(cursor, into, &mut constraints)?;
    cursor.expect("]")?;
    let id = into.add(MetaVar {
        name,
        kind: MetaKind::Generic,
        inherited,
        constraints,
        range,
    });
    Ok(Some(ListLen::Named(id)))
}

/// `x` or `rule.x`.
fn metavariable_name(cursor: &mut Cursor) -> Result<(String, Option<(String, String)>)> {
    let first = cursor.name("the name of a metavariable")?.to_owned();
    if cursor.word() == "." {
        cursor.bump();
        let name = cursor.name("the name of a metavariable")?.to_owned();
        return Ok((name.clone(), Some((first, name))));
    }
    Ok((first, None))
}

fn names(cursor: &mut Cursor, into: &mut Declarations, kind: MetaKind) -> Result<()> {
    loop {
        // `T (*f)(…)` and stars before later names are part of the type.
        while cursor.word() == "*" {
            cursor.bump();
        }
        let range = cursor.range();
        let (name, inherited) = metavariable_name(cursor)?;
        let mut kind = kind.clone();
        while cursor.word() == "[" && cursor.nth(1) == "]" {
            cursor.bump();
            cursor.bump();
            if let MetaKind::Expression(Some(spec)) = kind {
                kind = MetaKind::Expression(Some(TypeSpec::Array(Box::new(spec))));
            }
        }
        let id = into.add(MetaVar {
            name,
            kind,
            inherited,
            constraints: Vec::new(),
            range,
        });
        let mut constraints = Vec::new();
        constraint_list(cursor, into, &mut constraints)?;
        into.vars[id as usize].constraints = constraints;
        if !cursor.eat(",") {
            return Ok(());
        }
    }
}

fn fresh(cursor: &mut Cursor, into: &mut Declarations) -> Result<()> {
    loop {
        let range = cursor.range();
        let (name, inherited) = metavariable_name(cursor)?;
        let seed = if cursor.eat("=") {
            if cursor.word() == "script" {
                Seed::Script(script(cursor, into)?)
            } else {
                let mut parts = Vec::new();
                loop {
                    if cursor.kind() == SyntaxKind::String {
                        parts.push(SeedPart::Text(cursor.string()?));
                    } else {
                        parts.push(SeedPart::Var(operand_var(cursor, into)?));
                    }
                    // The lexer of C sees `##` as one token only in directives.
                    if cursor.eat("##") {
                    } else if cursor.word() == "#" && cursor.nth(1) == "#" {
                        cursor.bump();
                        cursor.bump();
                    } else {
                        break;
                    }
                }
                Seed::Parts(parts)
            }
        } else {
            Seed::None
        };
        into.add(MetaVar {
            name,
            kind: MetaKind::Fresh(seed),
            inherited,
            constraints: Vec::new(),
            range,
        });
        if !cursor.eat(",") {
            return Ok(());
        }
    }
}

/// A metavariable that a constraint speaks of: one of this rule, or one of another, which is inherited by that.
fn operand_var(cursor: &mut Cursor, into: &mut Declarations) -> Result<VarId> {
    let range = cursor.range();
    let (name, inherited) = metavariable_name(cursor)?;
    if let Some(&id) = into.by_name.get(&name)
        && (inherited.is_none() || into.vars[id as usize].inherited == inherited)
    {
        return Ok(id);
    }
    if inherited.is_none() {
        return Err(error(
            "unknown-name",
            range,
            format!("no metavariable has the name `{name}`"),
        ));
    }
    let (rule, other) = inherited.clone().unwrap_or_default();
    let qualified = format!("{rule}.{other}");
    if let Some(&id) = into.by_name.get(&qualified) {
        return Ok(id);
    }
    Ok(into.add(MetaVar {
        name: qualified,
        kind: MetaKind::Generic,
        inherited,
        constraints: Vec::new(),
        range,
    }))
}

fn constraint_list(cursor: &mut Cursor, into: &mut Declarations, list: &mut Vec<Constraint>) -> Result<()> {
    loop {
        match (cursor.word(), cursor.nth(1)) {
            ("=", "~") => {
                cursor.bump();
                cursor.bump();
                list.push(Constraint::Regex {
                    regex: cursor.string()?,
                    negated: false,
                });
            }
            ("!", "~") => {
                cursor.bump();
                cursor.bump();
                list.push(Constraint::Regex {
                    regex: cursor.string()?,
                    negated: true,
                });
            }
            ("=" | "==", _) => {
                cursor.bump();
                list.push(Constraint::OneOf(operands(cursor, into)?));
            }
            ("!=", _) => {
                cursor.bump();
                list.push(Constraint::NoneOf(operands(cursor, into)?));
            }
            ("<=", _) => {
                cursor.bump();
                let mut vars = Vec::new();
                if cursor.eat("{") {
                    loop {
                        vars.push(operand_var(cursor, into)?);
                        if !cursor.eat(",") {
                            break;
                        }
                    }
                    cursor.expect("}")?;
                } else {
                    vars.push(operand_var(cursor, into)?);
                }
                list.push(Constraint::PartOf(vars));
            }
            (":", "script") => {
                cursor.bump();
                list.push(Constraint::Script(script(cursor, into)?));
            }
            _ => return Ok(()),
        }
        if !cursor.eat("&&") {
            return Ok(());
        }
    }
}

fn operands(cursor: &mut Cursor, into: &mut Declarations) -> Result<Vec<Operand>> {
    let mut list = Vec::new();
    if !cursor.eat("{") {
        list.push(operand(cursor, into)?);
        return Ok(list);
    }
    loop {
        list.push(operand(cursor, into)?);
        if !cursor.eat(",") {
            break;
        }
    }
    cursor.expect("}")?;
    Ok(list)
}

fn operand(cursor: &mut Cursor, into: &mut Declarations) -> Result<Operand> {
    if cursor.at_end() || matches!(cursor.word(), ";" | "}" | ",") {
        return Err(error(
            "expected-value",
            cursor.range(),
            format!("expected a value, found {}", cursor.shown()),
        ));
    }
    if cursor.is_wordlike() && cursor.nth(1) == "." {
        return Ok(Operand::Var(operand_var(cursor, into)?));
    }
    if let Some(&id) = into.by_name.get(cursor.word()) {
        cursor.bump();
        return Ok(Operand::Var(id));
    }
    let mut text = cursor.bump().to_owned();
    // A type or a negative number has several words.
    while !cursor.at_end() && !matches!(cursor.word(), "," | "}" | ";" | "&&" | ")" | "]") {
        if !text.ends_with('-') {
            text.push(' ');
        }
        text.push_str(cursor.bump());
    }
    Ok(Operand::Text(text))
}

/// `script:python(a, r.b) { … }`
fn script(cursor: &mut Cursor, into: &mut Declarations) -> Result<ScriptCode> {
    cursor.expect("script")?;
    cursor.expect(":")?;
    let language = cursor.name("the language of the script")?.to_owned();
    cursor.expect("(")?;
    let mut params = Vec::new();
    while !cursor.eat(")") {
        params.push(operand_var(cursor, into)?);
        if !cursor.eat(",") && cursor.word() != ")" {
            cursor.expect(")")?;
        }
    }
    let open = cursor.range();
    cursor.expect("{")?;
    let start = cursor.range().start;
    let mut depth = 1;
    while !cursor.at_end() {
        match cursor.word() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let code = TextRange::new(start, cursor.range().start.max(start)).slice(cursor.text);
            cursor.bump();
            let code = String::from_utf8_lossy(code).trim().to_owned();
            return Ok(ScriptCode {
                language,
                params,
                code,
            });
        }
        cursor.bump();
    }
    Err(error("unclosed-script", open, "this script is not closed by `}`"))
}

/// The type in front of a name, if there is one.
fn type_before_name(cursor: &mut Cursor, into: &mut Declarations) -> Result<Option<TypeSpec>> {
    let mut spec: Option<TypeSpec> = None;
    if cursor.word() == "{" || cursor.word() == "(" {
        let close = if cursor.bump() == "{" { "}" } else { ")" };
        let mut choice = Vec::new();
        loop {
            let words = words(cursor, into, false)?;
            choice.push(stars(cursor, words));
            if !cursor.eat(",") && !cursor.eat("|") {
                break;
            }
        }
        cursor.expect(close)?;
        spec = Some(TypeSpec::Choice(choice));
    } else if let Some(words) = words(cursor, into, true)? {
        spec = Some(words);
    }
    let mut any = false;
    if spec.is_none() && cursor.word() == "*" {
        spec = Some(TypeSpec::Any);
        any = true;
    }
    let Some(found) = spec else { return Ok(None) };
    let mut found = if any {
        stars(cursor, None)
    } else {
        stars(cursor, Some(found))
    };
    while cursor.word() == "[" && cursor.nth(1) == "]" {
        cursor.bump();
        cursor.bump();
        found = TypeSpec::Array(Box::new(found));
    }
    Ok(Some(found))
}

fn stars(cursor: &mut Cursor, spec: Option<TypeSpec>) -> TypeSpec {
    let mut spec = spec.unwrap_or(TypeSpec::Any);
    loop {
        match cursor.word() {
            "*" => {
                cursor.bump();
                spec = TypeSpec::Pointer(Box::new(spec));
            }
            "const" | "volatile" if cursor.nth(1) == "*" || matches!(spec, TypeSpec::Pointer(_)) => {
                cursor.bump();
            }
            _ => return spec,
        }
    }
}

/// The words of a type. With `named`, the last word is the name that follows the type and stays.
fn words(cursor: &mut Cursor, into: &mut Declarations, named: bool) -> Result<Option<TypeSpec>> {
    let mut list = Vec::new();
    loop {
        if !cursor.is_wordlike() {
            break;
        }
        let word = cursor.word();
        let tagged = matches!(word, "struct" | "union" | "enum");
        if tagged {
            list.push(TypeWord::Word(cursor.bump().to_owned()));
            // `expression struct *a` and `struct s *a`.
            if cursor.is_wordlike() && !(named && ends_name(cursor, 1)) {
                list.push(type_word(cursor, into));
            }
            continue;
        }
        // `rule.T x`
        let len = if cursor.nth(1) == "." { 3 } else { 1 };
        if named && ends_name(cursor, len) {
            break;
        }
        if len == 3 {
            let name = cursor.nth(2);
            if let Some(&id) = into.by_name.get(name) {
                cursor.bump();
                cursor.bump();
                cursor.bump();
                list.push(TypeWord::Var(id));
                continue;
            }
            // A type that is inherited without a declaration of its own.
            let (rule, name) = (cursor.word().to_owned(), name.to_owned());
            let id = into.add(MetaVar {
                name: name.clone(),
                kind: MetaKind::Type,
                inherited: Some((rule, name)),
                constraints: Vec::new(),
                range: cursor.range(),
            });
            for _ in 0..3 {
                cursor.bump();
            }
            list.push(TypeWord::Var(id));
            continue;
        }
        list.push(type_word(cursor, into));
    }
    Ok((!list.is_empty()).then_some(TypeSpec::Words(list)))
}

fn type_word(cursor: &mut Cursor, into: &Declarations) -> TypeWord {
    let word = cursor.bump();
    match into.by_name.get(word) {
        Some(&id) => TypeWord::Var(id),
        None => TypeWord::Word(word.to_owned()),
    }
}

/// Whether the word `ahead` stands behind the name of a metavariable.
fn ends_name(cursor: &Cursor, ahead: usize) -> bool {
    match cursor.nth(ahead) {
        // `T[] E`: an array type, then the name.
        "[" => cursor.nth(ahead + 1) != "]" || matches!(cursor.nth(ahead + 2), "," | ";" | ""),
        word => matches!(word, "," | ";" | "=" | "!" | "!=" | "==" | "<=" | ":" | "" | ")"),
    }
}

//! Members of structs: their types, and whether what is stored into them can be negative.

use bstr::{BString, ByteSlice};
use rustc_hash::FxHashSet;

use super::file::FileFacts;
use super::sources::Sources;
use super::types::{Type, Width};
use crate::ledger::Place;
use crate::syntax::{NodeId, SyntaxKind, lex};
use crate::text::TextRange;

/// How far a value is followed from variable to variable and from function to caller.
const MAX_DEPTH: u32 = 8;

/// Functions that fill a struct with what comes from outside.
const FILLED_FROM_OUTSIDE: [&str; 8] = [
    "copy_from_user",
    "__copy_from_user",
    "copy_from_iter",
    "copy_struct_from_user",
    "memdup_user",
    "vmemdup_user",
    "memcpy_fromio",
    "copy_from_sockptr",
];

/// Macros that store to an argument.
const STORING_MACROS: [&[u8]; 7] = [
    b"get_user",
    b"__get_user",
    b"unsafe_get_user",
    b"WRITE_ONCE",
    b"smp_store_release",
    b"smp_store_mb",
    b"swap",
];

/// The type of a member of a struct, by the tag or typedef of the struct, with the line that declares it; `None` if no
/// file that is in defines the struct, or if its definitions differ.
pub fn member(sources: &Sources<'_>, record: &[u8], name: &[u8]) -> Option<(Type, Place)> {
    let mut found: Option<(Type, Place)> = None;
    for file in sources.files() {
        for known in file.records.iter().filter(|known| known.tag == record) {
            for member in known.members.iter().filter(|member| member.name == name) {
                match &found {
                    Some((ty, _)) if *ty != member.ty => return None,
                    Some(_) => {}
                    None => found = Some((member.ty.clone(), file.place(member.range))),
                }
            }
        }
    }
    found
}

/// Makes sure that the definition of a struct is in, and keeps at hand what [`is_never_negative`] will want to see of a member.
pub fn look_up_member(sources: &mut Sources<'_>, record: &BString, name: &BString) {
    let definition = [b"struct ", &record[..]].concat();
    let defines = |text: &[u8]| memchr::memmem::find(text, &definition).is_some();
    sources.look_up_in_turn([record, name], defines, |text| speaks_of(text, record, name));
}

/// Whether a text names a struct, or stores to a member of this name.
fn speaks_of(text: &[u8], record: &BString, name: &BString) -> bool {
    memchr::memmem::find(text, record).is_some() || has_store(text, name)
}

/// Whether no store to a signed member of a struct, in the whole tree, can make it negative. Gives the lines of the
/// stores, or the line that can't be shown to be harmless.
///
/// Sums and products of values that are not negative count as not negative.
pub fn is_never_negative(
    sources: &mut Sources<'_>,
    record: &BString,
    name: &BString,
) -> Result<Vec<Place>, Option<Place>> {
    sources.look_up_if([record, name], |text| speaks_of(text, record, name));
    let (ty, declared) = member(sources, record, name).ok_or(None)?;
    if ty.integer().is_none_or(|integer| integer.width < Width::Int) || ty.is_qualified {
        return Err(Some(declared));
    }
    if declared.path.contains_str("/uapi/") {
        return Err(Some(declared));
    }
    let holders = holders(sources, record);
    let mut stores = Vec::new();
    let mut proof = Vec::new();
    for file in sources.files() {
        if let Some(range) = filled_from_outside(file, record) {
            return Err(Some(file.place(range)));
        }
        for store in stores_in(file, record, name, &holders) {
            stores.push((file.path.clone(), store));
        }
    }
    for (path, store) in stores {
        let Some(file) = sources.file(path.as_bstr()).cloned() else {
            continue;
        };
        let place = file.place(store.range);
        let harmless = match store.value {
            Stored::Value(value) => not_negative(sources, &file, value, 0),
            Stored::Grown => true,
            Stored::Unknown => false,
        };
        if !harmless {
            return Err(Some(place));
        }
        proof.push(place);
    }
    // What nobody is seen to store comes from somewhere that was not looked at.
    if proof.is_empty() {
        return Err(Some(declared));
    }
    Ok(proof)
}

/// What reaches a struct without naming its tag: members that hold it or point to it, functions that return it.
struct Holders {
    members: FxHashSet<BString>,
    functions: FxHashSet<BString>,
}

fn holders(sources: &Sources<'_>, record: &BString) -> Holders {
    let is_record = |ty: &Type| ty.tag().unwrap_or(&ty.name) == record.as_bytes();
    let mut holders = Holders {
        members: FxHashSet::default(),
        functions: FxHashSet::default(),
    };
    for file in sources.files() {
        let members = file.records.iter().flat_map(|record| &record.members);
        holders.members.extend(
            members
                .filter(|member| is_record(&member.ty))
                .map(|member| member.name.clone()),
        );
        let functions = file
            .functions
            .iter()
            .filter(|function| is_record(&function.returns));
        holders
            .functions
            .extend(functions.map(|function| function.name.clone()));
    }
    holders
}

struct Store {
    value: Stored,
    range: TextRange,
}

enum Stored {
    Value(NodeId),
    /// `++`, or `+=` and the like with something that is not negative.
    Grown,
    Unknown,
}

fn stores_in(file: &FileFacts, record: &BString, name: &BString, holders: &Holders) -> Vec<Store> {
    let tree = &file.tree;
    let mut found = Vec::new();
    let mentions = |word: &[u8]| memchr::memmem::find(&file.text, word).is_some();
    if !mentions(name) && !mentions(record) {
        return found;
    }
    for id in tree.descendants(NodeId::ROOT) {
        match tree.kind(id) {
            SyntaxKind::MemberExpr => {
                let Some(token) = tree.own_token(id, SyntaxKind::Ident) else {
                    continue;
                };
                let range = tree.tokens().range(token);
                if range.slice(&file.text) != name.as_bytes() || !may_be_member_of(file, id, record, holders)
                {
                    continue;
                }
                if let Some(value) = store_to(file, id) {
                    found.push(Store { value, range });
                }
            }
            // Values by their places, which are not counted here.
            SyntaxKind::InitializerList => {
                let values: Vec<NodeId> = tree
                    .children(id)
                    .filter(|&value| tree.kind(value).is_expression())
                    .collect();
                let of_record = values.first().and_then(|&value| file.record_of_list(value));
                if of_record.is_some_and(|known| known == *record) {
                    found.extend(values.into_iter().map(|value| Store {
                        value: Stored::Value(value),
                        range: tree.range(value),
                    }));
                }
            }
            SyntaxKind::InitElement => {
                let designator = tree.child(id, SyntaxKind::Designator);
                let Some(token) =
                    designator.and_then(|designator| tree.own_token(designator, SyntaxKind::Ident))
                else {
                    continue;
                };
                let range = tree.tokens().range(token);
                if range.slice(&file.text) != name.as_bytes()
                    || file.record_of_list(id).is_some_and(|known| known != *record)
                {
                    continue;
                }
                let value = tree
                    .children(id)
                    .last()
                    .filter(|&value| Some(value) != designator);
                found.push(Store {
                    value: value.map_or(Stored::Unknown, Stored::Value),
                    range,
                });
            }
            _ => {}
        }
    }
    found
}

/// Whether a member access may be one to this struct.
fn may_be_member_of(file: &FileFacts, access: NodeId, record: &BString, holders: &Holders) -> bool {
    let tree = &file.tree;
    let Some(mut base) = tree.children(access).next() else {
        return true;
    };
    if let Some(known) = file.record_of_member(access) {
        return known == *record;
    }
    while matches!(
        tree.kind(base),
        SyntaxKind::IndexExpr | SyntaxKind::ParenExpr | SyntaxKind::PrefixExpr
    ) {
        let Some(inner) = tree.children(base).next() else {
            return true;
        };
        base = inner;
    }
    let word = |id| {
        let token = tree.own_token(id, SyntaxKind::Ident)?;
        Some(BString::from(tree.tokens().range(token).slice(&file.text)))
    };
    match tree.kind(base) {
        SyntaxKind::MemberExpr => word(base).is_none_or(|member| holders.members.contains(&member)),
        SyntaxKind::CallExpr => tree
            .children(base)
            .next()
            .and_then(word)
            .is_none_or(|callee| holders.functions.contains(&callee)),
        // Whoever names a variable of this type names the type, unless a macro or typeof does it for him.
        _ => memchr::memmem::find(&file.text, record).is_some(),
    }
}

/// What the expression around a member access stores into it, if it does.
fn store_to(file: &FileFacts, access: NodeId) -> Option<Stored> {
    let tree = &file.tree;
    let mut inner = access;
    let mut outer = tree.parent(inner)?;
    while tree.kind(outer) == SyntaxKind::ParenExpr {
        inner = outer;
        outer = tree.parent(inner)?;
    }
    let operator = || {
        tree.own_tokens(outer)
            .next()
            .map(|token| tree.tokens().kind(token))
    };
    match tree.kind(outer) {
        SyntaxKind::AssignExpr => {
            let mut sides = tree.children(outer);
            if sides.next() != Some(inner) {
                return None;
            }
            let value = sides.next();
            Some(match (operator()?, value) {
                (SyntaxKind::Eq, Some(value)) => Stored::Value(value),
                // Dividing and shifting right make no negative number of others.
                (SyntaxKind::SlashEq | SyntaxKind::ShrEq | SyntaxKind::AmpEq | SyntaxKind::PercentEq, _) => {
                    Stored::Grown
                }
                (SyntaxKind::PlusEq | SyntaxKind::StarEq | SyntaxKind::PipeEq, Some(value)) => {
                    Stored::Value(value)
                }
                _ => Stored::Unknown,
            })
        }
        SyntaxKind::PostfixExpr | SyntaxKind::PrefixExpr => match operator()? {
            SyntaxKind::PlusPlus => Some(Stored::Grown),
            SyntaxKind::MinusMinus | SyntaxKind::Amp => Some(Stored::Unknown),
            _ => None,
        },
        SyntaxKind::AsmStmt => Some(Stored::Unknown),
        SyntaxKind::ArgList => {
            let callee = tree.parent(outer).and_then(|call| tree.children(call).next())?;
            let callee = tree.text(callee, &file.text).trim_ascii();
            STORING_MACROS.contains(&callee).then_some(Stored::Unknown)
        }
        _ => None,
    }
}

/// Where a file fills a struct of this type from user space or a device.
fn filled_from_outside(file: &FileFacts, record: &BString) -> Option<TextRange> {
    let tree = &file.tree;
    let is_record = |ty: &Type| ty.tag().unwrap_or(&ty.name) == record.as_bytes();
    FILLED_FROM_OUTSIDE.iter().find_map(|name| {
        file.calls_named(name.as_bytes())
            .find(|call| {
                let list = tree.child(call.node, SyntaxKind::ArgList);
                let argument = list.and_then(|list| tree.children(list).next());
                let filled = argument.and_then(|argument| file.type_of(argument));
                // `x = memdup_user(…)`
                let assigned = tree
                    .parent(call.node)
                    .filter(|&outer| tree.kind(outer) == SyntaxKind::AssignExpr)
                    .and_then(|outer| tree.children(outer).next())
                    .and_then(|left| file.type_of(left));
                filled.iter().chain(&assigned).any(is_record)
            })
            .map(|call| call.range)
    })
}

/// Whether a text may store to a member of this name: a quick look at the tokens, so that most files are not parsed.
fn has_store(text: &[u8], name: &[u8]) -> bool {
    if !memchr::memmem::find_iter(text, name).any(|at| {
        matches!(at.checked_sub(1).and_then(|at| text.get(at)), Some(b'.' | b'>'))
            || text[..at].trim_ascii_end().ends_with(b".")
    }) {
        return false;
    }
    let tokens = lex(text);
    let kinds: Vec<(SyntaxKind, TextRange)> = (0..tokens.len())
        .map(|at| (tokens.kind(at), tokens.range(at)))
        .filter(|(kind, _)| !kind.is_trivia())
        .collect();
    kinds.windows(3).any(|window| {
        let is_member = matches!(window[0].0, SyntaxKind::Dot | SyntaxKind::Arrow)
            && window[1].0 == SyntaxKind::Ident
            && window[1].1.slice(text) == name;
        is_member
            && (window[2].0.is_assignment()
                || matches!(
                    window[2].0,
                    SyntaxKind::PlusPlus | SyntaxKind::MinusMinus | SyntaxKind::RParen | SyntaxKind::Comma
                ))
    })
}

/// Whether an expression can't be negative as an `int`, whatever is put in.
pub fn not_negative(sources: &mut Sources<'_>, file: &FileFacts, value: NodeId, depth: u32) -> bool {
    if depth > MAX_DEPTH {
        return false;
    }
    let tree = &file.tree;
    let children: Vec<NodeId> = tree.children(value).collect();
    let operator = tree
        .own_tokens(value)
        .next()
        .map(|token| tree.tokens().kind(token));
    match (tree.kind(value), operator) {
        (SyntaxKind::Literal, _) => {
            number(tree.text(value, &file.text)).is_some_and(|number| number <= i32::MAX as u64)
        }
        (SyntaxKind::SizeofExpr, _) => true,
        (SyntaxKind::ParenExpr, _)
        | (SyntaxKind::PrefixExpr, Some(SyntaxKind::Plus | SyntaxKind::KwExtension)) => children
            .iter()
            .all(|&inner| not_negative(sources, file, inner, depth)),
        (SyntaxKind::PrefixExpr, Some(SyntaxKind::Bang)) => true,
        (SyntaxKind::BinaryExpr, Some(operator)) => match operator {
            SyntaxKind::EqEq
            | SyntaxKind::Ne
            | SyntaxKind::Lt
            | SyntaxKind::Gt
            | SyntaxKind::Le
            | SyntaxKind::Ge
            | SyntaxKind::AmpAmp
            | SyntaxKind::PipePipe => true,
            SyntaxKind::Amp => children
                .iter()
                .any(|&inner| not_negative(sources, file, inner, depth)),
            SyntaxKind::Plus
            | SyntaxKind::Star
            | SyntaxKind::Slash
            | SyntaxKind::Percent
            | SyntaxKind::Shr
            | SyntaxKind::Pipe => children
                .iter()
                .all(|&inner| not_negative(sources, file, inner, depth)),
            _ => false,
        },
        (SyntaxKind::ConditionalExpr, _) => children
            .iter()
            .skip(usize::from(children.len() > 2))
            .all(|&inner| not_negative(sources, file, inner, depth)),
        (SyntaxKind::AssignExpr, Some(SyntaxKind::Eq)) => children
            .get(1)
            .is_some_and(|&right| not_negative(sources, file, right, depth)),
        (SyntaxKind::CallExpr, _) => call_not_negative(sources, file, value, depth),
        (SyntaxKind::NameExpr, _) => variable_not_negative(sources, file, value, depth),
        (SyntaxKind::MemberExpr | SyntaxKind::IndexExpr | SyntaxKind::CastExpr, _) => file
            .type_of(value)
            .and_then(|ty| ty.integer())
            .is_some_and(|integer| !integer.signed && integer.width == Width::Short),
        _ => false,
    }
}

fn call_not_negative(sources: &mut Sources<'_>, file: &FileFacts, call: NodeId, depth: u32) -> bool {
    let tree = &file.tree;
    let mut children = tree.children(call);
    let callee = children.next().map(|callee| tree.text(callee, &file.text));
    let arguments: Vec<NodeId> = children
        .next()
        .map(|list| tree.children(list).collect())
        .unwrap_or_default();
    match callee {
        Some(b"ARRAY_SIZE") => true,
        Some(b"min" | b"max" | b"DIV_ROUND_UP" | b"umin" | b"umax") => arguments
            .iter()
            .all(|&argument| not_negative(sources, file, argument, depth)),
        Some(b"min_t" | b"max_t") => arguments
            .iter()
            .skip(1)
            .all(|&argument| not_negative(sources, file, argument, depth)),
        _ => false,
    }
}

/// Whether a variable of the function around is never negative, by all that is ever assigned to its name there.
fn variable_not_negative(sources: &mut Sources<'_>, file: &FileFacts, name: NodeId, depth: u32) -> bool {
    let tree = &file.tree;
    let Some(integer) = file.type_of(name).and_then(|ty| ty.integer()) else {
        return false;
    };
    if !integer.signed && integer.width == Width::Short {
        return true;
    }
    if !integer.signed {
        // As an int, a large value would be negative.
        return false;
    }
    let word = tree.text(name, &file.text);
    let Some(index) = file.function_around(name) else {
        return false;
    };
    let function = &file.functions[index];
    let spelled = |id: NodeId| tree.text(id, &file.text) == word;
    let parameter = function.parameters.iter().position(|(known, _)| known == word);
    // Others store to a variable of the file, too.
    let is_local = parameter.is_some()
        || tree.descendants(function.node).any(|id| {
            tree.kind(id) == SyntaxKind::InitDeclarator
                && super::types::declared_name(tree, id).is_some_and(spelled)
        });
    if !is_local {
        return false;
    }
    for id in tree.descendants(function.node) {
        let children: Vec<NodeId> = match tree.kind(id) {
            SyntaxKind::AssignExpr
            | SyntaxKind::PrefixExpr
            | SyntaxKind::PostfixExpr
            | SyntaxKind::InitDeclarator => tree.children(id).collect(),
            SyntaxKind::AsmStmt | SyntaxKind::Opaque => {
                if crate::facts::file::mentions(file, id, word) {
                    return false;
                }
                continue;
            }
            _ => continue,
        };
        let operator = tree.own_tokens(id).next().map(|token| tree.tokens().kind(token));
        let harmless = match tree.kind(id) {
            SyntaxKind::AssignExpr if children.first().is_some_and(|&left| spelled(left)) => match operator {
                Some(SyntaxKind::Eq | SyntaxKind::PlusEq | SyntaxKind::StarEq | SyntaxKind::PipeEq) => {
                    children
                        .get(1)
                        .is_some_and(|&right| not_negative(sources, file, right, depth + 1))
                }
                Some(SyntaxKind::SlashEq | SyntaxKind::ShrEq | SyntaxKind::AmpEq) => true,
                _ => false,
            },
            SyntaxKind::PrefixExpr | SyntaxKind::PostfixExpr
                if children.first().is_some_and(|&inner| spelled(inner)) =>
            {
                !matches!(operator, Some(SyntaxKind::MinusMinus | SyntaxKind::Amp))
            }
            SyntaxKind::InitDeclarator
                if super::types::declared_name(tree, id).is_some_and(spelled)
                    && tree.own_token(id, SyntaxKind::Eq).is_some() =>
            {
                children
                    .last()
                    .is_some_and(|&initial| not_negative(sources, file, initial, depth + 1))
            }
            _ => true,
        };
        if !harmless {
            return false;
        }
    }
    match parameter {
        Some(position) => argument_not_negative(sources, file, index, position, depth),
        None => true,
    }
}

/// Whether each caller of a function gives a value for a parameter that is not negative.
pub fn parameter_not_negative(
    sources: &mut Sources<'_>,
    file: &FileFacts,
    function: NodeId,
    name: &[u8],
) -> bool {
    let Some(index) = file.functions.iter().position(|known| known.node == function) else {
        return false;
    };
    let parameters = &file.functions[index].parameters;
    match parameters.iter().position(|(known, _)| known == name) {
        Some(position) => argument_not_negative(sources, file, index, position, 0),
        None => false,
    }
}

/// Whether each caller of a function gives a value that is not negative.
fn argument_not_negative(
    sources: &mut Sources<'_>,
    file: &FileFacts,
    index: usize,
    position: usize,
    depth: u32,
) -> bool {
    let function = &file.functions[index];
    if depth >= 3 || function.is_macro {
        return false;
    }
    let local = function.is_static && !file.is_header();
    if !local {
        sources.look_up([&function.name]);
    }
    let files: Vec<_> = sources
        .files()
        .filter(|other| !local || other.path == file.path)
        .cloned()
        .collect();
    let mut called = false;
    for other in files {
        // A function whose pointer is handed out has callers that nobody knows.
        let is_exported_only = other.references_named(&function.name).all(|reference| {
            matches!(&reference.use_as, super::file::UseAs::Argument { callee, .. } if callee.starts_with(b"EXPORT_"))
        });
        if !is_exported_only {
            return false;
        }
        for call in other
            .calls_named(&function.name)
            .filter(|call| !call.through_member)
        {
            let tree = &other.tree;
            let argument = tree
                .child(call.node, SyntaxKind::ArgList)
                .and_then(|list| tree.children(list).nth(position));
            match argument {
                Some(argument) if not_negative(sources, &other, argument, depth + 1) => called = true,
                _ => return false,
            }
        }
    }
    called
}

/// The value of an integer literal.
pub fn number(text: &[u8]) -> Option<u64> {
    let digits = text
        .iter()
        .rposition(|byte| !matches!(byte, b'u' | b'U' | b'l' | b'L'))
        .map(|last| &text[..=last])?;
    let digits = digits.to_str().ok()?;
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).ok();
    }
    if let Some(octal) = digits.strip_prefix('0').filter(|rest| !rest.is_empty()) {
        return u64::from_str_radix(octal, 8).ok();
    }
    digits.parse().ok()
}

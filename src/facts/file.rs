//! What one file says: functions, calls, functions that are used as values, structs.

use std::sync::Arc;

use bstr::{BStr, BString, ByteSlice};
use rustc_hash::FxHashMap;

use super::types::Type;
use crate::ledger::Place;
use crate::syntax::{Names, NodeId, SyntaxKind, Tree, parse};
use crate::text::{LineIndex, TextRange};

/// A function or function-like macro with a body.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: BString,
    /// The name in the text.
    pub range: TextRange,
    /// The `Function`, `MacroFunction` or `DefineDirective`.
    pub node: NodeId,
    /// Whether it is a macro.
    pub is_macro: bool,
    /// Whether it has internal linkage.
    pub is_static: bool,
    /// Its parameters in order: names and types. A macro's have no types.
    pub parameters: Vec<(BString, Type)>,
    /// What it returns.
    pub returns: Type,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The function, or the member that holds its pointer.
    pub callee: BString,
    /// Whether it is called by name or through a member.
    pub through_member: bool,
    /// The calling function, an index into [`FileFacts::functions`]; `None` outside of functions.
    pub caller: Option<usize>,
    /// The `CallExpr`.
    pub node: NodeId,
    /// The name in the text.
    pub range: TextRange,
}

/// A name that is used as a value and may stand for a function.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The name.
    pub name: BString,
    /// The name in the text.
    pub range: TextRange,
    /// The function in which it stands.
    pub inside: Option<usize>,
    /// Where the value goes.
    pub use_as: UseAs,
}

/// Where a value goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum UseAs {
    /// Into a member of a struct.
    Member {
        /// The tag or name of the struct, if the file tells.
        record: Option<BString>,
        /// The member.
        member: BString,
    },
    /// To a function or macro, as an argument.
    Argument {
        /// What is called.
        callee: BString,
        /// Which argument, from 0.
        index: usize,
    },
    /// Elsewhere.
    Other,
}

/// A function-like macro that puts an argument into a member: `#define OPS(f) { .fault = f }`.
#[derive(Clone, Debug)]
pub struct MacroBinding {
    /// The macro.
    pub name: BString,
    /// The struct, if the macro names one.
    pub record: Option<BString>,
    /// The member.
    pub member: BString,
    /// The pieces of the name, joined by `##`.
    pub value: Vec<Piece>,
    /// Where it says so.
    pub range: TextRange,
}

/// A piece of a name in a macro.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Piece {
    /// A parameter, from 0.
    Parameter(usize),
    /// A word.
    Word(BString),
}

/// A struct or union with its members.
#[derive(Clone, Debug)]
pub struct Record {
    /// The tag, or the name of a typedef.
    pub tag: BString,
    /// The tag in the text.
    pub range: TextRange,
    /// Members in order, those of unnamed structs in it included.
    pub members: Vec<Member>,
}

/// A member.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: BString,
    /// Its type.
    pub ty: Type,
    /// The name in the text.
    pub range: TextRange,
}

/// One parsed file and what it says.
pub struct FileFacts {
    /// Relative to the tree.
    pub path: BString,
    /// All of it.
    pub text: Arc<[u8]>,
    /// Its tree.
    pub tree: Tree,
    /// Its lines.
    pub lines: LineIndex,
    /// Functions and function-like macros, in the order of the text.
    pub functions: Vec<Function>,
    /// Names of functions that are declared here.
    pub prototypes: Vec<BString>,
    /// All calls.
    pub calls: Vec<Call>,
    /// Names used as values.
    pub references: Vec<Reference>,
    /// Macros that fill members.
    pub macro_bindings: Vec<MacroBinding>,
    /// Structs with a body.
    pub records: Vec<Record>,
    /// Variables outside of functions, with their types.
    pub globals: Vec<(BString, Type)>,
    function_index: FxHashMap<BString, Vec<u32>>,
    pub(super) call_index: FxHashMap<BString, Vec<u32>>,
    pub(super) reference_index: FxHashMap<BString, Vec<u32>>,
}

impl FileFacts {
    /// Parses a file and reads what it says.
    pub fn new(path: BString, text: Arc<[u8]>, names: &Names) -> Self {
        let tree = parse(&text, names);
        let lines = LineIndex::new(&text);
        let mut facts = Self {
            path,
            lines,
            tree,
            text,
            functions: Vec::new(),
            prototypes: Vec::new(),
            calls: Vec::new(),
            references: Vec::new(),
            macro_bindings: Vec::new(),
            records: Vec::new(),
            globals: Vec::new(),
            function_index: FxHashMap::default(),
            call_index: FxHashMap::default(),
            reference_index: FxHashMap::default(),
        };
        facts.read();
        for (index, function) in facts.functions.iter().enumerate() {
            let list = facts.function_index.entry(function.name.clone()).or_default();
            list.push(index as u32);
        }
        for (index, call) in facts.calls.iter().enumerate() {
            let list = facts.call_index.entry(call.callee.clone()).or_default();
            list.push(index as u32);
        }
        for (index, reference) in facts.references.iter().enumerate() {
            let list = facts.reference_index.entry(reference.name.clone()).or_default();
            list.push(index as u32);
        }
        facts
    }

    /// The calls of a name, by name or through a member.
    pub fn calls_named(&self, name: &[u8]) -> impl Iterator<Item = &Call> {
        let list = self.call_index.get(name.as_bstr());
        list.into_iter()
            .flatten()
            .map(|&index| &self.calls[index as usize])
    }

    /// The uses of a name as a value.
    pub fn references_named(&self, name: &[u8]) -> impl Iterator<Item = &Reference> {
        let list = self.reference_index.get(name.as_bstr());
        list.into_iter()
            .flatten()
            .map(|&index| &self.references[index as usize])
    }

    /// Whether this is a header.
    pub fn is_header(&self) -> bool {
        self.path.ends_with(b".h")
    }

    /// The functions of a name.
    pub fn functions_named(&self, name: &[u8]) -> impl Iterator<Item = (usize, &Function)> {
        let indices = self.function_index.get(BStr::new(name)).into_iter().flatten();
        indices.filter_map(|&index| Some((index as usize, self.functions.get(index as usize)?)))
    }

    /// The line at a range, as proof of a reason.
    pub fn place(&self, range: TextRange) -> Place {
        let line = self.lines.line_column(range.start).line;
        let content = self
            .lines
            .line_range(line)
            .map_or(&b""[..], |line| line.slice(&self.text));
        Place {
            path: self.path.clone(),
            line,
            text: content.trim_ascii().into(),
        }
    }

    /// The function around a node, as an index.
    pub fn function_around(&self, node: NodeId) -> Option<usize> {
        let at = self.functions.partition_point(|function| function.node <= node);
        // Nested functions count as part of the one around them.
        (0..at)
            .rev()
            .take(8)
            .find(|&index| self.tree.contains(self.functions[index].node, node))
    }
}
/// Whether a word stands among the identifiers below a node.
pub(super) fn mentions(file: &FileFacts, node: NodeId, word: &[u8]) -> bool {
    let tokens = file.tree.tokens();
    file.tree
        .token_span(node)
        .any(|token| tokens.kind(token) == SyntaxKind::Ident && tokens.range(token).slice(&file.text) == word)
}

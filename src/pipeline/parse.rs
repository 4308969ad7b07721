//! The reader alone, over all C of a tree: what it read, what it could not, and how fast.

use std::time::{Duration, Instant};

use bstr::{BString, ByteSlice};

use crate::diagnostics::{Diagnostic, Severity};
use crate::scan::{self, Candidate, RequiredWords};
use crate::syntax::{self, Names, NodeId, SyntaxKind, Tree};
use crate::text::LineIndex;
use crate::transform::Problem;
use crate::worktree::Worktree;

use super::{Where, is_c, on_threads};

/// What the reader made of one file.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// Relative to the tree.
    pub path: BString,
    /// Its length.
    pub bytes: usize,
    /// Function definitions.
    pub functions: usize,
    /// Those that hold an opaque node.
    pub opaque_functions: usize,
    /// What could not be parsed, in the order of the text.
    pub opaque: Vec<OpaquePlace>,
    /// Whether the tokens of the tree joined are the file, byte for byte.
    pub is_lossless: bool,
    /// The tree as text, if it was asked for.
    pub dump: Option<String>,
    /// How long the lexer and the parser took.
    pub time: Duration,
}

/// Tokens that could not be parsed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpaquePlace {
    /// Line, from 1.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
    /// The function around it; empty outside of functions.
    pub function: BString,
    /// Its first line.
    pub text: BString,
}

/// What the reader made of a tree.
#[derive(Debug)]
pub struct Reading {
    /// One for each file, sorted by path.
    pub files: Vec<FileReport>,
    /// Files that could not be read, and the like.
    pub diagnostics: Vec<Diagnostic>,
    /// How long all of it took, from the first folder to the last file.
    pub time: Duration,
}

impl Reading {
    /// Whether something could not be read or parsed.
    pub fn is_incomplete(&self) -> bool {
        let unread = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        self.diagnostics.iter().any(unread)
            || self
                .files
                .iter()
                .any(|file| !file.is_lossless || !file.opaque.is_empty())
    }
}

/// Parses all C of a tree.
pub fn parse(place: &Where, with_dump: bool) -> Result<Reading, Problem> {
    on_threads(place.jobs, || {
        let start = Instant::now();
        let worktree =
            Worktree::open(&place.tree, place.revision.as_deref()).map_err(|error| error.diagnostic())?;
        let names = Names::new();
        let any = RequiredWords::none();
        let scan = scan::visit(&worktree, &place.paths, &any, is_c, |file| {
            report(&file, &names, with_dump)
        })
        .map_err(|error| error.diagnostic())?;
        Ok(Reading {
            files: scan.candidates,
            diagnostics: scan.diagnostics,
            time: start.elapsed(),
        })
    })?
}

fn report(file: &Candidate, names: &Names, with_dump: bool) -> FileReport {
    let text = &file.text;
    let start = Instant::now();
    let tree = syntax::parse(text, names);
    let time = start.elapsed();
    let lines = LineIndex::new(text);
    let mut report = FileReport {
        path: file.path.clone(),
        bytes: text.len(),
        functions: 0,
        opaque_functions: 0,
        opaque: Vec::new(),
        is_lossless: is_lossless(&tree, text),
        dump: with_dump.then(|| tree.dump(text)),
        time,
    };
    let mut function = None;
    let mut is_opaque = false;
    for node in tree.descendants(NodeId::ROOT) {
        let kind = tree.kind(node);
        if is_function(kind) && function.is_none_or(|outer| !tree.contains(outer, node)) {
            report.functions += 1;
            function = Some(node);
            is_opaque = false;
        }
        if kind != SyntaxKind::Opaque {
            continue;
        }
        let around = function.filter(|&function| tree.contains(function, node));
        if around.is_some() && !is_opaque {
            report.opaque_functions += 1;
            is_opaque = true;
        }
        let at = lines.line_column(tree.range(node).start);
        let first_line = tree.text(node, text).lines().next().unwrap_or_default();
        report.opaque.push(OpaquePlace {
            line: at.line,
            column: at.column,
            function: around.map_or_else(BString::default, |node| function_name(&tree, node, text)),
            text: first_line.into(),
        });
    }
    report
}

/// Whether the text is all there: each token begins where the one before it ends.
fn is_lossless(tree: &Tree, text: &[u8]) -> bool {
    let tokens = tree.tokens();
    let mut at = 0;
    for index in 0..tokens.len() {
        let range = tokens.range(index);
        if range.start != at {
            return false;
        }
        at = range.end;
    }
    at as usize == text.len() && tree.range(NodeId::ROOT).len() as usize == text.len()
}

/// Whether a node is the definition of a function.
pub(super) fn is_function(kind: SyntaxKind) -> bool {
    matches!(kind, SyntaxKind::Function | SyntaxKind::MacroFunction)
}

/// The name of a function; of one that a macro defines, the macro's name.
pub(super) fn function_name(tree: &Tree, function: NodeId, text: &[u8]) -> BString {
    let is_name = |&node: &NodeId| tree.kind(node) == SyntaxKind::NameDeclarator;
    match tree.descendants(function).find(is_name) {
        Some(name) => tree.text(name, text).into(),
        None => {
            let first = tree.own_tokens(function).next();
            first.map_or_else(BString::default, |token| {
                tree.tokens().range(token).slice(text).into()
            })
        }
    }
}

//! Whether the tree has the function, and how it is added if not.

use std::sync::Arc;

use bstr::{BString, ByteSlice};

use crate::diagnostics::{Diagnostic, Severity};
use crate::edit::{EditSetBuilder, added};
use crate::facts::Sources;
use crate::facts::file::FileFacts;
use crate::passes::rename::other_program;
use crate::plan::FileChange;
use crate::syntax::{NodeId, SyntaxKind};

/// The texts that add a function next to the one it repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The definition with its kernel-doc and export, put behind the definition of the single insert.
    pub definition: String,
    /// The definition for kernels without an MMU, put behind the stub of the single insert.
    pub stub: String,
    /// The prototype, put behind that of the single insert.
    pub prototype: String,
}

/// Whether some file defines or declares a function or macro.
pub fn has(sources: &Sources<'_>, name: &str) -> bool {
    let files = sources.files().filter(|file| other_program(&file.path).is_none());
    files.into_iter().any(|file| {
        file.functions_named(name.as_bytes())
            .any(|(_, function)| function.is_macro || !function.is_static || file.is_header())
            || file.prototypes.iter().any(|known| known == name)
    })
}

/// The changes that add the function to the tree, next to the definitions and the prototype of `next_to`.
pub fn add(
    sources: &Sources<'_>,
    interface: &Interface,
    next_to: &str,
) -> Result<Vec<FileChange>, Diagnostic> {
    let mut changes = Vec::new();
    let mut definitions = Vec::new();
    let mut prototype = None;
    for file in sources.files().filter(|file| other_program(&file.path).is_none()) {
        let defined = file
            .functions_named(next_to.as_bytes())
            .find(|(_, function)| !function.is_macro && !function.is_static);
        if let Some((_, function)) = defined {
            definitions.push((file, function.node, is_stub(file, function.node)));
        }
        if file.is_header() && prototype.is_none() {
            prototype = prototype_in(file, next_to).map(|node| (file, node));
        }
    }
    let missing = |what: &str| {
        Diagnostic::new(
            Severity::Error,
            "no-interface",
            format!("the function can't be added: the tree has no {what} of {next_to}() to put it behind"),
        )
        .help("add it by hand first, or run the transform on a tree that has it")
    };
    if !definitions.iter().any(|(.., is_stub)| !is_stub) {
        return Err(missing("definition"));
    }
    let (header, prototype) = prototype.ok_or_else(|| missing("prototype"))?;
    for (file, node, is_stub) in definitions {
        let text = if is_stub {
            &interface.stub
        } else {
            &interface.definition
        };
        let at = behind_definition(file, node, next_to);
        changes.push(inserted(file, at, &format!("\n{text}")));
    }
    let at = added::line_end(&header.text, header.tree.range(prototype).end as usize) as u32;
    changes.push(inserted(header, at, &interface.prototype));
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(changes)
}

/// A body that only returns a value is no implementation.
fn is_stub(file: &FileFacts, function: NodeId) -> bool {
    let tree = &file.tree;
    let Some(body) = tree.child(function, SyntaxKind::Block) else {
        return true;
    };
    let statements: Vec<NodeId> = tree.children(body).collect();
    match statements[..] {
        [] => true,
        [only] => {
            tree.kind(only) == SyntaxKind::ReturnStmt
                && !tree
                    .descendants(only)
                    .any(|id| tree.kind(id) == SyntaxKind::CallExpr)
        }
        _ => false,
    }
}

fn prototype_in(file: &FileFacts, name: &str) -> Option<NodeId> {
    let tree = &file.tree;
    tree.descendants(NodeId::ROOT)
        .filter(|&id| tree.kind(id) == SyntaxKind::Declaration)
        .find(|&declaration| {
            let declared = tree
                .child(declaration, SyntaxKind::InitDeclarator)
                .and_then(|item| crate::facts::types::declared_name(tree, item));
            declared.is_some_and(|declared| {
                tree.text(declared, &file.text).trim_ascii() == name.as_bytes()
                    && tree.parent(declared).map(|outer| tree.kind(outer))
                        == Some(SyntaxKind::FunctionDeclarator)
            })
        })
}

/// The begin of the line behind a definition, its export and other macros that name it.
fn behind_definition(file: &FileFacts, function: NodeId, name: &str) -> u32 {
    let tree = &file.tree;
    let names_it = |item: NodeId| {
        let text = tree.text(item, &file.text);
        tree.kind(item) == SyntaxKind::MacroItem && text.contains_str(name)
    };
    let last = tree
        .children(NodeId::ROOT)
        .skip_while(|&item| item <= function)
        .take_while(|&item| names_it(item))
        .last();
    let end = tree.range(last.unwrap_or(function)).end;
    added::line_end(&file.text, end as usize) as u32
}

fn inserted(file: &FileFacts, at: u32, text: &str) -> FileChange {
    let mut edits = EditSetBuilder::new();
    edits.insert(at, text);
    // One insertion overlaps with nothing.
    let edits = edits.finish().unwrap_or_default();
    FileChange {
        path: BString::from(file.path.as_bytes()),
        before: file.text.clone(),
        after: Arc::from(edits.apply(&file.text)),
    }
}

//! The other way to rename: the new name first, with the old one as a wrapper, which goes when nobody uses it.

use crate::diagnostics::{Diagnostic, Severity};
use crate::edit::EditSetBuilder;
use crate::ledger::SiteKind;
use crate::plan::{Atom, FileChange, Phase};
use crate::syntax::{NodeId, SyntaxKind::*, Tree};

use super::super::Language;
use super::meaning::Meaning;
use super::{FileSites, Occurrence, Parameters};

/// Splits `changes` into the file that gets the new name and the wrapper, the users, and the removal of the wrapper.
pub(super) fn atoms(
    parameters: &Parameters,
    files: &[FileSites],
    changes: Vec<FileChange>,
) -> Result<Vec<Atom>, Vec<Diagnostic>> {
    if changes.is_empty() {
        return Ok(Vec::new());
    }
    let defined = files.iter().find_map(definition);
    let mut introduce = Vec::new();
    let mut convert = Vec::new();
    let mut retire = Vec::new();
    let mut wrapped = false;
    for change in changes {
        let Some(file) = files.iter().find(|file| file.file.path == change.path) else {
            continue;
        };
        if !file.renamed().any(belongs_to_interface) {
            convert.push(atom(Phase::Convert, vec![change]));
            continue;
        }
        match with_wrappers(parameters, file, defined.as_ref())? {
            Some(both) => {
                wrapped = true;
                let path = change.path.clone();
                retire.push(FileChange {
                    path: path.clone(),
                    before: both.clone(),
                    after: change.after,
                });
                introduce.push(FileChange {
                    path,
                    before: change.before,
                    after: both,
                });
            }
            None => introduce.push(change),
        }
    }
    if !wrapped {
        return Err(vec![cannot(
            parameters,
            "no header declares it, so there is no place for a wrapper with the old name",
        )]);
    }
    let mut atoms = vec![atom(Phase::Introduce, introduce)];
    atoms.extend(convert);
    atoms.push(atom(Phase::Retire, retire));
    Ok(atoms)
}

fn atom(phase: Phase, files: Vec<FileChange>) -> Atom {
    Atom {
        phase,
        files,
        sites: Vec::new(),
        notes: Vec::new(),
    }
}

fn belongs_to_interface(site: &Occurrence) -> bool {
    site.meaning == Meaning::Function
        && matches!(
            site.kind,
            SiteKind::Definition | SiteKind::Declaration | SiteKind::Export
        )
}

fn cannot(parameters: &Parameters, why: &str) -> Diagnostic {
    Diagnostic::new(
        Severity::Error,
        "no-staged-rename",
        format!("`{}` can't be renamed step by step: {why}", parameters.from),
    )
    .help("rename it in one patch with --split none")
}

/// The renamed header with a wrapper behind each declaration or inline definition; nothing if it needs none.
fn with_wrappers(
    parameters: &Parameters,
    file: &FileSites,
    defined: Option<&Signature>,
) -> Result<Option<std::sync::Arc<[u8]>>, Vec<Diagnostic>> {
    let (Language::Header, Some(tree)) = (file.file.language, &file.tree) else {
        return Ok(None);
    };
    let text = &file.file.text;
    let mut edits = EditSetBuilder::new();
    let mut any = false;
    edits.extend(file.edits(parameters));
    for site in file.renamed() {
        if site.meaning != Meaning::Function
            || !matches!(site.kind, SiteKind::Declaration | SiteKind::Definition)
        {
            continue;
        }
        let name = tree.node_at_offset(site.range.start);
        let item = tree
            .enclosing(name, |kind| matches!(kind, Declaration | Function))
            .filter(|&item| tree.parent(item) == Some(NodeId::ROOT));
        let Some(item) = item else {
            return Err(vec![
                cannot(
                    parameters,
                    "it is a macro, or is declared inside of another construct",
                )
                .in_file(file.file.path.clone())
                .at(site.range, ""),
            ]);
        };
        let wrapper = wrapper(tree, text, item, name, parameters, defined).ok_or_else(|| {
            vec![
                cannot(
                    parameters,
                    "a wrapper can't be made of this declaration (unnamed or variable arguments, or a result that is a pointer \
                     to a function)",
                )
                .in_file(file.file.path.clone())
                .at(site.range, ""),
            ]
        })?;
        let end = tree.range(item).end;
        let line_end =
            memchr::memchr(b'\n', &text[end as usize..]).map_or(text.len() as u32, |at| end + at as u32);
        let blank: &[u8] =
            if text[line_end as usize..].starts_with(b"\n\n") || line_end as usize + 1 >= text.len() {
                b""
            } else {
                b"\n"
            };
        edits.insert(line_end, [b"\n\n".as_slice(), &wrapper, blank].concat());
        any = true;
    }
    if !any {
        return Ok(None);
    }
    let edits = edits
        .finish()
        .map_err(|_| vec![cannot(parameters, "two declarations stand on one line")])?;
    Ok(Some(edits.apply(text).into()))
}

/// `static inline int old(int a) { return new(a); }` in kernel style, without the last line break.
fn wrapper(
    tree: &Tree,
    text: &[u8],
    item: NodeId,
    name: NodeId,
    parameters: &Parameters,
    defined: Option<&Signature>,
) -> Option<Vec<u8>> {
    let function = tree
        .ancestors(name)
        .find(|&node| tree.kind(node) == FunctionDeclarator)?;
    let list = tree.child(function, ParamList)?;
    let specifiers = tree.child(item, Specifiers)?;
    let mut result: Vec<u8> = Vec::new();
    for element in tree.elements(specifiers) {
        let range = match element {
            crate::syntax::Element::Node(node) if tree.kind(node) == Attribute => continue,
            crate::syntax::Element::Node(node) => tree.range(node),
            crate::syntax::Element::Token(token) if tree.tokens().kind(token).is_trivia() => continue,
            crate::syntax::Element::Token(token) => tree.tokens().range(token),
        };
        let word = range.slice(text);
        if matches!(word, b"extern" | b"static") || word.ends_with(b"inline") || word.ends_with(b"inline__") {
            continue;
        }
        if !result.is_empty() {
            result.push(b' ');
        }
        result.extend_from_slice(word);
    }
    let stars = tree
        .ancestors(name)
        .take_while(|&node| node != item)
        .filter(|&node| tree.kind(node) == PointerDeclarator);
    let stars = stars.count();
    let declarators = tree
        .ancestors(name)
        .take_while(|&node| node != item)
        .filter(|&node| matches!(tree.kind(node), FunctionDeclarator | ArrayDeclarator));
    if declarators.count() > 1 {
        // It gives a pointer to a function or an array, whose type stands on both sides of the name.
        return None;
    }
    let is_void = result == b"void" && stars == 0;
    let own = Signature::of(tree, text, name);
    let Signature {
        parameters: parameter_texts,
        arguments,
    } = match &own {
        Some(signature) => signature,
        // The prototype leaves out names; the definition has them.
        None => defined.filter(|defined| defined.parameters.len() == tree.children(list).count())?,
    };
    let mut head = [b"static inline ".as_slice(), &result, b" ", &b"*".repeat(stars)].concat();
    head.extend_from_slice(parameters.from.as_bytes());
    head.push(b'(');
    let indent = [b"\t".repeat(head.len() / 8), b" ".repeat(head.len() % 8)].concat();
    let open = head.len();
    let mut column = open;
    for (index, parameter) in parameter_texts.iter().enumerate() {
        if index > 0 {
            head.push(b',');
            if column + 2 + parameter.len() > 79 {
                head.push(b'\n');
                head.extend_from_slice(&indent);
                column = open;
            } else {
                head.push(b' ');
                column += 2;
            }
        }
        head.extend_from_slice(parameter);
        column += parameter.len();
    }
    let call = [parameters.to.as_bytes(), b"(", &arguments.join(&b", "[..]), b");"].concat();
    let keyword = if is_void { "" } else { "return " };
    Some([&head, ")\n{\n\t".as_bytes(), keyword.as_bytes(), &call, b"\n}"].concat())
}

/// The parameters of a function, as they are declared and as they are passed on.
struct Signature {
    parameters: Vec<Vec<u8>>,
    arguments: Vec<Vec<u8>>,
}

impl Signature {
    /// Reads the parameters behind the declared `name`; nothing if one has no name or their number varies.
    fn of(tree: &Tree, text: &[u8], name: NodeId) -> Option<Self> {
        let function = tree
            .ancestors(name)
            .find(|&node| tree.kind(node) == FunctionDeclarator)?;
        let list = tree.child(function, ParamList)?;
        let mut signature = Self {
            parameters: Vec::new(),
            arguments: Vec::new(),
        };
        for parameter in tree.children(list) {
            if tree.kind(parameter) != Param {
                return None;
            }
            let words = tree
                .text(parameter, text)
                .split(u8::is_ascii_whitespace)
                .filter(|word| !word.is_empty());
            let words: Vec<u8> = words.collect::<Vec<_>>().join(&b' ');
            if words != b"void" {
                let declared = tree
                    .descendants(parameter)
                    .find(|&node| tree.kind(node) == NameDeclarator)?;
                signature.arguments.push(tree.text(declared, text).to_vec());
            }
            signature.parameters.push(words);
        }
        Some(signature)
    }
}

/// The signature of the function's definition in a file, if it is there and names its parameters.
fn definition(file: &FileSites) -> Option<Signature> {
    let tree = file.tree.as_ref()?;
    let site = file
        .renamed()
        .find(|site| site.kind == SiteKind::Definition && site.meaning == Meaning::Function)?;
    Signature::of(tree, &file.file.text, tree.node_at_offset(site.range.start))
}

//! What variables hold when control comes to the loop, in terms of what does not change on the way.

use rustc_hash::FxHashMap;

use super::context::Context;
use super::eval::{Eval, Names};
use super::guards::Guards;
use super::poly::{AtomKind, Atoms, Info, Poly};
use super::value::{Value, Why, is_pure, strip};
use crate::facts::types::Width;
use crate::flow::{Definition, FlowId, NodeKind, VariableId, VariableKind, Write};
use crate::syntax::{NodeId, SyntaxKind};

/// Behind any of these nodes.
pub type Point = Vec<FlowId>;

/// How many definitions are followed one behind the other.
const MAX_DEPTH: u32 = 12;

/// Functions that change no memory that a driver's counts and arrays are in.
const HARMLESS_PREFIXES: [&[u8]; 10] = [
    b"pr_", b"dev_", b"printk", b"DRM_", b"netdev_", b"WARN", b"drm_dbg", b"kmalloc", b"kzalloc", b"kcalloc",
];

/// Values at the entry of one loop.
pub struct Entries {
    /// Where control comes from.
    entry: Point,
    known: FxHashMap<VariableId, Poly>,
    /// What was assigned to variables that may be too narrow for it.
    narrowed: FxHashMap<VariableId, Poly>,
    depth: u32,
    /// By node: whether it may change memory. Filled when first asked for.
    noisy: Option<Vec<bool>>,
    /// Whether the function stores to the bounds of a VMA, and to its offset.
    moves_vma: Option<(bool, bool)>,
}

impl Entries {
    /// `entry` are the nodes behind which the loop begins.
    pub fn new(entry: Point) -> Self {
        Self {
            entry,
            known: FxHashMap::default(),
            narrowed: FxHashMap::default(),
            depth: 0,
            noisy: None,
            moves_vma: None,
        }
    }

    /// Where control comes from.
    pub fn entry(&self) -> &Point {
        &self.entry
    }

    /// What a variable holds at the entry.
    pub fn at_entry(&mut self, cx: &Context<'_>, atoms: &mut Atoms, variable: VariableId) -> Poly {
        if let Some(poly) = self.known.get(&variable) {
            return poly.clone();
        }
        let entry = self.entry.clone();
        let poly = self
            .at(cx, atoms, variable, &entry)
            .unwrap_or_else(|| Poly::atom(entry_atom(cx, atoms, variable)));
        self.known.insert(variable, poly.clone());
        poly
    }

    /// What a variable holds behind a point, if that can be said in values at the entry.
    pub fn at(
        &mut self,
        cx: &Context<'_>,
        atoms: &mut Atoms,
        variable: VariableId,
        point: &Point,
    ) -> Option<Poly> {
        let is_plain =
            !cx.accesses.is_aliased(variable) && cx.locals.variable(variable).kind != VariableKind::Other;
        if !is_plain {
            return None;
        }
        let definitions = cx.reach().definitions_behind(variable, point);
        if let [Definition::At(node)] = definitions[..]
            && self.depth < MAX_DEPTH
        {
            self.depth += 1;
            let poly = self.assigned(cx, atoms, variable, node);
            self.depth -= 1;
            if poly.is_some() {
                return poly;
            }
        }
        self.keeps(cx, variable, point)
            .then(|| Poly::atom(entry_atom(cx, atoms, variable)))
    }

    /// Whether a variable is not written between a point and the entry.
    fn keeps(&self, cx: &Context<'_>, variable: VariableId, point: &Point) -> bool {
        let writes: Vec<FlowId> = cx
            .accesses
            .of_variable(variable)
            .filter(|(_, access)| access.writes != Write::No)
            .map(|(node, _)| node)
            .collect();
        writes.is_empty()
            || point.iter().all(|&from| {
                let between = cx.reach().between(from, &self.entry);
                writes.iter().all(|node| !between[node.index()])
            })
    }

    /// What a node assigns to a variable.
    fn assigned(
        &mut self,
        cx: &Context<'_>,
        atoms: &mut Atoms,
        variable: VariableId,
        node: FlowId,
    ) -> Option<Poly> {
        let value = assigned_expression(cx, variable, node)?;
        let tree = cx.tree();
        // Another variable that this node writes too may have its old or its new value.
        let mixed = cx
            .accesses
            .of(node)
            .filter(|access| access.writes != Write::No && access.variable != variable)
            .any(|access| {
                tree.descendants(value)
                    .chain([value])
                    .any(|inner| cx.locals.resolve(inner) == Some(access.variable))
            });
        if mixed {
            return None;
        }
        let at = cx.graph.predecessors(node).to_vec();
        let mut eval = Eval::new(cx, atoms, Names::Outside { entries: self, at }, b"");
        let found = eval.value(value);
        let quiet = eval.effects.is_empty() && eval.values.is_empty();
        if !quiet {
            return None;
        }
        let stored = eval.stored_in(variable, found.clone(), value);
        match (found, stored) {
            (_, Value::Poly(poly)) => Some(poly),
            (Value::Poly(wide), Value::Unknown(Why::Narrow(_))) => {
                self.narrowed.insert(variable, wide);
                None
            }
            _ => None,
        }
    }

    /// Takes what was assigned to narrow variables for their value, where the checks show that it fits.
    pub fn widen(&mut self, cx: &Context<'_>, atoms: &Atoms, guards: &Guards) {
        for (&variable, wide) in &self.narrowed {
            let fits = match cx.type_of_variable(variable).integer() {
                Some(to) if to.width == Width::Int => guards.fits_int(atoms, wide, to.signed),
                Some(to) if to.width > Width::Int => guards.not_negative(atoms, wide),
                _ => false,
            };
            if fits {
                self.known.insert(variable, wide.clone());
            }
        }
    }

    /// What was assigned to a variable that may be too narrow for it.
    pub fn narrowed(&self, variable: VariableId) -> Option<&Poly> {
        self.narrowed.get(&variable)
    }

    /// Whether something in memory is the same at a point and at the entry.
    pub fn stays(&mut self, cx: &Context<'_>, point: &Point, kind: &AtomKind) -> bool {
        match kind {
            AtomKind::VmaPages(_) => return !self.moves_vma(cx).0,
            AtomKind::Member {
                name, arrow: true, ..
            } if &name[..] == b"vm_start" => return !self.moves_vma(cx).0,
            AtomKind::Member {
                name, arrow: true, ..
            } if &name[..] == b"vm_pgoff" => return !self.moves_vma(cx).1,
            // A constant.
            AtomKind::Name(name) if !name.iter().any(u8::is_ascii_lowercase) => return true,
            AtomKind::Turn | AtomKind::PageSize | AtomKind::PagesOf(_) => return true,
            _ => {}
        }
        let noisy = self.noisy.take().unwrap_or_else(|| noisy_nodes(cx));
        let quiet = point.iter().all(|&from| {
            let between = cx.reach().between(from, &self.entry);
            between
                .iter()
                .zip(&noisy)
                .all(|(between, noisy)| !(*between && *noisy))
        });
        self.noisy = Some(noisy);
        quiet
    }

    fn moves_vma(&mut self, cx: &Context<'_>) -> (bool, bool) {
        *self.moves_vma.get_or_insert_with(|| {
            let tree = cx.tree();
            let stored: Vec<&[u8]> = tree
                .descendants(cx.function)
                .filter_map(|id| store_target(cx, id))
                .filter(|&target| tree.kind(target) == SyntaxKind::MemberExpr)
                .filter_map(|target| tree.own_token(target, SyntaxKind::Ident))
                .map(|token| tree.tokens().range(token).slice(&cx.file.text))
                .collect();
            let moves = |names: &[&[u8]]| stored.iter().any(|name| names.contains(name));
            (moves(&[b"vm_start", b"vm_end"]), moves(&[b"vm_pgoff"]))
        })
    }
}

/// The unknown for what a variable holds at the entry.
pub fn entry_atom(cx: &Context<'_>, atoms: &mut Atoms, variable: VariableId) -> super::poly::Atom {
    let ty = cx.type_of_variable(variable);
    atoms.get(AtomKind::Entry(variable), || Info {
        integer: ty.integer(),
        ..Info::default()
    })
}

/// The expression that a node assigns to a variable as a whole.
pub fn assigned_expression(cx: &Context<'_>, variable: VariableId, node: FlowId) -> Option<NodeId> {
    let tree = cx.tree();
    let mut writes = cx
        .accesses
        .of(node)
        .filter(|access| access.variable == variable && access.writes != Write::No);
    let write = writes.next()?;
    if writes.next().is_some() || write.writes != Write::Must {
        return None;
    }
    if tree.kind(write.name) == SyntaxKind::InitDeclarator {
        return tree
            .children(write.name)
            .last()
            .filter(|&value| tree.kind(value).is_expression());
    }
    let mut inner = write.name;
    let mut outer = tree.parent(inner)?;
    while tree.kind(outer) == SyntaxKind::ParenExpr {
        inner = outer;
        outer = tree.parent(inner)?;
    }
    let mut sides = tree.children(outer);
    let is_plain = tree.kind(outer) == SyntaxKind::AssignExpr
        && sides.next() == Some(inner)
        && cx.operator(outer) == Some(SyntaxKind::Eq);
    if is_plain { sides.next() } else { None }
}

/// What an expression stores to, if it stores.
pub fn store_target(cx: &Context<'_>, id: NodeId) -> Option<NodeId> {
    let tree = cx.tree();
    let stores = match tree.kind(id) {
        SyntaxKind::AssignExpr | SyntaxKind::PostfixExpr => true,
        SyntaxKind::PrefixExpr => {
            matches!(
                cx.operator(id),
                Some(SyntaxKind::PlusPlus | SyntaxKind::MinusMinus)
            )
        }
        _ => false,
    };
    stores
        .then(|| tree.children(id).next())
        .flatten()
        .map(|target| strip(cx, target))
}

/// Which nodes call something that may change memory, or store to it themselves.
fn noisy_nodes(cx: &Context<'_>) -> Vec<bool> {
    let tree = cx.tree();
    cx.graph
        .ids()
        .map(|id| {
            let node = cx.graph.node(id);
            let Some(part) = node.part else {
                return node.kind == NodeKind::Dispatch;
            };
            std::iter::once(part)
                .chain(tree.descendants(part))
                .any(|inner| match tree.kind(inner) {
                    SyntaxKind::CallExpr => tree
                        .children(inner)
                        .next()
                        .is_none_or(|callee| !is_harmless(cx.text(callee))),
                    SyntaxKind::AsmStmt | SyntaxKind::Opaque => true,
                    _ => store_target(cx, inner).is_some_and(|target| cx.locals.resolve(target).is_none()),
                })
        })
        .collect()
}

fn is_harmless(callee: &[u8]) -> bool {
    HARMLESS_PREFIXES.iter().any(|prefix| callee.starts_with(prefix))
        || is_pure(callee)
        || matches!(
            callee,
            b"vma_pages"
                | b"PAGE_ALIGN"
                | b"PFN_UP"
                | b"PFN_PHYS"
                | b"DIV_ROUND_UP"
                | b"container_of"
                | b"PTR_ERR"
                | b"IS_ERR"
        )
}

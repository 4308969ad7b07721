//! The values of calls: the insert, and macros that compute with pages.

use super::eval::Eval;
use super::poly::{AtomKind, Info, Poly, UNSIGNED_LONG};
use super::value::{Effect, Insert, Value, Why, is_pure, is_transparent};
use crate::syntax::{NodeId, SyntaxKind};

impl Eval<'_, '_> {
    pub(super) fn call(&mut self, node: NodeId, children: &[NodeId]) -> Value {
        let tree = self.cx.tree();
        let callee = children
            .first()
            .map(|&callee| self.cx.text(callee))
            .unwrap_or_default();
        let arguments: Vec<NodeId> = children
            .get(1)
            .map(|&list| tree.children(list).collect())
            .unwrap_or_default();
        if callee == self.insert
            && let [vma, address, page] = arguments[..]
        {
            let arguments = [self.value(vma), self.value(address), self.value(page)];
            self.inserts.push(Insert { node, arguments });
            return Value::Result;
        }
        let page = self.atoms.page_size();
        match (callee, &arguments[..]) {
            (callee, &[argument]) if is_transparent(callee) => self.value(argument),
            (b"vma_pages", &[vma]) => match self.poly(vma) {
                Some(poly) if !self.varies(&poly) => {
                    let atom = self.pages_of_vma(poly);
                    self.settled(atom, node)
                }
                _ => Value::Unknown(Why::Other(node)),
            },
            (b"PFN_PHYS", &[pages]) => self
                .poly(pages)
                .and_then(|pages| pages.times(&Poly::atom(page)))
                .map_or(Value::Unknown(Why::Other(node)), Value::Poly),
            (b"PFN_UP", &[bytes]) => match self.poly(bytes) {
                Some(bytes) => self.pages_of(node, bytes, "PFN_UP({})"),
                None => Value::Unknown(Why::Other(node)),
            },
            (b"DIV_ROUND_UP", &[bytes, divisor]) if self.cx.text(divisor) == b"PAGE_SIZE" => {
                match self.poly(bytes) {
                    Some(bytes) => self.pages_of(node, bytes, "DIV_ROUND_UP({}, PAGE_SIZE)"),
                    None => Value::Unknown(Why::Other(node)),
                }
            }
            (b"PAGE_ALIGN", &[bytes]) => match self.poly(bytes) {
                Some(bytes) => match self.pages_of(node, bytes, "(PAGE_ALIGN({}) >> PAGE_SHIFT)") {
                    Value::Poly(pages) => pages
                        .times(&Poly::atom(page))
                        .map_or(Value::Unknown(Why::Other(node)), Value::Poly),
                    value => value,
                },
                None => Value::Unknown(Why::Other(node)),
            },
            (callee, arguments) if is_pure(callee) => {
                let mut steady = true;
                for &argument in arguments {
                    if !tree.kind(argument).is_expression() {
                        continue;
                    }
                    match self.value(argument) {
                        Value::Poly(poly) => steady &= !self.varies(&poly),
                        _ => steady = false,
                    }
                }
                if steady {
                    self.pure(node)
                } else {
                    Value::Unknown(Why::Call(node))
                }
            }
            (_, arguments) => {
                for &argument in arguments {
                    if tree.kind(argument).is_expression() {
                        self.value(argument);
                    } else {
                        self.effects.push(Effect::Unclear(argument));
                    }
                }
                if children
                    .first()
                    .is_some_and(|&callee| tree.kind(callee) != SyntaxKind::NameExpr)
                {
                    self.value(children[0]);
                }
                self.effects.push(Effect::Call(node));
                Value::Unknown(Why::Call(node))
            }
        }
    }

    /// A number of bytes as pages, rounded up.
    pub(super) fn pages_of(&mut self, node: NodeId, bytes: Poly, text: &str) -> Value {
        let page = self.atoms.page_size();
        if let Some(pages) = bytes.divided_by(page) {
            return Value::Poly(pages);
        }
        if self.varies(&bytes) {
            return Value::Unknown(Why::Other(node));
        }
        let atom = self.atoms.get(AtomKind::PagesOf(bytes), || Info {
            text: text.into(),
            integer: Some(UNSIGNED_LONG),
            node: None,
        });
        Value::Poly(Poly::atom(atom))
    }
}

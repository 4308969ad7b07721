//! Chains of `||`, `|`, `+` and their kin whose rest a rule leaves open.

use crate::smpl::pattern::{Mark, Node, Token};
use crate::syntax::{NodeId, SyntaxKind::*};

use super::fit::{Fitter, Hits, MAX_HITS};
use super::hit::Hit;

impl Fitter<'_> {
    /// `a || ...`: some operand of a chain, which may be the only one.
    pub(super) fn chain(&self, wanted: &[&Node], p: &Node, c: NodeId, hit: &Hit) -> Hits {
        let tokens = p.tokens();
        let (Some(operator), Some(dots)) = (p.own_tokens().next(), tokens.last()) else {
            return Vec::new();
        };
        let tree = &self.source.tree;
        let is_removed = |token: &Token| {
            let info = self.rule.tokens.get(token.info as usize);
            info.is_some_and(|info| info.mark == Mark::Minus)
        };
        let removed = tokens.iter().filter(|token| is_removed(token)).count();
        if is_removed(operator) && removed < tokens.len() {
            // What would stay of the chain is no expression, unless it has as many operands.
            return self.parts_fit(p, c, hit);
        }
        let continues =
            |id: NodeId| tree.kind(id) == BinaryExpr && tree.own_token(id, operator.kind).is_some();
        let mut operands = Vec::new();
        let mut open = vec![c];
        while let Some(id) = open.pop() {
            if continues(id) {
                open.extend(tree.children(id).collect::<Vec<_>>().into_iter().rev());
            } else {
                operands.push(id);
            }
        }
        let mut hits = vec![(hit.clone(), 0)];
        for wanted in wanted {
            let mut next = Vec::new();
            for (hit, from) in &hits {
                for (index, &operand) in operands.iter().enumerate().skip(*from) {
                    next.extend(
                        self.node(wanted, operand, hit)
                            .into_iter()
                            .map(|hit| (hit, index + 1)),
                    );
                }
            }
            next.truncate(MAX_HITS);
            hits = next;
        }
        let whole = is_removed(operator).then(|| self.source.span(c));
        let rest = |hit| match whole {
            Some(span) => self.recorded(dots, span, None, &hit),
            None => Some(hit),
        };
        hits.into_iter().filter_map(|(hit, _)| rest(hit)).collect()
    }
}

/// The operands of `a || b || ...` that are not dots.
pub(super) fn open_chain(p: &Node) -> Option<Vec<&Node>> {
    let operator = p.own_tokens().next()?;
    let is_dots = |node: &Node| node.kind == PatternLeaf && node.own_token(Dots).is_some();
    let joins = matches!(operator.kind, PipePipe | AmpAmp | Pipe | Amp | Plus | Star);
    if !joins || !p.children().last().is_some_and(is_dots) {
        return None;
    }
    let mut operands = Vec::new();
    let mut at = p.children().next()?;
    while at.kind == BinaryExpr && at.own_token(operator.kind).is_some() {
        operands.push(at.children().nth(1)?);
        at = at.children().next()?;
    }
    operands.push(at);
    operands.reverse();
    operands
        .iter()
        .all(|operand| !is_dots(operand))
        .then_some(operands)
}

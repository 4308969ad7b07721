//! How often metavariables occur in pieces of a rule: one that occurs in one place only is no concern of the others.

use rustc_hash::{FxHashMap, FxHashSet};

use super::node::bodies;
use crate::smpl::pattern::Node;
use crate::smpl::{MatchRule, MetaKind, Seed, SeedPart, VarId};
use crate::syntax::SyntaxKind::*;

/// How often each metavariable occurs.
#[derive(Clone, Debug, Default)]
pub struct Uses(FxHashMap<VarId, usize>);

impl Uses {
    /// In some nodes, with the code that is added to them.
    pub fn of<'n>(rule: &MatchRule, nodes: impl IntoIterator<Item = &'n Node>) -> Self {
        let mut uses = Self::default();
        for node in nodes {
            each_var(rule, node, &mut |var| *uses.0.entry(var).or_default() += 1);
        }
        uses
    }

    /// In these and others.
    pub fn with(&self, others: &Self) -> Self {
        let mut all = self.clone();
        for (&var, count) in &others.0 {
            *all.0.entry(var).or_default() += count;
        }
        all
    }

    /// In these but for others.
    pub fn without(&self, others: &Self) -> Self {
        let mut rest = self.clone();
        for (var, count) in &others.0 {
            if let Some(all) = rest.0.get_mut(var) {
                *all = all.saturating_sub(*count);
            }
        }
        rest
    }

    /// The metavariables that occur.
    pub fn vars(&self) -> impl Iterator<Item = VarId> {
        self.0.keys().copied()
    }

    /// The metavariables that occur more often in `all`.
    pub fn shared_with(&self, all: &Self) -> impl Iterator<Item = VarId> {
        self.0
            .iter()
            .filter(|(var, count)| all.0.get(var).is_some_and(|all| all > count))
            .map(|(&var, _)| var)
    }

    /// The metavariables all of whose occurrences stand in one body of a compound statement: they are no concern of what
    /// stands around it.
    pub fn only_in_one_body(&self, rule: &MatchRule, node: &Node) -> FxHashSet<VarId> {
        let inside = Self::in_bodies(rule, node).0.into_iter();
        inside
            .filter(|(var, count)| self.0.get(var) == Some(count))
            .map(|(var, _)| var)
            .collect()
    }

    /// In the one body that has a metavariable; in each branch of a disjunction, for an isomorphism makes several of one
    /// statement. Those that occur in two bodies count as zero.
    fn in_bodies(rule: &MatchRule, node: &Node) -> Self {
        let mut all = Self::default();
        let list: Vec<&Node> = match node.kind {
            Function => node.child(Block).into_iter().collect(),
            Block => vec![node],
            IfStmt | WhileStmt | ForStmt | MacroLoop | SwitchStmt | DoStmt => bodies(node),
            PatternDisj if !node.is_conjunction() => {
                for branch in node.children() {
                    let mut here = Self::default();
                    for part in branch.children() {
                        here.apart(Self::in_bodies(rule, part));
                    }
                    all = all.with(&here);
                }
                return all;
            }
            _ => Vec::new(),
        };
        // A body without braces is no sequence that could quantify.
        for body in list.into_iter().filter(|body| body.kind == Block) {
            all.apart(Self::of(rule, [body]));
        }
        all
    }

    /// Takes in another body.
    fn apart(&mut self, other: Self) {
        for (var, count) in other.0 {
            self.0.entry(var).and_modify(|known| *known = 0).or_insert(count);
        }
    }
}

/// Calls `visit` for each metavariable of a node, also those of its added code.
pub fn each_var(rule: &MatchRule, node: &Node, visit: &mut impl FnMut(VarId)) {
    node.each_token(&mut |token| {
        if let Some(var) = token.var {
            visit(var);
        }
        let info = &rule.tokens[token.info as usize];
        for &var in &info.attached {
            visit(var);
        }
        for &plus in info.before.iter().chain(&info.after) {
            for token in &rule.plus[plus as usize].tokens {
                let Some(var) = token.var else { continue };
                visit(var);
                if let MetaKind::Fresh(Seed::Parts(parts)) = &rule.vars[var as usize].kind {
                    for part in parts {
                        if let SeedPart::Var(var) = part {
                            visit(*var);
                        }
                    }
                }
            }
        }
    });
}

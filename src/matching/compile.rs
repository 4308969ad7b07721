//! From the pattern of a rule to a formula.

use rustc_hash::{FxHashMap, FxHashSet};

use super::formula::{Atom, Compiled, Formula, FormulaId, Jump};
use super::node::{bodies, braces_marked, ends_in_return, has_plus, is_dots, is_marked, is_optional};
use super::uses::{Uses, each_var};
use crate::smpl::pattern::{Element, Mark, Node, When};
use crate::smpl::{MatchRule, MetaKind, Quantifier, VarId};
use crate::syntax::SyntaxKind;
use crate::syntax::SyntaxKind::*;

/// What comes behind a sequence.
#[derive(Clone)]
enum Tail {
    /// Nothing is asked.
    Free,
    /// This formula holds at the next state.
    Then(FormulaId),
}

/// Compiles a rule. `exported` are the metavariables that later rules want to know; `quantifier` is for rules that do not
/// name one.
pub fn compile(
    rule: &MatchRule,
    pattern: &[Node],
    exported: &FxHashSet<VarId>,
    quantifier: Quantifier,
) -> Compiled {
    let mut compiler = Compiler {
        rule,
        exported,
        on: rule.quantifier.unwrap_or(quantifier),
        out: Compiled {
            formulas: vec![Formula::True],
            nodes: Vec::new(),
            root: None,
            added: added(rule),
            lone: matches!(pattern, [one] if is_lone(one)),
            vars: rule.vars.len(),
            positions: exported
                .iter()
                .copied()
                .filter(|&var| matches!(rule.vars[var as usize].kind, MetaKind::Position { .. }))
                .collect(),
            forbidden: FxHashMap::default(),
        },
        leave: None,
        uses: Uses::default(),
        entry: None,
        body_of: None,
        jumps: Jumps::default(),
        form: false,
        closed: false,
    };
    if !pattern.is_empty() {
        let nodes: Vec<&Node> = pattern.iter().collect();
        compiler.uses = Uses::of(rule, nodes.iter().copied());
        let mut seen = FxHashSet::default();
        let starts_with_dots = matches!(pattern[0].kind, PatternLeaf | PatternNest)
            && pattern[0].own_token(Dots).is_some()
            || pattern[0].kind == PatternNest;
        let root = compiler.sequence(&nodes, None, Tail::Free, &mut seen, true);
        compiler.out.root = Some(if starts_with_dots {
            let start = compiler.atom(Atom::Start);
            let next = compiler.next(root);
            compiler.and(start, next)
        } else {
            root
        });
    }
    compiler.out
}

fn added(rule: &MatchRule) -> FxHashSet<VarId> {
    let tokens = rule.plus.iter().flat_map(|plus| &plus.tokens);
    tokens.filter_map(|token| token.var).collect()
}

/// Whether a part of a pattern says nothing of what the statement looks like.
fn is_any_statement(node: &Node) -> bool {
    node.kind == PatternLeaf || is_dots(node)
}

/// Whether a pattern is an expression or a type by itself.
fn is_lone(node: &Node) -> bool {
    match node.kind {
        PatternExpr | PatternType => true,
        PatternDisj => node
            .children()
            .all(|branch| matches!(&branch.elements[..], [Element::Node(inner)] if is_lone(inner))),
        _ => false,
    }
}

#[derive(Clone, Copy, Default)]
struct Jumps {
    breaks: Option<VarId>,
    continues: Option<VarId>,
}

impl Jumps {
    /// Within a body of this kind.
    fn within(self, kind: Option<SyntaxKind>, label: VarId) -> Self {
        match kind {
            Some(SwitchStmt) => Self {
                breaks: Some(label),
                ..self
            },
            Some(WhileStmt | ForStmt | DoStmt | MacroLoop) => Self {
                breaks: Some(label),
                continues: Some(label),
            },
            _ => self,
        }
    }
}

struct Compiler<'r> {
    rule: &'r MatchRule,
    exported: &'r FxHashSet<VarId>,
    on: Quantifier,
    out: Compiled,
    /// Where the dots of the block or statement that is being compiled do not go.
    leave: Option<FormulaId>,
    /// How often each metavariable occurs in the rule.
    uses: Uses,
    /// The block whose statements are compiled next is not entered again: dots at its begin end before they would.
    entry: Option<FormulaId>,
    /// The loop or `switch` whose body is compiled next.
    body_of: Option<SyntaxKind>,
    /// The bodies that a `break` and a `continue` of the pattern leave.
    jumps: Jumps,
    /// One of several forms of a statement is compiled next; that the statement may be missing is said of all at once.
    form: bool,
    /// A condition is being compiled: what it finds is of no interest to anybody.
    closed: bool,
}

impl Compiler<'_> {
    fn add(&mut self, formula: Formula) -> FormulaId {
        self.out.formulas.push(formula);
        self.out.formulas.len() as FormulaId - 1
    }

    fn atom(&mut self, atom: Atom) -> FormulaId {
        self.add(Formula::Atom(atom))
    }

    fn node(&mut self, node: &Node) -> usize {
        self.out.nodes.push(node.clone());
        self.out.nodes.len() - 1
    }

    fn and(&mut self, left: FormulaId, right: FormulaId) -> FormulaId {
        match (left, right) {
            (0, other) | (other, 0) => other,
            _ => self.add(Formula::And(left, right)),
        }
    }

    fn not(&mut self, inner: FormulaId) -> FormulaId {
        self.add(Formula::Not(inner))
    }

    fn next(&mut self, inner: FormulaId) -> FormulaId {
        let on = self.on;
        if inner == 0 {
            0
        } else {
            self.add(Formula::Next(on, inner))
        }
    }

    fn jump(&mut self, jump: Jump, inner: FormulaId) -> FormulaId {
        if inner == 0 {
            0
        } else {
            self.add(Formula::Jump(jump, inner))
        }
    }

    /// What has to hold behind a jump: it passes the closing braces of the blocks that it leaves.
    fn behind_jump(&mut self, tail: &Tail) -> FormulaId {
        match tail {
            Tail::Free => 0,
            Tail::Then(formula) => {
                let guard = self.atom(Atom::Left);
                let until = self.add(Formula::Until {
                    on: self.on,
                    forgiven: None,
                    guard,
                    goal: *formula,
                });
                self.next(until)
            }
        }
    }

    /// What has to hold at the states behind, as a formula for here.
    fn behind(&mut self, tail: &Tail) -> FormulaId {
        match tail {
            Tail::Free => 0,
            Tail::Then(formula) => self.next(*formula),
        }
    }

    /// A sequence of statements, which begins here. `before` is what stands before it.
    fn sequence(
        &mut self,
        nodes: &[&Node],
        before: Option<&Node>,
        tail: Tail,
        seen: &mut FxHashSet<VarId>,
        top: bool,
    ) -> FormulaId {
        let entry = self.entry.take();
        let is_form = std::mem::take(&mut self.form);
        let Some((&first, rest)) = nodes.split_first() else {
            return match tail {
                Tail::Free => 0,
                Tail::Then(formula) => formula,
            };
        };
        // Metavariables that occur here first are of no interest before this place.
        let mut fresh = Vec::new();
        if !is_dots(first) {
            let inner = self.uses.only_in_one_body(self.rule, first);
            each_var(self.rule, first, &mut |var| {
                if !inner.contains(&var) && seen.insert(var) {
                    fresh.push(var);
                }
            });
        }
        if first.kind == PatternNest {
            let inside = Uses::of(self.rule, [first]);
            fresh.extend(inside.shared_with(&self.uses).filter(|&var| seen.insert(var)));
        }
        let formula = if is_dots(first) {
            self.entry = entry;
            self.dots(first, rest, before, tail, seen)
        } else {
            let rest = self.sequence(rest, Some(first), tail, seen, false);
            let behind = if rest == 0 { Tail::Free } else { Tail::Then(rest) };
            let here = self.statement(first, &behind, seen);
            if !is_form && is_optional(self.rule, first) && (rest != 0 || before.is_some_and(is_dots)) {
                let alone = self.statement(first, &Tail::Free, seen);
                let without = if rest == 0 { self.atom(Atom::End) } else { rest };
                self.add(Formula::Else(here, without, alone))
            } else {
                here
            }
        };
        fresh.retain(|var| self.closed || !self.exported.contains(var));
        if fresh.is_empty() || top {
            return formula;
        }
        self.add(Formula::Exists(fresh, formula))
    }

    /// Dots or a nest, and what follows.
    fn dots(
        &mut self,
        dots: &Node,
        rest: &[&Node],
        before: Option<&Node>,
        tail: Tail,
        seen: &mut FxHashSet<VarId>,
    ) -> FormulaId {
        let entry = self.entry.take();
        let Some(token) = dots.own_tokens().next().cloned() else {
            return 0;
        };
        let info = &self.rule.tokens[token.info as usize];
        let whens: Vec<&When> = info
            .whens
            .iter()
            .map(|&when| &self.rule.whens[when as usize])
            .collect();
        let minus = info.mark == Mark::Minus;
        let mut on = self.on;
        let (mut any, mut strict) = (false, false);
        let mut guard = 0;
        let mut only: Option<FormulaId> = None;
        // What a condition says of metavariables that only get a value later is about that value.
        let mut known = seen.clone();
        for node in rest {
            each_var(self.rule, node, &mut |var| {
                known.insert(var);
            });
        }
        for when in &whens {
            match when {
                When::Any => any = true,
                When::Strict => strict = true,
                When::Exists => on = Quantifier::Exists,
                When::Forall => on = Quantifier::Forall,
                When::Not(nodes) => {
                    let inner = self.closed(nodes, &known);
                    let not = self.not(inner);
                    if let Some(first) = nodes.first() {
                        let node = self.node(first);
                        self.out.forbidden.insert(not, node);
                    }
                    guard = self.and(guard, not);
                }
                When::Only(nodes) => {
                    let inner = self.closed(nodes, &known);
                    let inner = self.add(Formula::Check(inner));
                    only = Some(match only {
                        Some(other) => self.add(Formula::Or(other, inner)),
                        None => inner,
                    });
                }
                When::NotTrue(nodes) | When::NotFalse(nodes) => {
                    let truth = matches!(when, When::NotTrue(_));
                    let [node] = &nodes[..] else { continue };
                    let node = self.node(node);
                    let arm = self.atom(Atom::Arm(node, truth));
                    let not = self.not(arm);
                    guard = self.and(guard, not);
                }
            }
        }
        if let Some(only) = only {
            guard = self.and(guard, only);
        }
        if !any {
            guard = self.and(guard, entry.unwrap_or(0));
            if let Some(bound) = before.filter(|bound| !is_any_statement(bound)) {
                let inner = self.closed(std::slice::from_ref(bound), seen);
                let own = self.only_here(bound);
                let inner = self.add(Formula::Afresh(own, inner));
                let not = self.not(inner);
                guard = self.and(guard, not);
            }
            let after = rest.first().filter(|bound| !is_any_statement(bound));
            if let Some(&bound) = after {
                // Later rules want to know all of its values.
                let exported = self.exported.iter().filter(|&&var| !self.is_position(var));
                let known = seen.iter().chain(exported).copied().collect();
                let inner = self.closed(std::slice::from_ref(bound), &known);
                let not = self.not(inner);
                guard = self.and(guard, not);
            }
        }
        if let Some(leave) = self.leave {
            let not = self.not(leave);
            guard = self.and(guard, not);
        }
        let mut needed = None;
        let mut maybe = 0;
        if dots.kind == PatternNest {
            let inner: Vec<&Node> = dots.children().collect();
            let mut inner_seen = seen.clone();
            let formula = self.sequence(&inner, None, Tail::Free, &mut inner_seen, false);
            maybe = self.add(Formula::Maybe(formula));
            if token.text.contains(&b'+') {
                needed = Some((guard, formula));
            }
            guard = self.and(guard, maybe);
        }
        if minus {
            let removed = self.atom(Atom::Removed(token));
            guard = self.and(guard, removed);
        }
        let goal = if rest.is_empty() {
            match tail {
                Tail::Free => self.atom(Atom::End),
                Tail::Then(formula) => formula,
            }
        } else {
            self.sequence(rest, Some(dots), tail, seen, false)
        };
        let forgiven = (!strict).then(|| self.forgiven(rest, seen));
        let until = self.add(Formula::Until {
            on,
            forgiven,
            guard,
            goal,
        });
        let until = if on == Quantifier::Forall && !strict && !rest.is_empty() {
            // Ways that end early are forgiven only where another one gets there.
            let reach = self.add(Formula::Until {
                on: Quantifier::Exists,
                forgiven: None,
                guard,
                goal,
            });
            let check = self.add(Formula::Check(reach));
            self.and(check, until)
        } else {
            until
        };
        match needed {
            Some((before, formula)) => {
                // It has to stand before what follows, and within the block.
                let (before, formula) = match goal {
                    0 => (before, formula),
                    _ => {
                        let past = self.not(goal);
                        (self.and(before, past), self.and(formula, past))
                    }
                };
                // Where one way is enough, it is the one that gets there.
                let (before, formula) = match on {
                    Quantifier::Exists => (self.and(before, maybe), self.and(formula, until)),
                    Quantifier::Forall => (before, formula),
                };
                let reach = self.add(Formula::Until {
                    on: Quantifier::Exists,
                    forgiven: None,
                    guard: before,
                    goal: formula,
                });
                match on {
                    Quantifier::Exists => reach,
                    Quantifier::Forall => {
                        let check = self.add(Formula::Check(reach));
                        self.and(check, until)
                    }
                }
            }
            None => until,
        }
    }

    /// An arm that ends in a jump is taken for the handling of an error, if that leads nowhere where the dots could end. A
    /// `continue` leads to the next turn of a loop, which does not count.
    fn forgiven(&mut self, rest: &[&Node], seen: &FxHashSet<VarId>) -> FormulaId {
        let Some(&first) = rest.first().filter(|first| !is_any_statement(first)) else {
            return 0;
        };
        let goal = self.closed(std::slice::from_ref(first), seen);
        let beyond = self.reach(goal);
        let beyond = self.add(Formula::Next(Quantifier::Exists, beyond));
        let jump = self.atom(Atom::Jumps);
        let jump = self.and(jump, beyond);
        let reach = self.reach(jump);
        self.not(reach)
    }

    /// Some way leads there within this turn of the loops around.
    fn reach(&mut self, goal: FormulaId) -> FormulaId {
        let turns = self.atom(Atom::Turns);
        let guard = self.not(turns);
        self.add(Formula::Until {
            on: Quantifier::Exists,
            forgiven: None,
            guard,
            goal,
        })
    }

    fn is_position(&self, var: VarId) -> bool {
        matches!(self.rule.vars[var as usize].kind, MetaKind::Position { .. })
    }

    /// The metavariables of a node that nobody else speaks of: another piece of code fits it whatever they hold there.
    fn only_here(&self, node: &Node) -> Vec<VarId> {
        let here = Uses::of(self.rule, [node]);
        let mut shared: FxHashSet<VarId> = here.shared_with(&self.uses).collect();
        for when in &self.rule.whens {
            let (When::Not(nodes) | When::Only(nodes) | When::NotTrue(nodes) | When::NotFalse(nodes)) = when
            else {
                continue;
            };
            for node in nodes {
                each_var(self.rule, node, &mut |var| {
                    shared.insert(var);
                });
            }
        }
        let is_own = |&var: &VarId| {
            let declared = &self.rule.vars[var as usize];
            let is_known = shared.contains(&var) || self.exported.contains(&var);
            declared.inherited.is_none() && (!is_known || self.is_position(var))
        };
        here.vars().filter(is_own).collect()
    }

    /// A pattern by itself, all metavariables that are not known before quantified.
    fn closed(&mut self, nodes: &[Node], seen: &FxHashSet<VarId>) -> FormulaId {
        let list: Vec<&Node> = nodes.iter().collect();
        let mut inner_seen = seen.clone();
        let outer = std::mem::replace(&mut self.closed, true);
        let formula = self.sequence(&list, None, Tail::Free, &mut inner_seen, false);
        self.closed = outer;
        formula
    }

    /// One statement, and what follows it.
    fn statement(&mut self, node: &Node, tail: &Tail, seen: &mut FxHashSet<VarId>) -> FormulaId {
        match node.kind {
            PatternDisj => self.disjunction(node, tail, seen),
            PatternLeaf => self.leaf(node, tail),
            PatternExpr => {
                let inner = match &node.elements[..] {
                    [Element::Node(inner)] => inner,
                    _ => node,
                };
                let index = self.node(inner);
                let here = self.atom(Atom::Expression(index));
                let behind = self.behind(tail);
                self.and(here, behind)
            }
            PatternType => {
                let index = self.node(node);
                let here = self.atom(Atom::Type(index));
                let behind = self.behind(tail);
                self.and(here, behind)
            }
            Block => self.block(node, tail, seen),
            IfStmt | WhileStmt | ForStmt | MacroLoop | SwitchStmt => self.compound(node, tail, seen),
            DoStmt => self.do_statement(node, tail, seen),
            Function => self.function(node, seen),
            ReturnStmt if node.children().all(is_dots) => {
                let index = self.node(node);
                let here = self.atom(Atom::Statement(index));
                let behind = self.behind_jump(tail);
                let explicit = self.and(here, behind);
                // The end of the function returns, too.
                let end = self.atom(Atom::FallsOff(index));
                let rest = match tail {
                    Tail::Free => 0,
                    Tail::Then(formula) => *formula,
                };
                let implicit = self.and(end, rest);
                self.add(Formula::Or(explicit, implicit))
            }
            _ => {
                let index = self.node(node);
                let here = self.atom(Atom::Statement(index));
                let left = match node.kind {
                    BreakStmt => self.jumps.breaks,
                    ContinueStmt => self.jumps.continues,
                    _ => None,
                };
                let leaves = left.map(|label| self.atom(Atom::Leaves(label)));
                let here = self.and(leaves.unwrap_or(0), here);
                let jumps = matches!(node.kind, ReturnStmt | GotoStmt | BreakStmt | ContinueStmt);
                let behind = if jumps {
                    self.behind_jump(tail)
                } else {
                    self.behind(tail)
                };
                self.and(here, behind)
            }
        }
    }

    fn leaf(&mut self, node: &Node, tail: &Tail) -> FormulaId {
        let Some(token) = node.sole_token().cloned() else {
            return 0;
        };
        let is_list = token
            .var
            .is_some_and(|var| matches!(self.rule.vars[var as usize].kind, MetaKind::StatementList));
        let behind = self.behind(tail);
        if is_list {
            // It reaches to the end of the block, which the tail speaks of.
            let var = token.var.unwrap_or(0);
            let list = self.atom(Atom::MetaList(token, var));
            let end = match tail {
                Tail::Free => 0,
                Tail::Then(formula) => self.jump(Jump::BlockEnd, *formula),
            };
            return self.and(list, end);
        }
        let here = self.atom(Atom::Meta(token));
        let end = self.jump(Jump::End, behind);
        self.and(here, end)
    }

    /// Branches in order: a later one counts where the earlier ones do not fit.
    fn disjunction(&mut self, node: &Node, tail: &Tail, seen: &mut FxHashSet<VarId>) -> FormulaId {
        let branches: Vec<Vec<&Node>> = node
            .children()
            .map(|branch| branch.children().collect())
            .collect();
        let before = seen.clone();
        if node.is_conjunction() {
            let mut all = 0;
            for branch in &branches {
                let formula = self.sequence(branch, None, tail.clone(), seen, true);
                all = self.and(all, formula);
            }
            return all;
        }
        // What the other branches say is of no interest to a branch.
        let all = self.uses.clone();
        let elsewhere = all.without(&Uses::of(self.rule, [node]));
        let mut result = None;
        for branch in branches.iter().rev() {
            self.uses = elsewhere.with(&Uses::of(self.rule, branch.iter().copied()));
            let mut inner = before.clone();
            self.form = node.derived;
            let formula = self.sequence(branch, None, tail.clone(), &mut inner, true);
            result = Some(match result {
                None => formula,
                // Forms of one statement: code is only matched as the first of them that it has.
                Some(later) if node.derived => self.add(Formula::Instead(formula, later)),
                Some(later) => {
                    let mut inner = before.clone();
                    self.form = node.derived;
                    let alone = self.sequence(branch, None, Tail::Free, &mut inner, true);
                    self.add(Formula::Else(formula, later, alone))
                }
            });
        }
        self.uses = all;
        result.unwrap_or(0)
    }

    /// A block with its braces.
    fn block(&mut self, node: &Node, tail: &Tail, seen: &mut FxHashSet<VarId>) -> FormulaId {
        let label = self.out.vars as VarId;
        self.out.vars += 1;
        let within = self.jumps.within(self.body_of.take(), label);
        let (Some(open), Some(close)) = (node.own_token(LBrace).cloned(), node.own_token(RBrace).cloned())
        else {
            return 0;
        };
        let body: Vec<&Node> = node.children().collect();
        // A `goto` at its end may lead to the return that the rule asks for; else the dots stay in the block.
        let is_left = ends_in_return(node) && !is_marked(self.rule, &close) && matches!(tail, Tail::Free);
        let leave = self.atom(Atom::Strays(label, is_left));
        let inner_tail = if is_left {
            Tail::Free
        } else {
            let close = self.atom(Atom::Close(close, label));
            let behind = self.behind(tail);
            Tail::Then(self.and(close, behind))
        };
        let again = self.atom(Atom::Open(open.clone(), label));
        self.entry = Some(self.not(again));
        let outer = self.leave.replace(leave);
        let jumps = std::mem::replace(&mut self.jumps, within);
        let body = self.sequence(&body, None, inner_tail, seen, false);
        self.jumps = jumps;
        self.leave = outer;
        let open = self.atom(Atom::Open(open, label));
        let next = self.next(body);
        let both = self.and(open, next);
        self.add(Formula::Exists(vec![label], both))
    }

    /// A statement where only one can stand: braces around it may be there or not.
    fn body(&mut self, node: &Node, seen: &mut FxHashSet<VarId>) -> FormulaId {
        let before = seen.clone();
        let body_of = self.body_of;
        let plain = self.statement(node, &Tail::Free, seen);
        self.body_of = None;
        let inner: Vec<&Node> = node.children().collect();
        // Dots in braces also stand for one statement without braces.
        let only_nest = matches!(inner[..], [only] if only.kind == PatternNest);
        let open = node.kind == Block
            && inner.iter().any(|node| is_dots(node))
            && (only_nest || !has_plus(self.rule, node));
        if !open || braces_marked(self.rule, node) || inner.iter().any(|node| node.kind == Declaration) {
            return plain;
        }
        let label = self.out.vars as VarId;
        self.out.vars += 1;
        let leave = self.atom(Atom::Leave(label));
        let (stop, tail) = if ends_in_return(node) {
            (self.atom(Atom::Strays(label, true)), Tail::Free)
        } else {
            (leave, Tail::Then(leave))
        };
        let outer = self.leave.replace(stop);
        let mut again = before;
        let within = self.jumps.within(body_of, label);
        let jumps = std::mem::replace(&mut self.jumps, within);
        let bare = self.sequence(&inner, None, tail, &mut again, true);
        self.jumps = jumps;
        self.leave = outer;
        let enter = self.atom(Atom::Enter(label));
        let both = self.and(enter, bare);
        let bare = self.add(Formula::Exists(vec![label], both));
        self.add(Formula::Or(plain, bare))
    }

    /// `if`, a loop or a `switch`.
    fn compound(&mut self, node: &Node, tail: &Tail, seen: &mut FxHashSet<VarId>) -> FormulaId {
        let index = self.node(node);
        let mut all = self.atom(Atom::Header(index));
        let bodies: Vec<&Node> = bodies(node);
        if let Some(then) = bodies.first() {
            self.body_of = Some(node.kind);
            let body = self.body(then, seen);
            let jump = self.jump(Jump::Then, body);
            all = self.and(all, jump);
        }
        if let Some(otherwise) = bodies.get(1) {
            let body = self.body(otherwise, seen);
            let jump = self.jump(Jump::Else, body);
            all = self.and(all, jump);
        }
        let behind = self.behind(tail);
        let end = self.jump(Jump::End, behind);
        self.and(all, end)
    }

    fn do_statement(&mut self, node: &Node, tail: &Tail, seen: &mut FxHashSet<VarId>) -> FormulaId {
        let index = self.node(node);
        let head = self.atom(Atom::Header(index));
        let mut all = head;
        if let Some(body) = bodies(node).first() {
            self.body_of = Some(node.kind);
            let body = self.body(body, seen);
            let jump = self.jump(Jump::Then, body);
            all = self.and(all, jump);
        }
        let behind = self.behind(tail);
        let end = self.jump(Jump::End, behind);
        self.and(all, end)
    }

    fn function(&mut self, node: &Node, seen: &mut FxHashSet<VarId>) -> FormulaId {
        let index = self.node(node);
        let head = self.atom(Atom::Function(index));
        let Some(block) = node.child(Block) else {
            return head;
        };
        let body = self.block(block, &Tail::Free, seen);
        let next = self.next(body);
        self.and(head, next)
    }
}

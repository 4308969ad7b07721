//! Which nodes lie on every way from the head to a node.

use super::graph::{FlowId, Graph};

/// The nearest dominator of each node that can be reached (Cooper, Harvey, Kennedy: "A Simple, Fast Dominance
/// Algorithm").
#[derive(Clone, Debug)]
pub struct Dominators {
    /// By node; `None` for the head and for what can't be reached.
    nearest: Vec<Option<FlowId>>,
}

impl Dominators {
    /// Computes the dominators of a graph.
    pub fn new(graph: &Graph) -> Self {
        let order = reverse_postorder(graph);
        let mut rank = vec![usize::MAX; graph.len()];
        for (position, id) in order.iter().enumerate() {
            rank[id.index()] = position;
        }
        let mut nearest: Vec<Option<FlowId>> = vec![None; graph.len()];
        nearest[Graph::HEAD.index()] = Some(Graph::HEAD);
        // Structured code settles in two rounds; gotos may take some more, but never many.
        for _ in 0..64 {
            let mut changed = false;
            for &id in &order[1..] {
                let mut new: Option<FlowId> = None;
                for &before in graph.predecessors(id) {
                    if nearest[before.index()].is_none() {
                        continue;
                    }
                    new = Some(match new {
                        None => before,
                        Some(other) => meet(&nearest, &rank, before, other),
                    });
                }
                if new != nearest[id.index()] {
                    nearest[id.index()] = new;
                    changed = true;
                }
            }
            if !changed {
                nearest[Graph::HEAD.index()] = None;
                return Self { nearest };
            }
        }
        // It did not settle: nothing is known, which is always right.
        Self {
            nearest: vec![None; graph.len()],
        }
    }

    /// The nodes on every way to `id`, from the nearest one up to the head.
    pub fn of(&self, id: FlowId) -> impl Iterator<Item = FlowId> + '_ {
        std::iter::successors(self.nearest[id.index()], |&at| self.nearest[at.index()])
    }
}

fn meet(nearest: &[Option<FlowId>], rank: &[usize], mut a: FlowId, mut b: FlowId) -> FlowId {
    while a != b {
        while rank[a.index()] > rank[b.index()] {
            a = nearest[a.index()].unwrap_or(Graph::HEAD);
        }
        while rank[b.index()] > rank[a.index()] {
            b = nearest[b.index()].unwrap_or(Graph::HEAD);
        }
    }
    a
}

fn reverse_postorder(graph: &Graph) -> Vec<FlowId> {
    let mut seen = vec![false; graph.len()];
    let mut order = Vec::with_capacity(graph.len());
    // Each entry is a node and how many of its successors were followed.
    let mut open = vec![(Graph::HEAD, 0)];
    seen[Graph::HEAD.index()] = true;
    while let Some((id, followed)) = open.last_mut() {
        match graph.successors(*id).get(*followed) {
            Some(&next) => {
                *followed += 1;
                if !std::mem::replace(&mut seen[next.index()], true) {
                    open.push((next, 0));
                }
            }
            None => {
                order.push(*id);
                open.pop();
            }
        }
    }
    order.reverse();
    order
}

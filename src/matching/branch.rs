//! The environments that rules hand on: each a set of bindings and of rules that matched.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHasher};

use super::value::Value;

/// One branch of the tree of environments.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Branch {
    pub values: Rc<BTreeMap<(String, String), Value>>,
    pub matched: Rc<BTreeSet<String>>,
}

impl Branch {
    fn hash(&self) -> u64 {
        let mut hasher = FxHasher::default();
        self.values.hash(&mut hasher);
        self.matched.hash(&mut hasher);
        hasher.finish()
    }
}

/// Branches in the order in which they came up, each once.
#[derive(Default)]
pub(super) struct Branches {
    list: Vec<Branch>,
    /// Indices by hash: there may be thousands.
    index: FxHashMap<u64, Vec<usize>>,
}

impl Branches {
    pub fn push(&mut self, branch: Branch) {
        let same_hash = self.index.entry(branch.hash()).or_default();
        if !same_hash.iter().any(|&known| self.list[known] == branch) {
            same_hash.push(self.list.len());
            self.list.push(branch);
        }
    }

    pub fn into_list(self) -> Vec<Branch> {
        self.list
    }
}

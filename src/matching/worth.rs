//! Is a rule worth trying on a text? What it needs, as words, asked before anything is parsed.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::smpl::{Body, Depends, MatchRule, Rule, ScriptWhen};

/// Words that a text needs: of each group at least one.
#[derive(Clone, Debug, Default)]
pub struct Needs(pub Vec<Vec<Vec<u8>>>);

impl Needs {
    /// Whether a text has a word of each group.
    pub fn are_met(&self, text: &[u8]) -> bool {
        self.0.iter().all(|group| {
            group
                .iter()
                .any(|word| memchr::memmem::find(text, word).is_some())
        })
    }
}

/// Which rules can run at all, and what a file needs for one of them to matter.
#[derive(Debug)]
pub struct Worth {
    /// For each rule: whether the virtual rules that are switched on let it run.
    pub possible: Vec<bool>,
    /// What the text of a file needs; of these, one has to be met. Empty needs are met by each file.
    triggers: Vec<Needs>,
}

impl Worth {
    /// Looks at all rules. `own` has what each rule needs by itself.
    pub fn new(
        rules: &[Rule],
        virtuals: &[String],
        defined: &FxHashSet<String>,
        own: &[Option<Needs>],
    ) -> Self {
        let mut names: FxHashMap<&str, usize> = FxHashMap::default();
        let mut possible: Vec<bool> = Vec::new();
        let mut needs: Vec<Needs> = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let mut required = Vec::new();
            let sources: Vec<&str> = match &rule.body {
                Body::Match(body) => {
                    let used = super::words::used_vars(body);
                    body.vars
                        .iter()
                        .enumerate()
                        .filter(|(var, _)| used.contains(&(*var as u16)))
                        .filter_map(|(_, var)| var.inherited.as_ref())
                        .map(|(rule, _)| rule.as_str())
                        .collect()
                }
                Body::Script(script) => script
                    .inputs
                    .iter()
                    .filter(|input| input.default.is_none())
                    .map(|input| input.rule.as_str())
                    .collect(),
            };
            required.extend(sources.into_iter().filter(|name| *name != "virtual"));
            let mut can = true;
            if let Some(depends) = &rule.depends {
                let known = Known {
                    virtuals,
                    defined,
                    names: &names,
                    possible: &possible,
                };
                can = known.may_hold(depends);
                positive(depends, &mut required);
            }
            let mut all = own[index].clone().unwrap_or_default();
            for name in required {
                match names.get(name) {
                    Some(&other) => {
                        can &= possible[other];
                        all.0.extend(needs[other].0.iter().cloned());
                    }
                    None => can &= virtuals.iter().any(|known| known == name) && defined.contains(name),
                }
            }
            possible.push(can);
            needs.push(all);
            if rule.named {
                names.insert(&rule.name, index);
            }
        }
        let triggers = rules
            .iter()
            .enumerate()
            .filter(|(index, rule)| {
                possible[*index]
                    && match &rule.body {
                        // What only says whether others run matters where those may.
                        Body::Match(body) => has_effect(body),
                        Body::Script(script) => script.when == ScriptWhen::Rule,
                    }
            })
            .map(|(index, _)| needs[index].clone())
            .collect();
        Self { possible, triggers }
    }

    /// Whether a file with this text could be of interest to some rule.
    pub fn is_met(&self, text: &[u8]) -> bool {
        self.triggers.iter().any(|needs| needs.are_met(text))
    }
}

/// Whether a match changes or marks something.
fn has_effect(body: &MatchRule) -> bool {
    body.starred || body.edits()
}

struct Known<'k> {
    virtuals: &'k [String],
    defined: &'k FxHashSet<String>,
    names: &'k FxHashMap<&'k str, usize>,
    possible: &'k [bool],
}

impl Known<'_> {
    fn is_possible(&self, name: &str) -> bool {
        match self.names.get(name) {
            Some(&index) => self.possible[index],
            None => self.defined.contains(name),
        }
    }

    fn is_virtual(&self, name: &str) -> bool {
        self.virtuals.iter().any(|known| known == name)
    }

    /// Whether a condition may hold, as far as virtual rules tell.
    fn may_hold(&self, depends: &Depends) -> bool {
        match depends {
            Depends::On(name) | Depends::Ever(name) => self.is_possible(name),
            Depends::Never(name) => !(self.is_virtual(name) && self.defined.contains(name)),
            Depends::Not(inner) => !self.must_hold(inner),
            Depends::And(left, right) => self.may_hold(left) && self.may_hold(right),
            Depends::Or(left, right) => self.may_hold(left) || self.may_hold(right),
            Depends::FileIn(_) => true,
            Depends::Forall(inner) => self.may_hold(inner),
        }
    }

    /// Whether a condition holds whatever the code is.
    fn must_hold(&self, depends: &Depends) -> bool {
        match depends {
            Depends::On(name) | Depends::Ever(name) => self.is_virtual(name) && self.defined.contains(name),
            Depends::Never(name) => !self.is_possible(name),
            Depends::Not(inner) => !self.may_hold(inner),
            Depends::And(left, right) => self.must_hold(left) && self.must_hold(right),
            Depends::Or(left, right) => self.must_hold(left) || self.must_hold(right),
            Depends::FileIn(_) => false,
            Depends::Forall(inner) => self.must_hold(inner),
        }
    }
}

/// The rules that have to match for a condition to hold.
fn positive<'d>(depends: &'d Depends, into: &mut Vec<&'d str>) {
    match depends {
        Depends::On(name) | Depends::Ever(name) => into.push(name),
        Depends::And(left, right) => {
            positive(left, into);
            positive(right, into);
        }
        Depends::Forall(inner) => positive(inner, into),
        _ => {}
    }
}

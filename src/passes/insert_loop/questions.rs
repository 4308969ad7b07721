//! What has to be asked of the whole tree.

use bstr::{BString, ByteSlice};
use rustc_hash::FxHashMap;

use crate::facts::{Sources, records};
use crate::ledger::Place;
use crate::syntax::NodeId;

/// Whether something can be negative.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Question {
    /// A member of a struct.
    Member {
        /// Tag of the struct.
        record: BString,
        /// The member.
        name: BString,
    },
    /// What type a member has: the struct is not at hand.
    Record {
        /// Tag of the struct.
        record: BString,
        /// The member.
        name: BString,
    },
    /// A parameter of a function.
    Parameter {
        /// The file of the function.
        path: BString,
        /// The function.
        function: NodeId,
        /// The parameter.
        name: BString,
    },
    /// An expression.
    Expression {
        /// Its file.
        path: BString,
        /// The expression.
        node: NodeId,
    },
}

/// What the tree says.
#[derive(Default)]
pub struct Answers {
    known: FxHashMap<Question, Result<Vec<Place>, Option<Place>>>,
}

impl Answers {
    /// Whether a value is known never to be negative.
    pub fn holds(&self, question: &Question) -> bool {
        matches!(self.known.get(question), Some(Ok(_)))
    }

    /// The lines that answer a question, whichever way.
    pub fn places(&self, question: &Question) -> Vec<Place> {
        match self.known.get(question) {
            Some(Ok(places)) => places.clone(),
            Some(Err(place)) => place.iter().cloned().collect(),
            None => Vec::new(),
        }
    }

    /// Asks the tree; gives whether it was asked before.
    pub fn ask(&mut self, sources: &mut Sources<'_>, question: &Question) -> bool {
        if self.known.contains_key(question) {
            return true;
        }
        let answer = match question {
            Question::Record { record, name } => {
                records::look_up_member(sources, record, name);
                Err(None)
            }
            Question::Member { record, name } => records::is_never_negative(sources, record, name),
            Question::Parameter { path, function, name } => match sources.file(path.as_bstr()).cloned() {
                Some(file) if records::parameter_not_negative(sources, &file, *function, name) => {
                    Ok(Vec::new())
                }
                _ => Err(None),
            },
            Question::Expression { path, node } => match sources.file(path.as_bstr()).cloned() {
                Some(file) if records::not_negative(sources, &file, *node, 0) => {
                    Ok(vec![file.place(file.tree.range(*node))])
                }
                Some(file) => Err(Some(file.place(file.tree.range(*node)))),
                None => Err(None),
            },
        };
        self.known.insert(question.clone(), answer);
        false
    }
}

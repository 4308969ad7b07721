//! What a function is for: who reaches it, from which operation of the kernel.
//!
//! From the functions in question the callers are followed upwards, level by level, so that each level costs one search
//! of the tree at most. A function is reached through calls, through members of structs that hold its pointer, and
//! through macros that fill such members.

use bstr::{BString, ByteSlice};
use rustc_hash::FxHashMap;

use super::file::{FileFacts, Function, Piece, UseAs};
use super::sources::Sources;
use crate::ledger::{Place, Role};
use crate::syntax::SyntaxKind;
use crate::text::TextRange;

/// Operations that are called for a page fault.
pub const FAULT_MEMBERS: [&str; 4] = ["fault", "huge_fault", "page_mkwrite", "pfn_mkwrite"];

/// How many searches of the whole tree are made for all functions, and how many for those of which nothing is known.
const SEARCHES: usize = 2;
const MAX_SEARCHES: usize = 4;

/// More callers than this are not followed: then the function is a service that everybody uses.
const MAX_FUNCTIONS: usize = 2000;

/// A pointer in a member that more files than this call through is not followed.
const MAX_FILES_OF_MEMBER: usize = 30;

/// What a function is for, with the proof.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RoleOf {
    /// The sum of it.
    pub role: Role,
    /// The lines from an mmap operation down to the function.
    pub mmap: Option<Vec<Place>>,
    /// The lines from a fault operation down to the function.
    pub fault: Option<Vec<Place>>,
    /// The lines from some other operation down to the function.
    pub other: Option<Vec<Place>>,
    /// Whether some callers were not followed, as there are too many.
    pub is_cut: bool,
}

impl RoleOf {
    /// The lines that prove the role.
    pub fn proof(&self) -> Vec<Place> {
        let both = self.fault.iter().chain(&self.mmap).flatten().cloned();
        match self.role {
            Role::Both => both.collect(),
            Role::FaultHandler | Role::MmapHandler | Role::Core => both.collect(),
            Role::Other => self.other.clone().unwrap_or_default(),
            Role::Unknown => Vec::new(),
        }
    }
}

/// A function: its file and its name.
pub type FunctionName = (BString, BString);

/// Finds the roles of functions, each named by its file and its own name. `api` are the interfaces in question: their own
/// files are the core.
pub fn roles(
    sources: &mut Sources<'_>,
    api: &[BString],
    functions: &[FunctionName],
) -> FxHashMap<FunctionName, RoleOf> {
    let mut graph = Graph::default();
    let mut found = FxHashMap::default();
    let mut starts: Vec<(usize, &FunctionName)> = Vec::new();
    for function in functions {
        if is_core(sources, api, &function.0) {
            // Everybody calls the core.
            let core = RoleOf {
                role: Role::Core,
                ..RoleOf::default()
            };
            found.insert(function.clone(), core);
        } else {
            starts.push((graph.key_of(sources, &function.0, &function.1), function));
        }
    }
    graph.explore(sources, &starts);
    found.extend(
        starts
            .into_iter()
            .map(|(key, function)| (function.clone(), graph.role(key))),
    );
    found
}

/// Whether a file implements one of the interfaces, or is the header that declares it.
fn is_core(sources: &Sources<'_>, api: &[BString], path: &BString) -> bool {
    let Some(file) = sources.file(path.as_bstr()) else {
        return false;
    };
    api.iter().any(|api| {
        let defined = file
            .functions_named(api)
            .any(|(_, function)| !function.is_macro && !function.is_static);
        defined || file.is_header() && file.prototypes.contains(api)
    })
}

/// What reaches a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reached {
    /// Another key of the graph.
    From(usize),
    Mmap,
    Fault,
    Other,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Key {
    /// The file, if the name means something in this file only.
    file: Option<BString>,
    name: BString,
    /// A pointer in a member of this name, instead of a function.
    is_member: bool,
}

/// Who reaches whom, upwards.
#[derive(Default)]
struct Graph {
    keys: Vec<Key>,
    index: FxHashMap<Key, usize>,
    /// For each key, what reaches it, with the line.
    reached: Vec<Vec<(Reached, Place)>>,
    /// Whether a key has been looked at.
    explored: Vec<bool>,
}

impl Graph {
    fn key(&mut self, key: Key) -> usize {
        if let Some(&index) = self.index.get(&key) {
            return index;
        }
        self.keys.push(key.clone());
        self.reached.push(Vec::new());
        self.explored.push(false);
        self.index.insert(key, self.keys.len() - 1);
        self.keys.len() - 1
    }

    fn key_of(&mut self, sources: &Sources<'_>, path: &BString, name: &BString) -> usize {
        let file = sources.file(path.as_bstr()).filter(|file| {
            let is_local = |function: &Function| function.is_static && !file.is_header();
            file.functions_named(name).any(|(_, function)| is_local(function))
        });
        self.key(Key {
            file: file.map(|file| file.path.clone()),
            name: name.clone(),
            is_member: false,
        })
    }

    fn explore(&mut self, sources: &mut Sources<'_>, starts: &[(usize, &FunctionName)]) {
        let mut searches = 0;
        // Functions of one file cost no search, so they go first.
        let mut external: Vec<usize> = Vec::new();
        let mut done = 0;
        loop {
            while done < self.keys.len() {
                if self.keys[done].file.is_some() {
                    self.find_reached(sources, done);
                } else {
                    external.push(done);
                }
                done += 1;
            }
            if external.is_empty() || self.keys.len() > MAX_FUNCTIONS || searches == MAX_SEARCHES {
                break;
            }
            let unknown = |&(key, _): &(usize, _)| self.role(key).role == Role::Unknown;
            if searches >= SEARCHES && !starts.iter().any(unknown) {
                break;
            }
            searches += 1;
            let (mut functions, mut members) = (Vec::new(), Vec::new());
            for &index in &external {
                let key = &self.keys[index];
                let list = if key.is_member {
                    &mut members
                } else {
                    &mut functions
                };
                list.push(key.name.clone());
            }
            sources.look_up_callers(&functions, &members, MAX_FILES_OF_MEMBER);
            for index in std::mem::take(&mut external) {
                self.find_reached(sources, index);
            }
        }
    }

    fn find_reached(&mut self, sources: &Sources<'_>, index: usize) {
        self.explored[index] = true;
        let key = self.keys[index].clone();
        if key.is_member {
            self.find_member_calls(sources, index, &key.name);
            return;
        }
        match &key.file {
            Some(path) => {
                if let Some(file) = sources.file(path.as_bstr()) {
                    self.find_in_file(sources, index, &key, file);
                }
            }
            None => {
                for file in sources.files() {
                    let hidden = file
                        .functions_named(&key.name)
                        .any(|(_, function)| function.is_static && !file.is_header());
                    if !hidden {
                        self.find_in_file(sources, index, &key, file);
                    }
                }
            }
        }
    }

    fn find_in_file(&mut self, sources: &Sources<'_>, index: usize, key: &Key, file: &FileFacts) {
        for call in file.calls_named(&key.name).filter(|call| !call.through_member) {
            self.add_caller(sources, index, file, call.caller, call.range);
        }
        for reference in file.references_named(&key.name) {
            match &reference.use_as {
                UseAs::Member { record, member } => {
                    self.add_member(index, file, record.as_ref(), member, &key.name, reference.range);
                }
                UseAs::Argument {
                    callee,
                    index: argument,
                } => {
                    if callee.starts_with(b"EXPORT_") {
                        continue;
                    }
                    let bindings: Vec<_> = sources
                        .files()
                        .flat_map(|other| &other.macro_bindings)
                        .filter(|binding| {
                            binding.name == *callee && binding.value == [Piece::Parameter(*argument)]
                        })
                        .map(|binding| (binding.record.clone(), binding.member.clone()))
                        .collect();
                    if bindings.is_empty() {
                        self.add(index, Reached::Other, file.place(reference.range));
                    }
                    for (record, member) in bindings {
                        self.add_member(index, file, record.as_ref(), &member, &key.name, reference.range);
                    }
                }
                UseAs::Other => self.add(index, Reached::Other, file.place(reference.range)),
            }
        }
        for binding in &file.macro_bindings {
            if let Some(range) = binding_to(file, binding, &key.name) {
                self.add_member(
                    index,
                    file,
                    binding.record.as_ref(),
                    &binding.member,
                    &key.name,
                    range,
                );
            }
        }
    }

    fn find_member_calls(&mut self, sources: &Sources<'_>, index: usize, member: &BString) {
        let files: Vec<_> = sources
            .files()
            .filter(|file| file.calls_named(member).any(|call| call.through_member))
            .cloned()
            .collect();
        if files.len() > MAX_FILES_OF_MEMBER {
            return;
        }
        for file in files {
            for call in file.calls_named(member).filter(|call| call.through_member) {
                self.add_caller(sources, index, &file, call.caller, call.range);
            }
        }
    }

    fn add_caller(
        &mut self,
        sources: &Sources<'_>,
        index: usize,
        file: &FileFacts,
        caller: Option<usize>,
        range: TextRange,
    ) {
        let Some(caller) = caller.map(|caller| &file.functions[caller]) else {
            return;
        };
        if file.tree.kind(caller.node) == SyntaxKind::MacroFunction {
            // A system call, or the like.
            self.add(index, Reached::Other, file.place(caller.range));
            return;
        }
        let caller = self.key_of(sources, &file.path, &caller.name);
        if caller != index {
            self.add(index, Reached::From(caller), file.place(range));
        }
    }

    fn add_member(
        &mut self,
        index: usize,
        file: &FileFacts,
        record: Option<&BString>,
        member: &BString,
        function: &BString,
        range: TextRange,
    ) {
        let place = file.place(range);
        match operation(file, record, member, function) {
            Operation::Fault => self.add(index, Reached::Fault, place),
            Operation::Mmap => self.add(index, Reached::Mmap, place),
            Operation::Other => {
                let pointer = self.key(Key {
                    file: None,
                    name: member.clone(),
                    is_member: true,
                });
                self.add(index, Reached::From(pointer), place.clone());
                self.add(index, Reached::Other, place);
            }
        }
    }

    fn add(&mut self, index: usize, reached: Reached, place: Place) {
        self.reached[index].push((reached, place));
    }

    /// The role of one function: the shortest way up to each kind of operation.
    fn role(&self, start: usize) -> RoleOf {
        let mut found = RoleOf::default();
        // How each key was come to: from which key below, by which line.
        let mut below: FxHashMap<usize, (usize, &Place)> = FxHashMap::default();
        let mut open = std::collections::VecDeque::from([start]);
        while let Some(index) = open.pop_front() {
            found.is_cut |= !self.explored[index];
            for (reached, place) in &self.reached[index] {
                let slot = match reached {
                    Reached::From(caller) => {
                        if *caller != start && !below.contains_key(caller) {
                            below.insert(*caller, (index, place));
                            open.push_back(*caller);
                        }
                        continue;
                    }
                    Reached::Mmap => &mut found.mmap,
                    Reached::Fault => &mut found.fault,
                    Reached::Other => &mut found.other,
                };
                slot.get_or_insert_with(|| {
                    let mut chain = vec![place.clone()];
                    let mut at = index;
                    while let Some(&(next, place)) = below.get(&at) {
                        chain.push(place.clone());
                        at = next;
                    }
                    chain
                });
            }
        }
        found.role = match (&found.mmap, &found.fault, &found.other) {
            (Some(_), Some(_), _) => Role::Both,
            (Some(_), None, _) => Role::MmapHandler,
            (None, Some(_), _) => Role::FaultHandler,
            (None, None, Some(_)) => Role::Other,
            (None, None, None) => Role::Unknown,
        };
        found
    }
}

enum Operation {
    Fault,
    Mmap,
    Other,
}

/// What a pointer in a member is called for.
fn operation(file: &FileFacts, record: Option<&BString>, member: &BString, function: &BString) -> Operation {
    let is_fault = FAULT_MEMBERS.iter().any(|name| member == name)
        && match record.map(|record| record.as_bytes()) {
            Some(b"vm_operations_struct") => true,
            Some(b"vm_special_mapping") => member == "fault",
            Some(_) => false,
            // Where the struct is not told, the parameters tell.
            None => takes_fault(file, function),
        };
    if is_fault {
        return Operation::Fault;
    }
    if member.contains_str("mmap") && record.is_none_or(|record| record != "vm_operations_struct") {
        return Operation::Mmap;
    }
    Operation::Other
}

/// Whether a function has the parameters of a fault handler; if its definition is elsewhere, it may have them.
fn takes_fault(file: &FileFacts, function: &BString) -> bool {
    file.functions_named(function).next().is_none_or(|(_, function)| {
        function.parameters.iter().any(|(_, ty)| {
            ty.tag()
                .is_some_and(|tag| tag == b"vm_fault" || tag == b"vm_area_struct")
        })
    })
}

/// Where a macro with pasted names, or with this very name, puts the function into a member.
fn binding_to(file: &FileFacts, binding: &super::file::MacroBinding, name: &BString) -> Option<TextRange> {
    if let [Piece::Word(word)] = &binding.value[..] {
        return (word == name).then_some(binding.range);
    }
    if binding.value.len() < 2 {
        return None;
    }
    file.calls_named(&binding.name).find_map(|call| {
        let list = file.tree.child(call.node, SyntaxKind::ArgList)?;
        let arguments: Vec<_> = file.tree.children(list).collect();
        let mut joined = BString::default();
        for piece in &binding.value {
            match piece {
                Piece::Word(word) => joined.extend_from_slice(word),
                Piece::Parameter(index) => {
                    joined
                        .extend_from_slice(file.tree.text(*arguments.get(*index)?, &file.text).trim_ascii());
                }
            }
        }
        (joined == *name).then_some(call.range)
    })
}

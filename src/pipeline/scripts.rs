//! The scripts of a semantic patch: read once, run for each file by the interpreter.

use rustc_hash::FxHashMap;

use crate::diagnostics::{Diagnostic, Severity};
use crate::matching::{self, Engine, Place, Value, made};
use crate::script::{Effects, Fault, Input, Interpreter, Position, Program};
use crate::smpl::{Body, Constraint, MatchRule, Rule, Script, ScriptCode, ScriptInput, ScriptWhen};
use crate::syntax::lex;

/// The scripts of a semantic patch that can run with the virtual rules that are switched on.
#[derive(Debug, Default)]
pub(super) struct Scripts {
    /// Those before the first file, with the line of their code and their inputs.
    first: Vec<Once>,
    /// Those behind the last file.
    last: Vec<Once>,
    /// Script rules by the line of their header.
    rules: FxHashMap<u32, Program>,
    /// Constraints by their text.
    constraints: FxHashMap<String, Program>,
    /// What one file leaves behind is seen by the next one.
    has_state: bool,
}

#[derive(Debug)]
struct Once {
    program: Program,
    line: u32,
    inputs: Vec<(String, Input)>,
}

impl Scripts {
    /// Reads the scripts.
    pub(super) fn read(engine: &Engine) -> Result<Self, Vec<Diagnostic>> {
        let mut scripts = Self::default();
        let mut problems = Vec::new();
        for (index, rule) in engine.patch().rules.iter().enumerate() {
            if !engine.is_possible(index) {
                continue;
            }
            let result = match &rule.body {
                Body::Script(script) => scripts.add(engine, rule, script),
                Body::Match(body) => scripts.add_constraints(rule, body),
            };
            problems.extend(result.err());
        }
        // OCaml code before the first file matters only for rules in OCaml, which have a message of their own.
        if problems.is_empty() {
            Ok(scripts)
        } else {
            Err(problems)
        }
    }

    fn add(&mut self, engine: &Engine, rule: &Rule, script: &Script) -> Result<(), Diagnostic> {
        if script.language != "python" {
            if script.when != ScriptWhen::Rule {
                return Ok(());
            }
            let message = format!(
                "line {}: rule {}: scripts in {} are not supported",
                rule.line, rule.name, script.language
            );
            return Err(Diagnostic::new(Severity::Error, "unsupported-script", message)
                .help("write the rule in Python, or switch it off with another mode (-D)"));
        }
        let program = Program::parse(&script.code).map_err(|fault| refused(rule, script.line, &fault))?;
        self.has_state |= program.keeps_state();
        let when = match script.when {
            ScriptWhen::Rule => {
                self.rules.insert(rule.line, program);
                return Ok(());
            }
            ScriptWhen::Initialize => &mut self.first,
            ScriptWhen::Finalize => {
                self.has_state = true;
                &mut self.last
            }
        };
        let input = |input: &ScriptInput| {
            let value = engine.identifier(&input.var).map(str::to_owned);
            Some((input.name.clone(), Input::Text(value.or(input.default.clone())?)))
        };
        when.push(Once {
            program,
            line: script.line,
            inputs: script.inputs.iter().filter_map(input).collect(),
        });
        Ok(())
    }

    fn add_constraints(&mut self, rule: &Rule, body: &MatchRule) -> Result<(), Diagnostic> {
        for constraint in body.vars.iter().flat_map(|var| &var.constraints) {
            let Constraint::Script(code) = constraint else {
                continue;
            };
            if code.language != "python" {
                let message = format!(
                    "line {}: rule {}: constraints in {} are not supported",
                    rule.line, rule.name, code.language
                );
                return Err(Diagnostic::new(Severity::Error, "unsupported-script", message)
                    .help("write the constraint in Python"));
            }
            let program =
                Program::parse_condition(&code.code).map_err(|fault| refused(rule, rule.line, &fault))?;
            self.constraints.insert(code.code.clone(), program);
        }
        Ok(())
    }

    /// Whether files have to be done one after the other.
    pub(super) fn has_state(&self) -> bool {
        self.has_state
    }

    /// An interpreter that has run what comes before the first file.
    pub(super) fn start(&self) -> Runner<'_> {
        let mut runner = Runner {
            scripts: self,
            interpreter: Interpreter::new(),
            printed: String::new(),
            faults: Vec::new(),
            is_over: false,
        };
        for once in &self.first {
            runner.once(once);
        }
        runner
    }
}

fn refused(rule: &Rule, line: u32, fault: &Fault) -> Diagnostic {
    let line = line + fault.line.max(1) - 1;
    let message = format!("line {line}: rule {}: {}", rule.name, fault.message);
    Diagnostic::new(Severity::Error, "script", message)
        .help("docs/semantic-patches.md says which part of Python scripts may use")
}

/// Runs scripts for one file, or for all of them one after the other.
#[derive(Debug)]
pub(super) struct Runner<'s> {
    scripts: &'s Scripts,
    interpreter: Interpreter,
    /// What scripts printed and nobody took yet.
    pub(super) printed: String,
    /// What went wrong, as sentences.
    pub(super) faults: Vec<String>,
    is_over: bool,
}

/// More faults than this say nothing new.
const MAX_FAULTS: usize = 20;

impl Runner<'_> {
    fn once(&mut self, once: &Once) {
        match self.interpreter.run(&once.program, &once.inputs) {
            Ok(effects) => self.printed.push_str(&effects.printed),
            Err(fault) => self.fault(once.line, &fault),
        }
    }

    /// Runs what comes behind the last file.
    pub(super) fn finish(&mut self) {
        for once in &self.scripts.last {
            self.once(once);
        }
    }

    fn fault(&mut self, line: u32, fault: &Fault) {
        let sentence = format!(
            "line {} of the rules: {}",
            line + fault.line.max(1) - 1,
            fault.message
        );
        if self.faults.len() < MAX_FAULTS && !self.faults.contains(&sentence) {
            self.faults.push(sentence);
        }
    }
}

impl matching::Scripts for Runner<'_> {
    fn run(
        &mut self,
        rule: &Rule,
        script: &Script,
        inputs: &[(String, Value)],
    ) -> Option<Vec<(String, Value)>> {
        let program = self.scripts.rules.get(&rule.line)?;
        if self.is_over {
            return None;
        }
        match self.interpreter.run(program, &as_inputs(inputs)) {
            Ok(Effects {
                printed,
                outputs,
                drop,
                exit,
            }) => {
                self.printed.push_str(&printed);
                self.is_over |= exit;
                let outputs = outputs
                    .into_iter()
                    .filter(|(name, _)| script.outputs.contains(name));
                (!drop).then(|| {
                    outputs
                        .map(|(name, text)| (name, made(text.as_bytes())))
                        .collect()
                })
            }
            Err(fault) => {
                self.fault(script.line, &fault);
                None
            }
        }
    }

    fn holds(&mut self, constraint: &ScriptCode, values: &[(String, Value)]) -> bool {
        let Some(program) = self.scripts.constraints.get(&constraint.code) else {
            return false;
        };
        match self.interpreter.holds(program, &as_inputs(values)) {
            Ok(holds) => holds,
            Err(fault) => {
                let sentence = format!("the constraint `{}`: {}", constraint.code, fault.message);
                if self.faults.len() < MAX_FAULTS && !self.faults.contains(&sentence) {
                    self.faults.push(sentence);
                }
                false
            }
        }
    }
}

fn as_inputs(values: &[(String, Value)]) -> Vec<(String, Input)> {
    values
        .iter()
        .map(|(name, value)| (name.clone(), as_input(value)))
        .collect()
}

fn as_input(value: &Value) -> Input {
    match value {
        Value::Code(code) => {
            let mut text = spelled(&code.text);
            if !code.suffix.is_empty() {
                text = format!("{text} {}", spelled(&code.suffix));
            }
            Input::Text(text)
        }
        Value::Places(places) => Input::Positions(places.iter().map(as_position).collect()),
    }
}

fn as_position(place: &Place) -> Position {
    Position {
        file: place.file.clone(),
        line: place.line,
        column: place.column,
        line_end: place.line_end,
        column_end: place.column_end,
        element: place.element.clone(),
    }
}

/// Code as scripts see it: its tokens with one space between.
fn spelled(text: &[u8]) -> String {
    let tokens = lex(text);
    let words: Vec<_> = (0..tokens.len())
        .filter(|&token| !tokens.kind(token).is_trivia())
        .map(|token| String::from_utf8_lossy(tokens.range(token).slice(text)))
        .collect();
    words.join(" ").trim_end().to_owned()
}

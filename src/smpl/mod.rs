//! Semantic patches: rules in the notation of Coccinelle's SmPL, as data.
//!
//! [`parse`] gives the rules of a file or messages about what is wrong with it. The context and minus code of a rule is
//! parsed by the grammar of C into a tree whose tokens know how their line is marked and which code is added next to
//! them; `matching` does the rest.

mod body;
mod cursor;
mod declare;
mod header;
pub mod iso;
mod lines;
pub mod pattern;
pub mod rule;
mod scan;

use rustc_hash::FxHashMap;

use crate::diagnostics::Diagnostic;
use crate::syntax::SyntaxKind;
use crate::text::{LineIndex, TextRange};

use cursor::error;
use declare::{Declarations, Words};
use pattern::Mark;
pub use rule::*;

/// A file of rules longer than this is refused.
const MAX_LEN: usize = 16 << 20;

/// Parses a file of rules. The messages have no path; the caller knows it.
pub fn parse(text: &[u8]) -> Result<SemanticPatch, Vec<Diagnostic>> {
    if text.len() > MAX_LEN {
        let range = TextRange::new(0, 0);
        return Err(vec![*error(
            "too-long",
            range,
            "this file of rules is longer than 16 MiB",
        )]);
    }
    read(text).map_err(|message| vec![*message])
}

fn read(text: &[u8]) -> cursor::Result<SemanticPatch> {
    let lines = LineIndex::new(text);
    let (preamble, raw) = scan::split(text)?;
    let preamble = header::preamble(text, preamble)?;
    if let Some((name, range)) = preamble.includes.first() {
        let message = format!("including `{name}` is not supported yet");
        return Err(error("unsupported", *range, message));
    }
    let mut patch = SemanticPatch {
        virtuals: preamble.virtuals,
        options: preamble.options,
        isos: preamble.isos,
        rules: Vec::new(),
    };
    let mut words = Words::default();
    let mut by_name: FxHashMap<String, usize> = FxHashMap::default();
    for raw in raw {
        let header = header::header(text, raw.header)?;
        let line = lines.line_column(raw.header.start).line;
        let named = header.name.is_some();
        let name = header
            .name
            .clone()
            .unwrap_or_else(|| format!("rule starting on line {line}"));
        let body = match &header.script {
            Some((when, language)) => Body::Script(script(text, &raw, *when, language, &lines)?),
            None => Body::Match(Box::new(match_rule(
                text, &raw, &header, &lines, &mut words, &patch, &by_name,
            )?)),
        };
        if named {
            by_name.insert(name.clone(), patch.rules.len());
        }
        patch.rules.push(Rule {
            name,
            named,
            line,
            depends: header.depends,
            body,
        });
    }
    Ok(patch)
}

fn match_rule(
    text: &[u8],
    raw: &scan::RawRule,
    header: &header::Header,
    lines: &LineIndex,
    words: &mut Words,
    patch: &SemanticPatch,
    by_name: &FxHashMap<String, usize>,
) -> cursor::Result<MatchRule> {
    let mut declared = Declarations::default();
    if let Some(base) = &header.extends {
        let rule = by_name.get(base).map(|&index| &patch.rules[index].body);
        let Some(Body::Match(rule)) = rule else {
            let message = format!("there is no rule `{base}` before this one to extend");
            return Err(error("unknown-rule", raw.header, message));
        };
        for var in &rule.vars {
            let mut var = var.clone();
            if var.inherited.is_none() && !matches!(var.kind, MetaKind::Fresh(_)) {
                var.inherited = Some((base.clone(), var.name.clone()));
            }
            var.constraints.clear();
            declared.add(var);
        }
    }
    declare::declarations(text, raw.declarations, &mut declared)?;
    words.typedefs.append(&mut declared.words.typedefs);
    words.attributes.append(&mut declared.words.attributes);
    words.declarers.append(&mut declared.words.declarers);
    words.iterators.append(&mut declared.words.iterators);
    let tokens = lines::tokens(text, raw.body, &declared, lines)?;
    let slice = lines::slice(tokens, &declared)?;
    let names = body::names(words, &declared);
    let trees = body::trees(&slice, header.kind, &names)?;
    check_size(&trees.pattern, raw.header)?;
    check_regexes(&declared)?;
    let starred = trees.infos.iter().any(|info| info.mark == Mark::Star);
    let edits = !slice.plus.is_empty() || trees.infos.iter().any(|info| info.mark == Mark::Minus);
    if starred && edits {
        return Err(error(
            "mixed-marks",
            raw.header,
            "a rule can't have lines marked `*` and lines marked `-` or `+`",
        ));
    }
    Ok(MatchRule {
        quantifier: header.quantifier,
        disable: header.disable.clone(),
        using: header.using.clone(),
        kind: header.kind,
        vars: declared.vars,
        pattern: trees.pattern,
        tokens: trees.infos,
        whens: trees.whens,
        plus: slice.plus,
        starred,
        edits,
        only_plus: slice.only_plus,
        typedefs: words.typedefs.clone(),
        attributes: words.attributes.clone(),
        iterators: words.iterators.clone(),
    })
}

/// A longer sequence of statements is no rule that anybody wrote by hand; compiling one takes stack in proportion.
const MAX_SEQUENCE: usize = 1500;

fn check_size(nodes: &[pattern::Node], header: TextRange) -> cursor::Result<()> {
    let mut open: Vec<&pattern::Node> = nodes.iter().collect();
    let mut longest = nodes.len();
    while let Some(node) = open.pop() {
        longest = longest.max(node.elements.len());
        open.extend(node.children());
    }
    if longest > MAX_SEQUENCE {
        let message =
            format!("this rule has a sequence of {longest} parts; at most {MAX_SEQUENCE} are allowed");
        return Err(Box::new(
            (*error("too-long", header, message)).help("split it into several rules"),
        ));
    }
    Ok(())
}

fn check_regexes(declared: &Declarations) -> cursor::Result<()> {
    for var in &declared.vars {
        for constraint in &var.constraints {
            if let Constraint::Regex { regex, .. } = constraint
                && let Err(reason) = compile_regex(regex)
            {
                let message = format!("the regular expression of `{}` can't be used: {reason}", var.name);
                return Err(error("bad-regex", var.range, message));
            }
        }
    }
    Ok(())
}

/// Compiles a regular expression of a constraint, with a bound on its size.
pub fn compile_regex(regex: &str) -> Result<regex::bytes::Regex, regex::Error> {
    // A string of SmPL escapes its quotes and backslashes as C does; `\|`, `\(` and `\)` are OCaml's operators.
    let unescaped = regex
        .replace("\\\\", "\\")
        .replace("\\\"", "\"")
        .replace("\\|", "|")
        .replace("\\(", "(")
        .replace("\\)", ")");
    regex::bytes::RegexBuilder::new(&unescaped)
        .unicode(false)
        .size_limit(1 << 20)
        .nest_limit(100)
        .build()
}

fn script(
    text: &[u8],
    raw: &scan::RawRule,
    when: ScriptWhen,
    language: &str,
    lines: &LineIndex,
) -> cursor::Result<Script> {
    let mut cursor = cursor::Cursor::new(text, raw.declarations);
    let mut script = Script {
        language: language.to_owned(),
        when,
        inputs: Vec::new(),
        outputs: Vec::new(),
        code: String::from_utf8_lossy(raw.body.slice(text)).into_owned(),
        line: lines.line_column(raw.body.start).line,
    };
    while !cursor.at_end() {
        if cursor.eat(";") {
            continue;
        }
        if cursor.eat("(") {
            // OCaml: `(text, tree) << r.x;`
            let name = cursor.bump().to_owned();
            cursor.expect(",")?;
            let tree = cursor.bump().to_owned();
            cursor.expect(")")?;
            let name = if name == "_" { tree } else { name };
            input(&mut cursor, &mut script, name)?;
        } else {
            let name = cursor.name("the name of a value")?.to_owned();
            if cursor.word() == "<<" {
                input(&mut cursor, &mut script, name)?;
            } else {
                script.outputs.push(name);
            }
        }
        if !cursor.at_end() {
            cursor.expect(";")?;
        }
    }
    Ok(script)
}

fn input(cursor: &mut cursor::Cursor, script: &mut Script, name: String) -> cursor::Result<()> {
    cursor.expect("<<")?;
    let rule = cursor.name("the name of a rule")?.to_owned();
    cursor.expect(".")?;
    let var = cursor.name("the name of a metavariable")?.to_owned();
    let mut default = None;
    if cursor.eat("=") {
        default = Some(if cursor.kind() == SyntaxKind::String {
            cursor.string()?
        } else {
            cursor.expect("[")?;
            cursor.expect("]")?;
            String::new()
        });
    }
    script.inputs.push(ScriptInput {
        name,
        rule,
        var,
        default,
    });
    Ok(())
}

//! How results become fault codes: what a handler means, and the spellings of that.

use super::super::Random;

/// The fault code for each result; what is not named gives `rest`.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub named: Vec<(&'static str, &'static str)>,
    pub rest: &'static str,
}

const NOPAGE: &str = "VM_FAULT_NOPAGE";
const OOM: &str = "VM_FAULT_OOM";
const SIGBUS: &str = "VM_FAULT_SIGBUS";

impl Mapping {
    /// What the twin gives. Errors that no insert gives are named as handlers do that share the choice with a lock.
    pub fn exact(random: &mut Random) -> Self {
        let mut named = vec![("0", NOPAGE), ("-EBUSY", NOPAGE), ("-ENOMEM", OOM)];
        if random.chance(50) {
            named.extend(["-EAGAIN", "-EINTR", "-ERESTARTSYS"].map(|error| (error, NOPAGE)));
        } else if random.chance(20) {
            named.push(
                random
                    .pick(&[
                        &("-EAGAIN", NOPAGE),
                        &("-EINTR", NOPAGE),
                        &("-EDEADLK", "VM_FAULT_RETRY"),
                    ])
                    .to_owned(),
            );
        }
        if random.chance(15) {
            named.push(("-ENOSPC", OOM));
        }
        if random.chance(15) {
            named.push(("-EFAULT", SIGBUS));
        }
        if random.chance(15) {
            named.push(("-EINVAL", SIGBUS));
        }
        Self { named, rest: SIGBUS }
    }

    /// Something else for one result or two.
    pub fn other(random: &mut Random) -> Self {
        let mut mapping = Self::exact(random);
        for _ in 0..1 + random.below(2) {
            match random.below(8) {
                0 | 1 => mapping.put("-EBUSY", SIGBUS),
                2 => mapping.put("-ENOMEM", SIGBUS),
                3 => mapping.put("0", "0"),
                4 => {
                    mapping.put("0", "0");
                    mapping.put("-EBUSY", "0");
                }
                5 => mapping.put(
                    "-EFAULT",
                    random.pick(&["VM_FAULT_SIGSEGV", "VM_FAULT_HWPOISON", OOM]),
                ),
                6 => mapping.put("-EINVAL", random.pick(&[NOPAGE, OOM, "VM_FAULT_RETRY"])),
                _ => mapping.rest = random.pick(&[OOM, NOPAGE, "VM_FAULT_HWPOISON"]),
            }
        }
        mapping
    }

    fn put(&mut self, result: &'static str, code: &'static str) {
        match self.named.iter_mut().find(|(name, _)| *name == result) {
            Some(known) => known.1 = code,
            None => self.named.push((result, code)),
        }
    }

    pub fn of(&self, result: &str) -> &'static str {
        self.named
            .iter()
            .find(|(name, _)| *name == result)
            .map_or(self.rest, |(_, code)| code)
    }

    /// Whether `vmf_error()` gives the codes of all errors that are not among those of success.
    pub fn suits_vmf_error(&self) -> bool {
        self.rest == SIGBUS
            && self.of("-ENOMEM") == OOM
            && self.named.iter().all(|&(name, code)| {
                name == "-ENOMEM" || code == SIGBUS || code == self.of("0") && code != OOM
            })
    }

    /// The results of each code, in any order; those of the rest come last and may be empty.
    fn groups(&self, random: &mut Random) -> Vec<(&'static str, Vec<&'static str>)> {
        let mut groups: Vec<(&'static str, Vec<&'static str>)> = Vec::new();
        for &(result, code) in &self.named {
            match groups.iter_mut().find(|(known, _)| *known == code) {
                Some((_, results)) => results.push(result),
                None => groups.push((code, vec![result])),
            }
        }
        shuffle(random, &mut groups);
        let rest = groups.iter().position(|(code, _)| *code == self.rest);
        let mut last = rest.map_or((self.rest, Vec::new()), |at| groups.remove(at));
        for (_, results) in &mut groups {
            shuffle(random, results);
        }
        // Most handlers don't name what the default gives anyway.
        if random.chance(70) {
            last.1.clear();
        }
        groups.push(last);
        groups
    }
}

fn shuffle<T>(random: &mut Random, list: &mut [T]) {
    for at in (1..list.len()).rev() {
        list.swap(at, random.below(at + 1));
    }
}

/// A way to write a choice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    Switch,
    Chain,
    Conditional,
    Labels,
    VmfError,
}

/// What is done with the code.
#[derive(Clone, Copy)]
pub enum Finish<'a> {
    Return,
    /// It is assigned to a variable, and control goes on.
    Assign(&'a str),
}

impl Finish<'_> {
    fn leaf(self, code: &str) -> String {
        match self {
            Finish::Return => format!("return {code};"),
            Finish::Assign(variable) => format!("{variable} = {code};"),
        }
    }
}

/// Any style that can do it.
pub fn any_style(random: &mut Random, mapping: &Mapping, finish: Finish<'_>) -> Style {
    loop {
        let style = [
            Style::Switch,
            Style::Switch,
            Style::Chain,
            Style::Conditional,
            Style::Labels,
            Style::VmfError,
        ][random.below(6)];
        match style {
            Style::Labels if matches!(finish, Finish::Assign(_)) => {}
            Style::VmfError if !mapping.suits_vmf_error() => {}
            style => return style,
        }
    }
}

/// The choice of a code by `error`, as lines of a function.
pub fn spell(
    random: &mut Random,
    style: Style,
    mapping: &Mapping,
    error: &str,
    finish: Finish<'_>,
) -> Vec<String> {
    match style {
        Style::Switch => switch(random, mapping, error, finish),
        Style::Chain => chain(random, mapping, error, finish),
        Style::Conditional => {
            let arms = arms(random, mapping, error);
            let (last, others) = arms.split_last().expect("an arm");
            let asked: Vec<String> = others
                .iter()
                .map(|(asked, code)| format!("{asked} ? {code} : "))
                .collect();
            vec![finish.leaf(&format!("{}{}", asked.concat(), last.1))]
        }
        Style::Labels => labels(random, mapping, error),
        Style::VmfError => {
            let good: Vec<&str> = mapping
                .named
                .iter()
                .filter(|(_, code)| *code == mapping.of("0"))
                .map(|(result, _)| *result)
                .collect();
            let asked = is_one_of(random, error, &good);
            match finish {
                Finish::Return => vec![
                    format!("if ({asked})"),
                    format!("\treturn {};", mapping.of("0")),
                    format!("return vmf_error({error});"),
                ],
                Finish::Assign(variable) => vec![
                    format!("if ({asked})"),
                    format!("\t{variable} = {};", mapping.of("0")),
                    "else".into(),
                    format!("\t{variable} = vmf_error({error});"),
                ],
            }
        }
    }
}

fn switch(random: &mut Random, mapping: &Mapping, error: &str, finish: Finish<'_>) -> Vec<String> {
    let mut groups = mapping.groups(random);
    let (rest, also) = groups.pop().expect("the rest");
    let returns = matches!(finish, Finish::Return);
    // What no label names goes on behind the switch, or has a default somewhere.
    let behind = returns && also.is_empty() && random.chance(50);
    let mut arms: Vec<(Vec<String>, &str)> = groups
        .into_iter()
        .map(|(code, results)| (results.into_iter().map(str::to_owned).collect(), code))
        .collect();
    if !behind {
        let mut results: Vec<String> = also.into_iter().map(str::to_owned).collect();
        results.insert(random.below(results.len() + 1), String::new());
        let at = if random.chance(80) {
            arms.len()
        } else {
            random.below(arms.len() + 1)
        };
        arms.insert(at, (results, rest));
    }
    let mut lines = vec![format!("switch ({error}) {{")];
    let count = arms.len();
    for (number, (results, code)) in arms.into_iter().enumerate() {
        for result in results {
            lines.push(if result.is_empty() {
                "default:".into()
            } else {
                format!("case {result}:")
            });
        }
        lines.push(format!("\t{}", finish.leaf(code)));
        if !returns && (number + 1 < count || random.chance(70)) {
            lines.push("\tbreak;".into());
        }
    }
    lines.push("}".into());
    if behind {
        if random.chance(50) {
            lines.push(String::new());
        }
        lines.push(finish.leaf(rest));
    }
    lines
}

/// Conditions one after the other, each with its code; the last one holds for all that is left.
fn arms(random: &mut Random, mapping: &Mapping, error: &str) -> Vec<(String, &'static str)> {
    let mut groups = mapping.groups(random);
    let rest = groups.len() - 1;
    groups[rest].1.clear();
    let mut order: Vec<usize> = (0..groups.len()).collect();
    shuffle(random, &mut order);
    let mut arms = Vec::new();
    for (at, &group) in order.iter().enumerate() {
        let (code, results) = &groups[group];
        let asked = if at + 1 == order.len() {
            String::new()
        } else if group == rest {
            let left: Vec<&str> = order[at + 1..]
                .iter()
                .flat_map(|&other| groups[other].1.clone())
                .collect();
            is_none_of(random, error, &left)
        } else {
            is_one_of(random, error, results)
        };
        arms.push((asked, *code));
    }
    arms
}

fn is_one_of(random: &mut Random, error: &str, results: &[&str]) -> String {
    let parts: Vec<String> = results
        .iter()
        .map(|&result| match result {
            "0" => match random.below(5) {
                0 => format!("{error} == 0"),
                1 => format!("{error} >= 0"),
                _ => format!("!{error}"),
            },
            _ if random.chance(8) => format!("{result} == {error}"),
            _ => format!("{error} == {result}"),
        })
        .collect();
    let asked = parts.join(" || ");
    match random.below(12) {
        0 => format!("likely({asked})"),
        1 => format!("unlikely({asked})"),
        _ => asked,
    }
}

fn is_none_of(random: &mut Random, error: &str, results: &[&str]) -> String {
    let others: Vec<String> = results
        .iter()
        .filter(|&&result| result != "0")
        .map(|result| format!("{error} != {result}"))
        .collect();
    let mut parts = Vec::new();
    if results.contains(&"0") {
        parts.push(match random.below(4) {
            0 => format!("{error} < 0"),
            1 => format!("{error} != 0"),
            _ => error.to_owned(),
        });
    }
    parts.extend(others);
    if parts.len() > 1 && random.chance(15) && results.len() == parts.len() {
        return format!("!({})", is_one_of(random, error, results));
    }
    parts.join(" && ")
}

fn chain(random: &mut Random, mapping: &Mapping, error: &str, finish: Finish<'_>) -> Vec<String> {
    let arms = arms(random, mapping, error);
    let returns = matches!(finish, Finish::Return);
    let with_else = !returns || random.chance(30);
    let mut lines = Vec::new();
    for (at, (asked, code)) in arms.iter().enumerate() {
        let leaf = finish.leaf(code);
        if at + 1 == arms.len() {
            if with_else && at > 0 {
                lines.push("else".into());
                lines.push(format!("\t{leaf}"));
            } else {
                lines.push(leaf);
            }
            break;
        }
        let word = if with_else && at > 0 { "else if" } else { "if" };
        lines.push(format!("{word} ({asked})"));
        lines.push(format!("\t{leaf}"));
    }
    lines
}

fn labels(random: &mut Random, mapping: &Mapping, error: &str) -> Vec<String> {
    let arms = arms(random, mapping, error);
    let name = |code: &str| format!("is_{}", code.trim_start_matches("VM_FAULT_").to_lowercase());
    let (last, others) = arms.split_last().expect("an arm");
    let mut lines = Vec::new();
    for (asked, code) in others {
        lines.push(format!("if ({asked})"));
        lines.push(format!("\tgoto {};", name(code)));
    }
    lines.push(format!("return {};", last.1));
    for (_, code) in others {
        lines.push(format!("{}:", name(code)));
        lines.push(format!("return {code};"));
    }
    lines
}

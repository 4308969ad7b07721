//! Loops that one call can replace, in many spellings.

use super::super::Random;
use super::bounds::{assumes, at_offset, counts_bytes, last_index, size_in_bytes, whole_vma};
use super::pieces::{Arm, Pieces};
use super::{Meaning, Program};

/// All shapes, so that none is forgotten.
pub const SHAPES: [&str; 21] = [
    "for, counts up",
    "while, counts up",
    "do-while, counts up",
    "index goes on in the argument",
    "pointer goes on in the argument",
    "size of the VMA goes down",
    "count goes down",
    "address is the bound",
    "end of the array is the bound",
    "endless with a break",
    "error in the head",
    "insert in the condition",
    "goes on with continue",
    "branch without braces",
    "starts at an offset",
    "what it counted is used",
    "counts bytes",
    "last index is the bound",
    "a size in bytes",
    "the whole VMA, with a check",
    "assumes something of a count",
];

/// A loop of a shape.
pub fn equivalent(random: &mut Random, shape: usize) -> Program {
    let mut pieces = loop {
        let pieces = pieces(random, shape);
        // A branch holds no declarations, and nothing that was learned before a lock holds behind it.
        let unusable = shape == 13 && (pieces.place == "at" || pieces.page == "page" || pieces.vma == "area")
            || pieces.before.iter().any(|line| line.contains("mutex_lock"))
                && (matches!(shape, 2 | 8 | 14 | 17 | 19)
                    || pieces.before.iter().any(|line| line.contains("signed_n")));
        if !unusable {
            break pieces;
        }
    };
    pieces.shape = SHAPES[shape];
    Program {
        shape: pieces.shape,
        meaning: pieces.meaning.unwrap_or(Meaning::Equivalent),
        source: pieces.write(random, shape == 13),
    }
}

/// The pieces of a loop of a shape.
pub fn pieces(random: &mut Random, shape: usize) -> Pieces {
    let mut pieces = Pieces {
        n_type: random.pick(&["unsigned int", "unsigned long", "size_t", "u32"]),
        index: random.pick(&["i", "j", "idx"]),
        error: random.pick(&["err", "ret", "rc"]),
        address: random.pick(&["uaddr", "addr", "start"]),
        vma: "vma",
        address_starts: "vma->vm_start".into(),
        uses_index: true,
        ..Pieces::default()
    };
    pieces.error_inside = random.chance(30);
    match shape {
        0 | 9..=13 => counts_up(random, &mut pieces),
        1..=3 => counts_up_while(random, &mut pieces, shape),
        4 => walks(random, &mut pieces),
        5 => size_down(random, &mut pieces),
        6 => count_down(random, &mut pieces),
        7 => address_bound(random, &mut pieces),
        14 => at_offset(random, &mut pieces),
        15 => counts_up(random, &mut pieces),
        16 => counts_bytes(random, &mut pieces),
        17 => last_index(random, &mut pieces),
        18 => size_in_bytes(random, &mut pieces),
        19 => whole_vma(random, &mut pieces),
        20 => assumes(random, &mut pieces),
        _ => pointer_bound(random, &mut pieces),
    }
    if pieces.arm == Arm::None {
        arm(random, &mut pieces);
    }
    match shape {
        9 => endless(&mut pieces),
        10 => error_in_head(random, &mut pieces),
        11 => in_condition(random, &mut pieces),
        12 => with_continue(&mut pieces),
        13 => {
            // What follows must do for the other branch too.
            pieces.error_inside = false;
            pieces.error_starts = Some("0");
            pieces.arm = Arm::Test(vec![format!("if ({})", pieces.error), "\tbreak;".into()]);
            pieces.behind = vec![format!("return {};", pieces.error)];
        }
        15 => used_behind(random, &mut pieces),
        _ => {}
    }
    pieces
}

/// How many pages, in an expression that does not change; checks go in front.
fn bound(random: &mut Random, pieces: &mut Pieces) -> String {
    match random.below(13) {
        0 | 1 => "n".into(),
        2 => "b->n".into(),
        3 => "b->nr".into(),
        4 => "b->in.count".into(),
        5 => "b->inner->count".into(),
        6 => "vma_pages(vma)".into(),
        7 => {
            pieces
                .declarations
                .push("unsigned long count = vma_pages(vma);".into());
            "count".into()
        }
        8 => {
            pieces
                .declarations
                .push("unsigned long count = (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;".into());
            if random.chance(50) {
                pieces.before.push("if (count > n)\n\t\treturn -ENXIO;\n".into());
                pieces.n_type = "unsigned long";
            }
            "count".into()
        }
        9 => {
            pieces.n_type = "int";
            let check = random.pick(&["n < 0", "n <= 0", "n < 1"]);
            pieces.before.push(format!("if ({check})\n\t\treturn -EINVAL;\n"));
            "n".into()
        }
        10 => {
            pieces
                .before
                .push("if (b->signed_n < 0)\n\t\treturn -EINVAL;\n".into());
            "b->signed_n".into()
        }
        11 => "BUF_PAGES".into(),
        _ => {
            let size = random.pick(&[
                "b->size >> PAGE_SHIFT",
                "b->size / PAGE_SIZE",
                "size >> PAGE_SHIFT",
                "PAGE_ALIGN(size) >> PAGE_SHIFT",
            ]);
            pieces.declarations.push(format!("unsigned long nr = {size};"));
            "nr".into()
        }
    }
}

/// The type of an index that can be compared with any bound.
fn index_type(random: &mut Random, pieces: &mut Pieces) {
    pieces.index_type = random.pick(&["unsigned long", "unsigned long", "unsigned int", "int", "size_t"]);
}

pub(super) fn array(random: &mut Random) -> &'static str {
    random.pick(&[
        "pages",
        "pages",
        "b->pages",
        "b->pages",
        "b->fixed",
        "b->in.pages",
        "b->inner->pages",
    ])
}

/// Where the page goes and which one it is, by an index that starts at 0.
pub(super) fn by_index(random: &mut Random, pieces: &mut Pieces, index: &str, may_run: bool) {
    let array = array(random);
    let offset = random
        .chance(20)
        .then(|| random.pick(&["off", "vma->vm_pgoff", "2"]));
    let element = match (offset, random.below(4)) {
        (None, 0) => format!("*({array} + {index})"),
        (None, _) => format!("{array}[{index}]"),
        (Some(offset), 0) => format!("{array}[{index} + {offset}]"),
        (Some(offset), _) => format!("{array}[{offset} + {index}]"),
    };
    if random.chance(8) {
        pieces.first.push("struct vm_area_struct *area = vma;\n".into());
        pieces.vma = "area";
    }
    pieces.page = if random.chance(15) {
        pieces.first.push(format!("struct page *page = {element};\n"));
        "page".into()
    } else {
        element
    };
    let start = pieces.address_starts.clone();
    let wide = pieces.index_type != "int" && pieces.index_type != "unsigned int";
    match random.below(if may_run { 6 } else { 3 }) {
        0 => pieces.place = format!("{start} + {index} * PAGE_SIZE"),
        1 => pieces.place = format!("{start} + PAGE_SIZE * {index}"),
        2 if wide => pieces.place = format!("{start} + ({index} << PAGE_SHIFT)"),
        2 => pieces.place = format!("{start} + ((unsigned long){index} << PAGE_SHIFT)"),
        3 => {
            pieces
                .first
                .push(format!("unsigned long at = {start} + {index} * PAGE_SIZE;\n"));
            pieces.place = "at".into();
        }
        _ => run_address(pieces),
    }
}

pub(super) fn run_address(pieces: &mut Pieces) {
    pieces.runs = true;
    pieces.place = pieces.address.into();
    pieces.last.push(format!("{} += PAGE_SIZE;", pieces.address));
}

fn counts_up(random: &mut Random, pieces: &mut Pieces) {
    let bound = bound(random, pieces);
    index_type(random, pieces);
    let index = pieces.index;
    by_index(random, pieces, index, true);
    let step = random.pick(&["I++", "++I", "I += 1"]).replace('I', index);
    let step = match pieces.runs && random.chance(30) {
        true => format!("{step}, {}", pieces.last.remove(0).trim_end_matches(';')),
        false => step,
    };
    let test = match random.below(8) {
        0 => format!("{bound} > {index}"),
        1 => format!("!({index} >= {bound})"),
        _ => format!("{index} < {bound}"),
    };
    pieces.head = if random.chance(25) {
        pieces.before.push(format!("{index} = 0;"));
        format!("for (; {test}; {step})")
    } else {
        format!("for ({index} = 0; {test}; {step})")
    };
}

fn counts_up_while(random: &mut Random, pieces: &mut Pieces, shape: usize) {
    let bound = bound(random, pieces);
    index_type(random, pieces);
    let index = pieces.index;
    if shape == 3 {
        run_address(pieces);
        pieces.page = format!("{}[{index}++]", array(random));
    } else {
        by_index(random, pieces, index, true);
        pieces.last.push(format!("{index}++;"));
    }
    pieces.before.push(format!("{index} = 0;"));
    if shape == 2 {
        if !pieces
            .before
            .iter()
            .any(|check| check.contains("n <= 0") || check.contains("n < 1"))
            && bound != "BUF_PAGES"
        {
            pieces.before.insert(
                pieces.before.len() - 1,
                format!("if (!{})\n\t\treturn 0;\n", parenthesised(&bound)),
            );
        }
        pieces.head = "do".into();
        pieces.tail = Some(match random.below(3) {
            0 if pieces.last.last().is_some_and(|last| last.ends_with("++;")) => {
                pieces.last.pop();
                format!("++{index} < {bound}")
            }
            _ => format!("{index} < {bound}"),
        });
    } else {
        pieces.head = format!("while ({index} < {bound})");
    }
}

fn parenthesised(text: &str) -> String {
    if text.contains(' ') {
        format!("({text})")
    } else {
        text.to_owned()
    }
}

fn walks(random: &mut Random, pieces: &mut Pieces) {
    let bound = bound(random, pieces);
    index_type(random, pieces);
    let index = pieces.index;
    let array = array(random);
    pieces.declarations.push(format!("struct page **next = {array};"));
    if random.chance(30) {
        pieces.before.push("next += off;".into());
    }
    if random.chance(70) {
        pieces.page = "*next++".into();
    } else {
        pieces.page = "*next".into();
        pieces.last.push("next++;".into());
    }
    run_address(pieces);
    pieces.head = format!("for ({index} = 0; {index} < {bound}; {index}++)");
}

fn size_down(random: &mut Random, pieces: &mut Pieces) {
    let size = match random.below(3) {
        0 => "vma->vm_end - vma->vm_start",
        1 => "vma_pages(vma) << PAGE_SHIFT",
        _ => "vma_pages(vma) * PAGE_SIZE",
    };
    pieces.declarations.push(format!("unsigned long usize = {size};"));
    pieces.index_type = random.pick(&["int", "unsigned long", "unsigned int"]);
    let index = pieces.index;
    let array = array(random);
    match random.below(3) {
        0 => {
            pieces.page = format!("{array}[{index}++]");
            pieces.before.push(format!("{index} = 0;"));
        }
        1 => {
            pieces.declarations.push(format!("struct page **next = {array};"));
            pieces.page = "*next++".into();
            pieces.uses_index = false;
        }
        _ => {
            pieces.page = format!("{array}[{index}]");
            pieces.before.push(format!("{index} = vma->vm_pgoff;"));
            // An index that holds any offset.
            pieces.index_type = "unsigned long";
            pieces.last.push(format!("{index}++;"));
        }
    }
    run_address(pieces);
    pieces.last.push("usize -= PAGE_SIZE;".into());
    let test = random.pick(&[
        "usize > 0",
        "usize",
        "usize != 0",
        "usize >= PAGE_SIZE",
        "0 < usize",
    ]);
    if random.chance(60) {
        pieces.head = "do".into();
        pieces.tail = Some(test.into());
    } else {
        pieces.head = format!("while ({test})");
    }
}

fn count_down(random: &mut Random, pieces: &mut Pieces) {
    let bound = bound(random, pieces);
    let array = array(random);
    pieces.uses_index = false;
    pieces.declarations.push(format!("unsigned long left = {bound};"));
    // A count with a sign is checked before it becomes one without.
    if let Some(check) = pieces
        .before
        .first()
        .filter(|check| check.contains("< ") || check.contains("<= "))
    {
        let check = check.clone();
        if !check.contains("count >") {
            pieces.declarations.pop();
            pieces.declarations.push("unsigned long left;".into());
            pieces.before.push(format!("left = {bound};"));
        }
    }
    pieces.declarations.push(format!("struct page **next = {array};"));
    pieces.page = "*next++".into();
    run_address(pieces);
    pieces.head = match random.below(4) {
        0 => "while (left--)".into(),
        1 => "for (; left; left--)".into(),
        2 => "for (; left > 0; left--)".into(),
        _ => {
            pieces.last.push("left--;".into());
            random
                .pick(&["while (left)", "while (left > 0)", "while (left != 0)"])
                .into()
        }
    };
}

fn address_bound(random: &mut Random, pieces: &mut Pieces) {
    let end = if random.chance(50) {
        pieces
            .declarations
            .push("unsigned long end = vma->vm_end;".into());
        "end"
    } else {
        "vma->vm_end"
    };
    pieces.runs = true;
    let address = pieces.address;
    pieces.place = address.into();
    pieces.index_type = random.pick(&["int", "unsigned long", "unsigned int"]);
    let array = array(random);
    let test = match random.below(3) {
        0 => format!("{address} != {end}"),
        1 => format!("{end} > {address}"),
        _ => format!("{address} < {end}"),
    };
    let index = pieces.index;
    if random.chance(50) {
        pieces.page = format!("{array}[{index}]");
        pieces.before.push(format!("{index} = 0;"));
        pieces.head = if random.chance(60) {
            format!("for (; {test}; {address} += PAGE_SIZE, {index}++)")
        } else {
            pieces.last = vec![format!("{address} += PAGE_SIZE;"), format!("{index}++;")];
            format!("while ({test})")
        };
    } else {
        pieces.uses_index = false;
        pieces.declarations.push(format!("struct page **next = {array};"));
        pieces.page = "*next++".into();
        pieces.head = format!("for (; {test}; {address} += PAGE_SIZE)");
    }
}

fn pointer_bound(random: &mut Random, pieces: &mut Pieces) {
    let bound = random.pick(&["n", "b->n", "b->in.count"]);
    pieces.n_type = random.pick(&["unsigned int", "u32"]);
    pieces.uses_index = false;
    let array = random.pick(&["pages", "b->pages", "b->in.pages"]);
    pieces.declarations.push(format!("struct page **next = {array};"));
    pieces
        .declarations
        .push(format!("struct page **last = next + {bound};"));
    run_address(pieces);
    match random.below(3) {
        0 => {
            pieces.page = "*next".into();
            pieces.head = "for (; next < last; next++)".into();
        }
        1 => {
            pieces.page = "*next".into();
            pieces.head = format!("for (; next != last; next++, {} += PAGE_SIZE)", pieces.address);
            pieces.last.clear();
        }
        _ => {
            pieces.page = "*next++".into();
            pieces.head = "while (next != last)".into();
        }
    }
}

/// What is done about an error, and what follows the loop.
fn arm(random: &mut Random, pieces: &mut Pieces) {
    let error = pieces.error;
    let test = match random.below(6) {
        0 => format!("if ({error} < 0)"),
        1 => format!("if ({error} != 0)"),
        2 => format!("if (unlikely({error}))"),
        _ => format!("if ({error})"),
    };
    let behind_one = |random: &mut Random| -> Vec<String> {
        match random.below(3) {
            0 => vec!["b->mapped = 1;".into(), "return 0;".into()],
            _ => vec!["return 0;".into()],
        }
    };
    match random.below(8) {
        0 | 1 => {
            pieces.arm = Arm::Test(vec![test, format!("\treturn {error};")]);
            pieces.behind = behind_one(random);
        }
        2 => {
            pieces.arm = Arm::Test(vec![
                format!("{test} {{"),
                format!("\tpr_err(\"mapping failed: %d\\n\", {error});"),
                format!("\treturn {error};"),
                "}".into(),
            ]);
            pieces.behind = behind_one(random);
        }
        3 => {
            pieces.arm = Arm::Test(vec![
                format!("{test} {{"),
                "\t/* nothing to undo */".into(),
                format!("\treturn {error};"),
                "}".into(),
            ]);
            pieces.behind = behind_one(random);
        }
        4 => {
            // Ends behind the loop; an empty loop gives 0 as well.
            pieces.error_inside = false;
            pieces.error_starts = Some("0");
            pieces.arm = Arm::Test(vec![test, "\tbreak;".into()]);
            pieces.behind = match random.below(3) {
                0 => vec![format!("return {error};")],
                1 => vec![
                    format!("if ({error})"),
                    format!("\tpr_err(\"failed: %d\\n\", {error});"),
                    format!("return {error};"),
                ],
                _ => vec![
                    format!("if (!{error})"),
                    "\tb->mapped = 1;".into(),
                    format!("return {error};"),
                ],
            };
        }
        5 => {
            pieces.error_inside = false;
            pieces.error_starts = Some("0");
            pieces.before.push("mutex_lock(&lock);".into());
            // No check may return with the lock held.
            let position = pieces.before.len() - 1;
            pieces.before.swap(0, position);
            pieces.before.rotate_left(1);
            pieces.arm = Arm::Test(vec![test, "\tgoto out;".into()]);
            pieces.behind = vec![
                "b->mapped = 1;".into(),
                "LABEL out:".into(),
                "mutex_unlock(&lock);".into(),
                format!("return {error};"),
            ];
        }
        6 => {
            pieces.arm = Arm::Test(vec![test, "\treturn -EFAULT;".into()]);
            pieces.behind = behind_one(random);
        }
        _ => {
            pieces.arm = Arm::Test(vec![
                format!("{test} {{"),
                "\tb->mapped = 0;".into(),
                "\taccount(b->nr);".into(),
                format!("\treturn {error};"),
                "}".into(),
            ]);
            pieces.behind = behind_one(random);
        }
    }
}

/// Index or address are read when all went well.
fn used_behind(random: &mut Random, pieces: &mut Pieces) {
    let (error, index) = (pieces.error, pieces.index);
    pieces.error_starts = None;
    pieces.before.retain(|line| !line.contains("mutex_lock"));
    pieces.arm = Arm::Test(vec![format!("if ({error})"), format!("\treturn {error};")]);
    let mut behind = Vec::new();
    if pieces.runs && random.chance(50) {
        behind.push(format!("b->last = {};", pieces.address));
    }
    if behind.is_empty() || random.chance(50) {
        behind.push(format!("b->mapped = {index};"));
    }
    behind.push("return 0;".into());
    pieces.behind = behind;
}

/// The bound as a `break` in an endless loop.
fn endless(pieces: &mut Pieces) {
    let head = pieces
        .head
        .trim_start_matches("for (")
        .trim_end_matches(')')
        .to_owned();
    let parts: Vec<&str> = head.split(';').map(str::trim).collect();
    if !parts[0].is_empty() {
        pieces.before.push(format!("{};", parts[0]));
    }
    let (declarations, rest): (Vec<String>, Vec<String>) = std::mem::take(&mut pieces.first)
        .into_iter()
        .partition(|line| line.contains(" = ") && line.ends_with(";\n"));
    pieces.first = declarations;
    let test = format!("if (!({}))\n\t\t\tbreak;", parts[1]);
    pieces.first.push(test);
    pieces.first.extend(rest);
    pieces
        .last
        .extend(parts[2].split(',').map(|step| format!("{};", step.trim())));
    pieces.head = "for (;;)".into();
    // A page of its own is read behind the test only.
    if let Some(at) = pieces
        .first
        .iter()
        .position(|line| line.starts_with("struct page *page"))
    {
        let element = pieces.first.remove(at);
        let element = element
            .trim_end()
            .trim_start_matches("struct page *page = ")
            .trim_end_matches(';');
        pieces.page = element.to_owned();
    }
}

/// `!err && i < n`
fn error_in_head(random: &mut Random, pieces: &mut Pieces) {
    let error = pieces.error;
    pieces.error_inside = false;
    pieces.error_starts = Some("0");
    let (from, rest) = pieces.head.split_once(';').unwrap_or(("", ""));
    let (test, step) = rest.split_once(';').unwrap_or(("", ""));
    let test = match random.below(3) {
        0 => format!("{} && !{error}", test.trim()),
        1 => format!("{error} == 0 && {}", test.trim()),
        _ => format!("!{error} && {}", test.trim()),
    };
    pieces.head = format!("{from}; {test};{step}");
    pieces.arm = Arm::Free(vec![format!("{error} = INSERT;")]);
    pieces.behind = vec![format!("return {error};")];
}

fn in_condition(random: &mut Random, pieces: &mut Pieces) {
    let error = pieces.error;
    let (test, branch): (String, Vec<String>) = match random.below(5) {
        0 => ("if (INSERT)".into(), vec!["\treturn -EAGAIN;".into()]),
        1 => ("if (INSERT != 0)".into(), vec!["\treturn -EFAULT;".into()]),
        2 => (
            "if (INSERT) {".into(),
            vec![
                "\tpr_err(\"no page\\n\");".into(),
                "\treturn -EAGAIN;".into(),
                "}".into(),
            ],
        ),
        3 => (
            format!("if (({error} = INSERT))"),
            vec![format!("\treturn {error};")],
        ),
        _ => (
            format!("if (({error} = INSERT) != 0)"),
            vec![format!("\treturn {error};")],
        ),
    };
    pieces.error_starts = None;
    pieces.error_inside = false;
    pieces.before.retain(|line| !line.contains("mutex_lock"));
    pieces.arm = Arm::Condition(test, branch);
    pieces.behind = vec!["return 0;".into()];
}

fn with_continue(pieces: &mut Pieces) {
    let error = pieces.error;
    pieces.error_starts = None;
    pieces.before.retain(|line| !line.contains("mutex_lock"));
    // What goes on must do so in the header.
    let steps: Vec<String> = pieces
        .last
        .drain(..)
        .map(|step| step.trim_end_matches(';').to_owned())
        .collect();
    if !steps.is_empty() {
        let head = pieces.head.trim_end_matches(')').to_owned();
        pieces.head = format!("{head}, {})", steps.join(", "));
    }
    pieces.arm = Arm::Free(vec![
        format!("{error} = INSERT;"),
        format!("if (!{error})"),
        "\tcontinue;".into(),
        format!("pr_err(\"failed: %d\\n\", {error});"),
        format!("return {error};"),
    ]);
    pieces.behind = vec!["return 0;".into()];
}

//! Loops that look as if one call could replace them, and that none can.

use super::super::Random;
use super::pieces::{Arm, Pieces};
use super::shapes::{SHAPES, pieces};
use super::{Meaning, Program};

/// One way to spoil a loop; `None` if this loop can't be spoilt so.
type Spoil = fn(&mut Random, &mut Pieces) -> Option<()>;

/// All ways, so that none is forgotten.
pub const WAYS: [(&str, Spoil); 25] = [
    ("does something else too", |random, pieces| {
        let what = random.pick(&[
            "account(n);",
            "b->mapped++;",
            "release(pages[0]);",
            "account(b->nr);",
        ]);
        if random.chance(50) {
            pieces.last.insert(0, what.into());
        } else {
            pieces.first.push(what.into());
        }
        Some(())
    }),
    ("steps two pages", |_, pieces| {
        let step = pieces
            .last
            .iter_mut()
            .find(|line| line.contains("+= PAGE_SIZE"))?;
        *step = step.replace("PAGE_SIZE", "2 * PAGE_SIZE");
        Some(())
    }),
    ("steps half a page", |_, pieces| {
        let step = pieces
            .last
            .iter_mut()
            .find(|line| line.contains("+= PAGE_SIZE"))?;
        *step = step.replace("PAGE_SIZE", "PAGE_SIZE / 2");
        Some(())
    }),
    ("does not step", |_, pieces| {
        pieces.place = "vma->vm_start".into();
        Some(())
    }),
    ("every second page", |_, pieces| {
        let at = pieces.page.find('[')?;
        let index = pieces.index;
        let inside = pieces.page[at..].replacen(index, &format!("2 * {index}"), 1);
        if pieces.page.contains("++") || pieces.page[..at].contains('(') {
            return None;
        }
        pieces.page = format!("{}{inside}", &pieces.page[..at]);
        Some(())
    }),
    ("the same page", |random, pieces| {
        if pieces.page.contains("++") || pieces.page == "page" {
            return None;
        }
        pieces.page = random.pick(&["pages[0]", "b->pages[off]", "*pages"]).into();
        Some(())
    }),
    ("backwards", |_, pieces| {
        pieces.page = format!("pages[n - 1 - {}]", pieces.index);
        (pieces.uses_index && !pieces.head.contains("left")).then_some(())
    }),
    ("pages of a call", |random, pieces| {
        pieces.page = format!(
            "{}({})",
            random.pick(&["vmalloc_to_page", "pfn_to_page"]),
            if pieces.place.contains('+') {
                pieces.place.clone()
            } else {
                format!("off + {}", pieces.place)
            }
        );
        Some(())
    }),
    ("pages in structs", |_, pieces| {
        pieces.page = format!("b->slots[{}].page", pieces.index);
        pieces.uses_index.then_some(())
    }),
    ("pages in numbers", |_, pieces| {
        pieces.page = format!("(struct page *)b->words[{}]", pieces.index);
        pieces.uses_index.then_some(())
    }),
    ("an error does not end it", |random, pieces| {
        pieces.arm = Arm::Test(vec![
            format!("if ({})", pieces.error),
            random
                .pick(&["\tpr_err(\"no page\\n\");", "\tb->mapped = 1;"])
                .into(),
        ]);
        no_lock(pieces);
        pieces.behind = vec!["return 0;".into()];
        Some(())
    }),
    ("some errors do not end it", |random, pieces| {
        let error = pieces.error;
        let test = match random.below(3) {
            0 => format!("{error} == -ENOMEM"),
            1 => format!("{error} && {error} != -EBUSY"),
            _ => format!("{error} < -EAGAIN"),
        };
        pieces.arm = Arm::Test(vec![format!("if ({test})"), format!("\treturn {error};")]);
        no_lock(pieces);
        pieces.behind = vec!["return 0;".into()];
        Some(())
    }),
    ("success ends it", |_, pieces| {
        let error = pieces.error;
        pieces.arm = Arm::Test(vec![format!("if (!{error})"), "\treturn 0;".into()]);
        no_lock(pieces);
        pieces.behind = vec!["return -EFAULT;".into()];
        Some(())
    }),
    ("nobody is told", |_, pieces| {
        pieces.error_inside = false;
        pieces.error_starts = Some("0");
        pieces.arm = Arm::Test(vec![format!("if ({})", pieces.error), "\tbreak;".into()]);
        no_lock(pieces);
        pieces.behind = vec!["return 0;".into()];
        Some(())
    }),
    ("two bounds", |random, pieces| {
        let more = random.pick(&["A < vma->vm_end", "b->nr > 2", "!stopped()", "A != vma->vm_end"]);
        if more.contains('A') && !pieces.runs {
            return None;
        }
        let more = more.replace('A', pieces.address);
        second_bound(pieces, &more)
    }),
    ("the bound changes", |_, pieces| {
        let bound = ["b->n", "b->nr", "b->in.count"];
        let bound = bound.into_iter().find(|bound| {
            let text = format!("{} {}", pieces.head, pieces.tail.as_deref().unwrap_or(""));
            text.contains(&format!("{bound};"))
                || text.ends_with(&format!("{bound})"))
                || text.ends_with(bound)
        })?;
        pieces.last.push(format!("{bound} /= 2;"));
        Some(())
    }),
    ("the array changes", |_, pieces| {
        if !pieces.page.starts_with("pages[") {
            return None;
        }
        pieces.last.push("pages = b->pages;".into());
        Some(())
    }),
    ("skips holes", |_, pieces| {
        if pieces.page.contains("++") || pieces.page == "page" || !pieces.last.is_empty() {
            return None;
        }
        let page = &pieces.page;
        pieces
            .first
            .push(format!("if (!{page} || ({page})->id)\n\t\t\tcontinue;"));
        (!pieces.head.starts_with("while") && pieces.tail.is_none()).then_some(())
    }),
    ("undoes what it did", |_, pieces| {
        let (error, index) = (pieces.error, pieces.index);
        if !pieces.uses_index || pieces.index_type != "int" && pieces.index_type != "unsigned long" {
            return None;
        }
        pieces.arm = Arm::Test(vec![
            format!("if ({error}) {{"),
            format!("\twhile ({index}-- > 0)"),
            "\t\trelease(pages[0]);".into(),
            format!("\treturn {error};"),
            "}".into(),
        ]);
        no_lock(pieces);
        pieces.behind = vec!["return 0;".into()];
        // Below 0 an index without a sign does not go.
        (pieces.index_type == "int").then_some(())
    }),
    ("a part is a result", |random, pieces| {
        let (error, index) = (pieces.error, pieces.index);
        if !pieces.uses_index {
            return None;
        }
        pieces.error_inside = false;
        pieces.error_starts = Some("0");
        pieces.arm = Arm::Test(vec![format!("if ({error})"), "\tbreak;".into()]);
        no_lock(pieces);
        pieces.behind = match random.below(3) {
            0 => vec![format!("return {index} ? {index} : {error};")],
            1 => vec![format!("b->mapped = {index};"), format!("return {error};")],
            _ => vec![format!("return {index};")],
        };
        Some(())
    }),
    ("a message names the index", |_, pieces| {
        let error = pieces.error;
        let what = if pieces.uses_index {
            pieces.index
        } else {
            pieces.address
        };
        if !pieces.uses_index && !pieces.runs {
            return None;
        }
        pieces.arm = Arm::Test(vec![
            format!("if ({error}) {{"),
            format!("\tpr_err(\"page %lu\\n\", (unsigned long){what});"),
            format!("\treturn {error};"),
            "}".into(),
        ]);
        no_lock(pieces);
        pieces.behind = vec!["return 0;".into()];
        Some(())
    }),
    ("the address is kept", |_, pieces| {
        let error = pieces.error;
        if !pieces.runs {
            return None;
        }
        pieces.arm = Arm::Test(vec![
            format!("if ({error}) {{"),
            format!("\tb->last = {};", pieces.address),
            format!("\treturn {error};"),
            "}".into(),
        ]);
        no_lock(pieces);
        pieces.behind = vec!["return 0;".into()];
        Some(())
    }),
    ("a narrow index", |random, pieces| {
        pieces.index_type = random.pick(&["u8", "unsigned char", "u16"]);
        (pieces.uses_index && !pieces.place.contains("<<")).then_some(())
    }),
    ("the bound is asked again", |random, pieces| {
        let again = random.pick(&["READ_ONCE(b->n)", "READ_ONCE(b->nr)"]);
        if !pieces.head.starts_with("for (") || !pieces.uses_index {
            return None;
        }
        let index = pieces.index;
        pieces.head = format!("for ({index} = 0; {index} < {again}; {index}++)");
        pieces.last = pieces
            .last
            .drain(..)
            .filter(|line| !line.starts_with(index))
            .collect();
        Some(())
    }),
    ("a last error is lost", |_, pieces| {
        // The next turn's test comes too late for the last insert.
        let error = pieces.error;
        if !pieces.head.starts_with("for (") {
            return None;
        }
        pieces.error_inside = false;
        pieces.error_starts = Some("0");
        pieces
            .first
            .insert(0, format!("if ({error})\n\t\t\treturn {error};"));
        pieces.arm = Arm::Free(vec![format!("{error} = INSERT;")]);
        no_lock(pieces);
        pieces.behind = vec!["return 0;".into()];
        Some(())
    }),
];

fn no_lock(pieces: &mut Pieces) {
    pieces.before.retain(|line| !line.contains("mutex_lock"));
}

fn second_bound(pieces: &mut Pieces, more: &str) -> Option<()> {
    if pieces.head.starts_with("for (") && pieces.head != "for (;;)" {
        let (from, rest) = pieces.head.split_once(';')?;
        let (test, step) = rest.split_once(';')?;
        pieces.head = format!("{from};{test} && {more};{step}");
    } else if let Some(test) = pieces
        .head
        .strip_prefix("while (")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        if test.contains("--") {
            return None;
        }
        pieces.head = format!("while ({test} && {more})");
    } else {
        let tail = pieces.tail.take()?;
        pieces.tail = Some(format!("{tail} && {more}"));
    }
    Some(())
}

/// A loop that is spoilt in one way.
pub fn near_miss(random: &mut Random, way: usize) -> Program {
    loop {
        // Those whose arm the spoiling may replace.
        let shape = random.below(9);
        let mut pieces = pieces(random, shape);
        if WAYS[way].1(random, &mut pieces).is_some() {
            pieces.shape = SHAPES[shape];
            return Program {
                shape: WAYS[way].0,
                meaning: Meaning::NearMiss,
                source: pieces.write(random, false),
            };
        }
    }
}

//! Loops whose bounds are offsets, bytes, or what a check says.

use super::super::Random;
use super::Meaning;
use super::pieces::Pieces;
use super::shapes::{array, by_index, run_address};

/// Pages from an offset on, with the checks that a driver makes.
pub(super) fn at_offset(random: &mut Random, pieces: &mut Pieces) {
    pieces.n_type = random.pick(&["unsigned long", "size_t"]);
    pieces.index_type = "unsigned long";
    let index = pieces.index;
    let offset = random.pick(&["off", "vma->vm_pgoff"]);
    let (end, checks): (&str, Vec<String>) = match random.below(4) {
        0 => {
            pieces
                .declarations
                .push("unsigned long count = vma_pages(vma);".into());
            let checks = vec![format!(
                "if ({offset} >= n || count > n - {offset})\n\t\treturn -ENXIO;\n"
            )];
            ("OFF + count", checks)
        }
        1 => {
            pieces
                .declarations
                .push("unsigned long count = vma_pages(vma);".into());
            let checks = vec![
                format!("if ({offset} > n)\n\t\treturn -ENXIO;"),
                format!("if (n - {offset} < count)\n\t\treturn -EINVAL;\n"),
            ];
            ("count + OFF", checks)
        }
        2 => {
            pieces
                .declarations
                .push("unsigned long end = vma->vm_pgoff + vma_pages(vma);".into());
            pieces.before.push("if (end > n)\n\t\treturn -ENXIO;\n".into());
            return at_offset_with(random, pieces, "vma->vm_pgoff", "end".into());
        }
        _ => ("n", vec![format!("if ({offset} > n)\n\t\treturn -ENXIO;\n")]),
    };
    pieces.before.extend(checks);
    let end = end.replace("OFF", offset);
    let _ = index;
    at_offset_with(random, pieces, offset, end);
}

fn at_offset_with(random: &mut Random, pieces: &mut Pieces, offset: &str, end: String) {
    let index = pieces.index;
    let array = array(random);
    pieces.page = format!("{array}[{index}]");
    run_address(pieces);
    pieces.head = format!("for ({index} = {offset}; {index} < {end}; {index}++)");
}

/// Bytes that are done.
pub(super) fn counts_bytes(random: &mut Random, pieces: &mut Pieces) {
    pieces.index_type = "unsigned long";
    let index = pieces.index;
    let end = match random.below(3) {
        0 => "vma->vm_end - vma->vm_start".to_owned(),
        1 => "vma_pages(vma) * PAGE_SIZE".into(),
        _ => {
            pieces
                .declarations
                .push("unsigned long end = vma->vm_end - vma->vm_start;".into());
            "end".into()
        }
    };
    let array = array(random);
    pieces.page = match random.below(2) {
        0 => format!("{array}[{index} >> PAGE_SHIFT]"),
        _ => format!("{array}[{index} / PAGE_SIZE]"),
    };
    pieces.place = format!("vma->vm_start + {index}");
    pieces.head = format!("for ({index} = 0; {index} < {end}; {index} += PAGE_SIZE)");
}

/// `i <= last`
pub(super) fn last_index(random: &mut Random, pieces: &mut Pieces) {
    pieces.index_type = "unsigned long";
    let index = pieces.index;
    by_index(random, pieces, index, true);
    pieces.n_type = "unsigned long";
    let last = match random.below(2) {
        0 => "vma_pages(vma) - 1",
        _ => {
            pieces.before.push("if (n == 0)\n\t\treturn -EINVAL;\n".into());
            "n - 1"
        }
    };
    pieces.head = format!("for ({index} = 0; {index} <= {last}; {index}++)");
}

/// Any number of bytes, rounded up.
pub(super) fn size_in_bytes(random: &mut Random, pieces: &mut Pieces) {
    pieces.index_type = "unsigned long";
    let index = pieces.index;
    by_index(random, pieces, index, true);
    let count = random.pick(&[
        "PAGE_ALIGN(b->size) >> PAGE_SHIFT",
        "PAGE_ALIGN(size) / PAGE_SIZE",
        "DIV_ROUND_UP(b->size, PAGE_SIZE)",
        "PFN_UP(size)",
        "size >> PAGE_SHIFT",
    ]);
    pieces.head = if random.chance(50) {
        pieces.declarations.push(format!("unsigned long nr = {count};"));
        format!("for ({index} = 0; {index} < nr; {index}++)")
    } else {
        format!("for ({index} = 0; {index} < ({count}); {index}++)")
    };
}

/// All pages of a VMA, from one of two places in the array on.
pub(super) fn whole_vma(random: &mut Random, pieces: &mut Pieces) {
    pieces.n_type = random.pick(&["unsigned long", "size_t"]);
    pieces.index_type = "unsigned long";
    let index = pieces.index;
    let array = array(random);
    run_address(pieces);
    if random.chance(50) {
        pieces.before.push(
            random
                .pick(&[
                    "if (vma->vm_pgoff >= n || vma_pages(vma) > n - vma->vm_pgoff)\n\t\treturn -ENXIO;\n",
                    "if (vma->vm_pgoff + vma_pages(vma) > n)\n\t\treturn -EINVAL;\n",
                ])
                .into(),
        );
        pieces.page = format!("{array}[vma->vm_pgoff + {index}]");
    } else {
        pieces.before.push(
            random
                .pick(&[
                    "if (vma_pages(vma) > n)\n\t\treturn -ENXIO;\n",
                    "if (vma_pages(vma) != n)\n\t\treturn -EINVAL;\n",
                    "if (vma->vm_end - vma->vm_start > n * PAGE_SIZE)\n\t\treturn -ENXIO;\n",
                    "if (n < vma_pages(vma))\n\t\treturn -ENXIO;\n",
                ])
                .into(),
        );
        pieces.page = format!("{array}[{index}]");
    }
    pieces.head = format!("for ({index} = 0; {index} < vma_pages(vma); {index}++)");
}

/// A count that only its callers know to be right.
pub(super) fn assumes(random: &mut Random, pieces: &mut Pieces) {
    pieces.meaning = Some(Meaning::Assuming);
    let index = pieces.index;
    pieces.index_type = "unsigned long";
    match random.below(4) {
        0 => {
            pieces.n_type = random.pick(&["int", "long"]);
            pieces.index_type = pieces.n_type;
            by_index(random, pieces, index, true);
            pieces.head = format!("for ({index} = 0; {index} < n; {index}++)");
        }
        1 => {
            pieces.index_type = "int";
            by_index(random, pieces, index, true);
            pieces.head = format!("for ({index} = 0; {index} < b->signed_n; {index}++)");
        }
        2 => {
            pieces.n_type = "unsigned long";
            pieces.page = format!("pages[{index}]");
            run_address(pieces);
            pieces.head = format!("for ({index} = off; {index} < off + n; {index}++)");
        }
        _ => {
            pieces.n_type = "unsigned long";
            pieces.page = "*pages++".into();
            pieces.uses_index = false;
            pieces.runs = true;
            pieces.place = pieces.address.into();
            let address = pieces.address;
            pieces
                .declarations
                .push("unsigned long end = vma->vm_start + size;".into());
            pieces.head = format!("for (; {address} < end; {address} += PAGE_SIZE)");
        }
    }
}

//! The small tree is what it claims to be: it compiles everywhere, and holds what the tests of the transforms need.

mod common;

use std::fs;

use common::{CONFIGS, compile, files, small_tree};
use respin::syntax::{self, Names, NodeId};

/// What the tree may leave to a machine that does not exist.
const OUTSIDE: &[&str] = &[
    "__free_page",
    "alloc_page",
    "find_vma",
    "get_page",
    "kcalloc",
    "kfree",
    "mutex_lock",
    "mutex_lock_interruptible",
    "mutex_trylock",
    "mutex_unlock",
    "page_to_pfn",
    "pfn_to_page",
    "printk",
    "put_page",
    "register_device",
    "remap_pfn_range",
    "virt_to_page",
    "vm_insert_mixed_mkwrite",
    "vm_insert_pfn_prot",
    "vmalloc_to_page",
];

#[test]
fn compiles_and_links_in_every_configuration() {
    for config in CONFIGS {
        let undefined = compile(&small_tree(), config).unwrap_or_else(|err| panic!("{err}"));
        for name in undefined {
            assert!(
                OUTSIDE.contains(&name.as_str()),
                "nothing defines {name} in the configuration \"{}\"",
                config.name
            );
        }
    }
}

#[test]
fn lacks_the_interfaces_that_transforms_add() {
    let lacking = [
        "vm_insert_range(",
        "vm_map_pages(",
        "vm_map_pages_zero(",
        "vmf_error(",
        "vmf_insert_mixed_mkwrite(",
        "vmf_insert_pfn_prot(",
    ];
    for file in sources() {
        let text = String::from_utf8_lossy(&fs::read(small_tree().join(&file)).unwrap()).into_owned();
        for name in lacking {
            assert!(!text.contains(name), "{file} has {name})");
        }
    }
}

#[test]
fn keeps_its_line_ends_and_encodings() {
    let read = |file| fs::read(small_tree().join("drivers/staging/legacy").join(file)).unwrap();
    let crlf = read("crlf.c");
    assert!(crlf.ends_with(b"\r\n"));
    let lines = crlf.split(|&byte| byte == b'\n').count() - 1;
    assert_eq!(crlf.iter().filter(|&&byte| byte == b'\r').count(), lines);
    assert!(std::str::from_utf8(&read("latin1.c")).is_err());
    assert!(!read("nonl.c").ends_with(b"\n"));
}

#[test]
fn has_lines_that_the_longer_name_takes_past_80_columns() {
    let text = fs::read_to_string(small_tree().join("drivers/staging/legacy/style.c")).unwrap();
    let exactly_80 = text.lines().filter(|line| width(line) == 80).count();
    assert!(exactly_80 >= 3, "{exactly_80} lines of 80 columns");
}

#[test]
fn every_file_says_its_licence_and_none_is_from_elsewhere() {
    for file in sources() {
        let text = fs::read(small_tree().join(&file)).unwrap();
        let first = text.split(|&byte| byte == b'\n').next().unwrap();
        let first = String::from_utf8_lossy(first);
        assert!(
            first.contains("SPDX-License-Identifier: MIT OR Apache-2.0"),
            "{file}: {first}"
        );
    }
}

fn sources() -> Vec<String> {
    files(&small_tree())
        .into_iter()
        .map(|file| file.to_string_lossy().into_owned())
        .filter(|file| file.ends_with(".c") || file.ends_with(".h") || file.ends_with(".S"))
        .collect()
}

fn width(line: &str) -> usize {
    line.chars().fold(0, |column, character| match character {
        '\t' => column / 8 * 8 + 8,
        _ => column + 1,
    })
}

/// Where the reader may give up: code that never compiled or lacks its other half, and bodies that are attributes.
const MAY_BE_OPAQUE: &[&str] = &["drivers/staging/legacy/branches.c", "include/linux/compiler.h"];

#[test]
fn the_reader_understands_it() {
    let names = Names::new();
    for file in sources().iter().filter(|file| !file.ends_with(".S")) {
        let text = fs::read(small_tree().join(file)).unwrap();
        let tree = syntax::parse(&text, &names);
        let tokens = tree.tokens();
        let joined: Vec<u8> = (0..tokens.len())
            .flat_map(|token| tokens.range(token).slice(&text).iter().copied())
            .collect();
        assert!(joined == text, "{file} is not the text of its tokens");
        if !MAY_BE_OPAQUE.contains(&file.as_str()) {
            assert!(!tree.has_opaque(NodeId::ROOT), "{file}:\n{}", tree.dump(&text));
        }
    }
}

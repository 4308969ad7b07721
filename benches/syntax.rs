//! Speed of the reader, stage by stage, on one core: lexer, and lexer and parser together.
//!
//! Reads the files of `FILES` from the kernel tree in RESPIN_BENCH_TREE; without it, the small tree of this project, whose
//! figures say nothing about kernels.

#![allow(
    missing_docs,
    reason = "the macros of criterion make functions without documentation"
)]

use std::hint::black_box;
use std::path::{Path, PathBuf};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use respin::syntax::{Names, lex, parse};

/// Large and small, code and tables, of every style: there in 6.1 and in 6.12.
const FILES: &[&str] = &[
    "drivers/gpu/drm/i915/gem/i915_gem_mman.c",
    "drivers/infiniband/core/uverbs_cmd.c",
    "drivers/media/common/videobuf2/videobuf2-core.c",
    "drivers/net/ethernet/intel/igb/igb_main.c",
    "drivers/net/ethernet/realtek/r8169_main.c",
    "drivers/staging/rtl8723bs/core/rtw_mlme_ext.c",
    "drivers/usb/core/hub.c",
    "drivers/xen/gntdev.c",
    "fs/ext4/inode.c",
    "include/linux/fs.h",
    "include/linux/mm.h",
    "kernel/sched/core.c",
    "mm/memory.c",
    "net/core/dev.c",
    "sound/pci/hda/patch_realtek.c",
];

fn texts() -> (&'static str, Vec<Vec<u8>>) {
    match std::env::var_os("RESPIN_BENCH_TREE") {
        Some(tree) => {
            let tree = PathBuf::from(tree);
            let read = |name: &&str| {
                std::fs::read(tree.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
            };
            ("kernel", FILES.iter().map(read).collect())
        }
        None => {
            let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/trees/small");
            let files = ignore::WalkBuilder::new(small)
                .build()
                .flatten()
                .map(|entry| entry.into_path());
            let is_c = |path: &PathBuf| path.extension().is_some_and(|end| end == "c" || end == "h");
            (
                "small-tree",
                files
                    .filter(is_c)
                    .filter_map(|path| std::fs::read(path).ok())
                    .collect(),
            )
        }
    }
}

fn reader(criterion: &mut Criterion) {
    let (name, texts) = texts();
    let bytes: usize = texts.iter().map(Vec::len).sum();
    let names = Names::new();
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("lex", |bencher| {
        bencher.iter(|| texts.iter().map(|text| lex(black_box(text)).len()).sum::<usize>());
    });
    group.bench_function("lex and parse", |bencher| {
        bencher.iter(|| {
            texts
                .iter()
                .map(|text| parse(black_box(text), &names).len())
                .sum::<usize>()
        });
    });
    group.finish();
}

criterion_group!(benches, reader);
criterion_main!(benches);

//! Handlers that look as if a twin could serve them, and that none does the same for.

use super::super::Random;
use super::frames::{body, checks, error_name, insert, operations};
use super::mappings::{Finish, Mapping, Style, any_style, spell};
use super::{Body, Handler, Meaning};

/// What is written around the choice; `ERR` stands for the variable with the error.
struct Parts {
    /// In front of the insert.
    before: Vec<&'static str>,
    /// Between the insert and the choice.
    between: Vec<&'static str>,
    /// The choice, if it is not the usual one.
    instead: Option<Vec<&'static str>>,
    /// Functions in front of the handler, and behind it.
    front: &'static str,
    behind: &'static str,
    declarations: Vec<&'static str>,
    /// The call of the insert, with `INSERT` for it.
    call: &'static str,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            before: Vec::new(),
            between: Vec::new(),
            instead: None,
            front: "",
            behind: "",
            declarations: Vec::new(),
            call: "ERR = INSERT;",
        }
    }
}

/// All ways, so that none is forgotten.
pub const WAYS: [&str; 24] = [
    "the error is printed",
    "the error is kept",
    "the error is counted",
    "cleanup for any error",
    "an effect for one error",
    "an effect for success",
    "an unlock for success only",
    "tries again",
    "tries again while busy",
    "the error of one of several pages is counted",
    "the errno is handed out",
    "the errno is handed out for some errors",
    "also called for mmap()",
    "the code depends on more",
    "another code for some that are busy",
    "somebody else chooses",
    "a function chooses by more",
    "a later result takes its place",
    "others see the variable",
    "the variable lives on",
    "the configuration decides",
    "the error is used behind the choice",
    "the code decides what is done",
    "the insert is a condition of two",
];

/// A handler that is spoilt in one way.
pub fn near_miss(random: &mut Random, way: usize) -> Handler {
    let parts = parts(random, way);
    let error = error_name(random);
    let with = |line: &str| line.replace("ERR", error);
    let mut handler = body(random, "fault");
    if !parts
        .declarations
        .iter()
        .any(|line| line.contains("static int ERR"))
    {
        handler.declare(format!("int {error};"));
    }
    for line in &parts.declarations {
        handler.declare(with(line));
    }
    checks(random, &mut handler);
    handler.lines(parts.before.iter().map(|line| with(line)));
    let call = insert(random, &mut handler);
    handler.line(with(parts.call).replace("INSERT", &call));
    handler.lines(parts.between.iter().map(|line| with(line)));
    match &parts.instead {
        Some(lines) => handler.lines(lines.iter().map(|line| with(line))),
        None => usual(random, &mut handler, error),
    }
    Handler {
        shape: WAYS[way],
        meaning: Meaning::NearMiss,
        source: format!(
            "{}{}{}{}",
            parts.front,
            handler.write(),
            operations(random),
            parts.behind
        ),
    }
}

fn usual(random: &mut Random, handler: &mut Body, error: &str) {
    let mapping = Mapping::exact(random);
    let style = match any_style(random, &mapping, Finish::Return) {
        Style::Labels => Style::Switch,
        style => style,
    };
    handler.lines(spell(random, style, &mapping, error, Finish::Return));
}

fn parts(random: &mut Random, way: usize) -> Parts {
    let plain = Parts::default();
    let between = |lines: &[&'static str]| Parts {
        between: lines.to_vec(),
        ..Parts::default()
    };
    let instead = |lines: &[&'static str]| Parts {
        instead: Some(lines.to_vec()),
        ..Parts::default()
    };
    match way {
        0 => between(&["if (ERR)", "\tpr_err(\"no page: %d\\n\", ERR);"]),
        1 => between(random.pick(&[&["obj->last = ERR;"][..], &["if (ERR)", "\tobj->last = ERR;"]])),
        2 => between(random.pick(&[&["obj->faults += !ERR;"][..], &["obj->faults -= ERR;"]])),
        3 => between(random.pick(&[
            &["if (ERR)", "\tobj_unpin(obj);"][..],
            &[
                "if (ERR < 0) {",
                "\tpr_err(\"no page\\n\");",
                "\taccount(1);",
                "}",
            ],
        ])),
        4 => between(random.pick(&[
            &["if (ERR == -EFAULT)", "\taccount(1);"][..],
            &["if (ERR == -EBUSY)", "\tobj->flag = 1;"],
            &["WARN_ON(ERR == -EINVAL);"],
        ])),
        5 => between(random.pick(&[
            &["if (!ERR)", "\tobj->faults++;"][..],
            &["if (ERR == 0)", "\taccount(2);"],
        ])),
        6 => Parts {
            before: vec!["mutex_lock(&obj->lock);"],
            ..between(&["if (!ERR)", "\tmutex_unlock(&obj->lock);"])
        },
        7 => Parts {
            declarations: vec!["int tries = 0;"],
            before: vec!["again:"],
            ..between(&["if (ERR == -ENOMEM && tries++ < 3)", "\tgoto again;"])
        },
        8 => Parts {
            declarations: vec!["int tries = 0;"],
            before: vec!["do {"],
            call: "\tERR = INSERT;",
            ..between(&["} while (ERR == -EBUSY && tries++ < 2);"])
        },
        9 => Parts {
            declarations: vec!["unsigned long i;"],
            before: vec!["for (i = 0; i < 3; i++) {"],
            call: "\tERR = INSERT;",
            ..between(&[
                "\tobj->faults += !!ERR;",
                "\tif (ERR == -EBUSY || (ERR && i > 0))",
                "\t\tbreak;",
                "}",
            ])
        },
        10 => instead(random.pick(&[&["return ERR;"][..], &["return ERR ? ERR : VM_FAULT_NOPAGE;"]])),
        11 => instead(random.pick(&[
            &[
                "if (!ERR || ERR == -EBUSY)",
                "\treturn VM_FAULT_NOPAGE;",
                "return ERR;",
            ][..],
            &[
                "if (ERR == -ENOMEM)",
                "\treturn ERR;",
                "return ERR && ERR != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;",
            ],
        ])),
        12 => mmap_too(random),
        13 => instead(random.pick(&[
            &[
                "if (ERR == -ENOMEM)",
                "\treturn VM_FAULT_OOM;",
                "if (ERR && ERR != -EBUSY)",
                "\treturn VM_FAULT_SIGBUS;",
                "return obj->flag ? VM_FAULT_NOPAGE | VM_FAULT_MAJOR : VM_FAULT_NOPAGE;",
            ][..],
            &[
                "if (ERR == -ENOMEM)",
                "\treturn VM_FAULT_OOM;",
                "if (ERR && ERR != -EBUSY)",
                "\treturn VM_FAULT_SIGBUS;",
                "return obj_finish(obj, 0);",
            ],
        ])),
        14 => between(random.pick(&[
            &["if (ERR == -EBUSY && obj->flag)", "\treturn VM_FAULT_RETRY;"][..],
            &["if (ERR && vmf->pgoff)", "\treturn VM_FAULT_HWPOISON;"],
            &["if (ERR == -EBUSY && stopped(obj))", "\treturn VM_FAULT_RETRY;"],
        ])),
        15 => instead(&["return obj_code(obj, ERR);"]),
        16 => Parts {
            front: "static int drv_code(struct obj *obj, int res)\n{\n\tif (!res || res == -EBUSY)\n\t\treturn obj->flag ? VM_FAULT_RETRY : VM_FAULT_NOPAGE;\n\
\treturn res == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;\n}\n\n",
            ..instead(&["return drv_code(obj, ERR);"])
        },
        17 => between(random.pick(&[
            &["if (!ERR)", "\tERR = obj_pin(obj);"][..],
            &["ERR = obj_finish(obj, ERR);"],
        ])),
        18 => between(random.pick(&[&["observe(&ERR);"][..], &["if (obj->flag)", "\tobserve(&ERR);"]])),
        19 => Parts {
            declarations: vec!["static int ERR;"],
            before: vec!["account(ERR);"],
            ..plain
        },
        20 => between(&[
            "#ifdef CONFIG_RETRY",
            "if (ERR == -EBUSY)",
            "\treturn VM_FAULT_RETRY;",
            "#endif",
        ]),
        21 => Parts {
            declarations: vec!["int code;"],
            ..instead(&[
                "code = ERR == -ENOMEM ? VM_FAULT_OOM : ERR && ERR != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;",
                "obj->last = ERR;",
                "return code;",
            ])
        },
        22 => Parts {
            declarations: vec!["int code;"],
            ..instead(random.pick(&[
                &[
                    "code = ERR ? VM_FAULT_SIGBUS : 0;",
                    "if (code)",
                    "\taccount(9);",
                    "return code;",
                ][..],
                &[
                    "code = ERR ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;",
                    "if (code == VM_FAULT_NOPAGE)",
                    "\taccount(9);",
                    "return code;",
                ],
            ]))
        },
        _ => Parts {
            call: random.pick(&[
                "ERR = obj->flag || INSERT;",
                "ERR = obj->flag ? 0 : INSERT;",
                "ERR = (INSERT) + obj->flag;",
            ]),
            ..plain
        },
    }
}

/// A helper that mmap() calls too, which wants the errno.
fn mmap_too(random: &mut Random) -> Parts {
    let front = random.pick(&[
        "static int drv_insert(struct vm_fault *vmf)\n{\n\treturn vm_insert_pfn(vmf->vma, vmf->address, vmf->pgoff);\n}\n\n",
        "static int drv_insert(struct vm_fault *vmf)\n{\n\tint res;\n\n\tres = vm_insert_pfn(vmf->vma, vmf->address, vmf->pgoff);\n\
\tswitch (res) {\n\tcase 0:\n\tcase -EBUSY:\n\t\treturn VM_FAULT_NOPAGE;\n\tcase -ENOMEM:\n\t\treturn VM_FAULT_OOM;\n\t}\n\treturn VM_FAULT_SIGBUS;\n}\n\n",
    ]);
    Parts {
        front,
        call: "ERR = drv_insert(vmf);",
        instead: Some(vec!["return ERR;"]),
        behind: "\nstatic int drv_mmap(struct file *file, struct vm_area_struct *vma)\n{\n\tstruct vm_fault vmf = { .vma = vma };\n\n\treturn drv_insert(&vmf);\n}\n\n\
static const struct file_operations drv_fops = {\n\t.mmap = drv_mmap,\n};\n",
        ..Parts::default()
    }
}

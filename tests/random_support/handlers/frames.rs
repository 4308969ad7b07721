//! What stands around an insert and the choice of a code.

use super::super::Random;
use super::mappings::{Finish, Mapping, Style, any_style, spell};
use super::{Body, Handler, Meaning};

/// All shapes, so that none is forgotten.
pub const SHAPES: [&str; 20] = [
    "a switch",
    "a switch, assigned",
    "conditions one after the other",
    "a conditional operator",
    "labels",
    "vmf_error()",
    "an unlock in front of the choice",
    "an unlock behind a label",
    "an unlock behind the choice",
    "shared with the errors of a lock",
    "shared with the errors of a lock and a pin",
    "shared with an error of the handler",
    "a helper that chooses",
    "a helper, then an unlock",
    "a helper with a prototype and a stub",
    "two inserts share a choice",
    "two inserts with a choice each",
    "a helper that gives the errno",
    "a function that chooses",
    "a loop over several pages",
];

/// A handler of a shape; an exact one, or one whose codes differ from the twin's.
pub fn handler(random: &mut Random, shape: usize, meaning: Meaning) -> Handler {
    loop {
        let mapping = match meaning {
            Meaning::Exact => Mapping::exact(random),
            _ => Mapping::other(random),
        };
        if let Some(source) = source(random, shape, meaning, &mapping)
            && (meaning == Meaning::Exact || differs(&mapping))
        {
            return Handler {
                shape: SHAPES[shape],
                meaning,
                source,
            };
        }
    }
}

/// Whether an insert can give something for which the codes differ.
fn differs(mapping: &Mapping) -> bool {
    let twin = [
        ("0", "VM_FAULT_NOPAGE"),
        ("-EBUSY", "VM_FAULT_NOPAGE"),
        ("-ENOMEM", "VM_FAULT_OOM"),
        ("-EFAULT", "VM_FAULT_SIGBUS"),
        ("-EINVAL", "VM_FAULT_SIGBUS"),
        ("-EACCES", "VM_FAULT_SIGBUS"),
    ];
    twin.iter().any(|(result, code)| mapping.of(result) != *code)
}

/// The text in front of a function's name.
pub fn head(random: &mut Random, returns: &str, name_and_parameters: &str) -> String {
    let space = if random.chance(12) { '\n' } else { ' ' };
    format!("static {returns}{space}{name_and_parameters}")
}

/// The operations that name a handler.
pub fn operations(random: &mut Random) -> String {
    let member = random.pick(&["fault", "fault", "fault", "page_mkwrite", "pfn_mkwrite"]);
    format!("\nstatic const struct vm_operations_struct drv_ops = {{\n\t.{member} = drv_fault,\n}};\n")
}

/// The call of an insert, with the locals that it needs.
pub fn insert(random: &mut Random, body: &mut Body) -> String {
    body.declare("struct vm_area_struct *vma = vmf->vma;");
    body.declare("struct obj *obj = vma->vm_private_data;");
    let address = match random.below(4) {
        0 => {
            body.declare("unsigned long addr = vmf->address & PAGE_MASK;");
            "addr"
        }
        1 => "vma->vm_start + (vmf->pgoff << PAGE_SHIFT)",
        _ => "vmf->address",
    };
    let vma = if random.chance(80) { "vma" } else { "vmf->vma" };
    match random.below(6) {
        0 => {
            body.declare("unsigned long pfn = obj->pfn + vmf->pgoff;");
            format!("vm_insert_pfn({vma}, {address}, pfn)")
        }
        1 => format!("vm_insert_pfn({vma}, {address}, obj->pfn)"),
        2 => format!("vm_insert_mixed({vma}, {address}, __pfn_to_pfn_t(obj->pfn, PFN_DEV))"),
        3 => {
            let name = random.pick(&["vm_insert_mixed_mkwrite", "vm_insert_mixed"]);
            format!("{name}({vma}, {address}, phys_to_pfn_t(obj->pfn << PAGE_SHIFT, PFN_DEV))")
        }
        4 => format!("vm_insert_pfn_prot({vma}, {address}, obj->pfn, vma->vm_page_prot)"),
        _ => format!("vm_insert_page({vma}, {address}, obj->pages[vmf->pgoff])"),
    }
}

/// Checks in front of everything.
pub fn checks(random: &mut Random, body: &mut Body) {
    if random.chance(40) {
        body.line("if (vmf->pgoff >= obj->count)");
        body.line(format!(
            "\treturn {};",
            random.pick(&["VM_FAULT_SIGBUS", "VM_FAULT_OOM"])
        ));
        body.line("");
    }
    if random.chance(20) {
        body.line("if (obj->gone) {");
        body.line("\tpr_err(\"no backing\\n\");");
        body.line(format!(
            "\treturn {};",
            random.pick(&["VM_FAULT_SIGBUS", "VM_FAULT_NOPAGE"])
        ));
        body.line("}");
        body.line("");
    }
    if random.chance(20) {
        body.line("account(vmf->pgoff);");
    }
    if random.chance(15) {
        body.line("/* The page that was asked for, and no other one. */");
    }
}

/// A handler or helper with the locals that each one has.
pub fn body(random: &mut Random, name: &str) -> Body {
    let returns = if random.chance(12) { "vm_fault_t" } else { "int" };
    let mut body = Body::new(head(
        random,
        returns,
        &format!("drv_{name}(struct vm_fault *vmf)"),
    ));
    body.declare("struct vm_area_struct *vma = vmf->vma;");
    body.declare("struct obj *obj = vma->vm_private_data;");
    body
}

pub fn error_name(random: &mut Random) -> &'static str {
    random.pick(&["err", "ret", "rc", "error", "retval"])
}

/// `error = insert`, in a declaration where that is possible.
fn assign_insert(random: &mut Random, body: &mut Body, error: &str) {
    let call = insert(random, body);
    if body.lines.is_empty() && random.chance(40) {
        body.declarations.push(format!("int {error} = {call};"));
    } else {
        body.declare(format!("int {error};"));
        body.line(format!("{error} = {call};"));
    }
    if random.chance(10) {
        body.line("");
    }
}

/// A local that holds a fault code.
fn code_variable(random: &mut Random, body: &mut Body) -> &'static str {
    let name = random.pick(&["code", "fault", "status"]);
    body.declare(if random.chance(80) {
        format!("int {name};")
    } else {
        format!("vm_fault_t {name};")
    });
    name
}

fn source(random: &mut Random, shape: usize, meaning: Meaning, mapping: &Mapping) -> Option<String> {
    let mut handler = body(random, "fault");
    let error = error_name(random);
    match shape {
        0 | 2..=5 => {
            let style = [
                Style::Switch,
                Style::Switch,
                Style::Chain,
                Style::Conditional,
                Style::Labels,
                Style::VmfError,
            ];
            let style = style[shape];
            if style == Style::VmfError && !mapping.suits_vmf_error() {
                return None;
            }
            checks(random, &mut handler);
            assign_insert(random, &mut handler, error);
            handler.lines(spell(random, style, mapping, error, Finish::Return));
        }
        1 => {
            let code = if random.chance(40) {
                error
            } else {
                code_variable(random, &mut handler)
            };
            checks(random, &mut handler);
            assign_insert(random, &mut handler, error);
            handler.lines(spell(random, Style::Switch, mapping, error, Finish::Assign(code)));
            handler.line(format!("return {code};"));
        }
        6 => {
            handler.declare(format!("int {error};"));
            checks(random, &mut handler);
            handler.line("mutex_lock(&obj->lock);");
            let call = insert(random, &mut handler);
            handler.line(format!("{error} = {call};"));
            handler.line("mutex_unlock(&obj->lock);");
            choice(random, &mut handler, mapping, error);
        }
        7 => {
            let code = code_variable(random, &mut handler);
            handler.declare(format!("int {error};"));
            handler.line("mutex_lock(&obj->lock);");
            handler.line("if (vmf->pgoff >= obj->count) {");
            handler.line(format!(
                "\t{code} = {};",
                random.pick(&["VM_FAULT_SIGBUS", "VM_FAULT_OOM"])
            ));
            handler.line("\tgoto unlock;");
            handler.line("}");
            let call = insert(random, &mut handler);
            handler.line(format!("{error} = {call};"));
            let style = any_style(random, mapping, Finish::Assign(code));
            handler.lines(spell(random, style, mapping, error, Finish::Assign(code)));
            handler.line("unlock:");
            handler.line("mutex_unlock(&obj->lock);");
            handler.line(format!("return {code};"));
        }
        8 => {
            let code = code_variable(random, &mut handler);
            handler.declare(format!("int {error};"));
            checks(random, &mut handler);
            handler.line("mutex_lock(&obj->lock);");
            let call = insert(random, &mut handler);
            handler.line(format!("{error} = {call};"));
            let style = any_style(random, mapping, Finish::Assign(code));
            handler.lines(spell(random, style, mapping, error, Finish::Assign(code)));
            handler.line("mutex_unlock(&obj->lock);");
            handler.line(format!("return {code};"));
        }
        9 | 10 => {
            handler.declare(format!("int {error};"));
            checks(random, &mut handler);
            handler.line(format!("{error} = mutex_lock_interruptible(&obj->lock);"));
            handler.line(format!("if ({error})"));
            handler.line("\tgoto out;");
            if shape == 10 {
                handler.line(format!("{error} = obj_pin(obj);"));
                handler.line(format!("if ({error})"));
                handler.line("\tgoto unlock;");
                handler.line("");
            }
            let call = insert(random, &mut handler);
            handler.line(format!("{error} = {call};"));
            if shape == 10 && random.chance(40) {
                handler.line("obj_unpin(obj);");
            }
            if shape == 10 {
                handler.line("unlock:");
            }
            handler.line("mutex_unlock(&obj->lock);");
            handler.line("out:");
            choice(random, &mut handler, mapping, error);
        }
        11 => {
            handler.declare(format!("int {error};"));
            handler.line("if (vmf->pgoff >= obj->count) {");
            if random.chance(40) {
                handler.line("\tpr_err(\"out of range\\n\");");
            }
            handler.line(format!(
                "\t{error} = {};",
                random.pick(&["-EINVAL", "-EFAULT", "-ENOMEM", "-EBUSY"])
            ));
            handler.line("\tgoto out;");
            handler.line("}");
            let call = insert(random, &mut handler);
            handler.line(format!("{error} = {call};"));
            handler.line("out:");
            choice(random, &mut handler, mapping, error);
        }
        12..=14 => return Some(with_helper(random, shape, mapping, handler, error)),
        15 => {
            handler.declare(format!("int {error};"));
            checks(random, &mut handler);
            handler.line("if (obj->flag)");
            let call = insert(random, &mut handler);
            handler.line(format!("\t{error} = {call};"));
            handler.line("else");
            let call = insert(random, &mut handler);
            handler.line(format!("\t{error} = {call};"));
            choice(random, &mut handler, mapping, error);
        }
        16 => {
            handler.declare(format!("int {error};"));
            checks(random, &mut handler);
            handler.line("if (obj->flag) {");
            for behind in [false, true] {
                let call = insert(random, &mut handler);
                let style = match any_style(random, mapping, Finish::Return) {
                    Style::Labels => Style::Switch,
                    style => style,
                };
                let mut lines = vec![format!("{error} = {call};")];
                lines.extend(spell(random, style, mapping, error, Finish::Return));
                if behind {
                    handler.lines(lines);
                } else {
                    handler.lines(
                        lines
                            .into_iter()
                            .filter(|line| !line.is_empty())
                            .map(|line| format!("\t{line}")),
                    );
                    handler.line("}");
                }
            }
        }
        17 => return Some(with_errno_helper(random, mapping, handler, error)),
        19 => several_pages(random, meaning, &mut handler, error),
        _ => {
            let mut chooser = Body::new(head(random, "int", &format!("drv_code(int {error})")));
            choice(random, &mut chooser, mapping, error);
            checks(random, &mut handler);
            if meaning == Meaning::Exact && random.chance(40) {
                let code = code_variable(random, &mut handler);
                handler.line("mutex_lock(&obj->lock);");
                if random.chance(50) {
                    let call = insert(random, &mut handler);
                    handler.line(format!("{code} = drv_code({call});"));
                } else {
                    assign_insert(random, &mut handler, error);
                    handler.line(format!("{code} = drv_code({error});"));
                }
                handler.line(format!("account({code});"));
                handler.line("mutex_unlock(&obj->lock);");
                handler.line(format!("return {code};"));
            } else if random.chance(50) {
                let call = insert(random, &mut handler);
                handler.line(format!("return drv_code({call});"));
            } else {
                assign_insert(random, &mut handler, error);
                handler.line(format!("return drv_code({error});"));
            }
            return Some(format!(
                "{}\n{}{}",
                chooser.write(),
                handler.write(),
                operations(random)
            ));
        }
    }
    Some(handler.write() + &operations(random))
}

/// A loop that maps pages ahead; only for the first one an error counts, or for all. Where it differs, it ends when somebody else
/// was faster, which the twin does not tell.
fn several_pages(random: &mut Random, meaning: Meaning, handler: &mut Body, error: &str) {
    handler.declare("unsigned long i;");
    handler.declare(format!("int {error};"));
    checks(random, handler);
    let unlocks = random.chance(40);
    let pins = random.chance(30);
    if pins {
        handler.line(format!("{error} = obj_pin(obj);"));
        handler.line(format!("if ({error})"));
        handler.line("\treturn VM_FAULT_RETRY;");
    }
    let code = if !unlocks || random.chance(50) {
        error
    } else {
        code_variable(random, handler)
    };
    if unlocks {
        handler.line("mutex_lock(&obj->lock);");
    }
    handler.line("for (i = 0; i < 3; i++) {");
    handler.line("\taccount(i);");
    let call = insert(random, handler);
    handler.line(format!("\t{error} = {call};"));
    let errors = if meaning == Meaning::Exact {
        let spellings = [
            "E && E != -EBUSY",
            "E < 0 && E != -EBUSY",
            "unlikely(E && E != -EBUSY)",
            "E != 0 && (E != -EBUSY)",
        ];
        let asked = random
            .pick(&spellings)
            .replace('E', error)
            .replace(&format!("-{error}BUSY"), "-EBUSY");
        if random.chance(30) {
            handler.line(format!("\tif ({asked} && i > 0)"));
            handler.line("\t\tbreak;");
        }
        asked
    } else {
        match random.below(3) {
            0 => {
                handler.line(format!("\tif ({error} == -EBUSY)"));
                handler.line("\t\tbreak;");
                error.to_owned()
            }
            1 => {
                handler.line(format!(
                    "\tif (unlikely(({error} == -EBUSY) || ({error} != 0 && i > 0)))"
                ));
                handler.line("\t\tbreak;");
                format!("unlikely({error} != 0)")
            }
            _ => {
                handler.line(format!("\tif (({error} && i > 0) || {error} == -EBUSY)"));
                handler.line("\t\tbreak;");
                format!("{error} < 0")
            }
        }
    };
    let choice = match random.chance(50) {
        true => format!("({error} == -ENOMEM) ? VM_FAULT_OOM : VM_FAULT_SIGBUS"),
        false => format!("vmf_error({error})"),
    };
    handler.line(format!("\tif ({asked}) {{", asked = errors));
    if unlocks {
        handler.line(format!("\t\t{code} = {choice};"));
        handler.line("\t\tgoto unlock;");
    } else if random.chance(50) {
        let name = if pins {
            code_variable(random, handler)
        } else {
            error
        };
        handler.line(format!("\t\t{name} = {choice};"));
        handler.line(format!("\t\treturn {name};"));
    } else {
        handler.line(format!("\t\treturn {choice};"));
    }
    handler.line("\t}");
    handler.line("}");
    if unlocks {
        handler.line(format!("{code} = VM_FAULT_NOPAGE;"));
        handler.line("unlock:");
        handler.line("mutex_unlock(&obj->lock);");
        handler.line(format!("return {code};"));
    } else {
        handler.line("return VM_FAULT_NOPAGE;");
    }
}

/// A choice in any style, which ends the function.
fn choice(random: &mut Random, body: &mut Body, mapping: &Mapping, error: &str) {
    let style = any_style(random, mapping, Finish::Return);
    body.lines(spell(random, style, mapping, error, Finish::Return));
}

fn with_helper(
    random: &mut Random,
    shape: usize,
    mapping: &Mapping,
    mut handler: Body,
    error: &str,
) -> String {
    let mut helper = body(random, "insert");
    if random.chance(30) {
        helper.line("account(vmf->pgoff);");
    }
    assign_insert(random, &mut helper, error);
    choice(random, &mut helper, mapping, error);
    let mut front = String::new();
    let mut helper_text = helper.write();
    if shape == 14 {
        let returns = if helper.head.contains("vm_fault_t") {
            "vm_fault_t"
        } else {
            "int"
        };
        front = format!("{returns} drv_insert(struct vm_fault *vmf);\n\n");
        helper_text = helper_text.replacen("static ", "", 1);
        helper_text = format!(
            "#ifndef CONFIG_NO_INSERT\n{helper_text}#else\n{returns} drv_insert(struct vm_fault *vmf)\n{{\n\treturn VM_FAULT_SIGBUS;\n}}\n#endif\n"
        );
    }
    checks(random, &mut handler);
    if shape == 13 {
        let code = code_variable(random, &mut handler);
        handler.line("mutex_lock(&obj->lock);");
        handler.line(format!("{code} = drv_insert(vmf);"));
        handler.line("mutex_unlock(&obj->lock);");
        handler.line(format!("return {code};"));
    } else {
        handler.line("return drv_insert(vmf);");
    }
    format!("{front}{helper_text}\n{}{}", handler.write(), operations(random))
}

fn with_errno_helper(random: &mut Random, mapping: &Mapping, mut handler: Body, error: &str) -> String {
    let mut helper = Body::new(head(random, "int", "drv_insert(struct vm_fault *vmf)"));
    let call = insert(random, &mut helper);
    if random.chance(30) {
        helper.line("if (vmf->pgoff >= obj->count)");
        helper.line(format!(
            "\treturn {};",
            random.pick(&["-EINVAL", "-EFAULT", "-ENOMEM"])
        ));
    }
    if random.chance(40) {
        helper.declare("int res;");
        helper.line("mutex_lock(&obj->lock);");
        helper.line(format!("res = {call};"));
        helper.line("mutex_unlock(&obj->lock);");
        helper.line("return res;");
    } else {
        helper.line(format!("return {call};"));
    }
    handler.declare(format!("int {error};"));
    checks(random, &mut handler);
    handler.line(format!("{error} = drv_insert(vmf);"));
    choice(random, &mut handler, mapping, error);
    format!("{}\n{}{}", helper.write(), handler.write(), operations(random))
}

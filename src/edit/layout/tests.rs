use proptest::prelude::*;

use super::*;
use crate::text::TextRange;
use crate::verify::proof::{Language, token_proof};

/// The replacements of every word `from`.
fn renames(text: &str, from: &str, to: &str) -> EditSet {
    let mut edits = EditSetBuilder::new();
    let word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    for (at, _) in text.match_indices(from) {
        let end = at + from.len();
        let before = at.checked_sub(1).and_then(|at| text.as_bytes().get(at));
        if !word(before) && !word(text.as_bytes().get(end)) {
            edits.replace(TextRange::new(at as u32, end as u32), to);
        }
    }
    edits.finish().unwrap()
}

fn rename(text: &str, from: &str, to: &str, options: Options) -> String {
    let edits = adjust(text.as_bytes(), &renames(text, from, to), options);
    String::from_utf8(edits.apply(text.as_bytes())).unwrap()
}

#[track_caller]
fn same(got: &str, expected: &str) {
    assert!(got == expected, "got:\n{got}\nexpected:\n{expected}");
}

/// Lays out a text in which `~` at the start of a line stands for the indentation under the open bracket, and `|` for the
/// mark of an open bracket in a literal, that is none.
fn lay(text: &str) -> String {
    let mut result = String::new();
    let mut open: Vec<u32> = Vec::new();
    let mut column = 0;
    for letter in text.chars() {
        let start = result.len();
        match letter {
            '~' => result.push_str(std::str::from_utf8(&columns::indentation(open[open.len() - 1])).unwrap()),
            '|' => result.push('('),
            letter => result.push(letter),
        }
        column = if letter == '\n' {
            0
        } else {
            columns::advance(column, &result.as_bytes()[start..])
        };
        match letter {
            '(' | '[' => open.push(column),
            ')' | ']' => drop(open.pop()),
            _ => {}
        }
    }
    result
}

#[test]
fn lines_indented_by_spaces_stay_so() {
    let before = "int f(void)\n{\n        return old(a,\n                   b);\n}\n";
    let after = "int f(void)\n{\n        return longer_name(a,\n                           b);\n}\n";
    same(&rename(before, "old", "longer_name", Options::default()), after);
}

/// Checks a rename to a longer name, and that the way back gives what was before.
#[track_caller]
fn check(before: &str) {
    let (before, after) = (lay(before), lay(&before.replace("old", "much_longer")));
    same(&rename(&before, "old", "much_longer", Options::default()), &after);
    same(&rename(&after, "much_longer", "old", Options::default()), &before);
}

/// Checks a rename that wraps lines; `~` in the expected text stands for a continuation line.
#[track_caller]
fn wraps(before: &str, after: &str) {
    let (before, after) = (lay(before), lay(after));
    let width = |text: &str| {
        text.lines()
            .map(|line| columns::advance(0, line.as_bytes()))
            .max()
    };
    assert!(
        width(&before) <= Some(80) && width(&before.replace("old", "much_longer")) > Some(80),
        "{before}"
    );
    let got = rename(&before, "old", "much_longer", Options::default());
    same(&got, &after);
    token_proof(
        before.as_bytes(),
        got.as_bytes(),
        b"old",
        b"much_longer",
        Language::C,
    )
    .unwrap();
    let unwrapped = Options {
        wrap: false,
        ..Options::default()
    };
    assert_eq!(
        rename(&before, "old", "much_longer", unwrapped).lines().count(),
        before.lines().count()
    );
}

/// A line that is filled up with letters to a width.
fn long(start: &str, width: u32) -> String {
    start.to_owned() + &"a".repeat((width - columns::advance(0, start.as_bytes())) as usize)
}

#[test]
fn continuation_lines_are_aligned_again() {
    check("\tret = old(a,\n~b,\n~c);\n\tx(a,\n~b);\n");
    check("int old(int a,\n~int b);\n");
    check("\tx[old(a,\n~b)] = y[old[a,\n~b]];\n");
}

#[test]
fn other_indentation_stays() {
    check("\told(a,\n\t\tb);\n");
    check("    old(\n\tb);\n");
    check("\told(a, {\n\t     b; });\n");
    check("\tg(old,\n~b);\n");
    check("\told(a); g(b,\n~c);\n");
}

#[test]
fn nested_calls_follow() {
    check("\tif (old(f(a,\n~b), old(c,\n~d),\n~e) ||\n~g)\n");
    check("\told(a, g(b,\n~c),\n~d);\n");
}

#[test]
fn comments_and_strings_in_between_follow() {
    check("\told(a, /* | */\n~/* one\n~ * two\n~ */\n~\"|\", 'x',\n~b);\n");
    check("\tf(\"old|%d\", g(a,\n~b));\n");
    check("\tf(/* old */ a, g(b,\n~c));\n");
}

#[test]
fn branches_of_an_if_are_aligned_each() {
    let after = "#ifdef A\n\tmuch_longer(a,\n#else\n\tf(much_longer(b,\n\t\t      b),\n#endif\n\t  c);\n";
    let before = "#ifdef A\n\told(a,\n#else\n\tf(old(b,\n\t      b),\n#endif\n\t  c);\n";
    same(&rename(before, "old", "much_longer", Options::default()), after);
    check(
        "\told(a,\n#if defined|A) && \\\n    defined|B)\n~b,\n#endif\n~c);\n"
            .replace("A)", "A")
            .replace("B)", "B")
            .as_str(),
    );
}

#[test]
fn macros_keep_their_backslashes_in_column() {
    let aligned = "#define M(a)\t\t\t\\\n\told(a,\t\t\t\\\n\t    b)\n";
    same(
        &rename(aligned, "old", "much_longer", Options::default()),
        "#define M(a)\t\t\t\\\n\tmuch_longer(a,\t\t\\\n\t\t    b)\n",
    );
    check("#define M \\\n\told(a, \\\n~b)\n\nold(c,\n~d);\n");
    // Without room, one blank is left.
    same(
        &rename(
            "#define M\t\\\n  old();\t\\\n  b\n",
            "old",
            "much_longer",
            Options::default(),
        ),
        "#define M\t\\\n  much_longer(); \\\n  b\n",
    );
}

#[test]
fn realigning_can_be_switched_off() {
    let options = Options {
        realign: false,
        wrap: false,
        ..Options::default()
    };
    same(
        &rename("\told(a,\n\t    b);\n", "old", "much_longer", options),
        "\tmuch_longer(a,\n\t    b);\n",
    );
}

#[test]
fn long_calls_are_wrapped() {
    wraps(
        "\tret = old(vma, vma->vm_start + (offset << PAGE_SHIFT), pages[i], x);\n",
        "\tret = much_longer(vma, vma->vm_start + (offset << PAGE_SHIFT), pages[i],\n~x);\n",
    );
    wraps(
        "\t\tif (WARN_ON(old(the_first_argument, the_second_argument, t)))\n",
        "\t\tif (WARN_ON(much_longer(the_first_argument, the_second_argument,\n~t)))\n",
    );
    wraps(
        "\tif (first_condition_here(a, b) && old(first, second, third_argument)) {\n",
        "\tif (first_condition_here(a, b) &&\n~much_longer(first, second, third_argument)) {\n",
    );
    wraps(
        "int old(struct vm_area_struct *vma, unsigned long addr, struct page *page);\n",
        "int much_longer(struct vm_area_struct *vma, unsigned long addr,\n~struct page *page);\n",
    );
    wraps(
        "\tfor (index = the_first_index; index < old(the_argument_of); index++) {\n",
        "\tfor (index = the_first_index; index < much_longer(the_argument_of);\n~index++) {\n",
    );
    // The outer list comes first, as long as it is enough.
    wraps(
        "\tx = call(first_argument, old(second_argument, third_argument), forth);\n",
        "\tx = call(first_argument, much_longer(second_argument, third_argument),\n~forth);\n",
    );
    wraps(
        "\tx = call(first_argument, old(second_argument, third_argument, fourth_));\n",
        "\tx = call(first_argument,\n~much_longer(second_argument, third_argument, fourth_));\n",
    );
    // No blank behind the comma.
    wraps(
        "\tret = old(vma,vma->vm_start + (offset << PAGE_SHIFT),pages[i],abcdef);\n",
        "\tret = much_longer(vma,vma->vm_start + (offset << PAGE_SHIFT),pages[i],\n~abcdef);\n",
    );
}

#[test]
fn several_breaks_may_be_needed() {
    let (a, b, c) = ("a".repeat(32), "b".repeat(30), "c".repeat(20));
    wraps(
        &format!("old({a}, {b});\n").replace("old", "\told"),
        &format!("\tmuch_longer({a},\n~{b});\n"),
    );
    let d = "d".repeat(40);
    wraps(
        &format!("old({a}, {d});\n{}", long("/* ", 80)),
        &format!("much_longer({a},\n~{d});\n{}", long("/* ", 80)),
    );
    wraps(
        &format!("x(old({c}(1,2), {d}, e)\n"),
        &format!("x(much_longer({c}(1,2),\n~{d}, e)\n"),
    );
}

#[test]
fn what_is_broken_off_joins_the_next_line_of_the_list() {
    wraps(
        "\tret = old(vma, address + (index << PAGE_SHIFT), page_to_pfn(page), ab,\n~prot, g(b,\n~c));\n",
        "\tret = much_longer(vma, address + (index << PAGE_SHIFT),\n~page_to_pfn(page), ab, prot, g(b,\n~c));\n",
    );
    // Not where a comment stands between, and not beyond the list.
    wraps(
        "\tret = old(vma, address + (index << PAGE_SHIFT), page_to_pfn(page), ab,\n~/* c */ d);\n",
        "\tret = much_longer(vma, address + (index << PAGE_SHIFT),\n~page_to_pfn(page), ab,\n~/* c */ d);\n",
    );
    wraps(
        "\tif (old(vma, address + (index << PAGE_SHIFT), page_to_pfn(page)) || a ||\n~b)\n",
        "\tif (much_longer(vma, address + (index << PAGE_SHIFT),\n\t\t\tpage_to_pfn(page)) || a ||\n~b)\n",
    );
}

#[test]
fn lines_inside_of_a_call_keep_its_indentation() {
    for first in ["call(\n", "call(a,\n"] {
        wraps(
            &format!("\t{first}\t\tfirst, old(the_first_argument, the_second_arg), the_last);\n"),
            &format!(
                "\t{first}\t\tfirst, much_longer(the_first_argument, the_second_arg),\n\t\tthe_last);\n"
            ),
        );
    }
}

#[test]
fn macros_are_wrapped_with_backslashes() {
    wraps(
        "#define M(a, b)\t\t\t\\\n\told(the_first_argument_of_it, the_second_argument_of_it, (a), bcde)\n",
        "#define M(a, b)\t\t\t\\\n\tmuch_longer(the_first_argument_of_it, the_second_argument_of_it, (a), \\\n~bcde)\n",
    );
    wraps(
        "#define M(a, b) old(the_first_argument_of_it, the_second_argument_of_it, (a))\n",
        "#define M(a, b) much_longer(the_first_argument_of_it, \\\n~the_second_argument_of_it, (a))\n",
    );
    wraps(
        "#define M(a)\t\t\t\t\t\t\t\t\\\n\told(the_first_argument_of_it, the_second_argument_it, (abcdef))\t\\\n\tb\n",
        "#define M(a)\t\t\t\t\t\t\t\t\\\n\tmuch_longer(the_first_argument_of_it, the_second_argument_it,\t\\\n~(abcdef))\t\t\t\t\t\t\\\n\tb\n",
    );
}

#[test]
fn lines_without_a_good_place_stay_long() {
    for line in [
        long("\told(", 78) + ");\n",
        long("\told(\"", 70) + ", x, y\");\n",
        long("\told(", 60) + ", x); /* a comment */\n",
        long("\tx = old + ", 70) + " + b + c;\n",
        long("#if old(", 70) + ", b, c)\n#endif\n",
        long("\t// old ", 70) + ", b, c\n",
        long("\tx = { old, ", 70) + ", b, c };\n",
        long("#define M(a, b, c, d, e, f) old + ", 78) + "\n",
        long("\told(a, ", 78) + ");\n",
        // It was too long before.
        long("\told(", 78) + ", b, c, d);\n",
    ] {
        let got = rename(&line, "old", "much_longer", Options::default());
        same(&got, &line.replace("old", "much_longer"));
    }
}

#[test]
fn line_ends_are_kept() {
    let before = "\tret = old(vma, vma->vm_start + (offset << PAGE_SHIFT), pages[i], x,\n\t\t  y);\n";
    let expected = rename(before, "old", "much_longer", Options::default());
    let crlf = |text: &str| text.replace('\n', "\r\n");
    same(
        &rename(&crlf(before), "old", "much_longer", Options::default()),
        &crlf(&expected),
    );
}

#[test]
fn words_of_comments_move_to_the_next_line() {
    let line = long(" * Calls old() with ", 72);
    let renamed = line.replace("old", "much_longer");
    wraps(
        &format!("/*\n{line} up now\n * and goes on here.\n */\n"),
        &format!("/*\n{renamed}\n * up now and goes on here.\n */\n"),
    );
    // Further in, where it goes on as prose does.
    let inset = long(" *    Calls old() with ", 72);
    wraps(
        &format!("/*\n{inset} up now\n *    and goes on here.\n */\n"),
        &format!(
            "/*\n{}\n *    up now and goes on here.\n */\n",
            inset.replace("old", "much_longer")
        ),
    );
    // A new paragraph, a list or the end of the comment does not take them.
    for next in [
        "",
        " A sentence.",
        " @arg: what it is",
        " - an item",
        " item:",
        "\tx",
        "/",
    ] {
        let last = if next == "/" { "" } else { "\n */" };
        wraps(
            &format!("/*\n{line} up now\n *{next}{last}\n"),
            &format!("/*\n{renamed}\n * up now\n *{next}{last}\n"),
        );
    }
    // What follows may be full itself.
    let full = long(" * full ", 77);
    wraps(
        &format!("/*\n{line} up now\n{full}\n */\n"),
        &format!("/*\n{renamed}\n * up now\n{full}\n */\n"),
    );
}

#[test]
fn comments_of_one_line_get_more() {
    let line = long("old() is called in ", 66);
    let renamed = line.replace("old", "much_longer").replace(" in ", " in\n\t * ");
    wraps(
        &format!("\t/* {line} */\n\tx = 1;\n"),
        &format!("\t/*\n\t * {renamed}\n\t */\n\tx = 1;\n"),
    );
    let short = long("old() is ", 60);
    wraps(
        &format!("\t/* {short} */\n\tx = 1;\n"),
        &format!(
            "\t/*\n\t * {}\n\t */\n\tx = 1;\n",
            short.replace("old", "much_longer")
        ),
    );
    // Behind code it moves up to it, if that is enough.
    wraps(
        &(long("\told(", 62) + ");\t/* a */\n"),
        &(long("\told(", 62).replace("old", "much_longer") + "); /* a */\n"),
    );
}

#[test]
fn a_hundred_columns_are_kept_too() {
    let line = long("\told(vma, ", 85) + ", bbbb, ccccc);\n";
    let longer = line.replace("old(", "much_longer(");
    let got = rename(&line, "old", "much_longer", Options::default());
    same(&got, &longer.replace("bbbb, ", "bbbb,\n\t\t    "));
}

#[test]
fn comments_that_are_no_prose_stay() {
    for comment in [
        long("/**\n * old() - ", 78) + " ab\n * @a: b\n */\n",
        long("/*\n * old()  ", 78) + " ab\n */\n",
        long("/* old() ", 78) + " ab\n * x */\n",
        long("/* old() ", 74) + " ab\t*/\n",
        long("/** old() ", 74) + " ab */\n",
        long(" /*\n *   x = old() ", 76) + " ab;\n *   goes on here\n */\n",
        long(" /*\n *   old() ", 76) + " ab\n *\n */\n",
        long("/*\n * old()\t", 76) + " ab\n */\n",
        long("/*\n   old() ", 78) + " ab\n */\n",
        long("/*\n * old", 80) + "\n * b\n */\n",
        long("\tx(/*\n * old", 80) + "\n * b\n */\n",
        // It was too long before.
        long("/*\n * old ", 88) + " a b c\n * b\n */\n",
    ] {
        let got = rename(&comment, "old", "much_longer", Options::default());
        let plain = renames(&comment, "old", "much_longer").apply(comment.as_bytes());
        same(&got, std::str::from_utf8(&plain).unwrap());
    }
}

#[test]
fn big_files_and_long_lines_take_linear_time() {
    let started = std::time::Instant::now();
    let text =
        "\tret = old(vma, vma->vm_start + (offset << PAGE_SHIFT), pages[i], xxx,\n\t\t  y);\n".repeat(20_000);
    assert!(rename(&text, "old", "much_longer", Options::default()).contains("\n\t\t\t  xxx, y);\n"));
    let line = "old(".repeat(50_000) + "\n\told(a,\n\t    b);\n";
    assert!(rename(&line, "old", "much_longer", Options::default()).ends_with("(a,\n\t\t    b);\n"));
    assert!(started.elapsed().as_secs() < 20);
}

fn code() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "old(",
        "old",
        "f(",
        "(",
        ")",
        ")",
        ")",
        ",\n\t    ",
        ", ",
        ",\n\t\t  ",
        "a",
        "bb->cc",
        " && ",
        " || ",
        " + ",
        ";\n\t",
        "{\n\t",
        "}\n\t",
        "/* old */",
        "/*\n\t * old old\n\t */",
        "\"old(\"",
        "'('",
        "\n#if A\n",
        "\n#else\n",
        "\n#endif\n",
        "\n#define M(old) \\\n\told(a, \\\n\t    b)\n",
        "[",
        "]",
        "\t",
        "  ",
        "// old\n",
        "\\\n",
        "some_longer_name_that_fills_the_line",
        "\r\n",
        "for (",
        "x = ",
        " \u{e4} ",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

#[test]
fn a_type_gets_a_line_of_its_own_where_nothing_else_helps() {
    let typed = |text: &str| {
        let renames = renames(text, "int", "vm_fault_t");
        let options = Options {
            types: true,
            ..Options::default()
        };
        String::from_utf8(adjust(text.as_bytes(), &renames, options).apply(text.as_bytes())).unwrap()
    };
    let name = "driver_with_long_names_handles_the_fault";
    // Behind a comma is better.
    assert_eq!(
        typed(&format!(
            "static int {name}(struct vm_fault *vmf, u8 n)\n{{\n}}\n"
        )),
        format!("static vm_fault_t {name}(struct vm_fault *vmf,\n\t\t\t\t\t\t\t   u8 n)\n{{\n}}\n")
    );
    // A member stays on its line.
    let member = format!("struct ops {{\n\tint (*{name})(struct vm_fault *);\n}};\n");
    assert_eq!(typed(&member), member.replace("int ", "vm_fault_t "));
    let name = format!("{name}_again");
    assert_eq!(
        typed(&format!("static int {name}(struct vm_fault *vmf)\n{{\n}}\n")),
        format!("static vm_fault_t\n{name}(struct vm_fault *vmf)\n{{\n}}\n")
    );
    // What goes on under the parenthesis moves along.
    let head = format!("{name}(struct vm_fault *vmf,");
    let column = |before: &str| " ".repeat(before.len() + name.len() + 1);
    let at = |columns: String| {
        let tabs = columns.len() / 8;
        "\t".repeat(tabs) + &columns[tabs * 8..]
    };
    assert_eq!(
        typed(&format!(
            "static int {head}\n{}int n);\n",
            at(column("static int "))
        )),
        format!("static vm_fault_t\n{head}\n{}vm_fault_t n);\n", at(column("")))
    );
    // So does a line that was too long already.
    let long = format!("static int {name}(struct vm_fault *vmf_of_it)\n");
    assert_eq!(typed(&long), long.replace("int ", "vm_fault_t "));
}

proptest! {
    #[test]
    fn only_white_space_changes(text in code(), to in prop::sample::select(vec!["o", "much_longer", "a_name_of_quite_some_length"])) {
        for options in [Options::default(), Options { wrap: false, ..Options::default() }] {
            let renames = renames(&text, "old", to);
            let all = adjust(text.as_bytes(), &renames, options);
            let new = all.apply(text.as_bytes());
            prop_assert!(renames.edits().iter().all(|edit| all.edits().contains(edit)));
            let proof = token_proof(text.as_bytes(), &new, b"old", to.as_bytes(), Language::C);
            prop_assert!(proof.is_ok(), "{:?}\n{}", proof, String::from_utf8_lossy(&new));
        }
    }

    #[test]
    fn no_line_outgrows_the_columns_by_the_layout(text in code()) {
        let renames = renames(&text, "old", "much_longer");
        let plain = adjust(text.as_bytes(), &renames, Options { wrap: false, ..Options::default() }).apply(text.as_bytes());
        let wrapped = adjust(text.as_bytes(), &renames, Options::default()).apply(text.as_bytes());
        let too_long = |text: &[u8]| text.split(|&byte| byte == b'\n').filter(|line| columns::advance(0, line) > 80).count();
        prop_assert!(too_long(&wrapped) <= too_long(&plain));
    }
}
